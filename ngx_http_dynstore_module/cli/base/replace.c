#include "cli/base/replace.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

bool dyn_replace_begin(dyn_replace_t *replace, const char *path, dyn_error_t *error)
{
    struct stat there;
    bool in_place = lstat(path, &there) == 0 && !S_ISREG(there.st_mode);

    *replace = (dyn_replace_t){.path = path};
    if (!in_place && snprintf(replace->new_path, sizeof(replace->new_path), "%s.new", path) >=
                         (int)sizeof(replace->new_path)) {
        return dyn_fail(error, "%.160s: the path is too long", path);
    }
    replace->file = fopen(in_place ? path : replace->new_path, "w");

    return replace->file != NULL || dyn_fail(error, "%.160s: %.160s", path, strerror(errno));
}

bool dyn_replace_end(dyn_replace_t *replace, bool good, dyn_error_t *error)
{
    bool written = fflush(replace->file) == 0 && ferror(replace->file) == 0;

    if (fclose(replace->file) != 0 || !written) {
        good = dyn_fail(error, "%.160s: cannot be written: %.160s", replace->path, strerror(errno));
    }
    if (replace->new_path[0] == '\0') {
        return good;
    }
    if (good && rename(replace->new_path, replace->path) != 0) {
        good =
            dyn_fail(error, "%.160s: cannot be replaced: %.160s", replace->path, strerror(errno));
    }
    if (!good) {
        (void)remove(replace->new_path);
    }

    return good;
}

#include "cli/input/rules_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

bool dyn_rules_file_read(const char *path, const dyn_snapshot_t *snapshot, dyn_policy_t **policy,
                         dyn_error_t *error)
{
    FILE *file;
    char *bytes;
    size_t length;
    bool good;

    *policy = NULL;
    if (strcmp(path, "default") == 0) {
        return true;
    }
    file = fopen(path, "rb");
    if (file == NULL) {
        return dyn_fail(error, "%s: cannot be read: %s", path, strerror(errno));
    }
    /* one more, so that a file that is too large is seen */
    bytes = malloc(DYN_RULES_BYTES_MAX + 1);
    length = bytes == NULL ? 0 : fread(bytes, 1, DYN_RULES_BYTES_MAX + 1, file);
    if (bytes == NULL || ferror(file)) {
        good = dyn_fail(error, "%s: cannot be read: %s", path, strerror(errno));
    } else {
        const dyn_policy_source_t source = {path, {bytes, length}};

        good = dyn_policy_compile(&source, snapshot, policy, error);
    }
    free(bytes);
    fclose(file);

    return good;
}

#include "engine/base/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

/* "FOLDER/." of "FOLDER/FILE", "." of "FILE". */
static bool folder_of(const char *path, char folder[PATH_MAX])
{
    const char *slash = strrchr(path, '/');
    size_t length = slash == NULL ? 0 : (size_t)(slash - path) + 1;

    if (length + 2 > PATH_MAX) {
        errno = ENAMETOOLONG;
        return false;
    }

    memcpy(folder, path, length);
    memcpy(folder + length, ".", 2);

    return true;
}

void dyn_folder_sync(const char *path)
{
    char folder[PATH_MAX];

    if (!folder_of(path, folder)) {
        return;
    }

    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd >= 0) {
        (void)fsync(fd);
        (void)close(fd);
    }
}

bool dyn_folder_writable(const char *path)
{
    char folder[PATH_MAX];

    return folder_of(path, folder) && faccessat(AT_FDCWD, folder, W_OK | X_OK, AT_EACCESS) == 0;
}

#include "engine/base/secret_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static bool read_all(const char *path, int fd, char *text, size_t size, size_t *length,
                     dyn_error_t *error)
{
    struct stat status;

    *length = 0;

    if (fstat(fd, &status) != 0) {
        return dyn_fail(error, "%s: cannot be examined: %s", path, strerror(errno));
    }
    if (!S_ISREG(status.st_mode)) {
        return dyn_fail(error, "%s: is no regular file, which a secret has to be in", path);
    }
    if ((status.st_mode & (S_IROTH | S_IWOTH)) != 0) {
        return dyn_fail(error, "%s: mode %03o lets everybody at the secret: run `chmod 600 %s`",
                        path, (unsigned)status.st_mode & 0777U, path);
    }

    while (*length < size) {
        ssize_t got = read(fd, text + *length, size - *length);

        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return dyn_fail(error, "%s: cannot be read: %s", path, strerror(errno));
        }
        if (got == 0) {
            return true;
        }
        *length += (size_t)got;
    }

    return dyn_fail(error, "%s: %zu bytes or more, where a secret has less", path, size);
}

bool dyn_secret_file_read(const char *path, char *text, size_t size, dyn_str_t *secret,
                          bool *missing, dyn_error_t *error)
{
    size_t length;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (missing != NULL) {
        *missing = fd < 0 && errno == ENOENT;
    }
    if (fd < 0) {
        return dyn_fail(error, "%s: cannot be opened: %s", path, strerror(errno));
    }

    bool good = read_all(path, fd, text, size, &length, error);

    (void)close(fd);

    *secret = (dyn_str_t){text, good ? length : 0};

    return good;
}

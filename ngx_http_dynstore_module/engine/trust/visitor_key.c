/* The file that holds the key of visitors' hashes. */
#include "engine/trust/visitor.h"

#include "engine/base/folder.h"
#include "engine/base/percent.h"
#include "engine/base/secret_file.h"
#include "engine/trust/visitor_key.h"

#include <errno.h>
#include <limits.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { key_text_bytes = 2 * DYN_VISITOR_KEY_BYTES, file_bytes_max = 256 };

static const char expected[] =
    "a key file holds 64 hex digits, as `openssl rand -hex 32` writes them";

static bool white(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool parse_key(const char *path, dyn_str_t text, uint8_t *key, dyn_error_t *error)
{
    while (text.len > 0 && white(text.data[0])) {
        text.data++;
        text.len--;
    }
    while (text.len > 0 && white(text.data[text.len - 1])) {
        text.len--;
    }

    if (text.len != key_text_bytes) {
        return dyn_fail(error, "%s: %zu bytes where a key has %d: %s", path, text.len,
                        (int)key_text_bytes, expected);
    }

    for (size_t i = 0; i < DYN_VISITOR_KEY_BYTES; i++) {
        int high = dyn_hex_digit(text.data[2 * i]);
        int low = dyn_hex_digit(text.data[2 * i + 1]);

        if (high < 0 || low < 0) {
            return dyn_fail(error, "%s: byte %zu of the key is no hex digit: %s", path,
                            2 * i + (high < 0 ? 1 : 2), expected);
        }
        key[i] = (uint8_t)(high << 4 | low);
    }

    return true;
}

static bool write_all(int fd, const char *text, size_t length)
{
    while (length > 0) {
        ssize_t put = write(fd, text, length);

        if (put < 0 && errno == EINTR) {
            continue;
        }
        if (put < 0) {
            return false;
        }
        text += put;
        length -= (size_t)put;
    }

    return true;
}

static bool cannot_create(const char *path, int failure, dyn_error_t *error)
{
    return dyn_fail(error,
                    "%s: cannot be created: %s: make the folder writable or write the key "
                    "there yourself (`openssl rand -hex 32`)",
                    path, strerror(failure));
}

/* Writes another file and links it: a reader never sees half a key, and two processes that start at once use the same one. */
static bool create_key(const char *path, dyn_error_t *error)
{
    uint8_t random[DYN_VISITOR_KEY_BYTES];
    char text[key_text_bytes + 2];
    char beside[PATH_MAX];

    if (RAND_bytes(random, sizeof(random)) != 1) {
        return dyn_fail(error, "%s: no random bytes for a new key: OpenSSL's generator fails",
                        path);
    }
    for (size_t i = 0; i < sizeof(random); i++) {
        (void)snprintf(text + 2 * i, 3, "%02x", random[i]);
    }
    text[key_text_bytes] = '\n';

    int length = snprintf(beside, sizeof(beside), "%s.XXXXXX", path);

    if (length < 0 || (size_t)length >= sizeof(beside)) {
        return dyn_fail(error, "the key file's path is over %d bytes: choose a shorter one",
                        PATH_MAX - 8);
    }

    int fd = mkstemp(beside); /* mode 0600 */

    if (fd < 0) {
        return cannot_create(path, errno, error);
    }

    bool good = write_all(fd, text, key_text_bytes + 1) && fsync(fd) == 0;

    good = close(fd) == 0 && good;
    good = good && (link(beside, path) == 0 || errno == EEXIST);

    int failure = errno;

    (void)unlink(beside);
    dyn_folder_sync(path);

    return good || dyn_fail(error, "%s: cannot be written: %s", path, strerror(failure));
}

dyn_visitor_key_file_t dyn_visitor_key_foresee(const char *path, dyn_error_t *error)
{
    struct stat status;

    if (stat(path, &status) == 0 || errno != ENOENT) {
        return DYN_VISITOR_KEY_FILE_THERE;
    }
    if (!dyn_folder_writable(path)) {
        cannot_create(path, errno, error);
        return DYN_VISITOR_KEY_FILE_IMPOSSIBLE;
    }

    return DYN_VISITOR_KEY_FILE_TO_BE_MADE;
}

bool dyn_visitor_key_load(const char *path, bool create, uint8_t key[DYN_VISITOR_KEY_BYTES],
                          dyn_error_t *error)
{
    bool missing;
    char text[file_bytes_max];
    dyn_str_t secret;
    bool good = dyn_secret_file_read(path, text, sizeof(text), &secret, &missing, error);

    if (!good && missing && create) {
        good = create_key(path, error) &&
               dyn_secret_file_read(path, text, sizeof(text), &secret, NULL, error);
    }

    return good && parse_key(path, secret, key, error);
}

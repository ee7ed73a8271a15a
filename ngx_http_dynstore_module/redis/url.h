/*
 * The address of a Redis, in nginx.conf and on the command line:
 * redis://[user[:password]@]host[:port][/db] or unix:PATH[:db]. User and password are
 * percent-decoded; the last @ ends them, so that a password may hold one.
 */
#ifndef DYN_REDIS_URL_H
#define DYN_REDIS_URL_H

#include "engine/base/types.h"

enum {
    DYN_REDIS_URL_BYTES_MAX = 1023,
    /* the same as for the module's password_file= */
    DYN_REDIS_PASSWORD_BYTES_MAX = 1024,
    DYN_REDIS_DB_MAX = 65535,
    DYN_REDIS_PORT_DEFAULT = 6379
};

typedef struct {
    char text[2 * DYN_REDIS_URL_BYTES_MAX + 8]; /* what the parts point into */
    const char *user;                           /* NULL: none */
    const char *password;                       /* NULL: none */
    const char *host;                           /* NULL: a unix socket */
    const char *path;
    int port;
    int db;
    /* for sentences: "redis://host:port" or "unix:PATH", without user and password */
    char shown[DYN_REDIS_URL_BYTES_MAX + 32];
} dyn_redis_url_t;

/*
 * False with a sentence: what is wrong and what would be right. The sentence shows only the part of
 * the URL after the last @, and nothing without one, because any other part may be a password.
 */
bool dyn_redis_url_parse(dyn_str_t url, dyn_redis_url_t *address, dyn_error_t *error);

/*
 * Returns the password as it is written in a URL, even if the URL is wrong: the text between the
 * first colon of the user's part and the last @. Empty when there is none.
 */
dyn_str_t dyn_redis_url_password(dyn_str_t url);

#endif

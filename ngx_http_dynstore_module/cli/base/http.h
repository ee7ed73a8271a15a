/* One GET request: HTTP/1.0, bounded in time and bytes, without redirects and without TLS. */
#ifndef DYN_HTTP_H
#define DYN_HTTP_H

#include "engine/base/types.h"

enum { DYN_HTTP_URL_BYTES_MAX = 1023 };

typedef struct {
    char text[DYN_HTTP_URL_BYTES_MAX + 1]; /* what the parts point into */
    const char *host;                      /* NULL: a unix socket */
    const char *port;
    const char *socket; /* its path */
    char path[DYN_HTTP_URL_BYTES_MAX + 1];
} dyn_http_url_t;

/* http://HOST[:PORT][/PATH], HOST also [IPv6], or unix:SOCKET:/PATH. False with a sentence. */
bool dyn_http_url_parse(const char *text, dyn_http_url_t *url, dyn_error_t *error);

/*
 * The body of an answer 200, terminated, for free(). NULL with a sentence: nobody answers within timeout_ms, another status, more
 * than `most` bytes. Looking up a name may take longer than the time.
 */
char *dyn_http_get(const dyn_http_url_t *url, int timeout_ms, size_t most, size_t *length,
                   dyn_error_t *error);

#endif

/*
 * Redis' replies (RESP2) told as their bytes come. Nothing is gathered but the beginning of a line, so a reply of any size takes
 * the same memory, and who does not want one lets it pass. (hiredis' reader holds a string whole before it tells of it, and ends
 * the connection where lists are nested deeper than seven.)
 */
#ifndef NGX_HTTP_DYNSTORE_REDIS_RESP_H
#define NGX_HTTP_DYNSTORE_REDIS_RESP_H

#include <ngx_config.h>
#include <ngx_core.h>


/* of a line this much is told: an error's sentence */
#define NGX_HTTP_DYNSTORE_RESP_LINE_MAX       128
/* elements or bytes that a reply may announce: more are announced by no Redis */
#define NGX_HTTP_DYNSTORE_RESP_ANNOUNCED_MAX  ((int64_t) 1 << 40)


/*
 * What a reply is made of, in order. `nested` is true for what stands in a list. NGX_ERROR, which these return as well, ends the
 * reading: the connection is of no use.
 */
typedef struct {
    ngx_int_t                       (*list)(void *data, ngx_uint_t nested, uint64_t elements);
    /* `len` bytes will be told, in pieces; none when it is 0 */
    ngx_int_t                       (*string)(void *data, ngx_uint_t nested, uint64_t len);
    void                            (*bytes)(void *data, u_char *bytes, size_t len);
    /* a simple string or an error, cut; type is '+' or '-' */
    ngx_int_t                       (*line)(void *data, u_char type, u_char *text, size_t len);
    /* a number, or nothing where a string or list could stand */
    ngx_int_t                       (*other)(void *data);
    /* the reply is whole */
    void                            (*end)(void *data);
} ngx_http_dynstore_resp_handlers_t;


typedef struct {
    ngx_uint_t                        state;
    uint64_t                          values;     /* of the reply, still to come; 0: between replies */
    uint64_t                          left;       /* bytes of the string */
    unsigned                          nested:1;   /* the value being read is in a list */
    u_char                            type;
    u_char                            before;     /* the byte before the one that is read: \r\n ends a line */
    size_t                            len;        /* of the line, cut or not */
    u_char                            text[NGX_HTTP_DYNSTORE_RESP_LINE_MAX];
} ngx_http_dynstore_resp_t;


void ngx_http_dynstore_resp_init(ngx_http_dynstore_resp_t *resp);
/* Reads the next bytes of a connection. NGX_ERROR: they are no RESP2, or a handler said so. */
ngx_int_t ngx_http_dynstore_resp_read(ngx_http_dynstore_resp_t *resp, const ngx_http_dynstore_resp_handlers_t *handlers,
    void *data, u_char *bytes, size_t len);

#endif

#include "nginx/transport/redis_resp.h"


enum {
    ngx_http_dynstore_resp_type = 0,
    ngx_http_dynstore_resp_line,
    ngx_http_dynstore_resp_bytes,
    ngx_http_dynstore_resp_cr,
    ngx_http_dynstore_resp_lf
};


static u_char *ngx_http_dynstore_resp_gather(ngx_http_dynstore_resp_t *resp, u_char *p, u_char *last,
    ngx_uint_t *whole);
static ngx_int_t ngx_http_dynstore_resp_value(ngx_http_dynstore_resp_t *resp,
    const ngx_http_dynstore_resp_handlers_t *handlers, void *data);
static ngx_int_t ngx_http_dynstore_resp_number(ngx_http_dynstore_resp_t *resp, int64_t *number);
static void ngx_http_dynstore_resp_next(ngx_http_dynstore_resp_t *resp,
    const ngx_http_dynstore_resp_handlers_t *handlers, void *data);


void
ngx_http_dynstore_resp_init(ngx_http_dynstore_resp_t *resp)
{
    ngx_memzero(resp, sizeof(ngx_http_dynstore_resp_t));
}


ngx_int_t
ngx_http_dynstore_resp_read(ngx_http_dynstore_resp_t *resp, const ngx_http_dynstore_resp_handlers_t *handlers, void *data,
    u_char *bytes, size_t len)
{
    size_t       n;
    u_char      *p, *last;
    ngx_uint_t   whole;

    p = bytes;
    last = bytes + len;

    while (p < last) {

        switch (resp->state) {

        case ngx_http_dynstore_resp_type:

            if (resp->values == 0) {
                resp->values = 1;
                resp->nested = 0;
            }

            resp->type = *p++;

            if (resp->type != '$' && resp->type != '*' && resp->type != '+' && resp->type != '-' && resp->type != ':') {
                return NGX_ERROR;
            }

            resp->len = 0;
            resp->before = 0;
            resp->state = ngx_http_dynstore_resp_line;
            break;

        case ngx_http_dynstore_resp_line:

            p = ngx_http_dynstore_resp_gather(resp, p, last, &whole);

            if (whole) {
                if (ngx_http_dynstore_resp_value(resp, handlers, data) != NGX_OK) {
                    return NGX_ERROR;
                }

            } else if (resp->type != '+' && resp->type != '-' && resp->len > NGX_INT64_LEN + 1) {
                return NGX_ERROR;
            }

            break;

        case ngx_http_dynstore_resp_bytes:

            n = last - p;

            if (n > resp->left) {
                n = (size_t) resp->left;
            }

            handlers->bytes(data, p, n);
            p += n;
            resp->left -= n;

            if (resp->left == 0) {
                resp->state = ngx_http_dynstore_resp_cr;
            }

            break;

        case ngx_http_dynstore_resp_cr:

            if (*p++ != '\r') {
                return NGX_ERROR;
            }

            resp->state = ngx_http_dynstore_resp_lf;
            break;

        case ngx_http_dynstore_resp_lf:

            if (*p++ != '\n') {
                return NGX_ERROR;
            }

            ngx_http_dynstore_resp_next(resp, handlers, data);
            break;
        }
    }

    return NGX_OK;
}


/* Takes what belongs to the line; `whole`: with its end, which is not kept. Returns where the rest begins. */
static u_char *
ngx_http_dynstore_resp_gather(ngx_http_dynstore_resp_t *resp, u_char *p, u_char *last, ngx_uint_t *whole)
{
    u_char  c;

    *whole = 0;

    while (p < last) {
        c = *p++;

        if (c == '\n' && resp->before == '\r') {
            resp->len--;
            *whole = 1;
            break;
        }

        if (resp->len < NGX_HTTP_DYNSTORE_RESP_LINE_MAX) {
            resp->text[resp->len] = c;
        }

        resp->len++;
        resp->before = c;
    }

    return p;
}


static ngx_int_t
ngx_http_dynstore_resp_value(ngx_http_dynstore_resp_t *resp, const ngx_http_dynstore_resp_handlers_t *handlers, void *data)
{
    int64_t    number;
    ngx_int_t  rc;

    if (resp->type == '+' || resp->type == '-') {
        rc = handlers->line(data, resp->type, resp->text, ngx_min(resp->len, NGX_HTTP_DYNSTORE_RESP_LINE_MAX));

    } else if (ngx_http_dynstore_resp_number(resp, &number) != NGX_OK) {
        return NGX_ERROR;

    } else if (resp->type == ':' || number == -1) {
        rc = handlers->other(data);

    } else if (number < 0 || number > NGX_HTTP_DYNSTORE_RESP_ANNOUNCED_MAX) {
        return NGX_ERROR;

    } else if (resp->type == '$') {
        rc = handlers->string(data, resp->nested, (uint64_t) number);

        resp->left = (uint64_t) number;
        resp->state = resp->left ? ngx_http_dynstore_resp_bytes : ngx_http_dynstore_resp_cr;
        return rc;

    } else {
        rc = handlers->list(data, resp->nested, (uint64_t) number);

        resp->nested = 1;
        resp->values += (uint64_t) number;

        if (resp->values > (uint64_t) NGX_HTTP_DYNSTORE_RESP_ANNOUNCED_MAX) {
            return NGX_ERROR;
        }
    }

    if (rc == NGX_OK) {
        ngx_http_dynstore_resp_next(resp, handlers, data);
    }

    return rc;
}


static ngx_int_t
ngx_http_dynstore_resp_number(ngx_http_dynstore_resp_t *resp, int64_t *number)
{
    size_t    i;
    int64_t   digit;
    unsigned  negative;

    negative = resp->len > 0 && resp->text[0] == '-';
    i = negative || (resp->type == ':' && resp->len > 0 && resp->text[0] == '+');

    if (resp->len == i || resp->len > NGX_INT64_LEN) {
        return NGX_ERROR;
    }

    for (*number = 0; i < resp->len; i++) {
        digit = (int64_t) resp->text[i] - '0';

        if (digit < 0 || digit > 9) {
            return NGX_ERROR;
        }

        if (*number > (INT64_MAX - digit) / 10) {
            return NGX_ERROR;
        }

        *number = *number * 10 + digit;
    }

    if (negative) {
        *number = -*number;
    }

    return NGX_OK;
}


/* A value is over, and with the last one its reply. */
static void
ngx_http_dynstore_resp_next(ngx_http_dynstore_resp_t *resp, const ngx_http_dynstore_resp_handlers_t *handlers, void *data)
{
    resp->state = ngx_http_dynstore_resp_type;

    if (--resp->values == 0) {
        handlers->end(data);
    }
}

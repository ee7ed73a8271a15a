/*
 * Inflates gzip as a stream. Each page has a fixed number of buffers, which are filled, passed on to the scanner, and reused
 * when they were sent. While none is free, the producer keeps its compressed bytes.
 */
#include "nginx/page/inflate.h"
#include "nginx/core/log.h"
#include "nginx/core/module.h"

#include <zlib.h>


typedef enum {
    NGX_HTTP_DYNSTORE_INFLATE_BEFORE = 0,    /* at the beginning of a member: waits for its first two bytes */
    NGX_HTTP_DYNSTORE_INFLATE_MEMBER,
    NGX_HTTP_DYNSTORE_INFLATE_REST,          /* the bytes after the members are not gzip and are left out */
    NGX_HTTP_DYNSTORE_INFLATE_PLAIN,         /* the page is not gzip at all and passes as it is */
    NGX_HTTP_DYNSTORE_INFLATE_FAILED
} ngx_http_dynstore_inflate_e;


struct ngx_http_dynstore_inflate_s {
    z_stream                          stream;
    ngx_http_dynstore_inflate_e       state;
    ngx_event_t                       turn;       /* posted: continues the page in the next turn of the event loop */

    ngx_chain_t                      *in;         /* input that is not inflated yet */
    ngx_chain_t                     **last_in;
    ngx_chain_t                      *out;        /* inflated, ready to go */
    ngx_chain_t                     **last_out;
    ngx_chain_t                      *busy;       /* passed on but not yet written */
    ngx_chain_t                      *free;
    ngx_buf_t                        *buf;        /* being filled */
    ngx_uint_t                        nbufs;
    size_t                            made;       /* bytes, in this turn */
    uint64_t                          total;

    unsigned                          half:1;     /* the first byte of a member was seen */
    unsigned                          pending:1;  /* zlib filled a buffer to its end and may have more */
    unsigned                          member:1;   /* a member was read to its end */
    unsigned                          yielded:1;

    /* of the buffer that was read last; it was given back, and may be in use for other bytes */
    unsigned                          ending:1;   /* its flags are still to be passed on */
    unsigned                          flush:1;
    unsigned                          last_buf:1;
    unsigned                          last_in_chain:1;
};


static void *ngx_http_dynstore_inflate_alloc(void *opaque, unsigned items, unsigned size);
static void ngx_http_dynstore_inflate_free(void *opaque, void *address);
static void ngx_http_dynstore_inflate_cleanup(void *data);
static ngx_uint_t ngx_http_dynstore_encoding_is(ngx_str_t *encoding, const char *name);
static ngx_uint_t ngx_http_dynstore_encodings(ngx_http_request_t *r);
static ngx_uint_t ngx_http_dynstore_inflate_wanted(ngx_http_request_t *r);
static ngx_uint_t ngx_http_dynstore_inflate_say(time_t *said);
static ngx_int_t ngx_http_dynstore_inflate_queue(ngx_http_request_t *r, ngx_http_dynstore_inflate_t *gzip,
    ngx_chain_t *in);
static ngx_int_t ngx_http_dynstore_inflate_ends(ngx_http_request_t *r, ngx_http_dynstore_page_t *page, ngx_chain_t *in);
static ngx_int_t ngx_http_dynstore_inflate_run(ngx_http_request_t *r, ngx_http_dynstore_inflate_t *gzip);
static ngx_int_t ngx_http_dynstore_inflate_bytes(ngx_http_request_t *r, ngx_http_dynstore_inflate_t *gzip,
    ngx_buf_t *buf);
static ngx_int_t ngx_http_dynstore_inflate_first(ngx_http_request_t *r, ngx_http_dynstore_inflate_t *gzip,
    ngx_buf_t *buf);
static ngx_int_t ngx_http_dynstore_inflate_member(ngx_http_request_t *r, ngx_http_dynstore_inflate_t *gzip,
    u_char **pos, u_char *last);
static ngx_int_t ngx_http_dynstore_inflate_plain(ngx_http_request_t *r, ngx_http_dynstore_inflate_t *gzip);
static ngx_int_t ngx_http_dynstore_inflate_end(ngx_http_request_t *r, ngx_http_dynstore_inflate_t *gzip);
static void ngx_http_dynstore_inflate_fail(ngx_http_request_t *r, ngx_http_dynstore_inflate_t *gzip,
    const char *reason);
static ngx_uint_t ngx_http_dynstore_inflate_full(ngx_http_dynstore_inflate_t *gzip);
static ngx_int_t ngx_http_dynstore_inflate_buf(ngx_http_request_t *r, ngx_http_dynstore_inflate_t *gzip);
static ngx_int_t ngx_http_dynstore_inflate_emit(ngx_http_request_t *r, ngx_http_dynstore_inflate_t *gzip);
static void ngx_http_dynstore_inflate_turn(ngx_event_t *ev);


static ngx_http_output_body_filter_pt  ngx_http_next_body_filter;

/* marks the buffers as ours for ngx_chain_update_chains() */
static u_char  ngx_http_dynstore_inflate_tag;

static u_char  ngx_http_dynstore_gzip_magic[] = { 0x1f, 0x8b };


ngx_int_t
ngx_http_dynstore_inflate_filter_init(ngx_conf_t *cf)
{
    ngx_http_next_body_filter = ngx_http_top_body_filter;
    ngx_http_top_body_filter = ngx_http_dynstore_inflate_body_filter;

    return NGX_OK;
}


ngx_int_t
ngx_http_dynstore_inflate_judge(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx)
{
    ngx_str_t                    *encoding, escaped;
    ngx_http_dynstore_log_text_t  text;

    static time_t                 said;

    if (r->headers_out.content_encoding == NULL) {
        return NGX_OK;
    }

    encoding = &r->headers_out.content_encoding->value;

    if (ngx_http_dynstore_encodings(r) == 0 || (ctx->conf->inflate && ngx_http_dynstore_inflate_wanted(r))) {
        return NGX_OK;
    }

    if (ngx_http_dynstore_inflate_say(&said)) {
        escaped = ngx_http_dynstore_log_text(&text, encoding->data, encoding->len);

        ngx_http_dynstore_log(NGX_LOG_WARN, r,
                              "the backend sends encoded pages (%V), which are left as they are: write "
                              "\"proxy_set_header Accept-Encoding '';\", so that the backend sends plain pages", &escaped);
    }

    return NGX_DECLINED;
}


ngx_int_t
ngx_http_dynstore_inflate_begin(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx)
{
    ngx_http_cleanup_t           *cleanup;
    ngx_http_dynstore_inflate_t  *gzip;

    if (r->method == NGX_HTTP_HEAD || r->headers_out.content_encoding == NULL || !ngx_http_dynstore_inflate_wanted(r)) {
        return NGX_OK;
    }

    gzip = ngx_pcalloc(r->pool, sizeof(ngx_http_dynstore_inflate_t));
    if (gzip == NULL) {
        return NGX_ERROR;
    }

    cleanup = ngx_http_cleanup_add(r, 0);
    if (cleanup == NULL) {
        return NGX_ERROR;
    }

    gzip->stream.zalloc = ngx_http_dynstore_inflate_alloc;
    gzip->stream.zfree = ngx_http_dynstore_inflate_free;
    gzip->stream.opaque = r->pool;

    if (inflateInit2(&gzip->stream, MAX_WBITS + 16) != Z_OK) {
        return NGX_ERROR;
    }

    gzip->last_in = &gzip->in;
    gzip->last_out = &gzip->out;

    gzip->turn.handler = ngx_http_dynstore_inflate_turn;
    gzip->turn.data = ctx;
    gzip->turn.log = r->connection->log;

    cleanup->handler = ngx_http_dynstore_inflate_cleanup;
    cleanup->data = gzip;

    ctx->page->inflate = gzip;

    return NGX_OK;
}


void
ngx_http_dynstore_inflate_header(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx)
{
    if (r->headers_out.content_encoding == NULL || !ngx_http_dynstore_inflate_wanted(r)) {
        return;
    }

    r->headers_out.content_encoding->hash = 0;
    r->headers_out.content_encoding = NULL;

    if (r->method == NGX_HTTP_GET) {
        ngx_http_dynstore_count(ctx->conf->shop->counters, pages_inflated);
    }
}


void
ngx_http_dynstore_inflate_drop(ngx_http_dynstore_page_t *page)
{
    if (page->inflate != NULL) {
        ngx_http_dynstore_inflate_cleanup(page->inflate);
        page->inflate = NULL;
    }
}


static void
ngx_http_dynstore_inflate_cleanup(void *data)
{
    ngx_http_dynstore_inflate_t  *gzip = data;

    if (gzip->turn.posted) {
        ngx_delete_posted_event(&gzip->turn);
    }
}


/* Uses the request's pool, which is freed as a whole. */
static void *
ngx_http_dynstore_inflate_alloc(void *opaque, unsigned items, unsigned size)
{
    return ngx_palloc(opaque, (size_t) items * size);
}


static void
ngx_http_dynstore_inflate_free(void *opaque, void *address)
{
    (void) opaque;
    (void) address;
}


static ngx_uint_t
ngx_http_dynstore_encoding_is(ngx_str_t *encoding, const char *name)
{
    return encoding->len == ngx_strlen(name) && ngx_strncasecmp(encoding->data, (u_char *) name, encoding->len) == 0;
}


/* Counts the encodings that the header names, in all its lines. */
static ngx_uint_t
ngx_http_dynstore_encodings(ngx_http_request_t *r)
{
    ngx_uint_t        i, n;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *header;

    n = 0;

    for (part = &r->headers_out.headers.part; part; part = part->next) {
        header = part->elts;

        for (i = 0; i < part->nelts; i++) {
            if (header[i].hash != 0 && header[i].value.len != 0
                && ngx_http_dynstore_encoding_is(&header[i].key, "Content-Encoding")
                && !ngx_http_dynstore_encoding_is(&header[i].value, "identity"))
            {
                n++;
            }
        }
    }

    return n;
}


/* A page that has an encoding: it is gzip, and nothing else. */
static ngx_uint_t
ngx_http_dynstore_inflate_wanted(ngx_http_request_t *r)
{
    ngx_str_t  *encoding;

    encoding = &r->headers_out.content_encoding->value;

    return (ngx_http_dynstore_encoding_is(encoding, "gzip") || ngx_http_dynstore_encoding_is(encoding, "x-gzip"))
           && ngx_http_dynstore_encodings(r) == 1;
}


static ngx_uint_t
ngx_http_dynstore_inflate_say(time_t *said)
{
    if (*said != 0 && ngx_time() - *said < NGX_HTTP_DYNSTORE_INFLATE_SAY_S) {
        return 0;
    }

    *said = ngx_time();

    return 1;
}


ngx_int_t
ngx_http_dynstore_inflate_body_filter(ngx_http_request_t *r, ngx_chain_t *in)
{
    ngx_int_t                     rc;
    ngx_uint_t                    flush;
    ngx_http_dynstore_ctx_t      *ctx;
    ngx_http_dynstore_page_t     *page;
    ngx_http_dynstore_inflate_t  *gzip;

    ctx = ngx_http_get_module_ctx(r, ngx_http_dynstore_module);

    if (ctx == NULL || ctx->page == NULL || ctx->page->inflate == NULL || !ctx->committed || r != r->main) {
        return ngx_http_next_body_filter(r, in);
    }

    page = ctx->page;
    gzip = page->inflate;

    if (gzip->state == NGX_HTTP_DYNSTORE_INFLATE_PLAIN && gzip->in == NULL) {
        return ngx_http_next_body_filter(r, in);
    }

    if (gzip->state == NGX_HTTP_DYNSTORE_INFLATE_FAILED) {
        return ngx_http_dynstore_inflate_ends(r, page, in);
    }

    if (ngx_http_dynstore_inflate_queue(r, gzip, in) != NGX_OK) {
        return NGX_ERROR;
    }

    if (gzip->turn.posted) {
        return NGX_AGAIN;
    }

    flush = gzip->busy != NULL || gzip->yielded;
    gzip->yielded = 0;
    gzip->made = 0;

    for ( ;; ) {

        if (ngx_http_dynstore_inflate_run(r, gzip) == NGX_ERROR) {
            return NGX_ERROR;
        }

        if (gzip->out == NULL && !flush) {
            rc = gzip->busy != NULL ? NGX_AGAIN : NGX_OK;
            break;
        }

        rc = ngx_http_next_body_filter(r, gzip->out);

        ngx_chain_update_chains(r->pool, &gzip->free, &gzip->busy, &gzip->out,
                                (ngx_buf_tag_t) &ngx_http_dynstore_inflate_tag);
        gzip->last_out = &gzip->out;
        flush = 0;

        if (rc == NGX_ERROR) {
            return NGX_ERROR;
        }

        if (gzip->state == NGX_HTTP_DYNSTORE_INFLATE_FAILED) {
            return ngx_http_dynstore_inflate_ends(r, page, NULL);
        }

        if (gzip->in == NULL && !gzip->ending) {
            break;
        }

        if (ngx_http_dynstore_inflate_full(gzip)) {
            rc = NGX_AGAIN;
            break;
        }

        if (gzip->made >= NGX_HTTP_DYNSTORE_INFLATE_TURN_BYTES) {
            gzip->yielded = 1;
            ngx_post_event(&gzip->turn, &ngx_posted_next_events);
            rc = NGX_AGAIN;
            break;
        }
    }

    if (gzip->in != NULL || gzip->ending) {
        /* otherwise the producer of the last buffer would think that the page was sent */
        r->buffered |= NGX_HTTP_DYNSTORE_BUFFERED;

    } else if (page->in == NULL && page->out == NULL) {
        /* and the scanner, which uses the same bit, holds nothing either */
        r->buffered &= ~NGX_HTTP_DYNSTORE_BUFFERED;
    }

    return rc;
}


static ngx_int_t
ngx_http_dynstore_inflate_queue(ngx_http_request_t *r, ngx_http_dynstore_inflate_t *gzip, ngx_chain_t *in)
{
    ngx_chain_t  *link;

    for ( /* void */ ; in; in = in->next) {
        link = ngx_alloc_chain_link(r->pool);
        if (link == NULL) {
            return NGX_ERROR;
        }

        link->buf = in->buf;
        link->next = NULL;
        *gzip->last_in = link;
        gzip->last_in = &link->next;
    }

    return NGX_OK;
}


/* Ends the response as if the backend had failed, once the inflated bytes no longer wait in the scanner. */
static ngx_int_t
ngx_http_dynstore_inflate_ends(ngx_http_request_t *r, ngx_http_dynstore_page_t *page, ngx_chain_t *in)
{
    ngx_int_t  rc;

    for ( /* void */ ; in; in = in->next) {
        in->buf->pos = in->buf->last;
        in->buf->file_pos = in->buf->file_last;
    }

    rc = ngx_http_next_body_filter(r, NULL);

    return rc != NGX_ERROR && page->waiting ? NGX_AGAIN : NGX_ERROR;
}


/* Works until the queue is empty, no buffer is free, or the turn is over. NGX_ERROR: no memory. */
static ngx_int_t
ngx_http_dynstore_inflate_run(ngx_http_request_t *r, ngx_http_dynstore_inflate_t *gzip)
{
    ngx_int_t     rc;
    ngx_buf_t    *buf;
    ngx_chain_t  *link;

    for ( ;; ) {

        if (!gzip->ending) {

            if (gzip->in == NULL) {
                break;
            }

            link = gzip->in;
            buf = link->buf;

            rc = ngx_http_dynstore_inflate_bytes(r, gzip, buf);
            if (rc != NGX_OK) {
                return rc;
            }

            if (gzip->state == NGX_HTTP_DYNSTORE_INFLATE_PLAIN && ngx_buf_size(buf) != 0) {
                *gzip->last_out = gzip->in;
                gzip->last_out = gzip->last_in;
                gzip->in = NULL;
                gzip->last_in = &gzip->in;
                return NGX_OK;
            }

            gzip->ending = 1;
            gzip->flush = buf->flush;
            gzip->last_buf = buf->last_buf;
            gzip->last_in_chain = buf->last_in_chain;

            if (buf->in_file) {
                buf->file_pos = buf->file_last;
            }

            gzip->in = link->next;
            ngx_free_chain(r->pool, link);

            if (gzip->in == NULL) {
                gzip->last_in = &gzip->in;
            }
        }

        rc = ngx_http_dynstore_inflate_end(r, gzip);
        if (rc != NGX_OK) {
            return rc;
        }

        gzip->ending = 0;

        if (gzip->state == NGX_HTTP_DYNSTORE_INFLATE_FAILED) {
            return NGX_OK;
        }
    }

    if (gzip->buf == NULL || gzip->buf->last == gzip->buf->pos) {
        return NGX_OK;
    }

    /* never hold the last buffer, because then none is left to continue with */
    if (gzip->free == NULL && gzip->nbufs == NGX_HTTP_DYNSTORE_INFLATE_BUFS) {
        gzip->buf->flush = 1;
    }

    return ngx_http_dynstore_inflate_emit(r, gzip);
}


/* NGX_OK: all bytes of the buffer were used, or the page is plain from here on. NGX_AGAIN: no buffer is free. */
static ngx_int_t
ngx_http_dynstore_inflate_bytes(ngx_http_request_t *r, ngx_http_dynstore_inflate_t *gzip, ngx_buf_t *buf)
{
    ngx_int_t  rc;

    if (!ngx_buf_in_memory(buf)) {

        if (buf->in_file && gzip->state != NGX_HTTP_DYNSTORE_INFLATE_REST) {
            ngx_http_dynstore_inflate_fail(r, gzip, "its bytes are in a file and were not read into memory");
        }

        return NGX_OK;
    }

    while (buf->pos != buf->last) {

        switch (gzip->state) {

        case NGX_HTTP_DYNSTORE_INFLATE_BEFORE:
            rc = ngx_http_dynstore_inflate_first(r, gzip, buf);
            break;

        case NGX_HTTP_DYNSTORE_INFLATE_MEMBER:
            rc = ngx_http_dynstore_inflate_member(r, gzip, &buf->pos, buf->last);
            break;

        case NGX_HTTP_DYNSTORE_INFLATE_PLAIN:
            return NGX_OK;

        default: /* NGX_HTTP_DYNSTORE_INFLATE_REST, NGX_HTTP_DYNSTORE_INFLATE_FAILED */
            buf->pos = buf->last;
            return NGX_OK;
        }

        if (rc != NGX_OK) {
            return rc;
        }
    }

    return NGX_OK;
}


/* Looks at the next byte at the beginning of a member. After the first member zeros may be padding, as in gzip(1). */
static ngx_int_t
ngx_http_dynstore_inflate_first(ngx_http_request_t *r, ngx_http_dynstore_inflate_t *gzip, ngx_buf_t *buf)
{
    static time_t  said;

    if (*buf->pos == ngx_http_dynstore_gzip_magic[gzip->half]) {
        buf->pos++;

        if (!gzip->half) {
            gzip->half = 1;
            return NGX_OK;
        }

        gzip->half = 0;

        (void) inflateReset(&gzip->stream);

        gzip->stream.next_in = ngx_http_dynstore_gzip_magic;
        gzip->stream.avail_in = sizeof(ngx_http_dynstore_gzip_magic);
        gzip->stream.next_out = ngx_http_dynstore_gzip_magic;    /* none is written */
        gzip->stream.avail_out = 0;

        (void) inflate(&gzip->stream, Z_NO_FLUSH);

        gzip->state = NGX_HTTP_DYNSTORE_INFLATE_MEMBER;

        return NGX_OK;
    }

    if (!gzip->member) {
        return ngx_http_dynstore_inflate_plain(r, gzip);
    }

    if (*buf->pos == 0 && !gzip->half) {
        buf->pos++;
        return NGX_OK;
    }

    gzip->state = NGX_HTTP_DYNSTORE_INFLATE_REST;

    if (ngx_http_dynstore_inflate_say(&said)) {
        ngx_http_dynstore_log(NGX_LOG_WARN, r,
                              "the backend sent bytes after the page's gzip data that are not gzip: they are left out, as "
                              "gunzip does; make the backend add them before it compresses, or not compress at all");
    }

    return NGX_OK;
}


/* The header wrongly said gzip. It has been removed, so the page is now sent as it should have been. */
static ngx_int_t
ngx_http_dynstore_inflate_plain(ngx_http_request_t *r, ngx_http_dynstore_inflate_t *gzip)
{
    ngx_int_t      rc;
    static time_t  said;

    if (gzip->half) {
        rc = ngx_http_dynstore_inflate_buf(r, gzip);
        if (rc != NGX_OK) {
            return rc;
        }

        *gzip->buf->last++ = ngx_http_dynstore_gzip_magic[0];
        gzip->half = 0;

        if (ngx_http_dynstore_inflate_emit(r, gzip) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    gzip->state = NGX_HTTP_DYNSTORE_INFLATE_PLAIN;

    if (ngx_http_dynstore_inflate_say(&said)) {
        ngx_http_dynstore_log(NGX_LOG_WARN, r,
                              "the backend sent \"Content-Encoding: gzip\" with a page that is not compressed: the bytes "
                              "are passed on as they are, without that header");
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_dynstore_inflate_member(ngx_http_request_t *r, ngx_http_dynstore_inflate_t *gzip, u_char **pos, u_char *last)
{
    int         code;
    size_t      made;
    ngx_int_t   rc;
    ngx_buf_t  *out;

    rc = ngx_http_dynstore_inflate_buf(r, gzip);
    if (rc != NGX_OK) {
        return rc;
    }

    out = gzip->buf;

    gzip->stream.next_in = *pos;
    gzip->stream.avail_in = (uInt) (last - *pos);
    gzip->stream.next_out = out->last;
    gzip->stream.avail_out = (uInt) (out->end - out->last);

    code = inflate(&gzip->stream, Z_NO_FLUSH);

    made = (size_t) (gzip->stream.next_out - out->last);

    *pos = gzip->stream.next_in;
    out->last = gzip->stream.next_out;

    gzip->made += made;
    gzip->total += made;
    gzip->pending = gzip->stream.avail_out == 0;

    if (out->last == out->end && ngx_http_dynstore_inflate_emit(r, gzip) != NGX_OK) {
        return NGX_ERROR;
    }

    switch (code) {

    case Z_OK:
    case Z_BUF_ERROR: /* these bytes give no more output */
        break;

    case Z_STREAM_END:
        gzip->state = NGX_HTTP_DYNSTORE_INFLATE_BEFORE;
        gzip->member = 1;
        gzip->pending = 0;
        break;

    default:
        ngx_http_dynstore_inflate_fail(r, gzip, gzip->stream.msg != NULL ? gzip->stream.msg : "out of memory");
        *pos = last;
    }

    return NGX_OK;
}


/* Passes on what zlib still holds of a buffer, then the buffer's flags. NGX_AGAIN: no buffer is free for them. */
static ngx_int_t
ngx_http_dynstore_inflate_end(ngx_http_request_t *r, ngx_http_dynstore_inflate_t *gzip)
{
    u_char     *none;
    ngx_int_t   rc;

    none = ngx_http_dynstore_gzip_magic;

    while (gzip->pending) {
        rc = ngx_http_dynstore_inflate_member(r, gzip, &none, none);
        if (rc != NGX_OK) {
            return rc;
        }
    }

    if (gzip->last_buf) {

        if (gzip->state == NGX_HTTP_DYNSTORE_INFLATE_MEMBER) {
            ngx_http_dynstore_inflate_fail(r, gzip, "it ends too early");

        } else if (gzip->state == NGX_HTTP_DYNSTORE_INFLATE_BEFORE && gzip->half && !gzip->member) {
            rc = ngx_http_dynstore_inflate_plain(r, gzip);
            if (rc != NGX_OK) {
                return rc;
            }
        }
    }

    if (gzip->state == NGX_HTTP_DYNSTORE_INFLATE_FAILED) {
        /* the bytes so far are sent, but must not look complete */
        gzip->flush = 1;
        gzip->last_buf = 0;
        gzip->last_in_chain = 0;
    }

    if (!gzip->last_buf && !gzip->flush) {
        return NGX_OK;
    }

    rc = ngx_http_dynstore_inflate_buf(r, gzip);
    if (rc != NGX_OK) {
        return rc;
    }

    gzip->buf->flush = gzip->flush;
    gzip->buf->last_buf = gzip->last_buf;
    gzip->buf->last_in_chain = gzip->last_in_chain;

    return ngx_http_dynstore_inflate_emit(r, gzip);
}


static void
ngx_http_dynstore_inflate_fail(ngx_http_request_t *r, ngx_http_dynstore_inflate_t *gzip, const char *reason)
{
    gzip->state = NGX_HTTP_DYNSTORE_INFLATE_FAILED;
    gzip->pending = 0;

    ngx_http_dynstore_log(NGX_LOG_ERR, r,
                          "the backend's gzip is broken (%s): the page ends after %uL bytes", reason,
                          gzip->total);
}


static ngx_uint_t
ngx_http_dynstore_inflate_full(ngx_http_dynstore_inflate_t *gzip)
{
    return gzip->buf == NULL && gzip->free == NULL && gzip->nbufs == NGX_HTTP_DYNSTORE_INFLATE_BUFS;
}


/* Makes sure that gzip->buf has room. NGX_AGAIN: no buffer is free, or this turn is over. */
static ngx_int_t
ngx_http_dynstore_inflate_buf(ngx_http_request_t *r, ngx_http_dynstore_inflate_t *gzip)
{
    ngx_buf_t    *buf;
    ngx_chain_t  *link;

    if (gzip->buf != NULL) {
        return NGX_OK;
    }

    if (ngx_http_dynstore_inflate_full(gzip) || gzip->made >= NGX_HTTP_DYNSTORE_INFLATE_TURN_BYTES) {
        return NGX_AGAIN;
    }

    link = gzip->free;

    if (link != NULL) {
        gzip->free = link->next;
        buf = link->buf;
        ngx_free_chain(r->pool, link);

        buf->flush = 0;
        buf->temporary = 1;

    } else {
        buf = ngx_create_temp_buf(r->pool, NGX_HTTP_DYNSTORE_INFLATE_BUF_BYTES);
        if (buf == NULL) {
            return NGX_ERROR;
        }

        buf->tag = (ngx_buf_tag_t) &ngx_http_dynstore_inflate_tag;
        gzip->nbufs++;
    }

    gzip->buf = buf;

    return NGX_OK;
}


static ngx_int_t
ngx_http_dynstore_inflate_emit(ngx_http_request_t *r, ngx_http_dynstore_inflate_t *gzip)
{
    ngx_chain_t  *link;

    link = ngx_alloc_chain_link(r->pool);
    if (link == NULL) {
        return NGX_ERROR;
    }

    /* an empty buffer carries only its flags */
    gzip->buf->temporary = gzip->buf->last != gzip->buf->pos;

    link->buf = gzip->buf;
    link->next = NULL;
    *gzip->last_out = link;
    gzip->last_out = &link->next;

    gzip->buf = NULL;

    return NGX_OK;
}


static void
ngx_http_dynstore_inflate_turn(ngx_event_t *ev)
{
    ngx_connection_t         *c;
    ngx_http_request_t       *r;
    ngx_http_dynstore_ctx_t  *ctx = ev->data;

    r = ctx->request;
    c = r->connection;

    ngx_http_set_log_request(c->log, r);

    ngx_http_dynstore_resume(r, ctx);

    ngx_http_run_posted_requests(c);
}

#include "nginx/endpoints/endpoint.h"
#include "nginx/request/headers.h"
#include "nginx/request/identify.h"
#include "engine/base/item_id.h"
#include "engine/base/secret_file.h"


static ngx_int_t ngx_http_dynstore_wanted_slots(dyn_str_t list, ngx_http_dynstore_wanted_t *wanted);
static void ngx_http_dynstore_refuse_read(ngx_http_request_t *r);


/* The answer to send once the body has been read. */
typedef struct {
    ngx_uint_t                        status;
    const char                       *sentence;
} ngx_http_dynstore_refusal_t;



const char *
ngx_http_dynstore_wanted_parse(ngx_http_request_t *r, ngx_str_t *surface_name, ngx_http_dynstore_wanted_t *wanted)
{
    size_t                   i;
    dyn_str_t                surface, item, slot, format;
    ngx_http_dynstore_arg_e  got;

    static ngx_str_t  item_name = ngx_string("item");
    static ngx_str_t  slot_name = ngx_string("slot");
    static ngx_str_t  format_name = ngx_string("format");

    ngx_memzero(wanted, sizeof(ngx_http_dynstore_wanted_t));
    wanted->format = NGX_HTTP_DYNSTORE_FORMAT_JSON;
    wanted->surface = DYN_SURFACE_HOME;

    got = ngx_http_dynstore_arg(r, surface_name, DYN_SLOT_NAME_BYTES_MAX, &surface);

    for (i = 0; i < surface.len && got == NGX_HTTP_DYNSTORE_ARG_GOOD; i++) {
        if ((surface.data[i] < 'a' || surface.data[i] > 'z') && surface.data[i] != '_') {
            got = NGX_HTTP_DYNSTORE_ARG_BAD;
        }
    }

    if (got == NGX_HTTP_DYNSTORE_ARG_BAD) {
        return "surface: must be one of home, plp, pdp, cart, search, landing, checkout";
    }

    (void) dyn_surface_from_name(surface, &wanted->surface);

    got = ngx_http_dynstore_arg(r, &item_name, DYN_STRING_BYTES_MAX, &item);

    if (got == NGX_HTTP_DYNSTORE_ARG_BAD
        || (got == NGX_HTTP_DYNSTORE_ARG_GOOD && !dyn_item_id_normalize(item, &wanted->item_id)))
    {
        return "item: must be an item's id (on plp: a category), UTF-8, percent-encoded, 1 to 128 bytes";
    }

    got = ngx_http_dynstore_arg(r, &slot_name, DYN_SLOTS_MAX * (DYN_SLOT_NAME_BYTES_MAX + sizeof("=24")), &slot);

    if (got == NGX_HTTP_DYNSTORE_ARG_BAD
        || (got == NGX_HTTP_DYNSTORE_ARG_GOOD && ngx_http_dynstore_wanted_slots(slot, wanted) != NGX_OK))
    {
        return "slot: must be names of 1 to 32 of a-z, 0-9, _ and -, at most 8, with commas between them; each may have a number of "
               "items, 1 to 24, as in recs=8";
    }

    got = ngx_http_dynstore_arg(r, &format_name, 8, &format);

    if (got == NGX_HTTP_DYNSTORE_ARG_GOOD && dyn_str_equal(format, DYN_STR("html"))) {
        wanted->format = NGX_HTTP_DYNSTORE_FORMAT_HTML;

    } else if (got != NGX_HTTP_DYNSTORE_ARG_ABSENT && !dyn_str_equal(format, DYN_STR("json"))) {
        return "format: must be json or html";
    }

    return NULL;
}


static ngx_int_t
ngx_http_dynstore_wanted_slots(dyn_str_t list, ngx_http_dynstore_wanted_t *wanted)
{
    size_t       i;
    dyn_str_t    part;
    dyn_slot_t  *slot;

    for ( ;; ) {
        part = list;
        part.len = 0;

        while (part.len < list.len && list.data[part.len] != ',') {
            part.len++;
        }

        slot = &wanted->slots[wanted->nslots];

        if (wanted->nslots == DYN_SLOTS_MAX || !dyn_slot_parse(part, slot, NULL)) {
            return NGX_ERROR;
        }

        if (slot->name.len == part.len) {
            slot->count = 0;
        }

        for (i = 0; i < wanted->nslots; i++) {
            if (dyn_str_equal(wanted->slots[i].name, slot->name)) {
                return NGX_ERROR;
            }
        }

        wanted->nslots++;

        if (part.len == list.len) {
            return NGX_OK;
        }

        list.data += part.len + 1;
        list.len -= part.len + 1;
    }
}


void
ngx_http_dynstore_wanted_set(ngx_http_dynstore_ctx_t *ctx, ngx_http_dynstore_wanted_t *wanted)
{
    size_t             i, k;
    const dyn_slot_t  *own;

    ngx_http_dynstore_set_context_surface(ctx, wanted->surface);
    ctx->context.item_id = wanted->item_id;
    ctx->asked = 0;

    if (wanted->nslots == 0) {
        return;
    }

    /* these alone; a name that the surface does not have is filled like any other */

    for (i = 0; i < wanted->nslots; i++) {
        own = NULL;

        for (k = 0; k < ctx->nslots; k++) {
            if (dyn_str_equal(ctx->slots[k].name, wanted->slots[i].name)) {
                own = &ctx->slots[k];
            }
        }

        if (own == NULL) {
            ctx->asked |= 1u << i;
        }

        if (wanted->slots[i].count == 0) {
            wanted->slots[i].count = own == NULL ? NGX_HTTP_DYNSTORE_SLOT_ITEMS : own->count;
        }
    }

    ctx->slots = wanted->slots;
    ctx->nslots = wanted->nslots;
}


ngx_int_t
ngx_http_dynstore_wanted_render(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx,
    ngx_http_dynstore_wanted_t *wanted, ngx_http_dynstore_decided_t *decided, ngx_str_t *body)
{
    size_t     i, len;
    u_char    *p;
    dyn_str_t  parts[DYN_SLOTS_MAX];

    ctx->may_repeat = 1;

    ngx_http_dynstore_decide(r, ctx, decided);

    if (ctx->snapshot == NULL) {
        return NGX_ERROR;
    }

    len = 0;

    if (wanted->format == NGX_HTTP_DYNSTORE_FORMAT_JSON) {
        parts[0] = dyn_render_json(ctx->snapshot->data, &decided->decision, DYN_STR_NONE, &decided->arena);
        len = parts[0].len;
        i = 1;

        if (parts[0].data == NULL) {
            return NGX_ERROR;
        }

    } else {
        for (i = 0; i < decided->decision.slot_count; i++) {
            parts[i] = dyn_render_html(ctx->snapshot->data, &decided->decision, &decided->decision.slots[i], &decided->arena);
            len += parts[i].len;

            if (parts[i].data == NULL) {
                return NGX_ERROR;
            }
        }
    }

    p = ngx_pnalloc(r->pool, len + 1);
    if (p == NULL) {
        return NGX_ERROR;
    }

    body->data = p;
    body->len = len;

    for (len = i, i = 0; i < len; i++) {
        p = ngx_cpymem(p, parts[i].data, parts[i].len);
    }

    /* all slots that were asked for are in the body */
    ctx->delivered = (1u << ctx->nslots) - 1;

    return NGX_OK;
}


ngx_int_t
ngx_http_dynstore_add_ignored(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx)
{
    ngx_str_t  *reason;

    reason = ngx_http_dynstore_ignored_name(ctx);

    return reason->len == 0 ? NGX_OK : ngx_http_dynstore_add_header(r, "X-Dynstore-Ignored", reason);
}


ngx_int_t
ngx_http_dynstore_send(ngx_http_request_t *r, ngx_uint_t status, const char *type, ngx_str_t *body)
{
    ngx_int_t     rc;
    ngx_buf_t    *b;
    ngx_chain_t   out;

    static ngx_str_t  nosniff = ngx_string("nosniff");

    if (type && ngx_http_dynstore_add_header(r, "X-Content-Type-Options", &nosniff) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    r->headers_out.status = status;
    r->headers_out.content_length_n = body->len;

    if (type) {
        r->headers_out.content_type.data = (u_char *) type;
        r->headers_out.content_type.len = ngx_strlen(type);
        r->headers_out.content_type_len = r->headers_out.content_type.len;
        r->headers_out.content_type_lowcase = NULL;
    }

    if (body->len == 0) {
        r->header_only = 1;
    }

    rc = ngx_http_send_header(r);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }

    b = ngx_calloc_buf(r->pool);
    if (b == NULL) {
        return NGX_ERROR;
    }

    b->pos = body->data;
    b->last = body->data + body->len;
    b->memory = 1;
    b->last_buf = (r == r->main) ? 1 : 0;
    b->last_in_chain = 1;

    out.buf = b;
    out.next = NULL;

    return ngx_http_output_filter(r, &out);
}


ngx_int_t
ngx_http_dynstore_refuse(ngx_http_request_t *r, ngx_uint_t status, const char *sentence)
{
    char         scratch[4096];
    ngx_str_t    body;
    dyn_str_t    text;
    dyn_arena_t  arena;

    static ngx_str_t  no_store = ngx_string("no-store");

    dyn_arena_init(&arena, scratch, sizeof(scratch), NULL, NULL);
    text = dyn_json_string(dyn_str_from(sentence), &arena);

    if (text.data == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    body.data = ngx_pnalloc(r->pool, text.len + sizeof("{\"error\":}\n"));

    if (body.data == NULL || ngx_http_dynstore_add_header(r, "Cache-Control", &no_store) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    body.len = ngx_sprintf(body.data, "{\"error\":%*s}\n", text.len, text.data) - body.data;

    return ngx_http_dynstore_send(r, status, "application/json", &body);
}


/*
 * Over HTTP/2 an answer before the end of the body ends the stream, and some clients drop it. So a body that is not too large
 * is read first.
 */
ngx_int_t
ngx_http_dynstore_refuse_unread(ngx_http_request_t *r, ngx_uint_t status, const char *sentence)
{
    ngx_int_t                     rc;
    ngx_http_dynstore_ctx_t      *ctx;
    ngx_http_dynstore_refusal_t  *refusal;

    if (r->headers_in.content_length_n > DYN_EVENT_BODY_BYTES_MAX) {
        rc = ngx_http_discard_request_body(r);

        return rc == NGX_OK ? ngx_http_dynstore_refuse(r, status, sentence) : rc;
    }

    refusal = ngx_palloc(r->pool, sizeof(ngx_http_dynstore_refusal_t));

    ctx = ngx_http_dynstore_get_ctx(r);
    if (ctx == NULL) {
        ctx = ngx_http_dynstore_create_ctx(r);
    }

    if (refusal == NULL || ctx == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    refusal->status = status;
    refusal->sentence = sentence;
    ctx->endpoint = refusal;

    rc = ngx_http_read_client_request_body(r, ngx_http_dynstore_refuse_read);

    return rc >= NGX_HTTP_SPECIAL_RESPONSE ? rc : NGX_DONE;
}


static void
ngx_http_dynstore_refuse_read(ngx_http_request_t *r)
{
    ngx_http_dynstore_refusal_t  *refusal;

    refusal = ngx_http_dynstore_get_ctx(r)->endpoint;

    ngx_http_finalize_request(r, ngx_http_dynstore_refuse(r, refusal->status, refusal->sentence));
}


ngx_int_t
ngx_http_dynstore_refuse_method(ngx_http_request_t *r, const char *allowed)
{
    u_char     *sentence;
    ngx_str_t   allow;

    allow.data = (u_char *) allowed;
    allow.len = ngx_strlen(allowed);

    sentence = ngx_pnalloc(r->pool, sizeof("method: use ") + allow.len);

    if (sentence == NULL || ngx_http_dynstore_add_header(r, "Allow", &allow) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_sprintf(sentence, "method: use %s%Z", allowed);

    return ngx_http_dynstore_refuse_unread(r, NGX_HTTP_NOT_ALLOWED, (char *) sentence);
}


ngx_int_t
ngx_http_dynstore_read_body(ngx_http_request_t *r, size_t most, dyn_str_t *body)
{
    u_char       *p;
    off_t         len;
    ssize_t       n;
    ngx_buf_t    *b;
    ngx_chain_t  *cl;

    *body = DYN_STR("");
    len = 0;

    if (r->request_body == NULL) {
        return NGX_OK;
    }

    for (cl = r->request_body->bufs; cl; cl = cl->next) {
        len += ngx_buf_size(cl->buf);
    }

    if (len > (off_t) most) {
        return NGX_DECLINED;
    }

    p = ngx_pnalloc(r->pool, len + 1);
    if (p == NULL) {
        return NGX_ERROR;
    }

    body->data = (char *) p;
    body->len = len;

    for (cl = r->request_body->bufs; cl; cl = cl->next) {
        b = cl->buf;

        if (!b->in_file) {
            p = ngx_cpymem(p, b->pos, b->last - b->pos);
            continue;
        }

        n = ngx_read_file(b->file, p, b->file_last - b->file_pos, b->file_pos);
        if (n != b->file_last - b->file_pos) {
            return NGX_ERROR;
        }

        p += n;
    }

    return NGX_OK;
}


ngx_int_t
ngx_http_dynstore_hold(ngx_http_request_t *r)
{
    r->main->count++;
    r->read_event_handler = ngx_http_test_reading;
    r->write_event_handler = ngx_http_request_empty_handler;

    return NGX_DONE;
}


ngx_int_t
ngx_http_dynstore_secret_file(ngx_conf_t *cf, ngx_str_t *directive, ngx_str_t *path, ngx_uint_t have, ngx_uint_t most, char *text,
    size_t size, dyn_str_t *secret)
{
    dyn_error_t  error;

    if (have == most) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "%V: \"%V\" is one secret too many: at most %ui may hold at once", directive, path, most);
        return NGX_ERROR;
    }

    if (path->len == 0 || ngx_conf_full_name(cf->cycle, path, 1) != NGX_OK) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "%V: secret_file= needs a file, e.g. secret_file=/etc/nginx/shopify.secret", directive);
        return NGX_ERROR;
    }

    if (!dyn_secret_file_read((char *) path->data, text, size, secret, NULL, &error)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "%V: the secret: %s", directive, error.text);
        return NGX_ERROR;
    }

    return NGX_OK;
}

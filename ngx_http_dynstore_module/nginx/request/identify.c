/* Identifies a request: its visitor, its origin, and what the location's directives say about the page. */
#include "nginx/request/identify.h"
#include "nginx/core/log.h"
#include "nginx/core/module.h"
#include "nginx/request/headers.h"
#include "nginx/request/request.h"
#include "nginx/request/visitor.h"
#include "engine/base/item_id.h"
#include "engine/base/language.h"
#include "engine/base/percent.h"
#include "engine/base/utf8.h"


/* seven entry fields of at most 128 bytes, aligned */
#define NGX_HTTP_DYNSTORE_ENTRY_BYTES           1024


static ngx_int_t ngx_http_dynstore_identify_page(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx);
static ngx_int_t ngx_http_dynstore_identify_search(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx);
static ngx_int_t ngx_http_dynstore_identify_language(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx);
static ngx_int_t ngx_http_dynstore_identify_attributes(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx);
static ngx_uint_t ngx_http_dynstore_attribute_values(ngx_str_t *name, ngx_str_t *text, dyn_fact_t *row, dyn_fact_t *last);
static ngx_int_t ngx_http_dynstore_identify_visitor(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx);
static ngx_int_t ngx_http_dynstore_identify_consent(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx);
static ngx_int_t ngx_http_dynstore_consent_of(ngx_http_request_t *r, ngx_http_dynstore_consent_t *consent,
    dyn_consent_t *level);
static ngx_int_t ngx_http_dynstore_identify_place(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx);
static ngx_int_t ngx_http_dynstore_identify_entry(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx);
static void ngx_http_dynstore_default_slots(ngx_http_dynstore_ctx_t *ctx, dyn_surface_t surface);
static void ngx_http_dynstore_no_surface(ngx_http_request_t *r, ngx_str_t *value);
static ngx_uint_t ngx_http_dynstore_prefetched(ngx_http_request_t *r);
static ngx_uint_t ngx_http_dynstore_affirmed(ngx_str_t *value);
static ngx_http_dynstore_skip_e ngx_http_dynstore_no_navigation(ngx_http_request_t *r);


ngx_int_t
ngx_http_dynstore_identify(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx)
{
    ctx->conf = ngx_http_get_module_loc_conf(r, ngx_http_dynstore_module);

    if (ngx_http_dynstore_identify_page(r, ctx) != NGX_OK) {
        return NGX_ERROR;
    }

    if (!ctx->identified && !ctx->personal && !ctx->conf->endpoint) {
        return NGX_OK;
    }

    if (ngx_http_dynstore_identify_search(r, ctx) != NGX_OK
        || ngx_http_dynstore_identify_language(r, ctx) != NGX_OK
        || ngx_http_dynstore_identify_attributes(r, ctx) != NGX_OK)
    {
        return NGX_ERROR;
    }

    /* a redirect changes the page, but not the visitor */

    if (ctx->identified) {
        ngx_http_dynstore_permit(ctx);
        return NGX_OK;
    }

    if (ngx_http_dynstore_identify_visitor(r, ctx) != NGX_OK
        || ngx_http_dynstore_identify_place(r, ctx) != NGX_OK
        || ngx_http_dynstore_identify_entry(r, ctx) != NGX_OK)
    {
        return NGX_ERROR;
    }

    ctx->identified = 1;
    ngx_http_dynstore_permit(ctx);
    ngx_http_dynstore_visitor_move(ctx);

    return NGX_OK;
}


/*
 * The only place that decides what may be done: code that reads a session checks may_read, code that records checks may_write, and
 * what outlives the session (the history, the event stream) needs may_record.
 *
 *     who asks                                                    is known    may_read    may_write   may_record  ignored
 *     with consent to nothing (dynstore_consent,                  no          no          no          no          consent
 *       dynstore_no_track)
 *     a bot (dynstore_bot, or its agent's name)                   no          no          no          no          bot
 *     another site, or a page that it shows within itself         no          no          no          no          visitor
 *     no visitor and none to be minted: dynstore_limit, a         no          no          no          no          visitor
 *       subrequest, no sound value of dynstore_visitor
 *     a subrequest of what shared caches may keep                 no longer   no          no          no          visitor
 *     anybody, where there is no Redis                            yes         no          no          no          redis
 *     who has a page fetched ahead (Sec-Purpose: prefetch)        yes         yes         no          with full
 *     anybody else                                                yes         yes         yes         with full
 *
 * Without consent and for bots ctx->ignored is set already, and no visitor was looked for. At an endpoint a prefetch changes
 * nothing.
 */
void
ngx_http_dynstore_permit(ngx_http_dynstore_ctx_t *ctx)
{
    if (ctx->ignored != NGX_HTTP_DYNSTORE_IGNORED_CONSENT && ctx->ignored != NGX_HTTP_DYNSTORE_IGNORED_BOT) {

        if (ctx->visitor_hash.len == 0) {
            ctx->ignored = NGX_HTTP_DYNSTORE_IGNORED_VISITOR;

        } else {
            ctx->ignored = ctx->conf->shop->store == NULL ? NGX_HTTP_DYNSTORE_IGNORED_REDIS
                                                           : NGX_HTTP_DYNSTORE_IGNORED_NONE;
        }
    }

    ctx->may_read = ctx->ignored == NGX_HTTP_DYNSTORE_IGNORED_NONE;
    ctx->may_write = ctx->may_read && (ctx->conf->endpoint || !ctx->prefetch);
    ctx->may_record = ctx->may_read && ctx->consent == DYN_CONSENT_FULL;
}


/* Applies the location's directives to this page. */
static ngx_int_t
ngx_http_dynstore_identify_page(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx)
{
    ngx_str_t                      value;
    dyn_str_t                      id;
    dyn_surface_t                  surface;
    ngx_http_dynstore_loc_conf_t  *dlcf = ctx->conf;

    /* the decision was for the page of the earlier location */
    ctx->decided = 0;

    ctx->personal = 0;
    ctx->skip = NGX_HTTP_DYNSTORE_SKIP_NONE;

    if (dlcf->surface == NULL || dlcf->endpoint) {
        return NGX_OK;
    }

    ctx->skip = ngx_http_dynstore_no_navigation(r);

    if (ctx->skip != NGX_HTTP_DYNSTORE_SKIP_NONE) {
        return NGX_OK;
    }

    if (ngx_http_dynstore_killed(dlcf->shop->control)) {
        ctx->skip = NGX_HTTP_DYNSTORE_SKIP_KILLED;
        return NGX_OK;
    }

    if (ngx_http_test_predicates(r, dlcf->bypass) != NGX_OK) {
        ctx->skip = NGX_HTTP_DYNSTORE_SKIP_BYPASS;
        return NGX_OK;
    }

    if (dlcf->surface_constant >= 0) {
        surface = (dyn_surface_t) dlcf->surface_constant;

    } else {
        if (ngx_http_complex_value(r, dlcf->surface, &value) != NGX_OK) {
            return NGX_ERROR;
        }

        if (value.len == 0 || (value.len == 3 && ngx_strncmp(value.data, "off", 3) == 0)) {
            return NGX_OK;
        }

        if (!dyn_surface_from_name(ngx_http_dynstore_str(value), &surface)) {
            ngx_http_dynstore_no_surface(r, &value);
            ctx->skip = NGX_HTTP_DYNSTORE_SKIP_SURFACE;
            return NGX_OK;
        }
    }

    ngx_http_dynstore_set_context_surface(ctx, surface);

    ctx->context.item_id = DYN_STR_NONE;

    if (dlcf->item != NULL) {
        if (ngx_http_complex_value(r, dlcf->item, &value) != NGX_OK) {
            return NGX_ERROR;
        }

        if (dyn_item_id_normalize(ngx_http_dynstore_str(value), &id)) {
            ctx->context.item_id = id;
        }
    }

    ctx->personal = 1;

    return NGX_OK;
}


/* What the page's URL searches for, as it stands there: percent-encoded. What is no text is no search. */
static ngx_int_t
ngx_http_dynstore_identify_search(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx)
{
    char       *text;
    dyn_str_t   search;
    ngx_str_t   value;

    ctx->context.search = DYN_STR_NONE;

    if (ctx->conf->search == NULL) {
        return NGX_OK;
    }

    if (ngx_http_complex_value(r, ctx->conf->search, &value) != NGX_OK) {
        return NGX_ERROR;
    }

    if (value.len == 0) {
        return NGX_OK;
    }

    text = ngx_pnalloc(r->pool, value.len);
    if (text == NULL) {
        return NGX_ERROR;
    }

    search = (dyn_str_t) { text, dyn_percent_decode(ngx_http_dynstore_str(value), true, text, NULL) };

    while (search.len && search.data[0] == ' ') {
        search.data++;
        search.len--;
    }

    search = dyn_utf8_cut(search, DYN_SEARCH_TERM_BYTES_MAX);

    while (search.len && search.data[search.len - 1] == ' ') {
        search.len--;
    }

    if (dyn_utf8_clean(search)) {
        ctx->context.search = search;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_dynstore_identify_language(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx)
{
    char       *name;
    ngx_str_t   value;

    ctx->context.language = DYN_STR_NONE;

    if (ctx->conf->language == NULL) {
        return NGX_OK;
    }

    if (ngx_http_complex_value(r, ctx->conf->language, &value) != NGX_OK) {
        return NGX_ERROR;
    }

    if (value.len == 0) {
        return NGX_OK;
    }

    name = ngx_pnalloc(r->pool, DYN_LANGUAGE_BYTES_MAX);
    if (name == NULL) {
        return NGX_ERROR;
    }

    (void) dyn_language_read(ngx_http_dynstore_str(value), name, &ctx->context.language);

    return NGX_OK;
}


static ngx_int_t
ngx_http_dynstore_identify_attributes(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx)
{
    ngx_str_t                       value;
    ngx_uint_t                      i, n;
    dyn_fact_t                     *rows;
    ngx_http_dynstore_attribute_t  *attribute;

    ngx_memzero(&ctx->context.attributes, sizeof(dyn_attributes_t));

    if (ctx->conf->attributes == NULL) {
        return NGX_OK;
    }

    rows = ngx_palloc(r->pool, DYN_ATTRIBUTES_MAX * sizeof(dyn_fact_t));
    if (rows == NULL) {
        return NGX_ERROR;
    }

    attribute = ctx->conf->attributes->elts;
    n = 0;

    for (i = 0; i < ctx->conf->attributes->nelts; i++) {

        if (ngx_http_complex_value(r, &attribute[i].value, &value) != NGX_OK) {
            return NGX_ERROR;
        }

        n += ngx_http_dynstore_attribute_values(&attribute[i].name, &value, &rows[n], &rows[DYN_ATTRIBUTES_MAX]);
    }

    ctx->context.attributes.rows = rows;
    ctx->context.attributes.count = n;

    return NGX_OK;
}


dyn_attributes_t
ngx_http_dynstore_constant_attributes(ngx_http_dynstore_ctx_t *ctx)
{
    size_t                          i;
    ngx_uint_t                      k, n;
    dyn_fact_t                     *rows;
    dyn_attributes_t                attributes;
    ngx_http_dynstore_attribute_t  *attribute;

    attributes = ctx->context.attributes;
    rows = (dyn_fact_t *) attributes.rows;

    if (attributes.count == 0) {
        return attributes;
    }

    attribute = ctx->conf->attributes->elts;
    n = 0;

    for (i = 0; i < attributes.count; i++) {

        for (k = 0; (char *) attribute[k].name.data != rows[i].name.data; k++) { /* void */ }

        if (attribute[k].value.lengths == NULL) {
            rows[n++] = rows[i];
        }
    }

    attributes.count = n;

    return attributes;
}


/* Writes the values between the commas; returns how many. One that is too long is left out, since a part of it is another. */
static ngx_uint_t
ngx_http_dynstore_attribute_values(ngx_str_t *name, ngx_str_t *text, dyn_fact_t *row, dyn_fact_t *last)
{
    u_char      *p, *end, *comma;
    dyn_str_t    value;
    dyn_fact_t  *first = row;

    p = text->data;
    end = p + text->len;

    for ( /* void */ ; p < end && row < last; p = comma + 1) {

        for (comma = p; comma < end && *comma != ','; comma++) { /* void */ }

        value = (dyn_str_t) { (char *) p, (size_t) (comma - p) };

        while (value.len && value.data[0] == ' ') {
            value.data++;
            value.len--;
        }

        while (value.len && value.data[value.len - 1] == ' ') {
            value.len--;
        }

        if (value.len != 0 && value.len <= DYN_VALUE_BYTES_MAX && dyn_utf8_clean(value)) {
            row->name = ngx_http_dynstore_str(*name);
            row->value = value;
            row++;
        }
    }

    return (ngx_uint_t) (row - first);
}


void
ngx_http_dynstore_set_context_surface(ngx_http_dynstore_ctx_t *ctx, dyn_surface_t surface)
{
    ctx->context.surface = surface;

    if (ctx->conf->slots != NULL) {
        ctx->slots = ctx->conf->slots->elts;
        ctx->nslots = ctx->conf->slots->nelts;

    } else {
        ngx_http_dynstore_default_slots(ctx, surface);
    }
}


/* Those of the rules are copied, since they are looked for in the page long after it was decided, when the rules may be gone. */
static void
ngx_http_dynstore_default_slots(ngx_http_dynstore_ctx_t *ctx, dyn_surface_t surface)
{
    char                       *names;
    size_t                      i;
    dyn_slot_t                  room[DYN_SLOTS_MAX], *copies;
    ngx_http_dynstore_rules_t  *rules;

    rules = ngx_http_dynstore_rules_pin(ctx->conf->shop->rules_watch);

    ctx->nslots = dyn_policy_slots(rules != NULL ? rules->policy : NULL, surface, room, &ctx->slots);

    if (ctx->slots == room) {
        copies = ngx_palloc(ctx->request->pool, ctx->nslots * (sizeof(dyn_slot_t) + DYN_SLOT_NAME_BYTES_MAX));

        if (copies == NULL) {
            ctx->nslots = dyn_default_slots(surface, &ctx->slots);

        } else {
            names = (char *) &copies[ctx->nslots];

            for (i = 0; i < ctx->nslots; i++) {
                copies[i] = room[i];
                copies[i].name.data = names;
                names = (char *) ngx_cpymem(names, room[i].name.data, room[i].name.len);
            }

            ctx->slots = copies;
        }
    }

    ngx_http_dynstore_rules_unpin(rules);
}


/* The value may come from a client, who can send many, so one line a second is enough. */
static void
ngx_http_dynstore_no_surface(ngx_http_request_t *r, ngx_str_t *value)
{
    ngx_str_t                     escaped;
    ngx_http_dynstore_log_text_t  text;

    static time_t                 said;

    if (said == ngx_time()) {
        return;
    }

    said = ngx_time();
    escaped = ngx_http_dynstore_log_text(&text, value->data, value->len);

    ngx_http_dynstore_log(NGX_LOG_WARN, r, "\"%V\" is not a surface, the page is left as it is", &escaped);
}


static ngx_int_t
ngx_http_dynstore_identify_visitor(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx)
{
    ngx_str_t                      agent, value;
    ngx_uint_t                     bot;
    dyn_user_agent_t               read;
    ngx_http_dynstore_loc_conf_t  *dlcf = ctx->conf;

    ngx_str_null(&agent);

    if (r->headers_in.user_agent) {
        agent = r->headers_in.user_agent->value;
    }

    read = dyn_user_agent_read(ngx_http_dynstore_str(agent));

    /* a trusted server reports what shoppers did, so its own user agent does not matter */
    bot = read.bot && !ctx->trusted;

    if (dlcf->bot != NULL) {
        if (ngx_http_complex_value(r, dlcf->bot, &value) != NGX_OK) {
            return NGX_ERROR;
        }

        bot = ngx_http_dynstore_affirmed(&value);
    }

    ctx->context.device = read.device;
    ctx->prefetch = ngx_http_dynstore_prefetched(r) ? 1 : 0;

    if (ngx_http_dynstore_identify_consent(r, ctx) != NGX_OK) {
        return NGX_ERROR;
    }

    if (ctx->consent == DYN_CONSENT_NONE) {
        ctx->ignored = NGX_HTTP_DYNSTORE_IGNORED_CONSENT;
        return NGX_OK;
    }

    if (bot) {
        ctx->ignored = NGX_HTTP_DYNSTORE_IGNORED_BOT;
        return NGX_OK;
    }

    return ngx_http_dynstore_visitor_find(r, ctx);
}


/* The lowest level of all sources that speak; where none does, there is no consent. */
static ngx_int_t
ngx_http_dynstore_identify_consent(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx)
{
    dyn_consent_t                  level, said;
    ngx_uint_t                     i;
    ngx_http_dynstore_consent_t   *sources;
    ngx_http_dynstore_loc_conf_t  *dlcf = ctx->conf;

    level = dlcf->consent == NULL ? DYN_CONSENT_FULL : DYN_CONSENT_SILENT;

    if (ngx_http_test_predicates(r, dlcf->no_track) != NGX_OK) {
        level = DYN_CONSENT_NONE;
    }

    if (dlcf->consent != NULL) {
        sources = dlcf->consent->elts;

        for (i = 0; i < dlcf->consent->nelts && level != DYN_CONSENT_NONE; i++) {
            if (ngx_http_dynstore_consent_of(r, &sources[i], &said) != NGX_OK) {
                return NGX_ERROR;
            }

            level = dyn_consent_lower(level, said);
        }
    }

    ctx->consent = level == DYN_CONSENT_SILENT ? DYN_CONSENT_NONE : level;

    switch (ctx->consent) {

#define X(constant, name)                                                     \
    case DYN_CONSENT_##constant:                                              \
        ngx_http_dynstore_count(dlcf->shop->counters, consent_##name);        \
        break;

    DYN_CONSENT_LEVELS(X)
#undef X

    case DYN_CONSENT_SILENT:
        break;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_dynstore_consent_of(ngx_http_request_t *r, ngx_http_dynstore_consent_t *consent, dyn_consent_t *level)
{
    ngx_str_t         value, name, *header;
    ngx_table_elt_t  *cookies;

    *level = DYN_CONSENT_SILENT;

    if (consent->rule.source == DYN_CONSENT_FROM_VALUE) {
        if (ngx_http_complex_value(r, &consent->value, &value) != NGX_OK) {
            return NGX_ERROR;
        }

        *level = dyn_consent_read(&consent->rule, ngx_http_dynstore_str(value));
        return NGX_OK;
    }

    if (dyn_consent_in_header(consent->rule.source)) {
        name.data = (u_char *) consent->rule.place.data;
        name.len = consent->rule.place.len;
        header = ngx_http_dynstore_header_in(r, &name);

        if (header != NULL) {
            *level = dyn_consent_read(&consent->rule, ngx_http_dynstore_str(*header));
        }

        return NGX_OK;
    }

#if (nginx_version >= 1023000)

    for (cookies = r->headers_in.cookie; cookies; cookies = cookies->next) {

#else

    ngx_uint_t        i;
    ngx_table_elt_t **headers;

    headers = r->headers_in.cookies.elts;

    for (i = 0; i < r->headers_in.cookies.nelts; i++) {
        cookies = headers[i];

#endif

        *level = dyn_consent_lower(*level, dyn_consent_in_cookies(&consent->rule, ngx_http_dynstore_str(cookies->value)));
    }

    return NGX_OK;
}


static ngx_uint_t
ngx_http_dynstore_affirmed(ngx_str_t *value)
{
    return value->len != 0 && !(value->len == 1 && value->data[0] == '0');
}


ngx_str_t *
ngx_http_dynstore_ignored_name(ngx_http_dynstore_ctx_t *ctx)
{
    static ngx_str_t  names[] = {
        ngx_null_string,
#define X(constant, name) ngx_string(#name),
        NGX_HTTP_DYNSTORE_IGNORED_REASONS(X)
#undef X
    };

    return &names[ctx->ignored];
}


static ngx_int_t
ngx_http_dynstore_identify_place(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx)
{
    u_char                         a, b;
    ngx_int_t                      years;
    ngx_str_t                      value;
    ngx_http_dynstore_loc_conf_t  *dlcf = ctx->conf;

    if (dlcf->country != NULL) {
        if (ngx_http_complex_value(r, dlcf->country, &value) != NGX_OK) {
            return NGX_ERROR;
        }

        if (value.len == 2) {
            a = (u_char) (value.data[0] & ~0x20);
            b = (u_char) (value.data[1] & ~0x20);

            if (a >= 'A' && a <= 'Z' && b >= 'A' && b <= 'Z') {
                ctx->context.country[0] = (char) a;
                ctx->context.country[1] = (char) b;
            }
        }
    }

    if (dlcf->age != NULL) {
        if (ngx_http_complex_value(r, dlcf->age, &value) != NGX_OK) {
            return NGX_ERROR;
        }

        years = ngx_atoi(value.data, value.len);
        ctx->context.age = (uint8_t) (years < 0 ? 0 : ngx_min(years, 255));
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_dynstore_identify_entry(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx)
{
    void         *block;
    size_t        size;
    ngx_str_t     referrer, host;
    dyn_arena_t   arena;

    ngx_str_null(&referrer);

    if (r->headers_in.referer) {
        referrer = r->headers_in.referer->value;
    }

    /* HTTP/3 has no Host; nginx keeps the requested name here */
    host = r->headers_in.host ? r->headers_in.host->value : r->headers_in.server;

    if (r->args.len == 0 && referrer.len == 0) {
        return NGX_OK;
    }

    /* decoded text is never longer than the sent text, plus alignment and a NUL for each field */
    size = ngx_min(r->args.len + referrer.len + 7 * 16, NGX_HTTP_DYNSTORE_ENTRY_BYTES);

    block = ngx_palloc(r->pool, size);
    if (block == NULL) {
        return NGX_ERROR;
    }

    dyn_arena_init(&arena, block, size, ngx_http_dynstore_more, r->pool);
    dyn_entry_parse(ngx_http_dynstore_str(r->args), ngx_http_dynstore_str(referrer), ngx_http_dynstore_str(host), &arena,
                    &ctx->context.entry);

    return NGX_OK;
}


/* True when Sec-Purpose or an older header says prefetch: the page may never be seen. */
static ngx_uint_t
ngx_http_dynstore_prefetched(ngx_http_request_t *r)
{
    ngx_str_t   *value;
    ngx_uint_t   i;

    static ngx_str_t  names[] = { ngx_string("Sec-Purpose"), ngx_string("Purpose"), ngx_string("X-Moz") };

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        value = ngx_http_dynstore_header_in(r, &names[i]);

        if (value != NULL
            && ngx_strlcasestrn(value->data, value->data + value->len, (u_char *) "prefetch", 8 - 1) != NULL)
        {
            return 1;
        }
    }

    return 0;
}


/* Browsers ask for HTML by name when they navigate, but not for scripts, images and fetches. */
ngx_uint_t
ngx_http_dynstore_wants_html(ngx_http_request_t *r)
{
    ngx_str_t  *value;

    static ngx_str_t  name = ngx_string("Accept");

    value = ngx_http_dynstore_header_in(r, &name);

    return value != NULL
           && ngx_strlcasestrn(value->data, value->data + value->len, (u_char *) "text/html", 9 - 1) != NULL;
}


/*
 * Sec-Fetch-Dest says what a browser loads. Images, scripts and the like are never pages. A fetch by a script is one only if it
 * asks for HTML by name. A navigation always is. Without Sec-Fetch-Dest (plain http, old browsers) X-Requested-With of script
 * libraries decides; but web views of Android apps put the app's name there, and do navigate.
 */
static ngx_http_dynstore_skip_e
ngx_http_dynstore_no_navigation(ngx_http_request_t *r)
{
    ngx_str_t   *value;
    ngx_uint_t   i;

    static ngx_str_t  dest = ngx_string("Sec-Fetch-Dest");
    static ngx_str_t  with = ngx_string("X-Requested-With");
    static ngx_str_t  script = ngx_string("XMLHttpRequest");

    static ngx_str_t  kinds[] = {
        ngx_string("image"), ngx_string("script"), ngx_string("style"), ngx_string("font"), ngx_string("audio"),
        ngx_string("video"), ngx_string("track"), ngx_string("manifest"), ngx_string("worker"), ngx_string("sharedworker"),
        ngx_string("serviceworker"), ngx_string("audioworklet"), ngx_string("paintworklet"), ngx_string("json"),
        ngx_string("report"), ngx_string("xslt"), ngx_string("webidentity")
    };

    value = ngx_http_dynstore_header_in(r, &dest);

    if (value != NULL && !(value->len == 5 && ngx_strncmp(value->data, "empty", 5) == 0)) {

        for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
            if (value->len == kinds[i].len && ngx_strncmp(value->data, kinds[i].data, value->len) == 0) {
                return NGX_HTTP_DYNSTORE_SKIP_SUBRESOURCE;
            }
        }

        return NGX_HTTP_DYNSTORE_SKIP_NONE;
    }

    if (value != NULL && !ngx_http_dynstore_wants_html(r)) {
        return NGX_HTTP_DYNSTORE_SKIP_FETCH;
    }

    value = ngx_http_dynstore_header_in(r, &with);

    if (value != NULL && value->len == script.len && ngx_strncasecmp(value->data, script.data, script.len) == 0) {
        return NGX_HTTP_DYNSTORE_SKIP_FETCH;
    }

    return NGX_HTTP_DYNSTORE_SKIP_NONE;
}

/*
 * The endpoint dynstore_assets: the scripts and the stylesheet that the module was built with. They are the same for everybody: no
 * visitor is looked for, and every cache may keep them.
 */
#include "nginx/core/assets.h"
#include "nginx/core/module.h"
#include "nginx/endpoints/endpoint.h"
#include "nginx/request/headers.h"

#include <zlib.h>


typedef enum {
    NGX_HTTP_DYNSTORE_ASSET_UNKNOWN = 0,
    NGX_HTTP_DYNSTORE_ASSET_CURRENT,    /* without a hash, or with that of another version */
    NGX_HTTP_DYNSTORE_ASSET_HASHED
} ngx_http_dynstore_asset_named_e;


static ngx_str_t *ngx_http_dynstore_assets_compress(ngx_conf_t *cf);
static ngx_int_t ngx_http_dynstore_asset_deflate(ngx_conf_t *cf, const ngx_str_t *bytes, ngx_str_t *compressed);
static ngx_str_t ngx_http_dynstore_asset_name(ngx_http_request_t *r);
static ngx_http_dynstore_asset_named_e ngx_http_dynstore_asset_named(const ngx_http_dynstore_asset_t *asset, ngx_str_t *name);
static ngx_int_t ngx_http_dynstore_asset_send(ngx_http_request_t *r, ngx_uint_t number, ngx_uint_t hashed);
static ngx_int_t ngx_http_dynstore_asset_header(ngx_http_request_t *r, ngx_table_elt_t **place, const char *name,
    const ngx_str_t *value);


char *
ngx_http_dynstore_set_assets(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    char                           *rv;
    ngx_http_dynstore_loc_conf_t   *dlcf = conf;
    ngx_http_dynstore_main_conf_t  *dmcf;

    rv = ngx_http_dynstore_set_endpoint(cf, cmd, conf);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    /* other endpoints are of a shop, and their answers private */
    dlcf->endpoint = 0;
    dlcf->assets = 1;

    dmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_dynstore_module);

    if (dmcf->compressed_assets == NULL) {
        dmcf->compressed_assets = ngx_http_dynstore_assets_compress(cf);
    }

    return dmcf->compressed_assets != NULL ? NGX_CONF_OK : NGX_CONF_ERROR;
}


static ngx_str_t *
ngx_http_dynstore_assets_compress(ngx_conf_t *cf)
{
    ngx_str_t   *compressed;
    ngx_uint_t   i;

    compressed = ngx_pcalloc(cf->pool, NGX_HTTP_DYNSTORE_ASSETS_COUNT * sizeof(ngx_str_t));
    if (compressed == NULL) {
        return NULL;
    }

    for (i = 0; i < NGX_HTTP_DYNSTORE_ASSETS_COUNT; i++) {
        if (ngx_http_dynstore_asset_deflate(cf, &ngx_http_dynstore_assets[i].bytes, &compressed[i]) != NGX_OK) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "\"%V\" could not be compressed: there is too little memory",
                               &ngx_http_dynstore_assets[i].hashed);
            return NULL;
        }
    }

    return compressed;
}


static ngx_int_t
ngx_http_dynstore_asset_deflate(ngx_conf_t *cf, const ngx_str_t *bytes, ngx_str_t *compressed)
{
    int       rc;
    z_stream  stream;

    ngx_memzero(&stream, sizeof(z_stream));

    /* 16 more: with gzip's header instead of zlib's */
    if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, MAX_WBITS + 16, MAX_MEM_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK) {
        return NGX_ERROR;
    }

    compressed->len = deflateBound(&stream, (uLong) bytes->len);
    compressed->data = ngx_pnalloc(cf->pool, compressed->len);

    if (compressed->data == NULL) {
        (void) deflateEnd(&stream);
        return NGX_ERROR;
    }

    stream.next_in = bytes->data;
    stream.avail_in = (uInt) bytes->len;
    stream.next_out = compressed->data;
    stream.avail_out = (uInt) compressed->len;

    rc = deflate(&stream, Z_FINISH);
    compressed->len = stream.total_out;

    (void) deflateEnd(&stream);

    return rc == Z_STREAM_END ? NGX_OK : NGX_ERROR;
}


ngx_int_t
ngx_http_dynstore_assets_handler(ngx_http_request_t *r)
{
    ngx_int_t                         rc;
    ngx_str_t                         name;
    ngx_uint_t                        i;
    ngx_http_dynstore_asset_named_e   named;

    static ngx_str_t  allowed = ngx_string("GET, HEAD");

    rc = ngx_http_discard_request_body(r);
    if (rc != NGX_OK) {
        return rc;
    }

    if (r->method != NGX_HTTP_GET && r->method != NGX_HTTP_HEAD) {
        return ngx_http_dynstore_add_header(r, "Allow", &allowed) == NGX_OK
               ? ngx_http_dynstore_refuse(r, NGX_HTTP_NOT_ALLOWED, "method: use GET, HEAD") : NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    name = ngx_http_dynstore_asset_name(r);

    for (i = 0; i < NGX_HTTP_DYNSTORE_ASSETS_COUNT; i++) {
        named = ngx_http_dynstore_asset_named(&ngx_http_dynstore_assets[i], &name);

        if (named != NGX_HTTP_DYNSTORE_ASSET_UNKNOWN) {
            return ngx_http_dynstore_asset_send(r, i, named == NGX_HTTP_DYNSTORE_ASSET_HASHED);
        }
    }

    return ngx_http_dynstore_refuse(r, NGX_HTTP_NOT_FOUND, "asset: must be dynstore.js, dynstore-json.js or dynstore.css");
}


/* The last part of the path, so that the location may have any name, or be of one file. */
static ngx_str_t
ngx_http_dynstore_asset_name(ngx_http_request_t *r)
{
    u_char     *last;
    ngx_str_t   name;

    last = r->uri.data + r->uri.len;

    for (name.data = last; name.data > r->uri.data && name.data[-1] != '/'; name.data--) { /* void */ }

    name.len = (size_t) (last - name.data);

    return name;
}


/*
 * While several nginx are updated one after another, a page of one asks another for its file. The script and the stylesheet of
 * another version serve that page better than none, but not for long.
 */
static ngx_http_dynstore_asset_named_e
ngx_http_dynstore_asset_named(const ngx_http_dynstore_asset_t *asset, ngx_str_t *name)
{
    size_t     i;
    ngx_str_t  between;

    if (name->len == asset->hashed.len && ngx_memcmp(name->data, asset->hashed.data, name->len) == 0) {
        return NGX_HTTP_DYNSTORE_ASSET_HASHED;
    }

    if (name->len < asset->stem.len + asset->extension.len
        || ngx_memcmp(name->data, asset->stem.data, asset->stem.len) != 0
        || ngx_memcmp(name->data + name->len - asset->extension.len, asset->extension.data, asset->extension.len) != 0)
    {
        return NGX_HTTP_DYNSTORE_ASSET_UNKNOWN;
    }

    between.data = name->data + asset->stem.len;
    between.len = name->len - asset->stem.len - asset->extension.len;

    if (between.len == 0) {
        return NGX_HTTP_DYNSTORE_ASSET_CURRENT;
    }

    if (between.len != 1 + NGX_HTTP_DYNSTORE_ASSET_HASH_BYTES || between.data[0] != '.') {
        return NGX_HTTP_DYNSTORE_ASSET_UNKNOWN;
    }

    for (i = 1; i < between.len; i++) {
        if ((between.data[i] < '0' || between.data[i] > '9') && (between.data[i] < 'a' || between.data[i] > 'f')) {
            return NGX_HTTP_DYNSTORE_ASSET_UNKNOWN;
        }
    }

    return NGX_HTTP_DYNSTORE_ASSET_CURRENT;
}


/* nginx itself answers If-None-Match by the ETag, and a HEAD without the body. */
static ngx_int_t
ngx_http_dynstore_asset_send(ngx_http_request_t *r, ngx_uint_t number, ngx_uint_t hashed)
{
    ngx_str_t                         bytes;
    ngx_uint_t                        compressed;
    const ngx_http_dynstore_asset_t  *asset;
    ngx_http_dynstore_main_conf_t    *dmcf;

    static ngx_str_t  forever = ngx_string("public, max-age=31536000, immutable");
    static ngx_str_t  shortly = ngx_string("public, max-age=300");
    static ngx_str_t  vary = ngx_string("Accept-Encoding");
    static ngx_str_t  gzip = ngx_string("gzip");
    static ngx_str_t  anyone = ngx_string("*");
    static ngx_str_t  cross_origin = ngx_string("cross-origin");

    asset = &ngx_http_dynstore_assets[number];
    bytes = asset->bytes;

#if (NGX_HTTP_GZIP)
    compressed = ngx_http_gzip_ok(r) == NGX_OK;
#else
    compressed = 0;
#endif

    /* of a shop whose pages are of another origin, too: nothing in here is secret, and a page may check its integrity */

    if (ngx_http_dynstore_add_header(r, "Cache-Control", hashed ? &forever : &shortly) != NGX_OK
        || ngx_http_dynstore_add_header(r, "Vary", &vary) != NGX_OK
        || ngx_http_dynstore_add_header(r, "Access-Control-Allow-Origin", &anyone) != NGX_OK
        || ngx_http_dynstore_add_header(r, "Cross-Origin-Resource-Policy", &cross_origin) != NGX_OK
        || ngx_http_dynstore_asset_header(r, &r->headers_out.etag, "ETag", compressed ? &asset->compressed_etag : &asset->etag)
           != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (compressed) {
        dmcf = ngx_http_get_module_main_conf(r, ngx_http_dynstore_module);
        bytes = dmcf->compressed_assets[number];

        if (ngx_http_dynstore_asset_header(r, &r->headers_out.content_encoding, "Content-Encoding", &gzip) != NGX_OK) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }
    }

    return ngx_http_dynstore_send(r, NGX_HTTP_OK, (const char *) asset->type.data, &bytes);
}


/* Adds a header that nginx's own filters read at its place. */
static ngx_int_t
ngx_http_dynstore_asset_header(ngx_http_request_t *r, ngx_table_elt_t **place, const char *name, const ngx_str_t *value)
{
    ngx_str_t         text;
    ngx_list_part_t  *part;

    text = *value;

    if (ngx_http_dynstore_add_header(r, name, &text) != NGX_OK) {
        return NGX_ERROR;
    }

    part = r->headers_out.headers.last;
    *place = (ngx_table_elt_t *) part->elts + part->nelts - 1;

    return NGX_OK;
}

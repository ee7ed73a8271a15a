/* What a shop's pages load: the scripts and the stylesheet of web/sdk/, as bytes of the module. */
#ifndef NGX_HTTP_DYNSTORE_ASSETS_H
#define NGX_HTTP_DYNSTORE_ASSETS_H

#include <ngx_config.h>
#include <ngx_core.h>


typedef enum {
    NGX_HTTP_DYNSTORE_ASSET_SCRIPT = 0,
    NGX_HTTP_DYNSTORE_ASSET_JSON_SCRIPT,    /* beside it, in pages whose blocks are JSON */
    NGX_HTTP_DYNSTORE_ASSET_STYLESHEET,
    NGX_HTTP_DYNSTORE_ASSETS_COUNT
} ngx_http_dynstore_asset_e;


#define NGX_HTTP_DYNSTORE_ASSET_HASH_BYTES      16

/* A name is stem and extension, or has a dot and the hash in between: dynstore.js, dynstore.0123456789abcdef.js. */
typedef struct {
    ngx_str_t   stem;
    ngx_str_t   extension;
    ngx_str_t   hashed;             /* the name with the hash: the first hex digits of SHA-256 over the bytes */
    ngx_str_t   etag;
    ngx_str_t   compressed_etag;    /* of the bytes by gzip */
    ngx_str_t   type;
    ngx_str_t   bytes;
} ngx_http_dynstore_asset_t;

/* By ngx_http_dynstore_asset_e; made by tools/embed-assets. */
extern const ngx_http_dynstore_asset_t  ngx_http_dynstore_assets[NGX_HTTP_DYNSTORE_ASSETS_COUNT];

#endif

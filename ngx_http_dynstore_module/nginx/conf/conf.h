/*
 * The configuration: what the directives of docs/directives.md are read into, and how it is inherited. Every value is checked
 * at start: a bad one stops nginx with file, line and what would be right, so that no request can fail because of a setting.
 */
#ifndef NGX_HTTP_DYNSTORE_CONF_H
#define NGX_HTTP_DYNSTORE_CONF_H

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "engine/decide/decide.h"
#include "engine/trust/consent.h"
#include "engine/trust/visitor.h"
#include "engine/trust/limit.h"
#include "nginx/shop/shop.h"


/* Limits, each with its reason. */
/* a page held longer than this is too late */
#define NGX_HTTP_DYNSTORE_TIMEOUT_MAX_MS        10000
/* a fragment older than this no longer fits what the shopper does */
#define NGX_HTTP_DYNSTORE_TTL_MAX_S             3600
/* bytes of header names in Vary; no sensible visitor needs more */
#define NGX_HTTP_DYNSTORE_VARY_BYTES_MAX        256
/* browsers keep no cookie longer than 400 days */
#define NGX_HTTP_DYNSTORE_COOKIE_AGE_MAX_S      (400 * 24 * 3600)
#define NGX_HTTP_DYNSTORE_COOKIE_AGE_S          (365 * 24 * 3600)


typedef enum {
    NGX_HTTP_DYNSTORE_FORMAT_JSON = 0,
    NGX_HTTP_DYNSTORE_FORMAT_HTML,
    NGX_HTTP_DYNSTORE_FORMAT_OF_RULES     /* of a page: as the rules say for the slot, else JSON */
} ngx_http_dynstore_format_e;

typedef enum {
    NGX_HTTP_DYNSTORE_IMPRESSIONS_OFF = 0,
    NGX_HTTP_DYNSTORE_IMPRESSIONS_ON,
    NGX_HTTP_DYNSTORE_IMPRESSIONS_STREAM  /* also an entry of the event stream for each block */
} ngx_http_dynstore_impressions_e;


typedef struct {
    ngx_str_t                         path;
    dyn_visitor_key_t                 key;
} ngx_http_dynstore_key_t;


/* Of dynstore_attribute. */
typedef struct {
    ngx_str_t                         name;
    ngx_http_complex_value_t          value;      /* several values have commas between them */
} ngx_http_dynstore_attribute_t;


/* Of dynstore_consent. */
typedef struct {
    dyn_consent_rule_t                rule;
    ngx_http_complex_value_t          value;      /* of DYN_CONSENT_FROM_VALUE */
} ngx_http_dynstore_consent_t;


typedef struct {
    ngx_http_complex_value_t         *value;      /* NULL: the module's own cookie */
    ngx_str_t                         cookie;
    ngx_str_t                         vary;       /* the request headers that name the visitor */
    ngx_str_t                         secure_cookie;      /* `cookie` with __Host-, or __Secure- where there is a domain */
    ngx_str_t                         attributes; /* "; Path=/; ..." without Secure */
    ngx_uint_t                        secure;     /* 0 off, 1 on, 2: if the connection is secure */
    ngx_http_dynstore_key_t          *key;
    ngx_http_dynstore_key_t          *old_key;    /* the one before, while visitors are moved; NULL: none */
} ngx_http_dynstore_visitor_conf_t;


/*
 * A shopper who opens a page every few seconds, each with dozens of impressions, stays far below these limits. So does an
 * office or a mobile network behind one address. A flood is cut to a few hundred commands a second, which Redis handles easily.
 */
#define NGX_HTTP_DYNSTORE_LIMIT_VISITOR         { 20, 1000, 400 }
#define NGX_HTTP_DYNSTORE_LIMIT_ADDRESS         { 200, 1000, 4000 }


/* Of dynstore_limit. */
typedef struct {
    dyn_rate_t                        visitor;
    dyn_rate_t                        address;
} ngx_http_dynstore_limit_t;

extern ngx_http_dynstore_limit_t  ngx_http_dynstore_limit_default;


/* a compromise: a page may stay open for long, but a stolen token should expire soon */
#define NGX_HTTP_DYNSTORE_PAGE_TOKEN_AGE_S      7200
#define NGX_HTTP_DYNSTORE_PAGE_TOKEN_AGE_MAX_S  (7 * 24 * 3600)


/* dynstore_page_token */
typedef enum {
    NGX_HTTP_DYNSTORE_PAGE_TOKEN_OFF = 0,
    NGX_HTTP_DYNSTORE_PAGE_TOKEN_ON,
    NGX_HTTP_DYNSTORE_PAGE_TOKEN_REQUIRED
} ngx_http_dynstore_page_token_e;


typedef struct {
    ngx_array_t                       shops;      /* of ngx_http_dynstore_shop_t * */
    ngx_http_dynstore_visitor_conf_t *visitor;    /* the default; made when first needed */
    ngx_array_t                       keys;       /* of ngx_http_dynstore_key_t *: a file is read once */
    ngx_str_t                         kill_switch;        /* terminated; empty: none */
    ngx_str_t                        *compressed_assets;  /* by ngx_http_dynstore_asset_e; NULL: no location serves them */
    ngx_uint_t                        make_private;       /* some location has dynstore_private */
    ngx_uint_t                        used;       /* some location personalizes or serves an endpoint */
} ngx_http_dynstore_main_conf_t;


typedef struct {
    ngx_http_dynstore_shop_t         *shop;       /* never NULL once merged; of all locations of a server the same */
    ngx_http_dynstore_store_conf_t   *redis;
    ngx_str_t                         snapshot_path;
    ngx_str_t                         rules_path;
    ngx_str_t                         features_path;
    ngx_http_dynstore_zone_conf_t    *zone;
    ngx_flag_t                        own_shop;   /* a server sets one of these four itself */

    ngx_http_complex_value_t         *surface;    /* NULL: off */
    ngx_int_t                         surface_constant;   /* dyn_surface_t; -1: evaluate `surface` */
    ngx_http_complex_value_t         *item;
    ngx_http_complex_value_t         *search;     /* NULL: no page is told as one of a search */
    ngx_http_dynstore_visitor_conf_t *visitor;
    ngx_array_t                      *consent;    /* of ngx_http_dynstore_consent_t; NULL: everybody consents to all */
    ngx_str_t                         consent_vary;       /* the request headers that say it */
    ngx_str_t                         vary;       /* those, and the ones that name the visitor */
    ngx_http_complex_value_t         *bot;        /* NULL: the user agent decides */
    ngx_http_complex_value_t         *country;
    ngx_http_complex_value_t         *age;
    ngx_http_complex_value_t         *language;   /* NULL: the rules' default */
    ngx_array_t                      *attributes; /* of ngx_http_dynstore_attribute_t */
    ngx_array_t                      *slots;      /* of dyn_slot_t; NULL: those of the rules or the surface */
    ngx_array_t                      *bypass;     /* of ngx_http_complex_value_t */
    ngx_array_t                      *no_track;
    ngx_array_t                      *trusted;    /* of ngx_http_complex_value_t */
    ngx_uint_t                        page_token; /* ngx_http_dynstore_page_token_e */
    time_t                            page_token_age;
    struct ngx_http_dynstore_keep_s  *keep;       /* NULL: everything is stored as it came */
    ngx_http_dynstore_limit_t        *limit;      /* NULL: off */
    ngx_array_t                      *origins;    /* of ngx_http_dynstore_origin_t; NULL: only the shop's own site */
    ngx_uint_t                        format;     /* ngx_http_dynstore_format_e */
    ngx_flag_t                        inflate;
    ngx_uint_t                        impressions;
    struct ngx_http_dynstore_records_s  *records; /* NULL: no decision is recorded */
    struct ngx_http_dynstore_app_proxy_s  *app_proxy; /* NULL: requests come from browsers themselves */
    struct ngx_http_dynstore_script_s  *script;   /* NULL: no page is given the script */
    struct ngx_http_dynstore_webhook_s  *webhook; /* NULL: it takes none; never inherited */
    ngx_msec_t                        timeout;
    time_t                            ttl;
    ngx_hash_t                        types;
    ngx_array_t                      *types_keys;
    ngx_flag_t                        make_private;       /* every response of the location is private */
    ngx_flag_t                        shared_cache_check;
    ngx_flag_t                        endpoint;   /* the module answers this location's requests, for one visitor each */
    ngx_flag_t                        assets;     /* it answers them with what is the same for all; never inherited */
} ngx_http_dynstore_loc_conf_t;


void *ngx_http_dynstore_create_main_conf(ngx_conf_t *cf);
void *ngx_http_dynstore_create_loc_conf(ngx_conf_t *cf);
char *ngx_http_dynstore_merge_loc_conf(ngx_conf_t *cf, void *parent, void *child);

/* A value that may contain variables; it points into `text`. */
ngx_int_t ngx_http_dynstore_compile(ngx_conf_t *cf, ngx_str_t *text, ngx_http_complex_value_t *value);

/* Setters of the commands table, in the order of docs/directives.md. */
char *ngx_http_dynstore_set_zone(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_dynstore_set_redis(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_dynstore_set_snapshot(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_dynstore_set_rules(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_dynstore_set_features(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_dynstore_set_kill_switch(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_dynstore_set_surface(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_dynstore_set_value(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_dynstore_set_bot(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_dynstore_set_country(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_dynstore_set_age(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_dynstore_set_language(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_dynstore_set_attribute(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_dynstore_set_consent(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_dynstore_set_visitor(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_dynstore_set_slots(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_dynstore_set_format(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_dynstore_set_impressions(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_dynstore_set_timeout(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_dynstore_set_ttl(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_dynstore_set_predicates(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_dynstore_set_endpoint(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);

#endif

/*
 * A webhook's delivery, written by one script of Redis: all of it or nothing, and once, however often it is sent. Only one of more than
 * NGX_HTTP_DYNSTORE_DELIVERY_ENTRIES entries of the control stream takes several, of which the last marks it as taken: if it is sent again
 * because one failed, entries are there twice, which changes nothing. What came of it is known only when Redis has answered, so it is
 * never queued.
 */
#ifndef NGX_HTTP_DYNSTORE_DELIVERY_H
#define NGX_HTTP_DYNSTORE_DELIVERY_H

#include "nginx/store/store.h"
#include "engine/control/entry.h"


/* a delivery that was taken is known for so long: BigCommerce tries for 48 hours, no platform for longer */
#define NGX_HTTP_DYNSTORE_DELIVERY_S            (3 * 24 * 3600)
/* an order is told about in several webhooks, some days apart */
#define NGX_HTTP_DYNSTORE_DELIVERY_ONCE_S       (60 * 24 * 3600)
/* a product of 2,048 variants has twice as many entries; Redis answers others after each so many */
#define NGX_HTTP_DYNSTORE_DELIVERY_ENTRIES      256
/* entries of the stream that are looked through at once for those of a customer: Redis answers others in between */
#define NGX_HTTP_DYNSTORE_DELIVERY_LOOK         1000
/* a cart's and a checkout's token, each by the key and by the one before */
#define NGX_HTTP_DYNSTORE_DELIVERY_TOKENS       4
/* a customer's names, by the key and by the one before */
#define NGX_HTTP_DYNSTORE_DELIVERY_NAMES        2

typedef enum {
    NGX_HTTP_DYNSTORE_DELIVERY_TAKEN = 0,
    NGX_HTTP_DYNSTORE_DELIVERY_DUPLICATE,   /* it is there from before */
    NGX_HTTP_DYNSTORE_DELIVERY_FAILED       /* it is not known to be there; to send it again is safe */
} ngx_http_dynstore_delivery_e;

typedef struct ngx_http_dynstore_delivery_s  ngx_http_dynstore_delivery_t;

/* All of it must stay until the handler is called. Hashes have DYN_VISITOR_HASH_BYTES bytes. */
struct ngx_http_dynstore_delivery_s {
    /* set by the caller */
    void                            (*handler)(ngx_http_dynstore_delivery_t *delivery);
    void                             *data;
    ngx_str_t                         id;         /* a hash: what is sent again has the same */
    ngx_str_t                         once;       /* a hash: events of an equal one are written once; empty: none */
    dyn_control_entry_t              *entries;
    ngx_uint_t                        nentries;
    dyn_event_t                      *events;     /* of one order */
    ngx_uint_t                        nevents;
    ngx_str_t                         tokens[NGX_HTTP_DYNSTORE_DELIVERY_TOKENS];      /* the first that is known names the visitor */
    ngx_uint_t                        ntokens;
    ngx_str_t                         customer[NGX_HTTP_DYNSTORE_DELIVERY_NAMES];     /* else the first of these does */
    ngx_uint_t                        ncustomer;
    unsigned                          redact:1;   /* first all is deleted that Redis has of the customer */

    /* filled before the handler is called */
    ngx_http_dynstore_delivery_e      result;

    /* the store's */
    ngx_http_dynstore_store_t        *store;
    ngx_http_dynstore_exchange_t     *exchange;   /* NULL: over, or dropped */
    ngx_uint_t                        sent;       /* entries that earlier scripts wrote */
    ngx_uint_t                        now;        /* and that this one does */
    ngx_uint_t                        stream;     /* of the two that are looked through */
    size_t                            len;
    u_char                            reply[64];  /* one word, or where to look on */
    u_char                            at[64];     /* terminated */
};

/*
 * NGX_AGAIN: the handler will be called once, from the event loop, within NGX_HTTP_DYNSTORE_REDIS_CONNECT_MS +
 * NGX_HTTP_DYNSTORE_REDIS_DEAD_PEER_MS for each script: of entries, or of a thousand that are looked through. It must not write or
 * read at once, but post an event. NGX_DECLINED: nothing was sent (breaker open, no connection and none may be tried, a cap
 * reached): no handler.
 */
ngx_int_t ngx_http_dynstore_store_deliver(ngx_http_dynstore_store_t *store, ngx_http_dynstore_delivery_t *delivery);
/* The handler is no longer called. Safe to call twice and after the handler. */
void ngx_http_dynstore_store_undeliver(ngx_http_dynstore_delivery_t *delivery);

#endif

/*
 * Requests that come through Shopify's app proxy: from the shop's own address, signed by Shopify. The signature is over
 * the arguments: without `signature`, decoded, those of one name joined by commas, each as NAME=VALUE, sorted, and put
 * together with nothing in between; HMAC-SHA256 with the app's client secret, in hex
 * (https://shopify.dev/docs/apps/build/online-store/app-proxies/authenticate-app-proxies).
 */
#ifndef DYN_APP_PROXY_H
#define DYN_APP_PROXY_H

#include "engine/base/arena.h"

typedef enum {
    DYN_APP_PROXY_GOOD,
    DYN_APP_PROXY_UNSIGNED, /* it has no signature */
    /* signed with another secret, or changed; or what no shop sends: too many arguments, or two signatures, times or
       customers */
    DYN_APP_PROXY_BAD,
    DYN_APP_PROXY_OLD       /* signed at another time than now, or without one */
} dyn_app_proxy_check_t;

enum {
    DYN_APP_PROXY_ARGUMENTS_MAX = 64,
    DYN_APP_PROXY_QUERY_BYTES_MAX = 8192,
    DYN_APP_PROXY_CUSTOMER_BYTES_MAX = 64,
    DYN_APP_PROXY_WINDOW_S = 300 /* the time is so many seconds from now at most, unless said otherwise */
};

/*
 * Checks a query string as Shopify sent it, percent-encoded, with each of the secrets, comparing in constant time.
 * now_s: seconds since 1970. *customer: the platform's id of the customer who is logged in, in the arena; empty when
 * nobody is, or the check is not good. No memory, and errors of OpenSSL, are a bad signature.
 */
dyn_app_proxy_check_t dyn_app_proxy_verify(dyn_str_t query, const dyn_str_t *secrets, size_t count,
                                           int64_t now_s, int64_t window_s, dyn_arena_t *arena,
                                           dyn_str_t *customer);

#endif

/*
 * Signatures of webhooks: that a request comes from the shop's platform, was not changed on its way, and is not an old one sent again. One
 * table tells how each platform signs; docs/webhooks.md has it with its sources.
 */
#ifndef DYN_WEBHOOK_H
#define DYN_WEBHOOK_H

#include "engine/base/types.h"

/* X(constant, name): the word in nginx.conf and in metrics. */
#define DYN_WEBHOOK_SCHEMES(X)                                                    \
    X(SHOPIFY, "shopify")                                                         \
    X(BIGCOMMERCE, "bigcommerce") X(WOOCOMMERCE, "woocommerce") X(ADOBE, "adobe") \
        X(STANDARD, "standard")

typedef enum {
#define X(constant, name) DYN_WEBHOOK_##constant,
    DYN_WEBHOOK_SCHEMES(X)
#undef X
        DYN_WEBHOOK_SCHEME_COUNT
} dyn_webhook_scheme_t;

/* What came of a check. Only of a good one the body may be read. */
typedef enum {
    DYN_WEBHOOK_CHECK_GOOD,
    DYN_WEBHOOK_CHECK_UNSIGNED, /* a header of the signature is missing */
    DYN_WEBHOOK_CHECK_BAD,      /* signed with another secret, or changed */
    DYN_WEBHOOK_CHECK_OLD       /* signed at another time than now */
} dyn_webhook_check_t;

enum {
    /* Where the time is signed, it is so many seconds from now at most (https://www.standardwebhooks.com: within a few minutes). */
    DYN_WEBHOOK_WINDOW_S = 300,
    /* Secrets of one place: the new one and old ones while they change. */
    DYN_WEBHOOK_SECRETS_MAX = 4,
    DYN_WEBHOOK_SECRET_BYTES_MAX = 4096,
    /* Signatures in one header that are looked at; a sender has one for each of its secrets. */
    DYN_WEBHOOK_SIGNATURES_MAX = 8,
    DYN_WEBHOOK_ID_BYTES_MAX = 128
};

typedef struct dyn_webhook_secret_s dyn_webhook_secret_t;

/*
 * From the text of a secret file, blanks and line ends around it left out. shopify, bigcommerce, woocommerce: the text itself. standard:
 * `whsec_` and base64, `whpk_` and base64 of an ed25519 public key, or any other text as it is. adobe: a public RSA key in PEM. NULL with a sentence
 * without the text; also without memory. Free it with dyn_webhook_secret_free(), which takes NULL.
 */
dyn_webhook_secret_t *dyn_webhook_secret_read(dyn_webhook_scheme_t scheme, dyn_str_t text,
                                              dyn_error_t *error);
void dyn_webhook_secret_free(dyn_webhook_secret_t *secret);

/* The request's header of that name, in small letters; DYN_STR_NONE: it has none. Where there are several, the first. */
typedef dyn_str_t (*dyn_webhook_header_fn)(void *data, const char *name);

typedef struct {
    /* A delivery that is sent again has the same id: the one that the sender signed, else a hash of topic and body. Terminated. */
    char id[DYN_WEBHOOK_ID_BYTES_MAX + 1];
    dyn_str_t topic; /* of a header, as it is there; empty where the scheme has it in the body */
} dyn_webhook_delivery_t;

/*
 * Checks the raw body against the signatures in the headers, with each of the secrets, comparing in constant time. *delivery is
 * filled when the check is good. now_ms: milliseconds since 1970. Errors of OpenSSL and of memory are a bad signature.
 */
dyn_webhook_check_t dyn_webhook_verify(dyn_webhook_scheme_t scheme,
                                       dyn_webhook_secret_t *const *secrets, size_t count,
                                       dyn_webhook_header_fn header, void *data, dyn_str_t body,
                                       int64_t now_ms, dyn_webhook_delivery_t *delivery);

/* False: there is no scheme of that name. */
bool dyn_webhook_scheme_find(dyn_str_t name, dyn_webhook_scheme_t *scheme);
dyn_str_t dyn_webhook_scheme_name(dyn_webhook_scheme_t scheme);

#endif

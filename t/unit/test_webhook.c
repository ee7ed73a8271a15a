#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "engine/trust/webhook.h"

/* Made with openssl and Python's hmac; that of Standard Webhooks is the one of its libraries' own tests. */
static const char product[] =
    "{\"id\":788032119674292922,\"title\":\"Tent\",\"variants\":[{\"inventory_quantity\":0}]}";
static const char message[] = "{\"test\": 2432232314}";
#define MESSAGE_ID "msg_p5jXN8AQM9LWM0D4loKWxJek"
#define MESSAGE_TIME "1614265330"
enum { MESSAGE_S = 1614265330 };
#define SHOPIFY_HUSH "X2WoGb8fc904Jj/S4TPv/lOmGHmw2dS0E0emAwbCrnQ="
#define SHOPIFY_NEWER "248bQM4U+7UYe/6zFuudVH4eyoanFJALKtFDxWWP7Ww="
#define STANDARD_V1 "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
#define BIGCOMMERCE "v1,W1ikhzJWe/WvAflug1z1ElGwZh4eZjMxyF5HxhgAK/o="
static const char standard_secret[] = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
static const char ed25519_key[] = "whpk_BukobPpHwbb82JBPtyjkW7/GgXYfLcAC9dhQBa7lVow=";
static const char ed25519_signature[] =
    "v1a,OLzR9EufDh07Rj464+mmmHNxuEzus6Dfxy0PBcNKs5UXDDvN0PICQmCjvt/IjnYmYvo9FMNRJlreQ/P9ckcOAg==";
static const char rsa_key[] = "-----BEGIN PUBLIC KEY-----\n"
                              "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAxr3PtHf2l825uCq0kOpP\n"
                              "cucDj5MYNsSb5UzNAmhbE2qS1COJJuyy8EQs5SMzAvcGV0fb0OEM0GS0sBvSS/P/\n"
                              "ZfuC1Vhi7f7BRAMr/n5GDDApsl7uLS7szVKAseTa630VhdzawHpU/b4Utvhg1Gsy\n"
                              "x6iXwal/J5Q485OLvmZjtEPRW7ivzot4iA5nEuixJLJmlde9W8ffWduvt240Owf6\n"
                              "opfaLArfCdOdNu5/EuYIqYrgnLtiJ2QMrwOwn0S9N+Da6GoteV8Rj5mBxXx6qsyw\n"
                              "kBPhr6ZQJrcZNSgDAj9eSbUDtKnR9U/Lj9oQlaToyPPziCrk9ZSbYKkHsMxh4SSa\n"
                              "/wIDAQAB\n"
                              "-----END PUBLIC KEY-----\n";
static const char rsa_of_body[] =
    "HT5oROZfcfD96Az8AyKw9FsHSHbLGz7IvpSSrOWxhrEFZpjaBY3OF7YMZo0ut6mLxuHfED9wrBf46J1iXL2zvTuQU8lbhq"
    "cxVFxZVv4A7XETpuWXCd3Wf14HYPN/MEobcq01jK1Jx2C5sr/wrowqVwTVAT/SkvfXjto+imwxs/"
    "ZbxY9CC3qUVer4rUOSTsTzZAlXn2R+"
    "J9KZoUUhGD5ERPUbpzJwxrVJZffoQKGnym3Y5XEH4h1HoWen9p8zERHTrrpmES9jzlyHbp0UUoytQ289u6oFliaTqrxBRP"
    "YNx2x2NMA1+DO0ZyD03PJ46IyGXsr8zOoSPDhd1YRNGh6kIA==";
static const char rsa_of_base64[] =
    "XDw9j5gcagadhqsZBojxN80Gx91NAOFNQYUylwB09dTPzhFNfOW3NMQAj/tbvAUIYGnf7/wU/"
    "H8o2apTvnUwYZo3pS8Eya402XwyueryhZ22dvvdqdXEN3RXcql0lTXRMaUDL8gnVyGDiE/"
    "oCgY7PiNGogJp2Z7QaGHj3KbFeZcL3ghhEGyBZP1IS007ykFg977kPBJHwJ6Ey6CgZ/"
    "6b035hSv0671Y03j9+cETAeBiFeZjeYdNgf5kWa24gsJK4oY8EySIltZLIQaYWHzzPH7wkrLcc7tu/"
    "bYjedSQIWWk1IDJRnv/qB9Wkh239qIprG6nAl7fXrTY4IzdfcoaZ8w==";

/* Names and values, NULL at the end. */
static dyn_str_t header_of(void *data, const char *name)
{
    const char *const *headers = data;

    for (size_t i = 0; headers[i] != NULL; i += 2) {
        if (strcmp(headers[i], name) == 0) {
            return dyn_str_from(headers[i + 1]);
        }
    }

    return DYN_STR_NONE;
}

static dyn_webhook_secret_t *secret_of(dyn_webhook_scheme_t scheme, const char *text)
{
    dyn_error_t error = {.text = ""};
    dyn_webhook_secret_t *secret = dyn_webhook_secret_read(scheme, dyn_str_from(text), &error);

    if (secret == NULL) {
        fail_msg("%s: %s", text, error.text);
    }

    return secret;
}

static dyn_webhook_delivery_t delivery;

static dyn_webhook_check_t check_body(dyn_webhook_scheme_t scheme, const char *const *secrets,
                                      const char *const *headers, dyn_str_t body, int64_t now_s)
{
    dyn_webhook_secret_t *read[DYN_WEBHOOK_SECRETS_MAX] = {NULL};
    dyn_webhook_check_t check;
    size_t count = 0;

    for (; secrets[count] != NULL; count++) {
        read[count] = secret_of(scheme, secrets[count]);
    }
    memset(&delivery, 0, sizeof(delivery));
    check = dyn_webhook_verify(scheme, read, count, header_of, (void *)(uintptr_t)headers, body,
                               now_s * 1000, &delivery);
    for (size_t i = 0; i < count; i++) {
        dyn_webhook_secret_free(read[i]);
    }

    return check;
}

static dyn_webhook_check_t check(dyn_webhook_scheme_t scheme, const char *secret,
                                 const char *const *headers, const char *body, int64_t now_s)
{
    return check_body(scheme, (const char *const[]){secret, NULL}, headers, dyn_str_from(body),
                      now_s);
}

#define HEADERS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define MESSAGE_HEADERS(signature)                                                            \
    HEADERS("webhook-id", MESSAGE_ID, "webhook-timestamp", MESSAGE_TIME, "webhook-signature", \
            signature)

/* One good request of each way to sign. */
static const struct {
    dyn_webhook_scheme_t scheme;
    const char *secret;
    const char *other; /* another secret of that kind */
    const char *headers[8];
    const char *body;
} good[] = {
    {DYN_WEBHOOK_SHOPIFY,
     "hush\n",
     "hush!",
     {"x-shopify-hmac-sha256", SHOPIFY_HUSH, "x-shopify-topic", "products/update"},
     product},
    {DYN_WEBHOOK_WOOCOMMERCE,
     "hush",
     "Hush",
     {"x-wc-webhook-signature", SHOPIFY_HUSH, "x-wc-webhook-topic", "product.updated"},
     product},
    {DYN_WEBHOOK_BIGCOMMERCE,
     "client-secret",
     "client-secre",
     {"webhook-id", MESSAGE_ID, "webhook-timestamp", MESSAGE_TIME, "webhook-signature",
      BIGCOMMERCE},
     message},
    {DYN_WEBHOOK_STANDARD,
     standard_secret,
     "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSx",
     {"webhook-id", MESSAGE_ID, "webhook-timestamp", MESSAGE_TIME, "webhook-signature",
      STANDARD_V1},
     message},
    {DYN_WEBHOOK_STANDARD,
     ed25519_key,
     "whpk_11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
     {"webhook-id", MESSAGE_ID, "webhook-timestamp", MESSAGE_TIME, "webhook-signature",
      ed25519_signature},
     message},
    {DYN_WEBHOOK_ADOBE,
     rsa_key,
     NULL,
     {"x-adobe-commerce-webhook-signature", rsa_of_base64},
     product},
    {DYN_WEBHOOK_ADOBE, rsa_key, NULL, {"x-adobe-digital-signature-1", rsa_of_body}, product},
    {DYN_WEBHOOK_ADOBE,
     rsa_key,
     NULL,
     {"x-adobe-digital-signature-1", "AAAA", "x-adobe-digital-signature-2", rsa_of_body},
     product},
};

enum { GOOD_COUNT = sizeof(good) / sizeof(good[0]) };

static void each_platforms_signature_is_taken(void **state)
{
    (void)state;

    for (size_t i = 0; i < GOOD_COUNT; i++) {
        assert_int_equal(
            check(good[i].scheme, good[i].secret, good[i].headers, good[i].body, MESSAGE_S),
            DYN_WEBHOOK_CHECK_GOOD);
        assert_true(delivery.id[0] != '\0');
    }
}

static void a_body_or_signature_with_one_byte_changed_is_refused(void **state)
{
    (void)state;

    for (size_t i = 0; i < GOOD_COUNT; i++) {
        char body[256], signature[1024];
        const char *headers[9];
        size_t last = 0;

        memcpy(headers, good[i].headers, sizeof(good[i].headers));
        headers[8] = NULL;
        (void)snprintf(body, sizeof(body), "%s", good[i].body);
        for (size_t at = 0; body[at] != '\0'; at++) {
            body[at] ^= 1;
            assert_int_equal(check(good[i].scheme, good[i].secret, headers, body, MESSAGE_S),
                             DYN_WEBHOOK_CHECK_BAD);
            body[at] ^= 1;
        }
        body[strlen(body) - 1] = '\0';
        assert_int_equal(check(good[i].scheme, good[i].secret, headers, body, MESSAGE_S),
                         DYN_WEBHOOK_CHECK_BAD);

        for (size_t k = 0; headers[k] != NULL; k += 2) {
            last = strstr(headers[k], "signature") != NULL || strstr(headers[k], "hmac") != NULL
                       ? k + 1
                       : last;
        }
        (void)snprintf(signature, sizeof(signature), "%s", headers[last]);
        headers[last] = signature;
        for (size_t at = 4; at < 40; at++) {
            char was = signature[at];

            signature[at] = was == 'A' ? 'B' : 'A';
            assert_int_equal(
                check(good[i].scheme, good[i].secret, headers, good[i].body, MESSAGE_S),
                DYN_WEBHOOK_CHECK_BAD);
            signature[at] = was;
        }
        signature[strlen(signature) - 1] = '\0';
        assert_int_equal(check(good[i].scheme, good[i].secret, headers, good[i].body, MESSAGE_S),
                         DYN_WEBHOOK_CHECK_BAD);
    }
}

static void another_secret_refuses(void **state)
{
    (void)state;

    for (size_t i = 0; i < GOOD_COUNT; i++) {
        if (good[i].other != NULL) {
            assert_int_equal(
                check(good[i].scheme, good[i].other, good[i].headers, good[i].body, MESSAGE_S),
                DYN_WEBHOOK_CHECK_BAD);
        }
        assert_int_equal(check_body(good[i].scheme, (const char *const[]){NULL}, good[i].headers,
                                    dyn_str_from(good[i].body), MESSAGE_S),
                         DYN_WEBHOOK_CHECK_BAD);
    }
}

static void old_and_new_secrets_hold_side_by_side(void **state)
{
    static const char *const secrets[] = {"newer", "hush", NULL};

    (void)state;

    assert_int_equal(check_body(DYN_WEBHOOK_SHOPIFY, secrets,
                                HEADERS("x-shopify-hmac-sha256", SHOPIFY_HUSH),
                                dyn_str_from(product), 0),
                     DYN_WEBHOOK_CHECK_GOOD);
    assert_int_equal(check_body(DYN_WEBHOOK_SHOPIFY, secrets,
                                HEADERS("x-shopify-hmac-sha256", SHOPIFY_NEWER),
                                dyn_str_from(product), 0),
                     DYN_WEBHOOK_CHECK_GOOD);
}

static void a_request_without_a_signature_is_unsigned(void **state)
{
    (void)state;

    for (size_t i = 0; i < GOOD_COUNT; i++) {
        assert_int_equal(
            check(good[i].scheme, good[i].secret, HEADERS("x-other", "1"), good[i].body, MESSAGE_S),
            DYN_WEBHOOK_CHECK_UNSIGNED);
    }
    assert_int_equal(
        check(DYN_WEBHOOK_STANDARD, standard_secret,
              HEADERS("webhook-timestamp", MESSAGE_TIME, "webhook-signature", STANDARD_V1), message,
              MESSAGE_S),
        DYN_WEBHOOK_CHECK_UNSIGNED);
    assert_int_equal(check(DYN_WEBHOOK_STANDARD, standard_secret,
                           HEADERS("webhook-id", MESSAGE_ID, "webhook-signature", STANDARD_V1),
                           message, MESSAGE_S),
                     DYN_WEBHOOK_CHECK_UNSIGNED);
}

static void a_signed_time_is_now(void **state)
{
    static const struct {
        int64_t now_s;
        dyn_webhook_check_t check;
    } times[] = {{MESSAGE_S + DYN_WEBHOOK_WINDOW_S, DYN_WEBHOOK_CHECK_GOOD},
                 {MESSAGE_S + DYN_WEBHOOK_WINDOW_S + 1, DYN_WEBHOOK_CHECK_OLD},
                 {MESSAGE_S - DYN_WEBHOOK_WINDOW_S, DYN_WEBHOOK_CHECK_GOOD},
                 {MESSAGE_S - DYN_WEBHOOK_WINDOW_S - 1, DYN_WEBHOOK_CHECK_OLD}};

    (void)state;

    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        assert_int_equal(check(DYN_WEBHOOK_STANDARD, standard_secret, MESSAGE_HEADERS(STANDARD_V1),
                               message, times[i].now_s),
                         times[i].check);
        assert_int_equal(check(DYN_WEBHOOK_BIGCOMMERCE, "client-secret",
                               MESSAGE_HEADERS(BIGCOMMERCE), message, times[i].now_s),
                         times[i].check);
    }
    /* a forged one is no old one */
    assert_int_equal(check(DYN_WEBHOOK_STANDARD, standard_secret, MESSAGE_HEADERS(BIGCOMMERCE),
                           message, MESSAGE_S + 9999),
                     DYN_WEBHOOK_CHECK_BAD);
    /* id and time are signed with the body */
    assert_int_equal(check(DYN_WEBHOOK_STANDARD, standard_secret,
                           HEADERS("webhook-id", MESSAGE_ID, "webhook-timestamp", "1614265331",
                                   "webhook-signature", STANDARD_V1),
                           message, MESSAGE_S),
                     DYN_WEBHOOK_CHECK_BAD);
    assert_int_equal(check(DYN_WEBHOOK_STANDARD, standard_secret,
                           HEADERS("webhook-id", "msg_other", "webhook-timestamp", MESSAGE_TIME,
                                   "webhook-signature", STANDARD_V1),
                           message, MESSAGE_S),
                     DYN_WEBHOOK_CHECK_BAD);
    assert_int_equal(check(DYN_WEBHOOK_STANDARD, standard_secret,
                           HEADERS("webhook-id", MESSAGE_ID, "webhook-timestamp", "soon",
                                   "webhook-signature", STANDARD_V1),
                           message, MESSAGE_S),
                     DYN_WEBHOOK_CHECK_BAD);
}

static void one_of_several_signatures_is_enough(void **state)
{
    (void)state;

    assert_int_equal(check(DYN_WEBHOOK_STANDARD, standard_secret,
                           MESSAGE_HEADERS("v1,AAAA v2,x " STANDARD_V1), message, MESSAGE_S),
                     DYN_WEBHOOK_CHECK_GOOD);
    /* but not more than a few are looked at */
    assert_int_equal(check(DYN_WEBHOOK_STANDARD, standard_secret,
                           MESSAGE_HEADERS("a a a a a a a " STANDARD_V1), message, MESSAGE_S),
                     DYN_WEBHOOK_CHECK_GOOD);
    assert_int_equal(check(DYN_WEBHOOK_STANDARD, standard_secret,
                           MESSAGE_HEADERS("a a a a a a a a " STANDARD_V1), message, MESSAGE_S),
                     DYN_WEBHOOK_CHECK_BAD);
    /* a signature of one algorithm is none of another */
    assert_int_equal(check(DYN_WEBHOOK_STANDARD, standard_secret,
                           MESSAGE_HEADERS("v1a,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
                           message, MESSAGE_S),
                     DYN_WEBHOOK_CHECK_BAD);
    assert_int_equal(
        check(DYN_WEBHOOK_STANDARD, standard_secret, MESSAGE_HEADERS("  "), message, MESSAGE_S),
        DYN_WEBHOOK_CHECK_BAD);
}

static void a_delivery_has_one_id_however_often_it_is_sent(void **state)
{
    char first[DYN_WEBHOOK_ID_BYTES_MAX + 1];
    static const char *const headers[] = {"x-shopify-hmac-sha256",
                                          SHOPIFY_HUSH,
                                          "x-shopify-topic",
                                          "products/update",
                                          "x-shopify-webhook-id",
                                          "a",
                                          NULL};

    (void)state;

    assert_int_equal(check(DYN_WEBHOOK_STANDARD, standard_secret, MESSAGE_HEADERS(STANDARD_V1),
                           message, MESSAGE_S),
                     DYN_WEBHOOK_CHECK_GOOD);
    assert_string_equal(delivery.id, MESSAGE_ID);
    assert_int_equal(delivery.topic.len, 0);

    assert_int_equal(check(DYN_WEBHOOK_SHOPIFY, "hush", headers, product, 0),
                     DYN_WEBHOOK_CHECK_GOOD);
    assert_int_equal(delivery.topic.len, strlen("products/update"));
    memcpy(first, delivery.id, sizeof(first));
    /* the id that is not signed does not make it another one */
    assert_int_equal(check(DYN_WEBHOOK_SHOPIFY, "hush",
                           HEADERS("x-shopify-hmac-sha256", SHOPIFY_HUSH, "x-shopify-topic",
                                   "products/update", "x-shopify-webhook-id", "b"),
                           product, 0),
                     DYN_WEBHOOK_CHECK_GOOD);
    assert_string_equal(delivery.id, first);
    /* the same body of another topic is another delivery */
    assert_int_equal(
        check(DYN_WEBHOOK_SHOPIFY, "hush",
              HEADERS("x-shopify-hmac-sha256", SHOPIFY_HUSH, "x-shopify-topic", "products/create"),
              product, 0),
        DYN_WEBHOOK_CHECK_GOOD);
    assert_string_not_equal(delivery.id, first);
}

static void a_secret_that_is_none_is_refused_without_telling_it(void **state)
{
    static const struct {
        dyn_webhook_scheme_t scheme;
        const char *text;
        const char *sentence;
    } bad[] = {
        {DYN_WEBHOOK_SHOPIFY, " \n", "is empty, or has more than 4096 bytes"},
        {DYN_WEBHOOK_ADOBE, "hush",
         "is no public RSA key: it begins with -----BEGIN PUBLIC KEY-----"},
        {DYN_WEBHOOK_STANDARD, "whsec_!", "is no secret: behind whsec_ comes base64"},
        {DYN_WEBHOOK_STANDARD, "whsec_", "is no secret: behind whsec_ comes base64"},
        {DYN_WEBHOOK_STANDARD, "whpk_AAAA",
         "is no key: behind whpk_ come the 32 bytes of an ed25519 public key in base64"},
    };
    dyn_error_t error;
    dyn_webhook_scheme_t scheme;

    (void)state;

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_null(dyn_webhook_secret_read(bad[i].scheme, dyn_str_from(bad[i].text), &error));
        assert_string_equal(error.text, bad[i].sentence);
    }
    dyn_webhook_secret_free(NULL);
    assert_true(dyn_webhook_scheme_find(DYN_STR("woocommerce"), &scheme) &&
                scheme == DYN_WEBHOOK_WOOCOMMERCE);
    assert_false(dyn_webhook_scheme_find(DYN_STR("magento"), &scheme));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_platforms_signature_is_taken),
        cmocka_unit_test(a_body_or_signature_with_one_byte_changed_is_refused),
        cmocka_unit_test(another_secret_refuses),
        cmocka_unit_test(old_and_new_secrets_hold_side_by_side),
        cmocka_unit_test(a_request_without_a_signature_is_unsigned),
        cmocka_unit_test(a_signed_time_is_now),
        cmocka_unit_test(one_of_several_signatures_is_enough),
        cmocka_unit_test(a_delivery_has_one_id_however_often_it_is_sent),
        cmocka_unit_test(a_secret_that_is_none_is_refused_without_telling_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "engine/trust/webhook.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <stdlib.h>

enum { DIGEST_BYTES = 32, ED25519_BYTES = 32, ID_HASH_BYTES = 16, SIGNATURE_BYTES_MAX = 1024 };

typedef enum { HMAC_SHA256, RSA_SHA256, ED25519 } algorithm_t;

/* What is signed. */
typedef enum {
    BODY,         /* the raw body */
    ID_TIME_BODY, /* the header webhook-id, a dot, webhook-timestamp, a dot, the raw body */
    BASE64_BODY   /* the raw body in base64 */
} template_t;

/* Signatures are in base64 everywhere. A header may list several, each behind the word that tells its algorithm. */
static const struct {
    dyn_webhook_scheme_t scheme;
    algorithm_t algorithm;
    template_t template;
    const char *header;
    const char *
        word; /* before each signature of a list that blanks separate; "": the header is one signature */
    const char *topic; /* header; "": the body has it */
} rows[] = {
    {DYN_WEBHOOK_SHOPIFY, HMAC_SHA256, BODY, "x-shopify-hmac-sha256", "", "x-shopify-topic"},
    {DYN_WEBHOOK_BIGCOMMERCE, HMAC_SHA256, ID_TIME_BODY, "webhook-signature", "v1,", ""},
    {DYN_WEBHOOK_WOOCOMMERCE, HMAC_SHA256, BODY, "x-wc-webhook-signature", "",
     "x-wc-webhook-topic"},
    {DYN_WEBHOOK_ADOBE, RSA_SHA256, BASE64_BODY, "x-adobe-commerce-webhook-signature", "", ""},
    {DYN_WEBHOOK_ADOBE, RSA_SHA256, BODY, "x-adobe-digital-signature-1", "", ""},
    {DYN_WEBHOOK_ADOBE, RSA_SHA256, BODY, "x-adobe-digital-signature-2", "", ""},
    {DYN_WEBHOOK_STANDARD, HMAC_SHA256, ID_TIME_BODY, "webhook-signature", "v1,", ""},
    {DYN_WEBHOOK_STANDARD, ED25519, ID_TIME_BODY, "webhook-signature", "v1a,", ""},
};

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

#define X(constant, name) {name, sizeof(name) - 1},
static const dyn_str_t scheme_names[] = {DYN_WEBHOOK_SCHEMES(X)};
#undef X

struct dyn_webhook_secret_s {
    algorithm_t algorithm;
    EVP_PKEY *key; /* public; NULL: the bytes are the key */
    size_t len;
    unsigned char bytes[DYN_WEBHOOK_SECRET_BYTES_MAX];
};

bool dyn_webhook_scheme_find(dyn_str_t name, dyn_webhook_scheme_t *scheme)
{
    for (unsigned i = 0; i < DYN_WEBHOOK_SCHEME_COUNT; i++) {
        if (dyn_str_equal(scheme_names[i], name)) {
            *scheme = (dyn_webhook_scheme_t)i;
            return true;
        }
    }

    return false;
}

dyn_str_t dyn_webhook_scheme_name(dyn_webhook_scheme_t scheme)
{
    return scheme_names[scheme];
}

/* Strict base64 with padding; 0: it is none, or decodes to more than `size` bytes. */
static size_t decode(dyn_str_t text, unsigned char *bytes, size_t size)
{
    size_t padding = 0;
    int len;

    if (text.len == 0 || text.len % 4 != 0 || text.len / 4 * 3 > size) {
        return 0;
    }
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        bool good = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                    c == '+' || c == '/';

        /* OpenSSL passes over blanks */
        if (!good && !(c == '=' && i + 2 >= text.len)) {
            return 0;
        }
        padding += c == '=';
    }
    len = EVP_DecodeBlock(bytes, (const unsigned char *)text.data, (int)text.len);

    return len < 0 ? 0 : (size_t)len - padding;
}

static bool begins(dyn_str_t text, const char *with)
{
    size_t len = strlen(with);

    return text.len >= len && memcmp(text.data, with, len) == 0;
}

static dyn_str_t after(dyn_str_t text, const char *with)
{
    size_t len = strlen(with);

    return (dyn_str_t){text.data + len, text.len - len};
}

static dyn_str_t trim(dyn_str_t text)
{
    while (text.len > 0 && memchr(" \t\r\n", text.data[text.len - 1], 4) != NULL) {
        text.len--;
    }
    while (text.len > 0 && memchr(" \t\r\n", text.data[0], 4) != NULL) {
        text.data++;
        text.len--;
    }

    return text;
}

static bool read_pem(dyn_str_t text, dyn_webhook_secret_t *secret)
{
    BIO *bio = BIO_new_mem_buf(text.data, (int)text.len);

    secret->algorithm = RSA_SHA256;
    secret->key = bio == NULL ? NULL : PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
    BIO_free(bio);

    return secret->key != NULL && EVP_PKEY_base_id(secret->key) == EVP_PKEY_RSA;
}

static bool read_ed25519(dyn_str_t text, dyn_webhook_secret_t *secret)
{
    unsigned char bytes[64];

    secret->algorithm = ED25519;
    if (decode(text, bytes, sizeof(bytes)) == ED25519_BYTES) {
        secret->key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, bytes, ED25519_BYTES);
    }

    return secret->key != NULL;
}

static bool read_text(dyn_webhook_scheme_t scheme, dyn_str_t text, dyn_webhook_secret_t *secret,
                      dyn_error_t *error)
{
    if (scheme == DYN_WEBHOOK_ADOBE) {
        return read_pem(text, secret) ||
               dyn_fail(error, "is no public RSA key: it begins with -----BEGIN PUBLIC KEY-----");
    }
    if (scheme == DYN_WEBHOOK_STANDARD && begins(text, "whpk_")) {
        return read_ed25519(after(text, "whpk_"), secret) ||
               dyn_fail(
                   error,
                   "is no key: behind whpk_ come the 32 bytes of an ed25519 public key in base64");
    }
    if (scheme == DYN_WEBHOOK_STANDARD && begins(text, "whsec_")) {
        secret->len = decode(after(text, "whsec_"), secret->bytes, sizeof(secret->bytes));
        return secret->len > 0 || dyn_fail(error, "is no secret: behind whsec_ comes base64");
    }
    secret->len = text.len;
    memcpy(secret->bytes, text.data, text.len);

    return true;
}

dyn_webhook_secret_t *dyn_webhook_secret_read(dyn_webhook_scheme_t scheme, dyn_str_t text,
                                              dyn_error_t *error)
{
    dyn_webhook_secret_t *secret;

    text = trim(text);
    if (text.len == 0 || text.len > DYN_WEBHOOK_SECRET_BYTES_MAX) {
        (void)dyn_fail(error, "is empty, or has more than %d bytes", DYN_WEBHOOK_SECRET_BYTES_MAX);
        return NULL;
    }
    secret = calloc(1, sizeof(*secret));
    if (secret == NULL) {
        (void)dyn_fail(error, "cannot be kept: not enough memory");
        return NULL;
    }
    if (!read_text(scheme, text, secret, error)) {
        dyn_webhook_secret_free(secret);
        return NULL;
    }

    return secret;
}

void dyn_webhook_secret_free(dyn_webhook_secret_t *secret)
{
    if (secret != NULL) {
        EVP_PKEY_free(secret->key);
        OPENSSL_cleanse(secret->bytes, sizeof(secret->bytes));
        free(secret);
    }
}

/* What the sender signed. */
typedef struct {
    dyn_str_t id;
    dyn_str_t time;
    dyn_str_t body;
} parts_t;

static char *copy_of(char *to, dyn_str_t text)
{
    if (text.len > 0) {
        memcpy(to, text.data, text.len);
    }

    return to + text.len;
}

/* The text that was signed; *owned is to be freed. data NULL: no memory. */
static dyn_str_t signed_text(template_t template, const parts_t *parts, char **owned)
{
    size_t len;
    char *to;

    *owned = NULL;
    if (template == BODY) {
        return parts->body.len == 0 ? DYN_STR("") : parts->body;
    }
    if (template == BASE64_BODY) {
        *owned = malloc((parts->body.len + 2) / 3 * 4 + 1);
        if (*owned == NULL) {
            return DYN_STR_NONE;
        }
        len = (size_t)EVP_EncodeBlock(
            (unsigned char *)*owned, (const unsigned char *)parts->body.data, (int)parts->body.len);
        return (dyn_str_t){*owned, len};
    }

    len = parts->id.len + 1 + parts->time.len + 1 + parts->body.len;
    *owned = malloc(len + 1);
    if (*owned == NULL) {
        return DYN_STR_NONE;
    }
    to = copy_of(*owned, parts->id);
    *to++ = '.';
    to = copy_of(to, parts->time);
    *to++ = '.';
    (void)copy_of(to, parts->body);

    return (dyn_str_t){*owned, len};
}

static bool fits(const dyn_webhook_secret_t *secret, dyn_str_t signature, const char *text,
                 size_t len)
{
    unsigned char bytes[SIGNATURE_BYTES_MAX], digest[EVP_MAX_MD_SIZE];
    size_t size = decode(signature, bytes, sizeof(bytes));
    unsigned digest_bytes = 0;
    EVP_MD_CTX *context;
    bool good;

    if (secret->algorithm == HMAC_SHA256) {
        return size == DIGEST_BYTES &&
               HMAC(EVP_sha256(), secret->bytes, (int)secret->len, (const unsigned char *)text, len,
                    digest, &digest_bytes) != NULL &&
               digest_bytes == DIGEST_BYTES && CRYPTO_memcmp(bytes, digest, DIGEST_BYTES) == 0;
    }

    context = EVP_MD_CTX_new();
    good =
        size > 0 && context != NULL &&
        EVP_DigestVerifyInit(context, NULL, secret->algorithm == RSA_SHA256 ? EVP_sha256() : NULL,
                             NULL, secret->key) == 1 &&
        EVP_DigestVerify(context, bytes, size, (const unsigned char *)text, len) == 1;
    EVP_MD_CTX_free(context);

    return good;
}

static bool fits_any(dyn_webhook_secret_t *const *secrets, size_t count, algorithm_t algorithm,
                     dyn_str_t signature, const char *text, size_t len)
{
    for (size_t i = 0; i < count; i++) {
        if (secrets[i]->algorithm == algorithm && fits(secrets[i], signature, text, len)) {
            return true;
        }
    }

    return false;
}

/* The next word of a list that blanks separate. */
static bool next_word(dyn_str_t *list, dyn_str_t *word)
{
    size_t len = 0;

    *list = trim(*list);
    while (len < list->len && list->data[len] != ' ') {
        len++;
    }
    *word = (dyn_str_t){list->data, len};
    list->data += len;
    list->len -= len;

    return len > 0;
}

static bool check_row(size_t row, dyn_webhook_secret_t *const *secrets, size_t count,
                      dyn_str_t signatures, const parts_t *parts)
{
    char *owned;
    dyn_str_t text = signed_text(rows[row].template, parts, &owned), word;
    bool good = false;

    if (text.data == NULL) {
        return false;
    }
    if (rows[row].word[0] == '\0') {
        good = fits_any(secrets, count, rows[row].algorithm, trim(signatures), text.data, text.len);
    } else {
        for (int i = 0; i < DYN_WEBHOOK_SIGNATURES_MAX && !good && next_word(&signatures, &word);
             i++) {
            good = begins(word, rows[row].word) &&
                   fits_any(secrets, count, rows[row].algorithm, after(word, rows[row].word),
                            text.data, text.len);
        }
    }
    free(owned);

    return good;
}

/* Seconds since 1970; -1: it is none. */
static int64_t seconds_of(dyn_str_t text)
{
    int64_t seconds = 0;

    if (text.len == 0 || text.len > 11) {
        return -1;
    }
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') {
            return -1;
        }
        seconds = seconds * 10 + (text.data[i] - '0');
    }

    return seconds;
}

static bool hash_id(dyn_str_t topic, dyn_str_t body, char id[DYN_WEBHOOK_ID_BYTES_MAX + 1])
{
    static const char digits[] = "0123456789abcdef";
    unsigned char digest[EVP_MAX_MD_SIZE];
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = context != NULL && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1 &&
                EVP_DigestUpdate(context, topic.data, topic.len) == 1 &&
                EVP_DigestUpdate(context, "\n", 1) == 1 &&
                EVP_DigestUpdate(context, body.data, body.len) == 1 &&
                EVP_DigestFinal_ex(context, digest, NULL) == 1;

    EVP_MD_CTX_free(context);
    for (size_t i = 0; good && i < ID_HASH_BYTES; i++) {
        id[2 * i] = digits[digest[i] >> 4];
        id[2 * i + 1] = digits[digest[i] & 15];
    }
    id[good ? 2 * ID_HASH_BYTES : 0] = '\0';

    return good;
}

/* What came of the headers that are signed with the body; parts: filled. */
static dyn_webhook_check_t read_parts(dyn_webhook_header_fn header, void *data, int64_t now_ms,
                                      parts_t *parts)
{
    int64_t seconds, apart;

    parts->id = header(data, "webhook-id");
    parts->time = header(data, "webhook-timestamp");
    if (parts->id.len == 0 || parts->time.len == 0) {
        return DYN_WEBHOOK_CHECK_UNSIGNED;
    }
    seconds = seconds_of(parts->time);
    if (seconds < 0 || parts->id.len > DYN_WEBHOOK_ID_BYTES_MAX) {
        return DYN_WEBHOOK_CHECK_BAD;
    }
    apart = now_ms / 1000 - seconds;

    return apart > DYN_WEBHOOK_WINDOW_S || apart < -DYN_WEBHOOK_WINDOW_S ? DYN_WEBHOOK_CHECK_OLD
                                                                         : DYN_WEBHOOK_CHECK_GOOD;
}

dyn_webhook_check_t dyn_webhook_verify(dyn_webhook_scheme_t scheme,
                                       dyn_webhook_secret_t *const *secrets, size_t count,
                                       dyn_webhook_header_fn header, void *data, dyn_str_t body,
                                       int64_t now_ms, dyn_webhook_delivery_t *delivery)
{
    dyn_webhook_check_t check = DYN_WEBHOOK_CHECK_UNSIGNED;

    for (size_t i = 0; i < ROWS; i++) {
        parts_t parts = {.body = body};
        dyn_str_t signatures =
            rows[i].scheme == scheme ? header(data, rows[i].header) : DYN_STR_NONE;
        dyn_webhook_check_t found = DYN_WEBHOOK_CHECK_GOOD;

        if (signatures.len == 0) {
            continue;
        }
        if (rows[i].template == ID_TIME_BODY) {
            found = read_parts(header, data, now_ms, &parts);
        }
        /* an old one is told from a forged one only if it was signed */
        if ((found == DYN_WEBHOOK_CHECK_GOOD || found == DYN_WEBHOOK_CHECK_OLD) &&
            !check_row(i, secrets, count, signatures, &parts)) {
            found = DYN_WEBHOOK_CHECK_BAD;
        }
        check = found;
        if (found == DYN_WEBHOOK_CHECK_GOOD) {
            delivery->topic = rows[i].topic[0] == '\0' ? DYN_STR_NONE : header(data, rows[i].topic);
            if (rows[i].template != ID_TIME_BODY) {
                return hash_id(delivery->topic, body, delivery->id) ? found : DYN_WEBHOOK_CHECK_BAD;
            }
            *copy_of(delivery->id, parts.id) = '\0';
            return found;
        }
        if (found == DYN_WEBHOOK_CHECK_OLD) {
            return found;
        }
    }

    return check;
}

/* dynstore visitor: mints a visitor's cookie, or says what Redis calls the visitor of one. For tests and support. */
#include <openssl/rand.h>
#include <stdio.h>

#include "cli/commands/commands.h"
#include "cli/base/options.h"
#include "engine/trust/visitor.h"
#include "engine/trust/visitor_key.h"

enum { OPTION_KEY, OPTION_JSON };

static const dyn_option_t option_table[] = {
    [OPTION_KEY] = {"key", 'k', "FILE", "the key file of dynstore_visitor"},
    [OPTION_JSON] = {"json", 0, NULL, "print JSON"},
};

static bool mint(char id[DYN_VISITOR_ID_BYTES + 1], dyn_error_t *error)
{
    unsigned char bits[DYN_VISITOR_ID_BYTES / 2];

    if (RAND_bytes(bits, sizeof(bits)) != 1) {
        return dyn_fail(error, "no random bytes for a new visitor: OpenSSL's generator fails");
    }
    for (size_t i = 0; i < sizeof(bits); i++) {
        (void)snprintf(id + 2 * i, 3, "%02x", bits[i]);
    }

    return true;
}

static void print(const char *cookie, const char *hash, bool json)
{
    if (json) {
        printf("{\"cookie\":\"%s\",\"hash\":\"%s\"}\n", cookie, hash);
    } else {
        printf("cookie  %s\nhash    %s\n", cookie, hash);
    }
}

/* `given`: NULL, an id, or a cookie's value. */
static int visitor(const char *key_path, const char *given, bool json)
{
    uint8_t bytes[DYN_VISITOR_KEY_BYTES];
    char id[DYN_VISITOR_ID_BYTES + 1];
    char cookie[DYN_VISITOR_VALUE_BYTES + 1];
    char hash[DYN_VISITOR_HASH_BYTES + 1];
    dyn_visitor_key_t key;
    dyn_error_t error;
    dyn_str_t value = dyn_str_from(given == NULL ? id : given);

    if (!dyn_visitor_key_load(key_path, false, bytes, &error)) {
        return dyn_command_failed("visitor", DYN_EXIT_INPUT, &error);
    }
    if (!dyn_visitor_key_prepare(bytes, &key)) {
        dyn_fail(&error, "OpenSSL has no SHA-256");
        return dyn_command_failed("visitor", DYN_EXIT_SYSTEM, &error);
    }

    if (dyn_visitor_value_valid(value)) {
        if (!dyn_visitor_check(&key, value, hash)) {
            dyn_fail(&error, "%s was not signed with the key in %s: it belongs to no visitor",
                     given, key_path);
            return dyn_command_failed("visitor", DYN_EXIT_DIFFERENT, &error);
        }
        print(given, hash, json);
        return DYN_EXIT_OK;
    }

    if (given == NULL) {
        if (!mint(id, &error)) {
            return dyn_command_failed("visitor", DYN_EXIT_SYSTEM, &error);
        }
        value = dyn_str_from(id);
    }
    if (!dyn_visitor_id_valid(value)) {
        return dyn_usage_error(
            "visitor",
            "\"%s\" is not a visitor's cookie: it should be 32 hex digits, or these, a dot and "
            "the 16 hex digits of the signature",
            given);
    }
    if (!dyn_visitor_sign(&key, value, cookie, hash)) {
        dyn_fail(&error, "OpenSSL has no SHA-256");
        return dyn_command_failed("visitor", DYN_EXIT_SYSTEM, &error);
    }
    print(cookie, hash, json);

    return DYN_EXIT_OK;
}

int dyn_command_visitor(int argc, char **argv)
{
    const char *key_path = NULL;
    bool json = false;
    dyn_options_t options = {.command = "visitor",
                             .usage = "--key FILE [VALUE]",
                             .help =
                                 "Makes a new visitor: prints the cookie's value, and the hash by "
                                 "which Redis knows the visitor. With the VALUE of a\n"
                                 "cookie: says whether it was signed with the key, and the "
                                 "hash. With an id (32 hex digits): signs it.\n",
                             .options = option_table,
                             .count = sizeof(option_table) / sizeof(option_table[0])};

    int option;

    dyn_options_begin(&options, argc, argv);
    while ((option = dyn_options_next(&options)) >= 0) {
        if (option == OPTION_KEY) {
            key_path = options.value;
        } else {
            json = true;
        }
    }
    if (option == DYN_OPTION_STOP) {
        return options.exit_code;
    }

    if (key_path == NULL) {
        return dyn_usage_error("visitor", "--key FILE is needed");
    }
    if (optind + 1 < argc) {
        return dyn_usage_error("visitor", "one VALUE can be given, not \"%s\" as well",
                               argv[optind + 1]);
    }

    return visitor(key_path, optind < argc ? argv[optind] : NULL, json);
}

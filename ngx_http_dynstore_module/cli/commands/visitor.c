/*
 * dynstore visitor: mints a visitor's cookie, or says what Redis calls the visitor of one. `export` and `erase`: what Redis has of
 * one.
 */
#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>

#include "cli/commands/commands.h"
#include "cli/base/options.h"
#include "cli/base/report.h"
#include "cli/commands/visitor_data.h"
#include "cli/commands/visitor_name.h"
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

/* ---- export and erase ---- */

/* the longest that nginx uses a kept answer: NGX_HTTP_DYNSTORE_VISIBLE_MS of nginx/request/kept.h */
enum { KEPT_ANSWER_S = 600 };

enum { OPTION_DATA_KEY = DYN_TARGET_OPTIONS, OPTION_DATA_JSON };

static const dyn_option_t data_options[] = {
    DYN_TARGET_ROWS,
    [OPTION_DATA_KEY] = {"key", 'k', "FILE", "the key file of dynstore_visitor; a hash needs none"},
    [OPTION_DATA_JSON] = {"json", 0, NULL, "print JSON"},
};

/* What erasing cannot do, said to the people who asked for it. */
static void say_what_stays(dyn_control_read_e read)
{
    if (read != DYN_CONTROL_READ) {
        (void)fprintf(stderr,
                      "dynstore visitor erase: %s: an nginx that does not read it (control=on of "
                      "dynstore_redis) uses the visitor's newest answer in its memory for at most "
                      "%d seconds more, and has its bytes until it is restarted\n",
                      dyn_control_read_text(read), KEPT_ANSWER_S);
    }
}

static int visitor_data(bool erase, int argc, char **argv)
{
    const char *command = erase ? "visitor erase" : "visitor export", *key_path = NULL;
    dyn_target_t target = {.prefix = "dyn:"};
    dyn_options_t options = {.command = command,
                             .usage = "VALUE|HASH --redis URL [--key FILE]",
                             .help = "export prints all that Redis has of a visitor as JSON; erase "
                                     "deletes it, and tells every nginx to "
                                     "forget the visitor.\nThe visitor is named by the cookie's "
                                     "VALUE, with the key, or by the HASH of the "
                                     "keys in Redis.\n",
                             .options = data_options,
                             .count = sizeof(data_options) / sizeof(data_options[0])};
    char hash[DYN_VISITOR_HASH_BYTES + 1];
    bool as_json = !erase, found = true;
    dyn_control_read_e read = DYN_CONTROL_UNKNOWN;
    dyn_error_t error;
    json_t *told = NULL;
    int option, code;

    dyn_options_begin(&options, argc, argv);
    while ((option = dyn_options_next(&options)) >= 0) {
        if (option == OPTION_DATA_KEY) {
            key_path = options.value;
        } else if (option == OPTION_DATA_JSON) {
            as_json = true;
        } else if (!dyn_target_option(&target, option, options.value, &error)) {
            return dyn_usage_error(command, "%s", error.text);
        }
    }
    if (option == DYN_OPTION_STOP) {
        return options.exit_code;
    }
    if (optind + 1 != argc || target.address.shown[0] == '\0') {
        return dyn_usage_error(command, "one VALUE or HASH and --redis URL are needed");
    }
    code = dyn_visitor_name(command, argv[optind], key_path, hash);
    if (code != DYN_EXIT_OK) {
        return code;
    }

    if (dyn_target_open(&target, &error)) {
        told = erase ? dyn_visitor_erase(&target, hash, &read, &error)
                     : dyn_visitor_export(&target, hash, &found, &error);
    }
    dyn_target_close(&target);
    if (told == NULL) {
        return dyn_command_failed(command, DYN_EXIT_SYSTEM, &error);
    }
    dyn_report_print(stdout, told, as_json);
    if (erase) {
        say_what_stays(read);
    }
    json_decref(told);

    return found ? DYN_EXIT_OK : DYN_EXIT_DIFFERENT;
}

int dyn_command_visitor(int argc, char **argv)
{
    const char *key_path = NULL;
    bool json = false;
    dyn_options_t options = {.command = "visitor",
                             .usage = "--key FILE [VALUE], or export|erase VALUE|HASH --redis URL",
                             .help =
                                 "Makes a new visitor: prints the cookie's value, and the hash by "
                                 "which Redis knows the visitor. With the VALUE of a\n"
                                 "cookie: says whether it was signed with the key, and the "
                                 "hash. With an id (32 hex digits): signs it.\n",
                             .options = option_table,
                             .count = sizeof(option_table) / sizeof(option_table[0])};

    int option;

    if (argc > 1 && (strcmp(argv[1], "export") == 0 || strcmp(argv[1], "erase") == 0)) {
        return visitor_data(strcmp(argv[1], "erase") == 0, argc - 1, argv + 1);
    }

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

/* dynstore explain: a decision with every candidate's score parts and every filter that removed one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands/commands.h"
#include "cli/commands/explain_print.h"
#include "cli/commands/explain_session.h"
#include "cli/base/options.h"
#include "cli/base/redis.h"
#include "cli/input/control_read.h"
#include "cli/input/rules_file.h"
#include "engine/base/time_text.h"
#include "engine/trust/visitor.h"
#include "engine/base/item_id.h"
#include "engine/base/language.h"
#include "engine/policy/slots.h"
#include "engine/trust/visitor_key.h"

enum { arena_bytes = 16 << 20, ttl_s = 5 };

enum {
    OPTION_SNAPSHOT,
    OPTION_SURFACE,
    OPTION_ITEM,
    OPTION_SLOT,
    OPTION_SESSION,
    OPTION_REDIS,
    OPTION_PASSWORD_FILE,
    OPTION_VISITOR,
    OPTION_KEY,
    OPTION_PREFIX,
    OPTION_RULES,
    OPTION_FEATURES,
    OPTION_VARIANT,
    OPTION_VISITOR_HASH,
    OPTION_PATH,
    OPTION_SEARCH,
    OPTION_LANGUAGE,
    OPTION_ATTRIBUTE,
    OPTION_COUNTRY,
    OPTION_AGE,
    OPTION_NOW,
    OPTION_SEED,
    OPTION_CONTROL,
    OPTION_ALL,
    OPTION_JSON
};

static const dyn_option_t option_table[] = {
    [OPTION_SNAPSHOT] = {"snapshot", 's', "FILE", "what `dynstore build` wrote"},
    [OPTION_SURFACE] = {"surface", 0, "NAME", "home, plp, pdp, cart, search, landing or checkout"},
    [OPTION_ITEM] = {"item", 'i', "ID", "pdp: the page's item; plp: the category's name or handle"},
    [OPTION_SLOT] = {"slot", 0, "NAME[=N]", "a slot and its number of items; may be repeated"},
    [OPTION_SESSION] = {"session", 0, "FILE",
                        "session-log entries, newest first, or events as JSON Lines, oldest first"},
    [OPTION_REDIS] = {"visitor-from-redis", 0, "URL",
                      "read the session from Redis; needs --visitor and --key"},
    [OPTION_PASSWORD_FILE] =
        {"password-file", 0, "FILE",
         "holds only Redis' password; else DYNSTORE_REDIS_PASSWORD of the environment"},
    [OPTION_VISITOR] = {"visitor", 0, "VALUE", "the value of the visitor's cookie"},
    [OPTION_KEY] = {"key", 0, "FILE", "the key file of dynstore_visitor"},
    [OPTION_PREFIX] = {"prefix", 0, "TEXT", "how the keys in Redis begin (dyn:)"},
    [OPTION_RULES] = {"rules", 'r', "FILE", "the shop's rules file; without it the built-in rules"},
    [OPTION_FEATURES] = {"features", 0, "FILE",
                         "GrowthBook's payload, as dynstore_features has it"},
    [OPTION_VARIANT] = {"variant", 0, "EXPERIMENT:VARIANT",
                        "as a visitor sees it who has this variant; several with commas between"},
    [OPTION_VISITOR_HASH] =
        {"visitor-hash", 0, "HEX",
         "whose variants and shares: 16 or more hex digits of the visitor's hash"},
    [OPTION_PATH] = {"path", 0, "PATH", "the page's path, for rules that ask for it"},
    [OPTION_SEARCH] = {"search", 0, "TEXT", "what the page searches for"},
    [OPTION_LANGUAGE] = {"language", 0, "TAG", "the page's language, such as de or de-AT"},
    [OPTION_ATTRIBUTE] = {"attribute", 0, "NAME=VALUE",
                          "what the shop knows of the visitor, such as tier=gold; may be repeated"},
    [OPTION_COUNTRY] = {"country", 0, "CC", "the shopper's country, two capital letters"},
    [OPTION_AGE] = {"age", 0, "YEARS", "the shopper's verified age"},
    [OPTION_NOW] =
        {"now", 0, "TIME",
         "ISO 8601 or a number (the session's newest event, else the snapshot's own time)"},
    [OPTION_SEED] = {"seed", 0, "HEX", "a decision's id: decides again with its random number"},
    [OPTION_CONTROL] = {"control", 0, "URL|FILE",
                        "the control stream, or a file of its entries: what was heard of stock, "
                        "prices and availability since the snapshot was built"},
    [OPTION_ALL] = {"all", 'a', NULL, "show more than fifty candidates a slot"},
    [OPTION_JSON] = {"json", 0, NULL, "print JSON"},
};

typedef struct {
    const char *snapshot_path;
    const char *session_path;
    const char *redis_url; /* shown by ps: a password in it is refused */
    dyn_redis_url_t redis;
    dyn_control_source_t control;
    const char *password_path;
    const char *visitor;
    const char *key_path;
    const char *prefix;
    const char *rules_path;
    const char *features_path;
    const char *force; /* variants; NULL: the visitor's own */
    char language[DYN_LANGUAGE_BYTES_MAX];
    dyn_fact_t attributes[DYN_ATTRIBUTES_MAX];
    bool has_surface, has_now, all, json;
    dyn_context_t context;
    dyn_slot_t slots[DYN_SLOTS_MAX];
    size_t slot_count;
    int64_t now_ms;
    uint64_t seed;
} settings_t;

static bool read_now(const char *text, int64_t *now_ms, dyn_error_t *error)
{
    char *end;
    double number = strtod(text, &end);

    if (end != text && *end == '\0' ? dyn_time_from_number(number, now_ms)
                                    : dyn_time_parse(dyn_str_from(text), now_ms)) {
        return true;
    }

    return dyn_fail(
        error, "--now \"%.100s\": should be ISO 8601 (2026-03-01T00:00:00Z) or seconds since 1970",
        text);
}

/* A visitor's number is how its hash begins. */
static bool read_hash(const char *text, uint64_t *visitor)
{
    char digits[17] = "";
    size_t length = strlen(text);

    if (length < 16 || length > DYN_VISITOR_HASH_BYTES ||
        strspn(text, "0123456789abcdefABCDEF") != length) {
        return false;
    }
    memcpy(digits, text, 16);
    *visitor = strtoull(digits, NULL, 16);

    return true;
}

static bool read_seed(const char *text, uint64_t *seed, dyn_error_t *error)
{
    char *end;

    *seed = strtoull(text, &end, 16);

    return (end != text && *end == '\0' && strlen(text) <= 16 &&
            strspn(text, "0123456789abcdefABCDEF") == strlen(text)) ||
           dyn_fail(error, "--seed \"%.100s\": should be 1 to 16 hex digits, like a decision's id",
                    text);
}

static bool read_prefix(const char *value, settings_t *settings, dyn_error_t *error)
{
    settings->prefix = value;

    return dyn_redis_prefix_option(value, error);
}

static bool read_attribute(const char *value, settings_t *settings, dyn_error_t *error)
{
    dyn_attributes_t *attributes = &settings->context.attributes;
    const char *equals = strchr(value, '=');

    if (equals == NULL || equals == value || equals[1] == '\0') {
        return dyn_fail(error, "--attribute \"%.100s\": should be NAME=VALUE, such as tier=gold",
                        value);
    }
    if (attributes->count == DYN_ATTRIBUTES_MAX) {
        return dyn_fail(error, "--attribute \"%.100s\": at most %d attributes", value,
                        DYN_ATTRIBUTES_MAX);
    }
    attributes->rows = settings->attributes;
    settings->attributes[attributes->count++] =
        (dyn_fact_t){{value, (size_t)(equals - value)}, dyn_str_from(equals + 1)};

    return true;
}

static bool read_option(int option, const char *value, settings_t *settings, dyn_error_t *error)
{
    uint64_t number = 0;

    switch (option) {
    case OPTION_SNAPSHOT:
        settings->snapshot_path = value;
        return true;
    case OPTION_SURFACE:
        settings->has_surface =
            dyn_surface_from_name(dyn_str_from(value), &settings->context.surface);
        return settings->has_surface || dyn_fail(error,
                                                 "--surface \"%.100s\": should be home, plp, pdp, "
                                                 "cart, search, landing or checkout",
                                                 value);
    case OPTION_ITEM:
        return dyn_item_id_normalize(dyn_str_from(value), &settings->context.item_id) ||
               dyn_fail(
                   error,
                   "--item \"%.100s\": should be an item's id (on plp: a category), UTF-8, 1 to "
                   "128 bytes",
                   value);
    case OPTION_SLOT:
        if (settings->slot_count == DYN_SLOTS_MAX) {
            return dyn_fail(error, "--slot \"%.100s\": at most %d slots", value, DYN_SLOTS_MAX);
        }
        return dyn_slot_parse(dyn_str_from(value), &settings->slots[settings->slot_count++], error);
    case OPTION_SESSION:
        settings->session_path = value;
        return true;
    case OPTION_REDIS:
        settings->redis_url = value;
        return dyn_redis_option("visitor-from-redis", value, &settings->redis, error);
    case OPTION_PASSWORD_FILE:
        settings->password_path = value;
        return true;
    case OPTION_VISITOR:
        settings->visitor = value;
        return true;
    case OPTION_KEY:
        settings->key_path = value;
        return true;
    case OPTION_PREFIX:
        return read_prefix(value, settings, error);
    case OPTION_RULES:
        settings->rules_path = value;
        return true;
    case OPTION_FEATURES:
        settings->features_path = value;
        return true;
    case OPTION_VARIANT:
        settings->force = value;
        return true;
    case OPTION_VISITOR_HASH:
        return read_hash(value, &settings->context.visitor) ||
               dyn_fail(error,
                        "--visitor-hash \"%.100s\": should be 16 to 32 hex digits, as `v` in the "
                        "stream of events",
                        value);
    case OPTION_PATH:
        settings->context.path = dyn_str_from(value);
        return true;
    case OPTION_SEARCH:
        settings->context.search = dyn_str_from(value);
        return true;
    case OPTION_LANGUAGE:
        return dyn_language_read(dyn_str_from(value), settings->language,
                                 &settings->context.language) ||
               dyn_fail(error, "--language \"%.100s\": should be a language's tag such as de-AT",
                        value);
    case OPTION_ATTRIBUTE:
        return read_attribute(value, settings, error);
    case OPTION_COUNTRY:
        if (strlen(value) != 2 || value[0] < 'A' || value[0] > 'Z' || value[1] < 'A' ||
            value[1] > 'Z') {
            return dyn_fail(error, "--country \"%.100s\": should be two capital letters such as DE",
                            value);
        }
        memcpy(settings->context.country, value, 3);
        return true;
    case OPTION_AGE:
        if (!dyn_option_number("age", value, 0, 255, &number, error)) {
            return false;
        }
        settings->context.age = (uint8_t)number;
        return true;
    case OPTION_NOW:
        settings->has_now = read_now(value, &settings->now_ms, error);
        return settings->has_now;
    case OPTION_SEED:
        return read_seed(value, &settings->seed, error);
    case OPTION_CONTROL:
        return dyn_control_from(value, &settings->control, error);
    case OPTION_ALL:
        settings->all = true;
        return true;
    default:
        settings->json = true;
        return true;
    }
}

/* What does not fit together; NULL when all does. */
static const char *contradiction(const settings_t *settings, int operands)
{
    if (operands > 0) {
        return "takes no operands";
    }
    if (settings->snapshot_path == NULL) {
        return "--snapshot FILE is missing";
    }
    if (!settings->has_surface) {
        return "--surface NAME is missing";
    }
    if (settings->session_path != NULL && settings->redis_url != NULL) {
        return "--session and --visitor-from-redis exclude each other";
    }
    if (settings->redis_url != NULL && (settings->visitor == NULL || settings->key_path == NULL)) {
        return "--visitor-from-redis needs --visitor VALUE and --key FILE";
    }
    if (settings->password_path != NULL && settings->redis_url == NULL &&
        settings->control.redis.shown[0] == '\0') {
        return "--password-file needs --visitor-from-redis URL, or --control with a URL";
    }

    return dyn_rules_file_missing(settings->rules_path, settings->features_path);
}

static bool fetch_session(settings_t *settings, dyn_arena_t *arena, dyn_explain_session_t *session,
                          dyn_error_t *error)
{
    uint8_t bytes[DYN_VISITOR_KEY_BYTES];
    dyn_visitor_key_t key;
    char hash[DYN_VISITOR_HASH_BYTES + 1];

    if (!dyn_visitor_key_load(settings->key_path, false, bytes, error)) {
        return false;
    }
    if (!dyn_visitor_key_prepare(bytes, &key)) {
        return dyn_fail(error, "--key: OpenSSL has no SHA-256");
    }

    /* our cookie, signed; or what a variable of dynstore_visitor names, or the id alone */
    if (dyn_visitor_value_valid(dyn_str_from(settings->visitor))) {
        if (!dyn_visitor_check(&key, dyn_str_from(settings->visitor), hash)) {
            return dyn_fail(error, "--visitor: the cookie was not signed with the key in %s",
                            settings->key_path);
        }
    } else if (!dyn_visitor_hash(&key, dyn_str_from(settings->visitor), hash)) {
        return dyn_fail(error, "--visitor: cannot be hashed");
    }

    (void)read_hash(hash, &settings->context.visitor);

    char password[DYN_REDIS_PASSWORD_BYTES_MAX + 1];
    bool good = dyn_redis_password(&settings->redis, settings->password_path, password, error) &&
                dyn_explain_session_fetch(&settings->redis, password, settings->prefix, hash, arena,
                                          session, error);

    explicit_bzero(password, sizeof(password));

    return good;
}

static bool check_variants(const char *force, const dyn_policy_t *policy, dyn_error_t *error)
{
    for (;;) {
        size_t length = strcspn(force, ",");

        if (dyn_policy_variant(policy, (dyn_str_t){force, length}) == DYN_NONE) {
            return dyn_fail(error,
                            "--variant \"%.*s\": the rules have no such experiment and variant",
                            length < 100 ? (int)length : 100, force);
        }
        if (force[length] == '\0') {
            return true;
        }
        force += length + 1;
    }
}

/* What was asked on the command line, as the question that nginx would have asked. */
static void ask(settings_t *settings, const dyn_snapshot_t *snapshot, const dyn_policy_t *policy,
                const dyn_explain_session_t *found, dyn_question_t *question)
{
    dyn_question_begin(question, snapshot, policy);
    question->context = settings->context;
    question->force = dyn_str_from(settings->force == NULL ? "" : settings->force);
    question->slots = (dyn_slots_t){settings->slots, settings->slot_count};
    if (settings->slot_count == 0) {
        question->slots.count = dyn_policy_slots(policy, settings->context.surface, settings->slots,
                                                 &question->slots.rows);
    }
    question->now_ms = settings->has_now       ? settings->now_ms
                       : found->newest_ms != 0 ? found->newest_ms
                                               : snapshot->header->as_of_ms;
    question->seed = settings->seed;
    question->ttl_s = ttl_s;
    if (settings->session_path != NULL || settings->redis_url != NULL) {
        dyn_question_session(question, found->log, found->log_count, found->facts,
                             found->fact_count);
        dyn_question_history(question, found->history, found->history_count);
    }
}

static int explain(settings_t *settings, const dyn_snapshot_t *snapshot, const dyn_policy_t *policy,
                   dyn_arena_t *arena)
{
    dyn_explain_session_t found = {.log_count = 0};
    dyn_explanation_t explanation;
    dyn_error_t error;
    dyn_decision_t decision;
    dyn_question_t question;

    if (settings->session_path != NULL &&
        !dyn_explain_session_read(settings->session_path, arena, &found, &error)) {
        return dyn_command_failed("explain", DYN_EXIT_INPUT, &error);
    }
    if (settings->redis_url != NULL && !fetch_session(settings, arena, &found, &error)) {
        return dyn_command_failed("explain", DYN_EXIT_SYSTEM, &error);
    }

    if (settings->force != NULL && !check_variants(settings->force, policy, &error)) {
        return dyn_usage_error("explain", "%s", error.text);
    }
    ask(settings, snapshot, policy, &found, &question);

    bool decided =
        dyn_question_decide(snapshot, policy, &question, NULL, arena, &decision, &explanation);
    dyn_explained_t explained = {snapshot, &question, &decision, &explanation, settings->all};

    if (decided && settings->json) {
        decided = dyn_explain_print_json(&explained, arena);
    } else if (decided) {
        dyn_explain_print_table(&explained, arena);
    }
    if (!decided) {
        dyn_fail(&error, "not enough memory");
        return dyn_command_failed("explain", DYN_EXIT_SYSTEM, &error);
    }

    return DYN_EXIT_OK;
}

/* All that --control says, over the snapshot. */
static bool lay_over(settings_t *settings, dyn_snapshot_t *snapshot, dyn_control_entries_t *entries,
                     dyn_error_t *error)
{
    dyn_laid_over_t laid = {.snapshot = snapshot, .entries = entries};

    settings->control.password_path = settings->password_path;
    settings->control.prefix = settings->prefix;
    if (!dyn_control_read(&settings->control, entries, error)) {
        return false;
    }
    dyn_control_warn("explain", entries);

    return !dyn_control_is_given(&settings->control) || dyn_lay_over(&laid, UINT64_MAX, error);
}

/* Overrides of --control go with the rules. */
static bool read_rules(const settings_t *settings, const dyn_control_entries_t *entries,
                       const dyn_snapshot_t *snapshot, dyn_policy_t **policy, dyn_error_t *error)
{
    static dyn_overrides_t overrides;
    bool good;

    dyn_overrides_begin(&overrides);
    for (size_t i = 0; i < entries->count; i++) {
        (void)dyn_overrides_apply(&overrides, &entries->rows[i]);
    }
    good = dyn_rules_file_read_with(settings->rules_path, settings->features_path, &overrides,
                                    snapshot, policy, error);
    dyn_overrides_end(&overrides);

    return good;
}

int dyn_command_explain(int argc, char **argv)
{
    static dyn_options_t options = {
        .command = "explain",
        .usage = "--snapshot FILE --surface NAME [OPTION]...",
        .help = "Decides as nginx would and says why: every candidate, what each source gave it, "
                "and the filter that "
                "removed it.",
        .options = option_table,
        .count = sizeof(option_table) / sizeof(option_table[0]),
    };
    settings_t settings = {.prefix = "dyn:"};
    dyn_error_t error;
    int option;

    dyn_options_begin(&options, argc, argv);
    while ((option = dyn_options_next(&options)) >= 0) {
        if (!read_option(option, options.value, &settings, &error)) {
            return dyn_usage_error("explain", "%s", error.text);
        }
    }
    if (option == DYN_OPTION_STOP) {
        return options.exit_code;
    }

    const char *wrong = contradiction(&settings, argc - optind);

    if (wrong != NULL) {
        return dyn_usage_error("explain", "%s", wrong);
    }

    dyn_snapshot_t *snapshot = dyn_snapshot_open(settings.snapshot_path, &error);

    if (snapshot == NULL) {
        return dyn_command_failed("explain", DYN_EXIT_INPUT, &error);
    }

    dyn_control_entries_t entries;

    if (!lay_over(&settings, snapshot, &entries, &error)) {
        dyn_control_entries_free(&entries);
        dyn_snapshot_close(snapshot);
        return dyn_command_failed(
            "explain", settings.control.path != NULL ? DYN_EXIT_INPUT : DYN_EXIT_SYSTEM, &error);
    }

    dyn_policy_t *policy = NULL;

    if (!read_rules(&settings, &entries, snapshot, &policy, &error)) {
        dyn_control_entries_free(&entries);
        dyn_snapshot_close(snapshot);
        return dyn_command_failed("explain", DYN_EXIT_INPUT, &error);
    }

    dyn_arena_t arena;
    void *block = malloc(arena_bytes);

    dyn_arena_init(&arena, block, block == NULL ? 0 : arena_bytes, NULL, NULL);

    int code = explain(&settings, snapshot, policy, &arena);

    free(block);
    dyn_policy_free(policy);
    dyn_control_entries_free(&entries);
    dyn_snapshot_close(snapshot);

    return code;
}

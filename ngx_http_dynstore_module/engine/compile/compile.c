#include "engine/compile/compile.h"

#include "engine/base/hash.h"
#include "engine/compile/faults.h"
#include "engine/compile/parts.h"
#include "engine/compile/values.h"
#include "engine/policy/default_rules.h"
#include "engine/policy/patterns.h"
#include "engine/policy/rule_index.h"
#include "engine/policy/zone.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static bool compile_texts(dyn_compiler_t *compiler, const json_t *value)
{
    dyn_texts_fault_t wrong = {.at = 0};

    return dyn_texts_load(compiler->texts, value, &wrong) ||
           dyn_compile_text_fault(compiler, &wrong);
}

/* Before the file's own: what they lie over. */
static bool compile_texts_below(dyn_compiler_t *compiler)
{
    const json_t *texts = json_object_get(compiler->below, "texts");

    return texts == NULL || compile_texts(compiler, texts);
}

static bool compile_schema(dyn_compiler_t *compiler, const json_t *value)
{
    return (json_is_string(value) && strcmp(json_string_value(value), "dynstore.rules/1") == 0) ||
           dyn_compile_fault(compiler, "the schema that is read here is \"dynstore.rules/1\"");
}

static bool compile_currency(dyn_compiler_t *compiler, const json_t *value)
{
    return dyn_take_currency(compiler, value, compiler->currency);
}

static bool compile_time_zone(dyn_compiler_t *compiler, const json_t *value)
{
    char rule[DYN_ZONE_RULE_BYTES];
    dyn_str_t text;
    dyn_error_t error;

    if (!dyn_take_text(compiler, value, DYN_ZONE_NAME_BYTES_MAX, &text)) {
        return false;
    }
    if (!dyn_zone_rule(text.data, rule, &error)) {
        return dyn_compile_fault(compiler, "%s", error.text);
    }
    compiler->policy->time_zone = dyn_compiler_copy(compiler, dyn_str_from(rule));

    return true;
}

/* The file's own language is set when all texts are there. */
static bool compile_language(dyn_compiler_t *compiler, const json_t *value)
{
    dyn_str_t text;

    return dyn_take_text(compiler, value, DYN_VALUE_BYTES_MAX, &text);
}

/* In this order: what comes later may need what came before. X(member, of the compiler) */
#define PARTS(X)                            \
    X(schema, compile_schema)               \
    X(currency, compile_currency)           \
    X(time_zone, compile_time_zone)         \
    X(language, compile_language)           \
    X(texts, compile_texts)                 \
    X(flags, dyn_compile_flags)             \
    X(experiments, dyn_compile_experiments) \
    X(holdout, dyn_compile_holdout)         \
    X(surfaces, dyn_compile_surfaces)       \
    X(blocked, dyn_compile_blocked)         \
    X(moments, dyn_compile_moments)         \
    X(guardrails, dyn_compile_guardrails)   \
    X(messages, dyn_compile_messages)       \
    X(content, dyn_compile_contents)        \
    X(rules, dyn_compile_rules)

#define X(member, function) {#member, function},
static const struct {
    const char *name;
    bool (*compile)(dyn_compiler_t *compiler, const json_t *value);
} parts[] = {PARTS(X)};
#undef X
#define X(member, function) #member,
static const char *const part_names[] = {PARTS(X) NULL};
#undef X

static bool compile_file(dyn_compiler_t *compiler, const json_t *root)
{
    const dyn_names_t names = {{part_names}, 1};
    json_t *language = json_object_get(root, "language");
    dyn_texts_fault_t wrong = {.at = 0};

    if (!dyn_take_object(compiler, root, "a rules file") ||
        !dyn_take_members(compiler, root, "member of a rules file", &names)) {
        return false;
    }
    if (json_object_get(root, "schema") == NULL) {
        return dyn_compile_fault(compiler,
                                 "the file must say what it is: \"schema\": \"dynstore.rules/1\"");
    }
    if (!compile_texts_below(compiler)) {
        return false;
    }
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        json_t *value = json_object_get(root, parts[i].name);

        if (value == NULL) {
            continue;
        }
        dyn_enter_member(&compiler->path, parts[i].name);
        if (!parts[i].compile(compiler, value)) {
            return false;
        }
        dyn_leave(&compiler->path);
    }
    if (!dyn_compile_built_in_slots(compiler) || !dyn_compile_built_in_rules(compiler) ||
        !dyn_compile_overrides(compiler) ||
        !dyn_compile_check_switches(compiler, json_object_get(root, "experiments"))) {
        return false;
    }
    dyn_compile_catalogue_contents(compiler);
    if (!dyn_texts_end(compiler->texts, language == NULL ? DYN_STR("") : dyn_text_of(language),
                       &wrong)) {
        dyn_enter_member(&compiler->path, "language");
        return dyn_compile_text_fault(compiler, &wrong);
    }

    return true;
}

static bool finish(dyn_compiler_t *compiler)
{
    dyn_policy_t *policy = compiler->policy;

    dyn_compile_sort_contents(compiler);
    dyn_compile_sort_rules(compiler);
    dyn_compile_order_slots(compiler);
    policy->rule_count = compiler->rules.count;
    policy->slot_count = compiler->slots.count;
    policy->free_shipping_count = compiler->shipping.count;
    policy->content_count = compiler->contents.count;
    policy->experiment_count = compiler->experiments.count;
    policy->variant_count = compiler->variants.count;
    policy->flag_count = compiler->flags.count;
    policy->experiments =
        dyn_compiler_keep(compiler, &compiler->experiments, sizeof(dyn_experiment_t));
    policy->variants =
        dyn_compiler_keep(compiler, &compiler->variants, sizeof(dyn_experiment_variant_t));
    policy->overrides = dyn_compiler_keep(compiler, &compiler->overrides, sizeof(dyn_override_t));
    policy->flags = dyn_compiler_keep(compiler, &compiler->flags, sizeof(dyn_flag_t));
    policy->asked_count = compiler->asked.count;
    policy->asked = dyn_compiler_keep(compiler, &compiler->asked, sizeof(uint32_t));
    policy->features = compiler->memory->features;
    policy->contents = dyn_compiler_keep(compiler, &compiler->contents, sizeof(dyn_content_t));
    policy->rules = dyn_compiler_keep(compiler, &compiler->rules, sizeof(dyn_rule_t));
    policy->actions = dyn_compiler_keep(compiler, &compiler->actions, sizeof(dyn_action_t));
    policy->conditions =
        dyn_compiler_keep(compiler, &compiler->conditions, sizeof(dyn_condition_t));
    policy->values = dyn_compiler_keep(compiler, &compiler->values, sizeof(uint32_t));
    policy->strings = dyn_compiler_keep(compiler, &compiler->strings, sizeof(dyn_str_t));
    policy->slots = dyn_compiler_keep(compiler, &compiler->slots, sizeof(dyn_policy_slot_t));
    policy->variations =
        dyn_compiler_keep(compiler, &compiler->variations, sizeof(dyn_variation_t));
    policy->weights = dyn_compiler_keep(compiler, &compiler->weights, sizeof(dyn_blend_weight_t));
    policy->free_shipping =
        dyn_compiler_keep(compiler, &compiler->shipping, sizeof(dyn_free_shipping_t));
    policy->patterns = compiler->memory->patterns;
    policy->pattern_count = dyn_patterns_count(compiler->memory->patterns);
    policy->texts = compiler->texts;
    if (!compiler->out_of_memory) {
        policy->index = dyn_policy_index(policy, &compiler->memory->arena);
    }

    return policy->index != NULL ||
           dyn_fail(compiler->error, "%s: there is not enough memory", compiler->source->name);
}

static bool compile_text(dyn_compiler_t *compiler)
{
    const dyn_policy_source_t *source = compiler->source;
    json_error_t wrong;
    json_t *root;
    bool good;

    if (source->text.len > DYN_RULES_BYTES_MAX) {
        return dyn_fail(compiler->error, "%s: has more than %d bytes", source->name,
                        DYN_RULES_BYTES_MAX);
    }

    bool marked = source->text.len >= 3 && memcmp(source->text.data, "\xef\xbb\xbf", 3) == 0;

    root = json_loadb(source->text.data + (marked ? 3 : 0), source->text.len - (marked ? 3 : 0),
                      JSON_REJECT_DUPLICATES, &wrong);
    if (root == NULL) {
        return dyn_fail(compiler->error, "%s:%d:%d: this is no JSON: %s", source->name, wrong.line,
                        wrong.column > 0 ? wrong.column : 1, wrong.text);
    }
    good = compile_file(compiler, root) && finish(compiler);
    json_decref(root);

    return good;
}

static void write_version(uint64_t hash, char version[DYN_POLICY_VERSION_BYTES + 1])
{
    snprintf(version, DYN_POLICY_VERSION_BYTES + 1, "%016llx", (unsigned long long)hash);
}

void dyn_policy_version(const dyn_policy_source_t *source, const dyn_policy_source_t *features,
                        const dyn_overrides_t *overrides,
                        char version[DYN_POLICY_VERSION_BYTES + 1])
{
    uint64_t hash = dyn_hash64(source->text.data, source->text.len);

    if (features != NULL) {
        hash = dyn_hash64_seeded(features->text.data, features->text.len, hash);
    }
    write_version(hash, version);
    if (overrides != NULL) {
        dyn_policy_version_beside(version, overrides, version);
    }
}

void dyn_policy_version_beside(const char *alone, const dyn_overrides_t *overrides,
                               char version[DYN_POLICY_VERSION_BYTES + 1])
{
    write_version(dyn_overrides_hash(overrides, strtoull(alone, NULL, 16)), version);
}

/* below: the built-in file, with its policy; both NULL: this is it. */
static bool compile_over(const dyn_policy_source_t *source, const dyn_policy_source_t *features,
                         const dyn_overrides_t *overrides, const dyn_snapshot_t *snapshot,
                         const json_t *below, const dyn_policy_t *built_in, dyn_policy_t **policy,
                         dyn_error_t *error)
{
    dyn_compiler_t compiler = {.source = source,
                               .snapshot = snapshot,
                               .standing = overrides,
                               .below = below,
                               .error = error,
                               .currency = ""};
    bool good;

    *policy = NULL;
    if (!dyn_compiler_begin(&compiler, DYN_RULES_PATTERNS_MAX + DYN_CONTENT_PATTERNS_MAX)) {
        return false;
    }
    if (built_in != NULL) {
        compiler.policy->moments = built_in->moments;
        compiler.policy->guardrails = built_in->guardrails;
    }
    dyn_policy_version(source, features, overrides, compiler.policy->version);
    good = (features == NULL ||
            dyn_features_read(features->name, features->text, &compiler.memory->arena,
                              &compiler.memory->features, error)) &&
           compile_text(&compiler);
    dyn_compiler_end(&compiler, good);
    if (good) {
        *policy = compiler.policy;
    }

    return good;
}

/* ---- the built-in file ---- */

static struct {
    pthread_once_t once;
    json_t *file;
    dyn_policy_t *policy;
} built_in = {PTHREAD_ONCE_INIT, NULL, NULL};

static void compile_built_in(void)
{
    const dyn_policy_source_t source = {"rules.default.json",
                                        {dyn_default_rules, dyn_default_rules_bytes}};
    dyn_error_t error;

    if (!compile_over(&source, NULL, NULL, NULL, NULL, NULL, &built_in.policy, &error) ||
        (built_in.file = json_loadb(dyn_default_rules, dyn_default_rules_bytes, 0, NULL)) == NULL) {
        fprintf(stderr, "%s\n", error.text);
        abort();
    }
}

/* nginx unloads a module whose configuration it gives up, and loads it again: what was compiled would stay behind. */
__attribute__((destructor)) static void free_built_in(void)
{
    dyn_policy_free(built_in.policy);
    json_decref(built_in.file);
}

const dyn_policy_t *dyn_policy_default(void)
{
    pthread_once(&built_in.once, compile_built_in);

    return built_in.policy;
}

bool dyn_policy_compile(const dyn_policy_source_t *source, const dyn_snapshot_t *snapshot,
                        dyn_policy_t **policy, dyn_error_t *error)
{
    return dyn_policy_compile_with(source, NULL, NULL, snapshot, policy, error);
}

bool dyn_policy_compile_with(const dyn_policy_source_t *source, const dyn_policy_source_t *features,
                             const dyn_overrides_t *overrides, const dyn_snapshot_t *snapshot,
                             dyn_policy_t **policy, dyn_error_t *error)
{
    const dyn_policy_t *standing = dyn_policy_default();
    bool same = dyn_str_equal(source->text, dyn_policy_default_text());

    return compile_over(source, features, overrides, snapshot, same ? NULL : built_in.file,
                        same ? NULL : standing, policy, error);
}

bool dyn_policy_compile_built_in(const dyn_overrides_t *overrides, const dyn_snapshot_t *snapshot,
                                 dyn_policy_t **policy, dyn_error_t *error)
{
    const dyn_policy_source_t source = {"rules.default.json", dyn_policy_default_text()};

    *policy = NULL;

    return ((overrides == NULL || overrides->count == 0) &&
            (snapshot == NULL || snapshot->sections[DYN_SECTION_CONTENT].data == NULL)) ||
           dyn_policy_compile_with(&source, NULL, overrides, snapshot, policy, error);
}

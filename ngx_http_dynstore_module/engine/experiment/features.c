#include "engine/experiment/features.h"

#include "engine/experiment/assign.h"
#include "engine/experiment/targeting.h"

#include <jansson.h>
#include <stdlib.h>

typedef struct {
    uint32_t feature; /* DYN_NONE: there is none */
    const dyn_target_t *condition;
    bool gate;
} parent_t;

typedef struct {
    dyn_str_t seed, attribute;
    int version;
    const dyn_bucket_t *ranges;
    uint32_t range_count;
} filter_t;

/* Of a contextual bandit: the weights of those for whom the condition holds. */
typedef struct {
    const dyn_target_t *condition; /* NULL: it always holds */
    const dyn_bucket_t *ranges;
} leaf_t;

typedef struct {
    dyn_str_t key;
    bool passes; /* who gets it goes on to the next rule */
} variation_t;

typedef struct {
    dyn_str_t id, key, seed, attribute;
    const parent_t *parents;
    const filter_t *filters;
    uint32_t parent_count, filter_count;
    bool filtered; /* it has a list of filters, even an empty one: then no namespace is asked for */
    const dyn_target_t *condition; /* NULL: it always holds */
    const dyn_value_t *force;      /* NULL: it forces no value */
    bool rollout; /* a forced value is for those within the range, else the coverage, */
    bool ranged;  /* and this is which of the two */
    dyn_bucket_t range;
    double coverage;
    int version;
    const dyn_value_t *variations; /* a list; NULL: it is no experiment */
    const dyn_bucket_t *ranges;
    const variation_t *named; /* one for each of the variations */
    uint32_t range_count;
    dyn_str_t space; /* a namespace's name; data NULL: none */
    dyn_bucket_t in_space;
    const leaf_t *leaves;
    uint32_t leaf_count;
} rule_t;

typedef struct {
    dyn_str_t key;
    const dyn_value_t *written;
    dyn_value_t standard;
    const rule_t *rules;
    uint32_t rule_count;
} feature_t;

struct dyn_features_s {
    dyn_arena_t *arena; /* while they are read */
    dyn_targets_t targets;
    dyn_targets_t plain; /* without saved groups: GrowthBook's prerequisites know none */
    dyn_value_t root;
    feature_t *rows;
    uint32_t count;
    dyn_left_out_t *left_out;
    uint32_t left_out_count, left_out_room;
};

static const dyn_value_t nothing = {.kind = DYN_VALUE_NULL};

/* ---- reading ---- */

static bool no_memory(dyn_error_t *error)
{
    return dyn_fail(error, "there is not enough memory");
}

static bool wrong(dyn_error_t *error, const char *member, const char *what)
{
    return dyn_fail(error, "\"%s\" must be %s", member, what);
}

static const dyn_value_t *member(const dyn_value_t *value, const char *name)
{
    return dyn_value_member(value, dyn_str_from(name));
}

static bool take_text(const dyn_value_t *value, const char *name, dyn_str_t *text,
                      dyn_error_t *error)
{
    const dyn_value_t *found = member(value, name);

    if (found == NULL || found->kind == DYN_VALUE_NULL) {
        return true;
    }
    *text = found->text;

    return found->kind == DYN_VALUE_STRING || wrong(error, name, "a text");
}

static bool take_number(const dyn_value_t *value, const char *name, bool *said, double *number,
                        dyn_error_t *error)
{
    const dyn_value_t *found = member(value, name);

    *said = found != NULL;
    if (found == NULL) {
        return true;
    }
    *number = found->number;

    return found->kind == DYN_VALUE_NUMBER || wrong(error, name, "a number");
}

static bool take_version(const dyn_value_t *value, int standard, int *version, dyn_error_t *error)
{
    double number = 0;
    bool said;

    if (!take_number(value, "hashVersion", &said, &number, error)) {
        return false;
    }
    *version = number == 0 ? standard : number == 1 || number == 2 ? (int)number : -1;

    return *version > 0 || dyn_fail(error, "the hash version %g is not known", number);
}

/* [from, until) */
static bool take_range(const dyn_value_t *value, const char *name, dyn_bucket_t *range,
                       dyn_error_t *error)
{
    if (value->kind != DYN_VALUE_LIST || value->count != 2 ||
        value->values[0].kind != DYN_VALUE_NUMBER || value->values[1].kind != DYN_VALUE_NUMBER) {
        return wrong(error, name, "two numbers, from and until: [0, 0.5]");
    }
    *range = (dyn_bucket_t){value->values[0].number, value->values[1].number};

    return true;
}

static bool take_ranges(dyn_features_t *features, const dyn_value_t *value, const char *name,
                        const dyn_bucket_t **ranges, uint32_t *count, dyn_error_t *error)
{
    dyn_bucket_t *rows;

    if (value == NULL || value->kind != DYN_VALUE_LIST) {
        return wrong(error, name, "a list of [from, until]");
    }
    rows = dyn_arena_array(features->arena, value->count + 1U, sizeof(*rows));
    if (rows == NULL) {
        return no_memory(error);
    }
    for (uint32_t i = 0; i < value->count; i++) {
        if (!take_range(&value->values[i], name, &rows[i], error)) {
            return false;
        }
    }
    *ranges = rows;
    *count = value->count;

    return true;
}

/* What "weights" and "coverage" make of so many variations; weights of another number count as equal. */
static bool take_weights(dyn_features_t *features, const dyn_value_t *weights, uint32_t count,
                         double coverage, const dyn_bucket_t **ranges, dyn_error_t *error)
{
    double *numbers = dyn_arena_array(features->arena, count + 1U, sizeof(*numbers));
    dyn_bucket_t *rows = dyn_arena_array(features->arena, count + 1U, sizeof(*rows));
    bool fits = weights != NULL && weights->kind == DYN_VALUE_LIST && weights->count == count;

    if (numbers == NULL || rows == NULL) {
        return no_memory(error);
    }
    for (uint32_t i = 0; fits && i < count; i++) {
        numbers[i] = weights->values[i].number;
        if (weights->values[i].kind != DYN_VALUE_NUMBER) {
            return wrong(error, "weights", "a list of numbers");
        }
    }
    dyn_buckets(fits ? numbers : NULL, count, coverage, rows);
    *ranges = rows;

    return true;
}

static bool take_condition(dyn_targets_t *targets, const dyn_value_t *value,
                           const dyn_target_t **condition, dyn_error_t *error)
{
    const dyn_value_t *found = member(value, "condition");

    return found == NULL || found->kind == DYN_VALUE_NULL ||
           dyn_target_read(targets, found, condition, error);
}

static bool take_parents(dyn_features_t *features, const dyn_value_t *value, rule_t *rule,
                         dyn_error_t *error)
{
    const dyn_value_t *list = member(value, "parentConditions");
    parent_t *rows;

    if (list == NULL || list->kind == DYN_VALUE_NULL) {
        return true;
    }
    if (list->kind != DYN_VALUE_LIST) {
        return wrong(error, "parentConditions", "a list");
    }
    rows = dyn_arena_array(features->arena, list->count + 1U, sizeof(*rows));
    if (rows == NULL) {
        return no_memory(error);
    }
    for (uint32_t i = 0; i < list->count; i++) {
        const dyn_value_t *parent = &list->values[i], *gate = member(parent, "gate");
        dyn_str_t id = DYN_STR_NONE;

        if (!take_text(parent, "id", &id, error) ||
            !take_condition(&features->plain, parent, &rows[i].condition, error)) {
            return false;
        }
        rows[i].feature = dyn_features_find(features, id);
        rows[i].gate = gate != NULL && dyn_value_is_true(gate);
    }
    rule->parents = rows;
    rule->parent_count = list->count;

    return true;
}

static bool take_filters(dyn_features_t *features, const dyn_value_t *value, rule_t *rule,
                         dyn_error_t *error)
{
    const dyn_value_t *list = member(value, "filters");
    filter_t *rows;

    if (list == NULL || list->kind == DYN_VALUE_NULL) {
        return true;
    }
    if (list->kind != DYN_VALUE_LIST) {
        return wrong(error, "filters", "a list");
    }
    rows = dyn_arena_array(features->arena, list->count + 1U, sizeof(*rows));
    if (rows == NULL) {
        return no_memory(error);
    }
    for (uint32_t i = 0; i < list->count; i++) {
        const dyn_value_t *filter = &list->values[i];

        rows[i] = (filter_t){.attribute = DYN_STR("id")};
        if (!take_text(filter, "seed", &rows[i].seed, error) ||
            !take_text(filter, "attribute", &rows[i].attribute, error) ||
            !take_version(filter, 2, &rows[i].version, error) ||
            !take_ranges(features, member(filter, "ranges"), "ranges", &rows[i].ranges,
                         &rows[i].range_count, error)) {
            return false;
        }
    }
    rule->filters = rows;
    rule->filter_count = list->count;
    rule->filtered = true;

    return true;
}

static bool take_namespace(const dyn_value_t *value, rule_t *rule, dyn_error_t *error)
{
    const dyn_value_t *found = member(value, "namespace");

    if (found == NULL || found->kind == DYN_VALUE_NULL) {
        return true;
    }
    if (found->kind != DYN_VALUE_LIST || found->count != 3 ||
        found->values[0].kind != DYN_VALUE_STRING || found->values[1].kind != DYN_VALUE_NUMBER ||
        found->values[2].kind != DYN_VALUE_NUMBER) {
        return wrong(error, "namespace", "[name, from, until]");
    }
    rule->space = found->values[0].text;
    rule->in_space = (dyn_bucket_t){found->values[1].number, found->values[2].number};

    return true;
}

static bool take_leaves(dyn_features_t *features, const dyn_value_t *value, rule_t *rule,
                        dyn_error_t *error)
{
    const dyn_value_t *bandits = member(&features->root, "contextualBandits");
    const dyn_value_t *bandit, *contexts;
    dyn_str_t name = DYN_STR_NONE;
    leaf_t *rows;

    if (!take_text(value, "contextualBanditRef", &name, error)) {
        return false;
    }
    bandit = bandits == NULL ? NULL : dyn_value_member(bandits, name);
    contexts = bandit == NULL ? NULL : member(bandit, "contexts");
    if (contexts == NULL || contexts->kind != DYN_VALUE_LIST) {
        return true;
    }
    rows = dyn_arena_array(features->arena, contexts->count + 1U, sizeof(*rows));
    if (rows == NULL) {
        return no_memory(error);
    }
    for (uint32_t i = 0; i < contexts->count; i++) {
        const dyn_value_t *leaf = &contexts->values[i];

        if (!take_condition(&features->targets, leaf, &rows[i].condition, error) ||
            !take_weights(features, member(leaf, "weights"), rule->variations->count,
                          rule->coverage, &rows[i].ranges, error)) {
            return false;
        }
    }
    rule->leaves = rows;
    rule->leaf_count = contexts->count;

    return true;
}

/* A variation without a key is named by its number. */
static bool take_meta(dyn_features_t *features, const dyn_value_t *value, rule_t *rule,
                      dyn_error_t *error)
{
    const dyn_value_t *list = member(value, "meta");
    variation_t *rows = dyn_arena_array(features->arena, rule->variations->count, sizeof(*rows));

    for (uint32_t i = 0; i < rule->variations->count; i++) {
        const dyn_value_t number = {.kind = DYN_VALUE_NUMBER, .number = i};
        const dyn_value_t *meta = list != NULL && i < list->count ? &list->values[i] : &nothing;
        const dyn_value_t *passes = member(meta, "passthrough");

        if (rows == NULL) {
            return no_memory(error);
        }
        if (!take_text(meta, "key", &rows[i].key, error)) {
            return false;
        }
        if (rows[i].key.len == 0) {
            rows[i].key = dyn_value_text(&number, features->arena);
        }
        rows[i].passes = passes != NULL && dyn_value_is_true(passes);
    }
    rule->named = rows;

    return true;
}

static bool take_experiment(dyn_features_t *features, const dyn_value_t *value, rule_t *rule,
                            dyn_error_t *error)
{
    const dyn_value_t *variations = member(value, "contextualVariations");
    const dyn_value_t *ranges = member(value, "ranges");

    if (variations == NULL) {
        variations = member(value, "variations");
    }
    if (variations == NULL) {
        return rule->parent_count > 0 ||
               dyn_fail(error, "it has neither \"force\" nor \"variations\"");
    }
    if (variations->kind != DYN_VALUE_LIST || variations->count < 2) {
        return wrong(error, "variations", "a list of two values or more");
    }
    rule->variations = variations;
    if (!take_meta(features, value, rule, error) || !take_namespace(value, rule, error) ||
        !take_leaves(features, value, rule, error)) {
        return false;
    }
    if (ranges != NULL && ranges->kind != DYN_VALUE_NULL) {
        rule->leaf_count = 0;
        return take_ranges(features, ranges, "ranges", &rule->ranges, &rule->range_count, error);
    }
    rule->range_count = variations->count;

    return take_weights(features, member(value, "weights"), variations->count, rule->coverage,
                        &rule->ranges, error);
}

static bool read_rule(dyn_features_t *features, const feature_t *feature, const dyn_value_t *value,
                      rule_t *rule, dyn_error_t *error)
{
    const dyn_value_t *range;
    bool covered;

    *rule = (rule_t){.key = feature->key, .attribute = DYN_STR("id"), .coverage = 1};
    if (value->kind != DYN_VALUE_OBJECT) {
        return dyn_fail(error, "it is no object");
    }
    range = member(value, "range");
    if (!take_text(value, "id", &rule->id, error) || !take_text(value, "key", &rule->key, error) ||
        !take_text(value, "hashAttribute", &rule->attribute, error) ||
        !take_text(value, "seed", &rule->seed, error) ||
        !take_number(value, "coverage", &covered, &rule->coverage, error) ||
        !take_version(value, 1, &rule->version, error) ||
        !take_parents(features, value, rule, error) ||
        !take_filters(features, value, rule, error) ||
        !take_condition(&features->targets, value, &rule->condition, error)) {
        return false;
    }
    rule->ranged = range != NULL && range->kind != DYN_VALUE_NULL;
    if (rule->ranged && !take_range(range, "range", &rule->range, error)) {
        return false;
    }
    if (rule->attribute.len == 0) {
        rule->attribute = DYN_STR("id");
    }
    if (rule->key.len == 0) {
        rule->key = feature->key;
    }
    rule->rollout = covered || rule->ranged;
    rule->force = member(value, "force");
    if (rule->seed.len == 0) {
        rule->seed = rule->force != NULL ? feature->key : rule->key;
    }

    return rule->force != NULL || take_experiment(features, value, rule, error);
}

static bool leave_out(dyn_features_t *features, const feature_t *feature, const rule_t *rule,
                      uint32_t number, const dyn_error_t *why)
{
    dyn_left_out_t *row;

    if (features->left_out_count == features->left_out_room) {
        uint32_t most = features->left_out_room * 2 + 8;
        dyn_left_out_t *rows = dyn_arena_array(features->arena, most, sizeof(*rows));

        if (rows == NULL) {
            return false;
        }
        if (features->left_out_count > 0) {
            memcpy(rows, features->left_out, features->left_out_count * sizeof(*rows));
        }
        features->left_out = rows;
        features->left_out_room = most;
    }
    row = &features->left_out[features->left_out_count++];
    *row = (dyn_left_out_t){.feature = feature->key,
                            .id = rule->id,
                            .number = number,
                            .why = dyn_arena_str(features->arena, dyn_str_from(why->text))};

    return row->why.data != NULL;
}

static bool read_feature(dyn_features_t *features, feature_t *feature, dyn_error_t *error)
{
    const dyn_value_t *standard = member(feature->written, "defaultValue");
    const dyn_value_t *list = member(feature->written, "rules");
    rule_t *rows;

    feature->standard = standard == NULL ? nothing : *standard;
    if (list == NULL || list->kind != DYN_VALUE_LIST) {
        return true;
    }
    rows = dyn_arena_array(features->arena, list->count + 1U, sizeof(*rows));
    if (rows == NULL) {
        return no_memory(error);
    }
    for (uint32_t i = 0; i < list->count; i++) {
        rule_t *rule = &rows[feature->rule_count];
        dyn_error_t why;

        if (read_rule(features, feature, &list->values[i], rule, &why)) {
            feature->rule_count++;
        } else if (features->arena->exhausted || !leave_out(features, feature, rule, i + 1, &why)) {
            return no_memory(error);
        }
    }
    feature->rules = rows;

    return true;
}

static int by_key(const void *a, const void *b)
{
    const feature_t *left = a, *right = b;
    const dyn_value_t one = DYN_VALUE_TEXT(left->key), other = DYN_VALUE_TEXT(right->key);

    return dyn_value_order(&one, &other);
}

static bool read_payload(dyn_features_t *features, dyn_error_t *error)
{
    static const char *const encrypted[] = {"encryptedFeatures", "encryptedSavedGroups",
                                            "encryptedContextualBandits"};
    const dyn_value_t *rows;

    for (size_t i = 0; i < sizeof(encrypted) / sizeof(encrypted[0]); i++) {
        if (member(&features->root, encrypted[i]) != NULL) {
            return dyn_fail(error,
                            "the payload is encrypted (\"%s\"): use an SDK connection of "
                            "GrowthBook without encryption, or decrypt it before",
                            encrypted[i]);
        }
    }
    rows = member(&features->root, "features");
    if (rows == NULL || rows->kind != DYN_VALUE_OBJECT) {
        return dyn_fail(error, "this is no payload of GrowthBook: \"features\" must be an object");
    }
    features->targets.groups = member(&features->root, "savedGroups");
    features->rows = dyn_arena_array(features->arena, rows->count + 1U, sizeof(feature_t));
    if (features->rows == NULL) {
        return no_memory(error);
    }
    for (uint32_t i = 0; i < rows->count; i++) {
        features->rows[i] = (feature_t){.key = rows->names[i], .written = &rows->values[i]};
    }
    features->count = rows->count;
    qsort(features->rows, features->count, sizeof(feature_t), by_key);
    for (uint32_t i = 0; i < features->count; i++) {
        if (!read_feature(features, &features->rows[i], error)) {
            return false;
        }
    }

    return true;
}

bool dyn_features_read(const char *name, dyn_str_t text, dyn_arena_t *arena,
                       dyn_features_t **result, dyn_error_t *error)
{
    dyn_features_t *features = dyn_arena_array(arena, 1, sizeof(*features));
    json_error_t fault;
    dyn_error_t why;
    json_t *json;
    bool good;

    *result = NULL;
    if (features == NULL) {
        return dyn_fail(error, "%s: there is not enough memory", name);
    }
    if (text.len > DYN_FEATURES_BYTES_MAX) {
        return dyn_fail(error, "%s: has more than %d bytes", name, DYN_FEATURES_BYTES_MAX);
    }
    json = json_loadb(text.data, text.len, JSON_REJECT_DUPLICATES, &fault);
    if (json == NULL) {
        return dyn_fail(error, "%s:%d:%d: this is no JSON: %s", name, fault.line,
                        fault.column > 0 ? fault.column : 1, fault.text);
    }
    features->arena = arena;
    features->targets.arena = features->plain.arena = arena;
    good = dyn_value_read(json, arena, &features->root);
    json_decref(json);
    if (!good) {
        return dyn_fail(error, "%s: %s", name,
                        arena->exhausted ? "there is not enough memory"
                                         : "values nest deeper than 32 levels");
    }
    if (!read_payload(features, &why)) {
        dyn_features_free(features);
        return dyn_fail(error, "%s: %s", name, why.text);
    }
    features->arena = NULL;
    *result = features;

    return true;
}

void dyn_features_free(dyn_features_t *features)
{
    if (features != NULL) {
        dyn_targets_free(&features->targets);
        dyn_targets_free(&features->plain);
    }
}

uint32_t dyn_features_count(const dyn_features_t *features)
{
    return features->count;
}

dyn_str_t dyn_features_key(const dyn_features_t *features, uint32_t feature)
{
    return features->rows[feature].key;
}

uint32_t dyn_features_find(const dyn_features_t *features, dyn_str_t key)
{
    const feature_t wanted = {.key = key};
    const feature_t *found =
        features->count == 0
            ? NULL
            : bsearch(&wanted, features->rows, features->count, sizeof(wanted), by_key);

    return found == NULL ? DYN_NONE : (uint32_t)(found - features->rows);
}

uint32_t dyn_features_left_out_count(const dyn_features_t *features)
{
    return features->left_out_count;
}

const dyn_left_out_t *dyn_features_left_out(const dyn_features_t *features, uint32_t i)
{
    return i < features->left_out_count ? &features->left_out[i] : NULL;
}

/* ---- evaluation ---- */

/* A feature that is at work, and the one that needs it. */
typedef struct at_work_s {
    const struct at_work_s *above;
    uint32_t feature, depth;
} at_work_t;

typedef struct {
    const dyn_features_t *features;
    const dyn_value_t *attributes;
    dyn_arena_t *arena;
    uint32_t steps;
} asking_t;

static dyn_feature_result_t result_of(const dyn_value_t *value, dyn_feature_origin_t origin)
{
    return (dyn_feature_result_t){.value = value, .origin = origin};
}

/* What of somebody is hashed; empty: nothing. */
static dyn_str_t hashed(const asking_t *asking, dyn_str_t attribute)
{
    const dyn_value_t *value = dyn_value_member(asking->attributes, attribute);

    return value == NULL || !dyn_value_is_true(value) ? DYN_STR_NONE
                                                      : dyn_value_text(value, asking->arena);
}

static bool is_filtered_out(const asking_t *asking, const rule_t *rule)
{
    for (uint32_t i = 0; i < rule->filter_count; i++) {
        const filter_t *filter = &rule->filters[i];
        dyn_str_t value = hashed(asking, filter->attribute);

        if (value.len == 0 ||
            dyn_bucket_of(dyn_experiment_hash(filter->seed, value, filter->version), filter->ranges,
                          filter->range_count) < 0) {
            return true;
        }
    }

    return false;
}

static bool meets(const asking_t *asking, const dyn_target_t *condition)
{
    return condition == NULL || dyn_target_holds(condition, asking->attributes, asking->arena);
}

/* Within the coverage, its end with it; nobody where it is 0. */
static bool in_rollout(const asking_t *asking, const rule_t *rule)
{
    dyn_str_t value;
    double n;

    if (!rule->rollout) {
        return true;
    }
    value = hashed(asking, rule->attribute);
    if (value.len == 0 || (!rule->ranged && rule->coverage == 0)) {
        return false;
    }
    n = dyn_experiment_hash(rule->seed, value, rule->version);

    return rule->ranged ? dyn_bucket_of(n, &rule->range, 1) == 0 : n <= rule->coverage;
}

static const dyn_bucket_t *ranges_for(const asking_t *asking, const rule_t *rule)
{
    for (uint32_t i = 0; i < rule->leaf_count; i++) {
        if (meets(asking, rule->leaves[i].condition)) {
            return rule->leaves[i].ranges;
        }
    }

    return rule->ranges;
}

/* False: somebody is not in the experiment, or passes through it. */
static bool run(const asking_t *asking, const rule_t *rule, dyn_feature_result_t *result)
{
    dyn_str_t value = hashed(asking, rule->attribute);
    double n;
    int chosen;

    if (value.len == 0 ||
        (!rule->filtered && rule->space.data != NULL &&
         !dyn_in_namespace(value, rule->space, rule->in_space.from, rule->in_space.until)) ||
        !meets(asking, rule->condition)) {
        return false;
    }
    n = dyn_experiment_hash(rule->seed, value, rule->version);
    chosen = dyn_bucket_of(n, ranges_for(asking, rule), rule->range_count);
    if (chosen < 0 || (uint32_t)chosen >= rule->variations->count) {
        return false;
    }
    if (rule->named[chosen].passes) {
        return false;
    }
    *result = result_of(&rule->variations->values[chosen], DYN_FEATURE_EXPERIMENT);
    result->rule = rule->id;
    result->experiment = rule->key;
    result->variation = rule->named[chosen].key;
    result->number = (uint32_t)chosen;
    result->bucket = n;

    return true;
}

static dyn_feature_result_t evaluate(asking_t *asking, uint32_t number, const at_work_t *above);

/* OPEN: all prerequisites are met. SKIP: the rule is passed over. DONE: the feature has its result. */
typedef enum { OPEN, SKIP, DONE } gate_t;

static gate_t ask_parents(asking_t *asking, const rule_t *rule, const at_work_t *at_work,
                          dyn_feature_result_t *result)
{
    static const dyn_str_t names[] = {{"value", 5}};

    for (uint32_t i = 0; i < rule->parent_count; i++) {
        const parent_t *parent = &rule->parents[i];
        dyn_feature_result_t found = evaluate(asking, parent->feature, at_work);
        const dyn_value_t asked = {
            .kind = DYN_VALUE_OBJECT, .count = 1, .values = found.value, .names = names};

        if (found.origin == DYN_FEATURE_CYCLE) {
            *result = result_of(&nothing, DYN_FEATURE_CYCLE);
            return DONE;
        }
        if (parent->condition != NULL &&
            !dyn_target_holds(parent->condition, &asked, asking->arena)) {
            *result = result_of(&nothing, DYN_FEATURE_PREREQUISITE);
            return parent->gate ? DONE : SKIP;
        }
    }

    return OPEN;
}

static dyn_feature_result_t evaluate(asking_t *asking, uint32_t number, const at_work_t *above)
{
    const at_work_t at_work = {above, number, above == NULL ? 0 : above->depth + 1};
    const feature_t *feature;

    if (number == DYN_NONE) {
        return result_of(&nothing, DYN_FEATURE_UNKNOWN);
    }
    for (; above != NULL; above = above->above) {
        if (above->feature == number) {
            return result_of(&nothing, DYN_FEATURE_CYCLE);
        }
    }
    feature = &asking->features->rows[number];
    for (uint32_t i = 0; i < feature->rule_count; i++) {
        const rule_t *rule = &feature->rules[i];
        dyn_feature_result_t result;
        gate_t gate;

        if (asking->steps == 0 || at_work.depth > DYN_FEATURES_DEPTH_MAX) {
            return result_of(&nothing, DYN_FEATURE_CYCLE);
        }
        asking->steps--;
        gate = ask_parents(asking, rule, &at_work, &result);
        if (gate == DONE) {
            return result;
        }
        if (gate == SKIP || is_filtered_out(asking, rule)) {
            continue;
        }
        if (rule->force != NULL) {
            if (meets(asking, rule->condition) && in_rollout(asking, rule)) {
                result = result_of(rule->force, DYN_FEATURE_FORCE);
                result.rule = rule->id;
                return result;
            }
        } else if (rule->variations != NULL && run(asking, rule, &result)) {
            return result;
        }
    }

    return result_of(&feature->standard, DYN_FEATURE_DEFAULT);
}

dyn_feature_result_t dyn_features_value(const dyn_features_t *features, uint32_t feature,
                                        const dyn_value_t *attributes, dyn_arena_t *arena)
{
    asking_t asking = {features, attributes, arena, DYN_FEATURES_STEPS_MAX};

    return evaluate(&asking, feature, NULL);
}

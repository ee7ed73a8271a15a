#include "engine/compile/conditions.h"
#include "engine/compile/faults.h"
#include "engine/compile/parts.h"
#include "engine/compile/values.h"
#include "engine/experiment/assign.h"

/* At most DYN_RULE_ID_BYTES_MAX bytes of letters, digits, ".", "_" and "-", so that it can stand in logs and records. */
static bool take_id(dyn_compiler_t *compiler, const json_t *object, const char *key, dyn_str_t *id)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    json_t *value = json_object_get(object, key);
    dyn_str_t text;

    dyn_enter_member(&compiler->path, key);
    if (!dyn_take_text(compiler, value, DYN_EXPERIMENT_ID_BYTES_MAX, &text)) {
        return false;
    }
    if (strspn(text.data, allowed) != text.len) {
        return dyn_compile_fault(compiler, "it may have letters, digits, \".\", \"_\" and \"-\"");
    }
    dyn_leave(&compiler->path);
    *id = dyn_compiler_copy(compiler, text);

    return true;
}

static bool take_period(dyn_compiler_t *compiler, const json_t *object, const char *outcome,
                        int64_t *from_ms, int64_t *until_ms)
{
    *from_ms = 0;
    *until_ms = DYN_TIME_MS_MAX;

    return dyn_take_time(compiler, object, "from", from_ms) &&
           dyn_take_time(compiler, object, "until", until_ms) &&
           dyn_check_period(compiler, *from_ms, *until_ms, outcome);
}

bool dyn_compile_holdout(dyn_compiler_t *compiler, const json_t *value)
{
    static const char *const members[] = {"share", "seed", "from", "until", NULL};
    const dyn_names_t names = {{members}, 1};
    dyn_holdout_t *holdout = &compiler->policy->holdout;

    if (!dyn_take_object(compiler, value, "\"holdout\"") ||
        !dyn_take_members(compiler, value, "member of the holdout", &names) ||
        !dyn_take_share(compiler, value, "share", 1, &holdout->share) ||
        !take_period(compiler, value, "the holdout never runs", &holdout->from_ms,
                     &holdout->until_ms)) {
        return false;
    }
    if (json_object_get(value, "share") == NULL) {
        return dyn_compile_fault(compiler, "the holdout has no share: \"share\": 0.05");
    }
    holdout->seed = DYN_STR("holdout");

    return json_object_get(value, "seed") == NULL ||
           take_id(compiler, value, "seed", &holdout->seed);
}

bool dyn_compile_flags(dyn_compiler_t *compiler, const json_t *value)
{
    static const char *const members[] = {"percent", "when", "note", NULL};
    const dyn_names_t names = {{members}, 1};
    const char *key;
    json_t *flag;

    if (!dyn_take_object(compiler, value, "\"flags\"")) {
        return false;
    }
    if (json_object_size(value) > DYN_FLAGS_MAX) {
        return dyn_compile_fault(compiler, "there are more than %d flags", DYN_FLAGS_MAX);
    }
    json_object_foreach((json_t *)value, key, flag)
    {
        dyn_flag_t row = {.name = dyn_compiler_copy(compiler, dyn_str_from(key)),
                          .percent = 100,
                          .feature = DYN_NONE};

        dyn_enter_member(&compiler->path, key);
        compiler->rule_id = row.name;
        if (!dyn_take_object(compiler, flag, "a flag") ||
            !dyn_take_members(compiler, flag, "member of a flag", &names) ||
            !dyn_take_share(compiler, flag, "percent", 100, &row.percent) ||
            !dyn_compile_scope(compiler, json_object_get(flag, "when"), "a flag", &row.when)) {
            return false;
        }
        dyn_leave(&compiler->path);
        if (!DYN_PUT(compiler, flags, &row)) {
            return false;
        }
    }

    return true;
}

/* "feature": what GrowthBook decides the file does not say again. Without a payload the experiment has nobody. */
static bool compile_feature(dyn_compiler_t *compiler, const json_t *value,
                            dyn_experiment_t *experiment)
{
    static const char *const decided[] = {"seed", "coverage", "namespace"};
    const json_t *feature = json_object_get(value, "feature");
    dyn_str_t key;

    experiment->feature = DYN_NONE;
    if (feature == NULL) {
        return true;
    }
    for (size_t i = 0; i < sizeof(decided) / sizeof(decided[0]); i++) {
        if (json_object_get(value, decided[i]) != NULL) {
            dyn_enter_member(&compiler->path, decided[i]);
            return dyn_compile_fault(compiler,
                                     "the \"feature\" of GrowthBook decides that: leave it out");
        }
    }
    dyn_enter_member(&compiler->path, "feature");
    if (!dyn_take_text(compiler, feature, DYN_RULE_ID_BYTES_MAX, &key)) {
        return false;
    }
    dyn_leave(&compiler->path);
    if (compiler->memory->features != NULL) {
        experiment->feature = dyn_compiler_ask_feature(compiler, key);
    } else {
        experiment->coverage = 0;
    }

    return true;
}

static bool add_override(dyn_compiler_t *compiler, uint32_t slot, const dyn_variation_t *as)
{
    const dyn_override_t row = {slot, *as};

    return DYN_PUT(compiler, overrides, &row);
}

static bool compile_override(dyn_compiler_t *compiler, const json_t *value, void *context)
{
    static const char *const members[] = {"slot", "sources", "limit", "title", "strength", NULL};
    const dyn_names_t names = {{members}, 1};
    json_t *name = json_object_get(value, "slot");
    dyn_variation_t as;
    dyn_str_t text;

    (void)context;
    if (!dyn_take_object(compiler, value, "a slot") ||
        !dyn_take_members(compiler, value, "member of a variant's slot", &names)) {
        return false;
    }
    if (name == NULL) {
        return dyn_compile_fault(compiler, "the slot has no name: \"slot\": \"recs\"");
    }
    dyn_enter_member(&compiler->path, "slot");

    return dyn_left(compiler, dyn_take_slot_name(compiler, name, &text)) &&
           dyn_take_variation(compiler, value, &as) &&
           add_override(compiler, dyn_compiler_add_string(compiler, text), &as);
}

static bool compile_overrides(dyn_compiler_t *compiler, const json_t *variant)
{
    const json_t *slots = dyn_enter_given(compiler, variant, "slots");

    return slots == NULL ||
           dyn_left(compiler, dyn_take_rows(compiler, slots, "\"slots\"", compile_override, NULL));
}

static bool compile_variant_contents(dyn_compiler_t *compiler, const json_t *value)
{
    const char *key;
    json_t *id;

    dyn_enter_member(&compiler->path, "content");
    if (!dyn_take_object(compiler, value, "\"content\"")) {
        return false;
    }
    json_object_foreach((json_t *)value, key, id)
    {
        dyn_str_t text;

        dyn_enter_member(&compiler->path, key);
        if (!dyn_take_text(compiler, id, DYN_CONTENT_ID_BYTES_MAX, &text)) {
            return false;
        }
        dyn_compiler_add_value(compiler, dyn_compiler_add_string(compiler, dyn_str_from(key)));
        dyn_compiler_add_value(compiler, dyn_compiler_add_string(compiler, text));
        dyn_leave(&compiler->path);
    }
    dyn_leave(&compiler->path);

    return true;
}

/* context: the number of the first variant of its experiment */
static bool compile_variant(dyn_compiler_t *compiler, const json_t *value, void *context)
{
    static const char *const members[] = {"id",    "weight", "note",    "show", "strength",
                                          "slots", "rules",  "content", NULL};
    const dyn_names_t names = {{members}, 1};
    json_t *rules = json_object_get(value, "rules"), *content = json_object_get(value, "content");
    dyn_variation_t all = {.title = DYN_NONE, .strength = -1};
    dyn_experiment_variant_t variant = {.weight = -1, .show = true};

    if (!dyn_take_object(compiler, value, "a variant") ||
        !dyn_take_members(compiler, value, "member of a variant", &names) ||
        !take_id(compiler, value, "id", &variant.id) ||
        !dyn_take_share(compiler, value, "weight", 1, &variant.weight) ||
        !dyn_take_flag(compiler, value, "show", &variant.show) ||
        !dyn_take_strength(compiler, value, &all.strength)) {
        return false;
    }
    for (uint32_t i = *(const uint32_t *)context; i < compiler->variants.count; i++) {
        if (dyn_str_equal(DYN_ROW(compiler, variants, dyn_experiment_variant_t, i)->id,
                          variant.id)) {
            return dyn_compile_fault(compiler, "a variant before this one is called the same");
        }
    }
    variant.overrides_start = compiler->overrides.count;
    if ((all.strength >= 0 && !add_override(compiler, DYN_NONE, &all)) ||
        !compile_overrides(compiler, value) ||
        (rules != NULL && !dyn_compile_switches(compiler, rules, compiler->variants.count))) {
        return false;
    }
    variant.overrides_count = compiler->overrides.count - variant.overrides_start;
    variant.contents_start = compiler->values.count;
    if (content != NULL && !compile_variant_contents(compiler, content)) {
        return false;
    }
    variant.contents_count = compiler->values.count - variant.contents_start;

    return DYN_PUT(compiler, variants, &variant);
}

/* All variants have a weight, or none has: then they are equal. */
static bool compile_variants(dyn_compiler_t *compiler, const json_t *value,
                             dyn_experiment_t *experiment)
{
    uint32_t weighted = 0;

    experiment->variants_start = compiler->variants.count;
    dyn_enter_member(&compiler->path, "variants");
    if (!dyn_take_list(compiler, value, "\"variants\"")) {
        return false;
    }
    if (json_array_size(value) < 1 || json_array_size(value) > DYN_EXPERIMENT_VARIANTS_MAX) {
        return dyn_compile_fault(compiler,
                                 "an experiment has 1 to %d variants; the first is the control",
                                 DYN_EXPERIMENT_VARIANTS_MAX);
    }
    if (!dyn_take_rows(compiler, value, "\"variants\"", compile_variant,
                       &experiment->variants_start)) {
        return false;
    }
    experiment->variants_count = compiler->variants.count - experiment->variants_start;
    for (uint32_t i = 0; i < experiment->variants_count; i++) {
        dyn_experiment_variant_t *variant =
            DYN_ROW(compiler, variants, dyn_experiment_variant_t, experiment->variants_start + i);

        weighted += variant->weight >= 0;
        if (variant->weight < 0) {
            variant->weight = 1.0 / experiment->variants_count;
        }
    }
    if (weighted != 0 && weighted != experiment->variants_count) {
        return dyn_compile_fault(
            compiler, "some variants have a \"weight\" and some have none: give it to all");
    }
    dyn_leave(&compiler->path);

    return true;
}

static bool compile_namespace(dyn_compiler_t *compiler, const json_t *value,
                              dyn_experiment_t *experiment)
{
    static const char *const members[] = {"name", "from", "until", NULL};
    const dyn_names_t names = {{members}, 1};

    dyn_enter_member(&compiler->path, "namespace");
    experiment->namespace_until = 1;
    if (!dyn_take_object(compiler, value, "\"namespace\"") ||
        !dyn_take_members(compiler, value, "member of a namespace", &names) ||
        !take_id(compiler, value, "name", &experiment->name_space) ||
        !dyn_take_share(compiler, value, "from", 1, &experiment->namespace_from) ||
        !dyn_take_share(compiler, value, "until", 1, &experiment->namespace_until)) {
        return false;
    }
    if (experiment->namespace_until <= experiment->namespace_from) {
        return dyn_compile_fault(compiler,
                                 "\"until\" is not above \"from\", so that nobody is in it");
    }
    dyn_leave(&compiler->path);

    return true;
}

/* What it is restricted to beside `when`: nodes of the same condition. */
static bool compile_places(dyn_compiler_t *compiler, const json_t *value,
                           dyn_experiment_t *experiment)
{
    json_t *surfaces = json_object_get(value, "surfaces"), *slots = json_object_get(value, "slots");
    json_t *categories = json_object_get(value, "categories");

    if (surfaces != NULL) {
        dyn_enter_member(&compiler->path, "surfaces");
        if (!dyn_compile_request(compiler, DYN_REQUEST_FIELD_SURFACE, surfaces)) {
            return false;
        }
        dyn_leave(&compiler->path);
    }
    if (categories != NULL) {
        uint32_t node = dyn_condition_add(compiler, DYN_NODE_SUBJECT, 0, DYN_SUBJECT_PAGE);

        dyn_enter_member(&compiler->path, "categories");
        if (!dyn_compile_item_field(compiler, DYN_SUBJECT_PAGE, DYN_ITEM_FIELD_CATEGORY, "category",
                                    categories) ||
            !dyn_condition_end(compiler, node)) {
            return false;
        }
        dyn_leave(&compiler->path);
    }
    experiment->when.count = compiler->conditions.count - experiment->when.start;
    experiment->slots_start = compiler->values.count;
    if (slots != NULL) {
        dyn_enter_member(&compiler->path, "slots");
        if (!dyn_take_each(compiler, slots, dyn_take_slot, NULL)) {
            return false;
        }
        dyn_leave(&compiler->path);
    }
    experiment->slots_count = compiler->values.count - experiment->slots_start;

    return true;
}

static bool compile_experiment(dyn_compiler_t *compiler, const json_t *value, void *context)
{
    static const char *const members[] = {
        "id",       "note",  "enabled",    "seed", "coverage", "namespace", "from",    "until",
        "surfaces", "slots", "categories", "when", "shadow",   "variants",  "feature", NULL};
    const dyn_names_t names = {{members}, 1};
    json_t *space = json_object_get(value, "namespace");
    dyn_experiment_t experiment = {.coverage = 1};
    bool enabled = true;

    (void)context;
    if (!dyn_take_object(compiler, value, "an experiment") ||
        !dyn_take_members(compiler, value, "member of an experiment", &names) ||
        !take_id(compiler, value, "id", &experiment.id)) {
        return false;
    }
    for (uint32_t i = 0; i < compiler->experiments.count; i++) {
        if (dyn_str_equal(DYN_ROW(compiler, experiments, dyn_experiment_t, i)->id, experiment.id)) {
            return dyn_compile_fault(compiler, "an experiment before this one is called the same");
        }
    }
    compiler->rule_id = experiment.seed = experiment.id;
    if ((json_object_get(value, "seed") != NULL &&
         !take_id(compiler, value, "seed", &experiment.seed)) ||
        !dyn_take_flag(compiler, value, "enabled", &enabled) ||
        !dyn_take_flag(compiler, value, "shadow", &experiment.shadow) ||
        !dyn_take_share(compiler, value, "coverage", 1, &experiment.coverage) ||
        !take_period(compiler, value, "the experiment never runs", &experiment.from_ms,
                     &experiment.until_ms) ||
        (space != NULL && !compile_namespace(compiler, space, &experiment)) ||
        !compile_feature(compiler, value, &experiment) ||
        !dyn_compile_scope(compiler, json_object_get(value, "when"), "an experiment",
                           &experiment.when) ||
        !compile_places(compiler, value, &experiment) ||
        !compile_variants(compiler, json_object_get(value, "variants"), &experiment)) {
        return false;
    }
    /* one that is switched off is there for the conditions that name it, and has nobody */
    if (!enabled) {
        experiment.until_ms = experiment.from_ms = 0;
    }

    return DYN_PUT(compiler, experiments, &experiment);
}

bool dyn_compile_experiments(dyn_compiler_t *compiler, const json_t *value)
{
    if (json_array_size(value) > DYN_EXPERIMENTS_MAX) {
        return dyn_compile_fault(compiler, "there are more than %d experiments",
                                 DYN_EXPERIMENTS_MAX);
    }

    return dyn_take_rows(compiler, value, "\"experiments\"", compile_experiment, NULL);
}

#include "cli/lint/checks.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Element i of a list, or the one value that stands for a list of one. */
static const json_t *each_of(const json_t *value, size_t i)
{
    return json_is_array(value) ? json_array_get(value, i) : i == 0 ? value : NULL;
}

static bool has_text(const json_t *texts, const char *text)
{
    const json_t *one;

    for (size_t i = 0; (one = each_of(texts, i)) != NULL; i++) {
        if (json_is_string(one) && strcmp(json_string_value(one), text) == 0) {
            return true;
        }
    }

    return false;
}

/* Whether something in the file asks for a variant of the experiment by its name. */
static bool asks_for_variant(const json_t *value, const char *experiment)
{
    size_t length = strlen(experiment), i;
    const char *key;
    json_t *inner;

    json_object_foreach((json_t *)(uintptr_t)value, key, inner)
    {
        const json_t *name;

        for (i = 0; strcmp(key, "experiment") == 0 && (name = each_of(inner, i)) != NULL; i++) {
            const char *text = json_is_string(name) ? json_string_value(name) : "";

            if (strncmp(text, experiment, length) == 0 && text[length] == ':') {
                return true;
            }
        }
        if (asks_for_variant(inner, experiment)) {
            return true;
        }
    }
    json_array_foreach((json_t *)(uintptr_t)value, i, inner)
    {
        if (asks_for_variant(inner, experiment)) {
            return true;
        }
    }

    return false;
}

static bool is_same_variant(const json_t *a, const json_t *b)
{
    static const char *const members[] = {"strength", "slots", "rules", "content"};

    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        const json_t *one = json_object_get(a, members[i]), *other = json_object_get(b, members[i]);

        if (one == NULL || other == NULL ? one != other : !json_equal(one, other)) {
            return false;
        }
    }

    return json_is_false(json_object_get(a, "show")) == json_is_false(json_object_get(b, "show"));
}

static void check_variants(dyn_lint_walk_t *walk, const json_t *experiment)
{
    const json_t *variants = json_object_get(experiment, "variants");
    const json_t *control = json_array_get(variants, 0);
    const char *id = json_string_value(json_object_get(experiment, "id"));
    bool asked = asks_for_variant(walk->checked->root, id), weighted = false;
    double sum = 0;

    dyn_enter_member(&walk->path, "variants");
    if (json_array_size(variants) == 1) {
        dyn_lint_warn(
            walk, true,
            "the experiment has one variant, and nothing to compare it with: put a control "
            "before it, as {\"id\": \"control\"}");
    }
    for (size_t i = 0; i < json_array_size(variants); i++) {
        const json_t *variant = json_array_get(variants, i);
        const json_t *weight = json_object_get(variant, "weight");

        weighted = weighted || weight != NULL;
        sum += json_number_value(weight);
        dyn_enter_element(&walk->path, i);
        dyn_enter_member(&walk->path, "id");
        if (i > 0 && has_text(json_object_get(variant, "id"), "control")) {
            dyn_lint_warn(walk, false, "the first variant is the control: put this one first");
        } else if (i > 0 && !asked && is_same_variant(variant, control)) {
            dyn_lint_warn(walk, false,
                          "the variant is the same as the control: write what it changes, such as "
                          "\"slots\", \"rules\" or \"content\"");
        }
        dyn_leave(&walk->path);
        dyn_leave(&walk->path);
    }
    if (weighted && fabs(sum - 1) > 0.01) {
        dyn_lint_warn(
            walk, true,
            "the weights sum to %g, so that all variants get the same share: write weights "
            "whose sum is 1",
            sum);
    }
    dyn_leave(&walk->path);
}

/* The slots that some variant changes, as keys; "*": all. */
static json_t *changed_slots(const json_t *experiment)
{
    const json_t *variants = json_object_get(experiment, "variants"), *one;
    const json_t *scope = json_object_get(experiment, "slots");
    json_t *changed = json_object(), *within;

    for (size_t i = 0; i < json_array_size(variants); i++) {
        const json_t *variant = json_array_get(variants, i);
        const json_t *slots = json_object_get(variant, "slots");

        if (json_is_false(json_object_get(variant, "show")) ||
            json_object_get(variant, "strength") != NULL) {
            json_object_set_new(changed, "*", json_true());
        }
        for (size_t k = 0; k < json_array_size(slots); k++) {
            const json_t *slot = json_array_get(slots, k);

            json_object_set_new(changed, json_string_value(json_object_get(slot, "slot")),
                                json_true());
        }
        json_object_update(changed, json_object_get(variant, "content"));
    }
    if (scope == NULL) {
        return changed;
    }
    within = json_object();
    for (size_t i = 0; (one = each_of(scope, i)) != NULL; i++) {
        if (json_object_get(changed, "*") != NULL ||
            json_object_get(changed, json_string_value(one)) != NULL) {
            json_object_set_new(within, json_string_value(one), json_true());
        }
    }
    json_decref(changed);

    return within;
}

/* One of the slots that both change, "*" for all; empty: there is none. */
static void slot_of_both(const json_t *a, const json_t *b, char name[DYN_SLOT_NAME_BYTES_MAX + 1])
{
    json_t *of_a = changed_slots(a), *of_b = changed_slots(b), *unused;
    const char *key;

    if (json_object_get(of_b, "*") == NULL && json_object_get(of_a, "*") != NULL) {
        json_t *swapped = of_a;

        of_a = of_b;
        of_b = swapped;
    }
    name[0] = '\0';
    json_object_foreach(of_a, key, unused)
    {
        if (json_object_get(of_b, "*") != NULL || json_object_get(of_b, key) != NULL) {
            snprintf(name, DYN_SLOT_NAME_BYTES_MAX + 1, "%s", key);
            break;
        }
    }
    json_decref(of_a);
    json_decref(of_b);
}

/* Whether one is the other, or a category above it. */
static bool is_within(const char *category, const char *above)
{
    size_t length = strlen(above);

    return dyn_str_equal_nocase((dyn_str_t){category, strnlen(category, length)},
                                (dyn_str_t){above, length}) &&
           (category[length] == '\0' || category[length] == '/');
}

static bool have_common(const json_t *a, const json_t *b)
{
    const json_t *one, *other;

    for (size_t i = 0; (one = each_of(a, i)) != NULL; i++) {
        for (size_t k = 0; (other = each_of(b, k)) != NULL; k++) {
            const char *text = json_string_value(one), *beside = json_string_value(other);

            if (text == NULL || beside == NULL || is_within(text, beside) ||
                is_within(beside, text)) {
                return true;
            }
        }
    }

    return a == NULL || b == NULL;
}

/* Whether some visitor can be in both on one page, as far as the file tells. */
static bool can_meet(const dyn_lint_walk_t *walk, size_t first, size_t second)
{
    const json_t *rows = json_object_get(walk->checked->root, "experiments");
    const json_t *a = json_array_get(rows, first), *b = json_array_get(rows, second);
    const dyn_experiment_t *one = &walk->checked->policy->experiments[first];
    const dyn_experiment_t *other = &walk->checked->policy->experiments[second];
    json_t *when =
        json_pack("{s:[O*, O*]}", "all", json_object_get(a, "when"), json_object_get(b, "when"));
    dyn_contradiction_t found;
    bool excluded = dyn_rules_contradiction(when, &found);

    json_decref(when);

    return !excluded && one->until_ms > other->from_ms && other->until_ms > one->from_ms &&
           (one->name_space.len == 0 || !dyn_str_equal(one->name_space, other->name_space) ||
            (one->namespace_until > other->namespace_from &&
             other->namespace_until > one->namespace_from)) &&
           have_common(json_object_get(a, "surfaces"), json_object_get(b, "surfaces")) &&
           have_common(json_object_get(a, "categories"), json_object_get(b, "categories"));
}

/* Whether it changes what visitors see by a deal of its own; a feature's is GrowthBook's. */
static bool is_dealt(const json_t *experiment)
{
    return dyn_lint_enabled(experiment) && !json_is_true(json_object_get(experiment, "shadow")) &&
           json_object_get(experiment, "feature") == NULL;
}

static void check_experiments_before(dyn_lint_walk_t *walk, size_t number)
{
    const json_t *rows = json_object_get(walk->checked->root, "experiments");
    const json_t *experiment = json_array_get(rows, number);
    char slot[DYN_SLOT_NAME_BYTES_MAX + 1];

    for (size_t i = 0; i < number && is_dealt(experiment); i++) {
        const json_t *before = json_array_get(rows, i);

        if (!is_dealt(before) || !can_meet(walk, i, number)) {
            continue;
        }
        slot_of_both(before, experiment, slot);
        if (slot[0] != '\0') {
            dyn_enter_member(&walk->path, "id");
            dyn_lint_warn(walk, false,
                          "the experiment \"%.48s\" changes the slot \"%s\" as well, for the same "
                          "visitors, and goes first: part them by a \"namespace\"",
                          json_string_value(json_object_get(before, "id")), slot);
            dyn_leave(&walk->path);
            return;
        }
    }
}

void dyn_lint_experiments(dyn_lint_walk_t *walk)
{
    const json_t *experiments = json_object_get(walk->checked->root, "experiments");

    dyn_enter_member(&walk->path, "experiments");
    for (size_t i = 0; i < json_array_size(experiments); i++) {
        const json_t *experiment = json_array_get(experiments, i);
        const json_t *coverage = json_object_get(experiment, "coverage");

        if (!dyn_lint_enabled(experiment)) {
            continue;
        }
        dyn_enter_element(&walk->path, i);
        dyn_lint_visit(walk, experiment, "feature", dyn_lint_feature, NULL);
        dyn_lint_visit(walk, experiment, "categories", dyn_lint_category, NULL);
        dyn_lint_visit(walk, experiment, "slots", dyn_lint_slot, NULL);
        dyn_lint_when(walk, experiment, "when");
        dyn_lint_times(walk, experiment, "nobody is in the experiment");
        if (coverage != NULL && json_number_value(coverage) == 0) {
            dyn_enter_member(&walk->path, "coverage");
            dyn_lint_warn(walk, false,
                          "nobody takes part: write a share above 0, or \"enabled\": false");
            dyn_leave(&walk->path);
        }
        check_variants(walk, experiment);
        check_experiments_before(walk, i);
        dyn_leave(&walk->path);
    }
    dyn_leave(&walk->path);
}

void dyn_lint_holdout(dyn_lint_walk_t *walk)
{
    const json_t *holdout = json_object_get(walk->checked->root, "holdout");

    dyn_enter_member(&walk->path, "holdout");
    dyn_lint_times(walk, holdout, "nobody is held out");
    if (json_number_value(json_object_get(holdout, "share")) > 0.5) {
        dyn_enter_member(&walk->path, "share");
        dyn_lint_warn(
            walk, false,
            "more than half of the visitors never see a block: a few percent are usual, as "
            "0.05");
        dyn_leave(&walk->path);
    }
    dyn_leave(&walk->path);
}

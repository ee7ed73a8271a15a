#include "cli/lint/checks.h"

#include <stdio.h>
#include <string.h>

#include "engine/catalogue/traits.h"
#include "engine/decide/moment_slots.h"
#include "engine/policy/slots.h"

/* Whether both are the same but for case, blanks and signs: what is mistaken most often. */
static bool is_near(dyn_str_t a, dyn_str_t b)
{
    size_t i = 0, k = 0;

    for (;;) {
        while (i < a.len && strchr(" -_/.&'", a.data[i]) != NULL) {
            i++;
        }
        while (k < b.len && strchr(" -_/.&'", b.data[k]) != NULL) {
            k++;
        }
        if (i == a.len || k == b.len) {
            return i == a.len && k == b.len;
        }
        if (!dyn_str_equal_nocase((dyn_str_t){a.data + i, 1}, (dyn_str_t){b.data + k, 1})) {
            return false;
        }
        i++;
        k++;
    }
}

static void warn_unknown(dyn_lint_walk_t *walk, const char *what, dyn_str_t name, dyn_str_t near)
{
    if (near.len > 0) {
        dyn_lint_warn(walk, false, "the catalogue has no %s \"%.*s\"; did you mean \"%.*s\"?", what,
                      (int)name.len, name.data, (int)near.len, near.data);
    } else {
        dyn_lint_warn(
            walk, false,
            "the catalogue has no %s \"%.*s\", so that it fits nothing: write one that it has",
            what, (int)name.len, name.data);
    }
}

void dyn_lint_item(dyn_lint_walk_t *walk, const json_t *value, const void *context)
{
    char room[32];
    dyn_str_t id = dyn_lint_name(value, room);

    (void)context;
    if (walk->snapshot != NULL && dyn_snapshot_find_item(walk->snapshot, id, NULL) == DYN_NONE) {
        warn_unknown(walk, "item", id, DYN_STR(""));
    }
}

typedef struct {
    const char *what;
    uint32_t (*find)(const dyn_snapshot_t *snapshot, dyn_str_t name);
    dyn_str_t (*name)(const dyn_snapshot_t *snapshot, uint32_t number);
} named_t;

/* One of so many that have names. */
static void check_named(dyn_lint_walk_t *walk, const json_t *value, const named_t *named,
                        uint32_t count)
{
    char room[32];
    dyn_str_t name, near = DYN_STR("");

    if (!json_is_string(value)) {
        return;
    }
    name = dyn_lint_name(value, room);
    if (named->find(walk->snapshot, name) != DYN_NONE) {
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        dyn_str_t other = named->name(walk->snapshot, i);

        near = is_near(name, other) ? other : near;
    }
    warn_unknown(walk, named->what, name, near);
}

static dyn_str_t category_name(const dyn_snapshot_t *snapshot, uint32_t category)
{
    return dyn_snapshot_string(snapshot, snapshot->categories[category].name);
}

void dyn_lint_category(dyn_lint_walk_t *walk, const json_t *value, const void *context)
{
    static const named_t category = {"category", dyn_snapshot_find_category, category_name};

    (void)context;
    if (walk->snapshot != NULL) {
        check_named(walk, value, &category, walk->snapshot->category_count);
    }
}

static dyn_str_t brand_name(const dyn_snapshot_t *snapshot, uint32_t brand)
{
    return dyn_snapshot_string(snapshot, snapshot->brands[brand]);
}

void dyn_lint_brand(dyn_lint_walk_t *walk, const json_t *value, const void *context)
{
    static const named_t brand = {"brand", dyn_brand_find, brand_name};

    (void)context;
    if (walk->snapshot != NULL) {
        check_named(walk, value, &brand, walk->snapshot->brand_count);
    }
}

void dyn_lint_trait(dyn_lint_walk_t *walk, const json_t *value, const void *context)
{
    char room[32], what[96];
    dyn_str_t trait = dyn_str_from(context), name = dyn_lint_name(value, room), near = DYN_STR("");
    bool known = false;

    if (walk->snapshot == NULL || dyn_trait_find(walk->snapshot, trait, name) != DYN_NONE) {
        return;
    }
    for (uint32_t i = 0; i < walk->snapshot->trait_count; i++) {
        if (dyn_str_equal(dyn_trait_name(walk->snapshot, i), trait)) {
            dyn_str_t other = dyn_trait_value(walk->snapshot, i);

            known = true;
            near = is_near(name, other) ? other : near;
        }
    }
    if (!known) {
        dyn_lint_warn(walk, true,
                      "no item of the catalogue has the attribute \"%.64s\": write one that it has",
                      trait.data);
        return;
    }
    snprintf(what, sizeof(what), "%s%.64s", strcmp(trait.data, "tag") == 0 ? "" : "item whose ",
             trait.data);
    if (strcmp(trait.data, "tag") != 0) {
        snprintf(what + strlen(what), sizeof(what) - strlen(what), " is");
    }
    warn_unknown(walk, what, name, near);
}

static bool has_slot(const dyn_policy_t *policy, dyn_str_t name)
{
    const dyn_slot_t *slots;

    for (uint32_t i = 0; i < policy->slot_count; i++) {
        if (dyn_str_equal(dyn_str_from(policy->slots[i].row.slot), name)) {
            return true;
        }
    }
    for (uint32_t i = 0; i < policy->content_count; i++) {
        if (dyn_str_equal(policy->contents[i].slot, name)) {
            return true;
        }
    }
    for (unsigned surface = 0; surface < DYN_SURFACES_COUNT; surface++) {
        for (size_t i = dyn_default_slots((dyn_surface_t)surface, &slots); i > 0; i--) {
            if (dyn_str_equal(slots[i - 1].name, name)) {
                return true;
            }
        }
    }

    return dyn_moment_slot_kind(name) != DYN_SLOT_LIST;
}

void dyn_lint_slot(dyn_lint_walk_t *walk, const json_t *value, const void *context)
{
    char room[32];

    (void)context;
    if (!has_slot(walk->checked->policy, dyn_lint_name(value, room))) {
        dyn_lint_warn(
            walk, false,
            "no surface has a slot \"%.64s\": add it to \"surfaces\", or see that nginx.conf "
            "names it in dynstore_slots",
            json_string_value(value));
    }
}

void dyn_lint_content_id(dyn_lint_walk_t *walk, const json_t *value, const void *context)
{
    char room[32];

    (void)context;
    /* without a catalogue nobody knows what content it has */
    if (walk->snapshot != NULL &&
        dyn_policy_content(walk->checked->policy, dyn_lint_name(value, room)) == NULL) {
        dyn_lint_warn(
            walk, false,
            "neither this file nor the catalogue has an approved content \"%.64s\": add it to "
            "\"content\"",
            json_string_value(value));
    }
}

void dyn_lint_feature(dyn_lint_walk_t *walk, const json_t *value, const void *context)
{
    const dyn_policy_t *policy = walk->checked->policy;
    const json_t *flags = json_object_get(walk->checked->root, "flags");
    const char *name = json_string_value(value);

    (void)context;
    if (policy->features != NULL && json_object_get(flags, name) == NULL &&
        dyn_features_find(policy->features, dyn_str_from(name)) == DYN_NONE) {
        dyn_lint_warn(walk, false,
                      "the payload has no feature \"%.64s\": until it has one, this is nobody's",
                      name);
    }
}

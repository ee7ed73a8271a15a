#include "cli/lint/warnings.h"

#include "cli/lint/checks.h"

static void check_slots(dyn_lint_walk_t *walk)
{
    const char *name;
    json_t *surface;

    dyn_enter_member(&walk->path, "surfaces");
    json_object_foreach(json_object_get(walk->checked->root, "surfaces"), name, surface)
    {
        const json_t *slots = json_object_get(surface, "slots");

        dyn_enter_member(&walk->path, name);
        dyn_enter_member(&walk->path, "slots");
        for (size_t i = 0; i < json_array_size(slots); i++) {
            const json_t *slot = json_array_get(slots, i);
            const json_t *variations = json_object_get(slot, "variations");

            dyn_enter_element(&walk->path, i);
            dyn_lint_texts(walk, slot, dyn_lint_slot_texts);
            dyn_enter_member(&walk->path, "variations");
            for (size_t v = 0; v < json_array_size(variations); v++) {
                dyn_enter_element(&walk->path, v);
                dyn_lint_texts(walk, json_array_get(variations, v), dyn_lint_slot_texts);
                dyn_lint_when(walk, json_array_get(variations, v), "when");
                dyn_leave(&walk->path);
            }
            dyn_leave(&walk->path);
            dyn_leave(&walk->path);
        }
        dyn_leave(&walk->path);
        dyn_leave(&walk->path);
    }
    dyn_leave(&walk->path);
}

static void check_contents(dyn_lint_walk_t *walk)
{
    const json_t *contents = json_object_get(walk->checked->root, "content");

    dyn_enter_member(&walk->path, "content");
    for (size_t i = 0; i < json_array_size(contents); i++) {
        const json_t *content = json_array_get(contents, i);

        dyn_enter_element(&walk->path, i);
        dyn_lint_texts(walk, content, dyn_lint_content_texts);
        dyn_lint_until(walk, content, "the content is shown no more");
        dyn_lint_when(walk, content, "match");
        dyn_lint_visit(walk, content, "items", dyn_lint_item, NULL);
        dyn_leave(&walk->path);
    }
    dyn_leave(&walk->path);
}

json_t *dyn_rules_warnings(const dyn_rules_checked_t *checked)
{
    dyn_lint_walk_t walk = {.checked = checked,
                            .snapshot = checked->policy->snapshot,
                            .warnings = json_array(),
                            .languages = json_object()};

    if (!dyn_rules_items_open(&walk.items, checked->policy, checked->now_ms)) {
        json_decref(walk.languages);
        json_decref(walk.warnings);
        return NULL;
    }
    dyn_lint_gather_languages(&walk);
    if (json_object_get(checked->root, "blocked") != NULL) {
        dyn_enter_member(&walk.path, "blocked");
        dyn_lint_fields(&walk, json_object_get(checked->root, "blocked"));
        dyn_leave(&walk.path);
    }
    check_slots(&walk);
    dyn_enter_member(&walk.path, "messages");
    dyn_lint_texts(&walk, json_object_get(checked->root, "messages"), dyn_lint_message_texts);
    dyn_leave(&walk.path);
    dyn_lint_translations(&walk);
    check_contents(&walk);
    dyn_lint_holdout(&walk);
    dyn_lint_experiments(&walk);
    dyn_lint_rules(&walk);
    dyn_rules_items_close(&walk.items);
    json_decref(walk.languages);

    return walk.warnings;
}

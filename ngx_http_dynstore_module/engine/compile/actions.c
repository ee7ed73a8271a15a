#include "engine/catalogue/traits.h"
#include "engine/compile/faults.h"
#include "engine/compile/parts.h"
#include "engine/compile/values.h"

#define X(c, n, rank, doc) n,
static const char *const action_names[] = {DYN_ACTIONS(X) NULL};
#undef X
#define X(c, n) n,
static const char *const cap_names[] = {DYN_CAPS(X) NULL};
static const char *const cta_names[] = {DYN_ITEM_CTAS(X) NULL};
#undef X

static bool take_true(dyn_compiler_t *compiler, const json_t *value)
{
    return json_is_true(value) || dyn_compile_fault(compiler, "only true can be here");
}

static bool take_items(dyn_compiler_t *compiler, const json_t *object, size_t least,
                       dyn_action_t *action)
{
    json_t *items = json_object_get(object, "items");
    bool good;

    if (!json_is_array(items) || json_array_size(items) < least ||
        json_array_size(items) > DYN_SLOT_ITEMS_MAX) {
        return dyn_compile_fault(compiler, "write the ids of %zu to %d items: \"items\": [\"...\"]",
                                 least, DYN_SLOT_ITEMS_MAX);
    }
    dyn_enter_member(&compiler->path, "items");
    action->values_start = compiler->values.count;
    good = dyn_take_each(compiler, items, dyn_take_item, NULL);
    action->values_count = compiler->values.count - action->values_start;

    return dyn_left(compiler, good);
}

static bool take_position(dyn_compiler_t *compiler, const json_t *object, dyn_action_t *action)
{
    int32_t position = 1;

    if (!dyn_take_count(compiler, object, "position", 1, DYN_SLOT_ITEMS_MAX, &position)) {
        return false;
    }
    action->position = (uint16_t)(position - 1);

    return true;
}

/* least: so many items there must be at least. */
static bool compile_placed(dyn_compiler_t *compiler, const json_t *value, bool positioned,
                           size_t least, dyn_action_t *action)
{
    static const char *const members[] = {"items", NULL}, *const position[] = {"position", NULL};
    const dyn_names_t names = {{members, position}, positioned ? 2 : 1};

    return dyn_take_object(compiler, value, "it") &&
           dyn_take_members(compiler, value, "member here", &names) &&
           take_items(compiler, value, least, action) &&
           (!positioned || take_position(compiler, value, action));
}

static bool compile_cap(dyn_compiler_t *compiler, const json_t *value, dyn_action_t *action)
{
    static const char *const members[] = {"by", "value", "most", NULL};
    const dyn_names_t names = {{members}, 1};
    json_t *by = json_object_get(value, "by"), *of = json_object_get(value, "value"),
           *most = json_object_get(value, "most");
    uint32_t cap = 0;
    double count;
    dyn_str_t name;

    if (!dyn_take_object(compiler, value, "a cap") ||
        !dyn_take_members(compiler, value, "member of a cap", &names)) {
        return false;
    }
    if (by == NULL || most == NULL) {
        return dyn_compile_fault(
            compiler, "a cap needs \"by\" and \"most\": {\"by\": \"brand\", \"most\": 2}");
    }
    dyn_enter_member(&compiler->path, "by");
    if (!dyn_take_name(compiler, by, cap_names, "thing to count by", &cap)) {
        return false;
    }
    dyn_leave(&compiler->path);
    dyn_enter_member(&compiler->path, "most");
    if (!dyn_take_whole(compiler, most, 0, DYN_SLOT_ITEMS_MAX, &count)) {
        return false;
    }
    dyn_leave(&compiler->path);
    action->cap = (uint8_t)cap;
    action->count = (uint32_t)count;
    action->values_start = compiler->values.count;
    if (cap != DYN_CAP_TAG && cap != DYN_CAP_ATTRIBUTE) {
        return of == NULL ||
               (dyn_enter_member(&compiler->path, "value"),
                dyn_compile_fault_at(compiler, true, 0,
                                     "\"value\" belongs to a cap by tag or attribute"));
    }
    if (of == NULL && cap == DYN_CAP_ATTRIBUTE) {
        return dyn_compile_fault(compiler,
                                 "a cap by attribute needs its name: \"value\": \"material\"");
    }
    if (of != NULL) {
        dyn_enter_member(&compiler->path, "value");
        if (!dyn_take_text(compiler, of, DYN_ATTRIBUTE_BYTES_MAX, &name)) {
            return false;
        }
        dyn_leave(&compiler->path);
    } else {
        name = DYN_STR("");
    }

    /* the traits that it counts: of a tag one or all, of an attribute all values */
    const dyn_snapshot_t *snapshot = compiler->snapshot;
    uint32_t first = DYN_NONE, end = DYN_NONE;

    for (uint32_t i = 0; snapshot != NULL && i < snapshot->trait_count; i++) {
        bool counted =
            cap == DYN_CAP_ATTRIBUTE
                ? dyn_str_equal(dyn_trait_name(snapshot, i), name)
                : dyn_str_equal(dyn_trait_name(snapshot, i), DYN_STR("tag")) &&
                      (name.len == 0 || dyn_str_equal(dyn_trait_value(snapshot, i), name));

        if (counted) {
            first = first == DYN_NONE ? i : first;
            end = i + 1;
        }
    }
    if (first != DYN_NONE) {
        dyn_compiler_add_value(compiler, first);
        dyn_compiler_add_value(compiler, end);
    }
    action->values_count = compiler->values.count - action->values_start;

    return true;
}

static bool compile_sources(dyn_compiler_t *compiler, const json_t *value, dyn_action_t *action)
{
    const dyn_names_t names = {{dyn_source_names}, 1};
    const char *key;
    json_t *wanted;

    if (!json_is_object(value) || json_object_size(value) == 0) {
        return dyn_compile_fault(
            compiler, "write sources and weights: {\"similar\": 0.5, \"trending\": false}");
    }
    action->values_start = compiler->values.count;
    json_object_foreach((json_t *)value, key, wanted)
    {
        uint32_t source = 0, bits;
        double weight = json_is_true(wanted) ? -1 : 0;
        float stored;

        dyn_enter_member(&compiler->path, key);
        if (!dyn_find_name(dyn_source_names, key, &source)) {
            return dyn_compile_unknown(compiler, key, "source", &names, true);
        }
        if (!json_is_boolean(wanted) && !dyn_take_number(compiler, wanted, 0, 1000, &weight)) {
            return false;
        }
        dyn_leave(&compiler->path);
        stored = (float)weight;
        memcpy(&bits, &stored, sizeof(bits));
        dyn_compiler_add_value(compiler, source);
        dyn_compiler_add_value(compiler, bits);
    }
    action->values_count = compiler->values.count - action->values_start;

    return true;
}

static bool compile_confidence(dyn_compiler_t *compiler, const json_t *value, dyn_action_t *action)
{
    static const char *const members[] = {"least", "fallback", NULL};
    const dyn_names_t names = {{members}, 1};
    json_t *least = json_object_get(value, "least"), *fallback = json_object_get(value, "fallback");
    double number;

    if (json_is_number(value)) {
        least = (json_t *)value;
    } else if (!dyn_take_object(compiler, value, "it") ||
               !dyn_take_members(compiler, value, "member here", &names)) {
        return false;
    }
    if (least == NULL) {
        return dyn_compile_fault(compiler, "write {\"least\": 0.3, \"fallback\": \"popular\"}");
    }
    if (least != value) {
        dyn_enter_member(&compiler->path, "least");
    }
    if (!dyn_take_number(compiler, least, 0, 1, &number)) {
        return false;
    }
    if (least != value) {
        dyn_leave(&compiler->path);
    }
    action->number = (float)number;
    if (fallback != NULL &&
        !(json_is_string(fallback) && strcmp(json_string_value(fallback), "none") == 0)) {
        dyn_enter_member(&compiler->path, "fallback");
        if (!dyn_take_name(compiler, fallback, dyn_source_names, "source", &action->source)) {
            return false;
        }
        dyn_leave(&compiler->path);
    }

    return true;
}

static bool compile_cta(dyn_compiler_t *compiler, const json_t *value, dyn_action_t *action)
{
    static const char *const members[] = {"action", "label", NULL};
    const dyn_names_t names = {{members}, 1};
    json_t *wanted = json_object_get(value, "action"), *label = json_object_get(value, "label");
    uint32_t cta = DYN_CTA_VIEW;

    if (!dyn_take_object(compiler, value, "a call to action") ||
        !dyn_take_members(compiler, value, "member of a call to action", &names)) {
        return false;
    }
    if (wanted == NULL) {
        return dyn_compile_fault(
            compiler, "a call to action needs its \"action\": \"view\" or \"add_to_cart\"");
    }
    dyn_enter_member(&compiler->path, "action");
    if (!dyn_take_name(compiler, wanted, cta_names, "call to action", &cta)) {
        return false;
    }
    dyn_leave(&compiler->path);
    action->cta = (uint8_t)cta;
    if (label != NULL) {
        dyn_enter_member(&compiler->path, "label");
        if (!dyn_take_texts(compiler, label, DYN_PLACES_NO, &action->text)) {
            return false;
        }
        dyn_leave(&compiler->path);
    }

    return true;
}

static bool compile_action(dyn_compiler_t *compiler, dyn_action_kind_t kind, const json_t *value)
{
    dyn_action_t action = {
        .kind = (uint8_t)kind, .text = DYN_NONE, .name = DYN_NONE, .source = DYN_NONE};
    double number = 0;
    dyn_str_t name;
    bool good = true;

    switch (kind) {
    case DYN_ACTION_EXCLUDE:
    case DYN_ACTION_FILTER:
        good = take_true(compiler, value);
        break;
    case DYN_ACTION_SOURCES:
        good = compile_sources(compiler, value, &action);
        break;
    case DYN_ACTION_STRENGTH:
    case DYN_ACTION_QUOTA:
    case DYN_ACTION_BURY:
        good = dyn_take_number(compiler, value, 0, 1, &number);
        break;
    case DYN_ACTION_BOOST:
        good = dyn_take_number(compiler, value, 1, 20, &number);
        break;
    case DYN_ACTION_LIMIT:
        good = dyn_take_whole(compiler, value, 1, DYN_SLOT_ITEMS_MAX, &number);
        action.count = good ? (uint32_t)number : 0;
        break;
    case DYN_ACTION_APART:
        good = compile_placed(compiler, value, false, 2, &action);
        break;
    case DYN_ACTION_ADD:
        good = compile_placed(compiler, value, false, 1, &action);
        break;
    case DYN_ACTION_PIN:
    case DYN_ACTION_PREFER:
        good = compile_placed(compiler, value, true, 1, &action);
        break;
    case DYN_ACTION_CAP:
        good = compile_cap(compiler, value, &action);
        break;
    case DYN_ACTION_CONFIDENCE:
        good = compile_confidence(compiler, value, &action);
        number = (double)action.number;
        break;
    case DYN_ACTION_CONTENT:
        good = dyn_take_text(compiler, value, DYN_ITEM_ID_BYTES_MAX, &name);
        action.name = good ? dyn_compiler_add_string(compiler, name) : DYN_NONE;
        break;
    case DYN_ACTION_CTA:
        good = compile_cta(compiler, value, &action);
        break;
    default:
        good = dyn_take_texts(compiler, value, DYN_PLACES_NO, &action.text);
        break;
    }
    if (!good) {
        return false;
    }
    action.number = (float)number;

    return DYN_PUT(compiler, actions, &action);
}

bool dyn_compile_then(dyn_compiler_t *compiler, const json_t *then, dyn_rule_t *rule)
{
    const dyn_names_t names = {{action_names}, 1};
    const char *key;
    json_t *value;

    if (!dyn_take_object(compiler, then, "\"then\"")) {
        return false;
    }
    if (json_object_size(then) == 0) {
        return dyn_compile_fault(compiler,
                                 "\"then\" is empty: say what the rule does, as {\"boost\": 1.5}");
    }
    rule->actions_start = compiler->actions.count;
    json_object_foreach((json_t *)then, key, value)
    {
        uint32_t kind = 0;

        dyn_enter_member(&compiler->path, key);
        if (!dyn_find_name(action_names, key, &kind)) {
            return dyn_compile_unknown(compiler, key, "action", &names, true);
        }
        if (!compile_action(compiler, (dyn_action_kind_t)kind, value)) {
            return false;
        }
        dyn_leave(&compiler->path);
    }
    rule->actions_count = compiler->actions.count - rule->actions_start;

    return true;
}

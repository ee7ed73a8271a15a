#include "engine/compile/conditions.h"
#include "engine/compile/faults.h"
#include "engine/compile/parts.h"

#include <stdio.h>

/* The item of that id as the only value of what is made; an item that the snapshot does not have is none. */
static void add_item_value(dyn_compiler_t *compiler, dyn_str_t id)
{
    uint32_t item = compiler->snapshot == NULL
                        ? DYN_NONE
                        : dyn_snapshot_find_item(compiler->snapshot, id, NULL);

    if (item != DYN_NONE) {
        dyn_compiler_add_value(compiler, item);
    }
}

static void ask_for_override(dyn_compiler_t *compiler, const dyn_control_entry_t *entry,
                             dyn_rule_t *rule)
{
    bool of_item = entry->override == DYN_CONTROL_OVERRIDE_BLOCK ||
                   entry->override == DYN_CONTROL_OVERRIDE_BOOST;

    rule->when.start = compiler->conditions.count;
    if (entry->slot.len > 0) {
        uint32_t node = dyn_condition_add(compiler, DYN_NODE_REQUEST, DYN_REQUEST_FIELD_SLOT, 0);

        dyn_compiler_add_value(compiler, dyn_compiler_add_string(compiler, entry->slot));
        dyn_condition_end_values(compiler, node, true);
        (void)dyn_condition_end(compiler, node);
    }
    if (of_item) {
        uint32_t node =
            dyn_condition_add(compiler, DYN_NODE_ITEM, DYN_ITEM_FIELD_ID, DYN_SUBJECT_ITEM);

        add_item_value(compiler, entry->item);
        dyn_condition_end_values(compiler, node, true);
        (void)dyn_condition_end(compiler, node);
    }
    rule->when.count = compiler->conditions.count - rule->when.start;
}

static void act_as_override(dyn_compiler_t *compiler, const dyn_control_entry_t *entry,
                            dyn_action_t *action)
{
    action->values_start = compiler->values.count;
    switch (entry->override) {
    case DYN_CONTROL_OVERRIDE_BLOCK:
        action->kind = DYN_ACTION_EXCLUDE;
        break;
    case DYN_CONTROL_OVERRIDE_PIN:
        action->kind = DYN_ACTION_PIN;
        action->position = (uint16_t)(entry->place > 0 ? entry->place - 1 : 0);
        add_item_value(compiler, entry->item);
        break;
    case DYN_CONTROL_OVERRIDE_APART:
        action->kind = DYN_ACTION_APART;
        add_item_value(compiler, entry->item);
        add_item_value(compiler, entry->other);
        break;
    default:
        action->kind = entry->factor_thousandths < 1000 ? DYN_ACTION_BURY : DYN_ACTION_BOOST;
        action->number = (float)entry->factor_thousandths / 1000;
        break;
    }
    action->values_count = compiler->values.count - action->values_start;
}

/* Of what two overrides say the newer holds: it has the higher priority. */
static bool add_override_rule(dyn_compiler_t *compiler, const dyn_control_entry_t *entry,
                              uint32_t number)
{
    char id[sizeof(DYN_OVERRIDE_ID_PREFIX) + DYN_CONTROL_POSITION_BYTES];
    char position[DYN_CONTROL_POSITION_BYTES];
    dyn_rule_t rule = {.priority = DYN_RULES_PRIORITY_MAX + 1 + (int32_t)number,
                       .until_ms = entry->until_ms,
                       .enabled = true,
                       .own = true};
    dyn_action_t action = {.text = DYN_NONE, .name = DYN_NONE, .source = DYN_NONE};

    dyn_control_position_write(entry->position, position);
    snprintf(id, sizeof(id), DYN_OVERRIDE_ID_PREFIX "%s", position);
    rule.id = dyn_compiler_copy(compiler, dyn_str_from(id));
    rule.author = dyn_compiler_copy(compiler, entry->author);
    rule.note = dyn_compiler_copy(compiler, entry->reason);
    ask_for_override(compiler, entry, &rule);
    act_as_override(compiler, entry, &action);
    rule.actions_start = compiler->actions.count;
    rule.actions_count = 1;

    return DYN_PUT(compiler, actions, &action) && DYN_PUT(compiler, rules, &rule);
}

bool dyn_compile_overrides(dyn_compiler_t *compiler)
{
    const dyn_overrides_t *standing = compiler->standing;
    bool good = true;

    compiler->path.depth = 0;
    for (uint32_t i = 0; standing != NULL && good && i < standing->count; i++) {
        good = add_override_rule(compiler, &standing->rows[i], i);
    }

    return good;
}

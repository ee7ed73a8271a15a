#include "engine/compile/conditions.h"
#include "engine/compile/faults.h"
#include "engine/compile/parts.h"
#include "engine/compile/values.h"

/* A variant switches a rule on or off. */
typedef struct {
    dyn_str_t rule;
    uint32_t variant;
    bool on;
} switch_t;

bool dyn_compile_switches(dyn_compiler_t *compiler, const json_t *value, uint32_t variant)
{
    const char *key;
    json_t *on;

    dyn_enter_member(&compiler->path, "rules");
    if (!dyn_take_object(compiler, value, "\"rules\"")) {
        return false;
    }
    json_object_foreach((json_t *)value, key, on)
    {
        switch_t row = {.rule = dyn_compiler_copy(compiler, dyn_str_from(key)), .variant = variant};

        dyn_enter_member(&compiler->path, key);
        if (!dyn_take_bool(compiler, on, &row.on) || !DYN_PUT(compiler, switches, &row)) {
            return false;
        }
        dyn_leave(&compiler->path);
    }
    dyn_leave(&compiler->path);

    return true;
}

/* Of the variants that switch the rule to `on`, a node that holds for who has one of them. */
static bool add_switch(dyn_compiler_t *compiler, dyn_str_t rule, bool on)
{
    uint32_t node = dyn_condition_add(compiler, DYN_NODE_REQUEST, DYN_REQUEST_FIELD_EXPERIMENT, 0);

    for (uint32_t i = 0; i < compiler->switches.count; i++) {
        const switch_t *row = DYN_ROW(compiler, switches, switch_t, i);

        if (row->on == on && dyn_str_equal(row->rule, rule)) {
            dyn_compiler_add_value(compiler, row->variant);
        }
    }
    dyn_condition_end_values(compiler, node, true);

    return dyn_condition_end(compiler, node);
}

bool dyn_compile_switch_rule(dyn_compiler_t *compiler, dyn_rule_t *rule)
{
    bool off = false, on = false;

    for (uint32_t i = 0; i < compiler->switches.count; i++) {
        const switch_t *row = DYN_ROW(compiler, switches, switch_t, i);

        if (dyn_str_equal(row->rule, rule->id)) {
            on = on || row->on;
            off = off || !row->on;
        }
    }
    if (off) {
        uint32_t node = dyn_condition_add(compiler, DYN_NODE_NOT, 0, 0);

        if (!add_switch(compiler, rule->id, false) || !dyn_condition_end(compiler, node)) {
            return false;
        }
    }
    if (on && !rule->enabled) {
        rule->enabled = true;
        if (!add_switch(compiler, rule->id, true)) {
            return false;
        }
    }
    rule->when.count = compiler->conditions.count - rule->when.start;

    return true;
}

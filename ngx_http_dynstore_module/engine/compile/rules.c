#include "engine/compile/conditions.h"
#include "engine/compile/faults.h"
#include "engine/compile/parts.h"
#include "engine/compile/values.h"

#include <stdlib.h>

static bool has_rule(const dyn_compiler_t *compiler, dyn_str_t id)
{
    for (uint32_t i = 0; i < compiler->rules.count; i++) {
        if (dyn_str_equal(DYN_ROW(compiler, rules, dyn_rule_t, i)->id, id)) {
            return true;
        }
    }

    return false;
}

static bool take_rule_id(dyn_compiler_t *compiler, const json_t *rule, dyn_str_t *id)
{
    json_t *value = json_object_get(rule, "id");
    dyn_str_t text;

    if (value == NULL) {
        return dyn_compile_fault(compiler,
                                 "the rule has no \"id\": give it a name, as \"own-brand\"");
    }
    dyn_enter_member(&compiler->path, "id");
    if (!dyn_take_text(compiler, value, DYN_RULE_ID_BYTES_MAX, &text)) {
        return false;
    }
    if (has_rule(compiler, text)) {
        return dyn_compile_fault(
            compiler, "a rule before this one has the id \"%.64s\", too: give it another",
            text.data);
    }
    dyn_leave(&compiler->path);
    *id = dyn_compiler_copy(compiler, text);

    return true;
}

static bool compile_rule(dyn_compiler_t *compiler, const json_t *value, void *context)
{
    static const char *const members[] = {"id",    "note",       "enabled", "priority", "from",
                                          "until", "compliance", "when",    "then",     NULL};
    const dyn_names_t names = {{members}, 1};
    json_t *then = json_object_get(value, "then"), *when = json_object_get(value, "when");
    dyn_rule_t rule = {.until_ms = DYN_TIME_MS_MAX,
                       .enabled = true,
                       .own = compiler->below != NULL && !compiler->of_below};

    (void)context;
    if (!dyn_take_object(compiler, value, "a rule") ||
        !dyn_take_members(compiler, value, "member of a rule", &names) ||
        !take_rule_id(compiler, value, &rule.id)) {
        return false;
    }
    compiler->rule_id = rule.id;
    if (!dyn_take_count(compiler, value, "priority", -DYN_RULES_PRIORITY_MAX,
                        DYN_RULES_PRIORITY_MAX, &rule.priority) ||
        !dyn_take_flag(compiler, value, "enabled", &rule.enabled) ||
        !dyn_take_flag(compiler, value, "compliance", &rule.compliance) ||
        !dyn_take_time(compiler, value, "from", &rule.from_ms) ||
        !dyn_take_time(compiler, value, "until", &rule.until_ms) ||
        !dyn_check_period(compiler, rule.from_ms, rule.until_ms, "the rule never holds")) {
        return false;
    }
    dyn_enter_member(&compiler->path, "when");
    if (!dyn_compile_when(compiler, when, dyn_compile_request_members, &rule.when) ||
        !dyn_compile_switch_rule(compiler, &rule)) {
        return false;
    }
    dyn_leave(&compiler->path);
    /* one that only switches a built-in rule off does nothing */
    if (then == NULL && rule.enabled) {
        return dyn_compile_fault(compiler,
                                 "the rule has no \"then\": say what it does, as {\"boost\": 1.5}");
    }
    dyn_enter_member(&compiler->path, "then");
    if (then != NULL && !dyn_compile_then(compiler, then, &rule)) {
        return false;
    }
    dyn_leave(&compiler->path);

    return DYN_PUT(compiler, rules, &rule);
}

bool dyn_compile_rules(dyn_compiler_t *compiler, const json_t *value)
{
    if (json_array_size(value) > DYN_RULES_MAX) {
        return dyn_compile_fault(compiler, "there are more than %d rules", DYN_RULES_MAX);
    }

    return dyn_take_rows(compiler, value, "\"rules\"", compile_rule, NULL);
}

static int by_priority(const void *a, const void *b)
{
    const dyn_rule_t *left = a;
    const dyn_rule_t *right = b;
    size_t least = left->id.len < right->id.len ? left->id.len : right->id.len;

    if (left->priority != right->priority) {
        return left->priority > right->priority ? -1 : 1;
    }

    int order = memcmp(left->id.data, right->id.data, least);

    return order != 0 ? order : (left->id.len > right->id.len) - (left->id.len < right->id.len);
}

bool dyn_compile_built_in_rules(dyn_compiler_t *compiler)
{
    const json_t *rules = json_object_get(compiler->below, "rules");
    bool good = true;

    compiler->of_below = true;
    compiler->path.depth = 0;
    for (size_t i = 0; good && i < json_array_size(rules); i++) {
        const json_t *rule = json_array_get(rules, i);

        good = has_rule(compiler, dyn_text_of(json_object_get(rule, "id"))) ||
               compile_rule(compiler, rule, NULL);
    }
    compiler->of_below = false;

    return good;
}

bool dyn_compile_check_switches(dyn_compiler_t *compiler, const json_t *experiments)
{
    size_t number, place;
    json_t *experiment, *variant, *on;
    const char *key;

    dyn_enter_member(&compiler->path, "experiments");
    json_array_foreach(experiments, number, experiment)
    {
        dyn_enter_element(&compiler->path, number);
        dyn_enter_member(&compiler->path, "variants");
        json_array_foreach(json_object_get(experiment, "variants"), place, variant)
        {
            dyn_enter_element(&compiler->path, place);
            dyn_enter_member(&compiler->path, "rules");
            json_object_foreach(json_object_get(variant, "rules"), key, on)
            {
                dyn_enter_member(&compiler->path, key);
                if (!has_rule(compiler, dyn_str_from(key))) {
                    return dyn_compile_fault(
                        compiler, "there is no rule \"%.64s\", neither here nor built in", key);
                }
                dyn_leave(&compiler->path);
            }
            dyn_leave(&compiler->path);
            dyn_leave(&compiler->path);
        }
        dyn_leave(&compiler->path);
        dyn_leave(&compiler->path);
    }
    dyn_leave(&compiler->path);

    return true;
}

void dyn_compile_sort_rules(dyn_compiler_t *compiler)
{
    dyn_rule_t *rules = (dyn_rule_t *)(void *)compiler->rules.rows;
    uint32_t kept = 0;

    for (uint32_t i = 0; i < compiler->rules.count; i++) {
        if (rules[i].enabled) {
            compiler->policy->own_rule_count += rules[i].own;
            rules[kept++] = rules[i];
        }
    }
    compiler->rules.count = kept;
    if (kept > 1) {
        qsort(rules, kept, sizeof(*rules), by_priority);
    }
}

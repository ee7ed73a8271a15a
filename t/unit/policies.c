#include "policies.h"

#include "engine/compile/compile.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void policies_begin(policies_t *policies, const dyn_snapshot_t *snapshot)
{
    policies->condition_count = policies->value_count = policies->string_count = 0;
    policies->action_count = policies->depth = 0;
    policies->policy = *dyn_policy_default();
    policies->policy.snapshot = snapshot;
    policies->policy.conditions = policies->conditions;
    policies->policy.values = policies->values;
    policies->policy.strings = policies->strings;
    policies->policy.rules = policies->rules;
    policies->policy.actions = policies->actions;
    policies->policy.rule_count = 0;
}

uint32_t policies_when_begin(const policies_t *policies)
{
    return policies->condition_count;
}

dyn_when_t policies_when_end(const policies_t *policies, uint32_t begin)
{
    return (dyn_when_t){begin, policies->condition_count - begin};
}

static dyn_condition_t *add(policies_t *policies, dyn_node_kind_t kind)
{
    dyn_condition_t *node = &policies->conditions[policies->condition_count++];

    if (policies->condition_count == POLICIES_ROWS) {
        abort();
    }
    *node = (dyn_condition_t){.kind = (uint8_t)kind,
                              .end = policies->condition_count,
                              .values_start = policies->value_count,
                              .low = -INFINITY,
                              .high = INFINITY};

    return node;
}

void policies_open(policies_t *policies, dyn_node_kind_t kind, dyn_subject_t subject)
{
    policies->open[policies->depth++] = policies->condition_count;
    add(policies, kind)->subject = (uint8_t)subject;
}

void policies_close(policies_t *policies)
{
    policies->conditions[policies->open[--policies->depth]].end = policies->condition_count;
}

static void take_values(policies_t *policies, dyn_condition_t *node, uint32_t count, va_list list)
{
    node->values_count = count;
    for (uint32_t i = 0; i < count; i++) {
        policies->values[policies->value_count++] = va_arg(list, uint32_t);
    }
}

void policies_request(policies_t *policies, dyn_request_field_t field, uint32_t count, ...)
{
    dyn_condition_t *node = add(policies, DYN_NODE_REQUEST);
    va_list list;

    node->field = (uint8_t)field;
    va_start(list, count);
    take_values(policies, node, count, list);
    va_end(list);
}

void policies_request_text(policies_t *policies, dyn_request_field_t field, const char *text)
{
    policies->strings[policies->string_count] = dyn_str_from(text);
    policies_request(policies, field, 1, policies->string_count++);
}

void policies_request_range(policies_t *policies, dyn_request_field_t field, double low,
                            double high)
{
    dyn_condition_t *node = add(policies, DYN_NODE_REQUEST);

    node->field = (uint8_t)field;
    node->low = low;
    node->high = high;
}

static dyn_condition_t *add_item(policies_t *policies, dyn_subject_t subject,
                                 dyn_item_field_t field)
{
    dyn_condition_t *node = add(policies, DYN_NODE_ITEM);

    node->field = (uint8_t)field;
    node->subject = (uint8_t)subject;

    return node;
}

void policies_item(policies_t *policies, dyn_subject_t subject, dyn_item_field_t field,
                   uint32_t count, ...)
{
    va_list list;

    va_start(list, count);
    take_values(policies, add_item(policies, subject, field), count, list);
    va_end(list);
}

void policies_item_range(policies_t *policies, dyn_subject_t subject, dyn_item_field_t field,
                         double low, double high)
{
    dyn_condition_t *node = add_item(policies, subject, field);

    node->low = low;
    node->high = high;
}

void policies_item_relation(policies_t *policies, dyn_item_field_t field, dyn_relation_t relation,
                            dyn_subject_t to, double low, double high)
{
    dyn_condition_t *node = add_item(policies, DYN_SUBJECT_ITEM, field);

    node->relation = (uint8_t)relation;
    node->relative_to = (uint8_t)to;
    node->low = low;
    node->high = high;
}

const dyn_policy_t *policies_read(const dyn_snapshot_t *snapshot, const char *members)
{
    return policies_read_with(snapshot, members, NULL);
}

static void quote(char *text)
{
    for (char *at = text; *at != '\0'; at++) {
        *at = *at == '\'' ? '"' : *at;
    }
}

const dyn_policy_t *policies_read_with(const dyn_snapshot_t *snapshot, const char *members,
                                       const char *features)
{
    static dyn_policy_t *policy;
    static char text[1 << 19], payload[1 << 14];
    int length = snprintf(text, sizeof(text), "{'schema': 'dynstore.rules/1'%s%s}",
                          members[0] != '\0' ? ", " : "", members);
    dyn_error_t error = {""};

    snprintf(payload, sizeof(payload), "%s", features != NULL ? features : "");
    quote(text);
    quote(payload);

    const dyn_policy_source_t source = {"rules.json", {text, (size_t)length}};
    const dyn_policy_source_t beside = {"features.json", dyn_str_from(payload)};

    dyn_policy_free(policy);
    policy = NULL;
    if (length >= (int)sizeof(text) ||
        !dyn_policy_compile_with(&source, features != NULL ? &beside : NULL, NULL, snapshot,
                                 &policy, &error)) {
        fprintf(stderr, "policies: %s\n%.2000s\n", error.text, text);
        abort();
    }

    return policy;
}

const dyn_policy_t *policies_rules(const dyn_snapshot_t *snapshot, const char *rules)
{
    static char members[1 << 19];

    snprintf(members, sizeof(members), "'rules': [%s]", rules);

    return policies_read(snapshot, members);
}

/* Policies made by hand, for tests and benches: conditions node by node, rules, actions and slots. */
#ifndef POLICIES_H
#define POLICIES_H

#include "engine/policy/conditions.h"

enum { POLICIES_ROWS = 8192, POLICIES_DEPTH = 16 };

typedef struct {
    dyn_policy_t policy;
    dyn_condition_t conditions[POLICIES_ROWS];
    uint32_t values[POLICIES_ROWS];
    dyn_str_t strings[POLICIES_ROWS];
    dyn_rule_t rules[POLICIES_ROWS];
    dyn_action_t actions[POLICIES_ROWS];
    uint32_t condition_count, value_count, string_count, action_count;
    uint32_t open[POLICIES_DEPTH], depth;
} policies_t;

/* Everything the built-in policy says, without rules. */
void policies_begin(policies_t *policies, const dyn_snapshot_t *snapshot);

/* A condition begins with the next node. */
uint32_t policies_when_begin(const policies_t *policies);
dyn_when_t policies_when_end(const policies_t *policies, uint32_t begin);
/* A node with children: those made until policies_close(). subject: of a SUBJECT. */
void policies_open(policies_t *policies, dyn_node_kind_t kind, dyn_subject_t subject);
void policies_close(policies_t *policies);
/* count values follow. */
void policies_request(policies_t *policies, dyn_request_field_t field, uint32_t count, ...);
void policies_request_text(policies_t *policies, dyn_request_field_t field, const char *text);
void policies_request_range(policies_t *policies, dyn_request_field_t field, double low,
                            double high);
void policies_item(policies_t *policies, dyn_subject_t subject, dyn_item_field_t field,
                   uint32_t count, ...);
void policies_item_range(policies_t *policies, dyn_subject_t subject, dyn_item_field_t field,
                         double low, double high);
/* The same as, other than, or a share of what the page or the cart is. */
void policies_item_relation(policies_t *policies, dyn_item_field_t field, dyn_relation_t relation,
                            dyn_subject_t to, double low, double high);

/* ---- and from the text of a rules file ---- */

/*
 * members: what stands in the file beside its schema, with ' for "; fails the test with the sentence where it is none. The policy is
 * freed by the next call.
 */
const dyn_policy_t *policies_read(const dyn_snapshot_t *snapshot, const char *members);
/* The same with a GrowthBook payload, in JSON with ' for " as well; NULL: none. */
const dyn_policy_t *policies_read_with(const dyn_snapshot_t *snapshot, const char *members,
                                       const char *features);
/* The same of the rules alone: a list's elements. */
const dyn_policy_t *policies_rules(const dyn_snapshot_t *snapshot, const char *rules);

#endif

/* What rules of a file say of each other and of a catalogue, for `dynstore rules lint`. Nothing is said where it is not certain. */
#ifndef DYN_LINT_OVERLAP_H
#define DYN_LINT_OVERLAP_H

#include <jansson.h>

#include "engine/policy/conditions.h"
#include "engine/policy/place.h"

enum { DYN_CONTRADICTION_STEPS = 40 };

typedef struct {
    dyn_json_step_t steps[DYN_CONTRADICTION_STEPS]; /* from the condition to the later of the two members */
    size_t depth;
    const char *name; /* of the member */
} dyn_contradiction_t;

/* Whether two members of `when`, both of which must hold, cannot: what is in `all` counts, what is in `any` does not. */
bool dyn_rules_contradiction(const json_t *when, dyn_contradiction_t *found);
/* Whether a condition anywhere in it is about `member`: "item", the candidate, or "country". when may be NULL. */
bool dyn_rules_asks_for(const json_t *when, const char *member);
/* Whether the rule excludes or filters. */
bool dyn_rules_hides(const json_t *rule);
/* Whether the hiding rule is in force wherever the other one is, whatever both ask of candidates. time_zone: of the policy. */
bool dyn_rules_holds_where(dyn_str_t time_zone, const json_t *hiding, const json_t *rule);

/* The rules of a policy beside the items of its snapshot. */
typedef struct {
    const dyn_policy_t *policy;
    dyn_policy_t copy; /* all its conditions ask for the candidate */
    dyn_context_t context;
    dyn_asking_t asking;
} dyn_rules_items_t;

/* False: there is no memory. Close it anyway. */
bool dyn_rules_items_open(dyn_rules_items_t *items, const dyn_policy_t *policy, int64_t now_ms);
void dyn_rules_items_close(dyn_rules_items_t *items);
/*
 * Whether no item can be what the rule asks of the subject, "item" or "cart". Age, stock and sales are taken for fitting, because they
 * change. False without a snapshot.
 */
bool dyn_rules_match_nothing(const dyn_rules_items_t *items, const json_t *rule,
                             dyn_subject_t subject);
/*
 * Whether the hiding rule, where it is in force, hides the item, or all items that the other rule is true of. hiding: NULL: what the
 * file says in "blocked".
 */
bool dyn_rules_hide_item(const dyn_rules_items_t *items, const json_t *hiding, dyn_str_t id);
bool dyn_rules_hide_all(const dyn_rules_items_t *items, const json_t *hiding, const json_t *rule);

#endif

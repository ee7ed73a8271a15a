/*
 * What is known of a policy's rules before anything is asked: on which pages a rule can hold at all, whether it asks about the
 * candidate, and which rules can be true of an item by its id, brand, category and traits. Made once when a policy is compiled.
 */
#ifndef DYN_RULE_INDEX_H
#define DYN_RULE_INDEX_H

#include "engine/base/arena.h"
#include "engine/catalogue/traits.h"
#include "engine/policy/conditions.h"

/* By what a rule is found for an item. */
typedef enum {
    DYN_RULE_KEY_NONE, /* the rule is asked of every item */
    DYN_RULE_KEY_ID,
    DYN_RULE_KEY_BRAND,
    DYN_RULE_KEY_TRAIT,
    DYN_RULE_KEY_CATEGORY,
    DYN_RULE_KEYS_COUNT
} dyn_rule_key_kind_t;

enum { DYN_RULE_DEPTHS_MIXED = 255 };

/* A bit of dyn_rule_outline_t.actions. */
#define DYN_RULE_DOES(action) (1U << (action))

typedef struct {
    uint8_t surfaces, moments; /* bits: where it can hold */
    uint8_t key;               /* dyn_rule_key_kind_t */
    bool asks_items;           /* about the candidate */
    bool asks_slot;
    bool asks_country;
    bool asks_request; /* about anything else than the candidate */
    uint8_t verdict;   /* dyn_verdict_t without the candidate, where the request is not asked about */
    uint8_t depth;    /* CATEGORY: of those that it is found by, or DYN_RULE_DEPTHS_MIXED */
    uint32_t actions; /* bits by dyn_action_kind_t */
    /* Of index->rest: the nodes that an item of the rule's list must still meet, where the rule is open. */
    uint32_t rest_start, rest_count;
    float own;        /* the product of its boosts above 1, */
    float most;       /* and of those of all rules that are found by the same id, brand, category or trait */
} dyn_rule_outline_t;

struct dyn_rule_index_s {
    const dyn_rule_outline_t *outlines; /* by rule */
    const uint32_t *rest; /* numbers of conditions */
    /* By item: the rules with a key that may be true of it, as far as that is the same at any time; one start more than items, which are
     * none without a snapshot: then no rule with a key is true of any. */
    uint32_t item_count;
    const uint32_t *item_starts;
    const uint32_t *item_rules;
    uint32_t words;     /* of 64 rules each */
    bool asks_time;     /* some rule, or variation of a slot, asks for the time of day or the weekday */
    bool blocks;        /* the policy blocks items, */
    const uint8_t *blocked; /* these, a bit for each; NULL: that changes with stock, prices and time, and is to be asked */
};

/*
 * Makes the index of a compiled policy, whose rules, conditions, values and snapshot are set. Memory is the arena's; NULL: it is
 * exhausted. Takes a pass over the catalogue, some tens of nanoseconds an item.
 */
const dyn_rule_index_t *dyn_policy_index(const dyn_policy_t *policy, dyn_arena_t *arena);

/* The rules of an item's list, rising. */
static inline dyn_numbers_t dyn_rule_index_item(const dyn_rule_index_t *index, uint32_t item)
{
    uint32_t start, end;

    if (item >= index->item_count) {
        return (dyn_numbers_t){NULL, 0};
    }
    start = index->item_starts[item];
    end = index->item_starts[item + 1];

    return (dyn_numbers_t){index->item_rules + start, end - start};
}

#endif

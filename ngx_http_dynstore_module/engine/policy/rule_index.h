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
    uint8_t depth;    /* CATEGORY: of those that it is found by, or DYN_RULE_DEPTHS_MIXED */
    uint32_t actions; /* bits by dyn_action_kind_t */
    float own;        /* the product of its boosts above 1, */
    float most;       /* and of those of all rules that are found by the same id, brand, category or trait */
} dyn_rule_outline_t;

struct dyn_rule_index_s {
    const dyn_rule_outline_t *outlines; /* by rule */
    const uint64_t *rows; /* a hash table: the key's kind and number, then where its rules are; 0: free */
    const uint32_t *rules; /* of each key its rules, rising, behind their count */
    uint32_t row_bits;
    uint32_t words;     /* of 64 rules each */
    bool asks_time;     /* some rule, or variation of a slot, asks for the time of day or the weekday */
    bool blocks;        /* the policy blocks items, */
    const uint8_t *blocked; /* these, a bit for each; NULL: that changes with stock, prices and time, and is to be asked */
};

/*
 * Makes the index of a compiled policy, whose rules, conditions, values and snapshot are set. Memory is the arena's; NULL: it is
 * exhausted. Takes a pass over the catalogue where items are blocked.
 */
const dyn_rule_index_t *dyn_policy_index(const dyn_policy_t *policy, dyn_arena_t *arena);

/*
 * Sets in `found`, a bit for each rule, those of `wanted` that can be true of the item by its keys; those without a key are not among
 * them. kinds: bits by dyn_rule_key_kind_t of the keys that are looked up.
 */
void dyn_rule_index_find(const dyn_rule_index_t *index, const dyn_snapshot_t *snapshot, uint32_t item,
                         unsigned kinds, const uint64_t *wanted, uint64_t *found);

#endif

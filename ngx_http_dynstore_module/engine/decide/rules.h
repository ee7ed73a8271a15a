/*
 * A policy's part in one decision. Which rules are in force is found once for the request, and once more for each slot where a rule
 * asks for the slot; whether one is true of a candidate is asked only of candidates that come into question, and only for rules that
 * are found by the candidate's id, brand, category or traits. The order of work is that of docs/rules.md.
 */
#ifndef DYN_RULES_H
#define DYN_RULES_H

#include "engine/decide/decide.h"
#include "engine/policy/conditions.h"
#include "engine/policy/rule_index.h"

struct dyn_work_s;

/* An action of a rule in force. */
typedef struct {
    const dyn_action_t *action;
    uint32_t rule; /* its number */
    bool open;     /* the rule asks about the candidate */
    uint32_t next; /* number of the next action of its kind; DYN_NONE: there is none */
} dyn_rule_action_t;

/* An item that a rule gives a place. */
typedef struct {
    uint32_t item;
    uint32_t rule;
    uint32_t place; /* from 0 */
    bool pinned;    /* else it is only preferred */
} dyn_placed_t;

/* An open rule that is asked of every candidate. */
typedef struct {
    uint32_t rule;
    const dyn_condition_t *price; /* a range of prices, which is all that it asks; NULL: it asks something else */
} dyn_rule_of_all_t;

/* The open rules of one class. Others than those of an item's list are asked of every candidate. */
typedef struct {
    uint64_t *wanted;          /* bits by rule; NULL: there is none */
    dyn_rule_of_all_t *of_all; /* those that are in no list, rising */
    uint32_t of_all_count;
} dyn_open_rules_t;

/* The rules in force in one slot, and what they make of it. */
typedef struct dyn_slot_rules_s {
    const dyn_policy_slot_t *slot;     /* NULL: the policy says nothing of the slot */
    dyn_blend_row_t row;               /* sources and flags, */
    const dyn_blend_weight_t *weights; /* where the row's begin */
    const dyn_rule_action_t *actions;
    uint32_t heads[DYN_ACTIONS_COUNT]; /* number of the first action of each kind; DYN_NONE: there is none */
    dyn_open_rules_t excluding, boosting;
    const float *factors; /* by rule: what those of boosting multiply by */
    dyn_placed_t *placed; /* in the order in which they were placed, at most `wanted` */
    uint32_t placed_count;
    uint32_t wanted; /* items that the slot may show */
    uint32_t title;  /* of texts; DYN_NONE: made from the reasons */
    float strength;  /* 0..1 */
    float boosts;    /* the product of the factors that hold for every candidate */
    float most;      /* no candidate is multiplied by more */
    bool hidden;     /* a variant shows nothing here */
    bool nothing;    /* a rule excludes every item */
    bool masks;      /* items are blocked, excluded or filtered out, or for some visitors only */
} dyn_slot_rules_t;

typedef struct dyn_rules_s {
    dyn_asking_t asking;
    uint8_t *verdicts;     /* dyn_verdict_t by rule, for the slot that was looked at last */
    uint32_t *held;        /* the rules that may be in force, rising, */
    uint32_t held_count;
    uint32_t slot_askers;  /* so many of them ask for the slot */
    uint32_t pattern_steps;
    dyn_price_asked_t price;
    dyn_assignment_t *assigned; /* beside asking.assignments: what the visitor has of each; variant DYN_NONE: it is not to be told */
    uint32_t language;     /* of the policy's texts */
    dyn_slot_rules_t slots[DYN_SLOTS_MAX];
} dyn_rules_t;

/*
 * Finds what is in force for the request and each of its slots; work->rules is set. To be called when the page and the session are
 * known (dyn_work_begin). False when the arena is exhausted.
 */
bool dyn_rules_begin(struct dyn_work_s *work, dyn_moment_t moment, uint32_t language);
/* The category that the words of an ad name; DYN_NONE: none. */
uint32_t dyn_category_of_ad(const struct dyn_work_s *work);
/* What is decided next is this slot. */
void dyn_rules_enter(struct dyn_work_s *work, uint32_t slot);

/* The first action of its kind in the slot, and the one behind: by falling priority of their rules. NULL: there is none. */
const dyn_rule_action_t *dyn_rules_first(const dyn_slot_rules_t *slot, dyn_action_kind_t kind);
const dyn_rule_action_t *dyn_rules_next(const dyn_slot_rules_t *slot, const dyn_rule_action_t *action);

/* What masks the item in the slot, whatever sources and the session say: a dyn_filter_t, or -1. */
int dyn_rules_mask(const struct dyn_work_s *work, uint32_t item);
/* Whether the action's rule is true of the item. */
bool dyn_rule_is_true(const struct dyn_work_s *work, const dyn_rule_action_t *action, uint32_t item);
/* A rule in force keeps the item apart from one that was chosen. */
bool dyn_rules_apart(const struct dyn_work_s *work, const uint32_t *chosen, uint32_t count, uint32_t item);
/* Whether it is the action that keeps the item apart from others. */
bool dyn_rule_keeps_apart(const struct dyn_work_s *work, const dyn_rule_action_t *action, uint32_t item);
/* A cap of a rule in force is reached by what was chosen, and the item is what it counts. */
bool dyn_rules_cap(const struct dyn_work_s *work, const uint32_t *chosen, uint32_t count, uint32_t item);
/* So many places must still be kept for items of quotas. item: whether it is one that they are kept for; may be DYN_NONE. */
uint32_t dyn_rules_reserved(const struct dyn_work_s *work, const uint32_t *chosen, uint32_t count, uint32_t item,
                            bool *for_item);
/* Gives the item its place, or the next that is free. False: there is none. */
bool dyn_rules_place(struct dyn_work_s *work, const dyn_rule_action_t *action, uint32_t item, uint32_t place,
                     bool pinned);
/* From now on the slot is filled by the source that the confidence's rule names. False when the arena is exhausted. */
bool dyn_rules_fall_back(struct dyn_work_s *work, const dyn_rule_action_t *action);
/* Takes the place back that was given last. */
void dyn_rules_unplace(struct dyn_work_s *work, uint32_t item);
/* The item's place among those that rules gave, or NULL. */
const dyn_placed_t *dyn_rules_placed(const struct dyn_work_s *work, uint32_t item);

/* Puts what was given a place there, and says what rules say of the choices: badges, reasons, labels, the title. */
bool dyn_rules_finish(struct dyn_work_s *work, dyn_slot_decision_t *decision);

/* By what a boost multiplies, and by what all of them together multiply an item: data is the work. */
float dyn_rules_factor(const struct dyn_work_s *work, const dyn_rule_action_t *action);
float dyn_rules_boost(const void *data, uint32_t item);
extern const float dyn_rule_boost_most;

/* While explaining: notes what an action did. removed_by: why not: a dyn_filter_t, -1: it did; DYN_NO_PLACE_LEFT. */
void dyn_rules_note(struct dyn_work_s *work, const dyn_rule_action_t *action, uint32_t item, float number,
                    int removed_by);

/* The same of everything that rules say of a candidate. */
void dyn_rules_note_item(struct dyn_work_s *work, uint32_t item, int removed_by);
/* Which rules are in force. */
bool dyn_rules_note_verdicts(struct dyn_work_s *work, const dyn_rules_t *rules);

#endif

/*
 * The decision: a pure function of its arguments. No clock, no I/O, no globals, no hidden randomness.
 *
 *     sources -> hard filters -> scores -> lifts and fit -> diversity caps -> the best N with reason and call to action, per slot
 *
 * The ladder is walked here: the session when it has events, else the page's context, else the last good decision, else the
 * popular items, else nothing. Hard filters hold on every rung. A rung that fills a slot only partly is topped up from those
 * below; the decision's rung is the highest that contributed an item to its first filled slot.
 */
#ifndef DYN_DECIDE_H
#define DYN_DECIDE_H

#include "engine/policy/slots.h"
#include "engine/policy/policy.h"
#include "engine/session/context.h"

/* A decision kept for seconds for the case that Redis does not answer: items by number, valid for this build only. */
typedef struct {
    dyn_str_t slot;
    const uint32_t *items; /* may be out of range after a swap: such are dropped */
    uint32_t count;
} dyn_last_good_slot_t;

typedef struct {
    const dyn_context_t *context;
    const dyn_session_t *session; /* NULL: not to be had (no consent, timeout, error) */
    const dyn_last_good_slot_t *last_good;
    size_t last_good_count;
    const dyn_last_good_slot_t *previous; /* what this visitor still sees: its order is kept unless much more is to gain */
    size_t previous_count;
    const dyn_slot_t *slots;
    size_t slot_count; /* at most DYN_SLOTS_MAX */
    int64_t now_ms;
    uint64_t seed;
    uint32_t ttl_s; /* goes into the answer */
    dyn_str_t force; /* "EXPERIMENT:VARIANT", several with commas between: the visitor has these variants; empty: none */
    bool shadow;     /* shadow experiments are in force, instead of their controls */
    const uint32_t *asked; /* an item that a whole explanation tells of in any case (kept_out); NULL: none */
    bool brief;      /* an explanation has nothing but effects of rules, of the choices at least; costs little */
    /* dyn_model_scratch_size() bytes, 0 at first, that requests of one thread reuse; NULL: they come from the arena */
    dyn_model_scratch_t *model_scratch;
} dyn_request_t;

typedef enum {
    DYN_REFERENCE_NONE,
    DYN_REFERENCE_ITEM,
    DYN_REFERENCE_CATEGORY,
    DYN_REFERENCE_BRAND,
    DYN_REFERENCE_TRAIT,
    DYN_REFERENCES_COUNT
} dyn_reference_kind_t;

typedef struct {
    uint32_t item;
    float score;         /* within its slot: 0..1, falling */
    dyn_source_t source; /* the one that gave most of the score */
    dyn_reason_t reason;
    dyn_reference_kind_t reference_kind;
    uint32_t reference; /* number of an item, category, brand or trait; DYN_NONE: none */
    uint32_t
        support; /* what the reason rests on: orders or sessions, as docs/recommendations.md says; 0: nothing is counted */
    float strength; /* 0..1: how much that is */
    dyn_cta_t cta;
    float propensity; /* with which probability it got this place; 1 where nothing was explored */
    /* What a rule says instead, in the request's language; len 0: nothing. Memory of the policy or the arena. */
    dyn_str_t badge;
    dyn_str_t sponsored;   /* the label that discloses it */
    dyn_str_t reason_text; /* instead of the reason's own words */
    dyn_str_t cta_label;
} dyn_choice_t;

/* What one property is of the choices that are compared. */
typedef struct {
    dyn_comparison_row_kind_t kind;
    bool differs; /* the choices do not all have the same; such rows stand first among attributes */
    dyn_str_t name; /* of an attribute, as in the catalogue; else empty */
    /* of an attribute by choice, several joined by ", "; len 0: not told. Of other rows the items tell (engine/catalogue). */
    dyn_str_t values[DYN_COMPARISON_ITEMS_MAX];
} dyn_comparison_row_t;

/* Something to be said in the slot `messages`. */
typedef struct {
    dyn_message_kind_t kind;
    int64_t amount_minor; /* FREE_SHIPPING_GAP: what is missing; FREE_SHIPPING: from what on; else 0 */
    char currency[4];     /* of the amount, terminated; else "" */
    uint32_t item;        /* OPTION_MISSING: of which item; else DYN_NONE */
    dyn_str_t text;       /* RETURNS, DELIVERY: the shop's, in the request's language; else empty */
} dyn_message_t;

typedef struct {
    dyn_str_t name;
    dyn_slot_kind_t kind;
    dyn_str_t title; /* the block's heading, in the arena */
    dyn_rung_t rung;
    dyn_choice_t *choices;
    uint32_t count; /* 0, and no message: nothing to show; the slot is left out of the page */
    float
        confidence; /* 0..1: the mean strength of its choices, so that a page can leave a weak block away */
    const dyn_comparison_row_t *rows; /* COMPARISON: what the choices, its columns, have; price, rating, fit, attributes */
    uint32_t row_count;
    const dyn_message_t *messages; /* MESSAGES: in the order of their kinds; the choices are items that close the gap */
    uint32_t message_count;
    uint32_t bundle; /* BUNDLE, with choices: its number in the snapshot; the choices are its items (engine/catalogue/bundles.h) */
    dyn_str_t content; /* id of a content of the policy, which stands above the choices; empty: none */
} dyn_slot_decision_t;

typedef struct {
    char id[17]; /* hex of the seed: names the decision in logs and clicks */
    dyn_surface_t surface;
    dyn_str_t page_item; /* as the question has it: dyn_context_page_item() */
    dyn_moment_t moment;
    dyn_rung_t rung;
    dyn_slot_decision_t *slots;
    uint32_t slot_count;
    uint32_t item_count; /* over all slots */
    int64_t now_ms;
    uint64_t seed;
    uint32_t ttl_s;
    dyn_str_t visitor;    /* not decided: the name that who asked is to keep, where no cookie can; empty: none is written */
    dyn_str_t page_token; /* not decided: what who renders puts beside it; empty: none is written */
    dyn_assignment_t *assignments; /* in whose scope some slot is, in the order of the policy */
    uint32_t assignment_count;
    uint64_t flags;             /* the file's own that are on: bits by dyn_policy_own_flag() */
    const dyn_policy_t *policy; /* whose texts it is written with; NULL: the built-in one */
    uint32_t language;          /* of its texts (engine/policy/texts.h) */
    bool behind;    /* what is known of stock and prices since the snapshot was built may be missing: the caller sets it */
    bool localized; /* the page's language is known: amounts in HTML are as it writes them */
} dyn_decision_t;

/* For "why this item?": every candidate, what each source gave it, and the filter that removed it. */
typedef struct {
    uint32_t item;
    float parts
        [DYN_SOURCES_COUNT]; /* what each source gave: its own score, at most 1, times its weight */
    float lift;              /* by how much likes and fit raised (above 1) or lowered it */
    float
        score; /* (sum of parts / sum of the weights at work) * lift / the largest lift possible */
    dyn_rung_t rung; /* the rung that proposed it */
    float boost;     /* of lift, what rules multiplied it by; 1: none did */
    int removed_by;  /* dyn_filter_t; -1 when it stayed */
    int place;       /* from 0 in the slot; -1 when it was not chosen */
    uint32_t sweep;  /* dyn_sweep_t of engine/catalogue/blend.h: which sweep proposed it */
} dyn_candidate_t;

/* A pin had no place left in its slot. */
enum { DYN_NO_PLACE_LEFT = -2 };

/* What a rule did in a slot. */
typedef struct {
    uint32_t rule; /* its number in the policy */
    dyn_action_kind_t action;
    uint32_t item;  /* to which item; DYN_NONE: to the slot */
    float number;   /* the factor, the share, the limit; of a pin and a preference the place, from 1 */
    int removed_by; /* of a pin and a preference: why it did not; of EXCLUDE and FILTER: that; else -1 */
} dyn_rule_effect_t;

/* What became of a content of the slot. */
typedef enum {
    DYN_CONTENT_SHOWN,
    DYN_CONTENT_SHOWN_BY_RULE,
    DYN_CONTENT_OUT_OF_TIME,
    DYN_CONTENT_UNMATCHED,     /* a member of its match does not hold */
    DYN_CONTENT_BEHIND,        /* it could be shown, but another one goes before it */
    DYN_CONTENT_OTHER_WORDING, /* this visitor gets another wording of the same */
    DYN_CONTENT_OUTCOMES_COUNT
} dyn_content_outcome_t;

typedef struct {
    const dyn_content_t *content;
    dyn_content_outcome_t outcome;
    uint32_t missing; /* UNMATCHED: the first such member, a node of the policy's conditions; else DYN_NONE */
} dyn_content_verdict_t;

typedef struct {
    dyn_candidate_t *candidates; /* by sweep, in it by falling score; those removed too */
    uint32_t count;
    const uint8_t *verdicts;    /* dyn_verdict_t of each rule of the policy; NULL: it has none */
    dyn_rule_effect_t *effects; /* in the order of work, in that of the rules */
    uint32_t effect_count, effect_room;
    dyn_content_verdict_t *contents; /* of the slot's name, by id */
    uint32_t content_count;
    int kept_out; /* of a list: the dyn_filter_t that kept the item asked about out before any source was asked; -1: none did */
} dyn_slot_explanation_t;

typedef struct {
    const dyn_session_t *session; /* the request's */
    const dyn_policy_t *policy;   /* whose rules are explained */
    dyn_slot_explanation_t slots[DYN_SLOTS_MAX];
} dyn_explanation_t;

/*
 * Decides. policy: compiled with this snapshot, or NULL: the built-in one. explanation may be NULL; when given it is filled from the
 * arena, wholly or briefly as the request says, and changes nothing of the decision. False only when the arena is exhausted: the caller
 * then serves rung `none`.
 */
bool dyn_decide(const dyn_snapshot_t *snapshot, const dyn_policy_t *policy,
                const dyn_request_t *request, dyn_arena_t *arena, dyn_decision_t *decision,
                dyn_explanation_t *explanation);

/* Nothing is shown of such a slot. */
static inline bool dyn_slot_is_empty(const dyn_slot_decision_t *slot)
{
    return slot->count == 0 && slot->message_count == 0 && slot->content.len == 0;
}

/* A decision's id from its seed. */
void dyn_decision_id(uint64_t seed, char id[17]);

#endif

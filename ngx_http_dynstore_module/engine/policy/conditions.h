/* Whether conditions of a policy hold for a request, and for an item in it. Pure; nothing is allocated. */
#ifndef DYN_CONDITIONS_H
#define DYN_CONDITIONS_H

#include "engine/policy/policy.h"
#include "engine/session/context.h"

/* The price that was asked for last: many rules may ask one candidate. */
typedef struct {
    uint32_t item; /* DYN_NONE: none so far */
    double major;  /* in its currency's major unit; below 0: unknown */
} dyn_price_asked_t;

/* What is asked about: the request, as far as conditions can ask for it. Its texts are matched once for each pattern. */
typedef struct {
    const dyn_policy_t *policy;
    const dyn_snapshot_t *snapshot;
    const dyn_context_t *context;
    const dyn_session_t *session; /* NULL: not known; then nothing that asks for it holds */
    dyn_moment_t moment;
    dyn_surface_t surface;
    dyn_str_t slot;
    dyn_str_t search;        /* the page's, else the session's newest */
    uint32_t page_item;      /* DYN_NONE */
    uint32_t page_category;  /* DYN_NONE */
    uint32_t intent;         /* the category that the session is after most, when landing the one that the ad names; DYN_NONE */
    int64_t cart_minor;      /* what is in the cart costs; -1 unknown */
    uint32_t cart_pieces;
    const dyn_assignment_t *assignments; /* the visitor's variants in force on this page */
    uint32_t assignment_count;
    const dyn_feature_result_t *features; /* of GrowthBook, as policy->asked has them */
    int64_t now_ms;
    uint32_t minute;         /* of the day in the shop's time zone, 0 to 1439 */
    uint32_t weekday;        /* 0 Monday to 6 Sunday */
    dyn_price_asked_t *price; /* NULL: it is not remembered */
    uint32_t *pattern_steps; /* what is left for matching (engine/policy/patterns.h) */
    uint64_t *pattern_known; /* a bit for each pattern: it was matched, */
    uint64_t *pattern_found; /* and this came out */
} dyn_asking_t;

/* OPEN: it depends on the item, which was not given. */
typedef enum { DYN_VERDICT_NO, DYN_VERDICT_YES, DYN_VERDICT_OPEN } dyn_verdict_t;

/*
 * Three-valued, so that what does not depend on the candidate is decided once for a request. item: the candidate, or DYN_NONE: not
 * given.
 */
dyn_verdict_t dyn_when_holds(const dyn_asking_t *asking, dyn_when_t when, uint32_t item);

/*
 * What the features that the policy names are for who asks, in the arena. Their attributes: `id`, 16 hex digits of the visitor's number
 * (engine/experiment/assign.h) or what the shop says instead, nobody's where the visitor is not known; surface, country, language, device,
 * path, returning; and what the shop says of the visitor, a list where it says several things. NULL: the arena is exhausted.
 */
const dyn_feature_result_t *dyn_features_asked(const dyn_asking_t *asking, dyn_arena_t *arena);

/* The file's own flags that are on for who asks: bits by their numbers (dyn_policy_own_flag()). */
uint64_t dyn_flags_on(const dyn_asking_t *asking);

/* Whether the slot is in the experiment's scope. */
bool dyn_experiment_has_slot(const dyn_policy_t *policy, const dyn_experiment_t *experiment, dyn_str_t slot);

/* What an item costs now, in its currency's major unit; below 0: unknown. */
double dyn_price_asked(const dyn_asking_t *asking, uint32_t item);

/*
 * The same of some nodes, all of which must hold: numbers of them, which ask about the candidate. Who knows that the rest of a condition
 * holds asks these alone.
 */
bool dyn_nodes_hold(const dyn_asking_t *asking, const uint32_t *nodes, uint32_t count, uint32_t item);

#endif

/* Why two snapshots show other items: what differs between them of each item that came, went or moved. */
#ifndef DYN_REPLAY_CAUSES_H
#define DYN_REPLAY_CAUSES_H

#include "engine/decide/decide.h"

/* X(constant, name): of these the first that holds is an item's cause. */
#define DYN_CAUSES(X)                                                                                                  \
    X(CATALOGUE, "catalogue") /* one of the snapshots does not have it to show */                                      \
    X(STOCK, "stock")         /* one of them has it sold out */                                                        \
    X(SOURCE, "sources")      /* a source gives it another part of its score: the one that changed most is named */    \
    X(PRICE, "price")         /* its price is another one, and with it what fits the shopper */                        \
    X(FIT, "fit")             /* it fits the shopper more or less than before */                                       \
    X(FILTER, "filter")       /* a filter takes it out now, or did before */                                           \
    X(OTHERS, "other items")  /* nothing of its own: others came or went beside it */

#define X(constant, name) DYN_CAUSE_##constant,
typedef enum { DYN_CAUSES(X) DYN_CAUSES_COUNT } dyn_cause_t;
#undef X

/* A decision of the same question by one of the snapshots, wholly explained. */
typedef struct {
    const dyn_snapshot_t *snapshot;
    const dyn_decision_t *decision;
    const dyn_explanation_t *explanation;
} dyn_replay_side_t;

const char *dyn_cause_name(dyn_cause_t cause);
/* Prints a line for each item of the slot that came, went or moved, and adds it to counts[its cause]. */
void dyn_replay_causes(const dyn_replay_side_t *was, const dyn_replay_side_t *now, uint32_t slot,
                       uint64_t counts[DYN_CAUSES_COUNT]);

#endif

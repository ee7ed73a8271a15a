/* Which share of visitors each variant was to get, as the rules file says. */
#ifndef DYN_SHARES_H
#define DYN_SHARES_H

#include <jansson.h>

#include "cli/report/tally.h"

typedef struct {
    uint32_t count;
    const char *names[DYN_TALLY_VARIANTS_MAX]; /* in the rules file's memory, its order: the first is control */
    double shares[DYN_TALLY_VARIANTS_MAX];
    const char *unknown; /* where they are not known: why, for a sentence */
} dyn_shares_t;

/*
 * Shares of the experiment (or DYN_HOLDOUT) in a rules file read as JSON. As when visitors are assigned, weights that are missing or do not sum
 * to 1 are equal ones. Of an experiment with a `feature` the GrowthBook payload has them (NULL: not given),
 * else the weights that the file says itself. False when neither says them.
 */
bool dyn_shares_of(const json_t *rules, const json_t *payload, const char *experiment, dyn_shares_t *shares);

#endif

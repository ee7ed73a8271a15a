/*
 * GrowthBook's conditions ({"country": {"$in": ["DE", "AT"]}, "$not": {"tags": "vip"}}): who a rule of its payload is for. They follow its
 * SDK specification (docs/lib/build-your-own.mdx, version 0.7) and, where that says nothing, its JavaScript SDK
 * (packages/sdk-js/src/mongrule.ts). Of texts that are compared without case, ASCII letters count as equal.
 *
 * What cannot be evaluated as it is meant (an operator that is not known, an expression that PCRE2 does not take) is refused when the
 * condition is read, because a condition that is passed over would let in whom it should keep out.
 */
#ifndef DYN_TARGETING_H
#define DYN_TARGETING_H

#include "engine/experiment/value.h"

/* What conditions of one payload share. */
typedef struct {
    dyn_arena_t *arena;            /* what is read lives here */
    const dyn_value_t *groups;     /* saved groups: an object of lists; NULL: none */
    struct dyn_expression_s *expressions;
} dyn_targets_t;

typedef struct dyn_target_s dyn_target_t;

/* False with a sentence. condition: stays as long as the target. */
bool dyn_target_read(dyn_targets_t *targets, const dyn_value_t *condition, const dyn_target_t **target, dyn_error_t *error);
/* The regular expressions; all else goes with the arena. */
void dyn_targets_free(dyn_targets_t *targets);

/* arena: scratch. Where it is exhausted, nothing holds. */
bool dyn_target_holds(const dyn_target_t *target, const dyn_value_t *attributes, dyn_arena_t *arena);

#endif

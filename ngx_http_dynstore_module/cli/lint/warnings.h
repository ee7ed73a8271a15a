/* What a rules file without a fault says, and cannot mean. */
#ifndef DYN_LINT_WARNINGS_H
#define DYN_LINT_WARNINGS_H

#include <jansson.h>

#include "engine/policy/policy.h"

typedef struct {
    dyn_str_t text;             /* of the file */
    const json_t *root;         /* what it says */
    const dyn_policy_t *policy; /* what it was compiled to; without a snapshot no name is looked up */
    int64_t now_ms;
} dyn_rules_checked_t;

/* A list of {"line", "column", "sentence"}, by place: each warning says what is odd and what would be right. NULL: there is no memory. */
json_t *dyn_rules_warnings(const dyn_rules_checked_t *checked);

#endif

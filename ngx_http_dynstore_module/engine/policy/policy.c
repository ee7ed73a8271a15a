#include "engine/policy/policy.h"

static const dyn_policy_t built_in = {
    .version = "0000000000000000",
#define X(member, standard, least, most, doc) .member = standard,
    .moments = {DYN_MOMENT_THRESHOLDS(X)},
    .guardrails = {DYN_GUARDRAILS(X)},
#undef X
    .returns = DYN_NONE,
    .delivery = DYN_NONE,
    .time_zone = {"UTC0", 4},
};

const dyn_policy_t *dyn_policy_default(void)
{
    return &built_in;
}

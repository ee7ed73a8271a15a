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

const dyn_content_t *dyn_policy_content(const dyn_policy_t *policy, dyn_str_t id)
{
    for (uint32_t i = 0; policy != NULL && i < policy->content_count; i++) {
        if (dyn_str_equal(policy->contents[i].id, id)) {
            return &policy->contents[i];
        }
    }

    return NULL;
}

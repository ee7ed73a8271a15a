#include "engine/policy/default_rules.h"
#include "engine/policy/policy.h"

dyn_str_t dyn_policy_default_text(void)
{
    return (dyn_str_t){dyn_default_rules, dyn_default_rules_bytes};
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

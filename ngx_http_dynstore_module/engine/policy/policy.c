#include "engine/policy/default_rules.h"
#include "engine/policy/policy.h"

#include "engine/experiment/assign.h"

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

bool dyn_policy_holds_out(const dyn_policy_t *policy, uint64_t visitor, int64_t now_ms)
{
    char value[DYN_EXPERIMENT_VALUE_BYTES + 1];

    if (policy == NULL || visitor == 0 || !(policy->holdout.share > 0) ||
        now_ms < policy->holdout.from_ms || now_ms >= policy->holdout.until_ms) {
        return false;
    }
    dyn_experiment_value(visitor, value);

    return dyn_experiment_hash(policy->holdout.seed, dyn_str_from(value), 2) <
           policy->holdout.share;
}

uint32_t dyn_policy_variant(const dyn_policy_t *policy, dyn_str_t name)
{
    for (uint32_t i = 0; policy != NULL && i < policy->experiment_count; i++) {
        const dyn_experiment_t *experiment = &policy->experiments[i];
        size_t length = experiment->id.len;

        if (name.len <= length || name.data[length] != ':' ||
            !dyn_str_equal((dyn_str_t){name.data, length}, experiment->id)) {
            continue;
        }
        for (uint32_t k = 0; k < experiment->variants_count; k++) {
            if (dyn_str_equal(policy->variants[experiment->variants_start + k].id,
                              (dyn_str_t){name.data + length + 1, name.len - length - 1})) {
                return experiment->variants_start + k;
            }
        }
    }

    return DYN_NONE;
}

const dyn_flag_t *dyn_policy_own_flag(const dyn_policy_t *policy, uint32_t number)
{
    for (uint32_t i = 0; i < policy->flag_count; i++) {
        if (policy->flags[i].feature == DYN_NONE && number-- == 0) {
            return &policy->flags[i];
        }
    }

    return NULL;
}

#include "engine/decide/rules.h"
#include "engine/decide/work.h"

/* With so many items of its own a session says enough: where somebody is says nothing more. */
static const float enough_items = 8;

static bool asks_country(const dyn_policy_t *policy, dyn_when_t when)
{
    for (uint32_t i = 0; i < when.count; i++) {
        const dyn_condition_t *node = &policy->conditions[when.start + i];

        if (node->kind == DYN_NODE_REQUEST && node->field == DYN_REQUEST_FIELD_COUNTRY) {
            return true;
        }
    }

    return false;
}

float dyn_geography_factor(const dyn_work_t *work, const dyn_rule_t *rule, float factor)
{
    float most = (float)work->policy->guardrails.geography_boost;
    float items = work->session != NULL ? (float)work->session->recent_count : 0;
    float left = items < enough_items ? 1 - items / enough_items : 0;

    if (rule->compliance || !asks_country(work->policy, rule->when)) {
        return factor;
    }
    factor = factor > most ? most : factor < 1 / most ? 1 / most : factor;

    return 1 + (factor - 1) * left;
}

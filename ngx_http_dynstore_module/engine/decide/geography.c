#include "engine/decide/rules.h"
#include "engine/decide/work.h"

/* With so many items of its own a session says enough: where somebody is says nothing more. */
static const float enough_items = 8;

float dyn_geography_factor(const dyn_work_t *work, uint32_t rule, float factor)
{
    float most = (float)work->policy->guardrails.geography_boost;
    float items = work->session != NULL ? (float)work->session->recent_count : 0;
    float left = items < enough_items ? 1 - items / enough_items : 0;

    if (!work->policy->index->outlines[rule].asks_country || work->policy->rules[rule].compliance) {
        return factor;
    }
    factor = factor > most ? most : factor < 1 / most ? 1 / most : factor;

    return 1 + (factor - 1) * left;
}

#include "engine/base/hash.h"
#include "engine/decide/work.h"

/* 0..1, from the seed and what it is drawn for. */
static double draw(uint64_t seed, dyn_str_t slot, uint64_t number)
{
    static const double scale = 1.0 / (double)(1ULL << 53);
    uint64_t hash = dyn_hash64_seeded(slot.data, slot.len, seed);

    return (double)(dyn_hash64_seeded(&hash, sizeof(hash), number) >> 11) * scale;
}

/* Who explains wants to know where it stands. */
static void show(dyn_work_t *work, uint32_t item, int8_t place)
{
    uint32_t candidate = dyn_candidates_find(work, item);

    if (candidate != DYN_NONE) {
        work->candidates.places[candidate] = place;
    }
}

/* Of those below, the ones that may still take the place: what took another may be of their group, or fill a rule's cap. */
static void keep_fitting(const dyn_work_t *work, const uint32_t *chosen, uint32_t count,
                         uint32_t at, dyn_below_t *left)
{
    uint32_t others[DYN_SLOT_ITEMS_MAX];
    uint32_t other_count = 0, fitting = 0;

    for (uint32_t i = 0; i < count; i++) {
        if (i != at) {
            others[other_count++] = chosen[i];
        }
    }
    for (uint32_t i = 0; i < left->count; i++) {
        if (dyn_filter_of(work, left->items[i]) < 0 &&
            !dyn_rules_apart(work, others, other_count, left->items[i]) &&
            !dyn_rules_cap(work, others, other_count, left->items[i])) {
            left->items[fitting++] = left->items[i];
        }
    }
    left->count = fitting;
}

void dyn_explore(dyn_work_t *work, dyn_str_t slot, const dyn_below_t *below, uint32_t first,
                 uint32_t *chosen, float *propensities, uint32_t count)
{
    uint64_t seed = work->request->seed;
    double places = work->policy->guardrails.exploration * (double)count;
    dyn_below_t left = *below;

    /* from the last place up, as long as a whole or a part of one is left to be given */
    for (uint32_t at = count; at-- > first && at > 0 && places > 0 && left.count > 0; places -= 1) {
        double share = places < 1 ? places : 1;
        uint32_t pick;

        keep_fitting(work, chosen, count, at, &left);
        if (left.count == 0) {
            break;
        }
        if (draw(seed, slot, 2ULL * at) >= share) {
            propensities[at] = (float)(1 - share);
            continue;
        }
        pick = (uint32_t)(draw(seed, slot, 2ULL * at + 1) * left.count);
        pick = pick < left.count ? pick : left.count - 1;
        show(work, chosen[at], -1);
        chosen[at] = left.items[pick];
        show(work, chosen[at], (int8_t)at);
        propensities[at] = (float)(share / left.count);
        dyn_exclusions_add(work, chosen[at], DYN_FILTER_OTHER_SLOT);
        left.items[pick] = left.items[--left.count];
    }
}

#include "engine/decide/work.h"

#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* By how much what is admitted goes down at a time, and from where on all is. */
static const float least_step = 4;
static const float least_end = 1e-3f;

/* Scores that are compared in one step. */
enum { LANES = DYN_CANDIDATE_LANES };

/*
 * A candidate's rank in one number, the larger the better: the bits of its score (which order as floats from 0 to 1 do), then
 * its item number, smaller first.
 */
static uint64_t key_of(float score, uint32_t item)
{
    float bounded = score < 1 ? score : 1;
    uint32_t bits;

    memcpy(&bits, &bounded, sizeof(bits));

    return (uint64_t)bits << 32 | (uint32_t)~item;
}

static void sift_down(uint64_t *heap, uint32_t count, uint32_t at)
{
    uint64_t key = heap[at];

    for (;;) {
        uint32_t child = 2 * at + 1;

        if (child >= count) {
            break;
        }
        if (child + 1 < count && heap[child + 1] > heap[child]) {
            child++;
        }
        if (heap[child] <= key) {
            break;
        }
        heap[at] = heap[child];
        at = child;
    }

    heap[at] = key;
}

static uint64_t take_best(uint64_t *heap, uint32_t *count)
{
    uint64_t best = heap[0];

    heap[0] = heap[--*count];
    sift_down(heap, *count, 0);

    return best;
}

typedef struct {
    dyn_work_t *work;
    uint32_t wanted;  /* by the slot as a whole */
    uint32_t *chosen; /* items, from earlier sweeps too */
    uint32_t count;
    uint64_t *heap; /* of keys: the candidates that were admitted and not yet looked at */
    uint32_t heap_count;
    uint64_t rest; /* no candidate that was not admitted can have a key above this */
} choice_t;

/* A bit for each of the scores that is at least `least`. */
static inline unsigned reaching(const float *scores, float least)
{
#ifdef __SSE2__
    return (unsigned)_mm_movemask_ps(_mm_cmpge_ps(_mm_loadu_ps(scores), _mm_set1_ps(least)));
#else
    unsigned bits = 0;

    for (uint32_t lane = 0; lane < LANES; lane++) {
        bits |= (unsigned)(scores[lane] >= least) << lane;
    }

    return bits;
#endif
}

/*
 * Lifts the candidates whose scores before the lift are at least `least` and that are not lifted yet, and puts them into the heap.
 */
static void admit(choice_t *choice, float least)
{
    dyn_work_t *work = choice->work;
    dyn_candidates_t *candidates = &work->candidates;

    for (uint32_t at = candidates->starts[candidates->sweep]; at < candidates->count; at += LANES) {
        unsigned bits = reaching(candidates->scores + at, least);

        for (; bits != 0; bits &= bits - 1) {
            uint32_t i = at + (unsigned)__builtin_ctz(bits);

            if (candidates->lifts[i] != 0 || candidates->removed_by[i] >= 0) {
                continue;
            }
            if (dyn_candidates_lift(work, i)) {
                choice->heap[choice->heap_count++] =
                    key_of(candidates->scores[i], candidates->items[i]);
            } else {
                candidates->removed_by[i] = DYN_FILTER_BELOW_FLOOR;
            }
        }
    }
    for (uint32_t i = choice->heap_count / 2; i-- > 0;) {
        sift_down(choice->heap, choice->heap_count, i);
    }

    choice->rest = least > 0 ? key_of(dyn_candidates_score_max(work, least), 0) : 0;
}

/*
 * A score that candidates below can be left out for the time being: no lift puts them above the best few, more than are wanted.
 * The choice does not depend on this, only its cost.
 */
static float least_to_admit(const choice_t *choice)
{
    enum { MORE = 2 };
    const dyn_candidates_t *candidates = &choice->work->candidates;
    uint32_t first = candidates->starts[candidates->sweep];
    uint32_t enough = choice->wanted - choice->count + MORE;
    float best[DYN_SLOT_ITEMS_MAX + MORE]; /* falling */

    if (choice->work->explaining || candidates->count - first <= 2 * enough) {
        return 0;
    }
    memset(best, 0, enough * sizeof(float));
    for (uint32_t at = first; at < candidates->count; at += LANES) {
        unsigned bits = reaching(candidates->scores + at, best[enough - 1]);

        for (; bits != 0; bits &= bits - 1) {
            float score = candidates->scores[at + (unsigned)__builtin_ctz(bits)];
            uint32_t place = enough - 1;

            for (; place > 0 && best[place - 1] < score; place--) {
                best[place] = best[place - 1];
            }
            if (score > best[place]) {
                best[place] = score;
            }
        }
    }

    return best[enough - 1] / dyn_lift_max(choice->work);
}

static bool category_is_full(const choice_t *choice, uint32_t category)
{
    const dyn_work_t *work = choice->work;
    bool blind = work->candidates.sweep >= DYN_SWEEP_POPULAR && work->page_category == DYN_NONE;
    bool one_view = work->page_item == DYN_NONE && work->anchor_count == 1 && work->wish_count == 0;
    /* of things that are taken together several may be shown */
    bool add_ons = (work->row->flags & DYN_BLEND_ADD_ONS) != 0 && category != DYN_NONE &&
                   (work->snapshot->categories[category].flags & DYN_CATEGORY_SEVERAL) == 0;
    uint32_t cap = blind || add_ons ? (choice->wanted + 3) / 4
                   : one_view       ? (3 * choice->wanted + 7) / 8
                                    : (choice->wanted + 1) / 2;
    uint32_t same = 0;

    if (category == DYN_NONE) {
        return false;
    }
    for (uint32_t i = 0; i < choice->count; i++) {
        same += dyn_work_item(work, choice->chosen[i])->category == category;
    }
    if ((work->row->flags & DYN_BLEND_ONE_PER_CATEGORY) != 0) {
        return same > 0;
    }

    return same >= cap && !(work->page_item == DYN_NONE && work->page_category == category);
}

static bool brand_is_full(const choice_t *choice, uint32_t brand)
{
    const dyn_work_t *work = choice->work;
    bool liked = brand != DYN_NONE && dyn_likes_has(&work->liked_brands, brand);
    uint32_t cap = liked ? (3 * choice->wanted + 3) / 4 : (choice->wanted + 1) / 2 + 1;
    uint32_t same = 0;

    if (brand == DYN_NONE) {
        return false;
    }
    for (uint32_t i = 0; i < choice->count; i++) {
        same += dyn_work_item(work, choice->chosen[i])->brand == brand;
    }

    return same >= cap;
}

/* What it costs, where add-ons are added up, which is beside a cart; what is cheap in this shop is not. */
static double add_on_cost(const dyn_work_t *work, uint32_t item)
{
    double price = (double)dyn_item_asked_price(work->snapshot, item, work->request->now_ms).minor;

    /* of what closes a gap one is enough */
    return work->add_on_price > 0 && work->page_item == DYN_NONE && work->gap_minor == 0 &&
                   price > (double)work->snapshot->price_low
               ? price
               : 0;
}

/* With it the slot's add-ons would cost too much beside what they are added to. */
static bool add_ons_are_full(const choice_t *choice, uint32_t item)
{
    const dyn_work_t *work = choice->work;
    double sum = add_on_cost(work, item);

    /* of those that close a gap one is taken */
    if (sum == 0 || work->gap_minor > 0) {
        return false;
    }
    for (uint32_t i = 0; i < choice->count; i++) {
        sum += add_on_cost(work, choice->chosen[i]);
    }

    return sum > work->policy->guardrails.add_ons_total * work->add_on_price;
}

/* Why a cap of the slot, or of a rule, leaves the item out for now; -1: none does. */
static int capped_by(const choice_t *choice, uint32_t item)
{
    const dyn_item_t *record = dyn_work_item(choice->work, item);

    if (dyn_rules_apart(choice->work, choice->chosen, choice->count, item)) {
        return DYN_FILTER_APART;
    }
    if (dyn_rules_cap(choice->work, choice->chosen, choice->count, item)) {
        return DYN_FILTER_CAPPED;
    }
    if (category_is_full(choice, record->category)) {
        return DYN_FILTER_CATEGORY_CAP;
    }

    if (brand_is_full(choice, record->brand)) {
        return DYN_FILTER_BRAND_CAP;
    }

    return add_ons_are_full(choice, item) ? (int)DYN_FILTER_PRICE_ANCHOR : -1;
}

/* The next best candidate in the heap, more being admitted where they might be better; false: there is none. */
static bool next_best(choice_t *choice, float *least)
{
    while (choice->heap_count == 0 || choice->heap[0] < choice->rest) {
        if (choice->rest == 0) {
            return false;
        }
        /* what was admitted fits worse than it scored: a few more come into question, in steps */
        *least = *least > least_end ? *least / least_step : 0;
        admit(choice, *least);
    }

    return true;
}

/* The candidates behind the chosen ones, for who explores. They would be shown, if there was room. */
static void find_below(choice_t *choice, float least, dyn_below_t *below)
{
    dyn_work_t *work = choice->work;

    while (below->count < DYN_BELOW_MAX && next_best(choice, &least)) {
        uint32_t item = ~(uint32_t)take_best(choice->heap, &choice->heap_count);

        if (dyn_filter_of(work, item) < 0 && capped_by(choice, item) < 0) {
            below->items[below->count++] = item;
        }
    }
}

static void put(choice_t *choice, uint32_t candidate)
{
    dyn_work_t *work = choice->work;

    work->candidates.removed_by[candidate] = -1;
    work->candidates.places[candidate] = (int8_t)choice->count;
    choice->chosen[choice->count++] = work->candidates.items[candidate];
}

/*
 * The item's group may have been shown since it was proposed: by a better candidate of this slot. What rules keep apart is never
 * together; their caps hold in any case, but for a quota.
 */
static bool take(choice_t *choice, uint32_t candidate, bool for_quota)
{
    dyn_work_t *work = choice->work;
    uint32_t item = work->candidates.items[candidate];
    int removed_by = dyn_filter_of(work, item);

    if (removed_by < 0 && dyn_rules_apart(work, choice->chosen, choice->count, item)) {
        removed_by = DYN_FILTER_APART;
    }
    if (removed_by < 0 && !for_quota && dyn_rules_cap(work, choice->chosen, choice->count, item)) {
        removed_by = DYN_FILTER_CAPPED;
    }
    /* what caps passed over comes after what took the money */
    if (removed_by < 0 && add_ons_are_full(choice, item)) {
        removed_by = DYN_FILTER_PRICE_ANCHOR;
    }
    work->candidates.removed_by[candidate] = (int8_t)removed_by;
    if (removed_by >= 0) {
        return false;
    }

    put(choice, candidate);
    dyn_exclusions_add(work, item, DYN_FILTER_OTHER_SLOT);

    return true;
}

/* ---- what rules place ---- */

/* The item's number among the sweep's candidates that may be chosen; else DYN_NONE. */
static uint32_t candidate_of(const dyn_work_t *work, uint32_t item)
{
    const dyn_candidates_t *candidates = &work->candidates;
    uint32_t candidate = dyn_candidates_find(work, item);

    return candidate == DYN_NONE || candidate < candidates->starts[candidates->sweep] ||
                   candidates->removed_by[candidate] >= 0
               ? DYN_NONE
               : candidate;
}

/* Pinned items go before all others and count for caps. */
static void take_pinned(choice_t *choice)
{
    dyn_work_t *work = choice->work;
    const dyn_slot_rules_t *slot = work->slot_rules;

    if (slot == NULL || work->candidates.sweep != DYN_SWEEP_PERSONAL) {
        return;
    }
    for (uint32_t i = 0; i < slot->placed_count && choice->count < choice->wanted; i++) {
        uint32_t candidate =
            slot->placed[i].pinned ? candidate_of(work, slot->placed[i].item) : DYN_NONE;

        if (candidate != DYN_NONE) {
            put(choice, candidate);
            dyn_candidates_lift(work, candidate);
        }
    }
}

static uint32_t reserved(const choice_t *choice, uint32_t item, bool *for_item)
{
    return dyn_rules_reserved(choice->work, choice->chosen, choice->count, item, for_item);
}

/* Preferred items are taken where they are candidates, no cap forbids it and no place is kept for others. */
static void take_preferred(choice_t *choice)
{
    dyn_work_t *work = choice->work;
    const dyn_slot_rules_t *slot = work->slot_rules;

    for (const dyn_rule_action_t *action = slot != NULL ? dyn_rules_first(slot, DYN_ACTION_PREFER)
                                                        : NULL;
         action != NULL; action = dyn_rules_next(slot, action)) {
        for (uint32_t i = 0; i < action->action->values_count; i++) {
            uint32_t item = work->policy->values[action->action->values_start + i];
            uint32_t candidate = DYN_NONE;
            bool for_item;

            if (dyn_rule_is_true(work, action, item) && dyn_rules_placed(work, item) == NULL) {
                candidate = candidate_of(work, item);
            }
            if (candidate == DYN_NONE ||
                choice->count + reserved(choice, item, &for_item) >= choice->wanted + for_item) {
                continue;
            }

            int removed_by = capped_by(choice, item);

            if (removed_by >= 0) {
                dyn_rules_note(work, action, item, 0, removed_by);
            } else if (dyn_rules_place(work, action, item, action->action->position + i, false)) {
                if (take(choice, candidate, false)) {
                    dyn_candidates_lift(work, candidate);
                } else {
                    dyn_rules_unplace(work, item);
                }
            }
        }
    }
}

bool dyn_diversity_choose(dyn_work_t *work, uint32_t wanted, uint32_t *chosen,
                          uint32_t *chosen_count, dyn_below_t *below)
{
    dyn_candidates_t *candidates = &work->candidates;
    choice_t choice = {.work = work, .wanted = wanted, .chosen = chosen, .count = *chosen_count};
    uint32_t passed_count = 0, kept_free;
    bool for_item;

    if (candidates->kept == 0) {
        return true;
    }

    choice.heap = dyn_arena_alloc(work->arena, candidates->kept * 2 * sizeof(uint64_t));
    if (choice.heap == NULL) {
        return false;
    }

    uint64_t *passed_over = choice.heap + candidates->kept;
    uint32_t first = candidates->starts[candidates->sweep];
    float least = least_to_admit(&choice);

    memset(candidates->lifts + first, 0, (candidates->count - first) * sizeof(float));
    take_pinned(&choice);
    take_preferred(&choice);
    admit(&choice, least);
    while (choice.count < wanted && next_best(&choice, &least)) {
        uint32_t candidate = dyn_candidates_find(work, ~(uint32_t)choice.heap[0]);
        uint64_t best = take_best(choice.heap, &choice.heap_count);
        uint32_t item = candidates->items[candidate];

        /* a quota goes before caps */
        kept_free = reserved(&choice, item, &for_item);
        if (for_item && add_ons_are_full(&choice, item)) {
            candidates->removed_by[candidate] = DYN_FILTER_PRICE_ANCHOR;
            continue;
        }
        if (for_item) {
            take(&choice, candidate, true);
            continue;
        }
        if (choice.count + kept_free >= wanted) {
            candidates->removed_by[candidate] = DYN_FILTER_QUOTA;
            continue;
        }

        int removed_by = capped_by(&choice, item);

        if (removed_by < 0) {
            take(&choice, candidate, false);
            continue;
        }
        candidates->removed_by[candidate] = (int8_t)removed_by;
        /* the others are a matter of taste; what a rule says is not, nor one of each category where that is what the slot is */
        if (removed_by == DYN_FILTER_BRAND_CAP ||
            (removed_by == DYN_FILTER_CATEGORY_CAP &&
             (work->row->flags & DYN_BLEND_ONE_PER_CATEGORY) == 0)) {
            passed_over[passed_count++] = best;
        }
    }

    kept_free = reserved(&choice, DYN_NONE, &for_item);
    for (uint32_t i = 0; i < passed_count && choice.count + kept_free < wanted; i++) {
        take(&choice, dyn_candidates_find(work, ~(uint32_t)passed_over[i]), false);
    }

    if (choice.count == wanted && below != NULL) {
        find_below(&choice, least, below);
    }
    *chosen_count = choice.count;

    return true;
}

/* The best candidate of all sweeps that a quota held back, or, where `capped`, a cap that is a matter of taste; DYN_NONE: none is left. */
static uint32_t best_held_back(const choice_t *choice, bool capped)
{
    const dyn_candidates_t *candidates = &choice->work->candidates;
    uint32_t best = DYN_NONE;

    for (uint32_t i = 0; i < candidates->count; i++) {
        int8_t removed_by = candidates->removed_by[i];
        bool held_back =
            capped ? removed_by == DYN_FILTER_CATEGORY_CAP || removed_by == DYN_FILTER_BRAND_CAP
                   : removed_by == DYN_FILTER_QUOTA;

        if (held_back &&
            (best == DYN_NONE ||
             dyn_candidates_sweep(choice->work, i) < dyn_candidates_sweep(choice->work, best) ||
             (dyn_candidates_sweep(choice->work, i) == dyn_candidates_sweep(choice->work, best) &&
              key_of(candidates->scores[i], candidates->items[i]) >
                  key_of(candidates->scores[best], candidates->items[best])))) {
            best = i;
        }
    }

    return best;
}

void dyn_diversity_release(dyn_work_t *work, uint32_t wanted, uint32_t *chosen,
                           uint32_t *chosen_count)
{
    choice_t choice = {.work = work, .wanted = wanted, .chosen = chosen, .count = *chosen_count};

    if (work->slot_rules == NULL || dyn_rules_first(work->slot_rules, DYN_ACTION_QUOTA) == NULL) {
        return;
    }
    /* one of each category is no matter of taste where that is what the slot is */
    int passes = (work->row->flags & DYN_BLEND_ONE_PER_CATEGORY) != 0 ? 1 : 2;

    for (int capped = 0; capped < passes; capped++) {
        uint32_t candidate;

        while (choice.count < wanted &&
               (candidate = best_held_back(&choice, capped != 0)) != DYN_NONE) {
            int removed_by =
                capped != 0 ? -1 : capped_by(&choice, work->candidates.items[candidate]);

            if (removed_by >= 0) {
                work->candidates.removed_by[candidate] = (int8_t)removed_by;
            } else {
                take(&choice, candidate, false);
            }
        }
    }
    *chosen_count = choice.count;
}

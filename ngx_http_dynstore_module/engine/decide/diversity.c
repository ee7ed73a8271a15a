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

    return work->add_on_price > 0 && work->page_item == DYN_NONE &&
                   price > (double)work->snapshot->price_low
               ? price
               : 0;
}

/* With it the slot's add-ons would cost too much beside what they are added to. */
static bool add_ons_are_full(const choice_t *choice, uint32_t item)
{
    const dyn_work_t *work = choice->work;
    double sum = add_on_cost(work, item);

    if (sum == 0) {
        return false;
    }
    for (uint32_t i = 0; i < choice->count; i++) {
        sum += add_on_cost(work, choice->chosen[i]);
    }

    return sum > work->policy->guardrails.add_ons_total * work->add_on_price;
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

        if (dyn_filter_of(work, item) < 0 && !add_ons_are_full(choice, item) &&
            !category_is_full(choice, dyn_work_item(work, item)->category) &&
            !brand_is_full(choice, dyn_work_item(work, item)->brand)) {
            below->items[below->count++] = item;
        }
    }
}

/* The item's group may have been shown since it was proposed: by a better candidate of this slot. */
static bool take(choice_t *choice, uint32_t candidate)
{
    dyn_work_t *work = choice->work;
    uint32_t item = work->candidates.items[candidate];
    int removed_by = dyn_filter_of(work, item);

    work->candidates.removed_by[candidate] = (int8_t)removed_by;
    if (removed_by >= 0) {
        return false;
    }

    work->candidates.places[candidate] = (int8_t)choice->count;
    choice->chosen[choice->count++] = item;
    dyn_exclusions_add(work, item, DYN_FILTER_OTHER_SLOT);

    return true;
}

bool dyn_diversity_choose(dyn_work_t *work, uint32_t wanted, uint32_t *chosen,
                          uint32_t *chosen_count, dyn_below_t *below)
{
    dyn_candidates_t *candidates = &work->candidates;
    choice_t choice = {.work = work, .wanted = wanted, .chosen = chosen, .count = *chosen_count};
    uint32_t passed_count = 0;

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
    admit(&choice, least);
    while (choice.count < wanted && next_best(&choice, &least)) {
        uint32_t candidate = dyn_candidates_find(work, ~(uint32_t)choice.heap[0]);
        uint64_t best = take_best(choice.heap, &choice.heap_count);
        const dyn_item_t *item = dyn_work_item(work, candidates->items[candidate]);

        if (category_is_full(&choice, item->category)) {
            candidates->removed_by[candidate] = DYN_FILTER_CATEGORY_CAP;
            /* the others are a matter of taste, one of each category is what the slot is */
            if ((work->row->flags & DYN_BLEND_ONE_PER_CATEGORY) == 0) {
                passed_over[passed_count++] = best;
            }
        } else if (brand_is_full(&choice, item->brand)) {
            candidates->removed_by[candidate] = DYN_FILTER_BRAND_CAP;
            passed_over[passed_count++] = best;
        } else if (add_ons_are_full(&choice, candidates->items[candidate])) {
            candidates->removed_by[candidate] = DYN_FILTER_PRICE_ANCHOR;
        } else {
            take(&choice, candidate);
        }
    }

    for (uint32_t i = 0; i < passed_count && choice.count < wanted; i++) {
        take(&choice, dyn_candidates_find(work, ~(uint32_t)passed_over[i]));
    }

    if (choice.count == wanted && below != NULL) {
        find_below(&choice, least, below);
    }
    *chosen_count = choice.count;

    return true;
}

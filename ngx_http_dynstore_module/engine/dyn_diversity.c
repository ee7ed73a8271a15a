#include "dyn_work.h"

#include <string.h>

/*
 * A candidate's rank in one number, the larger the better: the bits of its score (which order as floats from 0 to 1 do), then
 * its item number, smaller first.
 */
static uint64_t key_of(const dyn_candidate_t *candidate)
{
    float score = dyn_candidate_score_max(candidate);
    uint32_t bits;

    memcpy(&bits, &score, sizeof(bits));

    return (uint64_t)bits << 32 | (uint32_t)~candidate->item;
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
} choice_t;

static bool category_is_full(const choice_t *choice, uint32_t category)
{
    const dyn_work_t *work = choice->work;
    uint32_t cap = (choice->wanted + 1) / 2;
    uint32_t same = 0;

    if (category == DYN_NONE) {
        return false;
    }
    for (uint32_t i = 0; i < choice->count; i++) {
        same += dyn_work_item(work, choice->chosen[i])->category == category;
    }

    return same >= cap &&
           !(work->page_item == DYN_NONE && work->page_category != DYN_NONE &&
             dyn_snapshot_category_within(work->snapshot, category, work->page_category));
}

static bool brand_is_full(const choice_t *choice, uint32_t brand)
{
    const dyn_work_t *work = choice->work;
    uint32_t cap = (choice->wanted + 1) / 2 + 1;
    uint32_t same = 0;

    if (brand == DYN_NONE) {
        return false;
    }
    for (uint32_t i = 0; i < choice->count; i++) {
        same += dyn_work_item(work, choice->chosen[i])->brand == brand;
    }

    return same >= cap;
}

/* The item's group may have been shown since it was proposed: by a better candidate of this slot. */
static bool take(choice_t *choice, dyn_candidate_t *candidate)
{
    dyn_work_t *work = choice->work;
    int removed_by = dyn_filter_of(work, candidate->item);

    candidate->removed_by = removed_by;
    if (removed_by >= 0) {
        return false;
    }

    candidate->place = (int)choice->count;
    choice->chosen[choice->count++] = candidate->item;
    dyn_exclusions_add(work, candidate->item, DYN_FILTER_OTHER_SLOT);

    return true;
}

bool dyn_diversity_choose(dyn_work_t *work, dyn_stage_t stage, uint32_t wanted, uint32_t *chosen,
                          uint32_t *chosen_count)
{
    dyn_candidates_t *candidates = &work->candidates;
    choice_t choice = {work, wanted, chosen, *chosen_count};

    if (candidates->kept == 0) {
        return true;
    }

    uint64_t *heap = dyn_arena_alloc(work->arena, candidates->kept * 2 * sizeof(uint64_t));
    if (heap == NULL) {
        return false;
    }

    uint64_t *passed_over = heap + candidates->kept;
    uint32_t heap_count = 0;
    uint32_t passed_count = 0;

    for (uint32_t i = 0; i < candidates->count; i++) {
        const dyn_candidate_t *candidate = &candidates->list[i];

        if (candidate->stage == (uint32_t)stage && candidate->removed_by < 0) {
            heap[heap_count++] = key_of(candidate);
        }
    }
    for (uint32_t i = heap_count / 2; i-- > 0;) {
        sift_down(heap, heap_count, i);
    }

    while (choice.count < wanted && heap_count > 0) {
        dyn_candidate_t *candidate = dyn_candidates_find(work, ~(uint32_t)heap[0]);

        /* It was first by what it could become at most; it stays so only if it does. */
        if (dyn_candidate_lift(work, candidate)) {
            heap[0] = key_of(candidate);
            sift_down(heap, heap_count, 0);
            continue;
        }

        uint64_t best = take_best(heap, &heap_count);
        const dyn_item_t *item = dyn_work_item(work, candidate->item);

        if (category_is_full(&choice, item->category)) {
            candidate->removed_by = DYN_FILTER_CATEGORY_CAP;
            passed_over[passed_count++] = best;
        } else if (brand_is_full(&choice, item->brand)) {
            candidate->removed_by = DYN_FILTER_BRAND_CAP;
            passed_over[passed_count++] = best;
        } else {
            take(&choice, candidate);
        }
    }

    for (uint32_t i = 0; i < passed_count && choice.count < wanted; i++) {
        take(&choice, dyn_candidates_find(work, ~(uint32_t)passed_over[i]));
    }

    *chosen_count = choice.count;

    return true;
}

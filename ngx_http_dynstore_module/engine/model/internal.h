/* What the steps of a query share. Only the model's own files include this, and the trainer of its trees. */
#ifndef DYN_MODEL_INTERNAL_H
#define DYN_MODEL_INTERNAL_H

#include "engine/model/model.h"
#include "engine/model/features.h"
#include "engine/model/select.h"

enum {
    /* Sessions that can be touched, and a table at most half full. */
    DYN_MODEL_TOUCHED_MAX = DYN_MODEL_KNN_ITEMS_MAX * DYN_MODEL_POSTINGS_MAX,
    DYN_MODEL_SESSION_SLOTS = 8192,
    /* A model of no more sessions has a byte for each. */
    DYN_MODEL_SESSION_BYTES = 65536,
    /* Items that can be scored; those met later are left out. A table at most half full. */
    DYN_MODEL_CANDIDATES_MAX = 4096,
    DYN_MODEL_CANDIDATE_SLOT_BITS = 13,
    DYN_MODEL_CANDIDATE_SLOTS = 1 << DYN_MODEL_CANDIDATE_SLOT_BITS,
    /* In a shop of no more items each is a candidate, whose number is the item's: to look over some more costs less than to find them. */
    DYN_MODEL_DIRECT_MAX = 1024,
    /* As a feature, the distance of what the query does not hold. */
    DYN_MODEL_NOT_SEEN = 255
};

/* Of the whole walk: a second step that carries less is not taken, and no lighter one from the same item. */
#define DYN_MODEL_WALK_LEAST 0.0003F

typedef struct {
    dyn_model_shares_t knn;
    float best_neighbour;
    float walk;
    float one_step;
    /* What the repeats added to the base. */
    float repeat;
    /* The factor of the trees; 0 where they were not asked. */
    float rerank;
    /* Of 65535: from all items of the query, filled for the trees. */
    uint32_t edges;
    /* Of 65535: edges from the query's last item and from the distinct one before it. */
    uint16_t edge_last;
    uint16_t edge_previous;
    /* In the query, and the clicks from its end to the last of them. */
    uint8_t occurrences;
    uint8_t distance;
    uint8_t links;
    bool excluded;
} dyn_model_candidate_t;

/* A distinct item of the query. */
typedef struct {
    uint32_t item;
    uint16_t candidate;
    uint8_t distance;
} dyn_model_recent_t;

struct dyn_model_scratch_s {
    /* Slots hold a number + 1; 0 is free. */
    uint16_t session_slots[DYN_MODEL_SESSION_SLOTS];
    uint16_t candidate_slots[DYN_MODEL_CANDIDATE_SLOTS];
    /* Between queries 0. */
    uint8_t touched_bits[DYN_MODEL_SESSION_BYTES];
    /* The last one is where the next may be, and is never read. */
    uint32_t touched[DYN_MODEL_TOUCHED_MAX + 1];
    float similarity[DYN_MODEL_TOUCHED_MAX];
    int32_t session_weight[DYN_MODEL_TOUCHED_MAX];
    /* How many sessions the query's newest items have touched. */
    size_t touched_by[DYN_MODEL_KNN_ITEMS_MAX];
    /* The last one takes what finds no room and is never read. */
    uint32_t items[DYN_MODEL_CANDIDATES_MAX + 1];
    dyn_model_candidate_t candidates[DYN_MODEL_CANDIDATES_MAX + 1];
    size_t candidate_count;
    /* Places that are empty or taken; those behind them hold anything. */
    size_t candidates_ready;
    /* Candidates' numbers are items. */
    bool direct;
    /* Newest first. */
    dyn_model_recent_t recents[DYN_MODEL_QUERY_CLICKS_MAX];
    size_t recent_count;
    size_t touched_count;
    size_t prefix_length;
    /* Blended: q, then with repeats. */
    float base[DYN_MODEL_CANDIDATES_MAX];
    float knn_sum;
    float walk_sum;
    /* What a step selects from. */
    float scores[DYN_MODEL_SCORES_MAX];
    /* Candidates' numbers, best first. */
    uint16_t order[DYN_MODEL_BEST_MAX];
    dyn_model_features_t features;
};

_Static_assert((int)DYN_MODEL_TOUCHED_MAX <= (int)DYN_MODEL_SCORES_MAX &&
                   (int)DYN_MODEL_CANDIDATES_MAX <= (int)DYN_MODEL_SCORES_MAX,
               "steps select from them");
_Static_assert(DYN_MODEL_KNN_ITEMS_MAX <= 8, "items are bits of a byte");
_Static_assert((int)DYN_MODEL_NEIGHBOURS_MAX <= (int)DYN_MODEL_BEST_MAX &&
                   (int)DYN_MODEL_RERANK_DEPTH_MAX <= (int)DYN_MODEL_BEST_MAX &&
                   (int)DYN_MODEL_RESULTS_MAX <= (int)DYN_MODEL_BEST_MAX,
               "steps select so many");
_Static_assert(DYN_MODEL_TOUCHED_MAX % 16 == 0 && DYN_MODEL_CANDIDATES_MAX % 16 == 0,
               "whole groups are read");

/* Where the search for an item starts. */
static inline uint32_t dyn_model_slot(uint32_t item)
{
    return item * 2654435761U >> (32 - DYN_MODEL_CANDIDATE_SLOT_BITS);
}

/* dyn_model_candidate() where its slot holds another item, or no place is ready. */
dyn_model_candidate_t *dyn_model_candidate_slowly(dyn_model_scratch_t *scratch, uint32_t item);

/*
 * The candidate of an item, made when missing; when all places are taken, one that counts for nothing. Whether an item is new cannot
 * be foretold by a processor, so nothing branches on it: the first free place always stands ready, and is taken or not. The count
 * is the caller's copy of scratch->candidate_count, for stores to candidates would make the compiler read it again and again.
 */
static inline dyn_model_candidate_t *dyn_model_candidate(dyn_model_scratch_t *scratch,
                                                         size_t *count, uint32_t item)
{
    if (scratch->direct) {
        return &scratch->candidates[item];
    }

    uint16_t *slot = &scratch->candidate_slots[dyn_model_slot(item)];
    size_t entry = *slot;
    size_t added = entry == 0;
    size_t entry_after = entry | (-added & (*count + 1));

    scratch->items[*count] = item;

    if (__builtin_expect(scratch->items[entry_after - 1] != item || *count == scratch->candidates_ready,
                         0)) {
        scratch->candidate_count = *count;

        dyn_model_candidate_t *candidate = dyn_model_candidate_slowly(scratch, item);

        *count = scratch->candidate_count;
        return candidate;
    }

    *slot = (uint16_t)entry_after;
    *count += added;

    return &scratch->candidates[entry_after - 1];
}

dyn_model_candidate_t *dyn_model_find_slot(dyn_model_scratch_t *scratch, uint32_t item);

/* NULL when the item is no candidate. */
static inline dyn_model_candidate_t *dyn_model_find(dyn_model_scratch_t *scratch, uint32_t item)
{
    if (scratch->direct) {
        return item < scratch->candidate_count ? &scratch->candidates[item] : NULL;
    }

    return dyn_model_find_slot(scratch, item);
}

/* The steps, in this order. */
void dyn_model_read_query(const dyn_model_t *model, const dyn_model_query_t *query,
                          dyn_model_scratch_t *scratch);
void dyn_model_walk(const dyn_model_t *model, dyn_model_scratch_t *scratch);
void dyn_model_knn(const dyn_model_t *model, dyn_model_scratch_t *scratch);
void dyn_model_blend(const dyn_model_t *model, dyn_model_scratch_t *scratch);
void dyn_model_repeats(const dyn_model_t *model, dyn_model_scratch_t *scratch);
/* All steps above; the best `depth` candidates with a score that are not excluded are in scratch->order. Returns how many. */
size_t dyn_model_prepare(const dyn_model_t *model, const dyn_model_query_t *query,
                         dyn_model_scratch_t *scratch, size_t depth);
/* Of the first `count` of the order. */
void dyn_model_fill_features(const dyn_model_t *model, dyn_model_scratch_t *scratch, size_t count);
/* Asks the trees about those whose features were filled; what they say stays with the candidates. */
void dyn_model_rerank(const dyn_model_t *model, dyn_model_scratch_t *scratch);

/*
 * Sections are larger than caches and are read all over: a query mostly waits for memory. So a step first reads what all of its rows or
 * sessions begin with, in a loop in which none waits for another and no branch is foretold wrongly - a processor then waits for many at
 * once -, and works on them in a second one. What lies behind the beginnings is asked for before.
 */
enum { DYN_MODEL_LINE_BYTES = 64 };

static inline void dyn_model_fetch(const void *data)
{
    __builtin_prefetch(data);
}

/* The first lines and the last: few lists are longer, and a loop's end could not be foretold. */
static inline void dyn_model_fetch_list(const void *data, size_t bytes)
{
    const char *start = data;

    __builtin_prefetch(start);
    __builtin_prefetch(start + (bytes < DYN_MODEL_LINE_BYTES ? bytes : DYN_MODEL_LINE_BYTES));
    __builtin_prefetch(start + bytes);
}

/* Of an item whose edge_starts were fetched before. */
static inline void dyn_model_fetch_row(const dyn_model_t *model, uint32_t item)
{
    uint32_t start = model->edge_starts[item];
    uint32_t count = model->edge_starts[item + 1] - start;

    dyn_model_fetch_list(model->edge_items + start, count * sizeof(uint32_t));
    dyn_model_fetch_list(model->edge_weights + start, count * sizeof(uint16_t));
}

/* Row of the repeat table. */
static inline size_t dyn_model_repeat_length(size_t prefix_length)
{
    return prefix_length <= 3   ? prefix_length - 1
           : prefix_length <= 5 ? 3
           : prefix_length <= 9 ? 4
                                : 5;
}

#endif

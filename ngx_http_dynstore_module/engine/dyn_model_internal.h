/* What the steps of a query share. Only the model's own files include this, and the trainer of its trees. */
#ifndef DYN_MODEL_INTERNAL_H
#define DYN_MODEL_INTERNAL_H

#include "dyn_model.h"
#include "dyn_model_features.h"

enum {
    /* Sessions that can be touched, and a table at most 5/8 full. */
    DYN_MODEL_TOUCHED_MAX = DYN_MODEL_KNN_ITEMS_MAX * DYN_MODEL_POSTINGS_MAX,
    DYN_MODEL_SESSION_SLOTS = 8192,
    /* Items that can be scored; those met later are left out. A table at most half full. */
    DYN_MODEL_CANDIDATES_MAX = 4096,
    DYN_MODEL_CANDIDATE_SLOTS = 8192,
    DYN_MODEL_NOT_SEEN = 255
};

typedef struct {
    uint32_t item;
    /* Of 65535: edges from the query's last item and from the distinct one before it. */
    uint16_t edge_last;
    uint16_t edge_previous;
    float knn;
    /* The part of knn from places after the anchor, and from the place right after it. */
    float knn_after;
    float knn_next;
    float best_neighbour;
    float walk;
    float one_step;
    /* What the repeats added to the base. */
    float repeat;
    float rerank;
    /* Of 65535: from all items of the query, filled for the trees. */
    uint32_t edges;
    uint16_t neighbours;
    /* Clicks from the query's end to the item's last place in it; DYN_MODEL_NOT_SEEN. */
    uint8_t distance;
    uint8_t occurrences;
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
    uint32_t touched[DYN_MODEL_TOUCHED_MAX];
    float similarity[DYN_MODEL_TOUCHED_MAX];
    uint8_t anchors[DYN_MODEL_TOUCHED_MAX];
    /* The last one takes what finds no room and is never read. */
    dyn_model_candidate_t candidates[DYN_MODEL_CANDIDATES_MAX + 1];
    size_t candidate_count;
    /* Places that are empty or taken; those behind them hold anything. */
    size_t candidates_ready;
    /* Newest first. */
    dyn_model_recent_t recents[DYN_MODEL_QUERY_CLICKS_MAX];
    size_t recent_count;
    size_t touched_count;
    size_t prefix_length;
    /* Blended: q, then with repeats. */
    float base[DYN_MODEL_CANDIDATES_MAX];
    float knn_sum;
    float walk_sum;
    uint64_t keys[DYN_MODEL_CANDIDATES_MAX];
    dyn_model_features_t features;
};

/* Where the search for an item starts. */
static inline uint32_t dyn_model_slot(uint32_t item)
{
    return (item * 2654435761U >> 7) & (DYN_MODEL_CANDIDATE_SLOTS - 1);
}

/* dyn_model_candidate() where its slot holds another item, or no place is ready. */
dyn_model_candidate_t *dyn_model_candidate_slowly(dyn_model_scratch_t *scratch, uint32_t item);

/*
 * The candidate of an item, made when missing; when all places are taken, one that counts for nothing. Whether an item is new cannot
 * be foretold by a processor, so nothing branches on it: the first free place always stands ready, and is taken or not.
 */
static inline dyn_model_candidate_t *dyn_model_candidate(dyn_model_scratch_t *scratch,
                                                         uint32_t item)
{
    uint16_t *slot = &scratch->candidate_slots[dyn_model_slot(item)];
    size_t count = scratch->candidate_count;
    size_t entry = *slot;
    size_t added = entry == 0;
    size_t number = entry - 1 + (-added & (count + 1));
    dyn_model_candidate_t *candidate = &scratch->candidates[number];

    scratch->candidates[count].item = item;

    if (__builtin_expect(candidate->item != item || count == scratch->candidates_ready, 0)) {
        return dyn_model_candidate_slowly(scratch, item);
    }

    *slot = (uint16_t)(number + 1);
    scratch->candidate_count = count + added;

    return candidate;
}

/* NULL when the item is no candidate. */
dyn_model_candidate_t *dyn_model_find(dyn_model_scratch_t *scratch, uint32_t item);

/* The steps, in this order. */
void dyn_model_read_query(const dyn_model_t *model, const dyn_model_query_t *query,
                          dyn_model_scratch_t *scratch);
void dyn_model_walk(const dyn_model_t *model, dyn_model_scratch_t *scratch);
void dyn_model_knn(const dyn_model_t *model, dyn_model_scratch_t *scratch);
void dyn_model_blend(const dyn_model_t *model, dyn_model_scratch_t *scratch);
void dyn_model_repeats(const dyn_model_t *model, dyn_model_scratch_t *scratch);
/* All steps above and dyn_model_order. */
size_t dyn_model_prepare(const dyn_model_t *model, const dyn_model_query_t *query,
                         dyn_model_scratch_t *scratch, size_t depth);
/* Keys of all candidates with a score, by their number in scratch->candidates, into scratch->keys; returns how many. The
 * best `depth` come first, in order. */
size_t dyn_model_order(dyn_model_scratch_t *scratch, size_t depth);
/* Of the best `count` keys. */
void dyn_model_fill_features(const dyn_model_t *model, dyn_model_scratch_t *scratch,
                             const uint64_t *keys, size_t count);
/* Multiplies their scores by what the trees say; the order is the caller's business. */
void dyn_model_rerank(const dyn_model_t *model, dyn_model_scratch_t *scratch, uint64_t *keys,
                      size_t count);

/*
 * Sections are larger than caches and are read all over: a query mostly waits for memory, unless it says early what it will want.
 * FETCH_AHEAD rows or sessions are on their way while one is worked on.
 */
enum { DYN_MODEL_FETCH_AHEAD = 8, DYN_MODEL_LINE_BYTES = 64 };

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

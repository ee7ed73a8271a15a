/* The numbers that the trees ask about, for the best candidates of a query. */
#include "engine/model/internal.h"

#include <string.h>

/* Newest items of the query whose edges are summed. */
enum { EDGES_OF_ITEMS = 12 };

typedef struct {
    float base;
    float knn;
    float walk;
    float one_step;
    float neighbour;
} greatest_t;

static void raise_to(greatest_t *greatest, const dyn_model_scratch_t *scratch,
                     uint16_t candidate_number)
{
    const dyn_model_candidate_t *candidate = &scratch->candidates[candidate_number];
    float base = scratch->base[candidate_number];

    greatest->base = base > greatest->base ? base : greatest->base;
    greatest->knn = candidate->knn.all > greatest->knn ? candidate->knn.all : greatest->knn;
    greatest->walk = candidate->walk > greatest->walk ? candidate->walk : greatest->walk;
    greatest->one_step =
        candidate->one_step > greatest->one_step ? candidate->one_step : greatest->one_step;
    greatest->neighbour = candidate->best_neighbour > greatest->neighbour
                              ? candidate->best_neighbour
                              : greatest->neighbour;
}

/* What is excluded counts: a share means the same whether or not the session's items may be repeated. */
static greatest_t greatest_of(const dyn_model_scratch_t *scratch, size_t count)
{
    greatest_t greatest = {0};

    for (size_t i = 0; i < count; i++) {
        raise_to(&greatest, scratch, scratch->order[i]);
    }

    for (size_t i = 0; i < scratch->recent_count; i++) {
        if (scratch->candidates[scratch->recents[i].candidate].excluded) {
            raise_to(&greatest, scratch, scratch->recents[i].candidate);
        }
    }

    return greatest;
}

#define SET(name, value) scratch->features.column[DYN_MODEL_FEATURE_##name][place] = (value)

/* Tells nearly always whether an item is of the query. */
enum { SIEVE_BITS = 10 };

static size_t sieve_place(uint32_t item)
{
    return item & ((1U << SIEVE_BITS) - 1);
}

typedef struct {
    uint8_t sieve[1 << SIEVE_BITS];
    uint32_t last;
} query_items_t;

/* A candidate's edges, and which of them may lead back to the query: bit i for edge i. */
typedef struct {
    const uint32_t *items;
    const uint16_t *weights;
    uint32_t back;
} back_edges_t;

_Static_assert(DYN_MODEL_EDGES_MAX <= 32, "edges are bits");

/* Without a branch for an edge, which would be foretold wrongly too often. */
static back_edges_t find_back(const dyn_model_t *model, const query_items_t *query, uint32_t item)
{
    back_edges_t edges = {0};
    size_t count = dyn_model_edges(model, item, &edges.items, &edges.weights);
    uint32_t back = 0;

    for (size_t i = 0; i < count; i++) {
        back |= (uint32_t)query->sieve[sieve_place(edges.items[i])] << i;
    }

    edges.back = back;

    return edges;
}

/* Edges from the candidate to items of the query. */
static void fill_back(dyn_model_scratch_t *scratch, const query_items_t *query,
                      const back_edges_t *edges, size_t place)
{
    uint32_t sum = 0;
    uint32_t last = 0;
    uint32_t links = 0;

    for (uint32_t back = edges->back; back != 0; back &= back - 1) {
        unsigned i = (unsigned)__builtin_ctz(back);
        const dyn_model_candidate_t *other = dyn_model_find(scratch, edges->items[i]);

        if (other != NULL && other->occurrences > 0) {
            sum += edges->weights[i];
            links++;
            last = edges->items[i] == query->last ? edges->weights[i] : last;
        }
    }

    SET(EDGE_BACK, (float)last);
    SET(EDGES_BACK, (float)sum);
    SET(LINKS_BACK, (float)links);
}

static void fill_column(dyn_model_features_t *features, dyn_model_feature_t feature, float value)
{
    const float four[4] = {value, value, value, value};

    for (size_t i = 0; i < DYN_MODEL_PADDED(features->count); i += 4) {
        memcpy(&features->column[feature][i], four, sizeof(four));
    }
}

/* What is the same for all candidates of the query. */
static void fill_query(const dyn_model_t *model, dyn_model_scratch_t *scratch, float best_base)
{
    const dyn_model_item_t *last =
        scratch->recent_count > 0 ? &model->items[scratch->recents[0].item] : NULL;
    float seen = 0;
    const struct {
        dyn_model_feature_t feature;
        float value;
    } values[] = {
        {DYN_MODEL_FEATURE_LENGTH, (float)scratch->prefix_length},
        {DYN_MODEL_FEATURE_DISTINCT, (float)scratch->recent_count},
        {DYN_MODEL_FEATURE_LAST_SESSIONS, last == NULL ? 0 : (float)last->session_count},
        {DYN_MODEL_FEATURE_LAST_REPEAT, last == NULL ? 0 : last->repeat_at_once},
        {DYN_MODEL_FEATURE_TOUCHED, (float)scratch->touched_count},
        {DYN_MODEL_FEATURE_BEST_BASE, best_base},
    };

    for (size_t i = 0; i < scratch->recent_count; i++) {
        seen += scratch->base[scratch->recents[i].candidate];
    }

    fill_column(&scratch->features, DYN_MODEL_FEATURE_SEEN_SHARE, seen);

    for (size_t k = 0; k < sizeof(values) / sizeof(values[0]); k++) {
        fill_column(&scratch->features, values[k].feature, values[k].value);
    }
}

static void fill_candidate(const dyn_model_t *model, dyn_model_scratch_t *scratch, size_t place,
                           uint32_t candidate_number)
{
    const dyn_model_candidate_t *candidate = &scratch->candidates[candidate_number];
    const dyn_model_item_t *item = &model->items[scratch->items[candidate_number]];

    SET(BASE, scratch->base[candidate_number]);
    SET(PLACE, (float)place);
    SET(KNN, candidate->knn.all);
    SET(KNN_AFTER, candidate->knn.after);
    SET(KNN_NEXT, candidate->knn.next);
    SET(KNN_BEST, candidate->best_neighbour);
    SET(NEIGHBOURS, candidate->knn.places);
    SET(WALK, candidate->walk);
    SET(ONE_STEP, candidate->one_step);
    SET(EDGE_LAST, candidate->edge_last);
    SET(EDGE_PREVIOUS, candidate->edge_previous);
    SET(EDGES_TO, (float)candidate->edges);
    SET(LINKS, candidate->links);
    SET(AGE, item->age);
    SET(SESSIONS, (float)item->session_count);
    SET(RECENT, (float)item->recent_count);
    SET(DISTANCE, candidate->occurrences > 0 ? candidate->distance : DYN_MODEL_NOT_SEEN);
    SET(OCCURRENCES, candidate->occurrences);
    SET(REPEAT_ITEM, candidate->occurrences == 0 ? 0
                     : candidate->distance == 0  ? item->repeat_at_once
                                                 : item->repeat_later);
    SET(REPEAT, candidate->repeat);
}

typedef float lane_t __attribute__((vector_size(16)));
typedef int32_t lane_mask_t __attribute__((vector_size(16)));

static inline lane_t load(const float *from)
{
    lane_t lane;

    memcpy(&lane, from, sizeof(lane));

    return lane;
}

static inline void store_shares(float *shares, lane_t parts, lane_t wholes)
{
    const lane_mask_t one = (lane_mask_t)(lane_t){1, 1, 1, 1};
    lane_mask_t some = wholes > 0;
    lane_t divisors = (lane_t)(((lane_mask_t)wholes & some) | (one & ~some));
    lane_t quotients = (lane_t)((lane_mask_t)(parts / divisors) & some);

    memcpy(shares, &quotients, sizeof(quotients));
}

/* 0 where the whole is 0. `count` is a multiple of four. */
static void share_columns(float *shares, const float *parts, const float *wholes, size_t count)
{
    for (size_t i = 0; i < count; i += 4) {
        store_shares(shares + i, load(parts + i), load(wholes + i));
    }
}

static void share_column(float *shares, const float *parts, float whole, size_t count)
{
    for (size_t i = 0; i < count; i += 4) {
        store_shares(shares + i, load(parts + i), (lane_t){whole, whole, whole, whole});
    }
}

#define COLUMN(name) scratch->features.column[DYN_MODEL_FEATURE_##name]

/* fill_candidate() has set parts; the wholes that divide others come last. */
static void divide(const dyn_model_t *model, dyn_model_scratch_t *scratch,
                   const greatest_t *greatest)
{
    size_t count = DYN_MODEL_PADDED(scratch->features.count);
    float last_sessions = scratch->recent_count == 0
                              ? 0
                              : (float)model->items[scratch->recents[0].item].session_count;

    float above[DYN_MODEL_RERANK_DEPTH_MAX];

    above[0] = greatest->base;
    memcpy(above + 1, COLUMN(BASE), (count - 1) * sizeof(float));
    share_columns(COLUMN(BASE_ABOVE), COLUMN(BASE), above, count);
    share_columns(COLUMN(KNN_AFTER), COLUMN(KNN_AFTER), COLUMN(KNN), count);
    share_columns(COLUMN(KNN_NEXT), COLUMN(KNN_NEXT), COLUMN(KNN), count);
    share_columns(COLUMN(RECENT), COLUMN(RECENT), COLUMN(SESSIONS), count);
    share_columns(COLUMN(REPEAT), COLUMN(REPEAT), COLUMN(BASE), count);
    share_column(COLUMN(SESSIONS_TO_LAST), COLUMN(SESSIONS), last_sessions, count);
    share_column(COLUMN(KNN), COLUMN(KNN), greatest->knn, count);
    share_column(COLUMN(KNN_BEST), COLUMN(KNN_BEST), greatest->neighbour, count);
    share_column(COLUMN(WALK), COLUMN(WALK), greatest->walk, count);
    share_column(COLUMN(ONE_STEP), COLUMN(ONE_STEP), greatest->one_step, count);
    share_column(COLUMN(BASE), COLUMN(BASE), greatest->base, count);
}

/* The walk has seen the edges of its start items; the others' only matter here. */
static void add_edges(const dyn_model_t *model, dyn_model_scratch_t *scratch)
{
    for (size_t i = 0; i < scratch->recent_count && i < EDGES_OF_ITEMS; i++) {
        const uint32_t *items;
        const uint16_t *weights;
        size_t count = dyn_model_edges(model, scratch->recents[i].item, &items, &weights);

        for (size_t k = 0; k < count; k++) {
            dyn_model_candidate_t *candidate = dyn_model_find(scratch, items[k]);

            if (candidate != NULL) {
                candidate->edges += weights[k];
            }
        }
    }
}

void dyn_model_fill_features(const dyn_model_t *model, dyn_model_scratch_t *scratch, size_t count)
{
    scratch->features.count = count;

    if (count == 0) {
        return;
    }

    for (size_t place = 0; place < count; place++) {
        dyn_model_fetch(&model->edge_starts[scratch->items[scratch->order[place]]]);
    }

    back_edges_t edges[DYN_MODEL_RERANK_DEPTH_MAX];
    query_items_t query = {.last = scratch->recent_count > 0 ? scratch->recents[0].item : DYN_NONE};

    for (size_t i = 0; i < scratch->recent_count; i++) {
        query.sieve[sieve_place(scratch->recents[i].item)] = 1;
    }

    add_edges(model, scratch);

    greatest_t greatest = greatest_of(scratch, count);

    for (size_t place = 0; place < count; place++) {
        uint32_t start = model->edge_starts[scratch->items[scratch->order[place]]];

        dyn_model_fetch(model->edge_items + start);
        dyn_model_fetch(model->edge_items + start + DYN_MODEL_EDGES_MAX / 2);
        dyn_model_fetch(model->edge_items + start + DYN_MODEL_EDGES_MAX - 1);
    }

    for (size_t place = 0; place < count; place++) {
        edges[place] = find_back(model, &query, scratch->items[scratch->order[place]]);
    }

    for (size_t place = 0; place < count; place++) {
        fill_candidate(model, scratch, place, scratch->order[place]);
        fill_back(scratch, &query, &edges[place], place);
    }

    fill_query(model, scratch, greatest.base);

    /* trees ask whole vectors */
    for (size_t f = 0; f < DYN_MODEL_FEATURES_COUNT; f++) {
        for (size_t i = count; i < DYN_MODEL_PADDED(count); i++) {
            scratch->features.column[f][i] = 0;
        }
    }

    divide(model, scratch, &greatest);
}

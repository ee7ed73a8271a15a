/* The numbers that the trees ask about, for the best candidates of a query. */
#include "dyn_model_internal.h"
#include "dyn_model_select.h"

/* Newest items of the query whose edges are summed. */
enum { EDGES_OF_ITEMS = 12 };

typedef struct {
    float base;
    float knn;
    float walk;
    float one_step;
    float neighbour;
} greatest_t;

static greatest_t greatest_of(const dyn_model_scratch_t *scratch, const uint64_t *keys,
                              size_t count)
{
    greatest_t greatest = {.base = dyn_model_key_score(keys[0])};

    for (size_t i = 0; i < count; i++) {
        const dyn_model_candidate_t *candidate =
            &scratch->candidates[dyn_model_key_number(keys[i])];

        greatest.knn = candidate->knn > greatest.knn ? candidate->knn : greatest.knn;
        greatest.walk = candidate->walk > greatest.walk ? candidate->walk : greatest.walk;
        greatest.one_step =
            candidate->one_step > greatest.one_step ? candidate->one_step : greatest.one_step;
        greatest.neighbour = candidate->best_neighbour > greatest.neighbour
                                 ? candidate->best_neighbour
                                 : greatest.neighbour;
    }

    return greatest;
}

static float share(float part, float whole)
{
    return whole > 0 ? part / whole : 0;
}

#define SET(name, value) scratch->features.column[DYN_MODEL_FEATURE_##name][place] = (value)

/* Nearly always tells at once that an item is not of the query. */
static uint64_t sieve_bit(uint32_t item)
{
    return 1ULL << (item * 2654435761U >> 26);
}

typedef struct {
    uint64_t sieve;
    uint32_t last;
} query_items_t;

/* Edges from the candidate to items of the query. */
static void fill_back(const dyn_model_t *model, dyn_model_scratch_t *scratch,
                      const query_items_t *query, size_t place, uint32_t item)
{
    const uint32_t *items;
    const uint16_t *weights;
    size_t count = dyn_model_edges(model, item, &items, &weights);
    uint32_t sum = 0;
    uint32_t last = 0;
    uint32_t links = 0;

    for (size_t i = 0; i < count; i++) {
        if ((query->sieve & sieve_bit(items[i])) != 0) {
            const dyn_model_candidate_t *other = dyn_model_find(scratch, items[i]);

            if (other != NULL && other->distance != DYN_MODEL_NOT_SEEN) {
                sum += weights[i];
                links++;
                last = items[i] == query->last ? weights[i] : last;
            }
        }
    }

    SET(EDGE_BACK, (float)last);
    SET(EDGES_BACK, (float)sum);
    SET(LINKS_BACK, (float)links);
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

    for (size_t i = 0; i < scratch->features.count; i++) {
        for (size_t k = 0; k < sizeof(values) / sizeof(values[0]); k++) {
            scratch->features.column[values[k].feature][i] = values[k].value;
        }

        scratch->features.column[DYN_MODEL_FEATURE_SEEN_SHARE][i] = seen;
    }
}

static void fill_candidate(const dyn_model_t *model, dyn_model_scratch_t *scratch, size_t place,
                           uint32_t number, const greatest_t *greatest)
{
    const dyn_model_candidate_t *candidate = &scratch->candidates[number];
    const dyn_model_item_t *item = &model->items[candidate->item];
    const dyn_model_recent_t *last = scratch->recent_count > 0 ? &scratch->recents[0] : NULL;
    float base = scratch->base[number];
    float last_sessions = last == NULL ? 0 : (float)model->items[last->item].session_count;

    SET(BASE, share(base, greatest->base));
    SET(PLACE, (float)place);
    SET(KNN, share(candidate->knn, greatest->knn));
    SET(KNN_AFTER, share(candidate->knn_after, candidate->knn));
    SET(KNN_NEXT, share(candidate->knn_next, candidate->knn));
    SET(KNN_BEST, share(candidate->best_neighbour, greatest->neighbour));
    SET(NEIGHBOURS, candidate->neighbours);
    SET(WALK, share(candidate->walk, greatest->walk));
    SET(ONE_STEP, share(candidate->one_step, greatest->one_step));
    SET(EDGE_LAST, candidate->edge_last);
    SET(EDGE_PREVIOUS, candidate->edge_previous);
    SET(EDGES_TO, (float)candidate->edges);
    SET(LINKS, candidate->links);
    SET(AGE, item->age);
    SET(SESSIONS, (float)item->session_count);
    SET(RECENT, share((float)item->recent_count, (float)item->session_count));
    SET(SESSIONS_TO_LAST, share((float)item->session_count, last_sessions));
    SET(DISTANCE, candidate->distance);
    SET(OCCURRENCES, candidate->occurrences);
    SET(REPEAT_ITEM, candidate->distance == 0                    ? item->repeat_at_once
                     : candidate->distance == DYN_MODEL_NOT_SEEN ? 0
                                                                 : item->repeat_later);
    SET(REPEAT, share(candidate->repeat, base));
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

static void fetch_row_of(const dyn_model_t *model, const dyn_model_scratch_t *scratch, uint64_t key)
{
    dyn_model_fetch_row(model, scratch->candidates[dyn_model_key_number(key)].item);
}

void dyn_model_fill_features(const dyn_model_t *model, dyn_model_scratch_t *scratch,
                             const uint64_t *keys, size_t count)
{
    if (count == 0) {
        scratch->features.count = 0;
        return;
    }

    for (size_t place = 0; place < count; place++) {
        dyn_model_fetch(
            &model->edge_starts[scratch->candidates[dyn_model_key_number(keys[place])].item], 1);
    }

    query_items_t query = {0, scratch->recent_count > 0 ? scratch->recents[0].item : DYN_NONE};

    for (size_t i = 0; i < scratch->recent_count; i++) {
        query.sieve |= sieve_bit(scratch->recents[i].item);
    }

    add_edges(model, scratch);

    greatest_t greatest = greatest_of(scratch, keys, count);
    float above = dyn_model_key_score(keys[0]);

    scratch->features.count = count;

    for (size_t place = 0; place < count && place < DYN_MODEL_FETCH_AHEAD; place++) {
        fetch_row_of(model, scratch, keys[place]);
    }

    for (size_t place = 0; place < count; place++) {
        float base = dyn_model_key_score(keys[place]);

        if (place + DYN_MODEL_FETCH_AHEAD < count) {
            fetch_row_of(model, scratch, keys[place + DYN_MODEL_FETCH_AHEAD]);
        }

        fill_candidate(model, scratch, place, dyn_model_key_number(keys[place]), &greatest);
        fill_back(model, scratch, &query, place,
                  scratch->candidates[dyn_model_key_number(keys[place])].item);
        SET(BASE_ABOVE, share(base, above));
        above = base;
    }

    fill_query(model, scratch, greatest.base);

    /* trees ask whole vectors */
    for (size_t f = 0; f < DYN_MODEL_FEATURES_COUNT; f++) {
        for (size_t i = count; i < DYN_MODEL_PADDED(count); i++) {
            scratch->features.column[f][i] = 0;
        }
    }
}

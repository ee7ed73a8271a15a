/*
 * The item graph: what was clicked near an item's newest occurrences, nearer and newer weighing more. Of each item the
 * heaviest edges are kept.
 */
#include "cli/train/model_build_internal.h"
#include "cli/train/model_keys.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { ITEMS_AT_ONCE = 256, REACH_MAX = DYN_MODEL_SESSION_CLICKS_MAX };

/* As the end of an edge a click in the cart weighs two views, a purchase three. */
static const float kind_weights[] = {
    [DYN_CLICK_VIEW] = 1.0F, [DYN_CLICK_CART] = 2.0F, [DYN_CLICK_PURCHASE] = 3.0F};

typedef struct {
    dyn_model_work_t *work;
    /* Each item's newest clicks, newest first. */
    uint32_t *clicks;
    uint32_t *click_starts;
    uint32_t *filled;
    uint32_t *session_of_click;
    float *age_weights;   /* of sessions */
    float *count_weights; /* of items */
    float forward[REACH_MAX + 1];
    float backward[REACH_MAX + 1];
    atomic_uint next;
    /* graph_edges slots for each item, then packed. */
    uint32_t *edge_items;
    uint16_t *edge_weights;
    uint8_t *edge_counts;
} graph_t;

static bool fill_clicks(void *context, unsigned part, unsigned parts)
{
    graph_t *graph = context;
    const dyn_sessions_t *sessions = graph->work->sessions;
    uint32_t first = dyn_part(sessions->item_count, part, parts);
    uint32_t count = dyn_part(sessions->item_count, part + 1, parts) - first;

    for (uint32_t k = sessions->click_count; k-- > 0;) {
        uint32_t item = sessions->items[k];

        if (item - first < count &&
            graph->filled[item] < graph->click_starts[item + 1] - graph->click_starts[item]) {
            graph->clicks[graph->click_starts[item] + graph->filled[item]++] = k;
        }
    }

    return true;
}

typedef struct {
    float *weights; /* by item; all 0 between items */
    uint32_t *touched;
    uint64_t *keys;
    uint32_t count;
} row_t;

static inline void add(row_t *row, uint32_t item, float weight)
{
    if (row->weights[item] == 0) {
        row->touched[row->count++] = item;
    }

    row->weights[item] += weight;
}

static void gather(const graph_t *graph, uint32_t item, row_t *row)
{
    const dyn_sessions_t *sessions = graph->work->sessions;
    const dyn_model_parameters_t *p = graph->work->parameters;

    row->count = 0;

    for (uint32_t i = graph->click_starts[item]; i < graph->click_starts[item + 1]; i++) {
        uint32_t click = graph->clicks[i];
        uint32_t session = graph->session_of_click[click];
        uint32_t start = sessions->starts[session];
        uint32_t end = sessions->starts[session + 1];
        float weight = graph->age_weights[session];

        for (uint32_t k = click + 1; k < end && k - click <= p->graph_forward_reach; k++) {
            add(row, sessions->items[k],
                weight * graph->forward[k - click] * kind_weights[sessions->kinds[k]]);
        }

        for (uint32_t k = click; k > start && click - (k - 1) <= p->graph_backward_reach; k--) {
            add(row, sessions->items[k - 1],
                weight * graph->backward[click - (k - 1)] * kind_weights[sessions->kinds[k - 1]]);
        }
    }
}

static void keep_heaviest(graph_t *graph, uint32_t item, row_t *row)
{
    size_t most = graph->work->parameters->graph_edges;
    uint32_t *items = graph->edge_items + item * most;
    uint16_t *weights = graph->edge_weights + item * most;
    size_t count = 0;
    uint8_t kept = 0;
    float sum = 0;

    for (uint32_t i = 0; i < row->count; i++) {
        uint32_t other = row->touched[i];

        if (other != item) {
            row->keys[count++] =
                dyn_model_key(row->weights[other] * graph->count_weights[other], other);
        }

        row->weights[other] = 0;
    }

    dyn_model_select_keys(row->keys, count, most);
    count = count < most ? count : most;
    dyn_model_sort_keys(row->keys, count);

    for (size_t i = 0; i < count; i++) {
        sum += dyn_model_key_score(row->keys[i]);
    }

    for (size_t i = 0; i < count; i++) {
        uint16_t weight = (uint16_t)lrintf(65535.0F * dyn_model_key_score(row->keys[i]) / sum);

        if (weight > 0) {
            items[kept] = dyn_model_key_number(row->keys[i]);
            weights[kept++] = weight;
        }
    }

    graph->edge_counts[item] = kept;
}

static bool make_rows(void *context, unsigned part, unsigned parts)
{
    graph_t *graph = context;
    uint32_t items = graph->work->sessions->item_count;
    row_t row = {
        .weights = calloc(items + 1ULL, sizeof(float)),
        .touched = malloc((items + 1ULL) * sizeof(uint32_t)),
        .keys = malloc((items + 1ULL) * sizeof(uint64_t)),
    };
    bool done = row.weights != NULL && row.touched != NULL && row.keys != NULL;

    (void)part;
    (void)parts;

    while (done) {
        uint32_t first = atomic_fetch_add(&graph->next, ITEMS_AT_ONCE);

        if (first >= items) {
            break;
        }

        for (uint32_t i = first; i < items && i < first + ITEMS_AT_ONCE; i++) {
            gather(graph, i, &row);
            keep_heaviest(graph, i, &row);
        }
    }

    free(row.weights);
    free(row.touched);
    free(row.keys);
    return done;
}

static bool pack(graph_t *graph)
{
    dyn_model_work_t *work = graph->work;
    uint32_t items = work->sessions->item_count;
    size_t most = work->parameters->graph_edges;
    uint32_t total = 0;
    uint32_t *starts =
        dyn_model_section_new(work->built, DYN_MODEL_SECTION_EDGE_STARTS, items + 1ULL, 4);

    if (starts == NULL) {
        return false;
    }

    for (uint32_t i = 0; i < items; i++) {
        starts[i] = total;
        total += graph->edge_counts[i];
    }

    starts[items] = total;
    work->header->edge_count = total;

    uint32_t *edge_items =
        dyn_model_section_new(work->built, DYN_MODEL_SECTION_EDGE_ITEMS, total, 4);
    uint16_t *edge_weights =
        dyn_model_section_new(work->built, DYN_MODEL_SECTION_EDGE_WEIGHTS, total, 2);

    if (edge_items == NULL || edge_weights == NULL) {
        return false;
    }

    for (uint32_t i = 0; i < items; i++) {
        memcpy(edge_items + starts[i], graph->edge_items + i * most,
               graph->edge_counts[i] * sizeof(uint32_t));
        memcpy(edge_weights + starts[i], graph->edge_weights + i * most,
               graph->edge_counts[i] * sizeof(uint16_t));
    }

    return true;
}

static void make_tables(graph_t *graph)
{
    const dyn_sessions_t *sessions = graph->work->sessions;
    const dyn_model_parameters_t *p = graph->work->parameters;

    for (uint32_t i = 1; i <= REACH_MAX; i++) {
        graph->forward[i] = (float)pow(i, -(double)p->graph_distance_power);
        graph->backward[i] = p->graph_backward * graph->forward[i];
    }

    for (uint32_t s = 0; s < sessions->session_count; s++) {
        graph->age_weights[s] =
            (float)exp(-(double)p->graph_age_decay * dyn_model_age(sessions, s));

        for (uint32_t k = sessions->starts[s]; k < sessions->starts[s + 1]; k++) {
            graph->session_of_click[k] = s;
        }
    }

    for (uint32_t k = 0; k < sessions->click_count; k++) {
        graph->filled[sessions->items[k]]++;
    }

    uint32_t total = 0;

    for (uint32_t i = 0; i < sessions->item_count; i++) {
        uint32_t sessions_of_item = graph->work->items[i].session_count;
        uint32_t clicks = graph->filled[i];

        graph->count_weights[i] =
            sessions_of_item == 0 ? 0 : (float)pow(sessions_of_item, -(double)p->graph_count_power);
        graph->click_starts[i] = total;
        total += clicks < p->graph_occurrences ? clicks : p->graph_occurrences;
        graph->filled[i] = 0;
    }

    graph->click_starts[sessions->item_count] = total;
}

bool dyn_model_build_graph(dyn_model_work_t *work)
{
    const dyn_sessions_t *sessions = work->sessions;
    size_t items = sessions->item_count + 1ULL;
    size_t slots = items * work->parameters->graph_edges;
    size_t clicks = sessions->click_count + 1ULL;
    graph_t graph = {
        .work = work,
        .clicks = malloc(clicks * sizeof(uint32_t)),
        .click_starts = malloc(items * sizeof(uint32_t)),
        .filled = calloc(items, sizeof(uint32_t)),
        .session_of_click = malloc(clicks * sizeof(uint32_t)),
        .age_weights = malloc((sessions->session_count + 1ULL) * sizeof(float)),
        .count_weights = malloc(items * sizeof(float)),
        .edge_items = malloc(slots * sizeof(uint32_t)),
        .edge_weights = malloc(slots * sizeof(uint16_t)),
        .edge_counts = calloc(items, 1),
    };
    bool done = graph.clicks != NULL && graph.click_starts != NULL && graph.filled != NULL &&
                graph.session_of_click != NULL && graph.age_weights != NULL &&
                graph.count_weights != NULL && graph.edge_items != NULL &&
                graph.edge_weights != NULL && graph.edge_counts != NULL;

    if (done) {
        make_tables(&graph);
        done = dyn_parallel(work->threads, fill_clicks, &graph) &&
               dyn_parallel(work->threads, make_rows, &graph) && pack(&graph);
    }

    free(graph.clicks);
    free(graph.click_starts);
    free(graph.filled);
    free(graph.session_of_click);
    free(graph.age_weights);
    free(graph.count_weights);
    free(graph.edge_items);
    free(graph.edge_weights);
    free(graph.edge_counts);
    return done;
}

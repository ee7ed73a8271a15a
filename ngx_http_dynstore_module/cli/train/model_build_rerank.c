/*
 * Learns the trees: a model of the older sessions is asked about the newest ones, and the trees learn to lift what was
 * clicked next. The newest of those sessions are held out to say how many trees help; when none does, or when there is
 * too little to learn from, there are no trees.
 */
#include "cli/train/gbdt.h"
#include "cli/train/model_build_internal.h"
#include "engine/model/internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    /* Of a query's candidates: all of the first, and a sample of the others. */
    FIRST_ROWS = 10,
    ROWS_MAX = 32,
    /* Fewer queries whose target is among the candidates teach nothing that lasts. */
    GROUPS_MIN = 500,
    /* Clicks of the session from the target on that count. */
    LATER_CLICKS = 8
};

/* Against 1 for what comes next: lists hold more of what the session still sees, at no loss of hits. */
static const float later_label = 0.1F;

typedef struct {
    const dyn_sessions_t *tail;
    const dyn_model_t *model;
    /* The queries: a click of the tail that is to be foretold, and its session. */
    uint32_t *targets;
    uint32_t *sessions;
    uint32_t query_count;
    /* ROWS_MAX slots for each query, filled by row_counts; what belongs first has a label above 0. */
    float *rows;
    float *base;
    float *weights;
    uint8_t *row_counts;
    float *labels;
} lessons_t;

static uint32_t mix(uint32_t value)
{
    value = (value ^ value >> 16) * 0x7feb352dU;
    value = (value ^ value >> 15) * 0x846ca68bU;
    return value ^ value >> 16;
}

/* Which places of the order become rows: the first, those with a label, and others by chance. Returns how many. */
static size_t choose_places(size_t count, const float *labels, uint32_t query, uint8_t *places,
                            float *weights)
{
    size_t chosen = 0;
    size_t others = 0;
    uint8_t later[DYN_MODEL_RERANK_DEPTH_MAX];

    for (size_t i = 0; i < count; i++) {
        if (i < FIRST_ROWS || labels[i] > 0) {
            places[chosen] = (uint8_t)i;
            weights[chosen++] = 1;
        } else {
            later[others++] = (uint8_t)i;
        }
    }

    size_t room = ROWS_MAX - chosen < others ? ROWS_MAX - chosen : others;

    for (size_t i = 0; i < room; i++) {
        size_t at = i + mix(query * 64 + (uint32_t)i) % (others - i);

        places[chosen] = later[at];
        weights[chosen++] = (float)others / (float)room;
        later[at] = later[i];
    }

    return chosen;
}

/*
 * What comes next weighs most; what comes later in the session belongs in the list, too. The labels sum to 1. False when the order
 * does not hold what comes next.
 */
static bool set_labels(const lessons_t *lessons, uint32_t query, dyn_model_scratch_t *scratch,
                       size_t count, float *labels)
{
    uint32_t first = lessons->targets[query];
    uint32_t end = lessons->tail->starts[lessons->sessions[query] + 1];
    float sum = 0;
    bool found = false;

    for (size_t i = 0; i < count; i++) {
        uint32_t item = scratch->items[scratch->order[i]];

        labels[i] = 0;
        for (uint32_t k = first; k < end && k - first < LATER_CLICKS && labels[i] == 0; k++) {
            if (lessons->tail->items[k] == item) {
                labels[i] = k == first ? 1.0F : later_label;
            }
        }
        found = found || labels[i] == 1.0F;
        sum += labels[i];
    }
    for (size_t i = 0; i < count; i++) {
        labels[i] /= sum > 0 ? sum : 1.0F;
    }

    return found;
}

static void learn_query(lessons_t *lessons, uint32_t query, dyn_model_scratch_t *scratch,
                        size_t depth)
{
    uint32_t start = lessons->tail->starts[lessons->sessions[query]];
    dyn_model_query_t asked = {.items = lessons->tail->items + start,
                               .count = lessons->targets[query] - start};
    size_t count = dyn_model_prepare(lessons->model, &asked, scratch, depth);
    float labels[DYN_MODEL_RERANK_DEPTH_MAX];
    uint8_t places[ROWS_MAX];
    size_t slot = (size_t)query * ROWS_MAX;

    lessons->row_counts[query] = 0;

    if (!set_labels(lessons, query, scratch, count, labels)) {
        return;
    }

    dyn_model_fill_features(lessons->model, scratch, count);
    count = choose_places(count, labels, query, places, lessons->weights + slot);
    lessons->row_counts[query] = (uint8_t)count;

    for (size_t i = 0; i < count; i++) {
        lessons->base[slot + i] = logf(scratch->base[scratch->order[places[i]]] + 1e-20F);
        lessons->labels[slot + i] = labels[places[i]];

        for (size_t f = 0; f < DYN_MODEL_FEATURES_COUNT; f++) {
            lessons->rows[(slot + i) * DYN_MODEL_FEATURES_COUNT + f] =
                scratch->features.column[f][places[i]];
        }
    }
}

static bool learn_queries(void *context, unsigned part, unsigned parts)
{
    lessons_t *lessons = context;
    dyn_model_scratch_t *scratch = calloc(1, dyn_model_scratch_size());
    size_t depth = lessons->model->header->parameters.rerank_depth;

    if (scratch == NULL) {
        return false;
    }

    for (uint32_t q = dyn_part(lessons->query_count, part, parts);
         q < dyn_part(lessons->query_count, part + 1, parts); q++) {
        learn_query(lessons, q, scratch, depth);
    }

    free(scratch);
    return true;
}

/* The tail's clicks that have a prefix. */
static bool choose_queries(lessons_t *lessons)
{
    const dyn_sessions_t *tail = lessons->tail;
    uint32_t total = tail->click_count - tail->session_count;

    lessons->targets = malloc((total + 1ULL) * sizeof(uint32_t));
    lessons->sessions = malloc((total + 1ULL) * sizeof(uint32_t));

    if (lessons->targets == NULL || lessons->sessions == NULL) {
        return false;
    }

    for (uint32_t s = 0; s < tail->session_count; s++) {
        for (uint32_t k = tail->starts[s] + 1; k < tail->starts[s + 1]; k++) {
            lessons->targets[lessons->query_count] = k;
            lessons->sessions[lessons->query_count++] = s;
        }
    }

    return true;
}

static bool make_room(lessons_t *lessons)
{
    size_t slots = ((size_t)lessons->query_count + 1) * ROWS_MAX;

    lessons->rows = malloc(slots * DYN_MODEL_FEATURES_COUNT * sizeof(float));
    lessons->base = malloc(slots * sizeof(float));
    lessons->weights = malloc(slots * sizeof(float));
    lessons->row_counts = calloc(lessons->query_count + 1ULL, 1);
    lessons->labels = malloc(slots * sizeof(float));
    return lessons->rows != NULL && lessons->base != NULL && lessons->weights != NULL &&
           lessons->row_counts != NULL && lessons->labels != NULL;
}

/* Queries with rows become groups, features become columns. */
typedef struct {
    dyn_gbdt_data_t data;
    uint32_t *starts;
    float *labels;
    float *features;
    float *base;
    float *weights;
} table_t;

static bool make_table(const lessons_t *lessons, table_t *table)
{
    size_t rows = 0;
    size_t row = 0;
    uint32_t groups = 0;

    for (uint32_t q = 0; q < lessons->query_count; q++) {
        rows += lessons->row_counts[q];
        groups += lessons->row_counts[q] > 1;
    }

    table->starts = malloc((groups + 1ULL) * sizeof(uint32_t));
    table->labels = malloc((rows + 1) * sizeof(float));
    table->features = malloc((rows + 1) * DYN_MODEL_FEATURES_COUNT * sizeof(float));
    table->base = malloc((rows + 1) * sizeof(float));
    table->weights = malloc((rows + 1) * sizeof(float));

    if (table->starts == NULL || table->labels == NULL || table->features == NULL ||
        table->base == NULL || table->weights == NULL) {
        return false;
    }

    table->data = (dyn_gbdt_data_t){
        .feature_count = DYN_MODEL_FEATURES_COUNT,
        .starts = table->starts,
        .labels = table->labels,
        .features = table->features,
        .base = table->base,
        .weights = table->weights,
    };
    rows = 0;

    for (uint32_t q = 0; q < lessons->query_count; q++) {
        rows += lessons->row_counts[q] > 1 ? lessons->row_counts[q] : 0;
    }

    table->data.row_count = rows;

    for (uint32_t q = 0; q < lessons->query_count; q++) {
        size_t slot = (size_t)q * ROWS_MAX;

        if (lessons->row_counts[q] < 2) {
            continue;
        }

        table->starts[table->data.group_count] = (uint32_t)row;
        table->data.group_count++;

        for (size_t i = 0; i < lessons->row_counts[q]; i++, row++) {
            table->base[row] = lessons->base[slot + i];
            table->weights[row] = lessons->weights[slot + i];
            table->labels[row] = lessons->labels[slot + i];

            for (size_t f = 0; f < DYN_MODEL_FEATURES_COUNT; f++) {
                table->features[f * rows + row] =
                    lessons->rows[(slot + i) * DYN_MODEL_FEATURES_COUNT + f];
            }
        }
    }

    table->starts[table->data.group_count] = (uint32_t)row;
    table->data.first_held_out = table->data.group_count - table->data.group_count / 6;
    return true;
}

static bool train(const table_t *table, const dyn_model_build_options_t *options,
                  dyn_model_built_t *built)
{
    dyn_gbdt_options_t training = {
        .trees = options->parameters.rerank_trees,
        .patience = 20,
        .rate = (double)options->parameters.rerank_rate,
        .l2 = 20,
        .columns = 0.5,
        .rows = 0.5,
        .threads = options->threads,
        .seed = 88172645463325252ULL,
    };
    dyn_gbdt_result_t result = {.trees = malloc(training.trees * sizeof(dyn_model_tree_t))};
    bool done = result.trees != NULL && dyn_gbdt_train(&table->data, &training, &result);

    if (done) {
        dyn_model_tree_t *trees = dyn_model_section_new(
            built, DYN_MODEL_SECTION_TREES, result.tree_count, sizeof(dyn_model_tree_t));

        done = trees != NULL;

        if (done) {
            memcpy(trees, result.trees, result.tree_count * sizeof(dyn_model_tree_t));
            snprintf(built->rerank_note, sizeof(built->rerank_note),
                     "%u trees from %u queries; loss on those held out %.4f, without trees %.4f",
                     result.tree_count, table->data.group_count, result.loss_after,
                     result.loss_before);
        }
    }

    free(result.trees);
    return done;
}

static bool learn(const dyn_sessions_t *tail, const dyn_model_t *model,
                  const dyn_model_build_options_t *options, dyn_model_built_t *built)
{
    lessons_t lessons = {.tail = tail, .model = model};
    table_t table = {.data = {0}};
    bool done = choose_queries(&lessons) && make_room(&lessons) &&
                dyn_parallel(options->threads, learn_queries, &lessons) &&
                make_table(&lessons, &table);

    free(lessons.targets);
    free(lessons.sessions);
    free(lessons.rows);
    free(lessons.base);
    free(lessons.weights);
    free(lessons.row_counts);
    free(lessons.labels);

    if (done && table.data.group_count < GROUPS_MIN) {
        snprintf(built->rerank_note, sizeof(built->rerank_note),
                 "no trees: %u queries of the newest sessions can be learned from, %u are needed",
                 table.data.group_count, (unsigned)GROUPS_MIN);
    } else if (done) {
        done = train(&table, options, built);
    }

    free(table.starts);
    free(table.labels);
    free(table.features);
    free(table.base);
    free(table.weights);
    return done;
}

/* The tail is a share of the sessions, but no more than gives the queries that are wanted: in a large set the newest hours are
 * closest to what will be asked. */
static uint32_t first_of_tail(const dyn_sessions_t *sessions,
                              const dyn_model_parameters_t *parameters)
{
    uint32_t least =
        (uint32_t)((double)sessions->session_count * (1 - (double)parameters->rerank_tail));
    uint32_t first = sessions->session_count;
    uint64_t queries = 0;

    while (first > least) {
        queries += sessions->starts[first] - sessions->starts[first - 1] - 1;

        if (queries > parameters->rerank_queries) {
            break;
        }

        first--;
    }

    return first;
}

bool dyn_model_build_rerank(const dyn_sessions_t *sessions,
                            const dyn_model_build_options_t *options, dyn_model_built_t *built)
{
    uint32_t split = first_of_tail(sessions, &options->parameters);
    dyn_model_built_t head_built = {0};
    dyn_sessions_t head = {0};
    dyn_sessions_t tail = {0};
    dyn_model_t model;

    if (options->parameters.rerank_trees == 0 || split == 0 || split == sessions->session_count) {
        snprintf(built->rerank_note, sizeof(built->rerank_note),
                 "no trees: none are asked for, or there are too few sessions");
        return true;
    }

    bool done = dyn_sessions_slice(sessions, 0, split, &head) &&
                dyn_sessions_slice(sessions, split, sessions->session_count, &tail) &&
                dyn_model_build_plain(&head, options, &head_built) &&
                dyn_model_attach(&model, &head_built.sections, head.item_count, NULL) &&
                learn(&tail, &model, options, built);

    dyn_model_built_free(&head_built);
    dyn_sessions_slice_free(&head);
    dyn_sessions_slice_free(&tail);
    return done;
}

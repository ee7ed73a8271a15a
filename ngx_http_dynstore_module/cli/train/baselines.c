#include "cli/train/baselines.h"

#include "cli/train/model_sessions.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* V-STAN's parameters as Ludewig et al. found them for Diginetica-like data. */
static const double stan_click_decay = 1.02;
static const double stan_item_decay = 2.05;
static const double stan_age_decay_days = 40.0;
enum { STAN_NEWEST = 2500, STAN_NEIGHBOURS = 500 };

typedef struct {
    double score;
    uint32_t index; /* of an item or a session */
} scored_t;

struct dyn_baselines_s {
    const dyn_model_t *model;
    dyn_vmis_t vmis;
    /* By item: its sessions, each once, newest first. */
    uint32_t *starts;
    uint32_t *sessions;
    uint64_t entries;
    uint32_t longest;
    scored_t *popular;
    /* Scratch: by item, and by session. */
    double *scores;
    uint32_t *touched;
    uint32_t touched_count;
    double *similarity;
    uint32_t *anchors;
    uint32_t *found;
    uint32_t found_count;
    scored_t *order;
};

static int by_score(const void *a, const void *b)
{
    const scored_t *left = a;
    const scored_t *right = b;

    if (left->score != right->score) {
        return left->score > right->score ? -1 : 1;
    }

    return left->index < right->index ? -1 : left->index > right->index;
}

static const uint32_t *session_items(const dyn_model_t *model, uint32_t session, size_t *length)
{
    *length = model->session_starts[session + 1] - model->session_starts[session];
    return model->session_items + model->session_starts[session];
}

static bool seen_before(const uint32_t *items, size_t place)
{
    for (size_t i = 0; i < place; i++) {
        if (items[i] == items[place]) {
            return true;
        }
    }

    return false;
}

static size_t distinct(const uint32_t *items, size_t length)
{
    size_t count = 0;

    for (size_t i = 0; i < length; i++) {
        count += !seen_before(items, i);
    }

    return count;
}

/* The number of distinct items that 99.5 % of the sessions do not exceed. */
static uint32_t usual_length(const dyn_model_t *model)
{
    uint64_t counts[DYN_MODEL_SESSION_CLICKS_MAX + 1] = {0};
    uint64_t below = 0;
    uint32_t length = 0;

    for (uint32_t s = 0; s < model->header->session_count; s++) {
        size_t clicks;
        const uint32_t *items = session_items(model, s, &clicks);

        counts[distinct(items, clicks)]++;
    }
    while (length < DYN_MODEL_SESSION_CLICKS_MAX &&
           (double)(below += counts[length]) < 0.995 * model->header->session_count) {
        length++;
    }

    return length;
}

static void index_sessions(dyn_baselines_t *baselines)
{
    const dyn_model_t *model = baselines->model;
    uint32_t items = model->header->item_count;
    uint32_t *filled = baselines->touched;

    for (uint32_t i = 0; i < items; i++) {
        baselines->starts[i + 1] = baselines->starts[i] + model->items[i].session_count;
        filled[i] = 0;
    }
    for (uint32_t s = model->header->session_count; s-- > 0;) {
        size_t length;
        const uint32_t *clicked = session_items(model, s, &length);

        for (size_t k = 0; k < length; k++) {
            uint32_t item = clicked[k];

            if (!seen_before(clicked, k) && filled[item] < model->items[item].session_count) {
                baselines->sessions[baselines->starts[item] + filled[item]++] = s;
                baselines->entries++;
            }
        }
    }
    for (uint32_t i = 0; i < items; i++) {
        baselines->popular[i] = (scored_t){model->items[i].session_count, i};
    }
    qsort(baselines->popular, items, sizeof(scored_t), by_score);
}

dyn_baselines_t *dyn_baselines_new(const dyn_model_t *model, dyn_vmis_t vmis)
{
    dyn_baselines_t *baselines = calloc(1, sizeof(*baselines));
    size_t items = model->header->item_count + 1ULL;
    size_t sessions = model->header->session_count + 1ULL;
    size_t order = items > sessions ? items : sessions;

    if (baselines == NULL) {
        return NULL;
    }

    *baselines = (dyn_baselines_t){
        .model = model,
        .vmis = vmis,
        .starts = calloc(items, sizeof(uint32_t)),
        .sessions = malloc((model->header->click_count + 1ULL) * sizeof(uint32_t)),
        .popular = malloc(items * sizeof(scored_t)),
        .scores = calloc(items, sizeof(double)),
        .touched = malloc(items * sizeof(uint32_t)),
        .similarity = calloc(sessions, sizeof(double)),
        .anchors = malloc(sessions * sizeof(uint32_t)),
        .found = malloc(sessions * sizeof(uint32_t)),
        .order = malloc(order * sizeof(scored_t)),
    };
    if (baselines->starts == NULL || baselines->sessions == NULL || baselines->popular == NULL ||
        baselines->scores == NULL || baselines->touched == NULL || baselines->similarity == NULL ||
        baselines->anchors == NULL || baselines->found == NULL || baselines->order == NULL) {
        dyn_baselines_free(baselines);
        return NULL;
    }

    index_sessions(baselines);
    baselines->longest = vmis.longest != 0 ? vmis.longest : usual_length(model);

    return baselines;
}

void dyn_baselines_free(dyn_baselines_t *baselines)
{
    if (baselines == NULL) {
        return;
    }
    free(baselines->starts);
    free(baselines->sessions);
    free(baselines->popular);
    free(baselines->scores);
    free(baselines->touched);
    free(baselines->similarity);
    free(baselines->anchors);
    free(baselines->found);
    free(baselines->order);
    free(baselines);
}

static void add(dyn_baselines_t *baselines, uint32_t item, double score)
{
    if (baselines->scores[item] == 0) {
        baselines->touched[baselines->touched_count++] = item;
    }
    /* never back to 0, which means not touched */
    baselines->scores[item] += score != 0 ? score : 1e-300;
}

static bool holds(const uint32_t *items, size_t count, uint32_t item)
{
    for (size_t i = 0; i < count; i++) {
        if (items[i] == item) {
            return true;
        }
    }

    return false;
}

/* The touched items' best; forgets all scores. */
static size_t take(dyn_baselines_t *baselines, const uint32_t *items, size_t count, bool novel,
                   size_t want, uint32_t *list)
{
    size_t kept = 0;

    for (uint32_t i = 0; i < baselines->touched_count; i++) {
        uint32_t item = baselines->touched[i];

        if (!(novel && holds(items, count, item))) {
            baselines->order[kept++] = (scored_t){baselines->scores[item], item};
        }
        baselines->scores[item] = 0;
    }
    baselines->touched_count = 0;

    qsort(baselines->order, kept, sizeof(scored_t), by_score);
    for (size_t i = 0; i < kept && i < want; i++) {
        list[i] = baselines->order[i].index;
    }

    return kept < want ? kept : want;
}

size_t dyn_baseline_popularity(void *context, const uint32_t *items, size_t count, bool novel,
                               size_t want, uint32_t *list)
{
    const dyn_baselines_t *baselines = context;
    size_t taken = 0;

    for (uint32_t i = 0; i < baselines->model->header->item_count && taken < want; i++) {
        if (!(novel && holds(items, count, baselines->popular[i].index))) {
            list[taken++] = baselines->popular[i].index;
        }
    }

    return taken;
}

size_t dyn_baseline_markov(void *context, const uint32_t *items, size_t count, bool novel,
                           size_t want, uint32_t *list)
{
    dyn_baselines_t *baselines = context;
    uint32_t last = items[count - 1];

    if (last < baselines->model->header->item_count) {
        for (uint32_t i = baselines->starts[last]; i < baselines->starts[last + 1]; i++) {
            size_t length;
            const uint32_t *clicked =
                session_items(baselines->model, baselines->sessions[i], &length);

            for (size_t k = 0; k + 1 < length; k++) {
                if (clicked[k] == last) {
                    add(baselines, clicked[k + 1], 1);
                }
            }
        }
    }

    return take(baselines, items, count, novel, want, list);
}

static void find(dyn_baselines_t *baselines, uint32_t session, double weight, uint32_t anchor)
{
    if (baselines->similarity[session] == 0) {
        baselines->found[baselines->found_count++] = session;
        baselines->anchors[session] = anchor;
    }
    baselines->similarity[session] += weight;
}

/* The `newest` newest of the sessions found, then of them the `neighbours` most similar, in baselines->order. */
static size_t nearest(dyn_baselines_t *baselines, size_t newest, size_t neighbours)
{
    size_t count = baselines->found_count;

    for (size_t i = 0; i < count; i++) {
        baselines->order[i] = (scored_t){baselines->found[i], baselines->found[i]};
    }
    if (count > newest) {
        qsort(baselines->order, count, sizeof(scored_t), by_score);
        count = newest;
    }
    for (size_t i = 0; i < count; i++) {
        baselines->order[i].score = baselines->similarity[baselines->order[i].index];
        /* ties go to the newer session */
        baselines->order[i].index = ~baselines->order[i].index;
    }
    qsort(baselines->order, count, sizeof(scored_t), by_score);
    count = count < neighbours ? count : neighbours;
    for (size_t i = 0; i < count; i++) {
        baselines->order[i].index = ~baselines->order[i].index;
    }

    return count;
}

static void forget(dyn_baselines_t *baselines)
{
    for (uint32_t i = 0; i < baselines->found_count; i++) {
        baselines->similarity[baselines->found[i]] = 0;
    }
    baselines->found_count = 0;
}

static uint32_t known_sessions(const dyn_baselines_t *baselines, uint32_t item,
                               const uint32_t **sessions)
{
    if (item >= baselines->model->header->item_count) {
        return 0;
    }
    *sessions = baselines->sessions + baselines->starts[item];

    return baselines->starts[item + 1] - baselines->starts[item];
}

static double idf(const dyn_baselines_t *baselines, uint32_t item)
{
    return log((double)baselines->entries /
               (baselines->starts[item + 1] - baselines->starts[item]));
}

static void score_vmis(dyn_baselines_t *baselines, scored_t neighbour, const uint32_t *items,
                       size_t count)
{
    size_t length;
    size_t match = 0;
    const uint32_t *clicked = session_items(baselines->model, neighbour.index, &length);

    while (match < count && !holds(clicked, length, items[count - 1 - match])) {
        match++;
    }

    double weight = 1 - 0.1 * (double)(match + 1);

    for (size_t k = 0; k < length; k++) {
        if (!seen_before(clicked, k)) {
            add(baselines, clicked[k], weight * idf(baselines, clicked[k]) * neighbour.score);
        }
    }
}

size_t dyn_baseline_vmis_knn(void *context, const uint32_t *items, size_t count, bool novel,
                             size_t want, uint32_t *list)
{
    dyn_baselines_t *baselines = context;
    size_t last = count < baselines->vmis.last ? count : baselines->vmis.last;
    const uint32_t *evolving = items + count - last;
    double unique = (double)distinct(evolving, last);

    for (size_t i = 0; i < last; i++) {
        uint32_t item = evolving[last - 1 - i];
        const uint32_t *sessions;

        /* an item counts at its last place */
        if (holds(evolving + last - i, i, item)) {
            continue;
        }

        uint32_t known = known_sessions(baselines, item, &sessions);

        for (uint32_t k = 0; k < known && k < baselines->vmis.newest; k++) {
            size_t length;
            const uint32_t *clicked = session_items(baselines->model, sessions[k], &length);

            if (length <= baselines->longest || distinct(clicked, length) <= baselines->longest) {
                find(baselines, sessions[k], (double)(last - i) / unique, item);
            }
        }
    }

    size_t neighbours = nearest(baselines, baselines->vmis.newest, baselines->vmis.neighbours);

    for (size_t i = 0; i < neighbours; i++) {
        score_vmis(baselines, baselines->order[i], evolving, last);
    }
    forget(baselines);

    /* Serenade never shows the item that was clicked last */
    uint32_t clicked_last = items[count - 1];
    size_t taken = take(baselines, items, count, novel, want + 1, list);
    size_t kept = 0;

    for (size_t i = 0; i < taken && kept < want; i++) {
        if (list[i] != clicked_last) {
            list[kept++] = list[i];
        }
    }

    return kept;
}

static void score_stan(dyn_baselines_t *baselines, scored_t neighbour)
{
    size_t length;
    const uint32_t *clicked = session_items(baselines->model, neighbour.index, &length);
    uint32_t anchor = baselines->anchors[neighbour.index];
    size_t place = length;

    while (place > 1 && clicked[place - 1] != anchor) {
        place--;
    }
    place--;

    for (size_t k = 0; k < length; k++) {
        double distance = fabs((double)k - (double)place);

        add(baselines, clicked[k],
            neighbour.score * exp(-distance / stan_item_decay) * idf(baselines, clicked[k]));
    }
}

size_t dyn_baseline_v_stan(void *context, const uint32_t *items, size_t count, bool novel,
                           size_t want, uint32_t *list)
{
    dyn_baselines_t *baselines = context;
    const dyn_model_t *model = baselines->model;
    double days = (model->header->time_last - model->header->time_first) / 86400;
    double query = 0;

    for (size_t i = 0; i < count; i++) {
        uint32_t item = items[count - 1 - i];
        double weight = exp(-(double)i / stan_click_decay);
        const uint32_t *sessions;

        if (holds(items + count - i, i, item)) {
            continue;
        }
        query += weight * weight;

        uint32_t known = known_sessions(baselines, item, &sessions);

        for (uint32_t k = 0; k < known && k < STAN_NEWEST; k++) {
            find(baselines, sessions[k], weight, item);
        }
    }
    for (uint32_t i = 0; i < baselines->found_count; i++) {
        uint32_t session = baselines->found[i];
        size_t length;

        session_items(model, session, &length);
        baselines->similarity[session] *=
            exp(-dyn_model_session_age(model, session) * days / stan_age_decay_days) /
            sqrt(query * (double)length);
    }

    size_t neighbours = nearest(baselines, STAN_NEWEST, STAN_NEIGHBOURS);

    for (size_t i = 0; i < neighbours; i++) {
        score_stan(baselines, baselines->order[i]);
    }
    forget(baselines);

    return take(baselines, items, count, novel, want, list);
}

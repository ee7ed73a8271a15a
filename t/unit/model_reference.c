#include "model_reference.h"

#include "engine/model/internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    uint32_t item;
    size_t distance;
    size_t occurrences;
} recent_t;

/* The query's distinct items, newest first. */
static size_t recents_of(const uint32_t *items, size_t count, recent_t *recents)
{
    size_t distinct = 0;

    for (size_t d = 0; d < count; d++) {
        uint32_t item = items[count - 1 - d];
        size_t at = 0;

        while (at < distinct && recents[at].item != item) {
            at++;
        }
        if (at == distinct) {
            recents[distinct++] = (recent_t){item, d, 0};
        }
        recents[at].occurrences++;
    }

    return distinct;
}

static void normalize(double *values, uint32_t count)
{
    double sum = 0;

    for (uint32_t i = 0; i < count; i++) {
        sum += values[i];
    }
    for (uint32_t i = 0; i < count && sum > 0; i++) {
        values[i] /= sum;
    }
}

/* Whether the session is among the item's newest ones. */
static bool posted(const dyn_model_t *model, uint32_t session, uint32_t item, uint32_t newest)
{
    uint32_t newer = 0;

    for (uint32_t s = model->header->session_count; s-- > session;) {
        bool holds = false;

        for (uint32_t k = model->session_starts[s]; k < model->session_starts[s + 1]; k++) {
            holds = holds || model->session_items[k] == item;
        }
        if (s == session) {
            return holds && newer < newest;
        }
        newer += holds;
    }

    return false;
}

static void score_neighbours(const dyn_model_t *model, const recent_t *recents, size_t recent_count,
                             double *scores)
{
    const dyn_model_parameters_t *p = &model->header->parameters;
    uint32_t sessions = model->header->session_count;
    double *z = calloc(sessions, sizeof(double));
    uint32_t *anchors = calloc(sessions, sizeof(uint32_t));

    for (uint32_t s = 0; s < sessions; s++) {
        double similarity = 0;

        for (size_t i = recent_count < p->knn_items ? recent_count : p->knn_items; i-- > 0;) {
            if (posted(model, s, recents[i].item, p->knn_sessions_per_item)) {
                similarity += exp(-(double)recents[i].distance / (double)p->knn_click_decay);
                anchors[s] = recents[i].item;
            }
        }
        z[s] = similarity * similarity * model->session_weights[s];
    }

    for (uint32_t n = 0; n < p->knn_neighbours; n++) {
        uint32_t best = 0;

        for (uint32_t s = 1; s < sessions; s++) {
            best = z[s] > z[best] ? s : best;
        }
        if (z[best] <= 0) {
            break;
        }

        const uint32_t *items = model->session_items + model->session_starts[best];
        long length = model->session_starts[best + 1] - model->session_starts[best];
        long anchor = length - 1;

        while (items[anchor] != anchors[best]) {
            anchor--;
        }
        for (long k = 0; k < length; k++) {
            if (k != anchor && labs(k - anchor) <= (long)p->knn_reach) {
                scores[items[k]] +=
                    z[best] * exp(-(double)(labs(k - anchor) - 1) / (double)p->knn_position_decay);
            }
        }
        z[best] = 0;
    }
    normalize(scores, model->header->item_count);
    free(z);
    free(anchors);
}

static void spread(const dyn_model_t *model, uint32_t item, double share, double least, double *to)
{
    const uint32_t *others = NULL;
    const uint16_t *weights = NULL;
    size_t count = dyn_model_edges(model, item, &others, &weights);

    for (size_t k = 0; k < count && k < model->header->parameters.walk_edges; k++) {
        double part = share * weights[k] / 65535;

        to[others[k]] += part < least ? 0 : part;
    }
}

static void score_walk(const dyn_model_t *model, const recent_t *recents, size_t recent_count,
                       double *scores)
{
    const dyn_model_parameters_t *p = &model->header->parameters;
    uint32_t items = model->header->item_count;
    double *step = calloc(items, sizeof(double));
    double total = 0;

    for (size_t i = 0; i < recent_count && i < p->walk_items; i++) {
        total += exp(-(double)recents[i].distance / (double)p->walk_click_decay);
    }
    for (size_t i = 0; i < recent_count && i < p->walk_items; i++) {
        spread(model, recents[i].item,
               exp(-(double)recents[i].distance / (double)p->walk_click_decay) / total, 0, step);
    }
    for (uint32_t n = 0; n < p->walk_width; n++) {
        uint32_t best = 0;

        for (uint32_t i = 1; i < items; i++) {
            best = step[i] > step[best] ? i : best;
        }
        if (step[best] <= 0) {
            break;
        }
        scores[best] += (double)p->walk_one_step * step[best];
        spread(model, best, step[best], (double)DYN_MODEL_WALK_LEAST, scores);
        step[best] = 0;
    }
    normalize(scores, items);
    free(step);
}

void model_reference_scores(const dyn_model_t *model, const uint32_t *items, size_t count,
                            double *scores)
{
    const dyn_model_header_t *header = model->header;
    const dyn_model_parameters_t *p = &header->parameters;
    recent_t recents[DYN_MODEL_QUERY_CLICKS_MAX];
    double *knn = calloc(header->item_count, sizeof(double));
    double *walk = calloc(header->item_count, sizeof(double));

    if (count > DYN_MODEL_QUERY_CLICKS_MAX) {
        items += count - DYN_MODEL_QUERY_CLICKS_MAX;
        count = DYN_MODEL_QUERY_CLICKS_MAX;
    }

    size_t recent_count = recents_of(items, count, recents);
    size_t length = count <= 3 ? count - 1 : count <= 5 ? 3 : count <= 9 ? 4 : 5;

    score_neighbours(model, recents, recent_count, knn);
    score_walk(model, recents, recent_count, walk);
    for (uint32_t j = 0; j < header->item_count; j++) {
        scores[j] = (knn[j] + (double)p->blend_walk * walk[j]) * (double)model->items[j].prior;
    }
    normalize(scores, header->item_count);

    for (size_t i = 0; i < recent_count; i++) {
        const dyn_model_item_t *item = &model->items[recents[i].item];
        size_t d = recents[i].distance < 11 ? recents[i].distance : 11;
        size_t c = recents[i].occurrences < 3 ? recents[i].occurrences : 3;
        double own = (double)(d == 0 ? item->repeat_at_once : item->repeat_later);

        scores[recents[i].item] =
            (double)(d == 0 ? p->repeat_keep_last : p->repeat_keep) * scores[recents[i].item] +
            (double)p->repeat_weight * (double)header->repeats[d][c - 1][length] * own;
    }
    free(knn);
    free(walk);
}

void model_reference_row(const dyn_sessions_t *sessions, const dyn_model_parameters_t *p,
                         uint32_t item, double *row)
{
    uint32_t last = sessions->session_count - 1;
    double span = sessions->times[last] - sessions->times[0];

    for (uint32_t j = 0; j < sessions->item_count; j++) {
        row[j] = 0;
    }
    for (uint32_t s = 0; s <= last; s++) {
        double age = span > 0 ? (sessions->times[last] - sessions->times[s]) / span : 0;
        long start = sessions->starts[s];
        long end = sessions->starts[s + 1];

        for (long a = start; a < end; a++) {
            for (long b = start; sessions->items[a] == item && b < end; b++) {
                long delta = labs(b - a);
                double share = exp(-(double)p->graph_age_decay * age);

                if (b > a && delta <= (long)p->graph_forward_reach) {
                    row[sessions->items[b]] +=
                        share * pow((double)delta, -(double)p->graph_distance_power);
                } else if (b < a && delta <= (long)p->graph_backward_reach) {
                    row[sessions->items[b]] += (double)p->graph_backward * share *
                                               pow((double)delta, -(double)p->graph_distance_power);
                }
            }
        }
    }

    for (uint32_t j = 0; j < sessions->item_count; j++) {
        uint32_t holding = 0;

        for (uint32_t s = 0; s <= last; s++) {
            bool holds = false;

            for (uint32_t k = sessions->starts[s]; k < sessions->starts[s + 1]; k++) {
                holds = holds || sessions->items[k] == j;
            }
            holding += holds;
        }
        row[j] =
            j == item || holding == 0 ? 0 : row[j] * pow(holding, -(double)p->graph_count_power);
    }

    /* only the heaviest stay */
    for (uint32_t kept = p->graph_edges; kept < sessions->item_count; kept++) {
        uint32_t least = DYN_NONE;
        uint32_t positive = 0;

        for (uint32_t j = 0; j < sessions->item_count; j++) {
            positive += row[j] > 0;
            if (row[j] > 0 && (least == DYN_NONE || row[j] <= row[least])) {
                least = j;
            }
        }
        if (positive <= p->graph_edges) {
            break;
        }
        row[least] = 0;
    }
    normalize(row, sessions->item_count);
}

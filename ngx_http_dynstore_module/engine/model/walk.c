/* Two steps on the item graph, from the newest items of the query. */
#include "engine/model/internal.h"

size_t dyn_model_edges(const dyn_model_t *model, uint32_t item, const uint32_t **items,
                       const uint16_t **weights)
{
    if (model->header == NULL || item >= model->header->item_count) {
        return 0;
    }

    uint32_t start = model->edge_starts[item];

    *items = model->edge_items + start;
    *weights = model->edge_weights + start;
    return model->edge_starts[item + 1] - start;
}

static size_t row(const dyn_model_t *model, uint32_t item, const uint32_t **items,
                  const uint16_t **weights)
{
    size_t count = dyn_model_edges(model, item, items, weights);
    size_t most = model->header->parameters.walk_edges;

    return count < most ? count : most;
}

/* The first step: from the query's newest items. */
static void step_from_recents(const dyn_model_t *model, dyn_model_scratch_t *scratch)
{
    const dyn_model_parameters_t *parameters = &model->header->parameters;
    const uint32_t *items;
    const uint16_t *weights;
    size_t starts = scratch->recent_count < parameters->walk_items ? scratch->recent_count
                                                                   : parameters->walk_items;
    size_t candidate_count = scratch->candidate_count;
    float total = 0;

    for (size_t i = 0; i < starts; i++) {
        dyn_model_fetch_row(model, scratch->recents[i].item);
        total += model->walk_decay[scratch->recents[i].distance];
    }

    for (size_t i = 0; i < starts; i++) {
        size_t count = row(model, scratch->recents[i].item, &items, &weights);
        float share = model->walk_decay[scratch->recents[i].distance] / total / 65535.0F;

        for (size_t k = 0; k < count; k++) {
            dyn_model_candidate_t *candidate =
                dyn_model_candidate(scratch, &candidate_count, items[k]);

            dyn_model_fetch(&model->edge_starts[items[k]]);
            candidate->one_step += share * (float)weights[k];
            candidate->links++;
            candidate->edge_last = i == 0 ? weights[k] : candidate->edge_last;
            candidate->edge_previous = i == 1 ? weights[k] : candidate->edge_previous;
        }
    }

    scratch->candidate_count = candidate_count;
}

/* A row of the second step: the edges that carry enough. */
typedef struct {
    const uint32_t *items;
    const uint16_t *weights;
    size_t count;
    float share;
} step_t;

/* Heaviest first: behind one that carries too little none carries more. Where that one stands cannot be foretold, so it is searched
 * for by halves, without branches. */
static size_t count_carried(const uint16_t *weights, size_t count, float share)
{
    size_t carried = 0;

    if (count == 0) {
        return 0;
    }

    for (size_t half = DYN_MODEL_EDGES_MAX; half > 0; half /= 2) {
        size_t next = carried + half;
        size_t last = next <= count ? next - 1 : 0;
        bool enough = share * (float)weights[last] >= DYN_MODEL_WALK_LEAST;

        carried = enough && next <= count ? next : carried;
    }

    return carried;
}

static step_t step_from(const dyn_model_t *model, dyn_model_scratch_t *scratch, uint16_t candidate)
{
    dyn_model_candidate_t *from = &scratch->candidates[candidate];
    step_t step = {.share = from->one_step / 65535.0F};
    size_t count = row(model, scratch->items[candidate], &step.items, &step.weights);

    from->walk += model->header->parameters.walk_one_step * from->one_step;
    step.count = count_carried(step.weights, count, step.share);

    return step;
}

static void carry(dyn_model_scratch_t *scratch, const step_t *step)
{
    size_t candidate_count = scratch->candidate_count;

    /* This is the query's longest loop: it is told once what dyn_model_candidate() would ask each time. */
    if (scratch->direct) {
        for (size_t k = 0; k < step->count; k++) {
            scratch->candidates[step->items[k]].walk += step->share * (float)step->weights[k];
        }

        return;
    }

    for (size_t k = 0; k < step->count; k++) {
        dyn_model_candidate(scratch, &candidate_count, step->items[k])->walk +=
            step->share * (float)step->weights[k];
    }

    scratch->candidate_count = candidate_count;
}

void dyn_model_walk(const dyn_model_t *model, dyn_model_scratch_t *scratch)
{
    uint16_t reached[DYN_MODEL_WALK_WIDTH_MAX];
    step_t steps[DYN_MODEL_WALK_WIDTH_MAX];

    step_from_recents(model, scratch);

    for (size_t i = 0; i < scratch->candidate_count; i++) {
        scratch->scores[i] = scratch->candidates[i].one_step;
    }

    size_t count = dyn_model_best(scratch->scores, scratch->items, scratch->candidate_count,
                                  model->header->parameters.walk_width, reached);

    for (size_t i = 0; i < count; i++) {
        uint32_t start = model->edge_starts[scratch->items[reached[i]]];

        dyn_model_fetch(model->edge_weights + start);
        dyn_model_fetch(model->edge_items + start);
    }

    for (size_t i = 0; i < count; i++) {
        steps[i] = step_from(model, scratch, reached[i]);
        dyn_model_fetch(steps[i].items + steps[i].count / 2);
        dyn_model_fetch(steps[i].items + steps[i].count);
    }

    for (size_t i = 0; i < count; i++) {
        carry(scratch, &steps[i]);
    }
}

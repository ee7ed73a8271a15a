/* Two steps on the item graph, from the newest items of the query. */
#include "dyn_model_internal.h"
#include "dyn_model_select.h"

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

static void fetch_row_of(const dyn_model_t *model, const dyn_model_scratch_t *scratch, size_t i)
{
    dyn_model_fetch_row(model, scratch->candidates[dyn_model_key_number(scratch->keys[i])].item);
}

void dyn_model_walk(const dyn_model_t *model, dyn_model_scratch_t *scratch)
{
    const dyn_model_parameters_t *parameters = &model->header->parameters;
    const uint32_t *items;
    const uint16_t *weights;
    size_t starts = scratch->recent_count < parameters->walk_items ? scratch->recent_count
                                                                   : parameters->walk_items;
    float total = 0;
    size_t reached = 0;

    for (size_t i = 0; i < starts; i++) {
        dyn_model_fetch_row(model, scratch->recents[i].item);
        total += model->walk_decay[scratch->recents[i].distance];
    }

    for (size_t i = 0; i < starts; i++) {
        size_t count = row(model, scratch->recents[i].item, &items, &weights);
        float share = model->walk_decay[scratch->recents[i].distance] / total / 65535.0F;

        for (size_t k = 0; k < count; k++) {
            dyn_model_candidate_t *candidate = dyn_model_candidate(scratch, items[k]);

            dyn_model_fetch(&model->edge_starts[items[k]]);
            candidate->one_step += share * (float)weights[k];
            candidate->links++;
            candidate->edge_last = i == 0 ? weights[k] : candidate->edge_last;
            candidate->edge_previous = i == 1 ? weights[k] : candidate->edge_previous;
        }
    }

    for (size_t i = 0; i < scratch->candidate_count; i++) {
        if (scratch->candidates[i].one_step > 0) {
            scratch->keys[reached++] = dyn_model_key(scratch->candidates[i].one_step, (uint32_t)i);
        }
    }

    if (reached > parameters->walk_width) {
        dyn_model_select(scratch->keys, reached, parameters->walk_width);
        reached = parameters->walk_width;
    }

    for (size_t i = 0; i < reached && i < DYN_MODEL_FETCH_AHEAD; i++) {
        fetch_row_of(model, scratch, i);
    }

    for (size_t i = 0; i < reached; i++) {
        if (i + DYN_MODEL_FETCH_AHEAD < reached) {
            fetch_row_of(model, scratch, i + DYN_MODEL_FETCH_AHEAD);
        }

        dyn_model_candidate_t *from = &scratch->candidates[dyn_model_key_number(scratch->keys[i])];
        float share = dyn_model_key_score(scratch->keys[i]) / 65535.0F;
        size_t count = row(model, from->item, &items, &weights);

        from->walk += parameters->walk_one_step * dyn_model_key_score(scratch->keys[i]);

        for (size_t k = 0; k < count; k++) {
            dyn_model_candidate(scratch, items[k])->walk += share * (float)weights[k];
        }
    }
}

/*
 * Neighbour sessions: VS-kNN (Ludewig and Jannach, 2018) with STAN's position decay around the shared item (Garg et
 * al., 2019), over VMIS-kNN's newest postings (Kersbergen et al., 2022).
 */
#include "dyn_model_internal.h"
#include "dyn_model_select.h"

static inline void touch(const dyn_model_t *model, dyn_model_scratch_t *scratch, size_t slots,
                         size_t *count, uint32_t session, float weight, size_t anchor)
{
    size_t slot = (session * 2654435761U >> 7) & (slots - 1);

    for (;; slot = (slot + 1) & (slots - 1)) {
        size_t entry = scratch->session_slots[slot];

        if (entry == 0) {
            dyn_model_fetch(&model->session_weights[session]);
            scratch->touched[*count] = session;
            scratch->similarity[*count] = weight;
            scratch->anchors[*count] = (uint8_t)anchor;
            scratch->session_slots[slot] = (uint16_t)++ * count;
            return;
        }

        if (scratch->touched[entry - 1] == session) {
            scratch->similarity[entry - 1] += weight;
            return;
        }
    }
}

static inline const uint8_t *read_gap(const uint8_t *pos, uint32_t *gap)
{
    uint32_t value = *pos++;

    if (value >= 0x80) {
        value &= 0x7f;

        for (unsigned shift = 7;; shift += 7) {
            uint32_t byte = *pos++;

            value |= (byte & 0x7f) << shift;

            if (byte < 0x80) {
                break;
            }
        }
    }

    *gap = value;
    return pos;
}

/* As many slots as the postings of the query's items need, half of them free: a posting has one byte at least. */
static size_t clear_slots(const dyn_model_t *model, dyn_model_scratch_t *scratch)
{
    const dyn_model_parameters_t *parameters = &model->header->parameters;
    size_t most = 0;
    size_t slots = 64;

    for (size_t i = 0; i < scratch->recent_count && i < parameters->knn_items; i++) {
        uint32_t item = scratch->recents[i].item;
        size_t bytes = model->posting_starts[item + 1] - model->posting_starts[item];

        most +=
            bytes < parameters->knn_sessions_per_item ? bytes : parameters->knn_sessions_per_item;
        dyn_model_fetch_list(model->postings + model->posting_starts[item], bytes);
    }

    while (slots < DYN_MODEL_SESSION_SLOTS && slots < 2 * most) {
        slots *= 2;
    }

    memset(scratch->session_slots, 0, slots * sizeof(scratch->session_slots[0]));

    return slots;
}

static size_t touch_sessions(const dyn_model_t *model, dyn_model_scratch_t *scratch)
{
    const dyn_model_parameters_t *parameters = &model->header->parameters;
    size_t slots = clear_slots(model, scratch);
    size_t count = 0;

    for (size_t i = 0; i < scratch->recent_count && i < parameters->knn_items; i++) {
        const dyn_model_recent_t *recent = &scratch->recents[i];
        const uint8_t *pos = model->postings + model->posting_starts[recent->item];
        const uint8_t *end = model->postings + model->posting_starts[recent->item + 1];
        float weight = model->click_decay[recent->distance];
        uint32_t session = 0;

        for (uint32_t taken = 0; pos < end && taken < parameters->knn_sessions_per_item; taken++) {
            uint32_t gap;

            pos = read_gap(pos, &gap);
            session = taken == 0 ? gap : session - gap;
            touch(model, scratch, slots, &count, session, weight, i);
        }
    }

    return count;
}

/* The shares of one neighbour's items, by their distance from the last place of the most recent shared item. */
static void add_neighbour(const dyn_model_t *model, dyn_model_scratch_t *scratch, size_t entry,
                          float weight)
{
    uint32_t session = scratch->touched[entry];
    const uint32_t *items = model->session_items + model->session_starts[session];
    size_t length = model->session_starts[session + 1] - model->session_starts[session];
    uint32_t anchor = scratch->recents[scratch->anchors[entry]].item;
    size_t reach = model->header->parameters.knn_reach;
    size_t place = length;

    for (size_t k = 0; k < length; k++) {
        place = items[k] == anchor ? k : place;
    }

    if (place == length) {
        return;
    }

    size_t first = place > reach ? place - reach : 0;
    size_t end = length - place > reach ? place + reach + 1 : length;

    /* the anchor, too, with nothing: one loop without branches is faster than one before it and one behind it */
    for (size_t k = first; k < end; k++) {
        dyn_model_candidate_t *candidate = dyn_model_candidate(scratch, items[k]);
        const dyn_model_decay_t *decay = &model->position_decay[DYN_MODEL_REACH_MAX + k - place];
        float most = weight * decay->counts;

        candidate->knn += weight * decay->all;
        candidate->knn_after += weight * decay->after;
        candidate->knn_next += weight * decay->next;
        candidate->neighbours = (uint16_t)(candidate->neighbours + (k != place));
        candidate->best_neighbour =
            most > candidate->best_neighbour ? most : candidate->best_neighbour;
    }
}

static uint32_t neighbour(const dyn_model_scratch_t *scratch, size_t i)
{
    return scratch->touched[dyn_model_key_number(scratch->keys[i])];
}

static void fetch_session(const dyn_model_t *model, uint32_t session)
{
    uint32_t start = model->session_starts[session];

    dyn_model_fetch_list(model->session_items + start,
                         (model->session_starts[session + 1] - start) * sizeof(uint32_t));
}

void dyn_model_knn(const dyn_model_t *model, dyn_model_scratch_t *scratch)
{
    size_t count = touch_sessions(model, scratch);
    size_t neighbours = model->header->parameters.knn_neighbours;

    for (size_t i = 0; i < count; i++) {
        uint32_t session = scratch->touched[i];
        float similarity = scratch->similarity[i];
        /* Of 65535, which all share: the sum that normalizes takes it out again. */
        float z = similarity * similarity * (float)model->session_weights[session];

        /* The number is the entry; newer sessions were touched first by each item, so ties go to them. */
        scratch->keys[i] = dyn_model_key(z, (uint32_t)i);
    }

    scratch->touched_count = count;
    dyn_model_select(scratch->keys, count, neighbours);

    neighbours = count < neighbours ? count : neighbours;

    for (size_t i = 0; i < neighbours; i++) {
        dyn_model_fetch(&model->session_starts[neighbour(scratch, i)]);
    }

    for (size_t i = 0; i < neighbours && i < DYN_MODEL_FETCH_AHEAD; i++) {
        fetch_session(model, neighbour(scratch, i));
    }

    for (size_t i = 0; i < neighbours; i++) {
        if (i + DYN_MODEL_FETCH_AHEAD < neighbours) {
            fetch_session(model, neighbour(scratch, i + DYN_MODEL_FETCH_AHEAD));
        }

        add_neighbour(model, scratch, dyn_model_key_number(scratch->keys[i]),
                      dyn_model_key_score(scratch->keys[i]));
    }
}

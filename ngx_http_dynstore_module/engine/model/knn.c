/*
 * Neighbour sessions: VS-kNN (Ludewig and Jannach, 2018) with STAN's position decay around the shared item (Garg et
 * al., 2019), over VMIS-kNN's newest postings (Kersbergen et al., 2022).
 */
#include "engine/model/internal.h"
#include "engine/model/lanes.h"

/* Entries' numbers + 1 by session, 0 being free; a power of two. */
typedef struct {
    uint16_t *slots;
    unsigned shift;
    uint32_t mask;
} table_t;

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

/* Adds an item's weight to the similarity of its sessions; returns how many sessions there are then. */
static size_t touch_list(dyn_model_scratch_t *scratch, table_t table, size_t count,
                         const uint8_t *pos, const uint8_t *end, size_t most, float weight)
{
    uint32_t session = 0;
    uint32_t gap;

    pos = read_gap(pos, &session);

    for (size_t taken = 1;; taken++) {
        uint32_t slot = session * 2654435761U >> table.shift;
        size_t entry = table.slots[slot];

        while (entry != 0 && scratch->touched[entry - 1] != session) {
            slot = (slot + 1) & table.mask;
            entry = table.slots[slot];
        }

        if (entry == 0) {
            scratch->touched[count] = session;
            scratch->similarity[count] = weight;
            table.slots[slot] = (uint16_t)++count;
        } else {
            scratch->similarity[entry - 1] += weight;
        }

        if (pos >= end || taken == most) {
            return count;
        }

        pos = read_gap(pos, &gap);
        session -= gap;
    }
}

static void fetch_postings(const dyn_model_t *model, const dyn_model_scratch_t *scratch)
{
    for (size_t i = 0; i < scratch->recent_count && i < model->header->parameters.knn_items; i++) {
        uint32_t item = scratch->recents[i].item;

        dyn_model_fetch_list(model->postings + model->posting_starts[item],
                             model->posting_starts[item + 1] - model->posting_starts[item]);
    }
}

/* As many slots as the postings of the query's items need, half of them free: a posting has one byte at least. */
static table_t clear_slots(const dyn_model_t *model, dyn_model_scratch_t *scratch)
{
    const dyn_model_parameters_t *parameters = &model->header->parameters;
    size_t most = 0;
    unsigned bits = 6;

    for (size_t i = 0; i < scratch->recent_count && i < parameters->knn_items; i++) {
        uint32_t item = scratch->recents[i].item;
        size_t bytes = model->posting_starts[item + 1] - model->posting_starts[item];

        most +=
            bytes < parameters->knn_sessions_per_item ? bytes : parameters->knn_sessions_per_item;
    }

    while (1U << bits < DYN_MODEL_SESSION_SLOTS && 1U << bits < 2 * most) {
        bits++;
    }

    memset(scratch->session_slots, 0, sizeof(scratch->session_slots[0]) << bits);

    return (table_t){scratch->session_slots, 32 - bits, (1U << bits) - 1};
}

/*
 * The same where each session of the model has a byte, in which bit i says that the query's item i touched it: nothing branches on
 * whether it is new, which cannot be foretold.
 */
static size_t touch_bytes(dyn_model_scratch_t *scratch, size_t count, const uint8_t *pos,
                          const uint8_t *end, size_t most, size_t i)
{
    uint32_t session = 0;
    uint32_t gap;

    pos = read_gap(pos, &session);

    for (size_t taken = 1;; taken++) {
        uint8_t before = scratch->touched_bits[session];

        scratch->touched_bits[session] = (uint8_t)(before | 1U << i);
        scratch->touched[count] = session;
        count += before == 0;

        if (pos >= end || taken == most) {
            return count;
        }

        pos = read_gap(pos, &gap);
        session -= gap;
    }
}

/* Similarities of what touch_bytes() has touched; the bytes are 0 again. */
static void add_similarities(const dyn_model_t *model, dyn_model_scratch_t *scratch, size_t count)
{
    float similarity[1 << DYN_MODEL_KNN_ITEMS_MAX] = {0};
    size_t items = model->header->parameters.knn_items;

    for (size_t i = 0; i < scratch->recent_count && i < items; i++) {
        float weight = model->click_decay[scratch->recents[i].distance];

        for (size_t k = 0; k < (size_t)1 << i; k++) {
            similarity[k + ((size_t)1 << i)] = similarity[k] + weight;
        }
    }

    for (size_t i = 0; i < count; i++) {
        uint32_t session = scratch->touched[i];

        scratch->similarity[i] = similarity[scratch->touched_bits[session]];
        scratch->touched_bits[session] = 0;
    }
}

static size_t touch_sessions(const dyn_model_t *model, dyn_model_scratch_t *scratch)
{
    const dyn_model_parameters_t *parameters = &model->header->parameters;
    bool few = model->header->session_count <= DYN_MODEL_SESSION_BYTES;
    table_t table = {0};
    size_t count = 0;

    fetch_postings(model, scratch);

    if (!few) {
        table = clear_slots(model, scratch);
    }

    for (size_t i = 0; i < scratch->recent_count && i < parameters->knn_items; i++) {
        const dyn_model_recent_t *recent = &scratch->recents[i];
        const uint8_t *pos = model->postings + model->posting_starts[recent->item];
        const uint8_t *end = model->postings + model->posting_starts[recent->item + 1];
        size_t most = parameters->knn_sessions_per_item;

        if (pos < end && most > 0) {
            count = few ? touch_bytes(scratch, count, pos, end, most, i)
                        : touch_list(scratch, table, count, pos, end, most,
                                     model->click_decay[recent->distance]);
        }

        scratch->touched_by[i] = count;
    }

    if (few) {
        add_similarities(model, scratch, count);
    }

    return count;
}

/* Clicks that are compared at once. */
enum { WINDOW = 2 * DYN_MODEL_LANES };

typedef struct {
    /* Its clicks are those from start to end, of all sessions' clicks. */
    uint32_t start;
    uint32_t end;
    /* The most recent item that it shares with the query. */
    uint32_t anchor;
    float weight;
    /* Bit i: click i of the WINDOW before its end, which may begin before its start, is on the anchor. */
    uint32_t on_anchor;
} neighbour_t;

/* The last click on the anchor; end when there is none. Few sessions are longer than eight clicks, and how far from its end one holds
 * the item cannot be foretold. */
static uint32_t last_place(const uint32_t *clicks, const neighbour_t *neighbour)
{
    uint32_t start = neighbour->start;
    uint32_t end = neighbour->end;
    uint32_t place = end;

    if (end >= WINDOW) {
        if (neighbour->on_anchor != 0) {
            place = end - WINDOW + 31 - (uint32_t)__builtin_clz(neighbour->on_anchor);

            return place >= start ? place : end;
        }

        place = end - WINDOW;
    }

    while (place > start && clicks[place - 1] != neighbour->anchor) {
        place--;
    }

    return place > start ? place - 1 : end;
}

/* The shares of one neighbour's items, by their distance from the last place of the most recent shared item. */
static void add_neighbour(const dyn_model_t *model, dyn_model_scratch_t *scratch,
                          const neighbour_t *neighbour)
{
    const uint32_t *items = model->session_items;
    uint32_t reach = model->header->parameters.knn_reach;
    float weight = neighbour->weight;
    dyn_model_floats_t weights = {weight, weight, weight, 1};
    uint32_t place = last_place(items, neighbour);
    size_t candidate_count = scratch->candidate_count;

    if (place == neighbour->end) {
        return;
    }

    uint32_t first = place - neighbour->start > reach ? place - reach : neighbour->start;
    uint32_t end = neighbour->end - place > reach ? place + reach + 1 : neighbour->end;
    const dyn_model_shares_t *decay =
        &model->position_decay[DYN_MODEL_REACH_MAX - (size_t)(place - first)];

    /* the anchor, too, with nothing: one loop without branches is faster than one before it and one behind it */
    for (uint32_t k = first; k < end; k++, decay++) {
        dyn_model_candidate_t *candidate = dyn_model_candidate(scratch, &candidate_count, items[k]);
        dyn_model_floats_t shares = dyn_model_load_floats(&candidate->knn);
        float most = weight * decay->places;

        shares += weights * dyn_model_load_floats(decay);
        memcpy(&candidate->knn, &shares, sizeof(shares));
        candidate->best_neighbour =
            most > candidate->best_neighbour ? most : candidate->best_neighbour;
    }

    scratch->candidate_count = candidate_count;
}

/* `entries` ascend. */
static void find_neighbours(const dyn_model_t *model, const dyn_model_scratch_t *scratch,
                            const uint16_t *entries, size_t count, neighbour_t *neighbours)
{
    size_t recent = 0;

    for (size_t i = 0; i < count; i++) {
        uint32_t session = scratch->touched[entries[i]];

        uint32_t end = model->session_starts[session + 1];

        neighbours[i].start = model->session_starts[session];
        neighbours[i].end = end;
        dyn_model_fetch(model->session_items + end - (end > 0));
        dyn_model_fetch(model->session_items + end - (end > WINDOW ? WINDOW : end));
    }

    for (size_t i = 0; i < count; i++) {
        neighbour_t *neighbour = &neighbours[i];
        size_t entry = entries[i];

        while (scratch->touched_by[recent] <= entry) {
            recent++;
        }

        neighbour->anchor = scratch->recents[recent].item;
        neighbour->weight = scratch->scores[entry];
        neighbour->on_anchor =
            neighbour->end < WINDOW
                ? 0
                : dyn_model_equal_mask(model->session_items + neighbour->end - WINDOW,
                                       neighbour->anchor);
    }
}

/* Of 65535, which all share: the sum that normalizes takes it out again. */
static void weigh_sessions(const dyn_model_t *model, dyn_model_scratch_t *scratch, size_t count)
{
    /* in a loop of its own, where each waits for memory and none for another */
    for (size_t i = 0; i < count; i++) {
        scratch->session_weight[i] = model->session_weights[scratch->touched[i]];
    }

    for (size_t i = 0; i < count; i += DYN_MODEL_LANES) {
        dyn_model_floats_t similarity = dyn_model_load_floats(scratch->similarity + i);
        dyn_model_floats_t z =
            similarity * similarity *
            __builtin_convertvector(dyn_model_load_ints(scratch->session_weight + i),
                                    dyn_model_floats_t);

        memcpy(scratch->scores + i, &z, sizeof(z));
    }
}

void dyn_model_knn(const dyn_model_t *model, dyn_model_scratch_t *scratch)
{
    uint16_t entries[DYN_MODEL_NEIGHBOURS_MAX];
    neighbour_t neighbours[DYN_MODEL_NEIGHBOURS_MAX];
    size_t touched = touch_sessions(model, scratch);

    weigh_sessions(model, scratch, touched);
    scratch->touched_count = touched;

    /* newer sessions were touched first by each item, so ties go to them */
    size_t count = dyn_model_best(scratch->scores, NULL, touched,
                                  model->header->parameters.knn_neighbours, entries);

    find_neighbours(model, scratch, entries, count, neighbours);

    for (size_t i = 0; i < count; i++) {
        add_neighbour(model, scratch, &neighbours[i]);
    }
}

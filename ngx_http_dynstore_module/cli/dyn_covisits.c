#include "dyn_covisits.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double half_life_s = 30 * 86400.0;
static const double basket_damping = 2.0;

/* Sessions or baskets, and for each item where it stands in them. */
typedef struct {
    uint32_t group_count;
    uint32_t *starts; /* group_count + 1 */
    uint32_t *items;
    float *weights;        /* of each place */
    uint32_t *groups;      /* of each place */
    uint32_t *item_starts; /* item_count + 1 */
    uint32_t *places;      /* of each item, oldest first */
    double *sums;          /* by item: of the weights of its newest places */
    double total;
    const bool *offered;
} index_t;

static void index_free(index_t *index)
{
    free(index->starts);
    free(index->items);
    free(index->weights);
    free(index->groups);
    free(index->item_starts);
    free(index->places);
    free(index->sums);
}

static bool index_alloc(index_t *index, const dyn_sessions_t *sessions)
{
    size_t clicks = (size_t)sessions->click_count + 1;

    index->starts = calloc((size_t)sessions->session_count + 1, sizeof(uint32_t));
    index->items = malloc(clicks * sizeof(uint32_t));
    index->weights = malloc(clicks * sizeof(float));
    index->groups = malloc(clicks * sizeof(uint32_t));
    index->item_starts = calloc((size_t)sessions->item_count + 2, sizeof(uint32_t));
    index->places = malloc(clicks * sizeof(uint32_t));
    index->sums = calloc((size_t)sessions->item_count + 1, sizeof(double));

    return index->starts != NULL && index->items != NULL && index->weights != NULL &&
           index->groups != NULL && index->item_starts != NULL && index->places != NULL &&
           index->sums != NULL;
}

static void put(index_t *index, uint32_t *at, uint32_t item, float weight)
{
    index->items[*at] = item;
    index->weights[*at] = weight;
    index->groups[*at] = index->group_count;
    ++*at;
}

static void close_group(index_t *index, uint32_t at)
{
    index->starts[++index->group_count] = at;
}

/* Newest places of an item: [first, end) in index->places. */
static uint32_t newest(const index_t *index, uint32_t item, uint32_t *end)
{
    uint32_t first = index->item_starts[item];

    *end = index->item_starts[item + 1];

    return *end - first > DYN_COVISIT_OCCURRENCES_MAX ? *end - DYN_COVISIT_OCCURRENCES_MAX : first;
}

static void index_items(index_t *index, uint32_t item_count)
{
    uint32_t place_count = index->starts[index->group_count], end;

    /* counted one further on, so that filling in moves the starts to where they belong */
    for (uint32_t p = 0; p < place_count; p++) {
        index->item_starts[index->items[p] + 2]++;
    }
    for (uint32_t i = 2; i <= item_count; i++) {
        index->item_starts[i] += index->item_starts[i - 1];
    }
    for (uint32_t p = 0; p < place_count; p++) {
        index->places[index->item_starts[index->items[p] + 1]++] = p;
    }
    for (uint32_t i = 0; i < item_count; i++) {
        for (uint32_t k = newest(index, i, &end); k < end; k++) {
            index->sums[i] += (double)index->weights[index->places[k]];
        }
    }
}

/* The weight of `item` in the owner's list; not above 0: it does not belong there. */
typedef double (*weigh_fn)(const index_t *index, uint32_t owner, uint32_t item, double together);

/* The places around the owner's places that belong to the same group and are near enough. */
static void around(const index_t *index, uint32_t place, uint32_t reach, uint32_t *first,
                   uint32_t *end)
{
    uint32_t group = index->groups[place];

    *first = index->starts[group];
    *end = index->starts[group + 1];
    if (place - *first > reach) {
        *first = place - reach;
    }
    if (*end - place > reach + 1) {
        *end = place + reach + 1;
    }
}

/* Offers every item that scratch has something for, and clears it. */
static void offer_all(const index_t *index, uint32_t owner, uint32_t reach, weigh_fn weigh,
                      float *scratch, dyn_top_t *top)
{
    uint32_t end, first = newest(index, owner, &end);

    for (uint32_t k = first; k < end; k++) {
        uint32_t from, to;

        around(index, index->places[k], reach, &from, &to);
        for (uint32_t p = from; p < to; p++) {
            uint32_t item = index->items[p];

            /* 0: not met, or offered already */
            if (scratch[item] > 0.0F) {
                double weight = weigh(index, owner, item, (double)scratch[item]);

                scratch[item] = 0.0F;
                if (weight > 0.0 && (float)weight > 0.0F && index->offered[item] && item != owner) {
                    dyn_top_offer(top, item, (float)weight);
                }
            }
        }
    }
}

/* ---- neighbours ---- */

static void read_visits(index_t *index, const dyn_covisits_input_t *input)
{
    const dyn_sessions_t *sessions = input->sessions;
    uint32_t at = 0;

    for (uint32_t s = 0; s < sessions->session_count; s++) {
        float weight = (float)exp2((sessions->times[s] - input->as_of_s) / half_life_s);

        for (uint32_t k = sessions->starts[s]; k < sessions->starts[s + 1]; k++) {
            if (at == index->starts[s] || index->items[at - 1] != sessions->items[k]) {
                put(index, &at, sessions->items[k], weight);
            }
        }
        close_group(index, at);
    }
}

static double weigh_visits(const index_t *index, uint32_t owner, uint32_t item, double together)
{
    return together / sqrt((index->sums[owner] + 1.0) * (index->sums[item] + 1.0));
}

static void list_visits(const void *context, uint32_t owner, float *scratch, dyn_top_t *top)
{
    const index_t *index = context;
    uint32_t end, first = newest(index, owner, &end);

    for (uint32_t k = first; k < end; k++) {
        uint32_t place = index->places[k], from, to;

        around(index, place, DYN_COVISIT_REACH, &from, &to);
        for (uint32_t p = from; p < to; p++) {
            if (index->items[p] != owner) {
                scratch[index->items[p]] +=
                    index->weights[place] / (float)(p < place ? place - p : p - place);
            }
        }
    }
    offer_all(index, owner, DYN_COVISIT_REACH, weigh_visits, scratch, top);
}

static bool make(const dyn_covisits_input_t *input,
                 void (*read)(index_t *, const dyn_covisits_input_t *), dyn_list_fn list,
                 dyn_lists_t *lists)
{
    index_t index = {.offered = input->offered};
    uint32_t item_count = input->sessions->item_count;
    bool made = index_alloc(&index, input->sessions);

    if (made) {
        read(&index, input);
        index_items(&index, item_count);
        made = dyn_lists_make(item_count, item_count, DYN_COVISIT_LIST_MAX, list, &index,
                              input->threads, lists);
    }
    index_free(&index);

    return made;
}

bool dyn_covisits_make(const dyn_covisits_input_t *input, dyn_lists_t *neighbours)
{
    return make(input, read_visits, list_visits, neighbours);
}

/* ---- bought together ---- */

static float basket_weight(uint8_t kind)
{
    return kind == DYN_CLICK_PURCHASE ? 1.0F : kind == DYN_CLICK_CART ? 0.5F : 0.0F;
}

/* The session's items from the newest back, each once with its largest weight. */
static void read_basket(index_t *index, const dyn_sessions_t *sessions, uint32_t session,
                        uint32_t *at)
{
    uint32_t begin = *at;

    for (uint32_t k = sessions->starts[session + 1]; k-- > sessions->starts[session];) {
        float weight = basket_weight(sessions->kinds[k]);
        uint32_t p = begin;

        if (weight == 0.0F) {
            continue;
        }
        while (p < *at && index->items[p] != sessions->items[k]) {
            p++;
        }
        if (p < *at) {
            index->weights[p] = fmaxf(index->weights[p], weight);
        } else if (*at - begin < DYN_BASKET_ITEMS_MAX) {
            put(index, at, sessions->items[k], weight);
        }
    }
}

static void read_baskets(index_t *index, const dyn_covisits_input_t *input)
{
    const dyn_sessions_t *sessions = input->sessions;
    uint32_t at = 0;

    for (uint32_t s = 0; s < sessions->session_count; s++) {
        uint32_t begin = at;
        float largest = 0.0F;

        read_basket(index, sessions, s, &at);
        if (at == begin) {
            continue;
        }
        for (uint32_t p = begin; p < at; p++) {
            largest = fmaxf(largest, index->weights[p]);
        }
        index->total += (double)largest;
        close_group(index, at);
    }
}

static double weigh_basket(const index_t *index, uint32_t owner, uint32_t item, double together)
{
    return together / (index->sums[owner] + basket_damping) - index->sums[item] / index->total;
}

static void list_baskets(const void *context, uint32_t owner, float *scratch, dyn_top_t *top)
{
    const index_t *index = context;
    uint32_t end, first = newest(index, owner, &end);

    for (uint32_t k = first; k < end; k++) {
        uint32_t place = index->places[k], from, to;

        around(index, place, DYN_BASKET_ITEMS_MAX, &from, &to);
        for (uint32_t p = from; p < to; p++) {
            scratch[index->items[p]] += fminf(index->weights[place], index->weights[p]);
        }
    }
    offer_all(index, owner, DYN_BASKET_ITEMS_MAX, weigh_basket, scratch, top);
}

bool dyn_bought_with_make(const dyn_covisits_input_t *input, dyn_lists_t *bought_with)
{
    return make(input, read_baskets, list_baskets, bought_with);
}

#include "cli/train/bought_with.h"

#include <math.h>
#include <stdlib.h>

static const double damping = 2.0;

/* The baskets, and for each item where it stands in them. */
typedef struct {
    uint32_t basket_count;
    uint32_t *starts; /* basket_count + 1 */
    uint32_t *items;
    float *weights;        /* of each place */
    uint32_t *baskets;     /* of each place */
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
    free(index->baskets);
    free(index->item_starts);
    free(index->places);
    free(index->sums);
}

static float weight_of(uint8_t kind)
{
    return kind == DYN_CLICK_PURCHASE ? 1.0F : kind == DYN_CLICK_CART ? 0.5F : 0.0F;
}

static bool index_alloc(index_t *index, const dyn_sessions_t *sessions)
{
    size_t places = 1;

    for (uint32_t k = 0; k < sessions->click_count; k++) {
        places += weight_of(sessions->kinds[k]) > 0.0F;
    }

    index->starts = calloc((size_t)sessions->session_count + 1, sizeof(uint32_t));
    index->items = malloc(places * sizeof(uint32_t));
    index->weights = malloc(places * sizeof(float));
    index->baskets = malloc(places * sizeof(uint32_t));
    index->item_starts = calloc((size_t)sessions->item_count + 2, sizeof(uint32_t));
    index->places = malloc(places * sizeof(uint32_t));
    index->sums = calloc((size_t)sessions->item_count + 1, sizeof(double));

    return index->starts != NULL && index->items != NULL && index->weights != NULL &&
           index->baskets != NULL && index->item_starts != NULL && index->places != NULL &&
           index->sums != NULL;
}

/* The session's items from the newest back, each once with its largest weight. Returns the new end of the places. */
static uint32_t read_basket(index_t *index, const dyn_sessions_t *sessions, uint32_t session)
{
    uint32_t begin = index->starts[index->basket_count], end = begin;

    for (uint32_t k = sessions->starts[session + 1]; k-- > sessions->starts[session];) {
        float weight = weight_of(sessions->kinds[k]);
        uint32_t p = begin;

        if (weight == 0.0F) {
            continue;
        }
        while (p < end && index->items[p] != sessions->items[k]) {
            p++;
        }
        if (p < end) {
            index->weights[p] = fmaxf(index->weights[p], weight);
        } else if (end - begin < DYN_BASKET_ITEMS_MAX) {
            index->items[end] = sessions->items[k];
            index->weights[end] = weight;
            index->baskets[end++] = index->basket_count;
        }
    }

    return end;
}

static void read_baskets(index_t *index, const dyn_sessions_t *sessions)
{
    for (uint32_t s = 0; s < sessions->session_count; s++) {
        uint32_t begin = index->starts[index->basket_count], end = read_basket(index, sessions, s);
        float largest = 0.0F;

        if (end == begin) {
            continue;
        }
        for (uint32_t p = begin; p < end; p++) {
            largest = fmaxf(largest, index->weights[p]);
        }
        index->total += (double)largest;
        index->starts[++index->basket_count] = end;
    }
}

/* Newest places of an item: [first, end) in index->places. */
static uint32_t newest(const index_t *index, uint32_t item, uint32_t *end)
{
    uint32_t first = index->item_starts[item];

    *end = index->item_starts[item + 1];

    return *end - first > DYN_BASKETS_PER_ITEM_MAX ? *end - DYN_BASKETS_PER_ITEM_MAX : first;
}

static void index_items(index_t *index, uint32_t item_count)
{
    uint32_t place_count = index->starts[index->basket_count], end;

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

static void offer(const index_t *index, uint32_t owner, uint32_t item, double together,
                  dyn_top_t *top)
{
    double weight = together / (index->sums[owner] + damping) - index->sums[item] / index->total;

    if (weight > 0.0 && (float)weight > 0.0F && index->offered[item] && item != owner) {
        dyn_top_offer(top, item, (float)weight);
    }
}

static void list(const void *context, uint32_t owner, float *scratch, dyn_top_t *top)
{
    const index_t *index = context;
    uint32_t end, first = newest(index, owner, &end);

    for (uint32_t k = first; k < end; k++) {
        uint32_t place = index->places[k], basket = index->baskets[place];

        for (uint32_t p = index->starts[basket]; p < index->starts[basket + 1]; p++) {
            scratch[index->items[p]] += fminf(index->weights[place], index->weights[p]);
        }
    }
    for (uint32_t k = first; k < end; k++) {
        uint32_t basket = index->baskets[index->places[k]];

        for (uint32_t p = index->starts[basket]; p < index->starts[basket + 1]; p++) {
            /* 0: offered already */
            if (scratch[index->items[p]] > 0.0F) {
                offer(index, owner, index->items[p], (double)scratch[index->items[p]], top);
                scratch[index->items[p]] = 0.0F;
            }
        }
    }
}

bool dyn_bought_with_make(const dyn_sessions_t *sessions, const bool *offered, unsigned threads,
                          dyn_lists_t *bought_with)
{
    index_t index = {.offered = offered};
    bool made = index_alloc(&index, sessions);

    if (made) {
        read_baskets(&index, sessions);
        index_items(&index, sessions->item_count);
        made = dyn_lists_make(sessions->item_count, sessions->item_count, DYN_BOUGHT_WITH_MAX, list,
                              &index, threads, bought_with);
    }
    index_free(&index);

    return made;
}

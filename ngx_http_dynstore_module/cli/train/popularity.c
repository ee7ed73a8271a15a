#include "cli/train/popularity.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/limits.h"

static const double day_s = 86400.0;

double dyn_popularity_weight(uint8_t kind)
{
    return kind == DYN_CLICK_PURCHASE ? 10.0 : kind == DYN_CLICK_CART ? 4.0 : 1.0;
}

/* The first visitors of each item, up to so many. */
typedef struct {
    uint32_t max;
    uint32_t *visitors; /* max for each item */
    uint8_t *counts;    /* by item */
} visitors_t;

/* By item. */
typedef struct {
    visitors_t lately;    /* within DYN_POPULAR_DAYS */
    visitors_t of_recent; /* within DYN_TRENDING_RECENT_DAYS */
    double *decayed;
    double *recent;
    double *past;
    dyn_edge_t *order; /* the offered ones, most popular first */
    uint32_t ordered;
} sums_t;

static bool top_alloc(dyn_top_t *top, uint32_t room)
{
    *top = (dyn_top_t){malloc(room * sizeof(dyn_edge_t)), 0, room};

    return top->edges != NULL;
}

static bool visitors_alloc(visitors_t *visitors, uint32_t max, size_t items)
{
    visitors->max = max;
    visitors->visitors = malloc(items * max * sizeof(uint32_t));
    visitors->counts = calloc(items, 1);

    return visitors->visitors != NULL && visitors->counts != NULL;
}

static void visitors_free(visitors_t *visitors)
{
    free(visitors->visitors);
    free(visitors->counts);
}

static void note_visitor(visitors_t *visitors, uint32_t item, uint32_t visitor)
{
    uint32_t *noted = visitors->visitors + (size_t)item * visitors->max;
    uint8_t count = visitors->counts[item], k = 0;

    while (k < count && noted[k] != visitor) {
        k++;
    }
    if (k == count && count < visitors->max) {
        noted[count] = visitor;
        visitors->counts[item]++;
    }
}

/* Whether enough visitors stand behind what is said of the item. */
static bool proved(const visitors_t *visitors, uint32_t item)
{
    return visitors->counts[item] == visitors->max;
}

static void sum_up(const dyn_popularity_input_t *input, sums_t *sums)
{
    for (size_t k = 0; k < input->clicks->count; k++) {
        const dyn_click_t *click = &input->clicks->clicks[k];
        double days = (input->as_of_s - click->time) / day_s;
        double weight = dyn_popularity_weight(click->kind);

        if (click->uncounted) {
            continue;
        }
        if (days < DYN_POPULAR_DAYS) {
            note_visitor(&sums->lately, click->item, click->session);
        }
        sums->decayed[click->item] += weight * exp2(-days / DYN_POPULARITY_HALF_LIFE_DAYS);
        if (days < DYN_TRENDING_RECENT_DAYS) {
            sums->recent[click->item] += weight;
            note_visitor(&sums->of_recent, click->item, click->session);
        } else if (days < DYN_TRENDING_RECENT_DAYS + DYN_TRENDING_PAST_DAYS) {
            sums->past[click->item] += weight;
        }
    }
}

static int compare_edges(const void *left, const void *right)
{
    const dyn_edge_t *a = left, *b = right;

    if (a->weight != b->weight) {
        return a->weight < b->weight ? 1 : -1;
    }

    return (a->item > b->item) - (a->item < b->item);
}

static void rank_popular(const dyn_popularity_input_t *input, sums_t *sums, dyn_top_t *popular)
{
    double largest = 0;

    for (uint32_t i = 0; i < input->item_count; i++) {
        largest = fmax(largest, sums->decayed[i]);
    }
    for (uint32_t i = 0; i < input->item_count; i++) {
        float popularity = largest > 0 ? (float)(sums->decayed[i] / largest) : 0.0F;

        input->items[i].popularity = popularity;
        if (popularity > 0.0F && input->offered[i] && proved(&sums->lately, i)) {
            sums->order[sums->ordered++] = (dyn_edge_t){i, popularity};
        }
    }
    qsort(sums->order, sums->ordered, sizeof(dyn_edge_t), compare_edges);

    popular->count = sums->ordered < popular->room ? sums->ordered : popular->room;
    memcpy(popular->edges, sums->order, popular->count * sizeof(dyn_edge_t));
}

static void rank_trending(const dyn_popularity_input_t *input, const sums_t *sums,
                          dyn_top_t *trending)
{
    double recent = 0, past = 0;

    for (uint32_t i = 0; i < input->item_count; i++) {
        recent += sums->recent[i];
        past += sums->past[i];
    }
    /* nothing to compare with */
    if (past <= 0) {
        return;
    }
    for (uint32_t i = 0; i < input->item_count; i++) {
        double expected = sums->past[i] * recent / past;
        double growth = (sums->recent[i] - expected) / sqrt(expected + 1);

        if (growth > 0 && (float)growth > 0.0F && input->offered[i] &&
            proved(&sums->of_recent, i)) {
            dyn_top_offer(trending, i, (float)growth);
        }
    }
    for (uint32_t k = trending->count; k-- > 0;) {
        trending->edges[k].weight /= trending->edges[0].weight;
    }
}

/* Counts the items of each category, with those of the categories below it, up to the limit. */
static void count_by_category(const dyn_popularity_input_t *input, const sums_t *sums,
                              uint32_t *counts)
{
    for (uint32_t k = 0; k < sums->ordered; k++) {
        for (uint32_t c = input->items[sums->order[k].item].category; c != DYN_NONE;
             c = input->categories[c].parent) {
            counts[c] += counts[c] < DYN_POPULAR_PER_CATEGORY_MAX;
        }
    }
}

static bool rank_by_category(const dyn_popularity_input_t *input, const sums_t *sums,
                             dyn_lists_t *lists)
{
    uint32_t count = input->category_count;
    uint32_t *filled = calloc((size_t)count + 1, sizeof(uint32_t));

    lists->starts = calloc((size_t)count + 1, sizeof(uint32_t));
    if (filled == NULL || lists->starts == NULL) {
        free(filled);
        return false;
    }

    count_by_category(input, sums, filled);
    for (uint32_t c = 0; c < count; c++) {
        lists->starts[c + 1] = lists->starts[c] + filled[c];
        filled[c] = lists->starts[c];
    }
    lists->edge_count = lists->starts[count];
    lists->edges = malloc(((size_t)lists->edge_count + 1) * sizeof(dyn_edge_t));

    for (uint32_t k = 0; lists->edges != NULL && k < sums->ordered; k++) {
        for (uint32_t c = input->items[sums->order[k].item].category; c != DYN_NONE;
             c = input->categories[c].parent) {
            if (filled[c] < lists->starts[c + 1]) {
                lists->edges[filled[c]++] = sums->order[k];
            }
        }
    }
    free(filled);

    return lists->edges != NULL;
}

bool dyn_popularity_make(const dyn_popularity_input_t *input, dyn_popularity_t *popularity)
{
    size_t count = (size_t)input->item_count + 1;
    sums_t sums = {
        .decayed = calloc(count, sizeof(double)),
        .recent = calloc(count, sizeof(double)),
        .past = calloc(count, sizeof(double)),
        .order = malloc(count * sizeof(dyn_edge_t)),
    };

    memset(popularity, 0, sizeof(*popularity));

    bool made = visitors_alloc(&sums.lately, input->min_visitors, count) &&
                visitors_alloc(&sums.of_recent, input->min_visitors, count) &&
                sums.decayed != NULL && sums.recent != NULL && sums.past != NULL &&
                sums.order != NULL && top_alloc(&popularity->popular, DYN_POPULAR_MAX) &&
                top_alloc(&popularity->trending, DYN_POPULAR_MAX);

    if (made) {
        sum_up(input, &sums);
        rank_popular(input, &sums, &popularity->popular);
        rank_trending(input, &sums, &popularity->trending);
        made = rank_by_category(input, &sums, &popularity->by_category);
    }
    visitors_free(&sums.lately);
    visitors_free(&sums.of_recent);
    free(sums.decayed);
    free(sums.recent);
    free(sums.past);
    free(sums.order);

    return made;
}

void dyn_popularity_free(dyn_popularity_t *popularity)
{
    free(popularity->popular.edges);
    free(popularity->trending.edges);
    dyn_lists_free(&popularity->by_category);
    memset(popularity, 0, sizeof(*popularity));
}

#include "cli/train/bought_with.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/parallel.h"

static const double damping = 2.0;

/* A purchase of one item. */
typedef struct {
    double time;
    uint32_t session;
    uint32_t item;
    size_t place; /* among the clicks */
} purchase_t;

/* The orders, oldest first, and for each item in which of them it stands. */
typedef struct {
    const dyn_bought_with_input_t *input;
    uint32_t order_count;
    uint32_t *starts; /* order_count + 1 */
    uint32_t *items;
    uint32_t *item_starts; /* item_count + 1 */
    uint32_t *orders;      /* of each item, oldest first */
} index_t;

/* Whose lists are made: items, or categories with all that is below them. */
typedef struct {
    const index_t *index;
    uint32_t count;
    const uint32_t *starts; /* count + 1 */
    const uint32_t *orders; /* of each owner, oldest first */
    bool categories;
} owners_t;

static void index_free(index_t *index)
{
    free(index->starts);
    free(index->items);
    free(index->item_starts);
    free(index->orders);
}

static int compare_purchases(const void *left, const void *right)
{
    const purchase_t *a = left, *b = right;

    if (a->time != b->time) {
        return a->time < b->time ? -1 : 1;
    }
    if (a->session != b->session) {
        return a->session < b->session ? -1 : 1;
    }

    return (a->place > b->place) - (a->place < b->place);
}

/* Ordered so that the purchases of one order follow each other. NULL when memory is out. */
static purchase_t *collect(const dyn_clicks_t *clicks, size_t *count)
{
    size_t found = 0;

    for (size_t k = 0; k < clicks->count; k++) {
        found += clicks->clicks[k].kind == DYN_CLICK_PURCHASE;
    }

    purchase_t *purchases = malloc((found + 1) * sizeof(*purchases));

    *count = 0;
    for (size_t k = 0; purchases != NULL && k < clicks->count; k++) {
        const dyn_click_t *click = &clicks->clicks[k];

        if (click->kind == DYN_CLICK_PURCHASE) {
            purchases[(*count)++] = (purchase_t){click->time, click->session, click->item, k};
        }
    }
    if (purchases != NULL) {
        qsort(purchases, *count, sizeof(*purchases), compare_purchases);
    }

    return purchases;
}

/* Each item once. Returns the new end of the items. */
static uint32_t add_item(index_t *index, uint32_t end, uint32_t item)
{
    uint32_t begin = index->starts[index->order_count], k = begin;

    while (k < end && index->items[k] != item) {
        k++;
    }
    if (k == end && end - begin < DYN_ORDER_ITEMS_MAX) {
        index->items[end++] = item;
    }

    return end;
}

static void read_orders(index_t *index, const purchase_t *purchases, size_t count)
{
    uint32_t end = 0;

    for (size_t k = 0; k < count; k++) {
        end = add_item(index, end, purchases[k].item);
        if (k + 1 == count || purchases[k + 1].time != purchases[k].time ||
            purchases[k + 1].session != purchases[k].session) {
            index->starts[++index->order_count] = end;
        }
    }
}

static void index_items(index_t *index)
{
    uint32_t places = index->starts[index->order_count];

    /* counted one further on, so that filling in moves the starts to where they belong */
    for (uint32_t k = 0; k < places; k++) {
        index->item_starts[index->items[k] + 2]++;
    }
    for (uint32_t i = 2; i <= index->input->item_count; i++) {
        index->item_starts[i] += index->item_starts[i - 1];
    }
    for (uint32_t order = 0; order < index->order_count; order++) {
        for (uint32_t k = index->starts[order]; k < index->starts[order + 1]; k++) {
            index->orders[index->item_starts[index->items[k] + 1]++] = order;
        }
    }
}

static bool index_make(index_t *index)
{
    size_t count;
    purchase_t *purchases = collect(index->input->clicks, &count);

    index->starts = calloc(count + 1, sizeof(uint32_t));
    index->items = malloc((count + 1) * sizeof(uint32_t));
    index->item_starts = calloc((size_t)index->input->item_count + 2, sizeof(uint32_t));
    index->orders = malloc((count + 1) * sizeof(uint32_t));

    bool made = purchases != NULL && count < UINT32_MAX && index->starts != NULL &&
                index->items != NULL && index->item_starts != NULL && index->orders != NULL;

    if (made) {
        read_orders(index, purchases, count);
        index_items(index);
    }
    free(purchases);

    return made;
}

static uint32_t orders_of(const index_t *index, uint32_t item)
{
    return index->item_starts[item + 1] - index->item_starts[item];
}

/* The owner's newest orders: from here to the end of its list. */
static uint32_t newest(const owners_t *owners, uint32_t owner)
{
    uint32_t count = owners->starts[owner + 1] - owners->starts[owner];

    return owners->starts[owner + 1] -
           (count < DYN_ORDERS_PER_ITEM_MAX ? count : DYN_ORDERS_PER_ITEM_MAX);
}

/* An item is not bought with itself, nor with the category that it is of. */
static bool is_of(const owners_t *owners, uint32_t owner, uint32_t item)
{
    const dyn_bought_with_input_t *input = owners->index->input;
    uint32_t category;

    if (!owners->categories) {
        return item == owner;
    }
    for (category = input->items[item].category; category != DYN_NONE && category != owner;) {
        category = input->categories[category].parent;
    }

    return category == owner;
}

static double part(double count, double expected)
{
    return count > 0 ? count * log(count / expected) : 0;
}

double dyn_log_likelihood_ratio(double both, double first, double second, double all)
{
    double neither = all - first - second + both;

    return 2 *
           (part(both, first * second / all) + part(first - both, first * (all - second) / all) +
            part(second - both, (all - first) * second / all) +
            part(neither, (all - first) * (all - second) / all));
}

static void offer(const owners_t *owners, uint32_t owner, uint32_t item, uint32_t both,
                  dyn_top_t *top)
{
    const index_t *index = owners->index;
    double of_owner = owners->starts[owner + 1] - newest(owners, owner);
    double of_item = orders_of(index, item), all = index->order_count;
    double weight = both / (of_owner + damping) - of_item / all;

    if (index->input->offered[item] && both >= index->input->min_support &&
        both * all > of_owner * of_item && (float)weight > 0.0F && !is_of(owners, owner, item) &&
        dyn_log_likelihood_ratio(both, of_owner, of_item, all) >= DYN_BOUGHT_WITH_RATIO_MIN) {
        dyn_top_offer(top, item, (float)weight);
    }
}

/* In how many of the owner's newest orders each item is; with count 0 all is set back to 0. */
static void count_together(const owners_t *owners, uint32_t owner, float count, float *together)
{
    const index_t *index = owners->index;

    for (uint32_t k = newest(owners, owner); k < owners->starts[owner + 1]; k++) {
        uint32_t order = owners->orders[k];

        for (uint32_t p = index->starts[order]; p < index->starts[order + 1]; p++) {
            float *of_item = &together[index->items[p]];

            *of_item = count > 0 ? *of_item + count : 0;
        }
    }
}

static void list(const void *context, uint32_t owner, float *together, dyn_top_t *top)
{
    const owners_t *owners = context;
    const index_t *index = owners->index;

    count_together(owners, owner, 1, together);
    for (uint32_t k = newest(owners, owner); k < owners->starts[owner + 1]; k++) {
        uint32_t order = owners->orders[k];

        for (uint32_t p = index->starts[order]; p < index->starts[order + 1]; p++) {
            uint32_t item = index->items[p];

            /* 0: offered already */
            if (together[item] > 0.0F) {
                offer(owners, owner, item, (uint32_t)together[item], top);
                together[item] = 0.0F;
            }
        }
    }
}

typedef struct {
    const owners_t *owners;
    dyn_bought_with_t *bought_with;
} supports_t;

static bool count_supports(void *context, unsigned part_number, unsigned parts)
{
    const supports_t *work = context;
    const dyn_lists_t *lists = &work->bought_with->lists;
    uint64_t count = work->owners->count;
    uint32_t first = (uint32_t)(count * part_number / parts);
    uint32_t end = (uint32_t)(count * (part_number + 1) / parts);
    float *together = calloc((size_t)work->owners->index->input->item_count + 1, sizeof(*together));

    for (uint32_t owner = first; together != NULL && owner < end; owner++) {
        if (lists->starts[owner] == lists->starts[owner + 1]) {
            continue;
        }
        count_together(work->owners, owner, 1, together);
        for (uint32_t k = lists->starts[owner]; k < lists->starts[owner + 1]; k++) {
            work->bought_with->supports[k] = (uint32_t)together[lists->edges[k].item];
        }
        count_together(work->owners, owner, 0, together);
    }
    free(together);

    return together != NULL;
}

static bool make_lists(const owners_t *owners, dyn_bought_with_t *bought_with)
{
    const dyn_bought_with_input_t *input = owners->index->input;
    supports_t supports = {owners, bought_with};

    if (!dyn_lists_make(owners->count, input->item_count, DYN_BOUGHT_WITH_MAX, list, owners,
                        input->threads, &bought_with->lists)) {
        return false;
    }
    bought_with->supports = malloc(((size_t)bought_with->lists.edge_count + 1) * sizeof(uint32_t));

    return bought_with->supports != NULL && dyn_parallel(input->threads, count_supports, &supports);
}

/* ---- categories ---- */

/*
 * Writes the order's number behind each category that one of its items is of, once, or counts only where `orders` is NULL. `last`:
 * by category, the order it was met in last, + 1.
 */
static void put_categories(const index_t *index, uint32_t order, uint32_t *last, uint32_t *starts,
                           uint32_t *orders)
{
    const dyn_bought_with_input_t *input = index->input;

    for (uint32_t p = index->starts[order]; p < index->starts[order + 1]; p++) {
        uint32_t category = input->items[index->items[p]].category;

        for (; category != DYN_NONE && last[category] != order + 1;
             category = input->categories[category].parent) {
            last[category] = order + 1;
            if (orders == NULL) {
                starts[category + 2]++;
            } else {
                orders[starts[category + 1]++] = order;
            }
        }
    }
}

static bool make_categories(const index_t *index, dyn_bought_with_t *by_category)
{
    uint32_t count = index->input->category_count;
    uint32_t *starts = calloc((size_t)count + 2, sizeof(*starts));
    uint32_t *last = calloc((size_t)count + 1, sizeof(*last));
    uint32_t *orders = NULL;
    size_t total = 0;
    bool made = starts != NULL && last != NULL;

    for (uint32_t order = 0; made && order < index->order_count; order++) {
        put_categories(index, order, last, starts, NULL);
    }
    for (uint32_t c = 0; made && c < count; c++) {
        total += starts[c + 2];
    }
    for (uint32_t c = 2; made && c <= count; c++) {
        starts[c] += starts[c - 1];
    }
    if (made) {
        memset(last, 0, (size_t)count * sizeof(*last));
        orders = malloc((total + 1) * sizeof(*orders));
        made = orders != NULL;
    }
    for (uint32_t order = 0; made && order < index->order_count; order++) {
        put_categories(index, order, last, starts, orders);
    }

    owners_t owners = {index, count, starts, orders, true};

    made = made && make_lists(&owners, by_category);
    free(starts);
    free(last);
    free(orders);

    return made;
}

bool dyn_bought_with_make(const dyn_bought_with_input_t *input, dyn_bought_with_t *by_item,
                          dyn_bought_with_t *by_category)
{
    index_t index = {.input = input};

    memset(by_item, 0, sizeof(*by_item));
    memset(by_category, 0, sizeof(*by_category));

    bool made = index_make(&index);
    owners_t items = {&index, input->item_count, index.item_starts, index.orders, false};

    made = made && make_lists(&items, by_item) && make_categories(&index, by_category);
    index_free(&index);
    if (!made) {
        dyn_bought_with_free(by_item);
        dyn_bought_with_free(by_category);
    }

    return made;
}

/* ---- of which categories several items are taken at once ---- */

bool dyn_several_make(const dyn_bought_with_input_t *input, bool *several)
{
    index_t index = {.input = input};
    uint32_t *orders = calloc((size_t)input->category_count + 1, sizeof(*orders));
    uint32_t *multiple = calloc((size_t)input->category_count + 1, sizeof(*multiple));
    bool made = orders != NULL && multiple != NULL && index_make(&index);

    for (uint32_t order = 0; made && order < index.order_count; order++) {
        for (uint32_t p = index.starts[order]; p < index.starts[order + 1]; p++) {
            const dyn_item_t *item = &input->items[index.items[p]];
            bool first = item->category != DYN_NONE, other = false;

            for (uint32_t k = index.starts[order]; k < index.starts[order + 1]; k++) {
                const dyn_item_t *beside = &input->items[index.items[k]];

                first = first && !(k < p && beside->category == item->category);
                other =
                    other || (beside->category == item->category && beside->group != item->group);
            }
            if (first) {
                orders[item->category]++;
                multiple[item->category] += other;
            }
        }
    }
    for (uint32_t c = 0; made && c < input->category_count; c++) {
        several[c] =
            orders[c] >= DYN_SEVERAL_ORDERS_MIN && multiple[c] >= DYN_SEVERAL_SHARE * orders[c];
    }
    index_free(&index);
    free(orders);
    free(multiple);

    return made;
}

void dyn_bought_with_free(dyn_bought_with_t *bought_with)
{
    dyn_lists_free(&bought_with->lists);
    free(bought_with->supports);
    memset(bought_with, 0, sizeof(*bought_with));
}

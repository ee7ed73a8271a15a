#include "cli/train/range.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/limits.h"

static const double day_ms = 86400000.0;
static const double newness_share = 0.6;
static const double stock_share = 0.4;

/* What an item is told from others by, the more important first. */
enum { BY_TOP, BY_AUDIENCE, BY_CATEGORY, BY_BRAND, BY_COUNT };

typedef struct {
    float worth; /* below 0: never shown */
    bool complete;
    uint32_t of[BY_COUNT];
} facts_t;

typedef struct {
    const dyn_range_input_t *input;
    facts_t *facts;
    uint32_t *chosen[BY_COUNT]; /* how often so far */
    bool *taken;                /* by group */
} work_t;

static uint32_t known(uint32_t number, uint32_t count)
{
    return number == DYN_NONE ? count : number;
}

static uint32_t top_of(const dyn_item_terms_input_t *catalogue, uint32_t category)
{
    while (category != DYN_NONE && catalogue->categories[category].parent != DYN_NONE) {
        category = catalogue->categories[category].parent;
    }

    return category;
}

static uint32_t audience_of(const dyn_item_terms_input_t *catalogue, const dyn_item_t *item)
{
    for (uint32_t i = 0; i < item->traits_count; i++) {
        uint32_t trait = catalogue->item_traits[item->traits_start + i];

        if (dyn_str_equal(dyn_item_terms_string(catalogue, catalogue->traits[trait].name),
                          DYN_STR("audience"))) {
            return trait;
        }
    }

    return DYN_NONE;
}

static float worth_of(const work_t *work, const dyn_item_t *item, int32_t stock_max)
{
    double age_days = (double)(work->input->as_of_ms - item->created_ms) / day_ms;
    double newness =
        item->created_ms == 0 ? 0 : exp2(-fmax(age_days, 0) / DYN_RANGE_HALF_LIFE_DAYS);
    double stocked = item->stock < 0 ? 0.5 : log1p(item->stock) / log1p(stock_max);

    return (float)(newness_share * newness + stock_share * stocked);
}

static void find_facts(work_t *work)
{
    const dyn_range_input_t *input = work->input;
    const dyn_item_terms_input_t *catalogue = &input->catalogue;
    int32_t stock_max = 1;

    for (uint32_t i = 0; i < catalogue->item_count; i++) {
        if (catalogue->items[i].stock > stock_max) {
            stock_max = catalogue->items[i].stock;
        }
    }
    for (uint32_t i = 0; i < catalogue->item_count; i++) {
        const dyn_item_t *item = &catalogue->items[i];
        bool shown = input->offered[i] && (item->flags & DYN_ITEM_IN_CATALOGUE) != 0 &&
                     item->stock != 0 && item->title != 0;

        work->facts[i] = (facts_t){
            .worth = shown ? worth_of(work, item, stock_max) : -1,
            .complete = item->image != 0 && item->url != 0,
            .of = {known(top_of(catalogue, item->category), input->category_count),
                   known(audience_of(catalogue, item), input->trait_count),
                   known(item->category, input->category_count),
                   known(item->brand, input->brand_count)},
        };
    }
}

/* Whether a comes before b, which may be DYN_NONE. */
static bool goes_before(const work_t *work, uint32_t a, uint32_t b)
{
    if (b == DYN_NONE) {
        return true;
    }

    const facts_t *one = &work->facts[a], *other = &work->facts[b];

    if (one->complete != other->complete) {
        return one->complete;
    }
    for (size_t by = 0; by < BY_COUNT; by++) {
        uint32_t count = work->chosen[by][one->of[by]];
        uint32_t other_count = work->chosen[by][other->of[by]];

        if (count != other_count) {
            return count < other_count;
        }
    }

    return one->worth > other->worth || (one->worth == other->worth && a < b);
}

static void mark(work_t *work, uint32_t item, bool taken)
{
    work->taken[work->input->catalogue.items[item].group] = taken;
    for (size_t by = 0; by < BY_COUNT; by++) {
        uint32_t *chosen = &work->chosen[by][work->facts[item].of[by]];

        *chosen = taken ? *chosen + 1 : *chosen - 1;
    }
}

/* Fills `list`, at most `max`, from these items. Returns how many. */
static uint32_t choose(work_t *work, const uint32_t *items, uint32_t count, uint32_t max,
                       dyn_edge_t *list)
{
    uint32_t chosen = 0;

    while (chosen < max) {
        uint32_t best = DYN_NONE;

        for (uint32_t i = 0; i < count; i++) {
            if (!work->taken[work->input->catalogue.items[items[i]].group] &&
                goes_before(work, items[i], best)) {
                best = items[i];
            }
        }
        if (best == DYN_NONE) {
            break;
        }
        mark(work, best, true);
        list[chosen++].item = best;
    }
    for (uint32_t i = 0; i < chosen; i++) {
        list[i].weight = (float)(chosen - i) / (float)chosen;
        mark(work, list[i].item, false);
    }

    return chosen;
}

/* The items that may be shown of each category and those below it. */
typedef struct {
    uint32_t *starts;
    uint32_t *items;
} buckets_t;

static bool fill_buckets(const work_t *work, buckets_t *buckets)
{
    const dyn_item_terms_input_t *catalogue = &work->input->catalogue;
    uint32_t count = work->input->category_count;

    buckets->starts = calloc((size_t)count + 2, sizeof(uint32_t));
    if (buckets->starts == NULL) {
        return false;
    }
    /* counted one further on, so that filling in moves the starts to where they belong */
    for (int round = 0; round < 2; round++) {
        for (uint32_t i = 0; i < catalogue->item_count; i++) {
            for (uint32_t c = work->facts[i].worth < 0 ? DYN_NONE : catalogue->items[i].category;
                 c != DYN_NONE; c = catalogue->categories[c].parent) {
                if (round == 0) {
                    buckets->starts[c + 2]++;
                } else {
                    buckets->items[buckets->starts[c + 1]++] = i;
                }
            }
        }
        if (round == 0) {
            for (uint32_t c = 1; c <= count; c++) {
                buckets->starts[c + 1] += buckets->starts[c];
            }
            buckets->items = malloc(((size_t)buckets->starts[count + 1] + 1) * sizeof(uint32_t));
            if (buckets->items == NULL) {
                return false;
            }
        }
    }

    return true;
}

static bool make_all(work_t *work, dyn_top_t *all)
{
    uint32_t items = work->input->catalogue.item_count, count = 0;
    uint32_t *shown = malloc(((size_t)items + 1) * sizeof(uint32_t));

    *all = (dyn_top_t){malloc(DYN_POPULAR_MAX * sizeof(dyn_edge_t)), 0, DYN_POPULAR_MAX};
    for (uint32_t i = 0; shown != NULL && i < items; i++) {
        if (work->facts[i].worth >= 0) {
            shown[count++] = i;
        }
    }
    if (shown != NULL && all->edges != NULL) {
        all->count = choose(work, shown, count, all->room, all->edges);
    }
    free(shown);

    return shown != NULL && all->edges != NULL;
}

static bool make_by_category(work_t *work, dyn_lists_t *lists)
{
    uint32_t count = work->input->category_count;
    buckets_t buckets = {0};
    bool made = fill_buckets(work, &buckets);

    lists->starts = calloc((size_t)count + 1, sizeof(uint32_t));
    lists->edges = malloc(((size_t)count * DYN_RANGE_PER_CATEGORY_MAX + 1) * sizeof(dyn_edge_t));
    made = made && lists->starts != NULL && lists->edges != NULL;
    for (uint32_t c = 0; made && c < count; c++) {
        lists->edge_count += choose(work, buckets.items + buckets.starts[c],
                                    buckets.starts[c + 1] - buckets.starts[c],
                                    DYN_RANGE_PER_CATEGORY_MAX, lists->edges + lists->edge_count);
        lists->starts[c + 1] = lists->edge_count;
    }
    free(buckets.starts);
    free(buckets.items);

    return made;
}

bool dyn_range_make(const dyn_range_input_t *input, dyn_range_lists_t *range)
{
    uint32_t items = input->catalogue.item_count;
    const uint32_t counts[BY_COUNT] = {input->category_count, input->trait_count,
                                       input->category_count, input->brand_count};
    work_t work = {
        .input = input,
        .facts = malloc(((size_t)items + 1) * sizeof(facts_t)),
        .taken = calloc((size_t)items + 1, sizeof(bool)),
    };
    bool made = work.facts != NULL && work.taken != NULL;

    memset(range, 0, sizeof(*range));
    for (size_t by = 0; by < BY_COUNT; by++) {
        work.chosen[by] = calloc((size_t)counts[by] + 1, sizeof(uint32_t));
        made = made && work.chosen[by] != NULL;
    }
    if (made) {
        find_facts(&work);
        made = make_all(&work, &range->all) && make_by_category(&work, &range->by_category);
    }
    for (size_t by = 0; by < BY_COUNT; by++) {
        free(work.chosen[by]);
    }
    free(work.facts);
    free(work.taken);

    return made;
}

void dyn_range_free(dyn_range_lists_t *range)
{
    free(range->all.edges);
    dyn_lists_free(&range->by_category);
    memset(range, 0, sizeof(*range));
}

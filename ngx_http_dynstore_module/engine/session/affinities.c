/* What a session likes: categories, brands, traits. engine/session/session.h has the formulas. */
#include "engine/catalogue/traits.h"
#include "engine/session/fold.h"

enum {
    categories_max = 2 * DYN_FOLD_ITEMS_MAX * DYN_CATEGORY_DEPTH_MAX,
    brands_max = 2 * DYN_FOLD_ITEMS_MAX,
    deepest_max = 2 * DYN_FOLD_ITEMS_MAX,
    /* an item has many traits: those of older items, which hardly count, and what is too much is not looked at */
    trait_items_max = 24,
    traits_of_item_max = 64,
    traits_max = 1024
};
_Static_assert((categories_max & (categories_max - 1)) == 0 && (brands_max & (brands_max - 1)) == 0,
               "places are a power of two");
_Static_assert(DYN_FOLD_ITEMS_MAX >= DYN_HISTORY_EVENTS_MAX, "there is room for earlier items");

/* What is known of a category, brand or trait. */
typedef struct {
    double sum;     /* of interest, halved from level to level */
    double whole;   /* the same, not halved */
    uint32_t items; /* with some interest */
} total_t;

static inline __attribute__((always_inline)) void add_to(dyn_places_t *places, total_t *totals,
                                                         uint32_t key, double sum, double whole,
                                                         uint32_t items)
{
    bool added;
    total_t *total = &totals[dyn_place_of(places, key, &added)];

    if (added) {
        *total = (total_t){0, 0, 0};
    }
    total->sum += sum;
    total->whole += whole;
    total->items += whole > 0 ? items : 0;
}

/* How surely the session is after it, and does not just see much of it because there is much of it. */
static float evidence_of(const total_t *total, double everything, double base)
{
    double share = total->whole / everything;
    double more = base < 1 ? (share - base) / (1 - base) : 0;

    return more > 0 ? (float)((total->items - 1) / (double)total->items * more) : 0;
}

typedef uint32_t (*items_of_t)(const dyn_snapshot_t *snapshot, uint32_t index);

static uint32_t items_of_category(const dyn_snapshot_t *snapshot, uint32_t category)
{
    return snapshot->category_items[category];
}

static uint32_t items_of_brand(const dyn_snapshot_t *snapshot, uint32_t brand)
{
    return snapshot->brand_items[brand];
}

static uint32_t items_of_trait(const dyn_snapshot_t *snapshot, uint32_t trait)
{
    return snapshot->traits[trait].item_count;
}

/* The strongest of them, divided by the strongest or by `least`; ties by index. items_of: how many of the catalogue have it. */
static uint32_t strongest(const dyn_fold_t *fold, const dyn_places_t *places, const total_t *totals,
                          double everything, double least, items_of_t items_of,
                          dyn_affinity_t *affinities)
{
    uint32_t best[DYN_FOLD_AFFINITIES_MAX];
    double sums[DYN_FOLD_AFFINITIES_MAX];
    uint32_t count = 0;

    for (uint32_t place = 0; place < places->count; place++) {
        double sum = totals[place].sum;
        uint32_t at = count;

        if (count == DYN_FOLD_AFFINITIES_MAX && sum < sums[count - 1]) {
            continue;
        }
        while (at > 0 && (sums[at - 1] < sum || (sums[at - 1] == sum && places->keys[best[at - 1]] >
                                                                            places->keys[place]))) {
            at--;
        }
        if (at == DYN_FOLD_AFFINITIES_MAX) {
            continue;
        }
        count += count < DYN_FOLD_AFFINITIES_MAX;
        for (uint32_t i = count - 1; i > at; i--) {
            best[i] = best[i - 1];
            sums[i] = sums[i - 1];
        }
        best[at] = place;
        sums[at] = sum;
    }

    /* after an endless pause nothing of an interest is left */
    if (count == 0 || !(sums[0] > 0)) {
        return 0;
    }

    double largest = sums[0] > least ? sums[0] : least;

    for (uint32_t i = 0; i < count; i++) {
        const total_t *total = &totals[best[i]];
        uint32_t index = places->keys[best[i]];
        double base =
            (double)items_of(fold->snapshot, index) / (double)fold->snapshot->catalogue_items;

        affinities[i] = (dyn_affinity_t){index, (float)(total->sum / largest),
                                         evidence_of(total, everything, base)};
    }

    return count;
}

/* By how much what earlier visits left is multiplied, so that together it is a share of this session's interests. */
static double earlier_scale(const dyn_fold_t *fold, double own)
{
    double earlier = 0;
    uint32_t items = fold->session->recent_count;

    if (items >= DYN_FOLD_OWN_ITEMS_ENOUGH) {
        return 0;
    }
    for (uint32_t i = 0; i < fold->earlier_count; i++) {
        earlier += fold->earlier_interests[i];
    }

    return earlier > 0 ? DYN_FOLD_EARLIER_SHARE * (1 - (double)items / DYN_FOLD_OWN_ITEMS_ENOUGH) *
                             (own > 0 ? own : 1) / earlier
                       : 0;
}

typedef struct {
    dyn_places_t categories;
    dyn_places_t brands;
    total_t category_totals[categories_max];
    total_t brand_totals[brands_max];
} likes_t;

static inline void add_item(const dyn_item_t *item, double interest, likes_t *likes)
{
    if (item->category != DYN_NONE) {
        add_to(&likes->categories, likes->category_totals, item->category, interest, interest, 1);
    }
    if (item->brand != DYN_NONE) {
        add_to(&likes->brands, likes->brand_totals, item->brand, interest, interest, 1);
    }
}

/* An item is in its deepest category only: what that has, those above it get. */
static void add_parents(const dyn_snapshot_t *snapshot, likes_t *likes)
{
    total_t deepest[deepest_max];
    uint32_t count = likes->categories.count;

    for (uint32_t place = 0; place < count; place++) {
        deepest[place] = likes->category_totals[place];
    }
    for (uint32_t place = 0; place < count; place++) {
        const total_t *total = &deepest[place];
        uint32_t category = snapshot->categories[likes->categories.keys[place]].parent;
        double sum = total->sum / 2;

        for (unsigned depth = 1; category != DYN_NONE && depth < DYN_CATEGORY_DEPTH_MAX; depth++) {
            add_to(&likes->categories, likes->category_totals, category, sum, total->whole,
                   total->items);
            category = snapshot->categories[category].parent;
            sum /= 2;
        }
    }
}

static void add_traits(const dyn_snapshot_t *snapshot, uint32_t item, double interest,
                       dyn_places_t *places, total_t *totals)
{
    dyn_numbers_t traits = dyn_item_traits(snapshot, item);

    for (uint32_t i = 0; i < traits.count && i < traits_of_item_max && places->count < traits_max;
         i++) {
        add_to(places, totals, traits.numbers[i], interest, interest, 1);
    }
}

/* The same of traits; scale: of what earlier visits left. */
static bool fold_traits(dyn_fold_t *fold, double scale, double least)
{
    dyn_session_t *session = fold->session;
    dyn_places_t places;
    total_t totals[traits_max];
    uint32_t count =
        session->recent_count < trait_items_max ? session->recent_count : trait_items_max;
    uint32_t earlier = scale > 0 ? fold->earlier_count : 0;
    uint32_t most = 0;
    uint32_t room = 1;
    double everything = 0;

    for (uint32_t i = 0; i < count; i++) {
        most += dyn_item_traits(fold->snapshot, session->recent[i].item).count;
    }
    for (uint32_t i = 0; i < earlier; i++) {
        most += dyn_item_traits(fold->snapshot, fold->earlier[i]).count;
    }
    if (most == 0) {
        return true;
    }
    while (room < most && room < traits_max) {
        room *= 2;
    }
    if (!dyn_places_init(&places, room, fold->arena)) {
        return false;
    }

    for (uint32_t i = 0; i < count; i++) {
        everything += fold->interests[i];
        add_traits(fold->snapshot, session->recent[i].item, fold->interests[i], &places, totals);
    }
    for (uint32_t i = 0; i < earlier; i++) {
        everything += fold->earlier_interests[i] * scale;
        add_traits(fold->snapshot, fold->earlier[i], fold->earlier_interests[i] * scale, &places,
                   totals);
    }
    session->trait_count = strongest(fold, &places, totals, everything > least ? everything : least,
                                     least, items_of_trait, session->traits);

    return true;
}

bool dyn_fold_affinities(dyn_fold_t *fold)
{
    const dyn_snapshot_t *snapshot = fold->snapshot;
    dyn_session_t *session = fold->session;
    likes_t likes;
    uint32_t items = session->recent_count + fold->earlier_count;
    uint32_t room = DYN_CATEGORY_DEPTH_MAX;
    double everything = 0;

    while (room < items * DYN_CATEGORY_DEPTH_MAX) {
        room *= 2;
    }
    if (!dyn_places_init(&likes.categories, room, fold->arena) ||
        !dyn_places_init(&likes.brands, room / DYN_CATEGORY_DEPTH_MAX, fold->arena)) {
        return false;
    }

    for (uint32_t i = 0; i < session->recent_count; i++) {
        everything += fold->interests[i];
        add_item(&snapshot->items[session->recent[i].item], fold->interests[i], &likes);
    }

    double scale = earlier_scale(fold, everything);
    /* what earlier visits alone tell is never as strong as what this one does */
    double least = everything > 0 ? 0 : 1;

    for (uint32_t i = 0; i < fold->earlier_count && scale > 0; i++) {
        add_item(&snapshot->items[fold->earlier[i]], fold->earlier_interests[i] * scale, &likes);
        everything += fold->earlier_interests[i] * scale;
    }
    add_parents(snapshot, &likes);
    everything = everything > least ? everything : least;

    session->category_count = strongest(fold, &likes.categories, likes.category_totals, everything,
                                        least, items_of_category, session->categories);
    session->brand_count = strongest(fold, &likes.brands, likes.brand_totals, everything, least,
                                     items_of_brand, session->brands);

    return fold_traits(fold, scale, least);
}

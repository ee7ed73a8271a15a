#include "random_shop.h"

#include <string.h>

static uint64_t random_state;

void random_begin(uint64_t seed)
{
    random_state = seed;
}

uint32_t below(uint32_t bound)
{
    random_state = random_state * 6364136223846793005U + 1442695040888963407U;

    return (uint32_t)((random_state >> 33) % bound);
}

shop_t *random_shop(uint64_t seed)
{
    shop_t *shop = shop_new(RANDOM_ITEMS);
    uint32_t categories[RANDOM_CATEGORIES], brands[RANDOM_BRANDS], tags[RANDOM_TAGS];
    uint32_t gold = shop_trait(shop, "only_for_tier", "gold");

    random_begin(seed);
    for (uint32_t i = 0; i < RANDOM_TAGS; i++) {
        char name[3] = {'t', (char)('a' + i), '\0'};

        tags[i] = shop_trait(shop, "tag", name);
    }
    for (uint32_t i = 0; i < RANDOM_CATEGORIES; i++) {
        char name[3] = {'C', (char)('a' + i), '\0'};

        categories[i] = shop_category(shop, name, i < 4 ? DYN_NONE : categories[below(4)]);
    }
    for (uint32_t i = 0; i < RANDOM_BRANDS; i++) {
        char name[3] = {'B', (char)('a' + i), '\0'};

        brands[i] = shop_brand(shop, name);
    }
    for (uint32_t i = 0; i < RANDOM_ITEMS; i++) {
        dyn_item_t *item = shop_item(shop, i);

        item->category = below(5) == 0 ? DYN_NONE : categories[below(RANDOM_CATEGORIES)];
        item->brand = below(5) == 0 ? DYN_NONE : brands[below(8)];
        item->stock = below(6) == 0 ? 0 : (int32_t)below(20) - 1;
        item->age_min = below(10) == 0 ? 18 : 0;
        item->flags = below(10) == 0 ? 0 : DYN_ITEM_IN_CATALOGUE;
        if (i > 0 && below(4) == 0) {
            item->group = shop_item(shop, i - 1)->group;
        }
        if (below(15) == 0) {
            shop_has(shop, i, gold);
        }
        for (uint32_t k = 0; k < RANDOM_TAGS; k++) {
            if (below(8) == 0) {
                shop_has(shop, i, tags[k]);
            }
        }
        if (below(8) == 0) {
            shop_countries(shop, i, "DECH", below(2) == 0);
        }
        for (uint32_t k = 0; k < 4 && below(3) == 0; k++) {
            shop_compatible(shop, i, below(RANDOM_ITEMS));
        }
        for (int list = SHOP_NEIGHBOURS; list <= SHOP_SIMILAR; list++) {
            uint32_t edges = below(DYN_EDGES_PER_ITEM_MAX);

            for (uint32_t k = 0; k < edges; k++) {
                uint32_t other = below(RANDOM_ITEMS);

                if (other != i) {
                    shop_edge(shop, (shop_list_t)list, i, other, 1.0F / (float)(k + 1));
                }
            }
        }
    }
    for (uint32_t k = 0; k < 200; k++) {
        shop_edge(shop, SHOP_POPULAR, 0, below(RANDOM_ITEMS), 1.0F / (float)(k + 1));
        shop_edge(shop, SHOP_TRENDING, 0, below(RANDOM_ITEMS), 1.0F / (float)(k + 1));
    }
    for (uint32_t i = 0; i < RANDOM_CATEGORIES; i++) {
        for (uint32_t k = 0; k < 30; k++) {
            shop_edge(shop, SHOP_CATEGORY_POPULAR, i, below(RANDOM_ITEMS), 1.0F / (float)(k + 1));
        }
    }

    return shop;
}

static char item_id[16];
static dyn_slot_t slots[4];
static uint32_t last_good_items[DYN_SLOT_ITEMS_MAX];
static dyn_last_good_slot_t last_good = {{"recs", 4}, last_good_items, DYN_SLOT_ITEMS_MAX};

void random_request(const dyn_snapshot_t *snapshot, deciding_t *deciding, visit_t *visit)
{
    static const dyn_slot_t known[] = {
        {{"recs", 4}, 8},        {{"bought_with", 11}, 4}, {{"recently_viewed", 15}, 6},
        {{"compatible", 10}, 3}, {{"popular", 7}, 24},     {{"similar", 7}, 5},
        {{"trending", 8}, 1},    {{"other", 5}, 24},
    };
    dyn_session_t *session = &visit->session;
    uint32_t page = below(RANDOM_ITEMS);

    memcpy(item_id, dyn_snapshot_string(snapshot, snapshot->items[page].id).data, 7);
    deciding_begin(deciding, (dyn_surface_t)below(DYN_SURFACES_COUNT),
                   below(8) == 0 ? "?" : item_id);
    if (deciding->request.slot_count == 0 || below(2) == 0) {
        for (uint32_t i = 0; i < 4; i++) {
            slots[i] = known[below(8)];
        }
        deciding->request.slots = slots;
        deciding->request.slot_count = below(4) + 1;
    }
    if (below(2) == 0) {
        memcpy(deciding->context.country, below(2) == 0 ? "DE" : "FR", 3);
    }
    deciding->context.age = below(2) == 0 ? 0 : 30;
    for (uint32_t i = 0; i < DYN_SLOT_ITEMS_MAX; i++) {
        last_good_items[i] = below(RANDOM_ITEMS + 20);
    }
    deciding->request.last_good = &last_good;
    deciding->request.last_good_count = below(2);

    visit_begin(visit);
    for (uint32_t i = below(30); i-- > 0;) {
        visit_views(visit, below(RANDOM_ITEMS));
    }
    for (uint32_t i = below(5); i-- > 0;) {
        visit_adds(visit, below(RANDOM_ITEMS));
    }
    for (uint32_t i = below(5); i-- > 0;) {
        visit_buys(visit, below(RANDOM_ITEMS));
    }
    for (uint32_t i = 0; i < 4; i++) {
        session->categories[i] =
            (dyn_affinity_t){below(RANDOM_CATEGORIES), 1.0F / (float)(i + 1), 0};
        session->brands[i] = (dyn_affinity_t){below(8), 1.0F / (float)(i + 1), 0};
    }
    session->category_count = session->brand_count = 4;
    session->price_low = 850;
    session->price_high = below(2) == 0 ? 0 : 1400;
    deciding->request.session = below(4) == 0 ? NULL : session;
}

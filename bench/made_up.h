/* A made-up shop and its shoppers, for the benches of the decision. The same numbers give the same shop. */
#ifndef BENCH_MADE_UP_H
#define BENCH_MADE_UP_H

#include <stdio.h>
#include <string.h>

#include "deciding.h"
#include "engine/events/text.h"
#include "shop.h"

enum { CATEGORIES = 400, BRANDS = 200, EVENTS = 64 };

static uint64_t random_state = 42;

static uint32_t below(uint32_t bound)
{
    random_state = random_state * 6364136223846793005U + 1442695040888963407U;

    return (uint32_t)((random_state >> 33) % bound);
}

/* 32 neighbours and 8 bought-with items for each item. The first `tags` * `pieces` items have a tag each. */
static const dyn_snapshot_t *made_up_shop(uint32_t items, uint32_t tags, uint32_t pieces)
{
    shop_t *shop = shop_new(items);
    uint32_t numbers[tags + 1];
    char name[24];

    for (uint32_t i = 0; i < CATEGORIES; i++) {
        snprintf(name, sizeof(name), "Category %u", i);
        shop_category(shop, name, i < 20 ? DYN_NONE : i % 20);
        for (uint32_t k = 0; k < 32; k++) {
            shop_edge(shop, SHOP_CATEGORY_POPULAR, i, below(items), 1.0F / (float)(k + 1));
        }
    }
    for (uint32_t i = 0; i < BRANDS; i++) {
        snprintf(name, sizeof(name), "Brand %u", i);
        shop_brand(shop, name);
    }
    for (uint32_t i = 0; i < tags; i++) {
        snprintf(name, sizeof(name), "tag %03u", i);
        numbers[i] = shop_trait(shop, "tag", name);
    }
    for (uint32_t i = 0; i < items; i++) {
        shop_item(shop, i)->category = below(CATEGORIES);
        shop_item(shop, i)->brand = below(BRANDS);
        shop_item(shop, i)->stock = (int32_t)below(30);
        if (i < tags * pieces) {
            shop_has(shop, i, numbers[i % tags]);
        }
        for (uint32_t k = 0; k < 32; k++) {
            shop_edge(shop, SHOP_NEIGHBOURS, i, (i + 1 + below(items / 4)) % items,
                      1.0F / (float)(k + 1));
        }
        for (uint32_t k = 0; k < 8; k++) {
            shop_edge(shop, SHOP_BOUGHT_WITH, i, (i + 1 + below(items / 4)) % items,
                      1.0F / (float)(k + 1));
        }
    }
    for (uint32_t k = 0; k < DYN_POPULAR_MAX; k++) {
        shop_edge(shop, SHOP_POPULAR, 0, below(items), 1.0F / (float)(k + 1));
    }

    return shop_open(shop);
}

/* A shopper's log, newest first, as Redis gives it. */
static void make_log(const dyn_snapshot_t *snapshot, dyn_str_t *log)
{
    for (uint32_t i = 0; i < EVENTS; i++) {
        static const dyn_event_type_t types[] = {DYN_EVENT_VIEW_ITEM, DYN_EVENT_VIEW_ITEM,
                                                 DYN_EVENT_SELECT_ITEM, DYN_EVENT_ADD_TO_CART};
        dyn_event_t event = {
            .type = types[below(4) % (i % 8 == 0 ? 4 : 3)],
            .time_ms = DECIDING_NOW_MS - 5000 * (int64_t)i,
            .item_id =
                dyn_snapshot_string(snapshot, snapshot->items[below(snapshot->item_count)].id),
            .quantity = 1,
            .price_minor = -1,
        };
        char text[DYN_EVENT_TEXT_BYTES_MAX];
        size_t length = dyn_event_encode(&event, text, sizeof(text));

        log[i] = (dyn_str_t){strndup(text, length), length};
    }
}

#endif

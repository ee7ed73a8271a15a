/* Shops and requests at random, for tests of what holds for all of them. */
#ifndef RANDOM_SHOP_H
#define RANDOM_SHOP_H

#include "deciding.h"
#include "shop.h"

enum { RANDOM_ITEMS = 300, RANDOM_CATEGORIES = 12, RANDOM_BRANDS = 8, RANDOM_TAGS = 6 };

/* A number below the bound; random_begin() starts anew. */
void random_begin(uint64_t seed);
uint32_t below(uint32_t bound);
/*
 * Everything at random: categories, brands, tags, groups, stock, restrictions, lists. Names of categories are Ca, Cb ..., of brands Ba,
 * Bb ..., of tags ta, tb ...
 */
shop_t *random_shop(uint64_t seed);
/* A page, its slots, its visitor and what was seen last, at random. */
void random_request(const dyn_snapshot_t *snapshot, deciding_t *deciding, visit_t *visit);

#endif

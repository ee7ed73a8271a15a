/* Shopify's metafields as attributes. Their types: shopify.dev/docs/apps/build/metafields/list-of-data-types. */
#ifndef DYN_FEED_METAFIELD_H
#define DYN_FEED_METAFIELD_H

#include <jansson.h>
#include <stdbool.h>

#include "engine/base/types.h"

/*
 * Adds a metafield to an item or variant as the attribute `key`. A list gives all its values, a measurement is "159 cm", an amount
 * "19.90 USD", a rating its value, true "yes" and false nothing. `type` may be "" : then the value's form tells. False where
 * something is no attribute and left out: what refers to other objects, addresses, JSON, rich text, an empty name.
 */
bool dyn_metafield_add(json_t *object, dyn_str_t key, dyn_str_t type, dyn_str_t value);

#endif

/* Ids of items, carts and checkouts, as they come from outside. */
#ifndef DYN_ITEM_ID_H
#define DYN_ITEM_ID_H

#include "engine/base/types.h"

/*
 * Checks an id from outside: 1 to DYN_ITEM_ID_BYTES_MAX bytes, valid UTF-8, no control bytes. Strips `gid://shopify/.../`, as often as it
 * stands there.
 */
bool dyn_item_id_normalize(dyn_str_t id, dyn_str_t *normalized);

/*
 * The same for what names a cart or a checkout, of at most DYN_CART_TOKEN_BYTES_MAX bytes: pages and orders write it in several ways.
 * Strips also what follows a question mark (`gid://shopify/Cart/TOKEN?key=...`).
 */
bool dyn_cart_token_normalize(dyn_str_t token, dyn_str_t *normalized);

#endif

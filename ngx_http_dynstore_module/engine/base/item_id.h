/* Ids of items, as they come from outside. */
#ifndef DYN_ITEM_ID_H
#define DYN_ITEM_ID_H

#include "engine/base/types.h"

/* Checks an id from outside: 1 to DYN_ITEM_ID_BYTES_MAX bytes, valid UTF-8, no control bytes. Strips `gid://shopify/.../`. */
bool dyn_item_id_normalize(dyn_str_t id, dyn_str_t *normalized);

#endif

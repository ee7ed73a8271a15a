/*
 * Exports that no reader knows: a file says which of their columns, or which members of their JSON objects, is which field of ours
 * (docs/imports.md). Each row, or object, is one product.
 */
#ifndef DYN_FEED_MAP_H
#define DYN_FEED_MAP_H

#include "cli/feed/reader.h"

/* NULL with a sentence that names the file and the member. Free it with dyn_feed_map_free(), which takes NULL. */
dyn_feed_map_t *dyn_feed_map_read(const char *path, dyn_error_t *error);
void dyn_feed_map_free(dyn_feed_map_t *map);

/* The settings with what the map says of them, where they say nothing themselves. */
dyn_feed_settings_t dyn_feed_map_settings(const dyn_feed_settings_t *settings);

/* Read the rows of a table to the end, and one object, as settings->map has it; false when reading has to end. */
bool dyn_feed_map_rows(dyn_feed_t *feed, dyn_rows_t *rows);
bool dyn_feed_map_value(dyn_feed_t *feed, const json_t *value, uint64_t line);

#endif

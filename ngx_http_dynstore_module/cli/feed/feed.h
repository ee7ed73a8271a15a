/*
 * A catalogue from files as shops have them: our JSON Lines, and exports of shops and marketplaces, told by their content. What each
 * is read as: docs/imports.md.
 */
#ifndef DYN_FEED_H
#define DYN_FEED_H

#include "cli/base/faults.h"
#include "cli/input/catalog.h"

/* Which column is which field of ours: cli/feed/map.h. */
typedef struct dyn_feed_map_s dyn_feed_map_t;

/* What exports do not say of themselves. */
typedef struct {
    const char *currency;  /* of prices without one, "EUR"; NULL: such a price is a fault */
    const char *item_url;  /* of items without a URL, "/products/{handle}"; NULL: theirs of the format */
    const char *language;  /* of texts, "de"; NULL: not known */
    char decimal;          /* '.' or ',' ; 0: told by the form of each price */
    dyn_feed_map_t *map;   /* of files that no reader knows; NULL: none. Whoever set it frees it. */
} dyn_feed_settings_t;

/*
 * Reads a file into the catalogue; after the last one dyn_catalog_settle() is to be called, and `path` must live until then. Bad
 * lines are faults. False with a sentence in faults->error when reading ended early. *format gets the format's name; may be NULL.
 */
bool dyn_feed_read(const char *path, const dyn_feed_settings_t *settings, dyn_catalog_t *catalog,
                   dyn_faults_t *faults, const char **format);

#endif

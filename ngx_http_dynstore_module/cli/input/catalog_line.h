/* Lines of a catalogue, as JSON objects, checked and taken into it. docs/catalog.md */
#ifndef DYN_CATALOG_LINE_H
#define DYN_CATALOG_LINE_H

#include "cli/base/faults.h"
#include "cli/input/catalog.h"
#include "cli/input/json_load.h"

/* What a file calls a field of ours: faults name what the file has. Ended by a row of NULL. */
typedef struct {
    const char *field, *name;
} dyn_catalog_name_t;

/* Where lines come from, and where they go. */
typedef struct {
    const char *path;
    dyn_catalog_t *catalog;
    dyn_faults_t *faults;
    const dyn_catalog_name_t *names; /* NULL: the file's fields have our names */
} dyn_catalog_source_t;

/*
 * An item, a content or a bundle. One that is wrong is a fault and leaves nothing in the catalogue. `loaded`: how its JSON was
 * read, NULL where it was none. False with a sentence in faults->error when reading has to end.
 */
bool dyn_catalog_take(dyn_catalog_source_t *source, const json_t *object, uint64_t line,
                      const dyn_json_loaded_t *loaded);

/*
 * A variant that has a line of its own: {"id", "title", "price", "sale_price", "currency", "stock", "aliases", "image", and
 * traits as an item has them}. `parent` is an id or an alias of its item, which may come before or after it, or in another file.
 * The source's path must live until the catalogue is settled (catalog_settle.h).
 */
bool dyn_catalog_take_variant(dyn_catalog_source_t *source, dyn_str_t parent, const json_t *object,
                              uint64_t line);

/*
 * What a line of its own tells of an item or a variant: {"image", and traits as an item has them}. `owner` is an id or an alias of
 * it, which may come before or after it, or in another file. The source's path must live until the catalogue is settled.
 */
bool dyn_catalog_take_addition(dyn_catalog_source_t *source, dyn_str_t owner, const json_t *object,
                               uint64_t line);

#endif

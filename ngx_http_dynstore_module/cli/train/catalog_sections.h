/* From the catalogue to the snapshot's sections: items in the order of their ids, each text once. */
#ifndef DYN_CATALOG_SECTIONS_H
#define DYN_CATALOG_SECTIONS_H

#include "cli/input/catalog.h"
#include "cli/train/snapshot_writer.h"

typedef struct {
    uint32_t *item_numbers; /* by number in the catalogue: the item's number in the snapshot */
    dyn_item_t *items; /* popularity is 0: to be filled in */
    uint8_t *unrestricted; /* by item: dyn_item_unrestricted() */
    char *strings;
    uint64_t string_bytes;
    uint64_t hash_seed;
    dyn_hash_row_t *ids;
    uint64_t id_row_count;
    dyn_category_t *categories;
    dyn_hash_row_t *category_keys;
    uint64_t category_key_row_count;
    dyn_string_ref_t *brands;
    dyn_trait_t *traits;
    uint32_t *item_traits;
    dyn_item_details_t *details;
    dyn_string_ref_t *texts;
    dyn_alias_t *aliases;
    uint32_t *alias_variants; /* by alias: the number of the variant that has it; DYN_NONE */
    uint16_t *countries;
    uint32_t *compatible;
    dyn_variant_t *variants;
    dyn_bundle_t *bundles;
    uint32_t *bundle_items;
    dyn_bundle_text_t *bundle_texts;
    dyn_bundle_member_t *bundle_members;
    uint32_t bundles_left_out; /* an item of them is not in the catalogue, or there twice */
    uint32_t
        compatible_unknown; /* entries of compatible_with that name no item of the catalogue; left out */

    /* how many of each */
    uint32_t item_count;
    uint32_t category_count;
    uint32_t brand_count;
    uint32_t trait_count;
    uint32_t item_trait_count;
    uint32_t text_count;
    uint32_t alias_count;
    uint32_t country_count;
    uint32_t compatible_count;
    uint32_t variant_count;
    uint32_t bundle_count;
    uint32_t bundle_item_count;
    uint32_t bundle_text_count;
    bool any_details, any_alias_variants; /* else the section is not written */
} dyn_catalog_sections_t;

/* False with a sentence when memory is out or a limit of the format is passed. Free it in either case. */
bool dyn_catalog_sections_make(const dyn_catalog_t *catalog, dyn_catalog_sections_t *sections,
                               dyn_error_t *error);
/* The sections must stay until the writer is done. */
void dyn_catalog_sections_write(const dyn_catalog_sections_t *sections,
                                dyn_snapshot_writer_t *writer);
void dyn_catalog_sections_free(dyn_catalog_sections_t *sections);

#endif

/* How a snapshot is validated: first the frame (header, table, checksums), then what the sections say. Internal to the engine. */
#ifndef DYN_SNAPSHOT_VALIDATE_H
#define DYN_SNAPSHOT_VALIDATE_H

#include "engine/catalogue/snapshot.h"

typedef struct {
    dyn_snapshot_t *snapshot; /* its views are filled in by the frame */
    const char *name;         /* of the file, for sentences */
    uint64_t *string_starts;  /* one bit for 4 bytes of the strings section: a string begins here */
    dyn_error_t *error;
} dyn_snapshot_check_t;

/* Says "NAME: section "items": ..." and returns false. */
bool dyn_snapshot_refuse(const dyn_snapshot_check_t *check, uint32_t section, const char *format,
                         ...) __attribute__((format(printf, 3, 4)));

/*
 * One section's content. Called for each section of engine/catalogue/snapshot_contents.c's table, in its order, also when the file has no such
 * section (data is then NULL): the check itself says whether that is allowed.
 */
typedef bool (*dyn_snapshot_content_fn)(const dyn_snapshot_check_t *check,
                                        const dyn_section_view_t *section);

/* Whether the reference is the beginning of a string. The strings section has been checked before. */
bool dyn_snapshot_is_string(const dyn_snapshot_check_t *check, dyn_string_ref_t reference);

/* The checks of engine/catalogue/traits_check.c. */
bool dyn_check_traits(const dyn_snapshot_check_t *check, const dyn_section_view_t *section);
bool dyn_check_item_traits(const dyn_snapshot_check_t *check, const dyn_section_view_t *section);
bool dyn_check_texts(const dyn_snapshot_check_t *check, const dyn_section_view_t *section);
bool dyn_check_item_details(const dyn_snapshot_check_t *check, const dyn_section_view_t *section);
bool dyn_check_aliases(const dyn_snapshot_check_t *check, const dyn_section_view_t *section);
bool dyn_check_alias_variants(const dyn_snapshot_check_t *check, const dyn_section_view_t *section);
bool dyn_check_trait_items(const dyn_snapshot_check_t *check, const dyn_section_view_t *section);
bool dyn_check_brand_items(const dyn_snapshot_check_t *check, const dyn_section_view_t *section);
bool dyn_check_category_prices(const dyn_snapshot_check_t *check, const dyn_section_view_t *section);
/* engine/catalogue/bundles_check.c: the four sections of bundles together. */
bool dyn_check_bundles(const dyn_snapshot_check_t *check, const dyn_section_view_t *section);

/* Fills the snapshot's views from the memory and checks everything. */
bool dyn_snapshot_validate(dyn_snapshot_t *snapshot, const void *data, uint64_t length,
                           const char *name, dyn_error_t *error);
bool dyn_snapshot_validate_contents(dyn_snapshot_check_t *check);

#endif

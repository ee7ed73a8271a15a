/*
 * A snapshot: one immutable file with catalogue and models, mapped read-only, validated whole before its first use.
 *
 * After dyn_snapshot_open() succeeded no reader needs a check: every index is in bounds, every string terminated, every
 * weight finite, every list ordered. Readers may share it between threads. Opening costs one pass over the file.
 */
#ifndef DYN_SNAPSHOT_H
#define DYN_SNAPSHOT_H

#include "engine/catalogue/category_keys.h"
#include "engine/model/model.h"
#include "engine/catalogue/snapshot_format.h"
#include "engine/base/types.h"
#include "engine/base/limits.h"

typedef struct {
    const dyn_edge_t *edges; /* best first */
    uint32_t count;
} dyn_edges_t;

typedef struct {
    const void *data; /* NULL when the file has no such section */
    uint64_t length;  /* bytes */
    uint64_t count;   /* records */
} dyn_section_view_t;

typedef struct dyn_snapshot_s {
    const dyn_snapshot_header_t *header;
    char build_id[33]; /* hex */
    uint64_t bytes;
    uint64_t hash_seed; /* of the hash tables: it comes from the content, so that nobody can choose names that collide */

    const char *strings;
    const dyn_item_t *items;
    const uint8_t *items_unrestricted; /* by item: dyn_item_unrestricted(); NULL: the file does not tell */
    const dyn_category_t *categories;
    const dyn_string_ref_t *brands;
    /* counted when it is opened: items of the catalogue, of each category and those below it, of each brand */
    uint32_t *category_items;
    uint32_t *brand_items;
    dyn_edge_t *sales; /* engine/catalogue/sales.h */
    uint32_t sale_count;
    dyn_edge_t trending_categories[DYN_TRENDS_MAX], trending_brands[DYN_TRENDS_MAX]; /* engine/catalogue/trends.h */
    uint32_t trending_category_count, trending_brand_count;
    const dyn_variant_t *variants;
    const dyn_trait_t *traits;
    const uint32_t *item_traits;
    int64_t price_low; /* what is cheap in a usual part of the shop, minor units; 0: no price is known */
    const dyn_item_details_t *details; /* by item; NULL: nothing is told of any */
    const dyn_string_ref_t *texts;
    const dyn_alias_t *aliases;
    const uint32_t *alias_variants; /* by alias: the variant of its item that it names; DYN_NONE: the item. NULL: all name items */
    const uint16_t *countries; /* two ASCII capitals: first | second << 8 */
    const uint32_t *compatible;
    const dyn_bundle_t *bundles; /* engine/catalogue/bundles.h */
    dyn_model_t model; /* header NULL: the snapshot has none */
    char model_version[17]; /* hex of the checksums of its sections, "" without one: the same model, the same version */
    dyn_blend_t blend; /* the snapshot's own; no rows: it has none, the policy's hold */

    /* how many there are of each of these */
    uint32_t item_count;
    uint32_t category_count;
    uint32_t brand_count;
    uint32_t variant_count;
    uint32_t trait_count;
    uint32_t alias_count;
    uint32_t bundle_count;
    uint32_t audiences_start, audiences_end; /* the traits of the name "audience" */
    uint32_t only_for_start, only_for_end;   /* those of names that begin with "only_for_": for some visitors only */
    uint32_t audience_everybody;             /* that of the value "unisex"; DYN_NONE: there is none */
    uint32_t audience_kids;                  /* the same of "kids" */
    uint32_t catalogue_items;

    dyn_section_view_t sections[DYN_SECTION_ID_END];
    void *mapping; /* NULL when made from memory */
    struct dyn_overlay_s *overlay; /* what was heard since it was built (engine/catalogue/overlay.h); NULL: nothing */
    dyn_item_t *own_items; /* rows of overlays, of this one or of one that is gone: another thread may still be looking for ids in them */
} dyn_snapshot_t;

/*
 * Maps and validates the file. NULL with a sentence that names the file, the section and what is wrong. Close with
 * dyn_snapshot_close(). Whoever reads a file that is cut meanwhile dies of SIGBUS: what has to live through that makes a copy
 * of the file and takes dyn_snapshot_from_memory().
 */
dyn_snapshot_t *dyn_snapshot_open(const char *path, dyn_error_t *error);
/* The same from memory that the caller keeps, aligned to 8, until it is closed. */
dyn_snapshot_t *dyn_snapshot_from_memory(const void *data, size_t length, const char *name,
                                         dyn_error_t *error);
void dyn_snapshot_close(dyn_snapshot_t *snapshot);

/* For those who copy it: opens the file to be read, -1 with a sentence when it is no regular file or empty. length: its bytes. */
int dyn_snapshot_open_file(const char *path, size_t *length, dyn_error_t *error);
/* Whether a file of `length` bytes that begins with this header may be worth a copy: false with a sentence. */
bool dyn_snapshot_check_header(const dyn_snapshot_header_t *header, uint64_t length, const char *name, dyn_error_t *error);

/* Terminated as well as counted. */
static inline dyn_str_t dyn_snapshot_string(const dyn_snapshot_t *snapshot,
                                            dyn_string_ref_t reference)
{
    const char *at = snapshot->strings + reference;

    return (dyn_str_t){at + 4, *(const uint32_t *)(const void *)at};
}

/*
 * Whether an item may be shown to anybody who has not seen it, without another look at it: in the catalogue and in stock, for every
 * age and country, under its own number if it has variants of other items beside it. Of most items this is true.
 */
static inline bool dyn_item_unrestricted(const dyn_item_t *item, uint32_t item_number)
{
    return (item->flags & DYN_ITEM_IN_CATALOGUE) != 0 && item->stock > 0 && item->age_min == 0 &&
           item->countries_count == 0 && item->group == item_number;
}

/* The variant that an alias names; DYN_NONE: its item. */
static inline uint32_t dyn_alias_variant(const dyn_snapshot_t *snapshot, uint32_t alias)
{
    return snapshot->alias_variants == NULL ? DYN_NONE : snapshot->alias_variants[alias];
}

/* DYN_NONE when unknown. An alias finds its item. A variant's id or alias finds its item; *variant then is its number, otherwise DYN_NONE. variant may be NULL. */
uint32_t dyn_snapshot_find_item(const dyn_snapshot_t *snapshot, dyn_str_t id, uint32_t *variant);
/* The same for many at once: memory is asked for ahead, so that waiting for it overlaps. */
void dyn_snapshot_find_items(const dyn_snapshot_t *snapshot, const dyn_str_t *ids, size_t count, uint32_t *items);
/*
 * A category by its path or else its name ("Packs/Day packs", "Day packs"): without ASCII case, and any run of ASCII bytes
 * outside [a-z0-9] being equal to `-`, so that a URL's handle finds it ("day-packs"). The first of several. DYN_NONE when
 * unknown. Reads the name once, at most DYN_PROBES_MAX rows of a hash table, and as a rule one category.
 */
uint32_t dyn_snapshot_find_category(const dyn_snapshot_t *snapshot, dyn_str_t name);
static inline dyn_categories_t dyn_snapshot_categories(const dyn_snapshot_t *snapshot)
{
    return (dyn_categories_t){snapshot->strings, snapshot->categories, snapshot->category_count,
                              snapshot->hash_seed};
}

/* The section's name in docs/snapshot-format.md; "" when this version knows none of that id. */
dyn_str_t dyn_section_name(uint32_t id);
/* True when `category` is `ancestor` or below it. */
bool dyn_snapshot_category_within(const dyn_snapshot_t *snapshot, uint32_t category,
                                  uint32_t ancestor);

/* Lists; empty when the file has none. */
/*
 * Items like this one, best first, written to `room`: those of the model's item graph, the heaviest weighing 1, then
 * those that the catalogue calls alike, their weights halved where the graph has any.
 */
enum { DYN_NEIGHBOURS_MAX = DYN_MODEL_EDGES_MAX + DYN_EDGES_PER_ITEM_MAX };
dyn_edges_t dyn_snapshot_neighbours(const dyn_snapshot_t *snapshot, uint32_t item,
                                    dyn_edge_t room[DYN_NEIGHBOURS_MAX]);
/* How much `other` weighs among them; 0 when it is none. */
float dyn_snapshot_neighbour_weight(const dyn_snapshot_t *snapshot, uint32_t item, uint32_t other);
/* Those that the catalogue calls alike, of items that few sessions know. */
dyn_edges_t dyn_snapshot_alike(const dyn_snapshot_t *snapshot, uint32_t item);
/* Items that stand in the same orders as this one, more often than by chance. */
dyn_edges_t dyn_snapshot_bought_with(const dyn_snapshot_t *snapshot, uint32_t item);
/* How many orders have both, where `other` is in the item's list; else, or when the file does not tell, 0. */
uint32_t dyn_bought_with_support(const dyn_snapshot_t *snapshot, uint32_t item, uint32_t other);
/* The same of the orders that have any item of the category or below it. */
dyn_edges_t dyn_snapshot_category_bought_with(const dyn_snapshot_t *snapshot, uint32_t category);
uint32_t dyn_category_bought_with_support(const dyn_snapshot_t *snapshot, uint32_t category, uint32_t item);
/* Items of the same kind that a shopper may take instead, the most alike first; the weight is their likeness, up to 1. */
dyn_edges_t dyn_snapshot_similar(const dyn_snapshot_t *snapshot, uint32_t item);
/*
 * Items that at least DYN_VIEWED_WITH_SUPPORT_MIN sessions clicked as well as this one: edges of the model's item graph, written to
 * `room`, the graph's heaviest weighing 1. None when the file does not tell how many sessions.
 */
enum { DYN_VIEWED_WITH_SUPPORT_MIN = 3 };
dyn_edges_t dyn_snapshot_viewed_with(const dyn_snapshot_t *snapshot, uint32_t item,
                                     dyn_edge_t room[DYN_MODEL_EDGES_MAX]);
/* How many sessions clicked both, where the item graph leads from `item` to `other` (DYN_VIEWED_WITH_SUPPORT_MAX: so many or more); else 0. */
uint32_t dyn_viewed_with_support(const dyn_snapshot_t *snapshot, uint32_t item, uint32_t other);
dyn_edges_t dyn_snapshot_popular(const dyn_snapshot_t *snapshot);
dyn_edges_t dyn_snapshot_category_popular(const dyn_snapshot_t *snapshot, uint32_t category);
dyn_edges_t dyn_snapshot_trending(const dyn_snapshot_t *snapshot);
dyn_edges_t dyn_snapshot_new_arrivals(const dyn_snapshot_t *snapshot);
/* What to show where there are no numbers: newest and best stocked first, every beginning diverse. Of all, and of a category. */
dyn_edges_t dyn_snapshot_range(const dyn_snapshot_t *snapshot);
dyn_edges_t dyn_snapshot_category_range(const dyn_snapshot_t *snapshot, uint32_t category);
/* The item's weight in a list; 0 when it is not there. */
float dyn_edges_weight(dyn_edges_t edges, uint32_t item);

#endif

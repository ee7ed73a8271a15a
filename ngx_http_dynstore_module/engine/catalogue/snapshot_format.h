/*
 * The snapshot file, as it lies on disk and in memory: little-endian, sections aligned to 8 bytes, indices and offsets but no
 * pointers. docs/snapshot-format.md says the same byte by byte.
 */
#ifndef DYN_SNAPSHOT_FORMAT_H
#define DYN_SNAPSHOT_FORMAT_H

#include "engine/catalogue/blend.h"
#include "engine/catalogue/words_format.h"
#include "engine/model/format.h"

#include <stdint.h>

#define DYN_SNAPSHOT_MAGIC "DYNSTORE"
enum { DYN_SNAPSHOT_VERSION = 5, DYN_SNAPSHOT_ALIGNMENT = 8 };

typedef struct {
    char magic[8];
    uint32_t version;
    uint32_t section_count;
    uint8_t build_id[16];       /* XXH3-128 of the section table, which holds every section's checksum: same content, same id */
    int64_t as_of_ms;           /* the data's own time: its newest event (or the newest `created`), never the clock */
    uint64_t file_bytes;
    char control_position[32];  /* id in the control stream up to which it is included; NUL-padded, empty when none */
    uint64_t header_checksum;   /* XXH3-64 of all the header's bytes before this field */
} dyn_snapshot_header_t;

/*
 * The table follows the header: section_count rows in ascending order of id and of offset. The first section begins where the
 * table ends, each further one where its predecessor's padding ends: no byte of the file is outside all checksums but padding,
 * which is zero. The file ends with the last section's padding.
 */
typedef struct {
    uint32_t id;           /* dyn_section_t */
    uint32_t record_bytes; /* 1 for bytes */
    uint64_t offset;       /* from the start of the file, a multiple of 8 */
    uint64_t length;       /* bytes, a multiple of record_bytes; padding is not counted and is zero */
    uint64_t checksum;     /* XXH3-64 of the section's bytes */
} dyn_section_row_t;

/* X(constant, id, name, record bytes). Ids are never reused. A reader skips ids it does not know. */
#define DYN_SECTIONS(X)                                             \
    X(STRINGS, 1, "strings", 1)                                     \
    X(ITEMS, 2, "items", sizeof(dyn_item_t))                        \
    X(ITEM_IDS, 3, "item_ids", sizeof(dyn_hash_row_t))              \
    X(CATEGORIES, 4, "categories", sizeof(dyn_category_t))          \
    X(BRANDS, 5, "brands", 4)                                       \
    X(COUNTRIES, 7, "countries", 2)                                 \
    X(COMPATIBLE, 8, "compatible", 4)                               \
    X(NEIGHBOUR_STARTS, 9, "neighbour_starts", 4)                   \
    X(NEIGHBOURS, 10, "neighbours", sizeof(dyn_edge_t))             \
    X(BOUGHT_WITH_STARTS, 11, "bought_with_starts", 4)              \
    X(BOUGHT_WITH, 12, "bought_with", sizeof(dyn_edge_t))           \
    X(POPULAR, 13, "popular", sizeof(dyn_edge_t))                   \
    X(CATEGORY_POPULAR_STARTS, 14, "category_popular_starts", 4)    \
    X(CATEGORY_POPULAR, 15, "category_popular", sizeof(dyn_edge_t)) \
    X(TRENDING, 16, "trending", sizeof(dyn_edge_t))                 \
    X(VARIANTS, 17, "variants", sizeof(dyn_variant_t))              \
    X(MODEL_HEADER, 18, "model_header", sizeof(dyn_model_header_t)) \
    X(MODEL_ITEMS, 19, "model_items", sizeof(dyn_model_item_t))     \
    X(MODEL_SESSION_STARTS, 20, "model_session_starts", 4)          \
    X(MODEL_SESSION_WEIGHTS, 21, "model_session_weights", 2)        \
    X(MODEL_SESSION_ITEMS, 22, "model_session_items", 4)            \
    X(MODEL_POSTING_STARTS, 23, "model_posting_starts", 4)          \
    X(MODEL_POSTINGS, 24, "model_postings", 1)                      \
    X(MODEL_EDGE_STARTS, 25, "model_edge_starts", 4)                \
    X(MODEL_EDGE_ITEMS, 26, "model_edge_items", 4)                  \
    X(MODEL_EDGE_WEIGHTS, 27, "model_edge_weights", 2)              \
    X(MODEL_TREES, 28, "model_trees", sizeof(dyn_model_tree_t))     \
    X(BLEND, 29, "blend", sizeof(dyn_blend_row_t))                  \
    X(NEW_ARRIVALS, 30, "new_arrivals", sizeof(dyn_edge_t))         \
    X(ITEMS_UNRESTRICTED, 31, "items_unrestricted", 1)              \
    X(CATEGORY_KEYS, 32, "category_keys", sizeof(dyn_hash_row_t))   \
    X(HASH_SEED, 33, "hash_seed", 8)                                \
    X(BLEND_WEIGHTS, 34, "blend_weights", sizeof(dyn_blend_weight_t)) \
    X(TRAITS, 35, "traits", sizeof(dyn_trait_t))                    \
    X(ITEM_TRAITS, 36, "item_traits", 4)                            \
    X(ITEM_DETAILS, 37, "item_details", sizeof(dyn_item_details_t)) \
    X(TEXTS, 38, "texts", 4)                                        \
    X(ALIASES, 39, "aliases", sizeof(dyn_alias_t))                  \
    X(TRAIT_ITEMS_STARTS, 40, "trait_items_starts", 4)              \
    X(TRAIT_ITEMS, 41, "trait_items", 4)                            \
    X(BRAND_ITEMS_STARTS, 42, "brand_items_starts", 4)              \
    X(BRAND_ITEMS, 43, "brand_items", 4)                            \
    X(CATEGORY_PRICES, 44, "category_prices", sizeof(dyn_category_price_t)) \
    X(BOUGHT_WITH_SUPPORT, 45, "bought_with_support", 4)            \
    X(SIMILAR_STARTS, 46, "similar_starts", 4)                      \
    X(SIMILAR, 47, "similar", sizeof(dyn_edge_t))                   \
    X(VIEWED_WITH_SUPPORT, 48, "viewed_with_support", 1)            \
    X(RANGE, 49, "range", sizeof(dyn_edge_t))                       \
    X(CATEGORY_RANGE_STARTS, 50, "category_range_starts", 4)        \
    X(CATEGORY_RANGE, 51, "category_range", sizeof(dyn_edge_t))     \
    X(CONTENT, 52, "content", 1)                                    \
    X(WORDS_HEADER, 53, "words_header", sizeof(dyn_words_header_t)) \
    X(WORDS, 54, "words", sizeof(dyn_word_t))                       \
    X(WORD_TEXTS, 55, "word_texts", 1)                              \
    X(WORDS_BY_END, 56, "words_by_end", 4)                          \
    X(WORD_ITEMS, 57, "word_items", 4)                              \
    X(WORD_GROUPS, 58, "word_groups", sizeof(dyn_word_group_t))     \
    X(WORD_RANKS, 59, "word_ranks", 4) \
    X(CATEGORY_BOUGHT_WITH_STARTS, 61, "category_bought_with_starts", 4)             \
    X(CATEGORY_BOUGHT_WITH, 62, "category_bought_with", sizeof(dyn_edge_t))          \
    X(CATEGORY_BOUGHT_WITH_SUPPORT, 63, "category_bought_with_support", 4)           \
    X(BUNDLES, 72, "bundles", sizeof(dyn_bundle_t))                                  \
    X(BUNDLE_ITEMS, 73, "bundle_items", 4)                                           \
    X(BUNDLE_TEXTS, 74, "bundle_texts", sizeof(dyn_bundle_text_t))                   \
    X(BUNDLE_MEMBERS, 75, "bundle_members", sizeof(dyn_bundle_member_t))  \
    X(REFERENCE, 76, "reference", 1)                                     \
    X(ALIAS_VARIANTS, 77, "alias_variants", 4)

/*
 * A reference to a string: its offset in the strings section, a multiple of 4, where a u32 length stands, then the bytes, then 1
 * to 4 NULs up to the next multiple of 4. Offset 0 is the empty string. Strings are valid UTF-8 without control bytes, at most
 * DYN_STRING_BYTES_MAX long, each stored once: equal strings have equal references.
 */
typedef uint32_t dyn_string_ref_t;

/* Items are ordered by id bytes. Index in this section = the item's number everywhere. */
typedef struct {
    dyn_string_ref_t id;
    dyn_string_ref_t title;
    dyn_string_ref_t url;
    dyn_string_ref_t image;
    /* what every candidate is judged by lies together, from here */
    int64_t price_minor;        /* -1 unknown */
    uint32_t category;          /* index of the deepest category, or DYN_NONE */
    uint32_t brand;             /* index, or DYN_NONE */
    uint32_t group;             /* number of the first item of the same group; its own number when alone */
    int32_t stock;              /* pieces; -1 unknown, which counts as available; 0 when all its variants are out */
    uint32_t flags;             /* DYN_ITEM_* */
    uint16_t countries_count;
    uint8_t countries_blocked;  /* 1: the list is where it must not be offered; 0: where it only may be */
    uint8_t age_min;            /* years; 0 none */
    /* to here */
    int64_t created_ms;         /* 0 unknown */
    char currency[4];           /* ISO 4217, NUL-terminated; "" with an unknown price */
    int32_t margin_bp;          /* hundredths of a percent; INT32_MIN unknown */
    uint32_t traits_start, traits_count;         /* in item_traits: rising numbers of traits */
    uint32_t compatible_start, compatible_count; /* in compatible */
    uint32_t countries_start;                    /* in countries */
    uint32_t variants_start, variants_count;     /* in variants */
    float popularity;           /* decayed, 0..1, 1 for the most popular item */
} dyn_item_t;

enum {
    DYN_ITEM_IN_CATALOGUE = 1,  /* unset: known from events only (no title): used by models, never shown */
    DYN_ITEM_HAS_SALE = 2       /* item_details has a sale price of it */
};

/*
 * One thing that items are, beside category and brand: a tag (its name is "tag"), or a value of an attribute ("colour", "audience",
 * "size", or the attribute's own name). Ordered by the bytes of the name, then of the value, no two equal; neither is empty.
 */
typedef struct {
    dyn_string_ref_t name;
    dyn_string_ref_t value;
    uint32_t item_count; /* items that have it */
    uint32_t reserved;   /* 0 */
} dyn_trait_t;

/* What is told of an item beside what it is judged by; one for each item. */
typedef struct {
    dyn_string_ref_t description;
    dyn_string_ref_t fit;       /* a sentence: how it fits, whom it suits */
    dyn_string_ref_t language;  /* of its texts: a primary tag of BCP 47, small letters */
    int32_t rating_hundredths;  /* 0 to 500; -1 unknown */
    int64_t sale_price_minor;   /* -1 none; in the item's currency, below its price */
    int64_t sale_from_ms;       /* the sale price holds from here on; 0: from ever */
    int64_t sale_until_ms;      /* until before here; DYN_TIME_MS_MAX: for good */
    uint32_t rating_count;
    uint32_t badges_start, badges_count;         /* in texts */
    uint32_t keywords_start, keywords_count;     /* in texts: under which shoppers look for it; never shown */
    uint32_t reserved;          /* 0 */
} dyn_item_details_t;

/* A further id of an item. */
typedef struct {
    dyn_string_ref_t id;
    uint32_t item;
} dyn_alias_t;

/* Of the available items with a price in a category and below it; both -1 when there are none. */
typedef struct {
    int64_t low; /* the 25th percentile */
    int64_t median;
} dyn_category_price_t;

typedef struct {
    dyn_string_ref_t id;
    dyn_string_ref_t title;
    int64_t price_minor; /* -1: the item's */
    int32_t stock;       /* as in items */
    uint32_t item;       /* the item it belongs to */
} dyn_variant_t;

/*
 * A row of an open-addressing hash table, a power of two of rows, at most 3/4 full: XXH3-64 of a key with the seed of section
 * "hash_seed", first row = hash mod rows, next +1 (the first again after the last). Every key is in it once, at most DYN_PROBES_MAX
 * rows from its first. In "item_ids" the keys are the ids of all items, variants and aliases, which are all different; in "category_keys" what
 * engine/catalogue/category_keys.h says.
 */
typedef struct {
    uint32_t hash_high; /* upper 32 bits of the hash */
    uint32_t target;    /* number of an item or category; with bit 31 set DYN_ID_OF_VARIANT or DYN_CATEGORY_BY_NAME; DYN_NONE: free */
} dyn_hash_row_t;

/* Set in a target of "item_ids": the number is a variant's or, less the number of variants, an alias's. */
#define DYN_ID_OF_VARIANT 0x80000000U

/* Parents come before children, so a path cannot cycle. */
typedef struct {
    dyn_string_ref_t name;
    uint32_t parent; /* a smaller index, or DYN_NONE */
    uint16_t depth;  /* 0 at the top */
    uint16_t flags;  /* DYN_CATEGORY_* */
    uint32_t kind;   /* the first category whose things are of the same kind, which is of its own: this one or one before it */
} dyn_category_t;

enum {
    /* It holds several kinds of things, or who orders of it often takes several: pegs and seam sealer, but no two tents. */
    DYN_CATEGORY_SEVERAL = 1
};

/* Weights fall within a list; finite, > 0. `*_starts` have one more row than items (or categories): a list is [s[i], s[i+1]). */
typedef struct {
    uint32_t item;
    float weight;
} dyn_edge_t;

/*
 * Items that are sold together. Bundles are ordered by the bytes of their ids; items and texts of one follow those of the one before.
 * Texts by language stand in the order of the file they were read from; a bundle's own title and description are for all others.
 */
typedef struct {
    dyn_string_ref_t id;
    dyn_string_ref_t title; /* not empty */
    dyn_string_ref_t description;
    dyn_string_ref_t url;
    dyn_string_ref_t image;
    char currency[4];       /* ISO 4217, NUL-terminated; "" with an unknown price */
    int64_t price_minor;    /* of the whole; -1 unknown: what its items cost together */
    uint32_t items_start, items_count; /* in bundle_items: DYN_BUNDLE_ITEMS_MIN to _MAX different items, in the bundle's order */
    uint32_t texts_start, texts_count; /* in bundle_texts */
} dyn_bundle_t;

typedef struct {
    dyn_string_ref_t language;    /* as BCP 47 has it: "de-AT"; not empty */
    dyn_string_ref_t title;       /* empty: the bundle's own */
    dyn_string_ref_t description; /* the same */
} dyn_bundle_text_t;

/* An item of a bundle. Ordered by item, then by bundle: every item of every bundle once. */
typedef struct {
    uint32_t item;
    uint32_t bundle;
} dyn_bundle_member_t;

/* A support of "viewed_with_support" has 4 bits: two edges a byte, the first in the lower half; this one also stands for more. */
enum { DYN_VIEWED_WITH_SUPPORT_MAX = 15 };

#define X(c, id, name, bytes) DYN_SECTION_##c = id,
typedef enum { DYN_SECTIONS(X) DYN_SECTION_ID_END = 80 } dyn_section_t;
#undef X

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the snapshot is read in place and is little-endian"
#endif
_Static_assert(sizeof(dyn_snapshot_header_t) == 88 && sizeof(dyn_section_row_t) == 32 &&
                   sizeof(dyn_item_t) == 96 && sizeof(dyn_variant_t) == 24 &&
                   sizeof(dyn_hash_row_t) == 8 && sizeof(dyn_category_t) == 16 &&
                   sizeof(dyn_edge_t) == 8 && sizeof(dyn_trait_t) == 16 && sizeof(dyn_item_details_t) == 64 &&
                   sizeof(dyn_alias_t) == 8 && sizeof(dyn_category_price_t) == 16 && sizeof(dyn_blend_row_t) == 52 &&
                   sizeof(dyn_blend_weight_t) == 12 && sizeof(dyn_bundle_t) == 48 &&
                   sizeof(dyn_bundle_text_t) == 12 && sizeof(dyn_bundle_member_t) == 8,
               "records lie in the file as they lie in memory");

#endif

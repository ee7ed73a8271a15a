/*
 * What a category is found by: its path and its name, both as a URL's handle writes them. The ASCII letters are small, every run of
 * ASCII bytes outside [a-z0-9] is one `-`, with none at either end: "Packs/Day packs" and "packs-day-packs" are the same key. A path
 * comes before a name, and a category before those after it. Internal to the engine, but for who builds a snapshot.
 */
#ifndef DYN_CATEGORY_KEYS_H
#define DYN_CATEGORY_KEYS_H

#include "engine/catalogue/hash_rows.h"

/* Set in a row's target: the category has the key as its name, not as its path. */
#define DYN_CATEGORY_BY_NAME 0x80000000U

typedef struct {
    const char *strings; /* the sections of these names */
    const dyn_category_t *categories;
    uint32_t count;
    uint64_t seed;
} dyn_categories_t;

/* The target in the rows, or DYN_NONE; *read (may be NULL) counts the rows that were looked at, *compared the names. */
uint32_t dyn_category_find(const dyn_categories_t *categories, const dyn_hash_row_t *rows,
                           uint64_t row_count, dyn_str_t text, uint32_t *read, uint32_t *compared);

/* Every key, once. False when they do not fit into so many rows: twice as many would be right. */
bool dyn_category_keys_make(const dyn_categories_t *categories, dyn_hash_row_t *rows,
                            uint64_t row_count);
/* What is wrong with rows that came from a file, or NULL; *category then is the one it is about, or DYN_NONE. */
const char *dyn_category_keys_fault(const dyn_categories_t *categories, const dyn_hash_row_t *rows,
                                    uint64_t row_count, uint32_t *category);

#endif

/*
 * The floor of a build: what came out of a failed export must not replace a good snapshot. Each function is false with a sentence
 * where the floor is passed.
 */
#ifndef DYN_FLOOR_H
#define DYN_FLOOR_H

#include "engine/catalogue/snapshot.h"

enum {
    /* A feed of which every fifth line is broken is a broken feed. */
    DYN_FLOOR_BAD_PERCENT = 20,
    /* No shop takes more than half of its assortment away from one build to the next without knowing. */
    DYN_FLOOR_FALL_PERCENT = 50,
    /* With fewer a shop is being tried out, and falls mean nothing. */
    DYN_FLOOR_COMPARED_MIN = 10
};

/* What a snapshot holds, counted the same before and after. */
#define DYN_FLOOR_COUNTS(X)               \
    X(items, "items in the catalogue")    \
    X(priced, "items with a price")       \
    X(shown, "items that can be shown: with title and URL, and not sold out") \
    X(sessions, "sessions in the model")

#define X(name, text) DYN_FLOOR_##name,
typedef enum { DYN_FLOOR_COUNTS(X) DYN_FLOOR_COUNT } dyn_floor_count_t;
#undef X

typedef struct {
    uint64_t of[DYN_FLOOR_COUNT];
} dyn_floor_counts_t;

/* `what` is what a value of the file is: "item", "event". */
bool dyn_floor_file(const char *path, const char *what, uint64_t values, uint64_t bad, uint64_t bad_percent, dyn_error_t *error);

/* Adds what the item counts for. */
void dyn_floor_count_item(dyn_floor_counts_t *counts, const dyn_item_t *item);
/* Of a snapshot in a file; false when there is no regular file (error is ""), or none that is a snapshot. */
bool dyn_floor_counts_of_file(const char *path, dyn_floor_counts_t *counts, dyn_error_t *error);
/* Compares one count. `path` is the file that would be replaced. */
bool dyn_floor_compare(const char *path, dyn_floor_count_t which, const dyn_floor_counts_t *before, const dyn_floor_counts_t *now,
                       uint64_t fall_percent, dyn_error_t *error);

#endif

/* What is watched for drift: features of the pages that shoppers opened, and of what was answered there. */
#ifndef DYN_DRIFT_FEATURES_H
#define DYN_DRIFT_FEATURES_H

#include "cli/drift/bins.h"
#include "engine/catalogue/snapshot.h"
#include "engine/record/record.h"

/*
 * X(constant, name, whether it is a number). The first ones are of pages of items, and events tell them as well as records do: they
 * are what a training window has. The others only records tell. docs/audit.md says what each is.
 */
#define DYN_DRIFT_OF_ITEM_PAGES(X)    \
    X(KNOWN, "known", false)          \
    X(SECTION, "section", false)      \
    X(PRICE, "price", true)           \
    X(POPULARITY, "popularity", true) \
    X(VIEWS, "views", true)           \
    X(HOUR, "hour", true)

#define DYN_DRIFT_OF_RECORDS(X)      \
    X(SURFACE, "surface", false)     \
    X(MOMENT, "moment", false)       \
    X(RUNG, "rung", false)           \
    X(EVENTS, "events", true)        \
    X(MINUTES, "minutes", true)      \
    X(RETURNING, "returning", false) \
    X(DEVICE, "device", false)       \
    X(COUNTRY, "country", false)     \
    X(LANGUAGE, "language", false)   \
    X(SOURCE, "source", false)       \
    X(REASON, "reason", false)       \
    X(SCORE, "score", true)          \
    X(PROPENSITY, "propensity", true)

#define DYN_DRIFT_FEATURES(X) DYN_DRIFT_OF_ITEM_PAGES(X) DYN_DRIFT_OF_RECORDS(X)

typedef enum {
#define X(constant, name, number) DYN_DRIFT_##constant,
    DYN_DRIFT_FEATURES(X)
#undef X
        DYN_DRIFT_FEATURES_COUNT
} dyn_drift_feature_t;

const char *dyn_drift_name(dyn_drift_feature_t feature);
bool dyn_drift_is_number(dyn_drift_feature_t feature);

/* Whose pages are described. Zero at first. */
typedef struct {
    dyn_values_t values[DYN_DRIFT_FEATURES_COUNT];
    /* Shoppers: a training window's visits, or visitors of records. Pages of one are alike, so these are the independent draws. */
    uint32_t shoppers[DYN_DRIFT_FEATURES_COUNT]; /* who gave a value */
    uint32_t *told;                              /* by shopper: bit by feature */
    uint32_t told_room, told_count;
    dyn_ids_t ids; /* of records */
    uint64_t pages, records;
    int64_t first_ms, last_ms; /* the oldest and the newest page; 0 and 0 without any */
} dyn_population_t;

void dyn_population_free(dyn_population_t *population);

/* What a page's item is looked up in: a snapshot, or what becomes one. */
typedef struct {
    const dyn_item_t *items;
    const dyn_category_t *categories;
    const char *strings;
    bool catalogue; /* there is one; without, an item that events name is known */
} dyn_drift_items_t;

/* The page of an item. */
typedef struct {
    uint32_t shopper;
    uint32_t item;  /* DYN_NONE: not known */
    bool has_views; /* else nobody knows what was viewed before */
    const uint32_t
        *views; /* items viewed in this visit, oldest first; the last one may be this page's */
    uint32_t view_count;
    int64_t time_ms;
} dyn_item_page_t;

/* False when memory is out. */
bool dyn_population_add_page(dyn_population_t *population, const dyn_drift_items_t *items,
                             const dyn_item_page_t *page);

/*
 * Describes what is recorded: the page of an item as above, and what else there is. A shadow's record, which nobody was shown, is
 * left out. False with a sentence.
 */
bool dyn_population_add_record(dyn_population_t *population, const dyn_snapshot_t *snapshot,
                               const dyn_record_t *record, dyn_arena_t *arena, dyn_error_t *error);

#endif

/*
 * A shopping story: what a shopper does, step by step, and what each page's block must satisfy ("dynstore.story/1", docs/stories.md).
 * Names of items, categories, brands and traits are looked up while the file is read, so a misspelled one is a fault of the file.
 */
#ifndef DYN_STORY_H
#define DYN_STORY_H

#include "cli/base/faults.h"
#include "engine/decide/decide.h"

enum { DYN_STORY_STEPS_MAX = 128, DYN_STORY_LIST_MAX = 64, DYN_STORY_CHECKS_MAX = 64 };

typedef struct {
    const dyn_str_t *rows;
    size_t count;
} dyn_story_words_t;

typedef struct {
    const uint32_t *rows;
    size_t count;
} dyn_story_numbers_t;

/* Which shown items are meant: those of which every part that is there holds; of a list one entry is enough. */
typedef struct dyn_story_selector_s dyn_story_selector_t;
struct dyn_story_selector_s {
    dyn_story_numbers_t categories; /* and those below */
    dyn_story_words_t brands;
    dyn_story_numbers_t traits;
    dyn_story_numbers_t items;
    dyn_story_words_t reasons;    /* codes */
    dyn_story_words_t refers_to;  /* what the reason names: an item's id or a category's path */
    bool has_price;
    double price_low, price_high; /* both included, as the page shows it */
    dyn_story_selector_t *other_than; /* items of which this holds are not meant; NULL: none */
    dyn_story_selector_t *any;    /* one of these holds */
    size_t any_count;
    const char *words;            /* the same as a text for people */
};

/* X(constant, name): what a check is about; it is the member that says so. */
#define DYN_STORY_CHECKS(X)                                                                                            \
    X(COUNT, "count") X(SHARE, "share") X(EVERY, "every") X(NONE, "none") X(SOME, "some") X(ORDER, "order")            \
        X(DISTINCT, "distinct") X(TITLE, "title") X(CONFIDENCE, "confidence") X(RUNG, "rung")                          \
            X(NOTHING_FOREIGN, "nothing_foreign") X(REPEATED, "repeated") X(NOTHING, "nothing")         \
                X(MOMENT, "moment") X(MESSAGES, "messages")

#define X(c, n) DYN_STORY_##c,
typedef enum { DYN_STORY_CHECKS(X) DYN_STORY_CHECK_KINDS } dyn_story_check_kind_t;
#undef X

/* X(constant, name): of what there must be several. */
#define DYN_STORY_DISTINCTS(X) X(TOP_CATEGORIES, "top_categories") X(CATEGORIES, "categories") X(BRANDS, "brands")

#define X(c, n) DYN_STORY_##c,
typedef enum { DYN_STORY_DISTINCTS(X) DYN_STORY_DISTINCT_KINDS } dyn_story_distinct_t;
#undef X

typedef struct {
    dyn_story_check_kind_t kind;
    dyn_str_t slot;                /* "page": all slots one after the other */
    dyn_story_selector_t *selector, *then; /* then: of order */
    uint32_t first;                /* only the first so many items count; 0: all */
    double min, max;               /* of count, share, some, distinct, confidence and repeated */
    size_t earlier;                /* of repeated: the step, from 0 */
    dyn_story_distinct_t distinct;
    dyn_str_t is, contains, lacks; /* of title; data NULL: not said */
    dyn_story_words_t rungs;        /* of rung; of moment its names, of messages their kinds */
    dyn_story_numbers_t welcome;   /* of nothing_foreign: further categories */
    dyn_str_t why;                 /* for people; may be empty */
} dyn_story_check_t;

typedef enum { DYN_STORY_VISIT, DYN_STORY_EVENT, DYN_STORY_WAIT } dyn_story_step_kind_t;

typedef struct {
    dyn_story_step_kind_t kind;
    dyn_surface_t surface;
    dyn_str_t item_id; /* pdp: an item; plp: a category */
    dyn_str_t search, from;
    const dyn_slot_t *slots; /* of a visit: its own, or those of the surface */
    size_t slot_count;
    dyn_str_t event;   /* JSON */
    int64_t wait_ms;
    dyn_story_check_t *checks;
    size_t check_count;
} dyn_story_step_t;

typedef struct {
    const char *path;
    dyn_str_t title, note;
    bool returning;
    uint8_t age;
    dyn_country_t country;
    dyn_device_t device;
    dyn_story_step_t *steps;
    size_t step_count;
} dyn_story_t;

/*
 * False when the file is no story: what is wrong with it was told to the faults, FILE:LINE:FIELD and a sentence each; what kept it from
 * being read at all is in `error`, which is empty otherwise. Strings and lists are in the arena.
 */
bool dyn_story_read(const char *path, const dyn_snapshot_t *snapshot, dyn_arena_t *arena, dyn_faults_t *faults,
                    dyn_story_t *story, dyn_error_t *error);

/* What a step is, in few words, for messages: "pdp trail-pack-30". */
void dyn_story_step_words(const dyn_story_step_t *step, char *text, size_t size);

#endif

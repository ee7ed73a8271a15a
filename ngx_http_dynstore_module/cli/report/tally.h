/*
 * Who was shown what and did what: events, gathered by visitor. Read once, in any order, then folded into the outcomes of one
 * experiment after the other.
 *
 * Memory: 56 bytes for an event, 8 for each item that a block showed, and each id, name and order once (its bytes, and 24). What
 * would need more than was allowed ends the reading.
 *
 * An exposure is an entry `vb` of the stream (docs/data-model.md):
 *     vb TIME_MS - l=SLOT d=DECISION g=RUNG x=EXPERIMENT:VARIANT,... i=HHHHHHHH:REASON,...
 * Bots and prefetches have none, since nginx writes none for them.
 */
#ifndef DYN_TALLY_H
#define DYN_TALLY_H

#include "cli/base/ids.h"
#include "cli/base/times.h"
#include "cli/input/events_read.h"
#include "engine/experiment/assign.h"

enum {
    DYN_TALLY_CURRENCIES_MAX = 4, /* those that come first; orders in others have no value */
    DYN_TALLY_EXPERIMENTS_MAX = 64,
    DYN_AFTER_DAYS = 7, /* purchases so long after an experiment still count: many a shopper thinks it over */
    DYN_TALLY_VARIANTS_MAX = DYN_EXPERIMENT_VARIANTS_MAX
};

typedef enum {
    DYN_DEED_OTHER, /* a sign that the visitor was there */
    DYN_DEED_BLOCK,
    DYN_DEED_CLICK,
    DYN_DEED_CART,
    DYN_DEED_PURCHASE,
    DYN_DEED_REFUND
} dyn_deed_kind_t;

/* One event of one visitor. Numbers of texts are in dyn_tally_t.texts; DYN_NONE: there is none. */
typedef struct {
    int64_t time_ms;
    int64_t minor;     /* a purchase's or refund's value; -1: unknown */
    uint32_t visitor;
    uint32_t number;   /* in the order of reading */
    uint32_t item;     /* a text; of a click the hash that blocks name items by */
    uint32_t name;     /* a text: the decision of a block or a click, the order of a purchase or refund */
    uint32_t slot;     /* a text */
    uint32_t rung;     /* a text */
    uint32_t exposure; /* in exposures */
    uint32_t shown;    /* the block's items, in dyn_tally_t.shown */
    uint16_t quantity;
    uint8_t shown_count;
    uint8_t currency;  /* in currencies; DYN_TALLY_CURRENCIES_MAX: none that counts */
    uint8_t kind;
    bool left_out;     /* an order that was reported before */
} dyn_deed_t;

typedef struct {
    uint32_t hash;
    uint32_t reason; /* a text */
} dyn_shown_item_t;

/* What one x= says: the variant of each experiment that it names. */
typedef struct {
    uint8_t variants[DYN_TALLY_EXPERIMENTS_MAX]; /* number + 1; 0: not exposed to that one */
} dyn_exposure_t;

typedef struct {
    uint32_t id; /* a text */
    uint32_t variant_count;
    uint32_t variants[DYN_TALLY_VARIANTS_MAX]; /* texts, in the order in which they were met */
    int64_t last_exposed_ms; /* after dyn_tally_close(): the last block that names it */
} dyn_tally_experiment_t;

typedef struct {
    uint64_t bytes_max;
    dyn_ids_t visitors, texts, exposure_texts;
    dyn_deed_t *deeds; /* after dyn_tally_close() by visitor and time */
    uint32_t deed_count, deed_room;
    dyn_shown_item_t *shown;
    uint32_t shown_count, shown_room;
    dyn_exposure_t *exposures; /* by number in exposure_texts; 0 is that of a block without x */
    uint32_t exposure_room;
    dyn_tally_experiment_t experiments[DYN_TALLY_EXPERIMENTS_MAX];
    uint32_t experiment_count;
    uint32_t holdout;        /* after dyn_tally_close() the experiment that is the holdout; DYN_NONE: nobody was held out */
    int64_t holdout_from_ms, holdout_until_ms; /* first exposure to it, and last one once it is over: other blocks are on no side of it */
    char currencies[DYN_TALLY_CURRENCIES_MAX][4];
    uint32_t currency_count;
    dyn_times_t times;
    int64_t last_ms;    /* after dyn_tally_close(): the newest event that can be believed, as in cli/base/times.h */
    uint64_t set_aside; /* events after it, which are left out: of clocks that are wrong */
    uint64_t bad_assignments; /* parts of x that are none, or for which there is no room */
    uint64_t orders_again;   /* reports of orders that were reported before */
    uint64_t refunds, refunds_unknown; /* of orders that are there, and that are not */
    uint64_t orders_in_other_currencies;
    bool full; /* bytes_max is reached */
} dyn_tally_t;

/* Zero but for bytes_max at first. A dyn_event_record_fn: context is the tally. False when memory is out or full. */
bool dyn_tally_take(void *context, const dyn_event_record_t *record);
/*
 * After the last event: puts deeds in order, counts each order once (its first report) and takes refunds from what was bought. False when memory
 * is out.
 */
bool dyn_tally_close(dyn_tally_t *tally);
void dyn_tally_free(dyn_tally_t *tally);

/* The holdout is an experiment with this id; who is not held out is exposed to the second of its variants. */
#define DYN_HOLDOUT "holdout"
#define DYN_PERSONALIZED "personalized"

/*
 * When what visitors do no longer counts for the experiment: DYN_AFTER_DAYS after its last exposure. While it runs that is to come.
 */
int64_t dyn_tally_ends_ms(const dyn_tally_t *tally, uint32_t experiment);

#endif

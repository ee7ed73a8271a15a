/* What the visitors of one experiment did after they were exposed to it, by variant. */
#ifndef DYN_OUTCOMES_H
#define DYN_OUTCOMES_H

#include "cli/report/statistics.h"
#include "cli/report/tally.h"

enum {
    DYN_BEFORE_DAYS = 14, /* CUPED looks back so far before the first exposure */
    DYN_LATELY_DAYS = 7,  /* the traffic that is expected to go on is that of so many days */
    DYN_OUTCOME_PARTS_MAX = 96
};

/*
 * X(constant, name, kind, of money, CUPED, what): the metrics. Each has a value of every visitor; of a ratio also what divides it.
 * docs/experiments.md
 */
#define DYN_METRICS(X)                                                                                  \
    X(CONVERSION, "conversion", MEAN, false, true, "visitors who bought")                               \
    X(ADD_TO_CART, "add_to_cart", MEAN, false, true, "visitors who put something into the cart")        \
    X(CLICK_RATE, "click_rate", RATIO, false, false, "blocks shown that were clicked")                  \
    X(REVENUE_PER_VISITOR, "revenue_per_visitor", MEAN, true, true, "bought by a visitor")              \
    X(REVENUE_PER_SESSION, "revenue_per_session", RATIO, true, false, "bought in a session")            \
    X(ORDER_VALUE, "order_value", RATIO, true, false, "value of an order")

#define X(constant, name, kind, money, cuped, what) DYN_OUTCOME_##constant,
typedef enum { DYN_METRICS(X) DYN_OUTCOME_METRICS } dyn_metric_t;
#undef X

typedef struct {
    const char *name;
    const char *what;
    dyn_metric_kind_t kind;
    bool money; /* in minor units, once for each currency */
    bool cuped;
} dyn_metric_row_t;

extern const dyn_metric_row_t dyn_metric_rows[DYN_OUTCOME_METRICS];

typedef struct {
    uint64_t sessions, converted; /* converted: something was bought in it */
    int64_t revenue[DYN_TALLY_CURRENCIES_MAX];
} dyn_sessions_of_t;

typedef struct {
    uint64_t visitors, sessions, buyers, cart_visitors, orders, blocks, clicked_blocks;
    uint64_t orders_in[DYN_TALLY_CURRENCIES_MAX]; /* with a value in that currency */
    int64_t revenue[DYN_TALLY_CURRENCIES_MAX];    /* in minor units, less what was refunded */
    dyn_sessions_of_t assisted, others; /* assisted: with a click in a block */
    dyn_arm_t arms[DYN_OUTCOME_METRICS][DYN_TALLY_CURRENCIES_MAX]; /* [0] where it is not of money */
} dyn_outcome_t;

typedef enum { DYN_PART_SLOT, DYN_PART_RUNG, DYN_PART_REASON } dyn_part_kind_t;

/* How often blocks of a slot or rung, or items with a reason, were shown and clicked. */
typedef struct {
    dyn_part_kind_t kind;
    uint32_t name; /* a text of the tally */
    uint64_t shown[DYN_TALLY_VARIANTS_MAX], clicked[DYN_TALLY_VARIANTS_MAX];
} dyn_outcome_part_t;

typedef struct {
    uint32_t experiment, variant_count;
    dyn_outcome_t variants[DYN_TALLY_VARIANTS_MAX];
    uint64_t both; /* visitors who saw more than one variant: in none of them */
    int64_t first_ms, last_ms; /* of first exposures; 0: there is none */
    uint64_t lately;           /* first exposures in the last DYN_LATELY_DAYS of the data */
    dyn_outcome_part_t parts[DYN_OUTCOME_PARTS_MAX];
    uint32_t part_count;
    bool parts_full;
    /* First exposures in their order, for the sample ratio: variants of all visitors, also of those who saw several. Owned. */
    uint8_t *order;
    uint32_t order_count;
} dyn_outcomes_t;

/*
 * Events after until_ms, and after dyn_tally_ends_ms(), are not there. with_order: fills `order`. False when memory is out. Free with dyn_outcomes_free().
 */
bool dyn_outcomes_fold(const dyn_tally_t *tally, uint32_t experiment, int64_t until_ms, bool with_order,
                       dyn_outcomes_t *outcomes);
void dyn_outcomes_free(dyn_outcomes_t *outcomes);

#endif

#include "cli/report/outcomes.h"

#include <stdlib.h>
#include <string.h>

#include "cli/base/grow.h"
#include "cli/input/sessions.h"

static const int64_t day_ms = 86400000;

enum {
    /* A click is looked for in the visitor's newest blocks: more than anybody leaves unread. */
    blocks_kept = 256
};

#define X(constant, name, kind, money, cuped, what) {name, what, DYN_METRIC_##kind, money, cuped},
const dyn_metric_row_t dyn_metric_rows[DYN_OUTCOME_METRICS] = {DYN_METRICS(X)};
#undef X

typedef struct {
    const dyn_deed_t *deed;
    uint32_t clicked; /* a bit for each item, the last one for those beyond */
    bool any;
} block_t;

typedef struct {
    double y[DYN_OUTCOME_METRICS][DYN_TALLY_CURRENCIES_MAX];
    double before[DYN_OUTCOME_METRICS][DYN_TALLY_CURRENCIES_MAX];
    double sessions, blocks, orders[DYN_TALLY_CURRENCIES_MAX];
} values_t;

typedef struct {
    int64_t first_ms;
    uint8_t variant;
} exposed_t;

typedef struct {
    const dyn_tally_t *tally;
    dyn_outcomes_t *outcomes;
    int64_t until_ms;
    exposed_t *exposed;
    uint32_t exposed_count, exposed_room;
    block_t blocks[blocks_kept]; /* of one visitor, the newest */
    uint64_t block_count;
} fold_t;

/* ---- the breakdown by slot, rung and reason ---- */

static dyn_outcome_part_t *part_of(dyn_outcomes_t *outcomes, dyn_part_kind_t kind, uint32_t name)
{
    for (uint32_t i = 0; i < outcomes->part_count; i++) {
        if (outcomes->parts[i].kind == kind && outcomes->parts[i].name == name) {
            return &outcomes->parts[i];
        }
    }
    if (outcomes->part_count == DYN_OUTCOME_PARTS_MAX) {
        outcomes->parts_full = true;
        return NULL;
    }
    outcomes->parts[outcomes->part_count] = (dyn_outcome_part_t){.kind = kind, .name = name};

    return &outcomes->parts[outcomes->part_count++];
}

static void count_part(fold_t *fold, uint32_t variant, dyn_part_kind_t kind, uint32_t name,
                       bool clicked)
{
    dyn_outcome_part_t *part = name == DYN_NONE ? NULL : part_of(fold->outcomes, kind, name);

    if (part != NULL) {
        part->shown[variant] += !clicked;
        part->clicked[variant] += clicked;
    }
}

/* ---- blocks and clicks ---- */

/* The visitor's block of that decision and slot; NULL when it is none of the newest. */
static block_t *block_of(fold_t *fold, uint32_t decision, uint32_t slot)
{
    uint64_t kept = fold->block_count < blocks_kept ? fold->block_count : blocks_kept;

    for (uint64_t i = 1; i <= kept; i++) {
        block_t *block = &fold->blocks[(fold->block_count - i) % blocks_kept];

        if (block->deed->name == decision && block->deed->slot == slot) {
            return block;
        }
    }

    return NULL;
}

static const dyn_shown_item_t *shown_in(const fold_t *fold, const dyn_deed_t *block)
{
    return block->shown_count == 0 ? NULL : fold->tally->shown + block->shown;
}

/* A block that is delivered again with the same decision is the same block. */
static void show_block(fold_t *fold, const dyn_deed_t *deed, uint32_t variant, values_t *values)
{
    const dyn_shown_item_t *shown = shown_in(fold, deed);

    if (deed->name == DYN_NONE || deed->slot == DYN_NONE ||
        block_of(fold, deed->name, deed->slot) != NULL) {
        return;
    }
    fold->blocks[fold->block_count++ % blocks_kept] = (block_t){.deed = deed};
    values->blocks++;
    count_part(fold, variant, DYN_PART_SLOT, deed->slot, false);
    count_part(fold, variant, DYN_PART_RUNG, deed->rung, false);
    for (uint32_t i = 0; i < deed->shown_count; i++) {
        count_part(fold, variant, DYN_PART_REASON, shown[i].reason, false);
    }
}

/* True when the click is one in a block of the visitor; a block and each of its items is clicked once. */
static bool click(fold_t *fold, const dyn_deed_t *deed, uint32_t variant, values_t *values)
{
    block_t *block = deed->name == DYN_NONE ? NULL : block_of(fold, deed->name, deed->slot);

    if (block == NULL) {
        return false;
    }
    if (!block->any) {
        block->any = true;
        values->y[DYN_OUTCOME_CLICK_RATE][0]++;
        count_part(fold, variant, DYN_PART_SLOT, block->deed->slot, true);
        count_part(fold, variant, DYN_PART_RUNG, block->deed->rung, true);
    }

    const dyn_shown_item_t *shown = shown_in(fold, block->deed);

    for (uint32_t i = 0; i < block->deed->shown_count; i++) {
        uint32_t bit = 1U << (i < 31 ? i : 31);

        if (shown[i].hash == deed->item && (block->clicked & bit) == 0) {
            block->clicked |= bit;
            count_part(fold, variant, DYN_PART_REASON, shown[i].reason, true);
            break;
        }
    }

    return true;
}

/* ---- one visitor ---- */

static uint32_t variant_seen(const fold_t *fold, const dyn_deed_t *deed)
{
    const dyn_tally_t *tally = fold->tally;
    uint32_t experiment = fold->outcomes->experiment;

    if (deed->kind != DYN_DEED_BLOCK ||
        (experiment == tally->holdout &&
         (deed->time_ms < tally->holdout_from_ms || deed->time_ms > tally->holdout_until_ms))) {
        return 0;
    }

    return tally->exposures[deed->exposure].variants[experiment];
}

static void look_before(const dyn_deed_t *deeds, const dyn_deed_t *first, values_t *values)
{
    for (const dyn_deed_t *deed = deeds; deed < first; deed++) {
        if (deed->time_ms < first->time_ms - DYN_BEFORE_DAYS * day_ms || deed->left_out) {
            continue;
        }
        if (deed->kind == DYN_DEED_CART) {
            values->before[DYN_OUTCOME_ADD_TO_CART][0] = 1;
        } else if (deed->kind == DYN_DEED_PURCHASE) {
            values->before[DYN_OUTCOME_CONVERSION][0] = 1;
            if (deed->minor >= 0 && deed->currency < DYN_TALLY_CURRENCIES_MAX) {
                values->before[DYN_OUTCOME_REVENUE_PER_VISITOR][deed->currency] +=
                    (double)deed->minor;
            }
        }
    }
}

typedef struct {
    bool open, assisted, converted;
    int64_t revenue[DYN_TALLY_CURRENCIES_MAX];
} session_t;

static void end_session(session_t *session, dyn_outcome_t *outcome)
{
    dyn_sessions_of_t *sessions = session->assisted ? &outcome->assisted : &outcome->others;

    if (session->open) {
        sessions->sessions++;
        sessions->converted += session->converted;
        for (uint32_t i = 0; i < DYN_TALLY_CURRENCIES_MAX; i++) {
            sessions->revenue[i] += session->revenue[i];
        }
    }
    memset(session, 0, sizeof(*session));
}

/* A line of an order; `last` is the line before it. */
static void buy(const dyn_deed_t *deed, const dyn_deed_t *last, uint32_t *orders_valued,
                session_t *session, values_t *values, dyn_outcome_t *outcome)
{
    bool same = last != NULL && last->name == deed->name && last->time_ms == deed->time_ms;

    session->converted = true;
    values->y[DYN_OUTCOME_CONVERSION][0] = 1;
    outcome->orders += !same;
    *orders_valued = same ? *orders_valued : 0;
    if (deed->minor >= 0 && deed->currency < DYN_TALLY_CURRENCIES_MAX) {
        bool counted = (*orders_valued >> deed->currency & 1) != 0;

        values->y[DYN_OUTCOME_REVENUE_PER_VISITOR][deed->currency] += (double)deed->minor;
        values->orders[deed->currency] += !counted;
        *orders_valued |= 1U << deed->currency;
        session->revenue[deed->currency] += deed->minor;
    }
}

static void add_values(const dyn_tally_t *tally, values_t *values, dyn_outcome_t *outcome)
{
    outcome->visitors++;
    outcome->sessions += (uint64_t)values->sessions;
    outcome->buyers += values->y[DYN_OUTCOME_CONVERSION][0] > 0;
    outcome->cart_visitors += values->y[DYN_OUTCOME_ADD_TO_CART][0] > 0;
    outcome->blocks += (uint64_t)values->blocks;
    outcome->clicked_blocks += (uint64_t)values->y[DYN_OUTCOME_CLICK_RATE][0];
    for (uint32_t i = 0; i < tally->currency_count; i++) {
        double revenue = values->y[DYN_OUTCOME_REVENUE_PER_VISITOR][i];

        values->y[DYN_OUTCOME_REVENUE_PER_SESSION][i] = revenue;
        values->y[DYN_OUTCOME_ORDER_VALUE][i] = revenue;
        outcome->revenue[i] += (int64_t)revenue;
        outcome->orders_in[i] += (uint64_t)values->orders[i];
    }
    for (uint32_t metric = 0; metric < DYN_OUTCOME_METRICS; metric++) {
        uint32_t count = dyn_metric_rows[metric].money ? tally->currency_count : 1;

        for (uint32_t i = 0; i < count; i++) {
            double x = metric == DYN_OUTCOME_CLICK_RATE            ? values->blocks
                       : metric == DYN_OUTCOME_REVENUE_PER_SESSION ? values->sessions
                       : metric == DYN_OUTCOME_ORDER_VALUE         ? values->orders[i]
                                                                   : 0;

            dyn_arm_add(&outcome->arms[metric][i], values->y[metric][i], x,
                        values->before[metric][i]);
        }
    }
}

/* From the first exposure on. `deeds` are all of the visitor's up to `end`. */
static void follow(fold_t *fold, const dyn_deed_t *deeds, const dyn_deed_t *first,
                   const dyn_deed_t *end, uint32_t variant)
{
    dyn_outcome_t *outcome = &fold->outcomes->variants[variant];
    const dyn_deed_t *last_line = NULL;
    session_t session = {0};
    uint32_t orders_valued = 0;
    values_t values;

    memset(&values, 0, sizeof(values));
    fold->block_count = 0;
    look_before(deeds, first, &values);
    for (const dyn_deed_t *deed = first; deed < end; deed++) {
        if (deed > first && deed->time_ms - deed[-1].time_ms > DYN_SESSION_IDLE_S * 1000LL) {
            end_session(&session, outcome);
        }
        values.sessions += !session.open;
        session.open = true;
        if (deed->kind == DYN_DEED_BLOCK && variant_seen(fold, deed) != 0) {
            show_block(fold, deed, variant, &values);
        } else if (deed->kind == DYN_DEED_CLICK || deed->kind == DYN_DEED_CART) {
            session.assisted = click(fold, deed, variant, &values) || session.assisted;
            if (deed->kind == DYN_DEED_CART) {
                values.y[DYN_OUTCOME_ADD_TO_CART][0] = 1;
            }
        } else if (deed->kind == DYN_DEED_PURCHASE && !deed->left_out) {
            buy(deed, last_line, &orders_valued, &session, &values, outcome);
            last_line = deed;
        }
    }
    end_session(&session, outcome);
    add_values(fold->tally, &values, outcome);
}

static bool fold_visitor(fold_t *fold, const dyn_deed_t *deeds, const dyn_deed_t *end,
                         bool with_order)
{
    dyn_outcomes_t *outcomes = fold->outcomes;
    const dyn_deed_t *first = NULL;
    uint32_t variant = 0;
    bool both = false;

    for (const dyn_deed_t *deed = deeds; deed < end; deed++) {
        uint32_t seen = variant_seen(fold, deed);

        if (seen != 0 && first == NULL) {
            first = deed;
            variant = seen - 1;
        }
        both = both || (seen != 0 && seen - 1 != variant);
    }
    if (first == NULL) {
        return true;
    }

    if (with_order) {
        if (!dyn_grow((void **)&fold->exposed, fold->exposed_count, &fold->exposed_room, 1,
                      sizeof(exposed_t))) {
            return false;
        }
        fold->exposed[fold->exposed_count++] = (exposed_t){first->time_ms, (uint8_t)variant};
    }
    if (outcomes->first_ms == 0 || first->time_ms < outcomes->first_ms) {
        outcomes->first_ms = first->time_ms;
    }
    outcomes->last_ms = first->time_ms > outcomes->last_ms ? first->time_ms : outcomes->last_ms;
    outcomes->lately += first->time_ms > fold->tally->last_ms - DYN_LATELY_DAYS * day_ms;
    if (both) {
        outcomes->both++;
        return true;
    }
    follow(fold, deeds, first, end, variant);

    return true;
}

/* ---- all ---- */

static int by_time(const void *a, const void *b)
{
    const exposed_t *left = a, *right = b;

    if (left->first_ms != right->first_ms) {
        return left->first_ms < right->first_ms ? -1 : 1;
    }

    return left->variant < right->variant ? -1 : left->variant > right->variant;
}

static bool put_in_order(fold_t *fold)
{
    dyn_outcomes_t *outcomes = fold->outcomes;

    if (fold->exposed_count == 0) {
        return true;
    }
    outcomes->order = malloc(fold->exposed_count);
    if (outcomes->order == NULL) {
        return false;
    }
    qsort(fold->exposed, fold->exposed_count, sizeof(exposed_t), by_time);
    for (uint32_t i = 0; i < fold->exposed_count; i++) {
        outcomes->order[i] = fold->exposed[i].variant;
    }
    outcomes->order_count = fold->exposed_count;

    return true;
}

bool dyn_outcomes_fold(const dyn_tally_t *tally, uint32_t experiment, int64_t until_ms,
                       bool with_order, dyn_outcomes_t *outcomes)
{
    int64_t ends_ms = dyn_tally_ends_ms(tally, experiment);
    fold_t fold = {.tally = tally, .outcomes = outcomes};
    const dyn_deed_t *deeds = tally->deeds;
    bool good = true;

    fold.until_ms = until_ms = until_ms < ends_ms ? until_ms : ends_ms;
    memset(outcomes, 0, sizeof(*outcomes));
    outcomes->experiment = experiment;
    outcomes->variant_count = tally->experiments[experiment].variant_count;
    for (uint32_t start = 0, end; good && start < tally->deed_count; start = end) {
        uint32_t last = start; /* behind the last one that has happened by then */

        for (end = start; end < tally->deed_count && deeds[end].visitor == deeds[start].visitor;
             end++) {
            last = deeds[end].time_ms <= until_ms ? end + 1 : last;
        }
        good = fold_visitor(&fold, deeds + start, deeds + last, with_order);
    }
    good = good && put_in_order(&fold);
    free(fold.exposed);

    return good;
}

void dyn_outcomes_free(dyn_outcomes_t *outcomes)
{
    free(outcomes->order);
    outcomes->order = NULL;
}

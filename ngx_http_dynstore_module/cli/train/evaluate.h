/*
 * How well lists foretell what was clicked next. Two questions: `all` lets a list repeat what the session holds, as papers do;
 * `novel` asks only about targets that are new to the session, with the session's items excluded, as a widget is asked.
 */
#ifndef DYN_EVALUATE_H
#define DYN_EVALUATE_H

#include <jansson.h>

#include "engine/model/model.h"
#include "cli/input/sessions.h"

/* Writes items, best first, and returns how many, at most `want`; the list has room for one more. */
typedef size_t (*dyn_recommend_fn)(void *context, const uint32_t *items, size_t count, bool novel,
                                   size_t want, uint32_t *list);

typedef struct {
    const dyn_sessions_t *sessions;
    bool pairs;        /* only a session's last click is a target */
    size_t at;         /* length of the lists */
    size_t min_prefix; /* shorter prefixes are not asked about */
    uint32_t item_count;
    const float *popularity; /* by item, 0..1 */
    dyn_recommend_fn recommend;
    void *context;
} dyn_evaluation_t;

enum { DYN_EVALUATE_BLOCKS = 200 };

/*
 * hr: share of targets in the list; mrr: mean of 1 / place, 0 outside. ndcg, precision and recall are against all distinct items
 * that are still to come in the session. coverage: share of the items that stood in any list; popularity: mean of the lists'
 * items'. Sums by block of sessions, for intervals.
 */
typedef struct {
    uint64_t count;
    double hr, mrr, ndcg, precision, recall, coverage, popularity;
    double block_count[DYN_EVALUATE_BLOCKS], block_hr[DYN_EVALUATE_BLOCKS],
        block_mrr[DYN_EVALUATE_BLOCKS];
} dyn_evaluated_t;

/* Of each prediction, in microseconds. */
typedef struct {
    double mean, p50, p90, p99, max;
} dyn_latency_t;

/* latency may be NULL. False when memory is out. */
bool dyn_evaluate(const dyn_evaluation_t *evaluation, bool novel, dyn_evaluated_t *evaluated,
                  dyn_latency_t *latency);

json_t *dyn_evaluated_json(const dyn_evaluated_t *evaluated, bool blocks);
json_t *dyn_latency_json(const dyn_latency_t *latency);

/*
 * Compares with an earlier report, `baseline` (the object of one question). Where both counted the same targets, the differences
 * by block are drawn anew 2,000 times (paired bootstrap); else each draws by itself. *low and *high are the bounds of the 95 %
 * interval of new - old. False when the report has no blocks to compare.
 */
bool dyn_evaluate_compare(const dyn_evaluated_t *evaluated, const json_t *baseline,
                          const char *metric, double *low, double *high);

#endif

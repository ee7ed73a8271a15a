/* What a report says: outcomes judged, as one JSON value from which text and HTML are made. Schema dynstore.report/1, docs/experiments.md. */
#ifndef DYN_FINDINGS_H
#define DYN_FINDINGS_H

#include "cli/report/outcomes.h"
#include "cli/report/shares.h"

enum {
    DYN_REPORT_EVENTS_MIN = 150, /* of the metric in each arm, before anything is said of it */
    DYN_REPORT_DAYS_MIN = 3,     /* from the first exposure to the newest event */
    DYN_REPORT_LOOKS_MAX = 42    /* points of a curve: six weeks of days; beyond that every second, third ... day */
};

/* X(constant, name): what is to be done. */
#define DYN_VERDICTS(X) \
    X(NONE, "none")     \
    X(SCALE, "scale") X(TWEAK, "tweak") X(KEEP_RUNNING, "keep_running") X(STOP, "stop")

#define X(constant, name) DYN_VERDICT_##constant,
typedef enum { DYN_VERDICTS(X) DYN_VERDICTS_COUNT } dyn_verdict_t;
#undef X

typedef struct {
    const char *experiment; /* only this one; NULL: all */
    const char *control;    /* the variant that is control; NULL: the rules file's first, else the one called "control", else the first by name */
    const json_t *rules;    /* NULL: not given */
    const json_t *payload;  /* GrowthBook's, which has the shares of experiments with a feature; NULL: not given */
    dyn_metric_t metric;    /* decides */
    double effect;          /* the smallest lift worth having: 0.05 */
    double alpha, power;
    bool curves;            /* also how the lift and its interval went, day by day */
} dyn_findings_options_t;

/* Beyond it, visitors who saw several variants are warned of. */
#define DYN_REPORT_BOTH_MAX 0.01

/* Owned by the caller. NULL when memory is out. */
json_t *dyn_findings(const dyn_tally_t *tally, const dyn_findings_options_t *options);

#endif

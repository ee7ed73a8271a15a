/*
 * The statistics of experiments: pure functions of sums over visitors. Intervals and p values are always valid: they may be looked
 * at every day, and the experiment be ended at any look. Checked by simulation: docs/experiments.md.
 *
 * Sources: the intervals are the asymptotic confidence sequences of Waudby-Smith et al. (arXiv 2103.06476) with GrowthBook's
 * tuning (docs/statistics/sequential); differences, ratios and CUPED as in GrowthBook's gbstats; the sample-ratio test is the mean
 * of three of Lindon and Malek's (arXiv 2007.10844; Optimizely's ssrm), which differ in how near a fault is to the expected shares.
 */
#ifndef DYN_STATISTICS_H
#define DYN_STATISTICS_H

#include "engine/base/types.h"

enum {
    /* The intervals are narrowest where the two arms have so many visitors together. Fixed: it must not follow the data. */
    DYN_SEQUENTIAL_TUNING = 5000,
    DYN_RATIO_ALTERNATIVES = 3,
    DYN_ARMS_MAX = 16
};

/* ---- one arm ---- */

/*
 * Running means and products of deviations (Welford) of what visitors did: y, the metric or a ratio's numerator; x, a ratio's
 * denominator; before, the metric before the first exposure. Zero at first.
 */
typedef struct {
    double count;
    double y, x, before;
    double yy, xx, bb, yx, yb;
} dyn_arm_t;

/* One visitor. */
void dyn_arm_add(dyn_arm_t *arm, double y, double x, double before);

/* ---- a variant against control ---- */

typedef enum {
    DYN_METRIC_MEAN, /* of y over visitors; of 0 and 1: a proportion */
    DYN_METRIC_RATIO /* sum of y over sum of x, by the delta method: an order's value, a click rate */
} dyn_metric_kind_t;

typedef struct {
    double control, variant; /* the metric's values; of a CUPED result the variant's is adjusted */
    double difference, difference_error; /* variant - control, and its standard error */
    double lift, lift_error;             /* variant / control - 1, and its standard error */
    double low, high;                    /* always-valid interval of the lift */
    double difference_low, difference_high;
    double p;        /* always-valid, of no lift */
    double visitors; /* both arms */
    double
        variance_kept; /* by CUPED: 1 is all of it, 0.6 means that 40 % of the variance is gone */
} dyn_effect_t;

/*
 * False when nothing can be said: fewer than two visitors in an arm, control's value not above 0, or no variance. with_before: CUPED, of means
 * only, with one slope for both arms; it changes nothing where no visitor has a past.
 */
bool dyn_effect_measure(const dyn_arm_t *control, const dyn_arm_t *variant, dyn_metric_kind_t kind,
                        bool with_before, double alpha, dyn_effect_t *effect);

/* Half of the interval's width in standard errors, of `visitors` in both arms. Falls with alpha. */
double dyn_sequential_width(double visitors, double alpha);
/* The always-valid p value of an estimate so far from 0. */
double dyn_sequential_p(double estimate, double error, double visitors, double alpha);

/* ---- sample ratio ---- */

typedef struct {
    uint32_t arms;
    double shares[DYN_ARMS_MAX]; /* expected; their sum is 1 */
    double counts[DYN_ARMS_MAX];
    /* Factors of Bayes, now: shares that differ against the expected ones. */
    double log_factors[DYN_RATIO_ALTERNATIVES];
    double log_factor; /* of their mean */
    double log_most;   /* the largest so far of the mean */
} dyn_ratio_test_t;

/*
 * How firmly the shares of an alternative lie around the expected ones (a Dirichlet distribution's concentration). A firm one finds
 * a small fault of a large experiment, a loose one a large fault of a small experiment. The mean of Bayes factors is one, too.
 */
extern const double dyn_ratio_concentrations[DYN_RATIO_ALTERNATIVES];

/* Shares need not sum to 1. False when one is not above 0 or there are fewer than 2 or more than DYN_ARMS_MAX. */
bool dyn_ratio_begin(dyn_ratio_test_t *test, const double *shares, uint32_t arms);
/* `count` more visitors of that arm; one at a time in their order the test is exact at every look. */
void dyn_ratio_add(dyn_ratio_test_t *test, uint32_t arm, double count);
/* Below it the sample ratio has failed: of sound experiments less than 1 in 100, looked at for as long as one likes. */
#define DYN_RATIO_P_MIN 0.01
/* Valid at every look: falls and never rises. */
double dyn_ratio_p(const dyn_ratio_test_t *test);

/* ---- planning ---- */

typedef struct {
    double value;     /* of control */
    double deviation; /* of one visitor's; of a proportion p it is sqrt(p (1 - p)) */
    double effect;    /* the lift to be found: 0.1 is 10 % more */
    double share;     /* the variant's of both arms */
    double alpha;
    double power;
    bool fixed; /* looked at once, at the end, with an ordinary test */
} dyn_plan_t;

/*
 * Visitors of both arms together that find the effect with at least that power. A sequential test that is looked at before has a
 * little more power than planned, since it may end early. 0 when none would do or a number is out of range.
 */
double dyn_plan_visitors(const dyn_plan_t *plan);
/* The power that so many visitors give. */
double dyn_plan_power(const dyn_plan_t *plan, double visitors);
/* The smallest lift that so many visitors find: plan->effect is not read. 0 when there is none below 1000 %. */
double dyn_plan_effect(const dyn_plan_t *plan, double visitors);

/*
 * Visitors of both arms with which that lift is found, after `visitors` have given that standard error of the lift. 0 when none would do.
 */
double dyn_visitors_needed(double lift_error, double visitors, double effect, double alpha, double power);

/* The standard normal's quantile; p in (0, 1). */
double dyn_normal_quantile(double p);

#endif

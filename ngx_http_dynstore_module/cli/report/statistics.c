#include "cli/report/statistics.h"

#include <math.h>
#include <string.h>

/* ---- one arm ---- */

void dyn_arm_add(dyn_arm_t *arm, double y, double x, double before)
{
    double from_y = y - arm->y, from_x = x - arm->x, from_before = before - arm->before;

    arm->count += 1;
    arm->y += from_y / arm->count;
    arm->x += from_x / arm->count;
    arm->before += from_before / arm->count;
    arm->yy += from_y * (y - arm->y);
    arm->xx += from_x * (x - arm->x);
    arm->bb += from_before * (before - arm->before);
    arm->yx += from_y * (x - arm->x);
    arm->yb += from_y * (before - arm->before);
}

/* ---- intervals ---- */

static double tuned(double alpha)
{
    double log_alpha = -2 * log(alpha);

    return (log_alpha + log(log_alpha + 1)) / DYN_SEQUENTIAL_TUNING;
}

double dyn_sequential_width(double visitors, double alpha)
{
    double spread = visitors * tuned(alpha);

    return sqrt(2 * (spread + 1) / spread * log(sqrt(spread + 1) / alpha));
}

double dyn_sequential_p(double estimate, double error, double visitors, double alpha)
{
    double spread = visitors * tuned(alpha), z = estimate / error;
    double evidence = spread * z * z / (2 * (spread + 1)) - log(spread + 1) / 2;

    return evidence > 0 ? exp(-evidence) : 1;
}

/* ---- a variant against control ---- */

/* A value and how far it moves with y and with what divides it. */
typedef struct {
    double value;
    double variance; /* of the value */
} estimate_t;

static double variance_of(double deviations, const dyn_arm_t *arm)
{
    return deviations / (arm->count - 1);
}

static estimate_t ratio_of(const dyn_arm_t *arm)
{
    double value = arm->y / arm->x;
    double variance = variance_of(arm->yy, arm) - 2 * value * variance_of(arm->yx, arm) +
                      value * value * variance_of(arm->xx, arm);

    return (estimate_t){value, variance / (arm->x * arm->x) / arm->count};
}

/* The variance of y less the slope times before. */
static double adjusted_variance(const dyn_arm_t *arm, double weight, double slope)
{
    double variance = weight * weight * variance_of(arm->yy, arm) -
                      2 * weight * slope * variance_of(arm->yb, arm) +
                      slope * slope * variance_of(arm->bb, arm);

    return variance / arm->count;
}

static void measure_ratio(const dyn_arm_t *control, const dyn_arm_t *variant, dyn_effect_t *effect)
{
    estimate_t base = ratio_of(control), other = ratio_of(variant);
    double change = other.value / base.value;

    effect->control = base.value;
    effect->variant = other.value;
    effect->difference = other.value - base.value;
    effect->difference_error = sqrt(base.variance + other.variance);
    effect->lift_error = sqrt(other.variance + change * change * base.variance) / base.value;
}

/* lift = (y_v - y_c - slope (b_v - b_c)) / y_c: its derivative by y_c is -(1 + lift) / y_c, by b_c slope / y_c. */
static void measure_mean(const dyn_arm_t *control, const dyn_arm_t *variant, double slope,
                         dyn_effect_t *effect)
{
    double variant_variance = adjusted_variance(variant, 1, slope);

    effect->control = control->y;
    effect->difference = variant->y - control->y - slope * (variant->before - control->before);
    effect->variant = control->y + effect->difference;
    effect->difference_error = sqrt(adjusted_variance(control, 1, slope) + variant_variance);
    effect->lift_error =
        sqrt(adjusted_variance(control, effect->variant / control->y, slope) + variant_variance) /
        control->y;
}

/* The slope of y over before within the arms; 0 where there is no past. */
static double slope_of(const dyn_arm_t *control, const dyn_arm_t *variant, double *variance_kept)
{
    double bb = control->bb + variant->bb, yb = control->yb + variant->yb;
    double yy = control->yy + variant->yy;

    *variance_kept = 1;
    if (bb <= 0 || yy <= 0) {
        return 0;
    }
    *variance_kept = 1 - yb * yb / (bb * yy);

    return yb / bb;
}

bool dyn_effect_measure(const dyn_arm_t *control, const dyn_arm_t *variant, dyn_metric_kind_t kind,
                        bool with_before, double alpha, dyn_effect_t *effect)
{
    bool ratio = kind == DYN_METRIC_RATIO;

    memset(effect, 0, sizeof(*effect));
    effect->variance_kept = 1;
    effect->visitors = control->count + variant->count;
    if (control->count < 2 || variant->count < 2 || control->y <= 0 ||
        (ratio && (control->x <= 0 || variant->x <= 0))) {
        return false;
    }

    if (ratio) {
        measure_ratio(control, variant, effect);
    } else {
        measure_mean(control, variant,
                     with_before ? slope_of(control, variant, &effect->variance_kept) : 0, effect);
    }
    effect->lift = effect->difference / effect->control;
    if (!(effect->lift_error > 0 && effect->difference_error > 0)) {
        return false;
    }

    double width = dyn_sequential_width(effect->visitors, alpha);

    effect->low = effect->lift - width * effect->lift_error;
    effect->high = effect->lift + width * effect->lift_error;
    effect->difference_low = effect->difference - width * effect->difference_error;
    effect->difference_high = effect->difference + width * effect->difference_error;
    effect->p = dyn_sequential_p(effect->lift, effect->lift_error, effect->visitors, alpha);

    return true;
}

/* ---- sample ratio ---- */

const double dyn_ratio_concentrations[DYN_RATIO_ALTERNATIVES] = {100, 1000, 10000};

bool dyn_ratio_begin(dyn_ratio_test_t *test, const double *shares, uint32_t arms)
{
    double sum = 0;

    memset(test, 0, sizeof(*test));
    if (arms < 2 || arms > DYN_ARMS_MAX) {
        return false;
    }
    for (uint32_t i = 0; i < arms; i++) {
        if (!(shares[i] > 0)) {
            return false;
        }
        sum += shares[i];
    }
    test->arms = arms;
    for (uint32_t i = 0; i < arms; i++) {
        test->shares[i] = shares[i] / sum;
    }

    return true;
}

static double log_gamma(double x)
{
    int sign;

    return lgamma_r(x, &sign);
}

/*
 * How `count` more visitors of an arm, of which it has `before` of `total` visitors, change the factor: a Dirichlet-multinomial over
 * the multinomial, which is the product over visitors of (posterior share) / (expected share).
 */
static double log_step(double concentration, double share, double before, double total,
                       double count)
{
    double seen = concentration * share + before, all = concentration + total;

    if (count == 1) {
        return log(seen / all / share);
    }

    return log_gamma(seen + count) - log_gamma(seen) - log_gamma(all + count) + log_gamma(all) -
           count * log(share);
}

static double log_mean(const double *logs, uint32_t count)
{
    double most = logs[0], sum = 0;

    for (uint32_t i = 1; i < count; i++) {
        most = fmax(most, logs[i]);
    }
    for (uint32_t i = 0; i < count; i++) {
        sum += exp(logs[i] - most);
    }

    return most + log(sum / count);
}

void dyn_ratio_add(dyn_ratio_test_t *test, uint32_t arm, double count)
{
    double total = 0;

    for (uint32_t i = 0; i < test->arms; i++) {
        total += test->counts[i];
    }
    for (uint32_t i = 0; i < DYN_RATIO_ALTERNATIVES; i++) {
        test->log_factors[i] += log_step(dyn_ratio_concentrations[i], test->shares[arm],
                                         test->counts[arm], total, count);
    }
    test->counts[arm] += count;
    test->log_factor = log_mean(test->log_factors, DYN_RATIO_ALTERNATIVES);
    test->log_most = fmax(test->log_most, test->log_factor);
}

double dyn_ratio_p(const dyn_ratio_test_t *test)
{
    return exp(-test->log_most);
}

/* ---- planning ---- */

double dyn_normal_quantile(double p)
{
    double low = -40, high = 40;

    for (int step = 0; step < 100; step++) {
        double middle = (low + high) / 2;

        if (erfc(-middle / sqrt(2)) / 2 < p) {
            low = middle;
        } else {
            high = middle;
        }
    }

    return (low + high) / 2;
}

static double normal_below(double z)
{
    return erfc(-z / sqrt(2)) / 2;
}

/*
 * The standard error of the lift. The variant's variance is taken to grow as its value does: so it is with rare purchases and with
 * what they bring.
 */
static double lift_error(const dyn_plan_t *plan, double effect, double visitors)
{
    double relative = plan->deviation / plan->value, variance = relative * relative;

    return sqrt(((1 + effect) * variance / plan->share +
                 (1 + effect) * (1 + effect) * variance / (1 - plan->share)) /
                visitors);
}

static double width_of(const dyn_plan_t *plan, double visitors)
{
    return plan->fixed ? dyn_normal_quantile(1 - plan->alpha / 2)
                       : dyn_sequential_width(visitors, plan->alpha);
}

static double power_of(const dyn_plan_t *plan, double effect, double visitors)
{
    return normal_below(fabs(effect) / lift_error(plan, effect, visitors) -
                        width_of(plan, visitors));
}

static bool plan_good(const dyn_plan_t *plan)
{
    return plan->value > 0 && plan->deviation > 0 && plan->share > 0 && plan->share < 1 &&
           plan->alpha > 0 && plan->alpha < 0.5 && plan->power > 0 && plan->power < 1;
}

double dyn_plan_power(const dyn_plan_t *plan, double visitors)
{
    return plan_good(plan) && plan->effect > -1 && visitors > 0
               ? power_of(plan, plan->effect, visitors)
               : 0;
}

double dyn_plan_visitors(const dyn_plan_t *plan)
{
    const double most = 1e12;
    double low = 1, high = most;

    if (!plan_good(plan) || plan->effect == 0 || plan->effect <= -1 ||
        dyn_plan_power(plan, most) < plan->power) {
        return 0;
    }
    while (high - low > 0.5) {
        double middle = (low + high) / 2;

        if (power_of(plan, plan->effect, middle) < plan->power) {
            low = middle;
        } else {
            high = middle;
        }
    }

    return ceil(high);
}

double dyn_plan_effect(const dyn_plan_t *plan, double visitors)
{
    const double most = 10;
    double low = 0, high = most;

    if (!plan_good(plan) || visitors <= 0 || power_of(plan, most, visitors) < plan->power) {
        return 0;
    }
    for (int step = 0; step < 60; step++) {
        double middle = (low + high) / 2;

        if (power_of(plan, middle, visitors) < plan->power) {
            low = middle;
        } else {
            high = middle;
        }
    }

    return high;
}

double dyn_visitors_needed(double lift_error, double visitors, double effect, double alpha,
                           double power)
{
    double low = 1, high = 1e12, beyond = dyn_normal_quantile(power);

    if (!(lift_error > 0 && visitors > 0 && effect > 0)) {
        return 0;
    }
    while (high - low > 0.5) {
        double middle = (low + high) / 2;

        if ((dyn_sequential_width(middle, alpha) + beyond) * lift_error * sqrt(visitors / middle) >
            effect) {
            low = middle;
        } else {
            high = middle;
        }
    }

    return high < 1e12 ? ceil(high) : 0;
}

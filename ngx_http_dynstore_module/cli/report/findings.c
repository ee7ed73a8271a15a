#include "cli/report/findings.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/report.h"
#include "engine/base/money.h"
#include "engine/base/time_text.h"

static const double day_ms = 86400000;

#define X(constant, name) name,
static const char *const verdict_names[DYN_VERDICTS_COUNT] = {DYN_VERDICTS(X)};
#undef X

enum { name_bytes = 160, sentence_bytes = 640 };

/* One experiment while it is judged. */
typedef struct {
    const dyn_tally_t *tally;
    const dyn_findings_options_t *options;
    const dyn_tally_experiment_t *experiment;
    dyn_outcomes_t outcomes;
    char names[DYN_TALLY_VARIANTS_MAX][name_bytes];
    uint32_t order[DYN_TALLY_VARIANTS_MAX]; /* control first, then by name */
    uint32_t count;
    uint32_t currency; /* of metrics of money, when one decides: that of most orders */
    bool has_shares, ratio_failed;
    dyn_shares_t shares;
    int64_t until_ms; /* what happened later does not count */
    double alpha;     /* of one comparison: shared out among the variants */
    double days, a_day;
} judged_t;

static void copy_name(const dyn_tally_t *tally, uint32_t text, char name[name_bytes])
{
    dyn_str_t from = dyn_ids_text(&tally->texts, text);

    snprintf(name, name_bytes, "%.*s", (int)(from.len < name_bytes ? from.len : name_bytes - 1),
             from.data);
}

static json_t *time_json(int64_t time_ms)
{
    char text[21];

    dyn_time_format(time_ms, text);

    return json_string(text);
}

static json_t *text_json(const dyn_tally_t *tally, uint32_t text)
{
    json_t *value = dyn_report_text(dyn_ids_text(&tally->texts, text));

    return value != NULL ? value : json_string("?");
}

/* ---- variants and their order ---- */

static bool is_control(const judged_t *judged, uint32_t variant)
{
    const char *name = judged->names[variant];

    if (judged->options->control != NULL) {
        return strcmp(name, judged->options->control) == 0;
    }

    return strcmp(name, judged->has_shares ? judged->shares.names[0] : "control") == 0 ||
           strcmp(name, DYN_HOLDOUT) == 0;
}

static void put_variants_in_order(judged_t *judged)
{
    judged->count = 0;
    for (uint32_t i = 0; i < judged->experiment->variant_count; i++) {
        uint32_t at = judged->count++;
        bool first = is_control(judged, i);

        while (at > 0 &&
               (first || (!is_control(judged, judged->order[at - 1]) &&
                          strcmp(judged->names[judged->order[at - 1]], judged->names[i]) > 0))) {
            judged->order[at] = judged->order[at - 1];
            at--;
        }
        judged->order[at] = i;
    }
}

/* ---- sample ratio ---- */

static double share_of(const judged_t *judged, const char *name)
{
    for (uint32_t i = 0; i < judged->shares.count; i++) {
        if (strcmp(judged->shares.names[i], name) == 0) {
            return judged->shares.shares[i];
        }
    }

    return 0;
}

/* Variants of the rules file that nobody saw are arms, too. */
static uint32_t expected_shares(const judged_t *judged, const char *names[DYN_ARMS_MAX],
                                double shares[DYN_ARMS_MAX],
                                uint32_t arm_of[DYN_TALLY_VARIANTS_MAX])
{
    uint32_t arms = 0;

    for (uint32_t i = 0; i < judged->count; i++) {
        uint32_t variant = judged->order[i];

        arm_of[variant] = arms;
        names[arms] = judged->names[variant];
        shares[arms++] = judged->has_shares ? share_of(judged, judged->names[variant]) : 1;
    }
    for (uint32_t i = 0; judged->has_shares && i < judged->shares.count; i++) {
        bool seen = false;

        for (uint32_t arm = 0; arm < judged->count; arm++) {
            seen = seen || strcmp(names[arm], judged->shares.names[i]) == 0;
        }
        if (!seen && judged->shares.shares[i] > 0 && arms < DYN_ARMS_MAX) {
            names[arms] = judged->shares.names[i];
            shares[arms++] = judged->shares.shares[i];
        }
    }

    return arms;
}

static void append_percents(char text[sentence_bytes], const double *shares, uint32_t arms)
{
    double sum = 0;

    for (uint32_t i = 0; i < arms; i++) {
        sum += shares[i];
    }
    for (uint32_t i = 0; i < arms; i++) {
        size_t used = strlen(text);

        snprintf(text + used, sentence_bytes - used, "%s%.4g %%", i == 0 ? "" : " : ",
                 100 * shares[i] / sum);
    }
}

static const char *unchecked_because(const judged_t *judged, uint32_t arms, const double *shares)
{
    if (!judged->has_shares && strcmp(judged->names[judged->order[0]], DYN_HOLDOUT) == 0) {
        return "not checked: give the rules file that says how large the holdout is (--rules)";
    }
    if (!judged->has_shares && judged->options->rules != NULL) {
        return judged->shares.unknown;
    }
    if (arms < 2) {
        return "not checked: only one variant was seen";
    }
    for (uint32_t i = 0; i < arms; i++) {
        if (!(shares[i] > 0)) {
            return "not checked: a variant was seen that the rules file does not have, or gives no "
                   "weight";
        }
    }

    return NULL;
}

static json_t *ratio_json(judged_t *judged)
{
    const char *names[DYN_ARMS_MAX];
    double shares[DYN_ARMS_MAX];
    uint32_t arm_of[DYN_TALLY_VARIANTS_MAX];
    uint32_t arms = expected_shares(judged, names, shares, arm_of);
    const char *because = unchecked_because(judged, arms, shares);
    dyn_ratio_test_t test;
    char sentence[sentence_bytes] = "";
    json_t *rows = json_array();

    if (because != NULL || !dyn_ratio_begin(&test, shares, arms)) {
        json_decref(rows);
        return json_pack("{s:b, s:b, s:s?}", "checked", 0, "failed", 0, "sentence", because);
    }
    for (uint32_t i = 0; i < judged->outcomes.order_count; i++) {
        dyn_ratio_add(&test, arm_of[judged->outcomes.order[i]], 1);
    }
    for (uint32_t i = 0; i < arms; i++) {
        json_array_append_new(rows,
                              json_pack("{s:s, s:f, s:I}", "variant", names[i], "expected",
                                        test.shares[i], "visitors", (json_int_t)test.counts[i]));
    }

    double p = dyn_ratio_p(&test);

    judged->ratio_failed = p < DYN_RATIO_P_MIN;
    snprintf(sentence, sizeof(sentence), "%s: expected%s ",
             judged->ratio_failed ? "failed" : "good",
             judged->has_shares ? "" : " (equal shares, as no rules file was given)");
    append_percents(sentence, test.shares, arms);
    strncat(sentence, ", seen ", sizeof(sentence) - strlen(sentence) - 1);
    append_percents(sentence, test.counts, arms);

    size_t used = strlen(sentence);

    snprintf(sentence + used, sizeof(sentence) - used, ", p %.3g", p);

    return json_pack("{s:b, s:b, s:b, s:f, s:o, s:s}", "checked", 1, "failed", judged->ratio_failed,
                     "assumed_equal", !judged->has_shares, "p", p, "variants", rows, "sentence",
                     sentence);
}

/* ---- effects ---- */

static bool counts_enough(const dyn_outcome_t *outcome, dyn_metric_t metric, uint32_t currency)
{
    uint64_t events = metric == DYN_OUTCOME_CONVERSION    ? outcome->buyers
                      : metric == DYN_OUTCOME_ADD_TO_CART ? outcome->cart_visitors
                      : metric == DYN_OUTCOME_CLICK_RATE  ? outcome->clicked_blocks
                                                          : outcome->orders_in[currency];

    return events >= DYN_REPORT_EVENTS_MIN;
}

static bool measure(const judged_t *judged, const dyn_outcomes_t *outcomes, uint32_t variant,
                    dyn_metric_t metric, uint32_t currency, dyn_effect_t *effect)
{
    uint32_t place = dyn_metric_rows[metric].money ? currency : 0;

    return dyn_effect_measure(&outcomes->variants[judged->order[0]].arms[metric][place],
                              &outcomes->variants[variant].arms[metric][place],
                              dyn_metric_rows[metric].kind, dyn_metric_rows[metric].cuped,
                              judged->alpha, effect);
}

static bool enough(const judged_t *judged, uint32_t variant, dyn_metric_t metric, uint32_t currency)
{
    return judged->days >= DYN_REPORT_DAYS_MIN &&
           counts_enough(&judged->outcomes.variants[judged->order[0]], metric, currency) &&
           counts_enough(&judged->outcomes.variants[variant], metric, currency);
}

/* Amounts of money in the major unit, as people read them. */
static double scale_of(const dyn_tally_t *tally, dyn_metric_t metric, uint32_t currency)
{
    return dyn_metric_rows[metric].money
               ? pow(10, -(double)dyn_money_exponent(dyn_str_from(tally->currencies[currency])))
               : 1;
}

static json_t *effect_json(const judged_t *judged, uint32_t variant, dyn_metric_t metric,
                           uint32_t currency)
{
    const dyn_metric_row_t *row = &dyn_metric_rows[metric];
    const char *code = row->money ? judged->tally->currencies[currency] : NULL;
    bool is_enough = enough(judged, variant, metric, currency);
    bool primary =
        metric == judged->options->metric && (!row->money || currency == judged->currency);
    double scale = scale_of(judged->tally, metric, currency);
    dyn_effect_t effect;

    if (!measure(judged, &judged->outcomes, variant, metric, currency, &effect) || !is_enough) {
        return json_pack("{s:s, s:s, s:s?, s:b, s:b}", "variant", judged->names[variant], "metric",
                         row->name, "currency", code, "primary", primary, "enough", 0);
    }

    return json_pack(
        "{s:s, s:s, s:s?, s:b, s:b, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:b, s:f}",
        "variant", judged->names[variant], "metric", row->name, "currency", code, "primary",
        primary, "enough", 1, "control", scale * effect.control, "value", scale * effect.variant,
        "lift", effect.lift, "low", effect.low, "high", effect.high, "p", effect.p, "difference",
        scale * effect.difference, "difference_low", scale * effect.difference_low,
        "difference_high", scale * effect.difference_high, "cuped", effect.variance_kept < 1,
        "variance_kept", effect.variance_kept);
}

static json_t *effects_json(const judged_t *judged)
{
    json_t *effects = json_array();

    for (uint32_t i = 1; !judged->ratio_failed && i < judged->count; i++) {
        for (uint32_t metric = 0; metric < DYN_OUTCOME_METRICS; metric++) {
            uint32_t times = dyn_metric_rows[metric].money ? judged->tally->currency_count : 1;

            for (uint32_t currency = 0; currency < times; currency++) {
                json_array_append_new(
                    effects, effect_json(judged, judged->order[i], (dyn_metric_t)metric, currency));
            }
        }
    }

    return effects;
}

/* ---- verdicts ---- */

typedef struct {
    dyn_verdict_t verdict;
    double days_left; /* -1: unknown */
    double lift;
    char sentence[sentence_bytes];
} opinion_t;

static void say(opinion_t *opinion, dyn_verdict_t verdict, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void say(opinion_t *opinion, dyn_verdict_t verdict, const char *format, ...)
{
    va_list args;

    opinion->verdict = verdict;
    va_start(args, format);
    vsnprintf(opinion->sentence, sizeof(opinion->sentence), format, args);
    va_end(args);
}

static const char *metric_words(const judged_t *judged, char words[64])
{
    const dyn_metric_row_t *row = &dyn_metric_rows[judged->options->metric];

    snprintf(words, 64, "%s%s%s", row->name, row->money ? " in " : "",
             row->money ? judged->tally->currencies[judged->currency] : "");
    for (char *c = words; *c != '\0'; c++) {
        *c = *c == '_' ? ' ' : *c;
    }

    return words;
}

static void leave_undecided(const judged_t *judged, const dyn_effect_t *effect, bool measured,
                            opinion_t *opinion)
{
    const dyn_findings_options_t *options = judged->options;
    double days = DYN_REPORT_DAYS_MIN - judged->days;
    double part = effect->visitors / (double)(judged->outcomes.order_count + 1e-9);
    double needed = measured ? dyn_visitors_needed(effect->lift_error, effect->visitors,
                                                   options->effect, judged->alpha, options->power)
                             : 0;

    opinion->days_left = -1;
    if (judged->outcomes.lately == 0) {
        say(opinion, DYN_VERDICT_TWEAK,
            "nobody new came into it in the last %d days, and it is not decided: run it anew, with "
            "more visitors or a larger change",
            DYN_LATELY_DAYS);
    } else if (needed > 0) {
        double more = (needed - effect->visitors) / (judged->a_day * part);

        opinion->days_left = ceil(more > days ? more : days);
        if (opinion->days_left > 365) {
            say(opinion, DYN_VERDICT_KEEP_RUNNING,
                "at %.0f visitors a day it would take more than a year to find a lift of %.3g %%: "
                "bring more visitors into it, or look for a larger one",
                judged->a_day, 100 * options->effect);
            return;
        }
        say(opinion, DYN_VERDICT_KEEP_RUNNING,
            "about %.0f days are left at %.0f visitors a day until a lift of %.3g %% would be "
            "found",
            opinion->days_left, judged->a_day, 100 * options->effect);
    } else {
        say(opinion, DYN_VERDICT_KEEP_RUNNING,
            "nothing can be said yet: %d of the metric's events in each variant and %d days are "
            "needed",
            DYN_REPORT_EVENTS_MIN, DYN_REPORT_DAYS_MIN);
    }
}

/* A currency in which the variant earns less per visitor; DYN_NONE: none. */
static uint32_t earns_less(const judged_t *judged, uint32_t variant)
{
    for (uint32_t i = 0; i < judged->tally->currency_count; i++) {
        dyn_effect_t effect;

        if (enough(judged, variant, DYN_OUTCOME_REVENUE_PER_VISITOR, i) &&
            measure(judged, &judged->outcomes, variant, DYN_OUTCOME_REVENUE_PER_VISITOR, i,
                    &effect) &&
            effect.high < 0) {
            return i;
        }
    }

    return DYN_NONE;
}

static void judge(const judged_t *judged, uint32_t variant, opinion_t *opinion)
{
    const dyn_findings_options_t *options = judged->options;
    const char *name = judged->names[variant];
    dyn_effect_t effect;
    bool measured =
        measure(judged, &judged->outcomes, variant, options->metric, judged->currency, &effect);
    char words[64];

    *opinion = (opinion_t){.days_left = 0, .lift = effect.lift};
    metric_words(judged, words);
    if (!measured || !enough(judged, variant, options->metric, judged->currency)) {
        leave_undecided(judged, &effect, measured, opinion);
        return;
    }

    uint32_t less = earns_less(judged, variant);
    double needed = dyn_visitors_needed(effect.lift_error, effect.visitors, options->effect,
                                        judged->alpha, options->power);

    if (effect.low > 0 && less != DYN_NONE) {
        say(opinion, DYN_VERDICT_TWEAK,
            "with %s %s is higher (%+.1f %%), but visitors bring less in %s: change it before it "
            "is scaled",
            name, words, 100 * effect.lift, judged->tally->currencies[less]);
    } else if (effect.low > 0) {
        say(opinion, DYN_VERDICT_SCALE,
            "with %s %s is higher: %+.1f %%, at least %+.1f %% and at most %+.1f %%", name, words,
            100 * effect.lift, 100 * effect.low, 100 * effect.high);
    } else if (effect.high < 0) {
        say(opinion, DYN_VERDICT_STOP,
            "with %s %s is lower: %+.1f %%, between %+.1f %% and %+.1f %%", name, words,
            100 * effect.lift, 100 * effect.low, 100 * effect.high);
    } else if (effect.high < options->effect) {
        say(opinion, DYN_VERDICT_STOP,
            "%s lifts %s by %.3g %% at most (between %+.1f %% and %+.1f %%), and %.3g %% was to be "
            "had",
            name, words, 100 * effect.high, 100 * effect.low, 100 * effect.high,
            100 * options->effect);
    } else if (needed > 0 && effect.visitors >= needed) {
        say(opinion, DYN_VERDICT_TWEAK,
            "%s was seen by as many as were to be needed, and no difference in %s was found "
            "(between %+.1f %% and "
            "%+.1f %%): change more, and try again",
            name, words, 100 * effect.low, 100 * effect.high);
    } else {
        leave_undecided(judged, &effect, true, opinion);
    }
}

/* Of several variants: one to scale, else what still runs, else what to tweak, else stop. */
static const opinion_t *decisive(const opinion_t *opinions, uint32_t count)
{
    static const dyn_verdict_t ranks[] = {DYN_VERDICT_SCALE, DYN_VERDICT_KEEP_RUNNING,
                                          DYN_VERDICT_TWEAK, DYN_VERDICT_STOP};

    for (size_t rank = 0; rank < sizeof(ranks) / sizeof(ranks[0]); rank++) {
        const opinion_t *best = NULL;

        for (uint32_t i = 0; i < count; i++) {
            if (opinions[i].verdict == ranks[rank] &&
                (best == NULL || opinions[i].lift > best->lift)) {
                best = &opinions[i];
            }
        }
        if (best != NULL) {
            return best;
        }
    }

    return NULL;
}

static const char *words_of(dyn_verdict_t verdict)
{
    return verdict == DYN_VERDICT_KEEP_RUNNING ? "keep running" : verdict_names[verdict];
}

static bool add_verdict(const judged_t *judged, json_t *report)
{
    opinion_t opinions[DYN_TALLY_VARIANTS_MAX];
    json_t *rows = json_array();
    char line[sentence_bytes + 64];
    const opinion_t *best;

    for (uint32_t i = 1; !judged->ratio_failed && i < judged->count; i++) {
        opinion_t *opinion = &opinions[i - 1];

        judge(judged, judged->order[i], opinion);
        json_array_append_new(
            rows,
            json_pack("{s:s, s:s, s:s, s:o}", "variant", judged->names[judged->order[i]], "verdict",
                      verdict_names[opinion->verdict], "sentence", opinion->sentence, "days_left",
                      opinion->verdict == DYN_VERDICT_KEEP_RUNNING && opinion->days_left >= 0
                          ? json_integer((json_int_t)opinion->days_left)
                          : json_null()));
    }
    best = judged->ratio_failed || judged->count < 2 ? NULL : decisive(opinions, judged->count - 1);
    if (best != NULL) {
        snprintf(line, sizeof(line), "%s: %s", words_of(best->verdict), best->sentence);
    } else if (judged->ratio_failed) {
        snprintf(
            line, sizeof(line),
            "no verdict: visitors are missing from a variant. Find what loses them (a redirect, "
            "a script, a cache, a filter of bots), and begin again");
    } else {
        snprintf(line, sizeof(line), "no verdict: only one variant was seen");
    }
    json_object_set_new(report, "verdicts", rows);
    json_object_set_new(
        report, "verdict",
        json_string(verdict_names[best == NULL ? DYN_VERDICT_NONE : best->verdict]));

    return json_object_set_new(report, "sentence", json_string(line)) == 0;
}

/* ---- what was counted ---- */

static double quotient(double a, double b)
{
    return b > 0 ? a / b : 0;
}

static json_t *sessions_json(const judged_t *judged, const dyn_sessions_of_t *sessions)
{
    json_t *money = json_array();

    for (uint32_t i = 0; i < judged->tally->currency_count; i++) {
        json_array_append_new(
            money,
            json_pack("{s:s, s:f}", "currency", judged->tally->currencies[i], "revenue_per_session",
                      quotient((double)sessions->revenue[i], (double)sessions->sessions) *
                          scale_of(judged->tally, DYN_OUTCOME_REVENUE_PER_SESSION, i)));
    }

    return json_pack("{s:I, s:f, s:o}", "sessions", (json_int_t)sessions->sessions, "conversion",
                     quotient((double)sessions->converted, (double)sessions->sessions), "money",
                     money);
}

static json_t *variant_json(const judged_t *judged, uint32_t variant)
{
    const dyn_outcome_t *outcome = &judged->outcomes.variants[variant];
    double visitors = (double)outcome->visitors;
    json_t *money = json_array();

    for (uint32_t i = 0; i < judged->tally->currency_count; i++) {
        double revenue =
            (double)outcome->revenue[i] * scale_of(judged->tally, DYN_OUTCOME_ORDER_VALUE, i);

        json_array_append_new(
            money,
            json_pack("{s:s, s:I, s:f, s:f, s:f, s:f}", "currency", judged->tally->currencies[i],
                      "orders", (json_int_t)outcome->orders_in[i], "revenue", revenue,
                      "revenue_per_visitor", quotient(revenue, visitors), "revenue_per_session",
                      quotient(revenue, (double)outcome->sessions), "order_value",
                      quotient(revenue, (double)outcome->orders_in[i])));
    }

    return json_pack("{s:s, s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:f, s:f, s:f, s:o, s:o, s:o}",
                     "variant", judged->names[variant], "control", variant == judged->order[0],
                     "visitors", (json_int_t)outcome->visitors, "sessions",
                     (json_int_t)outcome->sessions, "buyers", (json_int_t)outcome->buyers, "orders",
                     (json_int_t)outcome->orders, "cart_visitors",
                     (json_int_t)outcome->cart_visitors, "blocks", (json_int_t)outcome->blocks,
                     "clicked_blocks", (json_int_t)outcome->clicked_blocks, "conversion",
                     quotient((double)outcome->buyers, visitors), "add_to_cart",
                     quotient((double)outcome->cart_visitors, visitors), "click_rate",
                     quotient((double)outcome->clicked_blocks, (double)outcome->blocks), "money",
                     money, "assisted", sessions_json(judged, &outcome->assisted), "others",
                     sessions_json(judged, &outcome->others));
}

static int by_kind_and_shown(const void *a, const void *b)
{
    const dyn_outcome_part_t *left = a, *right = b;
    uint64_t left_shown = 0, right_shown = 0;

    for (uint32_t i = 0; i < DYN_TALLY_VARIANTS_MAX; i++) {
        left_shown += left->shown[i];
        right_shown += right->shown[i];
    }
    if (left->kind != right->kind) {
        return left->kind < right->kind ? -1 : 1;
    }

    return left_shown != right_shown ? (left_shown > right_shown ? -1 : 1)
                                     : (left->name < right->name ? -1 : left->name > right->name);
}

static json_t *parts_json(judged_t *judged)
{
    static const char *const kinds[] = {"slot", "rung", "reason"};
    dyn_outcomes_t *outcomes = &judged->outcomes;
    json_t *parts = json_array();

    qsort(outcomes->parts, outcomes->part_count, sizeof(outcomes->parts[0]), by_kind_and_shown);
    for (uint32_t i = 0; i < outcomes->part_count; i++) {
        const dyn_outcome_part_t *part = &outcomes->parts[i];

        for (uint32_t v = 0; v < judged->count; v++) {
            uint32_t variant = judged->order[v];

            if (part->shown[variant] == 0) {
                continue;
            }
            json_array_append_new(
                parts,
                json_pack("{s:s, s:o, s:s, s:I, s:I, s:f}", "by", kinds[part->kind], "name",
                          text_json(judged->tally, part->name), "variant", judged->names[variant],
                          "shown", (json_int_t)part->shown[variant], "clicked",
                          (json_int_t)part->clicked[variant], "click_rate",
                          quotient((double)part->clicked[variant], (double)part->shown[variant])));
        }
    }

    return parts;
}

static json_t *both_json(const judged_t *judged)
{
    double share = quotient((double)judged->outcomes.both, (double)judged->outcomes.order_count);

    return json_pack("{s:I, s:f, s:b}", "visitors", (json_int_t)judged->outcomes.both, "share",
                     share, "too_many", share > DYN_REPORT_BOTH_MAX);
}

/* ---- day by day ---- */

static bool add_look(const judged_t *judged, int64_t until_ms, json_t *curve)
{
    dyn_outcomes_t *outcomes = malloc(sizeof(*outcomes));
    dyn_metric_t metric = judged->options->metric;
    double day = (double)(until_ms - judged->outcomes.first_ms) / day_ms;
    bool good = outcomes != NULL && dyn_outcomes_fold(judged->tally, judged->outcomes.experiment,
                                                      until_ms, false, outcomes);

    for (uint32_t i = 1; good && i < judged->count; i++) {
        uint32_t variant = judged->order[i];
        dyn_effect_t effect;

        if (measure(judged, outcomes, variant, metric, judged->currency, &effect)) {
            json_array_append_new(
                curve,
                json_pack("{s:o, s:f, s:s, s:I, s:b, s:f, s:f, s:f}", "until", time_json(until_ms),
                          "day", day, "variant", judged->names[variant], "visitors",
                          (json_int_t)effect.visitors, "enough",
                          day >= DYN_REPORT_DAYS_MIN &&
                              counts_enough(&outcomes->variants[judged->order[0]], metric,
                                            judged->currency) &&
                              counts_enough(&outcomes->variants[variant], metric, judged->currency),
                          "lift", effect.lift, "low", effect.low, "high", effect.high));
        }
    }
    if (outcomes != NULL) {
        dyn_outcomes_free(outcomes);
    }
    free(outcomes);

    return good;
}

static bool add_curve(const judged_t *judged, json_t *report)
{
    json_t *curve = json_array();
    bool good = true;
    int64_t step = (int64_t)day_ms, last = judged->until_ms, first = judged->outcomes.first_ms;

    step *= 1 + (last - first) / step / DYN_REPORT_LOOKS_MAX;
    for (int64_t at = first + step; good && judged->options->curves && !judged->ratio_failed;
         at += step) {
        good = add_look(judged, at < last ? at : last, curve);
        if (at >= last) {
            break;
        }
    }

    return json_object_set_new(report, "curve", curve) == 0 && good;
}

/* ---- all ---- */

static void find_currency(judged_t *judged)
{
    uint64_t most = 0;

    for (uint32_t i = 0; i < judged->tally->currency_count; i++) {
        uint64_t orders = 0;

        for (uint32_t v = 0; v < judged->count; v++) {
            orders += judged->outcomes.variants[v].orders_in[i];
        }
        if (orders > most) {
            most = orders;
            judged->currency = i;
        }
    }
}

static void find_pace(judged_t *judged)
{
    double since = (double)(judged->until_ms - judged->outcomes.first_ms) / day_ms;

    judged->days = since;
    judged->a_day = (double)judged->outcomes.lately / fmax(fmin(since, DYN_LATELY_DAYS), 1.0 / 24);
}

static json_t *experiment_json(judged_t *judged)
{
    json_t *variants = json_array(), *ratio = ratio_json(judged);
    json_t *report =
        json_pack("{s:s, s:o, s:o, s:f, s:I, s:f, s:f, s:o}", "experiment", "", "from",
                  time_json(judged->outcomes.first_ms), "until", time_json(judged->until_ms),
                  "days", judged->days, "visitors", (json_int_t)judged->outcomes.order_count,
                  "visitors_a_day", judged->a_day, "alpha", judged->alpha, "sample_ratio", ratio);

    if (report == NULL) {
        return NULL;
    }
    for (uint32_t i = 0; i < judged->count; i++) {
        json_array_append_new(variants, variant_json(judged, judged->order[i]));
    }
    json_object_set_new(report, "experiment", text_json(judged->tally, judged->experiment->id));
    json_object_set_new(report, "both", both_json(judged));
    json_object_set_new(report, "variants", variants);
    json_object_set_new(report, "effects", effects_json(judged));
    json_object_set_new(report, "parts", parts_json(judged));
    json_object_set_new(report, "parts_cut", json_boolean(judged->outcomes.parts_full));
    if (!add_curve(judged, report) || !add_verdict(judged, report)) {
        json_decref(report);
        return NULL;
    }

    return report;
}

/* False when memory is out. An experiment that nobody was exposed to is left out. */
static bool add_experiment(const dyn_tally_t *tally, const dyn_findings_options_t *options,
                           uint32_t number, json_t *experiments)
{
    judged_t *judged = calloc(1, sizeof(*judged));
    char name[name_bytes];
    bool good = judged != NULL;

    if (!good) {
        return false;
    }
    judged->tally = tally;
    judged->options = options;
    judged->experiment = &tally->experiments[number];
    copy_name(tally, judged->experiment->id, name);
    if (options->experiment == NULL || strcmp(options->experiment, name) == 0) {
        for (uint32_t i = 0; i < judged->experiment->variant_count; i++) {
            copy_name(tally, judged->experiment->variants[i], judged->names[i]);
        }
        judged->has_shares = options->rules != NULL &&
                             dyn_shares_of(options->rules, options->payload, name, &judged->shares);
        put_variants_in_order(judged);
        judged->until_ms = dyn_tally_ends_ms(tally, number) < tally->last_ms
                               ? dyn_tally_ends_ms(tally, number)
                               : tally->last_ms;
        good = dyn_outcomes_fold(tally, number, judged->until_ms, true, &judged->outcomes);
        if (good && judged->outcomes.order_count > 0) {
            find_currency(judged);
            find_pace(judged);
            judged->alpha = options->alpha / (judged->count > 2 ? judged->count - 1 : 1);

            json_t *report = experiment_json(judged);

            good = report != NULL && json_array_append_new(experiments, report) == 0;
        }
        dyn_outcomes_free(&judged->outcomes);
    }
    free(judged);

    return good;
}

/* By name: the order of the files does not show. */
static void put_experiments_in_order(const dyn_tally_t *tally, uint32_t *order)
{
    for (uint32_t i = 0; i < tally->experiment_count; i++) {
        uint32_t at = i;
        char name[name_bytes], other[name_bytes];

        copy_name(tally, tally->experiments[i].id, name);
        for (; at > 0; at--) {
            copy_name(tally, tally->experiments[order[at - 1]].id, other);
            if (strcmp(other, name) <= 0) {
                break;
            }
            order[at] = order[at - 1];
        }
        order[at] = i;
    }
}

json_t *dyn_findings(const dyn_tally_t *tally, const dyn_findings_options_t *options)
{
    json_t *experiments = json_array();
    uint32_t order[DYN_TALLY_EXPERIMENTS_MAX];

    put_experiments_in_order(tally, order);
    for (uint32_t i = 0; i < tally->experiment_count; i++) {
        if (!add_experiment(tally, options, order[i], experiments)) {
            json_decref(experiments);
            return NULL;
        }
    }

    return json_pack(
        "{s:s, s:o, s:I, s:I, s:{s:s, s:f, s:f, s:f}, s:I, s:I, s:I, s:I, s:I, s:I, s:o}", "schema",
        "dynstore.report/1", "until", time_json(tally->last_ms), "events",
        (json_int_t)tally->deed_count, "visitors", (json_int_t)tally->visitors.count, "settings",
        "metric", dyn_metric_rows[options->metric].name, "effect", options->effect, "alpha",
        options->alpha, "power", options->power, "future", (json_int_t)tally->set_aside,
        "orders_reported_again", (json_int_t)tally->orders_again, "refunds",
        (json_int_t)tally->refunds, "refunds_of_unknown_orders", (json_int_t)tally->refunds_unknown,
        "orders_in_other_currencies", (json_int_t)tally->orders_in_other_currencies,
        "bad_assignments", (json_int_t)tally->bad_assignments, "experiments", experiments);
}

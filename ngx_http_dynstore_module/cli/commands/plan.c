/* dynstore plan: how many visitors and days an experiment needs; docs/experiments.md. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>

#include "cli/base/report.h"
#include "cli/commands/commands.h"
#include "cli/base/options.h"
#include "cli/report/findings.h"
#include "cli/report/show.h"

enum {
    OPTION_BASELINE,
    OPTION_DEVIATION,
    OPTION_EFFECT,
    OPTION_VISITORS,
    OPTION_COVERAGE,
    OPTION_SHARE,
    OPTION_HOLDOUT,
    OPTION_VARIANTS,
    OPTION_ALPHA,
    OPTION_POWER,
    OPTION_FIXED,
    OPTION_JSON
};

static const dyn_option_t option_table[] = {
    [OPTION_BASELINE] = {"baseline", 'b', "NUMBER",
                         "control's conversion in percent; with --deviation any mean"},
    [OPTION_DEVIATION] = {"deviation", 0, "NUMBER",
                          "standard deviation of one visitor's value, such as revenue"},
    [OPTION_EFFECT] = {"effect", 0, "PERCENT", "the smallest lift worth having (5)"},
    [OPTION_VISITORS] = {"visitors-a-day", 'v', "N", "visitors of the shop on a day"},
    [OPTION_COVERAGE] = {"coverage", 0, "SHARE", "of them in the experiment's scope (1)"},
    [OPTION_SHARE] = {"share", 0, "SHARE", "of a variant against control: 0.5 is one to one (0.5)"},
    [OPTION_HOLDOUT] = {"holdout", 0, "SHARE", "visitors who are held out (0)"},
    [OPTION_VARIANTS] = {"variants", 0, "N", "variants beside control (1)"},
    [OPTION_ALPHA] = {"alpha", 0, "SHARE", "how often nothing may be taken for something (0.05)"},
    [OPTION_POWER] = {"power", 0, "SHARE", "how surely the lift is to be found (0.8)"},
    [OPTION_FIXED] = {"fixed", 0, NULL, "looked at once, at the end"},
    [OPTION_JSON] = {"json", 0, NULL, "print JSON"},
};

typedef struct {
    double baseline, deviation, effect, visitors, coverage, share, holdout, variants, alpha, power;
    bool fixed, as_json;
} asked_t;

static bool read_option(int option, const char *value, asked_t *asked, dyn_error_t *error)
{
    const struct {
        double min, max, *number;
    } bounds[] = {
        [OPTION_BASELINE] = {1e-6, 1e12, &asked->baseline},
        [OPTION_DEVIATION] = {1e-6, 1e12, &asked->deviation},
        [OPTION_EFFECT] = {0.1, 1000, &asked->effect},
        [OPTION_VISITORS] = {1, 1e12, &asked->visitors},
        [OPTION_COVERAGE] = {0.001, 1, &asked->coverage},
        [OPTION_SHARE] = {0.01, 0.99, &asked->share},
        [OPTION_HOLDOUT] = {0, 0.5, &asked->holdout},
        [OPTION_VARIANTS] = {1, DYN_ARMS_MAX - 1, &asked->variants},
        [OPTION_ALPHA] = {0.0001, 0.4, &asked->alpha},
        [OPTION_POWER] = {0.1, 0.999, &asked->power},
    };

    if (option == OPTION_FIXED) {
        asked->fixed = true;
        return true;
    }
    if (option == OPTION_JSON) {
        asked->as_json = true;
        return true;
    }

    return dyn_option_decimal(option_table[option].name, value, bounds[option].min,
                              bounds[option].max, bounds[option].number, error);
}

static json_t *number_or_null(double number)
{
    return number > 0 ? json_integer((json_int_t)number) : json_null();
}

static int run(const asked_t *asked)
{
    bool conversion = asked->deviation == 0;
    double value = conversion ? asked->baseline / 100 : asked->baseline;
    dyn_plan_t plan = {
        .value = value,
        .deviation = conversion ? sqrt(value * (1 - value)) : asked->deviation,
        .effect = asked->effect / 100,
        .share = asked->share,
        .alpha = asked->alpha / floor(asked->variants),
        .power = asked->power,
        .fixed = asked->fixed,
    };
    double both = dyn_plan_visitors(&plan);
    /* of each variant as many as of the only one; control is shared */
    double all = both * (1 - plan.share) + floor(asked->variants) * both * plan.share;
    double a_day = asked->visitors * asked->coverage * (1 - asked->holdout);
    double days = a_day > 0 ? ceil(all / a_day) : 0;
    dyn_plan_t holdout = plan;

    days = days > 0 && days < DYN_REPORT_DAYS_MIN ? DYN_REPORT_DAYS_MIN : days;
    holdout.share = 1 - asked->holdout;
    holdout.alpha = asked->alpha;

    double seen = asked->holdout > 0 ? dyn_plan_effect(&holdout, days * asked->visitors) : 0;
    json_t *report = json_pack(
        "{s:s, s:f, s:f, s:f, s:f, s:f, s:s, s:o, s:o, s:o, s:o, s:o}", "schema", "dynstore.plan/1",
        "baseline", value, "deviation", plan.deviation, "effect", plan.effect, "alpha", plan.alpha,
        "power", plan.power, "looks", asked->fixed ? "once, at the end" : "at any time", "control",
        number_or_null(ceil(both * (1 - plan.share))), "each_variant",
        number_or_null(ceil(both * plan.share)), "visitors", number_or_null(ceil(all)), "days",
        number_or_null(days), "effect_found_by_holdout", seen > 0 ? json_real(seen) : json_null());

    if (asked->as_json) {
        dyn_report_print(stdout, report, true);
    } else {
        char visitors[32], one[32], control[32];

        if (both > 0) {
            printf("%s visitors: %s of control, %s of each variant\n",
                   dyn_show_count((json_int_t)ceil(all), visitors),
                   dyn_show_count((json_int_t)ceil(both * (1 - plan.share)), control),
                   dyn_show_count((json_int_t)ceil(both * plan.share), one));
        }
        if (days > 0) {
            printf("%.0f days, of which whole weeks are best: %.0f\n", days, ceil(days / 7) * 7);
        }
        if (seen > 0) {
            printf("in that time the holdout finds a lift of %.1f %%\n", 100 * seen);
        }
    }
    json_decref(report);
    if (both <= 0) {
        fprintf(stderr, "dynstore plan: no number of visitors would do\n");
    }

    return both > 0 ? DYN_EXIT_OK : DYN_EXIT_DIFFERENT;
}

int dyn_command_plan(int argc, char **argv)
{
    dyn_options_t options = {
        .command = "plan",
        .usage = "--baseline NUMBER [OPTION]...",
        .help = "Says how many visitors and days an experiment needs to find a lift.",
        .options = option_table,
        .count = sizeof(option_table) / sizeof(option_table[0]),
    };
    asked_t asked = {
        .effect = 5, .coverage = 1, .share = 0.5, .variants = 1, .alpha = 0.05, .power = 0.8};
    dyn_error_t error;
    int option;

    dyn_options_begin(&options, argc, argv);
    while ((option = dyn_options_next(&options)) >= 0) {
        if (!read_option(option, options.value, &asked, &error)) {
            return dyn_usage_error("plan", "%s", error.text);
        }
    }
    if (option == DYN_OPTION_STOP) {
        return options.exit_code;
    }
    if (asked.baseline == 0 || argc != optind) {
        return dyn_usage_error("plan", "--baseline NUMBER is needed, and nothing beside options");
    }
    if (asked.deviation == 0 && asked.baseline >= 100) {
        return dyn_usage_error(
            "plan",
            "--baseline: a conversion is below 100 percent; of another mean give --deviation");
    }

    return run(&asked);
}

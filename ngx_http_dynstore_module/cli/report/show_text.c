#include "cli/report/show.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/report.h"

static const char *string_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text == NULL ? "" : text;
}

static double number_of(const json_t *object, const char *name)
{
    return json_number_value(json_object_get(object, name));
}

static json_int_t count_of(const json_t *object, const char *name)
{
    return json_integer_value(json_object_get(object, name));
}

/* ---- figures ---- */

const char *dyn_show_count(json_int_t count, char text[32])
{
    char digits[24];
    int length = snprintf(digits, sizeof(digits), "%" JSON_INTEGER_FORMAT, count), used = 0;

    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0 && digits[i - 1] != '-') {
            text[used++] = ',';
        }
        text[used++] = digits[i];
    }
    text[used] = '\0';

    return text;
}

const char *dyn_show_percent(double share, char text[32])
{
    snprintf(text, 32, "%.2f %%", 100 * share);

    return text;
}

const char *dyn_show_change(double lift, char text[32])
{
    snprintf(text, 32, "%+.1f %%", fabs(lift) < 0.0005 ? 0 : 100 * lift);

    return text;
}

const char *dyn_show_metric(const json_t *effect, char text[64])
{
    const char *currency = string_of(effect, "currency");

    snprintf(text, 64, "%s%s%s%s", string_of(effect, "metric"), *currency == '\0' ? "" : " (",
             currency, *currency == '\0' ? "" : ")");
    for (char *c = text; *c != '\0'; c++) {
        *c = *c == '_' ? ' ' : *c;
    }

    return text;
}

/* ---- tables: rows of texts ---- */

static void set_count(json_t *row, const char *name, json_int_t count)
{
    char text[32];

    json_object_set_new(row, name, json_string(dyn_show_count(count, text)));
}

static void set_percent(json_t *row, const char *name, double share)
{
    char text[32];

    json_object_set_new(row, name, json_string(dyn_show_percent(share, text)));
}

static json_t *variants_view(const json_t *experiment)
{
    json_t *rows = json_array(), *variant, *money;
    size_t i, m;

    json_array_foreach(json_object_get(experiment, "variants"), i, variant)
    {
        json_t *row = json_pack("{s:s}", "variant", string_of(variant, "variant"));

        set_count(row, "visitors", count_of(variant, "visitors"));
        set_count(row, "sessions", count_of(variant, "sessions"));
        set_count(row, "orders", count_of(variant, "orders"));
        set_percent(row, "conversion", number_of(variant, "conversion"));
        set_percent(row, "to cart", number_of(variant, "add_to_cart"));
        set_percent(row, "clicks", number_of(variant, "click_rate"));
        json_array_foreach(json_object_get(variant, "money"), m, money)
        {
            char name[32], text[32];

            snprintf(name, sizeof(name), "%s/visitor", string_of(money, "currency"));
            snprintf(text, sizeof(text), "%.3f", number_of(money, "revenue_per_visitor"));
            json_object_set_new(row, name, json_string(text));
            snprintf(name, sizeof(name), "%s/order", string_of(money, "currency"));
            snprintf(text, sizeof(text), "%.2f", number_of(money, "order_value"));
            json_object_set_new(row, name, json_string(text));
        }
        json_array_append_new(rows, row);
    }

    return rows;
}

static json_t *effects_view(const json_t *experiment)
{
    json_t *rows = json_array(), *effect;
    size_t i;

    json_array_foreach(json_object_get(experiment, "effects"), i, effect)
    {
        char name[64], lift[32], low[32], high[32], interval[80], p[32];
        bool enough = json_is_true(json_object_get(effect, "enough"));

        snprintf(interval, sizeof(interval), "%s to %s",
                 dyn_show_change(number_of(effect, "low"), low),
                 dyn_show_change(number_of(effect, "high"), high));
        snprintf(p, sizeof(p), "%s%.3f%s", number_of(effect, "p") < 0.001 ? "<" : "",
                 fmax(number_of(effect, "p"), 0.001),
                 json_is_true(json_object_get(effect, "cuped")) ? "  (with the past)" : "");
        json_array_append_new(
            rows,
            json_pack("{s:s, s:s, s:s, s:s, s:s}", "variant", string_of(effect, "variant"),
                      "metric", dyn_show_metric(effect, name), "lift",
                      enough ? dyn_show_change(number_of(effect, "lift"), lift) : "too few yet",
                      "between", enough ? interval : "", "p", enough ? p : ""));
    }

    return rows;
}

static json_t *parts_view(const json_t *experiment)
{
    json_t *rows = json_array(), *part;
    size_t i;

    json_array_foreach(json_object_get(experiment, "parts"), i, part)
    {
        json_t *row = json_pack("{s:s, s:s, s:s}", "by", string_of(part, "by"), "name",
                                string_of(part, "name"), "variant", string_of(part, "variant"));

        set_count(row, "shown", count_of(part, "shown"));
        set_count(row, "clicked", count_of(part, "clicked"));
        set_percent(row, "click rate", number_of(part, "click_rate"));
        json_array_append_new(rows, row);
    }

    return rows;
}

static json_t *sessions_view(const json_t *experiment)
{
    json_t *rows = json_array(), *variant, *money;
    size_t i, m;

    json_array_foreach(json_object_get(experiment, "variants"), i, variant)
    {
        static const char *const kinds[] = {"assisted", "others"};

        for (size_t kind = 0; kind < 2; kind++) {
            const json_t *sessions = json_object_get(variant, kinds[kind]);
            json_t *row = json_pack("{s:s, s:s}", "variant", string_of(variant, "variant"),
                                    "sessions", kinds[kind]);

            set_count(row, "count", count_of(sessions, "sessions"));
            set_percent(row, "conversion", number_of(sessions, "conversion"));
            json_array_foreach(json_object_get(sessions, "money"), m, money)
            {
                char name[32], text[32];

                snprintf(name, sizeof(name), "%s/session", string_of(money, "currency"));
                snprintf(text, sizeof(text), "%.3f", number_of(money, "revenue_per_session"));
                json_object_set_new(row, name, json_string(text));
            }
            json_array_append_new(rows, row);
        }
    }

    return rows;
}

/* ---- an experiment ---- */

static void print_experiment(FILE *out, const json_t *experiment)
{
    const json_t *both = json_object_get(experiment, "both");
    char visitors[32], a_day[32], several[32], share[32];
    json_t *view;

    fprintf(out, "experiment %s: %s visitors in %.1f days, %s a day\n",
            string_of(experiment, "experiment"),
            dyn_show_count(count_of(experiment, "visitors"), visitors),
            number_of(experiment, "days"),
            dyn_show_count((json_int_t)llround(number_of(experiment, "visitors_a_day")), a_day));
    fprintf(out, "sample ratio: %s\n",
            string_of(json_object_get(experiment, "sample_ratio"), "sentence"));
    if (json_is_true(json_object_get(both, "too_many"))) {
        fprintf(out, "warning: %s visitors (%s) saw more than one variant and are left out\n",
                dyn_show_count(count_of(both, "visitors"), several),
                dyn_show_percent(number_of(both, "share"), share));
    }
    view = json_pack("{s:o, s:o, s:o, s:o}", "variants", variants_view(experiment), "effects",
                     effects_view(experiment), "blocks", parts_view(experiment), "sessions",
                     sessions_view(experiment));
    dyn_report_print(out, view, false);
    json_decref(view);
    fprintf(out, "%s\n", string_of(experiment, "sentence"));
}

void dyn_show_text(FILE *out, const json_t *findings)
{
    json_t *experiment;
    size_t i;

    json_array_foreach(json_object_get(findings, "experiments"), i, experiment)
    {
        fprintf(out, "%s", i == 0 ? "" : "\n");
        print_experiment(out, experiment);
    }
}

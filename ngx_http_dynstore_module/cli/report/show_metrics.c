#include "cli/report/show.h"

#include <string.h>

#include "cli/report/findings.h"

/* X(member of a variant, and name of the metric; what): docs/metrics.md */
#define VARIANT_METRICS(X)                                               \
    X("visitors", "Visitors who were exposed to the variant.")           \
    X("sessions", "Their sessions from then on.")                        \
    X("buyers", "Visitors who bought after they were exposed.")          \
    X("cart_visitors", "Visitors who put something into the cart then.") \
    X("orders", "Orders of these visitors.")

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text == NULL ? "" : text;
}

/* name="value", as the text format has it */
static void put_label(FILE *out, const char *name, const char *value)
{
    fprintf(out, "%s=\"", name);
    for (; *value != '\0'; value++) {
        if (*value == '\n') {
            fputs("\\n", out);
        } else {
            if (*value == '"' || *value == '\\') {
                fputc('\\', out);
            }
            fputc(*value, out);
        }
    }
    fputc('"', out);
}

static void put_head(FILE *out, const char *name, const char *what)
{
    fprintf(out,
            "# HELP dynstore_experiment_%s %s\n"
            "# TYPE dynstore_experiment_%s gauge\n",
            name, what, name);
}

/* dynstore_experiment_NAME{experiment="...",LABEL="..." without the closing brace; label NULL: none */
static void put_series(FILE *out, const char *name, const json_t *experiment, const char *label,
                       const char *value)
{
    fprintf(out, "dynstore_experiment_%s{", name);
    put_label(out, "experiment", text_of(experiment, "experiment"));
    if (label != NULL) {
        fputc(',', out);
        put_label(out, label, value);
    }
}

static void put_variants(FILE *out, json_t *experiments, const char *name, const char *what)
{
    size_t i, k;
    json_t *experiment, *variant;

    put_head(out, name, what);
    json_array_foreach(experiments, i, experiment)
    {
        json_array_foreach(json_object_get(experiment, "variants"), k, variant)
        {
            put_series(out, name, experiment, "variant", text_of(variant, "variant"));
            fprintf(out, "} %" JSON_INTEGER_FORMAT "\n",
                    json_integer_value(json_object_get(variant, name)));
        }
    }
}

static void put_revenue(FILE *out, json_t *experiments)
{
    size_t i, k, m;
    json_t *experiment, *variant, *money;

    put_head(out, "revenue",
             "What these orders were worth, less refunds, in units of the currency.");
    json_array_foreach(experiments, i, experiment)
    {
        json_array_foreach(json_object_get(experiment, "variants"), k, variant)
        {
            json_array_foreach(json_object_get(variant, "money"), m, money)
            {
                put_series(out, "revenue", experiment, "variant", text_of(variant, "variant"));
                fputc(',', out);
                put_label(out, "currency", text_of(money, "currency"));
                fprintf(out, "} %.15g\n", json_number_value(json_object_get(money, "revenue")));
            }
        }
    }
}

static void put_ratio(FILE *out, json_t *experiments)
{
    size_t i;
    json_t *experiment;

    put_head(out, "sample_ratio_p_value",
             "How well the visitors of all variants fit their shares; 1 is well.");
    json_array_foreach(experiments, i, experiment)
    {
        const json_t *p = json_object_get(json_object_get(experiment, "sample_ratio"), "p");

        if (p != NULL) {
            put_series(out, "sample_ratio_p_value", experiment, NULL, NULL);
            fprintf(out, "} %.6g\n", json_number_value(p));
        }
    }
}

static void put_verdicts(FILE *out, json_t *experiments)
{
#define X(constant, name) name,
    static const char *const verdicts[] = {DYN_VERDICTS(X)};
#undef X
    size_t i;
    json_t *experiment;

    put_head(out, "verdict", "1 for the verdict of the report, 0 for all others.");
    json_array_foreach(experiments, i, experiment)
    {
        for (size_t k = 0; k < DYN_VERDICTS_COUNT; k++) {
            put_series(out, "verdict", experiment, "verdict", verdicts[k]);
            fprintf(out, "} %d\n", strcmp(text_of(experiment, "verdict"), verdicts[k]) == 0);
        }
    }
}

void dyn_show_metrics(FILE *out, const json_t *findings)
{
    json_t *experiments = json_object_get(findings, "experiments");

#define X(name, what) put_variants(out, experiments, name, what);
    VARIANT_METRICS(X)
#undef X
    put_revenue(out, experiments);
    put_ratio(out, experiments);
    put_verdicts(out, experiments);
}

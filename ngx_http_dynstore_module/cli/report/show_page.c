#include "cli/report/show.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* ---- figures and texts ---- */

static const char *string_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text == NULL ? "" : text;
}

static double number_of(const json_t *object, const char *name)
{
    return json_number_value(json_object_get(object, name));
}

static bool is_true(const json_t *object, const char *name)
{
    return json_is_true(json_object_get(object, name));
}

/* Text from outside: names of experiments, variants, slots. */
static void put(FILE *out, const char *text)
{
    for (; *text != '\0'; text++) {
        switch (*text) {
        case '<':
            fputs("&lt;", out);
            break;
        case '>':
            fputs("&gt;", out);
            break;
        case '&':
            fputs("&amp;", out);
            break;
        case '"':
            fputs("&quot;", out);
            break;
        default:
            putc(*text, out);
        }
    }
}

static void put_count(FILE *out, const json_t *object, const char *name)
{
    char text[32];

    fprintf(out, "<td class=n>%s",
            dyn_show_count(json_integer_value(json_object_get(object, name)), text));
}

static void put_percent(FILE *out, const json_t *object, const char *name)
{
    char text[32];

    fprintf(out, "<td class=n>%s", dyn_show_percent(number_of(object, name), text));
}

/* A value of a metric: money as it is, a share as percent. */
static const char *value_of(const json_t *effect, const char *name, char text[32])
{
    if (json_is_string(json_object_get(effect, "currency"))) {
        double value = number_of(effect, name);

        snprintf(text, 32, fabs(value) < 10 ? "%.3f" : "%.2f", value);
        return text;
    }

    return dyn_show_percent(number_of(effect, name), text);
}

/* ---- scales ---- */

typedef struct {
    double low, high, step;
    int lines; /* the first one at low */
} scale_t;

static double line_of(const scale_t *scale, int line)
{
    return scale->low + line * scale->step;
}

/*
 * Round steps, about five of them. Far ends of a few wide intervals are cut, so that the others can be seen: beyond `widest`, which is
 * as far as what has to be seen whole.
 */
static scale_t scale_over(double low, double high, double widest)
{
    scale_t scale = {fmin(fmax(low, -widest), -0.01), fmax(fmin(high, widest), 0.01), 0, 0};
    double rough = (scale.high - scale.low) / 5, power = pow(10, floor(log10(rough)));

    scale.step = rough / power > 5   ? 10 * power
                 : rough / power > 2 ? 5 * power
                 : rough / power > 1 ? 2 * power
                                     : power;
    scale.low = floor(scale.low / scale.step) * scale.step;
    scale.high = ceil(scale.high / scale.step) * scale.step;
    scale.lines = 1 + (int)lround((scale.high - scale.low) / scale.step);

    return scale;
}

static double place(const scale_t *scale, double value, double length)
{
    double at = (value - scale->low) / (scale->high - scale->low);

    return length * fmin(fmax(at, 0), 1);
}

/* What stands at a line of the scale. */
static const char *tick(const scale_t *scale, double at, char text[32])
{
    if (fabs(at) < scale->step / 2) {
        return "0";
    }
    snprintf(text, 32, scale->step < 0.01 ? "%+.1f %%" : "%+.0f %%", 100 * at);

    return text;
}

/* ---- head ---- */

static const char style[] =
    ":root{color-scheme:light "
    "dark;--back:#f6f7f9;--card:#fff;--text:#1b2230;--dim:#5a6475;--line:#d9dee7;"
    "--blue:#1d5fd1;--band:#1d5fd126;--green:#14713a;--red:#b3261e;--amber:#8a5a00;--grey:#5a6475}"
    "\n"
    "@media(prefers-color-scheme:dark){:root{--back:#12161d;--card:#1b212b;--text:#e8ecf3;--dim:#"
    "a4aebd;"
    "--line:#333c4a;--blue:#7fb0ff;--band:#7fb0ff2e;--green:#5fd38d;--red:#ff8f85;--amber:#f0bd5a;-"
    "-grey:#a4aebd}}\n"
    "*{box-sizing:border-box}body{margin:0;background:var(--back);color:var(--text);"
    "font:16px/1.5 system-ui,-apple-system,\"Segoe UI\",Roboto,\"DejaVu Sans\",sans-serif}\n"
    "main,header,footer{max-width:1080px;margin:0 auto;padding:0 24px}header{padding-top:32px}"
    "footer{padding-bottom:48px;color:var(--dim);font-size:14px}\n"
    "h1{font-size:28px;margin:0 0 4px}h2{font-size:22px;margin:0 0 "
    "12px}h3{font-size:16px;margin:28px 0 8px}"
    "p{margin:0 0 8px}.dim{color:var(--dim)}\n"
    "section{background:var(--card);border:1px solid "
    "var(--line);border-radius:12px;padding:24px;margin:24px 0}\n"
    ".verdict{border-left:6px solid var(--c);padding:10px 16px;margin:0 0 "
    "16px;background:var(--back);border-radius:0 8px 8px 0}"
    ".verdict b{color:var(--c)}\n"
    ".scale{--c:var(--green)}.stop,.none{--c:var(--red)}.tweak{--c:var(--amber)}.keep_running{--c:"
    "var(--blue)}\n"
    ".warning{color:var(--red);font-weight:600}.scroll{overflow-x:auto;margin-bottom:10px}\n"
    "table{border-collapse:collapse;width:100%;font-size:14px;font-variant-numeric:tabular-nums}"
    "caption{text-align:left;color:var(--dim);padding-bottom:6px}\n"
    "th,td{text-align:left;padding:6px 12px 6px 0;border-bottom:1px solid "
    "var(--line);white-space:nowrap}"
    "thead th{color:var(--dim);font-weight:600}tbody "
    "th{font-weight:400}.n{text-align:right}td.plot{padding:0 16px 0 0;width:280px}"
    "tr.primary th,tr.primary td{font-weight:650}\n"
    "svg{display:block;max-width:100%;height:auto}svg text{fill:var(--dim);font-size:12px}"
    "svg[role=img]{min-width:640px}.grid{stroke:var(--line)}.zero{stroke:var(--dim);stroke-width:1."
    "5}.band{fill:var(--band)}"
    ".curve{fill:none;stroke:var(--blue);stroke-width:2.5}.early{fill:none;stroke:var(--dim);"
    "stroke-width:1.5;stroke-dasharray:4 4}\n"
    ".i{stroke:var(--grey);fill:var(--grey)}.i.up{stroke:var(--green);fill:var(--green)}.i.down{"
    "stroke:var(--red);fill:var(--red)}\n"
    "details{margin-top:24px}summary{cursor:pointer;font-weight:600}\n"
    "@media print{section{break-inside:avoid}body{background:none}}\n";

static void put_head(FILE *out, const json_t *findings)
{
    const json_t *settings = json_object_get(findings, "settings");
    char events[32], visitors[32];

    fprintf(
        out,
        "<!doctype html>\n<html lang=en>\n<meta charset=utf-8>\n"
        "<meta name=viewport content=\"width=device-width,initial-scale=1\">\n"
        "<title>Experiments until %.10s</title>\n<style>\n%s</style>\n"
        "<header><h1>Experiments</h1>\n<p class=dim>Until %.16s UTC. %s events of %s visitors. ",
        string_of(findings, "until"), style, string_of(findings, "until"),
        dyn_show_count(json_integer_value(json_object_get(findings, "events")), events),
        dyn_show_count(json_integer_value(json_object_get(findings, "visitors")), visitors));
    fprintf(out,
            "The smallest lift worth having is %.3g %%, to be found with %.3g %% certainty; "
            "intervals hold with %.3g %%, however often they are looked at.</header>\n<main>\n",
            100 * number_of(settings, "effect"), 100 * number_of(settings, "power"),
            100 - 100 * number_of(settings, "alpha"));
}

/* ---- tables ---- */

static void put_variants(FILE *out, const json_t *experiment)
{
    json_t *variants = json_object_get(experiment, "variants"), *variant, *money;
    size_t i, m;

    fputs(
        "<h3>What was counted</h3>\n<div class=scroll><table><caption>Of visitors, from their "
        "first exposure on</caption>\n"
        "<thead><tr><th scope=col>variant<th scope=col class=n>visitors<th scope=col "
        "class=n>sessions"
        "<th scope=col class=n>orders<th scope=col class=n>conversion<th scope=col class=n>to cart"
        "<th scope=col class=n>click rate",
        out);
    json_array_foreach(json_object_get(json_array_get(variants, 0), "money"), m, money)
    {
        const char *currency = string_of(money, "currency");

        fprintf(out, "<th scope=col class=n>%s/visitor<th scope=col class=n>%s/order", currency,
                currency);
    }
    fputs("<tbody>\n", out);
    json_array_foreach(variants, i, variant)
    {
        fputs("<tr><th scope=row>", out);
        put(out, string_of(variant, "variant"));
        fputs(is_true(variant, "control") && strcmp(string_of(variant, "variant"), "control") != 0
                  ? " <span class=dim>(control)</span>"
                  : "",
              out);
        put_count(out, variant, "visitors");
        put_count(out, variant, "sessions");
        put_count(out, variant, "orders");
        put_percent(out, variant, "conversion");
        put_percent(out, variant, "add_to_cart");
        if (json_integer_value(json_object_get(variant, "blocks")) == 0) {
            fputs("<td class=n>-", out);
        } else {
            put_percent(out, variant, "click_rate");
        }
        json_array_foreach(json_object_get(variant, "money"), m, money)
        {
            fprintf(out, "<td class=n>%.3f<td class=n>%.2f",
                    number_of(money, "revenue_per_visitor"), number_of(money, "order_value"));
        }
        putc('\n', out);
    }
    fputs("</table></div>\n", out);
}

static void put_parts(FILE *out, const json_t *experiment)
{
    json_t *part;
    size_t i;

    if (json_array_size(json_object_get(experiment, "parts")) == 0) {
        return;
    }
    fputs("<details><summary>Clicks by slot, rung and reason</summary>\n<div "
          "class=scroll><table><caption>Blocks of a slot or rung, "
          "items with a reason</caption>\n<thead><tr><th scope=col>by<th scope=col>name<th "
          "scope=col>variant"
          "<th scope=col class=n>shown<th scope=col class=n>clicked<th scope=col class=n>click "
          "rate<tbody>\n",
          out);
    json_array_foreach(json_object_get(experiment, "parts"), i, part)
    {
        fprintf(out, "<tr><td>%s<th scope=row>", string_of(part, "by"));
        put(out, string_of(part, "name"));
        fputs("<td>", out);
        put(out, string_of(part, "variant"));
        put_count(out, part, "shown");
        put_count(out, part, "clicked");
        put_percent(out, part, "click_rate");
        putc('\n', out);
    }
    fputs("</table></div></details>\n", out);
}

static void put_sessions(FILE *out, const json_t *experiment)
{
    json_t *variant, *money;
    size_t i, m;

    fputs("<details><summary>Sessions with and without a click on a block</summary>\n<p "
          "class=dim>Who clicks on a block is looking for "
          "something, and buys more anyhow: this is no effect of the block. The differences above "
          "are.\n"
          "<div class=scroll><table><caption>Assisted: with a click on a "
          "block</caption>\n<thead><tr><th scope=col>variant<th scope=col>sessions"
          "<th scope=col class=n>count<th scope=col class=n>conversion<th scope=col class=n>a "
          "session<tbody>\n",
          out);
    json_array_foreach(json_object_get(experiment, "variants"), i, variant)
    {
        static const char *const kinds[] = {"assisted", "others"};

        for (size_t kind = 0; kind < 2; kind++) {
            const json_t *sessions = json_object_get(variant, kinds[kind]);

            fputs("<tr><th scope=row>", out);
            put(out, string_of(variant, "variant"));
            fprintf(out, "<td>%s", kinds[kind]);
            put_count(out, sessions, "sessions");
            put_percent(out, sessions, "conversion");
            fputs("<td class=n>", out);
            json_array_foreach(json_object_get(sessions, "money"), m, money)
            {
                fprintf(out, "%s%s %.3f", m == 0 ? "" : ", ", string_of(money, "currency"),
                        number_of(money, "revenue_per_session"));
            }
            putc('\n', out);
        }
    }
    fputs("</table></div></details>\n", out);
}

/* ---- differences, each with its interval ---- */

enum { plot_width = 264, plot_height = 30 };

static scale_t scale_of_effects(const json_t *effects)
{
    json_t *effect;
    size_t i;
    double low = 0, high = 0, widest = 1;

    json_array_foreach((json_t *)(uintptr_t)effects, i, effect)
    {
        low = fmin(low, number_of(effect, "low"));
        high = fmax(high, number_of(effect, "high"));
        widest = fmax(widest, fabs(number_of(effect, "lift")));
        if (is_true(effect, "primary")) {
            widest = fmax(widest, fmax(-number_of(effect, "low"), number_of(effect, "high")));
        }
    }

    return scale_over(low, high, widest);
}

static void put_axis(FILE *out, const scale_t *scale)
{
    fprintf(out, "<svg width=%d height=18 viewBox=\"0 0 %d 18\" aria-hidden=true>", plot_width,
            plot_width);
    /* every second line where there are many, 0 among them: the figures must not touch */
    int step = scale->lines > 4 ? 2 : 1, zero = (int)lround(-scale->low / scale->step);

    for (int line = zero % step; line < scale->lines; line += step) {
        double at = line_of(scale, line);
        double x = place(scale, at, plot_width);
        char text[32];
        const char *anchor = x < 16 ? "start" : x > plot_width - 16 ? "end" : "middle";

        fprintf(out, "<text x=%.1f y=13 text-anchor=%s>%s</text>", x, anchor,
                tick(scale, at, text));
    }
    fputs("</svg>", out);
}

static void put_interval(FILE *out, const json_t *effect, const scale_t *scale)
{
    double low = place(scale, number_of(effect, "low"), plot_width);
    double high = place(scale, number_of(effect, "high"), plot_width);
    double lift = place(scale, number_of(effect, "lift"), plot_width);
    const char *direction = number_of(effect, "low") > 0    ? " up"
                            : number_of(effect, "high") < 0 ? " down"
                                                            : "";

    fprintf(out, "<svg width=%d height=%d viewBox=\"0 0 %d %d\" aria-hidden=true>", plot_width,
            plot_height, plot_width, plot_height);
    for (int line = 0; line < scale->lines; line++) {
        double at = line_of(scale, line);
        double x = fmin(fmax(place(scale, at, plot_width), 0.5), plot_width - 0.5);

        fprintf(out, "<line class=%s x1=%.1f x2=%.1f y1=0 y2=%d />",
                fabs(at) < scale->step / 2 ? "zero" : "grid", x, x, plot_height);
    }
    fprintf(
        out,
        "<g class=\"i%s\"><line x1=%.1f x2=%.1f y1=15 y2=15 stroke-width=4 stroke-linecap=round />"
        "<circle cx=%.1f cy=15 r=6 /></g></svg>",
        direction, low, high, lift);
}

static void put_effect(FILE *out, const json_t *effect, const scale_t *scale, bool several)
{
    char name[64], text[32], low[32], high[32];

    fprintf(out, "<tr%s><th scope=row>%s%s", is_true(effect, "primary") ? " class=primary" : "",
            dyn_show_metric(effect, name),
            is_true(effect, "primary") ? " <span class=dim>(decides)</span>" : "");
    if (several) {
        fputs("<td>", out);
        put(out, string_of(effect, "variant"));
    }
    fprintf(out, "<td class=n>%s", value_of(effect, "control", text));
    fprintf(out, "<td class=n>%s", value_of(effect, "value", text));
    fprintf(out, "<td class=n>%s<td class=plot>", dyn_show_change(number_of(effect, "lift"), text));
    put_interval(out, effect, scale);
    fprintf(out, "<td class=n>%s to %s<td class=n>%s%.3f\n",
            dyn_show_change(number_of(effect, "low"), low),
            dyn_show_change(number_of(effect, "high"), high),
            number_of(effect, "p") < 0.001 ? "&lt;" : "", fmax(number_of(effect, "p"), 0.001));
}

/* Names of metrics of which there is too little, behind one another. */
static void put_missing(FILE *out, const json_t *effects, bool several)
{
    json_t *effect;
    size_t i;
    const char *before = "<p class=dim>Too few yet to say anything of ";
    bool any = false;

    json_array_foreach((json_t *)(uintptr_t)effects, i, effect)
    {
        char name[64];

        if (is_true(effect, "enough")) {
            continue;
        }
        fprintf(out, "%s%s", before, dyn_show_metric(effect, name));
        if (several) {
            fputs(" with ", out);
            put(out, string_of(effect, "variant"));
        }
        before = ", ";
        any = true;
    }
    fputs(any ? ".\n" : "", out);
}

static void put_measured(FILE *out, const json_t *effects, bool several)
{
    scale_t scale = scale_of_effects(effects);
    bool cuped = false;
    json_t *effect;
    size_t i;

    fprintf(out,
            "<div class=scroll><table><caption>The lift of each metric, and the interval in which "
            "it lies</caption>\n"
            "<thead><tr><th scope=col>metric%s<th scope=col class=n>control<th scope=col "
            "class=n>variant"
            "<th scope=col class=n>lift<th scope=col>",
            several ? "<th scope=col>variant" : "");
    put_axis(out, &scale);
    fputs("<th scope=col class=n>between<th scope=col class=n>p<tbody>\n", out);
    json_array_foreach((json_t *)(uintptr_t)effects, i, effect)
    {
        if (is_true(effect, "enough")) {
            put_effect(out, effect, &scale, several);
            cuped = cuped || is_true(effect, "cuped");
        }
    }
    fputs("</table></div>\n", out);
    if (cuped) {
        fputs("<p class=dim>What visitors did in the 14 days before their first exposure narrowed "
              "the intervals (CUPED) of conversion, carts and revenue per visitor.\n",
              out);
    }
}

static void put_effects(FILE *out, const json_t *experiment)
{
    const json_t *effects = json_object_get(experiment, "effects");
    bool several = json_array_size(json_object_get(experiment, "variants")) > 2, any = false;
    json_t *effect;
    size_t i;

    if (json_array_size(effects) == 0) {
        return;
    }
    fputs("<h3>Differences from control</h3>\n", out);
    json_array_foreach((json_t *)(uintptr_t)effects, i, effect)
    {
        any = any || is_true(effect, "enough");
    }
    if (any) {
        put_measured(out, effects, several);
    }
    put_missing(out, effects, several);
}

/* ---- day by day ---- */

enum { chart_left = 56, chart_width = 896, chart_height = 240, chart_bottom = 40, chart_top = 8 };

static scale_t scale_of_curve(const json_t *curve, const char *variant, double *days)
{
    double low = 0, high = 0, lowest = 0, highest = 0, newest = 0;
    json_t *point;
    size_t i;

    *days = 1;
    json_array_foreach((json_t *)(uintptr_t)curve, i, point)
    {
        if (strcmp(string_of(point, "variant"), variant) != 0) {
            continue;
        }
        *days = fmax(*days, number_of(point, "day"));
        lowest = fmin(lowest, number_of(point, "lift"));
        highest = fmax(highest, number_of(point, "lift"));
        if (is_true(point, "enough")) {
            low = fmin(low, number_of(point, "low"));
            high = fmax(high, number_of(point, "high"));
            newest = fmax(-number_of(point, "low"), number_of(point, "high"));
        }
    }

    return scale_over(fmin(low, lowest), fmax(high, highest), fmax(1.5, newest));
}

static double height_of(const scale_t *scale, double value)
{
    return chart_top + chart_height - place(scale, value, chart_height);
}

static void put_chart_grid(FILE *out, const scale_t *scale, double days)
{
    int step = (int)ceil(days / 12);

    for (int line = 0; line < scale->lines; line++) {
        double at = line_of(scale, line);
        double y = height_of(scale, at);
        char text[32];

        fprintf(out,
                "<line class=%s x1=%d x2=%d y1=%.1f y2=%.1f /><text x=%d y=%.1f "
                "text-anchor=end>%s</text>\n",
                fabs(at) < scale->step / 2 ? "zero" : "grid", chart_left, chart_left + chart_width,
                y, y, chart_left - 8, y + 4, tick(scale, at, text));
    }
    for (int day = step; day <= days; day += step) {
        fprintf(out, "<text x=%.1f y=%d text-anchor=middle>%d</text>",
                chart_left + chart_width * day / days, chart_top + chart_height + 18, day);
    }
    fprintf(out, "<text x=%d y=%d text-anchor=end>days</text>\n", chart_left + chart_width,
            chart_top + chart_height + 34);
}

/* Those of which there was enough, or all. */
static void put_points(FILE *out, const json_t *curve, const char *variant, const char *member,
                       bool backwards, bool enough, const scale_t *scale, double days)
{
    size_t count = json_array_size(curve);

    for (size_t i = 0; i < count; i++) {
        const json_t *point = json_array_get(curve, backwards ? count - 1 - i : i);

        if (strcmp(string_of(point, "variant"), variant) == 0 &&
            (!enough || is_true(point, "enough"))) {
            fprintf(out, "%.1f,%.1f ", chart_left + chart_width * number_of(point, "day") / days,
                    height_of(scale, number_of(point, member)));
        }
    }
}

static void put_chart(FILE *out, const json_t *curve, const char *variant)
{
    double days;
    scale_t scale = scale_of_curve(curve, variant, &days);
    const json_t *last = NULL;
    json_t *point;
    size_t i, enough = 0;
    char lift[32], low[32], high[32];

    json_array_foreach((json_t *)(uintptr_t)curve, i, point)
    {
        if (strcmp(string_of(point, "variant"), variant) == 0) {
            last = point;
            enough += is_true(point, "enough") ? 1 : 0;
        }
    }
    if (last == NULL) {
        return;
    }
    fputs("<h3>How it went: ", out);
    put(out, variant);
    fprintf(out,
            "</h3>\n<div class=scroll><svg role=img width=%d height=%d viewBox=\"0 0 %d "
            "%d\">\n<title>The lift and "
            "its interval, day by day: %s in the end, "
            "between %s and %s</title>\n",
            chart_left + chart_width + 16, chart_top + chart_height + chart_bottom,
            chart_left + chart_width + 16, chart_top + chart_height + chart_bottom,
            dyn_show_change(number_of(last, "lift"), lift),
            dyn_show_change(number_of(last, "low"), low),
            dyn_show_change(number_of(last, "high"), high));
    put_chart_grid(out, &scale, days);
    /* one day alone makes no area */
    if (enough == 1 && is_true(last, "enough")) {
        double x = chart_left + chart_width * number_of(last, "day") / days;

        fprintf(out,
                "<line class=curve x1=%.1f x2=%.1f y1=%.1f y2=%.1f /><circle class=i cx=%.1f "
                "cy=%.1f r=5 />\n",
                x, x, height_of(&scale, number_of(last, "low")),
                height_of(&scale, number_of(last, "high")), x,
                height_of(&scale, number_of(last, "lift")));
    }
    fputs("<polygon class=band points=\"", out);
    put_points(out, curve, variant, "high", false, true, &scale, days);
    put_points(out, curve, variant, "low", true, true, &scale, days);
    fputs("\"/>\n<polyline class=early points=\"", out);
    put_points(out, curve, variant, "lift", false, false, &scale, days);
    fputs("\"/>\n<polyline class=curve points=\"", out);
    put_points(out, curve, variant, "lift", false, true, &scale, days);
    fputs("\"/></svg></div>\n", out);
}

static void put_curves(FILE *out, const json_t *experiment)
{
    const json_t *curve = json_object_get(experiment, "curve");
    json_t *variant;
    size_t i;

    json_array_foreach(json_object_get(experiment, "variants"), i, variant)
    {
        put_chart(out, curve, string_of(variant, "variant"));
    }
}

/* ---- all ---- */

static void put_experiment(FILE *out, const json_t *experiment)
{
    const json_t *ratio = json_object_get(experiment, "sample_ratio");
    const json_t *both = json_object_get(experiment, "both");
    const char *sentence = string_of(experiment, "sentence"), *colon = strchr(sentence, ':');
    char visitors[32], a_day[32], share[32];

    fputs("<section>\n<h2>", out);
    put(out, string_of(experiment, "experiment"));
    fprintf(out, "</h2>\n<p class=\"verdict %s\"><b>%.*s</b>", string_of(experiment, "verdict"),
            (int)(colon == NULL ? 0 : colon - sentence), sentence);
    put(out, colon == NULL ? sentence : colon);
    fprintf(
        out,
        "\n<p>%s visitors in %.1f days, %s a day. First exposure %.16s UTC.\n<p%s>Sample ratio: ",
        dyn_show_count(json_integer_value(json_object_get(experiment, "visitors")), visitors),
        number_of(experiment, "days"),
        dyn_show_count((json_int_t)llround(number_of(experiment, "visitors_a_day")), a_day),
        string_of(experiment, "from"), is_true(ratio, "failed") ? " class=warning" : "");
    put(out, string_of(ratio, "sentence"));
    fputs(".\n", out);
    if (is_true(both, "too_many")) {
        fprintf(out,
                "<p class=warning>%s visitors (%s) saw more than one variant and are left out.\n",
                dyn_show_count(json_integer_value(json_object_get(both, "visitors")), visitors),
                dyn_show_percent(number_of(both, "share"), share));
    }
    put_effects(out, experiment);
    put_curves(out, experiment);
    put_variants(out, experiment);
    put_parts(out, experiment);
    put_sessions(out, experiment);
    fputs("</section>\n", out);
}

void dyn_show_page(FILE *out, const json_t *findings)
{
    json_t *experiment;
    size_t i;

    put_head(out, findings);
    json_array_foreach(json_object_get(findings, "experiments"), i, experiment)
    {
        put_experiment(out, experiment);
    }
    if (json_array_size(json_object_get(findings, "experiments")) == 0) {
        fputs("<section><p>No visitor was exposed to an experiment.</section>\n", out);
    }
    fputs("</main>\n<footer><p>An interval that leaves 0 out is a difference; it may be looked at "
          "every day. Before anything is said, a metric "
          "needs 150 of its events in each variant, and an experiment 3 days.</footer>\n</html>\n",
          out);
}

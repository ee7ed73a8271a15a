/* Findings (cli/report/findings.h) for people, and for Prometheus. */
#ifndef DYN_SHOW_H
#define DYN_SHOW_H

#include <jansson.h>
#include <stdio.h>

/* As text: for each experiment the sample ratio, tables, and the verdict as its last line. */
void dyn_show_text(FILE *out, const json_t *findings);

/* As one HTML page that needs nothing else: no script, no network; light and dark, readable without seeing its plots. */
void dyn_show_page(FILE *out, const json_t *findings);

/* In Prometheus' text format, as node_exporter's textfile collector reads it; docs/metrics.md. */
void dyn_show_metrics(FILE *out, const json_t *findings);

/* Figures as text and page show them; each writes at most 32 bytes. */
const char *dyn_show_count(json_int_t count, char text[32]);   /* 12,345 */
const char *dyn_show_percent(double share, char text[32]);     /* 3.21 % */
const char *dyn_show_change(double lift, char text[32]);       /* +12.3 % */
const char *dyn_show_metric(const json_t *effect, char text[64]); /* revenue per visitor (EUR) */

#endif

/* What a command found out, printed from one JSON value: as JSON, or as text for people. */
#ifndef DYN_REPORT_H
#define DYN_REPORT_H

#include <jansson.h>
#include <stdio.h>

#include "engine/base/types.h"

/*
 * Text: a member is "name: value"; an object's members stand indented below its name; an array of objects is a table with the
 * first one's members as columns; null and empty values are left out.
 */
void dyn_report_print(FILE *out, const json_t *report, bool as_json);

/* A JSON string of bytes that are UTF-8 (as all texts of a snapshot are). */
json_t *dyn_report_text(dyn_str_t text);

#endif

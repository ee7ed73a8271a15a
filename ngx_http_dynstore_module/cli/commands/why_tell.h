/* What `dynstore why` says of one decision and one item: sentences for a merchandiser, and the same as JSON. docs/audit.md */
#ifndef DYN_WHY_TELL_H
#define DYN_WHY_TELL_H

#include <jansson.h>

#include "engine/record/record.h"

/* The decision again, as it was made, explained wholly. */
typedef struct {
    const dyn_snapshot_t *snapshot;
    const dyn_decision_t *decision;
    const dyn_explanation_t *explanation;
    json_t *notes; /* of the rules file, by the id of the rule */
} dyn_why_t;

/* Appends to the member `sentences` of the report. */
void dyn_why_say(json_t *report, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Why the item was shown in that slot of the decision, at that place, from 0: reason, terms, session, rules. */
void dyn_why_shown(const dyn_why_t *why, uint32_t slot, uint32_t place, dyn_arena_t *arena,
                   json_t *report);
/* Why the item was not shown in that slot. */
void dyn_why_not_shown(const dyn_why_t *why, uint32_t slot, uint32_t item, json_t *report);

#endif

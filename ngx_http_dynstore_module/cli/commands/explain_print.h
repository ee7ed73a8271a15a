/* What `dynstore explain` says: a table for people, or JSON. docs/explain.md */
#ifndef DYN_EXPLAIN_PRINT_H
#define DYN_EXPLAIN_PRINT_H

#include <jansson.h>

#include "engine/control/entry.h"
#include "engine/record/question.h"

typedef struct {
    const dyn_snapshot_t *snapshot;
    const dyn_question_t *question;
    const dyn_decision_t *decision;
    const dyn_explanation_t *explanation;
    bool all; /* candidates beyond the first fifty, too */
} dyn_explained_t;

void dyn_explain_print_table(const dyn_explained_t *explained, dyn_arena_t *arena);
/* What a rule did, in a word, with its figure where it has one: "boost x1.50". */
enum { DYN_EXPLAIN_ACTION_BYTES = 64 };
void dyn_explain_action(const dyn_rule_effect_t *effect, char text[DYN_EXPLAIN_ACTION_BYTES]);
/*
 * Of the rule of an override who said it, why and until when: "Ada: a buckle breaks, until 2026-12-24T18:00:00Z"; "" of another rule. In JSON
 * these are the members `author`, `note` and `until` of the rule, in milliseconds; another rule gets none.
 */
enum { DYN_EXPLAIN_SIGNED_BYTES = 2 * DYN_CONTROL_TEXT_BYTES_MAX + 40 };
void dyn_explain_signed(const dyn_rule_t *rule, char text[DYN_EXPLAIN_SIGNED_BYTES]);
void dyn_explain_sign(const dyn_rule_t *rule, json_t *object);
/* Whether an effect before it says the same: a slot that was filled anew tells of a candidate twice. */
bool dyn_explain_is_told(const dyn_slot_explanation_t *explanation, uint32_t effect);
/* False when memory is out. */
bool dyn_explain_print_json(const dyn_explained_t *explained, dyn_arena_t *arena);

#endif

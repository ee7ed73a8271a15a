/* What `dynstore explain` says: a table for people, or JSON. docs/explain.md */
#ifndef DYN_EXPLAIN_PRINT_H
#define DYN_EXPLAIN_PRINT_H

#include "engine/record/question.h"

typedef struct {
    const dyn_snapshot_t *snapshot;
    const dyn_question_t *question;
    const dyn_decision_t *decision;
    const dyn_explanation_t *explanation;
    bool all; /* candidates beyond the first fifty, too */
} dyn_explained_t;

void dyn_explain_print_table(const dyn_explained_t *explained, dyn_arena_t *arena);
/* False when memory is out. */
bool dyn_explain_print_json(const dyn_explained_t *explained, dyn_arena_t *arena);

#endif

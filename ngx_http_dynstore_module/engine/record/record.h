/*
 * A decision record: which decision was made, from what, and what it was. It lives as an entry of the stream PREFIXdecisions
 * (docs/data-model.md), or as a line of a file: one JSON object with the same members, question and answer in base64.
 */
#ifndef DYN_RECORD_H
#define DYN_RECORD_H

#include "engine/record/question.h"

/* X(member, field of the stream and member of a line). */
#define DYN_RECORD_FIELDS(X)                                                    \
    X(id, "id")      /* the decision's */                                       \
    X(visitor, "v")  /* the keyed hash; empty: nobody */                        \
    X(summary, "s")  /* JSON, docs/audit.md */                                  \
    X(question, "q") /* dyn_question_encode(); empty: it may not be recorded */ \
    X(answer, "a")   /* dyn_answer_encode(); empty like the question */

typedef struct {
#define X(member, field) dyn_str_t member;
    DYN_RECORD_FIELDS(X)
#undef X
} dyn_record_t;

/*
 * Whether the question holds what a shopper searched for. stored: entries of the log count, too, because they were stored as they came.
 */
bool dyn_record_tells_search(const dyn_question_t *question, bool stored, dyn_arena_t *arena);

/* What is recorded. */
typedef struct {
    const dyn_snapshot_t *snapshot;
    const dyn_question_t *question;
    const dyn_decision_t *decision;
    const dyn_explanation_t *explanation; /* of the decision, brief or whole */
    dyn_str_t visitor;                    /* the keyed hash; is not copied */
    dyn_str_t traceparent; /* of the request, valid (engine/base/trace.h); empty: it had none */
    bool replayable; /* question and answer are a part; else the summary says that they are not */
} dyn_recorded_t;

/* Describes a decision. False when the arena is exhausted or a text of the answer is too long. */
bool dyn_record_of(const dyn_recorded_t *recorded, dyn_arena_t *arena, dyn_record_t *record);

/* Whether a decision with this id is within the share of `millionth` of all: always the same ones. */
bool dyn_record_samples(dyn_str_t id, uint32_t millionth);

/* One line, without its end. DYN_STR_NONE when the arena is exhausted. */
dyn_str_t dyn_record_line(const dyn_record_t *record, dyn_arena_t *arena);
/*
 * Reads a line of any bytes. False with a sentence that names the member. The texts are in the arena; the summary is JSON that says
 * the same. It has no control characters, so that its texts may be shown on a terminal, and a time that is one.
 */
bool dyn_record_read_line(dyn_str_t line, dyn_arena_t *arena, dyn_record_t *record,
                          dyn_error_t *error);
/* Takes the fields of an entry, and checks them as those of a line; others are ignored. They are not copied. False with a sentence. */
bool dyn_record_read_fields(const dyn_fact_t *fields, size_t count, dyn_record_t *record,
                            dyn_error_t *error);

#endif

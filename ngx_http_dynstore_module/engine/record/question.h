/*
 * A question: all that a decision is made from, as a value. Module, command line and tests put one together, and decide by it.
 *
 * The session is in it as it was read, log, history and facts, and is folded while deciding: what was asked once can be asked again, with
 * the snapshot that it names.
 */
#ifndef DYN_QUESTION_H
#define DYN_QUESTION_H

#include "engine/decide/decide.h"

typedef uint8_t dyn_build_id_t[16];

typedef struct {
    const dyn_str_t *rows; /* entries, newest first, at most DYN_SESSION_EVENTS_MAX */
    size_t count;
} dyn_log_t;

typedef struct {
    const dyn_str_t *rows; /* entries of earlier visits, newest first, at most DYN_HISTORY_EVENTS_MAX */
    size_t count;
} dyn_history_t;

typedef struct {
    const dyn_fact_t *rows; /* in the order of the reply, at most DYN_SESSION_FACTS_MAX */
    size_t count;
} dyn_facts_t;

typedef struct {
    const dyn_slot_t *rows; /* at most DYN_SLOTS_MAX */
    size_t count;
} dyn_slots_t;

typedef struct {
    const dyn_last_good_slot_t *rows; /* at most DYN_SLOTS_MAX of DYN_SLOT_ITEMS_MAX items */
    size_t count;
} dyn_last_good_t;

/*
 * X(type, member, whether what is chosen depends on it). Those that it does not depend on tell two decisions of one question apart, or
 * are used only where an answer is never given again.
 */
enum { DYN_QUESTION_ASIDE, DYN_QUESTION_DECIDES };

#define DYN_QUESTION_PARTS(X)                                                                                          \
    X(dyn_build_id_t, snapshot, DYN_QUESTION_DECIDES)                                                                  \
    X(dyn_str_t, model, DYN_QUESTION_DECIDES)     /* the snapshot's model_version */                                   \
    X(dyn_str_t, rules, DYN_QUESTION_DECIDES)     /* a version; there are none yet: empty */                           \
    X(uint64_t, overlay, DYN_QUESTION_DECIDES)    /* how far live prices and stock were read; there are none yet: 0 */ \
    X(dyn_context_t, context, DYN_QUESTION_DECIDES)                                                                    \
    X(bool, has_session, DYN_QUESTION_DECIDES)    /* false: not to be had (no consent, timeout, error) */              \
    X(dyn_log_t, log, DYN_QUESTION_DECIDES)                                                                            \
    X(dyn_history_t, history, DYN_QUESTION_DECIDES)                                                                    \
    X(dyn_facts_t, facts, DYN_QUESTION_DECIDES)                                                                        \
    X(dyn_slots_t, slots, DYN_QUESTION_DECIDES)                                                                        \
    X(dyn_last_good_t, last_good, DYN_QUESTION_ASIDE) /* looked at only where there is no session */                   \
    X(int64_t, now_ms, DYN_QUESTION_ASIDE)                                                                             \
    X(uint64_t, seed, DYN_QUESTION_ASIDE)                                                                              \
    X(uint32_t, ttl_s, DYN_QUESTION_ASIDE)        /* goes into the answer; whoever gives one again says its own */

typedef struct {
#define X(type, member, use) type member;
    DYN_QUESTION_PARTS(X)
#undef X
} dyn_question_t;

/* Two questions of one digest get the same items: the key under which an answer may be given again for a moment. Not keyed. */
typedef struct {
    uint64_t words[2];
} dyn_digest_t;

/* Empty but for the versions; the strings are the snapshot's. */
void dyn_question_begin(dyn_question_t *question, const dyn_snapshot_t *snapshot);
/* There is a session, of this log and these facts; what is too much of them is not looked at. They are not copied. */
void dyn_question_session(dyn_question_t *question, const dyn_str_t *log, size_t log_count, const dyn_fact_t *facts,
                          size_t fact_count);
/* What earlier visits left; looked at only where there is a session. */
void dyn_question_history(dyn_question_t *question, const dyn_str_t *history, size_t count);

/*
 * Folds and decides, by the snapshot that the question's versions name. model_scratch as in dyn_request_t, explanation as of
 * dyn_decide(); false only when the arena is exhausted: the caller then serves rung `none`.
 */
bool dyn_question_decide(const dyn_snapshot_t *snapshot, const dyn_question_t *question,
                         dyn_model_scratch_t *model_scratch, dyn_arena_t *arena, dyn_decision_t *decision,
                         dyn_explanation_t *explanation);

/* False when the arena is exhausted; what it takes of it is given back. */
bool dyn_question_digest(const dyn_question_t *question, dyn_arena_t *arena, dyn_digest_t *digest);

/* All parts in the order of the table, behind "DYNQ" and a version; DYN_STR_NONE when the arena is exhausted. */
dyn_str_t dyn_question_encode(const dyn_question_t *question, dyn_arena_t *arena);
/*
 * The way back, of any bytes: false with a sentence that names the part. Strings point into the bytes, lists are in the arena. It
 * is not checked whether the log's entries are any: the fold skips what is none.
 */
bool dyn_question_decode(dyn_str_t bytes, dyn_arena_t *arena, dyn_question_t *question, dyn_error_t *error);

#endif

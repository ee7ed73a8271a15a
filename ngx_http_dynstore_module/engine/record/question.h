/*
 * A question: everything that a decision depends on, as a value. Module, command line and tests fill one in and decide
 * with it.
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
 * X(type, member, whether the chosen items depend on it). The other members tell two decisions for one question apart,
 * or are used only where an answer is never repeated.
 */
enum { DYN_QUESTION_ASIDE, DYN_QUESTION_DECIDES };

#define DYN_QUESTION_PARTS(X)                                                                                          \
    X(dyn_build_id_t, snapshot, DYN_QUESTION_DECIDES)                                                                  \
    X(dyn_str_t, model, DYN_QUESTION_DECIDES)     /* the snapshot's model_version */                                   \
    X(dyn_str_t, rules, DYN_QUESTION_DECIDES)     /* the policy's version */                                           \
    X(uint64_t, overlay, DYN_QUESTION_ASIDE)      /* dyn_overlay_position() of the snapshot's overlay; 0: none. Whether an answer may be */ \
                                                  /* used again tell the items that it shows (dyn_overlay_changed_at()) */ \
    X(dyn_context_t, context, DYN_QUESTION_DECIDES)                                                                    \
    X(bool, has_session, DYN_QUESTION_DECIDES)    /* false: not available (no consent, timeout, error) */              \
    X(dyn_log_t, log, DYN_QUESTION_DECIDES)                                                                            \
    X(dyn_history_t, history, DYN_QUESTION_DECIDES)                                                                    \
    X(dyn_facts_t, facts, DYN_QUESTION_DECIDES)                                                                        \
    X(dyn_str_t, force, DYN_QUESTION_DECIDES)     /* variants that the visitor is to have; empty: its own */           \
    X(bool, shadow, DYN_QUESTION_DECIDES)         /* shadow experiments are in force */                                \
    X(dyn_slots_t, slots, DYN_QUESTION_DECIDES)                                                                        \
    X(dyn_last_good_t, last_good, DYN_QUESTION_ASIDE) /* used only without a session */                   \
    X(dyn_last_good_t, previous, DYN_QUESTION_ASIDE)  /* what the visitor still sees: of the answer that is used again, itself */ \
    X(int64_t, now_ms, DYN_QUESTION_ASIDE)                                                                             \
    X(uint64_t, seed, DYN_QUESTION_ASIDE)                                                                              \
    X(uint32_t, ttl_s, DYN_QUESTION_ASIDE)        /* goes into the answer; a repeated answer has its own request's */

typedef struct {
#define X(type, member, use) type member;
    DYN_QUESTION_PARTS(X)
#undef X
    /* how it is explained (dyn_request_t); no part of the question */
    const uint32_t *asked;
    bool brief;
} dyn_question_t;

/*
 * Two questions with the same digest get the same items, so a recent answer may be used again for it. Not keyed. The fact `shown` is
 * left out: an answer that is used again changes it, and what was shown gives way when the next answer is made.
 */
typedef struct {
    uint64_t words[2];
} dyn_digest_t;

/* A question with only the versions; the strings belong to snapshot and policy (NULL: the built-in one). */
void dyn_question_begin(dyn_question_t *question, const dyn_snapshot_t *snapshot, const dyn_policy_t *policy);
/* Sets the session's log and facts. Rows over the limits are ignored. They are not copied. */
void dyn_question_session(dyn_question_t *question, const dyn_str_t *log, size_t log_count, const dyn_fact_t *facts,
                          size_t fact_count);
/* What earlier visits left; looked at only where there is a session. */
void dyn_question_history(dyn_question_t *question, const dyn_str_t *history, size_t count);

/* Interprets the question's session, which it must have. False when the arena is exhausted. */
bool dyn_question_fold(const dyn_snapshot_t *snapshot, const dyn_question_t *question, dyn_arena_t *arena,
                       dyn_session_t *session);
/*
 * Interprets the session and decides, with the snapshot and the policy that the question's versions name. model_scratch as in
 * dyn_request_t, explanation as in dyn_decide(). False only when the arena is exhausted; then the caller serves rung
 * `none`.
 */
bool dyn_question_decide(const dyn_snapshot_t *snapshot, const dyn_policy_t *policy, const dyn_question_t *question,
                         dyn_model_scratch_t *model_scratch, dyn_arena_t *arena, dyn_decision_t *decision,
                         dyn_explanation_t *explanation);

/* False when the arena is exhausted. The arena's memory is freed again. */
bool dyn_question_digest(const dyn_question_t *question, dyn_arena_t *arena, dyn_digest_t *digest);

/* Writes "DYNQ", a version and all parts in the order of the table; DYN_STR_NONE when the arena is exhausted. */
dyn_str_t dyn_question_encode(const dyn_question_t *question, dyn_arena_t *arena);
/*
 * Reads a question from any bytes. False with a sentence that names the wrong part. Strings point into the bytes; lists
 * are in the arena. Entries of the log are not checked here, because deciding skips bad ones.
 */
bool dyn_question_decode(dyn_str_t bytes, dyn_arena_t *arena, dyn_question_t *question, dyn_error_t *error);

#endif

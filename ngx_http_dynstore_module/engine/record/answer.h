/*
 * An answer: a decision as bytes, without pointers. Items, categories and references are numbers of the snapshot that
 * made the decision, and its language is one of the policy's, so only these two can read it.
 */
#ifndef DYN_ANSWER_H
#define DYN_ANSWER_H

#include "engine/decide/decide.h"

/* How many bytes the whole decision takes. The page token is not a part of it; each response adds its own. Nor is the page's item, which the question has. */
size_t dyn_answer_bytes(const dyn_decision_t *decision);

/*
 * Writes the decision; returns how many bytes. A slot without room in `size` is left out, and then *whole is false. 0:
 * there is no room for the part before the slots.
 */
size_t dyn_answer_encode(const dyn_decision_t *decision, char *bytes, size_t size, bool *whole);

/*
 * Reads an answer from any bytes. policy: whose the decision was; NULL: the built-in one. False with a sentence that names the
 * wrong part. All numbers are checked against the snapshot and the policy. Strings point into the bytes; slots and choices are in the arena.
 */
bool dyn_answer_decode(const dyn_snapshot_t *snapshot, const dyn_policy_t *policy, dyn_str_t bytes,
                       dyn_arena_t *arena, dyn_decision_t *decision, dyn_error_t *error);

#endif

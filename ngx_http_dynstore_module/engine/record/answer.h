/*
 * An answer: what was decided, as bytes without a pointer. Items, categories and references are numbers of the snapshot that it was
 * decided by, so it is read with that snapshot only.
 */
#ifndef DYN_ANSWER_H
#define DYN_ANSWER_H

#include "engine/decide/decide.h"

/* How many bytes the whole decision takes. The page token is no part of it: it is put beside an answer as it is given. */
size_t dyn_answer_bytes(const dyn_decision_t *decision);

/*
 * Writes it; returns how many bytes. A slot that finds no room in `size` is left out, and then *whole is false; 0 when there is not
 * even room for what stands before the slots.
 */
size_t dyn_answer_encode(const dyn_decision_t *decision, char *bytes, size_t size, bool *whole);

/*
 * The way back, of any bytes: false with a sentence that names the part; no number of it is beyond the snapshot. Strings point
 * into the bytes, slots and choices are in the arena.
 */
bool dyn_answer_decode(const dyn_snapshot_t *snapshot, dyn_str_t bytes, dyn_arena_t *arena, dyn_decision_t *decision,
                       dyn_error_t *error);

#endif

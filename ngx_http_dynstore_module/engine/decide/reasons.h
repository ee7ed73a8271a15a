/* Reasons as sentences. */
#ifndef DYN_REASONS_H
#define DYN_REASONS_H

#include "engine/decide/decide.h"

/* True of a choice that shares an audience with what was viewed: it is called "For kids". */
bool dyn_reason_for_audience(const dyn_snapshot_t *snapshot, const dyn_choice_t *choice);
/*
 * A choice's reason in words, as "Because you viewed " and "Trail Pack 30". With no reference, name is empty and words stand alone.
 */
void dyn_reason_words(const dyn_snapshot_t *snapshot, const dyn_choice_t *choice, dyn_str_t *words,
                      dyn_str_t *name);

#endif

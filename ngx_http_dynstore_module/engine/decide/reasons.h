/* Reasons as sentences. */
#ifndef DYN_REASONS_H
#define DYN_REASONS_H

#include "engine/decide/decide.h"
#include "engine/policy/texts.h"

/* Which text says it: of the reason with what it refers to or without, or, of an audience shared with what was viewed, "For kids". */
dyn_text_key_t dyn_reason_key(const dyn_snapshot_t *snapshot, const dyn_choice_t *choice);
/* The name of what a choice's reason refers to: an item's title, a category's, brand's or trait's name. Empty: it refers to nothing. */
dyn_str_t dyn_reference_name(const dyn_snapshot_t *snapshot, const dyn_choice_t *choice);
/* A choice's reason as a sentence: what a rule says, else its own text. DYN_STR_NONE when the arena is exhausted. */
dyn_str_t dyn_reason_words(const dyn_snapshot_t *snapshot, const dyn_texts_t *texts, uint32_t language,
                           const dyn_choice_t *choice, dyn_arena_t *arena);

#endif

/* Whether the sections of the index of words hang together. Internal to the engine. */
#ifndef DYN_WORDS_CHECK_H
#define DYN_WORDS_CHECK_H

#include "engine/catalogue/snapshot_validate.h"

/* All sections of the index, when the first one is there. */
bool dyn_words_check(const dyn_snapshot_check_t *check, const dyn_section_view_t *words);

#endif

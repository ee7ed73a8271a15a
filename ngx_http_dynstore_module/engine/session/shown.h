/*
 * How often blocks showed an item without a click on it: the fact `shown` of a session, a text of `HHHHHHHH:N,` for each item, the
 * newest first. H: FNV-1a of 32 bits over the bytes of the item's id, in 8 hex digits (http://www.isthe.com/chongo/tech/comp/fnv/);
 * N: how often, 1 to DYN_SHOWN_TIMES_MAX. Two items of one hash are counted as one: rare, and then one gives way to early.
 */
#ifndef DYN_SHOWN_H
#define DYN_SHOWN_H

#include "engine/session/session.h"

enum {
    DYN_SHOWN_TIMES_MAX = 99,
    DYN_SHOWN_ROW_BYTES_MAX = 12, /* "89abcdef:99," */
    DYN_SHOWN_BYTES_MAX = DYN_SHOWN_MAX * DYN_SHOWN_ROW_BYTES_MAX
};

uint32_t dyn_shown_hash(dyn_str_t item_id);

/*
 * The new text, from the one before (empty at first; what is none of it is left out) and the ids of what was shown just now, the first
 * DYN_SHOWN_MAX of them. An id that comes twice was shown twice. Returns its length.
 */
size_t dyn_shown_text(dyn_str_t before, const dyn_str_t *ids, size_t count, char text[DYN_SHOWN_BYTES_MAX]);

/* How often the item was shown in this session without a click on it. Reads its id: for those few that come into question. */
uint32_t dyn_session_shown(const dyn_session_t *session, const dyn_snapshot_t *snapshot, uint32_t item);

#endif

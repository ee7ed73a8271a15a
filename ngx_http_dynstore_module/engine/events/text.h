/*
 * Session-log text, one entry a product (a purchase of three products is three entries):
 *
 *     CODE SP TIME_MS [SP ITEM_ID] *(SP KEY=VALUE)
 *
 * CODE is a two-letter code of engine/base/tables.h, TIME_MS unix milliseconds, ITEM_ID is `-` when keys follow and there is none.
 * Keys: q quantity, p price in minor units, c currency, t search term or a question's text, l item_list_id (the slot),
 * d decision id, o transaction id, f field, v value. In ids and values every byte outside [A-Za-z0-9._~:/@+,-] is written %XX; a
 * lone `-` as an id is written %2D. Unknown keys are skipped, so old readers read newer logs. At most DYN_EVENT_TEXT_BYTES_MAX
 * bytes.
 */
#ifndef DYN_EVENT_TEXT_H
#define DYN_EVENT_TEXT_H

#include "engine/events/event.h"

/*
 * False for events that are only for the event stream. They do not show what the shopper wants now, and would push out
 * events that do: an impression (a view_item_list that names an item), a promotion, a refund.
 */
bool dyn_event_in_session(const dyn_event_t *event);

/* Writes the session-log text; returns its length, or 0 when it would be over `size` or DYN_EVENT_TEXT_BYTES_MAX. */
size_t dyn_event_encode(const dyn_event_t *event, char *text, size_t size);

/* Reads session-log text. False when it is not an entry as above. Strings point into `text` or the arena. */
bool dyn_event_decode(dyn_str_t text, dyn_arena_t *arena, dyn_event_t *event);

#endif

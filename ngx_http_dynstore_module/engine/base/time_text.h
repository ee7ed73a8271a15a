/* Points in time as files write them, in milliseconds since 1970 UTC. */
#ifndef DYN_TIME_H
#define DYN_TIME_H

#include "engine/base/types.h"

/*
 * ISO 8601 with seconds, and fractions of them, optional: "2026-03-01T00:00:00Z", "2026-03-01T01:00:00.250+01:00", "2026-03-01"
 * (midnight), "2026-03-01 00:00:00 UTC". Without an offset it is UTC. False when it is none, or before 1970 or after 9999.
 */
bool dyn_time_parse(dyn_str_t text, int64_t *time_ms);
/* The same. local: there is no offset, so that the time may be meant as one of another zone. */
bool dyn_time_parse_local(dyn_str_t text, int64_t *time_ms, bool *local);

/*
 * A number since 1970 of seconds, milliseconds (from 10^11 on, which as seconds would be the year 5138), microseconds (from 10^14
 * on) or nanoseconds (from 10^17 on, below 10^20). False when it is none of these, or beyond 9999.
 */
bool dyn_time_from_number(double number, int64_t *time_ms);

/* Such a number of at least 9 digits in text, or ISO 8601. */
bool dyn_time_from_text(dyn_str_t text, int64_t *time_ms);

/* "2026-03-01T00:00:00Z"; writes 21 bytes at most, terminated. Good for 1970 to 9999. */
void dyn_time_format(int64_t time_ms, char text[21]);

#endif

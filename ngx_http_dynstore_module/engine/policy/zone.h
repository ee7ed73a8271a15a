/*
 * Time zones, as POSIX writes their rules in TZ: "CET-1CEST,M3.5.0,M10.5.0/3"
 * (https://pubs.opengroup.org/onlinepubs/9699919799/basedefs/V1_chap08.html). The rule alone tells the local time of every moment.
 */
#ifndef DYN_ZONE_H
#define DYN_ZONE_H

#include "engine/base/types.h"

enum { DYN_ZONE_RULE_BYTES = 96, DYN_ZONE_NAME_BYTES_MAX = 64 };

/*
 * The rule of a name: "UTC", "+01:00", a rule itself, or "Europe/Berlin", whose file in /usr/share/zoneinfo is read (it ends with the
 * rule). False with a sentence.
 */
bool dyn_zone_rule(const char *name, char rule[DYN_ZONE_RULE_BYTES], dyn_error_t *error);

/* rule: of dyn_zone_rule(). minute: of the day, 0 to 1439. weekday: 0 Monday to 6 Sunday. */
void dyn_zone_local(dyn_str_t rule, int64_t now_ms, uint32_t *minute, uint32_t *weekday);

/*
 * A time as dyn_time_parse() reads it, but without an offset it is of the zone: "2026-11-01" is the zone's midnight. An hour that the clocks
 * show twice is the first; one that they leave out is as long after the change as it would be without it. False when it is none.
 */
bool dyn_zone_time(dyn_str_t rule, dyn_str_t text, int64_t *time_ms);

#endif

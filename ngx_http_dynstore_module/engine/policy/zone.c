#include "engine/policy/zone.h"

#include "engine/base/time_text.h"

#include <stdio.h>
#include <stdlib.h>

enum { DAY_S = 86400, HOUR_S = 3600 };

/* A day of the year on which the clocks change, and when in local time. */
typedef struct {
    char kind; /* 'M' month.week.day, 'J' day 1 to 365 without the leap day, 'n' day 0 to 365 */
    int month, week, day;
    long time_s;
} change_t;

typedef struct {
    long standard_s, summer_s; /* ahead of UTC */
    bool has_summer;
    change_t begin, end;
} zone_t;

typedef struct {
    const char *at;
    const char *end;
} cursor_t;

static bool next(cursor_t *cursor, char c)
{
    if (cursor->at == cursor->end || *cursor->at != c) {
        return false;
    }
    cursor->at++;

    return true;
}

/* At least three letters, or anything in angle brackets. */
static bool take_name(cursor_t *cursor)
{
    const char *start = cursor->at;

    if (next(cursor, '<')) {
        while (cursor->at < cursor->end && *cursor->at != '>') {
            cursor->at++;
        }
        return next(cursor, '>');
    }
    while (cursor->at < cursor->end && ((*cursor->at >= 'A' && *cursor->at <= 'Z') ||
                                        (*cursor->at >= 'a' && *cursor->at <= 'z'))) {
        cursor->at++;
    }

    return cursor->at - start >= 3;
}

static bool take_number(cursor_t *cursor, long most, long *number)
{
    const char *start = cursor->at;

    *number = 0;
    while (cursor->at < cursor->end && *cursor->at >= '0' && *cursor->at <= '9' &&
           cursor->at - start < 4) {
        *number = *number * 10 + (*cursor->at++ - '0');
    }

    return cursor->at > start && *number <= most;
}

/* [+-]hh[:mm[:ss]] */
static bool take_time(cursor_t *cursor, long hours_most, long *seconds)
{
    bool negative = next(cursor, '-');
    long hours, minutes = 0, rest = 0;

    if (!negative) {
        (void)next(cursor, '+');
    }
    if (!take_number(cursor, hours_most, &hours) ||
        (next(cursor, ':') && (!take_number(cursor, 59, &minutes) ||
                               (next(cursor, ':') && !take_number(cursor, 59, &rest))))) {
        return false;
    }
    *seconds = hours * HOUR_S + minutes * 60 + rest;
    *seconds = negative ? -*seconds : *seconds;

    return true;
}

static bool take_change(cursor_t *cursor, change_t *change)
{
    long month = 0, week = 0, day = 0;

    *change = (change_t){.kind = 'n', .time_s = 2L * HOUR_S};
    if (next(cursor, 'M')) {
        change->kind = 'M';
        if (!take_number(cursor, 12, &month) || month == 0 || !next(cursor, '.') ||
            !take_number(cursor, 5, &week) || week == 0 || !next(cursor, '.') ||
            !take_number(cursor, 6, &day)) {
            return false;
        }
    } else {
        change->kind = next(cursor, 'J') ? 'J' : 'n';
        if (!take_number(cursor, 365, &day) || (change->kind == 'J' && day == 0)) {
            return false;
        }
    }
    change->month = (int)month;
    change->week = (int)week;
    change->day = (int)day;

    return !next(cursor, '/') || take_time(cursor, 167, &change->time_s);
}

static bool parse(dyn_str_t rule, zone_t *zone)
{
    cursor_t cursor = {rule.data, rule.data + rule.len};
    long behind;

    memset(zone, 0, sizeof(*zone));
    if (!take_name(&cursor) || !take_time(&cursor, 24, &behind)) {
        return false;
    }
    /* POSIX counts how far a zone is behind UTC */
    zone->standard_s = -behind;
    if (cursor.at == cursor.end) {
        return true;
    }
    if (!take_name(&cursor)) {
        return false;
    }
    zone->has_summer = true;
    zone->summer_s = zone->standard_s + HOUR_S;
    if (cursor.at < cursor.end && *cursor.at != ',') {
        if (!take_time(&cursor, 24, &behind)) {
            return false;
        }
        zone->summer_s = -behind;
    }

    return next(&cursor, ',') && take_change(&cursor, &zone->begin) && next(&cursor, ',') &&
           take_change(&cursor, &zone->end) && cursor.at == cursor.end;
}

/* ---- the calendar ---- */

static bool leap(int64_t year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Days from 1970 to the first of January. */
static int64_t days_to_year(int64_t year)
{
    int64_t before = year - 1;

    return 365 * (year - 1970) + (before / 4 - 1969 / 4) - (before / 100 - 1969 / 100) +
           (before / 400 - 1969 / 400);
}

static int64_t year_of(int64_t days)
{
    int64_t year = 1970 + days / 366;

    while (days_to_year(year + 1) <= days) {
        year++;
    }

    return year;
}

/* 0 Monday; 1970 began on a Thursday. */
static int64_t weekday_of(int64_t days)
{
    return (days + 3) % 7;
}

static int64_t day_of_change(const change_t *change, int64_t year)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int64_t first = days_to_year(year);

    if (change->kind == 'n') {
        return first + change->day;
    }
    if (change->kind == 'J') {
        return first + change->day - 1 + (leap(year) && change->day > 59);
    }
    for (int month = 1; month < change->month; month++) {
        first += lengths[month - 1] + (month == 2 && leap(year));
    }

    int length = lengths[change->month - 1] + (change->month == 2 && leap(year));
    /* POSIX counts from Sunday */
    int64_t day = (change->day + 6 - weekday_of(first) + 7) % 7;

    day += 7L * (change->week - 1);
    while (day >= length) {
        day -= 7;
    }

    return first + day;
}

static bool is_summer(const zone_t *zone, int64_t now_s)
{
    int64_t year = year_of((now_s + zone->standard_s) / DAY_S);
    int64_t begin =
        day_of_change(&zone->begin, year) * DAY_S + zone->begin.time_s - zone->standard_s;
    int64_t end = day_of_change(&zone->end, year) * DAY_S + zone->end.time_s - zone->summer_s;

    /* in the south it begins in one year and ends in the next */
    return begin < end ? now_s >= begin && now_s < end : now_s >= begin || now_s < end;
}

void dyn_zone_local(dyn_str_t rule, int64_t now_ms, uint32_t *minute, uint32_t *weekday)
{
    int64_t now_s = now_ms / 1000;
    zone_t zone;

    if (!parse(rule, &zone)) {
        zone = (zone_t){0};
    }
    now_s += zone.has_summer && is_summer(&zone, now_s) ? zone.summer_s : zone.standard_s;
    now_s = now_s > 0 ? now_s : 0;
    *minute = (uint32_t)(now_s % DAY_S / 60);
    *weekday = (uint32_t)weekday_of(now_s / DAY_S);
}

bool dyn_zone_time(dyn_str_t rule, dyn_str_t text, int64_t *time_ms)
{
    bool local;
    zone_t zone;

    if (!dyn_time_parse_local(text, time_ms, &local)) {
        return false;
    }
    if (!local || !parse(rule, &zone)) {
        return true;
    }

    int64_t summer_ms = *time_ms - zone.summer_s * 1000,
            standard_ms = *time_ms - zone.standard_s * 1000;

    *time_ms = zone.has_summer && is_summer(&zone, summer_ms / 1000) ? summer_ms : standard_ms;
    *time_ms = *time_ms > 0 ? *time_ms : 0;

    return true;
}

/* ---- names ---- */

/* The last line of the zone's file. */
static bool read_rule(const char *name, char rule[DYN_ZONE_RULE_BYTES])
{
    char path[DYN_ZONE_NAME_BYTES_MAX + 32], end[DYN_ZONE_RULE_BYTES + 2];
    FILE *file;
    size_t length;
    char head[4];

    if (name[0] == '/' || name[0] == '.' || strstr(name, "..") != NULL ||
        strlen(name) > DYN_ZONE_NAME_BYTES_MAX) {
        return false;
    }
    snprintf(path, sizeof(path), "/usr/share/zoneinfo/%s", name);
    file = fopen(path, "rb");
    if (file == NULL) {
        return false;
    }

    bool good = fread(head, 1, 4, file) == 4 && memcmp(head, "TZif", 4) == 0 &&
                fseek(file, -(long)sizeof(end), SEEK_END) == 0;

    length = good ? fread(end, 1, sizeof(end), file) : 0;
    fclose(file);
    if (length < 3 || end[length - 1] != '\n') {
        return false;
    }
    end[length - 1] = '\0';
    for (size_t at = length - 1; at-- > 0;) {
        if (end[at] == '\n') {
            size_t bytes = strlen(end + at + 1);

            if (bytes >= DYN_ZONE_RULE_BYTES) {
                return false;
            }
            memcpy(rule, end + at + 1, bytes + 1);
            return true;
        }
    }

    return false;
}

/* "+01:00": as a rule it is "<+01:00>-01:00". */
static bool offset_rule(const char *name, char rule[DYN_ZONE_RULE_BYTES])
{
    cursor_t cursor = {name, name + strlen(name)};
    long seconds;

    if ((name[0] != '+' && name[0] != '-') || !take_time(&cursor, 14, &seconds) ||
        cursor.at != cursor.end) {
        return false;
    }
    snprintf(rule, DYN_ZONE_RULE_BYTES, "<%.16s>%c%.15s", name, name[0] == '+' ? '-' : '+',
             name + 1);

    return true;
}

bool dyn_zone_rule(const char *name, char rule[DYN_ZONE_RULE_BYTES], dyn_error_t *error)
{
    zone_t zone;

    if (strcmp(name, "UTC") == 0) {
        memcpy(rule, "UTC0", 5);
        return true;
    }
    if (strlen(name) < DYN_ZONE_RULE_BYTES && parse(dyn_str_from(name), &zone)) {
        memcpy(rule, name, strlen(name) + 1);
        return true;
    }
    if ((offset_rule(name, rule) || read_rule(name, rule)) && parse(dyn_str_from(rule), &zone)) {
        return true;
    }

    return dyn_fail(
        error,
        "\"%s\" is no time zone that this machine knows (/usr/share/zoneinfo); write "
        "\"Europe/Berlin\", \"UTC\", \"+01:00\" or a rule as \"CET-1CEST,M3.5.0,M10.5.0/3\"",
        name);
}

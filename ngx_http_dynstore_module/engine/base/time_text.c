#include "engine/base/time_text.h"

#include "engine/base/limits.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { day_s = 86400 };

/* Days since 1970 of a date of the Gregorian calendar: years are counted from March, so that the leap day is their last. */
static int64_t days_from_date(int64_t year, int64_t month, int64_t day)
{
    year -= month <= 2;

    int64_t era = year / 400, year_of_era = year % 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

    return era * 146097 + day_of_era - 719468;
}

static int days_of_month(int64_t year, int64_t month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return month == 2 && leap ? 29 : days[month - 1];
}

/* Reads exactly `digits` digits. */
static bool number(dyn_str_t *text, int digits, int64_t *value)
{
    *value = 0;
    for (int i = 0; i < digits; i++) {
        if (text->len == 0 || text->data[0] < '0' || text->data[0] > '9') {
            return false;
        }
        *value = *value * 10 + (text->data[0] - '0');
        text->data++;
        text->len--;
    }

    return true;
}

static bool next(dyn_str_t *text, char c)
{
    if (text->len == 0 || text->data[0] != c) {
        return false;
    }
    text->data++;
    text->len--;

    return true;
}

/* "Z", "+01:00", "-0530", " UTC" or nothing. */
static bool offset(dyn_str_t *text, int64_t *seconds)
{
    int64_t hours, minutes = 0, sign;

    *seconds = 0;
    if (text->len == 0 || next(text, 'Z') || next(text, 'z')) {
        return true;
    }
    (void)next(text, ' ');
    if (dyn_str_equal(*text, DYN_STR("UTC")) || dyn_str_equal(*text, DYN_STR("GMT"))) {
        text->len = 0;
        return true;
    }
    sign = next(text, '+') ? 1 : next(text, '-') ? -1 : 0;
    if (sign == 0 || !number(text, 2, &hours)) {
        return false;
    }
    if (text->len != 0) {
        (void)next(text, ':');
        if (!number(text, 2, &minutes)) {
            return false;
        }
    }
    *seconds = sign * (hours * 3600 + minutes * 60);

    return hours <= 23 && minutes <= 59;
}

bool dyn_time_parse_local(dyn_str_t text, int64_t *time_ms, bool *local)
{
    int64_t year, month, day, hour = 0, minute = 0, second = 0, milliseconds = 0, ahead = 0;

    *local = true;
    if (!number(&text, 4, &year) || !next(&text, '-') || !number(&text, 2, &month) ||
        !next(&text, '-') || !number(&text, 2, &day)) {
        return false;
    }
    if (text.len != 0) {
        if (!(next(&text, 'T') || next(&text, 't') || next(&text, ' ')) ||
            !number(&text, 2, &hour) || !next(&text, ':') || !number(&text, 2, &minute)) {
            return false;
        }
        if (next(&text, ':') && !number(&text, 2, &second)) {
            return false;
        }
        if (next(&text, '.') || next(&text, ',')) {
            int64_t digit, weight = 100;

            if (!number(&text, 1, &digit)) {
                return false;
            }
            do {
                milliseconds += digit * weight;
                weight /= 10;
            } while (number(&text, 1, &digit));
        }
        *local = text.len == 0;
        if (!offset(&text, &ahead)) {
            return false;
        }
    }
    /* second 60: a leap second */
    if (text.len != 0 || month < 1 || month > 12 || day < 1 || day > days_of_month(year, month) ||
        hour > 23 || minute > 59 || second > 60) {
        return false;
    }

    *time_ms =
        (days_from_date(year, month, day) * day_s + hour * 3600 + minute * 60 + second - ahead) *
            1000 +
        milliseconds;

    return *time_ms >= 0;
}

bool dyn_time_parse(dyn_str_t text, int64_t *time_ms)
{
    bool local;

    return dyn_time_parse_local(text, time_ms, &local);
}

/* The unit by its size: as the next larger unit the number would be a time after the year 5138. */
bool dyn_time_from_number(double given, int64_t *time_ms)
{
    double milliseconds = given < 1e11   ? given * 1e3
                          : given < 1e14 ? given
                          : given < 1e17 ? given / 1e3
                          : given < 1e20 ? given / 1e6
                                         : -1;

    if (!(milliseconds >= 0 && milliseconds <= (double)DYN_TIME_MS_MAX)) {
        return false;
    }
    *time_ms = (int64_t)(milliseconds + 0.5);

    return true;
}

bool dyn_time_from_text(dyn_str_t text, int64_t *time_ms)
{
    char copy[40], *end;
    size_t digits = 0;

    while (digits < text.len && text.data[digits] >= '0' && text.data[digits] <= '9') {
        digits++;
    }
    /* fewer digits are a year, or a date such as 20260301 */
    if (digits < 9 || text.len >= sizeof(copy)) {
        return dyn_time_parse(text, time_ms);
    }
    memcpy(copy, text.data, text.len);
    copy[text.len] = '\0';

    double number = strtod(copy, &end);

    return *end == '\0' && isfinite(number) && dyn_time_from_number(number, time_ms);
}

void dyn_time_format(int64_t time_ms, char text[21])
{
    int64_t seconds = time_ms / 1000, days = seconds / day_s, rest = seconds % day_s;
    int64_t shifted = days + 719468, era = shifted / 146097, day_of_era = shifted % 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month_from_march = (5 * day_of_year + 2) / 153;
    int64_t day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    int64_t month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
    int64_t year = era * 400 + year_of_era + (month <= 2);
    char whole[96];

    snprintf(whole, sizeof(whole), "%04d-%02d-%02dT%02d:%02d:%02dZ", (int)year, (int)month,
             (int)day, (int)(rest / 3600), (int)(rest / 60 % 60), (int)(rest % 60));
    snprintf(text, 21, "%.20s", whole);
}

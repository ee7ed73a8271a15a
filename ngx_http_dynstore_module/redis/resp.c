#include "redis/resp.h"

#include <string.h>

/* in this order; a value may also end after a line */
enum { at_type = 0, in_line, in_bytes, at_cr, at_lf };

enum {
    number_len_max = sizeof("-9223372036854775808") - 1,
    /* lengths up to here are read at once */
    plain_digits_max = 9
};

void dyn_resp_init(dyn_resp_t *resp)
{
    memset(resp, 0, sizeof(*resp));
}

/* Ends a value, and after the last one its reply. */
static inline void next_value(dyn_resp_t *resp, const dyn_resp_handlers_t *handlers, void *data)
{
    resp->state = at_type;
    if (--resp->values == 0) {
        handlers->end(data);
    }
}

static inline bool begin_string(dyn_resp_t *resp, const dyn_resp_handlers_t *handlers, void *data,
                                uint64_t len)
{
    resp->left = len;
    resp->state = len != 0 ? in_bytes : at_cr;

    return handlers->string(data, resp->nested, len);
}

static bool read_number(const dyn_resp_t *resp, int64_t *number)
{
    bool negative = resp->len > 0 && resp->text[0] == '-';
    size_t i = negative || (resp->type == ':' && resp->len > 0 && resp->text[0] == '+') ? 1 : 0;

    if (resp->len == i || resp->len > number_len_max) {
        return false;
    }

    *number = 0;
    for (; i < resp->len; i++) {
        int64_t digit = (int64_t)resp->text[i] - '0';

        if (digit < 0 || digit > 9 || *number > (INT64_MAX - digit) / 10) {
            return false;
        }
        *number = *number * 10 + digit;
    }
    if (negative) {
        *number = -*number;
    }

    return true;
}

/* The line is complete. */
static bool take_line(dyn_resp_t *resp, const dyn_resp_handlers_t *handlers, void *data)
{
    int64_t number;
    bool good;

    if (resp->type == '+' || resp->type == '-') {
        good = handlers->line(data, resp->type, resp->text,
                              resp->len < DYN_RESP_LINE_MAX ? resp->len : DYN_RESP_LINE_MAX);
    } else if (!read_number(resp, &number)) {
        return false;
    } else if (resp->type == ':' || number == -1) {
        good = handlers->other(data);
    } else if (number < 0 || number > DYN_RESP_ANNOUNCED_MAX) {
        return false;
    } else if (resp->type == '$') {
        return begin_string(resp, handlers, data, (uint64_t)number);
    } else {
        good = handlers->list(data, resp->nested, (uint64_t)number);
        resp->nested = true;
        resp->values += (uint64_t)number;
        if (resp->values > (uint64_t)DYN_RESP_ANNOUNCED_MAX) {
            return false;
        }
    }

    if (good) {
        next_value(resp, handlers, data);
    }

    return good;
}

/* Reads bytes of the line; `whole`: the line's end was read too, and is not stored. Returns where the rest begins. */
static const uint8_t *gather(dyn_resp_t *resp, const uint8_t *at, const uint8_t *last, bool *whole)
{
    *whole = false;

    while (at < last) {
        uint8_t c = *at++;

        if (c == '\n' && resp->before == '\r') {
            resp->len--;
            *whole = true;
            break;
        }
        if (resp->len < DYN_RESP_LINE_MAX) {
            resp->text[resp->len] = c;
        }
        resp->len++;
        resp->before = c;
    }

    return at;
}

/* Fast path: a short length whose line is complete, as most are. Returns where the rest begins, or NULL. */
static inline const uint8_t *plain_length(const uint8_t *at, const uint8_t *last, uint64_t *len)
{
    const uint8_t *start = at;

    if (last - at > plain_digits_max + 2) {
        last = at + plain_digits_max + 2;
    }

    *len = 0;
    while (at < last && *at >= '0' && *at <= '9') {
        *len = *len * 10 + (uint64_t)(*at++ - '0');
    }

    return at > start && last - at >= 2 && at[0] == '\r' && at[1] == '\n' ? at + 2 : NULL;
}

/* Returns NULL when the line is not RESP2 or its handler returned false. */
static inline const uint8_t *read_line(dyn_resp_t *resp, const dyn_resp_handlers_t *handlers,
                                       void *data, const uint8_t *at, const uint8_t *last)
{
    bool whole;

    if (resp->type == '$' && resp->len == 0) {
        uint64_t len;
        const uint8_t *rest = plain_length(at, last, &len);

        if (rest != NULL) {
            return begin_string(resp, handlers, data, len) ? rest : NULL;
        }
    }

    at = gather(resp, at, last, &whole);
    if (whole) {
        return take_line(resp, handlers, data) ? at : NULL;
    }

    return resp->type == '+' || resp->type == '-' || resp->len <= number_len_max + 1 ? at : NULL;
}

bool dyn_resp_read(dyn_resp_t *resp, const dyn_resp_handlers_t *handlers, void *data,
                   const uint8_t *bytes, size_t len)
{
    const uint8_t *at = bytes, *last = bytes + len;

    while (at < last) {
        /* each state continues in the next one as long as there are bytes */
        switch (resp->state) {
        case at_type:
            if (resp->values == 0) {
                resp->values = 1;
                resp->nested = false;
            }
            resp->type = *at++;
            if (resp->type != '$' && resp->type != '*' && resp->type != '+' && resp->type != '-' &&
                resp->type != ':') {
                return false;
            }
            resp->len = 0;
            resp->before = 0;
            resp->state = in_line;
            /* fall through */

        case in_line:
            at = read_line(resp, handlers, data, at, last);
            if (at == NULL) {
                return false;
            }
            if (resp->state != in_bytes || at == last) {
                break;
            }
            /* fall through */

        case in_bytes: {
            size_t there = (size_t)(last - at);

            if (there > resp->left) {
                there = (size_t)resp->left;
            }
            handlers->bytes(data, at, there);
            at += there;
            resp->left -= there;
            if (resp->left != 0) {
                break;
            }
            resp->state = at_cr;
            if (at == last) {
                break;
            }
        }
            /* fall through */

        case at_cr:
            if (*at++ != '\r') {
                return false;
            }
            resp->state = at_lf;
            if (at == last) {
                break;
            }
            /* fall through */

        default:
            if (*at++ != '\n') {
                return false;
            }
            next_value(resp, handlers, data);
            break;
        }
    }

    return true;
}

/* Prices as exports write them: "1.299,00 EUR", "$1,299.00", "129 EUR", "CHF 1'299.-". */
#ifndef DYN_FEED_AMOUNT_H
#define DYN_FEED_AMOUNT_H

#include "engine/base/types.h"

typedef struct {
    char currency[4]; /* "EUR"; "": the text has none */
    char text[32];    /* "1299.00": at most one point, no other sign than digits */
} dyn_amount_t;

/*
 * `currency`: the one of a text that names none, and of a sign that several have ("$", "kr"); "" or three capitals. `decimal`: the
 * sign before decimals, 0: told by the text. Of two kinds of signs the last is before decimals. One sign alone that is
 * followed by three digits and the end stands between thousands, unless the currency has three decimals; followed by any
 * other number of digits it is before decimals. False with a sentence that says what is wrong, without the place.
 */
bool dyn_amount_read(dyn_str_t text, const char *currency, char decimal, dyn_amount_t *amount,
                     dyn_error_t *problem);

#endif

/* Amounts of money in minor units. */
#ifndef DYN_MONEY_H
#define DYN_MONEY_H

#include "engine/base/types.h"

/* "129.00", 2 -> 12900. False when it is not an amount, has too many decimals, is negative or over DYN_PRICE_MINOR_MAX. */
bool dyn_money_parse(dyn_str_t amount, unsigned exponent, int64_t *minor);
/* ISO 4217 exponent: 2 unless the currency is one of the known others (JPY 0, KWD 3 ...). */
unsigned dyn_money_exponent(dyn_str_t currency);
/* 12900, 2 -> "129.00"; returns the length, writes at most 24 bytes. */
size_t dyn_money_format(int64_t minor, unsigned exponent, char *text);

#endif

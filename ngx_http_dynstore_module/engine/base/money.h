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

/* How a language writes amounts, as CLDR has it (https://cldr.unicode.org). */
typedef struct dyn_money_style_s dyn_money_style_t;

enum { DYN_MONEY_TEXT_BYTES = 96 };

/*
 * The style of a BCP 47 tag, else of its parent: "de-DE" is written as "de". A language that is not known gets the plain style, which
 * writes "1234.50 EUR". Never NULL.
 */
const dyn_money_style_t *dyn_money_style(dyn_str_t tag);
/*
 * 123450, "EUR" -> "1.234,50\u00a0\u20ac", in UTF-8, or for a JSON string as ASCII with such escapes. A currency without a sign of its own in the
 * language is written as its code. Returns the length, writes at most DYN_MONEY_TEXT_BYTES.
 */
size_t dyn_money_write(const dyn_money_style_t *style, int64_t minor, dyn_str_t currency, bool json, char *text);
/* The same of what dyn_money_format() wrote. */
size_t dyn_money_rewrite(const dyn_money_style_t *style, dyn_str_t amount, dyn_str_t currency, bool json, char *text);
/* The sign before decimals: "," in German. */
char dyn_money_decimal(const dyn_money_style_t *style);

#endif

/* The options of commands that read catalogues: what exports do not say of themselves. */
#ifndef DYN_FEED_OPTIONS_H
#define DYN_FEED_OPTIONS_H

#include "cli/base/options.h"
#include "cli/feed/feed.h"

/* Rows of an option table; their indexes are first in the command's enumeration. */
enum {
    DYN_FEED_CURRENCY,
    DYN_FEED_DECIMAL,
    DYN_FEED_LANGUAGE,
    DYN_FEED_ITEM_URL,
    DYN_FEED_MAP,
    DYN_FEED_OPTIONS
};

#define DYN_FEED_ROWS                                                                              \
    [DYN_FEED_CURRENCY] = {"currency", 0, "CODE", "the currency of prices without one: EUR"},      \
    [DYN_FEED_DECIMAL] = {"decimal", 0, "SIGN",                                                    \
                          "what stands before decimals in prices: point or comma (each price's "   \
                          "form tells)"},                                                          \
    [DYN_FEED_LANGUAGE] = {"language", 0, "TAG", "the language of texts that do not say it: de"},  \
    [DYN_FEED_ITEM_URL] = {"item-url", 0, "PATTERN",                                               \
                           "the URL of items without one (Shopify's: /products/{handle})"},         \
    [DYN_FEED_MAP] = {"map", 0, "FILE",                                                            \
                      "which columns of an odd export are which fields (docs/imports.md)"}

/* `option`: one of the indexes above. False with a sentence. */
bool dyn_feed_option(dyn_feed_settings_t *settings, int option, const char *value,
                     dyn_error_t *error);

#endif

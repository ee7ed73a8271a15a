/* What the readers of formats share. A reader makes a JSON object in our words (docs/catalog.md) of each product and variant. */
#ifndef DYN_FEED_READER_H
#define DYN_FEED_READER_H

#include "cli/feed/feed.h"
#include "cli/feed/rows.h"
#include "cli/input/catalog_line.h"

typedef struct {
    const dyn_feed_settings_t *settings;
    dyn_lines_t *lines;
    dyn_catalog_source_t source;
    dyn_ids_t seen;   /* SKUs and the like that were given out: owned */
    dyn_ids_t hidden; /* items that are not published: owned */
    dyn_ids_t groups; /* items whose variants have rows of their own: owned */
} dyn_feed_t;

/*
 * Give a product and a variant to the catalogue; the object is released. Members that are empty texts are nothing. False when
 * reading has to end.
 */
bool dyn_feed_item(dyn_feed_t *feed, json_t *object, uint64_t line);
bool dyn_feed_variant(dyn_feed_t *feed, dyn_str_t parent, json_t *object, uint64_t line);
/* A bad row. False when reading has to end. */
bool dyn_feed_fault(dyn_feed_t *feed, uint64_t line, const char *column, const char *sentence);

/* Sets a member to a text; nothing when the text is empty. */
void dyn_feed_set(json_t *object, const char *member, dyn_str_t text);
/* A text for people, of one that may be HTML. */
void dyn_feed_set_plain(json_t *object, const char *member, dyn_str_t html);
/* Adds a text to a list of texts, unless it is empty or there already. */
void dyn_feed_add(json_t *object, const char *member, dyn_str_t text);
/* The parts of a text between separators, without blanks around them. */
void dyn_feed_add_parts(json_t *object, const char *member, dyn_str_t text, const char *separator);
/* An attribute; a second value of it is added. A name that our fields have (colour, size, audience) is that field. */
void dyn_feed_add_attribute(json_t *object, dyn_str_t name, dyn_str_t value);
/*
 * A price with its currency, as texts have them ("1.299,00 EUR"): sets `member` and "currency". False with *problem when it is none
 * or its currency is not known; a price that is not there is nothing.
 */
bool dyn_feed_set_price(const dyn_feed_t *feed, json_t *object, const char *member, dyn_str_t text,
                        dyn_error_t *problem);
/* The URL of an item whose export has none: `pattern` with its handle. */
void dyn_feed_set_url(const dyn_feed_t *feed, json_t *object, const char *pattern, dyn_str_t handle);

/* ---- formats: each reads rows (or values) to the end; false when reading has to end ---- */

typedef bool (*dyn_feed_rows_fn)(dyn_feed_t *feed, dyn_rows_t *rows);

bool dyn_feed_shopify_rows(dyn_feed_t *feed, dyn_rows_t *rows);
bool dyn_feed_merchant_rows(dyn_feed_t *feed, dyn_rows_t *rows);
bool dyn_feed_woocommerce_rows(dyn_feed_t *feed, dyn_rows_t *rows);
bool dyn_feed_bigcommerce_rows(dyn_feed_t *feed, dyn_rows_t *rows);
bool dyn_feed_adobe_rows(dyn_feed_t *feed, dyn_rows_t *rows);

/* XML of Google Merchant Center, from the beginning of the file. */
bool dyn_feed_merchant_xml(dyn_feed_t *feed);

/*
 * A value of a JSON file that is a product (or, of a bulk operation, a product or a variant) as Shopify writes it: *taken, and
 * given to the catalogue. Any other value is left alone.
 */
bool dyn_feed_shopify_value(dyn_feed_t *feed, const json_t *value, uint64_t line, bool *taken);

#endif

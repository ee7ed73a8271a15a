/* Every limit of the engine, with its reason. Each is tested at its edge, one below and one above. */
#ifndef DYN_LIMITS_H
#define DYN_LIMITS_H

enum {
    /* An id is a key in Redis, an attribute in HTML and a label in logs. */
    DYN_ITEM_ID_BYTES_MAX = 128,
    /* Older events have no weight in a decision, and a reply with this many stays near 4 KB. */
    DYN_SESSION_EVENTS_MAX = 64,
    /* Purchases, carts and wishlists of earlier visits: what somebody did in a season. */
    DYN_HISTORY_EVENTS_MAX = 32,
    /* Facts of a session. The module writes about a dozen, and throws away a reply of Redis with more. */
    DYN_SESSION_FACTS_MAX = 128,
    /* What a shop says of a visitor: a few names, and a customer's tags. */
    DYN_ATTRIBUTES_MAX = 32,
    /* RFC 5646 (4.4.1): no name of a language that is in use is longer. */
    DYN_LANGUAGE_BYTES_MAX = 35,
    /* GA4's own limit for one event. */
    DYN_EVENT_ITEMS_MAX = 200,
    /* GA4's limit for a batch is 25; pages that were offline send a little more. */
    DYN_EVENT_BATCH_MAX = 50,
    DYN_EVENT_BODY_BYTES_MAX = 65536,
    /* Entries of one body, as many as of one event: limits what one request can make Redis write. */
    DYN_EVENT_ENTRIES_MAX = 200,
    /* One entry of the session log, encoded. */
    DYN_EVENT_TEXT_BYTES_MAX = 1024,
    /* Longest stored search term. */
    DYN_SEARCH_TERM_BYTES_MAX = 128,
    DYN_QUANTITY_MAX = 9999,
    /* What was filtered, sorted or chosen, and its value. */
    DYN_FIELD_BYTES_MAX = 32,
    DYN_VALUE_BYTES_MAX = 64,
    /* Filters that one event tells of. */
    DYN_EVENT_VALUES_MAX = 16,
    /* A day: who looks longer at a page has left it open. */
    DYN_DWELL_SECONDS_MAX = 86400,
    /* Other names and ids of an entry. With the longest of each, percent-encoded, an entry still fits its limit. */
    DYN_LIST_ID_BYTES_MAX = 128,
    DYN_TRANSACTION_ID_BYTES_MAX = 48,
    DYN_DECISION_ID_BYTES_MAX = 32,
    /* of a cart or a checkout; those of platforms have at most 64 */
    DYN_CART_TOKEN_BYTES_MAX = 128,
    /* An honest event nests 8 deep. */
    DYN_JSON_DEPTH_MAX = 16,
    /* Longest stored part of the entry source (utm_source, referrer ...). */
    DYN_ENTRY_BYTES_MAX = 128,
    /* Parameters of the page's query that are read: an ad's link has a dozen, but 8 KB can hold 8,000 empty ones. */
    DYN_ENTRY_PARAMETERS_MAX = 256,

    DYN_SLOTS_MAX = 8,
    DYN_SLOT_NAME_BYTES_MAX = 32,
    /* A content's id is a name in files, attributes and logs. */
    DYN_CONTENT_ID_BYTES_MAX = 64,
    /* Beside each other on a page; what more attributes say nobody reads. */
    DYN_COMPARISON_ITEMS_MAX = 4,
    DYN_COMPARISON_ROWS_MAX = 32,
    DYN_GUIDE_ITEMS_MAX = 3,
    /* One of each kind, and of options that are not chosen a few. */
    DYN_SLOT_MESSAGES_MAX = 8,
    /* More than a page shows; bounds the answer's size. */
    DYN_SLOT_ITEMS_MAX = 24,
    /* Candidates that one slot's sources may propose together: bounds scoring and filtering. */
    DYN_CANDIDATES_MAX = 512,
    /* Distinct items, categories and brands that the fold keeps. */
    DYN_FOLD_ITEMS_MAX = 64,
    DYN_FOLD_AFFINITIES_MAX = 16,
    /* Items shown without a click that a session remembers: a few pages of blocks, in less than a KB. */
    DYN_SHOWN_MAX = 64,
    /* What was searched for before that, was searched for in vain. */
    DYN_FOLD_SEARCHES_MAX = 4,
    /* Filters and options that the fold keeps: a shopper combines a few. */
    DYN_FOLD_CHOSEN_MAX = 4,

    /* Depth of a category path: Google's product taxonomy has 7 levels. */
    DYN_CATEGORY_DEPTH_MAX = 8,
    /* Neighbours, bought-together and similar items kept for one item. */
    DYN_EDGES_PER_ITEM_MAX = 64,
    DYN_POPULAR_MAX = 256,
    DYN_POPULAR_PER_CATEGORY_MAX = 64,

    /* A string of the snapshot (title, URL ...). */
    DYN_STRING_BYTES_MAX = 4096,
    /* Lists of one item, which a decision may have to read. Shopify allows 2,048 variants and 250 tags; ISO 3166 has 249 countries. */
    DYN_TAGS_PER_ITEM_MAX = 250,
    DYN_ATTRIBUTES_PER_ITEM_MAX = 64,
    /* Of an attribute's name, and of its values: a longer one is a description, which no other item has. */
    DYN_ATTRIBUTE_BYTES_MAX = 128,
    DYN_VALUES_PER_ATTRIBUTE_MAX = 64,
    /* Tags and values of attributes together: comparing two items walks both lists. */
    DYN_TRAITS_PER_ITEM_MAX = 512,
    /* Beside a picture there is no room for more. */
    DYN_BADGES_PER_ITEM_MAX = 8,
    DYN_KEYWORDS_PER_ITEM_MAX = 64,
    /* Handle, SKU and GTIN of an item that has a dozen sizes. */
    DYN_ALIASES_PER_ITEM_MAX = 64,
    DYN_RATING_MAX = 5,
    /* Items on sale that one decision may look through; of more, the most popular and most reduced. */
    DYN_SALES_MAX = 512,
    /* Categories, and brands, that are said to be trending: more than a slot shows would not be the largest any more. */
    DYN_TRENDS_MAX = 16,
    /* What a trait or a brand can propose for a slot. */
    DYN_ITEMS_PER_TRAIT_MAX = 64,
    DYN_COUNTRIES_PER_ITEM_MAX = 250,
    DYN_VARIANTS_PER_ITEM_MAX = 2048,
    DYN_COMPATIBLE_PER_ITEM_MAX = 64,
    /* Things that are sold together: what a shopper still looks over. */
    DYN_BUNDLE_ITEMS_MIN = 2,
    DYN_BUNDLE_ITEMS_MAX = 8,
    DYN_BUNDLES_MAX = 65536,
    /* Languages of one bundle's texts. */
    DYN_BUNDLE_LANGUAGES_MAX = 32,
    /* Bundles of one item that a decision looks at, the first by their ids. */
    DYN_BUNDLES_PER_ITEM_MAX = 64,
    /* More than a marketplace has (28,773 in the largest seen); each may have a list of its own. */
    DYN_CATEGORIES_MAX = 65536,
    /* Most rows that a look-up reads in a hash table; a table up to 3/4 full has no run near this length. */
    DYN_PROBES_MAX = 1024,
    DYN_SNAPSHOT_SECTIONS_MAX = 96,

    /* A word of the index of words; longer ones are cut. German's longest names of goods have about 40 letters. */
    DYN_WORD_BYTES_MAX = 48,
    /* What of a text is read for its meaning: more than a search box or an ad's keyword holds. */
    DYN_WORDS_TEXT_BYTES_MAX = 256,
    DYN_WORDS_MAX = 16,
    /* Words of the index that are compared with words that it does not have, for one text. */
    DYN_WORDS_ALIKE_MAX = 8192,
    /* Steps through lists of items for one text of several words, and entries of the list of a single word: some tenths of a millisecond. */
    DYN_WORDS_STEPS_MAX = 8192,
    DYN_WORDS_SCAN_MAX = 65536,
    /* A rank has 28 bits beside 4 of weight; a larger catalogue gets no index. */
    DYN_WORDS_ITEMS_MAX = 1 << 28,
    /* Item numbers share 32 bits with variant numbers (bit 31) and DYN_NONE. */
    DYN_SNAPSHOT_ITEMS_MAX = 0x7ffffffe,
    DYN_SNAPSHOT_VARIANTS_MAX = 0x7ffffffe,

    /* Money in minor units must survive a double in JSON readers. */
    DYN_PRICE_MINOR_MAX = 2000000000
};

/* The end of the year 9999. Later values are not times, so differences of times never overflow. */
#define DYN_TIME_MS_MAX 253402300799999

/* References to strings and starts of lists are 32 bits wide. */
#define DYN_SNAPSHOT_STRINGS_BYTES_MAX UINT32_MAX
#define DYN_SNAPSHOT_ROWS_MAX          UINT32_MAX

#endif

/*
 * The grammar of a rules file: what can be asked and what can be done. Loader, evaluation, JSON Schema and docs/rules.md are made
 * from these lists. The last column of a row is its line in the reference.
 */
#ifndef DYN_POLICY_TABLES_H
#define DYN_POLICY_TABLES_H

#include "engine/base/tables.h"

/*
 * What a condition can ask of a request. X(constant, name in JSON, kind of value, sentence). Kinds of values:
 * NAMES of a table or free ones, PATTERN {"words"} or {"matches"} or a text, RANGE {"min", "max"}, CATEGORY, TIME_OF_DAY, PERCENT.
 */
#define DYN_REQUEST_FIELDS(X)                                                                                          \
    X(SURFACE, "surface", NAMES, "the kind of page: home, plp, pdp, cart, search, landing, checkout")                  \
    X(SLOT, "slot", NAMES, "the slot's name")                                                                          \
    X(MOMENT, "moment", NAMES, "what the shopper is doing: landing, browse, comparison, hesitation, checkout")         \
    X(VISITOR, "visitor", NAMES, "new, returning or high_intent; nobody whose session is not known")                   \
    X(COUNTRY, "country", NAMES, "the shopper's country, as ISO 3166 has it: \"DE\"")                                  \
    X(LANGUAGE, "language", NAMES, "the page's language: \"de\" is also true of \"de-AT\"")                            \
    X(DEVICE, "device", NAMES, "desktop, mobile, tablet or unknown")                                                   \
    X(CAMPAIGN, "campaign", PATTERN, "utm_campaign of the session's first page")                                       \
    X(SOURCE, "source", PATTERN, "utm_source of the session's first page")                                             \
    X(MEDIUM, "medium", PATTERN, "utm_medium of the session's first page")                                             \
    X(KEYWORD, "keyword", PATTERN, "utm_term of the session's first page")                                             \
    X(AD_CONTENT, "ad_content", PATTERN, "utm_content of the session's first page")                                    \
    X(REFERRER, "referrer", PATTERN, "the host that led to the session's first page")                                  \
    X(SEARCH, "search", PATTERN, "what the page searches for, else the session's newest search")                       \
    X(PATH, "path", PATTERN, "the page's path, as \"/c/tents\"")                                                       \
    X(SEGMENT, "segment", NAMES, "a segment that the shop gives the visitor (dynstore_attribute segment)")             \
    X(TIER, "tier", NAMES, "the visitor's tier (dynstore_attribute tier)")                                             \
    X(ROLE, "role", NAMES, "the visitor's role (dynstore_attribute role)")                                             \
    X(CUSTOMER_TAG, "customer_tag", NAMES, "a tag of the customer (dynstore_attribute customer_tag)")                  \
    X(CART_TOTAL, "cart_total", RANGE, "what is in the cart costs, in the currency's major unit")                      \
    X(CART_ITEMS, "cart_items", RANGE, "pieces in the cart")                                                           \
    X(EVENTS, "events", RANGE, "events of the session so far")                                                         \
    X(INTENT, "intent", CATEGORY, "the category that the session is after most, of an ad's first page the one it names") \
    X(TIME, "time", TIME_OF_DAY, "the time of day in the shop's time zone, from (inclusive) to until (exclusive)")     \
    X(WEEKDAY, "weekday", NAMES, "mon, tue, wed, thu, fri, sat, sun in the shop's time zone")                          \
    X(PERCENT, "percent", PERCENT, "so many percent of the visitors, always the same ones; nobody who is unknown")          \
    X(EXPERIMENT, "experiment", VARIANTS, "who is in this variant, \"tents:b\", or in any of an experiment, \"tents\", where it is in scope") \
    X(FLAG, "flag", FLAGS, "one of these flags of the file is on")

/* Whose item a condition asks about. X(constant, name in JSON, sentence) */
#define DYN_SUBJECTS(X)                                                                                                \
    X(ITEM, "item", "the candidate: an item that may be shown")                                                        \
    X(PAGE, "page", "the page's item; of a listing only its category")                                                 \
    X(CART, "cart", "some item in the cart")                                                                           \
    X(VIEWED, "viewed", "some item viewed in this session")                                                            \
    X(BOUGHT, "bought", "some item bought, in this session or before")

/*
 * What a condition can ask of an item. X(constant, name in JSON, kind of value, sentence). CATEGORY and BRAND also take {"same_as"},
 * {"other_than"}, and PRICE also {"of", "min", "max"}, with "page" or "cart".
 */
#define DYN_ITEM_FIELDS(X)                                                                                             \
    X(ID, "id", NAMES, "its id, or an alias or variant of it")                                                         \
    X(CATEGORY, "category", CATEGORY, "its category or one above it, by path or name")                                 \
    X(BRAND, "brand", NAMES, "its brand")                                                                              \
    X(TAG, "tag", NAMES, "one of its tags")                                                                            \
    X(AUDIENCE, "audience", NAMES, "for whom it is")                                                                   \
    X(ATTRIBUTE, "attribute", NAMES, "an attribute's value: {\"material\": \"wool\"}; colour and size are attributes") \
    X(PRICE, "price", RANGE, "what it costs now, in the major unit")                                                   \
    X(MARGIN, "margin", RANGE, "its margin as a share: 0.4")                                                           \
    X(STOCK, "stock", RANGE, "pieces; an unknown number is in no range")                                               \
    X(AGE_DAYS, "age_days", RANGE, "days since it came into the catalogue")                                            \
    X(RATING, "rating", RANGE, "its rating, 0 to 5")                                                                   \
    X(ON_SALE, "on_sale", FLAG, "whether a sale price holds now")

/*
 * What a rule does. X(constant, name in JSON, rank, sentence). Rules work in the order of the ranks, whatever their priority; among
 * rules of one rank the higher priority comes first, then the smaller id.
 */
#define DYN_ACTIONS(X)                                                                                                 \
    X(EXCLUDE, "exclude", 1, "the items that the rule is true of are not shown")                                       \
    X(FILTER, "filter", 2, "only the items that the rule is true of are shown")                                        \
    X(APART, "apart", 2, "of these items at most one stands in a block")                                               \
    X(SOURCES, "sources", 3, "sources of the slot on or off, or with another weight")                                  \
    X(STRENGTH, "strength", 3, "how far personalization moves things, 0 to 1")                                         \
    X(LIMIT, "limit", 3, "so many items at most")                                                                      \
    X(ADD, "add", 4, "these items become candidates")                                                                  \
    X(PIN, "pin", 5, "these items stand at this position and behind it")                                               \
    X(QUOTA, "quota", 6, "at least this share of the slot is of items that the rule is true of")                       \
    X(CAP, "cap", 7, "at most so many items of one category, brand, tag, attribute or price band")                     \
    X(PREFER, "prefer", 8, "these items stand at this position when they are candidates and no cap forbids it")        \
    X(BOOST, "boost", 9, "scores of the items that the rule is true of are multiplied, 1 to 20")                       \
    X(BURY, "bury", 9, "the same by 0 to 1")                                                                           \
    X(CONFIDENCE, "confidence", 10, "a slot less sure than this is filled by another source, or left empty")           \
    X(CONTENT, "content", 11, "this content entry is shown")                                                           \
    X(TITLE, "title", 11, "the slot's heading")                                                                        \
    X(REASON, "reason", 11, "the reason's text of the items that the rule is true of")                                 \
    X(CTA, "cta", 11, "their call to action")                                                                          \
    X(BADGE, "badge", 11, "a short text beside them")                                                                  \
    X(SPONSORED, "sponsored", 11, "they are shown as sponsored, with this label")

/* By what a cap counts. */
#define DYN_CAPS(X) X(CATEGORY, "category") X(BRAND, "brand") X(TAG, "tag") X(ATTRIBUTE, "attribute") X(PRICE_BAND, "price_band")

/* Thresholds of moments: X(member, default, least, most, sentence). docs/moments.md has the figures behind them. */
#define DYN_MOMENT_THRESHOLDS(X)                                                                                       \
    X(comparison_items, 3, 2, 20, "items of one kind that make a comparison")                                          \
    X(comparison_minutes, 15, 1, 240, "within so many minutes")                                                        \
    X(comparison_events, 8, 2, 64, "and so many events")                                                               \
    X(hesitation_returns, 2, 2, 20, "views of one item that are a hesitation: A, B, A")                                \
    X(hesitation_doubts, 2, 1, 20, "zoom, size guide, question or returns page on one item")                           \
    X(hesitation_dwell_seconds, 180, 10, 3600, "long dwell without adding")                                             \
    X(hesitation_cart_minutes, 3, 1, 240, "a cart left so long while its items are looked at again")

/* X(member, default, least, most, sentence) */
#define DYN_GUARDRAILS(X)                                                                                              \
    X(exploration, 0, 0, 0.2, "share of places given to a candidate just below the best")                              \
    X(fatigue_shown, 3, 1, 99, "an item shown so often in this session without a click is damped")                     \
    X(fatigue_factor, 0.75, 0.01, 1, "by this factor, and once more for each further time, six times at most")                                       \
    X(hysteresis, 0.1, 0, 1, "a visible answer keeps its order unless the gain in score is larger")                    \
    X(geography_boost, 1.2, 1, 2, "the most that a country may boost in a rule that is no compliance rule")            \
    X(add_on_share, 0.6, 0, 10, "an add-on costs at most this share of what it is added to")                           \
    X(add_ons_total, 1.0, 0, 100, "all add-ons of a slot beside a cart together, as a share of it")                                                    \
    X(upsell_band, 0.3, 0, 10, "an upsell costs at most this share more than the item")

#define X(c, n, kind, doc) DYN_REQUEST_FIELD_##c,
typedef enum { DYN_REQUEST_FIELDS(X) DYN_REQUEST_FIELDS_COUNT } dyn_request_field_t;
#undef X
#define X(c, n, doc) DYN_SUBJECT_##c,
typedef enum { DYN_SUBJECTS(X) DYN_SUBJECTS_COUNT } dyn_subject_t;
#undef X
#define X(c, n, kind, doc) DYN_ITEM_FIELD_##c,
typedef enum { DYN_ITEM_FIELDS(X) DYN_ITEM_FIELDS_COUNT } dyn_item_field_t;
#undef X
#define X(c, n, rank, doc) DYN_ACTION_##c,
typedef enum { DYN_ACTIONS(X) DYN_ACTIONS_COUNT } dyn_action_kind_t;
#undef X
#define X(c, n) DYN_CAP_##c,
typedef enum { DYN_CAPS(X) DYN_CAPS_COUNT } dyn_cap_t;
#undef X

#endif

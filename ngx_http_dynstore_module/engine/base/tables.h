/*
 * The lists that code, JSON, metrics and docs share. A row is X(end of the enum constant, public name). Add new rows at
 * the end, because statistics of session logs and weights of snapshots contain the numbers.
 */
#ifndef DYN_TABLES_H
#define DYN_TABLES_H

#include "engine/base/types.h"

#define DYN_SURFACES(X)                                                                                                \
    X(HOME, "home") X(PLP, "plp") X(PDP, "pdp") X(CART, "cart") X(SEARCH, "search") X(LANDING, "landing")              \
        X(CHECKOUT, "checkout")

#define DYN_RUNGS(X)                                                                                                   \
    X(SESSION, "session") X(CONTEXT, "context") X(LAST_GOOD, "last_good") X(POPULAR, "popular") X(NONE, "none")

#define DYN_MOMENTS(X)                                                                                                 \
    X(LANDING, "landing") X(BROWSE, "browse") X(COMPARISON, "comparison") X(HESITATION, "hesitation")                  \
        X(CHECKOUT, "checkout")

#define DYN_DEVICES(X) X(UNKNOWN, "unknown") X(DESKTOP, "desktop") X(MOBILE, "mobile") X(TABLET, "tablet")

/*
 * X(constant, GA4's name, code in the session log). Codes are part of the data model's contract.
 */
#define DYN_EVENT_TYPES(X)                                                                                             \
    X(VIEW_ITEM, "view_item", "vi")                                                                                    \
    X(VIEW_ITEM_LIST, "view_item_list", "vl")                                                                          \
    X(SELECT_ITEM, "select_item", "si")                                                                                \
    X(ADD_TO_CART, "add_to_cart", "ac")                                                                                \
    X(REMOVE_FROM_CART, "remove_from_cart", "rc")                                                                      \
    X(VIEW_CART, "view_cart", "vc")                                                                                    \
    X(BEGIN_CHECKOUT, "begin_checkout", "bc")                                                                          \
    X(PURCHASE, "purchase", "pu")                                                                                      \
    X(SEARCH, "search", "se")                                                                                          \
    X(PAGE_VIEW, "page_view", "pv")                                                                                    \
    X(SCROLL, "scroll", "sc")                                                                                          \
    X(DWELL, "dwell", "dw")                                                                                            \
    X(ZOOM, "zoom", "zo")                                                                                              \
    X(SIZE_GUIDE, "size_guide", "sg")                                                                                  \
    X(FILTER, "filter", "fi")                                                                                          \
    X(SORT, "sort", "so")                                                                                              \
    X(COMPARE, "compare", "co")                                                                                        \
    X(WISHLIST, "wishlist", "wl")                                                                                      \
    X(QUESTION, "question", "qu")                                                                                      \
    X(REFUND, "refund", "rf")                                                                                          \
    X(VIEW_PROMOTION, "view_promotion", "vp")                                                                          \
    X(SELECT_PROMOTION, "select_promotion", "sp")                                                                      \
    X(REMOVE_FROM_WISHLIST, "remove_from_wishlist", "wr")                                                              \
    X(CHOOSE_OPTION, "choose_option", "op")                                                                            \
    X(HOVER, "hover", "ho")

/* X(alias, constant): names of Shopify Web Pixels and Segment, and GA4's others; the steps of a checkout are one event. */
#define DYN_EVENT_ALIASES(X)                                                                                           \
    X("product_viewed", VIEW_ITEM)                                                                                     \
    X("collection_viewed", VIEW_ITEM_LIST)                                                                             \
    X("product_added_to_cart", ADD_TO_CART)                                                                            \
    X("product_removed_from_cart", REMOVE_FROM_CART)                                                                   \
    X("cart_viewed", VIEW_CART)                                                                                        \
    X("checkout_started", BEGIN_CHECKOUT)                                                                              \
    X("checkout_completed", PURCHASE)                                                                                  \
    X("search_submitted", SEARCH)                                                                                      \
    X("page_viewed", PAGE_VIEW)                                                                                        \
    X("Product Viewed", VIEW_ITEM)                                                                                     \
    X("Product List Viewed", VIEW_ITEM_LIST)                                                                           \
    X("Product Clicked", SELECT_ITEM)                                                                                  \
    X("Product Added", ADD_TO_CART)                                                                                    \
    X("Product Removed", REMOVE_FROM_CART)                                                                             \
    X("Cart Viewed", VIEW_CART)                                                                                        \
    X("Checkout Started", BEGIN_CHECKOUT)                                                                              \
    X("Order Completed", PURCHASE)                                                                                     \
    X("Products Searched", SEARCH)                                                                                     \
    X("Product Added to Wishlist", WISHLIST)                                                                           \
    X("add_to_wishlist", WISHLIST)                                                                                     \
    X("view_search_results", SEARCH)                                                                                   \
    X("add_shipping_info", BEGIN_CHECKOUT)                                                                             \
    X("add_payment_info", BEGIN_CHECKOUT)                                                                              \
    X("checkout_contact_info_submitted", BEGIN_CHECKOUT)                                                               \
    X("checkout_address_info_submitted", BEGIN_CHECKOUT)                                                               \
    X("checkout_shipping_info_submitted", BEGIN_CHECKOUT)                                                              \
    X("payment_info_submitted", BEGIN_CHECKOUT)                                                                        \
    X("Checkout Step Viewed", BEGIN_CHECKOUT)                                                                          \
    X("Checkout Step Completed", BEGIN_CHECKOUT)                                                                       \
    X("Payment Info Entered", BEGIN_CHECKOUT)                                                                          \
    X("Order Refunded", REFUND)                                                                                        \
    X("Promotion Viewed", VIEW_PROMOTION)                                                                              \
    X("Promotion Clicked", SELECT_PROMOTION)                                                                           \
    X("Product Removed from Wishlist", REMOVE_FROM_WISHLIST)                                                           \
    X("Product List Filtered", FILTER)                                                                                 \
    X("user_engagement", DWELL)

/* X(constant, name): the sources of candidates. Snapshots contain their numbers: add at the end, remove none. */
#define DYN_SOURCES(X)                                                                                                 \
    X(SESSION_KNN, "session_knn") X(SIMILAR, "similar") X(BOUGHT_WITH, "bought_with") X(COMPATIBLE, "compatible")      \
        X(COMPLETE_THE_LOOK, "complete_the_look") X(TRENDING, "trending") X(POPULAR, "popular")                        \
            X(CATEGORY_POPULAR, "category_popular") X(RECENTLY_VIEWED, "recently_viewed")                              \
                X(NEW_ARRIVALS, "new_arrivals") X(LAST_GOOD, "last_good") X(VIEWED_WITH, "viewed_with")                    \
                    X(LIKED, "liked") X(SEARCHED, "searched") X(COMPLEMENTS, "complements") X(RANGE, "range")              \
                        X(UPSELL, "upsell") X(ON_SALE, "on_sale") X(TRENDING_IN, "trending_in")              \
                            X(RULES, "rules")

/*
 * X(constant, code in JSON). What each claims, and what it needs, is in docs/recommendations.md; its words are in
 * engine/policy/wording.h.
 */
#define DYN_REASONS(X)                                                                                                 \
    X(BECAUSE_VIEWED, "because_viewed") X(SIMILAR_TO, "similar_to") X(BOUGHT_WITH, "bought_with")                      \
    X(COMPATIBLE_WITH, "compatible_with") X(COMPLETES, "completes") X(POPULAR_IN, "popular_in")                        \
    X(TRENDING, "trending") X(POPULAR, "popular") X(RECENTLY_VIEWED, "recently_viewed")                                \
    X(NEW_ARRIVAL, "new_arrival") X(RECOMMENDED, "recommended") X(VIEWED_WITH, "viewed_with")                          \
    X(BECAUSE_ADDED, "because_added") X(MORE_FROM, "more_from") X(SHARES, "shares")                                    \
    X(MATCHES_SEARCH, "matches_search") X(MATCHES_AD, "matches_ad") X(ALTERNATIVE_TO, "alternative_to")                \
    X(FROM_RANGE, "from_range") X(MATCHES_FILTER, "matches_filter") X(UPSELL_OF, "upsell_of")                          \
    X(WITHIN_PRICES, "within_prices") X(CAME_BACK_TO, "came_back_to") X(COMPARED, "compared")    \
    X(ON_SALE, "on_sale") X(IN_BUNDLE, "in_bundle")

/*
 * X(constant, key in JSON, sentence). What the slot `messages` says; the texts are those of the policy, `message.KEY`.
 */
#define DYN_MESSAGES(X)                                                                                                \
    X(FREE_SHIPPING_GAP, "free_shipping_gap", "so much is missing until shipping is free")                             \
    X(FREE_SHIPPING, "free_shipping", "shipping is free")                                                              \
    X(OPTION_MISSING, "option_missing", "of an item in the cart no variant was chosen: a size, a colour")              \
    X(RETURNS, "returns", "what the shop promises on returns")                                                         \
    X(DELIVERY, "delivery", "what it promises on delivery")

/* X(constant, name in JSON): what a slot is made of. */
#define DYN_SLOT_KINDS(X)                                                                                              \
    X(LIST, "list") X(COMPARISON, "comparison") X(GUIDE, "guide") X(MESSAGES, "messages") X(CONTENT, "content") \
    X(BUNDLE, "bundle")

/* X(constant, name in JSON): rows of a comparison. */
#define DYN_COMPARISON_ROWS(X)                                                                                         \
    X(PRICE, "price") X(RATING, "rating") X(FIT, "fit") X(ATTRIBUTE, "attribute")

/* X(constant, action in JSON) */
#define DYN_CTAS(X) DYN_ITEM_CTAS(X) X(ADD_BUNDLE, "add_bundle")
/* Those of a single item. */
#define DYN_ITEM_CTAS(X) X(VIEW, "view") X(ADD_TO_CART, "add_to_cart") X(CHOOSE_OPTIONS, "choose_options")

/* X(constant, name): every hard filter that can remove a candidate. */
#define DYN_FILTERS(X)                                                                                                 \
    X(OUT_OF_STOCK, "out_of_stock") X(CURRENT_ITEM, "current_item") X(IN_CART, "in_cart") X(PURCHASED, "purchased")    \
        X(SAME_GROUP, "same_group") X(AGE, "age") X(COUNTRY, "country") X(CATEGORY_CAP, "category_cap")                \
            X(BRAND_CAP, "brand_cap") X(OTHER_SLOT, "other_slot") X(VIEWED, "viewed")                \
                X(NOT_IN_CATALOGUE, "not_in_catalogue") X(OTHER_CATEGORY, "other_category")                                \
                    X(SAME_KIND, "same_kind") X(BELOW_FLOOR, "below_floor") X(PRICE_ANCHOR, "price_anchor")            \
                        X(BLOCKED, "blocked") X(ROLE, "role") X(EXCLUDED, "excluded") X(FILTERED, "filtered")          \
                            X(CAPPED, "capped") X(QUOTA, "quota") X(APART, "apart")

#define X(c, n) DYN_SURFACE_##c,
typedef enum { DYN_SURFACES(X) DYN_SURFACES_COUNT } dyn_surface_t;
#undef X
#define X(c, n) DYN_RUNG_##c,
typedef enum { DYN_RUNGS(X) DYN_RUNGS_COUNT } dyn_rung_t;
#undef X
#define X(c, n) DYN_MOMENT_##c,
typedef enum { DYN_MOMENTS(X) DYN_MOMENTS_COUNT } dyn_moment_t;
#undef X
#define X(c, n) DYN_DEVICE_##c,
typedef enum { DYN_DEVICES(X) DYN_DEVICES_COUNT } dyn_device_t;
#undef X
#define X(c, n, code) DYN_EVENT_##c,
typedef enum { DYN_EVENT_TYPES(X) DYN_EVENT_TYPES_COUNT } dyn_event_type_t;
#undef X
#define X(c, n) DYN_SOURCE_##c,
typedef enum { DYN_SOURCES(X) DYN_SOURCES_COUNT } dyn_source_t;
#undef X
#define X(c, n) DYN_REASON_##c,
typedef enum { DYN_REASONS(X) DYN_REASONS_COUNT } dyn_reason_t;
#undef X
#define X(c, n) DYN_CTA_##c,
typedef enum { DYN_CTAS(X) DYN_CTAS_COUNT } dyn_cta_t;
#undef X
#define X(c, n, doc) DYN_MESSAGE_##c,
typedef enum { DYN_MESSAGES(X) DYN_MESSAGES_COUNT } dyn_message_kind_t;
#undef X
#define X(c, n) DYN_SLOT_##c,
typedef enum { DYN_SLOT_KINDS(X) DYN_SLOT_KINDS_COUNT } dyn_slot_kind_t;
#undef X
#define X(c, n) DYN_COMPARISON_##c,
typedef enum { DYN_COMPARISON_ROWS(X) DYN_COMPARISON_ROWS_COUNT } dyn_comparison_row_kind_t;
#undef X
#define X(c, n) DYN_FILTER_##c,
typedef enum { DYN_FILTERS(X) DYN_FILTERS_COUNT } dyn_filter_t;
#undef X

/* Public names; "" for a number out of range. */
dyn_str_t dyn_surface_name(dyn_surface_t surface);
dyn_str_t dyn_rung_name(dyn_rung_t rung);
dyn_str_t dyn_moment_name(dyn_moment_t moment);
dyn_str_t dyn_device_name(dyn_device_t device);
dyn_str_t dyn_event_name(dyn_event_type_t type);
dyn_str_t dyn_event_code(dyn_event_type_t type);
dyn_str_t dyn_source_name(dyn_source_t source);
dyn_str_t dyn_reason_name(dyn_reason_t reason);
dyn_str_t dyn_cta_action(dyn_cta_t cta);
dyn_str_t dyn_filter_name(dyn_filter_t filter);
dyn_str_t dyn_message_name(dyn_message_kind_t message);
dyn_str_t dyn_slot_kind_name(dyn_slot_kind_t kind);
dyn_str_t dyn_comparison_row_name(dyn_comparison_row_kind_t row);

/* The number of a name; false when the name is not in the table. */
bool dyn_surface_from_name(dyn_str_t name, dyn_surface_t *surface);
/* GA4's names and the aliases. */
bool dyn_event_type_from_name(dyn_str_t name, dyn_event_type_t *type);
bool dyn_event_type_from_code(dyn_str_t code, dyn_event_type_t *type);
bool dyn_source_from_name(dyn_str_t name, dyn_source_t *source);

#endif

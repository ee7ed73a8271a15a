/* What is known of a request without Redis. */
#ifndef DYN_CONTEXT_H
#define DYN_CONTEXT_H

#include "engine/session/device.h"
#include "engine/session/session.h"

/* ISO 3166-1 alpha-2 capitals; "": unknown. */
typedef char dyn_country_t[3];

/* What the shop says of the visitor: segment, tier, role, customer_tag ... A name may come several times. */
typedef struct {
    const dyn_fact_t *rows; /* at most DYN_ATTRIBUTES_MAX */
    size_t count;
} dyn_attributes_t;

/*
 * X(type, member): a record of a question walks the same list, so that it forgets no part (engine/record/question.c).
 */
#define DYN_CONTEXT_PARTS(X)                                                                       \
    X(dyn_surface_t, surface)                                                                      \
    X(dyn_str_t, item_id) /* pdp: the page's item; plp: a category's name or handle; else empty */ \
    X(dyn_country_t, country) /* unknown: items with any country restriction are hidden */         \
    X(uint8_t, age)           /* verified years; 0 unknown: items with a minimum age are hidden */ \
    X(dyn_device_t, device)                                                                        \
    X(dyn_entry_t, entry)                                                                          \
    X(dyn_str_t, search) /* what the page's own URL searches for; empty: nothing */                \
    X(dyn_str_t, path)   /* the page's; empty where no rule asks for it */                         \
    X(bool, returning)                                                                             \
    X(dyn_str_t, language) /* the page's, as BCP 47 has it: "de-AT"; empty: the rules' default */  \
    X(dyn_attributes_t, attributes)                                                                \
    X(uint64_t, visitor) /* a keyed hash of who it is, for shares of visitors; 0: unknown */

typedef struct {
#define X(type, member) type member;
    DYN_CONTEXT_PARTS(X)
#undef X
} dyn_context_t;

/* What the page is about: the item or the category; empty where a page is about neither. */
static inline dyn_str_t dyn_context_page_item(const dyn_context_t *context)
{
    return context->surface == DYN_SURFACE_PDP || context->surface == DYN_SURFACE_PLP
               ? context->item_id
               : DYN_STR_NONE;
}

#endif

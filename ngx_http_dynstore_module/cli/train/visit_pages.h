/*
 * The pages that recorded visits ask for, as questions: at every view of an item, the item's own page (`pdp`, with the session as it
 * was before the view), or what the shopper opens right after: `home`, the listing of the item's category (`plp`), or the cart
 * (`cart`, where the event is an add_to_cart). Carts, purchases and wishlists of the visitor's earlier visits are the question's
 * history. There are no facts: no device, no entry, no impressions; the country and the age are unknown.
 */
#ifndef DYN_VISIT_PAGES_H
#define DYN_VISIT_PAGES_H

#include "cli/input/visits.h"
#include "engine/record/question.h"

typedef struct {
    uint32_t visit;  /* its number */
    uint32_t at;     /* the event's, in visits->events */
    uint64_t number; /* of the page, from 1; the question's seed */
    const dyn_question_t *question;
} dyn_visit_page_t;

/* False with a sentence stops the walk. */
typedef bool (*dyn_visit_page_fn)(void *context, const dyn_visit_page_t *page, dyn_error_t *error);

/*
 * Calls `page` for every page on `surface` of the newest `newest` visits (0: all). usual: versions and slots of all questions. A
 * page of the last event of a visit is left out where nothing can follow (pdp, home).
 */
bool dyn_visit_pages(const dyn_snapshot_t *snapshot, const dyn_visits_t *visits, uint64_t newest,
                     const dyn_question_t *usual, dyn_visit_page_fn page, void *context,
                     dyn_error_t *error);

#endif

/*
 * Items that the catalogue calls alike, for those that too few sessions know: the cold start.
 */
#ifndef DYN_ALIKE_H
#define DYN_ALIKE_H

#include "cli/train/item_terms.h"
#include "cli/train/lists.h"

enum {
    /* An item that fewer sessions know is cold. */
    DYN_ALIKE_SESSIONS = 5,
    DYN_ALIKE_LIST_MAX = 16
};

/*
 * For a cold item the items most like it; for the others the cold items among those most like it. A pair's likeness is
 *
 *     0.45 * (idf of the words of the title and the tags that both have) / (idf of the owner's)
 *     + 0.35 when both are of one deepest category (0.18: of one parent)
 *     + 0.10 of one brand
 *     + 0.10 * exp(-|ln(price / other price)|)
 *
 * and only pairs that share a word, a tag or a category are looked at. session_counts: by item; NULL: nothing is known of any. False
 * when memory is out.
 */
bool dyn_alike_make(const dyn_item_terms_t *terms, const uint32_t *session_counts, unsigned threads,
                    dyn_lists_t *alike);

#endif

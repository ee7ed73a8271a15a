/* What a decision is written with: the words of its language, and how that writes amounts. Internal to the folder. */
#ifndef DYN_VIEW_H
#define DYN_VIEW_H

#include "engine/base/text.h"
#include "engine/catalogue/bundles.h"
#include "engine/decide/decide.h"
#include "engine/policy/texts.h"

typedef struct {
    const dyn_snapshot_t *snapshot;
    const dyn_decision_t *decision;
    const dyn_texts_t *texts;
    const dyn_money_style_t *money; /* where the page's language is not known, "129.00 EUR" */
    uint32_t language;
    int64_t now_ms;
} dyn_view_t;

dyn_view_t dyn_view_of(const dyn_snapshot_t *snapshot, const dyn_decision_t *decision);

/* The reason's text; the placeholders of its pieces all stand for *name. */
const dyn_wording_t *dyn_view_reason(const dyn_view_t *view, const dyn_choice_t *choice, dyn_str_t *name);
/* What the button says, when no rule says it. */
const dyn_text_piece_t *dyn_view_cta(const dyn_view_t *view, dyn_cta_t cta);
/* The label of a comparison's row. */
dyn_str_t dyn_view_row_label(const dyn_view_t *view, const dyn_comparison_row_t *row);

enum { DYN_CELL_BYTES = DYN_MONEY_TEXT_BYTES };

/* What a comparison's row says of a choice, by its number in the slot; buffer: DYN_CELL_BYTES. Empty: nothing is known. */
dyn_str_t dyn_view_cell(const dyn_view_t *view, const dyn_slot_decision_t *slot, const dyn_comparison_row_t *row,
                        uint32_t choice, char *buffer);
/* The slot's content; NULL: it has none, or the policy does not know it. */
const dyn_content_t *dyn_view_content(const dyn_view_t *view, const dyn_slot_decision_t *slot);
/* A text of it without placeholders, in the page's language; empty for DYN_NONE. */
dyn_str_t dyn_view_text(const dyn_view_t *view, uint32_t text);
/* What the slot's bundle says. */
dyn_bundle_words_t dyn_view_bundle(const dyn_view_t *view, const dyn_slot_decision_t *slot);
/* What it saves, as a sentence; empty: nothing. DYN_STR_NONE when the arena is exhausted. */
dyn_str_t dyn_view_saved(const dyn_view_t *view, dyn_bundle_price_t price, dyn_arena_t *arena);
/* A message as a sentence. DYN_STR_NONE when the arena is exhausted. */
dyn_str_t dyn_view_message(const dyn_view_t *view, const dyn_message_t *message, dyn_arena_t *arena);

/* Whose texts and version the decision has. */
static inline const dyn_policy_t *dyn_view_policy(const dyn_decision_t *decision)
{
    return decision->policy != NULL ? decision->policy : dyn_policy_default();
}

/* dyn_render_variants() into a text. */
void dyn_put_variants(dyn_text_t *text, const dyn_decision_t *decision, uint32_t slots, char between);

#endif

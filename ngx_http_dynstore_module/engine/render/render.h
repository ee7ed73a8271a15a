/*
 * Rendering a decision: JSON ("dynstore.decision/1", docs/http-api.md) and an HTML fragment.
 *
 * JSON is ASCII only, with < > & and U+2028, U+2029 escaped, so it is safe inside <script>, SSI and any charset. HTML escapes
 * text and attributes; a URL that is not http, https or relative becomes "#"; no inline handler or style is written.
 * Words are those of the decision's policy and language. Where the page's language is not known, amounts are written "129.00 EUR" and
 * no language is named.
 * All return DYN_STR_NONE when the arena is exhausted.
 */
#ifndef DYN_RENDER_H
#define DYN_RENDER_H

#include "engine/decide/decide.h"

/* The whole decision; slot: only that slot when not empty. */
dyn_str_t dyn_render_json(const dyn_snapshot_t *snapshot, const dyn_decision_t *decision, dyn_str_t slot,
                          dyn_arena_t *arena);

/* `<script type="application/json" id="dynstore-SLOT">` + the decision with that slot alone + `</script>`. */
dyn_str_t dyn_render_script(const dyn_snapshot_t *snapshot, const dyn_decision_t *decision,
                            const dyn_slot_decision_t *slot, dyn_arena_t *arena);

/*
 * <section class="dynstore dynstore-SLOT" data-dynstore-slot="SLOT" data-dynstore-surface="SURFACE" data-dynstore-rung="RUNG"
 *     data-dynstore-decision="ID">
 *   <h2 class="dynstore-title">..</h2><ul class="dynstore-items"><li class="dynstore-item" data-dynstore-item="ID">
 *     <a href="URL"><img src="IMAGE" alt="" loading="lazy"><span class="dynstore-item-title" id="dynstore-SLOT-title-1">..</span>
 *       <span class="dynstore-item-price">129.00 EUR</span></a><p class="dynstore-reason">..</p>
 *     <a class="dynstore-cta" id="dynstore-SLOT-cta-1" aria-labelledby="dynstore-SLOT-cta-1 dynstore-SLOT-title-1" href="URL"
 *         data-dynstore-action="add_to_cart">Add to cart</a></li>..</ul></section>
 * without the white space; behind the classes ` lang="de"` when the language is known, behind the surface
 * `data-dynstore-page-item="ID"` on the page of an item or a category, behind the decision
 * `data-dynstore-visitor="NAME"` when the page has to keep the visitor's name, `data-dynstore-token="TOKEN"` when there
 * is a page token, and `data-dynstore-variants="EXPERIMENT:VARIANT ..."` when
 * the slot is in experiments. A slot without items and messages renders as the empty string (len 0, data not NULL).
 * docs/http-api.md shows the other kinds of slots: comparisons are tables, messages a list.
 */
dyn_str_t dyn_render_html(const dyn_snapshot_t *snapshot, const dyn_decision_t *decision,
                          const dyn_slot_decision_t *slot, dyn_arena_t *arena);

/* "EXPERIMENT:VARIANT" of what is in force in any slot of the mask, `between` each two; len 0: none is. */
dyn_str_t dyn_render_variants(const dyn_decision_t *decision, uint32_t slots, char between, dyn_arena_t *arena);

/* A JSON string with its quotes, escaped as above; malformed UTF-8 becomes U+FFFD. */
dyn_str_t dyn_json_string(dyn_str_t str, dyn_arena_t *arena);

#endif

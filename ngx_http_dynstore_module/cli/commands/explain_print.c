#include "cli/commands/explain_print.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>

#include "engine/render/render.h"
#include "engine/decide/reasons.h"

enum { rows_max = 50 };

static const char *item_text(const dyn_snapshot_t *snapshot, dyn_string_ref_t reference)
{
    return dyn_snapshot_string(snapshot, reference).data;
}

static const char *name(dyn_str_t str)
{
    return str.data; /* the tables' names are literals, so terminated */
}

static void print_session(const dyn_explained_t *explained)
{
    const dyn_session_t *session = explained->explanation->session;
    const dyn_snapshot_t *snapshot = explained->snapshot;

    if (session == NULL) {
        printf("session   none\n");
        return;
    }

    printf("session   %u events, %u items", session->event_count, session->recent_count);
    if (session->malformed_count > 0 || session->unknown_item_count > 0) {
        printf(" (%u entries malformed, %u of unknown items)", session->malformed_count,
               session->unknown_item_count);
    }
    printf("\n");
    for (uint32_t i = 0; i < session->recent_count && i < 8; i++) {
        const dyn_interest_t *recent = &session->recent[i];

        printf("  interest %6.3f  %-24s %s\n", (double)recent->interest,
               item_text(snapshot, snapshot->items[recent->item].id),
               item_text(snapshot, snapshot->items[recent->item].title));
    }
    for (uint32_t i = 0; i < session->cart_count; i++) {
        printf("  in cart  %6u  %s\n", session->cart[i].quantity,
               item_text(snapshot, snapshot->items[session->cart[i].item].id));
    }
    for (uint32_t i = 0; i < session->category_count && i < 3; i++) {
        printf("  category %6.3f  %s\n", (double)session->categories[i].affinity,
               item_text(snapshot, snapshot->categories[session->categories[i].index].name));
    }
    for (uint32_t i = 0; i < session->brand_count && i < 3; i++) {
        printf("  brand    %6.3f  %s\n", (double)session->brands[i].affinity,
               item_text(snapshot, snapshot->brands[session->brands[i].index]));
    }
}

static void print_candidate(const dyn_explained_t *explained, const dyn_candidate_t *candidate)
{
    const dyn_item_t *item = &explained->snapshot->items[candidate->item];

    if (candidate->place >= 0) {
        printf("  %5d", candidate->place + 1);
    } else {
        printf("      -");
    }
    printf("  %6.4f  x%4.2f  %-9s  %-24s", (double)candidate->score, (double)candidate->lift,
           name(dyn_rung_name(candidate->rung)), item_text(explained->snapshot, item->id));
    for (uint32_t source = 0; source < DYN_SOURCES_COUNT; source++) {
        if (candidate->parts[source] > 0) {
            printf(" %s %.4f", name(dyn_source_name((dyn_source_t)source)),
                   (double)candidate->parts[source]);
        }
    }
    if (candidate->removed_by >= 0) {
        printf("  removed: %s", name(dyn_filter_name((dyn_filter_t)candidate->removed_by)));
    }
    printf("\n");
}

static void print_slot(const dyn_explained_t *explained, uint32_t number, dyn_arena_t *arena)
{
    const dyn_slot_decision_t *slot = &explained->decision->slots[number];
    const dyn_slot_explanation_t *explanation = &explained->explanation->slots[number];
    uint32_t shown =
        explained->all || explanation->count < rows_max ? explanation->count : rows_max;

    printf("\nslot %.*s: \"%.*s\", rung %s, confidence %.2f, %u of %u items, %u candidates\n",
           (int)slot->name.len, slot->name.data, (int)slot->title.len, slot->title.data,
           name(dyn_rung_name(slot->rung)), (double)slot->confidence, slot->count,
           explained->question->slots.rows[number].count, explanation->count);
    for (uint32_t i = 0; i < slot->count; i++) {
        const dyn_choice_t *choice = &slot->choices[i];
        dyn_str_t words =
            dyn_reason_words(explained->snapshot, dyn_policy_texts(explained->decision->policy),
                             explained->decision->language, choice, arena);

        printf("  %5u  %6.4f  %-24s %s (%.*s", i + 1, (double)choice->score,
               item_text(explained->snapshot, explained->snapshot->items[choice->item].id),
               item_text(explained->snapshot, explained->snapshot->items[choice->item].title),
               (int)words.len, words.data);
        if (choice->support > 0) {
            printf(": %u", choice->support);
        }
        printf(")\n");
    }

    printf("  place   score   lift  rung       candidate                parts\n");
    for (uint32_t i = 0; i < shown; i++) {
        print_candidate(explained, &explanation->candidates[i]);
    }
    if (shown < explanation->count) {
        printf("  ... and %u more: --all shows them\n", explanation->count - shown);
    }
}

/* What the page is about, so that a mistyped id is seen: the decision is then made without it. */
static void print_page(const dyn_explained_t *explained)
{
    const dyn_context_t *context = &explained->question->context;
    const dyn_snapshot_t *snapshot = explained->snapshot;
    dyn_str_t id = context->item_id;

    if (id.len == 0) {
        return;
    }

    if (context->surface == DYN_SURFACE_PDP) {
        uint32_t item = dyn_snapshot_find_item(snapshot, id, NULL);

        printf("item      %.*s  %s\n", (int)id.len, id.data,
               item == DYN_NONE ? "not in the snapshot: decided without it"
                                : item_text(snapshot, snapshot->items[item].title));
    } else if (context->surface == DYN_SURFACE_PLP) {
        uint32_t category = dyn_snapshot_find_category(snapshot, id);

        printf("category  %.*s  %s\n", (int)id.len, id.data,
               category == DYN_NONE ? "not in the snapshot: decided without it"
                                    : item_text(snapshot, snapshot->categories[category].name));
    }
}

void dyn_explain_print_table(const dyn_explained_t *explained, dyn_arena_t *arena)
{
    const dyn_decision_t *decision = explained->decision;

    printf("decision  %s\n", decision->id);
    printf("snapshot  %s\n", explained->snapshot->build_id);
    printf("surface   %s\n", name(dyn_surface_name(decision->surface)));
    print_page(explained);
    printf("moment    %s\n", name(dyn_moment_name(decision->moment)));
    printf("rung      %s\n", name(dyn_rung_name(decision->rung)));
    printf("now       %" PRId64 "\n", decision->now_ms);
    print_session(explained);
    for (uint32_t i = 0; i < decision->slot_count; i++) {
        print_slot(explained, i, arena);
    }
}

/* ---- JSON ---- */

static json_t *candidate_json(const dyn_explained_t *explained, const dyn_candidate_t *candidate)
{
    json_t *parts = json_object();

    for (uint32_t source = 0; source < DYN_SOURCES_COUNT; source++) {
        if (candidate->parts[source] > 0) {
            json_object_set_new(parts, name(dyn_source_name((dyn_source_t)source)),
                                json_real((double)candidate->parts[source]));
        }
    }

    return json_pack("{s:s, s:o?, s:o?, s:s, s:f, s:f, s:o}", "id",
                     item_text(explained->snapshot, explained->snapshot->items[candidate->item].id),
                     "place", candidate->place >= 0 ? json_integer(candidate->place) : json_null(),
                     "removed_by",
                     candidate->removed_by >= 0
                         ? json_string(name(dyn_filter_name((dyn_filter_t)candidate->removed_by)))
                         : json_null(),
                     "rung", name(dyn_rung_name(candidate->rung)), "score",
                     (double)candidate->score, "lift", (double)candidate->lift, "parts", parts);
}

bool dyn_explain_print_json(const dyn_explained_t *explained, dyn_arena_t *arena)
{
    const dyn_decision_t *decision = explained->decision;
    dyn_str_t text = dyn_render_json(explained->snapshot, decision, DYN_STR_NONE, NULL, arena);
    json_t *slots = json_array();
    bool good = text.data != NULL && slots != NULL;

    for (uint32_t i = 0; good && i < decision->slot_count; i++) {
        const dyn_slot_explanation_t *explanation = &explained->explanation->slots[i];
        json_t *candidates = json_array();

        for (uint32_t k = 0; good && k < explanation->count; k++) {
            good = json_array_append_new(
                       candidates, candidate_json(explained, &explanation->candidates[k])) == 0;
        }
        good = good &&
               json_array_append_new(
                   slots, json_pack("{s:s%, s:O}", "slot", decision->slots[i].name.data,
                                    decision->slots[i].name.len, "candidates", candidates)) == 0;
        json_decref(candidates);
    }

    json_t *answer = good ? json_loadb(text.data, text.len, 0, NULL) : NULL;
    json_t *root =
        answer == NULL
            ? NULL
            : json_pack("{s:s, s:I, s:o, s:O}", "schema", "dynstore.explanation/1", "now_ms",
                        (json_int_t)decision->now_ms, "decision", answer, "slots", slots);

    if (root != NULL) {
        json_dumpf(root, stdout, JSON_INDENT(1) | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(6));
        printf("\n");
    }
    json_decref(root);
    json_decref(slots);

    return root != NULL;
}

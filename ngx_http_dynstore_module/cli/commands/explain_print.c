#include "cli/commands/explain_print.h"

#include <inttypes.h>
#include <stdio.h>

#include "cli/base/report.h"
#include "engine/base/time_text.h"
#include "engine/render/render.h"
#include "engine/decide/reasons.h"
#include "engine/policy/conditions.h"

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

/* ---- rules ---- */

bool dyn_explain_is_told(const dyn_slot_explanation_t *explanation, uint32_t effect)
{
    const dyn_rule_effect_t *told = &explanation->effects[effect];

    for (uint32_t i = 0; i < effect; i++) {
        const dyn_rule_effect_t *other = &explanation->effects[i];

        if (other->rule == told->rule && other->action == told->action &&
            other->item == told->item) {
            return true;
        }
    }

    return false;
}

static const char *action_name(dyn_action_kind_t action)
{
#define X(c, n, rank, doc) n,
    static const char *const names[] = {DYN_ACTIONS(X) ""};
#undef X

    return names[action];
}

static const char *why_not(const dyn_rule_effect_t *effect)
{
    return effect->removed_by == DYN_NO_PLACE_LEFT
               ? "no_place_left"
               : name(dyn_filter_name((dyn_filter_t)effect->removed_by));
}

void dyn_explain_action(const dyn_rule_effect_t *effect, char text[DYN_EXPLAIN_ACTION_BYTES])
{
    const char *action = action_name(effect->action);

    switch (effect->action) {
    case DYN_ACTION_BOOST:
    case DYN_ACTION_BURY:
        (void)snprintf(text, DYN_EXPLAIN_ACTION_BYTES, "%s x%.2f", action, (double)effect->number);
        break;
    case DYN_ACTION_STRENGTH:
    case DYN_ACTION_QUOTA:
    case DYN_ACTION_CONFIDENCE:
        (void)snprintf(text, DYN_EXPLAIN_ACTION_BYTES, "%s %.2f", action, (double)effect->number);
        break;
    case DYN_ACTION_LIMIT:
        (void)snprintf(text, DYN_EXPLAIN_ACTION_BYTES, "%s %.0f", action, (double)effect->number);
        break;
    default:
        (void)snprintf(text, DYN_EXPLAIN_ACTION_BYTES, "%s", action);
        break;
    }
}

void dyn_explain_signed(const dyn_rule_t *rule, char text[DYN_EXPLAIN_SIGNED_BYTES])
{
    char until[21];

    text[0] = '\0';
    if (rule->author.len == 0) {
        return;
    }
    dyn_time_format(rule->until_ms, until);
    (void)snprintf(text, DYN_EXPLAIN_SIGNED_BYTES, "%.*s: %.*s, until %s", (int)rule->author.len,
                   rule->author.data, (int)rule->note.len, rule->note.data, until);
}

void dyn_explain_sign(const dyn_rule_t *rule, json_t *object)
{
    if (rule->author.len > 0) {
        json_object_set_new(object, "author", dyn_report_text(rule->author));
        json_object_set_new(object, "note", dyn_report_text(rule->note));
        json_object_set_new(object, "until", json_integer(rule->until_ms));
    }
}

static void print_action(const dyn_rule_effect_t *effect)
{
    char text[DYN_EXPLAIN_ACTION_BYTES];

    dyn_explain_action(effect, text);
    printf("%s", text);
}

/* Of one rule and action: the items that it touched, the first few by name. */
static void print_effects(const dyn_explained_t *explained,
                          const dyn_slot_explanation_t *explanation, uint32_t rule,
                          dyn_action_kind_t action)
{
    enum { NAMED = 6 };
    uint32_t count = 0;

    for (uint32_t i = 0; i < explanation->effect_count; i++) {
        const dyn_rule_effect_t *effect = &explanation->effects[i];

        if (effect->rule != rule || effect->action != action ||
            dyn_explain_is_told(explanation, i)) {
            continue;
        }
        if (count++ == 0) {
            printf("    ");
            print_action(effect);
        }
        if (effect->item == DYN_NONE || (count > NAMED && !explained->all)) {
            continue;
        }
        printf("%s %s", count > 1 ? "," : ":",
               item_text(explained->snapshot, explained->snapshot->items[effect->item].id));
        if (action == DYN_ACTION_PIN || action == DYN_ACTION_PREFER || action == DYN_ACTION_ADD) {
            if (effect->removed_by != -1) {
                printf(" (not: %s)", why_not(effect));
            } else if (action != DYN_ACTION_ADD) {
                printf(" at %.0f", (double)effect->number);
            }
        }
    }
    if (count > NAMED && !explained->all) {
        printf(" and %u more", count - NAMED);
    }
    if (count > 0) {
        printf("\n");
    }
}

/* In the order of the rules, each with what it did in the order of work. */
static void print_rules(const dyn_explained_t *explained, const dyn_slot_explanation_t *explanation)
{
    const dyn_policy_t *policy = explained->explanation->policy;
    uint32_t idle = 0;

    if (explanation->verdicts == NULL) {
        return;
    }
    for (uint32_t rule = 0; rule < policy->rule_count; rule++) {
        dyn_str_t id = policy->rules[rule].id;

        if (explanation->verdicts[rule] == DYN_VERDICT_NO) {
            idle += policy->rules[rule].own;
            continue;
        }
        char told[DYN_EXPLAIN_SIGNED_BYTES];

        dyn_explain_signed(&policy->rules[rule], told);
        printf("  rule %.*s%s%s%s\n", (int)id.len, id.data,
               explanation->verdicts[rule] == DYN_VERDICT_OPEN ? " (of some items)" : "",
               told[0] != '\0' ? ": " : "", told);
        for (int action = 0; action < DYN_ACTIONS_COUNT; action++) {
            print_effects(explained, explanation, rule, (dyn_action_kind_t)action);
        }
    }
    if (idle > 0) {
        printf("  %u rules of the file do not hold here\n", idle);
    }
}

/* The rules that touched the candidate. */
static void print_touching(const dyn_explained_t *explained,
                           const dyn_slot_explanation_t *explanation, uint32_t item)
{
    bool first = true;

    for (uint32_t i = 0; i < explanation->effect_count; i++) {
        const dyn_rule_effect_t *effect = &explanation->effects[i];
        dyn_str_t id = explained->explanation->policy->rules[effect->rule].id;

        if (effect->item == item && !dyn_explain_is_told(explanation, i)) {
            printf("%s%.*s ", first ? "  rules: " : ", ", (int)id.len, id.data);
            print_action(effect);
            first = false;
        }
    }
}

/* How probable the item was in its place; 1 where nothing was explored. */
static double propensity_of(const dyn_explained_t *explained, uint32_t item)
{
    for (uint32_t s = 0; s < explained->decision->slot_count; s++) {
        const dyn_slot_decision_t *slot = &explained->decision->slots[s];

        for (uint32_t i = 0; i < slot->count; i++) {
            if (slot->choices[i].item == item) {
                return (double)slot->choices[i].propensity;
            }
        }
    }

    return 1;
}

static void print_candidate(const dyn_explained_t *explained,
                            const dyn_slot_explanation_t *explanation,
                            const dyn_candidate_t *candidate)
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
    if (candidate->place >= 0 && propensity_of(explained, candidate->item) < 1) {
        printf("  propensity %.4f", propensity_of(explained, candidate->item));
    }
    print_touching(explained, explanation, candidate->item);
    printf("\n");
}

/* ---- contents ---- */

/* X(outcome, name in JSON, words) */
#define CONTENT_OUTCOMES(X)                                           \
    X(SHOWN, "shown", "shown: no other goes before it")               \
    X(SHOWN_BY_RULE, "shown_by_rule", "shown: a rule names it")       \
    X(OUT_OF_TIME, "out_of_time", "not now: it is out of its time")   \
    X(UNMATCHED, "unmatched", "not here: this does not hold: ")       \
    X(BEHIND, "behind", "could be shown, but another goes before it") \
    X(OTHER_WORDING, "other_wording", "this visitor gets another wording")

static const char *outcome_name(dyn_content_outcome_t outcome)
{
#define X(constant, name, words) [DYN_CONTENT_##constant] = name,
    static const char *const names[] = {CONTENT_OUTCOMES(X)};
#undef X

    return names[outcome];
}

static const char *outcome_words(dyn_content_outcome_t outcome)
{
#define X(constant, name, words) [DYN_CONTENT_##constant] = words,
    static const char *const texts[] = {CONTENT_OUTCOMES(X)};
#undef X

    return texts[outcome];
}

/* The member of a match that a node stands for, as it is written; `category` asks for page and session at once. */
static const char *member_name(const dyn_condition_t *node)
{
#define X(constant, name, kind, doc) name,
    static const char *const fields[] = {DYN_REQUEST_FIELDS(X) ""};
#undef X
#define X(constant, name, doc) name,
    static const char *const subjects[] = {DYN_SUBJECTS(X) ""};
#undef X

    switch (node->kind) {
    case DYN_NODE_REQUEST:
        return fields[node->field];
    case DYN_NODE_SUBJECT:
    case DYN_NODE_ITEM:
        return subjects[node->subject];
    case DYN_NODE_ALL:
        return "all";
    case DYN_NODE_NOT:
        return "not";
    default:
        return node[1].kind == DYN_NODE_SUBJECT && node[1].subject == DYN_SUBJECT_PAGE ? "category"
                                                                                       : "any";
    }
}

static const char *missing_name(const dyn_explained_t *explained,
                                const dyn_content_verdict_t *verdict)
{
    return verdict->missing == DYN_NONE
               ? NULL
               : member_name(&explained->explanation->policy->conditions[verdict->missing]);
}

static void print_contents(const dyn_explained_t *explained,
                           const dyn_slot_explanation_t *explanation)
{
    for (uint32_t i = 0; i < explanation->content_count; i++) {
        const dyn_content_verdict_t *verdict = &explanation->contents[i];
        const char *missing = missing_name(explained, verdict);

        printf("  content %-24.*s %s%s\n", (int)verdict->content->id.len, verdict->content->id.data,
               outcome_words(verdict->outcome), missing == NULL ? "" : missing);
    }
}

static json_t *contents_json(const dyn_explained_t *explained,
                             const dyn_slot_explanation_t *explanation)
{
    json_t *contents = json_array();

    for (uint32_t i = 0; i < explanation->content_count; i++) {
        const dyn_content_verdict_t *verdict = &explanation->contents[i];

        json_array_append_new(
            contents, json_pack("{s:s%, s:s, s:i, s:i, s:s?}", "id", verdict->content->id.data,
                                verdict->content->id.len, "outcome", outcome_name(verdict->outcome),
                                "conditions", (int)verdict->content->kinds, "priority",
                                (int)verdict->content->priority, "missing",
                                missing_name(explained, verdict)));
    }

    return contents;
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

    print_contents(explained, explanation);
    print_rules(explained, explanation);
    printf("  place   score   lift  rung       candidate                parts\n");
    for (uint32_t i = 0; i < shown; i++) {
        print_candidate(explained, explanation, &explanation->candidates[i]);
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
    char control[DYN_CONTROL_POSITION_BYTES];

    printf("decision  %s\n", decision->id);
    printf("snapshot  %s\n", explained->snapshot->build_id);
    if (explained->question->overlay != 0) {
        dyn_control_position_write(explained->question->overlay, control);
        printf("control   %s\n", control);
    }
    printf("rules     %s, %u\n", explained->explanation->policy->version,
           explained->explanation->policy->own_rule_count);
    printf("surface   %s\n", name(dyn_surface_name(decision->surface)));
    print_page(explained);
    printf("moment    %s\n", name(dyn_moment_name(decision->moment)));
    for (uint32_t i = 0; i < decision->assignment_count; i++) {
        const dyn_assignment_t *assignment = &decision->assignments[i];

        printf("variant   %s:%s%s\n", decision->policy->experiments[assignment->experiment].id.data,
               decision->policy->variants[assignment->variant].id.data,
               assignment->shadow ? ", in the shadow: the control is shown" : "");
    }
    printf("rung      %s\n", name(dyn_rung_name(decision->rung)));
    printf("now       %" PRId64 "\n", decision->now_ms);
    print_session(explained);
    for (uint32_t i = 0; i < decision->slot_count; i++) {
        print_slot(explained, i, arena);
    }
}

/* ---- JSON ---- */

static json_t *effect_json(const dyn_explained_t *explained, const dyn_rule_effect_t *effect)
{
    return json_pack("{s:s, s:o?, s:f, s:o?}", "action", action_name(effect->action), "item",
                     effect->item != DYN_NONE
                         ? json_string(item_text(explained->snapshot,
                                                 explained->snapshot->items[effect->item].id))
                         : json_null(),
                     "number", (double)effect->number, "removed_by",
                     effect->removed_by != -1 ? json_string(why_not(effect)) : json_null());
}

static json_t *rules_json(const dyn_explained_t *explained,
                          const dyn_slot_explanation_t *explanation)
{
    const dyn_policy_t *policy = explained->explanation->policy;
    json_t *rules = json_array();

    for (uint32_t rule = 0; explanation->verdicts != NULL && rule < policy->rule_count; rule++) {
        json_t *effects = json_array();

        for (int action = 0; action < DYN_ACTIONS_COUNT; action++) {
            for (uint32_t i = 0; i < explanation->effect_count; i++) {
                const dyn_rule_effect_t *effect = &explanation->effects[i];

                if (effect->rule == rule && (int)effect->action == action &&
                    !dyn_explain_is_told(explanation, i)) {
                    json_array_append_new(effects, effect_json(explained, effect));
                }
            }
        }
        json_t *told = json_pack(
            "{s:s%, s:b, s:b, s:o}", "id", policy->rules[rule].id.data, policy->rules[rule].id.len,
            "holds", (int)(explanation->verdicts[rule] != DYN_VERDICT_NO), "asks_items",
            (int)(explanation->verdicts[rule] == DYN_VERDICT_OPEN), "effects", effects);

        dyn_explain_sign(&policy->rules[rule], told);
        json_array_append_new(rules, told);
    }

    return rules;
}

static json_t *touching_json(const dyn_explained_t *explained,
                             const dyn_slot_explanation_t *explanation, uint32_t item)
{
    json_t *rules = json_array();

    for (uint32_t i = 0; i < explanation->effect_count; i++) {
        const dyn_rule_effect_t *effect = &explanation->effects[i];
        dyn_str_t id = explained->explanation->policy->rules[effect->rule].id;

        if (effect->item == item && !dyn_explain_is_told(explanation, i)) {
            json_array_append_new(rules, json_pack("{s:s%, s:s}", "id", id.data, id.len, "action",
                                                   action_name(effect->action)));
        }
    }

    return rules;
}

static json_t *candidate_json(const dyn_explained_t *explained,
                              const dyn_slot_explanation_t *explanation,
                              const dyn_candidate_t *candidate)
{
    json_t *parts = json_object();

    for (uint32_t source = 0; source < DYN_SOURCES_COUNT; source++) {
        if (candidate->parts[source] > 0) {
            json_object_set_new(parts, name(dyn_source_name((dyn_source_t)source)),
                                json_real((double)candidate->parts[source]));
        }
    }

    return json_pack(
        "{s:s, s:o?, s:o?, s:o?, s:s, s:f, s:f, s:f, s:o, s:o}", "id",
        item_text(explained->snapshot, explained->snapshot->items[candidate->item].id), "place",
        candidate->place >= 0 ? json_integer(candidate->place) : json_null(), "propensity",
        candidate->place >= 0 ? json_real(propensity_of(explained, candidate->item)) : json_null(),
        "removed_by",
        candidate->removed_by >= 0
            ? json_string(name(dyn_filter_name((dyn_filter_t)candidate->removed_by)))
            : json_null(),
        "rung", name(dyn_rung_name(candidate->rung)), "score", (double)candidate->score, "lift",
        (double)candidate->lift, "boost", (double)candidate->boost, "rules",
        touching_json(explained, explanation, candidate->item), "parts", parts);
}

bool dyn_explain_print_json(const dyn_explained_t *explained, dyn_arena_t *arena)
{
    const dyn_decision_t *decision = explained->decision;
    dyn_str_t text = dyn_render_json(explained->snapshot, decision, DYN_STR_NONE, arena);
    char control[DYN_CONTROL_POSITION_BYTES];
    json_t *slots = json_array();
    bool good = text.data != NULL && slots != NULL;

    for (uint32_t i = 0; good && i < decision->slot_count; i++) {
        const dyn_slot_explanation_t *explanation = &explained->explanation->slots[i];
        json_t *candidates = json_array();

        for (uint32_t k = 0; good && k < explanation->count; k++) {
            good =
                json_array_append_new(candidates, candidate_json(explained, explanation,
                                                                 &explanation->candidates[k])) == 0;
        }
        good = good &&
               json_array_append_new(
                   slots,
                   json_pack("{s:s%, s:o, s:o, s:O}", "slot", decision->slots[i].name.data,
                             decision->slots[i].name.len, "rules",
                             rules_json(explained, explanation), "contents",
                             contents_json(explained, explanation), "candidates", candidates)) == 0;
        json_decref(candidates);
    }

    json_t *answer = good ? json_loadb(text.data, text.len, 0, NULL) : NULL;
    json_t *root =
        answer == NULL
            ? NULL
            : json_pack("{s:s, s:I, s:o, s:O}", "schema", "dynstore.explanation/1", "now_ms",
                        (json_int_t)decision->now_ms, "decision", answer, "slots", slots);

    if (root != NULL && explained->question->overlay != 0) {
        dyn_control_position_write(explained->question->overlay, control);
        json_object_set_new(root, "control", json_string(control));
    }

    if (root != NULL) {
        json_dumpf(root, stdout, JSON_INDENT(1) | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(6));
        printf("\n");
    }
    json_decref(root);
    json_decref(slots);

    return root != NULL;
}

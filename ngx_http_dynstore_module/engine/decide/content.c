#include "engine/decide/content.h"
#include "engine/decide/experiments.h"

#include "engine/base/hash.h"
#include "engine/decide/moment.h"
#include "engine/decide/moment_slots.h"
#include "engine/policy/conditions.h"
#include "engine/policy/texts.h"

/* ---- which may be shown ---- */

static bool is_scheduled(const dyn_work_t *work, const dyn_content_t *content)
{
    return work->request->now_ms >= content->from_ms && work->request->now_ms < content->until_ms;
}

/* The first member of its match that does not hold; DYN_NONE: all do. */
static uint32_t missed(const dyn_asking_t *asking, const dyn_content_t *content,
                       bool only_countries)
{
    const dyn_condition_t *nodes = asking->policy->conditions;
    uint32_t end = content->match.start + content->match.count;

    for (uint32_t node = content->match.start; node < end; node = nodes[node].end) {
        dyn_when_t member = {node, nodes[node].end - node};
        bool country =
            nodes[node].kind == DYN_NODE_REQUEST && nodes[node].field == DYN_REQUEST_FIELD_COUNTRY;

        if ((country || !only_countries) &&
            dyn_when_holds(asking, member, DYN_NONE) != DYN_VERDICT_YES) {
            return node;
        }
    }

    return DYN_NONE;
}

/* Which wording a visitor gets stays the same when others come or go. An unknown visitor's is that of the decision. */
static uint64_t draw(const dyn_work_t *work, const dyn_content_t *content)
{
    uint64_t visitor = work->request->context->visitor;

    return dyn_hash64_seeded(content->id.data, content->id.len,
                             visitor != 0 ? visitor : work->request->seed);
}

static bool same_wording(const dyn_content_t *a, const dyn_content_t *b)
{
    return a->variant_of.len > 0 && dyn_str_equal(a->variant_of, b->variant_of);
}

/* Neither asks for more than the other, nor is more important. */
static bool are_equal(const dyn_content_t *a, const dyn_content_t *b)
{
    return a->kinds == b->kinds && a->priority == b->priority;
}

/* Ids rise. */
static const dyn_content_t *first_of(const dyn_work_t *work, const dyn_content_t *const *held,
                                     uint32_t count)
{
    const dyn_content_t *first = NULL, *chosen;

    for (uint32_t i = 0; i < count; i++) {
        if (first == NULL || held[i]->kinds > first->kinds ||
            (held[i]->kinds == first->kinds && held[i]->priority > first->priority)) {
            first = held[i];
        }
    }
    chosen = first;
    for (uint32_t i = 0; first != NULL && i < count; i++) {
        if (same_wording(held[i], first) && are_equal(held[i], first) &&
            draw(work, held[i]) > draw(work, chosen)) {
            chosen = held[i];
        }
    }

    return chosen;
}

/* ---- explanations ---- */

/* Where there is room: a brief explanation has none. */
static void note(dyn_slot_explanation_t *explained, const dyn_content_t *content,
                 dyn_content_outcome_t outcome, uint32_t missing)
{
    if (explained != NULL && explained->contents != NULL) {
        explained->contents[explained->content_count++] =
            (dyn_content_verdict_t){content, outcome, missing};
    }
}

static void note_choice(dyn_slot_explanation_t *explained, const dyn_content_t *chosen,
                        bool by_rule)
{
    for (uint32_t i = 0; explained != NULL && i < explained->content_count; i++) {
        dyn_content_verdict_t *verdict = &explained->contents[i];

        if (verdict->content == chosen) {
            verdict->outcome = by_rule ? DYN_CONTENT_SHOWN_BY_RULE : DYN_CONTENT_SHOWN;
            verdict->missing = DYN_NONE;
        } else if (verdict->outcome == DYN_CONTENT_BEHIND && chosen != NULL && !by_rule &&
                   same_wording(verdict->content, chosen) && are_equal(verdict->content, chosen)) {
            verdict->outcome = DYN_CONTENT_OTHER_WORDING;
        }
    }
}

/* ---- which is shown ---- */

/* Its schedule and its countries bind a rule and a variant, too. */
static bool may_be_chosen(const dyn_work_t *work, const dyn_content_t *content, dyn_str_t slot)
{
    return content != NULL && dyn_str_equal(content->slot, slot) && is_scheduled(work, content) &&
           missed(&work->rules->asking, content, true) == DYN_NONE;
}

static const dyn_content_t *by_variant(const dyn_work_t *work, dyn_str_t slot)
{
    dyn_str_t id = dyn_experiments_content(work, slot);
    const dyn_content_t *content = id.len > 0 ? dyn_policy_content(work->policy, id) : NULL;

    return may_be_chosen(work, content, slot) ? content : NULL;
}

static const dyn_content_t *by_rule(dyn_work_t *work, dyn_str_t slot)
{
    const dyn_rule_action_t *action = dyn_rules_first(work->slot_rules, DYN_ACTION_CONTENT);

    for (; action != NULL; action = dyn_rules_next(work->slot_rules, action)) {
        const dyn_content_t *content =
            action->action->name == DYN_NONE
                ? NULL
                : dyn_policy_content(work->policy, work->policy->strings[action->action->name]);

        if (may_be_chosen(work, content, slot)) {
            dyn_rules_note(work, action, DYN_NONE, 0, -1);
            return content;
        }
    }

    return NULL;
}

static bool choose(dyn_work_t *work, dyn_str_t slot, const dyn_content_t **chosen)
{
    const dyn_policy_t *policy = work->policy;
    uint32_t start = 0, end, held_count = 0;

    *chosen = NULL;
    while (start < policy->content_count && !dyn_str_equal(policy->contents[start].slot, slot)) {
        start++;
    }
    for (end = start;
         end < policy->content_count && dyn_str_equal(policy->contents[end].slot, slot);) {
        end++;
    }
    if (start == end) {
        return true;
    }

    const dyn_content_t **held =
        dyn_arena_alloc(work->arena, (end - start) * sizeof(const dyn_content_t *));

    if (held == NULL) {
        return false;
    }
    if (work->explaining) {
        work->explained->contents =
            dyn_arena_alloc(work->arena, (end - start) * sizeof(dyn_content_verdict_t));
        if (work->explained->contents == NULL) {
            return false;
        }
    }
    work->rules->asking.slot = slot;
    for (uint32_t i = start; i < end; i++) {
        const dyn_content_t *content = &policy->contents[i];
        uint32_t missing;

        if (!is_scheduled(work, content)) {
            note(work->explained, content, DYN_CONTENT_OUT_OF_TIME, DYN_NONE);
            continue;
        }
        missing = missed(&work->rules->asking, content, false);
        if (missing != DYN_NONE) {
            note(work->explained, content, DYN_CONTENT_UNMATCHED, missing);
            continue;
        }
        note(work->explained, content, DYN_CONTENT_BEHIND, DYN_NONE);
        held[held_count++] = content;
    }
    *chosen = by_variant(work, slot);
    if (*chosen == NULL) {
        *chosen = by_rule(work, slot);
    }
    note_choice(work->explained, *chosen, true);
    if (*chosen == NULL) {
        *chosen = first_of(work, held, held_count);
        note_choice(work->explained, *chosen, false);
    }

    return true;
}

/* ---- what it rests on ---- */

/* Whether it would be shown as well if nothing were known of the session. */
static bool holds_without_session(dyn_work_t *work, const dyn_content_t *content, bool *holds)
{
    dyn_asking_t asking = work->rules->asking;
    uint32_t words = (work->policy->pattern_count + 63) / 64;

    asking.session = NULL;
    asking.moment = dyn_moment_find(work->snapshot, &work->policy->moments, NULL,
                                    work->request->context, work->request->now_ms)
                        .moment;
    asking.search = work->request->context->search;
    asking.intent =
        asking.moment == DYN_MOMENT_LANDING ? dyn_category_of_ad(work) : (uint32_t)DYN_NONE;
    asking.cart_minor = -1;
    asking.cart_pieces = 0;
    if (words > 0) {
        /* what was matched before was the session's */
        asking.pattern_known = dyn_arena_array(work->arena, 2 * (size_t)words, sizeof(uint64_t));
        if (asking.pattern_known == NULL) {
            return false;
        }
        asking.pattern_found = asking.pattern_known + words;
    }
    *holds = missed(&asking, content, false) == DYN_NONE;

    return true;
}

static bool find_rung(dyn_work_t *work, const dyn_content_t *content, dyn_rung_t *rung)
{
    bool holds = true;

    if (content->match.count == 0) {
        *rung = DYN_RUNG_POPULAR;
        return true;
    }
    if (work->session != NULL && !holds_without_session(work, content, &holds)) {
        return false;
    }
    *rung = holds ? DYN_RUNG_CONTEXT : DYN_RUNG_SESSION;

    return true;
}

/* ---- the items beneath ---- */

static bool show_items(dyn_work_t *work, const dyn_content_t *content, dyn_slot_decision_t *slot)
{
    uint32_t wanted = work->slot_rules->wanted;

    if (content->items_count == 0) {
        return true;
    }
    slot->choices = dyn_arena_alloc(work->arena, (wanted + 1) * sizeof(dyn_choice_t));
    if (slot->choices == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < content->items_count && slot->count < wanted; i++) {
        uint32_t item = work->policy->values[content->items_start + i];
        dyn_choice_t *choice = &slot->choices[slot->count];

        bool apart = false;

        for (uint32_t k = 0; k < slot->count && !apart; k++) {
            apart = dyn_rules_apart(work, &slot->choices[k].item, 1, item);
        }
        if (apart || dyn_filter_of_pin(work, item) >= 0) {
            continue;
        }
        dyn_reason_of_picked(work, item, choice);
        choice->score = 1 - (float)slot->count / (2.0F * DYN_SLOT_ITEMS_MAX);
        dyn_exclusions_add(work, item, DYN_FILTER_OTHER_SLOT);
        slot->count++;
    }

    return true;
}

bool dyn_content_fill(dyn_work_t *work, dyn_slot_decision_t *slot)
{
    const dyn_content_t *content;
    dyn_rung_t rung;

    /* a comparison is a table, which nothing stands above */
    if (slot->kind == DYN_SLOT_COMPARISON) {
        return true;
    }
    if (!choose(work, slot->name, &content)) {
        return false;
    }
    if (content == NULL) {
        return true;
    }
    if (!dyn_slot_is_empty(slot)) {
        slot->content = content->id;
        return true;
    }
    if (!find_rung(work, content, &rung) || !show_items(work, content, slot)) {
        return false;
    }
    slot->content = content->id;
    slot->rung = rung;
    slot->confidence = 1;
    if (slot->kind == DYN_SLOT_LIST) {
        slot->kind = DYN_SLOT_CONTENT;
    }

    return dyn_title_give(work, slot);
}

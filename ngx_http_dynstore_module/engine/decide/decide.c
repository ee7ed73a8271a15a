#include "engine/decide/content.h"
#include "engine/decide/experiments.h"
#include "engine/decide/work.h"
#include "engine/decide/moment_slots.h"
#include "engine/policy/texts.h"

#include <stdlib.h>
#include <string.h>

static const dyn_last_good_slot_t *last_good_of(const dyn_request_t *request, dyn_str_t slot)
{
    for (size_t i = 0; request->session == NULL && i < request->last_good_count; i++) {
        if (dyn_str_equal(request->last_good[i].slot, slot)) {
            return &request->last_good[i];
        }
    }

    return NULL;
}

static int by_sweep_and_score(const void *a, const void *b)
{
    const dyn_candidate_t *left = a;
    const dyn_candidate_t *right = b;

    if (left->sweep != right->sweep) {
        return left->sweep < right->sweep ? -1 : 1;
    }
    if (left->score != right->score) {
        return left->score > right->score ? -1 : 1;
    }

    return (left->item > right->item) - (left->item < right->item);
}

/* Adds the candidates at hand to the slot's explanation: a slot that is filled in two goes has two tables of them. */
static bool explain(dyn_work_t *work, const dyn_slot_decision_t *decision,
                    dyn_slot_explanation_t *explanation)
{
    if (!work->explaining) {
        for (uint32_t i = 0; i < decision->count; i++) {
            dyn_rules_note_item(work, decision->choices[i].item, -1);
        }
        return true;
    }

    const dyn_candidates_t *candidates = &work->candidates;
    uint32_t count = explanation->count + candidates->count;
    dyn_candidate_t *list = dyn_arena_alloc(work->arena, (count + 1) * sizeof(dyn_candidate_t));

    if (list == NULL) {
        return false;
    }
    if (explanation->count > 0) {
        memcpy(list, explanation->candidates, explanation->count * sizeof(dyn_candidate_t));
    }
    for (uint32_t i = 0; i < candidates->count; i++) {
        dyn_candidate_t *candidate = &list[explanation->count + i];

        if (candidates->lifts[i] == 0) {
            dyn_candidates_lift(work, i);
        }
        dyn_rules_note_item(work, candidates->items[i], candidates->removed_by[i]);

        float boost = work->boost.factor_of != NULL
                          ? work->boost.factor_of(work->boost.data, candidates->items[i])
                          : 1;

        *candidate = (dyn_candidate_t){.item = candidates->items[i],
                                       .lift = candidates->lifts[i] * boost,
                                       .score = candidates->scores[i],
                                       .boost = boost,
                                       .rung = dyn_candidate_rung(work, i),
                                       .removed_by = candidates->removed_by[i],
                                       .place = candidates->places[i],
                                       .sweep = dyn_candidates_sweep(work, i)};
        dyn_candidates_parts(work, i, candidate->parts);
    }
    qsort(list, count, sizeof(dyn_candidate_t), by_sweep_and_score);
    explanation->candidates = list;
    explanation->count = count;

    return true;
}

/* What is kept out of the slot, whatever sources say. */
static void explain_asked(dyn_work_t *work, uint32_t item, dyn_slot_explanation_t *explanation)
{
    bool narrowed = work->narrowed;

    work->narrowed = false;
    explanation->kept_out = dyn_filter_of(work, item);
    work->narrowed = narrowed;
    dyn_rules_note_item(work, item, explanation->kept_out);
}

/* A place among the candidates is that among the choices, wherever rules moved them. What was chosen, and let go again, has none. */
static void explain_places(const dyn_slot_decision_t *slot, dyn_slot_explanation_t *explanation)
{
    for (uint32_t i = 0; i < explanation->count; i++) {
        dyn_candidate_t *candidate = &explanation->candidates[i];
        bool placed = candidate->place >= 0;

        candidate->place = -1;
        for (uint32_t k = 0; placed && k < slot->count; k++) {
            if (slot->choices[k].item == candidate->item) {
                candidate->place = (int)k;
            }
        }
    }
}

/* What is put where it stands by a rule has a score of its own, which says nothing of those behind it. */
static float last_score(const dyn_work_t *work, const dyn_slot_decision_t *decision)
{
    for (uint32_t i = decision->count; i-- > 0;) {
        if (dyn_rules_placed(work, decision->choices[i].item) == NULL) {
            return decision->choices[i].score;
        }
    }

    return 1;
}

/* In a sweep, what rules place is chosen first: the first choice behind it. */
static uint32_t behind_placed(const dyn_work_t *work, const uint32_t *chosen, uint32_t first,
                              uint32_t count)
{
    while (first < count && dyn_rules_placed(work, chosen[first]) != NULL) {
        first++;
    }

    return first;
}

/* A later sweep never outscores an earlier one, nor a candidate passed over one that was not. */
static void keep(const dyn_work_t *work, dyn_slot_decision_t *decision, const uint32_t *chosen,
                 const float *propensities, uint32_t count)
{
    uint32_t first = decision->count;
    float ceiling = last_score(work, decision);
    float sweep_ceiling = ceiling;

    for (; decision->count < count; decision->count++) {
        uint32_t candidate = dyn_candidates_find(work, chosen[decision->count]);
        dyn_choice_t *choice = &decision->choices[decision->count];
        dyn_rung_t rung = dyn_candidate_rung(work, candidate);
        float score = work->candidates.scores[candidate] * sweep_ceiling;

        dyn_reason_give(work, candidate, choice);
        dyn_reason_vary(work, candidate, decision->choices, decision->count, choice);
        choice->propensity = propensities[decision->count];
        choice->score = score < ceiling ? score : ceiling;
        if (dyn_rules_placed(work, choice->item) == NULL) {
            ceiling = choice->score;
        }
        if (rung < decision->rung) {
            decision->rung = rung;
        }
    }
    dyn_hysteresis_order(work, decision->choices, behind_placed(work, chosen, first, count), count);
}

/* Fills the slot by the sweeps from `first` to before `end`. */
static bool fill(dyn_work_t *work, const dyn_slot_t *slot, dyn_slot_decision_t *decision,
                 dyn_sweep_t first, dyn_sweep_t end, dyn_slot_explanation_t *explanation)
{
    uint32_t chosen[DYN_SLOT_ITEMS_MAX];
    float propensities[DYN_SLOT_ITEMS_MAX];
    /* places that are kept for a quota are nobody else's */
    bool explores = work->policy->guardrails.exploration > 0 && work->gap_minor == 0 &&
                    dyn_rules_first(work->slot_rules, DYN_ACTION_QUOTA) == NULL;
    uint32_t wanted =
        slot->count < work->slot_rules->wanted ? slot->count : work->slot_rules->wanted;

    work->last_good = last_good_of(work->request, slot->name);
    work->previous = dyn_previous_of(work->request, slot->name);

    if (explanation != NULL && work->explaining && work->request->asked != NULL &&
        decision->choices == NULL) {
        explain_asked(work, *work->request->asked, explanation);
    }
    if (decision->choices == NULL) {
        decision->name = slot->name;
        decision->rung = DYN_RUNG_NONE;
        decision->choices = dyn_arena_alloc(work->arena, (wanted + 1) * sizeof(dyn_choice_t));
    }
    if (decision->choices == NULL || !dyn_candidates_init(work)) {
        return false;
    }
    for (uint32_t i = 0; i < decision->count; i++) {
        chosen[i] = decision->choices[i].item;
    }
    for (uint32_t i = 0; i < DYN_SLOT_ITEMS_MAX; i++) {
        propensities[i] = 1;
    }

    for (dyn_sweep_t sweep = first; sweep < end && decision->count < wanted; sweep++) {
        uint32_t count = decision->count;
        dyn_below_t below = {.count = 0};

        dyn_sources_propose(work, sweep);
        dyn_candidates_score(work);
        if (!dyn_diversity_choose(work, wanted, chosen, &count, explores ? &below : NULL)) {
            return false;
        }
        dyn_explore(work, slot->name, &below, behind_placed(work, chosen, decision->count, count),
                    chosen, propensities, count);
        keep(work, decision, chosen, propensities, count);
    }
    if (decision->count < wanted) {
        uint32_t count = decision->count;

        dyn_diversity_release(work, wanted, chosen, &count);
        keep(work, decision, chosen, propensities, count);
    }

    decision->confidence = dyn_slot_confidence(decision);

    return dyn_title_give(work, decision) &&
           (explanation == NULL || explain(work, decision, explanation));
}

/* A slot that belongs to a moment, in others only its content is shown, or one of content alone. */
static bool fill_moment(dyn_work_t *work, const dyn_decision_t *decision, dyn_moment_found_t found,
                        const dyn_slot_t *wanted, dyn_slot_decision_t *slot,
                        dyn_slot_explanation_t *explanation)
{
    enum { GAP_ITEMS_MAX = 3 };
    dyn_slot_kind_t kind = dyn_moment_slot_kind(wanted->name);
    bool good = true;

    work->within = DYN_NONE;
    work->narrowed = false;
    slot->name = wanted->name;
    slot->kind = kind;
    slot->rung = DYN_RUNG_NONE;
    if (kind == DYN_SLOT_COMPARISON && found.moment == DYN_MOMENT_COMPARISON) {
        good = dyn_comparison_fill(work, found, wanted->count, slot);
    } else if (kind == DYN_SLOT_GUIDE && found.moment == DYN_MOMENT_HESITATION) {
        good = dyn_guide_fill(work, found, wanted->count, slot);
    } else if (kind == DYN_SLOT_BUNDLE) {
        good = dyn_bundle_fill(work, wanted->count, slot);
    } else if (kind == DYN_SLOT_MESSAGES && found.moment == DYN_MOMENT_CHECKOUT) {
        good = dyn_messages_fill(work, decision, slot, &work->gap_minor);
        if (good && work->gap_minor > 0) {
            dyn_slot_t few = {wanted->name,
                              wanted->count < GAP_ITEMS_MAX ? wanted->count : GAP_ITEMS_MAX};

            good = fill(work, &few, slot, DYN_SWEEP_PERSONAL, DYN_SWEEP_RANGE, explanation);
            slot->rung = DYN_RUNG_SESSION;
            work->gap_minor = 0;
        }
    }
    good = good && dyn_content_fill(work, slot);
    if (!good || dyn_slot_is_empty(slot)) {
        return good;
    }
    for (uint32_t i = 0; i < slot->count && kind != DYN_SLOT_MESSAGES; i++) {
        dyn_exclusions_add(work, slot->choices[i].item, DYN_FILTER_OTHER_SLOT);
    }
    slot->confidence =
        kind == DYN_SLOT_MESSAGES || kind == DYN_SLOT_CONTENT ? 1 : dyn_slot_confidence(slot);

    return dyn_title_give(work, slot);
}

/*
 * A slot that is less sure of what it shows than a rule wants is filled anew, by the source that the rule names, or by none. What is pinned
 * stays.
 */
static bool fall_back(dyn_work_t *work, const dyn_slot_t *slot, dyn_slot_decision_t *decision)
{
    dyn_slot_rules_t *rules = work->slot_rules;
    const dyn_rule_action_t *action = dyn_rules_first(rules, DYN_ACTION_CONFIDENCE);
    uint32_t kept = 0;
    float sum = 0;

    if (action == NULL) {
        return true;
    }
    for (uint32_t i = 0; i < decision->count; i++) {
        const dyn_placed_t *placed = dyn_rules_placed(work, decision->choices[i].item);

        if (placed != NULL && placed->pinned) {
            kept++;
        } else {
            sum += decision->choices[i].strength;
        }
    }
    if (kept < decision->count && sum >= action->action->number * (float)(decision->count - kept)) {
        return true;
    }

    dyn_rules_note(work, action, DYN_NONE, action->action->number, -1);
    for (uint32_t i = 0; i < decision->count; i++) {
        const dyn_placed_t *placed = dyn_rules_placed(work, decision->choices[i].item);

        if (placed == NULL || !placed->pinned) {
            dyn_exclusions_free(work, decision->choices[i].item);
        }
    }
    decision->count = 0;
    decision->rung = DYN_RUNG_NONE;

    return dyn_rules_fall_back(work, action) &&
           fill(work, slot, decision, DYN_SWEEP_PERSONAL, DYN_SWEEPS_COUNT, work->explained);
}

/*
 * Slots whose sources know few items choose first, but only from those sources; what they still lack they take from the
 * shop's popular items after the other slots have chosen. What stands beneath a content is taken before.
 */
static bool fill_all(dyn_work_t *work, const dyn_decision_t *decision, dyn_moment_found_t found,
                     uint32_t count, dyn_explanation_t *explanation)
{
    enum { FIRST_PICK, OTHERS, TOP_UP, PASSES };
    dyn_slot_decision_t *decisions = decision->slots;

    for (uint32_t i = 0; i < count; i++) {
        decisions[i].name = work->request->slots[i].name;
        decisions[i].rung = DYN_RUNG_NONE;
        if (work->rules->slots[i].hidden) {
            continue;
        }
        dyn_rules_enter(work, i);
        if (dyn_moment_slot_kind(work->request->slots[i].name) != DYN_SLOT_LIST &&
            !fill_moment(work, decision, found, &work->request->slots[i], &decisions[i],
                         explanation == NULL ? NULL : &explanation->slots[i])) {
            return false;
        }
    }
    for (int pass = FIRST_PICK; pass < PASSES; pass++) {
        for (uint32_t i = 0; i < count; i++) {
            const dyn_slot_t *slot = &work->request->slots[i];
            dyn_sweep_t first = pass == TOP_UP ? DYN_SWEEP_POPULAR : DYN_SWEEP_PERSONAL;
            dyn_sweep_t end = pass == FIRST_PICK ? DYN_SWEEP_POPULAR : DYN_SWEEPS_COUNT;
            uint32_t flags = work->rules->slots[i].row.flags;
            bool first_pick = (flags & DYN_BLEND_FIRST_PICK) != 0;
            bool last = pass != FIRST_PICK || (flags & DYN_BLEND_NO_TOP_UP) != 0;

            if (work->rules->slots[i].hidden || dyn_moment_slot_kind(slot->name) != DYN_SLOT_LIST ||
                first_pick != (pass != OTHERS) ||
                (pass == TOP_UP && (flags & DYN_BLEND_NO_TOP_UP))) {
                continue;
            }
            dyn_rules_enter(work, i);
            if (!fill(work, slot, &decisions[i], first, end, work->explained) ||
                (last && !fall_back(work, slot, &decisions[i]))) {
                return false;
            }
        }
    }
    for (uint32_t i = 0; i < count; i++) {
        if (work->rules->slots[i].hidden) {
            continue;
        }
        dyn_rules_enter(work, i);
        if ((dyn_moment_slot_kind(work->request->slots[i].name) == DYN_SLOT_LIST &&
             !dyn_content_fill(work, &decisions[i])) ||
            !dyn_rules_finish(work, &decisions[i])) {
            return false;
        }
        if (work->explained != NULL) {
            explain_places(&decisions[i], work->explained);
        }
    }

    return true;
}

void dyn_decision_id(uint64_t seed, char id[17])
{
    static const char digits[] = "0123456789abcdef";

    for (int i = 15; i >= 0; i--, seed >>= 4) {
        id[i] = digits[seed & 15];
    }
    id[16] = '\0';
}

bool dyn_decide(const dyn_snapshot_t *snapshot, const dyn_policy_t *policy,
                const dyn_request_t *request, dyn_arena_t *arena, dyn_decision_t *decision,
                dyn_explanation_t *explanation)
{
    dyn_work_t work = {.snapshot = snapshot,
                       .policy = policy != NULL ? policy : dyn_policy_default(),
                       .request = request,
                       .arena = arena,
                       .explanation = explanation,
                       .explaining = explanation != NULL && !request->brief};
    uint32_t slot_count =
        request->slot_count < DYN_SLOTS_MAX ? (uint32_t)request->slot_count : DYN_SLOTS_MAX;

    memset(decision, 0, sizeof(*decision));
    if (explanation != NULL) {
        memset(explanation, 0, sizeof(*explanation));
        for (uint32_t i = 0; i < DYN_SLOTS_MAX; i++) {
            explanation->slots[i].kept_out = -1;
        }
        explanation->session = request->session;
        explanation->policy = work.policy;
    }
    dyn_decision_id(request->seed, decision->id);
    decision->surface = request->context->surface;
    decision->page_item = dyn_context_page_item(request->context);

    dyn_moment_found_t found = dyn_moment_find(snapshot, &work.policy->moments, request->session,
                                               request->context, request->now_ms);

    decision->moment = found.moment;
    decision->rung = DYN_RUNG_NONE;
    decision->now_ms = request->now_ms;
    decision->seed = request->seed;
    decision->ttl_s = request->ttl_s;
    decision->policy = work.policy;
    work.texts = dyn_policy_texts(work.policy);
    work.language = dyn_texts_language(work.texts, request->context->language);
    decision->language = work.language;
    decision->localized =
        request->context->language.len > 0 || decision->language != DYN_LANGUAGE_ENGLISH;

    if (slot_count == 0) {
        return true;
    }
    decision->slots = dyn_arena_array(arena, slot_count, sizeof(dyn_slot_decision_t));
    work.compares = found.moment == DYN_MOMENT_COMPARISON || found.moment == DYN_MOMENT_HESITATION;
    if (decision->slots == NULL || !dyn_work_begin(&work) ||
        !dyn_rules_begin(&work, found.moment, decision->language) ||
        !fill_all(&work, decision, found, slot_count, explanation)) {
        return false;
    }

    decision->slot_count = slot_count;
    decision->flags = dyn_flags_on(&work.rules->asking);
    if (!dyn_experiments_note(&work, decision)) {
        return false;
    }
    for (uint32_t i = slot_count; i-- > 0;) {
        decision->item_count += decision->slots[i].count;
        if (!dyn_slot_is_empty(&decision->slots[i])) {
            decision->rung = decision->slots[i].rung;
        }
    }

    /* the model's memory is not checked where it is asked for */
    return !arena->exhausted;
}

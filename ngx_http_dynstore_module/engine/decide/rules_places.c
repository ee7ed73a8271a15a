/* Where rules put the items that they pin or prefer, what they say of a slot's choices, and what an explanation tells of them. */
#include "engine/decide/rules.h"
#include "engine/decide/work.h"
#include "engine/policy/texts.h"

#include <string.h>

/* ---- places ---- */

const dyn_placed_t *dyn_rules_placed(const dyn_work_t *work, uint32_t item)
{
    const dyn_slot_rules_t *slot = work->slot_rules;

    for (uint32_t i = 0; slot != NULL && i < slot->placed_count; i++) {
        if (slot->placed[i].item == item) {
            return &slot->placed[i];
        }
    }

    return NULL;
}

static bool is_taken(const dyn_slot_rules_t *slot, uint32_t place)
{
    for (uint32_t i = 0; i < slot->placed_count; i++) {
        if (slot->placed[i].place == place) {
            return true;
        }
    }

    return false;
}

bool dyn_rules_place(dyn_work_t *work, const dyn_rule_action_t *action, uint32_t item,
                     uint32_t place, bool pinned)
{
    dyn_slot_rules_t *slot = work->slot_rules;

    while (place < slot->wanted && is_taken(slot, place)) {
        place++;
    }
    if (place >= slot->wanted) {
        dyn_rules_note(work, action, item, 0, DYN_NO_PLACE_LEFT);
        return false;
    }
    slot->placed[slot->placed_count++] = (dyn_placed_t){item, action->rule, place, pinned};
    dyn_rules_note(work, action, item, (float)(place + 1), -1);

    return true;
}

void dyn_rules_unplace(dyn_work_t *work, uint32_t item)
{
    dyn_slot_rules_t *slot = work->slot_rules;

    if (slot->placed_count > 0 && slot->placed[slot->placed_count - 1].item == item) {
        slot->placed_count--;
    }
}

/*
 * The choice that belongs at this place, of those from `at` on: the one that a rule put there, else the first that no rule put anywhere;
 * where the slot is too short for that, the nearest of those that belong behind its end.
 */
static uint32_t choice_of(const dyn_work_t *work, const dyn_slot_decision_t *decision, uint32_t at)
{
    uint32_t nearest = at, place = UINT32_MAX;

    for (uint32_t i = at; i < decision->count; i++) {
        const dyn_placed_t *placed = dyn_rules_placed(work, decision->choices[i].item);

        if (placed != NULL && placed->place <= at) {
            return i;
        }
    }
    for (uint32_t i = at; i < decision->count; i++) {
        if (dyn_rules_placed(work, decision->choices[i].item) == NULL) {
            return i;
        }
    }
    for (uint32_t i = at; i < decision->count; i++) {
        const dyn_placed_t *placed = dyn_rules_placed(work, decision->choices[i].item);

        if (placed->place >= decision->count && placed->place < place) {
            nearest = i;
            place = placed->place;
        }
    }

    return nearest;
}

/* Where a slot is shorter than a place is far, the item stands last. What rules put somewhere scores as what stands behind it. */
static void arrange(const dyn_work_t *work, dyn_slot_decision_t *decision)
{
    float behind = -1;

    for (uint32_t at = 0; at < decision->count; at++) {
        uint32_t from = choice_of(work, decision, at);
        dyn_choice_t choice = decision->choices[from];

        memmove(&decision->choices[at + 1], &decision->choices[at],
                (from - at) * sizeof(dyn_choice_t));
        decision->choices[at] = choice;
    }
    for (uint32_t at = decision->count; at-- > 0;) {
        dyn_choice_t *choice = &decision->choices[at];

        if (dyn_rules_placed(work, choice->item) == NULL) {
            behind = choice->score;
        } else if (behind >= 0) {
            choice->score = behind;
        }
    }
    /* those behind all others score as the last of them, and where there are no others as the best of themselves */
    for (uint32_t at = 1; at < decision->count; at++) {
        if (decision->choices[at].score > decision->choices[at - 1].score) {
            decision->choices[at].score = decision->choices[at - 1].score;
        }
    }
}

/* ---- words ---- */

/* A rule's text has no placeholders. */
static dyn_str_t text_of(const dyn_work_t *work, uint32_t number)
{
    const dyn_wording_t *wording =
        dyn_texts_find(dyn_policy_texts(work->policy), work->rules->language, number);

    return dyn_texts_write(wording, NULL, work->arena);
}

static dyn_str_t *text_in(dyn_choice_t *choice, uint8_t kind)
{
    switch (kind) {
    case DYN_ACTION_REASON:
        return &choice->reason_text;
    case DYN_ACTION_CTA:
        return &choice->cta_label;
    case DYN_ACTION_BADGE:
        return &choice->badge;
    default:
        return &choice->sponsored;
    }
}

/* The first rule of each kind that is true of the choice. */
static void tell(dyn_work_t *work, dyn_choice_t *choice, dyn_action_kind_t kind)
{
    const dyn_slot_rules_t *slot = work->slot_rules;
    const dyn_rule_action_t *action = dyn_rules_first(slot, kind);

    while (action != NULL && !dyn_rule_is_true(work, action, choice->item)) {
        action = dyn_rules_next(slot, action);
    }
    if (action == NULL) {
        return;
    }
    /* what a rule says of an item's button is not said of a set's */
    if (kind == DYN_ACTION_CTA && choice->cta == DYN_CTA_ADD_BUNDLE) {
        return;
    }
    dyn_rules_note(work, action, choice->item, 0, -1);
    if (kind == DYN_ACTION_CTA) {
        choice->cta = (dyn_cta_t)action->action->cta;
    }
    if (action->action->text != DYN_NONE) {
        *text_in(choice, (uint8_t)kind) = text_of(work, action->action->text);
    }
}

bool dyn_rules_finish(dyn_work_t *work, dyn_slot_decision_t *decision)
{
    const dyn_slot_rules_t *slot = work->slot_rules;
    static const dyn_action_kind_t kinds[] = {DYN_ACTION_REASON, DYN_ACTION_CTA, DYN_ACTION_BADGE,
                                              DYN_ACTION_SPONSORED};

    if (slot->placed_count > 0) {
        arrange(work, decision);
    }
    for (size_t k = 0; slot->actions != NULL && k < sizeof(kinds) / sizeof(kinds[0]); k++) {
        for (uint32_t i = 0; slot->heads[kinds[k]] != DYN_NONE && i < decision->count; i++) {
            tell(work, &decision->choices[i], kinds[k]);
        }
    }
    if (slot->title != DYN_NONE && !dyn_slot_is_empty(decision)) {
        decision->title = text_of(work, slot->title);
    }

    return !work->arena->exhausted;
}

/* ---- explanations ---- */

bool dyn_rules_note_verdicts(dyn_work_t *work, const dyn_rules_t *rules)
{
    dyn_slot_explanation_t *explained = work->explained;
    uint32_t count = work->policy->rule_count;

    if (rules->verdicts == NULL) {
        return true;
    }

    uint8_t *verdicts = dyn_arena_alloc(work->arena, count);

    if (verdicts == NULL) {
        return false;
    }
    memcpy(verdicts, rules->verdicts, count);
    explained->verdicts = verdicts;

    return true;
}

/* What has no room ends the decision: the arena remembers it. */
void dyn_rules_note(dyn_work_t *work, const dyn_rule_action_t *action, uint32_t item, float number,
                    int removed_by)
{
    enum { FIRST = 32 };
    dyn_slot_explanation_t *explained = work->explained;

    if (explained == NULL) {
        return;
    }
    if (explained->effect_count == explained->effect_room) {
        uint32_t room = explained->effect_room > 0 ? 2 * explained->effect_room : FIRST;
        dyn_rule_effect_t *effects = dyn_arena_alloc(work->arena, room * sizeof(*effects));

        if (effects == NULL) {
            return;
        }
        if (explained->effect_count > 0) {
            memcpy(effects, explained->effects, explained->effect_count * sizeof(*effects));
        }
        explained->effects = effects;
        explained->effect_room = room;
    }
    explained->effects[explained->effect_count++] = (dyn_rule_effect_t){
        action->rule, (dyn_action_kind_t)action->action->kind, item, number, removed_by};
}

/* Of a candidate: what excluded or filtered it out, kept it apart from others, kept a place for it, and boosted it. */
void dyn_rules_note_item(dyn_work_t *work, uint32_t item, int removed_by)
{
    static const dyn_action_kind_t kinds[] = {DYN_ACTION_EXCLUDE, DYN_ACTION_FILTER,
                                              DYN_ACTION_APART,   DYN_ACTION_QUOTA,
                                              DYN_ACTION_BOOST,   DYN_ACTION_BURY};
    const dyn_slot_rules_t *slot = work->slot_rules;

    for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
        bool filters = kinds[k] == DYN_ACTION_FILTER, apart = kinds[k] == DYN_ACTION_APART;

        if ((kinds[k] == DYN_ACTION_EXCLUDE && removed_by != DYN_FILTER_EXCLUDED) ||
            (filters && removed_by != DYN_FILTER_FILTERED) ||
            (apart && removed_by != DYN_FILTER_APART)) {
            continue;
        }
        for (const dyn_rule_action_t *action = dyn_rules_first(slot, kinds[k]); action != NULL;
             action = dyn_rules_next(slot, action)) {
            bool says = apart ? dyn_rule_keeps_apart(work, action, item)
                              : dyn_rule_is_true(work, action, item) != filters;

            if (says) {
                dyn_rules_note(work, action, item,
                               kinds[k] >= DYN_ACTION_BOOST ? dyn_rules_factor(work, action)
                                                            : action->action->number,
                               kinds[k] <= DYN_ACTION_APART ? removed_by : -1);
            }
        }
    }
}

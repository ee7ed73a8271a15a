#include "engine/decide/experiments.h"
#include "engine/decide/moment_slots.h"
#include "engine/decide/rules.h"
#include "engine/decide/work.h"
#include "engine/policy/patterns.h"
#include "engine/policy/zone.h"

#include <string.h>

/* ---- what is asked about ---- */

uint32_t dyn_category_of_ad(const dyn_work_t *work)
{
    for (uint32_t i = 0; i < work->wish_count; i++) {
        const dyn_meaning_t *meaning = &work->wishes[i].meaning;

        if (work->wishes[i].ad && meaning->category_count > 0 &&
            (meaning->categories_named & 1) != 0) {
            return meaning->categories[0].item;
        }
    }

    return DYN_NONE;
}

static bool describe(dyn_work_t *work, dyn_moment_t moment, dyn_rules_t *rules)
{
    dyn_asking_t *asking = &rules->asking;
    const dyn_session_t *session = work->session;
    const dyn_context_t *context = work->request->context;
    uint32_t words = (work->policy->pattern_count + 63) / 64;

    *asking = (dyn_asking_t){.policy = work->policy,
                             .snapshot = work->snapshot,
                             .context = context,
                             .session = session,
                             .moment = moment,
                             .surface = context->surface,
                             .search = context->search,
                             .page_item = work->page_item,
                             .page_category = work->page_category,
                             .intent = DYN_NONE,
                             .cart_minor = -1,
                             .now_ms = work->request->now_ms};
    if (session != NULL) {
        asking->cart_minor = (int64_t)work->cart_value;
        for (uint32_t i = 0; i < session->cart_count; i++) {
            asking->cart_pieces += session->cart[i].quantity;
        }
        asking->intent = session->category_count > 0 ? session->categories[0].index : DYN_NONE;
        if (context->search.len == 0 && session->search_count > 0) {
            asking->search = session->searches[0].term;
        }
    }
    if (moment == DYN_MOMENT_LANDING && dyn_category_of_ad(work) != DYN_NONE) {
        asking->intent = dyn_category_of_ad(work);
    }
    if (work->policy->index != NULL && work->policy->index->asks_time) {
        dyn_zone_local(work->policy->time_zone, asking->now_ms, &asking->minute, &asking->weekday);
    }
    rules->price.item = DYN_NONE;
    asking->price = &rules->price;
    rules->pattern_steps = DYN_PATTERN_STEPS_REQUEST;
    asking->pattern_steps = &rules->pattern_steps;
    if (words > 0) {
        asking->pattern_known = dyn_arena_array(work->arena, 2 * (size_t)words, sizeof(uint64_t));
        asking->pattern_found = asking->pattern_known + words;
    }

    return words == 0 || asking->pattern_known != NULL;
}

/* ---- which rules are in force ---- */

/* What can be said of the rules for all slots together; what asks for the slot is left open. */
static bool find_held(dyn_work_t *work, dyn_rules_t *rules)
{
    const dyn_policy_t *policy = work->policy;
    const dyn_rule_index_t *index = policy->index;
    unsigned surface = 1U << rules->asking.surface, moment = 1U << rules->asking.moment;
    int64_t now_ms = work->request->now_ms;

    if (index == NULL || policy->rule_count == 0) {
        return true;
    }
    rules->verdicts = dyn_arena_alloc(work->arena, policy->rule_count);
    rules->held = dyn_arena_alloc(work->arena, policy->rule_count * sizeof(uint32_t));
    if (rules->verdicts == NULL || rules->held == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < policy->rule_count; i++) {
        const dyn_rule_outline_t *outline = &index->outlines[i];
        const dyn_rule_t *rule = &policy->rules[i];
        dyn_verdict_t verdict = DYN_VERDICT_NO;

        if ((outline->surfaces & surface) != 0 && (outline->moments & moment) != 0 &&
            now_ms >= rule->from_ms && now_ms < rule->until_ms) {
            verdict = !outline->asks_request ? (dyn_verdict_t)outline->verdict
                      : outline->asks_slot   ? DYN_VERDICT_OPEN
                                             : dyn_when_holds(&rules->asking, rule->when, DYN_NONE);
        }
        rules->verdicts[i] = (uint8_t)verdict;
        if (verdict != DYN_VERDICT_NO) {
            rules->held[rules->held_count++] = i;
            rules->slot_askers += outline->asks_slot;
        }
    }

    return true;
}

static void ask_for_slot(dyn_work_t *work, dyn_rules_t *rules, dyn_str_t slot)
{
    rules->asking.slot = slot;
    for (uint32_t i = 0; rules->slot_askers > 0 && i < rules->held_count; i++) {
        uint32_t rule = rules->held[i];

        if (work->policy->index->outlines[rule].asks_slot) {
            rules->verdicts[rule] =
                (uint8_t)dyn_when_holds(&rules->asking, work->policy->rules[rule].when, DYN_NONE);
        }
    }
}

/* The one node that the rule asks of candidates, where that is a range of prices. */
static const dyn_condition_t *only_price(const dyn_policy_t *policy,
                                         const dyn_rule_outline_t *outline)
{
    const dyn_condition_t *node =
        &policy
             ->conditions[outline->rest_count == 1 ? policy->index->rest[outline->rest_start] : 0];

    return outline->rest_count == 1 && node->kind == DYN_NODE_ITEM &&
                   node->field == DYN_ITEM_FIELD_PRICE && node->relation == DYN_RELATION_VALUES
               ? node
               : NULL;
}

/* The open rules that do one of the actions. */
static bool collect_open(dyn_work_t *work, const dyn_rules_t *rules, unsigned actions,
                         dyn_open_rules_t *class)
{
    const dyn_rule_index_t *index = work->policy->index;

    for (uint32_t i = 0; i < rules->held_count; i++) {
        uint32_t rule = rules->held[i];
        const dyn_rule_outline_t *outline = &index->outlines[rule];

        if (rules->verdicts[rule] != DYN_VERDICT_OPEN || (outline->actions & actions) == 0) {
            continue;
        }
        if (class->wanted == NULL) {
            class->wanted = dyn_arena_array(work->arena, index->words, sizeof(uint64_t));
            class->of_all =
                dyn_arena_alloc(work->arena, rules->held_count * sizeof(*class->of_all));
            if (class->wanted == NULL || class->of_all == NULL) {
                return false;
            }
        }
        class->wanted[rule / 64] |= (uint64_t)1 << rule % 64;
        if (outline->key == DYN_RULE_KEY_NONE) {
            class->of_all[class->of_all_count++] =
                (dyn_rule_of_all_t){rule, only_price(work->policy, outline)};
        }
    }

    return true;
}

/* By what each open rule multiplies; 1 where it does not. */
static bool find_factors(dyn_work_t *work, dyn_slot_rules_t *slot)
{
    uint32_t count = work->policy->rule_count;
    float *factors;

    if (slot->boosting.wanted == NULL) {
        return true;
    }
    slot->factors = factors = dyn_arena_alloc(work->arena, count * sizeof(float));
    if (factors == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        factors[i] = 1;
    }
    for (int kind = DYN_ACTION_BOOST; kind <= DYN_ACTION_BURY; kind++) {
        for (const dyn_rule_action_t *action = dyn_rules_first(slot, (dyn_action_kind_t)kind);
             action != NULL; action = dyn_rules_next(slot, action)) {
            factors[action->rule] *= action->open ? dyn_rules_factor(work, action) : 1;
        }
    }

    return true;
}

/*
 * Rules that ask about the candidate say nothing of the slot itself: what they do to it would depend on what it shows. Of each kind the
 * actions stand in the order of the rules.
 */
static bool collect_actions(dyn_work_t *work, const dyn_rules_t *rules, dyn_slot_rules_t *slot)
{
    static const unsigned of_slot =
        DYN_RULE_DOES(DYN_ACTION_SOURCES) | DYN_RULE_DOES(DYN_ACTION_STRENGTH) |
        DYN_RULE_DOES(DYN_ACTION_LIMIT) | DYN_RULE_DOES(DYN_ACTION_CONFIDENCE) |
        DYN_RULE_DOES(DYN_ACTION_TITLE) | DYN_RULE_DOES(DYN_ACTION_CONTENT);
    const dyn_policy_t *policy = work->policy;
    uint32_t tails[DYN_ACTIONS_COUNT], count = 0;

    memset(slot->heads, 0xff, sizeof(slot->heads));
    for (uint32_t i = 0; i < rules->held_count; i++) {
        count += policy->rules[rules->held[i]].actions_count;
    }
    if (count == 0) {
        return true;
    }

    dyn_rule_action_t *actions = dyn_arena_alloc(work->arena, count * sizeof(*actions));

    if (actions == NULL) {
        return false;
    }
    slot->actions = actions;
    count = 0;
    for (uint32_t i = 0; i < rules->held_count; i++) {
        const dyn_rule_t *rule = &policy->rules[rules->held[i]];
        dyn_verdict_t verdict = (dyn_verdict_t)rules->verdicts[rules->held[i]];

        for (uint32_t k = 0; verdict != DYN_VERDICT_NO && k < rule->actions_count; k++) {
            const dyn_action_t *action = &policy->actions[rule->actions_start + k];
            bool open = verdict == DYN_VERDICT_OPEN;

            if (open && (of_slot & DYN_RULE_DOES(action->kind)) != 0) {
                continue;
            }
            if (slot->heads[action->kind] == DYN_NONE) {
                slot->heads[action->kind] = count;
            } else {
                actions[tails[action->kind]].next = count;
            }
            tails[action->kind] = count;
            actions[count++] = (dyn_rule_action_t){action, rules->held[i], open, DYN_NONE};
        }
    }

    return collect_open(work, rules, DYN_RULE_DOES(DYN_ACTION_EXCLUDE), &slot->excluding) &&
           collect_open(work, rules,
                        DYN_RULE_DOES(DYN_ACTION_BOOST) | DYN_RULE_DOES(DYN_ACTION_BURY),
                        &slot->boosting) &&
           find_factors(work, slot);
}

const dyn_rule_action_t *dyn_rules_first(const dyn_slot_rules_t *slot, dyn_action_kind_t kind)
{
    return slot->actions != NULL && slot->heads[kind] != DYN_NONE
               ? &slot->actions[slot->heads[kind]]
               : NULL;
}

const dyn_rule_action_t *dyn_rules_next(const dyn_slot_rules_t *slot,
                                        const dyn_rule_action_t *action)
{
    return action->next != DYN_NONE ? &slot->actions[action->next] : NULL;
}

/* ---- the slot's row, and what changes it ---- */

static bool row_fits(const dyn_blend_row_t *row, dyn_surface_t surface, dyn_str_t slot)
{
    return (row->surface == DYN_BLEND_ANY_SURFACE || row->surface == (uint32_t)surface) &&
           (row->slot[0] == '\0' || dyn_str_equal(dyn_str_from(row->slot), slot));
}

static const dyn_policy_slot_t *slot_of(const dyn_policy_t *policy, dyn_surface_t surface,
                                        dyn_str_t name)
{
    for (uint32_t i = 0; i < policy->slot_count; i++) {
        if (row_fits(&policy->slots[i].row, surface, name)) {
            return &policy->slots[i];
        }
    }

    return NULL;
}

/* A row of the shop's own file goes before the snapshot's, which goes before a built-in one. */
static void find_row(const dyn_work_t *work, dyn_str_t name, dyn_slot_rules_t *slot)
{
    dyn_surface_t surface = work->request->context->surface;
    const dyn_blend_t *blend = &work->snapshot->blend;

    slot->slot = slot_of(work->policy, surface, name);
    if (blend->row_count > 0 && (slot->slot == NULL || !slot->slot->own)) {
        slot->row = *dyn_blend_find(blend, surface, name);
        slot->weights = blend->weights;
    } else if (slot->slot != NULL) {
        slot->row = slot->slot->row;
        slot->weights = work->policy->weights;
    } else {
        slot->row = slot_of(dyn_policy_default(), surface, name)->row;
        slot->weights = dyn_policy_default()->weights;
    }
}

/* The first that holds, or NULL. */
static const dyn_variation_t *variation_of(const dyn_work_t *work, const dyn_rules_t *rules,
                                           const dyn_policy_slot_t *slot)
{
    for (uint32_t i = 0; slot != NULL && i < slot->variations_count; i++) {
        const dyn_variation_t *variation = &work->policy->variations[slot->variations_start + i];

        if (dyn_when_holds(&rules->asking, variation->when, DYN_NONE) == DYN_VERDICT_YES) {
            return variation;
        }
    }

    return NULL;
}

typedef struct {
    dyn_blend_weight_t of[DYN_SOURCES_COUNT];
    bool there[DYN_SOURCES_COUNT];
    bool said[DYN_SOURCES_COUNT]; /* by a rule: one of lower priority says nothing more */
} weights_t;

static void lay_over(weights_t *weights, const dyn_blend_weight_t *rows, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (rows[i].source < DYN_SOURCES_COUNT) {
            weights->of[rows[i].source] = rows[i];
            weights->there[rows[i].source] = true;
        }
    }
}

static float weight_in(const dyn_blend_weight_t *rows, uint32_t count, uint32_t source)
{
    for (uint32_t i = 0; i < count; i++) {
        if (rows[i].source == source) {
            return rows[i].weight;
        }
    }

    return 0;
}

/*
 * What a variation makes of the slot that it is written for, it makes of other weights, too: twice as much stays twice as much. A source
 * that is new in it comes with its weight, unless those weights say something of it.
 */
static void scale(const dyn_policy_t *policy, weights_t *weights, const dyn_policy_slot_t *slot,
                  const dyn_variation_t *variation)
{
    const dyn_blend_weight_t *usual = policy->weights + slot->row.weights_start;

    for (uint32_t i = 0; i < variation->sources_count; i++) {
        const dyn_blend_weight_t *varied = &policy->weights[variation->sources_start + i];
        float of = weight_in(usual, slot->row.weights_count, varied->source);

        if (of > 0) {
            weights->of[varied->source].weight *= varied->weight / of;
        } else if (!weights->there[varied->source]) {
            lay_over(weights, varied, 1);
        }
    }
}

static void lay_rule_over(const dyn_policy_t *policy, weights_t *weights,
                          const dyn_action_t *action)
{
    for (uint32_t i = 0; i + 1 < action->values_count; i += 2) {
        uint32_t source = policy->values[action->values_start + i];
        uint32_t bits = policy->values[action->values_start + i + 1];
        float weight;

        memcpy(&weight, &bits, sizeof(weight));
        if (source >= DYN_SOURCES_COUNT || weights->said[source]) {
            continue;
        }
        weights->said[source] = true;
        if (!weights->there[source]) {
            weights->there[source] = true;
            weights->of[source] = (dyn_blend_weight_t){source, 0, 0};
        }
        if (weight >= 0) {
            weights->of[source].weight = weight;
        } else if (!(weights->of[source].weight > 0)) {
            weights->of[source].weight = 1;
        }
    }
}

/* What changes a slot's row: the variation that holds, or NULL, and what variants of experiments say. */
typedef struct {
    const dyn_variation_t *variation;
    const dyn_variation_t *overrides[DYN_SLOT_OVERRIDES_MAX];
    uint32_t override_count;
    bool weighs; /* some override has weights */
} changes_t;

static changes_t changes_of(const dyn_work_t *work, const dyn_rules_t *rules, dyn_str_t name,
                            const dyn_slot_rules_t *slot)
{
    changes_t changes = {.variation = variation_of(work, rules, slot->slot)};

    if (rules->asking.assignment_count > 0) {
        changes.override_count = dyn_experiments_overrides(work, name, changes.overrides);
    }
    for (uint32_t i = 0; i < changes.override_count; i++) {
        changes.weighs = changes.weighs || changes.overrides[i]->sources_count > 0;
    }

    return changes;
}

/* Weights of the row, of the variation over them (the snapshot's own are multiplied by what it changes), of variants over both, and of rules over all. */
static bool weigh(dyn_work_t *work, const changes_t *changes, dyn_slot_rules_t *slot)
{
    const dyn_variation_t *variation = changes->variation;
    const dyn_rule_action_t *action = dyn_rules_first(slot, DYN_ACTION_SOURCES);
    weights_t weights;
    uint32_t count = 0;

    bool tuned =
        work->snapshot->blend.row_count > 0 && slot->weights == work->snapshot->blend.weights;

    if (action == NULL && !changes->weighs &&
        (variation == NULL || variation->sources_count == 0)) {
        return true;
    }
    memset(&weights, 0, sizeof(weights));
    lay_over(&weights, slot->weights + slot->row.weights_start, slot->row.weights_count);
    if (variation != NULL && tuned) {
        scale(work->policy, &weights, slot->slot, variation);
    } else if (variation != NULL) {
        lay_over(&weights, work->policy->weights + variation->sources_start,
                 variation->sources_count);
    }
    for (uint32_t i = 0; i < changes->override_count; i++) {
        lay_over(&weights, work->policy->weights + changes->overrides[i]->sources_start,
                 changes->overrides[i]->sources_count);
    }
    for (; action != NULL; action = dyn_rules_next(slot, action)) {
        lay_rule_over(work->policy, &weights, action->action);
    }

    dyn_blend_weight_t *rows = dyn_arena_alloc(work->arena, sizeof(weights.of));

    if (rows == NULL) {
        return false;
    }
    for (int source = 0; source < DYN_SOURCES_COUNT; source++) {
        if (weights.there[source]) {
            rows[count++] = weights.of[source];
        }
    }
    slot->weights = rows;
    slot->row.weights_start = 0;
    slot->row.weights_count = count;

    return true;
}

static uint32_t least(uint32_t a, uint32_t b)
{
    return b > 0 && b < a ? b : a;
}

/* What is said of the slot as a whole: of limits the smallest, of all else what comes first. */
static void set_slot(dyn_work_t *work, const changes_t *changes, uint32_t asked,
                     dyn_slot_rules_t *slot)
{
    const dyn_variation_t *variation = changes->variation;
    const dyn_rule_action_t *action;

    slot->wanted = least(asked, DYN_SLOT_ITEMS_MAX);
    slot->strength = 1;
    slot->title = DYN_NONE;
    if (slot->slot != NULL) {
        slot->wanted = slot->slot->own ? least(slot->wanted, slot->slot->limit) : slot->wanted;
        slot->strength = slot->slot->strength;
        slot->title = slot->slot->title;
    }
    if (variation != NULL) {
        slot->wanted = least(slot->wanted, variation->limit);
        slot->strength = variation->strength >= 0 ? variation->strength : slot->strength;
        slot->title = variation->title != DYN_NONE ? variation->title : slot->title;
    }
    for (uint32_t i = 0; i < changes->override_count; i++) {
        const dyn_variation_t *override = changes->overrides[i];

        slot->wanted = override->limit > 0
                           ? least(least(asked, DYN_SLOT_ITEMS_MAX), override->limit)
                           : slot->wanted;
        slot->strength = override->strength >= 0 ? override->strength : slot->strength;
        slot->title = override->title != DYN_NONE ? override->title : slot->title;
    }
    for (action = dyn_rules_first(slot, DYN_ACTION_LIMIT); action != NULL;
         action = dyn_rules_next(slot, action)) {
        slot->wanted = least(slot->wanted, action->action->count);
        dyn_rules_note(work, action, DYN_NONE, (float)action->action->count, -1);
    }
    action = dyn_rules_first(slot, DYN_ACTION_STRENGTH);
    if (action != NULL) {
        slot->strength = action->action->number;
        dyn_rules_note(work, action, DYN_NONE, slot->strength, -1);
    }
    action = dyn_rules_first(slot, DYN_ACTION_TITLE);
    if (action != NULL) {
        slot->title = action->action->text;
        dyn_rules_note(work, action, DYN_NONE, 0, -1);
    }
    for (action = dyn_rules_first(slot, DYN_ACTION_SOURCES); action != NULL;
         action = dyn_rules_next(slot, action)) {
        dyn_rules_note(work, action, DYN_NONE, 0, -1);
    }
}

/* ---- the most that a candidate can be boosted ---- */

static float bounded(float factor)
{
    return factor < 1 / dyn_rule_boost_most ? 1 / dyn_rule_boost_most
           : factor > dyn_rule_boost_most   ? dyn_rule_boost_most
                                            : factor;
}

/*
 * An item has one id, one brand, and one category at each depth: of the rules that are found by them only those of one can be true.
 * All others may be true together.
 */
static void bound_boosts(const dyn_work_t *work, const dyn_rules_t *rules, dyn_slot_rules_t *slot)
{
    const dyn_policy_t *policy = work->policy;
    float one[2] = {1, 1}, at_depth[DYN_CATEGORY_DEPTH_MAX + 1], all = 1;

    slot->boosts = 1;
    for (int kind = DYN_ACTION_BOOST; kind <= DYN_ACTION_BURY; kind++) {
        for (const dyn_rule_action_t *action = dyn_rules_first(slot, (dyn_action_kind_t)kind);
             action != NULL; action = dyn_rules_next(slot, action)) {
            slot->boosts *= action->open ? 1 : dyn_rules_factor(work, action);
        }
    }
    for (int depth = 0; depth <= DYN_CATEGORY_DEPTH_MAX; depth++) {
        at_depth[depth] = 1;
    }
    for (uint32_t i = 0; slot->boosting.wanted != NULL && i < rules->held_count; i++) {
        uint32_t rule = rules->held[i];
        const dyn_rule_outline_t *outline = &policy->index->outlines[rule];
        float *most = &all;

        if ((slot->boosting.wanted[rule / 64] >> rule % 64 & 1) == 0) {
            continue;
        }
        if (outline->key == DYN_RULE_KEY_ID) {
            most = &one[0];
        } else if (outline->key == DYN_RULE_KEY_BRAND) {
            most = &one[1];
        } else if (outline->key == DYN_RULE_KEY_CATEGORY &&
                   outline->depth <= DYN_CATEGORY_DEPTH_MAX) {
            most = &at_depth[outline->depth];
        }
        if (most != &all) {
            *most = outline->most > *most ? outline->most : *most;
        } else {
            all *= outline->own > 1 ? outline->own : 1;
            all = all < 1e6F ? all : 1e6F;
        }
    }
    for (int depth = 0; depth <= DYN_CATEGORY_DEPTH_MAX; depth++) {
        all = bounded(all * at_depth[depth]);
    }
    slot->most = bounded(slot->boosts * all * one[0] * one[1]);
}

/* ---- slots ---- */

static bool masks(const dyn_work_t *work, dyn_slot_rules_t *slot)
{
    const dyn_rule_index_t *index = work->policy->index;
    const dyn_rule_action_t *action = dyn_rules_first(slot, DYN_ACTION_EXCLUDE);

    for (; action != NULL; action = dyn_rules_next(slot, action)) {
        slot->nothing = slot->nothing || !action->open;
    }

    return slot->nothing || slot->excluding.wanted != NULL ||
           dyn_rules_first(slot, DYN_ACTION_FILTER) != NULL || (index != NULL && index->blocks) ||
           work->snapshot->only_for_start != work->snapshot->only_for_end;
}

/* Pins of all slots hold before any slot chooses. Several items stand one after the other. */
static bool place_pins(dyn_work_t *work, dyn_str_t name, dyn_slot_rules_t *slot)
{
    const dyn_rule_action_t *action = dyn_rules_first(slot, DYN_ACTION_PIN);

    if ((action == NULL && dyn_rules_first(slot, DYN_ACTION_PREFER) == NULL) ||
        dyn_moment_slot_kind(name) != DYN_SLOT_LIST) {
        return true;
    }
    slot->placed = dyn_arena_alloc(work->arena, (slot->wanted + 1) * sizeof(dyn_placed_t));
    if (slot->placed == NULL) {
        return false;
    }
    for (; action != NULL; action = dyn_rules_next(slot, action)) {
        for (uint32_t i = 0; i < action->action->values_count; i++) {
            uint32_t item = work->policy->values[action->action->values_start + i];
            int removed_by;

            if (!dyn_rule_is_true(work, action, item)) {
                continue;
            }
            removed_by = dyn_filter_of_pin(work, item);
            for (uint32_t k = 0; removed_by < 0 && k < slot->placed_count; k++) {
                removed_by = dyn_rules_apart(work, &slot->placed[k].item, 1, item)
                                 ? (int)DYN_FILTER_APART
                                 : -1;
            }
            if (removed_by >= 0) {
                dyn_rules_note(work, action, item, 0, removed_by);
            } else if (dyn_rules_place(work, action, item, action->action->position + i, true)) {
                dyn_exclusions_add(work, item, DYN_FILTER_OTHER_SLOT);
            }
        }
    }

    return true;
}

/*
 * To ask of every candidate which rules are true of it costs more than to look at some more candidates closely, as long as their scores
 * can grow by no more than this. Chosen by measurement: bench/rules.
 */
static const float late_most = 1.2F;

void dyn_rules_enter(dyn_work_t *work, uint32_t slot)
{
    dyn_slot_rules_t *entered = &work->rules->slots[slot];

    work->rules->asking.slot = work->request->slots[slot].name;
    work->slot_rules = entered;
    work->rules->asking.slot = work->request->slots[slot].name;
    work->row = &entered->row;
    work->weights = entered->weights;
    work->masked = entered->masks;
    work->impersonal = 1 - entered->strength;
    work->boost = (dyn_boost_t){NULL, NULL, 1, false};
    if (entered->boosting.wanted != NULL || entered->boosts != 1) {
        work->boost =
            (dyn_boost_t){dyn_rules_boost, work, entered->most, entered->most <= late_most};
    }
    if (work->explanation != NULL) {
        work->explained = &work->explanation->slots[slot];
    }
}

static bool begin_slot(dyn_work_t *work, dyn_rules_t *rules, uint32_t number)
{
    const dyn_slot_t *asked = &work->request->slots[number];
    dyn_slot_rules_t *slot = &rules->slots[number];

    ask_for_slot(work, rules, asked->name);
    /* without rules that ask for the slot, those of the first are in force in all */
    if (number > 0 && rules->slot_askers == 0) {
        *slot = rules->slots[0];
        slot->placed = NULL;
        slot->placed_count = 0;
    } else if (!collect_actions(work, rules, slot)) {
        return false;
    }
    find_row(work, asked->name, slot);

    changes_t changes = changes_of(work, rules, asked->name, slot);

    slot->hidden = dyn_experiments_hide(work, asked->name);
    if (!weigh(work, &changes, slot)) {
        return false;
    }
    if (work->explanation != NULL) {
        work->explained = &work->explanation->slots[number];
        if (work->explaining && !dyn_rules_note_verdicts(work, rules)) {
            return false;
        }
    }
    set_slot(work, &changes, asked->count, slot);
    if (number == 0 || rules->slot_askers > 0) {
        bound_boosts(work, rules, slot);
        slot->masks = masks(work, slot);
    }
    dyn_rules_enter(work, number);

    return slot->hidden || place_pins(work, asked->name, slot);
}

/* What was preferred gives its place up with all else that was chosen. */
bool dyn_rules_fall_back(dyn_work_t *work, const dyn_rule_action_t *action)
{
    dyn_slot_rules_t *slot = work->slot_rules;
    dyn_blend_weight_t *weight = dyn_arena_alloc(work->arena, sizeof(*weight));
    uint32_t pinned = 0;

    if (weight == NULL) {
        return false;
    }
    *weight = (dyn_blend_weight_t){action->action->source, 1, 0};
    slot->weights = work->weights = weight;
    slot->row.weights_start = 0;
    slot->row.weights_count = action->action->source < DYN_SOURCES_COUNT;
    for (uint32_t i = 0; i < slot->placed_count; i++) {
        if (slot->placed[i].pinned) {
            slot->placed[pinned++] = slot->placed[i];
        }
    }
    slot->placed_count = pinned;

    return true;
}

bool dyn_rules_begin(dyn_work_t *work, dyn_moment_t moment, uint32_t language)
{
    dyn_rules_t *rules = dyn_arena_array(work->arena, 1, sizeof(*rules));

    if (rules == NULL || !describe(work, moment, rules)) {
        return false;
    }
    work->rules = rules;
    rules->language = language;
    if (work->policy->asked_count > 0 &&
        (rules->asking.features = dyn_features_asked(&rules->asking, work->arena)) == NULL) {
        return false;
    }
    if (!dyn_experiments_assign(work, rules) || !find_held(work, rules)) {
        return false;
    }
    for (uint32_t i = 0; i < work->request->slot_count && i < DYN_SLOTS_MAX; i++) {
        if (!begin_slot(work, rules, i)) {
            return false;
        }
    }

    return true;
}

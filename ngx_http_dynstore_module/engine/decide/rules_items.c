/* What the rules in force say of one item: masks, what it is kept apart from, boosts, caps, quotas. */
#include "engine/base/money.h"
#include "engine/decide/rules.h"
#include "engine/decide/work.h"

#include <math.h>
#include <string.h>

/* All boosts of an item together stay between this and its inverse: beyond, nothing but the rule would count. */
const float dyn_rule_boost_most = 20;

/* Whether an open rule of the item's list, or one that is in none, is true of it: what does not depend on the item holds. */
static bool rest_holds(const dyn_work_t *work, uint32_t rule, uint32_t item)
{
    const dyn_rule_index_t *index = work->policy->index;
    const dyn_rule_outline_t *outline = &index->outlines[rule];

    return outline->rest_count == 0 ||
           dyn_nodes_hold(&work->rules->asking, index->rest + outline->rest_start,
                          outline->rest_count, item);
}

bool dyn_rule_is_true(const dyn_work_t *work, const dyn_rule_action_t *action, uint32_t item)
{
    dyn_numbers_t list;
    bool listed;

    if (!action->open) {
        return true;
    }
    list = dyn_rule_index_item(work->policy->index, item);
    listed = work->policy->index->outlines[action->rule].key == DYN_RULE_KEY_NONE;
    for (uint32_t i = 0; i < list.count && !listed; i++) {
        listed = list.numbers[i] == action->rule;
    }

    return listed && rest_holds(work, action->rule, item);
}

/* The same of one that is asked of all; price: of the item, in the major unit. */
static bool of_all_holds(const dyn_work_t *work, const dyn_rule_of_all_t *rule, double price,
                         uint32_t item)
{
    return rule->price != NULL
               ? price >= 0 && price >= rule->price->low && price <= rule->price->high
               : rest_holds(work, rule->rule, item);
}

static bool any_is_true(const dyn_work_t *work, const dyn_open_rules_t *class, uint32_t item)
{
    if (class->wanted == NULL) {
        return false;
    }

    dyn_numbers_t list = dyn_rule_index_item(work->policy->index, item);

    for (uint32_t i = 0; i < list.count; i++) {
        uint32_t rule = list.numbers[i];

        if ((class->wanted[rule / 64] >> rule % 64 & 1) != 0 && rest_holds(work, rule, item)) {
            return true;
        }
    }

    double price = class->of_all_count > 0 ? dyn_price_asked(&work->rules->asking, item) : 0;

    for (uint32_t i = 0; i < class->of_all_count; i++) {
        if (of_all_holds(work, &class->of_all[i], price, item)) {
            return true;
        }
    }

    return false;
}

/* ---- masks ---- */

static bool has_value(const dyn_attributes_t *attributes, dyn_str_t name, dyn_str_t value)
{
    for (size_t i = 0; i < attributes->count; i++) {
        if (dyn_str_equal(attributes->rows[i].name, name) &&
            dyn_str_equal(attributes->rows[i].value, value)) {
            return true;
        }
    }

    return false;
}

/*
 * An item with the attribute "only_for_tier" is for visitors who have one of its values as their tier, and so with every name behind
 * "only_for_". Of several such names each must be met.
 */
static bool is_for_others(const dyn_work_t *work, uint32_t item)
{
    static const size_t prefix = sizeof("only_for_") - 1;
    const dyn_snapshot_t *snapshot = work->snapshot;
    dyn_numbers_t traits;
    uint32_t i = 0;

    if (snapshot->only_for_start == snapshot->only_for_end) {
        return false;
    }
    traits = dyn_item_traits(snapshot, item);
    while (i < traits.count && traits.numbers[i] < snapshot->only_for_start) {
        i++;
    }
    while (i < traits.count && traits.numbers[i] < snapshot->only_for_end) {
        dyn_str_t name = dyn_trait_name(snapshot, traits.numbers[i]);
        dyn_str_t asked = {name.data + prefix, name.len - prefix};
        bool met = false;

        /* values of a name stand one after the other */
        for (; i < traits.count && dyn_str_equal(dyn_trait_name(snapshot, traits.numbers[i]), name);
             i++) {
            met = met || has_value(&work->request->context->attributes, asked,
                                   dyn_trait_value(snapshot, traits.numbers[i]));
        }
        if (!met) {
            return true;
        }
    }

    return false;
}

static bool is_blocked(const dyn_work_t *work, uint32_t item)
{
    const dyn_rule_index_t *index = work->policy->index;

    if (index == NULL || !index->blocks) {
        return false;
    }
    if (index->blocked != NULL) {
        return (index->blocked[item / 8] >> item % 8 & 1) != 0;
    }

    return dyn_when_holds(&work->rules->asking, work->policy->blocked, item) == DYN_VERDICT_YES;
}

int dyn_rules_mask(const dyn_work_t *work, uint32_t item)
{
    const dyn_slot_rules_t *slot = work->slot_rules;

    if (is_blocked(work, item)) {
        return DYN_FILTER_BLOCKED;
    }
    if (is_for_others(work, item)) {
        return DYN_FILTER_ROLE;
    }
    if (slot->nothing || any_is_true(work, &slot->excluding, item)) {
        return DYN_FILTER_EXCLUDED;
    }
    for (const dyn_rule_action_t *action = dyn_rules_first(slot, DYN_ACTION_FILTER); action != NULL;
         action = dyn_rules_next(slot, action)) {
        if (!dyn_rule_is_true(work, action, item)) {
            return DYN_FILTER_FILTERED;
        }
    }

    return -1;
}

/* ---- what is never in one block ---- */

bool dyn_rule_keeps_apart(const dyn_work_t *work, const dyn_rule_action_t *action, uint32_t item)
{
    const uint32_t *values = work->policy->values + action->action->values_start;

    for (uint32_t i = 0; i < action->action->values_count; i++) {
        if (values[i] == item) {
            return dyn_rule_is_true(work, action, item);
        }
    }

    return false;
}

bool dyn_rules_apart(const dyn_work_t *work, const uint32_t *chosen, uint32_t count, uint32_t item)
{
    const dyn_slot_rules_t *slot = work->slot_rules;

    for (const dyn_rule_action_t *action = slot != NULL ? dyn_rules_first(slot, DYN_ACTION_APART)
                                                        : NULL;
         action != NULL; action = dyn_rules_next(slot, action)) {
        if (!dyn_rule_keeps_apart(work, action, item)) {
            continue;
        }
        for (uint32_t i = 0; i < count; i++) {
            if (chosen[i] != item && dyn_rule_keeps_apart(work, action, chosen[i])) {
                return true;
            }
        }
    }

    return false;
}

/* ---- boosts ---- */

float dyn_rules_factor(const dyn_work_t *work, const dyn_rule_action_t *action)
{
    return dyn_geography_factor(work, action->rule, action->action->number);
}

float dyn_rules_boost(const void *data, uint32_t item)
{
    const dyn_work_t *work = data;
    const dyn_slot_rules_t *slot = work->slot_rules;
    float factor = slot->boosts;

    if (slot->factors != NULL) {
        dyn_numbers_t list = dyn_rule_index_item(work->policy->index, item);

        for (uint32_t i = 0; i < list.count; i++) {
            float by = slot->factors[list.numbers[i]];

            if (by != 1 && rest_holds(work, list.numbers[i], item)) {
                factor *= by;
            }
        }

        double price =
            slot->boosting.of_all_count > 0 ? dyn_price_asked(&work->rules->asking, item) : 0;

        for (uint32_t i = 0; i < slot->boosting.of_all_count; i++) {
            const dyn_rule_of_all_t *of_all = &slot->boosting.of_all[i];

            factor *= of_all_holds(work, of_all, price, item) ? slot->factors[of_all->rule] : 1;
        }
    }
    if (factor < 1 / dyn_rule_boost_most) {
        return 1 / dyn_rule_boost_most;
    }

    return factor < slot->most ? factor : slot->most;
}

/* ---- caps ---- */

/* 1, 2, 5, 10, 20, 50, 100 ...: how many of these the price, in the major unit, has reached. */
static uint32_t price_band(const dyn_work_t *work, uint32_t item)
{
    dyn_price_t price = dyn_item_asked_price(work->snapshot, item, work->request->now_ms);
    double bound = pow(10, dyn_money_exponent(dyn_str_from(price.currency)));
    uint32_t band = 0;

    for (; price.minor >= 0 && (double)price.minor >= bound; band++) {
        bound *= band % 3 == 1 ? 2.5 : 2;
    }

    return band;
}

/* Whether both are one of those that the cap counts together. number: of a trait; else it does not matter. */
static bool counts_together(const dyn_work_t *work, const dyn_action_t *cap, uint32_t trait,
                            uint32_t item, uint32_t other)
{
    const dyn_item_t *a = dyn_work_item(work, item);
    const dyn_item_t *b = dyn_work_item(work, other);

    switch ((dyn_cap_t)cap->cap) {
    case DYN_CAP_CATEGORY:
        return a->category != DYN_NONE && a->category == b->category;
    case DYN_CAP_BRAND:
        return a->brand != DYN_NONE && a->brand == b->brand;
    case DYN_CAP_TAG:
    case DYN_CAP_ATTRIBUTE:
        return dyn_item_has_trait(work->snapshot, other, trait);
    case DYN_CAP_PRICE_BAND:
        return price_band(work, item) == price_band(work, other);
    case DYN_CAPS_COUNT:
        break;
    }

    return false;
}

static bool cap_is_reached(const dyn_work_t *work, const dyn_rule_action_t *action,
                           const uint32_t *chosen, uint32_t count, uint32_t item, uint32_t trait)
{
    uint32_t same = 0;

    for (uint32_t i = 0; i < count; i++) {
        same += counts_together(work, action->action, trait, item, chosen[i]) &&
                dyn_rule_is_true(work, action, chosen[i]);
    }

    return same >= action->action->count;
}

static bool forbids(const dyn_work_t *work, const dyn_rule_action_t *action, const uint32_t *chosen,
                    uint32_t count, uint32_t item)
{
    const dyn_action_t *cap = action->action;
    const uint32_t *values = work->policy->values + cap->values_start;

    if (!dyn_rule_is_true(work, action, item)) {
        return false;
    }
    if (cap->cap != DYN_CAP_TAG && cap->cap != DYN_CAP_ATTRIBUTE) {
        /* what has none is counted with nothing */
        return counts_together(work, cap, DYN_NONE, item, item) &&
               cap_is_reached(work, action, chosen, count, item, DYN_NONE);
    }

    dyn_numbers_t traits = dyn_item_traits(work->snapshot, item);

    for (uint32_t i = 0; cap->values_count == 2 && i < traits.count; i++) {
        if (traits.numbers[i] >= values[0] && traits.numbers[i] < values[1] &&
            cap_is_reached(work, action, chosen, count, item, traits.numbers[i])) {
            return true;
        }
    }

    return false;
}

bool dyn_rules_cap(const dyn_work_t *work, const uint32_t *chosen, uint32_t count, uint32_t item)
{
    const dyn_slot_rules_t *slot = work->slot_rules;

    for (const dyn_rule_action_t *action = slot != NULL ? dyn_rules_first(slot, DYN_ACTION_CAP)
                                                        : NULL;
         action != NULL; action = dyn_rules_next(slot, action)) {
        if (forbids(work, action, chosen, count, item)) {
            return true;
        }
    }

    return false;
}

/* ---- quotas ---- */

uint32_t dyn_rules_reserved(const dyn_work_t *work, const uint32_t *chosen, uint32_t count,
                            uint32_t item, bool *for_item)
{
    const dyn_slot_rules_t *slot = work->slot_rules;
    uint32_t reserved = 0;

    *for_item = false;
    for (const dyn_rule_action_t *action = slot != NULL ? dyn_rules_first(slot, DYN_ACTION_QUOTA)
                                                        : NULL;
         action != NULL; action = dyn_rules_next(slot, action)) {
        uint32_t needed =
            (uint32_t)ceil((double)action->action->number * (double)slot->wanted - 1e-6);
        uint32_t have = 0;

        for (uint32_t i = 0; i < count; i++) {
            have += dyn_rule_is_true(work, action, chosen[i]);
        }
        if (have < needed) {
            reserved += needed - have;
            *for_item = *for_item || (item != DYN_NONE && dyn_rule_is_true(work, action, item));
        }
    }

    return reserved;
}

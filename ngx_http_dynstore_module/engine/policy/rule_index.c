#include "engine/policy/rule_index.h"

#include "engine/catalogue/offer.h"

#include <string.h>

/* ---- what a rule asks ---- */

static bool is_range_of_now(const dyn_condition_t *node)
{
    switch ((dyn_item_field_t)node->field) {
    case DYN_ITEM_FIELD_PRICE:
    case DYN_ITEM_FIELD_STOCK:
    case DYN_ITEM_FIELD_AGE_DAYS:
    case DYN_ITEM_FIELD_ON_SALE:
        return true;
    default:
        return node->relation != DYN_RELATION_VALUES;
    }
}

/* Bits of the values of a field that is asked for and of whose values there are few. */
static uint8_t bits_of(const dyn_policy_t *policy, const dyn_condition_t *node)
{
    uint8_t bits = 0;

    for (uint32_t i = 0; i < node->values_count; i++) {
        bits |= (uint8_t)(1U << policy->values[node->values_start + i]);
    }

    return bits;
}
_Static_assert(DYN_SURFACES_COUNT <= 8 && DYN_MOMENTS_COUNT <= 8, "they have bits of a byte");

static bool asks_item(const dyn_condition_t *node)
{
    return (node->kind == DYN_NODE_ITEM || node->kind == DYN_NODE_SUBJECT) &&
           node->subject == DYN_SUBJECT_ITEM;
}

static dyn_rule_key_kind_t key_kind(const dyn_condition_t *node)
{
    if (node->kind != DYN_NODE_ITEM || node->subject != DYN_SUBJECT_ITEM ||
        node->relation != DYN_RELATION_VALUES) {
        return DYN_RULE_KEY_NONE;
    }
    switch ((dyn_item_field_t)node->field) {
    case DYN_ITEM_FIELD_ID:
        return DYN_RULE_KEY_ID;
    case DYN_ITEM_FIELD_BRAND:
        return DYN_RULE_KEY_BRAND;
    case DYN_ITEM_FIELD_TAG:
    case DYN_ITEM_FIELD_AUDIENCE:
    case DYN_ITEM_FIELD_ATTRIBUTE:
        return DYN_RULE_KEY_TRAIT;
    case DYN_ITEM_FIELD_CATEGORY:
        return DYN_RULE_KEY_CATEGORY;
    default:
        return DYN_RULE_KEY_NONE;
    }
}

/* What must hold in any case: nodes below ALL and SUBJECT. The first kind of key in the order of the list is the most selective. */
static void outline_required(const dyn_policy_t *policy, uint32_t at, uint32_t end,
                             dyn_rule_outline_t *outline, uint32_t *key)
{
    for (; at < end; at = policy->conditions[at].end) {
        const dyn_condition_t *node = &policy->conditions[at];
        dyn_rule_key_kind_t kind = key_kind(node);

        if (node->kind == DYN_NODE_ALL ||
            (node->kind == DYN_NODE_SUBJECT && node->subject == DYN_SUBJECT_ITEM)) {
            outline_required(policy, at + 1, node->end, outline, key);
        } else if (node->kind == DYN_NODE_REQUEST && node->field == DYN_REQUEST_FIELD_SURFACE) {
            outline->surfaces &= bits_of(policy, node);
        } else if (node->kind == DYN_NODE_REQUEST && node->field == DYN_REQUEST_FIELD_MOMENT) {
            outline->moments &= bits_of(policy, node);
        } else if (kind != DYN_RULE_KEY_NONE &&
                   (outline->key == DYN_RULE_KEY_NONE || kind < outline->key)) {
            outline->key = (uint8_t)kind;
            *key = at;
        }
    }
}

static void outline_rule(const dyn_policy_t *policy, const dyn_rule_t *rule,
                         dyn_rule_outline_t *outline, uint32_t *key)
{
    uint32_t end = rule->when.start + rule->when.count;

    *outline = (dyn_rule_outline_t){.surfaces = 0xff, .moments = 0xff, .most = 1};
    *key = DYN_NONE;
    outline_required(policy, rule->when.start, end, outline, key);
    for (uint32_t at = rule->when.start; at < end; at++) {
        const dyn_condition_t *node = &policy->conditions[at];

        outline->asks_items = outline->asks_items || asks_item(node);
        if (node->kind == DYN_NODE_REQUEST) {
            outline->asks_slot = outline->asks_slot || node->field == DYN_REQUEST_FIELD_SLOT;
            outline->asks_country =
                outline->asks_country || node->field == DYN_REQUEST_FIELD_COUNTRY;
        }
    }
    for (uint32_t i = 0; i < rule->actions_count; i++) {
        const dyn_action_t *action = &policy->actions[rule->actions_start + i];

        outline->actions |= DYN_RULE_DOES(action->kind);
    }
}

static bool asks_time(const dyn_policy_t *policy, dyn_when_t when)
{
    for (uint32_t at = when.start; at < when.start + when.count; at++) {
        const dyn_condition_t *node = &policy->conditions[at];

        if (node->kind == DYN_NODE_REQUEST &&
            (node->field == DYN_REQUEST_FIELD_TIME || node->field == DYN_REQUEST_FIELD_WEEKDAY)) {
            return true;
        }
    }

    return false;
}

static bool any_asks_time(const dyn_policy_t *policy)
{
    for (uint32_t i = 0; i < policy->rule_count; i++) {
        if (asks_time(policy, policy->rules[i].when)) {
            return true;
        }
    }
    for (uint32_t i = 0; i < policy->slot_count; i++) {
        const dyn_policy_slot_t *slot = &policy->slots[i];

        for (uint32_t k = 0; k < slot->variations_count; k++) {
            if (asks_time(policy, policy->variations[slot->variations_start + k].when)) {
                return true;
            }
        }
    }

    return false;
}

/* ---- keys ---- */

/* kind (3 bits), number (32), where its rules begin (29); 0 is none, because no kind is 0. */
static uint64_t row_key(dyn_rule_key_kind_t kind, uint32_t number)
{
    return (uint64_t)kind << 32 | number;
}

static uint32_t row_at(uint32_t row_bits, uint64_t key)
{
    return (uint32_t)((key * 0x9e3779b97f4a7c15U) >> (64 - row_bits));
}

enum { START_BITS = 29 };

/* The key's row, or the empty one where it belongs. */
static uint32_t row_of(const uint64_t *rows, uint32_t row_bits, uint64_t key)
{
    uint32_t row = row_at(row_bits, key);

    while (rows[row] != 0 && rows[row] >> START_BITS != key) {
        row = (row + 1) & ((1U << row_bits) - 1);
    }

    return row;
}

/* A category that stands below another of the same condition is found by that one. */
static bool is_below_another(const dyn_policy_t *policy, const dyn_condition_t *node,
                             uint32_t value)
{
    const dyn_snapshot_t *snapshot = policy->snapshot;

    for (uint32_t i = 0; i < node->values_count; i++) {
        uint32_t other = policy->values[node->values_start + i];

        if (other != value && dyn_snapshot_category_within(snapshot, value, other)) {
            return true;
        }
    }

    return false;
}

static bool takes_key(const dyn_policy_t *policy, const dyn_condition_t *node, uint32_t value)
{
    return key_kind(node) != DYN_RULE_KEY_CATEGORY || !is_below_another(policy, node, value);
}

static float boosts_of(const dyn_policy_t *policy, const dyn_rule_t *rule)
{
    float product = 1;

    for (uint32_t i = 0; i < rule->actions_count; i++) {
        const dyn_action_t *action = &policy->actions[rule->actions_start + i];

        if (action->kind == DYN_ACTION_BOOST && action->number > 1) {
            product *= action->number;
        }
    }

    return product < 1e6F ? product : 1e6F;
}

/* Fills the table: first the count of each key's rules, then the rules behind it. */
static bool make_keys(const dyn_policy_t *policy, dyn_arena_t *arena, const uint32_t *keys,
                      dyn_rule_outline_t *outlines, dyn_rule_index_t *index)
{
    uint32_t pairs = 0;

    for (uint32_t rule = 0; rule < policy->rule_count; rule++) {
        pairs += keys[rule] != DYN_NONE ? policy->conditions[keys[rule]].values_count : 0;
    }
    index->row_bits = 4;
    while (1U << index->row_bits < 4 * pairs) {
        index->row_bits++;
    }

    uint64_t *rows = dyn_arena_array(arena, (size_t)1 << index->row_bits, sizeof(uint64_t));
    uint32_t *counts = dyn_arena_array(arena, (size_t)1 << index->row_bits, sizeof(uint32_t));
    uint32_t *rules = dyn_arena_array(arena, 2 * (size_t)pairs + 1, sizeof(uint32_t));
    float *most = dyn_arena_array(arena, (size_t)1 << index->row_bits, sizeof(float));
    uint32_t used = 0;

    if (rows == NULL || counts == NULL || rules == NULL || most == NULL) {
        return false;
    }
    for (int pass = 0; pass < 3; pass++) {
        for (uint32_t rule = 0; rule < policy->rule_count; rule++) {
            const dyn_condition_t *node =
                keys[rule] != DYN_NONE ? &policy->conditions[keys[rule]] : NULL;

            for (uint32_t i = 0; node != NULL && i < node->values_count; i++) {
                uint32_t value = policy->values[node->values_start + i];
                uint64_t key = row_key(key_kind(node), value);
                uint32_t row = row_of(rows, index->row_bits, key);

                if (!takes_key(policy, node, value)) {
                    continue;
                }
                if (pass == 0) {
                    rows[row] = key << START_BITS;
                    most[row] = counts[row] == 0 ? 1 : most[row];
                    most[row] *= boosts_of(policy, &policy->rules[rule]);
                    counts[row]++;
                } else if (pass == 1) {
                    if ((rows[row] & ((1U << START_BITS) - 1)) == 0) {
                        rows[row] |= used + 1; /* so that a start is never 0 */
                        used += counts[row] + 1;
                    }
                } else {
                    uint32_t *list = rules + (rows[row] & ((1U << START_BITS) - 1)) - 1;

                    list[++list[0]] = rule;
                    outlines[rule].most =
                        most[row] > outlines[rule].most ? most[row] : outlines[rule].most;
                    if (key_kind(node) == DYN_RULE_KEY_CATEGORY) {
                        uint8_t depth = (uint8_t)policy->snapshot->categories[value].depth;

                        outlines[rule].depth =
                            i > 0 && outlines[rule].depth != depth ? DYN_RULE_DEPTHS_MIXED : depth;
                    }
                }
            }
        }
    }
    index->rows = rows;
    index->rules = rules;

    return true;
}

static void find_key(const dyn_rule_index_t *index, uint64_t key, const uint64_t *wanted,
                     uint64_t *found)
{
    uint64_t row = index->rows[row_of(index->rows, index->row_bits, key)];

    if (row == 0) {
        return;
    }

    const uint32_t *list = index->rules + (row & ((1U << START_BITS) - 1)) - 1;

    for (uint32_t i = 1; i <= list[0]; i++) {
        found[list[i] / 64] |= wanted[list[i] / 64] & (uint64_t)1 << list[i] % 64;
    }
}

void dyn_rule_index_find(const dyn_rule_index_t *index, const dyn_snapshot_t *snapshot,
                         uint32_t item, unsigned kinds, const uint64_t *wanted, uint64_t *found)
{
    const dyn_item_t *record = &snapshot->items[item];

    if ((kinds & 1U << DYN_RULE_KEY_ID) != 0) {
        find_key(index, row_key(DYN_RULE_KEY_ID, item), wanted, found);
    }
    if ((kinds & 1U << DYN_RULE_KEY_BRAND) != 0 && record->brand != DYN_NONE) {
        find_key(index, row_key(DYN_RULE_KEY_BRAND, record->brand), wanted, found);
    }
    if ((kinds & 1U << DYN_RULE_KEY_TRAIT) != 0) {
        dyn_numbers_t traits = dyn_item_traits(snapshot, item);

        for (uint32_t i = 0; i < traits.count; i++) {
            find_key(index, row_key(DYN_RULE_KEY_TRAIT, traits.numbers[i]), wanted, found);
        }
    }
    if ((kinds & 1U << DYN_RULE_KEY_CATEGORY) != 0) {
        for (uint32_t category = record->category; category != DYN_NONE;
             category = snapshot->categories[category].parent) {
            find_key(index, row_key(DYN_RULE_KEY_CATEGORY, category), wanted, found);
        }
    }
}

/* ---- blocked items ---- */

static bool is_the_same_at_any_time(const dyn_policy_t *policy, dyn_when_t when)
{
    for (uint32_t at = when.start; at < when.start + when.count; at++) {
        const dyn_condition_t *node = &policy->conditions[at];

        if (node->kind == DYN_NODE_REQUEST ||
            (node->kind == DYN_NODE_SUBJECT && !asks_item(node)) ||
            (node->kind == DYN_NODE_ITEM &&
             (node->subject != DYN_SUBJECT_ITEM || is_range_of_now(node)))) {
            return false;
        }
    }

    return true;
}

static bool make_blocked(const dyn_policy_t *policy, dyn_arena_t *arena, dyn_rule_index_t *index)
{
    static const dyn_context_t nobody = {.item_id = {NULL, 0}};
    const dyn_snapshot_t *snapshot = policy->snapshot;
    dyn_asking_t asking = {.policy = policy,
                           .snapshot = snapshot,
                           .context = &nobody,
                           .page_item = DYN_NONE,
                           .page_category = DYN_NONE,
                           .intent = DYN_NONE};

    index->blocks = policy->blocked.count > 0;
    if (!index->blocks || snapshot == NULL || !is_the_same_at_any_time(policy, policy->blocked)) {
        return true;
    }

    uint8_t *blocked = dyn_arena_array(arena, snapshot->item_count / 8 + 1, 1);

    if (blocked == NULL) {
        return false;
    }
    for (uint32_t item = 0; item < snapshot->item_count; item++) {
        if (dyn_when_holds(&asking, policy->blocked, item) == DYN_VERDICT_YES) {
            blocked[item / 8] |= (uint8_t)(1U << item % 8);
        }
    }
    index->blocked = blocked;

    return true;
}

const dyn_rule_index_t *dyn_policy_index(const dyn_policy_t *policy, dyn_arena_t *arena)
{
    size_t count = policy->rule_count;
    dyn_rule_index_t *index = dyn_arena_array(arena, 1, sizeof(*index));
    dyn_rule_outline_t *outlines = dyn_arena_array(arena, count + 1, sizeof(*outlines));
    uint32_t *keys = dyn_arena_array(arena, count + 1, sizeof(uint32_t));

    if (index == NULL || outlines == NULL || keys == NULL) {
        return NULL;
    }
    for (uint32_t rule = 0; rule < count; rule++) {
        outline_rule(policy, &policy->rules[rule], &outlines[rule], &keys[rule]);
        outlines[rule].own = outlines[rule].most = boosts_of(policy, &policy->rules[rule]);
    }
    index->outlines = outlines;
    index->words = ((uint32_t)count + 63) / 64;
    index->asks_time = any_asks_time(policy);

    return make_keys(policy, arena, keys, outlines, index) && make_blocked(policy, arena, index)
               ? index
               : NULL;
}

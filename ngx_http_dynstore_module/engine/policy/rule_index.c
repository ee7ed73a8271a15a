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
        outline->asks_request =
            outline->asks_request || node->kind == DYN_NODE_REQUEST ||
            ((node->kind == DYN_NODE_ITEM || node->kind == DYN_NODE_SUBJECT) && !asks_item(node));
        if (node->kind == DYN_NODE_REQUEST) {
            outline->asks_slot = outline->asks_slot || node->field == DYN_REQUEST_FIELD_SLOT ||
                                 node->field == DYN_REQUEST_FIELD_EXPERIMENT;
            outline->asks_country =
                outline->asks_country || node->field == DYN_REQUEST_FIELD_COUNTRY;
        }
    }
    for (uint32_t i = 0; i < rule->actions_count; i++) {
        const dyn_action_t *action = &policy->actions[rule->actions_start + i];

        outline->actions |= DYN_RULE_DOES(action->kind);
    }
}

/* ---- what is left to be asked of an item ---- */

static bool asks_item_within(const dyn_policy_t *policy, uint32_t at)
{
    for (uint32_t node = at; node < policy->conditions[at].end; node++) {
        if (asks_item(&policy->conditions[node])) {
            return true;
        }
    }

    return false;
}

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

/* Nothing of it depends on the request or changes with time. */
static bool is_fixed(const dyn_policy_t *policy, uint32_t at)
{
    return is_the_same_at_any_time(policy, (dyn_when_t){at, policy->conditions[at].end - at});
}

/*
 * Writes the nodes that must hold and ask about the candidate, and returns how many; rest NULL: counts them. fixed: those that are the
 * same at any time, but for the key; else the others, and, of a rule without a key, all.
 */
static uint32_t find_rest(const dyn_policy_t *policy, uint32_t at, uint32_t end, uint32_t key,
                          bool fixed, uint32_t *rest)
{
    uint32_t count = 0;

    for (; at < end; at = policy->conditions[at].end) {
        const dyn_condition_t *node = &policy->conditions[at];

        if (at == key || !asks_item_within(policy, at)) {
            continue;
        }
        if (node->kind == DYN_NODE_ALL || node->kind == DYN_NODE_SUBJECT) {
            count += find_rest(policy, at + 1, node->end, key, fixed,
                               rest != NULL ? rest + count : NULL);
        } else if (key == DYN_NONE || fixed == is_fixed(policy, at)) {
            if (rest != NULL) {
                rest[count] = at;
            }
            count++;
        }
    }

    return count;
}

static bool make_rest(const dyn_policy_t *policy, dyn_arena_t *arena, const uint32_t *keys,
                      dyn_rule_outline_t *outlines, dyn_rule_index_t *index)
{
    uint32_t count = 0;

    for (uint32_t rule = 0; rule < policy->rule_count; rule++) {
        dyn_when_t when = policy->rules[rule].when;

        outlines[rule].rest_start = count;
        outlines[rule].rest_count =
            find_rest(policy, when.start, when.start + when.count, keys[rule], false, NULL);
        count += outlines[rule].rest_count;
    }

    uint32_t *rest = dyn_arena_array(arena, (size_t)count + 1, sizeof(uint32_t));

    for (uint32_t rule = 0; rest != NULL && rule < policy->rule_count; rule++) {
        dyn_when_t when = policy->rules[rule].when;

        find_rest(policy, when.start, when.start + when.count, keys[rule], false,
                  rest + outlines[rule].rest_start);
    }
    index->rest = rest;

    return rest != NULL;
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
    for (uint32_t i = 0; i < policy->content_count; i++) {
        if (asks_time(policy, policy->contents[i].match)) {
            return true;
        }
    }
    for (uint32_t i = 0; i < policy->experiment_count; i++) {
        if (asks_time(policy, policy->experiments[i].when)) {
            return true;
        }
    }
    for (uint32_t i = 0; i < policy->flag_count; i++) {
        if (asks_time(policy, policy->flags[i].when)) {
            return true;
        }
    }
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

/* A hash table from what an item is to the rules that ask for it, in use while the items' lists are made. */
typedef struct {
    uint64_t *rows;  /* the key's kind and number, then where its rules are; 0: free */
    uint32_t *rules; /* of each key its rules, rising, behind their count */
    uint32_t row_bits;
} keys_t;

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
                      dyn_rule_outline_t *outlines, keys_t *index)
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

/* ---- lists of items ---- */

typedef struct {
    const dyn_policy_t *policy;
    const keys_t *keys;
    uint64_t *found; /* bits by rule, all 0 between two items */
    uint32_t words;
    uint32_t *starts; /* by rule, one more: of its fixed nodes, but for the key */
    uint32_t *fixed;  /* those */
} lists_t;

static void find_key(const lists_t *lists, dyn_rule_key_kind_t kind, uint32_t number)
{
    const keys_t *keys = lists->keys;
    uint64_t row = keys->rows[row_of(keys->rows, keys->row_bits, row_key(kind, number))];

    if (row == 0) {
        return;
    }

    const uint32_t *list = keys->rules + (row & ((1U << START_BITS) - 1)) - 1;

    for (uint32_t i = 1; i <= list[0]; i++) {
        lists->found[list[i] / 64] |= (uint64_t)1 << list[i] % 64;
    }
}

static void find_keys(const lists_t *lists, uint32_t item)
{
    const dyn_snapshot_t *snapshot = lists->policy->snapshot;
    const dyn_item_t *record = &snapshot->items[item];
    dyn_numbers_t traits = dyn_item_traits(snapshot, item);

    find_key(lists, DYN_RULE_KEY_ID, item);
    if (record->brand != DYN_NONE) {
        find_key(lists, DYN_RULE_KEY_BRAND, record->brand);
    }
    for (uint32_t i = 0; i < traits.count; i++) {
        find_key(lists, DYN_RULE_KEY_TRAIT, traits.numbers[i]);
    }
    for (uint32_t category = record->category; category != DYN_NONE;
         category = snapshot->categories[category].parent) {
        find_key(lists, DYN_RULE_KEY_CATEGORY, category);
    }
}
/* The fixed nodes of each rule. */
static bool find_fixed(lists_t *lists, dyn_arena_t *arena, const uint32_t *key_nodes)
{
    const dyn_policy_t *policy = lists->policy;

    lists->starts = dyn_arena_array(arena, (size_t)policy->rule_count + 1, sizeof(uint32_t));
    for (int pass = 0; lists->starts != NULL && pass < 2; pass++) {
        uint32_t count = 0;

        for (uint32_t rule = 0; rule < policy->rule_count; rule++) {
            dyn_when_t when = policy->rules[rule].when;

            lists->starts[rule] = count;
            count += key_nodes[rule] == DYN_NONE
                         ? 0
                         : find_rest(policy, when.start, when.start + when.count, key_nodes[rule],
                                     true, pass == 0 ? NULL : lists->fixed + count);
        }
        lists->starts[policy->rule_count] = count;
        if (pass == 0) {
            lists->fixed = dyn_arena_array(arena, (size_t)count + 1, sizeof(uint32_t));
            if (lists->fixed == NULL) {
                return false;
            }
        }
    }

    return lists->starts != NULL;
}

/* Nobody on no page: what is the same at any time is the same for everybody. */
static dyn_asking_t nobody_asks(const dyn_policy_t *policy)
{
    static const dyn_context_t nobody = {.item_id = {NULL, 0}};

    return (dyn_asking_t){.policy = policy,
                          .snapshot = policy->snapshot,
                          .context = &nobody,
                          .page_item = DYN_NONE,
                          .page_category = DYN_NONE,
                          .intent = DYN_NONE};
}

/* Writes the rules of the item's list, and returns how many; list NULL: counts them. */
static uint32_t list_item(const lists_t *lists, const dyn_asking_t *asking, uint32_t item,
                          uint32_t *list)
{
    uint32_t count = 0;

    find_keys(lists, item);
    for (uint32_t word = 0; word < lists->words; word++) {
        for (uint64_t left = lists->found[word]; left != 0; left &= left - 1) {
            uint32_t rule = word * 64 + (uint32_t)__builtin_ctzll(left);
            uint32_t start = lists->starts[rule];

            if (dyn_nodes_hold(asking, lists->fixed + start, lists->starts[rule + 1] - start,
                               item)) {
                if (list != NULL) {
                    list[count] = rule;
                }
                count++;
            }
        }
        lists->found[word] = 0;
    }

    return count;
}

static bool make_lists(const dyn_policy_t *policy, dyn_arena_t *arena, const uint32_t *key_nodes,
                       const keys_t *keys, dyn_rule_index_t *index)
{
    uint32_t items = policy->snapshot != NULL ? policy->snapshot->item_count : 0;
    dyn_asking_t asking = nobody_asks(policy);
    lists_t lists = {.policy = policy, .keys = keys, .words = index->words};
    uint32_t *starts = dyn_arena_array(arena, (size_t)items + 1, sizeof(uint32_t));
    uint32_t *rules;

    index->item_count = items;
    index->item_starts = starts;
    index->item_rules = NULL;
    lists.found = dyn_arena_array(arena, (size_t)lists.words + 1, sizeof(uint64_t));
    if (starts == NULL || lists.found == NULL || !find_fixed(&lists, arena, key_nodes)) {
        return false;
    }
    for (uint32_t item = 0; policy->rule_count > 0 && item < items; item++) {
        starts[item + 1] = starts[item] + list_item(&lists, &asking, item, NULL);
    }
    index->item_rules = rules = dyn_arena_array(arena, (size_t)starts[items] + 1, sizeof(uint32_t));
    if (rules == NULL) {
        return false;
    }
    for (uint32_t item = 0; policy->rule_count > 0 && item < items; item++) {
        list_item(&lists, &asking, item, rules + starts[item]);
    }

    return true;
}

/* ---- blocked items ---- */

static bool make_blocked(const dyn_policy_t *policy, dyn_arena_t *arena, dyn_rule_index_t *index)
{
    const dyn_snapshot_t *snapshot = policy->snapshot;
    dyn_asking_t asking = nobody_asks(policy);

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
    uint32_t *key_nodes = dyn_arena_array(arena, count + 1, sizeof(uint32_t));

    dyn_asking_t nobody = nobody_asks(policy);
    keys_t keys = {.rows = NULL};

    if (index == NULL || outlines == NULL || key_nodes == NULL) {
        return NULL;
    }
    for (uint32_t rule = 0; rule < count; rule++) {
        outline_rule(policy, &policy->rules[rule], &outlines[rule], &key_nodes[rule]);
        outlines[rule].own = outlines[rule].most = boosts_of(policy, &policy->rules[rule]);
        if (!outlines[rule].asks_request) {
            outlines[rule].verdict =
                (uint8_t)dyn_when_holds(&nobody, policy->rules[rule].when, DYN_NONE);
        }
    }
    index->outlines = outlines;
    index->words = ((uint32_t)count + 63) / 64;
    index->asks_time = any_asks_time(policy);

    return make_keys(policy, arena, key_nodes, outlines, &keys) &&
                   make_rest(policy, arena, key_nodes, outlines, index) &&
                   make_lists(policy, arena, key_nodes, &keys, index) &&
                   make_blocked(policy, arena, index)
               ? index
               : NULL;
}

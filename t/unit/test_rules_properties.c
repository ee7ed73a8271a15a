/* What holds of any rules, in any shop and for any visitor. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "engine/catalogue/traits.h"
#include "engine/render/render.h"

#include "policies.h"
#include "random_shop.h"

enum { SHOPS = 6, ROUNDS = 250, RULES_MAX = 24, ITEMS = RANDOM_ITEMS };

static deciding_t deciding;
static visit_t visit;
static uint32_t previous_items[DYN_SLOT_ITEMS_MAX];
static dyn_last_good_slot_t previous = {{"recs", 4}, previous_items, DYN_SLOT_ITEMS_MAX};

/* ---- rules at random, as text and as what they ask ---- */

typedef enum { OF_ALL, OF_BRAND, OF_CATEGORY, OF_TAG, OF_ID, OF_PRICE, OF_COUNT } of_t;
typedef enum {
    EXCLUDE,
    FILTER,
    PIN,
    PREFER,
    ADD,
    QUOTA,
    CAP,
    BOOST,
    BURY,
    LIMIT,
    STRENGTH,
    SOURCES,
    CONFIDENCE,
    BADGE,
    ACTIONS
} action_t;

typedef struct {
    of_t of;
    uint32_t number, other; /* other: a second brand, category ..., which is as good */
    bool not ;
    const char *country; /* NULL: any */
    const char *slot;
    action_t action;
    uint32_t most; /* of a cap */
    bool by_brand;
} rule_t;

static rule_t rules[RULES_MAX];
static uint32_t rule_count;
static rule_t blocked;
static char text[1 << 16];
static size_t text_length;

static void put(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void put(const char *format, ...)
{
    va_list list;

    va_start(list, format);
    text_length += (size_t)vsnprintf(text + text_length, sizeof(text) - text_length, format, list);
    va_end(list);
    assert_true(text_length < sizeof(text));
}

static void random_item(rule_t *rule)
{
    static const uint32_t bounds[] = {1,           RANDOM_BRANDS, RANDOM_CATEGORIES,
                                      RANDOM_TAGS, ITEMS,         ITEMS};

    rule->of = (of_t)below(OF_COUNT);
    rule->number = below(bounds[rule->of]);
    rule->other = below(bounds[rule->of]);
    rule->not = below(5) == 0;
}

static void put_item(const rule_t *rule)
{
    static const char *const names[] = {"", "brand", "category", "tag", "id", "price"};
    static const char letters[] = "\0BCt";

    if (rule->of == OF_ID) {
        put("'id': ['i%05u', 'i%05u']", rule->number, rule->other);
    } else if (rule->of == OF_PRICE) {
        put("'price': {'max': %u.%02u}", (1000 + rule->number) / 100, (1000 + rule->number) % 100);
    } else {
        put("'%s': ['%c%c', '%c%c']", names[rule->of], letters[rule->of], 'a' + (int)rule->number,
            letters[rule->of], 'a' + (int)rule->other);
    }
}

static void put_when(const rule_t *rule)
{
    put("'when': {");
    if (rule->country != NULL) {
        put("'country': '%s', ", rule->country);
    }
    if (rule->slot != NULL) {
        put("'slot': '%s', ", rule->slot);
    }
    if (rule->of != OF_ALL) {
        put(rule->not ? "'item': {'not': {" : "'item': {");
        put_item(rule);
        put(rule->not ? "}}, " : "}, ");
    }
    put("'surface': ['home', 'plp', 'pdp', 'cart', 'search', 'landing', 'checkout']}, ");
}

static void put_then(rule_t *rule)
{
    static const char *const caps[] = {"category", "brand"};

    put("'then': {");
    switch (rule->action) {
    case EXCLUDE:
        put("'exclude': true");
        break;
    case FILTER:
        put("'filter': true");
        break;
    case PIN:
    case PREFER:
        put("'%s': {'items': ['i%05u', 'i%05u'], 'position': %u}",
            rule->action == PIN ? "pin" : "prefer", below(ITEMS), below(ITEMS), 1 + below(6));
        break;
    case ADD:
        put("'add': {'items': ['i%05u', 'i%05u']}", below(ITEMS), below(ITEMS));
        break;
    case QUOTA:
        put("'quota': 0.%u", below(10));
        break;
    case CAP:
        rule->by_brand = below(2) == 0;
        rule->most = 1 + below(3);
        put("'cap': {'by': '%s', 'most': %u}", caps[rule->by_brand], rule->most);
        break;
    case BOOST:
        put("'boost': %u.%u", 1 + below(8), below(10));
        break;
    case BURY:
        put("'bury': 0.%u", below(10));
        break;
    case LIMIT:
        put("'limit': %u", 1 + below(8));
        break;
    case STRENGTH:
        put("'strength': 0.%u", below(10));
        break;
    case SOURCES:
        put("'sources': {'popular': %s, 'similar': 0.%u}", below(2) == 0 ? "true" : "0", below(10));
        break;
    case CONFIDENCE:
        put("'confidence': {'least': 0.%u, 'fallback': 'popular'}", below(10));
        break;
    default:
        put("'badge': 'New'");
        break;
    }
    put("}");
}

/* Of these actions, each about as often as the others; filters seldom, because together they leave nothing. */
static void random_rules(unsigned actions)
{
    static const char *const countries[] = {NULL, NULL, "DE", "FR"};
    static const char *const slots[] = {NULL, NULL, NULL, "recs", "popular"};

    text_length = 0;
    rule_count = below(RULES_MAX);
    random_item(&blocked);
    blocked.of = blocked.of == OF_ALL ? OF_ID : blocked.of;
    blocked.not = false;
    put("'blocked': {");
    put_item(&blocked);
    put("}, 'guardrails': {'exploration': 0.%u, 'hysteresis': 0.%u}, 'rules': [", below(3),
        below(3));
    for (uint32_t i = 0; i < rule_count; i++) {
        rule_t *rule = &rules[i];

        random_item(rule);
        rule->country = countries[below(4)];
        rule->slot = slots[below(5)];
        do {
            rule->action = (action_t)below(ACTIONS);
        } while ((actions >> rule->action & 1) == 0 || (rule->action == FILTER && below(8) > 0));
        if (rule->action == LIMIT || rule->action == STRENGTH || rule->action == SOURCES ||
            rule->action == CONFIDENCE) {
            rule->of = OF_ALL;
        }
        if (rule->action == EXCLUDE && rule->of == OF_ALL) {
            rule->of = OF_ID;
        }
        rule->not = rule->not &&rule->action != EXCLUDE;
        put("%s{'id': 'r%u', 'priority': %u, ", i > 0 ? ", " : "", i, below(3));
        put_when(rule);
        put_then(rule);
        put("}");
    }
    put("]");
}

/* ---- what they ask, told without the engine ---- */

static bool is_of(const dyn_snapshot_t *snapshot, const rule_t *rule, uint32_t item,
                  uint32_t number)
{
    const dyn_item_t *record = &snapshot->items[item];
    char tag[3] = {'t', (char)('a' + number), '\0'};
    uint32_t category = record->category;

    switch (rule->of) {
    case OF_BRAND:
        return record->brand == number;
    case OF_CATEGORY:
        while (category != DYN_NONE && category != number) {
            category = snapshot->categories[category].parent;
        }
        return category == number;
    case OF_TAG:
        return dyn_item_has_trait(snapshot, item,
                                  dyn_trait_find(snapshot, DYN_STR("tag"), dyn_str_from(tag)));
    case OF_ID:
        return item == number;
    case OF_PRICE:
        return record->price_minor <= 1000 + (int64_t)rule->number;
    default:
        return true;
    }
}

static bool is_true(const dyn_snapshot_t *snapshot, const rule_t *rule, uint32_t item)
{
    return rule->of == OF_ALL || (is_of(snapshot, rule, item, rule->number) ||
                                  is_of(snapshot, rule, item, rule->other)) != rule->not ;
}

static bool in_force(const rule_t *rule, dyn_str_t slot)
{
    return (rule->country == NULL || strcmp(rule->country, deciding.context.country) == 0) &&
           (rule->slot == NULL || dyn_str_equal(dyn_str_from(rule->slot), slot));
}

/* ---- */

static void random_question(const dyn_snapshot_t *snapshot)
{
    random_request(snapshot, &deciding, &visit);
    for (uint32_t i = 0; i < DYN_SLOT_ITEMS_MAX; i++) {
        previous_items[i] = below(ITEMS);
    }
    deciding.request.previous = &previous;
    deciding.request.previous_count = below(2);
    deciding.request.seed = below(UINT32_MAX);
    deciding.policy = policies_read(snapshot, text);
}

typedef void (*check_fn)(const dyn_snapshot_t *snapshot);

/* Decides by random rules with these actions, again and again, and looks at each decision. */
static void each_decision(uint64_t seed, unsigned actions, check_fn check)
{
    for (uint64_t number = 0; number < SHOPS; number++) {
        shop_t *shop = random_shop(seed + number);
        const dyn_snapshot_t *snapshot = shop_open(shop);

        for (uint32_t round = 0; round < ROUNDS; round++) {
            random_rules(actions);
            random_question(snapshot);
            check(snapshot);
        }
        shop_free(shop);
    }
}

enum { ALL_ACTIONS = (1 << ACTIONS) - 1 };

static void check_masks(const dyn_snapshot_t *snapshot)
{
    deciding_run(&deciding, snapshot);
    for (uint32_t s = 0; s < deciding.decision.slot_count; s++) {
        const dyn_slot_decision_t *slot = &deciding.decision.slots[s];

        for (uint32_t i = 0; i < slot->count; i++) {
            uint32_t item = slot->choices[i].item;

            assert_false(is_true(snapshot, &blocked, item));
            assert_int_not_equal(snapshot->items[item].stock, 0);
            assert_true(snapshot->items[item].age_min <= deciding.context.age);
            for (uint32_t r = 0; r < rule_count; r++) {
                if (in_force(&rules[r], slot->name)) {
                    assert_false(rules[r].action == EXCLUDE && is_true(snapshot, &rules[r], item));
                    assert_false(rules[r].action == FILTER && !is_true(snapshot, &rules[r], item));
                }
            }
            assert_true(slot->choices[i].score > 0 && slot->choices[i].score <= 1);
            assert_true(i == 0 || slot->choices[i].score <= slot->choices[i - 1].score);
            for (uint32_t k = 0; k < i; k++) {
                assert_int_not_equal(snapshot->items[item].group,
                                     snapshot->items[slot->choices[k].item].group);
            }
        }
    }
}

static void a_masked_excluded_or_filtered_item_is_on_no_rung(void **state)
{
    (void)state;
    each_decision(100, ALL_ACTIONS, check_masks);
}

static uint32_t pins_held, pins_not_held;

static void check_pins(const dyn_snapshot_t *snapshot)
{
    deciding.explains = true;
    deciding_run(&deciding, snapshot);
    for (uint32_t s = 0; s < deciding.decision.slot_count; s++) {
        const dyn_slot_decision_t *slot = &deciding.decision.slots[s];
        const dyn_slot_explanation_t *explanation = &deciding.explanation.slots[s];

        for (uint32_t i = 0; i < explanation->effect_count; i++) {
            const dyn_rule_effect_t *effect = &explanation->effects[i];
            uint32_t place = (uint32_t)effect->number;

            if (effect->action != DYN_ACTION_PIN) {
                continue;
            }
            if (effect->removed_by != -1) {
                pins_not_held++;
                continue;
            }
            pins_held++;
            assert_true(slot_shows(slot, effect->item));
            assert_true(place > slot->count || slot->choices[place - 1].item == effect->item);
        }
    }
}

static void what_is_pinned_stands_at_its_place(void **state)
{
    (void)state;
    pins_held = pins_not_held = 0;
    each_decision(200, ALL_ACTIONS, check_pins);
    assert_true(pins_held > 100 && pins_not_held > 100);
}

static void check_caps(const dyn_snapshot_t *snapshot)
{
    deciding_run(&deciding, snapshot);
    for (uint32_t s = 0; s < deciding.decision.slot_count; s++) {
        const dyn_slot_decision_t *slot = &deciding.decision.slots[s];

        for (uint32_t r = 0; r < rule_count; r++) {
            for (uint32_t i = 0;
                 rules[r].action == CAP && in_force(&rules[r], slot->name) && i < slot->count;
                 i++) {
                const dyn_item_t *item = &snapshot->items[slot->choices[i].item];
                uint32_t counted = rules[r].by_brand ? item->brand : item->category, same = 0;

                for (uint32_t k = 0; k < slot->count; k++) {
                    const dyn_item_t *other = &snapshot->items[slot->choices[k].item];

                    same += (rules[r].by_brand ? other->brand : other->category) == counted &&
                            is_true(snapshot, &rules[r], slot->choices[k].item);
                }
                assert_true(counted == DYN_NONE || same <= rules[r].most);
            }
        }
    }
}

/* Pins and quotas go before them. */
static void no_more_are_shown_than_caps_allow(void **state)
{
    (void)state;
    each_decision(300, ALL_ACTIONS & ~(1U << PIN | 1U << QUOTA), check_caps);
}

static dyn_str_t decided_json(const dyn_snapshot_t *snapshot)
{
    deciding_run(&deciding, snapshot);

    return dyn_render_json(snapshot, &deciding.decision, DYN_STR_NONE, &deciding.arena);
}

static void assert_same_json(const dyn_snapshot_t *snapshot)
{
    static char first[1 << 19];
    dyn_str_t json = decided_json(snapshot);
    size_t length = json.len;

    assert_true(length > 0 && length < sizeof(first));
    memcpy(first, json.data, length);
    memset(deciding.block, 0x5a, 1 << 17); /* what the memory held before must not matter */
    deciding.explains = !deciding.explains;
    json = decided_json(snapshot);
    deciding.explains = false;
    if (json.len != length || memcmp(json.data, first, length) != 0) {
        print_error("%s\n%.*s\n%.*s\n", text, (int)length, first, (int)json.len, json.data);
    }
    assert_int_equal(json.len, length);
    assert_memory_equal(json.data, first, length);
}

static void check_repeated(const dyn_snapshot_t *snapshot)
{
    static char first[1 << 19];
    dyn_str_t json = decided_json(snapshot);
    size_t length = json.len;

    assert_true(length > 0 && length < sizeof(first));
    memcpy(first, json.data, length);
    memset(deciding.block, 0xa5, 1 << 17);
    json = decided_json(snapshot);
    assert_int_equal(json.len, length);
    assert_memory_equal(json.data, first, length);
}

static void a_decision_is_the_same_each_time(void **state)
{
    (void)state;
    each_decision(400, ALL_ACTIONS, check_repeated);
}

/* While explaining all candidates are lifted and boosted; else those that may come to be chosen. */
static void no_boosted_winner_is_lost_by_what_is_left_out(void **state)
{
    (void)state;
    each_decision(500, ALL_ACTIONS, assert_same_json);
    each_decision(600, 1U << BOOST | 1U << BURY, assert_same_json);
}

static void check_empty(const dyn_snapshot_t *snapshot)
{
    static dyn_choice_t choices[DYN_SLOTS_MAX][DYN_SLOT_ITEMS_MAX];

    deciding.policy = NULL;
    deciding_run(&deciding, snapshot);
    for (uint32_t s = 0; s < deciding.decision.slot_count; s++) {
        const dyn_slot_decision_t *slot = &deciding.decision.slots[s];

        memcpy(choices[s], slot->choices, slot->count * sizeof(dyn_choice_t));
    }
    deciding.policy = policies_read(snapshot, "");
    deciding_run(&deciding, snapshot);
    for (uint32_t s = 0; s < deciding.decision.slot_count; s++) {
        const dyn_slot_decision_t *slot = &deciding.decision.slots[s];

        for (uint32_t i = 0; i < slot->count; i++) {
            assert_int_equal(slot->choices[i].item, choices[s][i].item);
            assert_true(slot->choices[i].score == choices[s][i].score);
            assert_int_equal(slot->choices[i].reason, choices[s][i].reason);
        }
    }
}

static void a_file_without_rules_decides_as_none(void **state)
{
    (void)state;
    each_decision(700, ALL_ACTIONS, check_empty);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_masked_excluded_or_filtered_item_is_on_no_rung),
        cmocka_unit_test(what_is_pinned_stands_at_its_place),
        cmocka_unit_test(no_more_are_shown_than_caps_allow),
        cmocka_unit_test(a_decision_is_the_same_each_time),
        cmocka_unit_test(no_boosted_winner_is_lost_by_what_is_left_out),
        cmocka_unit_test(a_file_without_rules_decides_as_none),
    };

    return cmocka_run_group_tests_name("rules_properties", tests, NULL, NULL);
}

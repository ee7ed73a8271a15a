#include "cli/lint/overlap.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/catalogue/offer.h"
#include "engine/policy/zone.h"

enum { LEAVES_MAX = 128, NAME_BYTES = 80, MINUTES_OF_DAY = 24 * 60 };

/* ---- members that must hold together ---- */

typedef struct {
    char name[NAME_BYTES]; /* "country", "item.brand" */
    const char *key;
    const json_t *value;
    bool denied; /* below "not" */
    dyn_json_step_t steps[DYN_CONTRADICTION_STEPS];
    size_t depth;
} leaf_t;

typedef struct {
    leaf_t leaves[LEAVES_MAX];
    size_t count;
    dyn_json_step_t steps[DYN_CONTRADICTION_STEPS];
    size_t depth;
    dyn_contradiction_t *found;
} gathering_t;

static bool is_one_of(const char *name, const char *const *names)
{
    for (; *names != NULL; names++) {
        if (strcmp(name, *names) == 0) {
            return true;
        }
    }

    return false;
}

/* Of these there is one value at a time. */
static const char *const single[] = {"surface",    "slot",       "moment",  "country",
                                     "device",     "weekday",    "item.id", "page.id",
                                     "item.brand", "page.brand", NULL};
static const char *const ranges[] = {"cart_total",    "cart_items",  "events",      "item.price",
                                     "page.price",    "item.margin", "page.margin", "item.stock",
                                     "page.stock",    "item.rating", "page.rating", "item.age_days",
                                     "page.age_days", NULL};
static const char *const flags[] = {"item.on_sale", "page.on_sale", NULL};

static bool has_value(const json_t *values, const json_t *value)
{
    if (!json_is_array(values)) {
        return json_equal((json_t *)values, (json_t *)value) != 0;
    }
    for (size_t i = 0; i < json_array_size(values); i++) {
        if (json_equal(json_array_get(values, i), (json_t *)value) != 0) {
            return true;
        }
    }

    return false;
}

/* Of one value or several: how many are among the others. */
static size_t count_among(const json_t *values, const json_t *others)
{
    size_t count = 0;

    if (!json_is_array(values)) {
        return has_value(others, values);
    }
    for (size_t i = 0; i < json_array_size(values); i++) {
        count += has_value(others, json_array_get(values, i));
    }

    return count;
}

static size_t count_values(const json_t *values)
{
    return json_is_array(values) ? json_array_size(values) : 1;
}

static void range_of(const json_t *value, double *low, double *high)
{
    const json_t *least = json_object_get(value, "min"), *most = json_object_get(value, "max");

    *low = json_is_number(value) ? json_number_value(value)
           : least != NULL       ? json_number_value(least)
                                 : -INFINITY;
    *high = json_is_number(value) ? json_number_value(value)
            : most != NULL        ? json_number_value(most)
                                  : INFINITY;
}

static unsigned minute_of(const json_t *time, const char *key, unsigned standard)
{
    const char *text = json_string_value(json_object_get(time, key));
    unsigned hour, minute;

    return text != NULL && sscanf(text, "%2u:%2u", &hour, &minute) == 2 ? hour * 60 + minute
                                                                        : standard;
}

static bool is_within(const json_t *time, unsigned minute)
{
    unsigned from = minute_of(time, "from", 0), until = minute_of(time, "until", MINUTES_OF_DAY);

    return from <= until ? minute >= from && minute < until : minute >= from || minute < until;
}

static bool cannot_both(const leaf_t *a, const leaf_t *b)
{
    double low_a, high_a, low_b, high_b;

    if (is_one_of(a->name, single)) {
        if (json_is_object(a->value) || json_is_object(b->value) || (a->denied && b->denied)) {
            return false;
        }
        if (a->denied || b->denied) {
            const leaf_t *asked = a->denied ? b : a, *denied = a->denied ? a : b;

            return count_among(asked->value, denied->value) == count_values(asked->value);
        }

        return count_among(a->value, b->value) == 0;
    }
    if (a->denied || b->denied) {
        return false;
    }
    if (is_one_of(a->name, ranges)) {
        if (json_object_get(a->value, "of") != NULL || json_object_get(b->value, "of") != NULL) {
            return false;
        }
        range_of(a->value, &low_a, &high_a);
        range_of(b->value, &low_b, &high_b);

        return low_a > high_b || low_b > high_a;
    }
    if (strcmp(a->name, "time") == 0) {
        for (unsigned minute = 0; minute < MINUTES_OF_DAY; minute++) {
            if (is_within(a->value, minute) && is_within(b->value, minute)) {
                return false;
            }
        }

        return true;
    }

    return is_one_of(a->name, flags) && json_is_true(a->value) != json_is_true(b->value);
}

/* True: the leaf and one before it cannot both hold. */
static bool add_leaf(gathering_t *gathering, const char *prefix, const char *key,
                     const json_t *value, bool denied)
{
    leaf_t *leaf = &gathering->leaves[gathering->count];

    if (gathering->count == LEAVES_MAX || gathering->depth >= DYN_CONTRADICTION_STEPS) {
        return false;
    }
    snprintf(leaf->name, sizeof(leaf->name), "%s%s", prefix, key);
    leaf->key = key;
    leaf->value = value;
    leaf->denied = denied;
    leaf->depth = gathering->depth + 1;
    memcpy(leaf->steps, gathering->steps, gathering->depth * sizeof(leaf->steps[0]));
    leaf->steps[gathering->depth] = (dyn_json_step_t){dyn_str_from(key), 0};
    for (size_t i = 0; i < gathering->count; i++) {
        if (strcmp(gathering->leaves[i].name, leaf->name) == 0 &&
            cannot_both(&gathering->leaves[i], leaf)) {
            memcpy(gathering->found->steps, leaf->steps, leaf->depth * sizeof(leaf->steps[0]));
            gathering->found->depth = leaf->depth;
            gathering->found->name = key;
            return true;
        }
    }
    gathering->count++;

    return false;
}

static bool gather(gathering_t *gathering, const char *prefix, const json_t *object, bool denied);

static bool gather_below(gathering_t *gathering, dyn_json_step_t step, const char *prefix,
                         const json_t *object, bool denied)
{
    bool found = false;

    if (gathering->depth < DYN_CONTRADICTION_STEPS) {
        gathering->steps[gathering->depth++] = step;
        found = gather(gathering, prefix, object, denied);
        gathering->depth--;
    }

    return found;
}

static bool gather(gathering_t *gathering, const char *prefix, const json_t *object, bool denied)
{
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)object, key, value)
    {
        dyn_json_step_t step = {dyn_str_from(key), 0};
        bool found = false;

        if (strcmp(key, "all") == 0) {
            for (size_t i = 0; i < json_array_size(value) && !found; i++) {
                gathering->steps[gathering->depth++] = step;
                found = gather_below(gathering, (dyn_json_step_t){DYN_STR_NONE, i}, prefix,
                                     json_array_get(value, i), denied);
                gathering->depth--;
            }
        } else if (strcmp(key, "item") == 0 || strcmp(key, "page") == 0) {
            char inner[8];

            snprintf(inner, sizeof(inner), "%s.", key);
            found = gather_below(gathering, step, inner, value, denied);
        } else if (strcmp(key, "not") == 0) {
            /* of several members one may fail: which is not certain */
            found = !denied && json_object_size(value) == 1 &&
                    gather_below(gathering, step, prefix, value, true);
        } else {
            found = add_leaf(gathering, prefix, key, value, denied);
        }
        if (found) {
            return true;
        }
    }

    return false;
}

bool dyn_rules_contradiction(const json_t *when, dyn_contradiction_t *found)
{
    gathering_t *gathering = calloc(1, sizeof(*gathering));
    bool contradicts = false;

    if (gathering != NULL) {
        gathering->found = found;
        contradicts = gather(gathering, "", when, false);
    }
    free(gathering);

    return contradicts;
}

/* ---- rules ---- */

bool dyn_rules_asks_for(const json_t *when, const char *member)
{
    static const char *const groups[] = {"all", "any", "not"};

    if (json_object_get(when, member) != NULL) {
        return true;
    }
    for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
        const json_t *group = json_object_get(when, groups[i]);

        if (json_is_object(group) && dyn_rules_asks_for(group, member)) {
            return true;
        }
        for (size_t k = 0; k < json_array_size(group); k++) {
            if (dyn_rules_asks_for(json_array_get(group, k), member)) {
                return true;
            }
        }
    }

    return false;
}

static bool filters(const json_t *rule)
{
    return json_object_get(json_object_get(rule, "then"), "filter") != NULL;
}

bool dyn_rules_hides(const json_t *rule)
{
    return filters(rule) || json_object_get(json_object_get(rule, "then"), "exclude") != NULL;
}

static int64_t time_of(dyn_str_t time_zone, const json_t *rule, const char *key, int64_t standard)
{
    const json_t *value = json_object_get(rule, key);
    int64_t time_ms = standard;

    if (value != NULL) {
        (void)dyn_zone_time(
            time_zone, (dyn_str_t){json_string_value(value), json_string_length(value)}, &time_ms);
    }

    return time_ms;
}

bool dyn_rules_holds_where(dyn_str_t time_zone, const json_t *hiding, const json_t *rule)
{
    const json_t *when = json_object_get(hiding, "when"), *other = json_object_get(rule, "when");
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)when, key, value)
    {
        const json_t *asked = json_object_get(other, key);

        /* shares of visitors depend on the rule's id */
        if (strcmp(key, "percent") == 0) {
            return false;
        }
        if (strcmp(key, "item") != 0 &&
            (asked == NULL || (json_equal(value, (json_t *)asked) == 0 &&
                               count_among(asked, value) < count_values(asked)))) {
            return false;
        }
    }

    return time_of(time_zone, hiding, "from", 0) <= time_of(time_zone, rule, "from", 0) &&
           time_of(time_zone, hiding, "until", DYN_TIME_MS_MAX) >=
               time_of(time_zone, rule, "until", DYN_TIME_MS_MAX);
}

/* ---- rules beside items ---- */

bool dyn_rules_items_open(dyn_rules_items_t *items, const dyn_policy_t *policy, int64_t now_ms)
{
    uint32_t count = 0;
    dyn_condition_t *conditions;

    for (uint32_t i = 0; i < policy->rule_count; i++) {
        uint32_t end = policy->rules[i].when.start + policy->rules[i].when.count;

        count = end > count ? end : count;
    }
    if (policy->blocked.start + policy->blocked.count > count) {
        count = policy->blocked.start + policy->blocked.count;
    }
    *items = (dyn_rules_items_t){.policy = policy, .copy = *policy};
    conditions = malloc((count + 1) * sizeof(*conditions));
    items->copy.conditions = conditions;
    if (conditions == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        conditions[i] = policy->conditions[i];
        conditions[i].subject = DYN_SUBJECT_ITEM;
    }
    items->asking = (dyn_asking_t){.policy = &items->copy,
                                   .snapshot = policy->snapshot,
                                   .context = &items->context,
                                   .page_item = DYN_NONE,
                                   .page_category = DYN_NONE,
                                   .intent = DYN_NONE,
                                   .cart_minor = -1,
                                   .now_ms = now_ms};

    return true;
}

void dyn_rules_items_close(dyn_rules_items_t *items)
{
    free((void *)items->copy.conditions);
    items->copy.conditions = NULL;
}

static const dyn_rule_t *rule_of(const dyn_rules_items_t *items, const json_t *rule)
{
    dyn_str_t id = dyn_str_from(json_string_value(json_object_get(rule, "id")));

    for (uint32_t i = 0; i < items->policy->rule_count; i++) {
        if (dyn_str_equal(items->policy->rules[i].id, id)) {
            return &items->policy->rules[i];
        }
    }

    return NULL;
}

static bool changes(const dyn_condition_t *node)
{
    return node->relation != DYN_RELATION_VALUES || node->field == DYN_ITEM_FIELD_STOCK ||
           node->field == DYN_ITEM_FIELD_AGE_DAYS || node->field == DYN_ITEM_FIELD_ON_SALE;
}

static dyn_verdict_t node_of(const dyn_rules_items_t *items, uint32_t at, dyn_subject_t subject,
                             uint32_t item);

static dyn_verdict_t all_of(const dyn_rules_items_t *items, uint32_t at, uint32_t end,
                            dyn_subject_t subject, uint32_t item)
{
    dyn_verdict_t all = DYN_VERDICT_YES;

    for (; at < end && all != DYN_VERDICT_NO; at = items->policy->conditions[at].end) {
        dyn_verdict_t holds = node_of(items, at, subject, item);

        all = holds == DYN_VERDICT_YES ? all : holds;
    }

    return all;
}

/* What it is of this item, whatever the request: OPEN where it depends on that. */
static dyn_verdict_t node_of(const dyn_rules_items_t *items, uint32_t at, dyn_subject_t subject,
                             uint32_t item)
{
    const dyn_condition_t *node = &items->policy->conditions[at];
    dyn_verdict_t holds = DYN_VERDICT_OPEN;

    switch ((dyn_node_kind_t)node->kind) {
    case DYN_NODE_ALL:
        return all_of(items, at + 1, node->end, subject, item);
    case DYN_NODE_ANY:
        holds = DYN_VERDICT_NO;
        for (uint32_t child = at + 1; child < node->end && holds != DYN_VERDICT_YES;
             child = items->policy->conditions[child].end) {
            dyn_verdict_t of_child = node_of(items, child, subject, item);

            holds = of_child == DYN_VERDICT_NO ? holds : of_child;
        }
        return holds;
    case DYN_NODE_NOT:
        holds = node_of(items, at + 1, subject, item);
        return holds == DYN_VERDICT_OPEN  ? holds
               : holds == DYN_VERDICT_YES ? DYN_VERDICT_NO
                                          : DYN_VERDICT_YES;
    case DYN_NODE_ITEM:
        return node->subject != subject || changes(node)
                   ? DYN_VERDICT_OPEN
                   : dyn_when_holds(&items->asking, (dyn_when_t){at, 1}, item);
    default:
        return DYN_VERDICT_OPEN;
    }
}

static bool some_item(const dyn_rules_items_t *items, uint32_t at, uint32_t end,
                      dyn_subject_t subject)
{
    for (uint32_t item = 0; item < items->policy->snapshot->item_count; item++) {
        if (all_of(items, at, end, subject, item) != DYN_VERDICT_NO &&
            (subject != DYN_SUBJECT_ITEM || dyn_item_in_catalogue(items->policy->snapshot, item))) {
            return true;
        }
    }

    return false;
}

bool dyn_rules_match_nothing(const dyn_rules_items_t *items, const json_t *rule,
                             dyn_subject_t subject)
{
    const dyn_rule_t *compiled = rule_of(items, rule);
    const dyn_condition_t *nodes = items->policy->conditions;
    uint32_t end;

    if (compiled == NULL || items->policy->snapshot == NULL) {
        return false;
    }
    end = compiled->when.start + compiled->when.count;
    if (subject == DYN_SUBJECT_ITEM) {
        return !some_item(items, compiled->when.start, end, subject);
    }
    for (uint32_t at = compiled->when.start; at < end; at = nodes[at].end) {
        if (nodes[at].kind == DYN_NODE_SUBJECT && nodes[at].subject == subject) {
            return !some_item(items, at + 1, nodes[at].end, subject);
        }
    }

    return false;
}

/* The rule is in force: only what it asks of the item is open. rule: NULL: what is blocked. */
static bool hides(const dyn_rules_items_t *items, const dyn_rule_t *rule, bool by_filter,
                  uint32_t item)
{
    const dyn_condition_t *nodes = items->policy->conditions;
    dyn_when_t when = rule != NULL ? rule->when : items->policy->blocked;
    dyn_verdict_t all = DYN_VERDICT_YES;

    for (uint32_t at = when.start; at < when.start + when.count && all != DYN_VERDICT_NO;
         at = nodes[at].end) {
        bool of_request = nodes[at].kind == DYN_NODE_REQUEST || nodes[at].kind == DYN_NODE_SUBJECT;
        dyn_verdict_t holds =
            of_request ? DYN_VERDICT_YES : node_of(items, at, DYN_SUBJECT_ITEM, item);

        all = holds == DYN_VERDICT_YES ? all : holds;
    }

    return all == (by_filter ? DYN_VERDICT_NO : DYN_VERDICT_YES);
}

/* Whether it can be said by the catalogue whether the rule, or "blocked", hides something. */
static bool is_beside_items(const dyn_rules_items_t *items, const json_t *hiding,
                            const dyn_rule_t *rule)
{
    return items->policy->snapshot != NULL &&
           (hiding == NULL ? items->policy->blocked.count > 0 : rule != NULL);
}

bool dyn_rules_hide_item(const dyn_rules_items_t *items, const json_t *hiding, dyn_str_t id)
{
    const dyn_rule_t *rule = hiding == NULL ? NULL : rule_of(items, hiding);
    const json_t *asked = json_object_get(json_object_get(hiding, "when"), "item");
    const json_t *ids = json_object_get(asked, "id");
    uint32_t item;

    if (is_beside_items(items, hiding, rule)) {
        item = dyn_snapshot_find_item(items->policy->snapshot, id, NULL);
        return item != DYN_NONE && hides(items, rule, filters(hiding), item);
    }
    if (ids == NULL || json_object_size(asked) != 1 || filters(hiding)) {
        return false;
    }

    json_t *wanted = json_stringn(id.data, id.len);
    bool found = has_value(ids, wanted);

    json_decref(wanted);

    return found;
}

bool dyn_rules_hide_all(const dyn_rules_items_t *items, const json_t *hiding, const json_t *rule)
{
    const dyn_rule_t *by = hiding == NULL ? NULL : rule_of(items, hiding);
    const dyn_rule_t *of = rule_of(items, rule);
    const dyn_snapshot_t *snapshot = items->policy->snapshot;
    uint32_t count = 0;

    if (of == NULL || !is_beside_items(items, hiding, by)) {
        const json_t *asked = json_object_get(json_object_get(hiding, "when"), "item");

        return asked != NULL && !filters(hiding) &&
               json_equal((json_t *)asked,
                          json_object_get(json_object_get(rule, "when"), "item")) != 0;
    }
    for (uint32_t item = 0; item < snapshot->item_count; item++) {
        if (!dyn_item_in_catalogue(snapshot, item) ||
            all_of(items, of->when.start, of->when.start + of->when.count, DYN_SUBJECT_ITEM,
                   item) == DYN_VERDICT_NO) {
            continue;
        }
        if (!hides(items, by, filters(hiding), item)) {
            return false;
        }
        count++;
    }

    return count > 0;
}

#include "engine/compile/conditions.h"

#include "engine/base/hash.h"
#include "engine/catalogue/traits.h"
#include "engine/compile/faults.h"
#include "engine/compile/values.h"
#include "engine/policy/patterns.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define X(c, n, kind, doc) n,
static const char *const request_names[] = {DYN_REQUEST_FIELDS(X) NULL};
#undef X
#define X(c, n, doc) n,
static const char *const subject_names[] = {DYN_SUBJECTS(X) NULL};
#undef X
#define X(c, n, kind, doc) n,
static const char *const item_names[] = {DYN_ITEM_FIELDS(X) NULL};
#undef X
static const char *const group_names[] = {"all", "any", "not", NULL};
static const char *const relative_names[] = {"page", "cart", NULL};
static const char *const weekday_names[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun", NULL};
static const char *const visitor_names[] = {"new", "returning", "high_intent", NULL};
#define X(c, n) n,
static const char *const moment_names[] = {DYN_MOMENTS(X) NULL};
static const char *const device_names[] = {DYN_DEVICES(X) NULL};
#undef X

typedef struct {
    const char *const *table;
    const char *what;
} table_t;

typedef struct {
    const char *name; /* of the trait */
} trait_t;

static bool compile_item_members(dyn_compiler_t *compiler, dyn_subject_t subject,
                                 const json_t *object, int nested);

static int rising(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;

    return (left > right) - (left < right);
}

uint32_t dyn_condition_add(dyn_compiler_t *compiler, dyn_node_kind_t kind, uint8_t field,
                           uint8_t subject)
{
    const dyn_condition_t node = {.kind = (uint8_t)kind,
                                  .field = field,
                                  .subject = subject,
                                  .values_start = compiler->values.count,
                                  .low = -INFINITY,
                                  .high = INFINITY};

    (void)DYN_PUT(compiler, conditions, &node);

    return compiler->conditions.count - 1;
}

static dyn_condition_t *node_at(dyn_compiler_t *compiler, uint32_t node)
{
    return DYN_ROW(compiler, conditions, dyn_condition_t, node);
}

bool dyn_condition_end(dyn_compiler_t *compiler, uint32_t node)
{
    if (compiler->out_of_memory) {
        return dyn_compile_fault(compiler, "there is not enough memory");
    }

    dyn_condition_t *row = node_at(compiler, node);

    row->end = compiler->conditions.count;

    return true;
}

void dyn_condition_end_values(dyn_compiler_t *compiler, uint32_t node, bool sorted)
{
    if (compiler->out_of_memory) {
        return;
    }

    dyn_condition_t *row = node_at(compiler, node);

    row->values_count = compiler->values.count - row->values_start;
    if (sorted && row->values_count > 1) {
        qsort(DYN_ROW(compiler, values, uint32_t, row->values_start), row->values_count,
              sizeof(uint32_t), rising);
    }
}

static bool take_of_table(dyn_compiler_t *compiler, const json_t *value, void *context)
{
    const table_t *table = context;
    uint32_t number = 0;

    if (!dyn_take_name(compiler, value, table->table, table->what, &number)) {
        return false;
    }
    dyn_compiler_add_value(compiler, number);

    return true;
}

static bool take_string(dyn_compiler_t *compiler, const json_t *value, void *context)
{
    dyn_str_t text;

    (void)context;
    if (!dyn_take_text(compiler, value, DYN_VALUE_BYTES_MAX, &text)) {
        return false;
    }
    dyn_compiler_add_value(compiler, dyn_compiler_add_string(compiler, text));

    return true;
}

static bool take_pattern(dyn_compiler_t *compiler, const json_t *value, void *context)
{
    static const char *const kinds[] = {"words", "matches", NULL};
    const dyn_names_t names = {{kinds}, 1};
    dyn_pattern_kind_t kind = compiler->plain_words ? DYN_PATTERN_WORDS : DYN_PATTERN_EQUALS;
    const char *key = NULL;
    size_t at;
    dyn_error_t error;
    uint32_t number = 0;
    dyn_str_t text;

    (void)context;
    if (json_is_object(value)) {
        void *member = json_object_iter((json_t *)value);

        if (member == NULL || json_object_size(value) != 1) {
            return dyn_compile_fault(
                compiler, "write {\"words\": \"...\"}, {\"matches\": \"...\"} or a text");
        }
        key = json_object_iter_key(member);
        value = json_object_iter_value(member);
        dyn_enter_member(&compiler->path, key);
        if (strcmp(key, "words") != 0 && strcmp(key, "matches") != 0) {
            return dyn_compile_unknown(compiler, key, "way to ask of a text", &names, true);
        }
        kind = strcmp(key, "words") == 0 ? DYN_PATTERN_WORDS : DYN_PATTERN_MATCHES;
    }
    if (!dyn_take_text(compiler, value, DYN_PATTERN_BYTES_MAX, &text)) {
        return false;
    }
    /* what contents look for, and the built-in file, has room of its own */
    if (!compiler->plain_words && !compiler->of_below &&
        compiler->pattern_count++ == DYN_RULES_PATTERNS_MAX) {
        return dyn_compile_fault(
            compiler,
            "the file looks for more than %d texts: look for several by one expression, "
            "as {\"matches\": \"rain|snow\"}",
            DYN_RULES_PATTERNS_MAX);
    }
    if (!dyn_patterns_add(compiler->memory->patterns, kind, text, &number, &at, &error)) {
        return dyn_compile_fault_at(compiler, false, at, error.text);
    }
    dyn_compiler_add_value(compiler, number);
    if (key != NULL) {
        dyn_leave(&compiler->path);
    }

    return true;
}

static bool take_category(dyn_compiler_t *compiler, const json_t *value, void *context)
{
    dyn_str_t text;
    uint32_t category;

    (void)context;
    if (!dyn_take_text(compiler, value, DYN_STRING_BYTES_MAX, &text)) {
        return false;
    }
    if (compiler->snapshot != NULL &&
        (category = dyn_snapshot_find_category(compiler->snapshot, text)) != DYN_NONE) {
        dyn_compiler_add_value(compiler, category);
    }

    return true;
}

static bool take_brand(dyn_compiler_t *compiler, const json_t *value, void *context)
{
    dyn_str_t text;
    uint32_t brand;

    (void)context;
    if (!dyn_take_text(compiler, value, DYN_STRING_BYTES_MAX, &text)) {
        return false;
    }
    if (compiler->snapshot != NULL &&
        (brand = dyn_brand_find(compiler->snapshot, text)) != DYN_NONE) {
        dyn_compiler_add_value(compiler, brand);
    }

    return true;
}

static bool take_trait(dyn_compiler_t *compiler, const json_t *value, void *context)
{
    const trait_t *trait = context;
    char room[64];
    dyn_str_t text = dyn_text_of(value);
    uint32_t number = 0;

    if (json_is_number(value)) {
        snprintf(room, sizeof(room), "%.10g", json_number_value(value));
        text = dyn_str_from(room);
    } else if (json_is_true(value)) {
        text = DYN_STR("yes");
    } else if (!json_is_string(value) || text.len == 0) {
        return dyn_compile_fault(compiler, "a value is needed here: a text, a number or true");
    }
    if (compiler->snapshot != NULL &&
        (number = dyn_trait_find(compiler->snapshot, dyn_str_from(trait->name), text)) !=
            DYN_NONE) {
        dyn_compiler_add_value(compiler, number);
    }

    return true;
}

static bool take_range(dyn_compiler_t *compiler, const json_t *value, const char *beside,
                       double *low, double *high)
{
    static const char *const members[] = {"min", "max", NULL};
    const char *const other[] = {beside, NULL};
    const dyn_names_t names = {{members, other}, beside != NULL ? 2 : 1};
    const char *key;
    json_t *bound;
    bool good = true;

    if (json_is_number(value)) {
        *low = *high = json_number_value(value);
        return true;
    }
    if (!json_is_object(value) || json_object_size(value) == 0) {
        return dyn_compile_fault(compiler, "write a number, or {\"min\": ..., \"max\": ...}");
    }
    json_object_foreach((json_t *)value, key, bound)
    {
        dyn_enter_member(&compiler->path, key);
        if (strcmp(key, "min") == 0) {
            good = dyn_take_number(compiler, bound, -1e12, 1e12, low);
        } else if (strcmp(key, "max") == 0) {
            good = dyn_take_number(compiler, bound, -1e12, 1e12, high);
        } else if (beside == NULL || strcmp(key, beside) != 0) {
            good = dyn_compile_unknown(compiler, key, "bound", &names, true);
        }
        if (!good) {
            return false;
        }
        dyn_leave(&compiler->path);
    }

    return *low <= *high ||
           dyn_compile_fault(compiler, "min is above max, so that nothing fits: exchange them");
}

static bool take_minutes(dyn_compiler_t *compiler, const json_t *object, const char *key, bool end,
                         double *minutes)
{
    json_t *value = json_object_get(object, key);
    dyn_str_t text = dyn_text_of(value);
    unsigned hour, minute;
    char rest;

    if (value == NULL) {
        return true;
    }
    dyn_enter_member(&compiler->path, key);
    if (!json_is_string(value) || text.len != 5 ||
        sscanf(text.data, "%2u:%2u%c", &hour, &minute, &rest) != 2 || minute > 59 || hour > 24 ||
        hour * 60 + minute > (end ? 1440u : 1439u)) {
        return dyn_compile_fault(compiler, "a time of day is written \"18:30\", from 00:00 to %s",
                                 end ? "24:00" : "23:59");
    }
    *minutes = hour * 60.0 + minute;
    dyn_leave(&compiler->path);

    return true;
}

static bool take_time_of_day(dyn_compiler_t *compiler, const json_t *value, dyn_condition_t *node)
{
    static const char *const members[] = {"from", "until", NULL};
    const dyn_names_t names = {{members}, 1};
    double low = 0, high = 24 * 60;

    if (!json_is_object(value) || json_object_size(value) == 0) {
        return dyn_compile_fault(compiler, "write {\"from\": \"18:00\", \"until\": \"23:00\"}");
    }
    if (!dyn_take_members(compiler, value, "member of a time of day", &names) ||
        !take_minutes(compiler, value, "from", false, &low) ||
        !take_minutes(compiler, value, "until", true, &high)) {
        return false;
    }
    node->low = low;
    node->high = high;

    return low != high ||
           dyn_compile_fault(compiler, "from and until are the same, so that no time fits");
}

/* "tents" or "tents:b" */
static bool take_variant(dyn_compiler_t *compiler, const json_t *value, void *context)
{
    dyn_str_t text = dyn_text_of(value);
    uint32_t before = compiler->values.count;

    (void)context;
    for (uint32_t i = 0; i < compiler->experiments.count; i++) {
        const dyn_experiment_t *experiment = DYN_ROW(compiler, experiments, dyn_experiment_t, i);

        for (uint32_t k = 0; k < experiment->variants_count; k++) {
            uint32_t number = experiment->variants_start + k;
            const dyn_experiment_variant_t *variant =
                DYN_ROW(compiler, variants, dyn_experiment_variant_t, number);
            size_t length = experiment->id.len;

            if (dyn_str_equal(text, experiment->id) ||
                (text.len == length + 1 + variant->id.len && text.data[length] == ':' &&
                 dyn_str_equal((dyn_str_t){text.data, length}, experiment->id) &&
                 dyn_str_equal((dyn_str_t){text.data + length + 1, variant->id.len},
                               variant->id))) {
                dyn_compiler_add_value(compiler, number);
            }
        }
    }

    return compiler->values.count > before ||
           dyn_compile_fault(compiler,
                             "\"%.64s\" is no experiment of this file that stands before, and no "
                             "variant of one: write \"EXPERIMENT\" or \"EXPERIMENT:VARIANT\"",
                             text.len > 0 ? text.data : "");
}

static bool take_flag_name(dyn_compiler_t *compiler, const json_t *value, void *context)
{
    dyn_flag_t row = {.percent = 100};

    (void)context;
    for (uint32_t i = 0; i < compiler->flags.count; i++) {
        if (dyn_str_equal(DYN_ROW(compiler, flags, dyn_flag_t, i)->name, dyn_text_of(value))) {
            dyn_compiler_add_value(compiler, i);
            return true;
        }
    }

    if (compiler->memory->features == NULL) {
        return dyn_compile_fault(
            compiler,
            "\"%.64s\" is no flag of this file that stands before: write it into "
            "\"flags\"; a feature of GrowthBook needs its payload (dynstore_features, "
            "--features)",
            json_is_string(value) ? json_string_value(value) : "");
    }
    /* a feature of the payload */
    if (!dyn_take_text(compiler, value, DYN_RULE_ID_BYTES_MAX, &row.name)) {
        return false;
    }
    row.feature = dyn_compiler_ask_feature(compiler, row.name);
    row.name = dyn_compiler_copy(compiler, row.name);
    dyn_compiler_add_value(compiler, compiler->flags.count);

    return DYN_PUT(compiler, flags, &row);
}

bool dyn_compile_request(dyn_compiler_t *compiler, dyn_request_field_t field, const json_t *value)
{
    uint32_t node = dyn_condition_add(compiler, DYN_NODE_REQUEST, (uint8_t)field, 0);
    table_t table = {NULL, NULL};
    bool good = true, sorted = true;
    dyn_condition_t bounds = {.low = -INFINITY, .high = INFINITY};
    double percent = 0;

    switch (field) {
    case DYN_REQUEST_FIELD_SURFACE:
        table = (table_t){dyn_surface_names, "surface"};
        break;
    case DYN_REQUEST_FIELD_MOMENT:
        table = (table_t){moment_names, "moment"};
        break;
    case DYN_REQUEST_FIELD_DEVICE:
        table = (table_t){device_names, "device"};
        break;
    case DYN_REQUEST_FIELD_VISITOR:
        table = (table_t){visitor_names, "kind of visitor"};
        break;
    case DYN_REQUEST_FIELD_WEEKDAY:
        table = (table_t){weekday_names, "weekday"};
        break;
    case DYN_REQUEST_FIELD_COUNTRY:
        good = dyn_take_each(compiler, value, dyn_take_country, NULL);
        break;
    case DYN_REQUEST_FIELD_INTENT:
        good = dyn_take_each(compiler, value, take_category, NULL);
        break;
    case DYN_REQUEST_FIELD_SLOT:
        good = dyn_take_each(compiler, value, dyn_take_slot, NULL);
        break;
    case DYN_REQUEST_FIELD_LANGUAGE:
    case DYN_REQUEST_FIELD_SEGMENT:
    case DYN_REQUEST_FIELD_TIER:
    case DYN_REQUEST_FIELD_ROLE:
    case DYN_REQUEST_FIELD_CUSTOMER_TAG:
        good = dyn_take_each(compiler, value, take_string, NULL);
        break;
    case DYN_REQUEST_FIELD_CART_TOTAL:
    case DYN_REQUEST_FIELD_CART_ITEMS:
    case DYN_REQUEST_FIELD_EVENTS:
        good = take_range(compiler, value, NULL, &bounds.low, &bounds.high);
        break;
    case DYN_REQUEST_FIELD_TIME:
        good = take_time_of_day(compiler, value, &bounds);
        break;
    case DYN_REQUEST_FIELD_PERCENT:
        good = dyn_take_number(compiler, value, 0, 100, &percent);
        bounds.high = good ? percent : 0;
        dyn_compiler_add_value(compiler,
                               (uint32_t)dyn_hash64(compiler->rule_id.data, compiler->rule_id.len));
        break;
    case DYN_REQUEST_FIELD_EXPERIMENT:
        good = dyn_take_each(compiler, value, take_variant, NULL);
        break;
    case DYN_REQUEST_FIELD_FLAG:
        good = dyn_take_each(compiler, value, take_flag_name, NULL);
        break;
    default:
        if (field == DYN_REQUEST_FIELD_PATH && compiler->policy != NULL) {
            compiler->policy->asks_path = true;
        }
        sorted = false;
        good = dyn_take_each(compiler, value, take_pattern, NULL);
        break;
    }
    if (table.table != NULL) {
        good = dyn_take_each(compiler, value, take_of_table, &table);
    }
    if (!good || compiler->out_of_memory) {
        return good && dyn_compile_fault(compiler, "there is not enough memory");
    }
    node_at(compiler, node)->low = bounds.low;
    node_at(compiler, node)->high = bounds.high;
    dyn_condition_end_values(compiler, node, sorted);

    return dyn_condition_end(compiler, node);
}

/* {"same_as": "page"}, {"other_than": "cart"}; false without a fault (*relation stays VALUES) when it is neither. */
static bool take_relation(dyn_compiler_t *compiler, const json_t *value, dyn_relation_t *relation,
                          uint32_t *relative_to)
{
    static const char *const members[] = {"same_as", "other_than", NULL};
    const dyn_names_t names = {{members}, 1};
    void *member = json_object_iter((json_t *)value);
    uint32_t place = 0, number = 0;

    if (json_object_size(value) != 1) {
        return dyn_compile_fault(compiler,
                                 "write {\"same_as\": \"page\"} or {\"other_than\": \"cart\"}");
    }

    const char *key = json_object_iter_key(member);

    dyn_enter_member(&compiler->path, key);
    if (!dyn_find_name(members, key, &number)) {
        return dyn_compile_unknown(compiler, key, "relation", &names, true);
    }
    if (!dyn_take_name(compiler, json_object_iter_value(member), relative_names,
                       "thing to compare with", &place)) {
        return false;
    }
    dyn_leave(&compiler->path);
    *relation = number == 0 ? DYN_RELATION_SAME_AS : DYN_RELATION_OTHER_THAN;
    *relative_to = place == 0 ? DYN_SUBJECT_PAGE : DYN_SUBJECT_CART;

    return true;
}

bool dyn_compile_item_field(dyn_compiler_t *compiler, dyn_subject_t subject, dyn_item_field_t field,
                            const char *trait_name, const json_t *value)
{
    uint32_t node = dyn_condition_add(compiler, DYN_NODE_ITEM, (uint8_t)field, (uint8_t)subject);
    dyn_relation_t relation = DYN_RELATION_VALUES;
    uint32_t relative_to = 0;
    double low = -INFINITY, high = INFINITY;
    trait_t trait = {trait_name};
    bool good = true, flag;

    switch (field) {
    case DYN_ITEM_FIELD_ID:
        good = dyn_take_each(compiler, value, dyn_take_item, NULL);
        break;
    case DYN_ITEM_FIELD_CATEGORY:
    case DYN_ITEM_FIELD_BRAND:
        good =
            json_is_object(value)
                ? take_relation(compiler, value, &relation, &relative_to)
                : dyn_take_each(compiler, value,
                                field == DYN_ITEM_FIELD_BRAND ? take_brand : take_category, NULL);
        break;
    case DYN_ITEM_FIELD_TAG:
    case DYN_ITEM_FIELD_AUDIENCE:
    case DYN_ITEM_FIELD_ATTRIBUTE:
        good = dyn_take_each(compiler, value, take_trait, &trait);
        break;
    case DYN_ITEM_FIELD_PRICE:
        if (json_is_object(value) && json_object_get(value, "of") != NULL) {
            relation = DYN_RELATION_SHARE_OF;
            dyn_enter_member(&compiler->path, "of");
            good = dyn_take_name(compiler, json_object_get(value, "of"), relative_names,
                                 "thing to compare with", &relative_to);
            if (good) {
                dyn_leave(&compiler->path);
                relative_to = relative_to == 0 ? DYN_SUBJECT_PAGE : DYN_SUBJECT_CART;
                good = json_object_size(value) > 1 ||
                       dyn_compile_fault(compiler,
                                         "write beside \"of\" the least or largest share: {\"of\": "
                                         "\"page\", \"max\": 1.5}");
            }
        }
        good = good && take_range(compiler, value, "of", &low, &high);
        break;
    case DYN_ITEM_FIELD_ON_SALE:
        good = dyn_take_bool(compiler, value, &flag);
        low = flag ? 1 : 0;
        break;
    default:
        good = take_range(compiler, value, NULL, &low, &high);
        break;
    }
    if (!good || compiler->out_of_memory) {
        return good && dyn_compile_fault(compiler, "there is not enough memory");
    }
    if (relation == DYN_RELATION_VALUES || relation == DYN_RELATION_SHARE_OF) {
        node_at(compiler, node)->low = low;
        node_at(compiler, node)->high = high;
    }
    node_at(compiler, node)->relation = (uint8_t)relation;
    node_at(compiler, node)->relative_to = (uint8_t)relative_to;
    dyn_condition_end_values(compiler, node, true);

    return dyn_condition_end(compiler, node);
}

static bool compile_attributes(dyn_compiler_t *compiler, dyn_subject_t subject, const json_t *value)
{
    const char *key;
    json_t *wanted;

    if (!json_is_object(value) || json_object_size(value) == 0) {
        return dyn_compile_fault(compiler,
                                 "write the attribute's name and value: {\"material\": \"wool\"}");
    }
    json_object_foreach((json_t *)value, key, wanted)
    {
        dyn_enter_member(&compiler->path, key);
        if (!dyn_compile_item_field(compiler, subject, DYN_ITEM_FIELD_ATTRIBUTE, key, wanted)) {
            return false;
        }
        dyn_leave(&compiler->path);
    }

    return true;
}

/* "all", "any" or "not". */
static bool compile_group(dyn_compiler_t *compiler, const char *key, const json_t *value,
                          dyn_subject_t subject, dyn_members_fn members, int nested)
{
    dyn_node_kind_t kind = strcmp(key, "all") == 0   ? DYN_NODE_ALL
                           : strcmp(key, "any") == 0 ? DYN_NODE_ANY
                                                     : DYN_NODE_NOT;
    uint32_t node = dyn_condition_add(compiler, kind, 0, 0), inner;

    if (kind == DYN_NODE_NOT) {
        if (!dyn_take_object(compiler, value, "\"not\"")) {
            return false;
        }
        inner = dyn_condition_add(compiler, DYN_NODE_ALL, 0, 0);

        return members(compiler, subject, value, nested) && dyn_condition_end(compiler, inner) &&
               dyn_condition_end(compiler, node);
    }
    if (!json_is_array(value) || json_array_size(value) == 0) {
        return dyn_compile_fault(compiler, "\"%s\" must be a list of conditions: [{...}, {...}]",
                                 key);
    }
    for (size_t i = 0; i < json_array_size(value); i++) {
        dyn_enter_element(&compiler->path, i);
        inner = dyn_condition_add(compiler, DYN_NODE_ALL, 0, 0);
        if (!dyn_take_object(compiler, json_array_get(value, i), "a condition") ||
            !members(compiler, subject, json_array_get(value, i), nested) ||
            !dyn_condition_end(compiler, inner)) {
            return false;
        }
        dyn_leave(&compiler->path);
    }

    return dyn_condition_end(compiler, node);
}

static bool too_deep(dyn_compiler_t *compiler, int nested)
{
    return nested >= DYN_RULES_DEPTH_MAX &&
           !dyn_compile_fault(compiler, "conditions nest more than %d deep here",
                              DYN_RULES_DEPTH_MAX);
}

static bool compile_item_members(dyn_compiler_t *compiler, dyn_subject_t subject,
                                 const json_t *object, int nested)
{
    const dyn_names_t names = {{item_names, group_names}, 2};
    const char *key;
    json_t *value;

    if (too_deep(compiler, nested)) {
        return false;
    }
    json_object_foreach((json_t *)object, key, value)
    {
        uint32_t number = 0;
        bool good;

        dyn_enter_member(&compiler->path, key);
        if (dyn_find_name(group_names, key, &number)) {
            good = compile_group(compiler, key, value, subject, compile_item_members, nested + 1);
        } else if (!dyn_find_name(item_names, key, &number)) {
            good = dyn_compile_unknown(compiler, key, "field of an item", &names, true);
        } else if (number == DYN_ITEM_FIELD_ATTRIBUTE) {
            good = compile_attributes(compiler, subject, value);
        } else {
            good = dyn_compile_item_field(compiler, subject, (dyn_item_field_t)number,
                                          number == DYN_ITEM_FIELD_AUDIENCE ? "audience" : "tag",
                                          value);
        }
        if (!good) {
            return false;
        }
        dyn_leave(&compiler->path);
    }

    return true;
}

static bool compile_subject(dyn_compiler_t *compiler, dyn_subject_t subject, const json_t *value,
                            int nested)
{
    uint32_t node = DYN_NONE;

    if (!json_is_object(value) || json_object_size(value) == 0) {
        return dyn_compile_fault(compiler, "write what the item is like: {\"brand\": \"...\"}");
    }
    if (subject != DYN_SUBJECT_ITEM) {
        node = dyn_condition_add(compiler, DYN_NODE_SUBJECT, 0, (uint8_t)subject);
    }

    return compile_item_members(compiler, subject, value, nested) &&
           (node == DYN_NONE || dyn_condition_end(compiler, node));
}

bool dyn_compile_request_member(dyn_compiler_t *compiler, dyn_subject_t subject, const char *key,
                                const json_t *value, int nested)
{
    const dyn_names_t names = {{request_names, subject_names, group_names}, 3};
    uint32_t number = 0;

    if (dyn_find_name(group_names, key, &number)) {
        return compile_group(compiler, key, value, subject, dyn_compile_request_members,
                             nested + 1);
    }
    if (dyn_find_name(request_names, key, &number)) {
        return dyn_compile_request(compiler, (dyn_request_field_t)number, value);
    }
    if (dyn_find_name(subject_names, key, &number)) {
        return compile_subject(compiler, (dyn_subject_t)number, value, nested + 1);
    }

    return dyn_compile_unknown(compiler, key, "condition", &names, true);
}

bool dyn_compile_request_members(dyn_compiler_t *compiler, dyn_subject_t subject,
                                 const json_t *object, int nested)
{
    const char *key;
    json_t *value;

    if (too_deep(compiler, nested)) {
        return false;
    }
    json_object_foreach((json_t *)object, key, value)
    {
        dyn_enter_member(&compiler->path, key);
        if (!dyn_compile_request_member(compiler, subject, key, value, nested)) {
            return false;
        }
        dyn_leave(&compiler->path);
    }

    return true;
}

bool dyn_compile_when(dyn_compiler_t *compiler, const json_t *value, dyn_members_fn members,
                      dyn_when_t *when)
{
    when->start = compiler->conditions.count;
    when->count = 0;
    if (value == NULL) {
        return true;
    }
    if (!dyn_take_object(compiler, value, "a condition") ||
        !members(compiler, DYN_SUBJECT_ITEM, value, 0)) {
        return false;
    }
    when->count = compiler->conditions.count - when->start;

    return true;
}

bool dyn_condition_asks_for_candidate(dyn_compiler_t *compiler, dyn_when_t when)
{
    for (uint32_t i = 0; i < when.count; i++) {
        const dyn_condition_t *node = node_at(compiler, when.start + i);

        if (node->kind == DYN_NODE_ITEM && node->subject == DYN_SUBJECT_ITEM) {
            return true;
        }
    }

    return false;
}

bool dyn_compile_scope(dyn_compiler_t *compiler, const json_t *value, const char *what,
                       dyn_when_t *when)
{
    dyn_enter_member(&compiler->path, "when");
    if (!dyn_compile_when(compiler, value, dyn_compile_request_members, when)) {
        return false;
    }
    for (uint32_t i = 0; i < when->count; i++) {
        const dyn_condition_t *node = node_at(compiler, when->start + i);

        if ((node->kind == DYN_NODE_ITEM && node->subject == DYN_SUBJECT_ITEM) ||
            (node->kind == DYN_NODE_REQUEST && node->field == DYN_REQUEST_FIELD_SLOT)) {
            return dyn_compile_fault(
                compiler, "%s holds for a page as a whole: it cannot ask for \"item\" or \"slot\"",
                what);
        }
    }
    dyn_leave(&compiler->path);

    return true;
}

bool dyn_compile_blocked(dyn_compiler_t *compiler, const json_t *value)
{
    return dyn_compile_when(compiler, value, compile_item_members, &compiler->policy->blocked);
}

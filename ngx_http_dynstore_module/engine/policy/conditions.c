#include "engine/policy/conditions.h"

#include "engine/experiment/assign.h"

#include "engine/base/hash.h"
#include "engine/base/money.h"
#include "engine/catalogue/offer.h"
#include "engine/policy/patterns.h"

#include <math.h>

static const double day_ms = 86400000;
/* Percent are told apart to the hundredth. */
enum { STEPS_IN_PERCENT = 100, PERCENT_STEPS = 100 * STEPS_IN_PERCENT };

/* What is asked, with the item that it is asked about. */
typedef struct {
    const dyn_asking_t *asking;
    uint32_t candidate; /* DYN_NONE: not given */
    bool of_subject;    /* below a SUBJECT: the item is given, */
    uint32_t
        subject; /* and is this one; DYN_NONE: a listing, of which only the category is known */
} question_t;

static dyn_verdict_t verdict(bool holds)
{
    return holds ? DYN_VERDICT_YES : DYN_VERDICT_NO;
}

/* ---- values ---- */

static bool names(const dyn_asking_t *asking, const dyn_condition_t *node, uint32_t number)
{
    const uint32_t *values = asking->policy->values + node->values_start;
    uint32_t low = 0, high = node->values_count;

    if (number == DYN_NONE) {
        return false;
    }
    /* values rise */
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (values[middle] == number) {
            return true;
        }
        if (values[middle] < number) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }

    return false;
}

static bool names_any(const dyn_asking_t *asking, const dyn_condition_t *node,
                      dyn_numbers_t numbers)
{
    const uint32_t *values = asking->policy->values + node->values_start;

    /* an item has some traits, a condition names one or two */
    for (uint32_t i = 0, at = 0; i < node->values_count; i++) {
        while (at < numbers.count && numbers.numbers[at] < values[i]) {
            at++;
        }
        if (at < numbers.count && numbers.numbers[at] == values[i]) {
            return true;
        }
    }

    return false;
}

static bool names_category(const dyn_asking_t *asking, const dyn_condition_t *node,
                           uint32_t category)
{
    for (; category != DYN_NONE; category = asking->snapshot->categories[category].parent) {
        if (names(asking, node, category)) {
            return true;
        }
    }

    return false;
}

static bool names_text(const dyn_asking_t *asking, const dyn_condition_t *node, dyn_str_t text)
{
    for (uint32_t i = 0; i < node->values_count; i++) {
        uint32_t string = asking->policy->values[node->values_start + i];

        if (dyn_str_equal(asking->policy->strings[string], text)) {
            return true;
        }
    }

    return false;
}

static bool in_range(const dyn_condition_t *node, double value)
{
    return value >= node->low && value <= node->high;
}

/* In the major unit: the division rounds as reading what is written does. */
static double major(int64_t minor, const char *currency)
{
    static const double units[] = {1, 10, 100, 1000, 10000};
    unsigned exponent = dyn_money_exponent(dyn_str_from(currency));

    return (double)minor / units[exponent < 4 ? exponent : 4];
}

/* ---- the request ---- */

static bool is_pattern(const dyn_condition_t *node)
{
    return node->kind == DYN_NODE_REQUEST &&
           ((node->field >= DYN_REQUEST_FIELD_CAMPAIGN &&
             node->field <= DYN_REQUEST_FIELD_REFERRER) ||
            node->field == DYN_REQUEST_FIELD_SEARCH || node->field == DYN_REQUEST_FIELD_PATH);
}

/* Whole: who comes by another ad comes by that one alone. */
static const dyn_entry_t *entry_of(const dyn_asking_t *asking)
{
    const dyn_entry_t *entry = &asking->context->entry;

    return asking->session == NULL || entry->source.len + entry->medium.len + entry->campaign.len +
                                              entry->term.len + entry->content.len +
                                              entry->referrer.len >
                                          0
               ? entry
               : &asking->session->entry;
}

static dyn_str_t text_of(const dyn_asking_t *asking, uint8_t field)
{
    switch (field) {
    case DYN_REQUEST_FIELD_CAMPAIGN:
        return entry_of(asking)->campaign;
    case DYN_REQUEST_FIELD_SOURCE:
        return entry_of(asking)->source;
    case DYN_REQUEST_FIELD_MEDIUM:
        return entry_of(asking)->medium;
    case DYN_REQUEST_FIELD_KEYWORD:
        return entry_of(asking)->term;
    case DYN_REQUEST_FIELD_AD_CONTENT:
        return entry_of(asking)->content;
    case DYN_REQUEST_FIELD_REFERRER:
        return entry_of(asking)->referrer;
    case DYN_REQUEST_FIELD_PATH:
        return asking->context->path;
    default:
        return asking->search;
    }
}

/* A text that is not there has nothing. What is there is matched once. */
static bool has_pattern(const dyn_asking_t *asking, const dyn_condition_t *node)
{
    dyn_str_t text = text_of(asking, node->field);

    for (uint32_t i = 0; text.len > 0 && i < node->values_count; i++) {
        uint32_t pattern = asking->policy->values[node->values_start + i];
        uint64_t bit = (uint64_t)1 << pattern % 64;

        if ((asking->pattern_known[pattern / 64] & bit) == 0) {
            asking->pattern_known[pattern / 64] |= bit;
            if (dyn_pattern_fits(asking->policy->patterns, pattern, text, asking->pattern_steps)) {
                asking->pattern_found[pattern / 64] |= bit;
            }
        }
        if ((asking->pattern_found[pattern / 64] & bit) != 0) {
            return true;
        }
    }

    return false;
}

/* A cookie alone says so on the first page only: from the second on everybody has one, and the session remembers. */
static bool is_returning(const dyn_asking_t *asking)
{
    return asking->session != NULL && asking->session->event_count > 0 ? asking->session->returning
                                                                       : asking->context->returning;
}

static bool is_visitor(const dyn_asking_t *asking, const dyn_condition_t *node)
{
    const dyn_session_t *session = asking->session;

    if (session == NULL) {
        return false;
    }

    bool high_intent = session->cart_count > 0 || asking->moment == DYN_MOMENT_COMPARISON ||
                       asking->moment == DYN_MOMENT_HESITATION ||
                       asking->moment == DYN_MOMENT_CHECKOUT;

    return names(asking, node, is_returning(asking) ? DYN_VISITOR_RETURNING : DYN_VISITOR_NEW) ||
           (high_intent && names(asking, node, DYN_VISITOR_HIGH_INTENT));
}

/* "de" is also true of "de-AT". */
static bool is_language(const dyn_asking_t *asking, const dyn_condition_t *node)
{
    dyn_str_t language = asking->context->language;

    for (uint32_t i = 0; i < node->values_count; i++) {
        dyn_str_t asked = asking->policy->strings[asking->policy->values[node->values_start + i]];

        if (asked.len > 0 && asked.len <= language.len &&
            (asked.len == language.len || language.data[asked.len] == '-') &&
            dyn_str_equal_nocase(asked, (dyn_str_t){language.data, asked.len})) {
            return true;
        }
    }

    return false;
}

static bool has_attribute(const dyn_asking_t *asking, const dyn_condition_t *node, dyn_str_t name)
{
    const dyn_attributes_t *attributes = &asking->context->attributes;

    for (size_t i = 0; i < attributes->count; i++) {
        if (dyn_str_equal(attributes->rows[i].name, name) &&
            names_text(asking, node, attributes->rows[i].value)) {
            return true;
        }
    }

    return false;
}

static bool cart_costs(const dyn_asking_t *asking, const dyn_condition_t *node)
{
    const char *currency = "";

    if (asking->session == NULL || asking->cart_minor < 0) {
        return false;
    }
    for (uint32_t i = 0; i < asking->session->cart_count && currency[0] == '\0'; i++) {
        currency =
            dyn_item_asked_price(asking->snapshot, asking->session->cart[i].item, asking->now_ms)
                .currency;
    }

    return in_range(node, major(asking->cart_minor, currency));
}

static bool is_now(const dyn_asking_t *asking, const dyn_condition_t *node)
{
    double minute = asking->minute;

    if (node->field == DYN_REQUEST_FIELD_WEEKDAY) {
        return names(asking, node, asking->weekday);
    }

    return node->low <= node->high ? minute >= node->low && minute < node->high
                                   : minute >= node->low || minute < node->high;
}

static bool is_among(const dyn_asking_t *asking, const dyn_condition_t *node)
{
    if (asking->context->visitor == 0 || node->values_count == 0) {
        return false;
    }

    uint64_t hash = dyn_hash64_seeded(&asking->context->visitor, sizeof(asking->context->visitor),
                                      asking->policy->values[node->values_start]);

    return (double)(hash % PERCENT_STEPS) < node->high * STEPS_IN_PERCENT;
}

bool dyn_experiment_has_slot(const dyn_policy_t *policy, const dyn_experiment_t *experiment,
                             dyn_str_t slot)
{
    bool has = experiment->slots_count == 0;

    for (uint32_t i = 0; !has && i < experiment->slots_count; i++) {
        has = dyn_str_equal(policy->strings[policy->values[experiment->slots_start + i]], slot);
    }

    return has;
}

static bool has_variant(const dyn_asking_t *asking, const dyn_condition_t *node)
{
    for (uint32_t i = 0; i < asking->assignment_count; i++) {
        const dyn_assignment_t *assignment = &asking->assignments[i];

        if (names(asking, node, assignment->variant) &&
            dyn_experiment_has_slot(asking->policy,
                                    &asking->policy->experiments[assignment->experiment],
                                    asking->slot)) {
            return true;
        }
    }

    return false;
}

/* A flag asks only for flags that stand before it, so this ends. */
static bool is_on(const dyn_asking_t *asking, const dyn_flag_t *flag)
{
    char value[DYN_EXPERIMENT_VALUE_BYTES + 1];

    if (flag->feature != DYN_NONE) {
        return asking->features != NULL && dyn_value_is_true(asking->features[flag->feature].value);
    }
    dyn_experiment_value(asking->context->visitor, value);

    return (flag->percent >= 100 ||
            (asking->context->visitor != 0 &&
             dyn_experiment_hash(flag->name, dyn_str_from(value), 2) * 100 < flag->percent)) &&
           dyn_when_holds(asking, flag->when, DYN_NONE) == DYN_VERDICT_YES;
}

static bool has_flag(const dyn_asking_t *asking, const dyn_condition_t *node)
{
    for (uint32_t i = 0; i < node->values_count; i++) {
        if (is_on(asking, &asking->policy->flags[asking->policy->values[node->values_start + i]])) {
            return true;
        }
    }

    return false;
}

uint64_t dyn_flags_on(const dyn_asking_t *asking)
{
    const dyn_flag_t *flag;
    uint64_t on = 0;

    for (uint32_t i = 0; (flag = dyn_policy_own_flag(asking->policy, i)) != NULL; i++) {
        on |= (uint64_t)is_on(asking, flag) << i;
    }

    return on;
}

/* ---- features of GrowthBook ---- */

/* The values of one name, from the first on, as one value. */
static bool shop_says(const dyn_attributes_t *attributes, size_t first, dyn_arena_t *arena,
                      dyn_value_t *value)
{
    dyn_value_t *values = dyn_arena_array(arena, attributes->count - first, sizeof(*values));
    uint32_t count = 0;

    if (values == NULL) {
        return false;
    }
    for (size_t i = first; i < attributes->count; i++) {
        if (dyn_str_equal(attributes->rows[i].name, attributes->rows[first].name)) {
            values[count++] = DYN_VALUE_TEXT(attributes->rows[i].value);
        }
    }
    *value = count == 1 ? values[0]
                        : (dyn_value_t){.kind = DYN_VALUE_LIST, .count = count, .values = values};

    return true;
}

static bool has_name(const dyn_value_t *attributes, dyn_str_t name)
{
    return dyn_value_member(attributes, name) != NULL;
}

/* What the shop says goes before what is known anyway; an id of nobody is none. */
static bool describe(const dyn_asking_t *asking, dyn_arena_t *arena, dyn_value_t *attributes)
{
    enum { KNOWN = 7 };
    const dyn_context_t *context = asking->context;
    size_t most = context->attributes.count + KNOWN;
    dyn_value_t *values = dyn_arena_array(arena, most, sizeof(*values));
    dyn_str_t *names_of = dyn_arena_array(arena, most, sizeof(*names_of));
    char id[DYN_EXPERIMENT_VALUE_BYTES + 1];

    if (values == NULL || names_of == NULL) {
        return false;
    }
    dyn_experiment_value(context->visitor, id);

    dyn_str_t own = dyn_arena_str(arena, dyn_str_from(id));
    const struct {
        dyn_str_t name;
        dyn_value_t value;
    } known[KNOWN] = {
        {DYN_STR("id"), DYN_VALUE_TEXT(own)},
        {DYN_STR("surface"), DYN_VALUE_TEXT(dyn_surface_name(asking->surface))},
        {DYN_STR("country"), DYN_VALUE_TEXT(dyn_str_from(context->country))},
        {DYN_STR("language"), DYN_VALUE_TEXT(context->language)},
        {DYN_STR("device"), DYN_VALUE_TEXT(dyn_device_name(context->device))},
        {DYN_STR("path"), DYN_VALUE_TEXT(context->path)},
        {DYN_STR("returning"), DYN_VALUE_TRUTH(is_returning(asking))},
    };

    *attributes = (dyn_value_t){.kind = DYN_VALUE_OBJECT, .values = values, .names = names_of};
    for (size_t i = 0; i < context->attributes.count; i++) {
        dyn_str_t name = context->attributes.rows[i].name;

        if (has_name(attributes, name) ||
            (context->visitor == 0 && dyn_str_equal(name, DYN_STR("id")))) {
            continue;
        }
        if (!shop_says(&context->attributes, i, arena, &values[attributes->count])) {
            return false;
        }
        names_of[attributes->count++] = name;
    }
    for (size_t i = context->visitor == 0; i < KNOWN; i++) {
        bool said = known[i].value.kind != DYN_VALUE_STRING || known[i].value.text.len > 0;

        if (said && !has_name(attributes, known[i].name)) {
            values[attributes->count] = known[i].value;
            names_of[attributes->count++] = known[i].name;
        }
    }

    return own.data != NULL;
}

const dyn_feature_result_t *dyn_features_asked(const dyn_asking_t *asking, dyn_arena_t *arena)
{
    const dyn_policy_t *policy = asking->policy;
    dyn_feature_result_t *results =
        dyn_arena_array(arena, policy->asked_count + 1U, sizeof(*results));
    dyn_value_t attributes;

    if (results == NULL || !describe(asking, arena, &attributes)) {
        return NULL;
    }
    for (uint32_t i = 0; i < policy->asked_count; i++) {
        results[i] = dyn_features_value(policy->features, policy->asked[i], &attributes, arena);
    }

    return arena->exhausted ? NULL : results;
}

static bool request_holds(const dyn_asking_t *asking, const dyn_condition_t *node)
{
    const dyn_context_t *context = asking->context;
    const dyn_session_t *session = asking->session;

    switch ((dyn_request_field_t)node->field) {
    case DYN_REQUEST_FIELD_SURFACE:
        return names(asking, node, (uint32_t)asking->surface);
    case DYN_REQUEST_FIELD_SLOT:
        return names_text(asking, node, asking->slot);
    case DYN_REQUEST_FIELD_MOMENT:
        return names(asking, node, (uint32_t)asking->moment);
    case DYN_REQUEST_FIELD_VISITOR:
        return is_visitor(asking, node);
    case DYN_REQUEST_FIELD_COUNTRY:
        return names(
            asking, node,
            (uint32_t)((uint8_t)context->country[0] | (unsigned)(uint8_t)context->country[1] << 8));
    case DYN_REQUEST_FIELD_LANGUAGE:
        return is_language(asking, node);
    case DYN_REQUEST_FIELD_DEVICE:
        return names(asking, node, (uint32_t)context->device);
    case DYN_REQUEST_FIELD_CAMPAIGN:
    case DYN_REQUEST_FIELD_SOURCE:
    case DYN_REQUEST_FIELD_MEDIUM:
    case DYN_REQUEST_FIELD_KEYWORD:
    case DYN_REQUEST_FIELD_AD_CONTENT:
    case DYN_REQUEST_FIELD_REFERRER:
    case DYN_REQUEST_FIELD_SEARCH:
    case DYN_REQUEST_FIELD_PATH:
        return has_pattern(asking, node);
    case DYN_REQUEST_FIELD_SEGMENT:
        return has_attribute(asking, node, DYN_STR("segment"));
    case DYN_REQUEST_FIELD_TIER:
        return has_attribute(asking, node, DYN_STR("tier"));
    case DYN_REQUEST_FIELD_ROLE:
        return has_attribute(asking, node, DYN_STR("role"));
    case DYN_REQUEST_FIELD_CUSTOMER_TAG:
        return has_attribute(asking, node, DYN_STR("customer_tag"));
    case DYN_REQUEST_FIELD_CART_TOTAL:
        return cart_costs(asking, node);
    case DYN_REQUEST_FIELD_CART_ITEMS:
        return session != NULL && in_range(node, asking->cart_pieces);
    case DYN_REQUEST_FIELD_EVENTS:
        return session != NULL && in_range(node, session->event_count);
    case DYN_REQUEST_FIELD_INTENT:
        return names_category(asking, node, asking->intent);
    case DYN_REQUEST_FIELD_TIME:
    case DYN_REQUEST_FIELD_WEEKDAY:
        return is_now(asking, node);
    case DYN_REQUEST_FIELD_PERCENT:
        return is_among(asking, node);
    case DYN_REQUEST_FIELD_EXPERIMENT:
        return has_variant(asking, node);
    case DYN_REQUEST_FIELD_FLAG:
        return has_flag(asking, node);
    case DYN_REQUEST_FIELDS_COUNT:
        break;
    }

    return false;
}

/* ---- items ---- */

/* Items of the cart that something is compared with; of the page one. */
static uint32_t others_count(const dyn_asking_t *asking, const dyn_condition_t *node)
{
    if (node->relative_to == DYN_SUBJECT_CART) {
        return asking->session != NULL ? asking->session->cart_count : 0;
    }

    return 1;
}

static uint32_t other(const dyn_asking_t *asking, const dyn_condition_t *node, uint32_t i)
{
    return node->relative_to == DYN_SUBJECT_CART ? asking->session->cart[i].item
                                                 : asking->page_item;
}

/*
 * The same as that of some item of the cart or the page; other than that of all of them. What has no category or brand is
 * neither, and so is all where there is none to compare with.
 */
static bool relates(const dyn_asking_t *asking, const dyn_condition_t *node, uint32_t number)
{
    bool of_category = node->field == DYN_ITEM_FIELD_CATEGORY;
    bool compared = false;

    if (number == DYN_NONE) {
        return false;
    }
    for (uint32_t i = 0; i < others_count(asking, node); i++) {
        uint32_t item = other(asking, node, i);
        uint32_t of_other = DYN_NONE;

        if (item != DYN_NONE) {
            const dyn_item_t *record = &asking->snapshot->items[item];

            of_other = of_category ? record->category : record->brand;
        } else if (of_category) {
            of_other = asking->page_category;
        }
        if (of_other == DYN_NONE) {
            continue;
        }
        compared = true;
        if (of_category ? dyn_snapshot_category_within(asking->snapshot, number, of_other)
                        : number == of_other) {
            return node->relation == DYN_RELATION_SAME_AS;
        }
    }

    return compared && node->relation == DYN_RELATION_OTHER_THAN;
}

double dyn_price_asked(const dyn_asking_t *asking, uint32_t item)
{
    dyn_price_asked_t *asked = asking->price;
    dyn_price_t price;

    if (asked != NULL && asked->item == item) {
        return asked->major;
    }
    price = dyn_item_asked_price(asking->snapshot, item, asking->now_ms);

    double in_major = price.minor < 0 ? -1 : major(price.minor, price.currency);

    if (asked != NULL) {
        *asked = (dyn_price_asked_t){item, in_major};
    }

    return in_major;
}

static bool costs(const dyn_asking_t *asking, const dyn_condition_t *node, uint32_t item)
{
    dyn_price_t price;
    double of = 0;

    if (node->relation != DYN_RELATION_SHARE_OF) {
        double in_major = dyn_price_asked(asking, item);

        return in_major >= 0 && in_range(node, in_major);
    }
    price = dyn_item_asked_price(asking->snapshot, item, asking->now_ms);
    if (price.minor < 0) {
        return false;
    }
    if (node->relative_to == DYN_SUBJECT_CART) {
        of = (double)asking->cart_minor;
    } else if (asking->page_item != DYN_NONE) {
        dyn_price_t page =
            dyn_item_asked_price(asking->snapshot, asking->page_item, asking->now_ms);

        of = strcmp(page.currency, price.currency) == 0 ? (double)page.minor : 0;
    }

    return of > 0 && in_range(node, (double)price.minor / of);
}

static bool category_fits(const dyn_asking_t *asking, const dyn_condition_t *node,
                          uint32_t category)
{
    return node->relation == DYN_RELATION_VALUES ? names_category(asking, node, category)
                                                 : relates(asking, node, category);
}

static bool item_holds(const dyn_asking_t *asking, const dyn_condition_t *node, uint32_t item)
{
    const dyn_snapshot_t *snapshot = asking->snapshot;
    const dyn_item_t *record;

    if (item == DYN_NONE) {
        return node->field == DYN_ITEM_FIELD_CATEGORY &&
               category_fits(asking, node, asking->page_category);
    }
    record = &snapshot->items[item];
    switch ((dyn_item_field_t)node->field) {
    case DYN_ITEM_FIELD_ID:
        return names(asking, node, item);
    case DYN_ITEM_FIELD_CATEGORY:
        return category_fits(asking, node, record->category);
    case DYN_ITEM_FIELD_BRAND:
        return node->relation == DYN_RELATION_VALUES ? names(asking, node, record->brand)
                                                     : relates(asking, node, record->brand);
    case DYN_ITEM_FIELD_TAG:
    case DYN_ITEM_FIELD_AUDIENCE:
    case DYN_ITEM_FIELD_ATTRIBUTE:
        return names_any(asking, node, dyn_item_traits(snapshot, item));
    case DYN_ITEM_FIELD_PRICE:
        return costs(asking, node, item);
    case DYN_ITEM_FIELD_MARGIN:
        return record->margin_bp != INT32_MIN && in_range(node, record->margin_bp / 10000.0);
    case DYN_ITEM_FIELD_STOCK:
        return dyn_item_stock(snapshot, item) >= 0 &&
               in_range(node, dyn_item_stock(snapshot, item));
    case DYN_ITEM_FIELD_AGE_DAYS:
        return record->created_ms > 0 &&
               in_range(node, (double)(asking->now_ms - record->created_ms) / day_ms);
    case DYN_ITEM_FIELD_RATING:
        return dyn_item_details(snapshot, item)->rating_hundredths >= 0 &&
               in_range(node, dyn_item_details(snapshot, item)->rating_hundredths / 100.0);
    case DYN_ITEM_FIELD_ON_SALE:
        return dyn_item_is_on_sale(snapshot, item, asking->now_ms) == (node->low > 0);
    case DYN_ITEM_FIELDS_COUNT:
        break;
    }

    return false;
}

/* ---- nodes ---- */

static dyn_verdict_t node_holds(const question_t *question, uint32_t at);

/*
 * The first that does not hold ends it. What a pattern says is asked for last.
 */
static dyn_verdict_t all_hold(const question_t *question, uint32_t at, uint32_t end)
{
    const dyn_condition_t *nodes = question->asking->policy->conditions;
    dyn_verdict_t all = DYN_VERDICT_YES;
    bool patterns = false;

    for (uint32_t child = at; child < end; child = nodes[child].end) {
        if (is_pattern(&nodes[child])) {
            patterns = true;
            continue;
        }

        dyn_verdict_t holds = node_holds(question, child);

        if (holds == DYN_VERDICT_NO) {
            return holds;
        }
        all = holds == DYN_VERDICT_OPEN ? holds : all;
    }
    for (uint32_t child = at; patterns && child < end; child = nodes[child].end) {
        if (is_pattern(&nodes[child]) && !has_pattern(question->asking, &nodes[child])) {
            return DYN_VERDICT_NO;
        }
    }

    return all;
}

static dyn_verdict_t any_holds(const question_t *question, uint32_t at, uint32_t end)
{
    const dyn_condition_t *nodes = question->asking->policy->conditions;
    dyn_verdict_t any = DYN_VERDICT_NO;

    for (uint32_t child = at; child < end; child = nodes[child].end) {
        dyn_verdict_t holds = node_holds(question, child);

        if (holds == DYN_VERDICT_YES) {
            return holds;
        }
        any = holds == DYN_VERDICT_OPEN ? holds : any;
    }

    return any;
}

static uint32_t subject_count(const dyn_asking_t *asking, uint8_t subject)
{
    const dyn_session_t *session = asking->session;

    switch (subject) {
    case DYN_SUBJECT_PAGE:
        return asking->page_item != DYN_NONE || asking->page_category != DYN_NONE;
    case DYN_SUBJECT_CART:
        return session != NULL ? session->cart_count : 0;
    case DYN_SUBJECT_VIEWED:
        return session != NULL ? session->recent_count : 0;
    case DYN_SUBJECT_BOUGHT:
        return session != NULL ? session->purchased_count : 0;
    default:
        return 0;
    }
}

/* False: it is none. */
static bool subject_item(const dyn_asking_t *asking, uint8_t subject, uint32_t i, uint32_t *item)
{
    switch (subject) {
    case DYN_SUBJECT_PAGE:
        *item = asking->page_item;
        return true;
    case DYN_SUBJECT_CART:
        *item = asking->session->cart[i].item;
        return true;
    case DYN_SUBJECT_VIEWED:
        *item = asking->session->recent[i].item;
        return asking->session->recent[i].views > 0;
    default:
        *item = asking->session->purchased[i].item;
        return true;
    }
}

/* Some item of the subject for which all of the nodes hold. */
static dyn_verdict_t subject_holds(const question_t *question, uint8_t subject, uint32_t at,
                                   uint32_t end)
{
    const dyn_asking_t *asking = question->asking;
    question_t of = *question;

    of.of_subject = true;
    if (subject == DYN_SUBJECT_ITEM) {
        of.of_subject = question->candidate != DYN_NONE;
        of.subject = question->candidate;
        return all_hold(&of, at, end);
    }
    for (uint32_t i = 0; i < subject_count(asking, subject); i++) {
        if (subject_item(asking, subject, i, &of.subject) &&
            all_hold(&of, at, end) == DYN_VERDICT_YES) {
            return DYN_VERDICT_YES;
        }
    }

    return DYN_VERDICT_NO;
}

/* Something that no item can be, whichever is asked about. */
static bool never_fits(const dyn_condition_t *node)
{
    return node->relation == DYN_RELATION_VALUES && node->values_count == 0 &&
           node->field <= DYN_ITEM_FIELD_ATTRIBUTE;
}

static dyn_verdict_t node_holds(const question_t *question, uint32_t at)
{
    const dyn_asking_t *asking = question->asking;
    const dyn_condition_t *node = &asking->policy->conditions[at];
    dyn_verdict_t holds;

    switch ((dyn_node_kind_t)node->kind) {
    case DYN_NODE_ALL:
        return all_hold(question, at + 1, node->end);
    case DYN_NODE_ANY:
        return any_holds(question, at + 1, node->end);
    case DYN_NODE_NOT:
        holds = node_holds(question, at + 1);
        return holds == DYN_VERDICT_OPEN ? holds : verdict(holds == DYN_VERDICT_NO);
    case DYN_NODE_REQUEST:
        return verdict(request_holds(asking, node));
    case DYN_NODE_SUBJECT:
        return subject_holds(question, node->subject, at + 1, node->end);
    case DYN_NODE_ITEM:
        if (question->of_subject) {
            return verdict(item_holds(asking, node, question->subject));
        }
        if (node->subject != DYN_SUBJECT_ITEM) {
            return subject_holds(question, node->subject, at, at + 1);
        }
        if (question->candidate == DYN_NONE) {
            return never_fits(node) ? DYN_VERDICT_NO : DYN_VERDICT_OPEN;
        }
        return verdict(item_holds(asking, node, question->candidate));
    }

    return DYN_VERDICT_NO;
}

dyn_verdict_t dyn_when_holds(const dyn_asking_t *asking, dyn_when_t when, uint32_t item)
{
    question_t question = {.asking = asking, .candidate = item};

    return all_hold(&question, when.start, when.start + when.count);
}

bool dyn_nodes_hold(const dyn_asking_t *asking, const uint32_t *nodes, uint32_t count,
                    uint32_t item)
{
    question_t question = {.asking = asking, .candidate = item};

    for (uint32_t i = 0; i < count; i++) {
        if (node_holds(&question, nodes[i]) != DYN_VERDICT_YES) {
            return false;
        }
    }

    return true;
}

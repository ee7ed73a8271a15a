#include "cli/drift/features.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/grow.h"

enum {
    /* More views do not fit every session's log, which is bounded. */
    views_most = 20,
    hour_ms = 60 * 60 * 1000,
    minute_ms = 60 * 1000
};

const char *dyn_drift_name(dyn_drift_feature_t feature)
{
    static const char *const names[] = {
#define X(constant, name, number) name,
        DYN_DRIFT_FEATURES(X)
#undef X
    };

    return names[feature];
}

bool dyn_drift_is_number(dyn_drift_feature_t feature)
{
    static const bool numbers[] = {
#define X(constant, name, number) number,
        DYN_DRIFT_FEATURES(X)
#undef X
    };

    return numbers[feature];
}

void dyn_population_free(dyn_population_t *population)
{
    for (int i = 0; i < DYN_DRIFT_FEATURES_COUNT; i++) {
        dyn_values_free(&population->values[i]);
    }
    free(population->told);
    dyn_ids_free(&population->ids);
    memset(population, 0, sizeof(*population));
}

static bool make_room(dyn_population_t *population, uint32_t shopper)
{
    while (population->told_count <= shopper) {
        if (!dyn_grow((void **)&population->told, population->told_count, &population->told_room, 1,
                      sizeof(uint32_t))) {
            return false;
        }
        population->told[population->told_count++] = 0;
    }

    return true;
}

static void tell(dyn_population_t *population, uint32_t shopper, dyn_drift_feature_t feature)
{
    uint32_t bit = 1U << feature;

    if ((population->told[shopper] & bit) == 0) {
        population->told[shopper] |= bit;
        population->shoppers[feature]++;
    }
}

static bool put_name(dyn_population_t *population, uint32_t shopper, dyn_drift_feature_t feature,
                     dyn_str_t name)
{
    tell(population, shopper, feature);

    return dyn_values_add_name(&population->values[feature], name);
}

static bool put_number(dyn_population_t *population, uint32_t shopper, dyn_drift_feature_t feature,
                       double number)
{
    tell(population, shopper, feature);

    return dyn_values_add_number(&population->values[feature], number);
}

static void note_time(dyn_population_t *population, int64_t time_ms)
{
    if (population->first_ms == 0 || time_ms < population->first_ms) {
        population->first_ms = time_ms;
    }
    if (time_ms > population->last_ms) {
        population->last_ms = time_ms;
    }
}

/* ---- pages of items ---- */

static dyn_str_t section_of(const dyn_drift_items_t *items, const dyn_item_t *item)
{
    uint32_t category = item->category;

    if (category == DYN_NONE) {
        return DYN_STR("");
    }
    while (items->categories[category].parent != DYN_NONE) {
        category = items->categories[category].parent;
    }

    const char *at = items->strings + items->categories[category].name;

    return (dyn_str_t){at + 4, *(const uint32_t *)(const void *)at};
}

static bool put_item(dyn_population_t *population, const dyn_drift_items_t *items, uint32_t shopper,
                     const dyn_item_t *item)
{
    return put_name(population, shopper, DYN_DRIFT_SECTION, section_of(items, item)) &&
           (item->price_minor < 0 ||
            put_number(population, shopper, DYN_DRIFT_PRICE, (double)item->price_minor)) &&
           put_number(population, shopper, DYN_DRIFT_POPULARITY, (double)item->popularity);
}

bool dyn_population_add_page(dyn_population_t *population, const dyn_drift_items_t *items,
                             const dyn_item_page_t *page)
{
    const dyn_item_t *item = page->item == DYN_NONE ? NULL : &items->items[page->item];
    bool known = item != NULL && (!items->catalogue || (item->flags & DYN_ITEM_IN_CATALOGUE) != 0);
    uint32_t views = page->view_count;

    views -= views > 0 && page->views[views - 1] == page->item;
    population->pages++;
    note_time(population, page->time_ms);

    return make_room(population, page->shopper) &&
           put_name(population, page->shopper, DYN_DRIFT_KNOWN,
                    known ? DYN_STR("known") : DYN_STR("unknown")) &&
           (!known || put_item(population, items, page->shopper, item)) &&
           (!page->has_views || put_number(population, page->shopper, DYN_DRIFT_VIEWS,
                                           views < views_most ? views : views_most)) &&
           put_number(population, page->shopper, DYN_DRIFT_HOUR,
                      (double)(page->time_ms / hour_ms % 24));
}

/* ---- records ---- */

static bool put_question(dyn_population_t *population, const dyn_snapshot_t *snapshot,
                         uint32_t shopper, const dyn_question_t *question,
                         const dyn_session_t *session)
{
    const dyn_drift_items_t items = {snapshot->items, snapshot->categories, snapshot->strings,
                                     snapshot->catalogue_items > 0};
    const dyn_context_t *context = &question->context;
    const dyn_item_page_t page = {
        .shopper = shopper,
        .item = dyn_snapshot_find_item(snapshot, context->item_id, NULL),
        .has_views = session != NULL,
        .views = session == NULL ? NULL : session->clicks,
        .view_count = session == NULL ? 0 : session->click_count,
        .time_ms = question->now_ms,
    };
    bool returning = context->returning || (session != NULL && session->returning);
    int64_t first_ms = session == NULL ? 0 : session->first_ms;
    int64_t minutes = first_ms == 0 ? 0 : (question->now_ms - first_ms) / minute_ms;

    if (context->surface == DYN_SURFACE_PDP && context->item_id.len > 0 &&
        !dyn_population_add_page(population, &items, &page)) {
        return false;
    }
    if (session != NULL &&
        (!put_number(population, shopper, DYN_DRIFT_EVENTS, session->event_count) ||
         !put_number(population, shopper, DYN_DRIFT_MINUTES, (double)minutes))) {
        return false;
    }

    return put_name(population, shopper, DYN_DRIFT_RETURNING,
                    returning ? DYN_STR("yes") : DYN_STR("no")) &&
           put_name(population, shopper, DYN_DRIFT_DEVICE, dyn_device_name(context->device)) &&
           put_name(population, shopper, DYN_DRIFT_COUNTRY, dyn_str_from(context->country)) &&
           put_name(population, shopper, DYN_DRIFT_LANGUAGE, context->language);
}

/* A value of another type than the feature's is not counted. */
static bool put_member(dyn_population_t *population, uint32_t shopper, dyn_drift_feature_t feature,
                       const json_t *object, const char *member)
{
    const json_t *value = json_object_get(object, member);

    if (dyn_drift_is_number(feature)) {
        return !json_is_number(value) ||
               put_number(population, shopper, feature, json_number_value(value));
    }

    return !json_is_string(value) ||
           put_name(population, shopper, feature,
                    (dyn_str_t){json_string_value(value), json_string_length(value)});
}

static bool put_slot(dyn_population_t *population, uint32_t shopper, const json_t *slot)
{
    const json_t *items = json_object_get(slot, "items");

    for (size_t i = 0; i < json_array_size(items); i++) {
        const json_t *item = json_array_get(items, i);

        if (!put_member(population, shopper, DYN_DRIFT_SOURCE, item, "source") ||
            !put_member(population, shopper, DYN_DRIFT_REASON, item, "reason") ||
            !put_member(population, shopper, DYN_DRIFT_PROPENSITY, item, "propensity") ||
            (i == 0 && !put_member(population, shopper, DYN_DRIFT_SCORE, item, "score"))) {
            return false;
        }
    }

    return true;
}

static bool put_summary(dyn_population_t *population, uint32_t shopper, const json_t *summary)
{
    const json_t *slots = json_object_get(summary, "slots");

    if (!put_member(population, shopper, DYN_DRIFT_SURFACE, summary, "surface") ||
        !put_member(population, shopper, DYN_DRIFT_MOMENT, summary, "moment") ||
        !put_member(population, shopper, DYN_DRIFT_RUNG, summary, "rung")) {
        return false;
    }
    for (size_t i = 0; i < json_array_size(slots); i++) {
        if (!put_slot(population, shopper, json_array_get(slots, i))) {
            return false;
        }
    }

    return true;
}

static bool put_record(dyn_population_t *population, const dyn_snapshot_t *snapshot,
                       const dyn_record_t *record, const json_t *summary, dyn_arena_t *arena,
                       dyn_error_t *error)
{
    /* who is nobody is no one else's */
    uint32_t shopper =
        dyn_ids_add(&population->ids, record->visitor.len > 0 ? record->visitor : record->id);
    dyn_question_t question;
    dyn_session_t *session = dyn_arena_alloc(arena, sizeof(*session));
    dyn_error_t reason;

    population->records++;
    note_time(population, json_integer_value(json_object_get(summary, "time")));
    if (shopper == DYN_NONE || session == NULL || !make_room(population, shopper) ||
        !put_summary(population, shopper, summary)) {
        return dyn_fail(error, "not enough memory for the records");
    }
    /* of a question in an older format the summary alone counts */
    if (record->question.len == 0 ||
        !dyn_question_decode(record->question, arena, &question, &reason)) {
        return true;
    }
    if (!question.has_session) {
        session = NULL;
    } else if (!dyn_question_fold(snapshot, &question, arena, session)) {
        return dyn_fail(error, "not enough memory for a session");
    }

    return put_question(population, snapshot, shopper, &question, session) ||
           dyn_fail(error, "not enough memory for the records");
}

bool dyn_population_add_record(dyn_population_t *population, const dyn_snapshot_t *snapshot,
                               const dyn_record_t *record, dyn_arena_t *arena, dyn_error_t *error)
{
    json_t *summary = json_loadb(record->summary.data, record->summary.len, 0, NULL);
    bool good = json_is_object(summary)
                    ? json_is_true(json_object_get(summary, "shadow")) ||
                          put_record(population, snapshot, record, summary, arena, error)
                    : dyn_fail(error, "record %.*s: s: should be a JSON object",
                               (int)record->id.len, record->id.data);

    json_decref(summary);

    return good;
}

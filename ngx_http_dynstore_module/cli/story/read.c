/* Reads a story: the file's members are checked one by one, and every fault is told with its line. */
#include "cli/story/story.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/story/place.h"
#include "engine/base/item_id.h"
#include "engine/base/text.h"
#include "engine/catalogue/traits.h"
#include "engine/events/parse.h"

enum { FILE_BYTES_MAX = 1 << 20, SELECTOR_DEPTH_MAX = 4 };

typedef struct {
    const char *file;
    dyn_str_t text;
    char path[256]; /* of the value that is being read */
    const dyn_snapshot_t *snapshot;
    dyn_arena_t *arena;
    dyn_faults_t *faults;
    bool bad;
    dyn_str_t slot; /* of the checks being read */
    const dyn_story_t *story;
} reading_t;

#define fault(reading, ...)                                            \
    ((reading)->bad = true,                                            \
     (void)dyn_fault((reading)->faults, (reading)->file,               \
                     dyn_story_line((reading)->text, (reading)->path), \
                     (reading)->path[0] == '\0' ? "story" : (reading)->path, __VA_ARGS__))

/* Goes to a member or an element; leave() goes back with what enter() returned. */
static size_t enter(reading_t *reading, const char *name)
{
    size_t length = strlen(reading->path);

    snprintf(reading->path + length, sizeof(reading->path) - length, "%s%s", length > 0 ? "." : "",
             name);

    return length;
}

static size_t enter_element(reading_t *reading, size_t index)
{
    size_t length = strlen(reading->path);

    snprintf(reading->path + length, sizeof(reading->path) - length, "[%zu]", index);

    return length;
}

static void leave(reading_t *reading, size_t length)
{
    reading->path[length] = '\0';
}

static dyn_str_t copy(reading_t *reading, const json_t *value)
{
    return dyn_arena_str(reading->arena,
                         (dyn_str_t){json_string_value(value), json_string_length(value)});
}

/* Is an object and has no other members than these words. */
static bool only(reading_t *reading, const json_t *object, const char *names)
{
    const char *name;
    json_t *member;
    bool good = true;

    if (!json_is_object(object)) {
        fault(reading, "should be an object with some of: %s", names);
        return false;
    }
    json_object_foreach((json_t *)(uintptr_t)object, name, member)
    {
        size_t length = strlen(name);
        bool known = false;

        for (const char *at = names; length > 0 && (at = strstr(at, name)) != NULL; at += length) {
            known |= (at == names || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0');
        }
        if (!known) {
            size_t back = enter(reading, name);

            fault(reading, "is not known here; known are: %s", names);
            leave(reading, back);
            good = false;
        }
    }

    return good;
}

/* Missing is empty. */
static dyn_str_t read_text(reading_t *reading, const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    dyn_str_t text = DYN_STR("");
    size_t back = enter(reading, name);

    if (value != NULL && !json_is_string(value)) {
        fault(reading, "should be a text");
    } else if (value != NULL) {
        text = copy(reading, value);
    }
    leave(reading, back);

    return text;
}

static double read_number(reading_t *reading, const json_t *object, const char *name, double low,
                          double high, double missing)
{
    const json_t *value = json_object_get(object, name);
    double number = missing;
    size_t back = enter(reading, name);

    if (value != NULL && (!json_is_number(value) || json_number_value(value) < low ||
                          json_number_value(value) > high)) {
        fault(reading, "should be a number from %g to %g", low, high);
    } else if (value != NULL) {
        number = json_number_value(value);
    }
    leave(reading, back);

    return number;
}

/* ---- selectors ---- */

/* Calls take() for each text of a list, or for one text alone; the path is then the text's own. */
static size_t each_text(reading_t *reading, const json_t *object, const char *name,
                        void (*take)(reading_t *reading, dyn_str_t text, void *context),
                        void *context)
{
    const json_t *value = json_object_get(object, name);
    size_t back = enter(reading, name), count = 0;

    if (json_is_string(value)) {
        count = 1;
        take(reading, copy(reading, value), context);
    } else if (json_is_array(value) && json_array_size(value) > 0 &&
               json_array_size(value) <= DYN_STORY_LIST_MAX) {
        for (; count < json_array_size(value); count++) {
            size_t inner = enter_element(reading, count);

            if (json_is_string(json_array_get(value, count))) {
                take(reading, copy(reading, json_array_get(value, count)), context);
            } else {
                fault(reading, "should be a text");
            }
            leave(reading, inner);
        }
    } else if (value != NULL) {
        fault(reading, "should be a text or a list of 1 to %d texts", DYN_STORY_LIST_MAX);
    }
    leave(reading, back);

    return count;
}

typedef struct {
    dyn_str_t texts[DYN_STORY_LIST_MAX];
    uint32_t numbers[DYN_STORY_LIST_MAX];
    size_t count;
} gathered_t;

static void add_number(gathered_t *gathered, uint32_t number)
{
    if (gathered->count < DYN_STORY_LIST_MAX) {
        gathered->numbers[gathered->count++] = number;
    }
}

static void add_text(gathered_t *gathered, dyn_str_t text)
{
    if (gathered->count < DYN_STORY_LIST_MAX) {
        gathered->texts[gathered->count++] = text;
    }
}

static void take_category(reading_t *reading, dyn_str_t text, void *context)
{
    uint32_t category = dyn_snapshot_find_category(reading->snapshot, text);

    if (category == DYN_NONE) {
        fault(reading, "\"%s\" is no category of the snapshot: its name or path would be right",
              text.data);
    } else {
        add_number(context, category);
    }
}

static void take_item(reading_t *reading, dyn_str_t text, void *context)
{
    uint32_t item = dyn_snapshot_find_item(reading->snapshot, text, NULL);

    if (item == DYN_NONE) {
        fault(reading, "\"%s\" is no item of the snapshot", text.data);
    } else {
        add_number(context, item);
    }
}

static void take_brand(reading_t *reading, dyn_str_t text, void *context)
{
    for (uint32_t i = 0; i < reading->snapshot->brand_count; i++) {
        if (dyn_str_equal(dyn_snapshot_string(reading->snapshot, reading->snapshot->brands[i]),
                          text)) {
            add_text(context, text);
            return;
        }
    }
    fault(reading, "\"%s\" is no brand of the snapshot", text.data);
}

static void take_trait(reading_t *reading, dyn_str_t text, void *context)
{
    const char *colon = memchr(text.data, ':', text.len);
    size_t length = colon == NULL ? 0 : (size_t)(colon - text.data);
    uint32_t trait = colon == NULL
                         ? DYN_NONE
                         : dyn_trait_find(reading->snapshot, (dyn_str_t){text.data, length},
                                          (dyn_str_t){colon + 1, text.len - length - 1});

    if (trait == DYN_NONE) {
        fault(reading,
              "\"%s\" is no trait of the snapshot: it should read NAME:VALUE, such as "
              "tag:winter or audience:kids",
              text.data);
    } else {
        add_number(context, trait);
    }
}

static void take_reason(reading_t *reading, dyn_str_t text, void *context)
{
#define X(constant, code) DYN_STR(code),
    const dyn_str_t codes[] = {DYN_REASONS(X)};
#undef X

    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        if (dyn_str_equal(codes[i], text)) {
            add_text(context, text);
            return;
        }
    }
    fault(reading, "\"%s\" is no reason: docs/http-api.md lists them", text.data);
}

static void take_moment(reading_t *reading, dyn_str_t text, void *context)
{
    for (int i = 0; i < DYN_MOMENTS_COUNT; i++) {
        if (dyn_str_equal(dyn_moment_name((dyn_moment_t)i), text)) {
            add_text(context, text);
            return;
        }
    }
    fault(
        reading,
        "\"%.*s\" is no moment: landing, browse, comparison, hesitation or checkout would be right",
        (int)text.len, text.data);
}

static void take_message(reading_t *reading, dyn_str_t text, void *context)
{
    for (int i = 0; i < DYN_MESSAGES_COUNT; i++) {
        if (dyn_str_equal(dyn_message_name((dyn_message_kind_t)i), text)) {
            add_text(context, text);
            return;
        }
    }
    fault(reading,
          "\"%.*s\" is no message: free_shipping_gap, free_shipping, option_missing, returns or "
          "delivery would be right",
          (int)text.len, text.data);
}

static void take_rung(reading_t *reading, dyn_str_t text, void *context)
{
    for (int i = 0; i < DYN_RUNGS_COUNT; i++) {
        if (dyn_str_equal(dyn_rung_name((dyn_rung_t)i), text)) {
            add_text(context, text);
            return;
        }
    }
    fault(reading, "\"%s\" is no rung: session, context, last_good, popular or none would be right",
          text.data);
}

static void take_reference(reading_t *reading, dyn_str_t text, void *context)
{
    if (dyn_snapshot_find_item(reading->snapshot, text, NULL) == DYN_NONE &&
        dyn_snapshot_find_category(reading->snapshot, text) == DYN_NONE) {
        fault(reading, "\"%s\" is neither an item nor a category of the snapshot", text.data);
    } else {
        add_text(context, text);
    }
}

static dyn_story_numbers_t numbers_of(reading_t *reading, const json_t *object, const char *name,
                                      void (*take)(reading_t *, dyn_str_t, void *))
{
    gathered_t gathered = {.count = 0};

    each_text(reading, object, name, take, &gathered);

    uint32_t *rows = dyn_arena_array(reading->arena, gathered.count, sizeof(*rows));

    if (rows != NULL) {
        memcpy(rows, gathered.numbers, gathered.count * sizeof(*rows));
    }

    return (dyn_story_numbers_t){rows, rows == NULL ? 0 : gathered.count};
}

static dyn_story_words_t words_of(reading_t *reading, const json_t *object, const char *name,
                                  void (*take)(reading_t *, dyn_str_t, void *))
{
    gathered_t gathered = {.count = 0};

    each_text(reading, object, name, take, &gathered);

    dyn_str_t *rows = dyn_arena_array(reading->arena, gathered.count, sizeof(*rows));

    if (rows != NULL) {
        memcpy(rows, gathered.texts, gathered.count * sizeof(*rows));
    }

    return (dyn_story_words_t){rows, rows == NULL ? 0 : gathered.count};
}

static void say_list(dyn_text_t *text, const json_t *object, const char *name, const char *before)
{
    const json_t *value = json_object_get(object, name);

    if (value == NULL) {
        return;
    }
    dyn_text_str(text, dyn_str_from(text->length > 0 ? ", " : ""));
    dyn_text_str(text, dyn_str_from(before));
    if (json_is_string(value)) {
        dyn_text_str(text, dyn_str_from(json_string_value(value)));
    }
    for (size_t i = 0; i < json_array_size(value); i++) {
        const char *word = json_string_value(json_array_get(value, i));

        dyn_text_str(text, dyn_str_from(i > 0 ? " or " : ""));
        dyn_text_str(text, dyn_str_from(word == NULL ? "" : word));
    }
}

static const char *selector_words(reading_t *reading, const json_t *object,
                                  const dyn_story_selector_t *selector)
{
    dyn_text_t text;

    dyn_text_init(&text, reading->arena, 256);
    say_list(&text, object, "categories", "in ");
    say_list(&text, object, "brands", "of ");
    say_list(&text, object, "traits", "with ");
    say_list(&text, object, "items", "");
    say_list(&text, object, "reasons", "with the reason ");
    say_list(&text, object, "refers_to", "whose reason names ");
    if (selector->has_price) {
        dyn_text_format(&text, "%sat %.10g to %.10g", text.length > 0 ? ", " : "",
                        selector->price_low, selector->price_high);
    }
    for (size_t i = 0; i < selector->any_count; i++) {
        dyn_text_format(&text, "%s%s",
                        i > 0             ? ", or "
                        : text.length > 0 ? ", "
                                          : "",
                        selector->any[i].words);
    }
    if (selector->other_than != NULL) {
        dyn_text_format(&text, "%snot %s", text.length > 0 ? ", " : "",
                        selector->other_than->words);
    }
    dyn_text_put(&text, "", 1);

    dyn_str_t words = dyn_text_finish(&text);

    return words.data == NULL ? "" : words.data;
}

static void read_selector(reading_t *reading, const json_t *object, int depth,
                          dyn_story_selector_t *selector)
{
    const json_t *price = json_object_get(object, "price");
    const json_t *other = json_object_get(object, "not");
    const json_t *any = json_object_get(object, "any");

    *selector = (dyn_story_selector_t){.words = ""};
    if (!only(reading, object, "categories brands traits items price reasons refers_to not any")) {
        return;
    }
    if (json_object_size(object) == 0) {
        fault(reading, "says of no item which: categories, brands, traits, items, price, reasons, "
                       "refers_to, not or any would be right");
        return;
    }
    if (depth == SELECTOR_DEPTH_MAX) {
        fault(reading, "is nested too deeply: at most %d levels", SELECTOR_DEPTH_MAX);
        return;
    }

    selector->categories = numbers_of(reading, object, "categories", take_category);
    selector->brands = words_of(reading, object, "brands", take_brand);
    selector->traits = numbers_of(reading, object, "traits", take_trait);
    selector->items = numbers_of(reading, object, "items", take_item);
    selector->reasons = words_of(reading, object, "reasons", take_reason);
    selector->refers_to = words_of(reading, object, "refers_to", take_reference);

    if (price != NULL) {
        size_t back = enter(reading, "price");

        if (!json_is_array(price) || json_array_size(price) != 2 ||
            !json_is_number(json_array_get(price, 0)) ||
            !json_is_number(json_array_get(price, 1)) ||
            json_number_value(json_array_get(price, 0)) >
                json_number_value(json_array_get(price, 1))) {
            fault(reading, "should be the lowest and the highest price, such as [20, 49.90]");
        } else {
            selector->has_price = true;
            selector->price_low = json_number_value(json_array_get(price, 0));
            selector->price_high = json_number_value(json_array_get(price, 1));
        }
        leave(reading, back);
    }
    if (other != NULL) {
        size_t back = enter(reading, "not");

        selector->other_than = dyn_arena_array(reading->arena, 1, sizeof(*selector));
        if (selector->other_than != NULL) {
            read_selector(reading, other, depth + 1, selector->other_than);
        }
        leave(reading, back);
    }
    if (any != NULL) {
        size_t back = enter(reading, "any");

        if (!json_is_array(any) || json_array_size(any) == 0 ||
            json_array_size(any) > DYN_STORY_LIST_MAX) {
            fault(reading, "should be a list of descriptions of items");
        } else {
            selector->any =
                dyn_arena_array(reading->arena, json_array_size(any), sizeof(*selector));
            for (size_t i = 0; selector->any != NULL && i < json_array_size(any); i++) {
                size_t inner = enter_element(reading, i);

                read_selector(reading, json_array_get(any, i), depth + 1, &selector->any[i]);
                selector->any_count++;
                leave(reading, inner);
            }
        }
        leave(reading, back);
    }
    selector->words = selector_words(reading, object, selector);
}

static dyn_story_selector_t *new_selector(reading_t *reading, const json_t *object)
{
    dyn_story_selector_t *selector = dyn_arena_array(reading->arena, 1, sizeof(*selector));

    if (selector != NULL) {
        read_selector(reading, object, 0, selector);
    }

    return selector;
}

/* ---- checks ---- */

#define X(c, n) n,
static const char *const check_names[] = {DYN_STORY_CHECKS(X)};
static const char *const distinct_names[] = {DYN_STORY_DISTINCTS(X)};
#undef X

/* What else may stand beside the member that says what is checked. */
static const char *const check_members[] = {
    [DYN_STORY_COUNT] = "count min max why",
    [DYN_STORY_SHARE] = "share min max first why",
    [DYN_STORY_EVERY] = "every first why",
    [DYN_STORY_NONE] = "none first why",
    [DYN_STORY_SOME] = "some min max first why",
    [DYN_STORY_ORDER] = "order why",
    [DYN_STORY_DISTINCT] = "distinct min max first why",
    [DYN_STORY_TITLE] = "title why",
    [DYN_STORY_CONFIDENCE] = "confidence why",
    [DYN_STORY_RUNG] = "rung why",
    [DYN_STORY_NOTHING_FOREIGN] = "nothing_foreign first why",
    [DYN_STORY_REPEATED] = "repeated min max first why",
    [DYN_STORY_NOTHING] = "nothing why",
    [DYN_STORY_MOMENT] = "moment why",
    [DYN_STORY_MESSAGES] = "messages why",
};

/* {"min": 1, "max": 8} of count and confidence. */
static void read_bounds(reading_t *reading, const json_t *value, double high,
                        dyn_story_check_t *check)
{
    if (!only(reading, value, "min max")) {
        return;
    }
    check->min = read_number(reading, value, "min", 0, high, 0);
    check->max = read_number(reading, value, "max", 0, high, high);
    if (json_object_size(value) == 0 || check->min > check->max) {
        fault(reading, "should say min, max or both, and min should not be above max");
    }
}

static void read_order(reading_t *reading, const json_t *value, dyn_story_check_t *check)
{
    if (!json_is_array(value) || json_array_size(value) != 2) {
        fault(reading, "should be two descriptions of items: the first one's come before the "
                       "second one's");
        return;
    }
    for (size_t i = 0; i < 2; i++) {
        size_t back = enter_element(reading, i);

        *(i == 0 ? &check->selector : &check->then) =
            new_selector(reading, json_array_get(value, i));
        leave(reading, back);
    }
}

static void read_distinct(reading_t *reading, const json_t *value, dyn_story_check_t *check)
{
    for (size_t i = 0; json_is_string(value) && i < DYN_STORY_DISTINCT_KINDS; i++) {
        if (strcmp(json_string_value(value), distinct_names[i]) == 0) {
            check->distinct = (dyn_story_distinct_t)i;
            return;
        }
    }
    fault(reading, "should be top_categories, categories or brands");
}

static void read_title(reading_t *reading, const json_t *value, dyn_story_check_t *check)
{
    if (!only(reading, value, "is contains lacks")) {
        return;
    }
    if (json_object_size(value) == 0) {
        fault(reading, "should say what the title is, contains or lacks");
    }
    check->is = json_object_get(value, "is") ? read_text(reading, value, "is") : DYN_STR_NONE;
    check->contains =
        json_object_get(value, "contains") ? read_text(reading, value, "contains") : DYN_STR_NONE;
    check->lacks =
        json_object_get(value, "lacks") ? read_text(reading, value, "lacks") : DYN_STR_NONE;
}

/* The number of an earlier visit. */
static void read_repeated(reading_t *reading, const json_t *value, dyn_story_check_t *check)
{
    const dyn_story_t *story = reading->story;
    json_int_t number = json_integer_value(value);

    if (number < 1 || (size_t)number >= story->step_count ||
        story->steps[number - 1].kind != DYN_STORY_VISIT) {
        fault(reading, "should be the number of an earlier step that is a visit; the first is 1");
    } else {
        check->earlier = (size_t)number - 1;
    }
}

static void read_nothing_foreign(reading_t *reading, const json_t *object, const json_t *value,
                                 dyn_surface_t surface, dyn_story_check_t *check)
{
    if (surface != DYN_SURFACE_PDP && surface != DYN_SURFACE_PLP) {
        fault(reading, "is for the pages pdp and plp, which have a category");
    }
    if (!json_is_true(value)) {
        check->welcome = numbers_of(reading, object, "nothing_foreign", take_category);
    }
}

/* The part that the member named by the check's kind tells; the path is that member's. */
static void read_subject(reading_t *reading, const json_t *value, dyn_story_check_t *check)
{
    switch (check->kind) {
    case DYN_STORY_COUNT:
        read_bounds(reading, value, DYN_SLOTS_MAX * DYN_SLOT_ITEMS_MAX, check);
        break;
    case DYN_STORY_CONFIDENCE:
        read_bounds(reading, value, 1, check);
        break;
    case DYN_STORY_ORDER:
        read_order(reading, value, check);
        break;
    case DYN_STORY_DISTINCT:
        read_distinct(reading, value, check);
        break;
    case DYN_STORY_TITLE:
        read_title(reading, value, check);
        break;
    case DYN_STORY_REPEATED:
        read_repeated(reading, value, check);
        break;
    case DYN_STORY_NOTHING:
        if (!json_is_true(value)) {
            fault(reading, "should be true");
        }
        break;
    case DYN_STORY_SHARE:
    case DYN_STORY_EVERY:
    case DYN_STORY_NONE:
    case DYN_STORY_SOME:
        check->selector = new_selector(reading, value);
        break;
    default:
        break;
    }
}

static bool find_kind(const json_t *object, dyn_story_check_kind_t *kind)
{
    size_t found = 0;

    for (size_t i = 0; i < DYN_STORY_CHECK_KINDS; i++) {
        if (json_object_get(object, check_names[i]) != NULL) {
            *kind = (dyn_story_check_kind_t)i;
            found++;
        }
    }

    return found == 1;
}

static void read_check(reading_t *reading, const json_t *object, dyn_surface_t surface,
                       dyn_story_check_t *check)
{
    *check = (dyn_story_check_t){.slot = reading->slot};
    if (!json_is_object(object) || !find_kind(object, &check->kind)) {
        fault(reading, "should be an object with one of: count, share, every, none, some, order, "
                       "distinct, title, confidence, rung, nothing_foreign, repeated, nothing, "
                       "moment, messages");
        return;
    }
    if (!only(reading, object, check_members[check->kind])) {
        return;
    }

    const char *name = check_names[check->kind];
    size_t back = enter(reading, name);

    read_subject(reading, json_object_get(object, name), check);
    leave(reading, back);

    if (check->kind == DYN_STORY_RUNG) {
        check->rungs = words_of(reading, object, name, take_rung);
    } else if (check->kind == DYN_STORY_MOMENT) {
        check->rungs = words_of(reading, object, name, take_moment);
    } else if (check->kind == DYN_STORY_MESSAGES) {
        check->rungs = words_of(reading, object, name, take_message);
    } else if (check->kind == DYN_STORY_NOTHING_FOREIGN) {
        read_nothing_foreign(reading, object, json_object_get(object, name), surface, check);
    } else if (check->kind == DYN_STORY_SHARE || check->kind == DYN_STORY_REPEATED) {
        check->min = read_number(reading, object, "min", 0, 1, 0);
        check->max = read_number(reading, object, "max", 0, 1, 1);
    } else if (check->kind == DYN_STORY_SOME || check->kind == DYN_STORY_DISTINCT) {
        check->min = read_number(reading, object, "min", 0, DYN_SLOT_ITEMS_MAX, 1);
        check->max = read_number(reading, object, "max", 0, 1000, 1000);
    }
    if ((check->kind == DYN_STORY_SHARE || check->kind == DYN_STORY_REPEATED) &&
        json_object_get(object, "min") == NULL && json_object_get(object, "max") == NULL) {
        fault(reading, "min or max is missing: a share should be at least or at most something");
    }
    check->first = (uint32_t)read_number(reading, object, "first", 1, 1000, 0);
    check->why = read_text(reading, object, "why");
}

static bool has_slot(const dyn_slot_t *slots, size_t count, dyn_str_t name)
{
    for (size_t i = 0; i < count; i++) {
        if (dyn_str_equal(slots[i].name, name)) {
            return true;
        }
    }

    return false;
}

static void read_expect(reading_t *reading, const json_t *expect, dyn_story_step_t *step)
{
    const char *slot;
    json_t *list;
    size_t back = enter(reading, "expect");

    if (!json_is_object(expect)) {
        fault(reading, "should be an object: a list of checks for each slot, such as {\"recs\": "
                       "[...]}");
    }
    step->checks = dyn_arena_array(reading->arena, DYN_STORY_CHECKS_MAX, sizeof(*step->checks));
    json_object_foreach((json_t *)(uintptr_t)expect, slot, list)
    {
        size_t inner = enter(reading, slot);

        if (!has_slot(step->slots, step->slot_count, dyn_str_from(slot)) &&
            strcmp(slot, "page") != 0) {
            fault(reading, "this page has no such slot: one of the visit's slots (recs, on pdp and "
                           "cart also bought_with), or page for all of them would be right");
        } else if (!json_is_array(list)) {
            fault(reading, "should be a list of checks");
        }
        reading->slot = dyn_arena_str(reading->arena, dyn_str_from(slot));
        for (size_t i = 0; step->checks != NULL && i < json_array_size(list); i++) {
            size_t element = enter_element(reading, i);

            if (step->check_count == DYN_STORY_CHECKS_MAX) {
                fault(reading, "is one check too many: a step has at most %d",
                      DYN_STORY_CHECKS_MAX);
            } else {
                read_check(reading, json_array_get(list, i), step->surface,
                           &step->checks[step->check_count++]);
            }
            leave(reading, element);
        }
        leave(reading, inner);
    }
    leave(reading, back);
}

/* ---- steps ---- */

typedef struct {
    dyn_slot_t slots[DYN_SLOTS_MAX];
    size_t count;
} own_slots_t;

static void take_slot(reading_t *reading, dyn_str_t text, void *context)
{
    own_slots_t *own = context;
    dyn_slot_t slot;
    dyn_error_t error;

    if (!dyn_slot_parse(text, &slot, &error)) {
        fault(reading, "%.300s", error.text);
    } else if (has_slot(own->slots, own->count, slot.name)) {
        fault(reading, "is named twice");
    } else if (own->count == DYN_SLOTS_MAX) {
        fault(reading, "is one slot too many: a page has at most %d", DYN_SLOTS_MAX);
    } else {
        own->slots[own->count++] = slot;
    }
}

/* The visit's own ones, else those of the surface. */
static void read_slots(reading_t *reading, const json_t *visit, dyn_story_step_t *step)
{
    own_slots_t own = {.count = 0};

    step->slot_count = dyn_default_slots(step->surface, &step->slots);
    each_text(reading, visit, "slots", take_slot, &own);
    if (own.count > 0) {
        dyn_slot_t *slots = dyn_arena_array(reading->arena, own.count, sizeof(*slots));

        if (slots != NULL) {
            memcpy(slots, own.slots, own.count * sizeof(*slots));
            step->slots = slots;
            step->slot_count = own.count;
        }
    }
}

static void read_visit(reading_t *reading, const json_t *visit, dyn_story_step_t *step)
{
    if (!only(reading, visit, "surface item category search from slots")) {
        return;
    }

    dyn_str_t surface = read_text(reading, visit, "surface");
    dyn_str_t item = read_text(reading, visit, "item");
    dyn_str_t category = read_text(reading, visit, "category");
    size_t back = enter(reading, "surface");

    if (!dyn_surface_from_name(surface, &step->surface)) {
        fault(reading, "should be home, plp, pdp, cart, search, landing or checkout");
    }
    leave(reading, back);
    step->search = read_text(reading, visit, "search");
    step->from = read_text(reading, visit, "from");
    read_slots(reading, visit, step);
    if ((step->surface == DYN_SURFACE_PDP) != (item.len > 0)) {
        fault(reading, "a page pdp names its item, and no other page does");
    } else if ((step->surface == DYN_SURFACE_PLP) != (category.len > 0)) {
        fault(reading, "a page plp names its category, and no other page does");
    }
    if (item.len > 0) {
        back = enter(reading, "item");
        take_item(reading, item, &(gathered_t){.count = 0});
        leave(reading, back);
        step->item_id = item;
    } else if (category.len > 0) {
        back = enter(reading, "category");
        take_category(reading, category, &(gathered_t){.count = 0});
        leave(reading, back);
        step->item_id = category;
    }
}

static void read_event(reading_t *reading, const json_t *event, dyn_story_step_t *step)
{
    char *text = json_dumps(event, JSON_COMPACT | JSON_ENCODE_ANY);
    dyn_event_batch_t batch = {.count = 0};
    dyn_error_t reason;

    if (text == NULL || !dyn_event_parse(dyn_str_from(text), 0, reading->arena, &batch, &reason)) {
        fault(reading, "%.200s", text == NULL ? "memory is out" : reason.text);
        free(text);
        return;
    }
    for (size_t i = 0; i < batch.fault_count; i++) {
        fault(reading, "%.*s", (int)batch.faults[i].sentence.len, batch.faults[i].sentence.data);
    }
    for (size_t i = 0; i < batch.count; i++) {
        if (batch.events[i].item_id.len > 0 &&
            dyn_snapshot_find_item(reading->snapshot, batch.events[i].item_id, NULL) == DYN_NONE) {
            fault(reading, "\"%.*s\" is no item of the snapshot", (int)batch.events[i].item_id.len,
                  batch.events[i].item_id.data);
        }
    }
    step->event = dyn_arena_str(reading->arena, dyn_str_from(text));
    free(text);
}

static void read_step(reading_t *reading, const json_t *object, dyn_story_step_t *step)
{
    static const char *const kinds[] = {"visit", "event", "wait", "next_visit"};
    const char *kind = NULL;
    size_t found = 0;

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (json_object_get(object, kinds[i]) != NULL) {
            kind = kinds[i];
            found++;
        }
    }
    if (found != 1) {
        fault(reading, "should have one of: visit, event, wait, next_visit");
        return;
    }
    if (!only(reading, object,
              kind == kinds[0]   ? "visit expect note"
              : kind == kinds[1] ? "event note"
              : kind == kinds[2] ? "wait note"
                                 : "next_visit note")) {
        return;
    }

    const json_t *value = json_object_get(object, kind);
    size_t back = enter(reading, kind);

    if (kind == kinds[0]) {
        step->kind = DYN_STORY_VISIT;
        read_visit(reading, value, step);
    } else if (kind == kinds[1]) {
        step->kind = DYN_STORY_EVENT;
        read_event(reading, value, step);
    }
    leave(reading, back);
    if (kind == kinds[2]) {
        step->kind = DYN_STORY_WAIT;
        step->wait_ms = (int64_t)(read_number(reading, object, kind, 0.001, 3600, 0) * 1000);
    } else if (kind == kinds[3]) {
        step->kind = DYN_STORY_WAIT;
        step->wait_ms = (int64_t)(read_number(reading, object, kind, 1, 2400, 0) * 3600000);
    }
    if (json_object_get(object, "expect") != NULL) {
        read_expect(reading, json_object_get(object, "expect"), step);
    }
    read_text(reading, object, "note");
}

static void read_visitor(reading_t *reading, const json_t *visitor, dyn_story_t *story)
{
    size_t back = enter(reading, "visitor");
    const json_t *returning = json_object_get(visitor, "returning");

    if (only(reading, visitor, "returning age country device")) {
        dyn_str_t country = read_text(reading, visitor, "country");
        dyn_str_t device = read_text(reading, visitor, "device");

        story->returning = json_is_true(returning);
        if (returning != NULL && !json_is_boolean(returning)) {
            fault(reading, "returning should be true or false");
        }
        story->age = (uint8_t)read_number(reading, visitor, "age", 1, 255, 0);
        if (country.len > 0 &&
            (country.len != 2 || country.data[0] < 'A' || country.data[0] > 'Z' ||
             country.data[1] < 'A' || country.data[1] > 'Z')) {
            fault(reading, "country should be two capital letters, such as DE");
        } else if (country.len > 0) {
            memcpy(story->country, country.data, 2);
        }
        if (device.len > 0) {
            size_t i = DYN_DEVICE_DESKTOP;

            while (i < DYN_DEVICES_COUNT &&
                   !dyn_str_equal(dyn_device_name((dyn_device_t)i), device)) {
                i++;
            }
            if (i == DYN_DEVICES_COUNT) {
                fault(reading, "device should be desktop, mobile or tablet");
            } else {
                story->device = (dyn_device_t)i;
            }
        }
    }
    leave(reading, back);
}

static void read_story(reading_t *reading, const json_t *root, dyn_story_t *story)
{
    const json_t *steps = json_object_get(root, "steps");

    if (!only(reading, root, "schema title note visitor steps") && !json_is_object(root)) {
        return;
    }
    if (!dyn_str_equal(read_text(reading, root, "schema"), DYN_STR("dynstore.story/1"))) {
        size_t back = enter(reading, "schema");

        fault(reading, "should be \"dynstore.story/1\"");
        leave(reading, back);
    }
    story->title = read_text(reading, root, "title");
    story->note = read_text(reading, root, "note");
    if (story->title.len == 0) {
        fault(reading, "title is missing: a sentence that tells the story");
    }
    story->device = DYN_DEVICE_DESKTOP;
    if (json_object_get(root, "visitor") != NULL) {
        read_visitor(reading, json_object_get(root, "visitor"), story);
    }

    size_t back = enter(reading, "steps");

    if (!json_is_array(steps) || json_array_size(steps) == 0 ||
        json_array_size(steps) > DYN_STORY_STEPS_MAX) {
        fault(reading, "should be a list of 1 to %d steps", DYN_STORY_STEPS_MAX);
    } else {
        story->steps =
            dyn_arena_array(reading->arena, json_array_size(steps), sizeof(*story->steps));
        for (size_t i = 0; story->steps != NULL && i < json_array_size(steps); i++) {
            size_t inner = enter_element(reading, i);

            read_step(reading, json_array_get(steps, i), &story->steps[story->step_count++]);
            leave(reading, inner);
        }
    }
    leave(reading, back);
}

static bool read_file(const char *path, dyn_arena_t *arena, dyn_str_t *text, dyn_error_t *error)
{
    FILE *file = fopen(path, "rb");
    char *bytes = dyn_arena_alloc(arena, FILE_BYTES_MAX);

    if (file == NULL || bytes == NULL) {
        dyn_fail(error, "%.200s: %s", path, file == NULL ? strerror(errno) : "memory is out");
        if (file != NULL) {
            fclose(file);
        }
        return false;
    }
    *text = (dyn_str_t){bytes, fread(bytes, 1, FILE_BYTES_MAX, file)};

    bool whole = feof(file) && !ferror(file);

    fclose(file);
    dyn_arena_shrink(arena, bytes, FILE_BYTES_MAX, text->len);

    return whole || dyn_fail(error, "%.200s: cannot be read, or is larger than %d bytes", path,
                             FILE_BYTES_MAX);
}

bool dyn_story_read(const char *path, const dyn_snapshot_t *snapshot, dyn_arena_t *arena,
                    dyn_faults_t *faults, dyn_story_t *story, dyn_error_t *error)
{
    reading_t reading = {
        .file = path, .snapshot = snapshot, .arena = arena, .faults = faults, .story = story};
    json_error_t problem;

    error->text[0] = '\0';
    *story = (dyn_story_t){.path = path};
    if (!read_file(path, arena, &reading.text, error)) {
        return false;
    }

    json_t *root =
        json_loadb(reading.text.data, reading.text.len, JSON_REJECT_DUPLICATES, &problem);

    if (root == NULL) {
        (void)dyn_fault(faults, path, (uint64_t)(problem.line > 0 ? problem.line : 1), "story",
                        "is no JSON: %.150s", problem.text);
        return false;
    }
    read_story(&reading, root, story);
    json_decref(root);
    if (arena->exhausted) {
        return dyn_fail(error, "%.200s: memory is out", path);
    }

    return !reading.bad;
}

void dyn_story_step_words(const dyn_story_step_t *step, char *text, size_t size)
{
    dyn_str_t surface = dyn_surface_name(step->surface);
    dyn_str_t what = step->search.len > 0 ? step->search : step->item_id;

    snprintf(text, size, "%.*s%s%.*s", (int)surface.len, surface.data, what.len > 0 ? " " : "",
             (int)what.len, what.len > 0 ? what.data : "");
}

#include "cli/lint/walk.h"

#include <stdarg.h>
#include <stdio.h>

#include "engine/policy/zone.h"

enum { SENTENCE_BYTES = 400 };

static void add_warning(dyn_lint_walk_t *walk, bool of_key, const char *sentence)
{
    dyn_place_in_text_t place = dyn_json_path_place(walk->checked->text, &walk->path, of_key, 0);
    size_t at = json_array_size(walk->warnings);

    for (; at > 0; at--) {
        const json_t *before = json_array_get(walk->warnings, at - 1);
        json_int_t line = json_integer_value(json_object_get(before, "line"));

        if (line < (json_int_t)place.line ||
            (line == (json_int_t)place.line &&
             json_integer_value(json_object_get(before, "column")) <= (json_int_t)place.column)) {
            break;
        }
    }
    json_array_insert_new(walk->warnings, at,
                          json_pack("{s:I, s:I, s:s}", "line", (json_int_t)place.line, "column",
                                    (json_int_t)place.column, "sentence", sentence));
}

void dyn_lint_warn(dyn_lint_walk_t *walk, bool of_key, const char *format, ...)
{
    char sentence[SENTENCE_BYTES];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(sentence, sizeof(sentence), format, arguments);
    va_end(arguments);
    add_warning(walk, of_key, sentence);
}

/* One value, or each of a list. */
static void visit_each(dyn_lint_walk_t *walk, const json_t *value, dyn_lint_visit_fn visit,
                       const void *context)
{
    if (!json_is_array(value)) {
        visit(walk, value, context);
        return;
    }
    for (size_t i = 0; i < json_array_size(value); i++) {
        dyn_enter_element(&walk->path, i);
        visit(walk, json_array_get(value, i), context);
        dyn_leave(&walk->path);
    }
}

void dyn_lint_visit(dyn_lint_walk_t *walk, const json_t *object, const char *key,
                    dyn_lint_visit_fn visit, const void *context)
{
    const json_t *value = json_object_get(object, key);

    if (value != NULL) {
        dyn_enter_member(&walk->path, key);
        visit_each(walk, value, visit, context);
        dyn_leave(&walk->path);
    }
}

dyn_str_t dyn_lint_name(const json_t *value, char room[32])
{
    if (json_is_string(value)) {
        return (dyn_str_t){json_string_value(value), json_string_length(value)};
    }
    if (json_is_true(value)) {
        return DYN_STR("yes");
    }
    snprintf(room, 32, "%.10g", json_number_value(value));

    return dyn_str_from(room);
}

bool dyn_lint_enabled(const json_t *object)
{
    return !json_is_false(json_object_get(object, "enabled"));
}

void dyn_lint_until(dyn_lint_walk_t *walk, const json_t *object, const char *what)
{
    const json_t *until = json_object_get(object, "until");
    char room[32];
    int64_t until_ms;

    if (until == NULL ||
        !dyn_zone_time(walk->checked->policy->time_zone, dyn_lint_name(until, room), &until_ms) ||
        until_ms > walk->checked->now_ms) {
        return;
    }
    dyn_enter_member(&walk->path, "until");
    dyn_lint_warn(walk, false, "this has passed, so that %s: remove it, or write a later day",
                  what);
    dyn_leave(&walk->path);
}

void dyn_lint_times(dyn_lint_walk_t *walk, const json_t *object, const char *what)
{
    const json_t *from = json_object_get(object, "from");
    char room[32];
    int64_t from_ms;

    dyn_lint_until(walk, object, what);
    if (from != NULL &&
        dyn_zone_time(walk->checked->policy->time_zone, dyn_lint_name(from, room), &from_ms) &&
        from_ms > walk->checked->now_ms) {
        dyn_enter_member(&walk->path, "from");
        dyn_lint_warn(
            walk, false,
            "this is still to come, and until then %s: check that day with --now, or write "
            "an earlier one",
            what);
        dyn_leave(&walk->path);
    }
}

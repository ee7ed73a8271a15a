#include "engine/base/tables.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define X(c, n) {n, sizeof(n) - 1},
static const dyn_str_t surfaces[] = {DYN_SURFACES(X)};
static const dyn_str_t rungs[] = {DYN_RUNGS(X)};
static const dyn_str_t moments[] = {DYN_MOMENTS(X)};
static const dyn_str_t devices[] = {DYN_DEVICES(X)};
static const dyn_str_t sources[] = {DYN_SOURCES(X)};
static const dyn_str_t filters[] = {DYN_FILTERS(X)};
static const dyn_str_t slot_kinds[] = {DYN_SLOT_KINDS(X)};
static const dyn_str_t comparison_rows[] = {DYN_COMPARISON_ROWS(X)};
#undef X

#define X(c, n, doc) {n, sizeof(n) - 1},
static const dyn_str_t messages[] = {DYN_MESSAGES(X)};
#undef X

#define X(c, n, code) {n, sizeof(n) - 1},
static const dyn_str_t event_names[] = {DYN_EVENT_TYPES(X)};
#undef X
#define X(c, n, code) code,
static const char event_codes[][3] = {DYN_EVENT_TYPES(X)};
#undef X

#define X(c, n) {n, sizeof(n) - 1},
static const dyn_str_t reasons[] = {DYN_REASONS(X)};
static const dyn_str_t cta_actions[] = {DYN_CTAS(X)};
#undef X

static const struct {
    dyn_str_t name;
    dyn_event_type_t type;
} event_aliases[] = {
#define X(n, c) {{n, sizeof(n) - 1}, DYN_EVENT_##c},
    DYN_EVENT_ALIASES(X)
#undef X
};

static dyn_str_t name_at(const dyn_str_t *names, size_t count, size_t index)
{
    return index < count ? names[index] : DYN_STR("");
}

static bool index_of(const dyn_str_t *names, size_t count, dyn_str_t name, size_t *index)
{
    for (size_t i = 0; i < count; i++) {
        if (dyn_str_equal(names[i], name)) {
            *index = i;
            return true;
        }
    }

    return false;
}

dyn_str_t dyn_surface_name(dyn_surface_t surface)
{
    return name_at(surfaces, COUNT(surfaces), surface);
}

dyn_str_t dyn_rung_name(dyn_rung_t rung)
{
    return name_at(rungs, COUNT(rungs), rung);
}

dyn_str_t dyn_moment_name(dyn_moment_t moment)
{
    return name_at(moments, COUNT(moments), moment);
}

dyn_str_t dyn_device_name(dyn_device_t device)
{
    return name_at(devices, COUNT(devices), device);
}

dyn_str_t dyn_event_name(dyn_event_type_t type)
{
    return name_at(event_names, COUNT(event_names), type);
}

dyn_str_t dyn_event_code(dyn_event_type_t type)
{
    return type < COUNT(event_codes) ? (dyn_str_t){event_codes[type], 2} : DYN_STR("");
}

dyn_str_t dyn_source_name(dyn_source_t source)
{
    return name_at(sources, COUNT(sources), source);
}

dyn_str_t dyn_reason_name(dyn_reason_t reason)
{
    return name_at(reasons, COUNT(reasons), reason);
}

dyn_str_t dyn_cta_action(dyn_cta_t cta)
{
    return name_at(cta_actions, COUNT(cta_actions), cta);
}

dyn_str_t dyn_filter_name(dyn_filter_t filter)
{
    return name_at(filters, COUNT(filters), filter);
}

dyn_str_t dyn_message_name(dyn_message_kind_t message)
{
    return name_at(messages, COUNT(messages), message);
}

dyn_str_t dyn_slot_kind_name(dyn_slot_kind_t kind)
{
    return name_at(slot_kinds, COUNT(slot_kinds), kind);
}

dyn_str_t dyn_comparison_row_name(dyn_comparison_row_kind_t row)
{
    return name_at(comparison_rows, COUNT(comparison_rows), row);
}

bool dyn_surface_from_name(dyn_str_t name, dyn_surface_t *surface)
{
    size_t index;

    if (!index_of(surfaces, COUNT(surfaces), name, &index)) {
        return false;
    }

    *surface = (dyn_surface_t)index;
    return true;
}

bool dyn_event_type_from_name(dyn_str_t name, dyn_event_type_t *type)
{
    size_t index;

    if (index_of(event_names, COUNT(event_names), name, &index)) {
        *type = (dyn_event_type_t)index;
        return true;
    }

    for (size_t i = 0; i < COUNT(event_aliases); i++) {
        if (dyn_str_equal(event_aliases[i].name, name)) {
            *type = event_aliases[i].type;
            return true;
        }
    }

    return false;
}

bool dyn_event_type_from_code(dyn_str_t code, dyn_event_type_t *type)
{
    if (code.len != 2) {
        return false;
    }

    /* this runs for each entry of each session, so it compares two bytes, not strings */
    for (size_t i = 0; i < COUNT(event_codes); i++) {
        if (event_codes[i][0] == code.data[0] && event_codes[i][1] == code.data[1]) {
            *type = (dyn_event_type_t)i;
            return true;
        }
    }

    return false;
}

bool dyn_source_from_name(dyn_str_t name, dyn_source_t *source)
{
    size_t index;

    if (!index_of(sources, COUNT(sources), name, &index)) {
        return false;
    }

    *source = (dyn_source_t)index;
    return true;
}

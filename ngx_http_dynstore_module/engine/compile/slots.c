#include "engine/compile/conditions.h"
#include "engine/compile/faults.h"
#include "engine/compile/parts.h"
#include "engine/compile/values.h"

#define X(c, n) n,
static const char *const flag_names[] = {DYN_BLEND_FLAGS(X) NULL};
#undef X
#define X(c, n) DYN_BLEND_##c,
static const uint32_t flag_bits[] = {DYN_BLEND_FLAGS(X)};
#undef X

/* Lays {"similar": 0.5, "trending": false} over the weights of a row; they stay in the order of the sources. */
static bool take_weights(dyn_compiler_t *compiler, const json_t *value, const json_t *floors,
                         float weights[DYN_SOURCES_COUNT], float least[DYN_SOURCES_COUNT],
                         bool given[DYN_SOURCES_COUNT])
{
    const dyn_names_t names = {{dyn_source_names}, 1};
    const json_t *const objects[] = {value, floors};
    static const char *const keys[] = {"sources", "floors"};
    const char *key;
    json_t *wanted;

    for (size_t i = 0; i < 2; i++) {
        if (objects[i] == NULL) {
            continue;
        }
        dyn_enter_member(&compiler->path, keys[i]);
        if (!dyn_take_object(compiler, objects[i], i == 0 ? "\"sources\"" : "\"floors\"")) {
            return false;
        }
        json_object_foreach((json_t *)objects[i], key, wanted)
        {
            uint32_t source;
            double number = 0;

            dyn_enter_member(&compiler->path, key);
            if (!dyn_find_name(dyn_source_names, key, &source)) {
                return dyn_compile_unknown(compiler, key, "source", &names, true);
            }
            if (!json_is_false(wanted) && !dyn_take_number(compiler, wanted, 0, 1000, &number)) {
                return false;
            }
            dyn_leave(&compiler->path);
            *(i == 0 ? &weights[source] : &least[source]) = (float)number;
            given[source] = given[source] || i == 0;
        }
        dyn_leave(&compiler->path);
    }

    return true;
}

static void add_weights(dyn_compiler_t *compiler, const float weights[DYN_SOURCES_COUNT],
                        const float floors[DYN_SOURCES_COUNT], const bool given[DYN_SOURCES_COUNT],
                        uint32_t *start, uint32_t *count)
{
    *start = compiler->weights.count;
    for (uint32_t source = 0; source < DYN_SOURCES_COUNT; source++) {
        if (given[source]) {
            const dyn_blend_weight_t row = {source, weights[source], floors[source]};

            (void)DYN_PUT(compiler, weights, &row);
        }
    }
    *count = compiler->weights.count - *start;
}

static bool take_limit(dyn_compiler_t *compiler, const json_t *object, uint32_t *limit)
{
    int32_t count = (int32_t)*limit;

    if (!dyn_take_count(compiler, object, "limit", 1, DYN_SLOT_ITEMS_MAX, &count)) {
        return false;
    }
    *limit = (uint32_t)count;

    return true;
}

bool dyn_take_variation(dyn_compiler_t *compiler, const json_t *value, dyn_variation_t *variation)
{
    float weights[DYN_SOURCES_COUNT] = {0}, floors[DYN_SOURCES_COUNT] = {0};
    bool given[DYN_SOURCES_COUNT] = {false};

    *variation = (dyn_variation_t){.title = DYN_NONE, .strength = -1};
    if (!take_weights(compiler, json_object_get(value, "sources"), NULL, weights, floors, given) ||
        !take_limit(compiler, value, &variation->limit) ||
        !dyn_take_own_text(compiler, value, "title", &variation->title) ||
        !dyn_take_strength(compiler, value, &variation->strength)) {
        return false;
    }
    add_weights(compiler, weights, floors, given, &variation->sources_start,
                &variation->sources_count);

    return true;
}

static bool compile_variation(dyn_compiler_t *compiler, const json_t *value, void *context)
{
    static const char *const members[] = {"when", "sources", "limit", "title", "strength", NULL};
    const dyn_names_t names = {{members}, 1};
    dyn_variation_t variation;
    dyn_when_t when;

    (void)context;
    if (!dyn_take_object(compiler, value, "a variation") ||
        !dyn_take_members(compiler, value, "member of a variation", &names)) {
        return false;
    }
    compiler->rule_id = DYN_STR("variation");
    dyn_enter_member(&compiler->path, "when");
    if (!dyn_compile_when(compiler, json_object_get(value, "when"), dyn_compile_request_members,
                          &when)) {
        return false;
    }
    if (dyn_condition_asks_for_candidate(compiler, when)) {
        return dyn_compile_fault(compiler,
                                 "a variation is chosen before there are candidates: it cannot ask "
                                 "for \"item\"");
    }
    dyn_leave(&compiler->path);
    if (!dyn_take_variation(compiler, value, &variation)) {
        return false;
    }
    variation.when = when;

    return DYN_PUT(compiler, variations, &variation);
}

static bool take_flag(dyn_compiler_t *compiler, const json_t *value, void *context)
{
    uint32_t *flags = context, flag = 0;

    if (!dyn_take_name(compiler, value, flag_names, "flag", &flag)) {
        return false;
    }
    *flags |= flag_bits[flag];

    return true;
}

static bool take_flags(dyn_compiler_t *compiler, const json_t *object, uint32_t *flags)
{
    const json_t *value = dyn_enter_given(compiler, object, "flags");

    if (value == NULL) {
        return true;
    }
    *flags = 0;

    return dyn_left(compiler, dyn_take_rows(compiler, value, "\"flags\"", take_flag, flags));
}

static bool take_format(dyn_compiler_t *compiler, const json_t *object, uint8_t *format)
{
    static const char *const formats[] = {"json", "html", NULL};
    const json_t *value = dyn_enter_given(compiler, object, "format");
    uint32_t number = 0;

    if (value == NULL) {
        return true;
    }
    if (!dyn_take_name(compiler, value, formats, "format", &number)) {
        return false;
    }
    dyn_leave(&compiler->path);
    *format = (uint8_t)(number + 1);

    return true;
}

static const json_t *slots_of(const json_t *file, uint32_t surface)
{
    const json_t *surfaces = json_object_get(file, "surfaces");
    const char *name = surface == DYN_BLEND_ANY_SURFACE ? "any" : dyn_surface_names[surface];

    return json_object_get(json_object_get(surfaces, name), "slots");
}

static const json_t *slot_of(const json_t *file, uint32_t surface, const char *name)
{
    const json_t *slots = slots_of(file, surface);

    for (size_t i = 0; i < json_array_size(slots); i++) {
        const json_t *slot = json_array_get(slots, i);

        if (strcmp(json_string_value(json_object_get(slot, "slot")), name) == 0) {
            return slot;
        }
    }

    return NULL;
}

/* What a slot of that name is in the built-in file; NULL: there is no such file. */
static const json_t *slot_below(const dyn_compiler_t *compiler, uint32_t surface, const char *name)
{
    const uint32_t surfaces[] = {surface, DYN_BLEND_ANY_SURFACE};
    const char *const names[] = {name, "*"};
    const json_t *slot = NULL;

    for (size_t i = 0; slot == NULL && i < 4; i++) {
        slot = slot_of(compiler->below, surfaces[i % 2], names[i / 2]);
    }

    return slot;
}

/* The built-in slot with the file's members over it; of sources and floors each one by itself. NULL: there is no memory. */
static json_t *lay_over(const json_t *below, const json_t *value)
{
    static const char *const joined[] = {"sources", "floors"};
    json_t *slot = below == NULL ? json_object() : json_copy((json_t *)below);

    json_object_update(slot, (json_t *)value);
    for (size_t i = 0; i < sizeof(joined) / sizeof(joined[0]); i++) {
        const json_t *usual = json_object_get(below, joined[i]);
        json_t *own = json_object_get(value, joined[i]);

        if (json_is_object(usual) && json_is_object(own)) {
            json_t *both = json_copy((json_t *)usual);

            json_object_update(both, own);
            json_object_set_new(slot, joined[i], both);
        }
    }

    return slot;
}

/* "*" stands for every slot that has no row of its own. */
static bool take_row_name(dyn_compiler_t *compiler, const json_t *value, dyn_str_t *name)
{
    if (dyn_str_equal(dyn_text_of(value), DYN_STR("*"))) {
        *name = DYN_STR("");
        return true;
    }

    return dyn_take_slot_name(compiler, value, name);
}

static bool take_variations(dyn_compiler_t *compiler, const json_t *object, dyn_policy_slot_t *slot)
{
    const json_t *value = dyn_enter_given(compiler, object, "variations");

    slot->variations_start = compiler->variations.count;
    if (value != NULL && !dyn_left(compiler, dyn_take_rows(compiler, value, "\"variations\"",
                                                           compile_variation, NULL))) {
        return false;
    }
    slot->variations_count = compiler->variations.count - slot->variations_start;

    return true;
}

/* All but its name, which is known. */
static bool compile_slot_members(dyn_compiler_t *compiler, const json_t *value,
                                 dyn_policy_slot_t *slot)
{
    float weights[DYN_SOURCES_COUNT] = {0}, floors[DYN_SOURCES_COUNT] = {0};
    bool given[DYN_SOURCES_COUNT] = {false};

    if (!take_weights(compiler, json_object_get(value, "sources"), json_object_get(value, "floors"),
                      weights, floors, given) ||
        !take_limit(compiler, value, &slot->limit) ||
        !dyn_take_own_text(compiler, value, "title", &slot->title) ||
        !dyn_take_strength(compiler, value, &slot->strength) ||
        !take_flags(compiler, value, &slot->row.flags) ||
        !take_format(compiler, value, &slot->format)) {
        return false;
    }
    add_weights(compiler, weights, floors, given, &slot->row.weights_start,
                &slot->row.weights_count);

    return take_variations(compiler, value, slot) && DYN_PUT(compiler, slots, slot);
}

static bool has_slot(dyn_compiler_t *compiler, uint32_t surface, dyn_str_t name)
{
    for (uint32_t i = 0; i < compiler->slots.count; i++) {
        const dyn_blend_row_t *row = &DYN_ROW(compiler, slots, dyn_policy_slot_t, i)->row;

        if (row->surface == surface && dyn_str_equal(dyn_str_from(row->slot), name)) {
            return true;
        }
    }

    return false;
}

/* context: the number of its surface */
static bool compile_slot(dyn_compiler_t *compiler, const json_t *value, void *context)
{
    static const char *const members[] = {"slot",  "limit",    "sources", "floors",     "flags",
                                          "title", "strength", "format",  "variations", NULL};
    const dyn_names_t names = {{members}, 1};
    json_t *name = json_object_get(value, "slot"), *whole;
    dyn_policy_slot_t slot = {
        .title = DYN_NONE, .strength = 1, .own = compiler->below != NULL && !compiler->of_below};
    const uint32_t surface = *(const uint32_t *)context;
    dyn_str_t text;
    bool good;

    if (!dyn_take_object(compiler, value, "a slot") ||
        !dyn_take_members(compiler, value, "member of a slot", &names)) {
        return false;
    }
    if (name == NULL) {
        return dyn_compile_fault(compiler, "the slot has no name: \"slot\": \"recs\"");
    }
    dyn_enter_member(&compiler->path, "slot");
    if (!take_row_name(compiler, name, &text)) {
        return false;
    }
    if (has_slot(compiler, surface, text) && compiler->of_below) {
        dyn_leave(&compiler->path);
        return true;
    }
    if (has_slot(compiler, surface, text)) {
        return dyn_compile_fault(compiler,
                                 "the surface has a slot \"%.32s\" before this one: join them",
                                 json_string_value(name));
    }
    dyn_leave(&compiler->path);
    if (compiler->slots.count == DYN_RULES_SLOTS_MAX) {
        return dyn_compile_fault(compiler,
                                 "the file has more than %d slots, the built-in ones included",
                                 DYN_RULES_SLOTS_MAX);
    }
    memcpy(slot.row.slot, text.data, text.len);
    slot.row.surface = surface;
    whole = lay_over(
        compiler->of_below ? NULL : slot_below(compiler, surface, json_string_value(name)), value);
    good = compile_slot_members(compiler, whole, &slot);
    json_decref(whole);

    return good;
}

bool dyn_compile_surfaces(dyn_compiler_t *compiler, const json_t *value)
{
    static const char *const any[] = {"any", NULL}, *const members[] = {"slots", NULL};
    const dyn_names_t names = {{dyn_surface_names, any}, 2}, inner = {{members}, 1};
    const char *key;
    json_t *surface;

    if (!dyn_take_object(compiler, value, "\"surfaces\"")) {
        return false;
    }
    json_object_foreach((json_t *)value, key, surface)
    {
        uint32_t number = DYN_BLEND_ANY_SURFACE;
        const json_t *slots;

        dyn_enter_member(&compiler->path, key);
        if (strcmp(key, "any") != 0 && !dyn_find_name(dyn_surface_names, key, &number)) {
            return dyn_compile_unknown(compiler, key, "surface", &names, true);
        }
        if (!dyn_take_object(compiler, surface, "a surface") ||
            !dyn_take_members(compiler, surface, "member of a surface", &inner)) {
            return false;
        }
        slots = dyn_enter_given(compiler, surface, "slots");
        if (slots != NULL && !dyn_left(compiler, dyn_take_rows(compiler, slots, "\"slots\"",
                                                               compile_slot, &number))) {
            return false;
        }
        dyn_leave(&compiler->path);
    }

    return true;
}

/* How general a row is: of a surface and slot, of a slot, of a surface, of all. */
static int generality(const dyn_policy_slot_t *slot)
{
    return (slot->row.slot[0] == '\0' ? 2 : 0) + (slot->row.surface == DYN_BLEND_ANY_SURFACE);
}

void dyn_compile_order_slots(dyn_compiler_t *compiler)
{
    dyn_policy_slot_t *rows = (dyn_policy_slot_t *)(void *)compiler->slots.rows;

    for (uint32_t i = 1; i < compiler->slots.count; i++) {
        dyn_policy_slot_t row = rows[i];
        uint32_t at = i;

        for (; at > 0 && generality(&rows[at - 1]) > generality(&row); at--) {
            rows[at] = rows[at - 1];
        }
        rows[at] = row;
    }
}

bool dyn_compile_built_in_slots(dyn_compiler_t *compiler)
{
    const json_t *surfaces = json_object_get(compiler->below, "surfaces");
    bool good = true;

    compiler->of_below = true;
    compiler->path.depth = 0;
    if (surfaces != NULL) {
        good = dyn_compile_surfaces(compiler, surfaces);
    }
    compiler->of_below = false;

    return good;
}

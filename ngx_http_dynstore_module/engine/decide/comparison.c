#include "engine/catalogue/kind.h"
#include "engine/decide/comparison.h"
#include "engine/decide/moment_slots.h"

#include <string.h>

enum { ITEMS = DYN_COMPARISON_ITEMS_MAX, NAMES_MAX = 64 };

/* A page with several tells them apart behind the name: hero-2, banner_top. */
static bool is_for_content(dyn_str_t name)
{
    static const char *const names[] = {"hero", "banner", "modules"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        size_t length = strlen(names[i]);

        if (name.len >= length && memcmp(name.data, names[i], length) == 0 &&
            (name.len == length || name.data[length] == '-' || name.data[length] == '_')) {
            return true;
        }
    }

    return false;
}

dyn_slot_kind_t dyn_moment_slot_kind(dyn_str_t name)
{
    static const dyn_slot_kind_t kinds[] = {DYN_SLOT_COMPARISON, DYN_SLOT_GUIDE, DYN_SLOT_MESSAGES,
                                            DYN_SLOT_BUNDLE};

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (dyn_str_equal(name, dyn_slot_kind_name(kinds[i]))) {
            return kinds[i];
        }
    }

    return is_for_content(name) ? DYN_SLOT_CONTENT : DYN_SLOT_LIST;
}

/* ---- what is compared ---- */

typedef struct {
    dyn_work_t *work;
    uint32_t kind_of; /* of whose kind all are */
    uint32_t wanted;
    uint32_t items[ITEMS];
    uint32_t count;
} choice_t;

static void choose(choice_t *choice, uint32_t item)
{
    const dyn_work_t *work = choice->work;

    if (choice->count == choice->wanted || !dyn_same_kind(work->snapshot, choice->kind_of, item) ||
        dyn_filter_mask(work, item) >= 0 ||
        dyn_rules_apart(work, choice->items, choice->count, item)) {
        return;
    }
    for (uint32_t i = 0; i < choice->count; i++) {
        if (dyn_work_item(work, choice->items[i])->group == dyn_work_item(work, item)->group) {
            return;
        }
    }
    choice->items[choice->count++] = item;
}

/* What was clicked to be compared goes before what was only viewed. */
static void choose_all(choice_t *choice)
{
    const dyn_session_t *session = choice->work->session;

    if (choice->work->page_item != DYN_NONE) {
        choose(choice, choice->work->page_item);
    }
    for (int pass = 0; pass < 2; pass++) {
        for (uint32_t i = 0; i < session->recent_count; i++) {
            const dyn_interest_t *recent = &session->recent[i];

            if (pass == 0 ? recent->compared : recent->views > 0) {
                choose(choice, recent->item);
            }
        }
    }
}

bool dyn_comparison_fill(dyn_work_t *work, dyn_moment_found_t found, uint32_t wanted,
                         dyn_slot_decision_t *slot)
{
    enum { LEAST = 2 };
    choice_t choice = {.work = work, .kind_of = found.item, .wanted = wanted};

    choice.wanted = choice.wanted < ITEMS ? choice.wanted : ITEMS;
    choice.wanted = choice.wanted > LEAST ? choice.wanted : LEAST;
    choose_all(&choice);
    if (choice.count < LEAST) {
        return true;
    }

    slot->choices = dyn_arena_alloc(work->arena, choice.count * sizeof(dyn_choice_t));
    if (slot->choices == NULL) {
        return false;
    }
    for (; slot->count < choice.count; slot->count++) {
        uint32_t item = choice.items[slot->count];

        slot->choices[slot->count] =
            (dyn_choice_t){.item = item,
                           .score = 1 - (float)slot->count / (2.0f * ITEMS),
                           .source = DYN_SOURCE_RECENTLY_VIEWED,
                           .reason = DYN_REASON_COMPARED,
                           .reference = DYN_NONE,
                           .strength = 1,
                           .cta = dyn_cta_of(work, item),
                           .propensity = 1};
    }
    slot->rung = DYN_RUNG_SESSION;

    return dyn_comparison_rows(work->snapshot, work->request->now_ms, work->arena, slot);
}

/* ---- the rows ---- */

/* An attribute: the traits of each item with this name stand one after the other. */
typedef struct {
    dyn_str_t name;
    dyn_numbers_t of[ITEMS];
    uint32_t items; /* that have it */
} attribute_t;

/* Tags and for whom it is are no properties of which each item has one. */
static bool is_property(dyn_str_t name)
{
    static const char only_for[] = "only_for_";

    return !dyn_str_equal(name, DYN_STR("tag")) && !dyn_str_equal(name, DYN_STR("audience")) &&
           (name.len < sizeof(only_for) - 1 ||
            memcmp(name.data, only_for, sizeof(only_for) - 1) != 0);
}

static attribute_t *attribute_of(attribute_t *attributes, uint32_t *count, dyn_str_t name)
{
    uint32_t i = 0;

    while (i < *count && !dyn_str_equal(attributes[i].name, name)) {
        i++;
    }
    if (i == NAMES_MAX) {
        return NULL;
    }
    if (i == *count) {
        attributes[i] = (attribute_t){.name = name};
        (*count)++;
    }

    return &attributes[i];
}

static uint32_t find_attributes(const dyn_snapshot_t *snapshot, const dyn_slot_decision_t *slot,
                                uint32_t columns, attribute_t *attributes)
{
    uint32_t count = 0;

    for (uint32_t c = 0; c < columns; c++) {
        dyn_numbers_t traits = dyn_item_traits(snapshot, slot->choices[c].item);

        for (uint32_t i = 0; i < traits.count;) {
            dyn_str_t name = dyn_trait_name(snapshot, traits.numbers[i]);
            uint32_t end = i + 1;

            while (end < traits.count &&
                   dyn_str_equal(dyn_trait_name(snapshot, traits.numbers[end]), name)) {
                end++;
            }

            attribute_t *attribute =
                is_property(name) ? attribute_of(attributes, &count, name) : NULL;

            if (attribute != NULL) {
                attribute->items += attribute->of[c].count == 0;
                attribute->of[c] = (dyn_numbers_t){traits.numbers + i, end - i};
            }
            i = end;
        }
    }

    return count;
}

/* "recycled, repairable" */
static bool join(const dyn_snapshot_t *snapshot, dyn_numbers_t traits, dyn_arena_t *arena,
                 dyn_str_t *text)
{
    size_t length = 0;

    *text = DYN_STR("");
    if (traits.count == 0) {
        return true;
    }
    for (uint32_t i = 0; i < traits.count; i++) {
        length += dyn_trait_value(snapshot, traits.numbers[i]).len + 2;
    }

    char *data = dyn_arena_alloc(arena, length);

    if (data == NULL) {
        return false;
    }

    char *to = data;

    for (uint32_t i = 0; i < traits.count; i++) {
        dyn_str_t value = dyn_trait_value(snapshot, traits.numbers[i]);

        if (i > 0) {
            memcpy(to, ", ", 2);
            to += 2;
        }
        memcpy(to, value.data, value.len);
        to += value.len;
    }
    *text = (dyn_str_t){data, (size_t)(to - data)};

    return true;
}

static bool differ(const dyn_str_t *values, uint32_t columns)
{
    for (uint32_t c = 1; c < columns; c++) {
        if (!dyn_str_equal(values[0], values[c])) {
            return true;
        }
    }

    return false;
}

/* What the record of an item says: -1: it does not. */
static int64_t told(const dyn_snapshot_t *snapshot, uint32_t item, dyn_comparison_row_kind_t kind,
                    int64_t now_ms)
{
    const dyn_item_details_t *details = dyn_item_details(snapshot, item);

    switch (kind) {
    case DYN_COMPARISON_PRICE:
        return dyn_item_asked_price(snapshot, item, now_ms).minor;
    case DYN_COMPARISON_RATING:
        return details->rating_hundredths;
    case DYN_COMPARISON_FIT:
        return details->fit != 0 ? (int64_t)details->fit : -1;
    case DYN_COMPARISON_ATTRIBUTE:
    case DYN_COMPARISON_ROWS_COUNT:
        break;
    }

    return -1;
}

bool dyn_comparison_rows(const dyn_snapshot_t *snapshot, int64_t now_ms, dyn_arena_t *arena,
                         dyn_slot_decision_t *slot)
{
    attribute_t attributes[NAMES_MAX];
    uint32_t columns = slot->count < ITEMS ? slot->count : ITEMS;
    uint32_t count = find_attributes(snapshot, slot, columns, attributes);
    dyn_comparison_row_t *rows =
        dyn_arena_array(arena, DYN_COMPARISON_ROWS_MAX, sizeof(dyn_comparison_row_t));
    uint32_t row = 0;

    if (rows == NULL) {
        return false;
    }
    for (int kind = 0; kind < DYN_COMPARISON_ATTRIBUTE; kind++) {
        int64_t first = -1;
        bool any = false, differs = false;

        for (uint32_t c = 0; c < columns; c++) {
            int64_t value =
                told(snapshot, slot->choices[c].item, (dyn_comparison_row_kind_t)kind, now_ms);

            any = any || value >= 0;
            differs = differs || (c > 0 && value != first);
            first = c == 0 ? value : first;
        }
        if (any) {
            rows[row].kind = (dyn_comparison_row_kind_t)kind;
            rows[row++].differs = differs;
        }
    }
    for (int pass = 0; pass < 2; pass++) {
        for (uint32_t i = 0; i < count && row < DYN_COMPARISON_ROWS_MAX; i++) {
            dyn_comparison_row_t *next = &rows[row];

            /* what one item alone tells compares nothing */
            if (attributes[i].items < 2) {
                continue;
            }
            next->kind = DYN_COMPARISON_ATTRIBUTE;
            next->name = attributes[i].name;
            for (uint32_t c = 0; c < columns; c++) {
                if (!join(snapshot, attributes[i].of[c], arena, &next->values[c])) {
                    return false;
                }
            }
            next->differs = differ(next->values, columns);
            row += next->differs == (pass == 0);
        }
    }
    /* the last one may have been begun, and not be one of its pass */
    if (row < DYN_COMPARISON_ROWS_MAX) {
        memset(&rows[row], 0, sizeof(rows[row]));
    }
    slot->rows = rows;
    slot->row_count = row;

    return true;
}

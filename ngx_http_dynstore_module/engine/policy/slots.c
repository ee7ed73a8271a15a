#include "engine/policy/slots.h"

enum { SLOT_COUNT_DEFAULT = 8 };

static const dyn_slot_t recs_only[] = {{{"recs", 4}, 8}};
static const dyn_slot_t product[] = {{{"recs", 4}, 8}, {{"bought_with", 11}, 4}};
static const dyn_slot_t cart[] = {{{"bought_with", 11}, 4}, {{"recs", 4}, 4}};

size_t dyn_default_slots(dyn_surface_t surface, const dyn_slot_t **slots)
{
    switch (surface) {
    case DYN_SURFACE_PDP:
        *slots = product;
        return 2;
    case DYN_SURFACE_CART:
        *slots = cart;
        return 2;
    /* Nothing should turn a shopper's head while paying. */
    case DYN_SURFACE_CHECKOUT:
    case DYN_SURFACES_COUNT:
        *slots = NULL;
        return 0;
    default:
        *slots = recs_only;
        return 1;
    }
}

static bool name_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

static uint32_t default_count(dyn_str_t name)
{
    for (size_t i = 0; i < sizeof(product) / sizeof(product[0]); i++) {
        if (dyn_str_equal(product[i].name, name)) {
            return product[i].count;
        }
    }

    return SLOT_COUNT_DEFAULT;
}

size_t dyn_policy_slots(const dyn_policy_t *policy, dyn_surface_t surface,
                        dyn_slot_t room[DYN_SLOTS_MAX], const dyn_slot_t **slots)
{
    uint32_t rows = policy != NULL ? policy->slot_count : 0;
    size_t count = 0;

    for (uint32_t i = 0; i < rows && count < DYN_SLOTS_MAX; i++) {
        const dyn_policy_slot_t *slot = &policy->slots[i];
        dyn_str_t name = dyn_str_from(slot->row.slot);

        if (slot->own && slot->row.surface == (uint32_t)surface && name.len > 0) {
            room[count++] = (dyn_slot_t){name, slot->limit > 0 ? slot->limit : default_count(name)};
        }
    }
    if (count == 0) {
        return dyn_default_slots(surface, slots);
    }
    *slots = room;

    return count;
}

uint8_t dyn_policy_slot_format(const dyn_policy_t *policy, dyn_surface_t surface, dyn_str_t slot)
{
    for (uint32_t i = 0; i < policy->slot_count; i++) {
        const dyn_blend_row_t *row = &policy->slots[i].row;

        if (policy->slots[i].format != 0 &&
            (row->surface == DYN_BLEND_ANY_SURFACE || row->surface == (uint32_t)surface) &&
            (row->slot[0] == '\0' || dyn_str_equal(dyn_str_from(row->slot), slot))) {
            return policy->slots[i].format;
        }
    }

    return 0;
}

bool dyn_slot_parse(dyn_str_t text, dyn_slot_t *slot, dyn_error_t *error)
{
    size_t length = 0;
    uint32_t count = 0;

    while (length < text.len && name_byte(text.data[length])) {
        length++;
    }

    dyn_str_t name = {text.data, length};

    if (length == 0 || length > DYN_SLOT_NAME_BYTES_MAX ||
        (length < text.len && text.data[length] != '=')) {
        return dyn_fail(error, "slot \"%.*s\": the name must be 1 to %d bytes of a-z, 0-9, _ and -",
                        text.len < 64 ? (int)text.len : 64, text.len == 0 ? "" : text.data,
                        DYN_SLOT_NAME_BYTES_MAX);
    }
    if (length == text.len) {
        *slot = (dyn_slot_t){name, default_count(name)};
        return true;
    }

    size_t at = length + 1;
    for (; at < text.len && text.data[at] >= '0' && text.data[at] <= '9' &&
           count <= DYN_SLOT_ITEMS_MAX;
         at++) {
        count = count * 10 + (uint32_t)(text.data[at] - '0');
    }
    if (at != text.len || at == length + 1 || count == 0 || count > DYN_SLOT_ITEMS_MAX) {
        return dyn_fail(error,
                        "slot \"%.*s\": the number of items must be 1 to %d, as in \"%.*s=8\"",
                        text.len < 64 ? (int)text.len : 64, text.data, DYN_SLOT_ITEMS_MAX,
                        (int)length, text.data);
    }

    *slot = (dyn_slot_t){name, count};

    return true;
}

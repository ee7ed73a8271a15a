/* Any fields of an entry, two lines each, name and value: refused with a sentence, or an entry that is the same after it was written and read again. */
#include "engine/control/entry.h"
#include "lines.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void same(bool holds)
{
    if (!holds) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static _Alignas(16) char memory[8192];
    dyn_str_t rest = {(const char *)data, size};
    dyn_control_field_t fields[64], written[DYN_CONTROL_FIELDS_MAX];
    dyn_control_entry_t a, b;
    dyn_error_t error = {.text = ""};
    dyn_arena_t arena;
    size_t count = 0;

    while (rest.len > 0 && count < sizeof(fields) / sizeof(fields[0])) {
        fields[count].name = line(&rest);
        fields[count++].value = line(&rest);
    }
    if (!dyn_control_entry_read(fields, count, &a, &error)) {
        same(error.text[0] != '\0');
        return 0;
    }

    dyn_arena_init(&arena, memory, sizeof(memory), NULL, NULL);
    count = dyn_control_entry_write(&a, &arena, written);
    same(count > 0 && dyn_control_entry_read(written, count, &b, &error));
    same(a.kind == b.kind && a.has == b.has && a.position == 0 && b.position == 0);
    same(dyn_str_equal(a.visitor, b.visitor) && dyn_str_equal(a.item, b.item) &&
         dyn_str_equal(a.other, b.other));
    same(dyn_str_equal(a.also, b.also));
    same(dyn_str_equal(a.location, b.location) && dyn_str_equal(a.slot, b.slot) &&
         dyn_str_equal(a.version, b.version));
    same(dyn_str_equal(a.customer, b.customer) && dyn_str_equal(a.author, b.author) &&
         dyn_str_equal(a.reason, b.reason));
    same(a.price_minor == b.price_minor && a.sale_price_minor == b.sale_price_minor &&
         a.stock == b.stock);
    same(a.sale_from_ms == b.sale_from_ms && a.sale_until_ms == b.sale_until_ms &&
         a.at_ms == b.at_ms);
    same(a.until_ms == b.until_ms && a.control_position == b.control_position &&
         a.place == b.place);
    same(a.factor_thousandths == b.factor_thousandths && a.override == b.override &&
         a.request == b.request);
    same(a.available == b.available && strcmp(a.currency, b.currency) == 0);

    return 0;
}

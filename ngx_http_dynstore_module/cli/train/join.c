#include "cli/train/join.h"

#include <stdlib.h>
#include <string.h>

#include "cli/base/grow.h"

bool dyn_join_file(dyn_join_t *join)
{
    dyn_join_count_t *files = realloc(join->files, (join->file_count + 1) * sizeof(*join->files));

    if (files == NULL) {
        return false;
    }
    join->files = files;
    join->files[join->file_count++] = (dyn_join_count_t){0, 0};

    return true;
}

bool dyn_join_take(dyn_join_t *join, uint32_t item)
{
    dyn_join_count_t *file = &join->files[join->file_count - 1];
    bool found = item < join->catalog_items;

    join->all.events++;
    join->all.found += found;
    file->events++;
    file->found += found;
    if (found) {
        return true;
    }

    uint32_t number = item - join->catalog_items;

    while (join->unknown_count <= number) {
        if (!dyn_grow((void **)&join->unknown, join->unknown_count, &join->unknown_room, 1,
                      sizeof(*join->unknown))) {
            return false;
        }
        join->unknown[join->unknown_count++] = 0;
    }
    join->unknown[number]++;

    return true;
}

size_t dyn_join_unknown(const dyn_join_t *join, dyn_join_unknown_t unknown[DYN_JOIN_SHOWN])
{
    size_t count = 0;

    for (uint32_t i = 0; i < join->unknown_count; i++) {
        dyn_join_unknown_t one = {.item = join->catalog_items + i, .events = join->unknown[i]};
        size_t at = count;

        while (at > 0 && unknown[at - 1].events < one.events) {
            at--;
        }
        if (one.events == 0 || at == DYN_JOIN_SHOWN) {
            continue;
        }
        count += count < DYN_JOIN_SHOWN;
        memmove(unknown + at + 1, unknown + at, (count - at - 1) * sizeof(*unknown));
        unknown[at] = one;
    }

    return count;
}

bool dyn_join_poor(const dyn_join_count_t *count)
{
    return count->found * 100 < count->events * DYN_JOIN_WARN_PERCENT;
}

/* ---- what ids look like ---- */

/* X(constant, what they look like, what a catalogue needs to know them) */
#define ID_FORMS(X)                                                                             \
    X(CHANNEL, "ids of Shopify's Google channel (shopify_COUNTRY_PRODUCT_VARIANT)",             \
      "products.json or a bulk operation of Shopify has these numbers, its CSV has not")        \
    X(GTIN, "barcodes (GTIN)", "the catalogue's export has to have its barcodes filled in")     \
    X(NUMBER, "numbers of products or variants",                                                \
      "Shopify's products.json or bulk operation has them, its CSV has not; WooCommerce's CSV " \
      "has "                                                                                    \
      "them as ID")                                                                             \
    X(HANDLE, "handles", "Shopify's CSV and JSON have them")                                    \
    X(SKU, "SKUs", "the catalogue's export has to have its SKUs filled in")

#define X(constant, what, needs) FORM_##constant,
typedef enum { ID_FORMS(X) FORMS } form_t;
#undef X

static const struct {
    const char *what, *needs;
} forms[] = {
#define X(constant, what, needs) {what, needs},
    ID_FORMS(X)
#undef X
};

/* Of 8, 12, 13 or 14 digits, of which the last checks the others (GS1 General Specifications, 7.9). */
static bool is_gtin(dyn_str_t id)
{
    unsigned sum = 0;

    for (size_t i = 0; i < id.len; i++) {
        unsigned digit = (unsigned)(id.data[id.len - 1 - i] - '0');

        sum += i % 2 == 0 ? digit : 3 * digit;
    }

    return (id.len == 8 || (id.len >= 12 && id.len <= 14)) && sum % 10 == 0;
}

static form_t form_of(dyn_str_t id)
{
    bool digits = true, small = true;

    if (id.len > 8 && memcmp(id.data, "shopify_", 8) == 0) {
        return FORM_CHANNEL;
    }
    for (size_t i = 0; i < id.len; i++) {
        char c = id.data[i];
        bool digit = c >= '0' && c <= '9';

        digits = digits && digit;
        small = small && (digit || c == '-' || (c >= 'a' && c <= 'z') || (unsigned char)c >= 0x80);
    }

    return digits ? (is_gtin(id) ? FORM_GTIN : FORM_NUMBER) : small ? FORM_HANDLE : FORM_SKU;
}

static form_t most_of(const uint64_t counts[FORMS])
{
    form_t most = 0;

    for (form_t form = 1; form < FORMS; form++) {
        most = counts[form] > counts[most] ? form : most;
    }

    return most;
}

void dyn_join_advice(const dyn_join_t *join, const dyn_catalog_t *catalog, dyn_error_t *advice)
{
    uint64_t unknown[FORMS] = {0}, known[FORMS] = {0};

    for (uint32_t i = 0; i < catalog->item_count; i++) {
        form_t form = form_of(dyn_ids_text(&catalog->texts, catalog->items[i].id));
        uint32_t number = i - join->catalog_items;

        if (i < join->catalog_items) {
            known[form]++;
        } else if (number < join->unknown_count) {
            unknown[form] += join->unknown[number];
        }
    }

    form_t theirs = most_of(unknown), ours = most_of(known);

    if (theirs == ours) {
        dyn_fail(advice,
                 "the unknown ids look like %s, as the catalogue's own do: items that it no longer "
                 "has, or events of another shop",
                 forms[theirs].what);
    } else {
        dyn_fail(
            advice,
            "the unknown ids look like %s, and the catalogue's own like %s: %s; or give them as "
            "\"aliases\" (docs/imports.md)",
            forms[theirs].what, forms[ours].what, forms[theirs].needs);
    }
}

void dyn_join_free(dyn_join_t *join)
{
    free(join->files);
    free(join->unknown);
}

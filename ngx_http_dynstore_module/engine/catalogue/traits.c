#include "engine/catalogue/traits.h"

#include <string.h>

static int compare(dyn_str_t a, dyn_str_t b)
{
    size_t shorter = a.len < b.len ? a.len : b.len;
    int order = shorter == 0 ? 0 : memcmp(a.data, b.data, shorter);

    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

/* The first trait that is not before this name and value. */
static uint32_t first_of(const dyn_snapshot_t *snapshot, dyn_str_t name, dyn_str_t value)
{
    uint32_t low = 0, high = snapshot->trait_count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = compare(dyn_trait_name(snapshot, middle), name);

        if (order < 0 || (order == 0 && compare(dyn_trait_value(snapshot, middle), value) < 0)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }

    return low;
}

uint32_t dyn_trait_find(const dyn_snapshot_t *snapshot, dyn_str_t name, dyn_str_t value)
{
    uint32_t trait = first_of(snapshot, name, value);

    return trait < snapshot->trait_count && dyn_str_equal(dyn_trait_name(snapshot, trait), name) &&
                   dyn_str_equal(dyn_trait_value(snapshot, trait), value)
               ? trait
               : DYN_NONE;
}

/* Of the cheapest quarters of the top categories, the first TOPS_MAX of them. */
static int64_t middle_of_lows(const dyn_snapshot_t *snapshot)
{
    enum { TOPS_MAX = 64 };
    int64_t lows[TOPS_MAX];
    uint32_t count = 0;

    for (uint32_t i = 0; i < snapshot->category_count && count < TOPS_MAX; i++) {
        int64_t low = dyn_category_price_low(snapshot, i);
        uint32_t at = count;

        if (snapshot->categories[i].parent != DYN_NONE || low <= 0) {
            continue;
        }
        for (; at > 0 && lows[at - 1] > low; at--) {
            lows[at] = lows[at - 1];
        }
        lows[at] = low;
        count++;
    }

    return count > 0 ? lows[count / 2] : 0;
}

void dyn_traits_open(dyn_snapshot_t *snapshot)
{
    dyn_str_t audience = DYN_STR("audience");
    uint32_t end = first_of(snapshot, audience, DYN_STR(""));

    snapshot->audiences_start = end;
    while (end < snapshot->trait_count && dyn_str_equal(dyn_trait_name(snapshot, end), audience)) {
        end++;
    }
    snapshot->audiences_end = end;
    snapshot->only_for_start = first_of(snapshot, DYN_STR("only_for_"), DYN_STR(""));
    /* ` is the character behind _ */
    snapshot->only_for_end = first_of(snapshot, DYN_STR("only_for`"), DYN_STR(""));
    snapshot->audience_everybody = dyn_trait_find(snapshot, audience, DYN_STR("unisex"));
    snapshot->audience_kids = dyn_trait_find(snapshot, audience, DYN_STR("kids"));

    snapshot->price_low = middle_of_lows(snapshot);
}

uint32_t dyn_brand_find(const dyn_snapshot_t *snapshot, dyn_str_t name)
{
    uint32_t low = 0, high = snapshot->brand_count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = compare(dyn_snapshot_string(snapshot, snapshot->brands[middle]), name);

        if (order == 0) {
            return middle;
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }

    return DYN_NONE;
}

bool dyn_item_has_trait(const dyn_snapshot_t *snapshot, uint32_t item, uint32_t trait)
{
    dyn_numbers_t traits = dyn_item_traits(snapshot, item);
    uint32_t low = 0, high = traits.count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (traits.numbers[middle] == trait) {
            return true;
        }
        if (traits.numbers[middle] < trait) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }

    return false;
}

static dyn_numbers_t list_of(const dyn_snapshot_t *snapshot, dyn_section_t starts_id,
                             uint32_t owner, uint32_t owners)
{
    const uint32_t *starts = snapshot->sections[starts_id].data;
    const uint32_t *numbers = snapshot->sections[starts_id + 1].data;

    if (starts == NULL || owner >= owners) {
        return (dyn_numbers_t){NULL, 0};
    }

    return (dyn_numbers_t){numbers + starts[owner], starts[owner + 1] - starts[owner]};
}

dyn_numbers_t dyn_trait_items(const dyn_snapshot_t *snapshot, uint32_t trait)
{
    return list_of(snapshot, DYN_SECTION_TRAIT_ITEMS_STARTS, trait, snapshot->trait_count);
}

dyn_numbers_t dyn_brand_items(const dyn_snapshot_t *snapshot, uint32_t brand)
{
    return list_of(snapshot, DYN_SECTION_BRAND_ITEMS_STARTS, brand, snapshot->brand_count);
}

const dyn_item_details_t *dyn_item_details(const dyn_snapshot_t *snapshot, uint32_t item)
{
    static const dyn_item_details_t none = {
        .rating_hundredths = -1, .sale_price_minor = -1, .sale_until_ms = DYN_TIME_MS_MAX};

    return snapshot->details == NULL ? &none : &snapshot->details[item];
}

static dyn_numbers_t texts_of(const dyn_snapshot_t *snapshot, uint32_t start, uint32_t count)
{
    return count == 0 ? (dyn_numbers_t){NULL, 0} : (dyn_numbers_t){snapshot->texts + start, count};
}

dyn_numbers_t dyn_item_badges(const dyn_snapshot_t *snapshot, uint32_t item)
{
    const dyn_item_details_t *details = dyn_item_details(snapshot, item);

    return texts_of(snapshot, details->badges_start, details->badges_count);
}

dyn_numbers_t dyn_item_keywords(const dyn_snapshot_t *snapshot, uint32_t item)
{
    const dyn_item_details_t *details = dyn_item_details(snapshot, item);

    return texts_of(snapshot, details->keywords_start, details->keywords_count);
}

static dyn_category_price_t price_of(const dyn_snapshot_t *snapshot, uint32_t category)
{
    const dyn_category_price_t *prices = snapshot->sections[DYN_SECTION_CATEGORY_PRICES].data;

    return prices == NULL || category >= snapshot->category_count ? (dyn_category_price_t){-1, -1}
                                                                  : prices[category];
}

int64_t dyn_category_price_low(const dyn_snapshot_t *snapshot, uint32_t category)
{
    return price_of(snapshot, category).low;
}

int64_t dyn_category_price_median(const dyn_snapshot_t *snapshot, uint32_t category)
{
    return price_of(snapshot, category).median;
}

/* What the sections of traits, details and aliases say: every reference, number and order that readers rely on. */
#include <inttypes.h>
#include <string.h>

#include "engine/catalogue/snapshot_validate.h"
#include "engine/catalogue/traits.h"

static const char *trait_fault(const dyn_snapshot_check_t *check, uint32_t i)
{
    const dyn_snapshot_t *snapshot = check->snapshot;
    const dyn_trait_t *trait = &snapshot->traits[i];

    if (!dyn_snapshot_is_string(check, trait->name) ||
        !dyn_snapshot_is_string(check, trait->value)) {
        return "name or value is no string";
    }
    if (dyn_trait_name(snapshot, i).len == 0 || dyn_trait_value(snapshot, i).len == 0) {
        return "name or value is empty";
    }
    if (trait->item_count > snapshot->item_count || trait->reserved != 0) {
        return "it counts more items than there are, or the reserved field is not 0";
    }
    if (i > 0) {
        /* strings have no NUL and are terminated, so that this is the order of their bytes */
        int order = strcmp(dyn_trait_name(snapshot, i - 1).data, dyn_trait_name(snapshot, i).data);

        if (order == 0) {
            order =
                strcmp(dyn_trait_value(snapshot, i - 1).data, dyn_trait_value(snapshot, i).data);
        }
        if (order >= 0) {
            return "does not come after its predecessor";
        }
    }

    return NULL;
}

bool dyn_check_traits(const dyn_snapshot_check_t *check, const dyn_section_view_t *section)
{
    for (uint32_t i = 0; i < section->count; i++) {
        const char *fault = trait_fault(check, i);

        if (fault != NULL) {
            return dyn_snapshot_refuse(check, DYN_SECTION_TRAITS, "trait %" PRIu32 ": %s", i,
                                       fault);
        }
    }

    return true;
}

bool dyn_check_item_traits(const dyn_snapshot_check_t *check, const dyn_section_view_t *section)
{
    const dyn_snapshot_t *snapshot = check->snapshot;

    (void)section;
    for (uint32_t i = 0; i < snapshot->item_count; i++) {
        dyn_numbers_t traits = dyn_item_traits(snapshot, i);

        for (uint32_t k = 0; k < traits.count; k++) {
            if (traits.numbers[k] >= snapshot->trait_count ||
                (k > 0 && traits.numbers[k] <= traits.numbers[k - 1])) {
                return dyn_snapshot_refuse(check, DYN_SECTION_ITEM_TRAITS,
                                           "item %" PRIu32 ": trait %" PRIu32
                                           " is not there or does not come after its predecessor",
                                           i, traits.numbers[k]);
            }
        }
    }

    return true;
}

bool dyn_check_texts(const dyn_snapshot_check_t *check, const dyn_section_view_t *section)
{
    const dyn_string_ref_t *texts = section->data;

    for (uint64_t i = 0; i < section->count; i++) {
        if (!dyn_snapshot_is_string(check, texts[i])) {
            return dyn_snapshot_refuse(check, DYN_SECTION_TEXTS,
                                       "row %" PRIu64 ": %" PRIu32 " is no string", i, texts[i]);
        }
    }

    return true;
}

static bool in_texts(const dyn_snapshot_t *snapshot, uint32_t start, uint32_t count, uint32_t max)
{
    return count <= max && (uint64_t)start + count <= snapshot->sections[DYN_SECTION_TEXTS].count;
}

static const char *details_fault(const dyn_snapshot_check_t *check, uint32_t i)
{
    const dyn_snapshot_t *snapshot = check->snapshot;
    const dyn_item_details_t *details = &snapshot->details[i];
    bool has_sale = (snapshot->items[i].flags & DYN_ITEM_HAS_SALE) != 0;

    if (!dyn_snapshot_is_string(check, details->description) ||
        !dyn_snapshot_is_string(check, details->fit) ||
        !dyn_snapshot_is_string(check, details->language)) {
        return "description, fit or language is no string";
    }
    if (details->rating_hundredths < -1 || details->rating_hundredths > DYN_RATING_MAX * 100) {
        return "the rating is out of range";
    }
    if (has_sale != (details->sale_price_minor != -1)) {
        return "the item's flag of a sale does not say whether there is a sale price";
    }
    if (has_sale && (details->sale_price_minor < 0 ||
                     details->sale_price_minor >= snapshot->items[i].price_minor)) {
        return "the sale price is not below the price";
    }
    if (details->sale_from_ms < 0 || details->sale_until_ms > DYN_TIME_MS_MAX ||
        details->sale_from_ms >= details->sale_until_ms) {
        return "the sale does not begin before it ends";
    }
    if (!in_texts(snapshot, details->badges_start, details->badges_count,
                  DYN_BADGES_PER_ITEM_MAX) ||
        !in_texts(snapshot, details->keywords_start, details->keywords_count,
                  DYN_KEYWORDS_PER_ITEM_MAX)) {
        return "badges or keywords go beyond their section or are too many";
    }

    return details->reserved == 0 ? NULL : "the reserved field is not 0";
}

bool dyn_check_item_details(const dyn_snapshot_check_t *check, const dyn_section_view_t *section)
{
    const dyn_snapshot_t *snapshot = check->snapshot;

    if (section->data != NULL && section->count != snapshot->item_count) {
        return dyn_snapshot_refuse(check, DYN_SECTION_ITEM_DETAILS,
                                   "%" PRIu64 " rows; one for each of the %" PRIu32
                                   " items would be right",
                                   section->count, snapshot->item_count);
    }

    for (uint32_t i = 0; i < snapshot->item_count; i++) {
        const char *fault = NULL;

        if (section->data != NULL) {
            fault = details_fault(check, i);
        } else if ((snapshot->items[i].flags & DYN_ITEM_HAS_SALE) != 0) {
            fault = "has a sale, but there are no details";
        }
        if (fault != NULL) {
            return dyn_snapshot_refuse(check, DYN_SECTION_ITEM_DETAILS, "item %" PRIu32 ": %s", i,
                                       fault);
        }
    }

    return true;
}

bool dyn_check_aliases(const dyn_snapshot_check_t *check, const dyn_section_view_t *section)
{
    const dyn_snapshot_t *snapshot = check->snapshot;
    const dyn_alias_t *aliases = section->data;

    for (uint32_t i = 0; i < section->count; i++) {
        const char *fault = NULL;

        if (!dyn_snapshot_is_string(check, aliases[i].id)) {
            fault = "the id is no string";
        } else if (dyn_snapshot_string(snapshot, aliases[i].id).len == 0 ||
                   dyn_snapshot_string(snapshot, aliases[i].id).len > DYN_ITEM_ID_BYTES_MAX) {
            fault = "the id is empty or longer than an id can be";
        } else if (aliases[i].item >= snapshot->item_count) {
            fault = "there is no such item";
        }
        if (fault != NULL) {
            return dyn_snapshot_refuse(check, DYN_SECTION_ALIASES, "alias %" PRIu32 ": %s", i,
                                       fault);
        }
    }

    return true;
}

bool dyn_check_alias_variants(const dyn_snapshot_check_t *check, const dyn_section_view_t *section)
{
    const dyn_snapshot_t *snapshot = check->snapshot;
    const uint32_t *variants = section->data;

    if (variants == NULL) {
        return true;
    }
    if (section->count != snapshot->alias_count) {
        return dyn_snapshot_refuse(check, DYN_SECTION_ALIAS_VARIANTS,
                                   "%" PRIu64 " rows for %" PRIu32 " aliases", section->count,
                                   snapshot->alias_count);
    }
    for (uint32_t i = 0; i < section->count; i++) {
        if (variants[i] != DYN_NONE &&
            (variants[i] >= snapshot->variant_count ||
             snapshot->variants[variants[i]].item != snapshot->aliases[i].item)) {
            return dyn_snapshot_refuse(check, DYN_SECTION_ALIAS_VARIANTS,
                                       "row %" PRIu32 ": its item has no variant %" PRIu32, i,
                                       variants[i]);
        }
    }

    return true;
}

typedef bool (*belongs_fn)(const dyn_snapshot_t *snapshot, uint32_t item, uint32_t owner);

/* Lists of items, one for each owner, all of them the owner's; `starts` and the lists are there together or not at all. */
static bool check_lists(const dyn_snapshot_check_t *check, dyn_section_t starts_id, uint32_t owners,
                        belongs_fn belongs)
{
    const dyn_snapshot_t *snapshot = check->snapshot;
    const dyn_section_view_t *starts_section = &snapshot->sections[starts_id];
    const dyn_section_view_t *section = &snapshot->sections[starts_id + 1];
    const uint32_t *starts = starts_section->data, *items = section->data;

    if (starts == NULL && items == NULL) {
        return true;
    }
    if (starts == NULL || items == NULL || starts_section->count != (uint64_t)owners + 1 ||
        starts[0] != 0 || starts[owners] != section->count) {
        return dyn_snapshot_refuse(check, starts_id,
                                   "does not say where the lists of \"%s\" begin and end",
                                   dyn_section_name(starts_id + 1).data);
    }

    for (uint32_t owner = 0; owner < owners; owner++) {
        if (starts[owner + 1] < starts[owner] || starts[owner + 1] > section->count ||
            starts[owner + 1] - starts[owner] > DYN_ITEMS_PER_TRAIT_MAX) {
            return dyn_snapshot_refuse(
                check, starts_id, "list %" PRIu32 " is too long or ends before it begins", owner);
        }
        for (uint32_t i = starts[owner]; i < starts[owner + 1]; i++) {
            if (items[i] >= snapshot->item_count || !belongs(snapshot, items[i], owner)) {
                return dyn_snapshot_refuse(
                    check, starts_id + 1,
                    "list %" PRIu32 ": item %" PRIu32 " does not belong there", owner, items[i]);
            }
        }
    }

    return true;
}

static bool is_of_brand(const dyn_snapshot_t *snapshot, uint32_t item, uint32_t brand)
{
    return snapshot->items[item].brand == brand;
}

bool dyn_check_trait_items(const dyn_snapshot_check_t *check, const dyn_section_view_t *section)
{
    (void)section;

    return check_lists(check, DYN_SECTION_TRAIT_ITEMS_STARTS, check->snapshot->trait_count,
                       dyn_item_has_trait);
}

bool dyn_check_brand_items(const dyn_snapshot_check_t *check, const dyn_section_view_t *section)
{
    (void)section;

    return check_lists(check, DYN_SECTION_BRAND_ITEMS_STARTS, check->snapshot->brand_count,
                       is_of_brand);
}

bool dyn_check_category_prices(const dyn_snapshot_check_t *check, const dyn_section_view_t *section)
{
    const dyn_category_price_t *prices = section->data;

    if (prices != NULL && section->count != check->snapshot->category_count) {
        return dyn_snapshot_refuse(check, DYN_SECTION_CATEGORY_PRICES,
                                   "%" PRIu64 " rows; one for each of the %" PRIu32
                                   " categories would be right",
                                   section->count, check->snapshot->category_count);
    }
    for (uint32_t i = 0; prices != NULL && i < section->count; i++) {
        if (prices[i].low < -1 || prices[i].median < prices[i].low ||
            prices[i].median > DYN_PRICE_MINOR_MAX ||
            (prices[i].low == -1) != (prices[i].median == -1)) {
            return dyn_snapshot_refuse(check, DYN_SECTION_CATEGORY_PRICES,
                                       "category %" PRIu32 ": the prices are out of range or order",
                                       i);
        }
    }

    return true;
}

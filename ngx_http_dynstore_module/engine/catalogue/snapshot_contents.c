/* What the sections say: every reference, index, order and number that readers rely on. */
#include "engine/catalogue/snapshot_validate.h"

#include <float.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/utf8.h"
#include "engine/catalogue/words_check.h"

enum { margin_bp_max = 10000, margin_bp_min = -1000000 };

bool dyn_snapshot_is_string(const dyn_snapshot_check_t *check, dyn_string_ref_t reference)
{
    return (reference & 3) == 0 &&
           reference < check->snapshot->sections[DYN_SECTION_STRINGS].length &&
           (check->string_starts[reference >> 8] >> (reference >> 2 & 63) & 1) != 0;
}

static bool check_strings(const dyn_snapshot_check_t *check, const dyn_section_view_t *section)
{
    const char *strings = section->data;
    uint64_t at = 0;

    if (section->length < 8) {
        return dyn_snapshot_refuse(check, DYN_SECTION_STRINGS, "has no room for the empty string");
    }

    while (at < section->length) {
        uint64_t left = section->length - at;
        uint32_t length;

        if (left < 8) {
            return dyn_snapshot_refuse(
                check, DYN_SECTION_STRINGS,
                "byte %" PRIu64 ": a string needs 8 bytes, %" PRIu64 " are left", at, left);
        }
        memcpy(&length, strings + at, sizeof(length));
        if (length > DYN_STRING_BYTES_MAX) {
            return dyn_snapshot_refuse(check, DYN_SECTION_STRINGS,
                                       "byte %" PRIu64 ": a string of %" PRIu32
                                       " bytes; at most %d can be",
                                       at, length, DYN_STRING_BYTES_MAX);
        }
        if (at == 0 && length != 0) {
            return dyn_snapshot_refuse(check, DYN_SECTION_STRINGS,
                                       "byte 0: the first string is not the empty one");
        }

        uint32_t record = (4 + length + 1 + 3) & ~3U;

        if (record > left) {
            return dyn_snapshot_refuse(
                check, DYN_SECTION_STRINGS,
                "byte %" PRIu64 ": a string of %" PRIu32 " bytes goes beyond the end", at, length);
        }
        for (uint32_t i = 4 + length; i < record; i++) {
            if (strings[at + i] != 0) {
                return dyn_snapshot_refuse(check, DYN_SECTION_STRINGS,
                                           "byte %" PRIu64 ": the string does not end with NUL",
                                           at);
            }
        }
        if (!dyn_utf8_clean((dyn_str_t){strings + at + 4, length})) {
            return dyn_snapshot_refuse(
                check, DYN_SECTION_STRINGS,
                "byte %" PRIu64 ": the string is not UTF-8 without control bytes", at);
        }

        check->string_starts[at >> 8] |= 1ULL << (at >> 2 & 63);
        at += record;
    }

    return true;
}

static bool check_string_list(const dyn_snapshot_check_t *check, const dyn_section_view_t *section,
                              dyn_section_t id)
{
    const dyn_string_ref_t *references = section->data;

    for (uint64_t i = 0; i < section->count; i++) {
        if (!dyn_snapshot_is_string(check, references[i])) {
            return dyn_snapshot_refuse(check, id, "row %" PRIu64 ": %" PRIu32 " is no string", i,
                                       references[i]);
        }
    }

    return true;
}

static bool check_brands(const dyn_snapshot_check_t *check, const dyn_section_view_t *section)
{
    return check_string_list(check, section, DYN_SECTION_BRANDS);
}

static bool check_categories(const dyn_snapshot_check_t *check, const dyn_section_view_t *section)
{
    const dyn_category_t *categories = section->data;

    for (uint32_t i = 0; i < section->count; i++) {
        const dyn_category_t *category = &categories[i];

        if (!dyn_snapshot_is_string(check, category->name)) {
            return dyn_snapshot_refuse(check, DYN_SECTION_CATEGORIES,
                                       "category %" PRIu32 ": name %" PRIu32 " is no string", i,
                                       category->name);
        }
        if (category->parent != DYN_NONE && category->parent >= i) {
            return dyn_snapshot_refuse(check, DYN_SECTION_CATEGORIES,
                                       "category %" PRIu32 ": parent %" PRIu32
                                       " does not come before it",
                                       i, category->parent);
        }

        uint32_t depth = category->parent == DYN_NONE ? 0 : categories[category->parent].depth + 1;

        if (category->depth != depth || depth >= DYN_CATEGORY_DEPTH_MAX) {
            return dyn_snapshot_refuse(check, DYN_SECTION_CATEGORIES,
                                       "category %" PRIu32 ": depth %" PRIu32 "; %" PRIu32
                                       " would be right, at most %d can be",
                                       i, category->depth, depth, DYN_CATEGORY_DEPTH_MAX - 1);
        }
        if (category->kind > i || categories[category->kind].kind != category->kind) {
            return dyn_snapshot_refuse(check, DYN_SECTION_CATEGORIES,
                                       "category %" PRIu32 ": kind %" PRIu32
                                       "; itself or a category before it that is of its own kind "
                                       "would be right",
                                       i, category->kind);
        }
    }

    return true;
}

static bool check_category_keys(const dyn_snapshot_check_t *check,
                                const dyn_section_view_t *section)
{
    dyn_categories_t categories = dyn_snapshot_categories(check->snapshot);
    uint32_t category;
    const char *fault =
        dyn_category_keys_fault(&categories, section->data, section->count, &category);

    if (fault == NULL) {
        return true;
    }

    return category == DYN_NONE ? dyn_snapshot_refuse(check, DYN_SECTION_CATEGORY_KEYS, "%s", fault)
                                : dyn_snapshot_refuse(check, DYN_SECTION_CATEGORY_KEYS,
                                                      "category %" PRIu32 ": %s", category, fault);
}

static bool check_hash_seed(const dyn_snapshot_check_t *check, const dyn_section_view_t *section)
{
    if (section->count != 1) {
        return dyn_snapshot_refuse(check, DYN_SECTION_HASH_SEED,
                                   "%" PRIu64 " rows; one would be right", section->count);
    }
    check->snapshot->hash_seed = *(const uint64_t *)section->data;

    return true;
}

static bool check_countries(const dyn_snapshot_check_t *check, const dyn_section_view_t *section)
{
    const uint16_t *countries = section->data;

    for (uint64_t i = 0; i < section->count; i++) {
        unsigned first = countries[i] & 0xff, second = countries[i] >> 8;

        if (first < 'A' || first > 'Z' || second < 'A' || second > 'Z') {
            return dyn_snapshot_refuse(check, DYN_SECTION_COUNTRIES,
                                       "row %" PRIu64 ": 0x%04x are not two capital letters", i,
                                       (unsigned)countries[i]);
        }
    }

    return true;
}

static bool check_compatible(const dyn_snapshot_check_t *check, const dyn_section_view_t *section)
{
    const uint32_t *items = section->data;

    for (uint64_t i = 0; i < section->count; i++) {
        if (items[i] >= check->snapshot->item_count) {
            return dyn_snapshot_refuse(check, DYN_SECTION_COMPATIBLE,
                                       "row %" PRIu64 ": there is no item %" PRIu32, i, items[i]);
        }
    }

    return true;
}

static bool in_section(const dyn_snapshot_t *snapshot, dyn_section_t id, uint32_t start,
                       uint32_t count, uint32_t max)
{
    return count <= max && (uint64_t)start + count <= snapshot->sections[id].count;
}

static bool valid_money(const dyn_item_t *item)
{
    static const char none[4];

    if (item->price_minor == -1) {
        return memcmp(item->currency, none, sizeof(none)) == 0;
    }
    for (size_t i = 0; i < 3; i++) {
        if (item->currency[i] < 'A' || item->currency[i] > 'Z') {
            return false;
        }
    }

    return item->currency[3] == '\0' && item->price_minor >= 0 &&
           item->price_minor <= DYN_PRICE_MINOR_MAX;
}

/* What is wrong with the item, or NULL. */
static const char *item_fault(const dyn_snapshot_check_t *check, const dyn_item_t *items,
                              uint32_t i)
{
    const dyn_snapshot_t *snapshot = check->snapshot;
    const dyn_item_t *item = &items[i];

    if (!dyn_snapshot_is_string(check, item->id) || !dyn_snapshot_is_string(check, item->title) ||
        !dyn_snapshot_is_string(check, item->url) || !dyn_snapshot_is_string(check, item->image)) {
        return "id, title, url or image is no string";
    }

    dyn_str_t id = dyn_snapshot_string(snapshot, item->id);

    if (id.len == 0 || id.len > DYN_ITEM_ID_BYTES_MAX) {
        return "the id is empty or longer than an id can be";
    }
    if (i > 0 && strcmp(dyn_snapshot_string(snapshot, items[i - 1].id).data, id.data) >= 0) {
        return "the id does not come after its predecessor's";
    }
    if (!valid_money(item)) {
        return "the price is out of range or the currency is not three capital letters";
    }
    if (item->created_ms < 0) {
        return "created is before 1970";
    }
    if (item->category != DYN_NONE && item->category >= snapshot->category_count) {
        return "there is no such category";
    }
    if (item->brand != DYN_NONE && item->brand >= snapshot->brand_count) {
        return "there is no such brand";
    }
    if (item->group > i || items[item->group].group != item->group) {
        return "the group is not the number of its first item";
    }
    if (item->stock < -1) {
        return "the stock is below -1";
    }
    if (item->margin_bp != INT32_MIN &&
        (item->margin_bp < margin_bp_min || item->margin_bp > margin_bp_max)) {
        return "the margin is out of range";
    }
    if (!in_section(snapshot, DYN_SECTION_ITEM_TRAITS, item->traits_start, item->traits_count,
                    DYN_TRAITS_PER_ITEM_MAX)) {
        return "the traits go beyond their section or are too many";
    }
    if (!in_section(snapshot, DYN_SECTION_COMPATIBLE, item->compatible_start,
                    item->compatible_count, DYN_COMPATIBLE_PER_ITEM_MAX)) {
        return "the compatible items go beyond their section or are too many";
    }
    if (!in_section(snapshot, DYN_SECTION_COUNTRIES, item->countries_start, item->countries_count,
                    DYN_COUNTRIES_PER_ITEM_MAX)) {
        return "the countries go beyond their section or are too many";
    }
    if (item->countries_blocked > 1) {
        return "countries_blocked is neither 0 nor 1";
    }
    if (item->variants_count > DYN_VARIANTS_PER_ITEM_MAX) {
        return "the variants are too many";
    }
    if ((item->flags & ~(uint32_t)(DYN_ITEM_IN_CATALOGUE | DYN_ITEM_HAS_SALE)) != 0) {
        return "a flag is set that has no meaning";
    }
    if (!(item->popularity >= 0.0F && item->popularity <= 1.0F)) {
        return "the popularity is not between 0 and 1";
    }

    return NULL;
}

static bool check_items(const dyn_snapshot_check_t *check, const dyn_section_view_t *section)
{
    const dyn_item_t *items = section->data;
    uint64_t variants = 0;

    for (uint32_t i = 0; i < section->count; i++) {
        const char *fault = item_fault(check, items, i);

        if (fault == NULL && items[i].variants_start != variants) {
            fault = "its variants do not follow those of the item before";
        }
        if (fault != NULL) {
            return dyn_snapshot_refuse(check, DYN_SECTION_ITEMS, "item %" PRIu32 ": %s", i, fault);
        }
        variants += items[i].variants_count;
    }

    if (variants != check->snapshot->variant_count) {
        return dyn_snapshot_refuse(check, DYN_SECTION_ITEMS,
                                   "the items have %" PRIu64
                                   " variants, section \"variants\" has %" PRIu32,
                                   variants, check->snapshot->variant_count);
    }

    return true;
}

static bool check_items_unrestricted(const dyn_snapshot_check_t *check,
                                     const dyn_section_view_t *section)
{
    const uint8_t *unrestricted = section->data;
    const dyn_snapshot_t *snapshot = check->snapshot;

    if (unrestricted == NULL) {
        return true;
    }
    if (section->count != snapshot->item_count) {
        return dyn_snapshot_refuse(check, DYN_SECTION_ITEMS_UNRESTRICTED,
                                   "%" PRIu64 " rows; one for each of the %" PRIu32
                                   " items would be right",
                                   section->count, snapshot->item_count);
    }

    for (uint32_t i = 0; i < snapshot->item_count; i++) {
        bool right = dyn_item_unrestricted(&snapshot->items[i], i);

        if (unrestricted[i] != (right ? 1 : 0)) {
            return dyn_snapshot_refuse(check, DYN_SECTION_ITEMS_UNRESTRICTED,
                                       "item %" PRIu32 ": %u; %d would be right", i,
                                       (unsigned)unrestricted[i], right);
        }
    }

    check->snapshot->items_unrestricted = unrestricted;

    return true;
}

static const char *variant_fault(const dyn_snapshot_check_t *check, const dyn_variant_t *variant,
                                 uint32_t i)
{
    const dyn_snapshot_t *snapshot = check->snapshot;

    if (!dyn_snapshot_is_string(check, variant->id) ||
        !dyn_snapshot_is_string(check, variant->title)) {
        return "id or title is no string";
    }

    dyn_str_t id = dyn_snapshot_string(snapshot, variant->id);

    if (id.len == 0 || id.len > DYN_ITEM_ID_BYTES_MAX) {
        return "the id is empty or longer than an id can be";
    }
    if (variant->item >= snapshot->item_count ||
        i < snapshot->items[variant->item].variants_start ||
        i - snapshot->items[variant->item].variants_start >=
            snapshot->items[variant->item].variants_count) {
        return "does not stand among its item's variants";
    }
    if (variant->price_minor < -1 || variant->price_minor > DYN_PRICE_MINOR_MAX) {
        return "the price is out of range";
    }
    if (variant->price_minor >= 0 && snapshot->items[variant->item].price_minor < 0) {
        return "has a price, but its item has no currency";
    }
    if (variant->stock < -1) {
        return "the stock is below -1";
    }

    return NULL;
}

/* Nobody looks at the variants again: there may be 2048 of each candidate. */
static bool all_variants_out(const dyn_item_t *item, const dyn_variant_t *variants)
{
    uint32_t out = 0;

    while (out < item->variants_count && variants[item->variants_start + out].stock == 0) {
        out++;
    }

    return out == item->variants_count && out > 0;
}

static bool check_variants(const dyn_snapshot_check_t *check, const dyn_section_view_t *section)
{
    const dyn_snapshot_t *snapshot = check->snapshot;
    const dyn_variant_t *variants = section->data;

    for (uint32_t i = 0; i < section->count; i++) {
        const char *fault = variant_fault(check, &variants[i], i);

        if (fault != NULL) {
            return dyn_snapshot_refuse(check, DYN_SECTION_VARIANTS, "variant %" PRIu32 ": %s", i,
                                       fault);
        }
    }

    for (uint32_t i = 0; i < snapshot->item_count; i++) {
        if (snapshot->items[i].stock == -1 && all_variants_out(&snapshot->items[i], variants)) {
            return dyn_snapshot_refuse(check, DYN_SECTION_ITEMS,
                                       "item %" PRIu32
                                       ": the stock is unknown, but all of its variants are out: 0 "
                                       "would be right",
                                       i);
        }
    }

    return true;
}

static bool check_item_ids(const dyn_snapshot_check_t *check, const dyn_section_view_t *section)
{
    const dyn_snapshot_t *snapshot = check->snapshot;
    const dyn_hash_row_t *rows = section->data;
    uint64_t others = (uint64_t)snapshot->variant_count + snapshot->alias_count;
    uint64_t used = 0, ids = snapshot->item_count + others;

    if (section->count == 0 || (section->count & (section->count - 1)) != 0) {
        return dyn_snapshot_refuse(check, DYN_SECTION_ITEM_IDS,
                                   "%" PRIu64 " rows are no power of two", section->count);
    }

    for (uint64_t i = 0; i < section->count; i++) {
        uint32_t target = rows[i].target, index = target & ~DYN_ID_OF_VARIANT;

        if (target == DYN_NONE) {
            continue;
        }
        if (index >= (target == index ? snapshot->item_count : others)) {
            return dyn_snapshot_refuse(check, DYN_SECTION_ITEM_IDS,
                                       "row %" PRIu64 ": there is no %s %" PRIu32, i,
                                       target == index ? "item" : "variant or alias", index);
        }
        used++;
    }

    if (used != ids || used * 4 > section->count * 3) {
        return dyn_snapshot_refuse(check, DYN_SECTION_ITEM_IDS,
                                   "%" PRIu64 " of %" PRIu64 " rows are used; %" PRIu64
                                   " ids must be in, at most 3/4 of the rows used",
                                   used, section->count, ids);
    }

    for (uint32_t i = 0; i < snapshot->item_count; i++) {
        uint32_t variant;

        if (dyn_snapshot_find_item(snapshot, dyn_snapshot_string(snapshot, snapshot->items[i].id),
                                   &variant) != i ||
            variant != DYN_NONE) {
            return dyn_snapshot_refuse(check, DYN_SECTION_ITEM_IDS,
                                       "item %" PRIu32 " cannot be found by its id", i);
        }
    }
    for (uint32_t i = 0; i < snapshot->variant_count; i++) {
        uint32_t variant;

        dyn_snapshot_find_item(snapshot, dyn_snapshot_string(snapshot, snapshot->variants[i].id),
                               &variant);
        if (variant != i) {
            return dyn_snapshot_refuse(check, DYN_SECTION_ITEM_IDS,
                                       "variant %" PRIu32 " cannot be found by its id", i);
        }
    }
    for (uint32_t i = 0; i < snapshot->alias_count; i++) {
        const dyn_alias_t *alias = &snapshot->aliases[i];
        uint32_t variant;

        if (dyn_snapshot_find_item(snapshot, dyn_snapshot_string(snapshot, alias->id), &variant) !=
                alias->item ||
            variant != dyn_alias_variant(snapshot, i)) {
            return dyn_snapshot_refuse(check, DYN_SECTION_ITEM_IDS,
                                       "alias %" PRIu32 " cannot be found by its id", i);
        }
    }

    return true;
}

/* One list: known items, weights finite, above 0 and falling. `owner` may not be in its own list. */
static bool check_list(const dyn_snapshot_check_t *check, dyn_section_t id, const dyn_edge_t *edges,
                       uint64_t first, uint64_t end, uint32_t owner)
{
    uint32_t item_count = check->snapshot->item_count;
    float previous = FLT_MAX;

    for (uint64_t i = first; i < end; i++) {
        if (edges[i].item >= item_count || edges[i].item == owner) {
            return dyn_snapshot_refuse(
                check, id, "row %" PRIu64 ": item %" PRIu32 " does not exist or is in its own list",
                i, edges[i].item);
        }
        if (!(edges[i].weight > 0.0F && edges[i].weight <= previous)) {
            return dyn_snapshot_refuse(
                check, id, "row %" PRIu64 ": the weight is not above 0, finite and falling", i);
        }
        previous = edges[i].weight;
    }

    return true;
}

/* Lists of all owners: `starts` and `edges` are there together, or neither. */
static bool check_lists(const dyn_snapshot_check_t *check, dyn_section_t starts_id,
                        const dyn_section_view_t *section, uint32_t owners, uint32_t list_max,
                        bool items_own)
{
    const dyn_section_view_t *starts_section = &check->snapshot->sections[starts_id];
    const uint32_t *starts = starts_section->data;
    const dyn_edge_t *edges = section->data;
    dyn_section_t id = starts_id + 1;

    if (starts == NULL && edges == NULL) {
        return true;
    }
    if (starts == NULL || edges == NULL) {
        return dyn_snapshot_refuse(check, starts == NULL ? starts_id : id,
                                   "is missing, but the other half of the lists is there");
    }
    if (starts_section->count != (uint64_t)owners + 1 || starts[0] != 0 ||
        starts[owners] != section->count) {
        return dyn_snapshot_refuse(check, starts_id,
                                   "%" PRIu64 " rows; %" PRIu64
                                   " would be right, from 0 to the number of edges, %" PRIu64,
                                   starts_section->count, (uint64_t)owners + 1, section->count);
    }

    for (uint32_t i = 0; i < owners; i++) {
        if (starts[i + 1] < starts[i] || starts[i + 1] - starts[i] > list_max ||
            starts[i + 1] > section->count) {
            return dyn_snapshot_refuse(check, starts_id,
                                       "list %" PRIu32 ": from %" PRIu32 " to %" PRIu32
                                       "; at most %" PRIu32 " can be in it",
                                       i, starts[i], starts[i + 1], list_max);
        }
        if (!check_list(check, id, edges, starts[i], starts[i + 1], items_own ? i : DYN_NONE)) {
            return false;
        }
    }

    return true;
}

static bool check_neighbours(const dyn_snapshot_check_t *check, const dyn_section_view_t *section)
{
    return check_lists(check, DYN_SECTION_NEIGHBOUR_STARTS, section, check->snapshot->item_count,
                       DYN_EDGES_PER_ITEM_MAX, true);
}

static bool check_bought_with(const dyn_snapshot_check_t *check, const dyn_section_view_t *section)
{
    return check_lists(check, DYN_SECTION_BOUGHT_WITH_STARTS, section, check->snapshot->item_count,
                       DYN_EDGES_PER_ITEM_MAX, true);
}

/* One number, above 0, for each edge of the section before it. */
static bool check_support(const dyn_snapshot_check_t *check, dyn_section_t id,
                          const dyn_section_view_t *section)
{
    const uint32_t *supports = section->data;
    uint64_t edges =
        check->snapshot
            ->sections[id == DYN_SECTION_BOUGHT_WITH_SUPPORT ? DYN_SECTION_BOUGHT_WITH : id - 1]
            .count;

    if (supports == NULL) {
        return true;
    }
    if (section->count != edges) {
        dyn_str_t of = dyn_section_name(
            id == DYN_SECTION_BOUGHT_WITH_SUPPORT ? DYN_SECTION_BOUGHT_WITH : (uint32_t)id - 1);

        return dyn_snapshot_refuse(check, id,
                                   "%" PRIu64 " rows; one for each of the %" PRIu64
                                   " edges of \"%.*s\" would be right",
                                   section->count, edges, (int)of.len, of.data);
    }
    for (uint64_t i = 0; i < edges; i++) {
        if (supports[i] == 0) {
            return dyn_snapshot_refuse(check, id, "row %" PRIu64 ": no order has both", i);
        }
    }

    return true;
}

static bool check_bought_with_support(const dyn_snapshot_check_t *check,
                                      const dyn_section_view_t *section)
{
    return check_support(check, DYN_SECTION_BOUGHT_WITH_SUPPORT, section);
}

static bool check_category_bought_with(const dyn_snapshot_check_t *check,
                                       const dyn_section_view_t *section)
{
    return check_lists(check, DYN_SECTION_CATEGORY_BOUGHT_WITH_STARTS, section,
                       check->snapshot->category_count, DYN_EDGES_PER_ITEM_MAX, false);
}

static bool check_category_bought_with_support(const dyn_snapshot_check_t *check,
                                               const dyn_section_view_t *section)
{
    return check_support(check, DYN_SECTION_CATEGORY_BOUGHT_WITH_SUPPORT, section);
}

static bool check_similar(const dyn_snapshot_check_t *check, const dyn_section_view_t *section)
{
    return check_lists(check, DYN_SECTION_SIMILAR_STARTS, section, check->snapshot->item_count,
                       DYN_EDGES_PER_ITEM_MAX, true);
}

static bool check_category_popular(const dyn_snapshot_check_t *check,
                                   const dyn_section_view_t *section)
{
    return check_lists(check, DYN_SECTION_CATEGORY_POPULAR_STARTS, section,
                       check->snapshot->category_count, DYN_POPULAR_PER_CATEGORY_MAX, false);
}

static bool check_category_range(const dyn_snapshot_check_t *check,
                                 const dyn_section_view_t *section)
{
    return check_lists(check, DYN_SECTION_CATEGORY_RANGE_STARTS, section,
                       check->snapshot->category_count, DYN_POPULAR_PER_CATEGORY_MAX, false);
}

static bool check_range(const dyn_snapshot_check_t *check, const dyn_section_view_t *section)
{
    return check_list(check, DYN_SECTION_RANGE, section->data, 0, section->count, DYN_NONE);
}

static bool check_popular(const dyn_snapshot_check_t *check, const dyn_section_view_t *section)
{
    return check_list(check, DYN_SECTION_POPULAR, section->data, 0, section->count, DYN_NONE);
}

static bool check_trending(const dyn_snapshot_check_t *check, const dyn_section_view_t *section)
{
    return check_list(check, DYN_SECTION_TRENDING, section->data, 0, section->count, DYN_NONE);
}

static bool check_new_arrivals(const dyn_snapshot_check_t *check, const dyn_section_view_t *section)
{
    return check_list(check, DYN_SECTION_NEW_ARRIVALS, section->data, 0, section->count, DYN_NONE);
}

/* All of the model's sections hang together: its own check reads them when the first one is there. */
static bool check_model(const dyn_snapshot_check_t *check, const dyn_section_view_t *section)
{
    dyn_snapshot_t *snapshot = check->snapshot;
    dyn_model_sections_t sections;
    dyn_error_t reason;

    if (section->data == NULL) {
        return true;
    }
    for (uint32_t i = 0; i < DYN_MODEL_SECTIONS_COUNT; i++) {
        sections.section[i].data = snapshot->sections[DYN_SECTION_MODEL_HEADER + i].data;
        sections.section[i].length =
            (size_t)snapshot->sections[DYN_SECTION_MODEL_HEADER + i].length;
    }
    if (!dyn_model_attach(&snapshot->model, &sections, snapshot->item_count, &reason)) {
        return dyn_fail(check->error, "%.200s: %.300s", check->name, reason.text);
    }

    return true;
}

static bool check_viewed_with_support(const dyn_snapshot_check_t *check,
                                      const dyn_section_view_t *section)
{
    const dyn_model_header_t *model = check->snapshot->model.header;
    const uint8_t *supports = section->data;
    uint64_t edges = model == NULL ? 0 : model->edge_count;

    if (supports == NULL) {
        return true;
    }
    if (section->count != (edges + 1) / 2) {
        return dyn_snapshot_refuse(check, DYN_SECTION_VIEWED_WITH_SUPPORT,
                                   "%" PRIu64 " bytes; %" PRIu64
                                   " would be right, one for two edges of the model",
                                   section->count, (edges + 1) / 2);
    }
    if (edges % 2 != 0 && supports[edges / 2] >> 4 != 0) {
        return dyn_snapshot_refuse(check, DYN_SECTION_VIEWED_WITH_SUPPORT,
                                   "the unused half of the last byte is not 0");
    }

    return true;
}

static bool check_blend(const dyn_snapshot_check_t *check, const dyn_section_view_t *section)
{
    check->snapshot->blend = (dyn_blend_t){NULL, 0, NULL, 0};
    if (section->data == NULL) {
        return true;
    }

    const dyn_section_view_t *weights = &check->snapshot->sections[DYN_SECTION_BLEND_WEIGHTS];
    dyn_blend_t blend = {section->data, section->count, weights->data, weights->count};
    const char *fault = dyn_blend_fault(&blend);

    if (fault != NULL) {
        return dyn_snapshot_refuse(check, DYN_SECTION_BLEND, "%s", fault);
    }
    check->snapshot->blend = blend;

    return true;
}

static bool check_content(const dyn_snapshot_check_t *check, const dyn_section_view_t *section)
{
    json_error_t wrong;
    json_t *list;

    if (section->data == NULL) {
        return true;
    }
    list = json_loadb(section->data, section->length, 0, &wrong);
    if (list == NULL) {
        return dyn_snapshot_refuse(check, DYN_SECTION_CONTENT, "byte %d: is no JSON list: %s",
                                   wrong.position, wrong.text);
    }

    bool good =
        json_is_array(list) || dyn_snapshot_refuse(check, DYN_SECTION_CONTENT, "is no JSON list");

    json_decref(list);

    return good;
}

/* In this order: a check relies on those before it. */
static const struct {
    dyn_section_t id;
    dyn_snapshot_content_fn check;
} checks[] = {
    {DYN_SECTION_HASH_SEED, check_hash_seed},
    {DYN_SECTION_STRINGS, check_strings},
    {DYN_SECTION_BRANDS, check_brands},
    {DYN_SECTION_CATEGORIES, check_categories},
    {DYN_SECTION_CATEGORY_KEYS, check_category_keys},
    {DYN_SECTION_COUNTRIES, check_countries},
    {DYN_SECTION_COMPATIBLE, check_compatible},
    {DYN_SECTION_ITEMS, check_items},
    {DYN_SECTION_ITEMS_UNRESTRICTED, check_items_unrestricted},
    {DYN_SECTION_VARIANTS, check_variants},
    {DYN_SECTION_TRAITS, dyn_check_traits},
    {DYN_SECTION_ITEM_TRAITS, dyn_check_item_traits},
    {DYN_SECTION_TEXTS, dyn_check_texts},
    {DYN_SECTION_ITEM_DETAILS, dyn_check_item_details},
    {DYN_SECTION_ALIASES, dyn_check_aliases},
    {DYN_SECTION_ALIAS_VARIANTS, dyn_check_alias_variants},
    {DYN_SECTION_ITEM_IDS, check_item_ids},
    {DYN_SECTION_TRAIT_ITEMS, dyn_check_trait_items},
    {DYN_SECTION_BRAND_ITEMS, dyn_check_brand_items},
    {DYN_SECTION_CATEGORY_PRICES, dyn_check_category_prices},
    {DYN_SECTION_NEIGHBOURS, check_neighbours},
    {DYN_SECTION_BOUGHT_WITH, check_bought_with},
    {DYN_SECTION_BOUGHT_WITH_SUPPORT, check_bought_with_support},
    {DYN_SECTION_CATEGORY_BOUGHT_WITH, check_category_bought_with},
    {DYN_SECTION_CATEGORY_BOUGHT_WITH_SUPPORT, check_category_bought_with_support},
    {DYN_SECTION_SIMILAR, check_similar},
    {DYN_SECTION_CATEGORY_POPULAR, check_category_popular},
    {DYN_SECTION_POPULAR, check_popular},
    {DYN_SECTION_TRENDING, check_trending},
    {DYN_SECTION_RANGE, check_range},
    {DYN_SECTION_CATEGORY_RANGE, check_category_range},
    {DYN_SECTION_MODEL_HEADER, check_model},
    {DYN_SECTION_VIEWED_WITH_SUPPORT, check_viewed_with_support},
    {DYN_SECTION_BLEND, check_blend},
    {DYN_SECTION_NEW_ARRIVALS, check_new_arrivals},
    {DYN_SECTION_WORDS, dyn_words_check},
    {DYN_SECTION_BUNDLES, dyn_check_bundles},
    {DYN_SECTION_CONTENT, check_content},
};

bool dyn_snapshot_validate_contents(dyn_snapshot_check_t *check)
{
    static const dyn_section_t needed[] = {DYN_SECTION_STRINGS, DYN_SECTION_ITEMS,
                                           DYN_SECTION_ITEM_IDS, DYN_SECTION_HASH_SEED};
    const dyn_section_view_t *sections = check->snapshot->sections;

    for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
        if (sections[needed[i]].data == NULL) {
            return dyn_snapshot_refuse(check, needed[i], "is missing");
        }
    }

    check->string_starts = calloc(sections[DYN_SECTION_STRINGS].length / 256 + 1, sizeof(uint64_t));
    if (check->string_starts == NULL) {
        return dyn_fail(check->error, "%.200s: not enough memory to validate it", check->name);
    }

    for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
        if (!checks[i].check(check, &sections[checks[i].id])) {
            return false;
        }
    }

    return true;
}

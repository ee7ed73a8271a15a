#include "engine/catalogue/bundles.h"

#include "engine/catalogue/offer.h"

#include <string.h>

dyn_bundle_members_t dyn_bundles_of(const dyn_snapshot_t *snapshot, uint32_t item)
{
    const dyn_bundle_member_t *rows = snapshot->sections[DYN_SECTION_BUNDLE_MEMBERS].data;
    uint32_t all = (uint32_t)snapshot->sections[DYN_SECTION_BUNDLE_MEMBERS].count;
    uint32_t low = 0, high = all, count = 0;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (rows[middle].item < item) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    while (low + count < all && rows[low + count].item == item &&
           count < DYN_BUNDLES_PER_ITEM_MAX) {
        count++;
    }

    return count == 0 ? (dyn_bundle_members_t){NULL, 0} : (dyn_bundle_members_t){rows + low, count};
}

static char small(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c == '_' ? '-' : c;
}

static bool same_language(dyn_str_t a, dyn_str_t b)
{
    bool same = a.len == b.len;

    for (size_t i = 0; same && i < a.len; i++) {
        same = small(a.data[i]) == small(b.data[i]);
    }

    return same;
}

static dyn_str_t parent_of(dyn_str_t language)
{
    while (language.len > 0 && small(language.data[language.len - 1]) != '-') {
        language.len--;
    }
    language.len -= language.len > 0;

    return language;
}

dyn_bundle_words_t dyn_bundle_words(const dyn_snapshot_t *snapshot, const dyn_bundle_t *bundle,
                                    dyn_str_t language)
{
    const dyn_bundle_text_t *texts = snapshot->sections[DYN_SECTION_BUNDLE_TEXTS].data;
    dyn_bundle_words_t words = {DYN_STR_NONE, DYN_STR_NONE};

    for (; language.len > 0; language = parent_of(language)) {
        for (uint32_t i = 0; i < bundle->texts_count; i++) {
            const dyn_bundle_text_t *text = &texts[bundle->texts_start + i];

            if (!same_language(dyn_snapshot_string(snapshot, text->language), language)) {
                continue;
            }
            if (words.title.len == 0) {
                words.title = dyn_snapshot_string(snapshot, text->title);
            }
            if (words.description.len == 0) {
                words.description = dyn_snapshot_string(snapshot, text->description);
            }
        }
    }
    if (words.title.len == 0) {
        words.title = dyn_snapshot_string(snapshot, bundle->title);
    }
    if (words.description.len == 0) {
        words.description = dyn_snapshot_string(snapshot, bundle->description);
    }

    return words;
}

dyn_bundle_price_t dyn_bundle_price(const dyn_snapshot_t *snapshot, const dyn_bundle_t *bundle,
                                    int64_t now_ms)
{
    const uint32_t *items = dyn_bundle_items(snapshot, bundle);
    const char *currency = bundle->price_minor >= 0
                               ? bundle->currency
                               : dyn_item_asked_price(snapshot, items[0], now_ms).currency;
    dyn_bundle_price_t price = {0, bundle->price_minor, 0, currency};

    for (uint32_t i = 0; i < bundle->items_count && price.sum_minor >= 0; i++) {
        dyn_price_t asked = dyn_item_asked_price(snapshot, items[i], now_ms);

        price.sum_minor = asked.minor < 0 || strcmp(asked.currency, currency) != 0
                              ? -1
                              : price.sum_minor + asked.minor;
    }
    if (price.sum_minor > DYN_PRICE_MINOR_MAX) {
        price.sum_minor = -1;
    }
    if (price.whole_minor < 0) {
        price.whole_minor = price.sum_minor;
    }
    if (price.sum_minor > price.whole_minor) {
        price.saved_minor = price.whole_minor >= 0 ? price.sum_minor - price.whole_minor : 0;
    }
    if (price.whole_minor < 0) {
        price.currency = "";
    }

    return price;
}

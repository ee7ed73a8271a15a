/* What the sections of bundles say: every reference, number and order that readers rely on. */
#include <inttypes.h>
#include <string.h>

#include "engine/catalogue/bundles.h"
#include "engine/catalogue/snapshot_validate.h"

static bool valid_money(const dyn_bundle_t *bundle)
{
    static const char none[4];

    if (bundle->price_minor == -1) {
        return memcmp(bundle->currency, none, sizeof(none)) == 0;
    }
    for (size_t i = 0; i < 3; i++) {
        if (bundle->currency[i] < 'A' || bundle->currency[i] > 'Z') {
            return false;
        }
    }

    return bundle->currency[3] == '\0' && bundle->price_minor >= 0 &&
           bundle->price_minor <= DYN_PRICE_MINOR_MAX;
}

/* They are there, and different. */
static bool valid_items(const dyn_snapshot_t *snapshot, const dyn_bundle_t *bundle)
{
    const uint32_t *items = dyn_bundle_items(snapshot, bundle);

    for (uint32_t i = 0; i < bundle->items_count; i++) {
        for (uint32_t k = 0; k < i; k++) {
            if (items[k] == items[i]) {
                return false;
            }
        }
        if (items[i] >= snapshot->item_count) {
            return false;
        }
    }

    return true;
}

static const char *bundle_fault(const dyn_snapshot_check_t *check, uint32_t i, uint64_t items,
                                uint64_t texts)
{
    const dyn_snapshot_t *snapshot = check->snapshot;
    const dyn_bundle_t *bundle = &snapshot->bundles[i];

    if (!dyn_snapshot_is_string(check, bundle->id) ||
        !dyn_snapshot_is_string(check, bundle->title) ||
        !dyn_snapshot_is_string(check, bundle->description) ||
        !dyn_snapshot_is_string(check, bundle->url) ||
        !dyn_snapshot_is_string(check, bundle->image)) {
        return "id, title, description, url or image is no string";
    }

    dyn_str_t id = dyn_snapshot_string(snapshot, bundle->id);

    if (id.len == 0 || id.len > DYN_ITEM_ID_BYTES_MAX) {
        return "the id is empty or longer than an id can be";
    }
    if (i > 0 && strcmp(dyn_snapshot_string(snapshot, bundle[-1].id).data, id.data) >= 0) {
        return "the id does not come after its predecessor's";
    }
    if (dyn_snapshot_string(snapshot, bundle->title).len == 0) {
        return "the title is empty";
    }
    if (!valid_money(bundle)) {
        return "the price is out of range or the currency is not three capital letters";
    }
    if (bundle->items_start != items || bundle->items_count < DYN_BUNDLE_ITEMS_MIN ||
        bundle->items_count > DYN_BUNDLE_ITEMS_MAX ||
        items + bundle->items_count > snapshot->sections[DYN_SECTION_BUNDLE_ITEMS].count) {
        return "its items do not follow those of the one before, or are too few or too many";
    }
    if (bundle->texts_start != texts || bundle->texts_count > DYN_BUNDLE_LANGUAGES_MAX ||
        texts + bundle->texts_count > snapshot->sections[DYN_SECTION_BUNDLE_TEXTS].count) {
        return "its texts do not follow those of the one before, or are too many";
    }

    return valid_items(snapshot, bundle) ? NULL : "an item is not there, or there twice";
}

static bool check_texts(const dyn_snapshot_check_t *check)
{
    const dyn_snapshot_t *snapshot = check->snapshot;
    const dyn_bundle_text_t *texts = snapshot->sections[DYN_SECTION_BUNDLE_TEXTS].data;

    for (uint32_t i = 0; i < snapshot->sections[DYN_SECTION_BUNDLE_TEXTS].count; i++) {
        dyn_str_t language = DYN_STR_NONE;

        if (dyn_snapshot_is_string(check, texts[i].language)) {
            language = dyn_snapshot_string(snapshot, texts[i].language);
        }
        if (language.len == 0 || language.len > DYN_LANGUAGE_BYTES_MAX ||
            !dyn_snapshot_is_string(check, texts[i].title) ||
            !dyn_snapshot_is_string(check, texts[i].description)) {
            return dyn_snapshot_refuse(check, DYN_SECTION_BUNDLE_TEXTS,
                                       "row %" PRIu32 ": language, title or description is no "
                                       "string, or the language is empty or too long",
                                       i);
        }
    }

    return true;
}

/* As many as the bundles have items, all different, each an item of its bundle: so none is missing. */
static bool check_members(const dyn_snapshot_check_t *check)
{
    const dyn_snapshot_t *snapshot = check->snapshot;
    const dyn_bundle_member_t *members = snapshot->sections[DYN_SECTION_BUNDLE_MEMBERS].data;

    for (uint32_t i = 0; i < snapshot->sections[DYN_SECTION_BUNDLE_MEMBERS].count; i++) {
        const dyn_bundle_member_t *member = &members[i];
        bool rises = i == 0 || member[-1].item < member->item ||
                     (member[-1].item == member->item && member[-1].bundle < member->bundle);
        bool there = false;

        if (member->bundle < snapshot->bundle_count) {
            const dyn_bundle_t *bundle = &snapshot->bundles[member->bundle];

            for (uint32_t k = 0; k < bundle->items_count; k++) {
                there = there || dyn_bundle_items(snapshot, bundle)[k] == member->item;
            }
        }
        if (!rises || !there) {
            return dyn_snapshot_refuse(check, DYN_SECTION_BUNDLE_MEMBERS,
                                       "row %" PRIu32 ": does not come after its predecessor, or "
                                       "the bundle does not have the item",
                                       i);
        }
    }

    return true;
}

bool dyn_check_bundles(const dyn_snapshot_check_t *check, const dyn_section_view_t *section)
{
    const dyn_snapshot_t *snapshot = check->snapshot;
    const dyn_section_view_t *sections = snapshot->sections;
    uint64_t items = 0, texts = 0;

    for (uint32_t id = DYN_SECTION_BUNDLES; id <= DYN_SECTION_BUNDLE_MEMBERS; id++) {
        if ((sections[id].data == NULL) != (section->data == NULL)) {
            return dyn_snapshot_refuse(check, DYN_SECTION_BUNDLES,
                                       "is there without \"%s\", or the other way round",
                                       dyn_section_name(id).data);
        }
    }
    for (uint32_t i = 0; i < snapshot->bundle_count; i++) {
        const char *fault = bundle_fault(check, i, items, texts);

        if (fault != NULL) {
            return dyn_snapshot_refuse(check, DYN_SECTION_BUNDLES, "bundle %" PRIu32 ": %s", i,
                                       fault);
        }
        items += snapshot->bundles[i].items_count;
        texts += snapshot->bundles[i].texts_count;
    }
    if (items != sections[DYN_SECTION_BUNDLE_ITEMS].count ||
        items != sections[DYN_SECTION_BUNDLE_MEMBERS].count ||
        texts != sections[DYN_SECTION_BUNDLE_TEXTS].count) {
        return dyn_snapshot_refuse(check, DYN_SECTION_BUNDLES,
                                   "the bundles have %" PRIu64 " items and %" PRIu64
                                   " texts; the other sections have more",
                                   items, texts);
    }

    return check_texts(check) && check_members(check);
}

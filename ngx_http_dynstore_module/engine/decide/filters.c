#include "engine/catalogue/kind.h"
#include "engine/decide/work.h"

#include <string.h>

/* Room for everything that is ever added, at most a quarter full: the search for an empty row ends soon. */
bool dyn_exclusions_init(dyn_work_t *work)
{
    const dyn_session_t *session = work->session;
    uint32_t needed = 1;

    if (session != NULL) {
        needed += session->cart_count + session->purchased_count + session->recent_count;
    }
    for (size_t i = 0; i < work->request->slot_count; i++) {
        needed += work->request->slots[i].count;
    }

    uint32_t size = 64;
    while (size < needed * 4) {
        size *= 2;
    }

    work->exclusions.rows = dyn_arena_alloc(work->arena, size * sizeof(dyn_exclusion_t));
    if (work->exclusions.rows == NULL) {
        return false;
    }
    work->exclusions.mask = size - 1;
    /* every group DYN_NONE */
    memset(work->exclusions.rows, 0xff, size * sizeof(dyn_exclusion_t));

    if (work->page_item != DYN_NONE) {
        dyn_exclusions_add(work, work->page_item, DYN_FILTER_CURRENT_ITEM);
    }
    if (session == NULL) {
        return true;
    }

    for (uint32_t i = 0; i < session->cart_count; i++) {
        dyn_exclusions_add(work, session->cart[i].item, DYN_FILTER_IN_CART);
    }
    for (uint32_t i = 0; i < session->purchased_count; i++) {
        dyn_exclusions_add(work, session->purchased[i].item, DYN_FILTER_PURCHASED);
    }
    for (uint32_t i = 0; i < session->recent_count; i++) {
        if (session->recent[i].views > 0) {
            dyn_exclusions_add(work, session->recent[i].item, DYN_FILTER_VIEWED);
        }
    }

    return true;
}

void dyn_exclusions_add(dyn_work_t *work, uint32_t item, dyn_filter_t filter)
{
    uint32_t group = dyn_work_item(work, item)->group;
    dyn_exclusions_t *exclusions = &work->exclusions;
    dyn_exclusion_t *row =
        &exclusions->rows[dyn_exclusions_find(exclusions, group) - exclusions->rows];

    if (row->group == DYN_NONE || row->filter < 0 || row->filter == DYN_FILTER_VIEWED) {
        *row = (dyn_exclusion_t){group, item, (int)filter};
    }
}

void dyn_exclusions_free(dyn_work_t *work, uint32_t item)
{
    const dyn_exclusions_t *exclusions = &work->exclusions;
    dyn_exclusion_t *row =
        &exclusions->rows[dyn_exclusions_find(exclusions, dyn_work_item(work, item)->group) -
                          exclusions->rows];

    /* the row stays, so that others are still found behind it */
    if (row->group != DYN_NONE && row->filter == DYN_FILTER_OTHER_SLOT) {
        row->filter = -1;
    }
}

static bool country_forbids(const dyn_work_t *work, const dyn_item_t *item)
{
    if (item->countries_count == 0) {
        return false;
    }
    if (work->country == 0) {
        return true;
    }

    bool listed = false;
    for (uint32_t i = 0; i < item->countries_count && !listed; i++) {
        listed = work->snapshot->countries[item->countries_start + i] == work->country;
    }

    return listed == (item->countries_blocked != 0);
}

/* Whoever has chosen a tent wants no second one, but what goes with it. */
static bool of_a_kind_in_cart(const dyn_work_t *work, uint32_t item)
{
    for (uint32_t i = 0; i < work->cart_count; i++) {
        if (dyn_same_kind(work->snapshot, work->cart[i].item, item)) {
            return true;
        }
    }

    return false;
}

/* Of another part of the shop than the page's item, and not viewed together with it, or several times as dear. */
static bool elsewhere(const dyn_work_t *work, const dyn_item_t *item, uint32_t item_number)
{
    enum { DEARER_MOST = 3 };

    if (item->category == DYN_NONE ||
        dyn_snapshot_category_within(work->snapshot, item->category, work->page_top)) {
        return false;
    }

    int64_t now_ms = work->request->now_ms;
    int64_t price = dyn_item_asked_price(work->snapshot, item_number, now_ms).minor;
    int64_t of_page = dyn_item_asked_price(work->snapshot, work->page_item, now_ms).minor;

    return (of_page > 0 && price > DEARER_MOST * of_page) ||
           dyn_viewed_with_support(work->snapshot, work->page_item, item_number) <
               DYN_VIEWED_WITH_SUPPORT_MIN;
}

/* What the slot and the sweep leave out beside. */
static int narrowed_by(const dyn_work_t *work, const dyn_item_t *item, uint32_t item_number)
{
    if (work->within != DYN_NONE &&
        (item->category == DYN_NONE ||
         !dyn_snapshot_category_within(work->snapshot, item->category, work->within))) {
        return DYN_FILTER_OTHER_CATEGORY;
    }
    if (work->beside_page && elsewhere(work, item, item_number)) {
        return DYN_FILTER_OTHER_CATEGORY;
    }
    if (work->searched != NULL && !dyn_wish_means(work, work->searched, item_number)) {
        return DYN_FILTER_OTHER_CATEGORY;
    }
    if ((work->row->flags & DYN_BLEND_ADD_ONS) && of_a_kind_in_cart(work, item_number)) {
        return DYN_FILTER_SAME_KIND;
    }

    return -1;
}

int dyn_filter_mask(const dyn_work_t *work, uint32_t item_number)
{
    const dyn_item_t *item = dyn_work_item(work, item_number);

    if (!dyn_item_in_catalogue(work->snapshot, item_number)) {
        return DYN_FILTER_NOT_IN_CATALOGUE;
    }
    if (dyn_item_stock(work->snapshot, item_number) == 0) {
        return DYN_FILTER_OUT_OF_STOCK;
    }
    if (item->age_min > 0 && work->request->context->age < item->age_min) {
        return DYN_FILTER_AGE;
    }
    if (country_forbids(work, item)) {
        return DYN_FILTER_COUNTRY;
    }

    return work->masked ? dyn_rules_mask(work, item_number) : -1;
}

int dyn_filter_of_pin(const dyn_work_t *work, uint32_t item_number)
{
    uint32_t group = dyn_work_item(work, item_number)->group;
    const dyn_exclusion_t *exclusion = dyn_exclusions_find(&work->exclusions, group);
    int mask = dyn_filter_mask(work, item_number);

    if (mask >= 0 || exclusion->group == DYN_NONE || exclusion->filter < 0 ||
        exclusion->filter == DYN_FILTER_VIEWED) {
        return mask;
    }

    return exclusion->item == item_number ? exclusion->filter : (int)DYN_FILTER_SAME_GROUP;
}

int dyn_filter_of(const dyn_work_t *work, uint32_t item_number)
{
    const dyn_item_t *item = dyn_work_item(work, item_number);
    int mask = work->pinning ? -1 : dyn_filter_mask(work, item_number);

    if (work->pinning || mask >= 0) {
        return mask;
    }

    const dyn_exclusion_t *exclusion = dyn_exclusions_find(&work->exclusions, item->group);

    if (exclusion->group == DYN_NONE || exclusion->filter < 0 ||
        (exclusion->filter == DYN_FILTER_VIEWED &&
         ((work->row->flags & DYN_BLEND_SHOW_VIEWED) ||
          (work->fills_listing &&
           dyn_snapshot_category_within(work->snapshot, item->category, work->page_category)) ||
          (work->compares && dyn_same_kind(work->snapshot, work->page_item, item_number))))) {
        return work->narrowed ? narrowed_by(work, item, item_number) : -1;
    }

    return exclusion->item == item_number ? exclusion->filter : (int)DYN_FILTER_SAME_GROUP;
}

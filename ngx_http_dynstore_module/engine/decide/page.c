#include "engine/base/curves.h"
#include "engine/catalogue/kind.h"
#include "engine/catalogue/traits.h"
#include "engine/decide/work.h"

#include <string.h>

/* How a search or an ad fades with each view since: clicks speak louder than words. Chosen by judgement. */
static const float search_step = 0.8f;
static const float ad_step = 0.75f;
static const float ad_strength = 0.7f;
/* A wish that says less is not asked. */
static const float wish_least = 0.1f;
/* From here on a search page is about the category that the words name. */
static const float category_sure = 0.9f;

static bool same_group(const dyn_work_t *work, uint32_t a, uint32_t b)
{
    return a != DYN_NONE && b != DYN_NONE &&
           dyn_work_item(work, a)->group == dyn_work_item(work, b)->group;
}

/* ---- the page ---- */

static uint32_t top_of(const dyn_work_t *work, uint32_t category)
{
    while (category != DYN_NONE && work->snapshot->categories[category].parent != DYN_NONE) {
        category = work->snapshot->categories[category].parent;
    }

    return category;
}

/* What the page is about: its item's category, the category listed, or what was searched for. */
static void find_page(dyn_work_t *work)
{
    const dyn_context_t *context = work->request->context;
    const dyn_snapshot_t *snapshot = work->snapshot;

    if (context->surface == DYN_SURFACE_PDP) {
        work->page_item = dyn_snapshot_find_item(snapshot, context->item_id, NULL);
        if (work->page_item != DYN_NONE) {
            work->page_category = dyn_work_item(work, work->page_item)->category;
            work->page_sold_out = dyn_item_in_catalogue(snapshot, work->page_item) &&
                                  dyn_item_stock(snapshot, work->page_item) == 0;
        }
    } else if (context->surface == DYN_SURFACE_PLP) {
        work->page_category = dyn_snapshot_find_category(snapshot, context->item_id);
    } else if (context->surface == DYN_SURFACE_SEARCH && work->wish_count > 0 &&
               !work->wishes[0].ad && work->wishes[0].meaning.category_count > 0 &&
               work->wishes[0].meaning.categories[0].weight >= category_sure) {
        work->page_category = work->wishes[0].meaning.categories[0].item;
    } else if (context->surface == DYN_SURFACE_SEARCH && work->wish_count > 0 &&
               !work->wishes[0].ad && work->wishes[0].meaning.item_count > 0) {
        /* what fills up the slot is near to what fits best */
        work->page_category = dyn_work_item(work, work->wishes[0].meaning.items[0].item)->category;
    }
    work->category_from_session =
        context->surface == DYN_SURFACE_SEARCH && context->search.len == 0;
    work->page_top = top_of(work, work->page_category);
}

/* ---- words ---- */

/*
 * Where half of the words are unknown, the others must say what kind of thing is meant, or a brand: "tent" of "tent with porch" does,
 * "15" of "iphone 15" and "black" of "black friday deals" do not.
 */
static bool says_something(const dyn_meaning_t *meaning)
{
    static const float known = 0.51f;
    enum { SEVERAL = 3 };

    return meaning->understood >= known || meaning->categories_named != 0 ||
           meaning->brand_count > 0 || (meaning->item_count >= SEVERAL && !meaning->only_named);
}

static bool wish(dyn_work_t *work, dyn_str_t text, float strength, bool ad)
{
    if (text.len == 0 || strength < wish_least || work->wish_count == DYN_WISHES_MAX) {
        return true;
    }
    if (work->wishes == NULL) {
        work->wishes = dyn_arena_alloc(work->arena, DYN_WISHES_MAX * sizeof(dyn_wish_t));
        if (work->wishes == NULL) {
            return false;
        }
    }

    dyn_wish_t *added = &work->wishes[work->wish_count];

    if (!dyn_words_meaning(work->snapshot, text, work->arena, &added->meaning)) {
        return false;
    }
    added->strength = says_something(&added->meaning) ? strength * added->meaning.understood : 0;
    added->ad = ad;
    work->wish_count += added->strength >= wish_least;

    return true;
}

/* The page's own search first, then the session's, then the ad's: the first of its words that say anything. */
static bool find_wishes(dyn_work_t *work)
{
    const dyn_context_t *context = work->request->context;
    const dyn_session_t *session = work->session;
    const dyn_entry_t *entry = &context->entry;
    uint32_t clicks = 0;
    uint32_t searches = 2;

    if (work->snapshot->sections[DYN_SECTION_WORDS].count == 0) {
        return true;
    }
    if (!wish(work, context->search, 1, false)) {
        return false;
    }
    /* a page of results is about its own words; where its address does not tell them, the newest search was them */
    if (context->surface == DYN_SURFACE_SEARCH) {
        searches = context->search.len > 0 ? 0 : 1;
    }
    for (uint32_t i = 0; session != NULL && i < session->search_count && i < searches; i++) {
        const dyn_search_t *search = &session->searches[i];

        if (!dyn_str_equal(search->term, context->search) &&
            !wish(
                work, search->term,
                (float)dyn_pow(search_step, search->clicks_since < 16 ? search->clicks_since : 16),
                false)) {
            return false;
        }
    }

    if (session != NULL) {
        clicks = session->click_count < 16 ? session->click_count : 16;
        if (entry->term.len + entry->content.len + entry->campaign.len == 0) {
            entry = &session->entry;
        }
    }

    const dyn_str_t texts[] = {entry->term, entry->content, entry->campaign};
    uint32_t before = work->wish_count;

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]) && work->wish_count == before; i++) {
        if (!wish(work, texts[i], ad_strength * (float)dyn_pow(ad_step, clicks), true)) {
            return false;
        }
    }

    return true;
}

/* ---- the session ---- */

static void anchor(dyn_anchor_t *anchors, uint32_t *count, dyn_anchor_t added)
{
    if (*count < DYN_ANCHORS_MAX) {
        anchors[(*count)++] = added;
    }
}

/* The session's items newest first, each as strong as the shopper's interest in it. */
static void find_anchors(dyn_work_t *work)
{
    const dyn_session_t *session = work->session;
    float largest = 0;

    for (uint32_t i = 0; i < session->recent_count && work->anchor_count < DYN_ANCHORS_MAX; i++) {
        const dyn_interest_t *recent = &session->recent[i];

        if (recent->interest > 0 && !same_group(work, recent->item, work->page_item)) {
            anchor(work->anchors, &work->anchor_count,
                   (dyn_anchor_t){recent->item, recent->interest, recent->views > 0});
            largest = recent->interest > largest ? recent->interest : largest;
        }
    }
    for (uint32_t i = 0; i < work->anchor_count; i++) {
        work->anchors[i].weight /= largest;
    }
}

/* The shopper, or this page, looks at the kind of the item again. */
static bool looked_at(const dyn_work_t *work, uint32_t item)
{
    return work->page_item != DYN_NONE && dyn_same_kind(work->snapshot, item, work->page_item);
}

static bool bought_since_viewed(const dyn_work_t *work, const dyn_bought_t *bought)
{
    const dyn_session_t *session = work->session;

    for (uint32_t i = 0; i < session->recent_count; i++) {
        const dyn_interest_t *recent = &session->recent[i];

        if (recent->views > 0 && recent->last_ms > bought->time_ms &&
            dyn_same_kind(work->snapshot, bought->item, recent->item)) {
            return false;
        }
    }

    return true;
}

/* What is in the cart, and of which kinds the choice is made. */
static void find_cart(dyn_work_t *work)
{
    const dyn_session_t *session = work->session;

    for (uint32_t i = 0; i < session->cart_count; i++) {
        const dyn_cart_line_t *line = &session->cart[i];
        int64_t price =
            dyn_item_asked_price(work->snapshot, line->item, work->request->now_ms).minor;
        dyn_anchor_t added = {line->item, 1, false};

        anchor(work->cart, &work->cart_count, added);
        if (price > 0) {
            work->cart_value += (double)price * line->quantity;
        }
        if (line->settled && !looked_at(work, line->item)) {
            anchor(work->settled, &work->settled_count, added);
        }
    }
    for (uint32_t i = 0; i < session->purchased_count; i++) {
        const dyn_bought_t *bought = &session->purchased[i];

        if (!looked_at(work, bought->item) && bought_since_viewed(work, bought)) {
            anchor(work->settled, &work->settled_count,
                   (dyn_anchor_t){bought->item, bought->earlier ? 0.5f : 1, false});
        }
    }
}

/* Every candidate is compared with it: the lists are found once. */
static bool find_like_rejected(dyn_work_t *work)
{
    const dyn_session_t *session = work->session;
    dyn_edges_t *lists =
        dyn_arena_alloc(work->arena, (session->rejected_count + 1) * sizeof(*lists));

    for (uint32_t i = 0; lists != NULL && i < session->rejected_count; i++) {
        lists[i] = dyn_snapshot_similar(work->snapshot, session->rejected[i].item);
    }
    work->like_rejected = lists;

    return lists != NULL;
}

/* Whether the page's item, else the session and what it asked for, tell for whom is looked. */
static void find_audience(dyn_work_t *work)
{
    const dyn_snapshot_t *snapshot = work->snapshot;
    bool of_page = false;

    for (uint32_t pass = work->page_item == DYN_NONE; pass < 2 && !of_page; pass++) {
        for (uint32_t trait = snapshot->audiences_start; trait < snapshot->audiences_end; trait++) {
            bool told = pass == 0 ? dyn_item_has_trait(snapshot, work->page_item, trait)
                                  : dyn_likes_has(&work->liked_traits, trait);

            of_page = of_page || (pass == 0 && told);
            if (told && trait != snapshot->audience_everybody) {
                work->audience_known = true;
                work->for_kids = work->for_kids || trait == snapshot->audience_kids;
            }
        }
    }
}

/* Whether something was looked at, on this page or before, and nothing of it is for children. */
static bool for_adults(const dyn_work_t *work)
{
    uint32_t kids = work->snapshot->audience_kids;

    if (kids == DYN_NONE || work->for_kids ||
        (work->page_item == DYN_NONE && work->anchor_count == 0)) {
        return false;
    }
    for (uint32_t i = 0; i < work->anchor_count; i++) {
        if (dyn_item_has_trait(work->snapshot, work->anchors[i].item, kids)) {
            return false;
        }
    }

    return true;
}

bool dyn_work_begin(dyn_work_t *work)
{
    const dyn_context_t *context = work->request->context;

    work->session = work->request->session;
    work->page_item = work->page_category = work->page_top = work->within = DYN_NONE;
    if (context->country[0] != '\0' && context->country[1] != '\0') {
        work->country =
            (uint16_t)((uint8_t)context->country[0] | (unsigned)(uint8_t)context->country[1] << 8);
    }

    if (!find_wishes(work)) {
        return false;
    }
    find_page(work);
    work->compares = work->compares && work->page_item != DYN_NONE;
    if (work->session != NULL) {
        find_anchors(work);
        find_cart(work);
        if (!find_like_rejected(work)) {
            return false;
        }
    }
    dyn_likes_collect(work);
    find_audience(work);
    work->for_adults = for_adults(work);

    return dyn_exclusions_init(work);
}

/*
 * On a listing and on a page of search results the personal sources keep to what the page is about: the category listed, what the
 * words mean. What fills up such a slot, or one
 * of a product's page, comes from the same part of the shop, as all does where the product is sold out or compared; what fills up a cart's, from
 * that of its newest item.
 */
void dyn_work_narrow(dyn_work_t *work, dyn_sweep_t sweep)
{
    dyn_surface_t surface = work->request->context->surface;
    bool add_ons = (work->row->flags & DYN_BLEND_ADD_ONS) != 0;
    bool listing = surface == DYN_SURFACE_PLP || surface == DYN_SURFACE_SEARCH;

    work->within = DYN_NONE;
    work->searched = NULL;
    if (surface == DYN_SURFACE_SEARCH && sweep == DYN_SWEEP_PERSONAL && work->wish_count > 0 &&
        !work->wishes[0].ad) {
        work->searched = &work->wishes[0];
    } else if (listing) {
        work->within = sweep == DYN_SWEEP_PERSONAL ? work->page_category : work->page_top;
    } else if (surface == DYN_SURFACE_PDP &&
               (sweep > DYN_SWEEP_PERSONAL ||
                ((work->page_sold_out || work->compares) && !add_ons))) {
        work->within = work->page_top;
    } else if (add_ons && work->cart_count > 0 && sweep > DYN_SWEEP_PERSONAL) {
        work->within = top_of(work, dyn_work_item(work, work->cart[0].item)->category);
    }
    work->fills_listing =
        surface == DYN_SURFACE_PLP && sweep >= DYN_SWEEP_POPULAR && work->page_category != DYN_NONE;
    work->beside_page = work->page_item != DYN_NONE && work->page_top != DYN_NONE &&
                        work->within == DYN_NONE && !add_ons;
    work->narrowed = work->within != DYN_NONE || work->beside_page || work->searched != NULL ||
                     (add_ons && work->cart_count > 0);

    work->add_on_price = 0;
    if (add_ons && work->page_item != DYN_NONE) {
        int64_t price =
            dyn_item_asked_price(work->snapshot, work->page_item, work->request->now_ms).minor;

        work->add_on_price = price > 0 ? (double)price : 0;
    } else if (add_ons) {
        work->add_on_price = work->cart_value;
    }
}

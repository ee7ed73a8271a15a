/* What the shopper shows a liking for, and what it asked for in words. */
#include "engine/catalogue/traits.h"
#include "engine/catalogue/offer.h"
#include "engine/decide/work.h"

/* A liking of less evidence proposes nothing: one view is none. */
static const float evidence_least = 0.2f;
/* How many brands and traits are asked, and for how many items each. */
enum { LIKES_ASKED = 3, LIKED_ITEMS = 32 };

static void propose_numbers(dyn_work_t *work, dyn_numbers_t items, float weight)
{
    for (uint32_t i = 0; i < items.count && i < LIKED_ITEMS; i++) {
        uint32_t category = dyn_work_item(work, items.numbers[i])->category;

        /* beside an item, likings choose among its own part of the shop */
        if (!work->beside_page ||
            (category != DYN_NONE &&
             dyn_snapshot_category_within(work->snapshot, category, work->page_top))) {
            dyn_candidates_propose(work, items.numbers[i], weight / (1 + 0.1f * (float)i));
        }
    }
}

/* A trait that half of the catalogue has tells little. */
static float rarity(const dyn_work_t *work, uint32_t trait)
{
    float share =
        (float)work->snapshot->traits[trait].item_count / (float)(work->snapshot->item_count + 1);

    return share < 1 ? 1 - share : 0;
}

/* How much the shopper is after a brand or a trait; cubed: two items are a hint, three and more a liking. */
static float pull_of(const dyn_work_t *work, const dyn_affinity_t *like, bool brand)
{
    float pull = 4 * like->evidence * like->evidence * like->evidence;

    if (!brand) {
        pull *= dyn_trait_meaning(work->snapshot, like->index) * rarity(work, like->index);
    }

    return pull < 1 ? pull : 1;
}

void dyn_source_liked(dyn_work_t *work)
{
    const dyn_session_t *session = work->session;

    if (session == NULL) {
        return;
    }

    float least = work->floor > evidence_least ? work->floor : evidence_least;

    for (uint32_t i = 0; i < session->chosen_count; i++) {
        const dyn_chosen_t *chosen = &session->chosen[i];

        if (chosen->filtered) {
            propose_numbers(work,
                            chosen->brand ? dyn_brand_items(work->snapshot, chosen->number)
                                          : dyn_trait_items(work->snapshot, chosen->number),
                            chosen->strength);
        }
    }
    for (uint32_t i = 0; i < session->brand_count && i < LIKES_ASKED; i++) {
        if (session->brands[i].evidence >= least) {
            propose_numbers(work, dyn_brand_items(work->snapshot, session->brands[i].index),
                            pull_of(work, &session->brands[i], true));
        }
    }
    for (uint32_t i = 0, asked = 0; i < session->trait_count && asked < LIKES_ASKED; i++) {
        const dyn_affinity_t *like = &session->traits[i];
        float pull = like->evidence >= least ? pull_of(work, like, false) : 0;

        if (pull > 0) {
            propose_numbers(work, dyn_trait_items(work->snapshot, like->index), pull);
            asked++;
        }
    }
}

/*
 * The items that have the words; where these are few, what the words name beside: a category, and, where they name nothing else, a
 * tag, a value of an attribute or a brand ("kids gift", but not "sleeping bag kids").
 */
void dyn_source_searched(dyn_work_t *work)
{
    enum { FEW = 16 };
    static const float named = 0.5f;

    for (uint32_t i = 0; i < work->wish_count; i++) {
        const dyn_wish_t *wish = &work->wishes[i];
        const dyn_meaning_t *meaning = &wish->meaning;
        dyn_edges_t items = {meaning->items, meaning->item_count};

        if (wish->strength < work->floor) {
            continue;
        }
        dyn_candidates_propose_edges(work, items, wish->strength);
        if (items.count >= FEW) {
            continue;
        }
        for (uint32_t k = 0; meaning->only_named && k < meaning->trait_count; k++) {
            propose_numbers(work, dyn_trait_items(work->snapshot, meaning->traits[k].item),
                            named * wish->strength * meaning->traits[k].weight);
        }
        for (uint32_t k = 0; meaning->only_named && k < meaning->brand_count; k++) {
            propose_numbers(work, dyn_brand_items(work->snapshot, meaning->brands[k].item),
                            named * wish->strength * meaning->brands[k].weight);
        }
        for (uint32_t k = 0; k < meaning->category_count; k++) {
            if ((meaning->categories_named >> k & 1) == 0) {
                continue;
            }
            dyn_candidates_propose_edges(
                work, dyn_snapshot_category_popular(work->snapshot, meaning->categories[k].item),
                named * wish->strength * meaning->categories[k].weight);
        }
    }
}

static bool names(const dyn_edge_t *meant, uint32_t count, uint32_t number)
{
    for (uint32_t i = 0; i < count; i++) {
        if (meant[i].item == number) {
            return true;
        }
    }

    return false;
}

bool dyn_wish_means(const dyn_work_t *work, const dyn_wish_t *wish, uint32_t item)
{
    const dyn_meaning_t *meaning = &wish->meaning;
    const dyn_item_t *record = dyn_work_item(work, item);
    dyn_numbers_t traits = dyn_item_traits(work->snapshot, item);
    int64_t price = dyn_item_asked_price(work->snapshot, item, work->request->now_ms).minor;

    if ((meaning->price_low > 0 && price < meaning->price_low) ||
        (meaning->price_high > 0 && price > meaning->price_high)) {
        return false;
    }
    if (names(meaning->items, meaning->item_count, item) ||
        (meaning->only_named && record->brand != DYN_NONE &&
         names(meaning->brands, meaning->brand_count, record->brand))) {
        return true;
    }
    for (uint32_t i = 0; meaning->only_named && i < traits.count; i++) {
        if (names(meaning->traits, meaning->trait_count, traits.numbers[i])) {
            return true;
        }
    }
    /* "jackets", but not "Nordhang jackets": there it takes all the words */
    if (meaning->brand_count + meaning->trait_count > 0) {
        return false;
    }
    for (uint32_t category = record->category; category != DYN_NONE;
         category = work->snapshot->categories[category].parent) {
        for (uint32_t k = 0; k < meaning->category_count; k++) {
            if (meaning->categories[k].item == category &&
                (meaning->categories_named >> k & 1) != 0) {
                return true;
            }
        }
    }

    return false;
}

static float largest(float a, float b)
{
    return a > b ? a : b;
}

float dyn_source_strength(const dyn_work_t *work, dyn_source_t source)
{
    const dyn_session_t *session = work->session;
    float strength = 1;

    if (source == DYN_SOURCE_SEARCHED) {
        strength = 0;
        for (uint32_t i = 0; i < work->wish_count; i++) {
            strength = largest(strength, work->wishes[i].strength);
        }
    } else if (source == DYN_SOURCE_LIKED && session != NULL) {
        strength = 0;
        for (uint32_t i = 0; i < session->chosen_count; i++) {
            strength =
                largest(strength, session->chosen[i].filtered ? session->chosen[i].strength : 0);
        }
        for (uint32_t i = 0; i < session->brand_count; i++) {
            strength = largest(strength, pull_of(work, &session->brands[i], true));
        }
        for (uint32_t i = 0; i < session->trait_count; i++) {
            strength = largest(strength, pull_of(work, &session->traits[i], false));
        }
    }

    return strength;
}

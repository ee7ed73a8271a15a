/*
 * A pivot: the newest views leave what the session, and the customer before it, was after - a gift, say. What was done before then
 * says little of what is wanted now. engine/session/session.h has the figures.
 */
#include "engine/catalogue/traits.h"
#include "engine/session/fold.h"

static const double first_keeps = 0.6;
static const double later_keeps = 0.15;
/* Fewer items make no habit that could be left, and after so many views their age tells enough. */
enum { usual_items_min = 3, views_max = 12 };

static uint32_t top_of(const dyn_snapshot_t *snapshot, uint32_t item)
{
    uint32_t category = snapshot->items[item].category;

    while (category != DYN_NONE && snapshot->categories[category].parent != DYN_NONE) {
        category = snapshot->categories[category].parent;
    }

    return category;
}

/* One is for children, and the other for somebody else or for nobody in particular; or they are for different people. */
static bool for_different_people(const dyn_snapshot_t *snapshot, uint32_t a, uint32_t b)
{
    bool of_a = false, of_b = false, both = false;

    for (uint32_t trait = snapshot->audiences_start; trait < snapshot->audiences_end; trait++) {
        bool has_a = dyn_item_has_trait(snapshot, a, trait);
        bool has_b = dyn_item_has_trait(snapshot, b, trait);

        if (trait == snapshot->audience_kids && has_a != has_b) {
            return true;
        }
        if (trait == snapshot->audience_everybody && (has_a || has_b)) {
            return false;
        }
        of_a = of_a || has_a;
        of_b = of_b || has_b;
        both = both || (has_a && has_b);
    }

    return of_a && of_b && !both;
}

static bool is_foreign(const dyn_snapshot_t *snapshot, uint32_t a, uint32_t b)
{
    uint32_t top = top_of(snapshot, a);

    if (a == b || top == DYN_NONE) {
        return false;
    }
    if (for_different_people(snapshot, a, b)) {
        return true;
    }

    return top != top_of(snapshot, b) && dyn_snapshot_neighbour_weight(snapshot, a, b) == 0 &&
           dyn_snapshot_neighbour_weight(snapshot, b, a) == 0 &&
           dyn_bought_with_support(snapshot, a, b) == 0 &&
           dyn_bought_with_support(snapshot, b, a) == 0;
}

/* How many of the newest views belong together: each has something to do with one of those after it. */
static uint32_t count_together(const dyn_fold_t *fold)
{
    const dyn_session_t *session = fold->session;
    const uint32_t *newest = session->clicks + session->click_count;
    uint32_t count = 1;

    while (count < session->click_count && count <= views_max) {
        uint32_t next = newest[-1 - (int64_t)count];
        bool foreign = true;

        for (uint32_t i = 1; i <= count && foreign; i++) {
            foreign = is_foreign(fold->snapshot, newest[-(int64_t)i], next);
        }
        if (foreign) {
            break;
        }
        count++;
    }

    return count;
}

static bool has_nothing_to_do_with(const dyn_fold_t *fold, uint32_t item, const uint32_t *views,
                                   uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (!is_foreign(fold->snapshot, views[i], item)) {
            return false;
        }
    }

    return true;
}

static bool is_among(uint32_t item, const uint32_t *views, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (views[i] == item) {
            return true;
        }
    }

    return false;
}

/* A look at categories alone, which settles most sessions before anything is looked up. */
static bool shares_part(const dyn_fold_t *fold, uint32_t item, const uint32_t *views,
                        const uint32_t *tops, uint32_t count)
{
    uint32_t top = top_of(fold->snapshot, item);

    for (uint32_t i = 0; i < count; i++) {
        if (tops[i] == top && !is_foreign(fold->snapshot, views[i], item)) {
            return true;
        }
    }

    return false;
}

void dyn_fold_pivot(dyn_fold_t *fold)
{
    dyn_session_t *session = fold->session;
    uint32_t usual = fold->earlier_count;

    if (session->click_count == 0 ||
        session->recent_count + fold->earlier_count < usual_items_min) {
        return;
    }

    uint32_t count = count_together(fold);
    const uint32_t *views = session->clicks + session->click_count - count;
    uint32_t tops[views_max];

    if (count > views_max) {
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        tops[i] = top_of(fold->snapshot, views[i]);
    }
    for (uint32_t i = 0; i < session->recent_count; i++) {
        if (!is_among(session->recent[i].item, views, count) &&
            shares_part(fold, session->recent[i].item, views, tops, count)) {
            return;
        }
    }
    for (uint32_t i = 0; i < session->recent_count; i++) {
        uint32_t item = session->recent[i].item;

        if (is_among(item, views, count)) {
            continue;
        }
        if (!has_nothing_to_do_with(fold, item, views, count)) {
            return;
        }
        usual++;
    }
    for (uint32_t i = 0; i < fold->earlier_count; i++) {
        if (!has_nothing_to_do_with(fold, fold->earlier[i], views, count)) {
            return;
        }
    }
    if (usual < usual_items_min) {
        return;
    }

    double keeps = count == 1 ? first_keeps : later_keeps;

    session->pivot_views = count;
    for (uint32_t i = 0; i < session->recent_count; i++) {
        if (!is_among(session->recent[i].item, views, count)) {
            fold->interests[i] *= keeps;
            session->recent[i].interest = (float)fold->interests[i];
        }
    }
    for (uint32_t i = 0; i < fold->earlier_count; i++) {
        fold->earlier_interests[i] *= keeps;
    }
}

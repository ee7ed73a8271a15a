#include "cli/train/learning.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/train/popularity.h"

/* A click of a visitor who may be over a limit. */
typedef struct {
    uint32_t visitor, item;
    int64_t day;
    double time;
    size_t click;
    uint8_t kind;
    bool dropped;
} entry_t;

/* What one visitor did, of one item or of all, in one day. */
typedef struct {
    uint32_t clicks[3]; /* by dyn_click_kind_t */
    double weight;
} done_t;

static int compare(const entry_t *a, const entry_t *b, bool by_item)
{
    if (a->visitor != b->visitor) {
        return a->visitor < b->visitor ? -1 : 1;
    }
    if (a->day != b->day) {
        return a->day < b->day ? -1 : 1;
    }
    if (by_item && a->item != b->item) {
        return a->item < b->item ? -1 : 1;
    }
    /* of an item the purchases come first: what leads to one must not use up its weight */
    if (by_item && a->kind != b->kind) {
        return a->kind > b->kind ? -1 : 1;
    }
    if (a->time != b->time) {
        return a->time < b->time ? -1 : 1;
    }

    return (a->click > b->click) - (a->click < b->click);
}

static int by_item(const void *left, const void *right)
{
    return compare(left, right, true);
}

static int by_time(const void *left, const void *right)
{
    return compare(left, right, false);
}

/* Visitors who cannot be over any limit need no look: nearly all. */
static size_t find_suspects(const dyn_clicks_t *clicks, bool *suspects)
{
    done_t *done = calloc((size_t)clicks->session_count + 1, sizeof(*done));
    size_t count = 0;

    if (done == NULL) {
        return SIZE_MAX;
    }
    for (size_t k = 0; k < clicks->count; k++) {
        const dyn_click_t *click = &clicks->clicks[k];
        done_t *visitor = &done[click->session];

        visitor->clicks[click->kind]++;
        visitor->weight += dyn_popularity_weight(click->kind);
    }
    for (uint32_t v = 0; v < clicks->session_count; v++) {
        suspects[v] = done[v].weight > DYN_VISITOR_ITEM_WEIGHT_PER_DAY_MAX ||
                      done[v].clicks[DYN_CLICK_CART] > DYN_VISITOR_ITEM_CARTS_PER_DAY_MAX ||
                      done[v].clicks[DYN_CLICK_PURCHASE] > DYN_VISITOR_ITEM_PURCHASES_PER_DAY_MAX;
        if (suspects[v]) {
            count += (size_t)done[v].clicks[0] + done[v].clicks[1] + done[v].clicks[2];
        }
    }
    free(done);

    return count;
}

static void gather(const dyn_clicks_t *clicks, const bool *suspects, entry_t *entries)
{
    for (size_t k = 0; k < clicks->count; k++) {
        const dyn_click_t *click = &clicks->clicks[k];

        if (suspects[click->session]) {
            *entries++ = (entry_t){
                .visitor = click->session,
                .item = click->item,
                .day = (int64_t)floor(click->time / 86400.0),
                .time = click->time,
                .click = k,
                .kind = click->kind,
            };
        }
    }
}

static bool same_day(const entry_t *a, const entry_t *b)
{
    return a->visitor == b->visitor && a->day == b->day;
}

/* Of each visitor, day and item. */
static void limit_items(dyn_clicks_t *clicks, entry_t *entries, size_t count,
                        dyn_learning_limited_t *limited)
{
    static const uint32_t limits[] = {
        [DYN_CLICK_VIEW] = DYN_VISITOR_ITEM_VIEWS_PER_DAY_MAX,
        [DYN_CLICK_CART] = DYN_VISITOR_ITEM_CARTS_PER_DAY_MAX,
        [DYN_CLICK_PURCHASE] = DYN_VISITOR_ITEM_PURCHASES_PER_DAY_MAX,
    };
    done_t done = {{0}, 0};

    qsort(entries, count, sizeof(*entries), by_item);
    for (size_t i = 0; i < count; i++) {
        entry_t *entry = &entries[i];
        double weight = dyn_popularity_weight(entry->kind);

        if (i == 0 || !same_day(entry, entry - 1) || entry->item != entry[-1].item) {
            done = (done_t){{0}, 0};
        }
        if (done.clicks[entry->kind] == limits[entry->kind]) {
            entry->dropped = true;
            continue;
        }
        done.clicks[entry->kind]++;
        if (done.weight + weight > DYN_VISITOR_ITEM_WEIGHT_PER_DAY_MAX) {
            clicks->clicks[entry->click].uncounted = true;
            limited->uncounted++;
        } else {
            done.weight += weight;
        }
    }
}

/* Of each visitor and day. */
static void limit_days(entry_t *entries, size_t count)
{
    static const uint32_t limits[] = {
        [DYN_CLICK_VIEW] = DYN_VISITOR_CLICKS_PER_DAY_MAX,
        [DYN_CLICK_CART] = DYN_VISITOR_BOUGHT_PER_DAY_MAX,
        [DYN_CLICK_PURCHASE] = DYN_VISITOR_BOUGHT_PER_DAY_MAX,
    };
    done_t done = {{0}, 0};

    qsort(entries, count, sizeof(*entries), by_time);
    for (size_t i = 0; i < count; i++) {
        entry_t *entry = &entries[i];

        if (i == 0 || !same_day(entry, entry - 1)) {
            done = (done_t){{0}, 0};
        }
        if (!entry->dropped) {
            entry->dropped =
                done.clicks[entry->kind] == limits[entry->kind] ||
                done.clicks[0] + done.clicks[1] + done.clicks[2] == DYN_VISITOR_CLICKS_PER_DAY_MAX;
            done.clicks[entry->kind] += !entry->dropped;
        }
    }
}

/* Entries are in the order of visitors. */
static void count_dropped(const entry_t *entries, size_t count, bool *dropped,
                          dyn_learning_limited_t *limited)
{
    uint32_t visitor = DYN_NONE;

    for (size_t i = 0; i < count; i++) {
        if (entries[i].dropped) {
            limited->clicks++;
            limited->visitors += entries[i].visitor != visitor;
            visitor = entries[i].visitor;
            dropped[entries[i].click] = true;
        }
    }
}

static void take_out(dyn_clicks_t *clicks, const bool *dropped)
{
    size_t kept = 0;

    for (size_t k = 0; k < clicks->count; k++) {
        if (!dropped[k]) {
            clicks->clicks[kept++] = clicks->clicks[k];
        }
    }
    clicks->count = kept;
}

static bool limit(dyn_clicks_t *clicks, entry_t *entries, size_t count,
                  dyn_learning_limited_t *limited)
{
    bool *dropped = calloc(clicks->count + 1, sizeof(bool));

    if (dropped == NULL) {
        return false;
    }
    limit_items(clicks, entries, count, limited);
    limit_days(entries, count);
    count_dropped(entries, count, dropped, limited);
    if (limited->clicks != 0) {
        take_out(clicks, dropped);
    }
    free(dropped);

    return true;
}

bool dyn_learning_limit(dyn_clicks_t *clicks, dyn_learning_limited_t *limited)
{
    bool *suspects = calloc((size_t)clicks->session_count + 1, sizeof(bool));
    size_t count = suspects == NULL ? SIZE_MAX : find_suspects(clicks, suspects);
    entry_t *entries = count == SIZE_MAX ? NULL : malloc((count + 1) * sizeof(*entries));
    bool done = entries != NULL;

    *limited = (dyn_learning_limited_t){0, 0, 0};
    if (done && count != 0) {
        gather(clicks, suspects, entries);
        done = limit(clicks, entries, count, limited);
    }
    free(suspects);
    free(entries);

    return done;
}

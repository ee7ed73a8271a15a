/*
 * usage: overlay [ITEMS [ROUNDS]]
 * What an overlay costs a decision: nanoseconds of fold, decide and JSON on the made-up shop of bench/decide, without one (twice: the
 * difference of these two is noise), and with one of 0, 1,000 and 100,000 entries, in turns. The entries say what the snapshot says, so that
 * all answers are the same, which is checked. Also what applying an entry costs, and how much memory it takes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "made_up.h"
#include "engine/catalogue/overlay.h"
#include "engine/render/render.h"

enum { SHOPPERS = 512, WAYS = 5, TURN = 250 };

static const struct {
    const char *name;
    int64_t entries; /* -1: no overlay */
} ways[WAYS] = {{"no overlay", -1},
                {"no overlay, again", -1},
                {"overlay, 0 entries", 0},
                {"overlay, 1,000", 1000},
                {"overlay, 100,000", 100000}};

static uint64_t now_ns(void)
{
    struct timespec at;

    clock_gettime(CLOCK_MONOTONIC, &at);

    return (uint64_t)at.tv_sec * 1000000000U + (uint64_t)at.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

    return (left > right) - (left < right);
}

/* Stock and price of items in turn, as they are. */
static void fill(dyn_snapshot_t *snapshot, int64_t entries)
{
    dyn_overlay_t *overlay = dyn_overlay_create(snapshot);
    uint64_t start = now_ns();

    for (int64_t i = 0; i < entries; i++) {
        uint32_t item = (uint32_t)((uint64_t)i * 2654435761U % snapshot->item_count);
        const dyn_item_t *row = &snapshot->items[item];
        dyn_control_entry_t entry;

        dyn_control_entry_begin(&entry, i % 2 == 0 ? DYN_CONTROL_KIND_SET_STOCK
                                                   : DYN_CONTROL_KIND_SET_PRICE);
        entry.position = (dyn_control_position_t)i + 1;
        entry.item = dyn_snapshot_string(snapshot, row->id);
        entry.stock = row->stock;
        entry.price_minor = row->price_minor;
        memcpy(entry.currency, row->currency, sizeof(entry.currency));
        if (overlay == NULL || !dyn_overlay_apply(overlay, &entry)) {
            abort();
        }
    }
    if (entries > 0) {
        dyn_overlay_counts_t counts = dyn_overlay_counts(overlay);

        printf("%-22s %8.0f ns an entry, %.1f MB, %u items\n", "applying",
               (double)(now_ns() - start) / (double)entries, (double)counts.bytes / 1e6,
               counts.items);
    }
}

static dyn_str_t answer(const dyn_snapshot_t *snapshot, uint32_t page,
                        const dyn_session_record_t *record)
{
    static deciding_t deciding;
    dyn_session_t session;

    deciding_begin(&deciding, DYN_SURFACE_PDP, "");
    deciding.context.item_id = dyn_snapshot_string(snapshot, snapshot->items[page].id);
    dyn_arena_init(&deciding.arena, deciding.block, sizeof(deciding.block), NULL, NULL);
    deciding.request.session = &session;
    if (!dyn_session_fold(snapshot, record, &deciding.arena, &session) ||
        !dyn_decide(snapshot, NULL, &deciding.request, &deciding.arena, &deciding.decision, NULL)) {
        abort();
    }

    return dyn_render_json(snapshot, &deciding.decision, DYN_STR_NONE, &deciding.arena);
}

int main(int argc, char **argv)
{
    uint32_t items = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 100000;
    uint32_t rounds = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 100000;
    const dyn_snapshot_t *shop = made_up_shop(items < 1000 ? 1000 : items, 0, 0);
    static dyn_str_t logs[SHOPPERS][EVENTS];
    static dyn_snapshot_t snapshots[WAYS];
    static char first[1 << 16];
    uint64_t *taken[WAYS];
    uint32_t counts[WAYS] = {0};

    for (int i = 0; i < WAYS; i++) {
        taken[i] = calloc(rounds + 1, sizeof(uint64_t));
        snapshots[i] = *shop;
        /* no way finds its rows warm from another one */
        dyn_item_t *rows = malloc(shop->item_count * sizeof(*rows));

        memcpy(rows, shop->items, shop->item_count * sizeof(*rows));
        snapshots[i].items = rows;
        if (ways[i].entries >= 0) {
            fill(&snapshots[i], ways[i].entries);
        }
    }
    for (uint32_t i = 0; i < SHOPPERS; i++) {
        make_log(shop, logs[i]);
    }

    for (uint32_t round = 0; round < rounds; round++) {
        /* in turns long enough to have the caches for themselves: a process has one of these ways only */
        uint32_t way = round / TURN % WAYS;
        uint32_t page = below(shop->item_count), shopper = below(SHOPPERS);
        const dyn_session_record_t record = {
            .log = logs[shopper], .log_count = EVENTS, .now_ms = DECIDING_NOW_MS};
        uint64_t start = now_ns();
        dyn_str_t json = answer(&snapshots[way], page, &record);

        taken[way][counts[way]++] = now_ns() - start;
        if (round % TURN == 0) {
            memcpy(first, json.data, json.len);

            size_t length = json.len;

            json = answer(&snapshots[(way + 1) % WAYS], page, &record);
            if (json.len != length || memcmp(first, json.data, length) != 0) {
                fprintf(stderr, "overlay: %s: another answer than %s\n",
                        ways[(way + 1) % WAYS].name, ways[way].name);
                return 1;
            }
        }
    }

    printf("%u items, %u rounds\n", shop->item_count, rounds);
    for (int i = 0; i < WAYS; i++) {
        qsort(taken[i], counts[i], sizeof(*taken[i]), by_value);

        double median = (double)taken[i][counts[i] / 2];
        double before = (double)taken[0][counts[0] / 2];

        printf("%-22s %8.0f ns median %8llu ns p99  %+.1f %%\n", ways[i].name, median,
               (unsigned long long)taken[i][counts[i] - counts[i] / 100 - 1],
               (median / before - 1) * 100);
    }

    return 0;
}

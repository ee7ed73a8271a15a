/*
 * usage: decide [ITEMS [ROUNDS]]
 * Nanoseconds of fold, decide and render for a product page with the two default slots and a session of 64 events, on a made-up
 * shop: 32 neighbours and 8 bought-with items for each item, 400 categories, 200 brands. Every round is another shopper on another
 * page, so a large shop is read through cold caches. Prints the median and the 99th percentile.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "made_up.h"
#include "engine/render/render.h"

enum { SHOPPERS = 512 };

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

static void report(const char *what, uint64_t *taken, uint32_t count)
{
    qsort(taken, count, sizeof(*taken), by_value);
    printf("%-22s %8llu ns median %8llu ns p99\n", what, (unsigned long long)taken[count / 2],
           (unsigned long long)taken[count - count / 100 - 1]);
}

int main(int argc, char **argv)
{
    uint32_t items = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 20000;
    uint32_t rounds = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 20000;
    const dyn_snapshot_t *snapshot = made_up_shop(items < 1000 ? 1000 : items, 0, 0);
    static dyn_str_t logs[SHOPPERS][EVENTS];
    static deciding_t deciding;
    enum { FOLD, DECIDE, JSON, HTML, ALL, PARTS };
    static const char *const names[PARTS] = {"fold (64 events)", "decide (pdp, 2 slots)",
                                             "render JSON", "render HTML (recs)",
                                             "fold, decide, JSON"};
    uint64_t *taken[PARTS];
    size_t used = 0, bytes = 0;

    for (int i = 0; i < PARTS; i++) {
        taken[i] = calloc(rounds + 1, sizeof(uint64_t));
    }
    for (uint32_t i = 0; i < SHOPPERS; i++) {
        make_log(snapshot, logs[i]);
    }

    for (uint32_t round = 0; round < rounds; round++) {
        dyn_session_t session;
        uint32_t page = below(snapshot->item_count);

        deciding_begin(&deciding, DYN_SURFACE_PDP, "");
        deciding.context.item_id = dyn_snapshot_string(snapshot, snapshot->items[page].id);
        dyn_arena_init(&deciding.arena, deciding.block, sizeof(deciding.block), NULL, NULL);

        const dyn_session_record_t record = {
            .log = logs[round % SHOPPERS], .log_count = EVENTS, .now_ms = DECIDING_NOW_MS};
        uint64_t start = now_ns();
        bool folded = dyn_session_fold(snapshot, &record, &deciding.arena, &session);
        uint64_t fold_end = now_ns();

        deciding.request.session = &session;

        bool decided = folded && dyn_decide(snapshot, NULL, &deciding.request, &deciding.arena,
                                            &deciding.decision, NULL);
        uint64_t decide_end = now_ns();

        if (!decided || deciding.decision.item_count == 0) {
            fprintf(stderr, "decide: round %u decided nothing\n", round);
            return 1;
        }

        dyn_str_t json =
            dyn_render_json(snapshot, &deciding.decision, DYN_STR_NONE, &deciding.arena);
        uint64_t json_end = now_ns();

        dyn_render_html(snapshot, &deciding.decision, &deciding.decision.slots[0], &deciding.arena);

        uint64_t html_end = now_ns();

        taken[FOLD][round] = fold_end - start;
        taken[DECIDE][round] = decide_end - fold_end;
        taken[JSON][round] = json_end - decide_end;
        taken[HTML][round] = html_end - json_end;
        taken[ALL][round] = json_end - start;
        used = (size_t)(deciding.arena.pos - deciding.block);
        bytes = json.len;
    }

    printf("%u items, %u rounds, %zu bytes of JSON for %u choices, %zu bytes of arena\n",
           snapshot->item_count, rounds, bytes, deciding.decision.item_count, used);
    for (int i = 0; i < PARTS; i++) {
        report(names[i], taken[i], rounds);
    }

    return 0;
}

/*
 * usage: rules [ITEMS [ROUNDS]]
 * Nanoseconds of processor time of a decision without rules and with 500 of them, 50 of which match regular expressions, in one run
 * and in turns: every round is another shopper on another page, every other one a page of search results, for which expressions are
 * matched. 260 of the rules boost a brand, category or tag, and 12 a price: they are in force on every page. Prints the median and the 99th
 * percentile of both, and of what the rules add in a round.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "made_up.h"
#include "policies.h"

enum { TAGS = 60, SHOPPERS = 512, PIECES = 60 };

/* ---- the rules ---- */

static char rules[1 << 18];
static size_t rules_length;
static uint32_t rule_count;

static void rule(const char *when, const char *then)
{
    rules_length += (size_t)snprintf(rules + rules_length, sizeof(rules) - rules_length,
                                     "%s{'id': 'rule-%03u', 'when': {%s}, 'then': {%s}}",
                                     rule_count > 0 ? ", " : "", rule_count, when, then);
    rule_count++;
}

static void make_rules(uint32_t items)
{
    static const char *const fields[] = {"search", "search", "search", "keyword", "campaign"};
    static const char *const countries[] = {"DE", "AT", "CH", "FR", "ES"};
    char when[256], then[128];

    for (uint32_t i = 0; i < 50; i++) {
        snprintf(when, sizeof(when),
                 "'%s': {'matches': '\\\\b(word%u|thing%u)s?\\\\b.*(red|blue) [0-9]+'}, 'item': "
                 "{'category': 'Category %u'}",
                 fields[i % 5], i, i + 7, below(CATEGORIES));
        rule(when, "'boost': 2");
    }
    for (uint32_t i = 0; i < 100; i++) {
        snprintf(when, sizeof(when), "'item': {'brand': 'Brand %u'}", below(BRANDS));
        rule(when, "'boost': 1.3");
    }
    for (uint32_t i = 0; i < 100; i++) {
        snprintf(when, sizeof(when), "'item': {'category': 'Category %u'}", below(CATEGORIES));
        rule(when, i % 3 == 0 ? "'bury': 0.7" : "'boost': 1.2");
    }
    for (uint32_t i = 0; i < 60; i++) {
        snprintf(when, sizeof(when), "'item': {'tag': 'tag %03u'}", i);
        rule(when, "'boost': 1.5, 'badge': 'New'");
    }
    for (uint32_t i = 0; i < 30; i++) {
        snprintf(when, sizeof(when), "'item': {'id': 'i%05u'}", below(items));
        rule(when, "'exclude': true");
    }
    for (uint32_t i = 0; i < 60; i++) {
        snprintf(when, sizeof(when),
                 "'country': '%s', 'cart_total': {'min': %u}, 'item': {'price': {'max': %u}}",
                 countries[i % 5], i, 20 + i);
        rule(when, "'bury': 0.8");
    }
    for (uint32_t i = 0; i < 60; i++) {
        snprintf(when, sizeof(when), "'segment': 'segment %u', 'surface': ['home', 'plp', 'pdp']",
                 i);
        rule(when, "'sources': {'popular': 0.5}");
    }
    for (uint32_t i = 0; rule_count < 500; i++) {
        snprintf(when, sizeof(when), "'page': {'category': 'Category %u'}", below(CATEGORIES));
        snprintf(then, sizeof(then), "'pin': {'items': ['i%05u'], 'position': %u}", below(items),
                 1 + i % 4);
        rule(when, then);
    }
}

/* ---- the measurement ---- */

static uint64_t now_ns(void)
{
    struct timespec at;

    /* of this thread alone: who else has the processor does not count */
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &at);

    return (uint64_t)at.tv_sec * 1000000000U + (uint64_t)at.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;

    return (left > right) - (left < right);
}

static void report(const char *what, int64_t *taken, uint32_t count)
{
    qsort(taken, count, sizeof(*taken), by_value);
    printf("%-24s %8lld ns median %8lld ns p99\n", what, (long long)taken[count / 2],
           (long long)taken[count - count / 100 - 1]);
}

/* Decides once, and tells how long it took; 0: it decided nothing. */
static int64_t decide(deciding_t *deciding, const dyn_snapshot_t *snapshot,
                      const dyn_policy_t *policy, const dyn_str_t *log)
{
    dyn_session_t session;
    const dyn_session_record_t record = {
        .log = log, .log_count = EVENTS, .now_ms = DECIDING_NOW_MS};

    dyn_arena_init(&deciding->arena, deciding->block, sizeof(deciding->block), NULL, NULL);
    if (!dyn_session_fold(snapshot, &record, &deciding->arena, &session)) {
        return 0;
    }
    deciding->request.session = &session;

    uint64_t start = now_ns();

    if (!dyn_decide(snapshot, policy, &deciding->request, &deciding->arena, &deciding->decision,
                    NULL) ||
        deciding->decision.item_count == 0) {
        return 0;
    }

    return (int64_t)(now_ns() - start);
}

int main(int argc, char **argv)
{
    uint32_t items = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 20000;
    uint32_t rounds = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 20000;
    const dyn_snapshot_t *snapshot;
    const dyn_policy_t *policy;
    static dyn_str_t logs[SHOPPERS][EVENTS];
    static deciding_t deciding;
    enum { WITHOUT, WITH, ADDED, PARTS };
    static const char *const names[PARTS] = {"without rules", "with 500 rules", "added in a round"};
    static const char *const pages[] = {"product pages", "search pages"};
    int64_t *taken[2][PARTS];

    items = items < 4000 ? 4000 : items;
    snapshot = made_up_shop(items, TAGS, PIECES);
    make_rules(items);

    uint64_t start = now_ns();

    policy = policies_rules(snapshot, rules);
    printf("%u items, %u rules of which %u have expressions, compiled in %.1f ms\n",
           snapshot->item_count, policy->rule_count, policy->pattern_count,
           (double)(now_ns() - start) / 1e6);
    for (int page = 0; page < 2; page++) {
        for (int i = 0; i < PARTS; i++) {
            taken[page][i] = calloc(rounds / 2 + 1, sizeof(int64_t));
        }
    }
    for (uint32_t i = 0; i < SHOPPERS; i++) {
        make_log(snapshot, logs[i]);
    }

    for (uint32_t round = 0; round < rounds; round++) {
        int64_t of[2];
        int search = (int)(round % 2);
        uint32_t page = below(snapshot->item_count);

        deciding_begin(&deciding, search != 0 ? DYN_SURFACE_SEARCH : DYN_SURFACE_PDP, "");
        if (search != 0) {
            deciding.context.search = DYN_STR("waterproof trousers for long walks, blue 42");
        } else {
            deciding.context.item_id = dyn_snapshot_string(snapshot, snapshot->items[page].id);
        }
        memcpy(deciding.context.country, "DE", 3);
        for (int turn = 0; turn < 2; turn++) {
            /* one warms the caches for the other: in turns */
            int with = turn == (int)(round / 2 % 2);

            of[with] =
                decide(&deciding, snapshot, with != 0 ? policy : NULL, logs[round / 2 % SHOPPERS]);
            if (of[with] == 0) {
                fprintf(stderr, "rules: round %u decided nothing\n", round);
                return 1;
            }
            taken[search][with][round / 2] = of[with];
        }
        taken[search][ADDED][round / 2] = of[1] - of[0];
    }
    for (int page = 0; page < 2; page++) {
        printf("%s\n", pages[page]);
        for (int i = 0; i < PARTS; i++) {
            report(names[i], taken[page][i], rounds / 2);
        }
    }

    return 0;
}

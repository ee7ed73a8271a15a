/*
 * Writes a large set of made-up sessions, TSV `SessionId ItemId Time`, for measuring builds and queries at scale.
 *
 *     cc -O2 -o build/generate_clicks bench/generate_clicks.c -lm
 *     build/generate_clicks [CLICKS [ITEMS [SEED]]] > clicks.tsv      (27000000 1300000 1)
 *
 * Items lie on a ring; which are popular follows a power law over a shuffled order, so popular items have unpopular
 * neighbours. A session starts at a popular item, has 1 + a geometric number of further clicks (5.4 in the mean), and
 * each of these is an item that it already saw (12 %), one near the last on the ring (70 %), or a new start. Time runs
 * over 180 days, and the popular part of the ring wanders with it. The same arguments give the same bytes.
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static uint64_t state;

static uint64_t next_random(void)
{
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return state * 2685821657736338717ULL;
}

/* [0, 1) */
static double uniform(void)
{
    return (double)(next_random() >> 11) * 0x1p-53;
}

/* Which item is at a place of the order of popularity: an affine permutation, the multiplier being prime. */
static uint64_t start_item(uint64_t items, double time_share)
{
    double rank = pow((double)items, uniform()) - 1;
    uint64_t wandering = (uint64_t)(time_share * 2000) * 1000003ULL;

    return ((uint64_t)rank * 2654435769ULL + (uniform() < 0.2 ? wandering : 0)) % items;
}

static uint64_t number(const char *text, uint64_t otherwise)
{
    return text == NULL ? otherwise : strtoull(text, NULL, 10);
}

int main(int argc, char **argv)
{
    uint64_t clicks = number(argc > 1 ? argv[1] : NULL, 27000000);
    uint64_t items = number(argc > 2 ? argv[2] : NULL, 1300000);
    const uint64_t first = 1700000000;
    const double seconds = 180.0 * 86400;
    uint64_t session = 0;
    uint64_t seen[64];

    state = number(argc > 3 ? argv[3] : NULL, 1) * 0x9e3779b97f4a7c15ULL + 1;
    puts("SessionId\tItemId\tTime");

    for (uint64_t written = 0; written < clicks && items > 0; session++) {
        double share = (double)written / (double)clicks;
        uint64_t time = first + (uint64_t)(share * seconds);
        uint64_t item = start_item(items, share);
        size_t length = 1 + (size_t)(log(1 - uniform()) / log(1 - 1 / 5.4));

        for (size_t i = 0; i < length && i < 64 && written < clicks; i++, written++) {
            double what = uniform();

            if (i > 0 && what < 0.12) {
                item = seen[next_random() % i];
            } else if (i > 0 && what < 0.82) {
                double step = 1 + floor(log(1 - uniform()) / log(1 - 1 / 6.0));

                item = (item + (uniform() < 0.5 ? (uint64_t)step : items - (uint64_t)step % items)) % items;
            } else if (i > 0) {
                item = start_item(items, share);
            }

            seen[i] = item;
            printf("%llu\t%llu\t%llu\n", (unsigned long long)session, (unsigned long long)item + 1,
                   (unsigned long long)(time + i * 35));
        }
    }

    return fflush(stdout) == 0 ? 0 : 1;
}

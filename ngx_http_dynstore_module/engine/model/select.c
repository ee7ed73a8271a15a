#include "engine/model/select.h"
#include "engine/model/lanes.h"

enum {
    GROUP = DYN_MODEL_GROUP,
    LANES = DYN_MODEL_LANES,
    /* Where a search for the k-th begins: a power of two below the greatest. */
    OCTAVE = 1 << 23,
    /* More than so many times k are thinned before the search. */
    CROWD = 4,
    FREE = UINT16_MAX
};

static size_t padded(size_t count)
{
    return (count + GROUP - 1) & ~(size_t)(GROUP - 1);
}

static size_t count_above(const float *scores, size_t count, int32_t bound)
{
    dyn_model_ints_t bounds = dyn_model_ints(bound);
    dyn_model_ints_t a = {0};
    dyn_model_ints_t b = {0};

    for (size_t i = 0; i < count; i += GROUP) {
        a -= dyn_model_load_ints(scores + i) > bounds;
        b -= dyn_model_load_ints(scores + i + LANES) > bounds;
        a -= dyn_model_load_ints(scores + i + 2 * LANES) > bounds;
        b -= dyn_model_load_ints(scores + i + 3 * LANES) > bounds;
    }

    return (size_t)dyn_model_sum(a + b);
}

static dyn_model_ints_t greater(dyn_model_ints_t a, dyn_model_ints_t b)
{
    dyn_model_ints_t more = a > b;

    return (a & more) | (b & ~more);
}

static int32_t greatest_of(const float *scores, size_t count)
{
    dyn_model_ints_t most = {0};

    for (size_t i = 0; i < count; i += LANES) {
        most = greater(dyn_model_load_ints(scores + i), most);
    }

    for (int i = 1; i < LANES; i++) {
        most[0] = most[i] > most[0] ? most[i] : most[0];
    }

    return most[0];
}

/* A bound that at least k are above: exactly k, or else those equal to the k-th as well. 0 when no more than k are above 0. */
static int32_t find_bound(const float *scores, size_t count, size_t k)
{
    int32_t high = greatest_of(scores, count);
    int32_t low = high;
    size_t above = 0;

    for (int32_t step = OCTAVE; above < k; step = step < 1 << 29 ? step * 2 : step) {
        if (low == 0) {
            return 0;
        }

        high = low;
        low = low > step ? low - step : 0;
        above = count_above(scores, count, low);
    }

    while (above != k && high - low > 1) {
        int32_t middle = low + (high - low) / 2;
        size_t found = count_above(scores, count, middle);

        low = found >= k ? middle : low;
        high = found >= k ? high : middle;
        above = found >= k ? found : above;
    }

    return low;
}

static size_t collect(const float *scores, size_t count, int32_t bound, uint16_t *numbers)
{
    size_t found = 0;

    for (size_t i = 0; i < count; i += 4 * (size_t)GROUP) {
        uint64_t mask = 0;

        for (size_t k = 0; k < 4 * (size_t)GROUP && i + k < count; k += GROUP) {
            mask |= (uint64_t)dyn_model_greater_mask(scores + i + k, bound) << k;
        }

        for (; mask != 0; mask &= mask - 1) {
            numbers[found++] = (uint16_t)(i + (size_t)__builtin_ctzll(mask));
        }
    }

    return found;
}

/* The greatest of each column, where rows are `width` wide: the k-th of them is no greater than the k-th of all. */
static int32_t find_low_bound(const float *scores, size_t count, size_t width, size_t k)
{
    float columns[DYN_MODEL_BEST_MAX] = {0};

    for (size_t i = 0; i < count; i += LANES) {
        float *column = &columns[i & (width - 1)];
        dyn_model_ints_t most =
            greater(dyn_model_load_ints(scores + i), dyn_model_load_ints(column));

        memcpy(column, &most, sizeof(most));
    }

    return find_bound(columns, width, k);
}

static int32_t bits_of(float score)
{
    int32_t bits;

    memcpy(&bits, &score, sizeof(bits));

    return bits;
}

static void fill_group(float *scores, size_t count)
{
    memset(scores + count, 0, (padded(count) - count) * sizeof(float));
}

/* More than k were collected, as several equal the k-th: of these the lower items stay. Returns k. */
static size_t drop_equal(const float *scores, const uint32_t *items, uint16_t *numbers,
                         size_t found, int32_t bound, size_t k)
{
    float order[DYN_MODEL_SCORES_MAX] = {0};
    uint16_t equal[DYN_MODEL_SCORES_MAX];
    uint16_t kept[DYN_MODEL_SCORES_MAX];
    size_t equals = 0;
    size_t at = 0;

    for (size_t i = 0; i < found; i++) {
        if (bits_of(scores[numbers[i]]) == bound + 1) {
            uint32_t item = items != NULL ? items[numbers[i]] : numbers[i];
            int32_t bits = INT32_MAX - (int32_t)(item < INT32_MAX ? item : INT32_MAX - 1);

            memcpy(&order[equals], &bits, sizeof(bits));
            equal[equals++] = numbers[i];
        }
    }

    bound = find_bound(order, padded(equals), k - (found - equals));
    size_t room = collect(order, padded(equals), bound, kept);

    for (size_t i = 0, e = 0, n = 0; i < found; i++) {
        bool one = e < equals && equal[e] == numbers[i];
        bool stays = !one || (n < room && kept[n] == e);

        e += one;
        n += one && stays;
        numbers[at] = numbers[i];
        at += stays;
    }

    return at;
}

/* Thinned by a low bound, which costs one look at each score; the search for the k-th takes some twenty. */
static size_t best_of_crowd(const float *scores, const uint32_t *items, size_t count, size_t width,
                            size_t k, uint16_t *numbers)
{
    float thinned[DYN_MODEL_SCORES_MAX];
    uint16_t places[DYN_MODEL_SCORES_MAX];
    int32_t low = find_low_bound(scores, count, width, k);
    size_t crowd = collect(scores, count, low, numbers);

    for (size_t i = 0; i < crowd; i++) {
        thinned[i] = scores[numbers[i]];
    }

    fill_group(thinned, crowd);

    int32_t bound = find_bound(thinned, padded(crowd), k);
    size_t found = collect(thinned, padded(crowd), bound, places);

    for (size_t i = 0; i < found; i++) {
        numbers[i] = numbers[places[i]];
    }

    return found > k ? drop_equal(scores, items, numbers, found, bound, k) : found;
}

size_t dyn_model_best(float *scores, const uint32_t *items, size_t count, size_t k,
                      uint16_t *numbers)
{
    uint16_t collected[DYN_MODEL_SCORES_MAX];
    size_t width = GROUP;
    size_t found;

    if (k == 0 || count == 0) {
        return 0;
    }

    while (width < k) {
        width *= 2;
    }

    fill_group(scores, count);

    if (count < CROWD * width) {
        int32_t bound = find_bound(scores, padded(count), k);

        found = collect(scores, padded(count), bound, collected);
        found = found > k ? drop_equal(scores, items, collected, found, bound, k) : found;
    } else {
        found = best_of_crowd(scores, items, padded(count), width, k, collected);
    }

    memcpy(numbers, collected, found * sizeof(numbers[0]));

    return found;
}

/* How many of the scores are ahead of each of a group. */
static void rank_group(const float *scores, size_t count, const float *group, int32_t *ahead)
{
    dyn_model_ints_t own_a = dyn_model_load_ints(group);
    dyn_model_ints_t own_b = dyn_model_load_ints(group + LANES);
    dyn_model_ints_t own_c = dyn_model_load_ints(group + 2 * LANES);
    dyn_model_ints_t own_d = dyn_model_load_ints(group + 3 * LANES);
    dyn_model_ints_t a = {0};
    dyn_model_ints_t b = {0};
    dyn_model_ints_t c = {0};
    dyn_model_ints_t d = {0};

    for (size_t i = 0; i < count; i++) {
        dyn_model_ints_t other = dyn_model_ints(bits_of(scores[i]));

        a -= other > own_a;
        b -= other > own_b;
        c -= other > own_c;
        d -= other > own_d;
    }

    memcpy(ahead, &a, sizeof(a));
    memcpy(ahead + LANES, &b, sizeof(b));
    memcpy(ahead + 2 * LANES, &c, sizeof(c));
    memcpy(ahead + 3 * LANES, &d, sizeof(d));
}

/* By item. */
static void order_equals(const float *scores, const uint32_t *items, uint16_t *numbers,
                         size_t count)
{
    for (size_t i = 1; i < count; i++) {
        uint16_t candidate = numbers[i];
        size_t to = i;

        while (to > 0 && scores[numbers[to - 1]] == scores[candidate] &&
               items[numbers[to - 1]] > items[candidate]) {
            numbers[to] = numbers[to - 1];
            to--;
        }

        numbers[to] = candidate;
    }
}

/* Counting who is ahead takes n * n comparisons, but many at once: for these few that is less than any sorting. */
void dyn_model_sort(const float *scores, const uint32_t *items, uint16_t *numbers, size_t count)
{
    float sorted[DYN_MODEL_BEST_MAX];
    int32_t ahead[DYN_MODEL_BEST_MAX];
    uint16_t before[DYN_MODEL_BEST_MAX];
    bool equals = false;

    for (size_t i = 0; i < count; i++) {
        before[i] = numbers[i];
        sorted[i] = scores[numbers[i]];
        numbers[i] = FREE;
    }

    fill_group(sorted, count);

    for (size_t i = 0; i < count; i += GROUP) {
        rank_group(sorted, count, sorted + i, ahead + i);
    }

    for (size_t i = 0; i < count; i++) {
        size_t place = (size_t)ahead[i];

        /* the places behind it are for its equals */
        while (numbers[place] != FREE) {
            place++;
            equals = true;
        }

        numbers[place] = before[i];
    }

    if (equals && items != NULL) {
        order_equals(scores, items, numbers, count);
    }
}

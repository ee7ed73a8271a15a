#include "dyn_model_select.h"

static void swap(uint64_t *a, uint64_t *b)
{
    uint64_t t = *a;

    *a = *b;
    *b = t;
}

static uint64_t median(uint64_t a, uint64_t b, uint64_t c)
{
    if (a < b) {
        return b < c ? b : (a < c ? c : a);
    }

    return a < c ? a : (b < c ? c : b);
}

static void insertion_sort(uint64_t *keys, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        uint64_t key = keys[i];
        size_t j = i;

        for (; j > 0 && keys[j - 1] < key; j--) {
            keys[j] = keys[j - 1];
        }

        keys[j] = key;
    }
}

/* Hoare's partition around the median of three: [0, result) >= [result, count), both sides not empty. */
static size_t partition(uint64_t *keys, size_t count)
{
    uint64_t pivot = median(keys[0], keys[count / 2], keys[count - 1]);
    size_t low = 0;
    size_t high = count - 1;

    for (;;) {
        while (keys[low] > pivot) {
            low++;
        }

        while (keys[high] < pivot) {
            high--;
        }

        if (low >= high) {
            return low == 0 ? 1 : low;
        }

        swap(&keys[low++], &keys[high--]);
    }
}

/* Heap sort: what bounds the cost of an order that was made to defeat the median of three. */
static void sift(uint64_t *keys, size_t root, size_t count)
{
    for (size_t child = 2 * root + 1; child < count; child = 2 * root + 1) {
        if (child + 1 < count && keys[child + 1] < keys[child]) {
            child++;
        }

        if (keys[root] <= keys[child]) {
            return;
        }

        swap(&keys[root], &keys[child]);
        root = child;
    }
}

static void heap_sort(uint64_t *keys, size_t count)
{
    for (size_t i = count / 2; i-- > 0;) {
        sift(keys, i, count);
    }

    for (size_t i = count; i-- > 1;) {
        swap(&keys[0], &keys[i]);
        sift(keys, 0, i);
    }
}

enum { SMALL = 16, ROUNDS = 40 };

static void select_rounds(uint64_t *keys, size_t count, size_t k)
{
    for (int round = 0; k > 0 && k < count; round++) {
        if (count <= SMALL) {
            insertion_sort(keys, count);
            return;
        }

        if (round == ROUNDS) {
            heap_sort(keys, count);
            return;
        }

        size_t split = partition(keys, count);

        if (k < split) {
            count = split;
        } else {
            keys += split;
            count -= split;
            k -= split;
        }
    }
}

/*
 * No branch of the following depends on a key: processors foretell those badly, and a wrong guess costs as much as twenty steps.
 */
enum { BINS = 256, BIN_SHIFT = 32 + 21, BINNED_MIN = 48, BINNED_MAX = 4096, NETWORK_MAX = 128 };

/* How far below the greatest, in quarters of a power of two; all beyond is one bin. */
static inline size_t bin_of(uint64_t key, uint64_t greatest)
{
    uint64_t bin = (greatest >> BIN_SHIFT) - (key >> BIN_SHIFT);

    return bin < BINS ? bin : BINS - 1;
}

/* Moves the keys of at most that bin to the front; returns how many. */
static size_t gather(uint64_t *keys, size_t count, uint64_t greatest, size_t bin)
{
    uint16_t places[BINNED_MAX];
    size_t found = 0;

    for (size_t i = 0; i < count; i++) {
        places[found] = (uint16_t)i;
        found += bin_of(keys[i], greatest) <= bin;
    }

    for (size_t i = 0; i < found; i++) {
        swap(&keys[i], &keys[places[i]]);
    }

    return found;
}

void dyn_model_select(uint64_t *keys, size_t count, size_t k)
{
    uint16_t counts[BINS] = {0};
    uint64_t greatest = 0;
    size_t bin = 0;
    size_t covered = 0;

    if (k == 0 || k >= count) {
        return;
    }

    if (count < BINNED_MIN || count > BINNED_MAX) {
        select_rounds(keys, count, k);
        return;
    }

    for (size_t i = 0; i < count; i++) {
        greatest = keys[i] > greatest ? keys[i] : greatest;
    }

    for (size_t i = 0; i < count; i++) {
        counts[bin_of(keys[i], greatest)]++;
    }

    while (covered + counts[bin] < k) {
        covered += counts[bin++];
    }

    size_t found = gather(keys, count, greatest, bin);

    /* what is above the last bin needed is among the k for certain */
    if (found > k && covered > 0) {
        gather(keys, found, greatest, bin - 1);
    }

    select_rounds(keys + covered, found - covered, k - covered);
}

/* Batcher's bitonic network (1968); what fills it up to a power of two is less than every key. */
static void sort_network(uint64_t *keys, size_t count)
{
    uint64_t room[NETWORK_MAX];
    size_t size = 2;

    while (size < count) {
        size *= 2;
    }

    memcpy(room, keys, count * sizeof(keys[0]));
    memset(room + count, 0, (size - count) * sizeof(keys[0]));

    for (size_t run = 2; run <= size; run *= 2) {
        for (size_t step = run / 2; step > 0; step /= 2) {
            for (size_t i = 0; i < size; i += 2 * step) {
                uint64_t rising = (i & run) != 0 ? UINT64_MAX : 0;

                for (size_t k = i; k < i + step; k++) {
                    uint64_t a = room[k];
                    uint64_t b = room[k + step];
                    uint64_t change = (a ^ b) & (-(uint64_t)(a < b) ^ rising);

                    room[k] = a ^ change;
                    room[k + step] = b ^ change;
                }
            }
        }
    }

    memcpy(keys, room, count * sizeof(keys[0]));
}

static void sort_rounds(uint64_t *keys, size_t count, int rounds)
{
    while (count > SMALL) {
        if (rounds-- == 0) {
            heap_sort(keys, count);
            return;
        }

        size_t split = partition(keys, count);

        sort_rounds(keys, split, rounds);
        keys += split;
        count -= split;
    }

    insertion_sort(keys, count);
}

void dyn_model_sort(uint64_t *keys, size_t count)
{
    if (count > SMALL && count <= NETWORK_MAX) {
        sort_network(keys, count);
        return;
    }

    sort_rounds(keys, count, ROUNDS);
}

#include "cli/train/model_keys.h"

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

void dyn_model_select_keys(uint64_t *keys, size_t count, size_t k)
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

void dyn_model_sort_keys(uint64_t *keys, size_t count)
{
    sort_rounds(keys, count, ROUNDS);
}

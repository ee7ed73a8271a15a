#include "cli/drift/bins.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/grow.h"
#include "engine/base/utf8.h"

static bool add(dyn_values_t *values, dyn_str_t key)
{
    uint32_t known = values->ids.count, number = dyn_ids_add(&values->ids, key);

    if (number == DYN_NONE) {
        return false;
    }
    if (number == known) {
        if (!dyn_grow((void **)&values->counts, known, &values->room, 1, sizeof(uint64_t))) {
            return false;
        }
        values->counts[number] = 0;
    }
    values->counts[number]++;
    values->total++;

    return true;
}

bool dyn_values_add_name(dyn_values_t *values, dyn_str_t name)
{
    return add(values,
               dyn_utf8_clean(name) ? dyn_utf8_cut(name, DYN_VALUE_NAME_BYTES_MAX) : DYN_STR("?"));
}

bool dyn_values_add_number(dyn_values_t *values, double number)
{
    /* -0.0 has other bytes than 0.0 */
    double plain = isfinite(number) && (number < 0 || number > 0) ? number : 0;

    return add(values, (dyn_str_t){(const char *)&plain, sizeof(plain)});
}

void dyn_values_free(dyn_values_t *values)
{
    dyn_ids_free(&values->ids);
    free(values->counts);
    memset(values, 0, sizeof(*values));
}

static double number_of(const dyn_values_t *values, uint32_t id)
{
    double number;

    memcpy(&number, dyn_ids_text(&values->ids, id).data, sizeof(number));

    return number;
}

/* ---- bins ---- */

typedef struct {
    double number;
    dyn_str_t name;
    uint64_t count;
} value_t;

static int by_number(const void *a, const void *b)
{
    double left = ((const value_t *)a)->number, right = ((const value_t *)b)->number;

    return left < right ? -1 : left > right;
}

static int by_count(const void *a, const void *b)
{
    const value_t *left = a, *right = b;

    if (left->count != right->count) {
        return left->count > right->count ? -1 : 1;
    }

    size_t length = left->name.len < right->name.len ? left->name.len : right->name.len;
    int order = length == 0 ? 0 : memcmp(left->name.data, right->name.data, length);

    return order != 0 ? order : left->name.len < right->name.len ? -1 : 1;
}

static void add_bin(dyn_bins_t *bins, double upto, dyn_str_t name, uint64_t count)
{
    bins->upto[bins->count] = upto;
    bins->names[bins->count] = name;
    bins->counts[bins->count++] = count;
}

static void cut_numbers(dyn_bins_t *bins, const value_t *rows, uint32_t count, uint64_t total)
{
    uint64_t left = total, in_bin = 0;

    add_bin(bins, count == 0 ? 0 : nextafter(rows[0].number, -HUGE_VAL), DYN_STR_NONE, 0);
    for (uint32_t i = 0; i < count; i++) {
        in_bin += rows[i].count;
        /* bins->count is one more than there are quantiles yet */
        if (in_bin * (DYN_BINS_QUANTILES + 1 - bins->count) >= left) {
            add_bin(bins, rows[i].number, DYN_STR_NONE, in_bin);
            left -= in_bin;
            in_bin = 0;
        }
    }
    add_bin(bins, HUGE_VAL, DYN_STR_NONE, 0);
}

static void cut_names(dyn_bins_t *bins, const value_t *rows, uint32_t count)
{
    uint64_t others = 0;

    for (uint32_t i = 0; i < count; i++) {
        if (bins->count + 1 < DYN_BINS_MAX) {
            add_bin(bins, 0, rows[i].name, rows[i].count);
        } else {
            others += rows[i].count;
        }
    }
    add_bin(bins, 0, DYN_STR_NONE, others);
}

bool dyn_bins_make(const dyn_values_t *reference, bool numbers, dyn_bins_t *bins)
{
    uint32_t count = reference->ids.count;
    value_t *rows = calloc((size_t)count + 1, sizeof(*rows));

    if (rows == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        rows[i].count = reference->counts[i];
        if (numbers) {
            rows[i].number = number_of(reference, i);
        } else {
            rows[i].name = dyn_ids_text(&reference->ids, i);
        }
    }

    *bins = (dyn_bins_t){.numbers = numbers};
    qsort(rows, count, sizeof(*rows), numbers ? by_number : by_count);
    if (numbers) {
        cut_numbers(bins, rows, count, reference->total);
    } else {
        cut_names(bins, rows, count);
    }
    free(rows);

    return true;
}

static uint32_t bin_of(const dyn_bins_t *bins, const dyn_values_t *values, uint32_t id)
{
    uint32_t last = bins->count - 1;

    for (uint32_t i = 0; i < last; i++) {
        if (bins->numbers ? number_of(values, id) <= bins->upto[i]
                          : dyn_str_equal(dyn_ids_text(&values->ids, id), bins->names[i])) {
            return i;
        }
    }

    return last;
}

void dyn_bins_count(const dyn_bins_t *bins, const dyn_values_t *values,
                    uint64_t counts[DYN_BINS_MAX])
{
    memset(counts, 0, DYN_BINS_MAX * sizeof(counts[0]));
    for (uint32_t i = 0; i < values->ids.count; i++) {
        counts[bin_of(bins, values, i)] += values->counts[i];
    }
}

static double sum(const uint64_t *counts, uint32_t count)
{
    double total = 0;

    for (uint32_t i = 0; i < count; i++) {
        total += (double)counts[i];
    }

    return total;
}

void dyn_bins_shares(const dyn_bins_t *bins, const uint64_t counts[DYN_BINS_MAX],
                     dyn_bin_shares_t *shares)
{
    double more = bins->count, reference = sum(bins->counts, bins->count) + more,
           compared = sum(counts, bins->count) + more;

    for (uint32_t i = 0; i < bins->count; i++) {
        shares->reference[i] = ((double)bins->counts[i] + 1) / reference;
        shares->compared[i] = counts[i] == 0 && bins->counts[i] == 0
                                  ? shares->reference[i]
                                  : ((double)counts[i] + more * shares->reference[i]) / compared;
    }
}

double dyn_bin_psi(const dyn_bin_shares_t *shares, uint32_t bin)
{
    double q = shares->reference[bin], p = shares->compared[bin];

    return (p - q) * log(p / q);
}

double dyn_psi(const dyn_bins_t *bins, const dyn_bin_shares_t *shares)
{
    double psi = 0;

    for (uint32_t i = 0; i < bins->count; i++) {
        psi += dyn_bin_psi(shares, i);
    }

    return psi;
}

double dyn_psi_noise(uint32_t bins, double n, double m)
{
    double freedom = bins - 1;

    return n > 0 && m > 0 ? (1 / n + 1 / m) * (freedom + 3 * sqrt(2 * freedom)) : HUGE_VAL;
}

/*
 * How far two distributions are apart: the population stability index of one feature,
 *
 *     PSI = sum over bins of (p - q) * ln(p / q)
 *
 * q: share of the reference in the bin, p: share of what is compared with it. Its usual limits are 0.1 (a little change) and
 * 0.25 (a large one): Lewis, An Introduction to Credit Scoring, 1992; Siddiqi, Credit Risk Scorecards, 2006.
 *
 * Bins are made of the reference alone, before anything is compared. An empty bin has no logarithm, so shares are smoothed (Laplace):
 * of B bins, q = (count + 1) / (total + B), and p = (count + B * q) / (total + B). The second form draws what is little towards the
 * reference. A bin that is empty on both sides adds nothing.
 *
 * Two samples of one distribution are apart, too: n and m independent draws have a PSI of about (1 / n + 1 / m) * chi-squared with
 * B - 1 degrees of freedom (Yurdakul, Naranjo: Statistical properties of the population stability index, Journal of Risk Model
 * Validation 14, 2020).
 */
#ifndef DYN_BINS_H
#define DYN_BINS_H

#include "cli/base/ids.h"

/* ---- values as they come ---- */

/* Each value once, and how often it came. Zero at first. A distribution has either names or numbers. */
typedef struct {
    dyn_ids_t ids; /* a name, or the bytes of a number */
    uint64_t *counts;
    uint32_t room;
    uint64_t total;
} dyn_values_t;

/* Longer names are cut. */
enum { DYN_VALUE_NAME_BYTES_MAX = 64 };

/* False when memory is out. A name that holds control bytes or is no UTF-8 counts as "?", no number as 0. */
bool dyn_values_add_name(dyn_values_t *values, dyn_str_t name);
bool dyn_values_add_number(dyn_values_t *values, double number);
void dyn_values_free(dyn_values_t *values);

/* ---- bins ---- */

enum {
    DYN_BINS_MAX = 16,
    /* Bins of numbers between the least and the greatest of the reference; one more lies on either side. */
    DYN_BINS_QUANTILES = 10
};

typedef struct {
    bool numbers;
    uint32_t count; /* 2 to DYN_BINS_MAX */
    /*
     * Numbers: a bin holds what is above the bin before it, up to its own `upto`; the last one has no end. Names: one each, the most
     * frequent first; the last bin holds all others. The names belong to the values, or to who made the bins.
     */
    double upto[DYN_BINS_MAX];
    dyn_str_t names[DYN_BINS_MAX];
    uint64_t counts[DYN_BINS_MAX]; /* of the reference */
} dyn_bins_t;

/* Bins of a reference: of numbers its quantiles, of names the 15 most frequent. False when memory is out. */
bool dyn_bins_make(const dyn_values_t *reference, bool numbers, dyn_bins_t *bins);

/* How many of the values are in each bin. */
void dyn_bins_count(const dyn_bins_t *bins, const dyn_values_t *values,
                    uint64_t counts[DYN_BINS_MAX]);

/* p and q of all bins. */
typedef struct {
    double reference[DYN_BINS_MAX], compared[DYN_BINS_MAX];
} dyn_bin_shares_t;

void dyn_bins_shares(const dyn_bins_t *bins, const uint64_t counts[DYN_BINS_MAX],
                     dyn_bin_shares_t *shares);
/* What the bin adds to the PSI. */
double dyn_bin_psi(const dyn_bin_shares_t *shares, uint32_t bin);
double dyn_psi(const dyn_bins_t *bins, const dyn_bin_shares_t *shares);

/*
 * What no PSI of two samples of one distribution is above, but by rare chance: mean and three standard deviations of the distribution
 * above. n and m: independent draws of the two; infinite when one is 0.
 */
double dyn_psi_noise(uint32_t bins, double n, double m);

#endif

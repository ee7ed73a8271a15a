#include "engine/base/curves.h"

#include <math.h>
#include <stddef.h>

/* ln 2 in two parts: whole numbers up to 2^20 times the first one are exact. */
static const double ln2_high = 0x1.62e42fee00000p-1, ln2_low = 0x1.a39ef35793c76p-33;
static const double ln2 = 0x1.62e42fefa39efp-1;
static const double log2_e = 0x1.71547652b82fep+0;
static const double square_root_half = 0x1.6a09e667f3bcdp-1;

/* e^rest * 2^power for |rest| <= ln 2 / 2: Taylor's series, even and odd terms apart, so that both are computed at once. */
static double scaled(double rest, double power)
{
    double square = rest * rest;
    double even = 1.0 / 479001600;
    double odd = 1.0 / 6227020800;

    even = even * square + 1.0 / 3628800;
    odd = odd * square + 1.0 / 39916800;
    even = even * square + 1.0 / 40320;
    odd = odd * square + 1.0 / 362880;
    even = even * square + 1.0 / 720;
    odd = odd * square + 1.0 / 5040;
    even = even * square + 1.0 / 24;
    odd = odd * square + 1.0 / 120;
    even = even * square + 1.0 / 2;
    odd = odd * square + 1.0 / 6;

    return ldexp(1 + (rest + square * (even + rest * odd)), (int)power);
}

double dyn_exp(double x)
{
    if (!(x > -745 && x < 709)) {
        return x > 0 ? (double)INFINITY : 0;
    }

    double power = rint(x * log2_e);

    return scaled((x - power * ln2_high) - power * ln2_low, power);
}

double dyn_exp2(double x)
{
    if (!(x > -1074 && x < 1023)) {
        return x > 0 ? (double)INFINITY : 0;
    }

    double power = rint(x);

    return scaled((x - power) * ln2, power);
}

double dyn_log(double x)
{
    static const double terms[] = {1.0 / 21, 1.0 / 19, 1.0 / 17, 1.0 / 15, 1.0 / 13,
                                   1.0 / 11, 1.0 / 9,  1.0 / 7,  1.0 / 5,  1.0 / 3};
    int power;

    if (!(x > 0)) {
        return -(double)INFINITY;
    }

    double part = frexp(x, &power);

    if (part < square_root_half) {
        part *= 2;
        power--;
    }

    /* log((1 + s) / (1 - s)) = 2 (s + s^3/3 + s^5/5 + ...) */
    double s = (part - 1) / (part + 1);
    double square = s * s, sum = 1.0 / 23;

    for (size_t i = 0; i < sizeof(terms) / sizeof(terms[0]); i++) {
        sum = sum * square + terms[i];
    }

    return power * ln2_high + (2 * s + (2 * s * square * sum + power * ln2_low));
}

double dyn_pow(double x, double y)
{
    if (y == 0) {
        return 1;
    }

    return y == 1 ? x : dyn_exp(y * dyn_log(x));
}

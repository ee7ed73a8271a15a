/*
 * Exponentials and logarithms that have the same bits on every machine. Those of libm have not: they depend on its version, on the
 * processor, and on whether that has a fused multiply-add. These use only what IEEE 754 rounds in one way, and are exact to some 1e-15.
 */
#ifndef DYN_CURVES_H
#define DYN_CURVES_H

/* e^x; 0 and infinity where a double does not reach. */
double dyn_exp(double x);
/* 2^x. Of a whole number it is exact. */
double dyn_exp2(double x);
/* The natural logarithm. x: above 0; else minus infinity. */
double dyn_log(double x);
/* x^y. x: at least 0. x^0 is 1. */
double dyn_pow(double x, double y);

#endif

#include "engine/base/curves.h"

#include <math.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>

static double distance(double value, double truth)
{
    return fabs(value - truth) / fabs(truth);
}

static void curves_are_those_of_libm(void **state)
{
    (void)state;
    for (int i = -3000; i <= 3000; i++) {
        double x = i * 0.2331;
        double positive = exp(x / 10);

        assert_true(distance(dyn_exp(x), exp(x)) < 1e-15);
        assert_true(distance(dyn_exp2(x), exp2(x)) < 1e-15);
        assert_true(i == 0 || distance(dyn_log(positive), log(positive)) < 1e-15);
        assert_true(distance(dyn_pow(positive, 0.37), pow(positive, 0.37)) < 1e-14);
    }
    for (int i = -1000; i <= 1000; i++) {
        double x = 1 + i * 1e-9;

        assert_true(i == 0 || distance(dyn_log(x), log(x)) < 1e-15);
    }
}

static void whole_numbers_are_exact(void **state)
{
    (void)state;
    for (int i = -1000; i <= 1000; i++) {
        assert_true(dyn_exp2(i) == ldexp(1, i));
    }
    assert_true(dyn_exp(0) == 1);
    assert_true(dyn_log(1) == 0);
    assert_true(dyn_pow(0.3, 0) == 1);
    assert_true(dyn_pow(0, 0) == 1);
    assert_true(dyn_pow(0.3, 1) == 0.3);
    assert_true(dyn_pow(0, 2) == 0);
}

static void ends_are_zero_and_infinity(void **state)
{
    (void)state;
    assert_true(dyn_exp(-800) == 0);
    assert_true(dyn_exp(-(double)INFINITY) == 0);
    assert_true(isinf(dyn_exp(800)));
    assert_true(dyn_exp2(-2000) == 0);
    assert_true(isinf(dyn_exp2(2000)));
    assert_true(isinf(dyn_log(0)) && dyn_log(0) < 0);
}

static uint64_t bits(double value)
{
    union {
        double value;
        uint64_t bits;
    } same = {value};

    return same.bits;
}

/* What x86-64 gave once; every other machine has to give it, too. */
static void bits_are_the_same_on_every_machine(void **state)
{
    uint64_t hash = 14695981039346656037U;

    (void)state;
    for (int i = -20000; i <= 20000; i++) {
        double x = i * 0.0331;
        uint64_t values[] = {bits(dyn_exp(x)), bits(dyn_exp2(x)), bits(dyn_log(20001 + x)),
                             bits(dyn_pow(1 + i * 0.00004, x / 50))};

        for (size_t k = 0; k < sizeof(values) / sizeof(values[0]); k++) {
            hash = (hash ^ values[k]) * 1099511628211U;
        }
    }
    assert_int_equal(hash, 0xd14d6d315bc66521);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(curves_are_those_of_libm),
        cmocka_unit_test(whole_numbers_are_exact),
        cmocka_unit_test(ends_are_zero_and_infinity),
        cmocka_unit_test(bits_are_the_same_on_every_machine),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Sixteen bytes at once, as every x86-64 and ARMv8 has them; wider vectors become scalars there. */
#ifndef DYN_MODEL_LANES_H
#define DYN_MODEL_LANES_H

#include <stdint.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* GROUP numbers are four vectors: what is looked through comes in whole groups. */
enum { DYN_MODEL_LANES = 4, DYN_MODEL_GROUP = 16 };

typedef float dyn_model_floats_t __attribute__((vector_size(16)));
typedef int32_t dyn_model_ints_t __attribute__((vector_size(16)));

static inline dyn_model_ints_t dyn_model_ints(int32_t value)
{
    return (dyn_model_ints_t){value, value, value, value};
}

static inline dyn_model_ints_t dyn_model_load_ints(const void *from)
{
    dyn_model_ints_t ints;

    memcpy(&ints, from, sizeof(ints));

    return ints;
}

static inline dyn_model_floats_t dyn_model_load_floats(const void *from)
{
    dyn_model_floats_t floats;

    memcpy(&floats, from, sizeof(floats));

    return floats;
}

static inline int32_t dyn_model_sum(dyn_model_ints_t ints)
{
    return ints[0] + ints[1] + ints[2] + ints[3];
}

/* Bit i: whether the bits of number i of a group are greater than the bound. */
static inline uint32_t dyn_model_greater_mask(const float *group, int32_t bound)
{
    dyn_model_ints_t bounds = dyn_model_ints(bound);
    dyn_model_ints_t a = dyn_model_load_ints(group) > bounds;
    dyn_model_ints_t b = dyn_model_load_ints(group + DYN_MODEL_LANES) > bounds;
    dyn_model_ints_t c = dyn_model_load_ints(group + 2 * DYN_MODEL_LANES) > bounds;
    dyn_model_ints_t d = dyn_model_load_ints(group + 3 * DYN_MODEL_LANES) > bounds;

#ifdef __SSE2__
    __m128i ab = _mm_packs_epi32((__m128i)a, (__m128i)b);
    __m128i cd = _mm_packs_epi32((__m128i)c, (__m128i)d);

    return (uint32_t)_mm_movemask_epi8(_mm_packs_epi16(ab, cd));
#else
    const dyn_model_ints_t bits = {1, 2, 4, 8};

    return (uint32_t)(dyn_model_sum(a & bits) | dyn_model_sum(b & bits) << 4 |
                      dyn_model_sum(c & bits) << 8 | dyn_model_sum(d & bits) << 12);
#endif
}

/* Bit i: whether number i of two vectors is the value. */
static inline uint32_t dyn_model_equal_mask(const uint32_t *numbers, uint32_t value)
{
    dyn_model_ints_t values = dyn_model_ints((int32_t)value);
    dyn_model_ints_t a = dyn_model_load_ints(numbers) == values;
    dyn_model_ints_t b = dyn_model_load_ints(numbers + DYN_MODEL_LANES) == values;

#ifdef __SSE2__
    __m128i ab = _mm_packs_epi32((__m128i)a, (__m128i)b);

    return (uint32_t)_mm_movemask_epi8(_mm_packs_epi16(ab, _mm_setzero_si128()));
#else
    const dyn_model_ints_t bits = {1, 2, 4, 8};

    return (uint32_t)(dyn_model_sum(a & bits) | dyn_model_sum(b & bits) << 4);
#endif
}

#endif

/*
 * Tests eight bytes of a text in one step, by Mycroft's method. A test is exact about whether any of the eight matches,
 * but not about which; then the caller looks at each byte.
 */
#ifndef DYN_EIGHT_H
#define DYN_EIGHT_H

#include <stdint.h>
#include <string.h>

/* A byte, eight times. */
#define DYN_EIGHT(byte) (UINT64_MAX / 255 * (uint8_t)(byte))

static inline uint64_t dyn_eight_load(const char *text)
{
    uint64_t eight;

    memcpy(&eight, text, sizeof(eight));

    return eight;
}

/* Not 0 when any is below n (n <= 128). */
static inline uint64_t dyn_eight_below(uint64_t eight, uint8_t n)
{
    return (eight - DYN_EIGHT(n)) & ~eight & DYN_EIGHT(0x80);
}

/* Not 0 when any is that byte. */
static inline uint64_t dyn_eight_has(uint64_t eight, char byte)
{
    return dyn_eight_below(eight ^ DYN_EIGHT(byte), 1);
}

/* Not 0 when any is a control byte or no ASCII. */
static inline uint64_t dyn_eight_unprintable(uint64_t eight)
{
    return (eight & DYN_EIGHT(0x80)) | dyn_eight_below(eight, ' ') | dyn_eight_has(eight, 0x7f);
}

#endif

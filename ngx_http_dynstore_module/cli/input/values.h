/*
 * The JSON values of a file, one after the other: JSON Lines; values over several lines; one list of all of them, on one line or
 * many, alone or as a member of an object ({"total":3,"products":[...]}). One value at a time is held in memory.
 */
#ifndef DYN_VALUES_H
#define DYN_VALUES_H

#include "cli/input/lines.h"

enum {
    /* A value over several lines: what is not complete by then is a broken line, which must not take the rest of the file with it. */
    DYN_VALUE_LINES_BYTES_MAX = 4 << 20,
    /* Deeper than any item or event, and than a list of broken ones may seem. */
    DYN_VALUE_DEPTH_MAX = 32
};

typedef struct {
    const char *const *lists; /* names of the member that may hold the list, ended by NULL */
    const char *key; /* what each element of such a list has, one of names that `|` separates: a list without it is none of values */
} dyn_values_shape_t;

typedef struct {
    dyn_lines_t *lines;
    const dyn_values_shape_t *shape;
    uint64_t list_line; /* where the list begins that is being read; 0: none is */
    bool wrapped;       /* it is a member of an object */
    bool look;          /* the next value may be such an object */
    size_t pending;     /* bytes of the element given out */
    bool cut;
} dyn_values_t;

dyn_values_t dyn_values_begin(dyn_lines_t *lines, const dyn_values_shape_t *shape);
/*
 * The next value, without blanks around it, good until the next call; it may turn out to be no JSON. dyn_lines_number() is where
 * it begins. False at the end.
 */
bool dyn_values_next(dyn_values_t *values, dyn_str_t *value);
/* False with a sentence when the file ended within a list. */
bool dyn_values_end(const dyn_values_t *values, const char *path, dyn_error_t *error);

/* Without the blanks and byte order marks around it. */
dyn_str_t dyn_values_trim(dyn_str_t text);

#endif

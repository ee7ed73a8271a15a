/*
 * Values of JSON as JavaScript treats them: GrowthBook's conditions compare by its rules, and its SDKs must agree. Values are plain data
 * without an owner; who makes them says how long they stay.
 */
#ifndef DYN_VALUE_H
#define DYN_VALUE_H

#include "engine/base/arena.h"

/* X(constant, what JavaScript's SDK calls the type) */
#define DYN_VALUE_KINDS(X)                                                                                             \
    X(NULL, "null") X(BOOL, "boolean") X(NUMBER, "number") X(STRING, "string") X(LIST, "array") X(OBJECT, "object")

#define X(c, n) DYN_VALUE_##c,
typedef enum { DYN_VALUE_KINDS(X) DYN_VALUE_KINDS_COUNT } dyn_value_kind_t;
#undef X

/* Values within values: deeper ones are refused. */
enum { DYN_VALUE_LEVELS_MAX = 32 };

typedef struct dyn_value_s {
    dyn_value_kind_t kind;
    uint32_t count;                    /* of a list, of an object */
    double number;                     /* of a boolean: 0 or 1 */
    dyn_str_t text;                    /* of a string, in UTF-8 */
    const struct dyn_value_s *values;  /* of a list or object */
    const dyn_str_t *names;            /* of an object, in the order they were written */
} dyn_value_t;

#define DYN_VALUE_TEXT(str) ((dyn_value_t){.kind = DYN_VALUE_STRING, .text = (str)})
#define DYN_VALUE_TRUTH(truth) ((dyn_value_t){.kind = DYN_VALUE_BOOL, .number = (truth) ? 1 : 0})

struct json_t;

/* Copies it into the arena. False: the arena is exhausted, or the value nests too deep. */
bool dyn_value_read(const struct json_t *json, dyn_arena_t *arena, dyn_value_t *value);

/* NULL: it is no object, or has no such member. */
const dyn_value_t *dyn_value_member(const dyn_value_t *value, dyn_str_t name);

/* JavaScript's !!value: all but null, false, 0 and "". */
bool dyn_value_is_true(const dyn_value_t *value);
/* JavaScript's ===, which two lists or objects never are. */
bool dyn_value_same(const dyn_value_t *a, const dyn_value_t *b);
/* Whether both are the same JSON; members must stand in the same order. */
bool dyn_value_alike(const dyn_value_t *a, const dyn_value_t *b);
/* JavaScript's Number(): null and "" are 0, "8" is 8; NAN: it is no number. */
double dyn_value_number(const dyn_value_t *value, dyn_arena_t *arena);
/* JavaScript's String(): "null", "true", "0.5", "a,b". DYN_STR_NONE: the arena is exhausted. */
dyn_str_t dyn_value_text(const dyn_value_t *value, dyn_arena_t *arena);
/* Kinds first, then numbers, then texts by bytes: an order for looking things up. Lists and objects have no order. */
int dyn_value_order(const dyn_value_t *a, const dyn_value_t *b);

#endif

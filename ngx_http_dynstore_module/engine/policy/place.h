/*
 * Where a value stands in JSON text: a parser that keeps no places is enough to read it, and who has to name a place asks here. The
 * text must be valid JSON.
 */
#ifndef DYN_PLACE_H
#define DYN_PLACE_H

#include "engine/base/types.h"

/* A step into an object (key with data) or a list (key.data NULL: the number of the element). */
typedef struct {
    dyn_str_t key;
    size_t index;
} dyn_json_step_t;

typedef struct {
    uint32_t line, column; /* from 1; columns count bytes */
} dyn_place_in_text_t;

/*
 * The place of the value that the steps lead to, or with of_key of its member's name. Where they lead nowhere, of the last value
 * that is there. inside: bytes of a string's contents to go on, as far as it has no escapes.
 */
dyn_place_in_text_t dyn_json_place(dyn_str_t text, const dyn_json_step_t *steps, size_t count, bool of_key,
                                   size_t inside);

enum { DYN_JSON_PATH_STEPS_MAX = 96 };

/* The steps to a value while a file is walked. What is deeper than they can be has the place of the last one that they hold. */
typedef struct {
    dyn_json_step_t steps[DYN_JSON_PATH_STEPS_MAX];
    size_t depth;
} dyn_json_path_t;

/* The key must live as long as the step. */
void dyn_enter_member(dyn_json_path_t *path, const char *key);
void dyn_enter_element(dyn_json_path_t *path, size_t index);
void dyn_leave(dyn_json_path_t *path);
dyn_place_in_text_t dyn_json_path_place(dyn_str_t text, const dyn_json_path_t *path, bool of_key,
                                        size_t inside);

#endif

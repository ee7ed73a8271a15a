/*
 * What the parts of one compilation share while it runs: lists that grow, the policy's memory, and the way to the place in the file where the
 * work is. Internal to engine/compile.
 */
#ifndef DYN_COMPILER_H
#define DYN_COMPILER_H

#include "engine/base/arena.h"
#include "engine/compile/compile.h"
#include "engine/policy/place.h"
#include "engine/policy/texts.h"

#include <jansson.h>

_Static_assert(4 * DYN_RULES_DEPTH_MAX + 16 <= DYN_JSON_PATH_STEPS_MAX,
               "the steps lead to the innermost condition");

/* What dyn_policy_free() frees. */
typedef struct {
    struct dyn_block_s *blocks;
    dyn_arena_t arena;
    dyn_patterns_t *patterns;
    dyn_features_t *features;
} dyn_compiler_memory_t;

/* A list that grows; its rows move into the arena when it is whole. */
typedef struct {
    char *rows;
    uint32_t count, capacity;
} dyn_rows_t;

typedef struct {
    const dyn_policy_source_t *source;
    const dyn_snapshot_t *snapshot;
    const dyn_overrides_t *standing; /* NULL: none */
    const json_t *below; /* the built-in file, which this one lies over; NULL: this is it */
    bool of_below;       /* a slot or rule of that is at work */
    dyn_error_t *error;
    dyn_compiler_memory_t *memory;
    dyn_policy_t *policy;
    dyn_texts_t *texts;
    dyn_rows_t rules, actions, conditions, values, strings, slots, variations, weights, shipping,
        contents, experiments, variants, overrides, flags, switches, asked;
    dyn_json_path_t path;
    uint32_t pattern_count; /* of the file itself, without its contents */
    dyn_str_t rule_id;      /* of the rule at work */
    char currency[4];
    bool plain_words; /* a text to look for means its words */
    bool alone;       /* one content is checked: places are told as members */
    bool out_of_memory;
} dyn_compiler_t;

/*
 * Gives the compiler memory and a policy of no file: what the tables say. The source, the snapshot and the error are set. False with the
 * error. patterns_max: so many texts can be looked for.
 */
bool dyn_compiler_begin(dyn_compiler_t *compiler, uint32_t patterns_max);
/* Frees the lists; the memory as well where the policy is not kept. */
void dyn_compiler_end(dyn_compiler_t *compiler, bool kept);

/* A row at a list's end. False with the fault, and out_of_memory is set. */
#define DYN_PUT(compiler, list, row) dyn_compiler_put(compiler, &(compiler)->list, row, sizeof(*(row)))
#define DYN_ROW(compiler, list, type, number) (&((type *)(void *)(compiler)->list.rows)[number])
bool dyn_compiler_put(dyn_compiler_t *compiler, dyn_rows_t *list, const void *row, size_t bytes);
/* The rows, in the policy's memory; the list is empty then. */
const void *dyn_compiler_keep(dyn_compiler_t *compiler, dyn_rows_t *list, size_t bytes);
/* In the policy's memory. */
dyn_str_t dyn_compiler_copy(dyn_compiler_t *compiler, dyn_str_t text);
uint32_t dyn_compiler_add_value(dyn_compiler_t *compiler, uint32_t value);
/* Its number among those that the file has; each is there once. */
uint32_t dyn_compiler_add_string(dyn_compiler_t *compiler, dyn_str_t text);
/* The number of a GrowthBook feature among those that the file names. */
uint32_t dyn_compiler_ask_feature(dyn_compiler_t *compiler, dyn_str_t key);

/* Leaves the place where a value was good; a fault stays where it is. */
bool dyn_left(dyn_compiler_t *compiler, bool good);

#endif

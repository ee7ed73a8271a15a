/*
 * An arena: allocating moves a pointer, and everything is freed at once.
 *
 * The engine allocates only here. The first block is the caller's (an nginx request's memory, a worker's scratch, a
 * static buffer in tests); further blocks come from `more`, which may be NULL: then the arena is bounded by its first
 * block. A failed allocation returns NULL and is remembered in `exhausted`, so a long computation can check once.
 */
#ifndef DYN_ARENA_H
#define DYN_ARENA_H

#include "engine/base/types.h"

/* Returns at least `size` bytes aligned to 16, or NULL. The code that set the callback frees them. */
typedef void *(*dyn_arena_more_fn)(void *context, size_t size);

typedef struct {
    char *pos;
    char *end;
    dyn_arena_more_fn more;
    void *more_context;
    bool exhausted;
} dyn_arena_t;

void dyn_arena_init(dyn_arena_t *arena, void *block, size_t size, dyn_arena_more_fn more,
                    void *more_context);

/* 8-byte aligned, not cleared. NULL when exhausted or when size is 0. */
void *dyn_arena_alloc(dyn_arena_t *arena, size_t size);
/* Cleared; count * size is checked for overflow. */
void *dyn_arena_array(dyn_arena_t *arena, size_t count, size_t size);
/* Frees the unused end of the newest piece; does nothing for any other piece. */
void dyn_arena_shrink(dyn_arena_t *arena, void *piece, size_t size, size_t used);
/* A terminated copy; DYN_STR_NONE when exhausted. */
dyn_str_t dyn_arena_str(dyn_arena_t *arena, dyn_str_t text);

#endif

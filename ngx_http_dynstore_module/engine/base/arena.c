#include "engine/base/arena.h"

#include <string.h>

enum { alignment = 8, block_bytes = 16384 };

static size_t aligned(size_t size)
{
    return (size + alignment - 1) & ~(size_t)(alignment - 1);
}

void dyn_arena_init(dyn_arena_t *arena, void *block, size_t size, dyn_arena_more_fn more,
                    void *more_context)
{
    size_t skew = (alignment - (uintptr_t)block % alignment) % alignment;

    if (block == NULL || size < skew) {
        block = NULL;
        size = skew = 0;
    }

    arena->pos = block == NULL ? NULL : (char *)block + skew;
    arena->end = block == NULL ? NULL : (char *)block + size;
    arena->more = more;
    arena->more_context = more_context;
    arena->exhausted = false;
}

void *dyn_arena_alloc(dyn_arena_t *arena, size_t size)
{
    if (size == 0 || size > SIZE_MAX - alignment) {
        return NULL;
    }

    size = aligned(size);

    if ((size_t)(arena->end - arena->pos) < size) {
        size_t want = size > block_bytes ? size : block_bytes;
        char *block = arena->more == NULL ? NULL : arena->more(arena->more_context, want);

        if (block == NULL) {
            arena->exhausted = true;
            return NULL;
        }

        /* A block made for one large piece must not replace a block with more room left. */
        if (want == size && arena->end - arena->pos > 0) {
            return block;
        }

        arena->pos = block;
        arena->end = block + want;
    }

    void *piece = arena->pos;
    arena->pos += size;

    return piece;
}

void *dyn_arena_array(dyn_arena_t *arena, size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size) {
        arena->exhausted = true;
        return NULL;
    }

    void *array = dyn_arena_alloc(arena, count * size);

    if (array != NULL) {
        memset(array, 0, count * size);
    }

    return array;
}

void dyn_arena_shrink(dyn_arena_t *arena, void *piece, size_t size, size_t used)
{
    if (piece != NULL && used <= size && (char *)piece + aligned(size) == arena->pos) {
        arena->pos = (char *)piece + aligned(used);
    }
}

dyn_str_t dyn_arena_str(dyn_arena_t *arena, dyn_str_t text)
{
    char *copy = text.len == SIZE_MAX ? NULL : dyn_arena_alloc(arena, text.len + 1);

    if (copy == NULL) {
        return DYN_STR_NONE;
    }

    if (text.len != 0) {
        memcpy(copy, text.data, text.len);
    }
    copy[text.len] = '\0';

    return (dyn_str_t){copy, text.len};
}

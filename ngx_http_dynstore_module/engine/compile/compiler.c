#include "engine/compile/compiler.h"

#include "engine/compile/faults.h"
#include "engine/policy/patterns.h"

#include <stdlib.h>

/* Memory of a policy: blocks, freed together. */
typedef struct dyn_block_s {
    struct dyn_block_s *next;
    uint64_t align; /* what follows is aligned to 16 */
} block_t;

static void *more(void *context, size_t size)
{
    dyn_compiler_memory_t *memory = context;
    block_t *block = malloc(sizeof(*block) + size);

    if (block == NULL) {
        return NULL;
    }
    block->next = memory->blocks;
    memory->blocks = block;

    return block + 1;
}

static void free_memory(dyn_compiler_memory_t *memory)
{
    block_t *next;

    dyn_patterns_free(memory->patterns);
    dyn_features_free(memory->features);
    for (block_t *block = memory->blocks; block != NULL; block = next) {
        next = block->next;
        free(block);
    }
    free(memory);
}

/* The policy of no file, which every policy starts from: what the tables say. */
static dyn_policy_t standard(const dyn_snapshot_t *snapshot, dyn_compiler_memory_t *memory)
{
#define X(member, standard, least, most, doc) .member = standard,
    return (dyn_policy_t){.snapshot = snapshot,
                          .moments = {DYN_MOMENT_THRESHOLDS(X)},
                          .guardrails = {DYN_GUARDRAILS(X)},
                          .returns = DYN_NONE,
                          .delivery = DYN_NONE,
                          .time_zone = DYN_STR("UTC0"),
                          .memory = memory};
#undef X
}

static void free_lists(dyn_compiler_t *compiler)
{
    dyn_rows_t *lists[] = {
        &compiler->rules,     &compiler->actions,  &compiler->conditions,  &compiler->values,
        &compiler->strings,   &compiler->slots,    &compiler->weights,     &compiler->variations,
        &compiler->shipping,  &compiler->contents, &compiler->experiments, &compiler->variants,
        &compiler->overrides, &compiler->flags,    &compiler->switches,    &compiler->asked};

    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        free(lists[i]->rows);
    }
}

bool dyn_compiler_begin(dyn_compiler_t *compiler, uint32_t patterns_max)
{
    dyn_compiler_memory_t *memory = calloc(1, sizeof(*memory));

    if (memory != NULL) {
        dyn_arena_init(&memory->arena, NULL, 0, more, memory);
        compiler->memory = memory;
        compiler->policy = dyn_arena_array(&memory->arena, 1, sizeof(dyn_policy_t));
        compiler->texts = dyn_texts_begin(&memory->arena);
        memory->patterns = dyn_patterns_begin(&memory->arena, patterns_max);
        if (compiler->policy != NULL && compiler->texts != NULL && memory->patterns != NULL) {
            *compiler->policy = standard(compiler->snapshot, memory);
            return true;
        }
        free_memory(memory);
    }

    return dyn_fail(compiler->error, "%s: there is not enough memory", compiler->source->name);
}

void dyn_compiler_end(dyn_compiler_t *compiler, bool kept)
{
    free_lists(compiler);
    if (!kept) {
        free_memory(compiler->memory);
    }
}

void dyn_policy_free(dyn_policy_t *policy)
{
    if (policy != NULL && policy->memory != NULL) {
        free_memory(policy->memory);
    }
}

bool dyn_compiler_put(dyn_compiler_t *compiler, dyn_rows_t *list, const void *row, size_t bytes)
{
    if (list->count == list->capacity) {
        uint32_t capacity = list->capacity == 0 ? 64 : list->capacity * 2;
        char *rows = realloc(list->rows, capacity * bytes);

        if (rows == NULL) {
            compiler->out_of_memory = true;
            return dyn_compile_fault(compiler, "there is not enough memory");
        }
        list->rows = rows;
        list->capacity = capacity;
    }
    memcpy(list->rows + bytes * list->count++, row, bytes);

    return true;
}

const void *dyn_compiler_keep(dyn_compiler_t *compiler, dyn_rows_t *list, size_t bytes)
{
    void *rows = dyn_arena_alloc(&compiler->memory->arena, (list->count + 1) * bytes);

    if (rows == NULL) {
        compiler->out_of_memory = true;
    } else if (list->count > 0) {
        memcpy(rows, list->rows, list->count * bytes);
    }
    free(list->rows);
    list->rows = NULL;

    return rows;
}

dyn_str_t dyn_compiler_copy(dyn_compiler_t *compiler, dyn_str_t text)
{
    dyn_str_t own = dyn_arena_str(&compiler->memory->arena, text);

    compiler->out_of_memory = compiler->out_of_memory || own.data == NULL;

    return own.data == NULL ? DYN_STR("") : own;
}

uint32_t dyn_compiler_add_string(dyn_compiler_t *compiler, dyn_str_t text)
{
    for (uint32_t i = 0; i < compiler->strings.count; i++) {
        if (dyn_str_equal(*DYN_ROW(compiler, strings, dyn_str_t, i), text)) {
            return i;
        }
    }

    const dyn_str_t own = dyn_compiler_copy(compiler, text);

    (void)DYN_PUT(compiler, strings, &own);

    return compiler->strings.count - 1;
}

bool dyn_left(dyn_compiler_t *compiler, bool good)
{
    if (good) {
        dyn_leave(&compiler->path);
    }

    return good;
}

uint32_t dyn_compiler_add_value(dyn_compiler_t *compiler, uint32_t value)
{
    (void)DYN_PUT(compiler, values, &value);

    return value;
}

uint32_t dyn_compiler_ask_feature(dyn_compiler_t *compiler, dyn_str_t key)
{
    uint32_t feature = dyn_features_find(compiler->memory->features, key);

    for (uint32_t i = 0; i < compiler->asked.count; i++) {
        if (*DYN_ROW(compiler, asked, uint32_t, i) == feature) {
            return i;
        }
    }

    /* its conditions may ask for the path */
    compiler->policy->asks_path = true;
    (void)DYN_PUT(compiler, asked, &feature);

    return compiler->asked.count - 1;
}

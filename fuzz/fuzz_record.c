/* Any bytes as a line of records: refused with a sentence, or a record that is the same after it was written and read again. */
#include <stdlib.h>

#include "engine/record/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void same(bool holds)
{
    if (!holds) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char memory[1 << 22];
    dyn_arena_t arena;
    dyn_record_t record, again;
    dyn_error_t error = {.text = ""};

    dyn_arena_init(&arena, memory, sizeof(memory), NULL, NULL);
    if (!dyn_record_read_line((dyn_str_t){(const char *)data, size}, &arena, &record, &error)) {
        same(error.text[0] != '\0');
        return 0;
    }

    dyn_str_t line = dyn_record_line(&record, &arena);

    if (line.data != NULL && dyn_record_read_line(line, &arena, &again, &error)) {
#define X(member, field) same(dyn_str_equal(record.member, again.member));
        DYN_RECORD_FIELDS(X)
#undef X
    }

    return 0;
}

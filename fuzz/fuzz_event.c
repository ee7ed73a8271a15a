/* Any body: refused with a sentence, or events that can all be written and read back. */
#include "engine/events/event.h"
#include "engine/base/limits.h"
#include "engine/events/parse.h"
#include "engine/events/text.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static _Alignas(16) char memory[4 << 20];
    static _Alignas(16) char small[4096];
    dyn_arena_t arena;
    dyn_arena_t decoded;
    dyn_event_batch_t batch;
    dyn_error_t error = {""};

    dyn_arena_init(&arena, memory, sizeof(memory), NULL, NULL);
    if (!dyn_event_parse((dyn_str_t){(const char *)data, size}, 1700000000000, &arena, &batch,
                         &error)) {
        if (error.text[0] == '\0' || arena.exhausted) {
            abort();
        }
        return 0;
    }
    if (batch.batch == 0 || batch.count + batch.fault_count == 0 ||
        batch.fault_count > batch.batch) {
        abort();
    }

    for (size_t i = 0; i < batch.count; i++) {
        char text[DYN_EVENT_TEXT_BYTES_MAX];
        char again[DYN_EVENT_TEXT_BYTES_MAX];
        dyn_event_t back;
        size_t length = dyn_event_encode(&batch.events[i], text, sizeof(text));

        dyn_arena_init(&decoded, small, sizeof(small), NULL, NULL);
        if (length == 0 || !dyn_event_decode((dyn_str_t){text, length}, &decoded, &back) ||
            dyn_event_encode(&back, again, sizeof(again)) != length ||
            memcmp(text, again, length) != 0) {
            abort();
        }
    }
    for (size_t i = 0; i < batch.fault_count; i++) {
        if (batch.faults[i].index >= batch.batch || batch.faults[i].sentence.len == 0) {
            abort();
        }
    }

    return 0;
}

/* Any file as events: records that are sound, and a sentence for all else. */
#include "engine/events/event.h"
#include "cli/input/events_read.h"
#include "engine/base/limits.h"
#include "engine/base/utf8.h"
#include "memory_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool take(void *context, const dyn_event_record_t *record)
{
    uint64_t *taken = context;

    if (record->visitor.len == 0 || record->visitor.len > DYN_VISITOR_BYTES_MAX ||
        !dyn_utf8_clean(record->visitor) || record->item_id.len > DYN_ITEM_ID_BYTES_MAX ||
        !dyn_utf8_clean(record->item_id) || record->other_id.len > DYN_ITEM_ID_BYTES_MAX ||
        !dyn_utf8_clean(record->other_id) || record->time_ms < 0 || record->line == 0) {
        abort();
    }

    /* as if memory were out, now and then */
    return ++*taken < 1000;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    dyn_error_t error = {""};
    dyn_notes_t notes = {{0}, {{0}}};
    uint64_t taken = 0, lines = 0;
    dyn_faults_t faults = {.max = 50, .error = &error, .notes = &notes};
    bool good = dyn_events_read(memory_file(data, size), take, &taken, &faults, &lines);

    if ((!good && error.text[0] == '\0') || faults.values < faults.count ||
        (good && taken < faults.values - faults.count)) {
        abort();
    }

    return 0;
}

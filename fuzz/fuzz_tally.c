/* Any entries of the stream, one on a line: they are gathered, folded and judged, or passed over. */
#include "cli/report/findings.h"
#include "engine/events/text.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The first byte says who, as a file's reader would. */
static bool take(dyn_tally_t *tally, dyn_str_t line)
{
    static _Alignas(16) char memory[8192];
    dyn_event_record_t record = {.type = DYN_EVENT_TYPES_COUNT};
    dyn_event_t event;
    dyn_arena_t arena;

    if (line.len < 5) {
        return true;
    }
    record.visitor = (dyn_str_t){line.data, 1};
    record.entry = (dyn_str_t){line.data + 1, line.len - 1};
    dyn_arena_init(&arena, memory, sizeof(memory), NULL, NULL);
    if (dyn_event_decode(record.entry, &arena, &event)) {
        record.type = event.type;
        record.item_id = event.item_id;
        record.event = &event;
        record.time_ms = event.time_ms;
    }

    return dyn_tally_take(tally, &record);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static dyn_tally_t tally;
    dyn_findings_options_t options = {
        .effect = 0.05, .alpha = 0.05, .power = 0.8, .curves = size % 2 == 0};
    const char *text = (const char *)data;

    options.metric = (dyn_metric_t)(size % DYN_OUTCOME_METRICS);
    memset(&tally, 0, sizeof(tally));
    tally.bytes_max = 1 << 20;
    for (size_t at = 0; at < size;) {
        const char *end = memchr(text + at, '\n', size - at);
        size_t stop = end == NULL ? size : (size_t)(end - text);

        if (!take(&tally, (dyn_str_t){text + at, stop - at})) {
            break;
        }
        at = stop + 1;
    }
    if (!dyn_tally_close(&tally)) {
        abort();
    }

    json_t *findings = dyn_findings(&tally, &options);

    if (findings == NULL) {
        abort();
    }
    json_decref(findings);
    dyn_tally_free(&tally);

    return 0;
}

/*
 * The marker scanner on any page cut anywhere: the first bytes choose the cuts (so many, then one byte each), the rest is
 * the page. Whole and cut, it must find the same marks; every mark and every held byte must lie within its bounds.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "engine/scan/scanner.h"

#define MARKS_MAX 512

typedef struct {
    dyn_scan_result_t kind;
    size_t at;
    size_t slot_len;
    char slot[DYN_SLOT_NAME_BYTES_MAX];
} mark_t;

typedef struct {
    dyn_scanner_t scanner;
    mark_t marks[MARKS_MAX];
    size_t count;
    size_t seen;
    size_t held;
} run_t;

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void feed(run_t *run, const uint8_t *data, size_t len)
{
    /* In memory of its own, so that a read beyond it is seen. */
    char *input = malloc(len + (len == 0));
    size_t from = 0;
    dyn_scan_t scan;
    dyn_scan_result_t result;
    size_t sent = run->seen - run->held; /* everything before may be gone */

    require(input != NULL);
    memcpy(input, data, len);
    while ((result = dyn_scanner_feed(&run->scanner, input, len, from, &scan)) != DYN_SCAN_MORE) {
        size_t at = (size_t)((ptrdiff_t)run->seen + scan.at);
        size_t end = run->seen + scan.end;

        require(result == DYN_SCAN_MARKER || result == DYN_SCAN_BODY_END);
        require(scan.end >= from && scan.end <= len && scan.hold == 0);
        require(scan.at >= -(ptrdiff_t)run->held && at >= sent && at < end);
        sent = end;
        if (result == DYN_SCAN_MARKER) {
            require(scan.slot.len >= 1 && scan.slot.len <= DYN_SLOT_NAME_BYTES_MAX);
            require(end - at == strlen("<!--dynstore:-->") + scan.slot.len);
        } else {
            require(end - at == strlen("</body"));
        }
        if (run->count < MARKS_MAX) {
            mark_t *mark = &run->marks[run->count++];
            mark->kind = result;
            mark->at = at;
            mark->slot_len = scan.slot.len;
            if (scan.slot.len > 0) {
                memcpy(mark->slot, scan.slot.data, scan.slot.len);
            }
        }
        from = scan.end;
    }
    require(scan.end == len && scan.hold <= DYN_SCAN_HOLD_MAX);
    run->seen += len;
    require(scan.hold <= run->seen && run->seen - scan.hold >= sent);
    run->held = scan.hold;
    free(input);
}

static void begin(run_t *run)
{
    memset(run, 0, sizeof(*run));
    dyn_scanner_init(&run->scanner);
}

static void require_same(const run_t *a, const run_t *b)
{
    require(a->count == b->count && a->held == b->held);
    for (size_t i = 0; i < a->count; i++) {
        const mark_t *x = &a->marks[i];
        const mark_t *y = &b->marks[i];
        require(x->kind == y->kind && x->at == y->at && x->slot_len == y->slot_len);
        require(memcmp(x->slot, y->slot, x->slot_len) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static run_t whole;
    static run_t cut;
    size_t cuts = size > 0 ? data[0] % 16 : 0;

    if (size < 1 + cuts) {
        return 0;
    }
    const uint8_t *lengths = data + 1;
    const uint8_t *page = data + 1 + cuts;
    size_t len = size - 1 - cuts;

    begin(&whole);
    feed(&whole, page, len);

    begin(&cut);
    size_t at = 0;
    for (size_t i = 0; i < cuts; i++) {
        size_t n = lengths[i] < len - at ? lengths[i] : len - at;
        feed(&cut, page + at, n);
        at += n;
    }
    feed(&cut, page + at, len - at);
    require_same(&whole, &cut);

    begin(&cut);
    for (size_t i = 0; i < len; i++) {
        feed(&cut, page + i, 1);
    }
    require_same(&whole, &cut);
    return 0;
}

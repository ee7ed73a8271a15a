#include "cli/train/floor.h"

#include <inttypes.h>
#include <sys/stat.h>

bool dyn_floor_file(const char *path, const char *what, uint64_t values, uint64_t bad,
                    uint64_t bad_percent, dyn_error_t *error)
{
    if (values == 0) {
        return dyn_fail(error, "%.160s: is empty: there is no %s in it", path, what);
    }
    if (bad == values) {
        return dyn_fail(error, "%.160s: nothing in it is an %s", path, what);
    }

    return (double)bad * 100.0 <= (double)bad_percent * (double)values ||
           dyn_fail(error,
                    "%.160s: %" PRIu64 " of %" PRIu64 " %ss are bad, more than %" PRIu64
                    " %% (--max-bad-share)",
                    path, bad, values, what, bad_percent);
}

void dyn_floor_count_item(dyn_floor_counts_t *counts, const dyn_item_t *item)
{
    if ((item->flags & DYN_ITEM_IN_CATALOGUE) != 0) {
        counts->of[DYN_FLOOR_items]++;
        counts->of[DYN_FLOOR_priced] += item->price_minor >= 0;
        counts->of[DYN_FLOOR_shown] += item->title != 0 && item->url != 0 && item->stock != 0;
    }
}

bool dyn_floor_counts_of_file(const char *path, dyn_floor_counts_t *counts, dyn_error_t *error)
{
    struct stat status;

    *counts = (dyn_floor_counts_t){{0}};
    error->text[0] = '\0';
    if (stat(path, &status) != 0 || !S_ISREG(status.st_mode)) {
        return false;
    }

    dyn_snapshot_t *snapshot = dyn_snapshot_open(path, error);

    if (snapshot == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < snapshot->item_count; i++) {
        dyn_floor_count_item(counts, &snapshot->items[i]);
    }
    counts->of[DYN_FLOOR_sessions] =
        snapshot->model.header == NULL ? 0 : snapshot->model.header->session_count;
    dyn_snapshot_close(snapshot);

    return true;
}

bool dyn_floor_compare(const char *path, dyn_floor_count_t which, const dyn_floor_counts_t *before,
                       const dyn_floor_counts_t *now, uint64_t fall_percent, dyn_error_t *error)
{
    static const char *const texts[] = {
#define X(name, text) text,
        DYN_FLOOR_COUNTS(X)
#undef X
    };
    uint64_t was = before->of[which], is = now->of[which];

    return was < DYN_FLOOR_COMPARED_MIN || is >= was ||
           (double)(was - is) * 100.0 <= (double)fall_percent * (double)was ||
           dyn_fail(error,
                    "%.160s: has %" PRIu64 " %s, the new snapshot has %" PRIu64
                    ": a fall by more than %" PRIu64 " %% (--max-fall)",
                    path, was, texts[which], is, fall_percent);
}

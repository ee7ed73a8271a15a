#include "engine/session/shown.h"

#include "engine/base/hash.h"
#include "engine/session/fold.h"

uint32_t dyn_shown_hash(dyn_str_t item_id)
{
    return dyn_fnv1a32(item_id);
}

static int digit_of(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* "89abcdef:12"; false when it is none. */
static bool read_row(dyn_str_t text, dyn_shown_t *row)
{
    enum { hash_bytes = 8 };

    *row = (dyn_shown_t){0, 0};
    if (text.len < hash_bytes + 2 || text.len >= DYN_SHOWN_ROW_BYTES_MAX ||
        text.data[hash_bytes] != ':') {
        return false;
    }
    for (size_t i = 0; i < hash_bytes; i++) {
        int digit = digit_of(text.data[i]);

        if (digit < 0) {
            return false;
        }
        row->hash = row->hash << 4 | (uint32_t)digit;
    }
    for (size_t i = hash_bytes + 1; i < text.len; i++) {
        int digit = digit_of(text.data[i]);

        if (digit < 0 || digit > 9) {
            return false;
        }
        row->times = row->times * 10 + (uint32_t)digit;
    }

    return row->times > 0;
}

static uint32_t find(const dyn_shown_t *rows, uint32_t count, uint32_t hash)
{
    uint32_t at = 0;

    while (at < count && rows[at].hash != hash) {
        at++;
    }

    return at;
}

/* The first of a hash counts. */
static uint32_t read_rows(dyn_str_t text, dyn_shown_t rows[DYN_SHOWN_MAX])
{
    uint32_t count = 0;

    while (text.len > 0 && count < DYN_SHOWN_MAX) {
        const char *comma = memchr(text.data, ',', text.len);
        size_t length = comma == NULL ? text.len : (size_t)(comma - text.data);

        if (read_row((dyn_str_t){text.data, length}, &rows[count]) &&
            find(rows, count, rows[count].hash) == count) {
            count++;
        }
        length += comma != NULL;
        text.data += length;
        text.len -= length;
    }

    return count;
}

static char *write_row(char *at, const dyn_shown_t *row)
{
    static const char hex[] = "0123456789abcdef";

    for (int shift = 28; shift >= 0; shift -= 4) {
        *at++ = hex[row->hash >> shift & 15];
    }
    *at++ = ':';
    if (row->times >= 10) {
        *at++ = (char)('0' + row->times / 10);
    }
    *at++ = (char)('0' + row->times % 10);
    *at++ = ',';

    return at;
}

size_t dyn_shown_text(dyn_str_t before, const dyn_str_t *ids, size_t count,
                      char text[DYN_SHOWN_BYTES_MAX])
{
    dyn_shown_t rows[DYN_SHOWN_MAX];
    dyn_shown_t old[DYN_SHOWN_MAX];
    uint32_t old_count = read_rows(before, old);
    uint32_t row_count = 0;
    char *at = text;

    for (size_t i = 0; i < count && row_count < DYN_SHOWN_MAX; i++) {
        uint32_t hash = dyn_shown_hash(ids[i]);
        uint32_t row = find(rows, row_count, hash);

        if (row == row_count) {
            uint32_t known = find(old, old_count, hash);

            rows[row_count++] = (dyn_shown_t){hash, known == old_count ? 0 : old[known].times};
        }
        rows[row].times += rows[row].times < DYN_SHOWN_TIMES_MAX;
    }

    uint32_t fresh = row_count;

    for (uint32_t i = 0; i < old_count && row_count < DYN_SHOWN_MAX; i++) {
        if (find(rows, fresh, old[i].hash) == fresh) {
            rows[row_count++] = old[i];
        }
    }
    for (uint32_t i = 0; i < row_count; i++) {
        at = write_row(at, &rows[i]);
    }

    return (size_t)(at - text);
}

bool dyn_fold_shown(dyn_fold_t *fold, dyn_str_t fact)
{
    dyn_session_t *session = fold->session;

    if (fact.len == 0) {
        return true;
    }

    session->shown = dyn_arena_alloc(fold->arena, DYN_SHOWN_MAX * sizeof(*session->shown));
    if (session->shown == NULL) {
        return false;
    }
    session->shown_count = read_rows(fact, session->shown);

    for (uint32_t i = 0; i < session->recent_count && session->shown_count > 0; i++) {
        const dyn_interest_t *recent = &session->recent[i];

        if (recent->views == 0 && !recent->added && !recent->wished) {
            continue;
        }

        uint32_t hash = dyn_shown_hash(
            dyn_snapshot_string(fold->snapshot, fold->snapshot->items[recent->item].id));
        uint32_t at = find(session->shown, session->shown_count, hash);

        if (at < session->shown_count) {
            session->shown_count--;
            memmove(session->shown + at, session->shown + at + 1,
                    (session->shown_count - at) * sizeof(*session->shown));
        }
    }

    return true;
}

uint32_t dyn_session_shown(const dyn_session_t *session, const dyn_snapshot_t *snapshot,
                           uint32_t item)
{
    if (session->shown_count == 0) {
        return 0;
    }

    uint32_t at = find(session->shown, session->shown_count,
                       dyn_shown_hash(dyn_snapshot_string(snapshot, snapshot->items[item].id)));

    return at == session->shown_count ? 0 : session->shown[at].times;
}

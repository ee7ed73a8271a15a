#include "engine/control/log.h"

#include <stdlib.h>

#include "engine/base/hash.h"

#define LOG_MAGIC 0x31474f4c4e594444U

/* An entry: its head, then for each field the bytes of name and value behind two lengths. The whole is a multiple of 8. */
typedef struct {
    uint64_t position;
    uint32_t bytes; /* of all */
    uint32_t fields;
} head_t;

typedef struct {
    uint16_t name;
    uint16_t value;
} lengths_t;

static char *entries_of(dyn_control_log_t *log)
{
    return (char *)(log + 1);
}

bool dyn_control_log_holds(dyn_control_kind_t kind)
{
    switch (kind) {
    case DYN_CONTROL_KIND_SET_STOCK:
    case DYN_CONTROL_KIND_SET_PRICE:
    case DYN_CONTROL_KIND_SET_AVAILABILITY:
    case DYN_CONTROL_KIND_DELETE:
    case DYN_CONTROL_KIND_CHANGE:
    case DYN_CONTROL_KIND_SET_OVERRIDE:
    case DYN_CONTROL_KIND_RESTORE:
        return true;
    default:
        return false;
    }
}

void dyn_control_log_begin(dyn_control_log_t *log, size_t size)
{
    uint64_t generation = log->magic == LOG_MAGIC ? log->generation + 1 : 1;

    *log = (dyn_control_log_t){
        .magic = LOG_MAGIC, .room = (size - sizeof(*log)) & ~(uint64_t)7, .generation = generation};
}

bool dyn_control_log_whole(const dyn_control_log_t *log, size_t size)
{
    return log->magic == LOG_MAGIC && log->room == ((size - sizeof(*log)) & ~(uint64_t)7) &&
           log->used <= log->room && log->writing == 0;
}

bool dyn_control_log_append(dyn_control_log_t *log, dyn_control_position_t position,
                            const dyn_control_field_t *fields, size_t count)
{
    size_t bytes = sizeof(head_t);
    char *to;

    for (size_t i = 0; i < count; i++) {
        bytes += sizeof(lengths_t) + fields[i].name.len + fields[i].value.len;
    }
    bytes = (bytes + 7) & ~(size_t)7;
    if (bytes > DYN_CONTROL_LOG_ENTRY_BYTES_MAX || bytes > log->room - log->used) {
        return false;
    }

    to = entries_of(log) + log->used;
    memcpy(to, &(head_t){position, (uint32_t)bytes, (uint32_t)count}, sizeof(head_t));
    to += sizeof(head_t);
    for (size_t i = 0; i < count; i++) {
        lengths_t lengths = {(uint16_t)fields[i].name.len, (uint16_t)fields[i].value.len};

        memcpy(to, &lengths, sizeof(lengths));
        to += sizeof(lengths);
        memcpy(to, fields[i].name.data, lengths.name);
        to += lengths.name;
        if (lengths.value > 0) {
            memcpy(to, fields[i].value.data, lengths.value);
        }
        to += lengths.value;
    }

    /* who dies before this has appended nothing */
    __atomic_store_n(&log->used, log->used + bytes, __ATOMIC_RELEASE);
    log->entries++;
    if (position > log->newest) {
        log->newest = position;
    }

    return true;
}

size_t dyn_control_log_copy(const dyn_control_log_t *log, uint64_t offset, char *bytes, size_t size)
{
    const char *from = (const char *)(log + 1);
    uint64_t end = offset;

    while (end < log->used) {
        head_t head;

        memcpy(&head, from + end, sizeof(head));
        if (head.bytes < sizeof(head) || end + head.bytes > log->used ||
            end + head.bytes - offset > size) {
            break;
        }
        end += head.bytes;
    }
    if (end > offset) {
        memcpy(bytes, from + offset, end - offset);
    }

    return end - offset;
}

bool dyn_control_log_next(const char *bytes, size_t length, size_t *at, dyn_control_entry_t *entry)
{
    dyn_control_field_t fields[DYN_CONTROL_FIELDS_MAX];
    const char *from = bytes + *at, *end;
    head_t head;

    if (length - *at < sizeof(head)) {
        return false;
    }
    memcpy(&head, from, sizeof(head));
    if (head.bytes < sizeof(head) || head.bytes > length - *at ||
        head.fields > DYN_CONTROL_FIELDS_MAX) {
        return false;
    }

    end = from + head.bytes;
    from += sizeof(head);
    for (uint32_t i = 0; i < head.fields; i++) {
        lengths_t lengths;

        if ((size_t)(end - from) < sizeof(lengths)) {
            return false;
        }
        memcpy(&lengths, from, sizeof(lengths));
        from += sizeof(lengths);
        if ((size_t)(end - from) < (size_t)lengths.name + lengths.value) {
            return false;
        }
        fields[i].name = (dyn_str_t){from, lengths.name};
        from += lengths.name;
        fields[i].value = (dyn_str_t){from, lengths.value};
        from += lengths.value;
    }
    if (!dyn_control_entry_read(fields, head.fields, entry, NULL)) {
        return false;
    }

    entry->position = head.position;
    *at += head.bytes;

    return true;
}

/* What compacting knows of an entry. */
typedef struct {
    uint64_t offset;
    uint64_t thing; /* a hash of what it speaks of; two of one thing do not hold together */
    uint64_t item;  /* a hash of the item; of a pair that is kept apart, of `item` */
    uint64_t other; /* of the second item; 0: none */
    int64_t at_ms;
    dyn_control_position_t position;
    uint32_t bytes;
    dyn_control_kind_t kind;
    dyn_control_override_t override;
    bool whole;   /* a stock of all locations */
    bool expired; /* an override that has ended; it still made void what it replaced */
    bool gone;
} row_t;

typedef struct {
    row_t *rows;
    size_t count;
    uint32_t *last;   /* rows by thing: open addressing; UINT32_MAX: free */
    uint32_t *wholes; /* by item, the last stock of all its locations */
    uint64_t mask;
} compaction_t;

static uint64_t hash_text(dyn_str_t text, uint64_t seed)
{
    return dyn_hash64_seeded(text.data, text.len, seed);
}

/* What a restore speaks of: the overrides that name the item, those of one kind, or the one that an entry set (0: any). */
static uint64_t restore_of(uint64_t item, dyn_control_override_t override,
                           dyn_control_position_t entry)
{
    const uint64_t parts[] = {entry == 0 ? item : 0, override, entry};

    return dyn_hash64_seeded(parts, sizeof(parts), DYN_CONTROL_KIND_RESTORE);
}

/* Kinds of which each has one word about an item; a stock of one location is a thing of its own, and so is each override. */
static row_t row_of(const dyn_control_entry_t *entry, uint64_t offset, uint32_t bytes)
{
    bool kept = entry->kind == DYN_CONTROL_KIND_CHANGE || entry->kind == DYN_CONTROL_KIND_DELETE;
    uint64_t item = hash_text(entry->item, 0), thing = item;

    thing = dyn_hash64_seeded(&thing, sizeof(thing),
                              kept ? DYN_CONTROL_KIND_DELETE : (uint64_t)entry->kind);
    if (entry->location.len > 0) {
        thing = hash_text(entry->location, thing);
    }
    if (entry->kind == DYN_CONTROL_KIND_SET_OVERRIDE) {
        thing = hash_text(entry->other, thing + entry->override);
        thing = hash_text(entry->slot, thing);
    } else if (entry->kind == DYN_CONTROL_KIND_RESTORE) {
        thing =
            restore_of(item,
                       (entry->has & DYN_CONTROL_HAS(OVERRIDE)) != 0 ? entry->override
                                                                     : DYN_CONTROL_OVERRIDE_COUNT,
                       entry->entry);
    }

    return (row_t){.offset = offset,
                   .thing = thing,
                   .item = item,
                   .other = entry->other.len == 0 ? 0 : hash_text(entry->other, 0),
                   .at_ms = entry->at_ms,
                   .position = entry->position,
                   .override = entry->override,
                   .bytes = bytes,
                   .kind = entry->kind,
                   .whole = entry->kind == DYN_CONTROL_KIND_SET_STOCK && entry->location.len == 0};
}

static uint32_t *find_thing(const compaction_t *work, uint64_t thing)
{
    uint64_t at = thing & work->mask;

    while (work->last[at] != UINT32_MAX && work->rows[work->last[at]].thing != thing) {
        at = (at + 1) & work->mask;
    }

    return &work->last[at];
}

/* The last stock of all locations of the item. */
static uint32_t *find_whole(const compaction_t *work, uint64_t item)
{
    uint64_t at = item & work->mask;

    while (work->wholes[at] != UINT32_MAX && work->rows[work->wholes[at]].item != item) {
        at = (at + 1) & work->mask;
    }

    return &work->wholes[at];
}

/* An override that a later entry takes back. */
static bool restored(const compaction_t *work, size_t number)
{
    const row_t *row = &work->rows[number];

    /* by the entry that set it, by its item, by the other one; each of its kind, or of any */
    for (unsigned i = 0; i < 6; i++) {
        dyn_control_position_t entry = i < 2 ? row->position : 0;
        uint64_t item = i < 4 ? row->item : row->other;
        uint32_t restore = *find_thing(
            work, restore_of(item, i % 2 == 0 ? row->override : DYN_CONTROL_OVERRIDE_COUNT, entry));

        if (item != 0 && restore != UINT32_MAX && restore > number) {
            return true;
        }
    }

    return false;
}

/* A stock of one location, of which a later one says something for all. */
static bool replaced(const compaction_t *work, size_t number)
{
    const row_t *row = &work->rows[number];
    uint32_t whole = *find_whole(work, row->item);

    return row->kind == DYN_CONTROL_KIND_SET_STOCK && !row->whole && whole != UINT32_MAX &&
           whole > number;
}

static bool of_overrides(const row_t *row)
{
    return row->kind == DYN_CONTROL_KIND_SET_OVERRIDE || row->kind == DYN_CONTROL_KIND_RESTORE;
}

static void mark(compaction_t *work)
{
    size_t newest = work->count;

    for (size_t i = 0; i < work->count; i++) {
        row_t *row = &work->rows[i];
        uint32_t *last;

        if (row->gone) {
            continue;
        }
        last = find_thing(work, row->thing);
        if (*last != UINT32_MAX && !replaced(work, *last)) {
            if (row->at_ms != 0 && row->at_ms < work->rows[*last].at_ms) {
                row->gone = true;
                continue;
            }
            work->rows[*last].gone = true;
        }
        *last = (uint32_t)i;
        if (row->whole) {
            *find_whole(work, row->item) = (uint32_t)i;
        }
    }
    while (newest > 0 && !of_overrides(&work->rows[newest - 1])) {
        newest--;
    }
    for (size_t i = 0; i < work->count; i++) {
        row_t *row = &work->rows[i];

        if (replaced(work, i)) {
            row->gone = true;
        }
        /* the last word about overrides stays: how far a decision knew of them is told by it */
        if (i + 1 == newest) {
            continue;
        }
        if (row->kind == DYN_CONTROL_KIND_RESTORE ||
            (row->kind == DYN_CONTROL_KIND_SET_OVERRIDE && (row->expired || restored(work, i)))) {
            row->gone = true;
        }
    }
}

static void move(dyn_control_log_t *log, const compaction_t *work)
{
    char *entries = entries_of(log);
    uint64_t used = 0, count = 0;

    log->writing = 1;
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    for (size_t i = 0; i < work->count; i++) {
        const row_t *row = &work->rows[i];

        if (!row->gone) {
            memmove(entries + used, entries + row->offset, row->bytes);
            used += row->bytes;
            count++;
        }
    }
    log->used = used;
    log->entries = count;
    log->generation++;
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    log->writing = 0;
}

/* Who died while it appended may have left the number of entries behind. */
static size_t count_entries(const dyn_control_log_t *log)
{
    const char *entries = (const char *)(log + 1);
    size_t count = 0;

    for (uint64_t at = 0; at < log->used; count++) {
        head_t head;

        memcpy(&head, entries + at, sizeof(head));
        if (head.bytes < sizeof(head)) {
            break;
        }
        at += head.bytes;
    }

    return count;
}

static void read_rows(compaction_t *work, const dyn_control_log_t *log,
                      dyn_control_position_t contained, int64_t now_ms)
{
    size_t at = 0, before = 0;
    dyn_control_entry_t entry;

    while (dyn_control_log_next((const char *)(log + 1), log->used, &at, &entry)) {
        row_t *row = &work->rows[work->count++];

        *row = row_of(&entry, before, (uint32_t)(at - before));
        row->expired = entry.kind == DYN_CONTROL_KIND_SET_OVERRIDE && entry.until_ms <= now_ms;
        row->gone = !of_overrides(row) && entry.position <= contained;
        before = at;
    }
}

bool dyn_control_log_compact(dyn_control_log_t *log, dyn_control_position_t contained,
                             int64_t now_ms)
{
    size_t entries = count_entries(log), places = 8;
    compaction_t work = {.rows = malloc((entries + 1) * sizeof(row_t))};
    bool good;

    while (places < entries * 2 + 2) {
        places *= 2;
    }
    work.mask = places - 1;
    work.last = malloc(places * sizeof(uint32_t));
    work.wholes = malloc(places * sizeof(uint32_t));
    good = work.rows != NULL && work.last != NULL && work.wholes != NULL;
    if (good) {
        memset(work.last, 0xff, places * sizeof(uint32_t));
        memset(work.wholes, 0xff, places * sizeof(uint32_t));
        read_rows(&work, log, contained, now_ms);
        mark(&work);
        move(log, &work);
    }

    free(work.rows);
    free(work.last);
    free(work.wholes);

    return good;
}

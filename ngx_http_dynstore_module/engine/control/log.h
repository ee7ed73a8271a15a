/*
 * What the control stream said since the snapshot was built, in one block of memory that processes share: entries as they came, one behind
 * the other. One process writes it; all others read what is new since they read last. It holds no pointers. Who calls keeps a lock.
 *
 * When there is no room the log is compacted: what later entries make void, what a snapshot contains and what has expired goes, and the
 * generation rises, so that readers begin at the start again. Applying what is left gives the same as applying everything.
 */
#ifndef DYN_CONTROL_LOG_H
#define DYN_CONTROL_LOG_H

#include "engine/control/entry.h"

typedef struct {
    uint64_t magic;
    uint64_t room;       /* bytes of entries that it holds at most */
    uint64_t used;       /* bytes of entries */
    uint64_t generation; /* of which these entries are; readers of another one begin at 0 */
    uint64_t
        writing; /* entries are being moved: who finds it set with nobody at work begins a new log */
    dyn_control_position_t
        newest; /* of the entries that were appended, also of those that are gone */
    uint64_t entries;
} dyn_control_log_t;

/* The least that makes sense: a hundred of the longest entries. */
enum { DYN_CONTROL_LOG_BYTES_MIN = 1 << 18 };

/* Kinds that stand in it: what holds until something else is said of the same item. Others are done with once they were read. */
bool dyn_control_log_holds(dyn_control_kind_t kind);

/* Makes an empty log of a block of `size` bytes, aligned to 8, at least DYN_CONTROL_LOG_BYTES_MIN. Also of one that was left in the middle. */
void dyn_control_log_begin(dyn_control_log_t *log, size_t size);
/* Whether the block of `size` bytes holds a log that can be gone on with. */
bool dyn_control_log_whole(const dyn_control_log_t *log, size_t size);

/* False when there is no room; then it is as it was. The fields are those of an entry that dyn_control_entry_read() takes. */
bool dyn_control_log_append(dyn_control_log_t *log, dyn_control_position_t position,
                            const dyn_control_field_t *fields, size_t count);

/*
 * Takes out what is void: entries about the same thing as a later one, unless that is older by its field `at`; those up to `contained`, the
 * position that the snapshot in use has, except overrides; overrides that end before now_ms or were taken back. The newest entry about
 * overrides stays, so that the position of who has read the rest is not before what was taken back. False without memory.
 */
bool dyn_control_log_compact(dyn_control_log_t *log, dyn_control_position_t contained,
                             int64_t now_ms);

/*
 * Copies whole entries from `offset` on, which is 0 or what the function said before in the same generation, as many as `size` has
 * room for: bytes for dyn_control_log_next(). Returns how many bytes; 0: there are no more.
 */
size_t dyn_control_log_copy(const dyn_control_log_t *log, uint64_t offset, char *bytes,
                            size_t size);

/* No entry is longer, so a copy of this size always gets on. */
enum { DYN_CONTROL_LOG_ENTRY_BYTES_MAX = 2560 };

/* The entry at *at of copied bytes; *at is moved behind it. False: there is none, or the bytes are no log's. Texts point into the bytes. */
bool dyn_control_log_next(const char *bytes, size_t length, size_t *at, dyn_control_entry_t *entry);

#endif

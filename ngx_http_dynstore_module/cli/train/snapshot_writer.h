/* Puts sections into a snapshot file: same sections, same bytes. The file appears whole, by rename, or not at all. */
#ifndef DYN_SNAPSHOT_WRITER_H
#define DYN_SNAPSHOT_WRITER_H

#include "engine/catalogue/snapshot_format.h"
#include "engine/base/types.h"

typedef struct {
    struct {
        const void *data;
        uint64_t count;
        uint32_t record_bytes; /* 0: no such section */
    } sections[DYN_SECTION_ID_END];
    int64_t as_of_ms;
    char control_position[32];
} dyn_snapshot_writer_t;

/* Adds a section of `count` records; the data stays the caller's and must stay there until the file is written. */
void dyn_snapshot_writer_add(dyn_snapshot_writer_t *writer, dyn_section_t id, const void *data,
                             uint64_t count);

/* The bytes of the file that dyn_snapshot_writer_save() writes, for free(). NULL with a sentence when memory is out. */
void *dyn_snapshot_writer_bytes(const dyn_snapshot_writer_t *writer, size_t *length,
                                dyn_error_t *error);

/* of a new file: it says what the shop shows to everybody, and nginx's workers run as another user than who builds it */
#define DYN_SNAPSHOT_FILE_MODE 0644

typedef struct {
    char build_id[33];
    uint64_t bytes;
} dyn_snapshot_written_t;

/*
 * Writes a temporary file beside `path`, validates it as a reader would, syncs it, renames it. On failure the old file stays and
 * the temporary one is removed. Its mode does not depend on the umask: it is DYN_SNAPSHOT_FILE_MODE, or that of the file that
 * is replaced, with its owners, if its group or others may read that and the writer may give the new one to the same group. `written` may be NULL.
 */
bool dyn_snapshot_writer_save(const dyn_snapshot_writer_t *writer, const char *path,
                              dyn_snapshot_written_t *written, dyn_error_t *error);

#endif

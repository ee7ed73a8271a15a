#include "cli/train/snapshot_writer.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/folder.h"
#include "engine/base/hash.h"
#include "engine/base/limits.h"
#include "engine/catalogue/snapshot.h"

/* Header and table; the sections follow it. */
typedef struct {
    dyn_snapshot_header_t header;
    dyn_section_row_t rows[DYN_SECTION_ID_END];
} frame_t;

static uint32_t record_bytes_of(dyn_section_t id)
{
    switch (id) {
#define X(c, section, name, bytes) \
    case DYN_SECTION_##c:          \
        return bytes;
        DYN_SECTIONS(X)
#undef X
    case DYN_SECTION_ID_END:
        break;
    }

    return 1;
}

void dyn_snapshot_writer_add(dyn_snapshot_writer_t *writer, dyn_section_t id, const void *data,
                             uint64_t count)
{
    writer->sections[id].data = data;
    writer->sections[id].count = count;
    writer->sections[id].record_bytes = record_bytes_of(id);
}

static uint64_t padded(uint64_t length)
{
    return (length + DYN_SNAPSHOT_ALIGNMENT - 1) & ~(uint64_t)(DYN_SNAPSHOT_ALIGNMENT - 1);
}

static size_t frame_bytes(const frame_t *frame)
{
    return sizeof(frame->header) + frame->header.section_count * sizeof(frame->rows[0]);
}

static void make_frame(const dyn_snapshot_writer_t *writer, frame_t *frame)
{
    dyn_snapshot_header_t *header = &frame->header;
    uint64_t end;

    memset(frame, 0, sizeof(*frame));
    memcpy(header->magic, DYN_SNAPSHOT_MAGIC, sizeof(header->magic));
    header->version = DYN_SNAPSHOT_VERSION;
    header->as_of_ms = writer->as_of_ms;
    memcpy(header->control_position, writer->control_position, sizeof(header->control_position));

    for (uint32_t id = 0; id < DYN_SECTION_ID_END; id++) {
        header->section_count += writer->sections[id].record_bytes != 0;
    }

    end = frame_bytes(frame);
    for (uint32_t id = 0, i = 0; id < DYN_SECTION_ID_END; id++) {
        uint32_t bytes = writer->sections[id].record_bytes;

        if (bytes != 0) {
            uint64_t length = writer->sections[id].count * bytes;

            frame->rows[i++] = (dyn_section_row_t){
                .id = id,
                .record_bytes = bytes,
                .offset = end,
                .length = length,
                .checksum = dyn_hash64(writer->sections[id].data, length),
            };
            end = padded(end + length);
        }
    }

    dyn_hash128(frame->rows, header->section_count * sizeof(frame->rows[0]), header->build_id);
    header->file_bytes = end;
    header->header_checksum = dyn_hash64(header, offsetof(dyn_snapshot_header_t, header_checksum));
}

/* Hands out the file's bytes in order. */
typedef bool (*put_fn)(void *context, const void *data, size_t length);

static bool put_all(const dyn_snapshot_writer_t *writer, const frame_t *frame, put_fn put,
                    void *context)
{
    static const char zeros[DYN_SNAPSHOT_ALIGNMENT];

    if (!put(context, frame, frame_bytes(frame))) {
        return false;
    }
    for (uint32_t i = 0; i < frame->header.section_count; i++) {
        const dyn_section_row_t *row = &frame->rows[i];

        if (!put(context, writer->sections[row->id].data, row->length) ||
            !put(context, zeros, padded(row->length) - row->length)) {
            return false;
        }
    }

    return true;
}

static bool put_memory(void *context, const void *data, size_t length)
{
    char **at = context;

    if (length != 0) {
        memcpy(*at, data, length);
        *at += length;
    }

    return true;
}

static bool put_file(void *context, const void *data, size_t length)
{
    int fd = *(const int *)context;
    const char *at = data;

    while (length != 0) {
        /* write() takes at most about 2 GB */
        ssize_t written = write(fd, at, length < 1 << 30 ? length : 1 << 30);

        if (written < 0) {
            if (errno == EINTR) {
                continue;
            }
            return false;
        }
        at += written;
        length -= (size_t)written;
    }

    return true;
}

void *dyn_snapshot_writer_bytes(const dyn_snapshot_writer_t *writer, size_t *length,
                                dyn_error_t *error)
{
    frame_t frame;

    make_frame(writer, &frame);

    char *bytes = malloc(frame.header.file_bytes), *at = bytes;
    if (bytes == NULL) {
        dyn_fail(error, "not enough memory for a snapshot of %llu bytes",
                 (unsigned long long)frame.header.file_bytes);
        return NULL;
    }

    put_all(writer, &frame, put_memory, &at);
    *length = frame.header.file_bytes;

    return bytes;
}

/*
 * nginx's workers read the file as another user, whatever umask a cron job has and mkstemp() gives. A file that is replaced, and
 * that others than its owner may read, has the mode and the owners that somebody chose; a mode without its group is worth nothing.
 */
static bool let_read(int fd, const char *path)
{
    struct stat old;

    if (stat(path, &old) == 0 && S_ISREG(old.st_mode) && (old.st_mode & (S_IRGRP | S_IROTH)) != 0 &&
        (fchown(fd, old.st_uid, old.st_gid) == 0 || fchown(fd, (uid_t)-1, old.st_gid) == 0)) {
        return fchmod(fd, old.st_mode & 0777) == 0;
    }

    return fchmod(fd, DYN_SNAPSHOT_FILE_MODE) == 0;
}

static bool write_file(const dyn_snapshot_writer_t *writer, int fd, const char *path,
                       const char *temporary, dyn_snapshot_written_t *written, dyn_error_t *error)
{
    frame_t frame;

    make_frame(writer, &frame);

    if (!put_all(writer, &frame, put_file, &fd) || !let_read(fd, path) || fsync(fd) != 0) {
        return dyn_fail(error, "%.200s: cannot be written: %s", temporary, strerror(errno));
    }

    dyn_snapshot_t *snapshot = dyn_snapshot_open(temporary, error);
    if (snapshot == NULL) {
        return false;
    }
    if (written != NULL) {
        memcpy(written->build_id, snapshot->build_id, sizeof(written->build_id));
        written->bytes = snapshot->bytes;
    }
    dyn_snapshot_close(snapshot);

    return true;
}

bool dyn_snapshot_writer_save(const dyn_snapshot_writer_t *writer, const char *path,
                              dyn_snapshot_written_t *written, dyn_error_t *error)
{
    char temporary[PATH_MAX];

    if ((size_t)snprintf(temporary, sizeof(temporary), "%s.XXXXXX", path) >= sizeof(temporary)) {
        return dyn_fail(error, "%.200s: the path is too long", path);
    }

    int fd = mkstemp(temporary);
    if (fd < 0) {
        return dyn_fail(error, "%.200s: no temporary file can be made beside it: %s", path,
                        strerror(errno));
    }

    bool done = write_file(writer, fd, path, temporary, written, error);
    close(fd);

    if (done && rename(temporary, path) != 0) {
        done = dyn_fail(error, "%.200s: cannot be replaced: %s", path, strerror(errno));
    }
    if (!done) {
        unlink(temporary);
        return false;
    }

    dyn_folder_sync(path);

    return true;
}

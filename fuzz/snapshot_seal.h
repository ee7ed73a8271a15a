/*
 * Makes the frame of a damaged snapshot right again (places, padding, checksums, build id), so that tests and the fuzzer get past it
 * to what the sections say.
 */
#ifndef SNAPSHOT_SEAL_H
#define SNAPSHOT_SEAL_H

#include <string.h>

#include "engine/base/hash.h"
#include "engine/catalogue/snapshot_format.h"

/* What stands in the table is kept where it can be; the last section takes what is left. length is a multiple of 8. */
static inline void snapshot_seal(char *bytes, size_t length)
{
    dyn_snapshot_header_t *header = (dyn_snapshot_header_t *)(void *)bytes;
    dyn_section_row_t *rows = (dyn_section_row_t *)(void *)(header + 1);
    size_t end = sizeof(*header);

    if (length < sizeof(*header)) {
        return;
    }
    memcpy(header->magic, DYN_SNAPSHOT_MAGIC, sizeof(header->magic));
    header->version = DYN_SNAPSHOT_VERSION;
    header->file_bytes = length;
    if (header->section_count > (length - end) / sizeof(*rows)) {
        header->section_count = (uint32_t)((length - end) / sizeof(*rows));
    }

    end += header->section_count * sizeof(*rows);
    for (uint32_t i = 0; i < header->section_count; i++) {
        size_t left = length - end;

        if (rows[i].length > left || i + 1 == header->section_count) {
            size_t spare = rows[i].record_bytes == 0 ? 0 : left % rows[i].record_bytes;

            rows[i].length =
                rows[i].length <= left && left - rows[i].length < 8 ? rows[i].length : left - spare;
        }
        rows[i].offset = end;
        rows[i].checksum = dyn_hash64(bytes + end, rows[i].length);
        end += rows[i].length;
        while (end % DYN_SNAPSHOT_ALIGNMENT != 0) {
            bytes[end++] = 0;
        }
    }

    dyn_hash128(rows, header->section_count * sizeof(*rows), header->build_id);
    header->header_checksum = dyn_hash64(header, offsetof(dyn_snapshot_header_t, header_checksum));
}

#endif

#include "engine/catalogue/snapshot_validate.h"

#include "engine/catalogue/traits.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/hash.h"

static const struct {
    uint32_t id;
    uint32_t record_bytes;
    dyn_str_t name;
} known[] = {
#define X(c, id, name, bytes) {id, bytes, {name, sizeof(name) - 1}},
    DYN_SECTIONS(X)
#undef X
};

static uint64_t padded(uint64_t length)
{
    return (length + (DYN_SNAPSHOT_ALIGNMENT - 1)) & ~(uint64_t)(DYN_SNAPSHOT_ALIGNMENT - 1);
}

dyn_str_t dyn_section_name(uint32_t id)
{
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (known[i].id == id) {
            return known[i].name;
        }
    }

    return DYN_STR("");
}

/* 0: the id is not known, any size of records will do. */
static uint32_t known_record_bytes(uint32_t id)
{
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (known[i].id == id) {
            return known[i].record_bytes;
        }
    }

    return 0;
}

static uint64_t count_max(const dyn_section_row_t *row)
{
    switch (row->id) {
    case DYN_SECTION_STRINGS:
        return DYN_SNAPSHOT_STRINGS_BYTES_MAX;
    case DYN_SECTION_ITEMS:
        return DYN_SNAPSHOT_ITEMS_MAX;
    case DYN_SECTION_VARIANTS:
        return DYN_SNAPSHOT_VARIANTS_MAX;
    case DYN_SECTION_CATEGORIES:
        return DYN_CATEGORIES_MAX;
    case DYN_SECTION_BUNDLES:
        return DYN_BUNDLES_MAX;
    case DYN_SECTION_POPULAR:
    case DYN_SECTION_TRENDING:
    case DYN_SECTION_RANGE:
    case DYN_SECTION_NEW_ARRIVALS:
        return DYN_POPULAR_MAX;
    default:
        /* bytes are counted by whoever reads them; records are counted with 32 bits */
        return row->record_bytes == 1 ? UINT64_MAX : DYN_SNAPSHOT_ROWS_MAX;
    }
}

bool dyn_snapshot_refuse(const dyn_snapshot_check_t *check, uint32_t section, const char *format,
                         ...)
{
    char reason[256], where[24];
    dyn_str_t name = dyn_section_name(section);
    va_list args;

    va_start(args, format);
    vsnprintf(reason, sizeof(reason), format, args);
    va_end(args);

    snprintf(where, sizeof(where), "%" PRIu32, section);

    return dyn_fail(check->error, "%.200s: section \"%s\": %s", check->name,
                    name.len != 0 ? name.data : where, reason);
}

static bool zeros(const char *data, uint64_t length)
{
    for (uint64_t i = 0; i < length; i++) {
        if (data[i] != 0) {
            return false;
        }
    }

    return true;
}

/* A stream id as Redis writes it ("1700000000000-0"), then NULs. */
static bool valid_control_position(const char position[32])
{
    size_t length = strnlen(position, 32);

    for (size_t i = 0; i < length; i++) {
        if ((position[i] < '0' || position[i] > '9') && position[i] != '-') {
            return false;
        }
    }

    return length < 32 && zeros(position + length, 32 - length);
}

static bool check_header(const dyn_snapshot_check_t *check, const char *data, uint64_t length)
{
    const dyn_snapshot_header_t *header = (const dyn_snapshot_header_t *)(const void *)data;
    const char *name = check->name;

    if (((uintptr_t)data & (DYN_SNAPSHOT_ALIGNMENT - 1)) != 0) {
        return dyn_fail(check->error,
                        "%.200s: header: lies in memory at an address that is no multiple of 8",
                        name);
    }
    if (length < sizeof(*header)) {
        return dyn_fail(check->error,
                        "%.200s: header: the file has %" PRIu64
                        " bytes, fewer than the header's %zu",
                        name, length, sizeof(*header));
    }
    if (memcmp(header->magic, DYN_SNAPSHOT_MAGIC, sizeof(header->magic)) != 0) {
        return dyn_fail(check->error,
                        "%.200s: header: does not begin with " DYN_SNAPSHOT_MAGIC
                        ": this is no snapshot",
                        name);
    }
    if (header->version != DYN_SNAPSHOT_VERSION) {
        return dyn_fail(check->error,
                        "%.200s: header: format version %" PRIu32
                        ", but this program reads version %d: build the snapshot "
                        "again with the dynstore of this release",
                        name, header->version, DYN_SNAPSHOT_VERSION);
    }
    if (header->header_checksum !=
        dyn_hash64(data, offsetof(dyn_snapshot_header_t, header_checksum))) {
        return dyn_fail(check->error,
                        "%.200s: header: the checksum does not match: the file is damaged", name);
    }
    if (header->file_bytes != length) {
        return dyn_fail(check->error,
                        "%.200s: header: speaks of %" PRIu64 " bytes, but the file has %" PRIu64
                        ": it was cut or is still being written",
                        name, header->file_bytes, length);
    }
    if (header->section_count > DYN_SNAPSHOT_SECTIONS_MAX) {
        return dyn_fail(check->error, "%.200s: header: %" PRIu32 " sections; at most %d can be",
                        name, header->section_count, DYN_SNAPSHOT_SECTIONS_MAX);
    }
    if (!valid_control_position(header->control_position)) {
        return dyn_fail(check->error, "%.200s: header: the control position is no id of a stream",
                        name);
    }

    return true;
}

bool dyn_snapshot_check_header(const dyn_snapshot_header_t *header, uint64_t length,
                               const char *name, dyn_error_t *error)
{
    dyn_snapshot_check_t check = {.name = name, .error = error};

    return check_header(&check, (const char *)header, length);
}

/* Order, sizes and places of the sections; nothing of them is read but padding. */
static bool check_table(const dyn_snapshot_check_t *check, const char *data, uint64_t length)
{
    const dyn_snapshot_header_t *header = (const dyn_snapshot_header_t *)(const void *)data;
    const dyn_section_row_t *rows = (const dyn_section_row_t *)(const void *)(header + 1);
    uint64_t table_bytes = header->section_count * sizeof(*rows);
    uint8_t build_id[16];

    if (table_bytes > length - sizeof(*header)) {
        return dyn_fail(check->error,
                        "%.200s: section table: %" PRIu32 " rows do not fit in the file's %" PRIu64
                        " bytes",
                        check->name, header->section_count, length);
    }

    dyn_hash128(rows, table_bytes, build_id);
    if (memcmp(build_id, header->build_id, sizeof(build_id)) != 0) {
        return dyn_fail(
            check->error,
            "%.200s: section table: does not match the header's build id: the file is damaged",
            check->name);
    }

    uint64_t end = sizeof(*header) + table_bytes; /* a multiple of 8, as both sizes are */

    for (uint32_t i = 0; i < header->section_count; i++) {
        const dyn_section_row_t *row = &rows[i];
        uint32_t bytes = known_record_bytes(row->id);

        if (i > 0 && row->id <= rows[i - 1].id) {
            return dyn_snapshot_refuse(
                check, row->id, "stands in the table after section %" PRIu32 ": ids must rise",
                rows[i - 1].id);
        }
        if (row->offset != end) {
            return dyn_snapshot_refuse(
                check, row->id, "begins at byte %" PRIu64 ", not at %" PRIu64, row->offset, end);
        }
        if (row->record_bytes == 0 || (bytes != 0 && row->record_bytes != bytes)) {
            return dyn_snapshot_refuse(check, row->id,
                                       "has records of %" PRIu32 " bytes, not of %" PRIu32,
                                       row->record_bytes, bytes);
        }
        if (row->length % row->record_bytes != 0) {
            return dyn_snapshot_refuse(
                check, row->id, "%" PRIu64 " bytes are no whole number of records of %" PRIu32,
                row->length, row->record_bytes);
        }
        if (row->length > length - end) {
            return dyn_snapshot_refuse(check, row->id,
                                       "%" PRIu64 " bytes from byte %" PRIu64
                                       " go beyond the file's %" PRIu64,
                                       row->length, row->offset, length);
        }
        if (row->length / row->record_bytes > count_max(row)) {
            return dyn_snapshot_refuse(check, row->id,
                                       "holds %" PRIu64 " records; at most %" PRIu64 " can be",
                                       row->length / row->record_bytes, count_max(row));
        }

        end += row->length;
        if (padded(end) > length || !zeros(data + end, padded(end) - end)) {
            return dyn_snapshot_refuse(check, row->id,
                                       "is not padded with zeros to a multiple of 8 bytes");
        }
        end = padded(end);
    }

    if (end != length) {
        return dyn_fail(check->error,
                        "%.200s: section table: the last section ends at byte %" PRIu64
                        ", the file at %" PRIu64,
                        check->name, end, length);
    }

    return true;
}

static bool check_checksums(const dyn_snapshot_check_t *check, const char *data)
{
    const dyn_snapshot_header_t *header = (const dyn_snapshot_header_t *)(const void *)data;
    const dyn_section_row_t *rows = (const dyn_section_row_t *)(const void *)(header + 1);

    for (uint32_t i = 0; i < header->section_count; i++) {
        if (dyn_hash64(data + rows[i].offset, (size_t)rows[i].length) != rows[i].checksum) {
            return dyn_snapshot_refuse(check, rows[i].id,
                                       "the checksum does not match: the file is damaged");
        }
    }

    return true;
}

static uint32_t rows_of(const dyn_snapshot_t *snapshot, dyn_section_t id)
{
    return (uint32_t)snapshot->sections[id].count;
}

static void fill_model_version(dyn_snapshot_t *snapshot, const dyn_section_row_t *rows)
{
    uint64_t checksums[DYN_MODEL_SECTIONS_COUNT] = {0};
    bool any = false;

    for (uint32_t i = 0; i < snapshot->header->section_count; i++) {
        uint32_t section = rows[i].id - DYN_SECTION_MODEL_HEADER;

        if (rows[i].id >= DYN_SECTION_MODEL_HEADER && section < DYN_MODEL_SECTIONS_COUNT) {
            checksums[section] = rows[i].checksum;
            any = true;
        }
    }
    if (any) {
        snprintf(snapshot->model_version, sizeof(snapshot->model_version), "%016llx",
                 (unsigned long long)dyn_hash64(checksums, sizeof(checksums)));
    }
}

static void fill_views(dyn_snapshot_t *snapshot, const char *data)
{
    const dyn_snapshot_header_t *header = (const dyn_snapshot_header_t *)(const void *)data;
    const dyn_section_row_t *rows = (const dyn_section_row_t *)(const void *)(header + 1);
    const dyn_section_view_t *sections = snapshot->sections;

    snapshot->header = header;
    snapshot->bytes = header->file_bytes;
    for (size_t i = 0; i < sizeof(header->build_id); i++) {
        snprintf(snapshot->build_id + 2 * i, 3, "%02x", header->build_id[i]);
    }

    fill_model_version(snapshot, rows);

    for (uint32_t i = 0; i < header->section_count; i++) {
        if (rows[i].id < DYN_SECTION_ID_END) {
            snapshot->sections[rows[i].id] = (dyn_section_view_t){
                .data = data + rows[i].offset,
                .length = rows[i].length,
                .count = rows[i].length / rows[i].record_bytes,
            };
        }
    }

    snapshot->strings = sections[DYN_SECTION_STRINGS].data;
    snapshot->items = sections[DYN_SECTION_ITEMS].data;
    snapshot->item_count = rows_of(snapshot, DYN_SECTION_ITEMS);
    snapshot->categories = sections[DYN_SECTION_CATEGORIES].data;
    snapshot->category_count = rows_of(snapshot, DYN_SECTION_CATEGORIES);
    snapshot->brands = sections[DYN_SECTION_BRANDS].data;
    snapshot->brand_count = rows_of(snapshot, DYN_SECTION_BRANDS);
    snapshot->variants = sections[DYN_SECTION_VARIANTS].data;
    snapshot->variant_count = rows_of(snapshot, DYN_SECTION_VARIANTS);
    snapshot->traits = sections[DYN_SECTION_TRAITS].data;
    snapshot->trait_count = rows_of(snapshot, DYN_SECTION_TRAITS);
    snapshot->item_traits = sections[DYN_SECTION_ITEM_TRAITS].data;
    snapshot->details = sections[DYN_SECTION_ITEM_DETAILS].data;
    snapshot->texts = sections[DYN_SECTION_TEXTS].data;
    snapshot->aliases = sections[DYN_SECTION_ALIASES].data;
    snapshot->alias_count = rows_of(snapshot, DYN_SECTION_ALIASES);
    snapshot->alias_variants = sections[DYN_SECTION_ALIAS_VARIANTS].data;
    snapshot->countries = sections[DYN_SECTION_COUNTRIES].data;
    snapshot->compatible = sections[DYN_SECTION_COMPATIBLE].data;
    snapshot->bundles = sections[DYN_SECTION_BUNDLES].data;
    snapshot->bundle_count = rows_of(snapshot, DYN_SECTION_BUNDLES);
}

bool dyn_snapshot_validate(dyn_snapshot_t *snapshot, const void *data, uint64_t length,
                           const char *name, dyn_error_t *error)
{
    dyn_snapshot_check_t check = {.snapshot = snapshot, .name = name, .error = error};

    if (length > SIZE_MAX) {
        return dyn_fail(error, "%.200s: %" PRIu64 " bytes are more than this machine can address",
                        name, length);
    }
    if (!check_header(&check, data, length) || !check_table(&check, data, length) ||
        !check_checksums(&check, data)) {
        return false;
    }

    fill_views(snapshot, data);

    bool valid = dyn_snapshot_validate_contents(&check);
    free(check.string_starts);
    if (valid) {
        dyn_traits_open(snapshot);
    }

    return valid;
}

#include "cli/input/records.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/stream.h"
#include "cli/input/lines.h"
#include "redis/keys.h"

enum { arena_bytes = 4 << 20 };

bool dyn_records_from(const char *value, dyn_records_source_t *source, dyn_error_t *error)
{
    if (strncmp(value, "redis://", 8) == 0 || strncmp(value, "unix:", 5) == 0) {
        return dyn_redis_option("from", value, &source->redis, error);
    }
    source->path = value;

    return true;
}

bool dyn_records_pass_over(dyn_records_source_t *source, const char *format, ...)
{
    if (source->passed_over++ == 0) {
        va_list args;

        va_start(args, format);
        vsnprintf(source->first.text, sizeof(source->first.text), format, args);
        va_end(args);
    }

    return true;
}

void dyn_records_warn(const char *command, const dyn_records_source_t *source)
{
    if (source->passed_over > 0) {
        fprintf(stderr,
                "dynstore %s: %" PRIu64
                " records were passed over that cannot be read; the first: %s\n",
                command, source->passed_over, source->first.text);
    }
}

static bool read_file(dyn_records_source_t *source, dyn_record_pt take, void *data, char *block,
                      dyn_error_t *error)
{
    const char *path = source->path;
    dyn_lines_t *lines = dyn_lines_open(path, error);
    bool good = lines != NULL;
    dyn_str_t line;

    while (good && dyn_lines_next(lines, &line)) {
        dyn_arena_t arena;
        dyn_record_t record;
        dyn_error_t reason;

        if (line.len == 0) {
            continue;
        }
        dyn_arena_init(&arena, block, arena_bytes, NULL, NULL);
        if (dyn_record_read_line(line, &arena, &record, &reason)) {
            source->taken++;
            good = take(data, &record, error);
        } else {
            dyn_records_pass_over(source, "%.200s:%" PRIu64 ": %.200s", path,
                                  dyn_lines_number(lines), reason.text);
        }
    }

    return (lines == NULL || dyn_lines_close(lines, good ? error : NULL)) && good;
}

typedef struct {
    dyn_records_source_t *source;
    dyn_record_pt take;
    void *data;
} stream_t;

static bool take_entry(void *data, const char *id, const dyn_fact_t *fields, size_t count,
                       dyn_error_t *error)
{
    stream_t *stream = data;
    dyn_record_t record;
    dyn_error_t reason;

    if (!dyn_record_read_fields(fields, count, &record, &reason)) {
        return dyn_records_pass_over(stream->source, "entry %.40s: %.200s", id, reason.text);
    }
    stream->source->taken++;

    return stream->take(stream->data, &record, error);
}

static bool read_all(dyn_records_source_t *source, dyn_record_pt take, void *data,
                     dyn_error_t *error)
{
    if (source->path != NULL) {
        char *block = malloc(arena_bytes);
        bool good = block != NULL ? read_file(source, take, data, block, error)
                                  : dyn_fail(error, "not enough memory");

        free(block);
        return good;
    }

    char key[DYN_REDIS_PREFIX_BYTES_MAX + DYN_REDIS_DECISIONS_MORE + 1];
    stream_t stream = {source, take, data};

    *dyn_redis_decisions_write(key, dyn_str_from(source->prefix)) = '\0';

    return dyn_stream_read(&source->redis, source->password_path, key, source->since, take_entry,
                           &stream, error);
}

bool dyn_records_read(dyn_records_source_t *source, dyn_record_pt take, void *data,
                      dyn_error_t *error)
{
    source->taken = 0;
    source->passed_over = 0;

    return read_all(source, take, data, error) && (source->passed_over == 0 || source->taken > 0 ||
                                                   dyn_fail(error, "%s", source->first.text));
}

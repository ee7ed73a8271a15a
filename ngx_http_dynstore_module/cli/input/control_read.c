#include "cli/input/control_read.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/control_stream.h"
#include "cli/input/lines.h"

enum { chunk_bytes = 1 << 16 };

typedef struct chunk_s {
    struct chunk_s *next;
    size_t used;
    char bytes[chunk_bytes];
} chunk_t;

bool dyn_control_from(const char *value, dyn_control_source_t *source, dyn_error_t *error)
{
    if (strncmp(value, "redis://", 8) == 0 || strncmp(value, "unix:", 5) == 0) {
        return dyn_redis_option("control", value, &source->redis, error);
    }
    source->path = value;

    return true;
}

bool dyn_control_is_given(const dyn_control_source_t *source)
{
    return source->path != NULL || source->redis.shown[0] != '\0';
}

/* ---- entries ---- */

static bool pass_over(dyn_control_entries_t *entries, const dyn_error_t *reason)
{
    if (entries->passed_over++ == 0) {
        entries->first = *reason;
    }

    return true;
}

/* DYN_STR_NONE: no memory. */
static dyn_str_t keep_text(dyn_control_entries_t *entries, dyn_str_t text)
{
    chunk_t *chunk = entries->texts;

    if (chunk == NULL || chunk_bytes - chunk->used < text.len) {
        chunk = malloc(sizeof(*chunk));
        if (chunk == NULL) {
            return DYN_STR_NONE;
        }
        chunk->next = entries->texts;
        chunk->used = 0;
        entries->texts = chunk;
    }

    char *at = chunk->bytes + chunk->used;

    if (text.len > 0) {
        memcpy(at, text.data, text.len);
    }
    chunk->used += text.len;

    return (dyn_str_t){at, text.len};
}

static bool keep(dyn_control_entries_t *entries, const dyn_control_entry_t *entry,
                 dyn_error_t *error)
{
    dyn_control_entry_t kept = *entry;
    dyn_str_t *texts[] = {&kept.visitor,  &kept.item,  &kept.also,    &kept.other,
                          &kept.location, &kept.slot,  &kept.version, &kept.customer,
                          &kept.author,   &kept.reason};

    if (entries->count == entries->room) {
        size_t room = entries->room * 2 + 256;
        dyn_control_entry_t *rows = realloc(entries->rows, room * sizeof(*rows));

        if (rows == NULL) {
            return dyn_fail(error, "not enough memory for the entries of the control stream");
        }
        entries->rows = rows;
        entries->room = room;
    }
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (texts[i]->len > 0) {
            *texts[i] = keep_text(entries, *texts[i]);
            if (texts[i]->data == NULL) {
                return dyn_fail(error, "not enough memory for the entries of the control stream");
            }
        }
    }
    entries->rows[entries->count++] = kept;

    return true;
}

/* where: names the entry in a sentence. */
static bool take_fields(dyn_control_entries_t *entries, dyn_str_t id,
                        const dyn_control_field_t *fields, size_t count, const char *where,
                        dyn_error_t *error)
{
    dyn_control_entry_t entry;
    dyn_error_t reason, sentence;

    if (!dyn_control_entry_read(fields, count, &entry, &reason)) {
        dyn_fail(&sentence, "%s: %.200s", where, reason.text);
        return pass_over(entries, &sentence);
    }
    if (!dyn_control_position_read(id, &entry.position) || entry.position == 0) {
        dyn_fail(&sentence,
                 "%s: \"id\" is \"%.*s\", which is no id of the control stream; such as "
                 "1700000000000-0 would be right",
                 where, id.len < 64 ? (int)id.len : 64, id.data == NULL ? "" : id.data);
        return pass_over(entries, &sentence);
    }

    return keep(entries, &entry, error);
}

static bool take_line(dyn_control_entries_t *entries, dyn_str_t line, const char *where,
                      dyn_error_t *error)
{
    dyn_control_field_t fields[DYN_STREAM_FIELDS_MAX];
    json_error_t problem;
    json_t *object = json_loadb(line.data, line.len, 0, &problem), *value;
    dyn_str_t id = DYN_STR_NONE;
    dyn_error_t sentence;
    const char *name;
    size_t count = 0;
    bool good = json_is_object(object);

    if (!good) {
        dyn_fail(&sentence, "%s: is no JSON object", where);
    }
    json_object_foreach(object, name, value)
    {
        dyn_str_t text = {json_string_value(value), json_string_length(value)};

        if (text.data == NULL && good) {
            good = dyn_fail(&sentence, "%s: \"%.40s\" is no text", where, name);
        } else if (strcmp(name, "id") == 0) {
            id = text;
        } else if (count < DYN_STREAM_FIELDS_MAX) {
            fields[count++] = (dyn_control_field_t){dyn_str_from(name), text};
        }
    }
    good = good ? take_fields(entries, id, fields, count, where, error)
                : pass_over(entries, &sentence);
    json_decref(object);

    return good;
}

static bool read_file(const char *path, dyn_control_entries_t *entries, dyn_error_t *error)
{
    dyn_lines_t *lines = dyn_lines_open(path, error);
    bool good = lines != NULL;
    dyn_str_t line;
    char where[256];

    while (good && dyn_lines_next(lines, &line)) {
        snprintf(where, sizeof(where), "%.200s:%" PRIu64, path, dyn_lines_number(lines));
        good = line.len == 0 || take_line(entries, line, where, error);
    }

    return (lines == NULL || dyn_lines_close(lines, good ? error : NULL)) && good;
}

static bool take_entry(void *data, const char *id, const dyn_fact_t *facts, size_t count,
                       dyn_error_t *error)
{
    dyn_control_field_t fields[DYN_STREAM_FIELDS_MAX];
    char where[DYN_STREAM_ID_BYTES + 8];

    for (size_t i = 0; i < count; i++) {
        fields[i] = (dyn_control_field_t){facts[i].name, facts[i].value};
    }
    snprintf(where, sizeof(where), "entry %s", id);

    return take_fields(data, dyn_str_from(id), fields, count, where, error);
}

static int by_position(const void *a, const void *b)
{
    dyn_control_position_t first = ((const dyn_control_entry_t *)a)->position;
    dyn_control_position_t second = ((const dyn_control_entry_t *)b)->position;

    return first < second ? -1 : first > second;
}

bool dyn_control_read(const dyn_control_source_t *source, dyn_control_entries_t *entries,
                      dyn_error_t *error)
{
    bool good = true;

    memset(entries, 0, sizeof(*entries));
    if (source->path != NULL) {
        good = read_file(source->path, entries, error);
    } else if (dyn_control_is_given(source)) {
        good = dyn_control_stream_read(&source->redis, source->password_path, source->prefix, NULL,
                                       take_entry, entries, error);
    }
    if (entries->count > 0) {
        qsort(entries->rows, entries->count, sizeof(*entries->rows), by_position);
    }

    return good;
}

void dyn_control_entries_free(dyn_control_entries_t *entries)
{
    chunk_t *chunk = entries->texts;

    while (chunk != NULL) {
        chunk_t *next = chunk->next;

        free(chunk);
        chunk = next;
    }
    free(entries->rows);
    memset(entries, 0, sizeof(*entries));
}

void dyn_control_warn(const char *command, const dyn_control_entries_t *entries)
{
    if (entries->passed_over > 0) {
        fprintf(stderr,
                "dynstore %s: %" PRIu64
                " entries of --control were passed over that cannot be read; the first: %s\n",
                command, entries->passed_over, entries->first.text);
    }
}

/* ---- laid over a snapshot ---- */

bool dyn_lay_over(dyn_laid_over_t *laid, dyn_control_position_t position, dyn_error_t *error)
{
    const dyn_control_entries_t *entries = laid->entries;
    char end[DYN_CONTROL_POSITION_BYTES], wanted[DYN_CONTROL_POSITION_BYTES];
    dyn_control_position_t newest =
        entries->count == 0 ? 0 : entries->rows[entries->count - 1].position;

    if (position != UINT64_MAX && position > newest) {
        dyn_control_position_write(newest, end);
        dyn_control_position_write(position, wanted);
        return dyn_fail(error,
                        "it was decided with what the control stream said up to %s, and "
                        "--control URL|FILE %s%s",
                        wanted, newest == 0 ? "is needed to tell" : "ends at ", end);
    }
    if (laid->snapshot->overlay != NULL &&
        (position == 0 ||
         (laid->applied > 0 && entries->rows[laid->applied - 1].position > position))) {
        dyn_overlay_free(laid->snapshot->overlay);
        laid->applied = 0;
    }
    if (position == 0) {
        return true;
    }
    if (laid->snapshot->overlay == NULL && dyn_overlay_create(laid->snapshot) == NULL) {
        return dyn_fail(error, "not enough memory to lay the control stream over the snapshot");
    }
    while (laid->applied < entries->count && entries->rows[laid->applied].position <= position) {
        if (!dyn_overlay_apply(laid->snapshot->overlay, &entries->rows[laid->applied])) {
            return dyn_fail(error, "not enough memory to lay the control stream over the snapshot");
        }
        laid->applied++;
    }

    return true;
}

#include "cli/input/records.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/redis.h"
#include "cli/input/lines.h"
#include "redis/keys.h"

enum { arena_bytes = 4 << 20, fields_max = 16 };

bool dyn_records_from(const char *value, dyn_records_source_t *source, dyn_error_t *error)
{
    if (strncmp(value, "redis://", 8) == 0 || strncmp(value, "unix:", 5) == 0) {
        return dyn_redis_option("--from", value, &source->redis, error);
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

static dyn_str_t text_of(const redisReply *reply)
{
    return reply->type == REDIS_REPLY_STRING ? (dyn_str_t){reply->str, (size_t)reply->len}
                                             : DYN_STR_NONE;
}

/* An entry: its id, and name, value, name, value ... */
static bool take_entry(dyn_records_source_t *source, const redisReply *entry, char *last,
                       size_t last_size, dyn_record_pt take, void *data, dyn_error_t *error)
{
    dyn_fact_t fields[fields_max];
    dyn_record_t record;
    dyn_error_t reason;
    size_t count = 0;

    if (entry->type != REDIS_REPLY_ARRAY || entry->elements != 2 ||
        entry->element[0]->type != REDIS_REPLY_STRING ||
        entry->element[1]->type != REDIS_REPLY_ARRAY) {
        return dyn_fail(error, "XREAD: an unexpected kind of answer");
    }
    snprintf(last, last_size, "%s", entry->element[0]->str);

    const redisReply *list = entry->element[1];

    for (size_t i = 0; i + 1 < list->elements && count < fields_max; i += 2) {
        fields[count++] = (dyn_fact_t){text_of(list->element[i]), text_of(list->element[i + 1])};
    }

    if (!dyn_record_read_fields(fields, count, &record, &reason)) {
        return dyn_records_pass_over(source, "entry %.40s: %.200s", last, reason.text);
    }
    source->taken++;

    return take(data, &record, error);
}

static bool read_stream(dyn_records_source_t *source, redisContext *redis, dyn_record_pt take,
                        void *data, dyn_error_t *error)
{
    char key[DYN_REDIS_PREFIX_BYTES_MAX + DYN_REDIS_DECISIONS_MORE + 1], last[64];
    const char *words[] = {"XREAD", "COUNT", "100", "STREAMS", key, last};

    *dyn_redis_decisions_write(key, dyn_str_from(source->prefix)) = '\0';
    snprintf(last, sizeof(last), "%s", source->since == NULL ? "0" : source->since);
    for (;;) {
        redisReply *reply = redisCommandArgv(redis, 6, words, NULL);
        bool good = true;

        if (reply == NULL || reply->type == REDIS_REPLY_ERROR) {
            dyn_fail(error, "%.200s: XREAD: %.100s", source->redis.shown,
                     reply == NULL ? redis->errstr : "the command was refused");
            freeReplyObject(reply);
            return false;
        }

        /* nil, or a list of one stream: its key and its entries */
        const redisReply *entries = reply->type == REDIS_REPLY_ARRAY && reply->elements == 1 &&
                                            reply->element[0]->elements == 2
                                        ? reply->element[0]->element[1]
                                        : NULL;
        bool more = entries != NULL && entries->elements > 0;

        for (size_t i = 0; more && good && i < entries->elements; i++) {
            good = take_entry(source, entries->element[i], last, sizeof(last), take, data, error);
        }
        freeReplyObject(reply);
        if (!good || !more) {
            return good;
        }
    }
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

    char password[DYN_REDIS_PASSWORD_BYTES_MAX + 1];
    redisContext *redis = dyn_redis_password(&source->redis, source->password_path, password, error)
                              ? dyn_redis_open(&source->redis, password, error)
                              : NULL;
    bool good = redis != NULL && read_stream(source, redis, take, data, error);

    explicit_bzero(password, sizeof(password));
    if (redis != NULL) {
        redisFree(redis);
    }

    return good;
}

bool dyn_records_read(dyn_records_source_t *source, dyn_record_pt take, void *data,
                      dyn_error_t *error)
{
    source->taken = 0;
    source->passed_over = 0;

    return read_all(source, take, data, error) && (source->passed_over == 0 || source->taken > 0 ||
                                                   dyn_fail(error, "%s", source->first.text));
}

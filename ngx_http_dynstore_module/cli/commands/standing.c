#include "cli/commands/standing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/control_stream.h"
#include "redis/keys.h"

enum { DELETED_AT_ONCE = 100 };

static bool take_entry(void *data, const char *id, const dyn_fact_t *facts, size_t count,
                       dyn_error_t *error)
{
    dyn_standing_t *standing = data;
    dyn_control_field_t fields[DYN_STREAM_FIELDS_MAX];
    dyn_control_entry_t entry;

    (void)error;
    for (size_t i = 0; i < count; i++) {
        fields[i] = (dyn_control_field_t){facts[i].name, facts[i].value};
    }
    if (!dyn_control_entry_read(fields, count, &entry, NULL) ||
        !dyn_control_position_read(dyn_str_from(id), &entry.position)) {
        return true;
    }
    standing->newest = entry.position;
    if (dyn_control_kind_lasts(entry.kind)) {
        standing->last[entry.kind] = entry.position;
        (void)dyn_overrides_apply(&standing->overrides, &entry);
    }
    if (entry.kind == DYN_CONTROL_KIND_KILL) {
        (void)snprintf(standing->author, sizeof(standing->author), "%.*s", (int)entry.author.len,
                       entry.author.data);
        (void)snprintf(standing->reason, sizeof(standing->reason), "%.*s", (int)entry.reason.len,
                       entry.reason.data);
    }

    return true;
}

bool dyn_standing_read(const dyn_target_t *target, dyn_standing_t *standing, dyn_error_t *error)
{
    memset(standing, 0, sizeof(*standing));
    dyn_overrides_begin(&standing->overrides);

    return dyn_control_stream_read(&target->address, target->password_path, target->prefix, NULL,
                                   take_entry, standing, error);
}

void dyn_standing_free(dyn_standing_t *standing)
{
    dyn_overrides_end(&standing->overrides);
}

bool dyn_standing_killed(const dyn_standing_t *standing)
{
    return standing->last[DYN_CONTROL_KIND_KILL] > standing->last[DYN_CONTROL_KIND_REVIVE];
}

const dyn_control_entry_t *dyn_standing_find(const dyn_standing_t *standing,
                                             dyn_control_position_t position)
{
    for (uint32_t i = 0; i < standing->overrides.count; i++) {
        if (standing->overrides.rows[i].position == position) {
            return &standing->overrides.rows[i];
        }
    }

    return NULL;
}

/* ---- tidying ---- */

typedef struct {
    const dyn_standing_t *standing;
    char (*ids)[DYN_STREAM_ID_BYTES];
    size_t count;
    size_t room;
} void_t;

static bool stands(const dyn_standing_t *standing, dyn_control_position_t position)
{
    for (unsigned kind = 0; kind < DYN_CONTROL_KIND_COUNT; kind++) {
        bool listed = kind == DYN_CONTROL_KIND_SET_OVERRIDE || kind == DYN_CONTROL_KIND_RESTORE;

        if (!listed && standing->last[kind] == position) {
            return true;
        }
    }

    return position > standing->newest || dyn_standing_find(standing, position) != NULL;
}

static bool take_void(void *data, const char *id, const dyn_fact_t *facts, size_t count,
                      dyn_error_t *error)
{
    void_t *gone = data;
    dyn_control_position_t position;

    (void)facts;
    (void)count;
    if (!dyn_control_position_read(dyn_str_from(id), &position) ||
        stands(gone->standing, position)) {
        return true;
    }
    if (gone->count == gone->room) {
        size_t room = gone->room * 2 + 256;
        void *ids = realloc(gone->ids, room * sizeof(*gone->ids));

        if (ids == NULL) {
            return dyn_fail(error, "not enough memory for the ids of entries");
        }
        gone->ids = ids;
        gone->room = room;
    }
    (void)snprintf(gone->ids[gone->count++], DYN_STREAM_ID_BYTES, "%s", id);

    return true;
}

static bool delete_entries(dyn_target_t *target, const char *key, const void_t *gone,
                           dyn_error_t *error)
{
    for (size_t i = 0; i < gone->count; i += DELETED_AT_ONCE) {
        const char *words[2 + DELETED_AT_ONCE] = {"XDEL", key};
        int count = 2;
        redisReply *reply;

        for (size_t j = i; j < gone->count && j < i + DELETED_AT_ONCE; j++) {
            words[count++] = gone->ids[j];
        }
        reply = dyn_target_ask(target, REDIS_REPLY_INTEGER, count, words, error);
        if (reply == NULL) {
            return false;
        }
        freeReplyObject(reply);
    }

    return true;
}

bool dyn_standing_tidy(dyn_target_t *target, const dyn_standing_t *standing, dyn_error_t *error)
{
    char key[DYN_REDIS_PREFIX_BYTES_MAX + DYN_REDIS_LASTING_MORE + 1];
    const char *words[] = {"XLEN", key};
    void_t gone = {.standing = standing};
    redisReply *reply;
    bool good, worth;

    *dyn_redis_lasting_write(key, dyn_str_from(target->prefix)) = '\0';
    reply = dyn_target_ask(target, REDIS_REPLY_INTEGER, 2, words, error);
    if (reply == NULL) {
        return false;
    }
    worth = reply->integer > DYN_STANDING_TIDY_ENTRIES;
    freeReplyObject(reply);
    good = !worth || (dyn_stream_read(&target->address, target->password_path, key, NULL, take_void,
                                      &gone, error) &&
                      delete_entries(target, key, &gone, error));
    free(gone.ids);

    return good;
}

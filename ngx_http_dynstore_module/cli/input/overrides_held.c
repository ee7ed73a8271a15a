#include "cli/input/overrides_held.h"

#include <stdio.h>
#include <stdlib.h>

static bool is_about(const dyn_control_entry_t *entry)
{
    return entry->kind == DYN_CONTROL_KIND_SET_OVERRIDE || entry->kind == DYN_CONTROL_KIND_RESTORE;
}

bool dyn_overrides_held_begin(dyn_overrides_held_t *held, const dyn_control_entries_t *entries,
                              dyn_error_t *error)
{
    held->entries = entries;
    held->about = malloc((entries->count + 1) * sizeof(*held->about));
    if (held->about == NULL) {
        return dyn_fail(error, "not enough memory for overrides");
    }
    for (size_t i = 0; i < entries->count; i++) {
        if (is_about(&entries->rows[i])) {
            held->about[held->about_count++] = i;
        }
    }

    return true;
}

void dyn_overrides_held_end(dyn_overrides_held_t *held)
{
    free(held->about);
    dyn_overrides_end(&held->before);
    dyn_overrides_end(&held->tried);
    dyn_overrides_end(&held->less);
}

static const dyn_control_entry_t *about(const dyn_overrides_held_t *held, size_t number)
{
    return &held->entries->rows[held->about[number]];
}

static bool meets(const dyn_overrides_t *overrides, const char *const *alone, size_t alone_count,
                  const char *wanted)
{
    char version[DYN_POLICY_VERSION_BYTES + 1];

    for (size_t i = 0; i < alone_count; i++) {
        dyn_policy_version_beside(alone[i], overrides, version);
        if (strcmp(version, wanted) == 0) {
            return true;
        }
    }

    return false;
}

/* DYN_TIME_MS_MAX: none has ended. */
static int64_t first_end(const dyn_overrides_t *overrides, int64_t time_ms)
{
    int64_t first = DYN_TIME_MS_MAX;

    for (uint32_t i = 0; i < overrides->count; i++) {
        int64_t until_ms = overrides->rows[i].until_ms;

        first = until_ms <= time_ms && until_ms < first ? until_ms : first;
    }

    return first;
}

static bool copy(dyn_overrides_t *to, const dyn_overrides_t *from, dyn_error_t *error)
{
    dyn_overrides_end(to);

    return dyn_overrides_copy(to, from) || dyn_fail(error, "not enough memory for overrides");
}

/* What is tried, then without those that ended first, one after the other. */
static bool try_one(dyn_overrides_held_t *held, const char *const *alone, size_t alone_count,
                    const char *version, int64_t time_ms, const dyn_overrides_t **found,
                    dyn_error_t *error)
{
    int64_t end_ms = first_end(&held->tried, time_ms);

    if (meets(&held->tried, alone, alone_count, version)) {
        *found = &held->tried;
        return true;
    }
    if (end_ms == DYN_TIME_MS_MAX) {
        return true;
    }
    if (!copy(&held->less, &held->tried, error)) {
        return false;
    }
    for (; *found == NULL && end_ms != DYN_TIME_MS_MAX; end_ms = first_end(&held->less, time_ms)) {
        dyn_overrides_expire(&held->less, end_ms);
        *found = meets(&held->less, alone, alone_count, version) ? &held->less : NULL;
    }

    return true;
}

static bool try_all(dyn_overrides_held_t *held, size_t count, const char *const *alone,
                    size_t alone_count, const char *version, int64_t time_ms,
                    const dyn_overrides_t **found, dyn_error_t *error)
{
    size_t at = count > DYN_OVERRIDES_HELD_BACK ? count - DYN_OVERRIDES_HELD_BACK : 0;

    if (held->before_count > at) {
        dyn_overrides_end(&held->before);
        dyn_overrides_begin(&held->before);
        held->before_count = 0;
    }
    while (held->before_count < at) {
        (void)dyn_overrides_apply(&held->before, about(held, held->before_count++));
    }
    if (!copy(&held->tried, &held->before, error)) {
        return false;
    }
    for (;;) {
        if (!try_one(held, alone, alone_count, version, time_ms, found, error)) {
            return false;
        }
        if (*found != NULL || at == count) {
            return true;
        }
        (void)dyn_overrides_apply(&held->tried, about(held, at++));
    }
}

bool dyn_overrides_held(dyn_overrides_held_t *held, const char *const *alone, size_t alone_count,
                        const char *version, dyn_control_position_t position, int64_t time_ms,
                        const dyn_overrides_t **found, dyn_error_t *error)
{
    size_t count = 0, ended = 0;

    *found = NULL;
    for (; count < held->about_count && about(held, count)->position <= position; count++) {
        ended += about(held, count)->until_ms <= time_ms;
    }
    for (size_t i = 0; i < DYN_OVERRIDES_HELD_FAILED; i++) {
        if (held->failed[i].count == count && held->failed[i].ended == ended &&
            strcmp(held->failed[i].version, version) == 0) {
            return true;
        }
    }
    if (!try_all(held, count, alone, alone_count, version, time_ms, found, error)) {
        return false;
    }
    if (*found == NULL) {
        size_t place = held->failures++ % DYN_OVERRIDES_HELD_FAILED;

        (void)snprintf(held->failed[place].version, sizeof(held->failed[place].version), "%s",
                       version);
        held->failed[place].count = count;
        held->failed[place].ended = ended;
    }

    return true;
}

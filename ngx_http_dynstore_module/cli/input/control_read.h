/* Entries of a shop's control stream, of a file of lines or from Redis, and snapshots with what these say laid over them. */
#ifndef DYN_CONTROL_READ_H
#define DYN_CONTROL_READ_H

#include "engine/catalogue/overlay.h"
#include "redis/url.h"

/*
 * A file has JSON Lines, as `dynstore control list --json` prints them: the entry's id and its fields, all of them texts,
 * {"id":"1700000000000-0","k":"stock","item":"x","stock":"0"}
 */
typedef struct {
    const char *path;          /* a file; NULL: Redis, or nothing was given */
    dyn_redis_url_t redis;     /* shown empty: not given */
    const char *password_path; /* NULL: as dyn_redis_password() has it */
    const char *prefix;
} dyn_control_source_t;

typedef struct {
    dyn_control_entry_t *rows; /* by rising position */
    size_t count;
    uint64_t passed_over; /* what is no entry */
    dyn_error_t first;    /* what was wrong with the first of these */
    void *texts;          /* that the entries point into */
    size_t room;
} dyn_control_entries_t;

/* The value of --control: a path, or an address (cli/base/redis.h). False with a sentence. */
bool dyn_control_from(const char *value, dyn_control_source_t *source, dyn_error_t *error);
bool dyn_control_is_given(const dyn_control_source_t *source);

/* What is no entry is passed over. False with a sentence. Of no source: no entries. Free them in either case. */
bool dyn_control_read(const dyn_control_source_t *source, dyn_control_entries_t *entries, dyn_error_t *error);
void dyn_control_entries_free(dyn_control_entries_t *entries);
/* Says on standard error what was passed over, if anything was. */
void dyn_control_warn(const char *command, const dyn_control_entries_t *entries);

/* A snapshot with the entries of the stream's beginning laid over it; zeroed but for the first two at first. */
typedef struct {
    dyn_snapshot_t *snapshot;
    const dyn_control_entries_t *entries;
    size_t applied; /* of the entries */
} dyn_laid_over_t;

/*
 * Lays the entries up to the position over the snapshot, and no others; 0: none, UINT64_MAX: all. Fast while positions rise. False
 * with a sentence when memory is out, or the entries do not go so far.
 */
bool dyn_lay_over(dyn_laid_over_t *laid, dyn_control_position_t position, dyn_error_t *error);

#endif

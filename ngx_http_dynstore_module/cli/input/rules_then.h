/*
 * Rules as they were when a decision was made: those of a file, with the overrides that held then beside them. Records mostly have the
 * rules of the record before, so what was compiled last is kept.
 */
#ifndef DYN_RULES_THEN_H
#define DYN_RULES_THEN_H

#include "cli/input/overrides_held.h"

enum {
    DYN_RULES_THEN_FILES = 3,
    /* workers of one nginx turn from one version to the next at slightly different times */
    DYN_RULES_THEN_KEPT = 4
};

/* A rules file, compiled for a snapshot. */
typedef struct {
    const char *rules; /* as dyn_rules_file_read() has them */
    const char *features;
    const dyn_snapshot_t *snapshot;
    const dyn_policy_t *policy; /* without overrides; NULL: there is no such file */
} dyn_rules_alone_t;

typedef struct {
    const dyn_overrides_t *overrides;           /* that held; NULL: none */
    const dyn_policy_t *policies[DYN_RULES_THEN_FILES]; /* each file with these beside it */
} dyn_rules_of_then_t;

typedef struct {
    dyn_overrides_held_t held;
    dyn_rules_alone_t files[DYN_RULES_THEN_FILES];
    struct {
        char version[DYN_POLICY_VERSION_BYTES + 1]; /* of records; empty: nothing is kept here */
        dyn_rules_of_then_t rules;
        dyn_overrides_t overrides;
        dyn_policy_t *owned[DYN_RULES_THEN_FILES];
    } kept[DYN_RULES_THEN_KEPT];
    size_t compiled;
    dyn_rules_of_then_t alone; /* when no overrides held, or none are found */
} dyn_rules_then_t;

/* Zeroed before, but for the files; to be ended in either case, which zeroes it. False with a sentence: no memory. */
bool dyn_rules_then_begin(dyn_rules_then_t *then, const dyn_control_entries_t *entries, dyn_error_t *error);
void dyn_rules_then_end(dyn_rules_then_t *then);

/*
 * The rules of the record with this version of rules, which saw the control stream up to that position. Where no overrides make the version
 * of any of the files, the files alone. Good until the next call. False with a sentence.
 */
bool dyn_rules_then(dyn_rules_then_t *then, dyn_str_t version, dyn_control_position_t position, int64_t time_ms,
                    const dyn_rules_of_then_t **rules, dyn_error_t *error);

#endif

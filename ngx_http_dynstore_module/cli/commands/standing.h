/* What of a shop's control stream stands now: overrides, the kill switch, and which entries of the stream say so. */
#ifndef DYN_STANDING_H
#define DYN_STANDING_H

#include "cli/commands/target.h"
#include "engine/policy/overrides.h"

typedef struct {
    dyn_overrides_t overrides; /* those that had not ended when the newest entry was written */
    dyn_control_position_t newest;                        /* of all entries that were read */
    dyn_control_position_t last[DYN_CONTROL_KIND_COUNT];  /* the newest entry of each lasting kind */
    char author[DYN_CONTROL_TEXT_BYTES_MAX + 1];          /* of the newest kill, and why */
    char reason[DYN_CONTROL_TEXT_BYTES_MAX + 1];
} dyn_standing_t;

/* Reads all entries that Redis has. Free it in either case. False with a sentence. */
bool dyn_standing_read(const dyn_target_t *target, dyn_standing_t *standing, dyn_error_t *error);
void dyn_standing_free(dyn_standing_t *standing);

/* Whether the shop is killed. */
bool dyn_standing_killed(const dyn_standing_t *standing);
/* The override of that entry; NULL: it does not stand. */
const dyn_control_entry_t *dyn_standing_find(const dyn_standing_t *standing, dyn_control_position_t position);

/*
 * Deletes lasting entries that say nothing any more, where there are so many that it is worth it: then those that stand are never trimmed.
 * By the clock of Redis alone: that of this machine may be wrong. The target is open. False with a sentence.
 */
bool dyn_standing_tidy(dyn_target_t *target, const dyn_standing_t *standing, dyn_error_t *error);

/* Lasting entries that are left alone. */
enum { DYN_STANDING_TIDY_ENTRIES = 1000 };

#endif

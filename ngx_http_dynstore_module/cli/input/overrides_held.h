/*
 * Which overrides of the control stream a decision was made with, found by the version of the rules that its record names: it is a hash of
 * all that the overrides say (engine/compile/compile.h), so what has this version is what held.
 *
 * A record names the newest entry that the decision saw. nginx compiles overrides a moment after it read them, so those of the decision may
 * be those of some entries before: DYN_OVERRIDES_HELD_BACK are gone back. They are never those of a later entry, because nginx compiles
 * nothing that it has not read. An override that has ended is left out when nginx looks next, half a second later. Until then it does
 * nothing, but is a part of the version: so a list is tried with all that had ended when the decision was made, and without them.
 */
#ifndef DYN_OVERRIDES_HELD_H
#define DYN_OVERRIDES_HELD_H

#include "cli/input/control_read.h"
#include "engine/compile/compile.h"

enum {
    /* entries about overrides; a program may write as many as can stand in one go */
    DYN_OVERRIDES_HELD_BACK = DYN_OVERRIDES_MAX,
    DYN_OVERRIDES_HELD_FAILED = 8
};

typedef struct {
    const dyn_control_entries_t *entries;
    size_t *about; /* places in the entries of those about overrides */
    size_t about_count;
    dyn_overrides_t before; /* after the first so many of them */
    size_t before_count;
    dyn_overrides_t tried, less; /* less: without some of those that have ended */
    /* what was looked for in vain: nothing but these decides it */
    struct {
        char version[DYN_POLICY_VERSION_BYTES + 1];
        size_t count, ended;
    } failed[DYN_OVERRIDES_HELD_FAILED];
    size_t failures;
} dyn_overrides_held_t;

/* False with a sentence: no memory. Zeroed before; to be ended in either case. */
bool dyn_overrides_held_begin(dyn_overrides_held_t *held, const dyn_control_entries_t *entries, dyn_error_t *error);
void dyn_overrides_held_end(dyn_overrides_held_t *held);

/*
 * The overrides with which rules have that version; alone: of the rules in question, the versions that they have without any. position, time_ms:
 * of the decision. *found is good until the next call; NULL: there are none. Fast while positions rise. False with a sentence: no memory.
 */
bool dyn_overrides_held(dyn_overrides_held_t *held, const char *const *alone, size_t alone_count, const char *version,
                        dyn_control_position_t position, int64_t time_ms, const dyn_overrides_t **found,
                        dyn_error_t *error);

#endif

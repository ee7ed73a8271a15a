/*
 * What people decided about single items for a while, by entries of the control stream: blocked, pinned, boosted, kept apart. A list is a
 * pure function of the entries: it is compiled beside a rules file (engine/compile/compile.h), and replay makes it again.
 */
#ifndef DYN_OVERRIDES_H
#define DYN_OVERRIDES_H

#include "engine/control/entry.h"

enum { DYN_OVERRIDES_MAX = 256 };

/* Rules of these ids, "override-1700000000000-0" by the entry, are overrides; they go before all rules of files, the newest first. */
#define DYN_OVERRIDE_ID_PREFIX "override-"

typedef struct {
    dyn_control_entry_t rows[DYN_OVERRIDES_MAX]; /* entries of kind `override`, in the order in which they came */
    void *texts[DYN_OVERRIDES_MAX];              /* what the rows' texts are in */
    uint32_t count;
    uint32_t left_out;                           /* overrides for which there was no room, or no memory */
} dyn_overrides_t;

/* An empty list. */
void dyn_overrides_begin(dyn_overrides_t *overrides);
void dyn_overrides_end(dyn_overrides_t *overrides);

/*
 * Takes what the entry says; entries come by rising position. `override` replaces one of the same kind about the same items and slot;
 * `restore` takes back all that name its item, by the id that they were given with, or those of them that its fields
 * `override` and `entry` name; others say nothing. Overrides that had ended when the entry was written make room. Texts
 * are copied. False when the override is left out.
 */
bool dyn_overrides_apply(dyn_overrides_t *overrides, const dyn_control_entry_t *entry);
/* Takes out those that have ended. */
void dyn_overrides_expire(dyn_overrides_t *overrides, int64_t now_ms);
/* False without memory; then it is empty. */
bool dyn_overrides_copy(dyn_overrides_t *to, const dyn_overrides_t *from);
/* Of everything they say, after `seed`; of an empty list the seed. */
uint64_t dyn_overrides_hash(const dyn_overrides_t *overrides, uint64_t seed);

#endif

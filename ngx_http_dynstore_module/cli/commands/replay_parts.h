/* What differs between two rules files, part by part: a rule, or another member such as "surfaces". */
#ifndef DYN_REPLAY_PARTS_H
#define DYN_REPLAY_PARTS_H

#include "engine/compile/compile.h"

enum { DYN_RULES_PARTS_MAX = 256 };

typedef struct {
    const char *rules;    /* as dyn_rules_file_read() has them */
    const char *features;
} dyn_rules_paths_t;

typedef struct {
    char name[DYN_RULE_ID_BYTES_MAX + 16]; /* `rule no-stoves`, `member surfaces` */
    dyn_policy_t *policy;                  /* the new file, but with this part as it was in the old one */
} dyn_rules_part_t;

typedef struct {
    dyn_rules_part_t rows[DYN_RULES_PARTS_MAX];
    size_t count;
} dyn_rules_parts_t;

/*
 * Rules of both files in the order of the new one, those of the old one alone behind them; then other members and the payload. A part that does not
 * fit into the new file, and what is beyond the limit, is left out. overrides: go beside each; NULL: none. False with a sentence. Free with
 * dyn_rules_parts_free(), after which they are none.
 */
bool dyn_rules_parts_find(const dyn_rules_paths_t *was, const dyn_rules_paths_t *now, const dyn_overrides_t *overrides,
                          const dyn_snapshot_t *snapshot, dyn_rules_parts_t *parts, dyn_error_t *error);
void dyn_rules_parts_free(dyn_rules_parts_t *parts);

#endif

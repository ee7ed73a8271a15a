/* The way through a rules file that has no fault, and what is noticed on it. Internal to cli/lint. */
#ifndef DYN_LINT_WALK_H
#define DYN_LINT_WALK_H

#include "cli/lint/overlap.h"
#include "cli/lint/warnings.h"

typedef struct {
    const dyn_rules_checked_t *checked;
    const dyn_snapshot_t *snapshot; /* NULL: names are not looked up */
    json_t *warnings;
    json_t *languages; /* that texts of the file have, as keys */
    dyn_rules_items_t items;
    dyn_json_path_t path;
} dyn_lint_walk_t;

/* The place is that of the path; of_key: of its member's name. */
__attribute__((format(printf, 3, 4))) void dyn_lint_warn(dyn_lint_walk_t *walk, bool of_key,
                                                         const char *format, ...);

typedef void (*dyn_lint_visit_fn)(dyn_lint_walk_t *walk, const json_t *value, const void *context);

/* The member's one value, or each of its list; nothing where there is no such member. */
void dyn_lint_visit(dyn_lint_walk_t *walk, const json_t *object, const char *key,
                    dyn_lint_visit_fn visit, const void *context);
/* A name or a value as text; it points into the value or the room. */
dyn_str_t dyn_lint_name(const json_t *value, char room[32]);

/* A rule or an experiment. */
bool dyn_lint_enabled(const json_t *object);
/* Warns where `until` has passed. what: what comes of it, as "the rule works no more" */
void dyn_lint_until(dyn_lint_walk_t *walk, const json_t *object, const char *what);
/* The same, and where `from` is still to come. */
void dyn_lint_times(dyn_lint_walk_t *walk, const json_t *object, const char *what);

#endif

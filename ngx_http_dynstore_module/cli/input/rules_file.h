/* A rules file of the command line: read and compiled. */
#ifndef DYN_RULES_FILE_H
#define DYN_RULES_FILE_H

#include "engine/compile/compile.h"

/* The file's bytes, for free(), with text in them; of more than `most` one more. NULL with a sentence. */
char *dyn_rules_file_bytes(const char *path, size_t most, dyn_str_t *text, dyn_error_t *error);

/*
 * path: NULL and "default" stand for the built-in rules; *policy may be NULL then, as dyn_policy_compile_built_in() has it. features: the
 * file of a GrowthBook payload; NULL: none. False with a sentence that names file, line and column. Free the policy with dyn_policy_free().
 */
bool dyn_rules_file_read(const char *path, const char *features, const dyn_snapshot_t *snapshot,
                         dyn_policy_t **policy, dyn_error_t *error);

/* The same with overrides beside the rules; NULL: none. */
bool dyn_rules_file_read_with(const char *path, const char *features, const dyn_overrides_t *overrides,
                              const dyn_snapshot_t *snapshot, dyn_policy_t **policy, dyn_error_t *error);

/* What is wrong with a payload that has no rules file; else NULL. */
const char *dyn_rules_file_missing(const char *path, const char *features);

#endif

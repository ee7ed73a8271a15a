/* What Redis has of one visitor: all of it as JSON, or erased. docs/privacy.md */
#ifndef DYN_VISITOR_DATA_H
#define DYN_VISITOR_DATA_H

#include <jansson.h>

#include "cli/commands/target.h"

/* `hash`: 32 hex digits. A new JSON value, or NULL with a sentence; *found: whether there was anything. */
json_t *dyn_visitor_export(dyn_target_t *target, const char *hash, bool *found, dyn_error_t *error);
/*
 * The same of what was removed. Every nginx is told to forget the visitor before anything is deleted. Then it waits for the control
 * stream to be read: `control_read`, and *read, which is set where the answer is not NULL; null when Redis does not tell.
 */
json_t *dyn_visitor_erase(dyn_target_t *target, const char *hash, dyn_control_read_e *read,
                          dyn_error_t *error);

#endif

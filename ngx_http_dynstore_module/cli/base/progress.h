/* What a long command is doing, on standard error and only when that is a terminal. */
#ifndef DYN_PROGRESS_H
#define DYN_PROGRESS_H

#include "engine/base/types.h"

typedef struct {
    const char *command;
    bool terminal;
    bool line_open; /* a line stands there that the next one overwrites */
    int64_t shown_ms;
} dyn_progress_t;

dyn_progress_t dyn_progress_begin(const char *command);
/* A new step. */
void dyn_progress_step(dyn_progress_t *progress, const char *step);
/* How far it is; shown a few times a second at most. */
void dyn_progress_count(dyn_progress_t *progress, const char *step, uint64_t count,
                        const char *unit);
/* Clears the line: something else is to be printed. */
void dyn_progress_clear(dyn_progress_t *progress);

#endif

/* `dynstore eval --blocks`: what blocks earn (cli/train/earnings.h). --moments: who enters them (cli/train/moment_figures.h). */
#ifndef DYN_EVAL_BLOCKS_H
#define DYN_EVAL_BLOCKS_H

#include "engine/base/tables.h"

typedef struct {
    const char *snapshot, *sessions;
    bool has_surface; /* false: pdp and home */
    dyn_surface_t surface;
    uint64_t newest; /* visits; 0: all */
    bool json;
    bool moments; /* in place of blocks */
} dyn_eval_blocks_t;

/* The exit code. */
int dyn_eval_blocks(const dyn_eval_blocks_t *settings);

#endif

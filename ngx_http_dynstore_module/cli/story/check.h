/*
 * Whether an answer satisfies a step of a story. The answer is JSON as a page gets it ("dynstore.decision/1", docs/http-api.md), so that
 * one that came over HTTP is judged as one that was decided here. Brand, category and traits of what it shows are the snapshot's, price,
 * title and reasons are the answer's own.
 */
#ifndef DYN_STORY_CHECK_H
#define DYN_STORY_CHECK_H

#include "cli/story/story.h"

#include <jansson.h>

/* One check that did not hold. */
typedef struct {
    const dyn_story_check_t *check;
    dyn_str_t sentence; /* what should be, and what is */
    dyn_str_t shown;    /* the block, an item a line */
} dyn_story_failure_t;

/*
 * Judges a visit. `pages` is a list with the answers of each step so far, by its number from 0: a list of one decision, or of several of
 * one page that hold a slot each; null of what was no visit. Returns how many checks failed, with room for the step's check_count in
 * `failures`; what they say is in the arena.
 */
size_t dyn_story_check(const dyn_snapshot_t *snapshot, const dyn_story_t *story, size_t step, const json_t *pages,
                       dyn_arena_t *arena, dyn_story_failure_t *failures);

/* A slot's block for people, an item a line, from the answers of one visit; slot "page": all. */
dyn_str_t dyn_story_block(const dyn_snapshot_t *snapshot, const json_t *answers, dyn_str_t slot, dyn_arena_t *arena);

#endif

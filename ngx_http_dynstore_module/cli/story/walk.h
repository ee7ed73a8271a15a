/*
 * Walks a story without nginx and Redis: keeps what the module would keep for the visitor - log, facts, history and what was shown - and
 * asks for every page as the module does. The clock begins at the time that the snapshot was made for.
 */
#ifndef DYN_STORY_WALK_H
#define DYN_STORY_WALK_H

#include "cli/story/story.h"

/* Called with the answer to a visit, JSON as docs/http-api.md describes it; `step` counts from 0. False ends the walk. */
typedef bool (*dyn_story_answer_fn)(void *context, const dyn_story_t *story, size_t step, dyn_str_t answer);

/* policy: NULL: the built-in one. False when memory is out or take() said so. */
bool dyn_story_walk(const dyn_story_t *story, const dyn_snapshot_t *snapshot, const dyn_policy_t *policy, dyn_story_answer_fn take,
                    void *context);

#endif

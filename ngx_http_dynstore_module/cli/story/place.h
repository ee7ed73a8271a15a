/* The line of a value in a JSON text, for sentences about it: the JSON library remembers none. */
#ifndef DYN_STORY_PLACE_H
#define DYN_STORY_PLACE_H

#include "engine/base/types.h"

/* `path` is like `steps[2].expect.recs[0]`; where it leads nowhere, the line of the nearest value around it. The text is valid JSON. */
uint64_t dyn_story_line(dyn_str_t text, const char *path);

#endif

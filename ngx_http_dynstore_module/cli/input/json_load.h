/*
 * JSON as others write it. What is valid is read as it is; only where that fails the text is written anew: a number that JSON or a
 * double cannot hold becomes a string of the same characters, NaN and the like null, half of a surrogate pair and \u0000 the
 * character U+001A (substitute: no id may have it, a text shows a blank there), a raw control character its escape. What is read
 * of it then decides: nobody minds in a field that nobody reads, and one that is read is refused by its name.
 */
#ifndef DYN_JSON_LOAD_H
#define DYN_JSON_LOAD_H

#include <jansson.h>

#include "cli/base/notes.h"

/* Owned: zero at first, in the end dyn_json_room_free(). */
typedef struct {
    char *bytes;
    size_t size;
} dyn_json_room_t;

typedef struct {
    bool made[DYN_NOTE_COUNT]; /* what had to be made good */
    int line, column;          /* of the text, where it is no JSON for all that */
    char problem[256];         /* "" : memory is out */
} dyn_json_loaded_t;

/*
 * NULL where it is no JSON (a member twice counts as that). Where the text was written anew *text is that, in the room, good
 * until the next call.
 */
json_t *dyn_json_load(dyn_str_t *text, dyn_json_room_t *room, dyn_json_loaded_t *loaded);
/* Notes all that was made good. */
void dyn_json_note(const dyn_json_loaded_t *loaded, dyn_notes_t *notes, const char *file, uint64_t line);
void dyn_json_room_free(dyn_json_room_t *room);

#endif

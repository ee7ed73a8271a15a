#include "cli/base/notes.h"

#include <inttypes.h>
#include <stdio.h>

static const struct {
    const char *name, *text;
} rows[] = {
#define X(name, text) {#name, text},
    DYN_NOTES(X)
#undef X
};

void dyn_note(dyn_notes_t *notes, dyn_note_t note, const char *file, uint64_t line,
              const char *field)
{
    if (notes != NULL && notes->counts[note]++ == 0) {
        snprintf(notes->first[note], sizeof(notes->first[note]), "%.160s:%" PRIu64 ":%.64s", file,
                 line, field);
    }
}

const char *dyn_note_name(dyn_note_t note)
{
    return rows[note].name;
}

void dyn_note_sentence(const dyn_notes_t *notes, dyn_note_t note, dyn_error_t *sentence)
{
    dyn_fail(sentence, "%s: %s%s (%" PRIu64 " %s)", notes->first[note],
             notes->counts[note] == 1 ? "" : "here first: ", rows[note].text, notes->counts[note],
             notes->counts[note] == 1 ? "time" : "times");
}

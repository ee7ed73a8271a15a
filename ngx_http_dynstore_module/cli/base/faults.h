/* Bad lines of input files: each is said as file:line:field, counted and skipped, until there are too many. */
#ifndef DYN_FAULTS_H
#define DYN_FAULTS_H

#include "cli/base/notes.h"

typedef struct {
    uint64_t max; /* this many are reported and skipped; one more ends the reading */
    uint64_t count;
    uint64_t values; /* items and events that were there to be read, the bad ones among them */
    void (*report)(void *context, const char *sentence); /* may be NULL */
    void *context;
    dyn_error_t *error; /* gets the sentence that was one too many, which is not reported */
    dyn_notes_t *notes; /* what was made good; may be NULL */
} dyn_faults_t;

/* "FILE:LINE:FIELD: SENTENCE". False when it was one too many: stop reading. */
bool dyn_fault(dyn_faults_t *faults, const char *file, uint64_t line, const char *field,
               const char *format, ...) __attribute__((format(printf, 5, 6)));

#endif

/* Sentences about what is wrong in a rules file, with the place that the compiler has entered. All are false. Internal to engine/compile. */
#ifndef DYN_COMPILE_FAULTS_H
#define DYN_COMPILE_FAULTS_H

#include "engine/compile/compiler.h"

/* Names that can stand at a place: several tables, each ended by NULL. */
typedef struct {
    const char *const *tables[4];
    size_t count;
} dyn_names_t;

__attribute__((format(printf, 2, 3))) bool dyn_compile_fault(dyn_compiler_t *compiler,
                                                             const char *format, ...);
/* of_key: the place is the member's name; inside: so many bytes into a text. */
bool dyn_compile_fault_at(dyn_compiler_t *compiler, bool of_key, size_t inside,
                          const char *sentence);
/* What is given is none of the names; the sentence has the nearest one, or all. */
bool dyn_compile_unknown(dyn_compiler_t *compiler, const char *given, const char *what,
                         const dyn_names_t *names, bool of_key);
bool dyn_compile_text_fault(dyn_compiler_t *compiler, const dyn_texts_fault_t *wrong);

#endif

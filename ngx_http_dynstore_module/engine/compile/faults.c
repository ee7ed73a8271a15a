#include "engine/compile/faults.h"

#include <stdio.h>

bool dyn_compile_fault_at(dyn_compiler_t *compiler, bool of_key, size_t inside,
                          const char *sentence)
{
    if (compiler->alone) {
        return dyn_fail(compiler->error, "%s", sentence);
    }

    dyn_place_in_text_t place =
        dyn_json_path_place(compiler->source->text, &compiler->path, of_key, inside);

    return dyn_fail(compiler->error, "%s:%u:%u: %s", compiler->source->name, place.line,
                    place.column, sentence);
}

bool dyn_compile_fault(dyn_compiler_t *compiler, const char *format, ...)
{
    char sentence[400];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(sentence, sizeof(sentence), format, arguments);
    va_end(arguments);

    return dyn_compile_fault_at(compiler, false, 0, sentence);
}

/* How many letters differ, at most 9: Levenshtein's distance. */
static unsigned distance(const char *a, const char *b)
{
    enum { MOST = 32 };
    size_t from = strlen(a), to = strlen(b);
    unsigned row[MOST + 1];

    if (from > MOST || to > MOST) {
        return 9;
    }
    for (size_t i = 0; i <= to; i++) {
        row[i] = (unsigned)i;
    }
    for (size_t i = 1; i <= from; i++) {
        unsigned before = row[0];

        row[0] = (unsigned)i;
        for (size_t k = 1; k <= to; k++) {
            unsigned change = before + (a[i - 1] != b[k - 1]);
            unsigned least = row[k] < row[k - 1] ? row[k] + 1 : row[k - 1] + 1;

            before = row[k];
            row[k] = change < least ? change : least;
        }
    }

    return row[to] < 9 ? row[to] : 9;
}

static void list_names(const dyn_names_t *names, char *text, size_t size)
{
    size_t used = 0;

    text[0] = '\0';
    for (size_t t = 0; t < names->count; t++) {
        for (size_t i = 0; names->tables[t][i] != NULL && used + 40 < size; i++) {
            used += (size_t)snprintf(text + used, size - used, "%s%s", used > 0 ? ", " : "",
                                     names->tables[t][i]);
        }
    }
}

static const char *nearest(const dyn_names_t *names, const char *given)
{
    const char *best = NULL;
    unsigned least = 3;

    for (size_t t = 0; t < names->count; t++) {
        for (size_t i = 0; names->tables[t][i] != NULL; i++) {
            unsigned far = distance(given, names->tables[t][i]);

            /* of a short name less may be wrong */
            if (far < least && far * 2 <= strlen(given)) {
                least = far;
                best = names->tables[t][i];
            }
        }
    }

    return best;
}

bool dyn_compile_unknown(dyn_compiler_t *compiler, const char *given, const char *what,
                         const dyn_names_t *names, bool of_key)
{
    char sentence[400], list[300];
    const char *near = nearest(names, given);

    if (near != NULL) {
        snprintf(sentence, sizeof(sentence), "\"%.64s\" is no %s; did you mean \"%s\"?", given,
                 what, near);
    } else {
        list_names(names, list, sizeof(list));
        snprintf(sentence, sizeof(sentence), "\"%.64s\" is no %s; there are %s", given, what, list);
    }

    return dyn_compile_fault_at(compiler, of_key, 0, sentence);
}

bool dyn_compile_text_fault(dyn_compiler_t *compiler, const dyn_texts_fault_t *wrong)
{
    if (wrong->language.len > 0) {
        dyn_enter_member(&compiler->path, wrong->language.data);
    }
    if (wrong->key.len > 0) {
        dyn_enter_member(&compiler->path, wrong->key.data);
    }

    return dyn_compile_fault_at(compiler, false, wrong->at, wrong->error.text);
}

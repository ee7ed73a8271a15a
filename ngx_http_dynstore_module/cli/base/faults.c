#include "cli/base/faults.h"

#include <inttypes.h>
#include <stdio.h>

bool dyn_fault(dyn_faults_t *faults, const char *file, uint64_t line, const char *field,
               const char *format, ...)
{
    dyn_error_t reason, sentence;
    va_list args;

    va_start(args, format);
    vsnprintf(reason.text, sizeof(reason.text), format, args);
    va_end(args);

    dyn_fail(&sentence, "%.160s:%" PRIu64 ":%s: %.240s", file, line, field, reason.text);

    if (++faults->count > faults->max) {
        return dyn_fail(faults->error,
                        "%.400s; that is more than %" PRIu64
                        " bad lines: correct them or raise --max-errors",
                        sentence.text, faults->max);
    }
    if (faults->report != NULL) {
        faults->report(faults->context, sentence.text);
    }

    return true;
}

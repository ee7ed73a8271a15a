/* Any text of a source of consent: the first line is the source as dynstore_consent has it, the rest what a cookie or header holds. */
#include "engine/trust/consent.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    const char *end = size == 0 ? NULL : memchr(text, '\n', size);
    size_t first = end == NULL ? 0 : (size_t)(end - text);
    dyn_str_t rest = {text + first + (end != NULL), size - first - (end != NULL)};
    dyn_consent_rule_t rule = {.source = DYN_CONSENT_FROM_VALUE};
    dyn_error_t error;

    if (first != 0 && !dyn_consent_rule_read((dyn_str_t){text, first}, &rule, &error)) {
        return 0;
    }

    dyn_consent_t level = dyn_consent_read(&rule, rest);

    /* what is there is silent only where a source may be */
    if (level > DYN_CONSENT_SILENT ||
        (level == DYN_CONSENT_SILENT && rest.len != 0 && !dyn_consent_in_header(rule.source) &&
         rule.source != DYN_CONSENT_FROM_GPP)) {
        abort();
    }
    if (dyn_consent_in_cookies(&rule, rest) > DYN_CONSENT_SILENT ||
        dyn_consent_name(level).len == 0) {
        abort();
    }

    return 0;
}

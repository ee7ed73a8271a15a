/* Names of languages from outside: what is one, and how it is written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "engine/base/language.h"

static void names_are_written_as_rfc_5646_recommends(void **state)
{
    static const struct {
        const char *text, *name;
    } names[] = {
        {"de", "de"},
        {"DE", "de"},
        {"de-at", "de-AT"},
        {"DE_AT", "de-AT"},
        {"zh-hant-tw", "zh-Hant-TW"},
        {"ZH_HANT_TW", "zh-Hant-TW"},
        {"sl-ROZAJ-1994", "sl-rozaj-1994"},
        {"en-ca-X-ca", "en-CA-x-ca"},
        {"es-419", "es-419"},
        {"gsw", "gsw"},
        {"abcdefgh-abcdefgh-abcdefgh-abcdefgh", "abcdefgh-abcdefgh-abcdefgh-abcdefgh"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char written[DYN_LANGUAGE_BYTES_MAX];
        dyn_str_t language;

        assert_true(dyn_language_read(dyn_str_from(names[i].text), written, &language));
        assert_int_equal(language.len, strlen(names[i].name));
        assert_memory_equal(language.data, names[i].name, language.len);
    }
}

static void what_is_no_name_is_refused(void **state)
{
    static const char *const texts[] = {
        "",
        "d",
        "-",
        "de-",
        "-de",
        "de--AT",
        "1d",
        "de AT",
        "de-ninenines",
        "de.UTF",
        "x-de",
        "d\xc3",
        "de,en;q=0.5",
        "en/us",
        "abcdefgh-abcdefgh-abcdefgh-abcdefgh-",
        "abcdefgh-abcdefgh-abcdefgh-abcdef-ab",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        char written[DYN_LANGUAGE_BYTES_MAX];
        dyn_str_t language = DYN_STR("as before");

        assert_false(dyn_language_read(dyn_str_from(texts[i]), written, &language));
        assert_int_equal(language.len, 9);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_written_as_rfc_5646_recommends),
        cmocka_unit_test(what_is_no_name_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

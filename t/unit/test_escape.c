#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <jansson.h>

#include "engine/base/escape.h"
#include "engine/render/render.h"

static char block[1 << 16];
static dyn_arena_t arena;

static dyn_str_t json(dyn_str_t text)
{
    dyn_arena_init(&arena, block, sizeof(block), NULL, NULL);

    return dyn_json_string(text, &arena);
}

static void is_json(const char *text, size_t length, const char *expected)
{
    dyn_str_t got = json((dyn_str_t){text, length});

    assert_int_equal(got.len, strlen(expected));
    assert_memory_equal(got.data, expected, got.len);
}

#define IS_JSON(literal, expected) is_json(literal, sizeof(literal) - 1, expected)

static void json_strings_are_ascii_and_hold_no_markup(void **state)
{
    (void)state;
    IS_JSON("", "\"\"");
    IS_JSON("Trail Pack 30", "\"Trail Pack 30\"");
    IS_JSON("a\"b\\c/d", "\"a\\\"b\\\\c/d\"");
    IS_JSON("</script><!--&", "\"\\u003c/script\\u003e\\u003c!--\\u0026\"");
    IS_JSON("\x01\t\n\x7f", "\"\\u0001\\u0009\\u000a\\u007f\"");
    IS_JSON("Gr\xc3\xbc\xc3\x9f"
            "e",
            "\"Gr\\u00fc\\u00dfe\"");
    IS_JSON("\xe2\x80\xa8\xe2\x80\xa9", "\"\\u2028\\u2029\"");
    IS_JSON("\xf0\x9f\x8f\x94", "\"\\ud83c\\udfd4\"");
    is_json("a\0b", 3, "\"a\\u0000b\"");
}

static void malformed_utf8_becomes_replacement_characters(void **state)
{
    (void)state;
    IS_JSON("\xff", "\"\\ufffd\"");
    IS_JSON("\xc3", "\"\\ufffd\"");
    IS_JSON("\xc3(", "\"\\ufffd(\"");
    IS_JSON("\xc0\xaf", "\"\\ufffd\\ufffd\"");                       /* overlong */
    IS_JSON("\xed\xa0\x80", "\"\\ufffd\\ufffd\\ufffd\"");            /* a surrogate */
    IS_JSON("\xf4\x90\x80\x80", "\"\\ufffd\\ufffd\\ufffd\\ufffd\""); /* above U+10FFFF */
    IS_JSON("\xe2\x82<", "\"\\ufffd\\ufffd\\u003c\"");
}

static void a_byte_is_escaped_wherever_it_stands(void **state)
{
    (void)state;
    for (int byte = 1; byte < 0x80; byte++) {
        bool plain = byte >= 0x20 && byte < 0x7f && strchr("\"\\<>&", byte) == NULL;
        bool backslashed = byte == '"' || byte == '\\';

        for (int at = 0; at < 20; at++) {
            char text[20];
            char expected[32];

            memset(text, 'x', sizeof(text));
            text[at] = (char)byte;
            snprintf(expected, sizeof(expected),
                     plain         ? "\"%.*s%c%.*s\""
                     : backslashed ? "\"%.*s\\%c%.*s\""
                                   : "\"%.*s\\u%04x%.*s\"",
                     at, "xxxxxxxxxxxxxxxxxxxx", byte, 19 - at, "xxxxxxxxxxxxxxxxxxxx");
            is_json(text, sizeof(text), expected);
        }
    }
}

static void every_byte_string_becomes_valid_ascii_json(void **state)
{
    uint64_t random = 5;

    (void)state;
    for (int round = 0; round < 20000; round++) {
        char text[24];
        size_t length = (size_t)round % (sizeof(text) + 1);

        for (size_t i = 0; i < length; i++) {
            random = random * 6364136223846793005U + 1442695040888963407U;
            text[i] = (char)(random >> 33);
        }

        dyn_str_t got = json((dyn_str_t){text, length});
        json_t *value = json_loadb(got.data, got.len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);

        assert_non_null(value);
        assert_true(json_is_string(value));
        json_decref(value);
        for (size_t i = 0; i < got.len; i++) {
            assert_true(got.data[i] >= 0x20 && got.data[i] < 0x7f);
            assert_null(memchr("<>&", got.data[i], 3));
        }
    }
}

/* What a text becomes, byte by byte. */
static size_t escaped_slowly(const char *text, size_t length, bool html, char *to)
{
    size_t at = 0;

    for (size_t i = 0; i < length; i++) {
        uint8_t byte = (uint8_t)text[i];
        bool control = byte < 0x20 || byte == 0x7f;

        if (html) {
            const char *reference = byte == '&'    ? "&amp;"
                                    : byte == '<'  ? "&lt;"
                                    : byte == '>'  ? "&gt;"
                                    : byte == '"'  ? "&quot;"
                                    : byte == '\'' ? "&#39;"
                                                   : NULL;

            if (reference != NULL) {
                at += (size_t)sprintf(to + at, "%s", reference);
            } else if (!control) {
                to[at++] = text[i];
            }
        } else if (byte > 0x7f) {
            at += (size_t)sprintf(to + at, "\\ufffd"); /* alone it is no UTF-8 */
        } else if (control || strchr("<>&", byte) != NULL) {
            at += (size_t)sprintf(to + at, "\\u%04x", byte);
        } else {
            if (byte == '"' || byte == '\\') {
                to[at++] = '\\';
            }
            to[at++] = text[i];
        }
    }

    return at;
}

/* The text lies in memory of just its length, so that a sanitizer sees a byte read beyond it. */
static void is_escaped_as_slowly(const char *text, size_t length)
{
    char *copy = malloc(length == 0 ? 1 : length);
    char expected[6 * 64];
    dyn_text_t html;

    memcpy(copy, text, length);

    size_t expected_length = escaped_slowly(text, length, false, expected);
    dyn_str_t got = json((dyn_str_t){copy, length});

    assert_int_equal(got.len, expected_length + 2);
    assert_memory_equal(got.data + 1, expected, expected_length);

    dyn_text_init(&html, &arena, 0);
    dyn_escape_html(&html, (dyn_str_t){copy, length});
    got = dyn_text_finish(&html);
    expected_length = escaped_slowly(text, length, true, expected);
    assert_int_equal(got.len, expected_length);
    assert_memory_equal(got.data, expected, expected_length);
    free(copy);
}

static void every_byte_is_escaped_at_every_place_of_every_length(void **state)
{
    (void)state;
    for (size_t length = 0; length <= 50; length++) {
        for (size_t at = 0; at < length; at++) {
            for (int byte = 0; byte < 256; byte++) {
                char text[64];

                memset(text, 'x', length);
                text[at] = (char)byte;
                /* and another one behind it, at any distance */
                text[(at * 7 + (size_t)byte) % length] = '<';
                is_escaped_as_slowly(text, length);
            }
        }
    }
}

/* Codes of reasons and actions are written into JSON as they are. */
static void codes_of_the_tables_need_no_escape(void **state)
{
    dyn_str_t texts[DYN_REASONS_COUNT + DYN_CTAS_COUNT];
    size_t count = 0;

    (void)state;
    for (unsigned i = 0; i < DYN_REASONS_COUNT; i++) {
        texts[count++] = dyn_reason_name((dyn_reason_t)i);
    }
    for (unsigned i = 0; i < DYN_CTAS_COUNT; i++) {
        texts[count++] = dyn_cta_action((dyn_cta_t)i);
    }
    for (size_t i = 0; i < count; i++) {
        dyn_str_t got = json(texts[i]);

        assert_true(texts[i].len > 0);
        assert_int_equal(got.len, texts[i].len + 2);
        assert_memory_equal(got.data + 1, texts[i].data, texts[i].len);
    }
}

static void html_text_becomes_no_markup(void **state)
{
    dyn_text_t text;

    (void)state;
    dyn_arena_init(&arena, block, sizeof(block), NULL, NULL);
    dyn_text_init(&text, &arena, 1);
    dyn_escape_html(&text, DYN_STR("<b onclick=\"x('&')\">\x01Gr\xc3\xbc\xc3\x9f\x7f</b>"));

    dyn_str_t got = dyn_text_finish(&text);
    const char *expected =
        "&lt;b onclick=&quot;x(&#39;&amp;&#39;)&quot;&gt;Gr\xc3\xbc\xc3\x9f&lt;/b&gt;";

    assert_int_equal(got.len, strlen(expected));
    assert_memory_equal(got.data, expected, got.len);
}

static void text_grows_from_nothing_and_gives_back_what_it_does_not_need(void **state)
{
    dyn_text_t text;

    (void)state;
    dyn_arena_init(&arena, block, sizeof(block), NULL, NULL);
    dyn_text_init(&text, &arena, 0);
    for (int i = 0; i < 1000; i++) {
        dyn_text_unsigned(&text, (uint64_t)i % 10);
    }

    dyn_str_t got = dyn_text_finish(&text);

    assert_int_equal(got.len, 1000);
    assert_memory_equal(got.data, "0123456789012345", 16);
    assert_ptr_equal(arena.pos, got.data + 1000);

    dyn_text_init(&text, &arena, 16);
    dyn_text_unsigned(&text, UINT64_MAX);
    got = dyn_text_finish(&text);
    assert_true(dyn_str_equal(got, DYN_STR("18446744073709551615")));
}

static void text_that_finds_no_room_is_none(void **state)
{
    dyn_text_t text;

    (void)state;
    dyn_arena_init(&arena, block, 64, NULL, NULL);
    dyn_text_init(&text, &arena, 16);
    for (int i = 0; i < 100; i++) {
        dyn_text_literal(&text, "0123456789");
    }
    assert_null(dyn_text_finish(&text).data);
}

/* The memory behind the arena is the next one's. */
static void formatted_text_never_goes_beyond_its_room(void **state)
{
    enum { ROOM = 256 };
    bool whole = false;

    (void)state;
    for (size_t size = 8; size <= ROOM; size += 8) {
        dyn_text_t text;
        int lines = 0;

        memset(block, '#', sizeof(block));
        dyn_arena_init(&arena, block, size, NULL, NULL);
        dyn_text_init(&text, &arena, 1);
        for (; lines < 5; lines++) {
            dyn_text_format(&text, "%s{le=\"%d.%06d\"} %d\n", "metric", 0, 10, lines);
        }
        for (size_t i = size; i < sizeof(block); i++) {
            assert_int_equal(block[i], '#');
        }

        dyn_str_t got = dyn_text_finish(&text);

        if (got.data != NULL) {
            whole = true;
            assert_int_equal(got.len, 5 * strlen("metric{le=\"0.000010\"} 0\n"));
            assert_memory_equal(got.data + got.len - 4, "} 4\n", 4);
        }
        /* more room is never worse */
        assert_true(got.data != NULL || !whole);
    }
    assert_true(whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_strings_are_ascii_and_hold_no_markup),
        cmocka_unit_test(malformed_utf8_becomes_replacement_characters),
        cmocka_unit_test(a_byte_is_escaped_wherever_it_stands),
        cmocka_unit_test(every_byte_string_becomes_valid_ascii_json),
        cmocka_unit_test(every_byte_is_escaped_at_every_place_of_every_length),
        cmocka_unit_test(codes_of_the_tables_need_no_escape),
        cmocka_unit_test(html_text_becomes_no_markup),
        cmocka_unit_test(text_grows_from_nothing_and_gives_back_what_it_does_not_need),
        cmocka_unit_test(text_that_finds_no_room_is_none),
        cmocka_unit_test(formatted_text_never_goes_beyond_its_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

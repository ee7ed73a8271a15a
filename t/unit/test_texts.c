#define _GNU_SOURCE /* memmem */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "engine/base/utf8.h"
#include "engine/policy/texts.h"

static char block[1 << 20];
static dyn_arena_t arena;
static dyn_texts_fault_t fault;

#define X(constant, tag) tag,
static const char *const languages[] = {DYN_BUILT_IN_LANGUAGES(X)};
#undef X

static json_t *json_of(const char *text)
{
    json_error_t error;
    json_t *value = json_loads(text, JSON_DECODE_ANY, &error);

    if (value == NULL) {
        fail_msg("%s in %s", error.text, text);
    }

    return value;
}

/* A file's texts over the built-in ones; overridden: JSON or NULL. */
static dyn_texts_t *texts_of(const char *overridden, const char *standard)
{
    json_t *value = overridden != NULL ? json_of(overridden) : NULL;

    dyn_arena_init(&arena, block, sizeof(block), NULL, NULL);

    dyn_texts_t *texts = dyn_texts_begin(&arena);

    assert_non_null(texts);
    if (!dyn_texts_load(texts, value, &fault) ||
        !dyn_texts_end(texts, dyn_str_from(standard), &fault)) {
        fail_msg("%s", fault.error.text);
    }
    json_decref(value);

    return texts;
}

static dyn_str_t written(const dyn_texts_t *texts, const char *language, uint32_t number,
                         const char *name)
{
    dyn_text_values_t values = {{{NULL, 0}}};

    for (unsigned i = 0; i < DYN_PLACES_COUNT; i++) {
        values.of[i] = dyn_str_from(name);
    }

    return dyn_texts_write(
        dyn_texts_find(texts, dyn_texts_language(texts, dyn_str_from(language)), number), &values,
        &arena);
}

static void expect(const dyn_texts_t *texts, const char *language, uint32_t number,
                   const char *expected)
{
    dyn_str_t text = written(texts, language, number, "X");

    if (!dyn_str_equal(text, dyn_str_from(expected))) {
        fail_msg("%s: \"%.*s\" should be \"%s\"", language, (int)text.len, text.data, expected);
    }
}

/* ---- the built-in texts ---- */

/* The placeholders of a text; a braced word that is none fails. */
static unsigned places_of(dyn_str_t text)
{
    unsigned places = 0;

    for (size_t at = 0; at < text.len; at++) {
        bool known = text.data[at] != '{';

        for (unsigned i = 0; i < DYN_PLACES_COUNT && !known; i++) {
            dyn_str_t name = dyn_place_name((dyn_place_t)i);

            if (text.len - at > name.len + 1 &&
                memcmp(text.data + at + 1, name.data, name.len) == 0 &&
                text.data[at + 1 + name.len] == '}') {
                places |= 1U << i;
                known = true;
            }
        }
        if (!known) {
            fail_msg("%.*s", (int)text.len, text.data);
        }
    }

    return places;
}

static void every_text_has_the_same_placeholders_in_all_languages(void **state)
{
#define X(constant, key, places, en, de, fr, es) \
    {{DYN_STR(en), DYN_STR(de), DYN_STR(fr), DYN_STR(es)}},
    static const struct {
        dyn_str_t in[DYN_BUILT_IN_LANGUAGES_COUNT];
    } texts[] = {DYN_TEXTS(X)};
#undef X

    (void)state;
    for (unsigned i = 0; i < DYN_TEXTS_COUNT; i++) {
        unsigned places = places_of(texts[i].in[0]);

        assert_int_equal(places & ~dyn_text_key_places((dyn_text_key_t)i), 0);
        for (unsigned k = 0; k < DYN_BUILT_IN_LANGUAGES_COUNT; k++) {
            dyn_str_t text = texts[i].in[k];

            assert_true(text.len > 0 && text.len <= DYN_TEXT_BYTES_MAX);
            assert_true(dyn_utf8_clean(text));
            assert_true(text.data[0] != ' ' && text.data[text.len - 1] != ' ');
            if (places_of(text) != places) {
                fail_msg("%s: %.*s", languages[k], (int)text.len, text.data);
            }
        }
    }
}

static void every_reason_button_and_message_has_its_key(void **state)
{
#define X(constant, code, ...) DYN_STR(code),
    static const dyn_str_t codes[] = {DYN_REASONS(X)};
    static const dyn_str_t actions[] = {DYN_CTAS(X)};
    static const dyn_str_t messages[] = {DYN_MESSAGES(X)};
#undef X
    char key[64];

    (void)state;
    for (unsigned i = 0; i < DYN_REASONS_COUNT; i++) {
        snprintf(key, sizeof(key), "reason.%s", codes[i].data);
        assert_true(dyn_str_equal(dyn_text_key_name(dyn_text_of_reason((dyn_reason_t)i, true)),
                                  dyn_str_from(key)));
        snprintf(key, sizeof(key), "reason.%s.plain", codes[i].data);
        assert_true(dyn_str_equal(dyn_text_key_name(dyn_text_of_reason((dyn_reason_t)i, false)),
                                  dyn_str_from(key)));
    }
    for (unsigned i = 0; i < DYN_CTAS_COUNT; i++) {
        snprintf(key, sizeof(key), "cta.%s", actions[i].data);
        assert_true(
            dyn_str_equal(dyn_text_key_name(dyn_text_of_cta((dyn_cta_t)i)), dyn_str_from(key)));
    }
    for (unsigned i = 0; i < DYN_MESSAGES_COUNT; i++) {
        dyn_text_key_t of = dyn_text_of_message((dyn_message_kind_t)i);

        snprintf(key, sizeof(key), "message.%s", messages[i].data);
        if (i == DYN_MESSAGE_RETURNS || i == DYN_MESSAGE_DELIVERY) {
            assert_int_equal(of, DYN_TEXTS_COUNT);
        } else {
            assert_true(dyn_str_equal(dyn_text_key_name(of), dyn_str_from(key)));
        }
    }
    for (unsigned i = 0; i < DYN_TEXTS_COUNT; i++) {
        dyn_text_key_t found = DYN_TEXTS_COUNT;

        assert_true(dyn_text_key_from_name(dyn_text_key_name((dyn_text_key_t)i), &found));
        assert_int_equal(found, i);
    }
}

static void built_in_texts_speak_four_languages(void **state)
{
    const dyn_texts_t *texts = dyn_texts_built_in();

    (void)state;
    dyn_arena_init(&arena, block, sizeof(block), NULL, NULL);
    assert_int_equal(dyn_texts_languages(texts), 4);
    assert_ptr_equal(dyn_policy_texts(NULL), texts);
    expect(texts, "en", DYN_TEXT_REASON_BECAUSE_VIEWED, "Because you viewed X");
    expect(texts, "de", DYN_TEXT_REASON_BECAUSE_VIEWED, "Weil Sie X angesehen haben");
    expect(texts, "fr", DYN_TEXT_REASON_BECAUSE_VIEWED, "Parce que vous avez consulté X");
    expect(texts, "es", DYN_TEXT_REASON_BECAUSE_VIEWED, "Porque ha visto X");
    for (unsigned i = 0; i < DYN_TEXTS_COUNT; i++) {
        for (uint32_t k = 0; k < 4; k++) {
            assert_true(dyn_texts_has(texts, k, i));
        }
    }
}

/* ---- what is made from the tables ---- */

static char page[1 << 18];

static dyn_str_t page_at(const char *path)
{
    FILE *file = fopen(path, "rb");

    assert_non_null(file);

    size_t length = fread(page, 1, sizeof(page), file);

    fclose(file);
    assert_in_range(length, 1, sizeof(page) - 1);

    return (dyn_str_t){page, length};
}

static void is_on_the_page(dyn_str_t text, const char *expected)
{
    if (memmem(text.data, text.len, expected, strlen(expected)) == NULL) {
        fprintf(stderr, "%s", expected);
        fail_msg("docs/rules.md does not have the table above");
    }
}

static void docs_list_every_text_and_placeholder(void **state)
{
    static char table[1 << 15];
    dyn_str_t text = page_at("docs/rules.md");
#define X(constant, name, doc) "| `{" name "}` | " doc " |\n"
    static const char placeholders[] =
        "| placeholder | stands for |\n| --- | --- |\n" DYN_PLACEHOLDERS(X);
#undef X
#define X(constant, key, places, en, de, fr, es) en,
    static const char *const english[] = {DYN_TEXTS(X)};
#undef X
    size_t length = (size_t)snprintf(table, sizeof(table),
                                     "| key | placeholders | English |\n| --- | --- | --- |\n");

    (void)state;
    for (unsigned i = 0; i < DYN_TEXTS_COUNT; i++) {
        unsigned places = dyn_text_key_places((dyn_text_key_t)i);
        const char *between = "";

        length += (size_t)snprintf(table + length, sizeof(table) - length, "| `%s` |",
                                   dyn_text_key_name((dyn_text_key_t)i).data);
        for (unsigned k = 0; k < DYN_PLACES_COUNT; k++) {
            if ((places & 1U << k) != 0) {
                length += (size_t)snprintf(table + length, sizeof(table) - length, "%s `{%s}`",
                                           between, dyn_place_name((dyn_place_t)k).data);
                between = ",";
            }
        }
        length += (size_t)snprintf(table + length, sizeof(table) - length, " | %s |\n", english[i]);
        assert_true(length < sizeof(table));
    }
    is_on_the_page(text, placeholders);
    is_on_the_page(text, table);
}

/* `dynstore rules texts` prints the member as it should be. */
static void the_default_rules_file_has_every_text_in_every_language(void **state)
{
#define X(constant, key, places, en, de, fr, es) {en, de, fr, es},
    static const char *const wording[][DYN_BUILT_IN_LANGUAGES_COUNT] = {DYN_TEXTS(X)};
#undef X
    json_error_t error;
    json_t *file =
        json_load_file("conf.examples/rules.default.json", JSON_REJECT_DUPLICATES, &error);
    json_t *texts = json_object_get(file, "texts");

    (void)state;
    assert_non_null(file);
    assert_int_equal(json_object_size(texts), DYN_BUILT_IN_LANGUAGES_COUNT);
    for (unsigned i = 0; i < DYN_BUILT_IN_LANGUAGES_COUNT; i++) {
        json_t *rows = json_object_get(texts, languages[i]);

        assert_int_equal(json_object_size(rows), DYN_TEXTS_COUNT);
        for (unsigned key = 0; key < DYN_TEXTS_COUNT; key++) {
            const char *text = json_string_value(
                json_object_get(rows, dyn_text_key_name((dyn_text_key_t)key).data));

            if (text == NULL || strcmp(text, wording[key][i]) != 0) {
                fail_msg("%s: %s should be \"%s\"", languages[i],
                         dyn_text_key_name((dyn_text_key_t)key).data, wording[key][i]);
            }
        }
    }
    json_decref(file);
}

/* ---- languages ---- */

static void a_language_falls_back_to_its_parent_then_to_the_files_own_then_to_english(void **state)
{
    static const struct {
        const char *asked, *got;
    } cases[] = {
        {"de", "de"},
        {"DE", "de"},
        {"de-DE", "de"},
        {"de_AT", "de-AT"},
        {"de-at-1996", "de-AT"},
        {"fr-CA", "fr"},
        {"it", "it"},
        {"it-CH", "it"},
        {"pl", "it"},
        {"", "it"},
        {"deutsch", "it"},
        {"-", "it"},
        {"de,en;q=0.8", "de"},
        {"es;q=0.8", "es"},
        {"zh-Hant-TW-and-much-more-that-is-no-language-at-all", "it"},
    };
    dyn_texts_t *texts = texts_of("{\"de-AT\":{\"cta.add_to_cart\":\"In den Einkaufswagen\"},"
                                  "\"it\":{\"cta.view\":\"Vedi\"}}",
                                  "it");

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        dyn_str_t tag =
            dyn_texts_tag(texts, dyn_texts_language(texts, dyn_str_from(cases[i].asked)));

        if (!dyn_str_equal(tag, dyn_str_from(cases[i].got))) {
            fail_msg("%s: %.*s", cases[i].asked, (int)tag.len, tag.data);
        }
    }
    expect(texts, "de-AT", DYN_TEXT_CTA_ADD_TO_CART, "In den Einkaufswagen");
    expect(texts, "de-AT", DYN_TEXT_CTA_VIEW, "Ansehen");
    expect(texts, "de", DYN_TEXT_CTA_ADD_TO_CART, "In den Warenkorb");
    expect(texts, "it", DYN_TEXT_CTA_VIEW, "Vedi");
    expect(texts, "it", DYN_TEXT_CTA_ADD_TO_CART, "Add to cart");

    uint32_t austrian = dyn_texts_language(texts, DYN_STR("de-AT"));

    assert_true(dyn_texts_has(texts, austrian, DYN_TEXT_CTA_ADD_TO_CART));
    assert_false(dyn_texts_has(texts, austrian, DYN_TEXT_CTA_VIEW));
}

static void a_text_of_a_rule_is_in_the_language_or_in_one_that_stands_in(void **state)
{
    dyn_arena_init(&arena, block, sizeof(block), NULL, NULL);

    dyn_texts_t *texts = dyn_texts_begin(&arena);
    json_t *values[] = {json_of("\"Sale\""), json_of("{\"de\":\"Angebot\",\"en\":\"Offer\"}"),
                        json_of("{\"nl\":\"Voor {item}\",\"de-AT\":\"Für {item}\"}")};
    uint32_t numbers[3];

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        assert_true(dyn_texts_add(texts, values[i], DYN_PLACES_ITEM, &numbers[i], &fault));
        assert_int_equal(numbers[i], DYN_TEXTS_COUNT + i);
        json_decref(values[i]);
    }
    assert_true(dyn_texts_end(texts, DYN_STR("de"), &fault));
    expect(texts, "en", numbers[0], "Sale");
    expect(texts, "nl", numbers[0], "Sale");
    expect(texts, "en", numbers[1], "Offer");
    expect(texts, "de-AT", numbers[1], "Angebot");
    expect(texts, "fr", numbers[1], "Angebot");
    expect(texts, "", numbers[1], "Angebot");
    expect(texts, "nl", numbers[2], "Voor X");
    expect(texts, "de-AT", numbers[2], "Für X");
    /* neither the file's language nor English has it */
    expect(texts, "fr", numbers[2], "Voor X");
    assert_true(dyn_texts_has(texts, dyn_texts_language(texts, DYN_STR("fr")), numbers[0]));
    assert_false(dyn_texts_has(texts, dyn_texts_language(texts, DYN_STR("fr")), numbers[1]));
    assert_int_equal(dyn_texts_find(texts, 0, numbers[2] + 1)->pieces[0].words.len, 0);
}

static void a_file_may_have_32_languages(void **state)
{
    json_t *value = json_object();
    char tag[8];

    (void)state;
    for (unsigned i = 0; i < DYN_LANGUAGES_MAX - DYN_BUILT_IN_LANGUAGES_COUNT + 1; i++) {
        dyn_texts_t *texts;

        dyn_arena_init(&arena, block, sizeof(block), NULL, NULL);
        texts = dyn_texts_begin(&arena);
        if (!dyn_texts_load(texts, value, &fault)) {
            fail_msg("%u: %s", i, fault.error.text);
        }
        snprintf(tag, sizeof(tag), "x%c-a%c", 'a' + i / 26, 'a' + i % 26);
        json_object_set_new(value, tag, json_object());
    }
    dyn_arena_init(&arena, block, sizeof(block), NULL, NULL);
    assert_false(dyn_texts_load(dyn_texts_begin(&arena), value, &fault));
    assert_non_null(strstr(fault.error.text, "is one language too many: there may be 32"));
    json_decref(value);
}

/* ---- what is refused ---- */

static void a_wrong_text_is_refused_with_its_place(void **state)
{
    static const struct {
        const char *json, *language, *key, *sentence;
        size_t at;
    } cases[] = {
        {"[]", "", "", "must be an object of languages", 0},
        {"{\"de\":[]}", "de", "", "must be an object of texts by key", 0},
        {"{\"d\":{}}", "d", "", "\"d\" is no language: write its tag", 0},
        {"{\"1e\":{}}", "1e", "", "\"1e\" is no language", 0},
        {"{\"de-\":{}}", "de-", "", "\"de-\" is no language", 0},
        {"{\"de_AT\":{}}", "de_AT", "", "\"de_AT\" is no language", 0},
        {"{\"\":{}}", "", "", "\"\" is no language", 0},
        {"{\"de\":{\"cta.vieuw\":\"x\"}}", "de", "cta.vieuw", "\"cta.vieuw\" is no key", 0},
        {"{\"de\":{\"cta.view\":5}}", "de", "cta.view", "must be a text in quotes", 0},
        {"{\"de\":{\"cta.view\":\"\"}}", "de", "cta.view", "is empty", 0},
        {"{\"de\":{\"cta.view\":\"a\\nb\"}}", "de", "cta.view", "control character", 0},
        {"{\"de\":{\"cta.view\":\"Jetzt {item}\"}}", "de", "cta.view",
         "{item}: this text takes no placeholder", 6},
        {"{\"de\":{\"reason.similar_to\":\"Wie {artikel}\"}}", "de", "reason.similar_to",
         "\"{artikel}\" is no placeholder: this text takes {name}, {item}", 4},
        {"{\"de\":{\"reason.similar_to\":\"Wie {category}\"}}", "de", "reason.similar_to",
         "{category}: this text takes {name}, {item}", 4},
        {"{\"de\":{\"reason.similar_to\":\"Wie {item\"}}", "de", "reason.similar_to",
         "\"{\" is no placeholder", 4},
        {"{\"de\":{\"reason.similar_to\":\"Wie item}\"}}", "de", "reason.similar_to",
         "\"}\" is no placeholder", 8},
        {"{\"de\":{\"reason.similar_to\":\"{item}{item}{item}{item}{item}\"}}", "de",
         "reason.similar_to", "at most 4 placeholders", 24},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        json_t *value = json_of(cases[i].json);

        dyn_arena_init(&arena, block, sizeof(block), NULL, NULL);
        assert_false(dyn_texts_load(dyn_texts_begin(&arena), value, &fault));
        if (strstr(fault.error.text, cases[i].sentence) == NULL ||
            !dyn_str_equal(fault.language, dyn_str_from(cases[i].language)) ||
            !dyn_str_equal(fault.key, dyn_str_from(cases[i].key)) || fault.at != cases[i].at) {
            fail_msg("%s: %.*s, %.*s, byte %zu: %s", cases[i].json, (int)fault.language.len,
                     fault.language.data, (int)fault.key.len, fault.key.data, fault.at,
                     fault.error.text);
        }
        json_decref(value);
    }
}

static void a_text_of_512_bytes_is_taken_and_a_longer_one_is_not(void **state)
{
    char text[DYN_TEXT_BYTES_MAX + 2];
    uint32_t number;

    (void)state;
    memset(text, 'x', sizeof(text));
    for (size_t length = DYN_TEXT_BYTES_MAX; length <= DYN_TEXT_BYTES_MAX + 1; length++) {
        json_t *value = json_stringn(text, length);

        dyn_arena_init(&arena, block, sizeof(block), NULL, NULL);
        assert_int_equal(dyn_texts_add(dyn_texts_begin(&arena), value, 0, &number, &fault),
                         length == DYN_TEXT_BYTES_MAX);
        json_decref(value);
    }
    assert_non_null(strstr(fault.error.text, "has 513 bytes, and may have at most 512"));
}

/* Whatever the arena holds, the answer is "not enough memory" or texts that are whole. */
static void too_little_memory_is_told(void **state)
{
    bool done = false;

    (void)state;
    for (size_t size = 0; !done; size += 512) {
        assert_true(size < sizeof(block));
        dyn_arena_init(&arena, block, size, NULL, NULL);

        dyn_texts_t *texts = dyn_texts_begin(&arena);

        if (texts == NULL) {
            assert_true(arena.exhausted);
            continue;
        }
        done = dyn_texts_end(texts, DYN_STR("de"), &fault);
        assert_true(done || strcmp(fault.error.text, "not enough memory") == 0);
    }
}

/* ---- pieces ---- */

static void pieces_hold_the_text_escaped_for_json(void **state)
{
    dyn_texts_t *texts =
        texts_of("{\"fr\":{\"reason.similar_to\":\"\\\"{item}\\\" & <b>{name}</b> é\"}}", "en");
    const dyn_wording_t *wording =
        dyn_texts_find(texts, DYN_LANGUAGE_FRENCH, DYN_TEXT_REASON_SIMILAR_TO);
    static const char *const words[] = {"\"", "\" & <b>", "</b> é"};
    static const char *const json[] = {"\\\"", "\\\" \\u0026 \\u003cb\\u003e",
                                       "\\u003c/b\\u003e \\u00e9"};
    size_t bytes = 0;

    (void)state;
    assert_int_equal(wording->count, 3);
    for (unsigned i = 0; i < 3; i++) {
        assert_true(dyn_str_equal(wording->pieces[i].words, dyn_str_from(words[i])));
        assert_true(dyn_str_equal(wording->pieces[i].json, dyn_str_from(json[i])));
        bytes += strlen(json[i]);
    }
    assert_int_equal(wording->json_bytes, bytes);
    assert_int_equal(wording->pieces[0].place, DYN_PLACE_ITEM);
    assert_int_equal(wording->pieces[1].place, DYN_PLACE_NAME);
    assert_int_equal(wording->pieces[2].place, DYN_PLACE_NONE);
}

/* ---- money ---- */

static void amounts_are_written_as_each_language_does(void **state)
{
    static const struct {
        const char *tag, *currency, *text, *json;
        int64_t minor;
    } cases[] = {
        {"en", "EUR", "€129.00", "\\u20ac129.00", 12900},
        {"en-GB", "GBP", "£1,234.50", "\\u00a31,234.50", 123450},
        {"en", "USD", "$1,234,567.89", "$1,234,567.89", 123456789},
        {"en", "JPY", "¥1,980", "\\u00a51,980", 1980},
        {"en", "CHF", "CHF\u00a0129.00", "CHF\\u00a0129.00", 12900},
        {"en", "PLN", "PLN\u00a0999.99", "PLN\\u00a0999.99", 99999},
        {"en", "EUR", "-€5.00", "-\\u20ac5.00", -500},
        {"de", "EUR", "129,00\u00a0€", "129,00\\u00a0\\u20ac", 12900},
        {"de-DE", "EUR", "1.234,50\u00a0€", "1.234,50\\u00a0\\u20ac", 123450},
        {"de", "USD", "999,00\u00a0$", "999,00\\u00a0$", 99900},
        {"de", "JPY", "1.980\u00a0¥", "1.980\\u00a0\\u00a5", 1980},
        {"de", "KWD", "129,000\u00a0KWD", "129,000\\u00a0KWD", 129000},
        {"de", "EUR", "-5,00\u00a0€", "-5,00\\u00a0\\u20ac", -500},
        {"de-AT", "EUR", "€\u00a01.234,50", "\\u20ac\\u00a01.234,50", 123450},
        {"de-at", "CHF", "CHF\u00a0129,00", "CHF\\u00a0129,00", 12900},
        {"fr", "EUR", "1\u202f234,50\u00a0€", "1\\u202f234,50\\u00a0\\u20ac", 123450},
        {"fr-CA", "EUR", "129,00\u00a0€", "129,00\\u00a0\\u20ac", 12900},
        {"fr", "USD", "129,00\u00a0$US", "129,00\\u00a0$US", 12900},
        {"fr", "GBP", "129,00\u00a0£GB", "129,00\\u00a0\\u00a3GB", 12900},
        {"fr", "JPY", "1\u202f980\u00a0JPY", "1\\u202f980\\u00a0JPY", 1980},
        {"es", "EUR", "1234,50\u00a0€", "1234,50\\u00a0\\u20ac", 123450},
        {"es", "EUR", "12.345,50\u00a0€", "12.345,50\\u00a0\\u20ac", 1234550},
        {"es", "USD", "129,00\u00a0US$", "129,00\\u00a0US$", 12900},
        {"es", "GBP", "129,00\u00a0GBP", "129,00\\u00a0GBP", 12900},
        {"it", "EUR", "1.234,50\u00a0€", "1.234,50\\u00a0\\u20ac", 123450},
        {"nl", "EUR", "€\u00a01.234,50", "\\u20ac\\u00a01.234,50", 123450},
        {"nl", "USD", "US$\u00a0129,00", "US$\\u00a0129,00", 12900},
        {"pl", "EUR", "1234.50 EUR", "1234.50 EUR", 123450},
        {"den", "EUR", "1234.50 EUR", "1234.50 EUR", 123450},
        {"", "EUR", "0.05 EUR", "0.05 EUR", 5},
        {"de", "", "1.234,50", "1.234,50", 123450},
        {"en", "", "1,234.50", "1,234.50", 123450},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const dyn_money_style_t *style = dyn_money_style(dyn_str_from(cases[i].tag));

        for (int json = 0; json < 2; json++) {
            char text[DYN_MONEY_TEXT_BYTES];
            size_t length = dyn_money_write(style, cases[i].minor, dyn_str_from(cases[i].currency),
                                            json != 0, text);
            const char *expected = json ? cases[i].json : cases[i].text;

            if (length != strlen(expected) || memcmp(text, expected, length) != 0) {
                fail_msg("%s: \"%.*s\" should be \"%s\"", cases[i].tag, (int)length, text,
                         expected);
            }
        }
    }
}

/* In any language and currency, for JSON as well. */
static void the_largest_amount_fits_its_room(void **state)
{
    static const char *const tags[] = {"en", "de", "de-AT", "fr", "es", "it", "nl", "pl"};
    static const char *const currencies[] = {"EUR", "USD", "GBP", "JPY", "CLF", "PLN"};
    size_t longest = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
        for (size_t k = 0; k < sizeof(currencies) / sizeof(currencies[0]); k++) {
            char text[2 * DYN_MONEY_TEXT_BYTES];
            size_t length = dyn_money_write(dyn_money_style(dyn_str_from(tags[i])), INT64_MIN,
                                            dyn_str_from(currencies[k]), true, text);

            longest = length > longest ? length : longest;
        }
    }
    assert_true(longest <= DYN_MONEY_TEXT_BYTES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_text_has_the_same_placeholders_in_all_languages),
        cmocka_unit_test(every_reason_button_and_message_has_its_key),
        cmocka_unit_test(built_in_texts_speak_four_languages),
        cmocka_unit_test(docs_list_every_text_and_placeholder),
        cmocka_unit_test(the_default_rules_file_has_every_text_in_every_language),
        cmocka_unit_test(a_language_falls_back_to_its_parent_then_to_the_files_own_then_to_english),
        cmocka_unit_test(a_text_of_a_rule_is_in_the_language_or_in_one_that_stands_in),
        cmocka_unit_test(a_file_may_have_32_languages),
        cmocka_unit_test(a_wrong_text_is_refused_with_its_place),
        cmocka_unit_test(a_text_of_512_bytes_is_taken_and_a_longer_one_is_not),
        cmocka_unit_test(too_little_memory_is_told),
        cmocka_unit_test(pieces_hold_the_text_escaped_for_json),
        cmocka_unit_test(amounts_are_written_as_each_language_does),
        cmocka_unit_test(the_largest_amount_fits_its_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

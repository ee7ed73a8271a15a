/* The catalogue's reader: what is taken, what is said of a bad line, and every limit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "build_fixture.h"
#include "cli/feed/feed.h"
#include "cli/input/catalog_settle.h"
#include "engine/base/time_text.h"
#include "engine/catalogue/bundles.h"

typedef struct {
    char sentences[8][512];
    size_t count;
} said_t;

/* As dynstore build does with one file. */
static bool read_file(const char *path, dyn_catalog_t *catalog, dyn_faults_t *faults)
{
    static const dyn_feed_settings_t settings = {.currency = NULL};

    return dyn_feed_read(path, &settings, catalog, faults, NULL) &&
           dyn_catalog_settle(catalog, faults);
}

static void hear(void *context, const char *sentence)
{
    said_t *said = context;

    if (said->count < 8) {
        snprintf(said->sentences[said->count++], sizeof(said->sentences[0]), "%s", sentence);
    }
}

/* Reads the lines; the sentences lose the file's name. Returns the number of items. */
static uint32_t read_catalog(const char *text, said_t *said)
{
    dyn_catalog_t catalog = {0};
    dyn_error_t error = {""};
    dyn_faults_t faults = {.max = 100, .report = hear, .context = said, .error = &error};

    memset(said, 0, sizeof(*said));
    if (!read_file(fixture_write("catalog", text), &catalog, &faults)) {
        fail_msg("%s", error.text);
    }

    uint32_t count = catalog.item_count;

    for (size_t i = 0; i < said->count; i++) {
        char *sentence = said->sentences[i], *name = strstr(sentence, "/catalog:");

        assert_non_null(name);
        memmove(sentence, name + 9, strlen(name + 9) + 1);
    }
    dyn_catalog_free(&catalog);

    return count;
}

static void a_bad_line_is_said_with_line_and_field_and_leaves_nothing(void **state)
{
    (void)state;
    static const struct {
        const char *line, *expected;
    } cases[] = {
        {"{\"id\":\"x\"", "1:line: is no JSON: column "},
        {"[1]", "1:line: is no JSON object"},
        {"7", "1:line: is no JSON object"},
        {"{\"title\":\"x\"}", "1:id: is missing"},
#define SET "{\"kind\":\"bundle\",\"id\":\"s\",\"items\":[\"a\",\"b\"],"
        {"{\"kind\":\"bundle\",\"items\":[\"a\",\"b\"],\"title\":\"x\"}", "1:id: is missing"},
        {"{\"kind\":\"bundle\",\"id\":\"s\",\"title\":\"x\"}",
         "1:items: has 0 ids; 2 to 8 ids of items would be right"},
        {"{\"kind\":\"bundle\",\"id\":\"s\",\"items\":[\"a\"],\"title\":\"x\"}",
         "1:items: has 1 ids"},
        {"{\"kind\":\"bundle\",\"id\":\"s\",\"items\":[\"a\",true],\"title\":\"x\"}",
         "1:items[1]: is neither a string nor a whole number"},
        {"{\"kind\":\"bundle\",\"id\":\"s\",\"items\":[1,2,3,4,5,6,7,8,9],\"title\":\"x\"}",
         "1:items: has 9 elements; at most 8 would be right"},
        {SET "\"url\":\"/s\"}", "1:title: is missing: say what the bundle is called"},
        {SET "\"title\":7}", "1:title: is no string"},
        {SET "\"title\":{\"de\":7}}", "1:title.de: is no string"},
        {SET "\"title\":{\"d!\":\"x\"}}", "1:title.d!: is no language"},
        {SET "\"title\":\"x\",\"price\":\"9.00\"}", "1:currency: is missing"},
        {SET "\"title\":\"x\",\"price\":\"9.001\",\"currency\":\"EUR\"}",
         "1:price: \"9.001\" is no amount of EUR"},
        {SET "\"title\":\"x\"}\n" SET "\"title\":\"y\"}",
         "2:id: \"s\" is already the id of another bundle"},
#undef SET
        {"{\"id\":\"\"}", "1:id: is missing"},
        {"{\"id\":null}", "1:id: is missing"},
        {"{\"id\":\"a\\u0000\"}", "1:id: is no id: 1 to 128 bytes"},
        {"{\"id\":\"a\\ud800\"}", "1:id: is no id: 1 to 128 bytes"},
        {"{\"id\":\"x\",\"title\":\"K\xe4se\"}", "1:line: is no JSON: column "},
        {"{\"id\":\"x\",\"age_min\":99999999999999999999}", "1:age_min: is no whole number"},
        {"{\"id\":\"x\",\"currency\":\"EUR\",\"price\":1e999}",
         "1:price: \"1e999\" is no amount of EUR"},
        {"{\"id\":true}", "1:id: is neither a string nor a whole number"},
        {"{\"id\":\"a\\nb\"}", "1:id: is no id"},
        {"{\"id\":\"x\",\"title\":7}", "1:title: is no string"},
        {"{\"id\":\"x\",\"url\":7}", "1:url: is no string"},
        {"{\"id\":\"x\",\"price\":\"1.00\"}", "1:currency: is missing"},
        {"{\"id\":\"x\",\"price\":\"1.000\",\"currency\":\"EUR\"}",
         "1:price: \"1.000\" is no amount of EUR: a number with at most 2 decimals"},
        {"{\"id\":\"x\",\"price\":\"1.5\",\"currency\":\"JPY\"}",
         "1:price: \"1.5\" is no amount of JPY: a number with at most 0 decimals"},
        {"{\"id\":\"x\",\"price\":\"12 EUR\",\"currency\":\"EUR\"}",
         "1:price: \"12 EUR\" is no amount"},
        {"{\"id\":\"x\",\"price\":-1,\"currency\":\"EUR\"}", "1:price: \"-1\" is no amount"},
        {"{\"id\":\"x\",\"price\":[1],\"currency\":\"EUR\"}",
         "1:price: is neither a string nor a number"},
        {"{\"id\":\"x\",\"price\":\"1\",\"currency\":\"eur\"}", "1:currency: is no ISO 4217 code"},
        {"{\"id\":\"x\",\"category\":[\"A\",7]}", "1:category: is no string"},
        {"{\"id\":\"x\",\"tags\":\"t\"}", "1:tags: is no list"},
        {"{\"id\":\"x\",\"tags\":[\"t\",{}]}", "1:tags[1]: is no string"},
        {"{\"id\":\"x\",\"audience\":{}}", "1:audience: is neither a text nor a number"},
        {"{\"id\":\"x\",\"attributes\":[]}", "1:attributes: is no object"},
        {"{\"id\":\"x\",\"attributes\":{\" \":1}}", "1:attributes: has a name that is empty"},
        {"{\"id\":\"x\",\"attributes\":{\"a\":[{}]}}",
         "1:attributes.a: is neither a text nor a number"},
        {"{\"id\":\"x\",\"description\":7}", "1:description: is no string"},
        {"{\"id\":\"x\",\"fit\":[]}", "1:fit: is no string"},
        {"{\"id\":\"x\",\"language\":\"english!\"}", "1:language: is no language tag of BCP 47"},
        {"{\"id\":\"x\",\"language\":\"e\"}", "1:language: is no language tag of BCP 47"},
        {"{\"id\":\"x\",\"rating\":5.1}", "1:rating: is no number from 0 to 5"},
        {"{\"id\":\"x\",\"rating_count\":-1}", "1:rating_count: is no whole number"},
        {"{\"id\":\"x\",\"badges\":[7]}", "1:badges[0]: is no string"},
        {"{\"id\":\"x\",\"keywords\":7}", "1:keywords: is no string"},
        {"{\"id\":\"x\",\"aliases\":[true]}",
         "1:aliases[0]: is neither a string nor a whole number"},
        {"{\"id\":\"x\",\"sale_price\":\"1\"}", "1:currency: is missing"},
        {"{\"id\":\"x\",\"sale_from\":\"soon\"}", "1:sale_from: is no point in time"},
        {"{\"id\":\"x\",\"sale_from\":1800000000,\"sale_until\":1700000000}",
         "1:sale_until: is not after sale_from"},
        {"{\"id\":\"x\",\"stock\":\"many\"}", "1:stock: is no whole number from 0 to 2147483647"},
        {"{\"id\":\"x\",\"stock\":1.5}", "1:stock: is no whole number"},
        {"{\"id\":\"x\",\"stock\":2147483648}", "1:stock: is no whole number"},
        {"{\"id\":\"x\",\"margin\":1.5}", "1:margin: is no share of the price"},
        {"{\"id\":\"x\",\"age_min\":121}", "1:age_min: is no whole number from 0 to 120"},
        {"{\"id\":\"x\",\"countries\":[\"de\"]}", "1:countries[0]: is no ISO 3166 code"},
        {"{\"id\":\"x\",\"countries\":[\"DE\"],\"countries_blocked\":[\"US\"]}",
         "1:countries_blocked: stands beside countries"},
        {"{\"id\":\"x\",\"countries_blocked\":{\"US\":1}}", "1:countries_blocked: is no list"},
        {"{\"id\":\"x\",\"created\":\"yesterday\"}", "1:created: is no point in time"},
        {"{\"id\":\"x\",\"compatible_with\":[true]}",
         "1:compatible_with[0]: is neither a string nor a whole number"},
        {"{\"id\":\"x\",\"variants\":{}}", "1:variants: is no list of at most 2048"},
        {"{\"id\":\"x\",\"variants\":[7]}", "1:variants[0]: is no object"},
        {"{\"id\":\"x\",\"variants\":[{\"id\":\"y\"},{\"title\":\"z\"}]}",
         "1:variants[1].id: is missing"},
        {"{\"id\":\"x\",\"variants\":[{\"id\":\"x\"}]}", "1:variants[0].id: is the item's own id"},
        {"{\"id\":\"x\",\"variants\":[{\"id\":\"y\"},{\"id\":\"y\"}]}",
         "1:variants[1].id: is the id of another variant"},
        {"{\"id\":\"x\",\"variants\":[{\"id\":\"y\",\"price\":\"1\"}]}", "1:currency: is missing"},
        {"{\"id\":\"x\",\"id\":\"y\"}", "1:line: is no JSON: "},
    };
    said_t said;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[512];

        /* what follows is read as if the bad line had not been there: its ids are free */
        snprintf(text, sizeof(text), "%s\n{\"id\":\"x\",\"variants\":[{\"id\":\"y\"}]}\n",
                 cases[i].line);
        assert_int_equal(read_catalog(text, &said), 1);
        assert_int_equal(said.count, 1);
        if (strncmp(said.sentences[0], cases[i].expected, strlen(cases[i].expected)) != 0) {
            fail_msg("%s: %s\n  where this was expected: %s", cases[i].line, said.sentences[0],
                     cases[i].expected);
        }
    }
}

static void an_id_is_used_once_by_items_and_variants(void **state)
{
    (void)state;
    said_t said;

    assert_int_equal(read_catalog("{\"id\":\"a\",\"variants\":[{\"id\":\"a1\"}]}\n"
                                  "{\"id\":\"gid://shopify/Product/a\"}\n"
                                  "\n"
                                  "{\"id\":\"a1\"}\n"
                                  "{\"id\":\"b\",\"variants\":[{\"id\":\"a1\"}]}\n",
                                  &said),
                     1);
    assert_int_equal(said.count, 3);
    assert_string_equal(said.sentences[0],
                        "2:id: \"a\" is already the id of an item or variant of line 1");
    assert_string_equal(said.sentences[1],
                        "4:id: \"a1\" is already the id of an item or variant of line 1");
    assert_string_equal(
        said.sentences[2],
        "5:variants[0].id: \"a1\" is already the id of an item or variant of line 1");
}

static void reading_ends_when_there_are_too_many_bad_lines(void **state)
{
    (void)state;

    for (uint64_t max = 1; max <= 3; max++) {
        dyn_catalog_t catalog = {0};
        dyn_error_t error = {""};
        said_t said = {.count = 0};
        dyn_faults_t faults = {.max = max, .report = hear, .context = &said, .error = &error};
        bool read =
            read_file(fixture_write("catalog", "{}\n{}\n{\"id\":\"a\"}\n"), &catalog, &faults);

        assert_int_equal(read, max >= 2);
        assert_int_equal(faults.count, 2);
        assert_int_equal(said.count, max >= 2 ? 2 : max);
        assert_int_equal(strstr(error.text, ":2:id: is missing") != NULL, !read);
        assert_int_equal(strstr(error.text, "more than 1 bad lines") != NULL, !read);
        dyn_catalog_free(&catalog);
    }
}

/* A line with `count` times `piece` between head and tail. */
static char *repeated(const char *head, const char *piece, size_t count, const char *tail)
{
    char *text = malloc(strlen(head) + (strlen(piece) + 16) * count + strlen(tail) + 2), *at = text;

    at += sprintf(at, "%s", head);
    for (size_t i = 0; i < count; i++) {
        at += sprintf(at, piece, i);
    }
    sprintf(at, "%s\n", tail);

    return text;
}

#pragma GCC diagnostic ignored "-Wformat-nonliteral"

static void every_limit_is_taken_and_one_more_is_not(void **state)
{
    (void)state;
    static const struct {
        const char *head, *piece, *tail;
        size_t max;
    } cases[] = {
        {"{\"id\":\"", "x", "\"}", DYN_ITEM_ID_BYTES_MAX},
        {"{\"id\":\"x\",\"title\":\"", "t", "\"}", DYN_STRING_BYTES_MAX},
        {"{\"id\":\"x\",\"category\":[\"A\"", ",\"B\"", "]}", DYN_CATEGORY_DEPTH_MAX - 1},
        {"{\"id\":\"x\",\"tags\":[\"A\"", ",\"B\"", "]}", DYN_TAGS_PER_ITEM_MAX - 1},
        {"{\"id\":\"x\",\"attributes\":{\"A\":1", ",\"B%zu\":1", "}}",
         DYN_ATTRIBUTES_PER_ITEM_MAX - 1},
        {"{\"id\":\"x\",\"attributes\":{\"A\":[1", ",1", "]}}", DYN_VALUES_PER_ATTRIBUTE_MAX - 1},
        {"{\"id\":\"x\",\"attributes\":{\"", "n", "\":1}}", DYN_ATTRIBUTE_BYTES_MAX},
        {"{\"id\":\"x\",\"badges\":[\"A\"", ",\"B\"", "]}", DYN_BADGES_PER_ITEM_MAX - 1},
        {"{\"id\":\"x\",\"keywords\":[\"A\"", ",\"B\"", "]}", DYN_KEYWORDS_PER_ITEM_MAX - 1},
        {"{\"id\":\"x\",\"aliases\":[\"A\"", ",\"B%zu\"", "]}", DYN_ALIASES_PER_ITEM_MAX - 1},
        {"{\"id\":\"x\",\"compatible_with\":[\"A\"", ",\"B%zu\"", "]}",
         DYN_COMPATIBLE_PER_ITEM_MAX - 1},
        {"{\"id\":\"x\",\"countries\":[\"DE\"", ",\"FR\"", "]}", DYN_COUNTRIES_PER_ITEM_MAX - 1},
        {"{\"id\":\"x\",\"variants\":[{\"id\":\"A\"}", ",{\"id\":\"B%zu\"}", "]}",
         DYN_VARIANTS_PER_ITEM_MAX - 1},
        {"{\"id\":\"x\",\"currency\":\"EUR\",\"price\":\"20000000.0", "0", "\"}", 1},
    };
    said_t said;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        for (size_t more = 0; more < 3; more++) {
            char *line =
                repeated(cases[i].head, cases[i].piece, cases[i].max - 1 + more, cases[i].tail);

            if (fixture_build_code(line, NULL) != 0 || read_catalog(line, &said) != (more < 2)) {
                fail_msg("%s: %zu of at most %zu", cases[i].head, cases[i].max - 1 + more,
                         cases[i].max);
            }
            assert_int_equal(said.count, more == 2);
            free(line);
        }
    }
}

static void categories_up_to_their_limit_are_taken(void **state)
{
    (void)state;
    size_t size = (size_t)(DYN_CATEGORIES_MAX + 1) * 48;
    char *text = malloc(size), *at = text;
    said_t said;

    for (int i = 0; i < DYN_CATEGORIES_MAX + 1; i++) {
        at += sprintf(at, "{\"id\":\"i%d\",\"category\":[\"c%d\"]}\n", i, i);
    }
    assert_int_equal(read_catalog(text, &said), DYN_CATEGORIES_MAX);
    assert_int_equal(said.count, 1);
    assert_string_equal(said.sentences[0],
                        "65537:category: is one more than the 65536 categories that can be");

    dyn_snapshot_t *snapshot = fixture_build(text, NULL);
    assert_int_equal(snapshot->category_count, DYN_CATEGORIES_MAX);
    dyn_snapshot_close(snapshot);
    free(text);
}

static void a_bundle_is_read_with_its_items_price_and_texts(void **state)
{
    (void)state;
    dyn_snapshot_t *snapshot = fixture_build(
        /* a bundle may come before its items, which it may name by a variant or an alias */
        "{\"kind\":\"bundle\",\"id\":\"z\",\"title\":\"Last\",\"items\":[\"b\",\"a-red\",\"sku\"]}"
        "\n"
        "{\"kind\":\"bundle\",\"id\":\"s\",\"title\":{\"de\":\"Satz\",\"en\":\"Set\",\"de_at\":"
        "\"Packerl\"},"
        "\"description\":{\"de\":\"Alles\"},\"url\":\"/s\",\"image\":\"javascript:x\","
        "\"items\":[\"b\",\"a\"],\"price\":\"9.50\",\"currency\":\"EUR\"}\n"
        "{\"kind\":\"bundle\",\"id\":\"gone\",\"title\":\"Gone\",\"items\":[\"a\",\"no-such\"]}\n"
        "{\"kind\":\"bundle\",\"id\":\"twice\",\"title\":\"Twice\",\"items\":[\"a\",\"b\",\"a-"
        "red\"]}\n"
        "{\"kind\":\"item\",\"id\":\"a\",\"title\":\"A\",\"price\":6,\"currency\":\"EUR\","
        "\"variants\":[{\"id\":\"a-red\"}]}\n"
        "{\"id\":\"b\",\"title\":\"B\",\"price\":5,\"currency\":\"EUR\"}\n"
        "{\"id\":\"c\",\"title\":\"C\",\"aliases\":[\"sku\"]}\n",
        NULL);
    const dyn_bundle_t *bundle = &snapshot->bundles[0];

    assert_int_equal(snapshot->bundle_count, 2);
    assert_int_equal(snapshot->item_count, 3);
    assert_true(dyn_str_equal(dyn_snapshot_string(snapshot, bundle->id), DYN_STR("s")));
    assert_true(dyn_str_equal(dyn_snapshot_string(snapshot, bundle->title), DYN_STR("Set")));
    assert_true(
        dyn_str_equal(dyn_snapshot_string(snapshot, bundle->description), DYN_STR("Alles")));
    assert_true(dyn_str_equal(dyn_snapshot_string(snapshot, bundle->url), DYN_STR("/s")));
    assert_int_equal(bundle->image, 0);
    assert_int_equal(bundle->price_minor, 950);
    assert_string_equal(bundle->currency, "EUR");
    assert_int_equal(bundle->items_count, 2);
    assert_int_equal(dyn_bundle_items(snapshot, bundle)[0], 1);
    assert_int_equal(dyn_bundle_items(snapshot, bundle)[1], 0);
    assert_int_equal(bundle->texts_count, 3);
    assert_true(dyn_str_equal(dyn_bundle_words(snapshot, bundle, DYN_STR("de-AT")).title,
                              DYN_STR("Packerl")));
    assert_true(
        dyn_str_equal(dyn_bundle_words(snapshot, bundle, DYN_STR("de")).title, DYN_STR("Satz")));

    bundle++;
    assert_int_equal(bundle->price_minor, -1);
    assert_string_equal(bundle->currency, "");
    assert_int_equal(bundle->items_count, 3);
    assert_int_equal(dyn_bundle_items(snapshot, bundle)[2], 2);
    assert_int_equal(dyn_bundles_of(snapshot, 0).count, 2);
    assert_int_equal(dyn_bundles_of(snapshot, 2).count, 1);
    dyn_snapshot_close(snapshot);
}

static void a_bundle_speaks_up_to_32_languages(void **state)
{
    (void)state;
    for (int languages = DYN_BUNDLE_LANGUAGES_MAX; languages <= DYN_BUNDLE_LANGUAGES_MAX + 1;
         languages++) {
        char line[2048] = "{\"kind\":\"bundle\",\"id\":\"s\",\"items\":[\"a\",\"b\"],\"title\":{";
        size_t length = strlen(line);
        said_t said;

        for (int i = 0; i < languages; i++) {
            length += (size_t)snprintf(line + length, sizeof(line) - length, "%s\"%c%c\":\"T\"",
                                       i > 0 ? "," : "", 'a' + i / 26, 'a' + i % 26);
        }
        snprintf(line + length, sizeof(line) - length, "}}\n");
        read_catalog(line, &said);
        if (languages == DYN_BUNDLE_LANGUAGES_MAX) {
            assert_int_equal(said.count, 0);
        } else {
            assert_string_equal(said.sentences[0], "1:title: makes more than 32 languages");
        }
    }
}

static void points_in_time_are_read_and_written(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t time_ms;
    } cases[] = {
        {"1970-01-01", 0},
        {"2026-03-01T00:00:00Z", 1772323200000},
        {"2026-03-01T01:00:00+01:00", 1772323200000},
        {"2026-02-28T19:00:00.25-0500", 1772323200250},
        {"2026-03-01 00:00", 1772323200000},
        {"2000-02-29T12:30:15.123456Z", 951827415123},
        {"2024-02-29", 1709164800000},
        {"9999-12-31T23:59:59Z", 253402300799000},
        {"2016-12-31T23:59:60Z", 1483228800000},
        {"2026-03-01t00:00:00z", 1772323200000},
        {"2026-03-01 00:00:00 UTC", 1772323200000},
        {"2026-03-01 01:00:00 +0100", 1772323200000},
        {"2026-03-01T00:00:00,250Z", 1772323200250},
    };
    static const char *const wrong[] = {"",
                                        "2026",
                                        "2026-13-01",
                                        "2026-00-01",
                                        "2026-02-29",
                                        "1900-02-29",
                                        "26-01-01",
                                        "2026-1-1",
                                        "2026-01-01T24:00:00",
                                        "2026-01-01T00:60:00",
                                        "2026-01-01x",
                                        "1969-12-31",
                                        "2026-01-01T00:00:00.Z",
                                        "2026-01-01T00:00:00+1",
                                        "2026-01-01T00:00:00+24:00",
                                        "2026-01-01T00:00:00 CET",
                                        "2026-01-01T00:00:00 "};
    int64_t time_ms;
    char text[21];

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_true(dyn_time_parse(dyn_str_from(cases[i].text), &time_ms));
        assert_int_equal(time_ms, cases[i].time_ms);
    }
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        if (dyn_time_parse(dyn_str_from(wrong[i]), &time_ms)) {
            fail_msg("%s was taken", wrong[i]);
        }
    }

    /* every day of 230 years, there and back */
    for (int64_t day = 0; day < 230 * 365; day++) {
        dyn_time_format(day * 86400000 + 3723000, text);
        assert_int_equal(strlen(text), 20);
        assert_true(dyn_time_parse(dyn_str_from(text), &time_ms));
        assert_int_equal(time_ms, day * 86400000 + 3723000);
    }

    assert_true(dyn_time_from_number(1772323200, &time_ms));
    assert_int_equal(time_ms, 1772323200000);
    assert_true(dyn_time_from_number(99999999999, &time_ms));
    assert_int_equal(time_ms, 99999999999000);
    assert_true(dyn_time_from_number(100000000000, &time_ms));
    assert_int_equal(time_ms, 100000000000);
    assert_false(dyn_time_from_number(-1, &time_ms));
    /* the same moment in microseconds and nanoseconds, and where one unit ends and the next begins */
    assert_true(dyn_time_from_number(1772323200000000.0, &time_ms));
    assert_int_equal(time_ms, 1772323200000);
    assert_true(dyn_time_from_number(1772323200000000000.0, &time_ms));
    assert_int_equal(time_ms, 1772323200000);
    assert_true(dyn_time_from_number(99999999999999.0, &time_ms));
    assert_int_equal(time_ms, 99999999999999);
    assert_true(dyn_time_from_number(1e14, &time_ms));
    assert_int_equal(time_ms, 100000000000);
    assert_true(dyn_time_from_number(1e17, &time_ms));
    assert_int_equal(time_ms, 100000000000);
    assert_true(dyn_time_from_number(9.9e19, &time_ms));
    assert_int_equal(time_ms, 99000000000000);
    assert_false(dyn_time_from_number(1e20, &time_ms));

    /* in quotes */
    assert_true(dyn_time_from_text(DYN_STR("1772323200"), &time_ms));
    assert_int_equal(time_ms, 1772323200000);
    assert_true(dyn_time_from_text(DYN_STR("1772323200.25"), &time_ms));
    assert_int_equal(time_ms, 1772323200250);
    assert_true(dyn_time_from_text(DYN_STR("2026-03-01"), &time_ms));
    assert_false(dyn_time_from_text(DYN_STR("2026"), &time_ms));
    assert_false(dyn_time_from_text(DYN_STR("20260301"), &time_ms));
    assert_false(dyn_time_from_text(DYN_STR("1772323200 s"), &time_ms));
    assert_false(dyn_time_from_text(DYN_STR(""), &time_ms));
}

static void what_is_too_long_or_no_sale_is_left_out_and_said(void **state)
{
    (void)state;
    static const char *const cases[][3] = {
        {"{\"id\":\"x\",\"description\":\"", "\"}", "cut_text"},
        {"{\"id\":\"x\",\"attributes\":{\"story\":\"", "\"}}", "long_value"},
        {"{\"id\":\"x\",\"price\":\"1\",\"sale_price\":\"1\",\"currency\":\"EUR\",\"fit\":\"",
         "\"}", "no_sale"},
    };
    static const size_t bytes[] = {DYN_STRING_BYTES_MAX + 1, DYN_ATTRIBUTE_BYTES_MAX + 1, 1};

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        dyn_catalog_t catalog = {0};
        dyn_error_t error = {""};
        dyn_notes_t notes = {0};
        said_t said = {.count = 0};
        dyn_faults_t faults = {
            .max = 1, .report = hear, .context = &said, .error = &error, .notes = &notes};
        char *line = repeated(cases[i][0], "t", bytes[i], cases[i][1]);
        unsigned made_good = 0;

        assert_true(read_file(fixture_write("catalog", line), &catalog, &faults));
        assert_int_equal(catalog.item_count, 1);
        for (size_t note = 0; note < DYN_NOTE_COUNT; note++) {
            if (notes.counts[note] != 0) {
                assert_string_equal(dyn_note_name((dyn_note_t)note), cases[i][2]);
                made_good++;
            }
        }
        assert_int_equal(made_good, 1);
        assert_int_equal(catalog.trait_count, 0);
        assert_int_equal(catalog.items[0].sale_price_minor, -1);
        dyn_catalog_free(&catalog);
        free(line);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bad_line_is_said_with_line_and_field_and_leaves_nothing),
        cmocka_unit_test(an_id_is_used_once_by_items_and_variants),
        cmocka_unit_test(reading_ends_when_there_are_too_many_bad_lines),
        cmocka_unit_test(every_limit_is_taken_and_one_more_is_not),
        cmocka_unit_test(what_is_too_long_or_no_sale_is_left_out_and_said),
        cmocka_unit_test(categories_up_to_their_limit_are_taken),
        cmocka_unit_test(a_bundle_is_read_with_its_items_price_and_texts),
        cmocka_unit_test(a_bundle_speaks_up_to_32_languages),
        cmocka_unit_test(points_in_time_are_read_and_written),
    };

    return cmocka_run_group_tests_name("build_catalog", tests, NULL, NULL);
}

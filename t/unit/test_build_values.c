/* Lines and JSON values of a file, in every way of writing, at the limits, and cut at every byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "build_fixture.h"
#include "cli/input/columns.h"
#include "cli/input/input.h"
#include "cli/input/values.h"

static const char *const lists[] = {"products", "items", NULL};
static const dyn_values_shape_t shape = {lists, "id"};

static const char *write_bytes(const char *bytes, size_t length)
{
    const char *path = fixture_path("other");
    FILE *file = fopen(path, "wb");

    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    fclose(file);

    return path;
}

/* "LINE:VALUE" of each value, a bar between; and "!" with what is wrong in the end. */
static const char *values_of(const char *bytes, size_t length)
{
    static char said[4096];
    dyn_error_t error = {""};
    dyn_lines_t *lines = dyn_lines_open(write_bytes(bytes, length), &error);
    size_t used = 0;
    dyn_str_t value;

    assert_non_null(lines);
    said[0] = '\0';

    dyn_values_t values = dyn_values_begin(lines, &shape);

    while (dyn_values_next(&values, &value) && used < sizeof(said) - 600) {
        used +=
            (size_t)snprintf(said + used, sizeof(said) - used, "%s%d:%.*s", used == 0 ? "" : "|",
                             (int)dyn_lines_number(lines), (int)value.len, value.data);
    }
    if (!dyn_values_end(&values, "f", &error)) {
        snprintf(said + used, sizeof(said) - used, "!%s", error.text);
    }
    assert_true(dyn_lines_close(lines, &error));

    return said;
}

static void values_are_found_in_lines_and_lists_with_the_line_where_they_begin(void **state)
{
    (void)state;
    static const struct {
        const char *text, *expected;
    } cases[] = {
        {"", ""},
        {"\n \r\n\t", ""},
        {"{\"a\":1}\n\n {\"a\":2} \r\n{\"a\":3}", "1:{\"a\":1}|3:{\"a\":2}|4:{\"a\":3}"},
        {"{\"a\":1}\r{\"a\":2}\r\r{\"a\":3}", "1:{\"a\":1}|2:{\"a\":2}|4:{\"a\":3}"},
        /* over several lines */
        {"{\n\"a\":\n[1,\n{}]\n}\n{\"b\":2}", "1:{\n\"a\":\n[1,\n{}]\n}|6:{\"b\":2}"},
        {"{\"a\":\"}\nx\"\n}\n7", "1:{\"a\":\"}\nx\"\n}|4:7"},
        /* broken lines are alone */
        {"{\"a\"\n{\"b\":2}", "1:{\"a\"|2:{\"b\":2}"},
        {"{\"a\":\"x\n{\"b\":2}", "1:{\"a\":\"x|2:{\"b\":2}"},
        {"{\"a\":[1\n{\"b\":2}\n{\"c\"", "1:{\"a\":[1|2:{\"b\":2}|3:{\"c\""},
        {"{\"a\":[1,\n{\"b\":2}\n{\"c\":3}", "1:{\"a\":[1,|2:{\"b\":2}|3:{\"c\":3}"},
        {"{\"a\":{\"b\":1}\n{\"c\":3}", "1:{\"a\":{\"b\":1}|2:{\"c\":3}"},
        {"{\"a\":\\\n", "1:{\"a\":\\"},
        {"nonsense\n{\"a\":1}", "1:nonsense|2:{\"a\":1}"},
        /* lists */
        {"[]", ""},
        {"[{\"a\":1},\n{\"a\":[\"]\"]}\n,7,\"x,\\\"]\", null\n]\n{\"b\":2}",
         "1:{\"a\":1}|2:{\"a\":[\"]\"]}|3:7|3:\"x,\\\"]\"|3:null|5:{\"b\":2}"},
        {"[{\"a\":1}]\n[{\"a\":2}]", "1:{\"a\":1}|2:{\"a\":2}"},
        {"[[1,2],{}]", "1:[1,2]|1:{}"},
        {"[1,2] x", "1:1|1:2|1:x"},
        /* within an object */
        {"{\"items\":[{\"id\":1},{\"id\":2}],\"x\":[\"]}\"]}\n{\"id\":3}",
         "1:{\"id\":1}|1:{\"id\":2}|2:{\"id\":3}"},
        {"{ \"n\" : -1.5 , \"s\" : \"a\\\"],{\" ,\n\"products\" : [\n{\"x\":{\"y\":1},\"id\":1}\n] "
         "}",
         "3:{\"x\":{\"y\":1},\"id\":1}"},
        {"{\"items\":[{\"id\":1}]}{\"items\":[{\"id\":2}]}", "1:{\"id\":1}|1:{\"id\":2}"},
        /* an item that has such a member is an item */
        {"{\"id\":1,\"items\":[{\"id\":2}]}", "1:{\"id\":1,\"items\":[{\"id\":2}]}"},
        {"{\"x\":1,\"items\":[{\"y\":{\"id\":2}}]}", "1:{\"x\":1,\"items\":[{\"y\":{\"id\":2}}]}"},
        {"{\"x\":{\"items\":[{\"id\":2}]}}", "1:{\"x\":{\"items\":[{\"id\":2}]}}"},
        {"{\"other\":[{\"id\":2}]}", "1:{\"other\":[{\"id\":2}]}"},
        {"{\"items\":[]}", "1:{\"items\":[]}"},
        /* cut */
        {"[{\"a\":1},\n{\"a\":2",
         "1:{\"a\":1}!f:2: the list that begins in line 1 has no end: the file was cut, or a "
         "bracket or quote is missing"},
        {"\n[{\"a\":1},",
         "2:{\"a\":1}!f:2: the list that begins in line 2 has no end: the file was "
         "cut, or a bracket or quote is missing"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *said = values_of(cases[i].text, strlen(cases[i].text));

        if (strcmp(said, cases[i].expected) != 0) {
            fail_msg("%s\n  gave: %s\n  expected: %s", cases[i].text, said, cases[i].expected);
        }
    }
}

static void a_file_may_be_cut_at_every_byte(void **state)
{
    (void)state;
    static const char text[] =
        "\xef\xbb\xbf{\"n\":\"\\u00e4\\\"\",\"items\":[{\"id\":1,\"x\":[{}]},\r\n\"a\\\\\","
        "7\r]}\n[ {\"id\":2}\n]\n{\"a\"\n:\"b\n\"}\n";
    char wide[2 * sizeof(text)];

    for (size_t length = 0; length < sizeof(text); length++) {
        values_of(text, length);
        /* the same in UTF-16, with halves of characters at the end */
        for (size_t i = 0; i < length; i++) {
            wide[2 * i] = text[i];
            wide[2 * i + 1] = '\0';
        }
        values_of(wide, 2 * length);
        if (length > 0) {
            values_of(wide, 2 * length - 1);
        }
    }
}

static void halves_of_surrogate_pairs_in_utf16_are_replaced(void **state)
{
    (void)state;
    static const unsigned char text[] = {0xff, 0xfe, 'a',  0,    0x3d, 0xd8, 0x00, 0xde, 0x3d, 0xd8,
                                         'b',  0,    0x00, 0xde, 'c',  0,    0x3d, 0xd8, 0x3d, 0xd8,
                                         '\n', 0,    0xac, 0x20, 0xe4, 0,    0x3d, 0xd8};

    assert_string_equal(values_of((const char *)text, sizeof(text)),
                        "1:a\xf0\x9f\x98\x80\xef\xbf\xbd"
                        "b\xef\xbf\xbd"
                        "c\xef\xbf\xbd\xef\xbf\xbd|2:\xe2\x82\xac\xc3\xa4\xef\xbf\xbd");
}

/* `count` bytes in front of `text`. */
static char *padded(size_t count, const char *text, size_t *length)
{
    *length = count + strlen(text);
    char *bytes = malloc(*length + 1);

    memset(bytes, ' ', count);
    memcpy(bytes + count, text, strlen(text) + 1);

    return bytes;
}

static void a_piece_up_to_the_limit_is_read_and_a_longer_one_ends_reading(void **state)
{
    (void)state;
    for (size_t more = 0; more < 3; more++) {
        /* a quote, blanks, a quote: the line, without its end, has `length` bytes */
        size_t length = DYN_INPUT_PIECE_BYTES_MAX - 3 + more, bytes_length;
        char *bytes = padded(length, "\"\n{}\n", &bytes_length);
        dyn_error_t error = {""};
        dyn_str_t line;

        bytes[0] = '"';

        dyn_lines_t *lines = dyn_lines_open(write_bytes(bytes, bytes_length), &error);

        assert_non_null(lines);
        assert_int_equal(dyn_lines_next(lines, &line), more < 2);
        if (more < 2) {
            assert_int_equal(line.len, length + 1);
            assert_true(dyn_lines_next(lines, &line));
            assert_int_equal(line.len, 2);
        }
        assert_int_equal(dyn_lines_close(lines, &error), more < 2);
        assert_int_equal(strstr(error.text, ":1: a line or element of more than 16 MB") != NULL,
                         more == 2);
        free(bytes);
    }
}

static void a_broken_value_takes_no_more_lines_with_it_than_the_limits_say(void **state)
{
    (void)state;
    size_t length;
    char *bytes = padded(DYN_VALUE_LINES_BYTES_MAX + 1, "\n\"a\":1}\n{\"b\":2}\n", &length);

    /* complete, but only behind the limit: the first line is broken, and the others are read for themselves */
    bytes[0] = '{';
    bytes[1] = '\n';
    assert_non_null(strstr(values_of(bytes, length), "1:{|3:\"a\":1}|4:{\"b\":2}"));
    free(bytes);

    bytes = padded(DYN_VALUE_LINES_BYTES_MAX, "\n\"a\":1}\n{\"b\":2}\n", &length);
    bytes[0] = '{';
    bytes[1] = '\n';

    dyn_error_t error = {""};
    dyn_lines_t *lines = dyn_lines_open(write_bytes(bytes, length), &error);
    dyn_values_t values = dyn_values_begin(lines, &shape);
    dyn_str_t value;

    assert_true(dyn_values_next(&values, &value));
    assert_int_equal(value.len, DYN_VALUE_LINES_BYTES_MAX + 7);
    assert_true(dyn_values_next(&values, &value));
    assert_int_equal(value.len, 7);
    dyn_lines_close(lines, &error);
    free(bytes);
}

static void a_value_may_nest_to_the_limit_over_lines(void **state)
{
    (void)state;
    for (int depth = DYN_VALUE_DEPTH_MAX - 1; depth <= DYN_VALUE_DEPTH_MAX + 1; depth++) {
        char text[4 * DYN_VALUE_DEPTH_MAX + 64] = "{\"a\":", expected[sizeof(text) + 8];
        char *at = text + strlen(text);

        memset(at, '[', (size_t)depth - 1);
        at += depth - 1;
        *at++ = '\n';
        memset(at, ']', (size_t)depth - 1);
        strcpy(at + depth - 1, "}");
        snprintf(expected, sizeof(expected), "1:%s", text);
        assert_int_equal(strcmp(values_of(text, strlen(text)), expected) == 0,
                         depth <= DYN_VALUE_DEPTH_MAX);
    }
}

/* The fields of the first record, a bar between. */
static const char *fields_of(const char *text)
{
    static char said[512], room[DYN_COLUMNS_RECORD_BYTES_MAX];
    dyn_str_t fields[DYN_COLUMNS_MAX], line;
    dyn_columns_t columns;
    dyn_error_t error = {""};
    dyn_lines_t *lines = dyn_lines_open(fixture_write("other", text), &error);
    size_t used = 0;

    assert_true(dyn_lines_next(lines, &line));
    assert_true(dyn_columns_recognize(line, &columns, &error));

    bool whole = dyn_columns_complete(&columns, lines, &line);
    size_t count = dyn_columns_split(&columns, line, fields, room);

    for (size_t i = 0; i < count; i++) {
        used += (size_t)snprintf(said + used, sizeof(said) - used, "%s%.*s", i == 0 ? "" : "|",
                                 (int)fields[i].len, fields[i].data);
    }
    if (!whole) {
        snprintf(said + used, sizeof(said) - used, "!");
    }
    dyn_lines_close(lines, &error);

    return said;
}

static void records_are_split_as_they_were_written(void **state)
{
    (void)state;
    static const struct {
        const char *text, *expected;
    } cases[] = {
        {"a\tb\tc", "a|b|c"},
        {"a,b;c,d", "a|b;c|d"},
        {"a;b,c;d", "a|b,c|d"},
        {" a , \"b\" ,c ", "a|b|c"},
        {"\"a,b\",\"c\"\"d\",e", "a,b|c\"d|e"},
        {"a,\"b\nc\",d\ne", "a|b\nc|d"},
        {"a,b\"c,d", "a|b\"c|d"},
        {",,", "||"},
        {"a,\"b,c\nd,e,f\n", "a|\"b|c!"},
        {"\"\",\"\"\"\",c", "|\"|c"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_string_equal(fields_of(cases[i].text), cases[i].expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_found_in_lines_and_lists_with_the_line_where_they_begin),
        cmocka_unit_test(a_file_may_be_cut_at_every_byte),
        cmocka_unit_test(halves_of_surrogate_pairs_in_utf16_are_replaced),
        cmocka_unit_test(a_piece_up_to_the_limit_is_read_and_a_longer_one_ends_reading),
        cmocka_unit_test(a_broken_value_takes_no_more_lines_with_it_than_the_limits_say),
        cmocka_unit_test(a_value_may_nest_to_the_limit_over_lines),
        cmocka_unit_test(records_are_split_as_they_were_written),
    };

    return cmocka_run_group_tests_name("build_values", tests, NULL, NULL);
}

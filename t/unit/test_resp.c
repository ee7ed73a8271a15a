/* The reader of Redis' replies: told the same however the bytes are cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "redis/resp.h"

typedef struct {
    char text[1024];
    size_t len;
    const char *refuse; /* the handler that says no */
} told_t;

static bool tell(told_t *told, const char *who, const char *what)
{
    told->len +=
        (size_t)snprintf(told->text + told->len, sizeof(told->text) - told->len, "%s%s", who, what);

    return told->refuse == NULL || strcmp(told->refuse, who) != 0;
}

static bool on_list(void *data, bool nested, uint64_t elements)
{
    char what[32];

    snprintf(what, sizeof(what), "%s%u ", nested ? "!" : "", (unsigned)elements);

    return tell(data, "list", what);
}

static bool on_string(void *data, bool nested, uint64_t len)
{
    char what[32];

    snprintf(what, sizeof(what), "%s%u:", nested ? "!" : "", (unsigned)len);

    return tell(data, len == 0 ? "empty" : "string", what);
}

static void on_bytes(void *data, const uint8_t *bytes, size_t len)
{
    char what[256];

    assert_true(len > 0 && len < sizeof(what));
    memcpy(what, bytes, len);
    what[len] = '\0';
    tell(data, "", what);
}

static bool on_line(void *data, uint8_t type, const uint8_t *text, size_t len)
{
    char what[DYN_RESP_LINE_MAX + 3];

    snprintf(what, sizeof(what), "%c%.*s ", type, (int)len, (const char *)text);

    return tell(data, "line", what);
}

static bool on_other(void *data)
{
    return tell(data, "other", " ");
}

static void on_end(void *data)
{
    tell(data, "end", ". ");
}

static const dyn_resp_handlers_t handlers = {on_list, on_string, on_bytes,
                                             on_line, on_other,  on_end};

static bool read_in_pieces(const char *text, size_t piece, told_t *told)
{
    dyn_resp_t resp;
    size_t len = strlen(text);

    dyn_resp_init(&resp);
    for (size_t at = 0; at < len; at += piece) {
        size_t n = len - at < piece ? len - at : piece;

        if (!dyn_resp_read(&resp, &handlers, told, (const uint8_t *)text + at, n)) {
            return false;
        }
    }

    return true;
}

static void replies_are_told_alike_however_they_are_cut(void **state)
{
    static const char *const rows[][2] = {
        {"+OK\r\n", "line+OK end. "},
        {"-ERR no\r\n", "line-ERR no end. "},
        {":12\r\n:-3\r\n:+4\r\n", "other end. other end. other end. "},
        {"$-1\r\n*-1\r\n", "other end. other end. "},
        {"$0\r\n\r\n", "empty0:end. "},
        {"$5\r\na\r\nbc\r\n", "string5:a\r\nbcend. "},
        {"$0000000000000000003\r\nabc\r\n", "string3:abcend. "},
        {"*0\r\n", "list0 end. "},
        {"*2\r\n$1\r\na\r\n$12\r\nhello, world\r\n+x\r\n",
         "list2 string!1:astring!12:hello, worldend. line+x end. "},
        {"*2\r\n*1\r\n$1\r\na\r\n$1\r\nb\r\n", "list2 list!1 string!1:astring!1:bend. "},
        {"+a\rb\nc\r\n", "line+a\rb\nc end. "},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (size_t piece = 1; piece <= strlen(rows[i][0]); piece++) {
            told_t told = {.len = 0};

            if (!read_in_pieces(rows[i][0], piece, &told) || strcmp(told.text, rows[i][1]) != 0) {
                fail_msg("%s in pieces of %zu: %s", rows[i][0], piece, told.text);
            }
        }
    }
}

static void what_is_no_resp_ends_the_reading(void **state)
{
    static const char *const rows[] = {
        "x",
        "$\r\n",
        "$x\r\n",
        "$1x\r\na\r\n",
        "$-2\r\n",
        "$-\r\n",
        "*+1\r\n",
        ":\r\n",
        "$1\r\nab\r\n",
        "$1\r\na\rb",
        "$1099511627777\r\n",
        "*1099511627777\r\n",
        "$99999999999999999999\r\n",
        "$1111111111111111111111111111",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (size_t piece = 1; piece <= strlen(rows[i]); piece++) {
            told_t told = {.len = 0};

            if (read_in_pieces(rows[i], piece, &told)) {
                fail_msg("%s in pieces of %zu is taken: %s", rows[i], piece, told.text);
            }
        }
    }
}

static void a_handler_ends_the_reading(void **state)
{
    static const char *const rows[][2] = {
        {"list", "*1\r\n"},  {"string", "$2\r\nab\r\n"}, {"empty", "$0\r\n\r\n"},
        {"line", "+OK\r\n"}, {"other", ":1\r\n"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (size_t piece = 1; piece <= strlen(rows[i][1]); piece++) {
            told_t told = {.refuse = rows[i][0]};

            assert_false(read_in_pieces(rows[i][1], piece, &told));
            assert_null(strstr(told.text, "end"));
        }
    }
}

static void a_long_line_is_cut(void **state)
{
    char text[1 + 3 * DYN_RESP_LINE_MAX + 3] = "-";
    told_t told = {.len = 0};

    (void)state;
    memset(text + 1, 'e', 3 * DYN_RESP_LINE_MAX);
    memcpy(text + 1 + 3 * DYN_RESP_LINE_MAX, "\r\n", 3);
    assert_true(read_in_pieces(text, 7, &told));
    assert_int_equal(told.len, strlen("line- end. ") + DYN_RESP_LINE_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(replies_are_told_alike_however_they_are_cut),
        cmocka_unit_test(what_is_no_resp_ends_the_reading),
        cmocka_unit_test(a_handler_ends_the_reading),
        cmocka_unit_test(a_long_line_is_cut),
    };

    return cmocka_run_group_tests_name("resp", tests, NULL, NULL);
}

/* The address of a Redis: one grammar for nginx and the command line, and no sentence that shows a password. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "build_fixture.h"
#include "redis/url.h"

static void assert_part(const char *url, const char *what, const char *got, const char *expected)
{
    if (strcmp(got == NULL ? "-" : got, expected) != 0) {
        fail_msg("%s: %s is %s, not %s", url, what, got == NULL ? "-" : got, expected);
    }
}

static void every_part_of_an_address_is_read(void **state)
{
    enum { URL, USER, PASSWORD, HOST, PORT, PATH, DB, COLUMNS };
    size_t length, taken = 0, refused = 0;
    char *bytes = fixture_read("t/fixtures/redis-urls.tsv", &length), *text = calloc(1, length + 1),
         *next_line = NULL;

    (void)state;
    memcpy(text, bytes, length);
    for (char *line = strtok_r(text, "\n", &next_line); line != NULL;
         line = strtok_r(NULL, "\n", &next_line)) {
        const char *columns[COLUMNS] = {NULL};
        dyn_redis_url_t address;
        dyn_error_t error = {""};
        char number[16];
        char *next = line;

        if (line[0] == '#') {
            continue;
        }
        for (int i = 0; i < COLUMNS && next != NULL; i++) {
            columns[i] = strsep(&next, "\t");
        }

        bool good = dyn_redis_url_parse(dyn_str_from(columns[URL]), &address, &error);

        if (columns[PASSWORD] == NULL) {
            if (good) {
                fail_msg("%s is taken", columns[URL]);
            }
            refused++;
            continue;
        }
        if (!good) {
            fail_msg("%s: %s", columns[URL], error.text);
        }
        taken++;
        assert_part(columns[URL], "the user", address.user, columns[USER]);
        assert_part(columns[URL], "the password", address.password, columns[PASSWORD]);
        assert_part(columns[URL], "the host", address.host, columns[HOST]);
        assert_part(columns[URL], "the path", address.path, columns[PATH]);
        snprintf(number, sizeof(number), "%d", address.port);
        assert_part(columns[URL], "the port", number, columns[PORT]);
        snprintf(number, sizeof(number), "%d", address.db);
        assert_part(columns[URL], "the database", number, columns[DB]);
        assert_null(strstr(address.shown, "secret"));
        assert_null(strstr(address.shown, "shop"));
    }
    assert_true(taken > 15 && refused > 30);
    free(bytes);
    free(text);
}

static void an_address_may_have_so_many_bytes_and_no_more(void **state)
{
    static char url[DYN_REDIS_URL_BYTES_MAX + 2];
    dyn_redis_url_t address;
    dyn_error_t error;

    (void)state;
    memset(url, 'x', sizeof(url) - 1);
    memcpy(url, "unix:/", 6);
    assert_false(dyn_redis_url_parse(dyn_str_from(url), &address, &error));
    url[DYN_REDIS_URL_BYTES_MAX] = '\0';
    assert_true(dyn_redis_url_parse(dyn_str_from(url), &address, &error));
    assert_int_equal(strlen(address.path), DYN_REDIS_URL_BYTES_MAX - 5);
    /* all of it user and password, each byte its own part */
    memset(url, 'x', DYN_REDIS_URL_BYTES_MAX);
    memcpy(url, "redis://:", 9);
    memcpy(url + DYN_REDIS_URL_BYTES_MAX - 2, "@h", 2);
    assert_true(dyn_redis_url_parse(dyn_str_from(url), &address, &error));
    assert_int_equal(strlen(address.password), DYN_REDIS_URL_BYTES_MAX - 11);
}

static void what_is_not_well_encoded_is_refused(void **state)
{
    static const char *const urls[] = {"redis://a%@h", "redis://a%4@h", "redis://a%zz@h",
                                       "redis://a%00b@h", "redis://a:b%00@h"};
    dyn_redis_url_t address;
    dyn_error_t error;

    (void)state;
    for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
        assert_false(dyn_redis_url_parse(dyn_str_from(urls[i]), &address, &error));
    }
}

static void a_password_is_found_whatever_else_is_wrong(void **state)
{
    static const char *const urls[][2] = {
        {"redis://h", ""},
        {"redis://u@h", ""},
        {"redis://u:@h", ""},
        {"redis://u:p@h", "p"},
        {"redis://:p@h", "p"},
        {"redis://u:p@q:r/@h:1/2", "p@q:r/"},
        {"rediss://u:p@h", "p"},
        {"u:p@h", "p"},
        {":p@", "p"},
        {"redis://u:p@", "p"},
        {"redis://u:p@h:x", "p"},
        {"unix:/run/a@b:1", ""},
        {"", ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
        dyn_str_t password = dyn_redis_url_password(dyn_str_from(urls[i][0]));

        if (!dyn_str_equal(password, dyn_str_from(urls[i][1]))) {
            fail_msg("%s: \"%.*s\"", urls[i][0], (int)password.len, password.data);
        }
    }
}

static void a_sentence_says_what_is_wrong(void **state)
{
    static const char *const urls[][2] = {
        {"rediss://u:secret@h",
         "Redis, \"@h\", cannot be read: it does not begin with redis:// or unix:;"},
        {"redis://u:secret%zz@h", "\"@h\", cannot be read: its user or password is badly encoded"},
        {"redis://u:secret@", "\"@\", cannot be read: it names no host;"},
        {"redis://u:secret@[x]:1", "\"@[x]:1\", cannot be read: its host is not a name"},
        {"redis://u:secret@h:0",
         "\"@h:0\", cannot be read: its port is not a number from 1 to 65535;"},
        {"redis://u:secret@h/x",
         "\"@h/x\", cannot be read: its database is not a number from 0 to"},
        {"redis://u:secret", "Redis cannot be read: its port is not a number"},
        {"unix:", "Redis cannot be read: it names no path;"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
        dyn_redis_url_t address;
        dyn_error_t error = {""};

        assert_false(dyn_redis_url_parse(dyn_str_from(urls[i][0]), &address, &error));
        if (strstr(error.text, urls[i][1]) == NULL || strstr(error.text, "secret") != NULL) {
            fail_msg("%s: %s", urls[i][0], error.text);
        }
    }
}

static void a_sentence_about_an_address_shows_no_password(void **state)
{
    static const char *const urls[] = {"redis://secret",   "secret",           "rediss://secret",
                                       "redis://h:secret", "redis://h/secret", "unix:/h:secret"};

    (void)state;
    for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
        dyn_redis_url_t address;
        dyn_error_t error = {""};

        if (!dyn_redis_url_parse(dyn_str_from(urls[i]), &address, &error)) {
            assert_null(strstr(error.text, "secret"));
            assert_non_null(strstr(error.text, "or unix:PATH[:db]"));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_part_of_an_address_is_read),
        cmocka_unit_test(an_address_may_have_so_many_bytes_and_no_more),
        cmocka_unit_test(what_is_not_well_encoded_is_refused),
        cmocka_unit_test(a_password_is_found_whatever_else_is_wrong),
        cmocka_unit_test(a_sentence_says_what_is_wrong),
        cmocka_unit_test(a_sentence_about_an_address_shows_no_password),
    };

    return cmocka_run_group_tests_name("redis_url", tests, NULL, NULL);
}

/*
 * The marker scanner against a slow reading of random pages, and on the pages of t/corpus/pages (NAME.html with its marks in
 * NAME.marks, a line each: offset, then the slot or `/body`) and one of 5 MB.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "scanner_check.h"
#include "scanner_reference.h"

#define PAGES "t/corpus/pages"

static size_t random_page(char *page, size_t room, bool foreign)
{
    static const char *const pieces[] = {
        "<",
        ">",
        "</",
        "<!",
        "<!--",
        "-->",
        "--",
        "-",
        "!",
        "--!>",
        "?",
        "/",
        "=",
        "\"",
        "'",
        " ",
        "\n",
        "x",
        "body",
        "</body>",
        "</BODY ",
        "</body",
        "<!--dynstore:recs-->",
        "<!--dynstore:",
        "dynstore:",
        "a-1",
        "<script>",
        "<script",
        "script",
        "</script>",
        "</script",
        "<style>",
        "</style>",
        "<title>",
        "</title>",
        "<textarea ",
        "</textarea>",
        "<template>",
        "</template>",
        "<noscript>",
        "</noscript>",
        "<a href=\"",
        "<p class='",
        " b=",
        "=\"",
        "='",
        "\">",
        "'>",
        "/>",
        "<br/>",
        "<strong>",
        "<main>",
        "<div class=\"card card--product\" data-x=\"1\">",
        "</div>",
        "Women's",
        "<iframe>",
        "</iframe>",
        "<xmp>",
        "</xmp>",
        "<![CDATA[",
        "]]>",
        "<!DOCTYPE html>",
        "\xc3\xa9",
        "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        "0123456789abcdef",
        "< ",
        "<a b=c d=\"e\">",
        "<img alt='a>b' src=x>",
        "<a title=\"x > y\">",
        "<a title='</body>'>",
        "<i class=\"a b \">",
        " 'tis \"so\" ",
        "<li class=\"menu__item\"><a href=\"/collections/1\" class=\"menu__link\">",
        "</li>",
        "</b>",
        "</td>",
        "<label>",
        "<h6>",
        "<a\r\n",
        "<IMG>",
        "\t",
        "<plaintext",
        "<frameset",
        /* from here on only where svg and math are wanted */
        "<svg>",
        "</svg>",
        "<svg ",
        "<math>",
        "</math>",
        "<foreignObject>",
        "</foreignObject>",
        "<title/>",
        "<style/>",
        "<script/>",
        "<desc>",
        "</g>",
        "<g>",
        "<path/>",
        "<mi>",
        "<font>",
        "<p>",
        "</p>",
    };
    size_t count = sizeof(pieces) / sizeof(pieces[0]) - (foreign ? 0 : 18);
    size_t wanted = 1 + scanner_random_below(scanner_random_below(4) == 0 ? 200 : 30);
    size_t len = 0;

    for (size_t i = 0; i < wanted; i++) {
        const char *piece = pieces[scanner_random_below(count)];
        if (piece[0] == '\t' && scanner_random_below(4) == 0) {
            page[len++] = '\0';
        }
        /* The two that end all marks are rare, or nothing behind them would be tried. */
        if ((strcmp(piece, "<plaintext") == 0 || strcmp(piece, "<frameset") == 0) &&
            scanner_random_below(20) != 0) {
            continue;
        }
        if (len + strlen(piece) + 2 > room) {
            break;
        }
        memcpy(page + len, piece, strlen(piece));
        len += strlen(piece);
    }
    page[len] = '\0';
    return len;
}

static void random_pages_get_the_marks_of_a_slow_reading_of_the_whole(void **state)
{
    static scanner_marks_t expected;
    char page[4096];
    size_t marks = 0;

    (void)state;
    scanner_random_seed(1);
    for (int i = 0; i < 20000; i++) {
        size_t len = random_page(page, sizeof(page), false);
        scanner_reference_marks(page, len, &expected);
        marks += expected.count;
        scanner_check_t *c = scanner_check_begin("random page", page, len, &expected);
        scanner_check_split(c, len);
        scanner_check_split(c, scanner_random_below(len + 1));
        scanner_check_chunks(c, 1);
        scanner_check_random_chunks(c, 100);
        scanner_check_end(c);
    }
    assert_true(marks > 4000); /* else the pages would try nothing */
}

static void random_pages_with_svg_get_the_same_marks_however_split(void **state)
{
    static scanner_marks_t whole;
    char page[4096];
    size_t marks = 0;

    (void)state;
    scanner_random_seed(2);
    for (int i = 0; i < 20000; i++) {
        size_t len = random_page(page, sizeof(page), true);
        scanner_marks_found(page, len, &whole);
        marks += whole.count;
        scanner_check_t *c = scanner_check_begin("random page with svg", page, len, &whole);
        scanner_check_split(c, scanner_random_below(len + 1));
        scanner_check_chunks(c, 1);
        scanner_check_random_chunks(c, 100);
        scanner_check_end(c);
    }
    assert_true(marks > 1000);
}

/* ---- pages in files ---- */

static char *read_file(const char *path, size_t *len)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        fail_msg("%s cannot be opened: run from the top of the repository", path);
    }
    char *data = malloc(1 << 20);
    assert_non_null(data);
    *len = fread(data, 1, 1 << 20, file);
    fclose(file);
    return data;
}

static void read_marks(const char *path, scanner_marks_t *marks)
{
    size_t len;
    char *data = read_file(path, &len);
    char *line = data;

    marks->count = 0;
    data[len] = '\0';
    while (*line != '\0') {
        char name[64];
        size_t at;
        assert_int_equal(sscanf(line, "%zu %63s", &at, name), 2);
        scanner_marks_add(marks, at, name, strlen(name));
        line = strchr(line, '\n') + 1;
    }
    free(data);
}

static void
every_page_of_the_corpus_comes_through_with_its_blocks_and_nothing_else_changed(void **state)
{
    static scanner_marks_t expected;
    DIR *folder = opendir(PAGES);
    struct dirent *entry;
    int pages = 0;

    (void)state;
    scanner_random_seed(3);
    if (folder == NULL) {
        fail_msg("%s cannot be opened: run from the top of the repository", PAGES);
    }
    while ((entry = readdir(folder)) != NULL) {
        char path[512];
        size_t len;
        const char *dot = strrchr(entry->d_name, '.');
        if (dot == NULL || strcmp(dot, ".html") != 0) {
            continue;
        }
        snprintf(path, sizeof(path), PAGES "/%.*s.marks", (int)(dot - entry->d_name),
                 entry->d_name);
        read_marks(path, &expected);
        snprintf(path, sizeof(path), PAGES "/%s", entry->d_name);
        char *page = read_file(path, &len);
        scanner_check_page(entry->d_name, page, len, &expected);
        free(page);
        pages++;
    }
    closedir(folder);
    assert_true(pages >= 35);
}

static void a_page_of_5_megabytes_comes_through(void **state)
{
    static scanner_marks_t expected;
    const size_t size = 5 << 20;
    char *page = malloc(size + 4096);
    size_t len = 0;

    (void)state;
    assert_non_null(page);
    scanner_random_seed(4);
    expected.count = 0;
    while (len < size) {
        size_t kind = scanner_random_below(200);
        if (kind == 0) {
            len += (size_t)sprintf(page + len,
                                   "<script>if (a < b) { d('</body>'); } // <!-- </script>");
        } else if (kind == 1 && expected.count < 500) {
            scanner_marks_add(&expected, len, "recs", 4);
            len += (size_t)sprintf(page + len, "<!--dynstore:recs-->");
        } else if (kind < 50) {
            len += (size_t)sprintf(page + len, "plain text, \"quoted\", it's said; 3 > 2\n");
        } else {
            len += (size_t)sprintf(
                page + len, "<a href=\"/p/%zu?a=1&amp;b=2\" title='a > b'>item</a> <br/>\n", len);
        }
    }
    scanner_marks_add(&expected, len, SCANNER_BODY, strlen(SCANNER_BODY));
    len += (size_t)sprintf(page + len, "</body></html>\n");

    scanner_check_t *c = scanner_check_begin("5 MB", page, len, &expected);
    scanner_check_split(c, len);
    scanner_check_chunks(c, 1);
    scanner_check_chunks(c, 4096);
    for (size_t i = 0; i < 20; i++) {
        scanner_check_split(c, scanner_random_below(len));
        scanner_check_random_chunks(c, 20000);
    }
    scanner_check_end(c);
    free(page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_pages_get_the_marks_of_a_slow_reading_of_the_whole),
        cmocka_unit_test(random_pages_with_svg_get_the_same_marks_however_split),
        cmocka_unit_test(
            every_page_of_the_corpus_comes_through_with_its_blocks_and_nothing_else_changed),
        cmocka_unit_test(a_page_of_5_megabytes_comes_through),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

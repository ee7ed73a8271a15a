/*
 * The marker scanner against: hand-made cases, the pages of t/corpus/pages (NAME.html with its marks in NAME.marks, a line
 * each: offset, then the slot or `/body`), and a slow reading of the whole page that shares no code with it.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <cmocka.h>

#include "dyn_scanner.h"

#define PAGES "t/corpus/pages"
#define MARKS_MAX 4096
#define BODY "/body"

typedef struct {
    size_t at;
    char name[DYN_SLOT_NAME_BYTES_MAX + 1];
} mark_t;

typedef struct {
    size_t count;
    mark_t mark[MARKS_MAX];
} marks_t;

static void add_mark(marks_t *marks, size_t at, const char *name, size_t len)
{
    assert_true(marks->count < MARKS_MAX);
    assert_true(len <= DYN_SLOT_NAME_BYTES_MAX);
    mark_t *mark = &marks->mark[marks->count++];
    mark->at = at;
    memcpy(mark->name, name, len);
    mark->name[len] = '\0';
}

/* ---- a filter in small: sends what may be sent, holds the rest, puts a block before each mark ---- */

typedef struct {
    dyn_scanner_t scanner;
    marks_t *marks;
    size_t seen; /* bytes of earlier inputs */
    char held[DYN_SCAN_HOLD_MAX];
    size_t held_len;
    char *out;
    size_t out_len;
} filter_t;

static void filter_send(filter_t *f, const char *data, size_t len)
{
    if (len > 0) {
        memcpy(f->out + f->out_len, data, len);
        f->out_len += len;
    }
}

/* Sends what was held and the input up to (not including) offset `until` of it; negative: within the held bytes. */
static void filter_send_until(filter_t *f, const char *input, size_t *sent, ptrdiff_t until)
{
    size_t keep = until < 0 ? (size_t)-until : 0;

    assert_true(keep <= f->held_len);
    filter_send(f, f->held, f->held_len - keep);
    memmove(f->held, f->held + f->held_len - keep, keep);
    f->held_len = keep;
    if (until >= 0) {
        assert_true((size_t)until >= *sent);
        filter_send(f, input + *sent, (size_t)until - *sent);
        *sent = (size_t)until;
    }
}

static void filter_input(filter_t *f, const char *input, size_t len)
{
    size_t from = 0;
    size_t sent = 0;
    dyn_scan_t scan;
    dyn_scan_result_t result;

    while ((result = dyn_scanner_feed(&f->scanner, input, len, from, &scan)) != DYN_SCAN_MORE) {
        dyn_str_t name = result == DYN_SCAN_MARKER ? scan.slot : DYN_STR(BODY);
        assert_true(scan.end >= from && scan.end <= len);
        assert_true(scan.at < (ptrdiff_t)scan.end || scan.at < 0);
        assert_int_equal(scan.hold, 0);
        filter_send_until(f, input, &sent, scan.at);
        add_mark(f->marks, (size_t)((ptrdiff_t)f->seen + scan.at), name.data, name.len);
        filter_send(f, "{", 1);
        filter_send(f, name.data, name.len);
        filter_send(f, "}", 1);
        from = scan.end;
    }
    assert_int_equal(scan.end, len);
    assert_true(scan.hold <= DYN_SCAN_HOLD_MAX);
    assert_true(scan.hold <= f->held_len + len - sent);
    filter_send_until(f, input, &sent, (ptrdiff_t)len - (ptrdiff_t)scan.hold);
    assert_true(f->held_len + len - sent == scan.hold);
    if (sent < len) {
        memcpy(f->held + f->held_len, input + sent, len - sent);
        f->held_len += len - sent;
    }
    f->seen += len;
}

static void filter_begin(filter_t *f, marks_t *marks, char *out)
{
    memset(f, 0, sizeof(*f));
    marks->count = 0;
    f->marks = marks;
    f->out = out;
    dyn_scanner_init(&f->scanner);
}

static size_t filter_end(filter_t *f)
{
    filter_send(f, f->held, f->held_len);
    f->held_len = 0;
    return f->out_len;
}

/* The input lies at the end of its own memory, so that a sanitizer sees a read behind it. */
static void filter_copy(filter_t *f, const char *input, size_t len)
{
    char *copy = malloc(len == 0 ? 1 : len);
    assert_non_null(copy);
    memcpy(copy, input, len);
    filter_input(f, copy, len);
    free(copy);
}

/* The page with a block before each expected mark. */
static size_t expected_output(const char *page, size_t len, const marks_t *marks, char *out)
{
    size_t from = 0;
    size_t n = 0;
    for (size_t i = 0; i < marks->count; i++) {
        memcpy(out + n, page + from, marks->mark[i].at - from);
        n += marks->mark[i].at - from;
        from = marks->mark[i].at;
        n += (size_t)sprintf(out + n, "{%s}", marks->mark[i].name);
    }
    memcpy(out + n, page + from, len - from);
    return n + len - from;
}

static void show(const char *title, const char *page, size_t len, const marks_t *expected,
                 const marks_t *found)
{
    print_message("%s\n", title);
    if (len < 4000) {
        for (size_t i = 0; i < len; i++) {
            unsigned char c = (unsigned char)page[i];
            if (c >= ' ' && c < 0x7f && c != '\\') {
                print_message("%c", c);
            } else {
                print_message("\\x%02x", c);
            }
        }
    }
    for (size_t i = 0; i < expected->count; i++) {
        print_message("\nexpected %zu %s", expected->mark[i].at, expected->mark[i].name);
    }
    for (size_t i = 0; i < found->count; i++) {
        print_message("\nfound    %zu %s", found->mark[i].at, found->mark[i].name);
    }
    print_message("\n");
}

typedef struct {
    const char *title;
    const char *page;
    size_t len;
    const marks_t *expected;
    char *expected_out;
    size_t expected_len;
    char *out;
    marks_t found;
} check_t;

static void check_begin(check_t *c, const char *title, const char *page, size_t len,
                        const marks_t *expected)
{
    size_t room = len + expected->count * (DYN_SLOT_NAME_BYTES_MAX + 2) + 4096;

    c->title = title;
    c->page = page;
    c->len = len;
    c->expected = expected;
    c->expected_out = malloc(room);
    c->out = malloc(room + MARKS_MAX * (DYN_SLOT_NAME_BYTES_MAX + 2));
    assert_non_null(c->expected_out);
    assert_non_null(c->out);
    c->expected_len = expected_output(page, len, expected, c->expected_out);
}

static void check_end(check_t *c)
{
    free(c->expected_out);
    free(c->out);
}

static void check_result(check_t *c, filter_t *f, const char *how)
{
    size_t out_len = filter_end(f);
    bool same = c->found.count == c->expected->count;

    for (size_t i = 0; same && i < c->found.count; i++) {
        same = c->found.mark[i].at == c->expected->mark[i].at &&
               strcmp(c->found.mark[i].name, c->expected->mark[i].name) == 0;
    }
    same = same && out_len == c->expected_len && memcmp(c->out, c->expected_out, out_len) == 0;
    if (!same) {
        show(c->title, c->page, c->len, c->expected, &c->found);
        fail_msg("%s: %s: not the expected page", c->title, how);
    }
}

static void check_split(check_t *c, size_t at)
{
    filter_t f;
    char how[64];

    filter_begin(&f, &c->found, c->out);
    filter_copy(&f, c->page, at);
    filter_copy(&f, c->page + at, c->len - at);
    snprintf(how, sizeof(how), "split at %zu", at);
    check_result(c, &f, how);
}

static void check_chunks(check_t *c, size_t chunk)
{
    filter_t f;
    char how[64];

    filter_begin(&f, &c->found, c->out);
    for (size_t at = 0; at < c->len; at += chunk) {
        filter_copy(&f, c->page + at, c->len - at < chunk ? c->len - at : chunk);
    }
    snprintf(how, sizeof(how), "chunks of %zu", chunk);
    check_result(c, &f, how);
}

static uint64_t random_state;

static size_t random_below(size_t limit)
{
    random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (size_t)((random_state >> 33) % limit);
}

static void check_random_chunks(check_t *c, size_t longest)
{
    filter_t f;
    size_t at = 0;

    filter_begin(&f, &c->found, c->out);
    while (at < c->len) {
        size_t chunk = random_below(longest + 1); /* empty ones too */
        chunk = chunk < c->len - at ? chunk : c->len - at;
        filter_copy(&f, c->page + at, chunk);
        at += chunk;
    }
    check_result(c, &f, "random chunks");
}

static void check_page(const char *title, const char *page, size_t len, const marks_t *expected)
{
    check_t c;

    check_begin(&c, title, page, len, expected);
    check_split(&c, len);
    check_chunks(&c, 1);
    for (size_t at = 0; at<len; at += len> 20000 ? 1 + random_below(len / 200) : 1) {
        check_split(&c, at);
    }
    for (int i = 0; i < 20; i++) {
        check_random_chunks(&c, (size_t)2 << (i % 10));
    }
    check_end(&c);
}

/* ---- hand-made cases: a `^` stands before each expected mark and is no part of the page ---- */

static void expect(const char *marked)
{
    static marks_t expected;
    char page[8192];
    size_t len = 0;

    expected.count = 0;
    assert_true(strlen(marked) < sizeof(page));
    for (const char *p = marked; *p != '\0'; p++) {
        if (*p != '^') {
            page[len++] = *p;
        } else if (p[1] == '<' && p[2] == '/') {
            add_mark(&expected, len, BODY, strlen(BODY));
        } else {
            const char *slot = p + strlen("^<!--dynstore:");
            add_mark(&expected, len, slot, (size_t)(strstr(slot, "-->") - slot));
        }
    }
    check_page(marked, page, len, &expected);
}

#define PAD64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define NAME32 "abcdefghijklmnopqrstuvwxyz-_0123"

static void a_marker_counts_where_a_comment_may_begin(void **state)
{
    (void)state;
    expect("^<!--dynstore:recs-->");
    expect(
        "<head>^<!--dynstore:hero--></head><p>a^<!--dynstore:bought_with-->b^<!--dynstore:x-1-->");
    expect("<<^<!--dynstore:recs--><");
    expect("<p title=x>^<!--dynstore:recs--></p>");
}

static void a_slot_name_has_1_to_32_bytes_of_its_alphabet(void **state)
{
    (void)state;
    expect("^<!--dynstore:a-->");
    expect("^<!--dynstore:" NAME32 "-->");
    expect("<!--dynstore:" NAME32 "4-->^</body>");
    expect("<!--dynstore:" NAME32 "4----->^</body>");
    expect("<!--dynstore:-->^</body>");
    expect("<!--dynstore:-><!--dynstore:a-->^</body>");
    expect("<!--dynstore:Recs-->^</body>");
    expect("<!--dynstore:a b-->^</body>");
    expect("<!--dynstore:a.b-->^</body>");
    expect("<!--dynstore:a\n-->^</body>");
    expect("<!-- dynstore:a-->^</body>");
    expect("<!--DYNSTORE:a-->^</body>");
    expect("<!--dynstore:a -->^</body>");
    expect("<!--dynstore:a--!>^</body>");
    expect("<!--dynstore-a-->^</body>");
}

static void a_slot_name_may_end_in_dashes(void **state)
{
    (void)state;
    expect("^<!--dynstore:a--->^</body>");
    expect("^<!--dynstore:a---->^</body>");
    expect("^<!--dynstore:--->^</body>");
    expect("^<!--dynstore:---->^</body>");
    expect("^<!--dynstore:a--b-->^</body>");
}

static void the_end_tag_of_body_counts_in_any_case_with_anything_behind_its_name(void **state)
{
    (void)state;
    expect("^</body>");
    expect("^</BODY>^</BoDy>");
    expect("^</body >^</body\t>^</body\n>^</body\f>^</body\r\n>");
    expect("^</body/>");
    expect("^</body attr=\">\">^</body>");
    expect("^</body attr=\"</body>\">^</body>");
    expect("^</body </body>^</body>");
    expect("^</body ");
}

static void what_only_looks_like_the_end_tag_of_body_does_not_count(void **state)
{
    (void)state;
    expect("</bodyx></body-></tbody>< /body></ body>&lt;/body><body></b></bod>");
    expect("</body");
    expect("</bod");
    expect("</");
    expect("<");
    expect("<//body>");
    expect("</\nbody>");
    expect("</body\x01>");
}

static void a_zero_byte_is_part_of_a_name(void **state)
{
    static marks_t expected;
    static const char page[] = "</body\0></body\0 ><script\0></body>";

    (void)state;
    expected.count = 0;
    add_mark(&expected, sizeof(page) - 1 - strlen("</body>"), BODY, strlen(BODY));
    check_page("zero in names", page, sizeof(page) - 1, &expected);
}

static void attribute_values_hide_marks(void **state)
{
    (void)state;
    expect("<a b=\"</body><!--dynstore:a-->\">^</body>");
    expect("<a b='</body><!--dynstore:a-->'>^</body>");
    expect("<a b = \"</body>\">^</body>");
    expect("<a b\n=\n'</body>'>^</body>");
    expect("<a b='\"' c='</body>'>^</body>");
    expect("<a b=\"'\" c=\"</body>\">^</body>");
    expect("<a\tb=\"</body>\">^</body>");
    expect("<a/b=\"</body>\">^</body>");
    expect("<a b=c d=\"</body>\">^</body>");
    expect("<a b=\"x\"c=\"</body>\">^</body>");
    expect("<a b=\"x\"/c='</body>'>^</body>");
    expect("</a b=\"</body>\">^</body>");
    expect("<a data-x1=\"</body>\">^</body>");
    expect("<a b=\"" PAD64 PAD64 "</body>" PAD64 "\">^</body>");
    expect("<a b=\"" PAD64 " " PAD64 "></body>" PAD64 "\">^</body>" PAD64);
}

static void quotes_that_open_no_value_hide_nothing(void **state)
{
    (void)state;
    expect("<p>Women's^</body>'");
    expect("<p>\"^</body>\"");
    expect("<a \">^</body>\">");
    expect("<a b\">^</body>\">");
    expect("<a b=x\">^</body>\">");
    expect("<a b=x=\">^</body>\">");
    expect("<a =\">^</body>\">");
    expect("<a b==\">^</body>\">");
    expect("<a=\">^</body>\">");
    expect("<a b=\"x\"\">^</body>\">");
    expect("<a b=\"x\"=\">^</body>\">");
    expect("<a b=>^</body>");
    expect("<a b= >^</body>");
    expect("<a b=x/>^</body>");
    expect("<a b=\"Women's\">^</body>'");
    expect("<a b=\"rock 'n' roll\">^</body>'" PAD64);
    expect("<a b=\"rock 'n roll\">^</body>'" PAD64);
    expect("<a b=x?c=\" d=\"y\">^</body>" PAD64);
    expect("<a b=x?c=\" d= \"></body>\">^</body>" PAD64);
    expect("<a b='5\" disc' c=\"d\">^</body>" PAD64);
    expect("<a b=' \" ></body>'>^</body>" PAD64);
    expect("<a b= ' \"x ></body>'>^</body>" PAD64);
}

static void comments_hide_marks_until_they_end(void **state)
{
    (void)state;
    expect("<!--</body>-->^</body>");
    expect("<!-- <!--dynstore:a-->^</body>");
    expect("<!-->^</body>-->");
    expect("<!--->^</body>-->");
    expect("<!---->^</body>");
    expect("<!----->^</body>");
    expect("<!--a--!>^</body>");
    expect("<!--a--!-></body>-->^</body>");
    expect("<!--a--!-->^</body>");
    expect("<!--a- -></body>-- ></body>-->^</body>");
    expect("<!--!></body>-->^</body>");
    expect("<!---!></body>-->^</body>");
    expect("<!--a</body>");
    expect("<!--[if lt IE 9]></body><![endif]-->^</body>");
    expect("<![if !IE]>^</body><![endif]>");
    expect("<!-- <script> -->^</body>");
}

static void bogus_comments_and_doctypes_end_at_the_first_greater_than(void **state)
{
    (void)state;
    expect("<!DOCTYPE html>^</body>");
    expect("<!doctype html public \"a>^</body>\">");
    expect("<!x</body>^</body>");
    expect("<!-x</body>-->^</body>");
    expect("<!>^</body>");
    expect("<?php '</body>^</body>'?>");
    expect("</ x</body>^</body>");
    expect("</>^</body>");
    expect("<![CDATA[</body>^</body>]]>");
    expect("<![CDATA[<!--dynstore:a-->^</body>]]>");
}

static void raw_text_hides_marks_until_its_own_end_tag(void **state)
{
    (void)state;
    static const char *const names[] = {"style",   "textarea", "title",    "xmp",     "iframe",
                                        "noembed", "script",   "noframes", "TEXTAREA"};
    char page[512];

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        snprintf(page, sizeof(page),
                 "<%s a=\"b\"></body></%.2s></x><!--dynstore:a--></ %s></%sx></%s >^</body>",
                 names[i], names[i], names[i], names[i], names[i]);
        expect(page);
        snprintf(page, sizeof(page), "<%s><</%s a=\">\">^</body>", names[i], names[i]);
        expect(page);
        snprintf(page, sizeof(page), "<%s/></body></%s/>^</body>", names[i], names[i]);
        expect(page);
        snprintf(page, sizeof(page), "<%s></body>", names[i]);
        expect(page);
        snprintf(page, sizeof(page), "</%s>^</body>", names[i]);
        expect(page);
    }
    expect("<style></STYLE>^</body>");
    expect("<styles>^</body></styles>");
    expect("<title><!-- </title>^</body>-->");
    expect("<header>^</body></header>");
    expect("<plaintext></plaintext></body>");
}

static void a_script_hides_marks_through_its_escaped_states(void **state)
{
    (void)state;
    expect("<script>'</body>'</script>^</body>");
    expect("<script>'<\\/script></body>'</script>^</body>");
    expect("<script><!-- </script>^</body>");
    expect("<script><!-- <script> </script></body> --> </script>^</body>");
    expect("<script><!-- <script> </script></body> </script>^</body>");
    expect("<script><!-- <script> --> </script>^</body>");
    expect("<script><!-- <script> </script> <script> </script></body></script>^</body>");
    expect("<script><!--><script></script>^</body>");
    expect("<script><!---><script></script>^</body>");
    expect("<script><!--a<scripts></script>^</body>");
    expect("<script><!-- <SCRIPT/ </script></body> </script>^</body>");
    expect("<script><!-- <script </scriptx></script></body> </script>^</body>");
    expect("<script><!- <script></script>^</body>");
    expect("<script><! <script></script>^</body>");
    expect("<script><!--a--!><script></script></body></script>^</body>");
    expect("<script><!--<</script>^</body>");
}

static void template_and_noscript_hide_marks(void **state)
{
    (void)state;
    expect("<template></body><!--dynstore:a--></template>^</body>");
    expect("<template><template></body></template></body></template>^</body>");
    expect("<TEMPLATE id=\"a\"></body></Template>^<!--dynstore:a-->");
    expect("</template>^</body>");
    expect("</template><template></body></template>^</body>");
    expect("<template/></body></template>^</body>");
    expect("<template></body>");
    expect("<templates>^</body>");
    expect("<noscript><iframe src=\"x\"></iframe></body></noscript>^</body>");
    expect("<noscript><noscript></body></noscript>^</body>");
}

static void svg_and_math_read_raw_text_and_cdata_as_their_markup_does(void **state)
{
    (void)state;
    expect("<svg><path d=\"</body>\"/></svg>^</body>");
    expect("<svg><script/></svg>^</body>");
    expect("<svg><style/></svg>^</body>");
    expect("<svg><title/></svg>^</body>");
    expect("<svg/><style></body></style>^</body>");
    expect("<svg><title></title></svg>^</body>");
    expect("<svg><title>a</title><path/></svg>^</body>");
    expect("<svg><style>a{}</style></svg>^</body>");
    expect("<svg><style><!-- </style></body> --></style></svg>^</body>");
    expect("<svg><style><![CDATA[ </style></svg></body> ]]></style></svg>^</body>");
    expect("<svg><![CDATA[</body>]]></svg>^</body>");
    expect("<svg><![CDATA[</body>] ]> ]]]></svg>^</body>");
    expect("<svg><![CDAT[</body>^</body>]]></svg>^</body>");
    expect("<math><mrow><![CDATA[</body>]]></mrow></math>^</body>");
    expect("<svg></svg><style></body></style>^</body>");
    expect("<SVG><g></g></SVG><script></body></script>^</body>");
    expect("<svg><svg><g/></svg></svg><script></body><a></script>^</body>");
}

static void an_html_tag_leaves_svg_that_was_never_closed(void **state)
{
    (void)state;
    expect("<svg><path><div><style></body><a></style>^</body>");
    expect("<svg></p><style></body><a></style>^</body>");
    expect("<svg><font><p><script></body><a></script>^</body>");
    expect("<div><svg></div><p><script></body><a></script>^</body>");
    expect("<svg><math></math></svg><script></body><a></script>^</body>");
    expect("<svg><foreignObject><p><b></b></p></foreignObject></svg><script></body><a></script>^</"
           "body>");
}

static void where_a_browser_may_read_svg_in_two_ways_nothing_more_is_marked(void **state)
{
    (void)state;
    expect("<svg><foreignObject><script/></foreignObject></svg></body>");
    expect("<svg><foreignObject><style><!--</style></foreignObject></svg></body>-->");
    expect("<svg><foreignObject><style>a{}</style></foreignObject></svg>^</body>");
    expect("<svg><title><b></title></svg></body>");
    expect("<svg><g><svg></g></svg><script></body></script></body>");
    expect("<svg><font color=red><script></body></script></body>");
    expect("<div><svg></div><script><a></script></body>");
    expect("<div><svg></div><script>a</script>^</body>");
    expect("<svg><desc><![CDATA[ > </body> ]]></desc></svg></body>");
    expect("<svg><desc><![CDATA[ a ]]></desc></svg>^</body>");
}

static void a_frameset_page_is_left_alone(void **state)
{
    (void)state;
    expect("<frameset rows=\"*\"><frame "
           "src=\"a\"><noframes><body></body></noframes></frameset></body>");
}

static void a_page_in_utf_16_or_utf_32_holds_no_marks(void **state)
{
    static marks_t none;
    static const char text[] = "<p></p><!--dynstore:a--></body></html>";
    char page[4 * sizeof(text) + 4];

    (void)state;
    none.count = 0;
    for (size_t width = 2; width <= 4; width += 2) {
        for (size_t place = 0; place < width; place += width - 1) {
            for (size_t mark = 0; mark < 2; mark++) {
                size_t len = 0;
                memset(page, 0, sizeof(page));
                if (mark == 1) {
                    page[place == 0 ? 0 : width - 1] = '\xff';
                    page[place == 0 ? 1 : width - 2] = '\xfe';
                    len = width;
                }
                for (size_t i = 0; i < sizeof(text) - 1; i++, len += width) {
                    page[len + place] = text[i];
                }
                check_page("UTF-16 or UTF-32", page, len, &none);
            }
        }
    }
    /* U+3C2F U+626F U+6479 U+3E20: ideographs whose bytes spell `</body> `. */
    check_page("UTF-16", "\xfe\xff</body> ", 10, &none);
    check_page("UTF-16", "\xff\xfe</body> ", 10, &none);
}

static void a_utf_8_byte_order_mark_changes_nothing(void **state)
{
    (void)state;
    expect("\xef\xbb\xbf<p>\xc3\xa9^</body>");
    expect("\xfe<p>^</body>");
    expect("\xff^</body>");
}

static void every_tag_that_matters_is_seen_behind_text_that_is_skipped_fast(void **state)
{
    (void)state;
    /* The same tag at every place of a 64-byte window. */
    for (size_t shift = 0; shift < 70; shift++) {
        char page[1024];
        snprintf(page, sizeof(page),
                 "%.*s<script>'</body>'</script><a b='</body>' c=\"d\"><p "
                 "e=\"</body>\"><i><b>x</b></i><template></body>"
                 "</template><title></body></title>^<!--dynstore:a--><img src=\"a\" "
                 "alt=\"</body>\">^</body>%s",
                 (int)shift, PAD64 PAD64, PAD64);
        expect(page);
    }
}

static void tags_nested_past_the_limit_mark_nothing_more(void **state)
{
    static marks_t expected;
    static char page[256 * 22];
    static const struct {
        const char *open;
        const char *close;
    } nests[] = {{"<template>", "</template>"}, {"<svg>", "</svg>"}};

    (void)state;
    for (size_t n = 0; n < 2; n++) {
        for (int depth = 254; depth <= 256; depth++) {
            size_t len = 0;
            for (int i = 0; i < depth; i++) {
                len += (size_t)sprintf(page + len, "%s", nests[n].open);
            }
            for (int i = 0; i < depth; i++) {
                len += (size_t)sprintf(page + len, "%s", nests[n].close);
            }
            expected.count = 0;
            if (depth <= 255) {
                add_mark(&expected, len, BODY, strlen(BODY));
            }
            len += (size_t)sprintf(page + len, "</body>");
            check_page("nested", page, len, &expected);
        }
    }
}

static void bytes_are_held_only_while_they_may_begin_a_mark(void **state)
{
    static const struct {
        const char *input;
        size_t hold;
    } cases[] = {
        {"", 0},
        {"abc", 0},
        {"abc<", 1},
        {"abc<p", 0},
        {"abc</", 2},
        {"abc</b", 3},
        {"abc</br", 0},
        {"abc</BODY", 6},
        {"abc</body>", 0},
        {"abc<!", 2},
        {"abc<!D", 0},
        {"abc<!--", 4},
        {"abc<!--d", 5},
        {"abc<!--x", 0},
        {"abc<!--dynstore:", 13},
        {"abc<!--dynstore:recs", 17},
        {"abc<!--dynstore:recs--", 19},
        {"abc<!--dynstore:" NAME32 "--", DYN_SCAN_HOLD_MAX},
        {"abc<!--dynstore:" NAME32 "abc", 0},
        {"<a b=\"<", 0},
        {"<script><", 0},
        {"<script></script", 0},
        {"<!-- <", 0},
        {"<template></body", 0},
        {"<template><!--dynstore:a", 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        dyn_scanner_t scanner;
        dyn_scan_t scan;
        size_t len = strlen(cases[i].input);
        size_t from = 0;
        dyn_scanner_init(&scanner);
        while (dyn_scanner_feed(&scanner, cases[i].input, len, from, &scan) != DYN_SCAN_MORE) {
            from = scan.end;
        }
        if (scan.hold != cases[i].hold) {
            fail_msg("'%s' holds %zu bytes, not %zu", cases[i].input, scan.hold, cases[i].hold);
        }
    }
}

/* ---- a slow reading of the whole page, for HTML without svg and math ---- */

static bool space_at(const char *h, size_t n, size_t i)
{
    return i < n && strchr(" \t\n\r\f", h[i]) != NULL && h[i] != '\0';
}

static bool name_ends_at(const char *h, size_t n, size_t i)
{
    return i < n && (space_at(h, n, i) || h[i] == '/' || h[i] == '>');
}

static bool text_at(const char *h, size_t n, size_t i, const char *text)
{
    return i + strlen(text) <= n && strncasecmp(h + i, text, strlen(text)) == 0;
}

static bool tag_at(const char *h, size_t n, size_t i, const char *start, const char *name)
{
    return text_at(h, n, i, start) && text_at(h, n, i + strlen(start), name) &&
           name_ends_at(h, n, i + strlen(start) + strlen(name));
}

static bool letter_at(const char *h, size_t n, size_t i)
{
    return i < n && ((h[i] >= 'a' && h[i] <= 'z') || (h[i] >= 'A' && h[i] <= 'Z'));
}

static size_t behind_greater_than(const char *h, size_t n, size_t i)
{
    while (i < n && h[i] != '>') {
        i++;
    }
    return i < n ? i + 1 : n;
}

/* i: at `<!--`. */
static size_t behind_comment(const char *h, size_t n, size_t i)
{
    i += 4;
    if (text_at(h, n, i, ">")) {
        return i + 1;
    }
    if (text_at(h, n, i, "->")) {
        return i + 2;
    }
    for (; i < n; i++) {
        if (text_at(h, n, i, "-->")) {
            return i + 3;
        }
        if (text_at(h, n, i, "--!>")) {
            return i + 4;
        }
    }
    return n;
}

static size_t at_raw_text_end(const char *h, size_t n, size_t i, const char *name)
{
    while (i < n && !tag_at(h, n, i, "</", name)) {
        i++;
    }
    return i;
}

static size_t at_script_end(const char *h, size_t n, size_t i)
{
    int escaped = 0;
    while (i < n) {
        if (escaped == 0 && text_at(h, n, i, "<!--")) {
            escaped = 1;
            i += 2; /* its dashes may be those of `-->` */
        } else if (escaped > 0 && text_at(h, n, i, "-->")) {
            escaped = 0;
            i += 3;
        } else if (escaped < 2 && tag_at(h, n, i, "</", "script")) {
            return i;
        } else if (escaped == 2 && tag_at(h, n, i, "</", "script")) {
            escaped = 1;
            i += 9;
        } else if (escaped == 1 && tag_at(h, n, i, "<", "script")) {
            escaped = 2;
            i += 8;
        } else {
            i++;
        }
    }
    return n;
}

/* i: behind the tag's name. Returns behind its '>'. */
static size_t behind_attributes(const char *h, size_t n, size_t i)
{
    for (;;) {
        while (i < n && (space_at(h, n, i) || h[i] == '/')) {
            i++;
        }
        if (i >= n || h[i] == '>') {
            return i < n ? i + 1 : n;
        }
        i++;
        while (i < n && !name_ends_at(h, n, i) && h[i] != '=') {
            i++;
        }
        size_t k = i;
        while (space_at(h, n, k)) {
            k++;
        }
        if (k >= n || h[k] != '=') {
            continue;
        }
        k++;
        while (space_at(h, n, k)) {
            k++;
        }
        if (k < n && (h[k] == '"' || h[k] == '\'')) {
            const char *close = memchr(h + k + 1, h[k], n - k - 1);
            i = close != NULL ? (size_t)(close - h) + 1 : n;
        } else {
            i = k;
            while (i < n && h[i] != '>' && !space_at(h, n, i)) {
                i++;
            }
        }
    }
}

static void reference_marks(const char *h, size_t n, marks_t *marks)
{
    static const char *const raw[] = {"style",  "textarea", "title",   "xmp",
                                      "iframe", "noembed",  "noframes"};
    int templates = 0;
    bool noscript = false;
    size_t i = 0;

    marks->count = 0;
    while (i < n) {
        if (h[i] != '<') {
            i++;
            continue;
        }
        if (text_at(h, n, i, "<!--")) {
            size_t behind = behind_comment(h, n, i);
            size_t slot = i + 13;
            if (!noscript && templates == 0 && i + 17 <= behind &&
                memcmp(h + i, "<!--dynstore:", 13) == 0 && memcmp(h + behind - 3, "-->", 3) == 0 &&
                behind - 3 - slot <= 32 &&
                behind - 3 - slot ==
                    strspn(h + slot, "abcdefghijklmnopqrstuvwxyz0123456789_-") - 2) {
                add_mark(marks, i, h + slot, behind - 3 - slot);
            }
            i = behind;
            continue;
        }
        bool end_tag = text_at(h, n, i, "</");
        size_t name = i + 1 + end_tag;
        if (!letter_at(h, n, name)) {
            bool bogus = end_tag || text_at(h, n, i, "<!") || text_at(h, n, i, "<?");
            i = bogus ? behind_greater_than(h, n, i + 1) : i + 1;
            continue;
        }
        size_t k = name;
        while (k < n && !name_ends_at(h, n, k)) {
            k++;
        }
        if (tag_at(h, n, i, "</", "body") && !noscript && templates == 0) {
            add_mark(marks, i, BODY, strlen(BODY));
        }
        size_t behind = behind_attributes(h, n, k);
        if (tag_at(h, n, i, "</", "template")) {
            templates -= templates > 0;
        } else if (tag_at(h, n, i, "</", "noscript")) {
            noscript = false;
        } else if (tag_at(h, n, i, "<", "template")) {
            templates++;
        } else if (tag_at(h, n, i, "<", "noscript")) {
            noscript = true;
        } else if (tag_at(h, n, i, "<", "script")) {
            behind = at_script_end(h, n, behind);
        } else if (tag_at(h, n, i, "<", "plaintext") || tag_at(h, n, i, "<", "frameset")) {
            return;
        }
        for (size_t r = 0; r < sizeof(raw) / sizeof(raw[0]); r++) {
            if (tag_at(h, n, i, "<", raw[r])) {
                behind = at_raw_text_end(h, n, behind, raw[r]);
            }
        }
        i = behind;
    }
}

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
        PAD64,
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
    size_t wanted = 1 + random_below(random_below(4) == 0 ? 200 : 30);
    size_t len = 0;

    for (size_t i = 0; i < wanted; i++) {
        const char *piece = pieces[random_below(count)];
        if (piece[0] == '\t' && random_below(4) == 0) {
            page[len++] = '\0';
        }
        /* The two that end all marks are rare, or nothing behind them would be tried. */
        if ((strcmp(piece, "<plaintext") == 0 || strcmp(piece, "<frameset") == 0) &&
            random_below(20) != 0) {
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
    static marks_t expected;
    char page[4096];
    size_t marks = 0;

    (void)state;
    random_state = 1;
    for (int i = 0; i < 20000; i++) {
        size_t len = random_page(page, sizeof(page), false);
        check_t c;
        reference_marks(page, len, &expected);
        marks += expected.count;
        check_begin(&c, "random page", page, len, &expected);
        check_split(&c, len);
        check_split(&c, random_below(len + 1));
        check_chunks(&c, 1);
        check_random_chunks(&c, 100);
        check_end(&c);
    }
    assert_true(marks > 4000); /* else the pages would try nothing */
}

static void random_pages_with_svg_get_the_same_marks_however_split(void **state)
{
    static marks_t whole;
    char page[4096];
    size_t marks = 0;

    (void)state;
    random_state = 2;
    for (int i = 0; i < 20000; i++) {
        size_t len = random_page(page, sizeof(page), true);
        char out[4096 + 4096];
        filter_t f;
        check_t c;
        filter_begin(&f, &whole, out);
        filter_copy(&f, page, len);
        marks += whole.count;
        check_begin(&c, "random page with svg", page, len, &whole);
        check_split(&c, random_below(len + 1));
        check_chunks(&c, 1);
        check_random_chunks(&c, 100);
        check_end(&c);
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

static void read_marks(const char *path, marks_t *marks)
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
        add_mark(marks, at, name, strlen(name));
        line = strchr(line, '\n') + 1;
    }
    free(data);
}

static void
every_page_of_the_corpus_comes_through_with_its_blocks_and_nothing_else_changed(void **state)
{
    static marks_t expected;
    DIR *folder = opendir(PAGES);
    struct dirent *entry;
    int pages = 0;

    (void)state;
    random_state = 3;
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
        check_page(entry->d_name, page, len, &expected);
        free(page);
        pages++;
    }
    closedir(folder);
    assert_true(pages >= 35);
}

static void a_page_of_5_megabytes_comes_through(void **state)
{
    static marks_t expected;
    const size_t size = 5 << 20;
    char *page = malloc(size + 4096);
    size_t len = 0;

    (void)state;
    assert_non_null(page);
    random_state = 4;
    expected.count = 0;
    while (len < size) {
        size_t kind = random_below(200);
        if (kind == 0) {
            len += (size_t)sprintf(page + len,
                                   "<script>if (a < b) { d('</body>'); } // <!-- </script>");
        } else if (kind == 1 && expected.count < 500) {
            add_mark(&expected, len, "recs", 4);
            len += (size_t)sprintf(page + len, "<!--dynstore:recs-->");
        } else if (kind < 50) {
            len += (size_t)sprintf(page + len, "plain text, \"quoted\", it's said; 3 > 2\n");
        } else {
            len += (size_t)sprintf(
                page + len, "<a href=\"/p/%zu?a=1&amp;b=2\" title='a > b'>item</a> <br/>\n", len);
        }
    }
    add_mark(&expected, len, BODY, strlen(BODY));
    len += (size_t)sprintf(page + len, "</body></html>\n");

    check_t c;
    check_begin(&c, "5 MB", page, len, &expected);
    check_split(&c, len);
    check_chunks(&c, 1);
    check_chunks(&c, 4096);
    for (size_t i = 0; i < 20; i++) {
        check_split(&c, random_below(len));
        check_random_chunks(&c, 20000);
    }
    check_end(&c);
    free(page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_marker_counts_where_a_comment_may_begin),
        cmocka_unit_test(a_slot_name_has_1_to_32_bytes_of_its_alphabet),
        cmocka_unit_test(a_slot_name_may_end_in_dashes),
        cmocka_unit_test(the_end_tag_of_body_counts_in_any_case_with_anything_behind_its_name),
        cmocka_unit_test(what_only_looks_like_the_end_tag_of_body_does_not_count),
        cmocka_unit_test(a_zero_byte_is_part_of_a_name),
        cmocka_unit_test(attribute_values_hide_marks),
        cmocka_unit_test(quotes_that_open_no_value_hide_nothing),
        cmocka_unit_test(comments_hide_marks_until_they_end),
        cmocka_unit_test(bogus_comments_and_doctypes_end_at_the_first_greater_than),
        cmocka_unit_test(raw_text_hides_marks_until_its_own_end_tag),
        cmocka_unit_test(a_script_hides_marks_through_its_escaped_states),
        cmocka_unit_test(template_and_noscript_hide_marks),
        cmocka_unit_test(svg_and_math_read_raw_text_and_cdata_as_their_markup_does),
        cmocka_unit_test(an_html_tag_leaves_svg_that_was_never_closed),
        cmocka_unit_test(where_a_browser_may_read_svg_in_two_ways_nothing_more_is_marked),
        cmocka_unit_test(a_frameset_page_is_left_alone),
        cmocka_unit_test(a_page_in_utf_16_or_utf_32_holds_no_marks),
        cmocka_unit_test(a_utf_8_byte_order_mark_changes_nothing),
        cmocka_unit_test(every_tag_that_matters_is_seen_behind_text_that_is_skipped_fast),
        cmocka_unit_test(tags_nested_past_the_limit_mark_nothing_more),
        cmocka_unit_test(bytes_are_held_only_while_they_may_begin_a_mark),
        cmocka_unit_test(random_pages_get_the_marks_of_a_slow_reading_of_the_whole),
        cmocka_unit_test(random_pages_with_svg_get_the_same_marks_however_split),
        cmocka_unit_test(
            every_page_of_the_corpus_comes_through_with_its_blocks_and_nothing_else_changed),
        cmocka_unit_test(a_page_of_5_megabytes_comes_through),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

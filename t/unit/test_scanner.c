/* The marker scanner against hand-made cases. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "engine/scan/scanner.h"
#include "scanner_check.h"

#define PAD64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define NAME32 "abcdefghijklmnopqrstuvwxyz-_0123"

static void a_marker_counts_where_a_comment_may_begin(void **state)
{
    (void)state;
    scanner_expect("^<!--dynstore:recs-->");
    scanner_expect(
        "<head>^<!--dynstore:hero--></head><p>a^<!--dynstore:bought_with-->b^<!--dynstore:x-1-->");
    scanner_expect("<<^<!--dynstore:recs--><");
    scanner_expect("<p title=x>^<!--dynstore:recs--></p>");
}

static void a_slot_name_has_1_to_32_bytes_of_its_alphabet(void **state)
{
    (void)state;
    scanner_expect("^<!--dynstore:a-->");
    scanner_expect("^<!--dynstore:" NAME32 "-->");
    scanner_expect("<!--dynstore:" NAME32 "4-->^</body>");
    scanner_expect("<!--dynstore:" NAME32 "4----->^</body>");
    scanner_expect("<!--dynstore:-->^</body>");
    scanner_expect("<!--dynstore:-><!--dynstore:a-->^</body>");
    scanner_expect("<!--dynstore:Recs-->^</body>");
    scanner_expect("<!--dynstore:a b-->^</body>");
    scanner_expect("<!--dynstore:a.b-->^</body>");
    scanner_expect("<!--dynstore:a\n-->^</body>");
    scanner_expect("<!-- dynstore:a-->^</body>");
    scanner_expect("<!--DYNSTORE:a-->^</body>");
    scanner_expect("<!--dynstore:a -->^</body>");
    scanner_expect("<!--dynstore:a--!>^</body>");
    scanner_expect("<!--dynstore-a-->^</body>");
}

static void a_slot_name_may_end_in_dashes(void **state)
{
    (void)state;
    scanner_expect("^<!--dynstore:a--->^</body>");
    scanner_expect("^<!--dynstore:a---->^</body>");
    scanner_expect("^<!--dynstore:--->^</body>");
    scanner_expect("^<!--dynstore:---->^</body>");
    scanner_expect("^<!--dynstore:a--b-->^</body>");
}

static void the_end_tag_of_body_counts_in_any_case_with_anything_behind_its_name(void **state)
{
    (void)state;
    scanner_expect("^</body>");
    scanner_expect("^</BODY>^</BoDy>");
    scanner_expect("^</body >^</body\t>^</body\n>^</body\f>^</body\r\n>");
    scanner_expect("^</body/>");
    scanner_expect("^</body attr=\">\">^</body>");
    scanner_expect("^</body attr=\"</body>\">^</body>");
    scanner_expect("^</body </body>^</body>");
    scanner_expect("^</body ");
}

static void what_only_looks_like_the_end_tag_of_body_does_not_count(void **state)
{
    (void)state;
    scanner_expect("</bodyx></body-></tbody>< /body></ body>&lt;/body><body></b></bod>");
    scanner_expect("</body");
    scanner_expect("</bod");
    scanner_expect("</");
    scanner_expect("<");
    scanner_expect("<//body>");
    scanner_expect("</\nbody>");
    scanner_expect("</body\x01>");
}

static void a_zero_byte_is_part_of_a_name(void **state)
{
    static scanner_marks_t expected;
    static const char page[] = "</body\0></body\0 ><script\0></body>";

    (void)state;
    expected.count = 0;
    scanner_marks_add(&expected, sizeof(page) - 1 - strlen("</body>"), SCANNER_BODY,
                      strlen(SCANNER_BODY));
    scanner_check_page("zero in names", page, sizeof(page) - 1, &expected);
}

static void attribute_values_hide_marks(void **state)
{
    (void)state;
    scanner_expect("<a b=\"</body><!--dynstore:a-->\">^</body>");
    scanner_expect("<a b='</body><!--dynstore:a-->'>^</body>");
    scanner_expect("<a b = \"</body>\">^</body>");
    scanner_expect("<a b\n=\n'</body>'>^</body>");
    scanner_expect("<a b='\"' c='</body>'>^</body>");
    scanner_expect("<a b=\"'\" c=\"</body>\">^</body>");
    scanner_expect("<a\tb=\"</body>\">^</body>");
    scanner_expect("<a/b=\"</body>\">^</body>");
    scanner_expect("<a b=c d=\"</body>\">^</body>");
    scanner_expect("<a b=\"x\"c=\"</body>\">^</body>");
    scanner_expect("<a b=\"x\"/c='</body>'>^</body>");
    scanner_expect("</a b=\"</body>\">^</body>");
    scanner_expect("<a data-x1=\"</body>\">^</body>");
    scanner_expect("<a b=\"" PAD64 PAD64 "</body>" PAD64 "\">^</body>");
    scanner_expect("<a b=\"" PAD64 " " PAD64 "></body>" PAD64 "\">^</body>" PAD64);
}

static void quotes_that_open_no_value_hide_nothing(void **state)
{
    (void)state;
    scanner_expect("<p>Women's^</body>'");
    scanner_expect("<p>\"^</body>\"");
    scanner_expect("<a \">^</body>\">");
    scanner_expect("<a b\">^</body>\">");
    scanner_expect("<a b=x\">^</body>\">");
    scanner_expect("<a b=x=\">^</body>\">");
    scanner_expect("<a =\">^</body>\">");
    scanner_expect("<a b==\">^</body>\">");
    scanner_expect("<a=\">^</body>\">");
    scanner_expect("<a b=\"x\"\">^</body>\">");
    scanner_expect("<a b=\"x\"=\">^</body>\">");
    scanner_expect("<a b=>^</body>");
    scanner_expect("<a b= >^</body>");
    scanner_expect("<a b=x/>^</body>");
    scanner_expect("<a b=\"Women's\">^</body>'");
    scanner_expect("<a b=\"rock 'n' roll\">^</body>'" PAD64);
    scanner_expect("<a b=\"rock 'n roll\">^</body>'" PAD64);
    scanner_expect("<a b=x?c=\" d=\"y\">^</body>" PAD64);
    scanner_expect("<a b=x?c=\" d= \"></body>\">^</body>" PAD64);
    scanner_expect("<a b='5\" disc' c=\"d\">^</body>" PAD64);
    scanner_expect("<a b=' \" ></body>'>^</body>" PAD64);
    scanner_expect("<a b= ' \"x ></body>'>^</body>" PAD64);
}

static void comments_hide_marks_until_they_end(void **state)
{
    (void)state;
    scanner_expect("<!--</body>-->^</body>");
    scanner_expect("<!-- <!--dynstore:a-->^</body>");
    scanner_expect("<!-->^</body>-->");
    scanner_expect("<!--->^</body>-->");
    scanner_expect("<!---->^</body>");
    scanner_expect("<!----->^</body>");
    scanner_expect("<!--a--!>^</body>");
    scanner_expect("<!--a--!-></body>-->^</body>");
    scanner_expect("<!--a--!-->^</body>");
    scanner_expect("<!--a- -></body>-- ></body>-->^</body>");
    scanner_expect("<!--!></body>-->^</body>");
    scanner_expect("<!---!></body>-->^</body>");
    scanner_expect("<!--a</body>");
    scanner_expect("<!--[if lt IE 9]></body><![endif]-->^</body>");
    scanner_expect("<![if !IE]>^</body><![endif]>");
    scanner_expect("<!-- <script> -->^</body>");
}

static void bogus_comments_and_doctypes_end_at_the_first_greater_than(void **state)
{
    (void)state;
    scanner_expect("<!DOCTYPE html>^</body>");
    scanner_expect("<!doctype html public \"a>^</body>\">");
    scanner_expect("<!x</body>^</body>");
    scanner_expect("<!-x</body>-->^</body>");
    scanner_expect("<!>^</body>");
    scanner_expect("<?php '</body>^</body>'?>");
    scanner_expect("</ x</body>^</body>");
    scanner_expect("</>^</body>");
    scanner_expect("<![CDATA[</body>^</body>]]>");
    scanner_expect("<![CDATA[<!--dynstore:a-->^</body>]]>");
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
        scanner_expect(page);
        snprintf(page, sizeof(page), "<%s><</%s a=\">\">^</body>", names[i], names[i]);
        scanner_expect(page);
        snprintf(page, sizeof(page), "<%s/></body></%s/>^</body>", names[i], names[i]);
        scanner_expect(page);
        snprintf(page, sizeof(page), "<%s></body>", names[i]);
        scanner_expect(page);
        snprintf(page, sizeof(page), "</%s>^</body>", names[i]);
        scanner_expect(page);
    }
    scanner_expect("<style></STYLE>^</body>");
    scanner_expect("<styles>^</body></styles>");
    scanner_expect("<title><!-- </title>^</body>-->");
    scanner_expect("<header>^</body></header>");
    scanner_expect("<plaintext></plaintext></body>");
}

static void a_script_hides_marks_through_its_escaped_states(void **state)
{
    (void)state;
    scanner_expect("<script>'</body>'</script>^</body>");
    scanner_expect("<script>'<\\/script></body>'</script>^</body>");
    scanner_expect("<script><!-- </script>^</body>");
    scanner_expect("<script><!-- <script> </script></body> --> </script>^</body>");
    scanner_expect("<script><!-- <script> </script></body> </script>^</body>");
    scanner_expect("<script><!-- <script> --> </script>^</body>");
    scanner_expect("<script><!-- <script> </script> <script> </script></body></script>^</body>");
    scanner_expect("<script><!--><script></script>^</body>");
    scanner_expect("<script><!---><script></script>^</body>");
    scanner_expect("<script><!--a<scripts></script>^</body>");
    scanner_expect("<script><!-- <SCRIPT/ </script></body> </script>^</body>");
    scanner_expect("<script><!-- <script </scriptx></script></body> </script>^</body>");
    scanner_expect("<script><!- <script></script>^</body>");
    scanner_expect("<script><! <script></script>^</body>");
    scanner_expect("<script><!--a--!><script></script></body></script>^</body>");
    scanner_expect("<script><!--<</script>^</body>");
}

static void template_and_noscript_hide_marks(void **state)
{
    (void)state;
    scanner_expect("<template></body><!--dynstore:a--></template>^</body>");
    scanner_expect("<template><template></body></template></body></template>^</body>");
    scanner_expect("<TEMPLATE id=\"a\"></body></Template>^<!--dynstore:a-->");
    scanner_expect("</template>^</body>");
    scanner_expect("</template><template></body></template>^</body>");
    scanner_expect("<template/></body></template>^</body>");
    scanner_expect("<template></body>");
    scanner_expect("<templates>^</body>");
    scanner_expect("<noscript><iframe src=\"x\"></iframe></body></noscript>^</body>");
    scanner_expect("<noscript><noscript></body></noscript>^</body>");
}

static void svg_and_math_read_raw_text_and_cdata_as_their_markup_does(void **state)
{
    (void)state;
    scanner_expect("<svg><path d=\"</body>\"/></svg>^</body>");
    scanner_expect("<svg><script/></svg>^</body>");
    scanner_expect("<svg><style/></svg>^</body>");
    scanner_expect("<svg><title/></svg>^</body>");
    scanner_expect("<svg/><style></body></style>^</body>");
    scanner_expect("<svg><title></title></svg>^</body>");
    scanner_expect("<svg><title>a</title><path/></svg>^</body>");
    scanner_expect("<svg><style>a{}</style></svg>^</body>");
    scanner_expect("<svg><style><!-- </style></body> --></style></svg>^</body>");
    scanner_expect("<svg><style><![CDATA[ </style></svg></body> ]]></style></svg>^</body>");
    scanner_expect("<svg><![CDATA[</body>]]></svg>^</body>");
    scanner_expect("<svg><![CDATA[</body>] ]> ]]]></svg>^</body>");
    scanner_expect("<svg><![CDAT[</body>^</body>]]></svg>^</body>");
    scanner_expect("<math><mrow><![CDATA[</body>]]></mrow></math>^</body>");
    scanner_expect("<svg></svg><style></body></style>^</body>");
    scanner_expect("<SVG><g></g></SVG><script></body></script>^</body>");
    scanner_expect("<svg><svg><g/></svg></svg><script></body><a></script>^</body>");
}

static void an_html_tag_leaves_svg_that_was_never_closed(void **state)
{
    (void)state;
    scanner_expect("<svg><path><div><style></body><a></style>^</body>");
    scanner_expect("<svg></p><style></body><a></style>^</body>");
    scanner_expect("<svg><font><p><script></body><a></script>^</body>");
    scanner_expect("<div><svg></div><p><script></body><a></script>^</body>");
    scanner_expect("<svg><math></math></svg><script></body><a></script>^</body>");
    scanner_expect(
        "<svg><foreignObject><p><b></b></p></foreignObject></svg><script></body><a></script>^</"
        "body>");
}

static void where_a_browser_may_read_svg_in_two_ways_nothing_more_is_marked(void **state)
{
    (void)state;
    scanner_expect("<svg><foreignObject><script/></foreignObject></svg></body>");
    scanner_expect("<svg><foreignObject><style><!--</style></foreignObject></svg></body>-->");
    scanner_expect("<svg><foreignObject><style>a{}</style></foreignObject></svg>^</body>");
    scanner_expect("<svg><title><b></title></svg></body>");
    scanner_expect("<svg><g><svg></g></svg><script></body></script></body>");
    scanner_expect("<svg><font color=red><script></body></script></body>");
    scanner_expect("<div><svg></div><script><a></script></body>");
    scanner_expect("<div><svg></div><script>a</script>^</body>");
    scanner_expect("<svg><desc><![CDATA[ > </body> ]]></desc></svg></body>");
    scanner_expect("<svg><desc><![CDATA[ a ]]></desc></svg>^</body>");
}

static void a_frameset_page_is_left_alone(void **state)
{
    (void)state;
    scanner_expect("<frameset rows=\"*\"><frame "
                   "src=\"a\"><noframes><body></body></noframes></frameset></body>");
}

static void a_page_in_utf_16_or_utf_32_holds_no_marks(void **state)
{
    static scanner_marks_t none;
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
                scanner_check_page("UTF-16 or UTF-32", page, len, &none);
            }
        }
    }
    /* U+3C2F U+626F U+6479 U+3E20: ideographs whose bytes spell `</body> `. */
    scanner_check_page("UTF-16", "\xfe\xff</body> ", 10, &none);
    scanner_check_page("UTF-16", "\xff\xfe</body> ", 10, &none);
}

static void a_utf_8_byte_order_mark_changes_nothing(void **state)
{
    (void)state;
    scanner_expect("\xef\xbb\xbf<p>\xc3\xa9^</body>");
    scanner_expect("\xfe<p>^</body>");
    scanner_expect("\xff^</body>");
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
        scanner_expect(page);
    }
}

static void tags_nested_past_the_limit_mark_nothing_more(void **state)
{
    static scanner_marks_t expected;
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
                scanner_marks_add(&expected, len, SCANNER_BODY, strlen(SCANNER_BODY));
            }
            len += (size_t)sprintf(page + len, "</body>");
            scanner_check_page("nested", page, len, &expected);
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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What a URL of a catalogue may be: every known way to write down something else as one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "build_fixture.h"
#include "engine/catalogue/snapshot.h"
#include "engine/base/safe_url.h"

static const char *const safe[] = {
    "/products/a",
    "products/a",
    "?a=b",
    "#top",
    "http://shop.example/x",
    "HTTPS://A/",
    "https://a:8/",
    "https://a",
    "https://a?b",
    "https://a#b",
    "https://shop_1.example-2.com:8443/x",
    "https://[2001:db8::1]:8443/x",
    "https://m\xc3\xbcller.example/",
    "https://shop.example/a?u=javascript:alert(1)",
    "./a:b",
    "/a:b",
    "a?x=javascript:1",
    "../a",
    "a",
    "/",
    "/?a",
    "/#a",
    "//cdn.shop.example/a.jpg",
    "/a%20b",
    "/%C3%A4pfel",
    "/\xc3\xa4pfel",
    "my%20pack.html",
    "my pack.html",
    "/h&m/x",
    "/@brand",
    "/~user/x",
    "/-/x",
    "a.php?x=1&y=2",
    "/a//b",
    "/a\\b",
};

static const char *const unsafe[] = {
    "",
    " ",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    " javascript:alert(1)",
    " /products/a",
    "\x01javascript:alert(1)",
    "\x08/products/a",
    "\x1f\x1bjavascript:alert(1)",
    "java\tscript:alert(1)",
    "java\nscript:alert(1)",
    "javascript\n:alert(1)",
    "javascript :alert(1)",
    "j\ra\tv\na\rs\tcript:alert(1)",
    "\tjava\r\nscript:alert(1)",
    "\x7fjavascript:alert(1)",
    "\xc2\xa0javascript:alert(1)",
    "\xe2\x80\xa8javascript:alert(1)",
    "\xe3\x80\x80javascript:alert(1)",
    "\xef\xbb\xbfjavascript:alert(1)",
    "java\xe2\x80\x8bscript:alert(1)",
    "java\xc2\xadscript:alert(1)",
    "javascript://shop.example/%0aalert(1)",
    "javascript:/*--></title></style><svg/onload='+/\"/+/onmouseover=1/+/[*/[]/+alert(1)//'>",
    "feed:javascript:alert(1)",
    "view-source:javascript:alert(1)",
    "jar:javascript:alert(1)",
    "livescript:x",
    "mocha:x",
    "vbscript:x",
    "VBScript:msgbox(1)",
    "data:text/html,x",
    "data:text/html;base64,PHNjcmlwdD4=",
    "DATA:image/svg+xml,<svg onload=alert(1)>",
    "blob:x",
    "filesystem:http://a/x",
    "file:///etc/passwd",
    "about:blank",
    "intent://x#Intent;end",
    "mailto:a@b",
    "tel:1",
    "ftp://a/",
    "ws://a/",
    "x:y",
    ":",
    ":x",
    "a:b/c",
    /* character references, with and without their end, in all bases, with zeros before */
    "javascript&colon;alert(1)",
    "javascript&colon;alert(1)/x",
    "javascript&#58;alert(1)",
    "javascript&#58alert(1)",
    "javascript&#0000058alert(1)",
    "javascript&#x3a;alert(1)",
    "javascript&#X3Aalert(1)",
    "javascript&amp;colon;alert(1)",
    "javascript&amp;amp;#58;alert(1)",
    "&#x6A;avascript&colon;alert(1)",
    "&#x6A;avascript:alert(1)",
    "&#106;&#97;&#118;&#97;&#115;&#99;&#114;&#105;&#112;&#116;&#58;alert(1)",
    "&#0000106&#0000097&#0000118&#0000097&#0000115&#0000099&#0000114&#0000105&#0000112",
    "java&Tab;script:alert(1)",
    "java&Tab;script&colon;alert(1)",
    "java&NewLine;script&colon;alert(1)",
    "java&#9;script&colon;alert(1)",
    "java&#x0A;script&colon;alert(1)",
    "&#14; javascript&colon;alert(1)",
    "&Tab;javascript&colon;alert(1)",
    "&NewLine;/x",
    "data&colon;text/html,x",
    "vbscript&colon;x",
    "java\\script&colon;x",
    /* %XX, once and twice */
    "javascript%3Aalert(1)",
    "javascript%3aalert(1)",
    "javascript%253Aalert(1)",
    "%6aavascript%3aalert(1)",
    "%6aavascript:/",
    "java%09script%3Aalert(1)",
    "java%0ascript:alert(1)",
    "%01javascript%3Aalert(1)",
    "%00javascript:alert(1)",
    "data%3Atext/html,x",
    "java%26colon%3Bx",
    "java%",
    "java%3",
    "java%zz/x",
    /* other hosts, spelt so that they look like paths, and hosts that are none */
    "//",
    "///",
    "///evil.example/",
    "////evil.example/",
    "//\\evil.example/",
    "/\\evil.example/",
    "/\\/evil.example/",
    "\\\\evil.example/",
    "\\/evil.example/",
    "\\evil.example",
    "/\t/evil.example/",
    "/\n/evil.example/",
    "\t//evil.example/",
    " //evil.example/",
    "/\x01/evil.example/",
    "/%2Fevil.example/",
    "/%2f%2fevil.example/",
    "/%5Cevil.example/",
    "/%09/evil.example/",
    "/%252Fevil.example/",
    "%2F%2Fevil.example/",
    "/&sol;evil.example/",
    "&sol;&sol;evil.example/",
    "/&#47;evil.example/",
    "/&#x2f;evil.example/",
    "/&bsol;evil.example/",
    "/&Tab;/evil.example/",
    "//shop.example@evil.example/",
    "//evil.example\\.shop.example/",
    "//evil.example&sol;x",
    "http:evil.example",
    "http:/evil.example",
    "http:\\\\evil.example",
    "https:/evil.example",
    "https:/",
    "https:",
    "https://",
    "https:///evil.example/",
    "https:////evil.example/",
    "https://\\evil.example/",
    "https://shop.example@evil.example/",
    "https://shop.example:pass@evil.example/",
    "https://shop.example\\@evil.example/",
    "https://evil.example&colon;x",
    "https://evil.example\t.shop.example/",
    "https://%65vil.example/",
    "https://a b/",
    "https://a:b/",
    "https://[::1",
    "https://[]/",
    "https://?x",
    "https://.",
    "http&colon;//evil.example/",
    "https&#58;//evil.example/",
    "hTTp&colon;evil.example",
    /* what ends an attribute that nobody escapes, before anything that only a path can hold */
    "\"onerror=alert(1)",
    "x\"onerror=alert(1)",
    "x'onerror=alert(1)",
    "x`onerror=alert(1)",
    "<script>alert(1)",
    "x><img",
    "{x}",
};

static void only_http_https_and_plain_paths_are_safe(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(safe) / sizeof(safe[0]); i++) {
        if (!dyn_url_is_safe(dyn_str_from(safe[i]))) {
            fail_msg("%s is refused", safe[i]);
        }
    }
    for (size_t i = 0; i < sizeof(unsafe) / sizeof(unsafe[0]); i++) {
        if (dyn_url_is_safe(dyn_str_from(unsafe[i]))) {
            fail_msg("%s is taken for safe", unsafe[i]);
        }
    }
}

/* Whatever a browser or an HTML parser makes of it: no sequence of few decisive bytes becomes a scheme or a host. */
static void no_short_text_that_is_taken_decodes_to_a_scheme_or_a_host(void **state)
{
    static const char *const pieces[] = {
        "x",  ":", "/", "\\", "&",     "&colon;", "&sol;", "%3",      "%3A", "%2f", "%5c",
        "\t", " ", "?", "#",  "&#58;", "&#x2F;",  "a;",    "&bsol;x", "@",   "%09"};
    enum { PIECES = sizeof(pieces) / sizeof(pieces[0]), LENGTH = 4 };
    unsigned total = 1;

    (void)state;
    for (int i = 0; i < LENGTH; i++) {
        total *= PIECES;
    }
    for (unsigned number = 0; number < total; number++) {
        char text[64] = "", plain[64];
        size_t length = 0;
        unsigned rest = number;

        for (int i = 0; i < LENGTH; i++, rest /= PIECES) {
            strcat(text, pieces[rest % PIECES]);
        }
        if (!dyn_url_is_safe(dyn_str_from(text))) {
            continue;
        }

        /* as the most willing reader: everything is decoded, what a browser drops is dropped */
        for (const char *at = text; *at != '\0';) {
            static const struct {
                const char *from;
                char to;
            } decodings[] = {{"&colon;", ':'}, {"&sol;", '/'}, {"&bsol;", '/'}, {"&#58;", ':'},
                             {"&#x2F;", '/'},  {"%3A", ':'},   {"%2f", '/'},    {"%5c", '/'},
                             {"%09", '\t'},    {"\\", '/'}};
            size_t taken = 1;
            char c = *at;

            for (size_t i = 0; i < sizeof(decodings) / sizeof(decodings[0]); i++) {
                size_t from = strlen(decodings[i].from);

                if (strncmp(at, decodings[i].from, from) == 0) {
                    c = decodings[i].to;
                    taken = from;
                    break;
                }
            }
            at += taken;
            if (c != '\t' && (c != ' ' || length > 0)) {
                plain[length++] = c;
            }
        }
        plain[length] = '\0';

        size_t first = strcspn(plain, ":/?#");
        bool host = strncmp(plain, "//", 2) == 0, scheme = plain[first] == ':';

        /* said openly, a host is one */
        if (scheme || (host && !(strncmp(text, "//x", 3) == 0))) {
            fail_msg("\"%s\" is taken for safe and reads as \"%s\"", text, plain);
        }
    }
}

static const char *url_of(const dyn_snapshot_t *s, const char *id)
{
    return dyn_snapshot_string(s, s->items[fixture_item(s, id)].url).data;
}

static const char *image_of(const dyn_snapshot_t *s, const char *id)
{
    return dyn_snapshot_string(s, s->items[fixture_item(s, id)].image).data;
}

static void an_item_is_built_without_a_url_that_is_none(void **state)
{
    (void)state;
    dyn_snapshot_t *s = fixture_build(
        "{\"id\":\"a\",\"title\":\"A\",\"url\":\"javascript&colon;alert(1)\",\"image\":\"/"
        "a.svg\"}\n"
        "{\"id\":\"b\",\"title\":\"B\",\"url\":\"/b\",\"image\":\"data:image/gif;base64,R0\"}\n"
        "{\"id\":\"c\",\"title\":\"C\",\"url\":\"  /c "
        "\",\"image\":\"\\thttps://cdn.example/c.jpg\\n\"}\n"
        "{\"id\":\"d\",\"title\":\"D\",\"url\":\"java\\tscript:alert(1)\",\"image\":\"   \"}\n",
        NULL);

    assert_int_equal(s->item_count, 4);
    assert_string_equal(url_of(s, "a"), "");
    assert_string_equal(image_of(s, "a"), "/a.svg");
    assert_string_equal(url_of(s, "b"), "/b");
    assert_string_equal(image_of(s, "b"), "");
    assert_string_equal(url_of(s, "c"), "/c");
    assert_string_equal(image_of(s, "c"), "https://cdn.example/c.jpg");
    assert_string_equal(url_of(s, "d"), "");
    assert_string_equal(image_of(s, "d"), "");
    dyn_snapshot_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_http_https_and_plain_paths_are_safe),
        cmocka_unit_test(no_short_text_that_is_taken_decodes_to_a_scheme_or_a_host),
        cmocka_unit_test(an_item_is_built_without_a_url_that_is_none),
    };

    return cmocka_run_group_tests_name("url", tests, NULL, NULL);
}

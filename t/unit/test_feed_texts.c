/* What exports write in their cells: prices, HTML, bytes of Windows-1252. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cli/feed/amount.h"
#include "cli/feed/plain.h"
#include "cli/feed/windows.h"

static void prices_are_read_as_shops_write_them(void **state)
{
    static const struct {
        const char *text, *shop;
        char decimal;
        const char *amount, *currency;
    } cases[] = {
        {"1.299,00 EUR", "", 0, "1299", "EUR"},
        {"$1,299.00", "", 0, "1299", "USD"},
        {"$1,299.00", "CAD", 0, "1299", "CAD"},
        {"129 EUR", "", 0, "129", "EUR"},
        {"15.00 USD", "", 0, "15", "USD"},
        {"15.5 USD", "", 0, "15.5", "USD"},
        {"EUR 15,95", "", 0, "15.95", "EUR"},
        {"15,95", "EUR", 0, "15.95", "EUR"},
        {"15.95", "EUR", ',', "1595", "EUR"},
        {"1.299", "EUR", 0, "1299", "EUR"},
        {"1,299", "USD", 0, "1299", "USD"},
        {"1.299", "KWD", 0, "1.299", "KWD"},
        {"1.299 KWD", "EUR", 0, "1.299", "KWD"},
        {"1.299.000", "IDR", 0, "1299000", "IDR"},
        {"1,299,000.50", "INR", 0, "1299000.5", "INR"},
        {"12,99,000.50", "INR", 0, "1299000.5", "INR"},
        {"CHF 1'299.-", "", 0, "1299", "CHF"},
        {"1 299,90\u00a0\u20ac", "", 0, "1299.9", "EUR"},
        {"1\u202f299,90 \u20ac", "", 0, "1299.9", "EUR"},
        {"15.0000", "USD", 0, "15", "USD"},
        {"0.00", "EUR", 0, "0", "EUR"},
        {"\u00a51200", "", 0, "1200", "JPY"},
        {"\u00a51200", "CNY", 0, "1200", "CNY"},
        {"129 z\u0142", "", 0, "129", "PLN"},
        {"129 kr", "SEK", 0, "129", "SEK"},
        {"R$ 12,50", "", 0, "12.5", "BRL"},
        {"7", "", 0, "7", ""},
        {"100", "EUR", 0, "100", "EUR"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        dyn_amount_t amount;
        dyn_error_t problem = {""};

        if (!dyn_amount_read(dyn_str_from(cases[i].text), cases[i].shop, cases[i].decimal, &amount,
                             &problem)) {
            fail_msg("%s: %s", cases[i].text, problem.text);
        }
        if (strcmp(amount.text, cases[i].amount) != 0 ||
            strcmp(amount.currency, cases[i].currency) != 0) {
            fail_msg("%s: %s %s", cases[i].text, amount.text, amount.currency);
        }
    }
}

static void what_is_no_price_gets_a_sentence(void **state)
{
    static const struct {
        const char *text, *shop;
        char decimal;
        const char *sentence;
    } cases[] = {
        {"", "EUR", 0, "\"\" is no price"},
        {"on request", "EUR", 0, "\"on request\" is no price"},
        {"-5 EUR", "", 0, "is below 0"},
        {"-5", "EUR", 0, "is below 0"},
        {"129 kr", "", 0, "\"kr\" is no currency"},
        {"129 kr", "EUR", 0, "\"kr\" is no currency"},
        {"129 euros", "EUR", 0, "\"euros\" is no currency"},
        {"$129 USD", "", 0, "has more than one currency"},
        {"12-15 EUR", "", 0, "\"12-15 EUR\" is no price"},
        {"1,299,00", "EUR", ',', "has two signs before decimals"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        dyn_amount_t amount;
        dyn_error_t problem = {""};

        assert_false(dyn_amount_read(dyn_str_from(cases[i].text), cases[i].shop, cases[i].decimal,
                                     &amount, &problem));
        if (strstr(problem.text, cases[i].sentence) == NULL) {
            fail_msg("%s: %s", cases[i].text, problem.text);
        }
    }
}

static void html_becomes_the_text_that_a_shopper_reads(void **state)
{
    static const char *const cases[][2] = {
        {"plain", "plain"},
        {"  two \n\t words  ", "two words"},
        {"<p>one</p><p>two</p>", "one two"},
        {"a<br>b<br/>c", "a b c"},
        {"<b>bo</b>ld and <strong>st</strong>rong", "bold and strong"},
        {"<ul><li>Wool</li><li>Warm</li></ul>", "Wool Warm"},
        {"Salt &amp; pepper &lt;3 &quot;x&quot; &#39;y&#x27;", "Salt & pepper <3 \"x\" 'y'"},
        {"K&auml;se&nbsp;&euro;&#8364;&#x20AC;", "K\u00e4se \u20ac\u20ac\u20ac"},
        {"R&D and AT&T; &unknown; &", "R&D and AT&T; &unknown; &"},
        {"1 < 2 and 3 > 2", "1 < 2 and 3 > 2"},
        {"<script>alert('<p>')</script>kept<style>p{}</style>!", "kept !"},
        {"<script>never closed", ""},
        {"<a title=\"a > b\" href='x'>link</a>", "link"},
        {"before<!-- a <b>comment</b> -->after", "beforeafter"},
        {"cut off <stro", "cut off <stro"},
        {"\u00e4\u20ac\U0001f600", "\u00e4\u20ac\U0001f600"},
        {"soft\u200bspace\u00a0hard", "softspace hard"},
        {"<p></p>", ""},
        {"&#0;&#xd800;&#x110000;x", "\ufffd\ufffdx"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char plain[256];
        size_t length = dyn_plain_text(dyn_str_from(cases[i][0]), plain);

        assert_true(length <= strlen(cases[i][0]));
        plain[length] = '\0';
        assert_string_equal(plain, cases[i][1]);
    }
}

static void bytes_of_windows_become_utf8(void **state)
{
    static const char bytes[] = "K\xe4se \x80 \x96 \x93q\x94 \x81";
    char utf8[3 * sizeof(bytes)];
    size_t length = dyn_windows_to_utf8(dyn_str_from(bytes), utf8);

    (void)state;
    utf8[length] = '\0';
    assert_string_equal(utf8, "K\u00e4se \u20ac \u2013 \u201cq\u201d \xc2\x81");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prices_are_read_as_shops_write_them),
        cmocka_unit_test(what_is_no_price_gets_a_sentence),
        cmocka_unit_test(html_becomes_the_text_that_a_shopper_reads),
        cmocka_unit_test(bytes_of_windows_become_utf8),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "engine/session/session.h"
#include "engine/session/device.h"

static char memory[8192];
static dyn_arena_t arena;

static dyn_entry_t entry_of(const char *query, const char *referrer)
{
    dyn_entry_t entry;

    dyn_arena_init(&arena, memory, sizeof(memory), NULL, NULL);
    dyn_entry_parse(dyn_str_from(query), dyn_str_from(referrer), DYN_STR("www.shop.example:8080"),
                    &arena, &entry);
    return entry;
}

static bool is_empty(const dyn_entry_t *entry)
{
#define X(member, name)           \
    if (entry->member.len != 0) { \
        return false;             \
    }
    DYN_ENTRY_FIELDS(X)
#undef X

    return true;
}

static void expect(dyn_str_t value, const char *expected)
{
    if (!dyn_str_equal(value, dyn_str_from(expected))) {
        fail_msg("\"%.*s\" is not \"%s\"", (int)value.len, value.data, expected);
    }
}

static void the_query_tells_the_campaign(void **state)
{
    dyn_entry_t entry = entry_of("a=b&utm_source=news%20letter&utm_medium=email&utm_campaign=a+b&"
                                 "utm_term=x&utm_content=%C3%A9",
                                 "");

    (void)state;
    expect(entry.source, "news letter");
    expect(entry.medium, "email");
    expect(entry.campaign, "a b");
    expect(entry.term, "x");
    expect(entry.content, "\xc3\xa9");
    expect(entry.click_id, "");
    expect(entry.referrer, "");
    assert_false(is_empty(&entry));
}

static void a_click_id_gives_its_name_and_never_its_value(void **state)
{
    dyn_entry_t entry = entry_of("gclid=SECRET", "");

    (void)state;
    expect(entry.click_id, "gclid");
    expect(entry_of("q=1&fbclid=x&gclid=y", "").click_id, "fbclid");
    expect(entry_of("gclid=", "").click_id, "");
    expect(entry_of("gclid", "").click_id, "");
    expect(entry_of("xgclid=1", "").click_id, "");
}

static void the_first_of_a_repeated_parameter_counts(void **state)
{
    (void)state;
    expect(entry_of("utm_source=&utm_source=a&utm_source=b", "").source, "a");
}

/* Not timed, but bounded: what stands behind so many others is not looked at. */
static void so_many_parameters_are_read_and_no_more(void **state)
{
    static const char *const fillers[] = {"&", "=&", "a=b&", "utm_campaigm=x&"};

    (void)state;
    for (size_t i = 0; i < sizeof(fillers) / sizeof(fillers[0]); i++) {
        for (size_t before = DYN_ENTRY_PARAMETERS_MAX - 2; before <= DYN_ENTRY_PARAMETERS_MAX;
             before++) {
            static char query[DYN_ENTRY_PARAMETERS_MAX * 16 + 32];
            size_t length = 0;

            for (size_t k = 0; k < before; k++) {
                length += (size_t)sprintf(query + length, "%s", fillers[i]);
            }
            sprintf(query + length, "utm_source=mail");
            expect(entry_of(query, "").source, before < DYN_ENTRY_PARAMETERS_MAX ? "mail" : "");
        }
    }
}

static void values_that_are_no_text_are_dropped(void **state)
{
    (void)state;
    expect(entry_of("utm_source=%FF", "").source, "");
    expect(entry_of("utm_source=a%00b", "").source, "");
    expect(entry_of("utm_source=a%0Ab", "").source, "");
    expect(entry_of("utm_source=50%", "").source, "50%");
    expect(entry_of("utm_source=%zz", "").source, "%zz");
}

static void a_value_is_cut_to_its_limit_between_characters(void **state)
{
    char query[1024] = "utm_source=";
    size_t at = strlen(query);

    (void)state;
    memset(query + at, 'a', DYN_ENTRY_BYTES_MAX - 1);
    assert_int_equal(entry_of(query, "").source.len, DYN_ENTRY_BYTES_MAX - 1);
    query[at + DYN_ENTRY_BYTES_MAX - 1] = 'a';
    assert_int_equal(entry_of(query, "").source.len, DYN_ENTRY_BYTES_MAX);
    query[at + DYN_ENTRY_BYTES_MAX] = 'a';
    assert_int_equal(entry_of(query, "").source.len, DYN_ENTRY_BYTES_MAX);
    /* a two-byte character over the edge goes whole */
    memcpy(query + at + DYN_ENTRY_BYTES_MAX - 1, "%C3%A9", 7);
    assert_int_equal(entry_of(query, "").source.len, DYN_ENTRY_BYTES_MAX - 1);
}

static void the_referrer_gives_its_host_alone(void **state)
{
    (void)state;
    expect(entry_of("", "https://www.Google.com/search?q=private").referrer, "www.google.com");
    expect(entry_of("", "http://user:secret@blog.example:8443/x").referrer, "blog.example");
    expect(entry_of("", "android-app://com.google.android.gm").referrer, "com.google.android.gm");
    expect(entry_of("", "https://[2001:db8::1]:8443/").referrer, "[2001:db8::1]");
    expect(entry_of("", "https://a.example?x").referrer, "a.example");
    expect(entry_of("", "about:blank").referrer, "");
    expect(entry_of("", "/relative").referrer, "");
    expect(entry_of("", "https://").referrer, "");
    expect(entry_of("", "https://<script>/").referrer, "");
    expect(entry_of("", "https://[::1").referrer, "");
    expect(entry_of("", "").referrer, "");
}

static void the_shop_itself_is_no_referrer(void **state)
{
    dyn_entry_t entry = entry_of("", "https://shop.example/page");

    (void)state;
    expect(entry.referrer, "");
    assert_true(is_empty(&entry));
    expect(entry_of("", "http://WWW.SHOP.EXAMPLE:8080/page").referrer, "");
    expect(entry_of("", "https://shop.example.evil/").referrer, "shop.example.evil");
}

static void an_exhausted_arena_leaves_the_entry_empty(void **state)
{
    dyn_entry_t entry;

    (void)state;
    dyn_arena_init(&arena, memory, 8, NULL, NULL);
    dyn_entry_parse(DYN_STR("utm_source=a-long-one"), DYN_STR("https://long.example/"),
                    DYN_STR("shop.example"), &arena, &entry);
    assert_true(is_empty(&entry));
    assert_true(arena.exhausted);
}

static void the_user_agent_tells_the_device(void **state)
{
    static const struct {
        const char *user_agent;
        dyn_device_t device;
    } cases[] = {
        {"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
         "Chrome/126.0 Safari/537.36",
         DYN_DEVICE_DESKTOP},
        {"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Safari/605.1.15",
         DYN_DEVICE_DESKTOP},
        {"Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0",
         DYN_DEVICE_DESKTOP},
        {"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Mobile/15E148",
         DYN_DEVICE_MOBILE},
        {"Mozilla/5.0 (Linux; Android 14; Pixel 8) Chrome/126.0 Mobile Safari/537.36",
         DYN_DEVICE_MOBILE},
        {"Mozilla/5.0 (Linux; Android 13; SM-X200) Chrome/126.0 Safari/537.36", DYN_DEVICE_TABLET},
        {"Mozilla/5.0 (iPad; CPU OS 16_5 like Mac OS X) Version/16.5 Mobile/15E148 Safari/604.1",
         DYN_DEVICE_TABLET},
        {"curl/7.88.1", DYN_DEVICE_UNKNOWN},
        {"", DYN_DEVICE_UNKNOWN},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        dyn_user_agent_t read = dyn_user_agent_read(dyn_str_from(cases[i].user_agent));

        assert_int_equal(read.device, cases[i].device);
        assert_false(read.bot);
    }
}

static void bots_are_known_by_their_names(void **state)
{
    static const char *const bots[] = {
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
        "Mozilla/5.0 (compatible; Yahoo! Slurp; http://help.yahoo.com/help/us/ysearch/slurp)",
        "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
        "Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/126.0 Safari/537.36",
        "python-requests/2.31.0",
        "Baiduspider+(+http://www.baidu.com/search/spider.htm)",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bots) / sizeof(bots[0]); i++) {
        assert_true(dyn_user_agent_read(dyn_str_from(bots[i])).bot);
    }
    /* a telephone's maker */
    dyn_user_agent_t cubot = dyn_user_agent_read(
        DYN_STR("Mozilla/5.0 (Linux; Android 9; CUBOT_X19) Chrome/80.0 Mobile Safari/537.36"));
    assert_false(cubot.bot);
    assert_int_equal(cubot.device, DYN_DEVICE_MOBILE);
    assert_false(dyn_user_agent_read(DYN_STR_NONE).bot);
}

static void every_word_of_a_user_agent_is_found_in_any_case_wherever_it_stands(void **state)
{
    static const struct {
        const char *word;
        dyn_device_t device;
        bool bot;
    } cases[] = {
        {"bot", DYN_DEVICE_UNKNOWN, true},
        {"crawl", DYN_DEVICE_UNKNOWN, true},
        {"spider", DYN_DEVICE_UNKNOWN, true},
        {"slurp", DYN_DEVICE_UNKNOWN, true},
        {"facebookexternalhit", DYN_DEVICE_UNKNOWN, true},
        {"headless", DYN_DEVICE_UNKNOWN, true},
        {"lighthouse", DYN_DEVICE_UNKNOWN, true},
        {"pagespeed", DYN_DEVICE_UNKNOWN, true},
        {"python-requests", DYN_DEVICE_UNKNOWN, true},
        {"python-urllib", DYN_DEVICE_UNKNOWN, true},
        {"go-http-client", DYN_DEVICE_UNKNOWN, true},
        {"libwww-perl", DYN_DEVICE_UNKNOWN, true},
        {"scrapy", DYN_DEVICE_UNKNOWN, true},
        {"pingdom", DYN_DEVICE_UNKNOWN, true},
        {"bingpreview", DYN_DEVICE_UNKNOWN, true},
        {"mediapartners", DYN_DEVICE_UNKNOWN, true},
        {"feedfetcher", DYN_DEVICE_UNKNOWN, true},
        {"archiver", DYN_DEVICE_UNKNOWN, true},
        {"google-inspectiontool", DYN_DEVICE_UNKNOWN, true},
        {"android", DYN_DEVICE_TABLET, false},
        {"mobi", DYN_DEVICE_MOBILE, false},
        {"ipad", DYN_DEVICE_TABLET, false},
        {"tablet", DYN_DEVICE_TABLET, false},
        {"kindle", DYN_DEVICE_TABLET, false},
        {"iphone", DYN_DEVICE_MOBILE, false},
        {"ipod", DYN_DEVICE_MOBILE, false},
        {"x11", DYN_DEVICE_DESKTOP, false},
        {"windows", DYN_DEVICE_DESKTOP, false},
        {"macintosh", DYN_DEVICE_DESKTOP, false},
        {"cros ", DYN_DEVICE_DESKTOP, false},
    };
    static const char *const before[] = {"", "a", "(compatible; ", "b", "cu b"};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        for (size_t k = 0; k < 2 * sizeof(before) / sizeof(before[0]); k++) {
            char text[64];
            int length = snprintf(text, sizeof(text), "%s%s", before[k / 2], cases[i].word);
            for (int c = 0; k % 2 == 1 && c < length; c++) {
                text[c] = (char)toupper((unsigned char)text[c]);
            }
            dyn_user_agent_t read = dyn_user_agent_read((dyn_str_t){text, (size_t)length});
            assert_int_equal(read.bot, cases[i].bot);
            assert_int_equal(read.device, cases[i].device);
            /* a word cut short is none */
            read = dyn_user_agent_read((dyn_str_t){text, (size_t)length - 1});
            assert_false(read.bot);
            assert_int_equal(read.device, DYN_DEVICE_UNKNOWN);
        }
    }
}

static void so_much_of_a_user_agent_is_read_and_no_more(void **state)
{
    enum { READ = 512 };
    static char text[READ + 64];

    (void)state;
    for (size_t end = READ - 1; end <= READ + 1; end++) {
        memset(text, 'b', sizeof(text)); /* a word may begin at each */
        memcpy(text + end - 6, "spider", 6);
        assert_int_equal(dyn_user_agent_read((dyn_str_t){text, sizeof(text)}).bot, end <= READ);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_query_tells_the_campaign),
        cmocka_unit_test(a_click_id_gives_its_name_and_never_its_value),
        cmocka_unit_test(the_first_of_a_repeated_parameter_counts),
        cmocka_unit_test(so_many_parameters_are_read_and_no_more),
        cmocka_unit_test(values_that_are_no_text_are_dropped),
        cmocka_unit_test(a_value_is_cut_to_its_limit_between_characters),
        cmocka_unit_test(the_referrer_gives_its_host_alone),
        cmocka_unit_test(the_shop_itself_is_no_referrer),
        cmocka_unit_test(an_exhausted_arena_leaves_the_entry_empty),
        cmocka_unit_test(the_user_agent_tells_the_device),
        cmocka_unit_test(bots_are_known_by_their_names),
        cmocka_unit_test(every_word_of_a_user_agent_is_found_in_any_case_wherever_it_stands),
        cmocka_unit_test(so_much_of_a_user_agent_is_read_and_no_more),
    };

    return cmocka_run_group_tests_name("entry_and_device", tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "engine/trust/consent.h"

/* the sample of IAB's specification: no purpose is consented to */
#define CORE_NONE "CQSbk4AQSbk4ANwAAAENAwCgAAAAAAAAAAYgACPAAAAA"
#define SAMPLE CORE_NONE ".IDKQA4AAgAKAGQAygAAA.YAAAAAAAAAAA"

enum { bits_max = 4096 };

/* base64url of bits written as 0 and 1; blanks are passed over, and the end is filled up with 0. */
static const char *encoded(const char *bits)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    static char texts[4][bits_max];
    static unsigned turn;
    char *text = texts[turn++ % 4];
    size_t count = 0;
    unsigned six = 0;

    for (; *bits != '\0'; bits++) {
        if (*bits == ' ') {
            continue;
        }
        six = six << 1 | (*bits == '1');
        if (++count % 6 == 0) {
            text[count / 6 - 1] = alphabet[six];
            six = 0;
        }
    }
    if (count % 6 != 0) {
        text[count / 6] = alphabet[six << (6 - count % 6)];
        count += 6;
    }
    text[count / 6] = '\0';

    return text;
}

/* So many bits of a number. */
static const char *number(unsigned value, size_t width)
{
    static char texts[8][64];
    static unsigned turn;
    char *text = texts[turn++ % 8];

    for (size_t i = 0; i < width; i++) {
        text[i] = (value >> (width - 1 - i) & 1) ? '1' : '0';
    }
    text[width] = '\0';

    return text;
}

/* Of a list of numbers that ends with 0, bit n set for number n of 24. */
static const char *purposes(const int *list)
{
    unsigned bits = 0;

    for (; *list != 0; list++) {
        bits |= 1u << (24 - *list);
    }

    return number(bits, 24);
}

static dyn_consent_t level(const char *source, const char *text)
{
    dyn_consent_rule_t rule;
    dyn_error_t error = {""};

    if (!dyn_consent_rule_read(dyn_str_from(source), &rule, &error)) {
        fail_msg("%s", error.text);
    }

    return dyn_consent_read(&rule, dyn_str_from(text));
}

static void assert_level(const char *source, const char *text, dyn_consent_t expected)
{
    dyn_consent_t got = level(source, text);

    if (got != expected) {
        fail_msg("%s of \"%s\": level %d, expected %d", source, text, (int)got, (int)expected);
    }
}

static const char *tcf_core(const int *consents, const char *vendors)
{
    static char bits[bits_max];
    static char text[bits_max];

    /* to PurposesConsent, the legitimate interests, PurposeOneTreatment and PublisherCC; vendors; no restrictions */
    snprintf(bits, sizeof(bits), "%s%0146d%s%024d%013d%s%012d", number(2, 6), 0, purposes(consents),
             0, 0, vendors, 0);
    snprintf(text, sizeof(text), "%s", encoded(bits));

    return text;
}

static const char *no_vendors(void)
{
    static char bits[64];

    snprintf(bits, sizeof(bits), "%017d%017d", 0, 0);

    return bits;
}

static const char *with_publisher(const int *consents, const char *custom)
{
    static char text[bits_max];
    char bits[256];

    snprintf(bits, sizeof(bits), "%s%s%024d%s", number(3, 3), purposes(consents), 0, custom);
    snprintf(text, sizeof(text), CORE_NONE ".IDKQA4AAgAKAGQAygAAA.%s", encoded(bits));

    return text;
}

static void the_sample_of_tcf_gives_no_consent(void **state)
{
    (void)state;
    assert_level("tcf", SAMPLE, DYN_CONSENT_NONE);
    assert_level("tcf=core", SAMPLE, DYN_CONSENT_NONE);
    assert_level("tcf=core", CORE_NONE, DYN_CONSENT_NONE);
}

static void the_publishers_own_purposes_decide(void **state)
{
    char custom[64];

    (void)state;
    snprintf(custom, sizeof(custom), "%s%010d", number(5, 6), 0);
    assert_level("tcf", with_publisher((int[]){1, 5, 6, 8, 0}, "000000"), DYN_CONSENT_FULL);
    assert_level("tcf", with_publisher((int[]){1, 5, 6, 8, 0}, custom), DYN_CONSENT_FULL);
    assert_level("tcf", with_publisher((int[]){1, 5, 6, 0}, "000000"), DYN_CONSENT_FUNCTIONAL);
    assert_level("tcf", with_publisher((int[]){5, 6, 8, 0}, "000000"), DYN_CONSENT_NONE);
    assert_level("tcf", with_publisher((int[]){1, 6, 8, 0}, "000000"), DYN_CONSENT_NONE);
    assert_level("tcf", with_publisher((int[]){1, 5, 8, 0}, "000000"), DYN_CONSENT_NONE);
    assert_level("tcf=core", with_publisher((int[]){1, 5, 6, 8, 0}, "000000"), DYN_CONSENT_NONE);
    /* more custom purposes than there are bits */
    assert_level("tcf", with_publisher((int[]){1, 5, 6, 8, 0}, "111111"), DYN_CONSENT_NONE);
}

static void core_purposes_decide_by_configuration_only(void **state)
{
    const char *text = tcf_core((int[]){1, 5, 6, 8, 0}, no_vendors());

    (void)state;
    assert_level("tcf=core", text, DYN_CONSENT_FULL);
    assert_level("tcf", text, DYN_CONSENT_NONE);
    assert_level("tcf=core", tcf_core((int[]){1, 5, 6, 0}, no_vendors()), DYN_CONSENT_FUNCTIONAL);
    assert_level("tcf=core", tcf_core((int[]){2, 3, 4, 7, 8, 0}, no_vendors()), DYN_CONSENT_NONE);
}

static void lists_of_vendors_are_read_within_their_string(void **state)
{
    char vendors[256];

    (void)state;
    /* vendor 2 and 10 to 20 as ranges, then three vendors as bits */
    snprintf(vendors, sizeof(vendors), "%s1%s0%s1%s%s%s0101", number(20, 16), number(2, 12),
             number(2, 16), number(10, 16), number(20, 16), number(3, 16));
    assert_level("tcf=core", tcf_core((int[]){1, 5, 6, 8, 0}, vendors), DYN_CONSENT_FULL);
    /* 4095 ranges, of which there is one */
    snprintf(vendors, sizeof(vendors), "%s1%s0%s%s0", number(20, 16), number(4095, 12),
             number(2, 16), number(0, 16));
    assert_level("tcf=core", tcf_core((int[]){1, 5, 6, 8, 0}, vendors), DYN_CONSENT_NONE);
    /* 65535 vendors, of which there are a few */
    snprintf(vendors, sizeof(vendors), "%s0%s0", number(65535, 16), number(0, 16));
    assert_level("tcf=core", tcf_core((int[]){1, 5, 6, 8, 0}, vendors), DYN_CONSENT_NONE);
}

static void what_is_no_tcf_string_is_no_consent(void **state)
{
    static const char *const texts[] = {
        "x",
        ".",
        "..",
        "C",
        "BQSbk4AQSbk4ANwAAAENAwCgAAAAAAAAAAYgACPAAAAA",
        "CQSbk4AQSbk4ANwAAAENAwCg",
        "CQSbk4AQSbk4ANwAAAENAwCgA%%AAAAAAAAYgACPAAAAA",
        "{\"tcf\":1}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_level("tcf", texts[i], DYN_CONSENT_NONE);
        assert_level("tcf=core", texts[i], DYN_CONSENT_NONE);
    }
}

/* A section's text of zeros but for the choices, which begin at a bit. */
static const char *choices(unsigned version, size_t first, const char *values)
{
    char bits[256];

    snprintf(bits, sizeof(bits), "%s%0*d%s%048d", number(version, 6), (int)first - 6, 0, values, 0);

    return encoded(bits);
}

/* Fibonacci codes of the numbers that single sections need, and the header of one section. */
static const char *gpp(unsigned id, const char *section)
{
    static const unsigned numbers[] = {1, 2, 3, 5, 8, 13, 21, 34};
    static char text[bits_max];
    char code[16] = "";
    char bits[64];
    int highest = -1;

    for (int i = 7; i >= 0; i--) {
        code[i] = '0';
        if (id >= numbers[i]) {
            id -= numbers[i];
            code[i] = '1';
            highest = highest < 0 ? i : highest;
        }
    }
    code[highest + 1] = '1';
    code[highest + 2] = '\0';
    snprintf(bits, sizeof(bits), "%s%s%s0%s", number(3, 6), number(1, 6), number(1, 12), code);
    snprintf(text, sizeof(text), "%s~%s", encoded(bits), section);

    return text;
}

static void headers_of_gpp_name_their_sections(void **state)
{
    char text[bits_max];

    (void)state;
    /* the specification's: 2; 2 and 6; 5 and 6 */
    snprintf(text, sizeof(text), "DBABM~%s", with_publisher((int[]){1, 5, 6, 8, 0}, "000000"));
    assert_level("gpp", text, DYN_CONSENT_FULL);
    snprintf(text, sizeof(text), "DBACNY~%s~1YYN",
             with_publisher((int[]){1, 5, 6, 8, 0}, "000000"));
    assert_level("gpp", text, DYN_CONSENT_FUNCTIONAL);
    assert_level("gpp", "DBABjw~anything~1YNN", DYN_CONSENT_FULL);
    assert_level("gpp", "DBABjw~anything~1YYN", DYN_CONSENT_FUNCTIONAL);
    assert_level("gpp", "DBABjw~anything~1---", DYN_CONSENT_SILENT);
    assert_string_equal(gpp(2, ""), "DBABM~");
}

static void sections_of_states_say_who_opted_out(void **state)
{
    static const struct {
        size_t first;
        size_t count;
        unsigned id;
        unsigned version;
    } sections[] = {
        {18, 3, 7, 1},  {18, 3, 7, 2},  {12, 2, 8, 1},  {12, 2, 9, 1},  {12, 2, 10, 1},
        {14, 2, 11, 1}, {12, 2, 12, 1}, {12, 2, 13, 1}, {12, 2, 14, 1}, {12, 2, 15, 1},
        {12, 2, 16, 1}, {12, 2, 17, 1}, {14, 2, 18, 1}, {12, 2, 19, 1}, {12, 2, 20, 1},
        {12, 2, 21, 1}, {12, 2, 22, 1}, {12, 2, 23, 1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
        unsigned id = sections[i].id;
        unsigned version = sections[i].version;
        size_t first = sections[i].first;

        for (size_t k = 0; k < sections[i].count; k++) {
            char did_not[16] = "101010";

            did_not[2 * sections[i].count] = '\0';
            assert_level("gpp", gpp(id, choices(version, first, did_not)), DYN_CONSENT_FULL);
            did_not[2 * k] = '0';
            did_not[2 * k + 1] = '1';
            assert_level("gpp", gpp(id, choices(version, first, did_not)), DYN_CONSENT_FUNCTIONAL);
            assert_level("gpp=optout:none", gpp(id, choices(version, first, did_not)),
                         DYN_CONSENT_NONE);
            assert_level("gpp=optout:full", gpp(id, choices(version, first, did_not)),
                         DYN_CONSENT_FULL);
        }
        assert_level("gpp", gpp(id, choices(version, first, "000000")), DYN_CONSENT_SILENT);
        /* the bits beside the choices are none */
        assert_level("gpp", gpp(id, choices(version, first - 2, "01000000")), DYN_CONSENT_SILENT);
        assert_level("gpp", gpp(id, choices(version, first + 2 * sections[i].count, "01")),
                     DYN_CONSENT_SILENT);
        assert_level("gpp", gpp(id, choices(version + 2, first, "101010")), DYN_CONSENT_FUNCTIONAL);
    }
}

static void global_privacy_control_in_a_section_is_an_opt_out(void **state)
{
    char text[bits_max];
    char california[64];

    (void)state;
    snprintf(california, sizeof(california), "%s", choices(1, 12, "1010"));
    snprintf(text, sizeof(text), "%s.%s", california, encoded("011"));
    assert_level("gpp", gpp(8, text), DYN_CONSENT_FUNCTIONAL);
    snprintf(text, sizeof(text), "%s.%s", california, encoded("010"));
    assert_level("gpp", gpp(8, text), DYN_CONSENT_FULL);
    snprintf(text, sizeof(text), "%s.%s", california, encoded("001"));
    assert_level("gpp", gpp(8, text), DYN_CONSENT_FULL);
}

static void sections_that_are_not_known_are_silent(void **state)
{
    (void)state;
    assert_level("gpp", gpp(5, "BAAA"), DYN_CONSENT_SILENT);
    assert_level("gpp", gpp(24, choices(1, 12, "0101")), DYN_CONSENT_SILENT);
    assert_level("gpp", gpp(40, "BAAA"), DYN_CONSENT_SILENT);
}

static void what_is_no_gpp_string_is_no_consent(void **state)
{
    static const char *const texts[] = {
        "x",
        "~",
        "DBABM",      /* no section */
        "DBABM~",     /* an empty one */
        "DBABM~C~C",  /* one more than the header says */
        "DBACNY~C",   /* one fewer */
        "DCABM~C",    /* version 2 */
        "CBABM~C",    /* another type */
        "DB__-___",   /* 4095 ranges, of which there are few */
        "DBABAAAA~C", /* a number without an end */
        "DBAB____~C",
        "DBABjw~BAAA~1Y",
        "DBABjw~BAAA~2YNN",
        "DBABjw~BAAA~1Y?N",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_level("gpp", texts[i], DYN_CONSENT_NONE);
    }
    assert_level("gpp", gpp(8, "BA"), DYN_CONSENT_NONE);
    assert_level("gpp", gpp(8, "B???????"), DYN_CONSENT_NONE);
}

static void onetrust_has_groups(void **state)
{
#define GROUPS "isGpcEnabled=0&datestamp=Fri+Nov+27+2026&version=202401.1.0&groups="

    (void)state;
    assert_level("onetrust",
                 GROUPS "C0001%3A1%2CC0002%3A1%2CC0003%3A1%2CC0004%3A0&geolocation=DE%3BBE",
                 DYN_CONSENT_FULL);
    assert_level("onetrust", GROUPS "C0001%3A1%2CC0002%3A0%2CC0003%3A1%2CC0004%3A1",
                 DYN_CONSENT_FUNCTIONAL);
    assert_level("onetrust", GROUPS "C0001%3A1%2CC0002%3A1%2CC0003%3A0", DYN_CONSENT_NONE);
    assert_level("onetrust", GROUPS "C0001:1,C0002:1,C0003:1", DYN_CONSENT_FULL);
    assert_level("onetrust", GROUPS "C0001%3A1", DYN_CONSENT_NONE);
    assert_level("onetrust", GROUPS "C00033%3A1%2CC0003%3A0", DYN_CONSENT_NONE);
    assert_level("onetrust", "landingPath=groups%3DC0003%3A1", DYN_CONSENT_NONE);
    assert_level("onetrust", "garbage", DYN_CONSENT_NONE);
    assert_level("onetrust=functional:shop,full:shop-2", GROUPS "shop%3A1%2Cshop-2%3A1",
                 DYN_CONSENT_FULL);
    assert_level("onetrust=functional:shop,full:shop-2", GROUPS "shop%3A1%2CC0002%3A1",
                 DYN_CONSENT_FUNCTIONAL);
#undef GROUPS
}

static void cookiebot_is_no_json(void **state)
{
    (void)state;
    assert_level(
        "cookiebot",
        "{stamp:%27K7n==%27%2Cnecessary:true%2Cpreferences:true%2Cstatistics:true%2Cmarketing:false"
        "%2Cmethod:%27explicit%27%2Cver:1%2Cutc:1740000000000%2Cregion:%27fr%27}",
        DYN_CONSENT_FULL);
    assert_level("cookiebot",
                 "{stamp:'a',necessary:true,preferences:true,statistics:false,marketing:true}",
                 DYN_CONSENT_FUNCTIONAL);
    assert_level("cookiebot",
                 "{stamp:'a',necessary:true,preferences:false,statistics:true,marketing:true}",
                 DYN_CONSENT_NONE);
    assert_level("cookiebot",
                 "{stamp:%27-1%27%2Cnecessary:true%2Cpreferences:true%2Cstatistics:true}",
                 DYN_CONSENT_FULL);
    assert_level("cookiebot", "-1", DYN_CONSENT_FULL);
    assert_level("cookiebot", "0", DYN_CONSENT_NONE);
    assert_level("cookiebot", "{stamp:'-1x',preferences:false}", DYN_CONSENT_NONE);
    assert_level("cookiebot", "{nopreferences:true,preferences:trueish}", DYN_CONSENT_NONE);
    assert_level("cookiebot", "preferences", DYN_CONSENT_NONE);
    assert_level("cookiebot", "{%zz", DYN_CONSENT_NONE);
}

static void consent_mode_has_two_kinds_of_storage_for_us(void **state)
{
    (void)state;
    assert_level("google", "personalization_storage=granted&analytics_storage=granted",
                 DYN_CONSENT_FULL);
    assert_level("google",
                 "{\"personalization_storage\":\"granted\",\"analytics_storage\":\"denied\"}",
                 DYN_CONSENT_FUNCTIONAL);
    assert_level("google",
                 "%7B%22analytics_storage%22%3A%22granted%22%2C%22personalization_storage%22%3A%"
                 "22granted%22%7D",
                 DYN_CONSENT_FULL);
    assert_level("google", "analytics_storage=granted&ad_personalization=granted",
                 DYN_CONSENT_NONE);
    assert_level("google", "personalization_storage=denied&analytics_storage=granted",
                 DYN_CONSENT_NONE);
    assert_level("google", "G111", DYN_CONSENT_NONE);
}

/*
 * Strings that others made. Those of TCF and GPP are from the tests of IAB Tech Lab's own library, which say what is in
 * them: https://github.com/IABTechLab/iabgpp-es/tree/master/modules/cmpapi/test (TcfEuV2, UsNat, UsCa and so on,
 * GppModel). Those of OneTrust and Cookiebot have the members of cookies in public code, in their order, without ids.
 */
static void strings_that_others_made_are_read_as_they_are_meant(void **state)
{
    static const struct {
        const char *source;
        const char *text;
        dyn_consent_t level;
    } rows[] = {
        /* publisher's purposes 1, 3, 4, 5 and 6 */
        {"tcf",
         "CPTtLAAPTtLAAAAAAAENAAFgALwAAEAAAAAAAOgAgABgAAAA.IAoAAgABgAAEAQAAEAAA.d4AACEAAAAAA",
         DYN_CONSENT_FUNCTIONAL},
        {"tcf", "CPTtLAAPTtLAAAAAAAENAAFgAAAAAAAAAAAAAAAAAAAA.IAAA.YAAAAAAAAAAA", DYN_CONSENT_NONE},
        /* core's purposes 1 to 10, of the publisher's none */
        {"tcf=core",
         "COv_eg6Ov_eg6AOADBENAaCgAP_AAH_AACiQAVEUQQoAIQAqIoghAAQgAA.YAAAAAAAAAAAAAAAAAA.I"
         "GLtV_T9fb2vj-_Z99_tkeYwf95y3p-wzhheMs-8NyZeH_B4Wv2MyvBX4JiQKGRgksjLBAQdtHGlcTQgB"
         "wIlViTLMYk2MjzNKJrJEilsbO2dYGD9Pn8HT3ZCY70-vv__7v3ff_3g",
         DYN_CONSENT_FULL},
        {"tcf",
         "COv_eg6Ov_eg6AOADBENAaCgAP_AAH_AACiQAVEUQQoAIQAqIoghAAQgAA.YAAAAAAAAAAAAAAAAAA.I"
         "GLtV_T9fb2vj-_Z99_tkeYwf95y3p-wzhheMs-8NyZeH_B4Wv2MyvBX4JiQKGRgksjLBAQdtHGlcTQgB"
         "wIlViTLMYk2MjzNKJrJEilsbO2dYGD9Pn8HT3ZCY70-vv__7v3ff_3g",
         DYN_CONSENT_NONE},
        /* segments in another order */
        {"tcf=core", "CAAAAAAAAAAAAAAAAAENAACAAAAAAAAAAAAAAAAAAAAA.QAAA.IAAA", DYN_CONSENT_NONE},

        {"gpp", "DBABTA~1YNN", DYN_CONSENT_FULL},
        {"gpp", "DBABTA~1YYN", DYN_CONSENT_FUNCTIONAL},
        {"gpp", "DBABTA~1Y--", DYN_CONSENT_SILENT},
        {"gpp", "DBACNYA~CPSG_8APSG_8ANwAAAENAwCgAAAAAAAAAAAAAAAAAAAA.IAAA.YAAAAAAAAAAA~1YNN",
         DYN_CONSENT_NONE},
        /* a section that is named and empty */
        {"gpp", "DBACOeA~~1YNN", DYN_CONSENT_NONE},
        /* national: nothing said, in version 1 and 2; all opted out; sharing and advertising not opted out */
        {"gpp", "DBABLA~BAAAVVVVUQA.QA", DYN_CONSENT_SILENT},
        {"gpp", "DBABLA~CAAAAAAAAABA.QA", DYN_CONSENT_SILENT},
        {"gpp", "DBABLA~BVVVkkkkkpFY", DYN_CONSENT_FUNCTIONAL},
        {"gpp", "DBABLA~CVVVkkkkkpFY.YA", DYN_CONSENT_FUNCTIONAL},
        {"gpp", "DBABLA~CVQqAAAACg", DYN_CONSENT_FULL},
        {"onetrust",
         "isIABGlobal=false&datestamp=Mon+Sep+19+2022+20%3A45%3A03+GMT%2B0300+(GMT%2B03%3A00)"
         "&version=6.39.0&hosts=&landingPath=NotLandingPage&groups=C0001%3A1%2CC0003%3A0%2CC0002%"
         "3A0"
         "%2CC0004%3A0&AwaitingReconsent=false",
         DYN_CONSENT_NONE},
        {"onetrust",
         "isGpcEnabled=0&datestamp=Wed+Apr+03+2024+13%3A46%3A58+GMT%2B0800+(%E4%B8%AD%E5%9B%BD)"
         "&version=202303.2.0&browserGpcFlag=0&isIABGlobal=false&hosts=&landingPath=NotLandingPage"
         "&groups=C0002%3A1%2CC0003%3A1%2CC0004%3A1&geolocation=%3B",
         DYN_CONSENT_FULL},
        {"onetrust=functional:3,full:2",
         "isGpcEnabled=0&datestamp=Tue+Nov+26+2024+17%3A34%3A36+GMT%2B0530+(India+Standard+Time)"
         "&version=202409.1.0&browserGpcFlag=0&isIABGlobal=false&hosts=&landingPath=NotLandingPage"
         "&groups=1%3A1%2C3%3A1%2CBG71%3A1%2C2%3A1%2C4%3A1&AwaitingReconsent=false",
         DYN_CONSENT_FULL},

        {"cookiebot",
         "{stamp:%27-1%27%2Cnecessary:true%2Cpreferences:true%2Cstatistics:true%2Cmarketing:true"
         "%2Cmethod:%27implied%27%2Cver:1%2Cutc:1718496000000%2Cregion:%27fi%27}",
         DYN_CONSENT_FULL},
        {"cookiebot",
         "{stamp:%27-1%27%2Cnecessary:true%2Cpreferences:false%2Cstatistics:false%2Cmarketing:false"
         "%2Cmethod:%27explicit%27%2Cver:1%2Cregion:%27se%27}",
         DYN_CONSENT_NONE},
        {"cookiebot",
         "{stamp:%27K7n+b/4==%27%2Cnecessary:true%2Cpreferences:true%2Cstatistics:false"
         "%2Cmarketing:false%2Cver:1%2Cutc:1647157895720%2Cregion:%27us-34%27}",
         DYN_CONSENT_FUNCTIONAL},
    };
    /* of each state: nothing said, and opted out of sale */
    static const struct {
        unsigned id;
        const char *silent;
        const char *opted_out;
    } states[] = {
        {8, "BAAAAABA.QA", "BVWSSSVY"},  {9, "BAAAABA", "BVWSSVY"},
        {10, "BAAAAEA.QA", "BVWSSVg"},   {11, "BAAAAAQA", "BVVkklWA"},
        {12, "BAAAAAEA.QA", "BVWSSZFg"}, {13, "BAAAAABA", "BVWSSZlY"},
        {14, "BAAAAABA.QA", "BVWSSZFY"}, {15, "BAAAAAABAA.QA", "BVWSSRpFYA"},
        {16, "BAAAAAQA.QA", "BVWSSVWA"}, {17, "BAAAAAABAA.QA", "BVWSSSSVYA"},
        {18, "BAAAAAQA.QA", "BVVkklWA"}, {19, "BAAAAAQA.QA", "BVWSSVWA"},
        {20, "BAAAAABA.QA", "BVWSSZFY"}, {21, "BAAAAAAAQA.QA", "BVWSSRklWA"},
        {22, "BAAAAAQA.QA", "BVWSSVWA"}, {23, "BAAAAAQA.QA", "BVWSSVWA"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_level(rows[i].source, rows[i].text, rows[i].level);
    }
    for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
        assert_level("gpp", gpp(states[i].id, states[i].silent), DYN_CONSENT_SILENT);
        assert_level("gpp", gpp(states[i].id, states[i].opted_out), DYN_CONSENT_FUNCTIONAL);
    }
}

static void headers_of_browsers_only_forbid(void **state)
{
    (void)state;
    assert_level("gpc", "1", DYN_CONSENT_NONE);
    assert_level("gpc", "0", DYN_CONSENT_SILENT);
    assert_level("gpc", "?1", DYN_CONSENT_NONE);
    assert_level("dnt", "1", DYN_CONSENT_NONE);
    assert_level("dnt", "0", DYN_CONSENT_SILENT);
}

static void our_own_cookie_has_the_levels_names(void **state)
{
    (void)state;
    assert_level("cookie", "none", DYN_CONSENT_NONE);
    assert_level("cookie", "functional", DYN_CONSENT_FUNCTIONAL);
    assert_level("cookie", "full", DYN_CONSENT_FULL);
    assert_level("cookie", "Full", DYN_CONSENT_NONE);
    assert_level("cookie", "1", DYN_CONSENT_NONE);
}

static void any_other_value_is_consent_but_zero(void **state)
{
    dyn_consent_rule_t rule = {.source = DYN_CONSENT_FROM_VALUE};

    (void)state;
    assert_int_equal(dyn_consent_read(&rule, DYN_STR("")), DYN_CONSENT_SILENT);
    assert_int_equal(dyn_consent_read(&rule, DYN_STR("0")), DYN_CONSENT_NONE);
    assert_int_equal(dyn_consent_read(&rule, DYN_STR("yes")), DYN_CONSENT_FULL);
    assert_int_equal(dyn_consent_read(&rule, DYN_STR("none")), DYN_CONSENT_NONE);
    assert_int_equal(dyn_consent_read(&rule, DYN_STR("functional")), DYN_CONSENT_FUNCTIONAL);
}

static void what_is_absent_is_silent(void **state)
{
    static const char *const sources[] = {"cookie",    "gpc", "dnt", "onetrust",
                                          "cookiebot", "tcf", "gpp", "google"};

    (void)state;
    for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
        assert_level(sources[i], "", DYN_CONSENT_SILENT);
    }
}

static void of_several_cookies_the_lowest_level_holds(void **state)
{
    dyn_consent_rule_t rule;

    (void)state;
    assert_true(dyn_consent_rule_read(DYN_STR("cookie=mine"), &rule, NULL));
    assert_int_equal(dyn_consent_in_cookies(&rule, DYN_STR("a=b; mine=full")), DYN_CONSENT_FULL);
    assert_int_equal(dyn_consent_in_cookies(&rule, DYN_STR("mine=full; mine=functional; x=none")),
                     DYN_CONSENT_FUNCTIONAL);
    assert_int_equal(dyn_consent_in_cookies(&rule, DYN_STR("mine=; dyn_consent=none")),
                     DYN_CONSENT_SILENT);
}

static void a_wrong_source_is_told_in_a_sentence(void **state)
{
    static const char *const wrong[][2] = {
        {"usercentrics", "one of cookie, gpc, dnt, onetrust, cookiebot, tcf, gpp and google"},
        {"value", "is no source of consent"},
        {"cookie=", "\"\" is no option of cookie"},
        {"cookie=a b", "the cookie's name"},
        {"gpc=1", "write after it nothing"},
        {"onetrust=C0003", "functional:GROUP, full:GROUP"},
        {"onetrust=functional:C0003,", NULL},
        {"tcf=vendors", "publisher or core"},
        {"gpp=optout:some", "optout:none"},
        {"cookiebot=functional:x", "cookie:NAME"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        dyn_consent_rule_t rule;
        dyn_error_t error = {""};
        bool good = dyn_consent_rule_read(dyn_str_from(wrong[i][0]), &rule, &error);

        assert_true(good == (wrong[i][1] == NULL));
        if (wrong[i][1] != NULL && strstr(error.text, wrong[i][1]) == NULL) {
            fail_msg("%s: %s", wrong[i][0], error.text);
        }
    }
}

static void every_level_has_a_name(void **state)
{
    (void)state;
    for (dyn_consent_t each = DYN_CONSENT_NONE; each < DYN_CONSENT_SILENT; each++) {
        dyn_consent_t read;

        assert_true(dyn_consent_from_name(dyn_consent_name(each), &read));
        assert_int_equal(read, each);
    }
    assert_true(dyn_str_equal(dyn_consent_name(DYN_CONSENT_SILENT), DYN_STR("none")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_sample_of_tcf_gives_no_consent),
        cmocka_unit_test(the_publishers_own_purposes_decide),
        cmocka_unit_test(core_purposes_decide_by_configuration_only),
        cmocka_unit_test(lists_of_vendors_are_read_within_their_string),
        cmocka_unit_test(what_is_no_tcf_string_is_no_consent),
        cmocka_unit_test(headers_of_gpp_name_their_sections),
        cmocka_unit_test(sections_of_states_say_who_opted_out),
        cmocka_unit_test(global_privacy_control_in_a_section_is_an_opt_out),
        cmocka_unit_test(sections_that_are_not_known_are_silent),
        cmocka_unit_test(what_is_no_gpp_string_is_no_consent),
        cmocka_unit_test(onetrust_has_groups),
        cmocka_unit_test(cookiebot_is_no_json),
        cmocka_unit_test(consent_mode_has_two_kinds_of_storage_for_us),
        cmocka_unit_test(strings_that_others_made_are_read_as_they_are_meant),
        cmocka_unit_test(headers_of_browsers_only_forbid),
        cmocka_unit_test(our_own_cookie_has_the_levels_names),
        cmocka_unit_test(any_other_value_is_consent_but_zero),
        cmocka_unit_test(what_is_absent_is_silent),
        cmocka_unit_test(of_several_cookies_the_lowest_level_holds),
        cmocka_unit_test(a_wrong_source_is_told_in_a_sentence),
        cmocka_unit_test(every_level_has_a_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What a text means: which items, categories, brands and prices. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "build_fixture.h"
#include "engine/catalogue/traits.h"
#include "engine/words/index.h"
#include "engine/words/meaning.h"
#include "engine/words/stem.h"
#include "engine/words/tokens.h"

#define KUMOYUKI "\xe9\x9b\xb2\xe8\xa1\x8c Kumoyuki"

/* Items in stock, in EUR. */
static const struct {
    const char *id, *title, *price, *top, *leaf, *brand, *tags;
} shop[] = {
    {"windkuppe-2", "Windkuppe 2", "349", "Tents", "Trekking tents", "Nordhang", "trekking"},
    {"hugelland-2", "H\xc3\xbcgelland 2", "139", "Tents", "Trekking tents", "Karrig", "trekking"},
    {"kumo-shelter-1", "Kumo Shelter 1", "449", "Tents", "Ultralight tents", KUMOYUKI,
     "ultralight"},
    {"feather-tarp-1", "Feather Tarp 1", "159", "Tents", "Ultralight tents", "Ostwind",
     "ultralight"},
    {"tent-peg-set", "Tent Peg Set", "16", "Tents", "Pegs & tent care", "Granitwerk", "camping"},
    {"guy-line", "Guy Line", "14.5", "Tents", "Pegs & tent care", "Ostwind", "ultralight"},
    {"kumo-28", "Kumo 28", "189", "Packs", "Ultralight packs", KUMOYUKI, "ultralight"},
    {"daypack-20", "Stadtberg 20", "45", "Packs", "Daypacks", "Karrig", "commute"},
    {"ridgeline", "Ridgeline Mid", "189", "Footwear", "Hiking boots", "Birkenpfad", "waterproof"},
    {"ridgeline-women", "Ridgeline Mid Women", "189", "Footwear", "Hiking boots", "Birkenpfad",
     "waterproof"},
    {"karst", "Karst Mid", "89", "Footwear", "Hiking boots", "Karrig", "hiking"},
    {"firnlinie", "Firnlinie", "299", "Footwear", "Alpine boots", "Birkenpfad", "alpine"},
    {"lichtung-200", "Lichtung 200", "35", "Lights", "Headlamps", "Lichtung", "hiking"},
    {"grubenlampe", "Grubenlampe Kids", "19", "Lights", "Headlamps", "Tarn & Tern", "kids"},
    {"schneehase", "Schneehase Kids", "69", "Jackets", "Insulated jackets", "Tarn & Tern",
     "winter"},
    {"regenzeit", "Regenzeit 3L", "229", "Jackets", "Rain jackets", "Nordhang", "Regen-Jacke"},
    {"nachtlauf", "Nachtlicht", "25", "Fun", "Toys & games", "Lichtung",
     "Schlafs\xc3\xa4"
     "cke"},
    {"strahler", "Licht 7", "25", "Fun", "Toys & games", "Lichtung", "Nacht"},
};

static dyn_snapshot_t *snapshot;
static dyn_meaning_t meaning;

static int build(void **state)
{
    static char catalog[8192];
    size_t length = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(shop) / sizeof(shop[0]); i++) {
        length += (size_t)snprintf(
            catalog + length, sizeof(catalog) - length,
            "{\"id\":\"%s\",\"title\":\"%s\",\"price\":%s,\"currency\":\"EUR\",\"brand\":\"%s\","
            "\"category\":[\"%s\",\"%s\"],\"tags\":[\"%s\"]}\n",
            shop[i].id, shop[i].title, shop[i].price, shop[i].brand, shop[i].top, shop[i].leaf,
            shop[i].tags);
    }
    snapshot = fixture_build(catalog, NULL);

    return 0;
}

static int drop(void **state)
{
    (void)state;
    dyn_snapshot_close(snapshot);

    return 0;
}

static void mean(const char *text)
{
    static char block[32 * 1024];
    dyn_arena_t arena;

    dyn_arena_init(&arena, block, sizeof(block), NULL, NULL);
    assert_true(dyn_words_meaning(snapshot, dyn_str_from(text), &arena, &meaning));
}

static bool means_item(const char *id)
{
    uint32_t number = fixture_item(snapshot, id);

    for (uint32_t i = 0; i < meaning.item_count; i++) {
        if (meaning.items[i].item == number) {
            return true;
        }
    }

    return false;
}

/* The items meant are these, in any order; separated by blanks. */
static void assert_items(const char *text, const char *ids)
{
    char list[512];
    uint32_t count = 0;

    mean(text);
    snprintf(list, sizeof(list), "%s", ids);
    for (char *id = strtok(list, " "); id != NULL; id = strtok(NULL, " ")) {
        assert_int_not_equal(fixture_item(snapshot, id), DYN_NONE);
        if (!means_item(id)) {
            fail_msg("\"%s\" does not mean %s", text, id);
        }
        count++;
    }
    if (meaning.item_count != count) {
        fail_msg("\"%s\" means %u items, not %u", text, meaning.item_count, count);
    }
}

static void assert_category(const char *text, const char *name)
{
    mean(text);
    for (uint32_t i = 0; i < meaning.category_count; i++) {
        dyn_str_t one =
            dyn_snapshot_string(snapshot, snapshot->categories[meaning.categories[i].item].name);

        if (dyn_str_equal(one, dyn_str_from(name))) {
            return;
        }
    }
    fail_msg("\"%s\" does not mean the category %s", text, name);
}

static void assert_prices(const char *text, int64_t low, int64_t high)
{
    mean(text);
    if (meaning.price_low != low || meaning.price_high != high) {
        fail_msg("\"%s\" means prices from %lld to %lld", text, (long long)meaning.price_low,
                 (long long)meaning.price_high);
    }
}

static void a_word_finds_the_category_that_calls_its_things_so(void **state)
{
    (void)state;
    assert_items("headlamp", "lichtung-200 grubenlampe");
    assert_items("Headlamps", "lichtung-200 grubenlampe");
    assert_category("headlamps", "Headlamps");
    assert_items("ultralight tent", "kumo-shelter-1 feather-tarp-1");
    assert_category("ultralight tent", "Ultralight tents");
    assert_int_equal(meaning.category_count, 1);
    assert_items("waterproof hiking boots women", "ridgeline-women");
    assert_category("waterproof hiking boots women", "Hiking boots");
    assert_int_equal(meaning.category_count, 1);
}

static void a_thing_for_another_thing_is_not_that_thing(void **state)
{
    (void)state;
    assert_items("tents", "windkuppe-2 hugelland-2 kumo-shelter-1 feather-tarp-1");
    mean("pegs");
    assert_int_equal(meaning.items[0].item, fixture_item(snapshot, "tent-peg-set"));
}

static void a_name_finds_what_has_it_in_its_title(void **state)
{
    (void)state;
    assert_items("kumo", "kumo-shelter-1 kumo-28");
    assert_items("KUMO 28", "kumo-28");
}

static void an_id_means_its_item(void **state)
{
    (void)state;
    assert_items(" kumo-shelter-1 ", "kumo-shelter-1");
    assert_true(meaning.understood >= 1);
}

static void a_word_that_nobody_has_is_ignored(void **state)
{
    (void)state;
    assert_items("kids gift", "grubenlampe schneehase");
    assert_true(meaning.understood > 0.49F && meaning.understood < 0.51F);
    assert_items("gift", "");
    assert_true(meaning.understood <= 0);
}

static void all_words_count_before_some(void **state)
{
    (void)state;
    assert_items("kids winter", "schneehase");
    /* nothing is of both: one word each */
    mean("women winter");
    assert_true(means_item("ridgeline-women") && means_item("schneehase"));
}

static void stop_words_do_not_matter(void **state)
{
    (void)state;
    assert_items("a headlamp for the kids", "grubenlampe");
    assert_true(meaning.understood >= 1);
    assert_items("Regen f\xc3\xbcr", "regenzeit");
}

static void an_umlaut_is_its_letter_and_its_two_letters(void **state)
{
    (void)state;
    assert_items("h\xc3\xbcgelland", "hugelland-2");
    assert_items("HUEGELLAND", "hugelland-2");
    assert_items("hugelland", "hugelland-2");
    /* written with a mark of its own */
    assert_items("hu\xcc\x88gelland", "hugelland-2");
}

static void german_endings_are_known_where_the_english_word_is_not(void **state)
{
    (void)state;
    assert_items("Schlafsack", "nachtlauf");
    assert_items("jacken", "regenzeit");
}

static void a_compound_is_its_parts(void **state)
{
    (void)state;
    assert_items("regenjacke", "regenzeit");
    assert_items("head lamps", "lichtung-200 grubenlampe");
    assert_items("day pack", "daypack-20");
}

static void the_last_part_of_a_compound_says_what_it_is(void **state)
{
    (void)state;
    /* "nacht" and "licht" are words of other titles */
    assert_items("licht", "strahler nachtlauf");
    assert_int_equal(meaning.items[0].item, fixture_item(snapshot, "strahler"));
}

static void an_unknown_word_finds_compounds_that_end_with_it(void **state)
{
    (void)state;
    assert_items("tarn lamps", "grubenlampe");
    assert_items("amp", "");
}

static void one_wrong_letter_is_forgiven(void **state)
{
    (void)state;
    assert_items("headlmap", "lichtung-200 grubenlampe");
    assert_items("hedlamp", "lichtung-200 grubenlampe");
    assert_items("headllamp", "lichtung-200 grubenlampe");
    assert_items("headlomp", "lichtung-200 grubenlampe");
    assert_items("xeadlamp", "lichtung-200 grubenlampe");
    assert_items("hexdlmap", "");
    /* in short words another letter is another word */
    assert_items("kads", "");
}

static void a_beginning_finds_the_words_that_begin_so(void **state)
{
    (void)state;
    assert_items("headl", "lichtung-200 grubenlampe");
    assert_items("hea", "");
}

static void chinese_and_japanese_are_read_in_pairs(void **state)
{
    (void)state;
    assert_items("\xe9\x9b\xb2\xe8\xa1\x8c", "kumo-shelter-1 kumo-28");
    assert_int_equal(meaning.brand_count, 1);
}

static void a_brand_is_named_by_half_of_its_name(void **state)
{
    (void)state;
    mean("nordhang jacket");
    assert_int_equal(meaning.brand_count, 1);
    assert_string_equal(
        dyn_snapshot_string(snapshot, snapshot->brands[meaning.brands[0].item]).data, "Nordhang");
    assert_items("nordhang jacket", "regenzeit");
    mean("kumoyuki");
    assert_int_equal(meaning.brand_count, 1);
    mean("jacket");
    assert_int_equal(meaning.brand_count, 0);
}

static void numbers_with_a_limiting_word_are_prices(void **state)
{
    (void)state;
    assert_items("tents under 200", "hugelland-2 feather-tarp-1");
    assert_prices("tents under 200", -1, 20000);
    assert_prices("unter 99,90 zelte", -1, 9990);
    assert_prices("bis zu 1.200 euro", -1, 120000);
    assert_prices("tent less than 80", -1, 8000);
    assert_prices("tent < 80", -1, 8000);
    assert_prices("tent max. 80", -1, 8000);
    assert_prices("ab 50", 5000, -1);
    assert_prices("tents over 50 euro", 5000, -1);
    assert_prices("tents 50-80", 5000, 8000);
    assert_prices("tents 50 \xe2\x80\x93 80 \xe2\x82\xac", 5000, 8000);
    assert_prices("tents \xe2\x82\xac"
                  "50 to \xe2\x82\xac"
                  "80",
                  5000, 8000);
    assert_prices("between 50 and 80", 5000, 8000);
    assert_prices("von 50 bis 80 euro", 5000, 8000);
    assert_prices("about 100", 8000, 12000);
    assert_prices("tent 100 \xe2\x82\xac", 8000, 12000);
    assert_prices("over 50 under 80", 5000, 8000);
    assert_items("tents under 5", "");
}

static void other_numbers_are_no_prices(void **state)
{
    (void)state;
    assert_prices("tent 2", -1, -1);
    assert_prices("tent under 2 kg", -1, -1);
    assert_prices("tent max 3 person", -1, -1);
    assert_prices("kumo 28", -1, -1);
    assert_prices("boots 42 and 43", -1, -1);
    /* the catalogue knows the numbers: they may be a size */
    assert_prices("28-200", -1, -1);
    assert_prices("under", -1, -1);
    assert_prices("under 99999999999999999999", -1, -1);
}

static void a_text_is_read_up_to_its_limits(void **state)
{
    (void)state;
    char text[DYN_WORDS_TEXT_BYTES_MAX + 64];

    /* "kumo" ends with the last byte that is read, then one byte later */
    memset(text, ' ', sizeof(text));
    text[0] = '.';
    memcpy(text + DYN_WORDS_TEXT_BYTES_MAX - 4, "kumo", 5);
    assert_items(text, "kumo-shelter-1 kumo-28");
    memset(text, ' ', sizeof(text));
    text[0] = '.';
    memcpy(text + DYN_WORDS_TEXT_BYTES_MAX - 3, "kumo", 5);
    assert_items(text, "");

    text[0] = '\0';
    for (int i = 0; i < DYN_WORDS_MAX - 1; i++) {
        strcat(text, "xyz ");
    }
    strcat(text, "kumo");
    assert_items(text, "kumo-shelter-1 kumo-28");
    text[0] = '\0';
    for (int i = 0; i < DYN_WORDS_MAX; i++) {
        strcat(text, "xyz ");
    }
    strcat(text, "kumo");
    assert_items(text, "");
}

static void an_exhausted_arena_is_said(void **state)
{
    (void)state;
    char block[64];
    dyn_arena_t arena;

    dyn_arena_init(&arena, block, sizeof(block), NULL, NULL);
    assert_false(dyn_words_meaning(snapshot, DYN_STR("tents"), &arena, &meaning));
}

static void what_has_no_words_means_nothing(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "   ", "-", "the", "\xff\xfe", "&;<"};

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_items(texts[i], "");
        assert_int_equal(meaning.category_count, 0);
    }
}

static void assert_tokens(const char *text, const char *expected)
{
    dyn_tokens_t tokens = {.text = dyn_str_from(text)};
    dyn_token_t token;
    char joined[256] = "";

    while (dyn_tokens_next(&tokens, &token)) {
        snprintf(joined + strlen(joined), sizeof(joined) - strlen(joined), "%s%.*s",
                 joined[0] == '\0' ? "" : "|", (int)token.length, token.text);
    }
    assert_string_equal(joined, expected);
}

static void text_is_folded_and_cut_into_words(void **state)
{
    (void)state;
    assert_tokens("Stra\xc3\x9f"
                  "e \xc3\x85re S\xc3\xb8vnig \xc5\x81\xc3\xb3"
                  "d\xc5\xba",
                  "strasse|are|sovnig|lodz");
    assert_tokens("women's L'eau T-Shirt", "women|l|eau|t|shirt");
    assert_tokens("9.8 60m 1,5L 1:25000 5.", "9.8|60m|1.5l|1|25000|5");
    assert_tokens("\xef\xbc\xa1\xef\xbc\xa2\xef\xbc\x91 \xe2\x84\xab", "ab1|a");
    assert_tokens("\xe9\x9b\xb2\xe8\xa1\x8c\xe5\xb1\xb1 \xe9\x9b\xb2",
                  "\xe9\x9b\xb2\xe8\xa1\x8c|\xe8\xa1\x8c\xe5\xb1\xb1|\xe9\x9b\xb2");
    assert_tokens("a\xff"
                  "b",
                  "a|b");
}

static void one_slip_is_one_letter(void **state)
{
    (void)state;
    assert_true(dyn_words_one_slip(DYN_STR("boot"), DYN_STR("boot")));
    assert_true(dyn_words_one_slip(DYN_STR("boot"), DYN_STR("boots")));
    assert_true(dyn_words_one_slip(DYN_STR("boot"), DYN_STR("oboot")));
    assert_true(dyn_words_one_slip(DYN_STR("boot"), DYN_STR("bot")));
    assert_true(dyn_words_one_slip(DYN_STR("boat"), DYN_STR("boot")));
    assert_true(dyn_words_one_slip(DYN_STR("obot"), DYN_STR("boot")));
    assert_false(dyn_words_one_slip(DYN_STR("boats"), DYN_STR("boot")));
    assert_false(dyn_words_one_slip(DYN_STR("tobo"), DYN_STR("boot")));
    /* one letter, two bytes */
    assert_true(dyn_words_one_slip(DYN_STR("\xd0\xba\xd0\xbe\xd1\x82"),
                                   DYN_STR("\xd0\xba\xd0\xb8\xd1\x82")));
    assert_true(dyn_words_one_slip(DYN_STR("\xd0\xba\xd1\x82\xd0\xbe"),
                                   DYN_STR("\xd0\xba\xd0\xbe\xd1\x82")));
    assert_false(dyn_words_one_slip(DYN_STR("\xd0\xba\xd0\xbe\xd1\x82"),
                                    DYN_STR("\xd0\xb4\xd0\xbe\xd0\xbc")));
}

/* libstemmer leaves nothing of these: "leri" is a suffix in Turkish, "αγα" one in Greek */
static void a_word_that_is_all_suffix_is_its_own_stem(void **state)
{
    static const char languages[][4] = {"tr", "el", ""};
    static const char *const words[] = {"leri", "\xce\xb1\xce\xb3\xce\xb1"};
    dyn_stems_t stems;

    (void)state;
    dyn_stems_open(&stems, languages);
    for (uint32_t i = 0; i < 2; i++) {
        dyn_term_t term;

        assert_true(dyn_stem(&stems, i, dyn_str_from(words[i]), &term));
        assert_true(dyn_str_equal(dyn_term_text(&term), dyn_str_from(words[i])));
    }
    dyn_stems_close(&stems);
}

static void a_catalogue_with_a_word_that_is_all_suffix_can_be_searched(void **state)
{
    dyn_snapshot_t *others = snapshot;

    (void)state;
    snapshot = fixture_build(
        "{\"id\":\"one\",\"title\":\"\xce\xb1\xce\xb3\xce\xb1\",\"language\":\"el\"}\n"
        "{\"id\":\"two\",\"title\":\"leri\",\"language\":\"tr\"}\n",
        NULL);
    assert_items("\xce\xb1\xce\xb3\xce\xb1", "one");
    assert_items("leri", "two");
    /* in the catalogue's first language nothing is left of it, and no other word is one slip away */
    assert_items("\xce\xb9\xce\xb6\xce\xb1", "");
    dyn_snapshot_close(snapshot);
    snapshot = others;
}

/* ---- what is told of items beside their names ---- */

static dyn_snapshot_t *first_snapshot;

static int build_told(void **state)
{
    (void)state;
    first_snapshot = snapshot;
    snapshot = fixture_build(
        "{\"id\":\"shell\",\"title\":\"Shell\",\"category\":[\"Jackets\"],\"audience\":\"women\","
        "\"attributes\":{\"waterproof\":true,\"material\":\"ripstop nylon\"},\"language\":\"en\","
        "\"keywords\":[\"Regenjacken\",\"rain coat\"],\"description\":\"Packs into its hood.\"}\n"
        "{\"id\":\"parka\",\"title\":\"Parka\",\"category\":[\"Jackets\"],\"audience\":\"unisex\","
        "\"language\":\"en\",\"sizes\":[\"42\"]}\n"
        "{\"id\":\"vest\",\"title\":\"Vest 42\",\"category\":[\"Jackets\"],\"audience\":\"men\","
        "\"language\":\"en\",\"attributes\":{\"lining\":\"nylon\"}}\n"
        "{\"id\":\"hood\",\"title\":\"Hood\",\"category\":[\"Parts\"],\"language\":\"en\"}\n"
        "{\"id\":\"tente\",\"title\":\"Canadiennes\",\"category\":[\"Abris\"],\"language\":\"fr\","
        "\"keywords\":[\"jacket bag\"],\"aliases\":[\"TH-7\"]}\n",
        NULL);

    return 0;
}

static int drop_told(void **state)
{
    (void)state;
    dyn_snapshot_close(snapshot);
    snapshot = first_snapshot;

    return 0;
}

static void assert_trait(const char *text, const char *name, const char *value)
{
    mean(text);
    if (meaning.trait_count != 1) {
        fail_msg("\"%s\" means %u traits, not one", text, meaning.trait_count);
    }
    assert_string_equal(dyn_trait_name(snapshot, meaning.traits[0].item).data, name);
    assert_string_equal(dyn_trait_value(snapshot, meaning.traits[0].item).data, value);
}

static void a_keyword_finds_its_item_in_any_language(void **state)
{
    (void)state;
    assert_items("Regenjacke", "shell");
    assert_items("raincoats", "shell");
    assert_items("canadienne", "tente");
    /* "jacket bag" is a bag, and another category has the jackets */
    mean("jacket");
    assert_false(means_item("tente"));
}

static void a_trait_is_named_by_its_whole_value(void **state)
{
    (void)state;
    assert_trait("ripstop nylon", "material", "ripstop nylon");
    assert_trait("something of nylon", "lining", "nylon");
    assert_items("nylon", "shell vest");
}

static void a_trait_that_is_yes_is_named_by_its_name(void **state)
{
    (void)state;
    assert_trait("waterproof jackets", "waterproof", "yes");
    assert_items("waterproof jackets", "shell");
    mean("yes");
    assert_int_equal(meaning.trait_count, 0);
}

static void a_number_alone_names_no_trait(void **state)
{
    (void)state;
    mean("42");
    assert_int_equal(meaning.trait_count, 0);
    assert_true(means_item("parka") && means_item("vest"));
    assert_trait("size 42", "size", "42");
}

static void an_audience_has_usual_words(void **state)
{
    (void)state;
    assert_trait("damen", "audience", "women");
    assert_trait("ladies", "audience", "women");
    mean("jacket femme");
    assert_int_equal(meaning.items[0].item, fixture_item(snapshot, "shell"));
    assert_true(means_item("parka"));
    assert_false(means_item("vest"));
}

static void a_description_says_less_than_a_title(void **state)
{
    (void)state;
    assert_items("hood", "hood");
    assert_items("packs", "shell");
}

static void a_further_id_means_its_item(void **state)
{
    (void)state;
    assert_items("TH-7", "tente");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_word_finds_the_category_that_calls_its_things_so),
        cmocka_unit_test(a_thing_for_another_thing_is_not_that_thing),
        cmocka_unit_test(a_name_finds_what_has_it_in_its_title),
        cmocka_unit_test(an_id_means_its_item),
        cmocka_unit_test(a_word_that_nobody_has_is_ignored),
        cmocka_unit_test(all_words_count_before_some),
        cmocka_unit_test(stop_words_do_not_matter),
        cmocka_unit_test(an_umlaut_is_its_letter_and_its_two_letters),
        cmocka_unit_test(german_endings_are_known_where_the_english_word_is_not),
        cmocka_unit_test(a_compound_is_its_parts),
        cmocka_unit_test(the_last_part_of_a_compound_says_what_it_is),
        cmocka_unit_test(an_unknown_word_finds_compounds_that_end_with_it),
        cmocka_unit_test(one_wrong_letter_is_forgiven),
        cmocka_unit_test(a_beginning_finds_the_words_that_begin_so),
        cmocka_unit_test(chinese_and_japanese_are_read_in_pairs),
        cmocka_unit_test(a_brand_is_named_by_half_of_its_name),
        cmocka_unit_test(numbers_with_a_limiting_word_are_prices),
        cmocka_unit_test(other_numbers_are_no_prices),
        cmocka_unit_test(a_text_is_read_up_to_its_limits),
        cmocka_unit_test(an_exhausted_arena_is_said),
        cmocka_unit_test(what_has_no_words_means_nothing),
        cmocka_unit_test(text_is_folded_and_cut_into_words),
        cmocka_unit_test(one_slip_is_one_letter),
        cmocka_unit_test(a_word_that_is_all_suffix_is_its_own_stem),
        cmocka_unit_test(a_catalogue_with_a_word_that_is_all_suffix_can_be_searched),
    };

    const struct CMUnitTest told[] = {
        cmocka_unit_test(a_keyword_finds_its_item_in_any_language),
        cmocka_unit_test(a_trait_is_named_by_its_whole_value),
        cmocka_unit_test(a_trait_that_is_yes_is_named_by_its_name),
        cmocka_unit_test(a_number_alone_names_no_trait),
        cmocka_unit_test(an_audience_has_usual_words),
        cmocka_unit_test(a_description_says_less_than_a_title),
        cmocka_unit_test(a_further_id_means_its_item),
    };

    return cmocka_run_group_tests_name("words", tests, build, drop) |
           cmocka_run_group_tests_name("words of what is told", told, build_told, drop_told);
}

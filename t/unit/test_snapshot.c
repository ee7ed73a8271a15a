/* What is written is what is read; every accessor. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "build_fixture.h"
#include "engine/base/utf8.h"
#include "engine/catalogue/traits.h"

static const char catalog[] =
    "{\"id\":\"pack\",\"title\":\"Trail "
    "Pack\",\"url\":\"/p/pack\",\"image\":\"/i/"
    "pack.svg\",\"price\":\"129.00\",\"currency\":\"EUR\","
    "\"category\":[\"Packs\",\"Day "
    "packs\"],\"brand\":\"Nordhang\",\"tags\":[\"light\",\"blue\"],\"stock\":12,\"margin\":0.42,"
    "\"group\":\"g\",\"variants\":[{\"id\":\"pack-blue\",\"title\":\"Blue\",\"price\":\"139.00\","
    "\"stock\":3},{\"id\":\"pack-red\"}],"
    "\"compatible_with\":[\"cover\",\"pack\",\"cover\",\"nothing\",\"cup-steel\"],\"age_min\":18,"
    "\"countries\":[\"DE\",\"AT\"],"
    "\"created\":\"2026-03-01T00:00:00Z\"}\n"
    "{\"id\":\"cover\",\"title\":\"Cover\",\"url\":\"/p/"
    "cover\",\"category\":[\"Packs\"],\"group\":\"g\",\"countries_blocked\":[\"US\"]}\n"
    "{\"id\":\"cup\",\"title\":\"Tasse\",\"price\":\"3200\",\"currency\":\"JPY\",\"category\":["
    "\"Kitchen\",\"Day packs\"],"
    "\"variants\":[{\"id\":\"cup-steel\",\"stock\":2},{\"id\":\"cup-wood\",\"stock\":5}]}\n"
    "{\"id\":\"gid://shopify/Product/77\",\"title\":\"Imported\",\"category\":\"Schlafs\xc3\xa4"
    "cke\"}\n";

static dyn_snapshot_t *built(void)
{
    return fixture_build(catalog, NULL);
}

static const dyn_item_t *item(const dyn_snapshot_t *snapshot, const char *id)
{
    uint32_t number = fixture_item(snapshot, id);

    assert_int_not_equal(number, DYN_NONE);

    return &snapshot->items[number];
}

static void assert_text(const dyn_snapshot_t *snapshot, dyn_string_ref_t reference,
                        const char *expected)
{
    assert_string_equal(dyn_snapshot_string(snapshot, reference).data, expected);
    assert_int_equal(dyn_snapshot_string(snapshot, reference).len, strlen(expected));
}

static void an_item_comes_back_with_all_its_fields(void **state)
{
    (void)state;
    dyn_snapshot_t *s = built();
    const dyn_item_t *pack = item(s, "pack");

    assert_text(s, pack->title, "Trail Pack");
    assert_text(s, pack->url, "/p/pack");
    assert_text(s, pack->image, "/i/pack.svg");
    assert_int_equal(pack->price_minor, 12900);
    assert_string_equal(pack->currency, "EUR");
    assert_text(s, s->categories[pack->category].name, "Day packs");
    assert_text(s, s->brands[pack->brand], "Nordhang");
    assert_int_equal(dyn_item_traits(s, fixture_item(s, "pack")).count, 2);
    assert_true(dyn_item_has_trait(s, fixture_item(s, "pack"),
                                   dyn_trait_find(s, DYN_STR("tag"), DYN_STR("light"))));
    assert_true(dyn_item_has_trait(s, fixture_item(s, "pack"),
                                   dyn_trait_find(s, DYN_STR("tag"), DYN_STR("blue"))));
    assert_int_equal(pack->stock, 12);
    assert_int_equal(pack->margin_bp, 4200);
    assert_int_equal(pack->age_min, 18);
    assert_int_equal(pack->countries_count, 2);
    assert_int_equal(pack->countries_blocked, 0);
    assert_int_equal(s->countries[pack->countries_start], 'D' | 'E' << 8);
    assert_int_equal(pack->created_ms, 1772323200000);
    assert_int_equal(pack->flags, DYN_ITEM_IN_CATALOGUE);
    dyn_snapshot_close(s);
}

static const char told[] =
    "{\"id\":\"parka\",\"title\":\"Parka\",\"price\":\"100\",\"currency\":\"EUR\",\"tags\":["
    "\"warm\",\"warm\"],"
    "\"audience\":\"Women\",\"colour\":[\"Moss\",\"Slate\"],\"sizes\":[\"M\",40],"
    "\"attributes\":{\"filling\":\"down\",\"weight\":420,\"length\":1.5,\"waterproof\":true,"
    "\"hood\":false,"
    "\"nothing\":null,\"colour\":\"Moss\"},\"description\":\" For\\ncold days. \",\"fit\":\"Runs "
    "small.\","
    "\"language\":\"en-GB\",\"rating\":4.567,\"rating_count\":12,\"badges\":\"New\","
    "\"keywords\":[\"Winterjacke\",\"coat\"],\"sale_price\":\"79.90\",\"sale_from\":\"2026-03-01\","
    "\"sale_until\":\"2026-03-08\",\"aliases\":[\"SKU-1\",4006381333931,\"parka\",\"SKU-1\","
    "\"tent\"]}\n"
    "{\"id\":\"tent\",\"title\":\"Tent\",\"aliases\":\"SKU-1\",\"tags\":[\"warm\"],\"price\":\"5\","
    "\"currency\":\"EUR\",\"sale_price\":\"5\"}\n";

static void assert_traits(const dyn_snapshot_t *snapshot, const char *id, const char *expected)
{
    dyn_numbers_t traits = dyn_item_traits(snapshot, fixture_item(snapshot, id));
    char text[512] = "";

    for (uint32_t i = 0; i < traits.count; i++) {
        size_t length = strlen(text);

        snprintf(text + length, sizeof(text) - length, "%s=%s ",
                 dyn_trait_name(snapshot, traits.numbers[i]).data,
                 dyn_trait_value(snapshot, traits.numbers[i]).data);
    }
    assert_string_equal(text, expected);
}

static void tags_and_attributes_are_traits_of_which_an_item_has_each_once(void **state)
{
    (void)state;
    dyn_snapshot_t *s = fixture_build(told, NULL);

    assert_traits(s, "parka",
                  "audience=women colour=Moss colour=Slate filling=down length=1.5 size=40 size=M "
                  "tag=warm waterproof=yes weight=420 ");
    assert_traits(s, "tent", "tag=warm ");

    uint32_t warm = dyn_trait_find(s, DYN_STR("tag"), DYN_STR("warm"));

    assert_int_equal(s->traits[warm].item_count, 2);
    assert_int_equal(dyn_trait_find(s, DYN_STR("tag"), DYN_STR("war")), DYN_NONE);
    assert_int_equal(dyn_trait_find(s, DYN_STR("colour"), DYN_STR("warm")), DYN_NONE);
    assert_false(dyn_item_has_trait(s, fixture_item(s, "tent"),
                                    dyn_trait_find(s, DYN_STR("size"), DYN_STR("M"))));
    dyn_snapshot_close(s);
}

static void what_is_told_of_an_item_comes_back(void **state)
{
    (void)state;
    dyn_snapshot_t *s = fixture_build(told, NULL);
    uint32_t parka = fixture_item(s, "parka"), tent = fixture_item(s, "tent");
    const dyn_item_details_t *details = dyn_item_details(s, parka);

    assert_text(s, details->description, "For cold days.");
    assert_text(s, details->fit, "Runs small.");
    assert_text(s, details->language, "en");
    assert_int_equal(details->rating_hundredths, 457);
    assert_int_equal(details->rating_count, 12);
    assert_int_equal(details->sale_price_minor, 7990);
    assert_int_equal(details->sale_from_ms, 1772323200000);
    assert_int_equal(details->sale_until_ms, 1772928000000);
    assert_int_equal(dyn_item_badges(s, parka).count, 1);
    assert_text(s, dyn_item_badges(s, parka).numbers[0], "New");
    assert_int_equal(dyn_item_keywords(s, parka).count, 2);
    assert_text(s, dyn_item_keywords(s, parka).numbers[1], "coat");

    details = dyn_item_details(s, tent);
    assert_text(s, details->description, "");
    assert_int_equal(details->rating_hundredths, -1);
    assert_int_equal(details->sale_price_minor, -1);
    assert_int_equal(dyn_item_badges(s, tent).count, 0);
    dyn_snapshot_close(s);

    s = built();
    assert_int_equal(dyn_item_details(s, 0)->rating_hundredths, -1);
    assert_int_equal(dyn_item_keywords(s, 0).count, 0);
    dyn_snapshot_close(s);
}

static void an_alias_finds_its_item_unless_it_is_an_id_of_another(void **state)
{
    (void)state;
    dyn_snapshot_t *s = fixture_build(told, NULL);
    uint32_t variant = 0, parka = fixture_item(s, "parka"), found;
    const dyn_str_t id = DYN_STR("4006381333931");

    assert_int_equal(s->alias_count, 2);
    assert_int_equal(dyn_snapshot_find_item(s, DYN_STR("SKU-1"), &variant), parka);
    assert_int_equal(variant, DYN_NONE);
    dyn_snapshot_find_items(s, &id, 1, &found);
    assert_int_equal(found, parka);
    assert_text(s, item(s, "tent")->title, "Tent");
    dyn_snapshot_close(s);
}

static void an_event_on_an_alias_counts_for_its_item(void **state)
{
    (void)state;
    dyn_snapshot_t *s = fixture_build(
        told,
        "{\"visitor\":\"v\",\"time\":1772323200,\"event\":\"view_item\",\"item_id\":\"SKU-1\"}\n");

    assert_int_equal(s->item_count, 2);
    assert_true(item(s, "parka")->popularity > 0);
    dyn_snapshot_close(s);
}

static void what_the_catalogue_does_not_say_is_unknown(void **state)
{
    (void)state;
    dyn_snapshot_t *s = built();
    const dyn_item_t *cover = item(s, "cover");

    assert_text(s, cover->image, "");
    assert_int_equal(cover->price_minor, -1);
    assert_string_equal(cover->currency, "");
    assert_int_equal(cover->brand, DYN_NONE);
    assert_int_equal(cover->stock, -1);
    assert_int_equal(cover->margin_bp, INT32_MIN);
    assert_int_equal(cover->created_ms, 0);
    assert_int_equal(cover->countries_blocked, 1);
    assert_int_equal(cover->variants_count, 0);
    dyn_snapshot_close(s);
}

static void variants_find_their_item_and_complete_it(void **state)
{
    (void)state;
    dyn_snapshot_t *s = built();
    uint32_t variant;

    assert_int_equal(dyn_snapshot_find_item(s, DYN_STR("pack-blue"), &variant),
                     fixture_item(s, "pack"));
    assert_int_equal(s->variants[variant].price_minor, 13900);
    assert_int_equal(s->variants[variant].stock, 3);
    assert_text(s, s->variants[variant].title, "Blue");
    assert_int_equal(dyn_snapshot_find_item(s, DYN_STR("pack"), &variant), fixture_item(s, "pack"));
    assert_int_equal(variant, DYN_NONE);
    assert_int_equal(item(s, "cup")->stock, 7);
    dyn_snapshot_close(s);
}

static void ids_are_found_and_others_are_not(void **state)
{
    (void)state;
    dyn_snapshot_t *s = built();

    assert_int_equal(s->item_count, 4);
    assert_text(s, item(s, "77")->title, "Imported");
    assert_int_equal(fixture_item(s, "gid://shopify/Product/77"), DYN_NONE);
    assert_int_equal(fixture_item(s, ""), DYN_NONE);
    assert_int_equal(fixture_item(s, "packs"), DYN_NONE);
    assert_int_equal(fixture_item(s, "Pack"), DYN_NONE);
    for (uint32_t i = 1; i < s->item_count; i++) {
        assert_true(strcmp(dyn_snapshot_string(s, s->items[i - 1].id).data,
                           dyn_snapshot_string(s, s->items[i].id).data) < 0);
    }
    dyn_snapshot_close(s);
}

static void a_group_is_named_by_its_first_item(void **state)
{
    (void)state;
    dyn_snapshot_t *s = built();

    assert_int_equal(item(s, "pack")->group, fixture_item(s, "cover"));
    assert_int_equal(item(s, "cover")->group, fixture_item(s, "cover"));
    assert_int_equal(item(s, "cup")->group, fixture_item(s, "cup"));
    dyn_snapshot_close(s);
}

static void compatible_items_are_known_once_and_others(void **state)
{
    (void)state;
    dyn_snapshot_t *s = built();
    const dyn_item_t *pack = item(s, "pack");

    assert_int_equal(pack->compatible_count, 2);
    assert_int_equal(s->compatible[pack->compatible_start], fixture_item(s, "cover"));
    assert_int_equal(s->compatible[pack->compatible_start + 1], fixture_item(s, "cup"));
    dyn_snapshot_close(s);
}

static void a_category_is_found_by_path_name_and_handle(void **state)
{
    (void)state;
    dyn_snapshot_t *s = built();
    uint32_t packs = dyn_snapshot_find_category(s, DYN_STR("Packs"));
    uint32_t in_packs = dyn_snapshot_find_category(s, DYN_STR("Packs/Day packs"));
    uint32_t in_kitchen = dyn_snapshot_find_category(s, DYN_STR("kitchen--day-packs"));

    assert_int_equal(s->category_count, 5);
    assert_int_not_equal(packs, DYN_NONE);
    assert_int_equal(in_packs, item(s, "pack")->category);
    assert_int_equal(in_kitchen, item(s, "cup")->category);
    /* by its name alone: the first */
    assert_int_equal(dyn_snapshot_find_category(s, DYN_STR("/DAY-PACKS/")),
                     in_kitchen < in_packs ? in_kitchen : in_packs);
    assert_int_equal(dyn_snapshot_find_category(s, DYN_STR("schlafs\xc3\xa4"
                                                           "cke")),
                     item(s, "77")->category);
    assert_int_equal(dyn_snapshot_find_category(s, DYN_STR("pack")), DYN_NONE);
    assert_int_equal(dyn_snapshot_find_category(s, DYN_STR("")), DYN_NONE);
    assert_int_equal(dyn_snapshot_find_category(s, DYN_STR("--")), DYN_NONE);

    assert_true(dyn_snapshot_category_within(s, in_packs, packs));
    assert_true(dyn_snapshot_category_within(s, packs, packs));
    assert_false(dyn_snapshot_category_within(s, packs, in_packs));
    assert_false(dyn_snapshot_category_within(s, in_kitchen, packs));
    assert_false(dyn_snapshot_category_within(s, DYN_NONE, packs));
    dyn_snapshot_close(s);
}

static void lists_of_what_is_not_there_are_empty(void **state)
{
    dyn_edge_t room[DYN_NEIGHBOURS_MAX];
    (void)state;
    dyn_snapshot_t *s = built();

    assert_int_equal(dyn_snapshot_neighbours(s, fixture_item(s, "pack"), room).count, 0);
    assert_int_equal(dyn_snapshot_neighbours(s, DYN_NONE, room).count, 0);
    assert_int_equal(dyn_snapshot_bought_with(s, s->item_count).count, 0);
    assert_int_equal(dyn_snapshot_category_popular(s, s->category_count).count, 0);
    assert_int_equal(dyn_snapshot_popular(s).count, 0);
    assert_int_equal(dyn_snapshot_trending(s).count, 0);
    dyn_snapshot_close(s);
}

static void the_same_input_in_any_order_gives_the_same_bytes(void **state)
{
    (void)state;
    static char reversed[sizeof(catalog)];
    size_t length, again_length;
    const char *lines[4], *at = catalog;

    dyn_snapshot_close(built());
    char *bytes = fixture_read(fixture_path("s.dyn"), &length);

    for (int i = 0; i < 4; i++) {
        lines[i] = at;
        at = strchr(at, '\n') + 1;
    }
    for (int i = 3; i >= 0; i--) {
        strncat(reversed, lines[i], (size_t)(strchr(lines[i], '\n') + 1 - lines[i]));
    }

    dyn_snapshot_close(fixture_build(reversed, NULL));
    char *again = fixture_read(fixture_path("s.dyn"), &again_length);

    assert_int_equal(length, again_length);
    assert_memory_equal(bytes, again, length);
    free(bytes);
    free(again);
}

static void another_content_gives_another_build_id(void **state)
{
    (void)state;
    dyn_snapshot_t *s = built(),
                   *other = fixture_build("{\"id\":\"pack\",\"title\":\"Trail Pack\"}\n", NULL);

    assert_int_equal(strlen(s->build_id), 32);
    assert_string_not_equal(s->build_id, other->build_id);
    dyn_snapshot_close(s);
    dyn_snapshot_close(other);
}

static void an_open_snapshot_outlives_its_replacement(void **state)
{
    (void)state;
    dyn_snapshot_t *s = built();

    dyn_snapshot_close(fixture_build("{\"id\":\"other\"}\n", NULL));
    assert_text(s, item(s, "pack")->title, "Trail Pack");
    dyn_snapshot_close(s);
}

static void a_file_that_cannot_be_a_snapshot_is_refused_with_its_name(void **state)
{
    (void)state;
    static const struct {
        const char *path, *reason;
    } cases[] = {
        {"/tmp/dynstore-no-such-file",
         "/tmp/dynstore-no-such-file: cannot be opened: No such file"},
        {"/tmp", "/tmp: is not a regular file"},
        {"/dev/null", "/dev/null: is not a regular file"},
    };
    dyn_error_t error;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_null(dyn_snapshot_open(cases[i].path, &error));
        assert_memory_equal(error.text, cases[i].reason, strlen(cases[i].reason));
    }
    assert_int_equal(mkfifo(fixture_path("other"), 0600), 0);
    assert_null(dyn_snapshot_open(fixture_path("other"), &error));
    assert_non_null(strstr(error.text, "is not a regular file"));
    unlink(fixture_path("other"));
    assert_null(dyn_snapshot_open(fixture_write("other", ""), &error));
    assert_non_null(strstr(error.text, "it is empty"));
    assert_null(dyn_snapshot_open(fixture_write("other", "<html>"), &error));
    assert_non_null(strstr(error.text, "fewer than the header's 88"));
}

static void the_fast_look_at_text_agrees_with_the_slow_one(void **state)
{
    (void)state;
    char text[16];

    /* each byte at each place, in a text that is else plain, or all 0x80 below it */
    for (int c = 0; c < 256; c++) {
        for (size_t at = 0; at < sizeof(text); at++) {
            memset(text, at % 2 == 0 ? ' ' : '~', sizeof(text));
            text[at] = (char)c;
            assert_int_equal(dyn_utf8_clean((dyn_str_t){text, sizeof(text)}),
                             c >= 0x20 && c < 0x7f);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_item_comes_back_with_all_its_fields),
        cmocka_unit_test(tags_and_attributes_are_traits_of_which_an_item_has_each_once),
        cmocka_unit_test(what_is_told_of_an_item_comes_back),
        cmocka_unit_test(an_alias_finds_its_item_unless_it_is_an_id_of_another),
        cmocka_unit_test(an_event_on_an_alias_counts_for_its_item),
        cmocka_unit_test(what_the_catalogue_does_not_say_is_unknown),
        cmocka_unit_test(variants_find_their_item_and_complete_it),
        cmocka_unit_test(ids_are_found_and_others_are_not),
        cmocka_unit_test(a_group_is_named_by_its_first_item),
        cmocka_unit_test(compatible_items_are_known_once_and_others),
        cmocka_unit_test(a_category_is_found_by_path_name_and_handle),
        cmocka_unit_test(lists_of_what_is_not_there_are_empty),
        cmocka_unit_test(the_same_input_in_any_order_gives_the_same_bytes),
        cmocka_unit_test(another_content_gives_another_build_id),
        cmocka_unit_test(an_open_snapshot_outlives_its_replacement),
        cmocka_unit_test(a_file_that_cannot_be_a_snapshot_is_refused_with_its_name),
        cmocka_unit_test(the_fast_look_at_text_agrees_with_the_slow_one),
    };

    return cmocka_run_group_tests_name("snapshot", tests, NULL, NULL);
}

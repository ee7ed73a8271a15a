/* Every kind of damage is refused, with the section and the reason. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <cmocka.h>

#include "cli/train/snapshot_writer.h"

#include "../../fuzz/snapshot_seal.h"
#include "build_fixture.h"

static const char catalog[] =
    "{\"id\":\"a\",\"title\":\"A "
    "title\",\"price\":\"1.00\",\"currency\":\"EUR\",\"category\":[\"X\",\"Y\"],\"brand\":\"B\","
    "\"tags\":[\"t\"],\"colour\":\"Blue\",\"sizes\":[\"M\",42],\"audience\":\"Women\","
    "\"rating\":4.5,\"rating_count\":7,\"sale_price\":\"0.80\",\"badges\":[\"New\"],\"keywords\":"
    "[\"k\"],\"description\":\"Long.\",\"language\":\"en\",\"aliases\":[\"sku\"],"
    "\"variants\":[{\"id\":\"a1\"},{\"id\":\"a2\",\"price\":\"2.00\",\"aliases\":[\"sku-2\"]}],"
    "\"compatible_with\":[\"b\"],"
    "\"countries\":[\"DE\"],\"group\":\"g\"}\n"
    "{\"id\":\"b\",\"title\":\"B title\",\"category\":[\"Z\"],\"brand\":\"C\",\"group\":\"g\"}\n"
    "{\"id\":\"c\",\"title\":\"C title\",\"category\":[\"X\",\"Y\"]}\n"
    "{\"kind\":\"bundle\",\"id\":\"s\",\"title\":{\"de\":\"S\"},\"items\":[\"b\",\"a\"]}\n"
    "{\"kind\":\"bundle\",\"id\":\"t\",\"title\":\"T\",\"items\":[\"a\",\"c\"]}\n"
    "{\"kind\":\"content\",\"id\":\"h\",\"slot\":\"hero\",\"approved\":true}\n";
static const char events[] =
    "{\"visitor\":\"v\",\"time\":1700000000,\"event\":\"view_item\",\"item_id\":\"a\"}\n"
    "{\"visitor\":\"v\",\"time\":1700000001,\"event\":\"view_item\",\"item_id\":\"b\"}\n"
    "{\"visitor\":\"v\",\"time\":1700000004,\"event\":\"view_item\",\"item_id\":\"c\"}\n"
    "{\"visitor\":\"v\",\"time\":1700000005,\"event\":\"view_item\",\"item_id\":\"a\"}\n"
#define ORDER(visitor)                                                         \
    "{\"visitor\":\"" visitor "\",\"time\":1700000004,\"event\":\"purchase\"," \
    "\"items\":[{\"item_id\":\"a\"},{\"item_id\":\"b\"}]}\n"
    ORDER("u") ORDER("t") ORDER(
        "w") "{\"visitor\":\"x\",\"time\":1700000004,\"event\":\"purchase\",\"items\":[{\"item_"
             "id\":\"c\"}]}"
             "\n"
             "{\"visitor\":\"x\",\"time\":1700000005,\"event\":\"purchase\",\"items\":[{\"item_"
             "id\":\"c\"}]}"
             "\n"
             "{\"visitor\":\"z\",\"time\":1700000004,\"event\":\"purchase\",\"items\":[{\"item_"
             "id\":\"c\"}]}"
             "\n"
             "{\"visitor\":\"z\",\"time\":1699000000,\"event\":\"view_item\",\"item_id\":\"a\"}\n"
             "{\"visitor\":\"z\",\"time\":1699000001,\"event\":\"view_item\",\"item_id\":\"c\"}\n";

/* A sound snapshot, each test's own copy. */
typedef struct {
    char *bytes;
    size_t length;
} copy_t;

static char *sound;
static size_t sound_length;

static int build_once(void **state)
{
    (void)state;
    fixture_parameters = "{\"schema\":\"dynstore.parameters/1\",\"blend\":["
                         "{\"slot\":\"recs\",\"surface\":\"pdp\",\"weights\":"
                         "{\"session_knn\":1,\"similar\":0.8,\"popular\":1}},"
                         "{\"weights\":{\"session_knn\":1,\"popular\":1}}]}";
    dyn_snapshot_close(fixture_build(catalog, events));
    sound = fixture_read(fixture_path("s.dyn"), &sound_length);

    return 0;
}

static int drop(void **state)
{
    (void)state;
    free(sound);

    return 0;
}

static copy_t copy_of_sound(void)
{
    copy_t copy = {malloc(sound_length), sound_length};

    memcpy(copy.bytes, sound, sound_length);

    return copy;
}

static dyn_section_row_t *row(const copy_t *copy, dyn_section_t id)
{
    dyn_snapshot_header_t *header = (dyn_snapshot_header_t *)(void *)copy->bytes;
    dyn_section_row_t *rows = (dyn_section_row_t *)(void *)(header + 1);

    for (uint32_t i = 0; i < header->section_count; i++) {
        if (rows[i].id == (uint32_t)id) {
            return &rows[i];
        }
    }
    fail_msg("no section %d", id);

    return NULL;
}

static void *at(const copy_t *copy, dyn_section_t id)
{
    assert_int_not_equal(row(copy, id)->length, 0);

    return copy->bytes + row(copy, id)->offset;
}

static void refused(copy_t *copy, const char *expected)
{
    dyn_error_t error = {""};
    dyn_snapshot_t *snapshot =
        dyn_snapshot_from_memory(copy->bytes, copy->length, "store.dyn", &error);

    if (snapshot != NULL) {
        dyn_snapshot_close(snapshot);
        fail_msg("taken, where this was expected: %s", expected);
    }
    if (strstr(error.text, expected) == NULL || strncmp(error.text, "store.dyn: ", 11) != 0) {
        fail_msg("%s\n  where this was expected: %s", error.text, expected);
    }
    free(copy->bytes);
}

static void the_sound_file_is_taken_also_when_sealed_again(void **state)
{
    (void)state;
    copy_t copy = copy_of_sound();
    dyn_error_t error = {""};

    snapshot_seal(copy.bytes, copy.length);
    assert_memory_equal(copy.bytes, sound, sound_length);

    dyn_snapshot_t *snapshot =
        dyn_snapshot_from_memory(copy.bytes, copy.length, "store.dyn", &error);
    assert_non_null(snapshot);
    /* or the cases below would have nothing to damage */
    for (uint32_t id = DYN_SECTION_STRINGS; id <= DYN_SECTION_CATEGORY_PRICES; id++) {
        bool damaged_below = id <= DYN_SECTION_VARIANTS || id >= DYN_SECTION_TRAITS;

        if (dyn_section_name(id).len != 0 && damaged_below) {
            assert_int_not_equal(snapshot->sections[id].count, 0);
        }
    }
    dyn_snapshot_close(snapshot);
    free(copy.bytes);
}

static void a_change_of_any_byte_is_refused(void **state)
{
    (void)state;
    copy_t copy = copy_of_sound();

    for (size_t i = 0; i < copy.length; i++) {
        dyn_error_t error = {""};

        copy.bytes[i] ^= 0x20;
        assert_null(dyn_snapshot_from_memory(copy.bytes, copy.length, "store.dyn", &error));
        assert_memory_equal(error.text, "store.dyn: ", 11);
        copy.bytes[i] ^= 0x20;
    }
    free(copy.bytes);
}

static void a_cut_file_is_refused_wherever_it_is_cut(void **state)
{
    (void)state;

    for (size_t length = 0; length < sound_length; length++) {
        /* its own memory: an access beyond the end is seen by the sanitizers */
        char *cut = malloc(length + 1);
        dyn_error_t error = {""};

        memcpy(cut, sound, length);
        assert_null(dyn_snapshot_from_memory(cut, length, "store.dyn", &error));
        free(cut);
    }
}

static void a_longer_file_is_refused(void **state)
{
    (void)state;
    copy_t copy = {calloc(1, sound_length + 8), sound_length + 8};

    memcpy(copy.bytes, sound, sound_length);
    refused(&copy, "header: speaks of");
}

/* ---- the frame ---- */

#define HEADER(copy) ((dyn_snapshot_header_t *)(void *)(copy)->bytes)

static void rehash_header(copy_t *copy)
{
    HEADER(copy)->header_checksum =
        dyn_hash64(copy->bytes, offsetof(dyn_snapshot_header_t, header_checksum));
}

static void rehash_table(copy_t *copy)
{
    dyn_hash128(HEADER(copy) + 1, HEADER(copy)->section_count * sizeof(dyn_section_row_t),
                HEADER(copy)->build_id);
    rehash_header(copy);
}

static void another_magic_version_or_build_id_is_refused(void **state)
{
    (void)state;
    copy_t copy = copy_of_sound();

    HEADER(&copy)->magic[0] = 'd';
    rehash_header(&copy);
    refused(&copy, "header: does not begin with DYNSTORE");

    copy = copy_of_sound();
    HEADER(&copy)->version = 2;
    rehash_header(&copy);
    refused(&copy, "header: format version 2, but this program reads version 5: build");

    copy = copy_of_sound();
    HEADER(&copy)->build_id[3]++;
    rehash_header(&copy);
    refused(&copy, "section table: does not match the header's build id");

    copy = copy_of_sound();
    HEADER(&copy)->control_position[0] = 'x';
    rehash_header(&copy);
    refused(&copy, "header: the control position");

    copy = copy_of_sound();
    memset(HEADER(&copy)->control_position, '7', 32);
    rehash_header(&copy);
    refused(&copy, "header: the control position");

    copy = copy_of_sound();
    HEADER(&copy)->control_position[5] = '7';
    rehash_header(&copy);
    refused(&copy, "header: the control position");
}

static void a_section_table_out_of_order_or_bounds_is_refused(void **state)
{
    (void)state;
    copy_t copy = copy_of_sound();

    HEADER(&copy)->section_count = DYN_SNAPSHOT_SECTIONS_MAX + 1;
    rehash_header(&copy);
    refused(&copy, "header: 97 sections; at most 96 can be");

    copy = copy_of_sound();
    row(&copy, DYN_SECTION_BRANDS)->id = DYN_SECTION_CATEGORIES;
    rehash_table(&copy);
    refused(&copy, "section \"categories\": stands in the table after section 4");

    copy = copy_of_sound();
    row(&copy, DYN_SECTION_ITEM_TRAITS)->offset += 8;
    rehash_table(&copy);
    refused(&copy, "section \"item_traits\": begins at byte");

    copy = copy_of_sound();
    row(&copy, DYN_SECTION_ITEMS)->record_bytes = 8;
    rehash_table(&copy);
    refused(&copy, "section \"items\": has records of 8 bytes, not of 96");

    copy = copy_of_sound();
    row(&copy, DYN_SECTION_VARIANTS)->id = 60;
    row(&copy, 60)->record_bytes = 0;
    rehash_table(&copy);
    refused(&copy, "section \"60\": has records of 0 bytes");

    copy = copy_of_sound();
    row(&copy, DYN_SECTION_ITEMS)->length -= 1;
    rehash_table(&copy);
    refused(&copy, "section \"items\": 287 bytes are no whole number of records of 96");

    copy = copy_of_sound();
    row(&copy, DYN_SECTION_ITEMS)->length = (UINT64_MAX - 200) / 96 * 96;
    rehash_table(&copy);
    refused(&copy, "section \"items\": 18446744073709551360 bytes from byte");

    copy = copy_of_sound();
    copy.bytes[row(&copy, DYN_SECTION_COUNTRIES)->offset + 2] = 1;
    refused(&copy, "section \"countries\": is not padded with zeros");

    copy = copy_of_sound();
    HEADER(&copy)->section_count--;
    rehash_table(&copy);
    refused(&copy, "section \"strings\": begins at byte");

    copy = copy_of_sound();
    copy.bytes[row(&copy, DYN_SECTION_NEIGHBOURS)->offset] ^= 1;
    refused(&copy, "section \"neighbours\": the checksum does not match");
}

static void memory_that_is_not_aligned_is_refused(void **state)
{
    (void)state;
    char *bytes = malloc(sound_length + 8);
    dyn_error_t error = {""};

    memcpy(bytes + 4, sound, sound_length);
    assert_null(dyn_snapshot_from_memory(bytes + 4, sound_length, "store.dyn", &error));
    assert_non_null(strstr(error.text, "no multiple of 8"));
    free(bytes);
}

static void a_section_of_an_unknown_id_is_skipped_but_checked(void **state)
{
    enum { UNKNOWN = 60 };
    dyn_snapshot_writer_t writer = {.as_of_ms = 1};
    dyn_error_t error = {""};
    dyn_snapshot_t *snapshot = dyn_snapshot_from_memory(sound, sound_length, "store.dyn", &error);
    copy_t copy = {0};

    (void)state;
    for (uint32_t id = 0; id < DYN_SECTION_ID_END; id++) {
        if (snapshot->sections[id].data != NULL) {
            dyn_snapshot_writer_add(&writer, (dyn_section_t)id, snapshot->sections[id].data,
                                    snapshot->sections[id].count);
        }
    }
    dyn_snapshot_writer_add(&writer, (dyn_section_t)UNKNOWN, "tomorrow", 8);
    copy.bytes = dyn_snapshot_writer_bytes(&writer, &copy.length, &error);
    dyn_snapshot_close(snapshot);

    snapshot = dyn_snapshot_from_memory(copy.bytes, copy.length, "store.dyn", &error);
    assert_string_equal(error.text, "");
    dyn_snapshot_close(snapshot);

    ++*(char *)at(&copy, (dyn_section_t)UNKNOWN);
    refused(&copy, "section \"60\": the checksum does not match");
}

/* ---- what the sections say ---- */

/* One change to a section; the frame is sealed again after it. */
typedef struct {
    dyn_section_t section;
    size_t offset; /* in the section */
    size_t size;
    uint64_t value;
    const char *expected;
} damage_t;

#define FIELD(section, type, number, member, value, expected)                                      \
    {                                                                                              \
        section, (number) * sizeof(type) + offsetof(type, member), sizeof(((type *)NULL)->member), \
            (uint64_t)(value), expected                                                            \
    }
#define ROW(section, type, number, value, expected)                                 \
    {                                                                               \
        section, (number) * sizeof(type), sizeof(type), (uint64_t)(value), expected \
    }
#define ITEM(number, member, value, expected)                   \
    FIELD(DYN_SECTION_ITEMS, dyn_item_t, number, member, value, \
          "section \"items\": item " #number ": " expected)
#define VARIANT(number, member, value, expected)                      \
    FIELD(DYN_SECTION_VARIANTS, dyn_variant_t, number, member, value, \
          "section \"variants\": variant " #number ": " expected)
#define CATEGORY(number, member, value, expected)                        \
    FIELD(DYN_SECTION_CATEGORIES, dyn_category_t, number, member, value, \
          "section \"categories\": category " #number ": " expected)

static uint64_t bits(float value)
{
    uint32_t number;

    memcpy(&number, &value, sizeof(number));

    return number;
}

static void damaged(const damage_t *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        copy_t copy = copy_of_sound();

        assert_true(cases[i].offset + cases[i].size <= row(&copy, cases[i].section)->length);
        memcpy((char *)at(&copy, cases[i].section) + cases[i].offset, &cases[i].value,
               cases[i].size);
        snapshot_seal(copy.bytes, copy.length);
        refused(&copy, cases[i].expected);
    }
}

#define DAMAGED(...)                                      \
    do {                                                  \
        const damage_t cases[] = {__VA_ARGS__};           \
        damaged(cases, sizeof(cases) / sizeof(cases[0])); \
    } while (0)

static void damaged_strings_are_refused(void **state)
{
    (void)state;
    /* at 8 "a": 1 byte, then its NUL */
    DAMAGED(ROW(DYN_SECTION_STRINGS, uint32_t, 0, 1,
                "section \"strings\": byte 0: the first string is not the empty one"),
            ROW(DYN_SECTION_STRINGS, uint32_t, 2, 4097,
                "section \"strings\": byte 8: a string of 4097 bytes; at most 4096 can be"),
            ROW(DYN_SECTION_STRINGS, uint32_t, 2, 4096,
                "section \"strings\": byte 8: a string of 4096 bytes goes beyond the end"),
            ROW(DYN_SECTION_STRINGS, uint32_t, 2, UINT32_MAX,
                "section \"strings\": byte 8: a string of 4294967295 bytes"),
            {DYN_SECTION_STRINGS, 13, 1, 'x',
             "section \"strings\": byte 8: the string does not end with NUL"},
            {DYN_SECTION_STRINGS, 15, 1, 'x',
             "section \"strings\": byte 8: the string does not end with NUL"},
            {DYN_SECTION_STRINGS, 12, 1, '\n',
             "section \"strings\": byte 8: the string is not UTF-8 without control bytes"},
            {DYN_SECTION_STRINGS, 12, 1, 0, "section \"strings\": byte 8: the string is not UTF-8"},
            {DYN_SECTION_STRINGS, 12, 1, 0xff,
             "section \"strings\": byte 8: the string is not UTF-8"}, );
}

static void damaged_items_are_refused(void **state)
{
    (void)state;
    DAMAGED(ITEM(0, id, 2, "id, title, url or image is no string"),
            ITEM(0, title, 12, "id, title, url or image is no string"),
            ITEM(1, url, 4, "id, title, url or image is no string"),
            ITEM(2, image, UINT32_MAX - 3, "id, title, url or image"),
            ITEM(0, id, 0, "the id is empty"),
            ITEM(1, id, 8, "the id does not come after its predecessor's"),
            ITEM(2, id, 8, "the id does not come after its predecessor's"),
            ITEM(0, price_minor, -2, "the price is out of range"),
            ITEM(0, price_minor, 2000000001, "the price is out of range"),
            ITEM(0, price_minor, -1, "the price is out of range or the currency"),
            ITEM(0, currency, 0x00524565, "the price is out of range or the currency"),
            ITEM(0, currency, 0x58525545, "the price is out of range or the currency"),
            ITEM(1, currency, 0x00525545, "the price is out of range or the currency"),
            ITEM(0, created_ms, -1, "created is before 1970"),
            ITEM(0, category, 3, "there is no such category"),
            ITEM(0, brand, 2, "there is no such brand"),
            ITEM(0, group, 1, "the group is not the number of its first item"),
            ITEM(2, group, 1, "the group is not the number of its first item"),
            ITEM(0, stock, -2, "the stock is below -1"),
            ITEM(0, margin_bp, 10001, "the margin is out of range"),
            ITEM(0, margin_bp, -1000001, "the margin is out of range"),
            ITEM(0, traits_start, 5, "the traits go beyond"),
            ITEM(0, traits_count, 6, "the traits go beyond"),
            ITEM(0, traits_start, UINT32_MAX, "the traits go beyond"),
            ITEM(0, compatible_count, 2, "the compatible items go beyond"),
            ITEM(0, compatible_start, UINT32_MAX, "the compatible items go beyond"),
            ITEM(0, countries_count, 2, "the countries go beyond"),
            ITEM(0, countries_start, UINT32_MAX, "the countries go beyond"),
            ITEM(0, countries_blocked, 2, "countries_blocked is neither 0 nor 1"),
            ITEM(0, variants_count, 2049, "the variants are too many"),
            ITEM(0, variants_start, 1, "its variants do not follow those of the item before"),
            ITEM(1, variants_start, 1, "its variants do not follow those of the item before"),
            ITEM(0, flags, 5, "a flag is set that has no meaning"),
            ITEM(0, popularity, bits(1.5F), "the popularity is not between"),
            ITEM(0, popularity, bits(-0.5F), "the popularity is not between"),
            ITEM(0, popularity, bits(NAN), "the popularity is not between"),
            FIELD(DYN_SECTION_ITEMS, dyn_item_t, 2, variants_count, 1,
                  "section \"items\": the items have 3 variants"), );
}

static void damaged_variants_are_refused(void **state)
{
    (void)state;
    DAMAGED(VARIANT(0, id, 3, "id or title is no string"),
            VARIANT(1, title, 12, "id or title is no string"), VARIANT(0, id, 0, "the id is empty"),
            VARIANT(0, item, 1, "does not stand among its item's variants"),
            VARIANT(0, item, 3, "does not stand among its item's variants"),
            VARIANT(0, price_minor, -2, "the price is out of range"),
            VARIANT(0, price_minor, 2000000001, "the price is out of range"),
            VARIANT(0, stock, -2, "the stock is below -1"), );
}

static void damaged_traits_details_and_aliases_are_refused(void **state)
{
    (void)state;
#define TRAIT(number, member, value, expected) \
    FIELD(DYN_SECTION_TRAITS, dyn_trait_t, number, member, value, "section \"traits\": " expected)
#define DETAILS(number, member, value, expected)                               \
    FIELD(DYN_SECTION_ITEM_DETAILS, dyn_item_details_t, number, member, value, \
          "section \"item_details\": item " #number ": " expected)
#define ALIAS(number, member, value, expected) \
    FIELD(DYN_SECTION_ALIASES, dyn_alias_t, number, member, value, expected)
    DAMAGED(TRAIT(0, name, 2, "trait 0: name or value is no string"),
            TRAIT(0, value, 0, "trait 0: name or value is empty"),
            TRAIT(0, item_count, 4, "trait 0: it counts more items than there are"),
            TRAIT(0, reserved, 1, "trait 0: it counts more items than there are, or the reserved"),
            TRAIT(4, name, 8, "trait 4: does not come after its predecessor"),
            DETAILS(0, description, 2, "description, fit or"),
            DETAILS(0, rating_hundredths, 501, "the rating is out of range"),
            DETAILS(0, rating_hundredths, -2, "the rating is out of range"),
            DETAILS(0, sale_price_minor, -1, "the item's flag of a sale does not say"),
            DETAILS(1, sale_price_minor, 1, "the item's flag of a sale does not say"),
            DETAILS(0, sale_price_minor, 100, "the sale price is not below the price"),
            DETAILS(0, sale_from_ms, -1, "the sale does not begin before it ends"),
            DETAILS(0, sale_until_ms, 0, "the sale does not begin before it ends"),
            DETAILS(0, badges_count, 9, "badges or keywords go beyond"),
            DETAILS(0, keywords_start, 2, "badges or keywords go beyond"),
            DETAILS(0, keywords_start, UINT32_MAX, "badges or keywords go beyond"),
            DETAILS(0, reserved, 1, "the reserved field is not 0"),
            ALIAS(0, id, 2, "section \"aliases\": alias 0: the id is no string"),
            ALIAS(0, id, 0, "section \"aliases\": alias 0: the id is empty"),
            ALIAS(0, item, 3, "section \"aliases\": alias 0: there is no such item"),
            ALIAS(1, item, 1, "section \"alias_variants\": row 1: its item has no variant 1"),
            ROW(DYN_SECTION_ALIAS_VARIANTS, uint32_t, 0, 2,
                "section \"alias_variants\": row 0: its item has no variant 2"), );
}

static void damaged_lists_of_traits_and_prices_are_refused(void **state)
{
    (void)state;
#define STARTS(section, number, value, expected) \
    ROW(DYN_SECTION_##section, uint32_t, number, value, expected)
#define PRICE(number, member, value, expected)                                      \
    FIELD(DYN_SECTION_CATEGORY_PRICES, dyn_category_price_t, number, member, value, \
          "section \"category_prices\": category " #number ": " expected)
    DAMAGED(STARTS(TRAIT_ITEMS_STARTS, 0, 1, "section \"trait_items_starts\": does not say where"),
            STARTS(TRAIT_ITEMS_STARTS, 1, 9, "section \"trait_items_starts\": list 0 is too long"),
            STARTS(TRAIT_ITEMS_STARTS, 2, 0, "section \"trait_items_starts\": list 1 is too long"),
            STARTS(BRAND_ITEMS_STARTS, 2, 1, "section \"brand_items_starts\": does not say where"),
            STARTS(TRAIT_ITEMS, 0, 1, "section \"trait_items\": list 0: item 1 does not belong"),
            STARTS(TRAIT_ITEMS, 0, 3, "section \"trait_items\": list 0: item 3 does not belong"),
            STARTS(BRAND_ITEMS, 0, 1, "section \"brand_items\": list 0: item 1 does not belong"),
            PRICE(0, low, -2, "the prices are out of range or order"),
            PRICE(0, median, 0, "the prices are out of range or order"),
            PRICE(0, low, -1, "the prices are out of range or order"),
            PRICE(0, median, 2000000001, "the prices are out of range or order"), );
}

static void damaged_categories_are_refused(void **state)
{
    (void)state;
    /* X, X/Y, Z */
    DAMAGED(CATEGORY(0, name, 2, "name 2 is no string"),
            CATEGORY(0, parent, 0, "parent 0 does not come before it"),
            CATEGORY(0, parent, 1, "parent 1 does not come before it"),
            CATEGORY(1, parent, 2, "parent 2 does not come before it"),
            CATEGORY(1, parent, 77, "parent 77 does not come before it"),
            CATEGORY(1, depth, 0, "depth 0; 1 would be right"),
            CATEGORY(2, depth, 1, "depth 1; 0 would be right"),
            CATEGORY(2, parent, 1, "depth 0; 2 would be right"), );
}

static void damaged_lists_of_references_are_refused(void **state)
{
    (void)state;
    DAMAGED(ROW(DYN_SECTION_BRANDS, uint32_t, 0, 6, "section \"brands\": row 0: 6 is no string"),
            ROW(DYN_SECTION_TEXTS, uint32_t, 0, 1 << 30,
                "section \"texts\": row 0: 1073741824 is no string"),
            ROW(DYN_SECTION_ITEM_TRAITS, uint32_t, 1, 0,
                "section \"item_traits\": item 0: trait 0 is not there or does not come after"),
            ROW(DYN_SECTION_ITEM_TRAITS, uint32_t, 4, 5,
                "section \"item_traits\": item 0: trait 5 is not there"),
            ROW(DYN_SECTION_COUNTRIES, uint16_t, 0, 'D' | 'e' << 8,
                "section \"countries\": row 0: 0x6544 are not two capital letters"),
            ROW(DYN_SECTION_COMPATIBLE, uint32_t, 0, 3,
                "section \"compatible\": row 0: there is no item 3"),
            ROW(DYN_SECTION_ITEMS_UNRESTRICTED, uint8_t, 0, 2,
                "section \"items_unrestricted\": item 0: 2; "), );
}

static void a_damaged_blend_is_refused(void **state)
{
    enum { last = 1 };

    (void)state;
#define BLEND(number, member, value, expected) \
    FIELD(DYN_SECTION_BLEND, dyn_blend_row_t, number, member, value, "section \"blend\": " expected)
#define WEIGHT(number, member, value, expected)                                 \
    FIELD(DYN_SECTION_BLEND_WEIGHTS, dyn_blend_weight_t, number, member, value, \
          "section \"blend\": " expected)
    DAMAGED(BLEND(0, surface, DYN_SURFACES_COUNT, "a row names a surface that there is not"),
            BLEND(0, weights_count, DYN_BLEND_WEIGHTS_PER_ROW_MAX + 1,
                  "a row has more than 64 weights"),
            BLEND(0, weights_start, 1000, "a row has weights that there are not"),
            BLEND(0, weights_start, UINT32_MAX, "a row has weights that there are not"),
            BLEND(last, weights_count, 64, "a row has weights that there are not"),
            BLEND(last, surface, 0, "the last row is not for any surface and any slot"),
            WEIGHT(0, source, 1, "the sources of a row do not rise"),
            WEIGHT(1, source, 0, "the sources of a row do not rise"),
            WEIGHT(0, weight, bits(-1.0F), "a weight is not between 0 and 1000"),
            WEIGHT(0, weight, bits(1001.0F), "a weight is not between 0 and 1000"),
            WEIGHT(0, weight, bits(NAN), "a weight is not between 0 and 1000"), );
}

static void damaged_edges_are_refused(void **state)
{
    (void)state;
#define EDGES(section, name, starts, starts_name)                                      \
    FIELD(section, dyn_edge_t, 0, item, 3,                                             \
          "section \"" name "\": row 0: item 3 does not exist or is in its own list"), \
        FIELD(section, dyn_edge_t, 0, weight, bits(0.0F),                              \
              "section \"" name "\": row 0: the weight is not above 0"),               \
        FIELD(section, dyn_edge_t, 0, weight, bits(-1.0F),                             \
              "section \"" name "\": row 0: the weight is not above 0"),               \
        FIELD(section, dyn_edge_t, 0, weight, bits(NAN),                               \
              "section \"" name "\": row 0: the weight is not above 0"),               \
        FIELD(section, dyn_edge_t, 0, weight, bits(INFINITY),                          \
              "section \"" name "\": row 0: the weight is not above 0"),               \
        ROW(starts, uint32_t, 0, 1, "section \"" starts_name "\": "),                  \
        ROW(starts, uint32_t, 3, 77, "section \"" starts_name "\": "),                 \
        ROW(starts, uint32_t, 1, 77, "section \"" starts_name "\": list 0: from 0 to 77")
    DAMAGED(
        EDGES(DYN_SECTION_NEIGHBOURS, "neighbours", DYN_SECTION_NEIGHBOUR_STARTS,
              "neighbour_starts"),
        EDGES(DYN_SECTION_BOUGHT_WITH, "bought_with", DYN_SECTION_BOUGHT_WITH_STARTS,
              "bought_with_starts"),
        EDGES(DYN_SECTION_SIMILAR, "similar", DYN_SECTION_SIMILAR_STARTS, "similar_starts"),
        ROW(DYN_SECTION_BOUGHT_WITH_SUPPORT, uint32_t, 0, 0,
            "section \"bought_with_support\": row 0: no order has both"),
        EDGES(DYN_SECTION_CATEGORY_POPULAR, "category_popular", DYN_SECTION_CATEGORY_POPULAR_STARTS,
              "category_popular_starts"),
        FIELD(DYN_SECTION_NEIGHBOURS, dyn_edge_t, 0, item, 0,
              "section \"neighbours\": row 0: item 0 does not exist or is in its own"),
        FIELD(DYN_SECTION_POPULAR, dyn_edge_t, 0, item, 3, "section \"popular\": row 0: item 3"),
        FIELD(DYN_SECTION_POPULAR, dyn_edge_t, 0, weight, bits(0.001F),
              "section \"popular\": row 1: the weight is not"),
        FIELD(DYN_SECTION_TRENDING, dyn_edge_t, 0, item, 3, "section \"trending\": row 0: item 3"),
        FIELD(DYN_SECTION_TRENDING, dyn_edge_t, 0, weight, bits(NAN),
              "section \"trending\": row 0: the weight is not"), );
}

static void damaged_edges_of_the_model_are_refused(void **state)
{
    (void)state;
    /* of item 0, to b and c */
    DAMAGED(ROW(DYN_SECTION_MODEL_EDGE_ITEMS, uint32_t, 0, 0,
                "section model_edge_items: element 0 leads from item 0 to itself"),
            ROW(DYN_SECTION_MODEL_EDGE_ITEMS, uint32_t, 0, 3,
                "section model_edge_items: element 0 names item 3 of 3"),
            ROW(DYN_SECTION_MODEL_EDGE_WEIGHTS, uint16_t, 0, 0,
                "section model_edge_weights: element 0 is 0; 1 to 65535 is possible"),
            ROW(DYN_SECTION_MODEL_EDGE_WEIGHTS, uint16_t, 1, 65535,
                "section model_edge_weights: element 1 is 65535; 1 to "), );
}

static void supports_that_are_not_of_the_models_edges_are_refused(void **state)
{
    (void)state;
    copy_t copy = copy_of_sound();
    dyn_section_row_t *supports = row(&copy, DYN_SECTION_VIEWED_WITH_SUPPORT);

    supports->length--;
    copy.bytes[supports->offset + supports->length] = 0;
    snapshot_seal(copy.bytes, copy.length);
    refused(&copy, "section \"viewed_with_support\": 2 bytes; 3 would be right");
}

static void starts_that_fall_are_refused(void **state)
{
    (void)state;
    copy_t copy = copy_of_sound();
    uint32_t *starts = at(&copy, DYN_SECTION_NEIGHBOUR_STARTS);

    starts[2] = starts[1] - 1;
    snapshot_seal(copy.bytes, copy.length);
    refused(&copy, "section \"neighbour_starts\": list 1: from");
}

static void half_of_the_lists_is_refused(void **state)
{
    (void)state;
    static const struct {
        dyn_section_t section;
        const char *expected;
    } cases[] = {
        {DYN_SECTION_NEIGHBOURS, "section \"neighbours\": is missing, but the other half"},
        {DYN_SECTION_SIMILAR_STARTS, "section \"similar_starts\": is missing, but the other half"},
        {DYN_SECTION_CATEGORY_POPULAR_STARTS,
         "section \"category_popular_starts\": is missing, but the other half"},
        {DYN_SECTION_ITEMS, "section \"items\": is missing"},
        {DYN_SECTION_STRINGS, "section \"strings\": is missing"},
        {DYN_SECTION_ITEM_IDS, "section \"item_ids\": is missing"},
        {DYN_SECTION_HASH_SEED, "section \"hash_seed\": is missing"},
        {DYN_SECTION_CATEGORY_KEYS, "section \"category_keys\": the number of rows"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        copy_t copy = copy_of_sound();
        dyn_snapshot_header_t *header = HEADER(&copy);
        dyn_section_row_t *gone = row(&copy, cases[i].section),
                          *rows = (dyn_section_row_t *)(void *)(header + 1);
        uint64_t freed = sizeof(*rows) + ((gone->length + 7) & ~7ULL);
        char *data = copy.bytes + gone->offset;

        /* out with its bytes and its row */
        memmove(data, data + freed - sizeof(*rows),
                copy.length - gone->offset - (freed - sizeof(*rows)));
        memmove(gone, gone + 1, copy.length - (size_t)((char *)(gone + 1) - copy.bytes));
        header->section_count--;
        copy.length -= freed;
        snapshot_seal(copy.bytes, copy.length);
        refused(&copy, cases[i].expected);
    }
}

static void an_id_table_that_does_not_find_every_id_once_is_refused(void **state)
{
    (void)state;
    copy_t copy = copy_of_sound();
    dyn_hash_row_t *rows = at(&copy, DYN_SECTION_ITEM_IDS);
    size_t used = 0, count = row(&copy, DYN_SECTION_ITEM_IDS)->length / sizeof(*rows);

    while (rows[used].target != 0) {
        used++;
    }
    assert_true(used < count);

#define ITEM_IDS(member, value, expected)                            \
    FIELD(DYN_SECTION_ITEM_IDS, dyn_hash_row_t, used, member, value, \
          "section \"item_ids\": " expected)
    DAMAGED(ITEM_IDS(target, 3, "row"), ITEM_IDS(target, 0x80000004U, "row"),
            ITEM_IDS(target, DYN_NONE, "6 of 16 rows are used; 7 ids must be in"),
            ITEM_IDS(target, 1, "item 0 cannot be found by its id"),
            ITEM_IDS(target, 0x80000001U, "item 0 cannot be found by its id"),
            ITEM_IDS(hash_high, 7, "item 0 cannot be found by its id"), );

    used = 0;
    while (rows[used].target != 0x80000002U) {
        used++;
    }
    DAMAGED(ITEM_IDS(hash_high, 7, "alias 0 cannot be found by its id"), );

    /* a variant's row lost to an item's: the variant cannot be found */
    for (size_t i = 0; i < count; i++) {
        if (rows[i].target == 0x80000001U) {
            rows[i].target = 0x80000000U;
        }
    }
    snapshot_seal(copy.bytes, copy.length);
    refused(&copy, "section \"item_ids\": variant 1 cannot be found by its id");
}

static void an_item_of_unknown_stock_whose_variants_are_all_out_is_refused(void **state)
{
    (void)state;
    copy_t copy = copy_of_sound();
    dyn_variant_t *variants = at(&copy, DYN_SECTION_VARIANTS);

    variants[0].stock = 0;
    variants[1].stock = 0;
    snapshot_seal(copy.bytes, copy.length);
    refused(&copy,
            "section \"items\": item 0: the stock is unknown, but all of its variants are out");
}

/* The categories are X, X/Y and Z; the keys "x", "x-y", "z", and "y" as a name. */
static void a_category_table_that_does_not_find_every_key_once_is_refused(void **state)
{
    (void)state;
    copy_t copy = copy_of_sound();
    dyn_hash_row_t *rows = at(&copy, DYN_SECTION_CATEGORY_KEYS);
    size_t path = 0, name = 0, free_row = 0;

    while (rows[path].target != 0) {
        path++;
    }
    while (rows[name].target != (1 | DYN_CATEGORY_BY_NAME)) {
        name++;
    }
    while (rows[free_row].target != DYN_NONE) {
        free_row++;
    }
    assert_int_equal(row(&copy, DYN_SECTION_CATEGORY_KEYS)->length / sizeof(*rows), 8);
    free(copy.bytes);

#define KEY(number, member, value, expected)                                \
    FIELD(DYN_SECTION_CATEGORY_KEYS, dyn_hash_row_t, number, member, value, \
          "section \"category_keys\": " expected)
    DAMAGED(KEY(path, target, 3, "category 3: a row leads to it, but there is no such category"),
            KEY(path, target, DYN_NONE, "category 0: cannot be found by its path"),
            KEY(path, target, DYN_CATEGORY_BY_NAME, "category 0: cannot be found by its path"),
            KEY(path, target, 1, "category 0: cannot be found by its path"),
            KEY(path, hash_high, 7, "category 0: cannot be found by its path"),
            KEY(name, target, 2 | DYN_CATEGORY_BY_NAME, "category 1: cannot be found by its name"),
            KEY(name, target, DYN_NONE, "category 1: cannot be found by its name"),
            KEY(free_row, target, 0, "rows are used for no key"), );

    static const damage_t seed[] = {{DYN_SECTION_HASH_SEED, 0, 8, 1, "cannot be found by its"}};

    damaged(seed, 1);
}

/* ---- limits of 32 bits: the table is read before anything that it speaks of, so that no such file is needed ---- */

static void count_of(dyn_section_t id, uint64_t record_bytes, uint64_t count, const char *expected)
{
    uint64_t length =
        sizeof(dyn_snapshot_header_t) + sizeof(dyn_section_row_t) + count * record_bytes;
    uint64_t whole = (length + 7) & ~7ULL;
    copy_t copy = {mmap(NULL, whole, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0),
                   whole};
    dyn_error_t error = {""};

    if (copy.bytes == MAP_FAILED) {
        skip();
    }
    memcpy(HEADER(&copy)->magic, DYN_SNAPSHOT_MAGIC, 8);
    HEADER(&copy)->version = DYN_SNAPSHOT_VERSION;
    HEADER(&copy)->section_count = 1;
    HEADER(&copy)->file_bytes = whole;
    *(dyn_section_row_t *)(void *)(HEADER(&copy) + 1) = (dyn_section_row_t){
        .id = (uint32_t)id,
        .record_bytes = (uint32_t)record_bytes,
        .offset = sizeof(dyn_snapshot_header_t) + sizeof(dyn_section_row_t),
        .length = count * record_bytes,
    };
    rehash_table(&copy);

    assert_null(dyn_snapshot_from_memory(copy.bytes, whole, "store.dyn", &error));
    munmap(copy.bytes, whole);
    if (strstr(error.text, expected) == NULL) {
        fail_msg("%s\n  where this was expected: %s", error.text, expected);
    }
}

static void more_records_than_their_numbers_can_name_are_refused(void **state)
{
    (void)state;
    count_of(DYN_SECTION_ITEMS, sizeof(dyn_item_t), DYN_SNAPSHOT_ITEMS_MAX + 1ULL,
             "section \"items\": holds 2147483647 records; at most 2147483646 can be");
    count_of(DYN_SECTION_VARIANTS, sizeof(dyn_variant_t), DYN_SNAPSHOT_VARIANTS_MAX + 1ULL,
             "section \"variants\": holds 2147483647 records; at most 2147483646 can be");
    count_of(DYN_SECTION_STRINGS, 1, 1ULL << 32,
             "section \"strings\": holds 4294967296 records; at most 4294967295 can be");
    count_of(DYN_SECTION_NEIGHBOURS, sizeof(dyn_edge_t), 1ULL << 32,
             "section \"neighbours\": holds 4294967296 records; at most 4294967295 can be");
}

static void counts_at_their_limit_pass_the_table_and_one_more_does_not(void **state)
{
    (void)state;
    static const struct {
        dyn_section_t section;
        uint64_t record_bytes, max;
    } cases[] = {
        {DYN_SECTION_CATEGORIES, sizeof(dyn_category_t), DYN_CATEGORIES_MAX},
        {DYN_SECTION_BUNDLES, sizeof(dyn_bundle_t), DYN_BUNDLES_MAX},
        {DYN_SECTION_POPULAR, sizeof(dyn_edge_t), DYN_POPULAR_MAX},
        {DYN_SECTION_TRENDING, sizeof(dyn_edge_t), DYN_POPULAR_MAX},
        {DYN_SECTION_NEW_ARRIVALS, sizeof(dyn_edge_t), DYN_POPULAR_MAX},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        count_of(cases[i].section, cases[i].record_bytes, cases[i].max - 1,
                 "the checksum does not match");
        count_of(cases[i].section, cases[i].record_bytes, cases[i].max,
                 "the checksum does not match");
        count_of(cases[i].section, cases[i].record_bytes, cases[i].max + 1, "records; at most");
    }
}

static void damaged_members_of_bundles_are_refused(void **state)
{
    (void)state;
#define MEMBER(number, member, value)                                             \
    FIELD(DYN_SECTION_BUNDLE_MEMBERS, dyn_bundle_member_t, number, member, value, \
          "section \"bundle_members\": row")
    /* a is in both, b in the first, c in the second */
    DAMAGED(MEMBER(0, bundle, 1), MEMBER(1, bundle, 0), MEMBER(1, bundle, 2), MEMBER(2, item, 2),
            MEMBER(3, item, 1), MEMBER(3, item, UINT32_MAX),
            ROW(DYN_SECTION_BUNDLE_ITEMS, uint32_t, 0, 0, "an item is not there, or there twice"),
            ROW(DYN_SECTION_BUNDLE_ITEMS, uint32_t, 3, 1, "section \"bundle_members\": row"), );
#undef MEMBER
}

static void a_damaged_list_of_contents_is_refused(void **state)
{
    copy_t copy = copy_of_sound();
    char *content = at(&copy, DYN_SECTION_CONTENT);
    size_t length = (size_t)row(&copy, DYN_SECTION_CONTENT)->length;

    (void)state;
    content[length / 2] ^= 1;
    refused(&copy, "section \"content\": the checksum does not match");
    DAMAGED({DYN_SECTION_CONTENT, 0, 1, '{', "section \"content\": byte 2: is no JSON list"},
            {DYN_SECTION_CONTENT, 1, 1, 0xff, "section \"content\": byte"},
            {DYN_SECTION_CONTENT, length - 1, 1, ' ', "section \"content\": byte"}, );

    copy = copy_of_sound();
    content = at(&copy, DYN_SECTION_CONTENT);
    memset(content, ' ', length);
    content[0] = '{';
    content[1] = '}';
    snapshot_seal(copy.bytes, copy.length);
    refused(&copy, "section \"content\": is no JSON list");
}

static void a_damaged_index_of_words_is_refused(void **state)
{
    (void)state;
#define WORD(number, member, value, expected) \
    FIELD(DYN_SECTION_WORDS, dyn_word_t, number, member, value, "section \"words\": " expected)
#define GROUP(member, value)                                           \
    FIELD(DYN_SECTION_WORD_GROUPS, dyn_word_group_t, 0, member, value, \
          "section \"word_groups\": row 0: there is no such category")
    DAMAGED(
        {DYN_SECTION_WORDS_HEADER, 0, 1, 'E', "section \"words_header\": is not one row"},
        {DYN_SECTION_WORDS_HEADER, 0, 2, 0, "section \"words_header\": is not one row"},
        {DYN_SECTION_WORDS_HEADER, 16, 1, 'e', "section \"words_header\": is not one row"},
        {DYN_SECTION_WORDS_HEADER, 20, 1, 1, "section \"words_header\": is not one row"},
        WORD(0, text, 1, "texts or lists do not go from 0"),
        WORD(0, items, 1, "texts or lists do not go from 0"),
        WORD(0, groups, 1, "texts or lists do not go from 0"),
        WORD(1, text, 0, "word 0: its text is empty"),
        WORD(1, text, 4096, "word 0: its text is empty or longer"),
        WORD(1, items, UINT32_MAX, "word 1: its text is empty"),
        WORD(1, groups, UINT32_MAX, "word 1: its text is empty"),
        {DYN_SECTION_WORD_TEXTS, 0, 1, '\n', "section \"words\": word 0: it is no UTF-8"},
        {DYN_SECTION_WORD_TEXTS, 0, 1, 'z', "section \"words\": word 1: it is no UTF-8 or does"},
        ROW(DYN_SECTION_WORDS_BY_END, uint32_t, 0, UINT32_MAX,
            "section \"words_by_end\": row 0: it is no word"),
        ROW(DYN_SECTION_WORDS_BY_END, uint32_t, 1, 0,
            "section \"words_by_end\": row 1: it is no word or does not come after"),
        ROW(DYN_SECTION_WORD_RANKS, uint32_t, 0, 3, "section \"word_ranks\": row 0: it is no item"),
        ROW(DYN_SECTION_WORD_ITEMS, uint32_t, 0, 3 << 4 | 1,
            "section \"word_items\": row 0: there is no such rank"),
        ROW(DYN_SECTION_WORD_ITEMS, uint32_t, 0, 0 << 4,
            "section \"word_items\": row 0: there is no such rank, ranks do not rise or the"),
        GROUP(number, UINT32_MAX), GROUP(kind, 3), GROUP(weight, 0), GROUP(weight, 256), );
#undef WORD
#undef GROUP
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_sound_file_is_taken_also_when_sealed_again),
        cmocka_unit_test(a_change_of_any_byte_is_refused),
        cmocka_unit_test(a_cut_file_is_refused_wherever_it_is_cut),
        cmocka_unit_test(a_longer_file_is_refused),
        cmocka_unit_test(another_magic_version_or_build_id_is_refused),
        cmocka_unit_test(a_section_table_out_of_order_or_bounds_is_refused),
        cmocka_unit_test(memory_that_is_not_aligned_is_refused),
        cmocka_unit_test(a_section_of_an_unknown_id_is_skipped_but_checked),
        cmocka_unit_test(damaged_strings_are_refused),
        cmocka_unit_test(damaged_items_are_refused),
        cmocka_unit_test(damaged_variants_are_refused),
        cmocka_unit_test(damaged_traits_details_and_aliases_are_refused),
        cmocka_unit_test(damaged_lists_of_traits_and_prices_are_refused),
        cmocka_unit_test(damaged_categories_are_refused),
        cmocka_unit_test(damaged_lists_of_references_are_refused),
        cmocka_unit_test(a_damaged_blend_is_refused),
        cmocka_unit_test(damaged_edges_are_refused),
        cmocka_unit_test(damaged_edges_of_the_model_are_refused),
        cmocka_unit_test(supports_that_are_not_of_the_models_edges_are_refused),
        cmocka_unit_test(starts_that_fall_are_refused),
        cmocka_unit_test(half_of_the_lists_is_refused),
        cmocka_unit_test(an_id_table_that_does_not_find_every_id_once_is_refused),
        cmocka_unit_test(an_item_of_unknown_stock_whose_variants_are_all_out_is_refused),
        cmocka_unit_test(a_category_table_that_does_not_find_every_key_once_is_refused),
        cmocka_unit_test(damaged_members_of_bundles_are_refused),
        cmocka_unit_test(a_damaged_list_of_contents_is_refused),
        cmocka_unit_test(a_damaged_index_of_words_is_refused),
        cmocka_unit_test(more_records_than_their_numbers_can_name_are_refused),
        cmocka_unit_test(counts_at_their_limit_pass_the_table_and_one_more_does_not),
    };

    return cmocka_run_group_tests_name("snapshot_refusal", tests, build_once, drop);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "engine/base/limits.h"
#include "engine/control/entry.h"

enum { TEXTS_MAX = 32 };

/* "k=stock item=tent stock=3": fields without blanks in their values; "+" stands for one. */
static size_t fields_of(const char *text, dyn_control_field_t *fields)
{
    static char copy[TEXTS_MAX][256];
    size_t count = 0;

    while (*text != '\0') {
        size_t len = strcspn(text, " ");
        char *equal;

        assert_true(count < TEXTS_MAX && len < sizeof(copy[0]));
        memcpy(copy[count], text, len);
        copy[count][len] = '\0';
        for (char *at = copy[count]; *at != '\0'; at++) {
            *at = *at == '+' ? ' ' : *at;
        }
        equal = strchr(copy[count], '=');
        assert_non_null(equal);
        fields[count].name = (dyn_str_t){copy[count], (size_t)(equal - copy[count])};
        fields[count].value = dyn_str_from(equal + 1);
        count++;
        text += len + strspn(text + len, " ");
    }

    return count;
}

static bool read_text(const char *text, dyn_control_entry_t *entry, dyn_error_t *error)
{
    dyn_control_field_t fields[TEXTS_MAX];

    return dyn_control_entry_read(fields, fields_of(text, fields), entry, error);
}

static dyn_control_entry_t good(const char *text)
{
    dyn_control_entry_t entry;
    dyn_error_t error = {.text = ""};

    if (!read_text(text, &entry, &error)) {
        fail_msg("%s: %s", text, error.text);
    }

    return entry;
}

static void refused(const char *text, const char *sentence)
{
    dyn_control_entry_t entry;
    dyn_error_t error = {.text = ""};

    assert_false(read_text(text, &entry, &error));
    assert_string_equal(error.text, sentence);
}

static void assert_str(dyn_str_t text, const char *expected)
{
    assert_int_equal(text.len, strlen(expected));
    assert_memory_equal(text.data, expected, text.len);
}

static void stock_is_pieces_of_an_item_or_a_place(void **state)
{
    dyn_control_entry_t entry =
        good("k=stock item=gid://shopify/Product/7 stock=12 at=1700000000000 colour=red");

    (void)state;

    assert_int_equal(entry.kind, DYN_CONTROL_KIND_SET_STOCK);
    assert_str(entry.item, "7");
    assert_int_equal(entry.stock, 12);
    assert_int_equal(entry.at_ms, 1700000000000);
    assert_int_equal(entry.location.len, 0);

    entry = good("k=stock item=7 stock=-4 location=77");
    assert_int_equal(entry.stock, 0);
    assert_str(entry.location, "77");
    assert_int_equal(good("k=stock item=7 stock=unknown").stock, -1);
    assert_int_equal(good("k=stock item=7 stock=2147483647").stock, INT32_MAX);
}

static void a_price_is_an_amount_of_its_currency(void **state)
{
    dyn_control_entry_t entry = good(
        "k=price item=tent price=129.00 currency=EUR sale_price=99.90 sale_from=5 sale_until=9");

    (void)state;

    assert_int_equal(entry.price_minor, 12900);
    assert_int_equal(entry.sale_price_minor, 9990);
    assert_int_equal(entry.sale_from_ms, 5);
    assert_int_equal(entry.sale_until_ms, 9);
    assert_string_equal(entry.currency, "EUR");

    entry = good("k=price item=tent price=129 currency=JPY");
    assert_int_equal(entry.price_minor, 129);
    assert_int_equal(entry.sale_price_minor, -1);
    assert_int_equal(entry.sale_from_ms, 0);
    assert_int_equal(entry.sale_until_ms, DYN_TIME_MS_MAX);
}

static void overrides_name_what_they_do_until_when_and_by_whom(void **state)
{
    dyn_control_entry_t entry = good("k=override override=pin item=tent slot=recs position=2 "
                                     "until=1700000000000 author=Ada reason=a+fair");

    (void)state;

    assert_int_equal(entry.override, DYN_CONTROL_OVERRIDE_PIN);
    assert_int_equal(entry.place, 2);
    assert_int_equal(entry.until_ms, 1700000000000);
    assert_str(entry.slot, "recs");
    assert_str(entry.author, "Ada");
    assert_str(entry.reason, "a fair");

    entry = good("k=override override=boost item=tent factor=1.5 until=1 author=Ada reason=x");
    assert_int_equal(entry.factor_thousandths, 1500);
    entry = good("k=override override=apart item=tent other=tarp until=1 author=Ada reason=x");
    assert_str(entry.other, "tarp");
    entry = good("k=restore item=tent author=Ada reason=x");
    assert_int_equal(entry.kind, DYN_CONTROL_KIND_RESTORE);
    assert_int_equal(entry.entry, 0);
    entry = good("k=restore item=tent override=pin entry=1700000000000-3 author=Ada reason=x");
    assert_int_equal(entry.override, DYN_CONTROL_OVERRIDE_PIN);
    assert_true(entry.entry == (1700000000000ULL << 20) + 3);
    refused("k=restore item=tent entry=yesterday author=Ada reason=x",
            "field \"entry\": \"yesterday\" is not an id of the control stream, such as "
            "1700000000000-0");
}

static void a_bad_entry_is_refused_with_a_sentence_that_names_the_field(void **state)
{
    (void)state;

    refused("item=tent", "an entry needs the field \"k\", its kind");
    refused("k=stocks item=tent", "field \"k\": \"stocks\" is no kind of entry");
    refused("k=stock item=tent", "\"stock\" needs the field \"stock\"");
    refused("k=stock item=tent stock=many",
            "field \"stock\": \"many\" is not a whole number of pieces, or \"unknown\"");
    refused("k=stock item=tent stock=2147483648",
            "field \"stock\": \"2147483648\" is not a whole number of pieces, or \"unknown\"");
    refused("k=stock item=tent stock=-",
            "field \"stock\": \"-\" is not a whole number of pieces, or \"unknown\"");
    refused("k=stock item= stock=1",
            "field \"item\": \"\" is not an id of an item: 1 to 128 bytes of UTF-8");
    refused("k=stock item=tent stock=1 location=",
            "field \"location\" has 1 to 64 bytes of UTF-8 without control characters");
    refused("k=price item=tent price=1.999 currency=EUR",
            "field \"price\": \"1.999\" is not an amount such as 129.00");
    refused("k=price item=tent price=1 currency=euro",
            "field \"currency\": \"euro\" is not a currency of three capitals, such as EUR");
    refused("k=price item=tent price=1 currency=",
            "field \"currency\": \"\" is not a currency of three capitals, such as EUR");
    refused("k=price item=tent price=2 currency=EUR sale_from=1",
            "fields \"sale_from\" and \"sale_until\" need the field \"sale_price\"");
    refused("k=price item=tent price=2 currency=EUR sale_price=1 sale_from=9 sale_until=9",
            "field \"sale_until\" is a time after \"sale_from\"");
    refused("k=availability item=tent available=yes", "field \"available\": \"yes\" is not 0 or 1");
    refused("k=stock item=tent stock=1 at=253402300800000",
            "field \"at\": \"253402300800000\" is not a time in milliseconds since 1970");
    refused("k=override override=hide item=tent until=1 author=A reason=x",
            "field \"override\": \"hide\" is not block, pin, boost or apart");
    refused("k=override override=apart item=tent until=1 author=A reason=x",
            "\"apart\" needs the field \"other\"");
    refused("k=override override=apart item=tent other=tent until=1 author=A reason=x",
            "field \"other\" names another item than \"item\"");
    refused("k=override override=boost item=tent until=1 author=A reason=x",
            "\"boost\" needs the field \"factor\"");
    refused(
        "k=override override=boost item=tent factor=0.049 until=1 author=A reason=x",
        "field \"factor\": \"0.049\" is not a number from 0.05 to 20 with at most three decimals");
    refused(
        "k=override override=boost item=tent factor=20.001 until=1 author=A reason=x",
        "field \"factor\": \"20.001\" is not a number from 0.05 to 20 with at most three decimals");
    refused("k=override override=pin item=tent position=25 until=1 author=A reason=x",
            "field \"position\": \"25\" is not a place in a block, 1 to 24");
    refused("k=override override=block item=tent author=A reason=x",
            "\"override\" needs the field \"until\"");
    refused("k=kill author=Ada", "\"kill\" needs the field \"reason\"");
    refused("k=snapshot version=a control_position=x",
            "field \"control_position\": \"x\" is not an id of the control stream, such as "
            "1700000000000-0");
    refused("k=privacy request=redact", "\"redact\" needs the field \"customer\"");
    refused("k=privacy request=forget",
            "field \"request\": \"forget\" is not redact, data, shop_redact or uninstalled");
}

static void positions_order_as_the_ids_of_a_stream_do(void **state)
{
    static const char *const ids[] = {
        "0-1", "0-2", "1-0", "1-1048574", "1700000000000-0", "1700000000000-1", "17592186044415-0"};
    static const char *const none[] = {
        "", "-", "-1", "1-", "x", "1-x", "1-1-1", "17592186044416-0", "1 -0"};
    dyn_control_position_t before = 0, position;
    char text[DYN_CONTROL_POSITION_BYTES];

    (void)state;

    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        assert_true(dyn_control_position_read(dyn_str_from(ids[i]), &position));
        assert_true(position > before);
        dyn_control_position_write(position, text);
        assert_string_equal(text, ids[i]);
        before = position;
    }
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
        assert_false(dyn_control_position_read(dyn_str_from(none[i]), &position));
    }

    assert_true(dyn_control_position_read(DYN_STR("17"), &position));
    dyn_control_position_write(position, text);
    assert_string_equal(text, "17-0");
    dyn_control_position_write(0, text);
    assert_string_equal(text, "");
    /* more entries in a millisecond than positions: they share the last one */
    assert_true(dyn_control_position_read(DYN_STR("1-18446744073709551615"), &position));
    assert_true(dyn_control_position_read(DYN_STR("1-1048575"), &before));
    assert_true(position == before);
}

static void what_is_written_is_what_was_read(void **state)
{
    static const char *const texts[] = {
        "k=erase v=66fc66f2575a06af5f464345a49885be",
        "k=kill author=Ada reason=wrong+prices",
        "k=revive author=Ada reason=right+prices",
        "k=stock item=tent also=TENT-1 location=77 stock=0 at=1700000000000",
        "k=stock item=tent stock=unknown",
        ("k=price item=tent currency=EUR price=129.00 sale_price=99.90 sale_from=1 "
         "sale_until=1700000000000"),
        "k=price item=tent currency=KWD price=1.250",
        "k=availability item=tent available=0",
        "k=delete item=tent",
        "k=change item=tent",
        "k=override item=tent override=block until=1700000000000 author=Ada reason=recall",
        "k=override item=tent override=pin slot=recs position=24 until=1 author=Ada reason=fair",
        "k=override item=tent override=boost factor=0.050 until=1 author=Ada reason=fair",
        "k=override item=tent other=tarp override=apart until=1 author=Ada reason=fair",
        "k=restore item=tent author=Ada reason=over",
        "k=restore item=tent override=pin author=Ada reason=over entry=1700000000000-3",
        "k=rules version=abc author=Ada reason=autumn",
        "k=snapshot version=abc control_position=1700000000000-3",
        "k=privacy request=redact customer=00ff",
        "k=privacy request=uninstalled",
    };
    bool seen[DYN_CONTROL_KIND_COUNT] = {false};

    (void)state;

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        static char memory[4096];
        dyn_control_field_t read[TEXTS_MAX], written[DYN_CONTROL_FIELDS_MAX];
        dyn_control_entry_t entry;
        dyn_error_t error = {.text = ""};
        dyn_arena_t arena;
        size_t count = fields_of(texts[i], read);

        dyn_arena_init(&arena, memory, sizeof(memory), NULL, NULL);
        assert_true(dyn_control_entry_read(read, count, &entry, &error));
        assert_int_equal(dyn_control_entry_write(&entry, &arena, written), count);
        seen[entry.kind] = true;
        for (size_t k = 0; k < count; k++) {
            size_t at = 0;

            while (at < count && !dyn_str_equal(read[at].name, written[k].name)) {
                at++;
            }
            assert_true(at < count);
            assert_true(dyn_str_equal(read[at].value, written[k].value));
        }
    }
    for (size_t i = 0; i < DYN_CONTROL_KIND_COUNT; i++) {
        assert_true(seen[i]);
    }
}

static void what_people_say_lasts_and_what_a_snapshot_has_next_does_not(void **state)
{
    static const bool lasts[DYN_CONTROL_KIND_COUNT] = {
        [DYN_CONTROL_KIND_KILL] = true,         [DYN_CONTROL_KIND_REVIVE] = true,
        [DYN_CONTROL_KIND_SET_OVERRIDE] = true, [DYN_CONTROL_KIND_RESTORE] = true,
        [DYN_CONTROL_KIND_RULES] = true,        [DYN_CONTROL_KIND_SNAPSHOT] = true};

    (void)state;

    for (unsigned i = 0; i < DYN_CONTROL_KIND_COUNT; i++) {
        assert_int_equal(dyn_control_kind_lasts((dyn_control_kind_t)i), lasts[i]);
    }
}

static void nothing_is_written_where_there_is_no_room(void **state)
{
    dyn_control_entry_t entry = good("k=stock item=tent stock=12");
    dyn_control_field_t written[DYN_CONTROL_FIELDS_MAX];
    dyn_arena_t arena;
    char memory[8];

    (void)state;

    dyn_arena_init(&arena, memory, sizeof(memory), NULL, NULL);
    assert_int_equal(dyn_control_entry_write(&entry, &arena, written), 0);
}

static void the_docs_name_every_kind_and_its_fields(void **state)
{
    static char text[1 << 16];
    FILE *file = fopen("docs/data-model.md", "rb");
    char word[64];

    (void)state;
    assert_non_null(file);
    text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
    (void)fclose(file);

    const char *section = strstr(text, "## The control stream");

    assert_non_null(section);
    for (int i = 0; i < DYN_CONTROL_KIND_COUNT; i++) {
        (void)snprintf(word, sizeof(word), "\n| `%s` |",
                       dyn_control_kind_name((dyn_control_kind_t)i).data);
        if (strstr(section, word) == NULL) {
            fail_msg("docs/data-model.md does not say what %s is", word);
        }
    }
    for (int i = 0; i < DYN_CONTROL_FIELD_COUNT; i++) {
        (void)snprintf(word, sizeof(word), "`%s`",
                       dyn_control_field_name((dyn_control_field_e)i).data);
        if (strstr(section, word) == NULL) {
            fail_msg("docs/data-model.md does not say what the field %s is", word);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stock_is_pieces_of_an_item_or_a_place),
        cmocka_unit_test(a_price_is_an_amount_of_its_currency),
        cmocka_unit_test(overrides_name_what_they_do_until_when_and_by_whom),
        cmocka_unit_test(a_bad_entry_is_refused_with_a_sentence_that_names_the_field),
        cmocka_unit_test(positions_order_as_the_ids_of_a_stream_do),
        cmocka_unit_test(what_is_written_is_what_was_read),
        cmocka_unit_test(what_people_say_lasts_and_what_a_snapshot_has_next_does_not),
        cmocka_unit_test(nothing_is_written_where_there_is_no_room),
        cmocka_unit_test(the_docs_name_every_kind_and_its_fields),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

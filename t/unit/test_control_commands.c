/* --control of explain, replay and why: what was heard since the snapshot was built is laid over it (docs/audit.md). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "build_fixture.h"
#include "cli/base/options.h"
#include "cli/commands/commands.h"
#include "cli/input/control_read.h"
#include "deciding.h"
#include "engine/catalogue/overlay.h"
#include "engine/record/record.h"
#include "shop.h"

enum { FIRST = 10, LAST = 17 };

static const char entries[] =
    "{\"id\":\"1700000000000-0\",\"k\":\"stock\",\"item\":\"i00012\",\"stock\":\"0\"}\n"
    "{\"id\":\"1700000000001-0\",\"k\":\"price\",\"item\":\"i00013\",\"price\":\"5\","
    "\"currency\":\"EUR\"}\n"
    "{\"id\":\"1700000000002-0\",\"k\":\"stock\",\"item\":\"i00012\",\"stock\":\"3\"}\n"
    "{\"id\":\"1700000000003-0\",\"k\":\"delete\",\"item\":\"i00014\"}\n";
static const char hash[] = "0123456789abcdef0123456789abcdef";
static const dyn_slot_t recs[] = {{{"recs", 4}, DYN_SLOT_ITEMS_MAX}};
static char memory[1 << 22], output[1 << 20];
static char shop_path[256], control_path[256], records_path[256];
static dyn_arena_t arena;
static dyn_explanation_t explanation;

/* ---- a shop, and records of decisions with entries up to each of the stream ---- */

static void write_record(FILE *file, const dyn_snapshot_t *snapshot, uint64_t seed)
{
    dyn_question_t question;
    dyn_decision_t decision;
    dyn_record_t record;

    dyn_arena_init(&arena, memory, sizeof(memory), NULL, NULL);
    dyn_question_begin(&question, snapshot, NULL);
    dyn_question_session(&question, NULL, 0, NULL, 0);
    question.context.surface = DYN_SURFACE_HOME;
    question.slots = (dyn_slots_t){recs, 1};
    question.now_ms = DECIDING_NOW_MS + (int64_t)seed;
    question.seed = seed;
    assert_true(
        dyn_question_decide(snapshot, NULL, &question, NULL, &arena, &decision, &explanation));

    const dyn_recorded_t recorded = {.snapshot = snapshot,
                                     .question = &question,
                                     .decision = &decision,
                                     .explanation = &explanation,
                                     .visitor = DYN_STR(hash),
                                     .replayable = true};

    assert_true(dyn_record_of(&recorded, &arena, &record));

    dyn_str_t line = dyn_record_line(&record, &arena);

    assert_int_equal(fwrite(line.data, 1, line.len, file), line.len);
    (void)fputc('\n', file);
}

/* Records of positions 0 to 4; then of 2 again, as another worker may write it late. */
static int set_up(void **state)
{
    static const dyn_control_position_t ends[] = {0, 1, 2, 3, 4, 2};
    shop_t *shop = shop_new(40);
    dyn_control_source_t source = {.prefix = "dyn:"};
    dyn_control_entries_t read;
    dyn_error_t error;

    (void)state;
    for (uint32_t i = FIRST; i <= LAST; i++) {
        shop_edge(shop, SHOP_POPULAR, 0, i, 1.0F / (float)i);
    }
    (void)snprintf(shop_path, sizeof(shop_path), "%s", fixture_path("shop.dyn"));
    (void)snprintf(records_path, sizeof(records_path), "%s", fixture_path("records.jsonl"));
    (void)snprintf(control_path, sizeof(control_path), "%s",
                   fixture_write("control.jsonl", entries));
    assert_true(shop_save(shop, shop_path));
    source.path = control_path;
    assert_true(dyn_control_read(&source, &read, &error));
    assert_int_equal(read.count, 4);

    FILE *file = fopen(records_path, "wb");

    assert_non_null(file);
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        dyn_snapshot_t *snapshot = dyn_snapshot_open(shop_path, &error);
        dyn_overlay_t *overlay = ends[i] == 0 ? NULL : dyn_overlay_create(snapshot);

        for (size_t k = 0; k < ends[i]; k++) {
            assert_true(dyn_overlay_apply(overlay, &read.rows[k]));
        }
        write_record(file, snapshot, i + 1);
        dyn_snapshot_close(snapshot);
    }
    (void)fclose(file);
    dyn_control_entries_free(&read);
    shop_free(shop);

    return 0;
}

/* ---- a command, of which `output` has what it printed ---- */

static int run(int (*command)(int, char **), const char *const *words)
{
    char *arguments[32];
    const char *path = fixture_path("output");
    FILE *out = fopen(path, "w+b");
    int count = 0, saved[2];

    assert_non_null(out);
    while (words[count] != NULL) {
        arguments[count] = (char *)(uintptr_t)words[count];
        count++;
    }
    arguments[count] = NULL;
    (void)fflush(stdout);
    (void)fflush(stderr);
    for (int i = 0; i < 2; i++) {
        saved[i] = dup(i + 1);
        (void)dup2(fileno(out), i + 1);
    }

    int code = command(count, arguments);

    (void)fflush(stdout);
    (void)fflush(stderr);
    for (int i = 0; i < 2; i++) {
        (void)dup2(saved[i], i + 1);
        (void)close(saved[i]);
    }
    rewind(out);
    output[fread(output, 1, sizeof(output) - 1, out)] = '\0';
    (void)fclose(out);

    return code;
}

#define RUN(command, ...) \
    run(dyn_command_##command, (const char *const[]){#command, __VA_ARGS__, NULL})

static void says(const char *text)
{
    if (strstr(output, text) == NULL) {
        fail_msg("\"%s\" is not in: %s", text, output);
    }
}

/* ---- tests ---- */

static void decisions_of_every_position_are_made_again_byte_for_byte(void **state)
{
    (void)state;
    assert_int_equal(
        RUN(replay, "--from", records_path, "--snapshot", shop_path, "--control", control_path),
        DYN_EXIT_OK);
    says("6 records: 6 equal, 0 different, 0 without a question");
}

static void a_record_names_the_newest_entry_that_the_decision_saw(void **state)
{
    size_t length;
    char *text = fixture_read(records_path, &length), *line = text;

    (void)state;
    for (int end = 0; end < 5; end++) {
        char expected[64];
        size_t line_length = strcspn(line, "\n");

        (void)snprintf(expected, sizeof(expected), "\"control\":\"170000000000%d-0\"}", end - 1);
        line[line_length] = '\0';
        assert_true((strstr(line, "\"control\"") != NULL) == (end > 0));
        assert_true(end == 0 || strstr(line, expected) != NULL);
        line += line_length + 1;
    }
    free(text);
}

static void without_the_entries_records_that_saw_some_are_passed_over(void **state)
{
    (void)state;
    assert_int_equal(RUN(replay, "--from", records_path, "--snapshot", shop_path), DYN_EXIT_OK);
    says("1 records: 1 equal");
    says("5 records were passed over that cannot be read; the first: record ");
    says("it was decided with what the control stream said up to 1700000000000-0, and --control "
         "URL|FILE is needed to tell");
}

static void entries_that_end_too_early_do_not_make_another_answer(void **state)
{
    char shorter[256], text[sizeof(entries)];

    (void)state;
    (void)snprintf(text, sizeof(text), "%s", entries);
    *strstr(text, "{\"id\":\"1700000000002-0\"") = '\0';
    (void)snprintf(shorter, sizeof(shorter), "%s", fixture_write("shorter.jsonl", text));
    assert_int_equal(
        RUN(replay, "--from", records_path, "--snapshot", shop_path, "--control", shorter),
        DYN_EXIT_OK);
    says("4 records: 4 equal");
    says("--control URL|FILE ends at 1700000000001-0");
}

static void another_entry_makes_another_answer(void **state)
{
    char other[256], text[sizeof(entries)];

    (void)state;
    (void)snprintf(text, sizeof(text), "%s", entries);
    memcpy(strstr(text, "i00014"), "i00015", 6);
    (void)snprintf(other, sizeof(other), "%s", fixture_write("other.jsonl", text));
    assert_int_equal(
        RUN(replay, "--from", records_path, "--snapshot", shop_path, "--control", other),
        DYN_EXIT_DIFFERENT);
    says("6 records: 5 equal, 1 different");
}

static void what_is_no_entry_is_passed_over_with_its_line(void **state)
{
    char text[1024], path[256];

    (void)state;
    (void)snprintf(text, sizeof(text), "%s%s%s", "{\"id\":\"x\",\"k\":\"change\",\"item\":\"a\"}\n",
                   entries, "{\"id\":\"1-0\",\"k\":\"stock\",\"item\":\"a\",\"stock\":4}\nno\n");
    (void)snprintf(path, sizeof(path), "%s", fixture_write("bad.jsonl", text));
    assert_int_equal(
        RUN(replay, "--from", records_path, "--snapshot", shop_path, "--control", path),
        DYN_EXIT_OK);
    says("dynstore replay: 3 entries of --control were passed over that cannot be read; the "
         "first: ");
    says("bad.jsonl:1: \"id\" is \"x\", which is no id of the control stream");
    says("6 records: 6 equal");
    assert_int_equal(
        RUN(replay, "--from", records_path, "--snapshot", shop_path, "--control", "/nowhere"),
        DYN_EXIT_INPUT);
    says("/nowhere");
}

static void explain_decides_with_all_entries(void **state)
{
    char sold_out[256];

    (void)state;
    assert_int_equal(RUN(explain, "--snapshot", shop_path, "--surface", "home"), DYN_EXIT_OK);
    assert_null(strstr(output, "out_of_stock"));
    assert_int_equal(
        RUN(explain, "--snapshot", shop_path, "--surface", "home", "--control", control_path),
        DYN_EXIT_OK);
    assert_null(strstr(output, "out_of_stock"));
    says("not_in_catalogue");
    (void)snprintf(sold_out, sizeof(sold_out), "%s",
                   fixture_write("sold-out.jsonl", "{\"id\":\"1-0\",\"k\":\"stock\",\"item\":"
                                                   "\"i00011\",\"stock\":\"0\"}\n"));
    assert_int_equal(
        RUN(explain, "--snapshot", shop_path, "--surface", "home", "--control", sold_out),
        DYN_EXIT_OK);
    says("out_of_stock");
}

static void why_says_what_was_known_then(void **state)
{
    (void)state;
    /* the newest record is that of position 2, when the item was sold out */
    assert_int_equal(RUN(why, "--from", records_path, "--visitor", hash, "--item", "i00012",
                         "--slot", "recs", "--snapshot", shop_path),
                     DYN_EXIT_OK);
    says("More cannot be known: it was decided with what the control stream said up to ");
    assert_int_equal(RUN(why, "--from", records_path, "--visitor", hash, "--item", "i00012",
                         "--snapshot", shop_path, "--control", control_path),
                     DYN_EXIT_OK);
    assert_null(strstr(output, "More cannot be known"));
    assert_int_equal(RUN(why, "--from", records_path, "--visitor", hash, "--item", "i00012",
                         "--control", control_path),
                     DYN_EXIT_USAGE);
    says("--control needs --snapshot FILE");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decisions_of_every_position_are_made_again_byte_for_byte),
        cmocka_unit_test(a_record_names_the_newest_entry_that_the_decision_saw),
        cmocka_unit_test(without_the_entries_records_that_saw_some_are_passed_over),
        cmocka_unit_test(entries_that_end_too_early_do_not_make_another_answer),
        cmocka_unit_test(another_entry_makes_another_answer),
        cmocka_unit_test(what_is_no_entry_is_passed_over_with_its_line),
        cmocka_unit_test(explain_decides_with_all_entries),
        cmocka_unit_test(why_says_what_was_known_then),
    };

    return cmocka_run_group_tests(tests, set_up, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include <hiredis/hiredis.h>
#include <jansson.h>

#include "cli/commands/commands.h"
#include "cli/base/options.h"
#include "engine/trust/visitor.h"
#include "shop.h"
#include "engine/trust/visitor_key.h"

static char folder[] = "/tmp/dynstore-explain-XXXXXX";
static char output[1 << 20];

static const char *in_folder(const char *file)
{
    static char paths[4][128];
    static int next;
    char *path = paths[next++ % 4];

    snprintf(path, sizeof(paths[0]), "%s/%s", folder, file);

    return path;
}

static void write_file(const char *file, const char *text)
{
    FILE *out = fopen(in_folder(file), "wb");

    assert_non_null(out);
    fputs(text, out);
    fclose(out);
}

/* What the command printed is in `output`. */
static int run(int count, char **words)
{
    int saved[2];
    FILE *out = fopen(in_folder("output"), "w+b");

    assert_non_null(out);
    fflush(stdout);
    fflush(stderr);
    for (int i = 0; i < 2; i++) {
        saved[i] = dup(i + 1);
        dup2(fileno(out), i + 1);
    }

    int code = dyn_command_explain(count, words);

    fflush(stdout);
    fflush(stderr);
    for (int i = 0; i < 2; i++) {
        dup2(saved[i], i + 1);
        close(saved[i]);
    }
    rewind(out);
    output[fread(output, 1, sizeof(output) - 1, out)] = '\0';
    fclose(out);

    return code;
}

/* With the words of the line; %s is the test's folder. */
static int explain(const char *format)
{
    static char line[1024];
    char *words[40];
    int count = 0;

    snprintf(line, sizeof(line), format, folder, folder, folder, folder);
    for (char *word = strtok(line, " "); word != NULL; word = strtok(NULL, " ")) {
        words[count++] = word;
    }
    words[count] = NULL;

    return run(count, words);
}

static json_t *explained(const char *format)
{
    json_error_t error;

    if (explain(format) != DYN_EXIT_OK) {
        fail_msg("%s", output);
    }

    json_t *root = json_loads(output, 0, &error);

    if (root == NULL) {
        fail_msg("%s: %s", error.text, output);
    }

    return root;
}

static json_t *candidate(json_t *root, const char *id)
{
    json_t *list = json_object_get(json_array_get(json_object_get(root, "slots"), 0), "candidates");
    size_t i;
    json_t *row;

    json_array_foreach(list, i, row)
    {
        if (strcmp(json_string_value(json_object_get(row, "id")), id) == 0) {
            return row;
        }
    }
    fail_msg("%s is no candidate", id);

    return NULL;
}

static const char *text_at(json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static int set_up(void **state)
{
    shop_t *shop = shop_new(40);

    (void)state;
    if (mkdtemp(folder) == NULL) {
        return 1;
    }
    for (uint32_t i = 1; i < 12; i++) {
        shop_alike(shop, 0, i, 1.0F / (float)i);
    }
    for (uint32_t i = 20; i < 30; i++) {
        shop_edge(shop, SHOP_POPULAR, 0, i, 1.0F / (float)i);
    }
    shop_item(shop, 2)->stock = 0;
    shop_item(shop, 4)->age_min = 18;
    shop_countries(shop, 5, "DE", false);

    bool saved = shop_save(shop, in_folder("shop.dyn"));

    shop_free(shop);

    return saved ? 0 : 1;
}

static int tear_down(void **state)
{
    static const char *const files[] = {"shop.dyn",   "output", "log",      "events",    "key",
                                        "redis.conf", "bad",    "password", "rules.json"};

    (void)state;
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        unlink(in_folder(files[i]));
    }

    return rmdir(folder);
}

static void every_candidate_is_shown_with_its_parts_and_its_filter(void **state)
{
    json_t *root = explained(
        "explain --snapshot %s/shop.dyn --surface pdp --item i00000 --slot recs=3 --json");
    json_t *first = candidate(root, "i00001");

    (void)state;
    assert_string_equal(text_at(root, "schema"), "dynstore.explanation/1");
    assert_string_equal(text_at(json_object_get(root, "decision"), "rung"), "context");
    assert_int_equal(json_integer_value(json_object_get(first, "place")), 0);
    assert_true(json_is_null(json_object_get(first, "removed_by")));
    assert_true(json_real_value(json_object_get(json_object_get(first, "parts"), "similar")) >
                0.79);
    assert_string_equal(text_at(candidate(root, "i00002"), "removed_by"), "out_of_stock");
    assert_true(json_is_null(json_object_get(candidate(root, "i00002"), "place")));
    assert_string_equal(text_at(candidate(root, "i00004"), "removed_by"), "age");
    assert_string_equal(text_at(candidate(root, "i00005"), "removed_by"), "country");
    json_decref(root);

    root = explained("explain --snapshot %s/shop.dyn --surface pdp --item i00000 --slot recs=3 "
                     "--age 18 --country DE --json");
    assert_true(json_is_null(json_object_get(candidate(root, "i00004"), "removed_by")));
    assert_true(json_is_null(json_object_get(candidate(root, "i00005"), "removed_by")));
    json_decref(root);
}

static void the_table_says_the_same_for_people(void **state)
{
    (void)state;
    assert_int_equal(
        explain(
            "explain --snapshot %s/shop.dyn --surface pdp --item i00000 --seed 00000000000000ff"),
        DYN_EXIT_OK);
    assert_non_null(strstr(output, "decision  00000000000000ff\n"));
    assert_non_null(strstr(output, "slot recs: \"Similar to Item 0\", rung context, confidence"));
    assert_non_null(strstr(output, "removed: out_of_stock"));
    assert_non_null(strstr(output, "(Similar to Item 0)"));
}

/* The page shows what the command prints about the slot. */
static void the_documented_example_is_what_is_printed(void **state)
{
    static char page[1 << 16];
    FILE *in = fopen("docs/explain.md", "rb");

    (void)state;
    assert_non_null(in);
    page[fread(page, 1, sizeof(page) - 1, in)] = '\0';
    fclose(in);
    assert_int_equal(
        explain("explain --snapshot %s/shop.dyn --surface pdp --item i00000 --slot recs=3"),
        DYN_EXIT_OK);

    const char *slot = strstr(output, "slot recs:");

    assert_non_null(slot);
    if (strstr(page, slot) == NULL) {
        fprintf(stderr, "%s", slot);
        fail_msg("docs/explain.md does not show the lines above");
    }
}

static void write_rules(void)
{
    write_file("rules.json",
               "{\"schema\": \"dynstore.rules/1\", \"rules\": ["
               "{\"id\": \"first\", \"then\": {\"pin\": {\"items\": [\"i00009\", \"i00002\"], "
               "\"position\": 2}}}, "
               "{\"id\": \"sale\", \"when\": {\"item\": {\"id\": [\"i00003\", \"i00006\"]}}, "
               "\"then\": {\"boost\": 1.5}}, "
               "{\"id\": \"gold\", \"when\": {\"tier\": \"gold\", \"language\": \"de\", "
               "\"search\": {\"words\": \"tents\"}}, \"then\": {\"limit\": 2}}, "
               "{\"id\": \"recall\", \"when\": {\"country\": \"DE\", \"item\": {\"id\": "
               "\"i00001\"}}, \"then\": {\"exclude\": true}}]}\n");
}

/* The page shows what the command prints about rules. */
static void rules_tell_what_they_did_and_candidates_which_of_them_touched_them(void **state)
{
    static char page[1 << 16];
    FILE *in = fopen("docs/explain.md", "rb");
    char *rules, *end;

    (void)state;
    assert_non_null(in);
    page[fread(page, 1, sizeof(page) - 1, in)] = '\0';
    fclose(in);
    write_rules();
    assert_int_equal(explain("explain --snapshot %s/shop.dyn --rules %s/rules.json --surface pdp "
                             "--item i00000 --slot recs=3"),
                     DYN_EXIT_OK);
    assert_non_null(strstr(output, "removed: out_of_stock  rules: first pin\n"));
    assert_non_null(strstr(output, "rules: sale boost x1.50\n"));
    rules = strstr(output, "  rule first\n");
    assert_non_null(rules);
    end = strstr(rules, "  place ");
    assert_non_null(end);
    *end = '\0';
    if (strstr(page, rules) == NULL) {
        fprintf(stderr, "%s", rules);
        fail_msg("docs/explain.md does not show the lines above");
    }
}

static void what_rules_ask_of_the_request_can_be_said(void **state)
{
    json_t *root, *rules;
    uint32_t own = 0;

    (void)state;
    write_rules();
    root = explained("explain --snapshot %s/shop.dyn --rules %s/rules.json --surface pdp --item "
                     "i00000 --slot recs=3 --country DE --language de_at --attribute tier=gold "
                     "--search tents --json");
    rules = json_object_get(json_array_get(json_object_get(root, "slots"), 0), "rules");
    for (size_t i = 0; i < json_array_size(rules); i++) {
        const json_t *rule = json_array_get(rules, i);
        bool built_in = strncmp(json_string_value(json_object_get(rule, "id")), "default-", 8) == 0;

        assert_true(json_is_true(json_object_get(rule, "holds")) != built_in);
        assert_true((json_array_size(json_object_get(rule, "effects")) > 0) != built_in);
        own += !built_in;
    }
    assert_int_equal(own, 4);
    assert_string_equal(text_at(candidate(root, "i00001"), "removed_by"), "excluded");
    assert_true(json_real_value(json_object_get(candidate(root, "i00003"), "boost")) > 1.49);
    assert_string_equal(
        text_at(json_array_get(json_object_get(candidate(root, "i00009"), "rules"), 0), "id"),
        "first");
    json_decref(root);

    write_file("rules.json", "{\"schema\": \"dynstore.rules/1\", \"rule\": []}\n");
    assert_int_equal(explain("explain --snapshot %s/shop.dyn --rules %s/rules.json --surface pdp"),
                     DYN_EXIT_INPUT);
    assert_non_null(strstr(output, "rules.json:1:"));
}

static void an_item_or_category_that_the_snapshot_does_not_have_is_said_to_be_missing(void **state)
{
    (void)state;
    assert_int_equal(explain("explain --snapshot %s/shop.dyn --surface pdp --item i00000"),
                     DYN_EXIT_OK);
    assert_non_null(strstr(output, "item      i00000  Item 0\n"));
    assert_int_equal(explain("explain --snapshot %s/shop.dyn --surface pdp --item i0000"),
                     DYN_EXIT_OK);
    assert_non_null(strstr(output, "item      i0000  not in the snapshot: decided without it\n"));
    assert_int_equal(explain("explain --snapshot %s/shop.dyn --surface plp --item no-packs"),
                     DYN_EXIT_OK);
    assert_non_null(
        strstr(output, "category  no-packs  not in the snapshot: decided without it\n"));
}

static void a_session_is_read_from_log_entries_as_redis_cli_prints_them(void **state)
{
    (void)state;
    write_file("log", " 1) \"vi 1700000005000 i00020\"\n 2) \"vi 1700000000000 i00000\"\n");

    json_t *root =
        explained("explain --snapshot %s/shop.dyn --surface home --session %s/log --json");

    assert_string_equal(text_at(json_object_get(root, "decision"), "rung"), "session");
    assert_int_equal(json_integer_value(json_object_get(root, "now_ms")), 1700000005000);
    assert_true(json_object_size(json_object_get(candidate(root, "i00001"), "parts")) > 0);
    json_decref(root);

    write_file("bad", "vi 1700000005000 i00020\nnot an entry\n");
    assert_int_equal(explain("explain --snapshot %s/shop.dyn --surface home --session %s/bad"),
                     DYN_EXIT_INPUT);
    assert_non_null(strstr(output, "/bad:2: \"not an entry\" is not an entry of a session log"));
}

static void a_session_is_read_from_json_lines_in_order_of_time(void **state)
{
    (void)state;
    write_file(
        "events",
        "{\"event\":\"view_item\",\"item_id\":\"i00000\",\"time\":\"2026-03-01T00:00:00Z\"}\n"
        "{\"event\":\"add_to_cart\",\"item_id\":\"i00003\",\"time\":\"2026-03-01T00:01:00Z\"}\n");

    json_t *root =
        explained("explain --snapshot %s/shop.dyn --surface home --session %s/events --json");

    assert_string_equal(text_at(candidate(root, "i00003"), "removed_by"), "in_cart");
    assert_int_equal(json_integer_value(json_object_get(root, "now_ms")), 1772323260000);
    json_decref(root);

    write_file("bad", "{\"event\":\"view_item\",\"item_id\":\"i00000\"}\n");
    assert_int_equal(explain("explain --snapshot %s/shop.dyn --surface home --session %s/bad"),
                     DYN_EXIT_INPUT);
    assert_non_null(strstr(output, "/bad:1: time: missing"));
}

static void a_wrong_command_line_is_said_in_a_sentence(void **state)
{
    static const char *const lines[][2] = {
        {"explain --surface pdp", "--snapshot FILE is missing"},
        {"explain --snapshot %s/shop.dyn", "--surface NAME is missing"},
        {"explain --snapshot %s/shop.dyn --surface basket", "--surface \"basket\": should be home"},
        {"explain --snapshot %s/shop.dyn --surface pdp --item a\001", "should be an item's id"},
        {"explain --snapshot %s/shop.dyn --surface pdp --country de",
         "--country \"de\": should be two capital letters"},
        {"explain --snapshot %s/shop.dyn --surface pdp --age old", "age"},
        {"explain --snapshot %s/shop.dyn --surface pdp --attribute gold",
         "should be NAME=VALUE, such as tier=gold"},
        {"explain --snapshot %s/shop.dyn --surface pdp --language d!", "--language"},
        {"explain --snapshot %s/shop.dyn --surface pdp --seed xyz",
         "--seed \"xyz\": should be 1 to 16 hex digits"},
        {"explain --snapshot %s/shop.dyn --surface pdp --now soon",
         "--now \"soon\": should be ISO 8601"},
        {"explain --snapshot %s/shop.dyn --surface pdp --slot recs=99",
         "the number of items must be 1 to 24"},
        {"explain --snapshot %s/shop.dyn --surface pdp --visitor-from-redis redis://h",
         "needs --visitor VALUE and --key FILE"},
        {"explain --snapshot %s/shop.dyn --surface pdp --password-file %s/password",
         "--password-file needs --visitor-from-redis URL"},
        {"explain --snapshot %s/shop.dyn --surface pdp --visitor-from-redis http://h",
         "--visitor-from-redis: the address of Redis cannot be read: "},
        {"explain --snapshot %s/shop.dyn --surface pdp --prefix "
         "0123456789012345678901234567890123456789012345678901234567890123:",
         "--prefix: the prefix of keys must be 1 to 64 printable"},
        {"explain --snapshot %s/shop.dyn --surface pdp --prefix {shop}:",
         "--prefix: the prefix of keys must be 1 to 64 printable"},
        {"explain --snapshot %s/shop.dyn --surface pdp extra", "takes no operands"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        int code = explain(lines[i][0]);

        if (code != DYN_EXIT_USAGE || strstr(output, lines[i][1]) == NULL) {
            fail_msg("%s: exit code %d: %s", lines[i][0], code, output);
        }
    }
    assert_int_equal(explain("explain --snapshot %s/none.dyn --surface pdp"), DYN_EXIT_INPUT);
}

/* Everybody can read a command line with `ps`. */
static void a_password_on_the_command_line_is_refused_wiped_and_not_said(void **state)
{
    char url[] = "redis://shop:hidden@127.0.0.1:1/2";
    char *argv[] = {(char *)(uintptr_t) "explain", (char *)(uintptr_t) "--visitor-from-redis", url,
                    NULL};

    (void)state;
    assert_int_equal(run(3, argv), DYN_EXIT_USAGE);
    assert_string_equal(url, "redis://shop:******@127.0.0.1:1/2");
    assert_non_null(strstr(output, "--password-file FILE, or set DYNSTORE_REDIS_PASSWORD"));
    assert_null(strstr(output, "hidden"));

    /* whatever else is wrong with it */
    assert_int_equal(explain("explain --visitor-from-redis rediss://:hidden@h:x/y"),
                     DYN_EXIT_USAGE);
    assert_null(strstr(output, "hidden"));
    assert_int_equal(explain("explain --visitor-from-redis :hidden@h"), DYN_EXIT_USAGE);
    assert_null(strstr(output, "hidden"));
}

static void a_user_without_a_password_is_told_where_one_comes_from(void **state)
{
    uint8_t key[DYN_VISITOR_KEY_BYTES];
    dyn_error_t error;

    (void)state;
    assert_true(dyn_visitor_key_load(in_folder("key"), true, key, &error));
    assert_int_equal(explain("explain --snapshot %s/shop.dyn --surface home --visitor-from-redis "
                             "redis://shop@127.0.0.1:1 --visitor "
                             "0123456789abcdef0123456789abcdef --key %s/key"),
                     DYN_EXIT_SYSTEM);
    assert_non_null(strstr(output, "redis://127.0.0.1:1: a user needs a password"));
}

#define WITH_REDIS                                                                        \
    "explain --snapshot %s/shop.dyn --surface home --visitor-from-redis unix:%s/redis:0 " \
    "--visitor 0123456789abcdef0123456789abcdef --key %s/key --prefix t:"

/* A Redis of our own on a socket in the folder; 0 when there is no redis-server here. */
static pid_t start_redis(redisContext **redis)
{
    pid_t pid = fork();

    if (pid == 0) {
        freopen("/dev/null", "w", stdout);
        execlp("redis-server", "redis-server", "--port", "0", "--unixsocket", in_folder("redis"),
               "--save", "", "--dir", folder, "--requirepass", "secret", (char *)NULL);
        _exit(127);
    }
    for (int i = 0; i < 200; i++) {
        usleep(25000);
        *redis = redisConnectUnix(in_folder("redis"));
        if (*redis != NULL && (*redis)->err == 0) {
            return pid;
        }
        redisFree(*redis);
        if (waitpid(pid, NULL, WNOHANG) == pid) {
            return 0;
        }
    }
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);

    return 0;
}

static void a_session_is_fetched_from_redis_under_the_visitor_s_hash(void **state)
{
    uint8_t key[DYN_VISITOR_KEY_BYTES];
    dyn_visitor_key_t prepared;
    char hash[DYN_VISITOR_HASH_BYTES + 1];
    redisContext *redis = NULL;
    dyn_error_t error;
    pid_t pid = start_redis(&redis);

    (void)state;
    if (pid == 0) {
        print_message("no redis-server here: skipped\n");
        skip();
    }
    assert_true(dyn_visitor_key_load(in_folder("key"), true, key, &error));
    assert_true(dyn_visitor_key_prepare(key, &prepared));
    assert_true(dyn_visitor_hash(&prepared, DYN_STR("0123456789abcdef0123456789abcdef"), hash));
    freeReplyObject(redisCommand(redis, "AUTH secret"));
    freeReplyObject(redisCommand(redis, "LPUSH t:r:{%s} %s", hash, "vi 1700000000000 i00000"));
    freeReplyObject(redisCommand(redis, "HSET t:s:{%s} utm_source mail", hash));

    /* without its password the session is refused, in a sentence */
    int code =
        explain("explain --snapshot %s/shop.dyn --surface home --visitor-from-redis unix:%s/redis "
                "--visitor 0123456789abcdef0123456789abcdef --key %s/key --prefix t:");
    bool refused = code == DYN_EXIT_SYSTEM && strstr(output, "NOAUTH") != NULL;

    /* from a file, from the environment; the file comes first, and a wrong one is not shown */
    write_file("password", "secret\n");
    chmod(in_folder("password"), 0600);
    int from_file = explain(WITH_REDIS " --password-file %s/password");

    setenv("DYNSTORE_REDIS_PASSWORD", "secret", 1);
    int from_environment = explain(WITH_REDIS);

    write_file("password", "hidden\n");
    int wrong = explain(WITH_REDIS " --password-file %s/password");
    bool not_shown = strstr(output, "WRONGPASS") != NULL && strstr(output, "hidden") == NULL;

    chmod(in_folder("password"), 0644);
    int open_to_all = explain(WITH_REDIS " --password-file %s/password");
    bool said = strstr(output, "chmod 600") != NULL;

    unsetenv("DYNSTORE_REDIS_PASSWORD");
    freeReplyObject(redisCommand(redis, "CONFIG SET requirepass %s", ""));

    code =
        explain("explain --snapshot %s/shop.dyn --surface home --visitor-from-redis unix:%s/redis "
                "--visitor 0123456789abcdef0123456789abcdef --key %s/key --prefix t:");
    redisFree(redis);
    kill(pid, SIGTERM);
    waitpid(pid, NULL, 0);
    unlink(in_folder("redis"));
    assert_true(refused);
    assert_int_equal(from_file, DYN_EXIT_OK);
    assert_int_equal(from_environment, DYN_EXIT_OK);
    assert_int_equal(wrong, DYN_EXIT_SYSTEM);
    assert_true(not_shown);
    assert_int_equal(open_to_all, DYN_EXIT_SYSTEM);
    assert_true(said);
    if (code != DYN_EXIT_OK) {
        fail_msg("%s", output);
    }
    assert_non_null(strstr(output, "rung      session\n"));
    assert_non_null(strstr(output, "session   1 events, 1 items\n"));
    assert_non_null(strstr(output, "now       1700000000000\n"));

    assert_int_equal(
        explain("explain --snapshot %s/shop.dyn --surface home --visitor-from-redis unix:%s/redis "
                "--visitor 0123456789abcdef0123456789abcdef --key %s/key"),
        DYN_EXIT_SYSTEM);
    assert_non_null(strstr(output, "cannot connect"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_candidate_is_shown_with_its_parts_and_its_filter),
        cmocka_unit_test(the_table_says_the_same_for_people),
        cmocka_unit_test(the_documented_example_is_what_is_printed),
        cmocka_unit_test(rules_tell_what_they_did_and_candidates_which_of_them_touched_them),
        cmocka_unit_test(what_rules_ask_of_the_request_can_be_said),
        cmocka_unit_test(an_item_or_category_that_the_snapshot_does_not_have_is_said_to_be_missing),
        cmocka_unit_test(a_session_is_read_from_log_entries_as_redis_cli_prints_them),
        cmocka_unit_test(a_session_is_read_from_json_lines_in_order_of_time),
        cmocka_unit_test(a_wrong_command_line_is_said_in_a_sentence),
        cmocka_unit_test(a_password_on_the_command_line_is_refused_wiped_and_not_said),
        cmocka_unit_test(a_user_without_a_password_is_told_where_one_comes_from),
        cmocka_unit_test(a_session_is_fetched_from_redis_under_the_visitor_s_hash),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}

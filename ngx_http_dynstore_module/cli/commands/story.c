/* dynstore story: walks shopping stories and says where a block is not what the story expects. */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands/commands.h"
#include "cli/base/options.h"
#include "cli/input/lines.h"
#include "cli/input/rules_file.h"
#include "cli/story/check.h"
#include "cli/story/walk.h"

enum { ARENA_BYTES = 64 << 20 };

enum {
    OPTION_SNAPSHOT,
    OPTION_RULES,
    OPTION_FEATURES,
    OPTION_ANSWERS,
    OPTION_VERBOSE,
    OPTION_JSON
};

static const dyn_option_t option_table[] = {
    [OPTION_SNAPSHOT] = {"snapshot", 's', "FILE", "what `dynstore build` wrote"},
    [OPTION_RULES] = {"rules", 'r', "FILE",
                      "decide by this rules file; without it by the built-in rules"},
    [OPTION_FEATURES] = {"features", 0, "FILE",
                         "GrowthBook's payload, as dynstore_features has it"},
    [OPTION_ANSWERS] = {"answers", 0, "FILE",
                        "check these answers, one step a line, in place of deciding"},
    [OPTION_VERBOSE] = {"verbose", 'v', NULL, "show every block of every step"},
    [OPTION_JSON] = {"json", 0, NULL, "print JSON"},
};

typedef struct {
    const char *snapshot_path, *rules_path, *features_path, *answers_path;
    bool verbose, json;
    const dyn_snapshot_t *snapshot;
    dyn_policy_t *policy; /* NULL: the built-in one */
    json_t *answers;      /* path of a story -> step as a text -> list of answers; NULL: decide */
    dyn_arena_t arena;
    void *block;
    json_t *failures, *pages; /* of the story at work; pages: dyn_story_check() */
    json_t *report;
    size_t passed, failed;
} run_t;

static void print_indented(dyn_str_t text)
{
    const char *at = text.data, *end = text.data + text.len;

    while (at < end) {
        const char *line = memchr(at, '\n', (size_t)(end - at));
        size_t length = (size_t)((line == NULL ? end : line) - at);

        printf("        %.*s\n", (int)length, at);
        at += length + 1;
    }
}

static void show_page(run_t *run, const dyn_story_step_t *step, size_t number,
                      const json_t *answers)
{
    char words[256];

    dyn_story_step_words(step, words, sizeof(words));
    printf("    step %zu, %s\n", number + 1, words);
    for (size_t i = 0; i < step->slot_count; i++) {
        dyn_str_t name = step->slots[i].name;
        dyn_str_t block = dyn_story_block(run->snapshot, answers, name, &run->arena);

        printf("      %.*s:%s\n", (int)name.len, name.data, block.len == 0 ? " nothing" : "");
        print_indented(block);
    }
}

/* What one visit's answers are worth; failures are kept until the story is told. */
static void judge(run_t *run, const dyn_story_t *story, size_t number, json_t *answers)
{
    const dyn_story_step_t *step = &story->steps[number];
    dyn_story_failure_t *failures =
        dyn_arena_array(&run->arena, step->check_count, sizeof(*failures));
    char words[256];

    while (json_array_size(run->pages) < number) {
        json_array_append_new(run->pages, json_null());
    }
    json_array_append(run->pages, answers);
    if (run->verbose && !run->json) {
        show_page(run, step, number, answers);
    }

    size_t failed = failures == NULL ? 0
                                     : dyn_story_check(run->snapshot, story, number, run->pages,
                                                       &run->arena, failures);

    dyn_story_step_words(step, words, sizeof(words));
    for (size_t i = 0; i < failed; i++) {
        const dyn_story_check_t *check = failures[i].check;

        json_array_append_new(
            run->failures,
            json_pack("{s:i, s:s, s:s%, s:s%, s:s%, s:s%}", "step", (int)number + 1, "page", words,
                      "slot", check->slot.data, check->slot.len, "wrong", failures[i].sentence.data,
                      failures[i].sentence.len, "why", check->why.len > 0 ? check->why.data : "",
                      check->why.len, "shown",
                      failures[i].shown.len > 0 ? failures[i].shown.data : "",
                      failures[i].shown.len));
    }
}

static bool take_answer(void *context, const dyn_story_t *story, size_t step, dyn_str_t answer)
{
    json_t *answers = json_pack("[o]", json_loadb(answer.data, answer.len, 0, NULL));

    if (answers == NULL) {
        return false;
    }
    judge(context, story, step, answers);
    json_decref(answers);

    return true;
}

/* The visits of a story by the answers that were given; a visit without a line was never answered. */
static void judge_answers(run_t *run, const dyn_story_t *story)
{
    const json_t *of_story = json_object_get(run->answers, story->path);

    for (size_t i = 0; i < story->step_count; i++) {
        char number[24], words[256];

        if (story->steps[i].kind != DYN_STORY_VISIT) {
            continue;
        }
        snprintf(number, sizeof(number), "%zu", i + 1);

        json_t *list = json_object_get(of_story, number);

        if (list == NULL) {
            dyn_story_step_words(&story->steps[i], words, sizeof(words));
            json_array_append_new(run->failures,
                                  json_pack("{s:i, s:s, s:s, s:s, s:s, s:s}", "step", (int)i + 1,
                                            "page", words, "slot", "page", "wrong",
                                            "there is no answer to this step", "why", "", "shown",
                                            ""));
            continue;
        }
        judge(run, story, i, list);
    }
}

static void tell(run_t *run, const dyn_story_t *story)
{
    size_t count = json_array_size(run->failures);

    if (run->json) {
        json_array_append_new(run->report,
                              json_pack("{s:s, s:s%, s:b, s:O}", "story", story->path, "title",
                                        story->title.data, story->title.len, "passed", count == 0,
                                        "failures", run->failures));
        return;
    }
    printf("%s  %s: %.*s\n", count == 0 ? "ok    " : "FAILED", story->path, (int)story->title.len,
           story->title.data);
    for (size_t i = 0; i < count; i++) {
        const json_t *failure = json_array_get(run->failures, i);
        const char *why = json_string_value(json_object_get(failure, "why"));
        const char *shown = json_string_value(json_object_get(failure, "shown"));

        printf("    step %d, %s, %s: %s%s%s%s\n",
               (int)json_integer_value(json_object_get(failure, "step")),
               json_string_value(json_object_get(failure, "page")),
               json_string_value(json_object_get(failure, "slot")),
               json_string_value(json_object_get(failure, "wrong")), why[0] == '\0' ? "" : " (",
               why, why[0] == '\0' ? "" : ")");
        if (!run->verbose) {
            print_indented(dyn_str_from(shown));
        }
    }
}

static void report_fault(void *context, const char *sentence)
{
    (void)context;
    fprintf(stderr, "dynstore story: %s\n", sentence);
}

static int walk_file(run_t *run, const char *path)
{
    dyn_error_t error = {.text = ""};
    dyn_faults_t faults = {.max = UINT64_MAX, .report = report_fault, .error = &error};
    dyn_story_t story;

    dyn_arena_init(&run->arena, run->block, ARENA_BYTES, NULL, NULL);
    if (!dyn_story_read(path, run->snapshot, &run->arena, &faults, &story, &error)) {
        return error.text[0] == '\0' ? DYN_EXIT_INPUT
                                     : dyn_command_failed("story", DYN_EXIT_INPUT, &error);
    }

    run->failures = json_array();
    run->pages = json_array();
    if (run->answers != NULL) {
        judge_answers(run, &story);
    } else if (!dyn_story_walk(&story, run->snapshot, run->policy, take_answer, run)) {
        json_decref(run->failures);
        json_decref(run->pages);
        dyn_fail(&error, "not enough memory");
        return dyn_command_failed("story", DYN_EXIT_SYSTEM, &error);
    }
    *(json_array_size(run->failures) == 0 ? &run->passed : &run->failed) += 1;
    tell(run, &story);
    json_decref(run->failures);
    json_decref(run->pages);

    return DYN_EXIT_OK;
}

static bool take_line(json_t *answers, dyn_str_t line)
{
    json_t *row = json_loadb(line.data, line.len, 0, NULL);
    const char *path = json_string_value(json_object_get(row, "story"));
    json_t *step = json_object_get(row, "step");
    json_t *list = json_object_get(row, "answers");
    bool good = path != NULL && json_is_integer(step) && json_is_array(list);

    if (good) {
        json_t *of_story = json_object_get(answers, path);
        char number[24];

        snprintf(number, sizeof(number), "%" JSON_INTEGER_FORMAT, json_integer_value(step));
        if (of_story == NULL) {
            of_story = json_object();
            json_object_set_new(answers, path, of_story);
        }
        json_object_set(of_story, number, list);
    }
    json_decref(row);

    return good;
}

static bool read_answers(run_t *run, dyn_error_t *error)
{
    dyn_lines_t *lines = dyn_lines_open(run->answers_path, error);
    bool good = lines != NULL;
    dyn_str_t line;

    run->answers = json_object();
    while (good && dyn_lines_next(lines, &line)) {
        if (line.len > 0 && !take_line(run->answers, line)) {
            good = dyn_fail(error,
                            "%.200s:%" PRIu64 ": answers: should be an object with story (the "
                            "file's path), step (from 1) and answers (a list of decisions)",
                            run->answers_path, dyn_lines_number(lines));
        }
    }
    if (lines != NULL && !dyn_lines_close(lines, good ? error : NULL)) {
        good = false;
    }

    return good;
}

static int walk_files(run_t *run, char **paths, int count)
{
    int worst = DYN_EXIT_OK;

    for (int i = 0; i < count; i++) {
        int code = walk_file(run, paths[i]);

        worst = code > worst ? code : worst;
    }
    if (run->json) {
        json_dumpf(run->report, stdout, JSON_INDENT(2));
        printf("\n");
    } else {
        printf("story: %zu passed, %zu failed\n", run->passed, run->failed);
    }

    return worst != DYN_EXIT_OK ? worst : run->failed > 0 ? DYN_EXIT_DIFFERENT : DYN_EXIT_OK;
}

static int open_and_walk(run_t *run, char **paths, int count)
{
    dyn_error_t error;
    dyn_snapshot_t *snapshot = dyn_snapshot_open(run->snapshot_path, &error);
    int code;

    run->block = malloc(ARENA_BYTES);
    run->report = json_array();
    run->snapshot = snapshot;
    if (snapshot == NULL) {
        code = dyn_command_failed("story", DYN_EXIT_INPUT, &error);
    } else if (run->block == NULL) {
        dyn_fail(&error, "not enough memory");
        code = dyn_command_failed("story", DYN_EXIT_SYSTEM, &error);
    } else if (!dyn_rules_file_read(run->rules_path, run->features_path, snapshot, &run->policy,
                                    &error)) {
        code = dyn_command_failed("story", DYN_EXIT_INPUT, &error);
    } else if (run->answers_path != NULL && !read_answers(run, &error)) {
        code = dyn_command_failed("story", DYN_EXIT_INPUT, &error);
    } else {
        code = walk_files(run, paths, count);
    }
    json_decref(run->report);
    json_decref(run->answers);
    free(run->block);
    dyn_policy_free(run->policy);
    dyn_snapshot_close(snapshot);

    return code;
}

int dyn_command_story(int argc, char **argv)
{
    static dyn_options_t options = {
        .command = "story",
        .usage = "FILE... --snapshot FILE [OPTION]...",
        .help = "Walks shopping stories as nginx would serve them and checks the block of every "
                "page against what the\n"
                "story expects. docs/stories.md describes the files.",
        .options = option_table,
        .count = sizeof(option_table) / sizeof(option_table[0]),
    };
    run_t run = {.snapshot_path = NULL};
    int option;

    dyn_options_begin(&options, argc, argv);
    while ((option = dyn_options_next(&options)) >= 0) {
        switch (option) {
        case OPTION_SNAPSHOT:
            run.snapshot_path = options.value;
            break;
        case OPTION_RULES:
            run.rules_path = options.value;
            break;
        case OPTION_FEATURES:
            run.features_path = options.value;
            break;
        case OPTION_ANSWERS:
            run.answers_path = options.value;
            break;
        case OPTION_VERBOSE:
            run.verbose = true;
            break;
        default:
            run.json = true;
            break;
        }
    }
    if (option == DYN_OPTION_STOP) {
        return options.exit_code;
    }
    if (run.snapshot_path == NULL || optind >= argc) {
        return dyn_usage_error("story", "at least one story and --snapshot FILE are needed");
    }

    const char *missing = dyn_rules_file_missing(run.rules_path, run.features_path);

    if (missing != NULL) {
        return dyn_usage_error("story", "%s", missing);
    }

    return open_and_walk(&run, argv + optind, argc - optind);
}

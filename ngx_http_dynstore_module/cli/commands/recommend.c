/* dynstore recommend: what the model says of a list of clicks, with what made each score. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands/commands.h"
#include "cli/base/options.h"
#include "cli/base/report.h"
#include "engine/catalogue/snapshot.h"

enum {
    OPTION_SNAPSHOT,
    OPTION_ITEMS,
    OPTION_COUNT,
    OPTION_WIDGET,
    OPTION_PLAIN,
    OPTION_JSON,
    ITEMS_MAX = 256
};

static const dyn_option_t option_table[] = {
    [OPTION_SNAPSHOT] = {"snapshot", 's', "FILE", "the snapshot whose model is asked"},
    [OPTION_ITEMS] = {"items", 'i', "A,B,C", "ids of the items clicked, oldest first"},
    [OPTION_COUNT] = {"count", 'n', "N", "length of the list (20)"},
    [OPTION_WIDGET] = {"widget", 0, NULL, "leave out the items clicked, as a block in a page does"},
    [OPTION_PLAIN] = {"plain", 0, NULL, "without the trees"},
    [OPTION_JSON] = {"json", 0, NULL, "print JSON"},
};

typedef struct {
    const char *snapshot, *items;
    uint64_t count;
    bool widget, plain, json;
} settings_t;

/* False with a sentence when an id is unknown. */
static bool read_items(const dyn_snapshot_t *snapshot, const char *text, uint32_t *items,
                       size_t *count, dyn_error_t *error)
{
    while (*text != '\0') {
        size_t length = strcspn(text, ",");

        if (length > 0) {
            if (*count == ITEMS_MAX) {
                return dyn_fail(error, "--items: at most %d can be", ITEMS_MAX);
            }
            items[*count] = dyn_snapshot_find_item(snapshot, (dyn_str_t){text, length}, NULL);
            if (items[(*count)++] == DYN_NONE) {
                return dyn_fail(error, "--items: the snapshot has no item \"%.*s\"", (int)length,
                                text);
            }
        }
        text += length + (text[length] == ',');
    }

    return *count > 0 || dyn_fail(error, "--items: no id is given");
}

static json_t *row_of(const dyn_snapshot_t *snapshot, const dyn_model_result_t *result)
{
    const dyn_item_t *item = &snapshot->items[result->item];

    return json_pack("{s:o, s:f, s:f, s:f, s:f, s:f, s:f, s:o}", "id",
                     dyn_report_text(dyn_snapshot_string(snapshot, item->id)), "score",
                     (double)result->score, "knn", (double)result->parts.knn, "walk",
                     (double)result->parts.walk, "prior", (double)result->parts.prior, "repeat",
                     (double)result->parts.repeat, "rerank", (double)result->parts.rerank, "title",
                     dyn_report_text(dyn_snapshot_string(snapshot, item->title)));
}

static int run(const settings_t *settings)
{
    static dyn_model_result_t results[DYN_MODEL_RESULTS_MAX];
    uint32_t items[ITEMS_MAX];
    size_t count = 0;
    dyn_error_t error;
    dyn_snapshot_t *snapshot = dyn_snapshot_open(settings->snapshot, &error);
    dyn_model_scratch_t *scratch = calloc(1, dyn_model_scratch_size());
    int code = DYN_EXIT_OK;

    if (snapshot == NULL || scratch == NULL) {
        code = dyn_command_failed("recommend", DYN_EXIT_INPUT, &error);
    } else if (snapshot->model.header == NULL) {
        dyn_fail(&error, "%s: has no model: it was built without events", settings->snapshot);
        code = dyn_command_failed("recommend", DYN_EXIT_INPUT, &error);
    } else if (!read_items(snapshot, settings->items, items, &count, &error)) {
        code = dyn_command_failed("recommend", DYN_EXIT_DIFFERENT, &error);
    } else {
        dyn_model_query_t query = {.items = items,
                                   .count = count,
                                   .exclude_session = settings->widget,
                                   .plain = settings->plain,
                                   .want = settings->count};
        size_t taken = dyn_model_query(&snapshot->model, &query, scratch, results);
        json_t *list = json_array();

        for (size_t i = 0; i < taken; i++) {
            json_array_append_new(list, row_of(snapshot, &results[i]));
        }

        json_t *report = json_pack("{s:s, s:o}", "snapshot", snapshot->build_id, "items", list);

        dyn_report_print(stdout, report, settings->json);
        json_decref(report);
    }
    free(scratch);
    dyn_snapshot_close(snapshot);

    return code;
}

int dyn_command_recommend(int argc, char **argv)
{
    settings_t settings = {.count = 20};
    dyn_options_t options = {
        .command = "recommend",
        .usage = "--snapshot FILE --items A,B,C [OPTION]...",
        .help = "Prints what the model recommends after these clicks. A score is (knn + 2 walk) * "
                "prior, normalized, plus\n"
                "repeat, times rerank; docs/model.md says what each is.",
        .options = option_table,
        .count = sizeof(option_table) / sizeof(option_table[0]),
    };
    dyn_error_t error;
    int option;

    dyn_options_begin(&options, argc, argv);
    while ((option = dyn_options_next(&options)) >= 0) {
        switch (option) {
        case OPTION_SNAPSHOT:
            settings.snapshot = options.value;
            break;
        case OPTION_ITEMS:
            settings.items = options.value;
            break;
        case OPTION_COUNT:
            if (!dyn_option_number("count", options.value, 1, DYN_MODEL_RESULTS_MAX,
                                   &settings.count, &error)) {
                return dyn_usage_error("recommend", "%s", error.text);
            }
            break;
        case OPTION_WIDGET:
            settings.widget = true;
            break;
        case OPTION_PLAIN:
            settings.plain = true;
            break;
        default:
            settings.json = true;
            break;
        }
    }
    if (option == DYN_OPTION_STOP) {
        return options.exit_code;
    }
    if (optind < argc || settings.snapshot == NULL || settings.items == NULL) {
        return dyn_usage_error("recommend",
                               "--snapshot FILE and --items A,B,C are needed, and nothing else");
    }

    return run(&settings);
}

/*
 * dynstore tune: searches the model's parameters. The newest sessions are foretold by a model of those before them; half of the
 * newest say which change helps, the other half, which the search never saw, whether the result may be kept.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands/commands.h"
#include "cli/train/evaluate.h"
#include "cli/train/model_build.h"
#include "cli/train/model_sessions.h"
#include "cli/base/options.h"
#include "cli/base/parallel.h"
#include "cli/train/parameters.h"
#include "engine/catalogue/snapshot.h"

enum {
    OPTION_SNAPSHOT,
    OPTION_OUTPUT,
    OPTION_TAIL,
    OPTION_ROUNDS,
    OPTION_THREADS,
    ASKED_MAX = 20000,
    AT = 20
};

static const dyn_option_t option_table[] = {
    [OPTION_SNAPSHOT] = {"snapshot", 's', "FILE", "the snapshot from whose sessions it learns"},
    [OPTION_OUTPUT] = {"output", 'o', "FILE",
                       "the parameter file, for dynstore build --parameters"},
    [OPTION_TAIL] = {"tail", 0, "PERCENT", "newest sessions that are predicted (8)"},
    [OPTION_ROUNDS] = {"rounds", 0, "N", "rounds through all parameters (1)"},
    [OPTION_THREADS] = {"threads", 'j', "N", "processors to use (2)"},
};

/* What is tried, in this order: what moves most comes first. */
static const struct {
    const char *name;
    double factors[4];
} trials[] = {
    {"blend_walk", {0.5, 0.75, 1.5, 2}},       {"graph_distance_power", {0.6, 0.8, 1.25, 1.5}},
    {"prior_age_power", {0, 0.5, 1.5, 2}},     {"repeat_weight", {0.7, 0.85, 1.15, 1.4}},
    {"repeat_keep_last", {0.3, 0.6, 1.3, 2}},  {"repeat_keep", {0.4, 0.7, 1.4, 2}},
    {"graph_backward", {0.4, 0.7, 1.3, 1.6}},  {"graph_count_power", {0.4, 0.7, 1.4, 2}},
    {"knn_click_decay", {0.3, 0.6, 1.5, 2.5}}, {"knn_position_decay", {0.4, 0.7, 1.4, 2.2}},
    {"knn_length_power", {0, 0.5, 1.5, 2}},    {"knn_age_decay", {0.25, 0.5, 2, 4}},
    {"graph_age_decay", {0.25, 0.5, 2, 4}},    {"walk_click_decay", {0.75, 1.25, 1.6, 2.2}},
    {"walk_one_step", {0.3, 0.6, 1.6, 2.5}},   {"repeat_item_smoothing", {0.3, 0.6, 2, 4}},
};

typedef struct {
    const char *snapshot, *output;
    uint64_t tail, rounds, threads;
} settings_t;

typedef struct {
    settings_t settings;
    dyn_error_t error;
    dyn_sessions_t sessions, head, search, confirm;
    dyn_parameters_t *parameters;
    float *popularity; /* not asked for: all 0 */
    dyn_model_scratch_t *scratch;
    dyn_model_t model;
} tune_t;

static size_t ask(void *context, const uint32_t *items, size_t count, bool novel, size_t want,
                  uint32_t *list)
{
    tune_t *tune = context;
    dyn_model_result_t results[AT];
    dyn_model_query_t query = {
        .items = items, .count = count, .exclude_session = novel, .want = want};
    size_t taken = dyn_model_query(&tune->model, &query, tune->scratch, results);

    for (size_t i = 0; i < taken; i++) {
        list[i] = results[i].item;
    }

    return taken;
}

/* What is to grow: hr + mrr, half over all targets, half over those new to the session. */
static bool measure(tune_t *tune, const dyn_sessions_t *sessions, double *worth)
{
    static dyn_evaluated_t evaluated;
    dyn_evaluation_t evaluation = {
        .sessions = sessions,
        .at = AT,
        .min_prefix = 1,
        .item_count = sessions->item_count,
        .popularity = tune->popularity,
        .recommend = ask,
        .context = tune,
    };

    *worth = 0;
    for (int novel = 0; novel < 2; novel++) {
        if (!dyn_evaluate(&evaluation, novel != 0, &evaluated, NULL)) {
            return dyn_fail(&tune->error, "out of memory");
        }
        *worth += (evaluated.hr + evaluated.mrr) / 2;
    }

    return true;
}

static bool try_parameters(tune_t *tune, const dyn_model_parameters_t *parameters,
                           const dyn_sessions_t *sessions, double *worth)
{
    dyn_model_build_options_t options = {
        .parameters = *parameters, .threads = (unsigned)tune->settings.threads, .plain = true};
    dyn_model_built_t built;
    bool done = dyn_model_build(&tune->head, &options, &built, &tune->error);

    if (done) {
        done =
            dyn_model_attach(&tune->model, &built.sections, tune->head.item_count, &tune->error) &&
            measure(tune, sessions, worth);
        dyn_model_built_free(&built);
    }

    return done;
}

static double value_of(const dyn_model_parameters_t *parameters, const char *name)
{
    json_t *all = dyn_parameters_json(parameters);
    double value = json_number_value(json_object_get(all, name));

    json_decref(all);
    return value;
}

/* Goes through the parameters, keeping each change that helps. */
static bool search(tune_t *tune, double *best)
{
    dyn_model_parameters_t *kept = &tune->parameters->model;

    for (size_t i = 0; i < sizeof(trials) / sizeof(trials[0]); i++) {
        double from = value_of(kept, trials[i].name);

        for (size_t k = 0; k < 4; k++) {
            dyn_model_parameters_t changed = *kept;
            double value = from * trials[i].factors[k];
            double worth;

            if (!dyn_parameters_set(&changed, trials[i].name, value, NULL)) {
                continue;
            }
            if (!try_parameters(tune, &changed, &tune->search, &worth)) {
                return false;
            }
            printf("%-22s %8.4g  %.5f%s\n", trials[i].name, value, worth,
                   worth > *best ? "  kept" : "");
            fflush(stdout);
            if (worth > *best) {
                *best = worth;
                *kept = changed;
            }
        }
    }

    return true;
}

static bool load(tune_t *tune)
{
    dyn_snapshot_t *snapshot = dyn_snapshot_open(tune->settings.snapshot, &tune->error);
    bool loaded;

    if (snapshot == NULL) {
        return false;
    }
    loaded = snapshot->model.header != NULL ||
             dyn_fail(&tune->error, "%s: has no model: it was built without events",
                      tune->settings.snapshot);
    loaded = loaded && (dyn_model_sessions(&snapshot->model, &tune->sessions) ||
                        dyn_fail(&tune->error, "out of memory"));
    dyn_snapshot_close(snapshot);

    return loaded;
}

/* Where the tail begins; of a large one no more than can be asked about in a second or so. False when there is too little of it. */
static bool find_tail(tune_t *tune, uint32_t *begin)
{
    uint32_t count = tune->sessions.session_count;
    uint32_t first = (uint32_t)((uint64_t)count * (100 - tune->settings.tail) / 100);
    uint32_t clicks = tune->sessions.click_count;

    while (first < count && clicks - tune->sessions.starts[first] > 2 * ASKED_MAX) {
        first++;
    }
    if (first == 0 || count - first < 100) {
        return dyn_fail(&tune->error,
                        "%s: %u sessions are too few to tune on: the newest %u %% of them must be "
                        "at least 100",
                        tune->settings.snapshot, count, (unsigned)tune->settings.tail);
    }
    *begin = first;

    return true;
}

/* The head, and the tail's two halves. */
static bool split(tune_t *tune, uint32_t first)
{
    uint32_t count = tune->sessions.session_count;
    uint32_t middle = first + (count - first) / 2;

    tune->popularity = calloc(tune->sessions.item_count + 1ULL, sizeof(float));
    tune->scratch = calloc(1, dyn_model_scratch_size());
    tune->parameters = dyn_parameters_default();

    return (dyn_sessions_slice(&tune->sessions, 0, first, &tune->head) &&
            dyn_sessions_slice(&tune->sessions, first, middle, &tune->search) &&
            dyn_sessions_slice(&tune->sessions, middle, count, &tune->confirm) &&
            tune->popularity != NULL && tune->scratch != NULL && tune->parameters != NULL) ||
           dyn_fail(&tune->error, "out of memory");
}

static int run(tune_t *tune)
{
    dyn_model_parameters_t standard = dyn_model_parameters_default();
    double best;
    double before;
    double after;
    uint32_t tail = 0;

    if (!load(tune) || !find_tail(tune, &tail)) {
        return dyn_command_failed("tune", DYN_EXIT_INPUT, &tune->error);
    }
    if (!split(tune, tail) || !try_parameters(tune, &standard, &tune->search, &best)) {
        return dyn_command_failed("tune", DYN_EXIT_SYSTEM, &tune->error);
    }

    printf("%u sessions to learn from, %u to search on, %u to confirm\n", tune->head.session_count,
           tune->search.session_count, tune->confirm.session_count);
    printf("%-22s %8s  %.5f\n", "defaults", "", best);
    for (uint64_t round = 0; round < tune->settings.rounds; round++) {
        if (!search(tune, &best)) {
            return dyn_command_failed("tune", DYN_EXIT_SYSTEM, &tune->error);
        }
    }
    if (!try_parameters(tune, &standard, &tune->confirm, &before) ||
        !try_parameters(tune, &tune->parameters->model, &tune->confirm, &after)) {
        return dyn_command_failed("tune", DYN_EXIT_SYSTEM, &tune->error);
    }

    printf("confirmed on unseen sessions: %.5f, defaults %.5f\n", after, before);
    if (after <= before) {
        printf("the defaults are kept: what was found is not better on sessions that the search "
               "did not see\n");
        tune->parameters->model = standard;
    }
    if (!dyn_parameters_write(tune->settings.output, tune->parameters, &tune->error)) {
        return dyn_command_failed("tune", DYN_EXIT_SYSTEM, &tune->error);
    }

    return after > before ? DYN_EXIT_OK : DYN_EXIT_DIFFERENT;
}

static bool take_number(int option, const char *text, uint64_t most, uint64_t *value)
{
    dyn_error_t error;

    if (!dyn_option_number(option_table[option].name, text, 1, most, value, &error)) {
        dyn_usage_error("tune", "%s", error.text);
        return false;
    }

    return true;
}

static bool read_options(int argc, char **argv, settings_t *settings, int *code)
{
    dyn_options_t options = {
        .command = "tune",
        .usage = "--snapshot FILE -o FILE [OPTION]...",
        .help =
            "Searches for better parameters of the model on the newest of the sessions that the "
            "snapshot was built from.\n"
            "Prints each step, and writes the parameters that were better also on sessions "
            "that the search did not see\n"
            "(exit 1: none were).",
        .options = option_table,
        .count = sizeof(option_table) / sizeof(option_table[0]),
    };
    int option;

    dyn_options_begin(&options, argc, argv);
    *code = DYN_EXIT_USAGE;
    while ((option = dyn_options_next(&options)) >= 0) {
        bool good = true;

        switch (option) {
        case OPTION_SNAPSHOT:
            settings->snapshot = options.value;
            break;
        case OPTION_OUTPUT:
            settings->output = options.value;
            break;
        case OPTION_TAIL:
            good = take_number(option, options.value, 50, &settings->tail);
            break;
        case OPTION_ROUNDS:
            good = take_number(option, options.value, 10, &settings->rounds);
            break;
        default:
            good = take_number(option, options.value, DYN_THREADS_MAX, &settings->threads);
            break;
        }
        if (!good) {
            return false;
        }
    }
    if (option == DYN_OPTION_STOP) {
        *code = options.exit_code;
        return false;
    }
    if (optind < argc || settings->snapshot == NULL || settings->output == NULL) {
        dyn_usage_error("tune", "--snapshot FILE and --output FILE are needed, and nothing else");
        return false;
    }

    return true;
}

int dyn_command_tune(int argc, char **argv)
{
    static tune_t tune = {.settings = {.tail = 8, .rounds = 1, .threads = 2}};
    int code = DYN_EXIT_USAGE;

    if (read_options(argc, argv, &tune.settings, &code)) {
        code = run(&tune);
    }

    dyn_sessions_slice_free(&tune.head);
    dyn_sessions_slice_free(&tune.search);
    dyn_sessions_slice_free(&tune.confirm);
    dyn_sessions_free(&tune.sessions);
    free(tune.parameters);
    free(tune.popularity);
    free(tune.scratch);

    return code;
}

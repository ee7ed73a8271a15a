/* dynstore eval: how well a snapshot's model foretells what was clicked next; and against what came before; and what blocks earn. */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/train/baselines.h"
#include "cli/commands/commands.h"
#include "cli/commands/eval_blocks.h"
#include "cli/train/evaluate.h"
#include "cli/train/join.h"
#include "cli/base/options.h"
#include "cli/base/report.h"
#include "cli/input/sessions_read.h"
#include "engine/catalogue/snapshot.h"

enum {
    OPTION_SNAPSHOT,
    OPTION_SESSIONS,
    OPTION_PAIRS,
    OPTION_AT,
    OPTION_MIN_PREFIX,
    OPTION_PLAIN,
    OPTION_COMPARE,
    OPTION_COMPAT,
    OPTION_M,
    OPTION_K,
    OPTION_LAST,
    OPTION_LONGEST,
    OPTION_GATE,
    OPTION_BLOCKS,
    OPTION_MOMENTS,
    OPTION_SURFACE,
    OPTION_NEWEST,
    OPTION_JSON
};

static const dyn_option_t option_table[] = {
    [OPTION_SNAPSHOT] = {"snapshot", 's', "FILE", "the snapshot whose model is asked"},
    [OPTION_SESSIONS] =
        {"sessions", 0, "FILE",
         "sessions to predict: any file of events that build reads; .gz is inflated"},
    [OPTION_PAIRS] = {"pairs", 0, "FILE",
                      "or pairs: each line has the items before, then the target"},
    [OPTION_AT] = {"at", 0, "N", "length of the lists (20)"},
    [OPTION_MIN_PREFIX] = {"min-prefix", 0, "N", "ask only where so many clicks came before (1)"},
    [OPTION_PLAIN] = {"plain", 0, NULL, "without the trees: the formulas of docs/model.md alone"},
    [OPTION_COMPARE] = {"compare", 0, NULL,
                        "popularity, Markov chain, VMIS-kNN and V-STAN as well"},
    [OPTION_COMPAT] = {"compat", 0, "serenade",
                       "VMIS-kNN as Serenade does it, in place of the model"},
    [OPTION_M] = {"m", 'm', "N", "VMIS-kNN: newest sessions that are looked at (500)"},
    [OPTION_K] = {"k", 'k', "N", "VMIS-kNN: neighbours (100)"},
    [OPTION_LAST] = {"last", 0, "N", "VMIS-kNN: last items of the query (2)"},
    [OPTION_LONGEST] = {"longest", 0, "N",
                        "VMIS-kNN: leave out sessions with more items (99.5 % have no more)"},
    [OPTION_GATE] = {"gate", 0, "FILE",
                     "what eval --json wrote of the snapshot in use: exit 1 when this one is worse "
                     "beyond noise"},
    [OPTION_BLOCKS] = {"blocks", 0, NULL,
                       "what the items of a page's blocks earn, in place of the model's lists"},
    [OPTION_MOMENTS] = {"moments", 0, NULL,
                        "how often sessions enter a moment, and how often those buy"},
    [OPTION_SURFACE] = {"surface", 0, "NAME", "--blocks: pdp or home (both)"},
    [OPTION_NEWEST] = {"newest", 0, "N", "--blocks, --moments: only the newest N sessions (all)"},
    [OPTION_JSON] = {"json", 0, NULL, "print JSON"},
};

typedef struct {
    const char *snapshot, *sessions, *pairs, *gate;
    uint64_t at, min_prefix, m, k, last, longest;
    bool plain, compare, serenade, json, blocks;
    bool of_lists; /* given what --blocks does not know */
    dyn_eval_blocks_t of_blocks;
} settings_t;

typedef struct {
    settings_t settings;
    dyn_error_t error;
    dyn_snapshot_t *snapshot;
    dyn_sessions_t sessions;
    dyn_model_scratch_t *scratch;
    dyn_baselines_t *baselines;
    float *popularity;
    bool plain;
} eval_t;

static uint32_t item_number(void *context, dyn_str_t id)
{
    return dyn_snapshot_find_item(context, id, NULL);
}

static void report_fault(void *context, const char *sentence)
{
    (void)context;
    fprintf(stderr, "%s\n", sentence);
}

static size_t ask_model(void *context, const uint32_t *items, size_t count, bool novel, size_t want,
                        uint32_t *list)
{
    eval_t *eval = context;
    dyn_model_result_t results[DYN_MODEL_RESULTS_MAX];
    dyn_model_query_t query = {
        .items = items,
        .count = count,
        .exclude_session = novel,
        .plain = eval->plain,
        .want = want,
    };
    size_t taken = dyn_model_query(&eval->snapshot->model, &query, eval->scratch, results);

    for (size_t i = 0; i < taken; i++) {
        list[i] = results[i].item;
    }

    return taken;
}

static bool load(eval_t *eval)
{
    const settings_t *settings = &eval->settings;
    dyn_sessions_reader_t reader = {
        .item_number = item_number, .report = report_fault, .errors_max = 100};

    eval->snapshot = dyn_snapshot_open(settings->snapshot, &eval->error);
    if (eval->snapshot == NULL) {
        return false;
    }
    if (eval->snapshot->model.header == NULL) {
        return dyn_fail(&eval->error, "%s: has no model: it was built without events",
                        settings->snapshot);
    }

    reader.context = eval->snapshot;
    if (settings->pairs != NULL) {
        return dyn_sessions_read_pairs(settings->pairs, &reader, &eval->sessions, &eval->error);
    }
    if (!dyn_sessions_read_events(settings->sessions, &reader, &eval->sessions, &eval->error)) {
        return false;
    }
    if (reader.found * 100 < reader.clicks * DYN_JOIN_WARN_PERCENT) {
        fprintf(stderr,
                "dynstore eval: %s: only %.1f %% of %" PRIu64 " clicks found their item in the "
                "snapshot: what is not in it cannot be foretold\n",
                settings->sessions, 100.0 * (double)reader.found / (double)reader.clicks,
                reader.clicks);
    }

    return true;
}

static bool prepare(eval_t *eval)
{
    const dyn_model_t *model = &eval->snapshot->model;
    uint32_t items = eval->snapshot->item_count;
    uint32_t most = 1;

    eval->scratch = calloc(1, dyn_model_scratch_size());
    eval->popularity = malloc((items + 1ULL) * sizeof(float));
    if (eval->scratch == NULL || eval->popularity == NULL) {
        return dyn_fail(&eval->error, "out of memory");
    }
    for (uint32_t i = 0; i < items; i++) {
        most = model->items[i].session_count > most ? model->items[i].session_count : most;
    }
    for (uint32_t i = 0; i < items; i++) {
        eval->popularity[i] = (float)model->items[i].session_count / (float)most;
    }
    if (eval->settings.compare || eval->settings.serenade) {
        eval->baselines = dyn_baselines_new(
            model, (dyn_vmis_t){(uint32_t)eval->settings.m, (uint32_t)eval->settings.k,
                                (uint32_t)eval->settings.last, (uint32_t)eval->settings.longest});
    }

    return eval->baselines != NULL || !(eval->settings.compare || eval->settings.serenade) ||
           dyn_fail(&eval->error, "out of memory");
}

static bool measure(eval_t *eval, dyn_recommend_fn recommend, void *context, bool novel,
                    dyn_evaluated_t *evaluated, dyn_latency_t *latency)
{
    dyn_evaluation_t evaluation = {
        .sessions = &eval->sessions,
        .pairs = eval->settings.pairs != NULL,
        .at = eval->settings.at,
        .min_prefix = eval->settings.min_prefix,
        .item_count = eval->snapshot->item_count,
        .popularity = eval->popularity,
        .recommend = recommend,
        .context = context,
    };

    return dyn_evaluate(&evaluation, novel, evaluated, latency) ||
           dyn_fail(&eval->error, "out of memory");
}

static bool compare(eval_t *eval, json_t *report)
{
    const struct {
        const char *name;
        dyn_recommend_fn recommend;
        void *context;
    } others[] = {
        {"popularity", dyn_baseline_popularity, eval->baselines},
        {"markov", dyn_baseline_markov, eval->baselines},
        {"vmis_knn", dyn_baseline_vmis_knn, eval->baselines},
        {"v_stan", dyn_baseline_v_stan, eval->baselines},
        {"model_without_trees", ask_model, eval},
    };
    json_t *object = json_object();
    bool measured = true;

    eval->plain = true;
    for (size_t i = 0; measured && i < sizeof(others) / sizeof(others[0]); i++) {
        dyn_evaluated_t all;
        dyn_evaluated_t novel;

        measured = measure(eval, others[i].recommend, others[i].context, false, &all, NULL) &&
                   measure(eval, others[i].recommend, others[i].context, true, &novel, NULL);
        if (measured) {
            json_object_set_new(object, others[i].name,
                                json_pack("{s:o, s:o}", "all", dyn_evaluated_json(&all, false),
                                          "novel", dyn_evaluated_json(&novel, false)));
        }
    }
    json_object_set_new(report, "compare", object);

    return measured;
}

/* Reports are written with some ten digits: equal snapshots may differ by this. */
static const double rounding = 1e-6;

/* Whether the snapshot may be published: worse is what the interval of the difference says is below 0. */
static bool pass_gate(eval_t *eval, const dyn_evaluated_t *all, const dyn_evaluated_t *novel,
                      json_t *report, bool *passed)
{
    static const char *const metrics[] = {"hr", "mrr"};
    json_error_t reason;
    json_t *baseline = json_load_file(eval->settings.gate, 0, &reason);
    json_t *gate = json_object();
    bool read = baseline != NULL;

    *passed = true;
    if (!read) {
        dyn_fail(&eval->error, "%s:%d: %s", eval->settings.gate, reason.line, reason.text);
    }
    for (size_t i = 0; read && i < 4; i++) {
        const char *question = i < 2 ? "all" : "novel";
        const char *metric = metrics[i % 2];
        char name[16];
        double low;
        double high;

        read = dyn_evaluate_compare(i < 2 ? all : novel, json_object_get(baseline, question),
                                    metric, &low, &high);
        if (!read) {
            dyn_fail(&eval->error, "%s: %s.blocks: is missing; dynstore eval --json writes it",
                     eval->settings.gate, question);
            break;
        }
        snprintf(name, sizeof(name), "%s_%s", question, metric);
        json_object_set_new(
            gate, name,
            json_pack("{s:f, s:f, s:b}", "low", low, "high", high, "worse", high < -rounding));
        *passed = *passed && high >= -rounding;
    }
    json_object_set_new(gate, "passed", json_boolean(*passed));
    json_object_set_new(report, "gate", gate);
    json_decref(baseline);

    return read;
}

static int run(eval_t *eval)
{
    static dyn_evaluated_t all;
    static dyn_evaluated_t novel;
    dyn_latency_t latency;
    dyn_recommend_fn recommend = eval->settings.serenade ? dyn_baseline_vmis_knn : ask_model;
    bool passed = true;

    if (!load(eval)) {
        return dyn_command_failed("eval", DYN_EXIT_INPUT, &eval->error);
    }
    if (!prepare(eval)) {
        return dyn_command_failed("eval", DYN_EXIT_SYSTEM, &eval->error);
    }

    void *context = eval->settings.serenade ? (void *)eval->baselines : eval;

    eval->plain = eval->settings.plain;
    if (!measure(eval, recommend, context, false, &all, &latency) ||
        !measure(eval, recommend, context, true, &novel, NULL)) {
        return dyn_command_failed("eval", DYN_EXIT_SYSTEM, &eval->error);
    }

    json_t *report = json_pack(
        "{s:s, s:s, s:I, s:o, s:o, s:o}", "schema", "dynstore.eval/1", "snapshot",
        eval->snapshot->build_id, "at", (json_int_t)eval->settings.at, "all",
        dyn_evaluated_json(&all, eval->settings.json), "novel",
        dyn_evaluated_json(&novel, eval->settings.json), "latency_us", dyn_latency_json(&latency));
    int code = DYN_EXIT_OK;

    if (eval->settings.compare && !compare(eval, report)) {
        code = dyn_command_failed("eval", DYN_EXIT_SYSTEM, &eval->error);
    } else if (eval->settings.gate != NULL && !pass_gate(eval, &all, &novel, report, &passed)) {
        code = dyn_command_failed("eval", DYN_EXIT_INPUT, &eval->error);
    } else {
        dyn_report_print(stdout, report, eval->settings.json);
        code = passed ? DYN_EXIT_OK : DYN_EXIT_DIFFERENT;
    }
    json_decref(report);

    return code;
}

static bool read_number(const char *name, const char *text, uint64_t most, uint64_t *value)
{
    dyn_error_t error;

    if (!dyn_option_number(name, text, 1, most, value, &error)) {
        dyn_usage_error("eval", "%s", error.text);
        return false;
    }

    return true;
}

static bool take_option(settings_t *settings, int option, const char *value)
{
    const char *name = option_table[option].name;

    settings->of_lists = settings->of_lists || (option >= OPTION_PAIRS && option <= OPTION_GATE);
    switch (option) {
    case OPTION_SNAPSHOT:
        settings->snapshot = value;
        return true;
    case OPTION_SESSIONS:
        settings->sessions = value;
        return true;
    case OPTION_PAIRS:
        settings->pairs = value;
        return true;
    case OPTION_GATE:
        settings->gate = value;
        return true;
    case OPTION_AT:
        return read_number(name, value, DYN_MODEL_RESULTS_MAX, &settings->at);
    case OPTION_MIN_PREFIX:
        return read_number(name, value, UINT32_MAX, &settings->min_prefix);
    case OPTION_M:
        return read_number(name, value, UINT32_MAX, &settings->m);
    case OPTION_K:
        return read_number(name, value, UINT32_MAX, &settings->k);
    case OPTION_LAST:
        return read_number(name, value, UINT32_MAX, &settings->last);
    case OPTION_LONGEST:
        return read_number(name, value, UINT32_MAX, &settings->longest);
    case OPTION_PLAIN:
        settings->plain = true;
        return true;
    case OPTION_COMPARE:
        settings->compare = true;
        return true;
    case OPTION_COMPAT:
        settings->serenade = strcmp(value, "serenade") == 0;
        if (!settings->serenade) {
            dyn_usage_error("eval", "--compat %s: only \"serenade\" is known", value);
        }
        return settings->serenade;
    case OPTION_BLOCKS:
        settings->blocks = true;
        return true;
    case OPTION_MOMENTS:
        settings->of_blocks.moments = true;
        return true;
    case OPTION_SURFACE:
        settings->of_blocks.has_surface =
            dyn_surface_from_name(dyn_str_from(value), &settings->of_blocks.surface) &&
            (settings->of_blocks.surface == DYN_SURFACE_PDP ||
             settings->of_blocks.surface == DYN_SURFACE_HOME);
        if (!settings->of_blocks.has_surface) {
            dyn_usage_error("eval", "--surface %s: should be pdp or home", value);
        }
        return settings->of_blocks.has_surface;
    case OPTION_NEWEST:
        return read_number(name, value, UINT32_MAX, &settings->of_blocks.newest);
    default:
        settings->json = true;
        return true;
    }
}

/* What does not fit together; NULL when all does. */
static const char *contradiction(const settings_t *settings, bool operands)
{
    if (operands) {
        return "files are given as --snapshot, --sessions and --pairs";
    }
    if (settings->snapshot == NULL) {
        return "--snapshot FILE is missing";
    }
    if ((settings->sessions == NULL) == (settings->pairs == NULL)) {
        return "one of --sessions and --pairs is needed";
    }
    if (settings->of_blocks.moments &&
        (settings->blocks || settings->of_lists || settings->of_blocks.has_surface)) {
        return "--moments takes --snapshot, --sessions, --newest and --json only";
    }
    if (settings->blocks && settings->of_lists) {
        return "--blocks takes --snapshot, --sessions, --surface, --newest and --json only";
    }
    if (!settings->blocks && !settings->of_blocks.moments &&
        (settings->of_blocks.has_surface || settings->of_blocks.newest > 0)) {
        return "--surface and --newest need --blocks";
    }

    return NULL;
}

static bool read_options(int argc, char **argv, settings_t *settings, int *code)
{
    dyn_options_t options = {
        .command = "eval",
        .usage = "--snapshot FILE (--sessions FILE | --pairs FILE) [OPTION]...",
        .help = "Asks the snapshot's model, for every click of the sessions, what would come next, "
                "and says how often it\n"
                "was right (hr), how early in its list (mrr), and how long an answer took. With "
                "--blocks: "
                "what the items of a\npage's blocks earn.",
        .options = option_table,
        .count = sizeof(option_table) / sizeof(option_table[0]),
    };
    int option;

    dyn_options_begin(&options, argc, argv);
    *code = DYN_EXIT_USAGE;
    while ((option = dyn_options_next(&options)) >= 0) {
        if (!take_option(settings, option, options.value)) {
            return false;
        }
    }
    if (option == DYN_OPTION_STOP) {
        *code = options.exit_code;
        return false;
    }

    const char *wrong = contradiction(settings, optind < argc);

    if (wrong != NULL) {
        dyn_usage_error("eval", "%s", wrong);
        return false;
    }

    return true;
}

int dyn_command_eval(int argc, char **argv)
{
    eval_t eval = {.settings = {.at = 20, .min_prefix = 1, .m = 500, .k = 100, .last = 2}};
    int code = DYN_EXIT_USAGE;

    if (read_options(argc, argv, &eval.settings, &code)) {
        settings_t *settings = &eval.settings;

        settings->of_blocks.snapshot = settings->snapshot;
        settings->of_blocks.sessions = settings->sessions;
        settings->of_blocks.json = settings->json;
        code = settings->blocks || settings->of_blocks.moments
                   ? dyn_eval_blocks(&settings->of_blocks)
                   : run(&eval);
    }

    dyn_sessions_free(&eval.sessions);
    dyn_baselines_free(eval.baselines);
    dyn_snapshot_close(eval.snapshot);
    free(eval.scratch);
    free(eval.popularity);

    return code;
}

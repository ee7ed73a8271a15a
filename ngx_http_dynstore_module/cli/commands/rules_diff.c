#include "cli/commands/rules_diff.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/options.h"
#include "cli/base/report.h"
#include "cli/commands/commands.h"
#include "cli/input/rules_file.h"
#include "cli/train/visit_pages.h"

enum {
    OPTION_SNAPSHOT,
    OPTION_SESSIONS,
    OPTION_FEATURES,
    OPTION_WAS_FEATURES,
    OPTION_SURFACE,
    OPTION_NEWEST,
    OPTION_PAGES,
    OPTION_ITEMS,
    OPTION_JSON,
    ARENA_BYTES = 16 << 20
};

static const dyn_option_t option_table[] = {
    [OPTION_SNAPSHOT] = {"snapshot", 's', "FILE", "the snapshot that decides"},
    [OPTION_SESSIONS] = {"sessions", 'e', "FILE", "events, as dynstore build reads them"},
    [OPTION_FEATURES] = {"features", 0, "FILE", "GrowthBook's payload that goes with AFTER"},
    [OPTION_WAS_FEATURES] = {"was-features", 0, "FILE",
                             "GrowthBook's payload that goes with BEFORE"},
    [OPTION_SURFACE] = {"surface", 0, "SURFACE", "only home, plp, pdp or cart (all four)"},
    [OPTION_NEWEST] = {"newest", 'n', "N", "only the newest N visits (all)"},
    [OPTION_PAGES] = {"pages", 'p', "N", "show the first N pages that change, item by item (0)"},
    [OPTION_ITEMS] = {"items", 'i', "N", "show the N items that gain or lose most (20)"},
    [OPTION_JSON] = {"json", 0, NULL, "print JSON"},
};

typedef struct {
    const char *snapshot, *sessions, *before, *after, *features, *was_features;
    uint64_t newest, pages, items;
    dyn_surface_t surface;
    bool has_surface, json;
} settings_t;

/* How often an item was shown. */
typedef struct {
    uint64_t before, after;
} shown_t;

typedef struct {
    dyn_str_t name;
    uint64_t pages, changed, items, left, moved, retitled;
} slot_sums_t;

typedef struct {
    const settings_t *settings;
    const dyn_snapshot_t *snapshot;
    const dyn_policy_t *policies[2];
    dyn_model_scratch_t *scratch;
    char *blocks[2];
    shown_t *shown; /* by item */
    dyn_slot_t rooms[2][DYN_SLOTS_MAX];
    dyn_slots_t own[2];                   /* of each file, on the surface at work */
    slot_sums_t slots[2 * DYN_SLOTS_MAX]; /* of both */
    size_t slot_count;
    uint64_t pages, changed;
    json_t *examples;
    const dyn_visits_t *visits;
} comparing_t;

static const char *version_of(const dyn_policy_t *policy)
{
    return (policy != NULL ? policy : dyn_policy_default())->version;
}

static int place_of(const dyn_slot_decision_t *slot, uint32_t item)
{
    for (uint32_t i = 0; slot != NULL && i < slot->count; i++) {
        if (slot->choices[i].item == item) {
            return (int)i;
        }
    }

    return -1;
}

static const dyn_slot_decision_t *slot_of(const dyn_decision_t *decision, dyn_str_t name)
{
    for (uint32_t i = 0; i < decision->slot_count; i++) {
        if (dyn_str_equal(decision->slots[i].name, name)) {
            return &decision->slots[i];
        }
    }

    return NULL;
}

static dyn_str_t id_of(const comparing_t *comparing, uint32_t item)
{
    return dyn_snapshot_string(comparing->snapshot, comparing->snapshot->items[item].id);
}

static json_t *ids_of(const comparing_t *comparing, const dyn_slot_decision_t *slot)
{
    json_t *list = json_array();

    for (uint32_t i = 0; slot != NULL && i < slot->count; i++) {
        json_array_append_new(list, dyn_report_text(id_of(comparing, slot->choices[i].item)));
    }

    return list;
}

static void count_shown(comparing_t *comparing, const dyn_slot_decision_t *slot, bool after)
{
    for (uint32_t i = 0; slot != NULL && i < slot->count; i++) {
        shown_t *shown = &comparing->shown[slot->choices[i].item];

        *(after ? &shown->after : &shown->before) += 1;
    }
}

/* True when anything of the slot differs. */
static bool compare_slot(slot_sums_t *sums, const dyn_slot_decision_t *before,
                         const dyn_slot_decision_t *after)
{
    uint32_t count = before == NULL ? 0 : before->count;
    uint32_t kept = 0;
    uint64_t moved = 0;

    for (uint32_t i = 0; i < count; i++) {
        int place = place_of(after, before->choices[i].item);

        kept += place >= 0;
        moved += place >= 0 && place != (int)i;
    }

    bool retitled = count > 0 && after != NULL && after->count > 0 &&
                    !dyn_str_equal(before->title, after->title);
    bool changed = retitled || moved > 0 || kept < count || (after != NULL && after->count > kept);

    sums->pages++;
    sums->items += count;
    sums->left += count - kept;
    sums->moved += moved;
    sums->retitled += retitled;
    sums->changed += changed;

    return changed;
}

static void show_page(comparing_t *comparing, const dyn_visit_page_t *page, dyn_str_t slot,
                      const dyn_slot_decision_t *before, const dyn_slot_decision_t *after)
{
    const dyn_context_t *context = &page->question->context;

    json_array_append_new(
        comparing->examples,
        json_pack("{s:s, s:o, s:I, s:o, s:o, s:o}", "surface",
                  dyn_surface_name(context->surface).data, "item",
                  dyn_report_text(id_of(comparing, comparing->visits->events[page->at].item)),
                  "visit", (json_int_t)page->visit, "slot", dyn_report_text(slot), "before",
                  ids_of(comparing, before), "after", ids_of(comparing, after)));
}

static bool compare_page(void *context, const dyn_visit_page_t *page, dyn_error_t *error)
{
    comparing_t *comparing = context;
    dyn_decision_t decisions[2];
    bool changed = false;

    for (size_t i = 0; i < 2; i++) {
        dyn_question_t question = *page->question;
        dyn_arena_t arena;

        question.slots = comparing->own[i];
        question.rules = dyn_str_from(version_of(comparing->policies[i]));
        dyn_arena_init(&arena, comparing->blocks[i], ARENA_BYTES, NULL, NULL);
        if (!dyn_question_decide(comparing->snapshot, comparing->policies[i], &question,
                                 comparing->scratch, &arena, &decisions[i], NULL)) {
            return dyn_fail(error, "not enough memory for a decision");
        }
    }

    for (size_t s = 0; s < comparing->slot_count; s++) {
        slot_sums_t *sums = &comparing->slots[s];
        const dyn_slot_decision_t *before = slot_of(&decisions[0], sums->name);
        const dyn_slot_decision_t *after = slot_of(&decisions[1], sums->name);

        count_shown(comparing, before, false);
        count_shown(comparing, after, true);
        if (compare_slot(sums, before, after)) {
            changed = true;
            if (json_array_size(comparing->examples) < comparing->settings->pages) {
                show_page(comparing, page, sums->name, before, after);
            }
        }
    }
    comparing->pages++;
    comparing->changed += changed;

    return true;
}

/* ---- the report ---- */

static double percent(uint64_t part, uint64_t whole)
{
    return whole > 0 ? 100 * (double)part / (double)whole : 0;
}

static json_t *slots_json(const comparing_t *comparing)
{
    json_t *list = json_array();

    for (size_t s = 0; s < comparing->slot_count; s++) {
        const slot_sums_t *sums = &comparing->slots[s];

        json_array_append_new(
            list,
            json_pack("{s:o, s:I, s:I, s:f, s:f, s:f, s:I}", "slot", dyn_report_text(sums->name),
                      "pages", (json_int_t)sums->pages, "changed", (json_int_t)sums->changed,
                      "changed_percent", percent(sums->changed, sums->pages), "items_left_percent",
                      percent(sums->left, sums->items), "items_moved_percent",
                      percent(sums->moved, sums->items), "other_title",
                      (json_int_t)sums->retitled));
    }

    return list;
}

typedef struct {
    uint32_t item;
    uint64_t size;
} change_t;

static int by_size(const void *a, const void *b)
{
    const change_t *left = a;
    const change_t *right = b;

    if (left->size != right->size) {
        return left->size > right->size ? -1 : 1;
    }

    return (left->item > right->item) - (left->item < right->item);
}

/* Items by how much more or less often they are shown. NULL: no memory. */
static json_t *items_json(const comparing_t *comparing, uint64_t most)
{
    change_t *changes = calloc(comparing->snapshot->item_count + 1ULL, sizeof(change_t));
    json_t *list = json_array();
    size_t count = 0;

    for (uint32_t i = 0; changes != NULL && i < comparing->snapshot->item_count; i++) {
        const shown_t *shown = &comparing->shown[i];

        if (shown->before != shown->after) {
            uint64_t size = shown->after > shown->before ? shown->after - shown->before
                                                         : shown->before - shown->after;

            changes[count++] = (change_t){i, size};
        }
    }
    if (changes != NULL) {
        qsort(changes, count, sizeof(change_t), by_size);
    }
    for (size_t i = 0; i < count && i < most; i++) {
        const shown_t *shown = &comparing->shown[changes[i].item];

        json_array_append_new(
            list, json_pack("{s:o, s:I, s:I, s:I}", "item",
                            dyn_report_text(id_of(comparing, changes[i].item)), "before",
                            (json_int_t)shown->before, "after", (json_int_t)shown->after,
                            "difference", (json_int_t)shown->after - (json_int_t)shown->before));
    }
    free(changes);

    return list;
}

/* Each file's slots of the surface, and the sums of all of them: the new file's first. */
static void find_slots(comparing_t *comparing, dyn_surface_t surface)
{
    memset(comparing->slots, 0, sizeof(comparing->slots));
    comparing->slot_count = 0;
    for (int file = 1; file >= 0; file--) {
        dyn_slots_t *own = &comparing->own[file];

        own->count = dyn_policy_slots(comparing->policies[file], surface, comparing->rooms[file],
                                      &own->rows);
        for (size_t i = 0; i < own->count; i++) {
            size_t k = 0;

            while (k < comparing->slot_count &&
                   !dyn_str_equal(comparing->slots[k].name, own->rows[i].name)) {
                k++;
            }
            if (k == comparing->slot_count) {
                comparing->slots[comparing->slot_count++].name = own->rows[i].name;
            }
        }
    }
}

static bool compare(comparing_t *comparing, json_t *report, dyn_error_t *error)
{
    static const dyn_surface_t surfaces[] = {DYN_SURFACE_HOME, DYN_SURFACE_PLP, DYN_SURFACE_PDP,
                                             DYN_SURFACE_CART};
    json_t *by_surface = json_object();
    const settings_t *settings = comparing->settings;
    bool good = true;

    for (size_t i = 0; good && i < sizeof(surfaces) / sizeof(surfaces[0]); i++) {
        dyn_question_t usual;

        if (settings->has_surface && settings->surface != surfaces[i]) {
            continue;
        }
        dyn_question_begin(&usual, comparing->snapshot, comparing->policies[0]);
        usual.context.surface = surfaces[i];
        find_slots(comparing, surfaces[i]);
        good = dyn_visit_pages(comparing->snapshot, comparing->visits, settings->newest, &usual,
                               compare_page, comparing, error);
        json_object_set_new(by_surface, dyn_surface_name(surfaces[i]).data, slots_json(comparing));
    }
    json_object_set_new(report, "pages", json_integer((json_int_t)comparing->pages));
    json_object_set_new(report, "changed", json_integer((json_int_t)comparing->changed));
    json_object_set_new(report, "surfaces", by_surface);
    json_object_set_new(report, "items", items_json(comparing, settings->items));
    json_object_set(report, "changes", comparing->examples);

    return good;
}

static uint32_t item_number(void *context, dyn_str_t id)
{
    return dyn_snapshot_find_item(context, id, NULL);
}

static void report_fault(void *context, const char *sentence)
{
    (void)context;
    fprintf(stderr, "%s\n", sentence);
}

static int run_on(const settings_t *settings, dyn_snapshot_t *snapshot,
                  dyn_policy_t *const policies[2])
{
    dyn_error_t error;
    dyn_faults_t faults = {.max = 100, .report = report_fault, .error = &error};
    dyn_visits_t visits = {0};
    comparing_t comparing = {
        .settings = settings,
        .snapshot = snapshot,
        .policies = {policies[0], policies[1]},
        .visits = &visits,
        .scratch = calloc(1, dyn_model_scratch_size()),
        .blocks = {malloc(ARENA_BYTES), malloc(ARENA_BYTES)},
        .shown = calloc(snapshot->item_count + 1ULL, sizeof(shown_t)),
        .examples = json_array(),
    };
    int code = DYN_EXIT_OK;

    if (comparing.scratch == NULL || comparing.blocks[0] == NULL || comparing.blocks[1] == NULL ||
        comparing.shown == NULL) {
        dyn_fail(&error, "out of memory");
        code = dyn_command_failed("rules diff", DYN_EXIT_SYSTEM, &error);
    } else if (!dyn_visits_read(settings->sessions, item_number, snapshot, &faults, &visits)) {
        code = dyn_command_failed("rules diff", DYN_EXIT_INPUT, &error);
    } else {
        json_t *report =
            json_pack("{s:s, s:s, s:{s:s, s:s}, s:I}", "schema", "dynstore.rules-diff/1",
                      "snapshot", snapshot->build_id, "rules", "before", version_of(policies[0]),
                      "after", version_of(policies[1]), "visits", (json_int_t)visits.visit_count);

        if (compare(&comparing, report, &error)) {
            dyn_report_print(stdout, report, settings->json);
            code = comparing.changed > 0 ? DYN_EXIT_DIFFERENT : DYN_EXIT_OK;
        } else {
            code = dyn_command_failed("rules diff", DYN_EXIT_SYSTEM, &error);
        }
        json_decref(report);
    }
    json_decref(comparing.examples);
    dyn_visits_free(&visits);
    free(comparing.scratch);
    free(comparing.blocks[0]);
    free(comparing.blocks[1]);
    free(comparing.shown);

    return code;
}

static int run(const settings_t *settings)
{
    const char *const paths[2] = {settings->before, settings->after};
    const char *const features[2] = {settings->was_features, settings->features};
    dyn_policy_t *policies[2] = {NULL, NULL};
    dyn_error_t error;
    dyn_snapshot_t *snapshot = dyn_snapshot_open(settings->snapshot, &error);
    int code = DYN_EXIT_OK;

    if (snapshot == NULL) {
        return dyn_command_failed("rules diff", DYN_EXIT_INPUT, &error);
    }
    for (size_t i = 0; i < 2 && code == DYN_EXIT_OK; i++) {
        if (!dyn_rules_file_read(paths[i], features[i], snapshot, &policies[i], &error)) {
            code = dyn_command_failed("rules diff", DYN_EXIT_INPUT, &error);
        }
    }
    if (code == DYN_EXIT_OK) {
        code = run_on(settings, snapshot, policies);
    }
    dyn_policy_free(policies[0]);
    dyn_policy_free(policies[1]);
    dyn_snapshot_close(snapshot);

    return code;
}

int dyn_rules_diff(int argc, char **argv)
{
    settings_t settings = {.items = 20};
    dyn_options_t options = {
        .command = "rules diff",
        .usage = "BEFORE AFTER --snapshot FILE --sessions FILE [OPTION]...",
        .help = "Decides every page of recorded visits with two rules files, and says which items "
                "change, slot by slot and in sum.",
        .options = option_table,
        .count = sizeof(option_table) / sizeof(option_table[0]),
    };
    dyn_error_t error;
    int option;

    dyn_options_begin(&options, argc, argv);
    while ((option = dyn_options_next(&options)) >= 0) {
        bool good = true;

        switch (option) {
        case OPTION_SNAPSHOT:
            settings.snapshot = options.value;
            break;
        case OPTION_SESSIONS:
            settings.sessions = options.value;
            break;
        case OPTION_FEATURES:
            settings.features = options.value;
            break;
        case OPTION_WAS_FEATURES:
            settings.was_features = options.value;
            break;
        case OPTION_SURFACE:
            settings.has_surface = true;
            good = (dyn_surface_from_name(dyn_str_from(options.value), &settings.surface) &&
                    (settings.surface <= DYN_SURFACE_CART)) ||
                   dyn_fail(&error, "--surface: \"%s\" is none of home, plp, pdp and cart",
                            options.value);
            break;
        case OPTION_NEWEST:
            good =
                dyn_option_number("newest", options.value, 1, UINT32_MAX, &settings.newest, &error);
            break;
        case OPTION_PAGES:
            good =
                dyn_option_number("pages", options.value, 0, UINT32_MAX, &settings.pages, &error);
            break;
        case OPTION_ITEMS:
            good =
                dyn_option_number("items", options.value, 0, UINT32_MAX, &settings.items, &error);
            break;
        default:
            settings.json = true;
            break;
        }
        if (!good) {
            return dyn_usage_error("rules diff", "%s", error.text);
        }
    }
    if (option == DYN_OPTION_STOP) {
        return options.exit_code;
    }
    if (optind + 2 != argc || settings.snapshot == NULL || settings.sessions == NULL) {
        return dyn_usage_error("rules diff",
                               "BEFORE and AFTER, --snapshot FILE and --sessions FILE "
                               "are needed; \"default\" stands for the built-in rules");
    }
    settings.before = argv[optind];
    settings.after = argv[optind + 1];

    return run(&settings);
}

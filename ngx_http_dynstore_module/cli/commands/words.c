/* dynstore words: what a text means to a snapshot. */
#include <stdio.h>
#include <stdlib.h>

#include "cli/commands/commands.h"
#include "cli/base/options.h"
#include "cli/base/report.h"
#include "engine/base/money.h"
#include "engine/base/utf8.h"
#include "engine/catalogue/traits.h"
#include "engine/words/meaning.h"

enum { OPTION_SNAPSHOT, OPTION_COUNT, OPTION_JSON, ARENA_BYTES = 64 * 1024 };

static const dyn_option_t option_table[] = {
    [OPTION_SNAPSHOT] = {"snapshot", 's', "FILE", "the snapshot whose words are meant"},
    [OPTION_COUNT] = {"count", 'n', "N", "how many items are shown (20)"},
    [OPTION_JSON] = {"json", 0, NULL, "print JSON"},
};

static json_t *items_of(const dyn_snapshot_t *snapshot, const dyn_meaning_t *meaning,
                        uint64_t count)
{
    json_t *list = json_array();

    for (uint32_t i = 0; i < meaning->item_count && i < count; i++) {
        const dyn_item_t *item = &snapshot->items[meaning->items[i].item];

        json_array_append_new(
            list, json_pack("{s:f, s:o, s:o}", "weight", (double)meaning->items[i].weight, "id",
                            dyn_report_text(dyn_snapshot_string(snapshot, item->id)), "title",
                            dyn_report_text(dyn_snapshot_string(snapshot, item->title))));
    }

    return list;
}

static json_t *path_of(const dyn_snapshot_t *snapshot, uint32_t category)
{
    char text[512];
    int length = 0;
    uint32_t path[DYN_CATEGORY_DEPTH_MAX], depth = 0;

    for (; category != DYN_NONE; category = snapshot->categories[category].parent) {
        path[depth++] = category;
    }
    while (depth > 0 && length >= 0 && (size_t)length < sizeof(text)) {
        dyn_str_t name = dyn_snapshot_string(snapshot, snapshot->categories[path[--depth]].name);

        length += snprintf(text + length, sizeof(text) - (size_t)length, "%s%.*s",
                           length > 0 ? " / " : "", (int)name.len, name.data);
    }

    return dyn_report_text(dyn_utf8_cut((dyn_str_t){text, strlen(text)}, sizeof(text)));
}

static json_t *row(json_t *name, float weight)
{
    return json_pack("{s:f, s:o}", "weight", (double)weight, "name", name);
}

static json_t *trait_of(const dyn_snapshot_t *snapshot, const dyn_edge_t *trait)
{
    return json_pack("{s:f, s:o, s:o}", "weight", (double)trait->weight, "name",
                     dyn_report_text(dyn_trait_name(snapshot, trait->item)), "value",
                     dyn_report_text(dyn_trait_value(snapshot, trait->item)));
}

static json_t *price_of(const dyn_snapshot_t *snapshot, int64_t minor)
{
    const dyn_words_header_t *header = snapshot->sections[DYN_SECTION_WORDS_HEADER].data;
    dyn_str_t currency = dyn_str_from(header->currency);
    char text[40];

    if (minor < 0) {
        return json_null();
    }

    size_t length = dyn_money_format(minor, dyn_money_exponent(currency), text);

    length += (size_t)snprintf(text + length, sizeof(text) - length, " %s", currency.data);

    return json_stringn(text, length);
}

static json_t *report_of(const dyn_snapshot_t *snapshot, const dyn_meaning_t *meaning,
                         uint64_t count)
{
    json_t *categories = json_array(), *brands = json_array(), *traits = json_array();

    for (uint32_t i = 0; i < meaning->category_count; i++) {
        json_array_append_new(categories, row(path_of(snapshot, meaning->categories[i].item),
                                              meaning->categories[i].weight));
    }
    for (uint32_t i = 0; i < meaning->brand_count; i++) {
        json_array_append_new(brands, row(dyn_report_text(dyn_snapshot_string(
                                              snapshot, snapshot->brands[meaning->brands[i].item])),
                                          meaning->brands[i].weight));
    }

    for (uint32_t i = 0; i < meaning->trait_count; i++) {
        json_array_append_new(traits, trait_of(snapshot, &meaning->traits[i]));
    }

    return json_pack("{s:f, s:o, s:o, s:o, s:o, s:o, s:o}", "understood",
                     (double)meaning->understood, "price_low",
                     price_of(snapshot, meaning->price_low), "price_high",
                     price_of(snapshot, meaning->price_high), "categories", categories, "brands",
                     brands, "traits", traits, "items", items_of(snapshot, meaning, count));
}

static int run(const char *path, const char *text, uint64_t count, bool as_json)
{
    static char block[ARENA_BYTES];
    dyn_meaning_t meaning;
    dyn_arena_t arena;
    dyn_error_t error;
    int code = DYN_EXIT_OK;

    if (!dyn_utf8_clean(dyn_str_from(text))) {
        dyn_fail(&error, "the text is not UTF-8 without control characters");
        return dyn_command_failed("words", DYN_EXIT_USAGE, &error);
    }

    dyn_snapshot_t *snapshot = dyn_snapshot_open(path, &error);

    if (snapshot == NULL) {
        return dyn_command_failed("words", DYN_EXIT_INPUT, &error);
    }
    dyn_arena_init(&arena, block, sizeof(block), NULL, NULL);
    if (!dyn_words_meaning(snapshot, dyn_str_from(text), &arena, &meaning)) {
        dyn_fail(&error, "not enough memory to find out what the text means");
        code = dyn_command_failed("words", DYN_EXIT_SYSTEM, &error);
    } else {
        json_t *report = report_of(snapshot, &meaning, count);

        dyn_report_print(stdout, report, as_json);
        json_decref(report);
        code = meaning.item_count > 0 ? DYN_EXIT_OK : DYN_EXIT_DIFFERENT;
    }
    dyn_snapshot_close(snapshot);

    return code;
}

int dyn_command_words(int argc, char **argv)
{
    dyn_options_t options = {
        .command = "words",
        .usage = "--snapshot FILE [OPTION]... TEXT",
        .help = "Prints what a shopper's words mean: items, best first, categories, brands, traits "
                "and price limits.",
        .options = option_table,
        .count = sizeof(option_table) / sizeof(option_table[0]),
    };
    const char *snapshot = NULL;
    uint64_t count = 20;
    bool as_json = false;
    dyn_error_t error;
    int option;

    dyn_options_begin(&options, argc, argv);
    while ((option = dyn_options_next(&options)) >= 0) {
        switch (option) {
        case OPTION_SNAPSHOT:
            snapshot = options.value;
            break;
        case OPTION_COUNT:
            if (!dyn_option_number("count", options.value, 0, DYN_MEANING_ITEMS_MAX, &count,
                                   &error)) {
                return dyn_usage_error("words", "%s", error.text);
            }
            break;
        default:
            as_json = true;
            break;
        }
    }
    if (option == DYN_OPTION_STOP) {
        return options.exit_code;
    }
    if (argc - optind != 1 || snapshot == NULL) {
        return dyn_usage_error("words",
                               "--snapshot FILE and one TEXT are needed (several words in quotes)");
    }

    return run(snapshot, argv[optind], count, as_json);
}

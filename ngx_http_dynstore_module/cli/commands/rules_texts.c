#include "cli/commands/rules_texts.h"

#include <stdio.h>

#include <jansson.h>

#include "cli/base/options.h"
#include "engine/policy/texts.h"

/* The text as a rules file has it, with its placeholders. */
static json_t *text_json(const dyn_wording_t *wording)
{
    char text[DYN_TEXT_BYTES_MAX + 1];
    size_t length = 0;

    for (uint32_t i = 0; i < wording->count; i++) {
        const dyn_text_piece_t *piece = &wording->pieces[i];

        length += (size_t)snprintf(
            text + length, sizeof(text) - length, "%.*s%s%s%s", (int)piece->words.len,
            piece->words.data, piece->place != DYN_PLACE_NONE ? "{" : "",
            dyn_place_name(piece->place).data, piece->place != DYN_PLACE_NONE ? "}" : "");
    }

    return json_stringn(text, length);
}

/* All texts of one language, in the order of the table. */
static json_t *language_json(uint32_t language)
{
    const dyn_texts_t *texts = dyn_texts_built_in();
    json_t *rows = json_object();

    for (uint32_t key = 0; key < DYN_TEXTS_COUNT; key++) {
        json_object_set_new(rows, dyn_text_key_name((dyn_text_key_t)key).data,
                            text_json(dyn_texts_find(texts, language, key)));
    }

    return rows;
}

int dyn_rules_texts(int argc, char **argv)
{
    dyn_options_t options = {
        .command = "rules texts",
        .usage = "[LANGUAGE]",
        .help =
            "Prints the built-in texts as a rules file has them, in one language or in all. For a "
            "language that is not\nbuilt in they are in the language that stands in for it, for "
            "translation.",
    };
    const dyn_texts_t *texts = dyn_texts_built_in();
    json_t *languages = json_object();
    json_t *root;
    int option;

    dyn_options_begin(&options, argc, argv);
    while ((option = dyn_options_next(&options)) >= 0) {
    }
    if (option == DYN_OPTION_STOP) {
        json_decref(languages);
        return options.exit_code;
    }
    if (optind + 1 < argc) {
        json_decref(languages);
        return dyn_usage_error("rules texts", "one LANGUAGE at most");
    }
    if (optind + 1 == argc) {
        json_object_set_new(languages, argv[optind],
                            language_json(dyn_texts_language(texts, dyn_str_from(argv[optind]))));
    }
    for (uint32_t i = 0; optind == argc && i < dyn_texts_languages(texts); i++) {
        json_object_set_new(languages, dyn_texts_tag(texts, i).data, language_json(i));
    }
    root = json_pack("{s:o}", "texts", languages);

    bool good = root != NULL && json_dumpf(root, stdout, JSON_INDENT(2)) == 0 &&
                putchar('\n') != EOF && fflush(stdout) == 0;

    json_decref(root);

    return good ? DYN_EXIT_OK : DYN_EXIT_SYSTEM;
}

#include "cli/lint/checks.h"

#include <stdio.h>
#include <string.h>

#include "engine/policy/texts.h"

const char *const dyn_lint_slot_texts[] = {"title", NULL};
const char *const dyn_lint_message_texts[] = {"returns", "delivery", NULL};
const char *const dyn_lint_content_texts[] = {"title", "text", "cta", NULL};
const char *const dyn_lint_action_texts[] = {"title", "reason", "badge", "sponsored", NULL};
const char *const dyn_lint_label_texts[] = {"label", NULL};

static bool has_language(const json_t *texts, const char *language)
{
    const char *dash = strchr(language, '-');
    char parent[16];

    if (json_object_get(texts, language) != NULL) {
        return true;
    }
    if (dash == NULL || (size_t)(dash - language) >= sizeof(parent)) {
        return false;
    }
    memcpy(parent, language, (size_t)(dash - language));
    parent[dash - language] = '\0';

    return json_object_get(texts, parent) != NULL;
}

/* A text by language; one for all languages lacks none. */
static void check_text(dyn_lint_walk_t *walk, const json_t *object, const char *key)
{
    const json_t *texts = json_object_get(object, key);
    char missing[200] = "";
    size_t used = 0;
    const char *language;
    json_t *value;

    if (!json_is_object(texts)) {
        return;
    }
    dyn_enter_member(&walk->path, key);
    json_object_foreach(walk->languages, language, value)
    {
        if (!has_language(texts, language) && used + 40 < sizeof(missing)) {
            used += (size_t)snprintf(missing + used, sizeof(missing) - used, "%s\"%.30s\"",
                                     used > 0 ? ", " : "", language);
        }
    }
    if (used > 0) {
        dyn_lint_warn(walk, false,
                      "the text is not there in %s, which other texts of this file have: add it",
                      missing);
    }
    dyn_leave(&walk->path);
}

static void gather_languages(dyn_lint_walk_t *walk, const json_t *object, const char *const *keys)
{
    for (; *keys != NULL; keys++) {
        const json_t *texts = json_object_get(object, *keys);
        const char *language;
        json_t *value;

        if (json_is_object(texts)) {
            json_object_foreach((json_t *)texts, language, value)
            {
                json_object_set_new(walk->languages, language, json_true());
            }
        }
    }
}

static void gather_slot_languages(dyn_lint_walk_t *walk, const json_t *slot)
{
    const json_t *variations = json_object_get(slot, "variations");

    gather_languages(walk, slot, dyn_lint_slot_texts);
    for (size_t i = 0; i < json_array_size(variations); i++) {
        gather_languages(walk, json_array_get(variations, i), dyn_lint_slot_texts);
    }
}

void dyn_lint_gather_languages(dyn_lint_walk_t *walk)
{
    const json_t *root = walk->checked->root;
    const json_t *rules = json_object_get(root, "rules");
    const json_t *contents = json_object_get(root, "content");
    const char *name;
    json_t *surface;

    gather_languages(walk, json_object_get(root, "messages"), dyn_lint_message_texts);
    for (size_t i = 0; i < json_array_size(rules); i++) {
        const json_t *then = json_object_get(json_array_get(rules, i), "then");

        gather_languages(walk, then, dyn_lint_action_texts);
        gather_languages(walk, json_object_get(then, "cta"), dyn_lint_label_texts);
    }
    for (size_t i = 0; i < json_array_size(contents); i++) {
        gather_languages(walk, json_array_get(contents, i), dyn_lint_content_texts);
    }
    json_object_foreach(json_object_get(root, "surfaces"), name, surface)
    {
        const json_t *slots = json_object_get(surface, "slots");

        for (size_t i = 0; i < json_array_size(slots); i++) {
            gather_slot_languages(walk, json_array_get(slots, i));
        }
    }
}

void dyn_lint_texts(dyn_lint_walk_t *walk, const json_t *object, const char *const *keys)
{
    for (; *keys != NULL; keys++) {
        check_text(walk, object, *keys);
    }
}

void dyn_lint_translations(dyn_lint_walk_t *walk)
{
    const dyn_texts_t *built_in = dyn_texts_built_in();
    const json_t *texts = json_object_get(walk->checked->root, "texts");
    const char *tag;
    json_t *rows;

    dyn_enter_member(&walk->path, "texts");
    json_object_foreach((json_t *)texts, tag, rows)
    {
        bool known = false;

        for (uint32_t i = 0; i < dyn_texts_languages(built_in); i++) {
            dyn_str_t name = dyn_texts_tag(built_in, i);

            known = known || (strlen(tag) >= name.len &&
                              dyn_str_equal_nocase(name, (dyn_str_t){tag, name.len}) &&
                              (tag[name.len] == '\0' || tag[name.len] == '-'));
        }
        if (!known &&
            !(strchr(tag, '-') != NULL && has_language(texts, tag) &&
              json_object_size(rows) < DYN_TEXTS_COUNT) &&
            json_object_size(rows) < DYN_TEXTS_COUNT) {
            dyn_enter_member(&walk->path, tag);
            dyn_lint_warn(
                walk, true,
                "\"%.30s\" has %zu of %u texts, the others are of another language: `dynstore "
                "rules texts %.30s` prints all",
                tag, json_object_size(rows), DYN_TEXTS_COUNT, tag);
            dyn_leave(&walk->path);
        }
    }
    dyn_leave(&walk->path);
}

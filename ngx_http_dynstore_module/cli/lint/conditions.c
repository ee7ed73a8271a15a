#include "cli/lint/checks.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#include "engine/policy/patterns.h"

/* Letters and digits of the expression, each once: what must be in a text before a match is tried at all. */
static size_t letters_of(const char *expression, char *letters, size_t most)
{
    size_t count = 0;

    for (; *expression != '\0' && count < most; expression++) {
        if (isalnum((unsigned char)*expression) && memchr(letters, *expression, count) == NULL) {
            letters[count++] = *expression;
        }
    }

    return count;
}

/*
 * Texts on which an expression that can go wrong does: one of its letters again and again, alone, and before something that fits
 * nothing.
 */
static bool explodes(const char *expression)
{
    enum { TEXT = 256, ROOM = 1 << 16 };
    static char memory[ROOM];
    char text[TEXT], letters[TEXT / 4];
    size_t count = letters_of(expression, letters, sizeof(letters)), at;
    bool found = false;
    dyn_arena_t arena;
    uint32_t number = 0;
    dyn_error_t error;

    dyn_arena_init(&arena, memory, sizeof(memory), NULL, NULL);

    dyn_patterns_t *patterns = dyn_patterns_begin(&arena, 1);

    if (patterns == NULL || !dyn_patterns_add(patterns, DYN_PATTERN_MATCHES,
                                              dyn_str_from(expression), &number, &at, &error)) {
        return false;
    }
    for (size_t i = 0; i < strlen(expression) + 3 && !found; i++) {
        /* beside its own letters what \w, \d and \s stand for */
        char letter = i < 3 ? "a1 "[i] : expression[i - 3];
        const size_t ends[] = {0, 1, count + 1};

        for (size_t k = 0; k < sizeof(ends) / sizeof(ends[0]) && !found; k++) {
            memset(text, letter, sizeof(text));
            if (ends[k] > 0) {
                memcpy(text + TEXT - ends[k], letters, ends[k] - 1);
                text[TEXT - 1] = '!';
            }
            found = dyn_pattern_explodes(patterns, number, (dyn_str_t){text, sizeof(text)});
        }
    }
    dyn_patterns_free(patterns);

    return found;
}

static void check_pattern(dyn_lint_walk_t *walk, const json_t *value, const void *context)
{
    const json_t *expression = json_object_get(value, "matches");

    (void)context;
    if (expression != NULL && explodes(json_string_value(expression))) {
        dyn_enter_member(&walk->path, "matches");
        dyn_lint_warn(
            walk, false,
            "the expression takes too many steps on some texts and then fits nothing: do not "
            "repeat what is repeated already, as in (a+)+, or use {\"words\": \"...\"}");
        dyn_leave(&walk->path);
    }
}

static void check_bounds(dyn_lint_walk_t *walk, const char *field, const json_t *value)
{
    const json_t *least = json_is_number(value) ? value : json_object_get(value, "min");
    double most = strcmp(field, "margin") == 0 ? 1 : strcmp(field, "rating") == 0 ? 5 : INFINITY;

    if (json_is_number(least) && json_number_value(least) > most) {
        dyn_enter_member(&walk->path, field);
        dyn_lint_warn(walk, false, "no %s is above %g: write at most that", field, most);
        dyn_leave(&walk->path);
    }
}

static void check_attributes(dyn_lint_walk_t *walk, const json_t *object)
{
    const char *key;
    json_t *value;

    dyn_enter_member(&walk->path, "attribute");
    json_object_foreach((json_t *)object, key, value)
    {
        dyn_lint_visit(walk, object, key, dyn_lint_trait, key);
    }
    dyn_leave(&walk->path);
}

static void check_group(dyn_lint_walk_t *walk, const json_t *value, const void *context)
{
    (void)context;
    dyn_lint_fields(walk, value);
}

void dyn_lint_fields(dyn_lint_walk_t *walk, const json_t *object)
{
    static const struct {
        const char *key;
        dyn_lint_visit_fn visit;
        const char *context;
    } visits[] = {
        {"all", check_group, NULL},          {"any", check_group, NULL},
        {"not", check_group, NULL},          {"item", check_group, NULL},
        {"page", check_group, NULL},         {"cart", check_group, NULL},
        {"viewed", check_group, NULL},       {"bought", check_group, NULL},
        {"slot", dyn_lint_slot, NULL},       {"campaign", check_pattern, NULL},
        {"source", check_pattern, NULL},     {"medium", check_pattern, NULL},
        {"keyword", check_pattern, NULL},    {"ad_content", check_pattern, NULL},
        {"search", check_pattern, NULL},     {"referrer", check_pattern, NULL},
        {"intent", dyn_lint_category, NULL}, {"category", dyn_lint_category, NULL},
        {"id", dyn_lint_item, NULL},         {"brand", dyn_lint_brand, NULL},
        {"tag", dyn_lint_trait, "tag"},      {"audience", dyn_lint_trait, "audience"},
        {"flag", dyn_lint_feature, NULL},
    };

    for (size_t i = 0; i < sizeof(visits) / sizeof(visits[0]); i++) {
        dyn_lint_visit(walk, object, visits[i].key, visits[i].visit, visits[i].context);
    }
    if (json_object_get(object, "attribute") != NULL) {
        check_attributes(walk, json_object_get(object, "attribute"));
    }
    check_bounds(walk, "margin", json_object_get(object, "margin"));
    check_bounds(walk, "rating", json_object_get(object, "rating"));
    if (json_is_number(json_object_get(object, "percent")) &&
        json_number_value(json_object_get(object, "percent")) <= 0) {
        dyn_enter_member(&walk->path, "percent");
        dyn_lint_warn(walk, false, "0 percent are nobody: write more, or \"enabled\": false");
        dyn_leave(&walk->path);
    }
}

/* What cannot hold together with something before it. */
static void check_contradictions(dyn_lint_walk_t *walk, const json_t *when)
{
    dyn_contradiction_t found;
    size_t depth = walk->path.depth;

    if (!dyn_rules_contradiction(when, &found)) {
        return;
    }
    for (size_t i = 0; i < found.depth; i++) {
        if (found.steps[i].key.data != NULL) {
            dyn_enter_member(&walk->path, found.steps[i].key.data);
        } else {
            dyn_enter_element(&walk->path, found.steps[i].index);
        }
    }
    dyn_lint_warn(
        walk, true,
        "\"%s\" is asked for twice, and both cannot hold, so that the rule never does: write "
        "\"any\" in place of \"all\", or one of them alone",
        found.name);
    walk->path.depth = depth;
}

void dyn_lint_when(dyn_lint_walk_t *walk, const json_t *object, const char *key)
{
    const json_t *when = json_object_get(object, key);

    if (when != NULL) {
        dyn_enter_member(&walk->path, key);
        dyn_lint_fields(walk, when);
        check_contradictions(walk, when);
        dyn_leave(&walk->path);
    }
}

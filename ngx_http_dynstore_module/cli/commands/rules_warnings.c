#include "cli/commands/rules_warnings.h"

#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cli/commands/rules_overlap.h"
#include "engine/catalogue/traits.h"
#include "engine/decide/moment_slots.h"
#include "engine/policy/patterns.h"
#include "engine/policy/place.h"
#include "engine/policy/slots.h"
#include "engine/policy/texts.h"
#include "engine/policy/zone.h"

enum { STEPS_MAX = 96, SENTENCE_BYTES = 400, DAY_MS = 86400000 };

typedef struct {
    const dyn_rules_checked_t *checked;
    const dyn_snapshot_t *snapshot; /* NULL: names are not looked up */
    json_t *warnings;
    json_t *languages; /* that texts of the file have, as keys */
    dyn_rules_items_t items;
    dyn_json_step_t steps[STEPS_MAX];
    size_t depth;
} walk_t;

/* ---- places ---- */

static void enter_member(walk_t *walk, const char *key)
{
    if (walk->depth < STEPS_MAX) {
        walk->steps[walk->depth] = (dyn_json_step_t){dyn_str_from(key), 0};
    }
    walk->depth++;
}

static void enter_element(walk_t *walk, size_t index)
{
    if (walk->depth < STEPS_MAX) {
        walk->steps[walk->depth] = (dyn_json_step_t){DYN_STR_NONE, index};
    }
    walk->depth++;
}

static void leave(walk_t *walk)
{
    walk->depth--;
}

static void add_warning(walk_t *walk, bool of_key, const char *sentence)
{
    size_t depth = walk->depth < STEPS_MAX ? walk->depth : STEPS_MAX;
    dyn_place_in_text_t place = dyn_json_place(walk->checked->text, walk->steps, depth, of_key, 0);
    size_t at = json_array_size(walk->warnings);

    for (; at > 0; at--) {
        const json_t *before = json_array_get(walk->warnings, at - 1);
        json_int_t line = json_integer_value(json_object_get(before, "line"));

        if (line < (json_int_t)place.line ||
            (line == (json_int_t)place.line &&
             json_integer_value(json_object_get(before, "column")) <= (json_int_t)place.column)) {
            break;
        }
    }
    json_array_insert_new(walk->warnings, at,
                          json_pack("{s:I, s:I, s:s}", "line", (json_int_t)place.line, "column",
                                    (json_int_t)place.column, "sentence", sentence));
}

__attribute__((format(printf, 3, 4))) static void warn_at(walk_t *walk, bool of_key,
                                                          const char *format, ...)
{
    char sentence[SENTENCE_BYTES];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(sentence, sizeof(sentence), format, arguments);
    va_end(arguments);
    add_warning(walk, of_key, sentence);
}

typedef void (*visit_fn)(walk_t *walk, const json_t *value, const void *context);

/* One value, or each of a list. */
static void visit_each(walk_t *walk, const json_t *value, visit_fn visit, const void *context)
{
    if (!json_is_array(value)) {
        visit(walk, value, context);
        return;
    }
    for (size_t i = 0; i < json_array_size(value); i++) {
        enter_element(walk, i);
        visit(walk, json_array_get(value, i), context);
        leave(walk);
    }
}

static void visit_member(walk_t *walk, const json_t *object, const char *key, visit_fn visit,
                         const void *context)
{
    const json_t *value = json_object_get(object, key);

    if (value != NULL) {
        enter_member(walk, key);
        visit_each(walk, value, visit, context);
        leave(walk);
    }
}

/* ---- names that the catalogue knows ---- */

static dyn_str_t name_of(const json_t *value, char room[32])
{
    if (json_is_string(value)) {
        return (dyn_str_t){json_string_value(value), json_string_length(value)};
    }
    if (json_is_true(value)) {
        return DYN_STR("yes");
    }
    snprintf(room, 32, "%.10g", json_number_value(value));

    return dyn_str_from(room);
}

/* Whether both are the same but for case, blanks and signs: what is mistaken most often. */
static bool is_near(dyn_str_t a, dyn_str_t b)
{
    size_t i = 0, k = 0;

    for (;;) {
        while (i < a.len && strchr(" -_/.&'", a.data[i]) != NULL) {
            i++;
        }
        while (k < b.len && strchr(" -_/.&'", b.data[k]) != NULL) {
            k++;
        }
        if (i == a.len || k == b.len) {
            return i == a.len && k == b.len;
        }
        if (!dyn_str_equal_nocase((dyn_str_t){a.data + i, 1}, (dyn_str_t){b.data + k, 1})) {
            return false;
        }
        i++;
        k++;
    }
}

static void warn_unknown(walk_t *walk, const char *what, dyn_str_t name, dyn_str_t near)
{
    if (near.len > 0) {
        warn_at(walk, false, "the catalogue has no %s \"%.*s\"; did you mean \"%.*s\"?", what,
                (int)name.len, name.data, (int)near.len, near.data);
    } else {
        warn_at(walk, false,
                "the catalogue has no %s \"%.*s\", so that it fits nothing: write one that it has",
                what, (int)name.len, name.data);
    }
}

static void check_item(walk_t *walk, const json_t *value, const void *context)
{
    char room[32];
    dyn_str_t id = name_of(value, room);

    (void)context;
    if (walk->snapshot != NULL && dyn_snapshot_find_item(walk->snapshot, id, NULL) == DYN_NONE) {
        warn_unknown(walk, "item", id, DYN_STR(""));
    }
}

static void check_category(walk_t *walk, const json_t *value, const void *context)
{
    char room[32];
    dyn_str_t name, near = DYN_STR("");

    (void)context;
    if (walk->snapshot == NULL || !json_is_string(value)) {
        return;
    }
    name = name_of(value, room);
    if (dyn_snapshot_find_category(walk->snapshot, name) != DYN_NONE) {
        return;
    }
    for (uint32_t i = 0; i < walk->snapshot->category_count; i++) {
        dyn_str_t other = dyn_snapshot_string(walk->snapshot, walk->snapshot->categories[i].name);

        near = is_near(name, other) ? other : near;
    }
    warn_unknown(walk, "category", name, near);
}

static void check_brand(walk_t *walk, const json_t *value, const void *context)
{
    char room[32];
    dyn_str_t name, near = DYN_STR("");

    (void)context;
    if (walk->snapshot == NULL || !json_is_string(value)) {
        return;
    }
    name = name_of(value, room);
    if (dyn_brand_find(walk->snapshot, name) != DYN_NONE) {
        return;
    }
    for (uint32_t i = 0; i < walk->snapshot->brand_count; i++) {
        dyn_str_t other = dyn_snapshot_string(walk->snapshot, walk->snapshot->brands[i]);

        near = is_near(name, other) ? other : near;
    }
    warn_unknown(walk, "brand", name, near);
}

/* context: the trait's name */
static void check_trait(walk_t *walk, const json_t *value, const void *context)
{
    char room[32], what[96];
    dyn_str_t trait = dyn_str_from(context), name = name_of(value, room), near = DYN_STR("");
    bool known = false;

    if (walk->snapshot == NULL || dyn_trait_find(walk->snapshot, trait, name) != DYN_NONE) {
        return;
    }
    for (uint32_t i = 0; i < walk->snapshot->trait_count; i++) {
        if (dyn_str_equal(dyn_trait_name(walk->snapshot, i), trait)) {
            dyn_str_t other = dyn_trait_value(walk->snapshot, i);

            known = true;
            near = is_near(name, other) ? other : near;
        }
    }
    if (!known) {
        warn_at(walk, true,
                "no item of the catalogue has the attribute \"%.64s\": write one that it has",
                trait.data);
        return;
    }
    snprintf(what, sizeof(what), "%s%.64s", strcmp(trait.data, "tag") == 0 ? "" : "item whose ",
             trait.data);
    if (strcmp(trait.data, "tag") != 0) {
        snprintf(what + strlen(what), sizeof(what) - strlen(what), " is");
    }
    warn_unknown(walk, what, name, near);
}

/* ---- other names ---- */

static bool has_slot(const dyn_policy_t *policy, dyn_str_t name)
{
    const dyn_slot_t *slots;

    for (uint32_t i = 0; i < policy->slot_count; i++) {
        if (dyn_str_equal(dyn_str_from(policy->slots[i].row.slot), name)) {
            return true;
        }
    }
    for (uint32_t i = 0; i < policy->content_count; i++) {
        if (dyn_str_equal(policy->contents[i].slot, name)) {
            return true;
        }
    }
    for (unsigned surface = 0; surface < DYN_SURFACES_COUNT; surface++) {
        for (size_t i = dyn_default_slots((dyn_surface_t)surface, &slots); i > 0; i--) {
            if (dyn_str_equal(slots[i - 1].name, name)) {
                return true;
            }
        }
    }

    return dyn_moment_slot_kind(name) != DYN_SLOT_LIST;
}

static void check_slot(walk_t *walk, const json_t *value, const void *context)
{
    char room[32];

    (void)context;
    if (!has_slot(walk->checked->policy, name_of(value, room))) {
        warn_at(walk, false,
                "no surface has a slot \"%.64s\": add it to \"surfaces\", or see that nginx.conf "
                "names it in dynstore_slots",
                json_string_value(value));
    }
}

static void check_content_id(walk_t *walk, const json_t *value, const void *context)
{
    char room[32];

    (void)context;
    /* without a catalogue nobody knows what content it has */
    if (walk->snapshot != NULL &&
        dyn_policy_content(walk->checked->policy, name_of(value, room)) == NULL) {
        warn_at(walk, false,
                "neither this file nor the catalogue has an approved content \"%.64s\": add it to "
                "\"content\"",
                json_string_value(value));
    }
}

/* ---- expressions ---- */

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

static void check_pattern(walk_t *walk, const json_t *value, const void *context)
{
    const json_t *expression = json_object_get(value, "matches");

    (void)context;
    if (expression != NULL && explodes(json_string_value(expression))) {
        enter_member(walk, "matches");
        warn_at(walk, false,
                "the expression takes too many steps on some texts and then fits nothing: do not "
                "repeat what is repeated already, as in (a+)+, or use {\"words\": \"...\"}");
        leave(walk);
    }
}

/* ---- conditions ---- */

static void check_bounds(walk_t *walk, const char *field, const json_t *value)
{
    const json_t *least = json_is_number(value) ? value : json_object_get(value, "min");
    double most = strcmp(field, "margin") == 0 ? 1 : strcmp(field, "rating") == 0 ? 5 : INFINITY;

    if (json_is_number(least) && json_number_value(least) > most) {
        enter_member(walk, field);
        warn_at(walk, false, "no %s is above %g: write at most that", field, most);
        leave(walk);
    }
}

static void check_attributes(walk_t *walk, const json_t *object)
{
    const char *key;
    json_t *value;

    enter_member(walk, "attribute");
    json_object_foreach((json_t *)object, key, value)
    {
        visit_member(walk, object, key, check_trait, key);
    }
    leave(walk);
}

/* A flag that the file does not have, or the feature of an experiment. */
static void check_feature(walk_t *walk, const json_t *value, const void *context)
{
    const dyn_policy_t *policy = walk->checked->policy;
    const json_t *flags = json_object_get(walk->checked->root, "flags");
    const char *name = json_string_value(value);

    (void)context;
    if (policy->features != NULL && json_object_get(flags, name) == NULL &&
        dyn_features_find(policy->features, dyn_str_from(name)) == DYN_NONE) {
        warn_at(walk, false,
                "the payload has no feature \"%.64s\": until it has one, this is nobody's", name);
    }
}

static void check_fields(walk_t *walk, const json_t *object);

static void check_group(walk_t *walk, const json_t *value, const void *context)
{
    (void)context;
    check_fields(walk, value);
}

/* Conditions of requests and of items alike: no name means something else in the other. */
static void check_fields(walk_t *walk, const json_t *object)
{
    static const struct {
        const char *key;
        visit_fn visit;
        const char *context;
    } visits[] = {
        {"all", check_group, NULL},       {"any", check_group, NULL},
        {"not", check_group, NULL},       {"item", check_group, NULL},
        {"page", check_group, NULL},      {"cart", check_group, NULL},
        {"viewed", check_group, NULL},    {"bought", check_group, NULL},
        {"slot", check_slot, NULL},       {"campaign", check_pattern, NULL},
        {"source", check_pattern, NULL},  {"medium", check_pattern, NULL},
        {"keyword", check_pattern, NULL}, {"ad_content", check_pattern, NULL},
        {"search", check_pattern, NULL},  {"referrer", check_pattern, NULL},
        {"intent", check_category, NULL}, {"category", check_category, NULL},
        {"id", check_item, NULL},         {"brand", check_brand, NULL},
        {"tag", check_trait, "tag"},      {"audience", check_trait, "audience"},
        {"flag", check_feature, NULL},
    };

    for (size_t i = 0; i < sizeof(visits) / sizeof(visits[0]); i++) {
        visit_member(walk, object, visits[i].key, visits[i].visit, visits[i].context);
    }
    if (json_object_get(object, "attribute") != NULL) {
        check_attributes(walk, json_object_get(object, "attribute"));
    }
    check_bounds(walk, "margin", json_object_get(object, "margin"));
    check_bounds(walk, "rating", json_object_get(object, "rating"));
    if (json_is_number(json_object_get(object, "percent")) &&
        json_number_value(json_object_get(object, "percent")) <= 0) {
        enter_member(walk, "percent");
        warn_at(walk, false, "0 percent are nobody: write more, or \"enabled\": false");
        leave(walk);
    }
}

/* What cannot hold together with something before it. */
static void check_contradictions(walk_t *walk, const json_t *when)
{
    dyn_contradiction_t found;
    size_t depth = walk->depth;

    if (!dyn_rules_contradiction(when, &found)) {
        return;
    }
    for (size_t i = 0; i < found.depth; i++) {
        if (found.steps[i].key.data != NULL) {
            enter_member(walk, found.steps[i].key.data);
        } else {
            enter_element(walk, found.steps[i].index);
        }
    }
    warn_at(walk, true,
            "\"%s\" is asked for twice, and both cannot hold, so that the rule never does: write "
            "\"any\" in place of \"all\", or one of them alone",
            found.name);
    walk->depth = depth;
}

static void check_when(walk_t *walk, const json_t *object, const char *key)
{
    const json_t *when = json_object_get(object, key);

    if (when != NULL) {
        enter_member(walk, key);
        check_fields(walk, when);
        check_contradictions(walk, when);
        leave(walk);
    }
}

/* ---- texts ---- */

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
static void check_text(walk_t *walk, const json_t *object, const char *key)
{
    const json_t *texts = json_object_get(object, key);
    char missing[200] = "";
    size_t used = 0;
    const char *language;
    json_t *value;

    if (!json_is_object(texts)) {
        return;
    }
    enter_member(walk, key);
    json_object_foreach(walk->languages, language, value)
    {
        if (!has_language(texts, language) && used + 40 < sizeof(missing)) {
            used += (size_t)snprintf(missing + used, sizeof(missing) - used, "%s\"%.30s\"",
                                     used > 0 ? ", " : "", language);
        }
    }
    if (used > 0) {
        warn_at(walk, false,
                "the text is not there in %s, which other texts of this file have: add it",
                missing);
    }
    leave(walk);
}

static void gather_languages(walk_t *walk, const json_t *object, const char *const *keys)
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

static const char *const slot_texts[] = {"title", NULL};
static const char *const message_texts[] = {"returns", "delivery", NULL};
static const char *const content_texts[] = {"title", "text", "cta", NULL};
static const char *const action_texts[] = {"title", "reason", "badge", "sponsored", NULL};
static const char *const label_texts[] = {"label", NULL};

static void gather_slot_languages(walk_t *walk, const json_t *slot)
{
    const json_t *variations = json_object_get(slot, "variations");

    gather_languages(walk, slot, slot_texts);
    for (size_t i = 0; i < json_array_size(variations); i++) {
        gather_languages(walk, json_array_get(variations, i), slot_texts);
    }
}

static void gather_all_languages(walk_t *walk)
{
    const json_t *root = walk->checked->root;
    const json_t *rules = json_object_get(root, "rules");
    const json_t *contents = json_object_get(root, "content");
    const char *name;
    json_t *surface;

    gather_languages(walk, json_object_get(root, "messages"), message_texts);
    for (size_t i = 0; i < json_array_size(rules); i++) {
        const json_t *then = json_object_get(json_array_get(rules, i), "then");

        gather_languages(walk, then, action_texts);
        gather_languages(walk, json_object_get(then, "cta"), label_texts);
    }
    for (size_t i = 0; i < json_array_size(contents); i++) {
        gather_languages(walk, json_array_get(contents, i), content_texts);
    }
    json_object_foreach(json_object_get(root, "surfaces"), name, surface)
    {
        const json_t *slots = json_object_get(surface, "slots");

        for (size_t i = 0; i < json_array_size(slots); i++) {
            gather_slot_languages(walk, json_array_get(slots, i));
        }
    }
}

static void check_texts(walk_t *walk, const json_t *object, const char *const *keys)
{
    for (; *keys != NULL; keys++) {
        check_text(walk, object, *keys);
    }
}

/* A language that is not built in, and is not whole. */
static void check_translations(walk_t *walk)
{
    const dyn_texts_t *built_in = dyn_texts_built_in();
    const json_t *texts = json_object_get(walk->checked->root, "texts");
    const char *tag;
    json_t *rows;

    enter_member(walk, "texts");
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
            enter_member(walk, tag);
            warn_at(walk, true,
                    "\"%.30s\" has %zu of %u texts, the others are of another language: `dynstore "
                    "rules texts %.30s` prints all",
                    tag, json_object_size(rows), DYN_TEXTS_COUNT, tag);
            leave(walk);
        }
    }
    leave(walk);
}

/* ---- dates ---- */

/* A rule or an experiment. */
static bool is_enabled(const json_t *object)
{
    return !json_is_false(json_object_get(object, "enabled"));
}

static void check_until(walk_t *walk, const json_t *object, const char *what)
{
    const json_t *until = json_object_get(object, "until");
    char room[32];
    int64_t until_ms;

    if (until == NULL ||
        !dyn_zone_time(walk->checked->policy->time_zone, name_of(until, room), &until_ms) ||
        until_ms > walk->checked->now_ms) {
        return;
    }
    enter_member(walk, "until");
    warn_at(walk, false, "this has passed, so that %s: remove it, or write a later day", what);
    leave(walk);
}

/* ---- slots and content ---- */

static void check_slots(walk_t *walk)
{
    const char *name;
    json_t *surface;

    enter_member(walk, "surfaces");
    json_object_foreach(json_object_get(walk->checked->root, "surfaces"), name, surface)
    {
        const json_t *slots = json_object_get(surface, "slots");

        enter_member(walk, name);
        enter_member(walk, "slots");
        for (size_t i = 0; i < json_array_size(slots); i++) {
            const json_t *slot = json_array_get(slots, i);
            const json_t *variations = json_object_get(slot, "variations");

            enter_element(walk, i);
            check_texts(walk, slot, slot_texts);
            enter_member(walk, "variations");
            for (size_t v = 0; v < json_array_size(variations); v++) {
                enter_element(walk, v);
                check_texts(walk, json_array_get(variations, v), slot_texts);
                check_when(walk, json_array_get(variations, v), "when");
                leave(walk);
            }
            leave(walk);
            leave(walk);
        }
        leave(walk);
        leave(walk);
    }
    leave(walk);
}

static void check_contents(walk_t *walk)
{
    const json_t *contents = json_object_get(walk->checked->root, "content");

    enter_member(walk, "content");
    for (size_t i = 0; i < json_array_size(contents); i++) {
        const json_t *content = json_array_get(contents, i);

        enter_element(walk, i);
        check_texts(walk, content, content_texts);
        check_until(walk, content, "the content is shown no more");
        check_when(walk, content, "match");
        visit_member(walk, content, "items", check_item, NULL);
        leave(walk);
    }
    leave(walk);
}

/* ---- experiments ---- */

/* Element i of a list, or the one value that stands for a list of one. */
static const json_t *each_of(const json_t *value, size_t i)
{
    return json_is_array(value) ? json_array_get(value, i) : i == 0 ? value : NULL;
}

static bool has_text(const json_t *texts, const char *text)
{
    const json_t *one;

    for (size_t i = 0; (one = each_of(texts, i)) != NULL; i++) {
        if (json_is_string(one) && strcmp(json_string_value(one), text) == 0) {
            return true;
        }
    }

    return false;
}

/* Whether something in the file asks for a variant of the experiment by its name. */
static bool asks_for_variant(const json_t *value, const char *experiment)
{
    size_t length = strlen(experiment), i;
    const char *key;
    json_t *inner;

    json_object_foreach((json_t *)(uintptr_t)value, key, inner)
    {
        const json_t *name;

        for (i = 0; strcmp(key, "experiment") == 0 && (name = each_of(inner, i)) != NULL; i++) {
            const char *text = json_is_string(name) ? json_string_value(name) : "";

            if (strncmp(text, experiment, length) == 0 && text[length] == ':') {
                return true;
            }
        }
        if (asks_for_variant(inner, experiment)) {
            return true;
        }
    }
    json_array_foreach((json_t *)(uintptr_t)value, i, inner)
    {
        if (asks_for_variant(inner, experiment)) {
            return true;
        }
    }

    return false;
}

static bool is_same_variant(const json_t *a, const json_t *b)
{
    static const char *const members[] = {"strength", "slots", "rules", "content"};

    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        const json_t *one = json_object_get(a, members[i]), *other = json_object_get(b, members[i]);

        if (one == NULL || other == NULL ? one != other : !json_equal(one, other)) {
            return false;
        }
    }

    return json_is_false(json_object_get(a, "show")) == json_is_false(json_object_get(b, "show"));
}

static void check_variants(walk_t *walk, const json_t *experiment)
{
    const json_t *variants = json_object_get(experiment, "variants");
    const json_t *control = json_array_get(variants, 0);
    const char *id = json_string_value(json_object_get(experiment, "id"));
    bool asked = asks_for_variant(walk->checked->root, id), weighted = false;
    double sum = 0;

    enter_member(walk, "variants");
    if (json_array_size(variants) == 1) {
        warn_at(walk, true,
                "the experiment has one variant, and nothing to compare it with: put a control "
                "before it, as {\"id\": \"control\"}");
    }
    for (size_t i = 0; i < json_array_size(variants); i++) {
        const json_t *variant = json_array_get(variants, i);
        const json_t *weight = json_object_get(variant, "weight");

        weighted = weighted || weight != NULL;
        sum += json_number_value(weight);
        enter_element(walk, i);
        enter_member(walk, "id");
        if (i > 0 && has_text(json_object_get(variant, "id"), "control")) {
            warn_at(walk, false, "the first variant is the control: put this one first");
        } else if (i > 0 && !asked && is_same_variant(variant, control)) {
            warn_at(walk, false,
                    "the variant is the same as the control: write what it changes, such as "
                    "\"slots\", \"rules\" or \"content\"");
        }
        leave(walk);
        leave(walk);
    }
    if (weighted && fabs(sum - 1) > 0.01) {
        warn_at(walk, true,
                "the weights sum to %g, so that all variants get the same share: write weights "
                "whose sum is 1",
                sum);
    }
    leave(walk);
}

/* The slots that some variant changes, as keys; "*": all. */
static json_t *changed_slots(const json_t *experiment)
{
    const json_t *variants = json_object_get(experiment, "variants"), *one;
    const json_t *scope = json_object_get(experiment, "slots");
    json_t *changed = json_object(), *within;

    for (size_t i = 0; i < json_array_size(variants); i++) {
        const json_t *variant = json_array_get(variants, i);
        const json_t *slots = json_object_get(variant, "slots");

        if (json_is_false(json_object_get(variant, "show")) ||
            json_object_get(variant, "strength") != NULL) {
            json_object_set_new(changed, "*", json_true());
        }
        for (size_t k = 0; k < json_array_size(slots); k++) {
            const json_t *slot = json_array_get(slots, k);

            json_object_set_new(changed, json_string_value(json_object_get(slot, "slot")),
                                json_true());
        }
        json_object_update(changed, json_object_get(variant, "content"));
    }
    if (scope == NULL) {
        return changed;
    }
    within = json_object();
    for (size_t i = 0; (one = each_of(scope, i)) != NULL; i++) {
        if (json_object_get(changed, "*") != NULL ||
            json_object_get(changed, json_string_value(one)) != NULL) {
            json_object_set_new(within, json_string_value(one), json_true());
        }
    }
    json_decref(changed);

    return within;
}

/* One of the slots that both change, "*" for all; empty: there is none. */
static void slot_of_both(const json_t *a, const json_t *b, char name[DYN_SLOT_NAME_BYTES_MAX + 1])
{
    json_t *of_a = changed_slots(a), *of_b = changed_slots(b), *unused;
    const char *key;

    if (json_object_get(of_b, "*") == NULL && json_object_get(of_a, "*") != NULL) {
        json_t *swapped = of_a;

        of_a = of_b;
        of_b = swapped;
    }
    name[0] = '\0';
    json_object_foreach(of_a, key, unused)
    {
        if (json_object_get(of_b, "*") != NULL || json_object_get(of_b, key) != NULL) {
            snprintf(name, DYN_SLOT_NAME_BYTES_MAX + 1, "%s", key);
            break;
        }
    }
    json_decref(of_a);
    json_decref(of_b);
}

/* Whether one is the other, or a category above it. */
static bool is_within(const char *category, const char *above)
{
    size_t length = strlen(above);

    return dyn_str_equal_nocase((dyn_str_t){category, strnlen(category, length)},
                                (dyn_str_t){above, length}) &&
           (category[length] == '\0' || category[length] == '/');
}

static bool have_common(const json_t *a, const json_t *b)
{
    const json_t *one, *other;

    for (size_t i = 0; (one = each_of(a, i)) != NULL; i++) {
        for (size_t k = 0; (other = each_of(b, k)) != NULL; k++) {
            const char *text = json_string_value(one), *beside = json_string_value(other);

            if (text == NULL || beside == NULL || is_within(text, beside) ||
                is_within(beside, text)) {
                return true;
            }
        }
    }

    return a == NULL || b == NULL;
}

/* Whether some visitor can be in both on one page, as far as the file tells. */
static bool can_meet(const walk_t *walk, size_t first, size_t second)
{
    const json_t *rows = json_object_get(walk->checked->root, "experiments");
    const json_t *a = json_array_get(rows, first), *b = json_array_get(rows, second);
    const dyn_experiment_t *one = &walk->checked->policy->experiments[first];
    const dyn_experiment_t *other = &walk->checked->policy->experiments[second];
    json_t *when =
        json_pack("{s:[O*, O*]}", "all", json_object_get(a, "when"), json_object_get(b, "when"));
    dyn_contradiction_t found;
    bool excluded = dyn_rules_contradiction(when, &found);

    json_decref(when);

    return !excluded && one->until_ms > other->from_ms && other->until_ms > one->from_ms &&
           (one->name_space.len == 0 || !dyn_str_equal(one->name_space, other->name_space) ||
            (one->namespace_until > other->namespace_from &&
             other->namespace_until > one->namespace_from)) &&
           have_common(json_object_get(a, "surfaces"), json_object_get(b, "surfaces")) &&
           have_common(json_object_get(a, "categories"), json_object_get(b, "categories"));
}

/* Whether it changes what visitors see by a deal of its own; a feature's is GrowthBook's. */
static bool is_dealt(const json_t *experiment)
{
    return is_enabled(experiment) && !json_is_true(json_object_get(experiment, "shadow")) &&
           json_object_get(experiment, "feature") == NULL;
}

static void check_experiments_before(walk_t *walk, size_t number)
{
    const json_t *rows = json_object_get(walk->checked->root, "experiments");
    const json_t *experiment = json_array_get(rows, number);
    char slot[DYN_SLOT_NAME_BYTES_MAX + 1];

    for (size_t i = 0; i < number && is_dealt(experiment); i++) {
        const json_t *before = json_array_get(rows, i);

        if (!is_dealt(before) || !can_meet(walk, i, number)) {
            continue;
        }
        slot_of_both(before, experiment, slot);
        if (slot[0] != '\0') {
            enter_member(walk, "id");
            warn_at(walk, false,
                    "the experiment \"%.48s\" changes the slot \"%s\" as well, for the same "
                    "visitors, and goes first: part them by a \"namespace\"",
                    json_string_value(json_object_get(before, "id")), slot);
            leave(walk);
            return;
        }
    }
}

static void check_times(walk_t *walk, const json_t *object, const char *what)
{
    const json_t *from = json_object_get(object, "from");
    char room[32];
    int64_t from_ms;

    check_until(walk, object, what);
    if (from != NULL &&
        dyn_zone_time(walk->checked->policy->time_zone, name_of(from, room), &from_ms) &&
        from_ms > walk->checked->now_ms) {
        enter_member(walk, "from");
        warn_at(walk, false,
                "this is still to come, and until then %s: check that day with --now, or write "
                "an earlier one",
                what);
        leave(walk);
    }
}

static void check_experiments(walk_t *walk)
{
    const json_t *experiments = json_object_get(walk->checked->root, "experiments");

    enter_member(walk, "experiments");
    for (size_t i = 0; i < json_array_size(experiments); i++) {
        const json_t *experiment = json_array_get(experiments, i);
        const json_t *coverage = json_object_get(experiment, "coverage");

        if (!is_enabled(experiment)) {
            continue;
        }
        enter_element(walk, i);
        visit_member(walk, experiment, "feature", check_feature, NULL);
        visit_member(walk, experiment, "categories", check_category, NULL);
        visit_member(walk, experiment, "slots", check_slot, NULL);
        check_when(walk, experiment, "when");
        check_times(walk, experiment, "nobody is in the experiment");
        if (coverage != NULL && json_number_value(coverage) == 0) {
            enter_member(walk, "coverage");
            warn_at(walk, false, "nobody takes part: write a share above 0, or \"enabled\": false");
            leave(walk);
        }
        check_variants(walk, experiment);
        check_experiments_before(walk, i);
        leave(walk);
    }
    leave(walk);
}

static void check_holdout(walk_t *walk)
{
    const json_t *holdout = json_object_get(walk->checked->root, "holdout");

    enter_member(walk, "holdout");
    check_times(walk, holdout, "nobody is held out");
    if (json_number_value(json_object_get(holdout, "share")) > 0.5) {
        enter_member(walk, "share");
        warn_at(walk, false,
                "more than half of the visitors never see a block: a few percent are usual, as "
                "0.05");
        leave(walk);
    }
    leave(walk);
}

/* ---- rules ---- */

static bool asks_for_country(const json_t *when)
{
    static const char *const groups[] = {"all", "any", "not"};

    if (json_object_get(when, "country") != NULL) {
        return true;
    }
    for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
        const json_t *group = json_object_get(when, groups[i]);

        if (json_is_object(group) && asks_for_country(group)) {
            return true;
        }
        for (size_t k = 0; k < json_array_size(group); k++) {
            if (asks_for_country(json_array_get(group, k))) {
                return true;
            }
        }
    }

    return false;
}

static void check_geography(walk_t *walk, const json_t *rule, const json_t *then)
{
    static const char *const hides[] = {"exclude", "filter"};
    const json_t *boost = json_object_get(then, "boost");
    double most = walk->checked->policy->guardrails.geography_boost;

    if (json_is_true(json_object_get(rule, "compliance")) ||
        !asks_for_country(json_object_get(rule, "when"))) {
        return;
    }
    for (size_t i = 0; i < sizeof(hides) / sizeof(hides[0]); i++) {
        if (json_object_get(then, hides[i]) != NULL) {
            enter_member(walk, hides[i]);
            warn_at(walk, true,
                    "the rule hides items by country: write \"compliance\": true if a law asks for "
                    "it, else \"boost\" what fits there");
            leave(walk);
        }
    }
    if (json_number_value(boost) > most) {
        enter_member(walk, "boost");
        warn_at(walk, false,
                "a country is a hint, and boosts by %g at most (guardrails.geography_boost): write "
                "no more, or \"compliance\": true if a law asks for it",
                most);
        leave(walk);
    }
}

static void check_placed(walk_t *walk, const json_t *then, const char *key)
{
    const json_t *action = json_object_get(then, key);

    if (action != NULL) {
        enter_member(walk, key);
        visit_member(walk, action, "items", check_item, NULL);
        leave(walk);
    }
}

/* One item alone is apart from nothing. */
static void check_apart(walk_t *walk, const json_t *apart)
{
    const json_t *items = json_object_get(apart, "items");
    uint32_t first = DYN_NONE;
    bool others = false;

    for (size_t i = 0; walk->snapshot != NULL && i < json_array_size(items); i++) {
        char room[32];
        uint32_t item =
            dyn_snapshot_find_item(walk->snapshot, name_of(json_array_get(items, i), room), NULL);

        /* what is unknown is warned of already */
        others = others || item == DYN_NONE || (first != DYN_NONE && item != first);
        first = item;
    }
    if (first != DYN_NONE && !others) {
        enter_member(walk, "apart");
        warn_at(walk, true,
                "these are ids of one and the same item, so that this changes nothing: name two");
        leave(walk);
    }
}

static void check_cap(walk_t *walk, const json_t *cap)
{
    const json_t *by = json_object_get(cap, "by"), *value = json_object_get(cap, "value");
    const json_t *most = json_object_get(cap, "most");

    if (cap == NULL) {
        return;
    }
    enter_member(walk, "cap");
    if (json_is_number(most) && json_number_value(most) <= 0) {
        enter_member(walk, "most");
        warn_at(walk, false,
                "a cap of 0 shows none of them: write 1 or more, or \"exclude\": true");
        leave(walk);
    }
    if (value != NULL && strcmp(json_string_value(by), "tag") == 0) {
        visit_member(walk, cap, "value", check_trait, "tag");
    }
    if (value != NULL && walk->snapshot != NULL &&
        strcmp(json_string_value(by), "attribute") == 0) {
        bool known = false;

        for (uint32_t i = 0; i < walk->snapshot->trait_count && !known; i++) {
            known = dyn_str_equal(dyn_trait_name(walk->snapshot, i),
                                  dyn_str_from(json_string_value(value)));
        }
        if (!known) {
            enter_member(walk, "value");
            warn_at(walk, false,
                    "no item of the catalogue has the attribute \"%.64s\": write one that it has",
                    json_string_value(value));
            leave(walk);
        }
    }
    leave(walk);
}

/* Actions that mean items by the rule's condition: what they do where it means all. */
static void check_candidates(walk_t *walk, const json_t *rule, const json_t *then)
{
    static const struct {
        const char *action, *sentence;
    } rows[] = {
        {"exclude",
         "the rule does not say which items, so that it hides all: add \"item\" to \"when\""},
        {"filter", "the rule is true of all items, so that this changes nothing: add \"item\" to "
                   "\"when\""},
        {"quota", "the rule is true of all items, so that this changes nothing: add \"item\" to "
                  "\"when\""},
        {"boost", "the rule is true of all items, so that this changes nothing: add \"item\" to "
                  "\"when\""},
        {"bury", "the rule is true of all items, so that this changes nothing: add \"item\" to "
                 "\"when\""},
    };

    static const char *const of_slot[] = {"sources",    "strength", "limit",
                                          "confidence", "title",    "content"};
    bool asks = dyn_rules_asks_for_item(json_object_get(rule, "when"));

    for (size_t i = 0; i < sizeof(of_slot) / sizeof(of_slot[0]) && asks; i++) {
        if (json_object_get(then, of_slot[i]) != NULL) {
            enter_member(walk, of_slot[i]);
            warn_at(
                walk, true,
                "this is about the slot, whose items are not chosen yet, and is passed over in a "
                "rule that asks for \"item\": write it in a rule of its own");
            leave(walk);
        }
    }
    if (asks) {
        return;
    }
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (json_object_get(then, rows[i].action) != NULL) {
            enter_member(walk, rows[i].action);
            warn_at(walk, true, "%s", rows[i].sentence);
            leave(walk);
        }
    }
}

static void check_then(walk_t *walk, const json_t *rule)
{
    const json_t *then = json_object_get(rule, "then");

    enter_member(walk, "then");
    check_placed(walk, then, "pin");
    check_placed(walk, then, "prefer");
    check_placed(walk, then, "add");
    check_placed(walk, then, "apart");
    check_apart(walk, json_object_get(then, "apart"));
    check_cap(walk, json_object_get(then, "cap"));
    visit_member(walk, then, "content", check_content_id, NULL);
    check_texts(walk, then, action_texts);
    if (json_object_get(then, "cta") != NULL) {
        enter_member(walk, "cta");
        check_texts(walk, json_object_get(then, "cta"), label_texts);
        leave(walk);
    }
    check_geography(walk, rule, then);
    check_candidates(walk, rule, then);
    leave(walk);
}

/* A rule that the catalogue has nothing for. */
static void check_matches(walk_t *walk, const json_t *rule)
{
#define X(c, name, doc) name,
    static const char *const subjects[] = {DYN_SUBJECTS(X)};
#undef X
    const json_t *when = json_object_get(rule, "when");

    for (size_t i = 0; i < sizeof(subjects) / sizeof(subjects[0]); i++) {
        if (json_object_get(when, subjects[i]) != NULL &&
            dyn_rules_match_nothing(&walk->items, rule, (dyn_subject_t)i)) {
            enter_member(walk, "when");
            enter_member(walk, subjects[i]);
            warn_at(walk, true,
                    "no item of the catalogue is like this, so that the rule does nothing: ask for "
                    "less");
            leave(walk);
            leave(walk);
        }
    }
}

/* A rule that means what another rule hides wherever it works. other: NULL: what is blocked. True: it was warned of. */
static bool check_against(walk_t *walk, const json_t *rule, const json_t *other)
{
    static const char *const placing[] = {"pin", "prefer", "add"};
    static const char *const moving[] = {"boost", "quota", "filter"};
    const json_t *then = json_object_get(rule, "then");
    size_t before = json_array_size(walk->warnings);
    char hider[100] = "\"blocked\"";

    if (other != NULL && (!dyn_rules_hides(other) ||
                          !dyn_rules_holds_where(walk->checked->policy->time_zone, other, rule))) {
        return false;
    }
    if (other != NULL) {
        snprintf(hider, sizeof(hider), "the rule \"%.64s\"",
                 json_string_value(json_object_get(other, "id")));
    }
    enter_member(walk, "then");
    for (size_t i = 0; i < sizeof(placing) / sizeof(placing[0]); i++) {
        const json_t *items = json_object_get(json_object_get(then, placing[i]), "items");

        enter_member(walk, placing[i]);
        enter_member(walk, "items");
        for (size_t k = 0; k < json_array_size(items); k++) {
            char room[32];

            if (dyn_rules_hide_item(&walk->items, other, name_of(json_array_get(items, k), room))) {
                enter_element(walk, k);
                warn_at(walk, false,
                        "%s hides this item wherever this rule works: remove it from one of them",
                        hider);
                leave(walk);
            }
        }
        leave(walk);
        leave(walk);
    }
    for (size_t i = 0; i < sizeof(moving) / sizeof(moving[0]); i++) {
        if (json_object_get(then, moving[i]) != NULL &&
            dyn_rules_hide_all(&walk->items, other, rule)) {
            enter_member(walk, moving[i]);
            warn_at(walk, true,
                    "%s hides all items that this is about, wherever this rule works: one of the "
                    "two is not meant",
                    hider);
            leave(walk);
        }
    }
    leave(walk);

    return json_array_size(walk->warnings) > before;
}

static void check_rules(walk_t *walk)
{
    const json_t *rules = json_object_get(walk->checked->root, "rules");

    enter_member(walk, "rules");
    for (size_t i = 0; i < json_array_size(rules); i++) {
        const json_t *rule = json_array_get(rules, i);
        size_t before;

        if (!is_enabled(rule)) {
            continue;
        }
        enter_element(walk, i);
        check_until(walk, rule, "the rule works no more");
        before = json_array_size(walk->warnings);
        check_when(walk, rule, "when");
        /* what names something unknown is not said to match nothing as well */
        if (json_array_size(walk->warnings) == before) {
            check_matches(walk, rule);
        }
        check_then(walk, rule);
        /* one that hides it is enough to be told */
        if (!check_against(walk, rule, NULL)) {
            for (size_t k = 0; k < json_array_size(rules); k++) {
                if (k != i && is_enabled(json_array_get(rules, k)) &&
                    check_against(walk, rule, json_array_get(rules, k))) {
                    break;
                }
            }
        }
        leave(walk);
    }
    leave(walk);
}

json_t *dyn_rules_warnings(const dyn_rules_checked_t *checked)
{
    walk_t walk = {.checked = checked,
                   .snapshot = checked->policy->snapshot,
                   .warnings = json_array(),
                   .languages = json_object()};

    if (!dyn_rules_items_open(&walk.items, checked->policy, checked->now_ms)) {
        json_decref(walk.languages);
        json_decref(walk.warnings);
        return NULL;
    }
    gather_all_languages(&walk);
    if (json_object_get(checked->root, "blocked") != NULL) {
        enter_member(&walk, "blocked");
        check_fields(&walk, json_object_get(checked->root, "blocked"));
        leave(&walk);
    }
    check_slots(&walk);
    enter_member(&walk, "messages");
    check_texts(&walk, json_object_get(checked->root, "messages"), message_texts);
    leave(&walk);
    check_translations(&walk);
    check_contents(&walk);
    check_holdout(&walk);
    check_experiments(&walk);
    check_rules(&walk);
    dyn_rules_items_close(&walk.items);
    json_decref(walk.languages);

    return walk.warnings;
}

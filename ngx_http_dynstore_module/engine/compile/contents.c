#include "engine/compile/compile.h"

#include "engine/base/safe_url.h"
#include "engine/compile/conditions.h"
#include "engine/compile/faults.h"
#include "engine/compile/parts.h"
#include "engine/compile/values.h"

#include <stdio.h>
#include <stdlib.h>

/* `category`: the page's, or what the session is after. */
static bool compile_match_category(dyn_compiler_t *compiler, const json_t *value)
{
    uint32_t node = dyn_condition_add(compiler, DYN_NODE_ANY, 0, 0);
    uint32_t subject = dyn_condition_add(compiler, DYN_NODE_SUBJECT, 0, DYN_SUBJECT_PAGE);

    return dyn_compile_item_field(compiler, DYN_SUBJECT_PAGE, DYN_ITEM_FIELD_CATEGORY, NULL,
                                  value) &&
           dyn_condition_end(compiler, subject) &&
           dyn_compile_request(compiler, DYN_REQUEST_FIELD_INTENT, value) &&
           dyn_condition_end(compiler, node);
}

static bool compile_match(dyn_compiler_t *compiler, dyn_subject_t subject, const json_t *object,
                          int nested)
{
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)object, key, value)
    {
        dyn_enter_member(&compiler->path, key);
        if (strcmp(key, "category") == 0
                ? !compile_match_category(compiler, value)
                : !dyn_compile_request_member(compiler, subject, key, value, nested)) {
            return false;
        }
        dyn_leave(&compiler->path);
    }

    return true;
}

static bool take_url(dyn_compiler_t *compiler, const json_t *object, const char *key,
                     dyn_str_t *url)
{
    const json_t *value = dyn_enter_given(compiler, object, key);
    dyn_str_t text;

    if (value == NULL) {
        return true;
    }
    if (!dyn_take_text(compiler, value, DYN_STRING_BYTES_MAX, &text)) {
        return false;
    }
    if (!dyn_url_is_safe(text)) {
        return dyn_compile_fault(compiler, "this is no URL that may be written into a page: "
                                           "https://..., or a path");
    }
    dyn_leave(&compiler->path);
    *url = dyn_compiler_copy(compiler, text);

    return true;
}

/* A list of at most DYN_SLOT_ITEMS_MAX. */
static bool take_listed(dyn_compiler_t *compiler, const json_t *object, const char *key,
                        dyn_take_fn take, uint32_t *start, uint32_t *count)
{
    json_t *value = json_object_get(object, key);

    *start = compiler->values.count;
    if (value == NULL) {
        return true;
    }
    dyn_enter_member(&compiler->path, key);
    if (json_is_array(value) && json_array_size(value) > DYN_SLOT_ITEMS_MAX) {
        return dyn_compile_fault(compiler, "at most %d can be in this list", DYN_SLOT_ITEMS_MAX);
    }
    if (!dyn_take_each(compiler, value, take, NULL)) {
        return false;
    }
    dyn_leave(&compiler->path);
    *count = compiler->values.count - *start;

    return true;
}

static bool compile_content(dyn_compiler_t *compiler, const json_t *value, bool *approved)
{
    static const char *const members[] = {
        "kind",  "id",    "slot", "approved", "title",    "text",       "cta",     "image", "url",
        "match", "items", "from", "until",    "priority", "variant_of", "modules", "note",  NULL};
    const dyn_names_t names = {{members}, 1};
    json_t *slot = json_object_get(value, "slot"), *match = json_object_get(value, "match");
    dyn_content_t content = {
        .until_ms = DYN_TIME_MS_MAX, .title = DYN_NONE, .text = DYN_NONE, .label = DYN_NONE};
    dyn_str_t name;

    if (!dyn_take_object(compiler, value, "a content") ||
        !dyn_take_members(compiler, value, "member of a content", &names) ||
        !dyn_take_name_of(compiler, value, "id", &content.id)) {
        return false;
    }
    if (content.id.len == 0 || slot == NULL) {
        return dyn_compile_fault(compiler,
                                 "a content needs an \"id\" and the \"slot\" that shows it");
    }
    dyn_enter_member(&compiler->path, "slot");
    if (!dyn_take_slot_name(compiler, slot, &name)) {
        return false;
    }
    dyn_leave(&compiler->path);
    content.slot = dyn_compiler_copy(compiler, name);
    compiler->rule_id = content.id;
    if (!dyn_take_flag(compiler, value, "approved", approved) ||
        !dyn_take_own_text(compiler, value, "title", &content.title) ||
        !dyn_take_own_text(compiler, value, "text", &content.text) ||
        !dyn_take_own_text(compiler, value, "cta", &content.label) ||
        !take_url(compiler, value, "image", &content.image) ||
        !take_url(compiler, value, "url", &content.url) ||
        !dyn_take_time(compiler, value, "from", &content.from_ms) ||
        !dyn_take_time(compiler, value, "until", &content.until_ms) ||
        !dyn_take_count(compiler, value, "priority", -DYN_RULES_PRIORITY_MAX,
                        DYN_RULES_PRIORITY_MAX, &content.priority) ||
        !dyn_take_name_of(compiler, value, "variant_of", &content.variant_of) ||
        !take_listed(compiler, value, "modules", dyn_take_slot, &content.modules_start,
                     &content.modules_count) ||
        !take_listed(compiler, value, "items", dyn_take_item, &content.items_start,
                     &content.items_count) ||
        !dyn_check_period(compiler, content.from_ms, content.until_ms, "it is never shown")) {
        return false;
    }
    if (match != NULL) {
        dyn_enter_member(&compiler->path, "match");
        compiler->plain_words = true;
        if (!dyn_compile_when(compiler, match, compile_match, &content.match)) {
            return false;
        }
        compiler->plain_words = false;
        if (dyn_condition_asks_for_candidate(compiler, content.match)) {
            return dyn_compile_fault(
                compiler, "a content is chosen without candidates: \"match\" cannot ask for "
                          "\"item\"");
        }
        dyn_leave(&compiler->path);
        content.kinds = (uint32_t)json_object_size(match);
    }
    for (uint32_t i = 0; i < compiler->contents.count; i++) {
        if (dyn_str_equal(DYN_ROW(compiler, contents, dyn_content_t, i)->id, content.id)) {
            return dyn_compile_fault(compiler,
                                     "a content before this one has the id \"%.64s\", too: give it "
                                     "another",
                                     content.id.data);
        }
    }
    if (!*approved) {
        return true;
    }

    return DYN_PUT(compiler, contents, &content);
}

/* One of a list: whether it may be shown is nobody's question. */
static bool take_content(dyn_compiler_t *compiler, const json_t *value, void *context)
{
    bool approved = false;

    (void)context;

    return compile_content(compiler, value, &approved);
}

bool dyn_compile_contents(dyn_compiler_t *compiler, const json_t *value)
{
    if (json_array_size(value) > DYN_CONTENTS_MAX) {
        return dyn_compile_fault(compiler, "there are more than %d contents", DYN_CONTENTS_MAX);
    }

    return dyn_take_rows(compiler, value, "\"content\"", take_content, NULL);
}

void dyn_compile_catalogue_contents(dyn_compiler_t *compiler)
{
    const dyn_section_view_t *section =
        compiler->snapshot == NULL ? NULL : &compiler->snapshot->sections[DYN_SECTION_CONTENT];
    dyn_error_t *told = compiler->error;
    dyn_error_t ignored;
    json_t *list = section == NULL || section->data == NULL
                       ? NULL
                       : json_loadb(section->data, section->length, 0, NULL);

    compiler->error = &ignored;
    compiler->alone = true;
    for (size_t i = 0; i < json_array_size(list) && compiler->contents.count < DYN_CONTENTS_MAX;
         i++) {
        compiler->path.depth = 0;
        (void)take_content(compiler, json_array_get(list, i), NULL);
        compiler->plain_words = false;
    }
    json_decref(list);
    compiler->alone = false;
    compiler->path.depth = 0;
    compiler->error = told;
}

static int by_slot_and_id(const void *a, const void *b)
{
    const dyn_content_t *left = a;
    const dyn_content_t *right = b;
    int order = strcmp(left->slot.data, right->slot.data);

    return order != 0 ? order : strcmp(left->id.data, right->id.data);
}

void dyn_compile_sort_contents(dyn_compiler_t *compiler)
{
    if (compiler->contents.count > 1) {
        qsort(compiler->contents.rows, compiler->contents.count, sizeof(dyn_content_t),
              by_slot_and_id);
    }
}

bool dyn_content_check(dyn_str_t json, bool *approved, char field[64], dyn_error_t *error)
{
    const dyn_policy_source_t source = {"", json};
    dyn_compiler_t compiler = {.source = &source, .error = error, .alone = true};
    json_t *value = json_loadb(json.data, json.len, 0, NULL);
    size_t used = 0;
    bool good;

    *approved = false;
    field[0] = '\0';
    if (value == NULL || !dyn_compiler_begin(&compiler, DYN_CONTENT_PATTERNS_MAX)) {
        json_decref(value);
        return dyn_fail(error, "there is not enough memory");
    }
    good = compile_content(&compiler, value, approved);
    for (size_t i = 0; !good && i < compiler.path.depth && i < DYN_JSON_PATH_STEPS_MAX; i++) {
        if (compiler.path.steps[i].key.data != NULL && used < 60) {
            used += (size_t)snprintf(field + used, 64 - used, "%s%.20s", used > 0 ? "." : "",
                                     compiler.path.steps[i].key.data);
        }
    }
    json_decref(value);
    dyn_compiler_end(&compiler, false);

    return good;
}

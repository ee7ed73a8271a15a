#include "engine/policy/compile.h"

#include "engine/base/arena.h"
#include "engine/base/hash.h"
#include "engine/base/money.h"
#include "engine/base/safe_url.h"
#include "engine/base/time_text.h"
#include "engine/catalogue/traits.h"
#include "engine/experiment/assign.h"
#include "engine/policy/default_rules.h"
#include "engine/policy/patterns.h"
#include "engine/policy/place.h"
#include "engine/policy/rule_index.h"
#include "engine/policy/slots.h"
#include "engine/policy/texts.h"
#include "engine/policy/zone.h"

#include <jansson.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { PATH_MAX_STEPS = 4 * DYN_RULES_DEPTH_MAX + 16, BLOCK_BYTES = 65536 };

/* Memory of a policy: blocks, freed together. */
typedef struct block_s {
    struct block_s *next;
    uint64_t align; /* what follows is aligned to 16 */
} block_t;

typedef struct {
    block_t *blocks;
    dyn_arena_t arena;
    dyn_patterns_t *patterns;
    dyn_features_t *features;
} memory_t;

/* A list that grows; its rows move into the arena when it is whole. */
typedef struct {
    char *rows;
    uint32_t count, capacity;
} list_t;

/* A variant switches a rule on or off. */
typedef struct {
    dyn_str_t rule;
    uint32_t variant;
    bool on;
} switch_t;

typedef struct {
    const dyn_policy_source_t *source;
    const dyn_snapshot_t *snapshot;
    const dyn_overrides_t *standing; /* NULL: none */
    const json_t *below; /* the built-in file, which this one lies over; NULL: this is it */
    bool of_below;       /* a slot or rule of that is at work */
    dyn_error_t *error;
    memory_t *memory;
    dyn_policy_t *policy;
    dyn_texts_t *texts;
    list_t rules, actions, conditions, values, strings, slots, variations, weights, shipping,
        contents, experiments, variants, overrides, flags, switches, asked;
    dyn_json_step_t path[PATH_MAX_STEPS];
    size_t depth;
    uint32_t pattern_count; /* of the file itself, without its contents */
    dyn_str_t rule_id;      /* of the rule at work */
    char currency[4];
    bool plain_words; /* a text to look for means its words */
    bool alone;       /* one content is checked: places are told as members */
    bool out_of_memory;
} compiler_t;

/* ---- memory ---- */

static void *more(void *context, size_t size)
{
    memory_t *memory = context;
    block_t *block = malloc(sizeof(*block) + size);

    if (block == NULL) {
        return NULL;
    }
    block->next = memory->blocks;
    memory->blocks = block;

    return block + 1;
}

static void *add(compiler_t *compiler, list_t *list, size_t bytes)
{
    if (list->count == list->capacity) {
        uint32_t capacity = list->capacity == 0 ? 64 : list->capacity * 2;
        char *rows = realloc(list->rows, capacity * bytes);

        if (rows == NULL) {
            compiler->out_of_memory = true;
            return NULL;
        }
        list->rows = rows;
        list->capacity = capacity;
    }

    void *row = list->rows + bytes * list->count++;

    memset(row, 0, bytes);

    return row;
}

#define ADD(compiler, list, type) ((type *)add(compiler, &(compiler)->list, sizeof(type)))
#define ROW(compiler, list, type, number) (&((type *)(void *)(compiler)->list.rows)[number])

static const void *keep(compiler_t *compiler, list_t *list, size_t bytes)
{
    void *rows = dyn_arena_alloc(&compiler->memory->arena, (list->count + 1) * bytes);

    if (rows == NULL) {
        compiler->out_of_memory = true;
    } else if (list->count > 0) {
        memcpy(rows, list->rows, list->count * bytes);
    }
    free(list->rows);
    list->rows = NULL;

    return rows;
}

static dyn_str_t copy(compiler_t *compiler, dyn_str_t text)
{
    dyn_str_t own = dyn_arena_str(&compiler->memory->arena, text);

    compiler->out_of_memory = compiler->out_of_memory || own.data == NULL;

    return own.data == NULL ? DYN_STR("") : own;
}

/* ---- faults, with the place that the path leads to ---- */

static void enter_member(compiler_t *compiler, const char *key)
{
    if (compiler->depth < PATH_MAX_STEPS) {
        compiler->path[compiler->depth] = (dyn_json_step_t){dyn_str_from(key), 0};
    }
    compiler->depth++;
}

static void enter_element(compiler_t *compiler, size_t index)
{
    if (compiler->depth < PATH_MAX_STEPS) {
        compiler->path[compiler->depth] = (dyn_json_step_t){DYN_STR_NONE, index};
    }
    compiler->depth++;
}

static void leave(compiler_t *compiler)
{
    compiler->depth--;
}

static bool fault_at(compiler_t *compiler, bool of_key, size_t inside, const char *sentence)
{
    size_t depth = compiler->depth < PATH_MAX_STEPS ? compiler->depth : PATH_MAX_STEPS;

    if (compiler->alone) {
        return dyn_fail(compiler->error, "%s", sentence);
    }

    dyn_place_in_text_t place =
        dyn_json_place(compiler->source->text, compiler->path, depth, of_key, inside);

    return dyn_fail(compiler->error, "%s:%u:%u: %s", compiler->source->name, place.line,
                    place.column, sentence);
}

__attribute__((format(printf, 2, 3))) static bool fault(compiler_t *compiler, const char *format,
                                                        ...)
{
    char sentence[400];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(sentence, sizeof(sentence), format, arguments);
    va_end(arguments);

    return fault_at(compiler, false, 0, sentence);
}

/* How many letters differ, at most 9: Levenshtein's distance. */
static unsigned distance(const char *a, const char *b)
{
    enum { MOST = 32 };
    size_t from = strlen(a), to = strlen(b);
    unsigned row[MOST + 1];

    if (from > MOST || to > MOST) {
        return 9;
    }
    for (size_t i = 0; i <= to; i++) {
        row[i] = (unsigned)i;
    }
    for (size_t i = 1; i <= from; i++) {
        unsigned before = row[0];

        row[0] = (unsigned)i;
        for (size_t k = 1; k <= to; k++) {
            unsigned change = before + (a[i - 1] != b[k - 1]);
            unsigned least = row[k] < row[k - 1] ? row[k] + 1 : row[k - 1] + 1;

            before = row[k];
            row[k] = change < least ? change : least;
        }
    }

    return row[to] < 9 ? row[to] : 9;
}

/* Names that can stand at a place: several tables, each ended by NULL. */
typedef struct {
    const char *const *tables[4];
    size_t count;
} names_t;

static void list_names(const names_t *names, char *text, size_t size)
{
    size_t used = 0;

    text[0] = '\0';
    for (size_t t = 0; t < names->count; t++) {
        for (size_t i = 0; names->tables[t][i] != NULL && used + 40 < size; i++) {
            used += (size_t)snprintf(text + used, size - used, "%s%s", used > 0 ? ", " : "",
                                     names->tables[t][i]);
        }
    }
}

static const char *nearest(const names_t *names, const char *given)
{
    const char *best = NULL;
    unsigned least = 3;

    for (size_t t = 0; t < names->count; t++) {
        for (size_t i = 0; names->tables[t][i] != NULL; i++) {
            unsigned far = distance(given, names->tables[t][i]);

            /* of a short name less may be wrong */
            if (far < least && far * 2 <= strlen(given)) {
                least = far;
                best = names->tables[t][i];
            }
        }
    }

    return best;
}

/* The member at the end of the path is none of these; its key is the place. */
static bool unknown(compiler_t *compiler, const char *given, const char *what, const names_t *names,
                    bool of_key)
{
    char sentence[400], list[300];
    const char *near = nearest(names, given);

    if (near != NULL) {
        snprintf(sentence, sizeof(sentence), "\"%.64s\" is no %s; did you mean \"%s\"?", given,
                 what, near);
    } else {
        list_names(names, list, sizeof(list));
        snprintf(sentence, sizeof(sentence), "\"%.64s\" is no %s; there are %s", given, what, list);
    }

    return fault_at(compiler, of_key, 0, sentence);
}

/* ---- values of JSON ---- */

static dyn_str_t text_of(const json_t *value)
{
    return (dyn_str_t){json_string_value(value), json_string_length(value)};
}

static bool is_object(compiler_t *compiler, const json_t *value, const char *what)
{
    return json_is_object(value) || fault(compiler, "%s must be an object: {...}", what);
}

static bool is_array(compiler_t *compiler, const json_t *value, const char *what)
{
    return json_is_array(value) || fault(compiler, "%s must be a list: [...]", what);
}

static bool take_number(compiler_t *compiler, const json_t *value, double least, double most,
                        double *number)
{
    *number = json_number_value(value);
    if (!json_is_number(value) || !(*number >= least && *number <= most)) {
        return fault(compiler, "a number from %g to %g is needed here", least, most);
    }

    return true;
}

static bool take_whole(compiler_t *compiler, const json_t *value, double least, double most,
                       double *number)
{
    return (take_number(compiler, value, least, most, number) &&
            (*number == floor(*number) || fault(compiler, "a whole number is needed here")));
}

static bool take_bool(compiler_t *compiler, const json_t *value, bool *truth)
{
    *truth = json_is_true(value);

    return json_is_boolean(value) || fault(compiler, "true or false is needed here");
}

static bool take_text(compiler_t *compiler, const json_t *value, size_t most, dyn_str_t *text)
{
    *text = text_of(value);

    return (json_is_string(value) && text->len > 0 && text->len <= most) ||
           fault(compiler, "a text of 1 to %zu bytes is needed here", most);
}

static uint32_t add_value(compiler_t *compiler, uint32_t value)
{
    uint32_t *row = ADD(compiler, values, uint32_t);

    if (row != NULL) {
        *row = value;
    }

    return value;
}

static uint32_t add_string(compiler_t *compiler, dyn_str_t text)
{
    for (uint32_t i = 0; i < compiler->strings.count; i++) {
        if (dyn_str_equal(*ROW(compiler, strings, dyn_str_t, i), text)) {
            return i;
        }
    }

    dyn_str_t *row = ADD(compiler, strings, dyn_str_t);

    if (row != NULL) {
        *row = copy(compiler, text);
    }

    return compiler->strings.count - 1;
}

static int rising(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;

    return (left > right) - (left < right);
}

/* ---- conditions ---- */

#define X(c, n, kind, doc) n,
static const char *const request_names[] = {DYN_REQUEST_FIELDS(X) NULL};
#undef X
#define X(c, n, doc) n,
static const char *const subject_names[] = {DYN_SUBJECTS(X) NULL};
#undef X
#define X(c, n, kind, doc) n,
static const char *const item_names[] = {DYN_ITEM_FIELDS(X) NULL};
#undef X
static const char *const group_names[] = {"all", "any", "not", NULL};
static const char *const relative_names[] = {"page", "cart", NULL};
static const char *const weekday_names[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun", NULL};
static const char *const visitor_names[] = {"new", "returning", "high_intent", NULL};
#define X(c, n) n,
static const char *const surface_names[] = {DYN_SURFACES(X) NULL};
static const char *const moment_names[] = {DYN_MOMENTS(X) NULL};
static const char *const device_names[] = {DYN_DEVICES(X) NULL};
static const char *const source_names[] = {DYN_SOURCES(X) NULL};
static const char *const flag_names[] = {DYN_BLEND_FLAGS(X) NULL};
static const char *const cap_names[] = {DYN_CAPS(X) NULL};
#undef X
#define X(c, n) DYN_BLEND_##c,
static const uint32_t flag_bits[] = {DYN_BLEND_FLAGS(X)};
#undef X

static bool find_name(const char *const *table, const char *name, uint32_t *number)
{
    for (uint32_t i = 0; table[i] != NULL; i++) {
        if (strcmp(table[i], name) == 0) {
            *number = i;
            return true;
        }
    }

    return false;
}

static bool take_name(compiler_t *compiler, const json_t *value, const char *const *table,
                      const char *what, uint32_t *number)
{
    const names_t names = {{table}, 1};

    if (!json_is_string(value)) {
        return fault(compiler, "the name of a %s is needed here, in quotes", what);
    }

    return find_name(table, json_string_value(value), number) ||
           unknown(compiler, json_string_value(value), what, &names, false);
}

static uint32_t add_node(compiler_t *compiler, dyn_node_kind_t kind, uint8_t field, uint8_t subject)
{
    dyn_condition_t *node = ADD(compiler, conditions, dyn_condition_t);

    if (node != NULL) {
        *node = (dyn_condition_t){.kind = (uint8_t)kind,
                                  .field = field,
                                  .subject = subject,
                                  .values_start = compiler->values.count,
                                  .low = -INFINITY,
                                  .high = INFINITY};
    }

    return compiler->conditions.count - 1;
}

static dyn_condition_t *node_at(compiler_t *compiler, uint32_t node)
{
    return ROW(compiler, conditions, dyn_condition_t, node);
}

/* The node has its values and children. */
static bool end_node(compiler_t *compiler, uint32_t node)
{
    if (compiler->out_of_memory) {
        return fault(compiler, "there is not enough memory");
    }

    dyn_condition_t *row = node_at(compiler, node);

    row->end = compiler->conditions.count;

    return true;
}

static void end_values(compiler_t *compiler, uint32_t node, bool sorted)
{
    if (compiler->out_of_memory) {
        return;
    }

    dyn_condition_t *row = node_at(compiler, node);

    row->values_count = compiler->values.count - row->values_start;
    if (sorted && row->values_count > 1) {
        qsort(ROW(compiler, values, uint32_t, row->values_start), row->values_count,
              sizeof(uint32_t), rising);
    }
}

typedef bool (*take_fn)(compiler_t *compiler, const json_t *value, void *context);

/* One value, or each of a list. */
static bool take_each(compiler_t *compiler, const json_t *value, take_fn take, void *context)
{
    bool good = true;

    if (!json_is_array(value)) {
        return take(compiler, value, context);
    }
    if (json_array_size(value) == 0) {
        return fault(compiler, "the list is empty: write at least one value, or leave it out");
    }
    for (size_t i = 0; good && i < json_array_size(value); i++) {
        enter_element(compiler, i);
        good = take(compiler, json_array_get(value, i), context);
        leave(compiler);
    }

    return good;
}

typedef struct {
    const char *const *table;
    const char *what;
} table_t;

static bool take_of_table(compiler_t *compiler, const json_t *value, void *context)
{
    const table_t *table = context;
    uint32_t number = 0;

    if (!take_name(compiler, value, table->table, table->what, &number)) {
        return false;
    }
    add_value(compiler, number);

    return true;
}

static bool take_slot_name(compiler_t *compiler, const json_t *value, dyn_str_t *name)
{
    dyn_slot_t slot;

    *name = text_of(value);

    return (json_is_string(value) && dyn_slot_parse(*name, &slot, NULL) &&
            slot.name.len == name->len) ||
           fault(compiler, "a slot's name has 1 to %d bytes of a-z, 0-9, _ and -",
                 DYN_SLOT_NAME_BYTES_MAX);
}

static bool take_string(compiler_t *compiler, const json_t *value, void *context)
{
    dyn_request_field_t field = *(dyn_request_field_t *)context;
    dyn_str_t text;

    if (field == DYN_REQUEST_FIELD_SLOT ? !take_slot_name(compiler, value, &text)
                                        : !take_text(compiler, value, DYN_VALUE_BYTES_MAX, &text)) {
        return false;
    }
    add_value(compiler, add_string(compiler, text));

    return true;
}

static bool take_country(compiler_t *compiler, const json_t *value, void *context)
{
    dyn_str_t text = text_of(value);

    (void)context;
    if (!json_is_string(value) || text.len != 2 || text.data[0] < 'A' || text.data[0] > 'Z' ||
        text.data[1] < 'A' || text.data[1] > 'Z') {
        return fault(compiler, "a country is two capitals, as ISO 3166 has them: \"DE\"");
    }
    add_value(compiler, (uint32_t)(uint8_t)text.data[0] | (uint32_t)(uint8_t)text.data[1] << 8);

    return true;
}

static bool take_pattern(compiler_t *compiler, const json_t *value, void *context)
{
    static const char *const kinds[] = {"words", "matches", NULL};
    const names_t names = {{kinds}, 1};
    dyn_pattern_kind_t kind = compiler->plain_words ? DYN_PATTERN_WORDS : DYN_PATTERN_EQUALS;
    const char *key = NULL;
    size_t at;
    dyn_error_t error;
    uint32_t number = 0;
    dyn_str_t text;

    (void)context;
    if (json_is_object(value)) {
        void *member = json_object_iter((json_t *)value);

        if (member == NULL || json_object_size(value) != 1) {
            return fault(compiler, "write {\"words\": \"...\"}, {\"matches\": \"...\"} or a text");
        }
        key = json_object_iter_key(member);
        value = json_object_iter_value(member);
        enter_member(compiler, key);
        if (strcmp(key, "words") != 0 && strcmp(key, "matches") != 0) {
            return unknown(compiler, key, "way to ask of a text", &names, true);
        }
        kind = strcmp(key, "words") == 0 ? DYN_PATTERN_WORDS : DYN_PATTERN_MATCHES;
    }
    if (!take_text(compiler, value, DYN_PATTERN_BYTES_MAX, &text)) {
        return false;
    }
    /* what contents look for, and the built-in file, has room of its own */
    if (!compiler->plain_words && !compiler->of_below &&
        compiler->pattern_count++ == DYN_RULES_PATTERNS_MAX) {
        return fault(compiler,
                     "the file looks for more than %d texts: look for several by one expression, "
                     "as {\"matches\": \"rain|snow\"}",
                     DYN_RULES_PATTERNS_MAX);
    }
    if (!dyn_patterns_add(compiler->memory->patterns, kind, text, &number, &at, &error)) {
        return fault_at(compiler, false, at, error.text);
    }
    add_value(compiler, number);
    if (key != NULL) {
        leave(compiler);
    }

    return true;
}

static bool take_category(compiler_t *compiler, const json_t *value, void *context)
{
    dyn_str_t text;
    uint32_t category;

    (void)context;
    if (!take_text(compiler, value, DYN_STRING_BYTES_MAX, &text)) {
        return false;
    }
    if (compiler->snapshot != NULL &&
        (category = dyn_snapshot_find_category(compiler->snapshot, text)) != DYN_NONE) {
        add_value(compiler, category);
    }

    return true;
}

static bool take_brand(compiler_t *compiler, const json_t *value, void *context)
{
    dyn_str_t text;
    uint32_t brand;

    (void)context;
    if (!take_text(compiler, value, DYN_STRING_BYTES_MAX, &text)) {
        return false;
    }
    if (compiler->snapshot != NULL &&
        (brand = dyn_brand_find(compiler->snapshot, text)) != DYN_NONE) {
        add_value(compiler, brand);
    }

    return true;
}

/* An id as a string or a whole number. */
static bool take_item(compiler_t *compiler, const json_t *value, void *context)
{
    char digits[24];
    dyn_str_t id = text_of(value);
    uint32_t item;

    (void)context;
    if (json_is_integer(value)) {
        snprintf(digits, sizeof(digits), "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        id = dyn_str_from(digits);
    } else if (!json_is_string(value) || id.len == 0 || id.len > DYN_ITEM_ID_BYTES_MAX) {
        return fault(compiler, "an item's id has 1 to %d bytes", DYN_ITEM_ID_BYTES_MAX);
    }
    if (compiler->snapshot != NULL &&
        (item = dyn_snapshot_find_item(compiler->snapshot, id, NULL)) != DYN_NONE) {
        add_value(compiler, item);
    }

    return true;
}

typedef struct {
    const char *name; /* of the trait */
} trait_t;

static bool take_trait(compiler_t *compiler, const json_t *value, void *context)
{
    const trait_t *trait = context;
    char room[64];
    dyn_str_t text = text_of(value);
    uint32_t number = 0;

    if (json_is_number(value)) {
        snprintf(room, sizeof(room), "%.10g", json_number_value(value));
        text = dyn_str_from(room);
    } else if (json_is_true(value)) {
        text = DYN_STR("yes");
    } else if (!json_is_string(value) || text.len == 0) {
        return fault(compiler, "a value is needed here: a text, a number or true");
    }
    if (compiler->snapshot != NULL &&
        (number = dyn_trait_find(compiler->snapshot, dyn_str_from(trait->name), text)) !=
            DYN_NONE) {
        add_value(compiler, number);
    }

    return true;
}

static bool take_range(compiler_t *compiler, const json_t *value, const char *beside, double *low,
                       double *high)
{
    static const char *const members[] = {"min", "max", NULL};
    const char *const other[] = {beside, NULL};
    const names_t names = {{members, other}, beside != NULL ? 2 : 1};
    const char *key;
    json_t *bound;
    bool good = true;

    if (json_is_number(value)) {
        *low = *high = json_number_value(value);
        return true;
    }
    if (!json_is_object(value) || json_object_size(value) == 0) {
        return fault(compiler, "write a number, or {\"min\": ..., \"max\": ...}");
    }
    json_object_foreach((json_t *)value, key, bound)
    {
        enter_member(compiler, key);
        if (strcmp(key, "min") == 0) {
            good = take_number(compiler, bound, -1e12, 1e12, low);
        } else if (strcmp(key, "max") == 0) {
            good = take_number(compiler, bound, -1e12, 1e12, high);
        } else if (beside == NULL || strcmp(key, beside) != 0) {
            good = unknown(compiler, key, "bound", &names, true);
        }
        if (!good) {
            return false;
        }
        leave(compiler);
    }

    return *low <= *high ||
           fault(compiler, "min is above max, so that nothing fits: exchange them");
}

static bool take_minutes(compiler_t *compiler, const json_t *object, const char *key, bool end,
                         double *minutes)
{
    json_t *value = json_object_get(object, key);
    dyn_str_t text = text_of(value);
    unsigned hour, minute;
    char rest;

    if (value == NULL) {
        return true;
    }
    enter_member(compiler, key);
    if (!json_is_string(value) || text.len != 5 ||
        sscanf(text.data, "%2u:%2u%c", &hour, &minute, &rest) != 2 || minute > 59 || hour > 24 ||
        hour * 60 + minute > (end ? 1440u : 1439u)) {
        return fault(compiler, "a time of day is written \"18:30\", from 00:00 to %s",
                     end ? "24:00" : "23:59");
    }
    *minutes = hour * 60.0 + minute;
    leave(compiler);

    return true;
}

static bool only(compiler_t *compiler, const json_t *object, const char *what, const names_t *names)
{
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)object, key, value)
    {
        bool known = false;

        for (size_t t = 0; t < names->count && !known; t++) {
            uint32_t number = 0;

            known = find_name(names->tables[t], key, &number);
        }
        if (!known) {
            enter_member(compiler, key);
            return unknown(compiler, key, what, names, true);
        }
    }

    return true;
}

static bool take_time_of_day(compiler_t *compiler, const json_t *value, dyn_condition_t *node)
{
    static const char *const members[] = {"from", "until", NULL};
    const names_t names = {{members}, 1};
    double low = 0, high = 24 * 60;

    if (!json_is_object(value) || json_object_size(value) == 0) {
        return fault(compiler, "write {\"from\": \"18:00\", \"until\": \"23:00\"}");
    }
    if (!only(compiler, value, "member of a time of day", &names) ||
        !take_minutes(compiler, value, "from", false, &low) ||
        !take_minutes(compiler, value, "until", true, &high)) {
        return false;
    }
    node->low = low;
    node->high = high;

    return low != high || fault(compiler, "from and until are the same, so that no time fits");
}

static bool take_variant(compiler_t *compiler, const json_t *value, void *context);
static bool take_flag_name(compiler_t *compiler, const json_t *value, void *context);

static bool compile_request(compiler_t *compiler, dyn_request_field_t field, const json_t *value)
{
    uint32_t node = add_node(compiler, DYN_NODE_REQUEST, (uint8_t)field, 0);
    table_t table = {NULL, NULL};
    bool good = true, sorted = true;
    dyn_condition_t bounds = {.low = -INFINITY, .high = INFINITY};
    double percent = 0;

    switch (field) {
    case DYN_REQUEST_FIELD_SURFACE:
        table = (table_t){surface_names, "surface"};
        break;
    case DYN_REQUEST_FIELD_MOMENT:
        table = (table_t){moment_names, "moment"};
        break;
    case DYN_REQUEST_FIELD_DEVICE:
        table = (table_t){device_names, "device"};
        break;
    case DYN_REQUEST_FIELD_VISITOR:
        table = (table_t){visitor_names, "kind of visitor"};
        break;
    case DYN_REQUEST_FIELD_WEEKDAY:
        table = (table_t){weekday_names, "weekday"};
        break;
    case DYN_REQUEST_FIELD_COUNTRY:
        good = take_each(compiler, value, take_country, NULL);
        break;
    case DYN_REQUEST_FIELD_INTENT:
        good = take_each(compiler, value, take_category, NULL);
        break;
    case DYN_REQUEST_FIELD_SLOT:
    case DYN_REQUEST_FIELD_LANGUAGE:
    case DYN_REQUEST_FIELD_SEGMENT:
    case DYN_REQUEST_FIELD_TIER:
    case DYN_REQUEST_FIELD_ROLE:
    case DYN_REQUEST_FIELD_CUSTOMER_TAG:
        good = take_each(compiler, value, take_string, &field);
        break;
    case DYN_REQUEST_FIELD_CART_TOTAL:
    case DYN_REQUEST_FIELD_CART_ITEMS:
    case DYN_REQUEST_FIELD_EVENTS:
        good = take_range(compiler, value, NULL, &bounds.low, &bounds.high);
        break;
    case DYN_REQUEST_FIELD_TIME:
        good = take_time_of_day(compiler, value, &bounds);
        break;
    case DYN_REQUEST_FIELD_PERCENT:
        good = take_number(compiler, value, 0, 100, &percent);
        bounds.high = good ? percent : 0;
        add_value(compiler, (uint32_t)dyn_hash64(compiler->rule_id.data, compiler->rule_id.len));
        break;
    case DYN_REQUEST_FIELD_EXPERIMENT:
        good = take_each(compiler, value, take_variant, NULL);
        break;
    case DYN_REQUEST_FIELD_FLAG:
        good = take_each(compiler, value, take_flag_name, NULL);
        break;
    default:
        if (field == DYN_REQUEST_FIELD_PATH && compiler->policy != NULL) {
            compiler->policy->asks_path = true;
        }
        sorted = false;
        good = take_each(compiler, value, take_pattern, NULL);
        break;
    }
    if (table.table != NULL) {
        good = take_each(compiler, value, take_of_table, &table);
    }
    if (!good || compiler->out_of_memory) {
        return good && fault(compiler, "there is not enough memory");
    }
    node_at(compiler, node)->low = bounds.low;
    node_at(compiler, node)->high = bounds.high;
    end_values(compiler, node, sorted);

    return end_node(compiler, node);
}

/* {"same_as": "page"}, {"other_than": "cart"}; false without a fault (*relation stays VALUES) when it is neither. */
static bool take_relation(compiler_t *compiler, const json_t *value, dyn_relation_t *relation,
                          uint32_t *relative_to)
{
    static const char *const members[] = {"same_as", "other_than", NULL};
    const names_t names = {{members}, 1};
    void *member = json_object_iter((json_t *)value);
    uint32_t place = 0, number = 0;

    if (json_object_size(value) != 1) {
        return fault(compiler, "write {\"same_as\": \"page\"} or {\"other_than\": \"cart\"}");
    }

    const char *key = json_object_iter_key(member);

    enter_member(compiler, key);
    if (!find_name(members, key, &number)) {
        return unknown(compiler, key, "relation", &names, true);
    }
    if (!take_name(compiler, json_object_iter_value(member), relative_names,
                   "thing to compare with", &place)) {
        return false;
    }
    leave(compiler);
    *relation = number == 0 ? DYN_RELATION_SAME_AS : DYN_RELATION_OTHER_THAN;
    *relative_to = place == 0 ? DYN_SUBJECT_PAGE : DYN_SUBJECT_CART;

    return true;
}

static bool compile_item_field(compiler_t *compiler, dyn_subject_t subject, dyn_item_field_t field,
                               const char *trait_name, const json_t *value)
{
    uint32_t node = add_node(compiler, DYN_NODE_ITEM, (uint8_t)field, (uint8_t)subject);
    dyn_relation_t relation = DYN_RELATION_VALUES;
    uint32_t relative_to = 0;
    double low = -INFINITY, high = INFINITY;
    trait_t trait = {trait_name};
    bool good = true, flag;

    switch (field) {
    case DYN_ITEM_FIELD_ID:
        good = take_each(compiler, value, take_item, NULL);
        break;
    case DYN_ITEM_FIELD_CATEGORY:
    case DYN_ITEM_FIELD_BRAND:
        good = json_is_object(value)
                   ? take_relation(compiler, value, &relation, &relative_to)
                   : take_each(compiler, value,
                               field == DYN_ITEM_FIELD_BRAND ? take_brand : take_category, NULL);
        break;
    case DYN_ITEM_FIELD_TAG:
    case DYN_ITEM_FIELD_AUDIENCE:
    case DYN_ITEM_FIELD_ATTRIBUTE:
        good = take_each(compiler, value, take_trait, &trait);
        break;
    case DYN_ITEM_FIELD_PRICE:
        if (json_is_object(value) && json_object_get(value, "of") != NULL) {
            relation = DYN_RELATION_SHARE_OF;
            enter_member(compiler, "of");
            good = take_name(compiler, json_object_get(value, "of"), relative_names,
                             "thing to compare with", &relative_to);
            if (good) {
                leave(compiler);
                relative_to = relative_to == 0 ? DYN_SUBJECT_PAGE : DYN_SUBJECT_CART;
                good = json_object_size(value) > 1 ||
                       fault(compiler, "write beside \"of\" the least or largest share: {\"of\": "
                                       "\"page\", \"max\": 1.5}");
            }
        }
        good = good && take_range(compiler, value, "of", &low, &high);
        break;
    case DYN_ITEM_FIELD_ON_SALE:
        good = take_bool(compiler, value, &flag);
        low = flag ? 1 : 0;
        break;
    default:
        good = take_range(compiler, value, NULL, &low, &high);
        break;
    }
    if (!good || compiler->out_of_memory) {
        return good && fault(compiler, "there is not enough memory");
    }
    if (relation == DYN_RELATION_VALUES || relation == DYN_RELATION_SHARE_OF) {
        node_at(compiler, node)->low = low;
        node_at(compiler, node)->high = high;
    }
    node_at(compiler, node)->relation = (uint8_t)relation;
    node_at(compiler, node)->relative_to = (uint8_t)relative_to;
    end_values(compiler, node, true);

    return end_node(compiler, node);
}

static bool compile_attributes(compiler_t *compiler, dyn_subject_t subject, const json_t *value)
{
    const char *key;
    json_t *wanted;

    if (!json_is_object(value) || json_object_size(value) == 0) {
        return fault(compiler, "write the attribute's name and value: {\"material\": \"wool\"}");
    }
    json_object_foreach((json_t *)value, key, wanted)
    {
        enter_member(compiler, key);
        if (!compile_item_field(compiler, subject, DYN_ITEM_FIELD_ATTRIBUTE, key, wanted)) {
            return false;
        }
        leave(compiler);
    }

    return true;
}

typedef bool (*members_fn)(compiler_t *compiler, dyn_subject_t subject, const json_t *object,
                           int nested);

static bool compile_request_members(compiler_t *compiler, dyn_subject_t subject,
                                    const json_t *object, int nested);
static bool compile_item_members(compiler_t *compiler, dyn_subject_t subject, const json_t *object,
                                 int nested);

/* "all", "any" or "not". */
static bool compile_group(compiler_t *compiler, const char *key, const json_t *value,
                          dyn_subject_t subject, members_fn members, int nested)
{
    dyn_node_kind_t kind = strcmp(key, "all") == 0   ? DYN_NODE_ALL
                           : strcmp(key, "any") == 0 ? DYN_NODE_ANY
                                                     : DYN_NODE_NOT;
    uint32_t node = add_node(compiler, kind, 0, 0), inner;

    if (kind == DYN_NODE_NOT) {
        if (!is_object(compiler, value, "\"not\"")) {
            return false;
        }
        inner = add_node(compiler, DYN_NODE_ALL, 0, 0);

        return members(compiler, subject, value, nested) && end_node(compiler, inner) &&
               end_node(compiler, node);
    }
    if (!json_is_array(value) || json_array_size(value) == 0) {
        return fault(compiler, "\"%s\" must be a list of conditions: [{...}, {...}]", key);
    }
    for (size_t i = 0; i < json_array_size(value); i++) {
        enter_element(compiler, i);
        inner = add_node(compiler, DYN_NODE_ALL, 0, 0);
        if (!is_object(compiler, json_array_get(value, i), "a condition") ||
            !members(compiler, subject, json_array_get(value, i), nested) ||
            !end_node(compiler, inner)) {
            return false;
        }
        leave(compiler);
    }

    return end_node(compiler, node);
}

static bool too_deep(compiler_t *compiler, int nested)
{
    return nested >= DYN_RULES_DEPTH_MAX &&
           !fault(compiler, "conditions nest more than %d deep here", DYN_RULES_DEPTH_MAX);
}

static bool compile_item_members(compiler_t *compiler, dyn_subject_t subject, const json_t *object,
                                 int nested)
{
    const names_t names = {{item_names, group_names}, 2};
    const char *key;
    json_t *value;

    if (too_deep(compiler, nested)) {
        return false;
    }
    json_object_foreach((json_t *)object, key, value)
    {
        uint32_t number = 0;
        bool good;

        enter_member(compiler, key);
        if (find_name(group_names, key, &number)) {
            good = compile_group(compiler, key, value, subject, compile_item_members, nested + 1);
        } else if (!find_name(item_names, key, &number)) {
            good = unknown(compiler, key, "field of an item", &names, true);
        } else if (number == DYN_ITEM_FIELD_ATTRIBUTE) {
            good = compile_attributes(compiler, subject, value);
        } else {
            good =
                compile_item_field(compiler, subject, (dyn_item_field_t)number,
                                   number == DYN_ITEM_FIELD_AUDIENCE ? "audience" : "tag", value);
        }
        if (!good) {
            return false;
        }
        leave(compiler);
    }

    return true;
}

static bool compile_subject(compiler_t *compiler, dyn_subject_t subject, const json_t *value,
                            int nested)
{
    uint32_t node = DYN_NONE;

    if (!json_is_object(value) || json_object_size(value) == 0) {
        return fault(compiler, "write what the item is like: {\"brand\": \"...\"}");
    }
    if (subject != DYN_SUBJECT_ITEM) {
        node = add_node(compiler, DYN_NODE_SUBJECT, 0, (uint8_t)subject);
    }

    return compile_item_members(compiler, subject, value, nested) &&
           (node == DYN_NONE || end_node(compiler, node));
}

static bool compile_request_member(compiler_t *compiler, dyn_subject_t subject, const char *key,
                                   const json_t *value, int nested)
{
    const names_t names = {{request_names, subject_names, group_names}, 3};
    uint32_t number = 0;

    if (find_name(group_names, key, &number)) {
        return compile_group(compiler, key, value, subject, compile_request_members, nested + 1);
    }
    if (find_name(request_names, key, &number)) {
        return compile_request(compiler, (dyn_request_field_t)number, value);
    }
    if (find_name(subject_names, key, &number)) {
        return compile_subject(compiler, (dyn_subject_t)number, value, nested + 1);
    }

    return unknown(compiler, key, "condition", &names, true);
}

static bool compile_request_members(compiler_t *compiler, dyn_subject_t subject,
                                    const json_t *object, int nested)
{
    const char *key;
    json_t *value;

    if (too_deep(compiler, nested)) {
        return false;
    }
    json_object_foreach((json_t *)object, key, value)
    {
        enter_member(compiler, key);
        if (!compile_request_member(compiler, subject, key, value, nested)) {
            return false;
        }
        leave(compiler);
    }

    return true;
}

static bool compile_when(compiler_t *compiler, const json_t *value, members_fn members,
                         dyn_when_t *when)
{
    when->start = compiler->conditions.count;
    when->count = 0;
    if (value == NULL) {
        return true;
    }
    if (!is_object(compiler, value, "a condition") ||
        !members(compiler, DYN_SUBJECT_ITEM, value, 0)) {
        return false;
    }
    when->count = compiler->conditions.count - when->start;

    return true;
}

/* True when some node asks for the candidate. */
static bool asks_for_candidate(compiler_t *compiler, dyn_when_t when)
{
    for (uint32_t i = 0; i < when.count; i++) {
        const dyn_condition_t *node = node_at(compiler, when.start + i);

        if (node->kind == DYN_NODE_ITEM && node->subject == DYN_SUBJECT_ITEM) {
            return true;
        }
    }

    return false;
}

/* ---- texts ---- */

static bool text_fault(compiler_t *compiler, const dyn_texts_fault_t *wrong)
{
    if (wrong->language.len > 0) {
        enter_member(compiler, wrong->language.data);
    }
    if (wrong->key.len > 0) {
        enter_member(compiler, wrong->key.data);
    }

    return fault_at(compiler, false, wrong->at, wrong->error.text);
}

static bool take_texts(compiler_t *compiler, const json_t *value, unsigned places, uint32_t *text)
{
    dyn_texts_fault_t wrong = {.at = 0};

    return dyn_texts_add(compiler->texts, value, places, text, &wrong) ||
           text_fault(compiler, &wrong);
}

static bool take_own_text(compiler_t *compiler, const json_t *object, const char *key,
                          uint32_t *text)
{
    json_t *value = json_object_get(object, key);

    if (value == NULL) {
        return true;
    }
    enter_member(compiler, key);
    if (!take_texts(compiler, value, DYN_PLACES_NO, text)) {
        return false;
    }
    leave(compiler);

    return true;
}

/* ---- actions ---- */

#define X(c, n, rank, doc) n,
static const char *const action_names[] = {DYN_ACTIONS(X) NULL};
#undef X

static bool take_true(compiler_t *compiler, const json_t *value)
{
    return json_is_true(value) || fault(compiler, "only true can be here");
}

static bool take_items(compiler_t *compiler, const json_t *object, size_t least,
                       dyn_action_t *action)
{
    json_t *items = json_object_get(object, "items");
    bool good;

    if (!json_is_array(items) || json_array_size(items) < least ||
        json_array_size(items) > DYN_SLOT_ITEMS_MAX) {
        return fault(compiler, "write the ids of %zu to %d items: \"items\": [\"...\"]", least,
                     DYN_SLOT_ITEMS_MAX);
    }
    enter_member(compiler, "items");
    action->values_start = compiler->values.count;
    good = take_each(compiler, items, take_item, NULL);
    action->values_count = compiler->values.count - action->values_start;
    if (good) {
        leave(compiler);
    }

    return good;
}

static bool take_position(compiler_t *compiler, const json_t *object, dyn_action_t *action)
{
    json_t *value = json_object_get(object, "position");
    double position = 1;

    if (value != NULL) {
        enter_member(compiler, "position");
        if (!take_whole(compiler, value, 1, DYN_SLOT_ITEMS_MAX, &position)) {
            return false;
        }
        leave(compiler);
    }
    action->position = (uint16_t)(position - 1);

    return true;
}

/* least: so many items there must be at least. */
static bool compile_placed(compiler_t *compiler, const json_t *value, bool positioned, size_t least,
                           dyn_action_t *action)
{
    static const char *const members[] = {"items", NULL}, *const position[] = {"position", NULL};
    const names_t names = {{members, position}, positioned ? 2 : 1};

    return is_object(compiler, value, "it") && only(compiler, value, "member here", &names) &&
           take_items(compiler, value, least, action) &&
           (!positioned || take_position(compiler, value, action));
}

static bool compile_cap(compiler_t *compiler, const json_t *value, dyn_action_t *action)
{
    static const char *const members[] = {"by", "value", "most", NULL};
    const names_t names = {{members}, 1};
    json_t *by = json_object_get(value, "by"), *of = json_object_get(value, "value"),
           *most = json_object_get(value, "most");
    uint32_t cap = 0;
    double count;
    dyn_str_t name;

    if (!is_object(compiler, value, "a cap") || !only(compiler, value, "member of a cap", &names)) {
        return false;
    }
    if (by == NULL || most == NULL) {
        return fault(compiler, "a cap needs \"by\" and \"most\": {\"by\": \"brand\", \"most\": 2}");
    }
    enter_member(compiler, "by");
    if (!take_name(compiler, by, cap_names, "thing to count by", &cap)) {
        return false;
    }
    leave(compiler);
    enter_member(compiler, "most");
    if (!take_whole(compiler, most, 0, DYN_SLOT_ITEMS_MAX, &count)) {
        return false;
    }
    leave(compiler);
    action->cap = (uint8_t)cap;
    action->count = (uint32_t)count;
    action->values_start = compiler->values.count;
    if (cap != DYN_CAP_TAG && cap != DYN_CAP_ATTRIBUTE) {
        return of == NULL ||
               (enter_member(compiler, "value"),
                fault_at(compiler, true, 0, "\"value\" belongs to a cap by tag or attribute"));
    }
    if (of == NULL && cap == DYN_CAP_ATTRIBUTE) {
        return fault(compiler, "a cap by attribute needs its name: \"value\": \"material\"");
    }
    if (of != NULL) {
        enter_member(compiler, "value");
        if (!take_text(compiler, of, DYN_ATTRIBUTE_BYTES_MAX, &name)) {
            return false;
        }
        leave(compiler);
    } else {
        name = DYN_STR("");
    }

    /* the traits that it counts: of a tag one or all, of an attribute all values */
    const dyn_snapshot_t *snapshot = compiler->snapshot;
    uint32_t first = DYN_NONE, end = DYN_NONE;

    for (uint32_t i = 0; snapshot != NULL && i < snapshot->trait_count; i++) {
        bool counted =
            cap == DYN_CAP_ATTRIBUTE
                ? dyn_str_equal(dyn_trait_name(snapshot, i), name)
                : dyn_str_equal(dyn_trait_name(snapshot, i), DYN_STR("tag")) &&
                      (name.len == 0 || dyn_str_equal(dyn_trait_value(snapshot, i), name));

        if (counted) {
            first = first == DYN_NONE ? i : first;
            end = i + 1;
        }
    }
    if (first != DYN_NONE) {
        add_value(compiler, first);
        add_value(compiler, end);
    }
    action->values_count = compiler->values.count - action->values_start;

    return true;
}

static bool compile_sources(compiler_t *compiler, const json_t *value, dyn_action_t *action)
{
    const names_t names = {{source_names}, 1};
    const char *key;
    json_t *wanted;

    if (!json_is_object(value) || json_object_size(value) == 0) {
        return fault(compiler,
                     "write sources and weights: {\"similar\": 0.5, \"trending\": false}");
    }
    action->values_start = compiler->values.count;
    json_object_foreach((json_t *)value, key, wanted)
    {
        uint32_t source = 0, bits;
        double weight = json_is_true(wanted) ? -1 : 0;
        float stored;

        enter_member(compiler, key);
        if (!find_name(source_names, key, &source)) {
            return unknown(compiler, key, "source", &names, true);
        }
        if (!json_is_boolean(wanted) && !take_number(compiler, wanted, 0, 1000, &weight)) {
            return false;
        }
        leave(compiler);
        stored = (float)weight;
        memcpy(&bits, &stored, sizeof(bits));
        add_value(compiler, source);
        add_value(compiler, bits);
    }
    action->values_count = compiler->values.count - action->values_start;

    return true;
}

static bool compile_confidence(compiler_t *compiler, const json_t *value, dyn_action_t *action)
{
    static const char *const members[] = {"least", "fallback", NULL};
    const names_t names = {{members}, 1};
    json_t *least = json_object_get(value, "least"), *fallback = json_object_get(value, "fallback");
    double number;

    if (json_is_number(value)) {
        least = (json_t *)value;
    } else if (!is_object(compiler, value, "it") || !only(compiler, value, "member here", &names)) {
        return false;
    }
    if (least == NULL) {
        return fault(compiler, "write {\"least\": 0.3, \"fallback\": \"popular\"}");
    }
    if (least != value) {
        enter_member(compiler, "least");
    }
    if (!take_number(compiler, least, 0, 1, &number)) {
        return false;
    }
    if (least != value) {
        leave(compiler);
    }
    action->number = (float)number;
    if (fallback != NULL &&
        !(json_is_string(fallback) && strcmp(json_string_value(fallback), "none") == 0)) {
        enter_member(compiler, "fallback");
        if (!take_name(compiler, fallback, source_names, "source", &action->source)) {
            return false;
        }
        leave(compiler);
    }

    return true;
}

#define X(c, n) n,
static const char *const cta_names[] = {DYN_ITEM_CTAS(X) NULL};
#undef X

static bool compile_cta(compiler_t *compiler, const json_t *value, dyn_action_t *action)
{
    static const char *const members[] = {"action", "label", NULL};
    const names_t names = {{members}, 1};
    json_t *wanted = json_object_get(value, "action"), *label = json_object_get(value, "label");
    uint32_t cta = DYN_CTA_VIEW;

    if (!is_object(compiler, value, "a call to action") ||
        !only(compiler, value, "member of a call to action", &names)) {
        return false;
    }
    if (wanted == NULL) {
        return fault(compiler,
                     "a call to action needs its \"action\": \"view\" or \"add_to_cart\"");
    }
    enter_member(compiler, "action");
    if (!take_name(compiler, wanted, cta_names, "call to action", &cta)) {
        return false;
    }
    leave(compiler);
    action->cta = (uint8_t)cta;
    if (label != NULL) {
        enter_member(compiler, "label");
        if (!take_texts(compiler, label, DYN_PLACES_NO, &action->text)) {
            return false;
        }
        leave(compiler);
    }

    return true;
}

static bool compile_action(compiler_t *compiler, dyn_action_kind_t kind, const json_t *value)
{
    dyn_action_t action = {
        .kind = (uint8_t)kind, .text = DYN_NONE, .name = DYN_NONE, .source = DYN_NONE};
    double number = 0;
    dyn_str_t name;
    bool good = true;

    switch (kind) {
    case DYN_ACTION_EXCLUDE:
    case DYN_ACTION_FILTER:
        good = take_true(compiler, value);
        break;
    case DYN_ACTION_SOURCES:
        good = compile_sources(compiler, value, &action);
        break;
    case DYN_ACTION_STRENGTH:
    case DYN_ACTION_QUOTA:
    case DYN_ACTION_BURY:
        good = take_number(compiler, value, 0, 1, &number);
        break;
    case DYN_ACTION_BOOST:
        good = take_number(compiler, value, 1, 20, &number);
        break;
    case DYN_ACTION_LIMIT:
        good = take_whole(compiler, value, 1, DYN_SLOT_ITEMS_MAX, &number);
        action.count = good ? (uint32_t)number : 0;
        break;
    case DYN_ACTION_APART:
        good = compile_placed(compiler, value, false, 2, &action);
        break;
    case DYN_ACTION_ADD:
        good = compile_placed(compiler, value, false, 1, &action);
        break;
    case DYN_ACTION_PIN:
    case DYN_ACTION_PREFER:
        good = compile_placed(compiler, value, true, 1, &action);
        break;
    case DYN_ACTION_CAP:
        good = compile_cap(compiler, value, &action);
        break;
    case DYN_ACTION_CONFIDENCE:
        good = compile_confidence(compiler, value, &action);
        number = (double)action.number;
        break;
    case DYN_ACTION_CONTENT:
        good = take_text(compiler, value, DYN_ITEM_ID_BYTES_MAX, &name);
        action.name = good ? add_string(compiler, name) : DYN_NONE;
        break;
    case DYN_ACTION_CTA:
        good = compile_cta(compiler, value, &action);
        break;
    default:
        good = take_texts(compiler, value, DYN_PLACES_NO, &action.text);
        break;
    }
    if (!good) {
        return false;
    }
    action.number = (float)number;

    dyn_action_t *row = ADD(compiler, actions, dyn_action_t);

    if (row == NULL) {
        return fault(compiler, "there is not enough memory");
    }
    *row = action;

    return true;
}

static bool compile_then(compiler_t *compiler, const json_t *then, dyn_rule_t *rule)
{
    const names_t names = {{action_names}, 1};
    const char *key;
    json_t *value;

    if (!is_object(compiler, then, "\"then\"")) {
        return false;
    }
    if (json_object_size(then) == 0) {
        return fault(compiler, "\"then\" is empty: say what the rule does, as {\"boost\": 1.5}");
    }
    rule->actions_start = compiler->actions.count;
    json_object_foreach((json_t *)then, key, value)
    {
        uint32_t kind = 0;

        enter_member(compiler, key);
        if (!find_name(action_names, key, &kind)) {
            return unknown(compiler, key, "action", &names, true);
        }
        if (!compile_action(compiler, (dyn_action_kind_t)kind, value)) {
            return false;
        }
        leave(compiler);
    }
    rule->actions_count = compiler->actions.count - rule->actions_start;

    return true;
}

/* ---- rules ---- */

static bool take_time(compiler_t *compiler, const json_t *rule, const char *key, int64_t *time_ms)
{
    json_t *value = json_object_get(rule, key);

    if (value == NULL) {
        return true;
    }
    enter_member(compiler, key);
    if (!json_is_string(value) ||
        !dyn_zone_time(compiler->policy->time_zone, text_of(value), time_ms)) {
        return fault(compiler, "a time is written \"2026-11-01\" or \"2026-11-01T08:00:00+01:00\"");
    }
    leave(compiler);

    return true;
}

static bool take_flag(compiler_t *compiler, const json_t *rule, const char *key, bool *flag)
{
    json_t *value = json_object_get(rule, key);

    if (value == NULL) {
        return true;
    }
    enter_member(compiler, key);
    if (!take_bool(compiler, value, flag)) {
        return false;
    }
    leave(compiler);

    return true;
}

static bool take_priority(compiler_t *compiler, const json_t *object, int32_t *priority)
{
    json_t *value = json_object_get(object, "priority");
    double number;

    if (value == NULL) {
        return true;
    }
    enter_member(compiler, "priority");
    if (!take_whole(compiler, value, -DYN_RULES_PRIORITY_MAX, DYN_RULES_PRIORITY_MAX, &number)) {
        return false;
    }
    leave(compiler);
    *priority = (int32_t)number;

    return true;
}

static bool has_rule(const compiler_t *compiler, dyn_str_t id)
{
    for (uint32_t i = 0; i < compiler->rules.count; i++) {
        if (dyn_str_equal(ROW(compiler, rules, dyn_rule_t, i)->id, id)) {
            return true;
        }
    }

    return false;
}

static bool take_rule_id(compiler_t *compiler, const json_t *rule, dyn_str_t *id)
{
    json_t *value = json_object_get(rule, "id");
    dyn_str_t text;

    if (value == NULL) {
        return fault(compiler, "the rule has no \"id\": give it a name, as \"own-brand\"");
    }
    enter_member(compiler, "id");
    if (!take_text(compiler, value, DYN_RULE_ID_BYTES_MAX, &text)) {
        return false;
    }
    if (has_rule(compiler, text)) {
        return fault(compiler, "a rule before this one has the id \"%.64s\", too: give it another",
                     text.data);
    }
    leave(compiler);
    *id = copy(compiler, text);

    return true;
}

static bool switch_rule(compiler_t *compiler, dyn_rule_t *rule);

static bool compile_rule(compiler_t *compiler, const json_t *value)
{
    static const char *const members[] = {"id",    "note",       "enabled", "priority", "from",
                                          "until", "compliance", "when",    "then",     NULL};
    const names_t names = {{members}, 1};
    json_t *then = json_object_get(value, "then"), *when = json_object_get(value, "when");
    dyn_rule_t rule = {.until_ms = DYN_TIME_MS_MAX,
                       .enabled = true,
                       .own = compiler->below != NULL && !compiler->of_below};

    if (!is_object(compiler, value, "a rule") ||
        !only(compiler, value, "member of a rule", &names) ||
        !take_rule_id(compiler, value, &rule.id)) {
        return false;
    }
    compiler->rule_id = rule.id;
    if (!take_priority(compiler, value, &rule.priority) ||
        !take_flag(compiler, value, "enabled", &rule.enabled) ||
        !take_flag(compiler, value, "compliance", &rule.compliance) ||
        !take_time(compiler, value, "from", &rule.from_ms) ||
        !take_time(compiler, value, "until", &rule.until_ms)) {
        return false;
    }
    if (rule.until_ms <= rule.from_ms) {
        enter_member(compiler, "until");
        return fault(compiler, "\"until\" is not after \"from\", so that the rule never holds");
    }
    enter_member(compiler, "when");
    if (!compile_when(compiler, when, compile_request_members, &rule.when)) {
        return false;
    }
    if (!switch_rule(compiler, &rule)) {
        return false;
    }
    leave(compiler);
    /* one that only switches a built-in rule off does nothing */
    if (then == NULL && rule.enabled) {
        return fault(compiler, "the rule has no \"then\": say what it does, as {\"boost\": 1.5}");
    }
    enter_member(compiler, "then");
    if (then != NULL && !compile_then(compiler, then, &rule)) {
        return false;
    }
    leave(compiler);

    dyn_rule_t *row = ADD(compiler, rules, dyn_rule_t);

    if (row == NULL) {
        return fault(compiler, "there is not enough memory");
    }
    *row = rule;

    return true;
}

static bool compile_rules(compiler_t *compiler, const json_t *value)
{
    if (!is_array(compiler, value, "\"rules\"")) {
        return false;
    }
    if (json_array_size(value) > DYN_RULES_MAX) {
        return fault(compiler, "there are more than %d rules", DYN_RULES_MAX);
    }
    for (size_t i = 0; i < json_array_size(value); i++) {
        enter_element(compiler, i);
        if (!compile_rule(compiler, json_array_get(value, i))) {
            return false;
        }
        leave(compiler);
    }

    return true;
}

static int by_priority(const void *a, const void *b)
{
    const dyn_rule_t *left = a;
    const dyn_rule_t *right = b;
    size_t least = left->id.len < right->id.len ? left->id.len : right->id.len;

    if (left->priority != right->priority) {
        return left->priority > right->priority ? -1 : 1;
    }

    int order = memcmp(left->id.data, right->id.data, least);

    return order != 0 ? order : (left->id.len > right->id.len) - (left->id.len < right->id.len);
}

/* Those that the file has none of the same id for, be it a disabled one. */
static bool add_built_in_rules(compiler_t *compiler)
{
    const json_t *rules = json_object_get(compiler->below, "rules");
    bool good = true;

    compiler->of_below = true;
    compiler->depth = 0;
    for (size_t i = 0; good && i < json_array_size(rules); i++) {
        const json_t *rule = json_array_get(rules, i);

        good = has_rule(compiler, text_of(json_object_get(rule, "id"))) ||
               compile_rule(compiler, rule);
    }
    compiler->of_below = false;

    return good;
}

/* Disabled ones are checked and left out. */
static void sort_rules(compiler_t *compiler)
{
    dyn_rule_t *rules = (dyn_rule_t *)(void *)compiler->rules.rows;
    uint32_t kept = 0;

    for (uint32_t i = 0; i < compiler->rules.count; i++) {
        if (rules[i].enabled) {
            compiler->policy->own_rule_count += rules[i].own;
            rules[kept++] = rules[i];
        }
    }
    compiler->rules.count = kept;
    if (kept > 1) {
        qsort(rules, kept, sizeof(*rules), by_priority);
    }
}

/* ---- slots of surfaces ---- */

/* Lays {"similar": 0.5, "trending": false} over the weights of a row; they stay in the order of the sources. */
static bool take_weights(compiler_t *compiler, const json_t *value, const json_t *floors,
                         float weights[DYN_SOURCES_COUNT], float least[DYN_SOURCES_COUNT],
                         bool given[DYN_SOURCES_COUNT])
{
    const names_t names = {{source_names}, 1};
    const json_t *const objects[] = {value, floors};
    static const char *const keys[] = {"sources", "floors"};
    const char *key;
    json_t *wanted;

    for (size_t i = 0; i < 2; i++) {
        if (objects[i] == NULL) {
            continue;
        }
        enter_member(compiler, keys[i]);
        if (!is_object(compiler, objects[i], i == 0 ? "\"sources\"" : "\"floors\"")) {
            return false;
        }
        json_object_foreach((json_t *)objects[i], key, wanted)
        {
            uint32_t source;
            double number = 0;

            enter_member(compiler, key);
            if (!find_name(source_names, key, &source)) {
                return unknown(compiler, key, "source", &names, true);
            }
            if (!json_is_false(wanted) && !take_number(compiler, wanted, 0, 1000, &number)) {
                return false;
            }
            leave(compiler);
            *(i == 0 ? &weights[source] : &least[source]) = (float)number;
            given[source] = given[source] || i == 0;
        }
        leave(compiler);
    }

    return true;
}

static void add_weights(compiler_t *compiler, const float weights[DYN_SOURCES_COUNT],
                        const float floors[DYN_SOURCES_COUNT], const bool given[DYN_SOURCES_COUNT],
                        uint32_t *start, uint32_t *count)
{
    *start = compiler->weights.count;
    for (uint32_t source = 0; source < DYN_SOURCES_COUNT; source++) {
        if (given[source]) {
            dyn_blend_weight_t *row = ADD(compiler, weights, dyn_blend_weight_t);

            if (row != NULL) {
                *row = (dyn_blend_weight_t){source, weights[source], floors[source]};
            }
        }
    }
    *count = compiler->weights.count - *start;
}

static bool take_strength(compiler_t *compiler, const json_t *object, float *strength)
{
    json_t *value = json_object_get(object, "strength");
    double number;

    if (value == NULL) {
        return true;
    }
    enter_member(compiler, "strength");
    if (!take_number(compiler, value, 0, 1, &number)) {
        return false;
    }
    leave(compiler);
    *strength = (float)number;

    return true;
}

static bool take_limit(compiler_t *compiler, const json_t *object, uint32_t *limit)
{
    json_t *value = json_object_get(object, "limit");
    double number;

    if (value == NULL) {
        return true;
    }
    enter_member(compiler, "limit");
    if (!take_whole(compiler, value, 1, DYN_SLOT_ITEMS_MAX, &number)) {
        return false;
    }
    leave(compiler);
    *limit = (uint32_t)number;

    return true;
}

/* All but its condition. */
static bool take_variation(compiler_t *compiler, const json_t *value, dyn_variation_t *variation)
{
    float weights[DYN_SOURCES_COUNT] = {0}, floors[DYN_SOURCES_COUNT] = {0};
    bool given[DYN_SOURCES_COUNT] = {false};

    *variation = (dyn_variation_t){.title = DYN_NONE, .strength = -1};
    if (!take_weights(compiler, json_object_get(value, "sources"), NULL, weights, floors, given) ||
        !take_limit(compiler, value, &variation->limit) ||
        !take_own_text(compiler, value, "title", &variation->title) ||
        !take_strength(compiler, value, &variation->strength)) {
        return false;
    }
    add_weights(compiler, weights, floors, given, &variation->sources_start,
                &variation->sources_count);

    return true;
}

static bool compile_variation(compiler_t *compiler, const json_t *value)
{
    static const char *const members[] = {"when", "sources", "limit", "title", "strength", NULL};
    const names_t names = {{members}, 1};
    dyn_variation_t variation;
    dyn_when_t when;

    if (!is_object(compiler, value, "a variation") ||
        !only(compiler, value, "member of a variation", &names)) {
        return false;
    }
    compiler->rule_id = DYN_STR("variation");
    enter_member(compiler, "when");
    if (!compile_when(compiler, json_object_get(value, "when"), compile_request_members, &when)) {
        return false;
    }
    if (asks_for_candidate(compiler, when)) {
        return fault(compiler, "a variation is chosen before there are candidates: it cannot ask "
                               "for \"item\"");
    }
    leave(compiler);
    if (!take_variation(compiler, value, &variation)) {
        return false;
    }
    variation.when = when;

    dyn_variation_t *row = ADD(compiler, variations, dyn_variation_t);

    if (row == NULL) {
        return fault(compiler, "there is not enough memory");
    }
    *row = variation;

    return true;
}

static bool take_flags(compiler_t *compiler, const json_t *object, uint32_t *flags)
{
    json_t *value = json_object_get(object, "flags");

    if (value == NULL) {
        return true;
    }
    enter_member(compiler, "flags");
    if (!is_array(compiler, value, "\"flags\"")) {
        return false;
    }
    *flags = 0;
    for (size_t i = 0; i < json_array_size(value); i++) {
        uint32_t flag = 0;

        enter_element(compiler, i);
        if (!take_name(compiler, json_array_get(value, i), flag_names, "flag", &flag)) {
            return false;
        }
        *flags |= flag_bits[flag];
        leave(compiler);
    }
    leave(compiler);

    return true;
}

static bool take_format(compiler_t *compiler, const json_t *object, uint8_t *format)
{
    static const char *const formats[] = {"json", "html", NULL};
    json_t *value = json_object_get(object, "format");
    uint32_t number = 0;

    if (value == NULL) {
        return true;
    }
    enter_member(compiler, "format");
    if (!take_name(compiler, value, formats, "format", &number)) {
        return false;
    }
    leave(compiler);
    *format = (uint8_t)(number + 1);

    return true;
}

static const json_t *slots_of(const json_t *file, uint32_t surface)
{
    const json_t *surfaces = json_object_get(file, "surfaces");
    const char *name = surface == DYN_BLEND_ANY_SURFACE ? "any" : surface_names[surface];

    return json_object_get(json_object_get(surfaces, name), "slots");
}

static const json_t *slot_of(const json_t *file, uint32_t surface, const char *name)
{
    const json_t *slots = slots_of(file, surface);

    for (size_t i = 0; i < json_array_size(slots); i++) {
        const json_t *slot = json_array_get(slots, i);

        if (strcmp(json_string_value(json_object_get(slot, "slot")), name) == 0) {
            return slot;
        }
    }

    return NULL;
}

/* What a slot of that name is in the built-in file; NULL: there is no such file. */
static const json_t *slot_below(const compiler_t *compiler, uint32_t surface, const char *name)
{
    const uint32_t surfaces[] = {surface, DYN_BLEND_ANY_SURFACE};
    const char *const names[] = {name, "*"};
    const json_t *slot = NULL;

    for (size_t i = 0; slot == NULL && i < 4; i++) {
        slot = slot_of(compiler->below, surfaces[i % 2], names[i / 2]);
    }

    return slot;
}

/* The built-in slot with the file's members over it; of sources and floors each one by itself. NULL: there is no memory. */
static json_t *lay_over(const json_t *below, const json_t *value)
{
    static const char *const joined[] = {"sources", "floors"};
    json_t *slot = below == NULL ? json_object() : json_copy((json_t *)below);

    json_object_update(slot, (json_t *)value);
    for (size_t i = 0; i < sizeof(joined) / sizeof(joined[0]); i++) {
        const json_t *usual = json_object_get(below, joined[i]);
        json_t *own = json_object_get(value, joined[i]);

        if (json_is_object(usual) && json_is_object(own)) {
            json_t *both = json_copy((json_t *)usual);

            json_object_update(both, own);
            json_object_set_new(slot, joined[i], both);
        }
    }

    return slot;
}

/* "*" stands for every slot that has no row of its own. */
static bool take_row_name(compiler_t *compiler, const json_t *value, dyn_str_t *name)
{
    if (dyn_str_equal(text_of(value), DYN_STR("*"))) {
        *name = DYN_STR("");
        return true;
    }

    return take_slot_name(compiler, value, name);
}

static bool take_variations(compiler_t *compiler, const json_t *value, dyn_policy_slot_t *slot)
{
    slot->variations_start = compiler->variations.count;
    if (value == NULL) {
        return true;
    }
    enter_member(compiler, "variations");
    if (!is_array(compiler, value, "\"variations\"")) {
        return false;
    }
    for (size_t i = 0; i < json_array_size(value); i++) {
        enter_element(compiler, i);
        if (!compile_variation(compiler, json_array_get(value, i))) {
            return false;
        }
        leave(compiler);
    }
    leave(compiler);
    slot->variations_count = compiler->variations.count - slot->variations_start;

    return true;
}

/* All but its name, which is known. */
static bool compile_slot_members(compiler_t *compiler, const json_t *value, dyn_policy_slot_t *slot)
{
    float weights[DYN_SOURCES_COUNT] = {0}, floors[DYN_SOURCES_COUNT] = {0};
    bool given[DYN_SOURCES_COUNT] = {false};

    if (!take_weights(compiler, json_object_get(value, "sources"), json_object_get(value, "floors"),
                      weights, floors, given) ||
        !take_limit(compiler, value, &slot->limit) ||
        !take_own_text(compiler, value, "title", &slot->title) ||
        !take_strength(compiler, value, &slot->strength) ||
        !take_flags(compiler, value, &slot->row.flags) ||
        !take_format(compiler, value, &slot->format)) {
        return false;
    }
    add_weights(compiler, weights, floors, given, &slot->row.weights_start,
                &slot->row.weights_count);
    if (!take_variations(compiler, json_object_get(value, "variations"), slot)) {
        return false;
    }

    dyn_policy_slot_t *row = ADD(compiler, slots, dyn_policy_slot_t);

    if (row == NULL) {
        return fault(compiler, "there is not enough memory");
    }
    *row = *slot;

    return true;
}

static bool has_slot(compiler_t *compiler, uint32_t surface, dyn_str_t name)
{
    for (uint32_t i = 0; i < compiler->slots.count; i++) {
        const dyn_blend_row_t *row = &ROW(compiler, slots, dyn_policy_slot_t, i)->row;

        if (row->surface == surface && dyn_str_equal(dyn_str_from(row->slot), name)) {
            return true;
        }
    }

    return false;
}

static bool compile_slot(compiler_t *compiler, const json_t *value, uint32_t surface)
{
    static const char *const members[] = {"slot",  "limit",    "sources", "floors",     "flags",
                                          "title", "strength", "format",  "variations", NULL};
    const names_t names = {{members}, 1};
    json_t *name = json_object_get(value, "slot"), *whole;
    dyn_policy_slot_t slot = {
        .title = DYN_NONE, .strength = 1, .own = compiler->below != NULL && !compiler->of_below};
    dyn_str_t text;
    bool good;

    if (!is_object(compiler, value, "a slot") ||
        !only(compiler, value, "member of a slot", &names)) {
        return false;
    }
    if (name == NULL) {
        return fault(compiler, "the slot has no name: \"slot\": \"recs\"");
    }
    enter_member(compiler, "slot");
    if (!take_row_name(compiler, name, &text)) {
        return false;
    }
    if (has_slot(compiler, surface, text) && compiler->of_below) {
        leave(compiler);
        return true;
    }
    if (has_slot(compiler, surface, text)) {
        return fault(compiler, "the surface has a slot \"%.32s\" before this one: join them",
                     json_string_value(name));
    }
    leave(compiler);
    if (compiler->slots.count == DYN_RULES_SLOTS_MAX) {
        return fault(compiler, "the file has more than %d slots, the built-in ones included",
                     DYN_RULES_SLOTS_MAX);
    }
    memcpy(slot.row.slot, text.data, text.len);
    slot.row.surface = surface;
    whole = lay_over(
        compiler->of_below ? NULL : slot_below(compiler, surface, json_string_value(name)), value);
    good = compile_slot_members(compiler, whole, &slot);
    json_decref(whole);

    return good;
}

static bool compile_surfaces(compiler_t *compiler, const json_t *value)
{
    static const char *const any[] = {"any", NULL}, *const members[] = {"slots", NULL};
    const names_t names = {{surface_names, any}, 2}, inner = {{members}, 1};
    const char *key;
    json_t *surface;

    if (!is_object(compiler, value, "\"surfaces\"")) {
        return false;
    }
    json_object_foreach((json_t *)value, key, surface)
    {
        uint32_t number = DYN_BLEND_ANY_SURFACE;
        json_t *slots = json_object_get(surface, "slots");

        enter_member(compiler, key);
        if (strcmp(key, "any") != 0 && !find_name(surface_names, key, &number)) {
            return unknown(compiler, key, "surface", &names, true);
        }
        if (!is_object(compiler, surface, "a surface") ||
            !only(compiler, surface, "member of a surface", &inner)) {
            return false;
        }
        if (slots != NULL) {
            enter_member(compiler, "slots");
            if (!is_array(compiler, slots, "\"slots\"")) {
                return false;
            }
            for (size_t i = 0; i < json_array_size(slots); i++) {
                enter_element(compiler, i);
                if (!compile_slot(compiler, json_array_get(slots, i), number)) {
                    return false;
                }
                leave(compiler);
            }
            leave(compiler);
        }
        leave(compiler);
    }

    return true;
}

/* How general a row is: of a surface and slot, of a slot, of a surface, of all. */
static int generality(const dyn_policy_slot_t *slot)
{
    return (slot->row.slot[0] == '\0' ? 2 : 0) + (slot->row.surface == DYN_BLEND_ANY_SURFACE);
}

/* From the particular to the general, so that the first that fits is the one; else in the order of the file. */
static void order_slots(compiler_t *compiler)
{
    dyn_policy_slot_t *rows = (dyn_policy_slot_t *)(void *)compiler->slots.rows;

    for (uint32_t i = 1; i < compiler->slots.count; i++) {
        dyn_policy_slot_t row = rows[i];
        uint32_t at = i;

        for (; at > 0 && generality(&rows[at - 1]) > generality(&row); at--) {
            rows[at] = rows[at - 1];
        }
        rows[at] = row;
    }
}

/* Those built-in slots that the file does not replace. */
static bool add_built_in_slots(compiler_t *compiler)
{
    const json_t *surfaces = json_object_get(compiler->below, "surfaces");
    bool good = true;

    compiler->of_below = true;
    compiler->depth = 0;
    if (surfaces != NULL) {
        good = compile_surfaces(compiler, surfaces);
    }
    compiler->of_below = false;

    return good;
}

/* ---- experiments, the holdout, flags ---- */

/* A condition that is asked before there are slots and candidates. */
static bool compile_scope(compiler_t *compiler, const json_t *value, const char *what,
                          dyn_when_t *when)
{
    enter_member(compiler, "when");
    if (!compile_when(compiler, value, compile_request_members, when)) {
        return false;
    }
    for (uint32_t i = 0; i < when->count; i++) {
        const dyn_condition_t *node = node_at(compiler, when->start + i);

        if ((node->kind == DYN_NODE_ITEM && node->subject == DYN_SUBJECT_ITEM) ||
            (node->kind == DYN_NODE_REQUEST && node->field == DYN_REQUEST_FIELD_SLOT)) {
            return fault(compiler,
                         "%s holds for a page as a whole: it cannot ask for \"item\" or \"slot\"",
                         what);
        }
    }
    leave(compiler);

    return true;
}

static bool take_share(compiler_t *compiler, const json_t *object, const char *key, double most,
                       double *share)
{
    json_t *value = json_object_get(object, key);

    if (value == NULL) {
        return true;
    }
    enter_member(compiler, key);
    if (!take_number(compiler, value, 0, most, share)) {
        return false;
    }
    leave(compiler);

    return true;
}

/* At most DYN_RULE_ID_BYTES_MAX bytes of letters, digits, ".", "_" and "-", so that it can stand in logs and records. */
static bool take_id(compiler_t *compiler, const json_t *object, const char *key, dyn_str_t *id)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    json_t *value = json_object_get(object, key);
    dyn_str_t text;

    enter_member(compiler, key);
    if (!take_text(compiler, value, DYN_EXPERIMENT_ID_BYTES_MAX, &text)) {
        return false;
    }
    if (strspn(text.data, allowed) != text.len) {
        return fault(compiler, "it may have letters, digits, \".\", \"_\" and \"-\"");
    }
    leave(compiler);
    *id = copy(compiler, text);

    return true;
}

static bool take_period(compiler_t *compiler, const json_t *object, const char *what,
                        int64_t *from_ms, int64_t *until_ms)
{
    *from_ms = 0;
    *until_ms = DYN_TIME_MS_MAX;
    if (!take_time(compiler, object, "from", from_ms) ||
        !take_time(compiler, object, "until", until_ms)) {
        return false;
    }
    if (*until_ms <= *from_ms) {
        enter_member(compiler, "until");
        return fault(compiler, "\"until\" is not after \"from\", so that %s never runs", what);
    }

    return true;
}

static bool compile_holdout(compiler_t *compiler, const json_t *value)
{
    static const char *const members[] = {"share", "seed", "from", "until", NULL};
    const names_t names = {{members}, 1};
    dyn_holdout_t *holdout = &compiler->policy->holdout;

    if (!is_object(compiler, value, "\"holdout\"") ||
        !only(compiler, value, "member of the holdout", &names) ||
        !take_share(compiler, value, "share", 1, &holdout->share) ||
        !take_period(compiler, value, "the holdout", &holdout->from_ms, &holdout->until_ms)) {
        return false;
    }
    if (json_object_get(value, "share") == NULL) {
        return fault(compiler, "the holdout has no share: \"share\": 0.05");
    }
    holdout->seed = DYN_STR("holdout");

    return json_object_get(value, "seed") == NULL ||
           take_id(compiler, value, "seed", &holdout->seed);
}

static bool compile_flags(compiler_t *compiler, const json_t *value)
{
    static const char *const members[] = {"percent", "when", "note", NULL};
    const names_t names = {{members}, 1};
    const char *key;
    json_t *flag;

    if (!is_object(compiler, value, "\"flags\"")) {
        return false;
    }
    if (json_object_size(value) > DYN_FLAGS_MAX) {
        return fault(compiler, "there are more than %d flags", DYN_FLAGS_MAX);
    }
    json_object_foreach((json_t *)value, key, flag)
    {
        dyn_flag_t row = {
            .name = copy(compiler, dyn_str_from(key)), .percent = 100, .feature = DYN_NONE};

        enter_member(compiler, key);
        compiler->rule_id = row.name;
        if (!is_object(compiler, flag, "a flag") ||
            !only(compiler, flag, "member of a flag", &names) ||
            !take_share(compiler, flag, "percent", 100, &row.percent) ||
            !compile_scope(compiler, json_object_get(flag, "when"), "a flag", &row.when)) {
            return false;
        }
        leave(compiler);

        dyn_flag_t *place = ADD(compiler, flags, dyn_flag_t);

        if (place == NULL) {
            return fault(compiler, "there is not enough memory");
        }
        *place = row;
    }

    return true;
}

/* Its number among those that the file names. */
static uint32_t ask_feature(compiler_t *compiler, dyn_str_t key)
{
    uint32_t feature = dyn_features_find(compiler->memory->features, key);

    for (uint32_t i = 0; i < compiler->asked.count; i++) {
        if (*ROW(compiler, asked, uint32_t, i) == feature) {
            return i;
        }
    }

    uint32_t *row = ADD(compiler, asked, uint32_t);

    if (row != NULL) {
        *row = feature;
        /* its conditions may ask for the path */
        compiler->policy->asks_path = true;
    }

    return compiler->asked.count - 1;
}

/* "feature": what GrowthBook decides the file does not say again. Without a payload the experiment has nobody. */
static bool compile_feature(compiler_t *compiler, const json_t *value, dyn_experiment_t *experiment)
{
    static const char *const decided[] = {"seed", "coverage", "namespace"};
    const json_t *feature = json_object_get(value, "feature");
    dyn_str_t key;

    experiment->feature = DYN_NONE;
    if (feature == NULL) {
        return true;
    }
    for (size_t i = 0; i < sizeof(decided) / sizeof(decided[0]); i++) {
        if (json_object_get(value, decided[i]) != NULL) {
            enter_member(compiler, decided[i]);
            return fault(compiler, "the \"feature\" of GrowthBook decides that: leave it out");
        }
    }
    enter_member(compiler, "feature");
    if (!take_text(compiler, feature, DYN_RULE_ID_BYTES_MAX, &key)) {
        return false;
    }
    leave(compiler);
    if (compiler->memory->features != NULL) {
        experiment->feature = ask_feature(compiler, key);
    } else {
        experiment->coverage = 0;
    }

    return true;
}

static bool add_override(compiler_t *compiler, uint32_t slot, const dyn_variation_t *as)
{
    dyn_override_t *row = ADD(compiler, overrides, dyn_override_t);

    if (row == NULL) {
        return fault(compiler, "there is not enough memory");
    }
    *row = (dyn_override_t){slot, *as};

    return true;
}

static bool compile_overrides(compiler_t *compiler, const json_t *value)
{
    static const char *const members[] = {"slot", "sources", "limit", "title", "strength", NULL};
    const names_t names = {{members}, 1};

    enter_member(compiler, "slots");
    if (!is_array(compiler, value, "\"slots\"")) {
        return false;
    }
    for (size_t i = 0; i < json_array_size(value); i++) {
        const json_t *slot = json_array_get(value, i);
        json_t *name = json_object_get(slot, "slot");
        dyn_variation_t as;
        dyn_str_t text;

        enter_element(compiler, i);
        if (!is_object(compiler, slot, "a slot") ||
            !only(compiler, slot, "member of a variant's slot", &names)) {
            return false;
        }
        if (name == NULL) {
            return fault(compiler, "the slot has no name: \"slot\": \"recs\"");
        }
        enter_member(compiler, "slot");
        if (!take_slot_name(compiler, name, &text)) {
            return false;
        }
        leave(compiler);
        if (!take_variation(compiler, slot, &as) ||
            !add_override(compiler, add_string(compiler, text), &as)) {
            return false;
        }
        leave(compiler);
    }
    leave(compiler);

    return true;
}

/* Which rules a variant switches on or off: looked for when the rules are compiled. */
static bool compile_switches(compiler_t *compiler, const json_t *value, uint32_t variant)
{
    const char *key;
    json_t *on;

    enter_member(compiler, "rules");
    if (!is_object(compiler, value, "\"rules\"")) {
        return false;
    }
    json_object_foreach((json_t *)value, key, on)
    {
        switch_t *row;
        bool truth;

        enter_member(compiler, key);
        if (!take_bool(compiler, on, &truth)) {
            return false;
        }
        row = ADD(compiler, switches, switch_t);
        if (row == NULL) {
            return fault(compiler, "there is not enough memory");
        }
        *row = (switch_t){copy(compiler, dyn_str_from(key)), variant, truth};
        leave(compiler);
    }
    leave(compiler);

    return true;
}

static bool compile_variant_contents(compiler_t *compiler, const json_t *value)
{
    const char *key;
    json_t *id;

    enter_member(compiler, "content");
    if (!is_object(compiler, value, "\"content\"")) {
        return false;
    }
    json_object_foreach((json_t *)value, key, id)
    {
        dyn_str_t text;

        enter_member(compiler, key);
        if (!take_text(compiler, id, DYN_CONTENT_ID_BYTES_MAX, &text)) {
            return false;
        }
        add_value(compiler, add_string(compiler, dyn_str_from(key)));
        add_value(compiler, add_string(compiler, text));
        leave(compiler);
    }
    leave(compiler);

    return true;
}

static bool compile_variant(compiler_t *compiler, const json_t *value, uint32_t first)
{
    static const char *const members[] = {"id",    "weight", "note",    "show", "strength",
                                          "slots", "rules",  "content", NULL};
    const names_t names = {{members}, 1};
    json_t *slots = json_object_get(value, "slots"), *rules = json_object_get(value, "rules");
    json_t *content = json_object_get(value, "content");
    dyn_variation_t all = {.title = DYN_NONE, .strength = -1};
    dyn_experiment_variant_t variant = {.weight = -1, .show = true};

    if (!is_object(compiler, value, "a variant") ||
        !only(compiler, value, "member of a variant", &names) ||
        !take_id(compiler, value, "id", &variant.id) ||
        !take_share(compiler, value, "weight", 1, &variant.weight) ||
        !take_flag(compiler, value, "show", &variant.show) ||
        !take_strength(compiler, value, &all.strength)) {
        return false;
    }
    for (uint32_t i = first; i < compiler->variants.count; i++) {
        if (dyn_str_equal(ROW(compiler, variants, dyn_experiment_variant_t, i)->id, variant.id)) {
            return fault(compiler, "a variant before this one is called the same");
        }
    }
    variant.overrides_start = compiler->overrides.count;
    if ((all.strength >= 0 && !add_override(compiler, DYN_NONE, &all)) ||
        (slots != NULL && !compile_overrides(compiler, slots)) ||
        (rules != NULL && !compile_switches(compiler, rules, compiler->variants.count))) {
        return false;
    }
    variant.overrides_count = compiler->overrides.count - variant.overrides_start;
    variant.contents_start = compiler->values.count;
    if (content != NULL && !compile_variant_contents(compiler, content)) {
        return false;
    }
    variant.contents_count = compiler->values.count - variant.contents_start;

    dyn_experiment_variant_t *row = ADD(compiler, variants, dyn_experiment_variant_t);

    if (row == NULL) {
        return fault(compiler, "there is not enough memory");
    }
    *row = variant;

    return true;
}

/* All variants have a weight, or none has: then they are equal. */
static bool compile_variants(compiler_t *compiler, const json_t *value,
                             dyn_experiment_t *experiment)
{
    uint32_t weighted = 0;

    experiment->variants_start = compiler->variants.count;
    enter_member(compiler, "variants");
    if (!is_array(compiler, value, "\"variants\"")) {
        return false;
    }
    if (json_array_size(value) < 1 || json_array_size(value) > DYN_EXPERIMENT_VARIANTS_MAX) {
        return fault(compiler, "an experiment has 1 to %d variants; the first is the control",
                     DYN_EXPERIMENT_VARIANTS_MAX);
    }
    for (size_t i = 0; i < json_array_size(value); i++) {
        enter_element(compiler, i);
        if (!compile_variant(compiler, json_array_get(value, i), experiment->variants_start)) {
            return false;
        }
        leave(compiler);
    }
    experiment->variants_count = compiler->variants.count - experiment->variants_start;
    for (uint32_t i = 0; i < experiment->variants_count; i++) {
        dyn_experiment_variant_t *variant =
            ROW(compiler, variants, dyn_experiment_variant_t, experiment->variants_start + i);

        weighted += variant->weight >= 0;
        if (variant->weight < 0) {
            variant->weight = 1.0 / experiment->variants_count;
        }
    }
    if (weighted != 0 && weighted != experiment->variants_count) {
        return fault(compiler,
                     "some variants have a \"weight\" and some have none: give it to all");
    }
    leave(compiler);

    return true;
}

static bool compile_namespace(compiler_t *compiler, const json_t *value,
                              dyn_experiment_t *experiment)
{
    static const char *const members[] = {"name", "from", "until", NULL};
    const names_t names = {{members}, 1};

    enter_member(compiler, "namespace");
    experiment->namespace_until = 1;
    if (!is_object(compiler, value, "\"namespace\"") ||
        !only(compiler, value, "member of a namespace", &names) ||
        !take_id(compiler, value, "name", &experiment->name_space) ||
        !take_share(compiler, value, "from", 1, &experiment->namespace_from) ||
        !take_share(compiler, value, "until", 1, &experiment->namespace_until)) {
        return false;
    }
    if (experiment->namespace_until <= experiment->namespace_from) {
        return fault(compiler, "\"until\" is not above \"from\", so that nobody is in it");
    }
    leave(compiler);

    return true;
}

/* What it is restricted to beside `when`: nodes of the same condition. */
static bool compile_places(compiler_t *compiler, const json_t *value, dyn_experiment_t *experiment)
{
    json_t *surfaces = json_object_get(value, "surfaces"), *slots = json_object_get(value, "slots");
    json_t *categories = json_object_get(value, "categories");
    dyn_request_field_t slot = DYN_REQUEST_FIELD_SLOT;

    if (surfaces != NULL) {
        enter_member(compiler, "surfaces");
        if (!compile_request(compiler, DYN_REQUEST_FIELD_SURFACE, surfaces)) {
            return false;
        }
        leave(compiler);
    }
    if (categories != NULL) {
        uint32_t node = add_node(compiler, DYN_NODE_SUBJECT, 0, DYN_SUBJECT_PAGE);

        enter_member(compiler, "categories");
        if (!compile_item_field(compiler, DYN_SUBJECT_PAGE, DYN_ITEM_FIELD_CATEGORY, "category",
                                categories) ||
            !end_node(compiler, node)) {
            return false;
        }
        leave(compiler);
    }
    experiment->when.count = compiler->conditions.count - experiment->when.start;
    experiment->slots_start = compiler->values.count;
    if (slots != NULL) {
        enter_member(compiler, "slots");
        if (!take_each(compiler, slots, take_string, &slot)) {
            return false;
        }
        leave(compiler);
    }
    experiment->slots_count = compiler->values.count - experiment->slots_start;

    return true;
}

static bool compile_experiment(compiler_t *compiler, const json_t *value)
{
    static const char *const members[] = {
        "id",       "note",  "enabled",    "seed", "coverage", "namespace", "from",    "until",
        "surfaces", "slots", "categories", "when", "shadow",   "variants",  "feature", NULL};
    const names_t names = {{members}, 1};
    json_t *space = json_object_get(value, "namespace");
    dyn_experiment_t experiment = {.coverage = 1};
    bool enabled = true;

    if (!is_object(compiler, value, "an experiment") ||
        !only(compiler, value, "member of an experiment", &names) ||
        !take_id(compiler, value, "id", &experiment.id)) {
        return false;
    }
    for (uint32_t i = 0; i < compiler->experiments.count; i++) {
        if (dyn_str_equal(ROW(compiler, experiments, dyn_experiment_t, i)->id, experiment.id)) {
            return fault(compiler, "an experiment before this one is called the same");
        }
    }
    compiler->rule_id = experiment.seed = experiment.id;
    if ((json_object_get(value, "seed") != NULL &&
         !take_id(compiler, value, "seed", &experiment.seed)) ||
        !take_flag(compiler, value, "enabled", &enabled) ||
        !take_flag(compiler, value, "shadow", &experiment.shadow) ||
        !take_share(compiler, value, "coverage", 1, &experiment.coverage) ||
        !take_period(compiler, value, "the experiment", &experiment.from_ms,
                     &experiment.until_ms) ||
        (space != NULL && !compile_namespace(compiler, space, &experiment)) ||
        !compile_feature(compiler, value, &experiment) ||
        !compile_scope(compiler, json_object_get(value, "when"), "an experiment",
                       &experiment.when) ||
        !compile_places(compiler, value, &experiment) ||
        !compile_variants(compiler, json_object_get(value, "variants"), &experiment)) {
        return false;
    }
    /* one that is switched off is there for the conditions that name it, and has nobody */
    if (!enabled) {
        experiment.until_ms = experiment.from_ms = 0;
    }

    dyn_experiment_t *row = ADD(compiler, experiments, dyn_experiment_t);

    if (row == NULL) {
        return fault(compiler, "there is not enough memory");
    }
    *row = experiment;

    return true;
}

static bool compile_experiments(compiler_t *compiler, const json_t *value)
{
    if (!is_array(compiler, value, "\"experiments\"")) {
        return false;
    }
    if (json_array_size(value) > DYN_EXPERIMENTS_MAX) {
        return fault(compiler, "there are more than %d experiments", DYN_EXPERIMENTS_MAX);
    }
    for (size_t i = 0; i < json_array_size(value); i++) {
        enter_element(compiler, i);
        if (!compile_experiment(compiler, json_array_get(value, i))) {
            return false;
        }
        leave(compiler);
    }

    return true;
}

/* "tents" or "tents:b" */
static bool take_variant(compiler_t *compiler, const json_t *value, void *context)
{
    dyn_str_t text = text_of(value);
    uint32_t before = compiler->values.count;

    (void)context;
    for (uint32_t i = 0; i < compiler->experiments.count; i++) {
        const dyn_experiment_t *experiment = ROW(compiler, experiments, dyn_experiment_t, i);

        for (uint32_t k = 0; k < experiment->variants_count; k++) {
            uint32_t number = experiment->variants_start + k;
            const dyn_experiment_variant_t *variant =
                ROW(compiler, variants, dyn_experiment_variant_t, number);
            size_t length = experiment->id.len;

            if (dyn_str_equal(text, experiment->id) ||
                (text.len == length + 1 + variant->id.len && text.data[length] == ':' &&
                 dyn_str_equal((dyn_str_t){text.data, length}, experiment->id) &&
                 dyn_str_equal((dyn_str_t){text.data + length + 1, variant->id.len},
                               variant->id))) {
                add_value(compiler, number);
            }
        }
    }

    return compiler->values.count > before ||
           fault(compiler,
                 "\"%.64s\" is no experiment of this file that stands before, and no "
                 "variant of one: write \"EXPERIMENT\" or \"EXPERIMENT:VARIANT\"",
                 text.len > 0 ? text.data : "");
}

static bool take_flag_name(compiler_t *compiler, const json_t *value, void *context)
{
    dyn_flag_t *row;
    dyn_str_t name;

    (void)context;
    for (uint32_t i = 0; i < compiler->flags.count; i++) {
        if (dyn_str_equal(ROW(compiler, flags, dyn_flag_t, i)->name, text_of(value))) {
            add_value(compiler, i);
            return true;
        }
    }

    if (compiler->memory->features == NULL) {
        return fault(compiler,
                     "\"%.64s\" is no flag of this file that stands before: write it into "
                     "\"flags\"; a feature of GrowthBook needs its payload (dynstore_features, "
                     "--features)",
                     json_is_string(value) ? json_string_value(value) : "");
    }
    /* a feature of the payload */
    if (!take_text(compiler, value, DYN_RULE_ID_BYTES_MAX, &name)) {
        return false;
    }
    row = ADD(compiler, flags, dyn_flag_t);
    if (row == NULL) {
        return fault(compiler, "there is not enough memory");
    }
    *row = (dyn_flag_t){
        .name = copy(compiler, name), .percent = 100, .feature = ask_feature(compiler, name)};
    add_value(compiler, compiler->flags.count - 1);

    return true;
}

/* Of the variants that switch the rule to `on`, a node that holds for who has one of them. */
static bool add_switch(compiler_t *compiler, dyn_str_t rule, bool on)
{
    uint32_t node = add_node(compiler, DYN_NODE_REQUEST, DYN_REQUEST_FIELD_EXPERIMENT, 0);

    for (uint32_t i = 0; i < compiler->switches.count; i++) {
        const switch_t *row = ROW(compiler, switches, switch_t, i);

        if (row->on == on && dyn_str_equal(row->rule, rule)) {
            add_value(compiler, row->variant);
        }
    }
    end_values(compiler, node, true);

    return end_node(compiler, node);
}

/* A rule that variants switch off does not hold for their visitors; one that is disabled holds for those of variants that switch it on. */
static bool switch_rule(compiler_t *compiler, dyn_rule_t *rule)
{
    bool off = false, on = false;

    for (uint32_t i = 0; i < compiler->switches.count; i++) {
        const switch_t *row = ROW(compiler, switches, switch_t, i);

        if (dyn_str_equal(row->rule, rule->id)) {
            on = on || row->on;
            off = off || !row->on;
        }
    }
    if (off) {
        uint32_t node = add_node(compiler, DYN_NODE_NOT, 0, 0);

        if (!add_switch(compiler, rule->id, false) || !end_node(compiler, node)) {
            return false;
        }
    }
    if (on && !rule->enabled) {
        rule->enabled = true;
        if (!add_switch(compiler, rule->id, true)) {
            return false;
        }
    }
    rule->when.count = compiler->conditions.count - rule->when.start;

    return true;
}

/* When all rules are there: a switch that names none is a slip. */
static bool check_switches(compiler_t *compiler, const json_t *experiments)
{
    size_t number, place;
    json_t *experiment, *variant, *on;
    const char *key;

    enter_member(compiler, "experiments");
    json_array_foreach(experiments, number, experiment)
    {
        enter_element(compiler, number);
        enter_member(compiler, "variants");
        json_array_foreach(json_object_get(experiment, "variants"), place, variant)
        {
            enter_element(compiler, place);
            enter_member(compiler, "rules");
            json_object_foreach(json_object_get(variant, "rules"), key, on)
            {
                enter_member(compiler, key);
                if (!has_rule(compiler, dyn_str_from(key))) {
                    return fault(compiler, "there is no rule \"%.64s\", neither here nor built in",
                                 key);
                }
                leave(compiler);
            }
            leave(compiler);
            leave(compiler);
        }
        leave(compiler);
        leave(compiler);
    }
    leave(compiler);

    return true;
}

/* ---- content ---- */

/* `category`: the page's, or what the session is after. */
static bool compile_match_category(compiler_t *compiler, const json_t *value)
{
    uint32_t node = add_node(compiler, DYN_NODE_ANY, 0, 0);
    uint32_t subject = add_node(compiler, DYN_NODE_SUBJECT, 0, DYN_SUBJECT_PAGE);

    return compile_item_field(compiler, DYN_SUBJECT_PAGE, DYN_ITEM_FIELD_CATEGORY, NULL, value) &&
           end_node(compiler, subject) &&
           compile_request(compiler, DYN_REQUEST_FIELD_INTENT, value) && end_node(compiler, node);
}

static bool compile_match(compiler_t *compiler, dyn_subject_t subject, const json_t *object,
                          int nested)
{
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)object, key, value)
    {
        enter_member(compiler, key);
        if (strcmp(key, "category") == 0
                ? !compile_match_category(compiler, value)
                : !compile_request_member(compiler, subject, key, value, nested)) {
            return false;
        }
        leave(compiler);
    }

    return true;
}

static bool take_url(compiler_t *compiler, const json_t *object, const char *key, dyn_str_t *url)
{
    json_t *value = json_object_get(object, key);
    dyn_str_t text;

    if (value == NULL) {
        return true;
    }
    enter_member(compiler, key);
    if (!take_text(compiler, value, DYN_STRING_BYTES_MAX, &text)) {
        return false;
    }
    if (!dyn_url_is_safe(text)) {
        return fault(compiler, "this is no URL that may be written into a page: https://..., or a "
                               "path");
    }
    leave(compiler);
    *url = copy(compiler, text);

    return true;
}

static bool take_module(compiler_t *compiler, const json_t *value, void *context)
{
    dyn_str_t name;

    (void)context;
    if (!take_slot_name(compiler, value, &name)) {
        return false;
    }
    add_value(compiler, add_string(compiler, name));

    return true;
}

/* A list of at most DYN_SLOT_ITEMS_MAX. */
static bool take_listed(compiler_t *compiler, const json_t *object, const char *key, take_fn take,
                        uint32_t *start, uint32_t *count)
{
    json_t *value = json_object_get(object, key);

    *start = compiler->values.count;
    if (value == NULL) {
        return true;
    }
    enter_member(compiler, key);
    if (json_is_array(value) && json_array_size(value) > DYN_SLOT_ITEMS_MAX) {
        return fault(compiler, "at most %d can be in this list", DYN_SLOT_ITEMS_MAX);
    }
    if (!take_each(compiler, value, take, NULL)) {
        return false;
    }
    leave(compiler);
    *count = compiler->values.count - *start;

    return true;
}

static bool take_name_of(compiler_t *compiler, const json_t *object, const char *key,
                         dyn_str_t *name)
{
    json_t *value = json_object_get(object, key);
    dyn_str_t text;

    if (value == NULL) {
        return true;
    }
    enter_member(compiler, key);
    if (!take_text(compiler, value, DYN_RULE_ID_BYTES_MAX, &text)) {
        return false;
    }
    leave(compiler);
    *name = copy(compiler, text);

    return true;
}

static bool compile_content(compiler_t *compiler, const json_t *value, bool *approved)
{
    static const char *const members[] = {
        "kind",  "id",    "slot", "approved", "title",    "text",       "cta",     "image", "url",
        "match", "items", "from", "until",    "priority", "variant_of", "modules", "note",  NULL};
    const names_t names = {{members}, 1};
    json_t *slot = json_object_get(value, "slot"), *match = json_object_get(value, "match");
    dyn_content_t content = {
        .until_ms = DYN_TIME_MS_MAX, .title = DYN_NONE, .text = DYN_NONE, .label = DYN_NONE};
    dyn_str_t name;

    if (!is_object(compiler, value, "a content") ||
        !only(compiler, value, "member of a content", &names) ||
        !take_name_of(compiler, value, "id", &content.id)) {
        return false;
    }
    if (content.id.len == 0 || slot == NULL) {
        return fault(compiler, "a content needs an \"id\" and the \"slot\" that shows it");
    }
    enter_member(compiler, "slot");
    if (!take_slot_name(compiler, slot, &name)) {
        return false;
    }
    leave(compiler);
    content.slot = copy(compiler, name);
    compiler->rule_id = content.id;
    if (!take_flag(compiler, value, "approved", approved) ||
        !take_own_text(compiler, value, "title", &content.title) ||
        !take_own_text(compiler, value, "text", &content.text) ||
        !take_own_text(compiler, value, "cta", &content.label) ||
        !take_url(compiler, value, "image", &content.image) ||
        !take_url(compiler, value, "url", &content.url) ||
        !take_time(compiler, value, "from", &content.from_ms) ||
        !take_time(compiler, value, "until", &content.until_ms) ||
        !take_priority(compiler, value, &content.priority) ||
        !take_name_of(compiler, value, "variant_of", &content.variant_of) ||
        !take_listed(compiler, value, "modules", take_module, &content.modules_start,
                     &content.modules_count) ||
        !take_listed(compiler, value, "items", take_item, &content.items_start,
                     &content.items_count)) {
        return false;
    }
    if (content.until_ms <= content.from_ms) {
        enter_member(compiler, "until");
        return fault(compiler, "\"until\" is not after \"from\", so that it is never shown");
    }
    if (match != NULL) {
        enter_member(compiler, "match");
        compiler->plain_words = true;
        if (!compile_when(compiler, match, compile_match, &content.match)) {
            return false;
        }
        compiler->plain_words = false;
        if (asks_for_candidate(compiler, content.match)) {
            return fault(compiler,
                         "a content is chosen without candidates: \"match\" cannot ask for "
                         "\"item\"");
        }
        leave(compiler);
        content.kinds = (uint32_t)json_object_size(match);
    }
    for (uint32_t i = 0; i < compiler->contents.count; i++) {
        if (dyn_str_equal(ROW(compiler, contents, dyn_content_t, i)->id, content.id)) {
            return fault(compiler,
                         "a content before this one has the id \"%.64s\", too: give it "
                         "another",
                         content.id.data);
        }
    }
    if (!*approved) {
        return true;
    }

    dyn_content_t *row = ADD(compiler, contents, dyn_content_t);

    if (row == NULL) {
        return fault(compiler, "there is not enough memory");
    }
    *row = content;

    return true;
}

static bool compile_contents(compiler_t *compiler, const json_t *value)
{
    if (!is_array(compiler, value, "\"content\"")) {
        return false;
    }
    if (json_array_size(value) > DYN_CONTENTS_MAX) {
        return fault(compiler, "there are more than %d contents", DYN_CONTENTS_MAX);
    }
    for (size_t i = 0; i < json_array_size(value); i++) {
        bool approved = false;

        enter_element(compiler, i);
        if (!compile_content(compiler, json_array_get(value, i), &approved)) {
            return false;
        }
        leave(compiler);
    }

    return true;
}

/*
 * The catalogue's, behind the file's: whose id the file has gives way. `dynstore build` has checked them; what this program cannot read is
 * of another version, and left out.
 */
static void compile_catalogue_contents(compiler_t *compiler)
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
        bool approved = false;

        compiler->depth = 0;
        (void)compile_content(compiler, json_array_get(list, i), &approved);
        compiler->plain_words = false;
    }
    json_decref(list);
    compiler->alone = false;
    compiler->depth = 0;
    compiler->error = told;
}

static int by_slot_and_id(const void *a, const void *b)
{
    const dyn_content_t *left = a;
    const dyn_content_t *right = b;
    int order = strcmp(left->slot.data, right->slot.data);

    return order != 0 ? order : strcmp(left->id.data, right->id.data);
}

/* ---- overrides: rules that no file has ---- */

/* The item of that id as the only value of what is made; an item that the snapshot does not have is none. */
static void add_item_value(compiler_t *compiler, dyn_str_t id)
{
    uint32_t item = compiler->snapshot == NULL
                        ? DYN_NONE
                        : dyn_snapshot_find_item(compiler->snapshot, id, NULL);

    if (item != DYN_NONE) {
        add_value(compiler, item);
    }
}

static void ask_for_override(compiler_t *compiler, const dyn_control_entry_t *entry,
                             dyn_rule_t *rule)
{
    bool of_item = entry->override == DYN_CONTROL_OVERRIDE_BLOCK ||
                   entry->override == DYN_CONTROL_OVERRIDE_BOOST;

    rule->when.start = compiler->conditions.count;
    if (entry->slot.len > 0) {
        uint32_t node = add_node(compiler, DYN_NODE_REQUEST, DYN_REQUEST_FIELD_SLOT, 0);

        add_value(compiler, add_string(compiler, entry->slot));
        end_values(compiler, node, true);
        (void)end_node(compiler, node);
    }
    if (of_item) {
        uint32_t node = add_node(compiler, DYN_NODE_ITEM, DYN_ITEM_FIELD_ID, DYN_SUBJECT_ITEM);

        add_item_value(compiler, entry->item);
        end_values(compiler, node, true);
        (void)end_node(compiler, node);
    }
    rule->when.count = compiler->conditions.count - rule->when.start;
}

static void act_as_override(compiler_t *compiler, const dyn_control_entry_t *entry,
                            dyn_action_t *action)
{
    action->values_start = compiler->values.count;
    switch (entry->override) {
    case DYN_CONTROL_OVERRIDE_BLOCK:
        action->kind = DYN_ACTION_EXCLUDE;
        break;
    case DYN_CONTROL_OVERRIDE_PIN:
        action->kind = DYN_ACTION_PIN;
        action->position = (uint16_t)(entry->place > 0 ? entry->place - 1 : 0);
        add_item_value(compiler, entry->item);
        break;
    case DYN_CONTROL_OVERRIDE_APART:
        action->kind = DYN_ACTION_APART;
        add_item_value(compiler, entry->item);
        add_item_value(compiler, entry->other);
        break;
    default:
        action->kind = entry->factor_thousandths < 1000 ? DYN_ACTION_BURY : DYN_ACTION_BOOST;
        action->number = (float)entry->factor_thousandths / 1000;
        break;
    }
    action->values_count = compiler->values.count - action->values_start;
}

/* Of what two overrides say the newer holds: it has the higher priority. */
static bool add_override_rule(compiler_t *compiler, const dyn_control_entry_t *entry,
                              uint32_t number)
{
    char id[sizeof(DYN_OVERRIDE_ID_PREFIX) + DYN_CONTROL_POSITION_BYTES];
    char position[DYN_CONTROL_POSITION_BYTES];
    dyn_rule_t rule = {.priority = DYN_RULES_PRIORITY_MAX + 1 + (int32_t)number,
                       .until_ms = entry->until_ms,
                       .enabled = true,
                       .own = true};
    dyn_action_t action = {.text = DYN_NONE, .name = DYN_NONE, .source = DYN_NONE};

    dyn_control_position_write(entry->position, position);
    snprintf(id, sizeof(id), DYN_OVERRIDE_ID_PREFIX "%s", position);
    rule.id = copy(compiler, dyn_str_from(id));
    rule.author = copy(compiler, entry->author);
    rule.note = copy(compiler, entry->reason);
    ask_for_override(compiler, entry, &rule);
    act_as_override(compiler, entry, &action);
    rule.actions_start = compiler->actions.count;
    rule.actions_count = 1;

    dyn_action_t *action_row = ADD(compiler, actions, dyn_action_t);
    dyn_rule_t *rule_row = ADD(compiler, rules, dyn_rule_t);

    if (compiler->out_of_memory) {
        return fault(compiler, "there is not enough memory");
    }
    *action_row = action;
    *rule_row = rule;

    return true;
}

static bool add_overrides(compiler_t *compiler)
{
    const dyn_overrides_t *standing = compiler->standing;
    bool good = true;

    compiler->depth = 0;
    for (uint32_t i = 0; standing != NULL && good && i < standing->count; i++) {
        good = add_override_rule(compiler, &standing->rows[i], i);
    }

    return good;
}

/* ---- the rest of the file ---- */

typedef struct {
    const char *name;
    double least, most;
} setting_t;

#define X(member, standard, least, most, doc) {#member, least, most},
static const setting_t moment_settings[] = {DYN_MOMENT_THRESHOLDS(X)};
static const setting_t guardrail_settings[] = {DYN_GUARDRAILS(X)};
#undef X
#define X(member, standard, least, most, doc) #member,
static const char *const moment_members[] = {DYN_MOMENT_THRESHOLDS(X) NULL};
static const char *const guardrail_members[] = {DYN_GUARDRAILS(X) NULL};
#undef X

/* numbers: as many as members, in their order */
static bool take_settings(compiler_t *compiler, const json_t *value, const setting_t *settings,
                          const char *const *members, const char *what, double *numbers)
{
    const names_t names = {{members}, 1};
    const char *key;
    json_t *wanted;

    if (!is_object(compiler, value, "it")) {
        return false;
    }
    json_object_foreach((json_t *)value, key, wanted)
    {
        uint32_t number = 0;

        enter_member(compiler, key);
        if (!find_name(members, key, &number)) {
            return unknown(compiler, key, what, &names, true);
        }
        if (!take_number(compiler, wanted, settings[number].least, settings[number].most,
                         &numbers[number])) {
            return false;
        }
        leave(compiler);
    }

    return true;
}

static bool compile_moments(compiler_t *compiler, const json_t *value)
{
    return take_settings(compiler, value, moment_settings, moment_members, "threshold of a moment",
                         (double *)&compiler->policy->moments);
}

static bool compile_guardrails(compiler_t *compiler, const json_t *value)
{
    return take_settings(compiler, value, guardrail_settings, guardrail_members, "guardrail",
                         (double *)&compiler->policy->guardrails);
}
_Static_assert(sizeof(dyn_moment_thresholds_t) ==
                       sizeof(moment_settings) / sizeof(setting_t) * sizeof(double) &&
                   sizeof(dyn_guardrails_t) ==
                       sizeof(guardrail_settings) / sizeof(setting_t) * sizeof(double),
               "thresholds and guardrails are doubles alone");

static bool compile_blocked(compiler_t *compiler, const json_t *value)
{
    return compile_when(compiler, value, compile_item_members, &compiler->policy->blocked);
}

static bool take_currency(compiler_t *compiler, const json_t *value, char currency[4])
{
    dyn_str_t text = text_of(value);
    bool good = json_is_string(value) && text.len == 3;

    for (size_t i = 0; good && i < 3; i++) {
        good = text.data[i] >= 'A' && text.data[i] <= 'Z';
    }
    if (!good) {
        return fault(compiler, "a currency is three capitals, as ISO 4217 has them: \"EUR\"");
    }
    memcpy(currency, text.data, 4);

    return true;
}

static bool compile_shipping(compiler_t *compiler, const json_t *value)
{
    static const char *const members[] = {"country", "currency", "threshold", NULL};
    const names_t names = {{members}, 1};
    json_t *country = json_object_get(value, "country"),
           *currency = json_object_get(value, "currency"),
           *threshold = json_object_get(value, "threshold");
    dyn_free_shipping_t row = {.country = ""};
    double amount = 1;

    if (!is_object(compiler, value, "a threshold") ||
        !only(compiler, value, "member of a threshold", &names)) {
        return false;
    }
    memcpy(row.currency, compiler->currency, sizeof(row.currency));
    if (country != NULL) {
        uint32_t before = compiler->values.count;

        enter_member(compiler, "country");
        if (!take_country(compiler, country, NULL)) {
            return false;
        }
        leave(compiler);
        compiler->values.count = before;
        memcpy(row.country, json_string_value(country), 3);
    }
    if (currency != NULL) {
        enter_member(compiler, "currency");
        if (!take_currency(compiler, currency, row.currency)) {
            return false;
        }
        leave(compiler);
    }
    if (row.currency[0] == '\0') {
        return fault(compiler, "the threshold has no \"currency\", and the file has none either");
    }
    if (threshold == NULL) {
        return fault(compiler, "the \"threshold\" is missing: the value of a cart, as 50");
    }
    enter_member(compiler, "threshold");
    if (!take_number(compiler, threshold, 0.001, 1e7, &amount)) {
        return false;
    }
    leave(compiler);
    row.threshold_minor =
        (int64_t)llround(amount * pow(10, dyn_money_exponent(dyn_str_from(row.currency))));

    dyn_free_shipping_t *added = ADD(compiler, shipping, dyn_free_shipping_t);

    if (added == NULL) {
        return fault(compiler, "there is not enough memory");
    }
    *added = row;

    return true;
}

static bool compile_messages(compiler_t *compiler, const json_t *value)
{
    static const char *const members[] = {"free_shipping", "returns", "delivery", NULL};
    const names_t names = {{members}, 1};
    json_t *shipping = json_object_get(value, "free_shipping"),
           *returns = json_object_get(value, "returns"),
           *delivery = json_object_get(value, "delivery");

    if (!is_object(compiler, value, "\"messages\"") || !only(compiler, value, "message", &names)) {
        return false;
    }
    if (shipping != NULL) {
        enter_member(compiler, "free_shipping");
        if (!is_array(compiler, shipping, "\"free_shipping\"")) {
            return false;
        }
        for (size_t i = 0; i < json_array_size(shipping); i++) {
            enter_element(compiler, i);
            if (!compile_shipping(compiler, json_array_get(shipping, i))) {
                return false;
            }
            leave(compiler);
        }
        leave(compiler);
    }
    if (returns != NULL) {
        enter_member(compiler, "returns");
        if (!take_texts(compiler, returns, DYN_PLACES_NO, &compiler->policy->returns)) {
            return false;
        }
        leave(compiler);
    }
    if (delivery != NULL) {
        enter_member(compiler, "delivery");
        if (!take_texts(compiler, delivery, DYN_PLACES_NO, &compiler->policy->delivery)) {
            return false;
        }
        leave(compiler);
    }

    return true;
}

static bool compile_texts(compiler_t *compiler, const json_t *value)
{
    dyn_texts_fault_t wrong = {.at = 0};

    return dyn_texts_load(compiler->texts, value, &wrong) || text_fault(compiler, &wrong);
}

/* Before the file's own: what they lie over. */
static bool compile_texts_below(compiler_t *compiler)
{
    const json_t *texts = json_object_get(compiler->below, "texts");

    return texts == NULL || compile_texts(compiler, texts);
}

static bool compile_schema(compiler_t *compiler, const json_t *value)
{
    return (json_is_string(value) && strcmp(json_string_value(value), "dynstore.rules/1") == 0) ||
           fault(compiler, "the schema that is read here is \"dynstore.rules/1\"");
}

static bool compile_currency(compiler_t *compiler, const json_t *value)
{
    return take_currency(compiler, value, compiler->currency);
}

static bool compile_time_zone(compiler_t *compiler, const json_t *value)
{
    char rule[DYN_ZONE_RULE_BYTES];
    dyn_str_t text;
    dyn_error_t error;

    if (!take_text(compiler, value, DYN_ZONE_NAME_BYTES_MAX, &text)) {
        return false;
    }
    if (!dyn_zone_rule(text.data, rule, &error)) {
        return fault(compiler, "%s", error.text);
    }
    compiler->policy->time_zone = copy(compiler, dyn_str_from(rule));

    return true;
}

/* The file's own language is set when all texts are there. */
static bool compile_language(compiler_t *compiler, const json_t *value)
{
    dyn_str_t text;

    return take_text(compiler, value, DYN_VALUE_BYTES_MAX, &text);
}

/* In this order: what comes later may need what came before. X(member, of the compiler) */
#define PARTS(X)                        \
    X(schema, compile_schema)           \
    X(currency, compile_currency)       \
    X(time_zone, compile_time_zone)     \
    X(language, compile_language)       \
    X(texts, compile_texts)             \
    X(flags, compile_flags)             \
    X(experiments, compile_experiments) \
    X(holdout, compile_holdout)         \
    X(surfaces, compile_surfaces)       \
    X(blocked, compile_blocked)         \
    X(moments, compile_moments)         \
    X(guardrails, compile_guardrails)   \
    X(messages, compile_messages)       \
    X(content, compile_contents)        \
    X(rules, compile_rules)

#define X(member, function) {#member, function},
static const struct {
    const char *name;
    bool (*compile)(compiler_t *compiler, const json_t *value);
} parts[] = {PARTS(X)};
#undef X
#define X(member, function) #member,
static const char *const part_names[] = {PARTS(X) NULL};
#undef X

static bool compile_file(compiler_t *compiler, const json_t *root)
{
    const names_t names = {{part_names}, 1};
    json_t *language = json_object_get(root, "language");
    dyn_texts_fault_t wrong = {.at = 0};

    if (!is_object(compiler, root, "a rules file") ||
        !only(compiler, root, "member of a rules file", &names)) {
        return false;
    }
    if (json_object_get(root, "schema") == NULL) {
        return fault(compiler, "the file must say what it is: \"schema\": \"dynstore.rules/1\"");
    }
    if (!compile_texts_below(compiler)) {
        return false;
    }
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        json_t *value = json_object_get(root, parts[i].name);

        if (value == NULL) {
            continue;
        }
        enter_member(compiler, parts[i].name);
        if (!parts[i].compile(compiler, value)) {
            return false;
        }
        leave(compiler);
    }
    if (!add_built_in_slots(compiler) || !add_built_in_rules(compiler) ||
        !add_overrides(compiler) ||
        !check_switches(compiler, json_object_get(root, "experiments"))) {
        return false;
    }
    compile_catalogue_contents(compiler);
    if (!dyn_texts_end(compiler->texts, language == NULL ? DYN_STR("") : text_of(language),
                       &wrong)) {
        enter_member(compiler, "language");
        return text_fault(compiler, &wrong);
    }

    return true;
}

static bool finish(compiler_t *compiler)
{
    dyn_policy_t *policy = compiler->policy;

    if (compiler->contents.count > 1) {
        qsort(compiler->contents.rows, compiler->contents.count, sizeof(dyn_content_t),
              by_slot_and_id);
    }
    sort_rules(compiler);
    order_slots(compiler);
    policy->rule_count = compiler->rules.count;
    policy->slot_count = compiler->slots.count;
    policy->free_shipping_count = compiler->shipping.count;
    policy->content_count = compiler->contents.count;
    policy->experiment_count = compiler->experiments.count;
    policy->variant_count = compiler->variants.count;
    policy->flag_count = compiler->flags.count;
    policy->experiments = keep(compiler, &compiler->experiments, sizeof(dyn_experiment_t));
    policy->variants = keep(compiler, &compiler->variants, sizeof(dyn_experiment_variant_t));
    policy->overrides = keep(compiler, &compiler->overrides, sizeof(dyn_override_t));
    policy->flags = keep(compiler, &compiler->flags, sizeof(dyn_flag_t));
    policy->asked_count = compiler->asked.count;
    policy->asked = keep(compiler, &compiler->asked, sizeof(uint32_t));
    policy->features = compiler->memory->features;
    policy->contents = keep(compiler, &compiler->contents, sizeof(dyn_content_t));
    policy->rules = keep(compiler, &compiler->rules, sizeof(dyn_rule_t));
    policy->actions = keep(compiler, &compiler->actions, sizeof(dyn_action_t));
    policy->conditions = keep(compiler, &compiler->conditions, sizeof(dyn_condition_t));
    policy->values = keep(compiler, &compiler->values, sizeof(uint32_t));
    policy->strings = keep(compiler, &compiler->strings, sizeof(dyn_str_t));
    policy->slots = keep(compiler, &compiler->slots, sizeof(dyn_policy_slot_t));
    policy->variations = keep(compiler, &compiler->variations, sizeof(dyn_variation_t));
    policy->weights = keep(compiler, &compiler->weights, sizeof(dyn_blend_weight_t));
    policy->free_shipping = keep(compiler, &compiler->shipping, sizeof(dyn_free_shipping_t));
    policy->patterns = compiler->memory->patterns;
    policy->pattern_count = dyn_patterns_count(compiler->memory->patterns);
    policy->texts = compiler->texts;
    if (!compiler->out_of_memory) {
        policy->index = dyn_policy_index(policy, &compiler->memory->arena);
    }

    return policy->index != NULL ||
           dyn_fail(compiler->error, "%s: there is not enough memory", compiler->source->name);
}

static void free_lists(compiler_t *compiler)
{
    list_t *lists[] = {
        &compiler->rules,     &compiler->actions,  &compiler->conditions,  &compiler->values,
        &compiler->strings,   &compiler->slots,    &compiler->weights,     &compiler->variations,
        &compiler->shipping,  &compiler->contents, &compiler->experiments, &compiler->variants,
        &compiler->overrides, &compiler->flags,    &compiler->switches,    &compiler->asked};

    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        free(lists[i]->rows);
    }
}

static bool compile_text(compiler_t *compiler)
{
    const dyn_policy_source_t *source = compiler->source;
    json_error_t wrong;
    json_t *root;
    bool good;

    if (source->text.len > DYN_RULES_BYTES_MAX) {
        return dyn_fail(compiler->error, "%s: has more than %d bytes", source->name,
                        DYN_RULES_BYTES_MAX);
    }

    bool marked = source->text.len >= 3 && memcmp(source->text.data, "\xef\xbb\xbf", 3) == 0;

    root = json_loadb(source->text.data + (marked ? 3 : 0), source->text.len - (marked ? 3 : 0),
                      JSON_REJECT_DUPLICATES, &wrong);
    if (root == NULL) {
        return dyn_fail(compiler->error, "%s:%d:%d: this is no JSON: %s", source->name, wrong.line,
                        wrong.column > 0 ? wrong.column : 1, wrong.text);
    }
    good = compile_file(compiler, root) && finish(compiler);
    json_decref(root);

    return good;
}

static void free_memory(memory_t *memory)
{
    block_t *next;

    dyn_patterns_free(memory->patterns);
    dyn_features_free(memory->features);
    for (block_t *block = memory->blocks; block != NULL; block = next) {
        next = block->next;
        free(block);
    }
    free(memory);
}

/* The policy of no file, which every policy starts from: what the tables say. */
static dyn_policy_t standard(const dyn_snapshot_t *snapshot, memory_t *memory)
{
#define X(member, standard, least, most, doc) .member = standard,
    return (dyn_policy_t){.snapshot = snapshot,
                          .moments = {DYN_MOMENT_THRESHOLDS(X)},
                          .guardrails = {DYN_GUARDRAILS(X)},
                          .returns = DYN_NONE,
                          .delivery = DYN_NONE,
                          .time_zone = DYN_STR("UTC0"),
                          .memory = memory};
#undef X
}

static void write_version(uint64_t hash, char version[DYN_POLICY_VERSION_BYTES + 1])
{
    snprintf(version, DYN_POLICY_VERSION_BYTES + 1, "%016llx", (unsigned long long)hash);
}

void dyn_policy_version(const dyn_policy_source_t *source, const dyn_policy_source_t *features,
                        const dyn_overrides_t *overrides,
                        char version[DYN_POLICY_VERSION_BYTES + 1])
{
    uint64_t hash = dyn_hash64(source->text.data, source->text.len);

    if (features != NULL) {
        hash = dyn_hash64_seeded(features->text.data, features->text.len, hash);
    }
    write_version(hash, version);
    if (overrides != NULL) {
        dyn_policy_version_beside(version, overrides, version);
    }
}

void dyn_policy_version_beside(const char *alone, const dyn_overrides_t *overrides,
                               char version[DYN_POLICY_VERSION_BYTES + 1])
{
    write_version(dyn_overrides_hash(overrides, strtoull(alone, NULL, 16)), version);
}

/* below: the built-in file, with its policy; both NULL: this is it. */
static bool compile_over(const dyn_policy_source_t *source, const dyn_policy_source_t *features,
                         const dyn_overrides_t *overrides, const dyn_snapshot_t *snapshot,
                         const json_t *below, const dyn_policy_t *built_in, dyn_policy_t **policy,
                         dyn_error_t *error)
{
    compiler_t compiler = {.source = source,
                           .snapshot = snapshot,
                           .standing = overrides,
                           .below = below,
                           .error = error,
                           .currency = ""};
    memory_t *memory = calloc(1, sizeof(*memory));

    *policy = NULL;
    if (memory == NULL) {
        return dyn_fail(error, "%s: there is not enough memory", source->name);
    }
    dyn_arena_init(&memory->arena, NULL, 0, more, memory);
    compiler.memory = memory;
    compiler.policy = dyn_arena_array(&memory->arena, 1, sizeof(dyn_policy_t));
    memory->patterns =
        dyn_patterns_begin(&memory->arena, DYN_RULES_PATTERNS_MAX + DYN_CONTENT_PATTERNS_MAX);
    compiler.texts = dyn_texts_begin(&memory->arena);
    if (compiler.policy == NULL || memory->patterns == NULL || compiler.texts == NULL) {
        free_memory(memory);
        return dyn_fail(error, "%s: there is not enough memory", source->name);
    }
    *compiler.policy = standard(snapshot, memory);
    if (built_in != NULL) {
        compiler.policy->moments = built_in->moments;
        compiler.policy->guardrails = built_in->guardrails;
    }
    dyn_policy_version(source, features, overrides, compiler.policy->version);

    bool good = (features == NULL || dyn_features_read(features->name, features->text,
                                                       &memory->arena, &memory->features, error)) &&
                compile_text(&compiler);

    free_lists(&compiler);
    if (good) {
        *policy = compiler.policy;
    } else {
        dyn_policy_free(compiler.policy);
    }

    return good;
}

/* ---- the built-in file ---- */

static struct {
    pthread_once_t once;
    json_t *file;
    dyn_policy_t *policy;
} built_in = {PTHREAD_ONCE_INIT, NULL, NULL};

static void compile_built_in(void)
{
    const dyn_policy_source_t source = {"rules.default.json",
                                        {dyn_default_rules, dyn_default_rules_bytes}};
    dyn_error_t error;

    if (!compile_over(&source, NULL, NULL, NULL, NULL, NULL, &built_in.policy, &error) ||
        (built_in.file = json_loadb(dyn_default_rules, dyn_default_rules_bytes, 0, NULL)) == NULL) {
        fprintf(stderr, "%s\n", error.text);
        abort();
    }
}

const dyn_policy_t *dyn_policy_default(void)
{
    pthread_once(&built_in.once, compile_built_in);

    return built_in.policy;
}

bool dyn_policy_compile(const dyn_policy_source_t *source, const dyn_snapshot_t *snapshot,
                        dyn_policy_t **policy, dyn_error_t *error)
{
    return dyn_policy_compile_with(source, NULL, NULL, snapshot, policy, error);
}

bool dyn_policy_compile_with(const dyn_policy_source_t *source, const dyn_policy_source_t *features,
                             const dyn_overrides_t *overrides, const dyn_snapshot_t *snapshot,
                             dyn_policy_t **policy, dyn_error_t *error)
{
    const dyn_policy_t *standing = dyn_policy_default();
    bool same = dyn_str_equal(source->text, dyn_policy_default_text());

    return compile_over(source, features, overrides, snapshot, same ? NULL : built_in.file,
                        same ? NULL : standing, policy, error);
}

bool dyn_policy_compile_built_in(const dyn_overrides_t *overrides, const dyn_snapshot_t *snapshot,
                                 dyn_policy_t **policy, dyn_error_t *error)
{
    const dyn_policy_source_t source = {"rules.default.json", dyn_policy_default_text()};

    *policy = NULL;

    return ((overrides == NULL || overrides->count == 0) &&
            (snapshot == NULL || snapshot->sections[DYN_SECTION_CONTENT].data == NULL)) ||
           dyn_policy_compile_with(&source, NULL, overrides, snapshot, policy, error);
}

bool dyn_content_check(dyn_str_t json, bool *approved, char field[64], dyn_error_t *error)
{
    const dyn_policy_source_t source = {"", json};
    memory_t *memory = calloc(1, sizeof(*memory));
    dyn_policy_t policy;
    compiler_t compiler = {
        .source = &source, .error = error, .memory = memory, .policy = &policy, .alone = true};
    json_t *value = json_loadb(json.data, json.len, 0, NULL);
    bool good = memory != NULL && value != NULL;
    size_t used = 0;

    *approved = false;
    field[0] = '\0';
    if (good) {
        dyn_arena_init(&memory->arena, NULL, 0, more, memory);
        policy = standard(NULL, memory);
        memory->patterns = dyn_patterns_begin(&memory->arena, DYN_CONTENT_PATTERNS_MAX);
        compiler.texts = dyn_texts_begin(&memory->arena);
        good = memory->patterns != NULL && compiler.texts != NULL &&
               compile_content(&compiler, value, approved);
    } else {
        dyn_fail(error, "there is not enough memory");
    }
    for (size_t i = 0; !good && i < compiler.depth && i < PATH_MAX_STEPS; i++) {
        if (compiler.path[i].key.data != NULL && used < 60) {
            used += (size_t)snprintf(field + used, 64 - used, "%s%.20s", used > 0 ? "." : "",
                                     compiler.path[i].key.data);
        }
    }
    json_decref(value);
    free_lists(&compiler);
    if (memory != NULL) {
        free_memory(memory);
    }

    return good;
}

void dyn_policy_free(dyn_policy_t *policy)
{
    if (policy != NULL && policy->memory != NULL) {
        free_memory(policy->memory);
    }
}

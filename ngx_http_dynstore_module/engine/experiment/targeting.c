#include "engine/experiment/targeting.h"

#include "engine/base/text.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <math.h>
#include <stdlib.h>

/* X(constant, operator) */
#define OPERATORS(X)               \
    X(EQ, "$eq")                   \
    X(NE, "$ne")                   \
    X(LT, "$lt")                   \
    X(LTE, "$lte")                 \
    X(GT, "$gt")                   \
    X(GTE, "$gte")                 \
    X(VEQ, "$veq")                 \
    X(VNE, "$vne")                 \
    X(VLT, "$vlt")                 \
    X(VLTE, "$vlte")               \
    X(VGT, "$vgt")                 \
    X(VGTE, "$vgte")               \
    X(EXISTS, "$exists")           \
    X(IN, "$in")                   \
    X(INI, "$ini")                 \
    X(NIN, "$nin")                 \
    X(NINI, "$nini")               \
    X(IN_GROUP, "$inGroup")        \
    X(NOT_IN_GROUP, "$notInGroup") \
    X(NOT, "$not")                 \
    X(SIZE, "$size")               \
    X(ELEMENT, "$elemMatch")       \
    X(EVERY, "$all")               \
    X(EVERY_NOCASE, "$alli")       \
    X(REGEX, "$regex")             \
    X(REGEX_NOCASE, "$regexi")     \
    X(TYPE, "$type")

#define X(c, n) OP_##c,
typedef enum {
    OPERATORS(X) OPERATORS_COUNT,
    ALL = OPERATORS_COUNT, /* all children hold */
    ANY,                   /* one does, or there is none */
    PATH,                  /* the child holds of the member that the path leads to */
    EQUALS,
    EQUALS_NOCASE,
    NEVER
} kind_t;
#undef X
#define X(c, n) n,
static const char *const operator_names[] = {OPERATORS(X)};
#undef X
#define X(c, n) n,
static const char *const type_names[] = {DYN_VALUE_KINDS(X)};
#undef X

/* PCRE2's own limits: a pattern that runs away does not match. */
enum { MATCH_LIMIT = 20000, HEAP_KIB = 1024 };

struct dyn_target_s {
    kind_t kind;
    dyn_str_t path;
    dyn_value_t
        operand; /* of a version: padded. Of IN and its like: a list in the order of dyn_value_order(). */
    const dyn_target_t *children; /* one behind the other */
    uint32_t child_count;
    pcre2_code *code;
};

struct dyn_expression_s {
    struct dyn_expression_s *next;
    pcre2_code *code;
};

static const dyn_value_t nothing = {.kind = DYN_VALUE_NULL};

/* ---- versions ---- */

static void put_part(dyn_text_t *text, dyn_str_t part)
{
    bool digits = part.len > 0;

    for (size_t i = 0; i < part.len; i++) {
        digits = digits && part.data[i] >= '0' && part.data[i] <= '9';
    }
    for (size_t i = part.len; digits && i < 5; i++) {
        dyn_text_literal(text, " ");
    }
    dyn_text_str(text, part);
}

/* "v1.2.3+build" becomes "    1-    2-    3-~": such texts compare as the versions do. */
static dyn_str_t padded(const dyn_value_t *value, dyn_arena_t *arena)
{
    dyn_str_t version = DYN_STR("0");
    dyn_text_t text;
    size_t start = 0, parts = 0;

    if ((value->kind == DYN_VALUE_STRING && value->text.len > 0) ||
        value->kind == DYN_VALUE_NUMBER) {
        version = dyn_value_text(value, arena);
    }
    if (version.len > 0 && version.data[0] == 'v') {
        start = 1;
    }
    for (size_t i = start; i < version.len; i++) {
        if (version.data[i] == '+') {
            version.len = i;
        }
    }
    dyn_text_init(&text, arena, version.len * 6 + 8);
    for (size_t i = start; i <= version.len; i++) {
        if (i == version.len || version.data[i] == '.' || version.data[i] == '-') {
            dyn_text_str(&text, parts++ > 0 ? DYN_STR("-") : DYN_STR(""));
            put_part(&text, (dyn_str_t){version.data + start, i - start});
            start = i + 1;
        }
    }
    if (parts == 3) {
        dyn_text_literal(&text, "-~");
    }

    return dyn_text_finish(&text);
}

/* ---- reading ---- */

static bool read_value(dyn_targets_t *targets, const dyn_value_t *condition, bool nocase,
                       dyn_target_t *target, dyn_error_t *error);

static dyn_target_t *room(dyn_targets_t *targets, size_t count, dyn_error_t *error)
{
    dyn_target_t *rows = dyn_arena_array(targets->arena, count + 1, sizeof(*rows));

    if (rows == NULL) {
        dyn_fail(error, "there is not enough memory");
    }

    return rows;
}

static bool is_operators(const dyn_value_t *value)
{
    bool operators = value->kind == DYN_VALUE_OBJECT && value->count > 0;

    for (uint32_t i = 0; operators && i < value->count; i++) {
        operators = value->names[i].len > 0 && value->names[i].data[0] == '$';
    }

    return operators;
}

static bool needs(const dyn_value_t *value, dyn_value_kind_t kind, dyn_str_t name,
                  dyn_error_t *error)
{
    return value->kind == kind || dyn_fail(error, "\"%.*s\" needs %s", (int)name.len, name.data,
                                           kind == DYN_VALUE_LIST     ? "a list"
                                           : kind == DYN_VALUE_OBJECT ? "an object"
                                                                      : "a text");
}

static bool read_object(dyn_targets_t *targets, const dyn_value_t *condition, dyn_target_t *target,
                        dyn_error_t *error);

/* Of $and, $or and $nor. */
static bool read_objects(dyn_targets_t *targets, dyn_str_t name, const dyn_value_t *list,
                         kind_t kind, dyn_target_t *target, dyn_error_t *error)
{
    dyn_target_t *children;

    if (!needs(list, DYN_VALUE_LIST, name, error) ||
        (children = room(targets, list->count, error)) == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < list->count; i++) {
        if (!read_object(targets, &list->values[i], &children[i], error)) {
            return false;
        }
    }
    *target = (dyn_target_t){.kind = kind, .children = children, .child_count = list->count};

    return true;
}

/* A target above one child. */
static dyn_target_t *above(dyn_targets_t *targets, kind_t kind, dyn_target_t *target,
                           dyn_error_t *error)
{
    dyn_target_t *child = room(targets, 1, error);

    *target = (dyn_target_t){.kind = kind, .children = child, .child_count = 1};

    return child;
}

static bool read_member(dyn_targets_t *targets, dyn_str_t name, const dyn_value_t *value,
                        dyn_target_t *target, dyn_error_t *error)
{
    dyn_target_t *child;

    if (dyn_str_equal(name, DYN_STR("$and"))) {
        return read_objects(targets, name, value, ALL, target, error);
    }
    if (dyn_str_equal(name, DYN_STR("$or"))) {
        return read_objects(targets, name, value, ANY, target, error);
    }
    if (dyn_str_equal(name, DYN_STR("$nor"))) {
        child = above(targets, OP_NOT, target, error);
        return child != NULL && read_objects(targets, name, value, ANY, child, error);
    }
    if (dyn_str_equal(name, DYN_STR("$not"))) {
        child = above(targets, OP_NOT, target, error);
        return child != NULL && read_object(targets, value, child, error);
    }
    child = above(targets, PATH, target, error);
    target->path = name;

    return child != NULL && read_value(targets, value, false, child, error);
}

static bool read_object(dyn_targets_t *targets, const dyn_value_t *condition, dyn_target_t *target,
                        dyn_error_t *error)
{
    dyn_target_t *children;

    if (condition->kind != DYN_VALUE_OBJECT) {
        return dyn_fail(error, "a condition must be an object: {...}");
    }
    children = room(targets, condition->count, error);
    if (children == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < condition->count; i++) {
        if (!read_member(targets, condition->names[i], &condition->values[i], &children[i],
                         error)) {
            return false;
        }
    }
    *target = (dyn_target_t){.kind = ALL, .children = children, .child_count = condition->count};

    return true;
}

static bool read_expression(dyn_targets_t *targets, dyn_str_t pattern, bool nocase,
                            dyn_target_t *target, dyn_error_t *error)
{
    struct dyn_expression_s *kept = dyn_arena_alloc(targets->arena, sizeof(*kept));
    pcre2_compile_context *context = pcre2_compile_context_create(NULL);
    PCRE2_UCHAR message[160] = "there is not enough memory";
    pcre2_code *compiled = NULL;
    PCRE2_SIZE at;
    int code = 0;

    if (kept != NULL && context != NULL) {
        /* as JavaScript reads an expression */
        pcre2_set_compile_extra_options(context, PCRE2_EXTRA_ALT_BSUX);
        compiled = pcre2_compile((PCRE2_SPTR)pattern.data, pattern.len,
                                 PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C |
                                     PCRE2_NO_AUTO_CAPTURE | PCRE2_ALLOW_EMPTY_CLASS |
                                     PCRE2_DOLLAR_ENDONLY | (nocase ? PCRE2_CASELESS : 0U),
                                 &code, &at, context);
        if (compiled == NULL) {
            pcre2_get_error_message(code, message, sizeof(message));
        }
    }
    pcre2_compile_context_free(context);
    if (compiled == NULL) {
        return dyn_fail(error, "the regular expression \"%.*s\" cannot be used: %s",
                        pattern.len < 80 ? (int)pattern.len : 80, pattern.data,
                        (const char *)message);
    }
    (void)pcre2_jit_compile(compiled, PCRE2_JIT_COMPLETE);
    *kept = (struct dyn_expression_s){targets->expressions, compiled};
    targets->expressions = kept;
    target->code = compiled;

    return true;
}

static int by_order(const void *a, const void *b)
{
    return dyn_value_order(a, b);
}

static dyn_str_t small(dyn_str_t text, dyn_arena_t *arena)
{
    char *copy = dyn_arena_alloc(arena, text.len + 1);

    for (size_t i = 0; copy != NULL && i < text.len; i++) {
        copy[i] =
            text.data[i] >= 'A' && text.data[i] <= 'Z' ? (char)(text.data[i] + 32) : text.data[i];
    }

    return copy == NULL ? DYN_STR_NONE : (dyn_str_t){copy, text.len};
}

static bool read_list(dyn_targets_t *targets, const dyn_value_t *list, bool nocase,
                      dyn_target_t *target, dyn_error_t *error)
{
    dyn_value_t *values = dyn_arena_array(targets->arena, list->count + 1U, sizeof(*values));

    if (values == NULL) {
        return dyn_fail(error, "there is not enough memory");
    }
    for (uint32_t i = 0; i < list->count; i++) {
        values[i] = list->values[i];
        if (nocase && values[i].kind == DYN_VALUE_STRING) {
            values[i].text = small(values[i].text, targets->arena);
        }
    }
    qsort(values, list->count, sizeof(*values), by_order);
    target->operand = (dyn_value_t){.kind = DYN_VALUE_LIST, .count = list->count, .values = values};

    return true;
}

static bool read_group(dyn_targets_t *targets, const dyn_value_t *name, dyn_target_t *target,
                       dyn_error_t *error)
{
    static const dyn_value_t empty = {.kind = DYN_VALUE_LIST};
    const dyn_value_t *group =
        targets->groups == NULL ? NULL : dyn_value_member(targets->groups, name->text);

    return read_list(targets, group == NULL || group->kind != DYN_VALUE_LIST ? &empty : group,
                     false, target, error);
}

/* $all: the children are what each must have somewhere in the list. */
static bool read_every(dyn_targets_t *targets, const dyn_value_t *list, bool nocase,
                       dyn_target_t *target, dyn_error_t *error)
{
    dyn_target_t *children = room(targets, list->count, error);

    for (uint32_t i = 0; i < list->count; i++) {
        if (children == NULL ||
            !read_value(targets, &list->values[i], nocase, &children[i], error)) {
            return false;
        }
    }
    target->children = children;
    target->child_count = list->count;

    return children != NULL;
}

static bool read_operator(dyn_targets_t *targets, dyn_str_t name, const dyn_value_t *value,
                          dyn_target_t *target, dyn_error_t *error)
{
    uint32_t kind = 0;
    dyn_target_t *child;

    while (kind < OPERATORS_COUNT && !dyn_str_equal(name, dyn_str_from(operator_names[kind]))) {
        kind++;
    }
    *target = (dyn_target_t){.kind = (kind_t)kind, .operand = *value};
    switch ((kind_t)kind) {
    case OPERATORS_COUNT:
        return dyn_fail(error, "the operator \"%.*s\" is not known", (int)name.len, name.data);
    case OP_VEQ:
    case OP_VNE:
    case OP_VLT:
    case OP_VLTE:
    case OP_VGT:
    case OP_VGTE:
        target->operand = DYN_VALUE_TEXT(padded(value, targets->arena));
        return true;
    case OP_IN:
    case OP_NIN:
    case OP_INI:
    case OP_NINI:
        if (value->kind != DYN_VALUE_LIST) {
            target->kind = NEVER;
            return true;
        }
        return read_list(targets, value, kind == OP_INI || kind == OP_NINI, target, error);
    case OP_IN_GROUP:
    case OP_NOT_IN_GROUP:
        return needs(value, DYN_VALUE_STRING, name, error) &&
               read_group(targets, value, target, error);
    case OP_NOT:
    case OP_SIZE:
        child = above(targets, (kind_t)kind, target, error);
        return child != NULL && read_value(targets, value, false, child, error);
    case OP_ELEMENT:
        child = above(targets, (kind_t)kind, target, error);
        return child != NULL && needs(value, DYN_VALUE_OBJECT, name, error) &&
               (is_operators(value) ? read_value(targets, value, false, child, error)
                                    : read_object(targets, value, child, error));
    case OP_EVERY:
    case OP_EVERY_NOCASE:
        if (value->kind != DYN_VALUE_LIST) {
            target->kind = NEVER;
            return true;
        }
        return read_every(targets, value, kind == OP_EVERY_NOCASE, target, error);
    case OP_REGEX:
    case OP_REGEX_NOCASE:
        return needs(value, DYN_VALUE_STRING, name, error) &&
               read_expression(targets, value->text, kind == OP_REGEX_NOCASE, target, error);
    default:
        return true;
    }
}

static bool read_value(dyn_targets_t *targets, const dyn_value_t *condition, bool nocase,
                       dyn_target_t *target, dyn_error_t *error)
{
    dyn_target_t *children;

    if (!is_operators(condition)) {
        *target = (dyn_target_t){
            .kind = nocase && condition->kind == DYN_VALUE_STRING ? EQUALS_NOCASE : EQUALS,
            .operand = *condition};
        return true;
    }
    children = room(targets, condition->count, error);
    if (children == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < condition->count; i++) {
        if (!read_operator(targets, condition->names[i], &condition->values[i], &children[i],
                           error)) {
            return false;
        }
    }
    *target = (dyn_target_t){.kind = ALL, .children = children, .child_count = condition->count};

    return true;
}

bool dyn_target_read(dyn_targets_t *targets, const dyn_value_t *condition,
                     const dyn_target_t **target, dyn_error_t *error)
{
    dyn_target_t *read = room(targets, 1, error);

    *target = read;

    return read != NULL && read_object(targets, condition, read, error);
}

void dyn_targets_free(dyn_targets_t *targets)
{
    for (struct dyn_expression_s *row = targets->expressions; row != NULL; row = row->next) {
        pcre2_code_free(row->code);
    }
    targets->expressions = NULL;
}

/* ---- evaluation ---- */

/* "pets.dog.name"; an element of a list is named by its number. */
static const dyn_value_t *member_at(const dyn_value_t *value, dyn_str_t path)
{
    size_t start = 0;

    for (size_t i = 0; i <= path.len; i++) {
        if (i < path.len && path.data[i] != '.') {
            continue;
        }

        dyn_str_t name = {path.data + start, i - start};

        if (value->kind == DYN_VALUE_LIST) {
            uint32_t number = 0;

            for (size_t k = 0; k < name.len; k++) {
                if (name.data[k] < '0' || name.data[k] > '9' || number > value->count) {
                    return &nothing;
                }
                number = number * 10 + (uint32_t)(name.data[k] - '0');
            }
            value = name.len > 0 && number < value->count ? &value->values[number] : NULL;
        } else {
            value = dyn_value_member(value, name);
        }
        if (value == NULL) {
            return &nothing;
        }
        start = i + 1;
    }

    return value;
}

static bool equals(const dyn_value_t *wanted, const dyn_value_t *value, dyn_arena_t *arena)
{
    switch (wanted->kind) {
    case DYN_VALUE_NULL:
        return value->kind == DYN_VALUE_NULL;
    case DYN_VALUE_BOOL:
        return value->kind != DYN_VALUE_NULL &&
               dyn_value_is_true(value) == dyn_value_is_true(wanted);
    case DYN_VALUE_NUMBER:
        return dyn_value_number(value, arena) == wanted->number;
    case DYN_VALUE_STRING:
        return dyn_str_equal(dyn_value_text(value, arena), wanted->text);
    default:
        return dyn_value_alike(wanted, value);
    }
}

/* -1, 0, 1; 2: they cannot be compared. Two texts by their bytes, all else as numbers. */
static int compare(const dyn_value_t *a, const dyn_value_t *b, dyn_arena_t *arena)
{
    double left, right;

    if (a->kind == DYN_VALUE_STRING && b->kind == DYN_VALUE_STRING) {
        int order = dyn_value_order(a, b);

        return (order > 0) - (order < 0);
    }
    left = dyn_value_number(a, arena);
    right = dyn_value_number(b, arena);

    return isnan(left) || isnan(right) ? 2 : (left > right) - (left < right);
}

static bool has(const dyn_value_t *list, const dyn_value_t *value)
{
    return value->kind < DYN_VALUE_LIST && list->count > 0 &&
           bsearch(value, list->values, list->count, sizeof(*value), by_order) != NULL;
}

static bool is_in(const dyn_value_t *list, const dyn_value_t *value, bool nocase,
                  dyn_arena_t *arena)
{
    uint32_t count = value->kind == DYN_VALUE_LIST ? value->count : 1;
    const dyn_value_t *values = value->kind == DYN_VALUE_LIST ? value->values : value;

    for (uint32_t i = 0; i < count; i++) {
        dyn_value_t one = values[i];

        if (nocase && one.kind == DYN_VALUE_STRING) {
            one.text = small(one.text, arena);
        }
        if (has(list, &one)) {
            return true;
        }
    }

    return false;
}

static bool fits(const pcre2_code *code, dyn_str_t text)
{
    pcre2_match_context *context = pcre2_match_context_create(NULL);
    pcre2_match_data *data = pcre2_match_data_create(1, NULL);
    int found = -1;

    if (context != NULL && data != NULL && text.data != NULL) {
        pcre2_set_match_limit(context, MATCH_LIMIT);
        pcre2_set_depth_limit(context, MATCH_LIMIT);
        pcre2_set_heap_limit(context, HEAP_KIB);
        found = pcre2_match(code, (PCRE2_SPTR)text.data, text.len, 0, 0, data, context);
    }
    pcre2_match_data_free(data);
    pcre2_match_context_free(context);

    return found >= 0;
}

static bool some_element(const dyn_target_t *target, const dyn_value_t *list, bool passes_false,
                         dyn_arena_t *arena)
{
    for (uint32_t i = 0; list->kind == DYN_VALUE_LIST && i < list->count; i++) {
        if ((passes_false || dyn_value_is_true(&list->values[i])) &&
            dyn_target_holds(target, &list->values[i], arena)) {
            return true;
        }
    }

    return false;
}

static bool all_hold(const dyn_target_t *target, const dyn_value_t *value, dyn_arena_t *arena)
{
    for (uint32_t i = 0; i < target->child_count; i++) {
        if (!dyn_target_holds(&target->children[i], value, arena)) {
            return false;
        }
    }

    return true;
}

static bool one_holds(const dyn_target_t *target, const dyn_value_t *value, dyn_arena_t *arena)
{
    for (uint32_t i = 0; i < target->child_count; i++) {
        if (dyn_target_holds(&target->children[i], value, arena)) {
            return true;
        }
    }

    return target->child_count == 0;
}

static bool every_found(const dyn_target_t *target, const dyn_value_t *value, dyn_arena_t *arena)
{
    for (uint32_t i = 0; i < target->child_count; i++) {
        if (!some_element(&target->children[i], value, true, arena)) {
            return false;
        }
    }

    return value->kind == DYN_VALUE_LIST;
}

static bool version_holds(const dyn_target_t *target, const dyn_value_t *value, dyn_arena_t *arena)
{
    const dyn_value_t version = DYN_VALUE_TEXT(padded(value, arena));
    int order = compare(&version, &target->operand, arena);

    switch (target->kind) {
    case OP_VEQ:
        return order == 0;
    case OP_VNE:
        return order != 0;
    case OP_VLT:
        return order < 0;
    case OP_VLTE:
        return order <= 0;
    case OP_VGT:
        return order > 0;
    default:
        return order >= 0;
    }
}

bool dyn_target_holds(const dyn_target_t *target, const dyn_value_t *value, dyn_arena_t *arena)
{
    const dyn_value_t *operand = &target->operand;
    dyn_value_t number;
    int order;

    if (arena->exhausted) {
        return false;
    }
    switch (target->kind) {
    case ALL:
        return all_hold(target, value, arena);
    case ANY:
        return one_holds(target, value, arena);
    case OP_NOT:
        return !dyn_target_holds(target->children, value, arena) && !arena->exhausted;
    case PATH:
        return dyn_target_holds(target->children, member_at(value, target->path), arena);
    case EQUALS:
        return equals(operand, value, arena);
    case EQUALS_NOCASE:
        return dyn_str_equal_nocase(dyn_value_text(value, arena), operand->text);
    case OP_EQ:
        return dyn_value_same(value, operand);
    case OP_NE:
        return !dyn_value_same(value, operand);
    case OP_LT:
        return compare(value, operand, arena) == -1;
    case OP_LTE:
        order = compare(value, operand, arena);
        return order == -1 || order == 0;
    case OP_GT:
        return compare(value, operand, arena) == 1;
    case OP_GTE:
        order = compare(value, operand, arena);
        return order == 1 || order == 0;
    case OP_VEQ:
    case OP_VNE:
    case OP_VLT:
    case OP_VLTE:
    case OP_VGT:
    case OP_VGTE:
        return version_holds(target, value, arena);
    case OP_EXISTS:
        return dyn_value_is_true(operand) == (value->kind != DYN_VALUE_NULL);
    case OP_IN:
    case OP_IN_GROUP:
        return is_in(operand, value, false, arena);
    case OP_INI:
        return is_in(operand, value, true, arena);
    case OP_NIN:
    case OP_NOT_IN_GROUP:
        return !is_in(operand, value, false, arena);
    case OP_NINI:
        return !is_in(operand, value, true, arena);
    case OP_SIZE:
        number = (dyn_value_t){.kind = DYN_VALUE_NUMBER, .number = value->count};
        return value->kind == DYN_VALUE_LIST && dyn_target_holds(target->children, &number, arena);
    case OP_ELEMENT:
        return some_element(target->children, value, false, arena);
    case OP_EVERY:
    case OP_EVERY_NOCASE:
        return every_found(target, value, arena);
    case OP_REGEX:
    case OP_REGEX_NOCASE:
        return fits(target->code, dyn_value_text(value, arena));
    case OP_TYPE:
        return operand->kind == DYN_VALUE_STRING &&
               dyn_str_equal(operand->text, dyn_str_from(type_names[value->kind]));
    case NEVER:
        break;
    }

    return false;
}

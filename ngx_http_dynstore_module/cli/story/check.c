#include "cli/story/check.h"

#include <stdlib.h>

#include "engine/base/text.h"
#include "engine/catalogue/traits.h"

enum { ROWS_MAX = DYN_SLOTS_MAX * DYN_SLOT_ITEMS_MAX };

/* An item as it was shown. */
typedef struct {
    uint32_t item; /* DYN_NONE: the snapshot does not know it */
    const char *id, *reason, *reason_text, *reference;
    double price; /* below 0: none is shown */
} row_t;

typedef struct {
    row_t rows[ROWS_MAX];
    size_t count;
    const char *title, *rung, *moment;
    const json_t *messages; /* of the first slot that has any; NULL: none */
    double confidence;      /* below 0: the answer does not say */
    bool present;           /* the slot is in the answer */
} block_t;

typedef struct {
    const dyn_snapshot_t *snapshot;
    const dyn_story_step_t *step;
    const json_t *pages;
} checking_t;

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text == NULL ? "" : text;
}

static void read_row(const dyn_snapshot_t *snapshot, const json_t *item, row_t *row)
{
    const json_t *reason = json_object_get(item, "reason");
    const char *price = text_of(item, "price");

    row->id = text_of(item, "id");
    row->item = dyn_snapshot_find_item(snapshot, dyn_str_from(row->id), NULL);
    row->price = price[0] == '\0' ? -1 : strtod(price, NULL);
    row->reason = text_of(reason, "code");
    row->reason_text = text_of(reason, "text");
    row->reference = text_of(reason, "ref");
}

static void read_block(const dyn_snapshot_t *snapshot, const json_t *answers, dyn_str_t slot,
                       block_t *block)
{
    bool all = dyn_str_equal(slot, DYN_STR("page"));

    *block = (block_t){.title = "", .rung = "none", .moment = "", .confidence = -1};
    for (size_t a = 0; a < json_array_size(answers); a++) {
        const json_t *slots = json_object_get(json_array_get(answers, a), "slots");

        block->moment = text_of(json_array_get(answers, a), "moment");

        for (size_t s = 0; s < json_array_size(slots); s++) {
            const json_t *one = json_array_get(slots, s);
            const json_t *items = json_object_get(one, "items");
            const json_t *confidence = json_object_get(one, "confidence");

            if (!all && !dyn_str_equal(slot, dyn_str_from(text_of(one, "slot")))) {
                continue;
            }
            if (!block->present) {
                block->title = text_of(one, "title");
                block->rung = text_of(one, "rung");
            }
            block->present = true;
            if (block->messages == NULL) {
                block->messages = json_object_get(one, "messages");
            }
            if (json_is_number(confidence)) {
                block->confidence = json_number_value(confidence);
            }
            for (size_t i = 0; i < json_array_size(items) && block->count < ROWS_MAX; i++) {
                read_row(snapshot, json_array_get(items, i), &block->rows[block->count++]);
            }
        }
    }
}

/* ---- which items are meant ---- */

static bool within(const dyn_snapshot_t *snapshot, uint32_t item, dyn_story_numbers_t categories)
{
    uint32_t category = snapshot->items[item].category;

    for (size_t i = 0; category != DYN_NONE && i < categories.count; i++) {
        if (dyn_snapshot_category_within(snapshot, category, categories.rows[i])) {
            return true;
        }
    }

    return false;
}

static bool holds_word(dyn_story_words_t words, dyn_str_t word)
{
    for (size_t i = 0; i < words.count; i++) {
        if (dyn_str_equal(words.rows[i], word)) {
            return true;
        }
    }

    return false;
}

static bool holds_item(dyn_story_numbers_t items, uint32_t item)
{
    for (size_t i = 0; i < items.count; i++) {
        if (items.rows[i] == item) {
            return true;
        }
    }

    return false;
}

static bool has_trait(const dyn_snapshot_t *snapshot, uint32_t item, dyn_story_numbers_t traits)
{
    for (size_t i = 0; i < traits.count; i++) {
        if (dyn_item_has_trait(snapshot, item, traits.rows[i])) {
            return true;
        }
    }

    return false;
}

static dyn_str_t brand_of(const dyn_snapshot_t *snapshot, uint32_t item)
{
    uint32_t brand = snapshot->items[item].brand;

    return brand == DYN_NONE ? DYN_STR("") : dyn_snapshot_string(snapshot, snapshot->brands[brand]);
}

static bool matches(const dyn_snapshot_t *snapshot, const dyn_story_selector_t *selector,
                    const row_t *row)
{
    bool known = row->item != DYN_NONE;

    if ((selector->categories.count > 0 &&
         !(known && within(snapshot, row->item, selector->categories))) ||
        (selector->brands.count > 0 &&
         !(known && holds_word(selector->brands, brand_of(snapshot, row->item)))) ||
        (selector->traits.count > 0 &&
         !(known && has_trait(snapshot, row->item, selector->traits))) ||
        (selector->items.count > 0 && !(known && holds_item(selector->items, row->item))) ||
        (selector->reasons.count > 0 &&
         !holds_word(selector->reasons, dyn_str_from(row->reason))) ||
        (selector->refers_to.count > 0 &&
         !holds_word(selector->refers_to, dyn_str_from(row->reference))) ||
        (selector->has_price &&
         (row->price < selector->price_low || row->price > selector->price_high))) {
        return false;
    }

    bool any = selector->any_count == 0;

    for (size_t i = 0; !any && i < selector->any_count; i++) {
        any = matches(snapshot, &selector->any[i], row);
    }

    return any && (selector->other_than == NULL || !matches(snapshot, selector->other_than, row));
}

static size_t count_matching(const checking_t *checking, const dyn_story_selector_t *selector,
                             const block_t *block, size_t first)
{
    size_t count = 0;

    for (size_t i = 0; i < first; i++) {
        count += matches(checking->snapshot, selector, &block->rows[i]);
    }

    return count;
}

/* The place of the first one that is meant, or the count. */
static size_t place_of(const checking_t *checking, const dyn_story_selector_t *selector,
                       const block_t *block)
{
    size_t i = 0;

    while (i < block->count && !matches(checking->snapshot, selector, &block->rows[i])) {
        i++;
    }

    return i;
}

/* ---- the block in words ---- */

static void say_path(dyn_text_t *text, const dyn_snapshot_t *snapshot, uint32_t category)
{
    uint32_t parts[DYN_CATEGORY_DEPTH_MAX];
    size_t depth = 0;

    for (; category != DYN_NONE && depth < DYN_CATEGORY_DEPTH_MAX;
         category = snapshot->categories[category].parent) {
        parts[depth++] = category;
    }
    while (depth > 0) {
        dyn_text_str(text,
                     dyn_snapshot_string(snapshot, snapshot->categories[parts[--depth]].name));
        dyn_text_str(text, dyn_str_from(depth > 0 ? " / " : ""));
    }
}

static dyn_str_t words_of_block(const dyn_snapshot_t *snapshot, const block_t *block,
                                dyn_arena_t *arena)
{
    dyn_text_t text;

    dyn_text_init(&text, arena, 1024);
    if (block->count > 0) {
        dyn_text_format(&text, "\"%s\", rung %s", block->title, block->rung);
        if (block->confidence >= 0) {
            dyn_text_format(&text, ", confidence %.2f", block->confidence);
        }
        dyn_text_literal(&text, "\n");
    }
    for (size_t i = 0; i < block->count; i++) {
        const row_t *row = &block->rows[i];

        dyn_text_format(&text, "%2zu. %-26s %8.2f  ", i + 1, row->id, row->price);
        if (row->item != DYN_NONE) {
            dyn_str_t brand = brand_of(snapshot, row->item);

            say_path(&text, snapshot, snapshot->items[row->item].category);
            dyn_text_format(&text, ", %.*s", (int)brand.len, brand.data);
        }
        dyn_text_format(&text, "; %s\n", row->reason_text);
    }

    return dyn_text_finish(&text);
}

dyn_str_t dyn_story_block(const dyn_snapshot_t *snapshot, const json_t *answers, dyn_str_t slot,
                          dyn_arena_t *arena)
{
    static block_t block;

    read_block(snapshot, answers, slot, &block);

    return words_of_block(snapshot, &block, arena);
}

/* ---- checks: each says in `text` what is wrong, or nothing ---- */

static uint32_t top_of(const dyn_snapshot_t *snapshot, uint32_t category)
{
    while (category != DYN_NONE && snapshot->categories[category].parent != DYN_NONE) {
        category = snapshot->categories[category].parent;
    }

    return category;
}

static uint32_t trait_of_kind(const dyn_snapshot_t *snapshot, dyn_story_distinct_t kind,
                              uint32_t item)
{
    const dyn_item_t *row = &snapshot->items[item];

    return kind == DYN_STORY_BRANDS       ? row->brand
           : kind == DYN_STORY_CATEGORIES ? row->category
                                          : top_of(snapshot, row->category);
}

static size_t count_distinct(const checking_t *checking, dyn_story_distinct_t kind,
                             const block_t *block, size_t first)
{
    uint32_t seen[ROWS_MAX];
    size_t count = 0;

    for (size_t i = 0; i < first; i++) {
        if (block->rows[i].item == DYN_NONE) {
            continue;
        }

        uint32_t value = trait_of_kind(checking->snapshot, kind, block->rows[i].item);
        size_t k = 0;

        while (k < count && seen[k] != value) {
            k++;
        }
        if (k == count) {
            seen[count++] = value;
        }
    }

    return count;
}

static uint32_t page_category(const checking_t *checking)
{
    if (checking->step->surface == DYN_SURFACE_PLP) {
        return dyn_snapshot_find_category(checking->snapshot, checking->step->item_id);
    }

    uint32_t item = dyn_snapshot_find_item(checking->snapshot, checking->step->item_id, NULL);

    return item == DYN_NONE ? DYN_NONE : checking->snapshot->items[item].category;
}

static void check_nothing_foreign(const checking_t *checking, const dyn_story_check_t *check,
                                  const block_t *block, size_t first, dyn_text_t *text)
{
    uint32_t own = top_of(checking->snapshot, page_category(checking));
    dyn_story_numbers_t page = {&own, own == DYN_NONE ? 0 : 1};

    for (size_t i = 0; i < first; i++) {
        uint32_t item = block->rows[i].item;

        if (item == DYN_NONE || !(within(checking->snapshot, item, page) ||
                                  within(checking->snapshot, item, check->welcome))) {
            dyn_text_format(text, "%s%s",
                            text->length > 0 ? ", " : "foreign to this page: ", block->rows[i].id);
        }
    }
}

static void check_share(const checking_t *checking, const dyn_story_check_t *check,
                        const block_t *block, size_t first, dyn_text_t *text)
{
    size_t count = count_matching(checking, check->selector, block, first);
    double share = first > 0 ? (double)count / (double)first : 0;

    if (share < check->min - 1e-9) {
        dyn_text_format(text, "at least %.0f %% should be %s; %zu of %zu are", check->min * 100,
                        check->selector->words, count, first);
    } else if (share > check->max + 1e-9) {
        dyn_text_format(text, "at most %.0f %% should be %s; %zu of %zu are", check->max * 100,
                        check->selector->words, count, first);
    }
}

/* every: those that are not meant are wrong; none: those that are. */
static void check_each(const checking_t *checking, const dyn_story_check_t *check,
                       const block_t *block, size_t first, dyn_text_t *text)
{
    bool wanted = check->kind == DYN_STORY_EVERY;
    bool begun = false;

    for (size_t i = 0; i < first; i++) {
        if (matches(checking->snapshot, check->selector, &block->rows[i]) == wanted) {
            continue;
        }
        if (!begun) {
            dyn_text_format(text, "%s should be %s; wrong: ", wanted ? "all" : "none",
                            check->selector->words);
        }
        dyn_text_format(text, "%s%s", begun ? ", " : "", block->rows[i].id);
        begun = true;
    }
}

static void check_number(const char *what, const char *which, double is,
                         const dyn_story_check_t *check, dyn_text_t *text)
{
    const char *between = which[0] == '\0' ? "" : " ";

    if (is < check->min - 1e-9) {
        dyn_text_format(text, "%s%s%s: at least %g would be right; it is %g", what, between, which,
                        check->min, is);
    } else if (is > check->max + 1e-9) {
        dyn_text_format(text, "%s%s%s: at most %g would be right; it is %g", what, between, which,
                        check->max, is);
    }
}

static void check_order(const checking_t *checking, const dyn_story_check_t *check,
                        const block_t *block, dyn_text_t *text)
{
    size_t before = place_of(checking, check->selector, block);
    size_t after = place_of(checking, check->then, block);

    if (before == block->count) {
        dyn_text_format(text, "something %s should be shown, before what is %s",
                        check->selector->words, check->then->words);
    } else if (after < before) {
        dyn_text_format(text,
                        "what is %s should come before what is %s; it is number %zu, and "
                        "number %zu comes first",
                        check->selector->words, check->then->words, before + 1, after + 1);
    }
}

static bool shows(const block_t *block, const char *id)
{
    for (size_t i = 0; i < block->count; i++) {
        if (strcmp(block->rows[i].id, id) == 0) {
            return true;
        }
    }

    return false;
}

static void check_repeated(const checking_t *checking, const dyn_story_check_t *check,
                           const block_t *block, size_t first, dyn_text_t *text)
{
    static block_t earlier;
    size_t count = 0;

    read_block(checking->snapshot, json_array_get(checking->pages, check->earlier), check->slot,
               &earlier);
    for (size_t i = 0; i < first; i++) {
        count += shows(&earlier, block->rows[i].id);
    }

    double share = first > 0 ? (double)count / (double)first : 0;

    if (share < check->min - 1e-9 || share > check->max + 1e-9) {
        dyn_text_format(text, "%.0f to %.0f %% should be what step %zu showed; %zu of %zu are",
                        check->min * 100, check->max * 100, check->earlier + 1, count, first);
    }
}

static bool contains(const char *text, dyn_str_t part)
{
    return strstr(text, part.data) != NULL;
}

static void check_messages(const dyn_story_check_t *check, const block_t *block, dyn_text_t *text)
{
    for (size_t i = 0; i < check->rungs.count; i++) {
        bool said = false;

        for (size_t k = 0; k < json_array_size(block->messages); k++) {
            said = said ||
                   dyn_str_equal(check->rungs.rows[i],
                                 dyn_str_from(text_of(json_array_get(block->messages, k), "kind")));
        }
        if (!said) {
            dyn_text_format(text, "%sthe message %.*s is missing", text->length > 0 ? "; " : "",
                            (int)check->rungs.rows[i].len, check->rungs.rows[i].data);
        }
    }
}

static void check_title(const dyn_story_check_t *check, const block_t *block, dyn_text_t *text)
{
    if (check->is.data != NULL && strcmp(block->title, check->is.data) != 0) {
        dyn_text_format(text, "the title should be \"%s\"; it is \"%s\"", check->is.data,
                        block->title);
    } else if (check->contains.data != NULL && !contains(block->title, check->contains)) {
        dyn_text_format(text, "the title should contain \"%s\"; it is \"%s\"", check->contains.data,
                        block->title);
    } else if (check->lacks.data != NULL && contains(block->title, check->lacks)) {
        dyn_text_format(text, "the title should not contain \"%s\"; it is \"%s\"",
                        check->lacks.data, block->title);
    }
}

static void check_one(const checking_t *checking, const dyn_story_check_t *check,
                      const block_t *block, dyn_text_t *text)
{
    size_t first = check->first > 0 && check->first < block->count ? check->first : block->count;

    switch (check->kind) {
    case DYN_STORY_COUNT:
        check_number("the number of items", "", (double)block->count, check, text);
        break;
    case DYN_STORY_SHARE:
        check_share(checking, check, block, first, text);
        break;
    case DYN_STORY_EVERY:
    case DYN_STORY_NONE:
        check_each(checking, check, block, first, text);
        break;
    case DYN_STORY_SOME:
        check_number("the number of items", check->selector->words,
                     (double)count_matching(checking, check->selector, block, first), check, text);
        break;
    case DYN_STORY_ORDER:
        check_order(checking, check, block, text);
        break;
    case DYN_STORY_DISTINCT:
        check_number("the number of different",
                     check->distinct == DYN_STORY_BRANDS       ? "brands"
                     : check->distinct == DYN_STORY_CATEGORIES ? "categories"
                                                               : "top categories",
                     (double)count_distinct(checking, check->distinct, block, first), check, text);
        break;
    case DYN_STORY_TITLE:
        check_title(check, block, text);
        break;
    case DYN_STORY_CONFIDENCE:
        if (block->present && block->confidence < 0) {
            dyn_text_literal(text, "the answer says no confidence");
        } else {
            check_number("the confidence", "", block->present ? block->confidence : 0, check, text);
        }
        break;
    case DYN_STORY_RUNG:
        if (!holds_word(check->rungs, dyn_str_from(block->rung))) {
            dyn_text_format(text, "the rung should be another; it is %s", block->rung);
        }
        break;
    case DYN_STORY_MOMENT:
        if (!holds_word(check->rungs, dyn_str_from(block->moment))) {
            dyn_text_format(text, "the moment should be another; it is %s", block->moment);
        }
        break;
    case DYN_STORY_MESSAGES:
        check_messages(check, block, text);
        break;
    case DYN_STORY_NOTHING_FOREIGN:
        check_nothing_foreign(checking, check, block, first, text);
        break;
    case DYN_STORY_REPEATED:
        check_repeated(checking, check, block, first, text);
        break;
    default:
        if (block->count > 0) {
            dyn_text_format(text, "nothing should be shown; %zu items are", block->count);
        }
        break;
    }
}

size_t dyn_story_check(const dyn_snapshot_t *snapshot, const dyn_story_t *story, size_t step,
                       const json_t *pages, dyn_arena_t *arena, dyn_story_failure_t *failures)
{
    static block_t block;
    checking_t checking = {snapshot, &story->steps[step], pages};
    size_t failed = 0;

    for (size_t i = 0; i < checking.step->check_count; i++) {
        const dyn_story_check_t *check = &checking.step->checks[i];
        dyn_text_t text;

        read_block(snapshot, json_array_get(pages, step), check->slot, &block);
        dyn_text_init(&text, arena, 256);
        check_one(&checking, check, &block, &text);

        dyn_str_t sentence = dyn_text_finish(&text);

        if (sentence.len > 0) {
            failures[failed++] =
                (dyn_story_failure_t){check, sentence, words_of_block(snapshot, &block, arena)};
        }
    }

    return failed;
}

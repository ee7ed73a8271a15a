#include "engine/catalogue/words_check.h"

#include <inttypes.h>
#include <stdlib.h>

#include "engine/base/utf8.h"

typedef struct {
    const dyn_snapshot_check_t *check;
    const dyn_word_t *words;
    uint32_t count; /* without the last row, which is no word */
    const char *texts;
} index_t;

static const dyn_section_view_t *section_of(const index_t *index, dyn_section_t id)
{
    return &index->check->snapshot->sections[id];
}

static bool is_code(const char *code, size_t letters, char first, char last)
{
    size_t length = strnlen(code, 4);

    for (size_t i = 0; i < length; i++) {
        if (code[i] < first || code[i] > last) {
            return false;
        }
    }
    for (size_t i = length; i < 4; i++) {
        if (code[i] != '\0') {
            return false;
        }
    }

    return length == letters || length == 0;
}

static bool check_header(const index_t *index)
{
    const dyn_section_view_t *section = section_of(index, DYN_SECTION_WORDS_HEADER);
    const dyn_words_header_t *header = section->data;
    bool good = section->count == 1 && is_code(header->currency, 3, 'A', 'Z') &&
                header->reserved == 0 && header->languages[0][0] != '\0';

    for (size_t i = 0; good && i < 4; i++) {
        good = is_code(header->languages[i], 2, 'a', 'z');
    }

    return good || dyn_snapshot_refuse(index->check, DYN_SECTION_WORDS_HEADER,
                                       "is not one row with codes of languages and of a currency");
}

static dyn_str_t text_of(const index_t *index, uint32_t word)
{
    const dyn_word_t *at = &index->words[word];

    return (dyn_str_t){index->texts + at[0].text, at[1].text - at[0].text};
}

static int compare(dyn_str_t a, dyn_str_t b)
{
    int order = memcmp(a.data, b.data, a.len < b.len ? a.len : b.len);

    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

static int compare_ends(dyn_str_t a, dyn_str_t b)
{
    for (size_t i = 1; i <= a.len && i <= b.len; i++) {
        int order = (unsigned char)a.data[a.len - i] - (unsigned char)b.data[b.len - i];

        if (order != 0) {
            return order;
        }
    }

    return (a.len > b.len) - (a.len < b.len);
}

/* The starts first: everything else reads through them. */
static bool check_starts(const index_t *index)
{
    const dyn_word_t *words = index->words, *last = &words[index->count];

    if (words[0].text != 0 || words[0].items != 0 || words[0].groups != 0 ||
        last->text != section_of(index, DYN_SECTION_WORD_TEXTS)->length ||
        last->items != section_of(index, DYN_SECTION_WORD_ITEMS)->count ||
        last->groups != section_of(index, DYN_SECTION_WORD_GROUPS)->count) {
        return dyn_snapshot_refuse(index->check, DYN_SECTION_WORDS,
                                   "texts or lists do not go from 0 to the ends of their sections");
    }
    for (uint32_t i = 0; i < index->count; i++) {
        if (words[i + 1].text <= words[i].text ||
            words[i + 1].text - words[i].text > DYN_WORD_BYTES_MAX ||
            words[i + 1].items < words[i].items || words[i + 1].groups < words[i].groups) {
            return dyn_snapshot_refuse(index->check, DYN_SECTION_WORDS,
                                       "word %" PRIu32
                                       ": its text is empty or longer than %d bytes, or a list "
                                       "ends before it begins",
                                       i, DYN_WORD_BYTES_MAX);
        }
    }

    return true;
}

static bool check_texts(const index_t *index)
{
    const dyn_section_view_t *section = section_of(index, DYN_SECTION_WORDS_BY_END);
    const uint32_t *by_end = section->data;

    if (section->count != index->count) {
        return dyn_snapshot_refuse(index->check, DYN_SECTION_WORDS_BY_END,
                                   "%" PRIu64 " rows; one for each of the %" PRIu32
                                   " words would be right",
                                   section->count, index->count);
    }
    for (uint32_t i = 0; i < index->count; i++) {
        if (!dyn_utf8_clean(text_of(index, i)) ||
            (i > 0 && compare(text_of(index, i - 1), text_of(index, i)) >= 0)) {
            return dyn_snapshot_refuse(
                index->check, DYN_SECTION_WORDS,
                "word %" PRIu32 ": it is no UTF-8 or does not come after its predecessor", i);
        }
        if (by_end[i] >= index->count || (i > 0 && compare_ends(text_of(index, by_end[i - 1]),
                                                                text_of(index, by_end[i])) >= 0)) {
            return dyn_snapshot_refuse(
                index->check, DYN_SECTION_WORDS_BY_END,
                "row %" PRIu32 ": it is no word or does not come after its predecessor", i);
        }
    }

    return true;
}

static bool check_ranks(const index_t *index)
{
    const dyn_section_view_t *section = section_of(index, DYN_SECTION_WORD_RANKS);
    uint32_t items = index->check->snapshot->item_count;
    const uint32_t *ranks = section->data;
    uint8_t *seen = calloc((size_t)items + 1, 1);
    uint64_t i = 0;

    if (seen == NULL) {
        return dyn_fail(index->check->error, "%.200s: not enough memory to validate it",
                        index->check->name);
    }
    while (i < section->count && ranks[i] < items && !seen[ranks[i]]) {
        seen[ranks[i++]] = 1;
    }
    free(seen);

    return i == section->count ||
           dyn_snapshot_refuse(index->check, DYN_SECTION_WORD_RANKS,
                               "row %" PRIu64 ": it is no item or one that has a rank already", i);
}

static bool check_items(const index_t *index)
{
    const uint32_t *entries = section_of(index, DYN_SECTION_WORD_ITEMS)->data;
    uint64_t ranks = section_of(index, DYN_SECTION_WORD_RANKS)->count;

    for (uint32_t i = 0; i < index->count; i++) {
        for (uint32_t k = index->words[i].items; k < index->words[i + 1].items; k++) {
            if (DYN_WORD_RANK(entries[k]) >= ranks || DYN_WORD_WEIGHT(entries[k]) == 0 ||
                (k > index->words[i].items &&
                 DYN_WORD_RANK(entries[k]) <= DYN_WORD_RANK(entries[k - 1]))) {
                return dyn_snapshot_refuse(
                    index->check, DYN_SECTION_WORD_ITEMS,
                    "row %" PRIu32 ": there is no such rank, ranks do not rise or the weight is 0",
                    k);
            }
        }
    }

    return true;
}

static bool check_groups(const index_t *index)
{
    const dyn_word_group_t *groups = section_of(index, DYN_SECTION_WORD_GROUPS)->data;
    const dyn_snapshot_t *snapshot = index->check->snapshot;
    const uint64_t counts[DYN_WORD_KINDS] = {
        [DYN_WORD_CATEGORY] = snapshot->category_count,
        [DYN_WORD_BRAND] = snapshot->brand_count,
        [DYN_WORD_TRAIT] = snapshot->trait_count,
    };

    for (uint32_t i = 0; i < index->count; i++) {
        for (uint32_t k = index->words[i].groups; k < index->words[i + 1].groups; k++) {
            const dyn_word_group_t *group = &groups[k], *before = group - 1;

            if (group->kind >= DYN_WORD_KINDS || group->number >= counts[group->kind] ||
                group->weight == 0 || group->weight > 255 ||
                (k > index->words[i].groups &&
                 (group->kind < before->kind ||
                  (group->kind == before->kind && group->number <= before->number)))) {
                return dyn_snapshot_refuse(index->check, DYN_SECTION_WORD_GROUPS,
                                           "row %" PRIu32
                                           ": there is no such category, brand or trait, they do "
                                           "not rise or the weight is not 1 to 255",
                                           k);
            }
        }
    }

    return true;
}

bool dyn_words_check(const dyn_snapshot_check_t *check, const dyn_section_view_t *words)
{
    index_t index = {check, words->data, 0, check->snapshot->sections[DYN_SECTION_WORD_TEXTS].data};

    if (words->count == 0) {
        return true;
    }
    index.count = (uint32_t)(words->count - 1);

    return check_header(&index) && check_starts(&index) && check_texts(&index) &&
           check_ranks(&index) && check_items(&index) && check_groups(&index);
}

#include "engine/words/index.h"

dyn_words_t dyn_words_of(const dyn_snapshot_t *snapshot)
{
    const dyn_section_view_t *sections = snapshot->sections;

    if (sections[DYN_SECTION_WORDS].count == 0) {
        return (dyn_words_t){.header = NULL};
    }

    return (dyn_words_t){
        .header = sections[DYN_SECTION_WORDS_HEADER].data,
        .words = sections[DYN_SECTION_WORDS].data,
        .count = (uint32_t)(sections[DYN_SECTION_WORDS].count - 1),
        .texts = sections[DYN_SECTION_WORD_TEXTS].data,
        .by_end = sections[DYN_SECTION_WORDS_BY_END].data,
        .items = sections[DYN_SECTION_WORD_ITEMS].data,
        .groups = sections[DYN_SECTION_WORD_GROUPS].data,
        .ranks = sections[DYN_SECTION_WORD_RANKS].data,
        .rank_count = (uint32_t)sections[DYN_SECTION_WORD_RANKS].count,
    };
}

/* The word against the text; with `whole` false, only as many bytes of the word as the text has. */
static int compare(dyn_str_t word, dyn_str_t text, bool whole)
{
    int order = memcmp(word.data, text.data, word.len < text.len ? word.len : text.len);

    if (order != 0 || word.len == text.len) {
        return order;
    }

    return word.len < text.len ? -1 : whole;
}

static int compare_end(dyn_str_t word, dyn_str_t text)
{
    for (size_t i = 1; i <= word.len && i <= text.len; i++) {
        int order = (unsigned char)word.data[word.len - i] - (unsigned char)text.data[text.len - i];

        if (order != 0) {
            return order;
        }
    }

    return word.len < text.len ? -1 : 0;
}

uint32_t dyn_words_find(const dyn_words_t *words, dyn_str_t text)
{
    uint32_t low = 0, high = words->count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = compare(dyn_words_text(words, middle), text, true);

        if (order == 0) {
            return middle;
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }

    return DYN_NONE;
}

/* The first row whose word is not below the text, or with `after` above all that begin (end) with it. */
static uint32_t bound(const dyn_words_t *words, dyn_str_t text, bool ends, bool after)
{
    uint32_t low = 0, high = words->count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = ends ? compare_end(dyn_words_text(words, words->by_end[middle]), text)
                         : compare(dyn_words_text(words, middle), text, false);

        if (order < 0 || (after && order == 0)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }

    return low;
}

dyn_words_range_t dyn_words_beginning(const dyn_words_t *words, dyn_str_t text)
{
    return (dyn_words_range_t){bound(words, text, false, false), bound(words, text, false, true)};
}

dyn_words_range_t dyn_words_ending(const dyn_words_t *words, dyn_str_t text)
{
    return (dyn_words_range_t){bound(words, text, true, false), bound(words, text, true, true)};
}

static bool is_inner(char byte)
{
    return ((unsigned char)byte & 0xc0) == 0x80;
}

static size_t letters_of(dyn_str_t text)
{
    size_t letters = 0;

    for (size_t i = 0; i < text.len; i++) {
        letters += !is_inner(text.data[i]);
    }

    return letters;
}

static bool exchanged(dyn_str_t a, dyn_str_t b)
{
    size_t half = 1;

    while (half < a.len && is_inner(a.data[half])) {
        half++;
    }

    return a.len == b.len && memcmp(a.data, b.data + a.len - half, half) == 0 &&
           memcmp(a.data + half, b.data, a.len - half) == 0;
}

bool dyn_words_one_slip(dyn_str_t a, dyn_str_t b)
{
    size_t first = 0, last = 0;

    while (first < a.len && first < b.len && a.data[first] == b.data[first]) {
        first++;
    }
    while (first > 0 && ((first < a.len && is_inner(a.data[first])) ||
                         (first < b.len && is_inner(b.data[first])))) {
        first--;
    }
    while (last < a.len - first && last < b.len - first &&
           a.data[a.len - 1 - last] == b.data[b.len - 1 - last]) {
        last++;
    }
    while (last > 0 && (is_inner(a.data[a.len - last]) || is_inner(b.data[b.len - last]))) {
        last--;
    }

    dyn_str_t rest_a = {a.data + first, a.len - first - last};
    dyn_str_t rest_b = {b.data + first, b.len - first - last};
    size_t letters_a = letters_of(rest_a), letters_b = letters_of(rest_b);

    return (letters_a <= 1 && letters_b <= 1) ||
           (letters_a == 2 && letters_b == 2 && exchanged(rest_a, rest_b));
}

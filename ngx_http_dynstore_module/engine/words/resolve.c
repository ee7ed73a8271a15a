/* From the words of a text to words of the index. */
#include "engine/base/curves.h"
#include "engine/words/search.h"


enum {
    GUESSED_BYTES_MIN = 5, /* a word with one letter wrong */
    ENDS_BYTES_MIN = 4,    /* a word that is the beginning or the end of others */
    PART_BYTES_MIN = 3     /* of a compound */
};

static const float surety_of_guess = 0.8F;
static const float surety_of_beginning = 0.7F;

/* The folded word's place in the index, by its stem in the first language in which there is one. */
static uint32_t find(dyn_search_words_t *search, dyn_str_t word)
{
    dyn_term_t term;

    for (uint32_t language = 0; language < search->stems.count; language++) {
        if (!dyn_stem(&search->stems, language, word, &term)) {
            search->failed = true;
            return DYN_NONE;
        }

        uint32_t found = dyn_words_find(&search->index, dyn_term_text(&term));

        if (found != DYN_NONE) {
            return found;
        }
    }

    return DYN_NONE;
}

static void add_slot(dyn_search_words_t *search, const uint32_t *words, uint32_t count,
                     float surety)
{
    dyn_slot_t *slot = &search->slots[search->slot_count];
    uint64_t items = 0;

    if (search->slot_count == DYN_WORDS_MAX) {
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        slot->words[i] = words[i];
        items += dyn_words_item_count(&search->index, words[i]);
    }
    slot->count = count;
    slot->surety = surety;
    slot->idf = (float)dyn_log(1.0 + (double)search->index.rank_count / (double)(items + 1));
    search->slot_count++;
}

static bool add_one(dyn_search_words_t *search, uint32_t word, float surety)
{
    if (word == DYN_NONE) {
        return false;
    }
    for (uint32_t i = 0; i < search->slot_count; i++) {
        if (search->slots[i].words[0] == word) {
            return true; /* said twice */
        }
    }
    add_slot(search, &word, 1, surety);

    return true;
}

/* "head lamp" where the index has "headlamp". */
static bool join_next(dyn_search_words_t *search, uint32_t i)
{
    const dyn_token_t *a = &search->tokens[i], *b = &search->tokens[i + 1];
    char text[2 * DYN_WORD_BYTES_MAX];

    if (i + 1 >= search->token_count || search->used[i + 1] ||
        a->length + b->length > DYN_WORD_BYTES_MAX) {
        return false;
    }
    memcpy(text, a->text, a->length);
    memcpy(text + a->length, b->text, b->length);

    return add_one(search, find(search, (dyn_str_t){text, a->length + b->length}), 1);
}

static bool is_inner(char byte)
{
    return ((unsigned char)byte & 0xc0) == 0x80;
}

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

/*
 * A compound is split where both parts are known, at the place where the rarer part is most frequent (after Koehn and Knight,
 * "Empirical methods for compound splitting", 2003, with the minimum in place of the geometric mean). A letter or two that German puts
 * between parts may be left out: "wandersocken", "leitungsroller".
 */
static bool split(dyn_search_words_t *search, dyn_str_t word)
{
    static const char *const joints[] = {"", "s", "n", "en", "es"};
    uint32_t best = 0, best_left = DYN_NONE, best_right = DYN_NONE;

    for (size_t at = 1; at < word.len; at++) {
        bool at_number = is_digit(word.data[at - 1]) != is_digit(word.data[at]);

        if (is_inner(word.data[at]) ||
            (!at_number && (at < PART_BYTES_MIN || word.len - at < PART_BYTES_MIN))) {
            continue;
        }

        uint32_t right = find(search, (dyn_str_t){word.data + at, word.len - at});

        for (size_t k = 0; right != DYN_NONE && k < sizeof(joints) / sizeof(joints[0]); k++) {
            size_t joint = strlen(joints[k]);

            if (at < joint + (at_number ? 1 : PART_BYTES_MIN) ||
                memcmp(word.data + at - joint, joints[k], joint) != 0) {
                continue;
            }

            uint32_t left = find(search, (dyn_str_t){word.data, at - joint});

            if (left != DYN_NONE) {
                uint32_t a = dyn_words_item_count(&search->index, left),
                         b = dyn_words_item_count(&search->index, right);
                uint32_t rarer = (a < b ? a : b) + 1;

                if (rarer > best) {
                    best = rarer;
                    best_left = left;
                    best_right = right;
                }
                break;
            }
        }
    }

    return best > 0 && add_one(search, best_left, 1) && add_one(search, best_right, 1);
}

/* The most frequent of the words in the range that are one slip away. */
static void look_alike(dyn_search_words_t *search, dyn_words_range_t range, bool ends,
                       dyn_str_t text, uint32_t *best)
{
    const dyn_words_t *index = &search->index;

    for (uint32_t row = range.first; row < range.end && search->alike_left > 0; row++) {
        uint32_t word = ends ? index->by_end[row] : row;
        dyn_str_t other = dyn_words_text(index, word);

        search->alike_left--;
        if (other.len + 4 < text.len || text.len + 4 < other.len ||
            !dyn_words_one_slip(text, other)) {
            continue;
        }
        if (*best == DYN_NONE ||
            dyn_words_item_count(index, word) > dyn_words_item_count(index, *best)) {
            *best = word;
        }
    }
}

/* Wherever the slip is, the first half of the word or what follows its middle letter is right. */
static bool guess(dyn_search_words_t *search, dyn_str_t word)
{
    uint32_t best = DYN_NONE;
    dyn_term_t term;

    if (word.len < GUESSED_BYTES_MIN || !dyn_stem(&search->stems, 0, word, &term)) {
        return false;
    }
    for (size_t i = 0; i < word.len; i++) {
        if (is_digit(word.data[i])) {
            return false; /* one digit off is another thing */
        }
    }

    dyn_str_t text = dyn_term_text(&term);
    size_t half = text.len / 2;

    look_alike(search, dyn_words_beginning(&search->index, (dyn_str_t){text.data, half}), false,
               text, &best);
    look_alike(
        search,
        dyn_words_ending(&search->index, (dyn_str_t){text.data + half + 1, text.len - half - 1}),
        true, text, &best);

    return add_one(search, best, surety_of_guess);
}

/* The most frequent words that begin so, or that end so: the last part of a compound, or of several. */
static bool find_parts(dyn_search_words_t *search, dyn_str_t text, bool ends)
{
    const dyn_words_t *index = &search->index;
    dyn_words_range_t range =
        ends ? dyn_words_ending(index, text) : dyn_words_beginning(index, text);
    uint32_t words[DYN_SLOT_WORDS_MAX], count = 0;

    if (text.len < ENDS_BYTES_MIN) {
        return false;
    }
    for (uint32_t row = range.first; row < range.end && search->alike_left > 0; row++) {
        uint32_t word = ends ? index->by_end[row] : row;
        uint32_t items = dyn_words_item_count(index, word), at = count;

        search->alike_left--;
        count += count < DYN_SLOT_WORDS_MAX;
        while (at > 0 && items > dyn_words_item_count(index, words[at - 1])) {
            if (at < DYN_SLOT_WORDS_MAX) {
                words[at] = words[at - 1];
            }
            at--;
        }
        if (at < DYN_SLOT_WORDS_MAX) {
            words[at] = word;
        }
    }
    if (count > 0) {
        add_slot(search, words, count, ends ? surety_of_guess : surety_of_beginning);
    }

    return count > 0;
}

/* In the first language in which other words end so. */
static bool end_with(dyn_search_words_t *search, dyn_str_t word)
{
    dyn_term_t term;

    for (uint32_t language = 0; language < search->stems.count; language++) {
        if (!dyn_stem(&search->stems, language, word, &term)) {
            search->failed = true;
            return false;
        }
        if (find_parts(search, dyn_term_text(&term), true)) {
            return true;
        }
    }

    return false;
}

void dyn_words_resolve(dyn_search_words_t *search)
{
    for (uint32_t i = 0; i < search->token_count && !search->failed; i++) {
        dyn_str_t word = dyn_token_text(&search->tokens[i]);
        dyn_str_t plain = dyn_term_text(&search->plain[i]);

        if (search->used[i] || search->tokens[i].kind == DYN_TOKEN_CURRENCY ||
            dyn_word_stops(&search->stems, plain)) {
            continue;
        }
        search->asked++;
        if (add_one(search, find(search, word), 1)) {
            search->answered++;
        } else if (join_next(search, i)) {
            search->asked++;
            search->answered += 2;
            i++;
        } else if (split(search, word) || end_with(search, word) || guess(search, word) ||
                   find_parts(search, plain, false)) {
            search->answered++;
        }
    }
}

#include "engine/words/meaning.h"

#include "engine/base/utf8.h"
#include "engine/catalogue/offer.h"
#include "engine/words/search.h"

static void read_tokens(dyn_search_words_t *search, dyn_str_t text)
{
    dyn_tokens_t tokens = {.text = dyn_utf8_cut(text, DYN_WORDS_TEXT_BYTES_MAX)};

    while (search->token_count < DYN_WORDS_MAX &&
           dyn_tokens_next(&tokens, &search->tokens[search->token_count])) {
        uint32_t i = search->token_count++;

        dyn_word_plain(dyn_token_text(&search->tokens[i]), &search->plain[i]);
    }
}

static dyn_str_t trimmed(dyn_str_t text)
{
    while (text.len > 0 && text.data[0] == ' ') {
        text.data++;
        text.len--;
    }
    while (text.len > 0 && text.data[text.len - 1] == ' ') {
        text.len--;
    }

    return text;
}

/* Who types an id means that item. */
static bool is_id(const dyn_snapshot_t *snapshot, dyn_str_t text, dyn_meaning_t *meaning)
{
    uint32_t item = text.len == 0 || text.len > DYN_ITEM_ID_BYTES_MAX
                        ? DYN_NONE
                        : dyn_snapshot_find_item(snapshot, text, NULL);

    if (item == DYN_NONE || !dyn_item_in_catalogue(snapshot, item)) {
        return false;
    }
    meaning->items[0] = (dyn_edge_t){item, 1};
    meaning->item_count = 1;
    meaning->understood = 1;

    return true;
}

static bool find_meaning(dyn_search_words_t *search, dyn_str_t text, dyn_arena_t *arena,
                         dyn_meaning_t *meaning)
{
    read_tokens(search, text);
    dyn_stems_open(&search->stems, search->index.header->languages);
    dyn_words_prices(search, meaning);
    dyn_words_resolve(search);
    dyn_stems_close(&search->stems);

    if (search->asked > 0) {
        meaning->understood = (float)search->answered / (float)search->asked;
    }

    return !search->failed && dyn_words_match(search, arena, meaning);
}

bool dyn_words_meaning(const dyn_snapshot_t *snapshot, dyn_str_t text, dyn_arena_t *arena,
                       dyn_meaning_t *meaning)
{
    dyn_words_t index = dyn_words_of(snapshot);

    memset(meaning, 0, sizeof(*meaning));
    meaning->price_low = meaning->price_high = -1;

    text = trimmed(text);
    if (is_id(snapshot, text, meaning) || index.header == NULL || text.len == 0) {
        return true;
    }

    dyn_search_words_t *search = dyn_arena_array(arena, 1, sizeof(*search));

    if (search == NULL) {
        return false;
    }
    search->snapshot = snapshot;
    search->index = index;
    search->alike_left = DYN_WORDS_ALIKE_MAX;

    return find_meaning(search, text, arena, meaning);
}

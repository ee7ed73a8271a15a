/* From words of the index to items, categories, brands and traits. */
#include "engine/words/search.h"
#include "engine/catalogue/offer.h"

/* What scores less than this share of the best is not meant. */
static const float floor_share = 0.6F;
/* A category or brand is meant when so much of its name was said, a trait when all was but for rounding ... */
static const float name_share = 0.5F;
/* ... and said whole from here on: "packs" says "Packs", and a word of little weight may be missing. */
static const float whole_share = 0.85F;
static const float trait_share = 0.98F;
/* ... and when it was said with nearly as many words as the best; a category, too, when so much of what was found is of it. */
static const float said_share = 0.9F;
static const float category_share = 0.6F;

enum { NAMED_MAX = 64 };

/* A list of items, read from its beginning. */
typedef struct {
    const uint32_t *at, *end;
} cursor_t;

typedef struct {
    cursor_t cursors[DYN_SLOT_WORDS_MAX];
    uint32_t count;
    float value; /* of a weight of 15 */
    uint64_t length;
} list_t;

typedef struct {
    uint32_t rank;
    float score;
} found_t;

/* A category, brand or trait. */
typedef struct {
    uint32_t number;
    float weight;   /* how much of its name was said, or of what was found is of it */
    float said;     /* the idf of the words that say it */
    uint32_t words; /* bits of the slots that say it */
    bool found;     /* most of what was found is of it */
    bool whole;     /* its whole name was said, or nearly */
} named_t;

typedef struct {
    dyn_search_words_t *search;
    const dyn_meaning_t *meaning; /* price limits */
    list_t lists[DYN_WORDS_MAX];
    uint32_t count;
    uint32_t steps;
    bool agreed;                         /* an item has all the words, whatever it costs */
    found_t best[DYN_MEANING_ITEMS_MAX]; /* a heap, the worst on top */
    uint32_t best_count;
    named_t named[DYN_WORD_KINDS][NAMED_MAX];
    uint32_t named_count[DYN_WORD_KINDS];
} match_t;

static bool is_worse(const found_t *a, const found_t *b)
{
    return a->score < b->score || (a->score == b->score && a->rank > b->rank);
}

static void sift_down(match_t *match)
{
    found_t *heap = match->best;
    uint32_t at = 0;

    for (;;) {
        uint32_t worst = at, left = 2 * at + 1;

        for (uint32_t child = left; child < left + 2 && child < match->best_count; child++) {
            worst = is_worse(&heap[child], &heap[worst]) ? child : worst;
        }
        if (worst == at) {
            return;
        }

        found_t moved = heap[at];

        heap[at] = heap[worst];
        heap[worst] = moved;
        at = worst;
    }
}

static bool within_prices(const match_t *match, uint32_t rank)
{
    const dyn_snapshot_t *snapshot = match->search->snapshot;
    const dyn_meaning_t *meaning = match->meaning;

    if (meaning->price_low < 0 && meaning->price_high < 0) {
        return true;
    }

    dyn_price_t price = dyn_item_price(snapshot, match->search->index.ranks[rank]);

    return price.minor >= 0 && strcmp(price.currency, match->search->index.header->currency) == 0 &&
           (meaning->price_low < 0 || price.minor >= meaning->price_low) &&
           (meaning->price_high < 0 || price.minor <= meaning->price_high);
}

static void offer(match_t *match, uint32_t rank, float score)
{
    found_t found = {rank, score};
    found_t *heap = match->best;

    if (match->best_count == DYN_MEANING_ITEMS_MAX && !is_worse(&heap[0], &found)) {
        return;
    }
    if (!within_prices(match, rank)) {
        return;
    }
    if (match->best_count == DYN_MEANING_ITEMS_MAX) {
        heap[0] = found;
        sift_down(match);
        return;
    }

    uint32_t at = match->best_count++;

    while (at > 0 && is_worse(&found, &heap[(at - 1) / 2])) {
        heap[at] = heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    heap[at] = found;
}

/* Moves to the first entry whose rank is not below: steps of doubled length, then halves. */
static void gallop(cursor_t *cursor, uint32_t rank)
{
    size_t step = 1, left = (size_t)(cursor->end - cursor->at);

    if (left == 0 || DYN_WORD_RANK(*cursor->at) >= rank) {
        return;
    }
    while (step < left && DYN_WORD_RANK(cursor->at[step]) < rank) {
        step *= 2;
    }

    size_t low = step / 2 + 1, high = step < left ? step : left;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (DYN_WORD_RANK(cursor->at[middle]) < rank) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    cursor->at += low;
}

/* The list's first rank from this one on, or DYN_NONE. */
static uint32_t seek(list_t *list, uint32_t rank)
{
    uint32_t first = DYN_NONE;

    for (uint32_t i = 0; i < list->count; i++) {
        cursor_t *cursor = &list->cursors[i];

        gallop(cursor, rank);
        if (cursor->at < cursor->end && DYN_WORD_RANK(*cursor->at) < first) {
            first = DYN_WORD_RANK(*cursor->at);
        }
    }

    return first;
}

/* What the list says of the rank that it stands at. */
static float value_at(const list_t *list, uint32_t rank)
{
    uint32_t weight = 0;

    for (uint32_t i = 0; i < list->count; i++) {
        const cursor_t *cursor = &list->cursors[i];

        if (cursor->at < cursor->end && DYN_WORD_RANK(*cursor->at) == rank &&
            DYN_WORD_WEIGHT(*cursor->at) > weight) {
            weight = DYN_WORD_WEIGHT(*cursor->at);
        }
    }

    return list->value * (float)weight / 15.0F;
}

/* The lists from the shortest to the longest, each at its beginning. */
static void begin(match_t *match)
{
    const dyn_words_t *index = &match->search->index;

    match->count = 0;
    for (uint32_t i = 0; i < match->search->slot_count; i++) {
        const dyn_slot_t *slot = &match->search->slots[i];
        list_t list = {.count = slot->count, .value = slot->idf * slot->surety};
        uint32_t at = match->count++;

        for (uint32_t k = 0; k < slot->count; k++) {
            const dyn_word_t *word = &index->words[slot->words[k]];

            list.cursors[k] =
                (cursor_t){index->items + word[0].items, index->items + word[1].items};
            list.length += word[1].items - word[0].items;
        }
        if (list.length == 0) {
            match->count--;
            continue;
        }
        for (; at > 0 && match->lists[at - 1].length > list.length; at--) {
            match->lists[at] = match->lists[at - 1];
        }
        match->lists[at] = list;
    }
}

/* The items of the only word there is: what weighs less than all that are kept is passed over at a glance. */
static void match_one(match_t *match)
{
    const cursor_t *cursor = &match->lists[0].cursors[0];
    size_t left = (size_t)(cursor->end - cursor->at);
    const uint32_t *end = cursor->at + (left < DYN_WORDS_SCAN_MAX ? left : DYN_WORDS_SCAN_MAX);
    uint32_t least = 0;

    match->agreed = true;
    for (const uint32_t *at = cursor->at; at < end; at++) {
        if (DYN_WORD_WEIGHT(*at) <= least) {
            continue;
        }
        offer(match, DYN_WORD_RANK(*at), (float)DYN_WORD_WEIGHT(*at));
        if (match->best_count == DYN_MEANING_ITEMS_MAX) {
            least = (uint32_t)match->best[0].score;
        }
    }
}

/* Items that all the lists have. */
static void match_all(match_t *match)
{
    uint32_t rank = 0;

    begin(match);
    if (match->count == 1 && match->lists[0].count == 1) {
        match_one(match);
        return;
    }
    while (match->count > 0 && rank != DYN_NONE) {
        float score = 0;
        uint32_t agreed = 0;

        while (agreed < match->count) {
            if (match->steps++ >= DYN_WORDS_STEPS_MAX) {
                return;
            }

            uint32_t at = seek(&match->lists[agreed], rank);

            if (at == DYN_NONE) {
                return;
            }
            if (at != rank && agreed > 0) {
                rank = at;
                agreed = 0;
                continue;
            }
            rank = at;
            agreed++;
        }
        for (uint32_t i = 0; i < match->count; i++) {
            score += value_at(&match->lists[i], rank);
        }
        match->agreed = true;
        offer(match, rank, score);
        rank++;
    }
}

/* Items that some of the lists have: the more lists, the better. */
static void match_some(match_t *match)
{
    uint32_t rank = 0;

    begin(match);
    match->steps = 0;
    while (match->steps < DYN_WORDS_STEPS_MAX) {
        uint32_t next = DYN_NONE, has = 0;
        float score = 0;

        for (uint32_t i = 0; i < match->count; i++) {
            uint32_t at = seek(&match->lists[i], rank);

            next = at < next ? at : next;
        }
        match->steps += match->count;
        if (next == DYN_NONE) {
            return;
        }
        for (uint32_t i = 0; i < match->count; i++) {
            float value = value_at(&match->lists[i], next);

            has += value > 0;
            score += value;
        }
        offer(match, next, score * (float)has / (float)match->count);
        rank = next + 1;
    }
}

/* Best first; what is too far below the best is left out. */
static void write_items(match_t *match, dyn_meaning_t *meaning)
{
    uint32_t count = match->best_count;

    while (match->best_count > 0) {
        found_t worst = match->best[0];

        match->best[0] = match->best[--match->best_count];
        sift_down(match);
        meaning->items[match->best_count] =
            (dyn_edge_t){match->search->index.ranks[worst.rank], worst.score};
    }

    float best = count > 0 ? meaning->items[0].weight : 0;

    while (meaning->item_count < count &&
           meaning->items[meaning->item_count].weight >= floor_share * best) {
        meaning->items[meaning->item_count++].weight /= best;
    }
    memset(meaning->items + meaning->item_count, 0,
           (count - meaning->item_count) * sizeof(dyn_edge_t));
}

/* NULL when there is no room for one more. */
static named_t *named_of(match_t *match, uint32_t kind, uint32_t number)
{
    named_t *named = match->named[kind];
    uint32_t i = 0;

    while (i < match->named_count[kind] && named[i].number != number) {
        i++;
    }
    if (i == NAMED_MAX) {
        return NULL;
    }
    if (i == match->named_count[kind]) {
        named[match->named_count[kind]++] = (named_t){.number = number};
    }

    return &named[i];
}

/* The groups that the words name. */
static void name_groups(match_t *match)
{
    const dyn_search_words_t *search = match->search;
    const dyn_words_t *index = &search->index;

    for (uint32_t i = 0; i < search->slot_count; i++) {
        const dyn_slot_t *slot = &search->slots[i];
        const dyn_word_t *word = &index->words[slot->words[0]];

        for (uint32_t k = word[0].groups; slot->count == 1 && k < word[1].groups; k++) {
            if (match->steps++ >= 2 * DYN_WORDS_STEPS_MAX) {
                return;
            }

            named_t *named = named_of(match, index->groups[k].kind, index->groups[k].number);

            if (named != NULL) {
                named->weight += slot->surety * (float)index->groups[k].weight / 255.0F;
                named->said += slot->idf;
                named->words |= 1U << i;
            }
        }
    }
}

/* Before what was found adds to the weights. */
static void mark_whole(match_t *match, uint32_t kind)
{
    for (uint32_t i = 0; i < match->named_count[kind]; i++) {
        match->named[kind][i].whole = match->named[kind][i].weight >= whole_share;
    }
}

/* Bits of those listed whose whole name was said. */
static uint32_t whole_of(const match_t *match, uint32_t kind, const dyn_edge_t *listed,
                         uint32_t count)
{
    uint32_t bits = 0;

    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t k = 0; k < match->named_count[kind]; k++) {
            const named_t *named = &match->named[kind][k];

            bits |= (uint32_t)(named->number == listed[i].item && named->whole) << i;
        }
    }

    return bits;
}

/* The deepest categories of what was found, by their share of it. */
static void name_found(match_t *match, const dyn_meaning_t *meaning)
{
    const dyn_snapshot_t *snapshot = match->search->snapshot;
    dyn_edge_t shares[DYN_MEANING_ITEMS_MAX];
    uint32_t count = 0;
    float sum = 0;

    for (uint32_t i = 0; i < meaning->item_count; i++) {
        uint32_t category = snapshot->items[meaning->items[i].item].category, at = 0;

        sum += meaning->items[i].weight;
        while (at < count && shares[at].item != category) {
            at++;
        }
        if (at == count) {
            shares[count++] = (dyn_edge_t){category, 0};
        }
        shares[at].weight += meaning->items[i].weight;
    }
    for (uint32_t i = 0; i < count; i++) {
        float share = shares[i].weight / sum;
        named_t *named = shares[i].item == DYN_NONE || share < category_share
                             ? NULL
                             : named_of(match, DYN_WORD_CATEGORY, shares[i].item);

        if (named != NULL) {
            named->weight = named->weight > share ? named->weight : share;
            named->found = true;
        }
    }
}

/* The words that the best said of them say; what others say with fewer words is not meant: "ultralight tents", not "tents". */
static float most_said(const match_t *match, uint32_t kind, float floor)
{
    float most = 0;

    for (uint32_t i = 0; i < match->named_count[kind]; i++) {
        const named_t *one = &match->named[kind][i];

        most = one->weight >= floor && one->said > most ? one->said : most;
    }

    return most;
}

/* "nylon" where "ripstop nylon" is said. */
static bool is_part_of_another(const match_t *match, uint32_t kind, const named_t *one, float floor)
{
    for (uint32_t i = 0; i < match->named_count[kind]; i++) {
        const named_t *other = &match->named[kind][i];

        if (other->weight >= floor && other->words != one->words &&
            (other->words | one->words) == other->words) {
            return true;
        }
    }

    return false;
}

/* The best of them, at most `max`; returns how many. Of equal weight the one with the smaller number first. */
static uint32_t write_named(match_t *match, uint32_t kind, float floor, float said, dyn_edge_t *out,
                            uint32_t max)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < match->named_count[kind]; i++) {
        const named_t *named = &match->named[kind][i];
        dyn_edge_t one = {named->number, named->weight > 1 ? 1 : named->weight};
        uint32_t at = count;

        if (named->weight < floor || (named->said < said && !named->found) ||
            (kind == DYN_WORD_TRAIT && is_part_of_another(match, kind, named, floor))) {
            continue;
        }
        while (at > 0 && (out[at - 1].weight < one.weight ||
                          (out[at - 1].weight <= one.weight && out[at - 1].item > one.item))) {
            if (at < max) {
                out[at] = out[at - 1];
            }
            at--;
        }
        if (at < max) {
            out[at] = one;
            count += count < max;
        }
    }

    return count;
}

/* Whether the brands and traits that are meant have all the words between them. */
static bool only_named(const match_t *match)
{
    static const struct {
        dyn_word_group_kind_t kind;
        float floor;
    } kinds[] = {{DYN_WORD_BRAND, name_share}, {DYN_WORD_TRAIT, trait_share}};
    uint32_t words = 0;

    for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
        for (uint32_t i = 0; i < match->named_count[kinds[k].kind]; i++) {
            const named_t *named = &match->named[kinds[k].kind][i];

            words |= named->weight >= kinds[k].floor ? named->words : 0;
        }
    }

    return words != 0 && words == (uint32_t)((1ULL << match->search->slot_count) - 1);
}

bool dyn_words_match(dyn_search_words_t *search, dyn_arena_t *arena, dyn_meaning_t *meaning)
{
    match_t *match = dyn_arena_array(arena, 1, sizeof(*match));

    if (match == NULL) {
        return false;
    }
    match->search = search;
    match->meaning = meaning;
    match_all(match);
    if (!match->agreed) {
        match_some(match);
    }
    write_items(match, meaning);

    name_groups(match);
    mark_whole(match, DYN_WORD_CATEGORY);
    name_found(match, meaning);
    meaning->category_count =
        write_named(match, DYN_WORD_CATEGORY, name_share,
                    said_share * most_said(match, DYN_WORD_CATEGORY, name_share),
                    meaning->categories, DYN_MEANING_CATEGORIES_MAX);
    meaning->categories_named =
        whole_of(match, DYN_WORD_CATEGORY, meaning->categories, meaning->category_count);
    meaning->brand_count = write_named(match, DYN_WORD_BRAND, name_share,
                                       said_share * most_said(match, DYN_WORD_BRAND, name_share),
                                       meaning->brands, DYN_MEANING_BRANDS_MAX);
    meaning->only_named = only_named(match);
    meaning->trait_count =
        write_named(match, DYN_WORD_TRAIT, trait_share, 0, meaning->traits, DYN_MEANING_TRAITS_MAX);

    return true;
}

#define _GNU_SOURCE /* qsort_r */
#include "cli/train/words.h"

#include <stdlib.h>
#include <string.h>

#include "cli/base/grow.h"
#include "cli/base/ids.h"
#include "cli/train/trait_lists.h"
#include "engine/words/stem.h"
#include "engine/words/tokens.h"

enum {
    TERMS_PER_ITEM_MAX = 512,
    NAME_WORDS_MAX = 16,
    WEIGHT_MAX = 15,
    NAME_WEIGHT = 255,

    WEIGHT_THING = 13,
    WEIGHT_ONE_OF_THINGS = 10,
    WEIGHT_TITLE = 12,
    WEIGHT_BRAND = 12,
    WEIGHT_TRAIT = 10,
    WEIGHT_THING_ABOVE = 9,
    WEIGHT_OF_CATEGORY = 8,
    WEIGHT_TITLE_NUMBER = 7,
    WEIGHT_ABOVE = 5,
    WEIGHT_OTHER_THING = 4
};

/* What texts an item has a term from. */
enum { FIELD_TITLE = 1, FIELD_CATEGORY = 2, FIELD_ABOVE = 4, FIELD_BRAND = 8, FIELD_TRAIT = 16 };

typedef struct {
    uint32_t term;
    bool is_thing;
} name_word_t;

/* The words of a category's name. */
typedef struct {
    name_word_t words[NAME_WORDS_MAX];
    uint32_t count;
    uint32_t things;
} name_t;

typedef struct {
    uint32_t term;
    uint8_t weight, fields;
} item_term_t;

typedef struct {
    uint32_t term, entry;
} posting_t;

typedef struct {
    uint32_t term;
    dyn_word_group_t group;
} grouping_t;

typedef struct {
    const dyn_catalog_sections_t *sections;
    dyn_words_built_t *built;
    dyn_stems_t stems;
    dyn_ids_t terms;
    dyn_ids_t words; /* folded words, each after its language's digit; `terms_of` has their terms */
    uint32_t *terms_of;
    uint32_t terms_of_count, terms_of_room;
    name_t *names;     /* by category */
    bool *is_leaf;     /* by category: items are in it */
    bool *calls_thing; /* by term: a category with items calls its things so */
    item_term_t item[TERMS_PER_ITEM_MAX];
    uint32_t item_count;
    posting_t *postings;
    uint32_t posting_count, posting_room;
    grouping_t *groupings;
    uint32_t grouping_count, grouping_room;
    bool failed;
} build_t;

static dyn_str_t string_at(const dyn_catalog_sections_t *sections, dyn_string_ref_t reference)
{
    const char *at = sections->strings + reference;
    uint32_t length;

    memcpy(&length, at, sizeof(length));

    return (dyn_str_t){at + 4, length};
}

/* ---- words and terms ---- */

static uint32_t make_term(build_t *build, dyn_str_t word, uint32_t language)
{
    dyn_term_t term;

    dyn_word_plain(word, &term);
    if (dyn_word_stops(&build->stems, dyn_term_text(&term))) {
        return DYN_NONE;
    }
    if (!dyn_stem(&build->stems, language, word, &term)) {
        build->failed = true;
        return DYN_NONE;
    }

    uint32_t number = dyn_ids_add(&build->terms, dyn_term_text(&term));

    build->failed = build->failed || number == DYN_NONE;

    return number;
}

/* DYN_NONE: a stop word, or memory is out. A word is stemmed once, however often it stands in the catalogue. */
static uint32_t term_of(build_t *build, dyn_str_t word, uint32_t language)
{
    char key[DYN_WORD_BYTES_MAX + 1];

    key[0] = (char)('0' + language);
    memcpy(key + 1, word.data, word.len);

    uint32_t number = dyn_ids_add(&build->words, (dyn_str_t){key, word.len + 1});

    if (number == DYN_NONE || !dyn_grow((void **)&build->terms_of, build->terms_of_count,
                                        &build->terms_of_room, 1, sizeof(uint32_t))) {
        build->failed = true;
        return DYN_NONE;
    }
    if (number == build->terms_of_count) {
        build->terms_of[build->terms_of_count++] = make_term(build, word, language);
    }

    return build->terms_of[number];
}

static void note(build_t *build, uint32_t term, uint32_t weight, uint32_t field)
{
    item_term_t *item = build->item;
    uint32_t i = 0;

    if (term == DYN_NONE) {
        return;
    }
    while (i < build->item_count && item[i].term != term) {
        i++;
    }
    if (i == TERMS_PER_ITEM_MAX) {
        return;
    }
    if (i == build->item_count) {
        item[build->item_count++] = (item_term_t){.term = term};
    }
    item[i].weight = (uint8_t)(weight > item[i].weight ? weight : item[i].weight);
    item[i].fields = (uint8_t)(item[i].fields | field);
}

/* ---- names of categories, brands and traits ---- */

static void add_grouping(build_t *build, uint32_t term, dyn_word_group_kind_t kind, uint32_t number,
                         uint32_t weight)
{
    if (!dyn_grow((void **)&build->groupings, build->grouping_count, &build->grouping_room, 1,
                  sizeof(grouping_t))) {
        build->failed = true;
        return;
    }
    build->groupings[build->grouping_count++] =
        (grouping_t){term, {number, (uint16_t)kind, (uint16_t)weight}};
}

/* A name's words, each once; in a name of several things ("Bottles & filters") each thing has its own. */
static void read_name(build_t *build, dyn_str_t text, name_t *name)
{
    bool first = dyn_language_heads_first(build->built->header.languages[0]), ends = true;
    dyn_tokens_t tokens = {.text = text};
    dyn_token_t token;
    uint32_t last = DYN_NONE; /* word that calls the thing so far */

    memset(name, 0, sizeof(*name));
    while (dyn_tokens_next(&tokens, &token)) {
        dyn_term_t plain;
        bool separates = (token.between & DYN_TOKEN_BREAK) != 0;

        dyn_word_plain(dyn_token_text(&token), &plain);
        separates = separates || dyn_str_equal(dyn_term_text(&plain), DYN_STR("and")) ||
                    dyn_str_equal(dyn_term_text(&plain), DYN_STR("und"));
        if (separates && last != DYN_NONE) {
            name->words[last].is_thing = true;
            last = DYN_NONE;
            ends = true;
        }

        uint32_t term = term_of(build, dyn_token_text(&token), 0), at = 0;

        if (term == DYN_NONE) {
            continue;
        }
        while (at < name->count && name->words[at].term != term) {
            at++;
        }
        if (at == NAME_WORDS_MAX) {
            break;
        }
        if (at == name->count) {
            name->words[name->count++].term = term;
        }
        if (!first || ends) {
            last = at;
        }
        ends = false;
    }
    if (last != DYN_NONE) {
        name->words[last].is_thing = true;
    }
    for (uint32_t i = 0; i < name->count; i++) {
        name->things += name->words[i].is_thing;
    }
}

/* A thing is worth twice a word beside it. */
static void group_name(build_t *build, const name_t *name, dyn_word_group_kind_t kind,
                       uint32_t number)
{
    bool of_things = kind == DYN_WORD_CATEGORY;
    uint32_t parts = name->count + (of_things ? name->things : 0);

    for (uint32_t i = 0; i < name->count; i++) {
        uint32_t part = of_things && name->words[i].is_thing ? 2 : 1;

        add_grouping(build, name->words[i].term, kind, number,
                     (NAME_WEIGHT * part + parts - 1) / parts);
    }
}

static bool read_names(build_t *build)
{
    const dyn_catalog_sections_t *sections = build->sections;

    build->names = calloc((size_t)sections->category_count + 1, sizeof(name_t));
    build->is_leaf = calloc((size_t)sections->category_count + 1, 1);
    if (build->names == NULL || build->is_leaf == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < sections->item_count; i++) {
        if (sections->items[i].category != DYN_NONE) {
            build->is_leaf[sections->items[i].category] = true;
        }
    }
    for (uint32_t i = 0; i < sections->category_count; i++) {
        read_name(build, string_at(sections, sections->categories[i].name), &build->names[i]);
        group_name(build, &build->names[i], DYN_WORD_CATEGORY, i);
    }
    for (uint32_t i = 0; i < sections->brand_count; i++) {
        name_t name;

        read_name(build, string_at(sections, sections->brands[i]), &name);
        group_name(build, &name, DYN_WORD_BRAND, i);
    }

    build->calls_thing = calloc((size_t)build->terms.count + 1, 1);
    for (uint32_t i = 0; build->calls_thing != NULL && i < sections->category_count; i++) {
        for (uint32_t k = 0; build->is_leaf[i] && k < build->names[i].count; k++) {
            if (build->names[i].words[k].is_thing) {
                build->calls_thing[build->names[i].words[k].term] = true;
            }
        }
    }

    return build->calls_thing != NULL && !build->failed;
}

/* ---- items ---- */

/* Whether another category calls its things so and the item's own calls them otherwise. */
static bool is_other_thing(const build_t *build, const name_t *own, uint32_t term, uint32_t names)
{
    if (own == NULL || term >= names || !build->calls_thing[term]) {
        return false;
    }
    for (uint32_t i = 0; i < own->count; i++) {
        if (own->words[i].term == term && own->words[i].is_thing) {
            return false;
        }
    }

    return true;
}

static void note_category(build_t *build, const name_t *name, uint32_t names)
{
    for (uint32_t i = 0; i < name->count; i++) {
        uint32_t term = name->words[i].term;

        note(build, term,
             name->words[i].is_thing ? (name->things > 1 ? WEIGHT_ONE_OF_THINGS : WEIGHT_THING)
             : is_other_thing(build, name, term, names) ? WEIGHT_OTHER_THING
                                                        : WEIGHT_OF_CATEGORY,
             FIELD_CATEGORY);
    }
}

static bool has_word(const name_t *name, uint32_t term)
{
    for (uint32_t i = 0; i < name->count; i++) {
        if (name->words[i].term == term) {
            return true;
        }
    }

    return false;
}

static void note_above(build_t *build, uint32_t category, const name_t *own, uint32_t names)
{
    const dyn_category_t *categories = build->sections->categories;

    while ((category = categories[category].parent) != DYN_NONE) {
        const name_t *name = &build->names[category];

        for (uint32_t i = 0; i < name->count; i++) {
            uint32_t term = name->words[i].term;
            uint32_t weight = name->words[i].is_thing ? WEIGHT_THING_ABOVE : WEIGHT_ABOVE;

            /* "Pegs & tent care" below "Tents" */
            note(build, term,
                 has_word(own, term) && is_other_thing(build, own, term, names) ? WEIGHT_OTHER_THING
                                                                                : weight,
                 FIELD_ABOVE);
        }
    }
}

static void note_text(build_t *build, dyn_str_t text, uint32_t weight, uint32_t field,
                      const name_t *own, uint32_t names)
{
    dyn_tokens_t tokens = {.text = text};
    dyn_token_t token;

    while (dyn_tokens_next(&tokens, &token)) {
        uint32_t term = term_of(build, dyn_token_text(&token), 0);
        bool number = token.kind == DYN_TOKEN_NUMBER && weight > WEIGHT_TITLE_NUMBER;

        note(build, term,
             number                                    ? WEIGHT_TITLE_NUMBER
             : is_other_thing(build, own, term, names) ? WEIGHT_OTHER_THING
                                                       : weight,
             field);
    }
}

static void write_item(build_t *build, uint32_t rank)
{
    if (!dyn_grow((void **)&build->postings, build->posting_count, &build->posting_room,
                  build->item_count, sizeof(posting_t))) {
        build->failed = true;
        return;
    }
    for (uint32_t i = 0; i < build->item_count; i++) {
        const item_term_t *one = &build->item[i];
        uint32_t weight = one->weight;

        /* what two texts say is surer; not so what is said of another thing */
        if (weight > WEIGHT_OTHER_THING) {
            weight += (uint32_t)__builtin_popcount(one->fields) - 1;
        }
        build->postings[build->posting_count++] =
            (posting_t){one->term, rank << 4 | (weight > WEIGHT_MAX ? WEIGHT_MAX : weight)};
    }
}

static void read_item(build_t *build, uint32_t rank, uint32_t names)
{
    const dyn_catalog_sections_t *sections = build->sections;
    const dyn_item_t *item = &sections->items[build->built->ranks[rank]];
    const name_t *own = item->category == DYN_NONE ? NULL : &build->names[item->category];

    build->item_count = 0;
    if (own != NULL) {
        note_category(build, own, names);
        note_above(build, item->category, own, names);
    }
    note_text(build, string_at(sections, item->title), WEIGHT_TITLE, FIELD_TITLE, own, names);
    if (item->brand != DYN_NONE) {
        note_text(build, string_at(sections, sections->brands[item->brand]), WEIGHT_BRAND,
                  FIELD_BRAND, NULL, 0);
    }
    for (uint32_t i = 0; i < item->traits_count; i++) {
        const dyn_trait_t *trait = &sections->traits[sections->item_traits[item->traits_start + i]];

        if (dyn_str_equal(string_at(sections, trait->name), DYN_STR("tag"))) {
            note_text(build, string_at(sections, trait->value), WEIGHT_TRAIT, FIELD_TRAIT, NULL, 0);
        }
    }
    write_item(build, rank);
}

/* ---- order ---- */

static bool rank_items(build_t *build)
{
    const dyn_catalog_sections_t *sections = build->sections;
    dyn_words_built_t *built = build->built;

    built->ranks = dyn_items_in_order(sections->items, sections->item_count, &built->rank_count);

    return built->ranks != NULL;
}

static int compare_terms(const void *a, const void *b, void *context)
{
    const dyn_ids_t *terms = context;
    dyn_str_t x = dyn_ids_text(terms, *(const uint32_t *)a);
    dyn_str_t y = dyn_ids_text(terms, *(const uint32_t *)b);
    int order = memcmp(x.data, y.data, x.len < y.len ? x.len : y.len);

    return order != 0 ? order : (x.len > y.len) - (x.len < y.len);
}

static int compare_ends(const void *a, const void *b, void *context)
{
    const dyn_words_built_t *built = context;
    const dyn_word_t *first = &built->words[*(const uint32_t *)a],
                     *second = &built->words[*(const uint32_t *)b];
    uint32_t length = first[1].text - first->text, other = second[1].text - second->text;

    for (uint32_t i = 1; i <= length && i <= other; i++) {
        int order = (unsigned char)built->texts[first[1].text - i] -
                    (unsigned char)built->texts[second[1].text - i];

        if (order != 0) {
            return order;
        }
    }

    return (length > other) - (length < other);
}

static int compare_groupings(const void *a, const void *b)
{
    const grouping_t *x = a, *y = b;

    if (x->term != y->term) {
        return x->term < y->term ? -1 : 1;
    }
    if (x->group.kind != y->group.kind) {
        return x->group.kind < y->group.kind ? -1 : 1;
    }

    return x->group.number < y->group.number ? -1 : x->group.number > y->group.number;
}

static bool allocate(build_t *build)
{
    dyn_words_built_t *built = build->built;
    size_t terms = build->terms.count;

    built->words = calloc(terms + 1, sizeof(dyn_word_t));
    built->by_end = malloc((terms + 1) * sizeof(uint32_t));
    built->texts = malloc(build->terms.used + 1);
    built->items = malloc(((size_t)build->posting_count + 1) * sizeof(uint32_t));
    built->groups = malloc(((size_t)build->grouping_count + 1) * sizeof(dyn_word_group_t));

    return built->words != NULL && built->by_end != NULL && built->texts != NULL &&
           built->items != NULL && built->groups != NULL;
}

/* Postings come by rank, so each term's are put one after the other. */
static bool order_all(build_t *build)
{
    dyn_words_built_t *built = build->built;
    uint32_t terms = build->terms.count, text = 0, group = 0;
    uint32_t *order = malloc(((size_t)terms + 1) * sizeof(uint32_t));
    uint32_t *row_of = malloc(((size_t)terms + 1) * sizeof(uint32_t));
    uint32_t *filled = calloc((size_t)terms + 1, sizeof(uint32_t));
    bool made = order != NULL && row_of != NULL && filled != NULL && allocate(build);

    if (made) {
        for (uint32_t i = 0; i < terms; i++) {
            order[i] = i;
        }
        qsort_r(order, terms, sizeof(uint32_t), compare_terms, &build->terms);
        for (uint32_t row = 0; row < terms; row++) {
            dyn_str_t bytes = dyn_ids_text(&build->terms, order[row]);

            row_of[order[row]] = row;
            built->words[row].text = text;
            built->by_end[row] = row;
            memcpy(built->texts + text, bytes.data, bytes.len);
            text += (uint32_t)bytes.len;
        }
        built->words[terms].text = text;
        built->count = terms;
        qsort_r(built->by_end, terms, sizeof(uint32_t), compare_ends, built);

        for (uint32_t i = 0; i < build->posting_count; i++) {
            built->words[row_of[build->postings[i].term] + 1].items++;
        }
        for (uint32_t i = 0; i < build->grouping_count; i++) {
            build->groupings[i].term = row_of[build->groupings[i].term];
            built->words[build->groupings[i].term + 1].groups++;
        }
        for (uint32_t row = 0; row < terms; row++) {
            built->words[row + 1].items += built->words[row].items;
            built->words[row + 1].groups += built->words[row].groups;
        }
        for (uint32_t i = 0; i < build->posting_count; i++) {
            uint32_t row = row_of[build->postings[i].term];

            built->items[built->words[row].items + filled[row]++] = build->postings[i].entry;
        }
        if (build->grouping_count > 0) {
            qsort(build->groupings, build->grouping_count, sizeof(grouping_t), compare_groupings);
        }
        for (; group < build->grouping_count; group++) {
            built->groups[group] = build->groupings[group].group;
        }
    }
    free(order);
    free(row_of);
    free(filled);

    return made;
}

/* The currency of most items. */
static void find_currency(build_t *build)
{
    const dyn_catalog_sections_t *sections = build->sections;
    char codes[16][4];
    uint32_t counts[16] = {0}, used = 0, best = 0;

    for (uint32_t i = 0; i < sections->item_count; i++) {
        const char *currency = sections->items[i].currency;
        uint32_t k = 0;

        while (k < used && memcmp(codes[k], currency, 4) != 0) {
            k++;
        }
        if (currency[0] == '\0' || k == 16) {
            continue;
        }
        if (k == used) {
            memcpy(codes[used++], currency, 4);
        }
        counts[k]++;
        best = counts[k] > counts[best] ? k : best;
    }
    if (used > 0) {
        memcpy(build->built->header.currency, codes[best], 4);
    }
}

bool dyn_words_build(const dyn_catalog_sections_t *sections, dyn_words_built_t *built)
{
    build_t *build = calloc(1, sizeof(*build));
    bool made = false;

    memset(built, 0, sizeof(*built));
    if (build == NULL) {
        return false;
    }
    if (sections->item_count >= DYN_WORDS_ITEMS_MAX) {
        free(build);
        return true;
    }
    build->sections = sections;
    build->built = built;
    memcpy(built->header.languages[0], "en", 3);
    memcpy(built->header.languages[1], "de", 3);
    find_currency(build);
    dyn_stems_open(&build->stems, built->header.languages);

    if (rank_items(build) && read_names(build)) {
        uint32_t names = build->terms.count;

        for (uint32_t rank = 0; rank < built->rank_count && !build->failed; rank++) {
            read_item(build, rank, names);
        }
        made = !build->failed && order_all(build);
    }

    dyn_stems_close(&build->stems);
    dyn_ids_free(&build->terms);
    dyn_ids_free(&build->words);
    free(build->terms_of);
    free(build->names);
    free(build->is_leaf);
    free(build->calls_thing);
    free(build->postings);
    free(build->groupings);
    free(build);

    return made;
}

void dyn_words_add(const dyn_words_built_t *built, dyn_snapshot_writer_t *writer)
{
    if (built->count == 0) {
        return;
    }
    dyn_snapshot_writer_add(writer, DYN_SECTION_WORDS_HEADER, &built->header, 1);
    dyn_snapshot_writer_add(writer, DYN_SECTION_WORDS, built->words, (uint64_t)built->count + 1);
    dyn_snapshot_writer_add(writer, DYN_SECTION_WORD_TEXTS, built->texts,
                            built->words[built->count].text);
    dyn_snapshot_writer_add(writer, DYN_SECTION_WORDS_BY_END, built->by_end, built->count);
    dyn_snapshot_writer_add(writer, DYN_SECTION_WORD_ITEMS, built->items,
                            built->words[built->count].items);
    dyn_snapshot_writer_add(writer, DYN_SECTION_WORD_GROUPS, built->groups,
                            built->words[built->count].groups);
    dyn_snapshot_writer_add(writer, DYN_SECTION_WORD_RANKS, built->ranks, built->rank_count);
}

void dyn_words_built_free(dyn_words_built_t *built)
{
    free(built->words);
    free(built->texts);
    free(built->by_end);
    free(built->items);
    free(built->groups);
    free(built->ranks);
}

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
    NAME_WORDS_MAX = 32,
    WEIGHT_MAX = 15,
    NAME_WEIGHT = 255,
    COMPOUND_BYTES_MIN = 8,
    PART_BYTES_MIN = 4,

    WEIGHT_THING = 13,
    WEIGHT_ONE_OF_THINGS = 10,
    WEIGHT_TITLE = 12,
    WEIGHT_BRAND = 12,
    WEIGHT_TRAIT = 10,
    WEIGHT_THING_ABOVE = 9,
    WEIGHT_OF_CATEGORY = 8,
    WEIGHT_TITLE_NUMBER = 7,
    WEIGHT_ABOVE = 5,
    WEIGHT_KEYWORD = 12,
    WEIGHT_OF_KEYWORD = 6,
    WEIGHT_UNISEX = 6,
    WEIGHT_OTHER_THING = 4,
    WEIGHT_DESCRIPTION = 2,

    /* a word that so many items' descriptions have says nothing of one */
    COMMON_PARTS = 4,
    COMMON_MIN = 64
};

/* What texts an item has a term from; a description makes nothing surer. */
enum {
    FIELD_DESCRIPTION = 0,
    FIELD_TITLE = 1,
    FIELD_CATEGORY = 2,
    FIELD_ABOVE = 4,
    FIELD_BRAND = 8,
    FIELD_TRAIT = 16,
    FIELD_KEYWORD = 32
};

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

/* A term that consists of two others; DYN_NONE: it does not. */
typedef struct {
    uint32_t left, right;
} compound_t;

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
    name_t *names;         /* by category */
    bool *is_leaf;         /* by category: items are in it */
    bool reads_only;       /* texts are read for their words, so that compounds are known */
    compound_t *compounds; /* by term, of those that were there when they were looked for */
    uint32_t compound_count;
    uint32_t *described; /* by term: the items that have it in their description only */
    uint32_t described_room;
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

static void note_term(build_t *build, uint32_t term, uint32_t weight, uint32_t field)
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

/* A compound's last part says what it is, the others which kind of it. */
static void note(build_t *build, uint32_t term, uint32_t weight, uint32_t field)
{
    note_term(build, term, weight, field);
    if (term < build->compound_count && build->compounds[term].right != DYN_NONE) {
        note_term(build, build->compounds[term].right, (weight * 3 + 4) / 5, field);
        note_term(build, build->compounds[term].left, (weight + 3) / 4, field);
    }
}

static bool has_digit(dyn_str_t text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] >= '0' && text.data[i] <= '9') {
            return true;
        }
    }

    return false;
}

/* The split with the longest last part, both parts being terms; German puts a letter or two between them. */
static compound_t split(const build_t *build, uint32_t term)
{
    static const char *const joints[] = {"", "s", "n", "en", "es", "er"};
    dyn_str_t text = dyn_ids_text(&build->terms, term);

    for (size_t at = PART_BYTES_MIN;
         text.len >= COMPOUND_BYTES_MIN && !has_digit(text) && at + PART_BYTES_MIN <= text.len;
         at++) {
        uint32_t right = dyn_ids_find(&build->terms, (dyn_str_t){text.data + at, text.len - at});

        for (size_t k = 0; right != DYN_NONE && k < sizeof(joints) / sizeof(joints[0]); k++) {
            size_t joint = strlen(joints[k]);

            if (at < joint + PART_BYTES_MIN ||
                memcmp(text.data + at - joint, joints[k], joint) != 0) {
                continue;
            }

            uint32_t left = dyn_ids_find(&build->terms, (dyn_str_t){text.data, at - joint});

            if (left != DYN_NONE) {
                return (compound_t){left, right};
            }
        }
    }

    return (compound_t){DYN_NONE, DYN_NONE};
}

static bool find_compounds(build_t *build)
{
    uint32_t count = build->terms.count;

    build->compounds = malloc(((size_t)count + 1) * sizeof(compound_t));
    if (build->compounds == NULL) {
        return false;
    }
    for (uint32_t term = 0; term < count; term++) {
        build->compounds[term] = split(build, term);
    }
    build->compound_count = count;

    return true;
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

static bool has_word(const name_t *name, uint32_t term)
{
    for (uint32_t i = 0; i < name->count; i++) {
        if (name->words[i].term == term) {
            return true;
        }
    }

    return false;
}

static bool is_yes(dyn_str_t value)
{
    return dyn_str_equal_nocase(value, DYN_STR("yes")) ||
           dyn_str_equal_nocase(value, DYN_STR("ja")) ||
           dyn_str_equal_nocase(value, DYN_STR("true"));
}

static bool has_letter(dyn_str_t text)
{
    dyn_tokens_t tokens = {.text = text};
    dyn_token_t token;

    while (dyn_tokens_next(&tokens, &token)) {
        if (token.kind == DYN_TOKEN_WORD) {
            return true;
        }
    }

    return false;
}

/* Usual words for an audience, as they are folded. */
static const char *const audiences[] = {
    " women woman ladies lady female damen dame frauen frau femme femmes mujer mujeres donna ",
    " men man male gents herren herr manner mann homme hommes hombre hombres uomo ",
    " kids kid children child kinder jungen madchen youth junior enfant enfants ninos bambini ",
};
enum { AUDIENCE_COUNT = sizeof(audiences) / sizeof(audiences[0]), AUDIENCE_KIDS = 2 };

static bool is_among(const char *words, dyn_str_t word)
{
    for (const char *at = words; (at = strchr(at, ' ')) != NULL && at[1] != '\0'; at++) {
        if (strncmp(at + 1, word.data, word.len) == 0 && at[1 + word.len] == ' ') {
            return true;
        }
    }

    return false;
}

/* The words for the trait's audience, or NULL. */
static const char *audience_of(const build_t *build, const dyn_trait_t *trait)
{
    dyn_tokens_t tokens = {.text = string_at(build->sections, trait->value)};
    dyn_token_t token;

    if (!dyn_str_equal(string_at(build->sections, trait->name), DYN_STR("audience")) ||
        !dyn_tokens_next(&tokens, &token)) {
        return NULL;
    }
    for (size_t i = 0; i < AUDIENCE_COUNT; i++) {
        if (is_among(audiences[i], dyn_token_text(&token))) {
            return audiences[i];
        }
    }

    return NULL;
}

/* "waterproof": yes has the words of its name, "size": 42 those of both, all else those of its value. */
static void read_trait(build_t *build, const dyn_trait_t *trait, name_t *name)
{
    dyn_str_t of_name = string_at(build->sections, trait->name);
    dyn_str_t value = string_at(build->sections, trait->value);

    if (is_yes(value)) {
        read_name(build, of_name, name);
        return;
    }
    read_name(build, value, name);
    if (!has_letter(value)) {
        name_t more;

        read_name(build, of_name, &more);
        for (uint32_t i = 0; i < more.count && name->count < NAME_WORDS_MAX; i++) {
            if (!has_word(name, more.words[i].term)) {
                name->words[name->count++] = more.words[i];
            }
        }
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

/* Any word for an audience names it, as its own does. */
static void group_audience(build_t *build, const name_t *name, uint32_t number)
{
    const char *audience = audience_of(build, &build->sections->traits[number]);
    dyn_tokens_t tokens = {.text = audience == NULL ? DYN_STR_NONE : dyn_str_from(audience)};
    name_t done = *name;
    dyn_token_t token;

    while (dyn_tokens_next(&tokens, &token)) {
        for (uint32_t language = 0; language < build->stems.count; language++) {
            uint32_t term = term_of(build, dyn_token_text(&token), language);

            if (term != DYN_NONE && done.count < NAME_WORDS_MAX && !has_word(&done, term)) {
                done.words[done.count++].term = term;
                add_grouping(build, term, DYN_WORD_TRAIT, number, NAME_WEIGHT);
            }
        }
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

    for (uint32_t i = 0; i < sections->trait_count; i++) {
        name_t name;

        read_trait(build, &sections->traits[i], &name);
        group_name(build, &name, DYN_WORD_TRAIT, i);
        group_audience(build, &name, i);
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

/* What holds for all texts of an item. */
typedef struct {
    const name_t *own; /* the name of its category, or NULL */
    uint32_t names;    /* terms below are those of names */
    uint32_t language;
} reading_t;

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

/* What a text of the item says, in its own language. */
static void note_text(build_t *build, const reading_t *reading, dyn_str_t text, uint32_t weight,
                      uint32_t field)
{
    dyn_tokens_t tokens = {.text = text};
    dyn_token_t token;

    while (dyn_tokens_next(&tokens, &token)) {
        uint32_t term = term_of(build, dyn_token_text(&token), reading->language);
        bool number = token.kind == DYN_TOKEN_NUMBER && weight > WEIGHT_TITLE_NUMBER;

        note(build, term,
             number ? WEIGHT_TITLE_NUMBER
             : field == FIELD_TITLE && is_other_thing(build, reading->own, term, reading->names)
                 ? WEIGHT_OTHER_THING
                 : weight,
             field);
    }
}

/* Keywords are of any language; the last word of one says what is looked for, the others which kind. */
static void note_keyword(build_t *build, const reading_t *reading, dyn_str_t text)
{
    dyn_tokens_t tokens = {.text = text};
    dyn_token_t token, next;
    bool more = dyn_tokens_next(&tokens, &token);

    while (more) {
        more = dyn_tokens_next(&tokens, &next);
        for (uint32_t language = 0; language < build->stems.count; language++) {
            uint32_t term = term_of(build, dyn_token_text(&token), language);

            note(build, term,
                 is_other_thing(build, reading->own, term, reading->names) ? WEIGHT_OTHER_THING
                 : more                                                    ? WEIGHT_OF_KEYWORD
                                                                           : WEIGHT_KEYWORD,
                 FIELD_KEYWORD);
        }
        token = next;
    }
}

/* Words without numbers; those of many descriptions not. */
static void note_description(build_t *build, const reading_t *reading, dyn_str_t text)
{
    dyn_tokens_t tokens = {.text = text};
    dyn_token_t token;
    uint32_t common = build->built->rank_count / COMMON_PARTS;

    common = common < COMMON_MIN ? COMMON_MIN : common;
    while (dyn_tokens_next(&tokens, &token)) {
        uint32_t term = token.kind == DYN_TOKEN_WORD
                            ? term_of(build, dyn_token_text(&token), reading->language)
                            : DYN_NONE;

        if (build->reads_only ||
            (term < build->described_room && build->described[term] < common)) {
            note_term(build, term, WEIGHT_DESCRIPTION, FIELD_DESCRIPTION);
        }
    }
}

static void count_described(build_t *build)
{
    uint32_t room = build->described_room, terms = build->terms.count;

    if (!dyn_grow((void **)&build->described, room, &build->described_room,
                  terms > room ? terms - room : 0, sizeof(uint32_t))) {
        build->failed = true;
        return;
    }
    if (build->described_room > room) {
        memset(build->described + room, 0, (build->described_room - room) * sizeof(uint32_t));
    }
    for (uint32_t i = 0; i < build->item_count; i++) {
        build->described[build->item[i].term] += build->item[i].fields == FIELD_DESCRIPTION;
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
        if (weight > WEIGHT_OTHER_THING && one->fields != FIELD_DESCRIPTION) {
            weight += (uint32_t)__builtin_popcount(one->fields) - 1;
        }
        build->postings[build->posting_count++] =
            (posting_t){one->term, rank << 4 | (weight > WEIGHT_MAX ? WEIGHT_MAX : weight)};
    }
}

/* Words in all languages. */
static void note_words(build_t *build, const char *words, uint32_t weight, uint32_t field)
{
    dyn_tokens_t tokens = {.text = dyn_str_from(words)};
    dyn_token_t token;

    while (dyn_tokens_next(&tokens, &token)) {
        for (uint32_t language = 0; language < build->stems.count; language++) {
            note(build, term_of(build, dyn_token_text(&token), language), weight, field);
        }
    }
}

static void note_trait(build_t *build, const reading_t *reading, const dyn_trait_t *trait)
{
    const dyn_catalog_sections_t *sections = build->sections;
    dyn_str_t value = string_at(sections, trait->value);
    const char *audience = audience_of(build, trait);

    note_text(build, reading, is_yes(value) ? string_at(sections, trait->name) : value,
              WEIGHT_TRAIT, FIELD_TRAIT);
    if (audience != NULL) {
        note_words(build, audience, WEIGHT_TRAIT, FIELD_TRAIT);
    } else if (dyn_str_equal(value, DYN_STR("unisex"))) {
        for (size_t i = 0; i < AUDIENCE_KIDS; i++) {
            note_words(build, audiences[i], WEIGHT_UNISEX, FIELD_TRAIT);
        }
    }
}

static uint32_t language_of(const build_t *build, dyn_str_t language)
{
    uint32_t i = 0;

    while (i < build->stems.count &&
           !dyn_str_equal(dyn_str_from(build->stems.of[i].language), language)) {
        i++;
    }

    return i < build->stems.count ? i : 0;
}

static void read_details(build_t *build, reading_t *reading, const dyn_item_details_t *details)
{
    const dyn_catalog_sections_t *sections = build->sections;

    for (uint32_t i = 0; i < details->keywords_count; i++) {
        note_keyword(build, reading,
                     string_at(sections, sections->texts[details->keywords_start + i]));
    }
    note_description(build, reading, string_at(sections, details->description));
}

static void read_item(build_t *build, uint32_t rank, uint32_t names)
{
    const dyn_catalog_sections_t *sections = build->sections;
    uint32_t number = build->built->ranks[rank];
    const dyn_item_t *item = &sections->items[number];
    const dyn_item_details_t *details = sections->any_details ? &sections->details[number] : NULL;
    reading_t reading = {
        .own = item->category == DYN_NONE ? NULL : &build->names[item->category],
        .names = names,
        .language =
            details == NULL ? 0 : language_of(build, string_at(sections, details->language)),
    };

    build->item_count = 0;
    if (reading.own != NULL) {
        note_category(build, reading.own, names);
        note_above(build, item->category, reading.own, names);
    }
    note_text(build, &reading, string_at(sections, item->title), WEIGHT_TITLE, FIELD_TITLE);
    if (item->brand != DYN_NONE) {
        note_text(build, &reading, string_at(sections, sections->brands[item->brand]), WEIGHT_BRAND,
                  FIELD_BRAND);
    }
    for (uint32_t i = 0; i < item->traits_count; i++) {
        note_trait(build, &reading,
                   &sections->traits[sections->item_traits[item->traits_start + i]]);
    }
    if (details != NULL) {
        read_details(build, &reading, details);
    }
    if (build->reads_only) {
        count_described(build);
    } else {
        write_item(build, rank);
    }
}

/* Twice: what is a compound is known when all words are. */
static bool read_items(build_t *build)
{
    uint32_t names = build->terms.count;

    for (build->reads_only = true;; build->reads_only = false) {
        for (uint32_t rank = 0; rank < build->built->rank_count && !build->failed; rank++) {
            read_item(build, rank, names);
        }
        if (build->failed || !build->reads_only) {
            return !build->failed;
        }
        if (!find_compounds(build)) {
            return false;
        }
    }
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

static void add_language(dyn_words_header_t *header, const char *language)
{
    for (size_t i = 0; i < DYN_WORDS_LANGUAGES_MAX; i++) {
        if (strcmp(header->languages[i], language) == 0) {
            return;
        }
        if (header->languages[i][0] == '\0') {
            memcpy(header->languages[i], language, 3);
            return;
        }
    }
}

/* The two languages of most items, then English and German, whose words are looked for in any shop. */
static void find_languages(build_t *build)
{
    const dyn_catalog_sections_t *sections = build->sections;
    uint32_t counts[26 * 26] = {0};

    for (uint32_t i = 0; sections->any_details && i < sections->item_count; i++) {
        dyn_str_t language = string_at(sections, sections->details[i].language);

        if (language.len == 2 && language.data[0] >= 'a' && language.data[0] <= 'z' &&
            language.data[1] >= 'a' && language.data[1] <= 'z') {
            counts[(language.data[0] - 'a') * 26 + language.data[1] - 'a']++;
        }
    }
    for (int round = 0; round < 2; round++) {
        uint32_t most = 0;

        for (uint32_t i = 1; i < 26 * 26; i++) {
            most = counts[i] > counts[most] ? i : most;
        }
        if (counts[most] > 0) {
            const char code[3] = {(char)('a' + most / 26), (char)('a' + most % 26), '\0'};

            add_language(&build->built->header, code);
            counts[most] = 0;
        }
    }
    add_language(&build->built->header, "en");
    add_language(&build->built->header, "de");
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
    bool made;

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
    find_languages(build);
    find_currency(build);
    dyn_stems_open(&build->stems, built->header.languages);

    made = rank_items(build) && read_names(build) && read_items(build) && order_all(build);

    dyn_stems_close(&build->stems);
    dyn_ids_free(&build->terms);
    dyn_ids_free(&build->words);
    free(build->terms_of);
    free(build->names);
    free(build->is_leaf);
    free(build->calls_thing);
    free(build->compounds);
    free(build->described);
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

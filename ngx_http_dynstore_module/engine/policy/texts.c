#include "engine/policy/texts.h"

#include "engine/base/escape.h"
#include "engine/base/utf8.h"

#include <pthread.h>
#include <string.h>

/* A rule's or slot's own text by language, while texts are made. */
typedef struct own_s {
    struct own_s *next;
    dyn_str_t any;  /* a text of all languages; data NULL: it has none */
    uint32_t first; /* the language named first */
    dyn_str_t by_language[DYN_LANGUAGES_MAX];
} own_t;

typedef struct {
    dyn_str_t tag;
    const dyn_money_style_t *money;
    dyn_str_t *given; /* by key, while texts are made; data NULL: the language lacks it */
    const dyn_wording_t **wordings; /* by number, when they are made */
    bool *has;
} language_t;

struct dyn_texts_s {
    dyn_arena_t *arena;
    language_t languages[DYN_LANGUAGES_MAX];
    uint32_t language_count;
    uint32_t standard;
    own_t *own, **own_end;
    uint32_t count; /* of all texts */
};

/* ---- the tables ---- */

static const struct {
    dyn_str_t name;
    unsigned places;
} keys[DYN_TEXTS_COUNT] = {
#define X(constant, key, places, en, de, fr, es) {{key, sizeof(key) - 1}, places},
    DYN_TEXTS(X)
#undef X
};

static const dyn_str_t built_in_texts[DYN_BUILT_IN_LANGUAGES_COUNT][DYN_TEXTS_COUNT] = {
#define X(constant, key, places, en, de, fr, es) {en, sizeof(en) - 1},
    {DYN_TEXTS(X)},
#undef X
#define X(constant, key, places, en, de, fr, es) {de, sizeof(de) - 1},
    {DYN_TEXTS(X)},
#undef X
#define X(constant, key, places, en, de, fr, es) {fr, sizeof(fr) - 1},
    {DYN_TEXTS(X)},
#undef X
#define X(constant, key, places, en, de, fr, es) {es, sizeof(es) - 1},
    {DYN_TEXTS(X)},
#undef X
};

#define X(constant, tag) {tag, sizeof(tag) - 1},
static const dyn_str_t built_in_tags[] = {DYN_BUILT_IN_LANGUAGES(X)};
#undef X
#define X(constant, name, doc) {name, sizeof(name) - 1},
static const dyn_str_t place_names[] = {DYN_PLACEHOLDERS(X)};
#undef X
#define X(constant, code) {DYN_TEXT_REASON_##constant##_PLAIN, DYN_TEXT_REASON_##constant},
static const dyn_text_key_t reasons[][2] = {DYN_REASONS(X)};
#undef X
#define X(constant, action) DYN_TEXT_CTA_##constant,
static const dyn_text_key_t ctas[] = {DYN_CTAS(X)};
#undef X

bool dyn_text_key_from_name(dyn_str_t name, dyn_text_key_t *key)
{
    for (unsigned i = 0; i < DYN_TEXTS_COUNT; i++) {
        if (dyn_str_equal(keys[i].name, name)) {
            *key = (dyn_text_key_t)i;
            return true;
        }
    }

    return false;
}

dyn_str_t dyn_text_key_name(dyn_text_key_t key)
{
    return (unsigned)key < DYN_TEXTS_COUNT ? keys[key].name : DYN_STR("");
}

unsigned dyn_text_key_places(dyn_text_key_t key)
{
    return (unsigned)key < DYN_TEXTS_COUNT ? keys[key].places : DYN_PLACES_NO;
}

dyn_str_t dyn_place_name(dyn_place_t place)
{
    return (unsigned)place < DYN_PLACES_COUNT ? place_names[place] : DYN_STR("");
}

dyn_text_key_t dyn_text_of_reason(dyn_reason_t reason, bool with_reference)
{
    return (unsigned)reason < DYN_REASONS_COUNT ? reasons[reason][with_reference] : DYN_TEXTS_COUNT;
}

dyn_text_key_t dyn_text_of_cta(dyn_cta_t cta)
{
    return (unsigned)cta < DYN_CTAS_COUNT ? ctas[cta] : DYN_TEXTS_COUNT;
}

dyn_text_key_t dyn_text_of_message(dyn_message_kind_t message)
{
    switch (message) {
    case DYN_MESSAGE_FREE_SHIPPING_GAP:
        return DYN_TEXT_MESSAGE_FREE_SHIPPING_GAP;
    case DYN_MESSAGE_FREE_SHIPPING:
        return DYN_TEXT_MESSAGE_FREE_SHIPPING;
    case DYN_MESSAGE_OPTION_MISSING:
        return DYN_TEXT_MESSAGE_OPTION_MISSING;
    case DYN_MESSAGE_RETURNS:
    case DYN_MESSAGE_DELIVERY:
    case DYN_MESSAGES_COUNT:
        break;
    }

    return DYN_TEXTS_COUNT;
}

/* ---- languages ---- */

static bool is_alphanumeric(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* Letters, then parts of 1 to 8 letters or digits. */
static bool is_tag(dyn_str_t tag)
{
    size_t part = 0;

    if (tag.len == 0 || tag.len > DYN_LANGUAGE_BYTES_MAX) {
        return false;
    }
    for (size_t i = 0; i < tag.len; i++) {
        bool first = memchr(tag.data, '-', i) == NULL;

        if (tag.data[i] == '-') {
            if (part == 0 || (first && part < 2)) {
                return false;
            }
            part = 0;
        } else if (!is_alphanumeric(tag.data[i]) || ++part > 8 ||
                   (first && tag.data[i] >= '0' && tag.data[i] <= '9')) {
            return false;
        }
    }

    return part > 0 && (part > 1 || memchr(tag.data, '-', tag.len) != NULL);
}

/* "de" of "de-AT"; empty of "de". */
static dyn_str_t parent_of(dyn_str_t tag)
{
    while (tag.len > 0 && tag.data[--tag.len] != '-') {
    }

    return tag;
}

static bool find_language(const dyn_texts_t *texts, dyn_str_t tag, uint32_t *language)
{
    for (uint32_t i = 0; i < texts->language_count; i++) {
        if (dyn_str_equal_nocase(texts->languages[i].tag, tag)) {
            *language = i;
            return true;
        }
    }

    return false;
}

/* The language itself, or its nearest parent that there is. */
static bool find_nearest(const dyn_texts_t *texts, dyn_str_t tag, uint32_t *language)
{
    for (; tag.len > 0; tag = parent_of(tag)) {
        if (find_language(texts, tag, language)) {
            return true;
        }
    }

    return false;
}

static bool no_memory(dyn_texts_fault_t *fault)
{
    return dyn_fail(&fault->error, "not enough memory");
}

static bool add_language(dyn_texts_t *texts, dyn_str_t tag, uint32_t *language,
                         dyn_texts_fault_t *fault)
{
    if (find_language(texts, tag, language)) {
        return true;
    }
    if (!is_tag(tag)) {
        return dyn_fail(&fault->error,
                        "\"%.*s\" is no language: write its tag, such as \"de\" or \"de-AT\"",
                        (int)(tag.len < 64 ? tag.len : 64), tag.data);
    }
    if (texts->language_count == DYN_LANGUAGES_MAX) {
        return dyn_fail(&fault->error,
                        "\"%.*s\" is one language too many: there may be %d, the built-in ones "
                        "included",
                        (int)tag.len, tag.data, (int)DYN_LANGUAGES_MAX);
    }

    language_t *made = &texts->languages[texts->language_count];

    *made =
        (language_t){dyn_arena_str(texts->arena, tag), dyn_money_style(tag),
                     dyn_arena_array(texts->arena, DYN_TEXTS_COUNT, sizeof(dyn_str_t)), NULL, NULL};
    if (made->tag.data == NULL || made->given == NULL) {
        return no_memory(fault);
    }
    *language = texts->language_count++;

    return true;
}

/* ---- reading ---- */

/* What stands at text.data[at], a "{": the placeholder and its length. */
static size_t place_at(dyn_str_t text, size_t at, dyn_place_t *place)
{
    for (unsigned i = 0; i < DYN_PLACES_COUNT; i++) {
        dyn_str_t name = place_names[i];

        if (text.len - at >= name.len + 2 && text.data[at + name.len + 1] == '}' &&
            memcmp(text.data + at + 1, name.data, name.len) == 0) {
            *place = (dyn_place_t)i;
            return name.len + 2;
        }
    }

    return 0;
}

static void list_places(unsigned places, char *list, size_t size)
{
    size_t length = 0;

    list[0] = '\0';
    for (unsigned i = 0; i < DYN_PLACES_COUNT; i++) {
        if ((places & 1U << i) != 0) {
            int wrote = snprintf(list + length, size - length, "%s{%s}", length > 0 ? ", " : "",
                                 place_names[i].data);

            length += wrote > 0 ? (size_t)wrote : 0;
        }
    }
}

static bool check_places(dyn_str_t text, unsigned places, dyn_texts_fault_t *fault)
{
    unsigned count = 0;
    char list[128];

    list_places(places, list, sizeof(list));
    for (size_t at = 0; at < text.len; at++) {
        dyn_place_t place = DYN_PLACE_NONE;
        size_t length = text.data[at] == '{' ? place_at(text, at, &place) : 0;

        if (text.data[at] != '{' && text.data[at] != '}') {
            continue;
        }
        fault->at = at;
        if (length == 0) {
            const char *end = memchr(text.data + at, '}', text.len - at);
            size_t shown = end == NULL ? 1 : (size_t)(end - text.data) - at + 1;

            return places == DYN_PLACES_NO
                       ? dyn_fail(&fault->error,
                                  "\"%.*s\" is no placeholder: this text takes none, and \"{\" and "
                                  "\"}\" stand for nothing else",
                                  (int)(shown < 40 ? shown : 40), text.data + at)
                       : dyn_fail(&fault->error, "\"%.*s\" is no placeholder: this text takes %s",
                                  (int)(shown < 40 ? shown : 40), text.data + at, list);
        }
        if ((places & 1U << place) == 0) {
            return places == DYN_PLACES_NO
                       ? dyn_fail(&fault->error, "{%s}: this text takes no placeholder",
                                  place_names[place].data)
                       : dyn_fail(&fault->error, "{%s}: this text takes %s",
                                  place_names[place].data, list);
        }
        if (++count > DYN_TEXT_PLACES_MAX) {
            return dyn_fail(&fault->error, "a text may have at most %d placeholders",
                            (int)DYN_TEXT_PLACES_MAX);
        }
        at += length - 1;
    }
    fault->at = 0;

    return true;
}

static bool read_text(dyn_texts_t *texts, const json_t *value, unsigned places, dyn_str_t *text,
                      dyn_texts_fault_t *fault)
{
    if (!json_is_string(value)) {
        return dyn_fail(&fault->error, "must be a text in quotes");
    }

    dyn_str_t read = {json_string_value(value), json_string_length(value)};

    if (read.len == 0) {
        return dyn_fail(&fault->error,
                        "is empty: leave the text away, and another language stands in for it");
    }
    if (read.len > DYN_TEXT_BYTES_MAX) {
        return dyn_fail(&fault->error, "has %zu bytes, and may have at most %d", read.len,
                        (int)DYN_TEXT_BYTES_MAX);
    }
    if (!dyn_utf8_clean(read)) {
        return dyn_fail(&fault->error, "has a control character, such as the end of a line");
    }
    if (!check_places(read, places, fault)) {
        return false;
    }
    *text = dyn_arena_str(texts->arena, read);

    return text->data != NULL || no_memory(fault);
}

static dyn_str_t name_of(void *member)
{
    return (dyn_str_t){json_object_iter_key(member), json_object_iter_key_len(member)};
}

static bool read_language(dyn_texts_t *texts, json_t *rows, uint32_t language,
                          dyn_texts_fault_t *fault)
{
    if (!json_is_object(rows)) {
        return dyn_fail(&fault->error,
                        "must be an object of texts by key: {\"cta.view\": \"...\"}");
    }
    for (void *row = json_object_iter(rows); row != NULL; row = json_object_iter_next(rows, row)) {
        dyn_text_key_t key;

        fault->key = name_of(row);
        if (!dyn_text_key_from_name(fault->key, &key)) {
            return dyn_fail(&fault->error, "\"%.*s\" is no key of a text; docs/rules.md lists them",
                            (int)(fault->key.len < 64 ? fault->key.len : 64), fault->key.data);
        }
        if (!read_text(texts, json_object_iter_value(row), keys[key].places,
                       &texts->languages[language].given[key], fault)) {
            return false;
        }
    }
    fault->key = DYN_STR_NONE;

    return true;
}

bool dyn_texts_load(dyn_texts_t *texts, const json_t *value, dyn_texts_fault_t *fault)
{
    json_t *languages = (json_t *)(uintptr_t)value;

    *fault = (dyn_texts_fault_t){.at = 0};
    if (value == NULL) {
        return true;
    }
    if (!json_is_object(value)) {
        return dyn_fail(&fault->error, "must be an object of languages: {\"de\": {...}}");
    }
    for (void *row = json_object_iter(languages); row != NULL;
         row = json_object_iter_next(languages, row)) {
        uint32_t language;

        fault->language = name_of(row);
        if (!add_language(texts, fault->language, &language, fault) ||
            !read_language(texts, json_object_iter_value(row), language, fault)) {
            return false;
        }
    }
    fault->language = DYN_STR_NONE;

    return true;
}

bool dyn_texts_add(dyn_texts_t *texts, const json_t *value, unsigned places, uint32_t *number,
                   dyn_texts_fault_t *fault)
{
    own_t *own = dyn_arena_array(texts->arena, 1, sizeof(own_t));
    json_t *languages = (json_t *)(uintptr_t)value;
    bool first = true;

    *fault = (dyn_texts_fault_t){.at = 0};
    if (own == NULL) {
        return no_memory(fault);
    }
    if (json_is_string(value)) {
        if (!read_text(texts, value, places, &own->any, fault)) {
            return false;
        }
    } else if (!json_is_object(value) || json_object_size(value) == 0) {
        return dyn_fail(&fault->error,
                        "must be a text in quotes, or texts by language: {\"en\": \"...\"}");
    }
    for (void *row = json_object_iter(languages); row != NULL;
         row = json_object_iter_next(languages, row)) {
        uint32_t language;

        fault->language = name_of(row);
        if (!add_language(texts, fault->language, &language, fault) ||
            !read_text(texts, json_object_iter_value(row), places, &own->by_language[language],
                       fault)) {
            return false;
        }
        own->first = first ? language : own->first;
        first = false;
    }
    fault->language = DYN_STR_NONE;
    *texts->own_end = own;
    texts->own_end = &own->next;
    *number = texts->count++;

    return true;
}

/* ---- making ---- */

/* Splits a checked text. NULL: the arena is exhausted. */
static const dyn_wording_t *compile(dyn_arena_t *arena, dyn_str_t text)
{
    dyn_text_piece_t pieces[DYN_TEXT_PLACES_MAX + 1];
    uint32_t count = 0;
    uint32_t json_bytes = 0;
    size_t start = 0;

    for (size_t at = 0; at <= text.len; at++) {
        dyn_place_t place = DYN_PLACE_NONE;
        size_t length = at < text.len && text.data[at] == '{' ? place_at(text, at, &place) : 0;

        if (at < text.len && length == 0) {
            continue;
        }

        dyn_str_t words = {text.data + start, at - start};
        size_t room = DYN_ESCAPED_MAX(words.len) + DYN_TEXT_SPARE;
        char *json = dyn_arena_alloc(arena, room);

        if (json == NULL) {
            return NULL;
        }

        size_t json_length = (size_t)(dyn_escape_json_to(json, words) - json);

        memset(json + json_length, 0, room - json_length);
        dyn_arena_shrink(arena, json, room, json_length + DYN_TEXT_SPARE);
        pieces[count++] = (dyn_text_piece_t){words, {json, json_length}, place};
        json_bytes += (uint32_t)json_length;
        start = at + length;
        at += length > 0 ? length - 1 : 0;
    }

    dyn_wording_t *wording = dyn_arena_alloc(arena, sizeof(*wording));
    dyn_text_piece_t *kept = dyn_arena_alloc(arena, count * sizeof(*kept));

    if (wording == NULL || kept == NULL) {
        return NULL;
    }
    memcpy(kept, pieces, count * sizeof(*kept));
    *wording = (dyn_wording_t){kept, count, json_bytes};

    return wording;
}

dyn_texts_t *dyn_texts_begin(dyn_arena_t *arena)
{
    dyn_texts_t *texts = dyn_arena_array(arena, 1, sizeof(*texts));
    dyn_texts_fault_t fault;
    uint32_t language;

    if (texts == NULL) {
        return NULL;
    }
    texts->arena = arena;
    texts->own_end = &texts->own;
    texts->count = DYN_TEXTS_COUNT;
    for (unsigned i = 0; i < DYN_BUILT_IN_LANGUAGES_COUNT; i++) {
        if (!add_language(texts, built_in_tags[i], &language, &fault)) {
            return NULL;
        }
        memcpy(texts->languages[language].given, built_in_texts[i], sizeof(built_in_texts[i]));
    }

    return texts;
}

/* The languages in which a text is looked for, in order; behind them any. */
typedef struct {
    uint32_t languages[DYN_LANGUAGE_BYTES_MAX];
    uint32_t count;
} chain_t;

static chain_t chain_of(const dyn_texts_t *texts, uint32_t language)
{
    chain_t chain = {{0}, 0};

    for (dyn_str_t tag = texts->languages[language].tag; tag.len > 0; tag = parent_of(tag)) {
        chain.count += find_language(texts, tag, &chain.languages[chain.count]);
    }
    chain.languages[chain.count++] = texts->standard;
    chain.languages[chain.count++] = DYN_LANGUAGE_ENGLISH;

    return chain;
}

/* Every language has every text; a text that stands in for others is compiled once for each. */
static bool compile_language(dyn_texts_t *texts, language_t *language, const chain_t *chain)
{
    const own_t *own = texts->own;

    for (uint32_t number = 0; number < texts->count; number++) {
        dyn_str_t text = DYN_STR_NONE;
        uint32_t link = 0;

        for (; text.data == NULL && link < chain->count; link++) {
            text = number < DYN_TEXTS_COUNT ? texts->languages[chain->languages[link]].given[number]
                                            : own->by_language[chain->languages[link]];
        }
        language->has[number] =
            text.data != NULL && &texts->languages[chain->languages[link - 1]] == language;
        if (number >= DYN_TEXTS_COUNT) {
            if (own->any.data != NULL) {
                text = own->any;
                language->has[number] = true;
            } else if (text.data == NULL) {
                text = own->by_language[own->first];
            }
            own = own->next;
        }
        /* English, the last of each chain, has every text of DYN_TEXTS_COUNT */
        language->wordings[number] = text.data != NULL ? compile(texts->arena, text) : NULL;
        if (language->wordings[number] == NULL) {
            return false;
        }
    }

    return true;
}

bool dyn_texts_end(dyn_texts_t *texts, dyn_str_t standard, dyn_texts_fault_t *fault)
{
    *fault = (dyn_texts_fault_t){.at = 0};
    if (!add_language(texts, standard.len > 0 ? standard : built_in_tags[DYN_LANGUAGE_ENGLISH],
                      &texts->standard, fault)) {
        return false;
    }
    for (uint32_t i = 0; i < texts->language_count; i++) {
        language_t *language = &texts->languages[i];
        chain_t chain = chain_of(texts, i);

        language->wordings = dyn_arena_array(texts->arena, texts->count, sizeof(dyn_wording_t *));
        language->has = dyn_arena_array(texts->arena, texts->count, sizeof(bool));
        if (language->wordings == NULL || language->has == NULL ||
            !compile_language(texts, language, &chain)) {
            return no_memory(fault);
        }
    }

    return true;
}

static dyn_texts_t *built_in;

static void make_built_in(void)
{
    static char block[1 << 18];
    static dyn_arena_t arena;
    dyn_texts_fault_t fault;

    dyn_arena_init(&arena, block, sizeof(block), NULL, NULL);
    built_in = dyn_texts_begin(&arena);
    dyn_texts_end(built_in, DYN_STR(""), &fault);
}

const dyn_texts_t *dyn_texts_built_in(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, make_built_in);

    return built_in;
}

const dyn_texts_t *dyn_policy_texts(const dyn_policy_t *policy)
{
    return policy != NULL && policy->texts != NULL ? policy->texts : dyn_texts_built_in();
}

/* ---- using ---- */

uint32_t dyn_texts_languages(const dyn_texts_t *texts)
{
    return texts->language_count;
}

dyn_str_t dyn_texts_tag(const dyn_texts_t *texts, uint32_t language)
{
    return texts->languages[language < texts->language_count ? language : texts->standard].tag;
}

uint32_t dyn_texts_language(const dyn_texts_t *texts, dyn_str_t tag)
{
    char clean[DYN_LANGUAGE_BYTES_MAX];
    uint32_t language = texts->standard;
    size_t length = 0;

    while (
        length < tag.len && length < sizeof(clean) &&
        (is_alphanumeric(tag.data[length]) || tag.data[length] == '-' || tag.data[length] == '_')) {
        clean[length] = tag.data[length] == '_' ? '-' : tag.data[length];
        length++;
    }

    return find_nearest(texts, (dyn_str_t){clean, length}, &language) ? language : texts->standard;
}

const dyn_money_style_t *dyn_texts_money(const dyn_texts_t *texts, uint32_t language)
{
    return texts->languages[language < texts->language_count ? language : texts->standard].money;
}

const dyn_wording_t *dyn_texts_find(const dyn_texts_t *texts, uint32_t language, uint32_t number)
{
    static const char spare[DYN_TEXT_SPARE];
    static const dyn_text_piece_t nothing = {{spare, 0}, {spare, 0}, DYN_PLACE_NONE};
    static const dyn_wording_t none = {&nothing, 1, 0};

    if (language >= texts->language_count) {
        language = texts->standard;
    }

    return number < texts->count ? texts->languages[language].wordings[number] : &none;
}

bool dyn_texts_has(const dyn_texts_t *texts, uint32_t language, uint32_t number)
{
    return language < texts->language_count && number < texts->count &&
           texts->languages[language].has[number];
}

dyn_str_t dyn_texts_write(const dyn_wording_t *wording, const dyn_text_values_t *values,
                          dyn_arena_t *arena)
{
    static const dyn_text_values_t none;
    dyn_text_t text;

    if (wording->count == 1) {
        return wording->pieces[0].words;
    }
    if (values == NULL) {
        values = &none;
    }
    dyn_text_init(&text, arena, 64);
    for (uint32_t i = 0; i < wording->count; i++) {
        const dyn_text_piece_t *piece = &wording->pieces[i];

        dyn_text_str(&text, piece->words);
        if (piece->place != DYN_PLACE_NONE) {
            dyn_text_str(&text, values->of[piece->place]);
        }
    }

    return dyn_text_finish(&text);
}

#include "engine/words/stem.h"

#include <libstemmer.h>

/* Plain, as dyn_word_plain() gives them; beside the usual ones what is said to a shop and not of a thing. */
static const struct {
    char language[4];
    const char *words;
} stop_words[] = {
    {"en",
     " a an and are at be but by buy can do for from has have i im in into is it its me my need "
     "not of off on online or our "
     "some that the their them these they this to us want we what which who with you your "},
    {"de", " alle als am an and auch auf aus bei beim bestellen das dem den der des die ein eine "
           "einem einen einer eines er es fur "
           "gute guter gutes ich ihr im in ins ist kaufen mein meine meinen mich mir mit nach "
           "nicht noch oder ohne online sich sie "
           "sind so suche um und uns unser vom von vor was wie wir zu zum zur "},
    {"fr", " a au aux avec ce ces d dans de des du elle en et il ils je l la le les leur mes mon "
           "ne nos notre nous ou par pas pour "
           "qu que qui sa se ses son sur ta un une vos votre vous acheter "},
    {"es", " a al con de del el ella en es la las lo los mi mis o para por que se su sus un una "
           "unas unos y comprar "},
    {"it", " a ai al alla alle con da dal dalla de dei del della delle di e gli i il in la le lo "
           "mi nel o per si su un una uno "},
    {"nl", " aan als bij de dit een en het ik in is met mijn naar niet of om op te uit van voor "
           "wat zijn kopen "},
};

void dyn_stems_open(dyn_stems_t *stems, const char (*languages)[4])
{
    stems->count = 0;
    while (stems->count < DYN_WORDS_LANGUAGES_MAX && languages[stems->count][0] != '\0') {
        dyn_stemmer_t *one = &stems->of[stems->count];

        memcpy(one->language, languages[stems->count], sizeof(one->language));
        one->language[3] = '\0';
        one->stemmer = sb_stemmer_new(one->language, NULL);
        stems->count++;
    }
}

void dyn_stems_close(dyn_stems_t *stems)
{
    for (uint32_t i = 0; i < stems->count; i++) {
        sb_stemmer_delete(stems->of[i].stemmer);
    }
    stems->count = 0;
}

static bool is_vowel(char letter)
{
    return letter == 'a' || letter == 'e' || letter == 'i' || letter == 'o' || letter == 'u';
}

/* After a vowel or q the e is no sign of an umlaut: "blaue", "neue", "boutique". */
void dyn_word_plain(dyn_str_t word, dyn_term_t *term)
{
    term->length = 0;
    for (size_t i = 0; i < word.len && term->length < sizeof(term->text); i++) {
        char letter = word.data[i], before = i > 0 ? word.data[i - 1] : '\0';

        term->text[term->length++] = letter;
        if ((letter == 'a' || letter == 'o' || letter == 'u') && i + 1 < word.len &&
            word.data[i + 1] == 'e' && !is_vowel(before) && before != 'q') {
            i++;
        }
    }
}

static bool has_digit(dyn_str_t word)
{
    for (size_t i = 0; i < word.len; i++) {
        if (word.data[i] >= '0' && word.data[i] <= '9') {
            return true;
        }
    }

    return false;
}

bool dyn_stem(const dyn_stems_t *stems, uint32_t language, dyn_str_t word, dyn_term_t *term)
{
    struct sb_stemmer *stemmer = language < stems->count ? stems->of[language].stemmer : NULL;

    if (stemmer != NULL && !has_digit(word)) {
        const sb_symbol *stem =
            sb_stemmer_stem(stemmer, (const sb_symbol *)word.data, (int)word.len);

        if (stem == NULL) {
            return false;
        }
        /* some stemmers leave nothing of some short words (Greek, Nepali, Turkish) */
        if (sb_stemmer_length(stemmer) > 0) {
            word = (dyn_str_t){(const char *)stem, (size_t)sb_stemmer_length(stemmer)};
        }
    }
    dyn_word_plain(word, term);

    return true;
}

static bool is_in(const char *words, dyn_str_t word)
{
    for (const char *at = words; (at = strchr(at, ' ')) != NULL && at[1] != '\0'; at++) {
        if (strncmp(at + 1, word.data, word.len) == 0 && at[1 + word.len] == ' ') {
            return true;
        }
    }

    return false;
}

bool dyn_word_stops(const dyn_stems_t *stems, dyn_str_t plain)
{
    for (uint32_t i = 0; i < stems->count; i++) {
        for (size_t k = 0; k < sizeof(stop_words) / sizeof(stop_words[0]); k++) {
            if (strcmp(stems->of[i].language, stop_words[k].language) == 0 &&
                is_in(stop_words[k].words, plain)) {
                return true;
            }
        }
    }

    return false;
}

bool dyn_language_heads_first(const char language[4])
{
    return strstr(" fr es it pt ro ca ", language) != NULL && language[0] != '\0';
}

#include "engine/words/tokens.h"

#include <utf8proc.h>

#include "engine/base/utf8.h"

enum { CODES_MAX = 32 };

typedef struct {
    int32_t codes[CODES_MAX]; /* of the folded character, none for a mark */
    uint32_t count;
    uint32_t code; /* as it stands in the text */
    size_t bytes;  /* in the text */
} folded_t;

/* Letters without a decomposition, as their languages write them in ASCII. */
static const struct {
    int32_t code;
    char ascii[3];
} letters[] = {
    {0xe6, "ae"}, {0xf0, "d"},  {0xf8, "o"},  {0xfe, "th"},
    {0x111, "d"}, {0x131, "i"}, {0x142, "l"}, {0x153, "oe"},
};

static void fold_letters(folded_t *folded)
{
    for (uint32_t i = 0; i < folded->count; i++) {
        for (size_t k = 0; k < sizeof(letters) / sizeof(letters[0]); k++) {
            if (folded->codes[i] != letters[k].code) {
                continue;
            }
            folded->codes[i] = (unsigned char)letters[k].ascii[0];
            if (letters[k].ascii[1] != '\0' && folded->count < CODES_MAX) {
                for (uint32_t j = folded->count++; j > i + 1; j--) {
                    folded->codes[j] = folded->codes[j - 1];
                }
                folded->codes[++i] = (unsigned char)letters[k].ascii[1];
            }
            break;
        }
    }
}

/* The character at `at`; false at the end of the text. */
static bool fold(dyn_str_t text, size_t at, folded_t *folded)
{
    if (at >= text.len) {
        return false;
    }

    unsigned char first = (unsigned char)text.data[at];

    if (first < 0x80) {
        folded->code = first;
        folded->codes[0] = first >= 'A' && first <= 'Z' ? first | 0x20 : first;
        folded->count = 1;
        folded->bytes = 1;
        return true;
    }

    folded->bytes = dyn_utf8_next(text, at, &folded->code);
    if (folded->bytes == 0) {
        folded->code = ' ';
        folded->codes[0] = ' ';
        folded->count = 1;
        folded->bytes = 1;
        return true;
    }

    int boundary = 0;
    utf8proc_ssize_t count =
        utf8proc_decompose_char((utf8proc_int32_t)folded->code, folded->codes, CODES_MAX,
                                UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE | UTF8PROC_CASEFOLD |
                                    UTF8PROC_STRIPMARK | UTF8PROC_IGNORE,
                                &boundary);

    if (count < 0 || count > CODES_MAX) {
        folded->codes[0] = ' ';
        count = 1;
    }
    folded->count = (uint32_t)count;
    fold_letters(folded);

    return true;
}

static bool is_digit(int32_t code)
{
    return code >= '0' && code <= '9';
}

static bool is_word(int32_t code)
{
    if (code < 0x80) {
        return is_digit(code) || (code >= 'a' && code <= 'z');
    }

    utf8proc_category_t category = utf8proc_category(code);

    return category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_NO;
}

static bool is_paired(int32_t code)
{
    return (code >= 0x3041 && code <= 0x30fa) || (code >= 0x3400 && code <= 0x9fff) ||
           (code >= 0xf900 && code <= 0xfaff) || (code >= 0x20000 && code <= 0x3ffff);
}

static bool is_dash(uint32_t code)
{
    return code == '-' || (code >= 0x2010 && code <= 0x2015) || code == 0x2212;
}

static bool is_currency(uint32_t code)
{
    return code == '$' ||
           (code >= 0x80 && utf8proc_category((utf8proc_int32_t)code) == UTF8PROC_CATEGORY_SC);
}

static uint32_t between_of(uint32_t code)
{
    if (is_dash(code)) {
        return DYN_TOKEN_DASH;
    }
    if (code == '<' || code == '>') {
        return code == '<' ? DYN_TOKEN_LESS : DYN_TOKEN_MORE;
    }

    return code != '\0' && code < 0x80 && strchr("&,;/|()+:", (int)code) != NULL ? DYN_TOKEN_BREAK
                                                                                 : 0;
}

static void put(dyn_token_t *token, const int32_t *codes, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        utf8proc_uint8_t bytes[4];
        size_t length = (size_t)utf8proc_encode_char(codes[i], bytes);

        if (token->length + length <= sizeof(token->text)) {
            memcpy(token->text + token->length, bytes, length);
            token->length += (uint32_t)length;
        }
    }
}

/* Two characters of a run without blanks, or the only one; false when the run has ended with the pair before. */
static bool take_pair(dyn_tokens_t *tokens, const folded_t *first, dyn_token_t *token)
{
    folded_t second;
    size_t next = tokens->at + first->bytes;
    bool more = fold(tokens->text, next, &second) && second.count > 0 && is_paired(second.codes[0]);
    bool taken = more || !tokens->in_pairs;

    put(token, first->codes, 1);
    if (more) {
        put(token, second.codes, 1);
    }
    tokens->at = next;
    tokens->in_pairs = more;

    return taken;
}

/* A point or comma between digits belongs to the number. */
static bool within_number(const dyn_tokens_t *tokens, const dyn_token_t *token, size_t at,
                          uint32_t code)
{
    folded_t next;

    return (code == '.' || code == ',') && token->length > 0 &&
           is_digit(token->text[token->length - 1]) && fold(tokens->text, at + 1, &next) &&
           next.count > 0 && is_digit(next.codes[0]);
}

/* The 's of "women's" and what else follows an apostrophe for a letter. */
static size_t possessive(dyn_str_t text, size_t at, const folded_t *mark)
{
    folded_t letter, after;

    if (mark->code != '\'' && mark->code != 0x2019 && mark->code != 0x2bc) {
        return 0;
    }

    size_t next = at + mark->bytes;

    if (!fold(text, next, &letter) || letter.count != 1 || letter.codes[0] != 's') {
        return 0;
    }
    if (fold(text, next + letter.bytes, &after) && after.count > 0 && is_word(after.codes[0])) {
        return 0;
    }

    return mark->bytes + letter.bytes;
}

static void take_word(dyn_tokens_t *tokens, dyn_token_t *token)
{
    bool number = true;
    folded_t folded;

    while (fold(tokens->text, tokens->at, &folded)) {
        if (within_number(tokens, token, tokens->at, folded.code)) {
            folded.codes[0] = '.';
        } else if (folded.count > 0 && (!is_word(folded.codes[0]) || is_paired(folded.codes[0]))) {
            tokens->at += possessive(tokens->text, tokens->at, &folded);
            break;
        } else {
            for (uint32_t i = 0; i < folded.count; i++) {
                number = number && is_digit(folded.codes[i]);
            }
        }
        put(token, folded.codes, folded.count);
        tokens->at += folded.bytes;
    }
    token->kind = number ? DYN_TOKEN_NUMBER : DYN_TOKEN_WORD;
}

bool dyn_tokens_next(dyn_tokens_t *tokens, dyn_token_t *token)
{
    folded_t folded;

    token->length = 0;
    token->kind = DYN_TOKEN_WORD;
    token->between = 0;
    while (fold(tokens->text, tokens->at, &folded)) {
        if (folded.count > 0 && is_paired(folded.codes[0])) {
            if (take_pair(tokens, &folded, token)) {
                return true;
            }
            token->length = 0;
            continue;
        }
        tokens->in_pairs = false;
        if (is_currency(folded.code)) {
            put(token, folded.codes, folded.count);
            token->kind = DYN_TOKEN_CURRENCY;
            tokens->at += folded.bytes;
            return true;
        }
        if (folded.count > 0 && is_word(folded.codes[0])) {
            take_word(tokens, token);
            return true;
        }
        token->between |= between_of(folded.code);
        tokens->at += folded.bytes;
    }

    return false;
}

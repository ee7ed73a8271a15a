/* Session-log text: the compact form of an event in Redis. engine/events/event.h has the grammar. */
#include "engine/events/event.h"

#include "engine/base/eight.h"
#include "engine/base/limits.h"
#include "engine/base/percent.h"
#include "engine/base/utf8.h"
#include "engine/events/text.h"

#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* Bytes that are not encoded in ids and values: [A-Za-z0-9._~:/@+,-]. A bit for each byte. */
static const uint32_t plain_bytes[8] = {0, 0x07fff800, 0x87ffffff, 0x47fffffe, 0, 0, 0, 0};

static bool plain(char c)
{
    unsigned char byte = (unsigned char)c;

    return (plain_bytes[byte >> 5] >> (byte & 31) & 1) != 0;
}

/* ---- encode ---- */
typedef struct {
    char *text;
    size_t size;
    size_t length; /* larger than size: it did not fit */
} writer_t;

static void put(writer_t *writer, char c)
{
    if (writer->length < writer->size) {
        writer->text[writer->length] = c;
    }
    writer->length++;
}

static void put_str(writer_t *writer, dyn_str_t text)
{
    for (size_t i = 0; i < text.len; i++) {
        put(writer, text.data[i]);
    }
}

static void put_number(writer_t *writer, uint64_t number)
{
    char digits[20];
    size_t count = 0;

    do {
        digits[count++] = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);

    while (count > 0) {
        put(writer, digits[--count]);
    }
}

static void put_escaped(writer_t *writer, dyn_str_t text, bool lone_dash_escaped)
{
    static const char hex[] = "0123456789ABCDEF";

    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];

        if (plain(c) && !(lone_dash_escaped && text.len == 1 && c == '-')) {
            put(writer, c);
        } else {
            put(writer, '%');
            put(writer, hex[(unsigned char)c >> 4]);
            put(writer, hex[(unsigned char)c & 15]);
        }
    }
}

static void put_key(writer_t *writer, char key, dyn_str_t value)
{
    if (value.len != 0) {
        put(writer, ' ');
        put(writer, key);
        put(writer, '=');
        put_escaped(writer, value, false);
    }
}

static void put_number_key(writer_t *writer, char key, uint64_t number)
{
    put(writer, ' ');
    put(writer, key);
    put(writer, '=');
    put_number(writer, number);
}

size_t dyn_event_encode(const dyn_event_t *event, char *text, size_t size)
{
    writer_t writer = {text, size < DYN_EVENT_TEXT_BYTES_MAX ? size : DYN_EVENT_TEXT_BYTES_MAX, 0};
    dyn_str_t code = dyn_event_code(event->type);

    if (code.len == 0 || event->time_ms < 0) {
        return 0;
    }

    put_str(&writer, code);
    put(&writer, ' ');
    put_number(&writer, (uint64_t)event->time_ms);

    size_t without_item = writer.length;

    if (event->item_id.len != 0) {
        put(&writer, ' ');
        put_escaped(&writer, event->item_id, true);
    } else {
        put(&writer, ' ');
        put(&writer, '-');
    }

    size_t without_keys = writer.length;

    if (event->quantity != 1) {
        put_number_key(&writer, 'q', event->quantity);
    }
    if (event->price_minor >= 0) {
        put_number_key(&writer, 'p', (uint64_t)event->price_minor);
    }
    put_key(&writer, 'c', dyn_str_from(event->currency));
    put_key(&writer, 't', event->search_term);
    put_key(&writer, 'l', event->list_id);
    put_key(&writer, 'd', event->decision_id);
    put_key(&writer, 'o', event->transaction_id);
    put_key(&writer, 'f', event->field);
    put_key(&writer, 'v', event->value);

    if (writer.length == without_keys && event->item_id.len == 0) {
        writer.length = without_item;
    }

    return writer.length <= writer.size ? writer.length : 0;
}

/* ---- decode ---- */

/* An entry, read word by word. */
typedef struct {
    const char *data;
    size_t length;
    size_t at;
    bool
        simple; /* ASCII, no control byte, nothing encoded, as in most entries: no value needs another check */
    bool short_text; /* and then there is */
    uint64_t blanks; /* a bit for each byte that is one */
} reader_t;

enum { BLOCK = 16, SHORT_BYTES = 64 };

typedef struct {
    unsigned blanks; /* a bit for each */
    unsigned odd;    /* not 0: some bytes are encoded, control bytes or not ASCII */
} block_t;

static block_t look_at(const char *text)
{
#ifdef __SSE2__
    __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)text);
    /* signed, so bytes beyond ASCII are below a blank too */
    __m128i odd = _mm_cmplt_epi8(bytes, _mm_set1_epi8(' '));

    odd = _mm_or_si128(odd, _mm_cmpeq_epi8(bytes, _mm_set1_epi8(0x7f)));
    odd = _mm_or_si128(odd, _mm_cmpeq_epi8(bytes, _mm_set1_epi8('%')));

    return (block_t){(unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(' '))),
                     (unsigned)_mm_movemask_epi8(odd)};
#else
    block_t block = {0, 0};

    for (unsigned i = 0; i < BLOCK; i++) {
        unsigned char byte = (unsigned char)text[i];

        block.blanks |= (unsigned)(byte == ' ') << i;
        block.odd |= byte < ' ' || byte >= 0x7f || byte == '%';
    }

    return block;
#endif
}

/* The last block ends with the text, so a part of it may be tested twice. */
static void begin_reading(reader_t *reader, dyn_str_t text)
{
    unsigned odd = 0;
    uint64_t blanks = 0;

    *reader = (reader_t){.data = text.data, .length = text.len};
    if (text.len < BLOCK || text.len > SHORT_BYTES) {
        return;
    }

    for (size_t at = 0; at < text.len; at += BLOCK) {
        at = text.len - at < BLOCK ? text.len - BLOCK : at;

        block_t block = look_at(text.data + at);

        blanks |= (uint64_t)block.blanks << at;
        odd |= block.odd;
    }
    reader->simple = odd == 0;
    reader->short_text = true;
    reader->blanks = blanks;
}

/* Reads the next word and skips the blank after it; false at the end or for an empty word. */
static inline bool next_word(reader_t *reader, dyn_str_t *word)
{
    const char *from = reader->data + reader->at;
    size_t left = reader->length - reader->at;
    size_t length;

    if (left == 0) {
        return false;
    }
    if (reader->short_text) {
        uint64_t blanks = reader->blanks >> reader->at;

        length = blanks == 0 ? left : (size_t)__builtin_ctzll(blanks);
    } else {
        const char *blank = memchr(from, ' ', left);

        length = blank == NULL ? left : (size_t)(blank - from);
    }
    if (length == 0 || length + 1 == left) {
        return false;
    }

    *word = (dyn_str_t){from, length};
    reader->at += length == left ? length : length + 1;

    return true;
}

static bool are_digits(uint64_t eight)
{
    return ((eight & DYN_EIGHT(0xf0)) | ((eight + DYN_EIGHT(6)) & DYN_EIGHT(0xf0)) >> 4) ==
           DYN_EIGHT(0x33);
}

/* Reads eight digits at once, the first in the lowest byte: pairs, then fours, then all of them. */
static uint64_t number_of_digits(uint64_t eight)
{
    eight = (eight & DYN_EIGHT(0x0f)) * 2561 >> 8;
    eight = (eight & 0x00ff00ff00ff00ff) * 6553601 >> 16;

    return (eight & 0x0000ffff0000ffff) * 42949672960001 >> 32;
}

static bool parse_number(dyn_str_t text, uint64_t max, uint64_t *number)
{
    uint64_t value = 0;
    size_t at = 0;

    /* 19 digits cannot pass UINT64_MAX */
    if (text.len == 0 || text.len > 19) {
        return false;
    }

    if (text.len > 8 && text.len <= 16) {
        static const uint32_t powers[] = {1,      10,      100,      1000,     10000,
                                          100000, 1000000, 10000000, 100000000};
        size_t rest = text.len - 8;
        uint64_t first = dyn_eight_load(text.data);
        uint64_t last = dyn_eight_load(text.data + rest);

        if (!are_digits(first) || !are_digits(last)) {
            return false;
        }
        /* without its digits that are among the first eight */
        last = (last & DYN_EIGHT(0x0f)) >> (64 - 8 * rest) << (64 - 8 * rest);
        *number = number_of_digits(first) * powers[rest] + number_of_digits(last);

        return *number <= max;
    }

    for (; at < text.len; at++) {
        if (text.data[at] < '0' || text.data[at] > '9') {
            return false;
        }
        value = value * 10 + (uint64_t)(text.data[at] - '0');
    }

    *number = value;
    return value <= max;
}

static bool unescape_slowly(dyn_str_t word, size_t max, dyn_arena_t *arena, dyn_str_t *value)
{
    if (memchr(word.data, '%', word.len) != NULL) {
        char *text = dyn_arena_alloc(arena, word.len);
        bool well_formed;

        if (text == NULL) {
            return false;
        }
        word.len = dyn_percent_decode(word, false, text, &well_formed);
        word.data = text;
        if (!well_formed) {
            return false;
        }
    }

    *value = word;
    return word.len <= max && dyn_utf8_clean(word);
}

/* Reads a value; it points into the text if nothing is encoded. False: not clean UTF-8, or over max bytes. */
static inline bool unescape(dyn_str_t word, bool simple, size_t max, dyn_arena_t *arena,
                            dyn_str_t *value)
{
    if (!simple) {
        return unescape_slowly(word, max, arena, value);
    }
    *value = word;

    return word.len <= max;
}

static bool decode_key(char key, dyn_str_t value, bool simple, dyn_arena_t *arena,
                       dyn_event_t *event)
{
    uint64_t number;

    switch (key) {
    case 'q':
        if (!parse_number(value, DYN_QUANTITY_MAX, &number) || number == 0) {
            return false;
        }
        event->quantity = (uint32_t)number;
        return true;
    case 'p':
        if (!parse_number(value, DYN_PRICE_MINOR_MAX, &number)) {
            return false;
        }
        event->price_minor = (int64_t)number;
        return true;
    case 'c':
        for (size_t i = 0; i < value.len; i++) {
            if (value.len != 3 || value.data[i] < 'A' || value.data[i] > 'Z') {
                return false;
            }
            event->currency[i] = value.data[i];
        }
        return true;
    case 't':
        return unescape(value, simple, DYN_SEARCH_TERM_BYTES_MAX, arena, &event->search_term);
    case 'l':
        return unescape(value, simple, DYN_LIST_ID_BYTES_MAX, arena, &event->list_id);
    case 'd':
        return unescape(value, simple, DYN_DECISION_ID_BYTES_MAX, arena, &event->decision_id);
    case 'o':
        return unescape(value, simple, DYN_TRANSACTION_ID_BYTES_MAX, arena, &event->transaction_id);
    case 'f':
        return unescape(value, simple, DYN_FIELD_BYTES_MAX, arena, &event->field);
    case 'v':
        return unescape(value, simple, DYN_VALUE_BYTES_MAX, arena, &event->value);
    default:
        return true;
    }
}

bool dyn_event_decode(dyn_str_t text, dyn_arena_t *arena, dyn_event_t *event)
{
    reader_t reader;
    dyn_str_t word;
    uint64_t time_ms;

    *event = (dyn_event_t){.quantity = 1, .price_minor = -1};

    if (text.len == 0 || text.len > DYN_EVENT_TEXT_BYTES_MAX) {
        return false;
    }
    begin_reading(&reader, text);

    if (!next_word(&reader, &word) || !dyn_event_type_from_code(word, &event->type) ||
        !next_word(&reader, &word) || !parse_number(word, INT64_MAX, &time_ms)) {
        return false;
    }
    event->time_ms = (int64_t)time_ms;

    if (reader.at == reader.length) {
        return true;
    }

    if (!next_word(&reader, &word)) {
        return false;
    }
    if (!(word.len == 1 && word.data[0] == '-') &&
        !unescape(word, reader.simple, DYN_ITEM_ID_BYTES_MAX, arena, &event->item_id)) {
        return false;
    }

    while (reader.at < reader.length) {
        if (!next_word(&reader, &word)) {
            return false;
        }

        const char *equals =
            word.len > 1 && word.data[1] == '=' ? word.data + 1 : memchr(word.data, '=', word.len);

        if (equals == NULL || equals == word.data || equals + 1 == word.data + word.len) {
            return false;
        }

        /* this version knows keys of one letter; longer ones come from a newer writer */
        if (equals == word.data + 1 &&
            !decode_key(word.data[0], (dyn_str_t){equals + 1, word.len - 2}, reader.simple, arena,
                        event)) {
            return false;
        }
    }

    return true;
}

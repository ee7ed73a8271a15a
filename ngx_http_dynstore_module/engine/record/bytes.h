/* Writes numbers and texts as little-endian bytes, and reads them from untrusted bytes. Internal to engine/record/. */
#ifndef DYN_RECORD_BYTES_H
#define DYN_RECORD_BYTES_H

#include "engine/base/types.h"

/* at: has room for `bytes` bytes. */
static inline char *dyn_bytes_number(char *at, uint64_t number, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        at[i] = (char)(uint8_t)(number >> (8 * i));
    }

    return at + bytes;
}

static inline uint64_t dyn_bytes_read(const char *at, size_t bytes)
{
    uint64_t number = 0;

    for (size_t i = 0; i < bytes; i++) {
        number |= (uint64_t)(uint8_t)at[i] << (8 * i);
    }

    return number;
}

static inline char *dyn_bytes_copy(char *at, const void *data, size_t bytes)
{
    if (bytes > 0) {
        memcpy(at, data, bytes);
    }

    return at + bytes;
}

typedef struct {
    const char *what; /* "question": sentences begin with it */
    const char *at;
    const char *end;
    dyn_error_t *error;
} dyn_reader_t;

static inline dyn_reader_t dyn_reader_of(const char *what, dyn_str_t bytes, dyn_error_t *error)
{
    const char *at = bytes.len == 0 ? "" : bytes.data;

    return (dyn_reader_t){what, at, at + bytes.len, error};
}

/* Returns the next `bytes` bytes, or NULL with a sentence that names the part. */
static inline const char *dyn_reader_take(dyn_reader_t *reader, size_t bytes, const char *part)
{
    const char *at = reader->at;

    if ((size_t)(reader->end - at) < bytes) {
        dyn_fail(reader->error, "%s: %s: the bytes end before it does", reader->what, part);
        return NULL;
    }
    reader->at += bytes;

    return at;
}

static inline bool dyn_reader_number(dyn_reader_t *reader, size_t bytes, const char *part, uint64_t *number)
{
    const char *at = dyn_reader_take(reader, bytes, part);

    *number = at == NULL ? 0 : dyn_bytes_read(at, bytes);

    return at != NULL;
}

/* The same for a number that is at most `max`. */
static inline bool dyn_reader_bounded(dyn_reader_t *reader, size_t bytes, uint64_t max, const char *part,
                                      uint64_t *number)
{
    return dyn_reader_number(reader, bytes, part, number) &&
           (*number <= max || dyn_fail(reader->error, "%s: %s: is %llu, and may be at most %llu", reader->what, part,
                                       (unsigned long long)*number, (unsigned long long)max));
}

/* A record begins with four letters and a version, and ends with its bytes. */
enum { DYN_RECORD_HEAD_BYTES = 5 };

static inline bool dyn_reader_head(dyn_reader_t *reader, const char magic[4], uint8_t version)
{
    const char *at = dyn_reader_take(reader, DYN_RECORD_HEAD_BYTES, "head");

    if (at == NULL) {
        return false;
    }
    if (memcmp(at, magic, 4) != 0) {
        return dyn_fail(reader->error, "%s: does not begin with %.4s, so it is none", reader->what, magic);
    }

    return (uint8_t)at[4] == version ||
           dyn_fail(reader->error, "%s: is of version %u; version %u is read here", reader->what, (uint8_t)at[4],
                    version);
}

static inline bool dyn_reader_ends(dyn_reader_t *reader)
{
    return reader->at == reader->end ||
           dyn_fail(reader->error, "%s: %zu bytes too many behind its end", reader->what,
                    (size_t)(reader->end - reader->at));
}

#endif

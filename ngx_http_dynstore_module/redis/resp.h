/*
 * Redis' replies (RESP2) told as their bytes come. Nothing is gathered but the beginning of a line, so a reply of any size takes
 * the same memory, and who does not want one lets it pass. (hiredis' reader holds a string whole before it tells of it, and ends
 * the connection where lists are nested deeper than seven.)
 */
#ifndef DYN_RESP_H
#define DYN_RESP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* of a line this much is told: an error's sentence */
#define DYN_RESP_LINE_MAX 128
/* elements or bytes that a reply may announce: more are announced by no Redis */
#define DYN_RESP_ANNOUNCED_MAX ((int64_t)1 << 40)

/*
 * What a reply is made of, in order. `nested` is true for what stands in a list. False, which most of these may return, ends the
 * reading: the connection is of no use. What they are shown is theirs until they return.
 */
typedef struct {
    bool (*list)(void *data, bool nested, uint64_t elements);
    /* `len` bytes will be told, in pieces; none when it is 0 */
    bool (*string)(void *data, bool nested, uint64_t len);
    void (*bytes)(void *data, const uint8_t *bytes, size_t len);
    /* a simple string or an error, cut; type is '+' or '-' */
    bool (*line)(void *data, uint8_t type, const uint8_t *text, size_t len);
    /* a number, or nothing where a string or list could stand */
    bool (*other)(void *data);
    /* the reply is whole */
    void (*end)(void *data);
} dyn_resp_handlers_t;

typedef struct {
    int state;
    bool nested;     /* the value being read is in a list */
    uint8_t type;
    uint8_t before;  /* the byte before the one that is read: \r\n ends a line */
    uint64_t values; /* of the reply, still to come; 0: between replies */
    uint64_t left;   /* bytes of the string */
    size_t len;      /* of the line, cut or not */
    uint8_t text[DYN_RESP_LINE_MAX];
} dyn_resp_t;

void dyn_resp_init(dyn_resp_t *resp);

/* Reads the next bytes of a connection. False: they are no RESP2, or a handler said so. */
bool dyn_resp_read(dyn_resp_t *resp, const dyn_resp_handlers_t *handlers, void *data,
                   const uint8_t *bytes, size_t len);

#endif

/*
 * Reads Redis' replies (RESP2) as their bytes arrive. It stores only the beginning of a line, so
 * replies of any size take the same memory, and a caller can skip one. (hiredis' reader stores each
 * string whole first, and ends the connection when lists are nested deeper than seven.)
 */
#ifndef DYN_RESP_H
#define DYN_RESP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* bytes of a line that are reported, such as an error's sentence */
#define DYN_RESP_LINE_MAX 128
/* elements or bytes that a reply may announce; no Redis announces more */
#define DYN_RESP_ANNOUNCED_MAX ((int64_t)1 << 40)

/*
 * Called for the parts of a reply, in order. `nested` is true within a list. Most of these may
 * return false to stop reading, when the connection cannot be used any more. Their arguments are
 * valid until they return.
 */
typedef struct {
    bool (*list)(void *data, bool nested, uint64_t elements);
    /* a string of `len` bytes follows, in pieces; no piece when `len` is 0 */
    bool (*string)(void *data, bool nested, uint64_t len);
    void (*bytes)(void *data, const uint8_t *bytes, size_t len);
    /* a simple string or an error, cut; type is '+' or '-' */
    bool (*line)(void *data, uint8_t type, const uint8_t *text, size_t len);
    /* a number, or a null string or list */
    bool (*other)(void *data);
    /* the reply is complete */
    void (*end)(void *data);
} dyn_resp_handlers_t;

typedef struct {
    int state;
    bool nested; /* the value being read is in a list */
    uint8_t type;
    uint8_t before;  /* the previous byte: \r\n ends a line */
    uint64_t values; /* values of the reply that are missing; 0: between replies */
    uint64_t left;   /* bytes of the string */
    size_t len;      /* of the line, cut or not */
    uint8_t text[DYN_RESP_LINE_MAX];
} dyn_resp_t;

void dyn_resp_init(dyn_resp_t *resp);

/* Reads the next bytes of a connection. False: they are not RESP2, or a handler returned false. */
bool dyn_resp_read(dyn_resp_t *resp, const dyn_resp_handlers_t *handlers, void *data,
                   const uint8_t *bytes, size_t len);

#endif

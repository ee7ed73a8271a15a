/* Names of the keys in Redis, as docs/data-model.md has them. */
#ifndef DYN_REDIS_KEYS_H
#define DYN_REDIS_KEYS_H

#include "engine/base/types.h"

enum {
    DYN_REDIS_PREFIX_BYTES_MAX = 64,
    /* bytes of a visitor's key beyond prefix and hash, "r:{}", and of the streams' keys beyond the prefix, "events" and "decisions" */
    DYN_REDIS_KEY_MORE = 4,
    DYN_REDIS_STREAM_MORE = 6,
    DYN_REDIS_DECISIONS_MORE = 9,
    /* of the control stream's key, "control", and of that of its lasting entries, "lasting:{control}" and the prefix once more */
    DYN_REDIS_CONTROL_MORE = 7,
    DYN_REDIS_LASTING_MORE = 17 + DYN_REDIS_PREFIX_BYTES_MAX,
    /* what the control stream is trimmed to: the stock of a large catalogue, told twice between two builds of the snapshot */
    DYN_REDIS_CONTROL_ENTRIES_MAX = 200000,
    /* and its lasting entries, of which people write a few a day */
    DYN_REDIS_LASTING_ENTRIES_MAX = 20000
};

typedef enum {
    DYN_REDIS_KEY_LOG = 'r',      /* the session's log */
    DYN_REDIS_KEY_FACTS = 's',    /* the session's facts */
    DYN_REDIS_KEY_HISTORY = 'h',  /* what the visitor bought and chose, beyond the session */
    DYN_REDIS_KEY_TOKEN = 't',    /* whose cart or checkout it is, by the token's hash */
    DYN_REDIS_KEY_CUSTOMER = 'c', /* visitors whom a customer's orders were joined to */
    DYN_REDIS_KEY_DELIVERY = 'w'  /* what a webhook brought was taken */
} dyn_redis_key_e;

/*
 * A prefix is 1 to DYN_REDIS_PREFIX_BYTES_MAX printable ASCII characters other than space and
 * braces, because a cluster takes the hash slot from what is between braces. False with a sentence.
 */
bool dyn_redis_prefix_check(dyn_str_t prefix, dyn_error_t *error);

/*
 * PREFIX r:{HASH}, or another kind in place of r, and PREFIX events. The braces keep a visitor's keys in
 * one hash slot of a cluster. `out` has room for prefix, hash and what the enumeration says.
 * Returns the end of what was written; there is no NUL.
 */
char *dyn_redis_key_write(char *out, dyn_str_t prefix, dyn_redis_key_e kind, dyn_str_t hash);
char *dyn_redis_stream_write(char *out, dyn_str_t prefix);
/* The same of PREFIX decisions, the stream of decision records. */
char *dyn_redis_decisions_write(char *out, dyn_str_t prefix);
/* PREFIX control, the same. */
char *dyn_redis_control_write(char *out, dyn_str_t prefix);
/* PREFIX lasting:{PREFIX control}: a cluster has it where the control stream is, since a script reads both. */
char *dyn_redis_lasting_write(char *out, dyn_str_t prefix);

#endif

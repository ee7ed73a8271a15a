/* How a command line names a visitor: by the value of the cookie, or by the hash of the keys in Redis. */
#ifndef DYN_VISITOR_NAME_H
#define DYN_VISITOR_NAME_H

#include "engine/trust/visitor.h"

/*
 * `given`: a cookie's value, which needs the file of the key (else NULL), or a hash. DYN_EXIT_OK and the hash, or an exit code after a
 * sentence on standard error.
 */
int dyn_visitor_name(const char *command, const char *given, const char *key_path,
                     char hash[DYN_VISITOR_HASH_BYTES + 1]);

#endif

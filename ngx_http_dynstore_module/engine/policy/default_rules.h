/* The bytes of conf.examples/rules.default.json, which the built-in policy is compiled from. */
#ifndef DYN_DEFAULT_RULES_H
#define DYN_DEFAULT_RULES_H

#include <stddef.h>

extern const char dyn_default_rules[]; /* terminated */
extern const size_t dyn_default_rules_bytes;

#endif

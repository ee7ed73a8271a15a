/*
 * Reads the values of a rules file. What cannot be read is a fault, and false. Where an object and a key are given, the member may be
 * missing: then the value stays what it was. Internal to engine/compile.
 */
#ifndef DYN_COMPILE_VALUES_H
#define DYN_COMPILE_VALUES_H

#include "engine/compile/faults.h"

typedef bool (*dyn_take_fn)(dyn_compiler_t *compiler, const json_t *value, void *context);

/* Each ended by NULL. */
extern const char *const dyn_surface_names[];
extern const char *const dyn_source_names[];

/* Of a string; else it is empty. */
dyn_str_t dyn_text_of(const json_t *value);
bool dyn_find_name(const char *const *table, const char *name, uint32_t *number);

bool dyn_take_object(dyn_compiler_t *compiler, const json_t *value, const char *what);
bool dyn_take_list(dyn_compiler_t *compiler, const json_t *value, const char *what);
/* The object has none but these. */
bool dyn_take_members(dyn_compiler_t *compiler, const json_t *object, const char *what,
                      const dyn_names_t *names);
/* One value, or each of a list. */
bool dyn_take_each(dyn_compiler_t *compiler, const json_t *value, dyn_take_fn take, void *context);
bool dyn_take_number(dyn_compiler_t *compiler, const json_t *value, double least, double most,
                     double *number);
bool dyn_take_whole(dyn_compiler_t *compiler, const json_t *value, double least, double most,
                    double *number);
bool dyn_take_bool(dyn_compiler_t *compiler, const json_t *value, bool *truth);
bool dyn_take_text(dyn_compiler_t *compiler, const json_t *value, size_t most, dyn_str_t *text);
bool dyn_take_name(dyn_compiler_t *compiler, const json_t *value, const char *const *table,
                   const char *what, uint32_t *number);
bool dyn_take_slot_name(dyn_compiler_t *compiler, const json_t *value, dyn_str_t *name);
bool dyn_take_currency(dyn_compiler_t *compiler, const json_t *value, char currency[4]);
/* Into the compiler's values. */
bool dyn_take_slot(dyn_compiler_t *compiler, const json_t *value, void *context);
bool dyn_take_country(dyn_compiler_t *compiler, const json_t *value, void *context);
/* An id as a string or a whole number; its item goes into the compiler's values, if the snapshot has it. */
bool dyn_take_item(dyn_compiler_t *compiler, const json_t *value, void *context);
bool dyn_take_texts(dyn_compiler_t *compiler, const json_t *value, unsigned places, uint32_t *text);
/* Each of a list of objects: `what` is the list. */
bool dyn_take_rows(dyn_compiler_t *compiler, const json_t *value, const char *what, dyn_take_fn take,
                   void *context);

/* The member, whose place is entered; NULL: there is none. */
json_t *dyn_enter_given(dyn_compiler_t *compiler, const json_t *object, const char *key);
/* A whole number. */
bool dyn_take_count(dyn_compiler_t *compiler, const json_t *object, const char *key, int32_t least,
                    int32_t most, int32_t *count);
bool dyn_take_own_text(dyn_compiler_t *compiler, const json_t *object, const char *key,
                       uint32_t *text);
bool dyn_take_flag(dyn_compiler_t *compiler, const json_t *object, const char *key, bool *flag);
bool dyn_take_share(dyn_compiler_t *compiler, const json_t *object, const char *key, double most,
                    double *share);
bool dyn_take_strength(dyn_compiler_t *compiler, const json_t *object, float *strength);
/* outcome: what comes of an end that is not after the beginning, as "the rule never holds" */
bool dyn_check_period(dyn_compiler_t *compiler, int64_t from_ms, int64_t until_ms,
                      const char *outcome);
bool dyn_take_time(dyn_compiler_t *compiler, const json_t *object, const char *key,
                   int64_t *time_ms);
bool dyn_take_name_of(dyn_compiler_t *compiler, const json_t *object, const char *key,
                      dyn_str_t *name);

#endif

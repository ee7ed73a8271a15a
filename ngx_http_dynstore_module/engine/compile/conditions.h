/* Compiles conditions: from their JSON to nodes. Internal to engine/compile. */
#ifndef DYN_COMPILE_CONDITIONS_H
#define DYN_COMPILE_CONDITIONS_H

#include "engine/compile/compiler.h"

/* A new node, whose values and children come next. */
uint32_t dyn_condition_add(dyn_compiler_t *compiler, dyn_node_kind_t kind, uint8_t field,
                           uint8_t subject);
/* The node has its values. */
void dyn_condition_end_values(dyn_compiler_t *compiler, uint32_t node, bool sorted);
/* The node has its values and children. */
bool dyn_condition_end(dyn_compiler_t *compiler, uint32_t node);

typedef bool (*dyn_members_fn)(dyn_compiler_t *compiler, dyn_subject_t subject,
                               const json_t *object, int nested);

/* value: an object whose members are read by the function; NULL: the condition always holds. */
bool dyn_compile_when(dyn_compiler_t *compiler, const json_t *value, dyn_members_fn members,
                      dyn_when_t *when);
/* All that can be asked of a request. */
bool dyn_compile_request_members(dyn_compiler_t *compiler, dyn_subject_t subject,
                                 const json_t *object, int nested);
bool dyn_compile_request_member(dyn_compiler_t *compiler, dyn_subject_t subject, const char *key,
                                const json_t *value, int nested);
bool dyn_compile_request(dyn_compiler_t *compiler, dyn_request_field_t field, const json_t *value);
/* trait_name: of a tag, an audience or an attribute */
bool dyn_compile_item_field(dyn_compiler_t *compiler, dyn_subject_t subject, dyn_item_field_t field,
                            const char *trait_name, const json_t *value);
/* A condition that is asked before there are slots and candidates. */
bool dyn_compile_scope(dyn_compiler_t *compiler, const json_t *value, const char *what,
                       dyn_when_t *when);
/* True when some node asks for the candidate. */
bool dyn_condition_asks_for_candidate(dyn_compiler_t *compiler, dyn_when_t when);

#endif

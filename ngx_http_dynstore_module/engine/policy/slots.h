/* Slots: the places on a surface that show a block. */
#ifndef DYN_SLOTS_H
#define DYN_SLOTS_H

#include "engine/base/limits.h"
#include "engine/base/tables.h"
#include "engine/policy/policy.h"

typedef struct {
    dyn_str_t name; /* [a-z0-9_-]{1,32} */
    uint32_t count; /* items wanted, 1..DYN_SLOT_ITEMS_MAX */
} dyn_slot_t;

/* The slots of a surface when nginx.conf names none. */
size_t dyn_default_slots(dyn_surface_t surface, const dyn_slot_t **slots);
/*
 * The same with a policy: the slots that the shop's own file lists for this very surface, in its order, else those. room: where they are
 * written to when they are the file's; policy: NULL: the built-in one.
 */
size_t dyn_policy_slots(const dyn_policy_t *policy, dyn_surface_t surface, dyn_slot_t room[DYN_SLOTS_MAX],
                        const dyn_slot_t **slots);
/* How the policy wants the slot's block on the surface: 1 json, 2 html; 0: it does not say. */
uint8_t dyn_policy_slot_format(const dyn_policy_t *policy, dyn_surface_t surface, dyn_str_t slot);
/* Reads "recs" or "recs=8". */
bool dyn_slot_parse(dyn_str_t text, dyn_slot_t *slot, dyn_error_t *error);

#endif

/* What a User-Agent tells. */
#ifndef DYN_DEVICE_H
#define DYN_DEVICE_H

#include "engine/base/tables.h"

/* Of a User-Agent, coarse on purpose. Who says nothing, and curl, are no bots: people try things with them. */
typedef struct {
    dyn_device_t device;
    bool bot;
} dyn_user_agent_t;

dyn_user_agent_t dyn_user_agent_read(dyn_str_t user_agent);

#endif

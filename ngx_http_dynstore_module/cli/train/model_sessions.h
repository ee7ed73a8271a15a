/* The training sessions, back from a model. */
#ifndef DYN_MODEL_SESSIONS_H
#define DYN_MODEL_SESSIONS_H

#include "engine/model/model.h"
#include "cli/input/sessions.h"

/* 0: the newest session, 1: the oldest; from what the session's weight was made of, so to about 1e-4. */
double dyn_model_session_age(const dyn_model_t *model, uint32_t session);

/* A copy; all clicks count as views. False when memory is out. */
bool dyn_model_sessions(const dyn_model_t *model, dyn_sessions_t *sessions);

#endif

/* What the steps of the model's build share. */
#ifndef DYN_MODEL_BUILD_INTERNAL_H
#define DYN_MODEL_BUILD_INTERNAL_H

#include "cli/train/model_build.h"
#include "cli/base/parallel.h"

typedef struct {
    const dyn_sessions_t
        *sessions; /* cut: at most DYN_MODEL_SESSION_CLICKS_MAX clicks each, no unknown items */
    const dyn_model_parameters_t *parameters;
    unsigned threads;
    dyn_model_header_t *header;
    dyn_model_item_t *items;
    dyn_model_built_t *built;
} dyn_model_work_t;

/* Owned by the built model; cleared. NULL when memory is out. */
void *dyn_model_section_new(dyn_model_built_t *built, dyn_model_section_t section, size_t count,
                            size_t size);

/* 0: the newest session, 1: the oldest. */
double dyn_model_age(const dyn_sessions_t *sessions, uint32_t session);

/* Everything but the trees. */
bool dyn_model_build_plain(const dyn_sessions_t *sessions, const dyn_model_build_options_t *options,
                           dyn_model_built_t *built);
bool dyn_model_build_index(dyn_model_work_t *work);
bool dyn_model_build_graph(dyn_model_work_t *work);
bool dyn_model_build_repeats(dyn_model_work_t *work);
/* The trees, and built->rerank_note. */
bool dyn_model_build_rerank(const dyn_sessions_t *sessions,
                            const dyn_model_build_options_t *options, dyn_model_built_t *built);

/* The part of `total` that belongs to one thread. */
static inline uint32_t dyn_part(uint32_t total, unsigned part, unsigned parts)
{
    return (uint32_t)((uint64_t)total * part / parts);
}

#endif

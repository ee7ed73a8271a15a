/* From sessions to the model's sections. The same sessions and parameters give the same bytes on any number of threads. */
#ifndef DYN_MODEL_BUILD_H
#define DYN_MODEL_BUILD_H

#include "engine/model/model.h"
#include "cli/input/sessions.h"
#include "cli/train/snapshot_writer.h"

/* The sections, owned; free with dyn_model_built_free(). */
typedef struct {
    dyn_model_sections_t sections;
    /* What the trees' training found, a sentence for the build's output. */
    char rerank_note[256];
    double index_seconds;
    double rerank_seconds;
} dyn_model_built_t;

typedef struct {
    dyn_model_parameters_t parameters;
    unsigned threads;
    /* Leave the trees out. */
    bool plain;
    /* Called with what is being done; may be NULL. */
    void (*progress)(void *context, const char *step);
    void *progress_context;
} dyn_model_build_options_t;

bool dyn_model_build(const dyn_sessions_t *sessions, const dyn_model_build_options_t *options,
                     dyn_model_built_t *built, dyn_error_t *error);
void dyn_model_built_free(dyn_model_built_t *built);
/* Nothing when there is no model. The sections must stay until the writer is done. */
void dyn_model_sections_add(const dyn_model_sections_t *sections, dyn_snapshot_writer_t *writer);

#endif

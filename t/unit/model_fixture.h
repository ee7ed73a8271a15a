/* Small models for tests, built from sessions written as arrays. */
#ifndef MODEL_FIXTURE_H
#define MODEL_FIXTURE_H

#include "cli/train/model_build.h"

typedef struct {
    dyn_sessions_t sessions;
    dyn_model_built_t built;
    dyn_model_t model;
    dyn_model_scratch_t *scratch;
} model_fixture_t;

/* Sessions of `text`: items by number, sessions apart by ';', e.g. "0 1 2; 1 2". Session s ends at time s. */
void model_fixture_text(model_fixture_t *fixture, const char *text, uint32_t item_count,
                        const dyn_model_build_options_t *options);
/* Made-up sessions in which an item is often followed by its neighbours; the same seed gives the same. */
void model_fixture_random(model_fixture_t *fixture, uint32_t session_count, uint32_t item_count,
                          uint64_t seed, const dyn_model_build_options_t *options);
void model_fixture_free(model_fixture_t *fixture);

dyn_model_build_options_t model_fixture_options(bool plain);
uint32_t model_fixture_random_below(uint64_t *state, uint32_t bound);

/* The answer, ending the test when it is longer than DYN_MODEL_RESULTS_MAX. */
size_t model_fixture_ask(model_fixture_t *fixture, const uint32_t *items, size_t count, bool novel,
                         bool plain, size_t want, dyn_model_result_t *results);

/* The item's result among those of an answer, ending the test when there is none. */
const dyn_model_result_t *model_fixture_result_of(const dyn_model_result_t *results, size_t count,
                                                  uint32_t item);

#endif

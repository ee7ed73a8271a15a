#include "model_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

uint32_t model_fixture_random_below(uint64_t *state, uint32_t bound)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;

    return (uint32_t)((*state * 2685821657736338717ULL >> 32) % bound);
}

dyn_model_build_options_t model_fixture_options(bool plain)
{
    return (dyn_model_build_options_t){
        .parameters = dyn_model_parameters_default(), .threads = 1, .plain = plain};
}

static void build(model_fixture_t *fixture, dyn_clicks_t *clicks, uint32_t item_count,
                  const dyn_model_build_options_t *options)
{
    dyn_error_t error;

    if (!dyn_clicks_to_sessions(clicks, item_count, &fixture->sessions, &error) ||
        !dyn_model_build(&fixture->sessions, options, &fixture->built, &error) ||
        !dyn_model_attach(&fixture->model, &fixture->built.sections, item_count, &error)) {
        fail_msg("%s", error.text);
    }
    fixture->scratch = calloc(1, dyn_model_scratch_size());
    assert_non_null(fixture->scratch);
}

void model_fixture_text(model_fixture_t *fixture, const char *text, uint32_t item_count,
                        const dyn_model_build_options_t *options)
{
    dyn_clicks_t clicks = {0};
    uint32_t session = 0;

    while (*text != '\0') {
        if (*text == ';') {
            session++;
            text++;
        } else if (*text == ' ') {
            text++;
        } else {
            char *end;
            dyn_click_t click = {.session = session, .time = session};

            click.item = (uint32_t)strtoul(text, &end, 10);
            text = end;
            assert_true(dyn_clicks_add(&clicks, click));
        }
    }
    build(fixture, &clicks, item_count, options);
}

void model_fixture_random(model_fixture_t *fixture, uint32_t session_count, uint32_t item_count,
                          uint64_t seed, const dyn_model_build_options_t *options)
{
    dyn_clicks_t clicks = {0};

    for (uint32_t s = 0; s < session_count; s++) {
        uint32_t length = 2 + model_fixture_random_below(&seed, 9);
        uint32_t item = model_fixture_random_below(&seed, item_count);

        for (uint32_t i = 0; i < length; i++) {
            dyn_click_t click = {
                .session = s,
                .item = item,
                .time = s * 10.0 + model_fixture_random_below(&seed, 9),
                .kind = DYN_CLICK_VIEW,
            };

            assert_true(dyn_clicks_add(&clicks, click));
            item = model_fixture_random_below(&seed, 4) == 0
                       ? model_fixture_random_below(&seed, item_count)
                       : (item + model_fixture_random_below(&seed, 4)) % item_count;
        }
    }
    build(fixture, &clicks, item_count, options);
}

void model_fixture_free(model_fixture_t *fixture)
{
    dyn_sessions_free(&fixture->sessions);
    dyn_model_built_free(&fixture->built);
    free(fixture->scratch);
}

size_t model_fixture_ask(model_fixture_t *fixture, const uint32_t *items, size_t count, bool novel,
                         bool plain, size_t want, dyn_model_result_t *results)
{
    dyn_model_query_t query = {
        .items = items, .count = count, .exclude_session = novel, .plain = plain, .want = want};
    size_t taken = dyn_model_query(&fixture->model, &query, fixture->scratch, results);

    assert_true(taken <= DYN_MODEL_RESULTS_MAX);

    return taken;
}

const dyn_model_result_t *model_fixture_result_of(const dyn_model_result_t *results, size_t count,
                                                  uint32_t item)
{
    for (size_t i = 0; i < count; i++) {
        if (results[i].item == item) {
            return &results[i];
        }
    }
    fail_msg("item %u is not in the answer", item);

    return NULL;
}

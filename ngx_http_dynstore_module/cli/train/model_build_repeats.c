/* How often the next click is an item that the session already holds, in general and by item. */
#include "cli/train/model_build_internal.h"
#include "engine/model/internal.h"

#include <stdlib.h>

enum { FACTOR_MAX = 1000 };

typedef struct {
    double seen[DYN_MODEL_REPEAT_DISTANCES][DYN_MODEL_REPEAT_COUNTS][DYN_MODEL_REPEAT_LENGTHS];
    double next[DYN_MODEL_REPEAT_DISTANCES][DYN_MODEL_REPEAT_COUNTS][DYN_MODEL_REPEAT_LENGTHS];
} tally_t;

/* A distinct item of the prefix that grows. */
typedef struct {
    uint32_t item;
    uint32_t last;
    uint32_t count;
} seen_t;

static size_t at_most(size_t value, size_t most)
{
    return value < most ? value : most;
}

static void tally_session(const uint32_t *items, size_t length, tally_t *tally)
{
    seen_t seen[DYN_MODEL_QUERY_CLICKS_MAX];
    size_t distinct = 0;

    for (size_t t = 0; t + 1 < length && t < DYN_MODEL_QUERY_CLICKS_MAX; t++) {
        size_t prefix = dyn_model_repeat_length(t + 1);
        size_t at = 0;

        while (at < distinct && seen[at].item != items[t]) {
            at++;
        }

        if (at == distinct) {
            seen[distinct++] = (seen_t){items[t], 0, 0};
        }

        seen[at].last = (uint32_t)t;
        seen[at].count++;

        for (size_t i = 0; i < distinct; i++) {
            size_t distance = at_most(t - seen[i].last, DYN_MODEL_REPEAT_DISTANCES - 1);
            size_t count = at_most(seen[i].count, DYN_MODEL_REPEAT_COUNTS) - 1;

            tally->seen[distance][count][prefix]++;
            tally->next[distance][count][prefix] += seen[i].item == items[t + 1];
        }
    }
}

static void smooth(const tally_t *tally, double smoothing, dyn_model_header_t *header)
{
    for (size_t d = 0; d < DYN_MODEL_REPEAT_DISTANCES; d++) {
        for (size_t c = 0; c < DYN_MODEL_REPEAT_COUNTS; c++) {
            double seen = 0;
            double next = 0;

            for (size_t b = 0; b < DYN_MODEL_REPEAT_LENGTHS; b++) {
                seen += tally->seen[d][c][b];
                next += tally->next[d][c][b];
            }

            double shared = (next + 0.02) / (seen + 1);

            for (size_t b = 0; b < DYN_MODEL_REPEAT_LENGTHS; b++) {
                header->repeats[d][c][b] = (float)((tally->next[d][c][b] + smoothing * shared) /
                                                   (tally->seen[d][c][b] + smoothing));
            }
        }
    }
}

/* Of each item: clicks that another one follows; those followed by the same item at once; those by it later. */
typedef struct {
    uint32_t followed;
    uint32_t at_once;
    uint32_t later;
} item_tally_t;

static void tally_items(const dyn_sessions_t *sessions, item_tally_t *tally)
{
    for (uint32_t s = 0; s < sessions->session_count; s++) {
        for (uint32_t k = sessions->starts[s]; k + 1 < sessions->starts[s + 1]; k++) {
            uint32_t item = sessions->items[k];

            tally[item].followed++;
            tally[item].at_once += sessions->items[k + 1] == item;

            for (uint32_t n = k + 2;
                 n < sessions->starts[s + 1] && n - k <= DYN_MODEL_QUERY_CLICKS_MAX; n++) {
                if (sessions->items[n] == item) {
                    tally[item].later++;
                    break;
                }
            }
        }
    }
}

/* The item's own rate over the global one, drawn towards 1 where the item was seen little. */
static float factor(double times, double followed, double rate, double smoothing)
{
    double own = rate > 0 ? (times + smoothing * rate) / (followed + smoothing) / rate : 1;

    /* where hardly anything repeats, one that does is no million times likelier */
    return (float)(own < FACTOR_MAX ? own : FACTOR_MAX);
}

bool dyn_model_build_repeats(dyn_model_work_t *work)
{
    const dyn_sessions_t *sessions = work->sessions;
    const dyn_model_parameters_t *p = work->parameters;
    item_tally_t *items = calloc(sessions->item_count + 1ULL, sizeof(item_tally_t));
    tally_t *tally = calloc(1, sizeof(tally_t));
    double first = (double)sessions->session_count * (1 - (double)p->repeat_sessions);
    double followed = 0;
    double at_once = 0;
    double later = 0;
    bool done = items != NULL && tally != NULL;

    if (done) {
        for (uint32_t s = first > 0 ? (uint32_t)first : 0; s < sessions->session_count; s++) {
            tally_session(sessions->items + sessions->starts[s],
                          sessions->starts[s + 1] - sessions->starts[s], tally);
        }

        smooth(tally, (double)p->repeat_smoothing, work->header);
        tally_items(sessions, items);

        for (uint32_t i = 0; i < sessions->item_count; i++) {
            followed += items[i].followed;
            at_once += items[i].at_once;
            later += items[i].later;
        }

        for (uint32_t i = 0; i < sessions->item_count && followed > 0; i++) {
            double smoothing = (double)p->repeat_item_smoothing;

            work->items[i].repeat_at_once =
                factor(items[i].at_once, items[i].followed, at_once / followed, smoothing);
            work->items[i].repeat_later =
                factor(items[i].later, items[i].followed, later / followed, smoothing);
        }
    }

    free(items);
    free(tally);
    return done;
}

#include "cli/drift/window.h"

#include <math.h>
#include <stdlib.h>

typedef struct {
    const dyn_drift_window_t *window;
    uint32_t *starts, *order;
    double *ends;    /* of each session, the time of its last click */
    uint32_t *views; /* room for the items of one session */
} work_t;

static int by_time(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;

    return left < right ? -1 : left > right;
}

/* Sessions that end from here on are described. */
static bool find_oldest(const work_t *work, double *oldest_s)
{
    const dyn_clicks_t *clicks = work->window->clicks;
    uint64_t count = clicks->session_count, newest = work->window->sessions_max;

    *oldest_s = work->window->oldest_s;
    for (uint32_t s = 0; s < count; s++) {
        work->ends[s] = work->starts[s] == work->starts[s + 1]
                            ? -HUGE_VAL
                            : clicks->clicks[work->order[work->starts[s + 1] - 1]].time;
    }
    if (newest == 0 || newest >= count) {
        return true;
    }

    double *sorted = malloc(count * sizeof(*sorted));

    if (sorted == NULL) {
        return false;
    }
    memcpy(sorted, work->ends, count * sizeof(*sorted));
    qsort(sorted, count, sizeof(*sorted), by_time);
    if (sorted[count - newest] > *oldest_s) {
        *oldest_s = sorted[count - newest];
    }
    free(sorted);

    return true;
}

static bool describe_session(const work_t *work, uint32_t session, uint32_t shopper,
                             dyn_population_t *population)
{
    const dyn_clicks_t *clicks = work->window->clicks;
    dyn_item_page_t page = {.shopper = shopper, .has_views = true, .views = work->views};

    for (uint32_t k = work->starts[session]; k < work->starts[session + 1]; k++) {
        const dyn_click_t *click = &clicks->clicks[work->order[k]];

        if (click->kind != DYN_CLICK_VIEW) {
            continue;
        }
        work->views[page.view_count++] = click->item;
        page.item = click->item;
        page.time_ms = (int64_t)(click->time * 1000);
        if (!dyn_population_add_page(population, &work->window->items, &page)) {
            return false;
        }
    }

    return true;
}

static bool describe(const work_t *work, dyn_population_t *population)
{
    double oldest_s;
    uint32_t shoppers = 0;

    if (!dyn_clicks_order(work->window->clicks, work->starts, work->order) ||
        !find_oldest(work, &oldest_s)) {
        return false;
    }
    for (uint32_t s = 0; s < work->window->clicks->session_count; s++) {
        if (work->ends[s] >= oldest_s && isfinite(work->ends[s]) &&
            !describe_session(work, s, shoppers++, population)) {
            return false;
        }
    }

    return true;
}

bool dyn_drift_window_describe(const dyn_drift_window_t *window, dyn_population_t *population)
{
    size_t sessions = (size_t)window->clicks->session_count + 1, clicks = window->clicks->count + 1;
    work_t work = {
        .window = window,
        .starts = malloc(sessions * sizeof(*work.starts)),
        .order = malloc(clicks * sizeof(*work.order)),
        .ends = malloc(sessions * sizeof(*work.ends)),
        .views = malloc(clicks * sizeof(*work.views)),
    };
    bool done = work.starts != NULL && work.order != NULL && work.ends != NULL &&
                work.views != NULL && describe(&work, population);

    free(work.starts);
    free(work.order);
    free(work.ends);
    free(work.views);

    return done;
}

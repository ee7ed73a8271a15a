#include "cli/base/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { interval_ms = 200 };

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);

    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

dyn_progress_t dyn_progress_begin(const char *command)
{
    return (dyn_progress_t){.command = command, .terminal = isatty(STDERR_FILENO) == 1};
}

void dyn_progress_step(dyn_progress_t *progress, const char *step)
{
    if (progress->terminal) {
        fprintf(stderr, "\r\033[Kdynstore %s: %s ...", progress->command, step);
        progress->line_open = true;
        progress->shown_ms = now_ms();
    }
}

void dyn_progress_count(dyn_progress_t *progress, const char *step, uint64_t count,
                        const char *unit)
{
    if (progress->terminal && now_ms() - progress->shown_ms >= interval_ms) {
        fprintf(stderr, "\r\033[Kdynstore %s: %s: %" PRIu64 " %s", progress->command, step, count,
                unit);
        progress->line_open = true;
        progress->shown_ms = now_ms();
    }
}

void dyn_progress_clear(dyn_progress_t *progress)
{
    if (progress->line_open) {
        fprintf(stderr, "\r\033[K");
        progress->line_open = false;
    }
}

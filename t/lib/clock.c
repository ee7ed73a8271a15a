/*
 * Preloaded into a test's nginx: both its clocks, moved by what the file $DYNSTORE_CLOCK says: seconds for the time of day and seconds for the
 * monotonic clock.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static char path[4096];

__attribute__((constructor)) static void begin(void)
{
    const char *name = getenv("DYNSTORE_CLOCK"); /* nginx clears its environment */

    (void)snprintf(path, sizeof(path), "%s", name == NULL ? "" : name);
}

static void moved_by(long *day, long *monotonic)
{
    char text[64] = "";
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    *day = *monotonic = 0;
    if (fd >= 0) {
        if (read(fd, text, sizeof(text) - 1) < 0 || sscanf(text, "%ld %ld", day, monotonic) != 2) {
            abort();
        }
        close(fd);
    }
}

int clock_gettime(clockid_t clock, struct timespec *time)
{
    long day, monotonic;
    int result = (int)syscall(SYS_clock_gettime, clock, time);

    moved_by(&day, &monotonic);
    if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE) {
        time->tv_sec += day;
    } else if (clock == CLOCK_MONOTONIC || clock == CLOCK_MONOTONIC_COARSE) {
        time->tv_sec += monotonic;
    }

    return result;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone)
{
    struct timespec now;
    int result = clock_gettime(CLOCK_REALTIME, &now);

    (void)zone;
    time->tv_sec = now.tv_sec;
    time->tv_usec = now.tv_nsec / 1000;

    return result;
}

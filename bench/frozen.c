/* Preloaded into nginx: the time of day stands still at $FROZEN_AT seconds, so that two builds asked one after the other decide at one time. */
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static time_t frozen_at;

__attribute__((constructor)) static void begin(void)
{
    const char *at = getenv("FROZEN_AT"); /* nginx clears its environment */

    frozen_at = at == NULL ? 0 : (time_t)strtoll(at, NULL, 10);
}

int clock_gettime(clockid_t clock, struct timespec *time)
{
    int result = (int)syscall(SYS_clock_gettime, clock, time);

    if (frozen_at != 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
        *time = (struct timespec){frozen_at, 0};
    }

    return result;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone)
{
    struct timespec now;
    int result = clock_gettime(CLOCK_REALTIME, &now);

    (void)zone;
    *time = (struct timeval){now.tv_sec, now.tv_nsec / 1000};

    return result;
}

time_t time(time_t *at)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    if (at != NULL) {
        *at = now.tv_sec;
    }

    return now.tv_sec;
}

#include "nginx/core/recent.h"


static ngx_uint_t ngx_http_dynstore_recent_lock(ngx_http_dynstore_recent_t *recent);
static void ngx_http_dynstore_recent_slow(ngx_http_dynstore_recent_t *recent, const ngx_http_dynstore_slow_t *decision);


void
ngx_http_dynstore_recent_add(ngx_http_dynstore_recent_t *recent, const ngx_http_dynstore_slow_t *decision)
{
    ngx_uint_t           i, k;
    ngx_atomic_uint_t    number, old;

    number = (ngx_atomic_uint_t) decision->time / NGX_HTTP_DYNSTORE_RECENT_SPAN_S;
    i = number % NGX_HTTP_DYNSTORE_RECENT_SPANS;
    old = recent->spans[i].number;

    if (old != number && ngx_atomic_cmp_set(&recent->spans[i].number, old, number)) {
        for (k = 0; k < DYN_RUNGS_COUNT; k++) {
            recent->spans[i].rungs[k] = 0;
        }
    }

    (void) ngx_atomic_fetch_add(&recent->spans[i].rungs[decision->rung], 1);

    if ((decision->us > recent->enough_us || (ngx_atomic_uint_t) decision->time >= recent->until)
        && ngx_http_dynstore_recent_lock(recent))
    {
        ngx_http_dynstore_recent_slow(recent, decision);
        ngx_memory_barrier();
        recent->lock = 0;
    }
}


static ngx_uint_t
ngx_http_dynstore_recent_lock(ngx_http_dynstore_recent_t *recent)
{
    ngx_atomic_uint_t  now, taken;

    now = (ngx_atomic_uint_t) ngx_time();
    taken = recent->lock;

    return (taken == 0 || taken + NGX_HTTP_DYNSTORE_RECENT_LOCK_S < now) && ngx_atomic_cmp_set(&recent->lock, taken, now);
}


/* Puts the decision in the place of one that is too old, or else of the fastest if it is slower. */
static void
ngx_http_dynstore_recent_slow(ngx_http_dynstore_recent_t *recent, const ngx_http_dynstore_slow_t *decision)
{
    ngx_uint_t                 i;
    ngx_atomic_uint_t          until;
    ngx_http_dynstore_slow_t  *slow, *least;

    least = recent->slowest;

    for (i = 0; i < NGX_HTTP_DYNSTORE_RECENT_SLOWEST; i++) {
        slow = &recent->slowest[i];

        if (slow->time + NGX_HTTP_DYNSTORE_RECENT_SLOWEST_S <= decision->time) {
            slow->us = 0;
        }

        if (slow->us < least->us) {
            least = slow;
        }
    }

    if (decision->us > least->us) {
        *least = *decision;
    }

    recent->enough_us = (ngx_atomic_uint_t) -1;
    until = (ngx_atomic_uint_t) -1;

    for (i = 0; i < NGX_HTTP_DYNSTORE_RECENT_SLOWEST; i++) {
        slow = &recent->slowest[i];
        recent->enough_us = ngx_min(recent->enough_us, slow->us);
        until = ngx_min(until, (ngx_atomic_uint_t) (slow->time + NGX_HTTP_DYNSTORE_RECENT_SLOWEST_S));
    }

    recent->until = until;
}


void
ngx_http_dynstore_recent_rungs(const ngx_http_dynstore_recent_t *recent, ngx_uint_t *rungs)
{
    ngx_uint_t         i, k;
    ngx_atomic_uint_t  now;

    ngx_memzero(rungs, DYN_RUNGS_COUNT * sizeof(ngx_uint_t));

    now = (ngx_atomic_uint_t) ngx_time() / NGX_HTTP_DYNSTORE_RECENT_SPAN_S;

    for (i = 0; i < NGX_HTTP_DYNSTORE_RECENT_SPANS; i++) {
        if (recent->spans[i].number + NGX_HTTP_DYNSTORE_RECENT_SPANS > now) {
            for (k = 0; k < DYN_RUNGS_COUNT; k++) {
                rungs[k] += recent->spans[i].rungs[k];
            }
        }
    }
}


ngx_uint_t
ngx_http_dynstore_recent_slowest(ngx_http_dynstore_recent_t *recent, ngx_http_dynstore_slow_t *slowest)
{
    ngx_uint_t                i, k, n;
    ngx_http_dynstore_slow_t  slow;

    if (!ngx_http_dynstore_recent_lock(recent)) {
        return 0;
    }

    n = 0;

    for (i = 0; i < NGX_HTTP_DYNSTORE_RECENT_SLOWEST; i++) {
        slow = recent->slowest[i];

        if (slow.us == 0 || slow.time + NGX_HTTP_DYNSTORE_RECENT_SLOWEST_S <= ngx_time()) {
            continue;
        }

        for (k = n++; k > 0 && slowest[k - 1].us < slow.us; k--) {
            slowest[k] = slowest[k - 1];
        }

        slowest[k] = slow;
    }

    ngx_memory_barrier();
    recent->lock = 0;

    return n;
}

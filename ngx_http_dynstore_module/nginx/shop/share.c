#include "nginx/shop/share.h"
#include "nginx/shop/zone.h"


static void ngx_http_dynstore_share_enter(ngx_http_dynstore_share_t *share, uint64_t copied_ns,
    const ngx_http_dynstore_copy_t *copy);


void
ngx_http_dynstore_share_read(ngx_http_dynstore_share_t *share)
{
    ngx_http_dynstore_share_t  *zone;

    zone = ngx_http_dynstore_zone_lock_share();

    if (zone == NULL) {
        ngx_memzero(share, sizeof(ngx_http_dynstore_share_t));
        return;
    }

    *share = *zone;

    ngx_http_dynstore_zone_unlock();
}


void
ngx_http_dynstore_share_publish(uint64_t copied_ns, uint64_t path, const ngx_http_dynstore_file_identity_t *file,
    const ngx_http_dynstore_copy_t *copy)
{
    ngx_http_dynstore_share_t            *zone;
    ngx_http_dynstore_memory_identity_t   memory;

    if (ngx_http_dynstore_copy_identity(copy, &memory) != NGX_OK) {
        ngx_memzero(&memory, sizeof(ngx_http_dynstore_memory_identity_t));
    }

    zone = ngx_http_dynstore_zone_lock_share();
    if (zone == NULL) {
        return;
    }

    if (copied_ns >= zone->copied_ns) {
        /* a worker that dies in between leaves nothing that could be taken for a copy */
        zone->copied_ns = 0;
        ngx_memory_barrier();

        zone->path = path;
        zone->file = *file;
        zone->memory = memory;
        ngx_http_dynstore_share_enter(zone, copied_ns, copy);

        ngx_memory_barrier();
        zone->copied_ns = copied_ns;
    }

    ngx_http_dynstore_zone_unlock();
}


void
ngx_http_dynstore_share_hold(uint64_t copied_ns, const ngx_http_dynstore_copy_t *copy)
{
    ngx_http_dynstore_share_t  *zone;

    zone = ngx_http_dynstore_zone_lock_share();
    if (zone == NULL) {
        return;
    }

    if (zone->copied_ns == copied_ns) {
        ngx_http_dynstore_share_enter(zone, copied_ns, copy);
    }

    ngx_http_dynstore_zone_unlock();
}


static void
ngx_http_dynstore_share_enter(ngx_http_dynstore_share_t *share, uint64_t copied_ns,
    const ngx_http_dynstore_copy_t *copy)
{
    ngx_http_dynstore_holder_t  *holder;

    holder = &share->holders[ngx_worker % NGX_HTTP_DYNSTORE_HOLDERS_MAX];

    holder->pid = copy->fd == -1 ? 0 : ngx_pid;
    holder->fd = copy->fd;
    holder->copied_ns = copied_ns;
}


void
ngx_http_dynstore_share_refuse(const ngx_http_dynstore_file_identity_t *file)
{
    ngx_http_dynstore_share_t  *zone;

    zone = ngx_http_dynstore_zone_lock_share();
    if (zone == NULL) {
        return;
    }

    zone->refused = *file;

    ngx_http_dynstore_zone_unlock();
}

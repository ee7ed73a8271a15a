#include "nginx/shop/share.h"
#include "nginx/shop/zone.h"


static void ngx_http_dynstore_share_enter(ngx_http_dynstore_share_t *share, uint64_t copied_ns,
    const ngx_http_dynstore_copy_t *copy);


void
ngx_http_dynstore_share_read(ngx_shm_zone_t *zone, ngx_http_dynstore_share_t *share)
{
    ngx_http_dynstore_share_t  *told;

    told = ngx_http_dynstore_zone_lock_share(zone);

    *share = *told;

    ngx_http_dynstore_zone_unlock(zone);
}


void
ngx_http_dynstore_share_publish(ngx_shm_zone_t *zone, uint64_t copied_ns, uint64_t path, const ngx_http_dynstore_file_identity_t *file,
    const ngx_http_dynstore_copy_t *copy)
{
    ngx_http_dynstore_share_t            *told;
    ngx_http_dynstore_memory_identity_t   memory;

    if (ngx_http_dynstore_copy_identity(copy, &memory) != NGX_OK) {
        ngx_memzero(&memory, sizeof(ngx_http_dynstore_memory_identity_t));
    }

    told = ngx_http_dynstore_zone_lock_share(zone);

    if (copied_ns >= told->copied_ns) {
        /* if a worker dies in between, nothing looks like a copy */
        told->copied_ns = 0;
        ngx_memory_barrier();

        told->path = path;
        told->file = *file;
        told->memory = memory;
        ngx_http_dynstore_share_enter(told, copied_ns, copy);

        ngx_memory_barrier();
        told->copied_ns = copied_ns;
    }

    ngx_http_dynstore_zone_unlock(zone);
}


void
ngx_http_dynstore_share_hold(ngx_shm_zone_t *zone, uint64_t copied_ns, const ngx_http_dynstore_copy_t *copy)
{
    ngx_http_dynstore_share_t  *told;

    told = ngx_http_dynstore_zone_lock_share(zone);

    if (told->copied_ns == copied_ns) {
        ngx_http_dynstore_share_enter(told, copied_ns, copy);
    }

    ngx_http_dynstore_zone_unlock(zone);
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
ngx_http_dynstore_share_refuse(ngx_shm_zone_t *zone, const ngx_http_dynstore_file_identity_t *file)
{
    ngx_http_dynstore_share_t  *told;

    told = ngx_http_dynstore_zone_lock_share(zone);

    told->refused = *file;

    ngx_http_dynstore_zone_unlock(zone);
}


ngx_int_t
ngx_http_dynstore_same_rules_files(const ngx_http_dynstore_rules_files_t *a, const ngx_http_dynstore_rules_files_t *b)
{
    return ngx_http_dynstore_same_file(&a->rules, &b->rules) && ngx_http_dynstore_same_file(&a->features, &b->features);
}


ngx_int_t
ngx_http_dynstore_share_refuse_rules(ngx_shm_zone_t *zone, const ngx_http_dynstore_rules_files_t *files,
    const dyn_error_t *error)
{
    ngx_int_t                   rc;
    ngx_http_dynstore_share_t  *told;

    told = ngx_http_dynstore_zone_lock_share(zone);

    if (told->rules_error.text[0] != '\0' && ngx_http_dynstore_same_rules_files(&told->rules_refused, files)) {
        rc = NGX_DECLINED;

    } else {
        told->rules_refused = *files;
        told->rules_error = *error;
        rc = NGX_OK;
    }

    ngx_http_dynstore_zone_unlock(zone);

    return rc;
}


ngx_int_t
ngx_http_dynstore_share_rules_refused(ngx_shm_zone_t *zone, const ngx_http_dynstore_rules_files_t *files,
    dyn_error_t *error)
{
    ngx_int_t                   rc;
    ngx_http_dynstore_share_t  *told;

    rc = NGX_DECLINED;
    told = ngx_http_dynstore_zone_lock_share(zone);

    if (told->rules_error.text[0] != '\0' && ngx_http_dynstore_same_rules_files(&told->rules_refused, files)) {
        rc = NGX_OK;

        if (error != NULL) {
            *error = told->rules_error;
            /* a worker may have died while it wrote */
            error->text[sizeof(error->text) - 1] = '\0';
        }
    }

    ngx_http_dynstore_zone_unlock(zone);

    return rc;
}

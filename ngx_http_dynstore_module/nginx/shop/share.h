/*
 * What the workers of an nginx tell each other about copies of the snapshot's file, in the shared zone: the newest copy, who has
 * it open, and which file was refused. So a file is copied once, and all map the same memory; a worker that starts in the place
 * of one that died finds the newest there, too, while another has it.
 *
 * What is read here is checked before it is used (ngx_http_dynstore_copy_join()): it may be of a process that is gone.
 */
#ifndef NGX_HTTP_DYNSTORE_SHARE_H
#define NGX_HTTP_DYNSTORE_SHARE_H

#include "nginx/shop/copy.h"


/* workers whose copy others can map; if there are more, these are enough to find it */
#define NGX_HTTP_DYNSTORE_HOLDERS_MAX           32


typedef struct {
    ngx_pid_t                         pid;        /* 0: nobody */
    int                               fd;
    uint64_t                          copied_ns;  /* which copy */
} ngx_http_dynstore_holder_t;

typedef struct {
    /* when it was copied, by CLOCK_MONOTONIC: a cycle's own and those of its workers have an order; 0: there is none */
    uint64_t                            copied_ns;
    uint64_t                            path;     /* dyn_hash64() of the file's path, which a reload may change */
    ngx_http_dynstore_file_identity_t   file;     /* what it is a copy of */
    ngx_http_dynstore_memory_identity_t memory;   /* length 0: nobody can map it */
    ngx_http_dynstore_holder_t          holders[NGX_HTTP_DYNSTORE_HOLDERS_MAX];

    ngx_http_dynstore_file_identity_t   refused;
} ngx_http_dynstore_share_t;


/* What the zone says. */
void ngx_http_dynstore_share_read(ngx_shm_zone_t *zone, ngx_http_dynstore_share_t *share);
/* This worker has a copy, made at copied_ns: from now on the newest. Also said when its file got another identity. */
void ngx_http_dynstore_share_publish(ngx_shm_zone_t *zone, uint64_t copied_ns, uint64_t path, const ngx_http_dynstore_file_identity_t *file,
    const ngx_http_dynstore_copy_t *copy);
/* This worker has the newest copy, too. */
void ngx_http_dynstore_share_hold(ngx_shm_zone_t *zone, uint64_t copied_ns, const ngx_http_dynstore_copy_t *copy);
void ngx_http_dynstore_share_refuse(ngx_shm_zone_t *zone, const ngx_http_dynstore_file_identity_t *file);

#endif

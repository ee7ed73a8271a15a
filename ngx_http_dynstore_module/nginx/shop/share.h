/*
 * What workers tell each other in the shared zone about copies of the snapshot's file: the newest copy, who has it open, and
 * which file was refused. So a file is copied once and all workers map the same memory. A worker that replaces a dead one also
 * finds the newest copy here, as long as another worker has it. Of rules they only tell which files were refused, and why; of
 * the control stream who reads it, how far, and what it said.
 *
 * ngx_http_dynstore_copy_join() checks these values before it uses them: they may belong to a process that ended.
 */
#ifndef NGX_HTTP_DYNSTORE_SHARE_H
#define NGX_HTTP_DYNSTORE_SHARE_H

#include "nginx/shop/copy.h"
#include "nginx/store/control.h"


/* What rules are compiled from. */
typedef struct {
    ngx_http_dynstore_file_identity_t rules;
    ngx_http_dynstore_file_identity_t features;   /* zeroes: no file was named */
} ngx_http_dynstore_rules_files_t;

/* so many workers are listed; that is enough to find the copy */
#define NGX_HTTP_DYNSTORE_HOLDERS_MAX           32


typedef struct {
    ngx_pid_t                         pid;        /* 0: nobody */
    int                               fd;
    uint64_t                          copied_ns;  /* which copy */
} ngx_http_dynstore_holder_t;

typedef struct {
    /* when it was copied, by CLOCK_MONOTONIC, so that copies of the cycle and its workers have an order; 0: no copy */
    uint64_t                            copied_ns;
    uint64_t                            path;     /* dyn_hash64() of the file's path, which a reload may change */
    ngx_http_dynstore_file_identity_t   file;     /* what it is a copy of */
    ngx_http_dynstore_memory_identity_t memory;   /* length 0: it cannot be mapped */
    ngx_http_dynstore_holder_t          holders[NGX_HTTP_DYNSTORE_HOLDERS_MAX];

    ngx_http_dynstore_file_identity_t   refused;

    ngx_http_dynstore_rules_files_t     rules_refused;
    dyn_error_t                         rules_error;      /* empty: none was */

    /* nginx/shop/control.h */
    ngx_pid_t                           control_reader;   /* 0: nobody */
    ngx_msec_t                          control_read_ms;  /* when it asked last, by the monotonic clock */
    char                                control_last[NGX_HTTP_DYNSTORE_CONTROL_ID_BYTES];     /* empty: nothing was read */
    ngx_atomic_t                        killed;
    char                                control_author[DYN_CONTROL_TEXT_BYTES_MAX + 1];
    char                                control_reason[DYN_CONTROL_TEXT_BYTES_MAX + 1];
    /* the versions that were published last; empty: none was */
    char                                control_rules[DYN_CONTROL_VERSION_BYTES_MAX + 1];
    char                                control_snapshot[DYN_CONTROL_VERSION_BYTES_MAX + 1];
    uint64_t                            control_added;    /* entries that the stream had ever got when it was read last; 0: not known */
} ngx_http_dynstore_share_t;


/* Reads the zone. */
void ngx_http_dynstore_share_read(ngx_shm_zone_t *zone, ngx_http_dynstore_share_t *share);
/* Tells the others that this worker has the newest copy, made at copied_ns, or that its file got another identity. */
void ngx_http_dynstore_share_publish(ngx_shm_zone_t *zone, uint64_t copied_ns, uint64_t path, const ngx_http_dynstore_file_identity_t *file,
    const ngx_http_dynstore_copy_t *copy);
/* Tells the others that this worker has the newest copy too. */
void ngx_http_dynstore_share_hold(ngx_shm_zone_t *zone, uint64_t copied_ns, const ngx_http_dynstore_copy_t *copy);
void ngx_http_dynstore_share_refuse(ngx_shm_zone_t *zone, const ngx_http_dynstore_file_identity_t *file);

ngx_int_t ngx_http_dynstore_same_rules_files(const ngx_http_dynstore_rules_files_t *a,
    const ngx_http_dynstore_rules_files_t *b);

/* Tells why rules are refused. NGX_DECLINED: another worker has told it of these files. */
ngx_int_t ngx_http_dynstore_share_refuse_rules(ngx_shm_zone_t *zone, const ngx_http_dynstore_rules_files_t *files,
    const dyn_error_t *error);
/* NGX_OK: these files were refused as rules, for the reason in *error, which may be NULL. NGX_DECLINED: they were not. */
ngx_int_t ngx_http_dynstore_share_rules_refused(ngx_shm_zone_t *zone, const ngx_http_dynstore_rules_files_t *files,
    dyn_error_t *error);

#endif

/*
 * A copy of a file in memory, which processes map. Changes of the file do not change the copy.
 *
 * The copy is a sealed memfd: nobody can write to it or change its length, forked processes inherit it, and other processes of
 * the same user map it through /proc/PID/fd/N. This needs no socket and leaves no path behind; the process that made the copy
 * only has to live. Without memfd the copy is in memory of the process, which only its children share. The file is read with
 * read(): if it is cut meanwhile there are fewer bytes and no signal.
 *
 * The functions log nothing and use no pool, so a thread may call them.
 */
#ifndef NGX_HTTP_DYNSTORE_COPY_H
#define NGX_HTTP_DYNSTORE_COPY_H

#include <ngx_config.h>
#include <ngx_core.h>

#include "engine/catalogue/snapshot.h"


/* a file changed more recently counts as still being written; longer than the tick of a file system's clock (10 ms) */
#define NGX_HTTP_DYNSTORE_SETTLE_MS             100


/* Which file it is, and in which state: writing, cutting or replacing the file changes one of these. */
typedef struct {
    dev_t                             device;
    ino_t                             inode;
    off_t                             size;
    struct timespec                   modified;
    struct timespec                   changed;
} ngx_http_dynstore_file_identity_t;

typedef struct {
    void                             *memory;     /* read-only; NULL: none */
    size_t                            length;
    int                               fd;         /* other processes map it; -1: memory of this process and its children */
} ngx_http_dynstore_copy_t;

/* By this other processes check that they opened the right memory. */
typedef struct {
    dev_t                             device;
    ino_t                             inode;
    size_t                            length;
} ngx_http_dynstore_memory_identity_t;

typedef enum {
    NGX_HTTP_DYNSTORE_COPIED = 0,
    NGX_HTTP_DYNSTORE_COPY_REFUSED,       /* the file cannot be a snapshot; with a sentence */
    NGX_HTTP_DYNSTORE_COPY_CHANGED,       /* the file changed while it was read; with a sentence; try again */
    NGX_HTTP_DYNSTORE_COPY_FAILED         /* no memory, or the disk failed; with a sentence; try later */
} ngx_http_dynstore_copied_e;


ngx_int_t ngx_http_dynstore_identity(const char *path, ngx_http_dynstore_file_identity_t *identity);
ngx_int_t ngx_http_dynstore_same_file(const ngx_http_dynstore_file_identity_t *a,
    const ngx_http_dynstore_file_identity_t *b);
/* Whether the file has not changed for a moment, so that any later change gives it another identity. */
ngx_int_t ngx_http_dynstore_settled(const ngx_http_dynstore_file_identity_t *identity);

/* Copies a settled file. `identity`: that of the file, also when it is refused. */
ngx_http_dynstore_copied_e ngx_http_dynstore_copy_file(const char *path, ngx_http_dynstore_copy_t *copy,
    ngx_http_dynstore_file_identity_t *identity, dyn_error_t *error);

/* NGX_DECLINED: other processes cannot map this copy. */
ngx_int_t ngx_http_dynstore_copy_identity(const ngx_http_dynstore_copy_t *copy,
    ngx_http_dynstore_memory_identity_t *memory);
/* Maps the copy that process `pid` has open as `fd`. NGX_DECLINED: it is not there, or is another one. */
ngx_int_t ngx_http_dynstore_copy_join(ngx_pid_t pid, int fd, const ngx_http_dynstore_memory_identity_t *memory,
    ngx_http_dynstore_copy_t *copy);

void ngx_http_dynstore_copy_close(ngx_http_dynstore_copy_t *copy);

#endif

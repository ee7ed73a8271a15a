/*
 * A file's copy in memory, which is what processes map: whatever is done to the file, the copy stays what it was.
 *
 * It lies in a sealed memfd: nobody can write, cut or lengthen it, processes that are forked inherit it, and others of the same
 * user map the same memory through /proc/PID/fd/N. That needs no socket, no path that could be left behind, and nothing of the
 * process that made it but that it lives. Where the kernel gives no memfd it lies in memory of the process, which its children
 * share and nobody else can. The file is read with read(): one that is cut meanwhile gives fewer bytes and no signal.
 *
 * Functions log nothing and use no pool, so that a thread may call them.
 */
#ifndef NGX_HTTP_DYNSTORE_COPY_H
#define NGX_HTTP_DYNSTORE_COPY_H

#include <ngx_config.h>
#include <ngx_core.h>

#include "engine/catalogue/snapshot.h"


/* a file changed more recently is taken to be still in writing; also more than the grain of a file system's clock (10 ms) */
#define NGX_HTTP_DYNSTORE_SETTLE_MS             100


/* Which file it was, and in which state: whoever writes to it, cuts it or puts another in its place changes one of these. */
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
    int                               fd;         /* for others to map; -1: memory of this process and its children */
} ngx_http_dynstore_copy_t;

/* How others know that what they open is the memory that was meant. */
typedef struct {
    dev_t                             device;
    ino_t                             inode;
    size_t                            length;
} ngx_http_dynstore_memory_identity_t;

typedef enum {
    NGX_HTTP_DYNSTORE_COPIED = 0,
    NGX_HTTP_DYNSTORE_COPY_REFUSED,       /* the file is none that could be a snapshot: a sentence */
    NGX_HTTP_DYNSTORE_COPY_CHANGED,       /* the file changed while it was read: a sentence, and worth another try */
    NGX_HTTP_DYNSTORE_COPY_FAILED         /* no memory, or a disk that fails: a sentence, and worth a try later */
} ngx_http_dynstore_copied_e;


ngx_int_t ngx_http_dynstore_identity(const char *path, ngx_http_dynstore_file_identity_t *identity);
ngx_int_t ngx_http_dynstore_same_file(const ngx_http_dynstore_file_identity_t *a,
    const ngx_http_dynstore_file_identity_t *b);
/* Whether nothing has been done to the file for a moment: what is done to it from now on gives it another identity. */
ngx_int_t ngx_http_dynstore_settled(const ngx_http_dynstore_file_identity_t *identity);

/* Copies a settled file. identity: what was copied, also when it is refused. */
ngx_http_dynstore_copied_e ngx_http_dynstore_copy_file(const char *path, ngx_http_dynstore_copy_t *copy,
    ngx_http_dynstore_file_identity_t *identity, dyn_error_t *error);

/* NGX_DECLINED: nobody else can map this copy. */
ngx_int_t ngx_http_dynstore_copy_identity(const ngx_http_dynstore_copy_t *copy,
    ngx_http_dynstore_memory_identity_t *memory);
/* Maps the copy that process `pid` has open as `fd`. NGX_DECLINED when it cannot be had there, or is not the one that was meant. */
ngx_int_t ngx_http_dynstore_copy_join(ngx_pid_t pid, int fd, const ngx_http_dynstore_memory_identity_t *memory,
    ngx_http_dynstore_copy_t *copy);

void ngx_http_dynstore_copy_close(ngx_http_dynstore_copy_t *copy);

#endif

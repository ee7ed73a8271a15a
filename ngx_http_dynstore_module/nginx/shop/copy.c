#include "nginx/shop/copy.h"

#include <sys/mman.h>
#include <sys/resource.h>


#ifdef MFD_ALLOW_SEALING
/* since Linux 6.3; required where vm.memfd_noexec is set */
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL  0x0008U
#endif

#define NGX_HTTP_DYNSTORE_SEALS  (F_SEAL_SEAL|F_SEAL_SHRINK|F_SEAL_GROW|F_SEAL_WRITE)
#endif


static void ngx_http_dynstore_identity_of(const struct stat *st, ngx_http_dynstore_file_identity_t *identity);
static ngx_http_dynstore_copied_e ngx_http_dynstore_copy_read(int fd, const char *path, void *memory, size_t length,
    dyn_error_t *error);
static int ngx_http_dynstore_copy_memfd(const char *path, size_t length);
static ngx_int_t ngx_http_dynstore_copy_seal(ngx_http_dynstore_copy_t *copy);
static void *ngx_http_dynstore_copy_map(int fd, size_t length);


ngx_int_t
ngx_http_dynstore_identity(const char *path, ngx_http_dynstore_file_identity_t *identity)
{
    struct stat  st;

    if (stat(path, &st) != 0) {
        return NGX_ERROR;
    }

    ngx_http_dynstore_identity_of(&st, identity);

    return NGX_OK;
}


static void
ngx_http_dynstore_identity_of(const struct stat *st, ngx_http_dynstore_file_identity_t *identity)
{
    identity->device = st->st_dev;
    identity->inode = st->st_ino;
    identity->size = st->st_size;
    identity->modified = st->st_mtim;
    identity->changed = st->st_ctim;
}


ngx_int_t
ngx_http_dynstore_same_file(const ngx_http_dynstore_file_identity_t *a, const ngx_http_dynstore_file_identity_t *b)
{
    return a->device == b->device && a->inode == b->inode && a->size == b->size
           && a->modified.tv_sec == b->modified.tv_sec && a->modified.tv_nsec == b->modified.tv_nsec
           && a->changed.tv_sec == b->changed.tv_sec && a->changed.tv_nsec == b->changed.tv_nsec;
}


/* A time in the future comes from another machine's clock and says nothing. */
ngx_int_t
ngx_http_dynstore_settled(const ngx_http_dynstore_file_identity_t *identity)
{
    int64_t          age_ms;
    struct timespec  now;

    (void) clock_gettime(CLOCK_REALTIME, &now);

    age_ms = ((int64_t) now.tv_sec - identity->changed.tv_sec) * 1000
             + (now.tv_nsec - identity->changed.tv_nsec) / 1000000;

    return age_ms < 0 || age_ms >= NGX_HTTP_DYNSTORE_SETTLE_MS;
}


ngx_http_dynstore_copied_e
ngx_http_dynstore_copy_file(const char *path, ngx_http_dynstore_copy_t *copy,
    ngx_http_dynstore_file_identity_t *identity, dyn_error_t *error)
{
    int                                fd;
    size_t                             length;
    struct stat                        st;
    dyn_snapshot_header_t              header;
    ngx_http_dynstore_copied_e         copied;
    ngx_http_dynstore_file_identity_t  after;

    copy->memory = NULL;
    copy->length = 0;
    copy->fd = -1;

    /* also for a file that cannot be opened, so that it is tried again when it changes */
    if (ngx_http_dynstore_identity(path, identity) != NGX_OK) {
        (void) dyn_fail(error, "%.200s: its size and time cannot be read: %s", path, strerror(ngx_errno));
        return NGX_HTTP_DYNSTORE_COPY_CHANGED;
    }

    ngx_set_errno(0);

    fd = dyn_snapshot_open_file(path, &length, error);
    if (fd == -1) {
        return ngx_errno == NGX_EMFILE || ngx_errno == NGX_ENFILE || ngx_errno == NGX_ENOMEM
               ? NGX_HTTP_DYNSTORE_COPY_FAILED : NGX_HTTP_DYNSTORE_COPY_REFUSED;
    }

    ngx_memzero(&header, sizeof(dyn_snapshot_header_t));

    /* no memory is taken for a file's size before its header confirms the size */
    if (pread(fd, &header, sizeof(dyn_snapshot_header_t), 0) == -1) {
        (void) dyn_fail(error, "%.200s: cannot be read: %s", path, strerror(ngx_errno));
        copied = NGX_HTTP_DYNSTORE_COPY_FAILED;

    } else if (!dyn_snapshot_check_header(&header, length, path, error)) {
        copied = NGX_HTTP_DYNSTORE_COPY_REFUSED;

    } else {
        copy->length = length;
        copy->fd = ngx_http_dynstore_copy_memfd(path, length);
        copy->memory = copy->fd != -1 ? mmap(NULL, length, PROT_READ|PROT_WRITE, MAP_SHARED, copy->fd, 0)
                                      : mmap(NULL, length, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0);

        if (copy->memory == MAP_FAILED) {
            (void) dyn_fail(error, "%.200s: no memory for a copy of %llu bytes: %s", path, (unsigned long long) length,
                            strerror(ngx_errno));
            copy->memory = NULL;
            copied = NGX_HTTP_DYNSTORE_COPY_FAILED;

        } else {
            /* before the memory is written, because the first touch decides on large pages */
            (void) madvise(copy->memory, length, MADV_HUGEPAGE);

            copied = ngx_http_dynstore_copy_read(fd, path, copy->memory, length, error);
        }
    }

    if (copied == NGX_HTTP_DYNSTORE_COPIED && ngx_http_dynstore_copy_seal(copy) != NGX_OK) {
        (void) dyn_fail(error, "%.200s: its copy of %llu bytes cannot be made read-only: %s", path,
                        (unsigned long long) length, strerror(ngx_errno));
        copied = NGX_HTTP_DYNSTORE_COPY_FAILED;
    }

    /* also before a refusal, because half of a file says nothing about the whole */
    if (copied != NGX_HTTP_DYNSTORE_COPY_FAILED) {

        ngx_memzero(&after, sizeof(ngx_http_dynstore_file_identity_t));

        if (fstat(fd, &st) == 0) {
            ngx_http_dynstore_identity_of(&st, &after);
        }

        if (!ngx_http_dynstore_same_file(&after, identity)) {
            (void) dyn_fail(error, "%.200s: was changed while it was read: write a snapshot under another name, then rename it",
                            path);
            copied = NGX_HTTP_DYNSTORE_COPY_CHANGED;
        }
    }

    (void) close(fd);

    if (copied != NGX_HTTP_DYNSTORE_COPIED) {
        ngx_http_dynstore_copy_close(copy);
    }

    return copied;
}


static ngx_http_dynstore_copied_e
ngx_http_dynstore_copy_read(int fd, const char *path, void *memory, size_t length, dyn_error_t *error)
{
    char     *at;
    ssize_t   n;

    at = memory;

    while (length != 0) {
        /* read() gives at most about 2 GB */
        n = read(fd, at, ngx_min(length, (size_t) 1 << 30));

        if (n == -1 && ngx_errno == NGX_EINTR) {
            continue;
        }

        if (n == -1) {
            /* EFAULT: the kernel has no memory left for the bytes */
            (void) dyn_fail(error, "%.200s: cannot be copied into memory: %s", path,
                            strerror(ngx_errno == EFAULT ? NGX_ENOMEM : ngx_errno));
            return NGX_HTTP_DYNSTORE_COPY_FAILED;
        }

        if (n == 0) {
            (void) dyn_fail(error, "%.200s: became shorter while it was read", path);
            return NGX_HTTP_DYNSTORE_COPY_CHANGED;
        }

        at += n;
        length -= (size_t) n;
    }

    return NGX_HTTP_DYNSTORE_COPIED;
}


/* Returns -1 when there is no memfd, and memory of the process must be used. */
static int
ngx_http_dynstore_copy_memfd(const char *path, size_t length)
{
#ifdef MFD_ALLOW_SEALING
    int            fd;
    char           name[64];
    const char    *slash;
    struct rlimit  limit;

    /* a larger file would end the process by a signal */
    if (getrlimit(RLIMIT_FSIZE, &limit) != 0 || (limit.rlim_cur != RLIM_INFINITY && limit.rlim_cur < length)) {
        return -1;
    }

    slash = strrchr(path, '/');
    (void) ngx_snprintf((u_char *) name, sizeof(name), "dynstore:%s%Z", slash == NULL ? path : slash + 1);
    name[sizeof(name) - 1] = '\0';

    fd = memfd_create(name, MFD_CLOEXEC|MFD_ALLOW_SEALING|MFD_NOEXEC_SEAL);
    if (fd == -1) {
        fd = memfd_create(name, MFD_CLOEXEC|MFD_ALLOW_SEALING);
    }

    if (fd != -1 && ftruncate(fd, (off_t) length) != 0) {
        (void) close(fd);
        return -1;
    }

    return fd;
#else
    return -1;
#endif
}


static ngx_int_t
ngx_http_dynstore_copy_seal(ngx_http_dynstore_copy_t *copy)
{
    if (copy->fd == -1) {
        return mprotect(copy->memory, copy->length, PROT_READ) == 0 ? NGX_OK : NGX_ERROR;
    }

#ifdef MFD_ALLOW_SEALING
    /* a memfd that is mapped for writing cannot be sealed */
    (void) munmap(copy->memory, copy->length);
    copy->memory = NULL;

    if (fcntl(copy->fd, F_ADD_SEALS, NGX_HTTP_DYNSTORE_SEALS) != 0) {
        return NGX_ERROR;
    }

    copy->memory = ngx_http_dynstore_copy_map(copy->fd, copy->length);
#endif

    return copy->memory != NULL ? NGX_OK : NGX_ERROR;
}


/* MAP_PRIVATE, which shares the pages as well: before Linux 6.7 a sealed memfd gives no other mapping. */
static void *
ngx_http_dynstore_copy_map(int fd, size_t length)
{
    void  *memory;

    memory = mmap(NULL, length, PROT_READ, MAP_PRIVATE, fd, 0);
    if (memory == MAP_FAILED) {
        return NULL;
    }

    (void) madvise(memory, length, MADV_HUGEPAGE);

    return memory;
}


ngx_int_t
ngx_http_dynstore_copy_identity(const ngx_http_dynstore_copy_t *copy, ngx_http_dynstore_memory_identity_t *memory)
{
    struct stat  st;

    if (copy->fd == -1 || fstat(copy->fd, &st) != 0) {
        return NGX_DECLINED;
    }

    memory->device = st.st_dev;
    memory->inode = st.st_ino;
    memory->length = copy->length;

    return NGX_OK;
}


static ngx_int_t
ngx_http_dynstore_copy_is(const struct stat *st, const ngx_http_dynstore_memory_identity_t *memory)
{
    return S_ISREG(st->st_mode) && st->st_dev == memory->device && st->st_ino == memory->inode
           && (size_t) st->st_size == memory->length;
}


ngx_int_t
ngx_http_dynstore_copy_join(ngx_pid_t pid, int fd, const ngx_http_dynstore_memory_identity_t *memory,
    ngx_http_dynstore_copy_t *copy)
{
#ifdef MFD_ALLOW_SEALING
    int          opened, seals;
    char         path[sizeof("/proc//fd/") + 2 * NGX_INT64_LEN];
    struct stat  st;

    (void) ngx_sprintf((u_char *) path, "/proc/%P/fd/%d%Z", pid, fd);

    /* the process may have ended, and another process with its number may have other files */
    if (stat(path, &st) != 0 || !ngx_http_dynstore_copy_is(&st, memory)) {
        return NGX_DECLINED;
    }

    opened = open(path, O_RDONLY|O_CLOEXEC|O_NONBLOCK);
    if (opened == -1) {
        return NGX_DECLINED;
    }

    seals = fcntl(opened, F_GET_SEALS);

    if (seals != -1 && (seals & NGX_HTTP_DYNSTORE_SEALS) == NGX_HTTP_DYNSTORE_SEALS && fstat(opened, &st) == 0
        && ngx_http_dynstore_copy_is(&st, memory))
    {
        copy->length = memory->length;
        copy->fd = opened;
        copy->memory = ngx_http_dynstore_copy_map(opened, memory->length);

        if (copy->memory != NULL) {
            return NGX_OK;
        }
    }

    (void) close(opened);
#endif

    copy->memory = NULL;
    copy->fd = -1;

    return NGX_DECLINED;
}


void
ngx_http_dynstore_copy_close(ngx_http_dynstore_copy_t *copy)
{
    if (copy->memory != NULL) {
        (void) munmap(copy->memory, copy->length);
        copy->memory = NULL;
    }

    if (copy->fd != -1) {
        (void) close(copy->fd);
        copy->fd = -1;
    }
}

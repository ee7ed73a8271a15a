#include "cli/input/gzip.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

enum { BUFFER = 1 << 18 };

typedef enum {
    PLAIN,   /* no gzip from the first byte on */
    BETWEEN, /* where a member may begin */
    MEMBER
} state_t;

struct dyn_gzip_s {
    int file;
    state_t state;
    z_stream
        stream; /* next_in and avail_in: what was read and not yet used, also of a plain file */
    bool ended; /* nothing is left to be read */
    const char *trouble;
    unsigned char buffer[BUFFER];
};

/* Reads on until `wanted` bytes are there; fewer are at the file's end. */
static size_t have(dyn_gzip_t *gzip, size_t wanted)
{
    z_stream *stream = &gzip->stream;

    while (stream->avail_in < wanted && !gzip->ended) {
        memmove(gzip->buffer, stream->next_in, stream->avail_in);
        stream->next_in = gzip->buffer;

        ssize_t got = read(gzip->file, gzip->buffer + stream->avail_in, BUFFER - stream->avail_in);

        if (got > 0) {
            stream->avail_in += (uInt)got;
        } else if (got == 0 || errno != EINTR) {
            gzip->ended = true;
            if (got < 0) {
                gzip->trouble = strerror(errno);
            }
        }
    }

    return stream->avail_in;
}

static bool at_member(dyn_gzip_t *gzip)
{
    return have(gzip, 2) >= 2 && gzip->stream.next_in[0] == 0x1f && gzip->stream.next_in[1] == 0x8b;
}

/* Behind a member: another one, zeros that pad the file, or its end. */
static bool next_member(dyn_gzip_t *gzip)
{
    z_stream *stream = &gzip->stream;

    while (have(gzip, 1) > 0 && *stream->next_in == 0) {
        stream->next_in++;
        stream->avail_in--;
    }
    if (stream->avail_in == 0 || gzip->trouble != NULL) {
        return false;
    }
    if (!at_member(gzip)) {
        gzip->trouble =
            "bytes follow the gzip that are not compressed: compress all of the file, or nothing";
        return false;
    }

    inflateReset(stream);
    gzip->state = MEMBER;
    return true;
}

dyn_gzip_t *dyn_gzip_open(const char *path)
{
    dyn_gzip_t *gzip = calloc(1, sizeof(*gzip));

    if (gzip == NULL) {
        return NULL;
    }
    gzip->stream.next_in = gzip->buffer;
    gzip->file = open(path, O_RDONLY | O_CLOEXEC);
    if (gzip->file < 0) {
        free(gzip);
        return NULL;
    }
    if (inflateInit2(&gzip->stream, MAX_WBITS + 16) != Z_OK) {
        close(gzip->file);
        free(gzip);
        errno = ENOMEM;
        return NULL;
    }
    gzip->state = at_member(gzip) ? MEMBER : PLAIN;

    return gzip;
}

static size_t read_plain(dyn_gzip_t *gzip, void *to, size_t size)
{
    z_stream *stream = &gzip->stream;
    size_t count = have(gzip, 1);

    if (count > size) {
        count = size;
    }
    memcpy(to, stream->next_in, count);
    stream->next_in += count;
    stream->avail_in -= (uInt)count;

    return count;
}

size_t dyn_gzip_read(dyn_gzip_t *gzip, void *to, size_t size)
{
    z_stream *stream = &gzip->stream;

    if (gzip->state == PLAIN) {
        return read_plain(gzip, to, size);
    }

    stream->next_out = to;
    stream->avail_out = size > BUFFER ? BUFFER : (uInt)size;

    while (stream->next_out == to && gzip->trouble == NULL) {
        if (gzip->state == BETWEEN && !next_member(gzip)) {
            break;
        }

        bool more = have(gzip, 1) > 0;
        int code = inflate(stream, Z_NO_FLUSH);

        if (code == Z_STREAM_END) {
            gzip->state = BETWEEN;
        } else if (code != Z_OK && code != Z_BUF_ERROR) {
            gzip->trouble = stream->msg != NULL ? stream->msg : "not enough memory to inflate it";
        } else if (!more && stream->next_out == to && gzip->trouble == NULL) {
            gzip->trouble = "unexpected end of file";
        }
    }

    return (size_t)(stream->next_out - (unsigned char *)to);
}

const char *dyn_gzip_trouble(const dyn_gzip_t *gzip)
{
    return gzip->trouble;
}

void dyn_gzip_close(dyn_gzip_t *gzip)
{
    inflateEnd(&gzip->stream);
    close(gzip->file);
    free(gzip);
}

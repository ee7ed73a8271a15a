/* Bytes as a file that has a path, without a disk: what reads files can be fuzzed. */
#ifndef MEMORY_FILE_H
#define MEMORY_FILE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* glibc declares it to GNU's sources only */
int memfd_create(const char *name, unsigned flags);

/* The path; its file holds these bytes until the next call. */
static const char *memory_file(const uint8_t *data, size_t size)
{
    static char path[64];
    static int file = -1;

    if (file < 0) {
        file = memfd_create("fuzz", 0);
        snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
    }
    if (file < 0 || ftruncate(file, 0) != 0 || pwrite(file, data, size, 0) != (ssize_t)size) {
        abort();
    }

    return path;
}

#endif

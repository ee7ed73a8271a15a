/* The same work on several threads, each with its own part. */
#ifndef DYN_PARALLEL_H
#define DYN_PARALLEL_H

#include <stdbool.h>

enum { DYN_THREADS_MAX = 64 };

/* part is 0 .. parts - 1; false says that it failed. */
typedef bool (*dyn_parallel_fn)(void *context, unsigned part, unsigned parts);

/* Runs all parts and waits; true when all did. Where a thread cannot be had the caller's does its part. */
bool dyn_parallel(unsigned parts, dyn_parallel_fn function, void *context);

#endif

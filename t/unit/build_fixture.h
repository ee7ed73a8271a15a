/* Snapshots for tests: built by the command itself, in a folder that is gone when the test program ends. */
#ifndef BUILD_FIXTURE_H
#define BUILD_FIXTURE_H

#include "engine/catalogue/snapshot.h"

/* A path in the test's own folder. Good until the next but three calls. */
const char *fixture_path(const char *name);
const char *fixture_write(const char *name, const char *text);

/* What --threads says; NULL: nothing. */
extern const char *fixture_threads;
/* The text of the file that --parameters names; NULL: none. */
extern const char *fixture_parameters;

/* Runs `dynstore build` on these texts (NULL: without) with quiet output; returns its exit code. The snapshot is fixture_path("s.dyn"). */
int fixture_build_code(const char *catalog, const char *events);
/* The same, opened; ends the test when it cannot be. */
dyn_snapshot_t *fixture_build(const char *catalog, const char *events);

/* A file's bytes, for free(). */
char *fixture_read(const char *path, size_t *length);

/*
 * The seed of a fuzz target, fuzz/corpus/NAME/whole, has to be these bytes: seeds of an older format find nothing. With the
 * environment variable SEEDS=1 it is written.
 */
void fixture_seed(const char *name, const char *bytes, size_t length);

/* The item's number, or DYN_NONE. */
uint32_t fixture_item(const dyn_snapshot_t *snapshot, const char *id);

#endif

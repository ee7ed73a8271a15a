/* Reads a catalogue: JSON Lines, one item a line, or one list of items; compressed or plain. docs/catalog.md */
#ifndef DYN_CATALOG_READ_H
#define DYN_CATALOG_READ_H

#include "cli/input/catalog.h"
#include "cli/base/faults.h"

/* A bad item is a fault and leaves nothing in the catalogue. False with a sentence in faults->error when reading ended early. */
bool dyn_catalog_read(const char *path, dyn_catalog_t *catalog, dyn_faults_t *faults);

#endif

/* A catalogue as the lines that docs/catalog.md describes: read again they make the same catalogue. */
#ifndef DYN_CATALOG_WRITE_H
#define DYN_CATALOG_WRITE_H

#include <stdio.h>

#include "cli/input/catalog.h"

/* Items in their order, then bundles and contents. False when memory is out or the file cannot be written. */
bool dyn_catalog_write(const dyn_catalog_t *catalog, FILE *file);

#endif

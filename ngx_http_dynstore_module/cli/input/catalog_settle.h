/* What lines of their own say of items and variants goes to its items. docs/catalog.md */
#ifndef DYN_CATALOG_SETTLE_H
#define DYN_CATALOG_SETTLE_H

#include "cli/base/faults.h"
#include "cli/input/catalog.h"

/*
 * Once all files are read: aliases get their owners, and variants and additions with lines of their own go to their items, which
 * have all that these say together. A variant without an item is a fault, an addition without one a note. False with a sentence in
 * faults->error.
 */
bool dyn_catalog_settle(dyn_catalog_t *catalog, dyn_faults_t *faults);

#endif

/* The folder that a file is in. */
#ifndef DYN_FOLDER_H
#define DYN_FOLDER_H

#include "engine/base/types.h"

/* Makes a rename or link to `path` survive a power cut. */
void dyn_folder_sync(const char *path);
/* Whether this process may make a file at `path`; false with errno. */
bool dyn_folder_writable(const char *path);

#endif

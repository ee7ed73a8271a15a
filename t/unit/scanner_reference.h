/* A slow reading of the whole page, for HTML without svg and math: what the scanner must agree with, sharing no code with it. */
#ifndef SCANNER_REFERENCE_H
#define SCANNER_REFERENCE_H

#include "scanner_check.h"

/* Fills *marks with those of the page h of n bytes. */
void scanner_reference_marks(const char *h, size_t n, scanner_marks_t *marks);

#endif

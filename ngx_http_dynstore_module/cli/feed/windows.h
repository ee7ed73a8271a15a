/* Windows-1252, the encoding of what older programs of Windows write (https://encoding.spec.whatwg.org/#windows-1252). */
#ifndef DYN_FEED_WINDOWS_H
#define DYN_FEED_WINDOWS_H

#include "engine/base/types.h"

/* What a byte stands for. The five that stand for nothing are the control characters of the same number. */
uint32_t dyn_windows_code_point(unsigned char byte);
/* The text as UTF-8, of at most three times its bytes; returns the length. */
size_t dyn_windows_to_utf8(dyn_str_t text, char *utf8);

#endif

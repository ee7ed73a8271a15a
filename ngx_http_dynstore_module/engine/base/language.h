/* Names of languages, as BCP 47 has them: "de", "de-AT", "zh-Hant-TW". */
#ifndef DYN_LANGUAGE_H
#define DYN_LANGUAGE_H

#include "engine/base/limits.h"
#include "engine/base/types.h"

/*
 * Reads a name from outside, in any case and also with underscores: "DE_at" is "de-AT". False for what cannot be one. The name is
 * written into `name`, in the case that RFC 5646 (2.1.1) recommends, so that equal names are equal bytes.
 */
bool dyn_language_read(dyn_str_t text, char name[DYN_LANGUAGE_BYTES_MAX], dyn_str_t *language);

#endif

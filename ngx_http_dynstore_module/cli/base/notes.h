/* What was made good while files were read: said once for each kind, with how often and where first. */
#ifndef DYN_NOTES_H
#define DYN_NOTES_H

#include "engine/base/types.h"

/* X(name, what was done) */
#define DYN_NOTES(X)                                                                            \
    X(number_as_text,                                                                           \
      "a number that is too large or is not written as JSON writes it was read as text")        \
    X(no_number, "NaN, Infinity, None or undefined was read as null")                           \
    X(half_character, "half of a character (such as \\ud800) or \\u0000 was replaced")          \
    X(raw_control,                                                                              \
      "an unescaped line break or tab within a string was read as if it were escaped")          \
    X(windows_1252, "bytes that are no UTF-8 were read as Windows-1252")                        \
    X(blanks, "line breaks, tabs and other control characters of a text were read as blanks")   \
    X(negative_stock, "stock below 0 was read as 0")                                            \
    X(no_url, "a url or image that is not an http or https URL or a plain path was left out")   \
    X(cut_text, "a description beyond 4096 bytes was cut off")                                  \
    X(long_value, "a value of an attribute of more than 128 bytes was left out")                \
    X(too_many_traits, "more than 512 tags and values of an item were cut off")                 \
    X(not_published, "items that are drafts, archived or hidden were left out")                 \
    X(shared_id, "a SKU or barcode that several items have names the first of them")            \
    X(no_attribute,                                                                             \
      "metafields that are no short text, number, date or measurement were left out")           \
    X(no_owner, "media and metafields of products that are not there were left out")            \
    X(no_sale, "a sale price that is not below the price was left out")                         \
    X(passed_over, "a wrong value that learning does not need was ignored")                     \
    X(not_learned, "events of kinds that nothing is learned from were passed over")             \
    X(no_visitor, "events or orders that tell of no visitor were passed over")                  \
    X(no_product, "events and line items without a product's id or SKU were passed over")       \
    X(not_sold, "orders and line items that were cancelled, given back or tests were left out") \
    X(no_kind,                                                                                  \
      "a kind other than item, content and bundle was passed over: the line was read as an item")

#define X(name, text) DYN_NOTE_##name,
typedef enum { DYN_NOTES(X) DYN_NOTE_COUNT } dyn_note_t;
#undef X

typedef struct {
    uint64_t counts[DYN_NOTE_COUNT];
    char first[DYN_NOTE_COUNT][256]; /* FILE:LINE:FIELD */
} dyn_notes_t;

/* notes may be NULL. */
void dyn_note(dyn_notes_t *notes, dyn_note_t note, const char *file, uint64_t line,
              const char *field);
/* Its name, and the sentence about it; "FILE:LINE:FIELD: SENTENCE (N times)". */
const char *dyn_note_name(dyn_note_t note);
void dyn_note_sentence(const dyn_notes_t *notes, dyn_note_t note, dyn_error_t *sentence);

#endif

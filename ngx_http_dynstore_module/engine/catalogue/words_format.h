/*
 * The index of words in a snapshot: which items, categories, brands and traits a word means. engine/words/ reads it.
 * docs/snapshot-format.md says the same byte by byte.
 */
#ifndef DYN_WORDS_FORMAT_H
#define DYN_WORDS_FORMAT_H

#include <stdint.h>

/* The one record of section "words_header". */
typedef struct {
    char languages[4][4]; /* ISO 639-1, the catalogue's main one first, terminated; "" where there are no more */
    char currency[4];     /* of most items, ISO 4217, terminated; "" when no item has a price */
    uint32_t reserved;    /* 0 */
} dyn_words_header_t;

/*
 * A word in the order of its bytes. Its text, and its lists in "word_items" and "word_groups", end where those of the next row begin:
 * the last row is no word, it only holds the ends.
 */
typedef struct {
    uint32_t text; /* in word_texts; a text is UTF-8, of 1 to DYN_WORD_BYTES_MAX bytes */
    uint32_t items;
    uint32_t groups;
} dyn_word_t;

/*
 * An entry of "word_items": the item's rank << 4 | weight. Ranks rise within a list; section "word_ranks" gives the item of each
 * rank, the most popular item first. The weight, 1 to 15, says how surely the word says what the item is.
 */
#define DYN_WORD_RANK(entry)   ((entry) >> 4)
#define DYN_WORD_WEIGHT(entry) ((entry) & 15U)

/* A category, brand or trait that has the word in its name. Within a word's list kinds and, within a kind, numbers rise. */
typedef struct {
    uint32_t number;
    uint16_t kind;   /* dyn_word_group_kind_t */
    uint16_t weight; /* the word's part of the name, 1 to 255; those of a name add up to about 255 */
} dyn_word_group_t;

typedef enum { DYN_WORD_CATEGORY, DYN_WORD_BRAND, DYN_WORD_TRAIT, DYN_WORD_KINDS } dyn_word_group_kind_t;

#endif

/* Checks of the marker scanner: a filter in small finds the expected marks and sends the expected page, however that is split. */
#ifndef SCANNER_CHECK_H
#define SCANNER_CHECK_H

#include "engine/scan/scanner.h"

#define SCANNER_MARKS_MAX 4096
#define SCANNER_BODY "/body"

/* Where a mark begins in the page, and its slot or SCANNER_BODY. */
typedef struct {
    size_t at;
    char name[DYN_SLOT_NAME_BYTES_MAX + 1];
} scanner_mark_t;

/* In the order of the page. */
typedef struct {
    size_t count;
    scanner_mark_t mark[SCANNER_MARKS_MAX];
} scanner_marks_t;

void scanner_marks_add(scanner_marks_t *marks, size_t at, const char *name, size_t len);
/* What the scanner itself marks in the page fed whole. */
void scanner_marks_found(const char *page, size_t len, scanner_marks_t *marks);

/* One page, and ways to feed it that each end the test when the result is not the expected one. */
typedef struct scanner_check_s scanner_check_t;

/* Keeps the pointers it is given until scanner_check_end, which frees the check and nothing else. */
scanner_check_t *scanner_check_begin(const char *title, const char *page, size_t len,
                                     const scanner_marks_t *expected);
/* In two inputs; at = len: the page whole, then an empty input. */
void scanner_check_split(scanner_check_t *c, size_t at);
void scanner_check_chunks(scanner_check_t *c, size_t chunk);
void scanner_check_random_chunks(scanner_check_t *c, size_t longest);
void scanner_check_end(scanner_check_t *c);

/* The page whole, byte by byte, split everywhere (a large one: at some 400 random places), in random chunks. */
void scanner_check_page(const char *title, const char *page, size_t len,
                        const scanner_marks_t *expected);
/* The same for a page of text in which a `^` stands before each expected mark and is no part of the page. */
void scanner_expect(const char *marked);

/* Random numbers of this program's only sequence, which random chunks take from, too; the same seed gives the same. */
void scanner_random_seed(uint64_t seed);
size_t scanner_random_below(size_t limit);

#endif

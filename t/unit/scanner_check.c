#include "scanner_check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

void scanner_marks_add(scanner_marks_t *marks, size_t at, const char *name, size_t len)
{
    assert_true(marks->count < SCANNER_MARKS_MAX);
    assert_true(len <= DYN_SLOT_NAME_BYTES_MAX);
    scanner_mark_t *mark = &marks->mark[marks->count++];
    mark->at = at;
    memcpy(mark->name, name, len);
    mark->name[len] = '\0';
}

/* ---- a filter in small: sends what may be sent, holds the rest, puts a block before each mark ---- */

typedef struct {
    dyn_scanner_t scanner;
    scanner_marks_t *marks;
    size_t seen; /* bytes of earlier inputs */
    char held[DYN_SCAN_HOLD_MAX];
    size_t held_len;
    char *out;
    size_t out_len;
} filter_t;

static void filter_send(filter_t *f, const char *data, size_t len)
{
    if (len > 0) {
        memcpy(f->out + f->out_len, data, len);
        f->out_len += len;
    }
}

/* Sends what was held and the input up to (not including) offset `until` of it; negative: within the held bytes. */
static void filter_send_until(filter_t *f, const char *input, size_t *sent, ptrdiff_t until)
{
    size_t keep = until < 0 ? (size_t)-until : 0;

    assert_true(keep <= f->held_len);
    filter_send(f, f->held, f->held_len - keep);
    memmove(f->held, f->held + f->held_len - keep, keep);
    f->held_len = keep;
    if (until >= 0) {
        assert_true((size_t)until >= *sent);
        filter_send(f, input + *sent, (size_t)until - *sent);
        *sent = (size_t)until;
    }
}

static void filter_input(filter_t *f, const char *input, size_t len)
{
    size_t from = 0;
    size_t sent = 0;
    dyn_scan_t scan;
    dyn_scan_result_t result;

    while ((result = dyn_scanner_feed(&f->scanner, input, len, from, &scan)) != DYN_SCAN_MORE) {
        dyn_str_t name = result == DYN_SCAN_MARKER ? scan.slot : DYN_STR(SCANNER_BODY);
        assert_true(scan.end >= from && scan.end <= len);
        assert_true(scan.at < (ptrdiff_t)scan.end || scan.at < 0);
        assert_int_equal(scan.hold, 0);
        filter_send_until(f, input, &sent, scan.at);
        scanner_marks_add(f->marks, (size_t)((ptrdiff_t)f->seen + scan.at), name.data, name.len);
        filter_send(f, "{", 1);
        filter_send(f, name.data, name.len);
        filter_send(f, "}", 1);
        from = scan.end;
    }
    assert_int_equal(scan.end, len);
    assert_true(scan.hold <= DYN_SCAN_HOLD_MAX);
    assert_true(scan.hold <= f->held_len + len - sent);
    filter_send_until(f, input, &sent, (ptrdiff_t)len - (ptrdiff_t)scan.hold);
    assert_true(f->held_len + len - sent == scan.hold);
    if (sent < len) {
        memcpy(f->held + f->held_len, input + sent, len - sent);
        f->held_len += len - sent;
    }
    f->seen += len;
}

static void filter_begin(filter_t *f, scanner_marks_t *marks, char *out)
{
    memset(f, 0, sizeof(*f));
    marks->count = 0;
    f->marks = marks;
    f->out = out;
    dyn_scanner_init(&f->scanner);
}

static size_t filter_end(filter_t *f)
{
    filter_send(f, f->held, f->held_len);
    f->held_len = 0;
    return f->out_len;
}

/* The input lies at the end of its own memory, so that a sanitizer sees a read behind it. */
static void filter_copy(filter_t *f, const char *input, size_t len)
{
    char *copy = malloc(len == 0 ? 1 : len);
    assert_non_null(copy);
    memcpy(copy, input, len);
    filter_input(f, copy, len);
    free(copy);
}

void scanner_marks_found(const char *page, size_t len, scanner_marks_t *marks)
{
    char *out = malloc(len + SCANNER_MARKS_MAX * (DYN_SLOT_NAME_BYTES_MAX + 2));
    filter_t f;

    assert_non_null(out);
    filter_begin(&f, marks, out);
    filter_copy(&f, page, len);
    free(out);
}

/* The page with a block before each expected mark. */
static size_t expected_output(const char *page, size_t len, const scanner_marks_t *marks, char *out)
{
    size_t from = 0;
    size_t n = 0;
    for (size_t i = 0; i < marks->count; i++) {
        memcpy(out + n, page + from, marks->mark[i].at - from);
        n += marks->mark[i].at - from;
        from = marks->mark[i].at;
        n += (size_t)sprintf(out + n, "{%s}", marks->mark[i].name);
    }
    memcpy(out + n, page + from, len - from);
    return n + len - from;
}

static void show(const char *title, const char *page, size_t len, const scanner_marks_t *expected,
                 const scanner_marks_t *found)
{
    print_message("%s\n", title);
    if (len < 4000) {
        for (size_t i = 0; i < len; i++) {
            unsigned char c = (unsigned char)page[i];
            if (c >= ' ' && c < 0x7f && c != '\\') {
                print_message("%c", c);
            } else {
                print_message("\\x%02x", c);
            }
        }
    }
    for (size_t i = 0; i < expected->count; i++) {
        print_message("\nexpected %zu %s", expected->mark[i].at, expected->mark[i].name);
    }
    for (size_t i = 0; i < found->count; i++) {
        print_message("\nfound    %zu %s", found->mark[i].at, found->mark[i].name);
    }
    print_message("\n");
}

struct scanner_check_s {
    const char *title;
    const char *page;
    size_t len;
    const scanner_marks_t *expected;
    char *expected_out;
    size_t expected_len;
    char *out;
    scanner_marks_t found;
};

scanner_check_t *scanner_check_begin(const char *title, const char *page, size_t len,
                                     const scanner_marks_t *expected)
{
    size_t room = len + expected->count * (DYN_SLOT_NAME_BYTES_MAX + 2) + 4096;
    scanner_check_t *c = malloc(sizeof(*c));

    assert_non_null(c);
    c->title = title;
    c->page = page;
    c->len = len;
    c->expected = expected;
    c->expected_out = malloc(room);
    c->out = malloc(room + SCANNER_MARKS_MAX * (DYN_SLOT_NAME_BYTES_MAX + 2));
    assert_non_null(c->expected_out);
    assert_non_null(c->out);
    c->expected_len = expected_output(page, len, expected, c->expected_out);
    return c;
}

void scanner_check_end(scanner_check_t *c)
{
    free(c->expected_out);
    free(c->out);
    free(c);
}

static void check_result(scanner_check_t *c, filter_t *f, const char *how)
{
    size_t out_len = filter_end(f);
    bool same = c->found.count == c->expected->count;

    for (size_t i = 0; same && i < c->found.count; i++) {
        same = c->found.mark[i].at == c->expected->mark[i].at &&
               strcmp(c->found.mark[i].name, c->expected->mark[i].name) == 0;
    }
    same = same && out_len == c->expected_len && memcmp(c->out, c->expected_out, out_len) == 0;
    if (!same) {
        show(c->title, c->page, c->len, c->expected, &c->found);
        fail_msg("%s: %s: not the expected page", c->title, how);
    }
}

void scanner_check_split(scanner_check_t *c, size_t at)
{
    filter_t f;
    char how[64];

    filter_begin(&f, &c->found, c->out);
    filter_copy(&f, c->page, at);
    filter_copy(&f, c->page + at, c->len - at);
    snprintf(how, sizeof(how), "split at %zu", at);
    check_result(c, &f, how);
}

void scanner_check_chunks(scanner_check_t *c, size_t chunk)
{
    filter_t f;
    char how[64];

    filter_begin(&f, &c->found, c->out);
    for (size_t at = 0; at < c->len; at += chunk) {
        filter_copy(&f, c->page + at, c->len - at < chunk ? c->len - at : chunk);
    }
    snprintf(how, sizeof(how), "chunks of %zu", chunk);
    check_result(c, &f, how);
}

static uint64_t random_state;

void scanner_random_seed(uint64_t seed)
{
    random_state = seed;
}

size_t scanner_random_below(size_t limit)
{
    random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (size_t)((random_state >> 33) % limit);
}

void scanner_check_random_chunks(scanner_check_t *c, size_t longest)
{
    filter_t f;
    size_t at = 0;

    filter_begin(&f, &c->found, c->out);
    while (at < c->len) {
        size_t chunk = scanner_random_below(longest + 1); /* empty ones too */
        chunk = chunk < c->len - at ? chunk : c->len - at;
        filter_copy(&f, c->page + at, chunk);
        at += chunk;
    }
    check_result(c, &f, "random chunks");
}

void scanner_check_page(const char *title, const char *page, size_t len,
                        const scanner_marks_t *expected)
{
    scanner_check_t *c = scanner_check_begin(title, page, len, expected);

    scanner_check_split(c, len);
    scanner_check_chunks(c, 1);
    for (size_t at = 0; at<len; at += len> 20000 ? 1 + scanner_random_below(len / 200) : 1) {
        scanner_check_split(c, at);
    }
    for (int i = 0; i < 20; i++) {
        scanner_check_random_chunks(c, (size_t)2 << (i % 10));
    }
    scanner_check_end(c);
}

void scanner_expect(const char *marked)
{
    static scanner_marks_t expected;
    char page[8192];
    size_t len = 0;

    expected.count = 0;
    assert_true(strlen(marked) < sizeof(page));
    for (const char *p = marked; *p != '\0'; p++) {
        if (*p != '^') {
            page[len++] = *p;
        } else if (p[1] == '<' && p[2] == '/') {
            scanner_marks_add(&expected, len, SCANNER_BODY, strlen(SCANNER_BODY));
        } else {
            const char *slot = p + strlen("^<!--dynstore:");
            scanner_marks_add(&expected, len, slot, (size_t)(strstr(slot, "-->") - slot));
        }
    }
    scanner_check_page(marked, page, len, &expected);
}

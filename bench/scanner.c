/*
 * How fast the marker scanner reads a storefront page of 30 KB, next to what any scanner of that page must pay:
 * memchr from `<` to `<`, a loop over the bytes, and a Boyer-Moore-Horspool search for `</body>` (what nginx's
 * sub_filter does in essence). Prints the median of many interleaved runs.
 *
 * make build/bench/scanner && build/bench/scanner
 */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/scan/scanner.h"

#define PAGE_BYTES 30720
#define RUNS 2001

static char page[PAGE_BYTES + 4096];
static size_t page_len;
static size_t page_tags;

static void add(const char *text)
{
    size_t len = strlen(text);
    memcpy(page + page_len, text, len);
    page_len += len;
}

/* A listing: head, styles, scripts, a menu, cards with images, prices and forms, a footer. */
static void make_page(void)
{
    char card[2048];

    add("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>Day packs - Northridge Outfitters</title>\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        "<link rel=\"stylesheet\" href=\"/assets/theme.css?v=3812\">\n"
        "<style>:root{--ink:#1c2420;--paper:#faf8f3} .card>a:hover{text-decoration:underline} .price{font-weight:600}</style>\n"
        "<script>window.shop={currency:\"EUR\",end:\"</body>\"};for(var i=0;i<3;i++){(window.q=window.q||[]).push(i)}</script>\n"
        "</head>\n<body class=\"template-listing\">\n<!-- header -->\n<header class=\"site-header\" role=\"banner\">\n<ul class=\"menu\">\n");
    for (int i = 0; i < 24; i++) {
        snprintf(card, sizeof(card), "<li class=\"menu__item\"><a href=\"/collections/%d\" class=\"menu__link\">Range %d</a></li>\n", i, i);
        add(card);
    }
    add("</ul></header>\n<main id=\"content\">\n");
    for (int i = 0; page_len < PAGE_BYTES - 1700; i++) {
        snprintf(card, sizeof(card),
                 "<li class=\"grid__item\" data-product-id=\"%d\">\n  <article class=\"card card--product\">\n"
                 "    <a class=\"card__link\" href=\"/products/trail-pack-%d?variant=%d\" title=\"Women's Trail Pack %d\">\n"
                 "      <img src=\"/images/%d_400x.jpg\" alt=\"Trail Pack %d in moss\" width=\"400\" height=\"500\" loading=\"lazy\">\n"
                 "    </a>\n    <h3 class=\"card__title\">Trail Pack %d</h3>\n"
                 "    <p>Light, dry and quiet: <b>%d litres</b> for a long day.</p>\n"
                 "    <span class=\"price\"><span class=\"money\">%d.00</span> <small>EUR</small></span>\n"
                 "    <form method=\"post\" action=\"/cart/add\"><input type=\"hidden\" name=\"id\" value=\"%d\">"
                 "<button type=\"submit\" class=\"btn\" disabled>Add to cart</button></form>\n  </article>\n</li>\n",
                 4100 + i, i, 88000 + i, i, i, i, i, 18 + i, 79 + i, 88000 + i);
        add(card);
    }
    add("</main>\n<!--dynstore:recs-->\n<footer class=\"site-footer\">\n<svg class=\"icon\" viewBox=\"0 0 20 20\"><title>Cart</title>"
        "<path d=\"M3 3h2l2 10h8l2-7H6\"/></svg>\n<p>Free returns within 60 days.</p>\n");
    while (page_len < PAGE_BYTES - 17) {
        add("\n");
    }
    add("</body>\n</html>\n");
    for (size_t i = 0; i < page_len; i++) {
        page_tags += page[i] == '<';
    }
}

static size_t scan_whole(void)
{
    dyn_scanner_t scanner;
    dyn_scan_t scan;
    size_t from = 0;
    size_t marks = 0;

    dyn_scanner_init(&scanner);
    while (dyn_scanner_feed(&scanner, page, page_len, from, &scan) != DYN_SCAN_MORE) {
        from = scan.end;
        marks++;
    }
    return marks;
}

/* As a proxy passes the page on: in buffers of 4 KB. */
static size_t scan_buffers(void)
{
    dyn_scanner_t scanner;
    dyn_scan_t scan;
    size_t marks = 0;

    dyn_scanner_init(&scanner);
    for (size_t at = 0; at < page_len; at += 4096) {
        size_t len = page_len - at < 4096 ? page_len - at : 4096;
        size_t from = 0;
        while (dyn_scanner_feed(&scanner, page + at, len, from, &scan) != DYN_SCAN_MORE) {
            from = scan.end;
            marks++;
        }
    }
    return marks;
}

static size_t count_memchr(void)
{
    size_t count = 0;
    const char *end = page + page_len;
    for (const char *p = page; (p = memchr(p, '<', (size_t) (end - p))) != NULL; p++) {
        count++;
    }
    return count;
}

static size_t count_bytes(void)
{
    size_t count = 0;
    for (size_t i = 0; i < page_len; i++) {
        if (page[i] == '<') {
            count++;
            __asm__ volatile("" ::: "memory"); /* no vector code */
        }
    }
    return count;
}

static size_t search_horspool(void)
{
    static const char word[] = "</body>";
    enum { LEN = sizeof(word) - 1 };
    unsigned char skip[256];
    size_t count = 0;

    memset(skip, LEN, sizeof(skip));
    for (size_t i = 0; i + 1 < LEN; i++) {
        skip[(unsigned char) word[i]] = (unsigned char) (LEN - 1 - i);
    }
    for (size_t i = LEN - 1; i < page_len; i += skip[(unsigned char) page[i]]) {
        count += page[i] == word[LEN - 1] && memcmp(page + i - (LEN - 1), word, LEN) == 0;
    }
    return count;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *) a;
    double y = *(const double *) b;
    return (x > y) - (x < y);
}

int main(void)
{
    static const struct {
        const char *name;
        size_t (*run)(void);
    } contenders[] = {
        {"scanner, whole page", scan_whole},
        {"scanner, 4 KB buffers", scan_buffers},
        {"memchr '<' to '<'", count_memchr},
        {"byte loop", count_bytes},
        {"Horspool </body>", search_horspool},
    };
    enum { N = sizeof(contenders) / sizeof(contenders[0]) };
    static double us[N][RUNS];
    size_t found[N] = {0};

    make_page();
    for (int run = 0; run < RUNS; run++) {
        for (int i = 0; i < N; i++) {
            struct timespec a;
            struct timespec b;
            clock_gettime(CLOCK_MONOTONIC, &a);
            found[i] = contenders[i].run();
            clock_gettime(CLOCK_MONOTONIC, &b);
            us[i][run] = (double) (b.tv_sec - a.tv_sec) * 1e6 + (double) (b.tv_nsec - a.tv_nsec) / 1e3;
        }
    }
    printf("page: %zu bytes, %zu '<'\n", page_len, page_tags);
    for (int i = 0; i < N; i++) {
        qsort(us[i], RUNS, sizeof(double), ascending);
        printf("%-24s %7.2f us  %6.2f GB/s  found %zu\n", contenders[i].name, us[i][RUNS / 2],
               (double) page_len / us[i][RUNS / 2] / 1e3, found[i]);
    }
    return 0;
}

#include "engine/catalogue/category_keys.h"

#include "engine/base/hash.h"

/* A key is hashed in pieces of this size, each with the hash of those before it as its seed. */
enum { PIECE_BYTES = 256 };

/* A category's name or path, byte by byte as a key writes it. */
typedef struct {
    dyn_str_t parts[DYN_CATEGORY_DEPTH_MAX]; /* the last is read first */
    size_t part_count;
    size_t at;
    bool begun;
} handle_reader_t;

static bool is_separator(unsigned char c)
{
    return c < 0x80 && !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
           !(c >= '0' && c <= '9');
}

/* The next byte; '-' for a run of separators between others, 0 at the end. */
static unsigned char handle_next(handle_reader_t *reader)
{
    bool separated = false;

    while (reader->part_count != 0) {
        const dyn_str_t *part = &reader->parts[reader->part_count - 1];

        if (reader->at == part->len) {
            reader->part_count--;
            reader->at = 0;
            separated = true;
            continue;
        }

        unsigned char c = (unsigned char)part->data[reader->at];

        if (is_separator(c)) {
            reader->at++;
            separated = true;
            continue;
        }
        if (separated && reader->begun) {
            return '-';
        }

        reader->at++;
        reader->begun = true;
        return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
    }

    return 0;
}

static bool handle_equal(handle_reader_t a, handle_reader_t b)
{
    unsigned char c;

    do {
        c = handle_next(&a);
        if (c != handle_next(&b)) {
            return false;
        }
    } while (c != 0);

    return a.begun;
}

/* False when there is nothing to hash. */
static bool handle_hash(handle_reader_t reader, uint64_t seed, uint64_t *hash)
{
    unsigned char piece[PIECE_BYTES], c = handle_next(&reader);

    if (c == 0) {
        return false;
    }

    *hash = seed;
    while (c != 0) {
        size_t length = 0;

        for (; c != 0 && length < PIECE_BYTES; c = handle_next(&reader)) {
            piece[length++] = c;
        }
        *hash = dyn_hash64_seeded(piece, length, *hash);
    }

    return true;
}

static handle_reader_t text_reader(dyn_str_t text)
{
    return (handle_reader_t){.parts = {text}, .part_count = 1};
}

/* Of the category's name, and of those of all above it when `whole`. */
static handle_reader_t category_reader(const dyn_categories_t *categories, uint32_t category,
                                       bool whole)
{
    handle_reader_t reader = {.part_count = 0};

    do {
        const char *at = categories->strings + categories->categories[category].name;

        reader.parts[reader.part_count++] =
            (dyn_str_t){at + 4, *(const uint32_t *)(const void *)at};
        category = categories->categories[category].parent;
    } while (whole && category != DYN_NONE);

    return reader;
}

static uint32_t find(const dyn_categories_t *categories, dyn_probe_t *probe, handle_reader_t wanted,
                     uint32_t *compared)
{
    uint32_t target;

    while (dyn_probe_next(probe, &target)) {
        uint32_t category = target & ~DYN_CATEGORY_BY_NAME;

        ++*compared;
        if (handle_equal(category_reader(categories, category, category == target), wanted)) {
            return target;
        }
    }

    return DYN_NONE;
}

uint32_t dyn_category_find(const dyn_categories_t *categories, const dyn_hash_row_t *rows,
                           uint64_t row_count, dyn_str_t text, uint32_t *read, uint32_t *compared)
{
    uint64_t hash;
    uint32_t names = 0;

    /* nothing is left of it as a key */
    if (!handle_hash(text_reader(text), categories->seed, &hash)) {
        return DYN_NONE;
    }

    dyn_probe_t probe = dyn_probe(rows, row_count, hash);
    uint32_t target = find(categories, &probe, text_reader(text), &names);

    if (read != NULL) {
        *read = probe.read;
    }
    if (compared != NULL) {
        *compared = names;
    }

    return target;
}

/* The target under which the category's own path or name is found. False when nothing is left of it as a key. */
static bool find_own(const dyn_categories_t *categories, const dyn_hash_row_t *rows,
                     uint64_t row_count, uint32_t category, bool whole, uint64_t *hash,
                     uint32_t *target)
{
    handle_reader_t own = category_reader(categories, category, whole);
    uint32_t compared = 0;

    if (!handle_hash(own, categories->seed, hash)) {
        return false;
    }

    dyn_probe_t probe = dyn_probe(rows, row_count, *hash);

    *target = find(categories, &probe, own, &compared);

    return true;
}

bool dyn_category_keys_make(const dyn_categories_t *categories, dyn_hash_row_t *rows,
                            uint64_t row_count)
{
    uint64_t used = 0, hash;
    uint32_t target;

    dyn_hash_rows_clear(rows, row_count);
    for (int by_name = 0; by_name <= 1; by_name++) {
        for (uint32_t i = 0; i < categories->count; i++) {
            if (!find_own(categories, rows, row_count, i, by_name == 0, &hash, &target) ||
                target != DYN_NONE) {
                continue;
            }
            if (++used * 4 > row_count * 3 ||
                !dyn_hash_rows_put(rows, row_count, hash,
                                   by_name == 0 ? i : i | DYN_CATEGORY_BY_NAME)) {
                return false;
            }
        }
    }

    return true;
}

/* Every path leads to the first category that has it, every name to a path, else to the first that has the name. */
const char *dyn_category_keys_fault(const dyn_categories_t *categories, const dyn_hash_row_t *rows,
                                    uint64_t row_count, uint32_t *category)
{
    uint64_t used = 0, keys = 0, hash;
    uint32_t target;

    *category = DYN_NONE;
    if ((row_count & (row_count - 1)) != 0 || (row_count == 0 && categories->count != 0)) {
        return "the number of rows is no power of two";
    }
    for (uint64_t i = 0; i < row_count; i++) {
        used += rows[i].target != DYN_NONE;
        if (rows[i].target != DYN_NONE &&
            (rows[i].target & ~DYN_CATEGORY_BY_NAME) >= categories->count) {
            *category = rows[i].target & ~DYN_CATEGORY_BY_NAME;
            return "a row leads to it, but there is no such category";
        }
    }

    for (uint32_t i = 0; i < categories->count; i++) {
        *category = i;
        if (find_own(categories, rows, row_count, i, true, &hash, &target)) {
            if (target > i) {
                return "cannot be found by its path";
            }
            keys += target == i;
        }
        if (find_own(categories, rows, row_count, i, false, &hash, &target)) {
            if (target == DYN_NONE ||
                ((target & DYN_CATEGORY_BY_NAME) != 0 && (target & ~DYN_CATEGORY_BY_NAME) > i)) {
                return "cannot be found by its name";
            }
            keys += target == (i | DYN_CATEGORY_BY_NAME);
        }
    }

    *category = DYN_NONE;
    return used != keys || used * 4 > row_count * 3
               ? "rows are used for no key, or more than 3/4 of them"
               : NULL;
}

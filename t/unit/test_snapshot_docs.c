/* docs/snapshot-format.md says what the headers say: every field's offset and size, every section, every limit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "build_fixture.h"
#include "engine/catalogue/snapshot.h"

static char *page;

static int read_page(void **state)
{
    size_t length;
    char *bytes = fixture_read("docs/snapshot-format.md", &length);

    (void)state;
    page = calloc(1, length + 1);
    memcpy(page, bytes, length);
    free(bytes);

    return 0;
}

static int drop_page(void **state)
{
    (void)state;
    free(page);

    return 0;
}

/* The text below a heading, up to the next one. */
static void assert_under(const char *heading, const char *line)
{
    char *section = strstr(page, heading),
         *end = section == NULL ? NULL : strstr(section + strlen(heading), "\n#");
    const char *found = section == NULL ? NULL : strstr(section, line);

    if (found == NULL || (end != NULL && found > end)) {
        fail_msg("docs/snapshot-format.md: under \"%s\" there is no \"%s\"", heading + 1, line + 1);
    }
}

#define FIELD(type, member)                                             \
    {                                                                   \
#member, offsetof(type, member), sizeof(((type *)NULL)->member) \
    }

typedef struct {
    const char *name;
    size_t offset, bytes;
} field_t;

static void assert_fields(const char *heading, const field_t *fields, size_t count,
                          size_t record_bytes)
{
    size_t end = 0;

    for (size_t i = 0; i < count; i++) {
        char line[128];

        /* no gap that nothing is said of */
        assert_int_equal(fields[i].offset, end);
        end += fields[i].bytes;
        snprintf(line, sizeof(line), "\n| %zu | %zu | `%s` |", fields[i].offset, fields[i].bytes,
                 fields[i].name);
        assert_under(heading, line);
    }
    assert_int_equal(end, record_bytes);
}

#define FIELDS(heading, type, ...)                                                   \
    do {                                                                             \
        const field_t fields[] = {__VA_ARGS__};                                      \
        assert_fields("\n" heading "\n", fields, sizeof(fields) / sizeof(fields[0]), \
                      sizeof(type));                                                 \
    } while (0)

static void every_field_is_said_with_its_offset_and_size(void **state)
{
    (void)state;
#define F(member) FIELD(T, member)
#define T dyn_snapshot_header_t
    FIELDS("## Header", T, F(magic), F(version), F(section_count), F(build_id), F(as_of_ms),
           F(file_bytes), F(control_position), F(header_checksum));
#undef T
#define T dyn_section_row_t
    FIELDS("## Section table", T, F(id), F(record_bytes), F(offset), F(length), F(checksum));
#undef T
#define T dyn_item_t
    FIELDS("### items", T, F(id), F(title), F(url), F(image), F(price_minor), F(category), F(brand),
           F(group), F(stock), F(flags), F(countries_count), F(countries_blocked), F(age_min),
           F(created_ms), F(currency), F(margin_bp), F(traits_start), F(traits_count),
           F(compatible_start), F(compatible_count), F(countries_start), F(variants_start),
           F(variants_count), F(popularity));
#undef T
#define T dyn_variant_t
    FIELDS("### variants", T, F(id), F(title), F(price_minor), F(stock), F(item));
#undef T
#define T dyn_bundle_t
    FIELDS("### bundles", T, F(id), F(title), F(description), F(url), F(image), F(currency),
           F(price_minor), F(items_start), F(items_count), F(texts_start), F(texts_count));
#undef T
#define T dyn_bundle_text_t
    FIELDS("### bundle_texts", T, F(language), F(title), F(description));
#undef T
#define T dyn_bundle_member_t
    FIELDS("### bundle_members", T, F(item), F(bundle));
#undef T
#define T dyn_hash_row_t
    FIELDS("### Hash tables: item_ids, category_keys", T, F(hash_high), F(target));
#undef T
#define T dyn_category_t
    FIELDS("### categories", T, F(name), F(parent), F(depth), F(flags), F(kind));
#undef T
#define T dyn_trait_t
    FIELDS("### traits", T, F(name), F(value), F(item_count), F(reserved));
#undef T
#define T dyn_item_details_t
    FIELDS("### item_details", T, F(description), F(fit), F(language), F(rating_hundredths),
           F(sale_price_minor), F(sale_from_ms), F(sale_until_ms), F(rating_count), F(badges_start),
           F(badges_count), F(keywords_start), F(keywords_count), F(reserved));
#undef T
#define T dyn_alias_t
    FIELDS("### aliases", T, F(id), F(item));
#undef T
#define T dyn_category_price_t
    FIELDS("### category_prices", T, F(low), F(median));
#undef T
#define T dyn_edge_t
    FIELDS("### Lists: neighbours, bought_with, similar, popular, category_popular, trending, "
           "new_arrivals",
           T, F(item), F(weight));
#undef T
#define T dyn_model_item_t
    FIELDS("### model_items", T, F(prior), F(repeat_at_once), F(repeat_later), F(session_count),
           F(recent_count), F(age));
#undef T
#define T dyn_model_tree_t
    FIELDS("### model_trees", T, F(features), F(thresholds), F(leaves));
#undef T
#define T dyn_model_header_t
    FIELDS("### model_header", T, F(version), F(item_count), F(session_count), F(click_count),
           F(edge_count), F(tree_count), F(time_first), F(time_last), F(parameters), F(repeats));
#undef T
#define T dyn_blend_row_t
    FIELDS("### blend", T, F(slot), F(surface), F(flags), F(weights_start), F(weights_count));
#undef T
#define WORDS "### Index of words: words_header, words, word_items, word_groups"
#define T dyn_words_header_t
    FIELDS(WORDS, T, F(languages), F(currency), F(reserved));
#undef T
#define T dyn_word_t
    FIELDS(WORDS, T, F(text), F(items), F(groups));
#undef T
#define T dyn_word_group_t
    FIELDS(WORDS, T, F(number), F(kind), F(weight));
#undef T
#define T dyn_blend_weight_t
    FIELDS("### blend_weights", T, F(source), F(weight), F(floor));
#undef T
}

static void every_section_is_said_with_its_id_and_record_size(void **state)
{
    (void)state;
    char line[128];

#define X(c, number, name, bytes)                                                         \
    snprintf(line, sizeof(line), "\n| %d | `%s` | %zu |", number, name, (size_t)(bytes)); \
    assert_under("\n## Sections\n", line);
    DYN_SECTIONS(X)
#undef X
}

static void every_source_is_said_with_its_number(void **state)
{
    (void)state;
    char line[128];

    for (int source = 0; source < DYN_SOURCES_COUNT; source++) {
        snprintf(line, sizeof(line), "\n| %d | `%s` |", source,
                 dyn_source_name((dyn_source_t)source).data);
        assert_under("### blend_weights", line);
    }
}

static void every_limit_is_said(void **state)
{
    (void)state;
    char line[128];

#define LIMIT(heading, format, value)                         \
    snprintf(line, sizeof(line), format, (long long)(value)); \
    assert_under("\n" heading "\n", line)
    LIMIT("## Limits", "\n| items, variants | %lld each |", DYN_SNAPSHOT_ITEMS_MAX);
    LIMIT("## Limits", "\n| items, variants | %lld each |", DYN_SNAPSHOT_VARIANTS_MAX);
    LIMIT("## Limits", "\n| bytes of all texts | %lld |", DYN_SNAPSHOT_STRINGS_BYTES_MAX);
    LIMIT("## Limits", "\n| records of any other section | %lld |", DYN_SNAPSHOT_ROWS_MAX);
    LIMIT("## Limits", "\n| items with an index of words | %lld |", DYN_WORDS_ITEMS_MAX - 1);
    LIMIT(WORDS, "a text has 1 to %lld bytes", DYN_WORD_BYTES_MAX);
    LIMIT("## Limits", "\n| categories | %lld |", DYN_CATEGORIES_MAX);
    LIMIT("## Limits", "\n| sections | %lld |", DYN_SNAPSHOT_SECTIONS_MAX);
    LIMIT("## Header", "rows of the section table, at most %lld |", DYN_SNAPSHOT_SECTIONS_MAX);
    LIMIT("### strings", "| length n, at most %lld |", DYN_STRING_BYTES_MAX);
    LIMIT("### items", "reference: 1 to %lld bytes |", DYN_ITEM_ID_BYTES_MAX);
    LIMIT("### items", "0 to %lld; -1 unknown |", DYN_PRICE_MINOR_MAX);
    LIMIT("### items", "`traits_count` | at most %lld |", DYN_TRAITS_PER_ITEM_MAX);
    LIMIT("### item_details", "`badges_count` | at most %lld |", DYN_BADGES_PER_ITEM_MAX);
    LIMIT("### item_details", "`keywords_count` | at most %lld |", DYN_KEYWORDS_PER_ITEM_MAX);
    LIMIT("### item_details", "`rating_hundredths` | 0 to %lld;", DYN_RATING_MAX * 100);
    LIMIT("### item_details", "until before here; %lld: for good |", DYN_TIME_MS_MAX);
    LIMIT("### aliases", "reference: 1 to %lld bytes |", DYN_ITEM_ID_BYTES_MAX);
    LIMIT("## Sections", "items that have the trait, at most %lld:", DYN_ITEMS_PER_TRAIT_MAX);
    LIMIT("### items", "`compatible_count` | at most %lld |", DYN_COMPATIBLE_PER_ITEM_MAX);
    LIMIT("### items", "`countries_count` | at most %lld;", DYN_COUNTRIES_PER_ITEM_MAX);
    LIMIT("### items", "`variants_count` | at most %lld |", DYN_VARIANTS_PER_ITEM_MAX);
    LIMIT("### Hash tables: item_ids, category_keys", "is found within %lld rows", DYN_PROBES_MAX);
    LIMIT("### categories", "0 at the top, at most %lld |", DYN_CATEGORY_DEPTH_MAX - 1);
    LIMIT("## Sections", "the most popular items, at most %lld |", DYN_POPULAR_MAX);
    LIMIT("## Sections", "and of those below it, at most %lld |", DYN_POPULAR_PER_CATEGORY_MAX);
    LIMIT("### Lists: neighbours, bought_with, similar, popular, category_popular, trending, "
          "new_arrivals",
          "A list of an item has at most %lld edges", DYN_EDGES_PER_ITEM_MAX);
    LIMIT("### blend", "`weights_count` | at most %lld |", DYN_BLEND_WEIGHTS_PER_ROW_MAX);
    LIMIT("### blend", "At most %lld rows", DYN_BLEND_ROWS_MAX);
    LIMIT("### bundles", "At most %lld bundles", DYN_BUNDLES_MAX);
    LIMIT("### bundles", "| 2 to %lld different items |", DYN_BUNDLE_ITEMS_MAX);
    LIMIT("### bundles", "`texts_count` | at most %lld |", DYN_BUNDLE_LANGUAGES_MAX);
    LIMIT("### bundles", "0 to %lld; -1 unknown:", DYN_PRICE_MINOR_MAX);
    LIMIT("### bundle_texts", "reference: 1 to %lld bytes", DYN_LANGUAGE_BYTES_MAX);
    LIMIT("### model_header", "`tree_count` | at most %lld |", DYN_MODEL_TREES_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_is_said_with_its_offset_and_size),
        cmocka_unit_test(every_section_is_said_with_its_id_and_record_size),
        cmocka_unit_test(every_source_is_said_with_its_number),
        cmocka_unit_test(every_limit_is_said),
    };

    return cmocka_run_group_tests_name("snapshot_docs", tests, read_page, drop_page);
}

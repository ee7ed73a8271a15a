/* dynstore inspect: what a snapshot holds; with --item, all about one item. */
#include <inttypes.h>
#include <stdio.h>

#include "cli/commands/commands.h"
#include "engine/events/event.h"
#include "cli/base/options.h"
#include "cli/base/report.h"
#include "engine/catalogue/offer.h"
#include "engine/catalogue/snapshot.h"
#include "engine/catalogue/traits.h"
#include "engine/base/time_text.h"
#include "engine/base/item_id.h"
#include "engine/base/money.h"

enum { OPTION_ITEM, OPTION_TOP, OPTION_JSON };

static const dyn_option_t option_table[] = {
    [OPTION_ITEM] = {"item", 'i', "ID",
                     "everything about one item (or the item of a variant) instead"},
    [OPTION_TOP] = {"top", 'n', "N", "how many items of each list are shown (10)"},
    [OPTION_JSON] = {"json", 0, NULL, "print JSON"},
};

typedef struct {
    const dyn_snapshot_t *snapshot;
    uint32_t top;
} inspection_t;

static json_t *text_of(const inspection_t *inspection, dyn_string_ref_t reference)
{
    return dyn_report_text(dyn_snapshot_string(inspection->snapshot, reference));
}

/* null when it is not known, rather than a number that means so. */
static json_t *known(int64_t value, int64_t unknown)
{
    return value == unknown ? json_null() : json_integer(value);
}

static json_t *time_of(int64_t time_ms)
{
    char text[21];

    if (time_ms == 0) {
        return json_null();
    }
    dyn_time_format(time_ms, text);

    return json_string(text);
}

static json_t *price_of(int64_t minor, const char *currency)
{
    char text[32];

    if (minor < 0) {
        return json_null();
    }

    size_t length = dyn_money_format(minor, dyn_money_exponent(dyn_str_from(currency)), text);

    return json_stringn(text, length);
}

static json_t *sections_of(const dyn_snapshot_t *snapshot)
{
    const dyn_section_row_t *rows = (const dyn_section_row_t *)(const void *)(snapshot->header + 1);
    json_t *sections = json_array();

    for (uint32_t i = 0; i < snapshot->header->section_count; i++) {
        char checksum[17];

        snprintf(checksum, sizeof(checksum), "%016" PRIx64, rows[i].checksum);
        json_array_append_new(
            sections,
            json_pack("{s:I, s:o, s:I, s:I, s:I, s:s}", "id", (json_int_t)rows[i].id, "name",
                      dyn_report_text(dyn_section_name(rows[i].id)), "offset",
                      (json_int_t)rows[i].offset, "bytes", (json_int_t)rows[i].length, "records",
                      (json_int_t)(rows[i].length / rows[i].record_bytes), "checksum", checksum));
    }

    return sections;
}

static json_t *edges_of(const inspection_t *inspection, dyn_edges_t list)
{
    json_t *edges = json_array();

    for (uint32_t i = 0; i < list.count && i < inspection->top; i++) {
        const dyn_item_t *item = &inspection->snapshot->items[list.edges[i].item];

        json_array_append_new(edges,
                              json_pack("{s:f, s:o, s:o}", "weight", (double)list.edges[i].weight,
                                        "id", text_of(inspection, item->id), "title",
                                        text_of(inspection, item->title)));
    }

    return edges;
}

typedef uint32_t (*support_fn)(const dyn_snapshot_t *snapshot, uint32_t item, uint32_t other);

/* Each with how many orders or sessions have both. */
static json_t *supported_of(const inspection_t *inspection, uint32_t item, dyn_edges_t list,
                            support_fn support)
{
    json_t *edges = edges_of(inspection, list), *edge;
    size_t i;

    json_array_foreach(edges, i, edge)
    {
        json_object_set_new(
            edge, "support",
            json_integer((json_int_t)support(inspection->snapshot, item, list.edges[i].item)));
    }

    return edges;
}

static json_t *overview_of(const inspection_t *inspection, const char *path)
{
    const dyn_snapshot_t *snapshot = inspection->snapshot;
    const dyn_snapshot_header_t *header = snapshot->header;
    uint32_t in_catalogue = 0;

    for (uint32_t i = 0; i < snapshot->item_count; i++) {
        in_catalogue += dyn_item_in_catalogue(snapshot, i);
    }

    return json_pack(
        "{s:s, s:s, s:I, s:I, s:o, s:s, s:{s:I, s:I, s:I, s:I, s:I, s:I, s:I}, s:o, s:o, s:o, s:o}",
        "file", path, "build_id", snapshot->build_id, "format_version", (json_int_t)header->version,
        "bytes", (json_int_t)snapshot->bytes, "as_of", time_of(header->as_of_ms),
        "control_position", header->control_position, "counts", "items",
        (json_int_t)snapshot->item_count, "items_in_catalogue", (json_int_t)in_catalogue,
        "variants", (json_int_t)snapshot->variant_count, "categories",
        (json_int_t)snapshot->category_count, "brands", (json_int_t)snapshot->brand_count, "traits",
        (json_int_t)snapshot->trait_count, "aliases", (json_int_t)snapshot->alias_count, "sections",
        sections_of(snapshot), "popular", edges_of(inspection, dyn_snapshot_popular(snapshot)),
        "trending", edges_of(inspection, dyn_snapshot_trending(snapshot)), "range",
        edges_of(inspection, dyn_snapshot_range(snapshot)));
}

/* ---- one item ---- */

static json_t *category_of(const inspection_t *inspection, uint32_t category)
{
    const dyn_category_t *categories = inspection->snapshot->categories;
    json_t *path = json_array();

    for (; category != DYN_NONE; category = categories[category].parent) {
        json_array_insert_new(path, 0, text_of(inspection, categories[category].name));
    }

    return path;
}

/* {"colour": ["Moss", "Slate"], "tag": ["hiking"]} */
static json_t *traits_of(const inspection_t *inspection, uint32_t item_number)
{
    const dyn_snapshot_t *snapshot = inspection->snapshot;
    dyn_numbers_t list = dyn_item_traits(snapshot, item_number);
    json_t *traits = json_object();

    for (uint32_t i = 0; i < list.count; i++) {
        const char *name = dyn_trait_name(snapshot, list.numbers[i]).data;

        if (json_object_get(traits, name) == NULL) {
            json_object_set_new(traits, name, json_array());
        }
        json_array_append_new(json_object_get(traits, name),
                              dyn_report_text(dyn_trait_value(snapshot, list.numbers[i])));
    }

    return traits;
}

static json_t *texts_of(const inspection_t *inspection, dyn_numbers_t texts)
{
    json_t *list = json_array();

    for (uint32_t i = 0; i < texts.count; i++) {
        json_array_append_new(list, text_of(inspection, texts.numbers[i]));
    }

    return list;
}

static json_t *aliases_of(const inspection_t *inspection, uint32_t item_number)
{
    json_t *list = json_array();

    for (uint32_t i = 0; i < inspection->snapshot->alias_count; i++) {
        if (inspection->snapshot->aliases[i].item == item_number) {
            json_array_append_new(list, text_of(inspection, inspection->snapshot->aliases[i].id));
        }
    }

    return list;
}

static void add_details(const inspection_t *inspection, uint32_t item_number, json_t *report)
{
    const dyn_snapshot_t *snapshot = inspection->snapshot;
    const dyn_item_details_t *details = dyn_item_details(snapshot, item_number);
    dyn_sale_t sale = dyn_item_sale(snapshot, item_number);

    json_object_update_missing_new(
        report,
        json_pack("{s:o, s:o, s:o, s:o, s:I, s:o, s:o, s:o, s:o, s:o, s:o}", "description",
                  text_of(inspection, details->description), "fit",
                  text_of(inspection, details->fit), "language",
                  text_of(inspection, details->language), "rating",
                  details->rating_hundredths < 0 ? json_null()
                                                 : json_real(details->rating_hundredths / 100.0),
                  "rating_count", (json_int_t)details->rating_count, "badges",
                  texts_of(inspection, dyn_item_badges(snapshot, item_number)), "keywords",
                  texts_of(inspection, dyn_item_keywords(snapshot, item_number)), "sale_price",
                  price_of(sale.minor, dyn_item_price(snapshot, item_number).currency), "sale_from",
                  time_of(sale.from_ms), "sale_until",
                  sale.until_ms == DYN_TIME_MS_MAX ? json_null() : time_of(sale.until_ms),
                  "aliases", aliases_of(inspection, item_number)));
}

static json_t *countries_of(const inspection_t *inspection, const dyn_item_t *item, bool blocked)
{
    json_t *countries = json_array();

    for (uint32_t i = 0; i < item->countries_count && (item->countries_blocked != 0) == blocked;
         i++) {
        uint16_t code = inspection->snapshot->countries[item->countries_start + i];
        char text[2] = {(char)(code & 0xff), (char)(code >> 8)};

        json_array_append_new(countries, json_stringn(text, 2));
    }

    return countries;
}

static json_t *variants_of(const inspection_t *inspection, const dyn_item_t *item)
{
    json_t *variants = json_array();

    for (uint32_t i = 0; i < item->variants_count; i++) {
        const dyn_variant_t *variant = &inspection->snapshot->variants[item->variants_start + i];

        json_array_append_new(variants, json_pack("{s:o, s:o, s:o, s:o}", "id",
                                                  text_of(inspection, variant->id), "title",
                                                  text_of(inspection, variant->title), "price",
                                                  price_of(variant->price_minor, item->currency),
                                                  "stock", known(variant->stock, -1)));
    }

    return variants;
}

static json_t *compatible_of(const inspection_t *inspection, const dyn_item_t *item)
{
    const dyn_snapshot_t *snapshot = inspection->snapshot;
    json_t *compatible = json_array();

    for (uint32_t i = 0; i < item->compatible_count; i++) {
        json_array_append_new(
            compatible,
            text_of(inspection,
                    snapshot->items[snapshot->compatible[item->compatible_start + i]].id));
    }

    return compatible;
}

/* The items of the same group, the item itself among them; nothing when it is alone. */
static json_t *group_of(const inspection_t *inspection, uint32_t item_number)
{
    const dyn_snapshot_t *snapshot = inspection->snapshot;
    json_t *group = json_array();

    for (uint32_t i = snapshot->items[item_number].group; i < snapshot->item_count; i++) {
        if (snapshot->items[i].group == snapshot->items[item_number].group) {
            json_array_append_new(group, text_of(inspection, snapshot->items[i].id));
        }
    }
    if (json_array_size(group) == 1) {
        json_array_clear(group);
    }

    return group;
}

static json_t *item_of(const inspection_t *inspection, uint32_t item_number)
{
    dyn_edge_t room[DYN_NEIGHBOURS_MAX];
    const dyn_snapshot_t *snapshot = inspection->snapshot;
    const dyn_item_t *item = &snapshot->items[item_number];
    dyn_price_t price = dyn_item_price(snapshot, item_number);
    json_t *report = json_pack(
        "{s:I, s:o, s:b, s:o, s:o, s:o, s:o, s:s, s:o, s:o}", "number", (json_int_t)item_number,
        "id", text_of(inspection, item->id), "in_catalogue",
        dyn_item_in_catalogue(snapshot, item_number), "title", text_of(inspection, item->title),
        "url", text_of(inspection, item->url), "image", text_of(inspection, item->image), "price",
        price_of(price.minor, price.currency), "currency", price.currency, "category",
        category_of(inspection, item->category), "brand",
        item->brand == DYN_NONE ? json_null() : text_of(inspection, snapshot->brands[item->brand]));

    json_object_update_missing_new(
        report,
        json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:f}", "traits",
                  traits_of(inspection, item_number), "stock",
                  known(dyn_item_stock(snapshot, item_number), -1), "margin",
                  item->margin_bp == INT32_MIN ? json_null() : json_real(item->margin_bp / 10000.0),
                  "group", group_of(inspection, item_number), "age_min", known(item->age_min, 0),
                  "countries", countries_of(inspection, item, false), "countries_blocked",
                  countries_of(inspection, item, true), "created", time_of(item->created_ms),
                  "variants", variants_of(inspection, item), "popularity",
                  (double)item->popularity));
    add_details(inspection, item_number, report);
    json_object_set_new(report, "compatible_with", compatible_of(inspection, item));
    json_object_set_new(report, "neighbours",
                        edges_of(inspection, dyn_snapshot_neighbours(snapshot, item_number, room)));
    json_object_set_new(report, "similar",
                        edges_of(inspection, dyn_snapshot_similar(snapshot, item_number)));
    json_object_set_new(report, "viewed_with",
                        supported_of(inspection, item_number,
                                     dyn_snapshot_viewed_with(snapshot, item_number, room),
                                     dyn_viewed_with_support));
    json_object_set_new(report, "bought_with",
                        supported_of(inspection, item_number,
                                     dyn_snapshot_bought_with(snapshot, item_number),
                                     dyn_bought_with_support));

    return report;
}

static int inspect(const char *path, const char *id, uint32_t top, bool as_json)
{
    dyn_error_t error;
    dyn_snapshot_t *snapshot = dyn_snapshot_open(path, &error);
    int code = DYN_EXIT_OK;

    if (snapshot == NULL) {
        return dyn_command_failed("inspect", DYN_EXIT_INPUT, &error);
    }

    inspection_t inspection = {snapshot, top};

    if (id == NULL) {
        json_t *report = overview_of(&inspection, path);

        dyn_report_print(stdout, report, as_json);
        json_decref(report);
    } else {
        dyn_str_t normalized;
        uint32_t item_number = dyn_item_id_normalize(dyn_str_from(id), &normalized)
                                   ? dyn_snapshot_find_item(snapshot, normalized, NULL)
                                   : DYN_NONE;

        if (item_number == DYN_NONE) {
            dyn_fail(&error, "%.200s: has no item or variant with the id \"%.128s\"", path, id);
            code = dyn_command_failed("inspect", DYN_EXIT_DIFFERENT, &error);
        } else {
            json_t *report = item_of(&inspection, item_number);

            dyn_report_print(stdout, report, as_json);
            json_decref(report);
        }
    }
    dyn_snapshot_close(snapshot);

    return code;
}

int dyn_command_inspect(int argc, char **argv)
{
    dyn_options_t options = {
        .command = "inspect",
        .usage = "[--item ID] [--top N] [--json] SNAPSHOT",
        .help = "Checks a snapshot as the module does and shows what it holds.",
        .options = option_table,
        .count = sizeof(option_table) / sizeof(option_table[0]),
    };
    const char *id = NULL;
    uint64_t top = 10;
    bool as_json = false;
    dyn_error_t error;
    int option;

    dyn_options_begin(&options, argc, argv);
    while ((option = dyn_options_next(&options)) >= 0) {
        switch (option) {
        case OPTION_ITEM:
            id = options.value;
            break;
        case OPTION_TOP:
            if (!dyn_option_number("top", options.value, 0, DYN_POPULAR_MAX, &top, &error)) {
                return dyn_usage_error("inspect", "%s", error.text);
            }
            break;
        default:
            as_json = true;
            break;
        }
    }
    if (option == DYN_OPTION_STOP) {
        return options.exit_code;
    }
    if (argc - optind != 1) {
        return dyn_usage_error("inspect", "%s",
                               argc == optind ? "the snapshot's file is missing"
                                              : "more than one file is given");
    }

    return inspect(argv[optind], id, (uint32_t)top, as_json);
}

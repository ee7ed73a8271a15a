/* From sections to a model: all that a query will rely on is checked here, once. */
#include "engine/base/curves.h"
#include "engine/model/features.h"
#include "engine/model/model.h"

#include <math.h>
#include <string.h>

dyn_str_t dyn_model_section_name(dyn_model_section_t section)
{
#define X(c, n) {n, sizeof(n) - 1},
    static const dyn_str_t names[] = {DYN_MODEL_SECTIONS(X)};
#undef X

    return section < DYN_MODEL_SECTIONS_COUNT ? names[section] : DYN_STR("");
}

dyn_model_parameters_t dyn_model_parameters_default(void)
{
#define X(type, name, value) .name = (value),
    return (dyn_model_parameters_t){DYN_MODEL_PARAMETERS(X)};
#undef X
}

typedef struct {
    const dyn_model_sections_t *sections;
    dyn_error_t *error;
} reader_t;

/* The section's data, when it holds exactly count elements. */
static const void *array(const reader_t *reader, dyn_model_section_t section, uint64_t count,
                         size_t size)
{
    const void *data = reader->sections->section[section].data;
    size_t length = reader->sections->section[section].length;

    if (length != count * size) {
        dyn_fail(reader->error,
                 "section %s: %zu bytes long, where %llu elements of %zu bytes belong",
                 dyn_model_section_name(section).data, length, (unsigned long long)count, size);
        return NULL;
    }

    if (((uintptr_t)data & 7) != 0) {
        dyn_fail(reader->error, "section %s: not aligned to 8 bytes",
                 dyn_model_section_name(section).data);
        return NULL;
    }

    /* An empty section may have no address. */
    return length == 0 ? reader->sections : data;
}

/* Starts begin at 0, never fall, rise by at most `most` and end at `end`. */
static bool check_starts(const reader_t *reader, dyn_model_section_t section,
                         const uint32_t *starts, uint32_t count, uint32_t most, uint64_t end)
{
    const char *name = dyn_model_section_name(section).data;

    if (starts[0] != 0 || starts[count] != end) {
        return dyn_fail(reader->error, "section %s: runs from %u to %u, where 0 to %llu belongs",
                        name, starts[0], starts[count], (unsigned long long)end);
    }

    for (uint32_t i = 0; i < count; i++) {
        if (starts[i + 1] < starts[i] || starts[i + 1] - starts[i] > most) {
            return dyn_fail(
                reader->error,
                "section %s: element %u is %u after %u; it must not fall, nor rise by more than %u",
                name, i + 1, starts[i + 1], starts[i], most);
        }
    }

    return true;
}

static bool check_items(const reader_t *reader, dyn_model_section_t section, const uint32_t *items,
                        uint32_t count, uint32_t item_count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (items[i] >= item_count) {
            return dyn_fail(reader->error, "section %s: element %u names item %u of %u",
                            dyn_model_section_name(section).data, i, items[i], item_count);
        }
    }

    return true;
}

static bool at_least_0(float value)
{
    return isfinite(value) && value >= 0 && value <= 1e6F;
}

bool dyn_model_parameters_check(const dyn_model_parameters_t *p, dyn_error_t *error)
{
    const struct {
        const char *name;
        uint32_t value;
        uint32_t most;
    } counts[] = {
        {"knn_items", p->knn_items, DYN_MODEL_KNN_ITEMS_MAX},
        {"knn_sessions_per_item", p->knn_sessions_per_item, DYN_MODEL_POSTINGS_MAX},
        {"knn_neighbours", p->knn_neighbours, DYN_MODEL_NEIGHBOURS_MAX},
        {"knn_reach", p->knn_reach, DYN_MODEL_REACH_MAX},
        {"graph_edges", p->graph_edges, DYN_MODEL_EDGES_MAX},
        {"walk_items", p->walk_items, DYN_MODEL_WALK_ITEMS_MAX},
        {"walk_width", p->walk_width, DYN_MODEL_WALK_WIDTH_MAX},
        {"walk_edges", p->walk_edges, DYN_MODEL_EDGES_MAX},
        {"rerank_depth", p->rerank_depth, DYN_MODEL_RERANK_DEPTH_MAX},
        {"rerank_trees", p->rerank_trees, DYN_MODEL_TREES_MAX},
        {"rerank_queries", p->rerank_queries, 10000000},
    };
    const struct {
        const char *name;
        float value;
        float least;
        float most;
    } shares[] = {
        {"knn_click_decay", p->knn_click_decay, 0.7F, 1e6F},
        {"knn_age_decay", p->knn_age_decay, 0, 100},
        {"knn_length_power", p->knn_length_power, 0, 4},
        {"knn_position_decay", p->knn_position_decay, 0.01F, 1e6F},
        {"graph_age_decay", p->graph_age_decay, 0, 20},
        {"graph_distance_power", p->graph_distance_power, 0, 4},
        {"graph_backward", p->graph_backward, 0, 1000},
        {"graph_count_power", p->graph_count_power, 0, 2},
        {"walk_click_decay", p->walk_click_decay, 0.7F, 1e6F},
        {"walk_one_step", p->walk_one_step, 0, 1000},
        {"blend_walk", p->blend_walk, 0, 1000},
        {"prior_idf_floor", p->prior_idf_floor, 0, 100},
        {"prior_age_floor", p->prior_age_floor, 0.001F, 1},
        {"prior_age_power", p->prior_age_power, 0, 1},
        {"repeat_sessions", p->repeat_sessions, 0, 1},
        {"repeat_keep_last", p->repeat_keep_last, 0, 1000},
        {"repeat_keep", p->repeat_keep, 0, 1000},
        {"repeat_weight", p->repeat_weight, 0, 1000},
        {"repeat_smoothing", p->repeat_smoothing, 0.1F, 1e6F},
        {"repeat_item_smoothing", p->repeat_item_smoothing, 0.1F, 1e6F},
        {"rerank_tail", p->rerank_tail, 0, 0.5F},
        {"rerank_rate", p->rerank_rate, 0, 1},
    };

    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        if (counts[i].value > counts[i].most) {
            return dyn_fail(error, "%s is %u; at most %u is possible", counts[i].name,
                            counts[i].value, counts[i].most);
        }
    }

    for (size_t i = 0; i < sizeof(shares) / sizeof(shares[0]); i++) {
        if (!(shares[i].value >= shares[i].least && shares[i].value <= shares[i].most)) {
            return dyn_fail(error, "%s is %g; %g to %g is possible", shares[i].name,
                            (double)shares[i].value, (double)shares[i].least,
                            (double)shares[i].most);
        }
    }

    return true;
}

static bool check_header(const reader_t *reader, const dyn_model_header_t *header,
                         uint32_t item_count)
{
    const float *repeats = &header->repeats[0][0][0];

    if (header->version != DYN_MODEL_VERSION) {
        return dyn_fail(
            reader->error,
            "section model_header: version %u, where this program reads %u: build it anew",
            header->version, (unsigned)DYN_MODEL_VERSION);
    }

    if (header->item_count != item_count) {
        return dyn_fail(reader->error,
                        "section model_header: made for %u items, where the snapshot has %u",
                        header->item_count, item_count);
    }

    if (header->session_count == UINT32_MAX || header->tree_count > DYN_MODEL_TREES_MAX) {
        return dyn_fail(
            reader->error,
            "section model_header: %u sessions and %u trees are more than the format holds",
            header->session_count, header->tree_count);
    }

    for (size_t i = 0; i < sizeof(header->repeats) / sizeof(float); i++) {
        if (!at_least_0(repeats[i])) {
            return dyn_fail(reader->error, "section model_header: repeat %zu is no probability", i);
        }
    }

    dyn_error_t reason;

    return dyn_model_parameters_check(&header->parameters, &reason) ||
           dyn_fail(reader->error, "section model_header: %.300s", reason.text);
}

static bool check_item_numbers(const reader_t *reader, const dyn_model_item_t *items,
                               uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (!at_least_0(items[i].prior) || !at_least_0(items[i].repeat_at_once) ||
            !at_least_0(items[i].repeat_later) || !at_least_0(items[i].age)) {
            return dyn_fail(reader->error,
                            "section model_items: element %u holds a number out of 0 to 1e6", i);
        }
    }

    return true;
}

/* One gap of at most 5 bytes and 32 bits, ending before `end`. */
static const uint8_t *checked_gap(const uint8_t *pos, const uint8_t *end, uint64_t *gap)
{
    *gap = 0;

    for (unsigned shift = 0; pos < end && shift < 35; shift += 7) {
        uint8_t byte = *pos++;

        *gap |= (uint64_t)(byte & 0x7f) << shift;

        if (byte < 0x80) {
            return *gap <= UINT32_MAX ? pos : NULL;
        }
    }

    return NULL;
}

static bool check_postings(const reader_t *reader, const dyn_model_t *model, uint32_t item)
{
    const uint8_t *pos = model->postings + model->posting_starts[item];
    const uint8_t *end = model->postings + model->posting_starts[item + 1];
    uint64_t session = 0;

    for (uint32_t count = 0; pos < end; count++) {
        uint64_t gap;

        pos = checked_gap(pos, end, &gap);

        if (pos == NULL) {
            return dyn_fail(reader->error,
                            "section model_postings: item %u, posting %u is no number", item,
                            count);
        }

        if (count == 0 ? gap >= model->header->session_count : (gap == 0 || gap > session)) {
            return dyn_fail(reader->error,
                            "section model_postings: item %u, posting %u names no older session",
                            item, count);
        }

        if (count == DYN_MODEL_POSTINGS_MAX) {
            return dyn_fail(reader->error,
                            "section model_postings: item %u has more than %u postings", item,
                            count);
        }

        session = count == 0 ? gap : session - gap;
    }

    return true;
}

static bool check_edges(const reader_t *reader, const dyn_model_t *model, uint32_t item)
{
    uint32_t least = UINT16_MAX;

    for (uint32_t i = model->edge_starts[item]; i < model->edge_starts[item + 1]; i++) {
        if (model->edge_items[i] == item) {
            return dyn_fail(reader->error,
                            "section model_edge_items: element %u leads from item %u to itself", i,
                            item);
        }
        if (model->edge_weights[i] == 0 || model->edge_weights[i] > least) {
            return dyn_fail(reader->error,
                            "section model_edge_weights: element %u is %u; 1 to %u is possible, as "
                            "weights fall",
                            i, model->edge_weights[i], least);
        }
        least = model->edge_weights[i];
    }

    return true;
}

static bool check_trees(const reader_t *reader, const dyn_model_tree_t *trees, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        for (size_t k = 0; k < DYN_MODEL_TREE_DEPTH; k++) {
            if (trees[i].features[k] >= DYN_MODEL_FEATURES_COUNT || isnan(trees[i].thresholds[k])) {
                return dyn_fail(reader->error,
                                "section model_trees: tree %u, level %zu asks for feature %u of %u",
                                i, k, trees[i].features[k], (unsigned)DYN_MODEL_FEATURES_COUNT);
            }
        }

        for (size_t k = 0; k < sizeof(trees[i].leaves) / sizeof(float); k++) {
            if (!isfinite(trees[i].leaves[k]) || fabsf(trees[i].leaves[k]) > DYN_MODEL_LEAF_MAX) {
                return dyn_fail(reader->error,
                                "section model_trees: tree %u, leaf %zu is beyond %g", i, k,
                                (double)DYN_MODEL_LEAF_MAX);
            }
        }
    }

    return true;
}

static void make_tables(dyn_model_t *model)
{
    const dyn_model_parameters_t *p = &model->header->parameters;

    for (size_t i = 0; i < DYN_MODEL_QUERY_CLICKS_MAX; i++) {
        model->click_decay[i] = (float)dyn_exp(-(double)i / (double)p->knn_click_decay);
        model->walk_decay[i] = (float)dyn_exp(-(double)i / (double)p->walk_click_decay);
    }

    for (size_t i = 1; i <= DYN_MODEL_REACH_MAX; i++) {
        float share = (float)dyn_exp(-(double)(i - 1) / (double)p->knn_position_decay);

        model->position_decay[DYN_MODEL_REACH_MAX - i] =
            (dyn_model_shares_t){.all = share, .places = 1};
        model->position_decay[DYN_MODEL_REACH_MAX + i] = (dyn_model_shares_t){
            .all = share, .after = share, .next = i == 1 ? share : 0, .places = 1};
    }
}

bool dyn_model_attach(dyn_model_t *model, const dyn_model_sections_t *sections, uint32_t item_count,
                      dyn_error_t *error)
{
    reader_t reader = {sections, error};
    const dyn_model_header_t *header =
        array(&reader, DYN_MODEL_SECTION_HEADER, 1, sizeof(dyn_model_header_t));

    memset(model, 0, sizeof(*model));

    if (header == NULL || !check_header(&reader, header, item_count)) {
        return false;
    }

    dyn_model_t m = {.header = header};
    uint32_t sessions = header->session_count;
    size_t posting_bytes = sections->section[DYN_MODEL_SECTION_POSTINGS].length;

    if ((m.items = array(&reader, DYN_MODEL_SECTION_ITEMS, item_count, sizeof(dyn_model_item_t))) ==
            NULL ||
        (m.session_starts = array(&reader, DYN_MODEL_SECTION_SESSION_STARTS, sessions + 1ULL, 4)) ==
            NULL ||
        (m.session_weights = array(&reader, DYN_MODEL_SECTION_SESSION_WEIGHTS, sessions, 2)) ==
            NULL ||
        (m.session_items =
             array(&reader, DYN_MODEL_SECTION_SESSION_ITEMS, header->click_count, 4)) == NULL ||
        (m.posting_starts =
             array(&reader, DYN_MODEL_SECTION_POSTING_STARTS, item_count + 1ULL, 4)) == NULL ||
        (m.postings = array(&reader, DYN_MODEL_SECTION_POSTINGS, posting_bytes, 1)) == NULL ||
        (m.edge_starts = array(&reader, DYN_MODEL_SECTION_EDGE_STARTS, item_count + 1ULL, 4)) ==
            NULL ||
        (m.edge_items = array(&reader, DYN_MODEL_SECTION_EDGE_ITEMS, header->edge_count, 4)) ==
            NULL ||
        (m.edge_weights = array(&reader, DYN_MODEL_SECTION_EDGE_WEIGHTS, header->edge_count, 2)) ==
            NULL ||
        (m.trees = array(&reader, DYN_MODEL_SECTION_TREES, header->tree_count,
                         sizeof(dyn_model_tree_t))) == NULL) {
        return false;
    }

    if (!check_item_numbers(&reader, m.items, item_count) ||
        !check_starts(&reader, DYN_MODEL_SECTION_SESSION_STARTS, m.session_starts, sessions,
                      DYN_MODEL_SESSION_CLICKS_MAX, header->click_count) ||
        !check_items(&reader, DYN_MODEL_SECTION_SESSION_ITEMS, m.session_items, header->click_count,
                     item_count) ||
        !check_starts(&reader, DYN_MODEL_SECTION_POSTING_STARTS, m.posting_starts, item_count,
                      5 * DYN_MODEL_POSTINGS_MAX, posting_bytes) ||
        !check_starts(&reader, DYN_MODEL_SECTION_EDGE_STARTS, m.edge_starts, item_count,
                      DYN_MODEL_EDGES_MAX, header->edge_count) ||
        !check_items(&reader, DYN_MODEL_SECTION_EDGE_ITEMS, m.edge_items, header->edge_count,
                     item_count) ||
        !check_trees(&reader, m.trees, header->tree_count)) {
        return false;
    }

    uint32_t feature = dyn_model_number_questions(&m.questions, m.trees, header->tree_count);

    if (feature < DYN_MODEL_FEATURES_COUNT) {
        return dyn_fail(error, "section model_trees: feature %u has more than %u thresholds",
                        feature, (unsigned)DYN_MODEL_THRESHOLDS_MAX);
    }

    for (uint32_t i = 0; i < item_count; i++) {
        if (!check_postings(&reader, &m, i) || !check_edges(&reader, &m, i)) {
            return false;
        }
    }

    make_tables(&m);
    *model = m;
    return true;
}

#include "engine/catalogue/overlay.h"
#include "engine/catalogue/sales.h"
#include "engine/catalogue/snapshot_validate.h"
#include "engine/catalogue/trends.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/eight.h"
#include "engine/base/hash.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* False when there is no memory for it. */
static bool count_items(dyn_snapshot_t *snapshot)
{
    size_t counts = (size_t)snapshot->category_count + snapshot->brand_count;

    snapshot->category_items = calloc(counts + 1, sizeof(*snapshot->category_items));
    if (snapshot->category_items == NULL) {
        return false;
    }
    snapshot->brand_items = snapshot->category_items + snapshot->category_count;

    for (uint32_t i = 0; i < snapshot->item_count; i++) {
        const dyn_item_t *item = &snapshot->items[i];

        if ((item->flags & DYN_ITEM_IN_CATALOGUE) == 0) {
            continue;
        }
        snapshot->catalogue_items++;
        if (item->category != DYN_NONE) {
            snapshot->category_items[item->category]++;
        }
        if (item->brand != DYN_NONE) {
            snapshot->brand_items[item->brand]++;
        }
    }
    /* parents come before children */
    for (uint32_t i = snapshot->category_count; i-- > 0;) {
        if (snapshot->categories[i].parent != DYN_NONE) {
            snapshot->category_items[snapshot->categories[i].parent] += snapshot->category_items[i];
        }
    }

    return true;
}

dyn_snapshot_t *dyn_snapshot_from_memory(const void *data, size_t length, const char *name,
                                         dyn_error_t *error)
{
    dyn_snapshot_t *snapshot = calloc(1, sizeof(*snapshot));

    if (snapshot == NULL) {
        dyn_fail(error, "%.200s: not enough memory to open it", name);
        return NULL;
    }
    if (!dyn_snapshot_validate(snapshot, data, length, name, error)) {
        free(snapshot);
        return NULL;
    }
    if (!count_items(snapshot) || !dyn_sales_open(snapshot)) {
        dyn_fail(error, "%.200s: not enough memory to count its items", name);
        dyn_snapshot_close(snapshot);
        return NULL;
    }
    dyn_trends_open(snapshot);

    return snapshot;
}

/* The open file's size; 0 with a sentence when it cannot be a snapshot. */
static size_t size_of(int fd, const char *path, dyn_error_t *error)
{
    struct stat status;

    if (fstat(fd, &status) != 0) {
        dyn_fail(error, "%.200s: cannot be examined: %s", path, strerror(errno));
        return 0;
    }
    if (!S_ISREG(status.st_mode)) {
        dyn_fail(error, "%.200s: is not a regular file", path);
        return 0;
    }
    if (status.st_size == 0 || (uint64_t)status.st_size > SIZE_MAX) {
        dyn_fail(error,
                 "%.200s: %" PRId64 " bytes: it is empty or larger than this machine can map", path,
                 (int64_t)status.st_size);
        return 0;
    }

    return (size_t)status.st_size;
}

int dyn_snapshot_open_file(const char *path, size_t *length, dyn_error_t *error)
{
    /* not blocking: a pipe in its place must not hold the caller */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0) {
        dyn_fail(error, "%.200s: cannot be opened: %s", path, strerror(errno));
        return -1;
    }

    *length = size_of(fd, path, error);
    if (*length == 0) {
        close(fd);
        return -1;
    }

    return fd;
}

dyn_snapshot_t *dyn_snapshot_open(const char *path, dyn_error_t *error)
{
    size_t length;
    int fd = dyn_snapshot_open_file(path, &length, error);

    if (fd < 0) {
        return NULL;
    }

    void *mapping = mmap(NULL, length, PROT_READ, MAP_SHARED, fd, 0);
    int failure = errno;

    close(fd);
    if (mapping == MAP_FAILED) {
        dyn_fail(error, "%.200s: cannot be mapped: %s", path, strerror(failure));
        return NULL;
    }

    (void)posix_madvise(mapping, length, POSIX_MADV_WILLNEED);

    dyn_snapshot_t *snapshot = dyn_snapshot_from_memory(mapping, length, path, error);
    if (snapshot == NULL) {
        munmap(mapping, length);
        return NULL;
    }
    snapshot->mapping = mapping;

    return snapshot;
}

void dyn_snapshot_close(dyn_snapshot_t *snapshot)
{
    if (snapshot == NULL) {
        return;
    }
    dyn_overlay_free(snapshot->overlay);
    if (snapshot->mapping != NULL) {
        munmap(snapshot->mapping, (size_t)snapshot->bytes);
    }
    free(snapshot->category_items);
    free(snapshot->sales);
    free(snapshot->own_items);
    free(snapshot);
}

/* Ids are short: the first and the last eight bytes, which may overlap, are most of one. */
static bool same_id(dyn_str_t a, dyn_str_t b)
{
    if (a.len != b.len || a.len < 8 || a.len > 16) {
        return dyn_str_equal(a, b);
    }

    return dyn_eight_load(a.data) == dyn_eight_load(b.data) &&
           dyn_eight_load(a.data + a.len - 8) == dyn_eight_load(b.data + b.len - 8);
}

static inline uint32_t find_hashed(const dyn_snapshot_t *snapshot, dyn_str_t id, uint64_t hash,
                                   uint32_t *variant)
{
    const dyn_section_view_t *section = &snapshot->sections[DYN_SECTION_ITEM_IDS];
    dyn_probe_t probe = dyn_probe(section->data, section->count, hash);
    uint32_t target;

    if (variant != NULL) {
        *variant = DYN_NONE;
    }

    while (dyn_probe_next(&probe, &target)) {
        uint32_t index = target & ~DYN_ID_OF_VARIANT; /* of an item or a variant */

        if (index == target) {
            if (same_id(dyn_snapshot_string(snapshot, snapshot->items[index].id), id)) {
                return index;
            }
        } else if (index >= snapshot->variant_count) {
            const dyn_alias_t *alias = &snapshot->aliases[index - snapshot->variant_count];

            if (same_id(dyn_snapshot_string(snapshot, alias->id), id)) {
                if (variant != NULL) {
                    *variant = dyn_alias_variant(snapshot, index - snapshot->variant_count);
                }
                return alias->item;
            }
        } else if (same_id(dyn_snapshot_string(snapshot, snapshot->variants[index].id), id)) {
            if (variant != NULL) {
                *variant = index;
            }
            return snapshot->variants[index].item;
        }
    }

    return DYN_NONE;
}

uint32_t dyn_snapshot_find_item(const dyn_snapshot_t *snapshot, dyn_str_t id, uint32_t *variant)
{
    return find_hashed(snapshot, id, dyn_hash64_seeded(id.data, id.len, snapshot->hash_seed),
                       variant);
}

/*
 * An id's row, its item and the item's string are three places far from each other: each is asked for in advance for all ids,
 * so that the processor waits for them together and not one after the other.
 */
void dyn_snapshot_find_items(const dyn_snapshot_t *snapshot, const dyn_str_t *ids, size_t count,
                             uint32_t *items)
{
    enum { batch = 64 };
    const dyn_section_view_t *section = &snapshot->sections[DYN_SECTION_ITEM_IDS];
    const dyn_hash_row_t *rows = section->data;
    uint64_t hashes[batch];
    uint64_t mask = section->count - 1;

    for (size_t from = 0; from < count; from += batch) {
        size_t n = count - from < batch ? count - from : batch;

        for (size_t i = 0; i < n; i++) {
            hashes[i] =
                dyn_hash64_seeded(ids[from + i].data, ids[from + i].len, snapshot->hash_seed);
            __builtin_prefetch(&rows[hashes[i] & mask]);
        }
        for (size_t i = 0; i < n; i++) {
            uint32_t target = rows[hashes[i] & mask].target;

            if (target < snapshot->item_count) {
                __builtin_prefetch(&snapshot->items[target]);
                __builtin_prefetch((const char *)&snapshot->items[target] + 64);
            }
        }
        for (size_t i = 0; i < n; i++) {
            uint32_t target = rows[hashes[i] & mask].target;

            if (target < snapshot->item_count) {
                __builtin_prefetch(snapshot->strings + snapshot->items[target].id);
            }
        }
        for (size_t i = 0; i < n; i++) {
            items[from + i] = find_hashed(snapshot, ids[from + i], hashes[i], NULL);
        }
    }
}

bool dyn_snapshot_category_within(const dyn_snapshot_t *snapshot, uint32_t category,
                                  uint32_t ancestor)
{
    while (category != DYN_NONE && category != ancestor) {
        category = snapshot->categories[category].parent;
    }

    return category != DYN_NONE;
}

uint32_t dyn_snapshot_find_category(const dyn_snapshot_t *snapshot, dyn_str_t name)
{
    const dyn_section_view_t *section = &snapshot->sections[DYN_SECTION_CATEGORY_KEYS];
    dyn_categories_t categories = dyn_snapshot_categories(snapshot);

    if (section->count == 0) {
        return DYN_NONE;
    }

    uint32_t target =
        dyn_category_find(&categories, section->data, section->count, name, NULL, NULL);

    return target == DYN_NONE ? DYN_NONE : target & ~DYN_CATEGORY_BY_NAME;
}

static dyn_edges_t list_of(const dyn_snapshot_t *snapshot, dyn_section_t starts_id, uint32_t owner,
                           uint32_t owners)
{
    const uint32_t *starts = snapshot->sections[starts_id].data;
    const dyn_edge_t *edges = snapshot->sections[starts_id + 1].data;

    if (starts == NULL || owner >= owners) {
        return (dyn_edges_t){NULL, 0};
    }

    return (dyn_edges_t){edges + starts[owner], starts[owner + 1] - starts[owner]};
}

static dyn_edges_t whole_list(const dyn_snapshot_t *snapshot, dyn_section_t id)
{
    return (dyn_edges_t){snapshot->sections[id].data, (uint32_t)snapshot->sections[id].count};
}

dyn_edges_t dyn_snapshot_alike(const dyn_snapshot_t *snapshot, uint32_t item)
{
    return list_of(snapshot, DYN_SECTION_NEIGHBOUR_STARTS, item, snapshot->item_count);
}

float dyn_edges_weight(dyn_edges_t edges, uint32_t item)
{
    for (uint32_t i = 0; i < edges.count; i++) {
        if (edges.edges[i].item == item) {
            return edges.edges[i].weight;
        }
    }

    return 0;
}

/* What shoppers did counts for more than what the catalogue says. */
static float likeness_share(size_t graph)
{
    return graph > 0 ? 0.5f : 1.0f;
}

dyn_edges_t dyn_snapshot_neighbours(const dyn_snapshot_t *snapshot, uint32_t item,
                                    dyn_edge_t room[DYN_NEIGHBOURS_MAX])
{
    const uint32_t *items = NULL;
    const uint16_t *weights = NULL;
    size_t graph = dyn_model_edges(&snapshot->model, item, &items, &weights), taken = 0;
    dyn_edges_t alike = dyn_snapshot_alike(snapshot, item);
    uint32_t count = 0, other = 0;

    while (taken < graph || other < alike.count) {
        float edge = taken < graph ? (float)weights[taken] / (float)weights[0] : 0;
        float likeness =
            other < alike.count ? alike.edges[other].weight * likeness_share(graph) : 0;

        bool from_graph = other == alike.count || (taken < graph && edge >= likeness);

        room[count++] = from_graph ? (dyn_edge_t){items[taken++], edge}
                                   : (dyn_edge_t){alike.edges[other++].item, likeness};
    }

    return (dyn_edges_t){room, count};
}

/* The item's place in the list, or count. */
static size_t place_of(const uint32_t *items, size_t count, uint32_t item)
{
    size_t i = 0;

#ifdef __SSE2__
    for (; count - i >= 4; i += 4) {
        __m128i four = _mm_loadu_si128((const __m128i *)(const void *)(items + i));
        __m128i same = _mm_cmpeq_epi32(four, _mm_set1_epi32((int)item));
        int bits = _mm_movemask_ps(_mm_castsi128_ps(same));

        if (bits != 0) {
            return i + (size_t)__builtin_ctz((unsigned)bits);
        }
    }
#endif
    while (i < count && items[i] != item) {
        i++;
    }

    return i;
}

float dyn_snapshot_neighbour_weight(const dyn_snapshot_t *snapshot, uint32_t item, uint32_t other)
{
    const uint32_t *items = NULL;
    const uint16_t *weights = NULL;
    size_t graph = dyn_model_edges(&snapshot->model, item, &items, &weights);
    size_t place = place_of(items, graph, other);
    float edge = place < graph ? (float)weights[place] / (float)weights[0] : 0;

    float likeness =
        dyn_edges_weight(dyn_snapshot_alike(snapshot, item), other) * likeness_share(graph);

    return edge >= likeness ? edge : likeness;
}

/* Of an edge of the model's graph, by its place in the section; 0 when the file does not tell. */
static uint32_t edge_support(const dyn_snapshot_t *snapshot, const uint32_t *edge)
{
    const uint8_t *supports = snapshot->sections[DYN_SECTION_VIEWED_WITH_SUPPORT].data;
    size_t place = (size_t)(edge - snapshot->model.edge_items);

    return supports == NULL ? 0 : supports[place / 2] >> (place % 2 * 4) & 15U;
}

dyn_edges_t dyn_snapshot_viewed_with(const dyn_snapshot_t *snapshot, uint32_t item,
                                     dyn_edge_t room[DYN_MODEL_EDGES_MAX])
{
    const uint32_t *items = NULL;
    const uint16_t *weights = NULL;
    size_t graph = dyn_model_edges(&snapshot->model, item, &items, &weights);
    uint32_t count = 0;

    for (size_t i = 0; i < graph; i++) {
        if (edge_support(snapshot, &items[i]) >= DYN_VIEWED_WITH_SUPPORT_MIN) {
            room[count++] = (dyn_edge_t){items[i], (float)weights[i] / (float)weights[0]};
        }
    }

    return (dyn_edges_t){room, count};
}

uint32_t dyn_viewed_with_support(const dyn_snapshot_t *snapshot, uint32_t item, uint32_t other)
{
    const uint32_t *items = NULL;
    const uint16_t *weights = NULL;
    size_t graph = dyn_model_edges(&snapshot->model, item, &items, &weights);
    size_t place = place_of(items, graph, other);

    return place < graph ? edge_support(snapshot, &items[place]) : 0;
}

dyn_edges_t dyn_snapshot_bought_with(const dyn_snapshot_t *snapshot, uint32_t item)
{
    return list_of(snapshot, DYN_SECTION_BOUGHT_WITH_STARTS, item, snapshot->item_count);
}

/* Of an edge, from the section that has one number for each. */
static uint32_t support_of(const dyn_snapshot_t *snapshot, dyn_section_t starts_id,
                           dyn_section_t support_id, dyn_edges_t list, uint32_t item)
{
    const dyn_edge_t *all = snapshot->sections[starts_id + 1].data;
    const uint32_t *supports = snapshot->sections[support_id].data;

    for (uint32_t i = 0; supports != NULL && i < list.count; i++) {
        if (list.edges[i].item == item) {
            return supports[&list.edges[i] - all];
        }
    }

    return 0;
}

uint32_t dyn_bought_with_support(const dyn_snapshot_t *snapshot, uint32_t item, uint32_t other)
{
    return support_of(snapshot, DYN_SECTION_BOUGHT_WITH_STARTS, DYN_SECTION_BOUGHT_WITH_SUPPORT,
                      dyn_snapshot_bought_with(snapshot, item), other);
}

dyn_edges_t dyn_snapshot_category_bought_with(const dyn_snapshot_t *snapshot, uint32_t category)
{
    return list_of(snapshot, DYN_SECTION_CATEGORY_BOUGHT_WITH_STARTS, category,
                   snapshot->category_count);
}

uint32_t dyn_category_bought_with_support(const dyn_snapshot_t *snapshot, uint32_t category,
                                          uint32_t item)
{
    return support_of(snapshot, DYN_SECTION_CATEGORY_BOUGHT_WITH_STARTS,
                      DYN_SECTION_CATEGORY_BOUGHT_WITH_SUPPORT,
                      dyn_snapshot_category_bought_with(snapshot, category), item);
}

dyn_edges_t dyn_snapshot_similar(const dyn_snapshot_t *snapshot, uint32_t item)
{
    return list_of(snapshot, DYN_SECTION_SIMILAR_STARTS, item, snapshot->item_count);
}

dyn_edges_t dyn_snapshot_category_popular(const dyn_snapshot_t *snapshot, uint32_t category)
{
    return list_of(snapshot, DYN_SECTION_CATEGORY_POPULAR_STARTS, category,
                   snapshot->category_count);
}

dyn_edges_t dyn_snapshot_popular(const dyn_snapshot_t *snapshot)
{
    return whole_list(snapshot, DYN_SECTION_POPULAR);
}

dyn_edges_t dyn_snapshot_trending(const dyn_snapshot_t *snapshot)
{
    return whole_list(snapshot, DYN_SECTION_TRENDING);
}

dyn_edges_t dyn_snapshot_new_arrivals(const dyn_snapshot_t *snapshot)
{
    return whole_list(snapshot, DYN_SECTION_NEW_ARRIVALS);
}

dyn_edges_t dyn_snapshot_range(const dyn_snapshot_t *snapshot)
{
    return whole_list(snapshot, DYN_SECTION_RANGE);
}

dyn_edges_t dyn_snapshot_category_range(const dyn_snapshot_t *snapshot, uint32_t category)
{
    return list_of(snapshot, DYN_SECTION_CATEGORY_RANGE_STARTS, category, snapshot->category_count);
}

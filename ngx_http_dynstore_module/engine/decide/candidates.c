#include "engine/decide/work.h"

#include <stddef.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* Candidates that are scored in one step. */
enum { LANES = DYN_CANDIDATE_LANES };

/* Of the table of items, at most half full. */
enum { PROPOSED_ROW_BITS = 10, EXPLAINED_ROW_BITS = 12 };
_Static_assert(2 * DYN_CANDIDATES_MAX <= 1 << PROPOSED_ROW_BITS &&
                   2 * DYN_EXPLAINED_MAX <= 1 << EXPLAINED_ROW_BITS,
               "a search for an empty row ends soon");

/* Room for all columns in one piece of memory, the widest first. */
static bool find_room(dyn_work_t *work)
{
    dyn_candidates_t *candidates = &work->candidates;
    uint32_t capacity = work->explaining ? DYN_EXPLAINED_MAX : DYN_CANDIDATES_MAX;
    size_t column = (capacity + LANES) * sizeof(float);

    candidates->capacity = capacity;
    candidates->row_bits = work->explaining ? EXPLAINED_ROW_BITS : PROPOSED_ROW_BITS;

    char *room = dyn_arena_alloc(work->arena, (3 + DYN_SOURCES_COUNT) * column + 2 * capacity);

    candidates->rows = dyn_arena_alloc(work->arena, sizeof(uint16_t) << candidates->row_bits);
    if (room == NULL || candidates->rows == NULL) {
        return false;
    }

    candidates->items = (void *)room;
    candidates->scores = (void *)(room += column);
    candidates->lifts = (void *)(room += column);
    for (int source = 0; source < DYN_SOURCES_COUNT; source++) {
        candidates->given[source] = (void *)(room += column);
    }
    candidates->removed_by = (void *)(room += column);
    candidates->places = (void *)(room + capacity);

    return true;
}

bool dyn_candidates_init(dyn_work_t *work)
{
    dyn_candidates_t *candidates = &work->candidates;

    /* nothing of a slot's candidates outlives the slot */
    if (candidates->rows == NULL && !find_room(work)) {
        return false;
    }

    memset(candidates->rows, 0, sizeof(uint16_t) << candidates->row_bits);
    memset(candidates->removed_by, -1, candidates->capacity);
    memset(candidates->starts, 0, sizeof(candidates->starts));
    candidates->count = 0;
    candidates->kept = 0;
    candidates->asked_count = 0;

    return true;
}

void dyn_candidates_begin_sweep(dyn_work_t *work, dyn_sweep_t sweep)
{
    dyn_candidates_t *candidates = &work->candidates;

    candidates->sweep = sweep;
    for (int later = (int)sweep; later < DYN_SWEEPS_COUNT; later++) {
        candidates->starts[later] = candidates->count;
    }
    candidates->asked_before = candidates->asked_count;
    work->weight_sum = 0;
}

dyn_sweep_t dyn_candidates_sweep(const dyn_work_t *work, uint32_t candidate)
{
    int sweep = (int)work->candidates.sweep;

    while (sweep > 0 && candidate < work->candidates.starts[sweep]) {
        sweep--;
    }

    return (dyn_sweep_t)sweep;
}

void dyn_candidates_begin(dyn_work_t *work, dyn_source_t source, float weight)
{
    dyn_candidates_t *candidates = &work->candidates;
    uint32_t first = candidates->starts[candidates->sweep];
    uint32_t left = DYN_CANDIDATES_MAX - candidates->kept;

    candidates->source = source;
    candidates->weight = weight;
    candidates->known = candidates->count;
    candidates->room = left < DYN_SOURCE_CANDIDATES_MAX ? left : DYN_SOURCE_CANDIDATES_MAX;
    candidates->largest = 0;
    memset(candidates->given[source] + first, 0, (candidates->count - first) * sizeof(float));
}

/* ---- a table from items to numbers ---- */

/* The row that holds the item, or the empty one where it belongs. */
static inline uint32_t row_of(const uint16_t *rows, uint32_t row_bits, const uint32_t *items,
                              uint32_t item)
{
    uint32_t row = (item * 2654435761U) >> (32 - row_bits);

    while (rows[row] != 0 && items[rows[row] - 1U] != item) {
        row = (row + 1) & ((1U << row_bits) - 1);
    }

    return row;
}

uint32_t dyn_candidates_find(const dyn_work_t *work, uint32_t item)
{
    const dyn_candidates_t *candidates = &work->candidates;
    uint16_t entry =
        candidates->rows[row_of(candidates->rows, candidates->row_bits, candidates->items, item)];

    return entry == 0 ? DYN_NONE : entry - 1U;
}

/* ---- proposing ---- */

/* While explaining, what was removed is kept as well, but must leave room for all that was not. */
static bool insert_explaining(dyn_work_t *work, uint32_t row, uint32_t item, int removed_by)
{
    dyn_candidates_t *candidates = &work->candidates;
    uint32_t candidate = candidates->count;

    if (removed_by < 0) {
        if (candidates->room == 0) {
            return false;
        }
        candidates->room--;
        candidates->kept++;
    } else if (candidate - candidates->kept >= candidates->capacity - DYN_CANDIDATES_MAX) {
        return false;
    }

    candidates->items[candidate] = item;
    candidates->removed_by[candidate] = (int8_t)removed_by;
    candidates->places[candidate] = -1;
    candidates->lifts[candidate] = 0;
    candidates->given[candidates->source][candidate] = 0;
    candidates->rows[row] = (uint16_t)++candidates->count;

    return true;
}

/*
 * What one sweep or source leaves out another may propose: it was never among the candidates. What was lifted was one of them, and
 * is judged.
 */
static bool left_out(const dyn_candidates_t *candidates, uint32_t candidate)
{
    return candidates->lifts[candidate] == 0 && candidates->removed_by[candidate] >= 0;
}

static void propose_explaining(dyn_work_t *work, uint32_t item, float weight)
{
    dyn_candidates_t *candidates = &work->candidates;
    uint32_t row = row_of(candidates->rows, candidates->row_bits, candidates->items, item);
    uint32_t candidate = candidates->rows[row] - 1U;
    bool there = candidates->rows[row] != 0;
    bool earlier = there && candidate < candidates->starts[candidates->sweep];
    int removed_by = -1;

    if (!there || left_out(candidates, candidate)) {
        removed_by = dyn_filter_of(work, item);
    }
    /* an earlier sweep has judged it, or left it out for what holds now, too */
    if (earlier && (!left_out(candidates, candidate) || removed_by >= 0)) {
        return;
    }
    if (!there || earlier) {
        /* what an earlier sweep left out stays in the explanation as such */
        if (!insert_explaining(work, row, item, removed_by)) {
            return;
        }
    } else if (left_out(candidates, candidate) && removed_by < 0 && candidates->room > 0) {
        candidates->removed_by[candidate] = -1;
        candidates->room--;
        candidates->kept++;
    }
    candidate = candidates->rows[row] - 1U;

    float *given = &candidates->given[candidates->source][candidate];

    *given += weight;
    if (candidates->removed_by[candidate] < 0 && *given > candidates->largest) {
        candidates->largest = *given;
    }
}

void dyn_candidates_refuse(dyn_work_t *work, uint32_t item)
{
    dyn_candidates_t *candidates = &work->candidates;

    if (work->explaining) {
        uint32_t row = row_of(candidates->rows, candidates->row_bits, candidates->items, item);

        if (candidates->rows[row] == 0) {
            insert_explaining(work, row, item, DYN_FILTER_BELOW_FLOOR);
        }
    }
}

/* What proposals of all kinds begin with. */
typedef struct {
    uint32_t item;
    float weight;
} proposal_t;

/*
 * Proposes the items of a list, their weights multiplied. One loop for all of a list, with what it needs at hand: this is most
 * of what is done for a candidate.
 */
static inline void propose_list(dyn_work_t *work, const void *list, size_t record_bytes,
                                uint32_t list_count, float weight)
{
    dyn_candidates_t *candidates = &work->candidates;
    const dyn_exclusions_t exclusions = work->exclusions;
    uint32_t *items = candidates->items;
    uint16_t *rows = candidates->rows;
    float *given = candidates->given[candidates->source];
    uint32_t first = candidates->starts[candidates->sweep];
    uint32_t count = candidates->count;
    uint32_t room = candidates->room;
    float largest = candidates->largest;

    for (uint32_t i = 0; i < list_count; i++) {
        proposal_t proposal;

        memcpy(&proposal, (const char *)list + i * record_bytes, sizeof(proposal));
        if (work->explaining) {
            propose_explaining(work, proposal.item, weight * proposal.weight);
            continue;
        }

        uint32_t row = row_of(rows, PROPOSED_ROW_BITS, items, proposal.item);
        uint32_t candidate = rows[row];
        float sum = weight * proposal.weight;

        if (candidate-- == 0) {
            if (room == 0 || !dyn_filter_passes(work, &exclusions, proposal.item)) {
                continue;
            }
            room--;
            candidate = count++;
            items[candidate] = proposal.item;
            rows[row] = (uint16_t)count;
        } else if (candidate >= first) {
            sum = given[candidate] + sum;
        } else {
            /* an earlier sweep has judged it */
            continue;
        }
        given[candidate] = sum;
        largest = sum > largest ? sum : largest;
    }

    if (!work->explaining) {
        candidates->count = candidates->kept = count;
        candidates->room = room;
        candidates->largest = largest;
    }
}

void dyn_candidates_propose(dyn_work_t *work, uint32_t item, float weight)
{
    proposal_t proposal = {item, weight};

    propose_list(work, &proposal, sizeof(proposal), 1, 1);
}

void dyn_candidates_propose_edges(dyn_work_t *work, dyn_edges_t edges, float weight)
{
    _Static_assert(offsetof(dyn_edge_t, item) == offsetof(proposal_t, item) &&
                       offsetof(dyn_edge_t, weight) == offsetof(proposal_t, weight),
                   "an edge begins with a proposal");

    propose_list(work, edges.edges, sizeof(dyn_edge_t), edges.count, weight);
}

void dyn_candidates_propose_results(dyn_work_t *work, const dyn_model_result_t *results,
                                    uint32_t count)
{
    _Static_assert(offsetof(dyn_model_result_t, item) == offsetof(proposal_t, item) &&
                       offsetof(dyn_model_result_t, score) == offsetof(proposal_t, weight),
                   "a result begins with a proposal");

    propose_list(work, results, sizeof(dyn_model_result_t), count, 1);
}

/* Sources that were asked before gave nothing to what only this one proposed. */
static void give_nothing(dyn_candidates_t *candidates)
{
    for (uint32_t i = candidates->asked_before; i < candidates->asked_count; i++) {
        memset(candidates->asked[i].given + candidates->known, 0,
               (candidates->count - candidates->known) * sizeof(float));
    }
}

void dyn_candidates_end(dyn_work_t *work)
{
    dyn_candidates_t *candidates = &work->candidates;
    float weight = candidates->weight;

    give_nothing(candidates);
    if (candidates->largest > 0) {
        work->weight_sum += weight;
    } else if (!work->explaining) {
        return;
    }
    candidates->asked[candidates->asked_count++] = (dyn_asked_t){
        candidates->source,
        weight,
        /* Only removed items were proposed: their parts are shown as they are, at most the weight. */
        candidates->largest > 0 ? weight / candidates->largest : weight,
        candidates->given[candidates->source],
    };
}

/* ---- scoring ---- */

static float part_of(const dyn_asked_t *asked, uint32_t candidate)
{
    float part = asked->given[candidate] * asked->scale;

    return part < asked->weight ? part : asked->weight;
}

float dyn_candidates_part(const dyn_work_t *work, uint32_t candidate, dyn_source_t source)
{
    const dyn_candidates_t *candidates = &work->candidates;

    for (uint32_t i = 0; i < candidates->asked_count; i++) {
        if (candidates->asked[i].source == source) {
            /* no other sweep's candidate was given anything */
            return dyn_candidates_sweep(work, candidate) == dyn_source_sweep(source)
                       ? part_of(&candidates->asked[i], candidate)
                       : 0;
        }
    }

    return 0;
}

void dyn_candidates_parts(const dyn_work_t *work, uint32_t candidate,
                          float parts[DYN_SOURCES_COUNT])
{
    const dyn_candidates_t *candidates = &work->candidates;
    dyn_sweep_t sweep = dyn_candidates_sweep(work, candidate);

    memset(parts, 0, DYN_SOURCES_COUNT * sizeof(float));
    for (uint32_t i = 0; i < candidates->asked_count; i++) {
        if (dyn_source_sweep(candidates->asked[i].source) == sweep) {
            parts[candidates->asked[i].source] = part_of(&candidates->asked[i], candidate);
        }
    }
}

/* The scores of LANES candidates: the sums of their parts, in the order of the sources, scaled. */
static void score_lanes(dyn_candidates_t *candidates, uint32_t candidate, float scale)
{
#ifdef __SSE2__
    __m128 sums = _mm_setzero_ps();

    for (uint32_t i = candidates->asked_before; i < candidates->asked_count; i++) {
        const dyn_asked_t *asked = &candidates->asked[i];
        __m128 parts =
            _mm_mul_ps(_mm_loadu_ps(asked->given + candidate), _mm_set1_ps(asked->scale));

        sums = _mm_add_ps(sums, _mm_min_ps(parts, _mm_set1_ps(asked->weight)));
    }
    _mm_storeu_ps(candidates->scores + candidate, _mm_mul_ps(sums, _mm_set1_ps(scale)));
#else
    for (uint32_t lane = 0; lane < LANES && candidate + lane < candidates->count; lane++) {
        float sum = 0;

        for (uint32_t i = candidates->asked_before; i < candidates->asked_count; i++) {
            sum += part_of(&candidates->asked[i], candidate + lane);
        }
        candidates->scores[candidate + lane] = sum * scale;
    }
#endif
}

void dyn_candidates_score(dyn_work_t *work)
{
    dyn_candidates_t *candidates = &work->candidates;
    float scale = 1;

    if (work->weight_sum > 0) {
        scale /= work->weight_sum;
    }
    scale /= dyn_lift_whole(work);

    for (uint32_t candidate = candidates->starts[candidates->sweep]; candidate < candidates->count;
         candidate += LANES) {
        score_lanes(candidates, candidate, scale);
    }
    for (uint32_t candidate = candidates->starts[candidates->sweep];
         work->boost.factor_of != NULL && !work->boost.late && candidate < candidates->count;
         candidate++) {
        candidates->scores[candidate] *=
            work->boost.factor_of(work->boost.data, candidates->items[candidate]);
    }
    for (uint32_t lane = 0; lane < LANES; lane++) {
        candidates->scores[candidates->count + lane] = -1;
    }
}

float dyn_candidates_score_max(const dyn_work_t *work, float score)
{
    float most = score * dyn_lift_max(work);

    return most < 1 ? most : 1;
}

#include "cli/train/earnings.h"

#include <stdlib.h>
#include <string.h>

#include "cli/train/visit_pages.h"

enum { arena_bytes = 16 << 20 };

/* What the shopper does later, by item: bits 1 << dyn_earning_t, good for the page of this number. */
typedef struct {
    uint64_t page;
    uint8_t bits;
} later_t;

typedef struct {
    const dyn_snapshot_t *snapshot;
    const dyn_visits_t *visits;
    dyn_earnings_t *earnings;
    dyn_model_scratch_t *scratch;
    char *arena_block;
    later_t *later; /* by item */
    uint64_t page;  /* number of the one that is asked about, from 1 */
    uint32_t visit; /* number of its visit */
    bool may_earn[DYN_EARNINGS_COUNT];
} measuring_t;

static bool has_come(const dyn_visit_event_t *events, uint32_t first, uint32_t end, uint32_t item,
                     bool acquired)
{
    for (uint32_t i = first; i < end; i++) {
        if (events[i].item == item && item != DYN_NONE &&
            (!acquired || events[i].type == DYN_EVENT_ADD_TO_CART ||
             events[i].type == DYN_EVENT_PURCHASE)) {
            return true;
        }
    }

    return false;
}

static void mark(measuring_t *measuring, uint32_t item, dyn_earning_t earning)
{
    measuring->may_earn[earning] = true;
    if (item == DYN_NONE) {
        return;
    }
    if (measuring->later[item].page != measuring->page) {
        measuring->later[item] = (later_t){measuring->page, 0};
    }
    measuring->later[item].bits |= (uint8_t)(1U << earning);
}

/* Marks what the shopper does after the view `at` of the visit. */
static void mark_later(measuring_t *measuring, const dyn_visit_t *visit, uint32_t at)
{
    const dyn_visit_event_t *events = measuring->visits->events;

    memset(measuring->may_earn, 0, sizeof(measuring->may_earn));
    for (uint32_t i = at + 1; i < visit->end; i++) {
        const dyn_visit_event_t *event = &events[i];
        bool view = event->type == DYN_EVENT_VIEW_ITEM;
        bool cart = event->type == DYN_EVENT_ADD_TO_CART;

        if (!event->names_item || !(view || cart || event->type == DYN_EVENT_PURCHASE) ||
            has_come(events, visit->first, at + 1, event->item, !view)) {
            continue;
        }
        if (view && !measuring->may_earn[DYN_EARNING_NEXT_CLICK]) {
            mark(measuring, event->item, DYN_EARNING_NEXT_CLICK);
        }
        mark(measuring, event->item,
             view   ? DYN_EARNING_CLICK
             : cart ? DYN_EARNING_CART
                    : DYN_EARNING_PURCHASE);
    }
}

static uint32_t top_category(const dyn_snapshot_t *snapshot, uint32_t item)
{
    uint32_t category = item == DYN_NONE ? DYN_NONE : snapshot->items[item].category;

    while (category != DYN_NONE && snapshot->categories[category].parent != DYN_NONE) {
        category = snapshot->categories[category].parent;
    }

    return category;
}

static void count_slot(measuring_t *measuring, const dyn_slot_decision_t *slot, uint32_t viewed,
                       dyn_slot_earnings_t *sums)
{
    uint32_t top = top_category(measuring->snapshot, viewed);
    uint32_t block = measuring->visit % DYN_EARNINGS_BLOCKS;
    uint64_t found[DYN_EARNINGS_COUNT] = {0};

    sums->filled += slot->count > 0;
    sums->items += slot->count;
    sums->confidence += slot->count > 0 ? (double)slot->confidence : 0;
    for (uint32_t i = 0; i < slot->count; i++) {
        const dyn_choice_t *choice = &slot->choices[i];
        const later_t *later = &measuring->later[choice->item];

        sums->reasons[choice->reason]++;
        sums->with_top += top != DYN_NONE;
        sums->same_top += top != DYN_NONE && top_category(measuring->snapshot, choice->item) == top;
        for (size_t e = 0; e < DYN_EARNINGS_COUNT; e++) {
            found[e] += later->page == measuring->page && (later->bits >> e & 1) != 0;
        }
    }
    for (size_t e = 0; e < DYN_EARNINGS_COUNT; e++) {
        sums->earned[e].hits += found[e] > 0;
        sums->earned[e].items += found[e];
        sums->earned[e].block_hits[block] += found[e] > 0;
    }
}

static bool ask(void *context, const dyn_visit_page_t *page, dyn_error_t *error)
{
    measuring_t *measuring = context;
    dyn_earnings_t *earnings = measuring->earnings;
    dyn_decision_t decision;
    dyn_arena_t arena;

    earnings->visits += page->number == 1 || page->visit != measuring->visit;
    measuring->page = page->number;
    measuring->visit = page->visit;
    mark_later(measuring, &measuring->visits->visits[page->visit], page->at);
    dyn_arena_init(&arena, measuring->arena_block, arena_bytes, NULL, NULL);
    if (!dyn_question_decide(measuring->snapshot, NULL, page->question, measuring->scratch, &arena,
                             &decision, NULL)) {
        return dyn_fail(error, "not enough memory for a decision");
    }
    for (size_t s = 0; s < earnings->slot_count; s++) {
        dyn_slot_earnings_t *sums = &earnings->slots[s];

        sums->pages++;
        for (size_t e = 0; e < DYN_EARNINGS_COUNT; e++) {
            sums->earned[e].pages += measuring->may_earn[e];
            sums->earned[e].block_pages[measuring->visit % DYN_EARNINGS_BLOCKS] +=
                measuring->may_earn[e];
        }
        for (uint32_t k = 0; k < decision.slot_count; k++) {
            if (dyn_str_equal(decision.slots[k].name, sums->name)) {
                count_slot(measuring, &decision.slots[k], measuring->visits->events[page->at].item,
                           sums);
            }
        }
    }

    return true;
}

bool dyn_earnings_measure(const dyn_snapshot_t *snapshot, const dyn_visits_t *visits,
                          uint64_t newest, dyn_surface_t surface, dyn_earnings_t *earnings,
                          dyn_error_t *error)
{
    measuring_t measuring = {
        .snapshot = snapshot,
        .visits = visits,
        .earnings = earnings,
        .scratch = calloc(1, dyn_model_scratch_size()),
        .arena_block = malloc(arena_bytes),
        .later = calloc(snapshot->item_count + 1ULL, sizeof(later_t)),
    };
    dyn_question_t usual;
    dyn_slots_t slots;

    memset(earnings, 0, sizeof(*earnings));
    slots.count = dyn_default_slots(surface, &slots.rows);
    dyn_question_begin(&usual, snapshot, NULL);
    usual.context.surface = surface;
    usual.slots = slots;
    earnings->surface = surface;
    earnings->slot_count = slots.count;
    for (size_t s = 0; s < slots.count; s++) {
        earnings->slots[s].name = slots.rows[s].name;
        earnings->slots[s].wanted = slots.rows[s].count;
    }

    bool good =
        measuring.scratch == NULL || measuring.arena_block == NULL || measuring.later == NULL
            ? dyn_fail(error, "out of memory")
            : dyn_visit_pages(snapshot, visits, newest, &usual, ask, &measuring, error);

    free(measuring.scratch);
    free(measuring.arena_block);
    free(measuring.later);

    return good;
}

/* ---- the report ---- */

static double ratio(double part, double whole)
{
    return whole > 0 ? part / whole : 0;
}

static json_t *array_of(const uint64_t *values)
{
    json_t *array = json_array();

    for (size_t i = 0; i < DYN_EARNINGS_BLOCKS; i++) {
        json_array_append_new(array, json_integer((json_int_t)values[i]));
    }

    return array;
}

static json_t *reasons_json(const dyn_slot_earnings_t *slot)
{
#define X(constant, code) code,
    static const char *const codes[] = {DYN_REASONS(X)};
#undef X
    json_t *object = json_object();

    for (size_t i = 0; i < DYN_REASONS_COUNT; i++) {
        if (slot->reasons[i] > 0) {
            json_object_set_new(object, codes[i],
                                json_real(ratio((double)slot->reasons[i], (double)slot->items)));
        }
    }

    return object;
}

static json_t *earned_json(const dyn_slot_earnings_t *slot, bool blocks)
{
#define X(constant, name) name,
    static const char *const names[] = {DYN_EARNINGS(X)};
#undef X
    json_t *array = json_array();

    for (size_t e = 0; e < DYN_EARNINGS_COUNT; e++) {
        const dyn_earned_t *earned = &slot->earned[e];
        json_t *row =
            json_pack("{s:s, s:I, s:I, s:f, s:f}", "what", names[e], "pages",
                      (json_int_t)earned->pages, "hits", (json_int_t)earned->hits, "hit_rate",
                      ratio((double)earned->hits, (double)earned->pages), "items_in_100_pages",
                      100 * ratio((double)earned->items, (double)slot->pages));

        if (blocks) {
            json_object_set_new(row, "blocks",
                                json_pack("{s:o, s:o}", "pages", array_of(earned->block_pages),
                                          "hits", array_of(earned->block_hits)));
        }
        json_array_append_new(array, row);
    }

    return array;
}

json_t *dyn_earnings_json(const dyn_earnings_t *earnings, bool blocks)
{
    json_t *object = json_object();

    for (size_t s = 0; s < earnings->slot_count; s++) {
        const dyn_slot_earnings_t *slot = &earnings->slots[s];

        json_object_set_new(
            object, slot->name.data,
            json_pack("{s:I, s:I, s:f, s:f, s:f, s:f, s:o, s:o}", "pages", (json_int_t)slot->pages,
                      "wanted", (json_int_t)slot->wanted, "filled",
                      ratio((double)slot->filled, (double)slot->pages), "fill",
                      ratio((double)slot->items, (double)slot->pages * slot->wanted), "confidence",
                      ratio(slot->confidence, (double)slot->filled), "same_top_category",
                      ratio((double)slot->same_top, (double)slot->with_top), "reasons",
                      reasons_json(slot), "earned", earned_json(slot, blocks)));
    }

    return object;
}

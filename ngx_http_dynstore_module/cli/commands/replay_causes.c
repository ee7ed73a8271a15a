#include "cli/commands/replay_causes.h"

#include <math.h>
#include <stdio.h>

#include "engine/base/money.h"
#include "engine/catalogue/offer.h"
#include "engine/catalogue/snapshot.h"

/* Below it a part of a score is what it was. */
static const float same_part = 1e-6F;

const char *dyn_cause_name(dyn_cause_t cause)
{
    static const char *const names[] = {
#define X(constant, name) name,
        DYN_CAUSES(X)
#undef X
    };

    return names[cause];
}

/* The slot of the same name, which another snapshot may have at another place; NULL: it has none. */
static const dyn_slot_decision_t *slot_of(const dyn_replay_side_t *side, dyn_str_t name,
                                          uint32_t *number)
{
    for (uint32_t i = 0; i < side->decision->slot_count; i++) {
        if (dyn_str_equal(side->decision->slots[i].name, name)) {
            *number = i;
            return &side->decision->slots[i];
        }
    }

    return NULL;
}

static dyn_str_t id_of(const dyn_replay_side_t *side, uint32_t item)
{
    return dyn_snapshot_string(side->snapshot, side->snapshot->items[item].id);
}

/* From 0; -1: it is not shown. */
static int place_of(const dyn_replay_side_t *side, const dyn_slot_decision_t *slot, dyn_str_t id)
{
    for (uint32_t i = 0; slot != NULL && i < slot->count; i++) {
        if (dyn_str_equal(id_of(side, slot->choices[i].item), id)) {
            return (int)i;
        }
    }

    return -1;
}

/* The item as a candidate of the slot: chosen, else as it was proposed first. NULL: no source proposed it. */
static const dyn_candidate_t *candidate_of(const dyn_replay_side_t *side, uint32_t slot,
                                           uint32_t item)
{
    const dyn_slot_explanation_t *explained = &side->explanation->slots[slot];
    const dyn_candidate_t *found = NULL;

    for (uint32_t i = 0; item != DYN_NONE && i < explained->count; i++) {
        const dyn_candidate_t *candidate = &explained->candidates[i];

        if (candidate->item == item && (found == NULL || candidate->place >= 0)) {
            found = candidate;
        }
    }

    return found;
}

/* Of one item in both snapshots. */
typedef struct {
    const dyn_replay_side_t *was, *now;
    dyn_str_t id;
    uint32_t was_item, now_item; /* DYN_NONE: it is not there */
    const dyn_candidate_t *was_candidate, *now_candidate;
} item_t;

static bool in_catalogue(const dyn_replay_side_t *side, uint32_t item)
{
    return item != DYN_NONE && dyn_item_in_catalogue(side->snapshot, item);
}

static float part_of(const dyn_candidate_t *candidate, uint32_t source)
{
    return candidate == NULL ? 0 : candidate->parts[source];
}

/* The source that changed most; DYN_SOURCES_COUNT: none did. */
static uint32_t changed_source(const item_t *item)
{
    uint32_t most = DYN_SOURCES_COUNT;
    float largest = same_part;

    for (uint32_t i = 0; i < DYN_SOURCES_COUNT; i++) {
        float change = fabsf(part_of(item->now_candidate, i) - part_of(item->was_candidate, i));

        if (change > largest) {
            largest = change;
            most = i;
        }
    }

    return most;
}

static void print_price(dyn_price_t price)
{
    char text[24];

    if (price.minor < 0) {
        printf("unknown");
        return;
    }

    size_t length =
        dyn_money_format(price.minor, dyn_money_exponent(dyn_str_from(price.currency)), text);

    printf("%.*s %s", (int)length, text, price.currency);
}

static bool print_offer(const item_t *item, dyn_cause_t *cause)
{
    bool was = in_catalogue(item->was, item->was_item),
         now = in_catalogue(item->now, item->now_item);

    if (was != now) {
        *cause = DYN_CAUSE_CATALOGUE;
        printf("%s",
               now ? "it is new in the catalogue" : "the catalogue does not have it any more");
        return true;
    }
    if (!now) {
        return false;
    }

    int32_t before = dyn_item_stock(item->was->snapshot, item->was_item),
            after = dyn_item_stock(item->now->snapshot, item->now_item);

    if ((before == 0) == (after == 0)) {
        return false;
    }
    *cause = DYN_CAUSE_STOCK;
    printf("%s", after == 0 ? "it is sold out now" : "it was sold out and is not any more");

    return true;
}

static bool print_score(const item_t *item, dyn_cause_t *cause)
{
    uint32_t source = changed_source(item);
    const dyn_candidate_t *was = item->was_candidate, *now = item->now_candidate;

    if (source != DYN_SOURCES_COUNT) {
        dyn_str_t name = dyn_source_name((dyn_source_t)source);

        *cause = DYN_CAUSE_SOURCE;
        printf("%.*s gave it %.4f and gives it %.4f", (int)name.len, name.data,
               (double)part_of(was, source), (double)part_of(now, source));
        return true;
    }
    if (was == NULL || now == NULL) {
        return false;
    }
    if (was->lift != now->lift) {
        int64_t now_ms = item->now->decision->now_ms;
        dyn_price_t before = dyn_item_asked_price(item->was->snapshot, item->was_item, now_ms),
                    after = dyn_item_asked_price(item->now->snapshot, item->now_item, now_ms);

        *cause = before.minor != after.minor ? DYN_CAUSE_PRICE : DYN_CAUSE_FIT;
        if (*cause == DYN_CAUSE_FIT) {
            printf("how well it fits was %.4f and is %.4f", (double)was->lift, (double)now->lift);
            return true;
        }
        printf("its price was ");
        print_price(before);
        printf(" and is ");
        print_price(after);
        return true;
    }
    if (was->removed_by != now->removed_by && (was->removed_by < 0 || now->removed_by < 0)) {
        dyn_str_t name = dyn_filter_name(
            (dyn_filter_t)(now->removed_by >= 0 ? now->removed_by : was->removed_by));

        *cause = DYN_CAUSE_FILTER;
        printf("the filter %.*s %s", (int)name.len, name.data,
               now->removed_by >= 0 ? "takes it out now" : "does not take it out any more");
        return true;
    }

    return false;
}

static void print_place(const char *verb, int place)
{
    if (place < 0) {
        printf("%s not shown", verb);
    } else {
        printf("%s at %d", verb, place + 1);
    }
}

static void print_cause(const item_t *item, int was_place, int now_place, uint64_t *counts)
{
    dyn_cause_t cause = DYN_CAUSE_OTHERS;

    printf("    %.*s ", (int)item->id.len, item->id.data);
    print_place("was", was_place);
    print_place(", is", now_place);
    printf(": ");
    if (!print_offer(item, &cause) && !print_score(item, &cause)) {
        printf("nothing of its own: other items came, went or moved");
    }
    printf("\n");
    counts[cause]++;
}

void dyn_replay_causes(const dyn_replay_side_t *was, const dyn_replay_side_t *now, uint32_t slot,
                       uint64_t counts[DYN_CAUSES_COUNT])
{
    const dyn_slot_decision_t *is = &now->decision->slots[slot];
    uint32_t was_slot = 0;
    const dyn_slot_decision_t *before = slot_of(was, is->name, &was_slot);
    uint32_t before_count = before == NULL ? 0 : before->count;

    for (uint32_t i = 0; before != NULL && i < before_count + is->count; i++) {
        dyn_str_t id = i < before_count ? id_of(was, before->choices[i].item)
                                        : id_of(now, is->choices[i - before_count].item);
        int was_place = place_of(was, before, id), now_place = place_of(now, is, id);

        /* what both show is told once */
        if (was_place == now_place || (i >= before_count && was_place >= 0)) {
            continue;
        }

        uint32_t was_item = dyn_snapshot_find_item(was->snapshot, id, NULL),
                 now_item = dyn_snapshot_find_item(now->snapshot, id, NULL);
        item_t item = {was,
                       now,
                       id,
                       was_item,
                       now_item,
                       candidate_of(was, was_slot, was_item),
                       candidate_of(now, slot, now_item)};

        print_cause(&item, was_place, now_place, counts);
    }
}

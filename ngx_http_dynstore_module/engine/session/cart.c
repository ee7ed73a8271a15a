#include "engine/catalogue/kind.h"
#include "engine/session/fold.h"

static bool in_cart_arithmetic(dyn_event_type_t type)
{
    return type == DYN_EVENT_ADD_TO_CART || type == DYN_EVENT_REMOVE_FROM_CART ||
           type == DYN_EVENT_PURCHASE || type == DYN_EVENT_VIEW_CART;
}

/* A line while it is counted. */
typedef struct {
    uint32_t quantity;
    uint32_t counted_in; /* the view of the cart that the quantity is of */
    uint32_t added_at;   /* the newest entry that told of it; DYN_NONE: none */
    bool begun;
    bool purchased;
    bool variant;
} line_t;

/* Oldest first: adds less removes less purchases; returns which view of the cart was the last. */
static uint32_t count_lines(const dyn_fold_t *fold, line_t *lines)
{
    uint32_t view = 0;

    for (uint32_t i = fold->count; i-- > 0;) {
        const dyn_entry_row_t *entry = &fold->entries[i];

        if (entry->names_variant) {
            lines[entry->place].variant = true;
        }
        if (!in_cart_arithmetic(entry->type) || !entry->names_item) {
            continue;
        }

        /* A viewed cart that lists its items is the truth: what is not listed is not in it. Its entries stand together. */
        if (entry->type == DYN_EVENT_VIEW_CART) {
            const dyn_entry_row_t *before = i + 1 < fold->count ? &fold->entries[i + 1] : NULL;

            view += before == NULL || before->type != DYN_EVENT_VIEW_CART || !before->names_item ||
                    before->time_ms != entry->time_ms;
        }
        if (entry->item == DYN_NONE) {
            continue;
        }

        line_t *line = &lines[entry->place];

        if (!line->begun || line->counted_in != view) {
            line->quantity = 0;
            line->counted_in = view;
            /* listed again is not added again */
            line->added_at =
                entry->type == DYN_EVENT_VIEW_CART && line->begun ? line->added_at : DYN_NONE;
            line->begun = true;
        }

        if (entry->type == DYN_EVENT_ADD_TO_CART || entry->type == DYN_EVENT_VIEW_CART) {
            line->quantity += entry->quantity;
            if (entry->type == DYN_EVENT_ADD_TO_CART || line->added_at == DYN_NONE) {
                line->added_at = i;
            }
        } else {
            line->quantity -= entry->quantity < line->quantity ? entry->quantity : line->quantity;
            line->purchased |= entry->type == DYN_EVENT_PURCHASE;
        }
    }

    return view;
}

/* Whether nothing else of the item's kind was viewed after it was added. */
static bool settled(const dyn_fold_t *fold, uint32_t item, uint32_t added_at)
{
    uint32_t before = DYN_NONE;

    for (uint32_t i = 0; i < added_at; i++) {
        uint32_t viewed = fold->entries[i].item;

        if (viewed == DYN_NONE || viewed == before || !dyn_is_view(fold->entries[i].type)) {
            continue;
        }
        before = viewed;
        if (fold->snapshot->items[viewed].group != fold->snapshot->items[item].group &&
            dyn_same_kind(fold->snapshot, viewed, item)) {
            return false;
        }
    }

    return true;
}

bool dyn_fold_cart(dyn_fold_t *fold)
{
    dyn_session_t *session = fold->session;
    line_t lines[DYN_FOLD_ITEMS_MAX] = {{.quantity = 0}};
    bool any = false;

    for (uint32_t i = 0; i < fold->count && !any; i++) {
        any = in_cart_arithmetic(fold->entries[i].type);
    }
    if (!any) {
        return true;
    }

    session->cart = dyn_arena_alloc(fold->arena, fold->count * sizeof(*session->cart));
    session->purchased = dyn_arena_alloc(fold->arena, fold->count * sizeof(*session->purchased));
    if (session->cart == NULL || session->purchased == NULL) {
        return false;
    }

    uint32_t view = count_lines(fold, lines);

    /* Newest first: in the order of each line's newest entry. */
    for (uint32_t i = 0; i < fold->count; i++) {
        const dyn_entry_row_t *entry = &fold->entries[i];

        if (entry->item == DYN_NONE || !in_cart_arithmetic(entry->type)) {
            continue;
        }

        line_t *line = &lines[entry->place];

        if (line->counted_in == view && line->quantity > 0) {
            session->cart[session->cart_count++] = (dyn_cart_line_t){
                .item = entry->item,
                .quantity = line->quantity,
                .time_ms = fold->entries[line->added_at].time_ms,
                .variant = line->variant,
                .settled = settled(fold, entry->item, line->added_at),
            };
            line->quantity = 0;
        }
        if (line->purchased) {
            session->purchased[session->purchased_count++] =
                (dyn_bought_t){.item = entry->item, .time_ms = entry->time_ms};
            line->purchased = false;
        }
    }

    return true;
}

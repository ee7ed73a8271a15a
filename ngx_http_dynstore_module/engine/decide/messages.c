#include "engine/decide/moment_slots.h"
#include "engine/policy/texts.h"

#include <string.h>

/* An item that closes the gap costs at most so many times what is missing. */
static const double gap_most = 2;
/* From here on a small gap is closed by anything that is cheap: this share of the threshold. */
static const double gap_small = 0.2;

/* ---- free shipping ---- */

/* What the cart's items cost, and in which currency; false: not all of it is known, or it is in several. */
static bool cart_total(const dyn_work_t *work, int64_t *minor, const char **currency)
{
    const dyn_session_t *session = work->session;

    *minor = 0;
    *currency = NULL;
    for (uint32_t i = 0; i < session->cart_count; i++) {
        dyn_price_t price =
            dyn_item_asked_price(work->snapshot, session->cart[i].item, work->request->now_ms);

        if (price.minor < 0 || (*currency != NULL && strcmp(*currency, price.currency) != 0)) {
            return false;
        }
        *minor += price.minor * session->cart[i].quantity;
        *currency = price.currency;
        if (*minor > DYN_PRICE_MINOR_MAX) {
            return false;
        }
    }

    return *currency != NULL;
}

/* The row of the shopper's country, else the one of every other country. */
static const dyn_free_shipping_t *threshold_of(const dyn_work_t *work, const char *currency)
{
    const dyn_policy_t *policy = work->policy;
    const dyn_free_shipping_t *everywhere = NULL;

    for (uint32_t i = 0; i < policy->free_shipping_count; i++) {
        const dyn_free_shipping_t *row = &policy->free_shipping[i];

        if (strcmp(row->currency, currency) != 0) {
            continue;
        }
        if (row->country[0] != '\0' && strcmp(row->country, work->request->context->country) == 0) {
            return row;
        }
        if (row->country[0] == '\0' && everywhere == NULL) {
            everywhere = row;
        }
    }

    return everywhere;
}

bool dyn_closes_gap(const dyn_work_t *work, uint32_t item)
{
    dyn_price_t price = dyn_item_asked_price(work->snapshot, item, work->request->now_ms);
    const dyn_price_t of_cart =
        dyn_item_asked_price(work->snapshot, work->cart[0].item, work->request->now_ms);
    double most = gap_most * (double)work->gap_minor;
    double small = gap_small * ((double)work->gap_minor + work->cart_value);

    most = most > small ? most : small;

    return price.minor >= work->gap_minor && (double)price.minor <= most &&
           strcmp(price.currency, of_cart.currency) == 0;
}

/* ---- the messages ---- */

static dyn_message_t *add(dyn_slot_decision_t *slot, dyn_message_t *messages,
                          dyn_message_kind_t kind)
{
    dyn_message_t *message = &messages[slot->message_count++];

    *message = (dyn_message_t){.kind = kind, .item = DYN_NONE};

    return message;
}

static void tell_shipping(const dyn_work_t *work, dyn_slot_decision_t *slot,
                          dyn_message_t *messages, int64_t *gap_minor)
{
    const char *currency;
    int64_t total;

    if (!cart_total(work, &total, &currency)) {
        return;
    }

    const dyn_free_shipping_t *row = threshold_of(work, currency);

    if (row == NULL) {
        return;
    }

    bool gap = total < row->threshold_minor;
    dyn_message_t *message =
        add(slot, messages, gap ? DYN_MESSAGE_FREE_SHIPPING_GAP : DYN_MESSAGE_FREE_SHIPPING);

    message->amount_minor = gap ? row->threshold_minor - total : row->threshold_minor;
    memcpy(message->currency, row->currency, sizeof(message->currency));
    if (gap &&
        (double)message->amount_minor <= work->policy->guardrails.add_on_share * (double)total) {
        *gap_minor = message->amount_minor;
    }
}

/* A product with several variants, of which the shop otherwise tells which one was chosen. */
static void tell_missing(const dyn_work_t *work, dyn_slot_decision_t *slot, dyn_message_t *messages)
{
    enum { SEVERAL = 2, ROOM_FOR_PROMISES = 2 };
    const dyn_session_t *session = work->session;

    for (uint32_t i = 0; session->names_variants && i < session->cart_count &&
                         slot->message_count < DYN_SLOT_MESSAGES_MAX - ROOM_FOR_PROMISES;
         i++) {
        const dyn_cart_line_t *line = &session->cart[i];

        if (!line->variant && dyn_work_item(work, line->item)->variants_count >= SEVERAL &&
            dyn_item_in_catalogue(work->snapshot, line->item)) {
            add(slot, messages, DYN_MESSAGE_OPTION_MISSING)->item = line->item;
        }
    }
}

static bool tell_promise(const dyn_work_t *work, const dyn_decision_t *decision,
                         dyn_slot_decision_t *slot, dyn_message_t *messages,
                         dyn_message_kind_t kind, uint32_t text)
{
    if (text == DYN_NONE) {
        return true;
    }

    const dyn_texts_t *texts = dyn_policy_texts(work->policy);
    dyn_message_t *message = add(slot, messages, kind);

    message->text =
        dyn_texts_write(dyn_texts_find(texts, decision->language, text), NULL, work->arena);

    return message->text.data != NULL;
}

bool dyn_messages_fill(dyn_work_t *work, const dyn_decision_t *decision, dyn_slot_decision_t *slot,
                       int64_t *gap_minor)
{
    dyn_message_t *messages =
        dyn_arena_alloc(work->arena, DYN_SLOT_MESSAGES_MAX * sizeof(dyn_message_t));

    *gap_minor = 0;
    if (messages == NULL) {
        return false;
    }
    slot->messages = messages;
    if (work->session != NULL && work->session->cart_count > 0) {
        tell_shipping(work, slot, messages, gap_minor);
        tell_missing(work, slot, messages);
    }

    bool good =
        tell_promise(work, decision, slot, messages, DYN_MESSAGE_RETURNS, work->policy->returns) &&
        tell_promise(work, decision, slot, messages, DYN_MESSAGE_DELIVERY, work->policy->delivery);

    if (slot->message_count > 0) {
        slot->rung = work->session != NULL ? DYN_RUNG_SESSION : DYN_RUNG_CONTEXT;
    }

    return good;
}

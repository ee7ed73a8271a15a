#include "engine/render/view.h"

#include "engine/base/money.h"
#include "engine/catalogue/offer.h"
#include "engine/decide/reasons.h"

dyn_view_t dyn_view_of(const dyn_snapshot_t *snapshot, const dyn_decision_t *decision)
{
    const dyn_texts_t *texts = dyn_policy_texts(decision->policy);

    return (dyn_view_t){snapshot,
                        decision,
                        texts,
                        decision->localized ? dyn_texts_money(texts, decision->language)
                                            : dyn_money_style(DYN_STR("")),
                        decision->language,
                        decision->now_ms};
}

const dyn_wording_t *dyn_view_reason(const dyn_view_t *view, const dyn_choice_t *choice,
                                     dyn_str_t *name)
{
    *name = dyn_reference_name(view->snapshot, choice);

    return dyn_texts_find(view->texts, view->language,
                          (uint32_t)dyn_reason_key(view->snapshot, choice));
}

/* Of a text without placeholders. */
static const dyn_text_piece_t *whole(const dyn_view_t *view, dyn_text_key_t key)
{
    return &dyn_texts_find(view->texts, view->language, (uint32_t)key)->pieces[0];
}

const dyn_text_piece_t *dyn_view_cta(const dyn_view_t *view, dyn_cta_t cta)
{
    return whole(view, dyn_text_of_cta(cta));
}

dyn_str_t dyn_view_row_label(const dyn_view_t *view, const dyn_comparison_row_t *row)
{
    switch (row->kind) {
    case DYN_COMPARISON_PRICE:
        return whole(view, DYN_TEXT_LABEL_PRICE)->words;
    case DYN_COMPARISON_RATING:
        return whole(view, DYN_TEXT_LABEL_RATING)->words;
    case DYN_COMPARISON_FIT:
        return whole(view, DYN_TEXT_LABEL_FIT)->words;
    case DYN_COMPARISON_ATTRIBUTE:
    case DYN_COMPARISON_ROWS_COUNT:
        break;
    }

    return row->name;
}

dyn_str_t dyn_view_cell(const dyn_view_t *view, const dyn_slot_decision_t *slot,
                        const dyn_comparison_row_t *row, uint32_t choice, char *buffer)
{
    uint32_t item = slot->choices[choice].item;
    const dyn_item_details_t *details = dyn_item_details(view->snapshot, item);
    dyn_price_t price = dyn_item_asked_price(view->snapshot, item, view->now_ms);
    uint32_t tenths = ((uint32_t)details->rating_hundredths + 5) / 10;

    switch (row->kind) {
    case DYN_COMPARISON_PRICE:
        return price.minor < 0 ? DYN_STR_NONE
                               : (dyn_str_t){buffer, dyn_money_write(view->money, price.minor,
                                                                     dyn_str_from(price.currency),
                                                                     false, buffer)};
    case DYN_COMPARISON_RATING:
        if (details->rating_hundredths < 0) {
            return DYN_STR_NONE;
        }
        buffer[0] = (char)('0' + tenths / 10);
        buffer[1] = dyn_money_decimal(view->money);
        buffer[2] = (char)('0' + tenths % 10);
        return (dyn_str_t){buffer, 3};
    case DYN_COMPARISON_FIT:
        return details->fit != 0 ? dyn_snapshot_string(view->snapshot, details->fit) : DYN_STR_NONE;
    case DYN_COMPARISON_ATTRIBUTE:
    case DYN_COMPARISON_ROWS_COUNT:
        break;
    }

    return choice < DYN_COMPARISON_ITEMS_MAX ? row->values[choice] : DYN_STR_NONE;
}

dyn_bundle_words_t dyn_view_bundle(const dyn_view_t *view, const dyn_slot_decision_t *slot)
{
    return dyn_bundle_words(view->snapshot, &view->snapshot->bundles[slot->bundle],
                            dyn_texts_tag(view->texts, view->language));
}

dyn_str_t dyn_view_saved(const dyn_view_t *view, dyn_bundle_price_t price, dyn_arena_t *arena)
{
    char amount[DYN_MONEY_TEXT_BYTES];
    dyn_text_values_t values = {{{NULL, 0}}};

    if (price.saved_minor <= 0) {
        return DYN_STR("");
    }
    values.of[DYN_PLACE_AMOUNT] =
        (dyn_str_t){amount, dyn_money_write(view->money, price.saved_minor,
                                            dyn_str_from(price.currency), false, amount)};

    return dyn_texts_write(dyn_texts_find(view->texts, view->language, DYN_TEXT_LABEL_SAVED),
                           &values, arena);
}

dyn_str_t dyn_view_message(const dyn_view_t *view, const dyn_message_t *message, dyn_arena_t *arena)
{
    char amount[DYN_MONEY_TEXT_BYTES];
    dyn_text_values_t values = {{{NULL, 0}}};

    if (message->text.len > 0) {
        return message->text;
    }
    if (message->currency[0] != '\0') {
        values.of[DYN_PLACE_AMOUNT] =
            (dyn_str_t){amount, dyn_money_write(view->money, message->amount_minor,
                                                dyn_str_from(message->currency), false, amount)};
    }
    if (message->item != DYN_NONE) {
        values.of[DYN_PLACE_ITEM] = values.of[DYN_PLACE_NAME] =
            dyn_snapshot_string(view->snapshot, view->snapshot->items[message->item].title);
    }

    return dyn_texts_write(
        dyn_texts_find(view->texts, view->language, (uint32_t)dyn_text_of_message(message->kind)),
        &values, arena);
}

const dyn_content_t *dyn_view_content(const dyn_view_t *view, const dyn_slot_decision_t *slot)
{
    return slot->content.len > 0 ? dyn_policy_content(view->decision->policy, slot->content) : NULL;
}

dyn_str_t dyn_view_text(const dyn_view_t *view, uint32_t text)
{
    return text == DYN_NONE ? DYN_STR("")
                            : dyn_texts_find(view->texts, view->language, text)->pieces[0].words;
}

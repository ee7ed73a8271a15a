#include "engine/base/escape.h"
#include "engine/render/render.h"
#include "engine/base/safe_url.h"
#include "engine/base/money.h"
#include "engine/catalogue/offer.h"
#include "engine/decide/reasons.h"

enum { SLOT_BYTES = 512, ITEM_BYTES = 768 };

static void put_url(dyn_text_t *text, dyn_str_t url)
{
    if (dyn_url_is_safe(url)) {
        dyn_escape_html(text, url);
    } else {
        dyn_text_literal(text, "#");
    }
}

static void put_amount(dyn_text_t *text, dyn_price_t price)
{
    char amount[24];
    dyn_str_t currency = dyn_str_from(price.currency);
    size_t length = dyn_money_format(price.minor, dyn_money_exponent(currency), amount);

    dyn_text_put(text, amount, length);
    dyn_text_put(text, " ", currency.len > 0);
    dyn_escape_html(text, currency);
}

/* What is asked, and what it costs when there is no sale. */
static void put_price(dyn_text_t *text, dyn_price_t asked, dyn_price_t price)
{
    if (price.minor < 0) {
        return;
    }

    dyn_text_literal(text, "<span class=\"dynstore-item-price\">");
    put_amount(text, asked);
    if (asked.minor != price.minor) {
        dyn_text_literal(text, " <s class=\"dynstore-item-was\">");
        put_amount(text, price);
        dyn_text_literal(text, "</s>");
    }
    dyn_text_literal(text, "</span>");
}

static void put_rating(dyn_text_t *text, const dyn_item_details_t *details)
{
    uint32_t tenths = ((uint32_t)details->rating_hundredths + 5) / 10;

    dyn_text_literal(text, "<span class=\"dynstore-item-rating\">\xe2\x98\x85 ");
    dyn_text_unsigned(text, tenths / 10);
    dyn_text_literal(text, ".");
    dyn_text_unsigned(text, tenths % 10);
    if (details->rating_count > 0) {
        dyn_text_literal(text, " (");
        dyn_text_unsigned(text, details->rating_count);
        dyn_text_literal(text, ")");
    }
    dyn_text_literal(text, "</span>");
}

/* What the catalogue tells for the shopper; nothing that it does not tell. */
static void put_told(dyn_text_t *text, const dyn_snapshot_t *snapshot, uint32_t item)
{
    const dyn_item_details_t *details = dyn_item_details(snapshot, item);
    dyn_numbers_t badges = dyn_item_badges(snapshot, item);

    if (details->rating_hundredths >= 0) {
        put_rating(text, details);
    }
    for (uint32_t i = 0; i < badges.count; i++) {
        dyn_text_literal(text, "<span class=\"dynstore-item-badge\">");
        dyn_escape_html(text, dyn_snapshot_string(snapshot, badges.numbers[i]));
        dyn_text_literal(text, "</span>");
    }
    if (details->fit != 0) {
        dyn_text_literal(text, "<span class=\"dynstore-item-fit\">");
        dyn_escape_html(text, dyn_snapshot_string(snapshot, details->fit));
        dyn_text_literal(text, "</span>");
    }
}

static void put_image(dyn_text_t *text, dyn_str_t image)
{
    if (dyn_url_is_safe(image)) {
        dyn_text_literal(text, "<img src=\"");
        dyn_escape_html(text, image);
        dyn_text_literal(text, "\" alt=\"\" loading=\"lazy\">");
    }
}

static void put_item(dyn_text_t *text, const dyn_snapshot_t *snapshot, const dyn_choice_t *choice,
                     int64_t now_ms)
{
    const dyn_item_t *item = &snapshot->items[choice->item];
    dyn_str_t url = dyn_snapshot_string(snapshot, item->url);
    dyn_str_t words;
    dyn_str_t name;

    dyn_reason_words(snapshot, choice, &words, &name);

    dyn_text_literal(text, "<li class=\"dynstore-item\" data-dynstore-item=\"");
    dyn_escape_html(text, dyn_snapshot_string(snapshot, item->id));
    dyn_text_literal(text, "\"><a href=\"");
    put_url(text, url);
    dyn_text_literal(text, "\">");
    put_image(text, dyn_snapshot_string(snapshot, item->image));
    dyn_text_literal(text, "<span class=\"dynstore-item-title\">");
    dyn_escape_html(text, dyn_snapshot_string(snapshot, item->title));
    dyn_text_literal(text, "</span>");
    put_price(text, dyn_item_asked_price(snapshot, choice->item, now_ms),
              dyn_item_price(snapshot, choice->item));
    put_told(text, snapshot, choice->item);
    dyn_text_literal(text, "</a><p class=\"dynstore-reason\">");
    dyn_escape_html(text, words);
    dyn_escape_html(text, name);
    dyn_text_literal(text, "</p><a class=\"dynstore-cta\" href=\"");
    put_url(text, url);
    dyn_text_literal(text, "\" data-dynstore-action=\"");
    dyn_text_str(text, dyn_cta_action(choice->cta));
    dyn_text_literal(text, "\">");
    dyn_escape_html(text, dyn_cta_label(choice->cta));
    dyn_text_literal(text, "</a></li>");
}

dyn_str_t dyn_render_html(const dyn_snapshot_t *snapshot, const dyn_decision_t *decision,
                          const dyn_slot_decision_t *slot, dyn_arena_t *arena)
{
    dyn_text_t text;

    if (slot->count == 0) {
        return DYN_STR("");
    }

    dyn_text_init(&text, arena, SLOT_BYTES + (size_t)slot->count * ITEM_BYTES);
    dyn_text_literal(&text, "<section class=\"dynstore dynstore-");
    dyn_escape_html(&text, slot->name);
    dyn_text_literal(&text, "\" data-dynstore-slot=\"");
    dyn_escape_html(&text, slot->name);
    dyn_text_literal(&text, "\" data-dynstore-rung=\"");
    dyn_text_str(&text, dyn_rung_name(slot->rung));
    dyn_text_literal(&text, "\" data-dynstore-decision=\"");
    dyn_text_str(&text, dyn_str_from(decision->id));
    if (decision->page_token.len != 0) {
        dyn_text_literal(&text, "\" data-dynstore-token=\"");
        dyn_text_str(&text, decision->page_token);
    }
    dyn_text_literal(&text, "\"><h2 class=\"dynstore-title\">");
    dyn_escape_html(&text, slot->title);
    dyn_text_literal(&text, "</h2><ul class=\"dynstore-items\">");
    for (uint32_t i = 0; i < slot->count; i++) {
        put_item(&text, snapshot, &slot->choices[i], decision->now_ms);
    }
    dyn_text_literal(&text, "</ul></section>");

    return dyn_text_finish(&text);
}

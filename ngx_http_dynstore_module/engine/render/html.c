#include "engine/base/escape.h"
#include "engine/render/render.h"
#include "engine/base/safe_url.h"
#include "engine/base/money.h"
#include "engine/base/version.h"
#include "engine/catalogue/offer.h"
#include "engine/render/view.h"

enum { SLOT_BYTES = 512, ITEM_BYTES = 896 };

#define TITLE DYN_STR("title")
#define CTA DYN_STR("cta")
#define WHOLE UINT32_MAX

static void put_url(dyn_text_t *text, dyn_str_t url)
{
    if (dyn_url_is_safe(url)) {
        dyn_escape_html(text, url);
    } else {
        dyn_text_literal(text, "#");
    }
}

static void put_amount(dyn_text_t *text, const dyn_view_t *view, dyn_price_t price)
{
    char amount[DYN_MONEY_TEXT_BYTES];
    dyn_str_t currency = dyn_str_from(price.currency);

    dyn_text_put(text, amount, dyn_money_write(view->money, price.minor, currency, false, amount));
}

/* What is asked, and what it costs when there is no sale. */
static void put_price(dyn_text_t *text, const dyn_view_t *view, dyn_price_t asked,
                      dyn_price_t price)
{
    if (price.minor < 0) {
        return;
    }

    dyn_text_literal(text, "<span class=\"dynstore-item-price\">");
    put_amount(text, view, asked);
    if (asked.minor != price.minor) {
        dyn_text_literal(text, " <s class=\"dynstore-item-was\">");
        put_amount(text, view, price);
        dyn_text_literal(text, "</s>");
    }
    dyn_text_literal(text, "</span>");
}

static void put_rating(dyn_text_t *text, const dyn_view_t *view, const dyn_item_details_t *details)
{
    char decimal = dyn_money_decimal(view->money);
    uint32_t tenths = ((uint32_t)details->rating_hundredths + 5) / 10;

    dyn_text_literal(text, "<span class=\"dynstore-item-rating\">\xe2\x98\x85 ");
    dyn_text_unsigned(text, tenths / 10);
    dyn_text_put(text, &decimal, 1);
    dyn_text_unsigned(text, tenths % 10);
    if (details->rating_count > 0) {
        dyn_text_literal(text, " (");
        dyn_text_unsigned(text, details->rating_count);
        dyn_text_literal(text, ")");
    }
    dyn_text_literal(text, "</span>");
}

/* What the catalogue tells for the shopper; nothing that it does not tell. */
static void put_told(dyn_text_t *text, const dyn_view_t *view, uint32_t item)
{
    const dyn_snapshot_t *snapshot = view->snapshot;
    const dyn_item_details_t *details = dyn_item_details(snapshot, item);
    dyn_numbers_t badges = dyn_item_badges(snapshot, item);

    if (details->rating_hundredths >= 0) {
        put_rating(text, view, details);
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

static void put_sponsored(dyn_text_t *text, const dyn_choice_t *choice)
{
    if (choice->sponsored.len > 0) {
        dyn_text_literal(text, "<p class=\"dynstore-sponsored\">");
        dyn_escape_html(text, choice->sponsored);
        dyn_text_literal(text, "</p>");
    }
}

static void put_badge(dyn_text_t *text, const dyn_choice_t *choice)
{
    if (choice->badge.len > 0) {
        dyn_text_literal(text, "<span class=\"dynstore-item-badge\">");
        dyn_escape_html(text, choice->badge);
        dyn_text_literal(text, "</span>");
    }
}

static void put_reason(dyn_text_t *text, const dyn_view_t *view, const dyn_choice_t *choice)
{
    dyn_str_t name;
    const dyn_wording_t *wording = dyn_view_reason(view, choice, &name);

    dyn_text_literal(text, "<p class=\"dynstore-reason\">");
    if (choice->reason_text.len > 0) {
        dyn_escape_html(text, choice->reason_text);
    } else {
        for (uint32_t i = 0; i < wording->count; i++) {
            dyn_escape_html(text, wording->pieces[i].words);
            if (wording->pieces[i].place != DYN_PLACE_NONE) {
                dyn_escape_html(text, name);
            }
        }
    }
    dyn_text_literal(text, "</p>");
}

/* The id of the title or the button of the slot's item at `place`; of its bundle or content at WHOLE. */
static void put_part(dyn_text_t *text, const dyn_slot_decision_t *slot, dyn_str_t part,
                     uint32_t place)
{
    dyn_text_literal(text, "dynstore-");
    dyn_escape_html(text, slot->name);
    dyn_text_literal(text, "-");
    dyn_text_str(text, part);
    if (place != WHOLE) {
        dyn_text_literal(text, "-");
        dyn_text_unsigned(text, place + 1);
    }
}

static void put_title_id(dyn_text_t *text, const dyn_slot_decision_t *slot, uint32_t place)
{
    dyn_text_literal(text, " id=\"");
    put_part(text, slot, TITLE, place);
    dyn_text_literal(text, "\"");
}

/*
 * A button's name is its words and then the title: in a list of links each says what it is for. The title is referred to,
 * not repeated, so that both are in one language where a browser translates the page.
 */
static void put_cta_name(dyn_text_t *text, const dyn_slot_decision_t *slot, uint32_t place)
{
    dyn_text_literal(text, " id=\"");
    put_part(text, slot, CTA, place);
    dyn_text_literal(text, "\" aria-labelledby=\"");
    put_part(text, slot, CTA, place);
    dyn_text_literal(text, " ");
    put_part(text, slot, TITLE, place);
    dyn_text_literal(text, "\"");
}

static void put_cta(dyn_text_t *text, const dyn_view_t *view, const dyn_slot_decision_t *slot,
                    uint32_t place)
{
    const dyn_choice_t *choice = &slot->choices[place];

    dyn_text_literal(text, "<a class=\"dynstore-cta\"");
    put_cta_name(text, slot, place);
    dyn_text_literal(text, " href=\"");
    put_url(text, dyn_snapshot_string(view->snapshot, view->snapshot->items[choice->item].url));
    dyn_text_literal(text, "\" data-dynstore-action=\"");
    dyn_text_str(text, dyn_cta_action(choice->cta));
    dyn_text_literal(text, "\">");
    dyn_escape_html(text, choice->cta_label.len > 0 ? choice->cta_label
                                                    : dyn_view_cta(view, choice->cta)->words);
    dyn_text_literal(text, "</a>");
}

static void put_id(dyn_text_t *text, const dyn_view_t *view, uint32_t item)
{
    dyn_text_literal(text, " data-dynstore-item=\"");
    dyn_escape_html(text, dyn_snapshot_string(view->snapshot, view->snapshot->items[item].id));
    dyn_text_literal(text, "\"");
}

/* The beginning of the link to the item: its picture and title. */
static void put_link(dyn_text_t *text, const dyn_view_t *view, const dyn_slot_decision_t *slot,
                     uint32_t place)
{
    const dyn_item_t *item = &view->snapshot->items[slot->choices[place].item];

    dyn_text_literal(text, "<a href=\"");
    put_url(text, dyn_snapshot_string(view->snapshot, item->url));
    dyn_text_literal(text, "\">");
    put_image(text, dyn_snapshot_string(view->snapshot, item->image));
    dyn_text_literal(text, "<span class=\"dynstore-item-title\"");
    put_title_id(text, slot, place);
    dyn_text_literal(text, ">");
    dyn_escape_html(text, dyn_snapshot_string(view->snapshot, item->title));
    dyn_text_literal(text, "</span>");
}

static void put_item(dyn_text_t *text, const dyn_view_t *view, const dyn_slot_decision_t *slot,
                     uint32_t place)
{
    const dyn_choice_t *choice = &slot->choices[place];

    dyn_text_literal(text, "<li class=\"dynstore-item\"");
    put_id(text, view, choice->item);
    dyn_text_literal(text, ">");
    put_sponsored(text, choice);
    put_link(text, view, slot, place);
    put_price(text, view, dyn_item_asked_price(view->snapshot, choice->item, view->now_ms),
              dyn_item_price(view->snapshot, choice->item));
    put_told(text, view, choice->item);
    put_badge(text, choice);
    dyn_text_literal(text, "</a>");
    put_reason(text, view, choice);
    /* a bundle has one button for all of its items */
    if (choice->cta != DYN_CTA_ADD_BUNDLE) {
        put_cta(text, view, slot, place);
    }
    dyn_text_literal(text, "</li>");
}

static void put_items(dyn_text_t *text, const dyn_view_t *view, const dyn_slot_decision_t *slot)
{
    dyn_text_literal(text, "<ul class=\"dynstore-items\">");
    for (uint32_t i = 0; i < slot->count; i++) {
        put_item(text, view, slot, i);
    }
    dyn_text_literal(text, "</ul>");
}

static void put_title(dyn_text_t *text, const dyn_slot_decision_t *slot)
{
    dyn_text_literal(text, "<h2 class=\"dynstore-title\">");
    dyn_escape_html(text, slot->title);
    dyn_text_literal(text, "</h2>");
}

static void put_row(dyn_text_t *text, const dyn_view_t *view, const dyn_slot_decision_t *slot,
                    const dyn_comparison_row_t *row)
{
    char buffer[DYN_CELL_BYTES];

    dyn_text_str(text, row->differs ? DYN_STR("<tr class=\"dynstore-differs\"><th scope=\"row\">")
                                    : DYN_STR("<tr><th scope=\"row\">"));
    dyn_escape_html(text, dyn_view_row_label(view, row));
    dyn_text_literal(text, "</th>");
    for (uint32_t i = 0; i < slot->count; i++) {
        dyn_text_literal(text, "<td>");
        dyn_escape_html(text, dyn_view_cell(view, slot, row, i, buffer));
        dyn_text_literal(text, "</td>");
    }
    dyn_text_literal(text, "</tr>");
}

/* Items are columns; what they have are rows; the last row has their buttons. */
static void put_comparison(dyn_text_t *text, const dyn_view_t *view,
                           const dyn_slot_decision_t *slot)
{
    dyn_text_literal(text, "<table class=\"dynstore-comparison-table\"><caption>");
    put_title(text, slot);
    dyn_text_literal(text, "</caption><thead><tr><td></td>");
    for (uint32_t i = 0; i < slot->count; i++) {
        dyn_text_literal(text, "<th scope=\"col\"");
        put_id(text, view, slot->choices[i].item);
        dyn_text_literal(text, ">");
        put_sponsored(text, &slot->choices[i]);
        put_link(text, view, slot, i);
        put_badge(text, &slot->choices[i]);
        dyn_text_literal(text, "</a></th>");
    }
    dyn_text_literal(text, "</tr></thead><tbody>");
    for (uint32_t i = 0; i < slot->row_count; i++) {
        put_row(text, view, slot, &slot->rows[i]);
    }
    dyn_text_literal(text, "<tr><td></td>");
    for (uint32_t i = 0; i < slot->count; i++) {
        dyn_text_literal(text, "<td");
        put_id(text, view, slot->choices[i].item);
        dyn_text_literal(text, ">");
        put_cta(text, view, slot, i);
        dyn_text_literal(text, "</td>");
    }
    dyn_text_literal(text, "</tr></tbody></table>");
}

static void put_message(dyn_text_t *text, const dyn_view_t *view, const dyn_message_t *message)
{
    dyn_text_literal(text, "<li data-dynstore-message=\"");
    dyn_text_str(text, dyn_message_name(message->kind));
    dyn_text_literal(text, "\">");
    if (message->item != DYN_NONE) {
        dyn_text_literal(text, "<a href=\"");
        put_url(text,
                dyn_snapshot_string(view->snapshot, view->snapshot->items[message->item].url));
        dyn_text_literal(text, "\">");
    }
    dyn_escape_html(text, dyn_view_message(view, message, text->arena));
    dyn_text_str(text, message->item != DYN_NONE ? DYN_STR("</a></li>") : DYN_STR("</li>"));
}

static void put_messages(dyn_text_t *text, const dyn_view_t *view, const dyn_slot_decision_t *slot)
{
    dyn_text_literal(text, "<ul class=\"dynstore-message-list\">");
    for (uint32_t i = 0; i < slot->message_count; i++) {
        put_message(text, view, &slot->messages[i]);
    }
    dyn_text_literal(text, "</ul>");
}

/* What the items above it are together, and the one button that all of them have. */
static void put_bundle(dyn_text_t *text, const dyn_view_t *view, const dyn_slot_decision_t *slot)
{
    const dyn_snapshot_t *snapshot = view->snapshot;
    const dyn_bundle_t *bundle = &snapshot->bundles[slot->bundle];
    dyn_bundle_price_t price = dyn_bundle_price(snapshot, bundle, view->now_ms);
    dyn_bundle_words_t words = dyn_view_bundle(view, slot);
    dyn_str_t label = slot->choices[0].cta_label;

    dyn_text_literal(text, "<div class=\"dynstore-bundle-offer\" data-dynstore-bundle=\"");
    dyn_escape_html(text, dyn_snapshot_string(snapshot, bundle->id));
    dyn_text_literal(text, "\">");
    put_image(text, dyn_snapshot_string(snapshot, bundle->image));
    dyn_text_literal(text, "<p class=\"dynstore-bundle-title\"");
    put_title_id(text, slot, WHOLE);
    dyn_text_literal(text, ">");
    dyn_escape_html(text, words.title);
    dyn_text_literal(text, "</p>");
    if (words.description.len > 0) {
        dyn_text_literal(text, "<p class=\"dynstore-text\">");
        dyn_escape_html(text, words.description);
        dyn_text_literal(text, "</p>");
    }
    if (price.whole_minor >= 0) {
        dyn_text_literal(text, "<p class=\"dynstore-bundle-price\">");
        put_price(text, view, (dyn_price_t){price.whole_minor, price.currency},
                  (dyn_price_t){price.whole_minor + price.saved_minor, price.currency});
        dyn_text_literal(text, "</p>");
    }
    if (price.saved_minor > 0) {
        dyn_text_literal(text, "<p class=\"dynstore-bundle-saved\">");
        dyn_escape_html(text, dyn_view_saved(view, price, text->arena));
        dyn_text_literal(text, "</p>");
    }
    dyn_text_literal(text, "<a class=\"dynstore-cta\"");
    put_cta_name(text, slot, WHOLE);
    dyn_text_literal(text, " href=\"");
    put_url(text, dyn_snapshot_string(snapshot, bundle->url));
    dyn_text_literal(text, "\" data-dynstore-action=\"add_bundle\">");
    dyn_escape_html(text, label.len > 0 ? label : dyn_view_cta(view, DYN_CTA_ADD_BUNDLE)->words);
    dyn_text_literal(text, "</a></div>");
}

/* A hero or banner; of the modules a list of names, which a theme orders by. */
static void put_content(dyn_text_t *text, const dyn_view_t *view, const dyn_slot_decision_t *slot,
                        const dyn_content_t *content)
{
    const dyn_policy_t *policy = view->decision->policy;
    dyn_str_t title = dyn_view_text(view, content->title),
              words = dyn_view_text(view, content->text),
              label = dyn_view_text(view, content->label);
    bool named = content->url.len > 0 && label.len > 0;

    dyn_text_literal(text, "<div class=\"dynstore-content\" data-dynstore-content=\"");
    dyn_escape_html(text, content->id);
    if (content->modules_count > 0) {
        dyn_text_literal(text, "\" data-dynstore-modules=\"");
    }
    for (uint32_t i = 0; i < content->modules_count; i++) {
        dyn_text_put(text, " ", i > 0);
        dyn_escape_html(text, policy->strings[policy->values[content->modules_start + i]]);
    }
    dyn_text_literal(text, "\">");
    put_image(text, content->image);
    if (title.len > 0) {
        dyn_text_literal(text, "<h2 class=\"dynstore-title\"");
        if (named) {
            put_title_id(text, slot, WHOLE);
        }
        dyn_text_literal(text, ">");
        dyn_escape_html(text, title);
        dyn_text_literal(text, "</h2>");
    }
    if (words.len > 0) {
        dyn_text_literal(text, "<p class=\"dynstore-text\">");
        dyn_escape_html(text, words);
        dyn_text_literal(text, "</p>");
    }
    if (content->url.len > 0) {
        dyn_text_literal(text, "<a class=\"dynstore-cta\"");
        if (named && title.len > 0) {
            put_cta_name(text, slot, WHOLE);
        }
        dyn_text_literal(text, " href=\"");
        put_url(text, content->url);
        dyn_text_literal(text, "\" data-dynstore-action=\"view\">");
        dyn_escape_html(text, label.len > 0 ? label : title.len > 0 ? title : content->url);
        dyn_text_literal(text, "</a>");
    }
    dyn_text_literal(text, "</div>");
}

static uint32_t slot_bit(const dyn_decision_t *decision, dyn_str_t name)
{
    for (uint32_t i = 0; i < decision->slot_count && i < DYN_SLOTS_MAX; i++) {
        if (dyn_str_equal(decision->slots[i].name, name)) {
            return 1U << i;
        }
    }

    return 0;
}

/* `attribute` ends another one's value, and begins its own, which is left open. */
static void put_version(dyn_text_t *text, dyn_str_t attribute, const char *version)
{
    if (version[0] != '\0') {
        dyn_text_str(text, attribute);
        dyn_escape_html(text, dyn_str_from(version));
    }
}

dyn_str_t dyn_render_html(const dyn_snapshot_t *snapshot, const dyn_decision_t *decision,
                          const dyn_slot_decision_t *slot, dyn_arena_t *arena)
{
    dyn_view_t view = dyn_view_of(snapshot, decision);
    const dyn_content_t *content = dyn_view_content(&view, slot);
    dyn_text_t text;

    if (content == NULL && slot->count == 0 && slot->message_count == 0) {
        return DYN_STR("");
    }

    dyn_text_init(&text, arena, SLOT_BYTES + (size_t)slot->count * ITEM_BYTES);
    dyn_text_literal(&text, "<section class=\"dynstore dynstore-");
    dyn_escape_html(&text, slot->name);
    if (decision->localized) {
        dyn_text_literal(&text, "\" lang=\"");
        dyn_escape_html(&text, dyn_texts_tag(view.texts, view.language));
    }
    dyn_text_literal(&text, "\" data-dynstore-slot=\"");
    dyn_escape_html(&text, slot->name);
    dyn_text_literal(&text, "\" data-dynstore-surface=\"");
    dyn_text_str(&text, dyn_surface_name(decision->surface));
    if (decision->page_item.len != 0) {
        dyn_text_literal(&text, "\" data-dynstore-page-item=\"");
        dyn_escape_html(&text, decision->page_item);
    }
    dyn_text_literal(&text, "\" data-dynstore-rung=\"");
    dyn_text_str(&text, dyn_rung_name(slot->rung));
    dyn_text_literal(&text, "\" data-dynstore-decision=\"");
    dyn_text_str(&text, dyn_str_from(decision->id));
    put_version(&text, DYN_STR("\" data-dynstore-snapshot=\""), snapshot->build_id);
    put_version(&text, DYN_STR("\" data-dynstore-rules=\""), dyn_view_policy(decision)->version);
    put_version(&text, DYN_STR("\" data-dynstore-model=\""), snapshot->model_version);
    put_version(&text, DYN_STR("\" data-dynstore-code=\""), DYN_VERSION);
    if (decision->behind) {
        dyn_text_literal(&text, "\" data-dynstore-overlay=\"behind");
    }
    if (decision->visitor.len != 0) {
        dyn_text_literal(&text, "\" data-dynstore-visitor=\"");
        dyn_text_str(&text, decision->visitor);
    }
    if (decision->page_token.len != 0) {
        dyn_text_literal(&text, "\" data-dynstore-token=\"");
        dyn_text_str(&text, decision->page_token);
    }
    if (decision->assignment_count > 0) {
        dyn_text_literal(&text, "\" data-dynstore-variants=\"");
        dyn_put_variants(&text, decision, slot_bit(decision, slot->name), ' ');
    }
    dyn_text_literal(&text, "\">");
    if (slot->kind == DYN_SLOT_COMPARISON) {
        put_comparison(&text, &view, slot);
    } else {
        if (content != NULL) {
            put_content(&text, &view, slot, content);
        } else {
            put_title(&text, slot);
        }
        if (slot->message_count > 0) {
            put_messages(&text, &view, slot);
        }
        if (slot->count > 0) {
            put_items(&text, &view, slot);
        }
        if (slot->kind == DYN_SLOT_BUNDLE && slot->count > 0) {
            put_bundle(&text, &view, slot);
        }
    }
    dyn_text_literal(&text, "</section>");

    return dyn_text_finish(&text);
}

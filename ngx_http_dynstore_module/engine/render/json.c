#include "engine/base/escape.h"
#include "engine/render/render.h"
#include "engine/base/safe_url.h"
#include "engine/base/money.h"
#include "engine/base/version.h"
#include "engine/catalogue/offer.h"
#include "engine/decide/reasons.h"
#include "engine/render/view.h"

/*
 * Room for a whole item is reserved once, as if every byte had to be escaped. Then it is written without further
 * checks; `to` is the end of the text so far.
 */

enum { DECISION_BYTES = 512, ITEM_BYTES = 768 };

/* Constant text. The whole array is copied, because a copy of fixed size is a few instructions; then `to` moves by its length. */
enum { PIECE_BYTES = 64 };

typedef struct {
    char text[PIECE_BYTES];
    uint32_t length;
} piece_t;

#define PIECE(literal)               \
    {                                \
        literal, sizeof(literal) - 1 \
    }

#define X(constant, code) PIECE(",\"reason\":{\"code\":\"" code "\",\"ref\":"),
static const piece_t reasons[] = {DYN_REASONS(X)};
#undef X
#define X(constant, action) PIECE("\"},\"cta\":{\"action\":\"" action "\",\"label\":\""),
static const piece_t ctas[] = {DYN_CTAS(X)};
#undef X

/* What an item takes beside its strings - pieces, names of keys, prices and score -, and what stands around the items. */
enum { FRAME_BYTES = 4 * PIECE_BYTES + 2 * DYN_MONEY_TEXT_BYTES + 384 };

#define put_literal(to, literal) \
    (memcpy((to), (literal), sizeof(literal) - 1), (to) + sizeof(literal) - 1)

static char *put_piece(char *to, const piece_t *piece)
{
    memcpy(to, piece->text, PIECE_BYTES);

    return to + piece->length;
}

static char *put_string(char *to, dyn_str_t str)
{
    *to++ = '"';
    to = dyn_escape_json_to(to, str);
    *to++ = '"';

    return to;
}

static char *put_url(char *to, dyn_str_t url)
{
    return dyn_url_is_safe(url) ? put_string(to, url) : put_literal(to, "null");
}

/* Writes four decimals with integer arithmetic, so they are the same on every machine. */
static char *put_score(char *to, float score)
{
    uint32_t scaled = score > 0 ? (uint32_t)(score * 10000 + 0.5f) : 0;

    if (scaled > 10000) {
        scaled = 10000;
    }
    to[0] = (char)('0' + scaled / 10000);
    to[1] = '.';
    for (int i = 5; i >= 2; i--, scaled /= 10) {
        to[i] = (char)('0' + scaled % 10);
    }

    return to + 6;
}

/* A piece of a text, which is escaped already. */
static char *put_words(char *to, const dyn_text_piece_t *piece)
{
    dyn_str_t json = piece->json;

    /* as put_piece(): behind a piece there is room to read */
    memcpy(to, json.data, DYN_TEXT_SPARE);
    if (json.len > DYN_TEXT_SPARE) {
        memcpy(to + DYN_TEXT_SPARE, json.data + DYN_TEXT_SPARE, json.len - DYN_TEXT_SPARE);
    }

    return to + json.len;
}

/* Every placeholder stands for the name. */
static char *put_wording(char *to, const dyn_wording_t *wording, dyn_str_t name)
{
    for (uint32_t i = 0; i < wording->count; i++) {
        to = put_words(to, &wording->pieces[i]);
        if (wording->pieces[i].place != DYN_PLACE_NONE) {
            to = dyn_escape_json_to(to, name);
        }
    }

    return to;
}

/* An amount of digits, */
static char *put_amount(char *to, dyn_price_t price, dyn_str_t *amount)
{
    /* three capitals, wherever there is a price */
    dyn_str_t currency = {price.currency, 3};
    size_t length = dyn_money_format(price.minor, dyn_money_exponent(currency), to);

    *amount = (dyn_str_t){to, length};

    return to + length;
}

/* and then the same as the language writes it. */
static char *put_amount_text(char *to, const dyn_view_t *view, dyn_str_t amount, dyn_price_t price)
{
    to += dyn_money_rewrite(view->money, amount, (dyn_str_t){price.currency, 3}, true, to);
    *to++ = '"';

    return to;
}

static char *put_price(char *to, const dyn_view_t *view, dyn_price_t price)
{
    dyn_str_t amount;

    if (price.minor < 0) {
        return put_literal(to, ",\"price\":null,\"currency\":null,\"price_text\":null");
    }

    to = put_literal(to, ",\"price\":\"");
    to = put_amount(to, price, &amount);
    to = put_literal(to, "\",\"currency\":\"");
    memcpy(to, price.currency, 3);
    to = put_literal(to + 3, "\",\"price_text\":\"");

    return put_amount_text(to, view, amount, price);
}

/* What a reason refers to, by its parts: an item's id, a category's path ("Packs/Day packs") from the top, a brand or a trait's value. */
typedef struct {
    dyn_str_t parts[DYN_CATEGORY_DEPTH_MAX];
    uint32_t first; /* first used part */
    size_t length;  /* of all */
} reference_t;

static void find_reference(const dyn_snapshot_t *snapshot, const dyn_choice_t *choice,
                           reference_t *reference)
{
    uint32_t category = choice->reference;

    reference->first = DYN_CATEGORY_DEPTH_MAX;
    reference->length = 0;
    if (choice->reference_kind == DYN_REFERENCE_ITEM) {
        dyn_str_t id = dyn_snapshot_string(snapshot, snapshot->items[choice->reference].id);

        reference->parts[--reference->first] = id;
        reference->length = id.len;
    }
    if (choice->reference_kind == DYN_REFERENCE_BRAND ||
        choice->reference_kind == DYN_REFERENCE_TRAIT) {
        dyn_str_t name = dyn_reference_name(snapshot, choice);

        reference->parts[--reference->first] = name;
        reference->length = name.len;
    }
    while (choice->reference_kind == DYN_REFERENCE_CATEGORY && category != DYN_NONE &&
           reference->first > 0) {
        dyn_str_t name = dyn_snapshot_string(snapshot, snapshot->categories[category].name);

        reference->parts[--reference->first] = name;
        reference->length += name.len + 1;
        category = snapshot->categories[category].parent;
    }
}

static char *put_reference(char *to, const reference_t *reference)
{
    if (reference->first == DYN_CATEGORY_DEPTH_MAX) {
        return put_literal(to, "null");
    }

    *to++ = '"';
    for (uint32_t i = reference->first; i < DYN_CATEGORY_DEPTH_MAX; i++) {
        to = dyn_escape_json_to(to, reference->parts[i]);
        *to++ = '/';
    }
    to[-1] = '"';

    return to;
}

/* What it costs when there is no sale. */
static char *put_was(char *to, const dyn_view_t *view, dyn_price_t asked, dyn_price_t price)
{
    dyn_str_t amount;

    if (asked.minor == price.minor) {
        return to;
    }

    to = put_literal(to, ",\"was\":\"");
    to = put_amount(to, price, &amount);
    to = put_literal(to, "\",\"was_text\":\"");

    return put_amount_text(to, view, amount, price);
}

/* The bytes of all that put_told() writes as strings. */
static size_t told_bytes(const dyn_snapshot_t *snapshot, uint32_t item)
{
    dyn_numbers_t badges = dyn_item_badges(snapshot, item);
    size_t bytes = dyn_snapshot_string(snapshot, dyn_item_details(snapshot, item)->fit).len;

    for (uint32_t i = 0; i < badges.count; i++) {
        bytes += dyn_snapshot_string(snapshot, badges.numbers[i]).len + 3;
    }

    return bytes;
}

static char *put_digits(char *to, uint32_t number)
{
    char digits[10];
    size_t count = 0;

    do {
        digits[count++] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    while (count > 0) {
        *to++ = digits[--count];
    }

    return to;
}

static char *put_support(char *to, uint32_t support)
{
    return support > 0 ? put_digits(put_literal(to, ",\"support\":"), support) : to;
}

/* "4.6", from hundredths: the same on every machine. */
static char *put_rating(char *to, uint32_t hundredths, uint32_t count)
{
    uint32_t tenths = (hundredths + 5) / 10;

    to = put_literal(to, ",\"rating\":");
    *to++ = (char)('0' + tenths / 10);
    *to++ = '.';
    *to++ = (char)('0' + tenths % 10);
    to = put_literal(to, ",\"rating_count\":");

    return put_digits(to, count);
}

/* What the catalogue tells for the shopper; nothing that it does not tell. */
static char *put_told(char *to, const dyn_snapshot_t *snapshot, uint32_t item)
{
    const dyn_item_details_t *details = dyn_item_details(snapshot, item);
    dyn_numbers_t badges = dyn_item_badges(snapshot, item);

    if (details->rating_hundredths >= 0) {
        to = put_rating(to, (uint32_t)details->rating_hundredths, details->rating_count);
    }
    for (uint32_t i = 0; i < badges.count; i++) {
        to = i == 0 ? put_literal(to, ",\"badges\":[") : put_literal(to, ",");
        to = put_string(to, dyn_snapshot_string(snapshot, badges.numbers[i]));
    }
    if (badges.count > 0) {
        *to++ = ']';
    }
    if (details->fit != 0) {
        to = put_literal(to, ",\"fit\":");
        to = put_string(to, dyn_snapshot_string(snapshot, details->fit));
    }

    return to;
}

/* What a rule adds to an item. */
static char *put_marks(char *to, const dyn_choice_t *choice)
{
    if (choice->badge.len > 0) {
        to = put_literal(to, ",\"badge\":");
        to = put_string(to, choice->badge);
    }
    if (choice->sponsored.len > 0) {
        to = put_literal(to, ",\"sponsored\":{\"label\":");
        to = put_string(to, choice->sponsored);
        *to++ = '}';
    }

    return to;
}

static void put_item(dyn_text_t *text, const dyn_view_t *view, const dyn_choice_t *choice)
{
    const dyn_snapshot_t *snapshot = view->snapshot;
    dyn_price_t asked = dyn_item_asked_price(snapshot, choice->item, view->now_ms);
    const dyn_item_t *item = &snapshot->items[choice->item];
    dyn_str_t id = dyn_snapshot_string(snapshot, item->id);
    dyn_str_t title = dyn_snapshot_string(snapshot, item->title);
    dyn_str_t url = dyn_snapshot_string(snapshot, item->url);
    dyn_str_t image = dyn_snapshot_string(snapshot, item->image);
    const dyn_text_piece_t *cta = dyn_view_cta(view, choice->cta);
    dyn_str_t name;
    const dyn_wording_t *wording = dyn_view_reason(view, choice, &name);
    reference_t reference;

    find_reference(snapshot, choice, &reference);
    if (!dyn_text_room(text,
                       FRAME_BYTES + wording->json_bytes + cta->json.len +
                           DYN_ESCAPED_MAX(id.len + title.len + url.len + image.len +
                                           reference.length + name.len * (wording->count - 1) +
                                           told_bytes(snapshot, choice->item) + choice->badge.len +
                                           choice->sponsored.len + choice->reason_text.len +
                                           choice->cta_label.len))) {
        return;
    }

    char *to = text->data + text->length;

    to = put_literal(to, "{\"id\":");
    to = put_string(to, id);
    to = put_literal(to, ",\"title\":");
    to = put_string(to, title);
    to = put_literal(to, ",\"url\":");
    to = put_url(to, url);
    to = put_literal(to, ",\"image\":");
    to = put_url(to, image);
    to = put_price(to, view, asked);
    to = put_was(to, view, asked, dyn_item_price(snapshot, choice->item));
    to = put_told(to, snapshot, choice->item);
    to = put_marks(to, choice);
    to = put_piece(to, &reasons[choice->reason]);
    to = put_reference(to, &reference);
    to = put_support(to, choice->support);
    to = put_literal(to, ",\"text\":\"");
    to = choice->reason_text.len > 0 ? dyn_escape_json_to(to, choice->reason_text)
                                     : put_wording(to, wording, name);
    /* a bundle has one button for all of its items */
    if (choice->cta != DYN_CTA_ADD_BUNDLE) {
        to = put_piece(to, &ctas[choice->cta]);
        to = choice->cta_label.len > 0 ? dyn_escape_json_to(to, choice->cta_label)
                                       : put_words(to, cta);
    }
    to = put_literal(to, "\"},\"score\":");
    to = put_score(to, choice->score);
    *to++ = '}';
    text->length = (size_t)(to - text->data);
}

/* Writes a name of the tables, or hex digits, which need no escape. */
static char *put_name(char *to, dyn_str_t name)
{
    *to++ = '"';
    memcpy(to, name.data, name.len);
    to += name.len;
    *to++ = '"';

    return to;
}

/* The table of a comparison: its columns are the slot's items. */
static void put_comparison(dyn_text_t *text, const dyn_view_t *view,
                           const dyn_slot_decision_t *slot)
{
    char buffer[DYN_CELL_BYTES];

    dyn_text_literal(text, ",\"comparison\":{\"columns\":[");
    for (uint32_t i = 0; i < slot->count; i++) {
        dyn_text_put(text, ",", i > 0);
        dyn_escape_json(text, dyn_snapshot_string(view->snapshot,
                                                  view->snapshot->items[slot->choices[i].item].id));
    }
    dyn_text_literal(text, "],\"rows\":[");
    for (uint32_t i = 0; i < slot->row_count; i++) {
        const dyn_comparison_row_t *row = &slot->rows[i];

        dyn_text_put(text, ",", i > 0);
        dyn_text_literal(text, "{\"kind\":\"");
        dyn_text_str(text, dyn_comparison_row_name(row->kind));
        dyn_text_literal(text, "\",\"label\":");
        dyn_escape_json(text, dyn_view_row_label(view, row));
        dyn_text_literal(text, ",\"values\":[");
        for (uint32_t k = 0; k < slot->count; k++) {
            dyn_str_t cell = dyn_view_cell(view, slot, row, k, buffer);

            dyn_text_put(text, ",", k > 0);
            if (cell.len > 0) {
                dyn_escape_json(text, cell);
            } else {
                dyn_text_literal(text, "null");
            }
        }
        dyn_text_literal(text, "],\"differs\":");
        dyn_text_str(text, row->differs ? DYN_STR("true}") : DYN_STR("false}"));
    }
    dyn_text_literal(text, "]}");
}

static void put_message(dyn_text_t *text, const dyn_view_t *view, const dyn_message_t *message)
{
    dyn_text_literal(text, "{\"kind\":\"");
    dyn_text_str(text, dyn_message_name(message->kind));
    dyn_text_literal(text, "\",\"text\":");
    dyn_escape_json(text, dyn_view_message(view, message, text->arena));
    if (message->currency[0] != '\0') {
        dyn_str_t currency = dyn_str_from(message->currency);
        char amount[DYN_MONEY_TEXT_BYTES];

        dyn_text_literal(text, ",\"amount\":\"");
        dyn_text_put(text, amount,
                     dyn_money_format(message->amount_minor, dyn_money_exponent(currency), amount));
        dyn_text_literal(text, "\",\"currency\":\"");
        dyn_text_str(text, currency);
        dyn_text_literal(text, "\"");
    }
    if (message->item != DYN_NONE) {
        const dyn_item_t *item = &view->snapshot->items[message->item];
        dyn_str_t url = dyn_snapshot_string(view->snapshot, item->url);

        dyn_text_literal(text, ",\"item\":");
        dyn_escape_json(text, dyn_snapshot_string(view->snapshot, item->id));
        dyn_text_literal(text, ",\"url\":");
        if (dyn_url_is_safe(url)) {
            dyn_escape_json(text, url);
        } else {
            dyn_text_literal(text, "null");
        }
    }
    dyn_text_literal(text, "}");
}

static void put_messages(dyn_text_t *text, const dyn_view_t *view, const dyn_slot_decision_t *slot)
{
    dyn_text_literal(text, ",\"messages\":[");
    for (uint32_t i = 0; i < slot->message_count; i++) {
        dyn_text_put(text, ",", i > 0);
        put_message(text, view, &slot->messages[i]);
    }
    dyn_text_literal(text, "]");
}

/* A member of content; empty becomes null. */
static void put_member(dyn_text_t *text, const char *name, dyn_str_t value)
{
    dyn_text_literal(text, ",\"");
    dyn_text_str(text, dyn_str_from(name));
    dyn_text_literal(text, "\":");
    if (value.len > 0) {
        dyn_escape_json(text, value);
    } else {
        dyn_text_literal(text, "null");
    }
}

static void put_content(dyn_text_t *text, const dyn_view_t *view, const dyn_content_t *content)
{
    const dyn_policy_t *policy = view->decision->policy;
    dyn_str_t label = dyn_view_text(view, content->label);

    dyn_text_literal(text, ",\"content\":{\"id\":");
    dyn_escape_json(text, content->id);
    put_member(text, "title", dyn_view_text(view, content->title));
    put_member(text, "text", dyn_view_text(view, content->text));
    put_member(text, "image", dyn_url_is_safe(content->image) ? content->image : DYN_STR_NONE);
    put_member(text, "url", dyn_url_is_safe(content->url) ? content->url : DYN_STR_NONE);
    dyn_text_literal(text, ",\"cta\":");
    if (label.len > 0) {
        dyn_text_literal(text, "{\"action\":\"view\",\"label\":");
        dyn_escape_json(text, label);
        dyn_text_literal(text, "}");
    } else {
        dyn_text_literal(text, "null");
    }
    dyn_text_literal(text, ",\"modules\":[");
    for (uint32_t i = 0; i < content->modules_count; i++) {
        dyn_text_put(text, ",", i > 0);
        dyn_escape_json(text, policy->strings[policy->values[content->modules_start + i]]);
    }
    dyn_text_literal(text, "]}");
}

/* ,"NAME":"139.00","NAME_text":"..." */
static void put_money(dyn_text_t *text, const dyn_view_t *view, const char *name, int64_t minor,
                      const char *currency)
{
    char amount[DYN_MONEY_TEXT_BYTES];
    dyn_str_t code = dyn_str_from(currency);

    dyn_text_literal(text, ",\"");
    dyn_text_str(text, dyn_str_from(name));
    dyn_text_literal(text, "\":\"");
    dyn_text_put(text, amount, dyn_money_format(minor, dyn_money_exponent(code), amount));
    dyn_text_literal(text, "\",\"");
    dyn_text_str(text, dyn_str_from(name));
    dyn_text_literal(text, "_text\":\"");
    dyn_text_put(text, amount, dyn_money_write(view->money, minor, code, true, amount));
    dyn_text_literal(text, "\"");
}

/* What the items are together, and the one button that all of them have. */
static void put_bundle(dyn_text_t *text, const dyn_view_t *view, const dyn_slot_decision_t *slot)
{
    const dyn_snapshot_t *snapshot = view->snapshot;
    const dyn_bundle_t *bundle = &snapshot->bundles[slot->bundle];
    dyn_bundle_price_t price = dyn_bundle_price(snapshot, bundle, view->now_ms);
    dyn_bundle_words_t words = dyn_view_bundle(view, slot);
    dyn_str_t url = dyn_snapshot_string(snapshot, bundle->url);
    dyn_str_t image = dyn_snapshot_string(snapshot, bundle->image);
    dyn_str_t label = slot->choices[0].cta_label;

    dyn_text_literal(text, ",\"bundle\":{\"id\":");
    dyn_escape_json(text, dyn_snapshot_string(snapshot, bundle->id));
    put_member(text, "title", words.title);
    put_member(text, "description", words.description);
    put_member(text, "url", dyn_url_is_safe(url) ? url : DYN_STR_NONE);
    put_member(text, "image", dyn_url_is_safe(image) ? image : DYN_STR_NONE);
    if (price.whole_minor >= 0) {
        put_money(text, view, "price", price.whole_minor, price.currency);
        put_member(text, "currency", dyn_str_from(price.currency));
    } else {
        dyn_text_literal(text, ",\"price\":null,\"price_text\":null,\"currency\":null");
    }
    if (price.saved_minor > 0) {
        put_money(text, view, "sum", price.sum_minor, price.currency);
        put_money(text, view, "saved", price.saved_minor, price.currency);
        put_member(text, "saved_sentence", dyn_view_saved(view, price, text->arena));
    }
    dyn_text_literal(text, ",\"cta\":{\"action\":\"add_bundle\",\"label\":");
    dyn_escape_json(text, label.len > 0 ? label : dyn_view_cta(view, DYN_CTA_ADD_BUNDLE)->words);
    dyn_text_literal(text, "}}");
}

static void put_slot(dyn_text_t *text, const dyn_view_t *view, const dyn_slot_decision_t *slot)
{
    if (!dyn_text_room(text, FRAME_BYTES + DYN_ESCAPED_MAX(slot->name.len + slot->title.len))) {
        return;
    }

    char *to = text->data + text->length;

    to = put_literal(to, "{\"slot\":");
    to = put_string(to, slot->name);
    to = put_literal(to, ",\"kind\":");
    to = put_name(to, dyn_slot_kind_name(slot->kind));
    to = put_literal(to, ",\"title\":");
    to = put_string(to, slot->title);
    to = put_literal(to, ",\"rung\":");
    to = put_name(to, dyn_rung_name(slot->rung));
    to = put_literal(to, ",\"confidence\":");
    to = put_score(to, slot->confidence);
    to = put_literal(to, ",\"items\":[");
    text->length = (size_t)(to - text->data);
    for (uint32_t i = 0; i < slot->count; i++) {
        dyn_text_put(text, ",", i > 0);
        put_item(text, view, &slot->choices[i]);
    }
    dyn_text_literal(text, "]");

    const dyn_content_t *content = dyn_view_content(view, slot);

    if (content != NULL) {
        put_content(text, view, content);
    }
    if (slot->kind == DYN_SLOT_COMPARISON) {
        put_comparison(text, view, slot);
    } else if (slot->kind == DYN_SLOT_MESSAGES) {
        put_messages(text, view, slot);
    } else if (slot->kind == DYN_SLOT_BUNDLE && slot->count > 0) {
        put_bundle(text, view, slot);
    }
    dyn_text_literal(text, "}");
}

/* Empty becomes null. */
static char *put_version(char *to, dyn_str_t version)
{
    return version.len == 0 ? put_literal(to, "null") : put_string(to, version);
}

/* What is in force in a slot of the mask. */
static const dyn_assignment_t *next_assignment(const dyn_decision_t *decision, uint32_t slots,
                                               uint32_t *at)
{
    while (*at < decision->assignment_count) {
        const dyn_assignment_t *assignment = &decision->assignments[(*at)++];

        if (!assignment->shadow && (assignment->slots & slots) != 0) {
            return assignment;
        }
    }

    return NULL;
}

void dyn_put_variants(dyn_text_t *text, const dyn_decision_t *decision, uint32_t slots,
                      char between)
{
    const dyn_policy_t *policy = dyn_view_policy(decision);
    const dyn_assignment_t *assignment;
    bool first = true;
    uint32_t at = 0;

    while ((assignment = next_assignment(decision, slots, &at)) != NULL) {
        dyn_text_put(text, &between, !first);
        dyn_text_str(text, policy->experiments[assignment->experiment].id);
        dyn_text_literal(text, ":");
        dyn_text_str(text, policy->variants[assignment->variant].id);
        first = false;
    }
}

dyn_str_t dyn_render_variants(const dyn_decision_t *decision, uint32_t slots, char between,
                              dyn_arena_t *arena)
{
    dyn_text_t text;

    dyn_text_init(&text, arena, decision->assignment_count * (2 * DYN_EXPERIMENT_ID_BYTES_MAX + 2));
    dyn_put_variants(&text, decision, slots, between);

    return dyn_text_finish(&text);
}

/* `variant` is the first; all are listed where there are any. Ids need no escape. */
static void put_experiments(dyn_text_t *text, const dyn_decision_t *decision, uint32_t slots)
{
    const dyn_policy_t *policy = dyn_view_policy(decision);
    uint32_t at = 0;
    const dyn_assignment_t *assignment = next_assignment(decision, slots, &at);

    if (assignment == NULL) {
        dyn_text_literal(text, "null");
        return;
    }
    dyn_text_literal(text, "\"");
    dyn_text_str(text, policy->experiments[assignment->experiment].id);
    dyn_text_literal(text, ":");
    dyn_text_str(text, policy->variants[assignment->variant].id);
    dyn_text_literal(text, "\",\"experiments\":[");
    for (bool first = true; assignment != NULL; first = false) {
        dyn_text_literal(text, first ? "{\"id\":\"" : ",{\"id\":\"");
        dyn_text_str(text, policy->experiments[assignment->experiment].id);
        dyn_text_literal(text, "\",\"variant\":\"");
        dyn_text_str(text, policy->variants[assignment->variant].id);
        dyn_text_literal(text, "\"}");
        assignment = next_assignment(decision, slots, &at);
    }
    dyn_text_literal(text, "]");
}

/* Those that are on; nothing where none is. */
static void put_flags(dyn_text_t *text, const dyn_decision_t *decision)
{
    const char *before = ",\"flags\":{";

    for (uint32_t i = 0; i < 64 && decision->flags >> i != 0; i++) {
        if ((decision->flags >> i & 1) == 0) {
            continue;
        }

        dyn_str_t name = dyn_policy_own_flag(dyn_view_policy(decision), i)->name;

        dyn_text_str(text, dyn_str_from(before));
        if (!dyn_text_room(text, 2 + DYN_ESCAPED_MAX(name.len))) {
            return;
        }
        text->length = (size_t)(put_string(text->data + text->length, name) - text->data);
        dyn_text_literal(text, ":true");
        before = ",";
    }
    dyn_text_put(text, "}", decision->flags != 0);
}

static void put_head(dyn_text_t *text, const dyn_view_t *view, uint32_t slots)
{
    const dyn_decision_t *decision = view->decision;
    const dyn_policy_t *policy = dyn_view_policy(decision);
    dyn_str_t rules = dyn_str_from(policy->version);
    dyn_str_t model = dyn_str_from(view->snapshot->model_version);
    dyn_str_t language =
        decision->localized ? dyn_texts_tag(view->texts, view->language) : DYN_STR_NONE;

    if (!dyn_text_room(text, FRAME_BYTES + DYN_ESCAPED_MAX(rules.len + model.len + language.len +
                                                           decision->page_item.len))) {
        return;
    }

    char *to = text->data + text->length;

    to = put_literal(to, "{\"schema\":\"dynstore.decision/1\",\"id\":");
    to = put_name(to, dyn_str_from(decision->id));
    to = put_literal(to, ",\"surface\":");
    to = put_name(to, dyn_surface_name(decision->surface));
    if (decision->page_item.len != 0) {
        to = put_literal(to, ",\"page_item\":");
        to = put_string(to, decision->page_item);
    }
    to = put_literal(to, ",\"moment\":");
    to = put_name(to, dyn_moment_name(decision->moment));
    to = put_literal(to, ",\"rung\":");
    to = put_name(to, dyn_rung_name(decision->rung));
    to = put_literal(to, ",\"language\":");
    to = put_version(to, language);
    to = put_literal(to, ",\"versions\":{\"snapshot\":");
    to = put_name(to, dyn_str_from(view->snapshot->build_id));
    to = put_literal(to, ",\"rules\":");
    to = put_string(to, rules);
    to = put_literal(to, ",\"model\":");
    to = put_version(to, model);
    to = put_literal(to, ",\"code\":\"" DYN_VERSION "\"},\"variant\":");
    text->length = (size_t)(to - text->data);
    put_experiments(text, decision, slots);
    put_flags(text, decision);
    dyn_text_literal(text, ",\"ttl\":");
    dyn_text_unsigned(text, decision->ttl_s);
    if (decision->behind) {
        dyn_text_literal(text, ",\"overlay\":\"behind\"");
    }
    if (decision->visitor.len != 0) {
        dyn_text_literal(text, ",\"visitor\":\"");
        dyn_text_str(text, decision->visitor);
        dyn_text_literal(text, "\"");
    }
    if (decision->page_token.len != 0) {
        dyn_text_literal(text, ",\"token\":\"");
        dyn_text_str(text, decision->page_token);
        dyn_text_literal(text, "\"");
    }
    dyn_text_literal(text, ",\"slots\":[");
}

static void put_decision(dyn_text_t *text, const dyn_snapshot_t *snapshot,
                         const dyn_decision_t *decision, dyn_str_t slot)
{
    uint32_t slots = 0;
    dyn_view_t view = dyn_view_of(snapshot, decision);
    bool first = true;

    for (uint32_t i = 0; i < decision->slot_count && i < DYN_SLOTS_MAX; i++) {
        slots |= slot.len == 0 || dyn_str_equal(slot, decision->slots[i].name) ? 1U << i : 0;
    }
    put_head(text, &view, slots);
    for (uint32_t i = 0; i < decision->slot_count; i++) {
        if (slot.len != 0 && !dyn_str_equal(slot, decision->slots[i].name)) {
            continue;
        }
        dyn_text_put(text, ",", !first);
        put_slot(text, &view, &decision->slots[i]);
        first = false;
    }
    dyn_text_literal(text, "]}");
}

dyn_str_t dyn_render_json(const dyn_snapshot_t *snapshot, const dyn_decision_t *decision,
                          dyn_str_t slot, dyn_arena_t *arena)
{
    dyn_text_t text;

    dyn_text_init(&text, arena, DECISION_BYTES + (size_t)decision->item_count * ITEM_BYTES);
    put_decision(&text, snapshot, decision, slot);

    return dyn_text_finish(&text);
}

dyn_str_t dyn_render_script(const dyn_snapshot_t *snapshot, const dyn_decision_t *decision,
                            const dyn_slot_decision_t *slot, dyn_arena_t *arena)
{
    dyn_text_t text;

    dyn_text_init(&text, arena, DECISION_BYTES + (size_t)slot->count * ITEM_BYTES);
    dyn_text_literal(&text, "<script type=\"application/json\" id=\"dynstore-");
    dyn_escape_html(&text, slot->name);
    dyn_text_literal(&text, "\">");
    put_decision(&text, snapshot, decision, slot->name);
    dyn_text_literal(&text, "</script>");

    return dyn_text_finish(&text);
}

dyn_str_t dyn_json_string(dyn_str_t str, dyn_arena_t *arena)
{
    dyn_text_t text;

    dyn_text_init(&text, arena, DYN_ESCAPED_MAX(str.len) + 2);
    dyn_escape_json(&text, str);

    return dyn_text_finish(&text);
}

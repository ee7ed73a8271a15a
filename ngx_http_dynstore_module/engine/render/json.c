#include "engine/base/escape.h"
#include "engine/render/render.h"
#include "engine/base/safe_url.h"
#include "engine/base/money.h"
#include "engine/catalogue/offer.h"
#include "engine/decide/reasons.h"

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

#define X(constant, code, with, without) PIECE(",\"reason\":{\"code\":\"" code "\",\"ref\":"),
static const piece_t reasons[] = {DYN_REASONS(X)};
#undef X
#define X(constant, code, with, without) \
    {PIECE(",\"text\":\"" without), PIECE(",\"text\":\"" with)},
static const piece_t reason_texts[][2] = {DYN_REASONS(X)};
#undef X
#define X(constant, action, label) \
    PIECE("\"},\"cta\":{\"action\":\"" action "\",\"label\":\"" label "\"}"),
static const piece_t ctas[] = {DYN_CTAS(X)};
#undef X

/* What an item takes beside its strings - pieces, names of keys, price and score -, and what stands around the items. */
enum { FRAME_BYTES = 4 * PIECE_BYTES + 288 };

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

static char *put_price(char *to, dyn_price_t price)
{
    /* three capitals, wherever there is a price */
    dyn_str_t currency = {price.currency, 3};

    if (price.minor < 0) {
        return put_literal(to, ",\"price\":null,\"currency\":null");
    }

    to = put_literal(to, ",\"price\":\"");
    to += dyn_money_format(price.minor, dyn_money_exponent(currency), to);
    to = put_literal(to, "\",\"currency\":\"");
    memcpy(to, currency.data, 3);
    to[3] = '"';

    return to + 4;
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
        dyn_str_t words;

        dyn_reason_words(snapshot, choice, &words, &reference->parts[--reference->first]);
        reference->length = reference->parts[reference->first].len;
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
static char *put_was(char *to, dyn_price_t asked, dyn_price_t price)
{
    if (asked.minor == price.minor) {
        return to;
    }

    to = put_literal(to, ",\"was\":\"");
    to += dyn_money_format(price.minor, dyn_money_exponent((dyn_str_t){price.currency, 3}), to);
    *to++ = '"';

    return to;
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

static void put_item(dyn_text_t *text, const dyn_snapshot_t *snapshot, const dyn_choice_t *choice,
                     int64_t now_ms)
{
    dyn_price_t asked = dyn_item_asked_price(snapshot, choice->item, now_ms);
    const dyn_item_t *item = &snapshot->items[choice->item];
    dyn_str_t id = dyn_snapshot_string(snapshot, item->id);
    dyn_str_t title = dyn_snapshot_string(snapshot, item->title);
    dyn_str_t url = dyn_snapshot_string(snapshot, item->url);
    dyn_str_t image = dyn_snapshot_string(snapshot, item->image);
    reference_t reference;
    dyn_str_t words;
    dyn_str_t name;

    find_reference(snapshot, choice, &reference);
    dyn_reason_words(snapshot, choice, &words, &name);
    if (!dyn_text_room(text, FRAME_BYTES + DYN_ESCAPED_MAX(id.len + title.len + url.len +
                                                           image.len + reference.length + name.len +
                                                           told_bytes(snapshot, choice->item)))) {
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
    to = put_price(to, asked);
    to = put_was(to, asked, dyn_item_price(snapshot, choice->item));
    to = put_told(to, snapshot, choice->item);
    to = put_piece(to, &reasons[choice->reason]);
    to = put_reference(to, &reference);
    to = put_support(to, choice->support);
    to = dyn_reason_for_audience(snapshot, choice)
             ? put_literal(to, ",\"text\":\"For ")
             : put_piece(
                   to, &reason_texts[choice->reason][choice->reference_kind != DYN_REFERENCE_NONE]);
    to = dyn_escape_json_to(to, name);
    to = put_piece(to, &ctas[choice->cta]);
    to = put_literal(to, ",\"score\":");
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

static char *put_version(char *to, dyn_str_t version)
{
    return version.len == 0 ? put_literal(to, "null") : put_string(to, version);
}

static void put_slot(dyn_text_t *text, const dyn_snapshot_t *snapshot,
                     const dyn_slot_decision_t *slot, int64_t now_ms)
{
    if (!dyn_text_room(text, FRAME_BYTES + DYN_ESCAPED_MAX(slot->name.len + slot->title.len))) {
        return;
    }

    char *to = text->data + text->length;

    to = put_literal(to, "{\"slot\":");
    to = put_string(to, slot->name);
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
        put_item(text, snapshot, &slot->choices[i], now_ms);
    }
    dyn_text_literal(text, "]}");
}

static void put_head(dyn_text_t *text, const dyn_snapshot_t *snapshot,
                     const dyn_decision_t *decision, const dyn_render_versions_t *versions)
{
    dyn_str_t model = dyn_str_from(snapshot->model_version);

    if (!dyn_text_room(text, FRAME_BYTES + DYN_ESCAPED_MAX(versions->rules.len + model.len +
                                                           versions->variant.len))) {
        return;
    }

    char *to = text->data + text->length;

    to = put_literal(to, "{\"schema\":\"dynstore.decision/1\",\"id\":");
    to = put_name(to, dyn_str_from(decision->id));
    to = put_literal(to, ",\"surface\":");
    to = put_name(to, dyn_surface_name(decision->surface));
    to = put_literal(to, ",\"moment\":");
    to = put_name(to, dyn_moment_name(decision->moment));
    to = put_literal(to, ",\"rung\":");
    to = put_name(to, dyn_rung_name(decision->rung));
    to = put_literal(to, ",\"versions\":{\"snapshot\":");
    to = put_name(to, dyn_str_from(snapshot->build_id));
    to = put_literal(to, ",\"rules\":");
    to = put_version(to, versions->rules);
    to = put_literal(to, ",\"model\":");
    to = put_version(to, model);
    to = put_literal(to, "},\"variant\":");
    to = put_version(to, versions->variant);
    text->length = (size_t)(to - text->data);
    dyn_text_literal(text, ",\"ttl\":");
    dyn_text_unsigned(text, decision->ttl_s);
    if (decision->page_token.len != 0) {
        dyn_text_literal(text, ",\"token\":\"");
        dyn_text_str(text, decision->page_token);
        dyn_text_literal(text, "\"");
    }
    dyn_text_literal(text, ",\"slots\":[");
}

static void put_decision(dyn_text_t *text, const dyn_snapshot_t *snapshot,
                         const dyn_decision_t *decision, dyn_str_t slot,
                         const dyn_render_versions_t *versions)
{
    static const dyn_render_versions_t none;
    bool first = true;

    put_head(text, snapshot, decision, versions == NULL ? &none : versions);
    for (uint32_t i = 0; i < decision->slot_count; i++) {
        if (slot.len != 0 && !dyn_str_equal(slot, decision->slots[i].name)) {
            continue;
        }
        dyn_text_put(text, ",", !first);
        put_slot(text, snapshot, &decision->slots[i], decision->now_ms);
        first = false;
    }
    dyn_text_literal(text, "]}");
}

dyn_str_t dyn_render_json(const dyn_snapshot_t *snapshot, const dyn_decision_t *decision,
                          dyn_str_t slot, const dyn_render_versions_t *versions, dyn_arena_t *arena)
{
    dyn_text_t text;

    dyn_text_init(&text, arena, DECISION_BYTES + (size_t)decision->item_count * ITEM_BYTES);
    put_decision(&text, snapshot, decision, slot, versions);

    return dyn_text_finish(&text);
}

dyn_str_t dyn_render_script(const dyn_snapshot_t *snapshot, const dyn_decision_t *decision,
                            const dyn_slot_decision_t *slot, const dyn_render_versions_t *versions,
                            dyn_arena_t *arena)
{
    dyn_text_t text;

    dyn_text_init(&text, arena, DECISION_BYTES + (size_t)slot->count * ITEM_BYTES);
    dyn_text_literal(&text, "<script type=\"application/json\" id=\"dynstore-");
    dyn_escape_html(&text, slot->name);
    dyn_text_literal(&text, "\">");
    put_decision(&text, snapshot, decision, slot->name, versions);
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

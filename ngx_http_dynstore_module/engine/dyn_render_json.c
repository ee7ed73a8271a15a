#include "dyn_escape.h"
#include "dyn_render.h"

enum { DECISION_BYTES = 512, ITEM_BYTES = 768 };

static void put_name(dyn_text_t *text, dyn_str_t name)
{
    dyn_text_literal(text, "\"");
    dyn_text_str(text, name);
    dyn_text_literal(text, "\"");
}

static void put_version(dyn_text_t *text, dyn_str_t version)
{
    if (version.len == 0) {
        dyn_text_literal(text, "null");
    } else {
        dyn_escape_json(text, version);
    }
}

/* Four decimals, from whole numbers: the same on every machine. */
static void put_score(dyn_text_t *text, float score)
{
    uint32_t scaled = score > 0 ? (uint32_t)(score * 10000 + 0.5f) : 0;
    char digits[6];

    if (scaled > 10000) {
        scaled = 10000;
    }
    digits[0] = (char)('0' + scaled / 10000);
    digits[1] = '.';
    for (int i = 5; i >= 2; i--, scaled /= 10) {
        digits[i] = (char)('0' + scaled % 10);
    }
    dyn_text_put(text, digits, sizeof(digits));
}

static void put_price(dyn_text_t *text, const dyn_item_t *item)
{
    char amount[24];
    dyn_str_t currency = dyn_str_from(item->currency);

    if (item->price_minor < 0) {
        dyn_text_literal(text, ",\"price\":null,\"currency\":null");
        return;
    }

    size_t length = dyn_money_format(item->price_minor, dyn_money_exponent(currency), amount);

    dyn_text_literal(text, ",\"price\":");
    put_name(text, (dyn_str_t){amount, length});
    dyn_text_literal(text, ",\"currency\":");
    dyn_escape_json(text, currency);
}

static void put_url(dyn_text_t *text, dyn_str_t url)
{
    if (dyn_url_is_safe(url)) {
        dyn_escape_json(text, url);
    } else {
        dyn_text_literal(text, "null");
    }
}

/* An item's id, or a category's path ("Packs/Day packs"). */
static void put_reference(dyn_text_t *text, const dyn_snapshot_t *snapshot,
                          const dyn_choice_t *choice)
{
    uint32_t path[DYN_CATEGORY_DEPTH_MAX];
    uint32_t depth = 0;

    if (choice->reference_kind == DYN_REFERENCE_NONE) {
        dyn_text_literal(text, "null");
        return;
    }
    if (choice->reference_kind == DYN_REFERENCE_ITEM) {
        dyn_escape_json(text, dyn_snapshot_string(snapshot, snapshot->items[choice->reference].id));
        return;
    }

    for (uint32_t category = choice->reference;
         category != DYN_NONE && depth < DYN_CATEGORY_DEPTH_MAX;
         category = snapshot->categories[category].parent) {
        path[depth++] = category;
    }
    dyn_text_literal(text, "\"");
    while (depth-- > 0) {
        dyn_escape_json_part(text,
                             dyn_snapshot_string(snapshot, snapshot->categories[path[depth]].name));
        dyn_text_put(text, "/", depth > 0);
    }
    dyn_text_literal(text, "\"");
}

static void put_reason(dyn_text_t *text, const dyn_snapshot_t *snapshot, const dyn_choice_t *choice)
{
    dyn_str_t words;
    dyn_str_t name;

    dyn_reason_words(snapshot, choice, &words, &name);

    dyn_text_literal(text, ",\"reason\":{\"code\":");
    put_name(text, dyn_reason_code(choice->reason));
    dyn_text_literal(text, ",\"ref\":");
    put_reference(text, snapshot, choice);
    dyn_text_literal(text, ",\"text\":\"");
    dyn_escape_json_part(text, words);
    dyn_escape_json_part(text, name);
    dyn_text_literal(text, "\"}");
}

static void put_item(dyn_text_t *text, const dyn_snapshot_t *snapshot, const dyn_choice_t *choice)
{
    const dyn_item_t *item = &snapshot->items[choice->item];

    dyn_text_literal(text, "{\"id\":");
    dyn_escape_json(text, dyn_snapshot_string(snapshot, item->id));
    dyn_text_literal(text, ",\"title\":");
    dyn_escape_json(text, dyn_snapshot_string(snapshot, item->title));
    dyn_text_literal(text, ",\"url\":");
    put_url(text, dyn_snapshot_string(snapshot, item->url));
    dyn_text_literal(text, ",\"image\":");
    put_url(text, dyn_snapshot_string(snapshot, item->image));
    put_price(text, item);
    put_reason(text, snapshot, choice);
    dyn_text_literal(text, ",\"cta\":{\"action\":");
    put_name(text, dyn_cta_action(choice->cta));
    dyn_text_literal(text, ",\"label\":");
    dyn_escape_json(text, dyn_cta_label(choice->cta));
    dyn_text_literal(text, "},\"score\":");
    put_score(text, choice->score);
    dyn_text_literal(text, "}");
}

static void put_slot(dyn_text_t *text, const dyn_snapshot_t *snapshot,
                     const dyn_slot_decision_t *slot)
{
    dyn_text_literal(text, "{\"slot\":");
    dyn_escape_json(text, slot->name);
    dyn_text_literal(text, ",\"title\":");
    dyn_escape_json(text, slot->title);
    dyn_text_literal(text, ",\"rung\":");
    put_name(text, dyn_rung_name(slot->rung));
    dyn_text_literal(text, ",\"items\":[");
    for (uint32_t i = 0; i < slot->count; i++) {
        dyn_text_put(text, ",", i > 0);
        put_item(text, snapshot, &slot->choices[i]);
    }
    dyn_text_literal(text, "]}");
}

static void put_decision(dyn_text_t *text, const dyn_snapshot_t *snapshot,
                         const dyn_decision_t *decision, dyn_str_t slot,
                         const dyn_render_versions_t *versions)
{
    static const dyn_render_versions_t none;
    bool first = true;

    if (versions == NULL) {
        versions = &none;
    }

    dyn_text_literal(text, "{\"schema\":\"dynstore.decision/1\",\"id\":");
    put_name(text, dyn_str_from(decision->id));
    dyn_text_literal(text, ",\"surface\":");
    put_name(text, dyn_surface_name(decision->surface));
    dyn_text_literal(text, ",\"moment\":");
    put_name(text, dyn_moment_name(decision->moment));
    dyn_text_literal(text, ",\"rung\":");
    put_name(text, dyn_rung_name(decision->rung));
    dyn_text_literal(text, ",\"versions\":{\"snapshot\":");
    put_name(text, dyn_str_from(snapshot->build_id));
    dyn_text_literal(text, ",\"rules\":");
    put_version(text, versions->rules);
    dyn_text_literal(text, ",\"model\":");
    put_version(text, dyn_str_from(snapshot->model_version));
    dyn_text_literal(text, "},\"variant\":");
    put_version(text, versions->variant);
    dyn_text_literal(text, ",\"ttl\":");
    dyn_text_unsigned(text, decision->ttl_s);
    dyn_text_literal(text, ",\"slots\":[");
    for (uint32_t i = 0; i < decision->slot_count; i++) {
        if (slot.len != 0 && !dyn_str_equal(slot, decision->slots[i].name)) {
            continue;
        }
        dyn_text_put(text, ",", !first);
        put_slot(text, snapshot, &decision->slots[i]);
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

    dyn_text_init(&text, arena, str.len + 16);
    dyn_escape_json(&text, str);

    return dyn_text_finish(&text);
}

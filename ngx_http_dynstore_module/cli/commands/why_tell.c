#include "cli/commands/why_tell.h"

#include <stdlib.h>
#include <string.h>

#include "cli/base/report.h"
#include "cli/commands/explain_print.h"
#include "engine/base/text.h"
#include "engine/base/utf8.h"
#include "engine/decide/reasons.h"

/* What a filter found, behind "because". */
static const char *const filter_words[DYN_FILTERS_COUNT] = {
    [DYN_FILTER_OUT_OF_STOCK] = "it was out of stock",
    [DYN_FILTER_CURRENT_ITEM] = "it is the page's own item",
    [DYN_FILTER_IN_CART] = "it was in the cart",
    [DYN_FILTER_PURCHASED] = "it was bought already",
    [DYN_FILTER_SAME_GROUP] = "another variant of it was there already",
    [DYN_FILTER_AGE] = "it is for adults, and the shopper's age was too low or not known",
    [DYN_FILTER_COUNTRY] = "it is not sold in the shopper's country, or that was not known",
    [DYN_FILTER_CATEGORY_CAP] = "the slot had as many of its category as it may have",
    [DYN_FILTER_BRAND_CAP] = "the slot had as many of its brand as it may have",
    [DYN_FILTER_OTHER_SLOT] = "it was shown in another slot of the page",
    [DYN_FILTER_VIEWED] = "it was viewed in this session, and the slot shows what is new",
    [DYN_FILTER_NOT_IN_CATALOGUE] = "it is not in the catalogue, or no longer sold",
    [DYN_FILTER_OTHER_CATEGORY] = "it is of another category than the page",
    [DYN_FILTER_SAME_KIND] = "something of its kind was in the cart",
    [DYN_FILTER_BELOW_FLOOR] = "too little speaks for it, or it was too dear as an add-on",
    [DYN_FILTER_PRICE_ANCHOR] = "with it the slot's add-ons would have cost too much",
    [DYN_FILTER_BLOCKED] = "the rules file blocks it",
    [DYN_FILTER_ROLE] = "it is for other visitors only",
    [DYN_FILTER_EXCLUDED] = "a rule excludes it",
    [DYN_FILTER_FILTERED] = "a rule shows only other items",
    [DYN_FILTER_CAPPED] = "a rule's cap was reached",
    [DYN_FILTER_QUOTA] = "a rule kept the place for other items",
    [DYN_FILTER_APART] = "a rule keeps it apart from an item that the slot shows",
};

/* What a source looks for. */
static const char *const source_words[DYN_SOURCES_COUNT] = {
    [DYN_SOURCE_SESSION_KNN] = "what sessions like this one went on to",
    [DYN_SOURCE_SIMILAR] = "what is like the items at hand",
    [DYN_SOURCE_BOUGHT_WITH] = "what is bought with them",
    [DYN_SOURCE_COMPATIBLE] = "what fits them",
    [DYN_SOURCE_COMPLETE_THE_LOOK] = "what completes the look",
    [DYN_SOURCE_TRENDING] = "what more and more shoppers want",
    [DYN_SOURCE_POPULAR] = "what is popular",
    [DYN_SOURCE_CATEGORY_POPULAR] = "what is popular in the category",
    [DYN_SOURCE_RECENTLY_VIEWED] = "what was viewed lately",
    [DYN_SOURCE_NEW_ARRIVALS] = "what is new in the shop",
    [DYN_SOURCE_LAST_GOOD] = "what the visitor's last decision showed",
    [DYN_SOURCE_VIEWED_WITH] = "what is viewed with them",
    [DYN_SOURCE_LIKED] = "brands and properties that the visitor likes",
    [DYN_SOURCE_SEARCHED] = "what was searched for",
    [DYN_SOURCE_COMPLEMENTS] = "what goes with their kind",
    [DYN_SOURCE_RANGE] = "the shop's range",
    [DYN_SOURCE_UPSELL] = "the better one of its kind",
    [DYN_SOURCE_ON_SALE] = "what is on sale",
    [DYN_SOURCE_TRENDING_IN] = "what is trending in the category or brand",
    [DYN_SOURCE_RULES] = "what rules add or pin",
};

static bool is_cap(int filter)
{
    return filter == DYN_FILTER_CATEGORY_CAP || filter == DYN_FILTER_BRAND_CAP ||
           filter == DYN_FILTER_CAPPED || filter == DYN_FILTER_QUOTA ||
           filter == DYN_FILTER_PRICE_ANCHOR || filter == DYN_FILTER_APART;
}

void dyn_why_say(json_t *report, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    json_array_append_new(json_object_get(report, "sentences"), json_vsprintf(format, arguments));
    va_end(arguments);
}

static const char *title_of(const dyn_snapshot_t *snapshot, uint32_t item)
{
    return dyn_snapshot_string(snapshot, snapshot->items[item].title).data;
}

/* A text that grows; what has no room ends it. */
static void list(dyn_text_t *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void list(dyn_text_t *text, const char *format, ...)
{
    char words[512];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(words, sizeof(words), format, arguments);
    va_end(arguments);
    dyn_text_put(text, ", ", text->length > 0 ? 2 : 0);
    dyn_text_str(text, dyn_utf8_cut(dyn_str_from(words), sizeof(words) - 4));
}

/* ---- terms and the session ---- */

/* What gives less is not told: a pinned item is proposed so that it takes its place. */
static const float least = 0.005F;

static void tell_terms(const dyn_candidate_t *candidate, dyn_arena_t *arena, json_t *report)
{
    json_t *terms = json_array();
    bool told[DYN_SOURCES_COUNT] = {false};
    dyn_text_t text;

    dyn_text_init(&text, arena, 512);
    for (;;) {
        uint32_t best = DYN_SOURCES_COUNT;

        for (uint32_t i = 0; i < DYN_SOURCES_COUNT; i++) {
            if (!told[i] && candidate->parts[i] >= least &&
                (best == DYN_SOURCES_COUNT || candidate->parts[i] > candidate->parts[best])) {
                best = i;
            }
        }
        if (best == DYN_SOURCES_COUNT) {
            break;
        }
        told[best] = true;

        const char *source = dyn_source_name((dyn_source_t)best).data;

        list(&text, "%s (%s %.2f)", source_words[best], source, (double)candidate->parts[best]);
        json_array_append_new(terms, json_pack("{s:s, s:f}", "source", source, "weight",
                                               (double)candidate->parts[best]));
    }

    dyn_str_t words = dyn_text_finish(&text);

    if (words.len > 0) {
        dyn_why_say(report, "It was proposed by, strongest first: %.*s.", (int)words.len,
                    words.data);
    }
    json_object_set_new(report, "terms", terms);
}

static const char *did(const dyn_interest_t *interest)
{
    return interest->added      ? "put into the cart"
           : interest->wished   ? "put on the wishlist"
           : interest->compared ? "compared"
                                : "viewed";
}

static int by_interest(const void *a, const void *b)
{
    const dyn_interest_t *left = a, *right = b;

    if (left->interest != right->interest) {
        return left->interest > right->interest ? -1 : 1;
    }

    return (left->events_ago > right->events_ago) - (left->events_ago < right->events_ago);
}

static void tell_session(const dyn_why_t *why, dyn_arena_t *arena, json_t *report)
{
    enum { NAMED = 5 };
    const dyn_session_t *session = why->explanation->session;
    json_t *items = json_array();
    dyn_interest_t *sorted;
    dyn_text_t text;

    json_object_set_new(report, "session", items);
    if (session == NULL || session->event_count == 0) {
        dyn_why_say(report, "Nothing was known of what the visitor did.");
        return;
    }
    dyn_text_init(&text, arena, 512);
    sorted = dyn_arena_array(arena, session->recent_count + 1, sizeof(*sorted));
    if (sorted == NULL) {
        return;
    }
    if (session->recent_count > 0) {
        memcpy(sorted, session->recent, session->recent_count * sizeof(*sorted));
        qsort(sorted, session->recent_count, sizeof(*sorted), by_interest);
    }
    for (uint32_t i = 0; i < session->recent_count && i < NAMED; i++) {
        const char *id =
            dyn_snapshot_string(why->snapshot, why->snapshot->items[sorted[i].item].id).data;

        list(&text, "%s %s (%.2f)", title_of(why->snapshot, sorted[i].item), did(&sorted[i]),
             (double)sorted[i].interest);
        json_array_append_new(items,
                              json_pack("{s:s, s:s, s:f}", "item", id, "did", did(&sorted[i]),
                                        "weight", (double)sorted[i].interest));
    }
    for (uint32_t i = 0; i < session->search_count && i < NAMED; i++) {
        list(&text, "\"%.*s\" searched for", (int)session->searches[i].term.len,
             session->searches[i].term.data);
    }

    dyn_str_t words = dyn_text_finish(&text);

    if (words.len > 0) {
        dyn_why_say(report, "Of the session counted, strongest first: %.*s.", (int)words.len,
                    words.data);
    } else {
        dyn_why_say(report, "The visitor's session named no item.");
    }
}

/* ---- rules ---- */

static const char *note_of(const dyn_why_t *why, dyn_str_t id)
{
    return json_string_value(json_object_getn(why->notes, id.data, id.len));
}

/* What rules did to the item, or, where `filter` is one, which of them left it out. Returns how many. */
static uint32_t tell_rules(const dyn_why_t *why, uint32_t slot, uint32_t item, int filter,
                           json_t *report)
{
    const dyn_slot_explanation_t *explained = &why->explanation->slots[slot];
    uint32_t count = 0;

    for (uint32_t i = 0; i < explained->effect_count; i++) {
        const dyn_rule_effect_t *effect = &explained->effects[i];
        const dyn_rule_t *rule = &why->explanation->policy->rules[effect->rule];
        dyn_str_t id = rule->id;
        const char *note = note_of(why, id), *told = note;
        bool placed = effect->action == DYN_ACTION_PIN || effect->action == DYN_ACTION_PREFER;
        char action[DYN_EXPLAIN_ACTION_BYTES], place[32] = "", why_not[128] = "";
        char said[DYN_EXPLAIN_SIGNED_BYTES];

        if (effect->item != item || dyn_explain_is_told(explained, i)) {
            continue;
        }
        dyn_explain_action(effect, action);
        dyn_explain_signed(rule, said);
        if (said[0] != '\0') {
            told = said;
        }
        if (placed && effect->removed_by == -1) {
            (void)snprintf(place, sizeof(place), " to place %.0f", (double)effect->number);
        } else if (effect->removed_by == DYN_NO_PLACE_LEFT) {
            (void)snprintf(why_not, sizeof(why_not), ", in vain: no place was left");
        } else if (effect->removed_by >= 0 && effect->removed_by != filter) {
            (void)snprintf(why_not, sizeof(why_not), ", in vain: %s",
                           filter_words[effect->removed_by]);
        }
        dyn_why_say(report, "Rule %.*s: %s%s%s%s%s%s.", (int)id.len, id.data, action, place,
                    why_not, told == NULL ? "" : " (", told == NULL ? "" : told,
                    told == NULL ? "" : ")");

        json_t *row = json_pack("{s:s%, s:s, s:f, s:s?}", "id", id.data, id.len, "action", action,
                                "number", (double)effect->number, "note", note);

        dyn_explain_sign(rule, row);
        json_array_append_new(json_object_get(report, "rules"), row);
        count++;
    }

    return count;
}

static const dyn_candidate_t *candidate_of(const dyn_slot_explanation_t *explained, uint32_t item)
{
    for (uint32_t i = 0; i < explained->count; i++) {
        if (explained->candidates[i].item == item) {
            return &explained->candidates[i];
        }
    }

    return NULL;
}

/* ---- shown ---- */

void dyn_why_shown(const dyn_why_t *why, uint32_t slot, uint32_t place, dyn_arena_t *arena,
                   json_t *report)
{
    const dyn_choice_t *choice = &why->decision->slots[slot].choices[place];
    const dyn_candidate_t *candidate = candidate_of(&why->explanation->slots[slot], choice->item);
    dyn_str_t words = dyn_reason_words(why->snapshot, dyn_policy_texts(why->decision->policy),
                                       why->decision->language, choice, arena);

    if (words.data == NULL) {
        return;
    }
    if (choice->support > 0) {
        dyn_why_say(report, "The reason is \"%.*s\"; it rests on %u orders, sessions or items.",
                    (int)words.len, words.data, choice->support);
    } else {
        dyn_why_say(report, "The reason is \"%.*s\".", (int)words.len, words.data);
    }
    json_object_set_new(report, "reason", dyn_report_text(words));
    if (candidate != NULL) {
        tell_terms(candidate, arena, report);
    }
    tell_session(why, arena, report);
    if (tell_rules(why, slot, choice->item, -1, report) == 0) {
        dyn_why_say(report, "No rule touched it.");
    }
}

/* ---- not shown ---- */

/* Its place by score among all that came into question, from 1. */
static uint32_t rank_of(const dyn_slot_explanation_t *explained, const dyn_candidate_t *candidate,
                        uint32_t *count)
{
    uint32_t rank = 1;

    *count = 0;
    for (uint32_t i = 0; i < explained->count; i++) {
        const dyn_candidate_t *other = &explained->candidates[i];

        if (other->removed_by >= 0 && !is_cap(other->removed_by)) {
            continue;
        }
        (*count)++;
        rank += other->sweep < candidate->sweep ||
                (other->sweep == candidate->sweep && other->score > candidate->score);
    }

    return rank;
}

void dyn_why_not_shown(const dyn_why_t *why, uint32_t slot, uint32_t item, json_t *report)
{
    const dyn_slot_decision_t *decided = &why->decision->slots[slot];
    const dyn_slot_explanation_t *explained = &why->explanation->slots[slot];
    const dyn_candidate_t *candidate = candidate_of(explained, item);
    int filter = explained->kept_out >= 0 ? explained->kept_out
                 : candidate != NULL      ? candidate->removed_by
                                          : -1;
    bool came_in_question = candidate != NULL && (filter < 0 || is_cap(filter));
    uint32_t count = 0, rank = came_in_question ? rank_of(explained, candidate, &count) : 0;

    if (decided->kind != DYN_SLOT_LIST && candidate == NULL) {
        dyn_why_say(report, "Slot %.*s: not shown, because it does not belong to this %s.",
                    (int)decided->name.len, decided->name.data,
                    dyn_slot_kind_name(decided->kind).data);
    } else if (came_in_question) {
        dyn_why_say(report,
                    "Slot %.*s: not shown, because %s. It had rank %u of the %u items that came "
                    "into question, with the score %.4f; %u were shown.",
                    (int)decided->name.len, decided->name.data,
                    filter >= 0 ? filter_words[filter] : "others came before it", rank, count,
                    (double)candidate->score, decided->count);
    } else {
        dyn_why_say(report, "Slot %.*s: not shown, because %s.", (int)decided->name.len,
                    decided->name.data,
                    filter >= 0 ? filter_words[filter]
                                : "nothing that counted there leads to it: no source proposed it");
    }
    json_array_append_new(json_object_get(report, "slots"),
                          json_pack("{s:s%, s:s, s:s?, s:o}", "slot", decided->name.data,
                                    decided->name.len, "outcome",
                                    filter >= 0        ? "removed"
                                    : came_in_question ? "behind"
                                                       : "no_candidate",
                                    "removed_by",
                                    filter >= 0 ? dyn_filter_name((dyn_filter_t)filter).data : NULL,
                                    "rank", rank > 0 ? json_integer(rank) : json_null()));
    (void)tell_rules(why, slot, item, filter, report);
}

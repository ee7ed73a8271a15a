#include "engine/decide/content.h"

#include "engine/base/hash.h"
#include "engine/policy/texts.h"

bool dyn_content_has(const dyn_policy_t *policy, dyn_str_t slot)
{
    for (uint32_t i = 0; i < policy->content_count; i++) {
        if (dyn_str_equal(policy->contents[i].slot, slot)) {
            return true;
        }
    }

    return false;
}

static bool in_time(const dyn_content_t *content, int64_t now_ms)
{
    return now_ms >= content->from_ms && now_ms < content->until_ms;
}

static bool fits(const dyn_asking_t *asking, const dyn_content_t *content)
{
    return in_time(content, asking->now_ms) &&
           dyn_when_holds(asking, content->match, DYN_NONE) == DYN_VERDICT_YES;
}

/* Contents stand by id, so the first of equals has the smaller one. */
static bool goes_before(const dyn_content_t *content, const dyn_content_t *best)
{
    if (content->kinds != best->kinds) {
        return content->kinds > best->kinds;
    }

    return content->priority > best->priority;
}

/* The same for a visitor every time; for unknown ones by the decision's seed. */
static uint64_t order_of(const dyn_work_t *work, const dyn_content_t *content)
{
    uint64_t visitor = work->request->context->visitor;

    return dyn_hash64_seeded(content->id.data, content->id.len,
                             visitor != 0 ? visitor : work->request->seed);
}

static const dyn_content_t *wording_of(const dyn_work_t *work, const dyn_asking_t *asking,
                                       const dyn_content_t *best)
{
    const dyn_policy_t *policy = work->policy;
    const dyn_content_t *chosen = best;

    for (uint32_t i = 0; best->variant_of.len > 0 && i < policy->content_count; i++) {
        const dyn_content_t *content = &policy->contents[i];

        if (dyn_str_equal(content->slot, best->slot) &&
            dyn_str_equal(content->variant_of, best->variant_of) &&
            order_of(work, content) < order_of(work, chosen) && fits(asking, content)) {
            chosen = content;
        }
    }

    return chosen;
}

static const dyn_content_t *choose(const dyn_work_t *work, const dyn_asking_t *asking,
                                   dyn_str_t wanted, dyn_str_t slot)
{
    const dyn_policy_t *policy = work->policy;
    const dyn_content_t *best = dyn_policy_content(policy, wanted);

    if (wanted.len > 0 && best != NULL && dyn_str_equal(best->slot, slot) &&
        in_time(best, asking->now_ms)) {
        return best;
    }
    best = NULL;
    for (uint32_t i = 0; i < policy->content_count; i++) {
        const dyn_content_t *content = &policy->contents[i];

        if (dyn_str_equal(content->slot, slot) && (best == NULL || goes_before(content, best)) &&
            fits(asking, content)) {
            best = content;
        }
    }

    return best == NULL ? NULL : wording_of(work, asking, best);
}

/* True when the choice rests on what this shopper did. */
static bool asks_for_session(const dyn_policy_t *policy, dyn_when_t when)
{
    for (uint32_t i = 0; i < when.count; i++) {
        const dyn_condition_t *node = &policy->conditions[when.start + i];

        if (node->kind == DYN_NODE_SUBJECT && node->subject != DYN_SUBJECT_PAGE) {
            return true;
        }
        if (node->kind == DYN_NODE_REQUEST &&
            (node->field == DYN_REQUEST_FIELD_INTENT || node->field == DYN_REQUEST_FIELD_EVENTS ||
             node->field == DYN_REQUEST_FIELD_MOMENT ||
             node->field == DYN_REQUEST_FIELD_CART_TOTAL ||
             node->field == DYN_REQUEST_FIELD_CART_ITEMS)) {
            return true;
        }
    }

    return false;
}

static void add_item(dyn_work_t *work, uint32_t item, dyn_slot_decision_t *slot)
{
    if (dyn_filter_of(work, item) >= 0) {
        return;
    }
    slot->choices[slot->count] = (dyn_choice_t){
        .item = item,
        .score = 1,
        .source = DYN_SOURCE_RANGE,
        .reason = DYN_REASON_FROM_RANGE,
        .reference = DYN_NONE,
        .strength = 0,
        .cta = DYN_CTA_VIEW,
        .propensity = 1,
    };
    slot->count++;
    dyn_exclusions_add(work, item, DYN_FILTER_OTHER_SLOT);
}

bool dyn_content_fill(dyn_work_t *work, const dyn_asking_t *asking, dyn_str_t wanted,
                      dyn_slot_decision_t *slot)
{
    const dyn_content_t *content = choose(work, asking, wanted, slot->name);

    if (content == NULL) {
        return true;
    }
    /* whatever a slot before this one was narrowed down to */
    work->within = DYN_NONE;
    work->narrowed = false;
    slot->content = content->id;
    if (slot->kind != DYN_SLOT_MESSAGES) {
        slot->kind = DYN_SLOT_CONTENT;
        slot->rung = asking->session != NULL && asks_for_session(work->policy, content->match)
                         ? DYN_RUNG_SESSION
                         : DYN_RUNG_CONTEXT;
    }
    if (content->title != DYN_NONE && slot->title.len == 0) {
        slot->title = dyn_texts_find(work->texts, work->language, content->title)->pieces[0].words;
    }
    if (content->items_count == 0 || slot->count > 0) {
        return true;
    }
    slot->choices = dyn_arena_alloc(work->arena, content->items_count * sizeof(dyn_choice_t));
    if (slot->choices == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < content->items_count; i++) {
        add_item(work, work->policy->values[content->items_start + i], slot);
    }
    slot->confidence = dyn_slot_confidence(slot);

    return true;
}

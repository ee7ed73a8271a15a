#include "cli/story/walk.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/base/hash.h"
#include "engine/events/parse.h"
#include "engine/events/text.h"
#include "engine/record/question.h"
#include "engine/render/render.h"
#include "engine/session/shown.h"

enum {
    ARENA_BYTES = 16 << 20,
    /* dynstore_redis: idle, new_idle and the history's time */
    IDLE_MS = 30 * 60000,
    NEW_IDLE_MS = 10 * 60000,
    TTL_S = 5,
    /* between two steps without a `wait` of the story's own */
    BETWEEN_STEPS_MS = 8000
};

static const int64_t HISTORY_MS = 90LL * 24 * 3600 * 1000;

typedef struct {
    char bytes[DYN_EVENT_TEXT_BYTES_MAX];
} entry_t;

typedef struct {
    const dyn_story_t *story;
    const dyn_snapshot_t *snapshot;
    const dyn_policy_t *policy;
    int64_t now_ms, last_ms, idle_ms, history_last_ms;
    bool has_cookie;
    entry_t log_rows[DYN_SESSION_EVENTS_MAX], history_rows[DYN_HISTORY_EVENTS_MAX];
    dyn_str_t log[DYN_SESSION_EVENTS_MAX], history[DYN_HISTORY_EVENTS_MAX]; /* newest first */
    size_t log_count, history_count;
    char entry_texts[7][DYN_ENTRY_BYTES_MAX], first_text[24], shown[DYN_SHOWN_BYTES_MAX];
    dyn_fact_t facts[16];
    size_t fact_count, shown_length;
    dyn_arena_t arena;
    void *block;
} walk_t;

/* The newest goes to the head; what is too much falls off. */
static void push(entry_t *rows, dyn_str_t *list, size_t *count, size_t most, const char *text,
                 size_t length)
{
    *count += *count < most;
    memmove(rows + 1, rows, (*count - 1) * sizeof(*rows));
    memcpy(rows[0].bytes, text, length);
    memmove(list + 1, list, (*count - 1) * sizeof(*list));
    list[0].len = length;
    for (size_t i = 0; i < *count; i++) {
        list[i].data = rows[i].bytes;
    }
}

static bool in_history(dyn_event_type_t type)
{
    return type == DYN_EVENT_PURCHASE || type == DYN_EVENT_ADD_TO_CART ||
           type == DYN_EVENT_WISHLIST;
}

static void record(walk_t *walk, const dyn_event_t *event)
{
    char text[DYN_EVENT_TEXT_BYTES_MAX];
    size_t length = dyn_event_encode(event, text, sizeof(text));

    if (length == 0 || !dyn_event_in_session(event)) {
        return;
    }
    push(walk->log_rows, walk->log, &walk->log_count, DYN_SESSION_EVENTS_MAX, text, length);
    walk->last_ms = walk->now_ms;
    walk->idle_ms = walk->has_cookie ? IDLE_MS : NEW_IDLE_MS;
    if (in_history(event->type)) {
        push(walk->history_rows, walk->history, &walk->history_count, DYN_HISTORY_EVENTS_MAX, text,
             length);
        walk->history_last_ms = walk->now_ms;
    }
}

/* Redis forgets a session some time after its last event. */
static void forget(walk_t *walk)
{
    if (walk->log_count > 0 && walk->now_ms - walk->last_ms >= walk->idle_ms) {
        walk->log_count = walk->fact_count = walk->shown_length = 0;
    }
    if (walk->history_count > 0 && walk->now_ms - walk->history_last_ms >= HISTORY_MS) {
        walk->history_count = 0;
    }
}

/* The facts are written with the first page. */
static void begin_session(walk_t *walk, const dyn_context_t *context)
{
    size_t i = 0;

    if (walk->fact_count > 0) {
        return;
    }
#define X(member, field)                                                                     \
    if (context->entry.member.len > 0) {                                                     \
        memcpy(walk->entry_texts[i], context->entry.member.data, context->entry.member.len); \
        walk->facts[walk->fact_count++] =                                                    \
            (dyn_fact_t){DYN_STR(field), {walk->entry_texts[i], context->entry.member.len}}; \
    }                                                                                        \
    i++;
    DYN_ENTRY_FIELDS(X)
#undef X

    snprintf(walk->first_text, sizeof(walk->first_text), "%" PRId64, walk->now_ms);
    walk->facts[walk->fact_count++] =
        (dyn_fact_t){DYN_STR("first"), dyn_str_from(walk->first_text)};
    walk->facts[walk->fact_count++] =
        (dyn_fact_t){DYN_STR("device"), dyn_device_name(context->device)};
    walk->facts[walk->fact_count++] =
        (dyn_fact_t){DYN_STR("returning"), context->returning ? DYN_STR("1") : DYN_STR("0")};
}

/* As the module records a page; a search comes before the view, and of the search page it is the view. */
static void record_view(walk_t *walk, const dyn_context_t *context)
{
    dyn_event_t event = {
        .type = DYN_EVENT_PAGE_VIEW, .time_ms = walk->now_ms, .quantity = 1, .price_minor = -1};

    if (context->search.len > 0) {
        dyn_event_t search = event;

        search.type = DYN_EVENT_SEARCH;
        search.search_term = context->search;
        record(walk, &search);
        if (context->surface == DYN_SURFACE_SEARCH) {
            return;
        }
    }
    if (context->surface == DYN_SURFACE_PDP) {
        event.type = DYN_EVENT_VIEW_ITEM;
        event.item_id = context->item_id;
    } else if (context->surface == DYN_SURFACE_PLP) {
        event.type = DYN_EVENT_VIEW_ITEM_LIST;
        event.list_id = context->item_id;
    } else if (context->surface == DYN_SURFACE_CART) {
        event.type = DYN_EVENT_VIEW_CART;
    }
    record(walk, &event);
}

static void record_shown(walk_t *walk, const dyn_decision_t *decision)
{
    char text[DYN_SHOWN_BYTES_MAX];
    dyn_str_t ids[DYN_SHOWN_MAX];
    size_t count = 0;

    for (uint32_t i = 0; i < decision->slot_count; i++) {
        for (uint32_t k = 0; k < decision->slots[i].count && count < DYN_SHOWN_MAX; k++) {
            uint32_t item = decision->slots[i].choices[k].item;

            ids[count++] = dyn_snapshot_string(walk->snapshot, walk->snapshot->items[item].id);
        }
    }
    if (count > 0) {
        walk->shown_length =
            dyn_shown_text((dyn_str_t){walk->shown, walk->shown_length}, ids, count, text);
        memcpy(walk->shown, text, walk->shown_length);
    }
}

static bool visit(walk_t *walk, size_t number, dyn_story_answer_fn take, void *context)
{
    const dyn_story_step_t *step = &walk->story->steps[number];
    dyn_fact_t facts[17];
    dyn_question_t question;
    dyn_decision_t decision;
    dyn_str_t title = walk->story->title;

    dyn_question_begin(&question, walk->snapshot, walk->policy);
    question.context.surface = step->surface;
    question.context.item_id = step->item_id;
    question.context.search = step->search;
    question.context.age = walk->story->age;
    memcpy(question.context.country, walk->story->country, sizeof(question.context.country));
    question.context.device = walk->story->device;
    question.context.returning = walk->has_cookie;
    dyn_entry_parse(step->from, DYN_STR(""), DYN_STR("localhost"), &walk->arena,
                    &question.context.entry);
    question.slots = (dyn_slots_t){step->slots, step->slot_count};
    question.now_ms = walk->now_ms;
    question.seed = dyn_hash64_seeded(title.data, title.len, number);
    question.ttl_s = TTL_S;
    if (walk->has_cookie) {
        size_t count = walk->fact_count;

        memcpy(facts, walk->facts, count * sizeof(*facts));
        if (walk->shown_length > 0) {
            facts[count++] = (dyn_fact_t){DYN_STR("shown"), {walk->shown, walk->shown_length}};
        }
        dyn_question_session(&question, walk->log, walk->log_count, facts, count);
        dyn_question_history(&question, walk->history, walk->history_count);
    }
    if (!dyn_question_decide(walk->snapshot, walk->policy, &question, NULL, &walk->arena, &decision,
                             NULL)) {
        return false;
    }

    dyn_str_t answer = dyn_render_json(walk->snapshot, &decision, DYN_STR(""), &walk->arena);

    if (answer.data == NULL || !take(context, walk->story, number, answer)) {
        return false;
    }
    begin_session(walk, &question.context);
    record_view(walk, &question.context);
    record_shown(walk, &decision);
    walk->has_cookie = true;

    return true;
}

static bool happen(walk_t *walk, const dyn_story_step_t *step)
{
    dyn_event_batch_t batch;
    dyn_error_t error;
    dyn_context_t context = {.device = walk->story->device, .returning = walk->has_cookie};

    if (!dyn_event_parse(step->event, walk->now_ms, &walk->arena, &batch, &error)) {
        return false;
    }
    begin_session(walk, &context);
    for (size_t i = 0; i < batch.count; i++) {
        record(walk, &batch.events[i]);
    }
    walk->has_cookie = true;

    return true;
}

bool dyn_story_walk(const dyn_story_t *story, const dyn_snapshot_t *snapshot,
                    const dyn_policy_t *policy, dyn_story_answer_fn take, void *context)
{
    walk_t *walk = calloc(1, sizeof(*walk));
    void *block = malloc(ARENA_BYTES);
    bool good = walk != NULL && block != NULL;

    if (good) {
        walk->story = story;
        walk->snapshot = snapshot;
        walk->policy = policy;
        walk->now_ms = snapshot->header->as_of_ms;
        walk->has_cookie = story->returning;
    }
    for (size_t i = 0; good && i < story->step_count; i++) {
        const dyn_story_step_t *step = &story->steps[i];

        dyn_arena_init(&walk->arena, block, ARENA_BYTES, NULL, NULL);
        if (step->kind == DYN_STORY_WAIT) {
            walk->now_ms += step->wait_ms;
        } else if (i > 0 && story->steps[i - 1].kind != DYN_STORY_WAIT) {
            walk->now_ms += BETWEEN_STEPS_MS;
        }
        forget(walk);
        if (step->kind == DYN_STORY_VISIT) {
            good = visit(walk, i, take, context);
        } else if (step->kind == DYN_STORY_EVENT) {
            good = happen(walk, step);
        }
    }
    free(block);
    free(walk);

    return good;
}

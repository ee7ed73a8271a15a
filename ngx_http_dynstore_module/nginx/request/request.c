#include "nginx/request/request.h"
#include "nginx/core/log.h"
#include "nginx/core/module.h"
#include "nginx/request/kept.h"
#include "nginx/request/page_token.h"
#include "nginx/request/visitor.h"
#include "nginx/request/exposure.h"
#include "nginx/request/records.h"
#include "nginx/request/shown.h"


/* Reading the session, deciding and rendering run without a break, so one block of memory serves all requests of a worker. */
#define NGX_HTTP_DYNSTORE_SCRATCH_BYTES         (256 * 1024)


static void ngx_http_dynstore_ctx_cleanup(void *data);
static void ngx_http_dynstore_detach_cleanup(void *data);
static void ngx_http_dynstore_lookup_end(ngx_http_dynstore_ctx_t *ctx, ngx_http_dynstore_lookup_e result);
static void ngx_http_dynstore_read_handler(ngx_http_dynstore_store_read_t *read);
static void ngx_http_dynstore_timer_handler(ngx_event_t *ev);
static void ngx_http_dynstore_wake_handler(ngx_event_t *ev);
static void ngx_http_dynstore_ask(ngx_http_dynstore_ctx_t *ctx, dyn_question_t *question);
static ngx_uint_t ngx_http_dynstore_hidden(const dyn_decision_t *decision);
static void ngx_http_dynstore_shadow(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx, dyn_question_t *question,
    const dyn_decision_t *decision, dyn_arena_t *arena);
static ngx_str_t ngx_http_dynstore_variants_text(ngx_http_request_t *r, const dyn_decision_t *decision, dyn_arena_t *arena);
static ngx_str_t ngx_http_dynstore_items_text(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx,
    const dyn_decision_t *decision);
static dyn_model_scratch_t *ngx_http_dynstore_model_scratch(ngx_log_t *log);
static uint64_t ngx_http_dynstore_seed(void);
static uint64_t ngx_http_dynstore_visitor_number(ngx_http_dynstore_ctx_t *ctx);


static dyn_model_scratch_t  *ngx_http_dynstore_scratch_of_model;

static u_char  ngx_http_dynstore_scratch[NGX_HTTP_DYNSTORE_SCRATCH_BYTES] __attribute__((aligned(16)));


ngx_http_dynstore_ctx_t *
ngx_http_dynstore_get_ctx(ngx_http_request_t *r)
{
    ngx_pool_cleanup_t       *cln;
    ngx_http_dynstore_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_dynstore_module);

    if (ctx == NULL && (r->internal || r->filter_finalize)) {

        /* an internal redirect clears the request's contexts, but not its pool */

        for (cln = r->pool->cleanup; cln; cln = cln->next) {
            /* contexts of subrequests are in the same pool */
            if (cln->handler == ngx_http_dynstore_ctx_cleanup
                && ((ngx_http_dynstore_ctx_t *) cln->data)->request == r)
            {
                ctx = cln->data;
                ngx_http_set_ctx(r, ctx, ngx_http_dynstore_module);
                break;
            }
        }
    }

    return ctx;
}


ngx_http_dynstore_ctx_t *
ngx_http_dynstore_create_ctx(ngx_http_request_t *r)
{
    ngx_pool_cleanup_t       *pool_cleanup;
    ngx_http_cleanup_t       *cleanup;
    ngx_http_dynstore_ctx_t  *ctx;

    ctx = ngx_pcalloc(r->pool, sizeof(ngx_http_dynstore_ctx_t));
    if (ctx == NULL) {
        return NULL;
    }

    cleanup = ngx_http_cleanup_add(r, 0);
    if (cleanup == NULL) {
        return NULL;
    }

    pool_cleanup = ngx_pool_cleanup_add(r->pool, 0);
    if (pool_cleanup == NULL) {
        return NULL;
    }

    ctx->request = r;
    ctx->rung = DYN_RUNG_NONE;
    ctx->conf = ngx_http_get_module_loc_conf(r, ngx_http_dynstore_module);

    ctx->timer.handler = ngx_http_dynstore_timer_handler;
    ctx->timer.data = ctx;
    ctx->timer.log = r->connection->log;

    ctx->wake.handler = ngx_http_dynstore_wake_handler;
    ctx->wake.data = ctx;
    ctx->wake.log = r->connection->log;

    /* the first runs when the request ends, the second when its memory is freed */
    cleanup->handler = ngx_http_dynstore_detach_cleanup;
    cleanup->data = ctx;

    pool_cleanup->handler = ngx_http_dynstore_ctx_cleanup;
    pool_cleanup->data = ctx;

    ngx_http_set_ctx(r, ctx, ngx_http_dynstore_module);

    return ctx;
}


static void
ngx_http_dynstore_detach_cleanup(void *data)
{
    ngx_http_dynstore_ctx_t  *ctx = data;

    ngx_http_dynstore_shown_count(ctx);
    ngx_http_dynstore_shown_record(ctx);
    ngx_http_dynstore_exposure_record(ctx);
    ngx_http_dynstore_detach(ctx);
}


static void
ngx_http_dynstore_ctx_cleanup(void *data)
{
    ngx_http_dynstore_ctx_t  *ctx = data;

    ngx_http_dynstore_detach(ctx);
    ngx_http_dynstore_unpin(ctx);
}


/*
 * Rules and snapshot stay the same for the whole decision; what is known of items since then is laid over the snapshot. NGX_AGAIN: of that, or of
 * the overrides, something may be missing.
 */
static ngx_int_t
ngx_http_dynstore_pin(ngx_http_dynstore_ctx_t *ctx)
{
    ngx_http_dynstore_overlay_t  *overlay;

    if (ctx->rules == NULL) {
        ctx->rules = ngx_http_dynstore_rules_pin(ctx->conf->shop->rules_watch);
        ctx->snapshot = ctx->rules == NULL ? NULL : ctx->rules->snapshot;
    }

    overlay = ngx_http_dynstore_shop_overlay(ctx->conf->shop->control);

    /* rules that were pinned when the request came may be older than those in force */
    if (ngx_http_dynstore_overlay_sync(overlay, ctx->snapshot) != NGX_OK || (overlay != NULL && ctx->rules != NULL && !ctx->rules->overrides)) {
        return NGX_AGAIN;
    }

    return NGX_OK;
}


void
ngx_http_dynstore_unpin(ngx_http_dynstore_ctx_t *ctx)
{
    ngx_http_dynstore_rules_unpin(ctx->rules);
    ctx->rules = NULL;
    ctx->snapshot = NULL;
}


void
ngx_http_dynstore_detach(ngx_http_dynstore_ctx_t *ctx)
{
    if (ctx->lookup == NGX_HTTP_DYNSTORE_LOOKUP_PENDING) {
        ngx_http_dynstore_store_cancel(&ctx->read);
        ctx->lookup = NGX_HTTP_DYNSTORE_LOOKUP_FAILED;
    }

    if (ctx->timer.timer_set) {
        ngx_del_timer(&ctx->timer);
    }

    if (ctx->wake.posted) {
        ngx_delete_posted_event(&ctx->wake);
    }

    ctx->done = NULL;
}


ngx_int_t
ngx_http_dynstore_lookup_start(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx, ngx_http_dynstore_done_pt done)
{
    ngx_msec_t                 budget;
    ngx_http_core_loc_conf_t  *clcf;

    if (ctx->lookup == NGX_HTTP_DYNSTORE_LOOKUP_PENDING) {
        if (done != NULL) {
            ctx->done = done;
        }

        return NGX_AGAIN;
    }

    if (ctx->lookup != NGX_HTTP_DYNSTORE_LOOKUP_NONE) {
        return NGX_OK;
    }

    ctx->lookup_start_us = ngx_http_dynstore_now_us();

    (void) ngx_http_dynstore_pin(ctx);

    if (!ctx->may_read || ngx_http_dynstore_killed(ctx->conf->shop->control) || ngx_http_dynstore_held_out(ctx)) {
        ctx->lookup = NGX_HTTP_DYNSTORE_LOOKUP_UNWANTED;
        return NGX_OK;
    }

    if (ctx->minted) {
        /* the visitor's 128 random bits are new, so Redis has nothing under them */
        ctx->lookup = NGX_HTTP_DYNSTORE_LOOKUP_DONE;
        return NGX_OK;
    }

    ctx->read.pool = r->pool;
    ctx->read.handler = ngx_http_dynstore_read_handler;
    ctx->read.data = ctx;
    ctx->read.session_only = !ctx->may_record;

    if (ngx_http_dynstore_store_read(ctx->conf->shop->store, &ctx->read, &ctx->visitor_hash) != NGX_AGAIN) {
        ctx->lookup = NGX_HTTP_DYNSTORE_LOOKUP_FAILED;
        return NGX_OK;
    }

    /* nginx drops a client whose page is held for send_timeout */

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);
    budget = ngx_min(ctx->conf->timeout, clcf->send_timeout * 3 / 4);

    ctx->lookup = NGX_HTTP_DYNSTORE_LOOKUP_PENDING;
    ctx->done = done;

    ngx_add_timer(&ctx->timer, ngx_max(budget, 1));

    return NGX_AGAIN;
}


static void
ngx_http_dynstore_read_handler(ngx_http_dynstore_store_read_t *read)
{
    ngx_http_dynstore_lookup_end(read->data, read->status == NGX_OK ? NGX_HTTP_DYNSTORE_LOOKUP_DONE
                                                                    : NGX_HTTP_DYNSTORE_LOOKUP_FAILED);
}


static void
ngx_http_dynstore_timer_handler(ngx_event_t *ev)
{
    ngx_http_dynstore_ctx_t  *ctx = ev->data;

    /* a reply that has arrived but was not read yet is not late */
    ngx_http_dynstore_store_poll(ctx->read.store);

    if (ctx->lookup != NGX_HTTP_DYNSTORE_LOOKUP_PENDING) {
        return;
    }

    ngx_http_dynstore_store_timed_out(&ctx->read);
    ngx_http_dynstore_lookup_end(ctx, NGX_HTTP_DYNSTORE_LOOKUP_FAILED);
}


static void
ngx_http_dynstore_lookup_end(ngx_http_dynstore_ctx_t *ctx, ngx_http_dynstore_lookup_e result)
{
    if (ctx->timer.timer_set) {
        ngx_del_timer(&ctx->timer);
    }

    ctx->lookup = result;
    ctx->lookup_us = ngx_http_dynstore_now_us() - ctx->lookup_start_us;
    ngx_http_dynstore_observe(&ctx->conf->shop->counters->redis_seconds, ctx->lookup_us);

    if (ctx->done != NULL && !ctx->wake.posted) {
        ngx_post_event(&ctx->wake, &ngx_posted_events);
    }
}


static void
ngx_http_dynstore_wake_handler(ngx_event_t *ev)
{
    ngx_connection_t           *c;
    ngx_http_request_t         *r;
    ngx_http_dynstore_ctx_t    *ctx = ev->data;
    ngx_http_dynstore_done_pt   done;

    r = ctx->request;
    c = r->connection;
    done = ctx->done;
    ctx->done = NULL;

    if (done == NULL) {
        return;
    }

    ngx_http_set_log_request(c->log, r);

    done(r, ctx);

    ngx_http_run_posted_requests(c);
}


void
ngx_http_dynstore_decide(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx, ngx_http_dynstore_decided_t *decided)
{
    uint32_t                  i;
    uint64_t                  start;
    ngx_uint_t                killed, behind;
    dyn_arena_t              *arena;
    dyn_digest_t              digest, *asked;
    dyn_decision_t           *decision;
    dyn_question_t            question;
    dyn_explanation_t         explanation, *explained;
    ngx_http_dynstore_slow_t  slow;

    start = ngx_http_dynstore_now_us();
    arena = &decided->arena;
    decision = &decided->decision;

    if (ctx->lookup == NGX_HTTP_DYNSTORE_LOOKUP_PENDING) {
        ngx_http_dynstore_detach(ctx);
    }

    /* before it is laid over: all may have been read meanwhile */
    behind = ngx_http_dynstore_overlay_behind(ngx_http_dynstore_shop_overlay(ctx->conf->shop->control));

    if (ngx_http_dynstore_pin(ctx) != NGX_OK) {
        behind = 1;
    }

    ctx->held_out = ngx_http_dynstore_held_out(ctx);
    killed = ngx_http_dynstore_killed(ctx->conf->shop->control);

    ngx_memzero(decision, sizeof(dyn_decision_t));
    decision->rung = DYN_RUNG_NONE;
    decision->policy = ctx->rules != NULL ? ctx->rules->policy : NULL;
    ctx->decided = 1;
    ctx->nshown = 0;
    ctx->nexposures = 0;

    dyn_arena_init(arena, ngx_http_dynstore_scratch, sizeof(ngx_http_dynstore_scratch), ngx_http_dynstore_more, r->pool);

    if (ctx->snapshot == NULL || ctx->held_out || killed) {
        goto done;
    }

    ngx_http_dynstore_ask(ctx, &question);
    asked = NULL;

    if (ctx->may_repeat && ctx->conf->ttl && question.log.count && dyn_question_digest(&question, arena, &digest)) {
        asked = &digest;

        if (ngx_http_dynstore_kept_again(ctx, asked, arena, decision) == NGX_OK) {
            ngx_http_dynstore_count(ctx->conf->shop->counters, decisions_repeated);
            goto decided;
        }
    }

    if (ctx->lookup == NGX_HTTP_DYNSTORE_LOOKUP_FAILED) {
        (void) ngx_http_dynstore_kept_last_good(ctx, arena, &question.last_good);

    } else if (question.has_session) {
        (void) ngx_http_dynstore_kept_previous(ctx, arena, &question.previous);
    }

    question.brief = true;
    explained = ngx_http_dynstore_records_wants(ctx, &question) ? &explanation : NULL;

    if (!dyn_question_decide(ctx->snapshot->data, ctx->rules->policy, &question,
                             ngx_http_dynstore_model_scratch(r->connection->log), arena, decision, explained))
    {
        ngx_http_dynstore_log(NGX_LOG_ERR, r, "not enough memory for a decision, the page is left as it is");
        ngx_memzero(decision, sizeof(dyn_decision_t));
        decision->rung = DYN_RUNG_NONE;
        goto done;
    }

    if (decision->rung == DYN_RUNG_SESSION) {
        ngx_http_dynstore_kept_put(ctx, decision, asked);
    }

    if (explained != NULL) {
        ngx_http_dynstore_records_add(r, ctx, &question, decision, explained, arena);
        ngx_http_dynstore_shadow(r, ctx, &question, decision, arena);
    }

decided:

    decision->behind = behind;
    decision->visitor = ngx_http_dynstore_visitor_to_keep(ctx);
    decision->page_token = ngx_http_dynstore_str(ngx_http_dynstore_page_token(r, ctx));
    ctx->moment = decision->moment;
    ctx->item_list = ngx_http_dynstore_items_text(r, ctx, decision);
    ctx->variants = ngx_http_dynstore_variants_text(r, decision, arena);
    ngx_memcpy(ctx->id, decision->id, sizeof(ctx->id));
    ngx_memcpy(ctx->rules_version, ctx->rules->policy->version, sizeof(ctx->rules_version));
    ngx_memcpy(ctx->snapshot_build, ctx->snapshot->data->build_id, sizeof(ctx->snapshot_build));
    ngx_http_dynstore_shown_note(r, ctx, decision);
    ngx_http_dynstore_count_variants(ctx->conf->shop->counters, ngx_http_dynstore_str(ctx->variants));

done:

    ctx->assigned = decision->assignment_count > 0;

    /* nobody is on a side of the holdout while there is nothing to be held out from */

    if (ctx->snapshot != NULL && !killed) {
        ngx_http_dynstore_exposure_note(r, ctx, decision, arena);
    }

    ctx->rung = decision->rung;
    ctx->nfilled = 0;
    ctx->filled = 0;

    for (i = 0; i < decision->slot_count; i++) {
        if (!dyn_slot_is_empty(&decision->slots[i])) {
            ctx->nfilled++;
            ctx->filled |= 1u << ngx_http_dynstore_shown_slot(ctx, decision->slots[i].name);
        }
    }

    ctx->decide_us = ngx_http_dynstore_now_us() - start;

    /* a rung of none that is meant is not counted, so that the share of fallbacks tells of faults alone */

    if (ctx->held_out || killed || ngx_http_dynstore_hidden(decision)) {
        return;
    }

    (void) ngx_atomic_fetch_add(&ctx->conf->shop->counters->decisions[ctx->context.surface][ctx->rung], 1);
    ngx_http_dynstore_observe(&ctx->conf->shop->counters->decision_seconds, ctx->decide_us);

    slow.us = ctx->decide_us;
    slow.time = ngx_time();
    slow.surface = ctx->context.surface;
    slow.rung = ctx->rung;
    ngx_memcpy(slow.id, decision->id, sizeof(slow.id));
    ngx_http_dynstore_recent_add(&ctx->conf->shop->counters->recent, &slow);
}


/* Whether variants of experiments show nothing (`"show": false`) in each slot. */
static ngx_uint_t
ngx_http_dynstore_hidden(const dyn_decision_t *decision)
{
    uint32_t                 i, slots;
    const dyn_assignment_t  *assignment;

    slots = 0;

    for (i = 0; i < decision->assignment_count; i++) {
        assignment = &decision->assignments[i];

        if (!assignment->shadow && !decision->policy->variants[assignment->variant].show) {
            slots |= assignment->slots;
        }
    }

    return slots != 0 && slots == (uint32_t) ((1ull << decision->slot_count) - 1);
}


/* What a visitor of a shadow experiment would be shown is decided as well, and only recorded. */
static void
ngx_http_dynstore_shadow(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx, dyn_question_t *question,
    const dyn_decision_t *decision, dyn_arena_t *arena)
{
    uint32_t           i;
    dyn_decision_t     shadow;
    dyn_explanation_t  explanation;

    for (i = 0; i < decision->assignment_count && !decision->assignments[i].shadow; i++) { /* void */ }

    if (i == decision->assignment_count) {
        return;
    }

    question->shadow = true;

    if (dyn_question_decide(ctx->snapshot->data, ctx->rules->policy, question,
                            ngx_http_dynstore_model_scratch(r->connection->log), arena, &shadow,
                            &explanation))
    {
        ngx_http_dynstore_records_add(r, ctx, question, &shadow, &explanation, arena);

    } else {
        ngx_http_dynstore_count(ctx->conf->shop->counters, records_lost);
    }
}


/* Makes the question from the request; lists are not copied. */
static void
ngx_http_dynstore_ask(ngx_http_dynstore_ctx_t *ctx, dyn_question_t *question)
{
    dyn_question_begin(question, ctx->snapshot->data, ctx->rules->policy);

    question->context = ctx->context;
    question->context.visitor = ngx_http_dynstore_visitor_number(ctx);

    if (ctx->rules->policy->asks_path) {
        question->context.path = ngx_http_dynstore_str(ctx->request->uri);
    }

    question->slots = (dyn_slots_t) { ctx->slots, ctx->nslots };
    question->now_ms = ngx_http_dynstore_now_ms();
    question->seed = ngx_http_dynstore_seed();
    question->ttl_s = (uint32_t) ctx->conf->ttl;

    if (ctx->lookup == NGX_HTTP_DYNSTORE_LOOKUP_DONE) {
        dyn_question_session(question, ctx->read.entries, ctx->read.nentries, ctx->read.facts, ctx->read.nfacts);
        dyn_question_history(question, ctx->read.history, ctx->read.nhistory);
    }
}


/* The first half of the keyed hash; 0 for nobody. */
static uint64_t
ngx_http_dynstore_visitor_number(ngx_http_dynstore_ctx_t *ctx)
{
    uint64_t  key[2];

    return ngx_http_dynstore_zone_key(&ctx->visitor_hash, key) == NGX_OK ? key[0] : 0;
}


/* `tents:b other:control`, for logs and add_header; a copy, because the decision's memory is given back. */
static ngx_str_t
ngx_http_dynstore_variants_text(ngx_http_request_t *r, const dyn_decision_t *decision, dyn_arena_t *arena)
{
    dyn_str_t  names;
    ngx_str_t  text = ngx_null_string;

    if (decision->assignment_count == 0) {
        return text;
    }

    names = dyn_render_variants(decision, (uint32_t) -1, ' ', arena);

    text.data = ngx_pnalloc(r->pool, names.len + 1);
    if (text.data != NULL) {
        ngx_memcpy(text.data, names.data == NULL ? "" : names.data, names.len);
        text.len = names.len;
    }

    return text;
}


/* Writes `recs:12,7 bought_with:3` for logs and add_header. */
static ngx_str_t
ngx_http_dynstore_items_text(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx, const dyn_decision_t *decision)
{
    u_char               *p;
    size_t                size;
    uint32_t              i, k;
    dyn_str_t             id;
    ngx_str_t             text = ngx_null_string;
    dyn_slot_decision_t  *slot;
    const dyn_snapshot_t *snapshot;

    snapshot = ctx->snapshot->data;
    size = 0;

    for (i = 0; i < decision->slot_count; i++) {
        slot = &decision->slots[i];
        size += slot->name.len + 2;

        for (k = 0; k < slot->count; k++) {
            size += dyn_snapshot_string(snapshot, snapshot->items[slot->choices[k].item].id).len + 1;
        }
    }

    p = size ? ngx_pnalloc(r->pool, size) : NULL;
    if (p == NULL) {
        return text;
    }

    text.data = p;

    for (i = 0; i < decision->slot_count; i++) {
        slot = &decision->slots[i];

        if (slot->count == 0) {
            continue;
        }

        if (p != text.data) {
            *p++ = ' ';
        }

        p = ngx_cpymem(p, slot->name.data, slot->name.len);

        for (k = 0; k < slot->count; k++) {
            id = dyn_snapshot_string(snapshot, snapshot->items[slot->choices[k].item].id);
            *p++ = k ? ',' : ':';
            p = ngx_cpymem(p, id.data, id.len);
        }
    }

    text.len = (size_t) (p - text.data);

    return text;
}


void *
ngx_http_dynstore_more(void *context, size_t size)
{
    return ngx_palloc(context, size);
}


/* All requests of a worker share it, because the worker makes one decision at a time. NULL: the request's arena is used. */
static dyn_model_scratch_t *
ngx_http_dynstore_model_scratch(ngx_log_t *log)
{
    if (ngx_http_dynstore_scratch_of_model == NULL) {
        ngx_http_dynstore_scratch_of_model = ngx_calloc(dyn_model_scratch_size(), log);
    }

    return ngx_http_dynstore_scratch_of_model;
}


void
ngx_http_dynstore_decide_exit(void)
{
    if (ngx_http_dynstore_scratch_of_model != NULL) {
        ngx_free(ngx_http_dynstore_scratch_of_model);
        ngx_http_dynstore_scratch_of_model = NULL;
    }
}


/* Returns another number for each decision and worker: splitmix64 over a counter with a random start. */
static uint64_t
ngx_http_dynstore_seed(void)
{
    uint64_t         z;

    static uint64_t  counter;
    static ngx_pid_t begun;

    if (begun != ngx_pid) {
        begun = ngx_pid;
        counter = (uint64_t) ngx_random() << 32 ^ (uint64_t) ngx_random() << 16 ^ (uint64_t) ngx_pid << 48
                  ^ ngx_http_dynstore_now_us();
    }

    z = counter += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;

    return z ^ (z >> 31);
}


uint64_t
ngx_http_dynstore_now_us(void)
{
    struct timespec  ts;

    (void) clock_gettime(CLOCK_MONOTONIC, &ts);

    return (uint64_t) ts.tv_sec * 1000000 + (uint64_t) ts.tv_nsec / 1000;
}


int64_t
ngx_http_dynstore_now_ms(void)
{
    ngx_time_t  *tp;

    tp = ngx_timeofday();

    return (int64_t) tp->sec * 1000 + (int64_t) tp->msec;
}

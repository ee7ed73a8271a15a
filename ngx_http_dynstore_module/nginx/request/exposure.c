#include "nginx/request/exposure.h"
#include "nginx/request/keep.h"
#include "nginx/request/kept.h"
#include "nginx/request/limit.h"
#include "nginx/request/shown.h"
#include "engine/events/text.h"
#include "engine/session/shown.h"


static ngx_uint_t ngx_http_dynstore_exposure_wanted(ngx_http_dynstore_ctx_t *ctx);
static void ngx_http_dynstore_exposure_of_page(ngx_http_request_t *r, dyn_arena_t *arena, const char *variant,
    ngx_http_dynstore_exposure_t *exposure);
static ngx_uint_t ngx_http_dynstore_exposure_exposed(const dyn_decision_t *decision, uint32_t slots);
static void ngx_http_dynstore_exposure_items(const dyn_snapshot_t *snapshot, const dyn_slot_decision_t *slot, dyn_text_t *text);


ngx_uint_t
ngx_http_dynstore_held_out(ngx_http_dynstore_ctx_t *ctx)
{
    uint64_t  key[2];

    return ctx->may_read && ctx->rules != NULL && ctx->rules->policy->holdout.share > 0
           && ngx_http_dynstore_zone_key(&ctx->visitor_hash, key) == NGX_OK
           && dyn_policy_holds_out(ctx->rules->policy, key[0], ngx_http_dynstore_now_ms());
}


/* A page that is fetched ahead may never be seen. */
static ngx_uint_t
ngx_http_dynstore_exposure_wanted(ngx_http_dynstore_ctx_t *ctx)
{
    return ctx->may_write && ctx->may_record && !ctx->prefetch && ctx->rules != NULL && ctx->nslots;
}


/* Whether some slot of the mask is in an experiment, as far as that is shown. */
static ngx_uint_t
ngx_http_dynstore_exposure_exposed(const dyn_decision_t *decision, uint32_t slots)
{
    uint32_t  i;

    for (i = 0; i < decision->assignment_count; i++) {
        if (!decision->assignments[i].shadow && (decision->assignments[i].slots & slots)) {
            return 1;
        }
    }

    return 0;
}


/* `HHHHHHHH:reason,HHHHHHHH:reason` */
static void
ngx_http_dynstore_exposure_items(const dyn_snapshot_t *snapshot, const dyn_slot_decision_t *slot, dyn_text_t *text)
{
    char                 hash[8];
    uint32_t             i, k, number;
    const dyn_choice_t  *choice;

    static const char  digits[] = "0123456789abcdef";

    for (i = 0; i < slot->count; i++) {
        choice = &slot->choices[i];
        number = dyn_shown_hash(dyn_snapshot_string(snapshot, snapshot->items[choice->item].id));

        for (k = 8; k-- > 0; number >>= 4) {
            hash[k] = digits[number & 15];
        }

        dyn_text_put(text, ",", i > 0);
        dyn_text_put(text, hash, sizeof(hash));
        dyn_text_literal(text, ":");
        dyn_text_str(text, dyn_reason_name(choice->reason));
    }
}


/* An entry without a slot. */
static void
ngx_http_dynstore_exposure_of_page(ngx_http_request_t *r, dyn_arena_t *arena, const char *variant,
    ngx_http_dynstore_exposure_t *exposure)
{
    dyn_str_t   entry;
    dyn_text_t  text;

    dyn_text_init(&text, arena, 128);
    dyn_text_literal(&text, "vb ");
    dyn_text_unsigned(&text, (uint64_t) ngx_http_dynstore_now_ms());
    dyn_text_literal(&text, " - x=holdout:");
    dyn_text_str(&text, dyn_str_from(variant));
    entry = dyn_text_finish(&text);

    exposure->entry.len = entry.len;
    exposure->entry.data = entry.data == NULL
                           ? NULL : ngx_pstrdup(r->pool, &(ngx_str_t) { entry.len, (u_char *) entry.data });
    exposure->of_page = 1;
}


void
ngx_http_dynstore_exposure_note(ngx_http_request_t *r, ngx_http_dynstore_ctx_t *ctx, const dyn_decision_t *decision,
    dyn_arena_t *arena)
{
    uint32_t                       i;
    dyn_str_t                      entry;
    dyn_text_t                     text;
    ngx_uint_t                     always, empty, exposed;
    ngx_http_dynstore_exposure_t  *exposure;
    const dyn_slot_decision_t     *slot;

    if (!ngx_http_dynstore_exposure_wanted(ctx)) {
        return;
    }

    always = ctx->conf->impressions == NGX_HTTP_DYNSTORE_IMPRESSIONS_STREAM || ctx->rules->policy->holdout.share > 0;

    if (!always && decision->assignment_count == 0) {
        return;
    }

    exposure = ngx_palloc(r->pool, (decision->slot_count + 1) * sizeof(ngx_http_dynstore_exposure_t));
    if (exposure == NULL) {
        return;
    }

    ctx->exposures = exposure;

    for (i = 0; i < decision->slot_count; i++) {
        slot = &decision->slots[i];
        empty = dyn_slot_is_empty(slot);
        exposed = ngx_http_dynstore_exposure_exposed(decision, 1u << i);

        if (!exposed && (empty || !always)) {
            continue;
        }

        dyn_text_init(&text, arena, DYN_EVENT_TEXT_BYTES_MAX);
        dyn_text_literal(&text, "vb ");
        dyn_text_unsigned(&text, (uint64_t) decision->now_ms);
        dyn_text_literal(&text, " - l=");
        dyn_text_str(&text, slot->name);
        dyn_text_literal(&text, " d=");
        dyn_text_str(&text, dyn_str_from(decision->id));
        dyn_text_literal(&text, " g=");
        dyn_text_str(&text, dyn_rung_name(slot->rung));

        if (exposed) {
            entry = dyn_render_variants(decision, 1u << i, ',', arena);
            dyn_text_literal(&text, " x=");
            dyn_text_str(&text, entry);
        }

        if (slot->count) {
            dyn_text_literal(&text, " i=");
            ngx_http_dynstore_exposure_items(ctx->snapshot->data, slot, &text);
        }

        entry = dyn_text_finish(&text);

        if (entry.data == NULL || entry.len > DYN_EVENT_TEXT_BYTES_MAX) {
            continue;
        }

        exposure->entry.data = ngx_pstrdup(r->pool, &(ngx_str_t) { entry.len, (u_char *) entry.data });
        exposure->entry.len = entry.len;
        exposure->slot = ngx_http_dynstore_shown_slot(ctx, slot->name);
        exposure->empty = empty;
        exposure->of_page = 0;

        if (exposure->entry.data != NULL) {
            exposure++;
        }
    }

    /* who is held out and who is not must be counted on the same pages: also where no block is delivered */

    if (ctx->rules->policy->holdout.share > 0) {
        ngx_http_dynstore_exposure_of_page(r, arena, ctx->held_out ? "holdout" : "personalized", exposure);

        if (exposure->entry.data != NULL) {
            exposure++;
        }
    }

    ctx->nexposures = exposure - ctx->exposures;
}


/*
 * Where nothing is shown, that is an exposure where a block would have been one: at its place in a page, or in an endpoint's answer.
 * So all sides are counted on the same pages.
 */
void
ngx_http_dynstore_exposure_record(ngx_http_dynstore_ctx_t *ctx)
{
    uint32_t                         places;
    ngx_uint_t                       i, n;
    dyn_str_t                        entries[DYN_SLOTS_MAX + 1];
    ngx_http_dynstore_exposure_t    *exposure;
    ngx_http_dynstore_store_write_t  write;

    n = 0;
    places = ctx->conf->endpoint ? (uint32_t) -1 : ctx->placed;

    for (i = 0; i < ctx->nexposures && n < DYN_SLOTS_MAX + 1; i++) {
        exposure = &ctx->exposures[i];

        if (exposure->of_page ? n == 0 && places : (exposure->empty ? places : ctx->delivered) >> exposure->slot & 1) {
            entries[n++] = (dyn_str_t) { (char *) exposure->entry.data, exposure->entry.len };
        }
    }

    ctx->nexposures = 0;

    if (n == 0 || !ngx_http_dynstore_shown_sent(ctx->request)
        || (!ctx->charged && ngx_http_dynstore_limited(ctx->request, ctx, 1)))
    {
        return;
    }

    ngx_memzero(&write, sizeof(ngx_http_dynstore_store_write_t));

    write.visitor_hash = ctx->visitor_hash;
    write.blocks = entries;
    write.nblocks = n;
    write.new_visitor = ctx->minted;

    if (ngx_http_dynstore_record(ctx->request, ctx, &write) == NGX_OK) {
        (void) ngx_atomic_fetch_add(&ctx->conf->shop->counters->exposures, (ngx_atomic_int_t) n);
    }
}

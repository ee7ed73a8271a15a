#include "nginx/request/kept.h"
#include "nginx/shop/zone.h"
#include "engine/base/hash.h"
#include "engine/catalogue/overlay.h"
#include "engine/record/answer.h"


#define NGX_HTTP_DYNSTORE_KEPT_HEAD_BYTES       68
#define NGX_HTTP_DYNSTORE_KEPT_ANSWER_BYTES     (NGX_HTTP_DYNSTORE_ZONE_PLACE_BYTES - NGX_HTTP_DYNSTORE_KEPT_HEAD_BYTES)

typedef struct {
    uint64_t                          key[2];     /* the visitor's hash; first, for ngx_http_dynstore_zone_forget() */
    uint64_t                          build;      /* the first half of the build id */
    uint64_t                          page;       /* a hash of where it was shown */
    uint64_t                          made;       /* by the monotonic clock, which is never set; 0: empty */
    uint64_t                          overlay;    /* how far the overlay went that it was made with */
    dyn_digest_t                      digest;     /* of the question, */
    uint8_t                           again;      /* whether the answer may be repeated for it */
    uint8_t                           consent;    /* dyn_consent_t: what it was made with; less must not see it */
    uint16_t                          bytes;
    char                              answer[NGX_HTTP_DYNSTORE_KEPT_ANSWER_BYTES];
} ngx_http_dynstore_kept_t;

/* The size of a place must be the one that the zone was laid out for. */
typedef char ngx_http_dynstore_kept_fits[sizeof(ngx_http_dynstore_kept_t) == NGX_HTTP_DYNSTORE_ZONE_PLACE_BYTES ? 1 : -1];


static uint64_t ngx_http_dynstore_kept_build(const dyn_snapshot_t *snapshot);
static uint64_t ngx_http_dynstore_kept_page(ngx_http_dynstore_ctx_t *ctx);
static uint64_t ngx_http_dynstore_kept_overlay(const dyn_snapshot_t *snapshot);
static ngx_uint_t ngx_http_dynstore_kept_changed(ngx_http_dynstore_ctx_t *ctx, const dyn_decision_t *decision, uint64_t overlay);
static ngx_uint_t ngx_http_dynstore_kept_is(ngx_http_dynstore_kept_t *place, uint64_t *key);
static ngx_uint_t ngx_http_dynstore_kept_fresh(ngx_http_dynstore_ctx_t *ctx, ngx_http_dynstore_kept_t *place,
    uint64_t age_ms);
static ngx_int_t ngx_http_dynstore_kept_find(ngx_http_dynstore_ctx_t *ctx, const dyn_digest_t *digest, uint64_t page,
    uint64_t age_ms, dyn_arena_t *arena, dyn_decision_t *decision);
static ngx_int_t ngx_http_dynstore_kept_items(const dyn_decision_t *kept, dyn_arena_t *arena, dyn_last_good_t *list);


static uint64_t
ngx_http_dynstore_kept_build(const dyn_snapshot_t *snapshot)
{
    uint64_t  build;

    ngx_memcpy(&build, snapshot->header->build_id, sizeof(uint64_t));

    return build;
}


static uint64_t
ngx_http_dynstore_kept_overlay(const dyn_snapshot_t *snapshot)
{
    return snapshot->overlay != NULL ? dyn_overlay_position(snapshot->overlay) : 0;
}


/* Whether stock or price of an item that is shown or named, or that the page is about, has changed since then. */
static ngx_uint_t
ngx_http_dynstore_kept_changed(ngx_http_dynstore_ctx_t *ctx, const dyn_decision_t *decision, uint64_t overlay)
{
    uint32_t              i, k, item;
    dyn_choice_t         *choice;
    const dyn_overlay_t  *laid;

    laid = ctx->snapshot->data->overlay;

    if (laid == NULL || dyn_overlay_position(laid) == overlay) {
        return 0;
    }

    item = dyn_snapshot_find_item(ctx->snapshot->data, ctx->context.item_id, NULL);

    if (item != DYN_NONE && dyn_overlay_changed_at(laid, item) > overlay) {
        return 1;
    }

    for (i = 0; i < decision->slot_count; i++) {

        /* amounts hang on prices of the cart, which is not at hand here */

        if (decision->slots[i].message_count != 0) {
            return 1;
        }

        for (k = 0; k < decision->slots[i].count; k++) {
            choice = &decision->slots[i].choices[k];

            if (dyn_overlay_changed_at(laid, choice->item) > overlay
                || (choice->reference_kind == DYN_REFERENCE_ITEM && choice->reference != DYN_NONE
                    && dyn_overlay_changed_at(laid, choice->reference) > overlay))
            {
                return 1;
            }
        }
    }

    return 0;
}


/* Of what a shopper sees in one place: the page, and the rules, so that new rules show at once. */
static uint64_t
ngx_http_dynstore_kept_page(ngx_http_dynstore_ctx_t *ctx)
{
    uint64_t        hash;
    dyn_context_t  *context;

    context = &ctx->context;

    hash = dyn_hash64_seeded(ctx->rules->policy->version, DYN_POLICY_VERSION_BYTES, context->surface);
    hash = dyn_hash64_seeded(context->item_id.data, context->item_id.len, hash);
    hash = dyn_hash64_seeded(context->search.data, context->search.len, hash);

    return hash != 0 ? hash : 1;
}


static ngx_uint_t
ngx_http_dynstore_kept_is(ngx_http_dynstore_kept_t *place, uint64_t *key)
{
    return place->key[0] == key[0] && place->key[1] == key[1];
}


/*
 * True when it was made from this build less than age_ms ago. The time of a worker may lag a little, so the entry may look
 * younger than now.
 */
static ngx_uint_t
ngx_http_dynstore_kept_fresh(ngx_http_dynstore_ctx_t *ctx, ngx_http_dynstore_kept_t *place, uint64_t age_ms)
{
    uint64_t  age;

    age = place->made > ngx_current_msec ? 0 : ngx_current_msec - place->made;

    return place->made && age < age_ms && place->build == ngx_http_dynstore_kept_build(ctx->snapshot->data);
}


void
ngx_http_dynstore_kept_put(ngx_http_dynstore_ctx_t *ctx, const dyn_decision_t *decision, const dyn_digest_t *digest)
{
    bool                       whole;
    uint64_t                   key[2];
    ngx_uint_t                 i;
    ngx_http_dynstore_kept_t  *set, *place;

    if (ngx_http_dynstore_zone_key(&ctx->visitor_hash, key) != NGX_OK) {
        return;
    }

    set = ngx_http_dynstore_zone_lock_set(ctx->conf->shop->zone, key[0]);
    if (set == NULL) {
        return;
    }

    place = set;

    for (i = 0; i < NGX_HTTP_DYNSTORE_ZONE_SET_PLACES; i++) {
        if (ngx_http_dynstore_kept_is(&set[i], key)) {
            place = &set[i];
            break;
        }

        if (set[i].made < place->made) {
            place = &set[i];
        }
    }

    /* an entry that may be repeated stays; one that may not, and may never be shown, is not a better last good one */

    if (digest == NULL && ngx_http_dynstore_kept_is(place, key) && place->again && place->consent <= ctx->consent
        && ngx_http_dynstore_kept_fresh(ctx, place, (uint64_t) ctx->conf->ttl * 1000))
    {
        ngx_http_dynstore_zone_unlock(ctx->conf->shop->zone);
        return;
    }

    /* a worker that dies here leaves an empty place, not half a decision */
    place->made = 0;
    ngx_memory_barrier();

    place->key[0] = key[0];
    place->key[1] = key[1];
    place->build = ngx_http_dynstore_kept_build(ctx->snapshot->data);
    place->page = ngx_http_dynstore_kept_page(ctx);
    place->overlay = ngx_http_dynstore_kept_overlay(ctx->snapshot->data);
    place->consent = (uint8_t) ctx->consent;
    place->bytes = (uint16_t) dyn_answer_encode(decision, place->answer, sizeof(place->answer), &whole);

    /* a slot without room was left out, so the rest must not be repeated as the whole */
    place->again = (digest != NULL && whole);

    if (place->again) {
        place->digest = *digest;
    }

    ngx_memory_barrier();
    place->made = ngx_current_msec;

    ngx_http_dynstore_zone_unlock(ctx->conf->shop->zone);
}


/* `digest` NULL: any question; `page` 0: any page. Reads a copy, because another worker may take the place at any time. */
static ngx_int_t
ngx_http_dynstore_kept_find(ngx_http_dynstore_ctx_t *ctx, const dyn_digest_t *digest, uint64_t page,
    uint64_t age_ms, dyn_arena_t *arena, dyn_decision_t *decision)
{
    char                      *copy;
    size_t                     bytes;
    uint64_t                   key[2], overlay;
    ngx_uint_t                 i;
    ngx_http_dynstore_kept_t  *set;

    if (ngx_http_dynstore_zone_key(&ctx->visitor_hash, key) != NGX_OK) {
        return NGX_DECLINED;
    }

    copy = dyn_arena_alloc(arena, NGX_HTTP_DYNSTORE_KEPT_ANSWER_BYTES);
    if (copy == NULL) {
        return NGX_DECLINED;
    }

    bytes = 0;
    overlay = 0;
    set = ngx_http_dynstore_zone_lock_set(ctx->conf->shop->zone, key[0]);

    for (i = 0; set != NULL && i < NGX_HTTP_DYNSTORE_ZONE_SET_PLACES; i++) {

        if (!ngx_http_dynstore_kept_is(&set[i], key)) {
            continue;
        }

        if (set[i].consent <= ctx->consent
            && ngx_http_dynstore_kept_fresh(ctx, &set[i], age_ms)
            && (page == 0 || page == set[i].page)
            && (digest == NULL
                || (set[i].again && digest->words[0] == set[i].digest.words[0]
                    && digest->words[1] == set[i].digest.words[1])))
        {
            bytes = ngx_min(set[i].bytes, NGX_HTTP_DYNSTORE_KEPT_ANSWER_BYTES);
            ngx_memcpy(copy, set[i].answer, bytes);
            overlay = set[i].overlay;
        }

        break;
    }

    if (set != NULL) {
        ngx_http_dynstore_zone_unlock(ctx->conf->shop->zone);
    }

    dyn_arena_shrink(arena, copy, NGX_HTTP_DYNSTORE_KEPT_ANSWER_BYTES, bytes);

    if (!dyn_answer_decode(ctx->snapshot->data, ctx->rules->policy, (dyn_str_t) { copy, bytes }, arena, decision, NULL)) {
        return NGX_DECLINED;
    }

    /* who only asks what was shown decides anew, and asks of each item whether it may be */

    return digest != NULL && ngx_http_dynstore_kept_changed(ctx, decision, overlay) ? NGX_DECLINED : NGX_OK;
}


ngx_int_t
ngx_http_dynstore_kept_again(ngx_http_dynstore_ctx_t *ctx, const dyn_digest_t *digest, dyn_arena_t *arena,
    dyn_decision_t *decision)
{
    if (ngx_http_dynstore_kept_find(ctx, digest, 0, (uint64_t) ctx->conf->ttl * 1000, arena, decision) != NGX_OK) {
        return NGX_DECLINED;
    }

    decision->page_item = dyn_context_page_item(&ctx->context);
    decision->ttl_s = (uint32_t) ctx->conf->ttl;

    return NGX_OK;
}


ngx_int_t
ngx_http_dynstore_kept_last_good(ngx_http_dynstore_ctx_t *ctx, dyn_arena_t *arena, dyn_last_good_t *last_good)
{
    dyn_decision_t  kept;

    if (ngx_http_dynstore_kept_find(ctx, NULL, 0, NGX_HTTP_DYNSTORE_LAST_GOOD_MS + 1, arena, &kept) != NGX_OK) {
        return NGX_DECLINED;
    }

    return ngx_http_dynstore_kept_items(&kept, arena, last_good);
}


ngx_int_t
ngx_http_dynstore_kept_previous(ngx_http_dynstore_ctx_t *ctx, dyn_arena_t *arena, dyn_last_good_t *previous)
{
    dyn_decision_t  kept;

    if (ngx_http_dynstore_kept_find(ctx, NULL, ngx_http_dynstore_kept_page(ctx), NGX_HTTP_DYNSTORE_VISIBLE_MS, arena, &kept)
        != NGX_OK)
    {
        return NGX_DECLINED;
    }

    return ngx_http_dynstore_kept_items(&kept, arena, previous);
}


static ngx_int_t
ngx_http_dynstore_kept_items(const dyn_decision_t *kept, dyn_arena_t *arena, dyn_last_good_t *list)
{
    uint32_t               i, k, *items;
    dyn_slot_decision_t   *slot;
    dyn_last_good_slot_t  *row;

    row = dyn_arena_array(arena, kept->slot_count + 1, sizeof(dyn_last_good_slot_t));
    items = dyn_arena_array(arena, kept->item_count + 1, sizeof(uint32_t));

    if (row == NULL || items == NULL) {
        return NGX_DECLINED;
    }

    list->rows = row;
    list->count = 0;

    for (i = 0; i < kept->slot_count; i++) {
        slot = &kept->slots[i];

        if (slot->count == 0) {
            continue;
        }

        row->slot = slot->name;
        row->items = items;
        row->count = slot->count;

        for (k = 0; k < slot->count; k++) {
            *items++ = slot->choices[k].item;
        }

        list->count++;
        row++;
    }

    return NGX_OK;
}

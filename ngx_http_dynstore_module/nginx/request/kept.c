#include "nginx/request/kept.h"
#include "nginx/shop/zone.h"

#define XXH_INLINE_ALL
#include <xxhash.h>


/*
 * A slot's row: name length, title length (two bytes), rung, count, then name, title and choices. Numbers as they lie in
 * memory: the zone does not leave the machine.
 */
#define NGX_HTTP_DYNSTORE_KEPT_ROW_BYTES        5

typedef struct {
    uint32_t                          item;
    float                             score;
    uint32_t                          reference;
    uint8_t                           source;
    uint8_t                           reason;
    uint8_t                           reference_kind;
    uint8_t                           cta;
} ngx_http_dynstore_kept_choice_t;

typedef struct {
    uint64_t                          key[2];     /* the visitor's hash */
    uint64_t                          build;      /* the first half of the build id */
    ngx_http_dynstore_question_t      question;   /* zeros: not to be given again */
    uint64_t                          made;       /* by the monotonic clock, which nobody sets; 0: empty */
    int64_t                           made_ms;    /* the time that it was decided for */
    uint64_t                          seed;
    char                              id[16];
    uint8_t                           surface;
    uint8_t                           moment;
    uint8_t                           rung;
    uint8_t                           nslots;
    uint16_t                          bytes;
    u_char                            rows[NGX_HTTP_DYNSTORE_ZONE_PLACE_BYTES - 88];
} ngx_http_dynstore_kept_t;

/* The place must be of the size that the zone was laid out for. */
typedef char ngx_http_dynstore_kept_fits[sizeof(ngx_http_dynstore_kept_t) == NGX_HTTP_DYNSTORE_ZONE_PLACE_BYTES ? 1 : -1];

typedef struct {
    dyn_str_t                         name;
    dyn_str_t                         title;
    dyn_rung_t                        rung;
    uint32_t                          count;
    u_char                           *choices;
} ngx_http_dynstore_kept_row_t;


static ngx_int_t ngx_http_dynstore_kept_key(ngx_str_t *visitor_hash, uint64_t *key);
static uint64_t ngx_http_dynstore_kept_build(const dyn_snapshot_t *snapshot);
static uint64_t ngx_http_dynstore_kept_age(ngx_http_dynstore_kept_t *place);
static ngx_uint_t ngx_http_dynstore_kept_repeatable(ngx_http_dynstore_ctx_t *ctx, ngx_http_dynstore_kept_t *place,
    uint64_t *key);
static void ngx_http_dynstore_kept_write(ngx_http_dynstore_kept_t *place, const dyn_decision_t *decision,
    ngx_http_dynstore_question_t *question);
static ngx_int_t ngx_http_dynstore_kept_find(ngx_http_dynstore_ctx_t *ctx, ngx_http_dynstore_kept_t *found);
static u_char *ngx_http_dynstore_kept_row(u_char *p, u_char *end, ngx_http_dynstore_kept_row_t *row);


static size_t
ngx_http_dynstore_question_bytes(dyn_str_t text)
{
    return sizeof(uint32_t) + text.len;
}


static u_char *
ngx_http_dynstore_question_add(u_char *p, dyn_str_t text)
{
    uint32_t  len = (uint32_t) text.len;

    p = ngx_cpymem(p, &len, sizeof(len));

    return text.len ? ngx_cpymem(p, text.data, text.len) : p;
}


ngx_int_t
ngx_http_dynstore_kept_question(ngx_http_dynstore_ctx_t *ctx, ngx_http_dynstore_question_t *question)
{
    size_t           size;
    u_char          *p, *start;
    ngx_uint_t       i, n, nentries;
    dyn_str_t        texts[DYN_SESSION_EVENTS_MAX + 2 * NGX_HTTP_DYNSTORE_REDIS_ELEMENTS_MAX + DYN_SLOTS_MAX + 16];
    uint32_t         numbers[8 + DYN_SLOTS_MAX];
    XXH128_hash_t    hash;
    dyn_context_t   *context;

    context = &ctx->context;
    nentries = ngx_min(ctx->read.nentries, DYN_SESSION_EVENTS_MAX);
    n = 0;

    for (i = 0; i < nentries; i++) {
        texts[n++] = ctx->read.entries[i];
    }

    for (i = 0; i < ctx->read.nfacts && i < NGX_HTTP_DYNSTORE_REDIS_ELEMENTS_MAX; i++) {
        texts[n++] = ctx->read.facts[i].name;
        texts[n++] = ctx->read.facts[i].value;
    }

    ngx_memzero(numbers, sizeof(numbers));
    numbers[0] = (uint32_t) nentries;
    numbers[1] = (uint32_t) ctx->read.nfacts;
    numbers[2] = context->surface;
    numbers[3] = (u_char) context->country[0] << 8 | (u_char) context->country[1];
    numbers[4] = context->age;
    numbers[5] = context->device;
    numbers[6] = context->returning;
    numbers[7] = (uint32_t) ctx->nslots;

    for (i = 0; i < ctx->nslots && i < DYN_SLOTS_MAX; i++) {
        texts[n++] = ctx->slots[i].name;
        numbers[8 + i] = ctx->slots[i].count;
    }

    texts[n++] = context->item_id;
#define X(member, name) texts[n++] = context->entry.member;
    DYN_ENTRY_FIELDS(X)
#undef X

    size = sizeof(numbers);

    for (i = 0; i < n; i++) {
        size += ngx_http_dynstore_question_bytes(texts[i]);
    }

    start = dyn_arena_alloc(&ctx->arena, size);
    if (start == NULL) {
        return NGX_ERROR;
    }

    p = ngx_cpymem(start, numbers, sizeof(numbers));

    for (i = 0; i < n; i++) {
        p = ngx_http_dynstore_question_add(p, texts[i]);
    }

    hash = XXH3_128bits(start, size);
    dyn_arena_shrink(&ctx->arena, start, size, 0);

    /* zeros mean that there is none */
    question->digest[0] = hash.low64 | 1;
    question->digest[1] = hash.high64;

    return NGX_OK;
}


static ngx_int_t
ngx_http_dynstore_kept_key(ngx_str_t *visitor_hash, uint64_t *key)
{
    u_char      c;
    ngx_uint_t  i;

    if (visitor_hash->len != DYN_VISITOR_HASH_BYTES) {
        return NGX_DECLINED;
    }

    key[0] = key[1] = 0;

    for (i = 0; i < DYN_VISITOR_HASH_BYTES; i++) {
        c = visitor_hash->data[i];
        c = (u_char) (c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
        key[i / 16] = key[i / 16] << 4 | (c & 0xf);
    }

    return NGX_OK;
}


static uint64_t
ngx_http_dynstore_kept_build(const dyn_snapshot_t *snapshot)
{
    uint64_t  build;

    ngx_memcpy(&build, snapshot->header->build_id, sizeof(uint64_t));

    return build;
}


void
ngx_http_dynstore_kept_put(ngx_http_dynstore_ctx_t *ctx, ngx_http_dynstore_question_t *question, int64_t now_ms)
{
    uint64_t                   key[2];
    ngx_uint_t                 i;
    ngx_http_dynstore_kept_t  *set, *place;

    if (ngx_http_dynstore_kept_key(&ctx->visitor_hash, key) != NGX_OK) {
        return;
    }

    set = ngx_http_dynstore_zone_lock_set(ctx->conf->shop->zone, key[0]);
    if (set == NULL) {
        return;
    }

    place = set;

    for (i = 0; i < NGX_HTTP_DYNSTORE_ZONE_SET_PLACES; i++) {
        if (set[i].key[0] == key[0] && set[i].key[1] == key[1]) {
            place = &set[i];
            break;
        }

        if (set[i].made < place->made) {
            place = &set[i];
        }
    }

    if (question == NULL && ngx_http_dynstore_kept_repeatable(ctx, place, key)) {
        ngx_http_dynstore_zone_unlock(ctx->conf->shop->zone);
        return;
    }

    /* a worker that dies here leaves an empty place, not half a decision */
    place->made = 0;
    ngx_memory_barrier();

    place->key[0] = key[0];
    place->key[1] = key[1];
    place->build = ngx_http_dynstore_kept_build(ctx->snapshot->data);
    place->made_ms = now_ms;
    ngx_http_dynstore_kept_write(place, &ctx->decision, question);

    ngx_memory_barrier();
    place->made = ngx_current_msec;

    ngx_http_dynstore_zone_unlock(ctx->conf->shop->zone);
}


/* In milliseconds. A worker whose turn of the event loop began a moment earlier may find what is younger than its own time. */
static uint64_t
ngx_http_dynstore_kept_age(ngx_http_dynstore_kept_t *place)
{
    return place->made > ngx_current_msec ? 0 : ngx_current_msec - place->made;
}


/* Such a decision stays: another that cannot be given again, and that maybe nobody gets to see, is no better last good one. */
static ngx_uint_t
ngx_http_dynstore_kept_repeatable(ngx_http_dynstore_ctx_t *ctx, ngx_http_dynstore_kept_t *place, uint64_t *key)
{
    return place->key[0] == key[0] && place->key[1] == key[1]
           && (place->question.digest[0] || place->question.digest[1])
           && place->build == ngx_http_dynstore_kept_build(ctx->snapshot->data)
           && ngx_http_dynstore_kept_age(place) < (uint64_t) ctx->conf->ttl * 1000;
}


/* A slot that finds no room is left out, and the rest cannot be given again for the whole. */
static void
ngx_http_dynstore_kept_write(ngx_http_dynstore_kept_t *place, const dyn_decision_t *decision,
    ngx_http_dynstore_question_t *question)
{
    u_char                           *p, *end;
    size_t                            size;
    uint16_t                          title_len;
    uint32_t                          i, k;
    dyn_choice_t                     *choice;
    dyn_slot_decision_t              *slot;
    ngx_http_dynstore_kept_choice_t   kept;

    p = place->rows;
    end = p + sizeof(place->rows);
    place->nslots = 0;

    for (i = 0; i < decision->slot_count && i < DYN_SLOTS_MAX; i++) {
        slot = &decision->slots[i];
        size = NGX_HTTP_DYNSTORE_KEPT_ROW_BYTES + slot->name.len + slot->title.len + slot->count * sizeof(kept);

        if (slot->name.len > DYN_SLOT_NAME_BYTES_MAX || size > (size_t) (end - p)) {
            question = NULL;
            continue;
        }

        title_len = (uint16_t) slot->title.len;

        *p++ = (u_char) slot->name.len;
        p = ngx_cpymem(p, &title_len, sizeof(title_len));
        *p++ = (u_char) slot->rung;
        *p++ = (u_char) slot->count;
        p = ngx_cpymem(p, slot->name.data, slot->name.len);
        p = title_len ? ngx_cpymem(p, slot->title.data, title_len) : p;

        for (k = 0; k < slot->count; k++) {
            choice = &slot->choices[k];
            kept.item = choice->item;
            kept.score = choice->score;
            kept.reference = choice->reference;
            kept.source = (uint8_t) choice->source;
            kept.reason = (uint8_t) choice->reason;
            kept.reference_kind = (uint8_t) choice->reference_kind;
            kept.cta = (uint8_t) choice->cta;
            p = ngx_cpymem(p, &kept, sizeof(kept));
        }

        place->nslots++;
    }

    place->bytes = (uint16_t) (p - place->rows);
    place->seed = decision->seed;
    ngx_memcpy(place->id, decision->id, sizeof(place->id));
    place->surface = (uint8_t) decision->surface;
    place->moment = (uint8_t) decision->moment;
    place->rung = (uint8_t) decision->rung;

    if (question != NULL) {
        place->question = *question;

    } else {
        ngx_memzero(&place->question, sizeof(place->question));
    }
}


/* A copy, for the place may be taken at any time. */
static ngx_int_t
ngx_http_dynstore_kept_find(ngx_http_dynstore_ctx_t *ctx, ngx_http_dynstore_kept_t *found)
{
    uint64_t                   key[2];
    ngx_int_t                  rc;
    ngx_uint_t                 i;
    ngx_http_dynstore_kept_t  *set;

    if (ngx_http_dynstore_kept_key(&ctx->visitor_hash, key) != NGX_OK) {
        return NGX_DECLINED;
    }

    set = ngx_http_dynstore_zone_lock_set(ctx->conf->shop->zone, key[0]);
    if (set == NULL) {
        return NGX_DECLINED;
    }

    rc = NGX_DECLINED;

    for (i = 0; i < NGX_HTTP_DYNSTORE_ZONE_SET_PLACES; i++) {
        if (set[i].key[0] == key[0] && set[i].key[1] == key[1] && set[i].made) {
            ngx_memcpy(found, &set[i], offsetof(ngx_http_dynstore_kept_t, rows)
                                       + ngx_min(set[i].bytes, sizeof(set[i].rows)));
            rc = NGX_OK;
            break;
        }
    }

    ngx_http_dynstore_zone_unlock(ctx->conf->shop->zone);

    if (rc == NGX_OK && (found->bytes > sizeof(found->rows)
                         || found->build != ngx_http_dynstore_kept_build(ctx->snapshot->data)))
    {
        return NGX_DECLINED;
    }

    return rc;
}


/* Returns what lies behind the row; NULL when it does not end before `end`. */
static u_char *
ngx_http_dynstore_kept_row(u_char *p, u_char *end, ngx_http_dynstore_kept_row_t *row)
{
    size_t    size;
    uint16_t  title_len;

    if (end - p < NGX_HTTP_DYNSTORE_KEPT_ROW_BYTES) {
        return NULL;
    }

    ngx_memcpy(&title_len, p + 1, sizeof(title_len));

    row->name.len = p[0];
    row->title.len = title_len;
    row->rung = p[3];
    row->count = p[4];

    p += NGX_HTTP_DYNSTORE_KEPT_ROW_BYTES;
    size = row->name.len + row->title.len + row->count * sizeof(ngx_http_dynstore_kept_choice_t);

    if (size > (size_t) (end - p) || row->name.len > DYN_SLOT_NAME_BYTES_MAX) {
        return NULL;
    }

    row->name.data = (char *) p;
    row->title.data = (char *) p + row->name.len;
    row->choices = p + row->name.len + row->title.len;

    return p + size;
}


ngx_int_t
ngx_http_dynstore_kept_again(ngx_http_dynstore_ctx_t *ctx, ngx_http_dynstore_question_t *question)
{
    u_char                           *p, *end;
    uint32_t                          i, k;
    dyn_choice_t                     *choice;
    dyn_decision_t                   *decision;
    dyn_slot_decision_t              *slot;
    ngx_http_dynstore_kept_t          kept;
    ngx_http_dynstore_kept_row_t      row;
    ngx_http_dynstore_kept_choice_t   one;

    if (ngx_http_dynstore_kept_find(ctx, &kept) != NGX_OK
        || kept.question.digest[0] != question->digest[0]
        || kept.question.digest[1] != question->digest[1]
        || ngx_http_dynstore_kept_age(&kept) >= (uint64_t) ctx->conf->ttl * 1000
        || kept.nslots != ctx->nslots)
    {
        return NGX_DECLINED;
    }

    decision = &ctx->decision;

    slot = dyn_arena_array(&ctx->arena, kept.nslots, sizeof(dyn_slot_decision_t));
    if (slot == NULL) {
        return NGX_DECLINED;
    }

    decision->slots = slot;
    decision->item_count = 0;
    p = kept.rows;
    end = p + kept.bytes;

    for (i = 0; i < kept.nslots; i++, slot++) {
        p = ngx_http_dynstore_kept_row(p, end, &row);
        if (p == NULL) {
            return NGX_DECLINED;
        }

        slot->name = ctx->slots[i].name;
        slot->title = dyn_arena_str(&ctx->arena, row.title);
        slot->rung = row.rung;
        slot->count = row.count;
        slot->choices = dyn_arena_alloc(&ctx->arena, (row.count + 1) * sizeof(dyn_choice_t));

        if (slot->title.data == NULL || slot->choices == NULL) {
            return NGX_DECLINED;
        }

        for (k = 0; k < row.count; k++) {
            ngx_memcpy(&one, row.choices + k * sizeof(one), sizeof(one));

            choice = &slot->choices[k];
            choice->item = one.item;
            choice->score = one.score;
            choice->source = one.source;
            choice->reason = one.reason;
            choice->reference_kind = one.reference_kind;
            choice->reference = one.reference;
            choice->cta = one.cta;
        }

        decision->item_count += row.count;
    }

    ngx_memcpy(decision->id, kept.id, sizeof(kept.id));
    decision->id[sizeof(kept.id)] = '\0';
    decision->surface = kept.surface;
    decision->moment = kept.moment;
    decision->rung = kept.rung;
    decision->slot_count = kept.nslots;
    decision->now_ms = kept.made_ms;
    decision->seed = kept.seed;
    decision->ttl_s = (uint32_t) ctx->conf->ttl;

    return NGX_OK;
}


ngx_int_t
ngx_http_dynstore_kept_last_good(ngx_http_dynstore_ctx_t *ctx, ngx_http_dynstore_last_good_t *last_good)
{
    u_char                           *p, *end;
    uint32_t                          i, k, used;
    ngx_http_dynstore_kept_t          kept;
    ngx_http_dynstore_kept_row_t      row;
    ngx_http_dynstore_kept_choice_t   one;

    if (ngx_http_dynstore_kept_find(ctx, &kept) != NGX_OK
        || ngx_http_dynstore_kept_age(&kept) > NGX_HTTP_DYNSTORE_LAST_GOOD_MS)
    {
        return NGX_DECLINED;
    }

    p = kept.rows;
    end = p + kept.bytes;
    used = 0;
    last_good->nslots = 0;

    for (i = 0; i < kept.nslots && i < DYN_SLOTS_MAX; i++) {
        p = ngx_http_dynstore_kept_row(p, end, &row);
        if (p == NULL) {
            break;
        }

        if (row.count == 0) {
            continue;
        }

        ngx_memcpy(last_good->names[i], row.name.data, row.name.len);
        last_good->slots[last_good->nslots] = (dyn_last_good_slot_t) {
            .slot = { last_good->names[i], row.name.len },
            .items = last_good->items + used,
            .count = ngx_min(row.count, NGX_HTTP_DYNSTORE_LAST_GOOD_ITEMS - used)
        };

        for (k = 0; k < last_good->slots[last_good->nslots].count; k++) {
            ngx_memcpy(&one, row.choices + k * sizeof(one), sizeof(one));
            last_good->items[used++] = one.item;
        }

        last_good->nslots++;
    }

    return NGX_OK;
}

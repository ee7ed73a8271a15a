#include "ngx_http_dynstore_zone.h"
#include "../engine/dyn_visitor.h"


#define NGX_HTTP_DYNSTORE_ZONE_MAGIC            0x44594e5a    /* "DYNZ" */
/* left to the slab allocator for its own and for what others put into the zone at start */
#define NGX_HTTP_DYNSTORE_ZONE_SPARE_PAGES      8
#define NGX_HTTP_DYNSTORE_CACHE_LINE            64


typedef struct {
    uint64_t                          key[2];     /* the visitor's hash */
    uint64_t                          build;      /* the first half of the build id */
    int64_t                           time;       /* 0: empty */
    uint32_t                          nslots;
    uint8_t                           counts[DYN_SLOTS_MAX];
    uint8_t                           name_lengths[DYN_SLOTS_MAX];
    char                              names[DYN_SLOTS_MAX][DYN_SLOT_NAME_BYTES_MAX];
    uint32_t                          items[NGX_HTTP_DYNSTORE_LAST_GOOD_ITEMS];
} ngx_http_dynstore_place_t;

typedef struct {
    uint32_t                          magic;
    uint32_t                          layout;
    uint32_t                          counters_bytes;
    uint32_t                          place_bytes;
    uint64_t                          nsets;      /* a power of two; 0: no table */
    uint64_t                          places_offset;      /* from this header */
    ngx_http_dynstore_counters_t      counters;
} ngx_http_dynstore_zone_header_t;


static ngx_int_t ngx_http_dynstore_zone_init(ngx_shm_zone_t *zone, void *data);
static ngx_int_t ngx_http_dynstore_zone_check(ngx_shm_zone_t *zone);
static ngx_http_dynstore_zone_header_t *ngx_http_dynstore_zone_header(ngx_shm_zone_t *zone);
static ngx_http_dynstore_place_t *ngx_http_dynstore_zone_set(uint64_t key);
static ngx_int_t ngx_http_dynstore_zone_key(ngx_str_t *visitor_hash, uint64_t *key);
static uint64_t ngx_http_dynstore_zone_build(const dyn_snapshot_t *snapshot);


static ngx_http_dynstore_counters_t  ngx_http_dynstore_own_counters;

ngx_http_dynstore_counters_t  *ngx_http_dynstore_counters = &ngx_http_dynstore_own_counters;

static ngx_shm_zone_t  *ngx_http_dynstore_zone;


ngx_shm_zone_t *
ngx_http_dynstore_zone_add(ngx_conf_t *cf, ngx_str_t *name, size_t size, void *tag)
{
    ngx_shm_zone_t  *zone;

    zone = ngx_shared_memory_add(cf, name, size, tag);
    if (zone == NULL) {
        return NULL;
    }

    zone->init = ngx_http_dynstore_zone_init;
    zone->data = zone;    /* tells ngx_http_dynstore_zone_init() of the next cycle that this one was set up */

    return zone;
}


static ngx_int_t
ngx_http_dynstore_zone_init(ngx_shm_zone_t *zone, void *data)
{
    size_t                            bytes, head;
    uint64_t                          nsets, set_bytes;
    ngx_slab_pool_t                  *shpool;
    ngx_http_dynstore_zone_header_t  *header;

    shpool = (ngx_slab_pool_t *) zone->shm.addr;

    if (data != NULL || zone->shm.exists) {
        return ngx_http_dynstore_zone_check(zone);
    }

    shpool->log_nomem = 0;

    head = ngx_align(sizeof(ngx_http_dynstore_zone_header_t), NGX_HTTP_DYNSTORE_CACHE_LINE);
    bytes = (shpool->pfree - NGX_HTTP_DYNSTORE_ZONE_SPARE_PAGES) * ngx_pagesize;

    header = bytes > head ? ngx_slab_alloc(shpool, bytes) : NULL;
    if (header == NULL) {
        ngx_log_error(NGX_LOG_EMERG, zone->shm.log, 0, "dynstore_zone \"%V\" has no room for its tables: make it larger",
                      &zone->shm.name);
        return NGX_ERROR;
    }

    ngx_memzero(header, bytes);

    set_bytes = NGX_HTTP_DYNSTORE_LAST_GOOD_PLACES * sizeof(ngx_http_dynstore_place_t);

    for (nsets = 1; 2 * nsets * set_bytes <= bytes - head; nsets *= 2) { /* void */ }

    header->magic = NGX_HTTP_DYNSTORE_ZONE_MAGIC;
    header->layout = NGX_HTTP_DYNSTORE_ZONE_LAYOUT;
    header->counters_bytes = sizeof(ngx_http_dynstore_counters_t);
    header->place_bytes = sizeof(ngx_http_dynstore_place_t);
    header->nsets = nsets * set_bytes <= bytes - head ? nsets : 0;
    header->places_offset = head;

    shpool->data = header;

    return NGX_OK;
}


static ngx_int_t
ngx_http_dynstore_zone_check(ngx_shm_zone_t *zone)
{
    ngx_http_dynstore_zone_header_t  *header;

    header = ngx_http_dynstore_zone_header(zone);

    if (header == NULL || header->magic != NGX_HTTP_DYNSTORE_ZONE_MAGIC
        || header->layout != NGX_HTTP_DYNSTORE_ZONE_LAYOUT
        || header->counters_bytes != sizeof(ngx_http_dynstore_counters_t)
        || header->place_bytes != sizeof(ngx_http_dynstore_place_t))
    {
        ngx_log_error(NGX_LOG_EMERG, zone->shm.log, 0,
                      "dynstore_zone \"%V\" was laid out by another version of the module: restart nginx instead of "
                      "reloading it, or give the zone another name", &zone->shm.name);
        return NGX_ERROR;
    }

    return NGX_OK;
}


static ngx_http_dynstore_zone_header_t *
ngx_http_dynstore_zone_header(ngx_shm_zone_t *zone)
{
    ngx_slab_pool_t  *shpool;

    shpool = (ngx_slab_pool_t *) zone->shm.addr;

    return shpool->data;
}


void
ngx_http_dynstore_zone_attach(ngx_shm_zone_t *zone)
{
    ngx_http_dynstore_zone = zone;
    ngx_http_dynstore_counters = &ngx_http_dynstore_zone_header(zone)->counters;
}


ngx_http_dynstore_zone_size_t
ngx_http_dynstore_zone_size(void)
{
    ngx_http_dynstore_zone_size_t  size;

    ngx_memzero(&size, sizeof(ngx_http_dynstore_zone_size_t));

    if (ngx_http_dynstore_zone != NULL) {
        size.zone_bytes = ngx_http_dynstore_zone->shm.size;
        size.last_good_places = (size_t) ngx_http_dynstore_zone_header(ngx_http_dynstore_zone)->nsets
                                * NGX_HTTP_DYNSTORE_LAST_GOOD_PLACES;
    }

    return size;
}


/* The set of places where a key may be; NULL when there is no table. */
static ngx_http_dynstore_place_t *
ngx_http_dynstore_zone_set(uint64_t key)
{
    ngx_http_dynstore_zone_header_t  *header;
    ngx_http_dynstore_place_t        *places;

    if (ngx_http_dynstore_zone == NULL) {
        return NULL;
    }

    header = ngx_http_dynstore_zone_header(ngx_http_dynstore_zone);
    if (header->nsets == 0) {
        return NULL;
    }

    places = (ngx_http_dynstore_place_t *) ((u_char *) header + header->places_offset);

    return places + (key & (header->nsets - 1)) * NGX_HTTP_DYNSTORE_LAST_GOOD_PLACES;
}


static ngx_int_t
ngx_http_dynstore_zone_key(ngx_str_t *visitor_hash, uint64_t *key)
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
ngx_http_dynstore_zone_build(const dyn_snapshot_t *snapshot)
{
    uint64_t  build;

    ngx_memcpy(&build, snapshot->header->build_id, sizeof(uint64_t));

    return build;
}


void
ngx_http_dynstore_last_good_put(ngx_str_t *visitor_hash, const dyn_snapshot_t *snapshot, const dyn_decision_t *decision,
    time_t now)
{
    uint32_t                    i, k, n, used;
    uint64_t                    key[2];
    ngx_slab_pool_t            *shpool;
    dyn_slot_decision_t        *slot;
    ngx_http_dynstore_place_t  *set, *place;

    if (ngx_http_dynstore_zone_key(visitor_hash, key) != NGX_OK) {
        return;
    }

    set = ngx_http_dynstore_zone_set(key[0]);
    if (set == NULL) {
        return;
    }

    shpool = (ngx_slab_pool_t *) ngx_http_dynstore_zone->shm.addr;

    ngx_shmtx_lock(&shpool->mutex);

    place = set;

    for (i = 0; i < NGX_HTTP_DYNSTORE_LAST_GOOD_PLACES; i++) {
        if (set[i].key[0] == key[0] && set[i].key[1] == key[1]) {
            place = &set[i];
            break;
        }

        if (set[i].time < place->time) {
            place = &set[i];
        }
    }

    place->key[0] = key[0];
    place->key[1] = key[1];
    place->build = ngx_http_dynstore_zone_build(snapshot);
    place->time = now;
    place->nslots = 0;
    used = 0;

    for (i = 0; i < decision->slot_count && i < DYN_SLOTS_MAX; i++) {
        slot = &decision->slots[i];
        n = ngx_min(slot->count, NGX_HTTP_DYNSTORE_LAST_GOOD_ITEMS - used);

        if (n == 0 || slot->name.len > DYN_SLOT_NAME_BYTES_MAX) {
            continue;
        }

        for (k = 0; k < n; k++) {
            place->items[used + k] = slot->choices[k].item;
        }

        used += n;
        place->counts[place->nslots] = (uint8_t) n;
        place->name_lengths[place->nslots] = (uint8_t) slot->name.len;
        ngx_memcpy(place->names[place->nslots], slot->name.data, slot->name.len);
        place->nslots++;
    }

    ngx_shmtx_unlock(&shpool->mutex);
}


ngx_int_t
ngx_http_dynstore_last_good_get(ngx_str_t *visitor_hash, const dyn_snapshot_t *snapshot, time_t now,
    ngx_http_dynstore_last_good_t *last_good)
{
    uint32_t                   i, used;
    uint64_t                   key[2];
    ngx_slab_pool_t           *shpool;
    ngx_http_dynstore_place_t *set, place;

    if (ngx_http_dynstore_zone_key(visitor_hash, key) != NGX_OK) {
        return NGX_DECLINED;
    }

    set = ngx_http_dynstore_zone_set(key[0]);
    if (set == NULL) {
        return NGX_DECLINED;
    }

    place.time = 0;

    shpool = (ngx_slab_pool_t *) ngx_http_dynstore_zone->shm.addr;

    ngx_shmtx_lock(&shpool->mutex);

    for (i = 0; i < NGX_HTTP_DYNSTORE_LAST_GOOD_PLACES; i++) {
        if (set[i].key[0] == key[0] && set[i].key[1] == key[1]) {
            place = set[i];
            break;
        }
    }

    ngx_shmtx_unlock(&shpool->mutex);

    if (place.time == 0 || now - place.time > NGX_HTTP_DYNSTORE_LAST_GOOD_SECONDS
        || place.build != ngx_http_dynstore_zone_build(snapshot))
    {
        return NGX_DECLINED;
    }

    last_good->nslots = place.nslots;
    used = 0;

    ngx_memcpy(last_good->items, place.items, sizeof(place.items));
    ngx_memcpy(last_good->names, place.names, sizeof(place.names));

    for (i = 0; i < place.nslots; i++) {
        last_good->slots[i].slot.data = last_good->names[i];
        last_good->slots[i].slot.len = place.name_lengths[i];
        last_good->slots[i].items = last_good->items + used;
        last_good->slots[i].count = place.counts[i];
        used += place.counts[i];
    }

    return NGX_OK;
}

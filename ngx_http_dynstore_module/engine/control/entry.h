/*
 * Entries of a shop's control stream (docs/data-model.md): what people and programs tell every nginx of the shop. An entry is a list of
 * named texts, as Redis has it; here it becomes a value, and a value becomes such a list. nginx, the command and what reads webhooks share it.
 */
#ifndef DYN_CONTROL_ENTRY_H
#define DYN_CONTROL_ENTRY_H

#include "engine/base/arena.h"

/* X(constant, name): the fields of entries. What each may hold is in entry.c. */
#define DYN_CONTROL_FIELDS(X)                                                           \
    X(VISITOR, "v")                                                                     \
    X(ITEM, "item")                                                                     \
    X(ALSO, "also")                                                                     \
    X(OTHER, "other") X(LOCATION, "location") X(STOCK, "stock") X(CURRENCY, "currency") \
        X(PRICE, "price") X(SALE_PRICE, "sale_price") X(SALE_FROM, "sale_from")         \
            X(SALE_UNTIL, "sale_until") X(AVAILABLE, "available") X(AT, "at")           \
                X(OVERRIDE, "override") X(SLOT, "slot") X(POSITION, "position")         \
                    X(FACTOR, "factor") X(UNTIL, "until") X(VERSION, "version")         \
                        X(CONTROL_POSITION, "control_position") X(REQUEST, "request")   \
                            X(CUSTOMER, "customer") X(AUTHOR, "author") X(REASON, "reason")         \
                                X(ENTRY, "entry")

typedef enum {
#define X(constant, name) DYN_CONTROL_##constant,
    DYN_CONTROL_FIELDS(X)
#undef X
        DYN_CONTROL_FIELD_COUNT
} dyn_control_field_e;

/* X(constant, name, fields that it needs, fields that it may have beside these) */
#define DYN_CONTROL_HAS(field) (1U << DYN_CONTROL_##field)
#define DYN_CONTROL_ASIDE (DYN_CONTROL_HAS(ALSO) | DYN_CONTROL_HAS(AT))
#define DYN_CONTROL_SIGNED (DYN_CONTROL_HAS(AUTHOR) | DYN_CONTROL_HAS(REASON))
#define DYN_CONTROL_KINDS(X)                                                                   \
    X(ERASE, "erase", DYN_CONTROL_HAS(VISITOR), 0)                                             \
    X(KILL, "kill", DYN_CONTROL_SIGNED, 0)                                                     \
    X(REVIVE, "revive", DYN_CONTROL_SIGNED, 0)                                                 \
    X(SET_STOCK, "stock", DYN_CONTROL_HAS(ITEM) | DYN_CONTROL_HAS(STOCK),                      \
      DYN_CONTROL_HAS(LOCATION) | DYN_CONTROL_ASIDE)                                           \
    X(SET_PRICE, "price",                                                                      \
      DYN_CONTROL_HAS(ITEM) | DYN_CONTROL_HAS(PRICE) | DYN_CONTROL_HAS(CURRENCY),              \
      DYN_CONTROL_HAS(SALE_PRICE) | DYN_CONTROL_HAS(SALE_FROM) | DYN_CONTROL_HAS(SALE_UNTIL) | \
          DYN_CONTROL_ASIDE)                                                                   \
    X(SET_AVAILABILITY, "availability", DYN_CONTROL_HAS(ITEM) | DYN_CONTROL_HAS(AVAILABLE),    \
      DYN_CONTROL_ASIDE)                                                                       \
    X(DELETE, "delete", DYN_CONTROL_HAS(ITEM), DYN_CONTROL_ASIDE)                              \
    X(CHANGE, "change", DYN_CONTROL_HAS(ITEM), DYN_CONTROL_ASIDE)                              \
    X(SET_OVERRIDE, "override",                                                                \
      DYN_CONTROL_HAS(OVERRIDE) | DYN_CONTROL_HAS(ITEM) | DYN_CONTROL_HAS(UNTIL) |             \
          DYN_CONTROL_SIGNED,                                                                  \
      DYN_CONTROL_HAS(OTHER) | DYN_CONTROL_HAS(SLOT) | DYN_CONTROL_HAS(POSITION) |             \
          DYN_CONTROL_HAS(FACTOR))                                                             \
    X(RESTORE, "restore", DYN_CONTROL_HAS(ITEM) | DYN_CONTROL_SIGNED,                          \
      DYN_CONTROL_HAS(OVERRIDE) | DYN_CONTROL_HAS(ENTRY))                                      \
    X(RULES, "rules", DYN_CONTROL_HAS(VERSION) | DYN_CONTROL_SIGNED, 0)                        \
    X(SNAPSHOT, "snapshot", DYN_CONTROL_HAS(VERSION),                                          \
      DYN_CONTROL_HAS(CONTROL_POSITION) | DYN_CONTROL_SIGNED)                                  \
    X(PRIVACY, "privacy", DYN_CONTROL_HAS(REQUEST), DYN_CONTROL_HAS(CUSTOMER))

typedef enum {
#define X(constant, name, needs, may) DYN_CONTROL_KIND_##constant,
    DYN_CONTROL_KINDS(X)
#undef X
        DYN_CONTROL_KIND_COUNT
} dyn_control_kind_t;

/* X(constant, name): what an override does. `apart` needs the field `other`, `boost` the field `factor`. */
#define DYN_CONTROL_OVERRIDES(X) X(BLOCK, "block") X(PIN, "pin") X(BOOST, "boost") X(APART, "apart")

typedef enum {
#define X(constant, name) DYN_CONTROL_OVERRIDE_##constant,
    DYN_CONTROL_OVERRIDES(X)
#undef X
        DYN_CONTROL_OVERRIDE_COUNT
} dyn_control_override_t;

/* X(constant, name): what a platform asks for. `redact` and `data` need the field `customer`. */
#define DYN_CONTROL_REQUESTS(X)   \
    X(REDACT, "redact")           \
    X(DATA, "data")               \
    X(SHOP_REDACT, "shop_redact") \
    X(UNINSTALLED, "uninstalle"   \
                   "d")

typedef enum {
#define X(constant, name) DYN_CONTROL_REQUEST_##constant,
    DYN_CONTROL_REQUESTS(X)
#undef X
        DYN_CONTROL_REQUEST_COUNT
} dyn_control_request_t;

enum {
    DYN_CONTROL_TEXT_BYTES_MAX = 128, /* of author and reason, which are shown in status and log */
    DYN_CONTROL_VERSION_BYTES_MAX = 64,                   /* of version, location and customer */
    DYN_CONTROL_FIELDS_MAX = DYN_CONTROL_FIELD_COUNT + 1, /* of one entry, with its kind `k` */
    /* An override is for a while: what is to hold longer belongs into the rules file. */
    DYN_CONTROL_OVERRIDE_DAYS_MAX = 366,
    /* Boosts as those of rules. */
    DYN_CONTROL_FACTOR_MIN_THOUSANDTHS = 50,
    DYN_CONTROL_FACTOR_MAX_THOUSANDTHS = 20000
};

/*
 * Where an entry stands in its stream: of an id MS-SEQ, MS << 20 | SEQ, so that positions order as ids do. More than 2^20 entries in one
 * millisecond would share the last position. 0: nowhere.
 */
typedef uint64_t dyn_control_position_t;

enum { DYN_CONTROL_POSITION_BYTES = 32, DYN_CONTROL_SEQUENCE_BITS = 20 };
/* an id's milliseconds are fewer, until the year 2527: with the sequence they have to fit 64 bits */
#define DYN_CONTROL_POSITION_MS_MAX ((uint64_t)1 << (64 - DYN_CONTROL_SEQUENCE_BITS))

/* "1700000000000-0", or "1700000000000", which is the same. False when it is neither, or too large. */
bool dyn_control_position_read(dyn_str_t id, dyn_control_position_t *position);
/* "1700000000000-0", terminated; "" of 0. */
void dyn_control_position_write(dyn_control_position_t position,
                                char text[DYN_CONTROL_POSITION_BYTES]);

typedef struct {
    dyn_str_t name;
    dyn_str_t value;
} dyn_control_field_t;

/* A text is empty and a number as said where the entry has no such field. */
typedef struct {
    dyn_control_kind_t kind;
    uint32_t has; /* DYN_CONTROL_HAS() of each field that it has */
    dyn_control_position_t
        position; /* whoever reads the stream sets it; 0 after dyn_control_entry_read() */
    dyn_str_t visitor;
    dyn_str_t item; /* normalized (engine/base/item_id.h) */
    dyn_str_t
        also; /* another id of the item, for who does not know `item`: a SKU, a handle; the same */
    dyn_str_t other; /* the same */
    dyn_str_t location;
    dyn_str_t slot;
    dyn_str_t version;
    dyn_str_t customer;
    dyn_str_t author;
    dyn_str_t reason;
    int64_t price_minor;      /* in the currency's smallest unit; -1 none */
    int64_t sale_price_minor; /* the same */
    int64_t sale_from_ms;     /* 0: from ever */
    int64_t sale_until_ms;    /* DYN_TIME_MS_MAX: for good */
    int64_t
        at_ms; /* when the shop says it changed; 0: it does not say. What is older than what is known is passed over */
    int64_t until_ms;
    dyn_control_position_t control_position; /* what a snapshot contains; 0 none */
    dyn_control_position_t entry;            /* the override that is taken back; 0: all */
    int32_t stock;                           /* pieces; -1 unknown, which counts as available */
    uint32_t place;                          /* field `position`: of a pin, from 1; 0: none */
    uint32_t factor_thousandths;             /* of a boost; 0: none */
    dyn_control_override_t override;
    dyn_control_request_t request;
    char currency[4]; /* ISO 4217, terminated; "" */
    bool available;
} dyn_control_entry_t;

/* Whether entries of the kind have the field, needed or not. */
bool dyn_control_kind_has(dyn_control_kind_t kind, dyn_control_field_e field);
bool dyn_control_kind_needs(dyn_control_kind_t kind, dyn_control_field_e field);

/*
 * Kinds of which people write a few a day, and which hold until a later one of these says something else: they are kept when the stream is
 * trimmed, in a stream of their own (docs/data-model.md).
 */
bool dyn_control_kind_lasts(dyn_control_kind_t kind);

/* An entry of that kind that has no field yet, with the values of fields that are not there. */
void dyn_control_entry_begin(dyn_control_entry_t *entry, dyn_control_kind_t kind);

/*
 * From fields as the stream has them; of two with one name the first holds, unknown names are passed over. False with a sentence that
 * names the field, and what would be right. Texts point into the fields.
 */
bool dyn_control_entry_read(const dyn_control_field_t *fields, size_t count,
                            dyn_control_entry_t *entry, dyn_error_t *error);

/*
 * The reverse: the kind and what entry->has names, at most DYN_CONTROL_FIELDS_MAX fields; numbers are written in the arena. Reading them gives
 * the entry again, if it was one. 0: the arena is exhausted.
 */
size_t dyn_control_entry_write(const dyn_control_entry_t *entry, dyn_arena_t *arena,
                               dyn_control_field_t fields[DYN_CONTROL_FIELDS_MAX]);

/* Whether the entry names a sale in which no less is asked than its price. */
bool dyn_control_entry_sale_saves_nothing(const dyn_control_entry_t *entry);

/* "stock" of DYN_CONTROL_KIND_SET_STOCK, "item" of DYN_CONTROL_ITEM. */
dyn_str_t dyn_control_kind_name(dyn_control_kind_t kind);
dyn_str_t dyn_control_field_name(dyn_control_field_e field);

#endif

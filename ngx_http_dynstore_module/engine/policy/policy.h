/*
 * A policy: a shop's rules file, compiled; what merchandisers decide, apart from the models. It is an argument of every decision.
 *
 * Names of items, categories, brands and traits are looked up in one snapshot when the file is compiled, so a policy belongs to the
 * snapshot it was compiled with. A policy is never changed, and may be shared between threads. The file lies over the built-in one
 * (conf.examples/rules.default.json): what it does not name keeps the built-in value.
 */
#ifndef DYN_POLICY_H
#define DYN_POLICY_H

#include "engine/catalogue/blend.h"
#include "engine/catalogue/snapshot.h"
#include "engine/experiment/features.h"
#include "engine/policy/tables.h"

enum { DYN_POLICY_VERSION_BYTES = 16, DYN_EXPERIMENT_ID_BYTES_MAX = 48 };

/*
 * ---- conditions: nodes in prefix order, a node's children behind it ----
 *
 * ALL and ANY have any number of children, NOT has one. REQUEST asks for one field of the request. SUBJECT stands for one object such as
 * `"cart": {...}`: its children (ITEM, ALL, ANY, NOT) must all hold for one and the same item of the subject. ITEM asks for one field
 * of an item: of its subject's, which is that of the SUBJECT above it, where there is one. A condition of several roots is as if they
 * stood below ALL.
 *
 * What is in values, by field; one of them must fit, and of none of them nothing fits. Names that snapshot or table do not know are left out.
 *     surface, moment, device   dyn_surface_t, dyn_moment_t, dyn_device_t
 *     visitor                   dyn_visitor_kind_t
 *     country                   two capitals, first | second << 8
 *     weekday                   0 Monday to 6 Sunday
 *     slot, language, segment, tier, role, customer_tag   numbers of strings
 *     campaign, source, medium, keyword, ad_content, referrer, search, path   numbers of patterns, each of this node alone
 *     intent, category          numbers of categories
 *     id, brand                 numbers of items, of brands
 *     tag, audience, attribute  numbers of traits; of two attributes that are asked for, each is a node of its own
 *     experiment, flag          numbers of variants, of flags
 *     percent                   one number: any that is the same for the rule as long as its id is (of its hash); the share is in `high`
 * They rise. In low and high, both inclusive, -INFINITY and INFINITY where nothing is said:
 *     cart_total, price         in the major unit, as they are written
 *     of another price          shares: 0.5
 *     margin                    a share; rating 0 to 5; cart_items, events, stock, age_days as they are written
 *     percent                   `high`: 0 to 100
 *     time                      minutes of the day: low from, high until (exclusive); low > high: past midnight
 *     on_sale                   low 1: a sale price holds; low 0: none does
 */

typedef enum { DYN_NODE_ALL, DYN_NODE_ANY, DYN_NODE_NOT, DYN_NODE_REQUEST, DYN_NODE_ITEM, DYN_NODE_SUBJECT } dyn_node_kind_t;
typedef enum { DYN_VISITOR_NEW, DYN_VISITOR_RETURNING, DYN_VISITOR_HIGH_INTENT } dyn_visitor_kind_t;
typedef enum { DYN_RELATION_VALUES, DYN_RELATION_SAME_AS, DYN_RELATION_OTHER_THAN, DYN_RELATION_SHARE_OF } dyn_relation_t;

typedef struct {
    uint8_t kind;                          /* dyn_node_kind_t */
    uint8_t field;                         /* dyn_request_field_t or dyn_item_field_t */
    uint8_t subject;                       /* dyn_subject_t */
    uint8_t relation;                      /* dyn_relation_t */
    uint8_t relative_to;                   /* DYN_SUBJECT_PAGE or DYN_SUBJECT_CART */
    uint32_t end;                          /* number of the node behind its last descendant */
    uint32_t values_start, values_count;   /* in values, as above */
    double low, high;                      /* both inclusive */
} dyn_condition_t;

/* Nodes of a condition; none: it always holds. */
typedef struct {
    uint32_t start, count;
} dyn_when_t;

/* ---- rules ---- */

typedef struct {
    uint8_t kind;                          /* dyn_action_kind_t */
    uint8_t cap;                           /* dyn_cap_t */
    uint16_t position;                     /* from 0 */
    uint8_t cta;                           /* dyn_cta_t */
    float number;                          /* factor, share, strength, confidence */
    uint32_t count;                        /* of a cap or limit */
    /*
     * Items that are pinned, preferred, added, kept apart, in the order of the file. Of `sources`: pairs of a dyn_source_t and the bits of a float,
     * its weight; 0: off; below 0: on, with the slot's weight or else 1. Of a cap by tag or attribute: the first trait and the one behind the last
     * that it counts; none: it counts nothing.
     */
    uint32_t values_start, values_count;
    uint32_t text;                         /* of texts; DYN_NONE */
    uint32_t name;                         /* of strings: a content entry; DYN_NONE */
    uint32_t source;                       /* dyn_source_t that a confidence falls back to; DYN_NONE: the slot stays empty */
} dyn_action_t;

typedef struct {
    dyn_str_t id;
    dyn_str_t author, note;                /* of an override: who said it, and why; else empty */
    dyn_when_t when;
    uint32_t actions_start, actions_count;
    int32_t priority;                      /* higher comes first */
    int64_t from_ms, until_ms;             /* 0 and DYN_TIME_MS_MAX: without bound */
    bool enabled;
    bool compliance;                       /* it may filter and exclude by country */
    bool own;                              /* from the shop's file, not the built-in one */
} dyn_rule_t;

/* ---- slots of surfaces ---- */

typedef struct {
    dyn_when_t when;                       /* asks nothing of candidates */
    uint32_t sources_start, sources_count; /* of weights: they replace those of the slot that they name; 0: the source is off */
    uint32_t limit;                        /* 0: as the slot */
    uint32_t title;                        /* of texts; DYN_NONE: as the slot */
    float strength;                        /* below 0: as the slot */
} dyn_variation_t;

typedef struct {
    dyn_blend_row_t row;                   /* name, surface, flags, weights */
    uint32_t variations_start, variations_count; /* the first that holds */
    uint32_t limit;                        /* items; 0: not said */
    uint32_t title;                        /* of texts; DYN_NONE: made from the reasons */
    float strength;                        /* 0..1 */
    uint8_t format;                        /* 0: as nginx.conf says; 1: json; 2: html */
    bool own;                              /* from the shop's file, not the built-in one: it goes before the snapshot's blend */
} dyn_policy_slot_t;

/* ---- experiments ---- */

/* What a variant makes of a slot in its scope. */
typedef struct {
    uint32_t slot;                         /* of strings; DYN_NONE: of each */
    dyn_variation_t as;                    /* its condition is not asked; weights replace those of any row, a limit that of the row */
} dyn_override_t;

typedef struct {
    dyn_str_t id;
    double weight;
    bool show;                             /* false: slots in scope show nothing */
    uint32_t overrides_start, overrides_count; /* of overrides */
    uint32_t contents_start, contents_count;   /* in values: pairs of strings, a slot and the content that it shows */
} dyn_experiment_variant_t;

/* Assignment is GrowthBook's, hash version 2 (engine/experiment/assign.h), of the visitor's number as text. */
typedef struct {
    dyn_str_t id, seed;
    dyn_str_t name_space;                  /* empty: none */
    double namespace_from, namespace_until;
    double coverage;                       /* 0..1 */
    uint32_t feature;                      /* of asked: its value, a variant's id, chooses instead of all that; DYN_NONE */
    dyn_when_t when;                       /* its scope on pages, surfaces and categories included; asks nothing of candidates and slots */
    uint32_t slots_start, slots_count;     /* in values: strings, its scope on a page; none: every slot */
    int64_t from_ms, until_ms;             /* 0 and DYN_TIME_MS_MAX: without bound */
    bool shadow;                           /* everybody gets the first variant; what the own one would show is only recorded */
    uint32_t variants_start, variants_count; /* of variants; the first is the control */
} dyn_experiment_t;

/* Which variant a visitor has in a decision. */
typedef struct {
    uint32_t experiment;                   /* its number in the policy */
    uint32_t variant;                      /* its number in the policy's variants */
    uint32_t slots;                        /* bits by the request's slots: where it was in scope */
    bool shadow;                           /* not in force: the control was */
} dyn_assignment_t;

/* Visitors who get the shop's own pages, so that the worth of the whole can be told. */
typedef struct {
    dyn_str_t seed;
    double share;                          /* 0..1; 0: nobody */
    int64_t from_ms, until_ms;
} dyn_holdout_t;

typedef struct {
    dyn_str_t name;                        /* also the seed of its share */
    dyn_when_t when;                       /* asks nothing of candidates and slots */
    double percent;                        /* 0 to 100; of unknown visitors none, but at 100 */
    uint32_t feature;                      /* of asked: it is on where this one's value is true; DYN_NONE: it is the file's own */
} dyn_flag_t;

typedef struct {
#define X(member, standard, least, most, doc) double member;
    DYN_MOMENT_THRESHOLDS(X)
#undef X
} dyn_moment_thresholds_t;

typedef struct {
#define X(member, standard, least, most, doc) double member;
    DYN_GUARDRAILS(X)
#undef X
} dyn_guardrails_t;

/* From what cart value on shipping is free, in a country and currency. */
typedef struct {
    char country[3];  /* "": in every one that is not named */
    char currency[4];
    int64_t threshold_minor;
} dyn_free_shipping_t;

/*
 * What a slot shows beside items, or instead of them: a hero, a banner, the order of a page's modules. Of a rules file's `content` and of
 * the catalogue's lines of kind content; only what is approved is here.
 */
typedef struct {
    dyn_str_t id, slot;
    dyn_str_t image, url;                  /* empty: none; safe to be written */
    dyn_str_t variant_of;                  /* entries with the same are wordings of one; empty: it is alone */
    dyn_when_t match;                      /* asks nothing of candidates */
    uint32_t kinds;                        /* things that match asks for: who asks for more goes first */
    int32_t priority;
    int64_t from_ms, until_ms;             /* 0 and DYN_TIME_MS_MAX: without bound */
    uint32_t title, text, label;           /* of texts; DYN_NONE: none. label: of its link */
    uint32_t modules_start, modules_count; /* in values: numbers of strings, the order of the page's modules */
    uint32_t items_start, items_count;     /* in values: items to be shown with it */
} dyn_content_t;

typedef struct dyn_texts_s dyn_texts_t;       /* engine/policy/texts.h */
typedef struct dyn_patterns_s dyn_patterns_t; /* engine/policy/patterns.h */
typedef struct dyn_rule_index_s dyn_rule_index_t; /* engine/policy/rule_index.h */

typedef struct dyn_policy_s {
    char version[DYN_POLICY_VERSION_BYTES + 1]; /* hex of the hash of the file's bytes, those of the payload, and overrides */
    const dyn_snapshot_t *snapshot;             /* whose numbers are in it; NULL: none, every name is unknown */

    const dyn_rule_t *rules;                    /* by falling priority, then by id; enabled ones only */
    const dyn_action_t *actions;
    const dyn_condition_t *conditions;
    const uint32_t *values;
    const dyn_str_t *strings;
    const dyn_policy_slot_t *slots;             /* from the particular to the general; the last has any surface and slot */
    const dyn_variation_t *variations;
    const dyn_blend_weight_t *weights;
    const dyn_texts_t *texts;
    const dyn_patterns_t *patterns;
    uint32_t rule_count, slot_count;
    uint32_t own_rule_count;                    /* of the shop's own file */
    uint32_t pattern_count;
    const dyn_rule_index_t *index;              /* what finds the rules of an item; NULL where there are no rules */

    dyn_when_t blocked;                         /* items that are never shown, on no rung */
    dyn_moment_thresholds_t moments;
    dyn_guardrails_t guardrails;
    const dyn_free_shipping_t *free_shipping;   /* messages.free_shipping, in the order of the file */
    uint32_t free_shipping_count;
    const dyn_content_t *contents;              /* by slot, then by id */
    uint32_t content_count;
    const dyn_experiment_t *experiments;        /* in the order of the file */
    const dyn_experiment_variant_t *variants;
    const dyn_override_t *overrides;
    const dyn_flag_t *flags;
    uint32_t experiment_count, variant_count, flag_count;
    dyn_holdout_t holdout;
    const dyn_features_t *features;             /* the GrowthBook payload; NULL: none */
    const uint32_t *asked;                      /* the features of it that the file names; DYN_NONE: it does not have that one */
    uint32_t asked_count;
    bool asks_path;                             /* something asks for the page's path */
    uint32_t returns, delivery;                 /* messages.returns and .delivery, of texts; DYN_NONE */
    dyn_str_t time_zone;                        /* as POSIX's TZ has it: "CET-1CEST,M3.5.0,M10.5.0/3" */

    void *memory;
} dyn_policy_t;

/* Whether the visitor (dyn_context_t.visitor; 0: unknown) is one of the holdout now. policy may be NULL. */
bool dyn_policy_holds_out(const dyn_policy_t *policy, uint64_t visitor, int64_t now_ms);

/* The number of a variant "EXPERIMENT:VARIANT", or DYN_NONE. policy may be NULL. */
uint32_t dyn_policy_variant(const dyn_policy_t *policy, dyn_str_t name);
/* The flag with that number among the file's own, in its order; at most 64. NULL: there are fewer. */
const dyn_flag_t *dyn_policy_own_flag(const dyn_policy_t *policy, uint32_t number);

/* The content of that id, or NULL. policy may be NULL. */
const dyn_content_t *dyn_policy_content(const dyn_policy_t *policy, dyn_str_t id);

/* The built-in policy, without a snapshot. Made once in a process, by whichever thread comes first; never freed. Never NULL. */
const dyn_policy_t *dyn_policy_default(void);
/* The built-in file, conf.examples/rules.default.json: compile it to have the built-in policy with a snapshot, and its contents. */
dyn_str_t dyn_policy_default_text(void);

#endif

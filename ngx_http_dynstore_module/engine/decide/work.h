/* What the parts of one decision share while it is made. Internal to the engine. */
#ifndef DYN_WORK_H
#define DYN_WORK_H

#include "engine/base/arena.h"
#include "engine/catalogue/blend.h"
#include "engine/catalogue/offer.h"
#include "engine/decide/decide.h"
#include "engine/decide/rules.h"
#include "engine/words/meaning.h"

enum {
    /* Items of the session whose neighbours are looked up: older ones hardly count. */
    DYN_ANCHORS_MAX = 8,
    /* What one source may newly propose for a slot, so that none crowds out the others. */
    DYN_SOURCE_CANDIDATES_MAX = 128,
    /* When explaining, removed candidates are kept as well. */
    DYN_EXPLAINED_MAX = 2048,
    /* What the shopper asked for in words: the page's own search, the session's newest two, and the ad's words. */
    DYN_WISHES_MAX = 4
};

/* An item that candidates are proposed for: the page's, or one of the session's. */
typedef struct {
    uint32_t item;
    float weight; /* 1 for the strongest */
    bool viewed;  /* in this session; else it was only put into the cart or on the wishlist */
} dyn_anchor_t;

/* What the shopper asked for in words, and how much that still says. */
typedef struct {
    dyn_meaning_t meaning;
    float strength; /* 0..1, above 0 */
    bool ad;        /* the ad's words; else a search */
} dyn_wish_t;

/* Groups of items that must not be shown (again), with the reason why. */
typedef struct {
    uint32_t group; /* DYN_NONE: empty row */
    uint32_t item;
    int filter; /* dyn_filter_t; -1: it was given free again */
} dyn_exclusion_t;

typedef struct {
    dyn_exclusion_t *rows;
    uint32_t mask;
} dyn_exclusions_t;

/* What liking categories, brands or traits adds to an item's lift, for a look-up in a step or two. */
enum { DYN_LIKES_ROWS = 64 };

typedef struct {
    uint32_t index
        [DYN_LIKES_ROWS]; /* DYN_NONE: empty; one row at least stays so, so that a search ends */
    float lift[DYN_LIKES_ROWS];
    uint32_t count;
    float most; /* the largest lift */
} dyn_likes_t;

/* What multiplies scores beside the session's likes: by item, any factor above 0. */
typedef struct {
    float (*factor_of)(const void *data, uint32_t item); /* NULL: no score is multiplied */
    const void *data;
    float most; /* no factor is larger */
    bool late;  /* factors are small: only candidates that come into question are asked for */
} dyn_boost_t;

/* A source of the sweep: its weight, and what its sums are multiplied by to reach at most that. */
typedef struct {
    dyn_source_t source;
    float weight;
    float scale;
    float *given; /* the sums */
} dyn_asked_t;

/*
 * The candidates of the slot being filled, by columns: a sweep reads one after the other, and most of a candidate is never looked
 * at. A candidate's number is its place in each column. Behind the last there is room for some more, which may be read
 * and whose scores are -1.
 */
enum { DYN_CANDIDATE_LANES = 4 };

typedef struct {
    uint32_t *items;
    float *scores;
    int8_t *removed_by;              /* dyn_filter_t; -1: it stayed */
    float *lifts;                    /* without the boost; 0: the score is not lifted yet */
    int8_t *places;                  /* while explaining: in the slot; -1 when it was not chosen */
    float *given[DYN_SOURCES_COUNT]; /* by each source that was asked */
    uint32_t count;
    uint32_t capacity;
    uint32_t kept;  /* of count, those that no filter removed */
    uint16_t *rows; /* open addressing: number + 1, 0 empty */
    uint32_t row_bits;
    uint32_t starts
        [DYN_SWEEPS_COUNT]; /* of each sweep's candidates; those behind the last are the sweep's at work */
    dyn_sweep_t sweep;                    /* at work, */
    dyn_source_t source;                  /* and in it, */
    float weight;                         /* of the blend, */
    uint32_t known;                       /* how many candidates there were before it, */
    uint32_t room;                        /* how many it may still propose, */
    float largest;                        /* and the largest sum of any candidate so far */
    dyn_asked_t asked[DYN_SOURCES_COUNT]; /* by all sweeps of the slot so far, */
    uint32_t asked_count;
    uint32_t asked_before; /* of them by earlier sweeps */
} dyn_candidates_t;

typedef struct dyn_work_s {
    const dyn_snapshot_t *snapshot;
    const dyn_policy_t *policy;
    const dyn_texts_t *texts; /* the policy's */
    const dyn_request_t *request;
    const dyn_session_t *session; /* NULL when not to be had */
    dyn_arena_t *arena;

    uint32_t language;  /* of the texts: the page's, or what stands in for it */
    uint32_t page_item; /* DYN_NONE when the page has none, or it is unknown */
    uint32_t page_category;
    uint32_t
        page_top; /* the top of the page's category: fillers come from below it. DYN_NONE: none */
    uint32_t within; /* what is chosen now is of this category or below it; DYN_NONE: of any */
    dyn_anchor_t
        anchors[DYN_ANCHORS_MAX];       /* the session's items, newest first, without the page's */
    dyn_anchor_t cart[DYN_ANCHORS_MAX]; /* what is in the cart, newest first */
    const dyn_edges_t *like_rejected; /* by rejection of the session: what is similar to it */
    dyn_anchor_t settled
        [DYN_ANCHORS_MAX]; /* items in the cart or bought whose kind is not looked at any more */
    double cart_value;     /* of all lines, in minor units */
    dyn_wish_t *wishes;    /* strongest first */
    dyn_likes_t liked_categories, liked_brands, liked_traits;
    dyn_boost_t boost;

    /* What the ranking model says of the session, asked once for all slots; NULL: not asked yet. */
    dyn_model_result_t *model_results;

    dyn_exclusions_t exclusions;

    dyn_rules_t *rules;                /* what the policy says of this request */
    const dyn_blend_row_t *row;        /* of the slot being filled, */
    const dyn_blend_weight_t *weights; /* where its weights are counted from, */
    dyn_slot_rules_t *slot_rules;      /* and the rules in force in it; NULL: none are known */
    dyn_explanation_t *explanation;    /* NULL: nothing is explained */
    dyn_slot_explanation_t *explained; /* of the slot being filled; NULL: nothing is noted */
    const dyn_wish_t
        *searched;       /* what is chosen now is what these words mean; NULL: they do not matter */
    int64_t gap_minor; /* an item must cost so much at least, and not much more; 0: whatever it costs */
    double add_on_price; /* what an add-on is judged against, minor units; 0: nothing is */
    const dyn_last_good_slot_t *last_good;
    const dyn_last_good_slot_t *previous; /* of the slot; NULL: nothing is seen */
    dyn_candidates_t candidates;
    float weight_sum; /* of the sources that proposed anything in this sweep */
    float impersonal; /* how far the session is left out of account: 0 not at all, 1 wholly */
    bool explaining; /* and that wholly */
    bool masked;  /* rules, or the catalogue for some visitors only, leave items out */
    bool pinning; /* what is proposed now was found fit for its place already */
    bool page_sold_out;         /* the page's item is known, and there is none left */
    bool category_from_session; /* the page's category is what the session searched for */
    bool compares;       /* the page's item with others that were viewed: these may be shown */
    bool audience_known; /* the session, or the page's item, tells for whom is looked */
    bool for_kids;       /* and it is for children */
    bool for_adults;     /* something was looked at, and nothing for children */
    bool
        fills_listing; /* a listing is filled up: rather by what is of it and was viewed than from elsewhere */
    bool
        beside_page; /* what is chosen now is of the page's part of the shop, or viewed together with its item */
    bool narrowed;    /* more than the catalogue and the session forbids an item in it */
    uint16_t country; /* as in the snapshot; 0 unknown */
    uint32_t anchor_count;
    uint32_t cart_count;
    uint32_t settled_count;
    uint32_t wish_count;
    uint32_t model_result_count;
    float floor; /* of the source being asked */
} dyn_work_t;

static inline const dyn_item_t *dyn_work_item(const dyn_work_t *work, uint32_t item)
{
    return &work->snapshot->items[item];
}

/* engine/decide/filters.c: hard filters. They hold on every rung. */
bool dyn_exclusions_init(dyn_work_t *work);
/* Later calls for the same group keep the first reason, except that `viewed` gives way to any other. */
void dyn_exclusions_add(dyn_work_t *work, uint32_t item, dyn_filter_t filter);
/* What is shown in no slot whatever it is for: masks, and what rules leave out. -1 when the item is none of it, else a dyn_filter_t. */
int dyn_filter_mask(const dyn_work_t *work, uint32_t item_number);
/* The same of an item that a rule pins: neither is it the page's, in the cart, bought, or shown in another slot. */
int dyn_filter_of_pin(const dyn_work_t *work, uint32_t item_number);
/* What was excluded because it was chosen may be shown again. */
void dyn_exclusions_free(dyn_work_t *work, uint32_t item);
/* -1 when the item may be shown in the slot being filled, else a dyn_filter_t. */
int dyn_filter_of(const dyn_work_t *work, uint32_t item_number);

/* The group's row, or the empty one where it belongs. */
static inline const dyn_exclusion_t *dyn_exclusions_find(const dyn_exclusions_t *exclusions,
                                                         uint32_t group)
{
    uint32_t row = (group * 2654435761U) & exclusions->mask;

    while (exclusions->rows[row].group != DYN_NONE && exclusions->rows[row].group != group) {
        row = (row + 1) & exclusions->mask;
    }

    return &exclusions->rows[row];
}

/* The same as dyn_filter_of() < 0. Nothing that a filter asks about is set for most items, which one byte tells. */
static inline bool dyn_filter_passes(const dyn_work_t *work, const dyn_exclusions_t *exclusions,
                                     uint32_t item_number)
{
    if (work->pinning) {
        return true;
    }
    if (!work->narrowed && dyn_item_surely_offered(work->snapshot, item_number) &&
        dyn_exclusions_find(exclusions, item_number)->group == DYN_NONE) {
        return !work->masked || dyn_rules_mask(work, item_number) < 0;
    }

    return dyn_filter_of(work, item_number) < 0;
}

/*
 * engine/decide/page.c: what the page is about, what the shopper asked for in words, and what is at hand of the session.
 * False when the arena is exhausted.
 */
bool dyn_work_begin(dyn_work_t *work);
/* Sets what the slot's row and the sweep narrow down. */
void dyn_work_narrow(dyn_work_t *work, dyn_sweep_t sweep);

/* engine/decide/candidates.c */
bool dyn_candidates_init(dyn_work_t *work);
void dyn_candidates_begin_sweep(dyn_work_t *work, dyn_sweep_t sweep);
/* weight: of the blend, above 0 */
void dyn_candidates_begin(dyn_work_t *work, dyn_source_t source, float weight);
/* Adds weight (> 0) to what the source gives the item. Items that a filter removes are not kept. */
void dyn_candidates_propose(dyn_work_t *work, uint32_t item, float weight);
/* The same for a list, its weights multiplied, and for what the ranking model says. */
void dyn_candidates_propose_edges(dyn_work_t *work, dyn_edges_t edges, float weight);
void dyn_candidates_propose_results(dyn_work_t *work, const dyn_model_result_t *results,
                                    uint32_t count);
/* While explaining: notes that the source would have proposed the item, but that its evidence is below the floor. */
void dyn_candidates_refuse(dyn_work_t *work, uint32_t item);
/* Notes by how much to scale what the source gave. */
void dyn_candidates_end(dyn_work_t *work);
/*
 * Scores the candidates of the sweep: what each source gave is divided by the largest of it and weighted; their sum over the
 * weights at work, multiplied by its boost, is the score. It is still to be lifted by the session's likes: most candidates stand too low for
 * any lift that this request has to matter, so that only those that come into question are.
 */
void dyn_candidates_score(dyn_work_t *work);
/* The most that a score of this can be lifted to. */
float dyn_candidates_score_max(const dyn_work_t *work, float score);
/* Its number, or DYN_NONE. */
uint32_t dyn_candidates_find(const dyn_work_t *work, uint32_t item);
dyn_sweep_t dyn_candidates_sweep(const dyn_work_t *work, uint32_t candidate);
/* What a source gave: its own score, at most 1, times its weight. 0 when it was not asked. */
float dyn_candidates_part(const dyn_work_t *work, uint32_t candidate, dyn_source_t source);

/* The same of every source. */
void dyn_candidates_parts(const dyn_work_t *work, uint32_t candidate,
                          float parts[DYN_SOURCES_COUNT]);

/*
 * engine/decide/lift.c: what multiplies an item's score. Likes raise it (at least 1); price, kind, audience, rejection and
 * repetition lower it (engine/decide/fit.c, at most 1); a boost may do either.
 */
void dyn_likes_begin(dyn_likes_t *likes);
/* Adds to what liking `index` is worth. What is too much for the table is left out. */
void dyn_likes_add(dyn_likes_t *likes, uint32_t index, float lift);
/* How much a trait says of what the shopper is after: an audience most, a tag, other attributes; nothing what all or many items have. */
float dyn_trait_meaning(const dyn_snapshot_t *snapshot, uint32_t trait);
/* Whether `index` is liked at all. */
bool dyn_likes_has(const dyn_likes_t *likes, uint32_t index);
/* The session's likes and what its wishes mean. */
void dyn_likes_collect(dyn_work_t *work);
/* Lifts a candidate's score, once. False when it is out of the question for this slot (an add-on dearer than what it adds to). */
bool dyn_candidates_lift(dyn_work_t *work, uint32_t candidate);
/* No candidate of this request has a larger lift: what the session likes most says so. Boosts that are not late are in the scores. */
float dyn_lift_max(const dyn_work_t *work);
/* The lift of what is liked most in every respect, by any session, with the largest boost: what scores are divided by. */
float dyn_lift_whole(const dyn_work_t *work);

/* engine/decide/fit.c: how well an item fits the shopper's price sense, choice so far and audience: above 0, at most 1. */
float dyn_fit(const dyn_work_t *work, uint32_t item);
/* True when the item is for children and what is looked at is not, the other way round, or it is for another audience. */
bool dyn_is_for_others(const dyn_work_t *work, uint32_t item);
/* The same of what an add-on costs, against what it is added to; 1 where nothing is known. */
float dyn_fit_add_on(const dyn_work_t *work, uint32_t item);
/* An add-on that fits less is not shown. */
extern const float dyn_fit_add_on_least;
/* The same of one that was bought with the very item, or fits it. */
extern const float dyn_fit_proved_least;

/* engine/decide/sources.c: lets every source of the sweep that has a weight in the row propose. */
void dyn_sources_propose(dyn_work_t *work, dyn_sweep_t sweep);
/*
 * engine/decide/source_session.c: what sessions like this one went on to, by the ranking model, and what the catalogue calls like the
 * newest items.
 */
void dyn_source_session_knn(dyn_work_t *work);
/* engine/decide/source_wishes.c: of brands and traits that the session is after; what its words mean. */
void dyn_source_liked(dyn_work_t *work);
void dyn_source_searched(dyn_work_t *work);
/* engine/decide/source_offers.c: what is sold for less now; what is trending, by category and brand. */
void dyn_source_on_sale(dyn_work_t *work);
void dyn_source_trending_in(dyn_work_t *work);
/* engine/decide/source_upsell.c: of the category of the page's item, or of one in the cart, and dearer within a band. */
void dyn_source_upsell(dyn_work_t *work);
/* `to` is of the kind and category of `from`, and dearer by at most the guardrail's upsell_band. */
bool dyn_is_step_up(const dyn_work_t *work, uint32_t from, uint32_t to);
/* True when the item has the words, or a tag, attribute, brand or category that they name. */
bool dyn_wish_means(const dyn_work_t *work, const dyn_wish_t *wish, uint32_t item);
/* engine/decide/source_rules.c: what rules pin in the slot, and add to it. */
void dyn_source_rules(dyn_work_t *work);
/* How much the source's best counts, 0..1: less where little is known. */
float dyn_source_strength(const dyn_work_t *work, dyn_source_t source);

/*
 * engine/decide/diversity.c: chooses up to `wanted` candidates of the sweep, best first, ties by item number. At most ceil(n/2) of one
 * deepest category (unless the page is about that category; ceil(n/4) where nothing is known of shopper and page, ceil(3n/8) where only one item is) and ceil(n/2) + 1
 * of one brand (3/4 of n where the session looked at it) among the n of a slot; where that leaves the sweep short of n, those passed over
 * are taken after all, best first. One item per variant group. chosen: the slot's items so far, room for wanted.
 */
/* All add-ons of a slot beside a cart together are at most guardrails.add_ons_total of what they are added to. below: what is left is put there; NULL. */
enum { DYN_BELOW_MAX = 4 };
typedef struct {
    uint32_t items[DYN_BELOW_MAX]; /* candidates just below the chosen ones, best first */
    uint32_t count;
} dyn_below_t;

bool dyn_diversity_choose(dyn_work_t *work, uint32_t wanted, uint32_t *chosen,
                          uint32_t *chosen_count, dyn_below_t *below);
/* When no sweep follows: places that were kept for a quota go to the best of those that were passed over. */
void dyn_diversity_release(dyn_work_t *work, uint32_t wanted, uint32_t *chosen,
                           uint32_t *chosen_count);

/*
 * engine/decide/explore.c: by the request's seed, gives some of the last places to items below: guardrails.exploration of the slot's
 * places on average, never the first. first: places before it were chosen earlier. Writes to propensities how probable each place's
 * item was.
 */
void dyn_explore(dyn_work_t *work, dyn_str_t slot, const dyn_below_t *below, uint32_t first,
                 uint32_t *chosen, float *propensities, uint32_t count);

/*
 * engine/decide/geography.c: by what a rule boosts or buries that asks for the country and is no compliance rule: at most by
 * guardrails.geography_boost, and the less the more items the session has; with 8 not at all.
 */
float dyn_geography_factor(const dyn_work_t *work, uint32_t rule, float factor);

/*
 * engine/decide/hysteresis.c: what this visitor still sees. Items of it are as good as scores larger by the margin
 * (guardrails.hysteresis) are, and keep their order unless the gain is larger than it.
 */
/* What the slot showed; NULL: nothing. */
const dyn_last_good_slot_t *dyn_previous_of(const dyn_request_t *request, dyn_str_t slot);
/* By how much the item's score is multiplied. */
float dyn_hysteresis_lift(const dyn_work_t *work, uint32_t item);
/* Puts the choices from `first` on into the order that is still seen. */
void dyn_hysteresis_order(const dyn_work_t *work, dyn_choice_t *choices, uint32_t first,
                          uint32_t count);

/* engine/decide/reasons.c */
/*
 * Where the slot says the same of three choices already, another claim that is true of this one and nearly as strong is made instead.
 */
void dyn_reason_vary(const dyn_work_t *work, uint32_t candidate, const dyn_choice_t *before,
                     uint32_t count, dyn_choice_t *choice);
/* What the shopper may do with the item. */
dyn_cta_t dyn_cta_of(const dyn_work_t *work, uint32_t item);
/*
 * Why the item fits this shopper, by what this session tells: filters, searches, brands and traits of several items, their prices, and
 * that it was come back to. Only what is true and of the strength `least` or more; the strongest first, at most `most`. Returns how many.
 */
uint32_t dyn_reason_fits(const dyn_work_t *work, uint32_t item, float least, dyn_choice_t *claims, uint32_t most);
void dyn_reason_give(const dyn_work_t *work, uint32_t candidate, dyn_choice_t *choice);
/* The whole choice, but for its score, of an item that the shop picked: why it fits this shopper, else that it is of the range. */
void dyn_reason_of_picked(const dyn_work_t *work, uint32_t item, dyn_choice_t *choice);
dyn_rung_t dyn_candidate_rung(const dyn_work_t *work, uint32_t candidate);

/* engine/decide/titles.c: the block's heading; false when the arena is exhausted. */
bool dyn_title_give(const dyn_work_t *work, dyn_slot_decision_t *slot);
/* How strong the block is: the mean of its choices' strengths, 0..1. */
float dyn_slot_confidence(const dyn_slot_decision_t *slot);

#endif

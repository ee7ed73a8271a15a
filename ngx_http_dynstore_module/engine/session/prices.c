/* The band of prices that a shopper moves in. engine/session/session.h has the formulas. */
#include "engine/base/curves.h"
#include "engine/base/money.h"
#include "engine/catalogue/offer.h"
#include "engine/session/fold.h"

#include <math.h>

/* A session that saw one price only still allows some room around it; a difference of logarithms, as the next. */
static const double narrowest_band = 0.25;
/* Who sorts by price asks for the lower (or upper) third of what was seen. */
static const double sorted_shift = 0.35;
static const double filter_strength = 0.9;
static const double sorted_strength = 0.5;
/* Items of the snapshot that are asked for its currency. */
enum { currency_items_max = 16 };

/* The shop's: of an item of the session, or of one of the first; "" when they have no price. */
static const char *currency_of(const dyn_fold_t *fold)
{
    const char *currency = "";

    for (uint32_t item = 0;
         currency[0] == '\0' && item < fold->snapshot->item_count && item < currency_items_max;
         item++) {
        currency = dyn_item_price(fold->snapshot, item).currency;
    }

    return currency;
}

/* "50-200", "50-", "-200" in major units. */
static bool read_bounds(dyn_str_t text, unsigned exponent, int64_t *low, int64_t *high)
{
    const char *dash = text.len == 0 ? NULL : memchr(text.data, '-', text.len);

    if (dash == NULL || text.len == 1) {
        return false;
    }

    dyn_str_t first = {text.data, (size_t)(dash - text.data)};
    dyn_str_t last = {dash + 1, text.len - first.len - 1};

    *low = 0;
    *high = DYN_PRICE_MINOR_MAX;

    return (first.len == 0 || dyn_money_parse(first, exponent, low)) &&
           (last.len == 0 || dyn_money_parse(last, exponent, high)) && *low <= *high && *high > 0;
}

void dyn_fold_price_wish(dyn_fold_t *fold, const dyn_event_t *event, uint32_t events_ago)
{
    dyn_price_wish_t *wish = &fold->wish;
    bool of_price = dyn_str_equal(event->field, DYN_STR("price"));

    if (event->type == DYN_EVENT_SORT && !wish->sort_read) {
        wish->sort_read = true;
        wish->sort_ago = events_ago;
        if (of_price) {
            wish->sorted = dyn_str_equal_nocase(event->value, DYN_STR("asc"))    ? -1
                           : dyn_str_equal_nocase(event->value, DYN_STR("desc")) ? 1
                                                                                 : 0;
        }
    }
    if (event->type == DYN_EVENT_FILTER && of_price && !wish->filter_read) {
        dyn_str_t currency = dyn_str_from(currency_of(fold));
        dyn_str_t said = dyn_str_from(event->currency);

        wish->filter_read = true;
        wish->filter_ago = events_ago;
        /* bounds in another currency cannot be compared */
        wish->filtered =
            (said.len == 0 || dyn_str_equal(said, currency)) &&
            read_bounds(event->value, dyn_money_exponent(currency), &wish->low, &wish->high);
    }
}

/* From what was looked at; false when no price is known. */
static bool band_of_items(const dyn_fold_t *fold)
{
    dyn_session_t *session = fold->session;
    double logs[DYN_FOLD_ITEMS_MAX];
    double sum = 0;
    double mean = 0;
    double variance = 0;
    uint32_t priced = 0;

    for (uint32_t i = 0; i < session->recent_count; i++) {
        int64_t minor = dyn_item_price(fold->snapshot, session->recent[i].item).minor;

        logs[i] = minor > 0 ? dyn_log((double)minor) : -1; /* unknown */
        if (minor > 0) {
            priced++;
            sum += fold->interests[i];
            mean += fold->interests[i] * logs[i];
        }
    }

    if (!(sum > 0)) {
        return false;
    }
    mean /= sum;

    for (uint32_t i = 0; i < session->recent_count; i++) {
        if (logs[i] >= 0) {
            variance += fold->interests[i] * (logs[i] - mean) * (logs[i] - mean);
        }
    }

    double deviation = sqrt(variance / sum);
    double spread = deviation > narrowest_band ? deviation : narrowest_band;
    double strength = priced / (priced + 2.0) * dyn_exp(-deviation);

    if (fold->wish.sorted != 0) {
        double decay = dyn_pow(DYN_FOLD_STEP_DECAY, fold->wish.sort_ago);

        mean += fold->wish.sorted * sorted_shift * decay;
        strength = fmax(strength, sorted_strength * decay);
    }

    session->price_low = llround(dyn_exp(mean - spread));
    session->price_high = llround(dyn_exp(mean + spread));
    session->price_strength = (float)strength;

    return true;
}

void dyn_fold_prices(dyn_fold_t *fold)
{
    dyn_session_t *session = fold->session;

    (void)band_of_items(fold);

    if (fold->wish.filtered) {
        double strength = filter_strength * dyn_pow(DYN_FOLD_STEP_DECAY, fold->wish.filter_ago);

        if (strength > (double)session->price_strength) {
            session->price_low = fold->wish.low;
            session->price_high = fold->wish.high;
            session->price_strength = (float)strength;
        }
    }
}

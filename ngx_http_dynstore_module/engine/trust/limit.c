#include "engine/trust/limit.h"

#include "engine/base/limits.h"

/* The time that `count` takes at this rate. At most 10^6 times 3.6 * 10^9, which fits. */
static uint64_t time_of(uint64_t count, const dyn_rate_t *rate)
{
    return count * rate->per_ms * 1000 / rate->count;
}

/* How long until the bucket is empty; independent of any rate. */
static uint64_t full_us(const dyn_bucket_t *bucket, uint64_t now_us)
{
    return bucket->tag != 0 && bucket->empty_us > now_us ? bucket->empty_us - now_us : 0;
}

/* The same for this tag at this rate, at most a full bucket: after a clock went back it could look fuller. */
static uint64_t level_of(const dyn_bucket_t *bucket, uint64_t tag, const dyn_rate_t *rate,
                         uint64_t now_us)
{
    uint64_t level = bucket->tag == tag ? full_us(bucket, now_us) : 0;

    return level <= time_of((uint64_t)rate->burst + DYN_EVENT_ENTRIES_MAX, rate) ? level : 0;
}

dyn_bucket_t *dyn_bucket_find(dyn_bucket_t set[DYN_LIMIT_SET_BUCKETS], uint64_t tag,
                              uint64_t now_ms)
{
    dyn_bucket_t *soonest = &set[0];

    for (size_t i = 0; i < DYN_LIMIT_SET_BUCKETS; i++) {
        if (set[i].tag == tag) {
            return &set[i];
        }
        if (full_us(&set[i], now_ms * 1000) < full_us(soonest, now_ms * 1000)) {
            soonest = &set[i];
        }
    }

    return soonest;
}

uint32_t dyn_bucket_wait(const dyn_bucket_t *bucket, uint64_t tag, const dyn_rate_t *rate,
                         uint64_t now_ms, uint32_t count)
{
    uint64_t level = level_of(bucket, tag, rate, now_ms * 1000);
    uint64_t burst = time_of(rate->burst, rate);
    uint64_t wanted = count < rate->burst ? time_of(count, rate) : burst;

    return level + wanted <= burst ? 0 : (uint32_t)((level + wanted - burst) / 1000000 + 1);
}

void dyn_bucket_fill(dyn_bucket_t *bucket, uint64_t tag, const dyn_rate_t *rate, uint64_t now_ms,
                     uint32_t count)
{
    bucket->empty_us =
        now_ms * 1000 + level_of(bucket, tag, rate, now_ms * 1000) + time_of(count, rate);
    bucket->tag = tag;
}

static bool read_count(dyn_str_t text, size_t *at, uint32_t *count)
{
    size_t from = *at;
    uint32_t value = 0;

    while (*at < text.len && text.data[*at] >= '0' && text.data[*at] <= '9' && *at - from < 7) {
        value = value * 10 + (uint32_t)(text.data[(*at)++] - '0');
    }
    *count = value;

    return *at > from && value >= 1 && value <= DYN_LIMIT_BURST_MAX;
}

bool dyn_rate_parse(dyn_str_t text, dyn_rate_t *rate, dyn_error_t *error)
{
    static const struct {
        char unit;
        uint32_t ms;
    } units[] = {{'s', 1000}, {'m', 60000}, {'h', 3600000}};
    size_t at = 0;

    *rate = (dyn_rate_t){0, 0, 0};
    if (dyn_str_equal(text, DYN_STR("off"))) {
        return true;
    }

    bool good = read_count(text, &at, &rate->count) && at + 1 < text.len && text.data[at] == '/';

    for (size_t i = 0; good && i < sizeof(units) / sizeof(units[0]); i++) {
        rate->per_ms = text.data[at + 1] == units[i].unit ? units[i].ms : rate->per_ms;
    }
    at += 2;

    if (good && rate->per_ms != 0 && at == text.len) {
        uint64_t burst = (uint64_t)rate->count * DYN_LIMIT_BURST_SECONDS * 1000 / rate->per_ms;

        rate->burst = burst < DYN_EVENT_ENTRIES_MAX ? DYN_EVENT_ENTRIES_MAX
                      : burst > DYN_LIMIT_BURST_MAX ? DYN_LIMIT_BURST_MAX
                                                    : (uint32_t)burst;
        return true;
    }

    good = good && rate->per_ms != 0 && text.data[at++] == ',' &&
           read_count(text, &at, &rate->burst) && at == text.len;
    if (!good) {
        *rate = (dyn_rate_t){0, 0, 0};
    }

    return good || dyn_fail(error,
                            "\"%.*s\" is no rate: write 1 to %d in s, m or h and a burst, such as "
                            "20/s,400, or off",
                            (int)(text.len < 64 ? text.len : 64), text.data, DYN_LIMIT_BURST_MAX);
}

#include "engine/trust/limit.h"

#include "engine/base/limits.h"

/* A worker's clock may be a little behind another's; far behind is a clock of 32 bits that went round. */
enum { behind_ms = 60000 };

static uint64_t level_of(const dyn_bucket_t *bucket, const dyn_rate_t *rate, uint32_t now_ms)
{
    uint32_t elapsed_ms = now_ms - bucket->last_ms;

    if (elapsed_ms > UINT32_MAX - behind_ms) {
        elapsed_ms = 0;
    }

    uint64_t drained = (uint64_t)elapsed_ms * rate->count * 1000 / rate->per_ms;

    return bucket->level_milli > drained ? bucket->level_milli - drained : 0;
}

dyn_bucket_t *dyn_bucket_find(dyn_bucket_t set[DYN_LIMIT_SET_BUCKETS], uint64_t tag,
                              const dyn_rate_t *rate, uint32_t now_ms)
{
    dyn_bucket_t *lowest = &set[0];
    uint64_t lowest_level = UINT64_MAX;

    for (size_t i = 0; i < DYN_LIMIT_SET_BUCKETS; i++) {
        if (set[i].tag == tag) {
            return &set[i];
        }

        uint64_t level = set[i].tag == 0 ? 0 : level_of(&set[i], rate, now_ms);

        if (level < lowest_level) {
            lowest_level = level;
            lowest = &set[i];
        }
    }

    return lowest;
}

uint32_t dyn_bucket_wait(const dyn_bucket_t *bucket, uint64_t tag, const dyn_rate_t *rate,
                         uint32_t now_ms, uint32_t count)
{
    uint64_t level = bucket->tag == tag ? level_of(bucket, rate, now_ms) : 0;
    uint64_t burst = (uint64_t)rate->burst * 1000;
    uint64_t wanted = count < rate->burst ? (uint64_t)count * 1000 : burst;

    if (level + wanted <= burst) {
        return 0;
    }

    uint64_t wait_ms = (level + wanted - burst) * rate->per_ms / ((uint64_t)rate->count * 1000);

    return (uint32_t)(wait_ms / 1000 + 1);
}

void dyn_bucket_fill(dyn_bucket_t *bucket, uint64_t tag, const dyn_rate_t *rate, uint32_t now_ms,
                     uint32_t count)
{
    uint64_t level = bucket->tag == tag ? level_of(bucket, rate, now_ms) : 0;

    level += (uint64_t)count * 1000;
    bucket->tag = tag;
    bucket->level_milli = level < UINT32_MAX ? (uint32_t)level : UINT32_MAX;
    bucket->last_ms = now_ms;
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

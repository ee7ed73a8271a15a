#include "dyn_session.h"

enum { user_agent_bytes_max = 512 };

/* Lower case. `bot`, `crawl` and `spider` name nearly all who name themselves; the rest call themselves otherwise. */
static const char *const bots[] = {
    "bot",
    "crawl",
    "spider",
    "slurp",
    "facebookexternalhit",
    "headless",
    "lighthouse",
    "pagespeed",
    "python-requests",
    "python-urllib",
    "go-http-client",
    "libwww-perl",
    "scrapy",
    "pingdom",
    "bingpreview",
    "mediapartners",
    "feedfetcher",
    "archiver",
    "google-inspectiontool",
};

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static bool begins(dyn_str_t text, size_t at, const char *needle)
{
    size_t i = 0;

    while (needle[i] != '\0' && at + i < text.len && lower(text.data[at + i]) == needle[i]) {
        i++;
    }

    return needle[i] == '\0';
}

static unsigned pair(char first, char second)
{
    return ((unsigned)lower(first) & 31U) << 5 | ((unsigned)lower(second) & 31U);
}

/* Which of the needles (lower case, two letters or more, at most 32) stand in the text: a bit each. One pass for all of them. */
static uint32_t found_in(dyn_str_t text, const char *const *needles, size_t count)
{
    uint32_t starts[32] = {0}; /* a bit for each pair of letters that a needle begins with */
    uint32_t found = 0;

    if (text.len > user_agent_bytes_max) {
        text.len = user_agent_bytes_max;
    }
    for (size_t n = 0; n < count; n++) {
        unsigned p = pair(needles[n][0], needles[n][1]);

        starts[p >> 5] |= 1U << (p & 31);
    }

    for (size_t at = 0; at + 1 < text.len; at++) {
        unsigned p = pair(text.data[at], text.data[at + 1]);

        if ((starts[p >> 5] >> (p & 31) & 1) == 0) {
            continue;
        }
        for (size_t n = 0; n < count; n++) {
            if (begins(text, at, needles[n])) {
                /* Cubot makes telephones. */
                found |= needles == bots && n == 0 && at >= 2 && begins(text, at - 2, "cubot")
                             ? 0
                             : 1U << n;
            }
        }
    }

    return found;
}

dyn_device_t dyn_device_from_user_agent(dyn_str_t user_agent)
{
    enum { ANDROID = 1, MOBILE = 2, TABLETS = 4 | 8 | 16, PHONES = 32 | 64 };
    static const char *const names[] = {"android", "mobi",      "ipad", "tablet",
                                        "kindle",  "iphone",    "ipod", "x11",
                                        "windows", "macintosh", "cros "};
    uint32_t found = found_in(user_agent, names, sizeof(names) / sizeof(names[0]));

    if ((found & TABLETS) != 0 || (found & (ANDROID | MOBILE)) == ANDROID) {
        return DYN_DEVICE_TABLET;
    }
    if ((found & (MOBILE | PHONES)) != 0) {
        return DYN_DEVICE_MOBILE;
    }

    return found != 0 ? DYN_DEVICE_DESKTOP : DYN_DEVICE_UNKNOWN;
}

bool dyn_user_agent_is_bot(dyn_str_t user_agent)
{
    return found_in(user_agent, bots, sizeof(bots) / sizeof(bots[0])) != 0;
}

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

/* Where the lower-case needle begins in text, or text.len. */
static size_t find(dyn_str_t text, const char *needle)
{
    for (size_t at = 0; at < text.len; at++) {
        if (lower(text.data[at]) != needle[0]) {
            continue;
        }

        size_t i = 1;

        while (needle[i] != '\0' && at + i < text.len && lower(text.data[at + i]) == needle[i]) {
            i++;
        }
        if (needle[i] == '\0') {
            return at;
        }
    }

    return text.len;
}

static bool has(dyn_str_t text, const char *needle)
{
    return find(text, needle) < text.len;
}

static dyn_str_t cut(dyn_str_t user_agent)
{
    if (user_agent.len > user_agent_bytes_max) {
        user_agent.len = user_agent_bytes_max;
    }

    return user_agent;
}

dyn_device_t dyn_device_from_user_agent(dyn_str_t user_agent)
{
    dyn_str_t text = cut(user_agent);
    bool android = has(text, "android");
    bool mobile = has(text, "mobi");

    if (has(text, "ipad") || has(text, "tablet") || has(text, "kindle") || (android && !mobile)) {
        return DYN_DEVICE_TABLET;
    }
    if (mobile || has(text, "iphone") || has(text, "ipod")) {
        return DYN_DEVICE_MOBILE;
    }
    if (has(text, "windows") || has(text, "macintosh") || has(text, "x11") || has(text, "cros ")) {
        return DYN_DEVICE_DESKTOP;
    }

    return DYN_DEVICE_UNKNOWN;
}

bool dyn_user_agent_is_bot(dyn_str_t user_agent)
{
    dyn_str_t text = cut(user_agent);

    for (size_t i = 0; i < sizeof(bots) / sizeof(bots[0]); i++) {
        size_t at = find(text, bots[i]);

        /* Cubot makes telephones. */
        if (at < text.len && !(i == 0 && at >= 2 && lower(text.data[at - 1]) == 'u' &&
                               lower(text.data[at - 2]) == 'c')) {
            return true;
        }
    }

    return false;
}

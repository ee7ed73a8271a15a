#include "engine/session/session.h"
#include "engine/session/device.h"

enum { user_agent_bytes_max = 512 };

/*
 * What is looked for, lower case, with its first two letters once more; L is whatever X needs. `bot`, `crawl` and `spider`
 * name nearly all bots who name themselves, the rest call themselves otherwise; from `android` on they are devices.
 */
#define WORDS(X, L)                                     \
    X(L, BOT, 'b', 'o', "bot")                          \
    X(L, CRAWL, 'c', 'r', "crawl")                      \
    X(L, SPIDER, 's', 'p', "spider")                    \
    X(L, SLURP, 's', 'l', "slurp")                      \
    X(L, FACEBOOK, 'f', 'a', "facebookexternalhit")     \
    X(L, HEADLESS, 'h', 'e', "headless")                \
    X(L, LIGHTHOUSE, 'l', 'i', "lighthouse")            \
    X(L, PAGESPEED, 'p', 'a', "pagespeed")              \
    X(L, REQUESTS, 'p', 'y', "python-requests")         \
    X(L, URLLIB, 'p', 'y', "python-urllib")             \
    X(L, GO_CLIENT, 'g', 'o', "go-http-client")         \
    X(L, LIBWWW, 'l', 'i', "libwww-perl")               \
    X(L, SCRAPY, 's', 'c', "scrapy")                    \
    X(L, PINGDOM, 'p', 'i', "pingdom")                  \
    X(L, BINGPREVIEW, 'b', 'i', "bingpreview")          \
    X(L, MEDIAPARTNERS, 'm', 'e', "mediapartners")      \
    X(L, FEEDFETCHER, 'f', 'e', "feedfetcher")          \
    X(L, ARCHIVER, 'a', 'r', "archiver")                \
    X(L, INSPECTION, 'g', 'o', "google-inspectiontool") \
    X(L, ANDROID, 'a', 'n', "android")                  \
    X(L, MOBILE, 'm', 'o', "mobi")                      \
    X(L, IPAD, 'i', 'p', "ipad")                        \
    X(L, TABLET, 't', 'a', "tablet")                    \
    X(L, KINDLE, 'k', 'i', "kindle")                    \
    X(L, IPHONE, 'i', 'p', "iphone")                    \
    X(L, IPOD, 'i', 'p', "ipod")                        \
    X(L, X11, 'x', '1', "x11")                          \
    X(L, WINDOWS, 'w', 'i', "windows")                  \
    X(L, MACINTOSH, 'm', 'a', "macintosh")              \
    X(L, CROS, 'c', 'r', "cros ")

enum {
#define X(L, name, first, second, word) name,
    WORDS(X, 0)
#undef X
        WORDS_COUNT
};

static const char *const words[] = {
#define X(L, name, first, second, word) word,
    WORDS(X, 0)
#undef X
};

_Static_assert(WORDS_COUNT <= 32, "a word is a bit");

#define BIT(word) (UINT32_C(1) << (word))
#define BOTS (BIT(ANDROID) - 1)
#define TABLETS (BIT(IPAD) | BIT(TABLET) | BIT(KINDLE))
#define PHONES (BIT(MOBILE) | BIT(IPHONE) | BIT(IPOD))

/* The words with a byte of such lower five bits, which are the same in both cases, at their first and second place. */
#define FIRST(L, name, first, second, word) | (((first)&31) == (L) ? BIT(name) : 0)
#define SECOND(L, name, first, second, word) | (((second)&31) == (L) ? BIT(name) : 0)
#define ROW(X, L) (0 WORDS(X, L))
#define ROWS(X, L) ROW(X, L), ROW(X, (L) + 1), ROW(X, (L) + 2), ROW(X, (L) + 3)
#define TABLE(X)                                                                                \
    {                                                                                           \
        ROWS(X, 0), ROWS(X, 4), ROWS(X, 8), ROWS(X, 12), ROWS(X, 16), ROWS(X, 20), ROWS(X, 24), \
            ROWS(X, 28)                                                                         \
    }

static const uint32_t by_first[32] = TABLE(FIRST);
static const uint32_t by_second[32] = TABLE(SECOND);

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static bool begins(dyn_str_t text, size_t at, const char *word)
{
    size_t i = 0;

    while (word[i] != '\0' && at + i < text.len && lower(text.data[at + i]) == word[i]) {
        i++;
    }

    return word[i] == '\0';
}

/* Which of the words that may begin here do. */
static uint32_t words_at(dyn_str_t text, size_t at, uint32_t candidates)
{
    uint32_t found = 0;

    for (; candidates != 0; candidates &= candidates - 1) {
        int word = __builtin_ctz(candidates);

        /* Cubot makes telephones. */
        if (begins(text, at, words[word]) &&
            !(word == BOT && at >= 2 && begins(text, at - 2, "cubot"))) {
            found |= BIT(word);
        }
    }

    return found;
}

static dyn_device_t device_of(uint32_t found)
{
    if ((found & TABLETS) != 0 || (found & (BIT(ANDROID) | BIT(MOBILE))) == BIT(ANDROID)) {
        return DYN_DEVICE_TABLET;
    }
    if ((found & PHONES) != 0) {
        return DYN_DEVICE_MOBILE;
    }

    return (found & ~BOTS) != 0 ? DYN_DEVICE_DESKTOP : DYN_DEVICE_UNKNOWN;
}

dyn_user_agent_t dyn_user_agent_read(dyn_str_t user_agent)
{
    uint32_t found = 0;
    uint32_t begun = 0; /* the words of whose first byte the last one may be */

    if (user_agent.len > user_agent_bytes_max) {
        user_agent.len = user_agent_bytes_max;
    }
    for (size_t i = 0; i < user_agent.len; i++) {
        unsigned low = (unsigned char)user_agent.data[i] & 31U;

        if (__builtin_expect((begun & by_second[low]) != 0, 0)) {
            found |= words_at(user_agent, i - 1, begun & by_second[low]);
        }
        begun = by_first[low];
    }

    return (dyn_user_agent_t){.device = device_of(found), .bot = (found & BOTS) != 0};
}

/*
 * Consent: what a visitor allows, read from what consent managers write into cookies and browsers into headers.
 *
 * A source is silent when it is absent. What is there and cannot be read is no consent. Of several sources that speak
 * the lowest level holds; dyn_consent_t is in that order, so the lowest is the smallest.
 */
#ifndef DYN_CONSENT_H
#define DYN_CONSENT_H

#include "engine/base/types.h"

/*
 * X(constant, name): none: nothing is read or stored. functional: the session. full: also the history, the event stream
 * and all that is made from it.
 */
#define DYN_CONSENT_LEVELS(X) \
    X(NONE, none)             \
    X(FUNCTIONAL, functional) \
    X(FULL, full)

typedef enum {
#define X(constant, name) DYN_CONSENT_##constant,
    DYN_CONSENT_LEVELS(X)
#undef X
        DYN_CONSENT_SILENT
} dyn_consent_t;

/*
 * X(constant, word in dynstore_consent, name of the cookie, or of the header)
 *
 * value: any text: none, functional or full; 0 is none and anything else full.
 * cookie: our own: none, functional or full.
 * gpc, dnt: the browser's headers. They only forbid: anything but 0 is none.
 * onetrust: `groups=C0001:1,C0003:1` in a query string, percent-encoded: a group for functional and one for full.
 * cookiebot: {stamp:'..',preferences:true,statistics:false}, which is no JSON: preferences is functional, with statistics
 *   full. -1 alone is full: the visitor is where no consent is asked for. A stamp of -1 says nothing.
 * tcf: IAB TCF version 2: purposes 1, 5 and 6 are functional, with 8 full; consent only, no legitimate interest.
 * gpp: IAB GPP: the sections of the United States, and TCF inside. A visitor who opted out of sale, sharing or targeted
 *   advertising, by a section or its GPC, gets the level `opted_out`, one who did not full. Other sections are silent.
 * google: Consent Mode: personalization_storage granted is functional, with analytics_storage granted full.
 *
 * TCF: github.com/InteractiveAdvertisingBureau/GDPR-Transparency-and-Consent-Framework, "Consent string and vendor list
 * formats v2"; GPP: github.com/InteractiveAdvertisingBureau/Global-Privacy-Platform, Core and Sections.
 */
#define DYN_CONSENT_SOURCES(X)                 \
    X(VALUE, "value", "")                      \
    X(COOKIE, "cookie", "dyn_consent")         \
    X(GPC, "gpc", "Sec-GPC")                   \
    X(DNT, "dnt", "DNT")                       \
    X(ONETRUST, "onetrust", "OptanonConsent")  \
    X(COOKIEBOT, "cookiebot", "CookieConsent") \
    X(TCF, "tcf", "euconsent-v2")              \
    X(GPP, "gpp", "dyn_gpp")                   \
    X(GOOGLE, "google", "dyn_google")

typedef enum {
#define X(constant, word, place) DYN_CONSENT_FROM_##constant,
    DYN_CONSENT_SOURCES(X)
#undef X
} dyn_consent_source_t;

/* A source as it was configured; its texts are not owned. */
typedef struct {
    dyn_consent_source_t source;
    dyn_str_t place;     /* the cookie's or header's name */
    dyn_str_t groups[2]; /* onetrust: for functional and for full */
    bool core; /* tcf, also inside gpp: the purposes of vendors instead of the publisher's own */
    dyn_consent_t opted_out; /* gpp */
} dyn_consent_rule_t;

/*
 * Reads a source with its options, `tcf=core,cookie:NAME`. value is no such source. The options are separated by commas:
 * cookie:NAME for all that read a cookie, functional:GROUP and full:GROUP (onetrust), publisher or core (tcf, gpp),
 * optout:LEVEL (gpp). Of `cookie` the option is the name itself. False with a sentence.
 */
bool dyn_consent_rule_read(dyn_str_t text, dyn_consent_rule_t *rule, dyn_error_t *error);
bool dyn_consent_in_header(dyn_consent_source_t source);

/* The level of one text, as the cookie or header has it; empty: silent. Never fails and never allocates. */
dyn_consent_t dyn_consent_read(const dyn_consent_rule_t *rule, dyn_str_t text);
/* The lowest level of all cookies of the rule's name in a Cookie header. */
dyn_consent_t dyn_consent_in_cookies(const dyn_consent_rule_t *rule, dyn_str_t header);

static inline dyn_consent_t dyn_consent_lower(dyn_consent_t a, dyn_consent_t b)
{
    return a < b ? a : b;
}

/* The level's name; that of none for silent. Terminated. */
dyn_str_t dyn_consent_name(dyn_consent_t level);
bool dyn_consent_from_name(dyn_str_t name, dyn_consent_t *level);

#endif

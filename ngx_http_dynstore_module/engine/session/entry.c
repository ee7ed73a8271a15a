#include "engine/session/session.h"

#include "engine/base/percent.h"
#include "engine/base/utf8.h"

#include <string.h>

/* Parameters that advertisers' links carry. Which one came tells the channel; its value would tell the person. */
static const char *const click_ids[] = {
    "gclid",  "gbraid",    "wbraid", "dclid", "fbclid",    "msclkid", "ttclid",
    "twclid", "li_fat_id", "epik",   "ScCid", "irclickid", "yclid",   "rdt_cid",
};

static dyn_str_t decoded(dyn_str_t value, dyn_arena_t *arena)
{
    /* no more is decoded than three bytes for each that is kept */
    if (value.len > 3 * DYN_ENTRY_BYTES_MAX) {
        value.len = 3 * DYN_ENTRY_BYTES_MAX;
    }

    char *text = dyn_arena_alloc(arena, value.len);

    if (text == NULL) {
        return DYN_STR_NONE;
    }

    size_t length = dyn_percent_decode(value, true, text, NULL);
    dyn_str_t whole = dyn_utf8_cut((dyn_str_t){text, length}, DYN_ENTRY_BYTES_MAX);

    /* what is no text says nothing about where a shopper came from */
    return dyn_utf8_clean(whole) ? whole : DYN_STR_NONE;
}

static void read_parameter(dyn_str_t name, dyn_str_t value, dyn_arena_t *arena, dyn_entry_t *entry)
{
    struct {
        const char *name;
        dyn_str_t *field;
    } const fields[] = {
        {"utm_source", &entry->source},     {"utm_medium", &entry->medium},
        {"utm_campaign", &entry->campaign}, {"utm_term", &entry->term},
        {"utm_content", &entry->content},
    };

    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        if (dyn_str_equal(name, dyn_str_from(fields[i].name))) {
            if (fields[i].field->len == 0) {
                *fields[i].field = decoded(value, arena);
            }
            return;
        }
    }

    for (size_t i = 0; i < sizeof(click_ids) / sizeof(click_ids[0]); i++) {
        if (entry->click_id.len == 0 && dyn_str_equal(name, dyn_str_from(click_ids[i]))) {
            entry->click_id = dyn_str_from(click_ids[i]);
            return;
        }
    }
}

static dyn_str_t host_of(dyn_str_t url)
{
    size_t at = 0;

    while (at < url.len && url.data[at] != ':' && url.data[at] != '/') {
        at++;
    }
    if (at == 0 || url.len - at < 4 || memcmp(url.data + at, "://", 3) != 0) {
        return DYN_STR_NONE;
    }

    dyn_str_t rest = {url.data + at + 3, url.len - at - 3};
    size_t end = 0;

    while (end < rest.len && memchr("/?#", rest.data[end], 3) == NULL) {
        if (rest.data[end] == '@') {
            rest.data += end + 1;
            rest.len -= end + 1;
            end = 0;
            continue;
        }
        end++;
    }
    rest.len = end;

    /* [2001:db8::1]:8443 keeps its brackets, shop.example:8443 loses its port */
    const char *colon =
        rest.len > 0 && rest.data[0] == '[' ? NULL : memchr(rest.data, ':', rest.len);

    if (rest.len > 0 && rest.data[0] == '[') {
        const char *bracket = memchr(rest.data, ']', rest.len);

        rest.len = bracket == NULL ? 0 : (size_t)(bracket + 1 - rest.data);
    } else if (colon != NULL) {
        rest.len = (size_t)(colon - rest.data);
    }

    return rest;
}

static dyn_str_t without_www(dyn_str_t host)
{
    if (host.len > 4 && dyn_str_equal_nocase((dyn_str_t){host.data, 4}, DYN_STR("www."))) {
        host.data += 4;
        host.len -= 4;
    }

    return host;
}

static dyn_str_t referrer_host(dyn_str_t referrer, dyn_str_t own_host, dyn_arena_t *arena)
{
    dyn_str_t host = host_of(referrer);
    char url[DYN_ENTRY_BYTES_MAX + 8] = "any://";

    if (host.len == 0 || host.len > DYN_ENTRY_BYTES_MAX) {
        return DYN_STR_NONE;
    }

    if (own_host.len <= DYN_ENTRY_BYTES_MAX && own_host.len > 0) {
        memcpy(url + 6, own_host.data, own_host.len);
        own_host = host_of((dyn_str_t){url, own_host.len + 6});
        if (dyn_str_equal_nocase(without_www(host), without_www(own_host))) {
            return DYN_STR_NONE;
        }
    }

    char *text = dyn_arena_alloc(arena, host.len);

    if (text == NULL) {
        return DYN_STR_NONE;
    }

    for (size_t i = 0; i < host.len; i++) {
        char c = host.data[i];

        if (c >= 'A' && c <= 'Z') {
            c = (char)(c | 0x20);
        }
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
              (c != '\0' && strchr(".-_:[]", c) != NULL))) {
            return DYN_STR_NONE;
        }
        text[i] = c;
    }

    return (dyn_str_t){text, host.len};
}

void dyn_entry_parse(dyn_str_t query, dyn_str_t referrer, dyn_str_t own_host, dyn_arena_t *arena,
                     dyn_entry_t *entry)
{
    memset(entry, 0, sizeof(*entry));

    for (size_t at = 0, read = 0; at < query.len && read < DYN_ENTRY_PARAMETERS_MAX; read++) {
        const char *from = query.data + at;
        const char *ampersand = memchr(from, '&', query.len - at);
        size_t length = ampersand == NULL ? query.len - at : (size_t)(ampersand - from);
        const char *equals = memchr(from, '=', length);

        if (equals != NULL && equals + 1 < from + length) {
            read_parameter((dyn_str_t){from, (size_t)(equals - from)},
                           (dyn_str_t){equals + 1, (size_t)(from + length - equals - 1)}, arena,
                           entry);
        }
        at += length + 1;
    }

    entry->referrer = referrer_host(referrer, own_host, arena);
}

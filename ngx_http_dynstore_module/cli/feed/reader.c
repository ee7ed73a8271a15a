#include "cli/feed/reader.h"

#include <stdlib.h>
#include <string.h>

#include "cli/feed/amount.h"
#include "cli/feed/plain.h"
#include "cli/input/values.h"

bool dyn_feed_item(dyn_feed_t *feed, json_t *object, uint64_t line)
{
    bool good;

    if (object == NULL) {
        return dyn_fail(feed->source.faults->error, "%.160s:%llu: memory is out", feed->source.path,
                        (unsigned long long)line);
    }
    if (feed->settings->language != NULL && json_object_get(object, "language") == NULL) {
        dyn_feed_set(object, "language", dyn_str_from(feed->settings->language));
    }
    good = dyn_catalog_take(&feed->source, object, line, NULL);
    json_decref(object);

    return good;
}

bool dyn_feed_variant(dyn_feed_t *feed, dyn_str_t parent, json_t *object, uint64_t line)
{
    bool good = object != NULL ? dyn_catalog_take_variant(&feed->source, parent, object, line)
                               : dyn_fail(feed->source.faults->error, "%.160s:%llu: memory is out",
                                          feed->source.path, (unsigned long long)line);

    json_decref(object);

    return good;
}

bool dyn_feed_fault(dyn_feed_t *feed, uint64_t line, const char *column, const char *sentence)
{
    feed->source.faults->values++;

    return dyn_fault(feed->source.faults, feed->source.path, line, column, "%s", sentence);
}

/* ---- members ---- */

static json_t *text_of(dyn_str_t text)
{
    json_t *value = json_stringn(text.data, text.len);

    /* a text with a zero byte, or no UTF-8, is said to be wrong where it is read */
    return value != NULL ? value : json_string("\x1a");
}

void dyn_feed_set(json_t *object, const char *member, dyn_str_t text)
{
    text = dyn_values_trim(text);
    if (text.len > 0) {
        json_object_set_new(object, member, text_of(text));
    }
}

void dyn_feed_set_plain(json_t *object, const char *member, dyn_str_t html)
{
    char *plain = malloc(html.len + 1);

    if (plain != NULL) {
        dyn_feed_set(object, member, (dyn_str_t){plain, dyn_plain_text(html, plain)});
        free(plain);
    }
}

/* A list that is a member, made when there is none; a text that stands there becomes its first element. */
static json_t *list_of(json_t *object, const char *member)
{
    json_t *there = json_object_get(object, member);

    if (json_is_array(there)) {
        return there;
    }

    json_t *list = json_array();

    if (there != NULL) {
        json_array_append(list, there);
    }
    json_object_set_new(object, member, list);

    return list;
}

void dyn_feed_add(json_t *object, const char *member, dyn_str_t text)
{
    text = dyn_values_trim(text);
    if (text.len == 0) {
        return;
    }

    json_t *list = list_of(object, member), *value = text_of(text), *other;
    size_t i;

    json_array_foreach(list, i, other)
    {
        if (json_equal(other, value)) {
            json_decref(value);
            return;
        }
    }
    json_array_append_new(list, value);
}

void dyn_feed_add_parts(json_t *object, const char *member, dyn_str_t text, const char *separator)
{
    size_t length = strlen(separator), start = 0;

    for (size_t at = 0; at <= text.len; at++) {
        bool end = at == text.len;

        if (!end && (text.len - at < length || memcmp(text.data + at, separator, length) != 0)) {
            continue;
        }
        dyn_feed_add(object, member, (dyn_str_t){text.data + start, at - start});
        start = at + length;
        at += end ? 0 : length - 1;
    }
}

void dyn_feed_add_attribute(json_t *object, dyn_str_t name, dyn_str_t value)
{
    static const struct {
        const char *name, *member;
    } own[] = {
        {"colour", "colour"},         {"color", "colour"},      {"farbe", "colour"},
        {"couleur", "colour"},        {"size", "sizes"},        {"sizes", "sizes"},
        {"gr\u00f6\u00dfe", "sizes"}, {"taille", "sizes"},      {"talla", "sizes"},
        {"gender", "audience"},       {"audience", "audience"},
    };
    json_t *attributes;
    char copy[64];

    name = dyn_values_trim(name);
    value = dyn_values_trim(value);
    if (name.len == 0 || name.len >= sizeof(copy) || value.len == 0) {
        return;
    }
    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
        if (dyn_str_equal_nocase(name, dyn_str_from(own[i].name))) {
            dyn_feed_add(object, own[i].member, value);
            return;
        }
    }
    for (size_t i = 0; i < name.len; i++) {
        char c = name.data[i];

        copy[i] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
    }
    copy[name.len] = '\0';
    attributes = json_object_get(object, "attributes");
    if (attributes == NULL) {
        attributes = json_object();
        json_object_set_new(object, "attributes", attributes);
    }
    dyn_feed_add(attributes, copy, value);
}

bool dyn_feed_set_price(const dyn_feed_t *feed, json_t *object, const char *member, dyn_str_t text,
                        dyn_error_t *problem)
{
    const char *own = json_string_value(json_object_get(object, "currency"));
    const char *currency = own != NULL                        ? own
                           : feed->settings->currency != NULL ? feed->settings->currency
                                                              : "";
    dyn_amount_t amount;

    text = dyn_values_trim(text);
    if (text.len == 0) {
        return true;
    }
    if (!dyn_amount_read(text, currency, feed->settings->decimal, &amount, problem)) {
        return false;
    }
    if (amount.currency[0] == '\0') {
        return dyn_fail(problem, "\"%.*s\" has no currency: --currency EUR would say which it is",
                        (int)(text.len < 40 ? text.len : 40), text.data);
    }
    if (own != NULL && strcmp(own, amount.currency) != 0) {
        return dyn_fail(problem, "is in %s, and another price of the row is in %s", amount.currency,
                        own);
    }
    json_object_set_new(object, member, json_string(amount.text));
    json_object_set_new(object, "currency", json_string(amount.currency));

    return true;
}

/* Bytes that a path may have as they are (RFC 3986, 3.3, without sub-delims). */
static bool plain_in_path(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~' || c == '/';
}

void dyn_feed_set_url(const dyn_feed_t *feed, json_t *object, const char *pattern, dyn_str_t handle)
{
    static const char place[] = "{handle}";
    char url[2048];
    size_t length = 0;

    pattern = feed->settings->item_url != NULL ? feed->settings->item_url : pattern;
    while (*pattern != '\0' && length + 4 < sizeof(url)) {
        if (strncmp(pattern, place, sizeof(place) - 1) != 0) {
            url[length++] = *pattern++;
            continue;
        }
        for (size_t i = 0; i < handle.len && length + 4 < sizeof(url); i++) {
            unsigned char c = (unsigned char)handle.data[i];

            if (plain_in_path(c)) {
                url[length++] = (char)c;
            } else {
                url[length++] = '%';
                url[length++] = "0123456789ABCDEF"[c >> 4];
                url[length++] = "0123456789ABCDEF"[c & 15];
            }
        }
        pattern += sizeof(place) - 1;
    }
    dyn_feed_set(object, "url", (dyn_str_t){url, length});
}

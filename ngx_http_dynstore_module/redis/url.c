#include "redis/url.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/percent.h"

static const char *find(dyn_str_t text, char c)
{
    return text.len == 0 ? NULL : memchr(text.data, c, text.len);
}

static const char *last_at(dyn_str_t text)
{
    for (size_t i = text.len; i > 0; i--) {
        if (text.data[i - 1] == '@') {
            return text.data + i - 1;
        }
    }

    return NULL;
}

/* The text before `end`, and the text after it. */
static dyn_str_t before(dyn_str_t text, const char *end)
{
    return (dyn_str_t){text.data, (size_t)(end - text.data)};
}

static dyn_str_t behind(dyn_str_t text, const char *end)
{
    return (dyn_str_t){end + 1, text.len - (size_t)(end + 1 - text.data)};
}

/* What is wrong with an address, without showing any of it. */
static const char *const bad_scheme = "it does not begin with redis:// or unix:",
                         *const bad_user =
                             "its user or password is badly encoded: % must be followed by two hex "
                             "digits other than 00, and % itself is %25",
                         *const no_host = "it names no host",
                         *const bad_host =
                             "its host is not a name or an address; an IPv6 address needs "
                             "brackets",
                         *const bad_port = "its port is not a number from 1 to 65535",
                         *const bad_db = "its database is not a number from 0 to 65535",
                         *const no_path = "it names no path",
                         *const bad_length = "it is longer than 1023 bytes or holds a NUL";

/* Each copy is put after the last one in address->text. */
static const char *keep(char **room, dyn_str_t text)
{
    char *kept = *room;

    if (text.len != 0) {
        memcpy(kept, text.data, text.len);
    }
    kept[text.len] = '\0';
    *room += text.len + 1;

    return kept;
}

/* Returns NULL when the text is badly encoded or decodes to a NUL. */
static const char *keep_decoded(char **room, dyn_str_t text)
{
    char *kept = *room;
    bool well_formed = true;
    size_t length = dyn_percent_decode(text, false, kept, &well_formed);

    kept[length] = '\0';
    *room += length + 1;

    return well_formed && strlen(kept) == length ? kept : NULL;
}

static bool read_number(dyn_str_t text, int min, int max, int *number)
{
    *number = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9' || *number > max) {
            return false;
        }
        *number = *number * 10 + (text.data[i] - '0');
    }

    return text.len > 0 && *number >= min && *number <= max;
}

/* "user:password", "user" or ":password". */
static bool read_user(dyn_str_t text, char **room, dyn_redis_url_t *address)
{
    const char *colon = find(text, ':');
    dyn_str_t user = colon == NULL ? text : before(text, colon);

    if (user.len > 0) {
        address->user = keep_decoded(room, user);
        if (address->user == NULL) {
            return false;
        }
    }
    if (colon != NULL && behind(text, colon).len > 0) {
        address->password = keep_decoded(room, behind(text, colon));
        return address->password != NULL;
    }

    return true;
}

/* "host", "host:port", "[address]" or "[address]:port". Returns NULL or what is wrong, like the functions below. */
static const char *read_host(dyn_str_t text, char **room, dyn_redis_url_t *address)
{
    const char *colon;

    if (text.len > 0 && text.data[0] == '[') {
        const char *bracket = find(text, ']');
        struct in6_addr ignored;

        if (bracket == NULL) {
            return bad_host;
        }
        address->host = keep(room, before(behind(text, text.data), bracket));
        if (inet_pton(AF_INET6, address->host, &ignored) != 1) {
            return bad_host;
        }
        text = behind(text, bracket);
        colon = text.data;
        if (text.len > 0 && text.data[0] != ':') {
            return bad_host;
        }
    } else {
        colon = find(text, ':');
        address->host = keep(room, colon == NULL ? text : before(text, colon));
        if (address->host[0] == '\0') {
            return no_host;
        }
        if (strchr(address->host, '?') != NULL) {
            return bad_host;
        }
    }
    if (colon == NULL || text.len == 0) {
        return NULL;
    }

    return read_number(behind(text, colon), 1, 65535, &address->port) ? NULL : bad_port;
}

static const char *read_tcp(dyn_str_t rest, char **room, dyn_redis_url_t *address)
{
    const char *at = last_at(rest), *slash, *wrong;

    if (at != NULL) {
        if (!read_user(before(rest, at), room, address)) {
            return bad_user;
        }
        rest = behind(rest, at);
    }

    slash = find(rest, '/');
    if (slash != NULL) {
        if (behind(rest, slash).len > 0 &&
            !read_number(behind(rest, slash), 0, DYN_REDIS_DB_MAX, &address->db)) {
            return bad_db;
        }
        rest = before(rest, slash);
    }
    wrong = read_host(rest, room, address);
    if (wrong != NULL) {
        return wrong;
    }

    bool bracketed = strchr(address->host, ':') != NULL;

    snprintf(address->shown, sizeof(address->shown), "redis://%s%.1016s%s:%d", bracketed ? "[" : "",
             address->host, bracketed ? "]" : "", address->port);

    return NULL;
}

static const char *read_unix(dyn_str_t rest, char **room, dyn_redis_url_t *address)
{
    const char *colon = find(rest, ':');

    if (colon != NULL && !read_number(behind(rest, colon), 0, DYN_REDIS_DB_MAX, &address->db)) {
        return bad_db;
    }
    address->path = keep(room, colon == NULL ? rest : before(rest, colon));
    snprintf(address->shown, sizeof(address->shown), "unix:%.1020s", address->path);

    return address->path[0] != '\0' ? NULL : no_path;
}

static bool begins(dyn_str_t text, dyn_str_t with)
{
    return text.len >= with.len && memcmp(text.data, with.data, with.len) == 0;
}

static const char *read(dyn_str_t url, dyn_redis_url_t *address)
{
    static const dyn_str_t tcp = {"redis://", 8}, socket = {"unix:", 5};
    char *room = address->text;

    if (url.len > DYN_REDIS_URL_BYTES_MAX || find(url, '\0') != NULL) {
        return bad_length;
    }
    if (begins(url, tcp)) {
        return read_tcp((dyn_str_t){url.data + tcp.len, url.len - tcp.len}, &room, address);
    }
    if (begins(url, socket)) {
        return read_unix((dyn_str_t){url.data + socket.len, url.len - socket.len}, &room, address);
    }

    return bad_scheme;
}

bool dyn_redis_url_parse(dyn_str_t url, dyn_redis_url_t *address, dyn_error_t *error)
{
    memset(address, 0, sizeof(*address));
    address->port = DYN_REDIS_PORT_DEFAULT;

    const char *wrong = read(url, address), *at = last_at(url);

    if (wrong == NULL) {
        return true;
    }

    /* without an @ any part may be a password, if the host was forgotten */
    dyn_str_t shown = at == NULL ? DYN_STR_NONE : behind(url, at);

    return dyn_fail(error,
                    "the address of Redis%s%.*s%s cannot be read: %s; "
                    "write redis://[user[:password]@]host[:port][/db] or unix:PATH[:db]",
                    at == NULL ? "" : ", \"@", (int)(shown.len > 64 ? 64 : shown.len),
                    at == NULL ? "" : shown.data, at == NULL ? "" : "\",", wrong);
}

dyn_str_t dyn_redis_url_password(dyn_str_t url)
{
    const char *end = last_at(url);
    size_t start = 0;

    /* a path may hold an @ */
    if (end == NULL || begins(url, DYN_STR("unix:"))) {
        return DYN_STR_NONE;
    }

    size_t at = (size_t)(end - url.data);

    for (size_t i = 0; i + 1 < at; i++) {
        if (url.data[i] == '/' && url.data[i + 1] == '/') {
            start = i + 2;
            break;
        }
    }

    dyn_str_t user = {url.data + start, at - start};
    const char *colon = find(user, ':');

    return colon == NULL ? DYN_STR_NONE : behind(user, colon);
}

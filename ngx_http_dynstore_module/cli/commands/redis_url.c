#include "cli/commands/redis_url.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/percent.h"

static const char *find(dyn_str_t text, char c)
{
    return text.len == 0 ? NULL : memchr(text.data, c, text.len);
}

/* What stands before `end`, and what behind it. */
static dyn_str_t before(dyn_str_t text, const char *end)
{
    return (dyn_str_t){text.data, (size_t)(end - text.data)};
}

static dyn_str_t behind(dyn_str_t text, const char *end)
{
    return (dyn_str_t){end + 1, text.len - (size_t)(end + 1 - text.data)};
}

/* Copies are put one behind the other into address->text. */
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

/* NULL when it is not well formed or decodes to a NUL. */
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

/* "host", "host:port", "[address]" or "[address]:port". */
static bool read_host(dyn_str_t text, char **room, dyn_redis_url_t *address)
{
    const char *colon;

    if (text.len > 0 && text.data[0] == '[') {
        const char *bracket = find(text, ']');
        struct in6_addr ignored;

        if (bracket == NULL) {
            return false;
        }
        address->host = keep(room, before(behind(text, text.data), bracket));
        if (inet_pton(AF_INET6, address->host, &ignored) != 1) {
            return false;
        }
        text = behind(text, bracket);
        if (text.len == 0) {
            return true;
        }
        colon = text.data[0] == ':' ? text.data : NULL;
    } else {
        colon = find(text, ':');
        address->host = keep(room, colon == NULL ? text : before(text, colon));
        if (address->host[0] == '\0' || strchr(address->host, '?') != NULL) {
            return false;
        }
        if (colon == NULL) {
            return true;
        }
    }

    return colon != NULL && read_number(behind(text, colon), 1, 65535, &address->port);
}

static bool read_tcp(dyn_str_t rest, char **room, dyn_redis_url_t *address)
{
    const char *at = NULL, *slash;

    for (size_t i = 0; i < rest.len; i++) {
        if (rest.data[i] == '@') {
            at = rest.data + i;
        }
    }
    if (at != NULL) {
        if (!read_user(before(rest, at), room, address)) {
            return false;
        }
        rest = behind(rest, at);
    }

    slash = find(rest, '/');
    if (slash != NULL) {
        if (behind(rest, slash).len > 0 &&
            !read_number(behind(rest, slash), 0, DYN_REDIS_DB_MAX, &address->db)) {
            return false;
        }
        rest = before(rest, slash);
    }
    if (!read_host(rest, room, address)) {
        return false;
    }

    bool bracketed = strchr(address->host, ':') != NULL;

    snprintf(address->shown, sizeof(address->shown), "redis://%s%.1000s%s:%d", bracketed ? "[" : "",
             address->host, bracketed ? "]" : "", address->port);

    return true;
}

static bool read_unix(dyn_str_t rest, char **room, dyn_redis_url_t *address)
{
    const char *colon = find(rest, ':');

    if (colon != NULL && !read_number(behind(rest, colon), 0, DYN_REDIS_DB_MAX, &address->db)) {
        return false;
    }
    address->path = keep(room, colon == NULL ? rest : before(rest, colon));
    snprintf(address->shown, sizeof(address->shown), "unix:%.1000s", address->path);

    return address->path[0] != '\0';
}

static bool begins(dyn_str_t text, dyn_str_t with)
{
    return text.len >= with.len && memcmp(text.data, with.data, with.len) == 0;
}

bool dyn_redis_url_parse(dyn_str_t url, dyn_redis_url_t *address, dyn_error_t *error)
{
    static const dyn_str_t tcp = {"redis://", 8}, socket = {"unix:", 5};
    char *room = address->text;

    memset(address, 0, sizeof(*address));
    address->port = DYN_REDIS_PORT_DEFAULT;

    if (url.len <= DYN_REDIS_URL_BYTES_MAX && memchr(url.data, '\0', url.len) == NULL) {
        if (begins(url, tcp) &&
            read_tcp((dyn_str_t){url.data + tcp.len, url.len - tcp.len}, &room, address)) {
            return true;
        }
        if (begins(url, socket) &&
            read_unix((dyn_str_t){url.data + socket.len, url.len - socket.len}, &room, address)) {
            return true;
        }
    }

    return dyn_fail(error,
                    "the address of Redis cannot be read: redis://[user@]host[:port][/db] or "
                    "unix:PATH[:db] would be right, with a database from 0 to %d",
                    DYN_REDIS_DB_MAX);
}

dyn_str_t dyn_redis_url_password(dyn_str_t url)
{
    size_t start = 0, at = url.len;

    /* a path may hold an @ */
    if (begins(url, DYN_STR("unix:"))) {
        return DYN_STR_NONE;
    }
    while (at > 0 && url.data[at - 1] != '@') {
        at--;
    }
    if (at == 0) {
        return DYN_STR_NONE;
    }
    at--;

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

/* Any header and query string of a request: cookie, User-Agent, entry source. The first line is the query, the second the Referer,
   the rest the header. */
#include "engine/base/percent.h"
#include "engine/session/session.h"
#include "engine/base/utf8.h"
#include "engine/trust/visitor.h"
#include "engine/session/device.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static dyn_str_t line(dyn_str_t *rest)
{
    const char *end = rest->len == 0 ? NULL : memchr(rest->data, '\n', rest->len);
    dyn_str_t text = {rest->data, end == NULL ? rest->len : (size_t)(end - rest->data)};
    size_t used = text.len + (end != NULL);

    rest->data += used;
    rest->len -= used;

    return text;
}

static void check_part(dyn_str_t text)
{
    if (text.len > DYN_ENTRY_BYTES_MAX || !dyn_utf8_clean(text)) {
        abort();
    }
}

/* What is found was signed, and only what is of the right form was hashed. */
static void check_found(dyn_str_t header)
{
    static const uint8_t bytes[DYN_VISITOR_KEY_BYTES] = {1, 2, 3};
    dyn_visitor_key_t key;
    char hash[DYN_VISITOR_HASH_BYTES + 1];
    unsigned tries = DYN_VISITOR_COOKIES_MAX;

    if (!dyn_visitor_key_prepare(bytes, &key)) {
        abort();
    }

    dyn_str_t value = dyn_visitor_find(&key, header, DYN_STR("dyn_vid"), &tries, hash);

    if (tries > DYN_VISITOR_COOKIES_MAX ||
        (value.len != 0 && !dyn_visitor_check(&key, value, hash))) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static _Alignas(16) char memory[65536];
    dyn_arena_t arena;
    dyn_entry_t entry;
    dyn_str_t rest = {(const char *)data, size};
    dyn_str_t query = line(&rest);
    dyn_str_t referrer = line(&rest);
    dyn_str_t header = rest;
    dyn_str_t value;

    while ((value = dyn_cookie_next(&header, DYN_STR("dyn_vid"))).len != 0) {
        if (value.data < rest.data || value.data + value.len > rest.data + rest.len ||
            header.data < value.data + value.len ||
            header.data + header.len > rest.data + rest.len ||
            memchr(value.data, ';', value.len) != NULL) {
            abort();
        }
    }
    check_found(rest);

    dyn_arena_init(&arena, memory, sizeof(memory), NULL, NULL);
    dyn_entry_parse(query, referrer, DYN_STR("shop.example"), &arena, &entry);
#define X(member, name) check_part(entry.member);
    DYN_ENTRY_FIELDS(X)
#undef X
    if (arena.exhausted) {
        abort();
    }

    (void)dyn_user_agent_read(rest);

    return 0;
}

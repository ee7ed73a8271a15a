/*
 * Any request as a webhook: its first byte is the scheme, the first line the topic, the second headers (NAME=VALUE, separated by ";"), the rest the
 * body. Nobody knows the secret, so none is good; a body that is read all the same is refused, or makes entries that are entries.
 */
#include "engine/base/limits.h"
#include "engine/events/text.h"
#include "engine/webhook/payload.h"
#include "lines.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void holds(bool condition)
{
    if (!condition) {
        abort();
    }
}

static dyn_str_t header_of(void *data, const char *name)
{
    dyn_str_t headers = *(dyn_str_t *)data;
    size_t len = strlen(name);

    for (size_t at = 0; at + len < headers.len; at++) {
        if (memcmp(headers.data + at, name, len) == 0 && headers.data[at + len] == '=') {
            dyn_str_t value = {headers.data + at + len + 1, headers.len - at - len - 1};
            const char *end = value.len == 0 ? NULL : memchr(value.data, ';', value.len);

            value.len = end == NULL ? value.len : (size_t)(end - value.data);
            return value;
        }
    }

    return DYN_STR_NONE;
}

static dyn_webhook_secret_t *secret_of(dyn_webhook_scheme_t scheme)
{
    static const char rsa[] = "-----BEGIN PUBLIC KEY-----\n"
                              "MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAMMVS3wxc3yHNrZT1IXxXNQr2qUBPdUb\n"
                              "iH+9y9sNEzdNmPYRMxRVUQhZFLuXDCIhUmLXPFV4Sc+YOPe6NuHlvvUCAwEAAQ==\n"
                              "-----END PUBLIC KEY-----\n";

    return dyn_webhook_secret_read(
        scheme, scheme == DYN_WEBHOOK_ADOBE ? dyn_str_from(rsa) : DYN_STR("hush"), NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static _Alignas(16) char memory[1 << 22];
    dyn_str_t rest = {(const char *)data + 1, size - 1}, headers;
    dyn_webhook_context_t context = {.currency = "EUR", .now_ms = 1700000000000};
    dyn_webhook_payload_t payload;
    dyn_webhook_delivery_t delivery;
    dyn_webhook_secret_t *secret;
    dyn_error_t error = {.text = ""};
    dyn_arena_t arena;

    if (size < 1) {
        return 0;
    }
    context.scheme = (dyn_webhook_scheme_t)(data[0] % DYN_WEBHOOK_SCHEME_COUNT);
    context.topic = line(&rest);
    headers = line(&rest);
    secret = secret_of(context.scheme);
    holds(dyn_webhook_verify(context.scheme, &secret, secret == NULL ? 0 : 1, header_of, &headers,
                             rest, context.now_ms, &delivery) != DYN_WEBHOOK_CHECK_GOOD);
    dyn_webhook_secret_free(secret);

    dyn_arena_init(&arena, memory, sizeof(memory), NULL, NULL);
    if (!dyn_webhook_payload_read(&context, rest, &arena, &payload, &error)) {
        holds(error.text[0] != '\0');
        return 0;
    }
    for (size_t i = 0; i < payload.entry_count; i++) {
        dyn_control_field_t fields[DYN_CONTROL_FIELDS_MAX];
        dyn_control_entry_t entry = payload.entries[i], again;
        size_t count;

        if (entry.kind == DYN_CONTROL_KIND_PRIVACY) {
            entry.customer = DYN_STR("00ff");
        }
        count = dyn_control_entry_write(&entry, &arena, fields);
        holds(count > 0 && dyn_control_entry_read(fields, count, &again, &error));
    }
    for (size_t i = 0; i < payload.event_count; i++) {
        char text[DYN_EVENT_TEXT_BYTES_MAX];
        dyn_event_t event;
        size_t len = dyn_event_encode(&payload.events[i], text, sizeof(text));

        holds(len > 0 && dyn_event_decode((dyn_str_t){text, len}, &arena, &event));
    }

    return 0;
}

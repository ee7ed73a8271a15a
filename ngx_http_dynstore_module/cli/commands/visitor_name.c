#include "cli/commands/visitor_name.h"

#include <string.h>

#include "cli/base/options.h"
#include "engine/trust/visitor_key.h"

static bool is_hash(dyn_str_t text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (strchr("0123456789abcdef", text.data[i]) == NULL) {
            return false;
        }
    }

    return text.len == DYN_VISITOR_HASH_BYTES;
}

int dyn_visitor_name(const char *command, const char *given, const char *key_path,
                     char hash[DYN_VISITOR_HASH_BYTES + 1])
{
    uint8_t bytes[DYN_VISITOR_KEY_BYTES];
    dyn_visitor_key_t key;
    dyn_error_t error;

    if (is_hash(dyn_str_from(given))) {
        memcpy(hash, given, DYN_VISITOR_HASH_BYTES + 1);
        return DYN_EXIT_OK;
    }
    if (!dyn_visitor_value_valid(dyn_str_from(given))) {
        return dyn_usage_error(command,
                               "\"%s\" is neither a visitor's cookie (32 hex digits, a dot and 16 "
                               "hex digits) nor a hash (32 hex digits)",
                               given);
    }
    if (key_path == NULL) {
        return dyn_usage_error(command, "the value of a cookie needs --key FILE");
    }
    if (!dyn_visitor_key_load(key_path, false, bytes, &error)) {
        return dyn_command_failed(command, DYN_EXIT_INPUT, &error);
    }
    if (!dyn_visitor_key_prepare(bytes, &key)) {
        dyn_fail(&error, "OpenSSL has no SHA-256");
        return dyn_command_failed(command, DYN_EXIT_SYSTEM, &error);
    }
    if (!dyn_visitor_check(&key, dyn_str_from(given), hash)) {
        dyn_fail(&error, "%s was not signed with the key in %s: it belongs to no visitor", given,
                 key_path);
        return dyn_command_failed(command, DYN_EXIT_DIFFERENT, &error);
    }

    return DYN_EXIT_OK;
}

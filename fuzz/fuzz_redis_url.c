/* Any address of a Redis: what is taken fits its own copy and can be shown, what is refused shows no password. */
#include "redis/url.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_taken(const dyn_redis_url_t *address)
{
    if ((address->host == NULL) == (address->path == NULL) || address->port < 1 ||
        address->port > 65535 || address->db < 0 || address->db > DYN_REDIS_DB_MAX) {
        abort();
    }

    /* what is shown is an address of its own, of the same place */
    dyn_redis_url_t again;
    dyn_error_t error;
    const char *place = address->host != NULL ? address->host : address->path;

    if (strlen(address->shown) > DYN_REDIS_URL_BYTES_MAX || strchr(place, '@') != NULL) {
        return;
    }
    if (!dyn_redis_url_parse(dyn_str_from(address->shown), &again, &error) || again.user != NULL ||
        again.password != NULL || again.port != address->port ||
        strcmp(again.host != NULL ? again.host : again.path, place) != 0) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    dyn_str_t url = {(const char *)data, size};
    dyn_redis_url_t address;
    dyn_error_t error = {""};
    dyn_str_t password = dyn_redis_url_password(url);

    if (password.len > 0 &&
        (password.data < url.data || password.data + password.len >= url.data + url.len)) {
        abort();
    }
    if (dyn_redis_url_parse(url, &address, &error)) {
        check_taken(&address);
        if (address.host != NULL && (address.password != NULL) != (password.len > 0)) {
            abort();
        }
    } else if (strstr(error.text, "; write redis://") == NULL) {
        abort();
    }

    return 0;
}

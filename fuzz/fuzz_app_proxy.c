/* Any query string as one that Shopify's app proxy signed, with any secret: the first line of the input. */
#include "engine/trust/app_proxy.h"
#include "lines.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char room[262144];
    dyn_str_t rest = {(const char *)data, size};
    dyn_str_t secret = line(&rest), customer;
    dyn_arena_t arena;
    dyn_app_proxy_check_t check;

    if (secret.len == 0) {
        secret = DYN_STR("hush");
    }
    dyn_arena_init(&arena, room, sizeof(room), NULL, NULL);
    check = dyn_app_proxy_verify(rest, &secret, 1, 1317327555, DYN_APP_PROXY_WINDOW_S, &arena,
                                 &customer);
    if (customer.len != 0 &&
        (check != DYN_APP_PROXY_GOOD || customer.len > DYN_APP_PROXY_CUSTOMER_BYTES_MAX)) {
        abort();
    }

    return 0;
}

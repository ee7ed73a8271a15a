/* Any map of columns, up to the first byte 0, and any file that is read with it. */
#include "cli/feed/map.h"
#include "memory_file.h"
#include "read_catalog.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = size == 0 ? NULL : memchr(data, 0, size);
    size_t map_size = end == NULL ? size : (size_t)(end - data);
    size_t taken = end == NULL ? size : map_size + 1;
    dyn_error_t error = {""};
    dyn_feed_settings_t settings = {.currency = "EUR",
                                    .map = dyn_feed_map_read(memory_file(data, map_size), &error)};

    if (settings.map == NULL) {
        if (error.text[0] == '\0') {
            abort();
        }

        return 0;
    }
    read_catalog(memory_file(data + taken, size - taken), &settings);
    dyn_feed_map_free(settings.map);

    return 0;
}

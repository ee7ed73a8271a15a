/* Any file as a catalogue. */
#include "memory_file.h"
#include "read_catalog.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const dyn_feed_settings_t settings = {.currency = "EUR"};

    read_catalog(memory_file(data, size), &settings);

    return 0;
}

#include "cli/feed/options.h"

#include <string.h>

#include "cli/feed/map.h"
#include "engine/base/language.h"
#include "engine/base/safe_url.h"

static bool capitals(const char *text)
{
    size_t length = strlen(text);

    for (size_t i = 0; i < length; i++) {
        if (text[i] < 'A' || text[i] > 'Z') {
            return false;
        }
    }

    return length == 3;
}

bool dyn_feed_option(dyn_feed_settings_t *settings, int option, const char *value,
                     dyn_error_t *error)
{
    switch (option) {
    case DYN_FEED_CURRENCY:
        settings->currency = value;
        return capitals(value) ||
               dyn_fail(error, "--currency: \"%.40s\" is no ISO 4217 code; EUR would be right",
                        value);
    case DYN_FEED_DECIMAL:
        settings->decimal = strcmp(value, "comma") == 0 || strcmp(value, ",") == 0   ? ','
                            : strcmp(value, "point") == 0 || strcmp(value, ".") == 0 ? '.'
                                                                                     : 0;
        return settings->decimal != 0 ||
               dyn_fail(error, "--decimal: \"%.40s\" is neither point nor comma", value);
    case DYN_FEED_LANGUAGE:
        settings->language = value;
        return true;
    case DYN_FEED_MAP:
        dyn_feed_map_free(settings->map);
        settings->map = dyn_feed_map_read(value, error);
        return settings->map != NULL;
    default:
        settings->item_url = value;
        return (strstr(value, "{handle}") != NULL && dyn_url_is_safe(dyn_str_from(value))) ||
               dyn_fail(error,
                        "--item-url: \"%.80s\" is no URL or path with {handle} in it; "
                        "/products/{handle} would be right",
                        value);
    }
}

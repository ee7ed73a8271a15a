#include "cli/input/visitors.h"

#include <stdlib.h>
#include <string.h>

#include "cli/base/grow.h"

uint32_t dyn_visitors_number(dyn_visitors_t *visitors, const dyn_event_record_t *record)
{
    char key[DYN_VISITOR_BYTES_MAX + 1];
    void *whole = visitors->whole;

    key[0] = record->whole_session ? 's' : 'v';
    memcpy(key + 1, record->visitor.data, record->visitor.len);

    uint32_t visitor = dyn_ids_add(&visitors->ids, (dyn_str_t){key, record->visitor.len + 1});

    if (visitor == DYN_NONE ||
        !dyn_grow(&whole, visitor, &visitors->room, 1, sizeof(visitors->whole[0]))) {
        return DYN_NONE;
    }
    visitors->whole = whole;
    visitors->whole[visitor] = record->whole_session;

    return visitor;
}

void dyn_visitors_free(dyn_visitors_t *visitors)
{
    dyn_ids_free(&visitors->ids);
    free(visitors->whole);
    memset(visitors, 0, sizeof(*visitors));
}

#include "cli/train/new_arrivals.h"

#include <math.h>
#include <stdlib.h>

#include "engine/base/limits.h"

bool dyn_new_arrivals_make(const dyn_item_t *items, uint32_t item_count, int64_t as_of_ms,
                           dyn_top_t *top)
{
    *top = (dyn_top_t){malloc(DYN_POPULAR_MAX * sizeof(dyn_edge_t)), 0, DYN_POPULAR_MAX};
    if (top->edges == NULL) {
        return false;
    }

    for (uint32_t i = 0; i < item_count; i++) {
        double days = (double)(as_of_ms - items[i].created_ms) / 86400e3;

        if ((items[i].flags & DYN_ITEM_IN_CATALOGUE) != 0 && items[i].created_ms > 0 && days >= 0 &&
            days <= DYN_NEW_ARRIVAL_DAYS) {
            dyn_top_offer(top, i, (float)exp2(-days / DYN_NEW_ARRIVAL_HALF_LIFE_DAYS));
        }
    }

    return true;
}

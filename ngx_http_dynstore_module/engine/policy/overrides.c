#include "engine/policy/overrides.h"

#include <stdlib.h>

#include "engine/base/hash.h"

/* The texts that an override has. X(member) */
#define TEXTS(X) X(item) X(other) X(slot) X(author) X(reason)

void dyn_overrides_begin(dyn_overrides_t *overrides)
{
    overrides->count = 0;
    overrides->left_out = 0;
}

static void take_out(dyn_overrides_t *overrides, uint32_t row)
{
    uint32_t behind = overrides->count - row - 1;

    free(overrides->texts[row]);
    memmove(&overrides->rows[row], &overrides->rows[row + 1], behind * sizeof(overrides->rows[0]));
    memmove(&overrides->texts[row], &overrides->texts[row + 1],
            behind * sizeof(overrides->texts[0]));
    overrides->count--;
}

void dyn_overrides_end(dyn_overrides_t *overrides)
{
    while (overrides->count > 0) {
        take_out(overrides, overrides->count - 1);
    }
}

static bool put(dyn_overrides_t *overrides, const dyn_control_entry_t *entry)
{
    dyn_control_entry_t *row = &overrides->rows[overrides->count];
    size_t bytes = 1;
    char *texts;

#define X(member) bytes += entry->member.len;
    TEXTS(X)
#undef X
    texts = overrides->count < DYN_OVERRIDES_MAX ? malloc(bytes) : NULL;
    if (texts == NULL) {
        overrides->left_out++;
        return false;
    }
    dyn_control_entry_begin(row, DYN_CONTROL_KIND_SET_OVERRIDE);
    row->has = entry->has;
    row->position = entry->position;
    row->override = entry->override;
    row->until_ms = entry->until_ms;
    row->place = entry->place;
    row->factor_thousandths = entry->factor_thousandths;
    overrides->texts[overrides->count++] = texts;
#define X(member)                                             \
    row->member = (dyn_str_t){texts, entry->member.len};      \
    if (entry->member.len > 0) {                              \
        memcpy(texts, entry->member.data, entry->member.len); \
        texts += entry->member.len;                           \
    }
    TEXTS(X)
#undef X

    return true;
}

static bool same(const dyn_control_entry_t *a, const dyn_control_entry_t *b)
{
    return a->override == b->override && dyn_str_equal(a->item, b->item) &&
           dyn_str_equal(a->other, b->other) && dyn_str_equal(a->slot, b->slot);
}

/* Whether a `restore` takes the override back. */
static bool takes_back(const dyn_control_entry_t *restore, const dyn_control_entry_t *row)
{
    if ((restore->has & DYN_CONTROL_HAS(OVERRIDE)) != 0 && restore->override != row->override) {
        return false;
    }
    if (restore->entry != 0) {
        return restore->entry == row->position;
    }

    return dyn_str_equal(row->item, restore->item) || dyn_str_equal(row->other, restore->item);
}

bool dyn_overrides_apply(dyn_overrides_t *overrides, const dyn_control_entry_t *entry)
{
    bool sets = entry->kind == DYN_CONTROL_KIND_SET_OVERRIDE;

    if (!sets && entry->kind != DYN_CONTROL_KIND_RESTORE) {
        return true;
    }
    dyn_overrides_expire(overrides, (int64_t)(entry->position >> 20));
    for (uint32_t i = overrides->count; i-- > 0;) {
        const dyn_control_entry_t *row = &overrides->rows[i];

        if (sets ? same(row, entry) : takes_back(entry, row)) {
            take_out(overrides, i);
        }
    }

    return !sets || entry->until_ms <= (int64_t)(entry->position >> 20) || put(overrides, entry);
}

void dyn_overrides_expire(dyn_overrides_t *overrides, int64_t now_ms)
{
    for (uint32_t i = overrides->count; i-- > 0;) {
        if (overrides->rows[i].until_ms <= now_ms) {
            take_out(overrides, i);
        }
    }
}

bool dyn_overrides_copy(dyn_overrides_t *to, const dyn_overrides_t *from)
{
    dyn_overrides_begin(to);
    for (uint32_t i = 0; i < from->count; i++) {
        if (!put(to, &from->rows[i])) {
            dyn_overrides_end(to);
            return false;
        }
    }
    to->left_out = from->left_out;

    return true;
}

uint64_t dyn_overrides_hash(const dyn_overrides_t *overrides, uint64_t seed)
{
    for (uint32_t i = 0; i < overrides->count; i++) {
        const dyn_control_entry_t *row = &overrides->rows[i];
        const uint64_t numbers[] = {row->position, (uint64_t)row->override, (uint64_t)row->until_ms,
                                    row->place, row->factor_thousandths};

        seed = dyn_hash64_seeded(numbers, sizeof(numbers), seed);
#define X(member) \
    seed = dyn_hash64_seeded(row->member.data, row->member.len, seed + row->member.len);
        TEXTS(X)
#undef X
    }

    return seed;
}

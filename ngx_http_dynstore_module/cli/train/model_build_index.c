/* Items' counts, ages and priors; sessions' weights; each item's newest sessions. */
#include "cli/train/model_build_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    dyn_model_work_t *work;
    /* Of each part of the items: a click's item's newest sessions, newest first, and where each item's begin. */
    uint32_t *lists;
    uint32_t *list_starts;
    uint32_t *filled;
    uint32_t *posting_starts;
    uint8_t *postings;
} index_t;

double dyn_model_age(const dyn_sessions_t *sessions, uint32_t session)
{
    double last = sessions->times[sessions->session_count - 1];
    double span = last - sessions->times[0];

    return span > 0 ? (last - sessions->times[session]) / span : 0;
}

/* Every thread reads all clicks and keeps its part of the items: no locks, and the same result on any number of them. */
static bool count_items(void *context, unsigned part, unsigned parts)
{
    dyn_model_work_t *work = ((index_t *)context)->work;
    const dyn_sessions_t *sessions = work->sessions;
    uint32_t first = dyn_part(sessions->item_count, part, parts);
    uint32_t count = dyn_part(sessions->item_count, part + 1, parts) - first;
    uint32_t recent = sessions->session_count - sessions->session_count / 10;
    uint32_t *newest = malloc((count + 1) * sizeof(uint32_t));

    if (newest == NULL) {
        return false;
    }

    memset(newest, 0xff, (count + 1) * sizeof(uint32_t));

    for (uint32_t s = 0; s < sessions->session_count; s++) {
        for (uint32_t k = sessions->starts[s]; k < sessions->starts[s + 1]; k++) {
            uint32_t at = sessions->items[k] - first;

            if (at < count && newest[at] != s) {
                newest[at] = s;
                work->items[first + at].session_count++;
                work->items[first + at].recent_count += s >= recent;
            }
        }
    }

    const dyn_model_parameters_t *p = work->parameters;

    for (uint32_t i = 0; i < count; i++) {
        dyn_model_item_t *item = &work->items[first + i];

        if (item->session_count > 0) {
            double idf = log((double)sessions->session_count / item->session_count + 1);
            double age = dyn_model_age(sessions, newest[i]);

            item->age = (float)age;
            item->prior =
                (float)(fmax(idf, (double)p->prior_idf_floor) *
                        pow(age + (double)p->prior_age_floor, -(double)p->prior_age_power));
        }
    }

    free(newest);
    return true;
}

static bool fill_lists(void *context, unsigned part, unsigned parts)
{
    index_t *index = context;
    const dyn_sessions_t *sessions = index->work->sessions;
    uint32_t first = dyn_part(sessions->item_count, part, parts);
    uint32_t count = dyn_part(sessions->item_count, part + 1, parts) - first;

    for (uint32_t s = sessions->session_count; s-- > 0;) {
        for (uint32_t k = sessions->starts[s]; k < sessions->starts[s + 1]; k++) {
            uint32_t item = sessions->items[k];

            if (item - first >= count) {
                continue;
            }

            uint32_t *list = index->lists + index->list_starts[item];
            uint32_t room = index->list_starts[item + 1] - index->list_starts[item];
            uint32_t filled = index->filled[item];

            if (filled < room && (filled == 0 || list[filled - 1] != s)) {
                list[filled] = s;
                index->filled[item]++;
            }
        }
    }

    return true;
}

static uint32_t gap_bytes(uint32_t gap)
{
    uint32_t bytes = 1;

    for (; gap >= 0x80; gap >>= 7) {
        bytes++;
    }

    return bytes;
}

static bool write_postings(void *context, unsigned part, unsigned parts)
{
    index_t *index = context;
    uint32_t item_count = index->work->sessions->item_count;

    for (uint32_t i = dyn_part(item_count, part, parts); i < dyn_part(item_count, part + 1, parts);
         i++) {
        uint8_t *pos = index->postings + index->posting_starts[i];

        for (uint32_t k = index->list_starts[i]; k < index->list_starts[i + 1]; k++) {
            uint32_t gap = k == index->list_starts[i] ? index->lists[k]
                                                      : index->lists[k - 1] - index->lists[k];

            for (; gap >= 0x80; gap >>= 7) {
                *pos++ = (uint8_t)(gap | 0x80);
            }

            *pos++ = (uint8_t)gap;
        }
    }

    return true;
}

static bool make_postings(index_t *index)
{
    dyn_model_work_t *work = index->work;
    uint32_t item_count = work->sessions->item_count;
    uint32_t total = 0;
    uint64_t bytes = 0;

    for (uint32_t i = 0; i < item_count; i++) {
        uint32_t sessions = work->items[i].session_count;

        index->list_starts[i] = total;
        total += sessions < work->parameters->knn_sessions_per_item
                     ? sessions
                     : work->parameters->knn_sessions_per_item;
    }

    index->list_starts[item_count] = total;
    index->lists = malloc(((size_t)total + 1) * sizeof(uint32_t));
    index->posting_starts = dyn_model_section_new(work->built, DYN_MODEL_SECTION_POSTING_STARTS,
                                                  item_count + 1ULL, sizeof(uint32_t));

    if (index->lists == NULL || index->posting_starts == NULL ||
        !dyn_parallel(work->threads, fill_lists, index)) {
        return false;
    }

    for (uint32_t i = 0; i < item_count; i++) {
        index->posting_starts[i] = (uint32_t)bytes;

        for (uint32_t k = index->list_starts[i]; k < index->list_starts[i + 1]; k++) {
            bytes += gap_bytes(k == index->list_starts[i] ? index->lists[k]
                                                          : index->lists[k - 1] - index->lists[k]);
        }
    }

    index->posting_starts[item_count] = (uint32_t)bytes;
    index->postings = dyn_model_section_new(work->built, DYN_MODEL_SECTION_POSTINGS, bytes, 1);
    return bytes <= UINT32_MAX && index->postings != NULL &&
           dyn_parallel(work->threads, write_postings, index);
}

static bool copy_sessions(dyn_model_work_t *work)
{
    const dyn_sessions_t *sessions = work->sessions;
    uint32_t *starts = dyn_model_section_new(work->built, DYN_MODEL_SECTION_SESSION_STARTS,
                                             sessions->session_count + 1ULL, sizeof(uint32_t));
    uint32_t *items = dyn_model_section_new(work->built, DYN_MODEL_SECTION_SESSION_ITEMS,
                                            sessions->click_count, sizeof(uint32_t));
    uint16_t *weights = dyn_model_section_new(work->built, DYN_MODEL_SECTION_SESSION_WEIGHTS,
                                              sessions->session_count, sizeof(uint16_t));
    double age_decay = (double)work->parameters->knn_age_decay;
    double length_power = (double)work->parameters->knn_length_power;

    if (starts == NULL || items == NULL || weights == NULL) {
        return false;
    }

    memcpy(starts, sessions->starts, (sessions->session_count + 1ULL) * sizeof(uint32_t));
    memcpy(items, sessions->items, sessions->click_count * sizeof(uint32_t));

    for (uint32_t s = 0; s < sessions->session_count; s++) {
        double length = sessions->starts[s + 1] - sessions->starts[s];

        weights[s] = (uint16_t)lrint(65535 * exp(-age_decay * dyn_model_age(sessions, s)) *
                                     pow(length, -length_power));
    }

    return true;
}

bool dyn_model_build_index(dyn_model_work_t *work)
{
    size_t items = work->sessions->item_count + 1ULL;
    index_t index = {
        .work = work,
        .list_starts = malloc(items * sizeof(uint32_t)),
        .filled = calloc(items, sizeof(uint32_t)),
    };
    bool done = index.list_starts != NULL && index.filled != NULL &&
                dyn_parallel(work->threads, count_items, &index) && make_postings(&index) &&
                copy_sessions(work);

    free(index.lists);
    free(index.list_starts);
    free(index.filled);
    return done;
}

#include "cli/train/model_sessions.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

double dyn_model_session_age(const dyn_model_t *model, uint32_t session)
{
    const dyn_model_parameters_t *p = &model->header->parameters;
    double length = model->session_starts[session + 1] - model->session_starts[session];
    double weight =
        model->session_weights[session] / 65535.0 * pow(length, (double)p->knn_length_power);
    double age = p->knn_age_decay > 0 && weight > 0 ? -log(weight) / (double)p->knn_age_decay : 0;

    return age < 0 ? 0 : age > 1 ? 1 : age;
}

bool dyn_model_sessions(const dyn_model_t *model, dyn_sessions_t *sessions)
{
    const dyn_model_header_t *header = model->header;

    *sessions = (dyn_sessions_t){
        .session_count = header->session_count,
        .item_count = header->item_count,
        .click_count = header->click_count,
        .starts = malloc((header->session_count + 1ULL) * sizeof(uint32_t)),
        .items = malloc((header->click_count + 1ULL) * sizeof(uint32_t)),
        .kinds = calloc(header->click_count + 1ULL, 1),
        .times = malloc((header->session_count + 1ULL) * sizeof(double)),
    };
    if (sessions->starts == NULL || sessions->items == NULL || sessions->kinds == NULL ||
        sessions->times == NULL) {
        dyn_sessions_free(sessions);
        return false;
    }

    memcpy(sessions->starts, model->session_starts,
           (header->session_count + 1ULL) * sizeof(uint32_t));
    memcpy(sessions->items, model->session_items, header->click_count * sizeof(uint32_t));
    for (uint32_t s = 0; s < header->session_count; s++) {
        double time = header->time_last -
                      dyn_model_session_age(model, s) * (header->time_last - header->time_first);

        /* rounding must not turn the order */
        sessions->times[s] = s > 0 && time < sessions->times[s - 1] ? sessions->times[s - 1] : time;
    }

    return true;
}

/* Values that a shopper filters by, or chooses as an option. */
#include "engine/base/curves.h"
#include "engine/catalogue/traits.h"
#include "engine/session/fold.h"


void dyn_fold_choice(dyn_fold_t *fold, const dyn_event_t *event, uint32_t events_ago)
{
    dyn_session_t *session = fold->session;
    bool brand = dyn_str_equal(event->field, DYN_STR("brand"));

    if ((event->type != DYN_EVENT_FILTER && event->type != DYN_EVENT_CHOOSE_OPTION) ||
        event->value.len == 0 || session->chosen_count == DYN_FOLD_CHOSEN_MAX) {
        return;
    }

    dyn_str_t name =
        dyn_str_equal(event->field, DYN_STR("color")) ? DYN_STR("colour") : event->field;
    uint32_t number = brand ? dyn_brand_find(fold->snapshot, event->value)
                            : dyn_trait_find(fold->snapshot, name, event->value);

    if (number == DYN_NONE) {
        return;
    }
    for (uint32_t i = 0; i < session->chosen_count; i++) {
        if (session->chosen[i].number == number && session->chosen[i].brand == brand) {
            return;
        }
    }
    session->chosen[session->chosen_count++] =
        (dyn_chosen_t){number, brand, event->type == DYN_EVENT_FILTER,
                       (float)dyn_pow(DYN_FOLD_STEP_DECAY, events_ago)};
}

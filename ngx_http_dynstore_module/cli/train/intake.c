#include "cli/train/intake.h"

bool dyn_intake_take(void *context, const dyn_event_record_t *record)
{
    dyn_intake_t *intake = context;
    dyn_click_t click = {.time = (double)record->time_ms / 1000.0};

    if (!dyn_times_add(&intake->times, record->time_ms, intake->path, record->line)) {
        return false;
    }
    if (record->item_id.len == 0 || !dyn_click_kind(record->type, &click.kind)) {
        return true;
    }
    if ((intake->authenticated >> record->type & 1) != 0 && record->auth.len == 0) {
        intake->unauthenticated++;
        return true;
    }

    click.item =
        record->other_id.len == 0 || dyn_catalog_find(intake->catalog, record->item_id) != DYN_NONE
            ? DYN_NONE
            : dyn_catalog_find(intake->catalog, record->other_id);
    if (click.item == DYN_NONE) {
        click.item = dyn_catalog_find_or_add(intake->catalog, record->item_id);
    }
    click.session = dyn_visitors_number(&intake->visitors, record);
    if (click.item == DYN_NONE || click.session == DYN_NONE ||
        !dyn_join_take(&intake->join, click.item) || !dyn_clicks_add(&intake->clicks, click)) {
        return false;
    }
    if ((++intake->clicks_read & 0xffff) == 0 && intake->progress != NULL) {
        intake->progress(intake->context, intake->clicks_read);
    }

    return true;
}

static void take_out_future(dyn_intake_t *intake, double as_of_s)
{
    dyn_clicks_t *clicks = &intake->clicks;
    size_t kept = 0;

    for (size_t k = 0; k < clicks->count; k++) {
        if (clicks->clicks[k].time <= as_of_s) {
            clicks->clicks[kept++] = clicks->clicks[k];
        }
    }
    clicks->count = kept;
}

bool dyn_intake_settle(dyn_intake_t *intake, int64_t *as_of_ms)
{
    *as_of_ms = dyn_times_as_of(&intake->times);
    intake->future = intake->times.set_aside;
    if (intake->future != 0) {
        take_out_future(intake, (double)*as_of_ms / 1000.0);
    }

    return dyn_learning_limit(&intake->clicks, &intake->limited);
}

void dyn_intake_free(dyn_intake_t *intake)
{
    dyn_times_free(&intake->times);
    dyn_visitors_free(&intake->visitors);
    dyn_clicks_free(&intake->clicks);
    dyn_join_free(&intake->join);
}

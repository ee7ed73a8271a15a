#include "cli/report/tally.h"

#include <stdlib.h>
#include <string.h>

#include "cli/base/grow.h"
#include "engine/base/percent.h"
#include "engine/base/utf8.h"
#include "engine/session/shown.h"

enum {
    id_bytes = 24, /* what an id costs beside its bytes: a start, and two hash rows */
    entry_bytes_max = 1024
};

/* ---- memory ---- */

static uint64_t bytes_of(const dyn_tally_t *tally)
{
    const dyn_ids_t *ids[] = {&tally->visitors, &tally->texts, &tally->exposure_texts};
    uint64_t bytes = (uint64_t)tally->deed_count * sizeof(dyn_deed_t) +
                     (uint64_t)tally->shown_count * sizeof(dyn_shown_item_t) +
                     (uint64_t)tally->exposure_texts.count * sizeof(dyn_exposure_t);

    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        bytes += ids[i]->used + (uint64_t)ids[i]->count * id_bytes;
    }

    return bytes;
}

void dyn_tally_free(dyn_tally_t *tally)
{
    dyn_ids_free(&tally->visitors);
    dyn_ids_free(&tally->texts);
    dyn_ids_free(&tally->exposure_texts);
    dyn_times_free(&tally->times);
    free(tally->deeds);
    free(tally->shown);
    free(tally->exposures);
    memset(tally, 0, sizeof(*tally));
}

/* DYN_NONE for an empty text, and, with *good false, when memory is out. */
static uint32_t text_of(dyn_tally_t *tally, dyn_str_t text, bool *good)
{
    uint32_t number = text.len == 0 ? DYN_NONE : dyn_ids_add(&tally->texts, text);

    *good = *good && (text.len == 0 || number != DYN_NONE);

    return number;
}

/* ---- exposures ---- */

static uint32_t experiment_of(dyn_tally_t *tally, uint32_t id)
{
    for (uint32_t i = 0; i < tally->experiment_count; i++) {
        if (tally->experiments[i].id == id) {
            return i;
        }
    }
    if (tally->experiment_count == DYN_TALLY_EXPERIMENTS_MAX) {
        return DYN_NONE;
    }
    tally->experiments[tally->experiment_count] = (dyn_tally_experiment_t){.id = id};

    return tally->experiment_count++;
}

static uint32_t variant_of(dyn_tally_experiment_t *experiment, uint32_t id)
{
    for (uint32_t i = 0; i < experiment->variant_count; i++) {
        if (experiment->variants[i] == id) {
            return i;
        }
    }
    if (experiment->variant_count == DYN_TALLY_VARIANTS_MAX) {
        return DYN_NONE;
    }
    experiment->variants[experiment->variant_count] = id;

    return experiment->variant_count++;
}

/* "EXPERIMENT:VARIANT". False when memory is out; what there is no room for is left out. */
static bool add_assignment(dyn_tally_t *tally, dyn_str_t text, dyn_exposure_t *exposure)
{
    const char *colon = memchr(text.data, ':', text.len);
    size_t length = colon == NULL ? 0 : (size_t)(colon - text.data);
    bool good = true;

    if (length == 0 || length + 1 == text.len) {
        tally->bad_assignments++;
        return true;
    }

    uint32_t id = text_of(tally, (dyn_str_t){text.data, length}, &good);
    uint32_t name =
        text_of(tally, (dyn_str_t){text.data + length + 1, text.len - length - 1}, &good);

    if (!good) {
        return false;
    }

    uint32_t experiment = experiment_of(tally, id);
    uint32_t variant =
        experiment == DYN_NONE ? DYN_NONE : variant_of(&tally->experiments[experiment], name);

    if (variant == DYN_NONE) {
        tally->bad_assignments++;
    } else {
        exposure->variants[experiment] = (uint8_t)(variant + 1);
    }

    return true;
}

/* The number of what x= says, DYN_NONE when memory is out. */
static uint32_t exposure_of(dyn_tally_t *tally, dyn_str_t text)
{
    uint32_t known = tally->exposure_texts.count;
    uint32_t number = dyn_ids_add(&tally->exposure_texts, text);
    dyn_exposure_t exposure = {{0}};

    if (number == DYN_NONE || number < known) {
        return number;
    }
    for (size_t at = 0; at < text.len;) {
        const char *comma = memchr(text.data + at, ',', text.len - at);
        size_t end = comma == NULL ? text.len : (size_t)(comma - text.data);

        if (!add_assignment(tally, (dyn_str_t){text.data + at, end - at}, &exposure)) {
            return DYN_NONE;
        }
        at = end + 1;
    }
    if (!dyn_grow((void **)&tally->exposures, number, &tally->exposure_room, 1, sizeof(exposure))) {
        return DYN_NONE;
    }
    tally->exposures[number] = exposure;

    return number;
}

/* ---- blocks ---- */

/* "HHHHHHHH:REASON,...": what is none of it is left out. False when memory is out. */
static bool add_shown(dyn_tally_t *tally, dyn_str_t text, dyn_deed_t *deed)
{
    /* of a key that comes twice the last one counts */
    deed->shown = tally->shown_count;
    deed->shown_count = 0;
    for (size_t at = 0; at < text.len && deed->shown_count < UINT8_MAX;) {
        const char *comma = memchr(text.data + at, ',', text.len - at);
        size_t end = comma == NULL ? text.len : (size_t)(comma - text.data);
        dyn_shown_item_t item = {0, DYN_NONE};
        bool good = end - at > 9 && text.data[at + 8] == ':', room = true;

        for (size_t i = at; good && i < at + 8; i++) {
            int digit = dyn_hex_digit(text.data[i]);

            good = digit >= 0;
            item.hash = item.hash << 4 | (uint32_t)(digit & 15);
        }
        if (good) {
            item.reason = text_of(tally, (dyn_str_t){text.data + at + 9, end - at - 9}, &room);
            if (!room || !dyn_grow((void **)&tally->shown, tally->shown_count, &tally->shown_room,
                                   1, sizeof(item))) {
                return false;
            }
            tally->shown[tally->shown_count++] = item;
            deed->shown_count++;
        }
        at = end + 1;
    }

    return true;
}

static bool read_key(dyn_tally_t *tally, char key, dyn_str_t value, dyn_deed_t *deed, bool *exposed)
{
    bool good = true;

    switch (key) {
    case 'l':
        deed->slot = text_of(tally, value, &good);
        return good;
    case 'd':
        deed->name = text_of(tally, value, &good);
        return good;
    case 'g':
        deed->rung = text_of(tally, value, &good);
        return good;
    case 'x':
        *exposed = true;
        deed->exposure = exposure_of(tally, value);
        return deed->exposure != DYN_NONE;
    case 'i':
        return add_shown(tally, value, deed);
    default:
        return true;
    }
}

static bool next_word(dyn_str_t *text, dyn_str_t *word)
{
    const char *blank = text->len == 0 ? NULL : memchr(text->data, ' ', text->len);
    size_t length = blank == NULL ? text->len : (size_t)(blank - text->data);

    *word = (dyn_str_t){text->data, length};
    length += blank != NULL;
    *text = (dyn_str_t){text->data + length, text->len - length};

    return word->len > 0;
}

/* What follows the item of the entry vb. False when memory is out. */
static bool read_block(dyn_tally_t *tally, dyn_str_t entry, dyn_deed_t *deed)
{
    dyn_str_t word;
    bool exposed = false;

    for (int skipped = 0; skipped < 3 && next_word(&entry, &word); skipped++) {
        /* code, time, item */
    }
    while (next_word(&entry, &word)) {
        char plain[entry_bytes_max];

        if (word.len < 3 || word.data[1] != '=' || word.len > sizeof(plain)) {
            continue;
        }

        dyn_str_t value = {word.data + 2, word.len - 2};

        if (memchr(value.data, '%', value.len) != NULL) {
            value = (dyn_str_t){plain, dyn_percent_decode(value, false, plain, NULL)};
        }
        /* reports show them on a terminal */
        if (!dyn_utf8_clean(value)) {
            continue;
        }
        if (!read_key(tally, word.data[0], value, deed, &exposed)) {
            return false;
        }
    }
    if (!exposed) {
        deed->exposure = exposure_of(tally, DYN_STR(""));
    }

    return deed->exposure != DYN_NONE;
}

/* ---- other events ---- */

static uint8_t currency_of(dyn_tally_t *tally, const char *code)
{
    uint32_t i = 0;

    if (code[0] == '\0') {
        return DYN_TALLY_CURRENCIES_MAX;
    }
    while (i < tally->currency_count && strcmp(tally->currencies[i], code) != 0) {
        i++;
    }
    if (i == tally->currency_count && i < DYN_TALLY_CURRENCIES_MAX) {
        memcpy(tally->currencies[i], code, sizeof(tally->currencies[i]));
        tally->currency_count++;
    }

    return (uint8_t)i;
}

static dyn_deed_kind_t kind_of(dyn_event_type_t type)
{
    switch (type) {
    case DYN_EVENT_SELECT_ITEM:
        return DYN_DEED_CLICK;
    case DYN_EVENT_ADD_TO_CART:
        return DYN_DEED_CART;
    case DYN_EVENT_PURCHASE:
        return DYN_DEED_PURCHASE;
    case DYN_EVENT_REFUND:
        return DYN_DEED_REFUND;
    default:
        return DYN_DEED_OTHER;
    }
}

static bool read_event(dyn_tally_t *tally, const dyn_event_record_t *record, dyn_deed_t *deed)
{
    const dyn_event_t *event = record->event;
    bool good = true;

    if (deed->kind == DYN_DEED_OTHER) {
        return true;
    }
    if (deed->kind == DYN_DEED_CLICK || deed->kind == DYN_DEED_CART) {
        deed->item = record->item_id.len == 0 ? DYN_NONE : dyn_shown_hash(record->item_id);
        if (event != NULL) {
            deed->name = text_of(tally, event->decision_id, &good);
            deed->slot = text_of(tally, event->list_id, &good);
        }
        return good;
    }

    deed->item = text_of(tally, record->item_id, &good);
    if (event != NULL) {
        deed->name = text_of(tally, event->transaction_id, &good);
        deed->quantity = (uint16_t)event->quantity;
        deed->currency = currency_of(tally, event->currency);
        deed->minor = event->price_minor < 0 ? -1 : event->price_minor * event->quantity;
    }

    return good;
}

bool dyn_tally_take(void *context, const dyn_event_record_t *record)
{
    dyn_tally_t *tally = context;
    dyn_deed_t deed = {
        .time_ms = record->time_ms,
        .minor = -1,
        .number = tally->deed_count,
        .item = DYN_NONE,
        .name = DYN_NONE,
        .slot = DYN_NONE,
        .rung = DYN_NONE,
        .exposure = DYN_NONE,
        .quantity = 1,
        .currency = DYN_TALLY_CURRENCIES_MAX,
    };
    bool block = record->entry.len > 3 && memcmp(record->entry.data, "vb ", 3) == 0;

    deed.kind = (uint8_t)(block ? DYN_DEED_BLOCK : kind_of(record->type));
    if (!(block ? read_block(tally, record->entry, &deed) : read_event(tally, record, &deed))) {
        return false;
    }

    deed.visitor = dyn_ids_add(&tally->visitors, record->visitor);
    if (deed.visitor == DYN_NONE || !dyn_times_add(&tally->times, deed.time_ms, "", record->line) ||
        !dyn_grow((void **)&tally->deeds, tally->deed_count, &tally->deed_room, 1, sizeof(deed))) {
        return false;
    }
    tally->deeds[tally->deed_count++] = deed;
    tally->full = bytes_of(tally) > tally->bytes_max;

    return !tally->full;
}

/* ---- orders and refunds ---- */

static int by_order_and_time(const void *a, const void *b)
{
    const dyn_deed_t *left = *(dyn_deed_t *const *)a, *right = *(dyn_deed_t *const *)b;

    if (left->name != right->name) {
        return left->name < right->name ? -1 : 1;
    }
    /* purchases first, so that a refund finds what it is of, whatever clocks say */
    if (left->kind != right->kind) {
        return left->kind == DYN_DEED_PURCHASE ? -1 : 1;
    }
    if (left->time_ms != right->time_ms) {
        return left->time_ms < right->time_ms ? -1 : 1;
    }

    return left->number < right->number ? -1 : left->number > right->number;
}

/* Takes what was given back from the lines of an order. */
static void take_back(const dyn_deed_t *refund, dyn_deed_t *const *lines, size_t count)
{
    int64_t left = refund->minor;

    for (size_t i = 0; i < count; i++) {
        dyn_deed_t *line = lines[i];
        int64_t minor = line->minor;

        if (line->left_out || minor <= 0 ||
            (refund->item != DYN_NONE && line->item != refund->item) ||
            (refund->minor >= 0 && refund->currency != line->currency)) {
            continue;
        }
        if (refund->minor >= 0) {
            minor = minor < left ? minor : left;
            left -= minor;
        } else if (refund->item != DYN_NONE && refund->quantity < line->quantity) {
            minor = minor / line->quantity * refund->quantity;
        }
        line->minor -= minor;
    }
}

/* The deeds of one order: of several reports the first counts. */
static void settle_order(dyn_tally_t *tally, dyn_deed_t *const *deeds, size_t count)
{
    size_t lines = 0;

    while (lines < count && deeds[lines]->kind == DYN_DEED_PURCHASE) {
        deeds[lines]->left_out = deeds[lines]->time_ms != deeds[0]->time_ms ||
                                 deeds[lines]->visitor != deeds[0]->visitor;
        /* another report, not another line of one */
        tally->orders_again +=
            deeds[lines]->left_out && (deeds[lines]->time_ms != deeds[lines - 1]->time_ms ||
                                       deeds[lines]->visitor != deeds[lines - 1]->visitor);
        lines++;
    }
    for (size_t i = lines; i < count; i++) {
        tally->refunds += lines > 0;
        tally->refunds_unknown += lines == 0;
        take_back(deeds[i], deeds, lines);
    }
}

static bool settle_orders(dyn_tally_t *tally)
{
    size_t count = 0;

    for (uint32_t i = 0; i < tally->deed_count; i++) {
        const dyn_deed_t *deed = &tally->deeds[i];

        count += deed->kind >= DYN_DEED_PURCHASE && deed->name != DYN_NONE;
        tally->refunds_unknown += deed->kind == DYN_DEED_REFUND && deed->name == DYN_NONE;
        tally->orders_in_other_currencies += deed->kind == DYN_DEED_PURCHASE && deed->minor >= 0 &&
                                             deed->currency == DYN_TALLY_CURRENCIES_MAX;
    }
    if (count == 0) {
        return true;
    }

    dyn_deed_t **deeds = malloc(count * sizeof(dyn_deed_t *));

    if (deeds == NULL) {
        return false;
    }
    count = 0;
    for (uint32_t i = 0; i < tally->deed_count; i++) {
        if (tally->deeds[i].kind >= DYN_DEED_PURCHASE && tally->deeds[i].name != DYN_NONE) {
            deeds[count++] = &tally->deeds[i];
        }
    }
    qsort(deeds, count, sizeof(dyn_deed_t *), by_order_and_time);
    for (size_t start = 0, end; start < count; start = end) {
        end = start + 1;
        while (end < count && deeds[end]->name == deeds[start]->name) {
            end++;
        }
        settle_order(tally, deeds + start, end - start);
    }
    free(deeds);

    return true;
}

static int by_visitor_and_time(const void *a, const void *b)
{
    const dyn_deed_t *left = a, *right = b;

    if (left->visitor != right->visitor) {
        return left->visitor < right->visitor ? -1 : 1;
    }
    if (left->time_ms != right->time_ms) {
        return left->time_ms < right->time_ms ? -1 : 1;
    }

    return left->number < right->number ? -1 : left->number > right->number;
}

static void find_last_exposures(dyn_tally_t *tally)
{
    for (uint32_t i = 0; i < tally->deed_count; i++) {
        const dyn_deed_t *deed = &tally->deeds[i];

        for (uint32_t k = 0; deed->kind == DYN_DEED_BLOCK && k < tally->experiment_count; k++) {
            int64_t *last = &tally->experiments[k].last_exposed_ms;

            if (tally->exposures[deed->exposure].variants[k] != 0 && deed->time_ms > *last) {
                *last = deed->time_ms;
            }
        }
    }
}

/*
 * Who is not held out is exposed to the other variant by every block, with x or without, while there is a holdout. It is over when
 * nobody was held out for longer than what comes after an experiment counts.
 */
static void settle_holdout(dyn_tally_t *tally)
{
    uint32_t id = dyn_ids_find(&tally->texts, DYN_STR(DYN_HOLDOUT));

    tally->holdout = DYN_NONE;
    tally->holdout_from_ms = INT64_MAX;
    tally->holdout_until_ms = INT64_MAX;
    for (uint32_t i = 0; id != DYN_NONE && i < tally->experiment_count; i++) {
        tally->holdout = tally->experiments[i].id == id ? i : tally->holdout;
    }
    if (tally->holdout == DYN_NONE) {
        return;
    }
    for (uint32_t i = 0; i < tally->deed_count; i++) {
        const dyn_deed_t *deed = &tally->deeds[i];

        if (deed->kind == DYN_DEED_BLOCK && deed->time_ms < tally->holdout_from_ms &&
            tally->exposures[deed->exposure].variants[tally->holdout] != 0) {
            tally->holdout_from_ms = deed->time_ms;
        }
    }
    if (dyn_tally_ends_ms(tally, tally->holdout) < tally->last_ms) {
        tally->holdout_until_ms = tally->experiments[tally->holdout].last_exposed_ms;
    }

    bool good = true;
    uint32_t name = text_of(tally, DYN_STR(DYN_PERSONALIZED), &good);
    uint32_t variant = good ? variant_of(&tally->experiments[tally->holdout], name) : DYN_NONE;

    for (uint32_t i = 0; variant != DYN_NONE && i < tally->exposure_texts.count; i++) {
        uint8_t *seen = &tally->exposures[i].variants[tally->holdout];

        *seen = *seen == 0 ? (uint8_t)(variant + 1) : *seen;
    }
}

int64_t dyn_tally_ends_ms(const dyn_tally_t *tally, uint32_t experiment)
{
    return tally->experiments[experiment].last_exposed_ms + DYN_AFTER_DAYS * INT64_C(86400000);
}

bool dyn_tally_close(dyn_tally_t *tally)
{
    tally->last_ms = dyn_times_as_of(&tally->times);
    tally->set_aside = tally->times.set_aside;
    find_last_exposures(tally);
    settle_holdout(tally);
    if (!settle_orders(tally)) {
        return false;
    }
    if (tally->deed_count > 0) {
        qsort(tally->deeds, tally->deed_count, sizeof(dyn_deed_t), by_visitor_and_time);
    }

    return true;
}

#include "engine/record/answer.h"

#include "engine/decide/comparison.h"
#include "engine/policy/texts.h"
#include "engine/record/bytes.h"

#include <string.h>

/*
 * "DYNA", version, surface, moment, rung, number of slots, now_ms, seed, ttl_s, language, whether it is localized, flags (eight bytes); then each slot:
 * length of its name, of its title (two bytes), rung, number of choices, confidence (four bytes), kind, number of messages, length of
 * its content's id, name, title, that id, choices, texts of choices, messages. A choice: item, score, reference, support, strength,
 * propensity (four bytes each), source, reason, kind of reference, call to action, and a bit for each text that a rule gives it. A
 * text of a choice: its length (two bytes) and itself. A message: kind, length of its text (two bytes), item (four), amount (eight),
 * currency (three, 0 without), text. Where no size is said it is one byte. The rows of a comparison follow from its
 * choices. Behind the messages of a bundle with choices stands its number (four). Behind the slots: the number of assignments, then
 * each: experiment and variant (two bytes each), bits by the slots above, whether it is of a shadow.
 */
static const char magic[4] = "DYNA";
enum {
    version = 8,
    head_bytes = DYN_RECORD_HEAD_BYTES + 4 + 8 + 8 + 4 + 1 + 1 + 8,
    slot_bytes = 12,
    choice_bytes = 29,
    message_bytes = 18,
    assignment_bytes = 6
};

/* What a rule may say of a choice. */
enum { BADGE, SPONSORED, REASON_TEXT, CTA_LABEL, CHOICE_TEXTS };

static dyn_str_t text_of(const dyn_choice_t *choice, unsigned text)
{
    const dyn_str_t *const texts[CHOICE_TEXTS] = {&choice->badge, &choice->sponsored,
                                                  &choice->reason_text, &choice->cta_label};

    return *texts[text];
}

static bool has_bundle(const dyn_slot_decision_t *slot)
{
    return slot->kind == DYN_SLOT_BUNDLE && slot->count > 0;
}

static size_t bytes_of(const dyn_slot_decision_t *slot)
{
    size_t bytes = slot_bytes + slot->name.len + slot->title.len + slot->content.len +
                   slot->count * (size_t)choice_bytes;

    for (uint32_t i = 0; i < slot->count; i++) {
        for (unsigned text = 0; text < CHOICE_TEXTS; text++) {
            size_t length = text_of(&slot->choices[i], text).len;

            bytes += length > 0 ? 2 + length : 0;
        }
    }
    for (uint32_t i = 0; i < slot->message_count; i++) {
        bytes += message_bytes + slot->messages[i].text.len;
    }

    bytes += has_bundle(slot) ? 4 : 0;

    return bytes;
}

size_t dyn_answer_bytes(const dyn_decision_t *decision)
{
    size_t bytes = head_bytes + 1 + decision->assignment_count * assignment_bytes;

    for (uint32_t i = 0; i < decision->slot_count; i++) {
        bytes += bytes_of(&decision->slots[i]);
    }

    return bytes;
}

static char *put_share(char *at, float share)
{
    uint32_t bits;

    memcpy(&bits, &share, sizeof(bits));

    return dyn_bytes_number(at, bits, 4);
}

static char *put_choice(char *at, const dyn_choice_t *choice)
{
    at = dyn_bytes_number(at, choice->item, 4);
    at = put_share(at, choice->score);
    at = dyn_bytes_number(at, choice->reference, 4);
    at = dyn_bytes_number(at, choice->support, 4);
    at = put_share(at, choice->strength);
    at = put_share(at, choice->propensity);
    at = dyn_bytes_number(at, (uint64_t)choice->source, 1);
    at = dyn_bytes_number(at, (uint64_t)choice->reason, 1);
    at = dyn_bytes_number(at, (uint64_t)choice->reference_kind, 1);
    at = dyn_bytes_number(at, (uint64_t)choice->cta, 1);

    uint64_t given = 0;

    for (unsigned text = 0; text < CHOICE_TEXTS; text++) {
        given |= (uint64_t)(text_of(choice, text).len > 0) << text;
    }

    return dyn_bytes_number(at, given, 1);
}

static char *put_choice_texts(char *at, const dyn_choice_t *choice)
{
    for (unsigned text = 0; text < CHOICE_TEXTS; text++) {
        dyn_str_t given = text_of(choice, text);

        if (given.len > 0) {
            at = dyn_bytes_number(at, given.len, 2);
            at = dyn_bytes_copy(at, given.data, given.len);
        }
    }

    return at;
}

static char *put_message(char *at, const dyn_message_t *message)
{
    at = dyn_bytes_number(at, (uint64_t)message->kind, 1);
    at = dyn_bytes_number(at, message->text.len, 2);
    at = dyn_bytes_number(at, message->item, 4);
    at = dyn_bytes_number(at, (uint64_t)message->amount_minor, 8);
    at = dyn_bytes_copy(at, message->currency, 3);

    return dyn_bytes_copy(at, message->text.data, message->text.len);
}

/* What does not fit its number of bytes. */
static bool is_too_large(const dyn_slot_decision_t *slot)
{
    for (uint32_t i = 0; i < slot->message_count; i++) {
        if (slot->messages[i].text.len > UINT16_MAX) {
            return true;
        }
    }
    for (uint32_t i = 0; i < slot->count; i++) {
        for (unsigned text = 0; text < CHOICE_TEXTS; text++) {
            if (text_of(&slot->choices[i], text).len > UINT16_MAX) {
                return true;
            }
        }
    }

    return slot->name.len > DYN_SLOT_NAME_BYTES_MAX || slot->title.len > UINT16_MAX ||
           slot->content.len > DYN_CONTENT_ID_BYTES_MAX || slot->count > DYN_SLOT_ITEMS_MAX ||
           slot->message_count > DYN_SLOT_MESSAGES_MAX;
}

/* kept: by slot of the decision, its number among those that were written; DYN_NONE: it was left out. */
static char *put_assignments(char *at, const dyn_decision_t *decision, const uint32_t *kept)
{
    at = dyn_bytes_number(at, decision->assignment_count, 1);
    for (uint32_t i = 0; i < decision->assignment_count; i++) {
        const dyn_assignment_t *assignment = &decision->assignments[i];
        uint32_t slots = 0;

        for (uint32_t k = 0; k < DYN_SLOTS_MAX && k < decision->slot_count; k++) {
            slots |= (assignment->slots >> k & 1) != 0 && kept[k] != DYN_NONE ? 1U << kept[k] : 0;
        }
        at = dyn_bytes_number(at, assignment->experiment, 2);
        at = dyn_bytes_number(at, assignment->variant, 2);
        at = dyn_bytes_number(at, slots, 1);
        at = dyn_bytes_number(at, assignment->shadow, 1);
    }

    return at;
}

size_t dyn_answer_encode(const dyn_decision_t *decision, char *bytes, size_t size, bool *whole)
{
    char *at = bytes;
    uint8_t slots = 0;
    uint32_t kept[DYN_SLOTS_MAX];
    size_t least = head_bytes + 1 + decision->assignment_count * assignment_bytes;

    *whole = size >= least;
    if (!*whole) {
        return 0;
    }
    size -= least - head_bytes;

    at = dyn_bytes_copy(at, magic, sizeof(magic));
    at = dyn_bytes_number(at, version, 1);
    at = dyn_bytes_number(at, (uint64_t)decision->surface, 1);
    at = dyn_bytes_number(at, (uint64_t)decision->moment, 1);
    at = dyn_bytes_number(at, (uint64_t)decision->rung, 1);

    char *slots_at = at++;

    at = dyn_bytes_number(at, (uint64_t)decision->now_ms, 8);
    at = dyn_bytes_number(at, decision->seed, 8);
    at = dyn_bytes_number(at, decision->ttl_s, 4);
    at = dyn_bytes_number(at, decision->language, 1);
    at = dyn_bytes_number(at, decision->localized, 1);
    at = dyn_bytes_number(at, decision->flags, 8);

    for (uint32_t i = 0; i < decision->slot_count; i++) {
        const dyn_slot_decision_t *slot = &decision->slots[i];

        if (i < DYN_SLOTS_MAX) {
            kept[i] = DYN_NONE;
        }
        if (slots == DYN_SLOTS_MAX || is_too_large(slot) ||
            bytes_of(slot) > size - (size_t)(at - bytes)) {
            *whole = false;
            continue;
        }

        at = dyn_bytes_number(at, slot->name.len, 1);
        at = dyn_bytes_number(at, slot->title.len, 2);
        at = dyn_bytes_number(at, (uint64_t)slot->rung, 1);
        at = dyn_bytes_number(at, slot->count, 1);
        at = put_share(at, slot->confidence);
        at = dyn_bytes_number(at, (uint64_t)slot->kind, 1);
        at = dyn_bytes_number(at, slot->message_count, 1);
        at = dyn_bytes_number(at, slot->content.len, 1);
        at = dyn_bytes_copy(at, slot->name.data, slot->name.len);
        at = dyn_bytes_copy(at, slot->title.data, slot->title.len);
        at = dyn_bytes_copy(at, slot->content.data, slot->content.len);
        for (uint32_t k = 0; k < slot->count; k++) {
            at = put_choice(at, &slot->choices[k]);
        }
        for (uint32_t k = 0; k < slot->count; k++) {
            at = put_choice_texts(at, &slot->choices[k]);
        }
        for (uint32_t k = 0; k < slot->message_count; k++) {
            at = put_message(at, &slot->messages[k]);
        }
        if (has_bundle(slot)) {
            at = dyn_bytes_number(at, slot->bundle, 4);
        }
        if (i < DYN_SLOTS_MAX) {
            kept[i] = slots;
        }
        slots++;
    }
    dyn_bytes_number(slots_at, slots, 1);
    at = put_assignments(at, decision, kept);

    return (size_t)(at - bytes);
}

/* ---- and back ---- */

static bool beyond(const dyn_reader_t *reader, const char *part, uint32_t number)
{
    return dyn_fail(reader->error, "%s: %s: the snapshot has no number %u", reader->what, part,
                    number);
}

/* What one byte each says of the choice at these bytes. */
enum {
    SUPPORT_AT = 12,
    STRENGTH_AT = 16,
    PROPENSITY_AT = 20,
    SOURCE_AT = 24,
    REASON_AT,
    KIND_AT,
    CTA_AT,
    TEXTS_AT
};

/* From 0 to 1; false when it is none. */
static bool take_share(const char *at, float *share)
{
    uint32_t bits = (uint32_t)dyn_bytes_read(at, 4);

    memcpy(share, &bits, sizeof(*share));

    return *share >= 0 && *share <= 1;
}

/* How many there are of what a reference of this kind counts; UINT32_MAX where there is no reference. */
static uint64_t references(const dyn_snapshot_t *snapshot, dyn_reference_kind_t kind)
{
    switch (kind) {
    case DYN_REFERENCE_ITEM:
        return snapshot->item_count;
    case DYN_REFERENCE_CATEGORY:
        return snapshot->category_count;
    case DYN_REFERENCE_BRAND:
        return snapshot->brand_count;
    case DYN_REFERENCE_TRAIT:
        return snapshot->trait_count;
    case DYN_REFERENCE_NONE:
    case DYN_REFERENCES_COUNT:
        break;
    }

    return UINT64_MAX;
}

static bool take_choice(dyn_reader_t *reader, const dyn_snapshot_t *snapshot, const char *at,
                        dyn_choice_t *choice)
{
    uint32_t item = (uint32_t)dyn_bytes_read(at, 4);
    uint32_t reference = (uint32_t)dyn_bytes_read(at + 8, 4);
    uint8_t source = (uint8_t)at[SOURCE_AT];
    uint8_t reason = (uint8_t)at[REASON_AT];
    uint8_t kind = (uint8_t)at[KIND_AT];
    uint8_t cta = (uint8_t)at[CTA_AT];
    float score, strength = 0, propensity = 0;
    bool shares = take_share(at + 4, &score) && take_share(at + STRENGTH_AT, &strength) &&
                  take_share(at + PROPENSITY_AT, &propensity);

    if (item >= snapshot->item_count) {
        return beyond(reader, "item", item);
    }
    if (source >= DYN_SOURCES_COUNT || reason >= DYN_REASONS_COUNT ||
        kind >= DYN_REFERENCES_COUNT || cta >= DYN_CTAS_COUNT || !shares) {
        return dyn_fail(reader->error,
                        "%s: a choice: source, reason, kind of reference, call to action, score, "
                        "strength or propensity is none that there is",
                        reader->what);
    }
    if (reference >= references(snapshot, (dyn_reference_kind_t)kind)) {
        return beyond(reader, "reference", reference);
    }

    *choice = (dyn_choice_t){.item = item};
    choice->score = score;
    choice->source = (dyn_source_t)source;
    choice->reason = (dyn_reason_t)reason;
    choice->reference_kind = (dyn_reference_kind_t)kind;
    choice->reference = reference;
    choice->support = (uint32_t)dyn_bytes_read(at + SUPPORT_AT, 4);
    choice->strength = strength;
    choice->propensity = propensity;
    choice->cta = (dyn_cta_t)cta;

    return true;
}

static bool at_most(const dyn_reader_t *reader, unsigned number, unsigned max, const char *part)
{
    return number <= max || dyn_fail(reader->error, "%s: %s: is %u, and may be at most %u",
                                     reader->what, part, number, max);
}

/* The texts that the bits of the choice at these bytes announce. */
static bool take_choice_texts(dyn_reader_t *reader, const char *at, dyn_choice_t *choice)
{
    dyn_str_t *const texts[CHOICE_TEXTS] = {&choice->badge, &choice->sponsored,
                                            &choice->reason_text, &choice->cta_label};
    uint8_t given = (uint8_t)at[TEXTS_AT];

    if (given >> CHOICE_TEXTS != 0) {
        return dyn_fail(reader->error, "%s: a choice: has a text that there is not", reader->what);
    }
    for (unsigned text = 0; text < CHOICE_TEXTS; text++) {
        if ((given & 1U << text) == 0) {
            continue;
        }

        const char *length_at = dyn_reader_take(reader, 2, "text of a choice");
        size_t length = length_at == NULL ? 0 : (size_t)dyn_bytes_read(length_at, 2);

        if (length_at != NULL && length == 0) {
            return dyn_fail(reader->error, "%s: text of a choice: is empty", reader->what);
        }
        *texts[text] = (dyn_str_t){
            length_at == NULL ? NULL : dyn_reader_take(reader, length, "text of a choice"), length};
        if (texts[text]->data == NULL) {
            return false;
        }
    }

    return true;
}

/* The currency's bytes, if they are three capitals or nothing. */
static bool take_currency(const char *at, char currency[4])
{
    bool none = at[0] == 0 && at[1] == 0 && at[2] == 0;

    memcpy(currency, at, 3);
    currency[3] = '\0';
    for (int i = 0; i < 3 && !none; i++) {
        if (at[i] < 'A' || at[i] > 'Z') {
            return false;
        }
    }

    return true;
}

static bool take_messages(dyn_reader_t *reader, const dyn_snapshot_t *snapshot, uint32_t count,
                          dyn_message_t *messages)
{
    for (uint32_t i = 0; i < count; i++) {
        dyn_message_t *message = &messages[i];
        const char *at = dyn_reader_take(reader, message_bytes, "message");

        if (at == NULL) {
            return false;
        }

        uint8_t kind = (uint8_t)at[0];
        uint64_t length = dyn_bytes_read(at + 1, 2);
        uint64_t amount = dyn_bytes_read(at + 7, 8);

        message->item = (uint32_t)dyn_bytes_read(at + 3, 4);
        if (kind >= DYN_MESSAGES_COUNT || amount > DYN_PRICE_MINOR_MAX ||
            !take_currency(at + 15, message->currency)) {
            return dyn_fail(reader->error,
                            "%s: a message: kind, amount or currency is none that there is",
                            reader->what);
        }
        if (message->item != DYN_NONE && message->item >= snapshot->item_count) {
            return beyond(reader, "item", message->item);
        }
        message->kind = (dyn_message_kind_t)kind;
        message->amount_minor = (int64_t)amount;
        message->text = (dyn_str_t){dyn_reader_take(reader, length, "message"), length};
        if (message->text.data == NULL) {
            return false;
        }
    }

    return true;
}

static bool take_bundle(dyn_reader_t *reader, const dyn_snapshot_t *snapshot,
                        dyn_slot_decision_t *slot)
{
    const char *at = NULL;

    if (!has_bundle(slot)) {
        return true;
    }
    at = dyn_reader_take(reader, 4, "bundle");
    if (at == NULL) {
        return false;
    }
    slot->bundle = (uint32_t)dyn_bytes_read(at, 4);

    return slot->bundle < snapshot->bundle_count || beyond(reader, "bundle", slot->bundle);
}

static bool take_slot(dyn_reader_t *reader, const dyn_snapshot_t *snapshot, dyn_arena_t *arena,
                      dyn_slot_decision_t *slot)
{
    const char *at = dyn_reader_take(reader, slot_bytes, "slot");

    if (at == NULL) {
        return false;
    }

    uint8_t name = (uint8_t)at[0];
    uint16_t title = (uint16_t)dyn_bytes_read(at + 1, 2);
    uint8_t rung = (uint8_t)at[3];
    uint8_t count = (uint8_t)at[4];
    uint8_t kind = (uint8_t)at[9];
    uint8_t message_count = (uint8_t)at[10];
    uint8_t content = (uint8_t)at[11];
    float confidence;

    if (!at_most(reader, name, DYN_SLOT_NAME_BYTES_MAX, "length of a slot's name") ||
        !at_most(reader, rung, DYN_RUNGS_COUNT - 1, "rung of a slot") ||
        !at_most(reader, count, DYN_SLOT_ITEMS_MAX, "choices of a slot") ||
        !at_most(reader, kind, DYN_SLOT_KINDS_COUNT - 1, "kind of a slot") ||
        !at_most(reader, message_count, DYN_SLOT_MESSAGES_MAX, "messages of a slot") ||
        !at_most(reader, content, DYN_CONTENT_ID_BYTES_MAX, "length of a content's id")) {
        return false;
    }
    if (!take_share(at + 5, &confidence)) {
        return dyn_fail(reader->error, "%s: confidence of a slot: is not from 0 to 1",
                        reader->what);
    }

    const char *text = dyn_reader_take(
        reader, (size_t)name + title + content + (size_t)count * choice_bytes, "slot");
    dyn_choice_t *choices =
        text == NULL ? NULL : dyn_arena_alloc(arena, (count + 1U) * sizeof(dyn_choice_t));
    dyn_message_t *messages =
        text == NULL ? NULL : dyn_arena_alloc(arena, (message_count + 1U) * sizeof(dyn_message_t));

    if (text == NULL) {
        return false;
    }
    if (choices == NULL || messages == NULL) {
        return dyn_fail(reader->error, "answer: not enough memory");
    }

    *slot = (dyn_slot_decision_t){.name = {text, name}};
    slot->title = (dyn_str_t){text + name, title};
    slot->rung = (dyn_rung_t)rung;
    slot->count = count;
    slot->confidence = confidence;
    slot->choices = choices;
    slot->kind = (dyn_slot_kind_t)kind;
    slot->messages = messages;
    slot->message_count = message_count;
    slot->content = (dyn_str_t){text + name + title, content};
    at = text + name + title + content;
    for (unsigned i = 0; i < count; i++, at += choice_bytes) {
        if (!take_choice(reader, snapshot, at, &choices[i])) {
            return false;
        }
    }
    at = text + name + title + content;
    for (unsigned i = 0; i < count; i++, at += choice_bytes) {
        if (!take_choice_texts(reader, at, &choices[i])) {
            return false;
        }
    }

    return take_messages(reader, snapshot, message_count, messages) &&
           take_bundle(reader, snapshot, slot);
}

static bool take_assignments(dyn_reader_t *reader, const dyn_policy_t *policy, dyn_arena_t *arena,
                             dyn_decision_t *decision)
{
    uint64_t count;

    if (policy == NULL) {
        policy = dyn_policy_default();
    }
    if (!dyn_reader_number(reader, 1, "number of assignments", &count) ||
        !at_most(reader, (uint32_t)count, policy->experiment_count, "number of assignments")) {
        return false;
    }
    if (count == 0) {
        return true;
    }
    decision->assignments = dyn_arena_alloc(arena, count * sizeof(dyn_assignment_t));
    if (decision->assignments == NULL) {
        return dyn_fail(reader->error, "answer: not enough memory");
    }
    for (uint32_t i = 0; i < count; i++) {
        const char *at = dyn_reader_take(reader, assignment_bytes, "assignment");

        if (at == NULL) {
            return false;
        }

        dyn_assignment_t assignment = {.experiment = (uint32_t)dyn_bytes_read(at, 2),
                                       .variant = (uint32_t)dyn_bytes_read(at + 2, 2),
                                       .slots = (uint8_t)at[4],
                                       .shadow = at[5] != 0};

        if (assignment.experiment >= policy->experiment_count) {
            return dyn_fail(reader->error, "answer: assignment: the policy has no experiment %u",
                            assignment.experiment);
        }

        const dyn_experiment_t *experiment = &policy->experiments[assignment.experiment];

        if (assignment.variant < experiment->variants_start ||
            assignment.variant - experiment->variants_start >= experiment->variants_count) {
            return dyn_fail(reader->error, "answer: assignment: the experiment has no variant %u",
                            assignment.variant);
        }
        decision->assignments[i] = assignment;
    }
    decision->assignment_count = (uint32_t)count;

    return true;
}

/* Each bit is of a flag that the policy has. */
static bool take_flags(const dyn_reader_t *reader, const dyn_policy_t *policy, uint64_t flags)
{
    unsigned most = 0;

    while (most < 64 && flags >> most != 0) {
        most++;
    }

    return most == 0 ||
           dyn_policy_own_flag(policy != NULL ? policy : dyn_policy_default(), most - 1) != NULL ||
           dyn_fail(reader->error, "%s: flags: the policy has no flag %u", reader->what, most - 1);
}

bool dyn_answer_decode(const dyn_snapshot_t *snapshot, const dyn_policy_t *policy, dyn_str_t bytes,
                       dyn_arena_t *arena, dyn_decision_t *decision, dyn_error_t *error)
{
    dyn_reader_t reader = dyn_reader_of("answer", bytes, error);
    const char *at = NULL;

    memset(decision, 0, sizeof(*decision));
    if (!dyn_reader_head(&reader, magic, version) ||
        (at = dyn_reader_take(&reader, head_bytes - DYN_RECORD_HEAD_BYTES, "head")) == NULL) {
        return false;
    }

    uint8_t surface = (uint8_t)at[0];
    uint8_t moment = (uint8_t)at[1];
    uint8_t rung = (uint8_t)at[2];
    uint8_t slots = (uint8_t)at[3];
    uint8_t language = (uint8_t)at[24];
    uint8_t localized = (uint8_t)at[25];

    if (!at_most(&reader, surface, DYN_SURFACES_COUNT - 1, "surface") ||
        !at_most(&reader, moment, DYN_MOMENTS_COUNT - 1, "moment") ||
        !at_most(&reader, rung, DYN_RUNGS_COUNT - 1, "rung") ||
        !at_most(&reader, slots, DYN_SLOTS_MAX, "slots") ||
        !at_most(&reader, language, dyn_texts_languages(dyn_policy_texts(policy)) - 1,
                 "language") ||
        !at_most(&reader, localized, 1, "localized")) {
        return false;
    }

    decision->surface = (dyn_surface_t)surface;
    decision->moment = (dyn_moment_t)moment;
    decision->rung = (dyn_rung_t)rung;
    decision->now_ms = (int64_t)dyn_bytes_read(at + 4, 8);
    decision->seed = dyn_bytes_read(at + 12, 8);
    decision->ttl_s = (uint32_t)dyn_bytes_read(at + 20, 4);
    decision->policy = policy;
    decision->language = language;
    decision->localized = localized != 0;
    decision->flags = dyn_bytes_read(at + 26, 8);
    if (!take_flags(&reader, policy, decision->flags)) {
        return false;
    }
    dyn_decision_id(decision->seed, decision->id);

    decision->slots = dyn_arena_alloc(arena, (slots + 1U) * sizeof(dyn_slot_decision_t));
    if (decision->slots == NULL) {
        return dyn_fail(error, "answer: not enough memory");
    }
    for (; decision->slot_count < slots; decision->slot_count++) {
        dyn_slot_decision_t *slot = &decision->slots[decision->slot_count];

        if (!take_slot(&reader, snapshot, arena, slot)) {
            return false;
        }
        if (slot->kind == DYN_SLOT_COMPARISON &&
            !dyn_comparison_rows(snapshot, decision->now_ms, arena, slot)) {
            return dyn_fail(error, "answer: not enough memory");
        }
        decision->item_count += slot->count;
    }

    return take_assignments(&reader, policy, arena, decision) && dyn_reader_ends(&reader);
}

/* dynstore control: an entry of the control stream, which every nginx of the shop reads within a second; and the entries that are there. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/base/control_stream.h"
#include "cli/base/options.h"
#include "cli/commands/commands.h"
#include "cli/commands/standing.h"
#include "cli/commands/target.h"
#include "engine/base/limits.h"
#include "engine/base/time_text.h"
#include "engine/control/entry.h"

enum {
    OPTION_AUTHOR = DYN_TARGET_OPTIONS,
    OPTION_REASON,
    OPTION_UNTIL,
    OPTION_FROM,
    OPTION_SALE,
    OPTION_LOCATION,
    OPTION_SLOT,
    OPTION_POSITION,
    OPTION_SINCE,
    OPTION_STANDING,
    OPTION_JSON
};

enum { OPERANDS_MAX = 3, DAY_MS = 86400000 };

static const dyn_option_t option_table[] = {
    DYN_TARGET_ROWS,
    [OPTION_AUTHOR] = {"author", 'a', "NAME", "who says so; the status and explanations show it"},
    [OPTION_REASON] = {"reason", 0, "TEXT", "why; the same"},
    [OPTION_UNTIL] =
        {"until", 'u', "TIME",
         "when an override or a sale ends: \"+7d\", \"+12h\", \"2026-12-24T18:00:00Z\""},
    [OPTION_FROM] = {"from", 0, "TIME", "when the sale begins; else now"},
    [OPTION_SALE] = {"sale", 0, "AMOUNT", "what is asked while the sale lasts"},
    [OPTION_LOCATION] = {"location", 0, "NAME", "the stock is that of one location alone"},
    [OPTION_SLOT] = {"slot", 0, "NAME",
                     "the block in which an item is pinned; else the page's first"},
    [OPTION_POSITION] = {"position", 0, "N", "its place there; else the first"},
    [OPTION_SINCE] = {"since", 0, "ID", "list: only what came after this entry"},
    [OPTION_STANDING] = {"standing", 0, NULL,
                         "list: only the overrides that stand now, and whether the shop is killed"},
    [OPTION_JSON] = {"json", 0, NULL, "list: JSON Lines, which --control of other commands reads"},
};

/* What the command is told to write: the first word, its kind, and the fields of the words behind it. */
static const struct {
    const char *name;
    const char *usage;
    dyn_control_kind_t kind;
    const char *override; /* NULL: it is none */
    dyn_control_field_e operands[OPERANDS_MAX];
    int count;
} actions[] = {
    {"stock",
     "stock ITEM N|unknown",
     DYN_CONTROL_KIND_SET_STOCK,
     NULL,
     {DYN_CONTROL_ITEM, DYN_CONTROL_STOCK},
     2},
    {"price",
     "price ITEM AMOUNT CURRENCY",
     DYN_CONTROL_KIND_SET_PRICE,
     NULL,
     {DYN_CONTROL_ITEM, DYN_CONTROL_PRICE, DYN_CONTROL_CURRENCY},
     3},
    {"availability",
     "availability ITEM on|off",
     DYN_CONTROL_KIND_SET_AVAILABILITY,
     NULL,
     {DYN_CONTROL_ITEM, DYN_CONTROL_AVAILABLE},
     2},
    {"delete", "delete ITEM", DYN_CONTROL_KIND_DELETE, NULL, {DYN_CONTROL_ITEM}, 1},
    {"change", "change ITEM", DYN_CONTROL_KIND_CHANGE, NULL, {DYN_CONTROL_ITEM}, 1},
    {"block",
     "block ITEM --until TIME",
     DYN_CONTROL_KIND_SET_OVERRIDE,
     "block",
     {DYN_CONTROL_ITEM},
     1},
    {"pin", "pin ITEM --until TIME", DYN_CONTROL_KIND_SET_OVERRIDE, "pin", {DYN_CONTROL_ITEM}, 1},
    {"boost",
     "boost ITEM FACTOR --until TIME",
     DYN_CONTROL_KIND_SET_OVERRIDE,
     "boost",
     {DYN_CONTROL_ITEM, DYN_CONTROL_FACTOR},
     2},
    {"apart",
     "apart ITEM OTHER --until TIME",
     DYN_CONTROL_KIND_SET_OVERRIDE,
     "apart",
     {DYN_CONTROL_ITEM, DYN_CONTROL_OTHER},
     2},
    {"restore",
     "restore [block|pin|boost|apart] ITEM, or restore ID",
     DYN_CONTROL_KIND_RESTORE,
     NULL,
     {DYN_CONTROL_ITEM},
     1},
    {"restore", NULL, DYN_CONTROL_KIND_RESTORE, NULL, {DYN_CONTROL_OVERRIDE, DYN_CONTROL_ITEM}, 2},
    {"rules", "rules VERSION", DYN_CONTROL_KIND_RULES, NULL, {DYN_CONTROL_VERSION}, 1},
    {"snapshot", "snapshot VERSION", DYN_CONTROL_KIND_SNAPSHOT, NULL, {DYN_CONTROL_VERSION}, 1},
    {"kill", "kill", DYN_CONTROL_KIND_KILL, NULL, {DYN_CONTROL_ITEM}, 0},
    {"revive", "revive", DYN_CONTROL_KIND_REVIVE, NULL, {DYN_CONTROL_ITEM}, 0},
};

enum { ACTIONS = sizeof(actions) / sizeof(actions[0]) };

/* Options that are fields as they are given; times are read first. `until` ends a sale where there is one. */
static const struct {
    int option;
    dyn_control_field_e field;
    bool time;
} option_fields[] = {
    {OPTION_AUTHOR, DYN_CONTROL_AUTHOR, false},     {OPTION_REASON, DYN_CONTROL_REASON, false},
    {OPTION_UNTIL, DYN_CONTROL_UNTIL, true},        {OPTION_UNTIL, DYN_CONTROL_SALE_UNTIL, true},
    {OPTION_FROM, DYN_CONTROL_SALE_FROM, true},     {OPTION_SALE, DYN_CONTROL_SALE_PRICE, false},
    {OPTION_LOCATION, DYN_CONTROL_LOCATION, false}, {OPTION_SLOT, DYN_CONTROL_SLOT, false},
    {OPTION_POSITION, DYN_CONTROL_POSITION, false},
};

typedef struct {
    dyn_target_t target;
    const char
        *values[sizeof(option_table) / sizeof(option_table[0])]; /* of options that were given */
    bool json;
    bool standing;
} settings_t;

static int64_t now_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_REALTIME, &now);

    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* "+7d", "+12h", "+30m", or a time. */
static bool read_time(const char *name, const char *text, char written[24], dyn_error_t *error)
{
    int64_t time_ms, unit = 0;
    char *end = NULL;
    long count = text[0] == '+' ? strtol(text + 1, &end, 10) : 0;

    if (count > 0 && count <= 1000000 && end[0] != '\0' && end[1] == '\0') {
        unit = end[0] == 'd' ? DAY_MS : end[0] == 'h' ? DAY_MS / 24 : end[0] == 'm' ? 60000 : 0;
    }
    if (unit > 0) {
        time_ms = now_ms() + count * unit;
    } else if (!dyn_time_from_text(dyn_str_from(text), &time_ms)) {
        return dyn_fail(error,
                        "--%s: \"%.64s\" is not a time; \"+7d\", \"+12h\" or "
                        "\"2026-12-24T18:00:00Z\" would be right",
                        name, text);
    }
    (void)snprintf(written, 24, "%lld", (long long)time_ms);

    return true;
}

/* The entry that the words and options say. False with a sentence. */
static bool read_entry(const settings_t *settings, size_t action, char *const *operands,
                       dyn_control_entry_t *entry, dyn_error_t *error)
{
    static char times[sizeof(option_fields) / sizeof(option_fields[0])][24];
    dyn_control_field_t fields[DYN_CONTROL_FIELDS_MAX];
    uint32_t used = 0;
    size_t count = 0;

    fields[count++] =
        (dyn_control_field_t){DYN_STR("k"), dyn_control_kind_name(actions[action].kind)};
    if (actions[action].override != NULL) {
        fields[count++] =
            (dyn_control_field_t){DYN_STR("override"), dyn_str_from(actions[action].override)};
    }
    for (int i = 0; i < actions[action].count; i++) {
        dyn_control_field_e field = actions[action].operands[i];
        dyn_str_t value = dyn_str_from(operands[i]);

        if (field == DYN_CONTROL_AVAILABLE) {
            if (!dyn_str_equal(value, DYN_STR("on")) && !dyn_str_equal(value, DYN_STR("off"))) {
                return dyn_fail(error, "availability: \"%.64s\" is not on or off", operands[i]);
            }
            value = dyn_str_equal(value, DYN_STR("on")) ? DYN_STR("1") : DYN_STR("0");
        }
        fields[count++] = (dyn_control_field_t){dyn_control_field_name(field), value};
    }
    for (size_t i = 0; i < sizeof(option_fields) / sizeof(option_fields[0]); i++) {
        const dyn_option_t *option = &option_table[option_fields[i].option];
        const char *value = settings->values[option_fields[i].option];

        if (value == NULL && dyn_control_kind_needs(actions[action].kind, option_fields[i].field)) {
            return dyn_fail(error, "`%s` needs --%s %s", actions[action].name, option->name,
                            option->argument);
        }
        if (value == NULL || !dyn_control_kind_has(actions[action].kind, option_fields[i].field)) {
            continue;
        }
        used |= 1U << option_fields[i].option;
        if (option_fields[i].time) {
            if (!read_time(option->name, value, times[i], error)) {
                return false;
            }
            value = times[i];
        }
        fields[count++] = (dyn_control_field_t){dyn_control_field_name(option_fields[i].field),
                                                dyn_str_from(value)};
    }
    for (int option = OPTION_AUTHOR; option <= OPTION_POSITION; option++) {
        if (settings->values[option] != NULL && (used >> option & 1) == 0 &&
            option != OPTION_AUTHOR && option != OPTION_REASON) {
            return dyn_fail(error, "--%s says nothing of `%s`", option_table[option].name,
                            actions[action].name);
        }
    }
    if (!dyn_control_entry_read(fields, count, entry, error)) {
        return false;
    }
    if (dyn_control_entry_sale_saves_nothing(entry)) {
        return dyn_fail(error, "--sale: %.32s is not below the price, %.32s",
                        settings->values[OPTION_SALE], operands[1]);
    }
    if (entry->kind == DYN_CONTROL_KIND_SET_OVERRIDE &&
        (entry->until_ms <= now_ms() ||
         entry->until_ms > now_ms() + (int64_t)DYN_CONTROL_OVERRIDE_DAYS_MAX * DAY_MS)) {
        return dyn_fail(error,
                        "--until: an override ends within %d days from now; what is to hold longer "
                        "is a rule (docs/rules.md)",
                        DYN_CONTROL_OVERRIDE_DAYS_MAX);
    }

    return true;
}

/*
 * What stands says whether there is room for one override more, and what a restore takes back. An id is that of an entry, as list prints it,
 * or else of an item: those of a shop may look alike. False with a sentence.
 */
static bool check_standing(dyn_standing_t *standing, dyn_control_entry_t *entry, bool *useless,
                           dyn_error_t *error)
{
    const dyn_control_entry_t *row = NULL;
    dyn_control_position_t id = 0;
    uint32_t before;
    bool is_id = false;

    dyn_overrides_expire(&standing->overrides, now_ms());
    entry->position = (dyn_control_position_t)now_ms() << DYN_CONTROL_SEQUENCE_BITS;
    if (entry->kind == DYN_CONTROL_KIND_SET_OVERRIDE) {
        return dyn_overrides_apply(&standing->overrides, entry) ||
               dyn_fail(error,
                        "%d overrides stand, and there is no room for more; restore one that is "
                        "not needed (`dynstore control list --standing`), or write rules "
                        "(docs/rules.md)",
                        DYN_OVERRIDES_MAX);
    }
    if ((entry->has & DYN_CONTROL_HAS(OVERRIDE)) == 0 &&
        memchr(entry->item.data, '-', entry->item.len) != NULL &&
        dyn_control_position_read(entry->item, &id)) {
        is_id = true;
        row = dyn_standing_find(standing, id);
    }
    if (row != NULL) {
        entry->entry = id;
        entry->has |= DYN_CONTROL_HAS(ENTRY);
        entry->item = row->item;
        /* applying it frees the row's texts */
        return true;
    }
    before = standing->overrides.count;
    (void)dyn_overrides_apply(&standing->overrides, entry);
    *useless = standing->overrides.count == before;
    if (is_id && *useless) {
        return dyn_fail(error,
                        "no override of the entry %.*s stands; `dynstore control list "
                        "--standing` prints those that do",
                        (int)entry->item.len, entry->item.data);
    }

    return true;
}

static int write_entry(settings_t *settings, size_t action, dyn_control_entry_t *entry)
{
    static dyn_standing_t standing;
    static char memory[8192];
    dyn_control_field_t fields[DYN_CONTROL_FIELDS_MAX];
    const char *words[2 * DYN_CONTROL_FIELDS_MAX];
    dyn_control_read_e read;
    dyn_arena_t arena;
    dyn_error_t error;
    bool concerns =
        entry->kind == DYN_CONTROL_KIND_SET_OVERRIDE || entry->kind == DYN_CONTROL_KIND_RESTORE;
    bool useless = false, good;
    char id[48];
    size_t count;

    good = dyn_target_open(&settings->target, &error);
    if (good && concerns) {
        good = dyn_standing_read(&settings->target, &standing, &error) &&
               dyn_standing_tidy(&settings->target, &standing, &error);
        if (good && !check_standing(&standing, entry, &useless, &error)) {
            dyn_target_close(&settings->target);
            return dyn_command_failed("control", DYN_EXIT_DIFFERENT, &error);
        }
    }
    dyn_arena_init(&arena, memory, sizeof(memory), NULL, NULL);
    count = dyn_control_entry_write(entry, &arena, fields);
    for (size_t i = 0; i < count; i++) {
        words[2 * i] = dyn_arena_str(&arena, fields[i].name).data;
        words[2 * i + 1] = dyn_arena_str(&arena, fields[i].value).data;
    }
    if (!good || !dyn_target_control(&settings->target, words, (int)(2 * count), id, &error)) {
        dyn_target_close(&settings->target);
        return dyn_command_failed("control", DYN_EXIT_SYSTEM, &error);
    }
    printf("control entry %s: %s%s%.*s\n", id, actions[action].name, entry->item.len > 0 ? " " : "",
           (int)entry->item.len, entry->item.data == NULL ? "" : entry->item.data);
    (void)fflush(stdout);
    if (useless) {
        (void)fprintf(
            stderr,
            "dynstore control: no such override stands that names \"%.*s\", so nothing is "
            "taken back; `dynstore control list --standing` prints those that stand\n",
            (int)entry->item.len, entry->item.data);
    }
    dyn_standing_free(&standing);

    read = dyn_target_control_read(&settings->target);
    dyn_target_close(&settings->target);
    if (read != DYN_CONTROL_READ) {
        (void)fprintf(stderr,
                      "dynstore control: %s: an nginx that does not read it (control=on of "
                      "dynstore_redis) %s\n",
                      dyn_control_read_text(read),
                      entry->kind == DYN_CONTROL_KIND_KILL
                          ? "shows its blocks as before; dynstore_kill_switch works without Redis"
                          : "stays as it is");
    }

    return read == DYN_CONTROL_UNREAD ? DYN_EXIT_DIFFERENT : DYN_EXIT_OK;
}

/* ---- list ---- */

static bool list_entry(void *data, const char *id, const dyn_fact_t *fields, size_t count,
                       dyn_error_t *error)
{
    const settings_t *settings = data;
    json_t *object;

    (void)error;
    if (!settings->json) {
        printf("%s", id);
        for (size_t i = 0; i < count; i++) {
            json_t *value = json_stringn_nocheck(
                fields[i].value.data == NULL ? "" : fields[i].value.data, fields[i].value.len);
            char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);

            printf(" %.*s=%s", (int)fields[i].name.len, fields[i].name.data,
                   text == NULL ? "" : text);
            free(text);
            json_decref(value);
        }
        printf("\n");
        return true;
    }
    object = json_object();
    json_object_set_new(object, "id", json_string(id));
    for (size_t i = 0; i < count; i++) {
        char name[64];

        (void)snprintf(name, sizeof(name), "%.*s", (int)fields[i].name.len, fields[i].name.data);
        json_object_set_new(object, name,
                            json_stringn(fields[i].value.data == NULL ? "" : fields[i].value.data,
                                         fields[i].value.len));
    }
    (void)json_dumpf(object, stdout, JSON_COMPACT);
    printf("\n");
    json_decref(object);

    return true;
}

static void print_override(const dyn_control_entry_t *row, const char *id)
{
    char until[21];

    dyn_time_format(row->until_ms, until);
    printf("%s ", id);
    switch (row->override) {
    case DYN_CONTROL_OVERRIDE_BLOCK:
        printf("block %.*s", (int)row->item.len, row->item.data);
        break;
    case DYN_CONTROL_OVERRIDE_PIN:
        printf("pin %.*s at %u", (int)row->item.len, row->item.data,
               row->place == 0 ? 1 : row->place);
        break;
    case DYN_CONTROL_OVERRIDE_BOOST:
        printf("boost %.*s by %g", (int)row->item.len, row->item.data,
               row->factor_thousandths / 1000.0);
        break;
    case DYN_CONTROL_OVERRIDE_APART:
    case DYN_CONTROL_OVERRIDE_COUNT:
        printf("apart %.*s and %.*s", (int)row->item.len, row->item.data, (int)row->other.len,
               row->other.data);
        break;
    }
    if (row->slot.len > 0) {
        printf(" in %.*s", (int)row->slot.len, row->slot.data);
    }
    printf(" until %s, %.*s: %.*s\n", until, (int)row->author.len, row->author.data,
           (int)row->reason.len, row->reason.data);
}

static void print_json(const char *id, const dyn_control_entry_t *entry, dyn_error_t *error)
{
    static char memory[8192];
    settings_t as_json = {.json = true};
    dyn_control_field_t fields[DYN_CONTROL_FIELDS_MAX];
    dyn_fact_t facts[DYN_CONTROL_FIELDS_MAX];
    dyn_arena_t arena;
    size_t count;

    dyn_arena_init(&arena, memory, sizeof(memory), NULL, NULL);
    count = dyn_control_entry_write(entry, &arena, fields);
    for (size_t i = 0; i < count; i++) {
        facts[i] = (dyn_fact_t){fields[i].name, fields[i].value};
    }
    (void)list_entry(&as_json, id, facts, count, error);
}

static int list_standing(const settings_t *settings)
{
    static dyn_standing_t standing;
    char id[DYN_CONTROL_POSITION_BYTES];
    dyn_control_entry_t kill;
    dyn_error_t error;

    if (!dyn_standing_read(&settings->target, &standing, &error)) {
        return dyn_command_failed("control", DYN_EXIT_SYSTEM, &error);
    }
    dyn_overrides_expire(&standing.overrides, now_ms());
    for (uint32_t i = 0; i < standing.overrides.count; i++) {
        const dyn_control_entry_t *row = &standing.overrides.rows[i];

        dyn_control_position_write(row->position, id);
        if (settings->json) {
            print_json(id, row, &error);
        } else {
            print_override(row, id);
        }
    }
    if (dyn_standing_killed(&standing)) {
        dyn_control_position_write(standing.last[DYN_CONTROL_KIND_KILL], id);
        dyn_control_entry_begin(&kill, DYN_CONTROL_KIND_KILL);
        kill.author = dyn_str_from(standing.author);
        kill.reason = dyn_str_from(standing.reason);
        kill.has = DYN_CONTROL_SIGNED;
        if (settings->json) {
            print_json(id, &kill, &error);
        } else {
            printf("%s kill, %s: %s\n", id, standing.author, standing.reason);
        }
    }
    dyn_standing_free(&standing);

    return DYN_EXIT_OK;
}

static int list_entries(settings_t *settings)
{
    dyn_control_position_t position;
    const char *since = settings->values[OPTION_SINCE];
    dyn_error_t error;

    if (since != NULL && !dyn_control_position_read(dyn_str_from(since), &position)) {
        return dyn_usage_error(
            "control", "--since: \"%.64s\" is no entry's id; 1700000000000-0 would be right",
            since);
    }
    if (settings->standing) {
        return since != NULL ? dyn_usage_error("control", "--since says nothing of --standing")
                             : list_standing(settings);
    }
    if (!dyn_control_stream_read(&settings->target.address, settings->target.password_path,
                                 settings->target.prefix, since, list_entry, settings, &error)) {
        return dyn_command_failed("control", DYN_EXIT_SYSTEM, &error);
    }

    return DYN_EXIT_OK;
}

int dyn_command_control(int argc, char **argv)
{
    settings_t settings = {.target = {.prefix = "dyn:"}};
    dyn_options_t options = {
        .command = "control",
        .usage = "ACTION [WORD]... --redis URL [--author NAME --reason TEXT] [OPTION]...",
        .help = "Tells every nginx of the shop that has `control=on` in dynstore_redis, within two "
                "seconds:\n"
                "  stock ITEM N|unknown                 how many pieces there are\n"
                "  price ITEM AMOUNT CURRENCY           what it costs; --sale, --from, --until\n"
                "  availability ITEM on|off             whether it is sold at all\n"
                "  delete ITEM, change ITEM             it is gone; it changed, and a snapshot is "
                "to be built\n"
                "  block ITEM --until TIME              it is in no block\n"
                "  pin ITEM --until TIME                it stands first; --slot, --position\n"
                "  boost ITEM FACTOR --until TIME       its score is multiplied, 0.05 to 20\n"
                "  apart ITEM OTHER --until TIME        never both in one block\n"
                "  restore ITEM                         takes back block, pin, boost and apart\n"
                "  restore block ITEM, restore ID       only what is named\n"
                "  rules VERSION, snapshot VERSION      what was published; the status shows it\n"
                "  kill, revive                         leave all pages untouched; go on\n"
                "  list                                 the entries that are there; --standing\n"
                "Those from block on need --author and --reason. Exit code 1: no nginx reads the "
                "control stream.\n",
        .options = option_table,
        .count = sizeof(option_table) / sizeof(option_table[0])};
    dyn_control_entry_t entry;
    dyn_error_t error;
    size_t action = 0;
    int option;

    dyn_options_begin(&options, argc, argv);
    while ((option = dyn_options_next(&options)) >= 0) {
        if (option == OPTION_JSON) {
            settings.json = true;
        } else if (option == OPTION_STANDING) {
            settings.standing = true;
        } else if (option >= DYN_TARGET_OPTIONS) {
            settings.values[option] = options.value;
        } else if (!dyn_target_option(&settings.target, option, options.value, &error)) {
            return dyn_usage_error("control", "%s", error.text);
        }
    }
    if (option == DYN_OPTION_STOP) {
        return options.exit_code;
    }
    if (optind == argc) {
        return dyn_usage_error("control", "say what to do: stock, price, block, kill ...");
    }
    if (settings.target.address.shown[0] == '\0') {
        return dyn_usage_error("control", "--redis URL is needed");
    }
    if (strcmp(argv[optind], "list") == 0) {
        return argc - optind > 1 ? dyn_usage_error("control", "\"%s\" is not expected behind list",
                                                   argv[optind + 1])
                                 : list_entries(&settings);
    }
    while (action < ACTIONS && strcmp(actions[action].name, argv[optind]) != 0) {
        action++;
    }
    if (action == ACTIONS) {
        return dyn_usage_error("control",
                               "\"%s\" is nothing that can be told; stock, price, availability, "
                               "delete, change, block, pin, boost, "
                               "apart, restore, rules, snapshot, kill, revive and list are",
                               argv[optind]);
    }
    if (actions[action].kind == DYN_CONTROL_KIND_RESTORE && argc - optind - 1 == 2) {
        action++; /* the row of two words is behind that of one */
    }
    if (argc - optind - 1 != actions[action].count) {
        return dyn_usage_error("control", "write: dynstore control %s", actions[action].usage);
    }
    if (!read_entry(&settings, action, argv + optind + 1, &entry, &error)) {
        return dyn_usage_error("control", "%s", error.text);
    }

    return write_entry(&settings, action, &entry);
}

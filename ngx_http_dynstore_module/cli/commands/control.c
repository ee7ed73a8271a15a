/* dynstore control: an entry of the control stream, which every nginx of the shop reads within a second. */
#include <stdio.h>
#include <string.h>

#include "cli/base/options.h"
#include "cli/commands/commands.h"
#include "cli/commands/target.h"

enum { OPTION_AUTHOR = DYN_TARGET_OPTIONS, OPTION_REASON };

enum { TEXT_BYTES_MAX = 128 };

static const dyn_option_t option_table[] = {
    DYN_TARGET_ROWS,
    [OPTION_AUTHOR] = {"author", 'a', "NAME", "who says so; the status shows it"},
    [OPTION_REASON] = {"reason", 0, "TEXT", "why; the status shows it"},
};

/* nginx shows it in its status and its log. */
static bool good_text(const char *text)
{
    dyn_str_t str = dyn_str_from(text);

    for (size_t i = 0; i < str.len; i++) {
        if ((unsigned char)str.data[i] < ' ' || str.data[i] == 0x7f) {
            return false;
        }
    }

    return str.len > 0 && str.len <= TEXT_BYTES_MAX;
}

int dyn_command_control(int argc, char **argv)
{
    const char *author = NULL, *reason = NULL, *kind;
    dyn_target_t target = {.prefix = "dyn:"};
    dyn_options_t options = {
        .command = "control",
        .usage = "kill|revive --redis URL --author NAME --reason TEXT",
        .help =
            "kill: every nginx of the shop leaves pages untouched and answers fragments without "
            "items, until\n"
            "revive. It reaches those with `control=on` in dynstore_redis within two seconds; exit "
            "code 1: none of them reads it.\n",
        .options = option_table,
        .count = sizeof(option_table) / sizeof(option_table[0])};
    dyn_error_t error;
    char id[48];
    dyn_control_read_e read;
    int option;

    dyn_options_begin(&options, argc, argv);
    while ((option = dyn_options_next(&options)) >= 0) {
        if (option == OPTION_AUTHOR) {
            author = options.value;
        } else if (option == OPTION_REASON) {
            reason = options.value;
        } else if (!dyn_target_option(&target, option, options.value, &error)) {
            return dyn_usage_error("control", "%s", error.text);
        }
    }
    if (option == DYN_OPTION_STOP) {
        return options.exit_code;
    }

    kind = optind + 1 == argc ? argv[optind] : "";
    if (strcmp(kind, "kill") != 0 && strcmp(kind, "revive") != 0) {
        return dyn_usage_error("control", "say kill or revive");
    }
    if (target.address.shown[0] == '\0' || author == NULL || reason == NULL) {
        return dyn_usage_error("control",
                               "--redis URL, --author NAME and --reason TEXT are needed");
    }
    if (!good_text(author) || !good_text(reason)) {
        return dyn_usage_error("control",
                               "--author and --reason are 1 to %d bytes without control characters",
                               TEXT_BYTES_MAX);
    }

    if (!dyn_target_open(&target, &error) ||
        !dyn_target_control(&target,
                            (const char *[]){"k", kind, "author", author, "reason", reason}, 6, id,
                            &error)) {
        dyn_target_close(&target);
        return dyn_command_failed("control", DYN_EXIT_SYSTEM, &error);
    }
    printf("control entry %s: %s\n", id, kind);
    (void)fflush(stdout);

    read = dyn_target_control_read(&target);
    dyn_target_close(&target);
    if (read != DYN_CONTROL_READ) {
        (void)fprintf(stderr,
                      "dynstore control: %s: an nginx that does not read it (control=on of "
                      "dynstore_redis) %s\n",
                      dyn_control_read_text(read),
                      strcmp(kind, "kill") == 0
                          ? "shows its blocks as before; dynstore_kill_switch works without Redis"
                          : "stays as it is");
    }

    return read == DYN_CONTROL_UNREAD ? DYN_EXIT_DIFFERENT : DYN_EXIT_OK;
}

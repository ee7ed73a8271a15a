#include "cli/input/rules_then.h"

#include <stdio.h>

#include "cli/input/rules_file.h"

bool dyn_rules_then_begin(dyn_rules_then_t *then, const dyn_control_entries_t *entries,
                          dyn_error_t *error)
{
    for (size_t i = 0; i < DYN_RULES_THEN_FILES; i++) {
        then->alone.policies[i] = then->files[i].policy;
    }

    return dyn_overrides_held_begin(&then->held, entries, error);
}

static void forget(dyn_rules_then_t *then, size_t place)
{
    for (size_t i = 0; i < DYN_RULES_THEN_FILES; i++) {
        dyn_policy_free(then->kept[place].owned[i]);
        then->kept[place].owned[i] = NULL;
    }
    dyn_overrides_end(&then->kept[place].overrides);
    then->kept[place].version[0] = '\0';
}

void dyn_rules_then_end(dyn_rules_then_t *then)
{
    for (size_t i = 0; i < DYN_RULES_THEN_KEPT; i++) {
        forget(then, i);
    }
    dyn_overrides_held_end(&then->held);
    memset(then, 0, sizeof(*then));
}

/* In place of what was compiled longest ago. */
static bool compile(dyn_rules_then_t *then, const char *version, const dyn_overrides_t *overrides,
                    const dyn_rules_of_then_t **rules, dyn_error_t *error)
{
    size_t place = then->compiled++ % DYN_RULES_THEN_KEPT;
    dyn_rules_of_then_t *made = &then->kept[place].rules;

    forget(then, place);
    if (!dyn_overrides_copy(&then->kept[place].overrides, overrides)) {
        return dyn_fail(error, "not enough memory for overrides");
    }
    made->overrides = &then->kept[place].overrides;
    for (size_t i = 0; i < DYN_RULES_THEN_FILES; i++) {
        const dyn_rules_alone_t *file = &then->files[i];

        if (file->policy == NULL) {
            continue;
        }
        if (!dyn_rules_file_read_with(file->rules, file->features, made->overrides, file->snapshot,
                                      &then->kept[place].owned[i], error)) {
            return false;
        }
        made->policies[i] = then->kept[place].owned[i];
    }
    (void)snprintf(then->kept[place].version, sizeof(then->kept[place].version), "%s", version);
    *rules = made;

    return true;
}

bool dyn_rules_then(dyn_rules_then_t *then, dyn_str_t version, dyn_control_position_t position,
                    int64_t time_ms, const dyn_rules_of_then_t **rules, dyn_error_t *error)
{
    const char *alone[DYN_RULES_THEN_FILES];
    const dyn_overrides_t *overrides = NULL;
    char wanted[DYN_POLICY_VERSION_BYTES + 1];
    size_t count = 0;

    *rules = &then->alone;
    if (version.len != DYN_POLICY_VERSION_BYTES) {
        return true;
    }
    (void)snprintf(wanted, sizeof(wanted), "%.*s", (int)version.len, version.data);
    for (size_t i = 0; i < DYN_RULES_THEN_FILES; i++) {
        const dyn_policy_t *policy = then->files[i].policy;

        if (policy != NULL && strcmp(policy->version, wanted) == 0) {
            return true;
        }
        if (policy != NULL) {
            alone[count++] = policy->version;
        }
    }
    for (size_t i = 0; i < DYN_RULES_THEN_KEPT; i++) {
        if (strcmp(then->kept[i].version, wanted) == 0) {
            *rules = &then->kept[i].rules;
            return true;
        }
    }
    if (!dyn_overrides_held(&then->held, alone, count, wanted, position, time_ms, &overrides,
                            error)) {
        return false;
    }

    return overrides == NULL || compile(then, wanted, overrides, rules, error);
}

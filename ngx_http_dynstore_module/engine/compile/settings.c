#include "engine/compile/faults.h"
#include "engine/compile/parts.h"
#include "engine/compile/values.h"

typedef struct {
    const char *name;
    double least, most;
} setting_t;

#define X(member, standard, least, most, doc) {#member, least, most},
static const setting_t moment_settings[] = {DYN_MOMENT_THRESHOLDS(X)};
static const setting_t guardrail_settings[] = {DYN_GUARDRAILS(X)};
#undef X
#define X(member, standard, least, most, doc) #member,
static const char *const moment_members[] = {DYN_MOMENT_THRESHOLDS(X) NULL};
static const char *const guardrail_members[] = {DYN_GUARDRAILS(X) NULL};
#undef X
_Static_assert(sizeof(dyn_moment_thresholds_t) ==
                       sizeof(moment_settings) / sizeof(setting_t) * sizeof(double) &&
                   sizeof(dyn_guardrails_t) ==
                       sizeof(guardrail_settings) / sizeof(setting_t) * sizeof(double),
               "thresholds and guardrails are doubles alone");

/* numbers: as many as members, in their order */
static bool take_settings(dyn_compiler_t *compiler, const json_t *value, const setting_t *settings,
                          const char *const *members, const char *what, double *numbers)
{
    const dyn_names_t names = {{members}, 1};
    const char *key;
    json_t *wanted;

    if (!dyn_take_object(compiler, value, "it")) {
        return false;
    }
    json_object_foreach((json_t *)value, key, wanted)
    {
        uint32_t number = 0;

        dyn_enter_member(&compiler->path, key);
        if (!dyn_find_name(members, key, &number)) {
            return dyn_compile_unknown(compiler, key, what, &names, true);
        }
        if (!dyn_take_number(compiler, wanted, settings[number].least, settings[number].most,
                             &numbers[number])) {
            return false;
        }
        dyn_leave(&compiler->path);
    }

    return true;
}

bool dyn_compile_moments(dyn_compiler_t *compiler, const json_t *value)
{
    return take_settings(compiler, value, moment_settings, moment_members, "threshold of a moment",
                         (double *)&compiler->policy->moments);
}

bool dyn_compile_guardrails(dyn_compiler_t *compiler, const json_t *value)
{
    return take_settings(compiler, value, guardrail_settings, guardrail_members, "guardrail",
                         (double *)&compiler->policy->guardrails);
}

/* The parts of a rules file, and what is added to them. Each reads its JSON into the compiler's lists. Internal to engine/compile. */
#ifndef DYN_COMPILE_PARTS_H
#define DYN_COMPILE_PARTS_H

#include "engine/compile/compiler.h"

/* actions.c */
bool dyn_compile_then(dyn_compiler_t *compiler, const json_t *then, dyn_rule_t *rule);

/* conditions.c */
bool dyn_compile_blocked(dyn_compiler_t *compiler, const json_t *value);

/* contents.c */
bool dyn_compile_contents(dyn_compiler_t *compiler, const json_t *value);
/*
 * The catalogue's, behind the file's: whose id the file has gives way. `dynstore build` has checked them; what this program cannot read is
 * of another version, and left out.
 */
void dyn_compile_catalogue_contents(dyn_compiler_t *compiler);
/* By slot and id. */
void dyn_compile_sort_contents(dyn_compiler_t *compiler);

/* experiments.c */
bool dyn_compile_holdout(dyn_compiler_t *compiler, const json_t *value);
bool dyn_compile_flags(dyn_compiler_t *compiler, const json_t *value);
bool dyn_compile_experiments(dyn_compiler_t *compiler, const json_t *value);

/* messages.c */
bool dyn_compile_messages(dyn_compiler_t *compiler, const json_t *value);

/* overrides.c: rules that no file has */
bool dyn_compile_overrides(dyn_compiler_t *compiler);

/* rules.c */
bool dyn_compile_rules(dyn_compiler_t *compiler, const json_t *value);
/* Those that the file has none of the same id for, be it a disabled one. */
bool dyn_compile_built_in_rules(dyn_compiler_t *compiler);
/* When all rules are there: a switch that names none is a slip. */
bool dyn_compile_check_switches(dyn_compiler_t *compiler, const json_t *experiments);
/* By priority and id. Disabled ones are checked and left out. */
void dyn_compile_sort_rules(dyn_compiler_t *compiler);

/* settings.c */
bool dyn_compile_moments(dyn_compiler_t *compiler, const json_t *value);
bool dyn_compile_guardrails(dyn_compiler_t *compiler, const json_t *value);

/* slots.c */
bool dyn_compile_surfaces(dyn_compiler_t *compiler, const json_t *value);
/* Those built-in slots that the file does not replace. */
bool dyn_compile_built_in_slots(dyn_compiler_t *compiler);
/* From the particular to the general, so that the first that fits is the one; else in the order of the file. */
void dyn_compile_order_slots(dyn_compiler_t *compiler);
/* A variation without its condition. */
bool dyn_take_variation(dyn_compiler_t *compiler, const json_t *value, dyn_variation_t *variation);

/* switches.c */
/* Which rules a variant switches on or off: looked for when the rules are compiled. */
bool dyn_compile_switches(dyn_compiler_t *compiler, const json_t *value, uint32_t variant);
/* A rule that variants switch off does not hold for their visitors; one that is disabled holds for those of variants that switch it on. */
bool dyn_compile_switch_rule(dyn_compiler_t *compiler, dyn_rule_t *rule);

#endif

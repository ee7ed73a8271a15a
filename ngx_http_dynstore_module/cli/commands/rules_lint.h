/* dynstore rules lint: a rules file, checked as nginx does. */
#ifndef DYN_RULES_LINT_H
#define DYN_RULES_LINT_H

/* argv[0] is "lint". Returns a DYN_EXIT_ code. */
int dyn_rules_lint(int argc, char **argv);

#endif

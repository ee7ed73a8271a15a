/* dynstore rules diff: what another rules file would change, over recorded visits. */
#ifndef DYN_RULES_DIFF_H
#define DYN_RULES_DIFF_H

/* argv[0] is "diff". Returns a DYN_EXIT_ code: DYN_EXIT_DIFFERENT when something would change. */
int dyn_rules_diff(int argc, char **argv);

#endif

/* dynstore rules texts: the built-in texts, as a rules file has them. */
#ifndef DYN_RULES_TEXTS_H
#define DYN_RULES_TEXTS_H

/* argv[0] is "texts". Returns a DYN_EXIT_ code. */
int dyn_rules_texts(int argc, char **argv);

#endif

/* dynstore rules schema and reference: the grammar of rules files, printed from its tables. */
#ifndef DYN_RULES_SCHEMA_H
#define DYN_RULES_SCHEMA_H

/* argv[0] is "schema" or "reference". Return a DYN_EXIT_ code. */
int dyn_rules_schema(int argc, char **argv);
int dyn_rules_reference(int argc, char **argv);

#endif

/* What is checked of a rules file's parts. Internal to cli/lint. */
#ifndef DYN_LINT_CHECKS_H
#define DYN_LINT_CHECKS_H

#include "cli/lint/walk.h"

/* names.c: names that the catalogue, the file or a payload must have */
void dyn_lint_item(dyn_lint_walk_t *walk, const json_t *value, const void *context);
void dyn_lint_category(dyn_lint_walk_t *walk, const json_t *value, const void *context);
void dyn_lint_brand(dyn_lint_walk_t *walk, const json_t *value, const void *context);
/* context: the trait's name */
void dyn_lint_trait(dyn_lint_walk_t *walk, const json_t *value, const void *context);
void dyn_lint_slot(dyn_lint_walk_t *walk, const json_t *value, const void *context);
void dyn_lint_content_id(dyn_lint_walk_t *walk, const json_t *value, const void *context);
/* A flag that the file does not have, or the feature of an experiment. */
void dyn_lint_feature(dyn_lint_walk_t *walk, const json_t *value, const void *context);

/* conditions.c */
/* Conditions of requests and of items alike: no name means something else in the other. */
void dyn_lint_fields(dyn_lint_walk_t *walk, const json_t *object);
void dyn_lint_when(dyn_lint_walk_t *walk, const json_t *object, const char *key);

/* texts.c: members that are texts, ended by NULL */
extern const char *const dyn_lint_slot_texts[];
extern const char *const dyn_lint_message_texts[];
extern const char *const dyn_lint_content_texts[];
extern const char *const dyn_lint_action_texts[];
extern const char *const dyn_lint_label_texts[];
/* Which languages the file has: before texts are checked. */
void dyn_lint_gather_languages(dyn_lint_walk_t *walk);
void dyn_lint_texts(dyn_lint_walk_t *walk, const json_t *object, const char *const *keys);
/* A language that is not built in, and is not whole. */
void dyn_lint_translations(dyn_lint_walk_t *walk);

/* experiments.c */
void dyn_lint_experiments(dyn_lint_walk_t *walk);
void dyn_lint_holdout(dyn_lint_walk_t *walk);

/* rules.c */
void dyn_lint_rules(dyn_lint_walk_t *walk);

#endif

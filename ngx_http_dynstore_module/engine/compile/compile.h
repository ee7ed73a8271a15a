/*
 * From the text of a rules file ("dynstore.rules/1", docs/rules.md) to a policy.
 *
 * A fault is a sentence with its place: `rules.json:12:9: "bost" is no action; "boost" is the nearest`. The first fault is told.
 */
#ifndef DYN_POLICY_COMPILE_H
#define DYN_POLICY_COMPILE_H

#include "engine/policy/overrides.h"
#include "engine/policy/policy.h"

enum {
    /* A file of thousands of rules has some hundred KB. */
    DYN_RULES_BYTES_MAX = 1 << 20,
    DYN_RULES_MAX = 2000,
    /* Texts that a file looks for, without those of its contents. */
    DYN_RULES_PATTERNS_MAX = 256,
    /* Conditions within conditions. */
    DYN_RULES_DEPTH_MAX = 16,
    DYN_RULES_PRIORITY_MAX = 1000000,
    DYN_RULE_ID_BYTES_MAX = 64,
    DYN_EXPERIMENTS_MAX = 64,
    DYN_FLAGS_MAX = 64,
    DYN_RULES_SLOTS_MAX = DYN_BLEND_ROWS_MAX,
    /* Of a file and a catalogue together. */
    DYN_CONTENTS_MAX = 1000,
    /* Texts that contents look for, beside the patterns of rules: words alone cost little. */
    DYN_CONTENT_PATTERNS_MAX = 2048
};

typedef struct {
    const char *name; /* of the file, for sentences */
    dyn_str_t text;
} dyn_policy_source_t;

/*
 * snapshot: whose names are looked up, and which must stay as long as the policy; NULL: none, to check a file alone. False with a sentence.
 * Free it with dyn_policy_free().
 */
bool dyn_policy_compile(const dyn_policy_source_t *source, const dyn_snapshot_t *snapshot, dyn_policy_t **policy,
                        dyn_error_t *error);
/*
 * The same with a GrowthBook payload beside it, whose features its flags and experiments may name. features: NULL: none. A name that the
 * payload does not have is no fault, since a feature may go away; it is as if the feature were null. overrides: become rules that go
 * before all others: `block` excludes, `pin` pins, `boost` boosts or buries, `apart` keeps apart, each until it ends; NULL: none. An item
 * that the snapshot does not have is none, until one has it.
 */
bool dyn_policy_compile_with(const dyn_policy_source_t *source, const dyn_policy_source_t *features,
                             const dyn_overrides_t *overrides, const dyn_snapshot_t *snapshot,
                             dyn_policy_t **policy, dyn_error_t *error);
/* The version that the policy of these will have. */
void dyn_policy_version(const dyn_policy_source_t *source, const dyn_policy_source_t *features,
                        const dyn_overrides_t *overrides, char version[DYN_POLICY_VERSION_BYTES + 1]);
/* The version of rules with overrides beside them, of whose version without any; both may be the same memory. */
void dyn_policy_version_beside(const char *alone, const dyn_overrides_t *overrides,
                               char version[DYN_POLICY_VERSION_BYTES + 1]);
/*
 * The built-in policy for a snapshot that has contents, and with overrides. *policy is NULL where there is neither: then
 * dyn_policy_default() is the same.
 */
bool dyn_policy_compile_built_in(const dyn_overrides_t *overrides, const dyn_snapshot_t *snapshot,
                                 dyn_policy_t **policy, dyn_error_t *error);
/*
 * Whether the JSON object is a content as a rules file and a catalogue have it. False with the member that is wrong ("match.campaign") and a
 * sentence without it. *approved: whether it may be shown.
 */
bool dyn_content_check(dyn_str_t json, bool *approved, char field[64], dyn_error_t *error);
/* NULL is allowed. */
void dyn_policy_free(dyn_policy_t *policy);

#endif

#include "cli/commands/replay_parts.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/input/rules_file.h"

typedef struct {
    const dyn_snapshot_t *snapshot;
    const dyn_overrides_t *overrides;
    json_t *was, *now;
    char *was_bytes, *now_bytes; /* of the payloads; NULL: there is none */
    dyn_str_t was_features, now_features;
    dyn_rules_parts_t *parts;
} finding_t;

static json_t *read_rules(const char *path, dyn_error_t *error)
{
    dyn_str_t text = dyn_policy_default_text();
    char *bytes = NULL;
    json_error_t problem;

    if (path != NULL && strcmp(path, "default") != 0) {
        bytes = dyn_rules_file_bytes(path, DYN_RULES_BYTES_MAX, &text, error);
        if (bytes == NULL) {
            return NULL;
        }
    }

    bool marked = text.len >= 3 && memcmp(text.data, "\xef\xbb\xbf", 3) == 0;
    json_t *root =
        json_loadb(text.data + (marked ? 3 : 0), text.len - (marked ? 3 : 0), 0, &problem);

    free(bytes);
    if (root == NULL) {
        dyn_fail(error, "%.200s:%d:%d: %.160s", path == NULL ? "default" : path, problem.line,
                 problem.column, problem.text);
    }

    return root;
}

/* features: NULL: none is given, which is good. */
static bool read_features(const char *path, char **bytes, dyn_str_t *text, dyn_error_t *error)
{
    *text = DYN_STR_NONE;
    *bytes = path == NULL ? NULL : dyn_rules_file_bytes(path, DYN_FEATURES_BYTES_MAX, text, error);

    return path == NULL || *bytes != NULL;
}

static void add_part(finding_t *finding, const char *kind, const char *name, json_t *root,
                     dyn_str_t features)
{
    dyn_rules_parts_t *parts = finding->parts;
    char *text = json_dumps(root, JSON_COMPACT);
    dyn_policy_t *policy = NULL;
    dyn_error_t ignored;

    if (text != NULL && parts->count < DYN_RULES_PARTS_MAX) {
        const dyn_policy_source_t source = {"rules", dyn_str_from(text)},
                                  payload = {"payload", features};

        if (dyn_policy_compile_with(&source, features.data == NULL ? NULL : &payload,
                                    finding->overrides, finding->snapshot, &policy, &ignored)) {
            dyn_rules_part_t *part = &parts->rows[parts->count++];

            snprintf(part->name, sizeof(part->name), "%s%s", kind, name);
            part->policy = policy;
        }
    }
    free(text);
}

static const char *id_of(const json_t *rule)
{
    const char *id = json_string_value(json_object_get(rule, "id"));

    return id == NULL ? "" : id;
}

/* The place of the rule with this id; the list's size: it has none. */
static size_t place_of(const json_t *rules, const char *id)
{
    size_t i = 0;

    while (i < json_array_size(rules) && strcmp(id_of(json_array_get(rules, i)), id) != 0) {
        i++;
    }

    return i;
}

/* The new file with one rule as it was; NULL of `was`: it was not there. */
static void add_rule(finding_t *finding, const char *id, json_t *was)
{
    json_t *root = json_copy(finding->now);
    json_t *rules = json_copy(json_object_get(finding->now, "rules"));
    size_t at = place_of(rules, id);

    if (rules == NULL) {
        rules = json_array();
    }
    if (at < json_array_size(rules)) {
        json_array_remove(rules, at);
    }
    if (was != NULL) {
        json_array_insert(rules, at, was);
    }
    json_object_set_new(root, "rules", rules);
    add_part(finding, "rule ", id, root, finding->now_features);
    json_decref(root);
}

static void find_rules(finding_t *finding)
{
    const json_t *now = json_object_get(finding->now, "rules");
    const json_t *was = json_object_get(finding->was, "rules");

    for (size_t i = 0; i < json_array_size(now); i++) {
        const json_t *rule = json_array_get(now, i);
        json_t *before = json_array_get(was, place_of(was, id_of(rule)));

        if (before == NULL || !json_equal(before, rule)) {
            add_rule(finding, id_of(rule), before);
        }
    }
    for (size_t i = 0; i < json_array_size(was); i++) {
        json_t *rule = json_array_get(was, i);

        if (place_of(now, id_of(rule)) == json_array_size(now)) {
            add_rule(finding, id_of(rule), rule);
        }
    }
}

static void find_members(finding_t *finding, json_t *all)
{
    const char *name;
    json_t *value;

    json_object_foreach(all, name, value)
    {
        json_t *was = json_object_get(finding->was, name);
        const json_t *now = json_object_get(finding->now, name);

        /* the second list has only what the first one lacks */
        if (strcmp(name, "rules") == 0 || (was != NULL && now != NULL && json_equal(was, now)) ||
            (all == finding->was && now != NULL)) {
            continue;
        }

        json_t *root = json_copy(finding->now);

        if (was != NULL) {
            json_object_set(root, name, was);
        } else {
            json_object_del(root, name);
        }
        add_part(finding, "member ", name, root, finding->now_features);
        json_decref(root);
    }
}

bool dyn_rules_parts_find(const dyn_rules_paths_t *was, const dyn_rules_paths_t *now,
                          const dyn_overrides_t *overrides, const dyn_snapshot_t *snapshot,
                          dyn_rules_parts_t *parts, dyn_error_t *error)
{
    finding_t finding = {.snapshot = snapshot, .overrides = overrides, .parts = parts};

    parts->count = 0;
    finding.was = read_rules(was->rules, error);
    finding.now = finding.was == NULL ? NULL : read_rules(now->rules, error);

    bool good = finding.now != NULL &&
                read_features(was->features, &finding.was_bytes, &finding.was_features, error) &&
                read_features(now->features, &finding.now_bytes, &finding.now_features, error);

    if (good) {
        find_rules(&finding);
        find_members(&finding, finding.now);
        find_members(&finding, finding.was);
        if (!dyn_str_equal(finding.was_features, finding.now_features)) {
            add_part(&finding, "", "GrowthBook's payload", finding.now, finding.was_features);
        }
    }
    json_decref(finding.was);
    json_decref(finding.now);
    free(finding.was_bytes);
    free(finding.now_bytes);

    return good;
}

void dyn_rules_parts_free(dyn_rules_parts_t *parts)
{
    for (size_t i = 0; i < parts->count; i++) {
        dyn_policy_free(parts->rows[i].policy);
    }
    parts->count = 0;
}

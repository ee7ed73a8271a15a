#include "cli/input/rules_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

char *dyn_rules_file_bytes(const char *path, size_t most, dyn_str_t *text, dyn_error_t *error)
{
    FILE *file = fopen(path, "rb");
    /* one more, so that a file that is too large is seen */
    char *bytes = malloc(most + 1);
    size_t length = 0;

    if (file != NULL && bytes != NULL) {
        length = fread(bytes, 1, most + 1, file);
    }
    if (file == NULL || bytes == NULL || ferror(file)) {
        dyn_fail(error, "%s: cannot be read: %s", path, strerror(errno));
        free(bytes);
        bytes = NULL;
    }
    if (file != NULL) {
        fclose(file);
    }
    *text = (dyn_str_t){bytes, length};

    return bytes;
}

const char *dyn_rules_file_missing(const char *path, const char *features)
{
    return features != NULL && path == NULL
               ? "--features needs --rules FILE, which names the features"
               : NULL;
}

bool dyn_rules_file_read(const char *path, const char *features, const dyn_snapshot_t *snapshot,
                         dyn_policy_t **policy, dyn_error_t *error)
{
    return dyn_rules_file_read_with(path, features, NULL, snapshot, policy, error);
}

bool dyn_rules_file_read_with(const char *path, const char *features,
                              const dyn_overrides_t *overrides, const dyn_snapshot_t *snapshot,
                              dyn_policy_t **policy, dyn_error_t *error)
{
    dyn_policy_source_t source = {.name = path}, payload = {.name = features};
    char *bytes = NULL, *beside = NULL;
    bool good = true;

    *policy = NULL;
    if (path == NULL) {
        return dyn_policy_compile_built_in(overrides, snapshot, policy, error);
    }
    if (strcmp(path, "default") == 0) {
        source = (dyn_policy_source_t){"rules.default.json", dyn_policy_default_text()};
    } else {
        bytes = dyn_rules_file_bytes(path, DYN_RULES_BYTES_MAX, &source.text, error);
        good = bytes != NULL;
    }
    if (good && features != NULL) {
        beside = dyn_rules_file_bytes(features, DYN_FEATURES_BYTES_MAX, &payload.text, error);
        good = beside != NULL;
    }
    good = good && dyn_policy_compile_with(&source, features != NULL ? &payload : NULL, overrides,
                                           snapshot, policy, error);
    free(bytes);
    free(beside);

    return good;
}

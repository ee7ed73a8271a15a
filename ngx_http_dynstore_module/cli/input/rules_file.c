#include "cli/input/rules_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

char *dyn_rules_file_bytes(const char *path, dyn_str_t *text, dyn_error_t *error)
{
    FILE *file = fopen(path, "rb");
    /* one more, so that a file that is too large is seen */
    char *bytes = malloc(DYN_RULES_BYTES_MAX + 1);
    size_t length = 0;

    if (file != NULL && bytes != NULL) {
        length = fread(bytes, 1, DYN_RULES_BYTES_MAX + 1, file);
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

bool dyn_rules_file_read(const char *path, const dyn_snapshot_t *snapshot, dyn_policy_t **policy,
                         dyn_error_t *error)
{
    dyn_policy_source_t source = {.name = path};
    char *bytes;
    bool good;

    *policy = NULL;
    if (strcmp(path, "default") == 0) {
        source = (dyn_policy_source_t){"rules.default.json", dyn_policy_default_text()};

        return dyn_policy_compile(&source, snapshot, policy, error);
    }
    bytes = dyn_rules_file_bytes(path, &source.text, error);
    good = bytes != NULL && dyn_policy_compile(&source, snapshot, policy, error);
    free(bytes);

    return good;
}

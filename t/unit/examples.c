#include "examples.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

dyn_str_t examples_read(const char *path)
{
    FILE *file = fopen(path, "rb");
    long length = -1;

    if (file != NULL && fseek(file, 0, SEEK_END) == 0) {
        length = ftell(file);
        rewind(file);
    }

    char *text = length < 0 ? NULL : malloc((size_t)length + 1);

    if (text == NULL || fread(text, 1, (size_t)length, file) != (size_t)length) {
        (void)fprintf(stderr, "%s: cannot be read: run tests from the repository's top\n", path);
        exit(1);
    }
    (void)fclose(file);
    text[length] = '\0';

    return (dyn_str_t){text, (size_t)length};
}

bool examples_next(dyn_str_t document, const char *language, size_t *at, dyn_str_t *text)
{
    char fence[64];
    size_t length = (size_t)snprintf(fence, sizeof(fence), "\n```%s\n", language);
    const char *open = strstr(document.data + *at, fence);
    const char *close = open == NULL ? NULL : strstr(open + length - 1, "\n```");

    if (close == NULL) {
        return false;
    }

    *text = (dyn_str_t){open + length, close < open + length ? 0 : (size_t)(close - open) - length};
    *at = (size_t)(close + 4 - document.data);

    return true;
}

#include "build_fixture.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/commands/commands.h"

const char *fixture_threads;
const char *fixture_parameters;
static char folder[] = "/tmp/dynstore-unit-XXXXXX";

static void remove_folder(void)
{
    DIR *files = opendir(folder);

    if (files != NULL) {
        for (struct dirent *file; (file = readdir(files)) != NULL;) {
            unlinkat(dirfd(files), file->d_name, 0);
        }
        closedir(files);
    }
    rmdir(folder);
}

const char *fixture_path(const char *name)
{
    static char paths[4][128];
    static unsigned next;
    static bool made;
    char *path = paths[next++ % 4];

    if (!made) {
        if (mkdtemp(folder) == NULL) {
            abort();
        }
        made = true;
        atexit(remove_folder);
    }
    snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);

    return path;
}

const char *fixture_write(const char *name, const char *text)
{
    const char *path = fixture_path(name);
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    fclose(file);

    return path;
}

int fixture_build_code(const char *catalog, const char *events)
{
    /* --force: what a test builds is small, and has nothing to do with what the test before it built */
    char *argv[14] = {(char *)(uintptr_t) "build", (char *)(uintptr_t) "-o",
                      (char *)(uintptr_t)fixture_path("s.dyn"), (char *)(uintptr_t) "--force"};
    int argc = 4, out = dup(STDOUT_FILENO), err = dup(STDERR_FILENO),
        null = open("/dev/null", O_WRONLY);

    if (catalog != NULL) {
        argv[argc++] = (char *)(uintptr_t) "--catalog";
        argv[argc++] = (char *)(uintptr_t)fixture_write("catalog", catalog);
    }
    if (events != NULL) {
        argv[argc++] = (char *)(uintptr_t) "--events";
        argv[argc++] = (char *)(uintptr_t)fixture_write("events", events);
    }

    if (fixture_threads != NULL) {
        argv[argc++] = (char *)(uintptr_t) "--threads";
        argv[argc++] = (char *)(uintptr_t)fixture_threads;
    }
    if (fixture_parameters != NULL) {
        argv[argc++] = (char *)(uintptr_t) "--parameters";
        argv[argc++] = (char *)(uintptr_t)fixture_write("parameters", fixture_parameters);
    }

    fflush(stdout);
    dup2(null, STDOUT_FILENO);
    dup2(null, STDERR_FILENO);
    int code = dyn_command_build(argc, argv);
    fflush(stdout);
    dup2(out, STDOUT_FILENO);
    dup2(err, STDERR_FILENO);
    close(out);
    close(err);
    close(null);

    return code;
}

dyn_snapshot_t *fixture_build(const char *catalog, const char *events)
{
    dyn_error_t error = {""};

    assert_int_equal(fixture_build_code(catalog, events), 0);

    dyn_snapshot_t *snapshot = dyn_snapshot_open(fixture_path("s.dyn"), &error);

    if (snapshot == NULL) {
        fail_msg("%s", error.text);
    }

    return snapshot;
}

char *fixture_read(const char *path, size_t *length)
{
    FILE *file = fopen(path, "rb");

    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    *length = (size_t)ftell(file);
    rewind(file);

    char *bytes = malloc(*length);

    assert_int_equal(fread(bytes, 1, *length, file), *length);
    fclose(file);

    return bytes;
}

void fixture_seed(const char *name, const char *bytes, size_t length)
{
    char path[128];
    size_t seed_length;

    snprintf(path, sizeof(path), "fuzz/corpus/%s/whole", name);
    if (getenv("SEEDS") != NULL) {
        FILE *file = fopen(path, "w");

        assert_non_null(file);
        assert_int_equal(fwrite(bytes, 1, length, file), length);
        assert_int_equal(fclose(file), 0);
    }

    char *seed = fixture_read(path, &seed_length);

    if (seed_length != length || memcmp(seed, bytes, length) != 0) {
        fail_msg("%s is of an older format: SEEDS=1 build/unit/test_%s writes it anew", path, name);
    }
    free(seed);
}

uint32_t fixture_item(const dyn_snapshot_t *snapshot, const char *id)
{
    return dyn_snapshot_find_item(snapshot, dyn_str_from(id), NULL);
}

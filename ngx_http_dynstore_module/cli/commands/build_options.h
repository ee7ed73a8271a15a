/* What `dynstore build` is told on its command line. docs/cli.md */
#ifndef DYN_BUILD_OPTIONS_H
#define DYN_BUILD_OPTIONS_H

#include "cli/feed/feed.h"
#include "cli/base/options.h"

enum { DYN_BUILD_EVENTS_FILES_MAX = 1024, DYN_BUILD_CATALOG_FILES_MAX = 16 };

typedef struct {
    const char *catalog_paths[DYN_BUILD_CATALOG_FILES_MAX];
    size_t catalog_count; /* 0: without */
    dyn_feed_settings_t feed;
    const char *events_paths[DYN_BUILD_EVENTS_FILES_MAX];
    size_t events_count;
    const char *output;
    const char *parameters_path;
    uint64_t max_errors, threads;
    uint64_t max_bad_share, max_fall; /* percent */
    bool force;                       /* go on where the floor is passed (cli/train/floor.h) */
    uint64_t days, max_sessions;      /* 0: all */
    int64_t now_ms;                   /* -1: not said */
    int64_t catalog_time_ms;          /* what the control stream said until then is in the catalogue; 0: not said */
    uint32_t authenticated;           /* bit by dyn_event_type_t: only what is vouched for counts */
    bool json;
} dyn_build_settings_t;

/* False when the command ends here, with *code. */
bool dyn_build_options(int argc, char **argv, dyn_build_settings_t *settings, int *code);

#endif

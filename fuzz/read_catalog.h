/* Reads a file as a catalogue: items that can all be written to a snapshot's sections, and a sentence for all else. */
#ifndef READ_CATALOG_H
#define READ_CATALOG_H

#include "cli/feed/feed.h"
#include "cli/input/catalog_settle.h"
#include "cli/train/catalog_sections.h"

#include <stdlib.h>
#include <string.h>

static void hear(void *context, const char *sentence)
{
    uint64_t *heard = context;

    *heard += strchr(sentence, ':') != NULL;
}

/* Aborts where what was read contradicts itself. */
static void read_catalog(const char *path, const dyn_feed_settings_t *settings)
{
    dyn_catalog_t catalog = {0};
    dyn_catalog_sections_t sections;
    dyn_error_t error = {""};
    dyn_notes_t notes = {{0}, {{0}}};
    uint64_t heard = 0;
    dyn_faults_t faults = {
        .max = 50, .report = hear, .context = &heard, .error = &error, .notes = &notes};
    bool good = dyn_feed_read(path, settings, &catalog, &faults, NULL);

    if (heard != (faults.count < 50 ? faults.count : 50) || faults.values < faults.count ||
        catalog.item_count + catalog.child_count + catalog.addition_count + catalog.bundle_count +
                catalog.content_count + catalog.unapproved_count !=
            faults.values - faults.count) {
        abort();
    }
    good = good && dyn_catalog_settle(&catalog, &faults);
    if (!good && error.text[0] == '\0') {
        abort();
    }
    if (good) {
        if (!dyn_catalog_sections_make(&catalog, &sections, &error) && error.text[0] == '\0') {
            abort();
        }
        dyn_catalog_sections_free(&sections);
    }
    for (size_t i = 0; i < DYN_NOTE_COUNT; i++) {
        if ((notes.counts[i] != 0) != (notes.first[i][0] != '\0')) {
            abort();
        }
    }
    dyn_catalog_free(&catalog);
}

#endif

/* Any text's meaning, in a small catalogue: every number is there, every list falls, and the second answer is the first. */
#include <stdlib.h>
#include <string.h>

#include "cli/commands/commands.h"
#include "engine/words/meaning.h"
#include "memory_file.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char catalog[] =
    "{\"id\":\"regenzeit\",\"title\":\"Regenzeit "
    "3L\",\"price\":229,\"currency\":\"EUR\",\"category\":[\"Jackets\",\"Rain jackets\"],"
    "\"brand\":\"Nordhang\",\"tags\":[\"rain\",\"regen "
    "jacke\"],\"audience\":\"women\",\"keywords\":[\"rain coat\"]}\n"
    "{\"id\":\"kumo\",\"title\":\"Kumo Shelter "
    "1\",\"price\":449,\"currency\":\"EUR\",\"category\":[\"Tents\",\"Ultralight tents\"],"
    "\"brand\":\"\xe9\x9b\xb2\xe8\xa1\x8c Kumoyuki\",\"tags\":[\"ultralight\"]}\n"
    "{\"id\":\"pegs\",\"title\":\"Tent Peg "
    "Set\",\"price\":16,\"currency\":\"EUR\",\"category\":[\"Tents\",\"Pegs & tent care\"]}\n"
    "{\"id\":\"lamp\",\"title\":\"Gr\xc3\xbc"
    "benlicht 200\",\"price\":35,\"currency\":\"EUR\",\"category\":[\"Lights\",\"Headlamps\"]}\n";

static dyn_snapshot_t *snapshot;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    char output[] = "/tmp/fuzz-words-XXXXXX";
    dyn_error_t error = {""};
    int file = mkstemp(output);
    char *arguments[] = {
        (char *)(uintptr_t) "build",
        (char *)(uintptr_t) "--catalog",
        (char *)(uintptr_t)memory_file((const uint8_t *)catalog, sizeof(catalog) - 1),
        (char *)(uintptr_t) "-o",
        output,
        (char *)(uintptr_t) "--force",
        NULL};

    (void)argc;
    (void)argv;
    if (file < 0 || dyn_command_build(6, arguments) != 0) {
        abort();
    }
    close(file);
    snapshot = dyn_snapshot_open(output, &error);
    unlink(output);
    if (snapshot == NULL || snapshot->sections[DYN_SECTION_WORDS].count == 0) {
        abort();
    }

    return 0;
}

static void check_list(const dyn_edge_t *edges, uint32_t count, uint32_t max, uint64_t numbers)
{
    if (count > max) {
        abort();
    }
    for (uint32_t i = 0; i < count; i++) {
        if (edges[i].item >= numbers || !(edges[i].weight > 0 && edges[i].weight <= 1) ||
            (i > 0 && edges[i].weight > edges[i - 1].weight)) {
            abort();
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char block[64 * 1024];
    char *bytes = malloc(size + 1);
    dyn_meaning_t meaning, again;
    dyn_arena_t arena;

    memcpy(bytes, data, size);
    dyn_str_t text = {bytes, size};

    dyn_arena_init(&arena, block, sizeof(block), NULL, NULL);
    if (!dyn_words_meaning(snapshot, text, &arena, &meaning)) {
        abort();
    }
    check_list(meaning.items, meaning.item_count, DYN_MEANING_ITEMS_MAX, snapshot->item_count);
    check_list(meaning.categories, meaning.category_count, DYN_MEANING_CATEGORIES_MAX,
               snapshot->category_count);
    check_list(meaning.brands, meaning.brand_count, DYN_MEANING_BRANDS_MAX, snapshot->brand_count);
    check_list(meaning.traits, meaning.trait_count, DYN_MEANING_TRAITS_MAX, snapshot->trait_count);
    if (!(meaning.understood >= 0 && meaning.understood <= 1) ||
        (meaning.item_count > 0 && meaning.items[0].weight < 1) ||
        (meaning.price_low >= 0 && meaning.price_high >= 0 &&
         meaning.price_low > meaning.price_high)) {
        abort();
    }

    memset(block, 0x55, sizeof(block));
    dyn_arena_init(&arena, block, sizeof(block), NULL, NULL);
    if (!dyn_words_meaning(snapshot, text, &arena, &again) ||
        memcmp(&meaning, &again, sizeof(meaning)) != 0) {
        abort();
    }
    free(bytes);

    return 0;
}

/*
 * Any bytes as a rules file: refused with a sentence and its place, or a policy that is in order, with which a small shop decides some
 * pages, and the same with an explanation as without.
 */
#include "engine/compile/compile.h"

/* the unit tests' shop and sessions, from their source: fuzzers link the engine and the command line only */
#include "deciding.c"
#include "shop.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void same(bool holds)
{
    if (!holds) {
        abort();
    }
}

static const dyn_snapshot_t *small_shop(void)
{
    static shop_t *shop; /* kept, so that it is no leak */

    shop = shop_new(60);

    uint32_t tents = shop_category(shop, "Tents", DYN_NONE);
    uint32_t domes = shop_category(shop, "Domes", tents);
    uint32_t brand = shop_brand(shop, "Nordhang");
    uint32_t wool = shop_trait(shop, "material", "wool");
    uint32_t tag = shop_trait(shop, "tag", "new");

    for (uint32_t i = 0; i < 60; i++) {
        dyn_item_t *item = shop_item(shop, i);

        item->title = shop_string(shop, "A tent");
        item->category = i % 2 == 0 ? tents : domes;
        item->brand = i % 3 == 0 ? brand : DYN_NONE;
        item->stock = i % 11 == 0 ? 0 : (int32_t)i;
        item->age_min = i % 7 == 0 ? 18 : 0;
        if (i % 4 == 0) {
            shop_has(shop, i, wool);
        }
        if (i % 5 == 0) {
            shop_has(shop, i, tag);
        }
    }
    for (uint32_t owner = 0; owner < 6; owner++) {
        for (uint32_t i = 1; i < 16; i++) {
            shop_edge(shop, SHOP_NEIGHBOURS, owner, owner + i, 1.0F / (float)i);
            shop_edge(shop, SHOP_BOUGHT_WITH, owner, owner + 2 * i, 1.0F / (float)i);
        }
    }
    for (uint32_t i = 20; i < 50; i++) {
        shop_edge(shop, SHOP_POPULAR, 0, i, 1.0F / (float)i);
        shop_edge(shop, SHOP_TRENDING, 0, i + 5, 1.0F / (float)i);
        shop_edge(shop, SHOP_CATEGORY_POPULAR, domes, i, 1.0F / (float)i);
    }

    return shop_open(shop);
}

/* rules.json:12:9: what */
static void is_placed(const char *sentence)
{
    static const char name[] = "rules.json:";
    unsigned line = 0, column = 0;
    int end = 0;

    same(strncmp(sentence, name, sizeof(name) - 1) == 0);
    same((sscanf(sentence + sizeof(name) - 1, "%u:%u: %n", &line, &column, &end) == 2 && line > 0 &&
          column > 0 && end > 0) ||
         strstr(sentence, "has more than") != NULL);
}

static void is_in_order(const dyn_policy_t *policy)
{
    const dyn_policy_slot_t *last = &policy->slots[policy->slot_count - 1];

    for (uint32_t i = 1; i < policy->rule_count; i++) {
        same(policy->rules[i - 1].priority >= policy->rules[i].priority);
    }
    for (uint32_t i = 0; i < policy->slot_count; i++) {
        const dyn_blend_row_t *row = &policy->slots[i].row;
        const dyn_blend_weight_t *weights = policy->weights + row->weights_start;

        for (uint32_t k = 0; k < row->weights_count; k++) {
            same(weights[k].weight >= 0 && weights[k].weight <= 1000);
            same(k == 0 || weights[k].source > weights[k - 1].source);
        }
    }
    same(last->row.slot[0] == '\0' && last->row.surface == DYN_BLEND_ANY_SURFACE);
}

static uint64_t shown(const dyn_snapshot_t *snapshot, const dyn_decision_t *decision)
{
    uint64_t sum = 0;

    for (size_t s = 0; s < decision->slot_count; s++) {
        for (uint32_t i = 0; i < decision->slots[s].count; i++) {
            const dyn_item_t *item = &snapshot->items[decision->slots[s].choices[i].item];

            same((item->flags & DYN_ITEM_IN_CATALOGUE) != 0 && item->stock != 0 &&
                 item->age_min == 0);
            sum = sum * 1000003 + decision->slots[s].choices[i].item + 1;
        }
    }

    return sum;
}

static void decides(const dyn_snapshot_t *snapshot, const dyn_policy_t *policy)
{
    static const char *const items[] = {"", "Tents", "i00004", "", "", "", ""};
    static deciding_t deciding;
    static visit_t visit;

    visit_begin(&visit);
    visit_views(&visit, 3);
    visit_views(&visit, 2);
    visit_adds(&visit, 1);
    for (int surface = 0; surface < DYN_SURFACES_COUNT; surface++) {
        uint64_t first;

        deciding_begin(&deciding, (dyn_surface_t)surface, items[surface]);
        deciding.policy = policy;
        deciding.context.search =
            DYN_STR("rain jacket aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!");
        deciding.context.entry.term = DYN_STR("alpine touring");
        deciding.context.language = DYN_STR("de-AT");
        deciding.context.visitor = 77;
        memcpy(deciding.context.country, "DE", 3);
        deciding.request.session = surface % 3 == 2 ? NULL : &visit.session;
        deciding_run(&deciding, snapshot);
        first = shown(snapshot, &deciding.decision);
        deciding.explains = true;
        deciding_run(&deciding, snapshot);
        same(shown(snapshot, &deciding.decision) == first);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const dyn_snapshot_t *snapshot;
    const dyn_policy_source_t source = {"rules.json", {(const char *)data, size}};
    dyn_policy_t *policy;
    dyn_error_t error;

    if (snapshot == NULL) {
        snapshot = small_shop();
    }
    if (dyn_policy_compile(&source, snapshot, &policy, &error)) {
        is_in_order(policy);
        decides(snapshot, policy);
        dyn_policy_free(policy);
    } else {
        is_placed(error.text);
    }

    return 0;
}

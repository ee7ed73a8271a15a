/* Rules files become policies: what is refused and where, what lies over what, and the built-in file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "engine/base/hash.h"
#include "engine/compile/compile.h"
#include "engine/policy/slots.h"

#include "build_fixture.h"

static char text[1 << 16];

/* The sentence that refuses the file; the test fails when it is taken. */
static const char *refusal(const char *file)
{
    static dyn_error_t error;
    const dyn_policy_source_t source = {"rules.json", dyn_str_from(file)};
    dyn_policy_t *policy;

    if (dyn_policy_compile(&source, NULL, &policy, &error)) {
        fail_msg("taken: %s", file);
    }
    assert_null(policy);

    return error.text;
}

static dyn_policy_t *compiled(const char *file)
{
    const dyn_policy_source_t source = {"rules.json", dyn_str_from(file)};
    dyn_policy_t *policy;
    dyn_error_t error;

    if (!dyn_policy_compile(&source, NULL, &policy, &error)) {
        fail_msg("%s in %s", error.text, file);
    }

    return policy;
}

/* A whole file of these members; ' stands for ". */
static const char *file_of(const char *members)
{
    size_t length =
        (size_t)snprintf(text, sizeof(text), "{'schema':'dynstore.rules/1',\n%s}", members);

    assert_true(length < sizeof(text));
    for (size_t i = 0; i < length; i++) {
        text[i] = text[i] == '\'' ? '"' : text[i];
    }

    return text;
}

/* ---- when something holds ---- */

static void a_day_begins_in_the_time_zone_of_the_file(void **state)
{
    static const int64_t from_ms = 1793487600000; /* 2026-10-31T23:00:00Z */
    dyn_policy_t *policy = compiled(file_of(
        "'rules':[{'id':'a','from':'2026-11-01','until':'2026-11-02','then':{'limit':3}}],\n"
        "'content':[{'id':'c','slot':'hero','approved':true,'title':'T','from':'2026-11-01',"
        "'until':'2026-11-02'}],\n"
        "'experiments':[{'id':'e','from':'2026-11-01','until':'2026-11-02',"
        "'variants':[{'id':'a'},{'id':'b'}]}],\n"
        "'holdout':{'share':0.1,'from':'2026-11-01','until':'2026-11-02'},\n"
        "'time_zone':'CET-1CEST,M3.5.0,M10.5.0/3'"));
    const dyn_rule_t *rule = NULL;

    (void)state;
    for (uint32_t i = 0; i < policy->rule_count; i++) {
        rule = dyn_str_equal(policy->rules[i].id, DYN_STR("a")) ? &policy->rules[i] : rule;
    }
    assert_non_null(rule);
    assert_int_equal(rule->from_ms, from_ms);
    assert_int_equal(rule->until_ms, from_ms + 86400000);
    assert_int_equal(policy->content_count, 1);
    assert_int_equal(policy->contents[0].from_ms, from_ms);
    assert_int_equal(policy->contents[0].until_ms, from_ms + 86400000);
    assert_int_equal(policy->experiment_count, 1);
    assert_int_equal(policy->experiments[0].from_ms, from_ms);
    assert_int_equal(policy->experiments[0].until_ms, from_ms + 86400000);
    assert_int_equal(policy->holdout.from_ms, from_ms);
    assert_int_equal(policy->holdout.until_ms, from_ms + 86400000);
    dyn_policy_free(policy);
}

/* ---- what is refused ---- */

#define RULE(members) "'rules':[\n  {'id':'a'," members "}]"
#define WHEN(members) RULE("'when':{" members "},'then':{'limit':3}")
#define THEN(members) RULE("'then':{" members "}")
#define SLOT(members) "'surfaces':{'home':{'slots':[\n {'slot':'recs'," members "}]}}"

/* ~ stands before the place that the sentence names. */
static const struct {
    const char *members, *sentence;
} refused[] = {
    {"~'rule':[]", "\"rule\" is no member of a rules file; did you mean \"rules\"?"},
    {"'time_zone':~'Europe/Berlln'", "time zone"},
    {"'currency':~'euro'", "a currency is three capitals, as ISO 4217 has them: \"EUR\""},
    {"'language':~'12'", "language"},
    {"'texts':{'de':{'reason.similar':~'x'}}", "\"reason.similar\" is no key of a text"},
    {"'moments':{~'comparison_item':3}",
     "\"comparison_item\" is no threshold of a moment; did you mean \"comparison_items\"?"},
    {"'moments':{'comparison_items':~1}", "a number from 2 to 20 is needed here"},
    {"'guardrails':{'exploration':~0.5}", "a number from 0 to 0.2 is needed here"},
    {"'messages':{'free_shipping':[{'country':'DE',~'treshold':50}]}",
     "\"treshold\" is no member of a threshold; did you mean \"threshold\"?"},
    {"'messages':{'free_shipping':[~{'threshold':50}]}",
     "the threshold has no \"currency\", and the file has none either"},
    {"'blocked':{~'brands':'X'}", "\"brands\" is no field of an item; did you mean \"brand\"?"},
    {"'surfaces':{~'hom':{'slots':[]}}", "\"hom\" is no surface; did you mean \"home\"?"},
    {SLOT("'sources':{~'populr':1}"), "\"populr\" is no source; did you mean \"popular\"?"},
    {SLOT("'sources':{'popular':~-1}"), "a number from 0 to 1000 is needed here"},
    {SLOT("'flags':[~'show_view']"), "\"show_view\" is no flag; did you mean \"show_viewed\"?"},
    {SLOT("'format':~'xml'"), "\"xml\" is no format; there are json, html"},
    {SLOT("'limit':~0"), "a number from 1 to"},
    {SLOT("'variations':[{'when':~{'item':{'brand':'X'}}}]"),
     "a variation is chosen before there are candidates: it cannot ask for \"item\""},
    {"'rules':[~{'then':{'limit':3}}]", "the rule has no \"id\": give it a name, as \"own-brand\""},
    {"'rules':[{'id':'a','then':{'limit':3}},\n{'id':~'a','then':{'limit':3}}]",
     "a rule before this one has the id \"a\", too: give it another"},
    {RULE("'from':~'tomorrow','then':{'limit':3}"),
     "a time is written \"2026-11-01\" or \"2026-11-01T08:00:00+01:00\""},
    {RULE("'from':'2026-12-01','until':~'2026-11-01','then':{'limit':3}"),
     "\"until\" is not after \"from\", so that the rule never holds"},
    {RULE("'priority':~1.5,'then':{'limit':3}"), "a whole number is needed here"},
    {RULE("'enabled':~'no','then':{'limit':3}"), "true or false is needed here"},
    {WHEN("~'surfce':'home'"), "\"surfce\" is no condition; did you mean \"surface\"?"},
    {WHEN("'surface':['home',~'plpp']"), "\"plpp\" is no surface; did you mean \"plp\"?"},
    {WHEN("'surface':~[]"), "the list is empty: write at least one value, or leave it out"},
    {WHEN("'country':~'de'"), "a country is two capitals, as ISO 3166 has them: \"DE\""},
    {WHEN("'weekday':~'monday'"), "\"monday\" is no weekday; there are mon, tue,"},
    {WHEN("'cart_total':{~'from':5}"), "\"from\" is no bound; there are min, max"},
    {WHEN("'cart_total':~{'min':9,'max':5}"),
     "min is above max, so that nothing fits: exchange them"},
    {WHEN("'time':{'from':~'25:00'}"), "a time of day is written \"18:30\", from 00:00 to 23:59"},
    {WHEN("'percent':~120"), "a number from 0 to 100 is needed here"},
    {WHEN("'search':{'matches':'(a~'}"),
     "the regular expression is wrong here: missing closing parenthesis"},
    {WHEN("'search':{~'match':'a'}"),
     "\"match\" is no way to ask of a text; did you mean \"matches\"?"},
    {WHEN("'keyword':{'words':~'!!'}"), "there is no word in it"},
    {WHEN("'all':~{'surface':'home'}"), "\"all\" must be a list of conditions: [{...}, {...}]"},
    {WHEN("'item':{'category':{'same_as':~'pge'}}"),
     "\"pge\" is no thing to compare with; did you mean \"page\"?"},
    {WHEN("'item':{'price':~{'of':'page'}}"), "write beside \"of\" the least or largest share"},
    {WHEN("'item':{'attribute':~'wool'}"),
     "write the attribute's name and value: {\"material\": \"wool\"}"},
    {THEN("~'bost':2"), "\"bost\" is no action; did you mean \"boost\"?"},
    {THEN("'boost':~0.5"), "a number from 1 to 20 is needed here"},
    {THEN("'bury':~2"), "a number from 0 to 1 is needed here"},
    {THEN("'filter':~false"), "only true can be here"},
    {THEN("'pin':~{'position':1}"), "write the ids of 1 to"},
    {THEN("'pin':{'items':['a'],'position':~0}"), "a number from 1 to"},
    {THEN("'cap':~{'by':'brand'}"), "a cap needs \"by\" and \"most\""},
    {THEN("'cap':{'by':~'colour','most':1}"), "\"colour\" is no thing to count by; there are"},
    {THEN("'cap':{'by':'brand',~'value':'X','most':1}"),
     "\"value\" belongs to a cap by tag or attribute"},
    {THEN("'cta':{'action':~'buy'}"), "\"buy\" is no call to action; there are"},
    {THEN("'confidence':{'least':0.3,'fallback':~'populer'}"),
     "\"populer\" is no source; did you mean \"popular\"?"},
    {"'rules':[~{'id':'default-plp-margin'}]",
     "the rule has no \"then\": say what it does, as {\"boost\": 1.5}"},
    {RULE("'then':~{}"), "\"then\" is empty: say what the rule does, as {\"boost\": 1.5}"},
    {"'content':[{'id':'h','slot':'hero','url':~'javascript:alert(1)'}]",
     "this is no URL that may be written into a page"},
};

static void what_is_wrong_is_told_with_its_place_and_what_would_be_right(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        char marked[sizeof(text)], place[64];
        unsigned line = 1, column = 1;

        snprintf(marked, sizeof(marked), "%s", file_of(refused[i].members));

        char *mark = strchr(marked, '~');

        assert_non_null(mark);
        for (const char *c = marked; c < mark; c++) {
            column = *c == '\n' ? 1 : column + 1;
            line += *c == '\n';
        }
        memmove(mark, mark + 1, strlen(mark));
        snprintf(place, sizeof(place), "rules.json:%u:%u: ", line, column);

        const char *sentence = refusal(marked);

        if (strncmp(sentence, place, strlen(place)) != 0 ||
            strstr(sentence, refused[i].sentence) == NULL) {
            fail_msg("%s should be %s... %s, of %s", sentence, place, refused[i].sentence, marked);
        }
    }
}

static void what_is_no_json_is_told_with_its_place(void **state)
{
    (void)state;
    assert_non_null(strstr(refusal("{\"schema\":\n  x}"), "rules.json:2:3: this is no JSON: "));
    assert_non_null(strstr(refusal("{\"rules\":[],\n \"rules\":[]}"), "duplicate object key"));
    assert_string_equal(refusal("[]"), "rules.json:1:1: a rules file must be an object: {...}");
    assert_string_equal(refusal("{}"), "rules.json:1:1: the file must say what it is: \"schema\": "
                                       "\"dynstore.rules/1\"");
    assert_string_equal(refusal("{\"schema\":\"dynstore.rules/2\"}"),
                        "rules.json:1:11: the schema that is read here is \"dynstore.rules/1\"");
}

static void a_file_beyond_a_limit_is_refused(void **state)
{
    char *large = malloc(DYN_RULES_BYTES_MAX + 2);
    size_t used;

    (void)state;
    memset(large, ' ', DYN_RULES_BYTES_MAX + 1);
    large[DYN_RULES_BYTES_MAX + 1] = '\0';
    assert_string_equal(refusal(large), "rules.json: has more than 1048576 bytes");

    /* conditions within conditions: as many as may be, and one more */
    for (int depth = DYN_RULES_DEPTH_MAX - 1; depth <= DYN_RULES_DEPTH_MAX; depth++) {
        used = (size_t)sprintf(large, "{\"schema\":\"dynstore.rules/1\",\"rules\":[{\"id\":\"a\","
                                      "\"then\":{\"limit\":1},\"when\":");
        for (int i = 0; i < depth; i++) {
            used += (size_t)sprintf(large + used, "{\"not\":");
        }
        used += (size_t)sprintf(large + used, "{\"surface\":\"home\"}");
        for (int i = 0; i < depth; i++) {
            large[used++] = '}';
        }
        strcpy(large + used, "}]}");
        if (depth < DYN_RULES_DEPTH_MAX) {
            dyn_policy_free(compiled(large));
        } else {
            assert_non_null(strstr(refusal(large), "conditions nest more than 16 deep here"));
        }
    }

    for (int rules = DYN_RULES_MAX; rules <= DYN_RULES_MAX + 1; rules++) {
        used = (size_t)sprintf(large, "{\"schema\":\"dynstore.rules/1\",\"rules\":[");
        for (int i = 0; i < rules; i++) {
            used += (size_t)sprintf(large + used, "%s{\"id\":\"%d\",\"then\":{\"limit\":1}}",
                                    i > 0 ? "," : "", i);
        }
        strcpy(large + used, "]}");
        if (rules == DYN_RULES_MAX) {
            dyn_policy_t *policy = compiled(large);

            assert_int_equal(policy->rule_count, DYN_RULES_MAX + dyn_policy_default()->rule_count);
            dyn_policy_free(policy);
        } else {
            assert_string_equal(refusal(large), "rules.json:1:38: there are more than 2000 rules");
        }
    }
    for (int texts = DYN_RULES_PATTERNS_MAX; texts <= DYN_RULES_PATTERNS_MAX + 1; texts++) {
        used = (size_t)sprintf(large,
                               "{\"schema\":\"dynstore.rules/1\",\"content\":[{\"id\":\"c\","
                               "\"slot\":\"hero\",\"match\":{\"search\":\"x\"}}],\n\"rules\":[");
        for (int i = 0; i < texts; i++) {
            used += (size_t)sprintf(large + used,
                                    "%s\n{\"id\":\"%d\",\"when\":{\"search\":\"t%d\"},"
                                    "\"then\":{\"limit\":1}}",
                                    i > 0 ? "," : "", i, i);
        }
        strcpy(large + used, "]}");
        if (texts == DYN_RULES_PATTERNS_MAX) {
            dyn_policy_free(compiled(large));
        } else {
            assert_string_equal(refusal(large),
                                "rules.json:259:30: the file looks for more than 256 texts: look "
                                "for several by one expression, as {\"matches\": \"rain|snow\"}");
        }
    }
    free(large);
}

/* ---- rules ---- */

/* The ids of the rules in force, in their order; own: of the file's alone. */
static const char *ids_of(const dyn_policy_t *policy, bool own)
{
    static char ids[512];
    size_t length = 0;

    ids[0] = '\0';
    for (uint32_t i = 0; i < policy->rule_count; i++) {
        const dyn_rule_t *rule = &policy->rules[i];

        if (rule->own || !own) {
            length += (size_t)snprintf(ids + length, sizeof(ids) - length, "%s%.*s",
                                       length > 0 ? " " : "", (int)rule->id.len, rule->id.data);
        }
    }

    return ids;
}

static void rules_stand_by_falling_priority_then_by_id_without_the_disabled(void **state)
{
    dyn_policy_t *policy =
        compiled(file_of("'rules':[{'id':'b','then':{'limit':1}},{'id':'a','then':{'limit':1}},"
                         "{'id':'z','priority':2,'then':{'limit':1}},"
                         "{'id':'off','enabled':false,'priority':9,'then':{'limit':1}},"
                         "{'id':'last','priority':-1,'then':{'limit':1}}]"));

    (void)state;
    assert_string_equal(ids_of(policy, true), "z a b last");
    assert_string_equal(ids_of(policy, false),
                        "z a b default-plp-margin default-plp-stock default-search-margin "
                        "default-search-stock last");
    dyn_policy_free(policy);
}

static void a_rule_of_the_file_replaces_or_switches_off_a_built_in_one_of_its_id(void **state)
{
    dyn_policy_t *policy = compiled(file_of("'guardrails':{'exploration':0.05}"));

    (void)state;
    assert_string_equal(ids_of(policy, false), "default-plp-margin default-plp-stock "
                                               "default-search-margin default-search-stock");
    dyn_policy_free(policy);

    policy = compiled(file_of("'rules':[{'id':'default-plp-margin','enabled':false},"
                              "{'id':'default-plp-stock','then':{'limit':3}}]"));
    assert_string_equal(ids_of(policy, false),
                        "default-plp-stock default-search-margin default-search-stock");
    assert_true(policy->rules[0].own);
    assert_int_equal(policy->rules[0].actions_count, 1);
    assert_int_equal(policy->actions[policy->rules[0].actions_start].kind, DYN_ACTION_LIMIT);
    dyn_policy_free(policy);
}

/* ---- the built-in file, and what lies over it ---- */

static void the_built_in_file_is_the_one_that_is_shipped(void **state)
{
    size_t length;
    char *shipped = fixture_read("conf.examples/rules.default.json", &length), version[17];

    (void)state;
    if (!dyn_str_equal((dyn_str_t){shipped, length}, dyn_policy_default_text())) {
        fail_msg("run tools/embed-rules");
    }
    snprintf(version, sizeof(version), "%016llx", (unsigned long long)dyn_hash64(shipped, length));
    assert_string_equal(dyn_policy_default()->version, version);
    free(shipped);
}

/* So that the file is the reference of what holds. */
static void the_shipped_file_says_every_threshold_and_guardrail(void **state)
{
    const dyn_policy_t *policy = dyn_policy_default();
    dyn_str_t file = dyn_policy_default_text();

    (void)state;
#define X(member, standard, least, most, doc)                \
    assert_non_null(strstr(file.data, "\"" #member "\": ")); \
    assert_float_equal(policy->moments.member, (double)standard, 1e-9);
    DYN_MOMENT_THRESHOLDS(X)
#undef X
#define X(member, standard, least, most, doc)                \
    assert_non_null(strstr(file.data, "\"" #member "\": ")); \
    assert_float_equal(policy->guardrails.member, (double)standard, 1e-9);
    DYN_GUARDRAILS(X)
#undef X
}

static const dyn_policy_slot_t *slot_of(const dyn_policy_t *policy, uint32_t surface,
                                        const char *name)
{
    for (uint32_t i = 0; i < policy->slot_count; i++) {
        const dyn_policy_slot_t *slot = &policy->slots[i];

        if (slot->row.surface == surface && strcmp(slot->row.slot, name) == 0) {
            return slot;
        }
    }

    return NULL;
}

static float weight_of(const dyn_policy_t *policy, const dyn_policy_slot_t *slot,
                       dyn_source_t source)
{
    for (uint32_t i = 0; i < slot->row.weights_count; i++) {
        if (policy->weights[slot->row.weights_start + i].source == (uint32_t)source) {
            return policy->weights[slot->row.weights_start + i].weight;
        }
    }

    return -1;
}

static void sources_that_a_slot_does_not_name_keep_the_built_in_weight(void **state)
{
    const dyn_policy_t *built_in = dyn_policy_default();
    const dyn_policy_slot_t *usual = slot_of(built_in, DYN_SURFACE_PDP, "recs");
    dyn_policy_t *policy = compiled(file_of("'surfaces':{'pdp':{'slots':[{'slot':'recs','limit':5,"
                                            "'sources':{'liked':0.9,'similar':false}}]}}"));
    const dyn_policy_slot_t *slot = slot_of(policy, DYN_SURFACE_PDP, "recs");

    (void)state;
    assert_true(slot->own);
    assert_int_equal(slot->limit, 5);
    assert_float_equal(weight_of(policy, slot, DYN_SOURCE_LIKED), 0.9, 1e-6);
    assert_float_equal(weight_of(policy, slot, DYN_SOURCE_SIMILAR), 0, 1e-6);
    assert_float_equal(weight_of(policy, slot, DYN_SOURCE_SESSION_KNN),
                       weight_of(built_in, usual, DYN_SOURCE_SESSION_KNN), 1e-6);
    assert_int_equal(slot->row.weights_count, usual->row.weights_count);
    assert_int_equal(policy->slot_count, built_in->slot_count);
    dyn_policy_free(policy);
}

static void a_slot_that_is_not_built_in_begins_as_the_nearest_one(void **state)
{
    const dyn_policy_t *built_in = dyn_policy_default();
    dyn_policy_t *policy = compiled(file_of("'surfaces':{'home':{'slots':[{'slot':'similar'}]},"
                                            "'any':{'slots':[{'slot':'extras'}]}}"));
    const dyn_policy_slot_t *similar = slot_of(policy, DYN_SURFACE_HOME, "similar");
    const dyn_policy_slot_t *extras = slot_of(policy, DYN_BLEND_ANY_SURFACE, "extras");
    const dyn_policy_slot_t *as = slot_of(built_in, DYN_BLEND_ANY_SURFACE, "similar");
    const dyn_policy_slot_t *any = slot_of(built_in, DYN_BLEND_ANY_SURFACE, "");

    (void)state;
    assert_int_equal(similar->row.flags, as->row.flags);
    assert_memory_equal(policy->weights + similar->row.weights_start,
                        built_in->weights + as->row.weights_start,
                        as->row.weights_count * sizeof(dyn_blend_weight_t));
    assert_memory_equal(policy->weights + extras->row.weights_start,
                        built_in->weights + any->row.weights_start,
                        any->row.weights_count * sizeof(dyn_blend_weight_t));
    assert_int_equal(policy->slot_count, built_in->slot_count + 2);
    dyn_policy_free(policy);
}

static void the_slot_of_all_others_stands_behind_those_with_a_name(void **state)
{
    dyn_policy_t *policy =
        compiled(file_of("'surfaces':{'any':{'slots':[{'slot':'*','strength':0.5}]},"
                         "'home':{'slots':[{'slot':'*'},{'slot':'recs'}]}}"));
    const dyn_policy_slot_t *last = &policy->slots[policy->slot_count - 1];

    (void)state;
    assert_true(last->own && last->row.slot[0] == '\0');
    assert_int_equal(last->row.surface, DYN_BLEND_ANY_SURFACE);
    assert_float_equal(last->strength, 0.5, 1e-6);
    assert_int_equal(policy->slots[policy->slot_count - 2].row.surface, DYN_SURFACE_HOME);
    assert_string_equal(policy->slots[policy->slot_count - 2].row.slot, "");
    for (uint32_t i = 1; i < policy->slot_count - 2; i++) {
        assert_true(policy->slots[i].row.slot[0] != '\0');
        assert_true(policy->slots[i - 1].row.surface <= policy->slots[i].row.surface ||
                    policy->slots[i].row.surface != DYN_BLEND_ANY_SURFACE);
    }
    dyn_policy_free(policy);
}

/* "recs=8 bought_with=4": what a page shows where nginx.conf names no slots. */
static const char *slots_shown(const dyn_policy_t *policy, dyn_surface_t surface)
{
    static char names[256];
    dyn_slot_t room[DYN_SLOTS_MAX];
    const dyn_slot_t *slots;
    size_t count = dyn_policy_slots(policy, surface, room, &slots), length = 0;

    names[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        length +=
            (size_t)snprintf(names + length, sizeof(names) - length, "%s%.*s=%u", i > 0 ? " " : "",
                             (int)slots[i].name.len, slots[i].name.data, slots[i].count);
    }

    return names;
}

static void a_surface_shows_the_slots_that_the_file_lists_for_it_else_the_usual_ones(void **state)
{
    dyn_policy_t *policy = compiled(
        file_of("'surfaces':{'pdp':{'slots':[{'slot':'complete_the_look'},{'slot':'upsell'}]}}"));

    (void)state;
    assert_string_equal(slots_shown(policy, DYN_SURFACE_PDP), "complete_the_look=8 upsell=8");
    assert_string_equal(slots_shown(policy, DYN_SURFACE_CART), "bought_with=4 recs=4");
    assert_string_equal(slots_shown(NULL, DYN_SURFACE_PDP), "recs=8 bought_with=4");
    assert_string_equal(slots_shown(NULL, DYN_SURFACE_PLP), "recs=8");
    assert_string_equal(slots_shown(NULL, DYN_SURFACE_CHECKOUT), "");
    dyn_policy_free(policy);
}

static void thresholds_that_a_file_does_not_name_keep_the_built_in_value(void **state)
{
    dyn_policy_t *policy =
        compiled(file_of("'moments':{'comparison_items':4},'guardrails':{'exploration':0.05}"));
    const dyn_policy_t *built_in = dyn_policy_default();

    (void)state;
    assert_float_equal(policy->moments.comparison_items, 4, 1e-9);
    assert_float_equal(policy->moments.comparison_minutes, built_in->moments.comparison_minutes,
                       1e-9);
    assert_float_equal(policy->guardrails.exploration, 0.05, 1e-9);
    assert_float_equal(policy->guardrails.hysteresis, built_in->guardrails.hysteresis, 1e-9);
    dyn_policy_free(policy);
}

static void the_version_is_the_hash_of_the_bytes(void **state)
{
    char version[17];
    dyn_policy_t *policy = compiled(file_of("'rules':[]"));

    (void)state;
    snprintf(version, sizeof(version), "%016llx",
             (unsigned long long)dyn_hash64(text, strlen(text)));
    assert_string_equal(policy->version, version);
    dyn_policy_free(policy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_day_begins_in_the_time_zone_of_the_file),
        cmocka_unit_test(what_is_wrong_is_told_with_its_place_and_what_would_be_right),
        cmocka_unit_test(what_is_no_json_is_told_with_its_place),
        cmocka_unit_test(a_file_beyond_a_limit_is_refused),
        cmocka_unit_test(rules_stand_by_falling_priority_then_by_id_without_the_disabled),
        cmocka_unit_test(a_rule_of_the_file_replaces_or_switches_off_a_built_in_one_of_its_id),
        cmocka_unit_test(the_built_in_file_is_the_one_that_is_shipped),
        cmocka_unit_test(the_shipped_file_says_every_threshold_and_guardrail),
        cmocka_unit_test(sources_that_a_slot_does_not_name_keep_the_built_in_weight),
        cmocka_unit_test(a_slot_that_is_not_built_in_begins_as_the_nearest_one),
        cmocka_unit_test(the_slot_of_all_others_stands_behind_those_with_a_name),
        cmocka_unit_test(a_surface_shows_the_slots_that_the_file_lists_for_it_else_the_usual_ones),
        cmocka_unit_test(thresholds_that_a_file_does_not_name_keep_the_built_in_value),
        cmocka_unit_test(the_version_is_the_hash_of_the_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

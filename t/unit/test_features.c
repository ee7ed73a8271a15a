#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <jansson.h>
#include <math.h>

#include "engine/experiment/features.h"

static const double near = 1e-6;

/* A payload and what is asked of it; one at a time. */
static struct {
    char block[1 << 20], scratch[1 << 16];
    dyn_arena_t arena, asked;
    dyn_features_t *features;
    dyn_error_t error;
} at;

static bool load(const char *text)
{
    dyn_arena_init(&at.arena, at.block, sizeof(at.block), NULL, NULL);
    dyn_arena_init(&at.asked, at.scratch, sizeof(at.scratch), NULL, NULL);

    return dyn_features_read("features.json", dyn_str_from(text), &at.arena, &at.features,
                             &at.error);
}

static dyn_feature_result_t ask_json(const char *key, const json_t *attributes)
{
    dyn_value_t value;

    assert_true(dyn_value_read(attributes, &at.asked, &value));

    return dyn_features_value(at.features, dyn_features_find(at.features, dyn_str_from(key)),
                              &value, &at.asked);
}

static dyn_feature_result_t ask(const char *key, const char *attributes)
{
    json_t *json = json_loads(attributes, 0, NULL);

    assert_non_null(json);

    dyn_feature_result_t result = ask_json(key, json);

    json_decref(json);

    return result;
}

static void assert_text(dyn_str_t text, const char *wanted)
{
    assert_int_equal(text.len, strlen(wanted));
    assert_memory_equal(text.data, wanted, text.len);
}

/* ---- conditions ---- */

static bool condition_holds(const char *condition, const char *attributes)
{
    char text[2048];
    bool holds;

    snprintf(text, sizeof(text),
             "{\"features\": {\"f\": {\"defaultValue\": false, \"rules\": [{\"condition\": %s, "
             "\"force\": true}]}}, \"savedGroups\": {\"staff\": [\"7\", 8]}}",
             condition);
    assert_true(load(text));
    assert_null(dyn_features_left_out(at.features, 0));
    holds = dyn_value_is_true(ask("f", attributes).value);
    dyn_features_free(at.features);

    return holds;
}

static const struct {
    const char *condition, *attributes;
    bool holds;
} conditions[] = {
    {"{}", "{}", true},
    /* a plain value is compared as JavaScript converts */
    {"{\"country\": \"DE\"}", "{\"country\": \"DE\"}", true},
    {"{\"country\": \"DE\"}", "{\"country\": \"de\"}", false},
    {"{\"visits\": \"3\"}", "{\"visits\": 3}", true},
    {"{\"visits\": 3}", "{\"visits\": \" 3.0 \"}", true},
    {"{\"visits\": 3}", "{\"visits\": \"3 times\"}", false},
    {"{\"visits\": 0}", "{}", true},
    {"{\"visits\": 0}", "{\"visits\": \"inf\"}", false},
    {"{\"tags\": \"a,b\"}", "{\"tags\": [\"a\", \"b\"]}", true},
    {"{\"rate\": \"0.5\"}", "{\"rate\": 0.5}", true},
    {"{\"rate\": \"0.00001\"}", "{\"rate\": 0.00001}", true},
    {"{\"rate\": \"1e-7\"}", "{\"rate\": 0.0000001}", true},
    {"{\"rate\": \"1.5e+21\"}", "{\"rate\": 1.5e21}", true},
    {"{\"new\": true}", "{\"new\": 1}", true},
    {"{\"new\": false}", "{\"new\": \"\"}", true},
    {"{\"new\": false}", "{}", false},
    {"{\"new\": null}", "{}", true},
    {"{\"new\": null}", "{\"new\": 0}", false},
    {"{\"tags\": [\"a\", \"b\"]}", "{\"tags\": [\"a\", \"b\"]}", true},
    {"{\"tags\": [\"a\", \"b\"]}", "{\"tags\": [\"b\", \"a\"]}", false},
    {"{\"box\": {\"w\": 1}}", "{\"box\": {\"w\": 1}}", true},
    {"{\"box\": {\"w\": 1}}", "{\"box\": {\"w\": 1, \"h\": 2}}", false},
    /* paths */
    {"{\"home.city\": \"Ulm\"}", "{\"home\": {\"city\": \"Ulm\"}}", true},
    {"{\"home.city\": \"Ulm\"}", "{\"home\": \"Ulm\"}", false},
    {"{\"tags.1\": \"b\"}", "{\"tags\": [\"a\", \"b\"]}", true},
    {"{\"tags.2\": null}", "{\"tags\": [\"a\", \"b\"]}", true},
    {"{\"tags.99999999999999999999\": null}", "{\"tags\": [\"a\"]}", true},
    /* strict equality */
    {"{\"n\": {\"$eq\": 3}}", "{\"n\": 3}", true},
    {"{\"n\": {\"$eq\": 3}}", "{\"n\": \"3\"}", false},
    {"{\"n\": {\"$ne\": 3}}", "{\"n\": \"3\"}", true},
    {"{\"n\": {\"$eq\": null}}", "{}", true},
    {"{\"n\": {\"$eq\": [1]}}", "{\"n\": [1]}", false},
    /* order: two texts as texts, else numbers */
    {"{\"n\": {\"$gt\": 9}}", "{\"n\": \"10\"}", true},
    {"{\"n\": {\"$gt\": \"9\"}}", "{\"n\": \"10\"}", false},
    {"{\"n\": {\"$gte\": 10, \"$lte\": 10}}", "{\"n\": 10}", true},
    {"{\"n\": {\"$lt\": 10}}", "{\"n\": 10}", false},
    {"{\"n\": {\"$lt\": \"ab\"}}", "{\"n\": \"a\"}", true},
    {"{\"n\": {\"$lte\": 10}}", "{\"n\": \"ten\"}", false},
    {"{\"n\": {\"$gte\": 10}}", "{\"n\": \"ten\"}", false},
    /* versions */
    {"{\"v\": {\"$vgt\": \"1.9.0\"}}", "{\"v\": \"1.10.0\"}", true},
    {"{\"v\": {\"$vgte\": \"2.0.0\"}}", "{\"v\": \"2.0.0-rc.1\"}", false},
    {"{\"v\": {\"$vlt\": \"2.0.0\"}}", "{\"v\": \"2.0.0-rc.1\"}", true},
    {"{\"v\": {\"$vlte\": \"2.0.0\"}}", "{\"v\": \"v2.0.0+linux\"}", true},
    {"{\"v\": {\"$veq\": \"2\"}}", "{\"v\": 2}", true},
    {"{\"v\": {\"$veq\": \"0\"}}", "{}", true},
    {"{\"v\": {\"$vne\": \"2.0\"}}", "{\"v\": \"2.0.0\"}", true},
    /* lists */
    {"{\"n\": {\"$in\": [3, \"x\", 1]}}", "{\"n\": 1}", true},
    {"{\"n\": {\"$in\": [3, \"x\", 1]}}", "{\"n\": \"1\"}", false},
    {"{\"n\": {\"$in\": [3, \"x\", 1]}}", "{\"n\": [\"x\"]}", true},
    {"{\"n\": {\"$in\": 3}}", "{\"n\": 3}", false},
    {"{\"n\": {\"$in\": [null]}}", "{}", true},
    {"{\"n\": {\"$nin\": [3, \"x\"]}}", "{\"n\": 1}", true},
    {"{\"n\": {\"$nin\": [3, \"x\"]}}", "{\"n\": [1, 3]}", false},
    {"{\"n\": {\"$nin\": 3}}", "{\"n\": 1}", false},
    {"{\"c\": {\"$ini\": [\"DE\", \"at\"]}}", "{\"c\": \"De\"}", true},
    {"{\"c\": {\"$ini\": [\"DE\", \"at\"]}}", "{\"c\": [\"AT\"]}", true},
    {"{\"c\": {\"$nini\": [\"DE\"]}}", "{\"c\": \"de\"}", false},
    {"{\"id\": {\"$inGroup\": \"staff\"}}", "{\"id\": \"7\"}", true},
    {"{\"id\": {\"$inGroup\": \"staff\"}}", "{\"id\": \"8\"}", false},
    {"{\"id\": {\"$inGroup\": \"others\"}}", "{\"id\": \"7\"}", false},
    {"{\"id\": {\"$notInGroup\": \"staff\"}}", "{\"id\": 8}", false},
    {"{\"id\": {\"$notInGroup\": \"others\"}}", "{\"id\": 8}", true},
    {"{\"t\": {\"$size\": 2}}", "{\"t\": [1, 2]}", true},
    {"{\"t\": {\"$size\": {\"$gt\": 2}}}", "{\"t\": [1, 2]}", false},
    {"{\"t\": {\"$size\": 0}}", "{}", false},
    {"{\"t\": {\"$elemMatch\": {\"$gt\": 5}}}", "{\"t\": [1, 9]}", true},
    {"{\"t\": {\"$elemMatch\": {\"$lt\": 5}}}", "{\"t\": [0, 9]}", false},
    {"{\"t\": {\"$elemMatch\": {\"a\": 1, \"b\": 2}}}",
     "{\"t\": [{\"a\": 1}, {\"a\": 1, \"b\": 2}]}", true},
    {"{\"t\": {\"$elemMatch\": {\"a\": 1}}}", "{\"t\": {\"a\": 1}}", false},
    {"{\"t\": {\"$all\": [\"a\", {\"$regex\": \"^b\"}]}}", "{\"t\": [\"bc\", \"a\"]}", true},
    {"{\"t\": {\"$all\": [\"a\"]}}", "{\"t\": [\"A\"]}", false},
    {"{\"t\": {\"$all\": []}}", "{\"t\": \"a\"}", false},
    {"{\"t\": {\"$alli\": [\"a\", \"B\"]}}", "{\"t\": [\"b\", \"A\"]}", true},
    /* texts and types */
    {"{\"p\": {\"$regex\": \"^/tents/[0-9]+$\"}}", "{\"p\": \"/tents/12\"}", true},
    {"{\"p\": {\"$regex\": \"^/tents/[0-9]+$\"}}", "{\"p\": \"/tents/12\\n\"}", false},
    {"{\"p\": {\"$regex\": \"TENTS\"}}", "{\"p\": \"/tents/12\"}", false},
    {"{\"p\": {\"$regexi\": \"TENTS\"}}", "{\"p\": \"/tents/12\"}", true},
    {"{\"p\": {\"$regex\": \"^(a+)+$\"}}", "{\"p\": \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!\"}",
     false},
    {"{\"p\": {\"$type\": \"array\"}}", "{\"p\": []}", true},
    {"{\"p\": {\"$type\": \"null\"}}", "{}", true},
    {"{\"p\": {\"$type\": \"number\"}}", "{\"p\": \"1\"}", false},
    {"{\"p\": {\"$exists\": true}}", "{\"p\": false}", true},
    {"{\"p\": {\"$exists\": false}}", "{\"p\": null}", true},
    {"{\"p\": {\"$exists\": true}}", "{}", false},
    /* groups of conditions */
    {"{\"$and\": [{\"a\": 1}, {\"b\": 2}]}", "{\"a\": 1, \"b\": 2}", true},
    {"{\"$and\": [{\"a\": 1}, {\"b\": 2}]}", "{\"a\": 1}", false},
    {"{\"$or\": [{\"a\": 1}, {\"b\": 2}]}", "{\"b\": 2}", true},
    {"{\"$or\": [{\"a\": 1}, {\"b\": 2}]}", "{\"b\": 1}", false},
    {"{\"$or\": []}", "{}", true},
    {"{\"$nor\": [{\"a\": 1}, {\"b\": 2}]}", "{\"b\": 1}", true},
    {"{\"$nor\": [{\"a\": 1}, {\"b\": 2}]}", "{\"a\": 1}", false},
    {"{\"$not\": {\"a\": 1, \"b\": 2}}", "{\"a\": 1}", true},
    {"{\"a\": {\"$not\": {\"$in\": [1, 2]}}}", "{\"a\": 2}", false},
    {"{\"$or\": [{\"a\": 1}], \"b\": 2}", "{\"a\": 1}", false},
};

static void conditions_hold_as_in_growthbooks_sdk(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(conditions) / sizeof(conditions[0]); i++) {
        if (condition_holds(conditions[i].condition, conditions[i].attributes) !=
            conditions[i].holds) {
            fail_msg("%s with %s should be %d", conditions[i].condition, conditions[i].attributes,
                     conditions[i].holds);
        }
    }
}

static void a_condition_does_not_hold_without_memory(void **state)
{
    static const char *const texts[] = {"{\"n\": {\"$not\": {\"$eq\": \"1\"}}, \"t\": \"1,2\"}",
                                        "{\"t\": {\"$not\": \"1\"}}"};
    char text[512];

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        json_t *json = json_loads("{\"t\": [1, 2]}", 0, NULL);
        dyn_arena_t none;
        dyn_value_t value;

        snprintf(text, sizeof(text),
                 "{\"features\": {\"f\": {\"rules\": [{\"condition\": %s, \"force\": 1}]}}}",
                 texts[i]);
        assert_true(load(text));
        assert_true(dyn_value_read(json, &at.asked, &value));
        assert_true(dyn_value_is_true(dyn_features_value(at.features, 0, &value, &at.asked).value));
        dyn_arena_init(&none, NULL, 0, NULL, NULL);
        assert_false(dyn_value_is_true(dyn_features_value(at.features, 0, &value, &none).value));
        assert_true(none.exhausted);
        json_decref(json);
    }
}

/* ---- features: "123" falls at 0.863 of "f" by version 1, and at its own place by version 2 ---- */

static const struct {
    const char *rules, *attributes, *value;
    dyn_feature_origin_t origin;
} features[] = {
    {"[]", "{}", "\"standard\"", DYN_FEATURE_DEFAULT},
    {"[{\"force\": 0}]", "{}", "0", DYN_FEATURE_FORCE},
    {"[{\"force\": null}]", "{}", "null", DYN_FEATURE_FORCE},
    {"[{\"condition\": {\"a\": 1}, \"force\": 1}, {\"force\": 2}]", "{\"a\": 2}", "2",
     DYN_FEATURE_FORCE},
    /* a rollout has its end, and nobody at 0 */
    {"[{\"force\": 1, \"coverage\": 0.863, \"seed\": \"feature\"}]", "{\"id\": \"123\"}", "1",
     DYN_FEATURE_FORCE},
    {"[{\"force\": 1, \"coverage\": 0.862, \"seed\": \"feature\"}]", "{\"id\": 123}",
     "\"standard\"", DYN_FEATURE_DEFAULT},
    {"[{\"force\": 1, \"coverage\": 0}]", "{\"id\": \"123\"}", "\"standard\"", DYN_FEATURE_DEFAULT},
    {"[{\"force\": 1, \"coverage\": 1}]", "{\"id\": \"\"}", "\"standard\"", DYN_FEATURE_DEFAULT},
    {"[{\"force\": 1, \"coverage\": 0, \"range\": [0.8, 0.9], \"seed\": \"feature\"}]",
     "{\"id\": \"123\"}", "1", DYN_FEATURE_FORCE},
    {"[{\"force\": 1, \"coverage\": 1, \"range\": [0, 0.863], \"seed\": \"feature\"}]",
     "{\"id\": \"123\"}", "\"standard\"", DYN_FEATURE_DEFAULT},
    {"[{\"force\": 1, \"coverage\": 0.9, \"hashAttribute\": \"company\", \"seed\": \"feature\"}]",
     "{\"company\": \"123\"}", "1", DYN_FEATURE_FORCE},
    /* filters: version 2 where they say none */
    {"[{\"force\": 1, \"filters\": [{\"seed\": \"seed\", \"ranges\": [[0, 0.0505], [0.0505, "
     "0.06]]}]}]",
     "{\"id\": \"a\"}", "1", DYN_FEATURE_FORCE},
    {"[{\"force\": 1, \"filters\": [{\"seed\": \"seed\", \"ranges\": [[0, 0.0505]]}]}]",
     "{\"id\": \"a\"}", "\"standard\"", DYN_FEATURE_DEFAULT},
    {"[{\"force\": 1, \"filters\": [{\"seed\": \"b\", \"hashVersion\": 1, \"ranges\": [[0.94, "
     "0.95]]}]}]",
     "{\"id\": \"a\"}", "1", DYN_FEATURE_FORCE},
    {"[{\"force\": 1, \"filters\": [{\"seed\": \"seed\", \"attribute\": \"x\", \"ranges\": [[0, "
     "1]]}]}]",
     "{\"id\": \"a\"}", "\"standard\"", DYN_FEATURE_DEFAULT},
    /* experiments */
    {"[{\"key\": \"feature\", \"variations\": [\"a\", \"b\", \"c\"]}]", "{\"id\": \"123\"}",
     "\"c\"", DYN_FEATURE_EXPERIMENT},
    {"[{\"key\": \"feature\", \"variations\": [\"a\", \"b\"], \"weights\": [0.9, 0.1]}]",
     "{\"id\": \"123\"}", "\"a\"", DYN_FEATURE_EXPERIMENT},
    {"[{\"key\": \"feature\", \"variations\": [\"a\", \"b\"], \"coverage\": 0.5}]",
     "{\"id\": \"123\"}", "\"standard\"", DYN_FEATURE_DEFAULT},
    {"[{\"key\": \"feature\", \"variations\": [\"a\", \"b\"], \"coverage\": 0, \"ranges\": [[0.8, "
     "0.9], [0, 0.8]]}]",
     "{\"id\": \"123\"}", "\"a\"", DYN_FEATURE_EXPERIMENT},
    {"[{\"key\": \"x\", \"seed\": \"foo\", \"hashVersion\": 2, \"variations\": [\"a\", \"b\"], "
     "\"ranges\": [[0, 0.2575], [0.2575, 0.26]]}]",
     "{\"id\": \"ab\"}", "\"b\"", DYN_FEATURE_EXPERIMENT},
    {"[{\"key\": \"feature\", \"variations\": [1, 2], \"condition\": {\"a\": 1}}, {\"force\": 3}]",
     "{\"id\": \"123\"}", "3", DYN_FEATURE_FORCE},
    {"[{\"key\": \"feature\", \"variations\": [1, 2]}, {\"force\": 3}]", "{}", "3",
     DYN_FEATURE_FORCE},
    /* a holdout lets the others pass */
    {"[{\"key\": \"feature\", \"variations\": [1, 2], \"meta\": [{}, {\"passthrough\": true}]}, "
     "{\"force\": 3}]",
     "{\"id\": \"123\"}", "3", DYN_FEATURE_FORCE},
    {"[{\"key\": \"feature\", \"variations\": [1, 2], \"meta\": [{\"passthrough\": true}, {}]}, "
     "{\"force\": 3}]",
     "{\"id\": \"123\"}", "2", DYN_FEATURE_EXPERIMENT},
    /* contextual bandits: the weights of the first that holds, else the rule's */
    {"[{\"key\": \"feature\", \"contextualVariations\": [1, 2], \"contextualBanditRef\": \"b\"}]",
     "{\"id\": \"123\", \"plan\": \"pro\"}", "1", DYN_FEATURE_EXPERIMENT},
    {"[{\"key\": \"feature\", \"contextualVariations\": [1, 2], \"contextualBanditRef\": \"b\"}]",
     "{\"id\": \"123\"}", "2", DYN_FEATURE_EXPERIMENT},
    {"[{\"key\": \"feature\", \"contextualVariations\": [1, 2], \"contextualBanditRef\": \"none\", "
     "\"weights\": [1, 0]}]",
     "{\"id\": \"123\"}", "1", DYN_FEATURE_EXPERIMENT},
    /* prerequisites */
    {"[{\"parentConditions\": [{\"id\": \"parent\", \"condition\": {\"value\": \"on\"}}], "
     "\"force\": 1}]",
     "{}", "1", DYN_FEATURE_FORCE},
    {"[{\"parentConditions\": [{\"id\": \"parent\", \"condition\": {\"value\": \"off\"}}], "
     "\"force\": 1}, {\"force\": 2}]",
     "{}", "2", DYN_FEATURE_FORCE},
    {"[{\"parentConditions\": [{\"id\": \"parent\", \"condition\": {\"value\": \"off\"}, \"gate\": "
     "true}]}, {\"force\": 2}]",
     "{}", "null", DYN_FEATURE_PREREQUISITE},
    {"[{\"parentConditions\": [{\"id\": \"nobody\", \"condition\": {\"value\": {\"$exists\": "
     "false}}, \"gate\": true}]}, {\"force\": 2}]",
     "{}", "2", DYN_FEATURE_FORCE},
    {"[{\"parentConditions\": [{\"id\": \"f\", \"condition\": {\"value\": 2}}], \"force\": 1}]",
     "{}", "null", DYN_FEATURE_CYCLE},
    {"[{\"parentConditions\": [{\"id\": \"circle\", \"condition\": {\"value\": 2}}], \"force\": "
     "1}]",
     "{}", "null", DYN_FEATURE_CYCLE},
};

static void load_rules(const char *rules)
{
    char text[2048];

    snprintf(
        text, sizeof(text),
        "{\"features\": {\"f\": {\"defaultValue\": \"standard\", \"rules\": %s}, "
        "\"parent\": {\"defaultValue\": \"on\"}, \"circle\": {\"rules\": [{\"parentConditions\": "
        "[{\"id\": \"f\"}], \"force\": 1}]}}, \"contextualBandits\": {\"b\": {\"contexts\": "
        "[{\"condition\": {\"plan\": \"pro\"}, \"weights\": [1, 0]}, {\"condition\": {}, "
        "\"weights\": [0, 1]}]}}}",
        rules);
    assert_true(load(text));
}

static void assert_value(const dyn_value_t *value, const char *wanted)
{
    json_t *json = json_loads(wanted, JSON_DECODE_ANY, NULL);
    dyn_value_t read;

    assert_non_null(json);
    assert_true(dyn_value_read(json, &at.asked, &read));
    json_decref(json);
    assert_true(dyn_value_alike(value, &read));
}

static void features_have_the_value_that_growthbooks_sdk_gives(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(features) / sizeof(features[0]); i++) {
        dyn_feature_result_t result;

        load_rules(features[i].rules);
        assert_null(dyn_features_left_out(at.features, 0));
        result = ask("f", features[i].attributes);
        if (result.origin != features[i].origin) {
            fail_msg("%s for %s", features[i].rules, features[i].attributes);
        }
        assert_value(result.value, features[i].value);
        dyn_features_free(at.features);
    }
}

static void an_experiments_result_names_experiment_variation_and_rule(void **state)
{
    dyn_feature_result_t result;

    (void)state;
    load_rules(
        "[{\"id\": \"r1\", \"key\": \"feature\", \"variations\": [1, 2, 3], \"meta\": [{}, {}, "
        "{\"key\": \"blue\"}]}]");
    result = ask("f", "{\"id\": \"123\"}");
    assert_text(result.rule, "r1");
    assert_text(result.experiment, "feature");
    assert_text(result.variation, "blue");
    assert_int_equal(result.number, 2);
    assert_float_equal(result.bucket, 0.863, near);

    /* without a key its number stands for it; 456 falls at 0.178 */
    result = ask("f", "{\"id\": \"456\"}");
    assert_text(result.variation, "0");
}

static void a_feature_that_is_not_there_is_null(void **state)
{
    dyn_feature_result_t result;

    (void)state;
    load_rules("[]");
    assert_int_equal(dyn_features_count(at.features), 3);
    assert_text(dyn_features_key(at.features, 0), "circle");
    assert_int_equal(dyn_features_find(at.features, DYN_STR("parent")), 2);
    assert_int_equal(dyn_features_find(at.features, DYN_STR("F")), DYN_NONE);
    result = ask("F", "{}");
    assert_int_equal(result.origin, DYN_FEATURE_UNKNOWN);
    assert_int_equal(result.value->kind, DYN_VALUE_NULL);
}

/* ---- what cannot be evaluated ---- */

static const struct {
    const char *rule, *why;
} left_out[] = {
    {"{\"condition\": {\"a\": {\"$near\": 1}}, \"force\": 1}",
     "the operator \"$near\" is not known"},
    {"{\"condition\": {\"$not\": {\"a\": {\"$near\": 1}}}, \"force\": 1}",
     "the operator \"$near\" is not known"},
    {"{\"condition\": {\"a\": {\"$regex\": \"(\"}}, \"force\": 1}",
     "the regular expression \"(\" cannot be used: missing closing parenthesis"},
    {"{\"condition\": {\"$or\": {}}, \"force\": 1}", "\"$or\" needs a list"},
    {"{\"condition\": [], \"force\": 1}", "a condition must be an object: {...}"},
    {"{\"condition\": {\"a\": {\"$elemMatch\": 1}}, \"force\": 1}",
     "\"$elemMatch\" needs an object"},
    {"{\"condition\": {\"a\": {\"$inGroup\": 1}}, \"force\": 1}", "\"$inGroup\" needs a text"},
    {"{\"decisionTree\": {}}", "it has neither \"force\" nor \"variations\""},
    {"{\"variations\": [1]}", "\"variations\" must be a list of two values or more"},
    {"{\"variations\": [1, 2], \"hashVersion\": 3}", "the hash version 3 is not known"},
    {"{\"variations\": [1, 2], \"weights\": [1, \"a\"]}", "\"weights\" must be a list of numbers"},
    {"{\"variations\": [1, 2], \"ranges\": [[0, 1], 1]}",
     "\"ranges\" must be two numbers, from and until: [0, 0.5]"},
    {"{\"variations\": [1, 2], \"namespace\": [\"a\", 0]}",
     "\"namespace\" must be [name, from, until]"},
    {"{\"force\": 1, \"coverage\": \"all\"}", "\"coverage\" must be a number"},
    {"{\"force\": 1, \"filters\": [{\"seed\": \"a\"}]}",
     "\"ranges\" must be a list of [from, until]"},
    {"{\"force\": 1, \"parentConditions\": {}}", "\"parentConditions\" must be a list"},
    {"{\"force\": 1, \"id\": 5}", "\"id\" must be a text"},
    {"5", "it is no object"},
};

static void a_rule_that_cannot_be_evaluated_is_left_out_and_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(left_out) / sizeof(left_out[0]); i++) {
        char rules[512];
        const dyn_left_out_t *row;

        snprintf(rules, sizeof(rules),
                 "[{\"condition\": {\"b\": 1}, \"force\": 0}, %s, {\"force\": 2}]",
                 left_out[i].rule);
        load_rules(rules);
        row = dyn_features_left_out(at.features, 0);
        assert_non_null(row);
        assert_int_equal(dyn_features_left_out_count(at.features), 1);
        assert_null(dyn_features_left_out(at.features, 1));
        assert_text(row->feature, "f");
        assert_int_equal(row->number, 2);
        assert_text(row->why, left_out[i].why);
        assert_value(ask("f", "{\"id\": \"1\"}").value, "2");
        dyn_features_free(at.features);
    }
}

static const struct {
    const char *text, *sentence;
} refused[] = {
    {"{", "features.json:1:1: this is no JSON: string or '}' expected near end of file"},
    {"[]", "features.json: this is no payload of GrowthBook: \"features\" must be an object"},
    {"{\"features\": []}",
     "features.json: this is no payload of GrowthBook: \"features\" must be an object"},
    {"{\"encryptedFeatures\": \"a.b\"}",
     "features.json: the payload is encrypted (\"encryptedFeatures\"): use an SDK connection of "
     "GrowthBook without encryption, or "
     "decrypt it before"},
    {"{\"features\": {}, \"encryptedSavedGroups\": \"a.b\"}",
     "features.json: the payload is encrypted (\"encryptedSavedGroups\"): use an SDK connection of "
     "GrowthBook without encryption, or "
     "decrypt it before"},
};

static void a_text_that_is_no_payload_is_refused_with_a_sentence(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        assert_false(load(refused[i].text));
        assert_null(at.features);
        assert_string_equal(at.error.text, refused[i].sentence);
    }
}

static void nest(char *text, size_t size, unsigned lists)
{
    size_t used = (size_t)snprintf(text, size, "{\"features\": {\"f\": {\"defaultValue\": ");

    memset(text + used, '[', lists);
    memset(text + used + lists, ']', lists);
    snprintf(text + used + 2 * (size_t)lists, size - used - 2 * (size_t)lists, "}}}");
}

static void values_nest_as_deep_as_the_limit(void **state)
{
    char text[256];

    (void)state;
    /* above the value are the payload, its features and one feature */
    nest(text, sizeof(text), DYN_VALUE_LEVELS_MAX - 3);
    assert_true(load(text));
    nest(text, sizeof(text), DYN_VALUE_LEVELS_MAX - 2);
    assert_false(load(text));
    assert_string_equal(at.error.text, "features.json: values nest deeper than 32 levels");
}

/* f0 needs f1, which needs f2 ... each as many times as said. */
static void load_chain(unsigned features_count, unsigned times)
{
    static char text[1 << 18];
    size_t used = (size_t)snprintf(text, sizeof(text), "{\"features\": {");

    for (unsigned i = 0; i < features_count; i++) {
        used +=
            (size_t)snprintf(text + used, sizeof(text) - used,
                             "%s\"f%u\": {\"defaultValue\": 1, \"rules\": [", i > 0 ? ", " : "", i);
        for (unsigned k = 0; k < times; k++) {
            used += (size_t)snprintf(
                text + used, sizeof(text) - used,
                "%s{\"parentConditions\": [{\"id\": \"f%u\", \"condition\": {\"value\": 1}, "
                "\"gate\": true}]}",
                k > 0 ? ", " : "", i + 1);
        }
        used += (size_t)snprintf(text + used, sizeof(text) - used, "]}");
    }
    snprintf(text + used, sizeof(text) - used, ", \"f%u\": {\"defaultValue\": 1}}}",
             features_count);
    assert_true(load(text));
}

static void prerequisites_have_a_depth_and_a_number_of_rules(void **state)
{
    (void)state;
    load_chain(DYN_FEATURES_DEPTH_MAX + 1, 1);
    assert_int_equal(ask("f0", "{}").origin, DYN_FEATURE_DEFAULT);
    load_chain(DYN_FEATURES_DEPTH_MAX + 2, 1);
    assert_int_equal(ask("f0", "{}").origin, DYN_FEATURE_CYCLE);
    /* 2 + 4 + ... + 512 rules, and twice as many */
    load_chain(9, 2);
    assert_int_equal(ask("f0", "{}").origin, DYN_FEATURE_DEFAULT);
    load_chain(10, 2);
    assert_int_equal(ask("f0", "{}").origin, DYN_FEATURE_CYCLE);
}

static void a_payload_that_does_not_fit_the_memory_is_refused(void **state)
{
    static const char text[] = "{\"features\": {\"f\": {\"rules\": [{\"condition\": {\"a\": "
                               "{\"$in\": [1, 2]}, \"b\": {\"$regex\": "
                               "\"x\"}}, \"parentConditions\": [{\"id\": \"f\"}], \"filters\": "
                               "[{\"seed\": \"s\", \"ranges\": [[0, 1]]}], "
                               "\"variations\": [1, 2], \"meta\": [{}]}]}}}";
    size_t size = 8;

    (void)state;
    for (; size < sizeof(at.block); size += 8) {
        dyn_arena_init(&at.arena, at.block, size, NULL, NULL);
        if (dyn_features_read("features.json", dyn_str_from(text), &at.arena, &at.features,
                              &at.error)) {
            break;
        }
        assert_string_equal(at.error.text, "features.json: there is not enough memory");
    }
    assert_true(size > 1000 && size < sizeof(at.block));
    assert_null(dyn_features_left_out(at.features, 0));
    dyn_features_free(at.features);
}

/* ---- GrowthBook's own cases, where somebody has them: GROWTHBOOK_CASES names the file cases.json of its SDK ---- */

static struct {
    unsigned run, passed_over;
} cases;

static void load_case(const json_t *payload)
{
    char *text = json_dumps(payload, 0);

    assert_non_null(text);
    assert_true(load(text));
    free(text);
}

static void condition_case(const char *name, json_t *condition, const json_t *attributes,
                           json_t *groups, bool holds)
{
    json_t *payload =
        json_pack("{s:{s:{s:b, s:[{s:O, s:b}]}}, s:O?}", "features", "f", "defaultValue", 0,
                  "rules", "condition", condition, "force", 1, "savedGroups", groups);

    assert_non_null(payload);
    load_case(payload);
    if (dyn_value_is_true(ask_json("f", attributes).value) != holds) {
        fail_msg("evalCondition: %s", name);
    }
    dyn_features_free(at.features);
    json_decref(payload);
    cases.run++;
}

/* What a page or a developer's tool says, not a payload. */
static bool is_of_a_page(const json_t *context)
{
    static const char *const names[] = {"url",     "forcedVariations", "forcedFeatureValues",
                                        "enabled", "qaMode",           "overrides"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (json_object_get(context, names[i]) != NULL) {
            return true;
        }
    }

    return false;
}

static dyn_feature_result_t ask_context(const char *key, const json_t *context)
{
    json_t *none = json_object();
    const json_t *attributes = json_object_get(context, "attributes");
    dyn_feature_result_t result = ask_json(key, attributes == NULL ? none : attributes);

    json_decref(none);

    return result;
}

static void check_value(const char *name, const dyn_value_t *value, const json_t *wanted)
{
    dyn_value_t read;

    assert_true(dyn_value_read(wanted, &at.asked, &read));
    if (!dyn_value_alike(value, &read)) {
        fail_msg("another value: %s", name);
    }
}

static void feature_case(const char *name, json_t *context, const char *key, const json_t *wanted)
{
#define X(c, n) n,
    static const char *const origins[] = {DYN_FEATURE_ORIGINS(X)};
#undef X
    const json_t *experiment = json_object_get(wanted, "experimentResult");
    dyn_feature_result_t result;

    if (is_of_a_page(context)) {
        cases.passed_over++;
        return;
    }
    if (json_object_get(context, "features") == NULL) {
        json_object_set_new(context, "features", json_object());
    }
    load_case(context);
    result = ask_context(key, context);
    check_value(name, result.value, json_object_get(wanted, "value"));
    if (strcmp(origins[result.origin], json_string_value(json_object_get(wanted, "source"))) != 0) {
        fail_msg("another origin: %s: %s", name, origins[result.origin]);
    }
    assert_int_equal(dyn_value_is_true(result.value), json_is_true(json_object_get(wanted, "on")));
    assert_text(result.rule, json_string_value(json_object_get(wanted, "ruleId")));
    if (experiment != NULL) {
        assert_text(result.experiment, json_string_value(json_object_get(
                                           json_object_get(wanted, "experiment"), "key")));
        assert_text(result.variation, json_string_value(json_object_get(experiment, "key")));
        assert_int_equal(result.number,
                         json_integer_value(json_object_get(experiment, "variationId")));
        assert_float_equal(result.bucket, json_number_value(json_object_get(experiment, "bucket")),
                           near);
    }
    dyn_features_free(at.features);
    cases.run++;
}

/* An experiment alone, as the only rule of a feature. */
static void run_case(const char *name, json_t *context, json_t *experiment, const json_t *wanted,
                     bool in_experiment)
{
    json_t *own = json_object_get(context, "features");
    dyn_feature_result_t result;

    if (is_of_a_page(context) || json_object_get(experiment, "force") != NULL ||
        json_object_get(experiment, "active") != NULL) {
        cases.passed_over++;
        return;
    }
    own = own == NULL ? json_object() : json_incref(own);
    json_object_set_new(own, " alone", json_pack("{s:[O]}", "rules", experiment));
    json_object_set_new(context, "features", own);
    load_case(context);
    result = ask_context(" alone", context);
    if ((result.origin == DYN_FEATURE_EXPERIMENT) != in_experiment) {
        fail_msg("run: %s", name);
    }
    if (in_experiment) {
        check_value(name, result.value, wanted);
    }
    dyn_features_free(at.features);
    cases.run++;
}

static void growthbooks_own_cases_hold(void **state)
{
    static const char *const sections[] = {"feature", "contextualBandit"};
    const char *file = getenv("GROWTHBOOK_CASES");
    json_t *all, *row;
    size_t i;

    (void)state;
    if (file == NULL) {
        skip();
    }
    all = json_load_file(file, 0, NULL);
    assert_non_null(all);
    json_array_foreach(json_object_get(all, "evalCondition"), i, row)
    {
        condition_case(json_string_value(json_array_get(row, 0)), json_array_get(row, 1),
                       json_array_get(row, 2), json_array_get(row, 4),
                       json_is_true(json_array_get(row, 3)));
    }
    for (size_t k = 0; k < 2; k++) {
        json_array_foreach(json_object_get(all, sections[k]), i, row)
        {
            feature_case(json_string_value(json_array_get(row, 0)), json_array_get(row, 1),
                         json_string_value(json_array_get(row, 2)), json_array_get(row, 3));
        }
    }
    json_array_foreach(json_object_get(all, "run"), i, row)
    {
        run_case(json_string_value(json_array_get(row, 0)), json_array_get(row, 1),
                 json_array_get(row, 2), json_array_get(row, 3),
                 json_is_true(json_array_get(row, 4)));
    }
    print_message("%u cases of GrowthBook, %u that a payload cannot have passed over\n", cases.run,
                  cases.passed_over);
    json_decref(all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conditions_hold_as_in_growthbooks_sdk),
        cmocka_unit_test(a_condition_does_not_hold_without_memory),
        cmocka_unit_test(features_have_the_value_that_growthbooks_sdk_gives),
        cmocka_unit_test(an_experiments_result_names_experiment_variation_and_rule),
        cmocka_unit_test(a_feature_that_is_not_there_is_null),
        cmocka_unit_test(a_rule_that_cannot_be_evaluated_is_left_out_and_named),
        cmocka_unit_test(a_text_that_is_no_payload_is_refused_with_a_sentence),
        cmocka_unit_test(values_nest_as_deep_as_the_limit),
        cmocka_unit_test(prerequisites_have_a_depth_and_a_number_of_rules),
        cmocka_unit_test(a_payload_that_does_not_fit_the_memory_is_refused),
        cmocka_unit_test(growthbooks_own_cases_hold),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

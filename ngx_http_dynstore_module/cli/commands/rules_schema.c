#include "cli/commands/rules_schema.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "cli/base/options.h"
#include "engine/catalogue/blend.h"
#include "engine/compile/compile.h"
#include "engine/experiment/assign.h"
#include "engine/policy/patterns.h"
#include "engine/policy/texts.h"

#define X(c, n) n,
static const char *const surfaces[] = {DYN_SURFACES(X) NULL};
static const char *const moments[] = {DYN_MOMENTS(X) NULL};
static const char *const devices[] = {DYN_DEVICES(X) NULL};
static const char *const sources[] = {DYN_SOURCES(X) NULL};
static const char *const flags[] = {DYN_BLEND_FLAGS(X) NULL};
static const char *const caps[] = {DYN_CAPS(X) NULL};
static const char *const ctas[] = {DYN_ITEM_CTAS(X) NULL};
#undef X
static const char *const weekdays[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun", NULL};
static const char *const visitors[] = {"new", "returning", "high_intent", NULL};
static const char *const places[] = {"page", "cart", NULL};
static const char *const formats[] = {"json", "html", NULL};

/* ---- pieces of a schema (draft 2020-12) ---- */

static json_t *names_of(const char *const *names)
{
    json_t *list = json_array();

    for (size_t i = 0; names[i] != NULL; i++) {
        json_array_append_new(list, json_string(names[i]));
    }

    return json_pack("{s:o}", "enum", list);
}

static json_t *text(size_t most)
{
    return json_pack("{s:s, s:i, s:i}", "type", "string", "minLength", 1, "maxLength", (int)most);
}

static json_t *number(double least, double most)
{
    return json_pack("{s:s, s:f, s:f}", "type", "number", "minimum", least, "maximum", most);
}

static json_t *whole(int least, int most)
{
    return json_pack("{s:s, s:i, s:i}", "type", "integer", "minimum", least, "maximum", most);
}

static json_t *truth(void)
{
    return json_pack("{s:s}", "type", "boolean");
}

static json_t *reference(const char *name)
{
    char path[64];

    snprintf(path, sizeof(path), "#/$defs/%s", name);

    return json_pack("{s:s}", "$ref", path);
}

static json_t *list_of(json_t *element)
{
    return json_pack("{s:s, s:o, s:i}", "type", "array", "items", element, "minItems", 1);
}

/* One, or a list of several. */
static json_t *some(json_t *element)
{
    return json_pack("{s:[O, o]}", "anyOf", element, list_of(element));
}

static json_t *object(json_t *properties)
{
    return json_pack("{s:s, s:o, s:b}", "type", "object", "properties", properties,
                     "additionalProperties", 0);
}

static json_t *object_needing(json_t *properties, const char *const *needed)
{
    json_t *made = object(properties), *list = json_array();

    for (size_t i = 0; needed[i] != NULL; i++) {
        json_array_append_new(list, json_string(needed[i]));
    }
    json_object_set_new(made, "required", list);

    return made;
}

static json_t *described(json_t *schema, const char *sentence)
{
    json_object_set_new(schema, "description", json_string(sentence));

    return schema;
}

static json_t *range(void)
{
    return json_pack(
        "{s:[{s:s}, o]}", "anyOf", "type", "number",
        object(json_pack("{s:{s:s}, s:{s:s}}", "min", "type", "number", "max", "type", "number")));
}

static json_t *pattern(void)
{
    return some(json_pack("{s:[o, o, o]}", "anyOf", text(DYN_PATTERN_BYTES_MAX),
                          object(json_pack("{s:o}", "words", text(DYN_PATTERN_BYTES_MAX))),
                          object(json_pack("{s:o}", "matches", text(DYN_PATTERN_BYTES_MAX)))));
}

static json_t *relation(void)
{
    return json_pack("{s:[o, o]}", "anyOf", object(json_pack("{s:o}", "same_as", names_of(places))),
                     object(json_pack("{s:o}", "other_than", names_of(places))));
}

static json_t *weights(json_t *weight)
{
    return json_pack("{s:s, s:o, s:o}", "type", "object", "propertyNames", names_of(sources),
                     "additionalProperties", weight);
}

static json_t *weight_or_not(void)
{
    return json_pack("{s:[o, o]}", "anyOf", number(0, 1000), truth());
}

/* ---- conditions ---- */

static json_t *request_field(dyn_request_field_t field)
{
    switch (field) {
    case DYN_REQUEST_FIELD_SURFACE:
        return some(names_of(surfaces));
    case DYN_REQUEST_FIELD_MOMENT:
        return some(names_of(moments));
    case DYN_REQUEST_FIELD_DEVICE:
        return some(names_of(devices));
    case DYN_REQUEST_FIELD_VISITOR:
        return some(names_of(visitors));
    case DYN_REQUEST_FIELD_WEEKDAY:
        return some(names_of(weekdays));
    case DYN_REQUEST_FIELD_COUNTRY:
        return some(json_pack("{s:s, s:s}", "type", "string", "pattern", "^[A-Z]{2}$"));
    case DYN_REQUEST_FIELD_SLOT:
    case DYN_REQUEST_FIELD_LANGUAGE:
    case DYN_REQUEST_FIELD_SEGMENT:
    case DYN_REQUEST_FIELD_TIER:
    case DYN_REQUEST_FIELD_ROLE:
    case DYN_REQUEST_FIELD_CUSTOMER_TAG:
    case DYN_REQUEST_FIELD_INTENT:
        return some(text(DYN_STRING_BYTES_MAX));
    case DYN_REQUEST_FIELD_CART_TOTAL:
    case DYN_REQUEST_FIELD_CART_ITEMS:
    case DYN_REQUEST_FIELD_EVENTS:
        return range();
    case DYN_REQUEST_FIELD_TIME:
        return object(json_pack("{s:{s:s, s:s}, s:{s:s, s:s}}", "from", "type", "string", "pattern",
                                "^[0-2][0-9]:[0-5][0-9]$", "until", "type", "string", "pattern",
                                "^[0-2][0-9]:[0-5][0-9]$"));
    case DYN_REQUEST_FIELD_PERCENT:
        return number(0, 100);
    default:
        return pattern();
    }
}

static json_t *item_field(dyn_item_field_t field)
{
    json_t *value = json_pack("{s:[s, s, s]}", "type", "string", "number", "boolean");

    switch (field) {
    case DYN_ITEM_FIELD_ID:
        json_decref(value);
        return some(json_pack("{s:[s, s]}", "type", "string", "integer"));
    case DYN_ITEM_FIELD_CATEGORY:
    case DYN_ITEM_FIELD_BRAND:
        json_decref(value);
        return json_pack("{s:[o, o]}", "anyOf", some(text(DYN_STRING_BYTES_MAX)), relation());
    case DYN_ITEM_FIELD_TAG:
    case DYN_ITEM_FIELD_AUDIENCE:
        return some(value);
    case DYN_ITEM_FIELD_ATTRIBUTE:
        return json_pack("{s:s, s:i, s:o}", "type", "object", "minProperties", 1,
                         "additionalProperties", some(value));
    case DYN_ITEM_FIELD_PRICE:
        json_decref(value);
        return json_pack("{s:[{s:s}, o]}", "anyOf", "type", "number",
                         object(json_pack("{s:o, s:{s:s}, s:{s:s}}", "of", names_of(places), "min",
                                          "type", "number", "max", "type", "number")));
    case DYN_ITEM_FIELD_ON_SALE:
        json_decref(value);
        return truth();
    default:
        json_decref(value);
        return range();
    }
}

static void add_groups(json_t *properties, const char *of)
{
    json_object_set_new(properties, "all", list_of(reference(of)));
    json_object_set_new(properties, "any", list_of(reference(of)));
    json_object_set_new(properties, "not", reference(of));
}

static json_t *item_condition(void)
{
    json_t *properties = json_object();

#define X(c, n, kind, sentence) \
    json_object_set_new(properties, n, described(item_field(DYN_ITEM_FIELD_##c), sentence));
    DYN_ITEM_FIELDS(X)
#undef X
    add_groups(properties, "item_condition");

    return object(properties);
}

static json_t *condition(void)
{
    json_t *properties = json_object();

#define X(c, n, kind, sentence) \
    json_object_set_new(properties, n, described(request_field(DYN_REQUEST_FIELD_##c), sentence));
    DYN_REQUEST_FIELDS(X)
#undef X
#define X(c, n, sentence) \
    json_object_set_new(properties, n, described(reference("item_condition"), sentence));
    DYN_SUBJECTS(X)
#undef X
    add_groups(properties, "condition");

    return object(properties);
}

/* ---- actions ---- */

static json_t *placed(bool positioned, int least)
{
    static const char *const needed[] = {"items", NULL};
    json_t *items = list_of(json_pack("{s:[s, s]}", "type", "string", "integer"));
    json_t *properties = json_pack("{s:o}", "items", items);

    json_object_set_new(items, "minItems", json_integer(least));

    if (positioned) {
        json_object_set_new(properties, "position", whole(1, DYN_SLOT_ITEMS_MAX));
    }

    return object_needing(properties, needed);
}

static json_t *cap(void)
{
    static const char *const needed[] = {"by", "most", NULL};

    return object_needing(json_pack("{s:o, s:o, s:o}", "by", names_of(caps), "value",
                                    text(DYN_ATTRIBUTE_BYTES_MAX), "most",
                                    whole(0, DYN_SLOT_ITEMS_MAX)),
                          needed);
}

static json_t *confidence(void)
{
    static const char *const needed[] = {"least", NULL};
    json_t *fallback = names_of(sources);

    json_array_append_new(json_object_get(fallback, "enum"), json_string("none"));

    return json_pack(
        "{s:[o, o]}", "anyOf", number(0, 1),
        object_needing(json_pack("{s:o, s:o}", "least", number(0, 1), "fallback", fallback),
                       needed));
}

static json_t *call_to_action(void)
{
    static const char *const needed[] = {"action", NULL};

    return object_needing(
        json_pack("{s:o, s:o}", "action", names_of(ctas), "label", reference("texts")), needed);
}

static json_t *action(dyn_action_kind_t kind)
{
    switch (kind) {
    case DYN_ACTION_EXCLUDE:
    case DYN_ACTION_FILTER:
        return json_pack("{s:b}", "const", 1);
    case DYN_ACTION_SOURCES:
        return weights(weight_or_not());
    case DYN_ACTION_STRENGTH:
    case DYN_ACTION_QUOTA:
    case DYN_ACTION_BURY:
        return number(0, 1);
    case DYN_ACTION_BOOST:
        return number(1, 20);
    case DYN_ACTION_LIMIT:
        return whole(1, DYN_SLOT_ITEMS_MAX);
    case DYN_ACTION_APART:
        return placed(false, 2);
    case DYN_ACTION_ADD:
        return placed(false, 1);
    case DYN_ACTION_PIN:
    case DYN_ACTION_PREFER:
        return placed(true, 1);
    case DYN_ACTION_CAP:
        return cap();
    case DYN_ACTION_CONFIDENCE:
        return confidence();
    case DYN_ACTION_CONTENT:
        return text(DYN_CONTENT_ID_BYTES_MAX);
    case DYN_ACTION_CTA:
        return call_to_action();
    default:
        return reference("texts");
    }
}

static json_t *actions(void)
{
    json_t *properties = json_object(), *made;

#define X(c, n, rank, sentence) \
    json_object_set_new(properties, n, described(action(DYN_ACTION_##c), sentence));
    DYN_ACTIONS(X)
#undef X
    made = object(properties);
    json_object_set_new(made, "minProperties", json_integer(1));

    return made;
}

/* ---- the file ---- */

static json_t *time_text(void)
{
    return json_pack("{s:s, s:s}", "type", "string", "pattern", "^[0-9]{4}-[0-9]{2}-[0-9]{2}");
}

static json_t *priority(void)
{
    return whole(-DYN_RULES_PRIORITY_MAX, DYN_RULES_PRIORITY_MAX);
}

/* One that is switched off may do nothing: it stands for a built-in rule. */
static json_t *rule(void)
{
    static const char *const needed[] = {"id", NULL};
    json_t *made = object_needing(
        json_pack("{s:o, s:{s:s}, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "id",
                  text(DYN_RULE_ID_BYTES_MAX), "note", "type", "string", "enabled", truth(),
                  "compliance", truth(), "priority", priority(), "from", time_text(), "until",
                  time_text(), "when", reference("condition"), "then", reference("actions")),
        needed);

    json_object_set_new(made, "anyOf",
                        json_pack("[{s:[s]}, {s:[s], s:{s:{s:b}}}]", "required", "then", "required",
                                  "enabled", "properties", "enabled", "const", 0));

    return made;
}

static json_t *content(void)
{
    static const char *const needed[] = {"id", "slot", NULL};
    json_t *properties = json_pack(
        "{s:{s:s}, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "note", "type", "string", "id",
        text(DYN_CONTENT_ID_BYTES_MAX), "slot", reference("slot_name"), "approved", truth(),
        "title", reference("texts"), "text", reference("texts"), "cta", reference("texts"), "image",
        text(DYN_STRING_BYTES_MAX), "url", text(DYN_STRING_BYTES_MAX));
    json_t *match = condition();

    json_object_del(json_object_get(match, "properties"), "item");
    json_object_set_new(json_object_get(match, "properties"), "category",
                        described(some(text(DYN_STRING_BYTES_MAX)),
                                  "the page's category, or the one that the session is after"));
    json_object_set_new(properties, "kind", json_pack("{s:s}", "const", "content"));
    json_object_set_new(properties, "match", match);
    json_object_set_new(properties, "items",
                        list_of(json_pack("{s:[s, s]}", "type", "string", "integer")));
    json_object_set_new(properties, "modules", list_of(reference("slot_name")));
    json_object_set_new(properties, "from", time_text());
    json_object_set_new(properties, "until", time_text());
    json_object_set_new(properties, "priority", priority());
    json_object_set_new(properties, "variant_of", text(DYN_RULE_ID_BYTES_MAX));

    return object_needing(properties, needed);
}

static json_t *slot(void)
{
    static const char *const needed[] = {"slot", NULL};
    json_t *variation =
        object(json_pack("{s:o, s:o, s:o, s:o, s:o}", "when", reference("condition"), "sources",
                         weights(weight_or_not()), "limit", whole(1, DYN_SLOT_ITEMS_MAX), "title",
                         reference("texts"), "strength", number(0, 1)));

    return object_needing(
        json_pack("{s:o, s:o, s:o, s:o, s:{s:s, s:o}, s:o, s:o, s:o, s:{s:s, s:o}}", "slot",
                  json_pack("{s:s, s:s}", "type", "string", "pattern", "^([a-z0-9_-]{1,32}|\\*)$"),
                  "limit", whole(1, DYN_SLOT_ITEMS_MAX), "sources", weights(weight_or_not()),
                  "floors", weights(number(0, 1000)), "flags", "type", "array", "items",
                  names_of(flags), "title", reference("texts"), "strength", number(0, 1), "format",
                  names_of(formats), "variations", "type", "array", "items", variation),
        needed);
}

static json_t *surfaces_part(void)
{
    json_t *properties = json_object();
    json_t *surface =
        object(json_pack("{s:{s:s, s:o}}", "slots", "type", "array", "items", reference("slot")));

    for (size_t i = 0; surfaces[i] != NULL; i++) {
        json_object_set(properties, surfaces[i], surface);
    }
    json_object_set_new(properties, "any", surface);

    return object(properties);
}

static json_t *identifier(void)
{
    return json_pack("{s:s, s:s, s:i}", "type", "string", "pattern", "^[A-Za-z0-9._-]+$",
                     "maxLength", DYN_EXPERIMENT_ID_BYTES_MAX);
}

static json_t *map_of(json_t *value)
{
    return json_pack("{s:s, s:o}", "type", "object", "additionalProperties", value);
}

static json_t *variant(void)
{
    static const char *const needed[] = {"id", NULL}, *const slot_needed[] = {"slot", NULL};
    json_t *slot = object_needing(
        json_pack("{s:o, s:o, s:o, s:o, s:o}", "slot", reference("slot_name"), "sources",
                  weights(weight_or_not()), "limit", whole(1, DYN_SLOT_ITEMS_MAX), "title",
                  reference("texts"), "strength", number(0, 1)),
        slot_needed);

    return object_needing(
        json_pack("{s:o, s:o, s:o, s:o, s:o, s:{s:s, s:o}, s:o, s:o}", "id", identifier(), "weight",
                  number(0, 1), "note", json_pack("{s:s}", "type", "string"), "show",
                  described(truth(), "false: the slots in scope show nothing"), "strength",
                  number(0, 1), "slots", "type", "array", "items", slot, "rules",
                  described(map_of(truth()), "rules that are switched on or off, by their ids"),
                  "content",
                  described(map_of(text(DYN_CONTENT_ID_BYTES_MAX)), "by slot, the content's id")),
        needed);
}

static json_t *experiment(void)
{
    static const char *const needed[] = {"id", "variants", NULL}, *const named[] = {"name", NULL};
    json_t *space = object_needing(json_pack("{s:o, s:o, s:o}", "name", identifier(), "from",
                                             number(0, 1), "until", number(0, 1)),
                                   named);
    json_t *properties = json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "id", identifier(),
                                   "note", json_pack("{s:s}", "type", "string"), "enabled", truth(),
                                   "seed", identifier(), "coverage", number(0, 1), "namespace",
                                   space, "from", time_text(), "until", time_text());

    json_object_set_new(properties, "surfaces", some(names_of(surfaces)));
    json_object_set_new(properties, "slots", some(reference("slot_name")));
    json_object_set_new(properties, "categories", some(text(DYN_STRING_BYTES_MAX)));
    json_object_set_new(properties, "when", reference("condition"));
    json_object_set_new(
        properties, "feature",
        described(text(DYN_RULE_ID_BYTES_MAX),
                  "a feature of GrowthBook, whose value (a variant's id) chooses; then seed, "
                  "coverage and namespace are GrowthBook's"));
    json_object_set_new(properties, "shadow",
                        described(truth(), "everybody gets the first variant; what the own one "
                                           "would show is only recorded"));
    json_object_set_new(properties, "variants",
                        json_pack("{s:s, s:o, s:i, s:i}", "type", "array", "items", variant(),
                                  "minItems", 1, "maxItems", DYN_EXPERIMENT_VARIANTS_MAX));

    return object_needing(properties, needed);
}

static json_t *holdout(void)
{
    static const char *const needed[] = {"share", NULL};

    return object_needing(json_pack("{s:o, s:o, s:o, s:o}", "share", number(0, 1), "seed",
                                    identifier(), "from", time_text(), "until", time_text()),
                          needed);
}

static json_t *flag(void)
{
    return object(json_pack("{s:o, s:o, s:o}", "percent", number(0, 100), "when",
                            reference("condition"), "note", json_pack("{s:s}", "type", "string")));
}

static json_t *messages(void)
{
    static const char *const needed[] = {"threshold", NULL};
    json_t *shipping = object_needing(
        json_pack("{s:{s:s, s:s}, s:o, s:o}", "country", "type", "string", "pattern", "^[A-Z]{2}$",
                  "currency", reference("currency"), "threshold", number(0.001, 1e7)),
        needed);

    return object(json_pack("{s:{s:s, s:o}, s:o, s:o}", "free_shipping", "type", "array", "items",
                            shipping, "returns", reference("texts"), "delivery",
                            reference("texts")));
}

static json_t *settings_of_moments(void)
{
    json_t *properties = json_object();

#define X(member, standard, least, most, sentence) \
    json_object_set_new(properties, #member, described(number(least, most), sentence));
    DYN_MOMENT_THRESHOLDS(X)
#undef X

    return object(properties);
}

static json_t *settings_of_guardrails(void)
{
    json_t *properties = json_object();

#define X(member, standard, least, most, sentence) \
    json_object_set_new(properties, #member, described(number(least, most), sentence));
    DYN_GUARDRAILS(X)
#undef X

    return object(properties);
}

static json_t *keyed_texts(void)
{
    json_t *keys = json_array();

    for (unsigned key = 0; key < DYN_TEXTS_COUNT; key++) {
        json_array_append_new(keys, json_string(dyn_text_key_name((dyn_text_key_t)key).data));
    }

    return json_pack("{s:s, s:{s:s, s:{s:o}, s:o}}", "type", "object", "additionalProperties",
                     "type", "object", "propertyNames", "enum", keys, "additionalProperties",
                     text(DYN_TEXT_BYTES_MAX));
}

static json_t *definitions(void)
{
    json_t *by_language = json_pack("{s:s, s:i, s:o}", "type", "object", "minProperties", 1,
                                    "additionalProperties", text(DYN_TEXT_BYTES_MAX));
    json_t *made = json_object();

    json_object_set_new(made, "texts",
                        json_pack("{s:[o, o]}", "anyOf", text(DYN_TEXT_BYTES_MAX), by_language));
    json_object_set_new(made, "slot_name",
                        json_pack("{s:s, s:s}", "type", "string", "pattern", "^[a-z0-9_-]{1,32}$"));
    json_object_set_new(made, "currency",
                        json_pack("{s:s, s:s}", "type", "string", "pattern", "^[A-Z]{3}$"));
    json_object_set_new(made, "item_condition", item_condition());
    json_object_set_new(made, "condition", condition());
    json_object_set_new(made, "actions", actions());
    json_object_set_new(made, "rule", rule());
    json_object_set_new(made, "slot", slot());
    json_object_set_new(made, "content", content());
    json_object_set_new(made, "experiment", experiment());

    return made;
}

static json_t *schema(void)
{
    static const char *const needed[] = {"schema", NULL};
    json_t *properties = json_object(), *made;

    json_object_set_new(properties, "$schema", json_pack("{s:s}", "type", "string"));
    json_object_set_new(properties, "schema", json_pack("{s:s}", "const", "dynstore.rules/1"));
    json_object_set_new(properties, "time_zone", text(64));
    json_object_set_new(properties, "language", text(64));
    json_object_set_new(properties, "currency", reference("currency"));
    json_object_set_new(properties, "surfaces", surfaces_part());
    json_object_set_new(properties, "rules",
                        json_pack("{s:s, s:o, s:i}", "type", "array", "items", reference("rule"),
                                  "maxItems", DYN_RULES_MAX));
    json_object_set_new(properties, "content",
                        json_pack("{s:s, s:o, s:i}", "type", "array", "items", reference("content"),
                                  "maxItems", DYN_CONTENTS_MAX));
    json_object_set_new(properties, "experiments",
                        json_pack("{s:s, s:o, s:i}", "type", "array", "items",
                                  reference("experiment"), "maxItems", DYN_EXPERIMENTS_MAX));
    json_object_set_new(properties, "holdout", holdout());
    json_object_set_new(properties, "flags", map_of(flag()));
    json_object_set_new(properties, "blocked", reference("item_condition"));
    json_object_set_new(properties, "moments", settings_of_moments());
    json_object_set_new(properties, "guardrails", settings_of_guardrails());
    json_object_set_new(properties, "messages", messages());
    json_object_set_new(properties, "texts", keyed_texts());
    made = object_needing(properties, needed);
    json_object_set_new(made, "$schema",
                        json_string("https://json-schema.org/draft/2020-12/schema"));
    json_object_set_new(made, "title", json_string("dynstore.rules/1"));
    json_object_set_new(made, "$defs", definitions());

    return made;
}

/* ---- the tables of docs/rules.md ---- */

static void print_reference(FILE *out)
{
    fprintf(out, "### Conditions\n\n| member | asks for | value |\n| --- | --- | --- |\n");
#define X(c, n, kind, sentence)                                                                   \
    fprintf(out, "| `%s` | %s | %s |\n", n, sentence,                                             \
            strcmp(#kind, "PATTERN") == 0       ? "text, `{\"words\"}`, `{\"matches\"}`"          \
            : strcmp(#kind, "RANGE") == 0       ? "number, `{\"min\", \"max\"}`"                  \
            : strcmp(#kind, "TIME_OF_DAY") == 0 ? "`{\"from\", \"until\"}`"                       \
            : strcmp(#kind, "PERCENT") == 0     ? "0 to 100"                                      \
            : strcmp(#kind, "VARIANTS") == 0    ? "`EXPERIMENT`, `EXPERIMENT:VARIANT`, or a list" \
            : strcmp(#kind, "FLAGS") == 0       ? "name or list of names of `flags`"              \
                                                : "name or list of names");
    DYN_REQUEST_FIELDS(X)
#undef X
    fprintf(out, "\n### Items\n\n| member | whose item |\n| --- | --- |\n");
#define X(c, n, sentence) fprintf(out, "| `%s` | %s |\n", n, sentence);
    DYN_SUBJECTS(X)
#undef X
    fprintf(out, "\n| member within | asks for | value |\n| --- | --- | --- |\n");
#define X(c, n, kind, sentence)                                                                   \
    fprintf(                                                                                      \
        out, "| `%s` | %s | %s |\n", n, sentence,                                                 \
        strcmp(n, "price") == 0                                                                   \
            ? "number, `{\"min\", \"max\"}`, `{\"of\": \"page\" or \"cart\", \"min\", \"max\"}`"  \
        : strcmp(n, "category") == 0 || strcmp(n, "brand") == 0                                   \
            ? "name or list of names, `{\"same_as\"}` or `{\"other_than\"}` \"page\" or \"cart\"" \
        : strcmp(#kind, "RANGE") == 0 ? "number, `{\"min\", \"max\"}`"                            \
        : strcmp(#kind, "FLAG") == 0  ? "`true` or `false`"                                       \
                                      : "name or list of names");
    DYN_ITEM_FIELDS(X)
#undef X
    fprintf(out, "\n### Actions\n\n| rank | member | what it does |\n| --- | --- | --- |\n");
#define X(c, n, rank, sentence) fprintf(out, "| %d | `%s` | %s |\n", rank, n, sentence);
    DYN_ACTIONS(X)
#undef X
    fprintf(out, "\n### Moments\n\n| threshold | default | from, to | what |\n"
                 "| --- | --- | --- | --- |\n");
#define X(member, standard, least, most, sentence)                                              \
    fprintf(out, "| `%s` | %g | %g, %g | %s |\n", #member, (double)(standard), (double)(least), \
            (double)(most), sentence);
    DYN_MOMENT_THRESHOLDS(X)
    fprintf(out, "\n### Guardrails\n\n| guardrail | default | from, to | what |\n"
                 "| --- | --- | --- | --- |\n");
    DYN_GUARDRAILS(X)
#undef X
}

/* ---- the commands ---- */

static bool begin(dyn_options_t *options, int argc, char **argv, int *code)
{
    int option;

    dyn_options_begin(options, argc, argv);
    while ((option = dyn_options_next(options)) >= 0) {
    }
    if (option == DYN_OPTION_STOP) {
        *code = options->exit_code;
        return false;
    }
    if (optind < argc) {
        *code = dyn_usage_error(options->command, "nothing else is expected");
        return false;
    }

    return true;
}

int dyn_rules_schema(int argc, char **argv)
{
    dyn_options_t options = {
        .command = "rules schema", .usage = "", .help = "Prints the JSON Schema of rules files."};
    json_t *made;
    int code = DYN_EXIT_OK;

    if (!begin(&options, argc, argv, &code)) {
        return code;
    }
    made = schema();
    json_dumpf(made, stdout, JSON_INDENT(1));
    putchar('\n');
    json_decref(made);

    return code;
}

int dyn_rules_reference(int argc, char **argv)
{
    dyn_options_t options = {.command = "rules reference",
                             .usage = "",
                             .help = "Prints the tables of conditions, actions, thresholds and "
                                     "guardrails, as docs/rules.md has them."};
    int code = DYN_EXIT_OK;

    if (begin(&options, argc, argv, &code)) {
        print_reference(stdout);
    }

    return code;
}

#include "engine/base/money.h"
#include "engine/compile/faults.h"
#include "engine/compile/parts.h"
#include "engine/compile/values.h"

#include <math.h>

static bool compile_shipping(dyn_compiler_t *compiler, const json_t *value, void *context)
{
    static const char *const members[] = {"country", "currency", "threshold", NULL};
    const dyn_names_t names = {{members}, 1};
    json_t *country = json_object_get(value, "country"),
           *currency = json_object_get(value, "currency"),
           *threshold = json_object_get(value, "threshold");
    dyn_free_shipping_t row = {.country = ""};
    double amount = 1;

    (void)context;
    if (!dyn_take_object(compiler, value, "a threshold") ||
        !dyn_take_members(compiler, value, "member of a threshold", &names)) {
        return false;
    }
    memcpy(row.currency, compiler->currency, sizeof(row.currency));
    if (country != NULL) {
        uint32_t before = compiler->values.count;

        dyn_enter_member(&compiler->path, "country");
        if (!dyn_take_country(compiler, country, NULL)) {
            return false;
        }
        dyn_leave(&compiler->path);
        compiler->values.count = before;
        memcpy(row.country, json_string_value(country), 3);
    }
    if (currency != NULL) {
        dyn_enter_member(&compiler->path, "currency");
        if (!dyn_take_currency(compiler, currency, row.currency)) {
            return false;
        }
        dyn_leave(&compiler->path);
    }
    if (row.currency[0] == '\0') {
        return dyn_compile_fault(compiler,
                                 "the threshold has no \"currency\", and the file has none either");
    }
    if (threshold == NULL) {
        return dyn_compile_fault(compiler,
                                 "the \"threshold\" is missing: the value of a cart, as 50");
    }
    dyn_enter_member(&compiler->path, "threshold");
    if (!dyn_take_number(compiler, threshold, 0.001, 1e7, &amount)) {
        return false;
    }
    dyn_leave(&compiler->path);
    row.threshold_minor =
        (int64_t)llround(amount * pow(10, dyn_money_exponent(dyn_str_from(row.currency))));

    return DYN_PUT(compiler, shipping, &row);
}

bool dyn_compile_messages(dyn_compiler_t *compiler, const json_t *value)
{
    static const char *const members[] = {"free_shipping", "returns", "delivery", NULL};
    const dyn_names_t names = {{members}, 1};
    const json_t *shipping;

    if (!dyn_take_object(compiler, value, "\"messages\"") ||
        !dyn_take_members(compiler, value, "message", &names)) {
        return false;
    }
    shipping = dyn_enter_given(compiler, value, "free_shipping");
    if (shipping != NULL &&
        !dyn_left(compiler,
                  dyn_take_rows(compiler, shipping, "\"free_shipping\"", compile_shipping, NULL))) {
        return false;
    }

    return dyn_take_own_text(compiler, value, "returns", &compiler->policy->returns) &&
           dyn_take_own_text(compiler, value, "delivery", &compiler->policy->delivery);
}

#include "engine/decide/experiments.h"
#include "engine/decide/work.h"
#include "engine/experiment/assign.h"

#include <string.h>

/* ---- who has which variant ---- */

/* The variant that `force` names for the experiment; DYN_NONE: it names none. */
static uint32_t forced(const dyn_policy_t *policy, const dyn_experiment_t *experiment,
                       dyn_str_t force)
{
    while (force.len > 0) {
        const char *comma = memchr(force.data, ',', force.len);
        size_t length = comma == NULL ? force.len : (size_t)(comma - force.data);
        uint32_t variant = dyn_policy_variant(policy, (dyn_str_t){force.data, length});

        if (variant != DYN_NONE && variant >= experiment->variants_start &&
            variant - experiment->variants_start < experiment->variants_count) {
            return variant;
        }
        length += comma != NULL;
        force = (dyn_str_t){force.data + length, force.len - length};
    }

    return DYN_NONE;
}

static uint32_t hashed(const dyn_policy_t *policy, const dyn_experiment_t *experiment,
                       dyn_str_t value)
{
    double weights[DYN_EXPERIMENT_VARIANTS_MAX];
    dyn_bucket_t buckets[DYN_EXPERIMENT_VARIANTS_MAX];
    int bucket;

    if (experiment->name_space.len > 0 &&
        !dyn_in_namespace(value, experiment->name_space, experiment->namespace_from,
                          experiment->namespace_until)) {
        return DYN_NONE;
    }
    for (uint32_t i = 0; i < experiment->variants_count; i++) {
        weights[i] = policy->variants[experiment->variants_start + i].weight;
    }
    dyn_buckets(weights, experiment->variants_count, experiment->coverage, buckets);
    bucket = dyn_bucket_of(dyn_experiment_hash(experiment->seed, value, 2), buckets,
                           experiment->variants_count);

    return bucket < 0 ? DYN_NONE : experiment->variants_start + (uint32_t)bucket;
}

/* The variant that the feature's value names. */
static uint32_t featured(const dyn_work_t *work, const dyn_experiment_t *experiment)
{
    const dyn_value_t *value = work->rules->asking.features[experiment->feature].value;
    dyn_str_t name = dyn_value_text(value, work->arena);

    for (uint32_t i = 0; i < experiment->variants_count; i++) {
        if (dyn_str_equal(work->policy->variants[experiment->variants_start + i].id, name)) {
            return experiment->variants_start + i;
        }
    }

    return DYN_NONE;
}

/* *counted: false where GrowthBook gives the variant without an experiment: it is in force, but proves nothing. */
static uint32_t variant_of(const dyn_work_t *work, const dyn_experiment_t *experiment,
                           dyn_str_t value, bool *counted)
{
    uint32_t variant = forced(work->policy, experiment, work->request->force);

    if (variant != DYN_NONE || value.len == 0 || work->request->now_ms < experiment->from_ms ||
        work->request->now_ms >= experiment->until_ms) {
        return variant;
    }

    if (experiment->feature == DYN_NONE) {
        return hashed(work->policy, experiment, value);
    }
    *counted = work->rules->asking.features[experiment->feature].origin == DYN_FEATURE_EXPERIMENT;

    return featured(work, experiment);
}

/* Two lists: what is in force, and what the visitor has: of a shadow experiment that is another thing. */
bool dyn_experiments_assign(dyn_work_t *work, dyn_rules_t *rules)
{
    const dyn_policy_t *policy = work->policy;
    uint64_t visitor = work->request->context->visitor;
    char text[DYN_EXPERIMENT_VALUE_BYTES + 1];
    dyn_str_t value = DYN_STR_NONE;
    dyn_assignment_t *in_force;

    if (policy->experiment_count == 0 || (visitor == 0 && work->request->force.len == 0)) {
        return true;
    }
    in_force = dyn_arena_array(work->arena, 2 * (size_t)policy->experiment_count,
                               sizeof(dyn_assignment_t));
    if (in_force == NULL) {
        return false;
    }
    rules->asking.assignments = in_force;
    rules->assigned = in_force + policy->experiment_count;
    if (visitor != 0) {
        dyn_experiment_value(visitor, text);
        value = dyn_str_from(text);
    }
    for (uint32_t i = 0; i < policy->experiment_count; i++) {
        const dyn_experiment_t *experiment = &policy->experiments[i];
        bool counted = true;
        uint32_t variant = variant_of(work, experiment, value, &counted);
        bool shadow = experiment->shadow && !work->request->shadow;

        if (variant == DYN_NONE ||
            dyn_when_holds(&rules->asking, experiment->when, DYN_NONE) != DYN_VERDICT_YES) {
            continue;
        }
        rules->assigned[rules->asking.assignment_count] =
            (dyn_assignment_t){i, counted ? variant : DYN_NONE, 0, shadow};
        in_force[rules->asking.assignment_count++] =
            (dyn_assignment_t){i, shadow ? experiment->variants_start : variant, 0, shadow};
    }

    return true;
}

/* ---- what the variants make of a slot ---- */

static bool in_scope(const dyn_work_t *work, uint32_t number, dyn_str_t slot)
{
    const dyn_assignment_t *assignment = &work->rules->asking.assignments[number];

    return dyn_experiment_has_slot(work->policy, &work->policy->experiments[assignment->experiment],
                                   slot);
}

static const dyn_experiment_variant_t *variant_at(const dyn_work_t *work, uint32_t number)
{
    return &work->policy->variants[work->rules->asking.assignments[number].variant];
}

/* Of two experiments the first one's word holds, so it comes last. */
uint32_t dyn_experiments_overrides(const dyn_work_t *work, dyn_str_t slot,
                                   const dyn_variation_t *overrides[DYN_SLOT_OVERRIDES_MAX])
{
    uint32_t count = 0;

    for (uint32_t i = work->rules->asking.assignment_count; i-- > 0;) {
        const dyn_experiment_variant_t *variant = variant_at(work, i);

        if (variant->overrides_count == 0 || !in_scope(work, i, slot)) {
            continue;
        }
        for (uint32_t k = 0; k < variant->overrides_count && count < DYN_SLOT_OVERRIDES_MAX; k++) {
            const dyn_override_t *override = &work->policy->overrides[variant->overrides_start + k];

            if (override->slot == DYN_NONE ||
                dyn_str_equal(work->policy->strings[override->slot], slot)) {
                overrides[count++] = &override->as;
            }
        }
    }

    return count;
}

bool dyn_experiments_hide(const dyn_work_t *work, dyn_str_t slot)
{
    bool hides = false;

    for (uint32_t i = 0; !hides && i < work->rules->asking.assignment_count; i++) {
        hides = !variant_at(work, i)->show && in_scope(work, i, slot);
    }

    return hides;
}

dyn_str_t dyn_experiments_content(const dyn_work_t *work, dyn_str_t slot)
{
    const dyn_policy_t *policy = work->policy;

    for (uint32_t i = 0; i < work->rules->asking.assignment_count; i++) {
        const dyn_experiment_variant_t *variant = variant_at(work, i);

        for (uint32_t k = 0; k + 1 < variant->contents_count; k += 2) {
            const uint32_t *pair = &policy->values[variant->contents_start + k];

            if (dyn_str_equal(policy->strings[pair[0]], slot) && in_scope(work, i, slot)) {
                return policy->strings[pair[1]];
            }
        }
    }

    return DYN_STR_NONE;
}

/* ---- what is told of it ---- */

bool dyn_experiments_note(const dyn_work_t *work, dyn_decision_t *decision)
{
    const dyn_rules_t *rules = work->rules;

    if (rules->asking.assignment_count == 0) {
        return true;
    }
    decision->assignments =
        dyn_arena_alloc(work->arena, rules->asking.assignment_count * sizeof(dyn_assignment_t));
    if (decision->assignments == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < rules->asking.assignment_count; i++) {
        dyn_assignment_t assignment = rules->assigned[i];

        for (uint32_t k = 0; k < decision->slot_count; k++) {
            if (in_scope(work, i, work->request->slots[k].name)) {
                assignment.slots |= 1U << k;
            }
        }
        if (assignment.slots != 0 && assignment.variant != DYN_NONE) {
            decision->assignments[decision->assignment_count++] = assignment;
        }
    }

    return true;
}

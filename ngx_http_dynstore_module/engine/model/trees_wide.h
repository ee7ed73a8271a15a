/*
 * WIDTH candidates at once: engine/model/trees.c includes this for each width that a processor may have, with WIDTH in bytes, NAME(word) and
 * TARGET. All widths give the same numbers.
 *
 * Four vectors of counts are packed into one of bytes: byte 4 i + k of a group belongs to its candidate i + k * WIDTH / 4.
 */
typedef float NAME(values_t) __attribute__((vector_size(WIDTH)));
typedef int32_t NAME(counts_t) __attribute__((vector_size(WIDTH)));
typedef int8_t NAME(places_t) __attribute__((vector_size(WIDTH)));

/* Of one feature of a group of candidates: how many thresholds each value is greater than. */
TARGET static void NAME(find_places)(const float *column, const float *thresholds, size_t count,
                                     int8_t *places)
{
    NAME(values_t) a;
    NAME(values_t) b;
    NAME(values_t) c;
    NAME(values_t) d;
    NAME(counts_t) above_a = {0};
    NAME(counts_t) above_b = {0};
    NAME(counts_t) above_c = {0};
    NAME(counts_t) above_d = {0};

    memcpy(&a, column, WIDTH);
    memcpy(&b, column + WIDTH / 4, WIDTH);
    memcpy(&c, column + 2 * (WIDTH / 4), WIDTH);
    memcpy(&d, column + 3 * (WIDTH / 4), WIDTH);

    for (size_t i = 0; i < count; i++) {
        NAME(values_t) threshold = thresholds[i] - (NAME(values_t)){0};

        above_a -= a > threshold;
        above_b -= b > threshold;
        above_c -= c > threshold;
        above_d -= d > threshold;
    }

    above_a |= above_b << 8 | above_c << 16 | above_d << 24;
    memcpy(places, &above_a, WIDTH);
}

TARGET static void NAME(place)(const dyn_model_questions_t *questions,
                               const dyn_model_features_t *features, work_t *work)
{
    for (size_t f = 0; f < DYN_MODEL_FEATURES_COUNT; f++) {
        const float *thresholds = questions->thresholds + questions->starts[f];
        size_t count = (size_t)questions->starts[f + 1] - questions->starts[f];

        for (size_t at = 0; at < features->count && count > 0; at += WIDTH) {
            if (at > 0 && dyn_model_feature_of_query(f)) {
                memcpy(work->places[f] + at, work->places[f], WIDTH);
            } else {
                NAME(find_places)(features->column[f] + at, thresholds, count,
                                  work->places[f] + at);
            }
        }
    }
}

/* Twice what was found so far, and 1 where the place is greater than the question's. */
TARGET static inline NAME(places_t) NAME(ask)(NAME(places_t) found, const int8_t *places,
                                              NAME(counts_t) asked)
{
    NAME(places_t) own;

    memcpy(&own, places, WIDTH);

    return found + found - (NAME(places_t))(own > (NAME(places_t))asked);
}

/* The leaves of one tree. */
TARGET static void NAME(find_leaves)(const dyn_model_asked_t *asked, const work_t *work,
                                     size_t count, uint8_t *leaves)
{
    const NAME(counts_t) none = {0};
    const int8_t *places_a = work->places[asked->features[0]];
    const int8_t *places_b = work->places[asked->features[1]];
    const int8_t *places_c = work->places[asked->features[2]];
    const int8_t *places_d = work->places[asked->features[3]];
    const int8_t *places_e = work->places[asked->features[4]];
    const int8_t *places_f = work->places[asked->features[5]];
    NAME(counts_t) a = none + (int32_t)asked->places[0];
    NAME(counts_t) b = none + (int32_t)asked->places[1];
    NAME(counts_t) c = none + (int32_t)asked->places[2];
    NAME(counts_t) d = none + (int32_t)asked->places[3];
    NAME(counts_t) e = none + (int32_t)asked->places[4];
    NAME(counts_t) f = none + (int32_t)asked->places[5];

    for (size_t at = 0; at < count; at += WIDTH) {
        NAME(places_t) found = {0};

        found = NAME(ask)(found, places_f + at, f);
        found = NAME(ask)(found, places_e + at, e);
        found = NAME(ask)(found, places_d + at, d);
        found = NAME(ask)(found, places_c + at, c);
        found = NAME(ask)(found, places_b + at, b);
        found = NAME(ask)(found, places_a + at, a);
        memcpy(leaves + at, &found, WIDTH);
    }
}

TARGET static void NAME(find)(const dyn_model_asked_t *asked, size_t trees, size_t count,
                              work_t *work)
{
    for (size_t t = 0; t < trees; t++) {
        NAME(find_leaves)(&asked[t], work, count, work->leaves[t]);
    }
}

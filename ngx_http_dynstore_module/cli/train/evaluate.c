#include "cli/train/evaluate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { DRAWS = 2000 };

typedef struct {
    const dyn_evaluation_t *evaluation;
    bool novel;
    uint32_t *list;
    uint8_t *shown;    /* by item: was in a list */
    uint32_t *marks;   /* by item: number of the query that is still to see it */
    double *latencies; /* NULL: not asked for */
    dyn_evaluated_t *sums;
} pass_t;

static double now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static bool contains(const uint32_t *items, size_t count, uint32_t item)
{
    for (size_t i = 0; i < count; i++) {
        if (items[i] == item) {
            return true;
        }
    }

    return false;
}

/* Marks what is still to come that the question allows; returns how many distinct items that is. */
static size_t mark_rest(pass_t *pass, const uint32_t *prefix, size_t length, const uint32_t *rest,
                        size_t count, uint32_t mark)
{
    size_t distinct = 0;

    for (size_t i = 0; i < count; i++) {
        if (rest[i] >= pass->evaluation->item_count) {
            distinct += !contains(rest, i, rest[i]);
        } else if (pass->marks[rest[i]] != mark &&
                   !(pass->novel && contains(prefix, length, rest[i]))) {
            pass->marks[rest[i]] = mark;
            distinct++;
        }
    }

    return distinct;
}

static void ask(pass_t *pass, uint32_t block, const uint32_t *prefix, size_t length, size_t rest)
{
    const dyn_evaluation_t *evaluation = pass->evaluation;
    dyn_evaluated_t *sums = pass->sums;
    uint32_t target = prefix[length];
    uint32_t mark = (uint32_t)++sums->count;
    double start = now_us();
    size_t count = evaluation->recommend(evaluation->context, prefix, length, pass->novel,
                                         evaluation->at, pass->list);

    if (pass->latencies != NULL) {
        pass->latencies[mark - 1] = now_us() - start;
    }

    size_t relevant = mark_rest(pass, prefix, length, prefix + length, rest, mark);
    double gain = 0;
    double ideal = 0;
    double popularity = 0;
    size_t hits = 0;

    for (size_t i = 0; i < count; i++) {
        uint32_t item = pass->list[i];

        pass->shown[item] = 1;
        popularity += (double)evaluation->popularity[item];
        if (item == target) {
            sums->hr += 1;
            sums->mrr += 1.0 / (double)(i + 1);
            sums->block_hr[block] += 1;
            sums->block_mrr[block] += 1.0 / (double)(i + 1);
        }
        if (pass->marks[item] == mark) {
            gain += 1 / log2((double)i + 2);
            hits++;
        }
    }
    for (size_t i = 0; i < relevant && i < evaluation->at; i++) {
        ideal += 1 / log2((double)i + 2);
    }

    sums->block_count[block] += 1;
    sums->ndcg += ideal > 0 ? gain / ideal : 0;
    sums->precision += (double)hits / (double)evaluation->at;
    sums->recall += relevant > 0 ? (double)hits / (double)relevant : 0;
    sums->popularity += count > 0 ? popularity / (double)count : 0;
}

static void ask_sessions(pass_t *pass)
{
    const dyn_evaluation_t *evaluation = pass->evaluation;
    const dyn_sessions_t *sessions = evaluation->sessions;

    for (uint32_t s = 0; s < sessions->session_count; s++) {
        const uint32_t *items = sessions->items + sessions->starts[s];
        size_t length = sessions->starts[s + 1] - sessions->starts[s];

        for (size_t t = evaluation->pairs && length > 0 ? length - 1 : 1; t < length; t++) {
            if (t >= evaluation->min_prefix && t > 0 &&
                !(pass->novel && contains(items, t, items[t]))) {
                ask(pass, s % DYN_EVALUATE_BLOCKS, items, t, length - t);
            }
        }
    }
}

static int by_value(const void *a, const void *b)
{
    double left = *(const double *)a;
    double right = *(const double *)b;

    return left < right ? -1 : left > right;
}

static void sum_latency(double *values, uint64_t count, dyn_latency_t *latency)
{
    memset(latency, 0, sizeof(*latency));
    if (count == 0) {
        return;
    }

    for (uint64_t i = 0; i < count; i++) {
        latency->mean += values[i] / (double)count;
    }
    qsort(values, count, sizeof(double), by_value);
    latency->p50 = values[count / 2];
    latency->p90 = values[count * 9 / 10];
    latency->p99 = values[count * 99 / 100];
    latency->max = values[count - 1];
}

bool dyn_evaluate(const dyn_evaluation_t *evaluation, bool novel, dyn_evaluated_t *evaluated,
                  dyn_latency_t *latency)
{
    size_t items = (size_t)evaluation->item_count + 1;
    pass_t pass = {
        .evaluation = evaluation,
        .novel = novel,
        /* one more: a recommender may drop one at last */
        .list = malloc((evaluation->at + 1) * sizeof(uint32_t)),
        .shown = calloc(items, 1),
        .marks = calloc(items, sizeof(uint32_t)),
        .latencies = latency == NULL
                         ? NULL
                         : malloc((evaluation->sessions->click_count + 1ULL) * sizeof(double)),
        .sums = evaluated,
    };
    bool done = pass.list != NULL && pass.shown != NULL && pass.marks != NULL &&
                (latency == NULL || pass.latencies != NULL);

    memset(evaluated, 0, sizeof(*evaluated));
    if (done) {
        ask_sessions(&pass);

        double count = evaluated->count > 0 ? (double)evaluated->count : 1;
        size_t shown = 0;

        for (size_t i = 0; i < evaluation->item_count; i++) {
            shown += pass.shown[i];
        }
        evaluated->hr /= count;
        evaluated->mrr /= count;
        evaluated->ndcg /= count;
        evaluated->precision /= count;
        evaluated->recall /= count;
        evaluated->popularity /= count;
        evaluated->coverage =
            (double)shown / (double)(evaluation->item_count > 0 ? evaluation->item_count : 1);
        if (latency != NULL) {
            sum_latency(pass.latencies, evaluated->count, latency);
        }
    }

    free(pass.list);
    free(pass.shown);
    free(pass.marks);
    free(pass.latencies);

    return done;
}

static json_t *array_of(const double *values)
{
    json_t *array = json_array();

    for (size_t i = 0; i < DYN_EVALUATE_BLOCKS; i++) {
        json_array_append_new(array, json_real(values[i]));
    }

    return array;
}

json_t *dyn_evaluated_json(const dyn_evaluated_t *evaluated, bool blocks)
{
    json_t *object =
        json_pack("{s:I, s:f, s:f, s:f, s:f, s:f, s:f, s:f}", "n", (json_int_t)evaluated->count,
                  "hr", evaluated->hr, "mrr", evaluated->mrr, "ndcg", evaluated->ndcg, "precision",
                  evaluated->precision, "recall", evaluated->recall, "coverage",
                  evaluated->coverage, "popularity", evaluated->popularity);

    if (blocks) {
        json_object_set_new(object, "blocks",
                            json_pack("{s:o, s:o, s:o}", "n", array_of(evaluated->block_count),
                                      "hr", array_of(evaluated->block_hr), "mrr",
                                      array_of(evaluated->block_mrr)));
    }

    return object;
}

json_t *dyn_latency_json(const dyn_latency_t *latency)
{
    return json_pack("{s:f, s:f, s:f, s:f, s:f}", "mean", latency->mean, "p50", latency->p50, "p90",
                     latency->p90, "p99", latency->p99, "max", latency->max);
}

static bool read_array(const json_t *object, const char *name, double *values)
{
    const json_t *array = json_object_get(object, name);

    for (size_t i = 0; i < DYN_EVALUATE_BLOCKS; i++) {
        const json_t *value = json_array_get(array, i);

        if (!json_is_number(value)) {
            return false;
        }
        values[i] = json_number_value(value);
    }

    return true;
}

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * 2685821657736338717ULL;
}

static double ratio(double sum, double count)
{
    return count > 0 ? sum / count : 0;
}

bool dyn_evaluate_compare(const dyn_evaluated_t *evaluated, const json_t *baseline,
                          const char *metric, double *low, double *high)
{
    const json_t *blocks = json_object_get(baseline, "blocks");
    const double *sums = strcmp(metric, "hr") == 0 ? evaluated->block_hr : evaluated->block_mrr;
    double old_sums[DYN_EVALUATE_BLOCKS];
    double old_counts[DYN_EVALUATE_BLOCKS];
    double draws[DRAWS];
    uint64_t state = 88172645463325252ULL;

    if (!read_array(blocks, metric, old_sums) || !read_array(blocks, "n", old_counts)) {
        return false;
    }

    bool paired = memcmp(old_counts, evaluated->block_count, sizeof(old_counts)) == 0;

    for (size_t d = 0; d < DRAWS; d++) {
        double sum = 0, count = 0, old_sum = 0, old_count = 0;

        for (size_t i = 0; i < DYN_EVALUATE_BLOCKS; i++) {
            size_t block = next_random(&state) % DYN_EVALUATE_BLOCKS;
            size_t other = paired ? block : next_random(&state) % DYN_EVALUATE_BLOCKS;

            sum += sums[block];
            count += evaluated->block_count[block];
            old_sum += old_sums[other];
            old_count += old_counts[other];
        }
        draws[d] = ratio(sum, count) - ratio(old_sum, old_count);
    }

    qsort(draws, DRAWS, sizeof(double), by_value);
    *low = draws[DRAWS * 25 / 1000];
    *high = draws[DRAWS * 975 / 1000];

    return true;
}

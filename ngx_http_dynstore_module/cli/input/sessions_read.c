#include "cli/input/sessions_read.h"

#include "cli/input/events_read.h"
#include "cli/input/lines.h"
#include "cli/input/visitors.h"

typedef struct {
    const char *path;
    dyn_lines_t *lines;
    dyn_sessions_reader_t *reader;
    dyn_error_t *error;
} input_t;

/* Counts a bad line; false when there were too many. */
static bool bad_line(input_t *input, const char *field, const char *right)
{
    dyn_error_t sentence;

    dyn_fail(&sentence, "%s:%llu:%s: %s", input->path,
             (unsigned long long)dyn_lines_number(input->lines), field, right);

    if (++input->reader->errors > input->reader->errors_max) {
        if (input->error != NULL) {
            *input->error = sentence;
        }

        return false;
    }

    if (input->reader->report != NULL) {
        input->reader->report(input->reader->report_context, sentence.text);
    }

    return true;
}

static bool out_of_memory(input_t *input)
{
    return dyn_fail(input->error, "%s:%llu: out of memory", input->path,
                    (unsigned long long)dyn_lines_number(input->lines));
}

/* What the events' reader hands over is put into sessions. */
typedef struct {
    dyn_sessions_reader_t *reader;
    dyn_visitors_t visitors;
    dyn_clicks_t clicks;
} gathering_t;

static bool gather(void *context, const dyn_event_record_t *record)
{
    gathering_t *gathering = context;
    dyn_sessions_reader_t *reader = gathering->reader;
    dyn_click_t click = {.time = (double)record->time_ms / 1000};

    if (record->item_id.len == 0 || !dyn_click_kind(record->type, &click.kind)) {
        return true;
    }
    click.session = dyn_visitors_number(&gathering->visitors, record);
    click.item = reader->item_number(reader->context, record->item_id);
    if (click.item == DYN_NONE && record->other_id.len > 0) {
        click.item = reader->item_number(reader->context, record->other_id);
    }
    reader->clicks++;
    reader->found += click.item != DYN_NONE;

    return click.session != DYN_NONE && dyn_clicks_add(&gathering->clicks, click);
}

bool dyn_sessions_read_events(const char *path, dyn_sessions_reader_t *reader,
                              dyn_sessions_t *sessions, dyn_error_t *error)
{
    gathering_t gathering = {.reader = reader};
    dyn_faults_t faults = {
        .max = reader->errors_max,
        .count = reader->errors,
        .report = reader->report,
        .context = reader->report_context,
        .error = error,
    };
    bool done = dyn_events_read(path, gather, &gathering, &faults, &reader->lines) &&
                (dyn_clicks_cut(&gathering.clicks, gathering.visitors.whole, DYN_SESSION_IDLE_S) ||
                 dyn_fail(error, "%.160s: out of memory", path));

    reader->errors = faults.count;
    dyn_visitors_free(&gathering.visitors);

    if (!done) {
        dyn_clicks_free(&gathering.clicks);
        return false;
    }

    return dyn_clicks_to_sessions(&gathering.clicks, 0, sessions, error);
}

static bool read_pairs_line(input_t *input, dyn_str_t line, uint32_t session, dyn_clicks_t *clicks)
{
    const char *pos = line.data;
    const char *end = line.data + line.len;
    uint32_t count = 0;

    while (pos < end) {
        const char *blank = pos;

        while (blank < end && *blank != ' ' && *blank != '\t') {
            blank++;
        }

        if (blank > pos) {
            dyn_str_t id = {pos, (size_t)(blank - pos)};
            dyn_click_t click = {
                .session = session,
                .item = input->reader->item_number(input->reader->context, id),
                .time = session,
                .kind = DYN_CLICK_VIEW,
            };

            if (!dyn_clicks_add(clicks, click)) {
                return out_of_memory(input);
            }

            count++;
        }

        pos = blank + 1;
    }

    return count >= 2 ||
           bad_line(input, "line", "at least one item and then the target belong here");
}

bool dyn_sessions_read_pairs(const char *path, dyn_sessions_reader_t *reader,
                             dyn_sessions_t *sessions, dyn_error_t *error)
{
    input_t input = {path, dyn_lines_open(path, error), reader, error};
    dyn_clicks_t clicks = {0};
    dyn_str_t line;
    uint32_t session = 0;
    bool done = input.lines != NULL;

    if (!done) {
        return false;
    }

    while (done && dyn_lines_next(input.lines, &line)) {
        if (line.len > 0) {
            done = read_pairs_line(&input, line, session++, &clicks);
        }
    }

    reader->lines += dyn_lines_number(input.lines);
    done = dyn_lines_close(input.lines, done ? error : NULL) && done;

    if (!done) {
        dyn_clicks_free(&clicks);
        return false;
    }

    return dyn_clicks_to_sessions(&clicks, 0, sessions, error);
}

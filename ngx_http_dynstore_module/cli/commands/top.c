/* dynstore top: what one or several nginx do, live. */
#include <locale.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define NCURSES_WIDECHAR 1
#include <ncurses.h>

#include "cli/base/options.h"
#include "cli/base/parallel.h"
#include "cli/commands/commands.h"
#include "cli/top/endpoint.h"
#include "engine/base/utf8.h"

enum { label_columns = 18, column_min = 14, look_ms = 100, rows_above = 2, rows_below = 1 };

enum { OPTION_ONCE, OPTION_INTERVAL };

static const dyn_option_t option_table[] = {
    [OPTION_ONCE] = {"once", '1', NULL, "print one table as text, and end"},
    [OPTION_INTERVAL] = {"interval", 'i', "SECONDS", "how often to ask (1)"},
};

typedef struct {
    dyn_top_endpoint_t endpoints[DYN_TOP_ENDPOINTS_MAX];
    uint32_t count;
    double interval_s;
    bool once;

    /* of the screen: the first column and row that are seen */
    uint32_t column, row;
} top_t;

/* Static, because the threads that ask are not waited for: one may hang in a look-up of a name. */
static top_t top;
static dyn_top_table_t table;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static volatile sig_atomic_t stopped_by;

static double now_s(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);

    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void pause_s(double seconds)
{
    struct timespec rest = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};

    while (nanosleep(&rest, &rest) != 0) {
    }
}

static void ask(dyn_top_endpoint_t *endpoint)
{
    dyn_error_t error;
    json_t *status = dyn_top_ask(endpoint, &error);
    double at_s = now_s();

    pthread_mutex_lock(&lock);
    dyn_top_take(endpoint, status, &error, at_s);
    pthread_mutex_unlock(&lock);
}

/* ---- as text ---- */

static uint32_t columns_of(dyn_str_t text)
{
    uint32_t columns = 0;

    for (size_t at = 0; at < text.len; columns++) {
        size_t bytes = dyn_utf8_next(text, at, NULL);

        at += bytes > 0 ? bytes : 1;
    }

    return columns;
}

static void print_cell(const char *sign, const char *text, uint32_t width, bool last)
{
    uint32_t used = columns_of(dyn_str_from(text));

    printf("%s%s", sign, text);
    printf("%*s", last || used >= width ? 0 : (int)(width - used), "");
}

static void print_table(void)
{
    uint32_t widths[DYN_TOP_ENDPOINTS_MAX];

    for (uint32_t i = 0; i < top.count; i++) {
        widths[i] = columns_of(dyn_str_from(top.endpoints[i].name));
        for (uint32_t r = 0; r < table.row_count; r++) {
            uint32_t width = columns_of(dyn_str_from(table.rows[r].cells[i].text));

            widths[i] = width > widths[i] ? width : widths[i];
        }
    }
    printf("%-*s", label_columns, "");
    for (uint32_t i = 0; i < top.count; i++) {
        print_cell("  ", top.endpoints[i].name, widths[i] + 1, i + 1 == top.count);
    }
    printf("\n");
    for (uint32_t r = 0; r < table.row_count; r++) {
        const dyn_top_row_t *row = &table.rows[r];

        printf("%s%-*s", row->differs ? "~ " : "  ", label_columns - 2, row->label);
        for (uint32_t i = 0; i < top.count; i++) {
            print_cell(row->cells[i].bad ? "! " : "  ", row->cells[i].text, widths[i] + 1,
                       i + 1 == top.count);
        }
        printf("\n");
    }
}

static bool ask_one(void *context, unsigned part, unsigned parts)
{
    (void)context;
    (void)parts;
    ask(&top.endpoints[part]);

    return true;
}

/* Asks twice, because a rate needs two answers. */
static int run_once(void)
{
    bool reached = true;

    dyn_parallel(top.count, ask_one, NULL);
    pause_s(top.interval_s);
    dyn_parallel(top.count, ask_one, NULL);
    dyn_top_table_make(top.endpoints, top.count, &table);
    print_table();
    for (uint32_t i = 0; i < top.count; i++) {
        reached = reached && top.endpoints[i].now.status != NULL;
        dyn_top_endpoint_end(&top.endpoints[i]);
    }

    return reached ? DYN_EXIT_OK : DYN_EXIT_DIFFERENT;
}

/* ---- on a screen ---- */

/* Whoever cannot see colours sees the signs. */
enum { COLOUR_DIFFERS = 1, COLOUR_BAD };

/* At most `width` columns, and none beyond the edge, where a text would go on in the next line. */
static void put(int y, int x, int width, const char *text)
{
    dyn_str_t all = dyn_str_from(text);
    size_t at = 0;

    width = width < COLS - x ? width : COLS - x;
    for (int columns = 0; columns < width && at < all.len; columns++) {
        size_t bytes = dyn_utf8_next(all, at, NULL);

        at += bytes > 0 ? bytes : 1;
    }
    if (width > 0) {
        mvaddnstr(y, x, text, (int)at);
    }
}

static int column_width(void)
{
    int room = COLS - label_columns, width = top.count == 0 ? room : room / (int)top.count;

    return width < column_min ? (column_min < room ? column_min : room) : width;
}

static void draw_row(const dyn_top_row_t *row, int y)
{
    int width = column_width();
    attr_t attributes = row->differs ? A_BOLD | (attr_t)COLOR_PAIR(COLOUR_DIFFERS) : A_NORMAL;

    attron(attributes);
    put(y, 0, label_columns - 1, row->differs ? "~" : " ");
    put(y, 2, label_columns - 3, row->label);
    attroff(attributes);
    for (uint32_t i = top.column; i < top.count; i++) {
        int x = label_columns + (int)(i - top.column) * width;
        attr_t bad = row->cells[i].bad ? A_BOLD | (attr_t)COLOR_PAIR(COLOUR_BAD) : attributes;

        if (width < 1 || x >= COLS) {
            break;
        }
        attron(bad);
        put(y, x, width - 1, row->cells[i].bad ? "!" : " ");
        put(y, x + 2, width - 3, row->cells[i].text);
        attroff(bad);
    }
}

static void draw(void)
{
    int width = column_width();
    char title[64];
    uint32_t reached = 0;

    pthread_mutex_lock(&lock);
    dyn_top_table_make(top.endpoints, top.count, &table);
    for (uint32_t i = 0; i < top.count; i++) {
        reached += top.endpoints[i].now.status != NULL;
    }
    pthread_mutex_unlock(&lock);

    erase();
    snprintf(title, sizeof(title), "dynstore top: %u of %u reached", reached, top.count);
    put(0, 0, COLS, title);
    for (uint32_t i = top.column; i < top.count; i++) {
        put(1, label_columns + 2 + (int)(i - top.column) * width, width - 3, top.endpoints[i].name);
    }
    for (uint32_t r = top.row; r < table.row_count; r++) {
        int y = rows_above + (int)(r - top.row);

        if (y >= LINES - rows_below) {
            break;
        }
        draw_row(&table.rows[r], y);
    }
    put(LINES - 1, 0, COLS - 1, "~ differs  ! look  arrows, 1-9: move  q: end");
    refresh();
}

/* False: the end. */
static bool obey(int key)
{
    switch (key) {
    case 'q':
    case 'Q':
        return false;
    case KEY_LEFT:
        top.column -= top.column > 0;
        return true;
    case KEY_RIGHT:
        top.column += top.column + 1 < top.count;
        return true;
    case KEY_UP:
        top.row -= top.row > 0;
        return true;
    case KEY_DOWN:
        top.row += top.row + 1 < table.row_count;
        return true;
    default:
        if (key >= '1' && key <= '9' && (uint32_t)(key - '1') < top.count) {
            top.column = (uint32_t)(key - '1');
        }
        return true;
    }
}

static void stop(int number)
{
    stopped_by = number;
}

static void *keep_asking(void *context)
{
    for (;;) {
        ask(context);
        pause_s(top.interval_s);
    }

    return NULL;
}

static bool start_asking(dyn_error_t *error)
{
    for (uint32_t i = 0; i < top.count; i++) {
        pthread_t thread;

        if (pthread_create(&thread, NULL, keep_asking, &top.endpoints[i]) != 0) {
            return dyn_fail(error, "a thread cannot be started");
        }
        pthread_detach(thread);
    }

    return true;
}

static void show(void)
{
    if (has_colors()) {
        start_color();
        use_default_colors();
        init_pair(COLOUR_DIFFERS, COLOR_YELLOW, -1);
        init_pair(COLOUR_BAD, COLOR_RED, -1);
    }
    cbreak();
    noecho();
    curs_set(0);
    keypad(stdscr, TRUE);
    timeout(look_ms);
    do {
        draw();
    } while (stopped_by == 0 && obey(getch()) && stopped_by == 0);
}

static int run_live(void)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
    const struct sigaction action = {.sa_handler = stop};
    sigset_t set;
    dyn_error_t error;

    /* the threads leave them to this one */
    sigemptyset(&set);
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
        sigaddset(&set, signals[i]);
    }
    pthread_sigmask(SIG_BLOCK, &set, NULL);

    bool good = start_asking(&error);

    setlocale(LC_CTYPE, "");
    if (good && newterm(NULL, stdout, stdin) == NULL) {
        good = dyn_fail(&error, "this terminal (TERM) is not known; --once prints text");
    }
    if (!good) {
        return dyn_command_failed("top", DYN_EXIT_SYSTEM, &error);
    }
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
        sigaction(signals[i], &action, NULL);
    }
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    show();
    endwin();
    if (stopped_by != 0) {
        signal(stopped_by, SIG_DFL);
        raise(stopped_by);
    }

    return DYN_EXIT_OK;
}

int dyn_command_top(int argc, char **argv)
{
    static dyn_options_t options = {
        .command = "top",
        .usage = "[OPTION]... URL...",
        .help = "Shows what the endpoints dynstore_status of one or several nginx say, live. URL: "
                "http://HOST[:PORT]/PATH or unix:SOCKET:/PATH. Without a terminal it prints one "
                "table.",
        .options = option_table,
        .count = sizeof(option_table) / sizeof(option_table[0]),
    };
    dyn_error_t error;
    int option;

    top = (top_t){.interval_s = 1};
    dyn_options_begin(&options, argc, argv);
    while ((option = dyn_options_next(&options)) >= 0) {
        if (option == OPTION_ONCE) {
            top.once = true;
        } else if (!dyn_option_decimal("--interval", options.value, 0.1, 3600, &top.interval_s,
                                       &error)) {
            return dyn_usage_error("top", "%s", error.text);
        }
    }
    if (option == DYN_OPTION_STOP) {
        return options.exit_code;
    }
    if (argc == optind || argc - optind > DYN_TOP_ENDPOINTS_MAX) {
        return dyn_usage_error("top", "takes 1 to %d URLs", DYN_TOP_ENDPOINTS_MAX);
    }
    for (int i = optind; i < argc; i++) {
        if (!dyn_top_endpoint_begin(&top.endpoints[top.count++], argv[i], &error)) {
            return dyn_usage_error("top", "%s", error.text);
        }
    }

    return top.once || !isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO) ? run_once() : run_live();
}

/*
 * The shoppers of the benches: a few users with keep-alive connections who send the requests of a file, check each answer whole
 * and write down when its bytes came.
 *
 * usage: client --requests FILE --out FILE [--count N | --seconds S] [--users N] [--rate N] [--random] [--abort PERCENT]
 *               [--mark BYTES] [--timeout SECONDS] [--seed N]
 *
 * A line of the requests file: PORT TAB METHOD TAB PATH TAB COOKIE TAB BODY; the last two may be empty. Lines are taken in order,
 * over and over, or at random. With --rate the users together send that many requests a second, as far as answers come in time;
 * without, each sends as soon as its last answer is there. With --abort that share of the requests is given up after a random
 * time or a random number of bytes.
 *
 * A line written: START PORT LINE FIRST MARK TOTAL STATUS BYTES OUTCOME RUNG. START is CLOCK_MONOTONIC in microseconds, FIRST,
 * MARK and TOTAL are microseconds from there to the first byte of the answer, the MARKth byte of its body and its end; -1: did not
 * come. OUTCOME is ok, aborted, or why it failed; RUNG is what stands after `"rung":"` in the body, else -. Progress goes to
 * standard output, a number of requests a line.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { PORTS_MAX = 4, USERS_MAX = 256, LINE_MAX = 16384, HEAD_MAX = 8192, READ_BYTES = 65536 };

typedef struct {
    char *text;
    size_t len;
    int port; /* place in ports[] */
} request_t;

typedef enum { BODY_LENGTH, BODY_CHUNKED, BODY_CLOSE } framing_t;
typedef enum { CHUNK_SIZE, CHUNK_DATA, CHUNK_DATA_END, CHUNK_TRAILER } chunk_t;

typedef struct {
    int fd[PORTS_MAX];
    bool used[PORTS_MAX]; /* the connection has carried an answer */
    bool busy;
    bool retried;
    int64_t due;

    const request_t *request;
    size_t line;
    size_t sent;
    int64_t start, first, mark;
    int64_t deadline;
    int64_t abort_at; /* 0: not by time */
    int64_t abort_bytes; /* 0: not by bytes */

    char head[HEAD_MAX];
    size_t head_len;
    bool in_body;
    bool keep;
    int status;
    framing_t framing;
    int64_t left; /* of the body, or of the chunk */
    chunk_t chunk;
    size_t chunk_line; /* bytes of the line being read */
    int64_t body;

    int rung_seen; /* bytes of the pattern */
    char rung[16];
    int rung_len;
} user_t;

static int ports[PORTS_MAX], nports;
static request_t *requests;
static size_t nrequests;
static user_t *users;
static int nusers = 1, poller;
static bool at_random;
static uint64_t seed = 1;
static int64_t mark_bytes = 1, timeout_us = 10000000, count_max = -1, seconds_max = -1;
static double rate, abort_share;
static int64_t begun, done;
static size_t next_line;
static FILE *out;

static int64_t now_us(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static uint64_t dice(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

static _Noreturn void die(const char *what, const char *detail)
{
    fprintf(stderr, "client: %s %s\n", what, detail);
    exit(2);
}

static int port_place(int port)
{
    for (int i = 0; i < nports; i++) {
        if (ports[i] == port) {
            return i;
        }
    }
    if (nports == PORTS_MAX) {
        die("too many different ports in", "the requests file");
    }
    ports[nports] = port;
    return nports++;
}

static void read_requests(const char *path)
{
    static char line[LINE_MAX], text[LINE_MAX + 512];
    size_t room = 0;
    FILE *file = fopen(path, "r");

    if (file == NULL) {
        die("cannot read", path);
    }
    while (fgets(line, sizeof(line), file) != NULL) {
        char *field[5] = {"", "", "", "", ""}, *p = line, *part;

        line[strcspn(line, "\n")] = '\0';
        for (int i = 0; i < 5 && (part = strsep(&p, "\t")) != NULL; i++) {
            field[i] = part;
        }
        if (atoi(field[0]) == 0 || field[2][0] != '/') {
            die("a line is not PORT TAB METHOD TAB PATH in", path);
        }
        if (nrequests == room) {
            room = room ? 2 * room : 1024;
            requests = realloc(requests, room * sizeof(request_t));
            if (requests == NULL) {
                die("no memory for", path);
            }
        }
        int len = snprintf(text, sizeof(text),
                           "%s %s HTTP/1.1\r\nHost: shop.example\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) "
                           "Gecko/20100101 Firefox/128.0\r\nAccept: text/html,*/*\r\n%s%s%s",
                           field[1], field[2], field[3][0] ? "Cookie: " : "", field[3], field[3][0] ? "\r\n" : "");

        if (field[4][0]) {
            len += snprintf(text + len, sizeof(text) - (size_t)len,
                            "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s", strlen(field[4]), field[4]);
        } else {
            len += snprintf(text + len, sizeof(text) - (size_t)len, "\r\n");
        }
        requests[nrequests].text = strdup(text);
        requests[nrequests].len = (size_t)len;
        requests[nrequests++].port = port_place(atoi(field[0]));
    }
    fclose(file);
    if (nrequests == 0) {
        die("no request in", path);
    }
}

static void hang_up(user_t *user, bool reset)
{
    int *fd = &user->fd[user->request->port];

    if (*fd >= 0) {
        if (reset) {
            struct linger linger = {.l_onoff = 1, .l_linger = 0};
            setsockopt(*fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
        }
        close(*fd);
        *fd = -1;
    }
    user->used[user->request->port] = false;
}

static void finish(user_t *user, const char *outcome)
{
    int64_t now = now_us();
    bool good = strcmp(outcome, "ok") == 0;

    user->rung[user->rung_len] = '\0';
    fprintf(out, "%lld %d %zu %lld %lld %lld %d %lld %s %s\n", (long long)user->start, ports[user->request->port], user->line,
            (long long)user->first, (long long)user->mark, good ? (long long)(now - user->start) : -1LL, user->status,
            (long long)user->body, outcome, user->rung_len ? user->rung : "-");
    if (good && user->keep) {
        user->used[user->request->port] = true;
    } else {
        hang_up(user, strcmp(outcome, "aborted") == 0 && (dice() & 1));
    }
    user->busy = false;
    if (++done % 1000 == 0) {
        printf("%lld\n", (long long)done);
        fflush(stdout);
    }
}

static bool dial(user_t *user)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)ports[user->request->port]),
                             .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.ptr = user};

    if (fd < 0) {
        return false;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    if ((connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0 && errno != EINPROGRESS)
        || epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event) != 0)
    {
        close(fd);
        return false;
    }
    user->fd[user->request->port] = fd;
    return true;
}

static void write_request(user_t *user)
{
    int fd = user->fd[user->request->port];

    while (user->sent < user->request->len) {
        ssize_t n = send(fd, user->request->text + user->sent, user->request->len - user->sent, MSG_NOSIGNAL);

        if (n < 0) {
            return; /* the rest when it is writable; a broken connection is seen when it is read */
        }
        user->sent += (size_t)n;
    }
}

static void reset_answer(user_t *user)
{
    user->sent = 0;
    user->first = user->mark = -1;
    user->head_len = 0;
    user->in_body = false;
    user->keep = true;
    user->status = 0;
    user->body = 0;
    user->rung_seen = 0;
    user->rung_len = 0;
}

static void begin(user_t *user)
{
    user->line = at_random ? dice() % nrequests : next_line++ % nrequests;
    user->request = &requests[user->line];
    user->busy = true;
    user->retried = false;
    reset_answer(user);
    begun++;
    user->start = now_us();
    user->deadline = user->start + timeout_us;
    user->abort_at = user->abort_bytes = 0;
    if (abort_share > 0 && (double)(dice() % 1000000) < abort_share * 1e6) {
        if (dice() & 1) {
            user->abort_at = user->start + (int64_t)(dice() % 3000);
        } else {
            user->abort_bytes = 1 + (int64_t)(dice() % 20000);
        }
    }
    if (user->fd[user->request->port] < 0 && !dial(user)) {
        finish(user, "no_connection");
        return;
    }
    write_request(user);
}

static void look_for_rung(user_t *user, const char *data, size_t len)
{
    static const char pattern[] = "\"rung\":\"";

    if (user->rung_len && user->rung_seen == 0) {
        return; /* the first one counts */
    }
    for (size_t i = 0; i < len; i++) {
        if (user->rung_seen == sizeof(pattern) - 1) {
            if (data[i] == '"' || user->rung_len == (int)sizeof(user->rung) - 1) {
                user->rung_seen = 0;
                return;
            }
            user->rung[user->rung_len++] = data[i];
        } else if (data[i] == pattern[user->rung_seen]) {
            user->rung_seen++;
        } else if (data[i] == '"') {
            user->rung_seen = 1;
        } else {
            user->rung_seen = 0;
        }
    }
}

static void take_body(user_t *user, const char *data, size_t len)
{
    user->body += (int64_t)len;
    if (user->mark < 0 && user->body >= mark_bytes) {
        user->mark = now_us() - user->start;
    }
    look_for_rung(user, data, len);
}

/* Returns the length of the head in user->head, or 0 when its end has not come. */
static size_t read_head(user_t *user)
{
    char *end = memmem(user->head, user->head_len, "\r\n\r\n", 4);

    if (end == NULL) {
        return 0;
    }
    *end = '\0'; /* the terminator goes: nothing after it is text */
    user->status = user->head_len > 12 ? atoi(user->head + 9) : 0;
    user->framing = BODY_CLOSE;
    user->left = -1;
    char *value = strcasestr(user->head, "\r\nContent-Length:");

    if (value != NULL) {
        user->framing = BODY_LENGTH;
        user->left = atoll(value + 17);
    } else if (strcasestr(user->head, "\r\nTransfer-Encoding: chunked") != NULL) {
        user->framing = BODY_CHUNKED;
        user->chunk = CHUNK_SIZE;
        user->chunk_line = 0;
        user->left = 0;
    }
    if (user->status == 204 || user->status == 304) {
        user->framing = BODY_LENGTH;
        user->left = 0;
    }
    user->keep = strcasestr(user->head, "\r\nConnection: close") == NULL && user->framing != BODY_CLOSE;
    user->in_body = true;
    return (size_t)(end - user->head) + 4;
}

/* 1: the answer is whole; 0: more is to come; -1: this is no chunked body. */
static int take_chunked(user_t *user, const char *data, size_t len)
{
    for (size_t i = 0; i < len;) {
        char c = data[i];

        switch (user->chunk) {
        case CHUNK_SIZE:
            i++;
            if (c == '\n') {
                if (user->chunk_line == 0) {
                    return -1;
                }
                user->chunk = user->left ? CHUNK_DATA : CHUNK_TRAILER;
                user->chunk_line = 0;
            } else if (c != '\r') {
                int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
                if (digit < 0 || user->chunk_line++ > 8) {
                    return -1;
                }
                user->left = user->left * 16 + digit;
            }
            break;
        case CHUNK_DATA: {
            size_t n = (int64_t)(len - i) < user->left ? len - i : (size_t)user->left;
            take_body(user, data + i, n);
            i += n;
            user->left -= (int64_t)n;
            if (user->left == 0) {
                user->chunk = CHUNK_DATA_END;
            }
            break;
        }
        case CHUNK_DATA_END:
            i++;
            if (c == '\n') {
                user->chunk = CHUNK_SIZE;
                user->chunk_line = 0;
            } else if (c != '\r') {
                return -1;
            }
            break;
        case CHUNK_TRAILER:
            i++;
            if (c == '\n') {
                if (user->chunk_line == 0) {
                    return i == len ? 1 : -1;
                }
                user->chunk_line = 0;
            } else if (c != '\r') {
                user->chunk_line++;
            }
            break;
        }
    }
    return 0;
}

static int take(user_t *user, const char *data, size_t len)
{
    if (user->first < 0) {
        user->first = now_us() - user->start;
    }
    if (!user->in_body) {
        size_t before = user->head_len, n = len < HEAD_MAX - before ? len : HEAD_MAX - before;

        memcpy(user->head + before, data, n);
        user->head_len += n;
        size_t head = read_head(user);

        if (head == 0) {
            return user->head_len == HEAD_MAX ? -1 : 0;
        }
        data += head - before;
        len -= head - before;
    }
    switch (user->framing) {
    case BODY_LENGTH:
        if ((int64_t)len > user->left) {
            return -1;
        }
        user->left -= (int64_t)len;
        take_body(user, data, len);
        return user->left == 0;
    case BODY_CHUNKED:
        return take_chunked(user, data, len);
    default:
        take_body(user, data, len);
        return 0;
    }
}

static void read_answer(user_t *user)
{
    static char buffer[READ_BYTES];

    while (user->busy) {
        ssize_t n = recv(user->fd[user->request->port], buffer, sizeof(buffer), 0);

        if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
            return;
        }
        if (n <= 0) {
            if (n == 0 && user->in_body && user->framing == BODY_CLOSE) {
                finish(user, "ok");
            } else if (user->head_len == 0 && user->used[user->request->port] && !user->retried) {
                /* an idle connection may be closed at any time; everybody then asks again */
                user->retried = true;
                hang_up(user, false);
                reset_answer(user);
                if (dial(user)) {
                    write_request(user);
                    return;
                }
                finish(user, "no_connection");
            } else {
                finish(user, user->head_len ? "cut" : n < 0 && errno == ECONNREFUSED ? "refused" : "closed");
            }
            return;
        }
        int state = take(user, buffer, (size_t)n);

        if (user->abort_bytes && user->body >= user->abort_bytes && state == 0) {
            finish(user, "aborted");
        } else if (state != 0) {
            finish(user, state < 0 ? "malformed" : user->status >= 200 && user->status < 400 ? "ok" : "status");
        }
    }
}

static void options(int argc, char **argv)
{
    const char *in = NULL, *to = NULL;

    for (int i = 1; i < argc; i++) {
        const char *name = argv[i], *value = i + 1 < argc ? argv[i + 1] : NULL;

        if (strcmp(name, "--random") == 0) {
            at_random = true;
            continue;
        }
        if (value == NULL) {
            die("a value is missing after", name);
        }
        i++;
        if (strcmp(name, "--requests") == 0) {
            in = value;
        } else if (strcmp(name, "--out") == 0) {
            to = value;
        } else if (strcmp(name, "--count") == 0) {
            count_max = atoll(value);
        } else if (strcmp(name, "--seconds") == 0) {
            seconds_max = (int64_t)(atof(value) * 1e6);
        } else if (strcmp(name, "--users") == 0) {
            nusers = atoi(value);
        } else if (strcmp(name, "--rate") == 0) {
            rate = atof(value);
        } else if (strcmp(name, "--abort") == 0) {
            abort_share = atof(value) / 100;
        } else if (strcmp(name, "--mark") == 0) {
            mark_bytes = atoll(value);
        } else if (strcmp(name, "--timeout") == 0) {
            timeout_us = (int64_t)(atof(value) * 1e6);
        } else if (strcmp(name, "--seed") == 0) {
            seed = strtoull(value, NULL, 10) * 2654435761U + 1;
        } else {
            die("unknown option", name);
        }
    }
    if (in == NULL || to == NULL || (count_max < 0 && seconds_max < 0) || nusers < 1 || nusers > USERS_MAX) {
        die("needs --requests, --out, --count or --seconds, and --users from 1 to", "256");
    }
    read_requests(in);
    out = fopen(to, "w");
    if (out == NULL) {
        die("cannot write", to);
    }
}

static void keep_time(int64_t now, bool more, int64_t *until)
{
    *until = now + 100000;
    for (int i = 0; i < nusers; i++) {
        user_t *user = &users[i];

        if (user->busy && user->abort_at && now >= user->abort_at) {
            finish(user, "aborted");
        } else if (user->busy && now >= user->deadline) {
            finish(user, "timeout");
        }
        if (more && !user->busy && now >= user->due && (count_max < 0 || begun < count_max)) {
            if (rate > 0) {
                user->due += (int64_t)(1e6 * nusers / rate);
                if (user->due < now) {
                    user->due = now; /* late: what was not sent in time is not made up for */
                }
            }
            begin(user);
            read_answer(user);
        }
        int64_t next = user->busy ? user->deadline : user->due;

        if (user->busy && user->abort_at && user->abort_at < next) {
            next = user->abort_at;
        }
        if (next < *until && (user->busy || more)) {
            *until = next;
        }
    }
}

int main(int argc, char **argv)
{
    struct epoll_event events[USERS_MAX];

    options(argc, argv);
    poller = epoll_create1(EPOLL_CLOEXEC);
    users = calloc((size_t)nusers, sizeof(user_t));
    if (poller < 0 || users == NULL) {
        die("no", "memory");
    }
    int64_t start = now_us(), until;

    for (int i = 0; i < nusers; i++) {
        for (int k = 0; k < PORTS_MAX; k++) {
            users[i].fd[k] = -1;
        }
        users[i].due = rate > 0 ? start + (int64_t)(1e6 * i / rate) : start;
    }
    for (;;) {
        int64_t now = now_us();
        bool more = (count_max < 0 || begun < count_max) && (seconds_max < 0 || now - start < seconds_max), busy = false;

        keep_time(now, more, &until);
        for (int i = 0; i < nusers; i++) {
            busy |= users[i].busy;
        }
        if (!busy && !more) {
            break;
        }
        int64_t wait = until - now_us();
        struct timespec ts = {.tv_sec = wait > 0 ? wait / 1000000 : 0, .tv_nsec = wait > 0 ? wait % 1000000 * 1000 : 0};
        int n = epoll_pwait2(poller, events, USERS_MAX, &ts, NULL);

        for (int i = 0; i < n; i++) {
            user_t *user = events[i].data.ptr;

            if (user->busy && user->fd[user->request->port] >= 0) {
                write_request(user);
                read_answer(user);
            }
        }
    }
    printf("%lld\n", (long long)done);
    if (fclose(out) != 0) {
        die("cannot write", "the results");
    }
    return 0;
}

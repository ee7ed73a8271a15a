/*
 * A shop's backend that costs next to nothing: it answers every request with the same page after the time a shop thinks, so that
 * what is measured is the proxy before it.
 *
 * usage: backend PORT PAGE THINK_MS [PAUSE_MS]
 *
 * Without PAUSE_MS the page comes whole, with a Content-Length. With it the page comes chunked: its first 12 KB at once, the rest
 * that many milliseconds later, as from a shop whose list of products takes a while. Connections are kept for ever.
 */
#define _GNU_SOURCE
#include <errno.h>
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

enum { CONNECTIONS_MAX = 4096, EVENTS = 256, HEAD_BYTES = 12 * 1024, PAGE_MAX = 1024 * 1024 };

typedef struct shopper_s shopper_t;

struct shopper_s {
    int fd;
    int ends; /* bytes of \r\n\r\n that have come */
    bool second; /* the second part is next */
    const char *out;
    size_t left;
    int64_t due;
    shopper_t *next; /* in a queue */
    bool queued, gone;
};

/* Everybody waits equally long: the first to come is the first to go. */
typedef struct {
    shopper_t *first, **last;
    int64_t wait_us;
} queue_t;

static char parts[2][PAGE_MAX + 512];
static size_t lengths[2];
static queue_t think, pause_between;
static bool pausing;
static shopper_t *left; /* freed when nobody can have them in hand */
static int poller;

static int64_t now_us(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static _Noreturn void die(const char *what)
{
    fprintf(stderr, "backend: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void append(int part, const void *data, size_t len)
{
    memcpy(parts[part] + lengths[part], data, len);
    lengths[part] += len;
}

static void append_text(int part, const char *text)
{
    append(part, text, strlen(text));
}

static void make_answer(const char *path)
{
    static char page[PAGE_MAX];
    char line[64];
    FILE *file = fopen(path, "rb");

    if (file == NULL) {
        die(path);
    }
    size_t len = fread(page, 1, sizeof(page), file), head = len < HEAD_BYTES ? len / 2 : HEAD_BYTES;
    fclose(file);

    append_text(0, "HTTP/1.1 200 OK\r\nServer: backend\r\nContent-Type: text/html; charset=utf-8\r\n");
    if (!pausing) {
        snprintf(line, sizeof(line), "Content-Length: %zu\r\n\r\n", len);
        append_text(0, line);
        append(0, page, len);
        return;
    }
    snprintf(line, sizeof(line), "%zx\r\n", head);
    append_text(0, "Transfer-Encoding: chunked\r\n\r\n");
    append_text(0, line);
    append(0, page, head);
    append_text(0, "\r\n");
    snprintf(line, sizeof(line), "%zx\r\n", len - head);
    append_text(1, line);
    append(1, page + head, len - head);
    append_text(1, "\r\n0\r\n\r\n");
}

static void enqueue(queue_t *queue, shopper_t *shopper)
{
    shopper->due = now_us() + queue->wait_us;
    shopper->next = NULL;
    shopper->queued = true;
    *queue->last = shopper;
    queue->last = &shopper->next;
}

static void hang_up(shopper_t *shopper)
{
    if (shopper->fd >= 0) {
        close(shopper->fd);
        shopper->fd = -1;
    }
    if (!shopper->gone && !shopper->queued) {
        shopper->next = left;
        left = shopper;
    }
    shopper->gone = true;
}

static void send_on(shopper_t *shopper)
{
    while (shopper->left) {
        ssize_t n = send(shopper->fd, shopper->out, shopper->left, MSG_NOSIGNAL);

        if (n < 0) {
            if (errno != EAGAIN) {
                hang_up(shopper);
            }
            return;
        }
        shopper->out += n;
        shopper->left -= (size_t)n;
    }
    if (pausing && shopper->second) {
        enqueue(&pause_between, shopper);
    }
}

static void send_part(shopper_t *shopper, int part)
{
    shopper->out = parts[part];
    shopper->left = lengths[part];
    shopper->second = part == 0;
    send_on(shopper);
}

/* Sends what is due; returns the microseconds until more is, or -1. */
static int64_t serve(queue_t *queue, int part)
{
    int64_t now = now_us();

    while (queue->first != NULL) {
        shopper_t *shopper = queue->first;

        if (shopper->due > now) {
            return shopper->due - now;
        }
        queue->first = shopper->next;
        if (queue->first == NULL) {
            queue->last = &queue->first;
        }
        shopper->queued = false;
        if (shopper->gone) {
            free(shopper);
        } else {
            send_part(shopper, part);
        }
    }
    return -1;
}

static void receive(shopper_t *shopper)
{
    static const char end[] = "\r\n\r\n";
    char data[8192];

    for (;;) {
        ssize_t n = recv(shopper->fd, data, sizeof(data), 0);

        if (n <= 0) {
            if (n == 0 || errno != EAGAIN) {
                hang_up(shopper);
            }
            return;
        }
        for (ssize_t i = 0; i < n; i++) {
            shopper->ends = data[i] == end[shopper->ends] ? shopper->ends + 1 : data[i] == '\r';
            if (shopper->ends == 4) {
                shopper->ends = 0;
                enqueue(&think, shopper);
            }
        }
        if (n < (ssize_t)sizeof(data)) {
            return;
        }
    }
}

static void welcome(int listener)
{
    int fd, one = 1;

    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        shopper_t *shopper = calloc(1, sizeof(*shopper));
        struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = shopper};

        if (shopper == NULL) {
            die("memory");
        }
        shopper->fd = fd;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
        epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event);
    }
}

int main(int argc, char **argv)
{
    struct epoll_event events[EVENTS], event = {.events = EPOLLIN, .data.ptr = NULL};
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int one = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (argc < 4) {
        fprintf(stderr, "usage: backend PORT PAGE THINK_MS [PAUSE_MS]\n");
        return 2;
    }
    think = (queue_t){NULL, &think.first, (int64_t)(atof(argv[3]) * 1000)};
    pausing = argc > 4;
    pause_between = (queue_t){NULL, &pause_between.first, pausing ? (int64_t)(atof(argv[4]) * 1000) : 0};
    make_answer(argv[2]);

    address.sin_port = htons((uint16_t)atoi(argv[1]));
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    if (bind(listener, (struct sockaddr *)&address, sizeof(address)) != 0 || listen(listener, 1024) != 0) {
        die(argv[1]);
    }
    poller = epoll_create1(EPOLL_CLOEXEC);
    epoll_ctl(poller, EPOLL_CTL_ADD, listener, &event);

    for (;;) {
        int64_t first = serve(&think, 0), second = serve(&pause_between, 1);
        int64_t wait = first < 0 ? second : second < 0 || first < second ? first : second;
        struct timespec ts = {.tv_sec = wait / 1000000, .tv_nsec = wait % 1000000 * 1000};
        int n = epoll_pwait2(poller, events, EVENTS, wait < 0 ? NULL : &ts, NULL);

        for (int i = 0; i < n; i++) {
            shopper_t *shopper = events[i].data.ptr;

            if (shopper == NULL) {
                welcome(listener);
                continue;
            }
            if (events[i].events & EPOLLOUT && shopper->left) {
                send_on(shopper);
            }
            if (!shopper->gone && events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) {
                receive(shopper);
            }
        }
        while (left != NULL) {
            shopper_t *shopper = left;
            left = shopper->next;
            free(shopper);
        }
    }
}

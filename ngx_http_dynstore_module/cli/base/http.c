#include "cli/base/http.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* ---- addresses ---- */

static bool wrong(dyn_error_t *error, const char *text)
{
    return dyn_fail(error,
                    "%.200s: should be http://HOST[:PORT]/PATH or unix:SOCKET:/PATH, without "
                    "spaces",
                    text);
}

static bool take_socket(dyn_http_url_t *url, char *at)
{
    char *colon = strstr(at, ":/");

    if (colon == NULL || colon == at) {
        return false;
    }
    snprintf(url->path, sizeof(url->path), "%s", colon + 1);
    *colon = '\0';
    url->socket = at;

    return strlen(at) < sizeof(((struct sockaddr_un *)0)->sun_path);
}

static bool take_host(dyn_http_url_t *url, char *at)
{
    char *slash = at + strcspn(at, "/"), *end;

    snprintf(url->path, sizeof(url->path), "%s", *slash == '\0' ? "/" : slash);
    *slash = '\0';
    if (*at == '[') {
        end = strchr(++at, ']');
        if (end == NULL) {
            return false;
        }
        *end++ = '\0';
    } else {
        end = at + strcspn(at, ":");
    }
    url->host = at;
    url->port = "80";
    if (*end == ':') {
        *end++ = '\0';
        url->port = end;

        return *at != '\0' && *end != '\0' && strspn(end, "0123456789") == strlen(end);
    }

    return *at != '\0' && *end == '\0';
}

bool dyn_http_url_parse(const char *text, dyn_http_url_t *url, dyn_error_t *error)
{
    size_t length = strlen(text);

    *url = (dyn_http_url_t){.host = NULL};
    if (length > DYN_HTTP_URL_BYTES_MAX) {
        return wrong(error, text);
    }
    for (size_t i = 0; i < length; i++) {
        if ((unsigned char)text[i] <= ' ' || (unsigned char)text[i] >= 0x7f) {
            return wrong(error, text);
        }
    }
    memcpy(url->text, text, length + 1);

    return (strncmp(text, "http://", 7) == 0 && take_host(url, url->text + 7)) ||
           (strncmp(text, "unix:", 5) == 0 && take_socket(url, url->text + 5)) ||
           wrong(error, text);
}

/* ---- a connection ---- */

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);

    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool failed(dyn_error_t *error)
{
    return dyn_fail(error, "%s", errno == ETIMEDOUT ? "no answer in time" : strerror(errno));
}

/* Waits until something can be read or written; false: errno says why not. */
static bool wait_for(int fd, short events, int64_t deadline_ms)
{
    for (;;) {
        struct pollfd row = {fd, events, 0};
        int64_t left = deadline_ms - now_ms();
        int ready = left <= 0 ? 0 : poll(&row, 1, (int)left);

        if (ready > 0) {
            return true;
        }
        if (ready == 0 || errno != EINTR) {
            errno = ready == 0 ? ETIMEDOUT : errno;
            return false;
        }
    }
}

/* -1: errno says why not. */
static int connect_to(const struct sockaddr *address, socklen_t length, int64_t deadline_ms)
{
    int fd = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), code = 0;
    socklen_t size = sizeof(code);

    if (fd < 0) {
        return -1;
    }
    if (connect(fd, address, length) == 0) {
        return fd;
    }
    if (errno == EINPROGRESS && wait_for(fd, POLLOUT, deadline_ms) &&
        getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &size) == 0) {
        if (code == 0) {
            return fd;
        }
        errno = code;
    }

    int reason = errno;

    close(fd);
    errno = reason;

    return -1;
}

static int open_socket(const dyn_http_url_t *url, int64_t deadline_ms, dyn_error_t *error)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    snprintf(address.sun_path, sizeof(address.sun_path), "%s", url->socket);

    int fd = connect_to((const struct sockaddr *)&address, sizeof(address), deadline_ms);

    if (fd < 0) {
        failed(error);
    }

    return fd;
}

static int open_host(const dyn_http_url_t *url, int64_t deadline_ms, dyn_error_t *error)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *addresses;
    int fd = -1, code = getaddrinfo(url->host, url->port, &hints, &addresses);

    if (code != 0) {
        dyn_fail(error, "%s", gai_strerror(code));
        return -1;
    }
    for (struct addrinfo *at = addresses; at != NULL && fd < 0; at = at->ai_next) {
        fd = connect_to(at->ai_addr, at->ai_addrlen, deadline_ms);
    }
    if (fd < 0) {
        failed(error);
    }
    freeaddrinfo(addresses);

    return fd;
}

static bool send_all(int fd, const char *text, size_t length, int64_t deadline_ms,
                     dyn_error_t *error)
{
    while (length > 0) {
        ssize_t sent = send(fd, text, length, MSG_NOSIGNAL);

        if (sent > 0) {
            text += sent;
            length -= (size_t)sent;
        } else if ((errno != EAGAIN && errno != EINTR) || !wait_for(fd, POLLOUT, deadline_ms)) {
            return failed(error);
        }
    }

    return true;
}

/* The whole answer, terminated. */
static char *receive(int fd, size_t most, size_t *length, int64_t deadline_ms, dyn_error_t *error)
{
    char *text = malloc(most + 1);

    *length = 0;
    while (text != NULL) {
        ssize_t got = recv(fd, text + *length, most - *length, 0);

        if (got == 0 && *length < most) {
            text[*length] = '\0';
            return text;
        }
        if (got > 0) {
            *length += (size_t)got;
        } else if (*length == most) {
            dyn_fail(error, "the answer has more than %zu bytes", most);
            break;
        } else if ((errno != EAGAIN && errno != EINTR) || !wait_for(fd, POLLIN, deadline_ms)) {
            failed(error);
            break;
        }
    }
    if (text == NULL) {
        dyn_fail(error, "not enough memory");
    }
    free(text);

    return NULL;
}

/* Moves the body to the front. */
static bool take_body(char *text, size_t *length, dyn_error_t *error)
{
    unsigned status = 0;
    char *end = strstr(text, "\r\n\r\n");

    if (sscanf(text, "HTTP/1.%*1u %3u", &status) != 1 || end == NULL) {
        return dyn_fail(error, "what answers is no HTTP server");
    }
    if (status != 200) {
        return dyn_fail(error, "it answers %u", status);
    }
    end += 4;
    *length -= (size_t)(end - text);
    memmove(text, end, *length + 1);

    return true;
}

char *dyn_http_get(const dyn_http_url_t *url, int timeout_ms, size_t most, size_t *length,
                   dyn_error_t *error)
{
    char request[2 * DYN_HTTP_URL_BYTES_MAX + 128], *text = NULL;
    int64_t deadline_ms = now_ms() + timeout_ms;
    int fd = url->host == NULL ? open_socket(url, deadline_ms, error)
                               : open_host(url, deadline_ms, error);
    int bytes = snprintf(request, sizeof(request), "GET %s HTTP/1.0\r\nHost: %s\r\n\r\n", url->path,
                         url->host == NULL ? "localhost" : url->host);

    if (fd < 0) {
        return NULL;
    }
    if (send_all(fd, request, (size_t)bytes, deadline_ms, error)) {
        text = receive(fd, most, length, deadline_ms, error);
    }
    close(fd);
    if (text != NULL && !take_body(text, length, error)) {
        free(text);
        text = NULL;
    }

    return text;
}

/* Threads beside the event loop, for work that would hold it up. */
#ifndef NGX_HTTP_DYNSTORE_THREAD_H
#define NGX_HTTP_DYNSTORE_THREAD_H

#include <ngx_config.h>
#include <ngx_core.h>
#include <pthread.h>


/* Starts a thread with nginx's signals blocked; somebody must join it. Returns 0 or an errno. */
int ngx_http_dynstore_thread_run(pthread_t *thread, void *(*function)(void *arg), void *arg);

#endif

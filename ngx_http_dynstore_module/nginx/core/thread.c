#include "nginx/core/thread.h"

#include <signal.h>


int
ngx_http_dynstore_thread_run(pthread_t *thread, void *(*function)(void *arg), void *arg)
{
    int       err;
    sigset_t  all, before;

    (void) sigfillset(&all);
    (void) pthread_sigmask(SIG_SETMASK, &all, &before);
    err = pthread_create(thread, NULL, function, arg);
    (void) pthread_sigmask(SIG_SETMASK, &before, NULL);

    return err;
}

#include "cli/base/parallel.h"

#include <pthread.h>

typedef struct {
    dyn_parallel_fn function;
    void *context;
    unsigned part;
    unsigned parts;
    bool done;
} task_t;

static void *run(void *argument)
{
    task_t *task = argument;

    task->done = task->function(task->context, task->part, task->parts);
    return NULL;
}

bool dyn_parallel(unsigned parts, dyn_parallel_fn function, void *context)
{
    task_t tasks[DYN_THREADS_MAX];
    pthread_t threads[DYN_THREADS_MAX];
    bool started[DYN_THREADS_MAX] = {false};
    bool done = true;

    parts = parts < 1 ? 1 : parts > DYN_THREADS_MAX ? DYN_THREADS_MAX : parts;

    for (unsigned i = 0; i < parts; i++) {
        tasks[i] = (task_t){function, context, i, parts, false};
        started[i] = i > 0 && pthread_create(&threads[i], NULL, run, &tasks[i]) == 0;
    }

    for (unsigned i = 0; i < parts; i++) {
        if (!started[i]) {
            run(&tasks[i]);
        }
    }

    for (unsigned i = 0; i < parts; i++) {
        if (started[i]) {
            pthread_join(threads[i], NULL);
        }

        done = done && tasks[i].done;
    }

    return done;
}

/* workers.h — a few threads that share the tasks of one long call.
 *
 * Tasks are numbered and taken in order, by the threads and by the caller, who works too.  Only the
 * caller is told what is done, so that nothing of the program's own runs on a thread it does not
 * know.  Threads begin with the first work of several tasks and end with shm_workers_close; where
 * none can be had, the caller does all.  They take no signals.
 * Internal.  Owner: one call.  Threads: one at a time calls these. */
#ifndef LIBSHM_WORKERS_H
#define LIBSHM_WORKERS_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include <shm/status.h>

enum { SHM_JOBS_MAX = 64, SHM_WORK_WINDOW_MAX = 4 * SHM_JOBS_MAX };

/* Does task `number`, on the thread `worker` (0 is the caller; no two tasks at a time have the
 * same). */
typedef shm_status shm_task_call(void *context, unsigned worker, uint64_t number, shm_error *error);

/* Called by the caller's thread alone.  A failure ends the work. */
typedef shm_status shm_done_call(void *context, uint64_t number, shm_error *error);

typedef struct shm_work {
    uint64_t count; /* of tasks */
    /* 0: `done` hears now and then how many tasks are done.  Else it hears of each task, in order,
     * and a task does not begin before `done` has returned for the one `window` before it: so many
     * results have to be kept. */
    unsigned window;
    shm_task_call *task;
    shm_done_call *done; /* may be NULL */
    void *context;
} shm_work;

typedef struct shm_workers {
    unsigned job_count; /* threads that may work, the caller's with them */
    unsigned thread_count;
    pthread_t threads[SHM_JOBS_MAX];
    bool has_threads; /* they were asked for */
    pthread_mutex_t lock;
    pthread_cond_t wake;   /* there may be a task to take */
    pthread_cond_t change; /* a task is done */
    /* Under the lock. */
    bool closing;
    const shm_work *work; /* NULL: none */
    uint64_t taken;       /* tasks begun */
    uint64_t finished;    /* tasks done */
    uint64_t told;        /* tasks that `done` has heard of, in order */
    bool is_done[SHM_WORK_WINDOW_MAX];
    uint64_t failed; /* the least task that failed; UINT64_MAX: none */
    shm_error failure;
} shm_workers;

/* `jobs` threads at most; 0: as many as the process may run at a time. */
void shm_workers_open(unsigned jobs, shm_workers *workers);

/* Does all tasks.  Fails as the least failing task did, whatever the number of threads (if a task
 * fails always or never), or as `done`; no task runs any more then. */
SHM_MUST_USE shm_status shm_workers_run(shm_workers *workers, const shm_work *work,
                                        shm_error *error);

void shm_workers_close(shm_workers *workers);

#endif

/* workers.c — a few threads that share the tasks of one long call. */
#include "libshm/workers.h"

#include <sched.h>
#include <signal.h>
#include <string.h>

static unsigned cpu_count(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0) {
        return SHM_JOBS_MAX; /* more CPUs than a set has room for */
    }
    return (unsigned)CPU_COUNT(&set);
}

void shm_workers_open(unsigned jobs, shm_workers *workers)
{
    const unsigned wanted = jobs == 0 ? cpu_count() : jobs;
    *workers = (shm_workers){.job_count = wanted < SHM_JOBS_MAX ? wanted : SHM_JOBS_MAX};
    pthread_mutex_init(&workers->lock, NULL);
    pthread_cond_init(&workers->wake, NULL);
    pthread_cond_init(&workers->change, NULL);
}

/* ---- tasks: all with the lock held ---- */

static bool take(shm_workers *workers, uint64_t *number)
{
    const shm_work *work = workers->work;
    if (work == NULL || workers->failed != UINT64_MAX || workers->taken == work->count ||
        (work->window != 0 && workers->taken - workers->told >= work->window)) {
        return false;
    }
    *number = workers->taken++;
    return true;
}

static void note_failure(shm_workers *workers, uint64_t number, const shm_error *failure)
{
    if (number < workers->failed) {
        workers->failed = number;
        workers->failure = *failure;
    }
}

/* Lets go of the lock meanwhile. */
static void run_task(shm_workers *workers, unsigned worker, uint64_t number)
{
    const shm_work *work = workers->work;
    shm_error failure = {.status = SHM_OK};
    pthread_mutex_unlock(&workers->lock);
    const shm_status status = work->task(work->context, worker, number, &failure);
    pthread_mutex_lock(&workers->lock);
    if (status != SHM_OK) {
        note_failure(workers, number, &failure);
    }
    workers->finished++;
    workers->is_done[number % SHM_WORK_WINDOW_MAX] = true;
    pthread_cond_signal(&workers->change);
}

/* Lets go of the lock meanwhile. */
static void tell(shm_workers *workers, uint64_t number)
{
    const shm_work *work = workers->work;
    shm_error failure = {.status = SHM_OK};
    if (work->done == NULL || workers->failed != UINT64_MAX) {
        return;
    }
    pthread_mutex_unlock(&workers->lock);
    const shm_status status = work->done(work->context, number, &failure);
    pthread_mutex_lock(&workers->lock);
    if (status != SHM_OK) {
        note_failure(workers, number, &failure);
    }
}

/* Tells of the next task in order, if it is done. */
static bool tell_next(shm_workers *workers)
{
    bool *is_done = &workers->is_done[workers->told % SHM_WORK_WINDOW_MAX];
    if (workers->work->window == 0 || workers->told == workers->taken || !*is_done) {
        return false;
    }
    tell(workers, workers->told);
    *is_done = false;
    workers->told++;
    pthread_cond_broadcast(&workers->wake);
    return true;
}

/* ---- threads ---- */

static void work_until_closed(shm_workers *workers, unsigned worker)
{
    while (!workers->closing) {
        uint64_t number;
        if (take(workers, &number)) {
            run_task(workers, worker, number);
        } else {
            pthread_cond_wait(&workers->wake, &workers->lock);
        }
    }
}

static void *run_thread(void *context)
{
    shm_workers *workers = context;
    pthread_mutex_lock(&workers->lock);
    const unsigned worker = ++workers->thread_count;
    work_until_closed(workers, worker);
    pthread_mutex_unlock(&workers->lock);
    return NULL;
}

/* As many threads as can be had. */
static void start_threads(shm_workers *workers)
{
    sigset_t all;
    sigset_t before;
    workers->has_threads = true;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    for (unsigned i = 1; i < workers->job_count; i++) {
        if (pthread_create(&workers->threads[i], NULL, run_thread, workers) != 0) {
            workers->job_count = i;
        }
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* ---- the caller ---- */

static void work_until_done(shm_workers *workers)
{
    const shm_work *work = workers->work;
    for (;;) {
        uint64_t number;
        if (tell_next(workers)) {
            continue;
        }
        if (take(workers, &number)) {
            run_task(workers, 0, number);
        } else if (workers->finished == workers->taken) {
            return;
        } else {
            pthread_cond_wait(&workers->change, &workers->lock);
        }
        if (work->window == 0) {
            tell(workers, workers->finished);
        }
    }
}

shm_status shm_workers_run(shm_workers *workers, const shm_work *work, shm_error *error)
{
    if (!workers->has_threads && work->count > 1 && workers->job_count > 1) {
        start_threads(workers);
    }
    pthread_mutex_lock(&workers->lock);
    workers->taken = 0;
    workers->finished = 0;
    workers->told = 0;
    workers->failed = UINT64_MAX;
    memset(workers->is_done, 0, sizeof workers->is_done);
    workers->work = work;
    pthread_cond_broadcast(&workers->wake);
    work_until_done(workers);
    workers->work = NULL;
    const bool has_failed = workers->failed != UINT64_MAX;
    pthread_mutex_unlock(&workers->lock);
    if (has_failed && error != NULL) {
        *error = workers->failure;
    }
    return has_failed ? workers->failure.status : SHM_OK;
}

void shm_workers_close(shm_workers *workers)
{
    pthread_mutex_lock(&workers->lock);
    workers->closing = true;
    pthread_cond_broadcast(&workers->wake);
    pthread_mutex_unlock(&workers->lock);
    for (unsigned i = 1; i < workers->job_count && workers->has_threads; i++) {
        pthread_join(workers->threads[i], NULL);
    }
    pthread_cond_destroy(&workers->change);
    pthread_cond_destroy(&workers->wake);
    pthread_mutex_destroy(&workers->lock);
}

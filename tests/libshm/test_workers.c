/* Workers: every task once, results in order, the least failure, and no call of the program's own
 * on another thread. */
#include <criterion/criterion.h>

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "libshm/error.h"
#include "libshm/workers.h"

enum { TASK_COUNT = 1000 };

struct tally {
    _Atomic unsigned done_by[SHM_JOBS_MAX]; /* tasks, by worker */
    _Atomic bool is_busy[SHM_JOBS_MAX];
    _Atomic unsigned times[TASK_COUNT];
    _Atomic uint64_t told; /* tasks that `done` heard of */
    _Atomic bool has_failed;
    pthread_t caller;
    unsigned window;
    uint64_t fails_from; /* tasks from here on fail */
    uint64_t stops_at;   /* `done` fails */
};

static void check(struct tally *tally, bool holds)
{
    if (!holds) {
        tally->has_failed = true;
    }
}

static shm_status count_task(void *context, unsigned worker, uint64_t number, shm_error *error)
{
    struct tally *tally = context;
    sigset_t blocked;
    check(tally, !atomic_exchange(&tally->is_busy[worker], true));
    check(tally, (worker == 0) == (pthread_equal(pthread_self(), tally->caller) != 0));
    check(tally, tally->window == 0 || number < tally->told + tally->window);
    check(tally, worker == 0 || (pthread_sigmask(SIG_SETMASK, NULL, &blocked) == 0 &&
                                 sigismember(&blocked, SIGTERM) == 1));
    nanosleep(&(struct timespec){.tv_nsec = (long)(number % 7) * 3000}, NULL);
    tally->times[number]++;
    tally->done_by[worker]++;
    tally->is_busy[worker] = false;
    return number >= tally->fails_from
               ? shm_fail(error, SHM_IO, "task %llu", (unsigned long long)number)
               : SHM_OK;
}

static shm_status hear(void *context, uint64_t number, shm_error *error)
{
    struct tally *tally = context;
    check(tally, pthread_equal(pthread_self(), tally->caller) != 0);
    if (tally->window != 0) {
        check(tally, number == tally->told && tally->times[number] == 1);
        tally->told++;
    } else {
        check(tally, number >= tally->told && number <= TASK_COUNT);
        tally->told = number;
    }
    return number >= tally->stops_at ? shm_fail(error, SHM_ABORTED, "stopped") : SHM_OK;
}

static shm_status run(shm_workers *workers, unsigned window, uint64_t fails_from, uint64_t stops_at,
                      shm_error *error)
{
    static struct tally tally;
    memset(&tally, 0, sizeof tally);
    tally.caller = pthread_self();
    tally.window = window;
    tally.fails_from = fails_from;
    tally.stops_at = stops_at;
    const shm_work work = {TASK_COUNT, window, count_task, hear, &tally};
    const shm_status status = shm_workers_run(workers, &work, error);
    uint64_t begun = 0;
    for (uint64_t i = 0; i < TASK_COUNT; i++) {
        cr_assert_leq(tally.times[i], 1);
        cr_assert(i == 0 || tally.times[i] <= tally.times[i - 1], "tasks are taken in order");
        begun += tally.times[i];
    }
    cr_assert_not(tally.has_failed);
    cr_assert(status != SHM_OK || (begun == TASK_COUNT && tally.told == TASK_COUNT));
    return status;
}

Test(workers, every_task_once)
{
    static const unsigned jobs[] = {1, 2, 3, 8, 1000};
    shm_error error;
    for (size_t i = 0; i < sizeof jobs / sizeof jobs[0]; i++) {
        shm_workers workers;
        shm_workers_open(jobs[i], &workers);
        cr_expect_eq(workers.job_count, jobs[i] > SHM_JOBS_MAX ? SHM_JOBS_MAX : jobs[i]);
        for (unsigned window = 0; window < 40; window += 13) {
            cr_expect_eq(run(&workers, window, UINT64_MAX, UINT64_MAX, &error), SHM_OK);
        }
        cr_expect_eq(run(&workers, SHM_WORK_WINDOW_MAX, UINT64_MAX, UINT64_MAX, &error), SHM_OK);
        shm_workers_close(&workers);
    }
}

Test(workers, the_least_task_that_fails_is_told)
{
    static const uint64_t failing[] = {0, 1, 500, TASK_COUNT - 1};
    for (size_t i = 0; i < 4; i++) {
        for (unsigned jobs = 1; jobs < 6; jobs += 2) {
            shm_workers workers;
            shm_error error;
            char expected[32];
            snprintf(expected, sizeof expected, "task %llu", (unsigned long long)failing[i]);
            shm_workers_open(jobs, &workers);
            for (unsigned window = 0; window < 20; window += 10) {
                cr_expect_eq(run(&workers, window, failing[i], UINT64_MAX, &error), SHM_IO);
                cr_expect_str_eq(error.text, expected);
            }
            cr_expect_eq(run(&workers, 3, UINT64_MAX, UINT64_MAX, &error), SHM_OK, "goes on");
            shm_workers_close(&workers);
        }
    }
}

Test(workers, the_caller_may_stop)
{
    shm_workers workers;
    shm_error error;
    shm_workers_open(4, &workers);
    for (uint64_t stops_at = 0; stops_at < TASK_COUNT; stops_at += 99) {
        cr_expect_eq(run(&workers, 7, UINT64_MAX, stops_at, &error), SHM_ABORTED);
        cr_expect_eq(run(&workers, 0, UINT64_MAX, stops_at, &error), SHM_ABORTED);
    }
    shm_workers_close(&workers);
}

Test(workers, no_threads_for_one_task_or_none)
{
    static struct tally tally = {.fails_from = UINT64_MAX, .stops_at = UINT64_MAX};
    shm_workers workers;
    shm_error error;
    tally.caller = pthread_self();
    shm_workers_open(8, &workers);
    for (uint64_t count = 0; count < 2; count++) {
        const shm_work work = {count, 0, count_task, NULL, &tally};
        cr_expect_eq(shm_workers_run(&workers, &work, &error), SHM_OK);
        cr_expect_eq(tally.done_by[0], count);
    }
    cr_expect_not(workers.has_threads);
    shm_workers_close(&workers);
}

Test(workers, by_default_as_many_as_may_run)
{
    shm_workers workers;
    cpu_set_t set;
    cr_assert_eq(sched_getaffinity(0, sizeof set, &set), 0);
    const int cpus = CPU_COUNT(&set);
    shm_workers_open(0, &workers);
    cr_expect_eq(workers.job_count, cpus < SHM_JOBS_MAX ? (unsigned)cpus : SHM_JOBS_MAX);
    shm_workers_close(&workers);
}

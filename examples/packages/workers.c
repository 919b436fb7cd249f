/* workers.c — see workers.h.  Workers meet at three barriers: all ready, all done, all measured; so
 * that each one's proportional set size is read while all the others are alive. */
#include "workers.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct shared_board {
    pthread_barrier_t barrier;
    double started[WORKER_COUNT_MAX];
    double ended[WORKER_COUNT_MAX];
    struct worker_figures workers[WORKER_COUNT_MAX];
};

double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static uint64_t own_pss_kib(void)
{
    FILE *file = fopen("/proc/self/smaps_rollup", "r");
    char line[256];
    unsigned long pss = 0;
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        if (sscanf(line, "Pss: %lu", &pss) == 1) {
            break;
        }
    }
    if (file != NULL) {
        fclose(file);
    }
    return pss;
}

static void keep_largest(struct large_closure *largest, uint64_t package, uint64_t length)
{
    int place = LARGEST_COUNT;
    while (place > 0 && largest[place - 1].length < length) {
        place--;
    }
    if (place < LARGEST_COUNT) {
        memmove(&largest[place + 1], &largest[place],
                (size_t)(LARGEST_COUNT - 1 - place) * sizeof largest[0]);
        largest[place] = (struct large_closure){package, length};
    }
}

/* A worker's whole life.  A worker that cannot go on leaves at once; the parent sees its exit. */
static void work(struct shared_board *board, unsigned worker, unsigned worker_count,
                 source_open *open, void *context)
{
    struct worker_figures *figures = &board->workers[worker];
    struct package_source source;
    struct closure_walk walk;
    const double born = seconds_now();
    figures->base_pss_kib = own_pss_kib();
    if (!open(context, &source) || !closure_open(&walk, source.package_count)) {
        _exit(1);
    }
    figures->prepare_seconds = seconds_now() - born;
    pthread_barrier_wait(&board->barrier);

    board->started[worker] = seconds_now();
    for (uint64_t package = worker; package < source.package_count; package += worker_count) {
        closure_find(&walk, &source, package);
        figures->closure_count++;
        figures->member_count += walk.length;
        keep_largest(figures->largest, package, walk.length);
    }
    board->ended[worker] = seconds_now();
    figures->work_seconds = board->ended[worker] - board->started[worker];
    figures->lookup_count = walk.lookup_count;

    pthread_barrier_wait(&board->barrier);
    figures->pss_kib = own_pss_kib();
    pthread_barrier_wait(&board->barrier);
    _exit(0);
}

static struct shared_board *board_open(unsigned worker_count)
{
    struct shared_board *board =
        mmap(NULL, sizeof *board, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pthread_barrierattr_t attributes;
    if (board == MAP_FAILED) {
        return NULL;
    }
    pthread_barrierattr_init(&attributes);
    pthread_barrierattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_barrier_init(&board->barrier, &attributes, worker_count);
    pthread_barrierattr_destroy(&attributes);
    return board;
}

/* Waits for all; when one failed, ends the others, which would wait for it for ever. */
static bool reap(pid_t *workers, unsigned worker_count)
{
    bool ok = true;
    for (unsigned left = worker_count; left > 0; left--) {
        int status = 0;
        const pid_t gone = wait(&status);
        if (gone < 0) {
            return false;
        }
        for (unsigned w = 0; w < worker_count; w++) {
            workers[w] = workers[w] == gone ? 0 : workers[w];
        }
        if (ok && (!WIFEXITED(status) || WEXITSTATUS(status) != 0)) {
            ok = false;
            for (unsigned w = 0; w < worker_count; w++) {
                if (workers[w] > 0) {
                    kill(workers[w], SIGKILL);
                }
            }
        }
    }
    return ok;
}

bool workers_run(unsigned worker_count, source_open *open, void *context,
                 struct pool_figures *figures)
{
    pid_t workers[WORKER_COUNT_MAX] = {0};
    struct shared_board *board = board_open(worker_count);
    if (board == NULL) {
        return false;
    }
    fflush(NULL);
    unsigned born = 0;
    while (born < worker_count) {
        workers[born] = fork();
        if (workers[born] == 0) {
            work(board, born, worker_count, open, context);
        }
        if (workers[born] < 0) {
            break;
        }
        born++;
    }
    for (unsigned w = 0; born < worker_count && w < born; w++) {
        kill(workers[w], SIGKILL);
    }
    const bool ok = reap(workers, born) && born == worker_count;
    double first = 0, last = 0;
    *figures = (struct pool_figures){.worker_count = worker_count};
    for (unsigned w = 0; w < worker_count; w++) {
        figures->workers[w] = board->workers[w];
        first = w == 0 || board->started[w] < first ? board->started[w] : first;
        last = board->ended[w] > last ? board->ended[w] : last;
    }
    figures->work_seconds = last - first;
    munmap(board, sizeof *board);
    return ok;
}

uint64_t pool_closure_count(const struct pool_figures *figures)
{
    uint64_t sum = 0;
    for (unsigned w = 0; w < figures->worker_count; w++) {
        sum += figures->workers[w].closure_count;
    }
    return sum;
}

uint64_t pool_lookup_count(const struct pool_figures *figures)
{
    uint64_t sum = 0;
    for (unsigned w = 0; w < figures->worker_count; w++) {
        sum += figures->workers[w].lookup_count;
    }
    return sum;
}

uint64_t pool_pss_kib(const struct pool_figures *figures)
{
    uint64_t sum = 0;
    for (unsigned w = 0; w < figures->worker_count; w++) {
        sum += figures->workers[w].pss_kib;
    }
    return sum;
}

double pool_prepare_seconds(const struct pool_figures *figures)
{
    double most = 0;
    for (unsigned w = 0; w < figures->worker_count; w++) {
        most =
            figures->workers[w].prepare_seconds > most ? figures->workers[w].prepare_seconds : most;
    }
    return most;
}

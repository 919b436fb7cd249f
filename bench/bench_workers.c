/* bench_workers — memory and speed of 1 to 8 forked workers that all need one table: each opens the
 * image (or LMDB's file), or inherits a map that the parent filled before it forked, or fills a map
 * of its own (docs/benchmarks.md). */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "contender.h"
#include "pages.h"
#include "support.h"

enum { WORKER_COUNT_MAX = 8, PASS_COUNT = 4 };

/* How a worker comes to its table. */
typedef enum way { OPENS, INHERITS, FILLS } way;

static const struct form {
    const char *name;
    const bench_contender *contender;
    way way;
} forms[] = {
    {"libshm image", &bench_shm[2], OPENS},
    {"LMDB", &bench_lmdb, OPENS},
    {"absl map of the parent", &bench_absl, INHERITS},
    {"absl map of each", &bench_absl, FILLS},
};

/* The two ends of the talk with one worker. */
struct worker {
    pid_t pid;
    int to, from;
};

static void say(int fd)
{
    bench_require_errno(write(fd, "", 1) != 1, "a worker does not listen");
}

static void hear(int fd)
{
    char byte;
    bench_require_errno(read(fd, &byte, 1) != 1, "a worker ended early");
}

/* Gets its table ready and says so; finds when told, says so; ends when told. */
static _Noreturn void work(const struct form *form, void *self, const bench_setting *setting,
                           const bench_probes *probes, int from_parent, int to_parent)
{
    if (form->way == OPENS) {
        form->contender->reopen(self);
    } else if (form->way == FILLS) {
        self = form->contender->build(form->contender, setting);
    }
    const uint64_t wanted = bench_probes_sum(probes);
    say(to_parent);
    hear(from_parent);
    for (int pass = 0; pass < PASS_COUNT; pass++) {
        if (form->contender->find_each(self, probes) != wanted) {
            _exit(1);
        }
    }
    say(to_parent);
    hear(from_parent);
    _exit(0);
}

static struct worker start(const struct form *form, void *self, const bench_setting *setting,
                           const bench_probes *probes)
{
    int down[2], up[2];
    bench_require_errno(pipe(down) != 0 || pipe(up) != 0, "pipe");
    const pid_t pid = fork();
    bench_require_errno(pid < 0, "fork");
    if (pid == 0) {
        close(down[1]); /* a parent that ends is then heard */
        close(up[0]);
        work(form, self, setting, probes, down[0], up[1]);
    }
    close(down[0]);
    close(up[1]);
    return (struct worker){pid, down[1], up[0]};
}

static void end(struct worker *worker)
{
    int status;
    say(worker->to);
    bench_require_errno(waitpid(worker->pid, &status, 0) < 0, "wait");
    close(worker->to);
    close(worker->from);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        fprintf(stderr, "bench_workers: a worker failed\n");
        exit(1);
    }
}

/* KiB of the process, each page shared by n of them counting as one n-th. */
static uint64_t pss_kib(pid_t pid)
{
    char path[64], line[256];
    uint64_t kib = 0;
    snprintf(path, sizeof path, "/proc/%d/smaps_rollup", (int)pid);
    FILE *file = fopen(path, "re");
    bench_require_errno(file == NULL, path);
    while (kib == 0 && fgets(line, sizeof line, file) != NULL) {
        (void)sscanf(line, "Pss: %" SCNu64, &kib);
    }
    fclose(file);
    return kib;
}

static void bench(const struct form *form, void *self, const bench_setting *setting,
                  const bench_probes *probes, int worker_count)
{
    struct worker workers[WORKER_COUNT_MAX];
    const uint64_t begin = bench_now();
    for (int i = 0; i < worker_count; i++) {
        workers[i] = start(form, self, setting, probes);
    }
    for (int i = 0; i < worker_count; i++) {
        hear(workers[i].from);
    }
    const uint64_t ready = bench_now();
    for (int i = 0; i < worker_count; i++) {
        say(workers[i].to);
    }
    for (int i = 0; i < worker_count; i++) {
        hear(workers[i].from);
    }
    const uint64_t done = bench_now();
    uint64_t kib = pss_kib(getpid());
    for (int i = 0; i < worker_count; i++) {
        kib += pss_kib(workers[i].pid);
    }
    for (int i = 0; i < worker_count; i++) {
        end(&workers[i]);
    }
    const double finds = (double)worker_count * PASS_COUNT * (double)probes->count;
    printf("%llu\t%s\t%d\t%.1f\t%.1f\t%.1f\t%.2f\n", (unsigned long long)setting->count, form->name,
           worker_count, (double)kib / 1024, (double)kib / 1024 / worker_count,
           (double)(ready - begin) / 1e6, finds / (double)(done - ready) * 1e3);
    fflush(stdout);
}

int main(void)
{
    static const uint64_t counts[] = {
        [BENCH_FULL] = 4000000, [BENCH_QUICK] = 1000000, [BENCH_TINY] = 1000};
    const bench_setting setting = {
        .kind = BENCH_U64, .count = counts[bench_scale_wanted()], .folder = bench_folder()};
    bench_probes probes;
    uint64_t state = 3;
    bench_use_small_pages();
    bench_probes_open(&probes, setting.kind, bench_scale_wanted() == BENCH_TINY ? 1024 : 1 << 18);
    bench_probes_draw(&probes, setting.count, 2, &state);
    bench_table("workers", "rows\tform\tworkers\tpss_mib\tpss_mib_a_worker\tready_ms\t"
                           "million_finds_a_second");
    fflush(stdout); /* or each worker would hold a copy */
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        const struct form *form = &forms[i];
        void *self = form->way == FILLS ? NULL : form->contender->build(form->contender, &setting);
        for (int worker_count = 1; worker_count <= WORKER_COUNT_MAX; worker_count *= 2) {
            bench(form, self, &setting, &probes, worker_count);
        }
        if (self != NULL) {
            form->contender->close(self);
        }
    }
    bench_probes_close(&probes);
    return 0;
}

#include "progress.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "json_write.h"

enum { BAR_CELLS = 30 };

double shm_clock_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void show_json(const char *phase, uint64_t done, uint64_t total)
{
    shm_out out = {0};
    shm_out_text(&out, "{\"phase\":");
    shm_json_write_text(&out, phase);
    shm_out_print(&out, ",\"done\":%llu,\"total\":", (unsigned long long)done);
    if (total == 0) {
        shm_out_text(&out, "null");
    } else {
        shm_json_write_u64(&out, total);
    }
    shm_out_text(&out, "}\n");
    fwrite(out.bytes, 1, out.length, stderr);
    fflush(stderr);
    shm_out_close(&out);
}

static void show_bar(shm_progress_view *view, uint64_t done, uint64_t total)
{
    char bar[BAR_CELLS + 1];
    if (total == 0) {
        fprintf(stderr, "\r\033[K%s %llu", view->phase, (unsigned long long)done);
    } else {
        const double share = done >= total ? 1.0 : (double)done / (double)total;
        const int filled = (int)(share * BAR_CELLS);
        memset(bar, '.', BAR_CELLS);
        memset(bar, '#', (size_t)filled);
        bar[BAR_CELLS] = '\0';
        fprintf(stderr, "\r\033[K[%s] %3d %% %s", bar, (int)(share * 100), view->phase);
    }
    fflush(stderr);
    view->drawn = true;
}

void shm_progress_show(shm_progress_view *view, const char *phase, uint64_t done, uint64_t total)
{
    if (view->mode == SHM_PROGRESS_NEVER) {
        return;
    }
    const double now = shm_clock_seconds();
    const bool same = strcmp(view->phase, phase) == 0;
    const bool finished = total != 0 && done >= total;
    if (same && !finished && now - view->shown_at < 0.1) {
        return;
    }
    snprintf(view->phase, sizeof view->phase, "%s", phase);
    view->shown_at = now;
    if (view->mode == SHM_PROGRESS_JSON) {
        show_json(phase, done, total);
    } else {
        show_bar(view, done, total);
    }
}

void shm_progress_clear(shm_progress_view *view)
{
    if (view->drawn) {
        fputs("\r\033[K", stderr);
        fflush(stderr);
        view->drawn = false;
    }
}

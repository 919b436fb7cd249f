/* progress.h — telling how far a build is: a bar on a terminal, or one JSON object a line. */
#ifndef BINDINGS_CLI_PROGRESS_H
#define BINDINGS_CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

typedef enum shm_progress_mode {
    SHM_PROGRESS_NEVER,
    SHM_PROGRESS_BAR,
    SHM_PROGRESS_JSON
} shm_progress_mode;

typedef struct shm_progress_view {
    shm_progress_mode mode;
    char phase[300];
    double shown_at; /* seconds */
    bool drawn;      /* a bar stands on the line */
} shm_progress_view;

/* Seconds on a clock that never goes back. */
double shm_clock_seconds(void);

/* Shows it unless that was done a moment ago in the same phase.  total 0: not known. */
void shm_progress_show(shm_progress_view *view, const char *phase, uint64_t done, uint64_t total);

/* Takes the bar away. */
void shm_progress_clear(shm_progress_view *view);

#endif

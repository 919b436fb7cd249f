/* budget.h — how much memory a build may hold, and where what exceeds it goes.
 * Internal.  Owner: the builder.  Threads: one at a time; a worker gets one of its own. */
#ifndef ALLOCATORS_BUDGET_H
#define ALLOCATORS_BUDGET_H

#include <stdint.h>

typedef struct shm_budget {
    uint64_t left;      /* bytes that buffers may still grow by */
    uint64_t kept;      /* of these, what spools and blocks leave to others, which need it more */
    const char *folder; /* for files; NULL: $TMPDIR or /var/tmp */
} shm_budget;

#endif

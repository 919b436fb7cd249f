/* budget.h — how much memory a build may hold, and where what exceeds it goes.
 * Internal.  Owner: the builder.  Threads: one at a time; a worker gets one of its own. */
#ifndef ALLOCATORS_BUDGET_H
#define ALLOCATORS_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

/* Mapped memory that was given back and holds anything. */
struct shm_spare {
    unsigned char *bytes;
    uint64_t size; /* in units */
};

enum { SHM_SPARE_COUNT = 4 };

typedef struct shm_budget {
    uint64_t left;      /* bytes that buffers may still grow by */
    uint64_t kept;      /* of these, what spools and blocks leave to others, which need it more */
    const char *folder; /* for files; NULL: $TMPDIR or /var/tmp */
    /* Of what is left, memory to take before the system is asked for more: its pages are there
     * already, which costs more than filling them.  All zero: none. */
    struct shm_spare spare[SHM_SPARE_COUNT];
} shm_budget;

/* Memory of `size` bytes, which take whole units; *is_new if it holds zeros, else anything.
 * Nothing is taken from what is left.  NULL: there is no memory. */
enum { SHM_SPARE_UNIT = 64 << 10 };
void *shm_budget_take(shm_budget *budget, uint64_t size, bool *is_new);

/* Such memory with another size, maybe at another address.  NULL: there is no memory; it is then as
 * it was. */
void *shm_budget_resize(void *bytes, uint64_t size, uint64_t new_size);

/* Keeps such memory, of the size it was taken with, for those who take some next. */
void shm_budget_give(shm_budget *budget, void *bytes, uint64_t size);

/* Gives the spare memory back to the system.  Before memory comes from elsewhere, so that both are
 * within the budget; and at the end. */
void shm_budget_drop_spare(shm_budget *budget);

/* What a build takes that is not told: a quarter of the memory that is available, or of the limit
 * of the process's control groups where that is less; but at least SHM_BUDGET_DEFAULT_LEAST, also
 * where neither can be read.  /proc and /sys are sought below `root`: "" for those of the system.
 * Threads: any. */
#define SHM_BUDGET_DEFAULT_LEAST (UINT64_C(256) << 20)
uint64_t shm_budget_default(const char *root);

#endif

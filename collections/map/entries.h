/* entries.h — the entries of an index: pairs of a word (the hash of a key) and a row, sorted.  What
 * the building halves of maps, groups and approximate indexes start from.
 *
 * Entries are listed by their source, a range of rows at a time, and stored in partitions of nearby
 * words, whose blocks are memory or, beyond the build's budget, a file.  Then each partition is
 * sorted by itself.  Workers share both steps: ranges of rows, then partitions.
 * What is read afterwards does not depend on who did what: a sorted partition has one order.
 * Internal.  Owner: the build of one index.  Threads: one at a time, but for what is said below. */
#ifndef COLLECTIONS_ENTRIES_H
#define COLLECTIONS_ENTRIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <shm/status.h>

#include "allocators/blocks.h"
#include "allocators/budget.h"
#include "allocators/room.h"
#include "libshm/workers.h"

typedef struct shm_entry {
    uint64_t hash;
    uint64_t row;
} shm_entry;

enum { SHM_BLOCK_ENTRIES = 256 }; /* that are stored together */

/* What takes the entries of a task. */
typedef struct shm_entry_sink shm_entry_sink;

/* Takes some entries.  Fails: IO, NO_SPACE. */
SHM_MUST_USE shm_status shm_entry_sink_add(shm_entry_sink *sink, const shm_entry *list,
                                           size_t count, shm_error *error);

/* Where entries come from. */
typedef struct shm_entry_source {
    /* Hands the entries of the items [first, end) under a seed to the sink, in pieces of any size.
     * Each entry comes once, and always the same for a seed.  Called by several threads. */
    shm_status (*list)(const void *context, uint64_t first, uint64_t end, uint64_t seed,
                       shm_entry_sink *sink, shm_error *error);
    const void *context;
    uint64_t item_count;    /* rows, say */
    uint64_t items_of_task; /* so many at a time */
} shm_entry_source;

enum shm_entries_step {
    SHM_STEP_COUNT,
    SHM_STEP_GATHER,
    SHM_STEP_SORT,
    SHM_STEP_WRITE,
    SHM_STEP_NUMBER
};

/* Called on the caller's thread between tasks; a failure ends the work. */
typedef shm_status shm_entries_progress(void *context, enum shm_entries_step step, uint64_t done,
                                        uint64_t total, shm_error *error);

/* The entries whose words lie between those of the partitions before and after. */
struct shm_partition {
    uint64_t first_block;
    uint64_t count;     /* of entries */
    uint64_t key_count; /* distinct words; set by shm_entries_check */
    uint64_t groups_at; /* the place of the first of its groups; set by shm_entries_check */
};

struct shm_entry_worker;

typedef struct shm_entries {
    /* Set by the caller; the rest is zero. */
    shm_entry_source source;
    shm_workers *workers;
    shm_budget *budget;
    shm_entries_progress *progress; /* may be NULL */
    void *context;
    /* By shm_entries_count, or by the caller who knows it. */
    uint64_t count;
    uint64_t digest; /* the sum of the words under seed 0 */
    /* By shm_entries_check. */
    uint64_t key_count;    /* distinct words */
    uint64_t group_length; /* of the groups of words with several rows, counts included */
    /* By shm_entries_open and shm_entries_gather. */
    uint64_t seed;
    uint64_t partition_count;
    unsigned shift;      /* of a word, to the number of its partition; unless there are */
    uint64_t *splitters; /* the least words of all partitions but the first; else NULL */
    struct shm_partition *partitions;
    shm_blocks blocks;
    shm_room links; /* of each block: the one after it, and the number of its entries */
    struct shm_entry_worker *each; /* by worker */
    unsigned each_count;
} shm_entries;

/* Sets count and digest.  Cost: a pass over the source.  Fails: NO_MEMORY, or as the source and
 * `progress` do. */
SHM_MUST_USE shm_status shm_entries_count(shm_entries *entries, shm_error *error);

/* Makes room for `count` entries, whose words spread evenly up to `greatest`.  To be closed
 * whatever the answer.  Fails: NO_MEMORY, IO, NO_SPACE. */
SHM_MUST_USE shm_status shm_entries_open(shm_entries *entries, uint64_t greatest, shm_error *error);

/* The same for words of any spread: partitions are about equal where a sample of the words, which
 * is sorted here, is like all of them. */
SHM_MUST_USE shm_status shm_entries_open_sampled(shm_entries *entries, uint64_t *sample,
                                                 uint64_t sample_count, shm_error *error);

/* Stores the entries under a seed, in place of those under another one.  Cost: a pass over the
 * source.  Fails: IO, NO_SPACE, or as the source and `progress` do. */
SHM_MUST_USE shm_status shm_entries_gather(shm_entries *entries, uint64_t seed, shm_error *error);

/* The sorted entries of a partition, and room for as many. */
struct shm_entry_list {
    shm_entry *entries;
    uint64_t count;
    shm_entry *room;
};

/* Looks at a partition, on any worker; may order entries with the same word anew, and leave some
 * out, by moving others in their place and lowering the count. */
typedef shm_status shm_entries_look(void *context, uint64_t partition, struct shm_entry_list *list,
                                    shm_error *error);

/* Sorts the entries by word, then row, and shows each partition to `look`.  Cost: linear in count
 * for hashes.  Fails: NO_MEMORY, IO, NO_SPACE, or as `look` and `progress` do. */
SHM_MUST_USE shm_status shm_entries_sort(shm_entries *entries, shm_entries_look *look,
                                         void *context, shm_error *error);

void shm_entries_close(shm_entries *entries);

/* Tells how far a step is.  Fails as `progress` does. */
SHM_MUST_USE shm_status shm_entries_tell(const shm_entries *entries, enum shm_entries_step step,
                                         uint64_t done, uint64_t total, shm_error *error);

/* The partition of a word where there are no splitters. */
static inline uint64_t shm_entries_partition_even(uint64_t word, unsigned shift)
{
    return word >> shift / 2 >> (shift - shift / 2); /* by up to 64 */
}

static inline uint64_t shm_entries_partition(const shm_entries *entries, uint64_t word)
{
    if (entries->splitters == NULL) {
        return shm_entries_partition_even(word, entries->shift);
    }
    uint64_t partition = 0; /* there are 2^n: how many splitters are not above the word */
    for (uint64_t half = entries->partition_count / 2; half > 0; half /= 2) {
        partition += entries->splitters[partition + half - 1] <= word ? half : 0;
    }
    return partition;
}

/* The least word of a partition of words that spread evenly. */
static inline uint64_t shm_entries_partition_begin(const shm_entries *entries, uint64_t partition)
{
    return partition == 0 ? 0 : partition << entries->shift;
}

#endif

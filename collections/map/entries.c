/* entries.c — the entries of an index, from their source into partitions. */
#include "collections/map/entries.h"

#include <stdlib.h>
#include <string.h>

#include "collections/map/entries_parts.h"
#include "collections/map/entry_list.h"
#include "libshm/error.h"

enum {
    PARTITION_ENTRIES_MAX = 1 << 15, /* so that sorting one stays in a processor's cache */
    PARTITION_ENTRIES_MIN = 64,
    PARTITION_BITS_MAX = 12,
    PARTITION_BITS_USUAL = 10, /* beyond it partitions grow first */
    PARTITION_SHARE = 64       /* of the budget, which one may take */
};
#define TAIL_BYTES_MIN (UINT64_C(1) << 20) /* of all tails of a worker, however small the budget */
#define SORT_BYTES_MIN (UINT64_C(1) << 20)
#define SORT_BYTES_MAX (UINT64_C(16) << 20)

shm_status shm_entries_tell(const shm_entries *entries, enum shm_entries_step step, uint64_t done,
                            uint64_t total, shm_error *error)
{
    return entries->progress == NULL
               ? SHM_OK
               : entries->progress(entries->context, step, done, total, error);
}

/* ---- room ---- */

static unsigned partition_bits(const shm_entries *entries)
{
    const uint64_t share = PARTITION_SHARE * (uint64_t)entries->each_count * sizeof(shm_entry);
    uint64_t size = entries->budget->left / share;
    size = size > PARTITION_ENTRIES_MAX ? PARTITION_ENTRIES_MAX : size;
    size = size < PARTITION_ENTRIES_MIN ? PARTITION_ENTRIES_MIN : size;
    uint64_t most = entries->budget->left / (4 * (uint64_t)entries->each_count);
    most =
        (most > TAIL_BYTES_MIN ? most : TAIL_BYTES_MIN) / (SHM_BLOCK_ENTRIES * sizeof(shm_entry));
    unsigned bits = 0;
    while (UINT64_C(2) << bits <= most &&
           entries->count >> bits >
               (bits < PARTITION_BITS_USUAL ? size : PARTITION_ENTRIES_MAX * UINT64_C(8)) &&
           bits < PARTITION_BITS_MAX) {
        bits++;
    }
    return bits;
}

static shm_status open_worker(shm_entries *entries, struct shm_entry_worker *worker,
                              shm_error *error)
{
    const uint64_t partitions = entries->partition_count;
    const uint64_t left = entries->budget->left;
    uint64_t share = left / (8 * (uint64_t)entries->each_count);
    share = share > SORT_BYTES_MAX ? SORT_BYTES_MAX : share;
    share = share < SORT_BYTES_MIN ? SORT_BYTES_MIN : share;
    worker->budget = (shm_budget){.left = share, .folder = entries->budget->folder};
    entries->budget->left -= share < left ? share : left;
    worker->sort_bytes = share < left ? share : left;
    shm_status status = shm_room_open(
        entries->budget, partitions * (sizeof *worker->last_block + sizeof *worker->filled),
        &worker->room, error);
    if (status == SHM_OK) {
        status = shm_room_open_unset(entries->budget,
                                     partitions * SHM_BLOCK_ENTRIES * sizeof *worker->tails,
                                     &worker->tail_room, error);
    }
    if (status == SHM_OK) {
        worker->last_block = worker->room.bytes;
        worker->filled = (uint32_t *)(worker->last_block + partitions);
        worker->tails = worker->tail_room.bytes;
    }
    return status;
}

/* Leaves a part of the budget to what is made of the entries. */
static shm_status open_blocks(shm_entries *entries, uint64_t block_count, shm_error *error)
{
    shm_budget *budget = entries->budget;
    const uint64_t kept = budget->kept;
    budget->kept = budget->left / 8;
    const shm_status status = shm_blocks_open(
        budget, block_count, SHM_BLOCK_ENTRIES * sizeof(shm_entry), &entries->blocks, error);
    budget->kept = kept;
    return status;
}

static shm_status open_partitions(shm_entries *entries, shm_error *error)
{
    entries->partitions = calloc(entries->partition_count, sizeof *entries->partitions);
    entries->each = calloc(entries->each_count, sizeof *entries->each);
    if (entries->partitions == NULL || entries->each == NULL) {
        return shm_fail_memory(error);
    }
    shm_status status = SHM_OK;
    for (unsigned i = 0; i < entries->each_count && status == SHM_OK; i++) {
        status = open_worker(entries, &entries->each[i], error);
    }
    const uint64_t block_count =
        entries->count / SHM_BLOCK_ENTRIES + entries->partition_count * entries->each_count;
    if (status == SHM_OK) {
        status =
            shm_room_open(entries->budget, block_count * sizeof(uint64_t), &entries->links, error);
    }
    return status == SHM_OK ? open_blocks(entries, block_count, error) : status;
}

shm_status shm_entries_open(shm_entries *entries, uint64_t greatest, shm_error *error)
{
    entries->each_count = entries->workers->job_count;
    const unsigned bits = partition_bits(entries);
    const unsigned length = shm_bit_length(greatest);
    entries->shift = length > bits ? length - bits : 0;
    entries->partition_count = shm_entries_partition(entries, greatest) + 1;
    return open_partitions(entries, error);
}

static int compare_words(const void *a, const void *b)
{
    const uint64_t left = *(const uint64_t *)a;
    const uint64_t right = *(const uint64_t *)b;
    return (left > right) - (left < right);
}

shm_status shm_entries_open_sampled(shm_entries *entries, uint64_t *sample, uint64_t sample_count,
                                    shm_error *error)
{
    entries->each_count = entries->workers->job_count;
    entries->partition_count = sample_count == 0 ? 1 : UINT64_C(1) << partition_bits(entries);
    entries->splitters = malloc(entries->partition_count * sizeof *entries->splitters);
    if (entries->splitters == NULL) {
        return shm_fail_memory(error);
    }
    qsort(sample, (size_t)sample_count, sizeof *sample, compare_words);
    for (uint64_t i = 1; i < entries->partition_count; i++) {
        entries->splitters[i - 1] = sample[i * sample_count / entries->partition_count];
    }
    return open_partitions(entries, error);
}

void shm_entries_close(shm_entries *entries)
{
    for (unsigned i = 0; i < entries->each_count && entries->each != NULL; i++) {
        struct shm_entry_worker *worker = &entries->each[i];
        shm_room_close(&worker->lists);
        shm_budget_drop_spare(&worker->budget);
        shm_room_close(&worker->tail_room);
        shm_room_close(&worker->room);
        entries->budget->left += worker->sort_bytes;
    }
    shm_blocks_close(&entries->blocks);
    shm_room_close(&entries->links);
    free(entries->splitters);
    free(entries->each);
    free(entries->partitions);
    entries->splitters = NULL;
    entries->each = NULL;
    entries->partitions = NULL;
}

/* ---- taking entries ---- */

struct shm_entry_sink {
    shm_entries *entries;
    struct shm_entry_worker *worker;
    bool is_counting;
};

static void add_counting(struct shm_entry_worker *worker, const shm_entry *list, size_t count)
{
    uint64_t digest = 0;
    for (size_t i = 0; i < count; i++) {
        digest += list[i].hash;
    }
    worker->digest += digest;
    worker->count += count;
}

/* Stores the worker's tail of a partition. */
static shm_status store_tail(shm_entries *entries, struct shm_entry_worker *worker,
                             uint64_t partition, shm_error *error)
{
    const uint64_t block = shm_blocks_take(&entries->blocks);
    const uint64_t count = worker->filled[partition];
    shm_link_set(entries, block, worker->last_block[partition], count);
    worker->last_block[partition] = block;
    worker->filled[partition] = 0;
    return shm_blocks_write(&entries->blocks, block, worker->tails + partition * SHM_BLOCK_ENTRIES,
                            count * sizeof *worker->tails, error);
}

/* Inlined, it asks once whether there are splitters. */
static inline __attribute__((always_inline)) shm_status
store_entries(shm_entries *entries, struct shm_entry_worker *worker, bool has_splitters,
              const shm_entry *list, size_t count, shm_error *error)
{
    const unsigned shift = entries->shift;
    shm_entry *tails = worker->tails;
    uint32_t *filled = worker->filled;
    for (size_t i = 0; i < count; i++) {
        const shm_entry entry = list[i];
        const uint64_t partition = has_splitters ? shm_entries_partition(entries, entry.hash)
                                                 : shm_entries_partition_even(entry.hash, shift);
        const uint32_t at = filled[partition];
        tails[partition * SHM_BLOCK_ENTRIES + at] = entry;
        filled[partition] = at + 1;
        if (at + 1 == SHM_BLOCK_ENTRIES) {
            const shm_status status = store_tail(entries, worker, partition, error);
            if (status != SHM_OK) {
                return status;
            }
        }
    }
    return SHM_OK;
}

shm_status shm_entry_sink_add(shm_entry_sink *sink, const shm_entry *list, size_t count,
                              shm_error *error)
{
    if (sink->is_counting) {
        add_counting(sink->worker, list, count);
        return SHM_OK;
    }
    return sink->entries->splitters != NULL
               ? store_entries(sink->entries, sink->worker, true, list, count, error)
               : store_entries(sink->entries, sink->worker, false, list, count, error);
}

/* ---- passes over the source ---- */

struct pass {
    shm_entries *entries;
    struct shm_entry_worker *each;
    uint64_t seed;
    bool is_counting;
};

static shm_status list_task(void *context, unsigned worker, uint64_t number, shm_error *error)
{
    const struct pass *pass = context;
    const shm_entry_source *source = &pass->entries->source;
    shm_entry_sink sink = {pass->entries, &pass->each[worker], pass->is_counting};
    const uint64_t first = number * source->items_of_task;
    const uint64_t left = source->item_count - first;
    const uint64_t items = left < source->items_of_task ? left : source->items_of_task;
    return source->list(source->context, first, first + items, pass->seed, &sink, error);
}

static uint64_t task_count(const shm_entry_source *source)
{
    return source->item_count / source->items_of_task +
           (source->item_count % source->items_of_task != 0);
}

static shm_status tell_listed(void *context, uint64_t done, shm_error *error)
{
    const struct pass *pass = context;
    return shm_entries_tell(pass->entries, pass->is_counting ? SHM_STEP_COUNT : SHM_STEP_GATHER,
                            done, task_count(&pass->entries->source), error);
}

static shm_status run_pass(struct pass *pass, shm_error *error)
{
    const shm_work work = {.count = task_count(&pass->entries->source),
                           .task = list_task,
                           .done = tell_listed,
                           .context = pass};
    return shm_workers_run(pass->entries->workers, &work, error);
}

shm_status shm_entries_count(shm_entries *entries, shm_error *error)
{
    const unsigned workers = entries->workers->job_count;
    struct shm_entry_worker *each = calloc(workers, sizeof *each);
    if (each == NULL) {
        return shm_fail_memory(error);
    }
    struct pass pass = {.entries = entries, .each = each, .is_counting = true};
    const shm_status status = run_pass(&pass, error);
    for (unsigned i = 0; i < workers; i++) {
        entries->count += each[i].count;
        entries->digest += each[i].digest;
    }
    free(each);
    return status;
}

/* Begins anew, without entries. */
static void clear(shm_entries *entries)
{
    shm_blocks_clear(&entries->blocks);
    for (uint64_t p = 0; p < entries->partition_count; p++) {
        entries->partitions[p] = (struct shm_partition){.first_block = SHM_NO_BLOCK};
        for (unsigned i = 0; i < entries->each_count; i++) {
            entries->each[i].last_block[p] = SHM_NO_BLOCK;
            entries->each[i].filled[p] = 0;
        }
    }
}

/* Joins what the workers have of a partition, in any order. */
static shm_status join_partition(shm_entries *entries, uint64_t number, shm_error *error)
{
    struct shm_partition *partition = &entries->partitions[number];
    for (unsigned i = 0; i < entries->each_count; i++) {
        struct shm_entry_worker *worker = &entries->each[i];
        if (worker->filled[number] > 0) {
            const shm_status status = store_tail(entries, worker, number, error);
            if (status != SHM_OK) {
                return status;
            }
        }
        uint64_t next;
        for (uint64_t block = worker->last_block[number]; block != SHM_NO_BLOCK; block = next) {
            const uint64_t count = shm_link_count(entries, block);
            next = shm_link_next(entries, block);
            shm_link_set(entries, block, partition->first_block, count);
            partition->first_block = block;
            partition->count += count;
        }
    }
    return SHM_OK;
}

shm_status shm_entries_gather(shm_entries *entries, uint64_t seed, shm_error *error)
{
    struct pass pass = {.entries = entries, .each = entries->each, .seed = seed};
    entries->seed = seed;
    clear(entries);
    shm_status status = run_pass(&pass, error);
    for (uint64_t p = 0; p < entries->partition_count && status == SHM_OK; p++) {
        status = join_partition(entries, p, error);
    }
    return status;
}

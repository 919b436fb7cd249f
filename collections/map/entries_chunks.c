/* entries_chunks.c — chunks are made by all workers and written in order by the caller. */
#include "collections/map/entries_chunks.h"

#include <stdlib.h>

#include "libshm/error.h"

enum { CHUNKS_OF_WORKER = 2 }; /* that wait to be written */

/* Chunks are taken in order, so a worker's cursor only ever goes on. */
struct chunk_worker {
    uint64_t position; /* of the cursor */
    shm_entries_cursor cursor;
};

struct chunks {
    const shm_entries *entries;
    uint64_t count;
    shm_chunk_fill *fill;
    const void *context;
    size_t bytes_max;
    bool tells;
    shm_writer *writer;
    struct chunk_worker *workers;
    unsigned window;
    shm_room room; /* of `window` chunks */
    size_t made[SHM_WORK_WINDOW_MAX];
};

static unsigned char *room_of(const struct chunks *chunks, uint64_t chunk)
{
    return (unsigned char *)chunks->room.bytes + chunk % chunks->window * chunks->bytes_max;
}

static shm_status fill_task(void *context, unsigned number, uint64_t chunk, shm_error *error)
{
    struct chunks *chunks = context;
    struct chunk_worker *worker = &chunks->workers[number];
    const uint64_t first = chunk * SHM_CHUNK_ENTRIES;
    const uint64_t left = chunks->count - first;
    const uint64_t count = left < SHM_CHUNK_ENTRIES ? left : SHM_CHUNK_ENTRIES;
    shm_entries_cursor_skip(&worker->cursor, first - worker->position);
    worker->position = first + count;
    chunks->made[chunk % chunks->window] =
        chunks->fill(chunks->context, &worker->cursor, first, count, room_of(chunks, chunk));
    return shm_entries_cursor_status(&worker->cursor, error);
}

static shm_status write_chunk(void *context, uint64_t chunk, shm_error *error)
{
    const struct chunks *chunks = context;
    const shm_status status = shm_writer_add(chunks->writer, room_of(chunks, chunk),
                                             chunks->made[chunk % chunks->window], error);
    if (status != SHM_OK || !chunks->tells) {
        return status;
    }
    const uint64_t end = (chunk + 1) * SHM_CHUNK_ENTRIES;
    return shm_entries_tell(chunks->entries, SHM_STEP_WRITE,
                            end < chunks->count ? end : chunks->count, chunks->count, error);
}

shm_status shm_entries_write_chunks(const shm_entries *entries, uint64_t count,
                                    shm_chunk_fill *fill, const void *context, size_t bytes_max,
                                    bool tells, shm_writer *writer, shm_error *error)
{
    struct chunks chunks = {.entries = entries,
                            .count = count,
                            .fill = fill,
                            .context = context,
                            .bytes_max = bytes_max,
                            .tells = tells,
                            .writer = writer,
                            .window = CHUNKS_OF_WORKER * entries->each_count};
    chunks.workers = calloc(entries->each_count, sizeof *chunks.workers);
    if (chunks.workers == NULL) {
        return shm_fail_memory(error);
    }
    for (unsigned i = 0; i < entries->each_count; i++) {
        shm_entries_cursor_open(entries, 0, &chunks.workers[i].cursor);
    }
    shm_status status = shm_room_open_unset(entries->budget, chunks.window * (uint64_t)bytes_max,
                                            &chunks.room, error);
    if (status == SHM_OK) {
        const shm_work work = {.count =
                                   count / SHM_CHUNK_ENTRIES + (count % SHM_CHUNK_ENTRIES != 0),
                               .window = chunks.window,
                               .task = fill_task,
                               .done = write_chunk,
                               .context = &chunks};
        status = shm_workers_run(entries->workers, &work, error);
        shm_room_close(&chunks.room);
    }
    free(chunks.workers);
    return status;
}

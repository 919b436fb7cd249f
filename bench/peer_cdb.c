/* peer_cdb.c — cdb (TinyCDB): a file of pairs and hash tables, written once, mapped to be read.
 * Its offsets have 32 bits: 4 GiB a file. */
#include <cdb.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "peer_bytes.h"
#include "support.h"

struct cdb_file {
    char path[4096];
    struct cdb cdb;
    int fd;
};

static void open_for_finds(struct cdb_file *file)
{
    file->fd = open(file->path, O_RDONLY | O_CLOEXEC);
    bench_require_errno(file->fd < 0 || cdb_init(&file->cdb, file->fd) != 0, file->path);
}

static void close_for_finds(struct cdb_file *file)
{
    cdb_free(&file->cdb);
    close(file->fd);
}

static void *build(const bench_contender *contender, const bench_setting *setting)
{
    (void)contender;
    struct cdb_file *file = bench_allocate(sizeof *file);
    struct cdb_make make;
    snprintf(file->path, sizeof file->path, "%s/cdb", setting->folder);
    const int fd = open(file->path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    bench_require_errno(fd < 0 || cdb_make_start(&make, fd) != 0, file->path);
    for (uint64_t row = 0; row < setting->count; row++) {
        bench_key key;
        bench_key_make(setting->kind, row, &key);
        bench_require_errno(cdb_make_add(&make, &key.as, (unsigned)key.length, &row,
                                         (unsigned)bench_value_bytes(setting->kind)) != 0,
                            file->path);
    }
    bench_require_errno(cdb_make_finish(&make) != 0 || close(fd) != 0, file->path);
    open_for_finds(file);
    return file;
}

static void close_cdb(void *self)
{
    struct cdb_file *file = self;
    close_for_finds(file);
    unlink(file->path);
    free(file);
}

static void reopen(void *self)
{
    close_for_finds(self);
    open_for_finds(self);
}

BENCH_INLINE uint64_t get(void *self, shm_string key)
{
    struct cdb *cdb = &((struct cdb_file *)self)->cdb;
    return cdb_find(cdb, key.data, (unsigned)key.length) > 0
               ? bench_value_read(cdb_getdata(cdb), cdb_datalen(cdb))
               : BENCH_NONE;
}

static uint64_t each(void *self, const bench_probes *probes)
{
    return bench_bytes_each(get, self, probes);
}

static uint64_t dependent(void *self, const bench_probes *probes)
{
    return bench_bytes_dependent(get, self, probes);
}

static uint64_t bytes(void *self)
{
    return bench_file_bytes(((struct cdb_file *)self)->path);
}

const bench_contender bench_cdb = {
    .name = "cdb",
    .kinds = BENCH_ALL_KINDS,
    .count_max = 10000000,
    .probe_divisor = 4,
    .build = build,
    .close = close_cdb,
    .find_each = each,
    .find_dependent = dependent,
    .find_bytes = bytes,
    .all_bytes = bytes,
    .reopen = reopen,
};

/* What is made of sorted entries a piece at a time, by several workers: the bytes that one alone
 * makes. */
#include <criterion/criterion.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "collections/map/entries_chunks.h"
#include "libshm/hash.h"
#include "tests/support/build.h"
#include "tests/support/listed.h"

static struct shm_test_listed *listed_of(uint64_t count)
{
    uint64_t *hashes = malloc((size_t)(count + 1) * sizeof *hashes);
    cr_assert_not_null(hashes);
    for (uint64_t i = 0; i < count; i++) {
        hashes[i] = shm_mix64(i, 3);
    }
    struct shm_test_listed *listed = shm_test_listed_new(hashes, count, 1);
    free(hashes);
    return listed;
}

Test(entries_cursor, skips_to_where_it_would_have_come)
{
    static const uint64_t steps[] = {0, 1, 2, 63, 64, 255, 256, 257, 1000, 4999, 5000};
    struct shm_test_listed *listed = listed_of(5000);
    shm_entries_cursor *cursor = malloc(sizeof *cursor);
    cr_assert_not_null(cursor);
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        shm_entries_cursor_open(&listed->entries, 0, cursor);
        uint64_t at = 0;
        while (at + steps[i] < listed->count) {
            shm_entries_cursor_skip(cursor, steps[i]);
            at += steps[i];
            const shm_entry *next = shm_entries_cursor_peek(cursor);
            cr_assert_not_null(next);
            cr_assert_eq(next->row, listed->list[at].row, "%llu", (unsigned long long)at);
            cursor->at++;
            at++;
        }
        shm_entries_cursor_skip(cursor, listed->count - at);
        cr_expect_null(shm_entries_cursor_peek(cursor));
    }
    free(cursor);
    shm_test_listed_close(listed);
}

/* Three bytes of each entry. */
static size_t fill_three(const void *context, shm_entries_cursor *cursor, uint64_t first,
                         uint64_t count, unsigned char *out)
{
    const struct shm_test_listed *listed = context;
    shm_entry entry;
    size_t bytes = 0;
    for (uint64_t i = 0; i < count; i++, bytes += 3) {
        cr_assert(shm_entries_cursor_take(cursor, &entry));
        cr_assert_eq(entry.row, listed->list[first + i].row);
        memcpy(out + bytes, &entry.row, 3);
    }
    return bytes;
}

Test(entries_chunks, are_written_in_order)
{
    static const uint64_t counts[] = {0,
                                      1,
                                      SHM_CHUNK_ENTRIES - 1,
                                      SHM_CHUNK_ENTRIES,
                                      SHM_CHUNK_ENTRIES + 1,
                                      7 * SHM_CHUNK_ENTRIES + 5};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        struct shm_test_listed *listed = listed_of(counts[i]);
        const int fd = memfd_create("chunks", MFD_CLOEXEC);
        shm_writer writer;
        shm_error error;
        cr_assert_eq(shm_writer_open(fd, "chunks", &writer, &error), SHM_OK);
        cr_assert_eq(shm_entries_write_chunks(&listed->entries, counts[i], fill_three, listed,
                                              3 * SHM_CHUNK_ENTRIES, true, &writer, &error),
                     SHM_OK);
        cr_assert_eq(shm_writer_flush(&writer, &error), SHM_OK);
        cr_expect_eq(writer.position, 3 * counts[i]);
        shm_writer_close(&writer);
        for (uint64_t k = 0; k < counts[i]; k += 97) {
            uint64_t row = 0;
            cr_assert_eq(pread(fd, &row, 3, (off_t)(3 * k)), 3);
            cr_assert_eq(row, listed->list[k].row);
        }
        close(fd);
        shm_test_listed_close(listed);
    }
}

Test(entries_chunks, a_full_disk_ends_the_writing)
{
    struct shm_test_listed *listed = listed_of(3 * SHM_CHUNK_ENTRIES);
    const int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
    shm_writer writer;
    shm_error error;
    cr_assert_geq(fd, 0);
    cr_assert_eq(shm_writer_open(fd, "full", &writer, &error), SHM_OK);
    writer.position = SHM_WRITER_CHUNK_BYTES - 100000; /* the first flush comes soon */
    shm_status status =
        shm_entries_write_chunks(&listed->entries, listed->count, fill_three, listed,
                                 3 * SHM_CHUNK_ENTRIES, true, &writer, &error);
    cr_expect_eq(status, SHM_NO_SPACE);
    cr_expect_str_eq(error.text, "full: cannot write: No space left on device");
    shm_writer_close(&writer);
    close(fd);
    shm_test_listed_close(listed);
}

/* ---- in images ---- */

static struct shm_test_image build(const shm_schema *schema, uint64_t rows, uint64_t hot,
                                   uint64_t memory_bytes, unsigned jobs)
{
    const shm_build_options options = {.memory_bytes = memory_bytes, .jobs = jobs};
    shm_builder *builder = NULL;
    char name[32];
    cr_assert_eq(shm_builder_open(schema, &options, &builder, NULL), SHM_OK);
    for (uint64_t row = 0; row < rows; row++) {
        const uint64_t number = shm_mix64(row, 9);
        snprintf(name, sizeof name, "%s%llx", row % 2 == 0 ? "a longer name " : "",
                 (unsigned long long)number % 5000);
        shm_builder_row_begin(builder, 0);
        shm_put_uint(builder, row < hot ? 7 : number);
        shm_put_text(builder, shm_string_of(name, strlen(name)));
        shm_test_row_end(builder);
    }
    return shm_test_finish(builder);
}

static void expect_same(const shm_schema *schema, uint64_t rows, uint64_t hot)
{
    static const struct {
        uint64_t memory_bytes;
        unsigned jobs;
    } ways[] = {{0, 2}, {0, 3}, {0, 7}, {1, 1}, {1, 3}};
    const struct shm_test_image first = build(schema, rows, hot, 0, 1);
    shm_dataset_close(shm_test_open(&first, schema)); /* verified */
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        const struct shm_test_image image =
            build(schema, rows, hot, ways[i].memory_bytes, ways[i].jobs);
        cr_expect(image.size == first.size && memcmp(image.bytes, first.bytes, first.size) == 0,
                  "%llu rows, %llu with one key, way %zu", (unsigned long long)rows,
                  (unsigned long long)hot, i);
        free(image.bytes);
    }
    free(first.bytes);
}

Test(entries_chunks, sorted_indexes_of_some_chunks)
{
    const shm_schema *schema =
        shm_test_schema("record R { key: u64; name: string; } dataset D { rows: array<R>;"
                        " by_key: sorted rows by key; by_name: sorted rows by name; }");
    expect_same(schema, SHM_CHUNK_ENTRIES - 1, 0);
    expect_same(schema, SHM_CHUNK_ENTRIES, 0);
    expect_same(schema, SHM_CHUNK_ENTRIES + 1, 0);
    expect_same(schema, 3 * SHM_CHUNK_ENTRIES + 63, 20000);
    shm_schema_free(schema);
}

/* Groups of 4 bytes a row and 4 for each count: those of a partition are made by one worker up to
 * 1 MiB, and written by the caller alone beyond. */
Test(groups_build, keys_with_many_rows)
{
    const shm_schema *schema =
        shm_test_schema("record R { key: u64; name: string; } dataset D { rows: array<R>;"
                        " by_key: multi rows by key; }");
    const uint64_t most = (1 << 20) / 4 - 1;
    expect_same(schema, most + 100, most);
    expect_same(schema, most + 100, most + 1);
    shm_schema_free(schema);
}

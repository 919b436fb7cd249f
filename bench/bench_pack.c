/* bench_pack — what it costs to make rows: the generated builder's add, row by row, beside copying
 * as many finished bytes with memcpy, a row at a time.  Publishing is not part of either. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "pack.shm.h"
#include "support.h"

enum { ROUND_COUNT = 7, PART_COUNT = 4, COLLECTION_COUNT = 3 };

static void require(shm_status status, const pack_builder *builder)
{
    bench_require(status, &builder->error, "build");
}

static void add_numbers(pack_builder *builder, uint64_t i)
{
    const pack_numbers_input row = {.id = i,
                                    .parent = i / 2,
                                    .weight = (double)i,
                                    .price = (double)i / 4,
                                    .born = -(int64_t)i,
                                    .score = 1.5F,
                                    .flags = (uint32_t)i,
                                    .kind = (uint16_t)(i & 0xffff),
                                    .state = (uint8_t)(i & 7),
                                    .level = (uint8_t)(i & 63),
                                    .count = (uint32_t)i,
                                    .last = i + 1};
    require(pack_builder_add_numbers(builder, &row), builder);
}

static void add_short(pack_builder *builder, uint64_t i)
{
    char code[12] = "AB-00000000";
    for (size_t k = 0; k < 8; k++) {
        code[3 + k] = (char)('A' + (i >> (4 * k) & 15));
    }
    const pack_short_input row = {.id = i,
                                  .code = shm_string_of(code, 11),
                                  .place = SHM_STR("Winterthur"),
                                  .price = (double)i / 4};
    require(pack_builder_add_shorts(builder, &row), builder);
}

static void add_long(pack_builder *builder, uint64_t i)
{
    const uint32_t parts[PART_COUNT] = {(uint32_t)i, (uint32_t)i + 1, (uint32_t)i + 2, 7};
    char name[33] = "the name of what has no ........";
    for (size_t k = 0; k < 8; k++) {
        name[24 + k] = (char)('A' + (i >> (4 * k) & 15));
    }
    const pack_long_input row = {
        .id = i, .name = shm_string_of(name, 32), .parts = {.items = parts, .count = PART_COUNT}};
    require(pack_builder_add_longs(builder, &row), builder);
}

static void (*const adders[COLLECTION_COUNT])(pack_builder *, uint64_t) = {add_numbers, add_short,
                                                                           add_long};

/* The ns a row; publishes to `path` unless it is NULL. */
static double add_rows(uint32_t collection, uint64_t row_count, const char *path)
{
    const shm_build_options options = {.memory_bytes = (uint64_t)2 << 30};
    pack_builder builder;
    require(pack_builder_open(&builder, &options), &builder);
    const uint64_t start = bench_now();
    for (uint64_t i = 0; i < row_count; i++) {
        adders[collection](&builder, i);
    }
    const uint64_t end = bench_now();
    if (path != NULL) {
        require(pack_builder_publish(&builder, path), &builder);
    }
    pack_builder_close(&builder);
    return (double)(end - start) / (double)row_count;
}

/* Bytes that all rows of the collection came to, heap included. */
static uint64_t bytes_of(const shm_dataset *image, const char *collection)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < shm_dataset_section_count(image); i++) {
        const shm_section_info section = shm_dataset_section(image, i);
        if (section.collection != NULL && strcmp(section.collection, collection) == 0) {
            sum += section.size;
        }
    }
    return sum;
}

/* The ns a row, into memory that was not touched before, as a builder's is. */
static double copy_rows(uint64_t row_count, uint64_t row_bytes)
{
    static char finished[4096];
    char *room = bench_allocate(row_count * row_bytes);
    const uint64_t start = bench_now();
    for (uint64_t i = 0; i < row_count; i++) {
        memcpy(room + i * row_bytes, finished, row_bytes);
        __asm__ volatile("" : : "r"(room) : "memory");
    }
    const uint64_t end = bench_now();
    free(room);
    return (double)(end - start) / (double)row_count;
}

static void bench(uint32_t collection, uint64_t row_count)
{
    const char *path = bench_image_path();
    double added[ROUND_COUNT], copied[ROUND_COUNT], ratios[ROUND_COUNT];
    pack_dataset pack = {.image = NULL};
    shm_error error;
    (void)add_rows(collection, row_count, path);
    bench_require(pack_open(&pack, path, SHM_VERIFY_NEVER, &error), &error, "open");
    const char *name = shm_dataset_schema(pack.image)->dataset->collections[collection].name;
    const uint64_t row_bytes = bytes_of(pack.image, name) / row_count;
    for (int round = 0; round < ROUND_COUNT; round++) {
        added[round] = add_rows(collection, row_count, NULL);
        copied[round] = copy_rows(row_count, row_bytes);
        ratios[round] = added[round] / copied[round];
    }
    bench_table("pack", "rows_of\trows\tbytes_a_row\tadd_ns\tmemcpy_ns\tadd_over_memcpy");
    printf("%s\t%llu\t%llu\t%.1f\t%.1f\t%.2f\n", name, (unsigned long long)row_count,
           (unsigned long long)row_bytes, bench_median(added, ROUND_COUNT),
           bench_median(copied, ROUND_COUNT), bench_median(ratios, ROUND_COUNT));
    pack_close(&pack);
    unlink(path);
}

int main(void)
{
    static const uint64_t row_counts[] = {
        [BENCH_FULL] = 1000000, [BENCH_QUICK] = 200000, [BENCH_TINY] = 1000};
    bench_use_small_pages();
    for (uint32_t collection = 0; collection < COLLECTION_COUNT; collection++) {
        bench(collection, row_counts[bench_scale_wanted()]);
    }
    return 0;
}

/* bench_open — does the time to open an image grow with the image?  Beside it in each round: the
 * same file merely opened, mapped and unmapped, which is what the kernel takes. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <shm/builder.h>
#include <shm/dataset.h>

#include "support.h"

enum { PAYLOAD_BYTES = 120, ROW_BYTES = 128, ROUND_COUNT = 201 };

static const char schema_text[] = "record Row { id: u64; payload: u8[120]; }\n"
                                  "dataset Rows { rows: array<Row>; }\n";

static void build_image(const char *path, uint64_t row_count)
{
    const shm_schema *schema = bench_schema(schema_text);
    shm_builder *builder = NULL;
    shm_error error;
    uint64_t payload[PAYLOAD_BYTES / 8] = {0}, state = 1;
    bench_require(shm_builder_open(schema, NULL, &builder, &error), &error, "open a builder");
    for (uint64_t row = 0; row < row_count; row++) {
        payload[row % (PAYLOAD_BYTES / 8)] = bench_random(&state);
        shm_builder_row_begin(builder, 0);
        shm_put_uint(builder, row);
        shm_put_elements(builder, payload, PAYLOAD_BYTES);
        bench_require(shm_builder_row_end(builder, NULL, &error), &error, "add a row");
    }
    bench_require(shm_builder_publish(builder, path, &error), &error, "publish");
    shm_builder_close(builder);
    shm_schema_free(schema);
}

static double open_us(const char *path)
{
    const shm_open_options options = {.verify = SHM_VERIFY_NEVER};
    shm_dataset *dataset = NULL;
    shm_error error;
    const uint64_t start = bench_now();
    bench_require(shm_dataset_open(path, &options, &dataset, &error), &error, "open");
    const uint64_t end = bench_now();
    shm_dataset_close(dataset);
    return (double)(end - start) / 1e3;
}

static double map_us(const char *path)
{
    struct stat file;
    const uint64_t start = bench_now();
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &file) != 0) {
        perror(path);
        exit(1);
    }
    volatile unsigned char *bytes = mmap(NULL, (size_t)file.st_size, PROT_READ, MAP_SHARED, fd, 0);
    if (bytes == MAP_FAILED) {
        perror("mmap");
        exit(1);
    }
    (void)bytes[0];
    const uint64_t end = bench_now();
    munmap((void *)(uintptr_t)bytes, (size_t)file.st_size);
    close(fd);
    return (double)(end - start) / 1e3;
}

int main(void)
{
    static const uint64_t sizes_mib[] = {1, 16, 256, 4096};
    static const size_t size_counts[] = {[BENCH_FULL] = 4, [BENCH_QUICK] = 3, [BENCH_TINY] = 1};
    const char *path = bench_image_path();
    double first = 0;
    bench_table("open", "image_mib\topen_us\tmap_alone_us\topen_over_smallest");
    for (size_t i = 0; i < size_counts[bench_scale_wanted()]; i++) {
        double opened[ROUND_COUNT], mapped[ROUND_COUNT];
        build_image(path, (sizes_mib[i] << 20) / ROW_BYTES);
        for (int round = 0; round < ROUND_COUNT; round++) {
            opened[round] = open_us(path);
            mapped[round] = map_us(path);
        }
        unlink(path);
        const double open_median = bench_median(opened, ROUND_COUNT);
        first = i == 0 ? open_median : first;
        printf("%llu\t%.1f\t%.1f\t%.2f\n", (unsigned long long)sizes_mib[i], open_median,
               bench_median(mapped, ROUND_COUNT), open_median / first);
        fflush(stdout);
    }
    return 0;
}

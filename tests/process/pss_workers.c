/* pss_workers — eight forked workers that touch every byte of every row of one image together take
 * little more memory than the image: at most 1.05 times its size and 2 MB a worker. */
#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <shm/builder.h>
#include <shm/dataset.h>

#include "tests/support/plain.h"

enum { WORKER_COUNT = 8, ROW_COUNT = 400000, NOTE_BYTES = 100 };

static const char schema_text[] = "record Row { id: u64; note: string; marks: [u32]; }\n"
                                  "dataset Rows { rows: array<Row>; by_id: index rows by id; }\n";

struct board {
    pthread_barrier_t barrier;
    uint64_t sums[WORKER_COUNT];
    uint64_t pss_kib[WORKER_COUNT];
};

static const shm_schema *parsed_schema(void)
{
    const shm_schema *schema = NULL;
    shm_error error;
    require_ok(shm_schema_parse(schema_text, strlen(schema_text), "rows", NULL, &schema, &error),
               &error, "parse");
    return schema;
}

/* Writes the image and returns the sum of all ids and note bytes. */
static uint64_t build_image(const char *path)
{
    const shm_schema *schema = parsed_schema();
    shm_builder *builder = NULL;
    shm_error error;
    uint64_t sum = 0;
    char note[NOTE_BYTES + 1];
    require_ok(shm_builder_open(schema, NULL, &builder, &error), &error, "open a builder");
    for (uint64_t id = 0; id < ROW_COUNT; id++) {
        const uint32_t marks[2] = {(uint32_t)id, (uint32_t)(id * 7)};
        snprintf(note, sizeof note, "%0*llu", NOTE_BYTES, (unsigned long long)id);
        shm_builder_row_begin(builder, 0);
        shm_put_uint(builder, id);
        shm_put_text(builder, shm_string_of(note, NOTE_BYTES));
        shm_put_elements(builder, marks, 2);
        require_ok(shm_builder_row_end(builder, NULL, &error), &error, "add a row");
        sum += id + marks[0] + marks[1];
        for (size_t i = 0; i < NOTE_BYTES; i++) {
            sum += (unsigned char)note[i];
        }
    }
    require_ok(shm_builder_publish(builder, path, &error), &error, "publish");
    shm_builder_close(builder);
    shm_schema_free(schema);
    return sum;
}

static uint64_t sum_of_row(const shm_dataset *dataset, uint64_t row)
{
    shm_value record, field, item;
    REQUIRE(shm_dataset_row(dataset, 0, row, &record));
    REQUIRE(shm_value_field(&record, 0, &field) == SHM_PRESENT);
    uint64_t sum = shm_value_word(&field);
    REQUIRE(shm_value_field(&record, 1, &field) == SHM_PRESENT);
    const shm_string note = shm_value_text(&field);
    for (size_t i = 0; i < note.length; i++) {
        sum += (unsigned char)note.data[i];
    }
    REQUIRE(shm_value_field(&record, 2, &field) == SHM_PRESENT);
    for (uint64_t i = 0; i < shm_value_count(&field); i++) {
        REQUIRE(shm_value_item(&field, i, &item) == SHM_PRESENT);
        sum += shm_value_word(&item);
    }
    return sum;
}

static uint64_t own_pss_kib(void)
{
    FILE *file = fopen("/proc/self/smaps_rollup", "r");
    char line[256];
    unsigned long pss = 0;
    REQUIRE(file != NULL);
    while (fgets(line, sizeof line, file) != NULL && sscanf(line, "Pss: %lu", &pss) != 1) {
    }
    fclose(file);
    return pss;
}

static void work(const shm_dataset *dataset, struct board *board, unsigned worker)
{
    const shm_index *by_id = shm_dataset_index(dataset, 1);
    for (uint64_t row = 0; row < ROW_COUNT; row++) {
        REQUIRE(shm_index_find_word(by_id, row) == row);
        board->sums[worker] += sum_of_row(dataset, row);
    }
    pthread_barrier_wait(&board->barrier);
    board->pss_kib[worker] = own_pss_kib();
    pthread_barrier_wait(&board->barrier);
    _exit(0);
}

int main(void)
{
    const uint64_t sum = build_image("rows.img");
    shm_dataset *dataset = NULL;
    shm_error error;
    require_ok(shm_dataset_open("rows.img", NULL, &dataset, &error), &error, "open");

    struct board *board =
        mmap(NULL, sizeof *board, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pthread_barrierattr_t shared;
    REQUIRE(board != MAP_FAILED);
    pthread_barrierattr_init(&shared);
    pthread_barrierattr_setpshared(&shared, PTHREAD_PROCESS_SHARED);
    pthread_barrier_init(&board->barrier, &shared, WORKER_COUNT);

    for (unsigned worker = 0; worker < WORKER_COUNT; worker++) {
        const pid_t child = fork();
        REQUIRE(child >= 0);
        if (child == 0) {
            work(dataset, board, worker);
        }
    }
    uint64_t pss_kib = 0;
    for (unsigned worker = 0; worker < WORKER_COUNT; worker++) {
        int status = 0;
        REQUIRE(wait(&status) > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    for (unsigned worker = 0; worker < WORKER_COUNT; worker++) {
        REQUIRE(board->sums[worker] == sum);
        pss_kib += board->pss_kib[worker];
    }
    const uint64_t image_kib = shm_dataset_size(dataset) / 1024;
    const uint64_t bound_kib = image_kib * 105 / 100 + WORKER_COUNT * 1953;
    printf("image %llu KiB, %d workers' PSS %llu KiB, bound %llu KiB\n",
           (unsigned long long)image_kib, WORKER_COUNT, (unsigned long long)pss_kib,
           (unsigned long long)bound_kib);
    REQUIRE(pss_kib <= bound_kib);
    shm_dataset_close(dataset);
    return 0;
}

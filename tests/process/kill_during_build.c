/* kill_during_build — SIGKILL at random moments of builds: the old image stays whole, at most
 * `.NAME.new` is left, and the next build succeeds and cleans it. */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <shm/builder.h>
#include <shm/dataset.h>

#include "tests/support/plain.h"

enum { ROUND_COUNT = 150, ROW_COUNT = 4000, NANOSECONDS = 1000000000 };

static const char image_path[] = "images/a.img";
static const char schema_text[] = "record Row { id: u64; note: string; }\n"
                                  "dataset Rows { rows: array<Row>; by_id: index rows by id; }\n";

static void build(const shm_schema *schema, uint64_t rows)
{
    const shm_build_options options = {.memory_bytes = 64 << 10};
    shm_builder *builder = NULL;
    shm_error error;
    require_ok(shm_builder_open(schema, &options, &builder, &error), &error, "open");
    for (uint64_t i = 0; i < rows; i++) {
        char note[64];
        const int length =
            snprintf(note, sizeof note, "a note outside of its row: %llu", (unsigned long long)i);
        shm_builder_row_begin(builder, 0);
        shm_put_uint(builder, i);
        shm_put_text(builder, shm_string_of(note, (size_t)length));
        require_ok(shm_builder_row_end(builder, NULL, &error), &error, "row");
    }
    require_ok(shm_builder_publish(builder, image_path, &error), &error, "publish");
    shm_builder_close(builder);
}

/* The rows of the image, which must verify. */
static uint64_t count_rows(void)
{
    const shm_open_options options = {.verify = SHM_VERIFY_ALWAYS};
    shm_dataset *dataset = NULL;
    shm_error error;
    require_ok(shm_dataset_open(image_path, &options, &dataset, &error), &error, "open");
    const uint64_t count = shm_dataset_table(dataset, 0).count;
    shm_dataset_close(dataset);
    return count;
}

/* Whether `.a.img.new` is there; anything else but the image is litter. */
static bool look_for_litter(void)
{
    bool is_left = false;
    DIR *folder = opendir("images");
    REQUIRE(folder != NULL);
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        is_left = is_left || strcmp(entry->d_name, ".a.img.new") == 0;
        REQUIRE(strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
                strcmp(entry->d_name, "a.img") == 0 || strcmp(entry->d_name, ".a.img.new") == 0);
    }
    closedir(folder);
    return is_left;
}

static uint64_t nanoseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * NANOSECONDS + (uint64_t)now.tv_nsec;
}

/* Runs a build of `rows` rows in a child and kills it after a while; true if it was still alive. */
static bool build_and_kill(const shm_schema *schema, uint64_t rows, uint64_t after)
{
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        build(schema, rows);
        _exit(0);
    }
    const struct timespec wait = {(time_t)(after / NANOSECONDS), (long)(after % NANOSECONDS)};
    nanosleep(&wait, NULL);
    kill(child, SIGKILL);
    int status;
    REQUIRE(waitpid(child, &status, 0) == child);
    REQUIRE(WIFSIGNALED(status) || (WIFEXITED(status) && WEXITSTATUS(status) == 0));
    return WIFSIGNALED(status);
}

int main(void)
{
    const shm_schema *schema = NULL;
    shm_error error;
    require_ok(shm_schema_parse(schema_text, strlen(schema_text), "rows", NULL, &schema, &error),
               &error, "parse");
    REQUIRE(mkdir("images", 0700) == 0);
    const uint64_t begun = nanoseconds();
    build(schema, ROW_COUNT);
    const uint64_t whole = nanoseconds() - begun;
    uint64_t rows = ROW_COUNT;
    unsigned killed = 0;
    unsigned left = 0;
    srandom((unsigned)begun);
    for (uint64_t i = 1; i <= ROUND_COUNT; i++) {
        /* Every other round aims at the end, where the file is linked and exchanged. */
        const uint64_t random_part = (uint64_t)random() % (i % 2 == 0 ? whole / 4 : whole);
        const uint64_t after = (i % 2 == 0 ? whole * 3 / 4 : 0) + random_part;
        const bool was_killed = build_and_kill(schema, ROW_COUNT + i, after);
        const uint64_t now = count_rows();
        REQUIRE(now == ROW_COUNT + i || (was_killed && now == rows));
        rows = now;
        killed += was_killed;
        left += look_for_litter();
    }
    build(schema, ROW_COUNT);
    REQUIRE(count_rows() == ROW_COUNT);
    REQUIRE(!look_for_litter());
    printf("killed %u of %d builds; %u left .a.img.new\n", killed, ROUND_COUNT, left);
    shm_schema_free(schema);
    return 0;
}

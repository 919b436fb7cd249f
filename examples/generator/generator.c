/* generator IMAGE COUNT — builds an image from rows that are made one by one and never exist all at
 * once, with little memory for buffers; then asks it for the number with the longest way. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "numbers.shm.h"

enum { WAY_MAX = 1024 };

/* Makes the rows, one at a time. */
struct generator {
    uint64_t next;
    uint64_t end;
    uint64_t way[WAY_MAX]; /* of the row made last */
};

static bool generate(struct generator *generator, numbers_number_input *row)
{
    if (generator->next == generator->end)
        return false;
    uint64_t at = generator->next++;
    size_t count = 0;
    *row = (numbers_number_input){.start = at, .highest = at};
    while (count < WAY_MAX) {
        generator->way[count++] = at;
        if (at > row->highest)
            row->highest = at;
        if (at == 1)
            break;
        at = at % 2 == 0 ? at / 2 : 3 * at + 1;
    }
    row->steps = (uint32_t)(count - 1);
    row->way.items = generator->way; /* copied by the builder */
    row->way.count = count;
    return true;
}

/* Called from time to time; false would end the build. */
static bool show_progress(void *context, const shm_progress *progress)
{
    (void)context;
    fprintf(stderr, "%-20s %llu\r", progress->phase, (unsigned long long)progress->done);
    return true;
}

static shm_status build(const char *path, uint64_t count, shm_error *error)
{
    struct generator generator = {.next = 1, .end = count + 1};
    shm_build_options options = {.memory_bytes = 4 << 20};
    numbers_builder builder;
    numbers_number_input row;
    if (isatty(STDERR_FILENO))
        options.progress = show_progress;
    shm_status status = numbers_builder_open(&builder, &options);
    while (status == SHM_OK && generate(&generator, &row))
        status = numbers_builder_add_numbers(&builder, &row);
    if (status == SHM_OK)
        status = numbers_builder_publish(&builder, path);
    *error = builder.error;
    numbers_builder_close(&builder);
    return status;
}

static void print_longest(const numbers_dataset *numbers)
{
    const numbers_number *longest = numbers_numbers_at(numbers, 0);
    for (const numbers_number *row = NULL; numbers_numbers_next(numbers, &row);) {
        if (row->steps > longest->steps)
            longest = row;
    }
    const numbers_u64_span way = numbers_number_way(longest);
    printf("%llu takes %u steps, up to %llu; before 1 comes %llu\n",
           (unsigned long long)longest->start, longest->steps, (unsigned long long)longest->highest,
           (unsigned long long)way.items[way.count - 2]);
    printf("%llu numbers take 10 steps\n",
           (unsigned long long)numbers_by_steps_find(numbers, 10).count);
}

int main(int argc, char **argv)
{
    numbers_dataset numbers;
    shm_error error;
    const uint64_t count = argc == 3 ? strtoull(argv[2], NULL, 10) : 0;
    if (count < 2) {
        fprintf(stderr, "usage: generator IMAGE COUNT, where COUNT is at least 2\n");
        return 2;
    }
    shm_status status = build(argv[1], count, &error);
    if (status == SHM_OK)
        status = numbers_open(&numbers, argv[1], SHM_VERIFY_AUTO, &error);
    if (status != SHM_OK) {
        fprintf(stderr, "generator: %s\n", error.text);
        return 1;
    }
    print_longest(&numbers);
    numbers_close(&numbers);
    return 0;
}

/* bench_serial — formats that are read where they lie, with the same items in each: encoding them
 * into a file, opening it and reading one field, and reading every field (docs/benchmarks.md). */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "pages.h"
#include "serial.h"
#include "support.h"

enum { ROUND_COUNT = 7, FORMAT_COUNT = 3 };

enum { ENCODE, OPEN_ONE, OPEN_CHECKED, TRAVERSE, FIGURE_COUNT };

static const bench_format *const formats[FORMAT_COUNT] = {
    &bench_format_shm, &bench_format_flatbuffers, &bench_format_capnp};

static shm_string letters(char *room, size_t length, uint64_t *state)
{
    for (size_t i = 0; i < length; i++) {
        room[i] = (char)('a' + bench_random(state) % 26);
    }
    room[length] = '\0';
    return shm_string_of(room, length);
}

static bench_item *make_items(size_t count)
{
    bench_item *items = bench_allocate(count * sizeof *items);
    uint64_t state = 7;
    for (size_t i = 0; i < count; i++) {
        bench_item *item = &items[i];
        item->id = i * 3;
        item->price = (double)(bench_random(&state) % 100000);
        item->lat = (double)(bench_random(&state) % 90);
        item->lon = (double)(bench_random(&state) % 180);
        item->kind = (uint8_t)(bench_random(&state) % 8);
        item->name = letters(item->name_bytes, 8 + bench_random(&state) % 32, &state);
        item->tag_count = (uint8_t)(bench_random(&state) % (BENCH_TAG_COUNT_MAX + 1));
        for (size_t k = 0; k < item->tag_count; k++) {
            item->tags[k] = letters(item->tag_bytes[k], 4 + bench_random(&state) % 16, &state);
        }
    }
    return items;
}

static uint64_t sum_of(const bench_item *items, size_t count)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        const bench_item *item = &items[i];
        sum += item->id + item->kind + (uint64_t)(item->price + item->lat + item->lon) +
               bench_text_sum(item->name.data, item->name.length);
        for (size_t k = 0; k < item->tag_count; k++) {
            sum += bench_text_sum(item->tags[k].data, item->tags[k].length);
        }
    }
    return sum;
}

static void require_same(uint64_t found, uint64_t wanted, const bench_format *format)
{
    if (found != wanted) {
        fprintf(stderr, "%s: reads something else than was written\n", format->name);
        exit(1);
    }
}

/* us until an id in the middle was read. */
static double open_one(const bench_format *format, const char *path, size_t count, bool checks)
{
    const uint64_t start = bench_now();
    void *self = format->open(path, checks);
    const uint64_t id = format->id_of(self, count / 2);
    const uint64_t end = bench_now();
    format->close(self);
    require_same(id, count / 2 * 3, format);
    return (double)(end - start) / 1e3;
}

static void run_round(const bench_format *format, const bench_item *items, size_t count,
                      const char *path, uint64_t sum, double figures[FIGURE_COUNT])
{
    const uint64_t start = bench_now();
    format->encode(items, count, path);
    const uint64_t end = bench_now();
    figures[ENCODE] = (double)(end - start) / (double)count;
    figures[OPEN_ONE] = open_one(format, path, count, false);
    figures[OPEN_CHECKED] = format->can_check ? open_one(format, path, count, true) : 0;
    void *self = format->open(path, false);
    require_same(format->traverse(self), sum, format); /* touches every page once */
    const uint64_t again = bench_now();
    require_same(format->traverse(self), sum, format);
    figures[TRAVERSE] = (double)(bench_now() - again) / (double)count;
    format->close(self);
}

static double median_of(double figures[ROUND_COUNT][FORMAT_COUNT][FIGURE_COUNT], int format,
                        int figure, bool over_ours)
{
    double sorted[ROUND_COUNT];
    for (int round = 0; round < ROUND_COUNT; round++) {
        const double of_other = figures[round][format][figure];
        sorted[round] = !over_ours     ? of_other
                        : of_other > 0 ? figures[round][0][figure] / of_other
                                       : 0;
    }
    return bench_median(sorted, ROUND_COUNT);
}

static void print_format(double figures[ROUND_COUNT][FORMAT_COUNT][FIGURE_COUNT], int format,
                         size_t count, double bytes)
{
    printf("%s\t%zu\t%.1f", formats[format]->name, count, bytes / (double)count);
    for (int figure = 0; figure < FIGURE_COUNT; figure++) {
        const double median = median_of(figures, format, figure, false);
        if (median > 0) {
            printf("\t%.1f", median);
        } else {
            printf("\t");
        }
    }
    printf("\t%.3f\t%.3f\n", median_of(figures, format, ENCODE, true),
           median_of(figures, format, TRAVERSE, true));
}

int main(void)
{
    static const size_t counts[] = {
        [BENCH_FULL] = 500000, [BENCH_QUICK] = 100000, [BENCH_TINY] = 1000};
    const size_t count = counts[bench_scale_wanted()];
    const char *path = bench_image_path();
    double figures[ROUND_COUNT][FORMAT_COUNT][FIGURE_COUNT], bytes[FORMAT_COUNT];
    bench_use_small_pages();
    bench_item *items = make_items(count);
    const uint64_t sum = sum_of(items, count);
    for (int round = 0; round < ROUND_COUNT; round++) {
        for (int format = 0; format < FORMAT_COUNT; format++) {
            run_round(formats[format], items, count, path, sum, figures[round][format]);
            bytes[format] = (double)bench_file_bytes(path);
            unlink(path);
        }
    }
    free(items);
    bench_table("serial", "format\titems\tbytes_an_item\tencode_ns_an_item\topen_read_one_us\t"
                          "open_verified_us\ttraverse_ns_an_item\tlibshm_over_it_encode\t"
                          "libshm_over_it_traverse");
    for (int format = 0; format < FORMAT_COUNT; format++) {
        print_format(figures, format, count, bytes[format]);
    }
    return 0;
}

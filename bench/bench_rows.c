/* bench_rows — how fast do rows go into a builder?  Beside it in each round: memcpy of the same
 * number of finished bytes into memory that is as new as the builder's.
 *
 * Without an argument the rows take 128 MiB; "quick": 8 MiB.  Further arguments choose the kinds of
 * rows. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rows.shm.h>

#include "support.h"

enum { ROUND_COUNT = 9 };

/* One kind of rows, and its calls. */
struct shape {
    const char *name;
    size_t row_size;
    size_t input_size;
    void (*fill)(void *input, uint64_t i);
    shm_status (*add)(rows_builder *builder, const void *input);
    shm_status (*add_many)(rows_builder *builder, const void *input, size_t count);
    shm_status (*put)(rows_builder *builder, const void *input);
};

static void fill_pair(void *input, uint64_t i)
{
    *(rows_pair_input *)input = (rows_pair_input){.key = i, .value = ~i};
}

static void fill_floats(void *input, uint64_t i)
{
    rows_floats_input *row = input;
    for (int k = 0; k < 8; k++)
        row->of[k] = (double)i * 0.5 + k;
}

static void fill_mixed(void *input, uint64_t i)
{
    *(rows_mixed_input *)input = (rows_mixed_input){.id = (uint32_t)i,
                                                    .kind = (rows_kind)(i % 4),
                                                    .flag = i % 2 == 0,
                                                    .value = (double)i,
                                                    .seen = {.micros = (int64_t)i},
                                                    .day = {(int32_t)(i % 20000)},
                                                    .count = (uint16_t)i,
                                                    .sum = 0.25f};
}

static void fill_optional(void *input, uint64_t i)
{
    *(rows_optional_input *)input =
        (rows_optional_input){.id = (uint32_t)i,
                              .has_value = i % 2 == 0,
                              .value = (double)i,
                              .has_kind = i % 3 != 0,
                              .kind = i % 5 == 0 ? ROWS_SPARSE_TEN : ROWS_SPARSE_HUNDRED,
                              .has_day = true,
                              .day = {(int32_t)(i % 20000)},
                              .next = 0};
}

static void fill_usual(void *input, uint64_t i)
{
    static char names[4096][32];
    const size_t at = (size_t)(i % 4096);
    const int length =
        snprintf(names[at], sizeof names[at], "name-%llu", (unsigned long long)i % 999983);
    *(rows_usual_input *)input =
        (rows_usual_input){.id = (uint32_t)i,
                           .name = shm_string_of(names[at], (size_t)length),
                           .value = (double)i,
                           .kind = (rows_kind)(i % 4),
                           .has_parent = i % 2 == 0,
                           .parent = i};
}

static shm_status add_pair(rows_builder *builder, const void *input)
{
    return rows_builder_add_pairs(builder, input);
}

static shm_status add_pairs(rows_builder *builder, const void *input, size_t count)
{
    return rows_builder_add_many_pairs(builder, input, count);
}

static shm_status put_pair(rows_builder *builder, const void *input)
{
    shm_builder_row_begin(builder->builder, 0);
    rows_put_pair_fields(builder->builder, input);
    return shm_builder_row_end(builder->builder, NULL, &builder->error);
}

static shm_status add_float(rows_builder *builder, const void *input)
{
    return rows_builder_add_floats(builder, input);
}

static shm_status add_floats(rows_builder *builder, const void *input, size_t count)
{
    return rows_builder_add_many_floats(builder, input, count);
}

static shm_status put_floats(rows_builder *builder, const void *input)
{
    shm_builder_row_begin(builder->builder, 1);
    rows_put_floats_fields(builder->builder, input);
    return shm_builder_row_end(builder->builder, NULL, &builder->error);
}

static shm_status add_mixed(rows_builder *builder, const void *input)
{
    return rows_builder_add_mixed(builder, input);
}

static shm_status add_many_mixed(rows_builder *builder, const void *input, size_t count)
{
    return rows_builder_add_many_mixed(builder, input, count);
}

static shm_status put_mixed(rows_builder *builder, const void *input)
{
    shm_builder_row_begin(builder->builder, 2);
    rows_put_mixed_fields(builder->builder, input);
    return shm_builder_row_end(builder->builder, NULL, &builder->error);
}

static shm_status add_optional(rows_builder *builder, const void *input)
{
    return rows_builder_add_optional(builder, input);
}

static shm_status add_many_optional(rows_builder *builder, const void *input, size_t count)
{
    return rows_builder_add_many_optional(builder, input, count);
}

static shm_status put_optional(rows_builder *builder, const void *input)
{
    shm_builder_row_begin(builder->builder, 3);
    rows_put_optional_fields(builder->builder, input);
    return shm_builder_row_end(builder->builder, NULL, &builder->error);
}

static shm_status add_usual(rows_builder *builder, const void *input)
{
    return rows_builder_add_usual(builder, input);
}

static shm_status add_entry(rows_builder *builder, const void *input)
{
    const rows_map_entry_input *entry = input;
    return rows_builder_add_map(builder, entry->key, entry->value);
}

static shm_status add_entries(rows_builder *builder, const void *input, size_t count)
{
    return rows_builder_add_many_map(builder, input, count);
}

static shm_status put_entry(rows_builder *builder, const void *input)
{
    const rows_map_entry_input *entry = input;
    shm_builder_row_begin(builder->builder, 5);
    shm_put_uint(builder->builder, entry->key);
    shm_put_uint(builder->builder, entry->value);
    return shm_builder_row_end(builder->builder, NULL, &builder->error);
}

static const struct shape shapes[] = {
    {"pair", sizeof(rows_pair), sizeof(rows_pair_input), fill_pair, add_pair, add_pairs, put_pair},
    {"entry", 16, sizeof(rows_map_entry_input), fill_pair, add_entry, add_entries, put_entry},
    {"floats", sizeof(rows_floats), sizeof(rows_floats_input), fill_floats, add_float, add_floats,
     put_floats},
    {"mixed", sizeof(rows_mixed), sizeof(rows_mixed_input), fill_mixed, add_mixed, add_many_mixed,
     put_mixed},
    {"optional", sizeof(rows_optional), sizeof(rows_optional_input), fill_optional, add_optional,
     add_many_optional, put_optional},
    {"usual", sizeof(rows_usual), sizeof(rows_usual_input), fill_usual, add_usual, NULL, NULL},
};

enum { SHAPE_COUNT = sizeof shapes / sizeof *shapes, INPUT_BYTES = 256 << 10 };

enum way { COPY, ADD_MANY, ADD, PUT, WAY_COUNT };

/* The input comes again and again, so that what is measured is not its reading. */
static void add(const struct shape *shape, enum way way, rows_builder *builder,
                const unsigned char *input, size_t count)
{
    shm_status status = SHM_OK;
    if (way == ADD_MANY) {
        status = shape->add_many(builder, input, count);
    }
    for (size_t i = 0; way != ADD_MANY && i < count && status == SHM_OK; i++) {
        const unsigned char *row = input + i * shape->input_size;
        status = way == ADD ? shape->add(builder, row) : shape->put(builder, row);
    }
    bench_require(status, &builder->error, shape->name);
}

static double measure(const struct shape *shape, enum way way, const unsigned char *input,
                      size_t batch, size_t batches)
{
    rows_builder builder;
    unsigned char *copy = NULL;
    const size_t batch_bytes = batch * shape->row_size;
    const shm_build_options options = {.memory_bytes = UINT64_C(4) << 30};
    bench_require(rows_builder_open(&builder, &options), &builder.error, "open a builder");
    if (way == COPY && (copy = malloc(batches * batch_bytes)) == NULL)
        abort();
    const uint64_t start = bench_now();
    for (size_t i = 0; i < batches; i++) {
        if (way == COPY)
            memcpy(copy + i * batch_bytes, input, batch_bytes);
        else
            add(shape, way, &builder, input, batch);
    }
    const double ns = (double)(bench_now() - start);
    if (copy != NULL && copy[batch_bytes / 2] == 255 && ns < 0)
        puts("never"); /* the copy is wanted */
    free(copy);
    rows_builder_close(&builder);
    return ns / (double)(batch * batches);
}

/* Others on the machine only ever make a round longer. */
static double least(const double ns[ROUND_COUNT])
{
    double best = ns[0];
    for (int i = 1; i < ROUND_COUNT; i++)
        best = ns[i] < best ? ns[i] : best;
    return best;
}

static void run(const struct shape *shape, size_t bytes)
{
    const size_t batch = INPUT_BYTES / shape->input_size;
    const size_t batches = bytes / (batch * shape->row_size);
    unsigned char *input = malloc(INPUT_BYTES);
    double ns[WAY_COUNT][ROUND_COUNT] = {{0}};
    if (input == NULL)
        abort();
    for (size_t i = 0; i < batch; i++)
        shape->fill(input + i * shape->input_size, i);
    for (int round = 0; round < ROUND_COUNT; round++) {
        ns[COPY][round] = measure(shape, COPY, input, batch, batches);
        ns[ADD][round] = measure(shape, ADD, input, batch, batches);
        if (shape->add_many != NULL)
            ns[ADD_MANY][round] = measure(shape, ADD_MANY, input, batch, batches);
        if (shape->put != NULL)
            ns[PUT][round] = measure(shape, PUT, input, batch, batches);
    }
    double best[WAY_COUNT];
    for (int way = 0; way < WAY_COUNT; way++)
        best[way] = least(ns[way]);
    printf("%s\t%zu\t%.2f\t%.2f\t%.2f\t%.2f\t%.2f\n", shape->name, shape->row_size, best[COPY],
           best[ADD_MANY], best[ADD], best[PUT],
           best[ADD_MANY] > 0 ? best[COPY] / best[ADD_MANY] : 0);
    fflush(stdout);
    free(input);
}

static bool is_chosen(const char *name, int count, char **names)
{
    bool chosen = count <= 0;
    for (int i = 0; i < count; i++)
        chosen = chosen || strcmp(name, names[i]) == 0;
    return chosen;
}

int main(int argc, char **argv)
{
    const bool quick = argc > 1 && strcmp(argv[1], "quick") == 0;
    puts("rows\tbytes\tmemcpy_ns\tadd_many_ns\tadd_ns\tput_ns\tmany_of_memcpy");
    for (size_t i = 0; i < SHAPE_COUNT; i++) {
        if (is_chosen(shapes[i].name, argc - 1 - quick, argv + 1 + quick))
            run(&shapes[i], (size_t)(quick ? 8 : 128) << 20);
    }
    return 0;
}

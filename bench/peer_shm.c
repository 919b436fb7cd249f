/* peer_shm.c — libshm: the forms in which a schema can hold pairs of a key and a value, built and
 * opened; how they are asked is in peer_shm_find.c. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <shm/builder.h>

#include "peer_shm.h"
#include "pages.h"
#include "support.h"

/* How the schema calls what a kind holds. */
static const struct {
    const char *key, *value, *fields, *by;
} types[BENCH_KIND_COUNT] = {
    {"u64", "u64", "key: u64;", "key"},
    {"u32", "u32", "key: u32;", "key"},
    {"uuid", "u64", "key: uuid;", "key"},
    {"Pair", "u64", "first: u32; second: u32;", "first, second"},
    {"string", "u64", "key: string;", "key"},
};

static void schema_text(const struct bench_variant *variant, bench_kind kind, char *text,
                        size_t size)
{
    if (variant->is_map) {
        snprintf(text, size,
                 "struct Pair { first: u32; second: u32; }\n"
                 "dataset Bench { by_key: map<%s, %s> %s; }\n",
                 types[kind].key, types[kind].value, variant->options);
    } else {
        snprintf(text, size,
                 "record Row { %s value: %s; }\n"
                 "dataset Bench { rows: array<Row>; by_key: index rows by %s %s; }\n",
                 types[kind].fields, types[kind].value, types[kind].by, variant->options);
    }
}

/* The schema, or NULL where the library does not know such a form (yet). */
static const shm_schema *parse(const bench_contender *contender, bench_kind kind)
{
    char text[512];
    const shm_schema *schema = NULL;
    shm_error error;
    schema_text(contender->variant, kind, text, sizeof text);
    if (shm_schema_parse(text, strlen(text), "schema", NULL, &schema, &error) != SHM_OK) {
        fprintf(stderr, "left out: %s of %s keys: %s\n", contender->name, bench_kind_name(kind),
                error.text);
        return NULL;
    }
    return schema;
}

/* Texts are put value by value. */
static void put_text_row(shm_builder *builder, const bench_key *key, uint64_t row)
{
    shm_error error;
    shm_builder_row_begin(builder, 0);
    shm_put_text(builder, shm_string_of(key->as.text, key->length));
    shm_put_uint(builder, row);
    bench_require(shm_builder_row_end(builder, NULL, &error), &error, "row");
}

/* Rows of a fixed size are added as the generated header adds one: the key, then the value. */
static void add_row(shm_builder *builder, bench_kind kind, const bench_key *key, uint64_t row)
{
    static const size_t key_bytes[] = {
        [BENCH_U64] = 8, [BENCH_U32] = 4, [BENCH_UUID] = 16, [BENCH_PAIR] = 8};
    unsigned char packed[24];
    shm_error error;
    const size_t size = key_bytes[kind];
    const size_t value_size = bench_value_bytes(kind);
    memcpy(packed, &key->as, size);
    memcpy(packed + size, &row, value_size);
    bench_require(shm_builder_add_rows(builder, 0, packed, 1, size + value_size, NULL, &error),
                  &error, "row");
}

static void publish(const bench_image *image)
{
    const shm_build_options options = {.memory_bytes = image->variant->memory_bytes,
                                       .jobs = image->variant->job_count};
    shm_builder *builder = NULL;
    shm_error error;
    bench_require(shm_builder_open(image->schema, &options, &builder, &error), &error, "builder");
    for (uint64_t row = 0; row < image->count; row++) {
        bench_key key;
        bench_key_make(image->kind, row, &key);
        if (image->kind == BENCH_TEXT) {
            put_text_row(builder, &key, row);
        } else {
            add_row(builder, image->kind, &key, row);
        }
    }
    bench_require(shm_builder_publish(builder, image->path, &error), &error, "publish");
    shm_builder_close(builder);
}

static void bind(bench_image *image)
{
    /* BENCH_COPY: in memory of the kind that the limits and the maps of others are in. */
    const shm_open_options options = {.verify = SHM_VERIFY_NEVER,
                                      .private_copy = getenv("BENCH_COPY") != NULL,
                                      .pages = bench_pages_are_huge() ? SHM_PAGES_HUGE
                                                                      : SHM_PAGES_DEFAULT};
    shm_error error;
    bench_require(shm_dataset_open(image->path, &options, &image->dataset, &error), &error, "open");
    const shm_collection *by_key =
        shm_schema_collection(shm_dataset_schema(image->dataset), "by_key");
    const shm_type *record = by_key->record;
    image->is_placed = by_key->placed_width != 0;
    image->placed = shm_dataset_placed(image->dataset, by_key->number);
    const shm_table table = shm_dataset_table(image->dataset, by_key->number);
    image->index = shm_dataset_index(image->dataset, by_key->number);
    image->words = shm_word_index_of(image->index);
    image->values = table.rows + record->fields[record->field_count - 1].offset;
    image->stride = table.stride;
}

static void *build(const bench_contender *contender, const bench_setting *setting)
{
    static unsigned number;
    const struct bench_variant *variant = contender->variant;
    const shm_schema *schema = parse(contender, setting->kind);
    if (schema == NULL) {
        return NULL;
    }
    bench_image *image = bench_allocate(sizeof *image);
    *image = (bench_image){
        .variant = variant, .schema = schema, .kind = setting->kind, .count = setting->count};
    snprintf(image->path, sizeof image->path, "%s/%u.img", setting->folder, number++);
    publish(image);
    bind(image);
    return image;
}

static void close_image(void *self)
{
    bench_image *image = self;
    shm_dataset_close(image->dataset);
    shm_schema_free(image->schema);
    unlink(image->path);
    free(image);
}

static void reopen(void *self)
{
    bench_image *image = self;
    shm_dataset_close(image->dataset);
    bind(image);
}

static uint64_t image_bytes(void *self)
{
    return shm_dataset_size(((bench_image *)self)->dataset);
}

/* Words, and pairs packed into one, stand in the index; others are compared where they stand. */
static uint64_t index_bytes(void *self)
{
    bench_image *image = self;
    return !image->is_placed && (image->kind == BENCH_U64 || image->kind == BENCH_U32 ||
                                 image->kind == BENCH_PAIR)
               ? shm_index_describe(image->index).size_bytes
               : image_bytes(self);
}

/* ---- the list: a form of the schema is a row ---- */

/* clang-format off */
#define IMAGE(NAME, ANSWERS, BYTES, ...)                                                           \
    .name = (NAME), .kinds = BENCH_ALL_KINDS, .build = build, .close = close_image,                \
    .find_each = bench_shm_##ANSWERS##_each,                                                       \
    .find_dependent = bench_shm_##ANSWERS##_dependent,                                             \
    .find_batch = bench_shm_##ANSWERS##_batch, .find_bytes = (BYTES),                              \
    .all_bytes = image_bytes, .reopen = reopen,                                                    \
    .variant = &(const struct bench_variant){__VA_ARGS__}
/* clang-format on */

const bench_contender bench_shm[] = {
    {IMAGE("libshm index", rows, index_bytes, .options = "")},
    {IMAGE("libshm index (reads the row)", values, image_bytes, .options = ""),
     .shares_previous = true},
    {IMAGE("libshm map", values, image_bytes, .is_map = true, .options = "")},
    {IMAGE("libshm map min", values, image_bytes, .is_map = true, .options = "min")},
};
const size_t bench_shm_count = sizeof bench_shm / sizeof bench_shm[0];

const bench_contender bench_shm_builds[] = {
    {IMAGE("libshm index", rows, index_bytes, .options = "")},
    {IMAGE("libshm index (1 job)", rows, index_bytes, .options = "", .job_count = 1)},
    {IMAGE("libshm index (512 MiB)", rows, index_bytes, .options = "",
           .memory_bytes = (uint64_t)512 << 20)},
    {IMAGE("libshm map", values, image_bytes, .is_map = true, .options = "")},
};
const size_t bench_shm_build_count = sizeof bench_shm_builds / sizeof bench_shm_builds[0];

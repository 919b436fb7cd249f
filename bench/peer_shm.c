/* peer_shm.c — libshm: the forms in which a schema can hold pairs of a key and a value. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <shm/builder.h>
#include <shm/dataset.h>

#include "contender.h"
#include "support.h"

struct variant {
    bool is_map;         /* pairs; else rows of a table, and an index over them */
    const char *options; /* of the collection */
    unsigned job_count;  /* threads that build; 0: the library's choice */
    uint64_t memory_bytes;
};

/* An open image of a variant. */
struct image {
    const struct variant *variant;
    const shm_schema *schema;
    char path[4096];
    bench_kind kind;
    uint64_t count;
    shm_dataset *dataset;
    const shm_index *index;
    const unsigned char *values; /* in row 0 */
    uint64_t stride;
};

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

static void schema_text(const struct variant *variant, bench_kind kind, char *text, size_t size)
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

static void put_key(shm_builder *builder, const struct image *image, const bench_key *key)
{
    shm_uuid uuid;
    switch (image->kind) {
    case BENCH_U64:
        shm_put_uint(builder, key->as.u64);
        return;
    case BENCH_U32:
        shm_put_uint(builder, key->as.u32);
        return;
    case BENCH_UUID:
        memcpy(uuid.bytes, &key->as.uuid, sizeof uuid.bytes);
        shm_put_uuid(builder, uuid);
        return;
    case BENCH_PAIR:
        if (image->variant->is_map) {
            shm_put_begin(builder);
        }
        shm_put_uint(builder, key->as.pair.first);
        shm_put_uint(builder, key->as.pair.second);
        if (image->variant->is_map) {
            shm_put_end(builder);
        }
        return;
    case BENCH_TEXT:
    case BENCH_KIND_COUNT:
        shm_put_text(builder, shm_string_of(key->as.text, key->length));
        return;
    }
}

static void publish(const struct image *image)
{
    shm_build_options options = {.memory_bytes = image->variant->memory_bytes};
    shm_builder *builder = NULL;
    shm_error error;
#ifdef BENCH_JOBS_FIELD
    options.BENCH_JOBS_FIELD = image->variant->job_count;
#endif
    bench_require(shm_builder_open(image->schema, &options, &builder, &error), &error, "builder");
    for (uint64_t row = 0; row < image->count; row++) {
        bench_key key;
        bench_key_make(image->kind, row, &key);
        shm_builder_row_begin(builder, 0);
        put_key(builder, image, &key);
        shm_put_uint(builder, row);
        bench_require(shm_builder_row_end(builder, NULL, &error), &error, "row");
    }
    bench_require(shm_builder_publish(builder, image->path, &error), &error, "publish");
    shm_builder_close(builder);
}

static void bind(struct image *image)
{
    const shm_open_options options = {.verify = SHM_VERIFY_NEVER};
    shm_error error;
    bench_require(shm_dataset_open(image->path, &options, &image->dataset, &error), &error, "open");
    const shm_collection *by_key =
        shm_schema_collection(shm_dataset_schema(image->dataset), "by_key");
    const shm_type *record = by_key->record;
    const shm_table table = shm_dataset_table(image->dataset, by_key->number);
    image->index = shm_dataset_index(image->dataset, by_key->number);
    image->values = table.rows + record->fields[record->field_count - 1].offset;
    image->stride = table.stride;
}

static void *build(const bench_contender *contender, const bench_setting *setting)
{
    static unsigned number;
    const struct variant *variant = contender->variant;
#ifndef BENCH_JOBS_FIELD
    if (variant->job_count != 0) {
        fprintf(stderr, "left out: %s: this library has no such choice\n", contender->name);
        return NULL;
    }
#endif
    const shm_schema *schema = parse(contender, setting->kind);
    if (schema == NULL) {
        return NULL;
    }
    struct image *image = bench_allocate(sizeof *image);
    *image = (struct image){
        .variant = variant, .schema = schema, .kind = setting->kind, .count = setting->count};
    snprintf(image->path, sizeof image->path, "%s/%u.img", setting->folder, number++);
    publish(image);
    bind(image);
    return image;
}

static void close_image(void *self)
{
    struct image *image = self;
    shm_dataset_close(image->dataset);
    shm_schema_free(image->schema);
    unlink(image->path);
    free(image);
}

static void reopen(void *self)
{
    struct image *image = self;
    shm_dataset_close(image->dataset);
    bind(image);
}

static uint64_t image_bytes(void *self)
{
    return shm_dataset_size(((struct image *)self)->dataset);
}

/* Words stand in the index; other keys are compared where they stand, in the rows. */
static uint64_t index_bytes(void *self)
{
    struct image *image = self;
    return image->kind == BENCH_U64 || image->kind == BENCH_U32
               ? shm_index_describe(image->index).size_bytes
               : image_bytes(self);
}

/* ---- finds: one loop for each kind of keys ---- */

#define INLINE static inline __attribute__((always_inline))

INLINE uint64_t row_of(const struct image *image, const bench_probes *probes, size_t i,
                       bench_kind kind)
{
    if (kind == BENCH_U64) {
        return shm_index_find_word(image->index, ((const uint64_t *)probes->keys)[i]);
    }
    if (kind == BENCH_U32) {
        return shm_index_find_word(image->index, ((const uint32_t *)probes->keys)[i]);
    }
    if (kind == BENCH_PAIR) {
        const bench_pair *pair = (const bench_pair *)probes->keys + i;
        const shm_key_part parts[] = {shm_key_word(pair->first), shm_key_word(pair->second)};
        return shm_index_find_parts(image->index, parts);
    }
    return shm_index_find_text(image->index, kind == BENCH_UUID
                                                 ? shm_string_of((char *)probes->keys + i * 16, 16)
                                                 : ((const shm_string *)probes->keys)[i]);
}

INLINE uint64_t answer_of(const struct image *image, uint64_t row, bench_kind kind, bool reads_rows)
{
    uint64_t value = 0;
    if (!reads_rows || row == SHM_NO_ROW) {
        return row;
    }
    memcpy(&value, image->values + row * image->stride, kind == BENCH_U32 ? 4 : 8);
    return value;
}

INLINE uint64_t each_of(const struct image *image, const bench_probes *probes, bench_kind kind,
                        bool reads_rows)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < probes->count; i++) {
        sum += answer_of(image, row_of(image, probes, i, kind), kind, reads_rows);
    }
    return sum;
}

INLINE uint64_t dependent_of(const struct image *image, const bench_probes *probes, bench_kind kind,
                             bool reads_rows)
{
    uint64_t sum = 0, answer;
    for (size_t i = 0; i < probes->count; i = bench_next_probe(i, answer)) {
        answer = answer_of(image, row_of(image, probes, i, kind), kind, reads_rows);
        sum += answer;
    }
    return sum;
}

/* `some` finds from probe `at` on, keys brought into the form that the call takes. */
INLINE void rows_of(const struct image *image, const bench_probes *probes, size_t at, size_t some,
                    bench_kind kind, uint64_t *rows)
{
    uint64_t words[BENCH_BATCH];
    shm_string texts[BENCH_BATCH];
    shm_key_part parts[BENCH_BATCH * 2];
    if (kind == BENCH_U64) {
        shm_index_find_words(image->index, (const uint64_t *)probes->keys + at, some, rows);
    } else if (kind == BENCH_U32) {
        for (size_t i = 0; i < some; i++) {
            words[i] = ((const uint32_t *)probes->keys)[at + i];
        }
        shm_index_find_words(image->index, words, some, rows);
    } else if (kind == BENCH_PAIR) {
        for (size_t i = 0; i < some; i++) {
            const bench_pair *pair = (const bench_pair *)probes->keys + at + i;
            parts[2 * i] = shm_key_word(pair->first);
            parts[2 * i + 1] = shm_key_word(pair->second);
        }
        shm_index_find_many_parts(image->index, parts, some, rows);
    } else if (kind == BENCH_UUID) {
        for (size_t i = 0; i < some; i++) {
            texts[i] = shm_string_of((const char *)probes->keys + (at + i) * 16, 16);
        }
        shm_index_find_texts(image->index, texts, some, rows);
    } else {
        shm_index_find_texts(image->index, (const shm_string *)probes->keys + at, some, rows);
    }
}

INLINE uint64_t batch_of(const struct image *image, const bench_probes *probes, bench_kind kind,
                         bool reads_rows)
{
    uint64_t rows[BENCH_BATCH];
    uint64_t sum = 0;
    for (size_t at = 0; at < probes->count; at += BENCH_BATCH) {
        const size_t left = probes->count - at;
        const size_t some = left < BENCH_BATCH ? left : BENCH_BATCH;
        rows_of(image, probes, at, some, kind, rows);
        for (size_t i = 0; i < some; i++) {
            sum += answer_of(image, rows[i], kind, reads_rows);
        }
    }
    return sum;
}

typedef uint64_t sum_of(const struct image *image, const bench_probes *probes, bench_kind kind,
                        bool reads_rows);

/* The loop with its kind and reads_rows known to the compiler. */
INLINE uint64_t with_constants(sum_of *loop, void *self, const bench_probes *probes,
                               bool reads_rows)
{
    switch (probes->kind) {
    case BENCH_U64:
        return loop(self, probes, BENCH_U64, reads_rows);
    case BENCH_U32:
        return loop(self, probes, BENCH_U32, reads_rows);
    case BENCH_UUID:
        return loop(self, probes, BENCH_UUID, reads_rows);
    case BENCH_PAIR:
        return loop(self, probes, BENCH_PAIR, reads_rows);
    case BENCH_TEXT:
    case BENCH_KIND_COUNT:
        break;
    }
    return loop(self, probes, BENCH_TEXT, reads_rows);
}

static uint64_t rows_each(void *self, const bench_probes *probes)
{
    return with_constants(each_of, self, probes, false);
}

static uint64_t rows_dependent(void *self, const bench_probes *probes)
{
    return with_constants(dependent_of, self, probes, false);
}

static uint64_t rows_batch(void *self, const bench_probes *probes)
{
    return with_constants(batch_of, self, probes, false);
}

static uint64_t values_each(void *self, const bench_probes *probes)
{
    return with_constants(each_of, self, probes, true);
}

static uint64_t values_dependent(void *self, const bench_probes *probes)
{
    return with_constants(dependent_of, self, probes, true);
}

static uint64_t values_batch(void *self, const bench_probes *probes)
{
    return with_constants(batch_of, self, probes, true);
}

/* ---- the list: a form of the schema is a row ---- */

/* clang-format off */
#define IMAGE(NAME, ANSWERS, BYTES, ...)                                                           \
    .name = (NAME), .kinds = BENCH_ALL_KINDS, .build = build, .close = close_image,                \
    .find_each = ANSWERS##_each, .find_dependent = ANSWERS##_dependent,                            \
    .find_batch = ANSWERS##_batch, .find_bytes = (BYTES), .all_bytes = image_bytes,                \
    .reopen = reopen, .variant = &(const struct variant){__VA_ARGS__}
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

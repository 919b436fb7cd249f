/* random_rows.h — random rows for any schema, as plain trees in memory that know nothing of images:
 * what a test of properties builds from, and what it expects to read again. */
#ifndef TESTS_SUPPORT_RANDOM_ROWS_H
#define TESTS_SUPPORT_RANDOM_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <shm/dataset.h>

#include "libshm/arena.h"
#include "tests/support/images.h"

/* One value.  `type` is never SHM_OPTIONAL: an optional is its element with a presence. */
typedef struct shm_test_value {
    const shm_type *type;
    shm_presence presence;
    bool omitted;  /* a field that is not put, since its default says the same */
    uint64_t word; /* bool, integers, enum, date, ref: extended to 64 bits */
    double number; /* f32 (rounded already), f64 */
    shm_datetime datetime;
    shm_uuid uuid;
    shm_string text; /* string, bytes, decimal, any; tensor: its elements */
    /* Fields; elements; values of a dict.  Sets and dicts: in key order, each once. */
    struct shm_test_value *items;
    size_t count;
    struct shm_test_value *keys; /* dict */
    /* Set: the elements in the order they are put in, some repeatedly.  Dict: the keys, and
     * put_places[i] is the place of put[i] in `keys`. */
    struct shm_test_value *put;
    size_t *put_places;
    size_t put_count;
    uint64_t *shape; /* tensor */
    size_t ndim;
    uint64_t nodes; /* values in it, itself included */
    unsigned height;
} shm_test_value;

/* The rows of one collection, each a value of its record; or a tensor. */
typedef struct shm_test_rows {
    const shm_collection *collection;
    shm_test_value **rows;
    uint64_t count;
    uint64_t capacity;
    shm_test_value *tensor;
} shm_test_rows;

typedef struct shm_test_model {
    const shm_schema *schema;
    shm_test_rows *collections; /* by number; none for index kinds */
    shm_arena arena;
    uint64_t state;              /* of the random numbers */
    uint64_t budget;             /* values that the row being made may still have */
    signed char *possible;       /* by type id: whether there can be a value; 0: not known yet */
    struct shm_test_pool *pools; /* by type id: recent values, which come again */
} shm_test_model;

/* Rows for each collection of the schema, which must live as long: the same for the same seed.
 * Unique keys are unique, refs lie in their tables.  No collection has more than `row_limit` rows
 * or much more than `node_limit` values.  Ends the program if memory is short. */
shm_test_model *shm_test_model_make(const shm_schema *schema, uint64_t seed, uint64_t row_limit,
                                    uint64_t node_limit);
void shm_test_model_free(shm_test_model *model);

/* ---- making values ---- */

/* Zeroed memory that lives as long as the model. */
void *shm_test_model_alloc(shm_test_model *model, size_t count, size_t size);

uint64_t shm_test_random(shm_test_model *model);
uint64_t shm_test_below(shm_test_model *model, uint64_t bound);

/* A value of the type, which is no container: often one at the edge of what the type holds. */
void shm_test_scalar_make(shm_test_model *model, const shm_type *type, shm_test_value *value);
void shm_test_value_make(shm_test_model *model, const shm_type *type, unsigned depth,
                         shm_test_value *value);

/* `longest` is the extent of the longest shapes. */
void shm_test_tensor_make(shm_test_model *model, const shm_type *element, uint64_t longest,
                          shm_test_value *value);
void shm_test_pools_make(shm_test_model *model);

/* Whether there is a value of the type, while `capacity` rows are planned for each table. */
bool shm_test_is_possible(shm_test_model *model, const shm_type *type);

/* ---- keys, computed without the library ---- */

/* The order of two values of a key type: numbers by value (one zero; NaN last), texts by bytes,
 * times by instant, structs by their fields in order. */
int shm_test_key_order(const shm_test_value *a, const shm_test_value *b);

/* A key of a row. */
typedef struct shm_test_entry {
    shm_key_part *parts;
    size_t part_count;
    unsigned char *bytes; /* equal for equal keys */
    size_t size;
    uint64_t row;
} shm_test_entry;

typedef struct shm_test_entries {
    shm_test_entry *list;
    size_t count;
    size_t capacity;
} shm_test_entries;

/* Appends the entries of a row in an index-kind, map, multimap or set collection: for a list or
 * set part one for each element, equal ones included. */
void shm_test_entries_add(shm_test_model *model, const shm_collection *collection,
                          const shm_test_value *row, uint64_t number, shm_test_entries *entries);

/* Sorts by key and row and drops repeated ones. */
void shm_test_entries_sort(shm_test_entries *entries);
int shm_test_entry_order(const shm_test_entry *a, const shm_test_entry *b);

/* ---- building and comparing ---- */

typedef struct shm_test_build {
    uint64_t order;        /* 0: one collection after the other; else the seed of their mixture */
    uint64_t memory_bytes; /* of the builder */
    unsigned jobs;         /* of the builder */
    bool whole;            /* elements of plain lists and arrays in one call */
} shm_test_build;

void shm_test_put_row(shm_builder *builder, const shm_test_rows *rows, uint64_t row, bool whole);

/* The builder with everything put, to be written and closed by the caller. */
shm_builder *shm_test_model_put(shm_test_model *model, const shm_test_build *build);
struct shm_test_image shm_test_model_build(shm_test_model *model, const shm_test_build *build);

/* Whether reading gives what the model says; if not, `why` says where and what. */
bool shm_test_value_is(const shm_test_value *expected, shm_presence presence,
                       const shm_value *actual, char *why, size_t size);
bool shm_test_model_is(const shm_test_model *model, const shm_dataset *dataset, char *why,
                       size_t size);

/* ---- a seed's schema, rows and image ---- */

/* How many seeds a test takes: $SHM_TEST_SEEDS, else `seeds`, and a few of them under a
 * sanitizer. */
uint64_t shm_test_seed_count(uint64_t seeds);

typedef struct shm_test_subject {
    uint64_t seed;
    char *text;
    const shm_schema *schema;
    shm_test_model *model;
    struct shm_test_image image;
    shm_dataset *dataset; /* opened and verified */
} shm_test_subject;

/* The image is built in one piece, collection after collection.  Aborts where something fails. */
void shm_test_subject_open(uint64_t seed, uint64_t row_limit, shm_test_subject *subject);
void shm_test_subject_close(shm_test_subject *subject);

#endif

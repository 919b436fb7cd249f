/* value_verify.h — checking values in place: what verification of rows and of heap items share.
 * Internal.
 *
 * A plan says how a type's bytes are checked.  It leaves out whatever any bytes satisfy (integers,
 * floats, uuids and what is made of them alone), so that a list of a billion numbers costs nothing,
 * and steps over structs of one field, so that the checks of a value are linear in its bytes
 * however deep its type is nested.  Recursion follows the type in place, never the data: its depth
 * is bounded by SHM_STRUCT_DEPTH_MAX and SHM_TYPE_DEPTH_MAX.
 *
 * Threads: a verifier belongs to one. */
#ifndef COLLECTIONS_VALUE_VERIFY_H
#define COLLECTIONS_VALUE_VERIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <shm/schema.h>

#include "libshm/arena.h"

enum shm_check {
    SHM_CHECK_NOTHING = 0, /* any bytes are a value */
    SHM_CHECK_BOOL,
    SHM_CHECK_ENUM,
    SHM_CHECK_TEXT,
    SHM_CHECK_DATE,
    SHM_CHECK_DATETIME,
    SHM_CHECK_REF,
    SHM_CHECK_FIELDS, /* struct, tuple, the fields of a record */
    SHM_CHECK_ARRAY,
    SHM_CHECK_OPTIONAL, /* outside of fields: a value and a byte */
    SHM_CHECK_LIST,     /* list, set, dict */
    SHM_CHECK_TENSOR,
    SHM_CHECK_RECORD /* a record cell */
};

struct shm_value_step;

struct shm_value_plan {
    enum shm_check check;
    const shm_type *type;
    uint64_t size;                      /* bytes in place */
    const struct shm_value_plan *inner; /* array, optional: of the element */
    uint64_t count;                     /* array: elements; fields: steps; enum: values;
                                          * ref: rows of its table */
    const struct shm_value_step *steps; /* fields */
    const int64_t *values;              /* enum: rising */
};

enum shm_step {
    SHM_STEP_ZERO,     /* padding */
    SHM_STEP_PRESENCE, /* a presence word: its unused bits, and null only where given */
    SHM_STEP_VALUE,
    SHM_STEP_OPTIONAL /* a value if its bit says so, else zeros */
};

struct shm_value_step {
    enum shm_step step;
    uint64_t offset;
    uint64_t size;                     /* zero, optional: bytes */
    const struct shm_value_plan *plan; /* value, optional */
    uint64_t presence_offset;          /* optional */
    uint64_t given;                    /* presence: the bits used; optional: its bit */
    uint64_t null;                     /* presence: which of them mean null; optional: its bit */
};

/* One verification: what is known so far, and what it may still spend.
 *
 * All checks are linear in the image but for two products that few bytes can make large.
 * - Keys of texts: a million rows may share one text of a megabyte, and the hash of a key depends
 *   on the parts before the text, so it cannot be kept with the text.  `text_budget` starts at a
 *   multiple of the image's size and is spent by each key that is hashed or compared; when it is
 *   used up, the order of sets and dicts of such texts and the entries of such keys are believed.
 *   No read relies on them to stay inside the image or to end, and a find compares the key itself:
 *   what is left to the writer is to make it miss, as he could by leaving the row out.
 * - Rows times indexes, and rows times the equal elements of a list that they share: `step_budget`
 *   bounds these, and an image that passes it is refused. */
typedef struct shm_verifier {
    const unsigned char *base; /* the image */
    uint64_t size;
    const char *where; /* the collection, for messages */
    const shm_schema *schema;
    const struct shm_value_plan *plans;   /* by type id; records: their cell */
    const struct shm_value_plan *records; /* by type id: the fields of records */
    const unsigned char *heap;            /* what cells refer to now */
    uint64_t heap_size;
    uint64_t *starts; /* a bit for each 8 bytes of the heap: an item verified begins here */
    uint64_t nodes;   /* of the cells since shm_nesting_begin */
    uint64_t depth;
    uint64_t text_budget;
    uint64_t step_budget;
    uint64_t operations;
    shm_error *error;
} shm_verifier;

enum {
    SHM_TEXT_BUDGET_FACTOR = 64, /* bytes of keys for each byte of the image */
    SHM_STEP_BUDGET_FACTOR = 2,  /* rows visited, keys sought for each byte of the image */
    SHM_BUDGET_LEAST = 1 << 20   /* of either, however small the image */
};

/* Makes the plans of all types of verifier->schema in `arena`.  `row_counts[id]`: the rows of the
 * table of the record with that type id.  Fails: NO_MEMORY. */
SHM_MUST_USE shm_status shm_value_plans_make(shm_verifier *verifier, const uint64_t *row_counts,
                                             shm_arena *arena);

/* Fails with the text and where in the image `at` is: "corrupt image: NAME: TEXT (at byte
 * N)...". */
SHM_MUST_USE shm_status shm_verify_fail(const shm_verifier *verifier, shm_status status,
                                        const void *at, const char *text);

/* Checks one value at `at`, whose bytes lie in the image, and the references in it (H1, H2, H5);
 * adds the items it refers to to nodes and depth.  Fails: CORRUPT. */
SHM_MUST_USE shm_status shm_value_verify(shm_verifier *verifier, const struct shm_value_plan *plan,
                                         const unsigned char *at);

/* The same for `count` values one after the other. */
SHM_MUST_USE shm_status shm_values_verify(shm_verifier *verifier, const struct shm_value_plan *plan,
                                          const unsigned char *at, uint64_t count);

/* Checks that `size` bytes are zero. */
SHM_MUST_USE shm_status shm_zero_verify(shm_verifier *verifier, const unsigned char *at,
                                        uint64_t size);

/* Whether the bytes are a value of a text type. */
bool shm_text_valid(shm_kind kind, shm_string text);

/* Whether a shape of `ndim` words, not aligned, has `count` elements (T1). */
bool shm_shape_valid(const unsigned char *shape, uint64_t ndim, uint64_t count);

/* Takes `cost` from a budget; false if there is not enough left, which is then none. */
static inline bool shm_budget_take(uint64_t *budget, uint64_t cost)
{
    const bool is_enough = cost <= *budget;
    *budget = is_enough ? *budget - cost : 0;
    return is_enough;
}

static inline void shm_nesting_begin(shm_verifier *verifier)
{
    verifier->nodes = 0;
    verifier->depth = 0;
}

#endif

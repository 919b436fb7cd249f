/* builder.h (internal) — what a builder holds while rows are put.
 *
 * Values go into a stack of frames: one for each value that has begun and not ended, the row's at
 * the bottom.  A frame whose value will be an item of the heap (list, set, dict, record) has
 * buffers of its own, kept for the next value at that depth; one whose value stands in place
 * (struct, tuple, fixed array) fills its owner's.  A buffer grows only while its frame is the top
 * one, so addresses in it stay valid while inner values are put.
 *
 * A text cell that refers to scratch holds the address of its item's bytes until the row is done;
 * other cells hold nothing: a frame's links say what they refer to. */
#ifndef COLLECTIONS_BUILDER_H
#define COLLECTIONS_BUILDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <shm/builder.h>
#include <shm/dataset.h>

#include "collections/array/rows_build.h"
#include "collections/array/rows_pack.h"
#include "collections/heap/heap_build.h"
#include "collections/heap/scratch.h"
#include "allocators/spool.h"
#include "collections/key/key.h"
#include "libshm/arena.h"

/* Bytes of elements, and what the cells in them refer to. */
struct shm_part {
    unsigned char *bytes;
    size_t size;
    size_t capacity;
    shm_links links;
};

enum { SHM_PART_VALUES = 0, SHM_PART_KEYS = 1, SHM_PART_COUNT = 2 };

typedef struct shm_frame {
    const shm_type *type; /* never an optional */
    bool in_place;
    bool has_fields;     /* record, struct, tuple: fields are put, not elements */
    unsigned char *base; /* in place, record, row: where the fields or elements stand */
    unsigned char *cell; /* others: the cell in the owner below that will refer to the item */
    size_t owner;        /* the frame whose parts hold `base` or `cell`; the row's: itself */
    int owner_part;
    uint64_t current;  /* the field, element or pair that is put or was put last */
    uint64_t next;     /* the one that comes next */
    bool in_pair;      /* dict: the key is there, its value comes next */
    size_t put_count;  /* fields that have been put */
    uint64_t *seen;    /* a bit for each of these */
    size_t seen_words; /* capacity */
    struct shm_part parts[SHM_PART_COUNT]; /* dict: values, keys; others: the first */
} shm_frame;

/* The greatest row number put into refs to one table. */
struct shm_ref_watch {
    uint32_t table;
    uint64_t greatest;
    uint64_t row;           /* of the collection */
    const shm_field *field; /* of that row */
};

struct shm_build_collection {
    const shm_collection *collection;
    shm_rows_build rows; /* tables, maps, multimaps, sets */
    shm_heap_build heap;
    shm_pack pack; /* of whole rows; made when the first ones come */
    bool has_pack;
    struct shm_ref_watch *refs;
    size_t ref_count;
    /* Sets: the rows there are, by key, so that a repeated one counts once. */
    shm_key key;
    uint64_t *key_image; /* room for the leaves of two keys */
    shm_slots slots;     /* hash of the key, row + 1 */
    /* Tensors. */
    shm_spool tensor;
    bool tensor_begun;
    size_t ndim;
    uint64_t shape[SHM_TENSOR_NDIM_MAX];
    uint64_t element_count; /* the product of the shape */
};

struct shm_builder {
    const shm_schema *schema;
    shm_build_options options;
    shm_error failure; /* status SHM_OK while there is none */
    bool finished;     /* published or written */
    shm_budget budget;
    uint64_t secret;
    shm_arena arena;                          /* keys */
    struct shm_build_collection *collections; /* by number */
    uint32_t *table_of; /* by type id of a record: its table's number; SHM_NO_TABLE */
    shm_scratch scratch;
    unsigned char *order; /* room for sorting elements; see put_sorted.c */
    size_t order_capacity;
    shm_frame *frames;
    size_t frame_count;                  /* in use: 0 between rows */
    size_t frame_capacity;               /* made: their buffers stay */
    uint64_t item_depth;                 /* frames in use that will be items */
    struct shm_build_collection *row_of; /* the collection of the row begun */
    uint64_t rows_put;
};

#define SHM_NO_TABLE UINT32_MAX

/* Where the next value goes. */
struct shm_slot {
    const shm_type *type; /* without its optional; NULL: an optional that stays without a value */
    unsigned char *at;
};

/* ---- builder.c ---- */

/* Keeps the first failure: the text is "PATH: REASON", PATH that of the value being put. */
void shm_builder_fail(shm_builder *builder, shm_status status, const char *format, ...)
    SHM_PRINTF(3, 4);
/* The same with the path of the value that the top frame stands for, not of one inside. */
void shm_builder_fail_outside(shm_builder *builder, shm_status status, const char *format, ...)
    SHM_PRINTF(3, 4);
void shm_builder_fail_memory(shm_builder *builder);

/* Copies the kept failure into *error and answers its status. */
SHM_MUST_USE shm_status shm_builder_answer(const shm_builder *builder, shm_error *error);

/* Whether rows of the collection may be added now; keeps the failure. */
bool shm_rows_may_begin(shm_builder *builder, uint32_t collection);

/* Counts rows that were added, and tells the program from time to time; keeps the failure. */
void shm_rows_were_added(shm_builder *builder, uint64_t count);

/* Tells the program how far the build is; false if it wants to stop. */
bool shm_builder_progress(shm_builder *builder, const char *phase, uint64_t done, uint64_t total);

/* Tells the program what is worth knowing. */
void shm_builder_notice(shm_builder *builder, const char *format, ...) SHM_PRINTF(2, 3);

/* ---- builder_path.c ---- */

enum shm_path_end {
    SHM_PATH_CURRENT, /* the value that is or was just put */
    SHM_PATH_NEXT,    /* the one that comes next */
    SHM_PATH_OUTSIDE  /* the one that the top frame stands for */
};

/* Writes the path into `text` as snprintf does. */
size_t shm_builder_path_text(const shm_builder *builder, enum shm_path_end end, char *text,
                             size_t size);

/* A text for messages: cut at 40 bytes between characters, then "..."; quoted.  Returns
 * `buffer`. */
enum { SHM_QUOTE_BYTES = 40, SHM_QUOTE_BUFFER = 64 };
const char *shm_quote(shm_string text, char *buffer);

/* ---- frame.c ---- */

/* The top frame; NULL if there is none. */
static inline shm_frame *shm_frame_top(shm_builder *builder)
{
    return builder->frame_count == 0 ? NULL : &builder->frames[builder->frame_count - 1];
}

/* Opens a frame on top for a value of `type`; false after a failure, which is kept. */
bool shm_frame_open(shm_builder *builder, const shm_type *type, unsigned char *at);
void shm_frame_free(shm_frame *frame);

/* Makes room for `size` more zeroed bytes in the part and counts them in; NULL after a failure. */
unsigned char *shm_part_add(shm_builder *builder, struct shm_part *part, size_t size);

/* Finds the place of the next value and counts it as put; if it is optional, marks it as present,
 * absent or null, else it must be present (or a null `any`).  `what` says what is put ("a string"),
 * for messages.  Also answers false if the build has failed already. */
bool shm_slot_open(shm_builder *builder, const char *what, shm_presence presence,
                   struct shm_slot *slot);

/* Notes that the cell, of the value put last into the top frame, refers to the item. */
bool shm_slot_link(shm_builder *builder, unsigned char *cell, shm_scratch_item *item);

/* ---- put.c ---- */

/* Fails with "a string where u32 is expected". */
void shm_put_wrong_kind(shm_builder *builder, const shm_type *type, const char *what);

/* ---- put_text.c ---- */

/* Writes the text into the cell, checked by its type. */
void shm_put_text_cell(shm_builder *builder, const struct shm_slot *slot, shm_string text);

/* ---- put_default.c ---- */

/* Gives every field of the top frame that was not put its default, or leaves it absent or empty. */
bool shm_put_defaults(shm_builder *builder);

/* ---- put_refs.c ---- */

/* Notes a row number put into a ref. */
bool shm_ref_note(shm_builder *builder, const shm_type *type, uint64_t row);

/* Notes the refs in rows that are about to be added. */
bool shm_refs_note(shm_builder *builder, struct shm_build_collection *from,
                   const unsigned char *rows, size_t count);

/* Whether all refs put lead to rows that there are (tables may still have grown after the put).
 * Keeps the failure. */
bool shm_refs_check(shm_builder *builder);

/* ---- put_sorted.c ---- */

/* Sorts the elements of the top frame, a set or dict, by key, and drops repeated ones; a repeated
 * key of a dict is a failure. */
bool shm_frame_sort(shm_builder *builder);

/* ---- builder_tensor.c ---- */

/* Makes room in the tensor for elements of that shape after those it has, along the first axis;
 * one of the shape [0] takes any shape.  False after a failure, which is kept. */
bool shm_tensor_extend(shm_builder *builder, uint32_t collection, const uint64_t *shape,
                       size_t ndim);

/* Whether every tensor has the elements of its shape.  Keeps the failure. */
bool shm_tensors_check(shm_builder *builder);

/* ---- set_rows.c ---- */

SHM_MUST_USE shm_status shm_set_rows_open(shm_builder *builder, struct shm_build_collection *set,
                                          shm_error *error);

/* The row of the set collection that has the key of `row` (whose cells hold places); if there is
 * none, the number that the row is about to get, and it is found from then on.
 * Fails: NO_MEMORY, IO. */
SHM_MUST_USE shm_status shm_set_row_find(shm_builder *builder, struct shm_build_collection *set,
                                         const unsigned char *row, uint64_t *found,
                                         shm_error *error);

#endif

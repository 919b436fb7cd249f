/* rows_pack.h — rows that lie in a program's memory as they will in the image: what makes a copy of
 * them canonical, and whether they are values of their type.
 *
 * A plan is made once for a record.  It is applied to many rows at a time, one step after the
 * other: a step is one check of one field, so its loop is short.  A field that any bytes satisfy
 * has none; a record of integers has an empty plan, and packing it is copying it.
 *
 * Verification has plans of its own (heap/value_plan.c): it refuses what is made canonical here,
 * follows references, and goes row by row.
 * Internal.  Threads: a plan may be read by any number. */
#ifndef COLLECTIONS_ROWS_PACK_H
#define COLLECTIONS_ROWS_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <shm/schema.h>

#include "collections/array/rows_sweep.h"
#include "libshm/arena.h"

enum shm_pack_act {
    SHM_PACK_ZERO,     /* up to 8 bytes between fields: made zero */
    SHM_PACK_PRESENCE, /* a presence word: no other bits than `bits`, and of those of `nulls` none
                        * without the one below it */
    SHM_PACK_ABSENT,   /* an optional value: made zero where its gate is closed */
    SHM_PACK_RANGE,    /* an integer from `least` on, at most `span` above it, modulo its size */
    SHM_PACK_BITS,     /* the same with gaps: that much above `least` is a bit of `set` */
    SHM_PACK_ENUM,     /* an integer that is one of `values` */
    SHM_PACK_DATETIME,
    SHM_PACK_F32, /* any NaN becomes the one that fields hold */
    SHM_PACK_F64
};

/* The same value `count` times in a row, one every `stride` bytes from `offset` on.  If `gate` is
 * not 0, the value is there only where those bits of the word at `gate_offset` are `gate_open`;
 * that word comes with each value, `gate_stride` further on. */
struct shm_pack_step {
    enum shm_pack_act act;
    bool is_swept; /* a sweep does it, where there is one */
    uint64_t offset;
    uint64_t stride;
    uint64_t count;
    uint64_t size; /* bytes of one */
    uint64_t gate;
    uint64_t gate_open;
    uint64_t gate_offset;
    uint64_t gate_stride;
    uint64_t least; /* range, bits */
    uint64_t span;
    uint64_t bits; /* presence */
    uint64_t nulls;
    const uint64_t *set;   /* bits: span + 2 of them, the last one 0 */
    const int64_t *values; /* enum: rising */
    uint64_t value_count;
};

/* Refs, which the builder notes. */
struct shm_pack_ref {
    struct shm_pack_step step;
    const shm_type *type;
    const shm_field *field; /* of the record, in which they are */
};

typedef struct shm_pack {
    bool is_fixed;  /* no cells: rows can be copied at all */
    bool is_usable; /* else rows are looked at one by one: too large, or optionals as elements */
    uint64_t row_size;
    size_t rows_at_once; /* as many as stay in the nearest cache, at least 1 */
    uint64_t bytes;      /* of a row, up to the end of its last field */
    const struct shm_pack_step *steps;
    size_t step_count;
    shm_sweep sweep;
    const struct shm_pack_ref *refs;
    size_t ref_count;
} shm_pack;

/* Makes the plan of a record in `arena`.  Fails: NO_MEMORY. */
SHM_MUST_USE shm_status shm_pack_make(const shm_type *record, shm_arena *arena, shm_pack *pack,
                                      shm_error *error);

/* Copies rows that lie `stride` bytes apart to `to`, where they lie one after the other. */
void shm_pack_copy(const shm_pack *pack, const void *rows, size_t count, size_t stride,
                   unsigned char *to);

/* Makes copied rows canonical; false if one of them holds what its type does not allow.
 * Cost: one pass a step. */
bool shm_pack_settle(const shm_pack *pack, unsigned char *rows, size_t count);

/* Makes each NaN of `count` floats, `stride` bytes apart, the one that fields hold (0x7ff8... or
 * 0x7fc0...), since text has but one: what is dumped then builds the same bytes.  Other kinds:
 * nothing. */
void shm_nan_settle(shm_kind kind, unsigned char *at, uint64_t count, uint64_t stride);

#endif

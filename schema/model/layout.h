/* layout.h — where fields stand in a row, struct or tuple.  Internal. */
#ifndef SCHEMA_MODEL_LAYOUT_H
#define SCHEMA_MODEL_LAYOUT_H

#include <shm/schema.h>

/* Places the fields in order, each naturally aligned, and sets their offset and presence_*.
 * Presence bits: up to 64 share a u64 word that stands before the first field it serves; a T??
 * takes two bits of one word.  So a field never depends on a later one, and appending moves
 * nothing.  *size is rounded up to *align.  Answers false, with neither set, if the result would
 * be larger than SHM_ROW_SIZE_MAX. */
bool shm_layout_place(shm_field *fields, size_t field_count, uint64_t *size, uint64_t *align);

/* The size and alignment of an optional outside of a record, struct or tuple: its value, then a
 * byte of state, rounded up.  False if larger than SHM_ROW_SIZE_MAX. */
bool shm_layout_optional(const shm_type *element, uint64_t *size);

static inline uint64_t shm_round_up(uint64_t value, uint64_t align)
{
    return (value + align - 1) & ~(align - 1);
}

#endif

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

/* The bytes of a key, and of a value, in a placed map of these types (shm/placed.h): 4 or 8; 0 if
 * they do not fit one: keys are integers, enums, bool or dates, values of up to 8 bytes that hold
 * no cells and are always there. */
uint32_t shm_layout_placed_width(const shm_type *key, const shm_type *value);

/* Moves the value of an entry {key, value} to where placed maps have it. */
void shm_layout_place_entry(shm_type *record, shm_field *fields, uint32_t width);

static inline uint64_t shm_round_up(uint64_t value, uint64_t align)
{
    return (value + align - 1) & ~(align - 1);
}

#endif

/* part.h — arrays, mappers and mappings in C. */
#ifndef SHM_MAPPED_PART_H
#define SHM_MAPPED_PART_H

#include "mapped/mapped.h"
#include "mapped/part_disk.h"

typedef struct shm_mapped_section {
    const unsigned char *at;
    uint64_t size;
} shm_mapped_section;

typedef struct shm_mapped_part {
    const unsigned char *base;
    unsigned kind;
    unsigned width;
    unsigned flags;
    uint64_t total;
    uint64_t count;
    uint64_t entry_count;
    uint64_t seed;
    uint64_t sum;
    shm_mapped_section sections[SHM_MAPPED_PART_SECTION_COUNT];
} shm_mapped_part;

/* Checks the header (I1, I2) of the part at the offset.  CorruptError, ClosedError. */
int shm_mapped_part_bind(const shm_mapped_space *space, uint64_t offset, shm_mapped_part *part);

typedef struct shm_mapped_array {
    PyObject_HEAD shm_mapped_space *space;
    shm_mapped_layout *layout;
    shm_mapped_part part;
} shm_mapped_array;

PyObject *shm_mapped_array_at(PyObject *array, Py_ssize_t index, PyObject *into);

/* The index that a key of an array of so many elements is; -1 with an exception. */
Py_ssize_t shm_mapped_index_of(PyObject *key, uint64_t count);

typedef struct shm_mapped_mapper {
    PyObject_HEAD shm_mapped_space *space;
    shm_mapped_state *state;
    shm_mapped_part part;
    uint64_t slot_count;
    bool multi; /* answers all values of a key */
} shm_mapped_mapper;

static inline unsigned shm_mapped_mapper_stride(const shm_mapped_part *part)
{
    const bool placed =
        part->kind == SHM_MAPPED_PART_STRING || part->kind == SHM_MAPPED_PART_OBJECT;
    return part->width * (placed ? 3 : 2);
}

static inline uint64_t shm_mapped_word_load(const unsigned char *at, unsigned width)
{
    return width == 4 ? shm_mapped_load32(at) : shm_mapped_load64(at);
}

static inline uint64_t shm_mapped_word_highest(unsigned width)
{
    return UINT64_C(1) << (8 * width - 1);
}

static inline uint64_t shm_mapped_word_empty(unsigned width)
{
    return width == 4 ? UINT32_MAX : UINT64_MAX;
}

/* A key as what a mapper looks for. */
typedef struct shm_mapped_mapper_key {
    uint64_t word;
    const unsigned char *bytes; /* of string and object mappers */
    size_t length;
    shm_mapped_bytes_out made; /* what `bytes` may point to */
} shm_mapped_mapper_key;

/* 1; 0 if it cannot be in such a mapper (too large); -1 with TypeError or ValueError. */
int shm_mapped_mapper_key_of(shm_mapped_state *state, unsigned kind, unsigned width,
                             PyObject *object, shm_mapped_mapper_key *key);

/* Whether a str or bytes can be a text of a mapper of texts; ValueError if not. */
bool shm_mapped_mapper_key_is_text(PyObject *object);
void shm_mapped_mapper_key_close(shm_mapped_mapper_key *key);

/* All values of a key, or the first one. */
typedef struct shm_mapped_values {
    const unsigned char *at;
    uint64_t count;
} shm_mapped_values;

/* 1, 0 if there is none, -1 with an exception. */
int shm_mapped_mapper_find(const shm_mapped_mapper *mapper, PyObject *key,
                           shm_mapped_values *values);
bool shm_mapped_mapper_run(const shm_mapped_mapper *mapper, const unsigned char *slot,
                           shm_mapped_values *values);
PyObject *shm_mapped_mapper_key_read(const shm_mapped_mapper *mapper, const unsigned char *slot);

static inline uint64_t shm_mapped_mapper_value(const shm_mapped_mapper *mapper,
                                               const shm_mapped_values *values, uint64_t index)
{
    return shm_mapped_word_load(values->at + index * mapper->part.width, mapper->part.width);
}

/* What a mapper stores: a list of values, or one. */
PyObject *shm_mapped_mapper_answer(const shm_mapped_mapper *mapper,
                                   const shm_mapped_values *values);
PyObject *shm_mapped_entries_new(shm_mapped_mapper *mapper, int mode);
enum shm_mapped_entries_mode {
    SHM_MAPPED_ENTRIES_KEYS,
    SHM_MAPPED_ENTRIES_VALUES,
    SHM_MAPPED_ENTRIES_ITEMS
};

/* Methods of the module that stand with what they make. */
PyObject *shm_mapped_array_new(PyObject *module, PyObject *args);
PyObject *shm_mapped_mapper_new(PyObject *module, PyObject *args);
PyObject *shm_mapped_mapping_new(PyObject *module, PyObject *args);

#endif

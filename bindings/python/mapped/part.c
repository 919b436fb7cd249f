/* part.c — headers of parts, and their sums. */
#include <shm/hash.h>

#include "mapped/part.h"

enum {
    AT_VERSION = 8,
    AT_KIND = 12,
    AT_WIDTH = 13,
    AT_FLAGS = 14,
    AT_TOTAL = 16,
    AT_COUNT = 24,
    AT_ENTRIES = 32,
    AT_SEED = 40,
    AT_SUM = 48,
    AT_SECTIONS = 56,
    AT_RESERVED = 104,
    AT_HEADER_SUM = 120
};

static int corrupt(const shm_mapped_space *space, const unsigned char *at, const char *what)
{
    shm_mapped_corrupt(space, at, what);
    return -1;
}

static int sections_bind(const shm_mapped_space *space, const unsigned char *base,
                         shm_mapped_part *part)
{
    for (unsigned i = 0; i < SHM_MAPPED_PART_SECTION_COUNT; i++) {
        const unsigned char *entry = base + AT_SECTIONS + 16 * i;
        const uint64_t at = shm_mapped_load64(entry);
        const uint64_t size = shm_mapped_load64(entry + 8);
        if (at > part->total || size > part->total - at) {
            return corrupt(space, entry, "a section ends beyond its part");
        }
        part->sections[i] = (shm_mapped_section){.at = base + at, .size = size};
    }
    return 0;
}

static int header_check(const shm_mapped_space *space, const unsigned char *base)
{
    if (shm_mapped_load64(base) != SHM_MAPPED_PART_MAGIC) {
        return corrupt(space, base, "this is no array, mapper or mapping of libshm.mapped_struct");
    }
    if (shm_hash64(base, SHM_MAPPED_PART_SUM_BYTES, 0) != shm_mapped_load64(base + AT_HEADER_SUM)) {
        return corrupt(space, base, "the header's checksum is wrong");
    }
    if (shm_mapped_load32(base + AT_VERSION) != SHM_MAPPED_PART_VERSION) {
        PyErr_Format(space->state->corrupt_error,
                     "the part at offset %lld is of format %u; this library reads format %d",
                     (long long)(base - space->base), shm_mapped_load32(base + AT_VERSION),
                     SHM_MAPPED_PART_VERSION);
        return -1;
    }
    return 0;
}

int shm_mapped_part_bind(const shm_mapped_space *space, uint64_t offset, shm_mapped_part *part)
{
    if (!shm_mapped_space_is_open(space)) {
        return -1;
    }
    if (offset > space->size || space->size - offset < SHM_MAPPED_PART_HEADER_BYTES) {
        PyErr_Format(space->state->corrupt_error,
                     "no part stands at offset %llu: the mapping has %llu bytes",
                     (unsigned long long)offset, (unsigned long long)space->size);
        return -1;
    }
    const unsigned char *base = space->base + offset;
    if (header_check(space, base) != 0) {
        return -1;
    }
    part->base = base;
    part->kind = base[AT_KIND];
    part->width = base[AT_WIDTH];
    part->flags = shm_mapped_load16(base + AT_FLAGS);
    part->total = shm_mapped_load64(base + AT_TOTAL);
    part->count = shm_mapped_load64(base + AT_COUNT);
    part->entry_count = shm_mapped_load64(base + AT_ENTRIES);
    part->seed = shm_mapped_load64(base + AT_SEED);
    part->sum = shm_mapped_load64(base + AT_SUM);
    if (part->total < SHM_MAPPED_PART_HEADER_BYTES || part->total > space->size - offset) {
        return corrupt(space, base, "a part that is longer than its mapping: it was cut off");
    }
    if (part->width != 4 && part->width != 8) {
        return corrupt(space, base, "words of neither 4 nor 8 bytes");
    }
    return sections_bind(space, base, part);
}

/* part_header(kind, width, flags, total, count, entries, seed, sections, sum): its bytes. */
static PyObject *part_header(PyObject *module, PyObject *args)
{
    unsigned char raw[SHM_MAPPED_PART_HEADER_BYTES] = {0};
    unsigned kind;
    unsigned width;
    unsigned flags;
    unsigned long long total;
    unsigned long long count;
    unsigned long long entries;
    unsigned long long seed;
    unsigned long long sum;
    unsigned long long at[6];
    (void)module;
    if (!PyArg_ParseTuple(args, "IIIKKKK((KK)(KK)(KK))K:part_header", &kind, &width, &flags, &total,
                          &count, &entries, &seed, &at[0], &at[1], &at[2], &at[3], &at[4], &at[5],
                          &sum)) {
        return NULL;
    }
    shm_mapped_store64(raw, SHM_MAPPED_PART_MAGIC);
    shm_mapped_store_word(raw + AT_VERSION, SHM_MAPPED_PART_VERSION, 4);
    raw[AT_KIND] = (unsigned char)kind;
    raw[AT_WIDTH] = (unsigned char)width;
    shm_mapped_store_word(raw + AT_FLAGS, flags, 2);
    shm_mapped_store64(raw + AT_TOTAL, total);
    shm_mapped_store64(raw + AT_COUNT, count);
    shm_mapped_store64(raw + AT_ENTRIES, entries);
    shm_mapped_store64(raw + AT_SEED, seed);
    shm_mapped_store64(raw + AT_SUM, sum);
    for (unsigned i = 0; i < 6; i++) {
        shm_mapped_store64(raw + AT_SECTIONS + 8 * i, at[i]);
    }
    shm_mapped_store64(raw + AT_HEADER_SUM, shm_hash64(raw, SHM_MAPPED_PART_SUM_BYTES, 0));
    return PyBytes_FromStringAndSize((const char *)raw, sizeof raw);
}

static PyObject *section_pair(const shm_mapped_part *part, unsigned i)
{
    return Py_BuildValue("(KK)", (unsigned long long)(part->sections[i].at - part->base),
                         (unsigned long long)part->sections[i].size);
}

/* part_info(space, offset): a dict of the header's words. */
static PyObject *part_info(PyObject *module, PyObject *args)
{
    shm_mapped_state *state = PyModule_GetState(module);
    PyObject *space;
    unsigned long long offset;
    shm_mapped_part part;
    if (!PyArg_ParseTuple(args, "O!K:part_info", state->space_type, &space, &offset) ||
        shm_mapped_part_bind((shm_mapped_space *)space, offset, &part) != 0) {
        return NULL;
    }
    const unsigned long long header_sum = shm_mapped_load64(part.base + AT_HEADER_SUM);
    return Py_BuildValue(
        "{sIsIsIsKsKsKsKsKsKs(NNN)}", "kind", part.kind, "width", part.width, "flags", part.flags,
        "total", (unsigned long long)part.total, "count", (unsigned long long)part.count, "entries",
        (unsigned long long)part.entry_count, "seed", (unsigned long long)part.seed, "sum",
        (unsigned long long)part.sum, "header_sum", header_sum, "sections", section_pair(&part, 0),
        section_pair(&part, 1), section_pair(&part, 2));
}

/* bytes_sum(buffer): XXH3 of its bytes. */
static PyObject *bytes_sum(PyObject *module, PyObject *object)
{
    Py_buffer buffer;
    uint64_t sum;
    (void)module;
    if (PyObject_GetBuffer(object, &buffer, PyBUF_SIMPLE) != 0) {
        return NULL;
    }
    Py_BEGIN_ALLOW_THREADS;
    sum = shm_hash64(buffer.buf, (size_t)buffer.len, 0);
    Py_END_ALLOW_THREADS;
    PyBuffer_Release(&buffer);
    return PyLong_FromUnsignedLongLong(sum);
}

/* key_hash(key, width): the word that a mapper of hashes finds the text by. */
static PyObject *key_hash(PyObject *module, PyObject *args)
{
    PyObject *object;
    unsigned width;
    shm_mapped_mapper_key key;
    if (!PyArg_ParseTuple(args, "OI:key_hash", &object, &width)) {
        return NULL;
    }
    const int known = shm_mapped_mapper_key_of(PyModule_GetState(module), SHM_MAPPED_PART_STRING,
                                               width, object, &key);
    shm_mapped_mapper_key_close(&key);
    if (known == 0 && shm_mapped_mapper_key_is_text(object)) {
        PyErr_SetString(PyExc_OverflowError, "a key has less than 2^32 bytes");
    }
    return known == 1 ? PyLong_FromUnsignedLongLong(key.word) : NULL;
}

PyMethodDef shm_mapped_part_methods[] = {
    {"key_hash", key_hash, METH_VARARGS, NULL},
    {"part_header", part_header, METH_VARARGS, NULL},
    {"part_info", part_info, METH_VARARGS, NULL},
    {"bytes_sum", bytes_sum, METH_O, NULL},
    {"array_new", shm_mapped_array_new, METH_VARARGS, NULL},
    {"mapper_new", shm_mapped_mapper_new, METH_VARARGS, NULL},
    {"mapping_new", shm_mapped_mapping_new, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

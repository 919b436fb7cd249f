/* table.c — keys to numbers: gathering entries, and making a mapper of them. */
#include <stdlib.h>

#include <shm/mix.h>

#include "mapped/part.h"

/* A table whose searches would be longer takes the next seed; the last one whatever they are. */
enum { ROOM_FIRST = 64, SEED_TRIES = 16, SEARCH_MAX = 1024 };

#define NO_ENTRY UINT64_MAX

typedef struct table_key {
    uint64_t word;
    uint64_t place; /* in the pool */
    uint64_t first; /* of its entries; NO_ENTRY: none yet */
    uint64_t last;
} table_key;

typedef struct table_entry {
    uint64_t value;
    uint64_t next;
} table_entry;

typedef struct table {
    PyObject_HEAD shm_mapped_state *state;
    unsigned kind;
    unsigned width;
    uint64_t seed; /* of the index, which reaches no file: nobody can choose keys against it */
    table_key *keys;
    uint64_t key_count;
    uint64_t key_room; /* a power of two; the index has twice as many words */
    uint64_t *index;   /* of keys, plus one; 0: empty */
    table_entry *entries;
    uint64_t entry_count;
    uint64_t entry_room;
    unsigned char *pool;
    uint64_t pool_used;
    uint64_t pool_room;
} table;

static bool has_pool(const table *of)
{
    return of->kind == SHM_MAPPED_PART_STRING || of->kind == SHM_MAPPED_PART_OBJECT;
}

/* Room for `count` objects of `size` bytes in *memory, which had *room. */
static int make_room(void *memory, uint64_t *room, uint64_t count, size_t size)
{
    void **at = memory;
    uint64_t more = *room == 0 ? ROOM_FIRST : *room;
    while (more < count) {
        more *= 2;
    }
    if (more == *room) {
        return 0;
    }
    void *moved = more > PY_SSIZE_T_MAX / size ? NULL : realloc(*at, more * size);
    if (moved == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    *at = moved;
    *room = more;
    return 0;
}

/* ---- adding ---- */

static bool is_key(const table *of, const table_key *stored, const shm_mapped_mapper_key *key)
{
    if (stored->word != key->word) {
        return false;
    }
    if (!has_pool(of)) {
        return true;
    }
    const unsigned char *at = of->pool + stored->place;
    return shm_mapped_load32(at) == key->length && memcmp(at + 4, key->bytes, key->length) == 0;
}

static uint64_t *index_word(const table *of, uint64_t word)
{
    const uint64_t mask = 2 * of->key_room - 1;
    return &of->index[(shm_mix64(word, of->seed) >> 20) & mask];
}

static uint64_t *next_word(const table *of, uint64_t *at)
{
    return at + 1 == of->index + 2 * of->key_room ? of->index : at + 1;
}

static int grow_keys(table *of)
{
    if (make_room(&of->keys, &of->key_room, of->key_count + 1, sizeof *of->keys) != 0) {
        return -1;
    }
    uint64_t *index = calloc(2 * of->key_room, sizeof *index);
    if (index == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    free(of->index);
    of->index = index;
    for (uint64_t i = 0; i < of->key_count; i++) {
        uint64_t *at = index_word(of, of->keys[i].word);
        while (*at != 0) {
            at = next_word(of, at);
        }
        *at = i + 1;
    }
    return 0;
}

static int pool_add(table *of, const shm_mapped_mapper_key *key, uint64_t *place)
{
    const uint64_t end = of->pool_used + 4 + key->length;
    if (of->width == 4 && end > UINT32_MAX) {
        PyErr_SetString(PyExc_OverflowError,
                        "the keys take more than 4 GiB: use the mapper without 32 in its name");
        return -1;
    }
    if (make_room(&of->pool, &of->pool_room, end, 1) != 0) {
        return -1;
    }
    *place = of->pool_used;
    shm_mapped_store_word(of->pool + of->pool_used, key->length, 4);
    memcpy(of->pool + of->pool_used + 4, key->bytes, key->length);
    of->pool_used = end;
    return 0;
}

/* The key's place among the keys, where it is added if it is new; UINT64_MAX with an exception. */
static uint64_t key_index(table *of, const shm_mapped_mapper_key *key, bool *is_new)
{
    if (of->key_count == of->key_room && grow_keys(of) != 0) {
        return UINT64_MAX;
    }
    uint64_t *at = index_word(of, key->word);
    for (; *at != 0; at = next_word(of, at)) {
        if (is_key(of, &of->keys[*at - 1], key)) {
            *is_new = false;
            return *at - 1;
        }
    }
    table_key made = {.word = key->word, .first = NO_ENTRY};
    if (has_pool(of) && pool_add(of, key, &made.place) != 0) {
        return UINT64_MAX;
    }
    *is_new = true;
    of->keys[of->key_count] = made;
    *at = ++of->key_count;
    return of->key_count - 1;
}

static int add_entry(table *of, uint64_t index, uint64_t value)
{
    if (make_room(&of->entries, &of->entry_room, of->entry_count + 1, sizeof *of->entries) != 0) {
        return -1;
    }
    table_key *key = &of->keys[index];
    of->entries[of->entry_count] = (table_entry){.value = value, .next = NO_ENTRY};
    if (key->first == NO_ENTRY) {
        key->first = of->entry_count;
    } else {
        of->entries[key->last].next = of->entry_count;
    }
    key->last = of->entry_count++;
    return 0;
}

static int bad_key(const table *of, PyObject *object)
{
    if (PyUnicode_Check(object) && !shm_mapped_mapper_key_is_text(object)) {
        return -1;
    }
    PyErr_Format(PyExc_OverflowError, "key %R is out of range: 0 to %llu%s", object,
                 (unsigned long long)shm_mapped_word_empty(of->width),
                 has_pool(of) ? " bytes" : "");
    return -1;
}

static int add(table *of, PyObject *object, uint64_t value, bool *is_new)
{
    shm_mapped_mapper_key key;
    const int known = shm_mapped_mapper_key_of(of->state, of->kind, of->width, object, &key);
    int status = known == 0 ? bad_key(of, object) : known < 0 ? -1 : 0;
    if (status == 0 && of->kind == SHM_MAPPED_PART_STRING && PyBytes_Check(object) &&
        !shm_mapped_mapper_key_is_text(object)) {
        status = -1;
    }
    if (status == 0) {
        const uint64_t index = key_index(of, &key, is_new);
        status = index == UINT64_MAX ? -1 : add_entry(of, index, value);
    }
    shm_mapped_mapper_key_close(&key);
    return status;
}

/* add(key, value): whether the key is new. */
static PyObject *table_add(PyObject *self, PyObject *args)
{
    table *of = (table *)self;
    PyObject *key;
    PyObject *number;
    uint64_t value;
    bool is_new;
    if (!PyArg_ParseTuple(args, "OO:add", &key, &number) ||
        shm_mapped_number_word(of->width == 4 ? SHM_MAPPED_KIND_U32 : SHM_MAPPED_KIND_U64, number,
                               &value) != 0 ||
        add(of, key, value, &is_new) != 0) {
        return NULL;
    }
    return PyBool_FromLong(is_new);
}

static PyObject *table_contains(PyObject *self, PyObject *object)
{
    table *of = (table *)self;
    shm_mapped_mapper_key key;
    const int known = shm_mapped_mapper_key_of(of->state, of->kind, of->width, object, &key);
    bool found = false;
    if (known == 1 && of->key_room > 0) {
        for (uint64_t *at = index_word(of, key.word); *at != 0 && !found; at = next_word(of, at)) {
            found = is_key(of, &of->keys[*at - 1], &key);
        }
    }
    shm_mapped_mapper_key_close(&key);
    return known < 0 ? NULL : PyBool_FromLong(found);
}

/* extend(pairs): adds (key, value) after (key, value). */
static PyObject *table_extend(PyObject *self, PyObject *pairs)
{
    PyObject *iterator = PyObject_GetIter(pairs);
    PyObject *pair = NULL;
    while (iterator != NULL && (pair = PyIter_Next(iterator)) != NULL) {
        PyObject *added = NULL;
        if (PyTuple_Check(pair) && PyTuple_Size(pair) == 2) {
            added = table_add(self, pair);
        } else {
            PyErr_SetString(PyExc_TypeError, "a mapper is built from pairs (key, value)");
        }
        Py_DECREF(pair);
        Py_XDECREF(added);
        if (added == NULL) {
            break;
        }
    }
    Py_XDECREF(iterator);
    if (PyErr_Occurred()) {
        return NULL;
    }
    Py_RETURN_NONE;
}

/* ---- finishing ---- */

typedef struct numbered {
    uint64_t value;
    uint64_t index;
} numbered;

static int numbered_compare(const void *a, const void *b)
{
    const numbered *x = a;
    const numbered *y = b;
    if (x->value != y->value) {
        return x->value < y->value ? -1 : 1;
    }
    return x->index < y->index ? -1 : x->index > y->index;
}

static int index_compare(const void *a, const void *b)
{
    const numbered *x = a;
    const numbered *y = b;
    return x->index < y->index ? -1 : x->index > y->index;
}

/* The values of a key in `values`, in their order; the number of them. */
static uint64_t values_of(const table *of, const table_key *key, numbered *values, bool distinct)
{
    uint64_t count = 0;
    for (uint64_t at = key->first; at != NO_ENTRY; at = of->entries[at].next) {
        values[count] = (numbered){.value = of->entries[at].value, .index = count};
        count++;
    }
    if (!distinct || count < 2) {
        return count;
    }
    uint64_t kept = 1;
    qsort(values, count, sizeof *values, numbered_compare);
    for (uint64_t i = 1; i < count; i++) {
        if (values[i].value != values[kept - 1].value) {
            values[kept++] = values[i];
        }
    }
    qsort(values, kept, sizeof *values, index_compare);
    return kept;
}

typedef struct finish {
    unsigned char *slots;
    unsigned char *runs;
    numbered *values;
    uint64_t slot_count;
    uint64_t run_words;
    uint64_t entry_count;
    uint64_t seed;
    uint64_t longest; /* search */
    bool distinct;    /* values of a key */
    bool first;       /* value of a key alone */
} finish;

static void put_word(const table *of, unsigned char *at, uint64_t word)
{
    shm_mapped_store_word(at, word, of->width);
}

/* The word for the values: one that fits stands alone, others in a run. */
static uint64_t put_values(const table *of, finish *made, uint64_t count)
{
    const uint64_t highest = shm_mapped_word_highest(of->width);
    if (count == 1 && (made->values[0].value & highest) == 0) {
        return made->values[0].value;
    }
    const uint64_t place = made->run_words;
    put_word(of, made->runs + place * of->width, count);
    for (uint64_t i = 0; i < count; i++) {
        put_word(of, made->runs + (place + 1 + i) * of->width, made->values[i].value);
    }
    made->run_words += count + 1;
    return place | highest;
}

static void put_slot(const table *of, finish *made, const table_key *key, uint64_t value)
{
    const unsigned stride = of->width * (has_pool(of) ? 3 : 2);
    uint64_t index = shm_multiply_high(shm_mix64(key->word, made->seed), made->slot_count);
    unsigned char *slot = made->slots + index * stride;
    uint64_t length = 1;
    for (; shm_mapped_word_load(slot + of->width, of->width) != shm_mapped_word_empty(of->width);
         length++) {
        index = index + 1 == made->slot_count ? 0 : index + 1;
        slot = made->slots + index * stride;
    }
    made->longest = length > made->longest ? length : made->longest;
    put_word(of, slot, key->word);
    put_word(of, slot + of->width, value);
    if (has_pool(of)) {
        put_word(of, slot + 2 * of->width, key->place);
    }
}

static void put_keys(const table *of, finish *made)
{
    const unsigned stride = of->width * (has_pool(of) ? 3 : 2);
    memset(made->slots, 0xff, made->slot_count * stride);
    made->run_words = 0;
    made->entry_count = 0;
    made->longest = 0;
    for (uint64_t i = 0; i < of->key_count; i++) {
        const table_key *key = &of->keys[i];
        uint64_t count = values_of(of, key, made->values, made->distinct);
        if (made->first) {
            count = 1;
        }
        made->entry_count += count;
        put_slot(of, made, key, put_values(of, made, count));
    }
}

static bool finish_memory(const table *of, finish *made)
{
    const unsigned stride = of->width * (has_pool(of) ? 3 : 2);
    made->slot_count = of->key_count + of->key_count / 2 + 1;
    made->slots = malloc(made->slot_count * stride);
    made->runs = malloc((of->entry_count + of->key_count + 1) * of->width);
    made->values = malloc((of->entry_count + 1) * sizeof *made->values);
    if (made->slots == NULL || made->runs == NULL || made->values == NULL) {
        PyErr_NoMemory();
        return false;
    }
    return true;
}

/* finish(discard_duplicates, discard_duplicate_keys): (slots, runs, pool, keys, entries, seed). */
static PyObject *table_finish(PyObject *self, PyObject *args)
{
    const table *of = (const table *)self;
    finish made = {0};
    int distinct;
    int first;
    PyObject *answer = NULL;
    if (!PyArg_ParseTuple(args, "pp:finish", &distinct, &first)) {
        return NULL;
    }
    made.distinct = distinct != 0;
    made.first = first != 0;
    if (finish_memory(of, &made)) {
        const unsigned stride = of->width * (has_pool(of) ? 3 : 2);
        put_keys(of, &made);
        while (made.longest > SEARCH_MAX && made.seed + 1 < SEED_TRIES) {
            made.seed++;
            put_keys(of, &made);
        }
        answer = Py_BuildValue("(y#y#y#KKK)", (const char *)made.slots,
                               (Py_ssize_t)(made.slot_count * stride), (const char *)made.runs,
                               (Py_ssize_t)(made.run_words * of->width),
                               of->pool == NULL ? "" : (const char *)of->pool,
                               (Py_ssize_t)of->pool_used, (unsigned long long)of->key_count,
                               (unsigned long long)made.entry_count, (unsigned long long)made.seed);
    }
    free(made.slots);
    free(made.runs);
    free(made.values);
    return answer;
}

/* ---- the type ---- */

static PyObject *table_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    static char *names[] = {"kind", "width", NULL};
    unsigned kind;
    unsigned width;
    shm_mapped_state *state = shm_mapped_state_of(type);
    if (state == NULL ||
        !PyArg_ParseTupleAndKeywords(args, keywords, "II:Table", names, &kind, &width)) {
        return NULL;
    }
    if (kind < SHM_MAPPED_PART_NUMERIC || kind > SHM_MAPPED_PART_HASH ||
        (width != 4 && width != 8)) {
        PyErr_SetString(PyExc_ValueError, "there is no such kind of mapper");
        return NULL;
    }
    table *made = (table *)PyType_GenericAlloc(type, 0);
    if (made != NULL) {
        made->state = state;
        made->kind = kind;
        made->width = width;
        made->seed = (uint64_t)(uintptr_t)made;
    }
    return (PyObject *)made;
}

static void table_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    table *of = (table *)self;
    free(of->keys);
    free(of->index);
    free(of->entries);
    free(of->pool);
    PyObject_Free(self);
    Py_DECREF((PyObject *)type);
}

static PyMethodDef table_methods[] = {
    {"add", table_add, METH_VARARGS, NULL},
    {"contains", table_contains, METH_O, NULL},
    {"extend", table_extend, METH_O, NULL},
    {"finish", table_finish, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot table_slots[] = {
    {Py_tp_new, (void *)table_new},
    {Py_tp_dealloc, (void *)table_dealloc},
    {Py_tp_methods, table_methods},
    {0, NULL},
};

PyType_Spec shm_mapped_table_spec = {
    .name = "libshm._libshm.mapped.Table",
    .basicsize = sizeof(table),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = table_slots,
};

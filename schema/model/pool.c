#include "schema/model/pool.h"

#include <string.h>

#include "libshm/hash.h"
#include "schema/model/layout.h"

struct scalar {
    const char *name;
    uint8_t size;
    uint8_t align;
    bool has_cells;
    bool is_key;
};

static const struct scalar scalars[SHM_UUID + 1] = {
    [SHM_BOOL] = {"bool", 1, 1, false, true},
    [SHM_I8] = {"i8", 1, 1, false, true},
    [SHM_I16] = {"i16", 2, 2, false, true},
    [SHM_I32] = {"i32", 4, 4, false, true},
    [SHM_I64] = {"i64", 8, 8, false, true},
    [SHM_U8] = {"u8", 1, 1, false, true},
    [SHM_U16] = {"u16", 2, 2, false, true},
    [SHM_U32] = {"u32", 4, 4, false, true},
    [SHM_U64] = {"u64", 8, 8, false, true},
    [SHM_F32] = {"f32", 4, 4, false, true},
    [SHM_F64] = {"f64", 8, 8, false, true},
    [SHM_STRING] = {"string", 16, 8, true, true},
    [SHM_BYTES] = {"bytes", 16, 8, true, true},
    [SHM_DECIMAL] = {"decimal", 16, 8, true, false},
    [SHM_ANY] = {"any", 16, 8, true, false},
    [SHM_DATE] = {"date", 4, 4, false, true},
    [SHM_DATETIME] = {"datetime", 16, 8, false, true},
    [SHM_UUID] = {"uuid", 16, 1, false, true},
};

enum { FIRST_SLOT_COUNT = 32, CELL_ALIGN = 8, LIST_CELL_BYTES = 16, RECORD_CELL_BYTES = 8 };

shm_kind shm_scalar_kind(const char *name, size_t length)
{
    if (length < 2 || length > 8)
        return 0;
    for (int kind = SHM_BOOL; kind <= SHM_UUID; kind++) {
        const char *known = scalars[kind].name;
        if (known[0] == name[0] && strncmp(known, name, length) == 0 && known[length] == '\0')
            return (shm_kind)kind;
    }
    return 0;
}

const char *shm_scalar_name(shm_kind kind)
{
    return scalars[kind].name;
}

static shm_type_node *new_node(shm_type_pool *pool, shm_kind kind)
{
    shm_type_node *node = shm_arena_alloc(pool->arena, sizeof *node);
    if (node != NULL) {
        node->type.kind = kind;
        node->type.id = UINT32_MAX;
        pool->node_count++;
    }
    return node;
}

const shm_type *shm_pool_scalar(shm_type_pool *pool, shm_kind kind)
{
    if (pool->scalars[kind] != NULL)
        return pool->scalars[kind];
    shm_type_node *node = new_node(pool, kind);
    if (node == NULL)
        return NULL;
    node->type.size = scalars[kind].size;
    node->type.align = scalars[kind].align;
    node->type.has_cells = scalars[kind].has_cells;
    node->type.is_key = scalars[kind].is_key;
    pool->scalars[kind] = &node->type;
    return &node->type;
}

shm_type *shm_pool_declare(shm_type_pool *pool, shm_kind kind, const char *name)
{
    shm_type_node *node = new_node(pool, kind);
    if (node == NULL)
        return NULL;
    node->type.name = name;
    if (kind == SHM_RECORD) {
        node->type.size = RECORD_CELL_BYTES;
        node->type.align = CELL_ALIGN;
        node->type.has_cells = true;
    }
    return &node->type;
}

/* Grows the table when it is half full. */
static bool reserve_slot(shm_type_pool *pool)
{
    if (pool->used * 2 < pool->slot_count)
        return true;
    const size_t slot_count = pool->slot_count == 0 ? FIRST_SLOT_COUNT : pool->slot_count * 2;
    shm_type_node **slots = shm_arena_alloc_array(pool->arena, slot_count, sizeof(void *));
    if (slots == NULL)
        return false;
    for (size_t i = 0; i < pool->slot_count; i++) {
        if (pool->slots[i] == NULL)
            continue;
        size_t at = pool->slots[i]->hash & (slot_count - 1);
        while (slots[at] != NULL)
            at = (at + 1) & (slot_count - 1);
        slots[at] = pool->slots[i];
    }
    pool->slots = slots;
    pool->slot_count = slot_count;
    return true;
}

/* Addresses differ from run to run, so nobody can aim at this table; no result depends on it. */
static uint64_t hash_word(uint64_t hash, uint64_t word)
{
    hash = shm_mix64_after(word, hash);
    return hash ^ (hash >> 29);
}

static uint64_t hash_pointer(uint64_t hash, const void *pointer)
{
    return hash_word(hash, (uint64_t)(uintptr_t)pointer);
}

static uint64_t hash_shape(const shm_type *shape, const shm_type *const *parts, size_t part_count)
{
    uint64_t hash = hash_word(shape->length, (uint64_t)shape->kind * 2 + shape->nullable);
    hash = hash_pointer(hash, shape->element);
    hash = hash_pointer(hash, shape->key);
    for (size_t i = 0; i < part_count; i++)
        hash = hash_pointer(hash, parts[i]);
    return hash;
}

static bool has_shape(const shm_type *type, const shm_type *shape, const shm_type *const *parts,
                      size_t part_count)
{
    if (type->kind != shape->kind || type->element != shape->element || type->key != shape->key ||
        type->length != shape->length || type->nullable != shape->nullable ||
        type->field_count != part_count)
        return false;
    for (size_t i = 0; i < part_count; i++) {
        if (type->fields[i].type != parts[i])
            return false;
    }
    return true;
}

/* Sets what follows from the parts of a type that is not a tuple. */
static bool seal_shape(shm_type *type)
{
    const shm_type *element = type->element;
    type->size = LIST_CELL_BYTES;
    type->align = CELL_ALIGN;
    type->has_cells = true;
    switch (type->kind) {
    case SHM_REF:
        type->size = sizeof(shm_row_number);
        type->has_cells = false;
        return true;
    case SHM_OPTIONAL:
        type->align = element->align;
        type->has_cells = element->has_cells;
        return shm_layout_optional(element, &type->size);
    case SHM_ARRAY:
        type->align = element->align;
        type->has_cells = element->has_cells;
        if (type->length > SHM_ROW_SIZE_MAX)
            return false;
        type->size = type->length * element->size;
        return type->size <= SHM_ROW_SIZE_MAX;
    default:
        return true;
    }
}

bool shm_pool_seal_fields(shm_type *type, shm_field *fields, size_t field_count)
{
    uint64_t size;
    uint64_t align;
    bool has_cells = false;
    bool is_key = true;
    for (size_t i = 0; i < field_count; i++) {
        has_cells = has_cells || fields[i].type->has_cells;
        is_key = is_key && fields[i].type->is_key;
    }
    type->fields = fields;
    type->field_count = field_count;
    if (!shm_layout_place(fields, field_count, &size, &align))
        return false;
    if (type->kind == SHM_RECORD) {
        type->row_size = size == 0 ? CELL_ALIGN : shm_round_up(size, CELL_ALIGN);
        return type->row_size <= SHM_ROW_SIZE_MAX;
    }
    type->size = size;
    type->align = align;
    type->has_cells = has_cells;
    type->is_key = is_key && type->kind == SHM_STRUCT;
    return true;
}

static shm_status add_new(shm_type_pool *pool, const shm_type *shape, const shm_type *const *parts,
                          size_t part_count, shm_type_node **made)
{
    shm_type_node *node = new_node(pool, shape->kind);
    if (node == NULL)
        return SHM_NO_MEMORY;
    node->type.element = shape->element;
    node->type.key = shape->key;
    node->type.length = shape->length;
    node->type.nullable = shape->nullable;
    *made = node;
    if (shape->kind != SHM_TUPLE)
        return seal_shape(&node->type) ? SHM_OK : SHM_LIMIT;
    shm_field *fields = shm_arena_alloc_array(pool->arena, part_count, sizeof *fields);
    if (fields == NULL)
        return SHM_NO_MEMORY;
    for (size_t i = 0; i < part_count; i++)
        fields[i].type = parts[i];
    return shm_pool_seal_fields(&node->type, fields, part_count) ? SHM_OK : SHM_LIMIT;
}

static shm_status add(shm_type_pool *pool, const shm_type *shape, const shm_type *const *parts,
                      size_t part_count, const shm_type **type)
{
    if (!reserve_slot(pool))
        return SHM_NO_MEMORY;
    const uint64_t hash = hash_shape(shape, parts, part_count);
    size_t at = hash & (pool->slot_count - 1);
    for (; pool->slots[at] != NULL; at = (at + 1) & (pool->slot_count - 1)) {
        const shm_type_node *node = pool->slots[at];
        if (node->hash == hash && has_shape(&node->type, shape, parts, part_count)) {
            *type = &node->type;
            return SHM_OK;
        }
    }
    shm_type_node *node;
    const shm_status status = add_new(pool, shape, parts, part_count, &node);
    if (status != SHM_OK)
        return status;
    node->hash = hash;
    pool->slots[at] = node;
    pool->used++;
    *type = &node->type;
    return SHM_OK;
}

shm_status shm_pool_add(shm_type_pool *pool, const shm_type *shape, const shm_type **type)
{
    return add(pool, shape, NULL, 0, type);
}

shm_status shm_pool_add_tuple(shm_type_pool *pool, const shm_type *const *parts, size_t part_count,
                              const shm_type **type)
{
    const shm_type shape = {.kind = SHM_TUPLE};
    return add(pool, &shape, parts, part_count, type);
}

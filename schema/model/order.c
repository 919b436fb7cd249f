#include "schema/model/order.h"

#include "schema/model/pool.h"

struct reach {
    const shm_type **waiting; /* declared types whose parts are still to be visited */
    size_t waiting_count;
};

static bool is_declared(const shm_type *type)
{
    return type->kind == SHM_ENUM || type->kind == SHM_STRUCT || type->kind == SHM_RECORD;
}

/* Undeclared types nest at most SHM_TYPE_DEPTH_MAX deep; declared ones wait for their turn. */
static void reach_type(struct reach *reach, const shm_type *type)
{
    shm_type_node *node = shm_type_node_of(type);
    if (node->reached)
        return;
    node->reached = true;
    if (is_declared(type)) {
        reach->waiting[reach->waiting_count++] = type;
        return;
    }
    if (type->element != NULL)
        reach_type(reach, type->element);
    if (type->key != NULL)
        reach_type(reach, type->key);
    for (size_t i = 0; i < type->field_count; i++)
        reach_type(reach, type->fields[i].type);
}

bool shm_order_reach(const shm_schema *schema, shm_arena *arena)
{
    const shm_dataset_type *dataset = schema->dataset;
    const size_t hidden_count = dataset == NULL ? 0 : dataset->collection_count;
    struct reach reach = {0};
    reach.waiting =
        shm_arena_alloc_array(arena, schema->declared_count + hidden_count, sizeof *reach.waiting);
    if (reach.waiting == NULL)
        return false;
    if (dataset == NULL) {
        for (size_t i = 0; i < schema->declared_count; i++)
            reach_type(&reach, schema->declared[i]);
    }
    for (size_t i = 0; dataset != NULL && i < dataset->collection_count; i++) {
        const shm_collection *collection = &dataset->collections[i];
        reach_type(&reach, collection->record != NULL ? collection->record : collection->element);
    }
    while (reach.waiting_count > 0) {
        const shm_type *type = reach.waiting[--reach.waiting_count];
        for (size_t i = 0; i < type->field_count; i++)
            reach_type(&reach, type->fields[i].type);
        if (type->kind == SHM_ENUM)
            reach_type(&reach, type->element);
    }
    return true;
}

struct order {
    const shm_type **types;
    size_t count;
    bool full;
};

static void give_id(struct order *order, shm_type_node *node)
{
    if (order->count == SHM_TYPE_COUNT_MAX) {
        order->full = true;
        return;
    }
    node->type.id = (uint32_t)order->count;
    order->types[order->count++] = &node->type;
}

/* Recursion: through undeclared types and structs, both bounded in depth. */
static void place_part(struct order *order, const shm_type *type)
{
    shm_type_node *node = shm_type_node_of(type);
    if (node->placed || type->kind == SHM_RECORD || order->full)
        return;
    node->placed = true;
    if (type->element != NULL)
        place_part(order, type->element);
    if (type->key != NULL)
        place_part(order, type->key);
    for (size_t i = 0; i < type->field_count; i++)
        place_part(order, type->fields[i].type);
    give_id(order, node);
}

static void place_whole(struct order *order, const shm_type *type)
{
    if (type->kind != SHM_RECORD) {
        place_part(order, type);
        return;
    }
    shm_type_node *node = shm_type_node_of(type);
    if (node->placed)
        return;
    node->placed = true;
    for (size_t i = 0; i < type->field_count; i++)
        place_part(order, type->fields[i].type);
    give_id(order, node);
}

static void place_declared(struct order *order, const shm_schema *schema, bool reached)
{
    for (size_t i = 0; i < schema->declared_count; i++) {
        if (shm_type_node_of(schema->declared[i])->reached == reached)
            place_whole(order, schema->declared[i]);
    }
}

shm_status shm_order_types(shm_schema *schema, size_t type_bound, shm_arena *arena)
{
    struct order order = {0};
    if (type_bound > SHM_TYPE_COUNT_MAX)
        type_bound = SHM_TYPE_COUNT_MAX;
    order.types = shm_arena_alloc_array(arena, type_bound, sizeof *order.types);
    if (order.types == NULL)
        return SHM_NO_MEMORY;
    place_declared(&order, schema, true);
    const shm_dataset_type *dataset = schema->dataset;
    for (size_t i = 0; dataset != NULL && i < dataset->collection_count; i++) {
        const shm_collection *collection = &dataset->collections[i];
        place_whole(&order, collection->record != NULL ? collection->record : collection->element);
    }
    place_declared(&order, schema, false);
    if (order.full)
        return SHM_LIMIT;
    schema->types = order.types;
    schema->type_count = order.count;
    return SHM_OK;
}

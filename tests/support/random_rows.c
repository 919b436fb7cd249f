#include "tests/support/random_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROW_NODES = 150, TRY_COUNT = 20 };

void *shm_test_model_alloc(shm_test_model *model, size_t count, size_t size)
{
    void *memory = shm_arena_alloc_array(&model->arena, count, size);
    if (memory == NULL) {
        abort();
    }
    return memory;
}

uint64_t shm_test_random(shm_test_model *model)
{
    uint64_t word = (model->state += UINT64_C(0x9e3779b97f4a7c15));
    word = (word ^ (word >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    word = (word ^ (word >> 27)) * UINT64_C(0x94d049bb133111eb);
    return word ^ (word >> 31);
}

uint64_t shm_test_below(shm_test_model *model, uint64_t bound)
{
    return shm_test_random(model) % bound;
}

/* ---- what there can be, when tables are empty ---- */

static const shm_test_rows *table_of(const shm_test_model *model, const shm_type *record)
{
    for (size_t i = 0; i < model->schema->dataset->collection_count; i++) {
        const shm_test_rows *rows = &model->collections[i];
        if (rows->collection->kind == SHM_TABLE && rows->collection->record == record) {
            return rows;
        }
    }
    return NULL;
}

bool shm_test_is_possible(shm_test_model *model, const shm_type *type)
{
    bool possible = true;
    signed char *known = &model->possible[type->id];
    if (*known != 0) {
        return *known > 0;
    }
    switch (type->kind) {
    case SHM_REF:
        possible = table_of(model, type->element)->capacity > 0;
        break;
    case SHM_ARRAY:
        possible = shm_test_is_possible(model, type->element);
        break;
    case SHM_STRUCT:
    case SHM_RECORD:
    case SHM_TUPLE:
        for (size_t i = 0; i < type->field_count && possible; i++) {
            possible = shm_test_is_possible(model, type->fields[i].type);
        }
        break;
    default:
        break;
    }
    *known = possible ? 1 : -1;
    return possible;
}

static void plan_counts(shm_test_model *model, uint64_t row_limit)
{
    static const uint64_t counts[] = {0, 1, 2, 5, 9, 40, 200, UINT64_MAX};
    const size_t type_count = model->schema->type_count;
    bool changed = true;
    for (size_t i = 0; i < model->schema->dataset->collection_count; i++) {
        const uint64_t count = counts[shm_test_below(model, sizeof counts / sizeof *counts)];
        shm_test_rows *rows = &model->collections[i];
        rows->collection = &model->schema->dataset->collections[i];
        rows->capacity = rows->collection->record == NULL || rows->collection->table != NULL ? 0
                         : count < row_limit                                                 ? count
                                             : row_limit;
    }
    while (changed) {
        changed = false;
        memset(model->possible, 0, type_count);
        for (size_t i = 0; i < model->schema->dataset->collection_count; i++) {
            shm_test_rows *rows = &model->collections[i];
            if (rows->capacity > 0 && !shm_test_is_possible(model, rows->collection->record)) {
                rows->capacity = 0;
                changed = true;
            }
        }
    }
}

/* ---- rows ---- */

/* Whether an earlier entry has the key of one of those from `first` on. */
static bool is_repeated(const shm_test_entries *entries, size_t first)
{
    for (size_t i = first; i < entries->count; i++) {
        for (size_t j = 0; j < first; j++) {
            if (shm_test_entry_order(&entries->list[i], &entries->list[j]) == 0) {
                return true;
            }
        }
    }
    return false;
}

static bool has_unique_key(const shm_collection *collection, const shm_collection *rows)
{
    return (collection == rows && (rows->kind == SHM_MAP || rows->kind == SHM_SET_OF)) ||
           (collection->table == rows && collection->kind == SHM_INDEX);
}

/* Enters the row's unique keys into `entries`, by collection; false, and nothing entered, if one is
 * there already. */
static bool enter_keys(shm_test_model *model, const shm_test_rows *rows, const shm_test_value *row,
                       shm_test_entries *entries)
{
    const shm_dataset_type *dataset = model->schema->dataset;
    size_t done = 0;
    bool fits = true;
    size_t *before = calloc(dataset->collection_count, sizeof *before);
    if (before == NULL) {
        abort();
    }
    for (; done < dataset->collection_count && fits; done++) {
        before[done] = entries[done].count;
        if (has_unique_key(&dataset->collections[done], rows->collection)) {
            shm_test_entries_add(model, &dataset->collections[done], row, rows->count,
                                 &entries[done]);
            fits = !is_repeated(&entries[done], before[done]);
        }
    }
    for (size_t i = 0; i < done && !fits; i++) {
        entries[i].count = before[i];
    }
    free(before);
    return fits;
}

static void make_rows(shm_test_model *model, shm_test_rows *rows, uint64_t node_limit)
{
    const size_t collection_count = model->schema->dataset->collection_count;
    shm_test_entries *entries = calloc(collection_count, sizeof *entries);
    uint64_t nodes = 0;
    unsigned tries = 0;
    if (entries == NULL) {
        abort();
    }
    rows->rows = shm_test_model_alloc(model, rows->capacity, sizeof *rows->rows);
    while (rows->count < rows->capacity && nodes < node_limit && tries < TRY_COUNT) {
        shm_test_value *row = shm_test_model_alloc(model, 1, sizeof *row);
        model->budget = ROW_NODES;
        shm_test_value_make(model, rows->collection->record, 0, row);
        row->omitted = false;
        if (!enter_keys(model, rows, row, entries)) {
            tries++;
            continue;
        }
        tries = 0;
        nodes += row->nodes;
        rows->rows[rows->count++] = row;
    }
    for (size_t i = 0; i < collection_count; i++) {
        free(entries[i].list);
    }
    free(entries);
}

/* Refs hold any number until the tables are there.  Shared values are met again; bringing them into
 * the table once more changes nothing. */
static void bind_refs(shm_test_model *model, shm_test_value *value)
{
    if (value->type->kind == SHM_REF && value->presence == SHM_PRESENT) {
        value->word %= table_of(model, value->type->element)->count;
    }
    for (size_t i = 0; i < value->count; i++) {
        bind_refs(model, &value->items[i]);
    }
}

shm_test_model *shm_test_model_make(const shm_schema *schema, uint64_t seed, uint64_t row_limit,
                                    uint64_t node_limit)
{
    const size_t collection_count = schema->dataset->collection_count;
    shm_test_model *model = calloc(1, sizeof *model);
    if (model == NULL) {
        abort();
    }
    model->schema = schema;
    model->state = seed;
    model->collections = shm_test_model_alloc(model, collection_count, sizeof *model->collections);
    model->possible = shm_test_model_alloc(model, schema->type_count, sizeof *model->possible);
    shm_test_pools_make(model);
    plan_counts(model, row_limit);
    for (size_t i = 0; i < collection_count; i++) {
        shm_test_rows *rows = &model->collections[i];
        if (rows->collection->kind == SHM_TENSOR_OF) {
            rows->tensor = shm_test_model_alloc(model, 1, sizeof *rows->tensor);
            shm_test_tensor_make(model, rows->collection->element, 3000, rows->tensor);
        } else if (rows->collection->table == NULL) {
            make_rows(model, rows, node_limit);
        }
    }
    for (size_t i = 0; i < collection_count; i++) {
        for (uint64_t j = 0; j < model->collections[i].count; j++) {
            bind_refs(model, model->collections[i].rows[j]);
        }
    }
    return model;
}

void shm_test_model_free(shm_test_model *model)
{
    if (model != NULL) {
        shm_arena_close(&model->arena);
        free(model);
    }
}

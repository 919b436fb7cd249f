/* values.c — finding the values of an enum by their numbers. */
#include "schema/model/pool.h"

#include <stdlib.h>

static bool counts_up(const shm_enum_value *values, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        if ((uint64_t)values[i].value - (uint64_t)values[0].value != i)
            return false;
    }
    return true;
}

static int compare_numbers(const void *a, const void *b)
{
    const shm_enum_value *const *left = a;
    const shm_enum_value *const *right = b;
    return ((*left)->value > (*right)->value) - ((*left)->value < (*right)->value);
}

bool shm_pool_seal_values(shm_type_pool *pool, shm_type *type, const shm_enum_value *values,
                          size_t value_count)
{
    type->values = values;
    type->value_count = value_count;
    if (counts_up(values, value_count))
        return true;
    const shm_enum_value **by_number =
        shm_arena_alloc_array(pool->arena, value_count, sizeof *by_number);
    if (by_number == NULL)
        return false;
    for (size_t i = 0; i < value_count; i++)
        by_number[i] = &values[i];
    qsort(by_number, value_count, sizeof *by_number, compare_numbers);
    shm_type_node_of(type)->by_number = by_number;
    return true;
}

const shm_enum_value *shm_enum_find(const shm_type *type, int64_t number)
{
    const shm_enum_value *const *by_number = shm_type_node_of(type)->by_number;
    if (by_number == NULL) {
        if (type->value_count == 0)
            return NULL;
        const uint64_t place = (uint64_t)number - (uint64_t)type->values[0].value;
        return place < type->value_count ? &type->values[place] : NULL;
    }
    size_t low = 0;
    size_t high = type->value_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (by_number[middle]->value < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low < type->value_count && by_number[low]->value == number ? by_number[low] : NULL;
}

/* value_plan.c — compiles types into plans.  A part's id is below that of what holds it in place
 * unless it is a record (schema/model/order.h), so, records apart, one pass by id finds every
 * part's plan finished. */
#include "collections/heap/value_verify.h"

#include <stdlib.h>
#include <string.h>

enum { PRESENCE_WORD_BYTES = 8 };

/* Where steps go; they are only counted while `steps` is NULL. */
struct step_list {
    struct shm_value_step *steps;
    uint64_t count;
    uint64_t presence; /* the step of the newest presence word */
    uint64_t end;      /* of the bytes covered so far */
};

static void add_step(struct step_list *list, struct shm_value_step step)
{
    if (list->steps != NULL) {
        list->steps[list->count] = step;
    }
    list->count++;
}

static void add_padding(struct step_list *list, uint64_t end)
{
    if (end > list->end) {
        add_step(list, (struct shm_value_step){
                           .step = SHM_STEP_ZERO, .offset = list->end, .size = end - list->end});
        list->end = end;
    }
}

static void add_optional(struct step_list *list, const struct shm_value_plan *plans,
                         const shm_field *field)
{
    const uint64_t given = UINT64_C(1) << field->presence_bit;
    const uint64_t null = field->type->nullable ? given << 1 : 0;
    if (field->presence_offset >= list->end) {
        add_padding(list, field->presence_offset);
        list->presence = list->count;
        list->end += PRESENCE_WORD_BYTES;
        add_step(list, (struct shm_value_step){.step = SHM_STEP_PRESENCE,
                                               .offset = field->presence_offset});
    }
    if (list->steps != NULL) {
        list->steps[list->presence].given |= given | null;
        list->steps[list->presence].null |= null;
    }
    const shm_type *value = field->type->element;
    add_padding(list, field->offset);
    add_step(list, (struct shm_value_step){.step = SHM_STEP_OPTIONAL,
                                           .offset = field->offset,
                                           .size = value->size,
                                           .plan = &plans[value->id],
                                           .presence_offset = field->presence_offset,
                                           .given = given,
                                           .null = null});
    list->end += value->size;
}

static void add_fields(struct step_list *list, const struct shm_value_plan *plans,
                       const shm_type *type, uint64_t size)
{
    for (size_t i = 0; i < type->field_count; i++) {
        const shm_field *field = &type->fields[i];
        if (field->type->kind == SHM_OPTIONAL) {
            add_optional(list, plans, field);
            continue;
        }
        add_padding(list, field->offset);
        const struct shm_value_plan *plan = &plans[field->type->id];
        if (plan->check != SHM_CHECK_NOTHING) {
            add_step(list, (struct shm_value_step){
                               .step = SHM_STEP_VALUE, .offset = field->offset, .plan = plan});
        }
        list->end += field->type->size;
    }
    add_padding(list, size);
}

static bool plan_fields(const struct shm_value_plan *plans, const shm_type *type, uint64_t size,
                        shm_arena *arena, struct shm_value_plan *plan)
{
    struct step_list list = {0};
    plan->type = type;
    plan->size = size;
    add_fields(&list, plans, type, size);
    if (list.count == 0) {
        plan->check = SHM_CHECK_NOTHING;
        return true;
    }
    struct shm_value_step *steps = shm_arena_alloc_array(arena, list.count, sizeof *steps);
    if (steps == NULL) {
        return false;
    }
    list = (struct step_list){.steps = steps};
    add_fields(&list, plans, type, size);
    if (list.count == 1 && steps[0].step == SHM_STEP_VALUE && steps[0].plan->size == size) {
        *plan = *steps[0].plan; /* a struct of one field is checked as that */
        return true;
    }
    plan->check = SHM_CHECK_FIELDS;
    plan->steps = steps;
    plan->count = list.count;
    return true;
}

static int compare_values(const void *a, const void *b)
{
    int64_t left;
    int64_t right;
    memcpy(&left, a, sizeof left);
    memcpy(&right, b, sizeof right);
    return (left > right) - (left < right);
}

static bool plan_enum(const shm_type *type, shm_arena *arena, struct shm_value_plan *plan)
{
    int64_t *values = shm_arena_alloc_array(arena, type->value_count, sizeof *values);
    if (values == NULL) {
        return false;
    }
    for (size_t i = 0; i < type->value_count; i++) {
        values[i] = type->values[i].value;
    }
    qsort(values, type->value_count, sizeof *values, compare_values);
    plan->check = SHM_CHECK_ENUM;
    plan->values = values;
    plan->count = type->value_count;
    return true;
}

static void plan_array(const struct shm_value_plan *plans, const shm_type *type,
                       struct shm_value_plan *plan)
{
    const struct shm_value_plan *element = &plans[type->element->id];
    if (element->check == SHM_CHECK_NOTHING) {
        plan->check = SHM_CHECK_NOTHING;
    } else if (type->length == 1) {
        *plan = *element;
    } else {
        plan->check = SHM_CHECK_ARRAY;
        plan->inner = element;
        plan->count = type->length;
    }
}

static enum shm_check check_of(shm_kind kind)
{
    switch (kind) {
    case SHM_BOOL:
        return SHM_CHECK_BOOL;
    case SHM_STRING:
    case SHM_BYTES:
    case SHM_DECIMAL:
    case SHM_ANY:
        return SHM_CHECK_TEXT;
    case SHM_DATE:
        return SHM_CHECK_DATE;
    case SHM_DATETIME:
        return SHM_CHECK_DATETIME;
    case SHM_REF:
        return SHM_CHECK_REF;
    case SHM_RECORD:
        return SHM_CHECK_RECORD;
    case SHM_OPTIONAL:
        return SHM_CHECK_OPTIONAL;
    case SHM_LIST:
    case SHM_SET:
    case SHM_DICT:
        return SHM_CHECK_LIST;
    case SHM_TENSOR:
        return SHM_CHECK_TENSOR;
    default:
        return SHM_CHECK_NOTHING;
    }
}

static bool plan_type(const struct shm_value_plan *plans, const shm_type *type,
                      const uint64_t *row_counts, shm_arena *arena, struct shm_value_plan *plan)
{
    plan->type = type;
    plan->size = type->size;
    plan->check = check_of(type->kind);
    switch (type->kind) {
    case SHM_ENUM:
        return plan_enum(type, arena, plan);
    case SHM_STRUCT:
    case SHM_TUPLE:
        return plan_fields(plans, type, type->size, arena, plan);
    case SHM_ARRAY:
        plan_array(plans, type, plan);
        return true;
    case SHM_OPTIONAL:
        plan->inner = &plans[type->element->id];
        return true;
    case SHM_REF:
        plan->count = row_counts[type->element->id];
        return true;
    default:
        return true;
    }
}

shm_status shm_value_plans_make(shm_verifier *verifier, const uint64_t *row_counts,
                                shm_arena *arena)
{
    const shm_schema *schema = verifier->schema;
    struct shm_value_plan *plans = shm_arena_alloc_array(arena, schema->type_count, sizeof *plans);
    struct shm_value_plan *records =
        shm_arena_alloc_array(arena, schema->type_count, sizeof *records);
    if (plans == NULL || records == NULL) {
        return SHM_NO_MEMORY;
    }
    /* Cells of records first: a record's id may be above those of types that hold it in place. */
    for (size_t i = 0; i < schema->type_count; i++) {
        const shm_type *type = schema->types[i];
        if (type->kind == SHM_RECORD) {
            plans[i] = (struct shm_value_plan){
                .check = SHM_CHECK_RECORD, .type = type, .size = type->size};
        }
    }
    for (size_t i = 0; i < schema->type_count; i++) {
        if (!plan_type(plans, schema->types[i], row_counts, arena, &plans[i])) {
            return SHM_NO_MEMORY;
        }
    }
    for (size_t i = 0; i < schema->type_count; i++) {
        const shm_type *type = schema->types[i];
        if (type->kind == SHM_RECORD &&
            !plan_fields(plans, type, type->row_size, arena, &records[i])) {
            return SHM_NO_MEMORY;
        }
    }
    verifier->plans = plans;
    verifier->records = records;
    return SHM_OK;
}

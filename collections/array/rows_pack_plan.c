/* rows_pack_plan.c — compiles records into plans. */
#include "collections/array/rows_pack_plan.h"

#include <stdlib.h>
#include <string.h>

#include "libshm/calendar.h"
#include "libshm/error.h"

enum {
    STEP_MAX = 256,
    REF_MAX = 64,
    BLOCK_BYTES = 32 << 10,
    PRESENCE_WORD_BYTES = 8,
    SET_SPAN_MAX = 1 << 12
};

/* A plan in the making. */
struct draft {
    shm_arena *arena;
    bool is_usable;
    bool no_memory;
    const shm_field *field; /* of the record */
    uint64_t gate;          /* what the values looked at depend on */
    uint64_t gate_open;
    uint64_t gate_offset;
    size_t apart; /* steps before this one get no longer: they are not of the array in the making */
    size_t step_count;
    size_t ref_count;
    struct shm_pack_step steps[STEP_MAX];
    struct shm_pack_ref refs[REF_MAX];
};

/* Whether the step goes on where the last one ends. */
static bool continues(const struct shm_pack_step *last, const struct shm_pack_step *step)
{
    return last->act == step->act && last->size == step->size && last->gate == 0 &&
           step->gate == 0 && last->stride == last->size && last->least == step->least &&
           last->span == step->span && last->offset + last->count * last->stride == step->offset &&
           (step->act == SHM_PACK_RANGE || step->act == SHM_PACK_F32 || step->act == SHM_PACK_F64);
}

/* Whether zero, which an absent value is, passes the step. */
static bool takes_zero(const struct shm_pack_step *step)
{
    if (step->act != SHM_PACK_RANGE) {
        return step->act != SHM_PACK_ENUM && step->act != SHM_PACK_BITS;
    }
    const uint64_t all = step->size == 8 ? UINT64_MAX : (UINT64_C(1) << (8 * step->size)) - 1;
    return ((0 - step->least) & all) <= step->span;
}

static void append_step(struct draft *draft, const struct shm_pack_step *step)
{
    if (draft->step_count == STEP_MAX) {
        draft->is_usable = false;
        return;
    }
    draft->steps[draft->step_count++] = *step;
}

static void add_step(struct draft *draft, struct shm_pack_step step)
{
    step.count = 1;
    step.stride = step.size;
    step.gate_offset = draft->gate_offset;
    if (step.act == SHM_PACK_ABSENT || !takes_zero(&step)) {
        step.gate = draft->gate;
        step.gate_open = draft->gate_open;
    }
    struct shm_pack_step *last =
        draft->step_count > draft->apart ? &draft->steps[draft->step_count - 1] : NULL;
    if (last != NULL && continues(last, &step)) {
        last->count++;
    } else {
        append_step(draft, &step);
    }
}

static void append_ref(struct draft *draft, const struct shm_pack_ref *ref)
{
    if (draft->ref_count == REF_MAX) {
        draft->is_usable = false;
        return;
    }
    draft->refs[draft->ref_count++] = *ref;
}

static void add_ref(struct draft *draft, const shm_type *type, uint64_t offset)
{
    const struct shm_pack_ref ref = {.step = {.offset = offset,
                                              .stride = type->size,
                                              .count = 1,
                                              .size = type->size,
                                              .gate = draft->gate,
                                              .gate_open = draft->gate_open,
                                              .gate_offset = draft->gate_offset},
                                     .type = type,
                                     .field = draft->field};
    append_ref(draft, &ref);
}

static int compare_values(const void *a, const void *b)
{
    int64_t left;
    int64_t right;
    memcpy(&left, a, sizeof left);
    memcpy(&right, b, sizeof right);
    return (left > right) - (left < right);
}

/* The enum as bits; NULL: no memory. */
static const uint64_t *make_set(struct draft *draft, const int64_t *values, size_t count,
                                uint64_t span)
{
    uint64_t *set = shm_arena_alloc_array(draft->arena, (size_t)(span + 1) / 64 + 1, sizeof *set);
    for (size_t i = 0; i < count && set != NULL; i++) {
        const uint64_t above = (uint64_t)values[i] - (uint64_t)values[0];
        set[above / 64] |= UINT64_C(1) << above % 64;
    }
    draft->no_memory = draft->no_memory || set == NULL;
    return set;
}

static void add_enum(struct draft *draft, const shm_type *type, uint64_t offset)
{
    const size_t count = type->value_count;
    int64_t *values = shm_arena_alloc_array(draft->arena, count, sizeof *values);
    if (values == NULL) {
        draft->no_memory = true;
        return;
    }
    for (size_t i = 0; i < count; i++) {
        values[i] = type->values[i].value;
    }
    qsort(values, count, sizeof *values, compare_values);
    const uint64_t least = (uint64_t)values[0];
    const uint64_t span = (uint64_t)values[count - 1] - least;
    struct shm_pack_step step = {.offset = offset, .size = type->size};
    if (span == count - 1) { /* values are distinct: these are all between the two */
        step.act = SHM_PACK_RANGE;
        step.least = least;
        step.span = span;
    } else if (span <= SET_SPAN_MAX) {
        step.act = SHM_PACK_BITS;
        step.least = least;
        step.span = span;
        step.set = make_set(draft, values, count, span);
    } else {
        step.act = SHM_PACK_ENUM;
        step.values = values;
        step.value_count = count;
    }
    add_step(draft, step);
}

static void add_type(struct draft *draft, const shm_type *type, uint64_t offset);

static void add_gap(struct draft *draft, uint64_t offset, uint64_t end)
{
    if (end > offset) {
        add_step(draft, (struct shm_pack_step){
                            .act = SHM_PACK_ZERO, .offset = offset, .size = end - offset});
    }
}

/* The presence word that begins with field `first`: its fields' bits (given, then null). */
static void add_presence(struct draft *draft, const shm_type *type, size_t first, uint64_t base)
{
    const uint64_t offset = type->fields[first].presence_offset;
    struct shm_pack_step step = {
        .act = SHM_PACK_PRESENCE, .offset = base + offset, .size = PRESENCE_WORD_BYTES};
    for (size_t i = first; i < type->field_count; i++) {
        const shm_field *field = &type->fields[i];
        if (field->type->kind == SHM_OPTIONAL && field->presence_offset == offset) {
            step.bits |= (uint64_t)(field->type->nullable ? 3 : 1) << field->presence_bit;
            step.nulls |= (uint64_t)(field->type->nullable ? 2 : 0) << field->presence_bit;
        }
    }
    add_step(draft, step);
}

static void add_optional(struct draft *draft, const shm_field *field, uint64_t base)
{
    const uint64_t gate = draft->gate;
    const uint64_t gate_open = draft->gate_open;
    const uint64_t gate_offset = draft->gate_offset;
    draft->gate = (uint64_t)(field->type->nullable ? 3 : 1) << field->presence_bit;
    draft->gate_open = UINT64_C(1) << field->presence_bit;
    draft->gate_offset = base + field->presence_offset;
    add_step(draft, (struct shm_pack_step){.act = SHM_PACK_ABSENT,
                                           .offset = base + field->offset,
                                           .size = field->type->element->size});
    add_type(draft, field->type->element, base + field->offset);
    draft->gate = gate;
    draft->gate_open = gate_open;
    draft->gate_offset = gate_offset;
}

/* `is_row`: the fields are the record's, not a struct's.  Answers where the last one ends.
 * Recursion: structs in structs, bounded by SHM_STRUCT_DEPTH_MAX and SHM_TYPE_DEPTH_MAX. */
static uint64_t add_fields(struct draft *draft, const shm_type *type, uint64_t base, bool is_row)
{
    uint64_t end = 0;
    for (size_t i = 0; i < type->field_count; i++) {
        const shm_field *field = &type->fields[i];
        const bool is_optional = field->type->kind == SHM_OPTIONAL;
        if (is_row) {
            draft->field = field;
        }
        if (is_optional && field->presence_bit == 0) {
            add_gap(draft, base + end, base + field->presence_offset);
            add_presence(draft, type, i, base);
            end = field->presence_offset + PRESENCE_WORD_BYTES;
        }
        add_gap(draft, base + end, base + field->offset);
        if (is_optional) {
            add_optional(draft, field, base);
            end = field->offset + field->type->element->size;
        } else {
            add_type(draft, field->type, base + field->offset);
            end = field->offset + field->type->size;
        }
    }
    add_gap(draft, base + end, base + (is_row ? type->row_size : type->size));
    return end;
}

/* One element's step becomes that of all: of one value it gets the element's stride, of values that
 * fill the element it grows.  False if it can do neither. */
static bool repeat_step(struct shm_pack_step *step, const shm_type *array, bool has_gate_inside)
{
    const uint64_t stride = array->element->size;
    if (step->count == 1) {
        step->stride = stride;
        step->count = array->length;
        step->gate_stride = has_gate_inside ? stride : 0;
        return true;
    }
    if (step->count * step->stride == stride &&
        (!has_gate_inside || step->gate_stride == step->stride)) {
        step->count *= array->length;
        return true;
    }
    return false;
}

/* The step of element `i`, given that of the first. */
static struct shm_pack_step step_of(struct shm_pack_step step, const shm_type *array,
                                    bool has_gate_inside, uint64_t i)
{
    step.offset += i * array->element->size;
    step.gate_offset += has_gate_inside ? i * array->element->size : 0;
    return step;
}

static void repeat_steps(struct draft *draft, const shm_type *array, uint64_t offset, size_t first)
{
    const size_t end = draft->step_count;
    for (size_t i = first; i < end && draft->is_usable; i++) {
        const struct shm_pack_step step = draft->steps[i];
        const bool inside = step.gate != 0 && step.gate_offset >= offset;
        if (!repeat_step(&draft->steps[i], array, inside)) {
            for (uint64_t k = 1; k < array->length && draft->is_usable; k++) {
                const struct shm_pack_step other = step_of(step, array, inside, k);
                append_step(draft, &other);
            }
        }
    }
}

static void repeat_refs(struct draft *draft, const shm_type *array, uint64_t offset, size_t first)
{
    const size_t end = draft->ref_count;
    for (size_t i = first; i < end && draft->is_usable; i++) {
        const struct shm_pack_ref ref = draft->refs[i];
        const bool inside = ref.step.gate != 0 && ref.step.gate_offset >= offset;
        if (!repeat_step(&draft->refs[i].step, array, inside)) {
            for (uint64_t k = 1; k < array->length && draft->is_usable; k++) {
                struct shm_pack_ref other = ref;
                other.step = step_of(ref.step, array, inside, k);
                append_ref(draft, &other);
            }
        }
    }
}

static void add_array(struct draft *draft, const shm_type *type, uint64_t offset)
{
    const size_t first_step = draft->step_count;
    const size_t first_ref = draft->ref_count;
    if (type->length > 0) {
        draft->apart = first_step;
        add_type(draft, type->element, offset);
        repeat_steps(draft, type, offset, first_step);
        repeat_refs(draft, type, offset, first_ref);
        draft->apart = draft->step_count;
    }
}

static void add_plain(struct draft *draft, enum shm_pack_act act, const shm_type *type,
                      uint64_t offset)
{
    add_step(draft, (struct shm_pack_step){.act = act, .offset = offset, .size = type->size});
}

static void add_range(struct draft *draft, const shm_type *type, uint64_t offset, int64_t least,
                      uint64_t span)
{
    add_step(draft, (struct shm_pack_step){.act = SHM_PACK_RANGE,
                                           .offset = offset,
                                           .size = type->size,
                                           .least = (uint64_t)least,
                                           .span = span});
}

static void add_type(struct draft *draft, const shm_type *type, uint64_t offset)
{
    if (!draft->is_usable || draft->no_memory) {
        return;
    }
    switch (type->kind) {
    case SHM_BOOL:
        add_range(draft, type, offset, 0, 1);
        break;
    case SHM_DATE:
        add_range(draft, type, offset, SHM_DAY_MIN, (uint64_t)SHM_DAY_MAX - (uint64_t)SHM_DAY_MIN);
        break;
    case SHM_DATETIME:
        add_gap(draft, offset + offsetof(shm_datetime, zero), offset + sizeof(shm_datetime));
        add_plain(draft, SHM_PACK_DATETIME, type, offset);
        break;
    case SHM_F32:
        add_plain(draft, SHM_PACK_F32, type, offset);
        break;
    case SHM_F64:
        add_plain(draft, SHM_PACK_F64, type, offset);
        break;
    case SHM_ENUM:
        add_enum(draft, type, offset);
        break;
    case SHM_REF:
        add_ref(draft, type, offset);
        break;
    case SHM_STRUCT:
    case SHM_TUPLE:
        add_fields(draft, type, offset, false);
        break;
    case SHM_ARRAY:
        add_array(draft, type, offset);
        break;
    case SHM_OPTIONAL: /* an element */
        draft->is_usable = false;
        break;
    default:
        break;
    }
}

static bool has_cells(const shm_type *record)
{
    for (size_t i = 0; i < record->field_count; i++) {
        if (record->fields[i].type->has_cells) {
            return true;
        }
    }
    return false;
}

/* Moves the draft into the plan. */
static bool take_draft(const struct draft *draft, shm_pack *pack)
{
    struct shm_pack_step *steps =
        shm_arena_alloc_array(draft->arena, draft->step_count, sizeof *steps);
    struct shm_pack_ref *refs = shm_arena_alloc_array(draft->arena, draft->ref_count, sizeof *refs);
    if (steps == NULL || refs == NULL || draft->no_memory) {
        return false;
    }
    memcpy(steps, draft->steps, draft->step_count * sizeof *steps);
    memcpy(refs, draft->refs, draft->ref_count * sizeof *refs);
    size_t swept = 0;
    for (size_t i = 0; i < draft->step_count; i++) {
        steps[i].is_swept = shm_sweep_takes(&steps[i]);
        swept += steps[i].is_swept;
    }
    if (swept > 1 && draft->is_usable && /* a single one is quicker by itself */
        !shm_sweep_make(steps, draft->step_count, pack->row_size, draft->arena, &pack->sweep)) {
        return false;
    }
    pack->steps = steps;
    pack->step_count = draft->step_count;
    pack->refs = refs;
    pack->ref_count = draft->ref_count;
    return true;
}

shm_status shm_pack_make(const shm_type *record, shm_arena *arena, shm_pack *pack, shm_error *error)
{
    struct draft *draft = calloc(1, sizeof *draft);
    if (draft == NULL) {
        return shm_fail_memory(error);
    }
    *pack = (shm_pack){.is_fixed = !has_cells(record), .row_size = record->row_size};
    draft->arena = arena;
    draft->is_usable = pack->is_fixed;
    bool is_made = true;
    if (pack->is_fixed) {
        pack->bytes = add_fields(draft, record, 0, true);
        is_made = take_draft(draft, pack);
    }
    if (record->row_size > 0) {
        const uint64_t rows = BLOCK_BYTES / record->row_size;
        pack->rows_at_once = rows == 0 ? 1 : (size_t)rows;
    }
    pack->is_usable = draft->is_usable && record->row_size > 0 && record->row_size <= BLOCK_BYTES;
    free(draft);
    return is_made ? SHM_OK : shm_fail_memory(error);
}

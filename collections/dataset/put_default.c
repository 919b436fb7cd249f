/* put_default.c — what a field is that was not put. */
#include <string.h>

#include "collections/dataset/builder.h"

/* Puts the field's default into the slot that comes next, which is the field's. */
static void put_default(shm_builder *builder, const shm_field *field)
{
    const shm_type *type = field->type->kind == SHM_OPTIONAL ? field->type->element : field->type;
    const shm_kind kind = type->kind == SHM_ENUM ? type->element->kind : type->kind;
    const uint64_t bits = field->value.bits;
    const shm_string text = field->value.text;
    double number;
    shm_uuid uuid;
    switch (kind) {
    case SHM_BOOL:
        shm_put_bool(builder, bits != 0);
        break;
    case SHM_I8:
    case SHM_I16:
    case SHM_I32:
    case SHM_I64:
        shm_put_int(builder, (int64_t)bits);
        break;
    case SHM_F32:
    case SHM_F64:
        memcpy(&number, &bits, sizeof number);
        shm_put_float(builder, number);
        break;
    case SHM_DATE:
        shm_put_date(builder, (shm_date){(int32_t)bits});
        break;
    case SHM_DATETIME:
        shm_put_datetime(builder, (shm_datetime){(int64_t)bits, field->value.zone_minutes,
                                                 field->value.zone_given, 0});
        break;
    case SHM_UUID:
        memcpy(&uuid, text.data, sizeof uuid);
        shm_put_uuid(builder, uuid);
        break;
    case SHM_BYTES:
        shm_put_bytes(builder, shm_bytes_of(text.data, text.length));
        break;
    case SHM_STRING:
    case SHM_DECIMAL:
        shm_put_text(builder, text);
        break;
    default:
        shm_put_uint(builder, bits);
    }
}

/* Lists, sets and dicts are zero when empty, optionals when absent. */
static bool is_zero_when_left_out(const shm_type *type)
{
    return type->kind == SHM_OPTIONAL || type->kind == SHM_LIST || type->kind == SHM_SET ||
           type->kind == SHM_DICT;
}

bool shm_put_defaults(shm_builder *builder)
{
    shm_frame *frame = shm_frame_top(builder);
    if (frame->put_count == frame->type->field_count) {
        return true;
    }
    for (size_t i = 0; i < frame->type->field_count; i++) {
        const shm_field *field = &frame->type->fields[i];
        if ((frame->seen[i / 64] >> (i % 64) & 1) != 0) {
            continue;
        }
        frame->next = i;
        if (field->has_default) {
            put_default(builder, field);
        } else if (field->type->kind == SHM_ANY) {
            shm_put_null(builder);
        } else if (!is_zero_when_left_out(field->type)) {
            if (field->name == NULL) {
                shm_builder_fail_outside(builder, SHM_INVALID, "missing element %zu", i);
            } else {
                shm_builder_fail_outside(builder, SHM_INVALID, "missing field '%s'", field->name);
            }
        }
        if (builder->failure.status != SHM_OK) {
            return false;
        }
    }
    return true;
}

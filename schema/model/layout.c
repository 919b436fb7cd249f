#include "schema/model/layout.h"

#include <shm/placed.h>

enum { PRESENCE_WORD_BITS = 64, PRESENCE_WORD_BYTES = 8 };

bool shm_layout_place(shm_field *fields, size_t field_count, uint64_t *size, uint64_t *align)
{
    uint64_t end = 0;
    uint64_t widest = 1;
    uint64_t word = 0;
    uint32_t bits_used = PRESENCE_WORD_BITS;
    for (size_t i = 0; i < field_count; i++) {
        shm_field *field = &fields[i];
        const shm_type *type = field->type;
        if (type->kind == SHM_OPTIONAL) {
            const uint32_t bits = type->nullable ? 2 : 1;
            if (bits_used + bits > PRESENCE_WORD_BITS) {
                word = shm_round_up(end, PRESENCE_WORD_BYTES);
                end = word + PRESENCE_WORD_BYTES;
                widest = PRESENCE_WORD_BYTES;
                bits_used = 0;
            }
            field->presence_offset = word;
            field->presence_bit = bits_used;
            bits_used += bits;
            type = type->element;
        }
        field->offset = shm_round_up(end, type->align);
        end = field->offset + type->size;
        if (type->align > widest)
            widest = type->align;
        if (end > SHM_ROW_SIZE_MAX)
            return false;
    }
    if (shm_round_up(end, widest) > SHM_ROW_SIZE_MAX)
        return false;
    *size = shm_round_up(end, widest);
    *align = widest;
    return true;
}

bool shm_layout_optional(const shm_type *element, uint64_t *size)
{
    const uint64_t needed = shm_round_up(element->size + 1, element->align);
    if (needed > SHM_ROW_SIZE_MAX)
        return false;
    *size = needed;
    return true;
}

static bool may_be_placed_key(const shm_type *type)
{
    const shm_kind kind = type->kind == SHM_ENUM ? type->element->kind : type->kind;
    return (kind >= SHM_BOOL && kind <= SHM_U64) || kind == SHM_DATE;
}

uint32_t shm_layout_placed_width(const shm_type *key, const shm_type *value)
{
    if (!may_be_placed_key(key) || value->has_cells || value->size == 0 || value->size > 8 ||
        value->kind == SHM_OPTIONAL || value->kind == SHM_RECORD) {
        return 0;
    }
    return key->size <= 4 && value->size <= 4 ? 4 : 8;
}

void shm_layout_place_entry(shm_type *record, shm_field *fields, uint32_t width)
{
    fields[1].offset = SHM_PLACED_VALUE_AT;
    record->row_size = shm_round_up(SHM_PLACED_VALUE_AT + width, 8);
}

#include "schema/model/layout.h"

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

/* fallback.c — defaults, for rows that were written before their field was there. */
#include <string.h>

#include "collections/dataset/bind.h"

static const void *make_text(shm_string text, shm_arena *arena)
{
    /* A long text stands right behind its cell, with the head that it would have in a heap. */
    const size_t cell_size = sizeof(shm_text_cell);
    const bool is_short = text.length <= SHM_TEXT_SHORT_MAX;
    const size_t size = is_short ? 0 : SHM_TEXT_HEAD_BYTES + text.length + 1;
    unsigned char *block = shm_arena_alloc(arena, cell_size + size);
    if (block == NULL) {
        return NULL;
    }
    shm_text_cell *cell = (void *)block;
    if (is_short) {
        if (text.length > 0) {
            memcpy(cell->u.bytes, text.data, text.length);
        }
        cell->u.bytes[SHM_TEXT_SHORT_MAX] = (char)(SHM_TEXT_SHORT_MAX - text.length);
        return cell;
    }
    cell->u.far_text.offset = (int64_t)cell_size;
    cell->u.far_text.length_and_tag = text.length | (uint64_t)SHM_TEXT_FAR_TAG << 56;
    memcpy(block + cell_size + SHM_TEXT_HEAD_BYTES, text.data, text.length);
    return cell;
}

static const void *copy_bytes(const void *bytes, size_t size, shm_arena *arena)
{
    void *copy = shm_arena_alloc(arena, size);
    if (copy != NULL) {
        memcpy(copy, bytes, size);
    }
    return copy;
}

const void *shm_fallback_make(const shm_field *field, shm_arena *arena)
{
    const shm_type *type = shm_type_bare(field->type);
    const uint64_t bits = field->has_default ? field->value.bits : 0;
    shm_string text = field->has_default ? field->value.text : shm_string_of(NULL, 0);
    shm_datetime datetime = {0};
    double number;
    float narrow;
    memcpy(&number, &bits, sizeof number);
    switch (type->kind) {
    case SHM_STRING:
    case SHM_BYTES:
    case SHM_DECIMAL:
    case SHM_ANY:
        return make_text(text, arena);
    case SHM_UUID:
        if (text.length == sizeof(shm_uuid)) {
            return copy_bytes(text.data, text.length, arena);
        }
        return shm_arena_alloc(arena, sizeof(shm_uuid));
    case SHM_F32:
        narrow = (float)number;
        return copy_bytes(&narrow, sizeof narrow, arena);
    case SHM_DATETIME:
        datetime.micros = (int64_t)bits;
        datetime.zone_minutes = field->has_default ? field->value.zone_minutes : 0;
        datetime.zone_given = field->has_default ? field->value.zone_given : 0;
        return copy_bytes(&datetime, sizeof datetime, arena);
    case SHM_STRUCT:
    case SHM_TUPLE:
    case SHM_ARRAY:
    case SHM_LIST:
    case SHM_SET:
    case SHM_DICT:
    case SHM_TENSOR:
    case SHM_RECORD:
        return shm_arena_alloc(arena, type->size);
    default:
        /* Integers, bool, enums, dates, refs, f64: the low bytes are the narrower forms. */
        return copy_bytes(&bits, sizeof bits, arena);
    }
}

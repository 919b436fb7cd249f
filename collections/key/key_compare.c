/* key_compare.c — the order of keys: of set elements, dict keys and sorted rows. */
#include "collections/key/key.h"

#include <string.h>

#include "collections/key/word.h"

static int compare_signed(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int compare_unsigned(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

/* By value, with one zero and one NaN, which stands last. */
static int compare_floats(double a, double b)
{
    if (a != a || b != b) {
        return (a != a) - (b != b);
    }
    return (a > b) - (a < b);
}

static int compare_texts(shm_string a, shm_string b)
{
    const size_t shorter = a.length < b.length ? a.length : b.length;
    const int order = shorter == 0 ? 0 : memcmp(a.data, b.data, shorter);
    return order != 0 ? order : compare_unsigned(a.length, b.length);
}

static int compare_fields(const shm_type *type, const unsigned char *a, const unsigned char *b)
{
    for (size_t i = 0; i < type->field_count; i++) {
        const shm_field *field = &type->fields[i];
        if (field->type->size == 0) {
            continue; /* bounds the walk by the struct's size */
        }
        const int order = shm_key_compare(field->type, a + field->offset, b + field->offset);
        if (order != 0) {
            return order;
        }
    }
    return 0;
}

int shm_key_compare(const shm_type *type, const void *a, const void *b)
{
    const shm_kind kind = type->kind == SHM_ENUM ? type->element->kind : type->kind;
    switch (kind) {
    case SHM_STRUCT:
        return compare_fields(type, a, b);
    case SHM_STRING:
    case SHM_BYTES:
        return compare_texts(shm_text_cell_string(a), shm_text_cell_string(b));
    case SHM_UUID:
        return memcmp(a, b, sizeof(shm_uuid));
    case SHM_F32:
    case SHM_F64:
        return compare_floats(shm_float_at(kind, a), shm_float_at(kind, b));
    case SHM_BOOL:
    case SHM_U8:
    case SHM_U16:
    case SHM_U32:
    case SHM_U64:
        return compare_unsigned(shm_word_at(kind, a), shm_word_at(kind, b));
    default:
        return compare_signed((int64_t)shm_word_at(kind, a), (int64_t)shm_word_at(kind, b));
    }
}

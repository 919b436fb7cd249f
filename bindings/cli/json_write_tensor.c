#include <shm/text.h>

#include "json_write.h"

static int64_t signed_at(const char *at, shm_kind kind)
{
    int8_t i8;
    int16_t i16;
    int32_t i32;
    int64_t i64;
    switch (kind) {
    case SHM_I8:
        memcpy(&i8, at, sizeof i8);
        return i8;
    case SHM_I16:
        memcpy(&i16, at, sizeof i16);
        return i16;
    case SHM_I32:
        memcpy(&i32, at, sizeof i32);
        return i32;
    default:
        memcpy(&i64, at, sizeof i64);
        return i64;
    }
}

static size_t kind_size(shm_kind kind)
{
    switch (kind) {
    case SHM_BOOL:
    case SHM_I8:
    case SHM_U8:
        return 1;
    case SHM_I16:
    case SHM_U16:
        return 2;
    case SHM_I32:
    case SHM_U32:
    case SHM_F32:
        return 4;
    default:
        return 8;
    }
}

static void put_element(shm_out *out, const char *at, shm_kind kind)
{
    uint64_t word = 0;
    float narrow;
    double number;
    switch (kind) {
    case SHM_I8:
    case SHM_I16:
    case SHM_I32:
    case SHM_I64:
        shm_json_write_i64(out, signed_at(at, kind));
        break;
    case SHM_F32:
        memcpy(&narrow, at, sizeof narrow);
        shm_json_write_f32(out, narrow, true);
        break;
    case SHM_F64:
        memcpy(&number, at, sizeof number);
        shm_json_write_f64(out, number, true);
        break;
    case SHM_BOOL:
        shm_out_text(out, *at != 0 ? "true" : "false");
        break;
    default:
        memcpy(&word, at, kind_size(kind));
        shm_json_write_u64(out, word);
        break;
    }
}

void shm_json_write_tensor(shm_out *out, const shm_tensor *tensor, shm_kind element)
{
    const size_t size = kind_size(element);
    shm_out_text(out, "{\"shape\":[");
    for (size_t i = 0; i < tensor->ndim; i++) {
        if (i > 0) {
            shm_out_char(out, ',');
        }
        shm_json_write_u64(out, tensor->shape == NULL ? 0 : tensor->shape[i]);
    }
    shm_out_text(out, "],\"data\":[");
    for (size_t i = 0; i < tensor->count; i++) {
        if (i > 0) {
            shm_out_char(out, ',');
        }
        shm_out_pass(out);
        put_element(out, (const char *)tensor->data + i * size, element);
    }
    shm_out_text(out, "]}");
}

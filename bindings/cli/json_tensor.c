#include <stdlib.h>

#include "cli.h"
#include "json_row.h"

static bool read_shape(shm_row_reader *reader, uint64_t *shape, size_t *ndim)
{
    static const shm_type dimension = {.kind = SHM_U64, .size = 8, .align = 8};
    uint64_t count;
    const char *at = reader->json.at;
    if (!shm_row_read_packed(reader, &dimension, &count)) {
        return false;
    }
    if (count > SHM_TENSOR_NDIM_MAX) {
        return shm_json_fail(&reader->json, at, "a tensor has at most %d dimensions",
                             SHM_TENSOR_NDIM_MAX);
    }
    memcpy(shape, reader->packed.bytes, count * sizeof *shape);
    *ndim = (size_t)count;
    return true;
}

/* Reads both members, in whichever order they come: the data into reader->packed. */
static bool read_parts(shm_row_reader *reader, const shm_type *type, uint64_t *shape, size_t *ndim,
                       uint64_t *count)
{
    shm_json *json = &reader->json;
    const char *at = json->at;
    shm_json_step step = {.outer = json->path};
    shm_out numbers = {0};
    bool has_shape = false;
    bool has_data = false;
    bool good = shm_json_open(json, '{');
    for (uint64_t member = 0; good && shm_json_next(json, '}', member); member++) {
        shm_string key;
        shm_string raw;
        shm_json_peek(json);
        const char *key_at = json->at;
        good = shm_json_key(json, &key, &raw);
        if (!good) {
            break;
        }
        json->path = &step;
        if (!has_shape && shm_string_equal(key, SHM_STR("shape"))) {
            step.name = "shape";
            has_shape = true;
            good = read_shape(reader, shape, ndim);
        } else if (!has_data && shm_string_equal(key, SHM_STR("data"))) {
            step.name = "data";
            has_data = true;
            good = shm_row_read_packed(reader, type->element, count);
            numbers = reader->packed;
            reader->packed = (shm_out){0};
        } else {
            json->path = step.outer;
            char quoted[SHM_JSON_QUOTED_BYTES];
            shm_json_quote_text(raw, quoted);
            good = shm_json_fail(json, key_at, "%s field %s of a tensor",
                                 has_shape || has_data ? "repeated or unknown" : "unknown", quoted);
        }
        json->path = step.outer;
    }
    free(reader->packed.bytes);
    reader->packed = numbers;
    if (!good || json->failed_at != NULL) {
        return false;
    }
    if (!has_shape || !has_data) {
        return shm_json_fail(json, at, "missing field '%s' of a tensor",
                             has_shape ? "data" : "shape");
    }
    return true;
}

bool shm_row_read_tensor(shm_row_reader *reader, const shm_type *type)
{
    uint64_t shape[SHM_TENSOR_NDIM_MAX] = {0};
    size_t ndim = 0;
    uint64_t count = 0;
    shm_json *json = &reader->json;
    const char *at = json->at;
    if (*at != '{') {
        return shm_row_fail_type(reader, at, type);
    }
    if (!read_parts(reader, type, shape, &ndim, &count)) {
        return false;
    }
    uint64_t product = 1;
    for (size_t i = 0; i < ndim; i++) {
        if (__builtin_mul_overflow(product, shape[i], &product)) {
            product = UINT64_MAX;
            break;
        }
    }
    if (product != count) {
        return shm_json_fail(json, at, "the shape asks for %llu elements, data has %llu",
                             (unsigned long long)product, (unsigned long long)count);
    }
    shm_put_tensor(reader->builder, reader->packed.bytes, shape, ndim);
    return shm_row_check(reader, at);
}

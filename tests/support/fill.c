/* fill.c — rows of any type for images.c. */
#include "tests/support/images.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <shm/any.h>
#include <shm/text.h>

enum { DEPTH_MAX = 4, TEXT_LENGTH_MAX = 40 };

static void fill(struct shm_test_filler *filler, const shm_type *type);

static uint64_t draw(struct shm_test_filler *filler, uint64_t below)
{
    filler->state = filler->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (filler->state >> 33) % below;
}

/* Distinct for each call, and of any length around the longest short text. */
static void fill_text(struct shm_test_filler *filler, shm_kind kind)
{
    static const size_t lengths[] = {0, 3, 14, 15, 16, 17, TEXT_LENGTH_MAX};
    char text[TEXT_LENGTH_MAX + 1];
    char number[24];
    const size_t length = lengths[draw(filler, sizeof lengths / sizeof lengths[0])];
    const int digits =
        snprintf(number, sizeof number, "%llu", (unsigned long long)++filler->counter + 100);
    memset(text, kind == SHM_DECIMAL ? '7' : 'x', sizeof text);
    memcpy(text, number, (size_t)digits);
    const size_t least = (size_t)digits + 1; /* the last one may be no digit */
    const size_t size = length < least ? least : length;
    if (kind == SHM_BYTES) {
        text[size - 1] = (char)0xff;
        shm_put_bytes(filler->builder, shm_bytes_of(text, size));
    } else {
        shm_put_text(filler->builder, shm_string_of(text, size));
    }
}

static void put_any_leaf(struct shm_test_filler *filler, shm_any_writer *writer)
{
    switch (draw(filler, 6)) {
    case 0:
        shm_any_put_null(writer);
        break;
    case 1:
        shm_any_put_bool(writer, true);
        break;
    case 2:
        shm_any_put_int(writer, -(int64_t)++filler->counter * 1000);
        break;
    case 3:
        shm_any_put_float(writer, 2.5);
        break;
    case 4:
        shm_any_put_text(writer, SHM_ANY_STRING, SHM_STR("an any of some length"));
        break;
    default:
        shm_any_put_uint(writer, UINT64_MAX);
        break;
    }
}

static void fill_any(struct shm_test_filler *filler)
{
    shm_any_writer *writer = shm_any_writer_open();
    shm_bytes encoded;
    shm_error error;
    if (writer == NULL) {
        abort();
    }
    const shm_any_kind kind = (shm_any_kind)(SHM_ANY_LIST + draw(filler, 4));
    shm_any_begin(writer);
    shm_any_put_begin(writer, kind);
    const uint64_t count = draw(filler, 3);
    for (uint64_t i = 0; i < count; i++) {
        if (kind == SHM_ANY_DICT) {
            shm_any_put_uint(writer, ++filler->counter);
        }
        put_any_leaf(filler, writer);
    }
    shm_any_put_end(writer);
    if (shm_any_end(writer, &encoded, &error) != SHM_OK) {
        fprintf(stderr, "%s\n", error.text);
        abort();
    }
    shm_put_bytes(filler->builder, encoded);
    shm_any_writer_close(writer);
}

static void fill_uuid(struct shm_test_filler *filler)
{
    shm_uuid uuid = {{0}};
    const uint64_t number = ++filler->counter;
    memcpy(uuid.bytes, &number, sizeof number);
    shm_put_uuid(filler->builder, uuid);
}

static void fill_tensor(struct shm_test_filler *filler)
{
    static const unsigned char elements[64];
    static const struct {
        uint64_t shape[3];
        size_t ndim;
    } shapes[] = {{{0}, 1}, {{3}, 1}, {{2, 2}, 2}, {{4, 0, 2}, 3}, {{0}, 0}};
    const size_t which = (size_t)draw(filler, sizeof shapes / sizeof shapes[0]);
    shm_put_tensor(filler->builder, elements, shapes[which].shape, shapes[which].ndim);
}

static void fill_fields(struct shm_test_filler *filler, const shm_type *type)
{
    shm_put_begin(filler->builder);
    for (size_t i = 0; i < type->field_count; i++) {
        fill(filler, type->fields[i].type);
    }
    shm_put_end(filler->builder);
}

/* Dict keys must differ: those made from the counter do. */
static bool has_few_values(const shm_type *type)
{
    return type->kind == SHM_BOOL || type->kind == SHM_ENUM;
}

static void fill_items(struct shm_test_filler *filler, const shm_type *type)
{
    uint64_t count = filler->depth > DEPTH_MAX ? 0 : draw(filler, 4);
    if (type->kind == SHM_ARRAY) {
        count = type->length;
    } else if (type->kind == SHM_DICT && has_few_values(type->key)) {
        count = count > 0;
    }
    shm_put_begin(filler->builder);
    for (uint64_t i = 0; i < count; i++) {
        if (type->kind == SHM_DICT) {
            fill(filler, type->key);
        }
        fill(filler, type->element);
    }
    shm_put_end(filler->builder);
}

static void fill_optional(struct shm_test_filler *filler, const shm_type *type)
{
    const uint64_t which = filler->depth > DEPTH_MAX ? 0 : draw(filler, 4);
    if (which == 0) {
        shm_put_absent(filler->builder);
    } else if (which == 1 && type->nullable) {
        shm_put_null(filler->builder);
    } else {
        fill(filler, type->element);
    }
}

static void fill_integer(struct shm_test_filler *filler, shm_kind kind)
{
    const bool is_byte = kind == SHM_I8 || kind == SHM_U8;
    ++filler->counter;
    shm_put_uint(filler->builder, filler->counter % (is_byte ? 128 : 32768));
}

static void fill_time(struct shm_test_filler *filler, shm_kind kind)
{
    const shm_date date = {.days = (int32_t)++filler->counter};
    const shm_datetime datetime = {.micros = -(int64_t)filler->counter * 1000,
                                   .zone_minutes = (int16_t)(filler->counter % 2 * 60),
                                   .zone_given = filler->counter % 2};
    if (kind == SHM_DATE) {
        shm_put_date(filler->builder, date);
    } else {
        shm_put_datetime(filler->builder, datetime);
    }
}

static void fill(struct shm_test_filler *filler, const shm_type *type)
{
    filler->depth++;
    switch (type->kind) {
    case SHM_BOOL:
        shm_put_bool(filler->builder, draw(filler, 2) != 0);
        break;
    case SHM_F32:
    case SHM_F64:
        shm_put_float(filler->builder, (double)draw(filler, 1000) / 8);
        break;
    case SHM_STRING:
    case SHM_BYTES:
    case SHM_DECIMAL:
        fill_text(filler, type->kind);
        break;
    case SHM_ANY:
        fill_any(filler);
        break;
    case SHM_DATE:
    case SHM_DATETIME:
        fill_time(filler, type->kind);
        break;
    case SHM_UUID:
        fill_uuid(filler);
        break;
    case SHM_ENUM: {
        const char *name = type->values[draw(filler, type->value_count)].name;
        shm_put_text(filler->builder, shm_string_of(name, strlen(name)));
        break;
    }
    case SHM_STRUCT:
    case SHM_RECORD:
    case SHM_TUPLE:
        fill_fields(filler, type);
        break;
    case SHM_REF:
        shm_put_uint(filler->builder, draw(filler, filler->rows));
        break;
    case SHM_OPTIONAL:
        fill_optional(filler, type);
        break;
    case SHM_TENSOR:
        fill_tensor(filler);
        break;
    case SHM_LIST:
    case SHM_SET:
    case SHM_DICT:
    case SHM_ARRAY:
        fill_items(filler, type);
        break;
    default:
        fill_integer(filler, type->kind);
        break;
    }
    filler->depth--;
}

void shm_test_fill_row(struct shm_test_filler *filler, const shm_collection *collection)
{
    shm_error error;
    shm_builder_row_begin(filler->builder, collection->number);
    for (size_t i = 0; i < collection->record->field_count; i++) {
        fill(filler, collection->record->fields[i].type);
    }
    if (shm_builder_row_end(filler->builder, NULL, &error) != SHM_OK) {
        fprintf(stderr, "a row cannot be made: %s\n", error.text);
        abort();
    }
}

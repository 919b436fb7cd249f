/* put_rows.c — whole rows that lie in memory as they will in the image.
 *
 * Rows are copied behind those there are and looked at there, many at a time.  Where a row is not
 * what its type allows, they are put again one by one, value by value: that says which and why. */
#include <stdio.h>
#include <string.h>

#include "collections/dataset/builder.h"
#include "collections/key/word.h"
#include "libshm/error.h"

/* ---- value by value ---- */

static void put_value(shm_builder *builder, const shm_type *type, const unsigned char *at);

/* Fails at the value that comes next. */
static void refuse(shm_builder *builder, const char *text)
{
    struct shm_slot slot;
    if (shm_slot_open(builder, "a value", SHM_PRESENT, &slot)) {
        shm_builder_fail(builder, SHM_INVALID, "%s", text);
    }
}

/* The bits of the presence word that begins with field `first`. */
static uint64_t presence_bits(const shm_type *type, size_t first)
{
    uint64_t bits = 0;
    for (size_t i = first; i < type->field_count; i++) {
        const shm_field *field = &type->fields[i];
        if (field->type->kind == SHM_OPTIONAL &&
            field->presence_offset == type->fields[first].presence_offset) {
            bits |= (uint64_t)(field->type->nullable ? 3 : 1) << field->presence_bit;
        }
    }
    return bits;
}

static void put_optional_field(shm_builder *builder, const shm_type *type, size_t i,
                               const unsigned char *base)
{
    const shm_field *field = &type->fields[i];
    const uint64_t word = shm_word_at(SHM_U64, base + field->presence_offset);
    const bool is_null = field->type->nullable && (word >> field->presence_bit & 2) != 0;
    const bool is_given = (word >> field->presence_bit & 1) != 0;
    if (field->presence_bit == 0 && (word & ~presence_bits(type, i)) != 0) {
        refuse(builder, "its presence word has bits that belong to no field");
    } else if (is_null && !is_given) {
        refuse(builder, "null, but not given");
    } else if (is_null) {
        shm_put_null(builder);
    } else if (is_given) {
        put_value(builder, field->type->element, base + field->offset);
    } else {
        shm_put_absent(builder);
    }
}

static void put_fields(shm_builder *builder, const shm_type *type, const unsigned char *base)
{
    for (size_t i = 0; i < type->field_count; i++) {
        if (type->fields[i].type->kind == SHM_OPTIONAL) {
            put_optional_field(builder, type, i, base);
        } else {
            put_value(builder, type->fields[i].type, base + type->fields[i].offset);
        }
    }
}

/* An optional as an element: its value, then a byte. */
static void put_optional(shm_builder *builder, const shm_type *type, const unsigned char *at)
{
    const unsigned char state = at[type->element->size];
    if (state == SHM_PRESENT) {
        put_value(builder, type->element, at);
    } else if (state == SHM_ABSENT) {
        shm_put_absent(builder);
    } else if (state == SHM_IS_NULL && type->nullable) {
        shm_put_null(builder);
    } else {
        refuse(builder, "its last byte is not a presence");
    }
}

static void put_time(shm_builder *builder, const shm_type *type, const unsigned char *at)
{
    shm_date date;
    shm_datetime datetime;
    if (type->kind == SHM_DATE) {
        memcpy(&date, at, sizeof date);
        shm_put_date(builder, date);
    } else {
        memcpy(&datetime, at, sizeof datetime);
        shm_put_datetime(builder, datetime);
    }
}

static void put_bool(shm_builder *builder, const unsigned char *at)
{
    char text[64];
    if (*at > 1) {
        snprintf(text, sizeof text, "%d is not a bool (0 or 1)", *at);
        refuse(builder, text);
    } else {
        shm_put_bool(builder, *at != 0);
    }
}

static void put_scalar(shm_builder *builder, const shm_type *type, const unsigned char *at)
{
    const shm_kind kind = type->kind == SHM_ENUM ? type->element->kind : type->kind;
    shm_uuid uuid;
    switch (kind) {
    case SHM_BOOL:
        put_bool(builder, at);
        break;
    case SHM_I8:
    case SHM_I16:
    case SHM_I32:
    case SHM_I64:
        shm_put_int(builder, (int64_t)shm_word_at(kind, at));
        break;
    case SHM_F32:
    case SHM_F64:
        shm_put_float(builder, shm_float_at(kind, at));
        break;
    case SHM_DATE:
    case SHM_DATETIME:
        put_time(builder, type, at);
        break;
    case SHM_UUID:
        memcpy(&uuid, at, sizeof uuid);
        shm_put_uuid(builder, uuid);
        break;
    default:
        shm_put_uint(builder, shm_word_at(kind, at));
    }
}

/* Recursion: through what is held in place, bounded by SHM_STRUCT_DEPTH_MAX and
 * SHM_TYPE_DEPTH_MAX. */
static void put_value(shm_builder *builder, const shm_type *type, const unsigned char *at)
{
    switch (type->kind) {
    case SHM_OPTIONAL:
        put_optional(builder, type, at);
        break;
    case SHM_STRUCT:
    case SHM_TUPLE:
        shm_put_begin(builder);
        put_fields(builder, type, at);
        shm_put_end(builder);
        break;
    case SHM_ARRAY:
        shm_put_begin(builder);
        for (uint64_t i = 0; i < type->length; i++) {
            put_value(builder, type->element, at + i * type->element->size);
        }
        shm_put_end(builder);
        break;
    default:
        put_scalar(builder, type, at);
    }
}

/* ---- rows ---- */

/* The rows that a call adds. */
struct addition {
    struct shm_build_collection *to;
    const unsigned char *rows;
    size_t count;
    size_t stride;
    size_t done;
    uint64_t start; /* rows there were before */
    uint64_t first;
};

static void name_row(shm_builder *builder, const struct addition *addition)
{
    char text[SHM_ERROR_TEXT_BYTES];
    if (addition->count != 1) {
        const unsigned long long row = addition->start + addition->done;
        snprintf(text, sizeof text, "row %llu: %.*s", row, SHM_ERROR_TEXT_BYTES - 32,
                 builder->failure.text);
        memcpy(builder->failure.text, text, sizeof text);
    }
}

static bool put_row(shm_builder *builder, struct addition *addition)
{
    uint64_t number = 0;
    shm_builder_row_begin(builder, addition->to->collection->number);
    put_fields(builder, addition->to->collection->put_record,
               addition->rows + addition->done * addition->stride);
    if (shm_builder_row_end(builder, &number, NULL) != SHM_OK) {
        name_row(builder, addition);
        return false;
    }
    if (addition->done == 0) {
        addition->first = number;
    }
    addition->done++;
    return true;
}

/* Adds `count` rows at once; *taken is false if they must be put one by one. */
static bool take_block(shm_builder *builder, struct addition *addition, size_t count, bool *taken)
{
    struct shm_build_collection *to = addition->to;
    unsigned char *room;
    *taken = false;
    if (shm_rows_build_room(&to->rows, count, &room, &builder->failure) != SHM_OK) {
        return false;
    }
    if (room == NULL) {
        return true;
    }
    shm_pack_copy(&to->pack, addition->rows + addition->done * addition->stride, count,
                  addition->stride, room);
    if (!shm_pack_settle(&to->pack, room, count)) {
        return true;
    }
    if (to->pack.ref_count > 0 && !shm_refs_note(builder, to, room, count)) {
        return false;
    }
    shm_rows_build_fill(&to->rows, count);
    addition->done += count;
    *taken = true;
    shm_rows_were_added(builder, count);
    return builder->failure.status == SHM_OK;
}

static bool add_block(shm_builder *builder, struct addition *addition, size_t count)
{
    const size_t end = addition->done + count;
    bool taken = false;
    if (addition->to->pack.is_usable && addition->to->collection->kind != SHM_SET_OF &&
        !take_block(builder, addition, count, &taken)) {
        return false;
    }
    while (!taken && addition->done < end) {
        if (!put_row(builder, addition)) {
            return false;
        }
    }
    return true;
}

/* The plan of the collection's rows; false if they cannot be added so. */
static bool open_pack(shm_builder *builder, struct addition *addition)
{
    struct shm_build_collection *to = addition->to;
    const char *name = to->collection->name;
    if (!to->has_pack && shm_pack_make(to->collection->put_record, &builder->arena, &to->pack,
                                       &builder->failure) != SHM_OK) {
        return false;
    }
    to->has_pack = true;
    if (!to->pack.is_fixed) {
        shm_builder_fail(builder, SHM_INVALID,
                         "rows of %s hold texts, lists or records: put them value by value", name);
    } else if (addition->stride < to->pack.bytes && addition->count > 0) {
        shm_builder_fail(builder, SHM_INVALID, "a row of %s takes %llu bytes, not %zu", name,
                         (unsigned long long)to->pack.bytes, addition->stride);
    }
    return builder->failure.status == SHM_OK;
}

static void add_rows(shm_builder *builder, struct addition *addition)
{
    if (!open_pack(builder, addition)) {
        return;
    }
    const size_t block = addition->to->pack.is_usable ? addition->to->pack.rows_at_once : 1;
    addition->start = addition->to->rows.count;
    addition->first = addition->start;
    while (addition->done < addition->count) {
        const size_t left = addition->count - addition->done;
        if (!add_block(builder, addition, left < block ? left : block)) {
            return;
        }
    }
}

/* One row more of a collection that has taken some already, if nothing about it needs a closer
 * look: what is not taken here is added as if nobody had tried. */
static bool take_one(shm_builder *builder, uint32_t collection, const void *row, size_t stride,
                     uint64_t *number)
{
    if (builder->failure.status != SHM_OK || builder->frame_count != 0 || builder->finished ||
        collection >= builder->schema->dataset->collection_count) {
        return false;
    }
    struct shm_build_collection *to = &builder->collections[collection];
    const shm_pack *pack = &to->pack;
    const shm_spool *spool = &to->rows.spool;
    if (!to->has_pack || !pack->is_usable || stride < pack->bytes || pack->ref_count > 0 ||
        spool->capacity - spool->buffered < pack->row_size || to->collection->kind == SHM_SET_OF) {
        return false;
    }
    unsigned char *room = spool->buffer + spool->buffered;
    shm_pack_copy(pack, row, 1, stride, room);
    if (!shm_pack_settle(pack, room, 1)) {
        return false;
    }
    *number = to->rows.count;
    shm_rows_build_fill(&to->rows, 1);
    shm_rows_were_added(builder, 1);
    return true;
}

shm_status shm_builder_add_rows(shm_builder *builder, uint32_t collection, const void *rows,
                                size_t count, size_t stride, uint64_t *first, shm_error *error)
{
    struct addition addition = {.rows = rows, .count = count, .stride = stride};
    const bool is_taken =
        count == 1 && take_one(builder, collection, rows, stride, &addition.first);
    if (!is_taken && shm_rows_may_begin(builder, collection)) {
        addition.to = &builder->collections[collection];
        add_rows(builder, &addition);
    }
    const shm_status status = shm_builder_answer(builder, error);
    if (status == SHM_OK && first != NULL) {
        *first = addition.first;
    }
    return status;
}

/* builder_path.c — where a value stands, in words: "names[\"de\"]", "where.lat". */
#include <stdio.h>
#include <string.h>

#include <shm/text.h>

#include "collections/dataset/builder.h"
#include "collections/key/word.h"

/* Text that grows like snprintf's: `length` counts what does not fit, too. */
struct text {
    char *at;
    size_t size;
    size_t length;
};

static void add(struct text *text, const char *bytes, size_t length)
{
    if (text->length + 1 < text->size) {
        const size_t room = text->size - text->length - 1;
        const size_t fits = length < room ? length : room;
        memcpy(text->at + text->length, bytes, fits);
        text->at[text->length + fits] = '\0';
    }
    text->length += length;
}

static void add_text(struct text *text, const char *bytes)
{
    add(text, bytes, strlen(bytes));
}

static void add_number(struct text *text, uint64_t number)
{
    char digits[SHM_INTEGER_TEXT_BYTES];
    add(text, digits, shm_u64_text(number, digits));
}

/* A text cell as it stands in a frame: long ones by address. */
static shm_string frame_text(const unsigned char *at)
{
    shm_text_cell cell;
    memcpy(&cell, at, sizeof cell);
    if (at[SHM_TEXT_SHORT_MAX] <= SHM_TEXT_SHORT_MAX) {
        return shm_string_of((const char *)at,
                             (size_t)(SHM_TEXT_SHORT_MAX - at[SHM_TEXT_SHORT_MAX]));
    }
    const uint64_t length = cell.u.far_text.length_and_tag & UINT64_C(0x00ffffffffffffff);
    return shm_string_of((const char *)(intptr_t)cell.u.far_text.offset + SHM_TEXT_HEAD_BYTES,
                         (size_t)length);
}

static bool add_enum(struct text *text, const shm_type *type, int64_t value)
{
    for (size_t i = 0; i < type->value_count; i++) {
        if (type->values[i].value == value) {
            add_text(text, type->values[i].name);
            return true;
        }
    }
    return false;
}

/* A dict's key; a struct stands as the number of its pair. */
static void add_key(struct text *text, const shm_type *type, const unsigned char *at,
                    uint64_t number)
{
    const shm_kind kind = type->kind == SHM_ENUM ? type->element->kind : type->kind;
    const uint64_t word = shm_word_at(kind, at);
    char buffer[SHM_QUOTE_BUFFER];
    shm_uuid uuid;
    shm_datetime datetime;
    switch (kind) {
    case SHM_STRING:
        add_text(text, shm_quote(frame_text(at), buffer));
        return;
    case SHM_BOOL:
        add_text(text, word != 0 ? "true" : "false");
        return;
    case SHM_DATE:
        shm_date_text((shm_date){(int32_t)word}, buffer);
        break;
    case SHM_DATETIME:
        memcpy(&datetime, at, sizeof datetime);
        shm_datetime_text(datetime, buffer);
        break;
    case SHM_UUID:
        memcpy(&uuid, at, sizeof uuid);
        shm_uuid_text(uuid, buffer);
        break;
    case SHM_U8:
    case SHM_U16:
    case SHM_U32:
    case SHM_U64:
        shm_u64_text(word, buffer);
        break;
    case SHM_I8:
    case SHM_I16:
    case SHM_I32:
    case SHM_I64:
        shm_i64_text((int64_t)word, buffer);
        break;
    case SHM_F32:
    case SHM_F64:
        shm_f64_text(shm_float_at(kind, at), buffer);
        break;
    default:
        snprintf(buffer, sizeof buffer, "pair %llu", (unsigned long long)number);
    }
    if (type->kind != SHM_ENUM || !add_enum(text, type, (int64_t)word)) {
        add_text(text, buffer);
    }
}

static void add_pair(struct text *text, const shm_frame *frame, uint64_t pair, bool is_value)
{
    const struct shm_part *keys = &frame->parts[SHM_PART_KEYS];
    const size_t key_size = (size_t)frame->type->key->size;
    add_text(text, "[");
    if (is_value && (pair + 1) * key_size <= keys->size) {
        add_key(text, frame->type->key, keys->bytes + pair * key_size, pair);
    } else {
        add_text(text, "key ");
        add_number(text, pair);
    }
    add_text(text, "]");
}

/* The step from the frame's value to one inside it. */
static void add_step(struct text *text, const shm_frame *frame, uint64_t position, bool is_value)
{
    switch (frame->type->kind) {
    case SHM_RECORD:
    case SHM_STRUCT:
        if (position < frame->type->field_count) {
            add_text(text, text->length == 0 ? "" : ".");
            add_text(text, frame->type->fields[position].name);
        }
        return;
    case SHM_DICT:
        add_pair(text, frame, position, is_value);
        return;
    default:
        add_text(text, "[");
        add_number(text, position);
        add_text(text, "]");
    }
}

size_t shm_builder_path_text(const shm_builder *builder, enum shm_path_end end, char *text,
                             size_t size)
{
    struct text path = {text, size, 0};
    if (size > 0) {
        text[0] = '\0';
    }
    for (size_t i = 0; i < builder->frame_count; i++) {
        const shm_frame *frame = &builder->frames[i];
        const bool is_top = i + 1 == builder->frame_count;
        if (is_top && end == SHM_PATH_OUTSIDE) {
            break;
        }
        if (is_top && end == SHM_PATH_NEXT) {
            add_step(&path, frame, frame->next, frame->in_pair);
        } else {
            add_step(&path, frame, frame->current, !frame->in_pair);
        }
    }
    return path.length;
}

size_t shm_builder_path(const shm_builder *builder, char *text, size_t size)
{
    return shm_builder_path_text(builder, SHM_PATH_NEXT, text, size);
}

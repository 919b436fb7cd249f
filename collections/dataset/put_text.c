/* put_text.c — texts into their cells, checked by type. */
#include <stdio.h>
#include <string.h>

#include <shm/any.h>
#include <shm/text.h>

#include "collections/dataset/builder.h"
#include "libshm/utf8.h"

const char *shm_quote(shm_string text, char *buffer)
{
    size_t length = text.length < SHM_QUOTE_BYTES ? text.length : SHM_QUOTE_BYTES;
    if (text.length > SHM_QUOTE_BYTES) {
        while (length > 0 && ((unsigned char)text.data[length] & 0xc0) == 0x80) {
            length--;
        }
    }
    buffer[0] = '"';
    if (length > 0) {
        memcpy(buffer + 1, text.data, length);
    }
    snprintf(buffer + 1 + length, SHM_QUOTE_BUFFER - 1 - length, "%s\"",
             text.length > SHM_QUOTE_BYTES ? "..." : "");
    return buffer;
}

/* Whether the text is one of the type; keeps the failure. */
static bool check_text(shm_builder *builder, const shm_type *type, shm_string text)
{
    char quoted[SHM_QUOTE_BUFFER];
    switch (type->kind) {
    case SHM_STRING:
        if (!shm_utf8_valid(text.data, text.length)) {
            shm_builder_fail(builder, SHM_INVALID, "not valid UTF-8 at byte %zu",
                             shm_utf8_valid_prefix(text.data, text.length));
            return false;
        }
        return true;
    case SHM_DECIMAL:
        if (!shm_decimal_valid(text)) {
            shm_builder_fail(builder, SHM_INVALID, "%s is not a decimal of up to %d bytes",
                             shm_quote(text, quoted), SHM_DECIMAL_LENGTH_MAX);
            return false;
        }
        return true;
    case SHM_ANY:
        if (!shm_any_valid(shm_bytes_of(text.data, text.length), NULL)) {
            shm_builder_fail(builder, SHM_INVALID, "the bytes are not an encoded value");
            return false;
        }
        return true;
    default:
        return true;
    }
}

static bool put_long_text(shm_builder *builder, const struct shm_slot *slot, shm_string text)
{
    if (builder->item_depth == SHM_NESTING_DEPTH_MAX) {
        shm_builder_fail(builder, SHM_LIMIT, "nested deeper than %d values", SHM_NESTING_DEPTH_MAX);
        return false;
    }
    if (text.length > SHM_ITEM_COUNT_MAX) {
        shm_builder_fail(builder, SHM_LIMIT, "a text of 2^48 bytes or more");
        return false;
    }
    shm_scratch_item *item =
        shm_scratch_text_make(&builder->scratch, slot->type, text.data, text.length);
    if (item == NULL) {
        shm_builder_fail_memory(builder);
        return false;
    }
    shm_heap_build_expect(&builder->row_of->heap, item);
    shm_text_cell cell;
    cell.u.far_text.offset = (int64_t)(intptr_t)item->bytes;
    cell.u.far_text.length_and_tag = text.length | (uint64_t)SHM_TEXT_FAR_TAG << 56;
    memcpy(slot->at, &cell, sizeof cell);
    return shm_slot_link(builder, slot->at, item);
}

/* Copies a short text into its cell, whose bytes are zero: pieces that may overlap, so that each is
 * a move. */
static void put_short_text(unsigned char *to, shm_string text)
{
    const size_t length = text.length;
    if (length >= 8) {
        memcpy(to, text.data, 8);
        memcpy(to + length - 8, text.data + length - 8, 8);
    } else if (length >= 4) {
        memcpy(to, text.data, 4);
        memcpy(to + length - 4, text.data + length - 4, 4);
    } else {
        for (size_t i = 0; i < length; i++) {
            to[i] = (unsigned char)text.data[i];
        }
    }
    to[SHM_TEXT_SHORT_MAX] = (unsigned char)(SHM_TEXT_SHORT_MAX - length);
}

void shm_put_text_cell(shm_builder *builder, const struct shm_slot *slot, shm_string text)
{
    if (!check_text(builder, slot->type, text)) {
        return;
    }
    if (text.length > SHM_TEXT_SHORT_MAX) {
        (void)put_long_text(builder, slot, text);
        return;
    }
    put_short_text(slot->at, text);
}

static void put_enum_name(shm_builder *builder, const struct shm_slot *slot, shm_string name)
{
    for (size_t i = 0; i < slot->type->value_count; i++) {
        const shm_enum_value *value = &slot->type->values[i];
        if (shm_string_equal(shm_string_of(value->name, strlen(value->name)), name)) {
            memcpy(slot->at, &value->value, (size_t)slot->type->size);
            return;
        }
    }
    char quoted[SHM_QUOTE_BUFFER];
    shm_builder_fail(builder, SHM_INVALID, "unknown value %s of enum %s", shm_quote(name, quoted),
                     slot->type->name);
}

void shm_put_text(shm_builder *builder, shm_string text)
{
    struct shm_slot slot;
    if (!shm_slot_open(builder, "a string", SHM_PRESENT, &slot)) {
        return;
    }
    switch (slot.type->kind) {
    case SHM_STRING:
    case SHM_DECIMAL:
    case SHM_ANY:
        shm_put_text_cell(builder, &slot, text);
        break;
    case SHM_ENUM:
        put_enum_name(builder, &slot, text);
        break;
    default:
        shm_put_wrong_kind(builder, slot.type, "a string");
    }
}

void shm_put_bytes(shm_builder *builder, shm_bytes bytes)
{
    struct shm_slot slot;
    if (!shm_slot_open(builder, "bytes", SHM_PRESENT, &slot)) {
        return;
    }
    if (slot.type->kind != SHM_BYTES && slot.type->kind != SHM_ANY) {
        shm_put_wrong_kind(builder, slot.type, "bytes");
        return;
    }
    shm_put_text_cell(builder, &slot, shm_string_of((const char *)bytes.data, bytes.length));
}

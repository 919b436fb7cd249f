/* arrow_column.c — columns: which form a type has in Arrow, and how values get there. */
#include "arrow.h"

#include <stdlib.h>
#include <string.h>

/* ---- bytes ---- */

static bool add_bytes(shm_py_column *column, shm_py_bytes *bytes, const void *data, size_t length)
{
    if (bytes->length + length > bytes->room) {
        const size_t room = 2 * bytes->room + length + 64;
        unsigned char *larger = realloc(bytes->data, room);
        if (larger == NULL) {
            column->out_of_memory = true;
            return false;
        }
        bytes->data = larger;
        bytes->room = room;
    }
    if (length > 0)
        memcpy(bytes->data + bytes->length, data, length);
    bytes->length += length;
    return true;
}

static void add_bit(shm_py_column *column, shm_py_bytes *bits, bool bit)
{
    static const unsigned char zero;
    const size_t place = (size_t)column->length;
    if (place / 8 >= bits->length && !add_bytes(column, bits, &zero, 1))
        return;
    if (bit)
        bits->data[place / 8] = (unsigned char)(bits->data[place / 8] | 1U << place % 8);
}

static void add_offset(shm_py_column *column, int64_t offset)
{
    const int32_t narrow = (int32_t)offset;
    if (column->shape == SHM_PY_MAPS) {
        column->too_long = column->too_long || offset > INT32_MAX;
        add_bytes(column, &column->offsets, &narrow, sizeof narrow);
    } else {
        add_bytes(column, &column->offsets, &offset, sizeof offset);
    }
}

/* ---- making ---- */

enum { DEPTH_MAX = 64 };

static const char *fixed_format(shm_kind kind)
{
    static const char *const formats[SHM_REF + 1] = {
        [SHM_I8] = "c",  [SHM_I16] = "s",     [SHM_I32] = "i",    [SHM_I64] = "l",
        [SHM_U8] = "C",  [SHM_U16] = "S",     [SHM_U32] = "I",    [SHM_U64] = "L",
        [SHM_F32] = "f", [SHM_F64] = "g",     [SHM_DATE] = "tdD", [SHM_DATETIME] = "tsu:UTC",
        [SHM_REF] = "L", [SHM_UUID] = "w:16",
    };
    return kind <= SHM_REF ? formats[kind] : NULL;
}

static void choose_form(shm_py_column *column)
{
    const shm_type *type = column->type->type;
    const char *format = fixed_format(type->kind);
    column->shape = SHM_PY_FIXED;
    column->width = type->kind == SHM_DATETIME ? sizeof(int64_t) : (size_t)type->size;
    switch (type->kind) {
    case SHM_BOOL:
        column->shape = SHM_PY_BITS;
        format = "b";
        break;
    case SHM_STRING:
    case SHM_DECIMAL:
    case SHM_ENUM:
        column->shape = SHM_PY_TEXTS;
        format = "U";
        break;
    case SHM_BYTES:
    case SHM_ANY:
        column->shape = SHM_PY_TEXTS;
        format = "Z";
        break;
    case SHM_LIST:
    case SHM_SET:
    case SHM_ARRAY:
        column->shape = SHM_PY_LISTS;
        format = "+L";
        break;
    case SHM_DICT:
        column->shape = SHM_PY_MAPS;
        format = "+m";
        break;
    default:
        if (format == NULL) {
            column->shape = SHM_PY_STRUCTS;
            format = "+s";
        }
    }
    column->format = format;
}

static int add_child(shm_py_column *column, const char *name, const shm_py_type *type,
                     bool nullable, int depth)
{
    shm_py_column *child = shm_py_column_new(name, type, nullable, depth);
    if (child == NULL)
        return -1;
    column->children[column->child_count++] = child;
    return 0;
}

static int add_element(shm_py_column *column, const char *name, const shm_py_type *type, int depth)
{
    const bool optional = type->type->kind == SHM_OPTIONAL;
    return add_child(column, name, shm_py_bare(type), optional, depth);
}

/* A struct column without a type of its own. */
static shm_py_column *plain_column(const char *name, size_t child_room)
{
    shm_py_column *column = calloc(1, sizeof *column);
    if (column == NULL)
        return (shm_py_column *)PyErr_NoMemory();
    column->shape = SHM_PY_STRUCTS;
    column->format = "+s";
    column->name = strdup(name);
    column->children = calloc(child_room + 1, sizeof(shm_py_column *));
    if (column->name == NULL || column->children == NULL) {
        shm_py_column_free(column);
        return (shm_py_column *)PyErr_NoMemory();
    }
    return column;
}

static int add_entries(shm_py_column *column, int depth)
{
    shm_py_column *entries = plain_column("entries", 2);
    if (entries == NULL)
        return -1;
    column->children[column->child_count++] = entries;
    if (add_element(entries, "key", column->type->key, depth) != 0)
        return -1;
    return add_element(entries, "value", column->type->element, depth);
}

/* {shape: [u64], data: [T]} */
static int add_tensor(shm_py_column *column, int depth)
{
    static const char *const names[] = {"shape", "data"};
    for (size_t i = 0; i < 2; i++) {
        shm_py_column *list = plain_column(names[i], 1);
        if (list == NULL)
            return -1;
        list->shape = SHM_PY_LISTS;
        list->format = "+L";
        add_offset(list, 0);
        column->children[column->child_count++] = list;
        if (i == 1)
            return add_element(list, "item", column->type->element, depth);
        shm_py_column *lengths = plain_column("item", 0);
        if (lengths == NULL)
            return -1;
        lengths->shape = SHM_PY_FIXED;
        lengths->width = sizeof(uint64_t);
        lengths->format = "L";
        list->children[list->child_count++] = lengths;
    }
    return 0;
}

static int add_fields(shm_py_column *column, int depth)
{
    const shm_py_type *type = column->type;
    for (size_t i = 0; i < type->field_count; i++) {
        char number[24];
        const char *name = type->type->fields[i].name;
        PyOS_snprintf(number, sizeof number, "f%zu", i);
        if (add_child(column, name == NULL ? number : name, type->fields[i].type,
                      type->fields[i].optional, depth) != 0)
            return -1;
    }
    return 0;
}

static int add_children(shm_py_column *column, int depth)
{
    if (depth > DEPTH_MAX && column->type->type->kind == SHM_RECORD) {
        PyErr_Format(PyExc_TypeError, "%s nests in itself without end, which Arrow has no type for",
                     column->type->type->name);
        return -1;
    }
    switch (column->type->type->kind) {
    case SHM_LIST:
    case SHM_SET:
    case SHM_ARRAY:
        return add_element(column, "item", column->type->element, depth + 1);
    case SHM_DICT:
        return add_entries(column, depth + 1);
    case SHM_TENSOR:
        return add_tensor(column, depth + 1);
    default:
        return column->shape == SHM_PY_STRUCTS ? add_fields(column, depth + 1) : 0;
    }
}

shm_py_column *shm_py_column_new(const char *name, const shm_py_type *type, bool nullable,
                                 int depth)
{
    const size_t room = type->field_count < 2 ? 2 : type->field_count;
    shm_py_column *column = plain_column(name, room);
    if (column == NULL)
        return NULL;
    column->type = type;
    column->nullable = nullable;
    choose_form(column);
    if (column->shape == SHM_PY_TEXTS || column->shape == SHM_PY_LISTS ||
        column->shape == SHM_PY_MAPS)
        add_offset(column, 0);
    if (add_children(column, depth) != 0) {
        shm_py_column_free(column);
        return NULL;
    }
    return column;
}

void shm_py_column_free(shm_py_column *column)
{
    if (column == NULL)
        return;
    for (size_t i = 0; column->children != NULL && i < column->child_count; i++)
        shm_py_column_free(column->children[i]);
    free(column->children);
    free(column->name);
    free(column->validity.data);
    free(column->offsets.data);
    free(column->values.data);
    free(column);
}

int shm_py_column_check(const shm_py_column *column)
{
    if (column->out_of_memory) {
        PyErr_NoMemory();
        return -1;
    }
    if (column->too_long) {
        PyErr_Format(PyExc_OverflowError,
                     "the dicts of %s have more entries than an Arrow map can hold: export slices",
                     column->name);
        return -1;
    }
    for (size_t i = 0; i < column->child_count; i++) {
        if (shm_py_column_check(column->children[i]) != 0)
            return -1;
    }
    return 0;
}

/* ---- filling ---- */

static void add_validity(shm_py_column *column, bool valid)
{
    /* What is in a null struct is null, though its own column knows none: anything may be there. */
    if (!column->nullable)
        return;
    add_bit(column, &column->validity, valid);
    column->null_count += valid ? 0 : 1;
}

void shm_py_column_add_null(shm_py_column *column)
{
    static const unsigned char zeros[16];
    add_validity(column, false);
    switch (column->shape) {
    case SHM_PY_FIXED:
        add_bytes(column, &column->values, zeros, column->width);
        break;
    case SHM_PY_BITS:
        add_bit(column, &column->values, false);
        break;
    case SHM_PY_TEXTS:
        add_offset(column, (int64_t)column->values.length);
        break;
    case SHM_PY_LISTS:
    case SHM_PY_MAPS:
        add_offset(column, column->children[0]->length);
        break;
    case SHM_PY_STRUCTS:
        for (size_t i = 0; i < column->child_count; i++)
            shm_py_column_add_null(column->children[i]);
        break;
    }
    column->length++;
}

static shm_string text_of(const shm_type *type, const void *at)
{
    const shm_value value = {.type = type, .stored = type, .at = at, .dataset = NULL};
    if (type->kind != SHM_ENUM)
        return shm_text_cell_string(at);
    const char *name = shm_value_enum_name(&value);
    return name == NULL ? SHM_STR("") : shm_string_of(name, strlen(name));
}

static void add_span(shm_py_column *child, const shm_py_type *element, const void *items,
                     size_t count)
{
    const unsigned char *at = items;
    for (size_t i = 0; i < count; i++)
        shm_py_column_add(child, element, at + i * element->type->size);
}

static void add_list(shm_py_column *column, const shm_py_type *type, const void *at)
{
    const bool is_array = type->type->kind == SHM_ARRAY;
    const shm_span span = {.items = is_array ? at : shm_list_cell_span(at).items,
                           .count = is_array ? type->type->length : shm_list_cell_span(at).count};
    add_span(column->children[0], type->element, span.items, span.count);
    add_offset(column, column->children[0]->length);
}

static void add_map(shm_py_column *column, const shm_py_type *type, const void *at)
{
    shm_py_column *entries = column->children[0];
    const shm_span keys = shm_list_cell_span(at);
    const shm_span values = shm_dict_cell_values(at, type->key->type->size);
    add_span(entries->children[0], type->key, keys.items, keys.count);
    add_span(entries->children[1], type->element, values.items, keys.count);
    entries->length += (int64_t)keys.count;
    add_offset(column, entries->length);
}

static void add_tensor_value(shm_py_column *column, const shm_py_type *type, const void *at)
{
    static const uint64_t zero;
    const shm_tensor tensor = shm_list_cell_tensor(at);
    shm_py_column *shape = column->children[0];
    shm_py_column *lengths = shape->children[0];
    shm_py_column *data = column->children[1];
    add_bytes(lengths, &lengths->values, tensor.shape == NULL ? &zero : tensor.shape,
              tensor.ndim * sizeof(uint64_t));
    lengths->length += (int64_t)tensor.ndim;
    add_offset(shape, lengths->length);
    shape->length++;
    add_span(data->children[0], type->element, tensor.data, tensor.count);
    add_offset(data, data->children[0]->length);
    data->length++;
}

static void add_struct(shm_py_column *column, const shm_py_type *type, const void *at)
{
    if (type->type->kind == SHM_TENSOR) {
        add_tensor_value(column, type, at);
        return;
    }
    for (size_t i = 0; i < type->field_count; i++)
        shm_py_column_add_field(column->children[i], &type->fields[i], at);
}

static void add_value(shm_py_column *column, const shm_py_type *type, const void *at)
{
    switch (column->shape) {
    case SHM_PY_FIXED:
        add_bytes(column, &column->values, at, column->width);
        break;
    case SHM_PY_BITS:
        add_bit(column, &column->values, *(const unsigned char *)at != 0);
        break;
    case SHM_PY_TEXTS: {
        const shm_string text = text_of(type->type, at);
        add_bytes(column, &column->values, text.data, text.length);
        add_offset(column, (int64_t)column->values.length);
        break;
    }
    case SHM_PY_LISTS:
        add_list(column, type, at);
        break;
    case SHM_PY_MAPS:
        add_map(column, type, at);
        break;
    case SHM_PY_STRUCTS:
        add_struct(column, type, at);
        break;
    }
    column->length++;
}

void shm_py_column_add(shm_py_column *column, const shm_py_type *type, const void *at)
{
    if (type->type->kind == SHM_OPTIONAL) {
        if (((const unsigned char *)at)[type->element->type->size] != SHM_PRESENT) {
            shm_py_column_add_null(column);
            return;
        }
        type = type->element;
    }
    if (type->type->kind == SHM_RECORD) {
        at = shm_record_cell_at(at);
        if (at == NULL) {
            shm_py_column_add_null(column);
            return;
        }
    }
    add_validity(column, true);
    add_value(column, type, at);
}

void shm_py_column_add_field(shm_py_column *column, const shm_py_field *field,
                             const unsigned char *row)
{
    if (shm_py_field_presence(field, row) == SHM_PY_PRESENT)
        shm_py_column_add(column, field->type, row + field->offset);
    else
        shm_py_column_add_null(column);
}

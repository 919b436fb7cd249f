#include <stdio.h>
#include <string.h>

#include "schema/model/pool.h"

struct writer {
    char *text;
    size_t size;
    size_t length; /* of the whole text, written or not */
};

static void put(struct writer *writer, const char *text)
{
    const size_t length = strlen(text);
    if (writer->length < writer->size) {
        const size_t room = writer->size - writer->length;
        memcpy(writer->text + writer->length, text, length < room ? length : room);
    }
    writer->length += length;
}

static void write_type(struct writer *writer, const shm_type *type);

static void write_in(struct writer *writer, const char *open, const shm_type *type,
                     const char *close)
{
    put(writer, open);
    write_type(writer, type);
    put(writer, close);
}

static void write_parts(struct writer *writer, const shm_type *type)
{
    put(writer, "(");
    for (size_t i = 0; i < type->field_count; i++) {
        if (i > 0)
            put(writer, ", ");
        write_type(writer, type->fields[i].type);
    }
    put(writer, ")");
}

/* Recursion: at most SHM_TYPE_DEPTH_MAX deep. */
static void write_type(struct writer *writer, const shm_type *type)
{
    char length[32];
    switch (type->kind) {
    case SHM_ENUM:
    case SHM_STRUCT:
    case SHM_RECORD:
        put(writer, type->name);
        return;
    case SHM_REF:
        write_in(writer, "ref<", type->element, ">");
        return;
    case SHM_OPTIONAL:
        write_in(writer, "", type->element, type->nullable ? "\?\?" : "?");
        return;
    case SHM_LIST:
        write_in(writer, "[", type->element, "]");
        return;
    case SHM_SET:
        write_in(writer, "{", type->element, "}");
        return;
    case SHM_DICT:
        write_in(writer, "{", type->key, ": ");
        write_in(writer, "", type->element, "}");
        return;
    case SHM_ARRAY:
        snprintf(length, sizeof length, "[%llu]", (unsigned long long)type->length);
        write_in(writer, "", type->element, length);
        return;
    case SHM_TUPLE:
        write_parts(writer, type);
        return;
    case SHM_TENSOR:
        write_in(writer, "tensor<", type->element, ">");
        return;
    default:
        put(writer, shm_scalar_name(type->kind));
    }
}

size_t shm_type_text(const shm_type *type, char *text, size_t size)
{
    struct writer writer = {text, size, 0};
    write_type(&writer, type);
    if (size > 0)
        text[writer.length < size ? writer.length : size - 1] = '\0';
    return writer.length;
}

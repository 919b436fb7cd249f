#include <stdlib.h>
#include <string.h>

#include <shm/text.h>

#include "libshm/hash.h"
#include "schema/text/resolve.h"

struct writer {
    char *text;
    size_t length;
    size_t capacity;
    bool out_of_memory;
};

enum { FIRST_CAPACITY = 2048, NUMBER_BYTES = 64 };

/* Room for `more` bytes; NULL when memory is short. */
static char *reserve(struct writer *writer, size_t more)
{
    if (writer->out_of_memory)
        return NULL;
    if (writer->capacity - writer->length < more) {
        size_t capacity = writer->capacity == 0 ? FIRST_CAPACITY : writer->capacity;
        while (capacity - writer->length < more)
            capacity *= 2;
        char *text = realloc(writer->text, capacity);
        if (text == NULL) {
            writer->out_of_memory = true;
            return NULL;
        }
        writer->text = text;
        writer->capacity = capacity;
    }
    return writer->text + writer->length;
}

static void put_bytes(struct writer *writer, const char *bytes, size_t length)
{
    char *to = reserve(writer, length);
    if (to == NULL)
        return;
    memcpy(to, bytes, length);
    writer->length += length;
}

static void put(struct writer *writer, const char *text)
{
    put_bytes(writer, text, strlen(text));
}

static void put_type(struct writer *writer, const shm_type *type)
{
    size_t room = NUMBER_BYTES;
    for (;;) {
        char *to = reserve(writer, room);
        if (to == NULL)
            return;
        const size_t length = shm_type_text(type, to, room);
        if (length < room) {
            writer->length += length;
            return;
        }
        room = length + 1;
    }
}

static void put_integer(struct writer *writer, const shm_type *type, uint64_t bits)
{
    char text[SHM_INTEGER_TEXT_BYTES];
    if (shm_kind_is_signed(type->kind))
        put_bytes(writer, text, shm_i64_text((int64_t)bits, text));
    else
        put_bytes(writer, text, shm_u64_text(bits, text));
}

static void put_string(struct writer *writer, shm_string text)
{
    static const char hex[] = "0123456789abcdef";
    put(writer, "\"");
    for (size_t i = 0; i < text.length; i++) {
        const char c = text.data[i];
        char escape[8] = "\\u00";
        if (c == '"' || c == '\\') {
            put_bytes(writer, (const char[]){'\\', c}, 2);
        } else if ((unsigned char)c < 0x20) {
            escape[4] = hex[(unsigned char)c >> 4];
            escape[5] = hex[c & 0xf];
            put_bytes(writer, escape, 6);
        } else {
            put_bytes(writer, &c, 1);
        }
    }
    put(writer, "\"");
}

static void put_float(struct writer *writer, shm_kind kind, uint64_t bits)
{
    char text[SHM_FLOAT_TEXT_BYTES];
    double number;
    memcpy(&number, &bits, sizeof number);
    const size_t length =
        kind == SHM_F32 ? shm_f32_text((float)number, text) : shm_f64_text(number, text);
    const bool is_word = text[length - 1] == 'y' || text[0] == 'N';
    if (is_word)
        put_string(writer, shm_string_of(text, length));
    else
        put_bytes(writer, text, length);
}

static void put_default(struct writer *writer, const shm_type *type, const shm_field *field)
{
    char text[NUMBER_BYTES];
    size_t length = 0;
    const uint64_t bits = field->value.bits;
    switch (type->kind) {
    case SHM_BOOL:
        put(writer, bits != 0 ? "true" : "false");
        return;
    case SHM_ENUM:
        put(writer, field->value.text.data);
        return;
    case SHM_F32:
    case SHM_F64:
        put_float(writer, type->kind, bits);
        return;
    case SHM_STRING:
    case SHM_BYTES:
    case SHM_DECIMAL:
        put_string(writer, field->value.text);
        return;
    case SHM_UUID: {
        shm_uuid uuid;
        memcpy(uuid.bytes, field->value.text.data, sizeof uuid.bytes);
        length = shm_uuid_text(uuid, text);
        break;
    }
    case SHM_DATE:
        length = shm_date_text((shm_date){(int32_t)(int64_t)bits}, text);
        break;
    case SHM_DATETIME:
        length = shm_datetime_text((shm_datetime){.micros = (int64_t)bits,
                                                  .zone_minutes = field->value.zone_minutes,
                                                  .zone_given = field->value.zone_given},
                                   text);
        break;
    default:
        put_integer(writer, type, bits);
        return;
    }
    put_string(writer, shm_string_of(text, length));
}

static void put_fields(struct writer *writer, const shm_type *type)
{
    for (size_t i = 0; i < type->field_count; i++) {
        const shm_field *field = &type->fields[i];
        put(writer, "  ");
        put(writer, field->name);
        put(writer, ": ");
        put_type(writer, field->type);
        if (field->has_default) {
            put(writer, " = ");
            put_default(writer,
                        field->type->kind == SHM_OPTIONAL ? field->type->element : field->type,
                        field);
        }
        if (field->deprecated)
            put(writer, " deprecated");
        if (field->was != NULL) {
            put(writer, " was ");
            put(writer, field->was);
        }
        put(writer, ";\n");
    }
}

static void put_enum_values(struct writer *writer, const shm_type *type)
{
    for (size_t i = 0; i < type->value_count; i++) {
        put(writer, i == 0 ? "  " : ",\n  ");
        put(writer, type->values[i].name);
        put(writer, " = ");
        put_integer(writer, type->element, (uint64_t)type->values[i].value);
    }
    put(writer, "\n");
}

static void put_declared(struct writer *writer, const shm_type *type)
{
    if (writer->length > 0)
        put(writer, "\n");
    put(writer, type->kind == SHM_ENUM     ? "enum "
                : type->kind == SHM_STRUCT ? "struct "
                                           : "record ");
    put(writer, type->name);
    if (type->kind == SHM_ENUM) {
        put(writer, " : ");
        put_type(writer, type->element);
    }
    put(writer, " {\n");
    if (type->kind == SHM_ENUM)
        put_enum_values(writer, type);
    else
        put_fields(writer, type);
    put(writer, "}\n");
}

static void put_index(struct writer *writer, const shm_collection *collection)
{
    put(writer, collection->kind == SHM_INDEX    ? "index "
                : collection->kind == SHM_SORTED ? "sorted "
                                                 : "multi ");
    put(writer, collection->table->name);
    put(writer, " by ");
    for (size_t i = 0; i < collection->key_count; i++) {
        if (i > 0)
            put(writer, ", ");
        for (size_t j = 0; j < collection->key[i].step_count; j++) {
            if (j > 0)
                put(writer, ".");
            put(writer, collection->key[i].steps[j]->name);
        }
    }
    if (collection->kind == SHM_APPROXIMATE) {
        char text[SHM_INTEGER_TEXT_BYTES];
        put(writer, " approximate 1/");
        put_bytes(writer, text, shm_u64_text(collection->approximate_one_in, text));
    }
}

static void put_collection(struct writer *writer, const shm_collection *collection)
{
    const shm_type *record = collection->record;
    put(writer, "  ");
    put(writer, collection->name);
    put(writer, ": ");
    switch (collection->kind) {
    case SHM_TABLE:
        put(writer, "array<");
        put(writer, record->name);
        put(writer, ">");
        break;
    case SHM_MAP:
    case SHM_MULTIMAP:
        put(writer, collection->kind == SHM_MAP ? "map<" : "multimap<");
        put_type(writer, record->fields[0].type);
        put(writer, ", ");
        put_type(writer, record->fields[1].type);
        put(writer, ">");
        break;
    case SHM_SET_OF:
        put(writer, "set<");
        put_type(writer, record->fields[0].type);
        put(writer, ">");
        break;
    case SHM_TENSOR_OF:
        put(writer, "tensor<");
        put_type(writer, collection->element);
        put(writer, ">");
        break;
    default:
        put_index(writer, collection);
    }
    put(writer, collection->is_min ? " min" : "");
    put(writer, collection->deprecated ? " deprecated;\n" : ";\n");
}

static void put_schema(struct writer *writer, const shm_schema *schema)
{
    if (schema->space != NULL) {
        put(writer, "namespace ");
        put(writer, schema->space);
        put(writer, ";\n");
    }
    for (size_t i = 0; i < schema->declared_count; i++) {
        if (shm_type_node_of(schema->declared[i])->reached)
            put_declared(writer, schema->declared[i]);
    }
    if (schema->dataset == NULL)
        return;
    put(writer, writer->length > 0 ? "\ndataset " : "dataset ");
    put(writer, schema->dataset->name);
    put(writer, " {\n");
    for (size_t i = 0; i < schema->dataset->collection_count; i++)
        put_collection(writer, &schema->dataset->collections[i]);
    put(writer, "}\n");
}

bool shm_canonical_text(shm_schema *schema, shm_arena *arena)
{
    struct writer writer = {0};
    put_schema(&writer, schema);
    char *text =
        writer.out_of_memory ? NULL : shm_arena_copy_text(arena, writer.text, writer.length);
    free(writer.text);
    if (text == NULL)
        return false;
    const shm_hash128 hash = shm_hash128_of(text, writer.length, 0);
    schema->text = shm_string_of(text, writer.length);
    schema->fingerprint[0] = hash.low;
    schema->fingerprint[1] = hash.high;
    return true;
}

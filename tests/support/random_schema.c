#include "tests/support/random_schema.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

enum { ENUM_MAX = 3, STRUCT_MAX = 3, RECORD_MAX = 4, FIELD_MAX = 90, VALUE_MAX = 6, DEPTH_MAX = 3 };

/* What a field can do in the key of an index. */
enum key_use { NO_KEY, KEY, KEY_LIST };

struct struct_shape {
    unsigned field_count;
    bool is_key;
    enum key_use fields[FIELD_MAX];
};

struct record_shape {
    unsigned field_count;
    enum key_use uses[FIELD_MAX];
    int structs[FIELD_MAX]; /* the struct that a field is, or -1 */
};

struct writer {
    uint64_t state;
    char *text;
    size_t length;
    size_t capacity;
    unsigned enum_count;
    unsigned enum_values[ENUM_MAX];
    unsigned struct_count;
    unsigned record_count;
    unsigned table_count; /* records 0 .. table_count - 1 have one table each */
    struct struct_shape structs[STRUCT_MAX];
    struct record_shape records[RECORD_MAX];
    unsigned record; /* the one being written; records below it may be held as they are */
};

static const char *const key_scalars[] = {"bool", "i8",       "i16",    "i32",  "i64", "u8",
                                          "u16",  "u32",      "u64",    "f32",  "f64", "date",
                                          "uuid", "datetime", "string", "bytes"};
enum { KEY_SCALAR_COUNT = 16, FIXED_SCALAR_COUNT = 14 };

static const char *const odd_names[] = {"class", "index", "map",    "by",   "was",
                                        "min",   "set",   "string", "date", "sorted"};
enum { ODD_NAME_COUNT = 10 };

static uint64_t next_word(struct writer *writer)
{
    uint64_t word = (writer->state += UINT64_C(0x9e3779b97f4a7c15));
    word = (word ^ (word >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    word = (word ^ (word >> 27)) * UINT64_C(0x94d049bb133111eb);
    return word ^ (word >> 31);
}

static unsigned below(struct writer *writer, unsigned bound)
{
    return (unsigned)(next_word(writer) % bound);
}

static bool one_in(struct writer *writer, unsigned n)
{
    return below(writer, n) == 0;
}

static void put(struct writer *writer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void put(struct writer *writer, const char *format, ...)
{
    enum { ROOM = 512 };
    if (writer->capacity - writer->length < ROOM) {
        writer->capacity = 2 * writer->capacity + 2 * ROOM;
        writer->text = realloc(writer->text, writer->capacity);
        if (writer->text == NULL)
            abort();
    }
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(writer->text + writer->length, ROOM, format, arguments);
    va_end(arguments);
    if (length < 0 || length >= ROOM)
        abort();
    writer->length += (size_t)length;
}

/* The name of a field: the first ones may be keywords. */
static void put_field_name(struct writer *writer, unsigned number)
{
    if (number < ODD_NAME_COUNT && number % 3 == 1)
        put(writer, "%s", odd_names[number]);
    else
        put(writer, "f%u", number);
}

static void put_enums(struct writer *writer)
{
    static const char *const kinds[] = {"i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64"};
    writer->enum_count = below(writer, ENUM_MAX + 1);
    for (unsigned i = 0; i < writer->enum_count; i++) {
        const unsigned kind = below(writer, 8);
        unsigned number = below(writer, 10);
        writer->enum_values[i] = 1 + below(writer, VALUE_MAX);
        put(writer, "/// Values of E%u.\nenum E%u : %s {", i, i, kinds[kind]);
        for (unsigned j = 0; j < writer->enum_values[i]; j++) {
            put(writer, "%s v%u", j == 0 ? "" : ",", j);
            if (one_in(writer, 2)) {
                put(writer, " = %s%u", kind < 4 && j == 0 && number > 0 ? "-" : "", number);
                if (kind < 4 && j == 0)
                    number = 0;
            } else if (j == 0) {
                number = 0;
            }
            number += 1 + (one_in(writer, 2) ? below(writer, 5) : 0);
            if (j + 1 < writer->enum_values[i] && one_in(writer, 2)) {
                j++;
                put(writer, ", v%u = %u", j, number);
                number++;
            }
        }
        put(writer, "%s }\n", one_in(writer, 2) ? "," : "");
    }
}

/* A key type in place; sets *structs to the struct it is, if any. */
static void put_key(struct writer *writer, bool fixed, int *of_struct)
{
    const unsigned choice = below(writer, KEY_SCALAR_COUNT + 4);
    *of_struct = -1;
    if (choice < 2 && writer->enum_count > 0) {
        put(writer, "E%u", below(writer, writer->enum_count));
        return;
    }
    if (choice < 4 && writer->struct_count > 0) {
        const unsigned number = below(writer, writer->struct_count);
        if (writer->structs[number].is_key) {
            *of_struct = (int)number;
            put(writer, "S%u", number);
            return;
        }
    }
    put(writer, "%s", key_scalars[choice % (fixed ? FIXED_SCALAR_COUNT : KEY_SCALAR_COUNT)]);
}

static void put_structs(struct writer *writer)
{
    const unsigned count = below(writer, STRUCT_MAX + 1);
    int of_struct;
    for (unsigned i = 0; i < count; i++) {
        struct struct_shape *shape = &writer->structs[i];
        shape->field_count = 1 + below(writer, 5);
        shape->is_key = true;
        put(writer, "struct S%u {\n", i);
        for (unsigned j = 0; j < shape->field_count; j++) {
            put(writer, "  ");
            put_field_name(writer, j);
            put(writer, ": ");
            put_key(writer, true, &of_struct);
            const unsigned suffix = below(writer, 8);
            shape->fields[j] = suffix == 0 ? NO_KEY : KEY;
            shape->is_key = shape->is_key && suffix > 1;
            if (of_struct >= 0)
                shape->fields[j] = NO_KEY;
            put(writer, "%s;\n", suffix == 0 ? "[3]" : suffix == 1 ? "?" : "");
        }
        put(writer, "}\n");
        writer->struct_count++;
    }
}

static void put_type(struct writer *writer, unsigned depth, bool required);

static void put_compound(struct writer *writer, unsigned depth, bool required)
{
    static const char *const others[] = {"any", "decimal", "tensor<f32>", "tensor<u8>"};
    int of_struct;
    switch (below(writer, 8)) {
    case 0:
        put(writer, "[");
        put_type(writer, depth + 1, false);
        put(writer, "]");
        return;
    case 1:
        put(writer, "{");
        put_key(writer, false, &of_struct);
        put(writer, "}");
        return;
    case 2:
        put(writer, "{");
        put_key(writer, false, &of_struct);
        put(writer, ": ");
        put_type(writer, depth + 1, false);
        put(writer, "}");
        return;
    case 3:
        put(writer, "(");
        put_type(writer, depth + 1, required);
        put(writer, ", ");
        put_type(writer, depth + 1, required);
        put(writer, ")");
        return;
    case 4:
        put_type(writer, depth + 1, required);
        put(writer, "[%u]", 1 + below(writer, 3));
        return;
    case 5:
        put(writer, "%s", others[below(writer, 4)]);
        return;
    case 6:
        if (writer->table_count > 0) {
            put(writer, "ref<R%u>", below(writer, writer->table_count));
            return;
        }
        put(writer, "u8");
        return;
    default:
        if (required && writer->record == 0)
            put(writer, "i64");
        else
            put(writer, "R%u", below(writer, required ? writer->record : writer->record_count));
    }
}

/* Any type but T??; a T? counts as not required inside. */
static void put_type(struct writer *writer, unsigned depth, bool required)
{
    int of_struct;
    const bool optional = depth > 0 && one_in(writer, 6);
    if (depth < DEPTH_MAX && one_in(writer, 2))
        put_compound(writer, depth, required && !optional);
    else
        put_key(writer, false, &of_struct);
    if (optional)
        put(writer, "?");
}

static void put_scalar_default(struct writer *writer)
{
    static const char *const forms[] = {"bool = true",
                                        "i8 = -128",
                                        "u16 = 65535",
                                        "i64 = -9223372036854775808",
                                        "u64 = 18446744073709551615",
                                        "f32 = 0.1",
                                        "f64 = -1e300",
                                        "f64 = \"NaN\"",
                                        "f32? = \"-Infinity\"",
                                        "string = \"a\\\"b\\u0000\\n\\u00e9\"",
                                        "bytes = \"xyz\"",
                                        "date = \"1999-12-31\"",
                                        "datetime = \"2024-02-29T12:00:00.000001+02:00\"",
                                        "datetime? = \"0001-01-01T00:00:00Z\"",
                                        "decimal = 0.10",
                                        "uuid = \"6ba7b810-9dad-11d1-80b4-00c04fd430c8\"",
                                        "u32? = 7"};
    put(writer, "%s", forms[below(writer, sizeof forms / sizeof *forms)]);
}

static enum key_use put_field_type(struct writer *writer, int *of_struct)
{
    *of_struct = -1;
    switch (below(writer, 5)) {
    case 0:
        put_key(writer, false, of_struct);
        put(writer, "%s", one_in(writer, 2) ? "?" : "");
        return KEY;
    case 1:
        put(writer, "%c", one_in(writer, 2) ? '[' : '(');
        const bool is_list = writer->text[writer->length - 1] == '[';
        put_key(writer, false, of_struct);
        *of_struct = -1;
        put(writer, "%s%s", is_list ? "]" : ", u8)", one_in(writer, 3) ? "?" : "");
        return is_list ? KEY_LIST : NO_KEY;
    case 2:
        put_scalar_default(writer);
        return NO_KEY;
    case 3:
        if (writer->enum_count > 0 && one_in(writer, 2)) {
            const unsigned number = below(writer, writer->enum_count);
            put(writer, "E%u = v%u", number, below(writer, writer->enum_values[number]));
            return KEY;
        }
        put_type(writer, 0, false);
        put(writer, "%s", one_in(writer, 2) ? "?" : "?\?");
        return NO_KEY;
    default:
        put_type(writer, 0, true);
        return NO_KEY;
    }
}

static void put_records(struct writer *writer)
{
    writer->record_count = 1 + below(writer, RECORD_MAX);
    writer->table_count = below(writer, writer->record_count + 1);
    for (writer->record = 0; writer->record < writer->record_count; writer->record++) {
        struct record_shape *shape = &writer->records[writer->record];
        shape->field_count = one_in(writer, 20) ? FIELD_MAX : below(writer, 12);
        put(writer, "/// Record %u.\nrecord R%u {\n", writer->record, writer->record);
        for (unsigned j = 0; j < shape->field_count; j++) {
            put(writer, "  ");
            put_field_name(writer, j);
            put(writer, ": ");
            shape->uses[j] = put_field_type(writer, &shape->structs[j]);
            put(writer, "%s", one_in(writer, 8) ? " deprecated" : "");
            if (one_in(writer, 8))
                put(writer, " was g%u", j);
            put(writer, ";\n");
        }
        put(writer, "}\n");
    }
}

/* One part of a key; false if the field cannot be one. */
static bool put_part(struct writer *writer, const struct record_shape *shape, unsigned field,
                     bool *has_list)
{
    if (shape->uses[field] == NO_KEY || (shape->uses[field] == KEY_LIST && *has_list))
        return false;
    *has_list = *has_list || shape->uses[field] == KEY_LIST;
    put_field_name(writer, field);
    if (shape->structs[field] >= 0) {
        const struct struct_shape *inside = &writer->structs[shape->structs[field]];
        const unsigned step = below(writer, inside->field_count);
        if (inside->fields[step] == KEY) {
            put(writer, ".");
            put_field_name(writer, step);
        }
    }
    return true;
}

static void put_index(struct writer *writer, unsigned number, unsigned table)
{
    static const char *const options[] = {"", " approximate", " approximate 1/50", " min"};
    const struct record_shape *shape = &writer->records[table];
    const unsigned form = below(writer, 4);
    bool has_list = false;
    unsigned parts = 0;
    const size_t start = writer->length;
    put(writer, "  i%u: %s t%u by ", number,
        form == 0   ? "index"
        : form == 1 ? "sorted"
                    : "multi",
        table);
    for (unsigned field = 0; field < shape->field_count && parts < 3; field++) {
        const size_t before = writer->length;
        if (!one_in(writer, 2))
            continue;
        if (parts > 0)
            put(writer, ", ");
        if (put_part(writer, shape, field, &has_list))
            parts++;
        else
            writer->length = before;
    }
    if (parts == 0)
        writer->length = start;
    else
        put(writer, "%s;\n",
            form == 0   ? options[one_in(writer, 3) ? 3 : 0]
            : form == 1 ? ""
                        : options[below(writer, 4)]);
}

static void put_dataset(struct writer *writer)
{
    int of_struct;
    put(writer, "dataset D {\n");
    for (unsigned i = 0; i < writer->table_count; i++)
        put(writer, "  t%u: array<R%u>;\n", i, i);
    for (unsigned i = 0; writer->table_count > 0 && i < 4; i++)
        put_index(writer, i, below(writer, writer->table_count));
    writer->record = 0;
    for (unsigned i = 0; i < 4; i++) {
        const unsigned kind = below(writer, 5);
        put(writer, "  c%u: %s", i,
            kind == 0   ? "tensor<f64"
            : kind == 1 ? "set<"
            : kind == 2 ? "multimap<"
                        : "map<");
        if (kind > 0)
            put_key(writer, false, &of_struct);
        if (kind > 1) {
            put(writer, ", ");
            put_type(writer, 1, false);
        }
        put(writer, ">%s%s;\n", kind > 0 && one_in(writer, 3) ? " min" : "",
            one_in(writer, 8) ? " deprecated" : "");
    }
    put(writer, "}\n");
}

char *shm_test_random_schema(uint64_t seed, size_t *length)
{
    struct writer writer = {.state = seed};
    if (one_in(&writer, 2))
        put(&writer, "namespace space;\n");
    put(&writer, "const ANSWER = 42;\n");
    put_enums(&writer);
    put_structs(&writer);
    put_records(&writer);
    put_dataset(&writer);
    *length = writer.length;
    return writer.text;
}

#include "schema/compiler/c_unit.h"

bool shm_c_is_text(const shm_type *type)
{
    return type->kind >= SHM_STRING && type->kind <= SHM_ANY;
}

bool shm_c_is_cell_list(const shm_type *type)
{
    return type->kind == SHM_LIST || type->kind == SHM_SET || type->kind == SHM_DICT ||
           type->kind == SHM_TENSOR;
}

bool shm_c_is_plain(const shm_type *type)
{
    if (type->kind == SHM_ARRAY)
        return shm_c_is_plain(type->element);
    if (type->kind == SHM_STRUCT || type->kind == SHM_TUPLE) {
        for (size_t i = 0; i < type->field_count; i++) {
            if (!shm_c_is_plain(type->fields[i].type))
                return false;
        }
        return true;
    }
    return !type->has_cells && type->kind != SHM_OPTIONAL;
}

static const char *const scalar_types[] = {
    [SHM_BOOL] = "bool",
    [SHM_I8] = "int8_t",
    [SHM_I16] = "int16_t",
    [SHM_I32] = "int32_t",
    [SHM_I64] = "int64_t",
    [SHM_U8] = "uint8_t",
    [SHM_U16] = "uint16_t",
    [SHM_U32] = "uint32_t",
    [SHM_U64] = "uint64_t",
    [SHM_F32] = "float",
    [SHM_F64] = "double",
    [SHM_STRING] = "shm_text_cell",
    [SHM_BYTES] = "shm_text_cell",
    [SHM_DECIMAL] = "shm_text_cell",
    [SHM_ANY] = "shm_text_cell",
    [SHM_DATE] = "shm_date",
    [SHM_DATETIME] = "shm_datetime",
    [SHM_UUID] = "shm_uuid",
};

const char *shm_c_in_place(shm_c_unit *unit, const shm_type *type)
{
    switch (type->kind) {
    case SHM_ENUM:
    case SHM_STRUCT:
        return shm_c_declared(unit, type);
    case SHM_RECORD:
        return "shm_record_cell";
    case SHM_REF:
        return "shm_row_number";
    case SHM_LIST:
    case SHM_SET:
    case SHM_DICT:
    case SHM_TENSOR:
        return "shm_list_cell";
    case SHM_TUPLE:
    case SHM_ARRAY:
    case SHM_OPTIONAL:
        return shm_c_family(unit, type);
    default:
        return scalar_types[type->kind];
    }
}

/* The outermost array of `T[3][4]` has 4 elements and is C's first: `T x[4][3]`. */
const char *shm_c_declare(shm_c_unit *unit, const shm_type *type, const char *name)
{
    for (; type->kind == SHM_ARRAY; type = type->element)
        name = shm_c_text(unit, "%s[%llu]", name, (unsigned long long)type->length);
    return shm_c_text(unit, "%s %s", shm_c_in_place(unit, type), name);
}

const char *shm_c_read_type(shm_c_unit *unit, const shm_type *type)
{
    switch (type->kind) {
    case SHM_STRING:
    case SHM_DECIMAL:
        return "shm_string";
    case SHM_BYTES:
        return "shm_bytes";
    case SHM_ANY:
        return "shm_any";
    case SHM_RECORD:
        return shm_c_text(unit, "const %s *", shm_c_declared(unit, type));
    case SHM_TENSOR:
        return "shm_tensor";
    case SHM_STRUCT:
    case SHM_TUPLE:
    case SHM_OPTIONAL:
    case SHM_LIST:
    case SHM_SET:
    case SHM_DICT:
        return shm_c_text(unit, "const %s *", shm_c_in_place(unit, type));
    case SHM_ARRAY:
        return shm_c_text(unit, "const %s *", shm_c_in_place(unit, type->element));
    default:
        return shm_c_in_place(unit, type);
    }
}

const char *shm_c_read_cell(shm_c_unit *unit, const shm_type *type, const char *cell)
{
    switch (type->kind) {
    case SHM_BYTES:
        return shm_c_text(unit, "shm_text_cell_bytes(%s)", cell);
    case SHM_ANY:
        return shm_c_text(unit, "shm_any_at(shm_text_cell_bytes(%s))", cell);
    case SHM_RECORD:
        return shm_c_text(unit, "(const %s *)shm_record_cell_at(%s)", shm_c_declared(unit, type),
                          cell);
    case SHM_TENSOR:
        return shm_c_text(unit, "shm_list_cell_tensor(%s)", cell);
    default:
        return shm_c_text(unit, "shm_text_cell_string(%s)", cell);
    }
}

const char *shm_c_read(shm_c_unit *unit, const shm_type *type, const char *place)
{
    const char *address = shm_c_text(unit, "&%s", place);
    switch (type->kind) {
    case SHM_STRING:
    case SHM_DECIMAL:
    case SHM_BYTES:
    case SHM_ANY:
    case SHM_RECORD:
    case SHM_TENSOR:
        return shm_c_read_cell(unit, type, address);
    case SHM_STRUCT:
    case SHM_TUPLE:
    case SHM_OPTIONAL:
    case SHM_LIST:
    case SHM_SET:
    case SHM_DICT:
        return address;
    default:
        return place;
    }
}

const char *shm_c_key_type(shm_c_unit *unit, const shm_type *type)
{
    if (type->kind != SHM_STRUCT)
        return shm_c_read_type(unit, type);
    shm_c_need_input(unit, type);
    return shm_c_text(unit, "const %s *", shm_c_input(unit, type));
}

const char *shm_c_input(shm_c_unit *unit, const shm_type *type)
{
    switch (type->kind) {
    case SHM_STRING:
    case SHM_DECIMAL:
        return "shm_string";
    case SHM_BYTES:
    case SHM_ANY:
        return "shm_bytes";
    case SHM_RECORD:
        return shm_c_text(unit, "%s_input", shm_c_declared(unit, type));
    default:
        break;
    }
    if (shm_c_is_plain(type))
        return shm_c_in_place(unit, type);
    if (type->kind == SHM_STRUCT)
        return shm_c_text(unit, "%s_input", shm_c_declared(unit, type));
    return shm_c_text(unit, "%s_input", shm_c_family(unit, type));
}

const char *shm_c_declare_input(shm_c_unit *unit, const shm_type *type, const char *name)
{
    for (; type->kind == SHM_ARRAY; type = type->element)
        name = shm_c_text(unit, "%s[%llu]", name, (unsigned long long)type->length);
    if (type->kind == SHM_RECORD)
        return shm_c_text(unit, "const %s *%s", shm_c_input(unit, type), name);
    return shm_c_text(unit, "%s %s", shm_c_input(unit, type), name);
}

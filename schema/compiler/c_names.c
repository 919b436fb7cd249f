#include "schema/compiler/c_unit.h"

#include <stdio.h>
#include <string.h>

#include "schema/model/keywords.h"

void shm_c_print(shm_c_unit *unit, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    shm_output_print_list(&unit->out, format, values);
    va_end(values);
}

const char *shm_c_text(shm_c_unit *unit, const char *format, ...)
{
    char small[256];
    va_list values;
    va_list again;
    va_start(values, format);
    va_copy(again, values);
    const int length = vsnprintf(small, sizeof small, format, values);
    va_end(values);
    char *text = length < 0 ? NULL : shm_arena_alloc(&unit->arena, (size_t)length + 1);
    if (text != NULL)
        vsnprintf(text, (size_t)length + 1, format, again);
    else
        unit->failed = true;
    va_end(again);
    return text == NULL ? "" : text;
}

bool shm_c_first(shm_c_unit *unit, const char *name)
{
    const shm_claim claim = shm_claims_add(&unit->claims, name);
    if (claim == SHM_CLAIM_NO_MEMORY)
        unit->failed = true;
    return claim == SHM_CLAIM_NEW;
}

const char *shm_c_spare(shm_c_unit *unit, shm_claims *taken, const char *name)
{
    for (;;) {
        const shm_claim claim = shm_claims_add(taken, name);
        if (claim == SHM_CLAIM_NO_MEMORY)
            unit->failed = true;
        if (claim != SHM_CLAIM_TAKEN || unit->failed)
            return name;
        name = shm_c_text(unit, "%s_", name);
    }
}

const char *shm_c_claim(shm_c_unit *unit, const char *name)
{
    return shm_c_spare(unit, &unit->claims, name);
}

void shm_c_begin(shm_c_unit *unit, const char *result, const char *name, const char *arguments)
{
    const size_t length = strlen(result);
    const char *gap = length > 0 && result[length - 1] == '*' ? "" : " ";
    shm_c_print(unit, "\nstatic inline %s%s%s(%s)\n{\n", result, gap, shm_c_claim(unit, name),
                arguments);
}

void shm_c_inline(shm_c_unit *unit, const char *result, const char *name, const char *arguments,
                  const char *body)
{
    shm_c_begin(unit, result, name, arguments);
    shm_c_print(unit, "    %s\n}\n", body);
}

/* What would end or nest a comment is taken apart. */
void shm_c_doc(shm_c_unit *unit, const char *doc, const char *indent)
{
    if (doc == NULL)
        return;
    shm_c_print(unit, "%s/* ", indent);
    for (const char *at = doc; *at != '\0'; at++) {
        if (*at == '\n')
            shm_c_print(unit, at[1] == '\n' ? "\n%s *" : "\n%s * ", indent);
        else if ((at[0] == '*' && at[1] == '/') || (at[0] == '/' && at[1] == '*'))
            shm_c_print(unit, "%c ", *at);
        else
            shm_output_add(&unit->out, at, 1);
    }
    shm_c_print(unit, " */\n");
}

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_lower_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* A word begins at a capital after a small letter, or at the last capital of several. */
const char *shm_c_snake(shm_c_unit *unit, const char *name, size_t length)
{
    char *text = shm_arena_alloc_array(&unit->arena, length + 1, 2);
    size_t end = 0;
    if (text == NULL) {
        unit->failed = true;
        return "";
    }
    for (size_t i = 0; i < length; i++) {
        const char c = name[i];
        if (!is_upper(c)) {
            text[end++] = is_lower_or_digit(c) ? c : '_';
            continue;
        }
        const char before = i == 0 ? '_' : name[i - 1];
        const char after = i + 1 == length ? '_' : name[i + 1];
        if (is_lower_or_digit(before) || (is_upper(before) && after >= 'a' && after <= 'z'))
            text[end++] = '_';
        text[end++] = (char)(c - 'A' + 'a');
    }
    text[end] = '\0';
    return text;
}

const char *shm_c_upper(shm_c_unit *unit, const char *name)
{
    char *text = shm_arena_copy_text(&unit->arena, name, strlen(name));
    if (text == NULL) {
        unit->failed = true;
        return "";
    }
    for (char *at = text; *at != '\0'; at++) {
        if (*at >= 'a' && *at <= 'z')
            *at = (char)(*at - 'a' + 'A');
    }
    return text;
}

const char *shm_c_member(shm_c_unit *unit, const char *name)
{
    return shm_name_is_c_word(name) ? shm_c_text(unit, "%s_", name) : name;
}

const char *shm_c_identifier(shm_c_unit *unit, const char *name, size_t length)
{
    const char *prefix = shm_c_snake(unit, name, length);
    return prefix[0] >= '0' && prefix[0] <= '9' ? shm_c_text(unit, "_%s", prefix) : prefix;
}

const char *shm_c_file_prefix(shm_c_unit *unit, const shm_ast_file *file)
{
    return file->space.text == NULL ? shm_c_identifier(unit, file->stem, strlen(file->stem))
                                    : shm_c_identifier(unit, file->space.text, file->space.length);
}

bool shm_c_is_own(const shm_type *type)
{
    return type->name != NULL && strchr(type->name, '.') == NULL;
}

/* An imported type is called by the namespace of its file, or else by its stem. */
const char *shm_c_declared(shm_c_unit *unit, const shm_type *type)
{
    const char *dot = strrchr(type->name, '.');
    if (dot == NULL)
        return shm_c_text(unit, "%s_%s", unit->prefix,
                          shm_c_snake(unit, type->name, strlen(type->name)));
    return shm_c_text(unit, "%s_%s", shm_c_identifier(unit, type->name, (size_t)(dot - type->name)),
                      shm_c_snake(unit, dot + 1, strlen(dot + 1)));
}

static const char *const scalar_names[] = {
    [SHM_BOOL] = "bool",         [SHM_I8] = "i8",
    [SHM_I16] = "i16",           [SHM_I32] = "i32",
    [SHM_I64] = "i64",           [SHM_U8] = "u8",
    [SHM_U16] = "u16",           [SHM_U32] = "u32",
    [SHM_U64] = "u64",           [SHM_F32] = "f32",
    [SHM_F64] = "f64",           [SHM_STRING] = "string",
    [SHM_BYTES] = "bytes",       [SHM_DECIMAL] = "decimal",
    [SHM_ANY] = "any",           [SHM_DATE] = "date",
    [SHM_DATETIME] = "datetime", [SHM_UUID] = "uuid",
};

static const char *mangle_tuple(shm_c_unit *unit, const shm_type *type)
{
    const char *name =
        type->field_count == 2 ? "pair_of" : shm_c_text(unit, "tuple%zu_of", type->field_count);
    for (size_t i = 0; i < type->field_count; i++)
        name = shm_c_text(unit, "%s_%s", name, shm_c_mangle(unit, type->fields[i].type));
    return name;
}

/* Depth is bounded by SHM_TYPE_DEPTH_MAX. */
const char *shm_c_mangle(shm_c_unit *unit, const shm_type *type)
{
    if (type->kind <= SHM_UUID)
        return scalar_names[type->kind];
    switch (type->kind) {
    case SHM_ENUM:
    case SHM_STRUCT:
    case SHM_RECORD:
        return shm_c_snake(unit, type->name, strlen(type->name));
    case SHM_TUPLE:
        return mangle_tuple(unit, type);
    case SHM_DICT:
        return shm_c_text(unit, "dict_of_%s_%s", shm_c_mangle(unit, type->key),
                          shm_c_mangle(unit, type->element));
    case SHM_ARRAY:
        return shm_c_text(unit, "array%llu_of_%s", (unsigned long long)type->length,
                          shm_c_mangle(unit, type->element));
    default:
        break;
    }
    const char *word = type->kind == SHM_REF      ? "ref_to"
                       : type->kind == SHM_LIST   ? "list_of"
                       : type->kind == SHM_SET    ? "set_of"
                       : type->kind == SHM_TENSOR ? "tensor_of"
                                                  : "optional";
    return shm_c_text(unit, "%s_%s", word, shm_c_mangle(unit, type->element));
}

const char *shm_c_family(shm_c_unit *unit, const shm_type *type)
{
    return shm_c_text(unit, "%s_%s", unit->family, shm_c_mangle(unit, type));
}

const char *shm_c_field(shm_c_unit *unit, const shm_type *type, size_t i)
{
    const char *name = type->fields[i].name;
    return name == NULL ? shm_c_text(unit, "item_%zu", i) : shm_c_member(unit, name);
}

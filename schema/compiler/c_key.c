/* c_key.c — see c_key.h. */
#include "schema/compiler/c_key.h"

#include <string.h>

static const shm_type *argument_type(const shm_key_path *path)
{
    const shm_type *type = shm_c_value_type(path->steps[path->step_count - 1]->type);
    return type->kind == SHM_LIST || type->kind == SHM_SET ? type->element : type;
}

static bool is_text_key(const shm_type *type)
{
    return type->kind == SHM_STRING || type->kind == SHM_BYTES || type->kind == SHM_UUID;
}

const char *shm_c_key_value(shm_c_unit *unit, const shm_type *type, const char *value)
{
    const shm_kind kind = type->kind == SHM_ENUM ? type->element->kind : type->kind;
    switch (kind) {
    case SHM_STRING:
    case SHM_U64:
        return value;
    case SHM_BYTES:
        return shm_c_text(unit, "shm_string_of((const char *)%s.data, %s.length)", value, value);
    case SHM_UUID:
        return shm_c_text(unit, "shm_string_of((const char *)%s.bytes, sizeof %s.bytes)", value,
                          value);
    case SHM_F32:
    case SHM_F64:
        return shm_c_text(unit, "shm_key_float(%s)", value);
    case SHM_DATE:
        return shm_c_text(unit, "(uint64_t)(int64_t)%s.days", value);
    case SHM_DATETIME:
        return shm_c_text(unit, "(uint64_t)%s.micros", value);
    case SHM_I8:
    case SHM_I16:
    case SHM_I32:
        return shm_c_text(unit, "(uint64_t)(int64_t)%s", value);
    default:
        return shm_c_text(unit, "(uint64_t)%s", value);
    }
}

static void add_part(shm_c_unit *unit, shm_c_key *key, const char *part)
{
    if (key->part_count == key->part_capacity) {
        const size_t capacity = key->part_capacity == 0 ? 16 : key->part_capacity * 2;
        const char **parts = shm_arena_alloc_array(&unit->arena, capacity, sizeof *parts);
        if (parts == NULL) {
            unit->failed = true;
            return;
        }
        if (key->part_count > 0)
            memcpy(parts, key->parts, key->part_count * sizeof *parts);
        key->parts = parts;
        key->part_capacity = capacity;
    }
    key->parts[key->part_count++] = part;
}

/* Recursion: structs in structs, bounded by SHM_STRUCT_DEPTH_MAX. */
void shm_c_key_add_parts(shm_c_unit *unit, shm_c_key *key, const shm_type *type, const char *value,
                         const char *link)
{
    if (type->kind != SHM_STRUCT) {
        const char *call = is_text_key(type) ? "shm_key_text" : "shm_key_word";
        add_part(unit, key, shm_c_text(unit, "%s(%s)", call, shm_c_key_value(unit, type, value)));
        return;
    }
    for (size_t i = 0; i < type->field_count; i++)
        shm_c_key_add_parts(unit, key, type->fields[i].type,
                            shm_c_text(unit, "%s%s%s", value, link, shm_c_field(unit, type, i)),
                            ".");
}

static const char *argument_name(shm_c_unit *unit, const shm_key_path *path, shm_claims *taken)
{
    const char *name = "";
    for (size_t i = 0; i < path->step_count; i++)
        name = shm_c_text(unit, "%s%s%s", name, i == 0 ? "" : "_", path->steps[i]->name);
    name = shm_c_member(unit, name);
    return shm_c_spare(unit, taken, name);
}

static shm_key_form form_of(const shm_collection *collection)
{
    const shm_type *type = argument_type(&collection->key[0]);
    if (collection->key_count > 1 || type->kind == SHM_STRUCT)
        return SHM_KEY_PARTS;
    return is_text_key(type) ? SHM_KEY_TEXT : SHM_KEY_WORD;
}

bool shm_c_key_make(shm_c_unit *unit, const shm_collection *collection, shm_c_key *key)
{
    shm_claims taken = {0};
    *key = (shm_c_key){.count = collection->key_count};
    key->types = shm_arena_alloc_array(&unit->arena, key->count + 1, sizeof *key->types);
    key->names = shm_arena_alloc_array(&unit->arena, key->count + 1, sizeof *key->names);
    if (key->types == NULL || key->names == NULL) {
        unit->failed = true;
        return false;
    }
    shm_c_spare(unit, &taken, "dataset");
    shm_c_spare(unit, &taken, "parts");
    shm_c_spare(unit, &taken, "range");
    shm_c_spare(unit, &taken, "part_count");
    for (size_t i = 0; i < key->count; i++) {
        key->types[i] = argument_type(&collection->key[i]);
        key->names[i] = argument_name(unit, &collection->key[i], &taken);
        shm_c_key_add_parts(unit, key, key->types[i], key->names[i], "->");
    }
    shm_claims_free(&taken);
    key->form = form_of(collection);
    return !unit->failed;
}

bool shm_c_key_is_inlined(const shm_collection *collection)
{
    const bool is_unique = collection->kind == SHM_INDEX || collection->kind == SHM_MAP ||
                           collection->kind == SHM_SET_OF;
    return is_unique && !collection->is_min && collection->placed_width == 0 &&
           form_of(collection) == SHM_KEY_WORD;
}

const char *shm_c_key_arguments(shm_c_dataset *dataset, const shm_c_key *key)
{
    shm_c_unit *unit = dataset->unit;
    const char *text = shm_c_text(unit, "const %s *dataset", dataset->type);
    for (size_t i = 0; i < key->count; i++) {
        const char *type = shm_c_key_type(unit, key->types[i]);
        const bool pointer = type[strlen(type) - 1] == '*';
        text = shm_c_text(unit, "%s, %s%s%s", text, type, pointer ? "" : " ", key->names[i]);
    }
    return text;
}

const char *shm_c_key_print(shm_c_unit *unit, const shm_c_key *key)
{
    if (key->form != SHM_KEY_PARTS)
        return shm_c_key_value(unit, key->types[0], key->names[0]);
    shm_c_print(unit, "    shm_key_part parts[%zu];\n", key->part_count);
    for (size_t i = 0; i < key->part_count; i++)
        shm_c_print(unit, "    parts[%zu] = %s;\n", i, key->parts[i]);
    return "parts";
}

const char *shm_c_key_form_word(const shm_c_key *key)
{
    return key->form == SHM_KEY_WORD ? "word" : key->form == SHM_KEY_TEXT ? "text" : "parts";
}

const char *shm_c_key_batch(shm_c_dataset *dataset, const shm_c_key *key, const char *base)
{
    shm_c_unit *unit = dataset->unit;
    if (key->count == 1)
        return key->types[0]->kind == SHM_STRUCT ? shm_c_input(unit, key->types[0])
                                                 : shm_c_key_type(unit, key->types[0]);
    const char *name = shm_c_claim(unit, shm_c_text(unit, "%s_key", base));
    shm_c_print(unit, "\ntypedef struct %s {\n", name);
    for (size_t i = 0; i < key->count; i++)
        shm_c_print(unit, "    %s;\n", shm_c_declare_input(unit, key->types[i], key->names[i]));
    shm_c_print(unit, "} %s;\n", name);
    return name;
}

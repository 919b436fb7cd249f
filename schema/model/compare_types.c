#include <string.h>

#include "schema/model/compare.h"
#include "schema/model/names.h"
#include "schema/model/pool.h"

static bool same_parts(const shm_type *newer, const shm_type *older)
{
    if (newer->field_count != older->field_count)
        return false;
    for (size_t i = 0; i < newer->field_count; i++) {
        if (!shm_compare_same(newer->fields[i].type, older->fields[i].type))
            return false;
    }
    return true;
}

/* Recursion: at most SHM_TYPE_DEPTH_MAX deep, since named types end it. */
bool shm_compare_same(const shm_type *newer, const shm_type *older)
{
    if (newer->kind != older->kind || newer->nullable != older->nullable ||
        newer->length != older->length)
        return false;
    switch (newer->kind) {
    case SHM_ENUM:
    case SHM_STRUCT:
    case SHM_RECORD:
        return strcmp(newer->name, older->name) == 0;
    case SHM_TUPLE:
        return same_parts(newer, older);
    case SHM_DICT:
        return shm_compare_same(newer->key, older->key) &&
               shm_compare_same(newer->element, older->element);
    default:
        return newer->element == NULL || shm_compare_same(newer->element, older->element);
    }
}

bool shm_compare_is_field(const shm_field *newer, const char *name)
{
    return strcmp(newer->name, name) == 0 || (newer->was != NULL && strcmp(newer->was, name) == 0);
}

static bool same_default(const shm_field *newer, const shm_field *older)
{
    if (newer->has_default != older->has_default)
        return false;
    return !newer->has_default || (newer->value.bits == older->value.bits &&
                                   newer->value.zone_minutes == older->value.zone_minutes &&
                                   newer->value.zone_given == older->value.zone_given &&
                                   shm_string_equal(newer->value.text, older->value.text));
}

/* Whether every value of the older integer type is one of the newer, larger one. */
static bool widens(const shm_type *newer, const shm_type *older)
{
    if (newer->kind == SHM_OPTIONAL && older->kind == SHM_OPTIONAL) {
        if (newer->nullable != older->nullable)
            return false;
        newer = newer->element;
        older = older->element;
    }
    if (!shm_kind_is_integer(newer->kind) || !shm_kind_is_integer(older->kind) ||
        newer->size <= older->size)
        return false;
    return shm_kind_is_signed(newer->kind) || !shm_kind_is_signed(older->kind);
}

static const char *why_not(const shm_type *newer, const shm_type *older)
{
    const bool was_optional = older->kind == SHM_OPTIONAL;
    const bool is_optional = newer->kind == SHM_OPTIONAL;
    const shm_type *now = is_optional ? newer->element : newer;
    const shm_type *before = was_optional ? older->element : older;
    if (was_optional != is_optional)
        return ": what is optional stays optional, and what is required stays required";
    if (is_optional && newer->nullable != older->nullable)
        return ": T? and T?? are different types";
    if (shm_kind_is_integer(now->kind) && shm_kind_is_integer(before->kind))
        return ": an integer may only become one that holds every older value";
    return "";
}

static void compare_field(shm_compare *compare, const shm_type *record, const shm_field *newer,
                          const shm_field *older)
{
    char now[200];
    char before[200];
    if (widens(newer->type, older->type)) {
        compare->widened = true;
    } else if (!shm_compare_same(newer->type, older->type)) {
        shm_type_text(newer->type, now, sizeof now);
        shm_type_text(older->type, before, sizeof before);
        shm_compare_break(compare, "record %s: field %s: %s became %s%s", record->name, older->name,
                          before, now, why_not(newer->type, older->type));
        return;
    }
    if (!same_default(newer, older))
        shm_compare_break(
            compare,
            "record %s: field %s: its default changed, and with it rows stored before "
            "the field was added",
            record->name, older->name);
    if (older->deprecated && !newer->deprecated)
        shm_compare_break(compare, "record %s: field %s is no longer deprecated", record->name,
                          older->name);
}

static bool may_be_added(const shm_field *field)
{
    switch (field->type->kind) {
    case SHM_OPTIONAL:
    case SHM_LIST:
    case SHM_SET:
    case SHM_DICT:
    case SHM_ANY:
        return true;
    default:
        return field->has_default;
    }
}

/* Fields by name. */
static bool index_fields(shm_compare *compare, const shm_type *type, shm_name_table *names)
{
    if (!shm_name_table_create(names, &compare->scratch, type->field_count))
        return false;
    for (size_t i = 0; i < type->field_count; i++) {
        const union {
            const shm_field *field;
            void *value;
        } same = {.field = &type->fields[i]};
        shm_name_table_add(names, type->fields[i].name, strlen(type->fields[i].name), same.value);
    }
    return true;
}

/* The older field that a newer one is: by its name, else by its former one. */
static const shm_field *older_field(const shm_name_table *names, const shm_field *newer)
{
    const shm_field *found = shm_name_table_find(names, newer->name, strlen(newer->name));
    if (found == NULL && newer->was != NULL)
        found = shm_name_table_find(names, newer->was, strlen(newer->was));
    return found;
}

/* Newer fields in order: first the older ones in theirs, then added ones. */
static void compare_record_fields(shm_compare *compare, const shm_type *newer,
                                  const shm_type *older, const shm_name_table *older_names,
                                  bool *kept)
{
    const char *added = NULL;
    size_t last = 0;
    for (size_t i = 0; i < newer->field_count; i++) {
        const shm_field *field = &newer->fields[i];
        const shm_field *before = older_field(older_names, field);
        if (before == NULL) {
            if (!may_be_added(field))
                shm_compare_break(compare,
                                  "record %s: field %s was added, but is neither optional nor has "
                                  "a default, so older rows have no value of it",
                                  newer->name, field->name);
            added = field->name;
            continue;
        }
        const size_t place = (size_t)(before - older->fields);
        if (added != NULL)
            shm_compare_break(compare,
                              "record %s: field %s was added before %s: append it at the end",
                              newer->name, added, field->name);
        else if (place < last)
            shm_compare_break(compare, "record %s: field %s was moved", newer->name, field->name);
        added = NULL;
        last = place;
        kept[place] = true;
        compare_field(compare, older, field, before);
    }
}

static bool compare_records(shm_compare *compare, const shm_type *newer, const shm_type *older)
{
    shm_name_table names;
    bool *kept = shm_arena_alloc_array(&compare->scratch, older->field_count, sizeof *kept);
    if (kept == NULL || !index_fields(compare, older, &names))
        return false;
    compare_record_fields(compare, newer, older, &names, kept);
    for (size_t i = 0; i < older->field_count; i++) {
        if (!kept[i])
            shm_compare_break(compare, "record %s: field %s was removed: deprecate it instead",
                              older->name, older->fields[i].name);
    }
    return true;
}

static void compare_structs(shm_compare *compare, const shm_type *newer, const shm_type *older)
{
    const char *name = older->name;
    const size_t count =
        newer->field_count < older->field_count ? newer->field_count : older->field_count;
    for (size_t i = 0; i < count; i++) {
        const shm_field *now = &newer->fields[i];
        const shm_field *before = &older->fields[i];
        if (strcmp(now->name, before->name) != 0) {
            shm_compare_break(compare, "struct %s: field %s became %s: structs are closed", name,
                              before->name, now->name);
            return;
        }
        if (!shm_compare_same(now->type, before->type) || !same_default(now, before)) {
            shm_compare_break(compare, "struct %s: field %s changed: structs are closed", name,
                              before->name);
            return;
        }
    }
    if (newer->field_count > count)
        shm_compare_break(compare, "struct %s: field %s was added: structs are closed", name,
                          newer->fields[count].name);
    if (older->field_count > count)
        shm_compare_break(compare, "struct %s: field %s was removed: structs are closed", name,
                          older->fields[count].name);
}

static bool compare_enums(shm_compare *compare, const shm_type *newer, const shm_type *older)
{
    shm_name_table names;
    if (!shm_name_table_create(&names, &compare->scratch, newer->value_count))
        return false;
    if (newer->element->kind != older->element->kind)
        shm_compare_break(compare, "enum %s: %s became %s", older->name,
                          shm_scalar_name(older->element->kind),
                          shm_scalar_name(newer->element->kind));
    for (size_t i = 0; i < newer->value_count; i++) {
        const union {
            const shm_enum_value *item;
            void *value;
        } same = {.item = &newer->values[i]};
        shm_name_table_add(&names, newer->values[i].name, strlen(newer->values[i].name),
                           same.value);
    }
    for (size_t i = 0; i < older->value_count; i++) {
        const shm_enum_value *before = &older->values[i];
        const shm_enum_value *now = shm_name_table_find(&names, before->name, strlen(before->name));
        if (now == NULL)
            shm_compare_break(compare, "enum %s: value %s was removed", older->name, before->name);
        else if (now->value != before->value)
            shm_compare_break(compare, "enum %s: the number of %s changed", older->name,
                              before->name);
    }
    return true;
}

static const char *kind_word(const shm_type *type)
{
    return type->kind == SHM_ENUM ? "enum" : type->kind == SHM_STRUCT ? "struct" : "record";
}

static bool compare_declared(shm_compare *compare, const shm_type *newer, const shm_type *older)
{
    if (newer == NULL) {
        shm_compare_break(compare, "%s %s was removed", kind_word(older), older->name);
        return true;
    }
    if (newer->kind != older->kind) {
        shm_compare_break(compare, "%s %s became a %s", kind_word(older), older->name,
                          kind_word(newer));
        return true;
    }
    if (older->kind == SHM_RECORD)
        return compare_records(compare, newer, older);
    if (older->kind == SHM_ENUM)
        return compare_enums(compare, newer, older);
    compare_structs(compare, newer, older);
    return true;
}

bool shm_compare_types(shm_compare *compare)
{
    shm_name_table names;
    const shm_schema *newer = compare->newer;
    const shm_schema *older = compare->older;
    if (!shm_name_table_create(&names, &compare->scratch, newer->declared_count))
        return false;
    for (size_t i = 0; i < newer->declared_count; i++) {
        const char *name = newer->declared[i]->name;
        shm_name_table_add(&names, name, strlen(name), shm_type_node_of(newer->declared[i]));
    }
    for (size_t i = 0; i < older->declared_count; i++) {
        const shm_type *type = older->declared[i];
        const shm_type_node *found = shm_name_table_find(&names, type->name, strlen(type->name));
        if (shm_type_node_of(type)->reached &&
            !compare_declared(compare, found == NULL ? NULL : &found->type, type))
            return false;
    }
    return true;
}

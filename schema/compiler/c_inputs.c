/* What a builder takes: plain structs in the program's own memory. */
#include "schema/compiler/c_unit.h"

static void forward(shm_c_unit *unit, const char *name)
{
    if (shm_c_first(unit, shm_c_text(unit, "forward %s", name)))
        shm_c_print(unit, "typedef struct %s %s;\n", name, name);
}

/* Types that are called by a forward declaration where they are only pointed to. */
static void forward_element(shm_c_unit *unit, const shm_type *type)
{
    if (shm_c_is_plain(type) || type->kind <= SHM_UUID || shm_c_is_cell_list(type))
        return;
    if (type->name == NULL || shm_c_is_own(type))
        forward(unit, shm_c_input(unit, type));
}

static void need(shm_c_unit *unit, const shm_type *type);

static void print_list(shm_c_unit *unit, const shm_type *type, const char *name)
{
    const char *items = shm_c_input(unit, type->element);
    if (shm_c_is_cell_list(type->element))
        need(unit, type->element);
    forward_element(unit, type->element);
    if (type->kind == SHM_DICT) {
        items = shm_c_text(unit, "%s_entry", shm_c_family(unit, type));
        forward(unit, items);
    }
    shm_c_print(unit, "\ntypedef struct %s {\n    const %s *items;\n", name, items);
    if (type->kind == SHM_TENSOR)
        shm_c_print(unit, "    const uint64_t *shape; /* NULL: an empty tensor of shape [0] */\n"
                          "    size_t ndim;\n");
    else
        shm_c_print(unit, "    size_t count;\n");
    shm_c_print(unit, "} %s;\n", name);
}

/* An optional record is absent where its pointer is NULL. */
bool shm_c_input_flags(shm_c_unit *unit, const shm_type *type, shm_c_flags *flags)
{
    shm_claims members = {0};
    const size_t count = type->field_count + 1;
    flags->has = shm_arena_alloc_array(&unit->arena, count, sizeof *flags->has);
    flags->null = shm_arena_alloc_array(&unit->arena, count, sizeof *flags->null);
    if (flags->has == NULL || flags->null == NULL) {
        unit->failed = true;
        return false;
    }
    for (size_t i = 0; i < type->field_count; i++)
        shm_c_spare(unit, &members, shm_c_field(unit, type, i));
    for (size_t i = 0; i < type->field_count; i++) {
        const shm_type *optional = type->fields[i].type;
        if (optional->kind != SHM_OPTIONAL)
            continue;
        const char *name = type->fields[i].name;
        if (name == NULL)
            name = shm_c_field(unit, type, i);
        if (optional->element->kind != SHM_RECORD)
            flags->has[i] = shm_c_spare(unit, &members, shm_c_text(unit, "has_%s", name));
        if (optional->nullable)
            flags->null[i] = shm_c_spare(unit, &members, shm_c_text(unit, "%s_is_null", name));
    }
    shm_claims_free(&members);
    return true;
}

static void print_members(shm_c_unit *unit, const shm_type *type)
{
    shm_c_flags flags;
    if (!shm_c_input_flags(unit, type, &flags))
        return;
    for (size_t i = 0; i < type->field_count; i++) {
        const shm_field *field = &type->fields[i];
        const shm_type *value = shm_c_value_type(field->type);
        shm_c_doc(unit, field->doc, "    ");
        if (flags.has[i] != NULL)
            shm_c_print(unit, "    bool %s;\n", flags.has[i]);
        if (flags.null[i] != NULL)
            shm_c_print(unit, "    bool %s;\n", flags.null[i]);
        const char *note = value->kind == SHM_ANY       ? " /* from a shm_any_writer */"
                           : value->kind == SHM_DECIMAL ? " /* its text */"
                                                        : "";
        shm_c_print(unit, "    %s;%s\n",
                    shm_c_declare_input(unit, value, shm_c_field(unit, type, i)), note);
    }
    if (type->field_count == 0)
        shm_c_print(unit, "    uint8_t zero_0;\n");
}

static void print_fields(shm_c_unit *unit, const shm_type *type, const char *name)
{
    for (size_t i = 0; i < type->field_count; i++)
        need(unit, shm_c_value_type(type->fields[i].type));
    forward(unit, name);
    shm_c_print(unit, "\n");
    if (type->kind == SHM_RECORD)
        shm_c_print(unit, "/* %s to build.  All zero is empty, zero and absent. */\n", type->name);
    shm_c_print(unit, "struct %s {\n", name);
    print_members(unit, type);
    shm_c_print(unit, "};\n");
}

/* Makes the input form complete, so that it can be a member.  Recursion: through what is held by
 * value, bounded by SHM_STRUCT_DEPTH_MAX and SHM_TYPE_DEPTH_MAX. */
static void need(shm_c_unit *unit, const shm_type *type)
{
    while (type->kind == SHM_ARRAY)
        type = type->element;
    if (shm_c_is_plain(type) || type->kind <= SHM_UUID)
        return;
    const bool own = type->name == NULL || shm_c_is_own(type);
    const char *name = shm_c_input(unit, type);
    if (type->kind == SHM_RECORD) {
        if (own)
            forward(unit, name);
        return;
    }
    if (!own || !shm_c_first(unit, shm_c_text(unit, "input %s", name)))
        return;
    if (shm_c_is_cell_list(type)) {
        print_list(unit, type, name);
        return;
    }
    if (type->kind != SHM_OPTIONAL) {
        print_fields(unit, type, name);
        return;
    }
    need(unit, type->element);
    forward(unit, name);
    shm_c_print(unit, "\nstruct %s {\n    bool has_value;\n    %s;\n};\n", name,
                shm_c_declare_input(unit, type->element, "value"));
}

/* An array as an element of a list stands in a struct, as C has no lists of arrays. */
static void need_element(shm_c_unit *unit, const shm_type *type)
{
    need(unit, type);
    if (type->kind != SHM_ARRAY || shm_c_is_plain(type))
        return;
    const char *name = shm_c_input(unit, type);
    if (!shm_c_first(unit, shm_c_text(unit, "input %s", name)))
        return;
    forward(unit, name);
    shm_c_print(unit, "\nstruct %s {\n    %s;\n};\n", name,
                shm_c_declare_input(unit, type, "items"));
}

/* The elements of lists, which were only pointed to so far.  Bounded by SHM_TYPE_DEPTH_MAX. */
static void need_parts(shm_c_unit *unit, const shm_type *type)
{
    if (type->kind == SHM_TUPLE) {
        for (size_t i = 0; i < type->field_count; i++)
            need_parts(unit, shm_c_value_type(type->fields[i].type));
        return;
    }
    if (type->kind == SHM_DICT) {
        const char *entry = shm_c_text(unit, "%s_entry", shm_c_family(unit, type));
        need(unit, type->key);
        need(unit, type->element);
        if (type->element->kind == SHM_ARRAY)
            need_parts(unit, type->element);
        if (shm_c_first(unit, shm_c_text(unit, "input %s", entry)))
            shm_c_print(unit, "\nstruct %s {\n    %s key;\n    %s;\n};\n", entry,
                        shm_c_input(unit, type->key),
                        shm_c_declare_input(unit, type->element, "value"));
    } else if (type->kind == SHM_LIST || type->kind == SHM_SET) {
        need_element(unit, type->element);
    }
    if (type->kind == SHM_LIST || type->kind == SHM_SET || type->kind == SHM_DICT ||
        type->kind == SHM_ARRAY || type->kind == SHM_OPTIONAL)
        need_parts(unit, type->element);
}

void shm_c_need_input(shm_c_unit *unit, const shm_type *type)
{
    need(unit, type);
    need_parts(unit, type);
}

void shm_c_inputs(shm_c_unit *unit)
{
    const shm_schema *schema = unit->schema;
    shm_c_print(unit, "\n");
    for (size_t i = 0; i < schema->declared_count; i++) {
        if (schema->declared[i]->kind != SHM_ENUM)
            forward_element(unit, schema->declared[i]);
    }
    for (size_t i = 0; i < schema->declared_count; i++) {
        const shm_type *type = schema->declared[i];
        if (!shm_c_is_own(type))
            continue;
        if (type->kind == SHM_STRUCT) {
            need(unit, type);
        } else if (type->kind == SHM_RECORD) {
            print_fields(unit, type, shm_c_input(unit, type));
        }
    }
    for (size_t i = 0; i < schema->declared_count; i++) {
        const shm_type *type = schema->declared[i];
        for (size_t k = 0; shm_c_is_own(type) && k < type->field_count; k++)
            need_parts(unit, shm_c_value_type(type->fields[k].type));
    }
}

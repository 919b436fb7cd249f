/* Accessors: one line each, over the cells of a row. */
#include "schema/compiler/c_unit.h"

/* One field of a row whose accessors are printed. */
struct place {
    shm_c_unit *unit;
    const char *argument; /* "const geo_city *row" */
    const char *base;     /* "geo_city" */
    const char *name;     /* the field's, as functions have it: "tags" */
    const char *at;       /* "row->tags" */
    bool scalars_too;
};

static const char *function(const struct place *place, const char *suffix)
{
    return shm_c_text(place->unit, "%s_%s%s", place->base, place->name, suffix);
}

static void print_presence(const struct place *place, const shm_field *field, const char *word)
{
    shm_c_unit *unit = place->unit;
    const char *has = shm_c_text(unit, "%s_has_%s", place->base, place->name);
    if (!field->type->nullable) {
        shm_c_inline(
            unit, "bool", has, place->argument,
            shm_c_text(unit, "return (row->%s >> %u & 1) == 1;", word, field->presence_bit));
        return;
    }
    shm_c_print(unit, "\n/* Present: neither absent nor null. */");
    shm_c_inline(unit, "bool", has, place->argument,
                 shm_c_text(unit, "return (row->%s >> %u & 3) == 1;", word, field->presence_bit));
    shm_c_inline(unit, "bool", function(place, "_is_null"), place->argument,
                 shm_c_text(unit, "return (row->%s >> %u & 3) == 3;", word, field->presence_bit));
}

static void print_count(const struct place *place)
{
    shm_c_inline(place->unit, "size_t", function(place, "_count"), place->argument,
                 shm_c_text(place->unit, "return (size_t)%s.count;", place->at));
}

/* The function of the field's family with that suffix, given the cell and more arguments. */
static void print_delegate(const struct place *place, const shm_type *type, const char *result,
                           const char *suffix, const char *arguments, const char *values)
{
    shm_c_unit *unit = place->unit;
    shm_c_inline(unit, result, function(place, suffix),
                 shm_c_text(unit, "%s%s", place->argument, arguments),
                 shm_c_text(unit, "return %s%s(&%s%s);", shm_c_family(unit, type), suffix,
                            place->at, values));
}

static void print_list(const struct place *place, const shm_type *type)
{
    shm_c_unit *unit = place->unit;
    const char *span = shm_c_span(unit, type->element);
    if (span != NULL)
        shm_c_inline(unit, span, function(place, ""), place->argument,
                     shm_c_text(unit, "return %s_span(&%s);", shm_c_family(unit, type), place->at));
    print_count(place);
    print_delegate(place, type, shm_c_read_type(unit, type->element), "_at", ", size_t i", ", i");
    if (type->kind == SHM_SET)
        print_delegate(place, type, "bool", "_contains",
                       shm_c_text(unit, ", %s key", shm_c_key_type(unit, type->element)), ", key");
}

static void print_dict(const struct place *place, const shm_type *type)
{
    shm_c_unit *unit = place->unit;
    const char *value = shm_c_read_type(unit, type->element);
    print_count(place);
    print_delegate(place, type, shm_c_read_type(unit, type->key), "_key_at", ", size_t i", ", i");
    print_delegate(place, type, value, "_value_at", ", size_t i", ", i");
    print_delegate(place, type, "bool", "_find",
                   shm_c_text(unit, ", %s key, %s *value", shm_c_key_type(unit, type->key), value),
                   ", key, value");
}

/* Arrays of cells: one index for each dimension. */
static void print_array(const struct place *place, const shm_type *type)
{
    shm_c_unit *unit = place->unit;
    const char *arguments = place->argument;
    const char *at = place->at;
    const char *name = "i";
    for (; type->kind == SHM_ARRAY; type = type->element) {
        arguments = shm_c_text(unit, "%s, size_t %s", arguments, name);
        at = shm_c_text(unit, "%s[%s]", at, name);
        name = shm_c_text(unit, "%s_inner", name);
    }
    shm_c_inline(unit, shm_c_read_type(unit, type), function(place, "_at"), arguments,
                 shm_c_text(unit, "return %s;", shm_c_read(unit, type, at)));
}

static void print_tensor(const struct place *place, const shm_type *type)
{
    shm_c_unit *unit = place->unit;
    const char *element = shm_c_in_place(unit, type->element);
    shm_c_inline(unit, "shm_tensor", function(place, ""), place->argument,
                 shm_c_text(unit, "return shm_list_cell_tensor(&%s);", place->at));
    shm_c_inline(
        unit, shm_c_text(unit, "const %s *", element), function(place, "_data"), place->argument,
        shm_c_text(unit, "return (const %s *)shm_list_cell_tensor(&%s).data;", element, place->at));
}

static void print_field(const struct place *place, const shm_type *type)
{
    shm_c_unit *unit = place->unit;
    switch (type->kind) {
    case SHM_LIST:
    case SHM_SET:
        print_list(place, type);
        return;
    case SHM_DICT:
        print_dict(place, type);
        return;
    case SHM_TENSOR:
        print_tensor(place, type);
        return;
    case SHM_ARRAY:
        if (!shm_c_is_plain(type))
            print_array(place, type);
        else if (place->scalars_too) {
            shm_c_need_value(unit, type->element);
            shm_c_inline(unit, shm_c_read_type(unit, type), function(place, ""), place->argument,
                         shm_c_text(unit, "return %s;", place->at));
        }
        return;
    default:
        break;
    }
    if (shm_c_is_text(type) || type->kind == SHM_RECORD || place->scalars_too)
        shm_c_inline(unit, shm_c_read_type(unit, type), function(place, ""), place->argument,
                     shm_c_text(unit, "return %s;", shm_c_read(unit, type, place->at)));
}

void shm_c_accessors(shm_c_unit *unit, const shm_type *type, const char *row, const char *base,
                     bool scalars_too)
{
    const char **presence = shm_c_presence(unit, type);
    if (presence == NULL)
        return;
    struct place place = {.unit = unit, .base = base, .scalars_too = scalars_too};
    place.argument = shm_c_text(unit, "const %s *row", row);
    for (size_t i = 0; i < type->field_count; i++) {
        const shm_field *field = &type->fields[i];
        const char *member = shm_c_field(unit, type, i);
        place.name = field->name == NULL ? member : field->name;
        place.at = shm_c_text(unit, "row->%s", member);
        if (presence[i] != NULL)
            print_presence(&place, field, presence[i]);
        print_field(&place, shm_c_value_type(field->type));
    }
}

void shm_c_type_accessors(shm_c_unit *unit)
{
    const shm_schema *schema = unit->schema;
    for (size_t i = 0; i < schema->declared_count; i++) {
        const shm_type *type = schema->declared[i];
        for (size_t k = 0; shm_c_is_own(type) && k < type->field_count; k++)
            shm_c_need_family(unit, shm_c_value_type(type->fields[k].type));
    }
    for (size_t i = 0; i < schema->declared_count; i++) {
        const shm_type *type = schema->declared[i];
        if (type->kind == SHM_ENUM || !shm_c_is_own(type))
            continue;
        const char *name = shm_c_declared(unit, type);
        shm_c_accessors(unit, type, name, name, false);
    }
}

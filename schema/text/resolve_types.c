#include "schema/text/resolve.h"

static const shm_type *placeholder(shm_resolver *resolver)
{
    return shm_pool_scalar(&resolver->pool, SHM_BOOL);
}

static const shm_type *resolve(shm_resolver *resolver, const shm_type_place *place,
                               const shm_ast_type *type);

/* Interns a type; too large a one is told of. */
static const shm_type *intern(shm_resolver *resolver, const shm_type_place *place, uint32_t at,
                              const shm_type *shape, const shm_type *const *parts,
                              size_t part_count)
{
    const shm_type *type = NULL;
    const shm_status status = shape->kind == SHM_TUPLE
                                  ? shm_pool_add_tuple(&resolver->pool, parts, part_count, &type)
                                  : shm_pool_add(&resolver->pool, shape, &type);
    if (status == SHM_LIMIT) {
        shm_diagnose(resolver->diagnostics, &place->file->source, at, SHM_LIMIT,
                     "a value of this type takes more than %llu bytes",
                     (unsigned long long)SHM_ROW_SIZE_MAX);
        return placeholder(resolver);
    }
    return status == SHM_OK ? type : NULL;
}

static bool add_required(shm_resolver *resolver, shm_symbol *holder, shm_symbol *held, uint32_t at)
{
    shm_required *required = shm_arena_alloc(&resolver->scratch, sizeof *required);
    if (required == NULL)
        return false;
    *required = (shm_required){held, at, holder->required};
    holder->required = required;
    return true;
}

static const shm_type *scalar(shm_resolver *resolver, const shm_type_place *place, shm_kind kind,
                              uint32_t at)
{
    const shm_type *type = shm_pool_scalar(&resolver->pool, kind);
    if (type != NULL && place->in_struct && type->has_cells)
        shm_resolver_fail(resolver, place->file, at,
                          "a struct holds fixed-size values in place, no %s: make it a record",
                          shm_scalar_name(kind));
    return type;
}

/* The symbol of a type's name; NULL if there is none, which is told. */
static shm_symbol *type_symbol(shm_resolver *resolver, const shm_type_place *place,
                               const shm_ast_name *name)
{
    bool ambiguous;
    shm_symbol *symbol = shm_resolve_symbol(resolver, place->file, name, &ambiguous);
    if (symbol == NULL && !ambiguous)
        shm_resolver_miss(resolver, place->file, name->at, "there is no type '%.*s'",
                          (int)name->length, name->text);
    if (symbol == NULL || symbol->declaration->kind != SHM_DECLARE_CONST)
        return symbol;
    shm_resolver_fail(resolver, place->file, name->at, "'%.*s' is a constant, not a type",
                      (int)name->length, name->text);
    return NULL;
}

static const shm_type *named(shm_resolver *resolver, const shm_type_place *place,
                             const shm_ast_type *ast)
{
    const shm_ast_name *name = &ast->name;
    const shm_kind kind = shm_scalar_kind(name->text, name->length);
    if (kind != 0)
        return scalar(resolver, place, kind, ast->at);
    shm_symbol *symbol = type_symbol(resolver, place, name);
    if (symbol == NULL)
        return placeholder(resolver);
    if (symbol->declaration->kind == SHM_DECLARE_STRUCT) {
        if (symbol->state == SHM_SYMBOL_OPEN) {
            shm_resolver_fail(resolver, place->file, ast->at, "the struct %s holds itself",
                              symbol->type->name);
            return placeholder(resolver);
        }
        if (symbol->state == SHM_SYMBOL_NEW && resolver->open_structs == SHM_STRUCT_DEPTH_MAX) {
            shm_diagnose(resolver->diagnostics, &place->file->source, ast->at, SHM_LIMIT,
                         "structs nested more than %d deep", SHM_STRUCT_DEPTH_MAX);
            return placeholder(resolver);
        }
        if (symbol->state == SHM_SYMBOL_NEW && !shm_resolve_struct(resolver, symbol))
            return NULL;
        if (symbol->depth > resolver->part_depth)
            resolver->part_depth = symbol->depth;
    } else if (symbol->declaration->kind == SHM_DECLARE_RECORD) {
        if (place->in_struct)
            shm_resolver_fail(resolver, place->file, ast->at,
                              "a struct holds fixed-size values in place, no records: make it a "
                              "record");
        if (place->required && place->record != NULL &&
            !add_required(resolver, place->record, symbol, ast->at))
            return NULL;
    }
    return symbol->type;
}

static const shm_type *reference(shm_resolver *resolver, const shm_type_place *place,
                                 const shm_ast_type *ast)
{
    shm_symbol *symbol = type_symbol(resolver, place, &ast->name);
    if (symbol == NULL)
        return placeholder(resolver);
    if (symbol->declaration->kind != SHM_DECLARE_RECORD) {
        shm_resolver_fail(resolver, place->file, ast->name.at,
                          "ref refers to rows of a record; %s is none", symbol->type->name);
        return placeholder(resolver);
    }
    shm_ref_use *use = shm_arena_alloc(&resolver->scratch, sizeof *use);
    if (use == NULL)
        return NULL;
    *use = (shm_ref_use){place->owner, symbol, place->file, ast->at, resolver->refs};
    resolver->refs = use;
    const shm_type shape = {.kind = SHM_REF, .element = symbol->type};
    return intern(resolver, place, ast->at, &shape, NULL, 0);
}

static const shm_type *tuple(shm_resolver *resolver, const shm_type_place *place,
                             const shm_ast_type *ast)
{
    const shm_type shape = {.kind = SHM_TUPLE};
    const shm_type **parts =
        shm_arena_alloc_array(&resolver->scratch, ast->part_count, sizeof *parts);
    if (parts == NULL)
        return NULL;
    size_t count = 0;
    for (const shm_ast_type *part = ast->parts; part != NULL; part = part->next) {
        parts[count] = resolve(resolver, place, part);
        if (parts[count++] == NULL)
            return NULL;
    }
    return intern(resolver, place, ast->at, &shape, parts, count);
}

static void check_element(shm_resolver *resolver, const shm_type_place *place,
                          const shm_ast_type *ast, const shm_type *element)
{
    char text[200];
    if (ast->kind == SHM_SET && !element->is_key) {
        shm_type_text(element, text, sizeof text);
        shm_resolver_fail(resolver, place->file, ast->parts->at,
                          "a set's elements are keys; %s cannot be one", text);
    } else if (ast->kind == SHM_TENSOR && !shm_kind_is_number(element->kind)) {
        shm_type_text(element, text, sizeof text);
        shm_resolver_fail(resolver, place->file, ast->parts->at,
                          "a tensor's elements are integers or floats, not %s", text);
    }
}

/* Optionals, lists, sets, dicts, arrays and tensors. */
static const shm_type *compound(shm_resolver *resolver, const shm_type_place *outer,
                                const shm_ast_type *ast)
{
    shm_type shape = {.kind = ast->kind, .nullable = ast->nullable};
    shm_type_place place = *outer;
    const shm_ast_type *element = ast->parts;
    place.nullable = false;
    place.required = outer->required && ast->kind == SHM_ARRAY;
    if (ast->nullable && !outer->nullable)
        shm_resolver_fail(resolver, place.file, ast->at,
                          "T?? stands only as the type of a record's field");
    if (place.in_struct && ast->kind != SHM_OPTIONAL && ast->kind != SHM_ARRAY) {
        shm_resolver_fail(resolver, place.file, ast->at,
                          "a struct holds fixed-size values in place: make it a record");
        return placeholder(resolver);
    }
    if (ast->kind == SHM_ARRAY &&
        !shm_resolve_count(resolver, place.file, ast->length, "the length of an array", 1,
                           SHM_ROW_SIZE_MAX, &shape.length))
        shape.length = 1;
    if (ast->kind == SHM_DICT) {
        shape.key = resolve(resolver, &place, element);
        if (shape.key == NULL)
            return NULL;
        char text[200];
        if (!shape.key->is_key) {
            shm_type_text(shape.key, text, sizeof text);
            shm_resolver_fail(resolver, place.file, element->at, "%s cannot be the key of a dict",
                              text);
        }
        element = element->next;
    }
    shape.element = resolve(resolver, &place, element);
    if (shape.element == NULL)
        return NULL;
    check_element(resolver, &place, ast, shape.element);
    return intern(resolver, &place, ast->at, &shape, NULL, 0);
}

/* Recursion: at most SHM_TYPE_DEPTH_MAX deep in one type, and that for SHM_STRUCT_DEPTH_MAX
 * structs one inside the other. */
static const shm_type *resolve(shm_resolver *resolver, const shm_type_place *place,
                               const shm_ast_type *type)
{
    if (type->kind == SHM_ENUM)
        return named(resolver, place, type);
    if (place->in_struct && (type->kind == SHM_REF || type->kind == SHM_TUPLE)) {
        shm_resolver_fail(resolver, place->file, type->at, "a struct holds no %s: make it a record",
                          type->kind == SHM_REF ? "refs" : "tuples");
        return placeholder(resolver);
    }
    if (type->kind == SHM_REF)
        return reference(resolver, place, type);
    if (type->kind != SHM_TUPLE)
        return compound(resolver, place, type);
    shm_type_place inside = *place;
    inside.nullable = false;
    return tuple(resolver, &inside, type);
}

const shm_type *shm_resolve_type(shm_resolver *resolver, const shm_type_place *place,
                                 const shm_ast_type *type)
{
    return resolve(resolver, place, type);
}

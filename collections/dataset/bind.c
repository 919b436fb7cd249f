/* bind.c — from the program's schema to the image's: collections by name, records by name, their
 * fields by name or former name. */
#include "collections/dataset/bind.h"

#include <stdio.h>
#include <string.h>

#include "libshm/error.h"

/* ---- breaks ---- */

struct breaks {
    char text[SHM_ERROR_TEXT_BYTES];
    size_t length;
    size_t left_out;
};

static void add_break(void *context, const char *text)
{
    struct breaks *breaks = context;
    const size_t room = sizeof breaks->text - breaks->length;
    const size_t needed = strlen(text) + 2;
    /* Some room stays for the words around the list. */
    if (breaks->left_out > 0 || needed + 200 > room) {
        breaks->left_out++;
        return;
    }
    const char *between = breaks->length == 0 ? "" : "; ";
    const int added = snprintf(breaks->text + breaks->length, room, "%s%s", between, text);
    breaks->length += added > 0 ? (size_t)added : 0;
}

/* Either may be the newer one: *image_is_newer is set to whether the image's is. */
static shm_status check_compatible(const shm_schema *program, const shm_schema *stored,
                                   bool *image_is_newer, shm_error *error)
{
    struct breaks breaks = {.text = ""};
    bool old_reads_new = false;
    if (shm_schema_compatible(program, stored, add_break, &breaks, NULL)) {
        return SHM_OK;
    }
    if (shm_schema_compatible(stored, program, NULL, NULL, &old_reads_new)) {
        *image_is_newer = true;
        return old_reads_new
                   ? SHM_OK
                   : shm_fail(error, SHM_SCHEMA_MISMATCH,
                              "the image was built with a newer version of the schema, in which an "
                              "integer field is larger: only programs of that version can read it");
    }
    if (breaks.left_out > 0) {
        return shm_fail(error, SHM_SCHEMA_MISMATCH,
                        "the image was built with an incompatible schema: %s; and %zu more",
                        breaks.text, breaks.left_out);
    }
    return shm_fail(error, SHM_SCHEMA_MISMATCH,
                    "the image was built with an incompatible schema: %s", breaks.text);
}

/* ---- fields ---- */

static bool same_name(const char *a, const char *b)
{
    return a != NULL && b != NULL && strcmp(a, b) == 0;
}

/* The field of that name, sought from `hint` on; SIZE_MAX if there is none. */
static size_t find_name(const shm_type *record, const char *name, size_t hint)
{
    for (size_t i = 0; i < record->field_count; i++) {
        const size_t at = (hint + i) % record->field_count;
        if (same_name(record->fields[at].name, name)) {
            return at;
        }
    }
    return SIZE_MAX;
}

/* The same by the former name. */
static size_t find_former(const shm_type *record, const char *name, size_t hint)
{
    for (size_t i = 0; i < record->field_count; i++) {
        const size_t at = (hint + i) % record->field_count;
        if (same_name(record->fields[at].was, name)) {
            return at;
        }
    }
    return SIZE_MAX;
}

/* The stored field that the program's field `field` reads: of its name, else what it was called in
 * an older image, or came to be called in a newer one.  SIZE_MAX if there is none. */
static size_t find_field(const shm_dataset *dataset, const shm_type *program, size_t field,
                         const shm_type *stored)
{
    const shm_field *wanted = &program->fields[field];
    const size_t named = find_name(stored, wanted->name, field);
    if (named != SIZE_MAX) {
        return named;
    }
    if (dataset->image_is_newer) {
        return find_former(stored, wanted->name, field);
    }
    return wanted->was == NULL ? SIZE_MAX : find_name(stored, wanted->was, field);
}

static uint8_t optional_form(const shm_type *type)
{
    if (type->kind != SHM_OPTIONAL) {
        return 0;
    }
    return type->nullable ? 2 : 1;
}

static void bind_present(const shm_field *stored, shm_bound_field *bound)
{
    const shm_type *type = shm_type_bare(stored->type);
    bound->offset = stored->offset;
    bound->presence_offset = stored->presence_offset;
    bound->presence_bit = stored->presence_bit;
    bound->stored_kind = (uint8_t)(type->kind == SHM_ENUM ? type->element->kind : type->kind);
    bound->optional = optional_form(stored->type);
}

static bool bind_missing(const shm_field *program, shm_arena *arena, shm_bound_field *bound)
{
    bound->fallback = shm_fallback_make(program, arena);
    bound->optional = optional_form(program->type);
    bound->fallback_present = program->has_default;
    return bound->fallback != NULL;
}

static bool bind_fields(shm_dataset *dataset, const shm_type *program, const shm_type *stored)
{
    shm_bound_field *bound =
        shm_arena_alloc_array(&dataset->arena, program->field_count, sizeof *bound);
    size_t *numbers = shm_arena_alloc_array(&dataset->arena, program->field_count, sizeof *numbers);
    if (bound == NULL || numbers == NULL) {
        return false;
    }
    for (size_t i = 0; i < program->field_count; i++) {
        numbers[i] = dataset->exact ? i : find_field(dataset, program, i, stored);
        if (numbers[i] != SIZE_MAX) {
            bind_present(&stored->fields[numbers[i]], &bound[i]);
        } else if (!bind_missing(&program->fields[i], &dataset->arena, &bound[i])) {
            return false;
        }
    }
    dataset->bound_fields[program->id] = bound;
    dataset->stored_fields[program->id] = numbers;
    dataset->stored_types[program->id] = stored;
    return true;
}

/* ---- types and collections ---- */

/* The declared type of the same name, sought from *hint on, which then follows it: types are mostly
 * declared in one order in both schemas. */
static const shm_type *find_declared(const shm_schema *schema, const shm_type *wanted, size_t *hint)
{
    for (size_t i = 0; i < schema->declared_count; i++) {
        const size_t at = (*hint + i) % schema->declared_count;
        const shm_type *type = schema->declared[at];
        if (type->kind == wanted->kind && same_name(type->name, wanted->name)) {
            *hint = at + 1;
            return type;
        }
    }
    return NULL;
}

static bool bind_types(shm_dataset *dataset)
{
    const shm_schema *program = dataset->schema;
    size_t hint = 0;
    for (size_t i = 0; i < program->declared_count; i++) {
        const shm_type *type = program->declared[i];
        const shm_type *stored = find_declared(dataset->stored.schema, type, &hint);
        if (stored == NULL) {
            continue;
        }
        dataset->stored_types[type->id] = stored;
        if (type->kind == SHM_RECORD && !bind_fields(dataset, type, stored)) {
            return false;
        }
    }
    return true;
}

static bool has_hidden_record(const shm_collection *collection)
{
    return collection->kind == SHM_MAP || collection->kind == SHM_MULTIMAP ||
           collection->kind == SHM_SET_OF;
}

static bool bind_collections(shm_dataset *dataset)
{
    const shm_dataset_type *program = dataset->schema->dataset;
    const shm_dataset_type *stored = dataset->stored.schema->dataset;
    for (size_t i = 0; i < program->collection_count; i++) {
        const shm_collection *wanted = &program->collections[i];
        const shm_collection *found =
            dataset->exact ? &stored->collections[i]
                           : shm_schema_collection(dataset->stored.schema, wanted->name);
        if (found == NULL) {
            continue;
        }
        dataset->collections[i] = &dataset->stored.collections[found->number];
        if (has_hidden_record(wanted) && !bind_fields(dataset, wanted->record, found->record)) {
            return false;
        }
    }
    return true;
}

static bool make_tables(shm_dataset *dataset)
{
    shm_arena *arena = &dataset->arena;
    const size_t type_count = dataset->schema->type_count;
    const size_t collection_count = dataset->schema->dataset->collection_count;
    dataset->collections =
        shm_arena_alloc_array(arena, collection_count, sizeof(const struct shm_bound_collection *));
    dataset->bound_fields =
        shm_arena_alloc_array(arena, type_count, sizeof(const shm_bound_field *));
    dataset->stored_fields = shm_arena_alloc_array(arena, type_count, sizeof(const size_t *));
    dataset->stored_types = shm_arena_alloc_array(arena, type_count, sizeof(const shm_type *));
    return dataset->collections != NULL && dataset->bound_fields != NULL &&
           dataset->stored_fields != NULL && dataset->stored_types != NULL;
}

shm_status shm_dataset_bind(shm_dataset *dataset, const shm_schema *program, shm_error *error)
{
    const shm_schema *stored = dataset->stored.schema;
    dataset->schema = program == NULL ? stored : program;
    if (dataset->schema->dataset == NULL) {
        return shm_fail(error, SHM_INVALID, "the schema to read under declares no dataset");
    }
    dataset->exact =
        memcmp(dataset->schema->fingerprint, stored->fingerprint, sizeof stored->fingerprint) == 0;
    if (!dataset->exact) {
        const shm_status status =
            check_compatible(program, stored, &dataset->image_is_newer, error);
        if (status != SHM_OK) {
            return status;
        }
    }
    if (!make_tables(dataset) || !bind_types(dataset) || !bind_collections(dataset)) {
        return shm_fail_memory(error);
    }
    return SHM_OK;
}

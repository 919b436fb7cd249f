#include "tests/support/schemas.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Noreturn void stop(const char *what, const char *detail)
{
    fprintf(stderr, "%s: %s\n", what, detail);
    abort();
}

const shm_schema *shm_test_parse(const char *text)
{
    const shm_schema *schema = NULL;
    shm_error error;
    if (shm_schema_parse(text, strlen(text), "t", NULL, &schema, &error) != SHM_OK)
        stop("a schema of a test", error.text);
    return schema;
}

const char *shm_test_parse_error(const char *text, shm_status *status)
{
    static shm_error error;
    const shm_schema *schema = NULL;
    const shm_status result = shm_schema_parse(text, strlen(text), "t", NULL, &schema, &error);
    if (status != NULL)
        *status = result;
    if (result != SHM_OK)
        return error.text;
    shm_schema_free(schema);
    return "";
}

const shm_type *shm_test_type_of(const shm_schema *schema, const char *name)
{
    for (size_t i = 0; i < schema->declared_count; i++) {
        if (strcmp(schema->declared[i]->name, name) == 0)
            return schema->declared[i];
    }
    stop("there is no type", name);
}

const shm_field *shm_test_field_of(const shm_type *type, const char *name)
{
    for (size_t i = 0; i < type->field_count; i++) {
        if (strcmp(type->fields[i].name, name) == 0)
            return &type->fields[i];
    }
    stop("there is no field", name);
}

/* fields.h — finding a field of a record or struct by its name. */
#ifndef BINDINGS_CLI_FIELDS_H
#define BINDINGS_CLI_FIELDS_H

#include <stddef.h>
#include <stdint.h>

#include <shm/schema.h>

typedef struct shm_field_name {
    const char *text;
    size_t length;
} shm_field_name;

/* The names of one type: an open hash table of field numbers over them. */
typedef struct shm_field_table {
    size_t count;
    shm_field_name *names; /* by field number */
    uint32_t *slots;       /* number + 1; 0: empty */
    size_t slot_mask;
} shm_field_table;

/* The tables of all types of a schema, made when first asked for. */
typedef struct shm_field_tables {
    shm_field_table **by_type;
    size_t type_count;
} shm_field_tables;

void shm_field_tables_open(shm_field_tables *tables, const shm_schema *schema);
void shm_field_tables_close(shm_field_tables *tables);

const shm_field_table *shm_field_tables_at(shm_field_tables *tables, const shm_type *type);

/* SIZE_MAX: no such field. */
size_t shm_field_table_find(const shm_field_table *table, shm_string name);

#endif

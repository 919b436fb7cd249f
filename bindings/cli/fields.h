/* fields.h — finding a field of a record or struct by its name. */
#ifndef BINDINGS_CLI_FIELDS_H
#define BINDINGS_CLI_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <shm/schema.h>

#include "input.h"

enum { SHM_MEMBER_WORDS = SHM_INPUT_SLACK_BYTES / 8 };

typedef struct shm_field_name {
    const char *text;
    size_t length;
    /* What a member mostly begins with, `"text":`, as words, the last one filled up with zeros;
     * word_count 0: longer than these. */
    size_t member_length;
    size_t word_count;
    uint64_t last_mask;
    uint64_t words[SHM_MEMBER_WORDS];
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

/* Whether `"name":` stands at `at`.  SHM_INPUT_SLACK_BYTES may be read there. */
static inline bool shm_field_name_stands(const shm_field_name *name, const char *at)
{
    uint64_t word;
    size_t i = 0;
    for (; i + 1 < name->word_count; i++, at += sizeof word) {
        memcpy(&word, at, sizeof word);
        if (word != name->words[i]) {
            return false;
        }
    }
    memcpy(&word, at, sizeof word);
    return name->word_count > 0 && (word & name->last_mask) == name->words[i];
}

/* SIZE_MAX: no such field. */
size_t shm_field_table_find(const shm_field_table *table, shm_string name);

#endif

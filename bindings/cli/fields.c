#include "fields.h"

#include <stdlib.h>
#include <string.h>

#include "cli.h"

void shm_field_tables_open(shm_field_tables *tables, const shm_schema *schema)
{
    const size_t bytes = (schema->type_count + 1) * sizeof(shm_field_table *);
    tables->type_count = schema->type_count;
    tables->by_type = shm_cli_realloc(NULL, bytes);
    memset(tables->by_type, 0, bytes);
}

void shm_field_tables_close(shm_field_tables *tables)
{
    for (size_t i = 0; i < tables->type_count; i++) {
        shm_field_table *table = tables->by_type[i];
        if (table != NULL) {
            free(table->names);
            free(table->slots);
            free(table);
        }
    }
    free(tables->by_type);
    memset(tables, 0, sizeof *tables);
}

static size_t hash_name(const char *text, size_t length)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < length; i++) {
        hash = (hash ^ (unsigned char)text[i]) * UINT64_C(0x100000001b3);
    }
    return (size_t)(hash ^ hash >> 32);
}

static shm_field_name make_name(const char *text)
{
    shm_field_name name = {.text = text, .length = strlen(text)};
    char member[sizeof name.words] = {0};
    name.member_length = name.length + 3;
    if (name.member_length <= sizeof member) {
        const size_t used = name.member_length % sizeof(uint64_t);
        member[0] = '"';
        memcpy(member + 1, text, name.length);
        memcpy(member + 1 + name.length, "\":", 2);
        memcpy(name.words, member, sizeof member);
        name.word_count = (name.member_length + sizeof(uint64_t) - 1) / sizeof(uint64_t);
        name.last_mask = used == 0 ? UINT64_MAX : (UINT64_C(1) << (8 * used)) - 1;
    }
    return name;
}

static shm_field_table *make_table(const shm_type *type)
{
    shm_field_table *table = shm_cli_realloc(NULL, sizeof *table);
    size_t slot_count = 4;
    while (slot_count < 2 * type->field_count) {
        slot_count *= 2;
    }
    table->count = type->field_count;
    table->names = shm_cli_realloc(NULL, (type->field_count + 1) * sizeof *table->names);
    table->slots = shm_cli_realloc(NULL, slot_count * sizeof *table->slots);
    table->slot_mask = slot_count - 1;
    memset(table->slots, 0, slot_count * sizeof *table->slots);
    for (size_t i = 0; i < type->field_count; i++) {
        const char *name = type->fields[i].name;
        table->names[i] = make_name(name);
        size_t slot = hash_name(name, table->names[i].length) & table->slot_mask;
        while (table->slots[slot] != 0) {
            slot = (slot + 1) & table->slot_mask;
        }
        table->slots[slot] = (uint32_t)(i + 1);
    }
    return table;
}

const shm_field_table *shm_field_tables_at(shm_field_tables *tables, const shm_type *type)
{
    shm_field_table **table = &tables->by_type[type->id];
    if (*table == NULL) {
        *table = make_table(type);
    }
    return *table;
}

size_t shm_field_table_find(const shm_field_table *table, shm_string name)
{
    size_t slot = hash_name(name.data, name.length) & table->slot_mask;
    while (table->slots[slot] != 0) {
        const size_t i = table->slots[slot] - 1;
        if (table->names[i].length == name.length &&
            memcmp(table->names[i].text, name.data, name.length) == 0) {
            return i;
        }
        slot = (slot + 1) & table->slot_mask;
    }
    return SIZE_MAX;
}

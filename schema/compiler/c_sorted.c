/* c_sorted.c — finds in sorted indexes: ranges, prefixes, rows of a key. */
#include "schema/compiler/c_key.h"

/* Prints the parts of `from`, `to` or `key`, which point to a key or, if `may_lack`, to nothing. */
static void print_parts(shm_c_unit *unit, const shm_c_key *key, const char *pointer, bool may_lack)
{
    shm_c_key parts = {0};
    for (size_t i = 0; i < key->count; i++) {
        const char *value = key->count == 1 ? shm_c_text(unit, "(*%s)", pointer)
                                            : shm_c_text(unit, "%s->%s", pointer, key->names[i]);
        shm_c_key_add_parts(unit, &parts, key->types[i], value, ".");
    }
    for (size_t i = 0; i < parts.part_count; i++) {
        if (may_lack)
            shm_c_print(unit, "    %s_parts[%zu] = %s == NULL ? shm_key_word(0) : %s;\n", pointer,
                        i, pointer, parts.parts[i]);
        else
            shm_c_print(unit, "    %s_parts[%zu] = %s;\n", pointer, i, parts.parts[i]);
    }
}

/* The end of a function that answers rows, found by `call`. */
static void print_rows_end(shm_c_dataset *dataset, const shm_collection *collection,
                           const char *rows, const char *call)
{
    shm_c_print(dataset->unit,
                "    %s range;\n"
                "    range.rows = %s;\n"
                "    range.table = dataset->%s;\n"
                "    range.count = range.rows.count;\n"
                "    return range;\n}\n",
                rows, call, dataset->members[collection->table->number]);
}

static void print_range(shm_c_dataset *dataset, const shm_collection *collection,
                        const shm_c_key *key, const char *base, const char *rows,
                        const char *key_type)
{
    shm_c_unit *unit = dataset->unit;
    const char *index = dataset->members[collection->number];
    shm_c_print(unit, "\n/* The rows whose keys are at least *from and less than *to, in order of "
                      "their keys; NULL: from the first, to the last. */");
    shm_c_begin(unit, rows, shm_c_text(unit, "%s_range", base),
                shm_c_text(unit, "const %s *dataset, const %s *from, const %s *to", dataset->type,
                           key_type, key_type));
    shm_c_print(unit, "    shm_key_part from_parts[%zu];\n    shm_key_part to_parts[%zu];\n",
                key->part_count, key->part_count);
    print_parts(unit, key, "from", true);
    print_parts(unit, key, "to", true);
    print_rows_end(dataset, collection, rows,
                   shm_c_text(unit,
                              "shm_sorted_range(dataset->%s, from == NULL ? NULL : from_parts, "
                              "%zu, to == NULL ? NULL : to_parts, %zu)",
                              index, key->part_count, key->part_count));
}

/* Prefixes of a text, or of a key of several fields. */
static void print_prefix(shm_c_dataset *dataset, const shm_collection *collection,
                         const shm_c_key *key, const char *base, const char *rows,
                         const char *key_type)
{
    shm_c_unit *unit = dataset->unit;
    const char *index = dataset->members[collection->number];
    if (key->count == 1) {
        shm_c_print(unit, "\n/* The rows whose keys begin so, in order of their keys. */");
        shm_c_begin(unit, rows, shm_c_text(unit, "%s_prefix", base),
                    shm_c_key_arguments(dataset, key));
        shm_c_print(unit, "    const shm_key_part part = %s;\n", key->parts[0]);
        print_rows_end(dataset, collection, rows,
                       shm_c_text(unit, "shm_sorted_prefix(dataset->%s, &part, 1)", index));
        return;
    }
    shm_c_print(
        unit,
        "\n/* The rows whose keys begin with the first `part_count` fields of *key (at most "
        "%zu), in order of their keys; the last of these, if it is a text, may go on. */",
        key->count);
    shm_c_begin(unit, rows, shm_c_text(unit, "%s_prefix", base),
                shm_c_text(unit, "const %s *dataset, const %s *key, size_t part_count",
                           dataset->type, key_type));
    shm_c_print(unit, "    static const size_t ends[%zu] = {0", key->count + 1);
    shm_c_key first = {0};
    for (size_t i = 0; i < key->count; i++) {
        shm_c_key_add_parts(unit, &first, key->types[i], "", ".");
        shm_c_print(unit, ", %zu", first.part_count);
    }
    shm_c_print(unit, "};\n    shm_key_part key_parts[%zu];\n", key->part_count);
    print_parts(unit, key, "key", false);
    print_rows_end(dataset, collection, rows,
                   shm_c_text(unit,
                              "shm_sorted_prefix(dataset->%s, key_parts, "
                              "ends[part_count < %zu ? part_count : %zu])",
                              index, key->count, key->count));
}

void shm_c_index_sorted(shm_c_dataset *dataset, const shm_collection *collection,
                        const shm_c_key *key, const char *index, const char *base)
{
    shm_c_unit *unit = dataset->unit;
    const char *row = shm_c_row_type(dataset, collection);
    const char *rows = shm_c_claim(unit, shm_c_text(unit, "%s_rows", base));
    shm_c_print(unit,
                "\n/* Rows in order of their keys, those of one key in row order. */\n"
                "typedef struct %s {\n    shm_row_range rows;\n    shm_table table;\n"
                "    uint64_t count; /* how many there are */\n} %s;\n",
                rows, rows);
    const char *key_type = shm_c_key_batch(dataset, key, base);
    shm_c_print(unit, "\n/* The rows with that key. */");
    shm_c_begin(unit, rows, shm_c_text(unit, "%s_find", base), shm_c_key_arguments(dataset, key));
    const char *value = shm_c_key_print(unit, key);
    print_rows_end(dataset, collection, rows,
                   shm_c_text(unit, "shm_multi_find_%s(dataset->%s, %s)", shm_c_key_form_word(key),
                              index, value));
    print_range(dataset, collection, key, base, rows, key_type);
    if (key->count > 1 || key->types[0]->kind == SHM_STRING || key->types[0]->kind == SHM_BYTES)
        print_prefix(dataset, collection, key, base, rows, key_type);
    shm_c_print(unit, "\n/* The next row; false at the end, *row then untouched. */");
    shm_c_begin(unit, "bool", shm_c_text(unit, "%s_next", base),
                shm_c_text(unit, "%s *range, const %s **row", rows, row));
    shm_c_print(unit,
                "    uint64_t number;\n"
                "    shm_row_range_prefetch(&range->rows, &range->table);\n"
                "    if (!shm_row_range_next(&range->rows, &number))\n"
                "        return false;\n"
                "    *row = (const %s *)shm_table_at(&range->table, number);\n"
                "    return true;\n}\n",
                row);
}

/* c_index.c — finds by key, one by one and many at once, in all kinds of indexes. */
#include "schema/compiler/c_key.h"

enum { BATCH = 64 };

/* ---- unique ---- */

static void print_batch_keys(shm_c_unit *unit, const shm_c_key *key)
{
    shm_c_key element = {0};
    for (size_t i = 0; i < key->count; i++) {
        const char *value = key->count == 1 ? "keys[done + i]"
                                            : shm_c_text(unit, "keys[done + i].%s", key->names[i]);
        shm_c_key_add_parts(unit, &element, key->types[i], value, ".");
    }
    shm_c_print(unit, "        for (size_t i = 0; i < some; i++) {\n");
    for (size_t i = 0; i < element.part_count; i++)
        shm_c_print(unit, "            parts[%zu * i + %zu] = %s;\n", element.part_count, i,
                    element.parts[i]);
    shm_c_print(unit, "        }\n");
}

static void print_find_many(shm_c_dataset *dataset, const shm_collection *collection,
                            const shm_c_key *key, const char *index, const char *base)
{
    shm_c_unit *unit = dataset->unit;
    const char *row = shm_c_row_type(dataset, collection);
    const char *type = shm_c_key_batch(dataset, key, base);
    const char *words = key->form == SHM_KEY_WORD ? "words" : "texts";
    const bool as_is = key->form != SHM_KEY_PARTS &&
                       (key->types[0]->kind == SHM_U64 || key->types[0]->kind == SHM_STRING);
    const shm_collection *table = collection->table == NULL ? collection : collection->table;
    shm_c_print(unit,
                "\n/* `count` finds at once, overlapped; rows[i] is NULL where there is none.  "
                "Answers how many were found. */");
    shm_c_begin(unit, "size_t", shm_c_text(unit, "%s_find_many", base),
                shm_c_text(unit, "const %s *dataset, const %s *keys, size_t count, const %s **rows",
                           dataset->type, type, row));
    shm_c_print(unit, "    uint64_t numbers[%d];\n", BATCH);
    if (key->form == SHM_KEY_PARTS)
        shm_c_print(unit, "    shm_key_part parts[%zu * %d];\n", key->part_count, BATCH);
    else if (!as_is)
        shm_c_print(unit, "    %s %s[%d];\n", key->form == SHM_KEY_WORD ? "uint64_t" : "shm_string",
                    words, BATCH);
    shm_c_print(unit,
                "    size_t found = 0;\n"
                "    for (size_t done = 0; done < count; done += %d) {\n"
                "        const size_t some = count - done < %d ? count - done : %d;\n",
                BATCH, BATCH, BATCH);
    if (key->form == SHM_KEY_PARTS)
        print_batch_keys(unit, key);
    else if (!as_is)
        shm_c_print(unit,
                    "        for (size_t i = 0; i < some; i++)\n"
                    "            %s[i] = %s;\n",
                    words, shm_c_key_value(unit, key->types[0], "keys[done + i]"));
    const char *call = key->form == SHM_KEY_PARTS ? "many_parts" : words;
    const char *keys = key->form == SHM_KEY_PARTS ? "parts" : as_is ? "keys + done" : words;
    shm_c_print(unit,
                "        found += shm_index_find_%s(dataset->%s, %s, some, numbers);\n"
                "        for (size_t i = 0; i < some; i++)\n"
                "            rows[done + i] = (const %s *)shm_table_at(&dataset->%s, "
                "numbers[i]);\n    }\n    return found;\n}\n",
                call, index, keys, row, dataset->members[table->number]);
}

/* What answers the number of the row with the key `value`. */
static const char *row_number(shm_c_unit *unit, const shm_collection *collection,
                              const shm_c_key *key, const char *index, const char *value)
{
    if (shm_c_key_is_inlined(collection))
        return shm_c_text(unit, "shm_word_index_find(&dataset->%s, %s)", index, value);
    return shm_c_text(unit, "shm_index_find_%s(dataset->%s, %s)", shm_c_key_form_word(key), index,
                      value);
}

static void print_unique(shm_c_dataset *dataset, const shm_collection *collection,
                         const shm_c_key *key, const char *index, const char *base)
{
    shm_c_unit *unit = dataset->unit;
    const shm_collection *table = collection->table == NULL ? collection : collection->table;
    const char *pointer = shm_c_text(unit, "const %s *", shm_c_row_type(dataset, collection));
    shm_c_print(unit, "\n/* The %s with that key; NULL if there is none. */",
                collection->table == NULL ? "entry" : "row");
    shm_c_begin(unit, pointer, shm_c_text(unit, "%s_find", base),
                shm_c_key_arguments(dataset, key));
    const char *value = shm_c_key_print(unit, key);
    shm_c_print(unit, "    return (%s)shm_table_at(&dataset->%s, %s);\n}\n", pointer,
                dataset->members[table->number], row_number(unit, collection, key, index, value));
    if (collection->kind == SHM_SET_OF) {
        shm_c_begin(unit, "bool", shm_c_text(unit, "%s_contains", base),
                    shm_c_key_arguments(dataset, key));
        value = shm_c_key_print(unit, key);
        shm_c_print(unit, "    return %s != SHM_NO_ROW;\n}\n",
                    row_number(unit, collection, key, index, value));
    }
    if (shm_c_key_is_inlined(collection))
        index = shm_c_text(unit, "%s.index", index);
    print_find_many(dataset, collection, key, index, base);
}

/* ---- several rows a key ---- */

static void print_multi(shm_c_dataset *dataset, const shm_collection *collection,
                        const shm_c_key *key, const char *index, const char *base)
{
    shm_c_unit *unit = dataset->unit;
    const shm_collection *table = collection->table == NULL ? collection : collection->table;
    const char *row = shm_c_row_type(dataset, collection);
    const char *range = shm_c_claim(unit, shm_c_text(unit, "%s_range", base));
    shm_c_print(unit,
                "\n/* The %s of one key, in row order. */\ntypedef struct %s {\n"
                "    shm_row_range rows;\n    shm_table table;\n"
                "    uint64_t count; /* how many there are */\n} %s;\n",
                collection->table == NULL ? "entries" : "rows", range, range);
    if (collection->kind == SHM_APPROXIMATE)
        shm_c_print(
            unit,
            "\n/* All rows with that key; about one in %llu others may come along, so compare. */",
            (unsigned long long)collection->approximate_one_in);
    shm_c_begin(unit, range, shm_c_text(unit, "%s_find", base), shm_c_key_arguments(dataset, key));
    const char *value = shm_c_key_print(unit, key);
    shm_c_print(unit,
                "    %s range;\n"
                "    range.rows = shm_multi_find_%s(dataset->%s, %s);\n"
                "    range.table = dataset->%s;\n"
                "    range.count = range.rows.count;\n"
                "    return range;\n}\n",
                range, shm_c_key_form_word(key), index, value, dataset->members[table->number]);
    shm_c_print(unit, "\n/* The next row of the range; false at its end, *row then untouched. */");
    shm_c_begin(unit, "bool", shm_c_text(unit, "%s_next", base),
                shm_c_text(unit, "%s *range, const %s **row", range, row));
    shm_c_print(unit,
                "    uint64_t number;\n"
                "    if (!shm_row_range_next(&range->rows, &number))\n"
                "        return false;\n"
                "    *row = (const %s *)shm_table_at(&range->table, number);\n"
                "    return true;\n}\n",
                row);
}

void shm_c_index(shm_c_dataset *dataset, const shm_collection *collection)
{
    shm_c_unit *unit = dataset->unit;
    shm_c_key key;
    if (!shm_c_key_make(unit, collection, &key))
        return;
    const char *base = shm_c_text(unit, "%s_%s", dataset->prefix, collection->name);
    const char *index = dataset->indexes[collection->number];
    if (index == NULL)
        index = dataset->members[collection->number];
    if (collection->placed_width != 0)
        shm_c_index_placed(dataset, collection, &key, base);
    else if (collection->kind == SHM_INDEX || collection->kind == SHM_MAP ||
             collection->kind == SHM_SET_OF)
        print_unique(dataset, collection, &key, index, base);
    else if (collection->kind == SHM_SORTED)
        shm_c_index_sorted(dataset, collection, &key, index, base);
    else
        print_multi(dataset, collection, &key, index, base);
}

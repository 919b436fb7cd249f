/* c_placed.c — finds in placed maps, inlined into their callers. */
#include "schema/compiler/c_key.h"

enum { PLACED_BATCH = 512 };

void shm_c_index_placed(shm_c_dataset *dataset, const shm_collection *collection,
                        const shm_c_key *key, const char *base)
{
    shm_c_unit *unit = dataset->unit;
    const char *member = dataset->members[collection->number];
    const char *entry = shm_c_row_type(dataset, collection);
    const char *pointer = shm_c_text(unit, "const %s *", entry);
    const char *argument = shm_c_text(unit, "const %s *dataset", dataset->type);
    shm_c_inline(unit, "uint64_t", shm_c_text(unit, "%s_count", base), argument,
                 shm_c_text(unit, "return dataset->%s.entry_count;", member));
    shm_c_print(unit, "\n/* The entry after *row, in no order worth relying on, or the first where "
                      "*row is NULL; false at the end. */");
    shm_c_begin(unit, "bool", shm_c_text(unit, "%s_next", base),
                shm_c_text(unit, "%s, const %s **row", argument, entry));
    shm_c_print(unit,
                "    const void *entry = *row;\n"
                "    if (!shm_placed_next(&dataset->%s, &entry))\n        return false;\n"
                "    *row = (%s)entry;\n    return true;\n}\n",
                member, pointer);
    shm_c_print(unit, "\n/* The entry with that key; NULL if there is none. */");
    shm_c_begin(unit, pointer, shm_c_text(unit, "%s_find", base),
                shm_c_key_arguments(dataset, key));
    const char *value = shm_c_key_print(unit, key);
    shm_c_print(unit, "    return (%s)shm_%s_find_%u(&dataset->%s, %s);\n}\n", pointer,
                collection->is_min ? "dense" : "placed", collection->placed_width, member, value);
    shm_c_print(unit,
                "\n/* `count` finds at once, overlapped; rows[i] is NULL where there is none.  "
                "Answers how many were found. */");
    shm_c_begin(unit, "size_t", shm_c_text(unit, "%s_find_many", base),
                shm_c_text(unit, "%s, const %s *keys, size_t count, const %s **rows", argument,
                           shm_c_key_batch(dataset, key, base), entry));
    shm_c_print(unit,
                "    uint64_t words[%d];\n    const void *entries[%d];\n    size_t found = 0;\n"
                "    for (size_t done = 0; done < count; done += %d) {\n"
                "        const size_t some = count - done < %d ? count - done : %d;\n"
                "        for (size_t i = 0; i < some; i++)\n            words[i] = %s;\n"
                "        found += shm_placed_find_many(&dataset->%s, words, some, entries);\n"
                "        for (size_t i = 0; i < some; i++)\n"
                "            rows[done + i] = (%s)entries[i];\n    }\n    return found;\n}\n",
                PLACED_BATCH, PLACED_BATCH, PLACED_BATCH, PLACED_BATCH, PLACED_BATCH,
                shm_c_key_value(unit, key->types[0], "keys[done + i]"), member, pointer);
}

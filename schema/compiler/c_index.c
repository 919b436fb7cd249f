/* Finding by key.  A key is a word, a text, or several parts; its arguments are typed. */
#include "schema/compiler/c_unit.h"

#include <string.h>

#include <shm/dataset.h>

enum { BATCH = 64, PLACED_BATCH = 512 };

/* The arguments of a find. */
struct key {
    const shm_type **types; /* by argument */
    const char **names;
    size_t count;
    shm_key_form form;
    const char **parts; /* the expression of each part, from the arguments */
    size_t part_count;
    size_t part_capacity;
};

static const shm_type *argument_type(const shm_key_path *path)
{
    const shm_type *type = shm_c_value_type(path->steps[path->step_count - 1]->type);
    return type->kind == SHM_LIST || type->kind == SHM_SET ? type->element : type;
}

static bool is_text_key(const shm_type *type)
{
    return type->kind == SHM_STRING || type->kind == SHM_BYTES || type->kind == SHM_UUID;
}

/* The word or the text of a key that is no struct. */
static const char *key_value(shm_c_unit *unit, const shm_type *type, const char *value)
{
    const shm_kind kind = type->kind == SHM_ENUM ? type->element->kind : type->kind;
    switch (kind) {
    case SHM_STRING:
    case SHM_U64:
        return value;
    case SHM_BYTES:
        return shm_c_text(unit, "shm_string_of((const char *)%s.data, %s.length)", value, value);
    case SHM_UUID:
        return shm_c_text(unit, "shm_string_of((const char *)%s.bytes, sizeof %s.bytes)", value,
                          value);
    case SHM_F32:
    case SHM_F64:
        return shm_c_text(unit, "shm_key_float(%s)", value);
    case SHM_DATE:
        return shm_c_text(unit, "(uint64_t)(int64_t)%s.days", value);
    case SHM_DATETIME:
        return shm_c_text(unit, "(uint64_t)%s.micros", value);
    case SHM_I8:
    case SHM_I16:
    case SHM_I32:
        return shm_c_text(unit, "(uint64_t)(int64_t)%s", value);
    default:
        return shm_c_text(unit, "(uint64_t)%s", value);
    }
}

static void add_part(shm_c_unit *unit, struct key *key, const char *part)
{
    if (key->part_count == key->part_capacity) {
        const size_t capacity = key->part_capacity == 0 ? 16 : key->part_capacity * 2;
        const char **parts = shm_arena_alloc_array(&unit->arena, capacity, sizeof *parts);
        if (parts == NULL) {
            unit->failed = true;
            return;
        }
        if (key->part_count > 0)
            memcpy(parts, key->parts, key->part_count * sizeof *parts);
        key->parts = parts;
        key->part_capacity = capacity;
    }
    key->parts[key->part_count++] = part;
}

/* Recursion: structs in structs, bounded by SHM_STRUCT_DEPTH_MAX. */
static void add_parts(shm_c_unit *unit, struct key *key, const shm_type *type, const char *value,
                      const char *link)
{
    if (type->kind != SHM_STRUCT) {
        const char *call = is_text_key(type) ? "shm_key_text" : "shm_key_word";
        add_part(unit, key, shm_c_text(unit, "%s(%s)", call, key_value(unit, type, value)));
        return;
    }
    for (size_t i = 0; i < type->field_count; i++)
        add_parts(unit, key, type->fields[i].type,
                  shm_c_text(unit, "%s%s%s", value, link, shm_c_field(unit, type, i)), ".");
}

static const char *argument_name(shm_c_unit *unit, const shm_key_path *path, shm_claims *taken)
{
    const char *name = "";
    for (size_t i = 0; i < path->step_count; i++)
        name = shm_c_text(unit, "%s%s%s", name, i == 0 ? "" : "_", path->steps[i]->name);
    name = shm_c_member(unit, name);
    return shm_c_spare(unit, taken, name);
}

static bool make_key(shm_c_unit *unit, const shm_collection *collection, struct key *key)
{
    shm_claims taken = {0};
    *key = (struct key){.count = collection->key_count};
    key->types = shm_arena_alloc_array(&unit->arena, key->count + 1, sizeof *key->types);
    key->names = shm_arena_alloc_array(&unit->arena, key->count + 1, sizeof *key->names);
    if (key->types == NULL || key->names == NULL) {
        unit->failed = true;
        return false;
    }
    shm_c_spare(unit, &taken, "dataset");
    shm_c_spare(unit, &taken, "parts");
    shm_c_spare(unit, &taken, "range");
    shm_c_spare(unit, &taken, "part_count");
    for (size_t i = 0; i < key->count; i++) {
        key->types[i] = argument_type(&collection->key[i]);
        key->names[i] = argument_name(unit, &collection->key[i], &taken);
        add_parts(unit, key, key->types[i], key->names[i], "->");
    }
    shm_claims_free(&taken);
    if (key->count > 1 || key->types[0]->kind == SHM_STRUCT)
        key->form = SHM_KEY_PARTS;
    else
        key->form = is_text_key(key->types[0]) ? SHM_KEY_TEXT : SHM_KEY_WORD;
    return !unit->failed;
}

static const char *arguments(shm_c_dataset *dataset, const struct key *key)
{
    shm_c_unit *unit = dataset->unit;
    const char *text = shm_c_text(unit, "const %s *dataset", dataset->type);
    for (size_t i = 0; i < key->count; i++) {
        const char *type = shm_c_key_type(unit, key->types[i]);
        const bool pointer = type[strlen(type) - 1] == '*';
        text = shm_c_text(unit, "%s, %s%s%s", text, type, pointer ? "" : " ", key->names[i]);
    }
    return text;
}

/* Prints what a find needs before it, and answers its last argument. */
static const char *print_key(shm_c_unit *unit, const struct key *key)
{
    if (key->form != SHM_KEY_PARTS)
        return key_value(unit, key->types[0], key->names[0]);
    shm_c_print(unit, "    shm_key_part parts[%zu];\n", key->part_count);
    for (size_t i = 0; i < key->part_count; i++)
        shm_c_print(unit, "    parts[%zu] = %s;\n", i, key->parts[i]);
    return "parts";
}

static const char *form_word(const struct key *key)
{
    return key->form == SHM_KEY_WORD ? "word" : key->form == SHM_KEY_TEXT ? "text" : "parts";
}

/* ---- unique ---- */

/* The keys of a batch: an array of the argument, or of a struct of several. */
static const char *batch_key(shm_c_dataset *dataset, const struct key *key, const char *base)
{
    shm_c_unit *unit = dataset->unit;
    if (key->count == 1)
        return key->types[0]->kind == SHM_STRUCT ? shm_c_input(unit, key->types[0])
                                                 : shm_c_key_type(unit, key->types[0]);
    const char *name = shm_c_claim(unit, shm_c_text(unit, "%s_key", base));
    shm_c_print(unit, "\ntypedef struct %s {\n", name);
    for (size_t i = 0; i < key->count; i++)
        shm_c_print(unit, "    %s;\n", shm_c_declare_input(unit, key->types[i], key->names[i]));
    shm_c_print(unit, "} %s;\n", name);
    return name;
}

static void print_batch_keys(shm_c_unit *unit, const struct key *key)
{
    struct key element = {0};
    for (size_t i = 0; i < key->count; i++) {
        const char *value = key->count == 1 ? "keys[done + i]"
                                            : shm_c_text(unit, "keys[done + i].%s", key->names[i]);
        add_parts(unit, &element, key->types[i], value, ".");
    }
    shm_c_print(unit, "        for (size_t i = 0; i < some; i++) {\n");
    for (size_t i = 0; i < element.part_count; i++)
        shm_c_print(unit, "            parts[%zu * i + %zu] = %s;\n", element.part_count, i,
                    element.parts[i]);
    shm_c_print(unit, "        }\n");
}

static void print_find_many(shm_c_dataset *dataset, const shm_collection *collection,
                            const struct key *key, const char *index, const char *base)
{
    shm_c_unit *unit = dataset->unit;
    const char *row = shm_c_row_type(dataset, collection);
    const char *type = batch_key(dataset, key, base);
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
                    words, key_value(unit, key->types[0], "keys[done + i]"));
    const char *call = key->form == SHM_KEY_PARTS ? "many_parts" : words;
    const char *keys = key->form == SHM_KEY_PARTS ? "parts" : as_is ? "keys + done" : words;
    shm_c_print(unit,
                "        found += shm_index_find_%s(dataset->%s, %s, some, numbers);\n"
                "        for (size_t i = 0; i < some; i++)\n"
                "            rows[done + i] = (const %s *)shm_table_at(&dataset->%s, "
                "numbers[i]);\n    }\n    return found;\n}\n",
                call, index, keys, row, dataset->members[table->number]);
}

static void print_unique(shm_c_dataset *dataset, const shm_collection *collection,
                         const struct key *key, const char *index, const char *base)
{
    shm_c_unit *unit = dataset->unit;
    const shm_collection *table = collection->table == NULL ? collection : collection->table;
    const char *pointer = shm_c_text(unit, "const %s *", shm_c_row_type(dataset, collection));
    shm_c_print(unit, "\n/* The %s with that key; NULL if there is none. */",
                collection->table == NULL ? "entry" : "row");
    shm_c_begin(unit, pointer, shm_c_text(unit, "%s_find", base), arguments(dataset, key));
    const char *value = print_key(unit, key);
    shm_c_print(unit,
                "    return (%s)shm_table_at(&dataset->%s, shm_index_find_%s(dataset->%s, "
                "%s));\n}\n",
                pointer, dataset->members[table->number], form_word(key), index, value);
    if (collection->kind == SHM_SET_OF) {
        shm_c_begin(unit, "bool", shm_c_text(unit, "%s_contains", base), arguments(dataset, key));
        value = print_key(unit, key);
        shm_c_print(unit, "    return shm_index_find_%s(dataset->%s, %s) != SHM_NO_ROW;\n}\n",
                    form_word(key), index, value);
    }
    print_find_many(dataset, collection, key, index, base);
}

/* ---- several rows a key ---- */

static void print_multi(shm_c_dataset *dataset, const shm_collection *collection,
                        const struct key *key, const char *index, const char *base)
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
    shm_c_begin(unit, range, shm_c_text(unit, "%s_find", base), arguments(dataset, key));
    const char *value = print_key(unit, key);
    shm_c_print(unit,
                "    %s range;\n"
                "    range.rows = shm_multi_find_%s(dataset->%s, %s);\n"
                "    range.table = dataset->%s;\n"
                "    range.count = range.rows.count;\n"
                "    return range;\n}\n",
                range, form_word(key), index, value, dataset->members[table->number]);
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

/* ---- sorted ---- */

/* Prints the parts of `from`, `to` or `key`, which point to a key or, if `may_lack`, to nothing. */
static void print_parts(shm_c_unit *unit, const struct key *key, const char *pointer, bool may_lack)
{
    struct key parts = {0};
    for (size_t i = 0; i < key->count; i++) {
        const char *value = key->count == 1 ? shm_c_text(unit, "(*%s)", pointer)
                                            : shm_c_text(unit, "%s->%s", pointer, key->names[i]);
        add_parts(unit, &parts, key->types[i], value, ".");
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
                        const struct key *key, const char *base, const char *rows,
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
                         const struct key *key, const char *base, const char *rows,
                         const char *key_type)
{
    shm_c_unit *unit = dataset->unit;
    const char *index = dataset->members[collection->number];
    if (key->count == 1) {
        shm_c_print(unit, "\n/* The rows whose keys begin so, in order of their keys. */");
        shm_c_begin(unit, rows, shm_c_text(unit, "%s_prefix", base), arguments(dataset, key));
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
    struct key first = {0};
    for (size_t i = 0; i < key->count; i++) {
        add_parts(unit, &first, key->types[i], "", ".");
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

static void print_sorted(shm_c_dataset *dataset, const shm_collection *collection,
                         const struct key *key, const char *index, const char *base)
{
    shm_c_unit *unit = dataset->unit;
    const char *row = shm_c_row_type(dataset, collection);
    const char *rows = shm_c_claim(unit, shm_c_text(unit, "%s_rows", base));
    shm_c_print(unit,
                "\n/* Rows in order of their keys, those of one key in row order. */\n"
                "typedef struct %s {\n    shm_row_range rows;\n    shm_table table;\n"
                "    uint64_t count; /* how many there are */\n} %s;\n",
                rows, rows);
    const char *key_type = batch_key(dataset, key, base);
    shm_c_print(unit, "\n/* The rows with that key. */");
    shm_c_begin(unit, rows, shm_c_text(unit, "%s_find", base), arguments(dataset, key));
    const char *value = print_key(unit, key);
    print_rows_end(
        dataset, collection, rows,
        shm_c_text(unit, "shm_multi_find_%s(dataset->%s, %s)", form_word(key), index, value));
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

/* ---- placed maps ---- */

static void print_placed(shm_c_dataset *dataset, const shm_collection *collection,
                         const struct key *key, const char *base)
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
    shm_c_begin(unit, pointer, shm_c_text(unit, "%s_find", base), arguments(dataset, key));
    const char *value = print_key(unit, key);
    shm_c_print(unit, "    return (%s)shm_%s_find_%u(&dataset->%s, %s);\n}\n", pointer,
                collection->is_min ? "dense" : "placed", collection->placed_width, member, value);
    shm_c_print(unit,
                "\n/* `count` finds at once, overlapped; rows[i] is NULL where there is none.  "
                "Answers how many were found. */");
    shm_c_begin(unit, "size_t", shm_c_text(unit, "%s_find_many", base),
                shm_c_text(unit, "%s, const %s *keys, size_t count, const %s **rows", argument,
                           batch_key(dataset, key, base), entry));
    shm_c_print(unit,
                "    uint64_t words[%d];\n    const void *entries[%d];\n    size_t found = 0;\n"
                "    for (size_t done = 0; done < count; done += %d) {\n"
                "        const size_t some = count - done < %d ? count - done : %d;\n"
                "        for (size_t i = 0; i < some; i++)\n            words[i] = %s;\n"
                "        found += shm_placed_find_many(&dataset->%s, words, some, entries);\n"
                "        for (size_t i = 0; i < some; i++)\n"
                "            rows[done + i] = (%s)entries[i];\n    }\n    return found;\n}\n",
                PLACED_BATCH, PLACED_BATCH, PLACED_BATCH, PLACED_BATCH, PLACED_BATCH,
                key_value(unit, key->types[0], "keys[done + i]"), member, pointer);
}

void shm_c_index(shm_c_dataset *dataset, const shm_collection *collection)
{
    shm_c_unit *unit = dataset->unit;
    struct key key;
    if (!make_key(unit, collection, &key))
        return;
    const char *base = shm_c_text(unit, "%s_%s", dataset->prefix, collection->name);
    const char *index = dataset->indexes[collection->number];
    if (index == NULL)
        index = dataset->members[collection->number];
    if (collection->placed_width != 0)
        print_placed(dataset, collection, &key, base);
    else if (collection->kind == SHM_INDEX || collection->kind == SHM_MAP ||
             collection->kind == SHM_SET_OF)
        print_unique(dataset, collection, &key, index, base);
    else if (collection->kind == SHM_SORTED)
        print_sorted(dataset, collection, &key, index, base);
    else
        print_multi(dataset, collection, &key, index, base);
}

/* Adding rows and entries of a fixed size: whole, since they lie in the program's memory as they
 * will in the image, or nearly so. */
#include "schema/compiler/c_unit.h"

enum { PACKED_BYTES_MAX = 1024, BATCH_BYTES = 4096 };

/* How a record's input form becomes a row. */
enum form {
    FORM_CELLS, /* value by value */
    FORM_SAME,  /* it is one */
    FORM_FLAGS  /* but for the flags that say which optionals are given */
};

static enum form form_of(const shm_type *record)
{
    enum form form = FORM_SAME;
    for (size_t i = 0; i < record->field_count; i++) {
        const shm_type *type = record->fields[i].type;
        if (type->kind == SHM_OPTIONAL && !type->nullable)
            form = FORM_FLAGS;
        if ((type->kind == SHM_OPTIONAL && type->nullable) ||
            !shm_c_is_plain(shm_c_value_type(type)))
            return FORM_CELLS;
    }
    if (form == FORM_FLAGS && record->row_size > PACKED_BYTES_MAX)
        return FORM_CELLS;
    return record->field_count == 0 ? FORM_CELLS : form;
}

/* Prints the function that makes a row from the input form; answers its name. */
static const char *print_pack(shm_c_dataset *dataset, const shm_collection *collection)
{
    shm_c_unit *unit = dataset->unit;
    const shm_type *record = collection->record;
    const char *name = shm_c_text(unit, "%s_pack_%s", dataset->prefix, collection->name);
    const char **presence = shm_c_presence(unit, record);
    shm_c_flags flags;
    if (presence == NULL || !shm_c_input_flags(unit, record, &flags))
        return name;
    shm_c_print(unit, "\n/* Writes the row as it stands in an image. */");
    shm_c_begin(unit, "void", name,
                shm_c_text(unit, "const %s *in, unsigned char *row", shm_c_input(unit, record)));
    for (size_t i = 0; i < record->field_count; i++) {
        if (presence[i] != NULL && record->fields[i].presence_bit == 0)
            shm_c_print(unit, "    uint64_t %s = 0;\n", presence[i]);
    }
    shm_c_print(unit, "    memset(row, 0, %llu);\n", (unsigned long long)record->row_size);
    for (size_t i = 0; i < record->field_count; i++) {
        const shm_field *field = &record->fields[i];
        const char *member = shm_c_field(unit, record, i);
        const char *copy = shm_c_text(unit, "memcpy(row + %llu, &in->%s, sizeof in->%s);\n",
                                      (unsigned long long)field->offset, member, member);
        if (presence[i] == NULL)
            shm_c_print(unit, "    %s", copy);
        else
            shm_c_print(unit,
                        "    if (in->%s) {\n        %s |= UINT64_C(1) << %u;\n        %s    }\n",
                        flags.has[i], presence[i], field->presence_bit, copy);
    }
    for (size_t i = 0; i < record->field_count; i++) {
        const shm_field *field = &record->fields[i];
        if (presence[i] != NULL && field->presence_bit == 0)
            shm_c_print(unit, "    memcpy(row + %llu, &%s, sizeof %s);\n",
                        (unsigned long long)field->presence_offset, presence[i], presence[i]);
    }
    shm_c_print(unit, "}\n");
    return name;
}

static void begin_many(shm_c_dataset *dataset, const shm_collection *collection, const char *input,
                       const char *what)
{
    shm_c_unit *unit = dataset->unit;
    shm_c_print(
        unit,
        "\n/* Adds `count` %s to %s.  The text of a failure begins with the row number that the "
        "one at fault would have, unless `count` is 1. */",
        what, collection->name);
    shm_c_begin(
        unit, "shm_status",
        shm_c_text(unit, "%s_builder_add_many_%s", dataset->prefix, collection->name),
        shm_c_text(unit, "%s *builder, const %s *%s, size_t count", dataset->builder, input, what));
    shm_c_print(unit, "    if (builder->builder == NULL)\n        return builder->error.status;\n");
}

static void print_same_many(shm_c_dataset *dataset, const shm_collection *collection,
                            const char *input, const char *what)
{
    begin_many(dataset, collection, input, what);
    shm_c_print(dataset->unit,
                "    return shm_builder_add_rows(builder->builder, %u, %s, count, sizeof *%s, "
                "NULL, &builder->error);\n}\n",
                collection->number, what, what);
}

/* Rows become those of an image some at a time. */
static void print_flags_many(shm_c_dataset *dataset, const shm_collection *collection,
                             const char *pack)
{
    shm_c_unit *unit = dataset->unit;
    const unsigned long long size = collection->record->row_size;
    const unsigned long long batch = BATCH_BYTES / size;
    begin_many(dataset, collection, shm_c_input(unit, collection->record), "rows");
    shm_c_print(unit,
                "    unsigned char packed[%llu * %llu];\n"
                "    shm_status status = SHM_OK;\n"
                "    for (size_t done = 0; done < count && status == SHM_OK;) {\n"
                "        /* Never one alone at the end: its failure would not say which it is. */\n"
                "        const size_t most = count - done == %llu + 1 ? %llu - 1 : %llu;\n"
                "        size_t some = 0;\n"
                "        for (; some < most && done < count; some++, done++)\n"
                "            %s(&rows[done], packed + some * %llu);\n"
                "        status = shm_builder_add_rows(builder->builder, %u, packed, some, %llu, "
                "NULL, &builder->error);\n"
                "    }\n    return status;\n}\n",
                batch, size, batch, batch, batch, pack, size, collection->number, size);
}

bool shm_c_pack_table(shm_c_dataset *dataset, const shm_collection *collection,
                      const char *function, const char *arguments)
{
    shm_c_unit *unit = dataset->unit;
    const shm_type *record = collection->record;
    const enum form form = form_of(record);
    if (form == FORM_CELLS)
        return false;
    const char *pack = form == FORM_FLAGS ? print_pack(dataset, collection) : NULL;
    shm_c_print(unit, "\n/* Adds a row to %s; `number`, unless NULL, receives its row number. */",
                collection->name);
    shm_c_begin(unit, "shm_status", function, shm_c_text(unit, "%s, uint64_t *number", arguments));
    shm_c_print(unit, "    if (builder->builder == NULL)\n        return builder->error.status;\n");
    if (form == FORM_SAME) {
        shm_c_print(unit,
                    "    return shm_builder_add_rows(builder->builder, %u, row, 1, sizeof *row, "
                    "number, &builder->error);\n}\n",
                    collection->number);
        print_same_many(dataset, collection, shm_c_input(unit, record), "rows");
    } else {
        const unsigned long long size = record->row_size;
        shm_c_print(
            unit,
            "    unsigned char packed[%llu];\n    %s(row, packed);\n"
            "    return shm_builder_add_rows(builder->builder, %u, packed, 1, %llu, number, "
            "&builder->error);\n}\n",
            size, pack, collection->number, size);
        print_flags_many(dataset, collection, pack);
    }
    return true;
}

/* The struct of an entry, as a program holds it. */
static const char *print_entry(shm_c_dataset *dataset, const shm_collection *collection)
{
    shm_c_unit *unit = dataset->unit;
    const shm_type *record = collection->put_record;
    const char *name =
        shm_c_claim(unit, shm_c_text(unit, "%s_input", shm_c_row_type(dataset, collection)));
    shm_c_print(unit, "\n/* An entry of %s to build. */\ntypedef struct %s {\n", collection->name,
                name);
    for (size_t i = 0; i < record->field_count; i++)
        shm_c_print(unit, "    %s;\n",
                    shm_c_declare_input(unit, record->fields[i].type, record->fields[i].name));
    shm_c_print(unit, "} %s;\n", name);
    return name;
}

bool shm_c_pack_entries(shm_c_dataset *dataset, const shm_collection *collection,
                        const char *function, const char *arguments)
{
    shm_c_unit *unit = dataset->unit;
    const shm_type *record = collection->put_record;
    if (collection->kind == SHM_SET_OF || form_of(record) != FORM_SAME ||
        record->row_size > PACKED_BYTES_MAX)
        return false;
    const unsigned long long size = record->row_size;
    shm_c_print(unit, "\n/* Adds an entry to %s. */", collection->name);
    shm_c_begin(unit, "shm_status", function, arguments);
    shm_c_print(unit,
                "    unsigned char row[%llu] = {0};\n"
                "    if (to->builder == NULL)\n        return to->error.status;\n",
                size);
    for (size_t i = 0; i < record->field_count; i++) {
        const shm_field *field = &record->fields[i];
        const shm_kind kind = field->type->kind;
        const bool is_value = kind <= SHM_ENUM || kind == SHM_REF;
        shm_c_print(unit, "    memcpy(row + %llu, %s%s, %llu);\n",
                    (unsigned long long)field->offset, is_value ? "&" : "", field->name,
                    (unsigned long long)field->type->size);
    }
    shm_c_print(unit,
                "    return shm_builder_add_rows(to->builder, %u, row, 1, %llu, NULL, "
                "&to->error);\n}\n",
                collection->number, size);
    print_same_many(dataset, collection, print_entry(dataset, collection), "entries");
    return true;
}

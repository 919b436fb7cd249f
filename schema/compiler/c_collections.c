/* What a header offers for each collection, and references between rows. */
#include "schema/compiler/c_unit.h"

static void print_table(shm_c_dataset *dataset, const shm_collection *collection)
{
    shm_c_unit *unit = dataset->unit;
    const char *base = shm_c_text(unit, "%s_%s", dataset->prefix, collection->name);
    const char *member = dataset->members[collection->number];
    const char *row = shm_c_row_type(dataset, collection);
    const char *row_pointer = shm_c_text(unit, "const %s *", row);
    const char *argument = shm_c_text(unit, "const %s *dataset", dataset->type);
    shm_c_inline(unit, "uint64_t", shm_c_text(unit, "%s_count", base), argument,
                 shm_c_text(unit, "return dataset->%s.count;", member));
    shm_c_print(unit, "\n/* Row `row` (of count), NULL past the end. */");
    shm_c_inline(
        unit, row_pointer, shm_c_text(unit, "%s_at", base),
        shm_c_text(unit, "%s, uint64_t row", argument),
        shm_c_text(unit, "return (%s)shm_table_at(&dataset->%s, row);", row_pointer, member));
    shm_c_inline(unit, "uint64_t", shm_c_text(unit, "%s_row_number", base),
                 shm_c_text(unit, "%s, const %s *row", argument, row),
                 shm_c_text(unit, "return shm_table_row_number(&dataset->%s, row);", member));
    if (collection->kind == SHM_MULTIMAP)
        return; /* its _next walks the entries of a key */
    shm_c_print(unit, "\n/* The row after *row, or the first where *row is NULL; false at the "
                      "end. */");
    shm_c_begin(unit, "bool", shm_c_text(unit, "%s_next", base),
                shm_c_text(unit, "%s, const %s **row", argument, row));
    shm_c_print(unit,
                "    const uint64_t next = *row == NULL ? 0 : "
                "shm_table_row_number(&dataset->%s, *row) + 1;\n"
                "    if (next >= dataset->%s.count)\n        return false;\n"
                "    *row = (%s)shm_table_at(&dataset->%s, next);\n    return true;\n}\n",
                member, member, row_pointer, member);
}

/* The hidden record of a map, multimap or set. */
static void print_entry(shm_c_dataset *dataset, const shm_collection *collection)
{
    shm_c_unit *unit = dataset->unit;
    const shm_type *record = collection->record;
    const char *name = shm_c_row_type(dataset, collection);
    for (size_t i = 0; i < record->field_count; i++) {
        const shm_type *type = shm_c_value_type(record->fields[i].type);
        shm_c_need_value(unit, type);
        shm_c_need_parts(unit, type);
    }
    shm_c_print(unit, "\ntypedef struct %s %s;", name, name);
    shm_c_row(unit, record, name, shm_c_text(unit, "entry of %s", collection->name),
              collection->placed_width != 0 ? ": keys and values of other entries" : NULL);
    for (size_t i = 0; i < record->field_count; i++)
        shm_c_need_family(unit, shm_c_value_type(record->fields[i].type));
    shm_c_accessors(unit, record, name,
                    shm_c_text(unit, "%s_%s", dataset->prefix, collection->name), true);
}

static void print_tensor(shm_c_dataset *dataset, const shm_collection *collection)
{
    shm_c_unit *unit = dataset->unit;
    const char *base = shm_c_text(unit, "%s_%s", dataset->prefix, collection->name);
    const char *member = dataset->members[collection->number];
    const char *argument = shm_c_text(unit, "const %s *dataset", dataset->type);
    const char *element = shm_c_text(unit, "const %s *", shm_c_in_place(unit, collection->element));
    shm_c_inline(unit, "shm_tensor", base, argument,
                 shm_c_text(unit, "return dataset->%s;", member));
    shm_c_inline(unit, element, shm_c_text(unit, "%s_data", base), argument,
                 shm_c_text(unit, "return (%s)dataset->%s.data;", element, member));
}

static const shm_collection *table_of(const shm_c_dataset *dataset, const shm_type *record)
{
    const shm_dataset_type *type = dataset->schema->dataset;
    for (size_t i = 0; i < type->collection_count; i++) {
        if (type->collections[i].kind == SHM_TABLE && type->collections[i].record == record)
            return &type->collections[i];
    }
    return NULL;
}

/* The rows that a row's references lead to. */
static void print_references(shm_c_dataset *dataset, const shm_type *type, const char *row,
                             const char *base, const char *suffix)
{
    shm_c_unit *unit = dataset->unit;
    const char **presence = shm_c_presence(unit, type);
    for (size_t i = 0; presence != NULL && i < type->field_count; i++) {
        const shm_field *field = &type->fields[i];
        const shm_type *value = shm_c_value_type(field->type);
        if (value->kind != SHM_REF)
            continue;
        const shm_collection *table = table_of(dataset, value->element);
        if (table == NULL)
            continue;
        const char *member = shm_c_field(unit, type, i);
        const char *target = shm_c_text(unit, "const %s *", shm_c_declared(unit, value->element));
        shm_c_begin(unit, target, shm_c_text(unit, "%s_%s%s", base, field->name, suffix),
                    shm_c_text(unit, "const %s *dataset, const %s *row", dataset->type, row));
        if (presence[i] != NULL)
            shm_c_print(unit, "    if ((row->%s >> %u & %d) != 1)\n        return NULL;\n",
                        presence[i], field->presence_bit, field->type->nullable ? 3 : 1);
        shm_c_print(unit, "    return (%s)shm_table_at(&dataset->%s, row->%s);\n}\n", target,
                    dataset->members[table->number], member);
    }
}

static void print_all_references(shm_c_dataset *dataset)
{
    shm_c_unit *unit = dataset->unit;
    for (size_t i = 0; i < dataset->schema->declared_count; i++) {
        const shm_type *type = dataset->schema->declared[i];
        if (type->kind == SHM_ENUM || !dataset->reached[type->id])
            continue;
        print_references(dataset, type, shm_c_declared(unit, type),
                         shm_c_text(unit, "%s_%s", dataset->prefix, shm_c_local_name(unit, type)),
                         "");
    }
    const shm_dataset_type *type = dataset->schema->dataset;
    for (size_t i = 0; i < type->collection_count; i++) {
        const shm_collection *collection = &type->collections[i];
        if (dataset->indexes[i] != NULL)
            print_references(dataset, collection->record, shm_c_row_type(dataset, collection),
                             shm_c_text(unit, "%s_%s", dataset->prefix, collection->name), "_row");
    }
}

void shm_c_collections(shm_c_dataset *dataset)
{
    const shm_dataset_type *type = dataset->schema->dataset;
    for (size_t i = 0; i < type->collection_count; i++) {
        const shm_collection *collection = &type->collections[i];
        if (collection->doc != NULL) {
            shm_c_print(dataset->unit, "\n");
            shm_c_doc(dataset->unit, collection->doc, "");
        }
        switch (collection->kind) {
        case SHM_TENSOR_OF:
            print_tensor(dataset, collection);
            break;
        case SHM_TABLE:
            print_table(dataset, collection);
            break;
        case SHM_MAP:
        case SHM_MULTIMAP:
        case SHM_SET_OF:
            if (collection->placed_width == 0)
                print_table(dataset, collection);
            shm_c_index(dataset, collection);
            break;
        default:
            shm_c_index(dataset, collection);
            break;
        }
    }
    print_all_references(dataset);
}

/* The structs of entries stand before the dataset. */
void shm_c_entries(shm_c_dataset *dataset)
{
    const shm_dataset_type *type = dataset->schema->dataset;
    for (size_t i = 0; i < type->collection_count; i++) {
        if (dataset->indexes[i] != NULL)
            print_entry(dataset, &type->collections[i]);
    }
}

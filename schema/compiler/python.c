#include "schema/compiler/python.h"

#include <string.h>

#include "libshm/error.h"
#include "schema/model/keywords.h"

/* Imported under names that no field or record takes: one called date must not hide the type. */
static const char *const scalar_types[] = {
    [SHM_BOOL] = "_bool",         [SHM_I8] = "_int",
    [SHM_I16] = "_int",           [SHM_I32] = "_int",
    [SHM_I64] = "_int",           [SHM_U8] = "_int",
    [SHM_U16] = "_int",           [SHM_U32] = "_int",
    [SHM_U64] = "_int",           [SHM_F32] = "_float",
    [SHM_F64] = "_float",         [SHM_STRING] = "_str",
    [SHM_BYTES] = "_bytes",       [SHM_DECIMAL] = "_Decimal",
    [SHM_ANY] = "_Any",           [SHM_DATE] = "_date",
    [SHM_DATETIME] = "_datetime", [SHM_UUID] = "_UUID",
};

static void print_name(shm_output *out, const char *name)
{
    shm_output_print(out, "%s%s", name, shm_name_is_python_word(name) ? "_" : "");
}

static void print_space(shm_output *out, const char *name, size_t length)
{
    char text[SHM_NAME_LENGTH_MAX + 1] = "";
    memcpy(text, name, length);
    print_name(out, text);
}

/* "units.Length", of which each part may be a keyword. */
static void print_type_name(shm_output *out, const char *name)
{
    const char *dot = strchr(name, '.');
    if (dot != NULL) {
        print_space(out, name, (size_t)(dot - name));
        shm_output_print(out, ".");
    }
    print_name(out, dot == NULL ? name : dot + 1);
}

/* Recursion: bounded by SHM_TYPE_DEPTH_MAX, as it stops at names. */
static void print_type(shm_output *out, const shm_type *type)
{
    switch (type->kind) {
    case SHM_ENUM:
    case SHM_STRUCT:
    case SHM_RECORD:
        print_type_name(out, type->name);
        return;
    case SHM_REF:
        print_type_name(out, type->element->name);
        return;
    case SHM_OPTIONAL:
        print_type(out, type->element);
        shm_output_print(out, " | None");
        return;
    case SHM_DICT:
        shm_output_print(out, "_Dict[");
        print_type(out, type->key);
        shm_output_print(out, ", ");
        break;
    case SHM_TUPLE:
        shm_output_print(out, "_tuple[");
        for (size_t i = 0; i < type->field_count; i++) {
            shm_output_print(out, i == 0 ? "" : ", ");
            print_type(out, type->fields[i].type);
        }
        shm_output_print(out, "]");
        return;
    case SHM_TENSOR:
        shm_output_print(out, "_numpy.ndarray");
        return;
    case SHM_SET:
        shm_output_print(out, "_Set[");
        break;
    case SHM_LIST:
    case SHM_ARRAY:
        shm_output_print(out, "_List[");
        break;
    default:
        shm_output_print(out, "%s", scalar_types[type->kind]);
        return;
    }
    print_type(out, type->element);
    shm_output_print(out, "]");
}

/* In quotes that the text cannot end. */
static void print_doc(shm_output *out, const char *doc, const char *indent)
{
    if (doc == NULL)
        return;
    shm_output_print(out, "%s\"\"\"", indent);
    for (const char *at = doc; *at != '\0'; at++) {
        if (*at == '"' || *at == '\\')
            shm_output_print(out, "\\%c", *at);
        else if (*at == '\n')
            shm_output_print(out, "\n%s", indent);
        else
            shm_output_add(out, at, 1);
    }
    shm_output_print(out, "\"\"\"\n");
}

static void print_property(shm_output *out, const char *name)
{
    shm_output_print(out, "    @_property\n    def ");
    print_name(out, name);
    shm_output_print(out, "(self) -> ");
}

static void end_property(shm_output *out, const char *doc)
{
    if (doc == NULL) {
        shm_output_print(out, ": ...\n");
        return;
    }
    shm_output_print(out, ":\n");
    print_doc(out, doc, "        ");
    shm_output_print(out, "        ...\n");
}

static void print_class(shm_output *out, const shm_type *type)
{
    shm_output_print(out, "\nclass ");
    print_name(out, type->name);
    shm_output_print(out, "(_Record):\n");
    print_doc(out, type->doc, "    ");
    for (size_t i = 0; i < type->field_count; i++) {
        const shm_field *field = &type->fields[i];
        print_property(out, field->name);
        print_type(out, field->type);
        end_property(out, field->doc);
    }
    if (type->field_count == 0)
        shm_output_print(out, "    ...\n");
}

static void print_enum(shm_output *out, const shm_type *type)
{
    const bool is_unsigned = type->element->kind == SHM_U64;
    shm_output_print(out, "\nclass ");
    print_name(out, type->name);
    shm_output_print(out, "(_IntEnum):\n");
    print_doc(out, type->doc, "    ");
    for (size_t i = 0; i < type->value_count; i++) {
        const int64_t value = type->values[i].value;
        shm_output_print(out, "    ");
        print_name(out, type->values[i].name);
        if (is_unsigned)
            shm_output_print(out, " = %llu\n", (unsigned long long)value);
        else
            shm_output_print(out, " = %lld\n", (long long)value);
    }
}

/* ---- datasets ---- */

static const shm_type *part_type(const shm_key_path *path)
{
    const shm_type *type = path->steps[path->step_count - 1]->type;
    if (type->kind == SHM_OPTIONAL)
        type = type->element;
    return type->kind == SHM_LIST || type->kind == SHM_SET ? type->element : type;
}

static void print_key(shm_output *out, const shm_collection *collection)
{
    if (collection->key_count > 1)
        shm_output_print(out, "_tuple[");
    for (size_t i = 0; i < collection->key_count; i++) {
        shm_output_print(out, i == 0 ? "" : ", ");
        print_type(out, part_type(&collection->key[i]));
    }
    if (collection->key_count > 1)
        shm_output_print(out, "]");
}

/* Attributes that every image has: a collection of such a name gets an underscore. */
static bool is_image_attribute(const char *name)
{
    static const char *const names[] = {"class_of", "close", "closed",   "path",
                                        "schema",   "size",  "verified", "_handle"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(name, names[i]) == 0)
            return true;
    }
    return false;
}

static const char *class_of(const shm_collection *collection)
{
    static const char *const classes[] = {
        [SHM_TABLE] = "_Table",
        [SHM_INDEX] = "_Index",
        [SHM_MULTI] = "_MultiIndex",
        [SHM_APPROXIMATE] = "_ApproximateIndex",
        [SHM_MAP] = "_Map",
        [SHM_MULTIMAP] = "_MultiMap",
        [SHM_SET_OF] = "_KeySet",
        [SHM_TENSOR_OF] = "_numpy.ndarray",
        [SHM_SORTED] = "_SortedIndex",
    };
    return classes[collection->kind];
}

static void print_value(shm_output *out, const shm_collection *collection)
{
    const bool single = collection->kind == SHM_INDEX || collection->kind == SHM_MAP;
    shm_output_print(out, single ? ", " : ", _Rows[");
    print_type(out, collection->element == NULL ? collection->record : collection->element);
    shm_output_print(out, single ? "]" : "]]");
}

static void print_collection(shm_output *out, const shm_collection *collection)
{
    shm_output_print(out, "    @_property\n    def ");
    print_name(out, collection->name);
    shm_output_print(out, "%s(self) -> %s", is_image_attribute(collection->name) ? "_" : "",
                     class_of(collection));
    switch (collection->kind) {
    case SHM_TABLE:
        shm_output_print(out, "[");
        print_type(out, collection->record);
        shm_output_print(out, "]");
        break;
    case SHM_SET_OF:
        shm_output_print(out, "[");
        print_key(out, collection);
        shm_output_print(out, "]");
        break;
    case SHM_TENSOR_OF:
    case SHM_APPROXIMATE:
        break;
    default:
        shm_output_print(out, "[");
        print_key(out, collection);
        print_value(out, collection);
        break;
    }
    end_property(out, collection->doc);
}

static void print_dataset(shm_output *out, const shm_dataset_type *dataset)
{
    shm_output_print(out, "\nclass ");
    print_name(out, dataset->name);
    shm_output_print(out, "(_Image):\n");
    print_doc(out, dataset->doc, "    ");
    for (size_t i = 0; i < dataset->collection_count; i++)
        print_collection(out, &dataset->collections[i]);
    if (dataset->collection_count == 0)
        shm_output_print(out, "    ...\n");
}

static void print_types(shm_output *out, const shm_parsed *parsed, const shm_schema *schema)
{
    const char *slash = strrchr(parsed->root->source.name, '/');
    const char *file = slash == NULL ? parsed->root->source.name : slash + 1;
    shm_output_print(
        out,
        "# Generated from %s by shmc %s.  Do not edit.\n"
        "# make again: shmc --lang python %s\n"
        "from builtins import bool as _bool, bytes as _bytes, float as _float, int as _int\n"
        "from builtins import property as _property, str as _str, tuple as _tuple\n"
        "from datetime import date as _date, datetime as _datetime\n"
        "from decimal import Decimal as _Decimal\n"
        "from enum import IntEnum as _IntEnum\n"
        "from typing import Any as _Any\n"
        "from uuid import UUID as _UUID\n\n"
        "import numpy as _numpy\n"
        "from libshm import ApproximateIndex as _ApproximateIndex, Dict as _Dict, Image as _Image\n"
        "from libshm import Index as _Index, KeySet as _KeySet, List as _List, Map as _Map\n"
        "from libshm import MultiIndex as _MultiIndex, MultiMap as _MultiMap, Record as _Record\n"
        "from libshm import Rows as _Rows, Set as _Set, SortedIndex as _SortedIndex\n"
        "from libshm import Table as _Table\n",
        file, shm_version(), file);
    for (const shm_ast_file *at = parsed->files; at != NULL; at = at->next) {
        if (at == parsed->root)
            continue;
        shm_output_print(out, "import %s", at->stem);
        if (at->space.text != NULL) {
            shm_output_print(out, " as ");
            print_space(out, at->space.text, at->space.length);
        }
        shm_output_print(out, "\n");
    }
    for (size_t i = 0; i < schema->declared_count; i++) {
        const shm_type *type = schema->declared[i];
        if (strchr(type->name, '.') != NULL)
            continue;
        if (type->kind == SHM_ENUM)
            print_enum(out, type);
        else
            print_class(out, type);
    }
}

shm_status shm_python_stub(const shm_parsed *parsed, const char *dataset,
                           shm_diagnostics *diagnostics, shm_output *out, shm_error *error)
{
    const shm_schema *schema;
    shm_status status = shm_schema_of(parsed, "", diagnostics, &schema, error);
    if (status != SHM_OK)
        return status;
    print_types(out, parsed, schema);
    shm_schema_free(schema);
    for (const shm_ast_dataset *at = parsed->root->datasets; at != NULL && status == SHM_OK;
         at = at->next) {
        char name[SHM_NAME_LENGTH_MAX + 1] = "";
        memcpy(name, at->name.text, at->name.length);
        if (dataset != NULL && strcmp(dataset, name) != 0)
            continue;
        status = shm_schema_of(parsed, name, diagnostics, &schema, error);
        if (status == SHM_OK) {
            print_dataset(out, schema->dataset);
            shm_schema_free(schema);
        }
    }
    if (status == SHM_OK && out->failed)
        return shm_fail_memory(error);
    return status;
}

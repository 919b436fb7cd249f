#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/text/text.h"
#include "tests/support/schemas.h"

#define GOLDEN SHM_TEST_SOURCE "/tests/golden/schema/"

/* ---- imports from memory ---- */

struct file {
    const char *name;
    const char *text;
};

static shm_status load(void *context, shm_arena *arena, const char *importer, const char *written,
                       shm_loaded *loaded, shm_error *error)
{
    (void)arena;
    (void)importer;
    for (const struct file *file = context; file->name != NULL; file++) {
        if (strcmp(file->name, written) == 0) {
            *loaded = (shm_loaded){file->name, file->name, file->text, strlen(file->text)};
            return SHM_OK;
        }
    }
    snprintf(error->text, sizeof error->text, "cannot find '%s'", written);
    return SHM_NOT_FOUND;
}

/* The schema of the first file; all diagnostics as lines, or the failure, in `text`. */
static const shm_schema *parse(struct file *files, const char *dataset, char *text, size_t size)
{
    shm_diagnostics diagnostics = {0};
    shm_parsed *parsed = NULL;
    const shm_schema *schema = NULL;
    shm_error error;
    const shm_loader loader = {load, files};
    const shm_loaded root = {files->name, files->name, files->text, strlen(files->text)};
    cr_assert_eq(shm_text_parse(&root, &loader, &diagnostics, &parsed, &error), SHM_OK);
    const shm_status status = shm_schema_of(parsed, dataset, &diagnostics, &schema, &error);
    size_t length = 0;
    text[0] = '\0';
    for (size_t i = 0; i < diagnostics.count && length < size; i++) {
        const shm_diagnostic *item = &diagnostics.items[i];
        length += (size_t)snprintf(text + length, size - length, "%s:%u:%u: %s\n", item->file,
                                   item->line, item->column, item->text);
    }
    if (status != SHM_OK && diagnostics.count == 0)
        snprintf(text, size, "%d %s", (int)status, error.text);
    shm_parsed_free(parsed);
    shm_diagnostics_close(&diagnostics);
    return schema;
}

static void expect_diagnostics(struct file *files, const char *expected)
{
    char text[4096];
    const shm_schema *schema = parse(files, NULL, text, sizeof text);
    cr_assert_null(schema);
    cr_assert_str_eq(text, expected);
}

Test(parser, the_example_of_the_language)
{
    const shm_schema *schema = NULL;
    shm_error error;
    const shm_status status = shm_schema_parse_file(GOLDEN "geo.shm", NULL, NULL, &schema, &error);
    cr_assert_eq(status, SHM_OK, "%s", error.text);
    cr_assert_str_eq(schema->space, "geo");
    cr_assert_str_eq(schema->dataset->name, "Geo");
    cr_assert_str_eq(schema->dataset->doc, "Cities of the world.");
    cr_assert_eq(schema->dataset->collection_count, 11);
    cr_assert_eq(schema->declared_count, 7);
    const shm_type *city = shm_test_type_of(schema, "City");
    cr_assert_str_eq(city->doc, "A place where people live.");
    cr_assert_eq(city->field_count, 15);
    cr_assert_eq(shm_test_field_of(city, "digest")->type->length, 16);
    cr_assert(shm_test_field_of(city, "old_code")->deprecated);
    cr_assert_eq(shm_test_field_of(city, "surveys")->type->element,
                 shm_test_type_of(schema, "si.Survey"));
    const shm_collection *place = shm_schema_collection(schema, "by_place");
    cr_assert_eq(place->kind, SHM_MULTI);
    cr_assert_eq(place->table, shm_schema_collection(schema, "cities"));
    cr_assert_eq(place->record, city);
    cr_assert_eq(place->key_count, 2);
    cr_assert_eq(place->key[1].step_count, 2);
    cr_assert_str_eq(place->key[1].steps[1]->name, "lat");
    cr_assert_eq(shm_schema_collection(schema, "sounds")->approximate_one_in, 1000);
    cr_assert_str_eq(shm_schema_collection(schema, "by_id")->doc, "The one with this number.");
    cr_assert_null(shm_schema_collection(schema, "nothing"));
    const shm_collection *events = shm_schema_collection(schema, "events");
    cr_assert_eq(events->record->field_count, 2);
    cr_assert_eq(events->element, city);
    cr_assert_str_eq(events->key[0].steps[0]->name, "key");
    cr_assert_eq(shm_schema_collection(schema, "heights")->element->kind, SHM_F32);
    for (size_t i = 0; i < schema->type_count; i++)
        cr_assert_eq(schema->types[i]->id, i);
    shm_schema_free(schema);
}

Test(parser, a_name_follows_the_stem_or_the_namespace)
{
    struct file files[] = {{"a.shm",
                            "import \"units.shm\"; import \"deep.shm\";\n"
                            "record A { x: units.L; y: si.L; z: u8[units.N]; d: deep.D; }"},
                           {"units.shm", "namespace si; const N = 3; struct L { v: f64; }"},
                           {"deep.shm", "import \"units.shm\"; record D { l: si.L?; }"},
                           {0}};
    char text[1024];
    const shm_schema *schema = parse(files, NULL, text, sizeof text);
    cr_assert_str_eq(text, "");
    const shm_type *record = shm_test_type_of(schema, "A");
    cr_assert_eq(record->fields[0].type, record->fields[1].type);
    cr_assert_eq(record->fields[0].type, shm_test_type_of(schema, "si.L"));
    cr_assert_eq(record->fields[2].type->length, 3);
    cr_assert_eq(schema->declared_count, 3);
    cr_assert_str_eq(schema->declared[0]->name, "si.L");
    cr_assert_str_eq(schema->declared[1]->name, "deep.D");
    shm_schema_free(schema);
}

Test(parser, names_of_imports_of_imports_are_not_seen)
{
    struct file files[] = {{"a.shm", "import \"b.shm\";\nrecord A { x: c.C; }"},
                           {"b.shm", "import \"c.shm\"; record B { x: c.C; }"},
                           {"c.shm", "record C { }"},
                           {0}};
    expect_diagnostics(files, "a.shm:2:15: there is no type 'c.C'\n");
}

Test(parser, a_missing_import_is_told_at_the_import)
{
    struct file files[] = {{"a.shm", "\n  import \"gone.shm\";"}, {0}};
    expect_diagnostics(files, "a.shm:2:10: cannot find 'gone.shm'\n");
}

Test(parser, a_circle_of_imports_is_named)
{
    struct file files[] = {{"a.shm", "import \"b.shm\";"},
                           {"b.shm", "import \"c.shm\";"},
                           {"c.shm", "import \"b.shm\";"},
                           {0}};
    expect_diagnostics(files, "c.shm:1:8: a circle of imports: b.shm -> c.shm -> b.shm\n");
    struct file self[] = {{"a.shm", "import \"a.shm\";"}, {0}};
    expect_diagnostics(self, "a.shm:1:8: a circle of imports: a.shm -> a.shm\n");
}

Test(parser, imports_that_cannot_be_named)
{
    struct file stem[] = {{"a.shm", "import \"my-units.shm\";"}, {"my-units.shm", ""}, {0}};
    expect_diagnostics(stem, "a.shm:1:8: the name of 'my-units.shm' is no identifier: declare a "
                             "namespace in it\n");
    struct file twice[] = {{"a.shm", "import \"x/u.shm\"; import \"y/u.shm\";"},
                           {"x/u.shm", "record R { }"},
                           {"y/u.shm", "record R { }"},
                           {0}};
    expect_diagnostics(twice, "y/u.shm:1:8: two files declare 'u.R', the other at x/u.shm:1:8: "
                              "give them different namespaces\n");
    struct file own[] = {{"a.shm", "namespace g; import \"b.shm\"; record R { }"},
                         {"b.shm", "namespace g; record R { }"},
                         {0}};
    char text[1024];
    cr_assert_null(parse(own, NULL, text, sizeof text));
    cr_assert(strstr(text, "two files declare 'g.R'") != NULL, "%s", text);
}

Test(parser, embedded_text_has_no_imports)
{
    cr_assert_str_eq(shm_test_parse_error("import \"a.shm\";", NULL),
                     "t:1:8: error: a self-contained schema has no imports");
}

Test(parser, a_dataset_is_chosen_by_name)
{
    struct file files[] = {{"a.shm", "record R { } record Q { r: ref<R>; }\n"
                                     "dataset A { r: array<R>; } dataset B { q: set<u8>; }"},
                           {0}};
    char text[1024];
    const shm_schema *schema = parse(files, "B", text, sizeof text);
    cr_assert_str_eq(schema->dataset->name, "B");
    cr_assert_str_eq(schema->text.data, "dataset B {\n  q: set<u8>;\n}\n");
    shm_schema_free(schema);
    schema = parse(files, "", text, sizeof text);
    cr_assert_null(schema->dataset);
    shm_schema_free(schema);
    cr_assert_null(parse(files, NULL, text, sizeof text));
    cr_assert_str_eq(text, "1 a.shm: there are 2 datasets, choose one of: A, B");
    cr_assert_null(parse(files, "C", text, sizeof text));
    cr_assert_str_eq(text, "14 a.shm: there is no dataset 'C'; there are: A, B");
}

Test(parser, many_errors_in_one_run)
{
    struct file files[] = {{"a.shm", "record A {\n"
                                     "  x u8;\n"
                                     "  y: {string: ;\n"
                                     "  z: u8\n"
                                     "  w: Nothing;\n"
                                     "}\n"
                                     "recrod B { a: u8; }\n"
                                     "enum E : u8 { a b, c = , d }\n"
                                     "dataset D {\n"
                                     "  t: array<A>;\n"
                                     "  s: sorted t by x min;\n"
                                     "  m: multi t by x min min;\n"
                                     "  u: set<[u8]>;\n"
                                     "  v: multi t by x approximate min;\n"
                                     "  w: multi t by x min approximate 1/9;\n"
                                     "}"},
                           {0}};
    expect_diagnostics(
        files, "a.shm:2:5: expected ':' after the field's name, not 'u8'\n"
               "a.shm:3:15: expected a type, not ';'\n"
               "a.shm:4:8: expected ';' after the field\n"
               "a.shm:7:1: expected namespace, import, const, enum, struct, record or dataset, not "
               "'recrod'\n"
               "a.shm:8:17: expected ',' or '}' after the value, not 'b'\n"
               "a.shm:8:24: expected a number, not ','\n"
               "a.shm:11:20: min is no option of sorted: it has one form\n"
               "a.shm:12:23: min is said twice\n"
               "a.shm:13:10: [u8] cannot be the key of a set\n"
               "a.shm:14:31: min and approximate are no options of one index: an approximate "
               "index has one form\n"
               "a.shm:15:23: min and approximate are no options of one index: an approximate "
               "index has one form\n");
}

Test(parser, doc_comments_go_to_what_follows)
{
    const shm_schema *schema = shm_test_parse("/// One\n///   two  \n// no\n///\n/// three\n"
                                              "enum E : u8 { /// A\n a, b }\n"
                                              "record R { x: u8; /// of y\n y: u8; /// lost\n }");
    const shm_type *e = shm_test_type_of(schema, "E");
    cr_assert_str_eq(e->doc, "One\n  two\n\nthree");
    cr_assert_str_eq(e->values[0].doc, "A");
    cr_assert_null(e->values[1].doc);
    const shm_type *r = shm_test_type_of(schema, "R");
    cr_assert_null(r->doc);
    cr_assert_null(r->fields[0].doc);
    cr_assert_str_eq(r->fields[1].doc, "of y");
    shm_schema_free(schema);
}

Test(parser, words_of_the_language_may_be_names)
{
    const shm_schema *schema = shm_test_parse(
        "record record { index: u8; map: u8; set: u8; by: u8; was: u8 was old; string: string;\n"
        "deprecated: u8 deprecated; namespace: u8; approximate: u8; min: u8; enum: u8; ref: u8; }\n"
        "dataset dataset { by: array<record>; index: index by by by;\n"
        "map: multi by by approximate, min approximate; multi: set<u8>; deprecated: set<u8> "
        "deprecated; }");
    cr_assert_eq(shm_test_type_of(schema, "record")->field_count, 12);
    const shm_collection *map = shm_schema_collection(schema, "map");
    cr_assert_eq(map->kind, SHM_APPROXIMATE);
    cr_assert_eq(map->key_count, 2);
    cr_assert(shm_schema_collection(schema, "deprecated")->deprecated);
    cr_assert_not(map->deprecated);
    shm_schema_free(schema);
}

Test(parser, files_import_from_beside_and_from_folders)
{
    shm_error error;
    const shm_schema *schema = NULL;
    FILE *file = fopen("a.shm", "w");
    cr_assert_not_null(file);
    fputs("import \"units.shm\"; record A { l: units.Length; }", file);
    fclose(file);
    cr_assert_eq(shm_schema_parse_file("a.shm", NULL, NULL, &schema, &error), SHM_BAD_SCHEMA);
    cr_assert_str_eq(error.text, "a.shm:1:8: error: cannot find 'units.shm': it stands neither "
                                 "beside this file nor in a folder given for imports");
    const char *const dirs[] = {"/nowhere", GOLDEN, NULL};
    cr_assert_eq(shm_schema_parse_file("a.shm", dirs, NULL, &schema, &error), SHM_OK);
    cr_assert_not_null(shm_test_type_of(schema, "si.Length"));
    shm_schema_free(schema);
    remove("a.shm");
}

Test(parser, files_that_cannot_be_read)
{
    shm_error error;
    const shm_schema *schema = NULL;
    cr_assert_eq(shm_schema_parse_file("gone.shm", NULL, NULL, &schema, &error), SHM_IO);
    cr_assert_str_eq(error.text, "cannot open 'gone.shm': No such file or directory");
    cr_assert_eq(shm_schema_parse_file("/", NULL, NULL, &schema, &error), SHM_IO);
    cr_assert_null(schema);
}

Test(parser, text_that_is_not_utf8)
{
    shm_status status;
    cr_assert_str_eq(shm_test_parse_error("record R {\n x: u8; // \xff\n}", &status),
                     "t:2:12: error: the text is not UTF-8 here");
    cr_assert_eq(status, SHM_BAD_SCHEMA);
}

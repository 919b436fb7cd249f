#include "schema/compiler/c_header.h"

#include <string.h>

#include "libshm/error.h"
#include "schema/compiler/c_unit.h"
#include "schema/compiler/wrap.h"

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

/* Helper types of files of one namespace must not meet in a program that includes both. */
static void name_prefixes(shm_c_unit *unit)
{
    const shm_ast_file *file = unit->file;
    const char *stem = shm_c_snake(unit, file->stem, strlen(file->stem));
    unit->prefix = shm_c_file_prefix(unit, file);
    unit->family = file->space.text == NULL || strcmp(stem, unit->prefix) == 0
                       ? unit->prefix
                       : shm_c_text(unit, "%s_%s", unit->prefix, stem);
}

/* ---- names that fall together ---- */

static uint32_t place_of(const shm_ast_file *file, const char *name)
{
    const size_t length = strlen(name);
    for (const shm_ast_declaration *at = file->declarations; at != NULL; at = at->next) {
        if (at->name.length == length && memcmp(at->name.text, name, length) == 0)
            return at->name.at;
    }
    return 0;
}

static bool check_names(shm_c_unit *unit, shm_diagnostics *diagnostics)
{
    bool good = true;
    for (size_t i = 0; i < unit->schema->declared_count; i++) {
        const shm_type *type = unit->schema->declared[i];
        const char *name = shm_c_declared(unit, type);
        if (shm_c_first(unit, name) || unit->failed)
            continue;
        const char *other = "";
        for (size_t k = 0; k < i; k++) {
            const shm_type *earlier = unit->schema->declared[k];
            if (strcmp(shm_c_declared(unit, earlier), name) == 0)
                other = earlier->name;
        }
        good = shm_diagnose(diagnostics, &unit->file->source, place_of(unit->file, type->name),
                            SHM_BAD_SCHEMA, "%s and %s would both be %s in C; rename one",
                            type->name, other, name);
    }
    return good;
}

/* What shm_ begins is declared by the library. */
static bool check_prefix(shm_c_unit *unit, shm_diagnostics *diagnostics)
{
    const shm_ast_name *space = &unit->file->space;
    if (strcmp(unit->prefix, "shm") != 0)
        return true;
    return shm_diagnose(
        diagnostics, &unit->file->source, space->text == NULL ? 0 : space->at, SHM_BAD_SCHEMA,
        "names in C would begin with shm_, as those of the library do: %s",
        space->text == NULL ? "give the file a namespace" : "choose another namespace");
}

static bool check_dataset_names(shm_c_unit *unit, shm_diagnostics *diagnostics)
{
    bool good = true;
    shm_claims prefixes = {0};
    for (const shm_ast_dataset *at = unit->file->datasets; at != NULL; at = at->next) {
        const char *name = shm_c_snake(unit, at->name.text, at->name.length);
        const shm_claim claim = shm_claims_add(&prefixes, name);
        if (claim == SHM_CLAIM_NO_MEMORY)
            unit->failed = true;
        else if (claim == SHM_CLAIM_TAKEN)
            good = shm_diagnose(diagnostics, &unit->file->source, at->name.at, SHM_BAD_SCHEMA,
                                "two datasets would both be %s_%s in C; rename one", unit->prefix,
                                name);
    }
    shm_claims_free(&prefixes);
    return good;
}

/* ---- the frame ---- */

static void print_banner(shm_c_unit *unit, const shm_schema *schema, const char *dataset)
{
    const char *file = base_name(unit->file->source.name);
    shm_c_print(unit,
                "/* %s.h — generated from %s by shmc %s.  Do not edit.\n"
                " *\n"
                " * fingerprint  %016llx%016llx\n"
                " * make again   shmc %s%s%s\n"
                " *\n"
                " * Rows are read where they lie in an image and must not be copied by value: "
                "their strings and\n"
                " * lists are found from the address of the row. */\n",
                file, file, shm_version(), (unsigned long long)schema->fingerprint[1],
                (unsigned long long)schema->fingerprint[0], file,
                dataset == NULL ? "" : " --dataset ", dataset == NULL ? "" : dataset);
}

static void print_includes(shm_c_unit *unit, const char *guard)
{
    bool math = false;
    for (size_t i = 0; i < unit->schema->declared_count; i++)
        math = math || shm_c_needs_math(unit->schema->declared[i]);
    shm_c_print(unit,
                "#ifndef %s\n#define %s\n\n"
                "#include <assert.h>\n%s#include <stdbool.h>\n#include <stddef.h>\n"
                "#include <stdint.h>\n#include <string.h>\n\n"
                "#include <shm/any.h>\n#include <shm/builder.h>\n#include <shm/dataset.h>\n"
                "#include <shm/word_index.h>\n",
                guard, guard, math ? "#include <math.h>\n" : "");
    if (unit->file->imports != NULL)
        shm_c_print(unit, "\n");
    for (const shm_ast_import *import = unit->file->imports; import != NULL; import = import->next)
        shm_c_print(unit, "#include \"%s.h\"\n", base_name(import->path));
    shm_c_print(unit, "\n#ifdef __cplusplus\nextern \"C\" {\n#endif\n");
}

static void print_declarations(shm_c_unit *unit)
{
    shm_c_enums(unit);
    shm_c_rows(unit);
    shm_c_print(unit, "\n/* ---- reading: fields ---- */\n");
    shm_c_type_accessors(unit);
    shm_c_print(unit, "\n/* ---- building: rows ---- */\n");
    shm_c_inputs(unit);
    shm_c_defaults(unit);
    shm_c_puts(unit);
}

static bool same_name(const shm_ast_name *name, const char *text)
{
    return strlen(text) == name->length && memcmp(text, name->text, name->length) == 0;
}

/* The functions of each dataset, or of the chosen one; the only one goes by the file's prefix. */
static shm_status print_datasets(shm_c_unit *unit, const shm_parsed *parsed, const char *chosen,
                                 shm_diagnostics *diagnostics, shm_error *error)
{
    const bool single = chosen != NULL || unit->file->dataset_count == 1;
    for (const shm_ast_dataset *at = unit->file->datasets; at != NULL; at = at->next) {
        if (chosen != NULL && !same_name(&at->name, chosen))
            continue;
        const char *name = shm_c_text(unit, "%.*s", (int)at->name.length, at->name.text);
        const shm_schema *schema;
        const shm_status status = shm_schema_of(parsed, name, diagnostics, &schema, error);
        if (status != SHM_OK)
            return status;
        const char *prefix = unit->prefix;
        if (!single)
            prefix = shm_c_text(unit, "%s_%s", prefix, shm_c_snake(unit, name, strlen(name)));
        shm_c_dataset_section(unit, schema, prefix);
        shm_schema_free(schema);
    }
    return SHM_OK;
}

static shm_status print_all(shm_c_unit *unit, const shm_parsed *parsed, const char *dataset,
                            shm_diagnostics *diagnostics, shm_error *error)
{
    name_prefixes(unit);
    const char *file = base_name(unit->file->source.name);
    const char *guard =
        shm_c_upper(unit, shm_c_text(unit, "%s_H", shm_c_identifier(unit, file, strlen(file))));
    shm_c_first(unit, guard);
    if (!check_prefix(unit, diagnostics) || !check_names(unit, diagnostics) ||
        !check_dataset_names(unit, diagnostics))
        return shm_fail(error, SHM_BAD_SCHEMA, "two declarations would have one name in C");
    print_banner(unit, unit->schema, dataset);
    print_includes(unit, guard);
    print_declarations(unit);
    const shm_status status = print_datasets(unit, parsed, dataset, diagnostics, error);
    shm_c_print(unit, "\n#ifdef __cplusplus\n}\n#endif\n#endif\n");
    if (status == SHM_OK && (unit->failed || unit->out.failed))
        return shm_fail_memory(error);
    return status;
}

/* The schema of the declarations: that of the one dataset, whose fingerprint the banner has. */
static shm_status declarations_of(const shm_parsed *parsed, const char *dataset,
                                  shm_diagnostics *diagnostics, const shm_schema **schema,
                                  shm_error *error)
{
    if (dataset == NULL && parsed->root->dataset_count > 1)
        dataset = "";
    return shm_schema_of(parsed, dataset, diagnostics, schema, error);
}

shm_status shm_c_header(const shm_parsed *parsed, const char *dataset, shm_diagnostics *diagnostics,
                        shm_output *out, shm_error *error)
{
    shm_c_unit unit = {.file = parsed->root};
    shm_status status = declarations_of(parsed, dataset, diagnostics, &unit.schema, error);
    if (status != SHM_OK)
        return status;
    status = print_all(&unit, parsed, dataset, diagnostics, error);
    if (status == SHM_OK) {
        shm_wrap_lines(out, unit.out.text, unit.out.length);
        if (out->failed)
            status = shm_fail_memory(error);
    }
    shm_schema_free(unit.schema);
    shm_output_free(&unit.out);
    shm_claims_free(&unit.claims);
    shm_arena_close(&unit.arena);
    return status;
}

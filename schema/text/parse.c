#include <stdlib.h>
#include <string.h>

#include "libshm/error.h"
#include "schema/text/parser.h"
#include "schema/text/text.h"

struct load {
    shm_parsed *parsed;
    const shm_loader *loader;
    shm_diagnostics *diagnostics;
    shm_ast_file **end; /* of parsed->files */
    uint32_t loaded_count;
    uint32_t depth;
    shm_ast_file *newest; /* the file loaded last */
    shm_error *error;
};

static shm_status load_imports(struct load *load, shm_ast_file *file);

static bool is_identifier(const char *text)
{
    const size_t length = strlen(text);
    if (length == 0 || length > SHM_NAME_LENGTH_MAX || (text[0] >= '0' && text[0] <= '9'))
        return false;
    return strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") ==
           length;
}

static const char *stem_of(shm_arena *arena, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash == NULL ? path : slash + 1;
    const char *point = strrchr(name, '.');
    const size_t length = point == NULL ? strlen(name) : (size_t)(point - name);
    return shm_arena_copy_text(arena, name, length);
}

/* Adds a file and all it imports, these first. */
static shm_status load_file(struct load *load, const shm_loaded *loaded, shm_ast_file *importer,
                            shm_ast_file **file_out)
{
    shm_parsed *parsed = load->parsed;
    shm_ast_file *file = shm_arena_alloc(&parsed->arena, sizeof *file);
    if (file == NULL)
        return shm_fail_memory(load->error);
    file->source = (shm_source){loaded->path, loaded->text, loaded->length, load->loaded_count};
    file->identity = loaded->identity;
    file->importer = importer;
    file->stem = stem_of(&parsed->arena, loaded->path);
    file->loaded_before = load->newest;
    load->newest = file;
    load->loaded_count++;
    if (file->stem == NULL || !shm_parser_read(file, &parsed->arena, load->diagnostics))
        return shm_fail_memory(load->error);
    file->loading = true;
    load->depth++;
    const shm_status status = load_imports(load, file);
    load->depth--;
    file->loading = false;
    if (status != SHM_OK)
        return status;
    *load->end = file;
    load->end = &file->next;
    parsed->file_count++;
    *file_out = file;
    return SHM_OK;
}

/* Tells of the circle that `import` in `file` closes by naming `first`. */
static void diagnose_circle(struct load *load, const shm_ast_file *file, uint32_t at,
                            const shm_ast_file *first)
{
    char text[1024];
    size_t length = 0;
    const shm_ast_file *way[SHM_IMPORT_DEPTH_MAX + 1];
    size_t count = 0;
    for (const shm_ast_file *step = file; step != first; step = step->importer)
        way[count++] = step;
    text[0] = '\0';
    while (count > 0 && length < sizeof text / 2) {
        const char *name = way[--count]->source.name;
        const size_t name_length = strnlen(name, 200);
        memcpy(text + length, name, name_length);
        memcpy(text + length + name_length, " -> ", 5);
        length += name_length + 4;
    }
    shm_diagnose(load->diagnostics, &file->source, at, SHM_BAD_SCHEMA,
                 "a circle of imports: %s -> %s%s", first->source.name, text, first->source.name);
}

static shm_status load_import(struct load *load, shm_ast_file *file, shm_ast_import *import)
{
    shm_loaded loaded = {0};
    shm_error why = {0};
    if (load->loader == NULL) {
        shm_diagnose(load->diagnostics, &file->source, import->at, SHM_BAD_SCHEMA,
                     "a self-contained schema has no imports");
        return SHM_OK;
    }
    const shm_status status = load->loader->load(load->loader->context, &load->parsed->arena,
                                                 file->source.name, import->path, &loaded, &why);
    if (status == SHM_NO_MEMORY)
        return shm_fail_memory(load->error);
    if (status != SHM_OK) {
        shm_diagnose(load->diagnostics, &file->source, import->at, SHM_BAD_SCHEMA, "%s", why.text);
        return SHM_OK;
    }
    for (shm_ast_file *other = load->newest; other != NULL; other = other->loaded_before) {
        if (strcmp(other->identity, loaded.identity) != 0)
            continue;
        if (other->loading)
            diagnose_circle(load, file, import->at, other);
        else
            import->file = other;
        return SHM_OK;
    }
    if (load->depth >= SHM_IMPORT_DEPTH_MAX || load->loaded_count >= SHM_FILE_COUNT_MAX) {
        shm_diagnose(load->diagnostics, &file->source, import->at, SHM_LIMIT,
                     load->depth >= SHM_IMPORT_DEPTH_MAX ? "imports nested more than %d deep"
                                                         : "more than %d files",
                     load->depth >= SHM_IMPORT_DEPTH_MAX ? SHM_IMPORT_DEPTH_MAX
                                                         : SHM_FILE_COUNT_MAX);
        return SHM_OK;
    }
    return load_file(load, &loaded, file, &import->file);
}

static shm_status load_imports(struct load *load, shm_ast_file *file)
{
    for (shm_ast_import *import = file->imports; import != NULL; import = import->next) {
        const shm_status status = load_import(load, file, import);
        if (status != SHM_OK)
            return status;
        if (load->diagnostics->full)
            return SHM_OK;
        const shm_ast_file *found = import->file;
        if (found != NULL && found->space.text == NULL && !is_identifier(found->stem))
            shm_diagnose(load->diagnostics, &file->source, import->at, SHM_BAD_SCHEMA,
                         "the name of '%s' is no identifier: declare a namespace in it",
                         import->path);
    }
    return SHM_OK;
}

shm_status shm_text_parse(const shm_loaded *root, const shm_loader *loader,
                          shm_diagnostics *diagnostics, shm_parsed **parsed, shm_error *error)
{
    shm_parsed *made = calloc(1, sizeof *made);
    if (made == NULL)
        return shm_fail_memory(error);
    struct load load = {.parsed = made,
                        .loader = loader,
                        .diagnostics = diagnostics,
                        .end = &made->files,
                        .error = error};
    shm_status status = load_file(&load, root, NULL, &made->root);
    if (status == SHM_OK && diagnostics->out_of_memory)
        status = shm_fail_memory(error);
    if (status != SHM_OK) {
        shm_parsed_free(made);
        return status;
    }
    made->incomplete = diagnostics->count > 0;
    *parsed = made;
    return SHM_OK;
}

void shm_parsed_free(shm_parsed *parsed)
{
    if (parsed == NULL)
        return;
    shm_arena_close(&parsed->arena);
    shm_arena_close(&parsed->root_arena);
    free(parsed);
}

/* text.h — schema text to model and back: what the compiler uses below shm_schema_parse.
 * Internal.
 *
 *   shm_diagnostics diagnostics = {0};
 *   shm_text_parse_file(path, import_dirs, &diagnostics, &parsed, &error)
 *   shm_schema_of(parsed, dataset, &diagnostics, &schema, &error)
 *   ... print diagnostics.items ...
 *   shm_parsed_free(parsed); shm_diagnostics_close(&diagnostics); shm_schema_free(schema)
 *
 * A schema lives on its own: it may outlive the shm_parsed it was made from. */
#ifndef SCHEMA_TEXT_TEXT_H
#define SCHEMA_TEXT_TEXT_H

#include <shm/schema.h>

#include "schema/text/ast.h"

enum { SHM_IMPORT_DEPTH_MAX = 64, SHM_FILE_COUNT_MAX = 1000 };

/* What a loader finds: both texts live until the shm_parsed is freed (its arena may hold them). */
typedef struct shm_loaded {
    const char *path;     /* as messages and dependency files show it */
    const char *identity; /* equal for two paths of one file */
    const char *text;
    size_t length;
} shm_loaded;

/* Finds the file that `importer` (the path of a loaded file) imports as `written`; SHM_NOT_FOUND
 * becomes a diagnostic at the import, with error->text; other failures end the parse. */
typedef struct shm_loader {
    shm_status (*load)(void *context, shm_arena *arena, const char *importer, const char *written,
                       shm_loaded *loaded, shm_error *error);
    void *context;
} shm_loader;

typedef struct shm_parsed {
    shm_arena arena;
    shm_arena root_arena; /* holds the text of a root that was read from a file */
    shm_ast_file *root;
    shm_ast_file *files; /* imports before importers, the root last, linked by `next` */
    size_t file_count;
    bool incomplete; /* there were syntax or import errors: names may be missing */
} shm_parsed;

/* Reads the root text and all it imports (`loader` NULL: imports are errors).  Errors in the texts
 * go to the diagnostics and the call still succeeds, so that shm_schema_of can find more of them.
 * Fails: NO_MEMORY, or what the loader failed with.  `text` must outlive *parsed. */
SHM_MUST_USE shm_status shm_text_parse(const shm_loaded *root, const shm_loader *loader,
                                       shm_diagnostics *diagnostics, shm_parsed **parsed,
                                       shm_error *error);

/* The same for a file; imports are sought beside the importing file, then in `import_dirs` (ends
 * with NULL, or is NULL).  Fails also: IO (the file itself cannot be read), LIMIT. */
SHM_MUST_USE shm_status shm_text_parse_file(const char *path, const char *const *import_dirs,
                                            shm_diagnostics *diagnostics, shm_parsed **parsed,
                                            shm_error *error);

void shm_parsed_free(shm_parsed *parsed);

/* Checks everything declared in all files and all datasets of the root, and makes the schema of
 * one dataset: `dataset` is its name; NULL: the only one, or none if there is none; "": none.
 * Fails: BAD_SCHEMA or LIMIT (the first diagnostic, which may stem from parsing, gives status and
 * error->text), NOT_FOUND (no such dataset), INVALID (several, and none chosen), NO_MEMORY. */
SHM_MUST_USE shm_status shm_schema_of(const shm_parsed *parsed, const char *dataset,
                                      shm_diagnostics *diagnostics, const shm_schema **schema,
                                      shm_error *error);

/* Reads a whole file of at most SHM_SCHEMA_TEXT_BYTES_MAX bytes into the arena. */
SHM_MUST_USE shm_status shm_text_read_file(const char *path, shm_arena *arena, const char **text,
                                           size_t *length, shm_error *error);

#endif

/* shmc.h — the command `shmc`, but for main().  Internal. */
#ifndef SCHEMA_COMPILER_SHMC_H
#define SCHEMA_COMPILER_SHMC_H

#include <stdbool.h>
#include <stddef.h>

#include "schema/compiler/output.h"
#include "schema/text/text.h"

/* The exit codes of both commands (README). */
enum {
    SHMC_DONE = 0,
    SHMC_BAD_INPUT = 2, /* usage, or a schema with errors */
    SHMC_MISMATCH = 4,  /* --check-compat found breaks */
    SHMC_IO = 5
};

typedef enum shmc_mode {
    SHMC_COMPILE = 0,
    SHMC_CHECK_COMPAT,
    SHMC_PRINT_LAYOUT,
    SHMC_FORMAT
} shmc_mode;

typedef struct shmc_options {
    const char **files;
    size_t file_count;
    const char **import_dirs; /* ends with NULL */
    size_t import_dir_count;
    const char *folder; /* -o */
    const char *dataset;
    const char *depfile;
    const char *older; /* --check-compat */
    shmc_mode mode;
    bool c, python, dot;
    bool json, help, version;
} shmc_options;

/* Reads the command line into *options, whose lists are allocated; false after it told on stderr
 * what is wrong.  shmc_options_free frees either way. */
bool shmc_options_read(int argc, char **argv, shmc_options *options);
void shmc_options_free(shmc_options *options);
void shmc_print_help(void);

/* What a run has done so far. */
typedef struct shmc_run {
    const shmc_options *options;
    shm_output json; /* the list of diagnostics, where --json is given */
    size_t json_count;
    shm_output written; /* paths, for --json: each followed by a newline */
    shm_output asked;   /* those of the files of the command line, without their imports */
    shm_output inputs;
    int exit_code; /* of the first failure */
} shmc_run;

/* Prints the diagnostics (or keeps them for --json) and takes note of the exit code. */
void shmc_tell_diagnostics(shmc_run *run, const shm_diagnostics *diagnostics);

/* The same for a failure that is no error of a text. */
void shmc_tell_failure(shmc_run *run, const char *where, shm_status status, const shm_error *error);

/* Parses the file.  NULL after the failure was told; diagnostics of its text are not yet. */
shm_parsed *shmc_parse(shmc_run *run, const char *path, shm_diagnostics *diagnostics);

/* The schema of the file's dataset (or of none, if it has several and none is chosen and
 * `any_dataset`); NULL after everything wrong was told. */
const shm_schema *shmc_schema(shmc_run *run, const char *path, bool any_dataset);

/* The modes, for one file; exit codes go to the run. */
void shmc_compile(shmc_run *run, const char *path);
void shmc_check_compat(shmc_run *run, const char *path);
void shmc_print_layout(shmc_run *run, const char *path);
void shmc_format(shmc_run *run, const char *path);

/* Writes the make rule of what was compiled.  Its outputs are those of the files asked for:
 * ninja refuses a depfile that names an output which the build does not declare, and who asks for a
 * file need not know what it imports. */
void shmc_write_depfile(shmc_run *run);

/* The whole command. */
int shmc_main(int argc, char **argv);

#endif

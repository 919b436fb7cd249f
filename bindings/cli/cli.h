/* cli.h — what all verbs of the `shm` command share: the verb table's entries, options,
 * failures. */
#ifndef BINDINGS_CLI_H
#define BINDINGS_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <shm/dataset.h>
#include <shm/schema.h>
#include <shm/status.h>

/* Exit codes, part of the contract with scripts. */
enum {
    SHM_EXIT_DONE = 0,
    SHM_EXIT_NO = 1,       /* not found, or differs */
    SHM_EXIT_BAD = 2,      /* usage, or bad input */
    SHM_EXIT_CORRUPT = 3,  /* corrupt, or not an image */
    SHM_EXIT_MISMATCH = 4, /* schema mismatch */
    SHM_EXIT_IO = 5,       /* a file cannot be opened, I/O error, no space, no memory */
    SHM_EXIT_LOCKED = 6    /* locked, or timed out */
};

typedef struct shm_args shm_args;

typedef struct shm_verb {
    const char *name;
    const char *summary; /* one line */
    const char *usage;   /* what follows `shm NAME ` */
    const char *details; /* the rest of --help, whole lines */
    int (*run)(shm_args *args);
} shm_verb;

extern const shm_verb shm_verb_build, shm_verb_get, shm_verb_scan, shm_verb_dump, shm_verb_ls,
    shm_verb_stat, shm_verb_schema, shm_verb_verify, shm_verb_reseal, shm_verb_diff, shm_verb_merge,
    shm_verb_bench, shm_verb_doctor, shm_verb_demo;

/* ---- options ---- */

typedef struct shm_option {
    const char *name; /* without the dashes; NULL ends the table */
    char letter;      /* 0: none */
    bool takes_value;
    int id; /* above 0 */
} shm_option;

struct shm_args {
    const shm_verb *verb;
    char **words;
    int count;
    int at;
    bool words_only;     /* `--` was seen */
    bool json;           /* --json was seen */
    const char *letters; /* letters of one word that are still to be read */
    const char *value;   /* of the option or word just read */
    int exit_code;       /* after SHM_ARG_STOP */
};

enum { SHM_ARG_STOP = -1, SHM_ARG_END = 0, SHM_ARG_WORD = 1, SHM_ARG_OPTION = 2 };

/* The next option (its id) or other word (SHM_ARG_WORD), in `value`; SHM_ARG_END when there are no
 * more.  SHM_ARG_STOP: usage was wrong, or help was asked for and printed; the verb returns
 * args->exit_code.  --json and --help are known everywhere. */
int shm_args_next(shm_args *args, const shm_option *options);

/* For verbs without options of their own: the words, from `least` to `most`, into `words`; how many
 * there are.  -1: nothing more to do, the verb returns args->exit_code. */
int shm_args_words(shm_args *args, const char **words, int least, int most);

/* Prints the message and how to get help, and returns SHM_EXIT_BAD. */
int shm_args_fail(const shm_args *args, const char *format, ...) SHM_PRINTF(2, 3);

/* ---- failures ---- */

/* Prints "shm: " and the message to stderr; returns `code`. */
int shm_cli_fail(int code, const char *format, ...) SHM_PRINTF(2, 3);

/* Prints the text of an error, with `path` in front unless the text names it; returns the exit code
 * of its status. */
int shm_cli_fail_error(const char *path, const shm_error *error);

/* The same for a schema that could not be read. */
int shm_cli_fail_schema(const char *path, const shm_error *error);

int shm_cli_exit_code(shm_status status);

/* Grows an allocation; ends the program with a message if there is no memory. */
void *shm_cli_realloc(void *memory, size_t size);

/* ---- images ---- */

typedef struct shm_cli_image {
    const char *path;
    shm_dataset *dataset;
    const shm_schema *schema; /* the one asked for, or the image's own */
    const shm_schema *owned;
} shm_cli_image;

/* Opens the image, always verifying it, under the schema of `schema_path` unless NULL.
 * 0, or the exit code after a message. */
int shm_cli_open(const char *path, const char *schema_path, const char *dataset_name,
                 shm_cli_image *image);

/* The same under its own schema, in memory as `pages` says. */
int shm_cli_open_pages(const char *path, shm_pages pages, shm_cli_image *image);
void shm_cli_close(shm_cli_image *image);

/* Opens the image, prints what `put` makes of it, and closes it.  The exit code. */
typedef struct shm_out shm_out;
typedef void shm_cli_put(shm_out *out, const shm_cli_image *image);
int shm_cli_show(const char *path, shm_pages pages, shm_cli_put *put);

/* The collection of that name; NULL after a message that lists the names there are (exit 2). */
const shm_collection *shm_cli_collection(const shm_schema *schema, const char *name);

/* "table", "index", "multi", ... */
const char *shm_cli_kind_name(shm_collection_kind kind);

/* Whether it holds rows or elements of its own, rather than leading to a table's. */
bool shm_cli_is_filled(const shm_collection *collection);

#endif

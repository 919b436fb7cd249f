/* build_options.h — the options of every verb that makes an image. */
#ifndef BINDINGS_CLI_BUILD_OPTIONS_H
#define BINDINGS_CLI_BUILD_OPTIONS_H

#include <shm/builder.h>

#include "cli.h"
#include "progress.h"

typedef struct shm_cli_build {
    const char *output; /* NULL: none was given */
    shm_build_options options;
    shm_progress_mode progress;
    shm_progress_view *view; /* what a notice takes away first */
    bool json;
} shm_cli_build;

/* Ids above those of a verb's own options. */
enum { SHM_OPTION_OUTPUT = 100, SHM_OPTION_JOBS, SHM_OPTION_MEMORY, SHM_OPTION_PROGRESS };

/* The entries of a verb's table of options, and what --help says of them. */
#define SHM_BUILD_OPTIONS                                                                          \
    {"output", 'o', true, SHM_OPTION_OUTPUT}, {"jobs", 0, true, SHM_OPTION_JOBS},                  \
        {"memory", 0, true, SHM_OPTION_MEMORY},                                                    \
    {                                                                                              \
        "progress", 0, true, SHM_OPTION_PROGRESS                                                   \
    }
#define SHM_BUILD_OPTIONS_HELP                                                                     \
    "  -o, --output IMAGE    the image to make\n"                                                  \
    "  --jobs N              how many threads may work: one a CPU unless given, at most 64;\n"     \
    "                        the image is the same for all N\n"                                    \
    "  --memory SIZE         how much memory to take: 65536, 512M, 2G; a quarter of what is\n"     \
    "                        available, at least 256M, unless given; the rest goes to unnamed\n"   \
    "                        files in $TMPDIR or /var/tmp\n"                                       \
    "  --progress WHEN       auto (on a terminal), always, never, or json (lines to stderr)\n"

/* What holds where no option says otherwise. */
void shm_cli_build_default(shm_cli_build *build);

/* Takes one of these options, whose value is args->value; 0, or the exit code after a message. */
int shm_build_option_take(shm_cli_build *build, const shm_args *args, int option);

/* Lets the builder's notices go to stderr, as JSON if progress or the summary is. */
void shm_build_take_notices(shm_cli_build *build, shm_progress_view *view, bool json);

/* After a build, for --json: the image, its bytes, the rows of its collections, and the time since
 * `started_at` (shm_clock_seconds). */
void shm_build_put_summary(const shm_cli_build *build, double started_at);

/* The two rows that a failure with DUPLICATE_KEY names, and their collection; false for another
 * text. */
typedef struct shm_cli_duplicate {
    unsigned long long rows[2];
    char collection[SHM_NAME_LENGTH_MAX + 1];
} shm_cli_duplicate;
bool shm_cli_duplicate_read(const char *text, shm_cli_duplicate *duplicate);

#endif

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

/* The demo is a program of its own, beside this one or, installed, in ../libexec/libshm. */
static int run(shm_args *args)
{
    static const char *const places[] = {"shm-demo", "../libexec/libshm/shm-demo"};
    char folder[PATH_MAX];
    char path[PATH_MAX + 64];
    if (args->count > 0 &&
        (strcmp(args->words[0], "--help") == 0 || strcmp(args->words[0], "-h") == 0)) {
        static const shm_option none[] = {{0}};
        shm_args_next(args, none);
        return args->exit_code;
    }
    const ssize_t length = readlink("/proc/self/exe", folder, sizeof folder - 1);
    if (length < 0) {
        return shm_cli_fail(SHM_EXIT_IO, "cannot read /proc/self/exe: %s", strerror(errno));
    }
    folder[length] = '\0';
    *strrchr(folder, '/') = '\0';
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, places[i]);
        if (access(path, X_OK) == 0) {
            /* The word before the arguments is the verb. */
            args->words[-1] = path;
            setenv("SHM_COMMAND", program_invocation_name, 1); /* for commands it shows */
            signal(SIGPIPE, SIG_DFL);
            signal(SIGXFSZ, SIG_DFL);
            execv(path, args->words - 1);
            return shm_cli_fail(SHM_EXIT_IO, "cannot run %s: %s", path, strerror(errno));
        }
    }
    return shm_cli_fail(SHM_EXIT_IO,
                        "the demo was not built: there is no shm-demo in %s nor in "
                        "%s/../libexec/libshm (make demo builds it)",
                        folder, folder);
}

const shm_verb shm_verb_demo = {
    .name = "demo",
    .summary = "Builds, shares and reads an example, and shows what it costs",
    .usage = "[ARGUMENT...]",
    .details = "Arguments go to the program shm-demo.\n\n",
    .run = run,
};

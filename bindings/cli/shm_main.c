/* The `shm` command: shm VERB ARGUMENT... */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "out.h"

static const shm_verb *const verbs[] = {
    &shm_verb_build, &shm_verb_get,    &shm_verb_scan,   &shm_verb_dump,   &shm_verb_ls,
    &shm_verb_stat,  &shm_verb_schema, &shm_verb_verify, &shm_verb_reseal, &shm_verb_diff,
    &shm_verb_merge, &shm_verb_bench,  &shm_verb_doctor, &shm_verb_demo,   NULL,
};

static void put_usage(shm_out *out)
{
    shm_out_text(out, "usage: shm COMMAND ARGUMENT...\n\n");
    for (size_t i = 0; verbs[i] != NULL; i++) {
        shm_out_print(out, "  %-8s %s\n", verbs[i]->name, verbs[i]->summary);
    }
    shm_out_text(out, "\n'shm COMMAND --help' says more; 'shm --version' names library and image "
                      "format.\n");
}

static int fail_usage(const char *reason, const char *word)
{
    shm_out out = {0};
    put_usage(&out);
    fprintf(stderr, "shm: %s%s\n%.*s", reason, word, (int)out.length, out.bytes);
    shm_out_close(&out);
    return SHM_EXIT_BAD;
}

static int print_version(bool json)
{
    shm_out out = {0};
    shm_out_print(
        &out, json ? "{\"version\":\"%s\",\"format\":\"%s\"}\n" : "libshm %s, image format %s\n",
        shm_version(), shm_format_version());
    shm_out_flush(&out);
    shm_out_close(&out);
    return SHM_EXIT_DONE;
}

static int print_usage(void)
{
    shm_out out = {0};
    put_usage(&out);
    shm_out_flush(&out);
    shm_out_close(&out);
    return SHM_EXIT_DONE;
}

/* A standard stream that was closed must not become the number of a file that is opened: an image
 * would get what is meant for the terminal.  In its place stands one that can be neither read
 * (standard input) nor written (the others), so that using it fails. */
static void hold_streams(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        const int useless = fd == STDIN_FILENO ? O_WRONLY : O_RDONLY;
        if (fcntl(fd, F_GETFD) == -1 && open("/dev/null", useless) != fd) {
            _exit(SHM_EXIT_IO);
        }
    }
}

int main(int argc, char **argv)
{
    hold_streams();
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    if (argc < 2) {
        return fail_usage("no command given", "");
    }
    if (strcmp(argv[1], "--version") == 0) {
        return print_version(argc > 2 && strcmp(argv[2], "--json") == 0);
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        return print_usage();
    }
    for (size_t i = 0; verbs[i] != NULL; i++) {
        if (strcmp(argv[1], verbs[i]->name) == 0) {
            shm_args args = {.verb = verbs[i], .words = argv + 2, .count = argc - 2};
            return verbs[i]->run(&args);
        }
    }
    return fail_usage("unknown command: ", argv[1]);
}

/* watch_memory.h — how much anonymous memory a process takes, seen from another one.  For plain
 * programs. */
#ifndef SUPPORT_WATCH_MEMORY_H
#define SUPPORT_WATCH_MEMORY_H

#include <stdint.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/support/plain.h"

enum { WATCH_NANOSECONDS = 2 * 1000 * 1000 };

/* What the process has now; 0 once it has ended. */
static inline uint64_t anonymous_bytes(pid_t child)
{
    char path[64];
    char line[256];
    uint64_t kib = 0;
    snprintf(path, sizeof path, "/proc/%d/status", (int)child);
    FILE *status = fopen(path, "r");
    REQUIRE(status != NULL);
    while (fgets(line, sizeof line, status) != NULL) {
        if (sscanf(line, "RssAnon: %lu kB", &kib) == 1) {
            break;
        }
    }
    fclose(status);
    return kib << 10;
}

/* Runs it in a process of its own, which must succeed; the most that it was seen with. */
static inline uint64_t watch_memory(void (*run)(void *context), void *context)
{
    uint64_t most = 0;
    int status;
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        run(context);
        _exit(0);
    }
    while (waitpid(child, &status, WNOHANG) == 0) {
        const uint64_t now = anonymous_bytes(child);
        most = now > most ? now : most;
        nanosleep(&(struct timespec){.tv_nsec = WATCH_NANOSECONDS}, NULL);
    }
    REQUIRE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    return most;
}

#endif

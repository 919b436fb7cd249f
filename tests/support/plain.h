/* plain.h — what plain test programs (no Criterion) share: they stop at the first failure. */
#ifndef SUPPORT_PLAIN_H
#define SUPPORT_PLAIN_H

#include <stdio.h>
#include <stdlib.h>

#include <shm/status.h>

#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: %s does not hold\n", __FILE__, __LINE__, #condition);          \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

/* The call answers SHM_OK; else its error's text is told. */
static inline void require_ok(shm_status status, const shm_error *error, const char *what)
{
    if (status != SHM_OK) {
        fprintf(stderr, "%s: %s: %s\n", what, shm_status_name(status), error->text);
        exit(1);
    }
}

#endif

/* doctor.h — what `shm doctor` found. */
#ifndef BINDINGS_CLI_DOCTOR_H
#define BINDINGS_CLI_DOCTOR_H

#include <stdbool.h>
#include <stddef.h>

enum { SHM_FINDING_MAX = 24 };

/* One thing that was looked at. */
typedef struct shm_finding {
    const char *name;
    char value[256];
    const char *advice; /* NULL: all is well */
} shm_finding;

typedef struct shm_findings {
    shm_finding list[SHM_FINDING_MAX];
    size_t count;
} shm_findings;

shm_finding *shm_finding_add(shm_findings *findings, const char *name);

/* Looks at what the kernel is told about huge pages, and at what images get here, in /dev/shm and
 * as private copies: by building one in each place. */
void shm_doctor_pages(shm_findings *findings);

/* The first line of a file of the kernel's; false if it cannot be read. */
bool shm_doctor_read_line(const char *path, char *line, size_t size);

#endif

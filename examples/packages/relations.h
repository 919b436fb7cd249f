/* relations.h — reads the dependency fields of Debian control data. */
#ifndef PACKAGES_RELATIONS_H
#define PACKAGES_RELATIONS_H

#include <stdbool.h>

#include <shm/value.h>

/* "libc6 (>= 2.36)"; `operator` is one of "<<", "<=", "=", ">=", ">>", empty without a version. */
struct relation {
    shm_string name;
    shm_string operator_text;
    shm_string version;
};

/* Reads one alternative, leaving out an architecture qualifier (":any").  False if no name is in
 * it. */
bool relation_read(shm_string text, struct relation *relation);

#endif

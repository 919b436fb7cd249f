/* claims.h — the set of names that are taken.  Internal. */
#ifndef SCHEMA_COMPILER_CLAIMS_H
#define SCHEMA_COMPILER_CLAIMS_H

#include <stdbool.h>
#include <stddef.h>

/* All zero is the empty set. */
typedef struct shm_claims {
    const char **slots;
    size_t slot_count; /* a power of two, or 0 */
    size_t used;
} shm_claims;

typedef enum shm_claim { SHM_CLAIM_NEW, SHM_CLAIM_TAKEN, SHM_CLAIM_NO_MEMORY } shm_claim;

/* Takes the name, whose bytes must outlive the set. */
shm_claim shm_claims_add(shm_claims *claims, const char *name);

void shm_claims_free(shm_claims *claims);

#endif

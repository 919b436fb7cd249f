#include "schema/compiler/claims.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "libshm/hash.h"

enum { FIRST_SLOT_COUNT = 256 };

static size_t find(const shm_claims *claims, const char *name)
{
    size_t at = (size_t)shm_hash64(name, strlen(name), 0) & (claims->slot_count - 1);
    while (claims->slots[at] != NULL && strcmp(claims->slots[at], name) != 0)
        at = (at + 1) & (claims->slot_count - 1);
    return at;
}

static bool grow(shm_claims *claims)
{
    shm_claims larger = {0};
    larger.slot_count = claims->slot_count == 0 ? FIRST_SLOT_COUNT : claims->slot_count * 2;
    larger.used = claims->used;
    larger.slots = calloc(larger.slot_count, sizeof *larger.slots);
    if (larger.slots == NULL)
        return false;
    for (size_t i = 0; i < claims->slot_count; i++) {
        if (claims->slots[i] != NULL)
            larger.slots[find(&larger, claims->slots[i])] = claims->slots[i];
    }
    free(claims->slots);
    *claims = larger;
    return true;
}

shm_claim shm_claims_add(shm_claims *claims, const char *name)
{
    if (claims->used * 2 >= claims->slot_count && !grow(claims))
        return SHM_CLAIM_NO_MEMORY;
    const size_t at = find(claims, name);
    if (claims->slots[at] != NULL)
        return SHM_CLAIM_TAKEN;
    claims->slots[at] = name;
    claims->used++;
    return SHM_CLAIM_NEW;
}

void shm_claims_free(shm_claims *claims)
{
    free(claims->slots);
    *claims = (shm_claims){0};
}

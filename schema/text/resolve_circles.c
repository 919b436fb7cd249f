/* Records that can never be finite: each row of A holds an A, directly or through others. */
#include <stdio.h>
#include <string.h>

#include "schema/text/resolve.h"

struct search {
    shm_symbol **open; /* the way from where the search began */
    size_t open_count;
};

static void diagnose(shm_resolver *resolver, const struct search *search,
                     const shm_required *closing)
{
    const shm_symbol *holder = search->open[search->open_count - 1];
    size_t first = search->open_count - 1;
    char way[256];
    size_t length = 0;
    while (search->open[first] != closing->record)
        first--;
    way[0] = '\0';
    for (size_t i = first + 1; i < search->open_count && length < sizeof way - 1; i++) {
        const int added =
            snprintf(way + length, sizeof way - length, "%s%s", i == first + 1 ? " through " : ", ",
                     search->open[i]->type->name);
        length += added > 0 ? (size_t)added : 0;
    }
    shm_resolver_fail(resolver, holder->file, closing->at,
                      "%s holds itself%s, so no row of it could end: make it optional or a list",
                      closing->record->type->name, way);
}

/* Depth first, without recursion: ways may be as long as there are records. */
static void search_from(shm_resolver *resolver, struct search *search, shm_symbol *start)
{
    start->state = SHM_SYMBOL_OPEN;
    start->unvisited = start->required;
    search->open[search->open_count++] = start;
    while (search->open_count > 0) {
        shm_symbol *top = search->open[search->open_count - 1];
        const shm_required *next = top->unvisited;
        if (next == NULL) {
            top->state = SHM_SYMBOL_DONE;
            search->open_count--;
            continue;
        }
        top->unvisited = next->next;
        if (next->record->state == SHM_SYMBOL_OPEN) {
            diagnose(resolver, search, next);
        } else if (next->record->state == SHM_SYMBOL_NEW) {
            next->record->state = SHM_SYMBOL_OPEN;
            next->record->unvisited = next->record->required;
            search->open[search->open_count++] = next->record;
        }
    }
}

bool shm_resolve_circles(shm_resolver *resolver)
{
    struct search search = {0};
    search.open = shm_arena_alloc_array(&resolver->scratch, resolver->symbol_count, sizeof(void *));
    if (search.open == NULL)
        return false;
    for (size_t i = 0; i < resolver->symbol_count; i++) {
        shm_symbol *symbol = &resolver->symbols[i];
        if (symbol->declaration->kind == SHM_DECLARE_RECORD && symbol->state == SHM_SYMBOL_NEW)
            search_from(resolver, &search, symbol);
    }
    return true;
}

/* put_refs.c — refs must lead to rows that there are: known when all rows are in. */
#include <stdlib.h>
#include <string.h>

#include "collections/dataset/builder.h"
#include "libshm/error.h"

/* Notes that `row` is in a ref of the collection, in its row `holder`. */
static bool note(shm_builder *builder, struct shm_build_collection *from, const shm_type *type,
                 const shm_field *field, uint64_t holder, uint64_t row)
{
    const uint32_t table = builder->table_of[type->element->id];
    size_t i = 0;
    while (i < from->ref_count && from->refs[i].table != table) {
        i++;
    }
    if (i < from->ref_count && row <= from->refs[i].greatest) {
        return true;
    }
    if (i == from->ref_count) {
        struct shm_ref_watch *refs = realloc(from->refs, (i + 1) * sizeof *refs);
        if (refs == NULL) {
            shm_builder_fail_memory(builder);
            return false;
        }
        from->refs = refs;
        from->ref_count++;
    }
    from->refs[i] =
        (struct shm_ref_watch){.table = table, .greatest = row, .row = holder, .field = field};
    return true;
}

bool shm_ref_note(shm_builder *builder, const shm_type *type, uint64_t row)
{
    const shm_frame *bottom = &builder->frames[0];
    return note(builder, builder->row_of, type, &bottom->type->fields[bottom->current],
                builder->row_of->rows.count, row);
}

static uint64_t word_at(const unsigned char *at)
{
    uint64_t word;
    memcpy(&word, at, sizeof word);
    return word;
}

bool shm_refs_note(shm_builder *builder, struct shm_build_collection *from,
                   const unsigned char *rows, size_t count)
{
    const shm_pack *pack = &from->pack;
    for (size_t row = 0; row < count; row++, rows += pack->row_size) {
        for (size_t i = 0; i < pack->ref_count; i++) {
            const struct shm_pack_ref *ref = &pack->refs[i];
            const struct shm_pack_step *step = &ref->step;
            for (uint64_t k = 0; k < step->count; k++) {
                const uint64_t gate_at = step->gate_offset + k * step->gate_stride;
                const bool is_there =
                    step->gate == 0 || (word_at(rows + gate_at) & step->gate) != 0;
                const uint64_t number = word_at(rows + step->offset + k * step->stride);
                if (is_there &&
                    !note(builder, from, ref->type, ref->field, from->rows.count + row, number)) {
                    return false;
                }
            }
        }
    }
    return true;
}

static bool check_watch(shm_builder *builder, const struct shm_build_collection *from,
                        const struct shm_ref_watch *watch)
{
    const struct shm_build_collection *to =
        watch->table == SHM_NO_TABLE ? NULL : &builder->collections[watch->table];
    const uint64_t count = to == NULL ? 0 : to->rows.count;
    if (watch->greatest < count) {
        return true;
    }
    shm_builder_fail(builder, SHM_INVALID,
                     "%s row %llu: %s: row %llu is past the end of %s (%llu rows)",
                     from->collection->name, (unsigned long long)watch->row, watch->field->name,
                     (unsigned long long)watch->greatest,
                     to == NULL ? "its table" : to->collection->name, (unsigned long long)count);
    return false;
}

bool shm_refs_check(shm_builder *builder)
{
    for (size_t i = 0; i < builder->schema->dataset->collection_count; i++) {
        const struct shm_build_collection *from = &builder->collections[i];
        for (size_t k = 0; k < from->ref_count; k++) {
            if (!check_watch(builder, from, &from->refs[k])) {
                return false;
            }
        }
    }
    return true;
}

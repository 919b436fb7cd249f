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

/* Notes the refs of rows one by one. */
static bool note_each(shm_builder *builder, struct shm_build_collection *from,
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
                    step->gate == 0 || (word_at(rows + gate_at) & step->gate) == step->gate_open;
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

/* The greatest number of a ref in rows, absent ones being 0. */
static uint64_t greatest_of(const struct shm_pack_step *given, uint64_t row_size,
                            const unsigned char *rows, size_t count)
{
    const struct shm_pack_step step = *given;
    uint64_t greatest = 0;
    for (size_t row = 0; row < count; row++, rows += row_size) {
        for (uint64_t k = 0; k < step.count; k++) {
            const uint64_t number = word_at(rows + step.offset + k * step.stride);
            greatest = number > greatest ? number : greatest;
        }
    }
    return greatest;
}

/* Whether nothing is new in the refs of settled rows: they are not above what was noted. */
static bool is_noted(const shm_builder *builder, const struct shm_build_collection *from,
                     const struct shm_pack_ref *ref, const unsigned char *rows, size_t count)
{
    const uint32_t table = builder->table_of[ref->type->element->id];
    size_t i = 0;
    while (i < from->ref_count && from->refs[i].table != table) {
        i++;
    }
    return i < from->ref_count &&
           greatest_of(&ref->step, from->pack.row_size, rows, count) <= from->refs[i].greatest;
}

bool shm_refs_note(shm_builder *builder, struct shm_build_collection *from,
                   const unsigned char *rows, size_t count)
{
    bool is_all_noted = true;
    for (size_t i = 0; i < from->pack.ref_count && is_all_noted; i++) {
        is_all_noted = is_noted(builder, from, &from->pack.refs[i], rows, count);
    }
    return is_all_noted || note_each(builder, from, rows, count);
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

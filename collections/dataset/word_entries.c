/* word_entries.c — the entries of maps of words. */
#include "collections/dataset/word_entries.h"

#include <stdlib.h>
#include <string.h>

#include "collections/key/word.h"
#include "libshm/error.h"
#include "libshm/hash.h"

enum { ENTRIES_OF_TASK = 1 << 14, PIECE_ENTRIES = 256, PUT_BYTES_MAX = 16 };

/* Two rows with one key. */
struct shm_repeated {
    bool is_found;
    uint64_t first_row;
    uint64_t second_row; /* the least that repeats a key */
};

/* Entries of puts one after the other, the first of which is row `row`.  Inlined for constants, it
 * asks for kinds and sizes once. */
static inline __attribute__((always_inline)) void
list_piece(const shm_word_entries *entries, shm_kind key, uint64_t value_bytes,
           const unsigned char *put, size_t count, uint64_t row, uint64_t seed, shm_entry *piece)
{
    const uint64_t stride = entries->rows->stride;
    const uint64_t value_at = entries->value_at;
    const bool lists_rows = entries->lists_rows;
    for (size_t i = 0; i < count; i++, put += stride) {
        shm_entry entry = {.hash = shm_mix64(shm_word_at(key, put), seed)};
        memcpy(&entry.row, put + value_at, value_bytes);
        entry.row = lists_rows ? row + i : entry.row;
        piece[i] = entry;
    }
}

static void list_piece_of(const shm_word_entries *entries, const unsigned char *put, size_t count,
                          uint64_t row, uint64_t seed, shm_entry *piece)
{
    const bool is_wide = entries->key == SHM_U64 || entries->key == SHM_I64;
    if (is_wide && entries->value_bytes == 8) {
        list_piece(entries, SHM_U64, 8, put, count, row, seed, piece);
    } else if (entries->key == SHM_U32 && entries->value_bytes == 4) {
        list_piece(entries, SHM_U32, 4, put, count, row, seed, piece);
    } else {
        list_piece(entries, entries->key, entries->value_bytes, put, count, row, seed, piece);
    }
}

/* The source of the entries. */
static shm_status list_entries(const void *context, uint64_t first, uint64_t end, uint64_t seed,
                               shm_entry_sink *sink, shm_error *error)
{
    const shm_word_entries *entries = context;
    const shm_spool *spool = &entries->rows->spool;
    const uint64_t stride = entries->rows->stride;
    unsigned char waiting[PIECE_ENTRIES * PUT_BYTES_MAX];
    shm_entry piece[PIECE_ENTRIES];
    shm_status status = SHM_OK;
    for (uint64_t row = first; row < end && status == SHM_OK;) {
        const size_t some = end - row < PIECE_ENTRIES ? (size_t)(end - row) : PIECE_ENTRIES;
        const unsigned char *put = waiting;
        if (row * stride >= spool->file_bytes) {
            put = spool->buffer + (row * stride - spool->file_bytes);
        } else {
            status = shm_spool_read(spool, row * stride, waiting, some * stride, error);
        }
        if (status == SHM_OK) {
            list_piece_of(entries, put, some, row, seed, piece);
            status = shm_entry_sink_add(sink, piece, some, error);
        }
        row += some;
    }
    return status;
}

static shm_status look_for_repeated(void *context, uint64_t partition, struct shm_entry_list *list,
                                    shm_error *error)
{
    shm_word_entries *entries = context;
    struct shm_repeated found = {.is_found = false};
    (void)error;
    for (uint64_t i = 1; i < list->count; i++) {
        const shm_entry *entry = &list->entries[i];
        const bool is_second =
            entry[-1].hash == entry->hash && (i == 1 || entry[-2].hash != entry->hash);
        if (is_second && (!found.is_found || entry->row < found.second_row)) {
            found = (struct shm_repeated){true, entry[-1].row, entry->row};
        }
    }
    entries->sorted.partitions[partition].key_count = list->count;
    entries->repeated[partition] = found;
    return SHM_OK;
}

/* Gathers and sorts the entries; of those that repeat a key, *repeated is the first. */
static shm_status gather(shm_word_entries *entries, uint64_t seed, struct shm_repeated *repeated,
                         shm_error *error)
{
    *repeated = (struct shm_repeated){.is_found = false};
    shm_status status = shm_entries_gather(&entries->sorted, seed, error);
    if (status == SHM_OK) {
        status = shm_entries_sort(&entries->sorted, look_for_repeated, entries, error);
    }
    for (uint64_t p = 0; p < entries->sorted.partition_count && status == SHM_OK; p++) {
        const struct shm_repeated *found = &entries->repeated[p];
        if (found->is_found && (!repeated->is_found || found->second_row < repeated->second_row)) {
            *repeated = *found;
        }
    }
    return status;
}

/* Entries hold no numbers of rows: they are gathered once more with these. */
static shm_status fail_repeated(shm_word_entries *entries, shm_error *error)
{
    struct shm_repeated repeated;
    unsigned char row[PUT_BYTES_MAX];
    char text[SHM_KEY_TEXT_BYTES];
    shm_key key;
    const shm_collection *map = entries->step.collection;
    const uint64_t stride = entries->rows->stride;
    entries->lists_rows = true;
    shm_status status = gather(entries, entries->sorted.seed, &repeated, error);
    if (status == SHM_OK) {
        status = shm_spool_read(&entries->rows->spool, repeated.second_row * stride, row,
                                (size_t)stride, error);
    }
    if (status == SHM_OK) {
        status = shm_key_compile(map, &entries->step.publication->arena, &key, error);
    }
    if (status != SHM_OK) {
        return status;
    }
    shm_key_write(&key, row, 0, text);
    return shm_fail(error, SHM_DUPLICATE_KEY, "%s: duplicate key %s: rows %llu and %llu of %s",
                    map->name, text, (unsigned long long)repeated.first_row,
                    (unsigned long long)repeated.second_row, map->name);
}

shm_status shm_word_entries_gather(shm_word_entries *entries, uint64_t k, shm_error *error)
{
    struct shm_repeated repeated;
    const uint64_t seed = shm_key_seed(entries->step.publication->builder->schema->fingerprint,
                                       entries->step.collection->number, entries->sorted.digest, k);
    const shm_status status = gather(entries, seed, &repeated, error);
    return status == SHM_OK && repeated.is_found ? fail_repeated(entries, error) : status;
}

shm_status shm_word_entries_open(shm_publication *publication, const shm_collection *collection,
                                 shm_word_entries *entries, shm_error *error)
{
    const shm_field *fields = collection->put_record->fields;
    const shm_type *key = fields[0].type;
    *entries =
        (shm_word_entries){.rows = &publication->builder->collections[collection->number].rows,
                           .key = key->kind == SHM_ENUM ? key->element->kind : key->kind,
                           .value_at = fields[1].offset,
                           .value_bytes = fields[1].type->size};
    shm_index_step_open(publication, collection, entries->rows->count, &entries->step);
    entries->sorted = (shm_entries){.source = {.list = list_entries,
                                               .context = entries,
                                               .item_count = entries->rows->count,
                                               .items_of_task = ENTRIES_OF_TASK},
                                    .workers = &publication->workers,
                                    .budget = &publication->builder->budget,
                                    .progress = shm_index_tell_step,
                                    .context = &entries->step};
    shm_status status = shm_entries_count(&entries->sorted, error);
    if (status == SHM_OK) {
        status = shm_entries_open(&entries->sorted, UINT64_MAX, error);
    }
    if (status == SHM_OK) {
        entries->repeated = calloc(entries->sorted.partition_count, sizeof *entries->repeated);
        status = entries->repeated == NULL ? shm_fail_memory(error) : SHM_OK;
    }
    return status;
}

void shm_word_entries_close(shm_word_entries *entries)
{
    free(entries->repeated);
    shm_entries_close(&entries->sorted);
    shm_spool_close(&entries->rows->spool);
}

/* bench_keys.c — keys to seek: those of rows, and those of none. */
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "cli.h"
#include "progress.h"

enum { KEY_MAX = 1 << 20, CLOCK_EVERY = 64, NEW_TEXT_BYTES = 8, MISS_TRIES = 4, PICK_TRIES = 64 };
#define TEXT_BYTES_MAX ((size_t)128 << 20)

uint64_t shm_bench_random(uint64_t *state)
{
    uint64_t word = (*state += UINT64_C(0x9e3779b97f4a7c15));
    word = (word ^ (word >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    word = (word ^ (word >> 27)) * UINT64_C(0x94d049bb133111eb);
    return word ^ (word >> 31);
}

bool shm_bench_is_unique(const shm_collection *collection)
{
    return collection->kind == SHM_INDEX || collection->kind == SHM_MAP ||
           collection->kind == SHM_SET_OF;
}

/* Keys as they are gathered: parts, whose texts are places in `bytes` as long as that can move. */
typedef struct gathering {
    shm_key_part *parts;
    size_t part_count; /* in all */
    size_t capacity;
    shm_out bytes;
    uint64_t random;
} gathering;

static shm_key_part *new_part(gathering *g)
{
    if (g->part_count == g->capacity) {
        g->capacity = g->capacity == 0 ? 1024 : 2 * g->capacity;
        g->parts = shm_cli_realloc(g->parts, g->capacity * sizeof *g->parts);
    }
    return &g->parts[g->part_count++];
}

static void add_text(gathering *g, const void *data, size_t length)
{
    shm_key_part *part = new_part(g);
    part->word = g->bytes.length;
    part->text.data = ""; /* marks a text */
    part->text.length = length;
    shm_out_bytes(&g->bytes, data, length);
    shm_out_char(&g->bytes, '\0');
}

/* Adds the leaves of a value of a key type. */
static void add_value(gathering *g, const shm_value *value)
{
    shm_value inner;
    shm_uuid uuid;
    shm_string text;
    switch (value->type->kind) {
    case SHM_STRUCT:
        for (size_t i = 0; i < value->type->field_count; i++) {
            if (value->type->fields[i].type->size > 0 &&
                shm_value_field(value, i, &inner) == SHM_PRESENT) {
                add_value(g, &inner);
            }
        }
        return;
    case SHM_STRING:
    case SHM_BYTES:
        text = shm_value_text(value);
        add_text(g, text.data, text.length);
        return;
    case SHM_UUID:
        uuid = shm_value_uuid(value);
        add_text(g, uuid.bytes, sizeof uuid.bytes);
        return;
    case SHM_F32:
    case SHM_F64:
        *new_part(g) = shm_key_word(shm_key_float(shm_value_float(value)));
        return;
    case SHM_DATE:
        *new_part(g) = shm_key_word((uint64_t)(int64_t)shm_value_date(value).days);
        return;
    case SHM_DATETIME:
        *new_part(g) = shm_key_word((uint64_t)shm_value_datetime(value).micros);
        return;
    default:
        *new_part(g) = shm_key_word(shm_value_word(value));
    }
}

/* Adds what a path leads to, of a list or set some element; false if there is nothing. */
static bool add_path(gathering *g, const shm_key_path *path, const shm_value *row)
{
    shm_value value = *row;
    for (size_t i = 0; i < path->step_count; i++) {
        const size_t field = (size_t)(path->steps[i] - value.type->fields);
        shm_value inner;
        if (shm_value_field(&value, field, &inner) != SHM_PRESENT) {
            return false;
        }
        value = inner;
    }
    if (value.type->kind == SHM_LIST || value.type->kind == SHM_SET) {
        const uint64_t count = shm_value_count(&value);
        shm_value item;
        if (count == 0 ||
            shm_value_item(&value, shm_bench_random(&g->random) % count, &item) != SHM_PRESENT) {
            return false;
        }
        value = item;
    }
    add_value(g, &value);
    return true;
}

static shm_row_range find(const shm_index *index, const shm_key_part *parts)
{
    switch (shm_index_key_form(index)) {
    case SHM_KEY_WORD:
        return shm_multi_find_word(index, parts[0].word);
    case SHM_KEY_TEXT:
        return shm_multi_find_text(index, parts[0].text);
    default:
        return shm_multi_find_parts(index, parts);
    }
}

/* Points the texts of the parts from `first` on to their bytes. */
static void settle(gathering *g, size_t first)
{
    for (size_t i = first; i < g->part_count; i++) {
        if (g->parts[i].text.data != NULL) {
            g->parts[i].text.data = g->bytes.bytes + g->parts[i].word;
        }
    }
}

/* Keeps the key that was added last if the index finds it, or does not, as is wanted. */
static bool keep(gathering *g, const shm_index *index, size_t first, size_t text_bytes, bool wanted)
{
    settle(g, first);
    const bool whole = g->part_count - first == shm_index_part_count(index);
    if (whole && (find(index, g->parts + first).count > 0) == wanted) {
        return true;
    }
    g->part_count = first;
    g->bytes.length = text_bytes;
    return false;
}

/* Hands the keys over in the form that finds take. */
static void finish(gathering *g, const shm_index *index, shm_bench_keys *keys)
{
    keys->form = shm_index_key_form(index);
    keys->part_count = shm_index_part_count(index);
    keys->count = keys->part_count == 0 ? 0 : g->part_count / keys->part_count;
    keys->bytes = g->bytes;
    settle(g, 0);
    if (keys->form == SHM_KEY_PARTS) {
        keys->parts = g->parts;
        return;
    }
    if (keys->form == SHM_KEY_WORD) {
        keys->words = shm_cli_realloc(NULL, (keys->count + 1) * sizeof *keys->words);
    } else {
        keys->texts = shm_cli_realloc(NULL, (keys->count + 1) * sizeof *keys->texts);
    }
    for (size_t i = 0; i < keys->count; i++) {
        if (keys->form == SHM_KEY_WORD) {
            keys->words[i] = g->parts[i].word;
        } else {
            keys->texts[i] = g->parts[i].text;
        }
    }
    free(g->parts);
}

/* Whether there is time and room for another key, the i-th tried. */
static bool goes_on(const gathering *g, size_t i, double until)
{
    return i < KEY_MAX && g->bytes.length < TEXT_BYTES_MAX &&
           (i % CLOCK_EVERY != 0 || i == 0 || shm_clock_seconds() < until);
}

/* Some row or entry: of a placed map, not every row of its table is one.  False if there is
 * none. */
static bool pick_row(gathering *g, const shm_dataset *dataset, const shm_collection *collection,
                     shm_value *row)
{
    const uint64_t count = shm_dataset_table(dataset, collection->number).count;
    for (int i = 0; i < PICK_TRIES && count > 0; i++) {
        if (shm_dataset_row(dataset, collection->number, shm_bench_random(&g->random) % count,
                            row)) {
            return true;
        }
    }
    uint64_t cursor = 0;
    return shm_dataset_next(dataset, collection->number, &cursor, row);
}

void shm_bench_draw_hits(const shm_dataset *dataset, const shm_collection *collection, double until,
                         shm_bench_keys *keys)
{
    const shm_index *index = shm_dataset_index(dataset, collection->number);
    gathering g = {.random = 1};
    shm_value row;
    memset(keys, 0, sizeof *keys);
    for (size_t i = 0; goes_on(&g, i, until) && pick_row(&g, dataset, collection, &row); i++) {
        const size_t first = g.part_count;
        const size_t text_bytes = g.bytes.length;
        for (size_t k = 0; k < collection->key_count; k++) {
            if (!add_path(&g, &collection->key[k], &row)) {
                break;
            }
        }
        keep(&g, index, first, text_bytes, true);
    }
    finish(&g, index, keys);
}

/* Key i as parts. */
static const shm_key_part *parts_of(const shm_bench_keys *keys, size_t i, shm_key_part *room)
{
    switch (keys->form) {
    case SHM_KEY_WORD:
        *room = shm_key_word(keys->words[i]);
        return room;
    case SHM_KEY_TEXT:
        *room = shm_key_text(keys->texts[i]);
        return room;
    default:
        return keys->parts + i * keys->part_count;
    }
}

/* Adds the key, with one part changed. */
static void add_changed(gathering *g, const shm_key_part *parts, size_t part_count)
{
    const size_t changed = (size_t)(shm_bench_random(&g->random) % part_count);
    for (size_t i = 0; i < part_count; i++) {
        const uint64_t random = shm_bench_random(&g->random);
        const shm_string text = parts[i].text;
        if (text.data == NULL) {
            *new_part(g) = shm_key_word(i == changed ? random : parts[i].word);
        } else if (i == changed && text.length == 0) {
            char letters[NEW_TEXT_BYTES];
            memcpy(letters, &random, sizeof letters);
            add_text(g, letters, sizeof letters);
        } else {
            add_text(g, text.data, text.length);
            if (i == changed) {
                char *at = g->bytes.bytes + g->bytes.length - 1 - text.length;
                at[random % text.length] ^= (char)(1 + (random >> 60));
            }
        }
    }
}

void shm_bench_make_misses(const shm_collection *collection, const shm_index *index,
                           const shm_bench_keys *hits, double until, shm_bench_keys *misses)
{
    gathering g = {.random = 2 + collection->number};
    shm_key_part room;
    memset(misses, 0, sizeof *misses);
    for (size_t i = 0; i < hits->count && goes_on(&g, i, until); i++) {
        const shm_key_part *parts = parts_of(hits, i, &room);
        for (int k = 0; k < MISS_TRIES; k++) {
            const size_t first = g.part_count;
            const size_t text_bytes = g.bytes.length;
            add_changed(&g, parts, hits->part_count);
            if (keep(&g, index, first, text_bytes, false)) {
                break;
            }
        }
    }
    finish(&g, index, misses);
}

void shm_bench_keys_close(shm_bench_keys *keys)
{
    free(keys->words);
    free(keys->texts);
    free(keys->parts);
    shm_out_close(&keys->bytes);
}

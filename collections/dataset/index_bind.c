/* index_bind.c — binding an index to its sections. */

#include "collections/dataset/find.h"
#include "collections/dataset/sections.h"
#include "collections/key/word.h"
#include "collections/multimap/approximate_disk.h"
#include "collections/multimap/exact_disk.h"
#include "collections/multimap/groups_disk.h"
#include "libshm/error.h"

static uint32_t row_number_width(const shm_table *table)
{
    return table->count >> 32 == 0 ? SHM_GROUP_WIDTH_SMALL : SHM_GROUP_WIDTH_LARGE;
}

static shm_status fail_entry(const shm_image *image, const struct shm_section_entry *entry,
                             const struct shm_index *index, shm_error *error)
{
    const uint64_t offset = (uint64_t)((const unsigned char *)entry - image->base);
    return shm_fail_at(error, SHM_CORRUPT, offset,
                       "corrupt image: the size of the %s of %s does not fit what they hold",
                       shm_section_kind_name(entry->kind), index->collection->name);
}

static shm_status bind_lines(const shm_image *image, const struct shm_section_entry *lines,
                             struct shm_index *index, shm_error *error)
{
    const uint64_t line_count = lines->size / sizeof(struct shm_map_line);
    const bool is_wide = lines->stride == SHM_WIDE_VALUE_BYTES;
    if (line_count == 0 || lines->size != line_count * sizeof(struct shm_map_line) ||
        (!is_wide && lines->stride != SHM_NARROW_VALUE_BYTES) ||
        lines->count > line_count * shm_line_slot_count(is_wide)) {
        return fail_entry(image, lines, index, error);
    }
    index->map.is_wide = is_wide;
    index->map_finds = shm_map_finds_best(is_wide);
    index->map.lines = (const void *)shm_section_bytes(image, lines);
    index->map.line_count = line_count;
    index->map.seed = lines->parameter;
    index->map.key_count = lines->count;
    index->entry_count = lines->count;
    return SHM_OK;
}

/* Whether the first row of the value has the text. */
static bool confirm_text(const void *context, int64_t value, shm_string key)
{
    const struct shm_index *index = context;
    shm_row_range range = shm_index_value_range(index, value);
    const shm_key_part part = shm_key_text(key);
    uint64_t row;
    return shm_row_range_next(&range, &row) && shm_index_confirms(index, row, &part);
}

static shm_status bind_groups(const shm_image *image, const struct shm_section_entry *groups,
                              struct shm_index *index, shm_error *error)
{
    const uint32_t width = row_number_width(&index->table);
    if (groups->stride != width || groups->size % width != 0 ||
        groups->size / width != groups->count) {
        return fail_entry(image, groups, index, error);
    }
    index->groups = shm_section_bytes(image, groups);
    index->group_length = groups->count;
    index->width = width;
    index->entry_count = groups->parameter;
    return SHM_OK;
}

static shm_status bind_buckets(const shm_image *image, const struct shm_section_entry *buckets,
                               struct shm_index *index, shm_error *error)
{
    const unsigned bits = shm_approximate_bits(index->one_in);
    const uint64_t words = buckets->size / sizeof(uint64_t);
    /* Places are 64-bit numbers, hence the last bound. */
    if (buckets->size % sizeof(uint64_t) != 0 || words < 2 || buckets->count != words - 1 ||
        buckets->stride != sizeof(uint64_t) || buckets->count > UINT64_MAX >> bits) {
        return fail_entry(image, buckets, index, error);
    }
    index->buckets = (const void *)shm_section_bytes(image, buckets);
    index->bucket_count = buckets->count;
    index->bits = bits;
    index->map.seed = buckets->parameter;
    return SHM_OK;
}

static shm_status bind_fragments(const shm_image *image, const struct shm_section_entry *fragments,
                                 struct shm_index *index, shm_error *error)
{
    const uint32_t width = row_number_width(&index->table);
    const uint64_t bytes = index->bits / 8;
    /* Each pair takes at least 6 bytes, so that none of the sums below overflows. */
    if (fragments->stride != bytes || fragments->count > fragments->size / (bytes + width)) {
        return fail_entry(image, fragments, index, error);
    }
    const uint64_t rows_at = (fragments->count * bytes + 7) & ~UINT64_C(7);
    if (fragments->size != rows_at + fragments->count * width) {
        return fail_entry(image, fragments, index, error);
    }
    index->fragments = shm_section_bytes(image, fragments);
    index->fragment_rows = index->fragments + rows_at;
    index->width = width;
    index->map.key_count = fragments->parameter;
    index->entry_count = fragments->count;
    return SHM_OK;
}

/* S1: whether the section has the size of its parts, of which texts need not be there. */
static bool sorted_fits(const struct shm_section_entry *entry, const struct shm_index *index,
                        shm_sorted_shape *shape)
{
    *shape = (shm_sorted_shape){.count = entry->count,
                                .width = entry->stride,
                                .is_text = shm_order_is_text(&index->key),
                                .has_elements = index->key.has_list};
    if ((shape->width != SHM_GROUP_WIDTH_SMALL && shape->width != SHM_GROUP_WIDTH_LARGE) ||
        shape->width < row_number_width(&index->table) || entry->parameter > shape->count ||
        shape->count > entry->size / sizeof(uint64_t)) {
        return false;
    }
    const bool is_short = entry->size == shm_sorted_size(shape);
    shape->has_texts = shape->is_text && !is_short;
    return is_short || entry->size == shm_sorted_size(shape);
}

/* The levels and skips, which begin at `at`; answers their end. */
static const unsigned char *bind_levels(shm_sorted *sorted, const shm_sorted_shape *shape,
                                        const unsigned char *at)
{
    const unsigned char *skips = at + shm_sorted_levels_size(shape->count);
    const uint64_t skip_bytes = shm_sorted_whole_lines(shm_sorted_node_count(shape->count));
    const unsigned char *end = shape->is_text ? skips + skip_bytes : skips;
    for (uint64_t words = shape->count; words > 0; words = shm_sorted_next(words)) {
        sorted->skips[sorted->level_count] = shape->is_text ? skips : NULL;
        sorted->levels[sorted->level_count++] = (const void *)at;
        at += shm_sorted_filled(words) * sizeof(uint64_t);
        skips += shm_sorted_above(words);
    }
    return end;
}

/* S1: the parts of the section, one behind the other. */
static shm_status bind_sorted(const shm_image *image, const struct shm_section_entry *entry,
                              struct shm_index *index, shm_error *error)
{
    const unsigned char *at = shm_section_bytes(image, entry);
    const struct shm_sorted_head *head = (const void *)at;
    shm_sorted *sorted = &index->sorted;
    shm_sorted_shape shape;
    if (!sorted_fits(entry, index, &shape) || head->common_length > SHM_SORTED_COMMON_MAX) {
        return fail_entry(image, entry, index, error);
    }
    sorted->counts = shm_sorted_counts_best();
    sorted->common = (shm_order_common){head->common, (size_t)head->common_length};
    at = bind_levels(sorted, &shape, at + sizeof *head);
    const uint64_t bytes = shm_sorted_whole_lines(shape.count * shape.width);
    sorted->rows = at;
    sorted->elements = shape.has_elements ? at += bytes : NULL;
    sorted->texts = shape.has_texts ? at + bytes : NULL;
    sorted->count = shape.count;
    sorted->width = (uint32_t)shape.width;
    sorted->is_exact = shm_order_is_exact(&index->key);
    sorted->program = index->key.leaves;
    index->width = sorted->width;
    index->map.key_count = entry->parameter;
    index->entry_count = shape.count;
    return SHM_OK;
}

/* P1: the size of the section. */
static shm_status bind_placed(const shm_image *image, const struct shm_section_entry *entry,
                              struct shm_index *index, shm_error *error)
{
    const uint32_t width = index->collection->placed_width;
    const uint64_t line_count = entry->size / SHM_PLACED_LINE_BYTES;
    if (entry->stride != width || entry->size != line_count * SHM_PLACED_LINE_BYTES ||
        entry->count > line_count * shm_placed_slot_count(width) ||
        (entry->count == 0) != (line_count == 0)) {
        return fail_entry(image, entry, index, error);
    }
    index->placed = (shm_placed){.lines = shm_section_bytes(image, entry),
                                 .line_count = line_count,
                                 .seed = entry->parameter,
                                 .entry_count = entry->count,
                                 .width = width,
                                 .keys_are_signed = shm_word_is_signed(index->key.leaves[0].kind)};
    index->table = (shm_table){
        .rows = index->placed.lines, .stride = width, .count = shm_placed_row_end(&index->placed)};
    index->map.seed = entry->parameter;
    index->map.key_count = entry->count;
    index->entry_count = entry->count;
    return SHM_OK;
}

/* D1: the size of the pilots. */
static shm_status bind_pilots(const shm_image *image, const struct shm_section_entry *entry,
                              struct shm_index *index, shm_error *error)
{
    shm_placed *map = &index->placed;
    const struct shm_dense_shape shape = shm_dense_shape_of(map->line_count, map->width);
    if (shape.region_count * shape.region_lines != map->line_count ||
        entry->size != shape.pilot_count || entry->count != entry->size || entry->stride != 1) {
        return fail_entry(image, entry, index, error);
    }
    map->pilots = shm_section_bytes(image, entry);
    map->pilot_count = shape.pilot_count;
    map->region_lines = shape.region_lines;
    map->region_pilot_bits = shape.region_pilot_bits;
    return SHM_OK;
}

/* The sections of one index, by its kind. */
static shm_status bind_sections(const shm_image *image, const struct shm_section_entry *lines,
                                const struct shm_section_entry *next, struct shm_index *index,
                                shm_error *error)
{
    if (index->is_placed) {
        const shm_status status = bind_placed(image, lines, index, error);
        return status == SHM_OK && next != NULL ? bind_pilots(image, next, index, error) : status;
    }
    if (index->is_sorted) {
        return bind_sorted(image, lines, index, error);
    }
    shm_status status = index->has_fragments ? bind_buckets(image, lines, index, error)
                                             : bind_lines(image, lines, index, error);
    if (status == SHM_OK && next != NULL) {
        status = index->has_fragments ? bind_fragments(image, next, index, error)
                                      : bind_groups(image, next, index, error);
    }
    return status;
}

shm_status shm_index_bind(const shm_image *image, const shm_collection *collection, shm_table table,
                          const struct shm_section_entry *lines,
                          const struct shm_section_entry *next, shm_arena *arena,
                          struct shm_index *index, shm_error *error)
{
    struct shm_index bound = {
        .collection = collection,
        .is_unique = shm_collection_is_unique(collection),
        .has_fragments = shm_collection_has_fragments(collection),
        .is_approximate = collection->kind == SHM_APPROXIMATE,
        .is_sorted = collection->kind == SHM_SORTED,
        .is_placed = collection->placed_width != 0,
        .table = table,
        .fingerprint = image->header->fingerprint,
        .size_bytes = lines->size + (next == NULL ? 0 : next->size),
    };
    shm_status status = shm_key_compile(collection, arena, &bound.key, error);
    if (status == SHM_OK) {
        bound.hash_is_key = shm_key_is_word(&bound.key);
        bound.one_in = bound.is_approximate
                           ? collection->approximate_one_in
                           : shm_exact_one_in(bound.is_unique && !bound.key.has_list);
        status = bind_sections(image, lines, next, &bound, error);
    }
    if (status == SHM_OK) {
        const bool has_words =
            bound.is_unique && bound.map_finds != NULL && bound.key.form == SHM_KEY_WORD;
        bound.find_word = has_words ? bound.map_finds->find_word : NULL;
        *index = bound;
    }
    return status;
}

void shm_index_bind_texts(const shm_image *image, const struct shm_section_entry *heap,
                          struct shm_index *index)
{
    if (!shm_index_has_places(index)) {
        return;
    }
    index->texts.heap = shm_section_bytes(image, heap);
    index->texts.heap_size = heap->size;
    index->texts.stride = index->table.stride;
    index->texts.cells =
        index->table.rows == NULL ? NULL : index->table.rows + index->key.leaves[0].offset;
    index->texts.confirm = confirm_text;
    index->texts.context = index;
    index->find_text = index->is_unique ? index->map_finds->find_text : NULL;
}

/* sorted_write.c — the section of a sorted index, from its sorted entries. */
#include "collections/key/order.h"
#include "collections/map/entries_chunks.h"
#include "collections/sorted/sorted_build.h"

/* The entries of a node: their words, and the rows, or numbers of sites, that they are of. */
struct node {
    uint64_t count;
    uint64_t words[SHM_SORTED_NODE];
    uint64_t names[SHM_SORTED_NODE];
};

static struct shm_sorted_site site_of(const shm_sorted_build *build, uint64_t name)
{
    const shm_entry entry = {.row = name};
    return shm_sorted_site_of(build, &entry);
}

static const unsigned char *row_of(const shm_sorted_build *build, uint64_t name)
{
    return build->table.rows + site_of(build, name).row * build->table.stride;
}

static shm_string text_of(const shm_sorted_build *build, uint64_t name)
{
    return shm_order_first_text(build->key, row_of(build, name), site_of(build, name).element);
}

/* The next entries, up to 64, whose rows, which lie anywhere, are then on their way.  There are
 * fewer only at the end, or where reading failed. */
static void take_node(const shm_sorted_build *build, shm_entries_cursor *cursor, struct node *node)
{
    shm_entry entry;
    node->count = 0;
    while (node->count < SHM_SORTED_NODE && shm_entries_cursor_take(cursor, &entry)) {
        node->words[node->count] = entry.hash;
        node->names[node->count++] = entry.row;
        if (shm_order_is_text(build->key)) {
            __builtin_prefetch(row_of(build, entry.row));
        }
    }
}

/* Puts the words of a node's texts; answers the skip. */
static size_t put_text_words(const shm_sorted_build *build, struct node *node)
{
    shm_string texts[SHM_SORTED_NODE];
    texts[0] = shm_string_of(NULL, 0); /* a node has one at least */
    for (uint64_t i = 0; i < node->count; i++) {
        texts[i] = text_of(build, node->names[i]);
        __builtin_prefetch(texts[i].data);
    }
    const size_t skip = shm_order_shared(texts[0], texts[node->count - 1], SHM_SORTED_SKIP_MAX);
    for (uint64_t i = 0; i < node->count; i++) {
        node->words[i] = shm_order_text_word(texts[i], skip);
    }
    return skip;
}

/* The levels in the making. */
struct tree {
    const shm_sorted_build *build;
    shm_writer *writer;
    uint64_t *above; /* of each node of the level its first entry: the name if there are skips, else
                      * the order word */
    unsigned char *skips; /* of all nodes; NULL: there are none */
    uint64_t done;        /* nodes of levels below */
};

/* Makes the words of a node, number `number` of its level. */
static void finish_node(const struct tree *tree, struct node *node, uint64_t number)
{
    const uint64_t first = tree->skips != NULL ? node->names[0] : node->words[0];
    if (tree->skips != NULL) {
        tree->skips[tree->done + number] = (unsigned char)put_text_words(tree->build, node);
    }
    for (uint64_t i = node->count; i < SHM_SORTED_NODE; i++) {
        node->words[i] = UINT64_MAX;
    }
    tree->above[number] = first;
}

/* The nodes of a chunk of entries. */
static size_t fill_words(const void *context, shm_entries_cursor *cursor, uint64_t first,
                         uint64_t count, unsigned char *out)
{
    const struct tree *tree = context;
    struct node node;
    size_t bytes = 0;
    for (uint64_t at = 0; at < count; at += SHM_SORTED_NODE) {
        take_node(tree->build, cursor, &node);
        if (node.count == 0) {
            break; /* reading failed */
        }
        finish_node(tree, &node, (first + at) / SHM_SORTED_NODE);
        memcpy(out + bytes, node.words, sizeof node.words);
        bytes += sizeof node.words;
    }
    return bytes;
}

/* The words of all entries. */
static shm_status write_words(const struct tree *tree, shm_error *error)
{
    const shm_sorted_build *build = tree->build;
    return shm_entries_write_chunks(&build->entries, build->count, fill_words, tree,
                                    SHM_CHUNK_ENTRIES * sizeof(uint64_t), true, tree->writer,
                                    error);
}

/* A level above of `count` words, whose entries `above` names; it then names those of its nodes. */
static shm_status write_level(struct tree *tree, uint64_t count, shm_error *error)
{
    shm_status status = SHM_OK;
    for (uint64_t first = 0; first < count && status == SHM_OK; first += SHM_SORTED_NODE) {
        struct node node = {.count = 0};
        while (node.count < SHM_SORTED_NODE && first + node.count < count) {
            node.words[node.count] = tree->above[first + node.count];
            node.names[node.count] = tree->above[first + node.count];
            node.count++;
        }
        finish_node(tree, &node, first / SHM_SORTED_NODE);
        status = shm_writer_add(tree->writer, node.words, sizeof node.words, error);
    }
    tree->done += shm_sorted_above(count);
    return status;
}

static shm_status write_levels(struct tree *tree, shm_error *error)
{
    shm_status status = write_words(tree, error);
    tree->done = shm_sorted_above(tree->build->count);
    for (uint64_t count = shm_sorted_next(tree->build->count); count > 0 && status == SHM_OK;
         count = shm_sorted_next(count)) {
        status = write_level(tree, count, error);
    }
    return status;
}

/* The levels, and the skips of keys that are one text. */
static shm_status write_tree(const shm_sorted_build *build, shm_writer *writer, shm_error *error)
{
    const bool is_text = shm_order_is_text(build->key);
    const uint64_t nodes = shm_sorted_node_count(build->count);
    shm_room above;
    shm_room skips = {.bytes = NULL};
    shm_status status = shm_room_open_unset(
        build->budget, shm_sorted_above(build->count) * sizeof(uint64_t), &above, error);
    if (status == SHM_OK && is_text) {
        status = shm_room_open_unset(build->budget, nodes, &skips, error);
    }
    if (status == SHM_OK) {
        struct tree tree = {build, writer, above.bytes, skips.bytes, 0};
        status = write_levels(&tree, error);
    }
    const uint64_t end = writer->position + shm_sorted_whole_lines(nodes);
    if (status == SHM_OK && is_text) {
        status = shm_writer_add(writer, skips.bytes, (size_t)nodes, error);
    }
    if (status == SHM_OK && is_text) {
        status = shm_writer_pad(writer, end, error);
    }
    shm_room_close(&skips);
    shm_room_close(&above);
    return status;
}

static uint64_t row_number(const shm_sorted_build *build, uint64_t name)
{
    return site_of(build, name).row;
}

static uint64_t element_number(const shm_sorted_build *build, uint64_t name)
{
    return site_of(build, name).element;
}

static uint64_t text_distance(const shm_sorted_build *build, uint64_t name)
{
    return shm_sorted_distance(&build->table, text_of(build, name));
}

/* A number for each entry. */
struct numbers {
    const shm_sorted_build *build;
    uint64_t (*number)(const shm_sorted_build *, uint64_t);
};

static size_t fill_numbers(const void *context, shm_entries_cursor *cursor, uint64_t first,
                           uint64_t count, unsigned char *out)
{
    const struct numbers *numbers = context;
    const size_t width = (size_t)numbers->build->width;
    struct node node = {.count = SHM_SORTED_NODE};
    size_t bytes = 0;
    (void)first;
    for (uint64_t at = 0; at < count && node.count == SHM_SORTED_NODE; at += SHM_SORTED_NODE) {
        take_node(numbers->build, cursor, &node);
        for (uint64_t i = 0; i < node.count; i++) {
            const uint64_t number = numbers->number(numbers->build, node.names[i]);
            memcpy(out + bytes, &number, width); /* little-endian */
            bytes += width;
        }
    }
    return bytes;
}

/* The numbers, and zeros up to a whole line. */
static shm_status write_numbers(const shm_sorted_build *build,
                                uint64_t (*number)(const shm_sorted_build *, uint64_t),
                                shm_writer *writer, shm_error *error)
{
    const uint64_t end = writer->position + shm_sorted_whole_lines(build->count * build->width);
    const struct numbers numbers = {build, number};
    const shm_status status =
        shm_entries_write_chunks(&build->entries, build->count, fill_numbers, &numbers,
                                 SHM_CHUNK_ENTRIES * sizeof(uint64_t), false, writer, error);
    return status == SHM_OK ? shm_writer_pad(writer, end, error) : status;
}

uint64_t shm_sorted_build_size(const shm_sorted_build *build)
{
    const shm_sorted_shape shape = {.count = build->count,
                                    .width = build->width,
                                    .is_text = shm_order_is_text(build->key),
                                    .has_elements = build->sites != NULL,
                                    .has_texts = build->distance_max > 0};
    return shm_sorted_size(&shape);
}

shm_status shm_sorted_build_write(const shm_sorted_build *build, shm_writer *writer,
                                  shm_error *error)
{
    static const struct shm_sorted_head no_common;
    const bool has_skips = shm_order_is_text(build->key);
    const struct shm_sorted_head *head = has_skips ? &no_common : &build->head;
    shm_status status = shm_writer_add(writer, head, sizeof *head, error);
    if (status == SHM_OK && build->count > 0) {
        status = write_tree(build, writer, error);
    }
    if (status == SHM_OK) {
        status = write_numbers(build, row_number, writer, error);
    }
    if (status == SHM_OK && build->sites != NULL) {
        status = write_numbers(build, element_number, writer, error);
    }
    if (status == SHM_OK && build->distance_max > 0) {
        status = write_numbers(build, text_distance, writer, error);
    }
    return status;
}

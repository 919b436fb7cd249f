/* sorted_write.c — the bytes of a sorted index whose entries are in order. */
#include "collections/sorted/sorted_build.h"

#include <stdlib.h>

#include "collections/key/order.h"
#include "libshm/error.h"

uint64_t shm_sorted_build_size(const shm_sorted_build *build)
{
    const shm_sorted_shape shape = {.count = build->count,
                                    .width = build->width,
                                    .is_text = shm_order_is_text(build->key),
                                    .has_elements = build->sites != NULL,
                                    .has_texts = build->distance_max > 0};
    return shm_sorted_size(&shape);
}

/* Every `step`-th order word, and ones up to whole nodes. */
static shm_status write_level(const shm_sorted_build *build, uint64_t words, uint64_t step,
                              shm_writer *writer, shm_error *error)
{
    const uint64_t filled = shm_sorted_filled(words);
    shm_status status = SHM_OK;
    for (uint64_t i = 0; i < filled && status == SHM_OK; i++) {
        const uint64_t word = i < words ? build->list[i * step].hash : UINT64_MAX;
        status = shm_writer_add(writer, &word, sizeof word, error);
    }
    return status;
}

static shm_string text_of(const shm_sorted_build *build, uint64_t entry)
{
    const struct shm_sorted_site site = shm_sorted_build_site(build, &build->list[entry]);
    return shm_order_first_text(build->key, shm_sorted_build_row(build, site.row), site.element);
}

/* Rows in order of keys lie anywhere: those of a later entry are sent for. */
static void prefetch_row(const shm_sorted_build *build, uint64_t entry)
{
    if (entry < build->count) {
        __builtin_prefetch(
            shm_sorted_build_row(build, shm_sorted_build_site(build, &build->list[entry]).row));
    }
}

/* The words of a node of `used` texts, `step` entries apart from `entry` on; answers the skip. */
static size_t node_words(const shm_sorted_build *build, uint64_t entry, uint64_t used,
                         uint64_t step, uint64_t words[SHM_SORTED_NODE])
{
    shm_string texts[SHM_SORTED_NODE];
    for (uint64_t i = 0; i < used; i++) {
        texts[i] = text_of(build, entry + i * step);
        __builtin_prefetch(texts[i].data);
        prefetch_row(build, entry + (SHM_SORTED_NODE + i) * step);
    }
    const size_t skip = shm_order_shared(texts[0], texts[used - 1], SHM_SORTED_SKIP_MAX);
    for (uint64_t i = 0; i < SHM_SORTED_NODE; i++) {
        words[i] = i < used ? shm_order_text_word(texts[i], skip) : UINT64_MAX;
    }
    return skip;
}

/* A level of texts; its skips go to `skips`. */
static shm_status write_text_level(const shm_sorted_build *build, uint64_t count, uint64_t step,
                                   unsigned char *skips, shm_writer *writer, shm_error *error)
{
    shm_status status = SHM_OK;
    for (uint64_t first = 0; first < count && status == SHM_OK; first += SHM_SORTED_NODE) {
        uint64_t words[SHM_SORTED_NODE];
        const uint64_t rest = count - first;
        const uint64_t used = rest < SHM_SORTED_NODE ? rest : SHM_SORTED_NODE;
        *skips++ = (unsigned char)node_words(build, first * step, used, step, words);
        status = shm_writer_add(writer, words, sizeof words, error);
    }
    return status;
}

static shm_status write_levels(const shm_sorted_build *build, shm_writer *writer, shm_error *error)
{
    unsigned char *skips = build->skips;
    uint64_t step = 1;
    shm_status status = SHM_OK;
    for (uint64_t words = build->count; words > 0 && status == SHM_OK;
         words = shm_sorted_next(words)) {
        if (skips != NULL) {
            status = write_text_level(build, words, step, skips, writer, error);
            skips += shm_sorted_above(words);
        } else {
            status = write_level(build, words, step, writer, error);
        }
        step *= SHM_SORTED_NODE;
    }
    return status;
}

/* The head, the levels, and the skips: of keys that are one text, these say what is common. */
static shm_status write_words(shm_sorted_build *build, shm_writer *writer, shm_error *error)
{
    static const struct shm_sorted_head no_common;
    const uint64_t nodes = shm_sorted_node_count(build->count);
    if (!shm_order_is_text(build->key)) {
        const shm_status status = shm_writer_add(writer, &build->head, sizeof build->head, error);
        return status == SHM_OK ? write_levels(build, writer, error) : status;
    }
    build->skips = malloc((size_t)nodes + 1);
    if (build->skips == NULL) {
        return shm_fail_memory(error);
    }
    shm_status status = shm_writer_add(writer, &no_common, sizeof no_common, error);
    if (status == SHM_OK) {
        status = write_levels(build, writer, error);
    }
    const uint64_t end = writer->position + shm_sorted_whole_lines(nodes);
    if (status == SHM_OK) {
        status = shm_writer_add(writer, build->skips, (size_t)nodes, error);
    }
    return status == SHM_OK ? shm_writer_pad(writer, end, error) : status;
}

static uint64_t row_number(const shm_sorted_build *build, uint64_t entry)
{
    return shm_sorted_build_site(build, &build->list[entry]).row;
}

static uint64_t element_number(const shm_sorted_build *build, uint64_t entry)
{
    return shm_sorted_build_site(build, &build->list[entry]).element;
}

static uint64_t text_distance(const shm_sorted_build *build, uint64_t entry)
{
    enum { AHEAD = 32 };
    prefetch_row(build, entry + AHEAD);
    return shm_sorted_distance(&build->table, text_of(build, entry));
}

/* A number for each entry, and zeros up to a whole line. */
static shm_status write_numbers(const shm_sorted_build *build,
                                uint64_t (*number)(const shm_sorted_build *, uint64_t),
                                shm_writer *writer, shm_error *error)
{
    const uint64_t end = writer->position + shm_sorted_whole_lines(build->count * build->width);
    shm_status status = SHM_OK;
    for (uint64_t i = 0; i < build->count && status == SHM_OK; i++) {
        const uint64_t value = number(build, i);
        status = shm_writer_add(writer, &value, (size_t)build->width, error);
    }
    return status == SHM_OK ? shm_writer_pad(writer, end, error) : status;
}

shm_status shm_sorted_build_write(shm_sorted_build *build, shm_writer *writer, shm_error *error)
{
    shm_status status = write_words(build, writer, error);
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

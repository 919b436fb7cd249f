/* peer_shm_find.c — see peer_shm.h.  Each loop is compiled for each kind of keys, as a program's is
 * that knows its schema. */
#include "peer_shm.h"

#define INLINE static inline __attribute__((always_inline))

/* ---- indexes: one loop for each kind of keys ---- */

INLINE uint64_t row_of(const bench_image *image, const bench_probes *probes, size_t i,
                       bench_kind kind)
{
    if (kind == BENCH_U64) {
        return shm_word_index_find(&image->words, ((const uint64_t *)probes->keys)[i]);
    }
    if (kind == BENCH_U32) {
        return shm_word_index_find(&image->words, ((const uint32_t *)probes->keys)[i]);
    }
    if (kind == BENCH_PAIR) {
        const bench_pair *pair = (const bench_pair *)probes->keys + i;
        const shm_key_part parts[] = {shm_key_word(pair->first), shm_key_word(pair->second)};
        return shm_index_find_parts(image->index, parts);
    }
    return shm_index_find_text(image->index, kind == BENCH_UUID
                                                 ? shm_string_of((char *)probes->keys + i * 16, 16)
                                                 : ((const shm_string *)probes->keys)[i]);
}

INLINE uint64_t answer_of(const bench_image *image, uint64_t row, bench_kind kind, bool reads_rows)
{
    uint64_t value = 0;
    if (!reads_rows || row == SHM_NO_ROW) {
        return row;
    }
    memcpy(&value, image->values + row * image->stride, kind == BENCH_U32 ? 4 : 8);
    return value;
}

INLINE uint64_t each_of(const bench_image *image, const bench_probes *probes, bench_kind kind,
                        bool reads_rows)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < probes->count; i++) {
        sum += answer_of(image, row_of(image, probes, i, kind), kind, reads_rows);
    }
    return sum;
}

INLINE uint64_t dependent_of(const bench_image *image, const bench_probes *probes, bench_kind kind,
                             bool reads_rows)
{
    uint64_t sum = 0, answer;
    for (size_t i = 0; i < probes->count; i = bench_next_probe(i, answer)) {
        answer = answer_of(image, row_of(image, probes, i, kind), kind, reads_rows);
        sum += answer;
    }
    return sum;
}

/* `some` finds from probe `at` on, keys brought into the form that the call takes. */
INLINE void rows_of(const bench_image *image, const bench_probes *probes, size_t at, size_t some,
                    bench_kind kind, uint64_t *rows)
{
    uint64_t words[BENCH_BATCH];
    shm_string texts[BENCH_BATCH];
    shm_key_part parts[BENCH_BATCH * 2];
    if (kind == BENCH_U64) {
        shm_index_find_words(image->index, (const uint64_t *)probes->keys + at, some, rows);
    } else if (kind == BENCH_U32) {
        for (size_t i = 0; i < some; i++) {
            words[i] = ((const uint32_t *)probes->keys)[at + i];
        }
        shm_index_find_words(image->index, words, some, rows);
    } else if (kind == BENCH_PAIR) {
        for (size_t i = 0; i < some; i++) {
            const bench_pair *pair = (const bench_pair *)probes->keys + at + i;
            parts[2 * i] = shm_key_word(pair->first);
            parts[2 * i + 1] = shm_key_word(pair->second);
        }
        shm_index_find_many_parts(image->index, parts, some, rows);
    } else if (kind == BENCH_UUID) {
        for (size_t i = 0; i < some; i++) {
            texts[i] = shm_string_of((const char *)probes->keys + (at + i) * 16, 16);
        }
        shm_index_find_texts(image->index, texts, some, rows);
    } else {
        shm_index_find_texts(image->index, (const shm_string *)probes->keys + at, some, rows);
    }
}

INLINE uint64_t batch_of(const bench_image *image, const bench_probes *probes, bench_kind kind,
                         bool reads_rows)
{
    uint64_t rows[BENCH_BATCH];
    uint64_t sum = 0;
    for (size_t at = 0; at < probes->count; at += BENCH_BATCH) {
        const size_t left = probes->count - at;
        const size_t some = left < BENCH_BATCH ? left : BENCH_BATCH;
        rows_of(image, probes, at, some, kind, rows);
        for (size_t i = 0; i < some; i++) {
            sum += answer_of(image, rows[i], kind, reads_rows);
        }
    }
    return sum;
}

typedef uint64_t sum_of(const bench_image *image, const bench_probes *probes, bench_kind kind,
                        bool reads_rows);

/* The loop with its kind, and its last argument, known to the compiler. */
INLINE uint64_t with_constants(sum_of *loop, void *self, const bench_probes *probes,
                               bool reads_rows)
{
    switch (probes->kind) {
    case BENCH_U64:
        return loop(self, probes, BENCH_U64, reads_rows);
    case BENCH_U32:
        return loop(self, probes, BENCH_U32, reads_rows);
    case BENCH_UUID:
        return loop(self, probes, BENCH_UUID, reads_rows);
    case BENCH_PAIR:
        return loop(self, probes, BENCH_PAIR, reads_rows);
    case BENCH_TEXT:
    case BENCH_KIND_COUNT:
        break;
    }
    return loop(self, probes, BENCH_TEXT, reads_rows);
}

/* ---- placed maps ---- */

INLINE uint64_t value_of(const void *entry, bench_kind kind)
{
    uint64_t value = 0;
    if (entry == NULL) {
        return BENCH_NONE;
    }
    memcpy(&value, shm_placed_value(entry), kind == BENCH_U32 ? 4 : 8);
    return value;
}

INLINE uint64_t word_of(const bench_probes *probes, size_t i, bench_kind kind)
{
    return kind == BENCH_U32 ? ((const uint32_t *)probes->keys)[i]
                             : ((const uint64_t *)probes->keys)[i];
}

/* As a generated header finds, which knows the width, and whether the map is dense. */
INLINE const void *entry_of(const bench_image *image, uint64_t word, bench_kind kind, bool is_dense)
{
    if (kind == BENCH_U32) {
        return is_dense ? shm_dense_find_4(&image->placed, word)
                        : shm_placed_find_4(&image->placed, word);
    }
    return is_dense ? shm_dense_find_8(&image->placed, word)
                    : shm_placed_find_8(&image->placed, word);
}

INLINE uint64_t placed_each_of(const bench_image *image, const bench_probes *probes,
                               bench_kind kind, bool is_dense)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < probes->count; i++) {
        sum += value_of(entry_of(image, word_of(probes, i, kind), kind, is_dense), kind);
    }
    return sum;
}

INLINE uint64_t placed_dependent_of(const bench_image *image, const bench_probes *probes,
                                    bench_kind kind, bool is_dense)
{
    uint64_t sum = 0, answer;
    for (size_t i = 0; i < probes->count; i = bench_next_probe(i, answer)) {
        answer = value_of(entry_of(image, word_of(probes, i, kind), kind, is_dense), kind);
        sum += answer;
    }
    return sum;
}

INLINE uint64_t placed_batch_of(const bench_image *image, const bench_probes *probes,
                                bench_kind kind, bool is_dense)
{
    const void *entries[BENCH_BATCH];
    uint64_t words[BENCH_BATCH];
    uint64_t sum = 0;
    (void)is_dense;
    for (size_t at = 0; at < probes->count; at += BENCH_BATCH) {
        const size_t left = probes->count - at;
        const size_t some = left < BENCH_BATCH ? left : BENCH_BATCH;
        const uint64_t *keys = (const uint64_t *)probes->keys + at;
        if (kind != BENCH_U64) {
            for (size_t i = 0; i < some; i++) {
                words[i] = word_of(probes, at + i, kind);
            }
            keys = words;
        }
        shm_placed_find_many(&image->placed, keys, some, entries);
        for (size_t i = 0; i < some; i++) {
            sum += value_of(entries[i], kind);
        }
    }
    return sum;
}

static bool is_placed(void *self)
{
    return ((const bench_image *)self)->is_placed;
}

static bool is_dense(void *self)
{
    return ((const bench_image *)self)->placed.pilots != NULL;
}

/* ---- the contenders' functions ---- */

uint64_t bench_shm_rows_each(void *self, const bench_probes *probes)
{
    return with_constants(each_of, self, probes, false);
}

uint64_t bench_shm_rows_dependent(void *self, const bench_probes *probes)
{
    return with_constants(dependent_of, self, probes, false);
}

uint64_t bench_shm_rows_batch(void *self, const bench_probes *probes)
{
    return with_constants(batch_of, self, probes, false);
}

uint64_t bench_shm_values_each(void *self, const bench_probes *probes)
{
    if (!is_placed(self)) {
        return with_constants(each_of, self, probes, true);
    }
    return is_dense(self) ? with_constants(placed_each_of, self, probes, true)
                          : with_constants(placed_each_of, self, probes, false);
}

uint64_t bench_shm_values_dependent(void *self, const bench_probes *probes)
{
    if (!is_placed(self)) {
        return with_constants(dependent_of, self, probes, true);
    }
    return is_dense(self) ? with_constants(placed_dependent_of, self, probes, true)
                          : with_constants(placed_dependent_of, self, probes, false);
}

uint64_t bench_shm_values_batch(void *self, const bench_probes *probes)
{
    if (!is_placed(self)) {
        return with_constants(batch_of, self, probes, true);
    }
    return is_dense(self) ? with_constants(placed_batch_of, self, probes, true)
                          : with_constants(placed_batch_of, self, probes, false);
}

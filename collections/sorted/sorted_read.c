/* sorted_read.c — finding places in the order of keys. */
#include "collections/sorted/sorted.h"
#include "collections/sorted/sorted_text.h"

enum { FEW = 8 };

static int compare(const shm_sorted *sorted, const shm_key *key, const shm_table *table,
                   uint64_t entry, const shm_probe *probe)
{
    const unsigned char *row = table->rows + shm_sorted_row(sorted, entry) * table->stride;
    return shm_order_compare_probe(key, row, shm_sorted_element(sorted, entry), probe);
}

/* Of the entries of one order word, the first that is not less than the probe; if `after`, the
 * first that is greater.  *met: whether the probe is the key of any. */
static uint64_t search(const shm_sorted *sorted, const shm_key *key, const shm_table *table,
                       shm_sorted_span span, const shm_probe *probe, bool after, bool *met)
{
    *met = false;
    while (span.first < span.end) {
        const uint64_t middle = span.first + (span.end - span.first) / 2;
        const int order = compare(sorted, key, table, middle, probe);
        *met |= order == 0;
        if (order < 0 || (after && order == 0)) {
            span.first = middle + 1;
        } else {
            span.end = middle;
        }
    }
    return span.first;
}

/* Where the entries end that have the order word of entry `first`.  They mostly are few. */
static uint64_t word_end(const shm_sorted *sorted, uint64_t first, uint64_t word)
{
    const uint64_t *words = sorted->levels[0];
    for (uint64_t at = first; at < first + FEW; at++) {
        if (at == sorted->count || words[at] != word) {
            return at;
        }
    }
    return word == UINT64_MAX ? sorted->count : shm_sorted_below(sorted, word + 1);
}

static bool has_word(const shm_sorted *sorted, uint64_t at, uint64_t word)
{
    return at < sorted->count && sorted->levels[0][at] == word;
}

/* The entries with that order word, from the first one. */
static shm_sorted_span span_of(const shm_sorted *sorted, uint64_t word)
{
    shm_sorted_span span = {.first = shm_sorted_below(sorted, word)};
    span.end = word_end(sorted, span.first, word);
    return span;
}

uint64_t shm_sorted_seek_first(const shm_sorted *sorted, const shm_key *key, const shm_table *table,
                               const shm_probe *probe)
{
    if (sorted->skips[0] != NULL) {
        return shm_sorted_text_seek_first(sorted, key, table, probe);
    }
    const shm_probe_bounds bounds = shm_order_probe(key, probe, sorted->common);
    if (sorted->is_exact) {
        return bounds.beyond > 0 ? sorted->count : shm_sorted_below(sorted, bounds.low);
    }
    bool met;
    return search(sorted, key, table, span_of(sorted, bounds.low), probe, false, &met);
}

bool shm_sorted_find(const shm_sorted *sorted, const shm_key *key, const shm_table *table,
                     const shm_probe *probe, uint64_t *entry)
{
    if (sorted->skips[0] != NULL) {
        return shm_sorted_text_find(sorted, key, table, probe, entry);
    }
    const shm_probe_bounds bounds = shm_order_probe(key, probe, sorted->common);
    const uint64_t first = shm_sorted_below(sorted, bounds.low);
    if (bounds.beyond != 0 || !has_word(sorted, first, bounds.low)) {
        return false;
    }
    bool met = true;
    uint64_t found = first;
    if (!sorted->is_exact) {
        const shm_sorted_span span = {first, word_end(sorted, first, bounds.low)};
        found = search(sorted, key, table, span, probe, false, &met);
    }
    if (met) {
        *entry = found;
    }
    return met;
}

shm_sorted_span shm_sorted_seek(const shm_sorted *sorted, const shm_key *key,
                                const shm_table *table, const shm_probe *probe)
{
    if (sorted->skips[0] != NULL) {
        return shm_sorted_text_seek(sorted, key, table, probe);
    }
    const shm_probe_bounds bounds = shm_order_probe(key, probe, sorted->common);
    shm_sorted_span span = {.first = shm_sorted_below(sorted, bounds.low)};
    span.end = span.first;
    if (sorted->is_exact) {
        if (bounds.beyond == 0 && probe->count > 0) {
            span.end = word_end(sorted, span.first, bounds.low);
        } else if (probe->count == 0) {
            span = (shm_sorted_span){0, sorted->count};
        }
        return span;
    }
    if (bounds.low == bounds.high && !has_word(sorted, span.first, bounds.low)) {
        return span;
    }
    const shm_sorted_span low = {span.first, word_end(sorted, span.first, bounds.low)};
    bool met;
    span.first = search(sorted, key, table, low, probe, false, &met);
    const shm_sorted_span high = bounds.low == bounds.high ? low : span_of(sorted, bounds.high);
    if (bounds.low == bounds.high && !met) {
        span.end = span.first;
        return span;
    }
    const shm_sorted_span rest = {span.first > high.first ? span.first : high.first, high.end};
    span.end = search(sorted, key, table, rest, probe, true, &met);
    return span;
}

/* Do both entries have one key?  Words of one node tell most that do not, and where a long text
 * stands those that do: equal texts of a table mostly are one. */
static bool is_same_key(const shm_sorted *sorted, const shm_key *key, const shm_table *table,
                        uint64_t a, uint64_t b)
{
    const bool has_order_words = sorted->skips[0] == NULL;
    const bool is_one_node = a / SHM_SORTED_NODE == b / SHM_SORTED_NODE;
    if ((has_order_words || is_one_node) && sorted->levels[0][a] != sorted->levels[0][b]) {
        return false;
    }
    const uint64_t distance = shm_sorted_text_distance(sorted, a);
    if (sorted->is_exact || (distance != 0 && distance == shm_sorted_text_distance(sorted, b))) {
        return true;
    }
    const unsigned char *row_a = table->rows + shm_sorted_row(sorted, a) * table->stride;
    const unsigned char *row_b = table->rows + shm_sorted_row(sorted, b) * table->stride;
    return shm_order_compare_rows(key, row_a, shm_sorted_element(sorted, a), row_b,
                                  shm_sorted_element(sorted, b)) == 0;
}

uint64_t shm_sorted_run_end(const shm_sorted *sorted, const shm_key *key, const shm_table *table,
                            uint64_t first)
{
    uint64_t last = first; /* it has the key */
    uint64_t step = 1;
    while (step < sorted->count - last && is_same_key(sorted, key, table, first, last + step)) {
        last += step;
        step *= 2;
    }
    uint64_t end = step < sorted->count - last ? last + step : sorted->count;
    while (end - last > 1) {
        const uint64_t middle = last + (end - last) / 2;
        if (is_same_key(sorted, key, table, first, middle)) {
            last = middle;
        } else {
            end = middle;
        }
    }
    return end;
}

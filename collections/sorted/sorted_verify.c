/* sorted_verify.c — one pass over the entries says that they rise and that each is a key of its
 * row; as many of them as the rows have keys are then all keys. */
#include "collections/sorted/sorted_verify.h"

#include "libshm/error.h"

struct sorted_check {
    shm_verifier *verifier;
    const shm_sorted *sorted;
    const shm_key *key;
    const shm_table *table;
    shm_string shared;  /* the text that was last seen to begin with the common bytes */
    uint64_t key_count; /* distinct so far */
    uint64_t element_max;
    uint64_t distance_max;
    bool is_over; /* the budget for texts is spent: what is left is believed */
};

static shm_status fail(const struct sorted_check *check, const void *at, const char *text)
{
    return shm_verify_fail(check->verifier, SHM_CORRUPT, at, text);
}

static shm_status take_step(const struct sorted_check *check, const void *at)
{
    check->verifier->operations++;
    if (shm_budget_take(&check->verifier->step_budget, 1)) {
        return SHM_OK;
    }
    return shm_verify_fail(check->verifier, SHM_LIMIT, at,
                           "its rows have too many keys in too few bytes to be checked");
}

/* False when the texts of keys have cost too much. */
static bool take_text(struct sorted_check *check, uint64_t bytes)
{
    if (!check->is_over && !shm_budget_take(&check->verifier->text_budget, bytes)) {
        check->is_over = true;
    }
    check->verifier->operations += check->is_over ? 0 : bytes / 64;
    return !check->is_over;
}

static const unsigned char *row_of(const struct sorted_check *check, uint64_t entry)
{
    return check->table->rows + shm_sorted_row(check->sorted, entry) * check->table->stride;
}

static shm_string text_of(const struct sorted_check *check, uint64_t entry)
{
    return shm_order_first_text(check->key, row_of(check, entry),
                                shm_sorted_element(check->sorted, entry));
}

/* S4 of the levels above the first, of order words. */
static shm_status check_level(const struct sorted_check *check, unsigned level, uint64_t words)
{
    const uint64_t *at = check->sorted->levels[level];
    const uint64_t *below = level == 0 ? at : check->sorted->levels[level - 1];
    for (uint64_t i = 0; i < words && level > 0; i++) {
        if (at[i] != below[i * SHM_SORTED_NODE]) {
            return fail(check, &at[i], "a level of a sorted index is not that below it");
        }
    }
    return SHM_OK;
}

/* S4 of the word of an entry's text, in a node whose first text is `first`. */
static shm_status check_text_word(const struct sorted_check *check, uint64_t entry,
                                  const uint64_t *word, shm_string first, size_t skip)
{
    const shm_string text = text_of(check, entry);
    if (text.data != first.data &&
        (text.length < skip || (skip > 0 && memcmp(text.data, first.data, skip) != 0))) {
        return fail(check, row_of(check, entry),
                    "a key does not begin with the bytes that its sorted index skips");
    }
    return *word == shm_order_text_word(text, skip)
               ? SHM_OK
               : fail(check, word, "a sorted index has an entry that is not the key of its row");
}

/* S4 of a level's nodes of texts: their skips, and the words behind these. */
static shm_status check_text_level(const struct sorted_check *check, unsigned level, uint64_t words)
{
    const shm_sorted *sorted = check->sorted;
    const uint64_t *at = sorted->levels[level];
    const unsigned shift = level * SHM_SORTED_NODE_BITS;
    for (uint64_t first = 0; first < words; first += SHM_SORTED_NODE) {
        const uint64_t rest = words - first;
        const uint64_t end = first + (rest < SHM_SORTED_NODE ? rest : SHM_SORTED_NODE);
        const unsigned char *skip = &sorted->skips[level][first / SHM_SORTED_NODE];
        const shm_string text = text_of(check, first << shift);
        if (*skip !=
            shm_order_shared(text, text_of(check, (end - 1) << shift), SHM_SORTED_SKIP_MAX)) {
            return fail(check, skip, "a sorted index skips more or fewer bytes than texts share");
        }
        for (uint64_t i = first; i < end; i++) {
            const shm_status status = check_text_word(check, i << shift, &at[i], text, *skip);
            if (status != SHM_OK) {
                return status;
            }
        }
    }
    return SHM_OK;
}

/* The levels, whose entries were checked, and the words that fill each up. */
static shm_status check_levels(const struct sorted_check *check)
{
    const shm_sorted *sorted = check->sorted;
    uint64_t words = sorted->count;
    for (unsigned level = 0; level < sorted->level_count; level++) {
        const uint64_t *at = sorted->levels[level];
        const shm_status status = sorted->skips[0] != NULL ? check_text_level(check, level, words)
                                                           : check_level(check, level, words);
        if (status != SHM_OK) {
            return status;
        }
        for (uint64_t i = words; i < shm_sorted_filled(words); i++) {
            if (at[i] != UINT64_MAX) {
                return fail(check, &at[i], "a level of a sorted index is not filled up by ones");
            }
        }
        check->verifier->operations += level > 0 ? shm_sorted_filled(words) : 0;
        words = shm_sorted_above(words);
    }
    return SHM_OK;
}

/* S3, and S4 of an order word. */
static shm_status check_entry(struct sorted_check *check, uint64_t entry)
{
    const shm_sorted *sorted = check->sorted;
    const void *at = sorted->rows + entry * sorted->width;
    const uint64_t row_number = shm_sorted_row(sorted, entry);
    const uint64_t word = sorted->levels[0][entry];
    if (row_number >= check->table->count) {
        return fail(check, at, "a sorted index leads past the end of its table");
    }
    const unsigned char *row = row_of(check, entry);
    const uint64_t elements = shm_key_element_count(check->key, row);
    const uint64_t element = shm_sorted_element(sorted, entry);
    check->element_max = element > check->element_max ? element : check->element_max;
    if (element >= elements) {
        return fail(check, at, "a sorted index has an entry that is no key of its row");
    }
    if (sorted->skips[0] == NULL &&
        shm_order_row(check->key, row, element, sorted->common) != word) {
        return fail(check, &sorted->levels[0][entry],
                    "a sorted index has an entry that is not the key of its row");
    }
    return SHM_OK;
}

/* S4: texts lead to the text of the entry. */
static shm_status check_distance(struct sorted_check *check, uint64_t entry, shm_string text)
{
    const shm_sorted *sorted = check->sorted;
    const uint64_t distance =
        shm_order_is_text(check->key) ? shm_sorted_distance(check->table, text) : 0;
    const uint64_t stored = shm_sorted_text_distance(sorted, entry);
    check->distance_max = distance > check->distance_max ? distance : check->distance_max;
    return distance == stored
               ? SHM_OK
               : fail(check, sorted->rows + entry * sorted->width,
                      "a sorted index does not say where the text of an entry stands");
}

/* S4 of the first text of the entry. */
static shm_status check_text(struct sorted_check *check, uint64_t entry)
{
    if (check->key->leaf_count == 0 || !check->key->leaves[0].is_text) {
        return SHM_OK;
    }
    const shm_order_common common = check->sorted->common;
    const shm_string text = text_of(check, entry);
    const shm_status status = check_distance(check, entry, text);
    if (status != SHM_OK) {
        return status;
    }
    if (text.data == check->shared.data && text.length == check->shared.length) {
        return SHM_OK;
    }
    check->shared = text;
    if (text.length < common.length ||
        (text.data != NULL && memcmp(text.data, common.bytes, common.length) != 0)) {
        return fail(check, row_of(check, entry),
                    "a key does not begin with the common bytes of its sorted index");
    }
    return SHM_OK;
}

/* Is the key one text, at one address with that of the entry before?  Comparing costs nothing. */
static bool is_same_text(const struct sorted_check *check, uint64_t entry)
{
    const shm_key *key = check->key;
    return key->leaf_count == 1 && key->leaves[0].is_text &&
           text_of(check, entry).data == text_of(check, entry - 1).data;
}

/* How the key of the entry before it compares with that of an entry, in *order.  Words say it,
 * unless they are equal or of different nodes.  False when the texts of keys have cost too much. */
static bool compare_with_last(struct sorted_check *check, uint64_t entry, int *order)
{
    const shm_sorted *sorted = check->sorted;
    const uint64_t word = sorted->levels[0][entry];
    const uint64_t before = sorted->levels[0][entry - 1];
    const bool says = sorted->skips[0] == NULL || entry % SHM_SORTED_NODE != 0;
    *order = says ? (before > word) - (before < word) : 0;
    if (*order != 0 || sorted->is_exact) {
        return true;
    }
    const unsigned char *row = row_of(check, entry);
    const uint64_t element = shm_sorted_element(sorted, entry);
    if (!is_same_text(check, entry) &&
        !take_text(check, shm_key_text_bytes(check->key, row, element))) {
        return false;
    }
    *order = shm_order_compare_rows(check->key, row_of(check, entry - 1),
                                    shm_sorted_element(sorted, entry - 1), row, element);
    return true;
}

/* S5 of an entry and the one before it. */
static shm_status check_order(struct sorted_check *check, uint64_t entry)
{
    const shm_sorted *sorted = check->sorted;
    int order;
    if (!compare_with_last(check, entry, &order)) {
        return SHM_OK;
    }
    check->key_count += order != 0;
    if (order > 0 ||
        (order == 0 && shm_sorted_row(sorted, entry - 1) >= shm_sorted_row(sorted, entry))) {
        return fail(check, &sorted->levels[0][entry], "the entries of a sorted index do not rise");
    }
    return SHM_OK;
}

static shm_status check_entries(struct sorted_check *check)
{
    shm_status status = SHM_OK;
    for (uint64_t entry = 0; entry < check->sorted->count && status == SHM_OK; entry++) {
        status = take_step(check, check->sorted->rows);
        if (status == SHM_OK) {
            status = check_entry(check, entry);
        }
        if (status == SHM_OK) {
            status = check_text(check, entry);
        }
        if (status == SHM_OK && entry > 0) {
            status = check_order(check, entry);
        }
    }
    check->key_count += check->sorted->count > 0;
    return status;
}

/* The common bytes are all that the first and the last text share, up to 56; of skips, none. */
static shm_status check_head(const struct sorted_check *check)
{
    const shm_sorted *sorted = check->sorted;
    const bool has_text = check->key->leaf_count > 0 && check->key->leaves[0].is_text;
    const bool has_common = has_text && sorted->count > 0 && sorted->skips[0] == NULL;
    const size_t shared =
        has_common ? shm_order_shared(text_of(check, 0), text_of(check, sorted->count - 1),
                                      SHM_SORTED_COMMON_MAX)
                   : 0;
    if (shared != sorted->common.length) {
        return fail(check, sorted->common.bytes,
                    "a sorted index has more or fewer common bytes than its keys");
    }
    return SHM_OK;
}

/* Is there an entry of this key and this row? */
static bool is_listed(const struct sorted_check *check, const shm_probe *probe, uint64_t row)
{
    const shm_sorted *sorted = check->sorted;
    shm_sorted_span span = shm_sorted_seek(sorted, check->key, check->table, probe);
    while (span.first < span.end) {
        const uint64_t middle = span.first + (span.end - span.first) / 2;
        const uint64_t found = shm_sorted_row(sorted, middle);
        if (found == row) {
            return true;
        }
        if (found < row) {
            span.first = middle + 1;
        } else {
            span.end = middle;
        }
    }
    return false;
}

/* Every key of the row has its entry. */
static shm_status seek_row(struct sorted_check *check, uint64_t row)
{
    /* At most so many keys of one order word are compared to find one. */
    const uint64_t compared = 2 * (64 - (uint64_t)__builtin_clzll(check->sorted->count | 1));
    shm_key_part parts[SHM_KEY_LEAF_COUNT_MAX];
    const unsigned char *at = check->table->rows + row * check->table->stride;
    const uint64_t elements = shm_key_element_count(check->key, at);
    const shm_probe probe = {
        .leaves = check->key->leaves, .parts = parts, .count = check->key->leaf_count};
    for (uint64_t element = 0; element < elements; element++) {
        const shm_status status = take_step(check, at);
        if (status != SHM_OK ||
            !take_text(check, compared * shm_key_text_bytes(check->key, at, element))) {
            return status;
        }
        shm_key_parts(check->key, at, element, parts);
        if (!is_listed(check, &probe, row)) {
            return fail(check, at, "a sorted index lacks a key of this row");
        }
    }
    return SHM_OK;
}

static shm_status check_complete(struct sorted_check *check)
{
    const shm_sorted *sorted = check->sorted;
    uint64_t keys = 0;
    shm_status status = SHM_OK;
    for (uint64_t row = 0; row < check->table->count && status == SHM_OK; row++) {
        const unsigned char *at = check->table->rows + row * check->table->stride;
        status = take_step(check, at);
        keys += shm_key_element_count(check->key, at);
    }
    if (status == SHM_OK &&
        (keys < sorted->count || (!check->key->has_list && keys > sorted->count))) {
        return fail(check, sorted->rows,
                    "a sorted index has more or fewer entries than its rows have keys");
    }
    /* As many entries as keys, all different, are all of them; else a list repeats an element. */
    for (uint64_t row = 0; row < check->table->count && status == SHM_OK && keys != sorted->count;
         row++) {
        status = check->is_over ? SHM_OK : seek_row(check, row);
    }
    return status;
}

/* S1: zeros follow what fills `bytes`, which may not be there. */
static shm_status check_gap(const struct sorted_check *check, const unsigned char *at,
                            uint64_t bytes)
{
    return at == NULL ? SHM_OK
                      : shm_zero_verify(check->verifier, at + bytes,
                                        shm_sorted_whole_lines(bytes) - bytes);
}

/* S1: what is not said is zero, numbers are as narrow as they may be, and no array is idle. */
static shm_status check_rest(const struct sorted_check *check)
{
    const shm_sorted *sorted = check->sorted;
    const shm_order_common common = sorted->common;
    shm_status status =
        shm_zero_verify(check->verifier, (const unsigned char *)common.bytes + common.length,
                        SHM_SORTED_COMMON_MAX - common.length);
    const unsigned char *const numbers[] = {sorted->rows, sorted->elements, sorted->texts};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0] && status == SHM_OK; i++) {
        status = check_gap(check, numbers[i], sorted->count * sorted->width);
    }
    if (status == SHM_OK) {
        status = check_gap(check, sorted->skips[0], shm_sorted_node_count(sorted->count));
    }
    if (status != SHM_OK) {
        return status;
    }
    if (sorted->width == sizeof(uint64_t) && check->table->count <= UINT32_MAX &&
        check->element_max <= UINT32_MAX && check->distance_max <= UINT32_MAX) {
        return fail(check, sorted->rows, "a sorted index has wider numbers than it needs");
    }
    if (sorted->texts != NULL && check->distance_max == 0) {
        return fail(check, sorted->texts, "a sorted index says where texts stand that are short");
    }
    return SHM_OK;
}

shm_status shm_sorted_verify(shm_verifier *verifier, const shm_sorted *sorted, const shm_key *key,
                             const shm_table *table, uint64_t key_count)
{
    struct sorted_check check = {
        .verifier = verifier, .sorted = sorted, .key = key, .table = table};
    shm_status status = check_entries(&check);
    if (status == SHM_OK) {
        status = check_levels(&check);
    }
    if (status == SHM_OK) {
        status = check_head(&check);
    }
    if (status == SHM_OK) {
        status = check_rest(&check);
    }
    if (status == SHM_OK) {
        status = check_complete(&check);
    }
    if (status == SHM_OK && !check.is_over && check.key_count != key_count) {
        return fail(&check, sorted->rows, "a sorted index has more or fewer keys than it says");
    }
    return status;
}

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

/* S2 of the levels above the first, and the words that fill each up. */
static shm_status check_levels(const struct sorted_check *check)
{
    const shm_sorted *sorted = check->sorted;
    uint64_t words = sorted->count;
    for (unsigned level = 0; level < sorted->level_count; level++) {
        const uint64_t *at = sorted->levels[level];
        for (uint64_t i = 0; i < words && level > 0; i++) {
            if (at[i] != sorted->levels[level - 1][i * SHM_SORTED_NODE]) {
                return fail(check, &at[i], "a level of a sorted index is not that below it");
            }
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

static const unsigned char *row_of(const struct sorted_check *check, uint64_t entry)
{
    return check->table->rows + shm_sorted_row(check->sorted, entry) * check->table->stride;
}

/* S3, and S4 of the entry's word. */
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
    if (shm_order_row(check->key, row, element, sorted->common) != word) {
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
    const shm_string text = shm_order_first_text(check->key, row_of(check, entry),
                                                 shm_sorted_element(check->sorted, entry));
    const shm_status status = check_distance(check, entry, text);
    if (status != SHM_OK) {
        return status;
    }
    if (text.data == check->shared.data && text.length == check->shared.length) {
        return SHM_OK;
    }
    check->shared = text;
    if (text.length < common.length || memcmp(text.data, common.bytes, common.length) != 0) {
        return fail(check, row_of(check, entry),
                    "a key does not begin with the common bytes of its sorted index");
    }
    return SHM_OK;
}

/* Is the key one text, at one address with that of the entry before?  Comparing costs nothing. */
static bool is_same_text(const struct sorted_check *check, uint64_t entry)
{
    const shm_key *key = check->key;
    if (key->leaf_count != 1 || !key->leaves[0].is_text) {
        return false;
    }
    const shm_string text =
        shm_order_first_text(key, row_of(check, entry), shm_sorted_element(check->sorted, entry));
    const shm_string before = shm_order_first_text(key, row_of(check, entry - 1),
                                                   shm_sorted_element(check->sorted, entry - 1));
    return text.data == before.data;
}

/* S5 of an entry and the one before it. */
static shm_status check_order(struct sorted_check *check, uint64_t entry)
{
    const shm_sorted *sorted = check->sorted;
    const uint64_t word = sorted->levels[0][entry];
    const uint64_t before = sorted->levels[0][entry - 1];
    int order = (before > word) - (before < word);
    if (order == 0 && !sorted->is_exact) {
        const unsigned char *row = row_of(check, entry);
        const uint64_t element = shm_sorted_element(sorted, entry);
        if (!is_same_text(check, entry) &&
            !take_text(check, shm_key_text_bytes(check->key, row, element))) {
            return SHM_OK;
        }
        order = shm_order_compare_rows(check->key, row_of(check, entry - 1),
                                       shm_sorted_element(sorted, entry - 1), row, element);
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

/* The common bytes are all that the first and the last text share, up to 56. */
static shm_status check_head(const struct sorted_check *check)
{
    const shm_sorted *sorted = check->sorted;
    const bool has_text = check->key->leaf_count > 0 && check->key->leaves[0].is_text;
    uint64_t shared = 0;
    if (has_text && sorted->count > 0) {
        const uint64_t last = sorted->count - 1;
        const shm_string a =
            shm_order_first_text(check->key, row_of(check, 0), shm_sorted_element(sorted, 0));
        const shm_string b =
            shm_order_first_text(check->key, row_of(check, last), shm_sorted_element(sorted, last));
        while (shared < SHM_SORTED_COMMON_MAX && shared < a.length && shared < b.length &&
               a.data[shared] == b.data[shared]) {
            shared++;
        }
    }
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

/* S1: zeros follow the numbers. */
static shm_status check_gap(const struct sorted_check *check, const unsigned char *numbers)
{
    const shm_sorted *sorted = check->sorted;
    const uint64_t bytes = sorted->count * sorted->width;
    const uint64_t all = shm_sorted_numbers_size(sorted->count, sorted->width);
    return numbers == NULL ? SHM_OK
                           : shm_zero_verify(check->verifier, numbers + bytes, all - bytes);
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
        status = check_gap(check, numbers[i]);
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
    shm_status status = check_levels(&check);
    if (status == SHM_OK) {
        status = check_entries(&check);
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

#include "collections/map/placed_verify.h"

#include <string.h>

#include "collections/key/word.h"

/* The check of one map. */
struct placed_check {
    shm_verifier *verifier;
    const shm_placed *map;
    const shm_type *key;
    const shm_type *value;
    uint64_t entry_count;
    /* For each line of a page what its tail must say: filter bits, and ones for the line numbers of
     * selectors that have keys away. */
    uint64_t away[SHM_PLACED_PAGE_LINES];
};

static shm_status fail(const struct placed_check *check, const void *at, const char *text)
{
    return shm_verify_fail(check->verifier, SHM_CORRUPT, at, text);
}

static uint64_t key_word(const struct placed_check *check, const unsigned char *entry)
{
    const shm_type *type = check->key;
    return shm_word_at(type->kind == SHM_ENUM ? type->element->kind : type->kind, entry);
}

/* P6 of one entry. */
static shm_status check_entry(const struct placed_check *check, const unsigned char *entry)
{
    shm_verifier *verifier = check->verifier;
    const unsigned char *value = entry + SHM_PLACED_VALUE_AT;
    if (key_word(check, entry) != shm_placed_key(check->map, entry)) {
        return fail(check, entry, "a key of a map is larger than its type");
    }
    shm_status status = shm_value_verify(verifier, &verifier->plans[check->key->id], entry);
    if (status == SHM_OK) {
        status = shm_value_verify(verifier, &verifier->plans[check->value->id], value);
    }
    return status == SHM_OK ? shm_zero_verify(verifier, value + check->value->size,
                                              check->map->width - check->value->size)
                            : status;
}

/* P5 of one tail, as far as finds rely on it. */
static shm_status check_tail(const struct placed_check *check, uint64_t number,
                             const unsigned char *line)
{
    const uint32_t width = check->map->width;
    const uint64_t tail = shm_placed_tail(line, width);
    const uint64_t page = number - number % SHM_PLACED_PAGE_LINES;
    bool is_inside = true;
    for (uint32_t s = 0; s < SHM_PLACED_SELECTOR_COUNT; s++) {
        const uint64_t away = tail >> (SHM_PLACED_LINE_BITS * s) & (SHM_PLACED_PAGE_LINES - 1);
        is_inside = is_inside && page + away < check->map->line_count;
    }
    return is_inside ? SHM_OK : fail(check, line, "a line of a map reaches outside of it");
}

/* Notes what the tail of the entry's home must say of it, if it is away. */
static void note_away(struct placed_check *check, uint64_t number, const unsigned char *entry)
{
    const shm_placed *map = check->map;
    const uint64_t hash = shm_mix64(shm_placed_key(map, entry), map->seed);
    const uint64_t home = shm_placed_home(map, hash);
    if (map->pilots == NULL && home != number) {
        const uint64_t fraction = shm_placed_fraction(map, hash);
        const uint64_t tail =
            shm_placed_tail(map->lines + home * SHM_PLACED_LINE_BYTES, map->width);
        const uint32_t turn = (uint32_t)(tail >> SHM_PLACED_TURN_SHIFT) & SHM_PLACED_TURN_MASK;
        const uint64_t line_mask = SHM_PLACED_PAGE_LINES - 1;
        check->away[home % SHM_PLACED_PAGE_LINES] |=
            UINT64_C(1) << shm_placed_filter_at(hash, map->width) |
            line_mask << (SHM_PLACED_LINE_BITS * shm_placed_selector(fraction, turn));
    }
}

/* The rest of P2 and P5, when all entries of the page that ends with line `last` were noted. */
static shm_status check_page(struct placed_check *check, uint64_t last)
{
    const uint32_t width = check->map->width;
    const uint64_t turn = (uint64_t)SHM_PLACED_TURN_MASK << SHM_PLACED_TURN_SHIFT;
    const uint64_t filter = width == 8 ? UINT64_C(0xffffffff) << 32 : UINT64_C(0xf) << 28;
    for (uint64_t k = 0; k <= last % SHM_PLACED_PAGE_LINES; k++) {
        const unsigned char *line =
            check->map->lines + (last - last % SHM_PLACED_PAGE_LINES + k) * SHM_PLACED_LINE_BYTES;
        const uint64_t tail = shm_placed_tail(line, width);
        const uint64_t said = check->away[k];
        if (shm_placed_has_tail(line, width) &&
            ((tail & ~said & (said == 0 ? UINT64_MAX : ~turn)) != 0 ||
             (tail & filter) != (said & filter))) {
            return fail(check, line, "a line of a map tells of keys away that are not there");
        }
    }
    memset(check->away, 0, sizeof check->away);
    return SHM_OK;
}

/* P2 of one line: *filled is the number of slots before those that repeat the first. */
static shm_status check_slots(const struct placed_check *check, const unsigned char *line,
                              uint32_t *filled)
{
    const uint32_t width = check->map->width;
    const uint32_t slots = shm_placed_slot_count(width);
    uint32_t count = 1;
    while (count < slots && memcmp(line + count * width, line, width) != 0) {
        for (uint32_t before = 1; before < count; before++) {
            if (memcmp(line + count * width, line + before * width, width) == 0) {
                return fail(check, line, "a map holds a key twice");
            }
        }
        count++;
    }
    for (uint32_t slot = count; slot < slots; slot++) {
        const unsigned char *entry = line + slot * width;
        const bool is_tail = slot + 1 == slots && check->map->pilots == NULL;
        if (memcmp(entry, line, width) != 0 ||
            (!is_tail &&
             memcmp(entry + SHM_PLACED_VALUE_AT, line + SHM_PLACED_VALUE_AT, width) != 0)) {
            return fail(check, line, "a line of a map is not filled up as it should be");
        }
    }
    *filled = count;
    return SHM_OK;
}

/* P4: the entry stands elsewhere, and the line has none. */
static shm_status check_filler(const struct placed_check *check, const unsigned char *line,
                               uint32_t filled)
{
    const shm_placed *map = check->map;
    const void *found = shm_placed_find(map, shm_placed_key(map, line));
    if (filled != 1 || found == NULL || found == line ||
        memcmp(shm_placed_value(found), shm_placed_value(line), map->width) != 0) {
        return fail(check, line, "a key of a map stands where no find looks for it");
    }
    return SHM_OK;
}

static shm_status check_line(struct placed_check *check, uint64_t number)
{
    const shm_placed *map = check->map;
    const unsigned char *line = map->lines + number * SHM_PLACED_LINE_BYTES;
    uint32_t filled = 0;
    shm_status status = check_slots(check, line, &filled);
    check->verifier->operations += 1 + filled;
    if (status == SHM_OK && !shm_placed_holds(map, line)) {
        return check_filler(check, line, filled);
    }
    for (uint32_t slot = 0; slot < filled && status == SHM_OK; slot++) {
        const unsigned char *entry = line + slot * map->width;
        if (!shm_placed_holds(map, entry)) {
            return fail(check, line, "a key of a map stands where no find looks for it");
        }
        note_away(check, number, entry);
        status = check_entry(check, entry);
        check->entry_count++;
    }
    return status;
}

/* Tails first: whether a slot holds an entry depends on that of another line. */
static shm_status check_tails(const struct placed_check *check)
{
    for (uint64_t number = 0; number < check->map->line_count; number++) {
        const unsigned char *line = check->map->lines + number * SHM_PLACED_LINE_BYTES;
        if (shm_placed_has_tail(line, check->map->width)) {
            const shm_status status = check_tail(check, number, line);
            if (status != SHM_OK) {
                return status;
            }
        }
    }
    return SHM_OK;
}

shm_status shm_placed_verify(shm_verifier *verifier, const shm_placed *map, const shm_type *key,
                             const shm_type *value)
{
    struct placed_check check = {.verifier = verifier, .map = map, .key = key, .value = value};
    const bool has_tails = map->pilots == NULL;
    shm_status status = has_tails ? check_tails(&check) : SHM_OK;
    for (uint64_t number = 0; number < map->line_count && status == SHM_OK; number++) {
        status = check_line(&check, number);
        const bool ends_page =
            (number + 1) % SHM_PLACED_PAGE_LINES == 0 || number + 1 == map->line_count;
        if (status == SHM_OK && has_tails && ends_page) {
            status = check_page(&check, number);
        }
    }
    if (status == SHM_OK && check.entry_count != map->entry_count) {
        status = fail(&check, map->lines, "a map holds more or fewer entries than it says");
    }
    return status;
}

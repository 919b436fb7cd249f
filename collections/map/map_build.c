/* map_build.c — the building half of hash lines. */
#include "collections/map/map_build.h"

#include <string.h>

#include "libshm/hash.h"

enum {
    PAGE_SLOTS = SHM_MAP_PAGE_LINES * SHM_NARROW_SLOTS,
    SELECTORS_MAX = 4,
    LINE_SLOTS_MAX = SHM_NARROW_SLOTS,
    LARGE_GROUP = 4,           /* keys: lines with room for so many are rare */
    ROUND_DOWN_LINES = 1 << 14 /* from here on a page more or less is nothing */
};

/* A key of the page being filled. */
struct page_key {
    uint64_t hash;
    int64_t value;
    uint32_t home; /* line of the page */
    uint32_t line; /* where it goes */
};

/* Keys of one home and selector that must leave, which go together. */
struct away_group {
    uint32_t home;
    uint32_t shift; /* of the line's number in the home's away */
    uint32_t count;
    uint32_t keys[LINE_SLOTS_MAX]; /* numbers in the page */
};

struct page {
    bool is_wide;
    bool only_four; /* no away of the form two: groups are smaller */
    uint32_t slots; /* of a line */
    uint32_t line_count;
    uint32_t key_count;
    uint32_t group_count;
    uint32_t filled[SHM_MAP_PAGE_LINES]; /* slots taken in each line */
    struct page_key keys[PAGE_SLOTS];    /* by hash */
    struct away_group groups[PAGE_SLOTS];
    struct shm_map_line lines[SHM_MAP_PAGE_LINES];
};

/* How the keys of a crowded line may be told apart. */
struct split {
    uint32_t selectors; /* 2 or 4 */
    uint32_t turn;
    uint32_t staying[SELECTORS_MAX];
    uint32_t largest; /* group of keys that leave */
};

bool shm_map_is_wide(uint64_t row_count, uint64_t group_length)
{
    return row_count >= SHM_NARROW_VALUE_END || group_length >= SHM_NARROW_VALUE_END;
}

uint64_t shm_map_line_count(uint64_t key_count, bool is_wide, bool doubled)
{
    const uint64_t keys_of_line = shm_line_slot_count(is_wide) - 1;
    uint64_t lines = key_count / keys_of_line + (key_count % keys_of_line != 0);
    lines = lines == 0 ? 1 : lines;
    lines *= doubled ? 2 : 1;
    if (lines > SHM_MAP_PAGE_LINES) {
        lines += lines < ROUND_DOWN_LINES ? SHM_MAP_PAGE_LINES - 1 : 0;
        lines -= lines % SHM_MAP_PAGE_LINES;
    }
    return lines;
}

static uint32_t selector_of(const struct split *split, uint64_t hash)
{
    return split->selectors == 2 ? shm_away_selector_two(hash)
                                 : shm_away_selector_four(hash, split->turn);
}

/* Decides how many keys of each selector stay: one after the other, of the selector that has the
 * most keys left (of several, the smallest), so that groups of leavers stay small. */
static void try_split(const struct page *page, uint32_t first, uint32_t end, struct split *split)
{
    uint32_t left[SELECTORS_MAX] = {0};
    memset(split->staying, 0, sizeof split->staying);
    for (uint32_t i = first; i < end; i++) {
        left[selector_of(split, page->keys[i].hash)]++;
    }
    for (uint32_t stay = 0; stay < page->slots; stay++) {
        uint32_t most = 0;
        for (uint32_t s = 1; s < split->selectors; s++) {
            most = left[s] > left[most] ? s : most;
        }
        left[most]--;
        split->staying[most]++;
    }
    split->largest = 0;
    for (uint32_t s = 0; s < split->selectors; s++) {
        split->largest = left[s] > split->largest ? left[s] : split->largest;
    }
}

/* The form two if its groups are not large, else the first turn of the form four whose largest
 * group is smallest.  False if that is larger than a line. */
static bool choose_split(const struct page *page, uint32_t first, uint32_t end, struct split *best)
{
    *best = (struct split){.selectors = 2};
    try_split(page, first, end, best);
    if (best->largest < LARGE_GROUP && !page->only_four) {
        return true;
    }
    best->largest = UINT32_MAX;
    for (uint32_t turn = 0; turn < SHM_AWAY_TURN_COUNT; turn++) {
        struct split split = {.selectors = 4, .turn = turn};
        try_split(page, first, end, &split);
        if (split.largest < best->largest) {
            *best = split;
        }
    }
    return best->largest <= page->slots;
}

/* Decides which keys of one crowded line leave it, and groups them: of each selector the first ones
 * by hash stay. */
static bool split_line(struct page *page, uint32_t first, uint32_t end)
{
    struct away_group groups[SELECTORS_MAX];
    struct split split;
    const uint32_t home = page->keys[first].home;
    if (!choose_split(page, first, end, &split)) {
        return false;
    }
    for (uint32_t s = 0; s < split.selectors; s++) {
        groups[s] = (struct away_group){.home = home, .shift = s * SHM_AWAY_LINE_BITS};
    }
    for (uint32_t i = first; i < end; i++) {
        const uint32_t s = selector_of(&split, page->keys[i].hash);
        if (split.staying[s] > 0) {
            split.staying[s]--;
        } else {
            groups[s].keys[groups[s].count++] = i;
        }
    }
    if (split.selectors == 4) {
        page->lines[home].away = SHM_AWAY_FOUR | split.turn << SHM_AWAY_TURN_SHIFT;
    }
    for (uint32_t s = 0; s < split.selectors; s++) {
        if (groups[s].count > 0) {
            page->groups[page->group_count++] = groups[s];
        } else if (split.selectors == 4) {
            page->lines[home].away |= home << groups[s].shift; /* leads nowhere else */
        }
    }
    page->filled[home] = page->slots;
    return true;
}

static bool split_lines(struct page *page)
{
    for (uint32_t first = 0; first < page->key_count;) {
        uint32_t end = first + 1;
        while (end < page->key_count && page->keys[end].home == page->keys[first].home) {
            end++;
        }
        if (end - first <= page->slots) {
            page->filled[page->keys[first].home] = end - first;
        } else if (!split_line(page, first, end)) {
            return false;
        }
        first = end;
    }
    return true;
}

/* The nearest line with room for `count` keys, the later one of two; UINT32_MAX if there is
 * none. */
static uint32_t find_room(const struct page *page, uint32_t home, uint32_t count)
{
    for (uint32_t distance = 1; distance < page->line_count; distance++) {
        const uint32_t up = home + distance;
        if (up < page->line_count && page->filled[up] + count <= page->slots) {
            return up;
        }
        if (distance <= home && page->filled[home - distance] + count <= page->slots) {
            return home - distance;
        }
    }
    return UINT32_MAX;
}

/* Places the groups, the largest first, else by home and selector, in which order they stand. */
static bool place_groups(struct page *page)
{
    for (uint32_t size = page->slots; size > 0; size--) {
        for (uint32_t i = 0; i < page->group_count; i++) {
            const struct away_group *group = &page->groups[i];
            if (group->count != size) {
                continue;
            }
            const uint32_t line = find_room(page, group->home, size);
            if (line == UINT32_MAX) {
                return false;
            }
            uint32_t *away = &page->lines[group->home].away;
            *away |= line << group->shift;
            for (uint32_t k = 0; k < size; k++) {
                struct page_key *key = &page->keys[group->keys[k]];
                key->line = line;
                *away |= (*away & SHM_AWAY_FOUR) != 0 ? 0 : shm_away_filter_bit(key->hash);
            }
            page->filled[line] += size;
        }
    }
    return true;
}

static bool place_keys(struct page *page, bool only_four)
{
    memset(page->lines, 0, sizeof page->lines);
    memset(page->filled, 0, sizeof page->filled);
    page->group_count = 0;
    page->only_four = only_four;
    return split_lines(page) && place_groups(page);
}

/* Fills the page's lines; false if there is no room. */
static bool fill_page(struct page *page)
{
    uint32_t next[SHM_MAP_PAGE_LINES] = {0};
    if (!place_keys(page, false) && !place_keys(page, true)) {
        return false;
    }
    for (int away = 0; away < 2; away++) { /* in each line first those at home */
        for (uint32_t i = 0; i < page->key_count; i++) {
            const struct page_key *key = &page->keys[i];
            if ((key->line != key->home) == (away == 1)) {
                struct shm_map_line *line = &page->lines[key->line];
                line->words[next[key->line]] = key->hash;
                shm_line_set_value(line, page->is_wide, next[key->line]++, key->value);
            }
        }
    }
    for (uint32_t i = 0; i < page->line_count; i++) {
        for (uint32_t slot = next[i]; slot < page->slots; slot++) {
            shm_line_set_value(&page->lines[i], page->is_wide, slot, SHM_MAP_NOTHING);
        }
    }
    return true;
}

/* Takes the keys of one page from the entries at *at; false if they are more than its slots.
 * *group is the index that the next group will have. */
static bool take_keys(const shm_entries *entries, uint64_t line_count, uint64_t first_line,
                      struct page *page, uint64_t *at, uint64_t *group)
{
    page->key_count = 0;
    while (*at < entries->count) {
        const uint64_t hash = entries->list[*at].hash;
        const uint64_t home = shm_multiply_high(hash, line_count) - first_line;
        if (home >= page->line_count) {
            break;
        }
        uint64_t rows = 1;
        while (*at + rows < entries->count && entries->list[*at + rows].hash == hash) {
            rows++;
        }
        if (page->key_count == page->line_count * page->slots) {
            return false;
        }
        page->keys[page->key_count++] =
            (struct page_key){.hash = hash,
                              .value = rows == 1 ? (int64_t)entries->list[*at].row
                                                 : shm_map_value_of_group(page->is_wide, *group),
                              .home = (uint32_t)home,
                              .line = (uint32_t)home};
        *group += rows == 1 ? 0 : 1 + rows;
        *at += rows;
    }
    return true;
}

shm_status shm_map_build_write(const shm_entries *entries, uint64_t line_count, bool is_wide,
                               shm_writer *writer, bool *placed, shm_error *error)
{
    struct page page;
    uint64_t at = 0;
    uint64_t group = 0;
    page.is_wide = is_wide;
    page.slots = shm_line_slot_count(is_wide);
    for (uint64_t line = 0; line < line_count; line += page.line_count) {
        const uint64_t left = line_count - line;
        page.line_count = left < SHM_MAP_PAGE_LINES ? (uint32_t)left : SHM_MAP_PAGE_LINES;
        if (!take_keys(entries, line_count, line, &page, &at, &group) || !fill_page(&page)) {
            *placed = false;
            return SHM_OK;
        }
        const shm_status status =
            shm_writer_add(writer, page.lines, page.line_count * sizeof page.lines[0], error);
        if (status != SHM_OK) {
            return status;
        }
    }
    *placed = true;
    return SHM_OK;
}

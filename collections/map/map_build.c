/* map_build.c — the building half of hash lines. */
#include "collections/map/map_build.h"

#include <string.h>

#include "libshm/hash.h"

enum {
    PAGE_SLOTS = SHM_MAP_PAGE_LINES * SHM_LINE_SLOT_COUNT,
    SELECTOR_COUNT = 4,            /* of the two low bits of a hash */
    AWAY_MAX = SHM_LINE_SLOT_COUNT /* keys of one line and selector: they share a line */
};

/* A key of the page being filled. */
struct page_key {
    uint64_t hash;
    uint64_t value;
    uint32_t home; /* line of the page */
    uint32_t line; /* where it goes */
};

/* Keys of one home and selector that must leave, which go together. */
struct away_group {
    uint32_t home;
    uint32_t selector;
    uint32_t count;
    uint32_t keys[AWAY_MAX]; /* numbers in the page */
};

struct page {
    uint32_t line_count;
    uint32_t key_count;
    uint32_t group_count;
    uint32_t filled[SHM_MAP_PAGE_LINES]; /* slots taken in each line */
    struct page_key keys[PAGE_SLOTS];    /* by hash */
    struct away_group groups[PAGE_SLOTS];
    struct shm_map_line lines[SHM_MAP_PAGE_LINES];
};

uint64_t shm_map_line_count(uint64_t key_count, bool doubled)
{
    uint64_t lines = (key_count / SHM_MAP_LINES_DENOMINATOR) * SHM_MAP_LINES_NUMERATOR;
    const uint64_t rest = (key_count % SHM_MAP_LINES_DENOMINATOR) * SHM_MAP_LINES_NUMERATOR;
    lines += (rest + SHM_MAP_LINES_DENOMINATOR - 1) / SHM_MAP_LINES_DENOMINATOR;
    lines = lines == 0 ? 1 : lines;
    lines *= doubled ? 2 : 1;
    return lines <= SHM_MAP_PAGE_LINES
               ? lines
               : (lines + SHM_MAP_PAGE_LINES - 1) / SHM_MAP_PAGE_LINES * SHM_MAP_PAGE_LINES;
}

/* Decides which keys of one crowded line leave it, and groups them.  One after the other, four
 * keys stay, each the first by hash of the selector that has the most keys left (of several, the
 * smallest selector): so groups of leavers stay small.  False if one is larger than a line. */
static bool split_line(struct page *page, uint32_t first, uint32_t end)
{
    struct away_group groups[SELECTOR_COUNT];
    uint32_t left[SELECTOR_COUNT] = {0};
    uint32_t staying[SELECTOR_COUNT] = {0};
    for (uint32_t i = first; i < end; i++) {
        left[page->keys[i].hash % SELECTOR_COUNT]++;
    }
    for (int stay = 0; stay < SHM_LINE_SLOT_COUNT; stay++) {
        uint32_t most = 0;
        for (uint32_t s = 1; s < SELECTOR_COUNT; s++) {
            most = left[s] > left[most] ? s : most;
        }
        left[most]--;
        staying[most]++;
    }
    for (uint32_t s = 0; s < SELECTOR_COUNT; s++) {
        if (left[s] > AWAY_MAX) {
            return false;
        }
        groups[s] = (struct away_group){.home = page->keys[first].home, .selector = s};
    }
    for (uint32_t i = first; i < end; i++) {
        const uint32_t s = page->keys[i].hash % SELECTOR_COUNT;
        if (staying[s] > 0) {
            staying[s]--;
        } else {
            groups[s].keys[groups[s].count++] = i;
        }
    }
    for (uint32_t s = 0; s < SELECTOR_COUNT; s++) {
        if (groups[s].count > 0) {
            page->groups[page->group_count++] = groups[s];
        }
    }
    page->filled[page->keys[first].home] = SHM_LINE_SLOT_COUNT;
    return true;
}

static bool split_lines(struct page *page)
{
    for (uint32_t first = 0; first < page->key_count;) {
        uint32_t end = first + 1;
        while (end < page->key_count && page->keys[end].home == page->keys[first].home) {
            end++;
        }
        if (end - first <= SHM_LINE_SLOT_COUNT) {
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
        if (up < page->line_count && page->filled[up] + count <= SHM_LINE_SLOT_COUNT) {
            return up;
        }
        if (distance <= home && page->filled[home - distance] + count <= SHM_LINE_SLOT_COUNT) {
            return home - distance;
        }
    }
    return UINT32_MAX;
}

/* Places the groups, the largest first, else by home and selector, in which order they stand. */
static bool place_groups(struct page *page)
{
    for (uint32_t size = AWAY_MAX; size > 0; size--) {
        for (uint32_t i = 0; i < page->group_count; i++) {
            const struct away_group *group = &page->groups[i];
            if (group->count != size) {
                continue;
            }
            const uint32_t line = find_room(page, group->home, size);
            if (line == UINT32_MAX) {
                return false;
            }
            uint64_t *cell = &page->lines[group->home].cells[group->selector];
            const uint64_t reach = (uint64_t)(int64_t)((int32_t)line - (int32_t)group->home) & 0x7f;
            *cell |= reach << SHM_CELL_REACH_SHIFT;
            for (uint32_t k = 0; k < size; k++) {
                page->keys[group->keys[k]].line = line;
                *cell |= shm_cell_filter_bit(page->keys[group->keys[k]].hash);
            }
            page->filled[line] += size;
        }
    }
    return true;
}

static void put_key(struct shm_map_line *line, const struct page_key *key)
{
    int slot = 0;
    while ((line->cells[slot] & SHM_CELL_FILLED) != 0) {
        slot++;
    }
    line->words[slot] = key->hash;
    line->cells[slot] |= SHM_CELL_FILLED | key->value;
}

/* Fills the page's lines; false if there is no room. */
static bool fill_page(struct page *page)
{
    memset(page->lines, 0, sizeof page->lines);
    memset(page->filled, 0, sizeof page->filled);
    page->group_count = 0;
    if (!split_lines(page) || !place_groups(page)) {
        return false;
    }
    for (int away = 0; away < 2; away++) { /* in each line first those at home */
        for (uint32_t i = 0; i < page->key_count; i++) {
            const struct page_key *key = &page->keys[i];
            if ((key->line != key->home) == (away == 1)) {
                put_key(&page->lines[key->line], key);
            }
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
        if (page->key_count == page->line_count * SHM_LINE_SLOT_COUNT) {
            return false;
        }
        page->keys[page->key_count++] =
            (struct page_key){.hash = hash,
                              .value = rows == 1 ? entries->list[*at].row : *group | SHM_CELL_GROUP,
                              .home = (uint32_t)home,
                              .line = (uint32_t)home};
        *group += rows == 1 ? 0 : 1 + rows;
        *at += rows;
    }
    return true;
}

shm_status shm_map_build_write(const shm_entries *entries, uint64_t line_count, shm_writer *writer,
                               bool *placed, shm_error *error)
{
    struct page page;
    uint64_t at = 0;
    uint64_t group = 0;
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

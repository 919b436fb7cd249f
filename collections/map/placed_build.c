/* placed_build.c — the building half of placed maps. */
#include "collections/map/placed_build.h"

#include <string.h>

#include "libshm/hash.h"

enum {
    SLOTS_MAX = 8,
    SELECTORS_MAX = 8,
    TURN_COUNT = SHM_PLACED_TURN_MASK + 1,
    PAGE_ENTRIES_MAX = SHM_PLACED_PAGE_LINES * SLOTS_MAX,
    ROUND_DOWN_LINES = 1 << 14 /* from here on a page more or less is nothing */
};

/* Entries of one home and selector that must leave, which go together. */
struct away_group {
    uint32_t home;
    uint32_t selector;
    uint32_t count;
    uint32_t entries[SLOTS_MAX]; /* numbers in the page */
};

struct page {
    const struct shm_placed_shape *shape;
    const shm_entry *entries;
    uint32_t count;
    uint32_t line_count;
    uint32_t slots;     /* of a line */
    uint32_t selectors; /* of a tail */
    uint32_t group_count;
    uint32_t filled[SHM_PLACED_PAGE_LINES]; /* slots taken in each line */
    uint64_t tails[SHM_PLACED_PAGE_LINES];
    uint32_t lines[PAGE_ENTRIES_MAX]; /* where each entry goes */
    uint32_t homes[PAGE_ENTRIES_MAX];
    struct away_group groups[PAGE_ENTRIES_MAX];
};

/* How the entries of a crowded line may be told apart. */
struct split {
    uint32_t turn;
    uint32_t staying[SELECTORS_MAX];
    uint32_t largest; /* group of entries that leave */
};

uint64_t shm_placed_line_count(uint64_t entry_count, uint32_t width, bool doubled)
{
    /* Two thirds of the slots are filled: 3 / 2 of the bytes of keys and values. */
    const uint64_t slots = (uint64_t)shm_placed_slot_count(width);
    uint64_t lines = entry_count / (2 * slots) * 3;
    lines += (entry_count % (2 * slots) * 3 + 2 * slots - 1) / (2 * slots);
    lines *= doubled ? 2 : 1;
    if (lines > SHM_PLACED_PAGE_LINES) {
        lines += lines < ROUND_DOWN_LINES ? SHM_PLACED_PAGE_LINES - 1 : 0;
        lines -= lines % SHM_PLACED_PAGE_LINES;
    }
    return lines;
}

/* Decides how many entries of each selector stay: one after the other, of the selector that has the
 * most left (of several, the smallest), so that groups of leavers stay small. */
static void try_split(const struct page *page, uint32_t first, uint32_t end, struct split *split)
{
    uint32_t left[SELECTORS_MAX] = {0};
    memset(split->staying, 0, sizeof split->staying);
    for (uint32_t i = first; i < end; i++) {
        left[shm_placed_selector(page->entries[i].hash, split->turn, page->shape->width)]++;
    }
    for (uint32_t stay = 0; stay + 1 < page->slots; stay++) {
        uint32_t most = 0;
        for (uint32_t s = 1; s < page->selectors; s++) {
            most = left[s] > left[most] ? s : most;
        }
        left[most]--;
        split->staying[most]++;
    }
    split->largest = 0;
    for (uint32_t s = 0; s < page->selectors; s++) {
        split->largest = left[s] > split->largest ? left[s] : split->largest;
    }
}

/* The first turn whose largest group is smallest. */
static void choose_split(const struct page *page, uint32_t first, uint32_t end, struct split *best)
{
    *best = (struct split){.largest = UINT32_MAX};
    for (uint32_t turn = 0; turn < TURN_COUNT && best->largest > 1; turn++) {
        struct split split = {.turn = turn};
        try_split(page, first, end, &split);
        if (split.largest < best->largest) {
            *best = split;
        }
    }
}

/* Decides which entries of one crowded line leave it, and groups them: of each selector the first
 * ones by hash stay.  False if a group fills more than a line. */
static bool split_line(struct page *page, uint32_t first, uint32_t end)
{
    struct away_group groups[SELECTORS_MAX];
    struct split split;
    const uint32_t home = page->homes[first];
    choose_split(page, first, end, &split);
    if (split.largest > page->slots) {
        return false;
    }
    for (uint32_t s = 0; s < page->selectors; s++) {
        groups[s] = (struct away_group){.home = home, .selector = s};
    }
    for (uint32_t i = first; i < end; i++) {
        const uint32_t s =
            shm_placed_selector(page->entries[i].hash, split.turn, page->shape->width);
        if (split.staying[s] > 0) {
            split.staying[s]--;
        } else {
            groups[s].entries[groups[s].count++] = i;
        }
    }
    for (uint32_t s = 0; s < page->selectors; s++) {
        if (groups[s].count > 0) {
            page->groups[page->group_count++] = groups[s];
        }
    }
    page->filled[home] = page->slots;
    page->tails[home] = (uint64_t)split.turn << shm_placed_turn_shift(page->shape->width);
    return true;
}

static bool split_lines(struct page *page)
{
    for (uint32_t first = 0; first < page->count;) {
        uint32_t end = first + 1;
        while (end < page->count && page->homes[end] == page->homes[first]) {
            end++;
        }
        if (end - first <= page->slots) {
            page->filled[page->homes[first]] = end - first;
        } else if (!split_line(page, first, end)) {
            return false;
        }
        first = end;
    }
    return true;
}

/* The nearest line with room for `count` entries, the later one of two; UINT32_MAX if there is
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
    const uint32_t width = page->shape->width;
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
            uint64_t *tail = &page->tails[group->home];
            *tail |= (uint64_t)line << (SHM_PLACED_LINE_BITS * group->selector);
            for (uint32_t k = 0; k < size; k++) {
                const uint32_t entry = group->entries[k];
                page->lines[entry] = line;
                *tail |= UINT64_C(1) << shm_placed_filter_at(page->entries[entry].hash, width);
            }
            page->filled[line] += size;
        }
    }
    return true;
}

static void write_slot(const struct page *page, unsigned char *line, uint32_t slot,
                       const shm_entry *entry)
{
    const uint32_t width = page->shape->width;
    const uint64_t key = shm_unmix64(entry->hash, page->shape->seed);
    memcpy(line + slot * width, &key, width);
    memcpy(line + SHM_PLACED_VALUE_AT + slot * width, &entry->row, width);
}

/* Repeats the first slot in all that are empty, and sets the tail. */
static void fill_up(const struct page *page, unsigned char *line, uint32_t filled, uint64_t tail)
{
    const uint32_t width = page->shape->width;
    if (filled == 0) {
        write_slot(page, line, filled++, &page->shape->filler);
    }
    for (uint32_t slot = filled; slot < page->slots; slot++) {
        memcpy(line + slot * width, line, width);
        memcpy(line + SHM_PLACED_VALUE_AT + slot * width, line + SHM_PLACED_VALUE_AT, width);
    }
    if (filled < page->slots) {
        memcpy(line + SHM_PLACED_LINE_BYTES - width, &tail, width);
    }
}

/* In each line first the entries at home, in order of their hashes, then the others in order of
 * theirs. */
static void write_lines(const struct page *page, unsigned char *lines)
{
    uint32_t next[SHM_PLACED_PAGE_LINES] = {0};
    for (int away = 0; away < 2; away++) {
        for (uint32_t i = 0; i < page->count; i++) {
            const uint32_t line = page->lines[i];
            if ((line != page->homes[i]) == (away == 1)) {
                write_slot(page, lines + line * SHM_PLACED_LINE_BYTES, next[line]++,
                           &page->entries[i]);
            }
        }
    }
    for (uint32_t line = 0; line < page->line_count; line++) {
        fill_up(page, lines + line * SHM_PLACED_LINE_BYTES, next[line], page->tails[line]);
    }
}

bool shm_placed_page_fill(const struct shm_placed_shape *shape, uint64_t first_line,
                          const shm_entry *entries, uint64_t count, unsigned char *lines)
{
    struct page page;
    page.shape = shape;
    page.entries = entries;
    page.count = (uint32_t)count;
    page.line_count = shm_placed_page_lines(shape, first_line);
    page.slots = shm_placed_slot_count(shape->width);
    page.selectors = 1U << shm_placed_selector_bits(shape->width);
    page.group_count = 0;
    if (count > page.line_count * page.slots) {
        return false;
    }
    memset(page.filled, 0, sizeof page.filled);
    memset(page.tails, 0, sizeof page.tails);
    for (uint32_t i = 0; i < page.count; i++) {
        page.homes[i] =
            (uint32_t)(shm_multiply_high(entries[i].hash, shape->line_count) - first_line);
        page.lines[i] = page.homes[i];
    }
    if (!split_lines(&page) || !place_groups(&page)) {
        return false;
    }
    write_lines(&page, lines);
    return true;
}

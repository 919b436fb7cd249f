/* placed_page.c — how a page of a placed map is filled from its entries. */
#include "collections/map/map_page.h"

#include <string.h>

#include "collections/map/page_fill.h"
#include "collections/map/placed.h"
#include "libshm/hash.h"

enum {
    SLOTS_MAX = 8,
    TURN_COUNT = SHM_PLACED_TURN_MASK + 1,
    PAGE_ENTRIES_MAX = SHM_PLACED_PAGE_LINES * SLOTS_MAX
};

/* Entries of one home and selector that must leave, which go together. */
struct away_group {
    uint32_t home;
    uint32_t selector;
    uint32_t count;
    uint32_t entries[SLOTS_MAX]; /* numbers in the page */
};

struct page {
    const struct shm_page_keys *keys;
    shm_unmix unmix;
    uint32_t width;
    uint32_t slots; /* of a line */
    uint32_t group_count;
    uint32_t filled[SHM_PLACED_PAGE_LINES]; /* slots taken in each line */
    uint64_t tails[SHM_PLACED_PAGE_LINES];
    uint32_t lines[PAGE_ENTRIES_MAX]; /* where each entry goes */
    uint32_t homes[PAGE_ENTRIES_MAX];
    struct away_group groups[PAGE_ENTRIES_MAX];
};

static uint64_t fraction_of(const struct page *page, uint32_t entry)
{
    return page->keys->keys[entry].hash * page->keys->line_count;
}

/* How the keys [first, end) of one home part under the split's selectors and turn. */
static void try_split(const struct page *page, uint32_t first, uint32_t end,
                      struct shm_page_split *split)
{
    uint32_t left[SHM_SELECTORS_MAX] = {0};
    for (uint32_t i = first; i < end; i++) {
        left[shm_placed_selector(fraction_of(page, i), split->turn)]++;
    }
    shm_page_split_stay(split, left, page->slots - 1);
}

/* The first turn whose largest group is smallest. */
static void choose_split(const struct page *page, uint32_t first, uint32_t end,
                         struct shm_page_split *best)
{
    *best = (struct shm_page_split){.largest = UINT32_MAX};
    for (uint32_t turn = 0; turn < TURN_COUNT && best->largest > 1; turn++) {
        struct shm_page_split split = {.selectors = SHM_PLACED_SELECTOR_COUNT, .turn = turn};
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
    struct away_group groups[SHM_SELECTORS_MAX];
    struct shm_page_split split;
    const uint32_t home = page->homes[first];
    choose_split(page, first, end, &split);
    if (split.largest > page->slots) {
        return false;
    }
    for (uint32_t s = 0; s < SHM_PLACED_SELECTOR_COUNT; s++) {
        groups[s] = (struct away_group){.home = home, .selector = s};
    }
    for (uint32_t i = first; i < end; i++) {
        const uint32_t s = shm_placed_selector(fraction_of(page, i), split.turn);
        if (split.staying[s] > 0) {
            split.staying[s]--;
        } else {
            groups[s].entries[groups[s].count++] = i;
        }
    }
    for (uint32_t s = 0; s < SHM_PLACED_SELECTOR_COUNT; s++) {
        if (groups[s].count > 0) {
            page->groups[page->group_count++] = groups[s];
        }
    }
    page->filled[home] = page->slots;
    page->tails[home] = (uint64_t)split.turn << SHM_PLACED_TURN_SHIFT;
    return true;
}

static bool split_lines(struct page *page)
{
    for (uint32_t first = 0; first < page->keys->count;) {
        uint32_t end = first + 1;
        while (end < page->keys->count && page->homes[end] == page->homes[first]) {
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

/* Places the groups, the largest first, else by home and selector, in which order they stand. */
static bool place_groups(struct page *page)
{
    const uint32_t width = page->width;
    for (uint32_t size = page->slots; size > 0; size--) {
        for (uint32_t i = 0; i < page->group_count; i++) {
            const struct away_group *group = &page->groups[i];
            if (group->count != size) {
                continue;
            }
            const uint32_t line =
                shm_page_room(page->filled, page->keys->page_lines, page->slots, group->home, size);
            if (line == UINT32_MAX) {
                return false;
            }
            uint64_t *tail = &page->tails[group->home];
            *tail |= (uint64_t)line << (SHM_PLACED_LINE_BITS * group->selector);
            for (uint32_t k = 0; k < size; k++) {
                const uint32_t entry = group->entries[k];
                page->lines[entry] = line;
                *tail |= UINT64_C(1) << shm_placed_filter_at(page->keys->keys[entry].hash, width);
            }
            page->filled[line] += size;
        }
    }
    return true;
}

static void write_slot(const struct page *page, unsigned char *line, uint32_t slot,
                       const shm_entry *entry)
{
    const uint32_t width = page->width;
    const uint64_t key = shm_unmix_key(&page->unmix, entry->hash);
    memcpy(line + slot * width, &key, width);
    memcpy(line + SHM_PLACED_VALUE_AT + slot * width, &entry->row, width);
}

/* Repeats the first slot in all that are empty, and sets the tail. */
static void fill_up(const struct page *page, unsigned char *line, uint32_t filled, uint64_t tail)
{
    const uint32_t width = page->width;
    if (filled == 0) {
        write_slot(page, line, filled++, &page->keys->least);
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
        for (uint32_t i = 0; i < page->keys->count; i++) {
            const uint32_t line = page->lines[i];
            if ((line != page->homes[i]) == (away == 1)) {
                write_slot(page, lines + line * SHM_PLACED_LINE_BYTES, next[line]++,
                           &page->keys->keys[i]);
            }
        }
    }
    for (uint32_t line = 0; line < page->keys->page_lines; line++) {
        fill_up(page, lines + line * SHM_PLACED_LINE_BYTES, next[line], page->tails[line]);
    }
}

static bool fill_page(const struct shm_page_keys *keys, uint32_t width, struct page *page,
                      unsigned char *lines)
{
    page->keys = keys;
    page->unmix = shm_unmix_of(keys->seed);
    page->width = width;
    page->slots = shm_placed_slot_count(width);
    page->group_count = 0;
    if (keys->count > keys->page_lines * page->slots) {
        return false;
    }
    memset(page->filled, 0, sizeof page->filled);
    memset(page->tails, 0, sizeof page->tails);
    for (uint32_t i = 0; i < keys->count; i++) {
        page->homes[i] =
            (uint32_t)(shm_multiply_high(keys->keys[i].hash, keys->line_count) - keys->first_line);
        page->lines[i] = page->homes[i];
    }
    if (!split_lines(page) || !place_groups(page)) {
        return false;
    }
    write_lines(page, lines);
    return true;
}

static bool fill_4(const struct shm_page_keys *keys, void *scratch, void *out)
{
    return fill_page(keys, 4, scratch, out);
}

static bool fill_8(const struct shm_page_keys *keys, void *scratch, void *out)
{
    return fill_page(keys, 8, scratch, out);
}

const shm_page_form *shm_placed_page_form(uint32_t width)
{
    static const shm_page_form four = {.page_lines = SHM_PLACED_PAGE_LINES,
                                       .line_bytes = SHM_PLACED_LINE_BYTES,
                                       .key_count_max = SHM_PLACED_PAGE_LINES * 8,
                                       .scratch_bytes = sizeof(struct page),
                                       .fill = fill_4};
    static const shm_page_form eight = {.page_lines = SHM_PLACED_PAGE_LINES,
                                        .line_bytes = SHM_PLACED_LINE_BYTES,
                                        .key_count_max = SHM_PLACED_PAGE_LINES * 4,
                                        .scratch_bytes = sizeof(struct page),
                                        .fill = fill_8};
    return width == 8 ? &eight : &four;
}

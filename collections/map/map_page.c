/* map_page.c — the lines of a page, filled from its keys (docs/format.md, "Filling a page"). */
#include "collections/map/map_page.h"

#include <string.h>

#include "collections/map/map_disk.h"
#include "collections/map/page_fill.h"
#include "libshm/hash.h"

enum {
    PAGE_SLOTS = SHM_MAP_PAGE_LINES * SHM_NARROW_SLOTS,
    LINE_SLOTS_MAX = SHM_NARROW_SLOTS,
    LARGE_GROUP = 4 /* keys: lines with room for so many are rare */
};

/* Keys of one home and selector that must leave, which go together. */
struct away_group {
    uint32_t home;
    uint32_t shift; /* of the line's number in the home's away */
    uint32_t count;
    uint32_t keys[LINE_SLOTS_MAX]; /* numbers in the page */
};

struct page {
    const shm_entry *keys; /* by hash, and so by home */
    const uint64_t *words; /* of each in a line */
    bool is_wide;
    bool only_four; /* no away of the form two: groups are smaller */
    uint32_t slots; /* of a line */
    uint32_t line_count;
    uint32_t group_count;
    uint32_t leaver_count;
    uint32_t of_home[SHM_MAP_PAGE_LINES]; /* keys with each home line */
    uint32_t filled[SHM_MAP_PAGE_LINES];  /* slots taken in each line */
    uint32_t leavers[PAGE_SLOTS];         /* keys that are not at home, in their order */
    uint32_t lines_of[PAGE_SLOTS];        /* where each of those goes, by number of the key */
    struct away_group groups[PAGE_SLOTS];
    struct shm_map_line *lines;
};

static inline void set_slot(const struct page *page, bool is_wide, uint32_t line, uint32_t slot,
                            uint32_t key)
{
    struct shm_map_line *at = &page->lines[line];
    at->words[slot] = page->words == NULL ? page->keys[key].hash : page->words[key];
    shm_line_set_value(at, is_wide, slot, (int64_t)page->keys[key].row);
}

static uint32_t selector_of(const struct shm_page_split *split, uint64_t hash)
{
    return split->selectors == 2 ? shm_away_selector_two(hash)
                                 : shm_away_selector_four(hash, split->turn);
}

/* How the keys [first, end) of one home part under the split's selectors and turn. */
static void try_split(const struct page *page, uint32_t first, uint32_t end,
                      struct shm_page_split *split)
{
    uint32_t left[SHM_SELECTORS_MAX] = {0};
    for (uint32_t i = first; i < end; i++) {
        left[selector_of(split, page->keys[i].hash)]++;
    }
    shm_page_split_stay(split, left, page->slots);
}

/* The form two if its groups are not large, else the first turn of the form four whose largest
 * group is smallest.  False if that is larger than a line. */
static bool choose_split(const struct page *page, uint32_t first, uint32_t end,
                         struct shm_page_split *best)
{
    *best = (struct shm_page_split){.selectors = 2};
    try_split(page, first, end, best);
    if (best->largest < LARGE_GROUP && !page->only_four) {
        return true;
    }
    best->largest = UINT32_MAX;
    for (uint32_t turn = 0; turn < SHM_AWAY_TURN_COUNT; turn++) {
        struct shm_page_split split = {.selectors = 4, .turn = turn};
        try_split(page, first, end, &split);
        if (split.largest < best->largest) {
            *best = split;
        }
    }
    return best->largest <= page->slots;
}

/* Decides which keys [first, end) of one crowded line leave it, and groups them: of each selector
 * the first ones by hash stay. */
static bool split_line(struct page *page, uint32_t home, uint32_t first, uint32_t end)
{
    struct away_group groups[SHM_SELECTORS_MAX];
    struct shm_page_split split;
    uint32_t slot = 0;
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
            set_slot(page, page->is_wide, home, slot++, i);
        } else {
            groups[s].keys[groups[s].count++] = i;
            page->leavers[page->leaver_count++] = i;
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
    return true;
}

/* Splits the lines that are home to more keys than they have slots. */
static bool split_lines(struct page *page)
{
    uint32_t first = 0;
    page->group_count = 0;
    page->leaver_count = 0;
    for (uint32_t line = 0; line < page->line_count; line++) {
        const uint32_t end = first + page->of_home[line];
        page->lines[line].away = 0;
        page->filled[line] = end - first < page->slots ? end - first : page->slots;
        if (end - first > page->slots && !split_line(page, line, first, end)) {
            return false;
        }
        first = end;
    }
    return true;
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
            const uint32_t line =
                shm_page_room(page->filled, page->line_count, page->slots, group->home, size);
            if (line == UINT32_MAX) {
                return false;
            }
            uint32_t *away = &page->lines[group->home].away;
            *away |= line << group->shift;
            for (uint32_t k = 0; k < size; k++) {
                const uint32_t key = group->keys[k];
                page->lines_of[key] = line;
                *away |=
                    (*away & SHM_AWAY_FOUR) != 0 ? 0 : shm_away_filter_bit(page->keys[key].hash);
            }
            page->filled[line] += size;
        }
    }
    return true;
}

static bool place_keys(struct page *page, bool only_four)
{
    page->only_four = only_four;
    return split_lines(page) && place_groups(page);
}

/* Writes the keys into their home lines as they come; what is too much for one goes nowhere, and is
 * left to its split. */
static void fill_homes(struct page *page, const struct shm_page_keys *keys, bool is_wide)
{
    const uint32_t slots = shm_line_slot_count(is_wide);
    struct shm_map_line empty = {.away = 0};
    for (uint32_t slot = 0; slot < slots; slot++) {
        shm_line_set_value(&empty, is_wide, slot, SHM_MAP_NOTHING);
    }
    for (uint32_t line = 0; line < page->line_count; line++) {
        page->lines[line] = empty;
    }
    memset(page->of_home, 0, sizeof page->of_home);
    for (uint32_t i = 0; i < keys->count; i++) {
        const uint64_t home =
            shm_multiply_high(keys->keys[i].hash, keys->line_count) - keys->first_line;
        const uint32_t slot = page->of_home[home]++;
        if (slot < slots) {
            set_slot(page, is_wide, (uint32_t)home, slot, i);
        }
    }
}

/* Behind the keys at home stand the others, in their order. */
static void fill_away(const struct page *page)
{
    uint32_t next[SHM_MAP_PAGE_LINES];
    for (uint32_t line = 0; line < page->line_count; line++) {
        next[line] = page->of_home[line] < page->slots ? page->of_home[line] : page->slots;
    }
    for (uint32_t i = 0; i < page->leaver_count; i++) {
        const uint32_t line = page->lines_of[page->leavers[i]];
        set_slot(page, page->is_wide, line, next[line]++, page->leavers[i]);
    }
}

static inline bool fill_page(const struct shm_page_keys *keys, bool is_wide, struct page *page,
                             struct shm_map_line *lines)
{
    page->keys = keys->keys;
    page->words = keys->words;
    page->is_wide = is_wide;
    page->slots = shm_line_slot_count(is_wide);
    page->line_count = keys->page_lines;
    page->lines = lines;
    if (keys->count > page->line_count * page->slots) {
        return false;
    }
    fill_homes(page, keys, is_wide);
    if (!place_keys(page, false) && !place_keys(page, true)) {
        return false;
    }
    fill_away(page);
    return true;
}

static bool fill_narrow(const struct shm_page_keys *keys, void *scratch, void *out)
{
    return fill_page(keys, false, scratch, out);
}

static bool fill_wide(const struct shm_page_keys *keys, void *scratch, void *out)
{
    return fill_page(keys, true, scratch, out);
}

const shm_page_form *shm_map_page_form(bool is_wide)
{
    static const shm_page_form narrow = {.page_lines = SHM_MAP_PAGE_LINES,
                                         .line_bytes = sizeof(struct shm_map_line),
                                         .key_count_max = SHM_MAP_PAGE_LINES * SHM_NARROW_SLOTS,
                                         .scratch_bytes = sizeof(struct page),
                                         .group_mark = ~SHM_NARROW_VALUE_END,
                                         .fill = fill_narrow};
    static const shm_page_form wide = {.page_lines = SHM_MAP_PAGE_LINES,
                                       .line_bytes = sizeof(struct shm_map_line),
                                       .key_count_max = SHM_MAP_PAGE_LINES * SHM_WIDE_SLOTS,
                                       .scratch_bytes = sizeof(struct page),
                                       .group_mark = ~SHM_WIDE_VALUE_END,
                                       .fill = fill_wide};
    return is_wide ? &wide : &narrow;
}

/* sorted_text.c — finding places in the order of texts.
 *
 * The words of a node are those behind what its texts have in common, so a way down the levels must
 * know in each node whether the sought text begins so too.  It reads the node's first text for
 * that.  A find first takes the way that trusts all nodes and compares one text at its end: the
 * texts of a key that is there begin like those of the nodes that hold it. */
#include "collections/sorted/sorted_text.h"

#include "collections/sorted/sorted_below.h"

/* What is sought, and how. */
struct search {
    const shm_sorted *sorted;
    const shm_key *key;
    const shm_table *table;
    const shm_probe *probe;
    shm_string text; /* the probe's */
    bool after;      /* keys that are sought count as below, too */
};

static struct search search_of(const shm_sorted *sorted, const shm_key *key, const shm_table *table,
                               const shm_probe *probe)
{
    const shm_string text = probe->count == 0 ? SHM_STR("") : probe->parts[0].text;
    return (struct search){.sorted = sorted,
                           .key = key,
                           .table = table,
                           .probe = probe,
                           .text = text.length == 0 ? SHM_STR("") : text};
}

static int compare(const struct search *search, uint64_t entry)
{
    const shm_string text = shm_sorted_text(search->sorted, search->key, search->table, entry);
    return shm_order_compare_text(text, search->probe);
}

static bool is_below(const struct search *search, uint64_t entry)
{
    const int order = compare(search, entry);
    return order < 0 || (search->after && order == 0);
}

/* On which side of all texts that begin with `size` bytes of the entry's text the sought one lies:
 * below or above 0, or 0 if it begins so too, or ends before: then words and texts tell. */
static int compare_beginning(const struct search *search, uint64_t entry, size_t size)
{
    if (size == 0) {
        return 0;
    }
    const shm_string text = shm_sorted_text(search->sorted, search->key, search->table, entry);
    const size_t shorter = search->text.length < size ? search->text.length : size;
    return memcmp(search->text.data, text.data, shorter);
}

/* Starts fetching the text of an entry, and its row, which the caller of a find reads. */
SHM_ALWAYS_INLINE void prefetch_entry(const struct search *search, uint64_t entry)
{
    const shm_table *table = search->table;
    const uint64_t distance = shm_sorted_text_distance(search->sorted, entry);
    __builtin_prefetch(table->rows + shm_sorted_row(search->sorted, entry) * table->stride);
    if (distance != 0) {
        shm_sorted_prefetch(table->rows - distance * SHM_HEAP_ALIGN - SHM_TEXT_HEAD_BYTES,
                            2 * SHM_SORTED_LINE);
    }
}

/* The words of a level: every 64^level-th entry has one. */
static uint64_t word_count(const shm_sorted *sorted, unsigned level)
{
    const unsigned shift = level * SHM_SORTED_NODE_BITS;
    return ((sorted->count - 1) >> shift) + 1;
}

/* Where the words end that a text can have which is sought: from `at`, the first that is `low`. */
static uint64_t words_end(const struct search *search, const uint64_t *words, uint64_t at,
                          uint64_t used, size_t skip, uint64_t low)
{
    const size_t length = search->text.length;
    if (search->probe->is_open && length < skip + sizeof low) {
        const unsigned bits = length > skip ? 8 * (unsigned)(length - skip) : 0;
        const uint64_t high = low | UINT64_MAX >> bits;
        return high == UINT64_MAX ? used : search->sorted->counts->in_node(words, high + 1);
    }
    while (at < used && words[at] == low) {
        at++;
    }
    return at;
}

/* How many of the words up to `end` are of texts below the sought one: at least `at`. */
static uint64_t search_words(const struct search *search, unsigned level, uint64_t first,
                             uint64_t at, uint64_t end)
{
    const unsigned shift = level * SHM_SORTED_NODE_BITS;
    while (at < end) {
        const uint64_t middle = at + (end - at) / 2;
        if (is_below(search, (first + middle) << shift)) {
            at = middle + 1;
        } else {
            end = middle;
        }
    }
    return at;
}

static uint64_t used_words(const shm_sorted *sorted, unsigned level, uint64_t first)
{
    const uint64_t rest = word_count(sorted, level) - first;
    return rest < SHM_SORTED_NODE ? rest : SHM_SORTED_NODE;
}

/* How many words of the node, of which `first` is the first, are of texts below the sought one. */
static uint64_t below_in_node(const struct search *search, unsigned level, uint64_t first)
{
    const shm_sorted *sorted = search->sorted;
    const uint64_t *words = sorted->levels[level] + first;
    const size_t skip = sorted->skips[level][first / SHM_SORTED_NODE];
    const uint64_t used = used_words(sorted, level, first);
    const int side = compare_beginning(search, first << level * SHM_SORTED_NODE_BITS, skip);
    if (side != 0) {
        return side < 0 ? 0 : used;
    }
    const uint64_t low = shm_order_text_word(search->text, skip);
    const uint64_t at = sorted->counts->in_node(words, low);
    const uint64_t end = words_end(search, words, at, used, skip, low);
    return search_words(search, level, first, at, end);
}

/* Starts fetching a node, and at level 0 what leads on from its entries. */
SHM_ALWAYS_INLINE void prefetch_node(const shm_sorted *sorted, unsigned level, uint64_t first)
{
    if (level < SHM_SORTED_FAR) {
        __builtin_prefetch(sorted->skips[level] + first / SHM_SORTED_NODE);
        shm_sorted_prefetch(sorted->levels[level] + first, SHM_SORTED_NODE * sizeof(uint64_t));
    }
    if (level == 0) {
        shm_sorted_prefetch_entries(sorted, first);
    }
}

/* The last word of a level that is below leads to the node of the next one. */
static uint64_t node_at(uint64_t at)
{
    return at == 0 ? 0 : (at - 1) * SHM_SORTED_NODE;
}

/* How many entries are below the sought text. */
static uint64_t below(const struct search *search)
{
    uint64_t at = 0;
    for (unsigned level = search->sorted->level_count; level-- > 0;) {
        const uint64_t first = node_at(at);
        prefetch_node(search->sorted, level, first);
        at = first + below_in_node(search, level, first);
    }
    return at;
}

/* The same, if all nodes on the way begin as the text does. */
static uint64_t below_with_trust(const struct search *search)
{
    const shm_sorted *sorted = search->sorted;
    uint64_t at = 0;
    for (unsigned level = sorted->level_count; level-- > 0;) {
        const uint64_t first = node_at(at);
        prefetch_node(sorted, level, first);
        const uint64_t *words = sorted->levels[level] + first;
        const size_t skip = sorted->skips[level][first / SHM_SORTED_NODE];
        const uint64_t low = shm_order_text_word(search->text, skip);
        uint64_t count = sorted->counts->in_node(words, low);
        if (level == 0 && first + count < sorted->count) {
            prefetch_entry(search, first + count);
        }
        /* One entry of that word is the one sought or none is: is_sought will say which. */
        const uint64_t enough = level == 0 ? count + 1 : count;
        if (enough < SHM_SORTED_NODE && words[enough] == low) {
            const uint64_t used = used_words(sorted, level, first);
            const uint64_t end = words_end(search, words, count, used, skip, low);
            count = search_words(search, level, first, count, end);
        }
        at = first + count;
    }
    return at;
}

static bool is_sought(const struct search *search, uint64_t entry)
{
    return entry < search->sorted->count && compare(search, entry) == 0;
}

/* The first entry that is not below the sought text.  The way of trust, if it leads to the text,
 * was right, or could have left the node that has entries of the same text before it. */
static uint64_t first_of(const struct search *search, bool *found)
{
    uint64_t entry;
    if (!search->probe->is_open) {
        entry = below_with_trust(search);
        *found = is_sought(search, entry);
        if (*found && (entry % SHM_SORTED_NODE != 0 || entry == 0 || is_below(search, entry - 1))) {
            return entry;
        }
    }
    entry = below(search);
    *found = is_sought(search, entry);
    return entry;
}

bool shm_sorted_text_find(const shm_sorted *sorted, const shm_key *key, const shm_table *table,
                          const shm_probe *probe, uint64_t *entry)
{
    struct search search = search_of(sorted, key, table, probe);
    bool found;
    const uint64_t first = first_of(&search, &found);
    if (found) {
        *entry = first;
    }
    return found;
}

uint64_t shm_sorted_text_seek_first(const shm_sorted *sorted, const shm_key *key,
                                    const shm_table *table, const shm_probe *probe)
{
    struct search search = search_of(sorted, key, table, probe);
    bool found;
    return probe->count == 0 ? 0 : first_of(&search, &found);
}

/* Keys mostly have one row, so the next entry is looked at before the end is sought. */
shm_sorted_span shm_sorted_text_seek(const shm_sorted *sorted, const shm_key *key,
                                     const shm_table *table, const shm_probe *probe)
{
    struct search search = search_of(sorted, key, table, probe);
    shm_sorted_span span = {0, sorted->count};
    bool found;
    if (probe->count == 0) {
        return span;
    }
    span.first = first_of(&search, &found);
    span.end = span.first + found;
    const uint64_t *words = sorted->levels[0];
    if (found && !probe->is_open && span.end % SHM_SORTED_NODE != 0 && span.end < sorted->count &&
        words[span.end] != words[span.first]) {
        return span;
    }
    if (found && is_sought(&search, span.end)) {
        search.after = true;
        span.end = below(&search);
    }
    return span;
}
